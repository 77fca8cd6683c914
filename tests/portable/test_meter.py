# SPDX-License-Identifier: Apache-2.0
"""The meter as a whole: a scripted fortnight with every rule, and a fortnight counted a second way."""

from array import array

import sample_meter as sample
from test_state import digest

from groschen.core import outlook, wholemeter
from groschen.core.calendar import day_number
from groschen.core.meter import Meter
from groschen.core.state import State
from groschen.core.supply import CUSTOMER, FREE, LOCKED, REFUND
from groschen.core.windows import Windows


def values(meter):
    """Return all registers."""
    return [register.value() for register in meter.registers()]


def numbers(meter):
    """Return what a clerk would read off."""
    supply = meter.supply
    return values(meter) + [supply.disconnections, supply.off_s, supply.activations, meter.log.ring.appended]


def midnight(month, day):
    """Return the UTC quarter hour at which a day of 2026 begins in CET."""
    return day_number(2026, month, day) * 96 - 4


START_OF_WORK = midnight(3, 24) + 36
"""Nine o'clock on a Tuesday."""


# The registers in their order, disconnections, seconds off, emergency credits, log entries.
FORTNIGHT = [
    55_171, 59_709,
    17_795_693, 11_711_697, 65_628_000,
    2_840_400, 1_420_200, 473_400,
    3_700_000, 360_000, 720_000, 720_000,
    105_000_000, 14_266_491, 5_500_000, 0, -14_635_881,
    3, 192_593, 2, 28,
]  # fmt: skip


def test_a_fortnight_with_every_rule():
    meter = sample.meter(balance=45_000_000, owed=3_000_000, quarter=midnight(3, 22))
    load = sample.household(14 * 96)
    paid = sample.money(12_000_000)

    def days(first, last):
        sample.drive(meter, load[first * 96 : last * 96], paid)

    days(0, 2)
    dearer = sample.tariff(version=2, ht=400_000, debt_kwh=100_000)
    dearer.continuous = False
    dearer.start_quarter = midnight(3, 24) + 41
    dearer.start_second = 17
    assert meter.set_tariff(dearer)
    days(2, 4)
    meter.set_mode(LOCKED)
    days(4, 5)
    meter.set_mode(REFUND)
    meter.top_up(paid, False)
    meter.press_confirm()
    days(5, 6)
    meter.insert_card()
    days(6, 7)  # the day of 23 hours
    meter.set_mode(FREE)
    meter.press_confirm()
    days(7, 9)
    meter.add_debt(sample.money(2_500_000))
    meter.top_up(paid, True)
    assert meter.supply.mode == CUSTOMER
    days(9, 10)
    meter.power_off()
    missed = midnight(4, 2) + 30
    meter.power_on(missed // 96, missed % 96 * 900 + 7)
    days(11, 14)
    assert sample.conserved(meter)
    assert meter.demand.highest(meter.demand.period) >= 0
    assert numbers(meter) == FORTNIGHT
    print(digest(meter))


def test_a_fortnight_counted_a_second_way():
    # From Sunday 5 July 2026, 00:00 CEST; no holidays in it. The quarter hour's own table of HT, sums by floor.
    imp = 1000
    rules = sample.tariff(power=8_765_432)
    meter = sample.meter(imp, rules, 1_000_000_000, 0, day_number(2026, 7, 5) * 96 - 8)
    load = sample.household(14 * 96 + 1)
    sample.drive(meter, load)
    high = 0
    low = 0
    for at in range(len(load)):
        weekday = (6 + at // 96) % 7
        minute = at % 96 * 15
        noon = 720 if weekday < 5 else 0
        end = 1320 if weekday < 5 else 780
        if weekday < 6 and 360 <= minute < end and not noon <= minute < noon + 60:
            high += load[at]
        else:
            low += load[at]
    assert meter.energy_ht.value() == high
    assert meter.energy_nt.value() == low
    account = meter.account
    ht = high * 318_900 // imp
    nt = low * 251_200 // imp
    power = max(load[:-1]) * 4 * 8_765_432 // imp
    assert account.ht.charged.value() == ht
    assert account.nt.charged.value() == nt
    assert account.power.charged.value() == max(power, max(load) * 4 * 8_765_432 // imp)
    assert account.base.gas.value() == 14 * (394_500 * 30 // 100)
    assert account.base.water.value() == 14 * (394_500 * 10 // 100)
    assert account.charges().value() == ht + nt + account.power.charged.value() + 14 * 394_500
    assert sample.conserved(meter)


def test_the_split_of_time_and_pulses_changes_nothing():
    load = sample.household(2 * 96)
    once = sample.meter(balance=4_000_000, owed=100_000, quarter=START_OF_WORK)
    often = sample.meter(balance=4_000_000, owed=100_000, quarter=START_OF_WORK)
    sample.drive(once, load)
    for at in range(2 * 96 * 15):
        pulses = load[at // 15]
        happen = outlook.lasts(often, pulses * (at % 15 + 1) // 15 - pulses * (at % 15) // 15)
        for _ in range(happen):
            often.count(1)
        often.advance((START_OF_WORK + (at + 1) // 15) // 96, (START_OF_WORK * 15 + at + 1) % 1440 * 60)
    assert often.supply.disconnections == 1
    assert values(once) == values(often)


def test_the_pulse_that_uses_the_credit_up_is_the_last():
    # At half past twelve it is NT: 251.2 micro-euro a pulse, and 50 of debt; the tenth takes 3 012 to zero.
    meter = sample.meter(balance=3_012, quarter=midnight(3, 24) + 50)
    meter.set_credit(Windows(), sample.money(0), sample.money(0))
    assert outlook.lasts(meter, 9) == 9
    assert outlook.lasts(meter, 30_000) == 10
    meter.count(9)
    assert meter.supply.on
    meter.count(1)
    assert not meter.supply.on
    assert outlook.lasts(meter, 5) == 0


def test_above_the_limits_of_the_docs_a_meter_still_charges_the_floor():
    # The highest price that a state can hold, 25 kWh a quarter hour, two days, over HT, NT and a billion euro.
    dear = 2**31 - 1
    for imp in (100, 1000, 99_991, 100_000):
        rules = sample.tariff(ht=dear, nt=dear - 1, power=dear, debt_kwh=dear)
        meter = sample.meter(imp, rules, 10**15, 10**12, START_OF_WORK)
        load = array("i", [25 * imp + 1] * 192)
        sample.drive(meter, load)
        account = meter.account
        ht = meter.energy_ht.value()
        nt = meter.energy_nt.value()
        assert (ht + nt, ht) == (192 * load[0], 120 * load[0])
        assert account.ht.charged.value() == ht * dear // imp
        assert account.nt.charged.value() == nt * (dear - 1) // imp
        assert account.power.charged.value() == load[0] * 4 * dear // imp
        assert account.debt.owed.value() == 0
        assert sample.conserved(meter)
        restored = State(Meter(imp))
        wholemeter.restore(restored, wholemeter.save(State(meter)))
        assert digest(restored.meter) == digest(meter)
