# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# The stubs of machine.I2C leave a type open.
"""Begins a life in a board's memory, or says whose life it holds: the firmware itself never begins one.

`groschen meter flash` sends it to the board, where one of its functions runs once and prints a number. A meter whose
memory is blank, or of another life than `/meter.json` says, is locked.
"""

from board import Board

from groschen.core.calendar import LEGAL
from groschen.core.errors import StateError
from groschen.core.keeper import commissioned
from groschen.core.store import Store
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from typing import Any

_QUARTER = 15  # minutes, in which the calendar counts an offset


def begin(imp: int, zone: "str | int", life: int) -> None:
    """Write the first state of a meter's life into a memory that was cleared; print 1 where it stands there, else 0."""
    board: "Any" = Board()
    state = commissioned(board, imp, LEGAL if isinstance(zone, str) else zone // _QUARTER, life)
    print(int(Store(board.nvm).commit(state)))


def owner() -> None:
    """Print whose memory it is, see `MeterKeys.memory`: 0 where it does not say."""
    board: "Any" = Board()
    state = Store(board.nvm).load()
    print(state.owner if state else 0)


def life() -> None:
    """Print of which life the state is that the memory holds: 0 where it is blank, -1 where it cannot be read."""
    board: "Any" = Board()
    try:
        state = Store(board.nvm).load()
        print(state.life if state else 0)
    except StateError:
        print(-1)
