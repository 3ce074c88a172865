"""B17: the rows of tests/vectors, and many more that are made of them, get one verdict from the vault's
code and from a decoder that was written from the document alone."""
import random
import struct
import subprocess
import sys

import driver
import kinko
from case import case
from driver import few

FOLDER = kinko.ROOT / "tests" / "vectors"
sys.path.insert(0, str(FOLDER))
import check  # noqa: E402


class Vectors:
    """rows.txt: the key and id of its vault, and (verdict, kind, record, version, sealed, plain)."""

    def __init__(self):
        self.rows = []
        for line in (FOLDER / "rows.txt").read_text(encoding="ascii").splitlines():
            words = line.split()
            if words[0] == "vault_key":
                self.key = check.unhex(words[1])
            elif words[0] == "vault_id":
                self.vault_id = check.unhex(words[1])
            elif words[0] == "row":
                self.rows.append((words[1], int(words[3]), check.unhex(words[4]), int(words[5]),
                                  check.unhex(words[6]), check.unhex(words[7])))
        self.k_records = check.kdf(self.key, 1, b"kinko v1")

    def by_python(self, kind, record, version, sealed):
        try:
            key = check.row_key(self.k_records, kind, record, version)
            return ("accept", check.open_row(key, self.vault_id, kind, record, version, sealed))
        except (check.Refused, struct.error):
            return ("refuse", b"")

    def by_vault(self, vault, kind, record, version, sealed):
        words = vault.say("row", self.key.hex(), self.vault_id.hex(), kind, record.hex(), version,
                          sealed.hex() or "-")
        return (words[0], bytes.fromhex(words[1]) if len(words) > 1 else b"")


@case("B17", "the vault's code and a decoder of its own make agree on every vector", short=True,
      seconds=600)
def vectors(trial):
    known = Vectors()
    counts = {"accept": 0, "refuse": 0}
    mismatches = 0
    with driver.Driver() as vault:
        for expected, kind, record, version, sealed, plain in known.rows:
            right = (expected, plain if expected == "accept" else b"")
            verdicts = [known.by_python(kind, record, version, sealed),
                        known.by_vault(vault, kind, record, version, sealed)]
            trial.attempt(verdicts != [right, right], f"{expected}: {verdicts}")
            mismatches += verdicts[0] != verdicts[1]
            counts[expected] += 1
        mismatches += made_of_them(trial, vault, known)
    trial.figure("must open", counts["accept"])
    trial.figure("must fail", counts["refuse"])
    trial.figure("mismatches", mismatches)


def made_of_them(trial, vault, known):
    chance = random.Random(17)
    proper = [row for row in known.rows if row[0] == "accept"]
    mismatches = 0
    for _ in range(few(2000, 60)):
        _, kind, record, version, sealed, _ = chance.choice(proper)
        sealed = bytearray(sealed)
        for _ in range(chance.choice((0, 1, 1, 2))):
            sealed[chance.randrange(len(sealed))] ^= 1 << chance.randrange(8)
        sealed = bytes(sealed[:chance.choice((len(sealed), len(sealed), len(sealed) - 1))])
        told = (chance.choice((kind, kind, kind, (kind + 1) % 5)), record,
                chance.choice((version, version, version, version + 1)), sealed)
        verdicts = [known.by_python(*told), known.by_vault(vault, *told)]
        trial.attempt(verdicts[0] != verdicts[1], f"{told}: {verdicts}")
        mismatches += verdicts[0] != verdicts[1]
    return mismatches


@case("B17", "the vault of the vectors opens to the decoder, and none of its alterations does")
def whole_vault(trial):
    done = subprocess.run([sys.executable, FOLDER / "check.py"], capture_output=True, text=True,
                          check=False)
    trial.attempt(done.returncode != 0, done.stderr[-500:])
    trial.figure("said", done.stdout.strip().replace("vectors: ", ""))
