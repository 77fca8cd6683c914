# SPDX-License-Identifier: Apache-2.0
"""What the interpreter moves where the controller has nothing faster: a contact card's lines, and a line's speed.

A board's `chip` says what its controller does instead; one that does both leaves this module out.
"""

from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    class Line(Protocol):
        """What is needed of `machine.Pin`: the call that sets a level, and without one returns it."""

        @property
        def value(self) -> "Callable[..., Any]":
            """Set the pin's level, or return it."""
            ...


_HALF_US = const(25)  # of a clock: at most 20 kHz, as programming counts clocks; every set-up time is shorter
_ENTRY = const(24)
_EIO = const(5)


class CardLines:
    """Two lines, the clock low between two calls; each raises OSError within 8 clocks of a failing supply."""

    def __init__(
        self, clock: "Line", io: "Line", delay_us: "Callable[[int], Any]", failing: "Callable[[], bool]"
    ) -> None:
        """Take an output, an open-drain pin, a delay, and what says whether the supply fails."""
        # Bound once: a method that is looked up anew is allocated anew.
        self._clk = clock.value
        self._io = io.value
        self._delay = delay_us
        self._failing = failing

    def release(self) -> None:
        """Let go of I/O, the clock low."""
        self._io(1)
        self._clk(0)

    def send(self, bits: int) -> None:
        """Send a command's 24 bits, the lowest first; then I/O is the card's."""
        clk = self._clk
        io = self._io
        delay = self._delay
        for left in range(_ENTRY):
            if not left & 7:
                self._watch()
            io(bits & 1)
            bits >>= 1
            delay(_HALF_US)
            clk(1)
            delay(_HALF_US)
            clk(0)
        io(1)
        delay(_HALF_US)

    def take(self) -> int:
        """Return the eight bits that the card gives, each after its clock."""
        clk = self._clk
        io = self._io
        delay = self._delay
        self._watch()
        byte = 0
        bit = 1
        while bit < 0x100:
            clk(1)
            delay(_HALF_US)
            clk(0)
            delay(_HALF_US)
            if io():
                byte |= bit
            bit <<= 1
        return byte

    def run(self, most: int) -> bool:
        """Give clocks until I/O is low; return whether it is after so many at most."""
        clk = self._clk
        io = self._io
        delay = self._delay
        while io():
            if not most:
                return False
            if not most & 7:
                self._watch()
            most -= 1
            clk(1)
            delay(_HALF_US)
            clk(0)
            delay(_HALF_US)
        return True

    def _watch(self) -> None:
        if self._failing():
            raise OSError(_EIO)


class Speed:
    """The speed of a line, set by the class of its UART: for a controller on which that takes no time."""

    def __init__(self, uart: "Any", number: int, baud: int) -> None:  # noqa: ARG002 - other chips need them
        """Take the UART; its number and the speed that it has are of no account."""
        self._uart = uart

    def set(self, baud: int) -> None:
        """Take another one, while nothing is sent."""
        self._uart.init(baud, bits=7, parity=0, stop=1)
