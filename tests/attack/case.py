"""How a case of the attack suite is written.

    @case("A05", "no other user reads the vault's memory", root=True, short=True)
    def memory_of_others(trial):
        vault = trial.system_vault().start()          # the vault of the user kinko, u1, u2 (root=True)
        for uid in users.OTHERS:
            opened = trial.become(uid, can_open, f"/proc/{vault.pid}/mem")
            trial.attempt(opened, f"uid {uid} opened mem")

A case lies in a file GROUP_*.py of this folder (a_memory.py, b_rows.py, ...) and is found by itself.
 - The number is the threat list's; several cases may share one. The sentence says what must hold.
 - root=True: runs as root in namespaces of its own, where /etc, /run, /var/lib, users and processes
   are its own (users.py). It drops to an ordinary user before it attacks: trial.become(). Without
   root the case is listed as not run. root=False: trial.vault(), a private vault, as anybody.
 - trial.attempt(got_through, what): counts one try; the case falls when got_through is true.
   trial.count("bytes scanned", n): a figure for the table. trial.cannot(reason): not run.
   An exception is a broken case and fails the suite. A case without an attempt is broken too.
 - short=True: also in `./run attack --short`, which is part of `./run test` (on the programs with
   sanitizers; a few seconds in all). alone=True: nothing else runs at the same time (timing).
 - A case must be seen to fall. Give it a row in weaken.py: a small edit of the source, with which the
   very same case must fall. What is not a weakness of the program (a scan that has to find what was
   planted) is proven inside the case: trial.control(turned_red, what).
"""
import contextlib
import importlib
import json
import os
import pathlib
import sys
import tempfile
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "flow"))
import kinko
import users

WHYS = 400  # of a case that fell: how many ways are kept

CASES = []


class Case:
    """What is known of a case before it runs."""

    def __init__(self, number, sentence, run, root, short, alone, seconds):
        self.number, self.sentence, self.run = number, sentence, run
        self.root, self.short, self.alone, self.seconds = root, short, alone, seconds

    @property
    def name(self):
        return f"{self.number} {self.run.__name__}"

    def is_meant(self, filters):
        """By group (B), number (A04) or a part of its name."""
        return not filters or any(self.number.startswith(word) or word in self.run.__name__
                                  for word in filters)


def case(number, sentence, root=False, short=False, alone=False, seconds=240):
    def add(function):
        CASES.append(Case(number, sentence, function, root, short, alone, seconds))
        return function
    return add


def load_cases():
    """Every case of this folder, in the order of their numbers."""
    for path in sorted(pathlib.Path(__file__).resolve().parent.glob("[a-z]_*.py")):
        importlib.import_module(path.stem)
    CASES.sort(key=lambda one: one.number)


def few(full, short):
    """How often: in the whole suite, and in the short form."""
    return short if os.environ.get("KINKO_ATTACK_SHORT") else full


class NotRun(Exception):
    """Cannot run here; says why."""


class Trial:
    """One run of one case: what it may use, and what it found."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.attempts = 0
        self.got_through = 0
        self.whys = []
        self.controls = []
        self.figures = {}
        self._daemons = []

    # -- what happened

    def attempt(self, got_through, what):
        self.attempts += 1
        if got_through:
            self.got_through += 1
            if len(self.whys) < WHYS and what not in self.whys:
                self.whys.append(what)

    def held(self, count):
        """Many attempts at once, none of which got through."""
        self.attempts += count

    def count(self, what, amount):
        self.figures[what] = self.figures.get(what, 0) + amount

    def figure(self, what, value):
        self.figures[what] = value

    def control(self, turned_red, what):
        self.controls.append([bool(turned_red), what])

    @staticmethod
    def cannot(reason):
        raise NotRun(reason)

    # -- what it may use

    def path(self, name):
        return self.folder / name

    def adopt(self, daemon):
        self._daemons.append(daemon)
        return daemon

    def system_vault(self, keeps=False):
        """Not started yet; nothing of another one is left, unless it keeps what lies there."""
        if not keeps:
            users.empty_places()
        return self.adopt(users.SystemVault())

    def vault(self, name="vault"):
        return self.adopt(kinko.Vault(self.path(name)))

    def original(self, file="original.p12", owner=None, **settings):
        """A new original; the file belongs to that user."""
        made = kinko.Workshop.original(self.path(file), **settings)
        if owner is not None:
            os.chown(made.path, owner, owner)
        return made

    @staticmethod
    def become(uid, function, *arguments, groups=(), timeout=None):
        return users.become(uid, function, *arguments, groups=groups, timeout=timeout)

    # -- the end

    def end(self):
        for daemon in self._daemons:
            with contextlib.suppress(AssertionError):
                daemon.kill9()

    def outcome(self):
        verdict = "fell" if self.got_through else "held" if self.attempts else "broken"
        whys = self.whys or ([] if self.attempts else ["it tried nothing"])
        return {"verdict": verdict, "attempts": self.attempts, "through": self.got_through,
                "whys": whys, "controls": self.controls, "figures": self.figures}


def run_case(one):
    """The case's outcome, as what attack.py reads."""
    with tempfile.TemporaryDirectory(prefix="kinko-attack-") as folder:
        os.chmod(folder, 0o755)
        trial = Trial(folder)
        try:
            one.run(trial)
            outcome = trial.outcome()
        except NotRun as reason:
            outcome = {**trial.outcome(), "verdict": "not run", "whys": [str(reason)]}
        except Exception:  # what was got through with may well have broken the rest
            outcome = trial.outcome()
            if outcome["verdict"] != "fell":
                outcome["verdict"] = "broken"
            outcome["whys"].append(traceback.format_exc())
        finally:
            trial.end()
    return json.dumps(outcome)
