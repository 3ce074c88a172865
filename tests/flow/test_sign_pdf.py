"""kinko sign with a real vault; every result is verified by programs of others."""
import os
import re
import resource
import signal
import stat
import subprocess

import documents
import kinko

JAPANESE = "ja_JP.UTF-8"
PIN = kinko.PIN


def pdfsig(path):
    """What poppler says of each signature: a list of dictionaries."""
    done = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, check=False)
    text = done.stdout.decode()
    return [dict(re.findall(r"- ([A-Za-z ]+): (.*)", part))
            | {"whole": "Total document signed" in part.replace("Not total", "")}
            for part in re.split(r"Signature #\d+:", text)[1:]]


class Signing(kinko.FlowTest):
    def setUp(self):
        super().setUp()
        self.running = self.vault()

    def start(self, **policy):
        if policy:
            self.running.set_policy(**policy)
        self.running.start()
        self.imported(self.running, kind="rsa-2048", name="DEMO Taro",
                      subject="/C=JP/O=DEMO Office/CN=山田 太郎")
        return self.running

    def second(self, kind="p-256", **settings):
        self.imported(self.running, file=kind + ".p12", kind=kind, name="DEMO " + kind,
                      subject=f"/C=JP/O=DEMO Office/CN=DEMO {kind}", **settings)

    def document(self, name="a.pdf", content=None):
        path = self.path(name)
        path.write_bytes(content or documents.classic(documents.bodies()))
        return path

    def sign(self, *words, pins=(PIN,), **more):
        return self.running.kinko("sign", *words, pins=list(pins), **more)

    def assert_valid(self, path, count=1):
        found = pdfsig(path)
        self.assertEqual(len(found), count)
        for n, one in enumerate(found):
            self.assertEqual(one["Signature Validation"], "Signature is Valid.", found)
            self.assertEqual(one["whole"], n == count - 1, found)
        checked = subprocess.run(["qpdf", "--check", path], capture_output=True, check=False)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        ours = self.running.kinko("--json", "verify", path)
        self.assertEqual(ours.exit, 0, ours)
        signatures = ours.json["files"][0]["signatures"]
        self.assertEqual([(s["valid"], s["changed_since"]) for s in signatures],
                         [(True, "signatures")] * (count - 1) + [(True, None)])
        return found

    def leftovers(self):
        return [name for name in os.listdir(self.folder) if name.startswith(".kinko-")]


class Documents(Signing):
    def test_every_form_of_pdf_is_signed_twice_and_both_signatures_are_valid(self):
        self.start()
        self.second()
        paths = [self.document(name + ".pdf", content)
                 for name, content in documents.every_form(self.folder).items()]
        before = {path: path.read_bytes() for path in paths}
        first = self.sign(*paths)
        self.assertEqual(first.exit, 0, first)
        once = [path.with_name(path.stem + "-signed.pdf") for path in paths]
        second = self.sign(*once, "--cert", "DEMO p-256", "--visible", "--reason", "確認済み")
        self.assertEqual(second.exit, 0, second)
        for path, signed in zip(paths, once):
            with self.subTest(path.name):
                self.assertEqual(path.read_bytes(), before[path])
                self.assertTrue(signed.read_bytes().startswith(before[path]))
                self.assert_valid(signed)
                twice = signed.with_name(signed.stem + "-signed.pdf")
                found = self.assert_valid(twice, 2)
                self.assertEqual([one["Signer Certificate Common Name"] for one in found],
                                 ["山田 太郎", "DEMO p-256"])
                self.assertEqual(found[0]["Signature Type"], "adbe.pkcs7.detached")
                self.assertEqual(found[0]["Signing Hash Algorithm"], "SHA-256")
        self.assertEqual(self.leftovers(), [])

    def test_mutool_finds_the_document_unchanged(self):
        self.start()
        self.assertEqual(self.sign(self.document(), "--visible").exit, 0)
        said = subprocess.run(["mutool", "sign", "-v", self.path("a-signed.pdf")],
                              capture_output=True, check=True).stdout.decode()
        self.assertIn("The document is unchanged since signing.", said)

    def test_pades_is_valid_for_others(self):
        self.start()
        self.assertEqual(self.sign(self.document(), "--profile", "pades-b-b").exit, 0)
        found = self.assert_valid(self.path("a-signed.pdf"))
        self.assertEqual(found[0]["Signature Type"], "ETSI.CAdES.detached")

    def test_the_cms_inside_is_verified_by_openssl(self):
        self.start()
        self.assertEqual(self.sign(self.document()).exit, 0)
        file = self.path("a-signed.pdf").read_bytes()
        a, b, c, d = map(int, re.search(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)", file).groups())
        self.assertEqual((a, c + d), (0, len(file)))
        self.path("content").write_bytes(file[a:a + b] + file[c:c + d])
        self.path("cms").write_bytes(bytes.fromhex(file[b + 1:c - 1].decode()))
        kinko.Workshop.openssl("cms", "-verify", "-binary", "-inform", "DER", "-in",
                               self.path("cms"), "-content", self.path("content"), "-CAfile",
                               kinko.Workshop.file("authority.pem"), "-purpose", "any", "-out",
                               "/dev/null")

    def test_what_cannot_be_signed_says_why(self):
        self.start()
        plain = self.document()
        subprocess.run(["qpdf", "--encrypt", "", "owner", "256", "--", plain,
                        self.path("encrypted.pdf")], check=True)
        subprocess.run(["qpdf", "--encrypt", "user", "owner", "128", "--use-aes=y", "--", plain,
                        self.path("locked.pdf")], check=True)
        self.document("half.pdf", plain.read_bytes()[:300])
        self.document("text.pdf", b"no document at all\n")
        self.document("empty.pdf", b"\n")
        with open(self.path("huge.pdf"), "wb") as huge:
            huge.truncate(513 * 1024 * 1024)
        certified = (b"/Perms << /DocMDP << /Reference [<< /TransformMethod /DocMDP "
                     b"/TransformParams << /P 1 >> >>] >> >> ")
        self.document("certified.pdf",
                      documents.classic(documents.bodies(catalogue=certified)))
        for name, code in (("encrypted", "pdf-encrypted"), ("locked", "pdf-encrypted"),
                           ("half", "pdf-broken"), ("text", "pdf-broken"),
                           ("empty", "pdf-broken"), ("huge", "pdf-too-large"),
                           ("certified", "pdf-certified")):
            with self.subTest(name):
                # No PIN is asked for what cannot be signed.
                result = self.sign("--json", self.path(name + ".pdf"), pins=())
                self.assertEqual(result.exit, 1, result)
                answer = result.json["files"][0]
                self.assertEqual((answer["error"]["code"], answer["output"]), (code, None))
        result = self.sign("--json", plain, "--visible", "--page", "9", pins=())
        self.assertEqual((result.exit, result.json["files"][0]["error"]["code"]), (2, "pdf-page"))
        result = self.sign("--json", self.path("none.pdf"), pins=())
        self.assertEqual((result.exit, result.json["files"][0]["error"]["code"]), (5, "not-found"))
        result = self.sign("--json", self.folder, pins=())
        self.assertEqual(result.json["files"][0]["error"]["code"], "file-unreadable")


class Seals(Signing):
    def red(self, path, page, tool):
        """Where there is vermilion: left, top, right, bottom, as parts of the page."""
        if tool == "pdftoppm":
            command = ["pdftoppm", "-r", "36", "-f", str(page), "-l", str(page), path]
        else:
            command = ["mutool", "draw", "-q", "-r", "36", "-c", "rgb", "-F", "pnm", "-o", "-",
                       path, str(page)]
        image = subprocess.run(command, capture_output=True, check=True).stdout
        head = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", image)
        width, height = int(head[1]), int(head[2])
        pixels = image[head.end():]
        found = [(at % width / width, at // width / height)
                 for at in range(width * height)
                 if pixels[3 * at] > 150 and pixels[3 * at + 1] < 110 and pixels[3 * at + 2] < 110]
        if not found:
            return None
        across, down = [x for x, _ in found], [y for _, y in found]
        return min(across), min(down), max(across), max(down)

    def test_a_seal_shows_at_the_lower_right_however_the_page_is_turned(self):
        self.start()
        for name in ("plain", "turned-90", "turned-180", "turned-270", "streams"):
            content = documents.every_form(self.folder)[name]
            result = self.sign(self.document(name + ".pdf", content), "--visible", "--reason",
                               "本人の意思による署名", "--location", "東京")
            self.assertEqual(result.exit, 0, result)
            for tool in ("pdftoppm", "mutool"):
                with self.subTest(name, tool=tool):
                    page = 3 if name == "streams" else 1
                    left, top, right, bottom = self.red(self.path(name + "-signed.pdf"), page,
                                                        tool)
                    self.assertGreater(left, 0.5)
                    self.assertGreater(top, 0.8)
                    self.assertLess(bottom - top, 0.2)
                    self.assertLess(right, 0.97)

    def test_a_second_seal_stands_above_the_first(self):
        self.start()
        self.assertEqual(self.sign(self.document(), "--visible").exit, 0)
        one = self.red(self.path("a-signed.pdf"), 1, "pdftoppm")
        self.assertEqual(self.sign(self.path("a-signed.pdf"), "--visible").exit, 0)
        two = self.red(self.path("a-signed-signed.pdf"), 1, "pdftoppm")
        self.assertEqual(one[3], two[3])
        self.assertGreater(one[1] - two[1], one[3] - one[1])

    def test_without_visible_nothing_shows(self):
        self.start()
        self.assertEqual(self.sign(self.document()).exit, 0)
        self.assertIsNone(self.red(self.path("a-signed.pdf"), 1, "pdftoppm"))

    def test_the_page_is_chosen(self):
        self.start()
        path = self.document("p.pdf", documents.classic(documents.bodies(pages=3)))
        self.assertEqual(self.sign(path, "--visible", "--page", "2").exit, 0)
        signed = self.path("p-signed.pdf")
        self.assertEqual([self.red(signed, page, "mutool") is None for page in (1, 2, 3)],
                         [True, False, True])

    def test_a_character_that_no_font_has_is_named(self):
        self.start()
        result = self.sign("--json", self.document(), "--visible", "--name", "\U0010FFFD", pins=())
        self.assertEqual(result.json["files"][0]["error"]["code"], "seal-font", result)
        self.assertIn("\U0010FFFD", result.json["files"][0]["error"]["message"])


class Places(Signing):
    def test_nothing_is_overwritten_unless_asked(self):
        self.start()
        path = self.document()
        self.path("a-signed.pdf").write_bytes(b"mine")
        result = self.sign("--json", path, pins=())
        self.assertEqual(result.exit, 1, result)
        self.assertEqual(result.json["files"][0]["error"]["code"], "output-exists")
        self.assertEqual(self.path("a-signed.pdf").read_bytes(), b"mine")
        self.assertEqual(self.sign(path, "--force").exit, 0)
        self.assert_valid(self.path("a-signed.pdf"))

    def test_a_link_is_never_written_through(self):
        self.start()
        self.path("target").write_bytes(b"mine")
        os.symlink(self.path("target"), self.path("a-signed.pdf"))
        os.symlink(self.path("nowhere"), self.path("b-signed.pdf"))
        for name in ("a.pdf", "b.pdf"):
            result = self.sign(self.document(name), pins=())
            self.assertEqual(result.exit, 1, result)
        self.assertEqual(self.sign(self.path("a.pdf"), "--force").exit, 0)
        self.assertEqual(self.path("target").read_bytes(), b"mine")
        self.assertFalse(self.path("a-signed.pdf").is_symlink())
        self.assertFalse(self.path("nowhere").exists())

    def test_in_place_keeps_the_permissions_and_follows_the_name(self):
        self.start()
        path = self.document()
        path.chmod(0o640)
        os.symlink(path, self.path("link.pdf"))
        self.assertEqual(self.sign(self.path("link.pdf"), "--in-place").exit, 0)
        self.assertTrue(self.path("link.pdf").is_symlink())
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o640)
        self.assert_valid(path)

    def test_output_goes_where_it_is_told(self):
        self.start()
        path = self.document()
        path.chmod(0o600)
        result = self.sign("--json", path, "-o", self.path("b.pdf"))
        self.assertEqual(result.json["files"],
                         [{"file": str(path), "error": None, "output": str(self.path("b.pdf"))}])
        self.assertEqual(stat.S_IMODE(self.path("b.pdf").stat().st_mode), 0o600)
        self.assert_valid(self.path("b.pdf"))
        reader, writer = os.pipe()
        os.write(writer, (PIN + "\n").encode())
        os.close(writer)
        streamed = subprocess.run([kinko.program("kinko"), "sign", path, "-o", "-", "--pin-fd",
                                   str(reader)], env=self.running.client_environment(),
                                  capture_output=True, pass_fds=(reader,), check=True).stdout
        os.close(reader)
        self.path("c.pdf").write_bytes(streamed)
        self.assert_valid(self.path("c.pdf"))

    def test_options_that_do_not_go_together_are_refused(self):
        self.start()
        a, b = self.document("a.pdf"), self.document("b.pdf")
        for words in ([a, b, "-o", "x"], [a, "--in-place", "-o", "x"], [a, "--page", "1"],
                      [a, "--format", "cms", "--visible"], [a, "--format", "xml"],
                      [a, "--profile", "pades-b-t"], [a, "--visible", "--page", "0"],
                      ["--json", a, "-o", "-"], [a, "--reason", "x\ny"],
                      [a, "--format", "cms", "--in-place"], [a, "--content", "x"]):
            with self.subTest(words):
                self.assertEqual(self.sign(*words, pins=()).exit, 2)
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.pdf", "b.pdf", "original.p12",
                                                           "vault"])

    def test_a_full_disk_leaves_what_was_there(self):
        self.start()
        path = self.document()
        before = path.read_bytes()

        def full():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))

        for words in (["--in-place"], [], ["--force"]):
            result = kinko.run([kinko.program("kinko"), "--json", "sign", path, *words],
                               pins=[PIN], env=self.running.client_environment(), preexec=full)
            self.assertEqual(result.exit, 1, result)
            self.assertEqual(result.json["files"][0]["error"]["code"], "output")
        self.assertEqual(path.read_bytes(), before)
        self.assertEqual(self.leftovers(), [])
        self.assertFalse(self.path("a-signed.pdf").exists())

    def test_a_folder_that_cannot_be_written_says_so(self):
        self.start()
        result = self.sign("--json", self.document(), "-o", "/proc/a.pdf")
        self.assertEqual((result.exit, result.json["files"][0]["error"]["code"]), (1, "output"))
        result = self.sign("--json", self.document(), "-o", self.path("none/a.pdf"))
        self.assertEqual((result.exit, result.json["files"][0]["error"]["code"]), (1, "output"))

    def test_killed_in_between_the_old_file_is_there(self):
        self.start()
        path = self.document()
        before = path.read_bytes()
        for milliseconds in range(5, 400, 25):
            reader, writer = os.pipe()
            os.write(writer, (PIN + "\n").encode())
            os.close(writer)
            with subprocess.Popen([kinko.program("kinko"), "sign", path, "--in-place",
                                   "--pin-fd", str(reader)], pass_fds=(reader,),
                                  env=self.running.client_environment(),
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as signing:
                try:
                    signing.wait(milliseconds / 1000)
                except subprocess.TimeoutExpired:
                    signing.kill()
            os.close(reader)
            after = path.read_bytes()
            self.assertTrue(after.startswith(before))
            if after != before:
                self.assertTrue(all(one["Signature Validation"] == "Signature is Valid."
                                    for one in pdfsig(path)))
            before = after


class Batches(Signing):
    def test_a_broken_file_does_not_keep_the_others_from_it(self):
        self.start()
        paths = [self.document(f"{n}.pdf") for n in range(4)]
        paths[1].write_bytes(b"broken")
        paths[2].unlink()
        result = self.sign("--json", *paths)
        files = result.json["files"]
        self.assertEqual(result.exit, 1)
        self.assertEqual([one["error"] and one["error"]["code"] for one in files],
                         [None, "pdf-broken", "not-found", None])
        for n in (0, 3):
            self.assert_valid(self.path(f"{n}-signed.pdf"))
            self.assertEqual(files[n]["output"], str(self.path(f"{n}-signed.pdf")))

    def test_one_pin_is_enough_when_every_signature_wants_a_login(self):
        for policy in ({"pin": {"ask": "always"}}, {"keys": {"batch-max": "2"}}):
            with self.subTest(policy):
                self.running = self.vault("vault-" + next(iter(policy)))
                self.start(**policy)
                paths = [self.document(f"{n}.pdf") for n in range(5)]
                result = self.sign("--force", *paths)
                self.assertEqual(result.exit, 0, result)
                for n in range(5):
                    self.assert_valid(self.path(f"{n}-signed.pdf"))

    def test_a_wrong_pin_ends_it_and_costs_one_try(self):
        self.start()
        paths = [self.document(f"{n}.pdf") for n in range(3)]
        result = self.sign("--json", *paths, pins=["wrong123", PIN])
        self.assertEqual((result.exit, result.code), (3, "pin-wrong"), result)
        self.assertEqual(result.json["error"]["tries_left"], 4)
        self.assertEqual(self.running.certificates()[0]["tries_left"], 4)
        self.assertEqual([name for name in os.listdir(self.folder) if "signed" in name], [])

    def test_signatures_are_in_the_log(self):
        self.start()
        self.assertEqual(self.sign(self.document()).exit, 0)
        entries = self.running.json("log").json["entries"]
        signed = [entry for entry in entries if entry["action"] == "sign"]
        self.assertEqual(len(signed), 1)
        self.assertEqual(signed[0]["result"], "ok")
        self.assertEqual(signed[0]["program"], "kinko")


class Certificates(Signing):
    def refused(self, *words, pins=()):
        result = self.sign("--json", self.document(), *words, pins=pins)
        return result.exit, result.code

    def test_what_does_not_sign_says_so_before_the_pin(self):
        self.start(pin={"tries": 3})
        self.second("ed25519")
        self.imported(self.running, file="old.p12", name="DEMO old",
                      subject="/C=JP/O=DEMO Office/CN=DEMO old", kind="p-256",
                      not_before="20200101000000Z", not_after="20210101000000Z")
        self.assertEqual(self.refused("--cert", "DEMO ed25519"), (1, "sign-key-kind"))
        self.assertEqual(self.refused("--cert", "DEMO old"), (6, "certificate-expired"))
        self.assertEqual(self.refused("--cert", "no such"), (5, "cert-not-found"))
        for _ in range(3):
            self.sign(self.document(), pins=["wrong123"])
        self.assertEqual(self.refused(), (4, "pin-locked"))
        self.assertEqual(self.running.kinko("delete", "DEMO Taro", "--yes", "--no-original").exit,
                         0)
        self.assertEqual(self.refused(), (5, "no-active"))

    def test_an_expired_one_signs_where_the_policy_allows_it(self):
        self.running.set_policy(keys={"sign-expired": "yes"})
        self.running.start()
        self.imported(self.running, kind="p-256", not_before="20200101000000Z",
                      not_after="20210101000000Z")
        self.assertEqual(self.sign(self.document()).exit, 0)
        signature = self.running.json("verify", self.path("a-signed.pdf")).json["files"][0][
            "signatures"][0]
        self.assertEqual((signature["valid"], signature["in_time"]), (True, False))

    def test_without_pin_or_vault_nothing_is_signed(self):
        self.start()
        result = self.running.kinko("--json", "sign", self.document())
        self.assertEqual((result.exit, result.code), (2, "pin-needed"))
        self.running.stop()
        self.assertEqual(self.refused(), (7, "vault-unreachable"))
        self.assertFalse(self.path("a-signed.pdf").exists())

    def test_a_vault_that_restarts_meanwhile_wants_no_second_pin(self):
        self.start()
        self.running.restart()
        self.assertEqual(self.sign(self.document()).exit, 0)


class Files(Signing):
    def test_any_file_of_any_size_gets_a_signature_beside_it(self):
        self.start()
        self.second()
        large = self.path("large.bin")
        with open(large, "wb") as file:
            file.truncate(80 * 1024 * 1024)
            file.write(b"the end")
        self.path("empty").write_bytes(b"")
        for name, cert in (("large.bin", "DEMO Taro"), ("empty", "DEMO p-256")):
            with self.subTest(name):
                result = self.sign("--json", self.path(name), "--format", "cms", "--cert", cert)
                self.assertEqual(result.json["files"][0]["output"],
                                 str(self.path(name)) + ".p7s", result)
                kinko.Workshop.openssl("cms", "-verify", "-binary", "-inform", "DER", "-in",
                                       self.path(name + ".p7s"), "-content", self.path(name),
                                       "-CAfile", kinko.Workshop.file("authority.pem"),
                                       "-purpose", "any", "-out", "/dev/null")
                self.assertEqual(self.running.kinko("verify", self.path(name + ".p7s")).exit, 0)
        with open(large, "r+b") as file:
            file.write(b"x")
        self.assertEqual(self.running.kinko("verify", self.path("large.bin.p7s")).exit, 12)


class AtTheTerminal(Signing):
    def test_the_pin_is_asked_once_for_all_files(self):
        self.start()
        paths = [self.document(f"{n}.pdf") for n in range(3)]
        with self.running.terminal("sign", *paths, language=JAPANESE) as terminal:
            terminal.expect("文書に署名します。")
            terminal.expect("「DEMO Taro」")
            terminal.expect("PINコード: ")
            terminal.type(PIN)
            for n in range(3):
                terminal.expect(f"署名しました: .*{n}-signed.pdf")
            terminal.expect("3 件のうち 3 件に署名しました。")
            self.assertEqual(terminal.exit(), 0)
            self.assertNotIn(PIN, terminal.text)
            self.assertEqual(terminal.text.count("PINコード: "), 1)

    def test_a_wrong_pin_may_be_corrected(self):
        self.start()
        with self.running.terminal("sign", self.document(), language=JAPANESE) as terminal:
            terminal.expect("PINコード: ")
            terminal.type("wrong123")
            terminal.expect("PINコードが正しくありません。")
            terminal.expect("あと4回です。")
            terminal.expect("PINコード: ")
            terminal.type(PIN)
            terminal.expect("署名しました: ")
            self.assertEqual(terminal.exit(), 0)
        self.assert_valid(self.path("a-signed.pdf"))

    def test_ctrl_c_at_the_prompt_leaves_nothing(self):
        self.start()
        with self.running.terminal("sign", self.document()) as terminal:
            terminal.expect("PIN: ")
            terminal.press_ctrl_c()
            self.assertEqual(terminal.exit(), 1)
        self.assertFalse(self.path("a-signed.pdf").exists())
        self.assertEqual(self.leftovers(), [])
