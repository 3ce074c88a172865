"""Weakened builds: a copy of the sources with the edits of weaken.py, built as people get it.

The programs under test know of no test. What is weakened is a copy, which lies in the build folder.
"""
import os
import pathlib
import shutil
import subprocess

import weaken

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARTS = ("CMakeLists.txt", "cmake", "policy", "po", "tests", "tool", "usbimport",
         "vault")
TARGETS = ("kinkod", "kinko", "kinko-opener", "kinko-pkcs11", "attack_programs")


class Unfit(Exception):
    """An edit that does not fit the sources, or a copy that does not build."""


# An edit may leave something unused: no reason not to build.
WARNINGS = weaken.Weakness("warnings", [], ("cmake/flags.cmake", " -Werror ", " "))


def edited(rows):
    """The new text of each changed file, by its path in the tree."""
    texts = {}
    for row in [WARNINGS, *rows]:
        for name, old, new in row.edits:
            text = texts.get(name) or (ROOT / name).read_text(encoding="utf-8")
            if text.count(old) != 1:
                raise Unfit(f"{row.what}: found {text.count(old)} times in {name}:\n{old}")
            texts[name] = text.replace(old, new)
    return texts


def names():
    return sorted({row.build for row in weaken.WEAKNESSES})


def rows_of(name):
    return [row for row in weaken.WEAKNESSES if row.build == name]


def check():
    """Whether every edit still fits the sources."""
    for name in names():
        edited(rows_of(name))


def copy_sources(to, texts):
    """Only what differs is written, so that a second build is a short one."""
    kept = set()
    for part in PARTS:
        files = [ROOT / part] if (ROOT / part).is_file() else sorted((ROOT / part).rglob("*"))
        for path in (file for file in files if file.is_file() and "__pycache__" not in file.parts):
            name = path.relative_to(ROOT)
            data = texts[str(name)].encode() if str(name) in texts else path.read_bytes()
            kept.add(to / name)
            if not (to / name).is_file() or (to / name).read_bytes() != data:
                (to / name).parent.mkdir(parents=True, exist_ok=True)
                (to / name).write_bytes(data)
                shutil.copymode(path, to / name)
    for path in [file for file in to.rglob("*") if file.is_file()]:
        if path not in kept:
            path.unlink()


def build(name, folder):
    """Returns the build: its bin/ holds the programs, its tests/ those of the suite."""
    copy, made = folder / name / "source", folder / name / "build"
    made.mkdir(parents=True, exist_ok=True)
    copy_sources(copy, edited(rows_of(name)))
    log = made / "log"
    with log.open("wb") as out:
        ended = run(["cmake", "-S", copy, "-B", made, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=None",
                     "-DBUILD_TESTING=OFF", f"-DKINKO_OUTPUT={made}"], out)
        ended = ended or run(["cmake", "--build", made, "--target", *targets(made)], out)
    if ended:
        raise Unfit(f"the weakened build {name} failed:\n{log.read_text(errors='replace')[-4000:]}")
    return made


def targets(made):
    known = subprocess.run(["ninja", "-C", made, "-t", "targets", "all"], capture_output=True,
                           text=True, check=True).stdout
    return [name for name in TARGETS if f"\n{name}: " in known]


def run(command, out):
    return subprocess.run([str(word) for word in command], stdout=out, stderr=subprocess.STDOUT,
                          env=os.environ, check=False).returncode
