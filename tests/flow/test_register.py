"""kinko register and unregister: the module in the person's NSS databases, and out again."""
import contextlib
import fcntl
import os
import pathlib
import re
import shutil
import socket
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import kinko

MODULE = kinko.BIN.parent / "lib" / "kinko-pkcs11.so"
# Some other module that every NSS has: the list of public authorities.
ROOTS = list(pathlib.Path("/usr/lib").glob("*/libnssckbi.so"))
MISSING = [name for name in ("certutil", "modutil") if shutil.which(name) is None]
JAPANESE = "ja_JP.UTF-8"


def programs():
    """Where kinko and its module lie. modutil gets nothing of our environment, so a sanitized
    module could not be loaded by it: then another module stands beside kinko under its name."""
    if b"__asan_init" not in MODULE.read_bytes():
        return kinko.BIN.parent, None
    folder = tempfile.TemporaryDirectory(prefix="kinko-programs-")
    for name in ("bin", "lib"):
        (pathlib.Path(folder.name) / name).mkdir()
    shutil.copy(kinko.program("kinko"), pathlib.Path(folder.name) / "bin")
    shutil.copy(ROOTS[0], pathlib.Path(folder.name) / "lib" / MODULE.name)
    (pathlib.Path(folder.name) / "share").symlink_to(kinko.BIN.parent / "share")
    return pathlib.Path(folder.name), folder


@unittest.skipIf(MISSING, f"not installed: {' '.join(MISSING)}")
@unittest.skipUnless(ROOTS, "not installed: libnss3")
class RegisterTest(kinko.FlowTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.programs, folder = programs()
        if folder is not None:
            cls.addClassCleanup(folder.cleanup)
        cls.module = str(cls.programs / "lib" / MODULE.name)

    def setUp(self):
        super().setUp()
        self.home = self.path("home")
        self.home.mkdir()

    # -- given ---------------------------------------------------------------------------------

    def database(self, place):
        folder = self.home / place
        folder.mkdir(parents=True)
        self.tool("certutil", "-N", "-d", f"sql:{folder}", "--empty-password")
        return folder

    def firefox(self, *profiles):
        top = self.home / ".mozilla/firefox"
        folders = [self.database(f".mozilla/firefox/{name}") for name in profiles]
        (top / "profiles.ini").write_text("".join(
            f"[Profile{number}]\nName={name}\nIsRelative=1\nPath={name}\n\n"
            for number, name in enumerate(profiles)))
        return folders

    def tool(self, *arguments):
        result = kinko.run(arguments, env=kinko.environment())
        self.assertEqual(result.exit, 0, result)
        return result

    def command(self, *arguments, language="C.UTF-8", preexec=None):
        return kinko.run([self.programs / "bin/kinko", *arguments], preexec=preexec,
                         env=kinko.environment(language, HOME=str(self.home)))

    def results(self, *arguments, exit_code=0):
        result = self.command("--json", *arguments)
        self.assertEqual(result.exit, exit_code, result)
        return {row["path"]: row["result"] for row in result.json["databases"]}

    def modules(self, folder):
        """Name and library of each module of a database, as NSS's own program lists them."""
        text = self.tool("modutil", "-list", "-dbdir", f"sql:{folder}").out
        return re.findall(r"^ +\d+\. (.+)\n(?:\s+library name: (.+))?", text, re.M)

    def is_entered(self, folder):
        return ("Kinko", self.module) in self.modules(folder)

    # -- what happens --------------------------------------------------------------------------

    def test_it_enters_the_module_everywhere_and_takes_it_back(self):
        places = [*self.firefox("abc.default", "日本語 の.profile"), self.database(".pki/nssdb"),
                  self.database(".local/share/pki/nssdb")]
        before = {place: (place / "pkcs11.txt").read_bytes() for place in places}
        self.assertEqual(self.results("register", "--yes"),
                         {str(place): "registered" for place in places})
        for place in places:
            self.assertTrue(self.is_entered(place), place)
        self.assertEqual(self.results("register", "--yes"),
                         {str(place): "already-there" for place in places})
        self.assertEqual(self.results("unregister", "--yes"),
                         {str(place): "removed" for place in places})
        for place in places:
            self.assertFalse(self.is_entered(place), place)
            self.assertEqual((place / "pkcs11.txt").read_bytes(), before[place])
        self.assertEqual(self.results("unregister", "--yes"),
                         {str(place): "not-there" for place in places})

    def test_other_modules_certificates_and_keys_stay(self):
        place = self.database(".pki/nssdb")
        self.tool("modutil", "-dbdir", f"sql:{place}", "-add", "Other", "-libfile", ROOTS[0],
                  "-force")
        kept = {name: (place / name).read_bytes() for name in ("cert9.db", "key4.db")}
        for word in ("register", "unregister"):
            self.results(word, "--yes")
            self.assertIn(("Other", str(ROOTS[0])), self.modules(place))
            self.assertEqual({name: (place / name).read_bytes() for name in kept}, kept)

    def test_an_entry_made_by_hand_counts_and_a_stale_one_is_renewed(self):
        place = self.database(".pki/nssdb")
        self.tool("modutil", "-dbdir", f"sql:{place}", "-add", "by hand", "-libfile", self.module,
                  "-force")
        self.assertEqual(self.results("register"), {str(place): "already-there"})
        text = (place / "pkcs11.txt").read_text()
        (place / "pkcs11.txt").write_text(text.replace(self.module, f"/gone/{MODULE.name}"))
        self.assertEqual(self.results("register", "--yes"), {str(place): "registered"})
        self.assertTrue(self.is_entered(place))
        self.assertNotIn("/gone/", (place / "pkcs11.txt").read_text())
        self.assertEqual(self.results("unregister", "--yes"), {str(place): "removed"})

    def test_nothing_is_changed_without_a_yes(self):
        place = self.database(".pki/nssdb")
        before = (place / "pkcs11.txt").read_bytes()
        result = self.command("register")
        self.assertEqual(result.exit, 2, result)
        self.assertIn("--yes", result.err)
        self.assertIn(str(place), result.err)
        environment = kinko.environment(HOME=str(self.home))
        program = str(self.programs / "bin/kinko")
        with kinko.Terminal([program, "register"], environment) as terminal:
            terminal.expect(f"{place} +the module will be entered")
            terminal.expect(r"\[y/N\]")
            terminal.type("n")
            self.assertEqual(terminal.exit(), 1)
        self.assertEqual((place / "pkcs11.txt").read_bytes(), before)
        with kinko.Terminal([program, "register"], environment) as terminal:
            terminal.expect(r"\[y/N\]")
            terminal.type("y")
            self.assertEqual(terminal.exit(), 0)
        self.assertTrue(self.is_entered(place))

    def test_no_database_is_made(self):
        result = self.command("register", "--yes")
        self.assertEqual(result.exit, 0, result)
        self.assertIn("start Firefox", result.out)
        self.assertEqual(list(self.home.iterdir()), [])
        self.assertIn("一度起動する", self.command("register", "--yes", language=JAPANESE).out)

    def test_a_named_folder_is_the_only_one_and_must_be_a_database(self):
        named, other = self.path("own"), self.database(".pki/nssdb")
        named.mkdir()
        result = self.command("--json", "register", "--nss", named, "--yes")
        self.assertEqual((result.exit, result.code), (5, "not-found"), result)
        self.assertIn(f"certutil -N -d sql:{named}", result.json["error"]["advice"])
        self.tool("certutil", "-N", "-d", f"sql:{named}", "--empty-password")
        self.assertEqual(self.results("register", "--nss", named, "--yes"),
                         {str(named): "registered"})
        self.assertFalse(self.is_entered(other))

    def test_a_profile_in_use_is_left_alone(self):
        used, free = self.firefox("used.default", "free.default")
        with (used / ".parentlock").open("w") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX)  # as Firefox does while it runs
            self.assertEqual(self.results("register", "--yes", exit_code=1),
                             {str(used): "in-use", str(free): "registered"})
            self.assertFalse(self.is_entered(used))
            text = self.command("register", "--yes", language=JAPANESE)
            self.assertIn("使用中です", text.out)
        self.assertEqual(self.results("register", "--yes"),
                         {str(used): "registered", str(free): "already-there"})

    def test_chromiums_databases_are_left_alone_while_it_runs(self):
        place = self.database(".pki/nssdb")
        lock = self.home / ".config/chromium/SingletonLock"
        lock.parent.mkdir(parents=True)
        lock.symlink_to(f"{socket.gethostname()}-{os.getpid()}")
        self.assertEqual(self.results("register", "--yes", exit_code=1), {str(place): "in-use"})
        lock.unlink()
        lock.symlink_to(f"{socket.gethostname()}-{gone_process()}")
        self.assertEqual(self.results("register", "--yes"), {str(place): "registered"})

    def test_what_cannot_be_read_is_left_alone(self):
        place = self.database(".pki/nssdb")
        (place / "pkcs11.txt").unlink()
        (place / "pkcs11.txt").mkdir()
        self.assertEqual(self.results("register", "--yes", exit_code=1), {str(place): "unreadable"})

    @unittest.skipUnless(os.geteuid() == 0, "needs root: it gives a home folder away")
    def test_root_makes_no_file_in_another_users_home(self):
        place = self.database(".pki/nssdb")
        before = (place / "pkcs11.txt").read_bytes()
        for path in (self.home, *self.home.rglob("*")):
            os.chown(path, 61001, 61001)
        result = self.command("--json", "register", "--yes")
        self.assertEqual((result.exit, result.code), (1, "home-foreign"), result)
        self.assertIn("sudo", result.json["error"]["advice"])
        self.assertEqual((place / "pkcs11.txt").read_bytes(), before)
        # A home of one's own with somebody else's database in it.
        os.chown(self.home, 0, 0)
        self.assertEqual(self.results("register", "--yes", exit_code=1), {str(place): "foreign"})
        self.assertEqual((place / "pkcs11.txt").read_bytes(), before)
        self.assertEqual({path.stat().st_uid for path in place.iterdir()}, {61001})

    def test_a_module_that_cannot_be_loaded_is_not_entered(self):
        place = self.database(".pki/nssdb")
        broken = self.path("broken")
        for name in ("bin", "lib"):
            (broken / name).mkdir(parents=True)
        shutil.copy(kinko.program("kinko"), broken / "bin")
        result = kinko.run([broken / "bin/kinko", "--json", "register", "--yes"],
                           env=kinko.environment(HOME=str(self.home)))
        self.assertEqual((result.exit, result.code), (1, "program-missing"), result)
        (broken / "lib" / MODULE.name).write_text("no module")
        result = kinko.run([broken / "bin/kinko", "--json", "register", "--yes"],
                           env=kinko.environment(HOME=str(self.home)))
        self.assertEqual(result.exit, 1, result)
        self.assertEqual([row["result"] for row in result.json["databases"]], ["failed"])
        result = kinko.run([broken / "bin/kinko", "register", "--yes"],
                           env=kinko.environment(HOME=str(self.home)))
        self.assertRegex(result.err, r"\(modutil: .*Failed to add module")
        self.assertIn("could not be changed", result.out)
        self.assertEqual(len(self.modules(place)), 1)

    def test_strange_profile_lists_do_no_harm(self):
        top = self.home / ".mozilla/firefox"
        top.mkdir(parents=True)
        for text in (b"", b"Path=", b"Path=../../../../etc\n", b"\xff\xfePath=\n\0" * 50,
                     b"Path=" + b"x" * 5000 + b"\n", b"[Profile0]\r\nPath=a\r\n",
                     b"Path=a\n" * 10000):
            (top / "profiles.ini").write_bytes(text)
            self.assertEqual(self.results("register", "--yes"), {})
        (top / "profiles.ini").unlink()
        (top / "profiles.ini").symlink_to("profiles.ini")
        self.assertEqual(self.results("register", "--yes"), {})


def gone_process():
    """The number of a process that has ended."""
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            os._exit(0)
    os.waitpid(pid, 0)
    return pid
