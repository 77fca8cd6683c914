# SPDX-License-Identifier: Apache-2.0
"""What a profile gives each quarter hour of a local year, in exact integers of no unit: only ratios count."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from groschen.core.calendar import day_number
from groschensim.profiles.localdays import wall_clock, year_start
from groschensim.profiles.table import DAY_TYPES, typical_days

if TYPE_CHECKING:
    from groschencard.holidays import Rule


def season(month: int, day: int) -> str:
    """Return the season of the BDEW: winter 1 Nov - 20 Mar, summer 15 May - 14 Sep, else transition."""
    date = (month, day)
    if date >= (11, 1) or date <= (3, 20):
        return "winter"
    return "summer" if (5, 15) <= date <= (9, 14) else "transition"


def dynamisation(day_of_year: int) -> int:
    """Return the BDEW's factor for households on day 1 to 366 of the year, times 10**12, exactly.

    F(t) = -3.92e-10 t^4 + 3.2e-7 t^3 - 7.02e-5 t^2 + 2.1e-3 t + 1.24, t in whole days.
    """
    t = day_of_year
    return (((-392 * t + 320_000) * t - 70_200_000) * t + 2_100_000_000) * t + 1_240_000_000_000


def year_weights(profile: str, year: int, zone: str | int, rules: "Iterable[Rule]") -> list[int]:
    """Return the weights of a local year's UTC quarter hours in order: 35040, or 35136 in a leap year.

    A holiday is a Sunday; 24 and 31 December are nothing special.
    """
    table = typical_days(profile)
    clock = wall_clock(zone, rules)
    eve = day_number(year, 1, 1) - 1
    weights: list[int] = []
    today = -1
    values: tuple[int, ...] = ()
    for quarter in range(year_start(year, zone), year_start(year + 1, zone)):
        clock.set(quarter, 0)
        date = clock.date
        if date.number != today:
            today = date.number
            factor = dynamisation(today - eve) if profile == "H0" else 1
            typical = table[season(date.month, date.day), DAY_TYPES[clock.kind]]
            values = tuple(value * factor for value in typical)
        weights.append(values[clock.minute // 15])
    return weights
