# SPDX-License-Identifier: Apache-2.0
"""Rulebook 3: credit, windows, emergency credit, confirmation, modes and warnings; each case worked by hand."""

from __future__ import annotations

from array import array

import pytest

from groschen.core import outlook, wholemeter
from groschen.core.errors import ContractError
from groschen.core.supply import CUSTOMER, FREE, LOCKED, REFUND
from groschen.core.windows import Windows
from groschencard.holidays import NATIONAL
from tests.core.house import CT, EUR, House, day, money, seconds, tariff

CENT_A_PULSE = tariff(nt=10 * EUR)  # 1000 imp/kWh
QUIET = (0, money(-1000 * EUR))  # warn below nothing


def daily(start: int, end: int) -> Windows:
    windows = Windows()
    windows.daily_start, windows.daily_end = start, end
    return windows


def in_red(start: str, windows: Windows) -> House:
    """Gives a meter that is supplied by a window alone."""
    house = House(start, CENT_A_PULSE, credit=CT)
    house.meter.set_warnings(*QUIET)
    house.credit_terms(windows)
    assert house.use(10) == 10
    assert house.balance == -9 * CT
    return house


def test_the_pulse_that_takes_the_balance_to_the_bound_is_the_last_one() -> None:
    house = House("2026-01-05 10:00", CENT_A_PULSE, credit=5 * CT)
    assert outlook.lasts(house.meter, 100) == 5
    assert house.use(100) == 5
    assert (house.balance, house.on, house.meter.supply.disconnections) == (0, False, 1)
    assert outlook.lasts(house.meter, 100) == 0


def test_a_meter_commissioned_without_credit_has_no_disconnection_on_record() -> None:
    house = House("2026-01-05 10:00", CENT_A_PULSE)
    assert (house.on, house.meter.supply.disconnections) == (False, 0)


def test_commissioning_connects_without_a_confirmation_in_its_second_only() -> None:
    assert House("2026-01-05 10:00", CENT_A_PULSE, credit=CT, confirm=True).on
    house = House("2026-01-05 10:00", CENT_A_PULSE, confirm=True)
    house.meter.top_up(money(CT), by_card=True)
    assert house.on
    house = House("2026-01-05 10:00", CENT_A_PULSE, confirm=True)
    house.to("2026-01-05 10:00:01")
    house.meter.top_up(money(CT), by_card=True)
    assert not house.on
    house.meter.press_confirm()
    assert house.on


@pytest.mark.parametrize("mode", [CUSTOMER, REFUND, FREE])
def test_each_reconnection_is_confirmed_free_included(mode: int) -> None:
    house = House("2026-01-05 10:00", CENT_A_PULSE, credit=CT, mode=LOCKED, confirm=True)
    house.meter.press_confirm()  # without effect: nothing is offered
    assert not house.on
    house.to("2026-01-05 11:00")
    house.meter.set_mode(mode)
    assert not house.on
    house.meter.press_confirm()
    assert house.on


def test_an_offer_that_is_withdrawn_cannot_be_confirmed() -> None:
    house = House("2026-01-05 10:00", tariff(base=CT), confirm=True)
    house.to("2026-01-05 11:00")
    house.meter.top_up(money(CT), by_card=True)
    house.to("2026-01-06 00:00")  # the base rate takes the cent
    house.meter.press_confirm()
    assert not house.on


# ---- modes


def test_locked_disconnects_whatever_the_balance_and_whatever_the_window() -> None:
    house = House("2026-01-05 10:00", CENT_A_PULSE, credit=EUR)
    house.credit_terms(daily(0, 1439))
    house.meter.set_mode(LOCKED)
    assert not house.on


def test_a_card_ends_free_and_a_tan_does_not() -> None:
    house = House("2026-01-05 10:00", CENT_A_PULSE, mode=FREE)
    assert house.on
    house.meter.top_up(money(EUR), by_card=False)
    assert house.meter.supply.mode == FREE
    house.meter.top_up(money(EUR), by_card=True)
    assert house.meter.supply.mode == CUSTOMER


def test_opening_credit_is_no_card() -> None:
    assert House("2026-01-05 10:00", CENT_A_PULSE, credit=EUR, mode=FREE).meter.supply.mode == FREE


def test_refund_takes_the_positive_balance_back_and_leaves_zero() -> None:
    house = House("2026-01-05 10:00", CENT_A_PULSE, credit=EUR, mode=REFUND)
    house.use(10)
    house.meter.insert_card()
    assert (house.balance, house.charged("refunds"), house.on) == (0, 90 * CT, False)
    house.meter.insert_card()
    assert house.charged("refunds") == 90 * CT


def test_a_card_takes_nothing_back_in_other_modes_or_below_zero() -> None:
    house = House("2026-01-05 10:00", CENT_A_PULSE, credit=EUR)
    house.meter.insert_card()
    assert house.balance == EUR
    house = in_red("2026-01-05 10:00", daily(0, 1439))
    house.meter.set_mode(REFUND)
    house.meter.insert_card()
    assert (house.balance, house.charged("refunds")) == (-9 * CT, 0)


# ---- emergency credit


def emergency(house: House) -> bool:
    return house.meter.supply.emergency


def test_emergency_credit_supplies_down_to_its_limit() -> None:
    house = House("2026-01-05 10:00", CENT_A_PULSE, credit=CT)
    house.credit_terms(limit=3 * CT)
    assert house.meter.press_emergency()
    assert house.use(100) == 4  # 1 ct of credit and 3 ct of the limit
    assert (house.balance, house.on) == (-3 * CT, False)


def test_emergency_credit_is_refused_above_the_threshold_twice_without_limit_and_in_other_modes() -> None:
    house = House("2026-01-05 10:00", CENT_A_PULSE, credit=EUR + 1)
    house.credit_terms(limit=EUR)
    assert not house.meter.press_emergency()  # 1.000001 EUR is above 1.00 EUR
    house.credit_terms(limit=EUR, threshold=EUR + 1)
    for mode in (FREE, LOCKED):
        house.meter.set_mode(mode)
        assert not house.meter.press_emergency()
    house.meter.set_mode(CUSTOMER)
    house.credit_terms(limit=0, threshold=EUR + 1)
    assert not house.meter.press_emergency()
    house.credit_terms(limit=EUR, threshold=EUR + 1)
    assert house.meter.press_emergency()
    assert not house.meter.press_emergency()
    assert house.meter.supply.activations == 1


def test_emergency_credit_ends_at_a_top_up_that_leaves_the_balance_above_zero() -> None:
    house = House("2026-01-05 10:00", CENT_A_PULSE, credit=CT)
    house.credit_terms(limit=5 * CT)
    house.meter.press_emergency()
    house.use(4)  # -3 ct
    house.meter.top_up(money(3 * CT), by_card=False)  # zero is not above zero
    assert emergency(house)
    house.meter.top_up(money(1), by_card=False)
    assert not emergency(house)
    assert house.meter.press_emergency()


def test_emergency_credit_does_not_replace_the_confirmation() -> None:
    house = House("2026-01-05 10:00", CENT_A_PULSE, confirm=True)
    house.credit_terms(limit=EUR)
    house.to("2026-01-05 10:01")
    house.meter.press_emergency()
    assert not house.on
    house.meter.press_confirm()
    assert house.on


# ---- windows


def test_a_window_includes_its_first_second_and_excludes_its_last() -> None:
    # 18:00-20:00; without credit from 18:00:00 on, by the base of an emergency limit that a card takes away
    house = House("2026-01-05 17:00", CENT_A_PULSE)
    house.credit_terms(daily(1080, 1200), limit=EUR)
    house.meter.press_emergency()
    house.use(10)
    house.to("2026-01-05 18:00:00")
    house.credit_terms(daily(1080, 1200), limit=0)
    assert house.on
    house.to("2026-01-05 19:59:59")
    assert house.on
    house.to("2026-01-05 20:00:00")
    assert not house.on


def test_a_window_never_connects_a_supply_that_is_off() -> None:
    house = House("2026-01-05 17:00", CENT_A_PULSE)
    house.credit_terms(daily(1080, 1200))
    house.to("2026-01-05 18:30")
    assert not house.on


def test_a_daily_window_may_wrap_midnight() -> None:
    house = in_red("2026-01-05 18:00", daily(1080, 480))
    house.to("2026-01-06 07:59:59")
    assert house.on
    house.to("2026-01-06 08:00")
    assert not house.on


def test_from_maundy_thursday_to_the_tuesday_after_easter_is_one_window() -> None:
    # Easter 2026 is 5 April; from 12:00 on Thursday 2 April to 09:10 on Tuesday 7 April
    windows = Windows()
    windows.weekend_start, windows.weekend_end = 720, 550
    holidays = array("i", [value for rule in NATIONAL for value in rule])
    house = House("2026-04-02 11:59", tariff(nt=10 * EUR, holidays=holidays), credit=2 * CT)
    house.credit_terms(windows)
    house.use(1)
    assert outlook.lasts(house.meter, 10) == 1  # not yet
    house.to("2026-04-02 12:00")
    assert house.use(10) == 10
    house.to("2026-04-07 09:09:59")
    assert house.on
    house.to("2026-04-07 09:10")
    assert not house.on


def test_a_credit_day_is_a_whole_local_day_of_23_hours_too() -> None:
    windows = Windows()
    windows.days = array("i", [day("2026-03-29")])
    house = in_red("2026-03-29 00:00", windows)
    house.to("2026-03-29 23:59:59")
    assert house.on
    assert seconds("2026-03-30 00:00") - seconds("2026-03-29 00:00") == 23 * 3600
    house.to("2026-03-30 00:00")
    assert not house.on


def test_the_eleventh_credit_day_is_refused_and_changes_nothing() -> None:
    house = House("2026-01-05 10:00", CENT_A_PULSE)
    eleven = Windows()
    eleven.days = array("i", range(day("2026-05-01"), day("2026-05-12")))
    before = wholemeter.save(house.meter)
    with pytest.raises(ContractError):
        house.credit_terms(eleven, limit=EUR)
    assert wholemeter.save(house.meter) == before
    ten = Windows()
    ten.days = array("i", range(day("2026-05-01"), day("2026-05-11")))
    house.credit_terms(ten)


def test_a_credit_span_is_of_any_length_and_ends_on_its_second() -> None:
    windows = Windows()
    windows.span_quarter, windows.span_second = divmod(seconds("2026-01-05 10:00:07"), 900)
    windows.span_end_quarter, windows.span_end_second = divmod(seconds("2027-06-01 10:00:13"), 900)
    house = House("2026-01-05 10:00", CENT_A_PULSE, credit=2 * CT)
    house.credit_terms(windows)
    house.to("2026-01-05 10:00:06")
    assert outlook.lasts(house.meter, 10) == 2
    house.to("2026-01-05 10:00:07")
    assert outlook.lasts(house.meter, 10) == 10
    house.use(10)
    house.to("2027-06-01 10:00:12")
    assert house.on
    house.to("2027-06-01 10:00:13")
    assert not house.on


def test_the_double_hour_of_october_has_a_window_twice() -> None:
    # 02:15-02:45 on 2026-10-25: 00:15-00:45 UTC and 01:15-01:45 UTC; on by emergency credit in between
    house = House("2026-10-25 02:00", CENT_A_PULSE)
    house.credit_terms(daily(135, 165))
    protected = []
    for quarter in range(seconds("2026-10-25 02:00") // 900, seconds("2026-10-25 03:00") // 900):
        house.meter.advance(quarter // 96, quarter % 96 * 900)
        protected.append(house.meter.agenda.protected)
    assert protected == [False, True, True, False] * 2


def test_the_missing_hour_of_march_has_no_window() -> None:
    house = House("2026-03-29 01:00", CENT_A_PULSE)
    house.credit_terms(daily(135, 165))
    for minute in range(180):
        instant = seconds("2026-03-29 01:00") + 60 * minute
        house.meter.advance(*divmod(instant, 86400))
        assert not house.meter.agenda.protected


# ---- warnings; the read-out gives UTC


def test_low_credit_is_told_at_each_full_hour_from_08_to_20() -> None:
    house = House("2026-01-05 06:30", CENT_A_PULSE, credit=4 * EUR)  # below the 5.00 EUR of a new meter
    house.to("2026-01-06 07:59:59")
    assert house.warned() == [(f"2026-01-05T{hour - 1:02}:00:00Z", ["amount"]) for hour in range(8, 20)]


def test_warnings_come_by_legal_time_in_summer() -> None:
    house = House("2026-03-28 19:30", CENT_A_PULSE, credit=4 * EUR)
    house.to("2026-03-29 08:00")
    assert house.warned() == [("2026-03-29T06:00:00Z", ["amount"])]


def test_a_short_forecast_is_told() -> None:
    # base rate 2 EUR a day, warn below 3 days: the first full day is known at the second midnight, 3 * 2 = 6 EUR
    house = House("2026-01-05 10:00", tariff(base=2 * EUR), credit=12 * EUR)
    house.meter.set_warnings(3, money(0))
    house.to("2026-01-07 20:00")
    assert house.balance == 8 * EUR
    assert house.warned() == []
    house.to("2026-01-08 20:00")
    assert house.balance == 6 * EUR  # just three days: not below
    assert house.warned() == []
    house.to("2026-01-09 08:00")
    assert house.warned() == [("2026-01-09T07:00:00Z", ["forecast"])]


def test_the_end_of_a_window_that_would_disconnect_is_told_an_hour_before() -> None:
    house = in_red("2026-01-05 18:00", daily(1080, 450))  # to 07:30
    house.to("2026-01-06 06:29:59")
    assert house.warned() == []
    house.to("2026-01-06 12:00")
    assert house.warned() == [("2026-01-06T05:30:00Z", ["window_end"])]


def test_the_end_of_a_window_is_not_told_where_there_is_credit() -> None:
    house = House("2026-01-05 18:00", CENT_A_PULSE, credit=EUR)
    house.meter.set_warnings(*QUIET)
    house.credit_terms(daily(1080, 450))
    house.to("2026-01-06 12:00")
    assert house.warned() == []


@pytest.mark.parametrize(
    ("start", "end_minute", "told"),
    [
        ("2026-03-28 22:00", 210, "2026-03-29T00:30:00Z"),  # 03:30 CEST = 01:30 UTC
        ("2026-03-28 22:00", 150, "2026-03-29T00:00:00Z"),  # 02:30 never comes: over at 03:00 CEST = 01:00 UTC
        ("2026-10-24 22:00", 150, "2026-10-24T23:30:00Z"),  # the first 02:30, CEST = 00:30 UTC
        ("2026-10-24 22:00", 210, "2026-10-25T01:30:00Z"),  # 03:30 CET = 02:30 UTC
    ],
)
def test_the_end_of_a_window_is_told_an_hour_before_across_a_change_of_the_clock(
    start: str, end_minute: int, told: str
) -> None:
    house = in_red(start, daily(1320, end_minute))
    house.to(start[:8] + f"{int(start[8:10]) + 1} 12:00")
    assert house.warned() == [(told, ["window_end"])]
    assert not house.on
