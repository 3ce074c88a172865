"""B07-B09: an older copy of the vault, or one that took another way, is never accepted where its
anchor stands elsewhere."""
import driver
from case import case
from driver import TRIES, Driver, few

GENERATIONS = 5


def need_tpm(trial, vault):
    if vault.say("tpm", "on") != ["done"]:
        trial.cannot("swtpm is not installed")


def spend(vault):
    return vault.say("login", *driver.HOLDERS[0][:2], "nono", TRIES)


def acts_of_a_day(vault):
    """What moves the anchor, each in turn."""
    acts = [lambda: spend(vault),
            lambda: vault.say("change", 1001, "TWO", "efgh", "qrst", TRIES),
            lambda: vault.say("use", 1001, "TWO"),
            lambda: vault.say("import", 1001, "NEW", "mnop", TRIES),
            lambda: vault.say("delete", 1001, "NEW")]
    return acts[:few(GENERATIONS, 2)]


def generations(vault):
    """Images of the vault, oldest first, one move apart; the last is the present."""
    images = [vault.image()]
    for act in acts_of_a_day(vault):
        assert vault.say("open") == ["ok"]
        assert act()[0] in ("ok", "pin-wrong")
        vault.say("close")
        images.append(vault.image())
    return images


def expect_alarm(trial, vault, what):
    """Refused as rolled back, and no PIN evaluated."""
    vault.say("evaluated")
    word = vault.say("open")[0]
    login = vault.say("login", *driver.HOLDERS[0], TRIES)[0]
    trial.attempt(word != "rolled-back" or login == "ok" or vault.say("evaluated") != ["0"],
                  f"{what}: {word}, login {login}")
    vault.say("close")


def expect_ready(vault, image):
    image.put_back()
    assert vault.say("open") == ["ok"], "the present vault opens"
    vault.say("close")


def put_back_old(trial, vault, folders):
    images = generations(vault)
    for age, image in enumerate(reversed(images[:-1]), 1):
        images[-1].put_back()
        image.put_back(*folders)
        expect_alarm(trial, vault, f"{age} generations old")
        mixed_files(trial, vault, image, images[-1])
    expect_ready(vault, images[-1])


def mixed_files(trial, vault, old, now):
    """Only the database or only its log is old: whatever opens is the present, and nothing else."""
    now.put_back()
    vault.log.write_bytes(old.files["state"].get("vault.db-wal", b""))
    vault.database.write_bytes(old.files["state"]["vault.db"])
    expect_alarm(trial, vault, "an old database")


@case("B07", "with a TPM an older database, or one of another branch, is an alarm", short=True)
def restored_with_tpm(trial):
    with Driver() as vault:
        need_tpm(trial, vault)
        vault.fill()
        assert vault.say("open") == ["ok"] and vault.say("binding") == ["tpm"]
        vault.say("close")
        put_back_old(trial, vault, ("state",))
        fork_with_tpm(trial, vault)


def fork_with_tpm(trial, vault):
    """Commit, the power fails before the anchor moves, the old state is put back, a try is spent,
    and the copy of the commit comes back."""
    before = vault.image()
    assert vault.say("open") == ["ok"]
    vault.say("tpm", "cut-before-move")
    assert spend(vault)[0] == "unsettled"
    vault.say("close")
    kept = vault.image()
    assert kept != before, "it was committed"
    before.put_back()
    vault.say("tpm", "power")
    assert vault.say("open") == ["ok"]
    assert spend(vault)[0] == "pin-wrong"
    vault.say("close")
    now = vault.image()
    kept.put_back()
    expect_alarm(trial, vault, "the other branch came back")
    before.put_back()
    expect_alarm(trial, vault, "the state before both branches came back")
    expect_ready(vault, now)


@case("B08", "without a TPM an older database is an alarm while the anchor stays", short=True)
def restored_without_tpm(trial):
    with Driver() as vault:
        vault.fill()
        put_back_old(trial, vault, ("state",))
        fork_without_tpm(trial, vault)
        old_anchors(trial, vault)


def fork_without_tpm(trial, vault):
    """The same by a kill at each call between the commit and the move."""
    before = vault.image()
    forked = 0
    for nth in range(1, few(60, 60)):
        before.put_back()
        word = vault.say("killed", "kill", nth, "login", *driver.HOLDERS[0][:2], "nono", TRIES)[0]
        kept = vault.image()
        if word != "killed":
            break
        if kept.files["state"] == before.files["state"] or \
                kept.files["anchor"] != before.files["anchor"]:
            continue
        before.put_back()
        assert vault.say("open") == ["ok"]
        assert spend(vault)[0] == "pin-wrong"
        vault.say("close")
        # What was committed when the kill came is one more branch; an unfinished commit is none.
        kept.put_back("state")
        word = vault.say("open")[0]
        left = vault.tries() if word == "ok" else None
        vault.say("close")
        trial.attempt(word == "ok", f"the branch of call {nth} opened with {left} tries")
        forked += 1
    assert forked > 0, "there is a moment between commit and move"
    before.put_back()


def old_anchors(trial, vault):
    """An anchor that is older than the database, foreign, empty, cut or gone."""
    images = generations(vault)
    now = images[-1]
    right = now.files["anchor"]["anchor"]
    odd = [image.files["anchor"]["anchor"] for image in images[:-2]]
    odd += [b"", bytes(1024), right[:512], right[:-1], right + b"\0", right[512:] + right[:512][:0],
            bytes([right[0] ^ 1]) + right[1:512] + bytes([right[512] ^ 1]) + right[513:]]
    for data in odd:
        now.put_back()
        (vault.anchor / "anchor").write_bytes(data)
        expect_alarm(trial, vault, f"an anchor of {len(data)} bytes")
    now.put_back()
    (vault.anchor / "anchor").unlink()
    expect_alarm(trial, vault, "no anchor")
    now.put_back()


@case("B09", "everything put back together is told where there is a TPM, and not without", short=True)
def all_together(trial):
    with Driver() as vault:
        vault.fill()
        images = generations(vault)
        images[1].put_back()
        word = vault.say("open")[0]
        vault.say("close")
        assert word == "ok", "without a TPM this is the stated limit"
        trial.figure("without a TPM", "not told, as stated")
    with Driver() as vault:
        need_tpm(trial, vault)
        vault.fill()
        images = generations(vault)
        for image in images[:-1]:
            image.put_back()
            expect_alarm(trial, vault, "all files put back")
        expect_ready(vault, images[-1])
