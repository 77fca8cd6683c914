# SPDX-License-Identifier: Apache-2.0
"""What cards say in real life and at its edges: values for the vectors, for the margins in SPEC.md and for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from groschencard import holidays
from groschencard.records import CHARGES, COUNTERS, NO_MINUTE, NO_QUARTER, RECORDS, REPORT, RULES, SPAN_BITS, TEXT

if TYPE_CHECKING:
    from groschencard.codec import Row, Values

DAYS = 62  # that a meter keeps
MONTHS = 12
PERIODS = 13
DAYS_A_MONTH = 31
QUARTERS_A_MONTH = DAYS_A_MONTH * 96

Span = tuple[int, int]
FOUR_SPANS = ((360, 600), (660, 840), (900, 1080), (1140, 1440))


class Household(NamedTuple):
    """A meter some years after its commissioning; money in euro, energy in kWh."""

    name: str
    imp_per_kwh: int
    years: int
    kwh_a_year: int
    kw: int  # the highest quarter hour of each period
    eur_a_year: int
    divisions: bool  # power is charged, and base and debt rates are shared with gas and water
    debt_eur: int  # paid so far, half of it by kWh


REALISTIC = (
    Household("a flat, 1 year", 1_000, 1, 2_000, 4, 800, divisions=False, debt_eur=0),
    Household("a house, 10 years", 1_000, 10, 3_500, 6, 1_400, divisions=False, debt_eur=0),
    Household("the same with shares, power and a debt", 1_000, 10, 3_500, 6, 1_600, divisions=True, debt_eur=600),
    Household("storage heating, 20 years, all charges", 1_000, 20, 15_000, 15, 5_000, divisions=True, debt_eur=2_000),
    Household("a house, 10 years", 100_000, 10, 3_500, 6, 1_400, divisions=False, debt_eur=0),
    Household("the same with shares, power and a debt", 100_000, 10, 3_500, 6, 1_600, divisions=True, debt_eur=600),
    Household("storage heating, 20 years, all charges", 100_000, 20, 15_000, 15, 5_000, divisions=True, debt_eur=2_000),
)  # fmt: skip
EXTREME = Household("a workshop, 63 A, always at full load, 40 years", 100_000, 40, 380_000, 44, 150_000,
                    divisions=True, debt_eur=50_000)  # fmt: skip


def report(house: Household, days: int = DAYS) -> Values:
    """Return the report of a meter."""
    pulses = house.imp_per_kwh
    total = house.eur_a_year * house.years
    paid: dict[str, int] = dict.fromkeys(CHARGES, 0)
    paid["base_electricity"] = total * 100_000
    if house.divisions:
        shares = {"power": 5, "base_gas": 3, "base_water": 2}
        debts = {"debt_kwh": 50, "debt_electricity": 25, "debt_gas": 15, "debt_water": 10}
        paid |= {name: total * share * 10_000 for name, share in shares.items()}
        paid |= {name: house.debt_eur * share * 10_000 for name, share in debts.items()}
    energy = total * 1_000_000 - sum(paid[name] for name in CHARGES[:6])
    paid["ht"] = energy * 7 // 10
    paid["nt"] = energy - paid["ht"]
    month = house.kwh_a_year * 10 // 12
    cents = house.eur_a_year * 100
    values: Values = {
        "energy_ht": house.kwh_a_year * house.years * pulses * 65 // 100,
        "energy_nt": house.kwh_a_year * house.years * pulses * 35 // 100,
        **paid,
        "topups": sum(paid.values()) + 25_000_000,
        "debt_added": 2 * house.debt_eur * 1_000_000,
        "disconnections": 12 * house.years,
        "off_s": 86_400 * house.years,
        "maxima": [(QUARTERS_A_MONTH, house.kw * 1000)] * PERIODS,
        "snapshots": [(DAYS_A_MONTH, month * 65 // 100, month * 35 // 100, cents // 12)] * MONTHS,
        "newest_day": 20_500,
        "days": [(house.kwh_a_year * 100 // 365, cents // 365)] * days,
    }
    values.update({"count_" + name: 20 * house.years for name in COUNTERS})
    return values


def empty(kind: int) -> Values:
    """Return a record's values, all of them as small as can be."""
    values: Values = {}
    for name, make in RECORDS[kind][4]:
        if isinstance(make, tuple) or make == RULES:
            values[name] = []
        else:
            values[name] = b"" if make >= TEXT else 0
    return values


def spans(times: tuple[Span, ...]) -> list[Row]:
    """Return HT spans as a tariff has them."""
    return [(end << SPAN_BITS | start,) for start, end in times]


def tariff(land: str, times: tuple[Span, ...] = FOUR_SPANS) -> Values:
    """Return a tariff with the holidays of a Land, and with the same HT spans on all days."""
    return {
        "start_quarter": 1_988_640,
        "start_second": 0,
        "ht_ueur_per_kwh": 354_900,
        "nt_ueur_per_kwh": 289_900,
        "power_ueur_per_kw": 5_500_000,
        "base_ueur_per_day": 412_300,
        "base_gas": 20,
        "base_water": 30,
        "debt_ueur_per_kwh": 50_000,
        "debt_ueur_per_day": 250_000,
        "debt_gas": 40,
        "debt_water": 40,
        "flags": 0,
        "workday": spans(times),
        "saturday": spans(times),
        "sunday": spans(times),
        "holidays": list(holidays.LAENDER[land]),
    }


def contract(credit_days: int = 0, billing_days: int = 0) -> Values:
    """Return a contract's settings: no windows but so many credit days."""
    return {
        "daily_start": NO_MINUTE,
        "daily_end": NO_MINUTE,
        "weekend_start": NO_MINUTE,
        "weekend_end": NO_MINUTE,
        "span_quarter": NO_QUARTER,
        "span_second": 0,
        "span_end_quarter": NO_QUARTER,
        "span_end_second": 0,
        "limit_ueur": 10_000_000,
        "threshold_ueur": 1_000_000,
        "warn_days": 3,
        "warn_ueur": 5_000_000,
        "flags": 1,
        "tan_digits": 5,
        "credit_days": [(20_454 + 36 * at,) for at in range(credit_days)],
        "billing_days": [(20_484 + 30 * at,) for at in range(billing_days)],
    }


def windows() -> Values:
    """Return a contract with each window set."""
    return {
        **contract(credit_days=10, billing_days=10),
        "flags": 3,
        "daily_start": 1_200,
        "daily_end": 480,
        "weekend_start": 900,
        "weekend_end": 540,
        "span_quarter": 1_990_000,
        "span_second": 1,
        "span_end_quarter": 1_990_671,
        "span_end_second": 899,
    }


def largest(kind: int) -> Values:
    """Return a record's values, each integer as large as can be in a report's, rows left out."""
    values = empty(kind)
    for name, make in RECORDS[kind][4]:
        if kind == REPORT and make == 0:
            values[name] = (1 << 53) - 1  # what every JSON reader takes as it is
    return values
