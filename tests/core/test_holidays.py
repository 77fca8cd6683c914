# SPDX-License-Identifier: Apache-2.0
"""The core's day types under the shipped holiday rules, against the PyPI package `holidays`."""

import datetime as dt
from array import array

import holidays as oracle
import pytest

from groschen.core.calendar import SATURDAY, SUNDAY, WORKDAY, DayTypes
from groschencard.holidays import LAENDER

EPOCH = dt.date(1970, 1, 1)


@pytest.mark.parametrize("land", sorted(LAENDER))
def test_day_types_are_those_of_the_land(land: str) -> None:
    public = set(oracle.country_holidays("DE", subdiv=land, years=range(2020, 2100), categories=("public",)))
    types = DayTypes()
    types.rules = array("i", [value for rule in LAENDER[land] for value in rule])
    for number in range((dt.date(2020, 1, 1) - EPOCH).days, (dt.date(2100, 1, 1) - EPOCH).days):
        day = EPOCH + dt.timedelta(days=number)
        weekday_type = SATURDAY if day.weekday() == 5 else WORKDAY
        expected = SUNDAY if day.weekday() == 6 or day in public else weekday_type
        assert types.of(number) == expected, day
        assert types.is_holiday(number) == (day in public), day


def test_there_are_sixteen_laender() -> None:
    assert len(LAENDER) == 16
