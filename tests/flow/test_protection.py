"""How the running processes are protected: what status says, what the kernel says, and what others
can do to them.
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import kinko
import reach

HERE = pathlib.Path(__file__).parent
UNIT = reach.reachable(kinko.ROOT / "packaging/kinkod.service")
SPY = reach.reachable(HERE / "spy.py")
USER, OTHER, NOBODY = 61011, 61012, 65534
PYTHON = "/usr/bin/python3"
OF_A_PROCESS = ("secrets-locked-in-memory", "keys-in-secure-heap", "memory-unreadable",
                "no-core-dump", "no-capabilities", "no-new-privileges", "no-new-code",
                "syscall-filter", "file-access-limits", "no-network", "environment-ignored")


def is_sanitized():
    return b"__asan_init" in pathlib.Path(kinko.program("kinkod")).read_bytes()


def needs_release(test):
    return unittest.skipIf(is_sanitized(), "the sanitizers' build lets pass; "
                           "the same test runs on the release programs")(test)


def facts(pid):
    return dict(re.findall(r"^(\w+):\t(.*)$", pathlib.Path(f"/proc/{pid}/status").read_text(),
                           re.M))


def children(pid):
    return [int(child) for child in
            pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class StatusTest(kinko.FlowTest):
    def protections(self, vault):
        return {row["name"]: row for row in vault.json("status").json["protections"]}

    def test_every_protection_of_the_process_is_told(self):
        told = self.protections(self.start_vault())
        for name in OF_A_PROCESS:
            self.assertIn(name, told)
            self.assertIsInstance(told[name]["on"], bool)

    @needs_release
    def test_every_protection_of_the_process_is_on(self):
        told = self.protections(self.start_vault())
        off = [name for name in OF_A_PROCESS if not told[name]["on"]]
        self.assertEqual(off, [])
        self.assertRegex(told["file-access-limits"]["detail"], r"^landlock abi [1-9]")
        self.assertEqual(told["syscall-filter"]["detail"], "seccomp")

    @needs_release
    def test_the_kernel_says_the_same_of_daemon_and_starter(self):
        vault = self.start_vault()
        starter, = children(vault.pid)
        for pid in (vault.pid, starter):
            told = facts(pid)
            self.assertEqual(told["Seccomp"], "2", pid)
            self.assertEqual(told["NoNewPrivs"], "1", pid)
            for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
                self.assertEqual(int(told[kind], 16), 0, (pid, kind))

    @reach.needs_root
    def test_started_by_root_it_has_a_network_of_its_own_with_nothing_in_it(self):
        vault = self.start_vault()
        for pid in (vault.pid, *children(vault.pid)):
            self.assertNotEqual(os.readlink(f"/proc/{pid}/ns/net"),
                                os.readlink("/proc/self/ns/net"))
            lines = pathlib.Path(f"/proc/{pid}/net/dev").read_text().splitlines()[2:]
            self.assertEqual([line.split(":")[0].strip() for line in lines], ["lo"])


class LifeUnderConfinementTest(kinko.FlowTest):
    def test_names_never_heard_before_are_read_on_a_hang_up(self):
        vault = self.start_vault()
        vault.set_policy(vault={"users": "daemon, root", "groups": "games"})
        vault.reload()
        self.assertIn("the policy was read again", vault.stderr)
        vault.set_policy(vault={"users": "nobody-of-this-name"})
        vault.reload()
        self.assertIn("was not read again", vault.stderr)
        self.assertTrue(vault.is_running())

    def test_a_policy_that_replaces_the_old_file_is_read(self):
        vault = self.start_vault()
        fresh = vault.folder / "fresh"
        fresh.write_text("[pin]\ntries = 3\n")
        fresh.rename(vault.folder / "policy.conf")
        vault.reload()
        self.assertIn("the policy was read again", vault.stderr)

    def test_a_stop_removes_the_socket(self):
        vault = self.start_vault()
        self.assertEqual(vault.stop(), 0)
        self.assertFalse(vault.socket.exists())

    @needs_release
    def test_a_program_in_the_openers_place_that_does_more_is_ended(self):
        """ls asks for more than an opener may; nothing but that import fails."""
        programs = self.path("programs")
        programs.mkdir()
        shutil.copy(kinko.program("kinkod"), programs / "kinkod")
        shutil.copy("/bin/ls", programs / "kinko-opener")
        vault = self.vault()
        vault.arguments[0] = str(programs / "kinkod")
        vault.start()
        original = self.make_original()
        for _ in range(3):
            with vault.connect() as wire, self.assertRaises(kinko.WireError) as failed:
                wire.hello().import_original(original.path.read_bytes(), original.pin)
            self.assertEqual(failed.exception.word, "opener-failed")
        self.assertEqual(vault.certificates(), [])
        self.assertTrue(vault.is_running())


@reach.needs_root
class SpyTest(kinko.FlowTest):
    """Others, and the same user, try to read a running vault of an ordinary user."""

    def given_vault_of_user(self):
        self.folder.chmod(0o755)
        home = self.path("home")
        home.mkdir()
        os.chown(home, USER, USER)
        vault = self.vault("home/vault")
        vault.arguments = as_user(USER) + vault.arguments
        vault.start()
        return vault

    def spy(self, pid, *how):
        done = subprocess.run([*how, PYTHON, SPY, str(pid)], capture_output=True,
                              text=True, check=False, env=kinko.environment())
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def processes(self, vault):
        return [vault.pid, *children(vault.pid)]

    def test_neither_the_same_user_nor_another_can_read_it(self):
        vault = self.given_vault_of_user()
        self.assertEqual(len(self.processes(vault)), 2)
        for pid in self.processes(vault):
            for uid in (USER, OTHER, NOBODY):
                with self.subTest(pid=pid, uid=uid):
                    self.assertEqual(self.spy(pid, *as_user(uid)), [])

    def test_the_root_of_a_user_namespace_cannot_either(self):
        inside = ("unshare", "--user", "--map-root-user", "--mount")
        tried = subprocess.run([*as_user(USER), *inside, "true"], capture_output=True, check=False)
        if tried.returncode != 0:
            self.skipTest("no user namespaces here: " + tried.stderr.decode().strip())
        vault = self.given_vault_of_user()
        for pid in self.processes(vault):
            self.assertEqual(self.spy(pid, *as_user(USER), *inside), [])

    def test_a_process_without_protection_is_read_in_every_way(self):
        """Or the spy proves nothing."""
        victim = subprocess.Popen([*as_user(USER), "sleep", "600"])
        self.addCleanup(victim.wait)
        self.addCleanup(victim.kill)
        kinko.wait_until(lambda: facts(victim.pid)["Name"] == "sleep", what="sleep")
        ways = self.spy(victim.pid, *as_user(USER))
        for way in ("/proc/{}/mem", "/proc/{}/maps", "/proc/{}/environ", "/proc/{}/fd",
                    "process_vm_readv", "pidfd_getfd", "kcmp", "PTRACE_ATTACH", "PTRACE_SEIZE"):
            self.assertIn(way, ways)

    def test_a_crash_leaves_no_picture_of_it(self):
        vault = self.given_vault_of_user()
        limits = pathlib.Path(f"/proc/{vault.pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size\s+0\s+0\s")
        vault.process.send_signal(signal.SIGQUIT)
        status = vault.process.wait(kinko.PATIENCE)
        self.assertEqual(status, -signal.SIGQUIT)
        self.assertEqual([path for path in self.folder.rglob("core*") if path.is_file()], [])


class OpenerTest(kinko.FlowTest):
    """An opener that waits for its job, as a front end starts it."""

    def given_opener(self, *how):
        opener = subprocess.Popen([*how, kinko.program("kinko-opener")], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={})
        for ended in (opener.stdin.close, opener.stdout.close, opener.wait, opener.kill):
            self.addCleanup(ended)
        kinko.wait_until(lambda: facts(opener.pid)["Seccomp"] == "2", what="its confinement")
        return opener

    def test_it_may_cost_little_and_make_nothing(self):
        opener = self.given_opener()
        self.assertEqual(facts(opener.pid)["NoNewPrivs"], "1")
        limits = pathlib.Path(f"/proc/{opener.pid}/limits").read_text()
        for what, limit in (("core file size", 0), ("file size", 0), ("processes", 0),
                            ("open files", 8)):
            self.assertRegex(limits, rf"Max {what}\s+{limit}\s+{limit}\s")
        self.assertRegex(limits, r"Max cpu time\s+5\s+6\s")

    @needs_release
    def test_its_memory_is_limited(self):
        limits = pathlib.Path(f"/proc/{self.given_opener().pid}/limits").read_text()
        self.assertRegex(limits, rf"Max address space\s+{256 << 20}\s")

    @reach.needs_root
    def test_nobody_can_read_it(self):
        opener = self.given_opener(*as_user(USER))
        for uid in (USER, NOBODY):
            done = subprocess.run([*as_user(uid), PYTHON, SPY, str(opener.pid)],
                                  capture_output=True, text=True, check=True,
                                  env=kinko.environment())
            self.assertEqual(done.stdout, "")


def as_user(uid):
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--inh-caps=-all"]


class UnitTest(kinko.FlowTest):
    def setUp(self):
        super().setUp()
        if shutil.which("systemd-analyze") is None:
            self.skipTest("there is no systemd-analyze")

    def test_the_unit_is_hardly_exposed(self):
        done = subprocess.run([kinko.ROOT / ".ci/unit.sh"], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"exposure level for kinkod.service: 0\.\d")

    @needs_release
    @reach.needs_root
    def test_a_whole_day_fits_under_the_filter_of_the_unit(self):
        """As an ordinary user without capabilities, as the unit starts it."""
        self.folder.chmod(0o755)
        home = self.path("home")
        home.mkdir()
        os.chown(home, USER, USER)
        vault = self.vault("home/vault")
        vault.arguments = [*as_user(USER), "--bounding-set=-all", "--no-new-privs", PYTHON,
                           reach.reachable(HERE / "under_unit.py"), UNIT, *vault.arguments]
        vault.start()
        self.assertEqual(facts(vault.pid)["Seccomp_filters"], "2")
        original = self.make_original()
        os.chown(original.path, USER, USER)
        user = self.client_of(vault)
        self.assertEqual(user("import", original.path, pins=[original.pin]).exit, 0)
        self.assertEqual(user("pin", pins=[original.pin, "other12345"]).exit, 0)
        self.assertEqual(user("pin", pins=["wrong12345", "other12345"]).exit, 3)
        self.assertEqual(user("delete", original.id, "--yes", "--no-original").exit, 0)
        vault.reload()
        self.assertEqual(vault.stop(), 0)

    def client_of(self, vault):
        def ask(*arguments, pins=None):
            become = lambda: (os.setgroups([]), os.setresgid(USER, USER, USER),
                              os.setresuid(USER, USER, USER))
            return kinko.run([kinko.program("kinko"), *arguments], pins=pins, preexec=become,
                             env=vault.client_environment())
        return ask


class BinariesTest(unittest.TestCase):
    @needs_release
    def test_the_programs_are_hardened_and_only_the_opener_can_write_keys(self):
        done = subprocess.run([kinko.ROOT / ".ci/binaries.sh", kinko.BIN], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    @needs_release
    def test_the_look_at_them_finds_a_parser_in_the_wrong_place(self):
        import tempfile
        with tempfile.TemporaryDirectory() as folder:
            for name in ("kinko", "kinko-opener"):
                shutil.copy(kinko.program(name), folder)
            shutil.copy(kinko.program("kinko-opener"), pathlib.Path(folder, "kinkod"))
            done = subprocess.run([kinko.ROOT / ".ci/binaries.sh", folder], capture_output=True,
                                  text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("kinkod: it links what only kinko-opener may", done.stderr)


if __name__ == "__main__":
    unittest.main()
