# SPDX-License-Identifier: Apache-2.0
"""The meter's loop allocates nothing: proven where integers have 31 bits and the heap can be locked.

Elsewhere the same years are played without a lock, and end in the same state.
"""

import sys
from array import array

import sample_meter as sample

from groschen.core.registers import Profile
from groschen.core.windows import Windows

MICROPYTHON = sys.implementation.name == "micropython"
if MICROPYTHON:
    from micropython import heap_lock, heap_unlock
else:
    heap_lock = heap_unlock = int  # callables that do nothing

SMALL = MICROPYTHON and sys.maxsize == 2**31 - 1
KWH = 25  # a quarter hour, at the extremes


def clean(meter, load, top_up):
    """Drive a meter with the heap locked; say whether it did without."""
    done = False
    heap_lock()
    try:
        sample.drive(meter, load, top_up)
        done = True
    except MemoryError:
        pass
    heap_unlock()
    return done


def year(meter, load, top_up):
    """Prove a year, and print where it ended, to be compared between interpreters."""
    assert clean(meter, load, top_up)
    assert sample.conserved(meter)
    print(meter.account.balance.value(), meter.account.debt.owed.value(), meter.supply.disconnections)


def constant(pulses):
    """Return a year of equal quarter hours."""
    load = array("i", bytes(4 * sample.YEAR))
    for at in range(len(load)):
        load[at] = pulses
    return load


def extreme(imp, balance):
    """Return a meter at the dearest tariff of the limits, at a balance and a debt."""
    rules = sample.tariff(ht=2_000_000, nt=2_000_000, power=300_000_000, debt_kwh=2_000_000)
    return sample.meter(imp, rules, 0, 10_000_000_000) if balance < 0 else sample.meter(imp, rules, balance)


def test_a_household_that_runs_out_of_credit_and_pays_again():
    meter = sample.meter()
    year(meter, sample.household(sample.YEAR), sample.money(50_000_000))
    assert meter.supply.disconnections > 10
    assert meter.supply.activations > 10


def test_a_household_at_ten_thousand_pulses_a_kilowatt_hour():
    year(sample.meter(10_000), sample.household(sample.YEAR, 10_000), sample.money(20_000_000))


def test_ten_thousand_euro_of_credit_at_the_dearest():
    for imp in (1000, 100_000):
        year(extreme(imp, 10_000_000_000), constant(KWH * imp), sample.money(10_000_000_000))


def test_ten_thousand_euro_below_zero_at_the_dearest():
    for imp in (1000, 100_000):
        meter = extreme(imp, -1)
        always = sample.windows()
        always.span_quarter = sample.START
        always.span_end_quarter = sample.START + sample.YEAR
        meter.set_credit(always, sample.money(10_000_000), sample.money(1_000_000))
        meter.top_up(sample.money(1_000_000), True)
        meter.press_confirm()
        assert meter.supply.on
        year(meter, constant(KWH * imp)[:300], None)
        assert meter.account.balance.high < -10_000


def test_the_limits_of_the_docs():
    # imp_per_kwh, EUR/kWh with the debt's share, kWh a quarter hour: credit ends within the quarter hours
    for imp, price, debt, kwh in ((100_000, 10, 1, 25), (1000, 10, 1, 90), (1024, 1, 10, 90), (100, 10, 0, 100)):
        rules = sample.tariff(ht=price * 1_000_000, nt=price * 1_000_000, debt_kwh=debt * 1_000_000, power=2**31 - 1)
        for balance in (7_654_321, 999_999_999):
            meter = sample.meter(imp, rules, balance, 10**12)
            meter.set_credit(Windows(), sample.money(0), sample.money(0))
            assert clean(meter, constant(kwh * imp)[:400], sample.money(balance + 2))
            assert meter.supply.disconnections
    rich = sample.meter(balance=150_000_000 * 10**6)
    assert clean(rich, sample.household(12 * 96), None)


def test_the_lock_finds_an_integer_that_leaves_31_bits():
    # 2 000 EUR/kWh: the estimate of the pulse that ends 50 EUR multiplies them by 31.
    dear = sample.meter(rules=sample.tariff(nt=2_000_000_000))
    dear.set_credit(Windows(), sample.money(0), sample.money(0))
    assert clean(dear, sample.household(8), None) != SMALL


def test_the_lock_finds_a_tuple():
    class Wasteful(Profile):
        def close_quarter(self, end, pulses):
            self.last = (end, pulses)

    meter = sample.meter()
    meter.profile = Wasteful()
    assert clean(meter, sample.household(8), None) != MICROPYTHON
