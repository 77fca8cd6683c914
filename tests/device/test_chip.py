# SPDX-License-Identifier: Apache-2.0
"""The whole firmware, as it is flashed, on boards whose flash can be written: it starts from every memory, and a day is right.

On an emulated RP2040 this is the firmware's own start: littlefs, the board's heap, its interrupts and its times.
"""

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from groschen.core import events
from groschen.core.store import Store
from groschen.core.supply import CREDIT
from groschenhost.flash.release import build
from groschenhost.flash.targets import TARGETS
from groschensim.nvm import SimNvm
from groschensim.play import Player
from groschensim.savedmeter import begun
from groschensim.scenario import read_scenario
from tests.device import chip
from tests.device.board import FLASH, PARTS, POWER, VIRTUAL, Board, needs
from tests.device.week import Week

DAY = Path(__file__).with_name("day.toml")
WEEK = Path(__file__).with_name("week.toml")
STARTS = int(os.environ.get("GROSCHEN_STARTS", "1"))
"""How often each memory is started from, with cuts in between."""
WHOLE_WEEK = bool(os.environ.get("GROSCHEN_CHIP_WEEK"))
START_MS = 5_000
BEFORE_S = 30
DAY_S = 86_400
TRACE = b"Traceback"

pytestmark = needs(FLASH, PARTS, POWER)


def flash(board: Board) -> None:
    target = TARGETS["unix" if VIRTUAL in board.caps else "pico"]
    board.flash_files(chip.flashed(build(target)))


def damaged(copies: int) -> bytes:
    """Return a memory of which so many copies of the state have a bit that changed."""
    memory = bytearray(chip.kept(4))
    for copy in range(copies):
        memory[512 * copy + 100] ^= 4
    return bytes(memory)


MEMORIES: dict[str, Callable[[], bytes]] = {
    "empty": lambda: bytes(32_768),
    "new": lambda: b"\xff" * 32_768,
    "one copy damaged": lambda: damaged(1),
    "both copies damaged": lambda: damaged(2),
    "noise": lambda: random.Random(4428).randbytes(32_768),
    **{f"layout {layout}": lambda layout=layout: chip.kept(layout) for layout in (1, 2, 3, 4)},  # type: ignore[misc]
}


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", MEMORIES)
def test_it_starts_from_every_memory_also_where_the_start_before_was_cut_off(dead_board: Board, name: str) -> None:
    board = dead_board
    flash(board)
    memory = MEMORIES[name]()
    board.parts.memory[:] = memory
    board.parts.clock.put(*divmod(chip.KEPT_UNTIL_S + 30, DAY_S))
    chance = random.Random(name)
    for start in range(STARTS):
        if start:  # cut off at some instant of a start, and back
            board.power_on()
            board.advance(chance.randrange(20, START_MS))
            board.power_off()
            board.advance(chance.randrange(100, 60_000))
        board.power_on()
        board.advance(START_MS)
        assert TRACE not in board.console, board.console[-1500:]
        assert board.parts.display.text()[0].strip(), start
        board.power_off(warning_ms=80)
        board.advance(1_000)
    if name.startswith("layout") or name == "one copy damaged":
        assert registers(board.parts.memory) == registers(memory)


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_a_meter_that_was_off_for_ninety_days_makes_up_for_them_in_one_start(dead_board: Board) -> None:
    """It takes longer than the watchdog waits, who is told of each day."""
    board = dead_board
    flash(board)
    board.parts.memory[:] = chip.kept(4)
    board.parts.clock.put(*divmod(chip.KEPT_UNTIL_S + 90 * DAY_S, DAY_S))
    board.power_on()
    board.advance(18_000)
    board.power_off(warning_ms=80)
    board.advance(1_000)
    state = Store(SimNvm(image=bytearray(board.parts.memory))).load()
    assert state is not None
    assert state.meter.quarter // 96 == chip.KEPT_UNTIL_S // DAY_S + 90
    logged = [row[events.DETAIL] for row in state.meter.log.ring.kept() if row[events.KIND] == events.POWER]
    assert logged[-2:] == [events.POWER_OFF, events.POWER_ON]


def registers(memory: bytes) -> list[int]:
    state = Store(SimNvm(image=bytearray(memory))).load()
    assert state is not None
    return [state.meter.energy_ht.value(), state.meter.energy_nt.value()]


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_a_day_on_it_comes_to_what_the_simulator_says(dead_board: Board) -> None:
    """Commissioned, disconnected, helped, cut off at chance bytes, given credit by card and TAN, read at its port."""
    scenario_file = WEEK if WHOLE_WEEK else DAY
    scenario = read_scenario(scenario_file)
    tape = cast("dict[str, Any]", scenario.tape)
    start_s = tape["start_s"] - BEFORE_S
    flash(dead_board)
    dead_board.parts.clock.put(*divmod(start_s, DAY_S))
    dead_board.parts.memory[:] = begun(start_s)
    board: Any = getattr(dead_board, "virtual", dead_board)
    board.leap_ms, board.quiet_ms = 60_000, 300
    board.power_on()
    board.advance(BEFORE_S * 1000)
    week = Week(scenario_file, board, start_s, random.Random(20_260_323))
    week.play()
    board.leap_ms = 0
    board.after(1, lambda: dead_board.send(b"/?!\r\n"))
    assert b"/GRO" in dead_board.receive_until(b"\r\n", 5_000)
    closed = board.parts.relay.closed  # before the power fails, which opens it
    board.power_off(warning_ms=80)

    simulated = Player(tape, scenario.load).play()
    meter, expected = week.kept(), simulated.meter
    context = f"cut within {', '.join(week.cut)}; starts {board.starts}"
    assert [limbs.value() for limbs in meter.registers()] == [limbs.value() for limbs in expected.registers()], context
    assert meter.demand.maxima.kept() == expected.demand.maxima.kept(), context
    assert meter.daily.ring.kept() == expected.daily.ring.kept(), context
    assert meter.supply.mode == expected.supply.mode
    assert (meter.supply.emergency, meter.supply.activations) == (expected.supply.emergency, 1)
    assert closed is simulated.relay is True
    rows = [row for row in meter.log.ring.kept() if (row[events.KIND], row[events.DETAIL]) == OFF_BY_CREDIT]
    disconnected = [at for at, cause in simulated.disconnections if cause == CREDIT]
    assert [row[events.QUARTER] * 900 + row[events.SECOND] for row in rows] == disconnected, context
    assert TRACE not in dead_board.console, dead_board.console[-1500:]


OFF_BY_CREDIT = (events.SUPPLY, events.SUPPLY_OFF_CREDIT)
