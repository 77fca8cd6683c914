# SPDX-License-Identifier: Apache-2.0
"""The portable tests on every interpreter there is: the same tests pass, and print the same."""

import ast
import shutil
import sys
from pathlib import Path

import pytest
from interpreters import PORTABLE, ROOT, Done, absent, broken, command, micropython, start

RUN = PORTABLE / "run.py"
SOURCES = [ROOT / "firmware", ROOT / "cardformat", ROOT / "simulator", PORTABLE]


def cpython(*names: str):
    return start([sys.executable, RUN, *names], SOURCES)


def unix(*names: str):
    return micropython(RUN, *names)


def small(*names: str):
    if not (PORTABLE / "node_modules").is_dir():
        absent("the 32-bit MicroPython is not here; `make setup` brings it")
    return start([command("node"), PORTABLE / "run32.mjs", *names], [])


def pypy(*names: str):
    found = shutil.which("pypy3")
    if not found:
        pytest.skip("pypy3 is not installed")
    return start([found, RUN, *names], SOURCES)


@pytest.fixture(scope="module")
def reference() -> Done:
    done = cpython()
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_every_test_there_is_runs(reference: Done) -> None:
    count = 0
    for path in PORTABLE.glob("test_*.py"):
        names = [node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
        count += sum(name.startswith("test_") for name in names)
    assert reference.stdout.splitlines()[-1] == f"{count} passed 0 failed"


@pytest.mark.parametrize(("run", "name"), [(unix, "name='micropython'"), (small, "2147483647"), (pypy, "name='pypy'")])
def test_the_same_on(run, name: str, reference: Done) -> None:
    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert name in done.stderr
    assert done.stdout == reference.stdout


FAULTY = """
import sys
def test_good():
    pass
def test_bad():
    assert sys.implementation.name == "cpython"
"""


def test_a_failure_on_one_interpreter_is_seen(tmp_path: Path) -> None:
    shutil.copy(RUN, tmp_path)
    (tmp_path / "test_faulty.py").write_text(FAULTY)
    roots = [tmp_path]
    good = start([sys.executable, tmp_path / "run.py"], roots)
    assert (good.returncode, good.stdout.splitlines()[-1]) == (0, "2 passed 0 failed")
    bad = start([command("micropython"), tmp_path / "run.py"], roots, variable="MICROPYPATH")
    assert (bad.returncode, bad.stdout.splitlines()[-1]) == (1, "1 passed 1 failed")
    assert "AssertionError" in bad.stderr


def test_a_core_that_allocates_once_a_quarter_hour_is_seen(tmp_path: Path) -> None:
    # A tuple that nobody keeps: right on every interpreter, and caught only where the heap is locked.
    firmware = broken(tmp_path, "demand.py", "closing = self.closing\n", "closing, _ = (self.closing, pulses)[:]\n")
    done = small("--core", str(firmware / "groschen" / "core"), "test_allocation", "test_demand")
    assert done.returncode == 1
    assert "test_allocation test_a_household_that_runs_out_of_credit_and_pays_again FAILED" in done.stdout
    assert "test_demand test_only_the_increase_is_charged ok" in done.stdout
