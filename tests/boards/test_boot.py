# SPDX-License-Identifier: Apache-2.0
"""Which release a board starts: the launcher, run by MicroPython as a board runs it, in a folder that is its flash."""

import subprocess
from pathlib import Path

import pytest
from interpreters import ROOT, command

COMMON = ROOT / "boards" / "common"
SAY = "\nimport sys\nprint(sys.path[0])\n"


def boot(flash: Path) -> str:
    """Start the board once; return the folder of the release that it would run, or nothing."""
    program = flash / "boot.py"
    program.write_text((COMMON / "boot.py").read_text(encoding="utf-8") + SAY)
    done = subprocess.run([command("micropython"), "boot.py"], check=True, capture_output=True, text=True, cwd=flash)
    first = done.stdout.strip()
    return first if first in ("a", "b") else ""


def active(flash: Path) -> str:
    return (flash / "active").read_text().strip()


def test_a_blank_board_runs_nothing(tmp_path: Path) -> None:
    assert boot(tmp_path) == ""
    assert not (tmp_path / "active").exists()


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_good_release_runs_for_ever(tmp_path: Path, name: str) -> None:
    (tmp_path / "active").write_text(f"{name} good\n")
    for _ in range(10):
        assert boot(tmp_path) == name
    assert active(tmp_path) == f"{name} good"
    assert not (tmp_path / "rolledback").exists()


def test_a_release_on_trial_has_three_starts_then_the_one_before_is_put_back_for_good(tmp_path: Path) -> None:
    (tmp_path / "active").write_text("b trial a 0\n")
    for starts in (1, 2, 3):
        assert boot(tmp_path) == "b"
        assert active(tmp_path) == f"b trial a {starts}"
    assert boot(tmp_path) == "a"
    assert active(tmp_path) == "a good"
    assert (tmp_path / "rolledback").read_text() == "b\n"
    assert boot(tmp_path) == "a"


def test_a_release_that_says_it_is_good_is_no_longer_counted(tmp_path: Path) -> None:
    (tmp_path / "active").write_text("b trial a 0\n")
    boot(tmp_path)
    (tmp_path / "active").write_text("b good\n")  # what main.py writes after a minute
    for _ in range(5):
        assert boot(tmp_path) == "b"


def test_a_cut_while_the_choice_is_written_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "active").write_text("b trial a 2\n")
    (tmp_path / "active.new").write_text("b tri")  # as far as it came
    assert boot(tmp_path) == "b"
    assert active(tmp_path) == "b trial a 3"
