# SPDX-License-Identifier: Apache-2.0
"""The clock DS3231 as an I2C chip (Maxim 19-5170 rev. 10), in its 24-hour mode: time, control and status registers.

Its oscillator runs by the world's microseconds, with a drift where it has one, and goes on without the board's power.
The time's copy for the bus is made at each start condition, and as the pointer goes on from the last register at the
first. Alarms and temperature keep what they held. Runs on CPython and MicroPython alike.
"""

from groschencard import const
from groschensim.models.i2c import READ

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

ADDRESS = const(0x68)
CONTROL = const(0x0E)
STATUS = const(0x0F)
STOPPED = const(0x80)
"""Status: the oscillator has stopped at some time."""

_REGISTERS = const(0x13)
_TEMPERATURE = const(0x11)
_TIME_END = const(7)  # registers of the time, from 00h on
_EOSC = const(0x80)  # control: no oscillator on the battery
_BUSY = const(0x04)  # status: the only bit that cannot be written
_CENTURY = const(0x80)

_EPOCH = const(10_957)  # 2000-01-01 since 1970
_DAY_S = const(86400)
_SECOND_US = const(1_000_000)
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

# What the next byte is: none of the chip's, the pointer, a register's, one to send.
_IDLE = const(0)
_POINTER = const(1)
_DATA = const(2)
_GIVING = const(3)


def _bcd(value: int) -> int:
    return value // 10 << 4 | value % 10


def _number(bcd: int) -> int:
    return (bcd >> 4) * 10 + (bcd & 0x0F)


def _month_days(month: int, year: int) -> int:
    return 29 if month == 2 and year % 4 == 0 else _LENGTHS[month - 1]


class Ds3231:
    """The chip; it begins as one whose battery has just been put in: 2000-01-01, a Saturday, and stopped before.

    `drift_ppm` is how many parts in a million it is fast, `present` whether it answers.
    """

    def __init__(self, now_us: "Callable[[], int]") -> None:
        """Take the world's microseconds."""
        self.present: bool = True
        self.drift_ppm: int = 0
        self._now = now_us
        self._registers = bytearray(_REGISTERS)
        self._copy = bytearray(_TIME_END)
        self._day: int = 0  # since 2000-01-01
        self._second: int = 0
        self._weekday: int = 7
        self._since: int = 0  # in the world's time, when that second began
        self._halted: bool = False
        self._pointer: int = 0
        self._state: int = _IDLE
        self.lose()

    # ---- the world

    def lose(self) -> None:
        """Take battery and supply away, and give them back: all is as at first."""
        self._registers[:] = bytes(_REGISTERS)
        self._registers[CONTROL] = 0x1C
        self._registers[STATUS] = STOPPED | 0x08
        self._registers[_TEMPERATURE] = 25
        self._day = self._second = 0
        self._weekday = 7
        self._since = self._now()

    def halt(self, halted: bool = True) -> None:
        """Let the oscillator stand still, or run again; the chip remembers that it had stopped."""
        self._tick()
        self._halted = halted
        if halted:
            self._registers[STATUS] |= STOPPED

    def restart(self, off_us: int = 0) -> None:
        """Let the board's power return after a while: without an oscillator on the battery that while is missing."""
        if self._registers[CONTROL] & _EOSC:
            self._since += off_us
            self._registers[STATUS] |= STOPPED
        self._state = _IDLE

    def put(self, day: int, second: int) -> None:
        """Set the clock as if it had been set by its bus: the day since 1970 and the second of the day."""
        self._day = day - _EPOCH
        self._second = second
        self._since = self._now()
        self._registers[STATUS] &= ~STOPPED

    def day(self) -> int:
        """Return the day since 1970 that the chip has."""
        self._tick()
        return self._day + _EPOCH

    def second(self) -> int:
        """Return the second of its day."""
        self._tick()
        return self._second

    @property
    def stopped(self) -> bool:
        """Whether the chip says that its oscillator had stopped."""
        return self._registers[STATUS] >= STOPPED

    # ---- the bus

    def start(self, byte: int) -> bool:
        """Take the byte after a start condition; return whether this chip is meant."""
        self._state = _IDLE
        if not self.present or byte & ~READ != ADDRESS << 1:
            return False
        self._state = _GIVING if byte & READ else _POINTER
        self._make_copy()
        return True

    def take(self, byte: int) -> bool:
        """Take the pointer, or a register's byte."""
        if self._state == _POINTER:
            self._pointer = byte % _REGISTERS
            self._state = _DATA
        elif self._state == _DATA:
            self._write(self._pointer, byte)
            self._go_on()
        return self._state == _DATA

    def give(self) -> int:
        """Send a register's byte; a chip that is not meant leaves the line high."""
        if self._state != _GIVING:
            return 0xFF
        at = self._pointer
        byte = self._copy[at] if at < _TIME_END else self._registers[at]
        self._go_on()
        return byte

    def stop(self) -> None:
        """End the transfer."""
        self._state = _IDLE

    def _go_on(self) -> None:
        self._pointer += 1
        if self._pointer == _REGISTERS:
            self._pointer = 0
            self._make_copy()

    def _make_copy(self) -> None:
        self._tick()
        day, year = self._day, 0
        while day >= 365 + (year % 4 == 0):
            day -= 365 + (year % 4 == 0)
            year += 1
        month = 1
        while day >= _month_days(month, year):
            day -= _month_days(month, year)
            month += 1
        copy = self._copy
        copy[0] = _bcd(self._second % 60)
        copy[1] = _bcd(self._second // 60 % 60)
        copy[2] = _bcd(self._second // 3600)
        copy[3] = self._weekday
        copy[4] = _bcd(day + 1)
        copy[5] = _bcd(month) | (_CENTURY if year >= 100 else 0)
        copy[6] = _bcd(year % 100)

    def _write(self, at: int, byte: int) -> None:
        if at < _TIME_END:
            self._copy[at] = byte
            self._take_copy(at)
        elif at == STATUS:
            # Its flags are only cleared by what is written, the clock output is switched, and a busy chip stays busy.
            kept = self._registers[STATUS]
            self._registers[STATUS] = kept & byte & ~(0x08 | _BUSY) | byte & 0x08 | kept & _BUSY
        elif at < _TEMPERATURE:
            self._registers[at] = byte

    def _take_copy(self, at: int) -> None:
        """Take a register of the time; the seconds' begins its second anew (the countdown chain is reset)."""
        copy = self._copy
        year = _number(copy[6])
        month = _number(copy[5] & ~_CENTURY)
        day = _number(copy[4]) - 1 + 365 * year + (year + 3) // 4
        for before in range(1, month):
            day += _month_days(before, year)
        self._day = day
        self._second = (_number(copy[2]) * 60 + _number(copy[1])) * 60 + _number(copy[0])
        self._weekday = copy[3]
        if at == 0:
            self._since = self._now()

    # ---- the oscillator

    def _tick(self) -> None:
        """Let the seconds pass that have."""
        now = self._now()
        if self._halted:
            self._since = now
            return
        passed = now - self._since
        if self.drift_ppm:
            passed += passed * self.drift_ppm // _SECOND_US
        seconds = passed // _SECOND_US
        if seconds <= 0:
            return
        self._since = now - passed % _SECOND_US
        self._second += seconds
        days = self._second // _DAY_S
        self._second %= _DAY_S
        self._day += days
        self._weekday = (self._weekday - 1 + days) % 7 + 1
