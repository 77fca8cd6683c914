# SPDX-License-Identifier: Apache-2.0
"""Time and watchdog of the board."""

import pytest

from tests.device.board import FILES, PARTS, POWER, REPL, VIRTUAL, Board, needs

pytestmark = needs(REPL)


@pytest.mark.parametrize("ms", [1, 20, 300, 2500])
def test_a_sleep_takes_what_it_says(board: Board, ms: int) -> None:
    said = board.run(
        f"""
        from time import sleep_ms, ticks_diff, ticks_us
        begin = ticks_us()
        sleep_ms({ms})
        print(ticks_diff(ticks_us(), begin))
        """
    )
    late_us = 2000 if board.caps & {VIRTUAL, PARTS} else 300_000  # where other programs have their turn
    # The RP2040 compares whole milliseconds, and the one that it begins in may be nearly over.
    early_us = 0 if VIRTUAL in board.caps else 1000
    assert ms * 1000 - early_us < int(said) <= ms * 1000 + late_us


@needs(VIRTUAL)
def test_the_boards_time_is_the_devices(board: Board) -> None:
    board.run("from time import sleep_ms, ticks_ms")
    first = int(board.run("print(ticks_ms())")) - board.now_ms
    board.advance(12_345)
    board.run("sleep_ms(5_432)")
    assert int(board.run("print(ticks_ms())")) - board.now_ms == pytest.approx(first, abs=2)


WATCHED = """
import machine, time
watchdog = machine.WDT(timeout=1000)
for _ in range(30):
    time.sleep_ms(100)
    watchdog.feed()
print("fed")
"""


@needs(FILES)
def test_a_watchdog_that_is_fed_lets_the_program_run(board: Board) -> None:
    assert board.run(WATCHED) == "fed\n"


@needs(FILES, POWER)
@pytest.mark.parametrize("loop", ["time.sleep_ms(10)", "pass"])
def test_a_watchdog_that_is_not_fed_resets_the_board(board: Board, loop: str) -> None:
    board.install({"boot.py": b"import machine\ncause = machine.reset_cause()\n"})
    board.begin(WATCHED + f"while True:\n    {loop}\n")
    board.advance(3500)
    board.advance(3000)
    board.enter()
    assert board.run("print(cause)") == "3\n"


@needs(FILES)
def test_the_watchdog_goes_on_at_the_prompt(board: Board) -> None:
    board.run(WATCHED + "x = 1")
    board.advance(5000)
    board.enter()
    assert board.run("print('x' in dir())") == "False\n"
