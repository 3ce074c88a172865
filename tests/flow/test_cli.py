"""The command line without a terminal: every command, every exit code, both languages."""
import base64
import json
import os
import re
import struct
import subprocess

import fake_vault
import kinko
from download import WithDemoServer

JAPANESE = "ja_JP.UTF-8"  # not generated on most machines: it must work all the same


class CommandLine(kinko.FlowTest):
    """Checks that every test makes of an answer."""

    def assert_fails(self, result, exit_code, code):
        self.assertEqual(result.exit, exit_code, result)
        error = result.json["error"]
        self.assertEqual((error["code"], error["exit"]), (code, exit_code), result)
        self.assertEqual(set(error) - {"choices", "tries_left"},
                         {"code", "exit", "message", "advice"})
        self.assertEqual(result.err, "", result)
        return error

    def private(self, **settings):
        """A vault's environment without a vault: nothing listens there."""
        vault = self.vault(**settings)
        vault.folder.mkdir(mode=0o700)
        return vault


class WithoutVault(CommandLine):
    def test_kinko_alone_says_so_and_lists_the_commands(self):
        vault = self.private()
        english, japanese = vault.kinko(), vault.kinko(language=JAPANESE)
        self.assertEqual((english.exit, japanese.exit), (0, 0))
        self.assertTrue(english.out.startswith("The vault is not reachable."), english)
        self.assertTrue(japanese.out.startswith("安全なフォルダに接続できません。"), japanese)
        for name in ("get", "import", "list", "show", "use", "delete", "pin", "original get",
                     "original show", "original check", "original pin", "sticks", "status",
                     "policy explain", "policy check", "help"):
            self.assertRegex(english.out, rf"\n  {name} ")
        for words in ("電子証明書の取得", "電子証明書の取込", "電子証明書の表示", "PINコードの変更"):
            self.assertIn(words, english.out)
            self.assertIn(words, japanese.out)
        self.assertEqual(vault.json().json["vault"]["state"], "unreachable")

    def test_the_others_cannot_work(self):
        vault = self.private()
        for words in (["list"], ["show"], ["use", "A"], ["pin"], ["status"], ["import", "x.p12"],
                      ["policy", "explain", "sign"], ["get", "--id", "1"], ["delete", "A"]):
            self.assert_fails(vault.json(*words), 7, "vault-unreachable")
        result = vault.kinko("list", language=JAPANESE)
        self.assertEqual((result.exit, result.out), (7, ""))
        self.assertEqual(result.err, "安全なフォルダに接続できません。\n"
                                     f"別の端末で起動してください: kinkod --private {vault.folder}\n")
        self.assertIn(f"kinkod --private {vault.folder}", vault.kinko().out.splitlines()[0])
        # A failure of its own has the advice of its own, whatever was tried before.
        original = self.make_original(kind="p-256")
        error = self.assert_fails(vault.json("original", "check", original.path, pins=["wrong123"]),
                                  3, "pin-wrong-or-damaged")
        self.assertNotIn("kinkod", error["advice"])

    def test_what_is_not_understood_is_quoted(self):
        vault = self.private()
        for words, quoted in ((["frobnicate"], "frobnicate"), (["list", "--frob"], "--frob"),
                              (["list", "x"], "x"), (["list", "--yes"], "--yes"),
                              (["policy", "explain", "fly"], "fly"),
                              (["show", "--pem", "--der"], "--pem --der"),
                              (["pin", "--pin-fd", "77"], "--pin-fd 77")):
            result = vault.kinko(*words)
            self.assertEqual(result.exit, 2, result)
            self.assertIn(f"This command was not understood: {quoted}\n", result.err)
        hostile = vault.kinko("\x1b[31m\u202e")
        self.assertNotIn("\x1b", hostile.err)
        self.assertIn("\\u{001B}[31m\\u{202E}", hostile.err)

    def test_what_is_missing_is_named(self):
        vault = self.private()
        for words, named in ((["use"], "kinko use CERT"), (["original"], "get | show"),
                             (["get", "--id"], "--id ID"),
                             (["original", "show"], "kinko original show FILE")):
            error = self.assert_fails(vault.json(*words), 2, "argument-missing")
            self.assertIn(named, error["message"])

    def test_every_command_has_a_help_page_in_both_languages(self):
        vault = self.private()
        commands = vault.json("help").json["commands"]
        self.assertGreaterEqual(len(commands), 17)
        for command in commands:
            words = command["name"].split()
            page = vault.kinko("help", *words)
            self.assertEqual(page.exit, 0, page)
            self.assertEqual(page.out, vault.kinko(*words, "--help").out)
            self.assertIn(f"kinko {command['name']}", page.out)
            japanese = vault.kinko("help", *words, language=JAPANESE)
            self.assertIn("使い方", japanese.out)
            self.assertNotRegex(japanese.out, r"\b(the|prints|certificate)\b")
        self.assertEqual(vault.kinko("help", "original").out.count("Usage"), 4)
        self.assertEqual(vault.kinko("help", "nothing").exit, 2)

    def test_version(self):
        self.assertRegex(self.private().kinko("--version").out, r"\Akinko \d+\.\d+\.\d+\n\Z")

    def test_the_language_is_found_without_a_generated_locale(self):
        vault = self.private()
        for more in ({"LC_ALL": JAPANESE}, {"LC_ALL": "", "LC_MESSAGES": JAPANESE},
                     {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "ja_JP"}):
            self.assertIn("安全なフォルダ", vault.kinko(more=more, language="").out)
        for more in ({"LC_ALL": "C", "LANG": JAPANESE}, {"LC_ALL": "de_DE.UTF-8"}, {}):
            self.assertIn("The vault", vault.kinko(more=more, language="C").out)

    def test_a_policy_file_is_checked_without_a_vault(self):
        vault, file = self.private(), self.path("policy.conf")
        file.write_text("[vault]\nusers = *\n[pin]\ntries = 5\n")
        self.assertEqual(vault.kinko("policy", "check", file).exit, 0)
        self.assertEqual(vault.json("policy", "check", file).json, {"ok": True, "problems": []})
        file.write_text("[vault]\nusers = *\ncolour = red\n[pin]\ntries = 99\n"
                        "[no such]\nkey = 1\n[keys]\ndecrypt = perhaps\nrubbish\n")
        wrong = vault.kinko("policy", "check", file, language=JAPANESE)
        self.assertEqual(wrong.exit, 1)
        for line in (3, 5, 6, 9, 10):
            self.assertIn(f"\n  {line} 行目: ", wrong.err)
        self.assertEqual(wrong.err.count("行目"), 5)
        self.assertNotIn("kinko policy check", wrong.err)
        document = vault.json("policy", "check", file)
        self.assert_fails(document, 1, "configuration")
        self.assertEqual([problem["line"] for problem in document.json["problems"]],
                         [3, 5, 6, 9, 10])
        error = self.assert_fails(vault.json("policy", "check", self.path("absent")), 1,
                                  "configuration")
        self.assertIn("absent (No such file or directory)", error["message"])
        self.assertIn("the file's name", error["advice"])

    def test_a_result_that_cannot_be_written_is_a_failure(self):
        vault = self.private()
        with open("/dev/full", "wb") as full:
            done = subprocess.run([kinko.program("kinko"), "help"], stdout=full,
                                  stderr=subprocess.PIPE, env=vault.client_environment(),
                                  check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"could not be written", done.stderr)
        for closed, exit_code in ((0, 0), (1, 1), (2, 0)):
            done = subprocess.run([kinko.program("kinko"), "help"], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, env=vault.client_environment(), check=False,
                                  preexec_fn=lambda closed=closed: os.close(closed))
            self.assertEqual(done.returncode, exit_code)

    def test_originals_need_no_vault(self):
        vault = self.private()
        original = self.make_original(kind="p-256")
        shown = vault.json("original", "show", original.path, pins=[original.pin])
        self.assertEqual(shown.exit, 0, shown)
        self.assertEqual(shown.json["certificate"]["id"], original.id)
        self.assertTrue(shown.json["path_complete"])
        self.assertEqual(vault.kinko("original", "check", original.path, pins=["demo1234"],
                                     language=JAPANESE).exit, 0)


class Sticks(CommandLine):
    """This test's computer may have sticks; what must hold does so with and without."""

    def test_sticks_are_listed(self):
        vault = self.private()
        document = vault.json("sticks")
        self.assertEqual(document.exit, 0)
        for stick in document.json["sticks"]:
            self.assertEqual(set(stick), {"name", "device", "folder", "read_only", "size", "free"})
        self.assertEqual(vault.kinko("sticks").exit, 0)


class WithVault(CommandLine):
    """Each test is one story, because sealing a key takes its time."""

    def test_from_import_to_delete(self):
        vault = self.start_vault()
        self.assertEqual(vault.json("list").json, {"certificates": []})
        for words in (["show"], ["pin"]):
            self.assert_fails(vault.json(*words), 5, "vault-empty")
        taro = self.make_original("taro.p12", kind="p-256", name="山田　太郎",
                                  subject="/C=JP/O=DEMO Office/CN=DEMO Taro/UID=12345678")
        imported = vault.json("import", taro.path, pins=[taro.pin])
        self.assertEqual(imported.exit, 0, imported)
        self.assertEqual(imported.json["result"], "imported")
        self.assertIn("original-on-this-computer", imported.json["warnings"])
        self.check_entry(imported.json["certificate"], taro)
        again = vault.json("import", taro.path, pins=[taro.pin])
        self.assertEqual((again.exit, again.json["result"]), (0, "already-there"))
        reset = vault.json("import", taro.path, "--reset-pin", pins=[taro.pin])
        self.assertEqual((reset.exit, reset.json["result"]), (0, "pin-reset"))
        self.check_show(vault, taro)
        self.check_second(vault, taro)
        self.check_delete(vault)

    def check_entry(self, certificate, original):
        self.assertEqual(certificate["id"], original.id)
        self.assertEqual(certificate["label"], "山田　太郎")
        self.assertEqual(certificate["user_id"], "12345678")
        self.assertEqual(certificate["subject"], "UID=12345678,CN=DEMO Taro,O=DEMO Office,C=JP")
        self.assertEqual(certificate["key"], "p-256")
        self.assertEqual((certificate["active"], certificate["state"]), (True, "ready"))
        self.assertEqual((certificate["tries_left"], certificate["pin_rule"]), (5, True))
        self.assertEqual((certificate["original"], certificate["confirmed_at"]), (None, None))
        self.assertRegex(certificate["not_after"], r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")
        self.assertRegex(certificate["serial"], r"\A[0-9a-f]+\Z")
        self.assertEqual(list(certificate), [
            "id", "label", "subject", "issuer", "serial", "user_id", "not_before", "not_after",
            "key", "active", "state", "tries_left", "pin_rule", "original", "confirmed_at"])

    def check_show(self, vault, original):
        document = vault.json("show", original.id[:8]).json
        self.assertEqual(document["certificate"]["id"], original.id)
        names = [field["name"] for field in document["fields"]]
        self.assertEqual(names[:3], ["Version", "Serial number", "Signature algorithm"])
        self.assertEqual(document["path"][0]["sha256"], original.id)
        self.assertEqual((len(document["path"]), document["path_complete"]), (2, True))
        text = vault.kinko("show", "山田　太郎", language=JAPANESE)
        for words in ("\n全般\n", "\n詳細\n", "\n証明のパス\n", "発行先", "有効期間",
                      "情報不足のため、この証明書を検証できません。", "異常ではありません", "サブジェクト",
                      "0.9.2342.19200300.100.1.1 = 12345678", "\n    + DEMO Taro\n"):
            self.assertIn(words, text.out)
        self.check_bytes(vault, original)
        self.assert_fails(vault.json("show", "--confirm"), 2, "terminal-needed")

    def check_bytes(self, vault, original):
        done = subprocess.run([kinko.program("kinko"), "show", "--der"], capture_output=True,
                              env=vault.client_environment(), check=True)
        self.assertEqual(done.stdout, original.certificate)
        pem = vault.kinko("show", "--pem").out.splitlines()
        self.assertEqual((pem[0], pem[-1]), ("-----BEGIN CERTIFICATE-----",
                                             "-----END CERTIFICATE-----"))
        self.assertEqual(base64.b64decode("".join(pem[1:-1])), original.certificate)
        self.assertTrue(all(len(line) == 64 for line in pem[1:-2]))

    def check_second(self, vault, first):
        hanako = self.make_original("hanako.p12", kind="p-256", name="DEMO Hanako",
                                    subject="/C=JP/CN=DEMO Hanako")
        second = vault.json("import", hanako.path, pins=[hanako.pin]).json
        self.assertFalse(second["certificate"]["active"])
        several = vault.json("import", self.folder, pins=[hanako.pin])
        error = self.assert_fails(several, 2, "original-choose")
        self.assertEqual(error["choices"], sorted([str(first.path), str(hanako.path)]))
        used = vault.json("use", "DEMO Hanako")
        self.assertEqual((used.exit, used.json["certificate"]["active"]), (0, True))
        text = vault.kinko("list", language=JAPANESE)
        rows = text.out.splitlines()
        self.assertEqual(len(rows), 3)
        self.assertRegex(rows[1], r"\A {8}山田　太郎 .*利用できます.*5回.*未確認\Z")
        self.assertRegex(rows[2], r"\A使用中  DEMO Hanako .*利用できます")
        self.assert_fails(vault.json("use", "DEMO"), 5, "cert-not-found")

    def check_delete(self, vault):
        error = self.assert_fails(vault.json("delete", "DEMO Hanako"), 2, "confirm-needed")
        self.assertIn("--yes --no-original", error["advice"])
        self.assert_fails(vault.json("delete", "DEMO Hanako", "--yes"), 2, "confirm-needed")
        self.assert_fails(vault.json("delete", "DEMO Hanako", "--no-original"), 2,
                          "argument-missing")
        self.assertEqual(len(vault.certificates()), 2)
        gone = vault.kinko("delete", "DEMO Hanako", "--yes", "--no-original", language=JAPANESE)
        self.assertEqual(gone.exit, 0, gone)
        self.assertIn("「DEMO Hanako」", gone.out)
        self.assertIn("使用中の電子証明書はありません。", gone.out)
        self.assert_fails(vault.json("show"), 5, "no-active")
        vault.kinko("use", "山田　太郎")
        last = vault.kinko("delete", "山田　太郎", "--yes", "--no-original", language=JAPANESE)
        self.assertIn("安全なフォルダに電子証明書はなくなりました。", last.out)
        self.assertNotIn("kinko use", last.out)
        self.assert_fails(vault.json("show"), 5, "vault-empty")

    def test_pins_from_change_to_lock_and_back(self):
        vault = self.start_vault()
        original = self.make_original(kind="ed25519")
        vault.kinko("import", original.path, pins=[original.pin])
        self.assert_fails(vault.json("pin"), 2, "pin-needed")
        self.assert_fails(vault.json("pin", pins=[original.pin]), 2, "pin-needed")
        for new in ("abc", "a" * 17, "Abcd1", "ａｂｃｄ", "ab cd", "しほうしょし"):
            self.assert_fails(vault.json("pin", pins=[original.pin, new]), 2, "pin-rule")
        self.assert_fails(vault.json("pin", pins=["", "newpin1"]), 3, "pin-text")
        # It cannot be right, so it is not sent and costs nothing.
        for old in ("DEMO1234", "ｄｅｍｏ", "abc"):
            self.assert_fails(vault.json("pin", pins=[old, "newpin1"]), 3, "pin-wrong")
        self.assertEqual(vault.certificates()[0]["tries_left"], 5)
        changed = vault.kinko("pin", pins=[original.pin, "newpin1"], language=JAPANESE)
        self.assertEqual(changed.exit, 0, changed)
        self.assertIn("電子証明書のPINコードを変更しました。", changed.out)
        for left in (4, 3, 2, 1):
            error = self.assert_fails(vault.json("pin", pins=[original.pin, "newpin2"]), 3,
                                      "pin-wrong")
            self.assertIn(str(left), error["advice"])
            self.assertEqual(error["tries_left"], left)
        last = vault.kinko("pin", pins=[original.pin, "newpin2"], language=JAPANESE)
        self.assertEqual(last.exit, 3)
        self.assertIn("電子証明書はロックされました。", last.err)
        self.assertIn("再発行", last.err)  # nothing is known of an original on a stick
        self.assertNotIn("kinko import", last.err)
        error = self.assert_fails(vault.json("pin", pins=["newpin1", "newpin2"]), 4, "pin-locked")
        self.assertIn("issue a new certificate", error["advice"])
        self.assertEqual(vault.certificates()[0]["state"], "locked")
        self.assertIn("ロック中", vault.kinko("list", language=JAPANESE).out)
        back = vault.json("import", original.path, pins=[original.pin])
        self.assertEqual((back.exit, back.json["result"]), (0, "pin-reset"))
        self.assertEqual(vault.certificates()[0]["state"], "ready")

    def test_what_is_wrong_with_a_file(self):
        vault = self.start_vault()
        original = self.make_original(kind="p-256")
        broken = self.path("broken.p12")
        broken.write_bytes(original.path.read_bytes()[:-40])
        text = self.path("text.p12")
        text.write_text("no original at all\n")
        for words in (["import"], ["original", "check"], ["original", "show"]):
            self.assert_fails(vault.json(*words, original.path, pins=["wrong123"]), 3,
                              "pin-wrong-or-damaged")
            self.assert_fails(vault.json(*words, original.path), 2, "pin-needed")
            self.assert_fails(vault.json(*words, broken, pins=["x"]), 9, "original-truncated")
            self.assert_fails(vault.json(*words, text, pins=["x"]), 9, "original-not-pkcs12")
            self.assert_fails(vault.json(*words, self.path("absent"), pins=["x"]), 9,
                              "original-unreadable")
        empty = self.path("empty")
        empty.mkdir()
        self.assert_fails(vault.json("import", empty, pins=["x"]), 5, "original-none")
        self.assertEqual(vault.certificates(), [])

    def test_an_expired_certificate_is_imported_with_a_warning(self):
        vault = self.start_vault()
        old = self.make_original(kind="p-256", not_before="20200101000000Z",
                                 not_after="20210101000000Z", legacy=True)
        result = vault.json("import", old.path, pins=[old.pin]).json
        self.assertEqual(result["certificate"]["state"], "expired")
        self.assertEqual(result["warnings"],
                         ["expired", "original-on-this-computer", "weak-protection"])
        text = vault.kinko("import", old.path, pins=[old.pin], language=JAPANESE)
        self.assertIn("注意: この電子証明書は有効期限が切れています。", text.err)

    def test_status_says_how_it_is_protected_and_removed(self):
        vault = self.start_vault()
        document = vault.json("status").json
        self.assertEqual(document["vault"], {"state": "ready", "binding": "host", "private": True})
        self.assertEqual(set(document), {"vault", "protections", "footprint", "removal"})
        for protection in document["protections"]:
            self.assertEqual(set(protection), {"name", "on", "detail"})
        self.assertIn(str(vault.folder), json.dumps(document["footprint"]))
        self.assertIn(str(vault.folder), document["removal"])
        text = vault.kinko("status", language=JAPANESE)
        self.assertEqual(text.exit, 0)
        self.assertIn("個人用", text.out)
        self.assertNotRegex(text.out, r"\n  (はい|いいえ)  [a-z-]+\n", "a word without Japanese")

    def test_the_policy_is_explained_and_obeyed(self):
        vault = self.vault()
        vault.set_policy(vault={"usage": "secure-folder", "users": "*"})
        vault.start()
        allowed = vault.json("policy", "explain", "sign")
        self.assertEqual((allowed.exit, allowed.json["verdict"]), (0, "allow"))
        denied = vault.json("policy", "explain", "original")
        self.assertEqual(denied.exit, 6)
        self.assertEqual(denied.json, {"verdict": "deny", "rule": "[vault] usage = secure-folder",
                                       "line": 2})
        default = vault.json("policy", "explain", "decrypt")
        self.assertEqual((default.exit, default.json["line"]), (6, None))
        text = vault.kinko("policy", "explain", "original", language=JAPANESE)
        self.assertEqual((text.exit, text.err.count("\n")), (6, 1))
        self.assertIn("original: 拒否\n", text.out)
        original = self.make_original(kind="p-256")
        for words in (["original", "pin", original.path], ["original", "get", "--to", "."]):
            self.assert_fails(vault.json(*words, pins=["a", "b"]), 6, "policy-denied")
        self.assert_fails(vault.json("policy", "explain", "sign", "nobody"), 5, "cert-not-found")

    def test_whom_the_policy_shuts_out(self):
        vault = self.vault()
        vault.set_policy(vault={"users": "nobody", "administrators": "nobody"})
        vault.start()
        for words in (["list"], ["get", "--id", "1"], ["list", "--user", "daemon"]):
            self.assert_fails(vault.json(*words, pins=["x"]) if words[0] == "get"
                              else vault.json(*words), 6, "policy-denied")
        self.assert_fails(vault.json("list", "--user", "no such user"), 5, "not-found")
        self.assertEqual(vault.kinko().exit, 0)

    def test_a_vault_of_another_machine_is_refused(self):
        vault = self.start_vault()
        vault.stop()
        copy = self.adopt(vault.copy_to(self.path("copy")))
        (copy.folder / "host.key").chmod(0o600)
        (copy.folder / "host.key").write_bytes(os.urandom(32))
        (copy.folder / "host.key").chmod(0o400)
        copy.start()
        for words in (["list"], ["import", "x.p12"], ["policy", "explain", "sign"]):
            self.assert_fails(copy.json(*words), 8, "host-key-foreign")
        status = copy.json("status")
        self.assertEqual((status.exit, status.json["vault"]["state"]), (0, "machine-changed"))
        home = copy.kinko(language=JAPANESE)
        self.assertEqual(home.exit, 0)
        self.assertTrue(home.out.startswith("このコンピューターの秘密 (host.key) は"), home)

    def test_get_without_a_server_or_a_stick(self):
        vault = self.start_vault()
        self.assert_fails(vault.json("get", "--id", "1", pins=["x"]), 10, "server-unset")
        (vault.folder / "kinko.conf").write_text("[server]\nurls = https://localhost:1\n")
        error = self.assert_fails(vault.json("get", "--id", "1", pins=["x"]), 1, "configuration")
        self.assertIn("kinko.conf: line 2: ", error["message"])
        self.assertNotIn("policy", error["advice"])
        (vault.folder / "kinko.conf").write_text("[server]\nurl = https://localhost:1\n")
        self.assert_fails(vault.json("get", "--id", "1", "--stick", self.folder, pins=["x"]), 11,
                          "not-a-stick")
        self.assert_fails(vault.json("get", "--id", "1", "--stick", "NO SUCH", pins=["x"]), 11,
                          "stick-unknown")


class WithServer(CommandLine, WithDemoServer):
    def setUp(self):
        super().setUp()
        self.start_served_vault()

    def test_get_in_japanese_tells_each_step(self):
        (number, pin), vault = self.server.letters[0], self.running
        result = vault.kinko("get", "--id", number, "--stick", self.stick, pins=[pin],
                             language=JAPANESE)
        self.assertEqual(result.exit, 0, result)
        told = result.err
        for words in ("電子証明書をダウンロード中です。", "読み出せることを確かめました",
                      "電子証明書の保存が完了しました。"):
            self.assertIn(words, told)
            told = told[told.index(words):]
        for words in ("もう一度ダウンロードできます", "発行先", "発行者", "有効期間", "ユーザーID",
                      "注意事項", "30日以内", "施錠"):
            self.assertIn(words, result.out)
        self.assertIsNone(vault.certificates()[0]["confirmed_at"])

    def test_get_as_a_document_and_twice(self):
        (number, pin), vault = self.server.letters[1], self.running
        first, second = (vault.json("get", "--id", number, "--stick", self.stick, pins=[pin])
                         for _ in range(2))
        self.assertEqual((first.exit, first.json["result"]), (0, "imported"), first)
        self.assertEqual((second.exit, second.json["result"]), (0, "already-there"), second)
        self.assertEqual(first.json["delete_at"], second.json["delete_at"])
        self.assertTrue(os.path.exists(first.json["original_file"]))
        self.assertIn("original-on-this-computer", first.json["warnings"])

    def test_what_cannot_be_an_id_number_is_said_at_once(self):
        (number, pin), vault = self.server.letters[0], self.running
        for wrong in ("  ", "12 34", "１２３", "1/2", "1" * 65):
            for words in (["get", "--stick", self.stick], ["original", "get", "--to", self.stick]):
                result = vault.json(*words, "--id", wrong)  # not "pin-needed": it is not asked for
                self.assert_fails(result, 2, "id-text")
        text = vault.kinko("get", "--stick", self.stick, "--id", "12 34", pins=[pin])
        self.assertNotIn("Downloading", text.err)
        blanks = vault.json("get", "--stick", self.stick, "--id", f" {number}\t", pins=[pin])
        self.assertEqual(blanks.exit, 0, blanks)

    def test_wrong_pin_of_the_letter(self):
        number, vault = self.server.letters[0][0], self.running
        self.assert_fails(vault.json("get", "--id", number, "--stick", self.stick, pins=["x1y2"]),
                          10, "id-or-pin-wrong")
        self.assert_fails(vault.json("get", "--stick", self.stick, pins=["x1y2"]), 2,
                          "argument-missing")
        self.assertEqual(list(self.stick.iterdir()), [])

    def test_the_normal_folder_type(self):
        (number, pin), vault = self.server.letters[0], self.running
        result = vault.kinko("original", "get", "--to", self.stick, "--id", number, pins=[pin],
                             language=JAPANESE)
        self.assertEqual(result.exit, 0, result)
        self.assertTrue(result.err.startswith("留意事項"), result)
        for words in ("セキュリティは自己責任", "PINコードの管理", "バックアップの管理運用"):
            self.assertIn(words, result.err)
        self.assertEqual(vault.certificates(), [])
        file = next((self.stick / "Kinko").glob("*.p12"))
        before = file.read_bytes()
        self.assert_fails(vault.json("original", "pin", file, pins=["wrong1", "newpin1"]), 3,
                          "pin-wrong-or-damaged")
        self.assert_fails(vault.json("original", "pin", file, pins=[pin, "NEW"]), 2, "pin-rule")
        self.assertEqual(file.read_bytes(), before)
        changed = vault.kinko("original", "pin", file, pins=[pin, "newpin1"], language=JAPANESE)
        self.assertEqual(changed.exit, 0, changed)
        self.assertIn("電子証明書のPINコードを変更しました。", changed.out)
        self.assertIn("USBメモリの控えは", changed.out)
        self.assertEqual(vault.kinko("original", "check", file, pins=["newpin1"]).exit, 0)
        self.assert_fails(vault.json("original", "check", file, pins=[pin]), 3,
                          "pin-wrong-or-damaged")
        subprocess.run(["sha256sum", "--status", "--strict", "-c", file.name + ".sha256"],
                       cwd=file.parent, check=True)

    def test_original_get_needs_a_folder(self):
        vault = self.running
        self.assert_fails(vault.json("original", "get", "--id", "1", pins=["x"]), 2,
                          "argument-missing")
        self.assert_fails(vault.json("original", "get", "--id", "1", "--to", self.path("absent"),
                                     pins=["x"]), 11, "stick-folder")


class WithFakeVault(CommandLine):
    """Certificates that would take a day to make: the same first digits, hostile names."""

    def fake(self, *entries, **settings):
        vault = self.private(name=f"vault-{len(os.listdir(self.folder))}")
        fake = fake_vault.FakeVault(vault.folder, entries, **settings)
        self.addCleanup(fake.close)
        return vault, fake

    def test_an_ambiguous_beginning_lists_the_candidates(self):
        vault, _ = self.fake(fake_vault.entry("DEMO A", "abcd1111", 1),
                             fake_vault.entry("DEMO B", "abcd2222", 2),
                             fake_vault.entry("DEMO C", "99990000", 3))
        error = self.assert_fails(vault.json("show", "ABCD"), 2, "cert-ambiguous")
        self.assertEqual([choice["label"] for choice in error["choices"]], ["DEMO A", "DEMO B"])
        self.assertTrue(error["choices"][0]["id"].startswith("abcd1111"))
        self.assertIn("DEMO A (abcd1111", error["message"])
        self.assert_fails(vault.json("show", "abcd3"), 5, "cert-not-found")
        self.assert_fails(vault.json("show", "abc"), 5, "cert-not-found")
        # Found; what the fake vault answers to the rest does not matter here.
        self.assert_fails(vault.json("show", "abcd2"), 3, "pin-wrong")

    def test_an_administrator_names_another_user(self):
        vault, fake = self.fake(fake_vault.entry("DEMO A", "aaaa", subject=""))
        listed = vault.json("list", "--user", "root")
        self.assertEqual(fake.bodies["list"], struct.pack(">BIQ", 1, 0, 0))
        self.assertIsNone(listed.json["certificates"][0]["subject"])
        self.assertIs(listed.json["certificates"][0]["active"], False)
        vault.json("delete", "DEMO A", "--user", "4321", "--yes", "--no-original")
        self.assertEqual(fake.bodies["list"], struct.pack(">BIQ", 1, 4321, 0))
        self.assertEqual(fake.bodies["delete"][:5], struct.pack(">BI", 1, 4321))
        vault.json("list")
        self.assertEqual(fake.bodies["list"][0], 0)

    def test_what_an_administrator_is_not_told_is_no_value(self):
        limited = {"subject": "", "issuer": "", "serial": "", "key": "", "follows_rule": False}
        vault, _ = self.fake(fake_vault.entry("DEMO A", "aaaa", 1, tries_left=1, not_before=0,
                                              verified_at=1_700_000_000, **limited),
                             fake_vault.entry("DEMO B", "bbbb", 2, tries_left=0, not_before=0,
                                              **limited),
                             fake_vault.entry("DEMO C", "cccc", 3, tries_left=1,
                                              not_before=2**63 - 1, **limited))
        told = vault.json("list", "--user", "root").json["certificates"]
        self.assertEqual([entry["state"] for entry in told], ["ready", "locked", "not-yet-valid"])
        for entry in told:
            self.assertEqual({name for name, value in entry.items() if value is not None} -
                             {"original"}, {"id", "label", "not_after", "state"})
        self.assertEqual(told[0]["original"],
                         {"verified_at": "2023-11-14T22:13:20Z", "where": None})
        text = vault.kinko("list", "--user", "root", language=JAPANESE).out
        self.assertNotIn("1回", text)
        self.assertIn("2023年11月15日\n", text)

    def test_an_administrator_is_not_told_to_import(self):
        vault, _ = self.fake()
        self.assertIn("kinko import", vault.kinko("list").out)
        other = vault.kinko("list", "--user", "root", language=JAPANESE)
        self.assertEqual(other.out, "このユーザーの電子証明書は、安全なフォルダにありません。\n")

    def test_after_the_last_wrong_pin_programs_learn_of_the_lock(self):
        for verified_at, advice in ((1_700_000_000, "kinko import"), (0, "issue a new certificate")):
            vault, _ = self.fake(fake_vault.entry(active=True, tries_left=1, where="USB",
                                                  verified_at=verified_at), tries_left=0)
            error = self.assert_fails(vault.json("pin", pins=["oldpin1", "newpin1"]), 3, "pin-wrong")
            self.assertIn("locked now", error["message"])
            self.assertIn(advice, error["advice"])
            self.assertEqual(error["tries_left"], 0)
            vault, _ = self.fake(fake_vault.entry(active=True, tries_left=0, where="USB",
                                                  verified_at=verified_at))
            error = self.assert_fails(vault.json("pin", pins=["oldpin1", "newpin1"]), 4, "pin-locked")
            self.assertIn(advice, error["advice"])

    def test_names_cannot_write_on_the_screen(self):
        hostile = "evil\x1b[2J\n\u202egpj\x07 <b>%s ../../etc"
        vault, _ = self.fake(fake_vault.entry(hostile, "abcd", active=True))
        text = vault.kinko("list")
        self.assertEqual(len(text.out.splitlines()), 2)
        self.assertIsNone(re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", text.out), repr(text.out))
        self.assertIn("\\u{001B}[2J\\u{000A}\\u{202E}gpj\\u{0007} <b>%s", text.out)
        self.assertIn("\\u{001B}", vault.kinko("delete", "abcd", "--yes", "--no-original").err +
                      vault.kinko().out)
        self.assertEqual(vault.certificates()[0]["label"], hostile)

    def test_a_pin_that_cannot_be_right_is_not_sent(self):
        vault, fake = self.fake(fake_vault.entry(active=True, tries_left=1))
        self.assert_fails(vault.json("pin", pins=["ABCD", "newpin1"]), 3, "pin-wrong")
        self.assertNotIn("pin", fake.asked)
        self.assert_fails(vault.json("pin", pins=["abcd", "newpin1"]), 3, "pin-wrong")
        self.assertIn("pin", fake.asked)

    def test_a_pin_outside_the_rule_is_sent_when_the_original_had_one(self):
        vault, fake = self.fake(fake_vault.entry(active=True, follows_rule=False))
        self.assert_fails(vault.json("pin", pins=["Straße 7", "newpin1"]), 3, "pin-wrong")
        self.assertIn("pin", fake.asked)


if __name__ == "__main__":
    kinko.unittest.main()
