"""A04-A07: no process of the vault can be traced, read or looked into by another user, by its own
uid, or by the root of a namespace that a user made, and none leaves a core."""
import contextlib
import ctypes
import os
import pathlib
import re
import resource
import signal
import time

import kinko
import requests
import spy
import users
from case import case, few

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000


def ways_in(pid, enter=None):
    """[way, whether it worked] of everything that spy.py knows; `enter` is called before."""
    if enter is not None:
        enter()
    return list(spy.look(pid).items())


def become_false_root():
    """root of a user namespace of its own: unshare -Urm."""
    uid, gid = os.getuid(), os.getgid()
    if users.LIBC.unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    pathlib.Path("/proc/self/setgroups").write_text("deny")
    pathlib.Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
    pathlib.Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
    assert os.getuid() == 0


def name_of(pid):
    return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()


def is_tracing(way):
    return way.startswith("PTRACE")


def look_at_all(trial, enter=None, which=lambda way: True):
    vault = trial.system_vault().start()
    pids = vault.processes()
    assert len(pids) >= 2, "kinkod has a starter"
    look_at(trial, pids, enter, which)
    if not few(False, True):
        with FrozenOpener(trial, vault) as opener:
            look_at(trial, [opener], enter, which)
            pids.append(opener)
    trial.count("processes", len(pids))
    # What looks must be able to see: these eyes see a process of the same user.
    looks = [trial.become(users.FIRST, ways_into_a_child, enter) for _ in range(3)]
    trial.control(any(all(worked for way, worked in seen if which(way) and way in SURE)
                      for seen in looks), "an ordinary process is seen")


SURE = ("process_vm_readv", "PTRACE_ATTACH", "/proc/{}/mem")


def look_at(trial, pids, enter, which):
    for pid in pids:
        for uid in users.OTHERS:
            for way, worked in trial.become(uid, ways_in, pid, enter):
                if which(way):
                    trial.attempt(worked, f"uid {uid} on {name_of(pid)}: {way}")


class FrozenOpener:
    """An opener that has begun with an original, stopped."""

    def __init__(self, trial, vault):
        self.starter = vault.processes()[1]
        self.original = trial.original("frozen.p12", owner=users.FIRST, kind="rsa-2048")

    def __enter__(self):
        for _ in range(20):  # it may be gone before it is seen
            self.user = users.start(users.FIRST, import_it, self.original)
            end, self.pid = time.monotonic() + 3, None
            while self.pid is None and time.monotonic() < end:
                self.pid = self._frozen()
            if self.pid is not None:
                return self.pid
            self.user.result()
        raise AssertionError("no opener was seen")

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGCONT)
        self.user.result()

    def _frozen(self):
        """Frozen once its limits are in force: before that it has read nothing."""
        for pid in children_of(self.starter):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGSTOP)
                if is_stopped(pid) and re.search(
                        r"Max file size +0 ", pathlib.Path(f"/proc/{pid}/limits").read_text()):
                    return pid
                os.kill(pid, signal.SIGCONT)
        return None


def is_stopped(pid):
    """Once the signal has taken effect; False for one that was ending already."""
    for _ in range(200):
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        if state in "TZX":
            return state == "T"
        time.sleep(0.0005)
    return False


def children_of(pid):
    return [int(child) for child in
            pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def import_it(original):
    with requests.greeted() as wire:
        try:
            wire.import_original(pathlib.Path(original.path).read_bytes(), original.pin)
        except kinko.WireError as failure:
            return failure.word
    return "ok"


def ways_into_a_child(enter):
    """A process of the same user, not protected at all."""
    if enter is not None:
        enter()
    child = os.fork()
    if child == 0:
        while True:
            os.sched_yield()
    try:
        return ways_in(child)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


@case("A04", "no other user traces a process of the vault", root=True, short=True)
def tracing(trial):
    look_at_all(trial, None, is_tracing)


@case("A05", "no other user reads the memory, the descriptors or anything else of a process of the "
      "vault", root=True, short=True)
def reading(trial):
    look_at_all(trial, None, lambda way: not is_tracing(way))


@case("A06", "nor does the root of a namespace that a user made", root=True, short=True)
def root_of_a_user_namespace(trial):
    if (reason := users.why_no_user_namespaces()) is not None:
        trial.cannot(reason)
    look_at_all(trial, become_false_root)


# -- A07: cores ------------------------------------------------------------------------------------

SIGNALS = ("SIGSEGV", "SIGABRT", "SIGQUIT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSYS", "SIGTRAP",
           "SIGXCPU", "SIGXFSZ")


def allow_cores():
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def cores_in(*folders):
    return [str(path) for folder in folders for path in pathlib.Path(folder).rglob("core*")
            if path.is_file()]


def die_with_a_core(folder):
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        users.LIBC.prctl(users.PR_SET_DUMPABLE, 1, 0, 0, 0)
        os.kill(os.getpid(), signal.SIGSEGV)
    os.waitpid(child, 0)
    return True


@case("A07", "a daemon or opener that is made to crash leaves no core", root=True)
def cores(trial):
    if pathlib.Path("/proc/sys/kernel/core_pattern").read_text().startswith("|"):
        trial.cannot("core_pattern is a pipe here and belongs to the whole machine")
    allow_cores()
    places = ("/var/lib/kinko", "/var/lib/kinko-anchor", "/run")
    for number, name in enumerate(SIGNALS):
        vault = trial.system_vault()
        os.makedirs("/var/lib/kinko", mode=0o700)
        os.chown("/var/lib/kinko", users.KINKO, users.KINKO)
        here = os.getcwd()
        os.chdir("/var/lib/kinko")  # where the daemon may write
        vault.start()
        os.chdir(here)
        target = vault.pid
        if number % 3 == 1:
            target = vault.processes()[1]
        if number % 3 == 2:
            with FrozenOpener(trial, vault) as opener:
                os.kill(opener, getattr(signal, name))
        else:
            os.kill(target, getattr(signal, name))
        kinko.wait_until(lambda: number % 3 == 2 or not vault.is_running(), what="the end")
        found = cores_in(*places)
        trial.attempt(bool(found), f"{name}: a core in {found}")
        with contextlib.suppress(AssertionError):  # it ended by SIGSYS, as it was told to
            vault.kill9()
    folder = trial.path("ordinary")
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    trial.become(users.FIRST, die_with_a_core, str(folder))
    trial.control(cores_in(folder), "an ordinary process leaves a core here")
    trial.figure("core_pattern", "a file; a pipe belongs to the whole machine and was not tried")
