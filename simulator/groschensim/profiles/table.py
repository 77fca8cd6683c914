# SPDX-License-Identifier: Apache-2.0
"""The BDEW tables: average power in each quarter hour of nine typical days, milliwatts per 1000 kWh a year.

`bdew.csv` is made by `tools/profiles/make_profiles.py`; its head tells where the figures come from.
"""

import csv
from functools import cache
from importlib.resources import files

PROFILES = ("H0", "G0", "G1", "G2", "G3", "G4", "G5", "G6", "L0", "L1", "L2")
SEASONS = ("winter", "summer", "transition")
DAY_TYPES = ("workday", "saturday", "sunday")  # WORKDAY, SATURDAY, SUNDAY of the firmware's calendar
QUARTERS_PER_DAY = 96

TypicalDay = tuple[int, ...]


@cache
def typical_days(profile: str) -> dict[tuple[str, str], TypicalDay]:
    """Return the 96 integers of each (season, day type) of a profile out of PROFILES."""
    days: dict[tuple[str, str], list[int]] = {(s, d): [] for s in SEASONS for d in DAY_TYPES}
    with files("groschensim.profiles").joinpath("bdew.csv").open(encoding="ascii") as table:
        for row in csv.DictReader(line for line in table if not line.startswith("#")):
            days[row["season"], row["day"]].append(int(row[profile]))
    return {key: tuple(values) for key, values in days.items()}
