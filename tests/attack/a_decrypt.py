"""A29: what cannot be deciphered is refused with one word, in one time, and not too often."""
import hashlib
import os
import pathlib
import struct
import subprocess

import kinko
import requests
import scan
import users
from case import case, few

OWN = users.FIRST
SIZE = 256  # of RSA-2048
AT_ONCE = 30  # failures that a user has, before each further one takes its time
LIMIT = 4.5  # of Welch's t


def mask(seed, size):
    """MGF1 with SHA-256 (RFC 8017, B.2.1)."""
    blocks = (hashlib.sha256(seed + struct.pack(">I", i)).digest() for i in range(size // 32 + 1))
    return b"".join(blocks)[:size]


def mixed(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def enciphered(numbers, first=0, label=hashlib.sha256().digest(), separator=1, data=b"hello"):
    """RSA-OAEP by hand (RFC 8017, 7.1.1), with one thing wrong."""
    modulus, exponent = numbers
    block = label + bytes(SIZE - 2 * 32 - 2 - len(data)) + bytes([separator]) + data
    seed = os.urandom(32)
    hidden = mixed(block, mask(seed, len(block)))
    whole = bytes([first]) + mixed(seed, mask(hidden, 32)) + hidden
    return pow(int.from_bytes(whole, "big"), exponent, modulus).to_bytes(SIZE, "big")


def public_numbers(key):
    (_, whole), = scan.der_items(kinko.Workshop.openssl("pkcs8", "-topk8", "-nocrypt", "-in", key,
                                                        "-outform", "DER"))
    inner = list(scan.der_items(whole))[2][1]
    _, (_, modulus), (_, exponent), *_ = list(scan.der_items(next(scan.der_items(inner))[1]))
    return int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big")


def faulty(numbers):
    """Texts with each fault there is."""
    return {"first byte": lambda: enciphered(numbers, first=1),
            "label": lambda: enciphered(numbers, label=bytes(32)),
            "no separator": lambda: enciphered(numbers, separator=0, data=bytes(5)),
            "wrong separator": lambda: enciphered(numbers, separator=2),
            "anything": lambda: b"\0" + os.urandom(SIZE - 1)}


def for_enciphering(trial):
    """An original whose key may be used for that (RFC 5280, 4.2.1.3)."""
    key, path = kinko.Workshop.key("oaep", "rsa-2048"), trial.path("oaep.p12")
    certificate = trial.path("oaep.pem")
    kinko.Workshop.openssl("req", "-x509", "-new", "-key", key, "-days", "900", "-subj",
                           "/C=JP/O=DEMO Office/CN=DEMO Oaep", "-addext",
                           "keyUsage=digitalSignature,keyEncipherment", "-out", certificate)
    kinko.Workshop.openssl("pkcs12", "-export", "-inkey", key, "-in", certificate, "-passout",
                           f"pass:{kinko.PIN}", "-name", "DEMO Oaep", "-out", path)
    os.chown(path, OWN, OWN)
    return kinko.Original(path, kinko.PIN, kinko.Workshop.openssl(
        "x509", "-in", certificate, "-outform", "DER"), key)


def decipher(original, texts):
    """The word and tries of each answer, and the seconds of all."""
    id_ = bytes.fromhex(original.id)
    with requests.greeted() as wire:
        wire.login(original.id, original.pin)
        answers = [requests.answer(wire, "decrypt", requests.decrypt(id_, 1, text)) for text in texts]
    return [[requests.word(answer), answer.hex()] for answer in answers]


@case("A29", "every fault of an enciphered text is refused with the same answer, and few of them in a "
      "row", root=True)
def one_answer(trial):
    vault = trial.system_vault()
    vault.start()
    original = vault.imported(OWN, for_enciphering(trial))
    pathlib.Path("/etc/kinko/policy.conf").write_text("[keys]\ndecrypt = yes\n")
    vault.restart()
    numbers = public_numbers(original.key)
    makers = list(faulty(numbers).values())
    texts = [makers[turn % len(makers)]() for turn in range(AT_ONCE * 4)]
    right = trial.become(OWN, decipher, original, [enciphered(numbers)])[0]
    trial.control(right[0] == "ok", "a proper text is deciphered")
    answers = trial.become(OWN, decipher, original, texts)
    refused = [answer for word, answer in answers if word != "busy"]
    trial.attempt(len(set(refused)) != 1, f"several answers: {sorted({word for word, _ in answers})}")
    trial.attempt(any(word == "ok" for word, _ in answers), "a faulty text was deciphered")
    trial.attempt(len(refused) > AT_ONCE + 3, f"{len(refused)} failures in a row were told")
    trial.held(len(answers))
    trial.count("told before each takes its time", len(refused))


@case("A29", "and the time of the refusal does not tell which fault it was", alone=True, seconds=400)
def one_time(trial):
    key = kinko.Workshop.key("oaep", "rsa-2048")
    (der := trial.path("key.der")).write_bytes(kinko.Workshop.openssl(
        "pkcs8", "-topk8", "-nocrypt", "-in", key, "-outform", "DER"))
    paths = []
    for number, make in enumerate(faulty(public_numbers(key)).values()):
        paths.append(trial.path(f"class{number}"))
        paths[-1].write_bytes(b"".join(make() for _ in range(256)))
    count, names = few(40000, 2000), list(faulty((1, 1)))[1:]
    values = series(trial, der, count, paths)
    if any(abs(value) >= LIMIT for value in values):  # on a busy machine: once more, the same?
        again = series(trial, der, count, paths)
        values = [min(one, two, key=abs) if one * two > 0 else 0 for one, two in zip(values, again)]
    for name, value in zip(names, values):
        trial.attempt(abs(value) >= LIMIT, f"t = {value} for {name}, twice")
    trial.figure("largest t", max(map(abs, values)))
    # What looks must see a difference: a number above the modulus needs no key to be refused.
    above = trial.path("above")
    above.write_bytes(b"\xff" * SIZE)
    seen = measure(der, 400, [paths[0], above])
    trial.control(any(line[0] == "t" and abs(float(line[2])) >= LIMIT for line in seen),
                  "a refusal without the key is told by its time")


def series(trial, key, count, paths):
    """Welch's t of each class."""
    lines = measure(key, count, paths)
    trial.held(count)
    trial.attempt({line[2] for line in lines if line[0] == "word"} != {"decrypt"},
                  f"other answers: {lines}")
    return [float(line[2]) for line in lines if line[0] == "t"]


def measure(key, count, paths):
    done = subprocess.run([scan.helper("attack_oaep"), key, str(count), *paths], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]
