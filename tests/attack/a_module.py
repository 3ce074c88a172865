"""A17 and A25-A28 with the PKCS#11 module: no attribute, no template, no function and no mechanism
of it gives a key away. What the module refuses, the daemon refuses too when it is asked directly."""
import os
import pathlib
import subprocess

import a_client
import kinko
import pkcs11
import requests
import scan
import users
from case import case

OWN = users.FIRST
PIN = "w5c8n2x7q4k9z3v6"
PYTHON = "/usr/bin/python3"


def module_path(trial):
    path = kinko.BIN.parent / "lib/kinko-pkcs11.so"
    if not path.exists():
        trial.cannot("this build has no PKCS#11 module")
    return str(path)


def with_one(trial, kind):
    """A vault with one certificate, and what is secret about it."""
    vault = trial.system_vault().start()
    original = vault.imported(OWN, trial.original(f"{kind}.p12", owner=OWN, kind=kind, pin=PIN))
    secrets = scan.Secrets()
    secrets.add_key(original.key)
    return vault, original, secrets


@case("A25", "no attribute of any object, of any number, is a part of a private key", root=True)
def attributes(trial):
    path = module_path(trial)
    for kind in ("rsa-2048", "p-256", "ed25519"):
        _, original, secrets = with_one(trial, kind)
        tried, given, said = trial.become(OWN, pkcs11.read_everything, path, PIN)
        trial.held(tried - len(given))
        for what in given:
            trial.attempt(True, f"{kind}: {what}")
        trial.control(original.certificate in bytes.fromhex(said), f"{kind}: what is public is read")
        found = secrets.in_bytes(trial, bytes.fromhex(said))
        trial.attempt(bool(found.hits), f"{kind}: {found}")
        trial.end()


@case("A26", "no template changes or copies an object", root=True)
def templates(trial):
    path = module_path(trial)
    with_one(trial, "rsa-2048")
    tried, taken, differs = trial.become(OWN, pkcs11.change_everything, path, PIN)
    trial.held(tried - len(taken))
    for what in taken + differs:
        trial.attempt(True, f"changed: {what}")


@case("A27", "wrap, unwrap, derive, create, generate and the like do not exist, in the module or "
      "behind it", root=True)
def functions(trial):
    path = module_path(trial)
    _, original, _ = with_one(trial, "rsa-2048")
    tried, worked = trial.become(OWN, pkcs11.call_forbidden, path, PIN)
    trial.held(tried - len(worked))
    for what in worked:
        trial.attempt(True, what)
    tried, worked = trial.become(OWN, ask_nameless, original)
    trial.held(tried - len(worked))
    for what in worked:
        trial.attempt(True, f"the daemon answers message {what}")


def ask_nameless(original):
    """Every message number that has no meaning, on a connection with a login."""
    worked, tried = [], 0
    id_ = bytes.fromhex(original.id)
    for number in range(256):
        if number in kinko.MESSAGES.values():
            continue
        for body in (b"", id_, requests.sign(id_), bytes(600)):
            with requests.greeted() as wire:
                tried += 1
                if requests.word(requests.answer(wire, number, body)) == "ok":
                    worked.append(number)
    return [tried, worked]


@case("A28", "the module signs with no raw or old mechanism and no malformed DigestInfo, and decrypts "
      "nothing", root=True)
def module_mechanisms(trial):
    path = module_path(trial)
    for kind in ("rsa-2048", "p-256"):
        with_one(trial, kind)
        tried, accepted, proper = trial.become(OWN, pkcs11.use_mechanisms, path, PIN)
        trial.control(proper >= 4, f"{kind}: the mechanisms of SHA-2 are accepted ({proper})")
        trial.held(tried - len(accepted))
        for what in accepted:
            trial.attempt(True, f"{kind}: {what}")
        trial.end()


HOST = """
module = Module({path!r})
session = module.session({pin!r})
key = module.private_key(session)
mechanism = Mechanism({mechanism}, None, 0)
assert module.SignInit(session, ctypes.byref(mechanism), key) == OK
out, size = ctypes.create_string_buffer(1024), ctypes.c_ulong(1024)
assert module.Sign(session, b"to be signed", ctypes.c_ulong(12), out, ctypes.byref(size)) == OK
read = [module.attribute(session, each, kind) for each in module.objects(session) for kind in range(0x300)]
assert module.Logout(session) == OK
"""


@case("A17", "a listener inside a program that uses the module hears the PIN, and no key", root=True)
def module_listened_to(trial):
    path = module_path(trial)
    if not os.access(PYTHON, os.X_OK):
        trial.cannot("no program here to load the module into")
    for kind, mechanism in (("rsa-2048", 0x40), ("p-256", 0x1044)):
        _, _, secrets = with_one(trial, kind)
        secrets.add_vault()
        pin = scan.Secrets()
        pin.add_pin(PIN)
        a_client.fresh_log()
        source = pathlib.Path(pkcs11.__file__).read_text() + HOST.format(
            path=path, pin=PIN, mechanism=mechanism)
        done = subprocess.run([PYTHON, "-"], input=source.encode(), capture_output=True, check=False,
                              env=kinko.environment(LD_PRELOAD=a_client.listener(trial)),
                              preexec_fn=users.as_user(OWN))
        assert done.returncode == 0, done.stderr.decode()
        found = secrets.in_files(trial, [a_client.LOG])
        trial.attempt(bool(found.hits), f"{kind}: {found}")
        trial.control(pin.in_files(trial, [a_client.LOG]).hits, "it hears the PIN, as declared")
        trial.end()
