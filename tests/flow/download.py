"""What the tests of the download share: download_try (the download layer by itself, with short
patience) and kinko-demo-server as a process.
"""
import hashlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import ssl
import subprocess
import tempfile
import unittest

import kinko

TRY = kinko.BUILD / "tests" / "download_try"
DEMO_SERVER = kinko.program("kinko-demo-server")
PIN = "s3cretpin"
LETTER = f"ID-1,{PIN}\n"


class Result:
    """What download_try printed."""

    def __init__(self, output):
        self.word, *rest = output.splitlines()
        self.values = dict((line.split(" ", 1) + [""])[:2] for line in rest)

    def __getattr__(self, name):
        return self.values.get(name, "")


def attempt(url, ca_file, *options, letter=LETTER, environment=None):
    done = subprocess.run([TRY, url, str(ca_file), *map(str, options)], input=letter, text=True,
                          capture_output=True, timeout=60, check=False,
                          env={**os.environ, "LC_ALL": "C", **(environment or {})})
    if not done.stdout:
        raise AssertionError(f"no result; {done.returncode}: {done.stderr}")
    return Result(done.stdout)


class WithFolder(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="kinko-download-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)


class DemoServer:
    """kinko-demo-server as a process."""

    def __init__(self, folder, *options):
        self.folder, self.options, self.process = pathlib.Path(folder), options, None
        self.start()

    def start(self, *options):
        self.process = subprocess.Popen(
            [DEMO_SERVER, self.folder, "--port", "0", *map(str, options or self.options)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise AssertionError(f"the demo server did not start: {self.process.wait()}")
        self.ca_file = self.folder / "ca.crt"
        self.letters = [line.split(",") for line in
                        (self.folder / "letters.csv").read_text().splitlines()]
        return self

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(timeout=20)
        self.process.stdout.close()
        return code

    def request(self, method, path, body=b"", headers=None):
        port = int(self.url.rsplit(":", 1)[1])
        context = ssl.create_default_context(cafile=str(self.ca_file))
        connection = http.client.HTTPSConnection("localhost", port, timeout=20, context=context)
        try:
            connection.request(method, path, body,
                               {"Content-Type": "application/json", **(headers or {})})
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read()
        finally:
            connection.close()

    def retrieve(self, letter, pin=None, **headers):
        body = json.dumps({"id": letter[0], "pin": letter[1] if pin is None else pin})
        return self.request("POST", "/v1/originals:retrieve", body, headers)

    def saved(self, ticket, content):
        body = json.dumps({"ticket": ticket, "sha256": hashlib.sha256(content).hexdigest()})
        return self.request("POST", "/v1/originals:saved", body)


class WithDemoServer:
    """For tests of kinko.FlowTest: a demo server, and a vault that downloads from it into a folder
    that plays the stick."""

    def start_served_vault(self):
        self.server = DemoServer(self.path("server"))
        self.addCleanup(self.server.stop)
        self.running = self.vault()
        self.running.set_policy(vault={"usage": "normal-folder"})
        (self.running.folder / "kinko.conf").write_text(
            f"[server]\nurl = {self.server.url}\nca-file = {self.server.ca_file}\n")
        self.running.start()
        self.stick = self.path("stick")
        self.stick.mkdir()
