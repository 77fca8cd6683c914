# SPDX-License-Identifier: Apache-2.0
"""Instants, dates, times of day, windows and holidays of a scenario; WrongValueError where they cannot be.

Instants are whole seconds since 1970-01-01 UTC, dates days since then, times of day minutes 0 to 1440.
"""

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone

from groschencard.holidays import LAENDER, on_date
from groschensim.errors import WrongValueError
from groschensim.profiles.localdays import wall_clock
from groschensim.scenario.kinds import as_list, as_table
from groschensim.scenario.shown import hint, printable, shown
from groschensim.scenario.texts import say

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = date(1970, 1, 1)
FIRST_YEAR = 2020
LAST_YEAR = 2099
MOST_SPANS = 4
CREDIT_DAYS_A_YEAR = 10

_SUMMER, _WINTER = 8, 4  # legal time less UTC, in quarter hours

WEEKEND_EXAMPLE = '{ start = "12:00", end = "09:00" }'
SPAN_EXAMPLE = "[2026-08-01T00:00:00+02:00, 2026-08-15T00:00:00+02:00]"

_WEEKEND = ("start", "end")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_SPAN = re.compile(r"([0-9:]{5})-([0-9:]{5})")


class NoOffsetError(WrongValueError):
    """An instant without its offset from UTC; what would be right depends on the scenario's zone."""

    def __init__(self, local: datetime) -> None:
        """Keep the instant as it is written."""
        super().__init__(lacking_offset(local, None))
        self.local = local


def explained(wrong: WrongValueError, zone: str | int | None) -> str:
    """Return the text of an error for a scenario of this zone."""
    return lacking_offset(wrong.local, zone) if isinstance(wrong, NoOffsetError) else str(wrong)


def local_text(instant_s: int, zone: str | int) -> str:
    """Return an instant as ISO 8601 in a zone."""
    offset = _offset_at(instant_s, zone)
    return shown((EPOCH + timedelta(seconds=instant_s)).astimezone(timezone(timedelta(minutes=15 * offset))))


def lacking_offset(local: datetime, zone: str | int | None) -> str:
    """Return the message about an instant without offset: the right ones in its zone, two in the double hour."""
    offsets = [] if zone is None else _offsets_of(local, zone)
    if not offsets:  # the zone is wrong, or the hour is the one that March leaves out
        return say("no_offset_known", value=shown(local))
    right = [shown(local.replace(tzinfo=timezone(timedelta(minutes=15 * offset)))) for offset in offsets]
    return say("no_offset", value=shown(local), right=say("or").join(right))


def _offsets_of(local: datetime, zone: str | int) -> list[int]:
    """Return what a local time may be ahead of UTC, in quarter hours."""
    if not FIRST_YEAR <= local.year <= LAST_YEAR:
        return []
    if isinstance(zone, int):
        return [zone]
    local_s = (local.replace(tzinfo=UTC) - EPOCH) // timedelta(seconds=1)
    return [offset for offset in (_SUMMER, _WINTER) if _offset_at(local_s - offset * 900, zone) == offset]


def _offset_at(instant_s: int, zone: str | int) -> int:
    """Return local time less UTC, in quarter hours."""
    clock = wall_clock(zone)
    clock.set(instant_s // 900, 0)
    return clock.offset


def instant(value: object) -> int:
    """Return an instant given with its offset from UTC."""
    if not isinstance(value, datetime):
        raise WrongValueError(say("not_instant", value=shown(value)))
    if value.tzinfo is None:
        raise NoOffsetError(value)
    if value.microsecond:
        raise WrongValueError(say("fraction", value=shown(value)))
    if not FIRST_YEAR - 1 <= value.year <= LAST_YEAR + 1:  # the offset may carry New Year into the next year
        raise WrongValueError(say("years", value=shown(value)))
    return (value - EPOCH) // timedelta(seconds=1)


def day(value: object) -> date:
    """Return a date of the years 2020 to 2099."""
    if type(value) is not date:  # a datetime is a date, too
        raise WrongValueError(say("not_a_date", value=shown(value)))
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise WrongValueError(say("years", value=shown(value)))
    return value


def dates(value: object) -> list[date]:
    """Return a list of dates in their order in time, none of them twice."""
    items = as_list(value)
    if items is None:
        raise WrongValueError(say("not_dates", value=shown(value)))
    found = [day(item) for item in items]
    for item, times in Counter(found).items():
        if times > 1:
            raise WrongValueError(say("date_twice", value=shown(item)))
    return sorted(found)


def credit_days(value: object) -> list[int]:
    """Return up to ten days of each calendar year as day numbers."""
    if is_empty(value):
        return []
    found = dates(value)
    for year, count in Counter(item.year for item in found).items():
        if count > CREDIT_DAYS_A_YEAR:
            raise WrongValueError(say("credit_days", year=year, count=count))
    return [(item - EPOCH_DAY).days for item in found]


def holidays(value: object) -> list[list[int]]:
    """Return the rules (kind, a, b, first year, last year) of a Bundesland, of a list of dates, or none."""
    if as_list(value) is not None:
        return [list(on_date(item.year, item.month, item.day)) for item in dates(value)]
    if not isinstance(value, str):
        raise WrongValueError(say("not_holidays", value=shown(value)))
    if value and value not in LAENDER:
        raise WrongValueError(say("not_holidays", value=shown(value)) + hint(value, LAENDER))
    return [list(rule) for rule in LAENDER[value]] if value else []


def clock(word: str, end: bool = False) -> int | None:
    """Return the minute of a time of day HH:MM, with 24:00 where it is an end; None where it is none."""
    if end and word == "24:00":
        return 24 * 60
    found = _CLOCK.fullmatch(word)
    return int(found[1]) * 60 + int(found[2]) if found else None


def local_span(value: object) -> list[int]:
    """Return the minutes [start, end] of a span HH:MM-HH:MM, which has a length."""
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    start, end = (clock(found[1]), clock(found[2], end=True)) if found else (None, None)
    if start is None or end is None:
        raise WrongValueError(say("not_span", value=shown(value)))
    if start == end:
        raise WrongValueError(say("no_length", value=shown(value)))
    return [start, end]


def ht_spans(value: object) -> list[list[int]]:
    """Return up to four spans of a day, none of which passes midnight; they may overlap."""
    items = as_list(value)
    if items is None:
        raise WrongValueError(say("not_spans", value=shown(value)))
    if len(items) > MOST_SPANS:
        raise WrongValueError(say("too_many_spans", count=len(items)))
    return [_ht_span(item) for item in items]


def _ht_span(value: object) -> list[int]:
    span = local_span(value)
    if span[0] > span[1]:
        raise WrongValueError(say("wraps", value=shown(value)))
    return span


def is_empty(value: object) -> bool:
    """Say whether a value removes a window: an empty table, list or text."""
    return value in ("", [], {})


def daily_window(value: object) -> list[int]:
    """Return the minutes [start, end] of the daily window, which may wrap midnight; empty for none."""
    return [] if is_empty(value) else local_span(value)


def weekend_window(value: object) -> list[int]:
    """Return the minutes [start, end] of the window over rest days; empty for none."""
    if is_empty(value):
        return []
    table = as_table(value)
    if table is None:
        raise WrongValueError(say("not_weekend", example=WEEKEND_EXAMPLE, value=shown(value)))
    for name in table:
        if name not in _WEEKEND:
            raise WrongValueError(say("weekend_unknown", name=printable(name), example=WEEKEND_EXAMPLE))
    for name in _WEEKEND:
        if name not in table:
            raise WrongValueError(say("weekend_missing", name=name, example=WEEKEND_EXAMPLE))
    return [_weekend_edge("start", table["start"]), _weekend_edge("end", table["end"])]


def _weekend_edge(name: str, value: object) -> int:
    minute = clock(value, end=name == "end") if isinstance(value, str) else None
    if minute is None:
        raise WrongValueError(say("not_clock", name=name, value=shown(value)))
    return minute


def credit_span(value: object) -> list[int]:
    """Return the instants [start, end] of the credit span, which has a length; empty for none."""
    if is_empty(value):
        return []
    items = as_list(value)
    if items is None or len(items) != 2:
        raise WrongValueError(say("not_credit_span", example=SPAN_EXAMPLE, value=shown(value)))
    start, end = instant(items[0]), instant(items[1])
    if end <= start:
        raise WrongValueError(say("end_before_start", start=shown(items[0]), end=shown(items[1])))
    return [start, end]
