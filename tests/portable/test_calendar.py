# SPDX-License-Identifier: Apache-2.0
"""Legal time, Easter and holidays, against tables from printed calendars."""

import sample_meter as sample

from groschen.core.calendar import (
    SATURDAY,
    SUNDAY,
    WORKDAY,
    Date,
    DayTypes,
    WallClock,
    day_number,
    easter,
    last_sunday,
    weekday,
)
from groschencard.holidays import LAENDER

# Easter Sunday as month * 100 + day.
EASTER = {
    2020: 412, 2021: 404, 2022: 417, 2023: 409, 2024: 331, 2025: 420, 2026: 405, 2027: 328, 2028: 416, 2029: 401,
    2030: 421, 2034: 409, 2035: 325, 2038: 425, 2049: 418, 2076: 419, 2078: 403, 2097: 331, 2099: 412,
}  # fmt: skip

# UTC year, month, day, quarter hour; then the local day of the month, minute, and offset in quarter hours.
LEGAL_TIME = (
    (2026, 1, 1, 0, 1, 60, 4),
    (2025, 12, 31, 92, 1, 0, 4),
    (2026, 3, 29, 3, 29, 105, 4),  # 01:45 CET, the last quarter hour of winter
    (2026, 3, 29, 4, 29, 180, 8),  # 03:00 CEST
    (2026, 7, 1, 88, 2, 0, 8),
    (2026, 10, 25, 0, 25, 120, 8),  # 02:00 CEST
    (2026, 10, 25, 3, 25, 165, 8),
    (2026, 10, 25, 4, 25, 120, 4),  # 02:00 again, CET
    (2020, 3, 29, 4, 29, 180, 8),
    (2020, 10, 25, 4, 25, 120, 4),
    (2024, 3, 31, 3, 31, 105, 4),
    (2024, 3, 31, 4, 31, 180, 8),
    (2038, 1, 19, 12, 19, 240, 4),  # seconds since 1970 leave 31 bits here
    (2099, 3, 29, 4, 29, 180, 8),
    (2099, 10, 25, 3, 25, 165, 8),
    (2099, 12, 31, 92, 1, 0, 4),
)


def test_easter():
    for year in EASTER:
        assert easter(year) == day_number(year, EASTER[year] // 100, EASTER[year] % 100), year


def test_day_numbers_and_dates_are_each_others_inverse():
    date = Date()
    assert day_number(1970, 1, 1) == 0
    assert day_number(2000, 2, 29) == 11_016
    number = day_number(2020, 1, 1)
    for year in range(2020, 2100):
        for month in range(1, 13):
            for day in (1, 28):
                date.set(day_number(year, month, day))
                assert (date.year, date.month, date.day) == (year, month, day)
        leap = 366 if year % 4 == 0 else 365
        assert day_number(year + 1, 1, 1) - number == leap
        number += leap


def test_weekdays():
    assert weekday(0) == 3  # Thursday
    assert weekday(day_number(2026, 7, 31)) == 4
    assert weekday(last_sunday(2026, 3)) == 6
    assert last_sunday(2026, 10) == day_number(2026, 10, 25)


def test_legal_time():
    clock = WallClock(DayTypes())
    for year, month, day, quarter, local_day, minute, offset in LEGAL_TIME:
        clock.set(day_number(year, month, day) * 96 + quarter, 0)
        assert (clock.date.day, clock.minute, clock.offset) == (local_day, minute, offset), (year, month, day)


def test_a_fixed_offset_has_no_summer():
    clock = WallClock(DayTypes())
    clock.use(-14)
    clock.set(day_number(2026, 7, 1) * 96, 59)
    assert (clock.date.month, clock.date.day, clock.minute) == (6, 30, 20 * 60 + 30)
    clock.use(22)
    clock.set(day_number(2026, 7, 1) * 96, 61)
    assert (clock.date.day, clock.minute) == (1, 5 * 60 + 31)


def test_every_hour_of_a_year_moves_the_wall_clock_by_one():
    clock = WallClock(DayTypes())
    first = day_number(2026, 1, 1) * 96
    jumps = []
    previous = -60
    for quarter in range(first - 4, first - 4 + 365 * 96, 4):
        clock.set(quarter, 0)
        now = (clock.date.number - first // 96) * 1440 + clock.minute
        if now - previous != 60:
            jumps.append((clock.date.month, clock.date.day, now - previous))
        previous = now
    assert jumps == [(3, 29, 120), (10, 25, 0)]


def kinds(land, year, dates):
    types = DayTypes()
    types.rules = sample.holidays(land)
    return [types.of(day_number(year, date // 100, date % 100)) for date in dates]


def test_a_holiday_counts_as_sunday():
    # New Year, Epiphany, Good Friday, Easter Monday, Ascension, Corpus Christi, All Saints (a Sunday), Christmas
    dates = (101, 106, 403, 406, 514, 604, 1101, 1225)
    assert kinds("BY", 2026, dates) == [SUNDAY] * 8
    assert kinds("BE", 2026, dates) == [SUNDAY, WORKDAY, SUNDAY, SUNDAY, SUNDAY, WORKDAY, SUNDAY, SUNDAY]
    assert kinds("BY", 2026, (102, 103, 104)) == [WORKDAY, SATURDAY, SUNDAY]


def test_the_wednesday_before_the_23rd_of_november():
    for year, day in ((2020, 18), (2021, 17), (2022, 16), (2023, 22), (2024, 20), (2025, 19), (2026, 18), (2033, 16)):
        dates = [1100 + wanted for wanted in range(15, 24)]
        found = kinds("SN", year, dates)
        for wanted, kind in zip(range(15, 24), found):
            if wanted == day:
                assert kind == SUNDAY
            elif weekday(day_number(year, 11, wanted)) == 2:
                assert kind == WORKDAY


def test_a_rule_holds_from_its_first_year_to_its_last():
    assert kinds("BE", 2025, (508,)) == [SUNDAY]
    assert kinds("BE", 2026, (508,)) == [WORKDAY]
    assert kinds("MV", 2022, (308,)) == [WORKDAY]
    assert kinds("MV", 2023, (308,)) == [SUNDAY]


def test_a_checksum_of_all_holidays_of_all_laender():
    total = 0
    for land in sorted(LAENDER):
        types = DayTypes()
        types.rules = sample.holidays(land)
        for number in range(day_number(2024, 1, 1), day_number(2029, 1, 1)):
            if types.is_holiday(number):
                total = (total * 31 + number) % 1_000_003
    print(total)
