"""openssl through its engine pkcs11 (libengine-pkcs11-openssl)."""
import pathlib
import unittest

import interop

ENGINES = list(pathlib.Path("/usr/lib").glob("*/engines-3/pkcs11.so"))


@interop.needs("openssl")
@unittest.skipUnless(ENGINES, "not installed: libengine-pkcs11-openssl")
class OpensslTest(interop.InteropTest):
    @property
    def key(self):
        return ("-engine", "pkcs11", "-keyform", "engine", "-inkey",
                f"{self.url};type=private;pin-source=file:{self.pin_file}")

    def pkeyutl(self, *options):
        signature = self.path("signature")
        self.several("openssl", "pkeyutl", "-sign", *self.key, "-rawin", "-digest", "sha256",
                     *options, "-in", self.message, "-out", signature)
        return signature

    def test_pkeyutl_signs(self):
        for _ in self.kinds():
            self.openssl_verifies(self.pkeyutl())
            self.works("openssl pkeyutl -engine pkcs11", "signs (RSA: PKCS#1 and PSS)",
                       "openssl dgst without the engine")

    def test_pkeyutl_signs_with_pss(self):
        for _ in self.kinds("rsa-2048"):
            pss = ("-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:digest")
            self.openssl_verifies(self.pkeyutl(*pss),
                                  options=("-sigopt", "rsa_padding_mode:pss"))

    def test_cms_signs(self):
        for _ in self.kinds():
            target = self.path("message.p7s")
            self.several("openssl", "cms", "-sign", *self.key, "-signer", self.certificate,
                         "-binary", "-md", "sha256", "-in", self.message, "-outform", "DER",
                         "-out", target)
            check = ("-verify", "-inform", "DER", "-in", target, "-content", self.message,
                     "-CAfile", self.authority, "-purpose", "any", "-binary", "-out",
                     self.path("content"))
            said = self.verify("openssl", "cms", *check)
            self.assertIn("CMS Verification successful", said.err)
            self.message.write_bytes(self.message.read_bytes() + b"x")
            self.verify("openssl", "cms", *check, exit_code=4)
            self.works("openssl cms -engine pkcs11", "signs a file (detached CMS)",
                       "openssl cms -verify without the engine")
