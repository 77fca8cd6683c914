# SPDX-License-Identifier: Apache-2.0
"""Local years in UTC quarter hours, by the firmware's own wall clock."""

from array import array
from collections.abc import Iterable
from typing import TYPE_CHECKING

from groschen.core.calendar import LEGAL, QUARTERS_PER_DAY, DayTypes, WallClock, day_number

if TYPE_CHECKING:
    from groschencard.holidays import Rule


def wall_clock(zone: str | int, rules: "Iterable[Rule]" = ()) -> WallClock:
    """Return a wall clock of a zone ("legal", or quarter hours ahead of UTC) that knows the holiday rules."""
    types = DayTypes()
    types.rules = array("i", [number for rule in rules for number in rule])
    clock = WallClock(types)
    clock.use(LEGAL if isinstance(zone, str) else zone)
    return clock


def year_start(year: int, zone: str | int) -> int:
    """Return the UTC quarter hour since 1970 in which a local year begins."""
    quarter = day_number(year, 1, 1) * QUARTERS_PER_DAY
    clock = wall_clock(zone)
    clock.set(quarter, 0)
    return quarter - clock.offset


def local_year(quarter: int, zone: str | int) -> int:
    """Return the local calendar year of a UTC quarter hour since 1970."""
    clock = wall_clock(zone)
    clock.set(quarter, 0)
    return clock.date.year
