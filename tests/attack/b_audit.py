"""B16: entries of the log that are removed, exchanged, edited or cut off are reported, and by number."""
import os

import kinko
from case import case
from driver import few

FRAME = 512
ENTRIES = 12


def vault_with_a_log(trial):
    vault = trial.vault()
    vault.start()
    original = trial.original()
    with vault.connect() as wire:
        wire.hello().import_original(original.path.read_bytes(), original.pin)
        for _ in range(ENTRIES):
            wire.ask("use", b"\0\0\0\0\0" + bytes.fromhex(original.id))
    vault.stop()
    return vault


def log_of(vault):
    file, = sorted((vault.folder / "state").glob("audit-*.log"))
    return file


def frames_of(data):
    """The frames that are used: head and entries."""
    return [data[at:at + FRAME] for at in range(0, len(data), FRAME)
            if data[at:at + FRAME].strip(b"\0")]


class Log:
    """A log that is altered in one way after another, with the vault's files as they were."""

    def __init__(self, trial):
        self.trial, self.vault = trial, vault_with_a_log(trial)
        self.file = log_of(self.vault)
        self.data = self.file.read_bytes()
        self.frames = frames_of(self.data)
        self.kept = {path: path.read_bytes() for path in self.vault.folder.rglob("*")
                     if path.is_file() and path.name != "vault.sock"}
        assert len(self.frames) > ENTRIES

    def put(self, frames):
        """In place of the used ones; the room behind stays as it is."""
        body = b"".join(frames)
        return body + bytes(max(0, len(self.data) - len(body)))

    def look(self, what, data, is_told=True):
        for path, bytes_of in self.kept.items():
            if not path.exists() or path.read_bytes() != bytes_of:
                path.write_bytes(bytes_of)
        if data is None:
            self.file.unlink()
        else:
            self.file.write_bytes(data)
        self.vault.start()
        result = self.vault.json("log", "--verify")
        log = result.json.get("log", {})
        told = result.exit == 8 and log.get("intact") is False and bool(log.get("faults"))
        self.trial.attempt(told != is_told, f"{what}: {result.out.strip()[:300]}")
        self.vault.kill9()
        for other in (self.vault.folder / "state").glob("audit-*.log"):
            other.unlink()

    def flipped(self, at, mask=1):
        return self.data[:at] + bytes([self.data[at] ^ mask]) + self.data[at + 1:]


@case("B16", "entries of the log that are removed, exchanged, edited or cut off are reported",
      short=True, seconds=400)
def altered_logs(trial):
    log = Log(trial)
    frames = log.frames
    last = len(frames) - 1
    log.look("untouched", log.data, is_told=False)
    for number in range(1, last, few(1, 12)):
        log.look(f"entry {number} removed", log.put(frames[:number] + frames[number + 1:]))
        log.look(f"entry {number} became zeros",
                 log.put(frames[:number] + [bytes(FRAME)] + frames[number + 1:]))
        log.look(f"entries {number} and {number + 1} exchanged", log.put(
            frames[:number] + [frames[number + 1], frames[number]] + frames[number + 2:]))
        log.look(f"entry {number} doubled", log.put(frames[:number + 1] + frames[number:]))
    for size in range(1, last, few(1, 12)):
        log.look(f"cut behind entry {size - 1}", log.put(frames[:size]))
    for at in range(0, FRAME, few(37, 400)):
        log.look(f"byte {at} of an entry", log.flipped(3 * FRAME + at, 1 << at % 8))
        log.look(f"byte {at} of the head", log.flipped(at, 1 << at % 8))
    log.look("the log gone", None)
    log.look("an empty log", b"")
    log.look("a log of zeros", bytes(len(log.data)))


@case("B16", "an older log put back is reported")
def older_logs(trial):
    log = Log(trial)
    vault = log.vault
    log.look("untouched", log.data, is_told=False)
    log.file.write_bytes(log.data)
    older = []
    for _ in range(3):
        older.append(log.file.read_bytes())
        vault.start()
        with vault.connect() as wire:
            wire.hello()
            kinko.wait_until(lambda: vault.json("list").exit == 0, what="the list")
        assert vault.kinko("use", vault.certificates()[0]["id"][:8]).exit == 0
        vault.stop()
    log.kept = {path: path.read_bytes() for path in vault.folder.rglob("*")
                if path.is_file() and path.name != "vault.sock"}
    for age, data in enumerate(reversed(older), 1):
        log.look(f"{age} starts older", data)


@case("B16", "a log that is changed while the daemon runs is reported")
def a_running_log(trial):
    log = Log(trial)
    vault = log.vault
    vault.start()
    for at in range(0, FRAME, few(16, 64)):
        log.file.write_bytes(log.flipped(3 * FRAME + at))
        result = vault.json("log", "--verify")
        trial.attempt(result.exit != 8, f"byte {at}: {result.out.strip()[:200]}")
    log.file.write_bytes(log.data)
    os.truncate(log.file, 3 * FRAME)
    trial.attempt(vault.json("log", "--verify").exit != 8, "cut while it runs")
