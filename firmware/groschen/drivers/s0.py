# SPDX-License-Identifier: Apache-2.0
"""S0 pulse input (IEC 62053-31, class A): pulses and pauses of at least 30 ms each; or an optical head's, of 2 ms."""

from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from machine import Pin

_COUNT = const(0xFFFFFF)
_PERIOD = const(0x3FFFFFFF)  # of the ticks, and one
STEADY_MS = const(11)
"""How long an S0 output's level is steady, by a clock of whole milliseconds: always after 11, never after 10."""
LED_US = const(1_000)
"""How long an optical head's is, by a clock of microseconds: half of the element's shortest pulse."""


class S0Input:
    """Counts what an open-collector output with pull-up sends; the handler allocates nothing.

    A level counts once it was steady, which a bounce or glitch is not, at either end of a pulse. Whether it was is seen
    at its end: so a pulse counts as it ends. Ticks wrap at 2**30; a pause within `steady` behind a multiple of that
    would pass for a glitch: of milliseconds (12 days), one pulse in 10**8 that follow so long a pause, and of
    microseconds (18 minutes) one in 10**6.
    """

    kept = False  # the count is in the controller's own memory
    modulo = _COUNT + 1

    def __init__(self, pin: "Pin", ticks: "Callable[[], Any]", hard: bool, steady: int = STEADY_MS) -> None:
        """Take the input, the board's ticks, `hard` where its `Pin.irq` knows hard interrupts, and how many are steady.

        `steady` is STEADY_MS for ticks of milliseconds, LED_US for ticks of microseconds.
        """
        self._ticks = ticks
        self._steady: int = steady
        self._pulses: int = 0
        self._high: int = 1  # the last level that was steady
        self._level: int = pin.value()  # since the last edge
        self._then: int = ticks()
        edges = pin.IRQ_FALLING | pin.IRQ_RISING
        if hard:
            pin.irq(self._edge, edges, hard=True)
        else:
            pin.irq(self._edge, edges)

    def begin(self, seen: int) -> int:
        """Return what the count goes on from: it began at zero where the one before stood."""
        return seen

    def count(self) -> int:
        """Return the pulses since the board started, modulo 2**24."""
        return self._pulses

    def _edge(self, pin: "Pin") -> None:
        # Without a branch: there the interpreter raises a KeyboardInterrupt that waits, and drops the handler for it.
        now: int = self._ticks()
        level = self._level
        changed = (now - self._then & _PERIOD >= self._steady) & (level ^ self._high)
        self._high ^= changed
        self._pulses = self._pulses + (changed & ~level) & _COUNT
        self._then = now
        self._level = pin.value()
