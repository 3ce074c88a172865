"""Who used my seal and when: the audit log, and what somebody with an editor cannot do to it."""
import calendar
import csv
import io
import os
import pathlib
import struct
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import kinko

FRAME = 512
FIELDS = ["number", "at", "uid", "pid", "program", "action", "result", "certificate", "mechanism",
          "digest"]


def log_of(vault, *options):
    result = vault.json("log", *options)
    assert result.exit == 0, result
    return result.json["entries"]


def acts(vault):
    return [(entry["action"], entry["result"]) for entry in log_of(vault)]


def file_of(vault):
    return sorted((vault.folder / "state").glob("audit-*.log"))[-1]


def overwrite(path, at, data):
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(data)


class EntriesTest(kinko.FlowTest):
    def test_every_decision_about_a_key_is_one_entry(self):
        vault = self.start_vault()
        original = self.imported(vault)
        with vault.connect() as wire:
            wire.hello(name="my program")
            wire.import_original(original.path.read_bytes(), original.pin)
            wire.login(original.id, original.pin)
            wire.ask("logout")
            self.assertEqual(
                wire.error_of("login", bytes.fromhex(original.id) + kinko.blob(b"wrong")),
                "pin-wrong")
        self.assertEqual(vault.kinko("use", original.id[:8]).exit, 0)
        self.assertEqual(vault.kinko("pin", pins=[original.pin, "abcd1234"]).exit, 0)
        self.assertEqual(vault.kinko("import", original.path, "--reset-pin",
                                     pins=[original.pin]).exit, 0)
        self.assertEqual(vault.kinko("delete", original.id[:8], "--yes", "--no-original").exit, 0)
        self.assertEqual(acts(vault), [
            ("policy-load", "ok"), ("import", "imported"), ("import", "already-there"),
            ("login", "ok"), ("logout", "ok"), ("login", "pin-wrong"), ("use", "ok"),
            ("pin", "ok"), ("import", "pin-reset"), ("delete", "ok")])

    def test_an_entry_says_who_by_the_kernel_and_which_program_by_its_word(self):
        vault = self.start_vault()
        original = self.make_original()
        before = int(time.time())
        with vault.connect() as wire:
            wire.hello(name="署名ソフト " + "x" * 500)
            wire.import_original(original.path.read_bytes(), original.pin)
        entry = log_of(vault)[-1]
        self.assertEqual(list(entry), FIELDS)
        self.assertEqual(entry["uid"], os.getuid())
        self.assertEqual(entry["pid"], os.getpid())
        self.assertEqual(entry["certificate"], original.id)
        self.assertTrue(entry["program"].startswith("署名ソフト xxx"))
        self.assertLessEqual(len(entry["program"].encode()), 64)
        self.assertIsNone(entry["mechanism"])
        self.assertIsNone(entry["digest"])
        at = time.strptime(entry["at"], "%Y-%m-%dT%H:%M:%SZ")
        self.assertGreaterEqual(calendar.timegm(at), before)

    def test_wrong_pins_are_there_up_to_the_lock_and_behind_it(self):
        vault = self.vault()
        vault.set_policy(pin={"tries": 3})
        vault.start()
        original = self.imported(vault)
        with vault.connect() as wire:
            wire.hello()
            for _ in range(4):
                wire.error_of("login", bytes.fromhex(original.id) + kinko.blob(b"wrong"))
        self.assertEqual(acts(vault)[2:], [("login", "pin-wrong")] * 3 + [("login", "pin-locked")])

    def test_an_import_that_fails_says_why(self):
        vault = self.start_vault()
        original = self.make_original()
        vault.kinko("import", original.path, pins=["nope1234"])
        self.assertEqual(acts(vault)[-1], ("import", "pin-wrong-or-damaged"))

    def test_the_label_is_shown_and_of_a_deleted_one_its_fingerprint(self):
        vault = self.start_vault()
        original = self.imported(vault, name="DEMO Hanako")
        self.assertIn("DEMO Hanako", vault.kinko("log").out)
        vault.kinko("delete", original.id[:8], "--yes", "--no-original")
        text = vault.kinko("log").out
        self.assertNotIn("DEMO Hanako", text)
        self.assertIn(original.id[:8], text)

    def test_the_files_hold_no_name_and_no_pin(self):
        vault = self.start_vault()
        original = self.imported(vault, name="DEMO Hanako", pin="geheim99")
        with vault.connect() as wire:
            wire.hello(name="visible program")
            wire.login(original.id, "geheim99")
        vault.stop()
        data = file_of(vault).read_bytes()
        for text in (b"DEMO", b"Hanako", b"geheim99", b"visible", bytes.fromhex(original.id)):
            self.assertNotIn(text, data)

    def test_csv_has_the_same_fields_and_nothing_that_is_calculated(self):
        vault = self.start_vault()
        original = self.make_original()
        with vault.connect() as wire:
            wire.hello(name='=1+1,"x"')
            wire.import_original(original.path.read_bytes(), original.pin)
        result = vault.kinko("log", "--csv")
        rows = list(csv.reader(io.StringIO(result.out)))
        self.assertEqual(rows[0], FIELDS)
        self.assertEqual(rows[-1][4], '\'=1+1,"x"')
        self.assertEqual(rows[-1][5:8], ["import", "imported", original.id])

    def test_since_leaves_earlier_ones_out(self):
        vault = self.start_vault()
        self.assertEqual(len(log_of(vault, "--since", "2000-01-01")), 1)
        self.assertEqual(log_of(vault, "--since", "2100-01-01T00:00:00Z"), [])
        self.assertEqual(vault.json("log", "--since", "gestern").exit, 2)
        self.assertEqual(vault.json("log", "--csv").exit, 2)

    def test_the_table_is_japanese_for_people_who_read_it(self):
        vault = self.start_vault()
        self.imported(vault)
        text = vault.kinko("log", language="ja_JP.UTF-8").out
        self.assertIn("取込", text)
        self.assertNotRegex(text, "import|Result|Certificate")

    def test_many_entries_come_page_by_page(self):
        vault = self.start_vault()
        original = self.imported(vault)
        other = self.imported(vault, file="other.p12")
        with vault.connect() as wire:
            wire.hello()
            for identity in (other, original) * 150:
                wire.ask("use", struct.pack(">BI", 0, 0) + bytes.fromhex(identity.id))
        numbers = [entry["number"] for entry in log_of(vault)]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        self.assertEqual(len(numbers), 303)


class RefusalsTest(kinko.FlowTest):
    def test_garbage_without_end_is_counted_and_fills_nothing(self):
        vault = self.vault()
        vault.set_policy(vault={"users": "nobody"})
        vault.start()
        size = file_of(vault).stat().st_blocks
        times = 5000
        with vault.connect() as wire:
            wire.hello()
            for _ in range(times):
                wire.send("list", struct.pack(">BIQ", 0, 0, 0))
                with self.assertRaises(kinko.WireError):
                    wire.receive()
        self.assertEqual(file_of(vault).stat().st_blocks, size)
        vault.stop()
        vault.set_policy(vault={"users": "*"})
        vault.start()
        entries = log_of(vault)
        singly = [entry for entry in entries if entry["result"] == "policy-denied"
                  and entry["action"] == "list"]
        counted = [entry for entry in entries if entry["action"] == "further"]
        self.assertLess(len(singly), 100)
        self.assertEqual(len(singly) + sum(entry["count"] for entry in counted), times)
        self.assertIn("[vault] users", singly[0]["rule"])
        self.assertEqual(singly[0]["line"], 2)


class EndsTest(kinko.FlowTest):
    def verdict(self, vault):
        result = vault.json("log", "--verify")
        return result.exit, result.json["log"]

    def test_a_clean_stop_and_start_is_whole(self):
        vault = self.start_vault()
        self.imported(vault)
        vault.restart()
        code, log = self.verdict(vault)
        self.assertEqual((code, log["intact"], log["faults"]), (0, True, []))
        self.assertEqual((log["first"], log["last"], log["unclean_ends"]), (1, 4, 0))
        self.assertEqual([action for action, _ in acts(vault)],
                         ["policy-load", "import", "stop", "policy-load"])

    def test_a_kill_is_told_and_is_no_cut(self):
        vault = self.start_vault()
        for turn in range(3):
            self.imported(vault, file=f"{turn}.p12")
            vault.kill9()
            vault.start()
        code, log = self.verdict(vault)
        self.assertEqual((code, log["intact"], log["unclean_ends"]), (0, True, 3))
        self.assertIn(("ended-uncleanly", "ok"), acts(vault))
        self.assertIn("3", vault.kinko("log", "--verify").out.splitlines()[-1])

    def test_an_entry_is_there_after_a_kill_right_behind_the_answer(self):
        vault = self.start_vault()
        original = self.imported(vault)
        with vault.connect() as wire:
            wire.hello().login(original.id, original.pin)
            vault.kill9()
        vault.start()
        self.assertIn(("login", "ok"), acts(vault))

    def test_a_torn_end_is_cut_off(self):
        vault = self.start_vault()
        self.imported(vault)
        vault.kill9()
        overwrite(file_of(vault), 2 * FRAME + 300, bytes(FRAME - 300))
        vault.start()
        code, log = self.verdict(vault)
        self.assertEqual((code, log["intact"]), (0, True))
        entry = log_of(vault)[1]
        self.assertEqual((entry["action"], entry["count"]), ("ended-uncleanly", 1))

    def test_a_tail_cut_off_is_reported_by_status_and_for_ever_by_verify(self):
        vault = self.start_vault()
        self.imported(vault)
        vault.stop()
        os.truncate(file_of(vault), 3 * FRAME)
        vault.start()
        code, log = self.verdict(vault)
        self.assertEqual(code, 8)
        self.assertEqual(log["faults"], [{"kind": "cut", "from": 3, "to": 3}])
        protections = {item["name"]: item for item in vault.json("status").json["protections"]}
        self.assertFalse(protections["log-whole"]["on"])
        self.assertIn("log-cut", protections["log-whole"]["detail"])
        vault.restart()
        self.assertEqual(self.verdict(vault)[0], 8)
        self.assertEqual(vault.json("list").exit, 0)

    def test_a_changed_entry_is_reported_with_its_number(self):
        vault = self.start_vault()
        self.imported(vault)
        overwrite(file_of(vault), 2 * FRAME + 100, b"\xff\xfe")
        code, log = self.verdict(vault)
        self.assertEqual(code, 8)
        self.assertEqual(log["faults"], [{"kind": "edited", "from": 2, "to": 2}])
        self.assertIn("--verify", vault.kinko("log").err)
        self.assertIn("2", vault.kinko("log", "--verify").out)

    def log_is_whole(self, vault):
        """What status says, and why not."""
        protections = {item["name"]: item for item in vault.json("status").json["protections"]}
        return protections["log-whole"]["on"], protections["log-whole"]["detail"]

    def test_what_verify_finds_status_says_from_then_on(self):
        vault = self.start_vault()
        self.imported(vault)
        overwrite(file_of(vault), 2 * FRAME + 100, b"\xff\xfe")
        self.assertEqual(self.verdict(vault)[0], 8)
        self.assertEqual(self.log_is_whole(vault), (False, "log-changed: 2, 1"))

    def test_what_comes_after_a_change_or_a_cut_is_shown(self):
        for name, damage in (("changed", lambda file: overwrite(file, 2 * FRAME + 100, b"\xff")),
                             ("cut", lambda file: overwrite(file, 3 * FRAME, bytes(FRAME)))):
            vault = self.start_vault(name)
            self.imported(vault, file=name + "-1.p12")
            vault.stop()
            damage(file_of(vault))
            vault.start()
            self.imported(vault, file=name + "-2.p12")
            self.assertEqual([action for action, _ in acts(vault)][-3:],
                             ["log-" + name, "policy-load", "import"])

    def test_a_changed_head_costs_no_entry_and_invents_none(self):
        vault = self.start_vault()
        self.imported(vault)
        vault.stop()
        overwrite(file_of(vault), 200, b"\xff\xfe")
        vault.start()
        code, log = self.verdict(vault)
        self.assertEqual((code, log["count"]), (8, 5))
        self.assertEqual(log["faults"], [{"kind": "edited", "from": 1, "to": 1}])
        self.assertEqual(self.log_is_whole(vault), (False, "log-changed: 1, 3"))
        self.assertEqual([action for action, _ in acts(vault)],
                         ["policy-load", "import", "stop", "log-changed", "policy-load"])

    def test_the_log_gone_is_reported(self):
        vault = self.start_vault()
        vault.stop()
        file_of(vault).unlink()
        vault.start()
        code, log = self.verdict(vault)
        self.assertEqual(code, 8)
        self.assertEqual(log["faults"], [{"kind": "cut", "from": 1, "to": 2}])


class FullDiskTest(kinko.FlowTest):
    """A small file system that is full."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("needs root: it mounts a small file system")
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m,mode=0700", "none",
                               self.disk], capture_output=True)
        if done.returncode != 0:
            self.skipTest("no file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.disk], check=False)

    def fill(self):
        file = os.open(self.disk / "filler", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            with self.assertRaises(OSError):
                while True:
                    os.write(file, bytes(4096))
        finally:
            os.close(file)

    def test_the_room_ahead_serves_on_and_the_operator_is_warned(self):
        vault = self.start_vault(self.disk / "vault")
        original = self.imported(vault)
        self.fill()
        with vault.connect() as wire:
            wire.hello()
            for _ in range(28):
                wire.send("use", struct.pack(">BI", 0, 0) + bytes.fromhex(original.id))
                wire.receive()
        kinko.wait_until(lambda: "the disk is full" in vault.stderr, what="the warning")
        protections = {item["name"]: item["on"] for item in vault.json("status").json["protections"]}
        self.assertFalse(protections["log-room"])
        self.assertTrue(protections["log-whole"])
        (self.disk / "filler").unlink()
        self.assertEqual(vault.json("log", "--verify").exit, 0)


if __name__ == "__main__":
    unittest.main()
