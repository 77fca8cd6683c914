# SPDX-License-Identifier: Apache-2.0
"""The virtual board lets the firmware's computing take what it takes on the emulated RP2040, and shows what hangs on that."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from groschenhost.flash.release import Release, build
from groschenhost.flash.targets import TARGETS
from groschensim.virtual import pinout
from groschensim.virtual.board import VirtualBoard
from tests.boards.mains import HOLD_UP_MS
from tests.device import chip, chip_work
from tests.device.backends.unix import UnixBoard
from tests.device.test_firmware import Installed, mutant

ROOT: Final = Path(__file__).resolve().parents[2]
ALIKE: Final = (
    "step, median",
    "commit, both copies read back",
    "flush",
    "collection of garbage",
    "clock read",
    "a screen is drawn",
    "look for a contactless card",
    "an HMAC",
)
"""The rows of docs/performance.md that the board's table of costs holds."""
PULSE_US: Final = 100_000
DAY_MS: Final = 86_400_000


def documented(page: str, column: int) -> dict[str, float]:
    """Return the figures of a column in the tables of a page of the documentation, by what stands before them."""
    rows = re.findall(r"^\| ([^|]+?) \|(.+)\|$", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.MULTILINE)
    found: dict[str, float] = {}
    for name, cells in rows:
        figures = [cell.strip().replace(" ", "") for cell in cells.split("|")]
        if len(figures) > column and re.fullmatch(r"[\d.]+", figures[column]):
            found[name.strip("*")] = float(figures[column])
    return found


@pytest.fixture(scope="module")
def release() -> Release:
    return build(TARGETS["unix"])


@pytest.fixture
def board(tmp_path: Path, release: Release) -> Iterator[UnixBoard]:
    """A meter with a memory of the present layout, without power."""
    made = UnixBoard(tmp_path / "flash", start_s=chip.KEPT_UNTIL_S + 30)
    made.flash_files(chip.flashed(release))
    made.parts.memory[:] = chip.kept(4)
    yield made
    made.close()


def test_each_piece_of_work_takes_what_it_takes_on_the_chip(board: UnixBoard) -> None:
    board.power_on()
    board.advance(8_000)
    board.virtual.interrupt()
    board.advance(2_000)
    board.enter()
    found = chip_work.pieces(board)
    measured = documented("performance.md", 0)
    assert {name: found[name] for name in ALIKE} == pytest.approx({name: measured[name] for name in ALIKE}, rel=0.05)


def test_the_first_seconds_are_those_of_the_chip(board: UnixBoard) -> None:
    board.parts.push_relay(True)  # which a meter without credit opens as soon as it can
    virtual = board.virtual
    board.power_on()
    marks: dict[str, Callable[[], object]] = {
        "S0 counts": lambda: virtual.pins._triggers[pinout.S0],
        "the watchdog runs": lambda: virtual._controller._watchdog,
        "the relay follows": lambda: board.parts.relay.pulses,
        "first whole line on the display": lambda: len(virtual.display_text()[0].rstrip()) > 10,
    }
    measured = documented("memory-and-start.md", 1)
    for name, is_there in marks.items():
        virtual.run_until(is_there, 4_000)
        assert virtual.now_ms == pytest.approx(measured[name], rel=0.03), name


COMPUTES: Final = """
import time
from boardlink import link
from machine import Pin
seen = []
pin = Pin(2, Pin.IN, Pin.PULL_UP)
pin.irq(lambda _: seen.append(time.ticks_us()), Pin.IRQ_FALLING, hard=True)
time.sleep_ms(40_000)
begin = time.ticks_us()
link.compute(50_000)
print(time.ticks_diff(time.ticks_us(), begin), *seen)
"""


def test_pulses_fall_at_their_microsecond_while_the_device_computes_and_no_time_is_leapt_over(tmp_path: Path) -> None:
    with VirtualBoard(tmp_path / "flash", leap_ms=10_000, quiet_ms=100) as board:
        board.flash_files({"main.py": COMPUTES})
        board.power_on()
        for ms in (40_010, 40_030):
            board.at(ms, lambda: board.pulse(1, 5, 5))
        board.run_until(lambda: b"MicroPython" in board.console, 60_000)
        took, *falls = (int(word) for word in board.console.split()[:3])
        assert 50_000 <= took < 50_010
        assert [at // 10 for at in falls] == [4_001_000, 4_003_000]  # within ten microseconds


def test_two_runs_with_the_same_stimuli_are_the_same(tmp_path: Path, release: Release) -> None:
    seen = []
    for run in range(2):
        with VirtualBoard(tmp_path / f"flash{run}", start_s=chip.KEPT_UNTIL_S + 30) as board:
            board.flash_files(chip.flashed(release))
            board.memory[:] = chip.kept(4)
            board.power_on()
            board.pulse(40)
            board.advance(5_000)
            board.power_off(warning_ms=HOLD_UP_MS)
            seen.append((board.questions, bytes(board.memory), board.display_text()))
    assert seen[0] == seen[1]


def test_a_quiet_day_is_leapt_through_all_the_same(tmp_path: Path, release: Release) -> None:
    with VirtualBoard(tmp_path / "flash", start_s=chip.KEPT_UNTIL_S + 30, leap_ms=60_000, quiet_ms=300) as board:
        board.flash_files(chip.flashed(release))
        board.memory[:] = chip.kept(4)
        board.power_on()
        board.advance(60_000)
        before = board.questions
        board.advance(DAY_MS)
        assert board.questions - before < 100_000  # seventeen million steps without leaps


# ---- what hangs on it

FOLLOWS = "        self._switch()\n        return True\n\n    def _start"
STALE = """        ticks = self._board.relay._ticks
        self._board.relay._ticks = lambda: now
        self._switch()
        self._board.relay._ticks = ticks
        return True

    def _start"""
"""A relay whose pulse is timed from the step's begin, before everything is kept."""


def opening_us(meter: Installed) -> int:
    """Let the power fail, and return for how long the opening coil is driven."""
    meter.board.parts.relay.longest_us = 0
    meter.board.power_off(warning_ms=HOLD_UP_MS)
    return meter.board.parts.relay.longest_us


def test_a_coils_pulse_that_begins_behind_a_flush_is_whole(tmp_path: Path, release: Release) -> None:
    meter = Installed(tmp_path / "flash", release)
    with meter.board:
        assert PULSE_US <= opening_us(meter) < PULSE_US + 60_000


def test_a_coils_pulse_that_is_timed_from_before_a_flush_is_seen_to_be_too_short(tmp_path: Path) -> None:
    meter = Installed(tmp_path / "flash", mutant(tmp_path / "mutant", STALE, "device", FOLLOWS))
    with meter.board:
        assert opening_us(meter) < PULSE_US - 20_000
