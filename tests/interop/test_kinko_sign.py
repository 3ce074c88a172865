"""What `kinko sign` makes, as other programs see it: pdfsig, mutool, openssl cms and LibreOffice."""
import json
import pathlib
import shutil
import subprocess
import unittest

import interop
import kinko
import nss

OFFICE = pathlib.Path(__file__).resolve().parent / "office_verify.py"


def office_missing():
    """None, or why LibreOffice cannot be asked here."""
    if shutil.which("soffice") is None:
        return "not installed: libreoffice-core-nogui"
    tried = subprocess.run(["/usr/bin/python3", "-c", "import uno"], capture_output=True)
    return "not installed: python3-uno" if tried.returncode != 0 else None


class KinkoSignTest(nss.NssTest):
    def enter_module(self):
        """No module takes part here."""

    def sign(self, *arguments):
        result = self.running.kinko("sign", *arguments, pins=[interop.PIN])
        self.assertEqual(result.exit, 0, result)

    def signed_pdf(self):
        source, target = self.path("申請書.pdf"), self.path("申請書-signed.pdf")
        source.write_bytes(nss.one_page_pdf())
        target.unlink(missing_ok=True)
        self.sign(source)
        return target

    @interop.needs("pdfsig", "certutil")
    def test_pdfsig_verifies(self):
        for _ in self.kinds():
            for _ in range(interop.TIMES):
                signed = self.signed_pdf()
                said = self.pdfsig_says(signed)
                for line in ("Signature is Valid.", "Certificate is Trusted.",
                             "Total document signed", "adbe.pkcs7.detached", "SHA-256"):
                    self.assertIn(line, said)
            changed = self.path("changed.pdf")
            changed.write_bytes(nss.changed(signed.read_bytes()))
            self.assertNotIn("Signature is Valid.", self.pdfsig_says(changed))
            self.works("kinko sign", "signs a PDF", "pdfsig")

    @interop.needs("pdfsig", "mutool", "certutil")
    def test_mutool_verifies_two_signers(self):
        first, second = self.path("first.pdf"), self.path("second.pdf")
        first.write_bytes(nss.one_page_pdf())
        labels = [f"DEMO {name}" for name in interop.KINDS.values()]
        self.sign("--cert", labels[0], "-o", second, first)
        self.sign("--cert", labels[1], "--in-place", second)
        said = self.verify("mutool", "sign", "-v", second, exit_code=None)
        # The second signer's own signature is the one edit after the first.
        for line in ("valid but there have been edits since signing", "unchanged since signing"):
            self.assertEqual((said.out + said.err).count(line), 1, said)
        self.assertEqual(self.pdfsig_says(second).count("Signature is Valid."), 2)
        self.works("kinko sign", "signs a PDF, two signers", "mutool sign -v, pdfsig")

    @interop.needs("openssl")
    def test_openssl_verifies_cms(self):
        for _ in self.kinds():
            for _ in range(interop.TIMES):
                target = self.path("message.p7s")
                target.unlink(missing_ok=True)
                self.sign("--format", "cms", self.message)
            check = ("openssl", "cms", "-verify", "-inform", "DER", "-in", target, "-content",
                     self.message, "-CAfile", self.authority, "-purpose", "any", "-binary",
                     "-out", self.path("content"))
            self.assertIn("CMS Verification successful", self.verify(*check).err)
            self.message.write_bytes(self.message.read_bytes() + b"x")
            self.verify(*check, exit_code=4)
            self.works("kinko sign --format cms", "signs a file (detached CMS)",
                       "openssl cms -verify")

    @unittest.skipIf(office_missing() is not None, office_missing())
    def test_libreoffice_verifies(self):
        for _ in self.kinds():
            signed, changed = self.signed_pdf(), self.path("changed.pdf")
            changed.write_bytes(nss.changed(signed.read_bytes()))
            result = self.verify("/usr/bin/python3", OFFICE, self.path("office"), signed, changed)
            said = [json.loads(line) for line in result.out.splitlines()]
            self.assertEqual([document["valid"] for document in said], [[True], [False]], result)
            self.assertIn(self.label, said[0]["signers"][0])
            self.works("kinko sign", "signs a PDF", "LibreOffice 7.4 (headless)")
