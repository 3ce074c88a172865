"""B01-B03: no changed, missing or added byte of the vault's files makes it tell something else."""
import os
import random

import driver
from case import case
from driver import Driver, few


def flip_all(trial, vault, file, begin, end, step=1, how="1"):
    """Every byte from begin to end; in pieces, so that a crash is known by its place."""
    piece = 2000
    sums = [0] * 5
    for at in range(begin, end, piece):
        try:
            counts = [int(word) for word in vault.say("flip", file, at, min(at + piece, end), step,
                                                      how)]
        except (driver.Crashed, driver.Hung) as finding:
            trial.attempt(True, f"{file}, bytes {at} to {at + piece}: {finding}")
            return sums
        sums = [a + b for a, b in zip(sums, counts)]
    judge_looks(trial, file, sums)
    return sums


def judge_looks(trial, file, sums):
    tried, refused, same, wrong, touched = sums
    trial.held(tried - wrong - touched)
    for count, what in ((wrong, "told something else"), (touched, "wrote to a vault it refused")):
        for _ in range(count):
            trial.attempt(True, f"{file}: the vault {what}")
    trial.count("refused", refused)
    trial.count("of no consequence", same)
    trial.count("told wrongly", wrong)


@case("B01", "one flipped bit anywhere in database, vault.key or anchor is refused or changes nothing", short=True,
      seconds=900)
def a_bit_of_every_byte(trial):
    with Driver() as vault:
        vault.fill()
        size = vault.database.stat().st_size
        sums = flip_all(trial, vault, "vault.db", 0, size, few(1, 401))
        flip_all(trial, vault, "vault.key", 0, (vault.state / "vault.key").stat().st_size, few(1, 41))
        flip_all(trial, vault, "anchor", 0, (vault.anchor / "anchor").stat().st_size, few(1, 97))
        trial.count("bytes of the database", size)
        trial.count("looked at", sums[0])


def places_of(data, sealed):
    """Where a row lies: pieces of it, where SQLite has put it on several pages."""
    pieces, rest = [], sealed
    while rest:
        size = len(rest)
        while data.find(rest[:size]) < 0:
            size = size * 3 // 4
        # As much as lies in one run.
        at = data.find(rest[:size])
        while size < len(rest) and data[at:at + size + 1] == rest[:size + 1]:
            size += 1
        pieces.append((at, size))
        rest = rest[size:]
    return pieces


@case("B02", "all eight bits of every byte of a sealed row are refused", short=True, seconds=900)
def every_bit_of_a_row(trial):
    with Driver() as vault:
        vault.fill()
        data = vault.database.read_bytes()
        for (kind, _), sealed in rows_of_one(vault).items():
            for at, size in places_of(data, sealed):
                step = few(1, 127)
                sums = flip_all(trial, vault, "vault.db", at, at + size, step, "all")
                for _ in range(sums[2]):
                    trial.attempt(True, f"a bit of a row of kind {kind} was of no consequence")


def rows_of_one(vault):
    """The manifest, an owner's row, and the three of one certificate."""
    chosen = {}
    for (kind, record), sealed in sorted(vault.rows().items()):
        if kind in (driver.MANIFEST, driver.PIN_ROW, driver.KEY) and not any(
                kind == other for other, _ in chosen):
            chosen[kind, record] = sealed
    return chosen


@case("B03", "a cut or longer database is refused, or tells the same", short=True, seconds=600)
def lengths(trial):
    chance = random.Random(3)
    with Driver() as vault:
        vault.fill()
        image = vault.image()
        right = vault.probe()
        assert right[0] == "ok", right
        size = vault.database.stat().st_size
        cuts = list(range(0, size, few(4096, 8192)))
        cuts += [chance.randrange(size) for _ in range(few(1000, 20))]
        for cut in cuts:
            image.put_back()
            os.truncate(vault.database, cut)
            look = vault.probe()
            trial.attempt(look[0] == "ok", f"cut to {cut} of {size} bytes it opened")
        for _ in range(few(200, 10)):
            image.put_back()
            with vault.database.open("ab") as file:
                file.write(chance.randbytes(chance.choice((1, 511, 512, 4096, 40960))))
            look = vault.probe()
            trial.attempt(look[0] == "ok" and look != right, "made longer it told something else")
        image.put_back()
        vault.say("open")
        vault.say("use", 1001, "TWO")
        vault.say("close")
        trial.control(vault.probe() != right, "a look tells a vault that says something else")
