# SPDX-License-Identifier: Apache-2.0
"""S0 pulse input (IEC 62053-31, class A): pulses and pauses of at least 30 ms each."""

from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from machine import Pin

_COUNT = const(0xFFFFFF)
_PERIOD = const(0x3FFFFFFF)  # of the milliseconds, and one
_STEADY_MS = const(11)  # by a clock of whole milliseconds: more than 10, and less than 12, without an edge


class S0Input:
    """Counts what an open-collector output with pull-up sends; the handler allocates nothing.

    A level counts once it was steady for more than 10 ms, which a bounce or glitch is not, at either end of a pulse.
    Whether it was is seen at its end: so a pulse counts as it ends.
    """

    kept = False  # the count is in the controller's own memory

    def __init__(self, pin: "Pin", ticks_ms: "Callable[[], Any]", hard: bool) -> None:
        """Take the input and the board's milliseconds; `hard` where its `Pin.irq` knows hard interrupts."""
        self._ticks = ticks_ms
        self._pulses: int = 0
        self._high: int = 1  # the last level that was steady
        self._level: int = pin.value()  # since the last edge
        self._then: int = ticks_ms()
        edges = pin.IRQ_FALLING | pin.IRQ_RISING
        if hard:
            pin.irq(self._edge, edges, hard=True)
        else:
            pin.irq(self._edge, edges)

    def count(self) -> int:
        """Return the pulses since the board started, modulo 2**24."""
        return self._pulses

    def _edge(self, pin: "Pin") -> None:
        # Without a branch: there the interpreter raises a KeyboardInterrupt that waits, and drops the handler for it.
        now: int = self._ticks()
        level = self._level
        changed = (now - self._then & _PERIOD >= _STEADY_MS) & (level ^ self._high)
        self._high ^= changed
        self._pulses = self._pulses + (changed & ~level) & _COUNT
        self._then = now
        self._level = pin.value()
