# SPDX-License-Identifier: Apache-2.0
"""HT or NT: the switching table of the tariff, asked by day type and minute of the wall clock."""

from array import array

from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.calendar import WallClock
_MINUTES_PER_DAY = const(1440)


class Switching:
    """Whether the table says HT now, and until which minute of the local day that holds."""

    def __init__(self) -> None:
        empty = array("i")
        # for WORKDAY, SATURDAY, SUNDAY: start and end of each HT span in minutes, one after the other
        self.spans: "list[array[int]]" = [empty, empty, empty]
        self.high: bool = False
        self.until: int = 0

    def ask(self, clock: "WallClock") -> None:
        """Find `high` and `until` (a minute after the clock's, at most 1 440)."""
        spans = self.spans[clock.kind]
        minute = clock.minute
        high = False
        until = _MINUTES_PER_DAY
        for at in range(0, len(spans), 2):
            start = spans[at]
            end = spans[at + 1]
            if start <= minute < end:
                high = True
            if minute < start < until:
                until = start
            if minute < end < until:
                until = end
        self.high = high
        self.until = until
