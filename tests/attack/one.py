"""Runs one case in this process and writes its outcome: one.py "NUMBER NAME" OUTCOME-FILE

Called by attack.py; as root inside `unshare --mount --pid` when the case needs it.
"""
import os
import pathlib
import sys

import case
import users


def main():
    name, to = sys.argv[1:3]
    case.load_cases()
    one, = [each for each in case.CASES if each.name == name]
    work = users.build_inside() if one.root else None
    try:
        outcome = case.run_case(one)
    finally:
        if work is not None:
            users.leave(work)
    pathlib.Path(to).write_text(outcome, encoding="utf-8")


if __name__ == "__main__":
    os.umask(0o022)
    main()
