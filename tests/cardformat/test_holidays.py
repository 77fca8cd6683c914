# SPDX-License-Identifier: Apache-2.0
"""The shipped holiday tables against the PyPI package `holidays`, and single rules by hand."""

from datetime import date

import holidays as oracle
import pytest

from groschencard.holidays import BUSS_UND_BETTAG, LAENDER, NATIONAL, on_date
from groschensim.holidays import easter_sunday, holiday_dates, rule_date

YEARS = range(2020, 2100)


@pytest.mark.parametrize("land", sorted(LAENDER))
def test_land_keeps_the_days_of_the_oracle(land: str) -> None:
    for year in YEARS:
        expected = set(oracle.Germany(years=year, subdiv=land, categories=("public",)))
        assert holiday_dates(LAENDER[land], year) == expected, (land, year)


def test_there_are_sixteen_laender_and_nine_national_days() -> None:
    assert len(LAENDER) == 16
    assert len(holiday_dates(NATIONAL, 2026)) == 9


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(2020, 4, 12), (2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2038, 4, 25), (2049, 4, 18), (2076, 4, 19)],
)
def test_easter_sundays_known_from_the_almanac(year: int, month: int, day: int) -> None:
    assert easter_sunday(year) == date(year, month, day)


def test_buss_und_bettag_is_strictly_before_23_november() -> None:
    # 2022-11-23 is a Wednesday itself, so the holiday is a week earlier
    assert rule_date(BUSS_UND_BETTAG, 2022) == date(2022, 11, 16)
    assert rule_date(BUSS_UND_BETTAG, 2026) == date(2026, 11, 18)


def test_a_single_date_is_a_rule_of_one_year() -> None:
    rule = on_date(2028, 6, 17)
    assert [year for year in YEARS if rule_date(rule, year)] == [2028]


def test_a_leap_day_is_a_holiday_in_leap_years_only() -> None:
    rule = (0, 2, 29, 2000, 2099)
    assert rule_date(rule, 2028) == date(2028, 2, 29)
    assert rule_date(rule, 2027) is None
