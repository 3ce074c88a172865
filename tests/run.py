#!/usr/bin/env python3
"""Runs every test and ends with the line "N passed, N failed, N skipped".

    tests/run.py [--asan DIR] [--tsan DIR] [FILTER]
    tests/run.py [--asan DIR] --release DIR [FILTER]

Unit tests are the cmocka programs in DIR/tests; flow tests are the modules tests/flow/test_*.py,
which start the programs in the first DIR/bin (KINKO_BUILD names that DIR), and so does the short
form of tests/attack. With --release only the flow tests run, on the programs that people get,
where a system call that no list allows kills: the kernel's log is read for such kills at the end.
FILTER keeps what has this text in its name. Two run at a time; a module with the line
"ALONE = True" runs by itself.

A test fails when it says so, when its program ends otherwise than its tests say, when it takes
too long, or when a sanitizer in any process that it started has written a report. A test that
could not run here is skipped and says why; a skip without a reason is a failure.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
AT_A_TIME = 2
UNIT_SECONDS = 180
FLOW_SECONDS = 480
OUTPUT_LINES = 60  # of a failed test
# ThreadSanitizer makes system calls that a confined process may not, moves what the residue scan
# looks for, and has nothing to find where one thread talks to a TPM.
NOT_UNDER_TSAN = ("test_confinement", "test_residue", "test_tpm", "test_vectors")

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


class Outcome:
    """One test: its name, how it ended, and why when it did not pass."""

    def __init__(self, name, result, why=""):
        self.name, self.result, self.why = name, result, why


class Job:
    """One process that runs several tests and tells how each ended."""

    def __init__(self, name, command, seconds, read, alone=False, logs=True, programs=None):
        self.name, self.command, self.seconds = name, command, seconds
        self.read, self.alone, self.logs = read, alone, logs
        self.programs = programs  # the folder of the programs to be started, if another


# -- what there is ---------------------------------------------------------------------------


def unit_jobs(build, prefix):
    folder = build / "tests"
    programs = sorted(p for p in folder.glob("*_test_*") if os.access(p, os.X_OK))
    if prefix:
        programs = [p for p in programs if not any(name in p.name for name in NOT_UNDER_TSAN)]
    # Without address space randomisation: ThreadSanitizer of gcc 12 needs its fixed places.
    plain = ["setarch", os.uname().machine, "-R"] if prefix else []
    return [Job(prefix + program.name.replace("_test_", "/test_", 1),
                plain + [str(program)], UNIT_SECONDS, read_cmocka,
                logs=b"libumockdev-preload" not in program.read_bytes())
            for program in programs]


def flow_jobs(prefix="", programs=None):
    jobs = []
    for path in sorted((ROOT / "tests" / "flow").glob("test_*.py")):
        alone = re.search(r"^ALONE = True$", path.read_text(encoding="utf-8"), re.M)
        command = [sys.executable, str(ROOT / "tests" / "flow_module.py"), path.stem]
        jobs.append(Job(prefix + "flow/" + path.stem, command, FLOW_SECONDS, read_flow,
                        bool(alone), programs=programs))
    return jobs


def attack_jobs():
    """The attack suite's short form: one test a case."""
    command = [sys.executable, str(ROOT / "tests" / "attack" / "attack.py"), "--short"]
    return [Job("attack", command, FLOW_SECONDS, read_flow, alone=True)]


# -- what they say ---------------------------------------------------------------------------

CMOCKA_COUNT = re.compile(r"^\[==========\] (?:\S+: )?Running (\d+) test", re.M)
CMOCKA_RESULT = re.compile(r"^\[ +(OK|FAILED|SKIPPED|ERROR) +\] ([A-Za-z_]\w*)$")
CMOCKA_NOISE = re.compile(
    r"\[ RUN  |\[=====|listed below:$|\[  PASSED  \]|^ *\d+ .*TEST\(S\)$|^$")
# What a test prints before cmocka's skip().
CMOCKA_REASON = re.compile(r"^skipped: (.+)$")


def read_cmocka(job, output, folder):
    """cmocka's own report. Its two streams mix freely: only what one line says counts."""
    ends, reasons, reason, talk = {}, {}, "", []
    for line in output.splitlines():
        said = CMOCKA_RESULT.match(line)
        if CMOCKA_REASON.match(line):
            reason = CMOCKA_REASON.match(line)[1]
        elif said:
            word, name = said[1], said[2]
            reasons.setdefault(name, reason)
            ends[name] = {"OK": PASSED, "SKIPPED": SKIPPED}.get(word, FAILED)
            reason = ""
        elif not CMOCKA_NOISE.search(line):
            talk.append(line)
    whys = {PASSED: lambda name: "", SKIPPED: reasons.get, FAILED: lambda name: last_lines(talk)}
    announced = sum(int(count) for count in CMOCKA_COUNT.findall(output))
    return [Outcome(f"{job.name}: {name}", end, whys[end](name))
            for name, end in ends.items()], announced


def read_flow(job, output, folder):
    """What flow_module.py wrote: one JSON object a line, the first being the count."""
    path = pathlib.Path(folder, "results")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = [json.loads(line) for line in lines]
    announced = rows[0]["count"] if rows else 0
    return [Outcome(f"{job.name}: {row['name']}", row["result"], row["why"])
            for row in rows[1:]], announced


def last_lines(lines):
    kept = lines[-OUTPUT_LINES:]
    return "\n".join(([f"... ({len(lines) - len(kept)} lines)"] if kept != lines else []) + kept)


# -- running ---------------------------------------------------------------------------------


def environment(job, build, folder):
    """Sanitizers end a process at their first finding and write it where we find it, also when
    the process is one that a test started. Not in a program with umockdev, which redirects the
    mkdir that AddressSanitizer calls at its start: that one writes to its output."""
    log = f"log_path={folder}/sanitizer" if job.logs else "log_path=stderr"
    return dict(
        {**os.environ, **({"KINKO_BIN": str(job.programs)} if job.programs else {})},
        KINKO_BUILD=str(build),
        KINKO_RESULTS=f"{folder}/results",
        CMOCKA_MESSAGE_OUTPUT="stdout",
        ASAN_OPTIONS=f"detect_leaks=1:halt_on_error=1:{log}",
        UBSAN_OPTIONS=f"halt_on_error=1:print_stacktrace=1:{log}",
        TSAN_OPTIONS=f"halt_on_error=1:second_deadlock_stack=1:{log}",
        PYTHONDONTWRITEBYTECODE="1",
    )


def run_process(job, build, folder):
    """Returns exit code (None: it took too long) and everything it printed. The output goes to a
    file, so that a process left behind cannot keep us waiting."""
    path = pathlib.Path(folder, "output")
    with path.open("wb") as output:
        process = subprocess.Popen(
            job.command, cwd=ROOT, env=environment(job, build, folder), stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        code = process.wait(timeout=job.seconds)
    except subprocess.TimeoutExpired:
        code = None
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    return code, path.read_text(encoding="utf-8", errors="replace")


def sanitizer_reports(folder):
    return [path.read_text(encoding="utf-8", errors="replace")
            for path in sorted(pathlib.Path(folder).glob("sanitizer.*")) if path.stat().st_size]


def run_job(job, build):
    """All outcomes of one job, and how long it took."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kinko-test-") as folder:
        os.chmod(folder, 0o1777)  # a daemon that has become another user writes here too
        code, output = run_process(job, build, folder)
        outcomes, announced = job.read(job, output, folder)
        reports = sanitizer_reports(folder)
    for outcome in outcomes:
        if outcome.result == SKIPPED and not outcome.why:
            outcome.result, outcome.why = FAILED, "skipped without a reason"
    failed = any(outcome.result == FAILED for outcome in outcomes)
    if code is None:
        outcomes.append(Outcome(job.name, FAILED,
                                f"took longer than {job.seconds} s\n{last_lines(output.splitlines())}"))
    elif len(outcomes) < announced or announced == 0 or (code != 0 and not failed):
        outcomes.append(Outcome(job.name, FAILED,
                                f"ended with {code} after {len(outcomes)} of {announced} tests\n"
                                + last_lines(output.splitlines())))
    outcomes += [Outcome(f"{job.name} (sanitizer)", FAILED, last_lines(report.splitlines()))
                 for report in reports]
    return job, outcomes, time.monotonic() - began


def run_all(jobs_and_builds):
    """Yields each job's outcomes as soon as it ends."""
    together = [(job, build) for job, build in jobs_and_builds if not job.alone]
    alone = [(job, build) for job, build in jobs_and_builds if job.alone]
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        running = [pool.submit(run_job, job, build) for job, build in together]
        for done in concurrent.futures.as_completed(running):
            yield done.result()
    for job, build in alone:
        yield run_job(job, build)


# -- what the kernel says --------------------------------------------------------------------


def kernel_log():
    """None where it may not be read."""
    done = subprocess.run(["dmesg"], capture_output=True, text=True, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else None


def filter_kills(log, programs):
    """The lines about programs of this folder that made a system call they may not make."""
    return {line for line in log
            if "type=1326" in line and " sig=31 " in line and f'exe="{programs}/' in line}


def left_out(log):
    """The lines in which the kernel says that it left out some of that kind."""
    return {line for line in log if re.search(r"audit\S*: .*(suppressed|lost)", line)}


def filter_outcome(before, programs):
    name = "release/no system call outside the lists"
    time.sleep(1)  # the kernel writes them a moment later
    after = kernel_log()
    if before is None or after is None:
        return Outcome(name, SKIPPED, "the kernel's log may not be read here")
    kills = sorted(filter_kills(after, programs) - filter_kills(before, programs))
    if not kills and left_out(after) - left_out(before):
        return Outcome(name, SKIPPED, "the kernel had too much to log, and left lines out")
    return Outcome(name, FAILED if kills else PASSED, "\n".join(kills))


# -- telling ---------------------------------------------------------------------------------


def tell_job(job, outcomes, seconds):
    count = {result: sum(o.result == result for o in outcomes)
             for result in (PASSED, FAILED, SKIPPED)}
    line = f"{'FAILED' if count[FAILED] else 'ok':7}{job.name:46}{count[PASSED]:5} passed"
    line += f", {count[FAILED]} failed" if count[FAILED] else ""
    line += f", {count[SKIPPED]} skipped" if count[SKIPPED] else ""
    print(f"{line}   {seconds:.1f} s", flush=True)


def tell_end(outcomes):
    failures = [outcome for outcome in outcomes if outcome.result == FAILED]
    skips = [outcome for outcome in outcomes if outcome.result == SKIPPED]
    for failure in failures:
        print(f"\nFAILED {failure.name}\n{failure.why}")
    if skips:
        print("\nCould not run here:")
    for skip in skips:
        print(f"  {skip.name}: {skip.why}")
    if failures:
        print("\nFailed:")
    for failure in failures:
        print(f"  {failure.name}")
    passed = len(outcomes) - len(failures) - len(skips)
    print(f"\n{passed} passed, {len(failures)} failed, {len(skips)} skipped", flush=True)
    return 0 if passed > 0 and not failures else 1


def main():
    parser = argparse.ArgumentParser(description="Runs Kinko's tests.")
    parser.add_argument("--asan", type=pathlib.Path, default=ROOT / "build" / "asan")
    parser.add_argument("--tsan", type=pathlib.Path, help="its unit tests run too")
    parser.add_argument("--release", type=pathlib.Path, help="the flow tests run there, alone")
    parser.add_argument("filter", nargs="?", default="")
    arguments = parser.parse_args()

    asan = arguments.asan.resolve()
    programs = arguments.release and arguments.release.resolve() / "bin"
    if programs:
        jobs = [(job, asan) for job in flow_jobs("release/", programs)]
    else:
        jobs = [(job, asan) for job in flow_jobs() + attack_jobs() + unit_jobs(asan, "")]
    if arguments.tsan:
        jobs += [(job, asan) for job in unit_jobs(arguments.tsan.resolve(), "tsan/")]
    outcomes = []
    before = kernel_log() if programs else None
    for job, ended, seconds in run_all([(j, b) for j, b in jobs if arguments.filter in j.name]):
        tell_job(job, ended, seconds)
        outcomes += ended
    if programs:
        outcomes.append(filter_outcome(before, programs))
    return tell_end(outcomes)


if __name__ == "__main__":
    sys.exit(main())
