"""Runs one module of tests/flow and writes how each test ended to the file KINKO_RESULTS.

    tests/flow_module.py MODULE

The first line is {"count": N}; then one line for each test as it ends, so that a module that is
killed has told what it did. Called by tests/run.py.
"""
import json
import os
import pathlib
import sys
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent / "flow"


class Result(unittest.TextTestResult):
    """Also writes each test's end down."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.file = open(os.environ["KINKO_RESULTS"], "w", encoding="utf-8")
        self.end = ("failed", "it did not say how it ended")
        self.told = set()
        self.around = []  # what went wrong in setUpClass, setUpModule, ...

    def write(self, **row):
        self.file.write(json.dumps(row) + "\n")
        self.file.flush()

    def startTest(self, test):
        super().startTest(test)
        self.end = ("failed", "it did not say how it ended")

    def stopTest(self, test):
        super().stopTest(test)
        self.tell(test, *self.end)

    def tell(self, test, result, why):
        self.told.add(test.id())
        self.write(name=test.id().split(".", 1)[1], result=result, why=why)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.end = ("passed", "")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.note(test, "skipped", reason)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.note(test, "failed", self._exc_info_to_string(err, test))

    def addError(self, test, err):
        super().addError(test, err)
        why = self.errors[-1][1]
        self.note(test, "failed", why)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.note(test, "failed", f"{subtest}\n{self._exc_info_to_string(err, test)}")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.end = ("failed", "it passed although it was expected to fail")

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.end = ("passed", "")

    def note(self, test, result, why):
        """A failure stays one, whatever is added after it."""
        if not isinstance(test, unittest.TestCase):
            self.around.append((str(test), result, why))
        elif self.end[0] != "failed" or self.end[1].startswith("it did not"):
            self.end = (result, why)
        else:
            self.end = ("failed", self.end[1] + "\n" + why)

    def tell_the_rest(self, tests):
        """Tests that never began, because what stands before them failed or was skipped."""
        for test in tests:
            if test.id() in self.told:
                continue
            home = test.id().rpartition(".")[0]
            reasons = [end[1:] for end in self.around if home in end[0] or "Module" in end[0]]
            self.tell(test, *(reasons[0] if reasons else ("failed", "it never began")))
        for where, result, why in self.around:
            if where.startswith("tearDown"):
                self.write(name=where, result=result, why=why)


def tests_in(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests_in(item)
        else:
            yield item


def main():
    sys.path.insert(0, str(FOLDER))
    suite = unittest.defaultTestLoader.loadTestsFromName(sys.argv[1])
    tests = list(tests_in(suite))
    runner = unittest.TextTestRunner(resultclass=Result, verbosity=2)
    result = runner._makeResult()
    result.write(count=len(tests))
    unittest.registerResult(result)
    suite.run(result)
    result.tell_the_rest(tests)
    result.printErrors()
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
