# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# The stubs of machine.RTC leave a type open.
"""The board's clock: the RTC that MicroPython keeps, in UTC."""

from time import gmtime, ticks_diff, ticks_ms

from machine import RTC

from groschen.core.calendar import Date, day_number
from groschencard.compat import const

_FIRST_YEAR = const(2025)  # an RTC without power begins at 2000 or 2021, before there was this meter
_SECOND_MS = const(1000)


class RtcClock:
    """Reads the time of the day and the day since 1970; counts the seconds since the start by itself."""

    def __init__(self) -> None:
        self.day: int = 0
        self.second: int = 0
        self.lost: bool = False
        self._uptime: int = 0
        self._ticks = ticks_ms()
        self._rest: int = 0

    def read(self) -> None:
        """Take the present instant, and whether the RTC has lost it."""
        now = gmtime()
        self.day = day_number(now[0], now[1], now[2])
        self.second = (now[3] * 60 + now[4]) * 60 + now[5]
        self.lost = now[0] < _FIRST_YEAR

    def set(self, day: int, second: int) -> None:
        """Set the RTC."""
        date = Date()
        date.set(day)
        weekday = (day + 3) % 7  # 1970 began on a Thursday
        RTC().datetime((date.year, date.month, date.day, weekday, second // 3600, second // 60 % 60, second % 60, 0))

    def uptime(self) -> int:
        """Return the seconds since the board started; to be asked at least once in a few days, as the ticks wrap."""
        now = ticks_ms()
        self._rest += ticks_diff(now, self._ticks)
        self._ticks = now
        self._uptime += self._rest // _SECOND_MS
        self._rest %= _SECOND_MS
        return self._uptime
