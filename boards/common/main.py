# SPDX-License-Identifier: Apache-2.0
"""The meter's main program: one loop of steps over what the board offers."""

from board import Board

from groschen.core import events
from groschen.core.amount import Limbs
from groschen.core.calendar import LEGAL
from groschen.core.errors import StateError
from groschen.core.keeper import Keeper
from groschen.core.meter import PULSE_COUNT, Meter
from groschen.core.notice import GERMAN, notice
from groschen.core.store import Store
from groschen.core.supply import LOCKED
from groschen.core.tariff import Tariff
from groschen.core.timekeeper import Timekeeper
from groschencard.compat import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from groschen.core.ports import Clock, Display, Nvm, PowerFail, Pulses, Relay

IMP_PER_KWH = const(1000)
_AT_RISK = const(100)  # of a kilowatt-hour, the part that a cut may cost where the board keeps no count: 10 Wh


class Pace:
    """Says when a meter is to be committed: at what is more than pulses, and before a cut could cost too many of them.

    A commit costs the memory two writes of each cell, so that the seconds that pass are none to commit for.
    """

    def __init__(self, meter: Meter, kept: bool) -> None:
        self._meter = meter
        self._most: int = PULSE_COUNT if kept else max(1, meter.imp // _AT_RISK)
        self._quarter: int = 0
        self._change: int = 0
        self._events: int = 0
        self._warnings: int = 0
        self._edition: int = 0
        self._seen: int = 0
        self.note()

    def due(self) -> bool:
        """Say whether the meter has changed so much since it was committed last."""
        meter = self._meter
        return (
            meter.quarter != self._quarter
            or meter.change() != self._change  # a price or a window began or ended
            or meter.log.ring.appended != self._events
            or meter.warnings.ring.appended != self._warnings
            or meter.edition != self._edition
            or (meter.seen - self._seen & PULSE_COUNT) >= self._most
        )

    def note(self) -> None:
        """Take the meter as it is for the one that was committed last."""
        meter = self._meter
        self._quarter = meter.quarter
        self._change = meter.change()
        self._events = meter.log.ring.appended
        self._warnings = meter.warnings.ring.appended
        self._edition = meter.edition
        self._seen = meter.seen


class Loop:
    """Brings time and pulses from the board to the meter, and the meter's judgement to memory and relay."""

    def __init__(
        self,
        pulses: "Pulses",
        clock: "Clock",
        relay: "Relay",
        nvm: "Nvm",
        power: "PowerFail | None" = None,
        display: "Display | None" = None,
    ) -> None:
        self._pulses = pulses
        self._relay = relay
        self._power = power
        self._display = display
        store = Store(nvm)
        meter = self._load(store, clock)
        self.meter = meter
        # A count that begins at zero with the board goes on where the kept one stood.
        self._before: int = 0 if pulses.kept else meter.seen
        self._keeper = Keeper(meter, store)
        self._time = Timekeeper(self._keeper, clock)
        self._time.start()
        self._keeper.resume(self._time.day, self._time.second, self._counted())
        self._sticks: bool = not (store.failed or store.sealed)
        self._pace = Pace(meter, pulses.kept)
        self._switch()

    def step(self) -> None:
        """Charge what fell since the last step, keep it where that is due, and then switch."""
        self._time.step()
        self.meter.advance(self._time.day, self._time.second)
        self._keeper.count(self._counted())
        if self._power and self._power.failing():
            self._keeper.flush(self._counted())
        elif self._pace.due():
            self._sticks = self._keeper.commit()
            self._pace.note()
        self._switch()
        self._show()

    def _counted(self) -> int:
        return self._before + self._pulses.count() & PULSE_COUNT

    def _load(self, store: Store, clock: "Clock") -> Meter:
        """Return the meter that the memory keeps; where that cannot be read, one that is locked and writes nothing."""
        try:
            return store.load() or self._commission(clock)
        except StateError:
            store.sealed = True
            meter = self._commission(clock)
            meter.note_error(events.ERROR_DAMAGED)
            return meter

    def _show(self) -> None:
        if self._display:
            lines = notice(self.meter, GERMAN)
            self._display.show(2, lines[0])
            self._display.show(3, lines[1])

    def _commission(self, clock: "Clock") -> Meter:
        """Return a meter that nobody has commissioned yet: it supplies nothing, and counts what flows all the same."""
        clock.read()
        meter = Meter(IMP_PER_KWH, LEGAL)
        meter.seen = self._pulses.count() if self._pulses.kept else 0
        meter.commission(clock.day, clock.second, LOCKED, Tariff(), Limbs(), Limbs())
        return meter

    def _switch(self) -> None:
        on = self.meter.supply.on
        if self._sticks or not on:  # a memory that keeps nothing connects nobody
            self._relay.switch(on)


def main() -> None:
    """Run for ever, watched by the watchdog."""
    board = Board()
    loop = Loop(board.pulses, board.clock, board.relay, board.nvm)
    while True:
        loop.step()
        board.watchdog.feed()


if __name__ == "__main__":
    main()
