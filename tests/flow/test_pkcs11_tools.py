"""The module in unmodified programs (pkcs11-tool, p11tool), under programs that try everything, and
as a file."""
import subprocess
import unittest

import kinko
import module
import reach


class ExaminationTest(module.ModuleTest):
    """Programs that try everything (tests/flow/module_*.c)."""

    def test_every_function_in_every_state_with_anything(self):
        vault = self.start_vault()
        self.imported(vault)
        print(module.examine(vault, "calls", kinko.PIN, 100000))

    def test_operations_begin_go_on_and_end_as_the_standard_says(self):
        vault = self.start_vault()
        self.imported(vault)
        print(module.examine(vault, "protocol", kinko.PIN))

    def test_no_attribute_tells_of_the_key_and_none_can_be_changed(self):
        vault = self.start_vault()
        for kind in ("rsa-2048", "p-256", "ed25519"):
            self.imported(vault, f"{kind}.p12", name=kind, kind=kind, subject=f"/CN={kind}")
            self.assertEqual(vault.kinko("use", kind).exit, 0)
            with self.subTest(kind=kind):
                print(module.examine(vault, "attributes", kinko.PIN))

    def test_sixty_four_threads_sign_through_one_login(self):
        vault = self.start_vault()
        for kind in ("rsa-2048", "p-256"):
            self.imported(vault, f"{kind}.p12", name=kind, kind=kind, subject=f"/CN={kind}")
            self.assertEqual(vault.kinko("use", kind).exit, 0)
            with self.subTest(kind=kind):
                print(module.examine(vault, "threads", kinko.PIN, 64, 10))

    def test_the_module_is_ended_under_threads_that_use_it(self):
        vault = self.start_vault()
        self.imported(vault)
        print(module.examine(vault, "ends", kinko.PIN, 32))


TSAN = kinko.BUILD.parent / "tsan"  # where ./run test builds it


@unittest.skipUnless((TSAN / "tests/module_try").exists(), "no build with ThreadSanitizer")
class RaceTest(module.ModuleTest):
    """The same under ThreadSanitizer: one report fails the program."""

    def test_sixty_four_threads_sign_without_a_race(self):
        vault = self.start_vault()
        self.imported(vault, kind="p-256")
        print(module.examine(vault, "threads", kinko.PIN, 64, 10, build=TSAN))

    def test_the_module_is_ended_under_threads_without_a_race(self):
        vault = self.start_vault()
        self.imported(vault)
        print(module.examine(vault, "ends", kinko.PIN, 24, build=TSAN))


class ToolTest(module.ModuleTest):
    """pkcs11-tool and p11tool, unmodified; what they sign is verified by openssl."""

    def given(self, kind):
        vault = self.start_vault()
        original = self.imported(vault, kind=kind, name="DEMO 太郎")
        key = self.path("public.pem")
        (self.path("certificate.der")).write_bytes(original.certificate)
        key.write_bytes(kinko.Workshop.openssl("x509", "-inform", "DER", "-in",
                                               self.path("certificate.der"), "-pubkey", "-noout"))
        self.path("text").write_bytes(b"what is signed" * 999)
        return vault, original

    def sign(self, vault, *arguments, text="text"):
        done = module.pkcs11_tool(vault, "--sign", "-i", self.path(text), "-o", self.path("made"),
                                  *arguments, pin=kinko.PIN)
        self.assertEqual(done.exit, 0, done)

    def verify(self, hash_name, *options):
        shown = kinko.Workshop.openssl("dgst", f"-{hash_name}", "-verify", self.path("public.pem"),
                                       *options, "-signature", self.path("made"),
                                       self.path("text"))
        self.assertIn(b"Verified OK", shown)

    def digest(self, hash_name):
        self.path("digest").write_bytes(
            kinko.Workshop.openssl("dgst", f"-{hash_name}", "-binary", self.path("text")))

    def test_rsa_signs_by_every_mechanism(self):
        vault, _ = self.given("rsa-2048")
        pss = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")
        for name in ("sha256", "sha384", "sha512"):
            self.digest(name)
            with self.subTest(hash=name):
                self.sign(vault, "-m", f"{name.upper()}-RSA-PKCS")
                self.verify(name)
                self.sign(vault, "-m", f"{name.upper()}-RSA-PKCS-PSS")
                self.verify(name, *pss)
                self.sign(vault, "-m", "RSA-PKCS-PSS", "--hash-algorithm", name.upper(), "--mgf",
                          f"MGF1-{name.upper()}", "--salt-len", "-1", text="digest")
                self.verify(name, *pss)

    def test_a_digest_info_is_signed_and_nothing_else_in_its_place(self):
        vault, _ = self.given("rsa-2048")
        self.digest("sha256")
        prefix = bytes.fromhex("3031300d060960864801650304020105000420")
        self.path("info").write_bytes(prefix + self.path("digest").read_bytes())
        self.sign(vault, "-m", "RSA-PKCS", text="info")
        self.verify("sha256")
        sha1 = bytes.fromhex("3021300906052b0e03021a05000414") + bytes(20)
        for wrong in (b"", b"x", bytes(32), bytes(36), bytes(256), sha1, prefix + bytes(31),
                      prefix + bytes(33), b"\x30\x32" + prefix[2:] + bytes(32)):
            self.path("wrong").write_bytes(wrong)
            done = module.pkcs11_tool(vault, "--sign", "-m", "RSA-PKCS", "-i", self.path("wrong"),
                                      "-o", self.path("made"), pin=kinko.PIN)
            with self.subTest(wrong=wrong.hex()):
                self.assertNotEqual(done.exit, 0)
                self.assertRegex(done.err, "CKR_DATA_(INVALID|LEN_RANGE)")

    def test_a_curve_signs_by_every_mechanism(self):
        vault, _ = self.given("p-256")
        for name in ("sha256", "sha384", "sha512"):
            self.digest(name)
            with self.subTest(hash=name):
                for mechanism, text in ((f"ECDSA-{name.upper()}", "text"), ("ECDSA", "digest")):
                    self.sign(vault, "-m", mechanism, "--signature-format", "openssl", text=text)
                    self.verify(name)
        self.path("digest").write_bytes(bytes(20))
        done = module.pkcs11_tool(vault, "--sign", "-m", "ECDSA", "-i", self.path("digest"), "-o",
                                  self.path("made"), pin=kinko.PIN)
        self.assertIn("CKR_DATA_LEN_RANGE", done.err, "SHA-1 signs nothing")

    def test_ed25519_signs(self):
        vault, _ = self.given("ed25519")
        self.sign(vault, "-m", "EDDSA")
        kinko.Workshop.openssl("pkeyutl", "-verify", "-rawin", "-pubin", "-inkey",
                               self.path("public.pem"), "-in", self.path("text"), "-sigfile",
                               self.path("made"))

    def test_a_salt_of_another_length_is_refused(self):
        vault, _ = self.given("rsa-2048")
        self.digest("sha256")
        for salt in ("0", "20", "64"):
            done = module.pkcs11_tool(vault, "--sign", "-m", "RSA-PKCS-PSS", "--hash-algorithm",
                                      "SHA256", "--mgf", "MGF1-SHA256", "--salt-len", salt, "-i",
                                      self.path("digest"), "-o", self.path("made"), pin=kinko.PIN)
            self.assertIn("CKR_MECHANISM_PARAM_INVALID", done.err)

    def test_a_private_key_cannot_be_read_and_objects_are_listed(self):
        vault, original = self.given("rsa-2048")
        done = module.pkcs11_tool(vault, "--read-object", "--type", "privkey", "--id",
                                  original.id[:40], "-o", self.path("key"), pin=kinko.PIN)
        self.assertIn("reading private keys not (yet) supported", done.err)
        self.assertFalse(self.path("key").exists())
        shown = module.pkcs11_tool(vault, "-O", pin=kinko.PIN).out
        self.assertEqual(shown.count(f"ID:         {original.id[:40]}"), 3)
        done = module.pkcs11_tool(vault, "--read-object", "--type", "cert", "--id",
                                  original.id[:40], "-o", self.path("read.der"))
        self.assertEqual(done.exit, 0, done)
        self.assertEqual(self.path("read.der").read_bytes(), original.certificate)

    def test_forks_and_threads_of_pkcs11_tool(self):
        vault, _ = self.given("rsa-2048")
        done = module.pkcs11_tool(vault, "--test-fork")
        self.assertEqual(done.exit, 0, done)
        self.assertNotIn("CKR_", done.out + done.err)
        threads = ["--test-threads", "ILGISLT0", "--test-threads", "ILGISLT0"] * 4
        done = module.pkcs11_tool(vault, *threads)
        self.assertEqual(done.exit, 0, done)
        self.assertNotRegex(done.out + done.err, r"CKR_(?!OK|CRYPTOKI_ALREADY)")

    def test_p11tool_lists_and_signs(self):
        vault, _ = self.given("rsa-2048")
        shown = module.run(vault, "p11tool", "--provider", module.PATH, "--list-all",
                           "pkcs11:manufacturer=Kinko")
        self.assertIn("Type: X.509 Certificate (RSA-2048)", shown.out, shown)
        self.assertIn("Label: DEMO 太郎", shown.out)
        url = "pkcs11:manufacturer=Kinko;object=DEMO%20%E5%A4%AA%E9%83%8E"
        for more in ((), ("--sign-params=rsa-pss",)):
            shown = module.run(vault, "p11tool", "--provider", module.PATH, "--login",
                               "--test-sign", *more, url, GNUTLS_PIN=kinko.PIN)
            self.assertEqual((shown.out + shown.err).count("... ok"), 3, shown)


class RegistrationTest(module.ModuleTest):
    @reach.needs_root
    def test_p11_kit_finds_the_module_by_the_file_of_an_install(self):
        if module.is_sanitized():
            self.skipTest("p11-kit hangs at its own end under a sanitizer: see ./run test-release")
        vault = self.start_vault()
        self.imported(vault, name="A")
        self.path("modules").mkdir()
        text = (kinko.ROOT / "packaging/kinko.module").read_text()
        self.path("modules/kinko.module").write_text(
            text.replace("@MODULE@", str(module.PATH)).replace("@REGISTRATION@", "here"))
        # p11-kit looks in its own folders only: this one lies over one of them, for it alone.
        done = module.run(vault, "unshare", "--mount", "sh", "-c",
                          'mount --bind "$1" /usr/share/p11-kit/modules && p11-kit list-modules',
                          "sh", self.path("modules"))
        self.assertEqual(done.exit, 0, done)
        self.assertRegex(done.out, r"(?s)kinko: .*library-manufacturer: Kinko.*token: A")


class DecryptTest(module.ModuleTest):
    """RSA-OAEP, where policy and certificate allow it."""

    def started(self, usage, decrypt):
        vault = self.vault()
        vault.set_policy(keys={"decrypt": decrypt})
        vault.start()
        key = kinko.Workshop.key("decrypts", "rsa-2048")
        certificate = self.path("certificate.pem")
        kinko.Workshop.openssl("req", "-x509", "-new", "-key", key, "-days", "900", "-subj",
                               "/CN=DEMO", "-addext", f"keyUsage={usage}", "-out", certificate)
        kinko.Workshop.openssl("pkcs12", "-export", "-inkey", key, "-in", certificate, "-passout",
                               f"pass:{kinko.PIN}", "-out", self.path("original.p12"))
        result = vault.kinko("import", self.path("original.p12"), pins=[kinko.PIN])
        self.assertEqual(result.exit, 0, result)
        self.path("text").write_bytes(b"a secret")
        kinko.Workshop.openssl("pkeyutl", "-encrypt", "-certin", "-inkey", certificate, "-in",
                               self.path("text"), "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt",
                               "rsa_oaep_md:sha256", "-out", self.path("sealed"))
        return vault

    def decrypt(self, vault):
        return module.pkcs11_tool(vault, "--decrypt", "-m", "RSA-PKCS-OAEP", "--hash-algorithm",
                                  "SHA256", "--mgf", "MGF1-SHA256", "-i", self.path("sealed"),
                                  "-o", self.path("plain"), pin=kinko.PIN)

    def test_what_was_encrypted_to_the_certificate_is_decrypted(self):
        vault = self.started("keyEncipherment", "yes")
        result = self.decrypt(vault)
        self.assertEqual(result.exit, 0, result)
        self.assertEqual(self.path("plain").read_bytes(), b"a secret")
        for wrong in (bytes(256), b"\0" * 255 + b"\1", bytes(255)):
            self.path("sealed").write_bytes(wrong)
            self.assertIn("CKR_ENCRYPTED_DATA_", self.decrypt(vault).err)

    def test_without_the_policy_or_the_usage_there_is_no_decryption(self):
        vault = self.started("keyEncipherment", "no")
        self.assertNotEqual(self.decrypt(vault).exit, 0)
        self.assertNotIn("OAEP", module.pkcs11_tool(vault, "-M").out)
        vault.kill9()
        vault = self.started_again("digitalSignature")
        result = self.decrypt(vault)
        self.assertIn("CKR_KEY_FUNCTION_NOT_PERMITTED", result.err, result)

    def started_again(self, usage):
        self.path("vault").rename(self.path("vault-before"))
        return self.started(usage, "yes")


class SharedObjectTest(unittest.TestCase):
    """What the file itself shows and needs."""

    def read(self, *command):
        return subprocess.run([*command, str(module.PATH)], capture_output=True, text=True,
                              check=True).stdout

    def test_three_names_are_shown_and_no_other(self):
        names = {line.split()[-1] for line in self.read("nm", "-D", "--defined-only").splitlines()}
        names = {name for name in names if not name.startswith("__asan")}
        self.assertEqual(names, {"C_GetFunctionList", "C_GetInterface", "C_GetInterfaceList"})

    def test_no_openssl_is_brought_into_programs(self):
        needed = self.read("readelf", "-d")
        self.assertNotRegex(needed, "libcrypto|libssl|libseccomp")
        self.assertIn("NODELETE", needed)


if __name__ == "__main__":
    unittest.main()
