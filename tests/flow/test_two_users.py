"""The system vault with two real users and an administrator, in a mount namespace of its own:
nothing of this computer's /etc, /run or /var is touched.
"""
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import kinko
import users
from users import ADMINISTRATOR, FIRST, KINKO, SECOND, as_user, parent_of

INSIDE = "KINKO_TEST_INSIDE"


class InsideTest(kinko.FlowTest):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)
        for place in users.PLACES:  # making them is the daemon's part
            shutil.rmtree(place, ignore_errors=True)
        self.vault_daemon = self.adopt(users.SystemVault())

    def given_policy(self, text):
        os.makedirs("/etc/kinko", mode=0o755, exist_ok=True)
        pathlib.Path("/etc/kinko/policy.conf").write_text(text)

    def original_of(self, uid, name):
        original = self.make_original(f"{name}.p12", kind="p-256", name=f"DEMO {name}",
                                      subject=f"/C=JP/O=DEMO Office/CN=DEMO {name}")
        os.chown(original.path, uid, uid)
        return original

    def both_imported(self):
        vault = self.vault_daemon.start()
        first, second = self.original_of(FIRST, "One"), self.original_of(SECOND, "Two")
        for uid, original in ((FIRST, first), (SECOND, second)):
            result = vault.kinko(uid, "import", original.path, pins=[original.pin])
            self.assertEqual(result.exit, 0, result)
        return vault, first, second

    def test_the_first_start_makes_what_is_absent_with_the_right_owners(self):
        self.vault_daemon.start()
        self.assertNotIn("private", self.vault_daemon.ready_line)
        expected = {"/etc/kinko": (0, 0o755), "/etc/kinko/host.key": (0, 0o400),
                    "/etc/kinko/policy.conf": (0, 0o644), "/run/kinko": (KINKO, 0o755),
                    "/var/lib/kinko": (KINKO, 0o700), "/var/lib/kinko-anchor": (KINKO, 0o700),
                    "/var/lib/kinko/vault.key": (KINKO, 0o600)}
        for path, (uid, mode) in expected.items():
            status = os.stat(path)
            self.assertEqual((status.st_uid, status.st_mode & 0o777), (uid, mode), path)

    def test_the_daemon_is_no_longer_root_and_cannot_be_again(self):
        vault = self.vault_daemon.start()
        status = pathlib.Path(f"/proc/{vault.pid}/status").read_text()
        self.assertRegex(status, rf"Uid:\s{KINKO}\s{KINKO}\s{KINKO}\s{KINKO}\n")
        self.assertRegex(status, rf"Gid:\s{KINKO}\s{KINKO}\s{KINKO}\s{KINKO}\n")
        self.assertRegex(status, r"Groups:\s*\n")
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertRegex(status, rf"{name}:\s0+\n")
        self.assertRegex(status, r"NoNewPrivs:\s1\n")

    def test_the_starter_is_no_longer_root_either(self):
        vault = self.vault_daemon.start()
        found = [pid for pid in os.listdir("/proc") if pid.isdigit() and parent_of(pid) == vault.pid]
        self.assertEqual(len(found), 1)
        status = pathlib.Path(f"/proc/{found[0]}/status").read_text()
        self.assertRegex(status, rf"Uid:\s{KINKO}\s{KINKO}\s{KINKO}\s{KINKO}\n")
        self.assertRegex(status, r"CapBnd:\s0+\n")
        self.assertRegex(status, r"NoNewPrivs:\s1\n")

    def test_both_are_confined_and_without_a_network(self):
        vault = self.vault_daemon.start()
        starter, = [pid for pid in os.listdir("/proc")
                    if pid.isdigit() and parent_of(pid) == vault.pid]
        for pid in (vault.pid, starter):
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            self.assertRegex(status, r"Seccomp:\s2\n")
            self.assertNotEqual(os.readlink(f"/proc/{pid}/ns/net"),
                                os.readlink("/proc/self/ns/net"))
            self.assertNotEqual(os.readlink(f"/proc/{pid}/ns/ipc"),
                                os.readlink("/proc/self/ns/ipc"))
        rows = vault.kinko(FIRST, "status").json["protections"]
        told = {row["name"]: row for row in rows}
        self.assertEqual(told["no-network"], {"name": "no-network", "on": True,
                                              "detail": "own namespace"})

    def test_no_user_can_read_the_daemon_or_its_files(self):
        vault = self.vault_daemon.start()
        for uid in (FIRST, KINKO):
            for path in (f"/proc/{vault.pid}/mem", f"/proc/{vault.pid}/maps",
                         f"/proc/{vault.pid}/environ", "/etc/kinko/host.key"):
                self.assertFalse(can_open(uid, path), (uid, path))
        self.assertFalse(can_open(FIRST, "/var/lib/kinko/vault.key"))

    def test_users_see_only_their_own(self):
        vault, first, second = self.both_imported()
        self.assertEqual([c["id"] for c in vault.kinko(FIRST, "list").json["certificates"]],
                         [first.id])
        self.assertEqual([c["id"] for c in vault.kinko(SECOND, "list").json["certificates"]],
                         [second.id])
        self.assertEqual(vault.kinko(KINKO, "list").json["certificates"], [])

    def test_another_users_certificate_is_as_one_that_does_not_exist(self):
        vault, first, _ = self.both_imported()
        nobodys = bytes(range(32))
        real = bytes.fromhex(first.id)
        answers = {}
        for what, number in (("real", real), ("nobodys", nobodys)):
            answers[what] = self.ask_as(SECOND, number)
        self.assertEqual(answers["real"], answers["nobodys"])
        self.assertEqual(set(answers["real"].values()), {"cert-not-found", "policy-denied", "wire"})
        self.assertEqual(vault.kinko(FIRST, "list").json["certificates"][0]["tries_left"], 5)

    def ask_as(self, uid, certificate):
        """The words of all errors that this user gets for this certificate."""
        own = struct.pack(">BI", 0, 0) + certificate
        others = struct.pack(">BI", 1, FIRST) + certificate
        requests = {
            "show": own, "use": own, "delete": own, "confirm": own,
            "pin": certificate + kinko.blob(b"demo1234") + kinko.blob(b"demo5678"),
            "login": certificate + kinko.blob(b"demo1234"),
            "original_proven": certificate * 2 + struct.pack(">q", 1) + kinko.text("STICK"),
            "explain": kinko.text("sign") + b"\1" + certificate,
        }

        def ask():
            words = {}
            with kinko.Wire(self.vault_daemon.socket) as wire:
                wire.hello()
                for name, body in requests.items():
                    words[name] = wire.error_of(name, body)
                for name in ("use", "show", "confirm"):  # has no meaning at all
                    with kinko.Wire(self.vault_daemon.socket) as other:
                        words[f"{name} for another"] = other.hello().error_of(name, others)
                if uid == SECOND:
                    words["delete for another"] = wire.error_of("delete", others)
                    words["list for another"] = wire.error_of("list",
                                                              struct.pack(">BIQ", 1, FIRST, 0))
            return words

        return users.become(uid, ask)

    def test_an_administrator_lists_few_fields_and_deletes_and_nothing_else(self):
        self.given_policy("[vault]\nadministrators = kinko-admin\n")
        vault, first, second = self.both_imported()
        listed = vault.kinko(ADMINISTRATOR, "list", "--user", "kinko-u1")
        self.assertEqual(listed.exit, 0, listed)
        shown = listed.json["certificates"][0]
        self.assertEqual(shown["label"], "DEMO One")
        self.assertEqual(shown["state"], "ready")
        for name in ("subject", "issuer", "serial", "user_id", "key", "confirmed_at"):
            self.assertIn(shown[name], (None, ""), name)
        self.assertEqual(self.ask_as(ADMINISTRATOR, bytes.fromhex(second.id))["login"],
                         "cert-not-found")
        self.assertEqual(vault.kinko(FIRST, "list", "--user", "kinko-u2").exit, 6)
        self.delete_as(ADMINISTRATOR, FIRST, first)
        self.assertEqual(vault.kinko(FIRST, "list").json["certificates"], [])
        self.assertEqual(len(vault.kinko(SECOND, "list").json["certificates"]), 1)

    def delete_as(self, uid, owner, original):
        def delete():
            with kinko.Wire(self.vault_daemon.socket) as wire:
                wire.hello().ask("delete",
                                 struct.pack(">BI", 1, owner) + bytes.fromhex(original.id))

        users.become(uid, delete)

    def test_the_same_original_is_each_users_own(self):
        vault = self.vault_daemon.start()
        original = self.make_original(kind="p-256")
        original.path.chmod(0o644)
        for uid in (FIRST, SECOND):
            result = vault.kinko(uid, "import", original.path, pins=[original.pin])
            self.assertEqual(result.json["result"], "imported", result)
        self.assertEqual(vault.kinko(FIRST, "delete", original.id, "--yes", "--no-original").exit, 0)
        self.assertEqual(len(vault.kinko(SECOND, "list").json["certificates"]), 1)

    def test_groups_of_the_policy_are_the_kernels(self):
        self.given_policy("[vault]\nusers = kinko-u1\ngroups = kinko-u2\n")
        vault = self.vault_daemon.start()
        self.assertEqual(vault.kinko(FIRST, "list").exit, 0)
        self.assertEqual(vault.kinko(ADMINISTRATOR, "list").exit, 6)
        self.assertEqual(vault.kinko(ADMINISTRATOR, "list", groups=[SECOND]).exit, 0)

    def test_a_user_without_a_name_here_is_refused(self):
        def greet():
            try:
                with kinko.Wire(self.vault_daemon.socket) as wire:
                    wire.hello()
                return "served"
            except kinko.WireError as failure:
                return failure.word
            except kinko.Closed:
                return "closed"

        self.vault_daemon.start()
        self.assertIn(users.become(users.NOBODY, greet), ("peer", "closed"))

    def test_where_users_cannot_be_told_apart_it_does_not_start(self):
        if (reason := users.why_no_user_namespaces()) is not None:
            self.skipTest(reason)
        done = kinko.run(["unshare", "--user", "--map-root-user", kinko.program("kinkod")],
                         env=kinko.environment())
        self.assertEqual(done.exit, 7, done)
        self.assertIn("who is asking", done.err)

    def test_an_impostor_is_told_nothing(self):
        """u2 listens in the vault's place; u1's client finds out before it says anything."""
        os.makedirs("/run/kinko", exist_ok=True)
        os.chmod("/run/kinko", 0o777)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                import socket
                as_user(SECOND)()
                listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                listener.bind("/run/kinko/vault.sock")
                os.chmod("/run/kinko/vault.sock", 0o666)
                listener.listen()
                os.write(writer, b"L")
                accepted, _ = listener.accept()
                os.write(writer, b"<" + accepted.recv(65536) + b">")
            finally:
                os._exit(0)
        try:
            self.assertEqual(os.read(reader, 1), b"L")
            original = self.original_of(FIRST, "One")
            result = self.vault_daemon.kinko(FIRST, "import", original.path, pins=[original.pin])
            self.assertEqual(result.exit, 7, result)
            self.assertEqual(result.code, "vault-impostor")
            self.assertEqual(os.read(reader, 100), b"<>")
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.close(reader)
            os.close(writer)

    def test_setup_makes_what_is_absent_and_changes_nothing_after(self):
        done = kinko.run([kinko.program("kinkod"), "--setup"], env=kinko.environment())
        self.assertEqual(done.exit, 0, done)
        key = pathlib.Path("/etc/kinko/host.key").read_bytes()
        self.given_policy("[pin]\ntries = 3\n")
        done = kinko.run([kinko.program("kinkod"), "--setup"], env=kinko.environment())
        self.assertEqual(done.exit, 0, done)
        self.assertEqual(pathlib.Path("/etc/kinko/host.key").read_bytes(), key)
        self.assertEqual(pathlib.Path("/etc/kinko/policy.conf").read_text(), "[pin]\ntries = 3\n")

    def test_the_host_key_is_never_made_anew_while_a_vault_exists(self):
        vault, _, _ = self.both_imported()
        vault.stop()
        os.unlink("/etc/kinko/host.key")
        self.assertEqual(kinko.run([kinko.program("kinkod"), "--setup"],
                                   env=kinko.environment()).exit, 0)
        self.assertFalse(os.path.exists("/etc/kinko/host.key"))
        vault.start()
        self.assertEqual(vault.kinko(FIRST, "list").exit, 8)
        self.assertEqual(vault.kinko(FIRST, "list").code, "host-key-missing")
        vault.stop()
        done = kinko.run([kinko.program("kinkod"), "--new-vault"], env=kinko.environment())
        self.assertEqual(done.exit, 0, done)
        self.assertEqual(os.stat("/etc/kinko/host.key").st_uid, 0)
        for path in pathlib.Path("/var/lib/kinko").iterdir():
            self.assertEqual(path.stat().st_uid, KINKO, path)
        vault.start()
        self.assertEqual(vault.kinko(FIRST, "list").json["certificates"], [])

    def test_it_starts_as_the_system_user_with_the_key_as_a_credential(self):
        """As systemd starts it: not root, folders made, host.key in $CREDENTIALS_DIRECTORY."""
        self.assertEqual(kinko.run([kinko.program("kinkod"), "--setup"],
                                   env=kinko.environment()).exit, 0)
        credentials = self.path("credentials")
        credentials.mkdir(mode=0o755)
        shutil.copy("/etc/kinko/host.key", credentials)
        (credentials / "product-uuid").write_text("none\n")
        for path in credentials.iterdir():
            os.chown(path, KINKO, KINKO)
        daemon = self.vault_daemon
        daemon.env = kinko.environment(CREDENTIALS_DIRECTORY=str(credentials))
        daemon.arguments = ["setpriv", f"--reuid={KINKO}", f"--regid={KINKO}", "--clear-groups",
                            *daemon.arguments]
        daemon.start()
        original = self.original_of(FIRST, "One")
        self.assertEqual(daemon.kinko(FIRST, "import", original.path, pins=[original.pin]).exit, 0)

    def test_an_ordinary_user_cannot_start_the_system_vault(self):
        done = kinko.run([kinko.program("kinkod")], env=kinko.environment(),
                         preexec=as_user(FIRST))
        self.assertEqual(done.exit, 1)
        self.assertIn("root", done.err)


def can_open(uid, path):
    def read():
        try:
            with open(path, "rb") as file:
                file.read(1)
            return True
        except OSError:
            return False

    return users.become(uid, read)


@unittest.skipIf(users.why_not() is not None, users.why_not())
class TwoUsersTest(unittest.TestCase):
    """Each test of InsideTest, run in a namespace of its own."""

    def run_inside(self, name):
        done = subprocess.run(
            ["unshare", "--mount", "--propagation", "private", sys.executable, __file__,
             "-v", f"InsideTest.{name}"], env={**os.environ, INSIDE: "1"}, capture_output=True)
        self.assertEqual(done.returncode, 0, "\n" + done.stderr.decode())
        self.assertRegex(done.stderr.decode(), r"Ran 1 test")
        if (skipped := re.search(r"skipped '(.*)'", done.stderr.decode())) is not None:
            self.skipTest(skipped[1])


for inside_name in unittest.defaultTestLoader.getTestCaseNames(InsideTest):
    setattr(TwoUsersTest, inside_name,
            lambda self, name=inside_name: self.run_inside(name))


def load_tests(loader, _tests, _pattern):
    """InsideTest runs only where TwoUsersTest starts it."""
    return loader.loadTestsFromTestCase(TwoUsersTest)


if __name__ == "__main__":
    if os.environ.get(INSIDE):
        work = users.build_inside()
        try:
            unittest.main()
        finally:
            users.leave(work)
    else:
        unittest.main()
