# SPDX-License-Identifier: Apache-2.0
"""The board's clock: the RTC that MicroPython keeps, in UTC."""

from time import gmtime

from groschen.core.calendar import day_number


class RtcClock:
    """Reads the time of the day and the day since 1970."""

    def __init__(self) -> None:
        self.day: int = 0
        self.second: int = 0

    def read(self) -> None:
        """Take the present instant."""
        now = gmtime()
        self.day = day_number(now[0], now[1], now[2])
        self.second = (now[3] * 60 + now[4]) * 60 + now[5]
