"""B04, B05, B15 once more, under a vault that is open: its files change while it works. What it tells
is right or an error; it evaluates no PIN too many; and the next start refuses what was done."""
import shutil
import sqlite3

import driver
from case import case
from driver import TRIES, Driver, few, relabelled, version_of

WRONG = (1001, "ONE", "nono", TRIES)


def altered(vault, *statements):
    """The bytes of the vault's database after somebody else's SQL."""
    folder = vault.place / "aside"
    folder.mkdir(exist_ok=True)
    path = folder / "vault.db"
    shutil.copy(vault.database, path)
    with sqlite3.connect(path, isolation_level=None) as database:
        for text, values in statements:
            database.execute(text, values)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    database.close()
    data = path.read_bytes()
    shutil.rmtree(folder)
    return data


def put(kind, record, sealed):
    return ("INSERT INTO rows (kind, record, sealed) VALUES (?, ?, ?) ON CONFLICT (kind, record) "
            "DO UPDATE SET sealed=excluded.sealed", (kind, record, sealed))


def drop(kind, record):
    return ("DELETE FROM rows WHERE kind=? AND record=?", (kind, record))


def alterations(vault, old):
    """(what, database); `old` is the database of an earlier moment. Nobody has the vault open."""
    rows = vault.rows()
    yield "an older database", old
    yield "zeros", bytes(len(old))
    yield "half of it", vault.database.read_bytes()[:len(old) // 2]
    yield "nothing", b""
    for row in rows:
        yield f"a row of kind {row[0]} deleted", altered(vault, drop(*row))
        yield f"a row of kind {row[0]} doubled", altered(
            vault, put(row[0], bytes(range(16)), relabelled(rows[row], bytes(range(16)))))
    records = sorted({record for kind, record in rows if kind == driver.META})
    for kind in (driver.META, driver.PIN_ROW, driver.KEY):
        for one, other in zip(records, records[1:] + records[:1]):
            a, b = rows[kind, one], rows[kind, other]
            yield f"kind {kind} swapped", altered(
                vault, put(kind, one, relabelled(b, one, version_of(a))),
                put(kind, other, relabelled(a, other, version_of(b))))
    for row, sealed in driver.read_rows_of(old).items():
        yield f"a row of kind {row[0]} put back", altered(vault, put(*row, sealed))


def in_place(vault, data):
    overwrite(vault.database, data)


def by_name(vault, data):
    fresh = vault.state / "other"
    fresh.write_bytes(data)
    fresh.chmod(0o600)
    fresh.rename(vault.database)


@case("B05", "rows swapped, deleted, doubled or put back under a running vault are told, or undone",
      short=True, seconds=600)
def under_a_running_vault(trial):
    with Driver() as vault:
        vault.fill()
        old = vault.database.read_bytes()
        assert vault.say("open") == ["ok"]
        assert vault.say("login", *WRONG)[0] == "pin-wrong"
        assert vault.say("use", 1001, "TWO")[0] == "ok"
        left = vault.tries()
        vault.say("close")
        image = vault.image()
        for at, (what, data) in enumerate(list(alterations(vault, old))):
            if at % few(1, 6):
                continue
            for way in (in_place, by_name):
                for has_written in (False, True):
                    image.put_back()
                    look(trial, vault, f"{what}, {way.__name__}", left,
                         lambda way=way, data=data: way(vault, data), has_written)


def look(trial, vault, what, left, alter, has_written):
    """What the open vault says after that, and the next start."""
    assert vault.say("open") == ["ok"]
    if has_written:  # then its own connection has the database open for writing
        assert vault.say("confirm", 1001, "TWO")[0] == "ok"
    vault.say("evaluated")
    alter()
    counts = [vault.say("list", uid) for uid in (1001, 1002)]
    trial.attempt(any(count[0] == "ok" and count[1] != right
                      for count, right in zip(counts, ("2", "1"))), f"{what}: lists {counts}")
    told = vault.tries()
    trial.attempt(told is not None and told > left, f"{what}: {told} tries, {left} there were")
    words = []
    for _ in range(TRIES + 1):
        words.append(vault.say("login", *WRONG)[0])
        alter()
    used = int(vault.say("evaluated")[0])
    trial.attempt(used > left or "ok" in words, f"{what}: {used} evaluated of {left}; {words}")
    vault.say("close")
    word = vault.say("open")[0]
    told = vault.tries() if word == "ok" else None
    vault.say("close")
    trial.attempt(word == "ok" and told > left - used, f"{what}, at the next start: {word}, {told} "
                  f"tries; {left} there were, {used} evaluated")


@case("B15", "a PIN record put back before each try, under a running vault, gives no try", short=True)
def put_back_before_each_try(trial):
    with Driver() as vault:
        vault.fill()
        for way in (in_place, by_name):
            image = vault.image()
            spend_with_old_files(trial, vault, image.files["state"]["vault.db"], way)
            image.put_back()
        spend_with_everything_old(trial, vault)


def spend_with_old_files(trial, vault, old, way):
    assert vault.say("open") == ["ok"]
    vault.say("evaluated")
    left, used = vault.tries(), 0
    for turn in range(3 * TRIES):
        way(vault, old)
        if vault.log.exists():
            vault.log.write_bytes(b"")
        said = vault.say("login", *WRONG)[0]
        used += int(vault.say("evaluated")[0])
        trial.attempt(used > left, f"put back {turn} times: {used} evaluated of {left}, {said}")
        if turn % 4 == 3:
            vault.say("close")
            vault.say("open")
    vault.say("close")


def spend_with_everything_old(trial, vault):
    """Database, log and anchor of the open vault, put back together before each try."""
    assert vault.say("open") == ["ok"]
    kept = vault.image()
    vault.say("evaluated")
    left, used = vault.tries(), 0
    for turn in range(3 * TRIES):
        for folder, files in kept.files.items():
            for name, data in files.items():
                overwrite(vault.place / folder / name, data)
        said = vault.say("login", *WRONG)[0]
        used += int(vault.say("evaluated")[0])
        trial.attempt(used > left, f"all put back {turn} times: {used} of {left}, {said}")
    vault.say("close")


def overwrite(path, data):
    with path.open("r+b") as file:
        file.write(data)
        file.truncate(len(data))
