#!/usr/bin/env python3
"""The attack suite: everything the threat list names, tried on the programs people get.

    tests/attack/attack.py [--bin DIR] [--build DIR] [--weakened DIR] [--short] [--table FILE]
                           [FILTER...]

FILTER is a group (B), a number (A04) or a part of a case's name. The last line is
"tried N, held N, not run N, controls red k/k"; tried counts only what ran. The exit code is 0 only
when every case that ran held and every control turned red. Controls are weakened builds (weaken.py),
made in DIR, in which the same cases must fall; --short and a run without --weakened have none.
"""
import argparse
import concurrent.futures
import functools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))
import case
import kinko
import users
import weakened

GROUPS = {"A": "copying a key out", "B": "changing what lies there", "C": "trying PINs"}
AT_A_TIME = 2
LONG_SECONDS = 500  # of a case that is given so much time
TOLD = 20  # ways in which a case fell


class Tried:
    """A case and how it ended."""

    def __init__(self, one, outcome, seconds=0.0):
        self.case, self.seconds = one, seconds
        self.verdict, self.attempts = outcome["verdict"], outcome.get("attempts", 0)
        self.whys, self.controls = outcome.get("whys", []), outcome.get("controls", [])
        self.figures = outcome.get("figures", {})

    @property
    def ran(self):
        return self.verdict != "not run"


# -- running one -----------------------------------------------------------------------------------


def command_of(one, to):
    inside = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child",
              "--mount-proc"] if one.root else []
    return inside + [sys.executable, str(FOLDER / "one.py"), one.name, to]


@functools.lru_cache(None)
def why_no_root():
    return "there is no unshare here" if shutil.which("unshare") is None else users.why_not()


def try_case(one, build):
    began = time.monotonic()
    if one.root and why_no_root() is not None:
        return Tried(one, {"verdict": "not run", "whys": [why_no_root()]})
    with tempfile.TemporaryDirectory(prefix="kinko-outcome-") as folder:
        to, output = pathlib.Path(folder, "outcome"), pathlib.Path(folder, "output")
        with output.open("wb") as out:
            process = subprocess.Popen(
                command_of(one, str(to)), stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, start_new_session=True,
                env={**os.environ, **build, "PYTHONDONTWRITEBYTECODE": "1"})
        ended = wait_for(process, one.seconds)
        if ended == 0 and to.exists():
            outcome = json.loads(to.read_text(encoding="utf-8"))
        else:
            said = output.read_text(encoding="utf-8", errors="replace")[-3000:]
            late = f"took longer than {one.seconds} s" if ended is None else f"ended with {ended}"
            outcome = {"verdict": "broken", "whys": [f"{late}\n{said}"]}
    return Tried(one, outcome, time.monotonic() - began)


def wait_for(process, seconds):
    try:
        ended = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        ended = None
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    return ended


def build_of(build, programs):
    """What a case finds in its environment: the programs under attack, and the suite's own."""
    return {"KINKO_BUILD": str(build.resolve()), "KINKO_BIN": str(programs.resolve())}


def try_all(cases, build):
    """Yields each as soon as it has ended."""
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        running = [pool.submit(try_case, one, build) for one in cases if not one.alone]
        for done in concurrent.futures.as_completed(running):
            yield done.result()
    for one in cases:
        if one.alone:
            yield try_case(one, build)


# -- controls --------------------------------------------------------------------------------------


def controls_of(row, filters):
    """(number, word) of each case that must fall with this row."""
    for fall in row.falls:
        number, _, word = fall.partition(" ")
        if any(one.number == number and one.is_meant(filters) for one in case.CASES):
            yield number, word


def turned_red(number, word, tried):
    return any(each.case.number == number and each.verdict == "fell"
               and any(word in why for why in each.whys) for each in tried)


def try_weakened(cases, build):
    """What takes minutes falls in its short form, too: a weakened vault is slow to attack."""
    long = [one for one in cases if one.short and one.seconds >= LONG_SECONDS]
    yield from try_all([one for one in cases if one not in long], build)
    yield from try_all(long, {**build, "KINKO_ATTACK_SHORT": "yes"})


def try_controls(folder, filters):
    """(red, what) of each control; None when it could not run here."""
    for name in weakened.names():
        rows = [(row, number, word) for row in weakened.rows_of(name)
                for number, word in controls_of(row, filters)]
        if not rows:
            continue
        made = weakened.build(name, folder)
        build = build_of(made, made / "bin")
        numbers = {number for _, number, _ in rows}
        tried = list(try_weakened([one for one in case.CASES if one.number in numbers], build))
        for row, number, word in rows:
            same = [each for each in tried if each.case.number == number]
            if all(not each.ran for each in same):
                yield None, f"{number} with {row.what}"
                continue
            red = turned_red(number, word, same)
            whys = "; ".join(why for each in same for why in [each.verdict, *each.whys[:TOLD]])
            yield red, f"{number} with {row.what}" + ("" if red else f": {whys}")


# -- telling ---------------------------------------------------------------------------------------


def tell(each):
    figures = ", ".join(f"{value:,} {name}" if isinstance(value, int) else f"{name} {value}"
                        for name, value in each.figures.items())
    what = f"{each.attempts:,} tries" + (f", {figures}" if figures else "")
    print(f"{each.verdict:8}{each.case.number}  {each.case.sentence}"
          f"\n              {what if each.ran else each.whys[0]}   {each.seconds:.1f} s", flush=True)
    if each.verdict in ("fell", "broken"):
        for why in each.whys[:TOLD]:
            print(f"              ! {why}", flush=True)
    for red, what in each.controls:
        if not red:
            print(f"GREEN   {each.case.number}: {what}", flush=True)


def tell_groups(tried):
    print()
    for group, name in GROUPS.items():
        mine = [each for each in tried if each.case.number.startswith(group)]
        if mine:
            ran = [each for each in mine if each.ran]
            held = sum(each.verdict == "held" for each in ran)
            print(f"{group} {name}: {len(ran)} tried, {held} held, {len(mine) - len(ran)} not run, "
                  f"{sum(each.attempts for each in ran):,} attempts")


def write_table(path, tried):
    rows = ["| Case | What must hold | Tried | Verdict |", "|---|---|---|---|"]
    for each in sorted(tried, key=lambda each: each.case.name):
        figures = "; ".join(f"{name}: {value}" for name, value in each.figures.items())
        rows.append(f"| {each.case.number} | {each.case.sentence} | {each.attempts:,}"
                    f"{'; ' + figures if figures else ''} | {each.verdict}"
                    f"{'' if each.ran else ': ' + each.whys[0]} |")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def write_results(path, tried):
    """For tests/run.py: the count, then one line a case."""
    ends = {"held": "passed", "not run": "skipped"}
    rows = [{"count": len(tried)}]
    rows += [{"name": each.case.name, "result": ends.get(each.verdict, "failed"),
              "why": "\n".join(each.whys)} for each in tried]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def tell_end(tried, controls):
    ran = [each for each in tried if each.ran]
    held = sum(each.verdict == "held" for each in ran)
    checked = [red for red, _ in controls if red is not None]
    print(f"\ntried {len(ran)}, held {held}, not run {len(tried) - len(ran)}, "
          f"controls red {sum(checked)}/{len(checked)}", flush=True)
    return 0 if ran and held == len(ran) and all(checked) else 1


def main():
    parser = argparse.ArgumentParser(description="Attacks Kinko.")
    parser.add_argument("--bin", type=pathlib.Path, default=kinko.BIN, help="the programs")
    parser.add_argument("--build", type=pathlib.Path, default=kinko.BUILD,
                        help="its tests/ holds the programs of the suite")
    parser.add_argument("--weakened", type=pathlib.Path, help="where the weakened builds are made")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--table", type=pathlib.Path)
    parser.add_argument("filter", nargs="*")
    arguments = parser.parse_args()

    if arguments.short:
        os.environ["KINKO_ATTACK_SHORT"] = "yes"
    weakened.check()
    case.load_cases()
    meant = [one for one in case.CASES
             if one.is_meant(arguments.filter) and (one.short or not arguments.short)]
    tried = []
    for each in try_all(meant, build_of(arguments.build, arguments.bin)):
        tell(each)
        tried.append(each)
    controls = [(red, what) for each in tried for red, what in each.controls]
    if arguments.weakened and not arguments.short:
        for red, what in try_controls(arguments.weakened.resolve(), arguments.filter):
            print(f"{'red' if red else 'not run' if red is None else 'GREEN':8}{what}", flush=True)
            controls.append((red, what))
    tell_groups(tried)
    if arguments.table:
        write_table(arguments.table, tried)
    if "KINKO_RESULTS" in os.environ:
        write_results(pathlib.Path(os.environ["KINKO_RESULTS"]), tried)
    return tell_end(tried, controls)


if __name__ == "__main__":
    sys.exit(main())
