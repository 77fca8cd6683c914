# SPDX-License-Identifier: Apache-2.0
"""Standard load profiles: day types, seasons, clock changes, the dynamisation and the exact sums."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschencard.holidays import LAENDER
from groschensim.profiles import PROFILES, profile_load, year_pulses
from groschensim.profiles.localdays import local_year, year_start
from groschensim.profiles.pulses import diffuse
from groschensim.profiles.table import DAY_TYPES, SEASONS, typical_days
from groschensim.profiles.weights import dynamisation, season, year_weights

BERLIN = ZoneInfo("Europe/Berlin")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BE = LAENDER["BE"]


def wall_clock(quarter: int) -> datetime:
    return (EPOCH + quarter * timedelta(minutes=15)).astimezone(BERLIN)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_table_has_nine_whole_days_of_about_a_thousand_kwh_a_year(profile: str) -> None:
    days = typical_days(profile)
    assert set(days) == {(s, d) for s in SEASONS for d in DAY_TYPES}
    assert all(len(values) == 96 and min(values) > 0 for values in days.values())
    # milliwatts in quarter hours to kWh; the BDEW's tables are normed to 1000 kWh of a year of its own
    unit = 4_000_000 * (10**12 if profile == "H0" else 1)
    assert abs(Fraction(sum(year_weights(profile, 2026, 0, LAENDER["NW"])), unit) - 1000) < 25


def test_the_table_holds_the_figures_of_the_bdew() -> None:
    # H0, a winter workday at 00:00: 67.6 W; a summer Sunday at 12:00 is its peak
    assert typical_days("H0")["winter", "workday"][0] == 67_600
    sunday = typical_days("H0")["summer", "sunday"]
    assert max(sunday) == max(sunday[44:52])


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("year", [2026, 2028])
@pytest.mark.parametrize("zone", ["legal", 4])
def test_a_year_sums_to_its_consumption_exactly(profile: str, year: int, zone: str | int) -> None:
    pulses = year_pulses(profile, Decimal(3500), 1000, year, zone, BE)
    assert len(pulses) == (35136 if year == 2028 else 35040)
    assert sum(pulses) == 3_500_000


def test_a_consumption_that_is_no_whole_number_of_pulses_is_cut_down() -> None:
    # 1234.567 kWh at 100 pulses are 123456.7 pulses
    assert sum(year_pulses("G0", Decimal("1234.567"), 100, 2026, "legal", ())) == 123_456


@given(
    weights=st.lists(st.integers(1, 10**18), min_size=1, max_size=50),
    numerator=st.integers(0, 10**9),
    denominator=st.integers(1, 1000),
)
def test_running_sums_are_those_of_exact_division(weights: list[int], numerator: int, denominator: int) -> None:
    whole = sum(weights)
    expected = [running * numerator // (whole * denominator) for running in accumulate(weights)]
    assert list(accumulate(diffuse(weights, numerator, denominator))) == expected


def test_year_starts_are_those_of_the_tz_database() -> None:
    for year in range(2020, 2100):
        start = wall_clock(year_start(year, "legal"))
        assert (start.year, start.month, start.day, start.hour) == (year, 1, 1, 0)
        assert local_year(year_start(year, "legal"), "legal") == year
        assert local_year(year_start(year, "legal") - 1, "legal") == year - 1


@pytest.mark.parametrize("profile", ["G0", "L1"])
def test_each_quarter_hour_has_the_weight_of_its_wall_clock(profile: str) -> None:
    days = typical_days(profile)
    first = year_start(2026, "legal")
    holidays = {date(2026, 5, 1), date(2026, 3, 8)}
    for offset, weight in enumerate(
        year_weights(profile, 2026, "legal", ((0, 5, 1, 2000, 2099), (0, 3, 8, 2000, 2099)))
    ):
        wall = wall_clock(first + offset)
        sunday = wall.date() in holidays or wall.weekday() == 6
        kind = "sunday" if sunday else "saturday" if wall.weekday() == 5 else "workday"
        assert weight == days[season(wall.month, wall.day), kind][wall.hour * 4 + wall.minute // 15], wall


def test_the_double_hour_is_there_twice_and_the_missing_hour_not() -> None:
    sunday = typical_days("G1")["transition", "sunday"]
    weights = year_weights("G1", 2026, "legal", ())
    # 25 October 2026: day 298, after the 23 hours of 29 March
    start = (298 - 1) * 96 - 4
    assert weights[start : start + 100] == [*sunday[:12], *sunday[8:12], *sunday[12:]]
    # 29 March 2026: day 88
    start = (88 - 1) * 96
    assert weights[start : start + 92] == [*sunday[:8], *sunday[12:]]
    assert len(year_weights("G1", 2026, 4, ())) == len(weights)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ((1, 1), "winter"),
        ((3, 20), "winter"),
        ((3, 21), "transition"),
        ((5, 14), "transition"),
        ((5, 15), "summer"),
        ((9, 14), "summer"),
        ((9, 15), "transition"),
        ((10, 31), "transition"),
        ((11, 1), "winter"),
    ],
)
def test_seasons_begin_and_end_on_their_days(day: tuple[int, int], expected: str) -> None:
    assert season(*day) == expected


def test_day_types_know_the_holidays_and_nothing_else() -> None:
    weights = year_weights("G0", 2026, "legal", ((0, 12, 25, 2026, 2026), (0, 12, 26, 2026, 2026)))
    days = typical_days("G0")

    def kind(day: date) -> str:
        first = (day - date(2026, 1, 1)).days * 96
        [found] = [name for name in DAY_TYPES if list(days["winter", name]) == weights[first : first + 96]]
        return found

    assert kind(date(2026, 1, 5)) == "workday"
    assert kind(date(2026, 1, 3)) == "saturday"
    assert kind(date(2026, 1, 4)) == "sunday"
    assert kind(date(2026, 12, 25)) == "sunday"  # a Friday and a holiday
    assert kind(date(2026, 12, 26)) == "sunday"  # a Saturday and a holiday
    assert kind(date(2026, 12, 24)) == "workday"  # a Thursday; the contract knows no half holidays
    assert kind(date(2026, 12, 31)) == "workday"


def test_dynamisation_is_the_polynomial_of_the_bdew() -> None:
    # Day 1 by hand: 1.24 + 0.0021 - 0.0000702 + 0.00000032 - 0.000000000392 = 1.242030119608
    assert dynamisation(1) == 1_242_030_119_608
    for day in range(1, 367):
        exact = (
            Fraction("-3.92e-10") * day**4
            + Fraction("3.2e-7") * day**3
            - Fraction("7.02e-5") * day**2
            + Fraction("2.1e-3") * day
            + Fraction("1.24")
        )
        assert dynamisation(day) == exact * 10**12


def test_h0_is_dynamised_by_whole_days_from_1() -> None:
    # 1 January 2026 is a Thursday in winter: 67.6 W at 00:00; 31 December 2028 a Sunday, the 366th day
    assert year_weights("H0", 2026, 4, ())[0] == 67_600 * 1_242_030_119_608
    sunday = typical_days("H0")["winter", "sunday"]
    assert year_weights("H0", 2028, "legal", ())[-1] == sunday[95] * dynamisation(366)


def test_a_run_over_part_of_a_year_is_that_part_of_the_sequence() -> None:
    first = year_start(2026, "legal")
    whole = [*year_pulses("H0", Decimal(3500), 1000, 2026, "legal", BE)]
    whole += year_pulses("H0", Decimal(3500), 1000, 2027, "legal", BE)
    for start, end in ((0, 1), (5, 9_000), (30_000, 40_000), (35_039, 35_041), (35_040, 70_080)):
        assert (
            list(profile_load("H0", Decimal(3500), 1000, first + start, first + end, "legal", BE)) == whole[start:end]
        )


def test_fixed_offsets_begin_the_year_at_their_own_midnight() -> None:
    for zone in (-48, -14, 0, 4, 23, 56):
        first = year_start(2026, zone)
        assert first == (date(2026, 1, 1) - date(1970, 1, 1)).days * 96 - zone
        assert local_year(first, zone) == 2026
        assert local_year(first - 1, zone) == 2025
        load = profile_load("G0", Decimal(1), 100_000, first, first + 35_040, zone, ())
        assert sum(load) == 100_000


def test_the_largest_load_fits_an_array_of_32_bits() -> None:
    assert max(year_pulses("G1", Decimal(1_000_000), 100_000, 2026, "legal", BE)) < 1 << 31
