# SPDX-License-Identifier: Apache-2.0
"""The budget of wrong TAN entries: three are free, then an hour to wait that doubles up to a week, and twenty a year.

With twenty within 365 days only an operator opens the entry again. Time is that which the meter has run by its own
crystal: a power cut, a clock that jumps and a right entry change nothing. `tan.md`'s bound rests on this module.
"""

from groschen.core import exchange
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.exchange import Tans

A_YEAR = const(20)
YEAR = const(35_040)  # quarter hours of 365 days
OPEN = const(0)
OPERATOR = const(-1)
"""What `wait` returns where no waiting helps."""

_FREE = const(3)
_HOUR = const(4)  # quarter hours
_WEEK = const(672)
_NINE = const(1_000_000_000)


def wait(tans: "Tans") -> int:
    """Return how many quarter hours the entry is locked for: OPEN, more, or OPERATOR."""
    tries = tans.tries
    count = min(tries.appended - tans.forgiven, A_YEAR)
    if count == 0:
        return OPEN
    cells = tries.cells
    at = tries.newest(0) + exchange.STAMP
    # An entry whose instant the memory has lost was just now, so that damage opens nothing.
    newest = tans.run if cells[at] < 0 else cells[at]
    recent = 1
    while recent < count:
        at -= tries.width
        if at < 0:
            at += len(cells)
        # Two instants whose quarter hours are a year apart may themselves be a little less than that.
        if cells[at] >= 0 and newest - cells[at] > YEAR:
            break
        recent += 1
    return wait_for(recent, newest, tans.run)


def wait_for(count: int, newest: int, run: int) -> int:
    """Return how many quarter hours so many wrong entries lock for, the newest of which was in one of `run`."""
    if count >= A_YEAR:
        return OPERATOR
    if count < _FREE:
        return OPEN
    # The quarter hour of the entry had begun already: one more, so that no wait is shorter than it says.
    until = newest + 1 + min(_HOUR << count - _FREE, _WEEK)
    return max(OPEN, until - run)


def begin_try(tans: "Tans", eur: int, number: int) -> None:
    """Count an entry as wrong before it is compared; to be committed before.

    The entry itself is kept with it: a meter that loses its power within the judgement finishes it at its return, so
    that neither a thief nor a customer gains or loses by that.
    """
    at = tans.tries.append()
    cells = tans.tries.cells
    cells[at + exchange.STAMP] = tans.run
    cells[at + exchange.EUR] = eur
    cells[at + exchange.NUMBER] = number // _NINE // _NINE
    cells[at + exchange.NUMBER + 1] = number // _NINE % _NINE
    cells[at + exchange.NUMBER + 2] = number % _NINE
    tans.judging = True


def pending(tans: "Tans") -> "tuple[int, int]":
    """Return the euro and the number of the entry that is being judged; -1 where the memory has lost it."""
    at = tans.tries.newest(0)
    cells = tans.tries.cells
    if cells[at] < 0:
        return -1, 0
    number = cells[at + exchange.NUMBER] * _NINE * _NINE
    number += cells[at + exchange.NUMBER + 1] * _NINE + cells[at + exchange.NUMBER + 2]
    return cells[at + exchange.EUR], number


def end_try(tans: "Tans", wrong: bool) -> None:
    """Leave the entry on the budget where it was wrong, else take it off, since it was none to guess with."""
    tans.judging = False
    if not wrong:
        tans.tries.withdraw()


def forgive(tans: "Tans") -> None:
    """Open the entry again, for an operator; one that is being judged is not yet known to be wrong."""
    tans.forgiven = tans.tries.appended - (1 if tans.judging else 0)


def mend(tans: "Tans") -> None:
    """Let entries whose row the memory has lost be of now, at a restart: so the wait for them ends some day."""
    tries = tans.tries
    for back in range(len(tries)):
        at = tries.newest(back) + exchange.STAMP
        if tries.cells[at] < 0:
            tries.cells[at] = tans.run
