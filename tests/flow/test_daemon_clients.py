"""Whom the daemon serves, how many at once, and what becomes of nonsense."""
import array
import os
import pathlib
import socket
import struct
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import kinko
from every_request import COMMIT, EVERY_REQUEST


class NonsenseTest(kinko.FlowTest):
    """Whatever is sent: an error or the end of that connection, and nobody else notices."""

    def setUp(self):
        super().setUp()
        self.running = self.start_vault()

    def still_serves(self):
        with self.running.connect() as wire:
            wire.hello().list_count()
        self.assertTrue(self.running.is_running())

    def test_nothing_works_before_hello(self):
        with self.running.connect() as wire:
            for name, body in EVERY_REQUEST.items():
                self.assertEqual(wire.error_of(name, body), "wire-state", name)
            self.assertEqual(wire.error_of("status"), "wire-state")

    def test_another_version_is_told_so(self):
        for version in (0, 2, 65535):
            with self.running.connect() as wire:
                with self.assertRaises(kinko.WireError) as caught:
                    wire.hello(version=version)
                self.assertEqual(caught.exception.word, "wire-version")
                self.assertTrue(wire.is_closed())

    def test_unknown_messages_and_frames_end_the_connection(self):
        for number in (0, 16, 99, 255):
            with self.running.connect() as wire:
                wire.hello()
                self.assertEqual(wire.error_of(number), "wire")
                self.assertTrue(wire.is_closed())
        for kind in (0, kinko.REPLY, kinko.ERROR, 255):
            with self.running.connect() as wire:
                wire.hello()
                wire.send("status", kind=kind)
                self.assertTrue(wire.is_closed())
        self.still_serves()

    def test_every_prefix_of_every_message_is_refused(self):
        for name, body in EVERY_REQUEST.items():
            for size in range(len(body)):
                with self.running.connect() as wire:
                    wire.hello()
                    self.assertEqual(wire.error_of(name, body[:size]), "wire", (name, size))
                    self.assertTrue(wire.is_closed())
        self.still_serves()

    def test_every_message_with_a_byte_too_many_is_refused(self):
        for name, body in EVERY_REQUEST.items():
            with self.running.connect() as wire:
                wire.hello()
                self.assertEqual(wire.error_of(name, body + b"\0"), "wire", name)
        self.still_serves()

    def test_packets_of_all_sizes_of_noise(self):
        for size in (1, 2, 5, 6, 7, 100, 4096, 65536, 128 * 1024, 128 * 1024 + 1, 200 * 1024):
            with self.running.connect() as wire:
                wire.hello()
                wire.send_raw(os.urandom(size))
                self.assertTrue(wire.is_closed(), size)
        self.still_serves()

    def test_lengths_that_lie_cost_no_memory(self):
        before = memory_of(self.running.pid)
        for length in (0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 65537):
            with self.running.connect() as wire:
                wire.hello()
                body = struct.pack(">I", 0) + struct.pack(">I", length) + b"x" * 10
                self.assertEqual(wire.error_of("import_data", body), "wire")
            with self.running.connect() as wire:
                wire.hello()
                if length > 1024 * 1024:
                    body = struct.pack(">I", length) + bytes(32)
                    self.assertEqual(wire.error_of("import_begin", body), "original-too-large")
        self.assertLess(memory_of(self.running.pid) - before, 20 * 1024)

    def test_pieces_out_of_order_twice_or_too_many_are_refused(self):
        with self.running.connect() as wire:
            wire.hello()
            piece = struct.pack(">I", 0) + kinko.blob(b"x" * 10)
            self.assertEqual(wire.error_of("import_data", piece), "wire-state")
            wire.ask("import_begin", struct.pack(">I", 15) + bytes(32))
            wire.ask("import_data", piece)
            self.assertEqual(wire.error_of("import_data", piece), "wire-state")
            too_long = struct.pack(">I", 10) + kinko.blob(b"x" * 6)
            self.assertEqual(wire.error_of("import_data", too_long), "wire-state")
            self.assertEqual(wire.error_of("import_commit", COMMIT), "wire-state")  # 5 missing
            self.assertEqual(wire.error_of("import_commit", COMMIT), "wire-state")  # gone

    def test_an_original_that_arrives_other_than_promised_is_not_opened(self):
        with self.running.connect() as wire:
            wire.hello()
            wire.ask("import_begin", struct.pack(">I", 10) + bytes(32))
            wire.ask("import_data", struct.pack(">I", 0) + kinko.blob(b"x" * 10))
            self.assertEqual(wire.error_of("import_commit", COMMIT), "wire")

    def test_a_descriptor_that_is_passed_is_never_taken(self):
        before = descriptors_of(self.running.pid)
        for count in (1, 3, 253):
            with self.running.connect() as wire:
                wire.hello()
                passed = [os.open("/dev/null", os.O_RDONLY) for _ in range(count)]
                frame = struct.pack(">IBB", 9, kinko.REQUEST, kinko.MESSAGES["status"])
                wire.socket.sendmsg([frame], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                                               array.array("i", passed))])
                for descriptor in passed:
                    os.close(descriptor)
                self.assertTrue(wire.is_closed())
        kinko.wait_until(lambda: descriptors_of(self.running.pid) == before,
                         what="as many descriptors as before")
        self.still_serves()

    def test_an_empty_packet_ends_the_connection(self):
        with self.running.connect() as wire:
            wire.hello()
            wire.send_raw(b"")
            self.assertTrue(wire.is_closed())
        self.still_serves()


class ManyClientsTest(kinko.FlowTest):
    def test_several_clients_are_served_at_once(self):
        vault = self.start_vault()
        originals = [self.make_original(f"{number}.p12", kind="p-256") for number in range(4)]
        failures = []

        def work(original):
            try:
                with vault.connect() as wire:
                    wire.hello().import_original(original.path.read_bytes(), original.pin)
                    for _ in range(50):
                        wire.list_count()
                    wire.login(original.id, original.pin)
                    wire.ask("logout")
            except Exception as failure:  # shown below, in the test's own thread
                failures.append(failure)

        threads = [threading.Thread(target=work, args=(original,)) for original in originals]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(kinko.PATIENCE * 2)
        self.assertEqual(failures, [])
        with vault.connect() as wire:
            self.assertEqual(wire.hello().list_count(), 4)

    def test_a_quick_request_overtakes_a_slow_one_on_the_same_connection(self):
        vault = self.start_vault()
        original = self.imported(vault, kind="p-256")
        with vault.connect() as wire:
            wire.hello()
            slow = wire.send("login", bytes.fromhex(original.id) + kinko.blob(b"demo1234"))
            quick = wire.send("status")
            answers = [wire.receive()[0], wire.receive()[0]]
        self.assertEqual(answers, [quick, slow])

    def test_silent_clients_delay_nobody_and_are_turned_out(self):
        vault = self.start_vault()
        silent = [vault.connect() for _ in range(100)]
        start = time.monotonic()
        with vault.connect() as wire:
            for _ in range(100):
                wire.hello()
        self.assertLess(time.monotonic() - start, 5)
        for wire in silent:
            wire.socket.settimeout(30)
            self.assertTrue(wire.is_closed())
            wire.close()

    def test_clients_that_never_read_delay_nobody_and_are_turned_out(self):
        vault = self.start_vault()
        before = descriptors_of(vault.pid)
        deaf = [vault.connect() for _ in range(20)]
        for wire in deaf:
            wire.hello()
            wire.socket.setblocking(False)
            try:
                for _ in range(10000):
                    wire.send("status")
            except (BlockingIOError, kinko.Closed):
                pass
        start = time.monotonic()
        with vault.connect() as wire:
            for _ in range(100):
                wire.hello()
        self.assertLess(time.monotonic() - start, 5)
        kinko.wait_until(lambda: descriptors_of(vault.pid) == before,
                         what="the end of all who do not read")
        for wire in deaf:
            wire.close()

    def test_a_flood_of_pins_does_not_delay_the_list(self):
        vault = self.start_vault()
        original = self.imported(vault, kind="p-256")
        flood = []
        for _ in range(30):
            wire = vault.connect()
            wire.hello()
            wire.send("login", bytes.fromhex(original.id) + kinko.blob(original.pin.encode()))
            flood.append(wire)
        start = time.monotonic()
        with vault.connect() as wire:
            wire.hello()
            for _ in range(20):
                wire.list_count()
        self.assertLess(time.monotonic() - start, 2)
        for wire in flood:  # all of them right: none may lock the certificate
            try:
                wire.receive()
            except kinko.WireError as failure:
                self.assertIn(failure.word, ("busy", "login-limit"))
            wire.close()
        with vault.connect() as wire:
            wire.hello().login(original.id, original.pin)

    def test_hundreds_of_connections_come_and_go_without_a_trace(self):
        vault = self.start_vault()
        before = descriptors_of(vault.pid)
        for _ in range(10):
            wires = [vault.connect().hello() for _ in range(60)]
            for wire in wires:
                wire.close()
        kinko.wait_until(lambda: descriptors_of(vault.pid) == before,
                         what="as many descriptors as before")

    def test_out_of_descriptors_it_turns_clients_away_and_recovers(self):
        vault = self.vault()
        vault.arguments = ["prlimit", "--nofile=40:40", *vault.arguments]
        vault.start()
        wires = []
        refused = 0
        for _ in range(60):
            wire = vault.connect()
            try:
                wire.hello()
                wires.append(wire)
            except (kinko.WireError, kinko.Closed):
                refused += 1
                wire.close()
        self.assertGreater(len(wires), 2)
        self.assertGreater(refused, 20)
        for wire in wires:
            wire.close()

        def works():
            try:
                with vault.connect() as again:
                    again.hello()
                return True
            except (kinko.WireError, kinko.Closed):
                return False

        kinko.wait_until(works, what="a place for a new client")
        self.imported(vault, kind="p-256")


class LoginTest(kinko.FlowTest):
    def setUp(self):
        super().setUp()
        self.running = self.start_vault()
        self.original = self.imported(self.running, kind="p-256")

    def logged_in(self):
        wire = self.running.connect().hello()
        self.addCleanup(wire.close)
        wire.login(self.original.id, self.original.pin)
        return wire

    def test_a_login_belongs_to_its_connection(self):
        self.logged_in()
        with self.running.connect() as other:
            self.assertEqual(other.hello().error_of("logout"), "login-needed")

    def test_a_forked_child_cannot_use_the_login(self):
        wire = self.logged_in()
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.write(writer, wire.error_of("logout").encode())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        self.assertEqual(os.read(reader, 100), b"login-needed")
        os.close(reader)
        os.close(writer)
        wire.ask("logout")  # the parent's login was not touched

    def test_the_login_ends_with_its_process_though_a_child_keeps_the_socket(self):
        control, given = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        parent = os.fork()
        if parent == 0:
            wire = self.running.connect().hello()
            wire.login(self.original.id, self.original.pin)
            socket.send_fds(given, [b"logged in"], [wire.socket.fileno()])
            os._exit(0)
        os.waitpid(parent, 0)
        _, passed, _, _ = socket.recv_fds(control, 100, 1)
        kept = kinko.Wire.__new__(kinko.Wire)
        kept.socket = socket.socket(fileno=passed[0])
        kept.socket.settimeout(kinko.PATIENCE)
        kept.request_id = 100
        self.assertEqual(kept.error_of("logout"), "login-needed")
        kept.close()
        control.close()
        given.close()

    def test_the_login_ends_by_itself(self):
        for limits in ({"idle-seconds": 1}, {"login-max-seconds": 1}):
            self.running.set_policy(pin=limits)
            self.running.reload()
            wire = self.running.connect().hello()
            self.addCleanup(wire.close)
            wire.login(self.original.id, self.original.pin)
            time.sleep(1.5)
            self.assertEqual(wire.error_of("logout"), "login-needed")

    def test_a_change_of_the_pin_ends_the_login(self):
        wire = self.logged_in()
        with self.running.connect() as other:
            other.hello().ask("pin", bytes.fromhex(self.original.id) + kinko.blob(b"demo1234") +
                              kinko.blob(b"atarashii9"))
        self.assertEqual(wire.error_of("logout"), "login-needed")

    def test_deleting_ends_the_login(self):
        wire = self.logged_in()
        wire.ask("delete", struct.pack(">BI", 0, 0) + bytes.fromhex(self.original.id))
        self.assertEqual(wire.error_of("logout"), "login-needed")

    def test_what_cannot_be_a_pin_costs_no_try(self):
        with self.running.connect() as wire:
            wire.hello()
            for pin in (b"", b"a\0b", b"\xff\xfe", b"\xed\xa0\x80"):
                body = bytes.fromhex(self.original.id) + kinko.blob(pin)
                self.assertEqual(wire.error_of("login", body), "pin-text")
        self.assertEqual(self.running.certificates()[0]["tries_left"], 5)

    def test_wrong_pins_are_counted_down_and_lock(self):
        with self.running.connect() as wire:
            wire.hello()
            for left in (4, 3, 2, 1):
                with self.assertRaises(kinko.WireError) as caught:
                    wire.login(self.original.id, "wrong")
                self.assertEqual(caught.exception.word, "pin-wrong")
                self.assertEqual(caught.exception.tries_left, left)
            for _ in range(3):
                with self.assertRaises(kinko.WireError) as caught:
                    wire.login(self.original.id, "wrong")
            self.assertEqual(caught.exception.word, "pin-locked")
            with self.assertRaises(kinko.WireError) as caught:
                wire.login(self.original.id, self.original.pin)
            self.assertEqual(caught.exception.word, "pin-locked")

    def test_a_new_pin_outside_the_rule_costs_no_try(self):
        with self.running.connect() as wire:
            wire.hello()
            for new in (b"abc", b"ABCD1234", "ａｂｃｄ".encode(), b"x" * 17, b""):
                body = bytes.fromhex(self.original.id) + kinko.blob(b"wrong") + kinko.blob(new)
                self.assertEqual(wire.error_of("pin", body), "pin-rule")
        self.assertEqual(self.running.certificates()[0]["tries_left"], 5)


@unittest.skipUnless(os.geteuid() == 0, "needs root to act as another user")
class ForeignUserTest(kinko.FlowTest):
    def test_a_private_vault_turns_every_other_user_away(self):
        vault = self.start_vault()
        self.folder.chmod(0o755)
        vault.folder.chmod(0o755)
        vault.socket.chmod(0o777)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.setgroups([])
                os.setresgid(1234, 1234, 1234)
                os.setresuid(1234, 1234, 1234)
                with vault.connect() as wire:
                    try:
                        wire.hello()
                        os.write(writer, b"served")
                    except kinko.Closed:
                        os.write(writer, b"closed")
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        self.assertEqual(os.read(reader, 100), b"closed")
        os.close(reader)
        os.close(writer)

    def test_another_user_who_writes_on_the_connection_ends_it(self):
        vault = self.start_vault()
        original = self.imported(vault, kind="p-256")
        wire = vault.connect().hello()
        self.addCleanup(wire.close)
        wire.login(original.id, original.pin)
        child = os.fork()
        if child == 0:
            try:
                os.setresuid(1234, 1234, 1234)
                wire.send("logout")
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        self.assertTrue(wire.is_closed())


def descriptors_of(pid):
    """A vault's process shows them to root alone, not even to its own user."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except PermissionError:
        raise unittest.SkipTest("needs root to count the descriptors of the daemon") from None


def memory_of(pid):
    """Resident KiB."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


if __name__ == "__main__":
    unittest.main()
