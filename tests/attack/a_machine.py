"""A13-A16: a vault on another machine. What a whole disk or a live root gives is declared: the list
of certificates opens, the keys still need the PIN, and each guess costs what is measured here."""
import hashlib
import os
import pathlib
import shutil
import statistics
import time

import kinko
import requests
import scan
import users
from case import case

OWN = users.FIRST
PLACES = ("/var/lib/kinko", "/var/lib/kinko-anchor")


def digests():
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest()
            for place in PLACES for path in sorted(pathlib.Path(place).rglob("*")) if path.is_file()}


def other_machine_id():
    pathlib.Path("/etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")


def other_host_key():
    path = pathlib.Path("/etc/kinko/host.key")
    path.unlink()
    path.write_bytes(os.urandom(32))
    path.chmod(0o400)


def no_host_key():
    pathlib.Path("/etc/kinko/host.key").unlink()


def ask_everything(vault, original):
    """(what, word or exit) of all that would open something."""
    rows = [("list", vault.kinko(OWN, "list").exit), ("show", vault.kinko(OWN, "show").exit)]
    return [(what, "ok" if code == 0 else str(code)) for what, code in rows] + \
        users.become(OWN, ask_by_wire, original)


def ask_by_wire(original):
    id_ = bytes.fromhex(original.id)
    rows = [("login", requests.login(id_, original.pin)), ("sign", requests.sign(id_)),
            ("delete", requests.one(id_)), ("pin", requests.pin(id_, original.pin, "other1234"))]
    with requests.greeted() as wire:
        return [(name, requests.word(requests.answer(wire, name, body))) for name, body in rows]


def machine_b(trial, what, change, vault, original):
    """The vault's files as they are, on a machine that differs; then the first machine again."""
    kept = trial.path("kept")
    shutil.copytree("/etc/kinko", kept, dirs_exist_ok=True)
    identity = pathlib.Path("/etc/machine-id").read_bytes()
    before = digests()
    change()
    vault.launch()
    line = vault.process.stdout.readline()
    if line:
        for name, word in ask_everything(vault, original):
            trial.attempt(word == "ok", f"{what}: {name} was granted")
        vault.stop()
    else:
        trial.attempt(vault.process.wait() == 0, f"{what}: it ended as if nothing were wrong")
    after = digests()
    trial.attempt(after != before, f"{what}: files were changed")
    pathlib.Path("/etc/machine-id").write_bytes(identity)
    shutil.copytree(kept, "/etc/kinko", dirs_exist_ok=True)
    pathlib.Path("/etc/kinko/host.key").chmod(0o400)


@case("A13", "a vault that was copied to another machine opens nothing and is not changed", root=True)
def copied(trial):
    vault = trial.system_vault().start()
    original = vault.imported(OWN, trial.original(owner=OWN, kind="p-256"))
    vault.stop()
    machine_b(trial, "another machine-id", other_machine_id, vault, original)
    machine_b(trial, "another host.key", other_host_key, vault, original)
    machine_b(trial, "no host.key", no_host_key, vault, original)
    vault.start()
    trial.control(dict(ask_everything(vault, original))["login"] == "ok",
                  "on its own machine it opens")


# -- with a TPM ------------------------------------------------------------------------------------


class TpmVault(users.SystemVault):
    """The system's vault with a TPM in software in the place of the machine's."""

    def __init__(self, where):
        super().__init__()
        self.arguments = [kinko.program("kinkod-swtpm"), where]


def vault_with_tpm(trial):
    import test_tpm
    if shutil.which("swtpm") is None:
        trial.cannot("swtpm is not installed")
    if not os.path.exists(kinko.program("kinkod-swtpm")):
        trial.cannot("no program of this build takes a TPM in software")
    users.empty_places()
    tpm = test_tpm.Tpm()
    os.chmod(tpm.folder, 0o755)
    tpm.power()
    vault = trial.adopt(TpmVault(tpm.where)).start()
    assert vault.kinko(OWN, "status").json["vault"]["binding"] == "tpm"
    return vault, tpm, test_tpm.Tpm


@case("A14", "neither the files without the TPM nor the TPM without host.key open anything", root=True)
def half_a_machine(trial):
    vault, tpm, make_tpm = vault_with_tpm(trial)
    original = vault.imported(OWN, trial.original(owner=OWN, kind="p-256"))
    vault.stop()
    other = make_tpm()
    other.power()
    try:
        machine_b(trial, "host.key, another TPM", lambda: set_tpm(vault, other), vault, original)
        set_tpm(vault, tpm)
        machine_b(trial, "the TPM, another host.key", other_host_key, vault, original)
        tpm.cut()
        machine_b(trial, "host.key, no TPM", lambda: None, vault, original)
        tpm.power()
        vault.start()
        trial.control(dict(ask_everything(vault, original))["login"] == "ok",
                      "with both it opens")
    finally:
        other.gone()
        tpm.gone()


def set_tpm(vault, tpm):
    vault.arguments[1] = tpm.where


# -- what a guess costs ----------------------------------------------------------------------------


def guess(original, count):
    """Seconds of each wrong PIN."""
    seconds = []
    with requests.greeted() as wire:
        for turn in range(count):
            began = time.monotonic()
            word = requests.word(requests.answer(
                wire, "login", requests.login(bytes.fromhex(original.id), f"guess{turn:04}")))
            assert word == "pin-wrong", word
            seconds.append(time.monotonic() - began)
    return seconds


def keys_need_the_pin(trial, vault, original):
    """The certificates are listed, no key is anywhere, and without the PIN nothing is signed."""
    id_ = bytes.fromhex(original.id)
    listed = vault.kinko(OWN, "list").json["certificates"]
    trial.control([row["id"] for row in listed] == [original.id], "the list opens, as declared")
    word = trial.become(OWN, sign_without_pin, id_.hex())
    trial.attempt(word == "ok", "a signature without the PIN")
    secrets = scan.Secrets()
    secrets.add_original(original)
    found = secrets.in_processes(trial, vault.processes())
    trial.attempt(bool(found.hits), f"the key lies in memory: {found}")
    cost = statistics.median(trial.become(OWN, guess, original, 4))
    trial.figure("seconds a guess", round(cost, 3))
    for length in (4, 6, 8):
        trial.figure(f"core-hours for 36^{length}", f"{36**length * cost / 3600:,.0f}")


def sign_without_pin(id_hex):
    with requests.greeted() as wire:
        return requests.try_to_sign(wire, bytes.fromhex(id_hex))


@case("A15", "whoever has the whole disk sees the list; each key still needs its PIN", root=True,
      alone=True)
def whole_disk(trial):
    vault = trial.system_vault().start()
    original = vault.imported(OWN, trial.original(owner=OWN, kind="p-256"))
    vault.stop()
    # Machine B: a copy of the disk, host.key and machine-id with it.
    for place in (*PLACES, "/etc/kinko"):
        shutil.copytree(place, trial.path("copy" + place.replace("/", "-")))
    users.empty_places()
    for place in PLACES:
        shutil.copytree(trial.path("copy" + place.replace("/", "-")), place)
        for path in (pathlib.Path(place), *pathlib.Path(place).rglob("*")):
            os.chown(path, users.KINKO, users.KINKO)
    shutil.copytree(trial.path("copy-etc-kinko"), "/etc/kinko", dirs_exist_ok=True)
    vault.start()
    keys_need_the_pin(trial, vault, original)


@case("A16", "root of a live machine with a TPM sees the list; each key still needs its PIN",
      root=True, alone=True)
def live_root(trial):
    vault, tpm, _ = vault_with_tpm(trial)
    try:
        original = vault.imported(OWN, trial.original(owner=OWN, kind="p-256"))
        vault.restart()
        keys_need_the_pin(trial, vault, original)
    finally:
        vault.kill9()
        tpm.gone()
