"""The policy in force: each rule is obeyed by the daemon, and the log names the rule that denied."""
import grp
import os
import pathlib
import struct
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import kinko

LIST = struct.pack(">BIQ", 0, 0, 0)


def last_entry(vault):
    return vault.json("log").json["entries"][-1]


class PolicyTest(kinko.FlowTest):
    def vault_with(self, **sections):
        vault = self.vault()
        vault.set_policy(**sections)
        return vault.start()

    def change(self, vault, /, **sections):
        vault.set_policy(**sections)
        vault.reload()

    def login_error(self, vault, original, pin=None):
        with vault.connect() as wire:
            body = bytes.fromhex(original.id) + kinko.blob((pin or original.pin).encode())
            return wire.hello().error_of("login", body)

    def assert_denied_by(self, vault, action, rule, line):
        """The newest entry; read under a policy that lets the log be read."""
        entry = last_entry(vault)
        self.assertEqual((entry["action"], entry["result"]), (action, "policy-denied"))
        self.assertEqual((entry["rule"], entry["line"]), (rule, line))
        self.assertEqual(entry["uid"], os.getuid())


class WhoTest(PolicyTest):
    def test_who_is_not_among_the_users_is_denied_everything_and_the_rule_is_named(self):
        vault = self.start_vault()
        original = self.imported(vault)
        self.change(vault, vault={"users": "nobody"})
        with vault.connect() as wire:
            wire.hello()
            for name, body in (("list", LIST), ("log", struct.pack(">Qq", 0, 0)),
                               ("log_verify", b""), ("active", b""),
                               ("use", struct.pack(">BI", 0, 0) + bytes.fromhex(original.id)),
                               ("delete", struct.pack(">BI", 0, 0) + bytes.fromhex(original.id)),
                               ("import_begin", struct.pack(">I", 10) + bytes(32)),
                               ("pin", bytes.fromhex(original.id) + kinko.blob(b"a1b2") * 2)):
                self.assertEqual(wire.error_of(name, body), "policy-denied", name)
        self.assertEqual(self.login_error(vault, original), "policy-denied")
        explained = vault.json("policy", "explain", "sign").json
        self.assertEqual((explained["verdict"], explained["line"]), ("deny", 2))
        self.change(vault, vault={"users": "*"})
        denied = [entry for entry in vault.json("log").json["entries"]
                  if entry["result"] == "policy-denied"]
        self.assertEqual([entry["action"] for entry in denied],
                         ["list", "list", "list", "list", "use", "delete", "import", "pin", "login"])
        for entry in denied:
            self.assertEqual((entry["rule"], entry["line"]), ("[vault] users = nobody", 2))

    def test_a_group_lets_in(self):
        mine = grp.getgrgid(os.getgid()).gr_name
        vault = self.vault_with(vault={"users": "nobody", "groups": mine})
        self.assertEqual(vault.json("list").exit, 0)
        self.change(vault, vault={"users": "nobody", "groups": ""})
        self.assertEqual(vault.json("list").exit, 6)

    def test_others_certificates_are_for_administrators(self):
        vault = self.vault_with(vault={"administrators": "nobody"})
        body = struct.pack(">BIQ", 1, 12345, 0)
        with vault.connect() as wire:
            self.assertEqual(wire.hello().error_of("list", body), "policy-denied")
        self.assert_denied_by(vault, "list", "[vault] administrators = nobody", 2)
        self.change(vault, vault={"administrators": "root"})
        if os.getuid() == 0:
            with vault.connect() as wire:
                wire.hello()
                self.assertEqual(wire.list_count(owner=12345), 0)


class PinTest(PolicyTest):
    def test_the_number_of_tries_is_the_policys(self):
        vault = self.vault_with(pin={"tries": 3})
        original = self.imported(vault)
        self.assertEqual(vault.certificates()[0]["tries_left"], 3)
        self.assertEqual(self.login_error(vault, original, "wrong"), "pin-wrong")
        self.change(vault, pin={"tries": 7})
        self.assertEqual(vault.certificates()[0]["tries_left"], 2)
        with vault.connect() as wire:
            wire.hello().login(original.id, original.pin)
        self.assertEqual(vault.certificates()[0]["tries_left"], 7)

    def login_ends(self, **pin):
        vault = self.vault_with(pin=pin)
        original = self.imported(vault)
        with vault.connect() as wire:
            reply = wire.hello().login(original.id, original.pin)
            self.assertIn(1, struct.unpack(">II", reply))
            time.sleep(2.1)
            self.assertEqual(wire.error_of("logout"), "login-needed")

    def test_a_login_ends_when_it_is_idle(self):
        self.login_ends(idle_seconds=1)

    def test_a_login_ends_after_its_time(self):
        self.login_ends(login_max_seconds=1)


class KeyTest(PolicyTest):
    def test_a_key_that_is_too_short_is_not_opened(self):
        vault = self.vault_with(keys={"rsa-min": 3072})
        original = self.imported(vault)
        self.assertEqual(self.login_error(vault, original), "policy-denied")
        self.assert_denied_by(vault, "login", "[keys] rsa-min = 3072", 2)
        self.assertEqual(last_entry(vault)["certificate"], original.id)
        self.assertEqual(vault.certificates()[0]["tries_left"], 5)
        self.change(vault, keys={"rsa-min": 2048})
        with vault.connect() as wire:
            wire.hello().login(original.id, original.pin)

    def test_an_expired_certificate_is_not_opened_unless_the_policy_says_so(self):
        vault = self.vault_with(keys={"sign-expired": "no"})
        original = self.imported(vault, not_before="20200101000000Z",
                                 not_after="20210101000000Z")
        self.assertEqual(self.login_error(vault, original), "policy-denied")
        self.assert_denied_by(vault, "login", "[keys] sign-expired = no", 2)
        self.change(vault, keys={"sign-expired": "yes"})
        with vault.connect() as wire:
            wire.hello().login(original.id, original.pin)


class ReloadTest(PolicyTest):
    def test_a_policy_that_was_read_again_is_an_entry_with_who_asked(self):
        vault = self.start_vault()
        self.change(vault, pin={"tries": 4})
        entry = last_entry(vault)
        self.assertEqual((entry["action"], entry["result"]), ("policy-load", "ok"))
        self.assertEqual((entry["uid"], entry["pid"]), (os.getuid(), os.getpid()))

    def test_a_wrong_policy_changes_nothing_at_all_and_is_an_entry(self):
        vault = self.vault_with(pin={"tries": 4}, vault={"users": "*"})
        self.imported(vault)
        self.change(vault, pin={"tries": 9}, vault={"users": "nobody", "nonsense": "1"})
        entry = last_entry(vault)
        self.assertEqual((entry["action"], entry["result"]), ("policy-load", "configuration"))
        self.assertIn("line 5", entry["rule"])
        self.assertEqual(vault.json("list").exit, 0)
        original = self.make_original("second.p12")
        with vault.connect() as wire:
            wire.hello().import_original(original.path.read_bytes(), original.pin)
        self.assertEqual([entry["tries_left"] for entry in vault.certificates()], [4, 4])

    def test_a_reload_leaves_open_logins_to_their_own_limits(self):
        vault = self.start_vault()
        original = self.imported(vault)
        with vault.connect() as wire:
            wire.hello().login(original.id, original.pin)
            self.change(vault, pin={"idle-seconds": 30})
            wire.ask("logout")


if __name__ == "__main__":
    unittest.main()
