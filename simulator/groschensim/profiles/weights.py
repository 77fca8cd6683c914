# SPDX-License-Identifier: Apache-2.0
"""What a profile gives each quarter hour of a local year, in exact integers of no unit: only ratios count."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from groschensim.holidays import holiday_dates
from groschensim.profiles.localdays import day_quarters, year_days
from groschensim.profiles.table import typical_days

if TYPE_CHECKING:
    from groschencard.holidays import Rule

SATURDAY = 5
SUNDAY = 6


def season(day: date) -> str:
    """Return the season of the BDEW: winter 1 Nov - 20 Mar, summer 15 May - 14 Sep, else transition."""
    month_day = (day.month, day.day)
    if month_day >= (11, 1) or month_day <= (3, 20):
        return "winter"
    return "summer" if (5, 15) <= month_day <= (9, 14) else "transition"


def day_type(day: date, holidays: set[date]) -> str:
    """Return the type of a day; a holiday is a Sunday, and 24 and 31 December are nothing special."""
    if day in holidays or day.weekday() == SUNDAY:
        return "sunday"
    return "saturday" if day.weekday() == SATURDAY else "workday"


def dynamisation(day_of_year: int) -> int:
    """Return the BDEW's factor for households on day 1 to 366 of the year, times 10**12, exactly.

    F(t) = -3.92e-10 t^4 + 3.2e-7 t^3 - 7.02e-5 t^2 + 2.1e-3 t + 1.24, t in whole days.
    """
    t = day_of_year
    return (((-392 * t + 320_000) * t - 70_200_000) * t + 2_100_000_000) * t + 1_240_000_000_000


def year_weights(profile: str, year: int, zone: str | int, rules: "Iterable[Rule]") -> list[int]:
    """Return the weights of a local year's UTC quarter hours in order: 35040, or 35136 in a leap year."""
    table = typical_days(profile)
    holidays = holiday_dates(rules, year)
    weights: list[int] = []
    for number, day in enumerate(year_days(year), start=1):
        factor = dynamisation(number) if profile == "H0" else 1
        values = table[season(day), day_type(day, holidays)]
        weights.extend([values[quarter] * factor for quarter in day_quarters(day, zone)])
    return weights
