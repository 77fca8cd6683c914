# SPDX-License-Identifier: Apache-2.0
"""Runs the portable tests on whatever Python this is, and says so line by line.

    python run.py [--within-limits] [MODULE ...]

Standard output is the same on every interpreter, byte for byte; its name goes to standard error. A build whose
integers are of the machine leaves the tests out that go beyond all limits.
"""

import os
import sys


def folder():
    """Return the folder of the tests."""
    return __file__.rsplit("/", 1)[0] if "/" in __file__ else "."


def modules():
    """Return the names of all test modules."""
    return sorted([name[:-3] for name in os.listdir(folder()) if name.startswith("test_") and name.endswith(".py")])


def run(names):
    """Run the tests of some modules, or of all; return how many failed."""
    print(sys.implementation, sys.maxsize, file=sys.stderr)
    passed = 0
    failed = 0
    within = "--within-limits" in names
    for name in [name for name in names if name[0] != "-"] or modules():
        module = __import__(name)
        for test in sorted(dir(module)):
            if not test.startswith("test_") or (within and test.startswith("test_beyond_")):
                continue
            try:
                getattr(module, test)()
            except Exception as error:
                failed += 1
                print(name, test, "FAILED")
                report(error)
            else:
                passed += 1
                print(name, test, "ok")
    print(passed, "passed", failed, "failed")
    return failed


def report(error):
    """Print a traceback to standard error, in the interpreter's own way."""
    show = getattr(sys, "print_exception", None)
    if show:
        show(error, sys.stderr)
    else:
        import traceback

        traceback.print_exception(error)


if __name__ == "__main__":
    sys.exit(1 if run(sys.argv[1:]) else 0)
