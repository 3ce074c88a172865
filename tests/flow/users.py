"""The system's vault with users of its own: a mount namespace (and, with `unshare --pid`, processes)
where nothing of this computer's /etc, /run or /var is touched.

build_inside() is called in the new namespace, as root. It also copies the programs to a place that
every user may enter, wherever the checkout lies.
"""
import ctypes
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time
import traceback

import kinko

KINKO, FIRST, SECOND, ADMINISTRATOR, NOBODY = 61990, 61001, 61002, 61003, 65534
LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_DUMPABLE = 4
# Everybody who must not get at the vault: its users, nobody, and the vault's own uid.
OTHERS = (FIRST, SECOND, KINKO, NOBODY)
NAMES = (("kinko", KINKO), ("kinko-u1", FIRST), ("kinko-u2", SECOND), ("kinko-admin", ADMINISTRATOR))
PLACES = ("/etc/kinko", "/var/lib/kinko", "/var/lib/kinko-anchor", "/run/kinko")


def why_not():
    """None, or why this cannot run here."""
    if os.geteuid() != 0:
        return "needs root: it makes users in a mount namespace of its own"
    tried = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/run"],
                           capture_output=True, check=False)
    if tried.returncode != 0:
        return f"no mount namespace here: {tried.stderr.decode().strip()}"
    return None


def mount(*arguments):
    subprocess.run(["mount", *[str(argument) for argument in arguments]], check=True)


def build_inside():
    """A copy of /etc with the users, an own /run and /var/lib, the programs within reach."""
    work = pathlib.Path(tempfile.mkdtemp(prefix="kinko-users-"))
    mount("-t", "tmpfs", "-o", "mode=0755", "none", work)
    shutil.copytree("/etc", work / "etc", symlinks=True)
    for name in ("passwd", "group"):
        path = work / "etc" / name
        text = "".join(line for line in path.read_text().splitlines(True)
                       if not line.startswith("kinko"))
        for user, uid in NAMES:
            text += (f"{user}:x:{uid}:{uid}::/nonexistent:/usr/sbin/nologin\n"
                     if name == "passwd" else f"{user}:x:{uid}:\n")
        path.write_text(text)
    (work / "etc/kinko").mkdir(exist_ok=True)
    mount("--bind", work / "etc", "/etc")
    for place in ("/run", "/var/lib"):
        mount("-t", "tmpfs", "-o", "mode=0755", "none", place)
    copy_programs(work / "programs")
    return work


def copy_programs(to):
    """bin/, lib/ and share/ beside each other, as they were built."""
    to.mkdir(mode=0o755)
    shutil.copytree(kinko.BIN, to / "bin")
    for name in ("lib", "share"):
        if (kinko.BIN.parent / name).is_dir():
            shutil.copytree(kinko.BIN.parent / name, to / name)
    with_tpm = kinko.BUILD / "tests/kinkod-swtpm"
    if with_tpm.exists():
        shutil.copy(with_tpm, to / "bin")
    kinko.BIN = to / "bin"


def leave(work):
    subprocess.run(["umount", "--lazy", work], check=False)
    work.rmdir()


def empty_places():
    for place in PLACES:
        if not os.path.isdir(place):
            continue
        for path in pathlib.Path(place).iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        if place != "/etc/kinko":
            os.rmdir(place)


def as_user(uid, groups=()):
    """For preexec_fn, or in a forked child."""
    def now():
        os.setgroups(list(groups))
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    return now


class UserFailed(AssertionError):
    """What was done as another user ended in an exception; its trace is the text."""


class Started:
    """A function that runs as another user in a process of its own."""

    def __init__(self, become_user, function, arguments):
        reader, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(reader)
            _run_and_tell(writer, become_user, function, arguments)
        os.close(writer)
        self._said = os.fdopen(reader, "rb")

    def result(self, timeout=None):
        """What it returned (anything of JSON). One that is late is ended: None."""
        with self._said as said:
            answer = _read_all(said, timeout or kinko.PATIENCE)
        _end(self.pid)
        if not answer:
            return None
        if "trace" in (told := json.loads(answer)):
            raise UserFailed(told["trace"])
        return told["result"]


def _run_and_tell(writer, become_user, function, arguments):
    code = 1
    try:
        become_user()
        LIBC.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # as any program is that this user starts
        said = json.dumps({"result": function(*arguments)})
        code = 0
    except BaseException:  # whatever it was, the parent has to hear of it
        said = json.dumps({"trace": traceback.format_exc()})
    finally:
        with os.fdopen(writer, "w") as out:
            out.write(said)
        os._exit(code)


def start(uid, function, *arguments, groups=()):
    return Started(as_user(uid, groups), function, arguments)


def become(uid, function, *arguments, groups=(), timeout=None):
    """Calls the function as that user, in a child; returns its result."""
    return start(uid, function, *arguments, groups=groups).result(timeout)


def become_as_is(function, *arguments):
    """In a child that is still the same user."""
    return Started(lambda: None, function, arguments).result()


def _read_all(file, seconds):
    end, whole = time.monotonic() + seconds, b""
    while (left := end - time.monotonic()) > 0:
        if not select.select([file], [], [], left)[0]:
            break
        part = os.read(file.fileno(), 1 << 20)
        if part == b"":
            return whole
        whole += part
    return b""


def _end(child):
    """It has answered, or it is late."""
    for _ in range(50):
        if os.waitpid(child, os.WNOHANG)[0] != 0:
            return
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


class SystemVault(kinko.Daemon):
    """The vault of the user kinko, on its fixed socket."""

    def __init__(self):
        super().__init__([])
        self.socket = "/run/kinko/vault.sock"

    def kinko(self, uid, *arguments, pins=None, groups=(), env=None):
        return kinko.run([kinko.program("kinko"), "--json", *arguments], pins=pins,
                         env=env or kinko.environment(), preexec=as_user(uid, groups))

    def imported(self, uid, original):
        """Put in by its owner."""
        result = self.kinko(uid, "import", original.path, pins=[original.pin])
        if result.exit != 0:
            raise AssertionError(result)
        return original

    def processes(self):
        """The daemon and all that descends from it."""
        parents = {pid: parent_of(pid) for pid in map(int, filter(str.isdigit, os.listdir("/proc")))}
        found = [self.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found


def parent_of(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return -1
    return int(stat.rsplit(")", 1)[1].split()[1])


def why_no_user_namespaces():
    """None, or why an ordinary user makes none here (a container or chroot may forbid them)."""
    tried = subprocess.run(["unshare", "--user", "--map-root-user", "--mount", "true"],
                           preexec_fn=as_user(FIRST), capture_output=True, check=False)
    if tried.returncode == 0:
        return None
    return "no user namespaces here: " + tried.stderr.decode().strip()
