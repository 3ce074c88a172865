"""kinko doctor: each step finds what is wrong, says what to do, and changes nothing."""
import hashlib
import os
import pathlib
import shutil
import socket
import struct
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import fake_vault
import kinko
import users

JAPANESE = "ja_JP.UTF-8"
MODULE = kinko.BIN.parent / "lib" / "kinko-pkcs11.so"
SYSTEM_LISTS = [path for path in ("/usr/share/p11-kit/modules/kinko.module",
                                  "/etc/pkcs11/modules/kinko.module") if os.path.exists(path)]
ALWAYS = {"socket", "server-identity", "vault-state", "machine-binding", "log", "policy",
          "active-certificate", "clock", "originals-here", "module", "p11-kit", "nss",
          "sandboxed-programs", "signature"}
OF_CERTIFICATE = {"expiry", "pin", "backup"}


def stranger(path):
    """Listens; how much whoever comes has sent."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(path)
        listener.listen()
        client, _ = listener.accept()
        with client:
            return len(client.recv(65536))


class VaultOfOne(fake_vault.FakeVault):
    """Is ready, lets everybody sign, and then refuses."""

    def _answer(self, packet):
        request_id, _, number = struct.unpack(">IBB", packet[:6])
        head = struct.pack(">IBB", request_id, kinko.REPLY, number)
        if number == kinko.MESSAGES["status"]:
            items = b"".join(kinko.text(name) + b"\1" + kinko.text("")
                             for name in ("bound-to-machine", "log-whole"))
            return head + struct.pack(">BIBBB", 0, 0, 0, 1, 2) + items + b"\0"
        if number == kinko.MESSAGES["explain"]:
            return head + b"\1" + kinko.text("any rule") + struct.pack(">I", 0)
        return super()._answer(packet)


class DoctorTest(kinko.FlowTest):
    def setUp(self):
        super().setUp()
        self.home = self.path("home")
        self.home.mkdir()

    def given_p11_kit_knows(self, module=MODULE):
        folder = self.home / ".config/pkcs11/modules"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "kinko.module").write_text(f"# the vault\nmodule: {module}\ncritical: no\n")

    def given_vault(self, kind="p-256", **settings):
        vault = self.start_vault()
        self.original = self.imported(vault, kind=kind, **settings)
        return vault

    def given_proven(self, vault, days_ago=0):
        """The vault has been told that the original was proven on a stick."""
        body = (bytes.fromhex(self.original.id) +
                hashlib.sha256(self.original.path.read_bytes()).digest() +
                struct.pack(">q", int(time.time()) - days_ago * 86400) +
                kinko.text("DEMO-USB"))
        with vault.connect() as wire:
            wire.hello().ask("original_proven", body)

    def doctor(self, vault, pins=(kinko.PIN,), language="C.UTF-8", json=True):
        words = (["--json"] if json else []) + ["doctor"]
        return vault.kinko(*words, pins=None if pins is None else list(pins), language=language,
                           more={"HOME": str(self.home)})

    def steps(self, result):
        """Of each step None, or its advice where it is not fine. The exit code agrees."""
        self.assertEqual(set(result.json), {"steps"}, result)
        for step in result.json["steps"]:
            self.assertEqual(set(step), {"name", "ok", "advice"})
            self.assertEqual(step["ok"], step["advice"] is None, step)
        steps = {step["name"]: step["advice"] for step in result.json["steps"]}
        self.assertEqual(len(steps), len(result.json["steps"]))
        self.assertEqual(result.exit, 1 if any(steps.values()) else 0, result)
        return steps

    def advice(self, result, name):
        advice = self.steps(result)[name]
        self.assertIsNotNone(advice, result)
        return advice

    # -- all in order --------------------------------------------------------------------------

    def test_all_is_fine_with_every_kind_of_key(self):
        self.given_p11_kit_knows()
        for kind in ("rsa-2048", "p-256", "ed25519"):
            vault = self.vault(kind)
            vault.start()
            self.original = self.imported(vault, f"{kind}.p12", kind=kind)
            self.given_proven(vault)
            result = self.doctor(vault)
            steps = self.steps(result)
            self.assertEqual(set(steps) - {"java"}, ALWAYS | OF_CERTIFICATE)
            self.assertEqual(result.exit, 0, result)
            self.assertEqual(result.err, "")

    def test_it_changes_nothing_but_the_log(self):
        vault = self.given_vault()
        before = vault.certificates()
        self.doctor(vault)
        self.assertEqual(vault.certificates(), before)
        self.assertEqual(list(self.home.iterdir()), [])
        entries = vault.json("log").json["entries"]
        self.assertEqual([entry["action"] for entry in entries][-3:], ["login", "sign", "logout"])

    def test_people_read_a_table_in_their_language(self):
        vault = self.given_vault()
        english = self.doctor(vault, json=False)
        japanese = self.doctor(vault, json=False, language=JAPANESE)
        self.assertRegex(english.out, r"\n  fine +A real signature +made, and verified")
        self.assertRegex(english.out, r"\n  TO DO +Original .*\n +-> Please put it on a stick")
        self.assertRegex(english.out, r"\n\d lines? needs? you")
        self.assertRegex(japanese.out, r"\n  正常 +実際の署名 +署名し、電子証明書で検証できました")
        self.assertRegex(japanese.out, r"\n  要対処 +原本 .*\n +-> 原本をUSBメモリに保存し")
        self.assertNotRegex(japanese.out, r"\n  \w+ +[a-z]+ ")
        self.assertEqual((english.exit, japanese.exit), (1, 1))

    def test_a_terminal_asks_for_the_pin(self):
        vault = self.given_vault()
        with vault.terminal("doctor", more={"HOME": str(self.home)}) as terminal:
            terminal.expect("it signs nothing that means anything")
            terminal.expect("DEMO Taro")
            terminal.expect("PIN: ")
            terminal.type(kinko.PIN)
            terminal.expect("A real signature +made, and verified")
            self.assertEqual(terminal.exit(), 1)
        with vault.terminal("doctor", more={"HOME": str(self.home)}) as terminal:
            terminal.expect("PIN: ")
            terminal.press_ctrl_c()
            self.assertEqual(terminal.exit(), 1)

    # -- the vault -----------------------------------------------------------------------------

    def test_without_a_vault_it_looks_at_the_rest(self):
        vault = self.vault()
        vault.folder.mkdir(mode=0o700)
        steps = self.steps(self.doctor(vault))
        self.assertIn(f"kinkod --private {vault.folder}", steps["socket"])
        self.assertNotIn("server-identity", steps)
        for name in ("active-certificate", "signature"):
            self.assertIn("what stands above", steps[name])
        self.assertIsNone(steps["module"])
        self.assertIsNone(steps["policy"])

    def test_an_old_copy_of_the_vault_is_told(self):
        vault = self.given_vault()
        vault.stop()
        copy = vault.copy_to(self.path("copy"))
        vault.start()
        self.assertEqual(vault.kinko("pin", pins=[kinko.PIN, "other234"]).exit, 0)
        vault.stop()
        shutil.rmtree(vault.folder / "state")
        shutil.copytree(copy.folder / "state", vault.folder / "state")
        vault.start()
        steps = self.steps(self.doctor(vault))
        self.assertIn("older copy", steps["vault-state"])
        self.assertIn("what stands above", steps["signature"])

    def test_a_policy_that_forbids_signing_is_named(self):
        vault = self.vault()
        vault.set_policy(vault={"users": "nobody"})
        vault.start()
        steps = self.steps(self.doctor(vault))
        self.assertIn("it does not let you sign: [vault] users = nobody", steps["policy"])
        self.assertIn("policy", steps["active-certificate"])

    def test_a_policy_file_that_is_wrong_is_named_with_its_line(self):
        vault = self.given_vault()
        (vault.folder / "policy.conf").write_text("[pin]\ntries = 99\n")
        steps = self.steps(self.doctor(vault))
        self.assertIn("line 2", steps["policy"])
        self.assertIsNone(steps["signature"])  # the vault goes on with the last good one

    @unittest.skipUnless(os.geteuid() == 0, "needs root: another user plays the vault")
    def test_a_stranger_on_the_socket_is_told_and_gets_nothing(self):
        vault = self.vault()
        self.folder.chmod(0o755)
        vault.folder.mkdir(mode=0o777)
        vault.folder.chmod(0o777)
        started = users.start(61001, stranger, str(vault.socket))
        kinko.wait_until(vault.socket.exists, what="the stranger")
        steps = self.steps(self.doctor(vault))
        self.assertIsNone(steps["socket"])
        self.assertIn("is not the vault", steps["server-identity"])
        self.assertIn("what stands above", steps["signature"])
        self.assertEqual(started.result(), 0)

    # -- the certificate -----------------------------------------------------------------------

    def test_an_empty_vault_and_no_active_certificate(self):
        vault = self.start_vault()
        steps = self.steps(self.doctor(vault))
        self.assertIn("kinko import", steps["active-certificate"])
        self.assertIn("nothing to sign with", steps["signature"])
        original = self.imported(vault, kind="p-256")
        self.imported(vault, "second.p12", kind="p-256", subject="/C=JP/CN=DEMO Second")
        self.assertEqual(vault.kinko("delete", original.id, "--yes", "--no-original").exit, 0)
        self.assertIn("kinko use", self.advice(self.doctor(vault), "active-certificate"))

    def test_the_period_of_validity(self):
        def at(days):
            return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))

        vault = self.start_vault()
        for name, begins, ends, expected in (("a", -400, -3, "expired on"), ("b", 5, 90, "from"),
                                             ("c", -400, 100, "renewal"), ("d", -1, 400, None)):
            original = self.imported(vault, f"{name}.p12", kind="p-256", not_before=at(begins),
                                     not_after=at(ends), subject=f"/C=JP/CN=DEMO {name}")
            self.assertEqual(vault.kinko("use", original.id).exit, 0)
            steps = self.steps(self.doctor(vault))
            if expected is None:
                self.assertIsNone(steps["expiry"])
            else:
                self.assertIn(expected, steps["expiry"])
            # The policy lets no expired certificate sign, and the step says so.
            self.assertEqual(steps["signature"] is not None, name == "a", steps)

    def test_the_pin_and_its_tries(self):
        vault = self.given_vault()
        steps = self.steps(self.doctor(vault, pins=["wrong234"]))
        self.assertIn("Tries left: 4", steps["signature"])
        self.assertIsNone(steps["pin"])
        for _ in range(3):
            self.doctor(vault, pins=["wrong234"])
        steps = self.steps(self.doctor(vault, pins=None))
        self.assertIn("one more wrong PIN", steps["pin"])
        self.doctor(vault, pins=["wrong234"])
        steps = self.steps(self.doctor(vault))
        self.assertIn("locked", steps["pin"])
        self.assertIn("the certificate is locked", steps["signature"])

    def test_without_a_pin_no_signature_is_made_and_it_says_how(self):
        vault = self.given_vault()
        advice = self.advice(self.doctor(vault, pins=None), "signature")
        self.assertIn("--pin-fd", advice)
        self.assertNotIn("sign", {entry["action"] for entry in vault.json("log").json["entries"]})
        self.assertRegex(self.doctor(vault, pins=None, json=False).out, r"not done +A real")

    def test_an_original_that_was_long_not_proven(self):
        vault = self.given_vault()
        self.assertIn("kinko original check", self.advice(self.doctor(vault), "backup"))
        self.given_proven(vault, days_ago=200)
        self.assertIn("DEMO-USB", self.advice(self.doctor(vault), "backup"))
        (vault.folder / "policy.conf").write_text("[backup]\nremind-days = 300\n")
        self.assertIsNone(self.steps(self.doctor(vault))["backup"])

    def test_a_clock_before_what_the_vault_has_seen(self):
        vault = self.vault()
        vault.folder.mkdir(mode=0o700)
        now = int(time.time())
        for seen_at, expires_at, is_wrong in ((now - 60, now + 10 ** 8, False),
                                              (now + 2 * 86400, now + 10 ** 8, True),
                                              (now - 60, now - 11 * 365 * 86400, True)):
            fake = VaultOfOne(vault.folder, [fake_vault.entry(
                active=True, verified_at=seen_at, where="DEMO-USB", not_after=expires_at)])
            advice = self.steps(self.doctor(vault))["clock"]
            fake.close()
            vault.socket.unlink()
            self.assertEqual(advice is not None, is_wrong, advice)

    # -- this computer -------------------------------------------------------------------------

    def test_originals_that_still_lie_here(self):
        vault = self.given_vault()
        self.assertIsNone(self.steps(self.doctor(vault))["originals-here"])
        places = [self.home / "ダウンロード" / "証明書.p12", self.home / "a/b/deep.PFX",
                  self.home / "Desktop/c.p12", self.home / "d.p12"]
        for place in places:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.original.path, place)
        advice = self.advice(self.doctor(vault), "originals-here")
        self.assertIn(str(places[0]), advice)
        self.assertIn("and 1 more", advice)
        self.assertNotIn("DEMO Taro", advice)  # its file is nothing that the vault knows
        self.given_proven(vault)
        advice = self.advice(self.doctor(vault), "originals-here")
        self.assertIn("the original of DEMO Taro lies here", advice)
        for place in places:
            place.unlink()
        (self.home / "no-original.p12").write_text("a text with another name")
        (self.home / "empty.pfx").touch()
        (self.home / "link.p12").symlink_to(self.original.path)
        (self.home / "folder.p12").mkdir()
        self.assertIsNone(self.steps(self.doctor(vault))["originals-here"])

    def test_a_home_with_very_many_files_is_not_searched_for_ever(self):
        vault = self.vault()
        vault.folder.mkdir(mode=0o700)
        for number in range(2500):
            (self.home / f"file-{number}").touch()
        began = time.monotonic()
        result = self.doctor(vault, json=False)
        self.assertLess(time.monotonic() - began, 15)
        self.assertIn("too many files", result.out)

    @unittest.skipIf(SYSTEM_LISTS, f"Kinko is installed here: {SYSTEM_LISTS}")
    def test_p11_kits_list(self):
        vault = self.vault()
        vault.folder.mkdir(mode=0o700)
        self.assertIn("kinko.module", self.advice(self.doctor(vault), "p11-kit"))
        self.given_p11_kit_knows("/gone/kinko-pkcs11.so")
        self.assertIn("a file that is not there", self.advice(self.doctor(vault), "p11-kit"))
        self.given_p11_kit_knows()
        self.assertIsNone(self.steps(self.doctor(vault))["p11-kit"])

    def test_databases_that_the_module_is_not_in(self):
        vault = self.vault()
        vault.folder.mkdir(mode=0o700)
        database = self.home / ".local/share/pki/nssdb"
        database.mkdir(parents=True)
        (database / "pkcs11.txt").write_text("library=\nname=NSS Internal PKCS #11 Module\n\n")
        advice = self.advice(self.doctor(vault), "nss")
        self.assertIn(str(database), advice)
        self.assertIn("kinko register", advice)
        with (database / "pkcs11.txt").open("a") as list_of_modules:
            list_of_modules.write(f"library={MODULE}\nname=Kinko\n")
        self.assertIsNone(self.steps(self.doctor(vault))["nss"])

    def test_programs_that_no_module_reaches(self):
        vault = self.vault()
        vault.folder.mkdir(mode=0o700)
        (self.home / ".local/share/flatpak/app/org.mozilla.firefox").mkdir(parents=True)
        advice = self.advice(self.doctor(vault), "sandboxed-programs")
        self.assertIn("Firefox (flatpak)", advice)
