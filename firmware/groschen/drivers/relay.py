# SPDX-License-Identifier: Apache-2.0
"""Latching relay with two coils and an auxiliary contact (IEC 62055-31, annex C; IEC 61810-1 for the coil's pulse).

A pulse on one coil connects, one on the other disconnects; between pulses no current flows, and the contact stays
where it is, without power too.
"""

from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from machine import Pin

_PERIOD = const(0x3FFFFFFF)  # of the milliseconds, and one
_PULSE_MS = const(100)  # at least; metering relays switch within 30 ms, longer pulses only warm the coil
_SETTLE_MS = const(200)  # from the pulse's begin until the contact has ceased to bounce
_AGAIN_MS = const(60_000)  # between pulses once the quick ones did not help
_QUICK = const(3)  # pulses in a row


class LatchingRelay:
    """Drives the coils, one at a time, and reads the contact back at each step: it is moved to where it was sent.

    After a restart the relay is where it was, and nothing is sent before the first switching. A pulse begins and ends
    within a step, by the board's clock at that moment: what else the loop does lengthens it, and never shortens it.
    """

    def __init__(self, connect: "Pin", disconnect: "Pin", back: "Pin", ticks_ms: "Callable[[], Any]") -> None:
        """Take both coils' outputs, the input that is low while the contact is closed, and the board's milliseconds."""
        self._ticks = ticks_ms
        self._coils = (disconnect, connect)
        self._back = back
        self._on: bool | None = None
        self._tries: int = 0  # pulses since it was sent
        self._then: int = 0  # when the last one began
        self._pulsing: bool = False
        self._release()

    def switch(self, on: bool) -> None:
        """Begin to connect or disconnect; without effect where the relay was sent there already."""
        if on is not self._on:
            self._on = on
            self._tries = 0
            self._release()

    def step(self) -> None:
        """Begin a pulse where the contact is not where it was sent, and end it once it was long enough."""
        now: int = self._ticks()
        passed = now - self._then & _PERIOD
        if self._pulsing:
            if passed > _PULSE_MS:  # whole ones: the first may have been nearly over
                self._release()
                self._tries += 1
        elif self._astray() and (not self._tries or passed >= (_SETTLE_MS if self._tries < _QUICK else _AGAIN_MS)):
            self._then = now
            self._pulsing = True
            self._coils[bool(self._on)].value(1)

    def closed(self) -> bool:
        """Say whether the contact is closed."""
        return not self._back.value()

    def sticks(self) -> bool:
        """Say whether the contact is not where it was sent, after several pulses."""
        return self._tries >= _QUICK and self._astray()

    def _astray(self) -> bool:
        return self._back.value() == self._on

    def _release(self) -> None:
        self._pulsing = False
        for coil in self._coils:
            coil.value(0)
