# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# The stubs of machine.I2C leave a type open.
"""The counting chip PCF8593 with its battery, on I2C at up to 100 kHz (NXP PCF8593 rev. 5), in event-counter mode.

It counts the pulses at OSCI whether the program runs or not: six decimal digits, so modulo a million. A chip whose
battery was empty begins in clock mode, which is how that is seen.
"""

from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from machine import I2C

_ADDRESS = const(0x51)
_CONTROL = const(0x00)
_COUNT = const(0x01)  # three registers of two digits each, the lowest first; reading copies all of them at once
_MODE = const(0x30)  # control: what the chip counts,
_EVENTS = const(0x20)  # the pulses at OSCI,
_STOP = const(0x80)  # or nothing
_MODULO = const(1_000_000)
_PERIOD = const(0x3FFFFFFF)  # of the milliseconds, and one
_FRESH_MS = const(50)  # between two pulses of S0 are 60
_TRIES = const(3)  # of a transfer
_PATIENCE_MS = const(60_000)  # so long a chip that was heard before may be silent: it counts on meanwhile


class Pcf8593:
    """Reads the chip's count, twenty times a second at most."""

    kept = True
    modulo = _MODULO

    def __init__(self, bus: "I2C", ticks_ms: "Callable[[], Any]") -> None:
        """Take the bus, and the board's milliseconds; nothing is asked of the chip yet."""
        self._bus = bus
        self._ticks = ticks_ms
        self._digits = bytearray(3)
        self._pulses: int = -1  # the count that was read last; -1: none yet
        self._then: int = 0

    def begin(self, seen: int) -> int:
        """Let a chip that has lost its count go on from where pulses are charged up to; return 0.

        Raises OSError where it does not answer: nobody counts then.
        """
        control = bytearray(1)
        self._read(_CONTROL, control)
        if control[0] & (_MODE | _STOP) != _EVENTS:
            data = bytearray(4)
            for at in range(1, 4):
                two = seen % 100
                seen //= 100
                data[at] = two + two // 10 * 6
            data[0] = _EVENTS | _STOP
            self._bus.writeto_mem(_ADDRESS, _CONTROL, data)
            data[0] = _EVENTS
            self._bus.writeto_mem(_ADDRESS, _CONTROL, data[:1])
        self._pulses = -1
        return 0

    def count(self) -> int:
        """Return the pulses so far, modulo a million; raises OSError where the chip has been silent for a minute."""
        now: int = self._ticks()
        passed = now - self._then & _PERIOD
        if self._pulses < 0 or passed >= _FRESH_MS:
            try:
                self._read(_COUNT, self._digits)
            except OSError:
                if self._pulses < 0 or passed >= _PATIENCE_MS:
                    raise
                return self._pulses
            self._then = now
            pulses = 0
            for at in range(2, -1, -1):
                two = self._digits[at]
                pulses = pulses * 100 + two - (two >> 4) * 6
            self._pulses = pulses % _MODULO
        return self._pulses

    def _read(self, at: int, into: bytearray) -> None:
        for left in range(_TRIES - 1, -1, -1):
            try:
                self._bus.readfrom_mem_into(_ADDRESS, at, into)
                return
            except OSError:
                if not left:
                    raise
