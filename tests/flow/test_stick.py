"""Originals and sticks with real commands: what `kinko` finds on a stick, takes from it and writes
to it, and what it says of sticks that are full, locked, lying, pulled out or laid with traps.
"""
import errno
import hashlib
import os
import pathlib
import signal
import subprocess
import unittest

import kinko
import stick


class WithPorts(kinko.FlowTest):
    """A vault, and a computer whose only USB devices are those the test plugs in."""

    def setUp(self):
        super().setUp()
        self.ports = stick.Ports(kinko.BUILD)
        self.addCleanup(self.ports.close)

    def started(self, usage="secure-folder"):
        vault = self.vault()
        vault.set_policy(vault={"usage": usage})
        return vault.start()

    def at(self, vault, *arguments, pins=None):
        return vault.json(*arguments, pins=pins, more=self.ports.environment)

    def in_words(self, vault, *arguments, pins=None):
        return vault.kinko(*arguments, pins=pins, more=self.ports.environment)

    def assert_failed(self, result, exit_code, word):
        self.assertEqual((result.exit, result.code), (exit_code, word), result)

    def original_on(self, medium, name="Kinko/mine.p12", **settings):
        place = medium.folder / name
        place.parent.mkdir(exist_ok=True)
        return kinko.Workshop.original(place, **settings)


class WithoutMounting(WithPorts):
    def test_there_is_no_stick(self):
        vault = self.started()
        self.ports.plug("INTERNAL", mounted=False, bus="ata")
        result = self.at(vault, "sticks")
        self.assertEqual((result.exit, result.json), (0, {"sticks": []}), result)
        self.assert_failed(self.at(vault, "import", pins=[kinko.PIN]), 11, "stick-none")

    def test_a_stick_that_is_not_mounted_is_named(self):
        vault = self.started()
        self.ports.plug("KINKO", mounted=False)
        (found,) = self.at(vault, "sticks").json["sticks"]
        self.assertEqual((found["name"], found["device"], found["folder"]),
                         ("KINKO", "/dev/sdb1", None))
        result = self.at(vault, "import", pins=[kinko.PIN])
        self.assert_failed(result, 11, "stick-not-mounted")
        self.assertIn("KINKO", result.json["error"]["message"])

    def test_a_label_cannot_write_on_the_screen(self):
        vault = self.started()
        self.ports.plug("A\x1b[2JB", mounted=False)
        result = self.in_words(vault, "sticks")
        self.assertNotIn("\x1b", result.out)
        self.assertIn("A\\u{001B}", result.out)


@unittest.skipIf(stick.can_mount(), stick.can_mount())
class FromAStick(WithPorts):
    def test_sticks_are_listed_with_place_and_room(self):
        vault = self.started()
        first = self.ports.plug("金庫 USB")
        self.ports.plug("DISK", bus="ata")
        second = self.ports.plug("LOCKED", read_only=True)
        found = self.at(vault, "sticks").json["sticks"]
        self.assertEqual([one["name"] for one in found], ["金庫 USB", "LOCKED"])
        self.assertEqual([one["folder"] for one in found],
                         [str(first.folder), str(second.folder)])
        self.assertEqual([one["read_only"] for one in found], [False, True])
        self.assertGreater(found[0]["free"], 3 << 20)
        self.assertIn("金庫 USB", self.in_words(vault, "sticks").out)

    def test_the_only_original_is_imported_and_counts_as_proven(self):
        vault = self.started()
        original = self.original_on(self.ports.plug("KINKO"))
        result = self.at(vault, "import", pins=[kinko.PIN])
        self.assertEqual(result.exit, 0, result)
        self.assertEqual(result.json["result"], "imported")
        self.assertNotIn("original-on-this-computer", result.json["warnings"])
        (certificate,) = vault.certificates()
        self.assertEqual(certificate["id"], original.id)
        self.assertEqual(certificate["original"]["where"], "KINKO")
        self.assertTrue(certificate["original"]["verified_at"])

    def test_an_original_of_a_locked_stick_is_imported_and_nothing_is_written(self):
        vault = self.started()
        medium = self.ports.plug("KINKO", read_only=True, fill=self.original_on)
        self.assertEqual(self.at(vault, "import", pins=[kinko.PIN]).exit, 0)
        self.assertEqual(os.listdir(medium.folder / "Kinko"), ["mine.p12"])

    def test_a_file_elsewhere_is_imported_with_a_warning(self):
        vault = self.started()
        self.ports.plug("KINKO")
        original = self.make_original()
        result = self.at(vault, "import", original.path, pins=[kinko.PIN])
        self.assertIn("original-on-this-computer", result.json["warnings"])
        self.assertIsNone(vault.certificates()[0]["original"])

    def test_a_link_to_a_stick_leads_to_the_stick(self):
        vault = self.started()
        medium = self.ports.plug("KINKO")
        self.original_on(medium)
        self.path("link").symlink_to(medium.folder)
        result = self.at(vault, "import", self.path("link/Kinko/mine.p12"), pins=[kinko.PIN])
        self.assertEqual(result.exit, 0, result)
        self.assertEqual(vault.certificates()[0]["original"]["where"], "KINKO")

    def test_a_stick_without_an_original(self):
        vault = self.started()
        medium = self.ports.plug("KINKO")
        (medium.folder / "letter.pdf").write_text("no original")
        self.assert_failed(self.at(vault, "import", pins=[kinko.PIN]), 5, "original-none")

    def test_several_originals_are_not_guessed(self):
        vault = self.started()
        medium = self.ports.plug("KINKO")
        self.original_on(medium, "Kinko/a.p12")
        self.original_on(medium, "Kinko/b.p12")
        result = self.at(vault, "import", pins=[kinko.PIN])
        self.assert_failed(result, 2, "original-choose")
        self.assertIn("a.p12", result.out)
        self.assertIn("b.p12", result.out)

    def test_traps_on_a_stick_are_told_and_not_touched(self):
        vault = self.started()
        medium = self.ports.plug("KINKO")
        kinko_folder = medium.folder / "Kinko"
        kinko_folder.mkdir()
        (kinko_folder / "shadow.p12").symlink_to("/etc/shadow")
        (kinko_folder / "folder.p12").mkdir()
        os.mkfifo(kinko_folder / "fifo.p12")
        os.mknod(kinko_folder / "device.p12", 0o600 | 0o060000, os.makedev(8, 0))
        with open(kinko_folder / "huge.p12", "wb") as file:
            file.truncate(10 << 30)
        (medium.folder / os.fsdecode(b"\xff\n\x1b[2Jname.p12")).symlink_to("nowhere")
        original = self.original_on(medium)
        result = self.in_words(vault, "import", pins=[kinko.PIN])
        self.assertEqual(result.exit, 0, result)
        self.assertEqual(vault.certificates()[0]["id"], original.id)
        for name in ("shadow", "folder", "fifo", "device", "huge", "name"):
            self.assertIn(name + ".p12", result.err)
        self.assertNotIn("\x1b", result.err)

    def test_a_trap_named_by_hand_is_refused(self):
        vault = self.started()
        medium = self.ports.plug("KINKO")
        (medium.folder / "link.p12").symlink_to("/etc/passwd")
        os.mkfifo(medium.folder / "fifo.p12")
        for name in ("link.p12", "fifo.p12"):
            self.assert_failed(self.at(vault, "import", medium.folder / name, pins=[kinko.PIN]),
                               9, "original-not-a-file")

    def test_the_same_certificate_on_two_sticks_stays_one(self):
        vault = self.started()
        original = self.original_on(self.ports.plug("FIRST"))
        second = self.ports.plug("SECOND").folder / "copy.p12"
        second.write_bytes(original.path.read_bytes())
        self.assertEqual(self.at(vault, "import", original.path, pins=[kinko.PIN]).exit, 0)
        result = self.at(vault, "import", second, pins=[kinko.PIN])
        self.assertEqual(result.json["result"], "already-there", result)
        self.assertEqual(len(vault.certificates()), 1)

    def test_a_terminal_waits_for_the_stick(self):
        vault = self.started()
        with vault.terminal("import", more=self.ports.environment) as terminal:
            terminal.expect("insert")
            medium = self.ports.plug("KINKO", mounted=False)
            terminal.expect("file manager")
            medium.mount(fill=self.original_on)
            terminal.expect(r"PIN[^\n]*: $")
            terminal.type(kinko.PIN)
            self.assertEqual(terminal.exit(), 0, terminal.text)
        self.assertEqual(len(vault.certificates()), 1)

    def test_waiting_for_the_stick_can_be_cancelled(self):
        vault = self.started()
        with vault.terminal("import", more=self.ports.environment) as terminal:
            terminal.expect("insert")
            terminal.press_ctrl_c()
            self.assertNotEqual(terminal.exit(), 0)


class DemoServer:
    """The demo's download server with its letters."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.process = subprocess.Popen(
            [kinko.program("kinko-demo-server"), self.folder, "--port", "0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().strip()
        self.letters = [line.split(",") for line in
                        (self.folder / "letters.csv").read_text().splitlines()]

    def configure(self, vault):
        (vault.folder / "kinko.conf").write_text(
            f"[server]\nurl = {self.url}\nca-file = {self.folder / 'ca.crt'}\n")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.process.stdout.close()


class WithServer(WithPorts):
    def setUp(self):
        super().setUp()
        self.server = DemoServer(self.path("server"))
        self.addCleanup(self.server.stop)

    def started(self, usage="secure-folder"):
        vault = super().started(usage)
        self.server.configure(vault)
        return vault

    def get(self, vault, *arguments, letter=0):
        number, pin = self.server.letters[letter]
        return self.at(vault, "get", "--id", number, *arguments, pins=[pin])

    def assert_proven(self, medium):
        """One original with the digest that sha256sum reads, and nothing else."""
        names = sorted(os.listdir(medium.folder / "Kinko"))
        self.assertEqual(len(names), 2, names)
        self.assertRegex(names[0], r"^[A-Za-z0-9._-]+-[0-9]{8}\.p12$")
        self.assertEqual(names[1], names[0] + ".sha256")
        subprocess.run(["sha256sum", "--strict", "--status", "-c", names[1]],
                       cwd=medium.folder / "Kinko", check=True)
        return names[0]


@unittest.skipIf(stick.can_mount(), stick.can_mount())
class ToAStick(WithServer):
    def test_the_original_goes_to_the_stick_and_the_certificate_into_the_vault(self):
        vault = self.started()
        medium = self.ports.plug("KINKO")
        result = self.get(vault)
        self.assertEqual(result.exit, 0, result)
        self.assertEqual(result.json["result"], "imported")
        self.assert_proven(medium)
        (certificate,) = vault.certificates()
        self.assertEqual(certificate["original"]["where"], "KINKO")

    def test_running_it_again_finds_the_same_original_and_doubles_nothing(self):
        vault = self.started()
        medium = self.ports.plug("KINKO")
        self.assertEqual(self.get(vault).exit, 0)
        name = self.assert_proven(medium)
        os.remove(medium.folder / "Kinko" / (name + ".sha256"))
        result = self.get(vault)
        self.assertEqual((result.exit, result.json["result"]), (0, "already-there"), result)
        self.assertEqual(self.assert_proven(medium), name)
        self.assertEqual(len(vault.certificates()), 1)

    def test_without_a_stick_nothing_is_downloaded(self):
        vault = self.started()
        self.assert_failed(self.get(vault), 11, "stick-none")
        self.assertEqual(vault.certificates(), [])

    def test_a_folder_of_this_computer_is_no_stick(self):
        vault = self.started()
        self.ports.plug("KINKO")
        self.path("folder").mkdir()
        self.assert_failed(self.get(vault, "--stick", self.path("folder")), 11, "not-a-stick")
        self.assertEqual(os.listdir(self.path("folder")), [])

    def test_a_folder_may_play_the_stick_under_normal_folder(self):
        vault = self.started("normal-folder")
        self.path("folder").mkdir()
        result = self.get(vault, "--stick", self.path("folder"))
        self.assertEqual(result.exit, 0, result)
        self.assertEqual(len(os.listdir(self.path("folder/Kinko"))), 2)

    def test_a_stick_is_chosen_by_name_device_or_folder(self):
        vault = self.started()
        self.ports.plug("FIRST")
        chosen = self.ports.plug("SECOND")
        several = self.get(vault)
        self.assert_failed(several, 11, "stick-several")
        self.assertEqual([choice["name"] for choice in several.json["error"]["choices"]],
                         ["FIRST", "SECOND"])
        self.assert_failed(self.get(vault, "--stick", "THIRD"), 11, "stick-unknown")
        for name in ("SECOND", chosen.device, chosen.folder):
            self.assertEqual(self.get(vault, "--stick", name).exit, 0)
        self.assert_proven(chosen)

    def test_a_locked_stick_is_told_before_anything_is_asked_of_the_server(self):
        vault = self.started()
        self.ports.plug("KINKO", read_only=True)
        self.assert_failed(self.get(vault), 11, "stick-read-only")

    def test_a_full_stick_is_told_before_anything_is_asked_of_the_server(self):
        vault = self.started()
        medium = self.ports.plug("KINKO", size="64k")
        self.assert_failed(self.get(vault), 11, "stick-full")
        self.assertEqual(os.listdir(medium.folder), [])

    def test_another_original_of_that_name_is_never_overwritten(self):
        vault = self.started()
        medium = self.ports.plug("KINKO")
        self.assertEqual(self.get(vault).exit, 0)
        place = medium.folder / "Kinko" / self.assert_proven(medium)
        place.write_bytes(b"another original")
        self.assert_failed(self.get(vault), 11, "stick-other-original")
        self.assertEqual(place.read_bytes(), b"another original")

    def test_what_is_no_plain_file_at_that_name_is_left_alone(self):
        vault = self.started()
        medium = self.ports.plug("KINKO")
        self.assertEqual(self.get(vault).exit, 0)
        place = medium.folder / "Kinko" / self.assert_proven(medium)
        target = self.path("target")
        target.write_bytes(b"untouched")
        for trap in (lambda: place.symlink_to(target), lambda: os.mkfifo(place), place.mkdir):
            place.unlink()
            trap()
            self.assert_failed(self.get(vault), 11, "stick-name-taken")
            if place.is_dir():
                place.rmdir()
                place.touch()
        self.assertEqual(target.read_bytes(), b"untouched")

    def test_a_kinko_folder_that_leads_elsewhere_is_refused(self):
        vault = self.started()
        medium = self.ports.plug("KINKO")
        self.path("elsewhere").mkdir()
        (medium.folder / "Kinko").symlink_to(self.path("elsewhere"))
        self.assert_failed(self.get(vault), 11, "stick-folder")
        self.assertEqual(os.listdir(self.path("elsewhere")), [])


@unittest.skipIf(stick.can_fail(), stick.can_fail())
class FailingSticks(WithServer):
    def setUp(self):
        super().setUp()
        self.stick_vault = self.started()
        self.medium = self.ports.plug("KINKO", faulty=True)

    def assert_fails_and_recovers(self, words, **faults):
        self.medium.fault(**faults)
        result = self.get(self.stick_vault)
        self.assertEqual(result.exit, 11, result)
        self.assertIn(result.code, words)
        self.assertEqual(self.stick_vault.certificates(), [], "half an import")
        self.medium.fault()
        self.assertEqual(self.get(self.stick_vault).exit, 0)
        self.assert_proven(self.medium)
        self.assertEqual(len(self.stick_vault.certificates()), 1)

    def test_full_in_the_middle(self):
        self.assert_fails_and_recovers(["stick-full"], written_left=700, errno=errno.ENOSPC)

    def test_pulled_out_in_the_middle(self):
        self.assert_fails_and_recovers(["stick-gone"], written_left=700, errno=errno.ENODEV)

    def test_locked_in_the_middle(self):
        self.assert_fails_and_recovers(["stick-read-only"], read_only=1)

    def test_a_stick_that_lies_is_not_proven(self):
        self.assert_fails_and_recovers(["stick-not-proven"], flip_at=100)

    def test_a_stick_that_does_not_sync(self):
        self.assert_fails_and_recovers(["stick-gone"], sync=1)

    def test_vanishing_at_any_operation_of_a_get_leaves_nothing_half(self):
        for operations in range(1, 400, 9):
            self.medium.fault(operations_left=operations, errno=errno.ENODEV)
            result = self.get(self.stick_vault)
            self.medium.fault()
            count = len(self.stick_vault.certificates())
            if result.exit == 0:
                break
            self.assert_failed(result, 11, "stick-gone")
            self.assertEqual(count, 0, f"half an import after {operations} operations")
        self.assertEqual((result.exit, count), (0, 1))
        self.assert_proven(self.medium)

    def test_killed_stick_is_gone(self):
        self.medium.kill()
        self.assert_failed(self.get(self.stick_vault), 11, "stick-gone")

    def test_vanishing_while_an_original_is_read_changes_nothing(self):
        original = self.make_original()
        data = original.path.read_bytes()
        (self.medium.folder / "a.p12").write_bytes(data)
        self.medium.fault(read_left=len(data) - 1)
        result = self.at(self.stick_vault, "import", pins=[kinko.PIN])
        self.assert_failed(result, 11, "stick-gone")
        self.assertEqual(self.stick_vault.certificates(), [])
        self.medium.fault()
        self.assertEqual(self.at(self.stick_vault, "import", pins=[kinko.PIN]).exit, 0)
        self.assertEqual(hashlib.sha256((self.medium.folder / "a.p12").read_bytes()).digest(),
                         hashlib.sha256(data).digest())

    def test_reading_a_stick_that_blocks_can_be_cancelled(self):
        original = self.make_original()
        (self.medium.folder / "a.p12").write_bytes(original.path.read_bytes())
        self.medium.fault(pause_ms=20000)
        with self.stick_vault.terminal("import", more=self.ports.environment) as terminal:
            kinko.wait_until(lambda: self.reading(), what="reading the stick")
            terminal.press_ctrl_c()
            self.assertNotEqual(terminal.exit(5), 0)
        self.medium.fault()
        self.assertEqual(self.stick_vault.certificates(), [])

    def reading(self):
        """The failing stick sleeps before it answers a read."""
        state = pathlib.Path(f"/proc/{self.medium.server.pid}/wchan").read_text()
        return "nanosleep" in state


if __name__ == "__main__":
    unittest.main()
