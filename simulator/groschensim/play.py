# SPDX-License-Identifier: Apache-2.0
"""Plays a tape and its load through the firmware, second by second where it matters.

Runs on CPython and MicroPython alike.
"""

from groschen.core import outlook
from groschen.core.calendar import QUARTER_S
from groschencard import const
from groschensim.board import Board

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from array import array
    from typing import Callable

    from groschensim.board import Tape
    from groschensim.nvm import SimNvm
    from groschensim.trace import Trace


class Player:
    """A board on its way from the tape's start to before its end.

    `load` holds the pulses of consecutive UTC quarter hours from the tape's first on. `step` cuts the run
    every so many seconds more, and `restart` builds the meter anew from its saved state at each such cut: neither
    changes what comes out. Nor does a memory that the meter is kept in, wherever its writes are cut off.
    """

    def __init__(
        self,
        tape: "Tape",
        load: "array[int]",
        trace: "Trace | None" = None,
        step: int = 0,
        restart: bool = False,
        progress: "Callable[[int], None] | None" = None,
        nvm: "SimNvm | None" = None,
    ) -> None:
        self.board = Board(tape, nvm)
        self._tape = tape
        self._load = load
        self._first: int = tape["first_quarter"]
        self._start: int = tape["start_s"]
        self._end: int = tape["end_s"]
        self._trace = trace
        self._step = step
        self._restart = restart
        self._progress = progress

    def play(self) -> Board:
        """Play to the end and return the board as it is then."""
        board = self.board
        number = 1  # of the events, and that of the opening tariff
        for at, kind, payload in self._tape["events"]:
            number += 1
            self._run(at)
            board.now = at
            if kind == "power_on":
                self._make_up(at)
            board.do(kind, payload, number)
        self._run(self._end)
        self._finish()
        return board

    def _run(self, until: int) -> None:
        """Let time pass to a second, all changes by then included, but none that fall on the run's end."""
        board = self.board
        if not board.meter.powered:
            return
        while board.now < until:
            stop = self._next_cut(until)
            if self._pulses_before(stop):
                if stop == self._end:
                    board.advance(stop - 1)
                    return
                board.advance(stop)
                self._at_cut(stop)

    def _next_cut(self, until: int) -> int:
        """Return the next second at which something may change, or the run is to be cut."""
        now = self.board.now
        stop = min(until, now - now % QUARTER_S + self.board.meter.change())
        if self._step:
            stop = min(stop, now + self._step - (now - self._start) % self._step)
        return stop

    def _pulses_before(self, stop: int) -> bool:
        """Let the pulses from now to before `stop` fall; return False where the supply opened at one of them.

        Pulse k of the n in a quarter hour falls in its second (900 * k) // n.
        """
        board = self.board
        now = board.now
        pulses = self._load[now // QUARTER_S - self._first]
        if pulses == 0 or not board.relay:
            return True
        begin = now - now % QUARTER_S
        fallen = -(-pulses * (now - begin) // QUARTER_S)
        due = -(-pulses * (stop - begin) // QUARTER_S) - fallen
        if due == 0:
            return True
        happen = outlook.lasts(board.meter, due)
        last = begin + QUARTER_S * (fallen + happen - 1) // pulses
        if last > now:
            board.advance(last)
        board.count(happen)
        return board.relay

    def _at_cut(self, now: int) -> None:
        if self._step and self._restart and (now - self._start) % self._step == 0:
            self.board.restart()
        if now % QUARTER_S == 0:
            if self._trace:
                self._trace.quarter(self.board, now - QUARTER_S)
            if self._progress:
                self._progress(now)

    def _make_up(self, now: int) -> None:
        """Let the meter make up for the time without power quarter hour by quarter hour, for the trace's sake."""
        board = self.board
        for quarter in range(board.meter.quarter + 1, now // QUARTER_S + 1):
            board.pass_quarter(quarter)
            if self._trace:
                self._trace.quarter(board, (quarter - 1) * QUARTER_S)

    def _finish(self) -> None:
        """Let the last second pass without what falls on its end."""
        board = self.board
        if board.meter.powered and not board.relay:
            board.meter.supply.off_s += 1
        if self._trace:
            self._trace.quarter(board, board.now - board.now % QUARTER_S)
