# SPDX-License-Identifier: Apache-2.0
"""The price components: what a stretch of pulses costs.

A component charges exactly floor(sum(pulses * price) / imp_per_kwh) micro-euro since commissioning: the
remainder of each division is its carry. So that nothing leaves 31 bits, pulses are taken in digits of base
256, and the price of 1, 256 and 65 536 pulses is kept as euro, micro-euro and remainder:
three digits of 255 times 999 999 micro-euro, and their carries, stay below 2**30.
"""

from groschen.core.amount import Limbs
from groschencard import const

_MICRO = const(1_000_000)
_DIGIT = const(256)


class Component:
    """One price per kilowatt-hour (or kilowatt), its carry, and what it has charged."""

    FIELDS = ("carry", 3)
    PARTS = ("charged",)

    def __init__(self, imp_per_kwh: int) -> None:
        self.imp: int = imp_per_kwh
        self.carry: int = 0  # in parts of 1 / imp_per_kwh micro-euro
        self.charged = Limbs()
        self.due_high: int = 0  # what the last question came to: euro, micro-euro, and the carry it would leave
        self.due_low: int = 0
        self.due_carry: int = 0
        self.price: int = 0
        self.set_price(0)

    def set_price(self, price: int) -> None:
        """Take a price in micro-euro per kilowatt-hour; allocates."""
        imp = self.imp
        self.price = price
        self.r0 = price % imp
        self.u0 = price // imp % _MICRO
        self.e0 = price // imp // _MICRO
        price *= _DIGIT
        self.r1 = price % imp
        self.u1 = price // imp % _MICRO
        self.e1 = price // imp // _MICRO
        price *= _DIGIT
        self.r2 = price % imp
        self.u2 = price // imp % _MICRO
        self.e2 = price // imp // _MICRO

    def ask(self, pulses: int) -> None:
        """Find what so many pulses would cost: `due_high` euro, `due_low` micro-euro, `due_carry`."""
        if pulses < _DIGIT:
            high = pulses * self.e0
            low = pulses * self.u0
            rest = pulses * self.r0 + self.carry
        else:
            d0 = pulses & 255
            d1 = pulses >> 8 & 255
            d2 = pulses >> 16
            high = d0 * self.e0 + d1 * self.e1 + d2 * self.e2
            low = d0 * self.u0 + d1 * self.u1 + d2 * self.u2
            rest = d0 * self.r0 + d1 * self.r1 + d2 * self.r2 + self.carry
        whole = rest // self.imp
        self.due_carry = rest - whole * self.imp
        low += whole
        if low >= _MICRO:
            whole = low // _MICRO
            low -= whole * _MICRO
            high += whole
        self.due_high = high
        self.due_low = low

    def charge(self, pulses: int) -> None:
        """Charge so many pulses; `due_high` and `due_low` say what they cost."""
        self.ask(pulses)
        self.carry = self.due_carry
        self.charged.add(self.due_high, self.due_low)


class Divisions:
    """An amount each for electricity, gas and water."""

    PARTS = ("electricity", "gas", "water")

    def __init__(self) -> None:
        self.electricity = Limbs()
        self.gas = Limbs()
        self.water = Limbs()


class Rate(Divisions):
    """A daily rate, divided: what it charges to each division per day."""

    def set(self, rate: int, gas: int, water: int) -> None:
        """Divide a rate in micro-euro per day by whole percentages; electricity bears the rest. Allocates."""
        gas_part = rate * gas // 100
        water_part = rate * water // 100
        self.gas.set_value(gas_part)
        self.water.set_value(water_part)
        self.electricity.set_value(rate - gas_part - water_part)
