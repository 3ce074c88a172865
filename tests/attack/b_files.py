"""B11, B12, B14: a database with another schema, files that are no files, and a host.key that is not
what it was: refused with a reason, at once, and nothing is written or made anew."""
import contextlib
import os
import socket
import stat
import time

import driver
from case import case
from driver import Driver, few

PATIENT_SECONDS = 5  # of a refusal, on a machine that does other things


# -- B11 -------------------------------------------------------------------------------------------

ROWS = "(kind INTEGER NOT NULL, record BLOB NOT NULL, sealed BLOB NOT NULL"
SCHEMAS = {
    "a trigger that deletes": ["CREATE TRIGGER t AFTER UPDATE ON rows BEGIN DELETE FROM rows; END"],
    "a trigger on insert": ["CREATE TRIGGER t BEFORE INSERT ON rows BEGIN SELECT 1; END"],
    "a view in the table's place": ["ALTER TABLE rows RENAME TO old",
                                    "CREATE VIEW rows AS SELECT * FROM old"],
    "another view": ["CREATE VIEW other AS SELECT * FROM rows"],
    "a CHECK with a function": ["ALTER TABLE rows RENAME TO old",
                                f"CREATE TABLE rows {ROWS}, PRIMARY KEY (kind, record), "
                                "CHECK (length(sealed) > 0)) STRICT",
                                "INSERT INTO rows SELECT * FROM old", "DROP TABLE old"],
    "a generated column": ["ALTER TABLE rows ADD COLUMN more BLOB AS (zeroblob(9)) VIRTUAL"],
    "one column more": ["ALTER TABLE rows ADD COLUMN more BLOB"],
    "an index": ["CREATE INDEX i ON rows (sealed)"],
    "an index of an expression": ["CREATE INDEX i ON rows (hex(sealed))"],
    "another table": ["CREATE TABLE other (a)"],
    "statistics": ["ANALYZE"],
    "no table": ["DROP TABLE rows"],
    "not strict": ["ALTER TABLE rows RENAME TO old",
                   f"CREATE TABLE rows {ROWS}, PRIMARY KEY (kind, record))",
                   "INSERT INTO rows SELECT * FROM old", "DROP TABLE old"],
    "no key": ["ALTER TABLE rows RENAME TO old", f"CREATE TABLE rows {ROWS}) STRICT",
               "INSERT INTO rows SELECT * FROM old", "DROP TABLE old"],
    "another version": ["PRAGMA user_version = 2"],
    "another application": ["PRAGMA application_id = 1"],
}


@case("B11", "a database of any other schema is refused and left as it is", short=True)
def schemas(trial):
    with Driver() as vault:
        vault.fill()
        image = vault.image()
        for what, statements in SCHEMAS.items():
            image.put_back()
            vault.edit(*[(text, ()) for text in statements])
            before = vault.image()
            word = vault.say("open")[0]
            vault.say("close")
            trial.attempt(word == "ok", f"it opened with {what}")
            trial.attempt(vault.image() != before, f"it was written to: {what}")


# -- B12 -------------------------------------------------------------------------------------------


def symlink(path, data):
    aside = path.parent.parent / "aside"
    aside.write_bytes(data)
    path.symlink_to(aside)


def hardlink(path, data):
    path.write_bytes(data)
    os.link(path, path.parent.parent / "aside")


def unix_socket(path, _):
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path.name)


def sparse(path, data):
    path.write_bytes(data)
    os.truncate(path, 10 ** 12)


def mode(path, data, bits):
    path.write_bytes(data)
    path.chmod(bits)


def foreign(path, data):
    path.write_bytes(data)
    os.chown(path, 65534, 65534)


def device(path, kind, major, minor):
    os.mknod(path, kind | 0o600, os.makedev(major, minor))


IN_ITS_PLACE = {
    "a symbolic link": symlink,
    "a symbolic link to nothing": lambda path, _: path.symlink_to("nothing"),
    "a symbolic link to /proc/self/mem": lambda path, _: path.symlink_to("/proc/self/mem"),
    "a hard link": hardlink,
    "a FIFO": lambda path, _: os.mkfifo(path, 0o600),
    "a folder": lambda path, _: path.mkdir(),
    "a socket": unix_socket,
    "a terabyte of nothing": sparse,
    "world-writable": lambda path, data: mode(path, data, 0o666),
    "group-writable": lambda path, data: mode(path, data, 0o620),
}
IN_ITS_PLACE_BY_ROOT = {
    "another's": foreign,
    "a character device": lambda path, _: device(path, stat.S_IFCHR, 1, 5),
    "a block device": lambda path, _: device(path, stat.S_IFBLK, 7, 0),
}

ONLY_OF_THE_DATABASE = ("a hard link", "world-writable", "group-writable", "another's")


def things():
    return {**IN_ITS_PLACE, **(IN_ITS_PLACE_BY_ROOT if os.geteuid() == 0 else {})}


@contextlib.contextmanager
def in_place_of(path, make):
    """True inside, when the file system lets such a thing be."""
    data = path.read_bytes() if path.exists() else b""
    path.unlink(missing_ok=True)
    try:
        try:
            make(path, data)
            made = True
        except OSError:
            made = False
        yield made
    finally:
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        path.unlink(missing_ok=True)
        (path.parent.parent / "aside").unlink(missing_ok=True)


@case("B12", "nothing but the vault's own file is opened as its database, log, anchor or vault.key",
      short=True)
def things_in_place(trial):
    slowest = 0
    with Driver() as vault:
        vault.fill()
        image = vault.image()
        for path in (vault.database, vault.log, vault.state / "vault.key",
                     vault.anchor / "anchor"):
            for what, make in things().items():
                image.put_back()
                # What vault.key and anchor say is proven, whoever else may name or write them.
                if what in ONLY_OF_THE_DATABASE and path not in (vault.database, vault.log):
                    continue
                with in_place_of(path, make) as made:
                    taken = expect_refusal(trial, vault, path.name, what) if made else 0
                if taken is None:
                    return  # it was ended: nothing more can be asked
                slowest = max(slowest, taken)
        image.put_back()
    trial.figure("slowest refusal in ms", int(slowest * 1000))
    if os.geteuid() != 0:
        trial.figure("not here", "devices and another's files: they need root")


def expect_refusal(trial, vault, name, what):
    """How long it took; None when it never came."""
    began = time.monotonic()
    try:
        word = vault.say("open", seconds=60)[0]
    except driver.Hung:
        trial.attempt(True, f"{name} is {what}: it hangs")
        return None
    taken = time.monotonic() - began
    vault.say("close")
    trial.attempt(word == "ok" or taken > PATIENT_SECONDS, f"{name} is {what}: {word}, {taken:.1f} s")
    return taken


@case("B12", "the daemon itself refuses what is no database, with a reason, and does not hang")
def things_before_the_daemon(trial):
    vault = trial.vault()
    vault.start()
    vault.stop()
    database = vault.folder / "state" / "vault.db"
    kept = database.read_bytes()
    for what, make in things().items():
        with in_place_of(database, make) as made:
            if made:
                began = time.monotonic()
                vault.start()
                result = vault.json("list")
                taken = time.monotonic() - began
                trial.attempt(result.exit != 8 or taken > PATIENT_SECONDS,
                              f"{what}: exit {result.exit} after {taken:.1f} s")
                vault.stop()
        database.write_bytes(kept)
        database.chmod(0o600)


# -- B14 -------------------------------------------------------------------------------------------

HOST_KEYS = {
    "gone": lambda path, data: None,
    "empty": lambda path, data: put(path, b""),
    "short": lambda path, data: put(path, data[:31]),
    "long": lambda path, data: put(path, data + b"\1"),
    "of zeros": lambda path, data: put(path, bytes(32)),
    "foreign": lambda path, data: put(path, bytes(range(32))),
    "twice as long, foreign": lambda path, data: put(path, bytes(range(64))),
    "a megabyte": lambda path, data: put(path, data * 32768),
    "readable by all": lambda path, data: put(path, data, 0o444),
    "writable by all": lambda path, data: put(path, data, 0o666),
    "readable by its group": lambda path, data: put(path, data, 0o440),
    "a symbolic link": symlink,
    "a folder": lambda path, data: path.mkdir(),
    "a FIFO": lambda path, data: os.mkfifo(path, 0o400),
}


def put(path, data, bits=0o400):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(descriptor, data)
    os.fchmod(descriptor, bits)
    os.close(descriptor)


@case("B14", "a host.key that is gone or not what it was opens nothing, and none is made anew",
      short=True)
def host_keys(trial):
    vault = trial.vault()
    vault.start()
    vault.stop()
    path = vault.folder / "host.key"
    data = path.read_bytes()
    before = everything(vault)
    states = dict(HOST_KEYS)
    if os.geteuid() == 0:
        states["another's"] = lambda place, key: (put(place, key), os.chown(place, 65534, 65534))
    for what, make in list(states.items())[::few(1, 4)]:
        path.unlink()
        make(path, data)
        shown = (path.is_symlink(), path.exists(), path.is_file() and path.read_bytes())
        vault.start()
        result = vault.json("list")
        trial.attempt(result.exit != 8, f"host.key {what}: {result}")
        vault.stop()
        trial.attempt((path.is_symlink(), path.exists(), path.is_file() and path.read_bytes())
                      != shown, f"host.key {what} was made anew")
        trial.attempt(everything(vault) != before, f"host.key {what}: the vault was touched")
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
        put(path, data)
    vault.start()
    trial.attempt(vault.json("list").exit != 0, "with its own host.key it does not open again")


def everything(vault):
    return {name: digest for name, digest in vault.files().items()
            if name not in ("host.key", "policy.conf") and not name.endswith(".sock")}
