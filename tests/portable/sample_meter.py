# SPDX-License-Identifier: Apache-2.0
"""Meters and loads that the portable tests share; runs on CPython and MicroPython, and drives without allocating."""

from array import array

from groschen.core import outlook
from groschen.core.amount import Limbs
from groschen.core.calendar import MINUTES_PER_DAY, QUARTERS_PER_DAY, day_number
from groschen.core.meter import Meter
from groschen.core.tariff import Tariff
from groschen.core.windows import Windows
from groschencard.holidays import LAENDER

START = day_number(2026, 1, 1) * QUARTERS_PER_DAY - 4
"""The quarter hour in which the local year 2026 begins."""
YEAR = 35_040


def money(ueur):
    """Return an amount of micro-euro."""
    limbs = Limbs()
    limbs.set_value(ueur)
    return limbs


def holidays(land):
    """Return the holidays of a Land as a tariff carries them."""
    flat = array("i")
    for rule in LAENDER[land]:
        flat.extend(array("i", rule))
    return flat


def tariff(version=1, ht=318_900, nt=251_200, power=9_000_000, debt_kwh=50_000):
    """Return a tariff with every component."""
    new = Tariff()
    new.version = version
    new.ht = ht
    new.nt = nt
    new.power = power
    new.continuous = True
    new.base = 394_500
    new.base_gas = 30
    new.base_water = 10
    new.debt_kwh = debt_kwh
    new.debt_day = 300_000
    new.debt_gas = 40
    new.debt_water = 40
    new.workday = array("i", [360, 720, 780, 1320])
    new.saturday = array("i", [360, 780])
    new.holidays = holidays("BY")
    return new


def windows():
    """Return all four windows: evenings, rest days, Christmas, and three days in August."""
    new = Windows()
    new.daily_start, new.daily_end = 18 * 60, 8 * 60
    new.weekend_start, new.weekend_end = 12 * 60, 9 * 60
    new.days = array("i", [day_number(2026, 12, 24), day_number(2026, 12, 31)])
    span = day_number(2026, 8, 4) * QUARTERS_PER_DAY
    new.span_quarter, new.span_second = span, 61
    new.span_end_quarter, new.span_end_second = span + 3 * QUARTERS_PER_DAY, 899
    return new


def meter(imp=1000, rules=None, balance=50_000_000, owed=20_000_000, quarter=START):
    """Return a meter with all rules on, commissioned in a quarter hour."""
    new = Meter(imp)
    new.set_confirm(True)
    day, second = quarter // QUARTERS_PER_DAY, quarter % QUARTERS_PER_DAY * 900
    new.commission(day, second, 0, rules or tariff(), money(balance), money(owed))
    new.set_credit(windows(), money(10_000_000), money(1_000_000))
    new.set_billing(array("i", [day_number(2026, 6, 15)]))
    return new


def household(quarters, imp=1000, seed=1):
    """Return the pulses of so many quarter hours: about 3 500 kWh a year, dark evenings, now and then the stove."""
    load = array("i", bytes(4 * quarters))
    for at in range(quarters):
        seed = (seed * 1103 + 12_345) % 65_521
        hour = at // 4 % 24
        watts = 120 + seed % 200
        if hour == 12 or 17 <= hour < 22:
            watts += 350 + (3000 if seed % 11 == 0 else 0)
        elif 6 <= hour < 17:
            watts += 100
        load[at] = watts * imp // 4000
    return load


def drive(meter, load, top_up=None):
    """Let quarter hours pass, each pulse counted; where the light has gone out, someone pays at noon and confirms.

    Pulses are spread by whole minutes. Allocates nothing of its own.
    """
    quarter = meter.quarter
    for at in range(len(load)):
        day = quarter // QUARTERS_PER_DAY
        begin = quarter % QUARTERS_PER_DAY * 900
        pulses = load[at]
        fallen = 0
        stop = 0
        while stop < 900:
            stop = meter.change()
            due = pulses * (stop // 60) // 15 - fallen
            if due:
                happen = outlook.lasts(meter, due)
                if happen:
                    meter.count(happen)
                fallen += due
            meter.advance(day, begin + stop)
        quarter += 1
        if top_up is not None and not meter.supply.on:
            pay(meter, top_up, quarter)


def pay(meter, top_up, quarter):
    """Press the emergency key at once, and pay at noon, by card and by TAN in turn."""
    if meter.press_emergency():
        meter.press_confirm()
    elif quarter % QUARTERS_PER_DAY == 48:
        meter.top_up(top_up, meter.supply.disconnections % 2 == 0)
        meter.press_confirm()


def minutes(hour, minute=0):
    """Return a time of day in minutes."""
    return (hour * 60 + minute) % (MINUTES_PER_DAY + 1)


def conserved(meter):
    """Say whether topups - refunds - charges == balance, component by component, and the same for the debt."""
    account = meter.account
    base = account.base
    debt = account.debt
    paid_off = debt.kwh.charged.value()
    for part in (debt.charged.electricity, debt.charged.gas, debt.charged.water):
        paid_off += part.value()
    charges = paid_off
    for part in (account.ht.charged, account.nt.charged, account.power.charged):
        charges += part.value()
    for part in (base.electricity, base.gas, base.water):
        charges += part.value()
    money_left = account.topups.value() - account.refunds.value() - charges
    return money_left == account.balance.value() and debt.added.value() - paid_off == debt.owed.value()
