"""The weakened builds: what must make which case fall.

Each row is one small edit of a copy of the sources (twin.py makes the copy and builds it). The old
text must be found exactly once, else the suite fails: a row that no longer fits the code proves
nothing. `falls` names the cases that must fall then; "A05 mem" also wants "mem" in what they say.
Rows with the same `twin` share one build; put a row into a build of its own only when it would hide
another row's fall.
"""


class Weakness:
    """One protection taken away."""

    def __init__(self, what, falls, *edits, twin="one"):
        self.what, self.falls, self.edits, self.twin = what, falls, edits, twin


# -- group A: copying out ------------------------------------------------------------------------

COPYING = [
    Weakness("processes that may be dumped and traced", ["A04 process_vm_readv", "A04 PTRACE_ATTACH"],
             ("vault/daemon/sandbox_linux.c",
              "return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ?",
              "return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0 ?"),
             ("vault/daemon/starter_process_linux.c",
              "(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);", "")),
]

# -- group B: changing what lies there -------------------------------------------------------------

CHANGING = []

# -- group C: trying PINs --------------------------------------------------------------------------

TRYING = []

WEAKNESSES = COPYING + CHANGING + TRYING
