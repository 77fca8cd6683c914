# SPDX-License-Identifier: Apache-2.0
"""What the core asks of a board; for type checkers alone, never loaded on the device."""

from typing import Protocol


class Pulses(Protocol):
    """The measuring element's pulse output."""

    def count(self) -> int:
        """Return the pulses since the board started; only ever rises."""
        ...


class Clock(Protocol):
    """The board's clock in UTC."""

    day: int
    second: int

    def read(self) -> None:
        """Take the present instant into `day` (since 1970-01-01) and `second` (of the day)."""
        ...


class Relay(Protocol):
    """The relay that connects and disconnects the customer's installation."""

    def switch(self, on: bool) -> None:
        """Connect or disconnect; without effect where that is so already."""
        ...
