# SPDX-License-Identifier: Apache-2.0
"""Latching relay with two coils: a pulse on one connects, a pulse on the other disconnects."""

from time import sleep_ms

from groschencard.compat import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from machine import Pin

_PULSE_MS = const(100)  # metering relays switch within 30 ms; longer pulses only warm the coil


class LatchingRelay:
    """Drives the two coils; between pulses no current flows and the contact stays where it is."""

    def __init__(self, connect: "Pin", disconnect: "Pin") -> None:
        self._coils = (disconnect, connect)
        self._on: int = -1  # unknown until the first switching
        connect.value(0)
        disconnect.value(0)

    def switch(self, on: bool) -> None:
        """Connect or disconnect; without effect where that is so already."""
        if self._on == on:
            return
        coil = self._coils[on]
        coil.value(1)
        sleep_ms(_PULSE_MS)
        coil.value(0)
        self._on = on
