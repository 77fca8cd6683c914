# SPDX-License-Identifier: Apache-2.0
"""What each piece of the firmware's work takes on a board, measured by its own microseconds.

The meter is a household's after a year, whose report fills the card, ten days after the last top-up.
"""

import json
from pathlib import Path
from typing import Any, Final, cast

from bench_cards_device import House

from groschen.core import events
from groschenhost.flash.release import build
from groschenhost.flash.targets import TARGETS
from groschensim.scenario import read_scenario
from tests.device import chip
from tests.device.backends.rp2040 import Rp2040Board
from tests.device.board import Board

YEAR: Final = Path(__file__).resolve().parents[2] / "tools" / "bench_year.toml"
DAYS: Final = 10
_QUARTER_S: Final = 900
_PATIENCE_MS: Final = 20_000

_TOOLS: Final = """
import gc, json, program
from time import sleep_ms, ticks_diff, ticks_ms, ticks_us
program.timer.deinit()
feed = program.program.watchdog.feed
device = program.program.device
board = device._board
faces = device._interfaces
step = device.step
def timed(call):
    feed()
    begin = ticks_us()
    call()
    return ticks_diff(ticks_us(), begin)
def middle(call, before=None):
    took = []
    for _ in range(9):
        if before:
            before()
        took.append(timed(call))
    return sorted(took)[4]
def steps(count):
    took = []
    for _ in range(count):
        took.append(timed(lambda: step(ticks_ms())))
        sleep_ms(5)
    return sorted(took)
def exchange(session):
    longest = 0
    while not session.state:
        timed(lambda: step(ticks_ms()))
        sleep_ms(5)
    begin = ticks_ms()
    while device.busy():
        longest = max(longest, timed(lambda: step(ticks_ms())))
    return ticks_diff(ticks_ms(), begin), longest, session.outcome
note = lambda: device.meter.note_event(1, 1)
program._collect()
from groschencard.mac import hmac_sha256
key = bytes(32)
"""

PIECES: Final = {
    "commit, both copies read back": ("device.keeper.commit", "note"),
    "flush": ("device.flush", "note"),
    "flush, nothing has changed": ("device.flush", "None"),
    "collection of garbage": ("gc.collect", "program._collect"),
    "clock read": ("board.clock.read", "None"),
    "a screen is drawn": ("lambda: faces._panel.render(faces._canvas)", "None"),
    "look for a contactless card": ("faces._sessions[1].step", "None"),
    "an HMAC": ("lambda: hmac_sha256(key, key)", "None"),
    "the port takes another speed": ("lambda: board.wires[0][0].set_speed(300)", "None"),
}
"""What is timed alone, and what is done before each time."""


def measure(image: Path, flash_miss: int) -> dict[str, float]:
    """Return milliseconds."""
    scenario = read_scenario(YEAR)
    house = House(cast("dict[str, Any]", scenario.tape), scenario.load)
    house.credit()
    house.insert()
    house.pass_days(DAYS)
    house.credit()
    house.keeper.commit()
    tape = cast("dict[str, Any]", scenario.tape)
    board = Rp2040Board(image, start_s=house.meter.quarter * _QUARTER_S + _QUARTER_S)
    board.flash_files(chip.flashed(build(TARGETS["pico"]), tape["serial"]))
    board.parts.memory[:] = house.keeper._store._nvm.image
    board.miss_cycles = flash_miss
    board.power_on()
    board.advance(8_000)
    chip.interrupt(board)
    try:
        return _work(board, house.card)
    finally:
        board.close()


def pieces(board: Board) -> dict[str, float]:
    """Return the milliseconds of a step and of what is timed alone, on a board whose meter was interrupted."""
    board.run(_TOOLS, _PATIENCE_MS)
    found: dict[str, float] = {}
    took = _ask(board, "steps(600)")
    found["step, median"] = took[len(took) // 2] / 1000
    found["step, longest without a card"] = took[-1] / 1000
    for name, (call, before) in PIECES.items():
        found[name] = _ask(board, f"middle({call}, {before})") / 1000
    return found


def _work(board: Rp2040Board, card: bytearray) -> dict[str, float]:
    found = pieces(board)
    board.run("program._collect()")
    board.after(20, lambda: board.parts.insert(card))
    found["exchange with a contact card"], longest, outcome = _ask(board, "exchange(faces._sessions[0])")
    assert outcome == events.CARD_CREDIT, outcome
    found["step, longest with a card"] = longest / 1000
    return found


def _ask(board: Board, expression: str) -> Any:
    return json.loads(board.run(f"print(json.dumps({expression}))", _PATIENCE_MS))
