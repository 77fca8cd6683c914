# SPDX-License-Identifier: Apache-2.0
"""A quarter-hour year with daylight time and holidays costs what Utilityrate5 says, month by month, to the cent."""

import random
from array import array
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pytest

from groschen.core import registers
from groschencard.holidays import LAENDER
from groschensim import names
from groschensim.play import Player

from .utilityrate5 import STEPS, bill

YEAR = 2029  # begins on a Monday and has 365 days
BERLIN = ZoneInfo("Europe/Berlin")
HT, NT, POWER = 318_900, 251_200, 7_350_000  # micro-euro per kWh, kWh, kW and month
CENT = 10_000

DAY = [2] * 6 + [1] * 16 + [2] * 2  # HT 06:00-22:00
SATURDAY = [2] * 6 + [1] * 7 + [2] * 11  # HT 06:00-13:00
NIGHT = [2] * 24


def tape(continuous: bool) -> dict[str, Any]:
    start = int(datetime(YEAR, 1, 1, tzinfo=BERLIN).timestamp())
    return {
        "serial": "1EBZ0100000001",
        "imp_per_kwh": 1000,
        "start_s": start,
        "end_s": int(datetime(YEAR + 1, 1, 1, 0, 15, tzinfo=BERLIN).timestamp()),
        "zone": "legal",
        "balance_ueur": 10_000_000_000,
        "debt_ueur": 0,
        "mode": 0,
        "confirm_reconnect": False,
        "tariff": {
            "ht_ueur_per_kwh": HT,
            "nt_ueur_per_kwh": NT,
            "power_ueur_per_kw": POWER,
            "base_ueur_per_day": 0,
            "debt_ueur_per_kwh": 0,
            "debt_ueur_per_day": 0,
            "power_continuous": int(continuous),
            "power_yearly": 0,
            "base_share": [100, 0, 0],
            "debt_share": [100, 0, 0],
            "ht_workday": [[360, 1320]],
            "ht_saturday": [[360, 780]],
            "ht_sunday": [],
            "holidays": [list(rule) for rule in LAENDER["BE"]],
        },
        "credit": {
            "emergency_limit_ueur": 0,
            "emergency_threshold_ueur": 0,
            "daily": [],
            "weekend": [],
            "days": [],
            "span": [],
        },
        "events": [],
        "first_quarter": start // 900,
    }


def monthly(load: "array[int]", continuous: bool) -> list[dict[str, int]]:
    """Return each month's charges by component, from the snapshots at the month starts."""
    meter = Player(tape(continuous), load).play().meter
    before = dict.fromkeys(names.REGISTERS, 0)
    months: list[dict[str, int]] = []
    ring = meter.snapshots.months
    for back in reversed(range(len(ring))):
        row = ring.row(back)[registers.FIRST :]
        now = {name: row[2 * i] * 1_000_000 + row[2 * i + 1] for i, name in enumerate(names.REGISTERS)}
        months.append({name: now[name] - before[name] for name in ("ht", "nt", "power")})
        before = now
    return months


def oracle(load: "array[int]") -> tuple[list[float], list[float]]:
    """Return each month's energy charge and demand charge in EUR."""
    free = holidays.country_holidays("DE", subdiv="BE", years=YEAR)
    start = datetime(YEAR, 1, 1, tzinfo=BERLIN).astimezone(UTC)
    loads: dict[tuple[bool, str], list[float]] = {}
    halves: dict[bool, list[float]] = {False: [0.0] * STEPS, True: [0.0] * STEPS}
    for index in range(STEPS):
        wall = (start + timedelta(minutes=15 * index)).astimezone(BERLIN)
        place = (wall.timetuple().tm_yday - 1) * 96 + wall.hour * 4 + wall.minute // 15
        summer = bool(wall.dst())
        kind = "holiday" if wall.date() in free else "saturday" if wall.weekday() == 5 else "other"
        kw = load[index] * 4 / 1000
        loads.setdefault((summer, kind), [0.0] * STEPS)[place] = kw
        halves[summer][place] = kw
    schedules = {"holiday": (NIGHT, NIGHT), "saturday": (NIGHT, SATURDAY), "other": (DAY, NIGHT)}
    energy = [0.0] * 12
    for (_, kind), part in loads.items():
        weekday, weekend = schedules[kind]
        charges, _ = bill(part, weekday, weekend, HT / 1e6, NT / 1e6, 0.0)
        energy = [total + charge for total, charge in zip(energy, charges, strict=True)]
    peaks = [bill(half, DAY, NIGHT, 0.0, 0.0, POWER / 1e6)[1] for half in halves.values()]
    return energy, [max(pair) for pair in zip(*peaks, strict=True)]


@pytest.mark.parametrize("continuous", [False, True], ids=["periodic", "continuous"])
def test_a_year_costs_what_utilityrate5_says(continuous: bool) -> None:
    rng = random.Random(YEAR)
    load = array("i", [rng.choice((0, rng.randrange(300), rng.randrange(2500))) for _ in range(STEPS + 1)])
    load[STEPS] = 0  # the year's end: local time in January is again what it was at the start
    energy, demand = oracle(load)
    months = monthly(load, continuous)
    assert len(months) == 12
    for month, energy_eur, demand_eur in zip(months, energy, demand, strict=True):
        assert abs(month["ht"] + month["nt"] - energy_eur * 1e6) < CENT
        assert abs(month["power"] - demand_eur * 1e6) < CENT
    assert min(demand) > 0
