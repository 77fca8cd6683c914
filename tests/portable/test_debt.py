# SPDX-License-Identifier: Apache-2.0
"""What is owed falls only by what the debt components charge, and never below zero."""

import sample_meter as sample

from groschen.core.account import Account


def account(balance, owed, rate, gas, water, extra=0):
    rules = sample.tariff(debt_kwh=extra)
    rules.base = 0
    rules.debt_day = rate
    rules.debt_gas = gas
    rules.debt_water = water
    new = Account(1000)
    new.use(rules)
    new.book(sample.money(balance))
    new.debt.add(owed // 1_000_000, owed % 1_000_000)
    return new


def parts(account):
    charged = account.debt.charged
    return charged.electricity.value(), charged.gas.value(), charged.water.value()


def test_the_rulebooks_example_of_a_rate_that_is_cut():
    # 30 ct at 20/40/40 with 10 ct left: electricity 6, gas 4, water 0.
    one = account(1_000_000, 100_000, 300_000, 40, 40)
    one.charge_day()
    assert parts(one) == (60_000, 40_000, 0)
    assert one.debt.owed.value() == 0
    assert one.balance.value() == 900_000
    one.charge_day()
    assert parts(one) == (60_000, 40_000, 0)


def test_the_last_pulse_pays_what_is_left_and_clears_the_carry():
    # 333 333 micro-euro/kWh: three pulses cost 999 and carry 999/1000; a debt of 1 000 ends with the fourth.
    one = account(1_000_000, 1_000, 0, 0, 0, 333_333)
    one.charge_pulses(False, 3)
    assert (one.debt.owed.value(), one.debt.kwh.carry) == (1, 999)
    one.charge_pulses(False, 1)
    assert (one.debt.owed.value(), one.debt.kwh.carry, one.debt.kwh.charged.value()) == (0, 0, 1_000)
    one.charge_pulses(False, 1_000)
    assert one.debt.kwh.charged.value() == 1_000


def test_a_debt_of_many_limbs_falls_exactly():
    one = account(10**18, 10**18 - 1, 0, 0, 0, 2_000_000)
    one.charge_pulses(False, 10**14)
    assert one.debt.owed.value() == 10**18 - 1 - 2 * 10**17
