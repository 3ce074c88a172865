"""The keeper that attacks drive (driver.h), and what is done to its files between two requests.

    with driver.Driver() as vault:
        vault.fill()
        vault.say("login", 1001, "ONE", "nono", 5)      -> ["pin-wrong", "4"]

A driver that ends by itself has crashed; one that does not answer in time hangs. Both are told as
what they are, and not as an answer.
"""
import os
import pathlib
import select
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "flow"))
import kinko  # noqa: E402


def program(name):
    """A program of the tests: of the build under attack, else of the build of the tests."""
    places = [folder / part / name for folder in (kinko.BIN.parent, kinko.BUILD)
              for part in ("tests", "bin")]
    found = [place for place in places if os.access(place, os.X_OK)]
    assert found, f"{name} is not built: {[str(place) for place in places]}"
    return str(found[0])


def few(full, short):
    """How often: in the short form that is part of the tests, and in the whole suite."""
    return short if os.environ.get("KINKO_ATTACK_SHORT") else full


HOLDERS = [(1001, "ONE", "abcd"), (1001, "TWO", "efgh"), (1002, "SIX", "ijkl")]
UID, NAME, PIN = HOLDERS[0]
TRIES = 5
MANIFEST, META, PIN_ROW, KEY, OWNER = range(5)
NO_RECORD = bytes(16)
HEADER = 29  # magic, format, record id, version
NONCE = 24
TAG = 16
LONGEST = 600


class Crashed(Exception):
    """The vault's code ended its process: always a finding."""


class Hung(Exception):
    """No answer in time: always a finding."""


class Driver:
    def __init__(self):
        self.errors = None
        self.process = None
        self.place = None

    def __enter__(self):
        self.process = subprocess.Popen(
            [program("attack_driver")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=kinko.environment(), text=True, bufsize=1)
        self.place = pathlib.Path(self.say("place")[0])
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.place, ignore_errors=True)
        self.process.stdout.close()
        self.process.stderr.close()

    def send(self, *words):
        try:
            self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
        except BrokenPipeError:
            self._crashed(words)

    def answer(self, words, seconds=LONGEST):
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        if not ready:
            self.process.kill()
            self.process.wait()
            raise Hung(" ".join(str(word) for word in words))
        line = self.process.stdout.readline()
        if line == "":
            self._crashed(words)
        return line.split()

    def say(self, *words, seconds=LONGEST):
        """One request; the words of its answer."""
        self.send(*words)
        return self.answer(words, seconds)

    def _crashed(self, words):
        code = self.process.wait(LONGEST)
        raise Crashed(f"{words} ended the vault with {code}: {self.process.stderr.read()[-2000:]}")

    # -- a vault to be attacked ------------------------------------------------------------------

    def fill(self):
        """Two owners, three certificates, one try spent; closed, and all in the database."""
        assert self.say("open") == ["ok"]
        for uid, name, pin in HOLDERS:
            assert self.say("import", uid, name, pin, TRIES) == ["ok", "imported"]
        assert self.say("login", UID, NAME, "nono", TRIES)[0] == "pin-wrong"
        self.say("close")
        return self

    @property
    def state(self):
        return self.place / "state"

    @property
    def anchor(self):
        return self.place / "anchor"

    @property
    def database(self):
        return self.state / "vault.db"

    @property
    def log(self):
        return self.state / "vault.db-wal"

    def probe(self):
        """("ok", what it tells) or (word, None)."""
        words = self.say("probe")
        return (words[0], words[1] if len(words) > 1 else None)

    def tries(self, uid=UID, name=NAME):
        """What the open vault says; None when it is not open."""
        words = self.say("tries", uid, name)
        return int(words[1]) if words[0] == "ok" else None

    def image(self, *folders):
        """The files as they are: of state and anchor, or of those named."""
        return Image(self, folders or ("state", "anchor"))

    def rows(self):
        return read_rows(self.database)

    def edit(self, *statements):
        """SQL by somebody else, each (text, values); nothing of a log is left behind."""
        with sqlite3.connect(self.database, isolation_level=None) as database:
            for text, values in statements:
                database.execute(text, values)
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        database.close()
        for name in ("vault.db-wal", "vault.db-shm"):
            (self.state / name).unlink(missing_ok=True)

    def put_row(self, kind, record, sealed):
        self.edit(("INSERT INTO rows (kind, record, sealed) VALUES (?, ?, ?) ON CONFLICT "
                   "(kind, record) DO UPDATE SET sealed=excluded.sealed", (kind, record, sealed)))


class Image:
    """Files kept aside, to be put back as a thief or a restored backup does."""

    def __init__(self, driver, folders):
        self.place, self.folders = driver.place, folders
        self.files = {folder: {path.name: path.read_bytes() for path in (self.place / folder).iterdir()}
                      for folder in folders}

    def put_back(self, *folders):
        for folder in folders or self.folders:
            put_files(self.place / folder, self.files[folder])

    def __eq__(self, other):
        return self.files == other.files


def put_files(folder, files):
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()
    for name, data in files.items():
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, data)
        finally:
            os.close(descriptor)


def read_rows(path):
    """{(kind, record): sealed} of a database that nobody has open."""
    database = sqlite3.connect(f"file:{path}?immutable=1", uri=True)
    try:
        rows = database.execute("SELECT kind, record, sealed FROM rows").fetchall()
    finally:
        database.close()
    return {(kind, record): sealed for kind, record, sealed in rows}


def read_rows_of(data):
    """The rows of a database that was read as bytes."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return read_rows(file.name)


def relabelled(sealed, record=None, version=None, form=None):
    """The row with another clear header, as somebody with an editor makes it."""
    head = bytearray(sealed[:HEADER])
    if form is not None:
        head[4] = form
    if record is not None:
        head[5:21] = record
    if version is not None:
        head[21:29] = version.to_bytes(8, "big")
    return bytes(head) + sealed[HEADER:]


def version_of(sealed):
    return int.from_bytes(sealed[21:29], "big")
