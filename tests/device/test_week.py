# SPDX-License-Identifier: Apache-2.0
"""A week in the life of a meter on its board: the whole firmware as it is flashed, on MicroPython, against the simulator.

Commissioned by service card, used, warned, cut off at its window's end, helped by emergency credit, TAN and cards, its power cut
at chance bytes of the memory's bus and for a while by the mains, updated while in service, given a release that does not run,
and read out at the port: at the end every register is what the simulator says.
"""

import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from groschen.core import events
from groschen.core.supply import CREDIT
from groschenhost.flash.release import Release, build
from groschenhost.flash.targets import TARGETS
from groschensim.play import Player
from groschensim.savedmeter import begun as begun_memory
from groschensim.scenario import read_scenario
from groschensim.virtual.board import VirtualBoard
from tests.boards.mains import HOLD_UP_MS
from tests.device.week import Week, flash, meter_json

SCENARIO = Path(__file__).with_name("week.toml")
_BEFORE_S = 30  # the board has power so long before it is commissioned
SUNDAY_1505 = 1_774_789_500  # 2026-03-29 15:05 in summer time, in a quarter hour without pulses
WEEKS = int(os.environ.get("GROSCHEN_WEEKS", "1"))
BROKEN = b"raise ValueError('a release that does not run')\n"


@pytest.fixture(scope="module")
def release() -> Release:
    return build(TARGETS["unix"])


@pytest.fixture
def begun(tmp_path: Path, release: Release) -> Iterator[tuple[VirtualBoard, int]]:
    """A flashed board with power, shortly before the scenario begins, and the instant at which it was made."""
    tape = cast("dict[str, Any]", read_scenario(SCENARIO).tape)
    folder = tmp_path / "flash"
    folder.mkdir()
    flash(folder, release.files, "a")
    for name, data in release.launchers.items():
        (folder / name).write_bytes(data)
    (folder / "active").write_text("a good\n")
    (folder / "meter.json").write_text(meter_json(tape["serial"]))
    start_s = tape["start_s"] - _BEFORE_S
    with VirtualBoard(folder, heap="460K", leap_ms=60_000, quiet_ms=300, start_s=start_s) as board:
        board.memory[:] = begun_memory(start_s)
        board.power_on()
        board.advance(_BEFORE_S * 1000)
        yield board, start_s


def instants(week: Week, kind: int, detail: int) -> list[int]:
    """Return when events of a kind and detail were, in seconds since 1970."""
    rows = week.kept().log.ring.kept()
    return [
        row[events.QUARTER] * 900 + row[events.SECOND]
        for row in rows
        if (row[events.KIND], row[events.DETAIL]) == (kind, detail)
    ]


def update(week: Week, release: Release) -> None:
    """Flash the second release beside the first one, as the command leaves it, and start the board anew."""
    folder = week.board.folder
    flash(folder, release.files, "b")
    (folder / "active").write_text("b trial a 0\n")
    week.board.reset()
    week.awake(70_000)
    assert (folder / "active").read_text() == "b good\n"


def bad_update(week: Week, release: Release) -> None:
    """Flash a third one that does not run: it is put back by itself, and the supply stays as it was."""
    folder = week.board.folder
    shutil.rmtree(folder / "a")
    flash(folder, {**release.files, "main.mpy": b""}, "a")
    (folder / "a" / "main.mpy").unlink()
    (folder / "a" / "main.py").write_bytes(BROKEN)
    (folder / "active").write_text("a trial b 0\n")
    closed = week.board.parts.relay.closed
    week.board.reset()
    week.awake(30_000)
    assert (folder / "active").read_text() == "b good\n"
    assert week.board.parts.relay.closed is closed
    assert instants(week, events.ERROR, events.ERROR_ROLLBACK)


def read_out(board: VirtualBoard) -> dict[str, str]:
    """Read the meter at its port by the standard."""
    board.take()  # what the console said while the bad release was tried
    board.leap_ms = 0
    board.after(1, lambda: board.send(b"/?!\r\n"))
    assert board.read_until(b"\r\n", 5_000).startswith(b"/GRO5")
    board.after(1, lambda: board.send(b"\x06050\r\n"))
    block = board.read_until(b"\x03", 60_000).decode("ascii")
    lines = block.partition("\x02")[2].split("\r\n")
    return dict(line.rstrip(")").split("(", 1) for line in lines if "(" in line)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(20_260_323, 20_260_323 + WEEKS))
def test_a_week_on_the_board_comes_to_what_the_simulator_says(
    begun: tuple[VirtualBoard, int], release: Release, seed: int
) -> None:
    board, start_s = begun
    week = Week(SCENARIO, board, start_s, random.Random(seed))
    second = replace(release, version="0.2.0")
    week.also(SUNDAY_1505, lambda: update(week, second))
    week.also(SUNDAY_1505 + 180, lambda: bad_update(week, second))
    week.play()
    said = read_out(board)
    closed = board.parts.relay.closed
    board.power_off(warning_ms=HOLD_UP_MS)  # everything is kept, and then the relay's coil has its pulse

    scenario = read_scenario(SCENARIO)
    simulated = Player(cast("dict[str, Any]", scenario.tape), scenario.load).play()
    meter, expected = week.kept(), simulated.meter
    context = f"seed {seed}, cut within {', '.join(week.cut)}; starts {board.starts}"
    assert [limbs.value() for limbs in meter.registers()] == [limbs.value() for limbs in expected.registers()], context
    assert meter.demand.maxima.kept() == expected.demand.maxima.kept(), context
    assert meter.daily.ring.kept() == expected.daily.ring.kept(), context
    assert meter.supply.mode == expected.supply.mode
    assert (meter.supply.emergency, meter.supply.activations) == (False, 1)
    # The board had power, and no supply, before the scenario began.
    assert meter.supply.off_s - expected.supply.off_s == _BEFORE_S, context
    assert closed is simulated.relay is True
    assert not board.parts.relay.closed
    disconnections = [at for at, cause in simulated.disconnections if cause == CREDIT]
    assert instants(week, events.SUPPLY, events.SUPPLY_OFF_CREDIT) == disconnections, context
    assert meter.warnings.ring.appended > 0

    # What the port said shortly before the end is what the memory has, to the pulse and the micro-euro.
    assert said["C.1.0"] == week.keys.serial.decode()
    assert said["1.8.1"] == f"{meter.energy_ht.value() / 1000:.3f}*kWh"
    assert said["1.8.2"] == f"{meter.energy_nt.value() / 1000:.3f}*kWh"
    balance = meter.account.balance.value()
    assert said["0-0:19.10.0*255"] == f"{balance // 1_000_000}.{balance % 1_000_000:06d}*EUR"
    assert said["0-0:96.3.10*255"] == "1"
    assert board.console.count(b"Traceback") == board.console.count(b"a release that does not run"), board.console
