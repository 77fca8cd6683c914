# SPDX-License-Identifier: Apache-2.0
"""Where a time axis has its ticks: at local midnights, and named as people name them."""

from datetime import date

from groschensim.language import pick
from groschensim.report.localtime import LocalTime

MOST_DAYS = 16
MOST_WEEKS = 16
MOST_MONTHS = 18
DAY_S = 86_400

MONTHS = (
    ("Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"),
    ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def choose_ticks(time: LocalTime, start_s: int, end_s: int) -> list[tuple[int, str]]:
    """Return instants and labels: each day, Monday, month or January, or each hour or so of a day."""
    days = (end_s - start_s) // DAY_S
    if days < 2:
        return _hours(time, start_s, end_s)
    found = [(day, max(begin, start_s)) for day, begin, _ in time.days(start_s, end_s)]
    if days <= MOST_DAYS:
        return [(at, _day(day)) for day, at in found]
    if days <= 7 * MOST_WEEKS:
        return [(at, _day(day)) for day, at in found if day.weekday() == 0]
    if days <= 31 * MOST_MONTHS:
        months = [(day, at) for day, at in found if day.day == 1]
        return [(at, _month(day, at == months[0][1])) for day, at in months]
    step = 3 if days < 366 * 6 else 12
    return [(at, _month(day, False)) for day, at in found if day.day == 1 and (day.month - 1) % step == 0]


def _hours(time: LocalTime, start_s: int, end_s: int) -> list[tuple[int, str]]:
    step = max(1, (end_s - start_s) // (12 * 3600)) * 3600
    first = -(-start_s // step) * step
    return [(at, time.wall(at).strftime("%H:%M")) for at in range(first, end_s + 1, step)]


def _day(day: date) -> str:
    return pick((f"{day.day}.{day.month}.", f"{day.day} {_name(day)}"))


def _month(day: date, first: bool) -> str:
    return f"{_name(day)}\n{day.year}" if first or day.month == 1 else _name(day)


def _name(day: date) -> str:
    german, english = MONTHS
    return pick((german[day.month - 1], english[day.month - 1]))
