# SPDX-License-Identifier: Apache-2.0
"""What holds now - local date, HT or NT, protected or not - and the next instant at which any of it changes."""

from groschen.core.calendar import FAR, DayTypes, WallClock
from groschen.core.switching import Switching
from groschen.core.windows import NONE
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.tariff import Tariff
    from groschen.core.windows import Windows

_QUARTERS_PER_DAY = const(96)
_HOUR = const(4)  # quarter hours
_WARN_FIRST = const(480)  # minutes of the wall clock: warnings are given at full hours from 08:00 on,
_WARN_END = const(1200)  # before 20:00
_WARN_STEP = const(60)


class Agenda:
    """The parts that time changes, asked at an instant; `quarter` and `second` are the next one to ask at."""

    def __init__(self) -> None:
        self._types = DayTypes()
        self._now_quarter: int = 0
        self._now_second: int = 0
        self.clock = WallClock(self._types)
        self.ahead = WallClock(self._types)  # an hour ahead, to warn before a window ends
        self.switching = Switching()
        self.high: bool = False  # HT
        self.protected: bool = False  # by a window, now
        self.protected_ahead: bool = False  # by a window, in an hour
        self.midnight: int = FAR  # the quarter hour at which the next local day begins
        self.quarter: int = FAR
        self.second: int = 0

    def use(self, zone: int, tariff: "Tariff") -> None:
        """Take the zone, and the switching table and holidays of a tariff."""
        spans = self.switching.spans
        spans[0] = tariff.workday
        spans[1] = tariff.saturday
        spans[2] = tariff.sunday
        self._types.rules = tariff.holidays
        self.clock.use(zone)
        self.ahead.use(zone)

    def ask(self, quarter: int, second: int, windows: "Windows") -> None:
        """Find what holds at an instant, and until when."""
        clock = self.clock
        ahead = self.ahead
        self._now_quarter = quarter
        self._now_second = second
        clock.set(quarter, second)
        ahead.set(quarter + _HOUR, second)
        self.switching.ask(clock)
        self.high = self.switching.high
        self.protected = windows.cover(clock)
        self.protected_ahead = windows.cover(ahead)
        self.midnight = clock.first + _QUARTERS_PER_DAY
        self.quarter = clock.offset_until
        self.second = 0
        self.also_at(ahead.offset_until - _HOUR, 0)
        minute = min(self.switching.until, windows.until(clock), _next_warning(clock.minute))
        self.also_at(clock.first + minute // 15, minute % 15 * 60)
        minute = windows.until(ahead)
        self.also_at(ahead.first - _HOUR + minute // 15, minute % 15 * 60)
        if windows.span_quarter != NONE:
            self.also_at(windows.span_quarter, windows.span_second)
            self.also_at(windows.span_end_quarter, windows.span_end_second)
            self.also_at(windows.span_quarter - _HOUR, windows.span_second)
            self.also_at(windows.span_end_quarter - _HOUR, windows.span_end_second)

    def also_at(self, quarter: int, second: int) -> None:
        """Let the next change be at an instant, where that is after now and before what was found so far."""
        if quarter < self._now_quarter or (quarter == self._now_quarter and second <= self._now_second):
            return
        if quarter < self.quarter or (quarter == self.quarter and second < self.second):
            self.quarter = quarter
            self.second = second

    def hour_to_warn(self) -> bool:
        """Say whether it is a full hour at which a warning may be given."""
        minute = self.clock.minute
        return minute % _WARN_STEP == 0 and self._now_second % 60 == 0 and _WARN_FIRST <= minute < _WARN_END


def _next_warning(minute: int) -> int:
    if minute < _WARN_FIRST:
        return _WARN_FIRST
    if minute >= _WARN_END:
        return 24 * _WARN_STEP
    return minute - minute % _WARN_STEP + _WARN_STEP
