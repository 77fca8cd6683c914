# SPDX-License-Identifier: Apache-2.0
"""A component has charged the floor of all it has seen; the pulse that ends the money is found without a loop."""

import sample_meter as sample

from groschen.core.account import Account
from groschen.core.amount import Limbs
from groschen.core.component import Component, Rate
from groschen.core.errors import TariffError
from groschen.core.outlook import estimate, pays_for, pulses_to_reach, reaches

IMPS = (100, 137, 800, 1000, 1024, 10_000, 99_991, 100_000)
PRICES = (0, 1, 99, 318_900, 251_207, 999_999, 2_000_000, 10_000_000)
PULSES = (0, 1, 2, 254, 255, 256, 257, 4095, 30_000, 65_535, 65_536, 65_537, 2_500_000, 16_777_215)
HUGE_PRICES = (2**30, 2**31 + 7, 10**15 + 3)
HUGE_PULSES = (2**24, 2**31 + 1, 10**13 + 7)


def test_every_charge_is_the_floor_of_the_sum():
    for imp in IMPS:
        exact(imp, PRICES, PULSES)


def test_beyond_all_limits_it_is_still_the_floor_of_the_sum():
    for imp in IMPS:
        exact(imp, HUGE_PRICES, PULSES)
        exact(imp, PRICES, HUGE_PULSES)
        exact(imp, HUGE_PRICES, HUGE_PULSES)


def exact(imp, prices, stretches):
    component = Component(imp)
    total = 0
    for price in prices:
        component.set_price(price)
        for pulses in stretches:
            before = component.charged.value()
            component.charge(pulses)
            total += pulses * price
            assert component.charged.value() == total // imp, (imp, price, pulses)
            assert component.carry == total % imp
            assert component.due_high * 1_000_000 + component.due_low == component.charged.value() - before
            assert 0 <= component.due_low < 1_000_000


def test_pulse_by_pulse_is_the_same_as_at_once():
    for imp in (100, 999, 1000):
        one = Component(imp)
        many = Component(imp)
        one.set_price(318_907)
        many.set_price(318_907)
        many.charge(1000)
        for _ in range(1000):
            one.charge(1)
        assert (one.carry, one.charged.value()) == (many.carry, many.charged.value())


def test_the_estimate_is_a_floor():
    is_a_floor(PRICES[1:], (1, 17, 999_999, 1_000_000, 53_217_649, 1_073_000_000))


def test_beyond_all_limits_the_estimate_is_a_floor():
    is_a_floor(PRICES[1:] + HUGE_PRICES, (1, 10**18, 10**25))


def is_a_floor(prices, headrooms):
    for imp in IMPS:
        for price in prices:
            for headroom in headrooms:
                assert estimate(headroom, imp, price) == headroom * imp // price


def test_the_pulse_that_reaches_an_amount_is_that_of_a_loop():
    for imp in (100, 1000):
        energy = Component(imp)
        debt = Component(imp)
        for price, extra in ((1, 0), (99, 99), (318_900, 50_000), (2_000_000, 0), (3_333_333, 1_234_567)):
            energy.set_price(price)
            debt.set_price(extra)
            for carry in (0, imp - 1):
                energy.carry = carry
                debt.carry = imp - 1 - carry
                for amount in (1, 2, 3, 500, 7_919):
                    pulses = 1
                    while not reaches(0, amount, energy, debt, pulses):
                        pulses += 1
                        if pulses > 400:
                            break
                    else:
                        for known in (pulses, pulses + 1, 2 * pulses + 40):
                            assert pulses_to_reach(0, amount, energy, debt, known) == pulses


def account(imp, price, extra, balance, owed, carries):
    new = Account(imp)
    new.use(sample.tariff(nt=price, debt_kwh=extra))
    new.book(sample.money(balance))
    new.debt.add(owed // 1_000_000, owed % 1_000_000)
    new.nt.carry = carries % imp
    if extra and owed:
        new.debt.kwh.carry = carries * 7 % imp
    return new


def by_loop(imp, price, extra, balance, owed, carries, pulses):
    one = account(imp, price, extra, balance, owed, carries)
    for pulse in range(pulses):
        one.charge_pulses(False, 1)
        if not one.balance.positive():
            return pulse + 1, one
    return pulses, one


def test_credit_lasts_as_long_as_a_loop_says_with_and_without_debt():
    seed = 1
    zero = Limbs()
    for case in range(400):
        seed = (seed * 1103 + 12_345) % 65_521
        imp = (100, 800, 1000)[case % 3]
        price = (1, 318_900, 2_000_000, 9_999_999)[seed % 4]
        extra = (0, 50_000, 2_000_000, 7)[seed // 4 % 4]
        balance = 1 + seed * (1 + seed // 16 % 9)
        owed = seed * 37 % 65_521 * (case % 2)
        pulses = (1, 2, 50, 200)[seed // 64 % 4]
        arguments = (imp, price, extra, balance, owed, seed, pulses)
        want, looped = by_loop(*arguments)
        at_once = account(*arguments[:-1])
        assert pays_for(at_once, False, pulses, zero) == want, arguments
        at_once.charge_pulses(False, want)
        assert at_once.balance.value() == looped.balance.value(), arguments
        assert at_once.debt.owed.value() == looped.debt.owed.value(), arguments
        assert at_once.debt.kwh.carry == looped.debt.kwh.carry, arguments


def test_beyond_all_limits_credit_ends_at_the_right_pulse():
    zero = Limbs()
    for imp in (1000, 100_000):
        for price in (10_000_000, 2**30 + 11, 10**15 + 3):
            for want in (1, 70_000, 2**24 + 5, 10**12 + 1):
                one = account(imp, price, 0, 0, 0, 0)
                one.book(sample.money(want * price // imp))
                assert pays_for(one, False, 10**13, zero) == want
                assert pays_for(one, False, want - 1, zero) == want - 1


def test_a_rate_is_divided_and_electricity_bears_the_rest():
    rate = Rate()
    rate.set(300_001, 33, 33)
    parts = (rate.electricity.value(), rate.gas.value(), rate.water.value())
    assert parts == (102_001, 99_000, 99_000)
    rate.set(10**12 + 7, 40, 40)
    assert rate.electricity.value() + rate.gas.value() + rate.water.value() == 10**12 + 7


def test_a_price_that_a_state_of_32_bits_cannot_hold_is_refused():
    sample.tariff(ht=2**31 - 1).check()
    try:
        sample.tariff(ht=2**31).check()
    except TariffError:
        return
    raise AssertionError
