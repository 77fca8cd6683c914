# SPDX-License-Identifier: Apache-2.0
"""The world around one meter: its time, the house's load behind the relay, mains, cover and card.

Time goes in steps of the device, each at a multiple of a tenth of a second. A pulse falls at the beginning of the tenth
in which its energy is drawn, after a step that lets the meter do what time changes, and has a step of its own: so it is
charged at its instant, at any lapse, and none falls behind an open relay.
"""

from typing import TYPE_CHECKING

from groschen import VERSION
from groschen.core.calendar import QUARTER_S, DayTypes, WallClock
from groschen.core.device import Device
from groschen.core.ticks import PERIOD
from groschencard.keys import MeterKeys
from groschensim.nvm import SimNvm
from groschensim.panel.cards import Cards
from groschensim.panel.parts import PanelBoard

if TYPE_CHECKING:
    from groschen.core import ports

TENTH_MS = 100
SECOND_MS = 1000
_KWH = 3_600_000_000
"""A kilowatt-hour in watts times milliseconds."""


class World:
    """A meter in a house; `device` is the meter's program, None while the mains are off."""

    def __init__(
        self,
        nvm: SimNvm,
        keys: MeterKeys,
        imp: int,
        zone: int,
        start_s: int,
        wires: tuple[tuple["ports.Wire", int], ...] = (),
    ) -> None:
        """Begin at an instant in seconds since 1970, with power, and the relay where the memory's meter had it."""
        self.nvm = nvm
        self.keys = keys
        self.imp = imp
        self.zone = zone
        self.watts = 0  # what the house would draw
        self.drawn = 0  # since the last pulse, in watts times milliseconds times pulses a kilowatt-hour
        self.fallen = 0  # pulses since the beginning
        self.cards = Cards()
        self._start_s = start_s
        self._ms = 0
        self._clock = WallClock(DayTypes())
        self._clock.use(zone)
        self.board = PanelBoard(nvm, self.second, False, self.cards.slots, wires)
        self.device: Device | None = None
        self.switch_mains()

    # -- time ----------------------------------------------------------------------------------------------

    @property
    def ms(self) -> int:
        """Milliseconds since the beginning, a multiple of a hundred."""
        return self._ms

    def second(self) -> int:
        """Return the right time in seconds since 1970."""
        return self._start_s + self._ms // SECOND_MS

    def wall(self) -> WallClock:
        """Return the wall clock at this instant."""
        second = self.second()
        self._clock.set(second // QUARTER_S, second % QUARTER_S)
        return self._clock

    def next_quarter(self) -> int:
        """Return when the next quarter hour begins, in milliseconds since the beginning."""
        return self._until(self.second() // QUARTER_S + 1)

    def next_midnight(self) -> int:
        """Return when the next local day begins, in milliseconds since the beginning."""
        clock = self.wall()
        quarter = clock.quarter + 1
        clock.set(quarter, 0)
        while clock.minute:
            quarter += 1
            clock.set(quarter, 0)
        return self._until(quarter)

    def _until(self, quarter: int) -> int:
        return (quarter * QUARTER_S - self._start_s) * SECOND_MS

    def run(self, until: int, stride: int = TENTH_MS) -> None:
        """Let time pass until so many milliseconds after the beginning."""
        while self._ms < until:
            self.go_on(until, stride)

    def go_on(self, until: int, stride: int) -> None:
        """Let time pass to what comes first: a pulse, a multiple of the stride, or `until`; tenths of a second."""
        to = min(until, (self._ms // stride + 1) * stride)
        rate = self.load() * self.imp
        if rate:
            pulse = self._ms + -(-(_KWH - self.drawn) // rate)
            to = min(to, max(self._ms + TENTH_MS, pulse - pulse % TENTH_MS))
        self.drawn += rate * (to - self._ms)
        self._ms = to
        self._step()
        self._let_pulses_fall()

    def _let_pulses_fall(self) -> None:
        """Let those fall that are due before the next tenth of a second, as long as the relay is closed."""
        rate = self.load() * self.imp
        for _ in range((self.drawn + rate * TENTH_MS - 1) // _KWH if rate else 0):
            self.drawn -= _KWH
            self.fallen += 1
            self.board.pulses.fall()
            self._step()
            if not self.load():
                self.drawn = 0
                return

    def _step(self) -> None:
        if self.device:
            self.device.step(self._ms & PERIOD)

    # -- what is seen --------------------------------------------------------------------------------------

    def load(self) -> int:
        """Return the watts that are drawn now."""
        return self.watts if self.lit_up() else 0

    def lit_up(self) -> bool:
        """Say whether the house has power: the mains are on and the relay is closed."""
        return self.device is not None and self.board.relay.closed()

    def balance(self) -> int:
        """Return the balance in micro-euro, 0 of a meter without power."""
        return self.device.meter.account.balance.value() if self.device else 0

    # -- what people do ------------------------------------------------------------------------------------

    def press(self, key: int) -> None:
        """Press a key of the meter; a meter without power does not notice."""
        if self.device:
            self.board.keypad.press(key)
            self._step()

    def lift_cover(self) -> None:
        """Take the terminal cover off, or put it back."""
        self.board.cover.shut = not self.board.cover.shut
        self._step()

    def switch_mains(self) -> None:
        """Cut the mains, or let them return: the meter has some milliseconds to keep what it knows, and begins anew."""
        if self.device:
            self.board.power.fails = True
            self._step()
            self.device = None
            self.cards.stop()
        else:
            self.board.start()
            self.cards.start()
            self.device = Device(self.board, self.keys, self.imp, self.zone, VERSION)
            self._step()
