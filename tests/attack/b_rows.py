"""B04-B06, B13, B15: no row can be swapped, deleted, doubled, put back or made older."""
import itertools

import driver
from case import case
from driver import HEADER, NO_RECORD, TAG, TRIES, Driver, few, relabelled, version_of

ID = slice(5, 21)


class Table:
    """The rows of a vault, altered one way after another; each way is looked at."""

    def __init__(self, trial, vault):
        self.trial, self.vault = trial, vault
        self.image = vault.image()
        self.right = vault.probe()
        assert self.right[0] == "ok", self.right
        self.image.put_back()
        self.rows = vault.rows()
        self.records = sorted({record for kind, record in self.rows if kind == driver.META})

    def look(self, what, *statements, may_be_same=False):
        self.image.put_back()
        self.vault.edit(*statements)
        if may_be_same:
            look = self.vault.probe()
            self.trial.attempt(look[0] == "ok" and look != self.right, what)
        else:
            self.trial.attempt(self.vault.say("open") == ["ok"], what)
            self.vault.say("close")

    def put(self, kind, record, sealed):
        return ("INSERT INTO rows (kind, record, sealed) VALUES (?, ?, ?) ON CONFLICT (kind, record)"
                " DO UPDATE SET sealed=excluded.sealed", (kind, record, sealed))

    def drop(self, kind, record):
        return ("DELETE FROM rows WHERE kind=? AND record=?", (kind, record))

    def swap(self, what, one, other):
        """As they are, and with the clear header that belongs to the new place."""
        a, b = self.rows[one], self.rows[other]
        self.look(what, self.put(*one, b), self.put(*other, a))
        self.look(what + ", header mended",
                  self.put(*one, relabelled(b, one[1], version_of(a))),
                  self.put(*other, relabelled(a, other[1], version_of(b))))


@case("B04", "no row opens in the place of another: of the same kind, another kind, owner or vault",
      short=True)
def swapped_rows(trial):
    with Driver() as vault, Driver() as foreign:
        vault.fill()
        foreign.fill()
        table = Table(trial, vault)
        for kind in (driver.META, driver.PIN_ROW, driver.KEY):
            for one, other in itertools.combinations(table.records, 2):
                table.swap(f"kind {kind} of two certificates", (kind, one), (kind, other))
        for record in table.records:
            for one, other in itertools.combinations((driver.META, driver.PIN_ROW, driver.KEY), 2):
                table.swap("two kinds", (one, record), (other, record))
        owners = sorted(row for row in table.rows if row[0] == driver.OWNER)
        table.swap("two owners", *owners)
        swap_certificates(table)
        rows_of_another_vault(table, foreign)


def swap_certificates(table):
    """All three rows together: one certificate under the record id of another."""
    for one, other in itertools.combinations(table.records, 2):
        changes = []
        for kind in (driver.META, driver.PIN_ROW, driver.KEY):
            a, b = table.rows[kind, one], table.rows[kind, other]
            changes += [table.put(kind, one, relabelled(b, one)),
                        table.put(kind, other, relabelled(a, other))]
        table.look("two whole certificates", *changes)


def rows_of_another_vault(table, foreign):
    theirs = foreign.rows()
    for kind in (driver.MANIFEST, driver.META, driver.PIN_ROW, driver.KEY, driver.OWNER):
        mine = sorted(row for row in table.rows if row[0] == kind)
        others = sorted(row for row in theirs if row[0] == kind)
        for place, other in zip(mine, others):
            table.look(f"kind {kind} of another vault", table.put(*place, theirs[other]))
            table.look(f"kind {kind} of another vault, header mended",
                       table.put(*place, relabelled(theirs[other], place[1],
                                                    version_of(table.rows[place]))))


@case("B05", "deleted, doubled, put back and renumbered rows are told", short=True)
def counted_rows(trial):
    with Driver() as vault:
        vault.fill()
        table = Table(trial, vault)
        for row in table.rows:
            table.look(f"a row of kind {row[0]} deleted", table.drop(*row))
        table.look("all rows deleted", ("DELETE FROM rows", ()))
        table.look("all but the manifest deleted", ("DELETE FROM rows WHERE kind<>0", ()))
        for record in table.records:
            table.look("a whole certificate deleted",
                       ("DELETE FROM rows WHERE record=?", (record,)))
        doubled_rows(table)
        renumbered_rows(table)
        table.image.put_back()
        put_back_rows(trial, vault)


def doubled_rows(table):
    new = bytes(range(16))
    for (kind, record), sealed in table.rows.items():
        if kind == driver.MANIFEST:
            continue
        table.look(f"kind {kind} doubled", table.put(kind, new, sealed))
        table.look(f"kind {kind} doubled, header mended",
                   table.put(kind, new, relabelled(sealed, new)))
    for record in table.records:
        table.look("a whole certificate doubled", *[
            table.put(kind, new, relabelled(table.rows[kind, record], new))
            for kind in (driver.META, driver.PIN_ROW, driver.KEY)])


def renumbered_rows(table):
    """SQLite's own numbers mean nothing; record ids do."""
    table.look("SQLite's row numbers changed", ("UPDATE rows SET rowid = rowid + 100", ()),
               may_be_same=True)
    for record in table.records:
        new = bytes(15) + b"\x07"
        changes = [change for kind in (driver.META, driver.PIN_ROW, driver.KEY) for change in
                   (table.drop(kind, record),
                    table.put(kind, new, relabelled(table.rows[kind, record], new)))]
        table.look("a certificate under another record id", *changes)


def put_back_rows(trial, vault):
    """A certificate that its owner has deleted comes back from a copy."""
    kept = vault.rows()
    vault.say("open")
    assert vault.say("delete", 1001, "TWO")[0] == "ok"
    vault.say("close")
    now = vault.rows()
    gone = {row: sealed for row, sealed in kept.items() if row not in now}
    assert len(gone) == 3, gone.keys()
    for rows in [dict([row]) for row in gone.items()] + [gone, kept]:
        image = vault.image()
        for row, sealed in rows.items():
            vault.put_row(*row, sealed)
        word = vault.say("open")[0]
        vault.say("close")
        trial.attempt(word == "ok", f"{len(rows)} rows of a deleted certificate came back")
        image.put_back()


@case("B06", "every byte of a row's clear header and of its columns is refused", short=True)
def headers_and_columns(trial):
    with Driver() as vault:
        vault.fill()
        table = Table(trial, vault)
        for (kind, record), sealed in table.rows.items():
            for at in range(0, HEADER, few(1, 13)):
                table.look(f"kind {kind}, byte {at} of the header", table.put(
                    kind, record, flipped(sealed, at)))
            for at in range(0, 16, few(1, 5)):
                table.look(f"kind {kind}, byte {at} of the record column", (
                    "UPDATE rows SET record=? WHERE kind=? AND record=?",
                    (flipped(record, at), kind, record)))
            for other in [n for n in (-1, 0, 1, 2, 3, 4, 5, 2 ** 40) if n != kind]:
                table.look(f"kind {kind} became {other}", (
                    "UPDATE OR REPLACE rows SET kind=? WHERE kind=? AND record=?",
                    (other, kind, record)))
            for odd in (b"", record[:15], record + b"\x00"):
                table.look(f"kind {kind}, a record id of {len(odd)} bytes", (
                    "UPDATE rows SET record=? WHERE kind=? AND record=?", (odd, kind, record)))


def flipped(data, at, mask=0x10):
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1:]


@case("B13", "no row of another format, version or length is taken", short=True)
def older_forms(trial):
    with Driver() as vault:
        vault.fill()
        table = Table(trial, vault)
        for (kind, record), sealed in table.rows.items():
            for form in (0, 2, 3, 255):
                table.look(f"kind {kind} of format {form}", table.put(
                    kind, record, relabelled(sealed, form=form)))
            for version in {0, 1, version_of(sealed) - 1, version_of(sealed) + 1, 2 ** 63} - {
                    version_of(sealed)}:
                table.look(f"kind {kind} of version {version}", table.put(
                    kind, record, relabelled(sealed, version=version % 2 ** 64)))
            for tag in (0, 4, 8, 12):
                table.look(f"kind {kind} with a tag of {tag} bytes", table.put(
                    kind, record, sealed[:len(sealed) - TAG + tag]))
            for cut in (1, 16, 64, 128, 512, 1024):
                table.look(f"kind {kind}, {cut} bytes shorter", table.put(
                    kind, record, sealed[:-cut] if cut < len(sealed) else b""))
                table.look(f"kind {kind}, {cut} bytes longer", table.put(
                    kind, record, sealed + bytes(cut)))
        table.look("the schema's version is older", ("PRAGMA user_version = 0", ()))
        vault_key_of_other_forms(table)


def vault_key_of_other_forms(table):
    """With its checksum made right again."""
    import hashlib
    path = table.vault.state / "vault.key"
    table.image.put_back()
    data = path.read_bytes()[:-32]
    for at, value in [(8, 0), (8, 2), (9, 1), (9, 2), (26, 2), (26, 0)]:
        body = data[:at] + bytes([value]) + data[at + 1:]
        table.image.put_back()
        path.write_bytes(body + hashlib.sha256(body).digest())
        look = table.vault.probe()
        table.trial.attempt(look[0] == "ok", f"vault.key with {value} at {at} opened")


@case("B15", "nothing done to a PIN record gives a try back", short=True)
def pin_records(trial):
    with Driver() as vault:
        vault.fill()
        full = vault.rows()
        spend(vault, 3)
        left = vault.rows()
        counts = TriesTable(trial, vault, TRIES - 4)
        row = counts.row
        for at in range(0, len(left[row]), few(1, 11)):
            for bit in range(0, 8, few(1, 5)):
                counts.look("a bit flipped", {row: flipped(left[row], at, 1 << bit)})
        for size in range(0, len(left[row]), few(1, 17)):
            counts.look(f"cut to {size}", {row: left[row][:size]})
        counts.look("deleted", {row: None})
        counts.look("an older copy", {row: full[row]})
        counts.look("an older copy, header mended",
                    {row: relabelled(full[row], version=version_of(left[row]))})
        manifest = (driver.MANIFEST, NO_RECORD)
        counts.look("an older copy and its manifest", {row: full[row], manifest: full[manifest]})
        counts.look("an older database", full)
        for other in [each for each in left if each[0] == driver.PIN_ROW and each != row]:
            counts.look("swapped with another's", {row: left[other], other: left[row]})
            counts.look("replaced by another's, header mended",
                        {row: relabelled(left[other], row[1], version_of(left[row]))})
        trial.figure("tries gained", counts.gained)


def spend(vault, count):
    assert vault.say("open") == ["ok"]
    for _ in range(count):
        assert vault.say("login", *driver.HOLDERS[0][:2], "nono", TRIES)[0] == "pin-wrong"
    vault.say("close")


class TriesTable:
    """Whether a vault that opens after all has more tries than were left."""

    def __init__(self, trial, vault, left):
        self.trial, self.vault, self.left = trial, vault, left
        self.image = vault.image()
        self.gained = 0
        self.row = self.most_changed()

    def most_changed(self):
        """The PIN row that the tries were spent on: nothing in clear names its owner."""
        rows = {row: sealed for row, sealed in self.vault.rows().items()
                if row[0] == driver.PIN_ROW}
        return max(rows, key=lambda row: version_of(rows[row]))

    def look(self, what, rows):
        self.image.put_back()
        self.vault.edit(*[
            ("DELETE FROM rows WHERE kind=? AND record=?", row) if sealed is None else
            ("INSERT INTO rows (kind, record, sealed) VALUES (?, ?, ?) ON CONFLICT (kind, record)"
             " DO UPDATE SET sealed=excluded.sealed", (*row, sealed))
            for row, sealed in rows.items()])
        word = self.vault.say("open")[0]
        left = self.vault.tries() if word == "ok" else None
        self.vault.say("close")
        self.gained += max(0, (left or 0) - self.left)
        self.trial.attempt(word == "ok" and left != self.left, f"PIN record {what}: {left} tries")
