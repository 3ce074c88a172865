"""A08-A12, A33: what lies in memory, on the disk and in what is printed, after keys were used."""
import os
import pathlib
import signal
import subprocess
import threading
import time

import requests
import scan
import users
from case import case, few

OWN = users.FIRST
PINS = ("q8w3n5z7x2k9v4m6", "b7t4r9y2h6j3c8d5")


def put_in(vault, trial, kind, name):
    original = trial.original(f"{name}.p12", owner=OWN, kind=kind, pin=PINS[0], name=f"DEMO {name}")
    return vault.imported(OWN, original)


def secrets_of(originals):
    secrets = scan.Secrets()
    for original in originals:
        secrets.add_original(original)
    for pin in PINS:
        secrets.add_pin(pin)
    secrets.add_vault()
    return secrets


def is_declared(name, where):
    """What is derived from the vault key is needed all the time: in locked pages that no dump
    contains, and nowhere else (VmFlags of proc(5): lo, dd)."""
    flags = where.split()
    return name.startswith("derived-key") and "lo" in flags and "dd" in flags


def look(trial, vault, secrets, when):
    found = secrets.in_processes(trial, vault.processes())
    for name, where in found.hits:
        trial.attempt(not is_declared(name, where), f"{when}: {name} in {where}")
    trial.held(1)
    return found


@case("A08", "an idle vault holds no key, no PIN and not the vault's key; what is derived from that, in "
      "locked pages only", root=True)
def idle(trial):
    vault = trial.system_vault().start()
    originals = [put_in(vault, trial, "rsa-2048", "one"), put_in(vault, trial, "p-256", "two")]
    secrets = secrets_of(originals)
    look(trial, vault, secrets, "just after the imports")
    for original in originals:  # what the scan must find: the key of an open login
        with OpenLogin(original):
            found = look_only(trial, vault, secrets)
            trial.control(any(name.startswith("d") or name.startswith("p") for name in found),
                          "the key of an open login is found")
    vault.restart()
    found = look(trial, vault, secrets, "after a start")
    trial.control(any(name.startswith("derived-key") for name in found.names()),
                  "what is derived from the vault's key is found where it may be")


def look_only(trial, vault, secrets):
    return secrets.in_processes(trial, vault.processes()).names()


class OpenLogin:
    """u1 is logged in meanwhile."""

    def __init__(self, original):
        self.original = original

    def __enter__(self):
        ready, self.end = os.pipe(), os.pipe()
        self.user = users.start(OWN, stay_logged_in, self.original, ready[1], self.end[0])
        assert os.read(ready[0], 1) == b"x"
        return self

    def __exit__(self, *_):
        os.write(self.end[1], b"x")
        self.user.result()


def stay_logged_in(original, ready, end):
    with requests.greeted() as wire:
        wire.login(original.id, original.pin)
        os.write(ready, b"x")
        os.read(end, 1)
    return True


# -- A09 -------------------------------------------------------------------------------------------


def sign_once(original, pins):
    scheme = requests.RSA_PKCS1 if original.is_rsa else requests.ECDSA
    with requests.greeted() as wire:
        wire.login(original.id, pins[0])
        word = requests.try_to_sign(wire, bytes.fromhex(original.id), scheme)
        wire.ask("logout")
        return word


def wrong_pin(original, pins):
    with requests.greeted() as wire:
        return requests.word(requests.answer(
            wire, "login", requests.login(bytes.fromhex(original.id), pins[0][::-1])))


def change_pin(original, pins):
    with requests.greeted() as wire:
        return requests.word(requests.answer(
            wire, "pin", requests.pin(bytes.fromhex(original.id), pins[0], pins[1])))


def import_again(original, pins):
    data = pathlib.Path(original.path).read_bytes()
    with requests.greeted() as wire:
        for name, body in requests.others(data, original.pin)[-3:]:
            if name == "import_commit":  # with "resets_pin"
                body = body[:4 + len(original.pin)] + b"\1" + body[5 + len(original.pin):]
            word = requests.word(requests.answer(wire, name, body))
        return word


@case("A09", "after a signature, a wrong PIN, a change of the PIN and an import, no key and no PIN "
      "is left in memory", root=True)
def after_use(trial):
    vault = trial.system_vault().start()
    originals = []
    for kind, name in (("rsa-2048", "one"), ("p-256", "two")):
        originals.append(put_in(vault, trial, kind, name))
        originals[-1].is_rsa = kind.startswith("rsa")
    secrets = secrets_of(originals)
    for pin in PINS:
        secrets.add_pin(pin[::-1])
    runs = few(8, 1)
    for turn in range(runs):
        original = originals[turn % 2]
        for act, expected, pins in ((sign_once, "ok", PINS), (wrong_pin, "pin-wrong", PINS),
                                    (change_pin, "ok", PINS), (import_again, "ok", PINS)):
            word = trial.become(OWN, act, original, pins)
            assert word == expected, (act.__name__, word)
            time.sleep(0.1)
            look(trial, vault, secrets, f"100 ms after {act.__name__}")
            if turn >= runs - 2:
                time.sleep(5)
                look(trial, vault, secrets, f"5 s after {act.__name__}")
    trial.count("runs of 4 acts", runs)


# -- A10 -------------------------------------------------------------------------------------------


class Openers:
    """Watches for openers and freezes them, when asked to."""

    def __init__(self, vault, freezes):
        self.vault, self.freezes = vault, freezes
        self.lives, self.seen, self.is_over = [], 0, False
        self.thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join()

    def _watch(self):
        starter = self.vault.processes()[1]
        while not self.is_over:
            for pid in children_of(starter):
                self.seen += 1
                began = time.monotonic()
                if self.freezes:
                    signal_if_there(pid, signal.SIGSTOP)
                while os.path.exists(f"/proc/{pid}") and time.monotonic() - began < 60:
                    time.sleep(0.001)
                self.lives.append(time.monotonic() - began)
            time.sleep(0.0005)


def children_of(pid):
    return [int(child) for child in
            pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def signal_if_there(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


@case("A10", "an opener is gone soon, also when it is frozen, and leaves nothing in other processes",
      root=True)
def openers(trial):
    vault = trial.system_vault().start()
    original = put_in(vault, trial, "rsa-2048", "one")
    secrets = secrets_of([original])
    with Openers(vault, freezes=False) as watched:
        for _ in range(6):
            assert trial.become(OWN, import_again, original, PINS) == "ok"
    look(trial, vault, secrets, "after six imports")
    for life in watched.lives:
        trial.attempt(life > 2, f"an opener lived {life:.1f} s")
    assert watched.seen > 0, "no opener was seen"
    with Openers(vault, freezes=True) as frozen:
        word = trial.become(OWN, import_again, original, PINS, timeout=100)
    trial.attempt(word == "ok", "a frozen opener's original was imported")
    trial.attempt(not frozen.seen or max(frozen.lives) > 50, "a frozen opener stayed")
    look(trial, vault, secrets, "after a frozen opener")
    trial.count("openers seen", watched.seen + frozen.seen)
    trial.figure("longest life in ms", round(1000 * max(watched.lives)))
    trial.figure("longest life when frozen in ms", round(1000 * max(frozen.lives)))


@case("A11", "nothing of a key reaches the swap device", root=True)
def swapped_out(trial):
    trial.cannot("swap belongs to the whole machine; this needs a machine of its own")


# -- A12, A33 --------------------------------------------------------------------------------------


def mount_image(trial):
    """The vault's state on a disk of its own, of which every block can be read afterwards."""
    image = trial.path("disk.img")
    with image.open("wb") as file:
        file.truncate(48 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True, capture_output=True)
    os.makedirs("/var/lib/kinko")
    done = subprocess.run(["mount", "-o", "loop", image, "/var/lib/kinko"], capture_output=True,
                          check=False)
    if done.returncode != 0:
        return None
    os.rmdir("/var/lib/kinko/lost+found")
    os.chown("/var/lib/kinko", users.KINKO, users.KINKO)
    os.chmod("/var/lib/kinko", 0o700)
    return image


def all_files(*places):
    found = [path for place in places for path in pathlib.Path(place).rglob("*")
             if path.is_file() and not path.is_symlink()]
    return [path for path in found if str(path) != "/etc/kinko/host.key"]


def work_a_lot(trial, vault, rounds):
    """Imports, signatures, wrong PINs, changes and deletes; the originals, and all that was said."""
    originals, said = [], []
    for turn in range(rounds):
        original = put_in(vault, trial, ("p-256", "rsa-2048")[turn % 2], f"holder {turn}")
        original.is_rsa = turn % 2 == 1
        originals.append(original)
        said += [trial.become(OWN, sign_once, original, PINS),
                 trial.become(OWN, wrong_pin, original, PINS),
                 trial.become(OWN, change_pin, original, PINS)]
        for words in (["list"], ["show", original.id], ["log"], ["status"]):
            done = vault.kinko(OWN, *words)
            said += [done.out, done.err]
        if turn % 2 == 0:
            done = vault.kinko(OWN, "delete", original.id, "--yes", "--no-original")
            said += [done.out, done.err]
    return originals, "\n".join(said)


@case("A12", "nothing on the disk holds a key, a PIN or the vault's key in clear", root=True)
def disk(trial):
    image = mount_image(trial)
    vault = trial.system_vault(keeps=image is not None)
    vault.start()
    rounds = few(8, 2)
    originals, _ = work_a_lot(trial, vault, rounds)
    secrets = secrets_of(originals)
    paths = all_files("/var/lib/kinko", "/var/lib/kinko-anchor", "/run", "/etc/kinko")
    vault.stop()
    paths += all_files("/var/lib/kinko", "/var/lib/kinko-anchor", "/run", "/etc/kinko")
    found = secrets.in_files(trial, sorted({path for path in paths if path.exists()}))
    trial.attempt(bool(found.hits), f"files: {found}")
    if image:
        subprocess.run(["umount", "/var/lib/kinko"], check=True)
        found = secrets.in_files(trial, [image])
        trial.attempt(bool(found.hits), f"the raw disk: {found}")
        with image.open("r+b") as file:
            file.seek(40 << 20)
            file.write(secrets.patterns[7][1])
        trial.control(secrets.in_files(trial, [image]).hits, "a planted piece is found on the disk")
    else:
        trial.figure("raw disk", "not read: no loop device here")
    trial.count("imports", rounds)


@case("A33", "nothing that is printed or logged holds a key, a PIN or the vault's key", root=True)
def printed(trial):
    vault = trial.system_vault().start()
    originals, said = work_a_lot(trial, vault, few(6, 1))
    for words in (["log", "--csv"], ["log", "--verify"], ["doctor"]):
        done = vault.kinko(OWN, *words)
        said += done.out + done.err
    trial.become(OWN, requests.send_rubbish, 300)
    secrets = secrets_of(originals)
    vault.stop()
    audit = b"".join(path.read_bytes() for path in all_files("/var/lib/kinko") if "audit" in path.name)
    for what, data in (("standard error of the daemon", vault.stderr.encode()),
                       ("what the commands print", said.encode()), ("the audit log's file", audit)):
        found = secrets.in_bytes(trial, data)
        trial.attempt(bool(found.hits), f"{what}: {found}")
        trial.attempt(len(data) == 0 and "daemon" not in what, f"{what}: nothing to look at")
