"""A02, A03, A28, A29: nothing that the vault answers holds a secret, and it signs what it may, for
a login that is open, and nothing else. The messages are made by hand: no module stands between."""
import pathlib
import random
import struct
import time

import kinko
import requests
import scan
import users
from case import case, few

OWN = users.FIRST
LONG_PIN = "k3x9w7q2m5v8z4t6"


# -- A02: answers ----------------------------------------------------------------------------------


def changed(body, chance):
    """The body with a few bits, bytes or sizes of it changed."""
    body = bytearray(body)
    how = chance.randrange(6)
    if how == 0 and body:
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    elif how == 1:
        del body[chance.randrange(len(body) + 1):]
    elif how == 2:
        body += chance.randbytes(chance.randrange(1, 80))
    elif how == 3 and len(body) >= 4:
        at = chance.randrange(len(body) - 3)
        body[at:at + 4] = struct.pack(">I", chance.choice((0, 1, 255, 65536, 2**31 - 1, 2**32 - 1)))
    elif how == 4:
        body[:] = chance.randbytes(chance.randrange(120))
    return bytes(body)


def send_many(original, count, seed):
    """Right and changed messages of every number, with and without a login; all answers as hex."""
    chance, answers, wire = random.Random(seed), [], None
    id_, data = bytes.fromhex(original.id), pathlib.Path(original.path).read_bytes()
    digests = (requests.DIGEST, bytes(32), b"\xff" * 32, bytes(64), b"")
    rows = [row for row in requests.about(id_, "not this") if row[0] not in DESTROY]
    rows += requests.others(data[:60000], original.pin)
    rows += [("sign", requests.sign(id_, scheme, hash_, digest)) for scheme in (1, 2, 3, 4)
             for hash_ in (1, 2, 3) for digest in digests]
    nameless = [number for number in range(256) if number not in kinko.MESSAGES.values()]
    logins_at = {count * turn // LOGINS for turn in range(LOGINS)}
    for turn in range(count):
        if wire is None or turn in logins_at:
            wire = requests.greeted()
        if turn in logins_at:
            answers.append(requests.answer(wire, "login", requests.login(id_, original.pin)))
            answers += [requests.answer(wire, *row) for row in rows if row[0] != "logout"]
        name, body = chance.choice(rows)
        if turn % 20 == 0:
            name = chance.choice(nameless)
        answer = requests.answer(wire, name, changed(body, chance) if turn % 3 else body)
        if answer == b"closed":
            wire.close()
            wire = None
        answers.append(answer)
    return [answer.hex() for answer in answers]


# A changed body of these could be a right one that removes the certificate or uses up its tries.
DESTROY = ("delete", "login", "pin")
LOGINS = few(20, 1)


@case("A02", "no answer to any message holds a secret", root=True, short=True)
def answers(trial):
    vault = trial.system_vault().start()
    original = vault.imported(OWN, trial.original(owner=OWN, kind="p-256", pin=LONG_PIN))
    secrets = scan.Secrets()
    secrets.add_original(original)
    secrets.add_vault()
    count = few(30000, 1500)
    packets = [bytes.fromhex(packet) for packet in
               trial.become(OWN, send_many, original, count, 1, timeout=200)]
    found = secrets.in_bytes(trial, b"".join(packets))
    trial.held(len(packets))
    trial.attempt(bool(found.hits), f"an answer holds {found}")
    trial.count("answers that were not errors", sum(packet[:1] == b"\2" for packet in packets))
    trial.attempt(not vault.is_running(), "the vault ended")
    planted = secrets.in_bytes(trial, b"before " + secrets.patterns[3][1] + b" after")
    trial.control(planted.hits, "a planted piece of a key is found")


# -- A03: signatures without a login ---------------------------------------------------------------


def sign_without(original, other):
    """(what was tried, what the vault said)."""
    id_, rows = bytes.fromhex(original.id), []
    with requests.greeted() as wire:
        rows.append(["without a PIN", requests.try_to_sign(wire, id_)])
        requests.answer(wire, "login", requests.login(id_, "wrong111"))
        rows.append(["after a wrong PIN", requests.try_to_sign(wire, id_)])
        if few(False, True):
            return rows
        wire.login(other.id, other.pin)
        rows.append(["with the login of another certificate", requests.try_to_sign(wire, id_)])
        wire.login(original.id, original.pin)
        wire.ask("logout")
        rows.append(["after the logout", requests.try_to_sign(wire, id_)])
        wire.login(original.id, original.pin)
        requests.answer(wire, "login", requests.login(id_, "wrong111"))
        rows.append(["after a login that failed", requests.try_to_sign(wire, id_)])
        wire.login(original.id, original.pin)
        rows.append(["(with the PIN)", requests.try_to_sign(wire, id_)])
    with kinko.Wire("/run/kinko/vault.sock") as wire:
        rows.append(["before hello", requests.try_to_sign(wire, id_)])
    return rows


def sign_after_timeout(original, seconds):
    id_ = bytes.fromhex(original.id)
    with requests.greeted() as wire:
        wire.login(original.id, original.pin)
        first = requests.try_to_sign(wire, id_)
        end, last = time.monotonic() + seconds, first
        while time.monotonic() < end:
            time.sleep(0.2)
            if seconds > 3:  # in use all the time: only the absolute limit ends it
                last = requests.try_to_sign(wire, id_)
        return [first, last if seconds > 3 else requests.try_to_sign(wire, id_)]


def sign_after_change(original, what):
    """The PIN is changed, or the certificate deleted, on another connection."""
    id_ = bytes.fromhex(original.id)
    with requests.greeted() as wire, requests.greeted() as second:
        wire.login(original.id, original.pin)
        first = requests.try_to_sign(wire, id_)
        if what == "pin":
            second.ask("pin", requests.pin(id_, original.pin, "other1234"))
        else:
            second.ask("delete", requests.one(id_))
        return [first, requests.try_to_sign(wire, id_)]


def sign_twice(original, count):
    id_ = bytes.fromhex(original.id)
    with requests.greeted() as wire:
        wire.login(original.id, original.pin)
        return [requests.try_to_sign(wire, id_) for _ in range(count)]


def policy(text):
    pathlib.Path("/etc/kinko/policy.conf").write_text(text)


@case("A03", "no signature without the PIN, after a timeout, a change, a logout, or more than a "
      "login is good for", root=True, short=True)
def sign_without_a_login(trial):
    vault = trial.system_vault()
    vault.start()
    one, two = (vault.imported(OWN, trial.original(f"{name}.p12", owner=OWN, kind="p-256"))
                for name in ("one", "two"))
    for what, word in trial.become(OWN, sign_without, one, two):
        if what.startswith("("):
            trial.control(word == "ok", f"a signature {what}")
        else:
            trial.attempt(word == "ok", f"a signature {what}")
    if few(False, True):
        return
    for text, call, what in (
            ("[pin]\nidle-seconds = 1\n", (sign_after_timeout, one, 2.2), "after the idle time"),
            ("[pin]\nlogin-max-seconds = 3\n", (sign_after_timeout, one, 4.4), "after the longest time"),
            ("[pin]\nask = always\n", (sign_twice, one, 2), "more than one under ask = always"),
            ("[keys]\nbatch-max = 3\n", (sign_twice, one, 4), "more than batch-max"),
            ("", (sign_after_change, one, "pin"), "after the PIN was changed"),
            ("", (sign_after_change, two, "delete"), "after the certificate was deleted")):
        policy(text)
        vault.restart()
        first, *_, last = trial.become(OWN, *call)
        assert first == "ok", (what, first)
        trial.attempt(last == "ok", f"a signature {what}")
    trial.count("signatures", trial.got_through)


# -- A28: what is signed ---------------------------------------------------------------------------


def forbidden(id_, size):
    """Bodies of sign that no key may answer: every scheme and hash there is not, every length that
    is not the hash's, whole DigestInfos and padded blocks."""
    info = bytes.fromhex("3031300d060960864801650304020105000420") + requests.DIGEST
    raw = b"\0\1" + b"\xff" * (size - 3 - len(info)) + b"\0" + info
    for scheme in range(256):
        for hash_ in range(256):
            if scheme in (1, 2, 3, 4) and hash_ in (1, 2, 3):
                continue
            if scheme < 6 or hash_ < 4:
                yield scheme, hash_, requests.DIGEST
    sizes = {1: 32, 2: 48, 3: 64}
    for scheme in (1, 2, 3):
        for hash_, right in sizes.items():
            for length in (*range(right), *range(right + 1, 80), 256, 512, 1024):
                yield scheme, hash_, bytes(length)
            for data in (info, raw, raw[1:], b"\0\1" + info):
                yield scheme, hash_, data


def ask_forbidden(originals):
    """How many were refused, and those that were not."""
    refused, signed = 0, []
    for original, size, own in originals:
        id_ = bytes.fromhex(original.id)
        with requests.greeted() as wire:
            wire.login(original.id, original.pin)
            rows = list(forbidden(id_, size))
            rows += [(scheme, 1, requests.DIGEST) for scheme in (1, 2, 3, 4) if scheme not in own]
            for scheme, hash_, data in rows:
                word = requests.word(requests.answer(wire, "sign",
                                                     requests.sign(id_, scheme, hash_, data)))
                if word != "ok":
                    refused += 1
                else:
                    signed.append(f"{size * 8} bits: scheme {scheme}, hash {hash_}, {len(data)} bytes")
                if word == "closed":
                    raise AssertionError("closed")
            assert requests.try_to_sign(wire, id_, own[0]) == "ok"
    return [refused, signed]


@case("A28", "no raw or old mechanism, no hash but SHA-2, no input of another length is signed",
      root=True)
def mechanisms(trial):
    vault = trial.system_vault().start()
    rsa = vault.imported(OWN, trial.original("rsa.p12", owner=OWN, kind="rsa-2048"))
    curve = vault.imported(OWN, trial.original("p256.p12", owner=OWN, kind="p-256"))
    refused, signed = trial.become(OWN, ask_forbidden, [(rsa, 256, (1, 2)), (curve, 32, (3,))])
    trial.held(refused)
    for what in signed:
        trial.attempt(True, f"signed: {what}")
    # The hashes that the policy leaves out, and decrypting while it does not allow it.
    policy("[keys]\nhashes = sha512\n")
    vault.restart()
    for hash_, size in ((1, 32), (2, 48)):
        word = trial.become(OWN, sign_one, rsa, 1, hash_, size)
        trial.attempt(word == "ok", "signed with a hash that the policy leaves out")
    word = trial.become(OWN, decrypt_one, rsa)
    trial.attempt(word != "policy-denied", f"decrypting without the policy's leave: {word}")


def sign_one(original, scheme, hash_, size):
    with requests.greeted() as wire:
        wire.login(original.id, original.pin)
        return requests.word(requests.answer(
            wire, "sign", requests.sign(bytes.fromhex(original.id), scheme, hash_, bytes(size))))


def decrypt_one(original):
    with requests.greeted() as wire:
        wire.login(original.id, original.pin)
        return requests.word(requests.answer(wire, "decrypt",
                                             requests.decrypt(bytes.fromhex(original.id))))
