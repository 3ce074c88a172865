"""keytool and jarsigner of Java 17, through its provider SunPKCS11."""
import glob
import unittest
import zipfile

import interop

JAVA = sorted(glob.glob("/usr/lib/jvm/java-17-openjdk-*/bin/jarsigner"))


@unittest.skipUnless(JAVA, "not installed: openjdk-17-jdk-headless")
class JavaTest(interop.InteropTest):
    def java(self, name, *arguments, run=None, **options):
        return (run or self.once)(JAVA[0].replace("jarsigner", name), *arguments, **options)

    @property
    def provider(self):
        settings = self.path("java.cfg")
        settings.write_text(f"name = Kinko\nlibrary = {interop.MODULE}\nslot = 0\n")
        return ("-keystore", "NONE", "-storetype", "PKCS11", "-storepass:file", self.pin_file,
                "-addprovider", "SunPKCS11", "-providerArg", settings)

    def jar(self):
        path = self.path("documents.jar")
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(self.message, "message.txt")
        return path

    def test_keytool_lists_the_certificate(self):
        for kind in self.kinds():
            said = self.java("keytool", "-list", *self.provider, run=self.several).out
            self.assertIn("Your keystore contains 1 entry", said)
            self.assertIn(f"{self.label}, PrivateKeyEntry", said)
            self.assertIn(self.originals[kind].id, said.replace(":", "").lower())
            self.works("keytool (Java 17)", "lists the certificate",
                       "the fingerprint that kinko list shows")

    def test_jarsigner_signs(self):
        for _ in self.kinds():
            jar = self.jar()
            self.java("jarsigner", *self.provider, jar, self.label, run=self.several)
            said = self.java("jarsigner", "-verify", jar, plain=True).out
            self.assertIn("jar verified.", said)
            self.assert_openssl_agrees(jar)
            self.works("jarsigner (Java 17)", "signs a jar",
                       "jarsigner -verify without the module, openssl cms -verify")

    def assert_openssl_agrees(self, jar):
        """The jar's signature block is a CMS over its .SF file."""
        with zipfile.ZipFile(jar) as archive:
            names = archive.namelist()
            block = next(name for name in names if name.endswith((".RSA", ".EC")))
            self.path("block.p7").write_bytes(archive.read(block))
            self.path("block.sf").write_bytes(archive.read(block.rpartition(".")[0] + ".SF"))
        said = self.verify("openssl", "cms", "-verify", "-inform", "DER", "-in",
                           self.path("block.p7"), "-content", self.path("block.sf"), "-CAfile",
                           self.authority, "-purpose", "any", "-binary", "-out",
                           self.path("content"))
        self.assertIn("CMS Verification successful", said.err)
