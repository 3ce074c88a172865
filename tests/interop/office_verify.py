"""Asks LibreOffice, without a window, what it thinks of the signatures of PDF documents.

    office_verify.py PROFILE FILE...

PROFILE is a folder of its own settings. Prints of each FILE {"valid":[...],"signers":[...]}.
"""
import json
import pathlib
import subprocess
import sys
import time

import uno
from com.sun.star.connection import NoConnectException


def connect(pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local)
    end = time.monotonic() + 50
    while True:
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def main():
    profile, *files = [pathlib.Path(argument).resolve() for argument in sys.argv[1:]]
    pipe = f"kinko-{profile.parent.name}"
    office = subprocess.Popen(
        ["soffice", "--headless", "--norestore", f"-env:UserInstallation={profile.as_uri()}",
         f"--accept=pipe,name={pipe};urp;"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        context = connect(pipe)
        make = context.ServiceManager.createInstanceWithContext
        reader = make("com.sun.star.ucb.SimpleFileAccess", context)
        judge = make("com.sun.star.security.DocumentDigitalSignatures", context)
        for file in files:
            stream = reader.openFileRead(file.as_uri())
            found = judge.verifyDocumentContentSignatures(None, stream)
            print(json.dumps({"valid": [one.SignatureIsValid for one in found],
                              "signers": [one.Signer.SubjectName for one in found]}))
        make("com.sun.star.frame.Desktop", context).terminate()
        return office.wait(30)
    finally:
        office.kill()
        office.wait()


if __name__ == "__main__":
    sys.exit(main())
