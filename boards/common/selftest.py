# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# The stubs of machine.I2C leave a type open.
"""What the technician wants to know before a meter is mounted: whether each part on the board answers.

`groschen meter flash` sends it to the board, where it runs once and prints one line of JSON: by part "ok", "absent", or
"fault: " and what was seen. The memory holds what it held and the clock runs on; the relay is moved only on a board
that is no meter yet, and then left open.
"""

import json
from time import sleep_ms

from board import DISPLAY, KEYS, Board

from groschen.core.memory import SIZE

_SECOND_MS = 1200
_RELAY_MS = 1000
_STEP_MS = 10


def run(move: bool = False) -> None:
    """Try each part, with `move` the relay too, and print what came of it."""
    board = Board()
    found = {}
    for name, test in (
        ("memory", _memory),
        ("clock", _clock),
        ("display", _display),
        ("keypad", _keypad),
        ("radio", _radio),
        ("counter", _counter),
    ):
        if test is _counter and not board.pulses.kept:
            continue  # the controller counts
        try:
            found[name] = test(board)
        except OSError as error:
            found[name] = "fault: no answer ({})".format(error)
    if move:
        found["relay"] = _relay(board)
    print(json.dumps(found))


def _memory(board: Board) -> str:
    """Write the last bytes, which no layout uses, and put them back."""
    old = bytearray(2)
    board.nvm.read(SIZE - 2, old)
    new = bytearray([old[0] ^ 0xFF, old[1] ^ 0xFF])
    board.nvm.write(SIZE - 2, new)
    back = bytearray(2)
    board.nvm.read(SIZE - 2, back)
    board.nvm.write(SIZE - 2, old)
    return "ok" if back == new else "fault: does not keep what is written"


def _clock(board: Board) -> str:
    board.clock.read()
    before = board.clock.second
    sleep_ms(_SECOND_MS)
    board.clock.read()
    if board.clock.second == before:
        return "fault: stands still"
    return "fault: not set" if board.clock.lost else "ok"


def _relay(board: Board) -> str:
    for on in (True, False):
        board.relay.switch(on)
        for _ in range(_RELAY_MS // _STEP_MS):
            board.relay.step()
            sleep_ms(_STEP_MS)
        if board.relay.sticks():
            return "fault: does not " + ("connect" if on else "disconnect")
    return "ok"


def _display(board: Board) -> str:
    return _expander(board, DISPLAY)


def _keypad(board: Board) -> str:
    return _expander(board, KEYS)


def _expander(board: Board, address: int) -> str:
    try:
        board.panel.readfrom_into(address, bytearray(1))
    except OSError:
        return "absent"
    return "ok"


def _counter(board: Board) -> str:
    board.pulses.count()
    return "ok"


def _radio(board: Board) -> str:
    return "ok" if board.radio else "absent"
