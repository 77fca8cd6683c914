# SPDX-License-Identifier: Apache-2.0
"""Holiday rules on the host, by datetime: what the load profiles and the tests ask."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from groschencard.holidays import EASTER, FIXED, WEEKDAY_BEFORE

if TYPE_CHECKING:
    from groschencard.holidays import Rule


def easter_sunday(year: int) -> date:
    """Return the Gregorian Easter Sunday, by the form of Gauss' rule that Lichtenberg completed."""
    century = year // 100
    secular = 15 + (3 * century + 3) // 4 - (8 * century + 13) // 25
    moon = (19 * (year % 19) + secular) % 30
    correction = (moon + year % 19 // 11) // 29
    full_moon = 21 + moon - correction
    first_sunday = 7 - (year + year // 4 + 2 - (3 * century + 3) // 4) % 7
    return date(year, 3, 1) + timedelta(days=full_moon + 7 - (full_moon - first_sunday) % 7 - 1)


def rule_date(rule: "Rule", year: int) -> date | None:
    """Return the day that a rule names in a year, or None where there is none."""
    kind, a, b, first, last = rule
    if not first <= year <= last:
        return None
    if kind == EASTER:
        return easter_sunday(year) + timedelta(days=a)
    if kind == WEEKDAY_BEFORE:
        eve = date(year, b // 100, b % 100) - timedelta(days=1)
        return eve - timedelta(days=(eve.weekday() - a) % 7)
    if kind == FIXED and (a, b) == (2, 29) and year % 4:
        return None
    return date(year, a, b)


def holiday_dates(rules: "Iterable[Rule]", year: int) -> set[date]:
    """Return the days of a year (2001 to 2099) that the rules name."""
    return {day for rule in rules if (day := rule_date(rule, year)) is not None}
