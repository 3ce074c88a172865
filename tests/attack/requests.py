"""Every message there is, with a body that is right: for cases that send all of them."""
import hashlib
import os
import struct

import kinko

RSA_PKCS1, RSA_PSS, ECDSA, EDDSA = 1, 2, 3, 4
HASHES = {1: hashlib.sha256, 2: hashlib.sha384, 3: hashlib.sha512}
DIGEST = hashlib.sha256(b"what nobody asked to sign").digest()


def one(certificate, owner=None):
    """show, use, delete, confirm."""
    return struct.pack(">BI", owner is not None, owner or 0) + certificate


def sign(certificate, scheme=ECDSA, hash_=1, data=DIGEST):
    return certificate + bytes([scheme, hash_]) + kinko.blob(data)


def decrypt(certificate, hash_=1, data=bytes(256)):
    return certificate + bytes([hash_]) + kinko.blob(data)


def login(certificate, pin):
    return certificate + kinko.blob(pin.encode())


def pin(certificate, old, new):
    return certificate + kinko.blob(old.encode()) + kinko.blob(new.encode())


def about(certificate, pin_, owner=None):
    """(name, body) of every message about a certificate; the one that deletes it comes last."""
    hashed = kinko.text("sign") + b"\1" + certificate
    rows = [(name, one(certificate)) for name in ("show", "use", "confirm")]
    rows += [("login", login(certificate, pin_)),
             ("sign", sign(certificate)), ("sign", sign(certificate, RSA_PKCS1)),
             ("decrypt", decrypt(certificate)),
             ("pin", pin(certificate, pin_, pin_)),
             ("explain", hashed),
             ("original_proven", certificate * 2 + struct.pack(">q", 1) + kinko.text("STICK"))]
    if owner is not None:
        rows += [(name, one(certificate, owner)) for name in ("show", "use", "confirm", "delete")]
    return rows + [("delete", one(certificate))]


def others(data=b"", pin_=kinko.PIN):
    """(name, body) of all the rest."""
    return [("hello", struct.pack(">HI", 1, 0) + kinko.text("attack")), ("status", b""),
            ("list", struct.pack(">BIQ", 0, 0, 0)), ("logout", b""),
            ("log", struct.pack(">Qq", 0, 0)), ("log_verify", b""), ("active", b""),
            ("import_begin", struct.pack(">I", len(data)) + hashlib.sha256(data).digest()),
            ("import_data", struct.pack(">I", 0) + kinko.blob(data)),
            ("import_commit", kinko.blob(pin_.encode()) + bytes([0, 0, 0])
             + struct.pack(">q", 0) + kinko.text(""))]


def answer(wire, name, body):
    """The whole answer but its request id; "closed" where the vault ended the connection."""
    try:
        wire.send(name, body)
        return wire.receive_raw()[4:]
    except kinko.Closed:
        return b"closed"
    except TimeoutError:
        return b"silence"


def word(packet):
    """Of an answer: "ok", an error's word, or what answer() says."""
    if packet in (b"closed", b"silence"):
        return packet.decode()
    if packet[0] == kinko.REPLY:
        return "ok"
    return kinko.WireError(packet[2:]).word


def greeted(path="/run/kinko/vault.sock", timeout=kinko.PATIENCE):
    return kinko.Wire(path, timeout).hello()


def try_to_sign(wire, certificate, scheme=ECDSA):
    """What the vault says to it; "ok" is a signature."""
    return word(answer(wire, "sign", sign(certificate, scheme)))


def random_id():
    return os.urandom(32)


def send_rubbish(count):
    """What no message is; each on a connection of its own, as the vault ends them."""
    for turn in range(count):
        with greeted() as wire:
            answer(wire, turn % 256, os.urandom(turn % 100))
