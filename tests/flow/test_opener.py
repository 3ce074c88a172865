"""What kinko-opener makes is read by the programs other people have, and its own process shows
nothing. The program is asked over its pipes, as the daemon does."""
import shutil
import struct
import subprocess
import tempfile
import unittest

import kinko

ORIGINALS = kinko.ROOT / "tests/originals"
NEW_PIN = "newpin12"
MODE_SHOW, MODE_PIN = 2, 4


def job(mode, pin, new_pin, original):
    def field(data):
        return struct.pack(">I", len(data)) + data

    message = b"KNKJ" + bytes([mode]) + field(pin) + field(new_pin) + field(original)
    return struct.pack(">I", len(message)) + message


def ask(mode, pin, original, new_pin=""):
    """The answer without its frame; the error number stands behind the magic."""
    asked = job(mode, pin.encode(), new_pin.encode(), original)
    done = subprocess.run([kinko.program("kinko-opener")], input=asked, capture_output=True, env={},
                          timeout=kinko.PATIENCE, check=False)
    size, = struct.unpack(">I", done.stdout[:4])
    assert len(done.stdout) == 4 + size and done.stdout[4:8] == b"KNKA", done
    return done.stdout[4:]


def rebuilt(answer):
    """The last field of an answer: the only one that is not empty in mode pin."""
    assert struct.unpack(">I", answer[4:8])[0] == 0, answer[:16]
    after_error = 8
    fields_before = 2 + 4 + 4 + 1 + 2 + 2 + 1  # all empty: detail ... weakly protected
    size, = struct.unpack(">I", answer[after_error + fields_before:][:4])
    data = answer[after_error + fields_before + 4:]
    assert len(data) == size
    return data


class RebuiltOriginalTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = f"{cls.folder.name}/rebuilt.p12"
        original = (ORIGINALS / "chain.p12").read_bytes()
        with open(cls.path, "wb") as out:
            out.write(rebuilt(ask(MODE_PIN, kinko.PIN, original, NEW_PIN)))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def read_by(self, *command, expected):
        if shutil.which(command[0]) is None:
            self.skipTest(f"{command[0]} is not installed")
        done = subprocess.run(command, capture_output=True, check=False, env=kinko.environment(),
                              timeout=kinko.PATIENCE)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(expected.encode(), done.stdout + done.stderr)

    def test_openssl_reads_it(self):
        self.read_by("openssl", "pkcs12", "-in", self.path, "-passin", f"pass:{NEW_PIN}", "-nodes",
                     expected="BEGIN PRIVATE KEY")

    def test_nss_reads_it(self):
        if shutil.which("certutil"):
            subprocess.run(["certutil", "-N", "-d", f"sql:{self.folder.name}", "--empty-password"], check=True)
        self.read_by("pk12util", "-l", self.path, "-W", NEW_PIN, "-d", f"sql:{self.folder.name}",
                     expected="司法書士 太郎")

    def test_gnutls_reads_it(self):
        self.read_by("certtool", "--inder", "--p12-info", "--password", NEW_PIN, "--infile", self.path,
                     expected="司法書士 太郎")

    def test_java_reads_it(self):
        self.read_by("keytool", "-list", "-keystore", self.path, "-storepass", NEW_PIN,
                     expected="PrivateKeyEntry")


class OpenerProcessTest(unittest.TestCase):
    def test_it_answers_a_job_that_is_no_job_with_silence(self):
        for nonsense in (b"", b"\0\0", struct.pack(">I", 5) + b"hello", struct.pack(">I", 2**31)):
            done = subprocess.run([kinko.program("kinko-opener")], input=nonsense, capture_output=True, env={},
                                  timeout=kinko.PATIENCE, check=False)
            self.assertEqual((done.returncode, done.stdout), (1, b""))

    def test_a_name_is_shown_without_the_key(self):
        original = (ORIGINALS / "openssl-modern.p12").read_bytes()
        answer = ask(MODE_SHOW, kinko.PIN, original)
        self.assertIn("司法書士 太郎".encode(), answer)
        key = (ORIGINALS / "key.der").read_bytes()
        private = 340  # behind the public modulus and exponent (RFC 8017, A.1.2)
        for at in range(private, len(key) - 32, 32):
            self.assertNotIn(key[at:at + 32], answer)


if __name__ == "__main__":
    unittest.main()
