"""Runs a program under the system call filter of a systemd unit, where no systemd runs:

    under_unit.py UNIT PROGRAM ARGUMENT...

The groups (@system-service and the like) are those that this computer's systemd knows. A call that
the unit forbids ends the process, as systemd does it.
"""
import ctypes
import functools
import os
import re
import subprocess
import sys

KILL_PROCESS, ALLOW = 0x80000000, 0x7FFF0000


@functools.lru_cache(None)
def members(group):
    said = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", group],
                          capture_output=True, text=True, check=True).stdout
    names = set()
    for line in map(str.strip, said.splitlines()):
        if line.startswith("@") and line != group:
            names |= members(line)
        elif line and not line.startswith(("#", "@")):
            names.add(line)
    return frozenset(names)


def allowed_calls(unit):
    """systemd.exec(5): lists add up in their order, those with ~ take away."""
    allowed = set(members("@default"))
    with open(unit, encoding="utf-8") as file:
        rows = re.findall(r"^SystemCallFilter=(~?)(.+)$", file.read(), re.M)
    for takes_away, words in rows:
        names = set()
        for word in words.split():
            names |= members(word) if word.startswith("@") else {word}
        allowed = allowed - names if takes_away else allowed | names
    return allowed


def confine(allowed):
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_rule_add.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int,
                                         ctypes.c_uint]
    library.seccomp_load.argtypes = [ctypes.c_void_p]
    context = library.seccomp_init(KILL_PROCESS)
    for name in sorted(allowed):
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0 and library.seccomp_rule_add(context, ALLOW, number, 0) != 0:
            sys.exit(f"no rule for {name}")
    if library.seccomp_load(context) != 0:
        sys.exit("the filter could not be loaded")


if __name__ == "__main__":
    confine(allowed_calls(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
