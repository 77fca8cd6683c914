# SPDX-License-Identifier: Apache-2.0
"""HT or NT, and until when."""

from array import array

import sample_meter as sample

from groschen.core.calendar import DayTypes, WallClock, day_number
from groschen.core.errors import TariffError
from groschen.core.switching import Switching


def switching():
    new = Switching()
    rules = sample.tariff()
    new.spans = [rules.workday, rules.saturday, rules.sunday]
    return new


def at(month, day, minute):
    """Return high and until at a minute of the wall clock in the CET of 2026."""
    clock = WallClock(DayTypes())
    clock.set(day_number(2026, month, day) * 96 + minute // 15 - 4, minute % 15 * 60)
    table = switching()
    table.ask(clock)
    return table.high, table.until


def test_start_included_end_excluded():
    assert at(1, 7, 0) == (False, 360)
    assert at(1, 7, 359) == (False, 360)
    assert at(1, 7, 360) == (True, 720)
    assert at(1, 7, 719) == (True, 720)
    assert at(1, 7, 720) == (False, 780)
    assert at(1, 7, 780) == (True, 1320)
    assert at(1, 7, 1320) == (False, 1440)


def test_day_types():
    assert at(1, 10, 400) == (True, 780)  # a Saturday
    assert at(1, 11, 400) == (False, 1440)  # a Sunday
    assert at(1, 10, 780) == (False, 1440)


def test_spans_that_cannot_be():
    for spans in ([0, 0], [10, 5], [-1, 5], [0, 1441], [0, 1, 2], [0, 1] * 5):
        rules = sample.tariff()
        rules.sunday = array("i", spans)
        try:
            rules.check()
        except TariffError:
            continue
        raise AssertionError(spans)


def test_midnight_is_an_end():
    rules = sample.tariff()
    rules.sunday = array("i", [0, 1440])
    rules.check()
