# SPDX-License-Identifier: Apache-2.0
"""S0 pulse input, IEC 62053-31 class A: pulses and pauses of at least 30 ms each."""

from time import ticks_add, ticks_diff, ticks_ms

from groschencard.compat import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from machine import Pin

_COUNT = const(0xFFFFFF)
_BOUNCE_MS = const(45)  # pulse and pause of 30 ms each make 60: edges that follow sooner are bounces


class S0Input:
    """Counts falling edges of an open-collector output with pull-up; the handler allocates nothing."""

    kept = False  # the count is in the controller's own memory

    def __init__(self, pin: "Pin") -> None:
        self._pulses: int = 0
        self._last = ticks_add(ticks_ms(), -_BOUNCE_MS)
        pin.irq(handler=self._edge, trigger=pin.IRQ_FALLING)

    def count(self) -> int:
        """Return the pulses since the board started, modulo 2**24."""
        return self._pulses

    def _edge(self, _pin: "Pin") -> None:
        now = ticks_ms()
        if ticks_diff(now, self._last) >= _BOUNCE_MS:
            self._last = now
            self._pulses = self._pulses + 1 & _COUNT
