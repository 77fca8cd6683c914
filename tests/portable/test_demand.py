# SPDX-License-Identifier: Apache-2.0
"""The highest quarter hour of each period, and what it adds to the charged maximum."""

from groschen.core.calendar import Date, day_number
from groschen.core.demand import END, PERIOD, PULSES, Demand


def demand(yearly=False, month=1):
    new = Demand()
    date = Date()
    date.set(day_number(2026, month, 1))
    new.begin_period(date, yearly)
    return new


def close(demand, end, pulses, free=False):
    demand.pulses = pulses
    return demand.close_quarter(end, free)


def newest(demand):
    row = demand.maxima.row(0)
    return row[PERIOD], row[PULSES], row[END]


def test_only_the_increase_is_charged():
    one = demand()
    assert [close(one, at, pulses) for at, pulses in enumerate((5, 3, 9, 9, 0, 12))] == [5, 0, 4, 0, 0, 3]
    assert newest(one) == (202601, 12, 5)
    assert one.end_period() == 12
    assert one.charged == 0


def test_the_first_of_equals_is_kept():
    one = demand(True)
    close(one, 1, 7)
    close(one, 2, 7)
    assert newest(one) == (202600, 7, 1)


def test_a_quarter_hour_that_ends_in_free_is_registered_and_not_charged():
    one = demand()
    assert close(one, 1, 7, True) == 0
    assert close(one, 2, 5) == 5
    assert newest(one) == (202601, 7, 1)
    assert one.end_period() == 5


def test_a_period_without_pulses_is_not_on_record():
    one = demand()
    close(one, 1, 0)
    assert len(one.maxima) == 0
    assert one.highest(202601) == -1


def test_thirteen_periods_are_kept():
    one = demand()
    date = Date()
    for month in range(1, 15):
        date.set(day_number(2026 + (month - 1) // 12, (month - 1) % 12 + 1, 1))
        one.begin_period(date, False)
        close(one, month, 100 + month)
    assert len(one.maxima) == 13
    assert one.maxima.row(12)[PERIOD] == 202602
    assert newest(one) == (202702, 114, 14)


def test_a_quarter_hour_in_which_the_tariff_ended_the_period_belongs_to_that_period():
    one = demand()
    close(one, 1, 4)
    one.closing = one.period
    one.end_period()
    date = Date()
    date.set(day_number(2026, 1, 15))
    one.begin_period(date, True)
    assert close(one, 2, 9) == 0
    assert newest(one) == (202601, 9, 2)
    assert close(one, 3, 2) == 2
    assert newest(one) == (202600, 2, 3)
