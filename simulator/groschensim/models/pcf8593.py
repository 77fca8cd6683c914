# SPDX-License-Identifier: Apache-2.0
"""The counter PCF8593 as an I2C chip (NXP PCF8593 rev. 5): sixteen registers, and what it counts in event-counter mode.

The count is six decimal digits in registers 01h to 03h, and goes on at each falling edge of OSCI with or without the
board's power. A read copies all counters at its beginning. The clock modes keep what they hold; timer and alarm are not
modelled. Runs on CPython and MicroPython alike.
"""

from groschencard import const
from groschensim.models.i2c import READ

ADDRESS = const(0x51)
EVENTS = const(0x20)
"""Control: the chip counts the edges of OSCI."""

_REGISTERS = const(16)
_COUNTERS = const(8)  # control and counters, which a read copies
_MODE = const(0x30)
_STOP = const(0x80)
_HOLD = const(0x40)
_DIGITS = const(6)

# What the next byte is: none of the chip's, the pointer, a register's, one to send.
_IDLE = const(0)
_POINTER = const(1)
_DATA = const(2)
_GIVING = const(3)


class Pcf8593:
    """The chip; it begins as one whose battery has just been put in: all registers zero, in clock mode."""

    def __init__(self) -> None:
        self.present: bool = True
        self._registers = bytearray(_REGISTERS)
        self._copy = bytearray(_COUNTERS)
        self._level: int = 1
        self._pointer: int = 0
        self._state: int = _IDLE

    # ---- the world

    def osci(self, level: int) -> None:
        """Drive the counting input."""
        fallen = self._level and not level
        self._level = level
        control = self._registers[0]
        if not fallen or control & _MODE != EVENTS or control & _STOP:
            return
        for at in range(1, 1 + _DIGITS // 2):
            low = (self._registers[at] & 0x0F) + 1
            high = self._registers[at] >> 4
            if low > 9:
                low = 0
                high += 1
            carry = high > 9
            self._registers[at] = (0 if carry else high << 4) | low
            if not carry:
                return

    def lose(self) -> None:
        """Take battery and supply away, and give them back: all is as at first."""
        self._registers[:] = bytes(_REGISTERS)
        self._state = _IDLE

    def put(self, count: int) -> None:
        """Let it have counted so many."""
        self._registers[0] = EVENTS
        for at in range(1, 4):
            self._registers[at] = count // 10 % 10 << 4 | count % 10
            count //= 100

    @property
    def counting(self) -> bool:
        """Whether it counts what falls."""
        return self._registers[0] & (_MODE | _STOP) == EVENTS

    # ---- the bus

    def start(self, byte: int) -> bool:
        """Take the byte after a start condition; return whether this chip is meant."""
        self._state = _IDLE
        if not self.present or byte & ~READ != ADDRESS << 1:
            return False
        self._state = _GIVING if byte & READ else _POINTER
        if not self._registers[0] & _HOLD:
            for at in range(_COUNTERS):
                self._copy[at] = self._registers[at]
        return True

    def take(self, byte: int) -> bool:
        """Take the pointer, or a register's byte."""
        if self._state == _POINTER:
            self._pointer = byte % _REGISTERS
            self._state = _DATA
        elif self._state == _DATA:
            self._registers[self._pointer] = byte
            self._pointer = (self._pointer + 1) % _REGISTERS
        return self._state == _DATA

    def give(self) -> int:
        """Send a register's byte; a chip that is not meant leaves the line high."""
        if self._state != _GIVING:
            return 0xFF
        at = self._pointer
        self._pointer = (at + 1) % _REGISTERS
        return self._copy[at] if at < _COUNTERS else self._registers[at]

    def stop(self) -> None:
        """End the transfer."""
        self._state = _IDLE
