# SPDX-License-Identifier: Apache-2.0
"""The parts of the panel's board, as simple as their ports allow; cards and the service port are beside it."""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from groschen.core.canvas import WIDTH
from groschen.core.keypad import NO_KEY
from groschen.core.meter import PULSE_COUNT
from groschensim.nvm import SimNvm

if TYPE_CHECKING:
    from groschen.core import ports

DAY_S = 86_400
LINES = 4


class Pulses:
    """The pulse input: counts from the board's start, as the interrupt of a microcontroller does."""

    kept = False
    modulo = PULSE_COUNT + 1

    def __init__(self) -> None:
        """Begin at zero."""
        self._count = 0

    def fall(self) -> None:
        """Let a pulse fall."""
        self._count = self._count + 1 & PULSE_COUNT

    def begin(self, seen: int) -> int:
        """Return what the count goes on from."""
        return seen

    def count(self) -> int:
        """Return the pulses since the start, modulo 2**24."""
        return self._count


class Clock:
    """The board's clock with its battery: it goes on without power, and is right until somebody sets it wrong."""

    lost = False

    def __init__(self, world_s: Callable[[], int]) -> None:
        """Take what says the right time in seconds since 1970."""
        self._world_s = world_s
        self._error = 0
        self._began = world_s()
        self.day = 0
        self.second = 0

    def start(self) -> None:
        """Begin the board's uptime."""
        self._began = self._world_s()

    def read(self) -> None:
        """Take the instant that the clock shows."""
        self.day, self.second = divmod(self._world_s() + self._error, DAY_S)

    def set(self, day: int, second: int) -> None:
        """Set the clock."""
        self._error = day * DAY_S + second - self._world_s()

    def uptime(self) -> int:
        """Return the seconds since the board started."""
        return self._world_s() - self._began


class Relay:
    """A latching relay: it stays as it was sent last."""

    def __init__(self, closed: bool) -> None:
        """Begin as somebody left it."""
        self._closed = closed

    def switch(self, on: bool) -> None:
        """Connect or disconnect."""
        self._closed = on

    def step(self) -> None:
        """Do nothing: it moves at once."""

    def closed(self) -> bool:
        """Say whether it is closed."""
        return self._closed

    def sticks(self) -> bool:
        """Say that it never sticks."""
        return False


class PowerFail:
    """The signal that the power is about to go."""

    returned = True

    def __init__(self) -> None:
        """Begin with power."""
        self.fails = False

    def failing(self) -> bool:
        """Say whether it is."""
        return self.fails


class Cover:
    """The contact below the terminal cover."""

    def __init__(self) -> None:
        """Begin with the cover in its place."""
        self.shut = True

    def step(self, now: int) -> None:
        """Do nothing: it does not bounce."""

    def closed(self) -> bool:
        """Say whether the cover is in its place."""
        return self.shut


class Display:
    """Keeps what it is shown."""

    def __init__(self) -> None:
        """Begin blank."""
        self._rows = [bytearray(b" " * WIDTH) for _ in range(LINES)]

    def show(self, line: int, text: bytearray) -> None:
        """Show a line of twenty characters."""
        self._rows[line][:] = text

    def step(self, now: int) -> None:
        """Do nothing: all is there at once."""

    def lines(self) -> list[str]:
        """Return what can be read on it."""
        return [row.decode("iso8859-15") for row in self._rows]


class Keypad:
    """Keys that were pressed and not yet asked for."""

    def __init__(self) -> None:
        """Begin with none."""
        self._pressed: deque[int] = deque()

    def press(self, key: int) -> None:
        """Press a key, a number of `groschen.core.keypad`."""
        self._pressed.append(key)

    def step(self, now: int) -> None:
        """Do nothing: these keys do not bounce."""

    def key(self) -> int:
        """Return the key that was pressed first, NO_KEY where there is none."""
        return self._pressed.popleft() if self._pressed else NO_KEY


class Buzzer:
    """Says whether it sounds, and how often it began to."""

    def __init__(self) -> None:
        """Begin silent."""
        self.sounds = False
        self.beeps = 0

    def sound(self, on: bool) -> None:
        """Sound, or be silent."""
        self.beeps += on and not self.sounds
        self.sounds = on


class PanelBoard:
    """All parts of the board; `start` makes those anew that know nothing without power."""

    def __init__(
        self,
        nvm: SimNvm,
        world_s: Callable[[], int],
        closed: bool,
        slots: tuple["ports.CardSlot", ...],
        wires: tuple[tuple["ports.Wire", int], ...],
    ) -> None:
        """Take the memory, the world's time, how the relay was left, and what cards and readers are put to."""
        self.nvm = nvm
        self.clock = Clock(world_s)
        self.relay = Relay(closed)
        self.cover = Cover()
        self.slots = slots
        self.wires = wires
        self.buzzer = Buzzer()
        self.start()

    def start(self) -> None:
        """Have power."""
        self.clock.start()
        self.pulses = Pulses()
        self.power = PowerFail()
        self.display = Display()
        self.keypad = Keypad()
        self.buzzer.sounds = False
