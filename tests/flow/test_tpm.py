"""The system vault on a machine with a TPM (swtpm), in a mount namespace of its own: first start,
kinkod --enroll-tpm and --leave-tpm, and what is said when the TPM is gone.
"""
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import kinko
import users

INSIDE = "KINKO_TEST_TPM_INSIDE"


def why_not():
    """None, or why this cannot run here."""
    if shutil.which("swtpm") is None:
        return "swtpm is not installed"
    if not os.path.exists(kinko.program("kinkod-swtpm")):
        return "no release program takes a TPM in software"
    return users.why_not()


def answers(path):
    with socket.socket(socket.AF_UNIX) as one:
        return one.connect_ex(str(path)) == 0


class Tpm:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kinko-swtpm-"))
        self.process = None

    @property
    def where(self):
        return f"path={self.folder}/tpm"

    def owner_gets_password(self, before=b"", after=b""):
        """TPM2_HierarchyChangeAuth of the owner (TPM 2.0 Library Part 3, 24.8)."""
        session = struct.pack(">IHBH", 0x40000009, 0, 0, len(before)) + before
        body = struct.pack(">II", 0x40000001, len(session)) + session + \
            struct.pack(">H", len(after)) + after
        with socket.socket(socket.AF_UNIX) as wire:
            wire.connect(str(self.folder / "tpm"))
            wire.sendall(struct.pack(">HII", 0x8002, 10 + len(body), 0x129) + body)
            answer = wire.recv(4096)
        if struct.unpack(">HII", answer[:10])[2] != 0:
            raise AssertionError(f"the TPM refuses: {answer.hex()}")

    def power(self):
        (self.folder / "tpm").unlink(missing_ok=True)
        self.process = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.folder}",
             "--server", f"type=unixio,path={self.folder}/tpm",
             "--ctrl", f"type=unixio,path={self.folder}/tpm.ctrl", "--flags", "not-need-init"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        kinko.wait_until(lambda: answers(self.folder / "tpm"), what="swtpm")
        # The library connects anew for each command, also after the drop to the system user.
        for path in (self.folder, *self.folder.glob("tpm*")):
            os.chown(path, users.KINKO, users.KINKO)

    def cut(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def gone(self):
        self.cut()
        shutil.rmtree(self.folder, ignore_errors=True)


class TpmVault(users.SystemVault):
    def __init__(self, tpm):
        super().__init__()
        self.arguments = [kinko.program("kinkod-swtpm"), tpm.where]

    def command(self, *words):
        return kinko.run([*self.arguments, *words], env=kinko.environment())


class InsideTest(kinko.FlowTest):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)
        for place in users.PLACES:  # making them is the daemon's part
            shutil.rmtree(place, ignore_errors=True)
        self.tpm = Tpm()
        self.addCleanup(self.tpm.gone)
        self.vault = self.adopt(TpmVault(self.tpm))

    def original(self):
        original = self.make_original("One.p12", kind="p-256", name="DEMO One",
                                      subject="/C=JP/O=DEMO Office/CN=DEMO One")
        os.chown(original.path, users.FIRST, users.FIRST)
        return original

    def status(self):
        return self.vault.kinko(users.FIRST, "status").json["vault"]

    def imports(self):
        original = self.original()
        result = self.vault.kinko(users.FIRST, "import", original.path, pins=[original.pin])
        self.assertEqual(result.exit, 0, result)

    def pin_changes(self, old, new):
        result = self.vault.kinko(users.FIRST, "pin", pins=[old, new])
        self.assertEqual(result.exit, 0, result)

    def host_key(self):
        return pathlib.Path("/etc/kinko/host.key").read_bytes()

    def test_a_first_start_with_a_tpm_ties_the_vault_to_it(self):
        self.tpm.power()
        self.vault.start()
        self.assertEqual(self.status()["binding"], "tpm")
        self.assertEqual(os.listdir("/var/lib/kinko-anchor"), [])
        self.imports()
        self.assertEqual(self.vault.stop(), 0)
        self.vault.start()
        self.pin_changes(kinko.PIN, "other123")

    def test_without_a_tpm_the_vault_is_tied_to_the_host(self):
        self.vault.start()
        self.assertEqual(self.status()["binding"], "host")
        self.assertNotIn("TPM", self.vault.stderr)

    def test_a_tpm_that_is_gone_is_said_and_its_return_mends(self):
        self.tpm.power()
        self.vault.start()
        self.imports()
        self.vault.stop()
        self.tpm.cut()
        self.vault.start()
        result = self.vault.kinko(users.FIRST, "list")
        self.assertEqual((result.exit, result.code), (8, "tpm-gone"))
        self.vault.stop()
        self.tpm.power()
        self.vault.start()
        self.pin_changes(kinko.PIN, "other123")

    def test_a_vault_goes_over_to_the_tpm_and_back(self):
        self.vault.start()
        self.imports()
        self.vault.stop()
        first_key = self.host_key()

        result = self.vault.command("--enroll-tpm")
        self.assertIn("tpm-gone", result.err)
        self.assertEqual(self.host_key(), first_key)

        self.tpm.power()
        result = self.vault.command("--enroll-tpm")
        self.assertEqual(result.exit, 0, result)
        self.assertIn("TPM", result.out)
        second_key = self.host_key()
        self.assertEqual(len(second_key), 32)
        self.assertNotEqual(second_key, first_key)
        self.assertEqual(os.listdir("/var/lib/kinko-anchor"), [])
        self.owners_are_right()
        self.vault.start()
        self.assertEqual(self.status()["binding"], "tpm")
        self.pin_changes(kinko.PIN, "other123")
        self.vault.stop()

        self.assertEqual(self.vault.command("--enroll-tpm").exit, 0)
        self.assertEqual(self.host_key(), second_key)

        result = self.vault.command("--leave-tpm")
        self.assertEqual(result.exit, 0, result)
        self.assertEqual(os.listdir("/var/lib/kinko-anchor"), ["anchor"])
        self.owners_are_right()
        self.tpm.cut()
        self.vault.start()
        self.assertEqual(self.status()["binding"], "host")
        self.pin_changes("other123", "third123")

    def test_a_new_vault_has_its_own_place_in_the_tpm_and_the_old_one_keeps_its_own(self):
        self.tpm.power()
        self.vault.start()
        self.imports()
        self.pin_changes(kinko.PIN, "other123")
        self.vault.stop()
        result = self.vault.command("--new-vault")
        self.assertEqual(result.exit, 0, result)
        self.vault.start()
        self.assertEqual(self.status()["binding"], "tpm")
        self.assertEqual(self.vault.kinko(users.FIRST, "list").json["certificates"], [])
        self.imports()
        self.vault.stop()
        self.owners_are_right()
        self.old_files_come_back()
        self.vault.start()
        self.assertEqual(len(self.vault.kinko(users.FIRST, "list").json["certificates"]), 1)
        self.pin_changes("other123", "third123")

    @staticmethod
    def old_files_come_back():
        for place in (pathlib.Path("/etc/kinko"), pathlib.Path("/var/lib/kinko")):
            old, = place.glob("old-*")
            for path in place.iterdir():
                if path.is_file() and path.name != "policy.conf":
                    path.unlink()
            for path in old.iterdir():
                path.rename(place / path.name)

    def test_what_the_tpm_refuses_leaves_no_second_key(self):
        self.vault.start()
        self.imports()
        self.vault.stop()
        self.tpm.power()
        first_key = self.host_key()
        self.vault.command("--leave-tpm")  # wakes the TPM up
        self.tpm.owner_gets_password(after=b"owner")
        result = self.vault.command("--enroll-tpm")
        self.assertEqual(result.exit, 8, result)
        self.assertIn("tpm-owner-password", result.err)
        self.assertEqual(self.host_key(), first_key)
        self.tpm.owner_gets_password(before=b"owner")
        self.assertEqual(self.vault.command("--enroll-tpm").exit, 0)
        second_key = self.host_key()
        self.tpm.owner_gets_password(after=b"owner")
        self.assertEqual(self.vault.command("--leave-tpm").exit, 8)
        self.assertEqual(self.host_key(), second_key)
        self.tpm.owner_gets_password(before=b"owner")
        self.vault.start()
        self.assertEqual(self.status()["binding"], "tpm")
        self.pin_changes(kinko.PIN, "other123")

    def owners_are_right(self):
        for folder in ("/var/lib/kinko", "/var/lib/kinko-anchor"):
            for name in os.listdir(folder):
                status = os.stat(os.path.join(folder, name))
                self.assertEqual((status.st_uid, status.st_mode & 0o077), (users.KINKO, 0), name)
        status = os.stat("/etc/kinko/host.key")
        self.assertEqual((status.st_uid, status.st_mode & 0o777), (0, 0o400))

    def test_going_over_needs_root_a_stopped_service_and_no_private_vault(self):
        self.tpm.power()
        self.vault.start()
        result = self.vault.command("--enroll-tpm")
        self.assertIn("already-running", result.err)
        self.vault.stop()
        result = kinko.run([*self.vault.arguments, "--enroll-tpm"], env=kinko.environment(),
                           preexec=users.as_user(users.KINKO))
        self.assertEqual(result.exit, 1, result)
        result = self.vault.command("--private", self.folder / "vault", "--leave-tpm")
        self.assertEqual(result.exit, 2, result)
        self.vault.start()
        self.assertEqual(self.status()["binding"], "tpm")


class TpmTest(unittest.TestCase):
    def test_in_a_namespace_of_its_own(self):
        reason = why_not()
        if reason is not None:
            self.skipTest(reason)
        done = subprocess.run(
            ["unshare", "--mount", "--propagation", "private", sys.executable, __file__],
            env={**os.environ, INSIDE: "1"}, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


def load_tests(loader, _tests, _pattern):
    cases = InsideTest if os.environ.get(INSIDE) else TpmTest
    return loader.loadTestsFromTestCase(cases)


if __name__ == "__main__":
    if os.environ.get(INSIDE):
        users.build_inside()
    unittest.main()
