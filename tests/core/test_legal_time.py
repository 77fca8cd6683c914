# SPDX-License-Identifier: Apache-2.0
"""Legal time, dates and Easter of the core against zoneinfo, datetime and dateutil."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from dateutil.easter import easter as easter_of_dateutil  # type: ignore[import-untyped]

from groschen.core.calendar import LEGAL, Date, DayTypes, WallClock, day_number, easter, weekday

BERLIN = ZoneInfo("Europe/Berlin")
EPOCH = dt.date(1970, 1, 1)
HOUR = 4  # quarter hours


def quarter_of(year: int) -> int:
    return int(dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp()) // 900


@pytest.fixture
def clock() -> WallClock:
    clock = WallClock(DayTypes())
    clock.use(LEGAL)
    return clock


def shown(clock: WallClock) -> tuple[int, int, int, int, int]:
    return clock.date.year, clock.date.month, clock.date.day, clock.minute, clock.offset


def expected(quarter: int, second: int = 0) -> tuple[int, int, int, int, int]:
    wall = dt.datetime.fromtimestamp(quarter * 900 + second, BERLIN)
    offset = wall.utcoffset()
    assert offset is not None
    return wall.year, wall.month, wall.day, wall.hour * 60 + wall.minute, int(offset.total_seconds()) // 900


def test_wall_clock_is_that_of_berlin_in_every_hour_of_2020_to_2099(clock: WallClock) -> None:
    # up to the last hour of 2099 in local time, which is an hour ahead of UTC
    for quarter in range(quarter_of(2020) - HOUR, quarter_of(2100) - HOUR, HOUR):
        clock.set(quarter, 0)
        assert shown(clock) == expected(quarter)


def test_wall_clock_is_that_of_berlin_in_every_minute_around_each_change(clock: WallClock) -> None:
    for year in range(2020, 2100):
        for month in (3, 10):
            last = max(d for d in range(25, 32) if dt.date(year, month, d).weekday() == 6)
            change = int(dt.datetime(year, month, last, 1, tzinfo=dt.UTC).timestamp()) // 900
            for quarter in range(change - 12, change + 13):
                for second in (0, 59, 60, 899):
                    clock.set(quarter, second)
                    assert shown(clock) == expected(quarter, second)


def test_wall_clock_does_not_mind_jumps_to_and_fro(clock: WallClock) -> None:
    first, hours = quarter_of(2020), (quarter_of(2100) - quarter_of(2020)) // HOUR
    for index in range(5000):
        quarter = first + index * 7919 % hours * HOUR  # a prime step visits hours all over the eighty years
        quarter = min(quarter, quarter_of(2100) - 2 * HOUR)
        clock.set(quarter, 0)
        assert shown(clock) == expected(quarter)


@pytest.mark.parametrize("zone", [-48, -13, 0, 1, 4, 23, 56])
def test_a_fixed_offset_knows_no_daylight_time(zone: int) -> None:
    clock = WallClock(DayTypes())
    clock.use(zone)
    for quarter in range(quarter_of(2026), quarter_of(2027), 7):
        clock.set(quarter, 61)
        wall = dt.datetime.fromtimestamp(quarter * 900 + 61, dt.timezone(dt.timedelta(minutes=15 * zone)))
        assert shown(clock) == (wall.year, wall.month, wall.day, wall.hour * 60 + wall.minute, zone)


def test_easter_is_that_of_dateutil() -> None:
    for year in range(1970, 2200):
        assert EPOCH + dt.timedelta(days=easter(year)) == easter_of_dateutil(year)


def test_dates_are_those_of_datetime() -> None:
    date = Date()
    for number in range((dt.date(2019, 1, 1) - EPOCH).days, (dt.date(2101, 1, 1) - EPOCH).days):
        day = EPOCH + dt.timedelta(days=number)
        date.set(number)
        assert (date.number, date.year, date.month, date.day) == (number, day.year, day.month, day.day)
        assert day_number(day.year, day.month, day.day) == number
        assert weekday(number) == day.weekday()
