"""pkcs11-tool (OpenSC): every signing mechanism, forks and threads."""
import hashlib

import interop

# DigestInfo of SHA-256 (RFC 8017, 9.2): what the bare RSA-PKCS mechanism is given.
DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


@interop.needs("pkcs11-tool", "openssl")
class Pkcs11ToolTest(interop.InteropTest):
    def tool(self, *arguments, several=False, **options):
        run = self.several if several else self.once
        return run("pkcs11-tool", "--module", interop.MODULE, *arguments,
                   more={"KINKO_TEST_PIN": interop.PIN}, **options)

    def logged_in(self, *arguments, **options):
        return self.tool("--login", "--pin", "env:KINKO_TEST_PIN", *arguments, **options)

    def sign(self, mechanism, source, *options):
        signature = self.path("signature")
        self.logged_in("--sign", "--mechanism", mechanism, "--input-file", source,
                       "--output-file", signature, *options, several=True)
        return signature

    def pss(self, digest):
        return ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest",
                "-sigopt", f"rsa_mgf1_md:{digest}")

    def test_it_lists_the_token_without_a_pin(self):
        for _ in self.kinds():
            slots = self.tool("--list-slots", several=True)
            self.assertIn(self.label, slots.out)
            objects = self.tool("--list-objects").out
            self.assertIn("Certificate Object", objects)
            self.assertNotIn("Private Key Object", objects)

    def test_it_signs_with_hashed_rsa(self):
        for _ in self.kinds("rsa-2048"):
            for digest in ("sha256", "sha384", "sha512"):
                name = f"{digest.upper()}-RSA-PKCS"
                self.openssl_verifies(self.sign(name, self.message), digest)
                self.works("pkcs11-tool", f"{name}, {name}-PSS", "openssl dgst")
                self.openssl_verifies(self.sign(f"{name}-PSS", self.message), digest,
                                      self.pss(digest))

    def test_it_signs_a_digest_with_rsa(self):
        for _ in self.kinds("rsa-2048"):
            digest = hashlib.sha256(self.message.read_bytes()).digest()
            source = self.path("digest")
            source.write_bytes(DIGEST_INFO + digest)
            self.openssl_verifies(self.sign("RSA-PKCS", source))
            source.write_bytes(digest)
            signature = self.sign("RSA-PKCS-PSS", source, "--hash-algorithm", "SHA256", "--mgf",
                                  "MGF1-SHA256", "--salt-len", "32")
            self.openssl_verifies(signature, options=self.pss("sha256"))
            self.works("pkcs11-tool", "RSA-PKCS, RSA-PKCS-PSS (a digest)", "openssl dgst")

    def test_it_signs_with_ecdsa(self):
        for _ in self.kinds("p-256"):
            digest = self.path("digest")
            digest.write_bytes(hashlib.sha256(self.message.read_bytes()).digest())
            form = ("--signature-format", "openssl")
            self.openssl_verifies(self.sign("ECDSA-SHA256", self.message, *form))
            self.openssl_verifies(self.sign("ECDSA", digest, *form))
            self.works("pkcs11-tool", "ECDSA, ECDSA-SHA256", "openssl dgst")

    def test_it_is_refused_bytes_that_are_no_digest(self):
        for _ in self.kinds("rsa-2048"):
            result = self.logged_in("--sign", "--mechanism", "RSA-PKCS", "--input-file",
                                    self.pin_file, "--output-file", self.path("x"),
                                    exit_code=None)
            self.assertNotEqual(result.exit, 0, result)
            self.assertIn("CKR_DATA_INVALID", result.err)
            self.cannot("pkcs11-tool", "RSA-PKCS over anything that is no digest",
                        "refused: only a DigestInfo is signed")

    def test_it_cannot_read_the_private_key(self):
        for _ in self.kinds():
            result = self.logged_in("--read-object", "--type", "privkey", "--label", self.label,
                                    "--output-file", self.path("key"), exit_code=None)
            self.assertFalse(self.path("key").exists() and self.path("key").stat().st_size)
            self.assertIn("not (yet) supported", result.out + result.err)

    def test_it_works_in_a_forked_child(self):
        for _ in self.kinds():
            result = self.logged_in("--test-fork", several=True)
            self.assertNotIn("CKR_", result.out + result.err)
            self.works("pkcs11-tool", "--test-fork", "its own report")

    def test_it_works_in_threads(self):
        for _ in self.kinds():
            steps = "ILGISLT0"  # initialize with locks, info, slots, tokens
            result = self.tool("--test-threads", steps, "--test-threads", steps, "--list-slots")
            self.assertIn("all threads have ended with CKR_OK", result.out + result.err)
            self.works("pkcs11-tool", "--test-threads", "its own report")
