# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# The stubs of machine.I2C leave a type open.
"""The clock DS3231 with its battery, on I2C at up to 400 kHz (Maxim 19-5170 rev. 10), in UTC, 2000 to 2099."""

from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from machine import I2C

_ADDRESS = const(0x68)
# Registers (figure 1): seconds to years from 00h, control 0Eh, status 0Fh. The pointer goes on from 12h at 00h, and the
# time is copied as it does: one transfer from the status on has all. The alarms between are not used.
_TIME = const(0x00)
_STATUS = const(0x0F)
_STOPPED = const(0x80)  # status: the oscillator has stopped
_RUN = const(0x04)  # control: runs on the battery too, no square wave
_CONTROL_AT = const(14)  # in what is written

_MARCH = const(11_017)  # 2000-03-01 since 1970: a leap day is then the last day of a year
_PERIOD = const(0x3FFFFFFF)  # of the milliseconds, and one
_TRIES = const(3)  # of a transfer
_PATIENCE_S = const(60)  # so long the seconds since the start do for a chip that does not answer


class Ds3231:
    """Reads the time, counts the seconds since the start by itself, and goes on by them where the chip is silent."""

    def __init__(self, bus: "I2C", ticks_ms: "Callable[[], Any]") -> None:
        """Take the bus, and the board's milliseconds."""
        self.day: int = 0
        self.second: int = 0
        self.lost: bool = True
        self._bus = bus
        self._all = bytearray(11)
        self._ticks = ticks_ms
        self._then: int = ticks_ms()
        self._uptime: int = 0
        self._at: int = -1  # uptime of the last reading
        self._silent: int = _PATIENCE_S  # seconds since the chip has answered

    def read(self) -> None:
        """Take the present instant, and whether the clock has lost it; a silent chip is asked once in a second."""
        now = self.uptime()
        passed = now - self._at
        if self._silent and not passed:
            return
        self._at = now
        for _ in range(_TRIES):
            try:
                self._bus.readfrom_mem_into(_ADDRESS, _STATUS, self._all)
            except OSError:
                continue
            self._silent = 0
            self.lost = self._all[0] >= _STOPPED
            month = self._number(9)
            year = self._number(10)
            if month < 3:
                month += 12
                year -= 1
            self.day = _MARCH - 1 + 365 * year + year // 4 + (153 * month - 457) // 5 + self._number(8)
            self.second = (self._number(6) * 60 + self._number(5)) * 60 + self._number(4)
            return
        self._silent += passed
        if self._silent >= _PATIENCE_S:
            self.lost = True
        passed += self.second
        self.day += passed // 86400
        self.second = passed % 86400

    def set(self, day: int, second: int) -> None:
        """Set the clock, and let it forget that it had stopped; raises OSError where the chip does not answer."""
        day -= _MARCH
        year = (4 * day + 3) // 1461
        day -= 365 * year + year // 4
        month = (5 * day + 2) // 153
        day -= (153 * month + 2) // 5 - 1
        month += 3
        if month > 12:
            month -= 12
            year += 1
        data = bytearray(16)
        data[_CONTROL_AT] = _RUN
        for at, value in enumerate((second % 60, second // 60 % 60, second // 3600, 1, day, month, year)):
            data[at] = value + value // 10 * 6
        self._bus.writeto_mem(_ADDRESS, _TIME, data)
        self._at = -1

    def uptime(self) -> int:
        """Return the seconds since the board started; to be asked at least once in a few days, as the ticks wrap."""
        whole: int = (self._ticks() - self._then & _PERIOD) // 1000
        self._then = self._then + whole * 1000 & _PERIOD
        self._uptime += whole
        return self._uptime

    def _number(self, at: int) -> int:
        """Return the BCD number in a register."""
        byte = self._all[at]
        return byte - (byte >> 4) * 6
