#!/usr/bin/python3
"""Reads the golden vectors with a decoder of its own: docs/store.md, put to the test.

Opens every proper row of rows.txt and refuses every other; opens the golden vault down to its
private keys with nothing but host key and PIN; and refuses it after each of many alterations.
"""
import hashlib
import os
import sqlite3
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from primitives import Refused, argon2id, kdf, keyed_hash, xchacha20poly1305_open  # noqa: E402

FOLDER = os.path.dirname(os.path.abspath(__file__))
MANIFEST, META, PIN, KEY, OWNER = range(5)
BLOCKS = {MANIFEST: 512, META: 1024, PIN: 128, KEY: 1024, OWNER: 64}
NO_RECORD = bytes(16)


class Reader:
    """Flat, big-endian fields; nothing may be missing and nothing left over."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, size):
        if self.at + size > len(self.data):
            raise Refused("short")
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def flag(self):
        value = self.number(1)
        if value > 1:
            raise Refused("flag")
        return value == 1

    def text(self):
        return self.take(self.number(2)).decode("utf-8")

    def bytes(self):
        return self.take(self.number(4))

    def end(self):
        if self.at != len(self.data):
            raise Refused("long")


def row_key(k_records, kind, record, version):
    return keyed_hash(k_records, b"kinko row    v1 ", bytes([kind]) + record
                      + struct.pack(">Q", version))


def open_row(key, vault_id, kind, record, version, sealed):
    clear = b"KNKO" + b"\x01" + record + struct.pack(">Q", version)
    if sealed[:29] != clear:
        raise Refused("header")
    size = len(sealed) - 29 - 24 - 16
    if size <= 0 or size % BLOCKS[kind] != 0:
        raise Refused("size")
    padded = xchacha20poly1305_open(key, sealed[29:53], sealed[53:],
                                    vault_id + bytes([kind]) + clear)
    plain = padded.rstrip(b"\x00")
    if plain[-1:] != b"\x80" or len(padded) - len(plain) >= BLOCKS[kind]:
        raise Refused("padding")
    return plain[:-1]


def version_of(sealed):
    return struct.unpack(">Q", sealed[21:29])[0]


class VaultKey:
    def __init__(self, data):
        if hashlib.sha256(data[:-32]).digest() != data[-32:]:
            raise Refused("checksum")
        reader = Reader(data[:-32])
        if reader.take(8) != b"KinkoKey" or reader.number(1) != 1:
            raise Refused("format")
        self.binding = reader.number(1)
        self.vault_id = reader.take(16)
        self.anchor_kind = reader.number(1)
        self.nv_handle = reader.number(4)
        self.sealed_tpm = reader.bytes()
        self.srk_name = reader.bytes()
        self.srk_mac = reader.take(32)
        self.machine = (reader.flag(), reader.take(32))
        self.product = (reader.flag(), reader.take(32))
        self.host_check = reader.take(16)
        self.bound = data[:reader.at]
        self.nonce = reader.take(24)
        self.wrapped = reader.take(48)
        reader.end()

    def open(self, host_key, machine_id):
        expected = keyed_hash(b"", b"kinko machine v1", machine_id, salt=self.vault_id)
        if self.machine != (True, expected):
            raise Refused("another machine")
        if keyed_hash(host_key, b"kinko hostchk v1", self.vault_id, 16) != self.host_check:
            raise Refused("another host key")
        master = keyed_hash(host_key, b"kinko master v1 ", bytes([self.binding]) + self.vault_id)
        return xchacha20poly1305_open(master, self.nonce, self.wrapped, self.bound)


def read_step(reader):
    kind, handle = reader.number(1), reader.number(4)
    before, token, after = reader.take(32), reader.take(32), reader.take(32)
    if kind != 0 and hashlib.sha256(before + token).digest() != after:
        raise Refused("step")
    return {"kind": kind, "handle": handle, "from": before, "to": after}


def read_manifest(plain):
    reader = Reader(plain)
    manifest = {"set": reader.take(32), "count": reader.number(8), "anchor": read_step(reader),
                "next": read_step(reader), "audit": (reader.number(8), reader.take(32))}
    reader.end()
    return manifest


def read_meta(plain):
    reader = Reader(plain)
    meta = {"uid": reader.number(4), "number": reader.number(8), "label": reader.text(),
            "id": reader.take(32)}
    for name in ("subject", "issuer", "serial", "user_id", "key"):
        meta[name] = reader.text()
    meta["not_before"], meta["not_after"] = reader.number(8), reader.number(8)
    meta["confirmed_at"] = reader.number(8)
    meta["proofs"] = [(reader.take(32), reader.number(8), reader.text())
                      for _ in range(reader.number(1))]
    meta["certificate"] = reader.bytes()
    meta["chain"] = [reader.bytes() for _ in range(reader.number(1))]
    reader.end()
    return meta


def read_pin(plain):
    reader = Reader(plain)
    pin = {"salt": reader.take(16), "memory": reader.number(8), "passes": reader.number(4),
           "commitment": reader.take(32), "tries_left": reader.number(1), "rule": reader.flag()}
    reader.end()
    return pin


def read_owner(plain):
    reader = Reader(plain)
    owner = {"uid": reader.number(4), "next_number": reader.number(8),
             "has_active": reader.flag(), "active": reader.take(16)}
    reader.end()
    return owner


def read_anchor(file):
    """The value in the slot with the highest number of those that are whole."""
    if len(file) != 1024:
        raise Refused("size of the anchor")
    slots = []
    for at in (0, 512):
        reader = Reader(file[at:at + 72])
        value, number, check = reader.take(32), reader.number(8), reader.take(32)
        if hashlib.sha256(file[at:at + 40]).digest() == check:
            slots.append((number, value))
    if not slots or (len(slots) == 2 and slots[0][0] == slots[1][0]):
        raise Refused("slots of the anchor")
    return max(slots)[1]


class Vault:
    """A whole vault, from bytes; refuses what does not fit together."""

    def __init__(self, vault_key, rows, anchor, host_key, machine_id):
        head = VaultKey(vault_key)
        self.vault_id = head.vault_id
        key = head.open(host_key, machine_id)
        self.k_records, self.k_manifest, self.k_pin = (kdf(key, n, b"kinko v1") for n in (1, 2, 3))
        self.rows = {(kind, record): sealed for kind, record, sealed in rows}
        self.manifest = read_manifest(self.open_plain(MANIFEST, NO_RECORD))
        self.compare_set()
        if read_anchor(anchor) != self.manifest["anchor"]["to"]:
            raise Refused("anchor")
        self.metas = {r: read_meta(self.open_plain(k, r)) for k, r in self.rows if k == META}
        self.pins = {r: read_pin(self.open_plain(k, r)) for k, r in self.rows if k == PIN}
        self.owners = {r: read_owner(self.open_plain(k, r)) for k, r in self.rows if k == OWNER}
        if set(self.metas) != set(self.pins):
            raise Refused("half a certificate")

    def open_plain(self, kind, record):
        sealed = self.rows.get((kind, record))
        if sealed is None:
            raise Refused("gone")
        version = version_of(sealed)
        key = row_key(self.k_records, kind, record, version)
        return open_row(key, self.vault_id, kind, record, version, sealed)

    def compare_set(self):
        total, count = 0, 0
        for (kind, record), sealed in self.rows.items():
            if kind == MANIFEST:
                continue
            share = keyed_hash(self.k_manifest, b"kinko set    v1 ",
                               bytes([kind]) + record + sealed[21:29] + sealed[-16:])
            total ^= int.from_bytes(share, "big")
            count += 1
        if total.to_bytes(32, "big") != self.manifest["set"] or count != self.manifest["count"]:
            raise Refused("set")

    def open_key(self, record, pin):
        row, sealed = self.pins[record], self.rows[(KEY, record)]
        version = version_of(sealed)
        stretched = argon2id(pin, row["salt"], row["passes"], row["memory"])
        halves = keyed_hash(self.k_pin, b"kinko pin    v1 ", stretched + self.vault_id + record
                            + struct.pack(">Q", version), 64)
        if halves[32:] != row["commitment"]:
            raise Refused("PIN")
        return open_row(halves[:32], self.vault_id, KEY, record, version, sealed)


def must_refuse(what, call):
    try:
        call()
    except Refused:
        return
    raise AssertionError("accepted: " + what)


def unhex(word):
    return b"" if word == "-" else bytes.fromhex(word)


def check_rows():
    accepted = refused = 0
    k_records = vault_id = None
    with open(os.path.join(FOLDER, "rows.txt"), encoding="ascii") as lines:
        for line in lines:
            words = line.split()
            if words[0] == "vault_key":
                k_records = kdf(unhex(words[1]), 1, b"kinko v1")
            elif words[0] == "vault_id":
                vault_id = unhex(words[1])
            elif words[0] == "row":
                kind, record, version = int(words[3]), unhex(words[4]), int(words[5])
                key = row_key(k_records, kind, record, version)
                sealed, plain = unhex(words[6]), unhex(words[7])

                def run():
                    return open_row(key, vault_id, kind, record, version, sealed)
                if words[1] == "accept":
                    assert run() == plain, words[2]
                    accepted += 1
                else:
                    must_refuse(words[2], run)
                    refused += 1
    assert accepted == 25 and refused > 200, (accepted, refused)
    return accepted, refused


def read_file(name):
    with open(os.path.join(FOLDER, name), "rb") as file:
        return file.read()


def golden():
    expected = {}
    for line in read_file("expected.txt").decode("ascii").splitlines():
        name, value = line.split()
        expected[name] = unhex(value)
    database = sqlite3.connect("file:%s?immutable=1" % os.path.join(FOLDER, "vault.db"), uri=True)
    rows = database.execute("SELECT kind, record, sealed FROM rows").fetchall()
    database.close()
    return expected, read_file("vault.key"), rows, read_file("anchor")


def check_vault():
    expected, vault_key, rows, anchor = golden()
    host_key, machine_id, pin = expected["host_key"], expected["machine_id"], expected["pin"]
    vault = Vault(vault_key, rows, anchor, host_key, machine_id)
    assert len(vault.metas) == 2 and vault.manifest["count"] == 8
    assert vault.manifest["next"]["kind"] == 0 and vault.manifest["audit"] == (0, bytes(32))
    for record, meta in vault.metas.items():
        uid = meta["uid"]
        assert hashlib.sha256(meta["certificate"]).digest() == meta["id"]
        assert meta["id"] == expected["certificate_%d" % uid]
        assert meta["label"].encode() == expected["label"] and meta["number"] == 1
        assert meta["proofs"] == [(b"\xab" + bytes(31), 1700000000, "USB 銀")]
        assert len(meta["chain"]) == 1
        assert vault.pins[record]["tries_left"] == (4 if uid == 1001 else 5)
        key = vault.open_key(record, pin)
        assert hashlib.sha256(key).digest() == expected["key_%d" % uid]
        must_refuse("a wrong PIN", lambda r=record: vault.open_key(r, b"no"))
        owner_id = keyed_hash(vault.k_records, b"kinko ownerid v1", struct.pack(">I", uid), 16)
        owner = vault.owners[owner_id]
        assert owner == {"uid": uid, "next_number": 2, "has_active": True, "active": record}
    return expected, vault_key, rows, anchor


def check_alterations(expected, vault_key, rows, anchor):
    host_key, machine_id = expected["host_key"], expected["machine_id"]
    count = 0

    def refuse(what, *parts):
        nonlocal count
        count += 1
        must_refuse(what, lambda: Vault(*parts))

    refuse("another host key", vault_key, rows, anchor, bytes(32), machine_id)
    refuse("another machine", vault_key, rows, anchor, host_key, b"ffff")
    refuse("an empty anchor", vault_key, rows, bytes(1024), host_key, machine_id)
    refuse("a short anchor", vault_key, rows, anchor[:-1], host_key, machine_id)
    current = 512 * (int.from_bytes(anchor[544:552], "big") > int.from_bytes(anchor[32:40], "big"))
    for at in range(current, current + 72):
        bad = anchor[:at] + bytes([anchor[at] ^ 1]) + anchor[at + 1:]
        refuse("anchor, byte %d" % at, vault_key, rows, bad, host_key, machine_id)
    for at in range(len(vault_key)):
        bad = vault_key[:at] + bytes([vault_key[at] ^ 1]) + vault_key[at + 1:]
        refuse("vault.key, byte %d" % at, bad, rows, anchor, host_key, machine_id)
        if at < len(vault_key) - 32 and at != 0:
            mended = bad[:-32] + hashlib.sha256(bad[:-32]).digest()
            refuse("mended vault.key, byte %d" % at, mended, rows, anchor, host_key, machine_id)
    for i, (kind, record, sealed) in enumerate(rows):
        rest = rows[:i] + rows[i + 1:]
        refuse("a row gone", vault_key, rest, anchor, host_key, machine_id)
        for at in list(range(0, 53, 5)) + [len(sealed) - 1, len(sealed) - 40]:
            bad = sealed[:at] + bytes([sealed[at] ^ 4]) + sealed[at + 1:]
            if kind == KEY and (at < 21 or 29 <= at < len(sealed) - 16):
                continue  # only its PIN can tell
            refuse("row %d, byte %d" % (i, at), vault_key, rest + [(kind, record, bad)], anchor,
                   host_key, machine_id)
        other = next(row for row in rows if row[0] == kind and row[1] != record) if kind else None
        if other:
            swapped = [(k, r, other[2] if (k, r) == (kind, record) else
                        sealed if (k, r) == other[:2] else s) for k, r, s in rows]
            refuse("two rows swapped", vault_key, swapped, anchor, host_key, machine_id)
    return count


def check_primitives():
    """The vector of draft-irtf-cfrg-xchacha-03, A.3.1. The others prove themselves on the vault."""
    nonce = bytes.fromhex("404142434445464748494a4b4c4d4e4f5051525354555657")
    key = bytes(range(0x80, 0xA0))
    bound = bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
    sealed = bytes.fromhex(
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda"
        "7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b23835"
        "65d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49")
    plain = xchacha20poly1305_open(key, nonce, sealed, bound)
    assert plain.startswith(b"Ladies and Gentlemen of the class of '99"), plain


def main():
    check_primitives()
    accepted, refused = check_rows()
    altered = check_alterations(*check_vault())
    print("vectors: %d rows opened, %d refused; the vault opened, %d alterations refused"
          % (accepted, refused, altered))


if __name__ == "__main__":
    main()
