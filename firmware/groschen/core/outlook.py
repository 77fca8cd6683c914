# SPDX-License-Identifier: Apache-2.0
"""At which of the next pulses the credit ends, found by division.

For who knows in which second each pulse will fall, as the simulator does: it asks before it counts. A meter counts the
pulses that have fallen, and gets no such module. Allocates nothing, like the meter's own loop.
"""

from groschen.core.amount import MICRO
from groschen.core.supply import REFUND
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.account import Account
    from groschen.core.amount import Limbs
    from groschen.core.component import Component
    from groschen.core.meter import Meter

_DIGIT = const(32)  # of imp_per_kwh <= 100 000, in the estimate: 97 * 1024 + 31 * 32 + 31 and below


def lasts(meter: "Meter", pulses: int) -> int:
    """Return how many of the next pulses happen before the supply opens, the one that opens it included."""
    supply = meter.supply
    agenda = meter.agenda
    if not supply.on:
        return 0
    if agenda.protected or supply.mode > REFUND:
        return pulses
    return pays_for(meter.account, agenda.high, pulses, supply.bound)


def pays_for(account: "Account", high: bool, pulses: int, bound: "Limbs") -> int:
    """Return how many of the next pulses an account pays for, whose balance is above a bound now.

    That is the first one that takes the balance to or below the bound, or all of them.
    """
    energy = account.ht if high else account.nt
    debt = account.debt
    owed = debt.owed
    left = account.balance.high - bound.high
    part = account.balance.low - bound.low
    if part < 0:
        part += MICRO
        left -= 1
    # A component of n pulses costs at most n * (price // imp + 1) micro-euro, its carry included.
    if pulses * (energy.price // energy.imp + debt.kwh.price // energy.imp + 2) // MICRO < left:
        return pulses
    if not debt.per_kwh():
        return _last_pulse(left, part, energy, None, pulses)
    if not debt.ends_within(pulses):
        return _last_pulse(left, part, energy, debt.kwh, pulses)
    # At the pulse that pays off the debt the price changes: look before it, then from it on.
    paid_off = pulses_to_reach(owed.high, owed.low, debt.kwh, None, pulses)
    if reaches(left, part, energy, debt.kwh, paid_off - 1):
        return pulses_to_reach(left, part, energy, debt.kwh, paid_off - 1)
    left -= owed.high
    part -= owed.low
    if part < 0:
        part += MICRO
        left -= 1
    if left < 0 or (left == 0 and part == 0):
        return paid_off
    return max(paid_off, _last_pulse(left, part, energy, None, pulses))


def _last_pulse(high: int, low: int, energy: "Component", debt: "Component | None", pulses: int) -> int:
    if not reaches(high, low, energy, debt, pulses):
        return pulses
    return pulses_to_reach(high, low, energy, debt, pulses)


def estimate(headroom: int, imp: int, price: int) -> int:
    """Return floor(headroom * imp / price), for a headroom in micro-euro and a price per kWh above zero.

    Long division with imp in digits of base 32: stays below 2**30 for prices up to 11 EUR/kWh and
    a headroom and result below it.
    """
    whole = headroom // price
    rest = headroom - whole * price
    high = imp // 1024
    part = rest * high
    quotient = part // price
    part = (part - quotient * price) * _DIGIT + rest * (imp // _DIGIT - high * _DIGIT)
    digit = part // price
    quotient = quotient * _DIGIT + digit
    part = (part - digit * price) * _DIGIT + rest * (imp % _DIGIT)
    return whole * imp + quotient * _DIGIT + part // price


def pulses_to_reach(high: int, low: int, energy: "Component", debt: "Component | None", pulses: int) -> int:
    """Return the first pulse at which energy and debt together cost at least high euro and low micro-euro.

    These are above zero, and `pulses` are known to reach them. The two floors and carries move the
    answer by less than what two micro-euro buy, so that a division finds it but for a step or two.
    """
    price = energy.price + (debt.price if debt else 0)
    middle = estimate(high * MICRO + low, energy.imp, price)
    slack = 2 * energy.imp // price + 1
    below = max(0, middle - slack)
    reached = min(pulses, middle + slack + 1)
    while reached - below > 1:
        middle = (below + reached) // 2
        if reaches(high, low, energy, debt, middle):
            reached = middle
        else:
            below = middle
    return reached


def reaches(high: int, low: int, energy: "Component", debt: "Component | None", pulses: int) -> bool:
    """Say whether so many pulses of energy and debt together cost at least high euro and low micro-euro."""
    energy.ask(pulses)
    due_high = energy.due_high
    due_low = energy.due_low
    if debt:
        debt.ask(pulses)
        due_high += debt.due_high
        due_low += debt.due_low
        if due_low >= MICRO:
            due_low -= MICRO
            due_high += 1
    return due_high > high or (due_high == high and due_low >= low)
