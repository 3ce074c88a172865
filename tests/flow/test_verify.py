"""kinko verify: what it says of good, forged and strange signatures. Needs no vault."""
import os
import subprocess

import documents
import kinko

JAPANESE = "ja_JP.UTF-8"
KEYS = {"kind", "covers_all", "chain_known", "changed_since", "in_time", "reason", "signed_at", "signer",
        "valid"}


class Verifying(kinko.FlowTest):
    def verify(self, *words, language="C.UTF-8"):
        return kinko.run([kinko.program("kinko"), "verify", *words],
                         env=kinko.environment(language, KINKO_SOCKET="/nonexistent/vault.sock"))

    def document(self, *words):
        result = self.verify("--json", *words)
        return result.exit, result.json["files"]

    def cms(self, content, *options, kind="rsa-2048", name="a.p7s", certificate=None):
        """A signature made by openssl."""
        certificate, key = certificate or kinko.Workshop.certificate(
            kind, "/C=JP/O=DEMO Office/CN=山田 太郎")
        kinko.Workshop.openssl("cms", "-sign", "-binary", "-in", content, "-signer", certificate,
                               "-inkey", key, "-outform", "DER", "-out", self.path(name),
                               *options)
        return self.path(name)

    def content(self, text=b"an application\n", name="a"):
        self.path(name).write_bytes(text)
        return self.path(name)


class Files(Verifying):
    def test_a_signature_of_another_program_is_verified(self):
        content = self.content()
        for options in ([], ["-noattr"], ["-md", "sha384"], ["-cades"], ["-md", "sha512"],
                        ["-keyopt", "rsa_padding_mode:pss"]):
            with self.subTest(options):
                code, files = self.document(self.cms(content, *options))
                self.assertEqual((code, files[0]["error"]), (0, None), files)
                signature = files[0]["signatures"][0]
                self.assertEqual(set(signature), KEYS)
                self.assertEqual(signature["signer"], "山田 太郎")
                self.assertEqual((signature["valid"], signature["covers_all"],
                                  signature["chain_known"], signature["reason"]),
                                 (True, True, False, None))

    def test_every_signer_is_told(self):
        content = self.content()
        first = kinko.Workshop.certificate("rsa-2048", "/CN=DEMO one")
        second = kinko.Workshop.certificate("p-256", "/CN=DEMO two")
        both = self.cms(content, "-signer", second[0], "-inkey", second[1], certificate=first)
        code, files = self.document(both)
        self.assertEqual(code, 0, files)
        self.assertEqual(sorted(s["signer"] for s in files[0]["signatures"]),
                         ["DEMO one", "DEMO two"])

    def test_a_content_inside_and_a_text_form_are_read(self):
        content = self.content()
        inside = self.cms(content, "-nodetach", name="inside.p7m")
        self.assertEqual(self.document(inside)[0], 0)
        certificate, key = kinko.Workshop.certificate("p-256", "/CN=DEMO")
        kinko.Workshop.openssl("cms", "-sign", "-binary", "-in", content, "-signer", certificate,
                               "-inkey", key, "-outform", "PEM", "-out", self.path("a.p7s"))
        self.assertEqual(self.document(self.path("a.p7s"))[0], 0)

    def test_the_content_is_beside_it_or_named(self):
        content = self.content()
        signature = self.cms(content)
        content.rename(self.path("moved"))
        code, files = self.document(signature)
        self.assertEqual((code, files[0]["error"]["code"]), (5, "not-found"))
        self.assertEqual(self.document(signature, "--content", self.path("moved"))[0], 0)
        os.rename(signature, self.path("signature"))
        code, files = self.document(self.path("signature"))
        self.assertEqual((code, files[0]["error"]["code"]), (2, "argument-missing"))

    def test_a_changed_content_is_not_valid(self):
        signature = self.cms(self.content())
        self.content(b"another application\n")
        code, files = self.document(signature)
        self.assertEqual((code, files[0]["error"]["code"]), (12, "signature-invalid"))
        self.assertEqual(files[0]["signatures"][0]["reason"], "changed")
        text = self.verify(signature, language=JAPANESE)
        self.assertIn("無効: 署名の後に内容が変更されています", text.out)
        self.assertIn("署名が正しくありません。", text.err)

    def test_weak_hashes_are_not_valid(self):
        code, files = self.document(self.cms(self.content(), "-md", "sha1"))
        self.assertEqual((code, files[0]["signatures"][0]["reason"]), (12, "weak-hash"))

    def test_an_issuer_that_is_named_is_known(self):
        signature = self.cms(self.content())
        authority = kinko.Workshop.file("authority.pem")
        code, files = self.document(signature, "--ca", authority)
        self.assertEqual((code, files[0]["signatures"][0]["chain_known"]), (0, True))
        result = self.verify("--json", signature, "--ca", self.path("none"))
        self.assertEqual((result.exit, result.code), (1, "file-unreadable"))

    def test_a_web_servers_certificate_is_nobodys_signature(self):
        key = kinko.Workshop.key("web", "rsa-2048")
        for usages, known in (("serverAuth", False), ("serverAuth,clientAuth", False),
                              ("serverAuth,emailProtection", True), ("emailProtection", True),
                              ("clientAuth", True), ("1.3.6.1.5.5.7.3.36", True)):
            with self.subTest(usages):
                kinko.Workshop.openssl("req", "-x509", "-new", "-key", key, "-days", "30",
                                       "-subj", "/CN=www.example.jp", "-addext",
                                       "extendedKeyUsage=" + usages, "-out", self.path("web.pem"))
                signature = self.cms(self.content(), certificate=(self.path("web.pem"), key))
                code, files = self.document(signature, "--ca", self.path("web.pem"))
                self.assertEqual((code, files[0]["signatures"][0]["chain_known"]), (0, known))

    def test_an_unknown_issuer_is_explained_and_no_failure(self):
        result = self.verify(self.cms(self.content()), language=JAPANESE)
        self.assertEqual(result.exit, 0, result)
        self.assertIn("情報不足のため、この証明書を検証できません。", result.out)
        self.assertIn("異常ではありません", result.err)

    def test_a_certificate_out_of_its_time_is_told(self):
        certificate = kinko.Workshop.certificate("p-256", "/CN=DEMO old",
                                                 not_before="20200101000000Z",
                                                 not_after="20210101000000Z")
        code, files = self.document(self.cms(self.content(), certificate=certificate))
        self.assertEqual((code, files[0]["signatures"][0]["in_time"]), (0, False))

    def test_what_has_no_signature_is_not_valid(self):
        for name, content in (("text", b"hello\n"), ("empty", b""), ("der", b"\x30\x03\x02\x01\x05"),
                              ("pem", b"-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n"),
                              ("plain.pdf", documents.classic(documents.bodies()))):
            with self.subTest(name):
                code, files = self.document(self.content(content, name))
                self.assertEqual((code, files[0]["error"]["code"]), (12, "signature-none"))
                self.assertEqual(files[0]["signatures"], [])
        code, files = self.document(self.content(b"%PDF-1.7\nbroken", "broken.pdf"))
        self.assertEqual((code, files[0]["error"]["code"]), (12, "signature-unreadable"))

    def test_the_first_failure_decides_and_the_others_are_told(self):
        good = self.cms(self.content())
        code, files = self.document(good, self.path("none"), self.content(b"x", "text"), good)
        self.assertEqual(code, 5)
        self.assertEqual([one["error"] and one["error"]["code"] for one in files],
                         [None, "not-found", "signature-none", None])

    def test_hostile_names_do_no_harm_on_the_screen(self):
        content = self.content()
        certificate = kinko.Workshop.certificate("p-256", "/CN=\x1b[31mDEMO\u202e")
        result = self.verify(self.cms(content, certificate=certificate))
        self.assertEqual(result.exit, 0, result)
        self.assertNotIn("\x1b", result.out)
        self.assertNotIn("\u202e", result.out)


class Documents(Verifying):
    def signed(self):
        vault = self.start_vault()
        self.imported(vault, kind="p-256")
        self.path("a.pdf").write_bytes(documents.classic(documents.bodies()))
        self.assertEqual(vault.kinko("sign", self.path("a.pdf"), pins=[kinko.PIN]).exit, 0)
        vault.stop()
        return self.path("a-signed.pdf")

    def test_one_changed_letter_is_found(self):
        path = self.signed()
        path.write_bytes(path.read_bytes().replace(b"Application", b"Applicatlon"))
        code, files = self.document(path)
        self.assertEqual((code, files[0]["signatures"][0]["reason"]), (12, "changed"))
        self.assertTrue(files[0]["signatures"][0]["covers_all"])

    def test_an_addition_by_another_program_is_told(self):
        path = self.signed()
        before = path.read_bytes()
        page = b"5 0 obj\n<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Rotate 90 >>\nendobj\n"
        offset = len(before)
        table = offset + len(page)
        previous = int(before.rsplit(b"startxref\n", 1)[1].split()[0])
        path.write_bytes(before + page + b"xref\n5 1\n%010d 00000 n\r\n" % offset
                         + b"trailer\n<< /Size 9 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
                         % (previous, table))
        code, files = self.document(path)
        self.assertEqual(code, 0, files)
        signature = files[0]["signatures"][0]
        self.assertEqual((signature["valid"], signature["covers_all"],
                          signature["changed_since"]), (True, False, "other"))
        text = self.verify(path, language=JAPANESE)
        self.assertIn("この署名の後に、文書に追加または変更があります", text.out)

    def test_what_was_cut_or_encrypted_has_no_valid_signature(self):
        path = self.signed()
        whole = path.read_bytes()
        path.write_bytes(whole[:-200])
        self.assertEqual(self.document(path)[0], 12)
        path.write_bytes(whole)
        rewritten = self.path("rewritten.pdf")
        subprocess.run(["qpdf", path, rewritten], check=True)
        self.assertEqual(self.document(rewritten)[0], 12)

    def stamped(self, stamp):
        """A document with a time stamp of an authority of our own (RFC 3161), made by openssl."""
        room = 16000
        signature = (b"<< /Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161 "
                     b"/ByteRange [0 %-40s] /Contents <" % b"@" + b"0" * room + b"> >>")
        field = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (T) /V 7 0 R /Rect [0 0 0 0] >>"
        file = documents.classic(documents.bodies(
            annotations=b"/Annots [6 0 R] ", catalogue=b"/AcroForm << /Fields [6 0 R] >> ")
            + [field, signature])
        first = file.index(b"/Contents <") + 10
        last = first + room + 2
        ranges = b"%d %d %d" % (first, last, len(file) - last)
        file = file.replace(b"%-40s" % b"@", b"%-40s" % ranges)
        self.path("signed-bytes").write_bytes(file[:first] + file[last:])
        token = stamp(self.path("signed-bytes")).hex().encode()
        return file[:first + 1] + token + file[first + 1 + len(token):]

    def stamp(self, path):
        openssl = kinko.Workshop.openssl
        key = kinko.Workshop.key("stamper", "rsa-2048")
        self.path("tsa.cnf").write_text(
            "[tsa]\ndefault_tsa = t\n[t]\nserial = {0}/serial\ncrypto_device = builtin\n"
            "signer_digest = sha256\ndefault_policy = 1.2.3.4\ndigests = sha256\n"
            "accuracy = secs:1\n".format(self.folder))
        self.path("serial").write_text("01\n")
        openssl("req", "-x509", "-new", "-key", key, "-days", "30", "-subj",
                "/CN=DEMO Time Stamps", "-addext", "extendedKeyUsage=critical,timeStamping",
                "-out", self.path("tsa.pem"))
        openssl("ts", "-query", "-data", path, "-sha256", "-cert", "-out", self.path("query"))
        openssl("ts", "-reply", "-config", self.path("tsa.cnf"), "-queryfile",
                self.path("query"), "-signer", self.path("tsa.pem"), "-inkey", key, "-token_out",
                "-out", self.path("token"))
        return self.path("token").read_bytes()

    def stamp_by_anybody(self, path):
        """The same said by whoever is no authority for it."""
        openssl = kinko.Workshop.openssl
        key = kinko.Workshop.key("stamper", "rsa-2048")
        self.stamp(path)
        openssl("cms", "-verify", "-noverify", "-inform", "DER", "-in", self.path("token"),
                "-out", self.path("said"))
        openssl("req", "-x509", "-new", "-key", key, "-days", "30", "-subj", "/CN=DEMO Anybody",
                "-out", self.path("anybody.pem"))
        openssl("cms", "-sign", "-binary", "-nodetach", "-md", "sha256", "-outform", "DER",
                "-econtent_type", "1.2.840.113549.1.9.16.1.4", "-in", self.path("said"),
                "-signer", self.path("anybody.pem"), "-inkey", key, "-out", self.path("token"))
        return self.path("token").read_bytes()

    def test_a_time_stamp_by_no_authority_is_not_trusted(self):
        self.path("t.pdf").write_bytes(self.stamped(self.stamp_by_anybody))
        _, files = self.document(self.path("t.pdf"), "--ca", self.path("anybody.pem"))
        stamp = files[0]["signatures"][0]
        self.assertEqual((stamp["kind"], stamp["signer"], stamp["valid"], stamp["chain_known"]),
                         ("timestamp", "DEMO Anybody", True, False))

    def test_a_time_stamp_over_the_document_is_verified(self):
        file = self.stamped(self.stamp)
        self.path("t.pdf").write_bytes(file)
        code, files = self.document(self.path("t.pdf"), "--ca", self.path("tsa.pem"))
        self.assertEqual(code, 0, files)
        stamp = files[0]["signatures"][0]
        self.assertEqual((stamp["kind"], stamp["signer"], stamp["valid"], stamp["covers_all"],
                          stamp["chain_known"], stamp["in_time"]),
                         ("timestamp", "DEMO Time Stamps", True, True, True, True))
        self.assertIn("(タイムスタンプ)", self.verify(self.path("t.pdf"), language=JAPANESE).out)
        self.path("t.pdf").write_bytes(file.replace(b"Application", b"Applicatlon"))
        code, files = self.document(self.path("t.pdf"))
        self.assertEqual((code, files[0]["signatures"][0]["reason"]), (12, "changed"))
