# SPDX-License-Identifier: Apache-2.0
"""The meter as a device: its parts on a board, and one step of all of them after the other.

The order of a step: is the power failing; what time is it; which pulses fell; what is to be kept; then the relay
follows, then cards, keys, port and display have their turn (`interfaces.py`). On a Pico a step takes 0.2 s at most, a
card's included. In the steady state - no card, no key, nobody at the port - a step allocates nothing.
"""

from groschen.core import events
from groschen.core.errors import StateError
from groschen.core.keeper import Keeper, commissioned
from groschen.core.pace import Pace
from groschen.core.store import Store
from groschen.core.ticks import since
from groschen.core.timekeeper import Timekeeper
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from collections.abc import Callable

    from groschen.core.interfaces import Interfaces
    from groschen.core.ports import Board
    from groschen.core.state import State
    from groschencard.keys import MeterKeys

_CLOCK_MS = const(100)  # how often the clock is read
_BACK_MS = const(1000)  # so long a supply that had failed is good before it is back


class Device:
    """A meter on a board."""

    def __init__(
        self,
        board: "Board",
        keys: "MeterKeys",
        imp: int,
        zone: int,
        version: str,
        origin: int = -1,
        whole: bool = True,
        alive: "Callable[[], object] | None" = None,
    ) -> None:
        """Begin with what the memory keeps of a life of the meter, of a constant, zone and program version.

        One whose memory is blank, of another meter or life, or damaged is locked, and writes nothing. `origin` is that
        of a device that ran on this board before, since the board itself started. One that is not `whole` measures
        alone, until it is opened. `alive` is called while a long outage is made up for.
        """
        self._board = board
        self._keys = keys
        self._version = version
        self._store = store = Store(board.nvm, True)
        self._state = state = self._load(store, imp, zone, keys)
        self.meter = meter = state.meter
        meter.modulo = board.pulses.modulo
        self.origin: int = origin
        """What the board's pulse count is added to: one that began at zero goes on where the kept one stood."""
        if origin < 0:
            self.origin = board.pulses.begin(meter.seen)
        self.keeper = keeper = Keeper(state, store)
        self._time = timekeeper = Timekeeper(keeper, board.clock)
        timekeeper.start()
        self._guarded: bool = not board.pulses.kept
        self._failing: bool = False  # the power fails, or has not been back for long,
        self._failed: int = 0  # and when it was seen to fail last
        returned = origin < 0 and board.power.returned
        unopened = returned and state.starts.guarded and meter.supply.on and board.relay.closed()
        often = returned and self._start()
        keeper.resume(timekeeper.day, timekeeper.second, self.counted(), alive)
        self.sticks: bool = not (store.failed or store.sealed)
        """Whether the memory could be read, and keeps what is written."""
        self._pace = Pace(meter, board.pulses.kept)
        if often:
            meter.note_event(events.POWER, events.POWER_OFTEN)
        if unopened:
            meter.note_error(events.ERROR_UNOPENED)
        self._clock_read: int = 0
        self._cover: int = -1  # nobody has looked yet
        self._interfaces: "Interfaces | None" = None
        if whole:
            self.open()

    def open(self) -> None:
        """Let cards, keys, display and ports have their turns from now on."""
        from groschen.core.interfaces import Interfaces  # noqa: PLC0415 - a board measures before it is loaded

        self._interfaces = Interfaces(
            self._board, self.keeper, self._state, self._store, self._time, self._keys, self._version
        )

    def step(self, now: int) -> bool:
        """Go one step on; return whether every part has made progress since that was last so."""
        return self.measure(now) and self._interfaces is not None and self._interfaces.step(now)

    def measure(self, now: int) -> bool:
        """Do what has to go on whatever else the board does: charge, keep, switch; return False where power fails."""
        if self._fails(now):
            return False
        if since(now, self._clock_read) >= _CLOCK_MS:
            self._clock_read = now
            self._time.step()
            self.meter.advance(self._time.day, self._time.second)
        self.keeper.count(self.counted())
        self._watch_cover(now)
        if self._pace.due():
            self.sticks = self.keeper.commit()
            self._pace.note()
        self._switch()
        return True

    def busy(self) -> bool:
        """Say whether a card is being exchanged with or somebody is at a port: both leave garbage."""
        return self._interfaces is not None and self._interfaces.busy()

    def exchanging(self) -> bool:
        """Say whether an exchange with a card goes on: somebody stands there and waits."""
        return self._interfaces is not None and self._interfaces.exchanging

    def flush(self) -> None:
        """Keep everything up to the last pulse, in a hurry."""
        self.keeper.flush(self.counted())

    def note_fault(self, detail: int) -> None:
        """Enter a fault of the program, or what came of it, into the log each time."""
        self.meter.note_fault(detail)
        self.keeper.commit()

    def counted(self) -> int:
        """Return the pulse count as the meter knows it."""
        return (self.origin + self._board.pulses.count()) % self.meter.modulo

    def _watch_cover(self, now: int) -> None:
        cover = self._board.cover
        cover.step(now)
        closed = 1 if cover.closed() else 0
        if closed != self._cover:
            if self._cover >= 0 or not closed:  # one that is closed at the start is no news
                self.meter.note_event(events.COVER, events.COVER_CLOSED if closed else events.COVER_OPEN)
            self._cover = closed

    def _switch(self) -> None:
        relay = self._board.relay
        on = self.meter.supply.on and not (self._guarded and self._failing) and not self._state.waits()
        if self.sticks or not on:  # a memory that keeps nothing connects nobody
            relay.switch(on)
        relay.step()
        if relay.sticks():
            self.meter.note_error(events.ERROR_RELAY)

    def _fails(self, now: int) -> bool:
        """Say whether the power fails, or has not been back for long; keep everything then, and after that open."""
        if self._board.power.failing():
            self._failed = now
            if not self._failing or self.counted() != self.meter.seen:
                self._failing = True
                self.flush()
        elif not self._failing:
            return False
        elif since(now, self._failed) >= _BACK_MS:
            self._failing = False
            if self._start():
                self.meter.note_event(events.POWER, events.POWER_OFTEN)
            self.sticks = self.keeper.commit()
            return False
        self._switch()
        return True

    def _start(self) -> bool:
        """Count that the power has returned; return whether that is an event."""
        return self._state.starts.note(self._state.tan.seconds(), self._guarded)

    # -- the beginning -------------------------------------------------------------------------------------

    def _load(self, store: Store, imp: int, zone: int, keys: "MeterKeys") -> "State":
        """Return the state that the memory keeps; where it keeps none of this meter's life, one that is locked."""
        error = events.ERROR_LOST
        try:
            state = store.load(keys.life, keys.memory)
            if state:
                return state
        except (StateError, OSError):
            error = events.ERROR_DAMAGED
        store.sealed = True
        state = commissioned(self._board, imp, zone, keys.life)
        state.meter.note_error(error)
        return state
