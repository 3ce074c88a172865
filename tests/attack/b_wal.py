"""B10: SQLite's log of the last changes can be cut, changed, replaced and removed: what opens is the
last acknowledged state, and everything else is refused."""
import os
import random

import driver
from case import case
from driver import TRIES, Driver, few
from b_bytes import flip_all, judge_looks

FRAME = 24 + 4096  # header and page (sqlite.org/fileformat, 4.1)


def unfinished(vault, *last):
    """A vault whose last changes are in the log only, as a kill leaves it; `last` is the last."""
    vault.fill()
    for act in (("confirm", 1001, "ONE"), ("use", 1001, "TWO"),
                ("change", 1001, "TWO", "efgh", "efgh", TRIES),
                ("login", 1002, "SIX", "nono", TRIES), last):
        word = vault.say("killed", "kill", 0, *act)[0]
        assert word in ("ok", "pin-wrong"), (act, word)
    assert vault.log.stat().st_size > 3 * FRAME
    return vault


@case("B10", "a log that is cut anywhere in its last frames is refused", short=True, seconds=900)
def cut_logs(trial):
    with Driver() as vault:
        unfinished(vault, "login", 1001, "ONE", "nono", TRIES)
        size = vault.log.stat().st_size
        for begin in range(size - 3 * FRAME, size, few(FRAME, FRAME // 2)):
            counts = [int(word) for word in vault.say(
                "cut", "vault.db-wal", begin, begin + few(FRAME, 10))]
            judge_looks(trial, "a cut log", counts)
        trial.count("frames of the log", (size - 32) // FRAME)


@case("B10", "a flipped bit anywhere in the log is refused or changes nothing", short=True,
      seconds=900)
def bits_of_the_log(trial):
    with Driver() as vault:
        unfinished(vault, "login", 1001, "ONE", "nono", TRIES)
        size = vault.log.stat().st_size
        sums = flip_all(trial, vault, "vault.db-wal", 0, size, few(1, 2999))
        trial.count("bytes of the log", size)
        trial.count("looked at", sums[0])


@case("B10", "a log whose last change moved no anchor loses that change at most", short=True)
def cut_before_the_refill(trial):
    with Driver() as vault:
        unfinished(vault, "login", 1001, "ONE", "abcd", TRIES)
        size = vault.log.stat().st_size
        image = vault.image()
        chance = random.Random(10)
        for cut in sorted(chance.sample(range(32, size), few(3000, 30))) + [size]:
            image.put_back()
            os.truncate(vault.log, cut)
            word = vault.say("open")[0]
            left = vault.tries() if word == "ok" else None
            vault.say("close")
            # One try was spent before the right PIN: 3 left while it ran, 5 when it was refilled.
            trial.attempt(word == "ok" and left not in ((TRIES,) if cut == size else (TRIES - 2,)),
                          f"cut to {cut} of {size}: {word}, {left} tries")


@case("B10", "no acknowledged change is lost while the log is whole", short=True)
def acknowledged_changes(trial):
    with Driver() as vault:
        vault.fill()
        left = TRIES - 1
        for turn in range(few(300, 8)):
            if left == 1:
                said = vault.say("killed", "kill", 0, "login", *driver.HOLDERS[0], TRIES)
                left = TRIES
            else:
                said = vault.say("killed", "kill", 0, "login", 1001, "ONE", "nono", TRIES)
                left -= 1
            assert said[0] in ("ok", "pin-wrong"), said
            word = vault.say("killed", "kill", 0, "tries", 1001, "ONE")
            trial.attempt(word != ["ok", str(left)], f"change {turn}: {word}, {left} acknowledged")
        trial.count("acknowledged and lost", trial.got_through)


@case("B10", "an old log, a foreign one, garbage beside it, or none: refused, or nothing else told",
      short=True)
def other_logs(trial):
    with Driver() as vault, Driver() as foreign:
        unfinished(vault, "login", 1001, "ONE", "nono", TRIES)
        old = vault.log.read_bytes()
        vault.say("killed", "kill", 0, "login", 1001, "ONE", "nono", TRIES)
        image = vault.image()
        right = vault.probe()
        assert right[0] == "ok", right
        unfinished(foreign, "login", 1001, "ONE", "nono", TRIES)
        chance = random.Random(11)
        whole = image.files["state"]["vault.db-wal"]
        for what, name, data in [
                ("an old log", "vault.db-wal", old),
                ("a foreign log", "vault.db-wal", foreign.log.read_bytes()),
                ("an empty log", "vault.db-wal", b""),
                ("a log of zeros", "vault.db-wal", bytes(len(whole))),
                ("a log of garbage", "vault.db-wal", chance.randbytes(len(whole))),
                ("a log and garbage behind it", "vault.db-wal", whole + chance.randbytes(FRAME)),
                ("a log twice", "vault.db-wal", whole + whole[32:]),
                ("garbage as shared memory", "vault.db-shm", chance.randbytes(32768)),
                ("zeros as shared memory", "vault.db-shm", bytes(32768)),
                ("a journal", "vault.db-journal", chance.randbytes(8192)),
                ("an empty journal", "vault.db-journal", b"")]:
            image.put_back()
            (vault.state / name).write_bytes(data)
            look = vault.probe()
            trial.attempt(look[0] == "ok" and look != right, f"{what}: {look}")
        image.put_back()
        vault.log.unlink()
        look = vault.probe()
        trial.attempt(look[0] == "ok", f"the log removed: {look}")
