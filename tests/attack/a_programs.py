"""A24, A31: what the programs could do at all, and who may touch their files."""
import os
import pathlib
import re
import stat
import subprocess

import kinko
import users
from case import case

# What writes a private key or a PKCS#12, or takes the numbers out of a key (OpenSSL 3).
FORBIDDEN = re.compile(r"PEM_write\w*Private|i2d_\w*Private|i2d_PKCS8|i2d_PKCS12|PKCS12_\w+|"
                       r"\w*PKCS8\w*|OSSL_ENCODER\w*|EVP_PKEY_get_raw_private\w*|"
                       r"EVP_PKEY_get_bn_param|EVP_PKEY_todata|EVP_PKEY_export|RSA_get0_\w+|"
                       r"EC_KEY_get0_private\w*|RSAPrivateKey\w*|EVP_PKEY_get1?0?_(RSA|EC_KEY)")
# All the ways to ask for it that come to mind.
VERBS = ("export", "extract", "dump", "backup", "copy", "save", "key", "private-key", "pkcs12", "p12",
         "pfx", "original export", "original copy --key", "show --key", "show --private",
         "import --export", "get --key", "list --keys")


def programs():
    found = [pathlib.Path(kinko.program(name)) for name in ("kinkod", "kinko")]
    return found + sorted(kinko.BIN.parent.glob("lib/**/kinko-pkcs11.so"))


def symbols_of(path):
    """Everything that the program takes from libraries, or has itself."""
    said = ""
    for how in (["nm", "-D"], ["nm"]):
        said += subprocess.run([*how, path], capture_output=True, text=True, check=False).stdout
    return {line.split()[-1].partition("@")[0] for line in said.splitlines() if line.strip()}


@case("A24", "no program but kinko-opener can write a private key or a PKCS#12; no command asks for "
      "one", short=True)
def symbols(trial):
    for path in programs():
        names = symbols_of(path)
        bad = {name for name in names if FORBIDDEN.fullmatch(name)}
        trial.held(len(names) - len(bad))
        for name in sorted(bad):
            trial.attempt(True, f"{path.name} has {name}")
    trial.count("programs", len(programs()))
    opener = symbols_of(kinko.program("kinko-opener"))
    trial.control(any(FORBIDDEN.fullmatch(name) for name in opener), "they are seen in kinko-opener")
    vault = trial.vault().start()
    for verb in VERBS:
        done = vault.kinko(*verb.split())
        trial.attempt(done.exit == 0, f"kinko {verb} does something: {done.out[:80]}")
    helped = vault.kinko("help").out
    trial.attempt(re.search(r"\bexport", helped), "help speaks of an export")


# -- A31 -------------------------------------------------------------------------------------------

STATE, ROOT_FILE, OPEN_FOLDER, OPEN_FILE = 0o700, 0o400, 0o755, 0o644


def expected_of(path):
    """(uid, mode) of what the vault makes; None: any."""
    text = str(path)
    if text.startswith("/var/lib/kinko"):
        return users.KINKO, STATE if path.is_dir() else 0o600
    return {"/etc/kinko": (0, OPEN_FOLDER), "/etc/kinko/host.key": (0, ROOT_FILE),
            "/etc/kinko/policy.conf": (0, OPEN_FILE), "/run/kinko": (users.KINKO, OPEN_FOLDER),
            "/run/kinko/vault.sock": (0, 0o666)}.get(text)


def everything(*places):
    for place in map(pathlib.Path, places):
        yield place
        yield from sorted(place.rglob("*"))


def check_path(trial, path):
    status = path.lstat()
    mode = stat.S_IMODE(status.st_mode)
    trial.attempt(mode & (stat.S_ISUID | stat.S_ISGID), f"{path} is set-uid")
    trial.attempt(mode & 0o002 and not (stat.S_ISSOCK(status.st_mode) or path.is_symlink()),
                  f"{path} may be written by everybody")
    trial.attempt(not path.is_symlink() and any("acl" in name for name in os.listxattr(path)),
                  f"{path} has a list of further users")
    return status.st_uid, mode


@case("A31", "every file of the vault has its owner and mode, and nobody else may write any",
      root=True, short=True)
def files(trial):
    vault = trial.system_vault().start()
    vault.imported(users.FIRST, trial.original(owner=users.FIRST, kind="p-256"))
    paths = list(everything("/var/lib/kinko", "/var/lib/kinko-anchor", "/etc/kinko", "/run/kinko"))
    for path in paths:
        found, expected = check_path(trial, path), expected_of(path)
        trial.attempt(found != expected,
                      f"{path}: uid {found[0]}, mode {found[1]:o} instead of {expected}")
    for path in everything(*programs_built()):
        check_path(trial, path)
    for path in paths:
        trial.attempt(trial.become(users.SECOND, can_read, str(path)) and is_private(path),
                      f"u2 reads {path}")
    trial.count("files", len(paths))


def programs_built():
    return [kinko.program(name) for name in ("kinkod", "kinko", "kinko-opener")]


def is_private(path):
    text = str(path)
    return text.startswith("/var/lib/kinko") or text.endswith("host.key")


def can_read(path):
    try:
        if os.path.isdir(path):
            os.listdir(path)
        else:
            with open(path, "rb") as file:
                file.read(1)
    except OSError:
        return False
    return True
