# SPDX-License-Identifier: Apache-2.0
"""What the core asks of a board; for type checkers alone, never loaded on the device."""

from typing import Protocol


class Pulses(Protocol):
    """The measuring element's pulse output.

    `kept` says whether the count goes on without the program and outlives a power cut (a counting chip); the others
    begin at zero again. `modulo` is what the count is modulo, at most 2**24.
    """

    kept: bool
    modulo: int

    def begin(self, seen: int) -> int:
        """Learn up to which count pulses are charged; return what is to be added to the count."""
        ...

    def count(self) -> int:
        """Return the pulses so far, modulo `modulo`."""
        ...


class Nvm(Protocol):
    """The memory that keeps its bytes without power. A write may stop after any byte; nothing else is promised."""

    def read(self, at: int, into: bytearray) -> None:
        """Fill a buffer with the bytes from an address on."""
        ...

    def write(self, at: int, data: bytearray) -> None:
        """Write a buffer's bytes from an address on, in order."""
        ...


class Clock(Protocol):
    """The board's clock in UTC, which may come back lost or wrong; and the time since its start, which cannot."""

    day: int
    second: int
    lost: bool

    def read(self) -> None:
        """Take the instant into `day` (since 1970-01-01) and `second` (of the day), and whether it is `lost`."""
        ...

    def set(self, day: int, second: int) -> None:
        """Set the clock."""
        ...

    def uptime(self) -> int:
        """Return the seconds since the board started."""
        ...


class CardSlot(Protocol):
    """A slot or a field for cards, and the space of the one that is in it: see cardformat/SPEC.md.

    Whatever touches a card raises OSError when it is gone. A write is not proven: read it back.
    """

    size: int
    chunk: int
    """Bytes that one step may write: it takes 0.2 s at most then."""

    def present(self) -> bool:
        """Say whether there is a card."""
        ...

    def open(self) -> bool:
        """Power the card and reset it; say whether its chip is known."""
        ...

    def tries(self) -> int:
        """Return how many tries the card has left, 0 to 8."""
        ...

    def read(self, at: int, into: bytearray) -> None:
        """Fill a buffer with the bytes from an address on."""
        ...

    def unlock(self, secret: bytes) -> bool:
        """Present the six bytes of the card's secret; say whether the card may be written now."""
        ...

    def write(self, at: int, data: bytearray) -> None:
        """Write bytes from an address on; a card that was not unlocked ignores it."""
        ...

    def close(self) -> None:
        """Take the power away."""
        ...


class Keypad(Protocol):
    """The customer's keys, debounced."""

    def step(self, now: int) -> None:
        """Look at the keys; `now` in milliseconds, see `ticks`."""
        ...

    def key(self) -> int:
        """Return the key that was pressed since the last call: one of `keypad`'s, else its NO_KEY."""
        ...


class Relay(Protocol):
    """The relay that connects and disconnects the customer's installation; it latches, and outlives a power cut."""

    def switch(self, on: bool) -> None:
        """Begin to connect or disconnect; without effect where the relay was sent there already."""
        ...

    def step(self) -> None:
        """Begin a coil's pulse, or end it once it was long enough, by the board's own clock."""
        ...

    def closed(self) -> bool:
        """Say whether the contact, read back, is closed."""
        ...

    def sticks(self) -> bool:
        """Say whether the contact, read back, is not where it was sent."""
        ...


class PowerFail(Protocol):
    """The signal that the power is failing, some 200 milliseconds before it is gone.

    `returned` says whether the board has started because the power returned, and not by its watchdog or an order.
    """

    returned: bool

    def failing(self) -> bool:
        """Say whether it is."""
        ...


class Contact(Protocol):
    """A contact that somebody opens and closes, such as the terminal cover's."""

    def step(self, now: int) -> None:
        """Look at it; `now` in milliseconds, see `ticks`."""
        ...

    def closed(self) -> bool:
        """Say whether it is closed, debounced."""
        ...


class Display(Protocol):
    """The customer's display: four lines of twenty characters, each a byte of ISO 8859-15."""

    def show(self, line: int, text: bytearray) -> None:
        """Let a line, from 0, show twenty characters; nothing blinks where they stand there already."""
        ...

    def step(self, now: int) -> None:
        """Send some of what is to be shown: never more than a few milliseconds take."""
        ...


class Buzzer(Protocol):
    """What the customer hears."""

    def sound(self, on: bool) -> None:
        """Sound, or be silent."""
        ...


class Wire(Protocol):
    """A serial line of the service port: seven bits, even parity, half duplex, at a speed that changes."""

    def read(self, into: bytearray) -> int:
        """Take bytes that have come, at most a buffer full; return how many, 0 where there are none. Never waits."""
        ...

    def write(self, data: "bytearray | memoryview") -> int:
        """Hand bytes over to be sent; return how many were taken, 0 while earlier ones are being sent. Never waits."""
        ...

    def idle(self) -> bool:
        """Say whether all that was handed over is sent."""
        ...

    def set_speed(self, baud: int) -> None:
        """Take another speed; only while `idle`."""
        ...


class Board(Protocol):
    """All that a board offers."""

    @property
    def pulses(self) -> Pulses:
        """The measuring element."""
        ...

    @property
    def clock(self) -> Clock:
        """The clock."""
        ...

    @property
    def nvm(self) -> Nvm:
        """The memory."""
        ...

    @property
    def relay(self) -> Relay:
        """The relay."""
        ...

    @property
    def power(self) -> PowerFail:
        """The signal of the supply."""
        ...

    @property
    def cover(self) -> Contact:
        """The terminal cover."""
        ...

    @property
    def display(self) -> Display:
        """The display."""
        ...

    @property
    def keypad(self) -> Keypad:
        """The keys."""
        ...

    @property
    def buzzer(self) -> Buzzer:
        """The buzzer."""
        ...

    @property
    def slots(self) -> "tuple[CardSlot, ...]":
        """The slots for cards."""
        ...

    @property
    def wires(self) -> "tuple[tuple[Wire, int], ...]":
        """Each line of the service port, and the speed it keeps; 0: that of the standard, which begins at 300."""
        ...
