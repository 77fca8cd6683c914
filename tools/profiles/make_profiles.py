# SPDX-License-Identifier: Apache-2.0
"""Make the table of the BDEW's standard load profiles from demandlib, or check it (--check).

Runs in its own environment (tools/profiles/requirements.lock), by `make profiles` and `make profiles-check`.
"""

import argparse
import csv
import sys
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module
from importlib.resources import files
from itertools import accumulate
from pathlib import Path
from typing import Any

from groschencard.holidays import LAENDER
from groschensim.profiles.localdays import wall_clock, year_start
from groschensim.profiles.table import DAY_TYPES, PROFILES, QUARTERS_PER_DAY, SEASONS
from groschensim.profiles.weights import dynamisation, year_weights

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "simulator" / "groschensim" / "profiles" / "bdew.csv"

HEAD = """\
# The standard load profiles of the BDEW (VDEW 1999): H0 households (not dynamised), G0-G6 trade, L0-L2 farms.
# Average power of a quarter hour in milliwatts, for 1000 kWh a year; start is the wall clock's.
# Source: the BDEW's tables as demandlib 0.2.2 ships them (MIT licence, Copyright (c) oemof developer group).
# Made by tools/profiles/make_profiles.py; do not edit.
"""
WEEKDAYS = {"workday": (1, 2, 3, 4, 5), "saturday": (6,), "sunday": (7,)}

YEAR = 2026
LAND = "BE"
LEGAL = "legal"
TABLED_TOLERANCE = 1e-9  # relative; demandlib's floats
DYNAMIC_TOLERANCE = 0.005  # relative; see compare_dynamic

Row = dict[str, str]


def source_rows() -> list[Row]:
    """Return the rows of demandlib's table: period, weekday 1 to 7, and kW per 1000 kWh a year by profile."""
    path = files("demandlib.bdew").joinpath("bdew_data", "selp_series.csv")
    with path.open(encoding="utf-8") as source:
        return list(csv.DictReader(source))


def milliwatts(kilowatts: str) -> int:
    """Return a decimal number of kW in mW, exactly; ValueError where it is no whole number."""
    value = Decimal(kilowatts) * 1_000_000
    if value != int(value):
        raise ValueError(kilowatts)
    return int(value)


def day_values(rows: list[Row], season: str, weekday: int) -> list[list[int]]:
    """Return the 96 rows of one day, each with the value of every profile."""
    day = [row for row in rows if (row["period"], row["weekday"]) == (season, str(weekday))]
    if len(day) != QUARTERS_PER_DAY:
        raise ValueError((season, weekday, len(day)))
    return [[milliwatts(row[profile.lower()]) for profile in PROFILES] for row in day]


def typical_day(rows: list[Row], season: str, day_type: str) -> list[list[int]]:
    """Return one day for a day type, having seen that all its weekdays are equal."""
    first, *others = (day_values(rows, season, weekday) for weekday in WEEKDAYS[day_type])
    if any(other != first for other in others):
        raise ValueError((season, day_type))
    return first


def make_table() -> str:
    """Return the text of bdew.csv."""
    rows = source_rows()
    lines = [",".join(("season", "day", "start", *PROFILES))]
    for season in SEASONS:
        for day_type in DAY_TYPES:
            for quarter, values in enumerate(typical_day(rows, season, day_type)):
                start = f"{quarter // 4:02}:{quarter % 4 * 15:02}"
                lines.append(",".join((season, day_type, start, *map(str, values))))
    return HEAD + "\n".join(lines) + "\n"


def wall_quarters() -> list[int]:
    """Return for each UTC quarter hour of the legal year which wall-clock quarter hour of the year it is."""
    clock = wall_clock(LEGAL)
    walls: list[int] = []
    for quarter in range(year_start(YEAR, LEGAL), year_start(YEAR + 1, LEGAL)):
        clock.set(quarter, 0)
        day = (date(YEAR, clock.date.month, clock.date.day) - date(YEAR, 1, 1)).days
        walls.append(day * QUARTERS_PER_DAY + clock.minute // 15)
    return walls


def holidays() -> "dict[date, str]":
    """Return the year's holidays of the Land, as demandlib wants them."""
    clock = wall_clock(LEGAL, LAENDER[LAND])
    days = [date(YEAR, 1, 1) + timedelta(days=number) for number in range(365)]
    return {day: "" for day in days if clock.types.is_holiday((day - date(1970, 1, 1)).days)}


def furthest(ours: list[int], theirs: list[float]) -> float:
    """Return the largest relative difference of two series, each scaled to its own sum."""
    our_sum, their_sum = sum(ours), sum(theirs)
    return max(abs(a / our_sum * their_sum / b - 1) for a, b in zip(ours, theirs, strict=True))


def compare_tabled(frame: Any, profile: str, theirs_by_wall: list[int]) -> bool:
    """Compare a profile's year as tabled, in legal time; H0 with our dynamisation taken out again."""
    weights = year_weights(profile, YEAR, LEGAL, LAENDER[LAND])
    if profile == "H0":
        days = [wall // QUARTERS_PER_DAY + 1 for wall in wall_quarters()]
        weights = [weight // dynamisation(day) for weight, day in zip(weights, days, strict=True)]
    series = frame[profile.lower()].tolist()
    difference = furthest(weights, [series[wall] for wall in theirs_by_wall])
    print(f"{profile}: as tabled, furthest apart {difference:.1e} (allowed {TABLED_TOLERANCE})")
    return difference <= TABLED_TOLERANCE


def compare_dynamic(frame: Any, theirs_by_wall: list[int]) -> bool:
    """Compare dynamised H0: the BDEW's polynomial over whole days 1 to 365 with demandlib's variant.

    demandlib replaces -3.92e-10 by -3.916649251e-10 and counts days in fractions from 0, which moves a
    quarter hour by some tenths of a percent.
    """
    weights = year_weights("H0", YEAR, LEGAL, LAENDER[LAND])
    series = frame["h0_dyn"].tolist()
    theirs = [series[wall] for wall in theirs_by_wall]
    difference = furthest(weights, theirs)
    scale = sum(theirs) / sum(weights)
    pairs = zip(accumulate(weights), accumulate(theirs), strict=True)
    drift = max(abs(a * scale - b) for a, b in pairs) / sum(theirs)
    print(f"H0: dynamised, furthest apart {difference:.1e} (allowed {DYNAMIC_TOLERANCE})")
    print(f"H0: dynamised, sums since New Year at most {drift:.1e} of the year apart")
    return difference <= DYNAMIC_TOLERANCE


def compare_year() -> bool:
    """Compare a year of every profile, by legal wall clock and with holidays, with demandlib's own."""
    bdew = import_module("demandlib.bdew")
    frame = bdew.ElecSlp(YEAR, holidays=holidays()).get_profiles()
    wall = wall_quarters()
    results = [compare_tabled(frame, profile, wall) for profile in PROFILES]
    return all([*results, compare_dynamic(frame, wall)])


def check() -> int:
    """Return 0 if the committed table is what would be made now, and its years are demandlib's; else 1."""
    same = TARGET.read_text("ascii") == make_table()
    print(f"{TARGET.relative_to(ROOT)}: {'up to date' if same else 'differs, run make profiles'}")
    return 0 if same and compare_year() else 1


def main() -> int:
    """Write the table, or with --check compare; the exit status is 0 or 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    if parser.parse_args().check:
        return check()
    TARGET.write_text(make_table(), "ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
