# SPDX-License-Identifier: Apache-2.0
"""Legal time, dates, Easter, holidays and day types, in integers alone.

Days are counted from 1970-01-01, weekdays from Monday = 0. Instants are a UTC quarter hour (counted from
1970-01-01 00:00 UTC) and a second 0 to 899 in it: seconds since 1970 would leave 31 bits.
"""

from array import array

from groschencard import const
from groschencard.holiday_rules import EASTER, FIXED

QUARTERS_PER_DAY = const(96)
QUARTER_S = const(900)
MINUTES_PER_DAY = const(1440)
LEGAL = const(127)
"""The zone Europe/Berlin; any other zone is a fixed offset from UTC in quarter hours."""
FAR = const(0x3FFFFFFF)
"""A quarter hour that never comes."""

WORKDAY = const(0)
SATURDAY = const(1)
SUNDAY = const(2)

_CET = const(4)
_CEST = const(8)
_SWITCH = const(4)  # the EU rule changes the offset at 01:00 UTC: the fourth quarter hour of the day
_RULE = const(5)  # integers a holiday rule: kind, a, b, first year, last year
_EPOCH = const(719468)  # days from 0000-03-01 to 1970-01-01 in the proleptic Gregorian calendar
_ERA = const(146097)  # days in four hundred years


def day_number(year: int, month: int, day: int) -> int:
    """Return the days from 1970-01-01 to a date."""
    if month <= 2:
        year -= 1
        month += 12
    era = year // 400
    in_era = year - era * 400
    in_year = (153 * (month - 3) + 2) // 5 + day - 1
    return era * _ERA + in_era * 365 + in_era // 4 - in_era // 100 + in_year - _EPOCH


def weekday(number: int) -> int:
    """Return the weekday of a day, Monday = 0."""
    return (number + 3) % 7


def easter(year: int) -> int:
    """Return the day of Easter Sunday (Gauss's rule in the form of the anonymous Gregorian computus)."""
    golden = year % 19
    century = year // 100
    leap = century // 4
    moon = (8 * century + 13) // 25
    epact = (century - leap - moon + 19 * golden + 15) % 30
    epact -= (epact // 28) * (1 - (29 // (epact + 1)) * ((21 - golden) // 11))
    sunday = (year + year // 4 + epact + 2 - century + leap) % 7
    month_offset = epact - sunday
    month = 3 + (month_offset + 40) // 44
    return day_number(year, month, month_offset + 28 - 31 * (month // 4))


def last_sunday(year: int, month: int) -> int:
    """Return the last Sunday of March or October, which both have 31 days."""
    last = day_number(year, month, 31)
    return last - (last + 4) % 7


class Date:
    """A day with its year, month and day of the month."""

    def __init__(self) -> None:
        self.number: int = -1
        self.year: int = 0
        self.month: int = 0
        self.day: int = 0

    def set(self, number: int) -> None:
        """Become the day of that number."""
        self.number = number
        days = number + _EPOCH
        era = days // _ERA
        days -= era * _ERA
        in_era = (days - days // 1460 + days // 36524 - days // 146096) // 365
        days -= 365 * in_era + in_era // 4 - in_era // 100
        month = (5 * days + 2) // 153
        self.day = days - (153 * month + 2) // 5 + 1
        self.month = month + 3 if month < 10 else month - 9
        self.year = in_era + era * 400 + (1 if month >= 10 else 0)


class DayTypes:
    """The day type of any day, by the holiday rules that the tariff carries."""

    def __init__(self) -> None:
        self.rules: "array[int]" = array("i")
        self._date = Date()
        self._easter_year: int = 0
        self._easter: int = 0

    def of(self, number: int) -> int:
        """Return WORKDAY, SATURDAY or SUNDAY; a holiday counts as Sunday."""
        day = weekday(number)
        if day == 6 or self.is_holiday(number):
            return SUNDAY
        return SATURDAY if day == 5 else WORKDAY

    def is_holiday(self, number: int) -> bool:
        """Say whether a rule makes that day a holiday."""
        date = self._date
        date.set(number)
        rules = self.rules
        for at in range(0, len(rules), _RULE):
            if rules[at + 3] <= date.year <= rules[at + 4] and self._falls_on(at, date):
                return True
        return False

    def _falls_on(self, at: int, date: Date) -> bool:
        rules = self.rules
        kind = rules[at]
        if kind == FIXED:
            return date.month == rules[at + 1] and date.day == rules[at + 2]
        if kind == EASTER:
            if self._easter_year != date.year:
                self._easter_year = date.year
                self._easter = easter(date.year)
            return date.number == self._easter + rules[at + 1]
        # WEEKDAY_BEFORE: the last such weekday strictly before month * 100 + day
        before = rules[at + 2]
        ahead = day_number(date.year, before // 100, before % 100) - date.number
        return 1 <= ahead <= 7 and weekday(date.number) == rules[at + 1]


class WallClock:
    """The wall clock at one instant: offset, local date, minute of the day and the day types around it."""

    def __init__(self, types: DayTypes) -> None:
        self.types = types
        self._zone: int = LEGAL
        self.date = Date()
        self.quarter: int = 0
        self.second: int = 0
        self.offset: int = 0  # local time less UTC, in quarter hours
        self.offset_from: int = 0
        self.offset_until: int = 0  # the UTC quarter hour at which the offset is to be asked for again
        self.first: int = 0  # the UTC quarter hour of the minute 0, were the offset the same all day
        self.minute: int = 0
        self.kind: int = WORKDAY
        self.before: int = WORKDAY  # the day type of the day before
        self.after: int = WORKDAY

    def use(self, zone: int) -> None:
        """Take a zone (LEGAL, or an offset in quarter hours) and forget what was known of the day."""
        self._zone = zone
        self.forget()

    def forget(self) -> None:
        """Ask for the offset and the day types anew at the next instant, because their rules changed."""
        self.offset_until = 0
        self.date.number = -1

    def set(self, quarter: int, second: int) -> None:
        """Show an instant."""
        if not self.offset_from <= quarter < self.offset_until:
            self._find_offset(quarter)
        local = quarter + self.offset
        day = local // QUARTERS_PER_DAY
        if day != self.date.number:
            self._begin(day)
        self.quarter = quarter
        self.second = second
        self.first = day * QUARTERS_PER_DAY - self.offset
        self.minute = (quarter - self.first) * 15 + second // 60

    def _begin(self, day: int) -> None:
        types = self.types
        if day == self.date.number + 1:
            self.before = self.kind
            self.kind = self.after
        else:
            self.before = types.of(day - 1)
            self.kind = types.of(day)
        self.after = types.of(day + 1)
        self.date.set(day)

    def _find_offset(self, quarter: int) -> None:
        if self._zone != LEGAL:
            self.offset = self._zone
            self.offset_from = 0
            self.offset_until = FAR
            return
        date = self.date
        date.set(quarter // QUARTERS_PER_DAY)
        march = last_sunday(date.year, 3) * QUARTERS_PER_DAY + _SWITCH
        october = last_sunday(date.year, 10) * QUARTERS_PER_DAY + _SWITCH
        if quarter < march:
            self.offset_from = day_number(date.year, 1, 1) * QUARTERS_PER_DAY
            self.offset_until = march
        elif quarter < october:
            self.offset_from = march
            self.offset_until = october
        else:
            self.offset_from = october
            self.offset_until = day_number(date.year + 1, 1, 1) * QUARTERS_PER_DAY
        self.offset = _CEST if self.offset_from == march else _CET
        date.number = -1  # the date was lent for the year: the local day has to begin anew
