"""./run install and ./run uninstall, in a throw-away root: namespaces of their own, with a copy of
/etc and nothing in /usr/local, /var/lib and /run. A user of the computer works with what was
installed; what is left afterwards is what the words said.
"""
import os
import pathlib
import pwd
import re
import shutil
import stat
import subprocess
import sys

import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import kinko
import users

INSIDE = "KINKO_TEST_INSIDE"
PROGRAMS = pathlib.Path("/usr/local/bin")
VAULT_FOLDERS = ("/var/lib/kinko", "/var/lib/kinko-anchor")
SEEN = ("/usr/local", "/etc", "/var/lib", "/run")
# What useradd and userdel keep for themselves.
NOT_OURS = re.compile(r"/etc/(\.pwd\.lock|(passwd|shadow|group|gshadow|subuid|subgid)-)")
JAPANESE = "ja_JP.UTF-8"


def everything():
    """Every file, by its kind, owner and contents; times aside."""
    seen = {}
    for top in SEEN:
        for folder, folders, files in os.walk(top):
            for name in (*folders, *files):
                path = os.path.join(folder, name)
                if not NOT_OURS.fullmatch(path):
                    seen[path] = facts_of(path)
    return seen


def facts_of(path):
    status = os.lstat(path)
    content = pathlib.Path(path).read_bytes() if stat.S_ISREG(status.st_mode) else b""
    return status.st_mode, status.st_uid, status.st_gid, content


def packaging(script, *arguments, language="C.UTF-8"):
    done = kinko.run([kinko.ROOT / "packaging" / script, *arguments], env=kinko.environment(language))
    if done.exit != 0:
        raise AssertionError(done)
    return done


def install(language="C.UTF-8"):
    return packaging("install.sh", kinko.BUILD, language=language)


class InsideTest(kinko.FlowTest):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)
        kinko.BIN = PROGRAMS
        self.daemon = None

    def start(self):
        self.daemon = self.adopt(users.SystemVault())
        self.daemon.start()
        return self.daemon

    def stop(self):
        self.assertEqual(self.daemon.stop(), 0, self.daemon.stderr)

    def as_user(self, *words, pins=None):
        return self.daemon.kinko(users.FIRST, *words, pins=pins)

    def assert_all_there(self, said):
        places = re.findall(r"^  (/\S+)", said, re.M)
        self.assertGreater(len(places), 8, said)
        for place in places:
            if place != "/run/kinko":  # "while it runs"
                self.assertTrue(os.path.lexists(place), place)

    def owner_names(self, folder):
        return {pathlib.Path(top, name).lstat().st_uid
                for top, folders, files in os.walk(folder) for name in (".", *folders, *files)}

    def test_from_install_to_purge(self):
        before = everything()
        self.check_install()
        original = self.make_original("one.p12", kind="p-256")
        os.chown(original.path, users.FIRST, users.FIRST)
        self.check_daily_use(original)
        self.check_uninstall_keeps_the_vault()
        self.check_reinstall_finds_it(original)
        said = packaging("uninstall.sh", "--purge").out
        for folder in (*VAULT_FOLDERS, "/etc/kinko"):
            self.assertIn(f"removed: {folder}\n", said)
        after = everything()
        self.assertEqual([path for path in {*before, *after} if before.get(path) != after.get(path)],
                         [])

    def check_install(self):
        said = install().out
        self.assert_all_there(said)
        self.assertIn("kinko status", said)
        account = pwd.getpwnam("kinko")
        self.assertEqual(account.pw_shell, "/usr/sbin/nologin")
        self.assertEqual(stat.S_IMODE(os.stat("/etc/kinko/host.key").st_mode), 0o400)
        again = install(JAPANESE).out
        self.assertIn("既にあります", again)
        self.assertEqual([line for line in again.splitlines() if not re.search("[ぁ-んァ-ン一-龠]", line)],
                         [], "a line without Japanese")

    def check_daily_use(self, original):
        self.start()
        result = self.as_user("import", original.path, pins=[original.pin])
        self.assertEqual(result.exit, 0, result)
        self.assertEqual(self.as_user("pin", pins=[original.pin, "newpin123"]).exit, 0)
        self.assertEqual(self.ids(), [original.id])
        self.check_status()
        self.stop()

    def ids(self):
        return [entry["id"] for entry in self.as_user("list").json["certificates"]]

    def check_status(self):
        """Everything that was installed is named to its users, with how to remove it."""
        told = self.as_user("status").json
        self.assertEqual({row["name"]: row["detail"] for row in told["footprint"] if row["exists"]}, {
            "user": "kinko", "socket": "/run/kinko/vault.sock", "state": "/var/lib/kinko",
            "anchor": "/var/lib/kinko-anchor", "host-key": "/etc/kinko/host.key",
            "policy": "/etc/kinko/policy.conf", "settings": "/etc/kinko/kinko.conf",
            "program": "/usr/local/bin/kinkod",
            "opener": "/usr/local/libexec/kinko/kinko-opener",
            "command": "/usr/local/bin/kinko", "module": "/usr/local/lib/kinko-pkcs11.so",
            "registration": "/etc/pkcs11/modules/kinko.module",
            "sentences": "/usr/local/share/locale"})
        self.assertIn("./run uninstall", told["removal"])
        self.assertIn(told["vault"]["binding"], ("host", "tpm"))

    def check_uninstall_keeps_the_vault(self):
        said = packaging("uninstall.sh").out
        for folder in (*VAULT_FOLDERS, "/etc/kinko"):
            self.assertRegex(said, rf"kept: +{folder}\n")
        for place in re.findall(r"removed: (/\S+)", said):
            self.assertFalse(os.path.lexists(place), place)
        self.assertEqual(list(pathlib.Path("/usr/local").rglob("*kinko*")), [])
        self.assertEqual(users.become_as_is(is_user, "kinko"), False)
        for folder in VAULT_FOLDERS:  # nobody's who gets the number next
            self.assertEqual(self.owner_names(folder), {0})
            self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)

    def check_reinstall_finds_it(self, original):
        self.assertIn("(was there)", install().out)
        self.start()
        self.assertEqual(self.ids(), [original.id])
        self.assertEqual(self.as_user("pin", pins=["newpin123", "another12"]).exit, 0)
        self.assertIn("kinkod is running", self.refused("uninstall.sh"))
        self.stop()

    def refused(self, script, *arguments):
        done = kinko.run([kinko.ROOT / "packaging" / script, *arguments], env=kinko.environment())
        self.assertNotEqual(done.exit, 0)
        return done.err

    def test_only_the_administrator_installs(self):
        copy = shutil.copytree(kinko.ROOT / "packaging", self.path("packaging"))

        def run(script):
            done = subprocess.run([copy / script], env=kinko.environment(), capture_output=True,
                                  check=False)
            return done.returncode, done.stderr.decode()

        for script in ("install.sh", "uninstall.sh"):
            code, said = users.become(users.FIRST, run, script)
            self.assertEqual(code, 1)
            self.assertIn("./run " + script.removesuffix(".sh"), said)


def is_user(name):
    return subprocess.run(["getent", "passwd", name], capture_output=True, check=False).returncode == 0


def why_not():
    if users.why_not() is not None:
        return users.why_not()
    if not (kinko.BUILD / "cmake_install.cmake").exists():
        return f"{kinko.BUILD} is no build folder"
    return None


@unittest.skipIf(why_not() is not None, why_not())
class InstallTest(unittest.TestCase):
    """Each test of InsideTest, run in namespaces of its own."""

    def run_inside(self, name):
        done = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--propagation", "private",
             sys.executable, __file__, f"InsideTest.{name}"],
            env={**os.environ, INSIDE: "1"}, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, "\n" + done.stderr.decode())
        self.assertRegex(done.stderr.decode(), r"Ran 1 test")


for inside_name in unittest.defaultTestLoader.getTestCaseNames(InsideTest):
    setattr(InstallTest, inside_name, lambda self, name=inside_name: self.run_inside(name))


def load_tests(loader, _tests, _pattern):
    """InsideTest runs only where InstallTest starts it."""
    return loader.loadTestsFromTestCase(InstallTest)


def build_inside():
    """The users' namespace, without the user kinko and without anything in /usr/local."""
    work = users.build_inside()
    for name in ("passwd", "group"):
        path = pathlib.Path("/etc", name)
        path.write_text("".join(line for line in path.read_text().splitlines(True)
                                if not line.startswith("kinko:")))
    os.rmdir("/etc/kinko")
    users.mount("-t", "tmpfs", "-o", "mode=0755", "none", "/usr/local")
    for name in ("bin", "lib", "sbin", "share"):  # as a fresh Debian has it
        pathlib.Path("/usr/local", name).mkdir()
    return work


if __name__ == "__main__":
    if os.environ.get(INSIDE):
        inside = build_inside()
        try:
            unittest.main()
        finally:
            users.leave(inside)
    else:
        unittest.main()
