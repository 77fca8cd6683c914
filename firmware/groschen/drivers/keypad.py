# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# The stubs of machine.I2C leave a type open.
"""A matrix of 4x4 keys, its rows on P0 to P3 of an expander PCF8574, its columns on P4 to P7 (NXP PCF8574 rev. 5, 8.1).

1       2    3    up 13
4       5    6    down 14
7       8    9    TAN 12
C 11    0    OK 10    light 15
"""

from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from machine import I2C

_ADDRESS = const(0x20)  # its three address pins at ground; a PCF8574A has 38h
# The keys 0 to 15 by their column's and their row's pin.
_KEYS = const(b"\x28\x11\x21\x41\x12\x22\x42\x14\x24\x44\x48\x18\x84\x81\x82\x88")
_ROWS_LOW = const(0xF0)
_COLUMNS_LOW = const(0x0F)
_NONE = const(-1)
_UNCLEAR = const(-2)  # more than one key, or one that was only half seen

_PERIOD = const(0x3FFFFFFF)  # of the milliseconds, and one
_SCAN_MS = const(10)
_AGAIN = const(2)  # scans more that must see the same: 20 ms, longer than keys bounce
_ABSENT_MS = const(1000)  # until a pad that does not answer is tried again


class Keypad:
    """Gives each press once. One transfer tells that no key is pressed; two keys at a time are none."""

    def __init__(self, bus: "I2C", address: int = _ADDRESS) -> None:
        """Take the bus, and the expander's address."""
        self._bus = bus
        self._address = address
        self._pins = bytearray(1)
        self._then: int = 0
        self._pause: int = 0
        self._seen: int = _UNCLEAR
        self._scans: int = 0  # that must see it, too
        self._held: int = _NONE
        self._pressed: int = _NONE

    def step(self, now: int) -> None:
        """Look at the keys every ten milliseconds."""
        if now - self._then & _PERIOD < self._pause:
            return
        self._then = now
        self._pause = _SCAN_MS
        try:
            seen = self._scan()
        except OSError:
            seen = _UNCLEAR
            self._pause = _ABSENT_MS
        if seen != self._seen:
            self._seen = seen
            self._scans = _AGAIN
        elif self._scans and seen != _UNCLEAR:
            self._scans -= 1
            if not self._scans and seen != self._held:
                self._held = seen
                if seen >= 0:
                    self._pressed = seen

    def key(self) -> int:
        """Return the key that was pressed since the last call, 0 to 15, or -1."""
        pressed = self._pressed
        self._pressed = _NONE
        return pressed

    def _scan(self) -> int:
        """Return the key that is down. Between scans the rows are low, after power-up nothing is."""
        pins = self._pins
        self._bus.readfrom_into(self._address, pins)
        columns = pins[0]
        if columns == _ROWS_LOW:
            return _NONE
        pins[0] = _COLUMNS_LOW
        self._bus.writeto(self._address, pins)
        self._bus.readfrom_into(self._address, pins)
        down = ~(columns & _ROWS_LOW | pins[0] & _COLUMNS_LOW) & 0xFF
        pins[0] = _ROWS_LOW
        self._bus.writeto(self._address, pins)
        for key in range(16):
            if _KEYS[key] == down:
                return key
        return _UNCLEAR
