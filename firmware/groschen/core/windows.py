# SPDX-License-Identifier: Apache-2.0
"""The four windows without disconnection: is the supply protected, and until when does that hold."""

from array import array

from groschen.core.calendar import WORKDAY, Date
from groschen.core.errors import ContractError
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.calendar import WallClock

NONE = const(-1)
"""The minute or quarter hour of a window that is not configured."""
_MINUTES_PER_DAY = const(1440)
CREDIT_DAYS_A_YEAR = const(10)


class Windows:
    """Daily span, weekend and holidays, credit days, credit span; each absent until configured."""

    FIELDS = (
        "daily_start", -2,
        "daily_end", -2,
        "weekend_start", -2,
        "weekend_end", -2,
        "span_quarter", -4,
        "span_second", 2,
        "span_end_quarter", -4,
        "span_end_second", 2,
    )  # fmt: skip
    ARRAYS = ("days",)

    def __init__(self) -> None:
        self.daily_start: int = NONE  # minutes of the wall clock; the daily span may wrap midnight
        self.daily_end: int = NONE
        self.weekend_start: int = NONE  # on the last workday before the rest days
        self.weekend_end: int = NONE  # on the first workday after them
        self.span_quarter: int = NONE  # UTC instants
        self.span_second: int = 0
        self.span_end_quarter: int = NONE
        self.span_end_second: int = 0
        self.days: "array[int]" = array("i")  # local days

    def check(self) -> None:
        """Raise ContractError where more than ten credit days fall in one calendar year."""
        date = Date()
        years: "dict[int, int]" = {}
        for number in self.days:
            date.set(number)
            years[date.year] = years.get(date.year, 0) + 1
            if years[date.year] > CREDIT_DAYS_A_YEAR:
                raise ContractError("credit days")

    def cover(self, clock: "WallClock") -> bool:
        """Say whether one of the windows is open at the clock's instant."""
        return self._daily(clock.minute) or self._weekend(clock) or self._credit_day(clock) or self._credit_span(clock)

    def until(self, clock: "WallClock") -> int:
        """Return the first minute of the local day after the clock's at which a daily or weekend edge may lie."""
        minute = clock.minute
        until = _MINUTES_PER_DAY
        if minute < self.daily_start < until:
            until = self.daily_start
        if minute < self.daily_end < until:
            until = self.daily_end
        if clock.kind == WORKDAY:
            if clock.after != WORKDAY and minute < self.weekend_start < until:
                until = self.weekend_start
            if clock.before != WORKDAY and minute < self.weekend_end < until:
                until = self.weekend_end
        return until

    def _daily(self, minute: int) -> bool:
        start = self.daily_start
        end = self.daily_end
        if start == NONE:
            return False
        if start < end:
            return start <= minute < end
        return minute >= start or minute < end

    def _weekend(self, clock: "WallClock") -> bool:
        if self.weekend_start == NONE:
            return False
        if clock.kind != WORKDAY:
            return True
        if clock.after != WORKDAY and clock.minute >= self.weekend_start:
            return True
        return clock.before != WORKDAY and clock.minute < self.weekend_end

    def _credit_day(self, clock: "WallClock") -> bool:
        days = self.days
        for at in range(len(days)):
            if days[at] == clock.date.number:
                return True
        return False

    def _credit_span(self, clock: "WallClock") -> bool:
        if self.span_quarter == NONE:
            return False
        quarter = clock.quarter
        second = clock.second
        if quarter < self.span_quarter or (quarter == self.span_quarter and second < self.span_second):
            return False
        return quarter < self.span_end_quarter or (quarter == self.span_end_quarter and second < self.span_end_second)
