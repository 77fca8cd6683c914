# SPDX-License-Identifier: Apache-2.0
"""What the core asks of a board; for type checkers alone, never loaded on the device."""

from typing import Protocol


class Pulses(Protocol):
    """The measuring element's pulse output.

    `kept` says whether the count outlives a power cut (a counting chip); the others begin at zero again.
    """

    kept: bool

    def count(self) -> int:
        """Return the pulses so far, modulo 2**24."""
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

    def key(self) -> int:
        """Return the key that was pressed since the last call, 0 to 9 or one of `tan_entry`'s, else its NO_KEY."""
        ...


class Relay(Protocol):
    """The relay that connects and disconnects the customer's installation."""

    def switch(self, on: bool) -> None:
        """Connect or disconnect; without effect where that is so already."""
        ...


class PowerFail(Protocol):
    """The signal that the power is failing, about ten milliseconds before it is gone."""

    def failing(self) -> bool:
        """Say whether it is."""
        ...


class Display(Protocol):
    """The customer's display: lines of twenty characters."""

    def show(self, line: int, text: str) -> None:
        """Show a text in a line, from 0; nothing blinks where it stands there already."""
        ...
