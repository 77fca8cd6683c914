# SPDX-License-Identifier: Apache-2.0
"""Rulebook 1 and 2: what is charged, when, and at which price; each case worked by hand."""

from __future__ import annotations

from array import array
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from groschen.core import outlook, wholemeter
from groschen.core.account import Account
from groschen.core.amount import Limbs
from groschen.core.errors import TariffError
from groschen.core.supply import CUSTOMER, FREE, LOCKED
from tests.core.house import CT, EUR, House, money, seconds, spans, tariff

DEBT_DAY: dict[str, Any] = {"debt_day": 30 * CT, "debt_gas": 40, "debt_water": 40}


def test_the_remainder_is_carried_through_a_price_change() -> None:
    # 1000 imp/kWh, 1 micro-euro per kWh: 999 pulses are 0.999 micro-euro, so nothing yet
    house = House("2026-01-05 10:00", tariff(nt=1), credit=EUR)
    house.use(999)
    assert house.charged("nt") == 0
    # at 1001: 999*1 + 1*1001 = 2000 thousandths = 2 micro-euro; without the carry it would be 1
    house.meter.set_tariff(tariff(2, nt=1001))
    house.use(1)
    assert house.charged("nt") == 2


def test_ht_and_nt_have_carries_of_their_own() -> None:
    # HT 09:00-10:00; 500 pulses at 1 micro-euro per kWh on each side are half a micro-euro each
    house = House("2026-01-05 09:00", tariff(ht=1, nt=1, workday=spans(540, 600)), credit=EUR)
    house.use(500)
    house.to("2026-01-05 10:00")
    house.use(500)
    assert (house.charged("ht"), house.charged("nt")) == (0, 0)
    assert (house.meter.energy_ht.value(), house.meter.energy_nt.value()) == (500, 500)


def test_a_switching_span_includes_its_start_and_excludes_its_end() -> None:
    house = House("2026-01-05 05:59", tariff(workday=spans(360, 1320)), credit=EUR)  # 06:00-22:00, a Monday
    for local in ("05:59:59", "06:00:00", "21:59:59", "22:00:00"):
        house.to(f"2026-01-05 {local}")
        house.use(1)
    assert (house.meter.energy_ht.value(), house.meter.energy_nt.value()) == (2, 2)


def test_a_holiday_counts_as_sunday() -> None:
    holidays = array("i", [0, 1, 6, 2000, 2099])  # 6 January 2026 is a Tuesday
    house = House("2026-01-05 12:00", tariff(workday=spans(0, 1440), holidays=holidays), credit=EUR)
    house.use(1)
    house.to("2026-01-06 12:00")
    house.use(1)
    assert (house.meter.energy_ht.value(), house.meter.energy_nt.value()) == (1, 1)


def test_the_double_hour_of_october_has_a_switching_time_twice() -> None:
    # 2026-10-25 is a Sunday; HT 02:00-03:00 by the wall clock lasts two hours: eight quarter hours of one pulse
    house = House("2026-10-25 01:00", tariff(sunday=spans(120, 180)), credit=EUR)
    for quarter in range(seconds("2026-10-25 01:00") // 900, seconds("2026-10-25 04:00") // 900):
        house.meter.advance(quarter // 96, quarter % 96 * 900)
        house.use(1)
    assert (house.meter.energy_ht.value(), house.meter.energy_nt.value()) == (8, 8)


def test_the_missing_hour_of_march_has_no_switching_time() -> None:
    house = House("2026-03-29 01:00", tariff(sunday=spans(120, 180)), credit=EUR)
    for quarter in range(seconds("2026-03-29 01:00") // 900, seconds("2026-03-29 04:00") // 900):
        house.meter.advance(quarter // 96, quarter % 96 * 900)
        house.use(1)
    assert (house.meter.energy_ht.value(), house.meter.energy_nt.value()) == (0, 8)


def test_electricity_bears_what_the_shares_leave() -> None:
    # 101 micro-euro at 34/33/33: gas floor(33.33) = 33, water 33, electricity 35
    house = House("2026-01-05 10:00", tariff(base=101, base_gas=33, base_water=33), credit=EUR)
    house.to("2026-01-06 00:00")
    names = ("base_electricity", "base_gas", "base_water")
    assert [house.charged(name) for name in names] == [35, 33, 33]


@pytest.mark.parametrize(("gas", "water"), [(60, 41), (-1, 0), (0, 101)])
def test_shares_that_do_not_sum_to_a_hundred_are_refused(gas: int, water: int) -> None:
    with pytest.raises(TariffError):
        House("2026-01-05 10:00", tariff(base_gas=gas, base_water=water))


def test_the_first_rates_are_charged_at_the_first_midnight_after_commissioning() -> None:
    house = House("2026-01-05 00:00", tariff(base=CT), credit=EUR)
    house.to("2026-01-05 23:59:59")
    assert house.balance == EUR
    house.to("2026-01-06 00:00")
    assert house.balance == EUR - CT


def test_a_debt_charge_never_exceeds_the_debt() -> None:
    # rate 30 ct, shares 20/40/40: 6, 12 and 12 ct; 10 ct are left: electricity 6, gas 4, water 0
    house = House("2026-01-05 10:00", tariff(**DEBT_DAY), credit=EUR, debt=10 * CT)
    house.to("2026-01-06 00:00")
    assert [house.charged(f"debt_{name}") for name in ("electricity", "gas", "water")] == [6 * CT, 4 * CT, 0]
    assert (house.debt, house.balance) == (0, 90 * CT)
    house.to("2026-01-07 00:00")
    assert house.balance == 90 * CT


def test_debt_per_kwh_stops_at_zero_and_its_carry_is_cleared() -> None:
    # 1000 imp/kWh at 1500 micro-euro per kWh: 1.5 a pulse, so 1 after one pulse, 3 after two; 2 are owed
    house = House("2026-01-05 10:00", tariff(debt_kwh=1500), credit=EUR, debt=2)
    house.use(2)
    assert (house.debt, house.charged("debt_kwh")) == (0, 2)
    # a new debt begins without the old half: the first pulse charges 1 again, the second 2
    house.meter.add_debt(money(100))
    house.use(1)
    assert house.debt == 99
    house.use(1)
    assert house.debt == 97


def test_the_daily_debt_rate_clears_the_carry_of_debt_per_kwh_too() -> None:
    house = House("2026-01-05 10:00", tariff(debt_kwh=500, debt_day=5), credit=EUR, debt=5)
    house.use(1)  # a carry of half a micro-euro
    house.to("2026-01-06 00:00")  # pays the debt off
    house.meter.add_debt(money(100))
    house.use(1)  # half a micro-euro, no whole one
    assert house.debt == 100


def test_free_counts_and_charges_nothing() -> None:
    terms = tariff(nt=EUR, base=CT, debt_kwh=EUR, debt_day=CT, power=EUR, continuous=True)
    house = House("2026-01-30 10:00", terms, credit=EUR, debt=EUR, mode=FREE)
    house.use(10)
    house.to("2026-02-02 00:00")
    assert (house.balance, house.debt, house.meter.energy_nt.value()) == (EUR, EUR, 10)


def test_locked_pays_its_daily_rates() -> None:
    house = House("2026-01-05 10:00", tariff(base=CT), credit=EUR, mode=LOCKED)
    house.to("2026-01-06 00:00")
    assert (house.balance, house.on) == (99 * CT, False)


# ---- power


def test_continuous_power_charges_the_increase_of_the_maximum() -> None:
    # 10 EUR/kW, 1000 imp/kWh: 100 pulses are 0.4 kW = 4 EUR; 50 nothing; 150 are 0.2 kW more = 2 EUR
    house = House("2026-01-05 10:00", tariff(power=10 * EUR, continuous=True), credit=100 * EUR)
    for minute, pulses, charged in ((15, 100, 4), (30, 50, 4), (45, 150, 6)):
        house.use(pulses)
        house.to(f"2026-01-05 10:{minute}")
        assert house.charged("power") == charged * EUR
    # a new month starts at zero: 25 pulses are 1 EUR
    house.to("2026-02-01 00:00")
    house.use(25)
    house.to("2026-02-01 00:15")
    assert house.charged("power") == 7 * EUR


def test_periodic_power_is_charged_once_at_the_price_then_in_force() -> None:
    # 150 pulses are 0.6 kW: at 10 EUR/kW it would be 6 EUR, at 20 EUR/kW it is 12 EUR
    house = House("2026-01-31 23:30", tariff(power=10 * EUR), credit=100 * EUR)
    house.use(100)
    house.to("2026-01-31 23:45")
    house.meter.set_tariff(tariff(2, power=20 * EUR))
    house.use(150)
    house.to("2026-01-31 23:59:59")
    assert house.charged("power") == 0
    house.to("2026-02-01 00:00")  # the quarter hour that ends now still belongs to January
    assert house.charged("power") == 12 * EUR
    house.to("2026-03-01 00:00")
    assert house.charged("power") == 12 * EUR


def test_the_year_may_be_the_period() -> None:
    house = House("2026-01-31 23:45", tariff(power=10 * EUR, yearly=True), credit=100 * EUR)
    house.use(100)
    house.to("2026-12-31 23:59:59")
    assert house.charged("power") == 0
    house.to("2027-01-01 00:00")
    assert house.charged("power") == 4 * EUR


def test_a_quarter_hour_that_ends_in_free_counts_in_the_register_alone() -> None:
    house = House("2026-01-05 10:00", tariff(power=10 * EUR), credit=100 * EUR)
    house.use(100)
    house.to("2026-01-05 10:15")
    house.use(300)
    house.meter.set_mode(FREE)
    house.to("2026-01-05 10:30")
    house.meter.set_mode(CUSTOMER)
    house.to("2026-02-01 00:00")
    assert house.charged("power") == 4 * EUR  # by the 100
    assert house.meter.demand.maxima.row(0)[1] == 300


def test_a_period_whose_end_falls_in_free_is_not_settled() -> None:
    house = House("2026-01-05 10:00", tariff(power=10 * EUR), credit=100 * EUR)
    house.use(100)
    house.to("2026-01-31 12:00")
    house.meter.set_mode(FREE)
    house.to("2026-02-01 12:00")
    house.meter.set_mode(CUSTOMER)
    house.to("2026-03-01 00:00")
    assert house.charged("power") == 0


@pytest.mark.parametrize("change", [{"continuous": True}, {"yearly": True}])
def test_a_change_of_power_form_or_period_settles_at_the_old_price_and_starts_at_zero(change: dict[str, Any]) -> None:
    house = House("2026-01-05 10:00", tariff(power=10 * EUR), credit=100 * EUR)
    house.use(100)
    house.to("2026-01-05 12:00")
    house.meter.set_tariff(tariff(2, power=20 * EUR, **change))
    assert house.charged("power") == 4 * EUR
    # from zero: 50 pulses are 0.2 kW at 20 EUR = 4 EUR
    house.use(50)
    house.to("2027-01-01 00:00")
    assert house.charged("power") == 8 * EUR


def test_changes_of_the_power_period_leave_their_quarter_hour_to_the_period_it_started_in() -> None:
    house = House("2026-01-05 10:00", tariff(power=10 * EUR), credit=100 * EUR)
    house.to("2026-01-05 10:05")
    house.use(100)
    house.meter.set_tariff(tariff(2, power=10 * EUR, yearly=True))
    house.meter.set_tariff(tariff(3, power=10 * EUR))
    house.to("2026-01-05 10:15")
    maxima = house.meter.demand.maxima
    assert [maxima.row(back)[:2] for back in range(len(maxima))] == [[202601, 100]]


def test_a_change_of_the_power_form_in_an_idle_quarter_hour_leaves_the_next_one_to_the_new_period() -> None:
    house = House("2026-01-05 10:00", tariff(power=10 * EUR), credit=100 * EUR)
    house.to("2026-01-05 10:05")
    house.meter.set_tariff(tariff(2, power=10 * EUR, continuous=True))
    house.to("2026-01-05 10:15")
    house.use(100)
    house.to("2026-01-05 10:30")
    assert house.charged("power") == 4 * EUR


# ---- tariffs to come


def test_a_tariff_takes_effect_at_its_start_instant() -> None:
    house = House("2026-01-05 10:00", tariff(nt=EUR), credit=10 * EUR)
    assert house.meter.set_tariff(tariff(2, "2026-01-05 10:20:30", nt=2 * EUR))
    house.to("2026-01-05 10:20:29")
    house.use(1)
    assert house.charged("nt") == 1000
    house.to("2026-01-05 10:20:30")
    house.use(1)
    assert house.charged("nt") == 3000


def test_a_tariff_of_the_past_takes_effect_at_once() -> None:
    house = House("2026-01-05 10:00", tariff(nt=EUR), credit=10 * EUR)
    house.meter.set_tariff(tariff(2, "2026-01-01 00:00", nt=2 * EUR))
    house.use(1)
    assert house.charged("nt") == 2000


def test_an_older_tariff_never_replaces_a_newer_one_not_even_one_that_waits() -> None:
    house = House("2026-01-05 10:00", tariff(2, nt=EUR), credit=10 * EUR)
    assert not house.meter.set_tariff(tariff(1, nt=5 * EUR))
    assert house.meter.set_tariff(tariff(4, "2026-02-01 00:00", nt=3 * EUR))
    assert not house.meter.set_tariff(tariff(3, nt=5 * EUR))
    house.use(1)
    assert house.charged("nt") == 1000


def test_a_tariff_that_starts_during_a_power_cut_starts_at_the_return() -> None:
    house = House("2026-01-05 10:00", tariff(base=CT), credit=EUR)
    house.meter.set_tariff(tariff(2, "2026-01-06 12:00", base=10 * CT))
    house.off()
    house.back("2026-01-08 10:00")  # the midnights of the 6th, 7th and 8th at the price from before the cut
    assert house.balance == EUR - 3 * CT
    house.to("2026-01-09 00:00")
    assert house.balance == EUR - 13 * CT


# ---- the arithmetic of long stretches

PRICE = st.one_of(st.just(0), st.integers(0, 20), st.integers(0, 400_000), st.integers(0, 10_000_000))
COMPONENT_CARRY = st.integers(0, 99_999)


# 1 ct a pulse of debt and no price of energy: 1.50 EUR last for 150 of 300 pulses
@example(1000, 0, 10 * EUR, (0, 0), 150 * CT, 0, 10_000 * EUR, 300, True)
@given(
    imp=st.sampled_from([100, 101, 1000, 10_000, 99_991, 100_000]),
    energy=PRICE,
    debt_price=PRICE,
    carries=st.tuples(COMPONENT_CARRY, COMPONENT_CARRY),
    headroom=st.one_of(st.integers(1, 60), st.integers(1, 3 * EUR), st.integers(1, 100 * EUR)),
    bound=st.sampled_from([0, -1, -EUR, -1_234_567]),
    owed=st.one_of(st.just(0), st.integers(0, 60), st.integers(0, EUR), st.just(10_000 * EUR)),
    pulses=st.one_of(st.integers(1, 20), st.integers(1, 3000)),
    high=st.booleans(),
)
def test_any_long_stretch_lasts_as_long_as_a_loop_of_single_pulses(
    imp: int,
    energy: int,
    debt_price: int,
    carries: tuple[int, int],
    headroom: int,
    bound: int,
    owed: int,
    pulses: int,
    high: bool,
) -> None:
    def account() -> Account:
        new = Account(imp)
        new.use(tariff(ht=energy if high else 7, nt=7 if high else energy, debt_kwh=debt_price))
        new.book(money(max(0, headroom + bound)))
        new.balance.set_value(headroom + bound)
        new.debt.owed.set_value(owed)
        (new.ht if high else new.nt).carry = carries[0] % imp
        new.debt.kwh.carry = carries[1] % imp if owed else 0
        return new

    limit = Limbs()
    limit.set_value(bound)
    loop = account()
    happened = 0
    while happened < pulses and loop.balance.above(limit):
        loop.charge_pulses(high, 1)
        happened += 1
    whole = account()
    assert outlook.pays_for(whole, high, pulses, limit) == happened
    whole.charge_pulses(high, happened)
    for part in ("balance", "ht", "nt", "debt"):
        assert _values(getattr(whole, part)) == _values(getattr(loop, part)), part


def _values(part: object) -> object:
    return wholemeter.save(part)
