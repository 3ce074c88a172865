"""The daemon's life: start, stop, being killed, being copied, beginning anew."""
import os
import pathlib
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
from every_request import EVERY_REQUEST


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


class RestartTest(kinko.FlowTest):
    def test_commands_before_during_and_after_a_restart(self):
        vault = self.start_vault()
        self.assertEqual(vault.json("list").exit, 0)
        vault.kill9()
        self.assertEqual(vault.json("list").exit, 7)
        self.assertEqual(vault.json("list").code, "vault-unreachable")
        vault.start()
        self.assertEqual(vault.json("list").exit, 0)


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


if __name__ == "__main__":
    unittest.main()
