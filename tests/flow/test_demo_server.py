"""The demo server keeps the promises of the download API (docs/download-api.md)."""
import base64
import concurrent.futures
import hashlib
import json
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

import kinko
from download import DEMO_SERVER, DemoServer, WithFolder, attempt


class Pieces:
    """Bytes of several files: contains what has one of its pieces there."""

    def __init__(self, found):
        self.found = found

    def __contains__(self, content):
        return any(content[at:at + 64] in self.found for at in range(0, len(content) - 64, 64))


class TheDemoServer(WithFolder):
    @classmethod
    def setUpClass(cls):
        """One first start; each test begins with a copy of what it made."""
        super().setUpClass()
        cls.made = cls.folder / "made"
        DemoServer(cls.made).stop()

    def setUp(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder), "server")
        shutil.copytree(self.made, folder)
        self.server = DemoServer(folder, "--delete-after", 2)
        self.addCleanup(self.stop)

    def stop(self):
        if self.server.process.poll() is None:
            self.server.stop()

    def code(self, reply):
        status, headers, body = reply
        self.assertEqual(headers["Content-Type"], "application/problem+json")
        problem = json.loads(body)
        self.assertEqual(problem["status"], status)
        return status, problem["code"]

    def test_an_original_goes_to_whoever_has_the_letter(self):
        for letter in self.server.letters:
            status, headers, body = self.server.retrieve(letter)
            self.assertEqual(status, 200)
            self.assertEqual(headers["Content-Type"], "application/pkcs12")
            self.assertEqual(headers["Cache-Control"], "no-store")
            digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
            self.assertEqual(headers["Repr-Digest"], f"sha-256=:{digest}:")
            self.assertRegex(letter[1], r"\A[a-z0-9]{4,16}\Z")

    def test_the_same_ticket_until_deletion(self):
        letter = self.server.letters[0]
        first, second = self.server.retrieve(letter), self.server.retrieve(letter)
        self.assertEqual(first[1]["Kinko-Ticket"], second[1]["Kinko-Ticket"])
        self.assertEqual(first[2], second[2])

    def test_an_unknown_id_and_a_wrong_pin_look_the_same(self):
        for language in ("ja", "en"):
            unknown = self.server.retrieve(("9999999999", "abcd"), Accept_Language=language)
            wrong = self.server.retrieve(self.server.letters[0], "abcd", Accept_Language=language)
            self.assertEqual(unknown[0], 401)
            self.assertEqual(unknown[2], wrong[2])
            self.assertEqual(sorted(unknown[1].keys()), sorted(wrong[1].keys()))

    def test_ten_wrong_pins_lock_any_id(self):
        for letter in (self.server.letters[0], ["9999999999", "abcd"]):
            for _ in range(10):
                self.assertEqual(self.code(self.server.retrieve(letter, "wrong1")),
                                 (401, "id-or-pin-wrong"))
            self.assertEqual(self.code(self.server.retrieve(letter)), (403, "id-locked"))
        self.assertEqual(self.server.stop(), 0)
        self.server.start()
        self.assertEqual(self.code(self.server.retrieve(self.server.letters[0])),
                         (403, "id-locked"))
        self.assertEqual(self.server.retrieve(self.server.letters[1])[0], 200)

    def test_a_right_pin_starts_the_count_anew(self):
        letter = self.server.letters[0]
        for _ in range(3):
            for _ in range(9):
                self.assertEqual(self.server.retrieve(letter, "wrong1")[0], 401)
            self.assertEqual(self.server.retrieve(letter)[0], 200)

    def test_killing_the_server_gives_no_try_back(self):
        letter = self.server.letters[0]
        for _ in range(10):
            self.assertEqual(self.server.retrieve(letter, "wrong1")[0], 401)
            self.server.stop(signal.SIGKILL)
            self.server.start()
        self.assertEqual(self.code(self.server.retrieve(letter)), (403, "id-locked"))

    def test_a_confirmation_deletes_later_for_good_and_over_a_restart(self):
        letter = self.server.letters[2]
        self.server.stop()
        self.server.options = ("--delete-after", 8)
        self.server.start()
        _, headers, body = self.server.retrieve(letter)
        ticket = headers["Kinko-Ticket"]
        self.assertIn(body, self.files())
        first = self.server.saved(ticket, body)
        self.assertEqual(first[0], 200)
        self.server.stop(signal.SIGKILL)
        self.server.start()
        self.assertEqual(self.server.saved(ticket, body)[2], first[2])  # the clock goes on
        self.assertEqual(self.server.retrieve(letter)[0], 200)
        kinko.wait_until(lambda: time.sleep(0.5) or self.server.retrieve(letter)[0] == 410,
                         what="the deletion")
        self.assertEqual(self.code(self.server.retrieve(letter)), (410, "deleted-after-save"))
        self.assertEqual(self.server.retrieve(letter, "wrong1")[0], 401)
        self.assertEqual(self.server.saved(ticket, body)[2], first[2])
        self.assertNotIn(body, self.files())

    def files(self):
        self.server.stop()
        found = b"".join(path.read_bytes() for path in sorted(self.server.folder.iterdir()))
        self.server.start()
        # SQLite cuts a long value into pages: look for one piece.
        return Pieces(found)

    def test_a_confirmation_of_something_else_is_refused(self):
        _, headers, body = self.server.retrieve(self.server.letters[0])
        self.assertEqual(self.code(self.server.saved(headers["Kinko-Ticket"], body + b"x")),
                         (409, "digest-differs"))
        self.assertEqual(self.code(self.server.saved("A" * 43, body)), (404, "ticket-unknown"))
        time.sleep(2.5)
        self.assertEqual(self.server.retrieve(self.server.letters[0])[0], 200)

    def test_after_the_window_nothing_is_left(self):
        letter = self.server.letters[0]
        self.assertEqual(self.server.retrieve(letter)[0], 200)
        self.server.stop()
        self.server.start("--window-days", 0)
        self.assertEqual(self.code(self.server.retrieve(letter)), (410, "window-expired"))
        self.assertEqual(self.server.retrieve(letter, "wrong1")[0], 401)

    def test_too_many_requests_are_asked_to_wait(self):
        letter = self.server.letters[0]
        replies = []
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(lambda _: self.server.retrieve(letter), range(100)))
        refused = [reply for reply in replies if reply[0] == 429]
        self.assertTrue(refused)
        self.assertTrue(all(reply[0] in (200, 429) for reply in replies))
        self.assertGreater(int(refused[0][1]["Retry-After"]), 0)
        self.assertEqual(self.server.retrieve(self.server.letters[1])[0], 200)

    def test_requests_that_are_not_of_this_api(self):
        send = self.server.request
        path = "/v1/originals:retrieve"
        self.assertEqual(self.code(send("GET", path)), (405, "method-not-allowed"))
        self.assertEqual(send("GET", path)[1]["Allow"], "POST")
        self.assertEqual(self.code(send("POST", "/")), (404, "not-found"))
        self.assertEqual(self.code(send("POST", path, "{}", {"Content-Type": "text/plain"})),
                         (415, "unsupported-media-type"))
        self.assertEqual(self.code(send("POST", path, "x" * 5000)), (413, "content-too-large"))
        for body in ("", "null", "[]", "{", '{"id":"a"}', '{"id":1,"pin":"x"}',
                     '{"id":"a","id":"a","pin":"x"}', '{"id":"","pin":"x"}',
                     json.dumps({"id": "a" * 65, "pin": "x"}), '{"id":"a\\u0000","pin":"x"}'):
            with self.subTest(body=body):
                self.assertEqual(self.code(send("POST", path, body)), (400, "bad-request"))

    def test_problems_are_told_in_the_readers_language(self):
        for accepted, language in (("ja", "ja"), ("en-GB, ja;q=0.3", "en"), ("fr, en;q=0.1", "en"),
                                   ("ja;q=0.9, en;q=0.8", "ja"), ("de", "ja"), ("", "ja")):
            with self.subTest(accepted):
                reply = self.server.request("POST", "/", headers={"Accept-Language": accepted})
                self.assertEqual(reply[1]["Content-Language"], language)

    def test_no_pin_is_kept(self):
        self.server.stop()
        database = b"".join(path.read_bytes() for path in self.server.folder.glob("server.db*"))
        for letter in self.server.letters:
            if len(letter[1]) >= 8:  # shorter ones could stand there by chance
                self.assertNotIn(letter[1].encode(), database)
        for path in self.server.folder.glob("[ls]e*"):
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)

    def test_a_first_start_that_was_killed_is_done_anew(self):
        for delay in (0.05, 0.2, 0.4, 0.7, 1.0):
            folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
            process = subprocess.Popen([DEMO_SERVER, folder, "--port", "0"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(delay)
            process.kill()
            process.wait()
            server = DemoServer(folder)
            for letter in server.letters:
                self.assertEqual(server.retrieve(letter)[0], 200)
            server.stop()
            count = sqlite3.connect(folder / "server.db").execute(
                "SELECT count(*) FROM letters").fetchone()
            self.assertEqual(count[0], len(server.letters))

    def test_what_keeps_it_from_starting_is_said(self):
        port = self.server.url.rsplit(":", 1)[1]
        folder = str(self.folder / "never")
        for arguments, code, words in (
                ((folder, "--port", port), 1, "Address already in use"),
                ((folder, "--port", "70000"), 2, "--port 70000"),
                ((folder,), 2, "--port"),
                (("--port", "0"), 2, "DIR"),
                ((folder, "--port", "0", "--delete-after"), 2, "--delete-after"),
                ((folder, "--port", "0", "--delete-after", "-1"), 2, "--delete-after -1"),
                (("/nonexistent/folder", "--port", "0"), 1, "/nonexistent/folder")):
            with self.subTest(arguments):
                done = subprocess.run([DEMO_SERVER, *arguments], capture_output=True, text=True,
                                      timeout=60, check=False)
                self.assertEqual((done.returncode, done.stdout), (code, ""))
                self.assertIn(words, done.stderr)

    def test_it_listens_on_this_computer_only(self):
        port = int(self.server.url.rsplit(":", 1)[1])
        lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
        addresses = [line.split()[1] for line in lines
                     if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A"]
        self.assertEqual(addresses, [f"0100007F:{port:04X}"])

    def test_the_client_understands_it(self):
        letter = self.server.letters[0]
        line = ",".join(letter) + "\n"
        got = attempt(self.server.url, self.server.ca_file, letter=line)
        self.assertEqual(got.word, "ok", got.note)
        wrong = attempt(self.server.url, self.server.ca_file, letter=f"{letter[0]},wrong1\n")
        self.assertEqual(wrong.word, "id-or-pin-wrong")
        other = attempt(self.server.url, self.server.ca_file, "--saved", got.ticket, "ab" * 32)
        self.assertEqual(other.word, "digest-differs")
        saved = attempt(self.server.url, self.server.ca_file, "--saved", got.ticket, got.sha256)
        self.assertEqual(saved.word, "ok", saved.note)
        self.assertAlmostEqual(int(saved.delete_at), time.time() + 2, delta=2)
        time.sleep(3.2)
        self.assertEqual(attempt(self.server.url, self.server.ca_file, letter=line).word,
                         "deleted-after-save")

    def test_two_clients_with_one_letter_get_the_same(self):
        line = ",".join(self.server.letters[0]) + "\n"
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            results = list(pool.map(
                lambda _: attempt(self.server.url, self.server.ca_file, letter=line), range(8)))
        self.assertEqual({result.word for result in results}, {"ok"})
        self.assertEqual(len({(result.sha256, result.ticket) for result in results}), 1)


if __name__ == "__main__":
    unittest.main()
