"""C01-C05, C08, C10-C12: however often, however interrupted, no more PINs are evaluated than there are
tries, and a right PIN does not lose its certificate. Evaluations are counted outside the vault, at the
door of the library that stretches them."""
import errno
import random

import driver
from case import case
from driver import HOLDERS, TRIES, Driver, few

WRONG = (1001, "ONE", "nono", TRIES)
RIGHT = (*HOLDERS[0], TRIES)
POINTS_MAX = 200  # far more than there are calls in one operation


def evaluated(vault):
    """Since the last time this was asked."""
    return int(vault.say("evaluated")[0])


def open_tries(vault, name="ONE", uid=1001):
    assert vault.say("open") == ["ok"]
    return vault.tries(uid, name)


def fresh(vault):
    """ONE has all its tries; closed, and counted from zero."""
    vault.fill()
    assert vault.say("open") == ["ok"] and vault.say("login", *RIGHT)[0] == "ok"
    vault.say("close")
    evaluated(vault)
    return vault


# -- one after another -----------------------------------------------------------------------------


@case("C01", "of a thousand wrong PINs as many are evaluated as there are tries, and then not even the "
      "right one", short=True)
def in_sequence(trial):
    with Driver() as vault:
        fresh(vault)
        vault.say("open")
        count = few(1000, 100)
        words = [vault.say("login", *WRONG)[0] for _ in range(count)]
        used = evaluated(vault)
        for at, word in enumerate(words):
            trial.attempt(word != ("pin-wrong" if at < TRIES else "pin-locked"), f"try {at}: {word}")
        trial.attempt(used != TRIES, f"{used} of {count} were evaluated")
        word = vault.say("login", *RIGHT)[0]
        trial.attempt(word != "pin-locked" or evaluated(vault), f"the right one, locked: {word}")
        vault.say("close")
        vault.say("open")
        word = vault.say("login", *RIGHT)[0]
        trial.attempt(word != "pin-locked" or evaluated(vault), f"after a start: {word}")
        trial.figure("wrong PINs sent", count)
        trial.figure("evaluated", used)


@case("C01", "a longer policy gives no try to who is locked", short=True)
def later_policy(trial):
    with Driver() as vault:
        fresh(vault)
        vault.say("open")
        for _ in range(TRIES):
            vault.say("login", *WRONG)
        evaluated(vault)
        for tries in (10, 255):
            for pin in ("nono", "abcd"):
                word = vault.say("login", 1001, "ONE", pin, tries)[0]
                trial.attempt(word != "pin-locked" or evaluated(vault), f"{tries} tries: {word}")


# -- killed ----------------------------------------------------------------------------------------


def killed_everywhere(vault, image, act, kinds=("kill", "torn")):
    """(what, whether it was killed) at each call that changes a file; the files are as it left them."""
    for kind in kinds:
        for nth in range(1, POINTS_MAX):
            image.put_back()
            evaluated(vault)
            word = vault.say("killed", kind, nth, *act)[0]
            yield f"{kind} at call {nth}", word == "killed"
            if word != "killed":
                assert nth > 4, "there were points to be killed at"
                break
        else:
            raise AssertionError("it never ended by itself")


@case("C03", "killed anywhere in a try, no evaluated PIN is uncounted", short=True)
def killed_tries(trial):
    with Driver() as vault:
        fresh(vault)
        image = vault.image()
        evaluations = 0
        for what, _ in killed_everywhere(vault, image, ("login", *WRONG)):
            used = evaluated(vault)
            left = open_tries(vault)
            trial.attempt(TRIES - left < used or left > TRIES,
                          f"{what}: {used} evaluated, {left} tries left")
            vault.say("close")
            evaluations += used
        trial.figure("points", trial.attempts)
        trial.figure("evaluated", evaluations)
        trial.figure("undercounted", trial.got_through)


@case("C04", "a thousand restarts in a row evaluate no more than there are tries", short=True)
def killed_again_and_again(trial):
    chance = random.Random(4)
    with Driver() as vault:
        fresh(vault)
        used = 0
        for turn in range(few(1000, 20)):
            kind = chance.choice(("kill", "torn"))
            nth = 0 if turn % 10 == 9 else chance.randint(1, 12)  # 0: only when it is done
            word = vault.say("killed", kind, nth, "login", *WRONG)[0]
            used += evaluated(vault)
            trial.attempt(word == "ok" or used > TRIES, f"restart {turn}: {used} evaluated, {word}")
        trial.figure("restarts", trial.attempts)
        trial.figure("evaluated", used)
        assert used > 0


def restored_again_and_again(trial, vault, folders):
    fresh(vault)
    image = vault.image(*folders)
    used = 0
    for turn in range(few(100, 4)):
        word = vault.say("open")[0]
        for _ in range(2):
            vault.say("login", *WRONG)
        vault.say("close")
        used += evaluated(vault)
        trial.attempt(used > TRIES or (turn > 0 and word != "rolled-back"),
                      f"put back {turn} times: {word}, {used} evaluated")
        image.put_back()
    trial.count("evaluated", used)


@case("C05", "copies put back between attempts give no try back, without a TPM", short=True)
def restored_without_tpm(trial):
    with Driver() as vault:
        restored_again_and_again(trial, vault, ("state",))
    one_file_at_a_time(trial)


@case("C05", "copies put back between attempts give no try back, with a TPM", short=True)
def restored_with_tpm(trial):
    with Driver() as vault:
        if vault.say("tpm", "on") != ["done"]:
            trial.cannot("swtpm is not installed")
        restored_again_and_again(trial, vault, ("state", "anchor"))


def one_file_at_a_time(trial):
    """Only the PIN row, or only the database without its log."""
    with Driver() as vault:
        fresh(vault)
        old = {row: sealed for row, sealed in vault.rows().items() if row[0] == driver.PIN_ROW}
        used = 0
        for turn in range(3 * TRIES):
            word = vault.say("open")[0]
            vault.say("login", *WRONG)
            vault.say("close")
            used += evaluated(vault)
            trial.attempt(used > TRIES, f"PIN row put back {turn} times: {word}, {used} evaluated")
            for row, sealed in old.items():
                vault.put_row(*row, sealed)
        trial.count("evaluated", used)


@case("C08", "a right PIN that is killed before its refill costs one try at most", short=True,
      seconds=400)
def killed_right_pins(trial):
    enough = few(500, 8)
    with Driver() as vault:
        fresh(vault)
        false_locks = 0
        while trial.attempts < enough:
            for spent in range(TRIES - 1):
                false_locks += kill_right_pins(trial, vault, spent)
        trial.figure("false locks", false_locks)


def kill_right_pins(trial, vault, spent):
    """From TRIES - spent, which is two at least, at each point after the evaluation."""
    start = vault.image()
    vault.say("open")
    for _ in range(spent):
        vault.say("login", *WRONG)
    vault.say("close")
    image = vault.image()
    locks = 0
    for what, was_killed in killed_everywhere(vault, image, ("login", *RIGHT), ("kill",)):
        if not was_killed or evaluated(vault) == 0:
            continue
        left = open_tries(vault)
        word = vault.say("login", *RIGHT)[0]
        vault.say("close")
        locks += word != "ok"
        trial.attempt(word != "ok" or left < TRIES - spent - 1,
                      f"{spent} spent, {what}: {left} left, then {word}")
    start.put_back()
    return locks


# -- failing ---------------------------------------------------------------------------------------


@case("C10", "a try that cannot be written is refused, and no PIN is evaluated", short=True)
def full_and_failing_disks(trial):
    with Driver() as vault:
        fresh(vault)
        image = vault.image()
        for number in (errno.ENOSPC, errno.EIO, errno.EROFS):
            for kind in ("once", "forever"):
                failing_tries(trial, vault, image, kind, number)


def failing_tries(trial, vault, image, kind, number):
    refused = 0
    for nth in range(1, POINTS_MAX):
        image.put_back()
        assert vault.say("open") == ["ok"]
        evaluated(vault)
        happened, word = vault.say("failed", kind, nth, number, "login", *WRONG)[:2]
        used = evaluated(vault)
        left = open_tries(vault)
        vault.say("close")
        refused += word != "pin-wrong"
        trial.attempt((word != "pin-wrong" and used > 0) or TRIES - left < used,
                      f"{errno.errorcode[number]} {kind}, call {nth}: {word}, {used} evaluated, "
                      f"{left} left")
        if happened == "whole":
            break
    assert refused > 0, "some of them failed"


# -- changing the PIN ------------------------------------------------------------------------------

CHANGE = ("change", 1001, "ONE", "abcd", "wxyz", TRIES)
NEW = (1001, "ONE", "wxyz", TRIES)


def exactly_one(vault):
    """Which of the two opens it: "old", "new", "both" or "none"."""
    works = [vault.say("login", *pin)[0] == "ok" for pin in (RIGHT, NEW)]
    vault.say("close")
    return {(True, False): "old", (False, True): "new", (True, True): "both"}.get(tuple(works), "none")


@case("C11", "a change of the PIN that is killed or fails leaves the old or the new one, exactly",
      short=True)
def changed_pins(trial):
    ends = {"old": 0, "new": 0}
    with Driver() as vault:
        fresh(vault)
        image = vault.image()
        for what, was_killed in killed_everywhere(vault, image, CHANGE):
            vault.say("open")
            works = exactly_one(vault)
            trial.attempt(works not in ends or (works == "old" and not was_killed),
                          f"{what}: {works}")
            ends[works] = ends.get(works, 0) + 1
        for kind in ("once", "forever"):
            failing_changes(trial, vault, image, kind)
    trial.figure("ended with the old one", ends["old"])
    trial.figure("ended with the new one", ends["new"])


def failing_changes(trial, vault, image, kind):
    for nth in range(1, POINTS_MAX):
        image.put_back()
        vault.say("open")
        happened, word = vault.say("failed", kind, nth, errno.ENOSPC, *CHANGE)[:2]
        vault.say("close")
        vault.say("open")
        works = exactly_one(vault)
        trial.attempt(works not in ("old", "new") or (word == "ok" and works == "old"),
                      f"disk full at call {nth}: {word}, {works}")
        if happened == "whole":
            break


# -- others ----------------------------------------------------------------------------------------


@case("C12", "attempts on one certificate change nothing of another's", short=True)
def other_certificates(trial):
    with Driver() as vault:
        fresh(vault)
        vault.say("open")
        before = [vault.tries(uid, name) for uid, name, _ in HOLDERS[1:]]
        for turn in range(few(200, 20)):
            vault.say("login", *WRONG)
            after = [vault.tries(uid, name) for uid, name, _ in HOLDERS[1:]]
            trial.attempt(after != before, f"attempt {turn}: {before} became {after}")
        for holder in HOLDERS[1:]:
            trial.attempt(vault.say("login", *holder, TRIES)[0] != "ok", f"{holder[1]} is locked out")


@case("C16", "nobody spends the tries of another user's certificate", short=True)
def other_users(trial):
    with Driver() as vault:
        fresh(vault)
        vault.say("open")
        before = vault.tries()
        for uid in (0, 1000, 1002, 65534, 2 ** 32 - 2):
            for act in (("login", uid, "ONE", "nono", TRIES), ("login", uid, "ONE", "abcd", TRIES),
                        ("change", uid, "ONE", "nono", "abcd", TRIES), ("delete", uid, "ONE"),
                        ("use", uid, "ONE"), ("confirm", uid, "ONE"), ("tries", uid, "ONE")):
                word = vault.say(*act)[0]
                trial.attempt(word != "cert-not-found" or vault.tries() != before
                              or evaluated(vault), f"uid {uid}, {act[0]}: {word}")
        trial.figure("tries changed", before - vault.tries())
