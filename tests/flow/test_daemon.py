"""The daemon's life: start, stop, being killed, being copied, being asked nonsense."""
import array
import os
import pathlib
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import kinko
import reach


def exit_and_words(vault, *more):
    """Runs a kinkod that is expected to end by itself."""
    done = kinko.run([kinko.program("kinkod"), *more, "--private", vault.folder],
                     env=kinko.environment())
    return done.exit, done.err


class StartAndStopTest(kinko.FlowTest):
    def test_one_line_says_that_it_is_ready_and_that_it_is_private(self):
        vault = self.start_vault()
        self.assertIn(str(vault.socket), vault.ready_line)
        self.assertIn("NOT copy-proof", vault.ready_line)
        self.assertEqual(vault.ready_line.count("\n"), 1)

    def test_the_ready_line_is_japanese_where_people_read_japanese(self):
        vault = self.start_vault(language="ja_JP.UTF-8")
        self.assertIn(str(vault.socket), vault.ready_line)
        self.assertRegex(vault.ready_line, "[\u3040-\u30ff\u4e00-\u9fff]")

    def test_everything_lies_in_the_folder_for_its_owner_only(self):
        vault = self.start_vault()
        names = {path.name for path in vault.folder.iterdir()}
        self.assertEqual(names, {"vault.sock", "state", "anchor", "host.key", "policy.conf"})
        self.assertEqual(vault.folder.stat().st_mode & 0o777, 0o700)
        self.assertEqual((vault.folder / "host.key").stat().st_mode & 0o777, 0o400)
        for path in vault.folder.rglob("*"):
            if path.name != "policy.conf":
                self.assertEqual(path.stat().st_mode & 0o077, 0, path)

    def test_a_stop_is_clean_and_nothing_is_lost(self):
        vault = self.start_vault()
        self.imported(vault)
        self.assertEqual(vault.stop(), 0)
        self.assertFalse(vault.socket.exists())
        vault.start()
        with vault.connect() as wire:
            self.assertEqual(wire.hello().list_count(), 1)

    def test_ctrl_c_is_a_clean_stop_too(self):
        vault = self.start_vault()
        vault.process.send_signal(signal.SIGINT)
        self.assertEqual(vault.stop(), 0)

    def test_killed_it_starts_again_over_its_old_socket(self):
        vault = self.start_vault()
        self.imported(vault)
        vault.kill9()
        self.assertTrue(vault.socket.exists())
        vault.start()
        with vault.connect() as wire:
            self.assertEqual(wire.hello().list_count(), 1)

    def test_no_process_of_it_is_left_after_a_kill(self):
        vault = self.start_vault()
        starter = children_of(vault.pid)
        self.assertEqual(len(starter), 1)
        vault.kill9()
        kinko.wait_until(lambda: not os.path.exists(f"/proc/{starter[0]}"),
                         what="the end of the starter")

    def test_a_second_daemon_on_the_same_vault_is_refused(self):
        vault = self.start_vault()
        code, words = exit_and_words(vault)
        self.assertEqual(code, 1)
        self.assertIn("already works", words)
        code, words = exit_and_words(vault, "--new-vault")
        self.assertEqual(code, 1)
        self.assertIn("already works", words)
        with vault.connect() as wire:
            wire.hello()

    def test_ten_daemons_at_once_leave_exactly_one(self):
        vaults = [self.adopt(kinko.Vault(self.path("vault")).launch()) for _ in range(10)]
        kinko.wait_until(lambda: sum(vault.is_running() for vault in vaults) == 1,
                         what="nine of ten giving up")
        winner = next(vault for vault in vaults if vault.is_running())
        self.assertIn("ready", winner.process.stdout.readline().decode())
        for vault in vaults:
            if vault is not winner:
                self.assertEqual(vault.process.wait(), 1)
                vault.process.stdout.close()

    def test_a_folder_path_longer_than_a_socket_address_works(self):
        deep = self.folder / ("d" * 90) / ("e" * 90)
        deep.mkdir(parents=True)
        vault = self.start_vault(deep / "vault")
        self.assertGreater(len(str(vault.socket)), 150)
        with vault.connect() as wire:
            wire.hello()
        self.assertEqual(vault.json("list").exit, 0)

    def test_a_relative_folder_is_understood(self):
        daemon = kinko.Daemon(["--private", "here"])
        daemon.process = subprocess.Popen(daemon.arguments, cwd=self.folder, env=daemon.env,
                                          stdout=subprocess.PIPE, stderr=daemon.errors)
        self.adopt(daemon)
        self.assertIn(str(self.folder / "here"), daemon.process.stdout.readline().decode())

    def test_a_folder_that_cannot_be_is_one_sentence(self):
        done = kinko.run([kinko.program("kinkod"), "--private", self.path("no/such/place")],
                         env=kinko.environment())
        self.assertEqual(done.exit, 1)
        self.assertIn("no/such/place", done.err)
        self.assertEqual(done.err.strip().count("\n"), 0)

    def test_a_folder_that_others_may_write_to_is_refused(self):
        self.path("open").mkdir()
        self.path("open").chmod(0o777)
        code, words = exit_and_words(self.vault("open"))
        self.assertEqual(code, 1)
        self.assertIn("open", words)
        self.assertEqual(list(self.path("open").iterdir()), [])

    def test_a_wrong_option_is_named(self):
        done = kinko.run([kinko.program("kinkod"), "--export-keys"], env=kinko.environment())
        self.assertEqual(done.exit, 2)
        self.assertIn("--export-keys", done.err)

    def test_a_wrong_policy_is_named_with_its_line_and_nothing_starts(self):
        vault = self.vault()
        vault.set_policy(pin={"tries": 99})
        code, words = exit_and_words(vault)
        self.assertEqual(code, 1)
        self.assertIn("line 2", words)

    def test_signals_in_a_storm_lose_no_answer(self):
        vault = self.start_vault()
        stop = threading.Event()

        def storm():
            while not stop.is_set():
                for number in (signal.SIGHUP, signal.SIGPIPE, signal.SIGUSR1, signal.SIGUSR2):
                    vault.process.send_signal(number)
                time.sleep(0.001)

        thread = threading.Thread(target=storm)
        thread.start()
        try:
            with vault.connect() as wire:
                for _ in range(2000):
                    wire.hello()
        finally:
            stop.set()
            thread.join()
        self.assertEqual(vault.stop(), 0)

    def test_a_stop_under_load_answers_what_it_has_read(self):
        vault = self.start_vault()
        answered = []

        def ask():
            with vault.connect() as wire:
                try:
                    while True:
                        wire.hello()
                        answered.append(1)
                except kinko.Closed:
                    pass

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        kinko.wait_until(lambda: len(answered) > 200, what="load")
        self.assertEqual(vault.stop(), 0)
        for thread in threads:
            thread.join(kinko.PATIENCE)
            self.assertFalse(thread.is_alive())

    def test_without_its_opener_it_says_what_is_missing(self):
        alone = self.path("bin")
        alone.mkdir()
        shutil.copy(kinko.program("kinkod"), alone)
        done = kinko.run([alone / "kinkod", "--private", self.path("vault")],
                         env=kinko.environment())
        self.assertEqual(done.exit, 1)
        self.assertIn("kinko-opener", done.err)


class PolicyReloadTest(kinko.FlowTest):
    def test_a_hang_up_reads_the_policy_again(self):
        vault = self.start_vault()
        with vault.connect() as wire:
            wire.hello().list_count()
            vault.set_policy(vault={"users": "nobody"})
            vault.reload()
            self.assertEqual(wire.error_of("list", struct.pack(">BIQ", 0, 0, 0)), "policy-denied")

    def test_a_wrong_policy_leaves_the_old_one_in_force(self):
        vault = self.start_vault()
        (vault.folder / "policy.conf").write_text("[vault]\nusers = nobody\nnonsense = 1\n")
        vault.reload()
        self.assertIn("line 3", vault.stderr)
        with vault.connect() as wire:
            self.assertEqual(wire.hello().list_count(), 0)


class RefusedVaultTest(kinko.FlowTest):
    def refused(self, vault, state, word):
        """It starts, tells its state, and does nothing else; its files stay as they are."""
        before = vault.files()
        vault.start()
        with vault.connect() as wire:
            wire.hello()
            reply = wire.ask("status")
            self.assertEqual(reply[0], state)
            for name, body in EVERY_REQUEST.items():
                self.assertEqual(wire.error_of(name, body), word, name)
        self.assertEqual(vault.json("list").exit, 8)
        self.assertEqual(vault.stop(), 0)
        self.assertEqual(vault.files(), before)

    def kept_vault(self):
        vault = self.start_vault()
        self.original = self.imported(vault)
        vault.stop()
        return vault

    def test_a_copy_without_its_host_key(self):
        copy = self.kept_vault().copy_to(self.path("copy"))
        self.adopt(copy)
        (copy.folder / "host.key").unlink()
        self.refused(copy, 1, "host-key-missing")
        self.assertFalse((copy.folder / "host.key").exists())

    def test_a_copy_with_the_host_key_of_another_machine(self):
        copy = self.kept_vault().copy_to(self.path("copy"))
        self.adopt(copy)
        replace_key(copy, os.urandom(32))
        self.refused(copy, 1, "host-key-foreign")

    def test_a_host_key_that_is_short_or_empty_or_zero(self):
        vault = self.kept_vault()
        for bad in (b"", b"k" * 31, b"k" * 33, bytes(32)):
            replace_key(vault, bad)
            self.refused(vault, 1, "host-key-damaged")

    def test_a_host_key_that_others_could_read(self):
        vault = self.kept_vault()
        (vault.folder / "host.key").chmod(0o444)
        self.refused(vault, 1, "host-key-damaged")

    def test_an_older_database_put_back(self):
        vault = self.kept_vault()
        old = vault.copy_to(self.path("old"))
        vault.start()
        with vault.connect() as wire:
            wire.hello().ask("delete", struct.pack(">BI", 0, 0) + bytes.fromhex(self.original.id))
        vault.stop()
        shutil.rmtree(vault.folder / "state")
        shutil.copytree(old.folder / "state", vault.folder / "state")
        self.refused(vault, 2, "rolled-back")

    def test_a_vault_without_its_anchor(self):
        vault = self.kept_vault()
        (vault.folder / "anchor" / "anchor").unlink()
        before = vault.files()
        vault.start()
        self.assertEqual(vault.json("list").exit, 8)
        vault.stop()
        self.assertEqual(vault.files(), before)

    @reach.needs_root
    def test_another_machine_id(self):
        vault = self.kept_vault()
        other = self.path("machine-id")
        other.write_text("0123456789abcdef0123456789abcdef\n")
        vault.arguments = ["unshare", "--mount", "sh", "-c",
                           'mount --bind "$1" /etc/machine-id && shift && exec "$@"', "sh",
                           str(other), *vault.arguments]
        self.refused(vault, 1, "machine-changed")


class NewVaultTest(kinko.FlowTest):
    def refused_copy(self):
        vault = self.start_vault()
        self.original = self.imported(vault)
        vault.stop()
        (vault.folder / "host.key").unlink()
        return vault

    def old_files(self, vault):
        return {path.name for path in vault.folder.rglob("*")
                if path.is_file() and "/old-" in str(path)}

    def test_the_old_one_is_set_aside_untouched_and_a_new_one_begins(self):
        vault = self.start_vault()
        original = self.imported(vault)
        vault.stop()
        key = (vault.folder / "host.key").read_bytes()
        done = kinko.run([kinko.program("kinkod"), "--new-vault", "--private", vault.folder],
                         env=kinko.environment())
        self.assertEqual(done.exit, 0, done)
        self.assertIn(str(vault.folder / "host.key"), done.out)
        self.assertIn("old-", done.out)
        kept = list(vault.folder.glob("old-*/host.key"))
        self.assertEqual([path.read_bytes() for path in kept], [key])
        self.assertNotEqual((vault.folder / "host.key").read_bytes(), key)
        self.assertEqual(list(vault.folder.glob("old-*/vault*")), [])  # never beside its data
        self.assertTrue(list(vault.folder.glob("state/old-*/vault.key")))
        self.assertTrue(list(vault.folder.glob("anchor/old-*/anchor")))
        vault.start()
        with vault.connect() as wire:
            self.assertEqual(wire.hello().list_count(), 0)
            wire.import_original(original.path.read_bytes(), original.pin)
            self.assertEqual(wire.list_count(), 1)

    def test_cut_off_anywhere_the_vault_is_refused_and_the_same_command_finishes(self):
        # The order of aside.h: what had been moved when it was killed.
        order = ["host.key", "anchor/anchor", "state/vault.key", "state/vault.db-wal",
                 "state/vault.db"]
        made = self.start_vault("made")
        self.imported(made)
        made.kill9()  # leaves a write-ahead log too
        for moved in range(1, len(order)):
            with self.subTest(moved=moved):
                vault = made.copy_to(self.path(f"cut-{moved}"))
                self.adopt(vault)
                for name in order[:moved]:
                    path = vault.folder / name
                    if path.exists():
                        old = path.parent / "old-20260101T000000Z"
                        old.mkdir(exist_ok=True)
                        path.rename(old / path.name)
                vault.start()
                self.assertEqual(vault.json("list").exit, 8)
                vault.stop()
                self.assertFalse((vault.folder / "host.key").exists())
                done = exit_and_words(vault, "--new-vault")
                self.assertEqual(done[0], 0, done)
                vault.start()
                self.assertEqual(vault.certificates(), [])
                vault.stop()

    def test_killed_at_random_moments_it_always_ends_well(self):
        made = self.start_vault("made")
        self.imported(made)
        made.stop()
        for attempt in range(8):
            vault = made.copy_to(self.path(f"killed-{attempt}"))
            self.adopt(vault)
            process = subprocess.Popen([kinko.program("kinkod"), "--new-vault", "--private",
                                        vault.folder], env=kinko.environment(),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.02 * attempt)
            process.kill()
            process.wait()
            self.assertEqual(exit_and_words(vault, "--new-vault")[0], 0)
            vault.start()
            self.assertEqual(vault.certificates(), [])
            vault.stop()


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


class RestartTest(kinko.FlowTest):
    def test_commands_before_during_and_after_a_restart(self):
        vault = self.start_vault()
        self.assertEqual(vault.json("list").exit, 0)
        vault.kill9()
        self.assertEqual(vault.json("list").exit, 7)
        self.assertEqual(vault.json("list").code, "vault-unreachable")
        vault.start()
        self.assertEqual(vault.json("list").exit, 0)


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


# Something well-formed of each message that acts; the certificate is nobody's.
CERTIFICATE = struct.pack(">BI", 0, 0) + b"\x11" * 32
COMMIT = kinko.blob(b"demo1234") + bytes([0, 0, 0]) + struct.pack(">q", 0) + kinko.text("")
EVERY_REQUEST = {
    "list": struct.pack(">BIQ", 0, 0, 0),
    "show": CERTIFICATE,
    "use": CERTIFICATE,
    "delete": CERTIFICATE,
    "confirm": CERTIFICATE,
    "pin": b"\x11" * 32 + kinko.blob(b"demo1234") + kinko.blob(b"demo5678"),
    "import_begin": struct.pack(">I", 10) + bytes(32),
    "import_data": struct.pack(">I", 0) + kinko.blob(b"x" * 10),
    "import_commit": COMMIT,
    "login": b"\x11" * 32 + kinko.blob(b"demo1234"),
    "original_proven": b"\x11" * 64 + struct.pack(">q", 1) + kinko.text("STICK"),
    "explain": kinko.text("sign") + b"\0" + bytes(32),
}


def replace_key(vault, key):
    path = vault.folder / "host.key"
    path.unlink()
    path.write_bytes(key)
    path.chmod(0o400)


def children_of(pid):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = pathlib.Path(f"/proc/{entry}/stat").read_text()
            except OSError:
                continue
            if int(stat.rsplit(")", 1)[1].split()[1]) == pid:
                found.append(int(entry))
    return found


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
