# SPDX-License-Identifier: Apache-2.0
"""Latching relay with two coils and an auxiliary contact (IEC 62055-31, annex C; IEC 61810-1 for the coil's pulse).

A pulse on one coil connects, one on the other disconnects; between pulses no current flows, and the contact stays
where it is, without power too.
"""

from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from machine import Pin

_PERIOD = const(0x3FFFFFFF)  # of the milliseconds, and one
_PULSE_MS = const(100)  # metering relays switch within 30 ms; longer pulses only warm the coil
_SETTLE_MS = const(200)  # from the pulse's begin until the contact has ceased to bounce
_AGAIN_MS = const(60_000)  # between pulses once the quick ones did not help
_QUICK = const(3)  # pulses in a row


class LatchingRelay:
    """Drives the coils, one at a time, and reads the contact back at each step: it is moved to where it was sent.

    After a restart the relay is where it was, and nothing is sent before the first switching.
    """

    def __init__(self, connect: "Pin", disconnect: "Pin", back: "Pin") -> None:
        """Take the outputs of the two coils, and the input that is low while the contact is closed."""
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

    def step(self, now: int) -> None:
        """Begin a pulse where the contact is not where it was sent, and end it once it was long enough."""
        passed = now - self._then & _PERIOD
        if self._pulsing:
            if passed >= _PULSE_MS:
                self._release()
                self._tries += 1
        elif self._astray() and (not self._tries or passed >= (_SETTLE_MS if self._tries < _QUICK else _AGAIN_MS)):
            self._then = now
            self._pulsing = True
            self._coils[bool(self._on)].value(1)

    def sticks(self) -> bool:
        """Say whether the contact is not where it was sent, after several pulses."""
        return self._tries >= _QUICK and self._astray()

    def _astray(self) -> bool:
        return self._back.value() == self._on

    def _release(self) -> None:
        self._pulsing = False
        for coil in self._coils:
            coil.value(0)
