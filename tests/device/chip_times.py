# SPDX-License-Identifier: Apache-2.0
"""Measure the whole firmware on an emulated RP2040, its first seconds, heap and work: python -m tests.device.chip_times UF2

Times are the emulated chip's, from the reset on. `--flash-miss N` models the flash's cache of 16 KB, and lets each
access that misses it take so many cycles more: a guess at silicon, since nobody has measured it.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from groschensim.virtual import pinout
from tests.device import chip, chip_work
from tests.device.backends.rp2040 import Rp2040Board

STEP_MS = 1
_EMPTY = 20 * " "
MOST_MS = 20_000
MEMORIES = {"new": None, **{f"layout {layout}": layout for layout in (1, 2, 3, 4)}}


def marks(board: Rp2040Board) -> dict[str, Callable[[], Any]]:
    """Return what is looked for, and how it is seen."""
    parts = board.parts
    fram = parts.buses[pinout.MEMORY_BUS]
    before = fram.bytes
    return {
        "S0 interrupt": lambda: board.mcu.gpio[pinout.S0].irq_enable_mask,
        "watchdog": lambda: board.mcu.watchdog.timer.enable,
        "first byte from the memory": lambda: parts.buses[pinout.MEMORY_BUS].bytes > before,
        "the relay follows": lambda: parts.relay.pulses,
        "first text on the display": lambda: parts.display.text()[0] > _EMPTY,
        "whole first line": lambda: len(parts.display.text()[0].rstrip()) > 10,
        "first whole step": lambda: chip.RUNS in board.console,
    }


def measure(image: Path, memory: bytes | None, flash_miss: int) -> dict[str, Any]:
    """Let a board start, and return when what was seen, in milliseconds, and its heap after ten seconds."""
    board = chip.meter_on(image, memory)
    board.miss_cycles = flash_miss
    board.parts.push_relay(True)  # which a meter without credit opens as soon as it can
    board.power_on()
    wanted = marks(board)
    seen: dict[str, Any] = {}
    while len(seen) < len(wanted) and board.now_ms < MOST_MS:
        board.advance(STEP_MS)
        for name, is_there in wanted.items():
            if name not in seen and is_there():
                seen[name] = round(board.now_ms)
    board.advance(10_000 - board.now_ms)
    chip.interrupt(board)
    seen["heap"] = chip.heap(board)
    board.close()
    return seen


def main() -> int:
    """Measure, and print a table or JSON; return 1 where something was not seen."""
    parser = argparse.ArgumentParser(description="the first seconds and the heap of the firmware on an emulated RP2040")
    parser.add_argument("image", type=Path, help="UF2 of MicroPython for the board RPI_PICO")
    parser.add_argument("--flash-miss", type=int, default=0, help="cycles of a miss of the flash's cache")
    parser.add_argument("--memory", action="append", choices=MEMORIES, help="which memories (default: new, layout 4)")
    parser.add_argument(
        "--work", action="store_true", help="also what each piece of work takes, which needs two minutes"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    wanted = parser.parse_args()
    found = {}
    for name in wanted.memory or ("new", "layout 4"):
        layout = MEMORIES[name]
        found[name] = measure(wanted.image, chip.kept(layout) if layout else None, wanted.flash_miss)
    work = chip_work.measure(wanted.image, wanted.flash_miss) if wanted.work else {}
    rows = list(dict.fromkeys(row for seen in found.values() for row in seen if row != "heap"))
    if wanted.json:
        starts = {name: {**seen, "heap": vars(seen["heap"])} for name, seen in found.items()}
        print(json.dumps({**starts, "work": work}, indent=2))
    else:
        table = Table("ms after the reset", *found, title=wanted.image.name, title_style="")
        for row in rows:
            table.add_row(row, *(str(seen.get(row, "")) for seen in found.values()))
        Console().print(table)
        for name, seen in found.items():
            print(f"heap, {name}: {seen['heap']}")
        for name, took in work.items():
            print(f"{name}: {took:.1f} ms")
    return int(any(len(seen) < len(rows) + 1 for seen in found.values()))


if __name__ == "__main__":
    sys.exit(main())
