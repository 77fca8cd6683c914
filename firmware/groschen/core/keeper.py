# SPDX-License-Identifier: Apache-2.0
"""A state and the store that keeps it: what a board does at its start, and after each thing that happened."""

from groschen.core import events
from groschen.core.amount import Limbs
from groschen.core.meter import Meter
from groschen.core.state import State
from groschen.core.supply import LOCKED
from groschen.core.tariff import Tariff
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from collections.abc import Callable

    from groschen.core.ports import Board
    from groschen.core.store import Store

_QUARTERS_PER_DAY = const(96)
_QUARTER_S = const(900)
_GRACE_S = const(60)
_LONG = const(100_000)  # quarter hours, nearly three years: longer ones need no seconds


def commissioned(board: "Board", imp: int, zone: int, life: int) -> State:
    """Return a meter that nobody has commissioned yet: it supplies nothing, and counts what flows all the same."""
    clock = board.clock
    clock.read()
    meter = Meter(imp, zone, True)
    meter.seen = board.pulses.count() if board.pulses.kept else 0
    meter.commission(clock.day, clock.second, LOCKED, Tariff(), Limbs(), Limbs())
    state = State(meter)
    state.life = life
    return state


class Keeper:
    """Commits what happened, and goes on after a restart as if nothing had."""

    def __init__(self, state: State, store: "Store") -> None:
        self.state = state
        self.meter = state.meter
        self._store = store

    def commit(self) -> bool:
        """Keep the state; return False where the memory does not take it: then nothing is acknowledged."""
        store = self._store
        if store.faults:
            self.meter.note_error(events.ERROR_DAMAGED)
        if store.failed:
            self.meter.note_error(events.ERROR_WORN)
        try:
            return store.commit(self.state)
        except OSError:  # the memory does not answer: nothing may be acknowledged any more
            store.failed = True
            return False

    def sealed(self) -> bool:
        """Say whether nothing is kept, since what the memory holds is not to be touched."""
        return self._store.sealed

    def clear_errors(self) -> bool:
        """Clear the error register; what is still wrong enters it again. Return what `commit` does."""
        self._store.faults = 0
        self.meter.errors = 0
        return self.commit()

    def flush(self, counted: int) -> None:
        """Keep what there is before the power is gone: the pulses up to the board's count, and all else."""
        self.count(counted)
        self._store.commit(self.state, hurried=True)

    def count(self, counted: int) -> None:
        """Charge what the board's pulse count has risen by since it was charged last."""
        self.meter.count_up_to(counted)

    def resume(self, day: int, second: int, counted: int, alive: "Callable[[], object] | None" = None) -> None:
        """Go on at a UTC day and second of it after a restart, with the board's pulse count.

        `alive` is called for each day that is made up for: a flat that stood empty for a year takes a minute.

        Pulses that were not yet charged fell before the cut, at the price of the instant that was kept last. A board
        that was away when something was to change has missed it: that is made up for, and judged at the return. One
        that is back within a minute has missed nothing.
        """
        meter = self.meter
        # Seconds since the day that was kept, so that they stay small.
        quarters = meter.quarter - day * _QUARTERS_PER_DAY
        change = quarters * _QUARTER_S + meter.change() if quarters > -_LONG else -_QUARTER_S
        if meter.powered and second < change:
            meter.advance(day, second)
            self.count(counted)
        elif meter.powered and second <= change + _GRACE_S:
            self.count(counted)
            meter.advance(day, second)
        else:
            self.count(counted)
            if meter.powered:
                meter.power_off()
            self.make_up(day, alive)
            meter.power_on(day, second)
        self.commit()

    def make_up(self, day: int, alive: "Callable[[], object] | None" = None) -> None:
        """Pass the midnights up to a day one by one, since the rings have room for one day between two commits."""
        meter = self.meter
        while meter.quarter // _QUARTERS_PER_DAY < day:
            meter.advance(meter.quarter // _QUARTERS_PER_DAY + 1, 0)
            self.commit()
            if alive:
                alive()
