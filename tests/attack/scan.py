"""SCAN: looks for secrets that the harness itself has made, and therefore knows.

    secrets = scan.Secrets()
    secrets.add_original(original)           # p, q, d, ... of its key, PKCS#8, and the PIN
    secrets.add("host key", open("/etc/kinko/host.key", "rb").read())
    found = secrets.in_processes(trial, pids) | in_files(trial, paths) | in_bytes(trial, data)
    found.hits                               # [(name, where)]

A number of a key is looked for as every 16-byte block of it, in both byte orders: whoever holds any
32 bytes of it in one piece holds one of these. Texts, hex and base64 of it are looked for too. Each
scan counts its bytes as a figure of the trial.
"""
import base64
import os
import pathlib
import subprocess
import sys
import tempfile

import kinko

sys.path.insert(0, str(kinko.ROOT / "tests/vectors"))
import check

BLOCK = 16
USES = (1, 2, 3, 4, 5)  # of the vault key (labels.h)


class Found:
    """Where what was found."""

    def __init__(self, hits, size):
        self.hits, self.size = hits, size

    def names(self):
        return sorted({name for name, _ in self.hits})

    def __str__(self):
        return "; ".join(f"{name} in {where}" for name, where in sorted(set(self.hits))[:5])


def helper(name):
    """A program of the suite."""
    found = kinko.BUILD / "tests" / name
    assert os.access(found, os.X_OK), f"{found} is not built"
    return str(found)


class Secrets:
    def __init__(self):
        self.patterns = []  # (name, bytes)
        self._known = set()

    # -- what is looked for

    def _pattern(self, name, data):
        if len(data) >= 8 and data not in self._known and len(set(data)) > 2:
            self._known.add(data)
            self.patterns.append((name.replace(" ", "-"), data))

    def add(self, name, data):
        """Bytes: every block of them in both orders, and as text."""
        size = BLOCK if len(data) > BLOCK else len(data)
        for order, bytes_ in ((name, data), (name + " backwards", data[::-1])):
            for at in range(0, len(data) - size + 1, size):
                self._pattern(order, bytes_[at:at + size])
        for at in range(0, len(data) - 12 + 1, 12):
            piece = data[at:at + 12]
            self._pattern(name + " hex", piece.hex().encode())
            self._pattern(name + " HEX", piece.hex().upper().encode())
        for shift in range(3):
            encoded = base64.b64encode(data[shift:len(data) - (len(data) - shift) % 3])
            for at in range(0, len(encoded) - 24 + 1, 24):
                self._pattern(name + " base64", encoded[at:at + 24])

    def add_pin(self, pin):
        """As typed, and as PKCS#12 stretches it (RFC 7292, B.1: UTF-16BE)."""
        self._pattern("PIN", pin.encode())
        self._pattern("PIN as UTF-16", pin.encode("utf-16-be"))
        self._pattern("PIN hex", pin.encode().hex().encode())
        self._pattern("PIN base64", base64.b64encode(pin.encode()).rstrip(b"=")[:-1])

    def add_key(self, pem):
        """All private parts of a private key."""
        der = kinko.Workshop.openssl("pkcs8", "-topk8", "-nocrypt", "-in", pem, "-outform", "DER")
        for name, value in private_parts(der):
            self.add(name, value)
        return der

    def add_vault(self, state="/var/lib/kinko", host_key="/etc/kinko/host.key"):
        for name, key in vault_keys(state, host_key):
            self.add(name, key)

    def add_original(self, original):
        self.add_key(original.key)
        self.add_pin(original.pin)

    # -- where

    def in_processes(self, trial, pids):
        return self._run(trial, [str(pid) for pid in pids])

    def in_files(self, trial, paths):
        paths = [str(path) for path in paths if os.path.getsize(path) > 0]
        return self._run(trial, paths) if paths else Found([], 0)

    def in_bytes(self, trial, data):
        trial.count("bytes scanned", len(data))
        return Found([(name, "bytes") for name, bytes_ in self.patterns if bytes_ in data],
                     len(data))

    def _run(self, trial, what):
        with tempfile.NamedTemporaryFile("w", prefix="kinko-patterns-") as file:
            file.writelines(f"{name} {data.hex()}\n" for name, data in self.patterns)
            file.flush()
            done = subprocess.run([helper("attack_scan"), file.name, *what], capture_output=True,
                                  text=True, errors="replace", check=False)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        *hits, size = done.stdout.splitlines()
        trial.count("bytes scanned", int(size.split()[1]))
        return Found([tuple(line.split(" ", 2)[1:]) for line in hits], int(size.split()[1]))


# -- private keys ----------------------------------------------------------------------------------


def der_items(data):
    """(tag, content) of each element in a row, DER."""
    at = 0
    while at < len(data):
        tag, size, at = data[at], data[at + 1], at + 2
        if size & 0x80:
            octets = size & 0x7F
            size, at = int.from_bytes(data[at:at + octets], "big"), at + octets
        yield tag, data[at:at + size]
        at += size


def private_parts(pkcs8):
    """(name, big-endian bytes) of every part that nobody may learn (RFC 8017, A.1.2; RFC 5915;
    RFC 8410)."""
    (_, whole), = der_items(pkcs8)
    _, (_, algorithm), (_, inner), *_ = list(der_items(whole))
    oid = next(der_items(algorithm))[1].hex()
    if oid == "2a864886f70d010101":
        numbers = [value.lstrip(b"\0") for _, value in der_items(next(der_items(inner))[1])]
        return list(zip(("d", "p", "q", "dp", "dq", "qinv"), numbers[3:]))
    if oid == "2a8648ce3d0201":
        return [("d", list(der_items(next(der_items(inner))[1]))[1][1])]
    return [("seed", next(der_items(inner))[1])]


# -- the vault's own keys --------------------------------------------------------------------------


def vault_keys(state, host_key):
    """Of a host-bound vault, by the independent reader of tests/vectors: [(name, bytes)]."""
    host = pathlib.Path(host_key).read_bytes()
    file = check.VaultKey(pathlib.Path(state, "vault.key").read_bytes())
    machine_id = pathlib.Path("/etc/machine-id").read_bytes().strip()
    vault = file.open(host, machine_id)
    master = check.keyed_hash(host, b"kinko master v1 ", bytes([file.binding]) + file.vault_id)
    return [("host key", host), ("master key", master), ("vault key", vault)] + [
        (f"derived key {use}", check.kdf(vault, use, b"kinko v1")) for use in USES]
