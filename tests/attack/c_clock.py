"""C06, C07, C14: jumping clocks, sleeping computers, and a stopwatch beside the vault.

The clocks jump in a daemon of the suite's own (kinkod_clock.c): a time namespace's clocks are fixed
from the first process in it, and it has no wall clock.
"""
import datetime
import hashlib
import shutil
import struct

import driver
import kinko
from case import case
from c_daemon import try_pin, tries_left
from driver import few

IDLE, LONGEST = 120, 600  # seconds, by the policy of these cases
YEAR = 365 * 86400
CLOSED = ("pin-locked", "policy-denied")  # the latter where the certificate has expired by then


class ClockVault(kinko.Vault):
    """A private vault on a computer whose clocks this test sets."""

    def __init__(self, folder, programs):
        super().__init__(folder)
        self.jumps = programs / "jumps"
        self.jump()
        self.arguments = [str(programs / "kinkod-clock"), str(self.jumps), "--private",
                          str(self.folder)]

    def jump(self, wall=0, since_start=0):
        with open(self.jumps, "r+b" if self.jumps.exists() else "wb") as file:
            file.write(struct.pack("=qq", wall, since_start))


def clock_vault(trial, tries=5):
    programs = trial.path("programs")
    shutil.copytree(kinko.BIN, programs)
    shutil.copy(driver.program("kinkod-clock"), programs)
    vault = trial.adopt(ClockVault(trial.path("vault"), programs))
    vault.set_policy(pin={"tries": tries, "idle-seconds": IDLE, "login-max-seconds": LONGEST})
    vault.start()
    original = trial.original(kind="p-256")
    with vault.connect() as wire:
        wire.hello().import_original(original.path.read_bytes(), original.pin)
    return vault, original


def signs(wire, original):
    """Whether the login is open: a signature, or "login-needed". In a year when the certificate is not
    valid the policy has its word, and only about a login that is open."""
    digest = hashlib.sha256(b"a document").digest()
    try:
        wire.ask("sign", bytes.fromhex(original.id) + bytes([3, 1]) + kinko.blob(digest))
    except kinko.WireError as failure:
        assert failure.word in ("login-needed", "policy-denied"), failure
        return failure.word == "policy-denied"
    return True


def wall_jumps():
    now = datetime.datetime.now(datetime.timezone.utc).timestamp()
    to = {"1970": 0, "2038": 2 ** 31, "2106": 2 ** 32}
    jumps = {"ten years back": -10 * YEAR, "ten years on": 10 * YEAR, "a second": 1,
             "a second back": -1, "half a second's step of NTP": 0, "fifty years on": 50 * YEAR}
    return {**jumps, **{name: int(moment - now) for name, moment in to.items()}}


@case("C06", "no jump of the wall clock gives a try back or opens a lock", seconds=400)
def tries_and_wall_clock(trial):
    vault, original = clock_vault(trial, tries=3)
    with vault.connect() as wire:
        wire.hello()
        for left in (2, 1, 0):
            vault.jump()
            word = try_pin(wire, original, "wrong")
            assert word == "pin-wrong", word
            for what, seconds in wall_jumps().items():
                vault.jump(wall=seconds)
                now = tries_left(vault, original)
                trial.attempt(now != left, f"{what}: {left} became {now}")
        for what, seconds in wall_jumps().items():
            vault.jump(wall=seconds)
            word = try_pin(wire, original, original.pin)
            trial.attempt(word not in CLOSED, f"{what}: {word}")
    for what, seconds in list(wall_jumps().items())[:few(9, 3)]:
        vault.stop()
        vault.jump(wall=seconds)
        vault.start()
        with vault.connect() as wire:
            word = try_pin(wire.hello(), original, original.pin)
        trial.attempt(word not in CLOSED, f"{what} and a start: {word}")
    trial.figure("tries gained", trial.got_through)


@case("C06", "no jump of the wall clock makes a login live longer, or end", seconds=400)
def logins_and_wall_clock(trial):
    vault, original = clock_vault(trial)
    for what, seconds in wall_jumps().items():
        vault.jump()
        with vault.connect() as wire:
            assert try_pin(wire.hello(), original, original.pin) == "ok"
            vault.jump(wall=seconds)
            trial.attempt(not signs(wire, original), f"{what} ended a login")
            vault.jump(wall=seconds, since_start=IDLE + 1)
            trial.attempt(signs(wire, original), f"{what} kept a login open")


@case("C07", "a login's idle and absolute time count the sleep of the computer", seconds=400)
def logins_and_sleep(trial):
    vault, original = clock_vault(trial)
    outlived = 0
    for turn in range(few(20, 2)):
        vault.jump()
        with vault.connect() as wire:
            assert try_pin(wire.hello(), original, original.pin) == "ok"
            vault.jump(since_start=IDLE - 10)
            trial.attempt(not signs(wire, original), "it ended too early")
            slept = IDLE - 10 + IDLE + 1 + turn * 3600
            vault.jump(since_start=slept)
            outlived += signs(wire, original)
            trial.attempt(outlived, f"idle for {slept} s of sleep")
        vault.jump()
        with vault.connect() as wire:
            assert try_pin(wire.hello(), original, original.pin) == "ok"
            for since in range(IDLE // 2, LONGEST, IDLE // 2):
                vault.jump(since_start=since)
                trial.attempt(not signs(wire, original), f"in use, it ended after {since} s")
            vault.jump(since_start=LONGEST + 1)
            outlived += signs(wire, original)
            trial.attempt(outlived, "in use beyond its longest time")
    trial.figure("logins that outlived their time", outlived)


@case("C14", "a wrong PIN that begins right takes no other time than any other", alone=True)
def stopwatch(trial):
    count = few(10000, 300)
    with driver.Driver() as vault:
        assert vault.say("open") == ["ok"]
        assert vault.say("import", 1001, "ONE", "abcd1234", 255)[0] == "ok"
        # A busy machine makes one t large; what is there is there every time.
        for _ in range(3):
            t, first, second = [float(word) for word in
                                vault.say("timing", "ONE", count, "abcd1239", "zqyx9876")]
            trial.held(2 * count)
            if abs(t) < 4.5:
                break
        trial.attempt(abs(t) >= 4.5, f"t = {t}, three times")
        trial.figure("t", t)
        trial.figure("microseconds", f"{first} and {second}")
        seen = max(abs(float(vault.say("timing", "ONE", 200, "abcd1239", "empty")[0]))
                   for _ in range(3))
        trial.control(seen >= 4.5, f"the stopwatch sees a PIN that is not evaluated (t = {seen})")
