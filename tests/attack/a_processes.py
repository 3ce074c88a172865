"""A04-A06: no process of the vault can be traced, read or looked into by another user, by its own
uid, or by the root of a namespace that a user made."""
import ctypes
import os
import pathlib

import spy
import users
from case import case

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


def look_at_all(trial, enter=None):
    vault = trial.system_vault().start()
    pids = vault.processes()
    assert len(pids) >= 2, "kinkod has a starter"
    for pid in pids:
        for uid in users.OTHERS:
            for way, worked in trial.become(uid, ways_in, pid, enter):
                trial.attempt(worked, f"uid {uid} on {name_of(pid)}: {way}")
    trial.count("processes", len(pids))
    # What looks must be able to see: these eyes see a process of the same user.
    seen = dict(trial.become(users.FIRST, ways_into_a_child, enter))
    trial.control(seen["process_vm_readv"] and seen["PTRACE_ATTACH"], "an ordinary process is seen")


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


@case("A04", "no other user traces a process of the vault, or reads its memory or descriptors",
      root=True, short=True)
def other_users(trial):
    look_at_all(trial)


@case("A06", "nor does the root of a namespace that a user made", root=True, short=True)
def root_of_a_user_namespace(trial):
    look_at_all(trial, become_false_root)
