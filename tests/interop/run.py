#!/usr/bin/env python3
"""Other people's programs sign with the vault: prints what worked as a table, and ends with the line
"N passed, N failed, N skipped".

    tests/interop/run.py [--build DIR] [--table] [FILTER]

DIR holds bin/ and lib/. A whole run fails when docs/interop.md shows another table than was found;
--table writes it there. FILTER keeps the tests that have this text in their name.
"""
import argparse
import os
import pathlib
import sys
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
PAGE = ROOT / "docs" / "interop.md"
BEGIN, END = "<!-- table: made by ./run interop --table -->\n", "<!-- end of table -->\n"
HEADINGS = ("Program", "What it does", "Key", "Result", "Verified by, or why not")


def tests_in(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests_in(item)
        else:
            yield item


def cells():
    import interop
    rows = [(program, does, ", ".join(keys), result, by)
            for program, does, keys, result, by in interop.Table.rows]
    return [HEADINGS, *sorted(rows, key=lambda row: (row[0].lower(), row[1:]))]


def plain_table():
    rows = cells()
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() + "\n"
                   for row in rows)


def page_table():
    rows = [f"| {' | '.join(row)} |\n" for row in cells()]
    rows.insert(1, "|" + "---|" * len(HEADINGS) + "\n")
    return "".join(rows)


def page_with(table):
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table}{END}{after}"


def check_page(writes):
    """How many failures the page is: it must say what was found."""
    page = page_with(page_table())
    if page == PAGE.read_text(encoding="utf-8"):
        return 0
    if writes:
        PAGE.write_text(page, encoding="utf-8")
        print(f"\n{PAGE.relative_to(ROOT)} was written anew.")
        return 0
    print(f"\nFAILED {PAGE.relative_to(ROOT)} shows another table than this; see ./run interop --table")
    return 1


def main():
    parser = argparse.ArgumentParser(description="Other people's programs sign with the vault.")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--table", action="store_true", help="write it to docs/interop.md")
    parser.add_argument("filter", nargs="?", default="")
    arguments = parser.parse_args()

    os.environ["KINKO_BUILD"] = str(arguments.build.resolve())
    os.environ.pop("KINKO_BIN", None)
    sys.path.insert(0, str(FOLDER))
    everything = tests_in(unittest.defaultTestLoader.discover(str(FOLDER)))
    tests = [test for test in everything if arguments.filter in test.id()]
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(unittest.TestSuite(tests))

    print(f"\n{plain_table()}")
    for test, why in result.skipped:
        print(f"Could not run here: {test}: {why}")
    failed = len({str(test) for test, _ in result.failures + result.errors})
    skipped = len(result.skipped)
    if not arguments.filter and not failed and not skipped:
        failed += check_page(arguments.table)
    passed = len(tests) - failed - skipped
    print(f"\n{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 0 if passed > 0 and failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
