"""C15: what happens to a TPM locks nobody out and loses nothing, and each trouble has its own word."""
from case import case
from driver import HOLDERS, TRIES, Driver, few

RIGHT = (*HOLDERS[0], TRIES)


def tpm_vault(trial, vault):
    if vault.say("tpm", "on") != ["done"]:
        trial.cannot("swtpm is not installed")
    vault.fill()
    assert vault.say("open") == ["ok"] and vault.say("binding") == ["tpm"]
    return vault


@case("C15", "unclean power cuts of the TPM lock nobody out", short=True)
def power_cuts(trial):
    with Driver() as vault:
        tpm_vault(trial, vault)
        locks = 0
        for turn in range(few(20, 2)):
            if turn % 3 == 1:  # in the middle of a move
                vault.say("tpm", "cut-before-move")
                vault.say("login", *RIGHT)
            else:
                vault.say("tpm", "cut")
            word = vault.say("login", *RIGHT)[0]
            trial.attempt(word == "ok", f"without the TPM's power: {word}")
            vault.say("tpm", "power")
            if turn % 2:
                vault.say("close")
                vault.say("open")
            word, left = vault.say("login", *RIGHT)
            locks += word != "ok"
            trial.attempt((word, left) != ("ok", str(TRIES)), f"after cut {turn}: {word}, {left} left")
        trial.figure("cuts", few(20, 2))
        trial.figure("locks", locks)


@case("C15", "a TPM in lockout serves the vault", short=True)
def lockout(trial):
    with Driver() as vault:
        tpm_vault(trial, vault)
        vault.say("close")
        vault.say("tpm", "lockout")
        word = vault.say("open")[0]
        trial.attempt(word != "ok", f"opening: {word}")
        for pin, expected in (("nono", "pin-wrong"), ("abcd", "ok")):
            word = vault.say("login", 1001, "ONE", pin, TRIES)[0]
            trial.attempt(word != expected, f"{pin}: {word}")


@case("C15", "a TPM that is gone, protected or cleared is told by its own word, and nothing is lost",
      short=True)
def troubles(trial):
    with Driver() as vault:
        tpm_vault(trial, vault)
        vault.say("close")
        image = vault.image()
        vault.say("tpm", "cut")
        refused(trial, vault, image, "tpm-gone")
        vault.say("tpm", "power")
        works(trial, vault, "the TPM is back")
        image = vault.image()
        vault.say("tpm", "password", "secret")
        word = vault.say("open")[0]
        vault.say("close")
        trial.attempt(word not in ("ok", "tpm-owner-password"), f"with an owner's password: {word}")
        trial.attempt(word != "ok" and vault.image() != image, "a refused vault was written to")
        vault.say("tpm", "clear")
        image = vault.image()
        refused(trial, vault, image, "tpm-replaced")


def refused(trial, vault, image, expected):
    word = vault.say("open")[0]
    vault.say("close")
    trial.attempt(word != expected, f"expected {expected}: {word}")
    trial.attempt(vault.image() != image, f"{expected}: the vault was written to")


def works(trial, vault, when):
    word = vault.say("open")[0]
    login = vault.say("login", *RIGHT)[0]
    vault.say("close")
    trial.attempt((word, login) != ("ok", "ok"), f"{when}: {word}, {login}")
