"""`kinko get` with the demo server: stopped at any moment, running it again ends in the same good
state; one letter in two hands; and what the server deletes stays deleted.
"""
import concurrent.futures
import hashlib
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time

import kinko
from download import DemoServer
from hostile_server import PlainServer


class Relay:
    """Carries the encrypted connections to the server, and does `then` once after so many bytes
    in all, before the rest goes on."""

    def __init__(self, target_port, stop_after, then):
        self.target_port, self.left, self.then = target_port, stop_after, then
        self.lock = threading.Lock()
        self.server = PlainServer(self.relay)
        self.url = f"https://localhost:{self.server.port}"

    def relay(self, _, client):
        with socket.create_connection(("127.0.0.1", self.target_port)) as target:
            back = threading.Thread(target=self.carry, args=(target, client), daemon=True)
            back.start()
            self.carry(client, target)
            back.join()

    def carry(self, source, sink):
        try:
            while piece := source.recv(65536):
                sink.sendall(self.counted(piece, sink))
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # one of the two is gone: that is what these tests are about

    def counted(self, piece, sink):
        with self.lock:
            self.left -= len(piece)
            if self.then is None or self.left >= 0:
                return piece
            sink.sendall(piece[:self.left])
            then, self.then = self.then, None
            then()
            return piece[self.left:]

    def close(self):
        self.server.listener.close()


class GetTest(kinko.FlowTest):
    """A vault that may use a folder as a stick, and a download server, both made once; each test
    begins with fresh letters and an empty stick."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.made = pathlib.Path(tempfile.mkdtemp(prefix="kinko-get-"), "server")
        cls.addClassCleanup(shutil.rmtree, cls.made.parent)
        DemoServer(cls.made).stop()

    def setUp(self):
        super().setUp()
        self.count = 0
        self.running = self.vault()
        self.running.set_policy(vault={"usage": "normal-folder"})
        self.running.start()

    def fresh_server(self, *options):
        self.count += 1
        folder = self.path(f"server-{self.count}")
        shutil.copytree(self.made, folder)
        server = DemoServer(folder, *options)
        self.addCleanup(lambda: server.process.poll() is None and server.stop())
        return server

    def fresh_stick(self):
        self.count += 1
        folder = self.path(f"stick-{self.count}")
        folder.mkdir()
        return folder

    def use_server(self, server, url=None, vault=None):
        (vault or self.running).folder.joinpath("kinko.conf").write_text(
            f"[server]\nurl = {url or server.url}\nca-file = {server.ca_file}\n")

    def get(self, letter, stick, vault=None):
        return (vault or self.running).json("get", "--id", letter[0], "--stick", str(stick),
                                            pins=[letter[1]])

    def start_get(self, letter, stick):
        process = subprocess.Popen(
            [kinko.program("kinko"), "get", "--id", letter[0], "--stick", str(stick),
             "--pin-fd", "0"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=self.running.client_environment())
        process.stdin.write(f"{letter[1]}\n".encode())
        process.stdin.close()
        return process

    def assert_good_state(self, stick, count=1):
        """Exactly the original and its digest on the stick, exactly one certificate."""
        files = sorted(path for path in stick.rglob("*") if path.is_file())
        self.assertEqual([path.suffix for path in files], [".p12", ".sha256"], files)
        digest = hashlib.sha256(files[0].read_bytes()).hexdigest()
        self.assertTrue(files[1].read_text().startswith(digest))
        certificates = self.running.certificates()
        self.assertEqual(len(certificates), count)
        return certificates[0]


class StoppedGetTest(GetTest):
    def check_again(self, server, letter, stick):
        """The second run: whatever was there, the end is the same."""
        self.use_server(server)
        result = self.get(letter, stick)
        self.assertEqual(result.exit, 0, result)
        self.assertIn(result.json["result"], ("imported", "already-there"))
        self.assertIsNotNone(result.json["delete_at"])
        certificate = self.assert_good_state(stick)
        self.assertEqual(certificate["tries_left"], 5)
        deleted = self.running.json("delete", certificate["label"], "--yes", "--no-original")
        self.assertEqual(deleted.exit, 0, deleted)
        return result.json["result"]

    def test_killed_after_any_number_of_bytes_on_the_network(self):
        server, results = self.fresh_server(), set()
        letter = server.letters[1]
        for stop_after in range(0, 12000, 600):
            with self.subTest(stop_after=stop_after):
                holder, stick = [], self.fresh_stick()
                relay = Relay(int(server.url.rsplit(":", 1)[1]), stop_after,
                              lambda: holder[0].kill())
                self.use_server(server, relay.url)
                holder.append(self.start_get(letter, stick))
                holder[0].wait(kinko.PATIENCE)
                relay.close()
                results.add(self.check_again(server, letter, stick))
        self.assertEqual(results, {"imported", "already-there"})

    def test_killed_at_any_time(self):
        server, stick = self.fresh_server(), self.fresh_stick()
        letter = server.letters[1]
        self.use_server(server)
        began = time.monotonic()
        self.start_get(letter, stick).wait(kinko.PATIENCE)
        whole = time.monotonic() - began
        self.check_again(server, letter, stick)
        for step in range(10):
            stick = self.fresh_stick()
            with self.subTest(step=step):
                process = self.start_get(letter, stick)
                time.sleep(whole * step / 9)
                process.kill()
                process.wait(kinko.PATIENCE)
                self.check_again(server, letter, stick)

    def test_a_connection_cut_after_any_number_of_bytes_is_told(self):
        codes = set()
        for stop_after in range(100, 8000, 1300):
            with self.subTest(stop_after=stop_after):
                server, stick = self.fresh_server(), self.fresh_stick()
                letter = server.letters[1]
                relay = Relay(int(server.url.rsplit(":", 1)[1]), stop_after,
                              lambda server=server: server.stop(kinko.signal.SIGKILL))
                self.use_server(server, relay.url)
                result = self.get(letter, stick)
                relay.close()
                if server.process.poll() is None:
                    server.stop()
                self.assertIn(result.exit, (0, 10), result)
                codes.add(result.json["error"]["code"] if result.exit == 10 else "ok")
                server.start()
                self.check_again(server, letter, stick)
                server.stop()
        self.assertIn("server-short", codes)
        self.assertLessEqual(codes, {"ok", "server-short", "server-tls", "server-unreachable"})

    def test_the_server_restarted_between_download_and_confirmation(self):
        """The ticket is the same, and the confirmation counts."""
        server, stick = self.fresh_server(), self.fresh_stick()
        letter = server.letters[1]
        _, headers, body = server.retrieve(letter)
        server.stop(kinko.signal.SIGKILL)
        server.start()
        self.assertEqual(server.saved(headers["Kinko-Ticket"], body)[0], 200)
        self.check_again(server, letter, stick)


class LetterTest(GetTest):
    def test_two_clients_with_one_letter_make_one_certificate(self):
        server, sticks = self.fresh_server(), [self.fresh_stick() for _ in range(4)]
        self.use_server(server)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            results = list(pool.map(lambda stick: self.get(server.letters[1], stick), sticks))
        self.assertEqual([result.exit for result in results], [0] * 4, results)
        self.assertEqual(sorted(result.json["result"] for result in results),
                         ["already-there"] * 3 + ["imported"])
        self.assertEqual(len({result.json["delete_at"] for result in results}), 1)
        for stick in sticks:
            self.assert_good_state(stick)

    def test_two_vaults_with_one_letter_have_one_each(self):
        server, stick = self.fresh_server(), self.fresh_stick()
        other = self.vault("other")
        other.set_policy(vault={"usage": "normal-folder"})
        other.start()
        for vault in (self.running, other):
            self.use_server(server, vault=vault)
            self.assertEqual(self.get(server.letters[1], stick, vault).json["result"], "imported")

    def test_after_the_deletion_the_original_is_on_the_stick_alone(self):
        server, stick = self.fresh_server("--delete-after", "1"), self.fresh_stick()
        letter = server.letters[1]
        self.use_server(server)
        self.assertEqual(self.get(letter, stick).exit, 0)
        kinko.wait_until(lambda: self.get(letter, stick).exit != 0, what="the deletion")
        result = self.get(letter, self.fresh_stick())
        self.assertEqual((result.exit, result.code), (10, "deleted-after-save"))
        self.assert_good_state(stick)

    def test_after_the_window_the_issuer_must_be_called(self):
        server, stick = self.fresh_server("--window-days", "0"), self.fresh_stick()
        self.use_server(server)
        result = self.get(server.letters[0], stick)
        self.assertEqual((result.exit, result.code), (10, "window-expired"))
        self.assertEqual(list(stick.iterdir()), [])

    def test_wrong_pins_lock_the_letter_and_touch_no_vault(self):
        server, stick = self.fresh_server(), self.fresh_stick()
        self.use_server(server)
        for _ in range(10):
            result = self.get((server.letters[0][0], "wrong1"), stick)
            self.assertEqual((result.exit, result.code), (10, "id-or-pin-wrong"))
        result = self.get(server.letters[0], stick)
        self.assertEqual((result.exit, result.code), (10, "id-locked"))
        self.assertEqual(self.running.certificates(), [])
        self.assertEqual(list(stick.iterdir()), [])

    def test_every_letter_becomes_a_certificate(self):
        server, stick = self.fresh_server(), self.fresh_stick()
        self.use_server(server)
        for letter in server.letters:
            self.assertEqual(self.get(letter, stick).json["result"], "imported")
        labels = [certificate["label"] for certificate in self.running.certificates()]
        self.assertEqual(labels[:4], ["𠮷田 花子", "田中 一郎", "鈴木 次郎", "佐藤 由紀"])
        self.assertRegex(labels[4], re.compile(r"\A佐藤 由紀 \(20\d\d\)\Z"))

    def test_the_original_and_its_pin_are_nowhere_else(self):
        server, stick = self.fresh_server(), self.fresh_stick()
        self.use_server(server)
        letter = server.letters[4]  # the longest PIN
        self.assertEqual(self.get(letter, stick).exit, 0)
        original = next(stick.rglob("*.p12")).read_bytes()
        for path in self.running.folder.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                self.assertNotIn(letter[1].encode(), content, path)
                self.assertNotIn(original[200:264], content, path)


if __name__ == "__main__":
    kinko.unittest.main()
