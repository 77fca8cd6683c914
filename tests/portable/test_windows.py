# SPDX-License-Identifier: Apache-2.0
"""The four windows: first second included, last excluded; runs of rest days are one window."""

from array import array

import sample_meter as sample

from groschen.core.calendar import DayTypes, WallClock, day_number
from groschen.core.errors import ContractError
from groschen.core.windows import Windows


def cover(windows, month, day, minute, second=0):
    """Ask at a wall-clock time of 2026 in Bavaria."""
    types = DayTypes()
    types.rules = sample.holidays("BY")
    clock = WallClock(types)
    quarter = day_number(2026, month, day) * 96 + minute // 15
    clock.set(quarter - 4, 0)
    clock.set(quarter - clock.offset, minute % 15 * 60 + second)
    return windows.cover(clock)


def test_none_covers_nothing():
    assert not cover(Windows(), 1, 1, 0)


def test_the_daily_span_may_wrap_midnight():
    one = Windows()
    one.daily_start, one.daily_end = 1080, 480
    answers = [cover(one, 1, 7, minute) for minute in (0, 479, 480, 1079, 1080, 1439)]
    assert answers == [True, True, False, False, True, True]
    one.daily_start, one.daily_end = 480, 1080
    answers = [cover(one, 1, 7, minute) for minute in (0, 479, 480, 1079, 1080, 1439)]
    assert answers == [False, False, True, True, False, False]


def test_maundy_thursday_to_the_tuesday_after_easter_is_one_window():
    one = Windows()
    one.weekend_start, one.weekend_end = 720, 540
    assert not cover(one, 4, 2, 719)  # Maundy Thursday
    for day in (2, 3, 4, 5, 6):
        assert cover(one, 4, day, 720)
        assert cover(one, 4, day, 1439)
    for day in (3, 4, 5, 6, 7):
        assert cover(one, 4, day, 0)
    assert cover(one, 4, 7, 539)
    assert not cover(one, 4, 7, 540)


def test_a_single_workday_between_rest_days_ends_one_window_and_starts_the_next():
    # Good Friday 2026 is 3 April; Friday 2 January lies between New Year and a weekend.
    one = Windows()
    one.weekend_start, one.weekend_end = 720, 540
    assert [cover(one, 1, 2, minute) for minute in (0, 539, 540, 719, 720)] == [True, True, False, False, True]


def test_a_credit_day_is_a_whole_local_day():
    one = Windows()
    one.days = array("i", [day_number(2026, 10, 25)])  # of 25 hours
    assert not cover(one, 10, 24, 1439)
    assert cover(one, 10, 25, 0)
    assert cover(one, 10, 25, 1439)
    assert not cover(one, 10, 26, 0)


def test_an_eleventh_credit_day_in_one_year_is_refused():
    one = Windows()
    one.days = array("i", [day_number(2026, 12, day) for day in range(1, 11)] + [day_number(2027, 1, 1)])
    one.check()
    one.days.append(day_number(2026, 1, 1))
    try:
        one.check()
    except ContractError:
        return
    raise AssertionError


def test_a_credit_span_runs_from_instant_to_instant():
    one = sample.windows()
    one.daily_start = one.weekend_start = -1
    one.days = array("i")
    # 4 August 00:01:01 UTC is 02:01:01 in summer; the end 7 August 00:14:59 UTC
    assert not cover(one, 8, 4, 121, 0)
    assert cover(one, 8, 4, 121, 1)
    assert cover(one, 8, 7, 134, 58)
    assert not cover(one, 8, 7, 134, 59)
