# SPDX-License-Identifier: Apache-2.0
"""Local days in UTC quarter hours: how far the clock is ahead, and which quarter hours a day has."""

from datetime import date, timedelta

LEGAL = "legal"
EPOCH = date(1970, 1, 1)

CET = 4  # quarter hours ahead of UTC in winter, and at every New Year
QUARTERS_PER_DAY = 96

WHOLE_DAY = tuple(range(QUARTERS_PER_DAY))
SHORT_DAY = WHOLE_DAY[:8] + WHOLE_DAY[12:]  # 02:00 to 03:00 does not happen
LONG_DAY = WHOLE_DAY[:12] + WHOLE_DAY[8:]  # 02:00 to 03:00 happens twice


def last_sunday(year: int, month: int) -> date:
    """Return the last Sunday of a month of 31 days."""
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def clock_changes(year: int) -> tuple[date, date]:
    """Return the day with the missing hour and the day with the double hour (EU rule)."""
    return last_sunday(year, 3), last_sunday(year, 10)


def year_start(year: int, zone: str | int) -> int:
    """Return the UTC quarter hour since 1970 in which a local year begins."""
    offset = CET if zone == LEGAL else int(zone)
    return (date(year, 1, 1) - EPOCH).days * QUARTERS_PER_DAY - offset


def local_year(quarter: int, zone: str | int) -> int:
    """Return the local calendar year of a UTC quarter hour since 1970, for 2020 to 2099."""
    offset = CET if zone == LEGAL else int(zone)  # summer time is far from New Year
    return (EPOCH + timedelta(days=(quarter + offset) // QUARTERS_PER_DAY)).year


def year_days(year: int) -> list[date]:
    """Return the days of a year."""
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


def day_quarters(day: date, zone: str | int) -> tuple[int, ...]:
    """Return the wall-clock quarter hours (0 to 95) of a local day in the order in which they pass."""
    if zone != LEGAL:
        return WHOLE_DAY
    short, long = clock_changes(day.year)
    return SHORT_DAY if day == short else LONG_DAY if day == long else WHOLE_DAY
