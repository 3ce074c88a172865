"""C01, C02, C04, C09, C13, C16 on the daemon itself: many connections, many programs, texts that are
no PINs, two daemons, and another user."""
import pathlib
import re
import struct
import subprocess
import threading
import time

import kinko
import users
from case import case
from driver import few

TRIES = 5
STRETCH_MIB = 256  # of one derivation, without a TPM
AT_ONCE = 2        # derivations
STRETCHED_SECONDS = 0.05  # no refusal takes as long, each derivation takes longer


def ready_vault(trial, tries=TRIES, **settings):
    """A running private vault with one certificate."""
    vault = trial.vault()
    vault.set_policy(pin={"tries": tries})
    vault.start()
    original = trial.original(**settings)
    with vault.connect() as wire:
        wire.hello().import_original(original.path.read_bytes(), original.pin)
    return vault, original


def more_original(trial, vault, at):
    original = trial.original(f"more-{at}.p12", kind="p-256", name=f"DEMO {at}")
    with vault.connect() as wire:
        wire.hello().import_original(original.path.read_bytes(), original.pin)
    return original


def try_pin(wire, original, pin):
    """The vault's word."""
    data = pin if isinstance(pin, bytes) else pin.encode()
    try:
        wire.ask("login", bytes.fromhex(original.id) + kinko.blob(data))
    except kinko.WireError as failure:
        return failure.word
    return "ok"


def tries_left(vault, original):
    return next(one["tries_left"] for one in vault.certificates() if one["id"] == original.id)


def peak_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) // 1024


@case("C01", "the daemon answers a thousand wrong PINs, and evaluates as many as there are tries")
def thousand_pins(trial):
    vault, original = ready_vault(trial)
    words, refusals = [], []
    with vault.connect() as wire:
        wire.hello()
        for at in range(few(1000, 50)):
            began = time.monotonic()
            words.append(try_pin(wire, original, f"wrong{at}"))
            refusals += [time.monotonic() - began] if at >= TRIES else []
            if len(refusals) == 10 and min(refusals) > STRETCHED_SECONDS:
                break  # a thousand of these would take all night
        for at, word in enumerate(words):
            trial.attempt(word != ("pin-wrong" if at < TRIES else "pin-locked"), f"try {at}: {word}")
        trial.attempt(min(refusals) > STRETCHED_SECONDS, "locked, PINs are stretched all the same")
        trial.attempt(try_pin(wire, original, original.pin) != "pin-locked", "the right one, locked")
    trial.figure("evaluated", words.count("pin-wrong"))
    trial.figure("microseconds of a refusal", int(sorted(refusals)[len(refusals) // 2] * 1e6))


# -- C02 -------------------------------------------------------------------------------------------


class Crowd:
    """The same function in many threads at once; what each returned."""

    def __init__(self, count, function):
        self.results = [None] * count
        self.gate = threading.Barrier(count)
        self.threads = [threading.Thread(target=self._run, args=(at, function))
                        for at in range(count)]

    def _run(self, at, function):
        self.gate.wait(kinko.PATIENCE)
        self.results[at] = function(at)

    def run(self):
        for thread in self.threads:
            thread.start()
        for thread in self.threads:
            thread.join()
        return self.results


@case("C02", "a hundred connections at once evaluate no more PINs, and take no more memory", seconds=600)
def parallel_connections(trial):
    vault, original = ready_vault(trial)
    originals = [original, *[more_original(trial, vault, at) for at in range(few(3, 1))]]
    before = peak_mib(vault.pid)

    most = TRIES * len(originals)
    said = []

    def twenty(at):
        with vault.connect() as wire:
            wire.hello()
            for turn in range(20):
                if said.count("pin-wrong") > most:
                    return  # it has fallen
                said.append(try_pin(wire, originals[at % len(originals)], f"no{at}x{turn}"))
    count = few(100, 10)
    Crowd(count, twenty).run()
    words = list(said)
    evaluated = words.count("pin-wrong")
    trial.held(len(words))
    trial.attempt(evaluated > most, f"{evaluated} were evaluated")
    trial.attempt("ok" in words or set(words) - {"pin-wrong", "pin-locked", "busy"},
                  f"other answers: {set(words)}")
    for each in originals:
        trial.attempt(tries_left(vault, each) != 0, "it is not locked")
    peak = peak_mib(vault.pid)
    limit = AT_ONCE * STRETCH_MIB + 64
    trial.attempt(peak > limit and not sanitized(), f"{peak} MiB, {limit} allowed")
    trial.figure("wrong PINs sent", len(words))
    trial.figure("evaluated", evaluated)
    trial.figure("tries there were", most)
    trial.figure("peak in MiB", peak)
    trial.figure("MiB before", before)


def sanitized():
    """Such a build needs memory of its own."""
    return b"__asan_init" in pathlib.Path(kinko.program("kinkod")).read_bytes()


@case("C02", "ten programs that log in at once with the right PIN lock nobody out", seconds=600)
def parallel_right_pins(trial):
    vault, original = ready_vault(trial, tries=3)

    def once(_):
        with vault.connect() as wire:
            return try_pin(wire.hello(), original, original.pin)
    for _ in range(few(3, 1)):
        for word in Crowd(10, once).run():
            trial.attempt(word != "ok", f"a right PIN: {word}")
        trial.attempt(tries_left(vault, original) != 3, "a try is missing")
    trial.figure("peak in MiB", peak_mib(vault.pid))


# -- C03, C04 --------------------------------------------------------------------------------------


@case("C03", "the daemon, killed at any moment of a try, evaluates no more than there are tries",
      seconds=600)
def killed_daemons(trial):
    """The moments are spread over the whole of a try; what was answered is what was evaluated."""
    vault, original = ready_vault(trial, tries=10)
    answered = 0
    for turn in range(few(40, 3)):
        with vault.connect() as wire:
            wire.hello()
            wire.send("login", bytes.fromhex(original.id) + kinko.blob(b"wrong"))
            time.sleep(turn % 40 * 0.02)
            vault.kill9()
            try:
                wire.receive()
            except kinko.WireError as failure:
                answered += failure.word == "pin-wrong"
            except kinko.Closed:
                pass
        vault.start()
        left = tries_left(vault, original)
        trial.attempt(10 - left < answered, f"kill {turn}: {answered} answered, {left} left")
    trial.figure("answered pin-wrong", answered)


# -- C09 -------------------------------------------------------------------------------------------

NO_PINS = {"empty": b"", "256 bytes": b"a" * 256, "a NUL": b"demo\0001234", "only a NUL": b"\0",
           "half a character": b"demo\xe3\x81", "overlong": b"\xc0\xae", "a surrogate": b"\xed\xa0\x80",
           "no UTF-8": b"\xff\xfe", "a kilobyte": b"a" * 1024}
WRONG_PINS = {"capitals": "DEMO1234", "full width": "ｄｅｍｏ１２３４", "short": "d", "a space": "demo1234 ",
              "255 bytes": "a" * 255}


@case("C09", "what can be no PIN is refused uncounted, and every other text costs its try",
      seconds=400)
def texts(trial):
    vault, original = ready_vault(trial, tries=10, pin="demo1234")
    with vault.connect() as wire:
        wire.hello()
        for what, data in NO_PINS.items():
            word = try_pin(wire, original, data)
            trial.attempt(word not in ("pin-text", "wire"), f"{what}: {word}")
            trial.attempt(tries_left(vault, original) != 10, f"{what} cost a try")
            if wire_is_closed(wire):
                wire = vault.connect().hello()
        for at, (what, pin) in enumerate(WRONG_PINS.items(), 1):
            word = try_pin(wire, original, pin)
            trial.attempt(word != "pin-wrong", f"{what}: {word}")
            trial.attempt(tries_left(vault, original) != 10 - at, f"{what} cost no try")
    asked_again(trial, vault, original)


def wire_is_closed(wire):
    try:
        wire.ask("list", struct.pack(">BIQ", 0, 0, 0))
    except kinko.WireError:
        return False
    except kinko.Closed:
        return True
    return False


def asked_again(trial, vault, original):
    """The command line does not send what the rule excludes."""
    left = tries_left(vault, original)
    for pin in ("DEMO1234", "ｄｅｍｏ１２３４", "abc"):
        result = vault.kinko("pin", original.id[:8], pins=[pin, "other1234"])
        trial.attempt(result.exit != 3 or tries_left(vault, original) != left,
                      f"the command line sent {pin!r}: {result}")


# -- C13 -------------------------------------------------------------------------------------------


@case("C13", "a second daemon on the same vault does not start", seconds=400)
def second_daemons(trial):
    vault, original = ready_vault(trial)
    refused = 0
    for turn in range(few(100, 5)):
        done = subprocess.run(vault.arguments, env=vault.env, capture_output=True, check=False,
                              timeout=kinko.PATIENCE, stdin=subprocess.DEVNULL)
        told = b"already" in done.stderr.lower()
        refused += done.returncode != 0 and told
        trial.attempt(done.returncode == 0 or not told,
                      f"start {turn}: {done.returncode} {done.stderr[-200:]!r}")
        trial.attempt(not vault.is_running(), "the first one has ended")
    trial.attempt(tries_left(vault, original) != TRIES, "the tries have changed")
    trial.figure("second starts refused", refused)


@case("C13", "of daemons that start at the same moment one serves", seconds=400)
def starts_at_once(trial):
    vault, _ = ready_vault(trial)
    vault.stop()
    for turn in range(few(20, 2)):
        processes = [subprocess.Popen(vault.arguments, env=vault.env, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                     for _ in range(4)]
        lines = [process.stdout.readline() for process in processes]
        served = sum(line != b"" for line in lines)
        trial.attempt(served != 1, f"turn {turn}: {served} daemons serve")
        for process in processes:
            process.terminate()
            process.wait(kinko.PATIENCE)
            process.stdout.close()


# -- C16 -------------------------------------------------------------------------------------------


@case("C16", "another user's wrong PINs do not reach a certificate", root=True)
def another_user(trial):
    vault = trial.system_vault().start()
    original = trial.original(owner=users.FIRST)
    result = vault.kinko(users.FIRST, "import", original.path, pins=[original.pin])
    assert result.exit == 0, result
    before = vault.kinko(users.FIRST, "list").json["certificates"][0]["tries_left"]
    words = trial.become(users.SECOND, spend_tries, original.id, few(100, 10))
    for word in words:
        trial.attempt(word != "cert-not-found", f"the other user was told {word}")
    after = vault.kinko(users.FIRST, "list").json["certificates"][0]["tries_left"]
    trial.attempt(after != before, f"{before} tries became {after}")
    trial.figure("tries changed", before - after)


def spend_tries(certificate, count):
    words = []
    with kinko.Wire("/run/kinko/vault.sock") as wire:
        wire.hello()
        for at in range(count):
            try:
                wire.ask("login", bytes.fromhex(certificate) + kinko.blob(b"no%d" % at))
                words.append("ok")
            except kinko.WireError as failure:
                words.append(failure.word)
    return words
