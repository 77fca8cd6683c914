# SPDX-License-Identifier: Apache-2.0
"""Money and energy in two limbs, so that neither leaves the 31 bits of a small integer.

An amount of money is whole euro and micro-euro, a register of energy whole kilowatt-hours and pulses.
The lower limb is always 0 <= low < base, the upper one carries the sign: -0.25 EUR is (-1, 750 000).
"""

from groschencard import const

MICRO = const(1_000_000)
"""Micro-euro in a euro: the base of every amount of money."""


class Limbs:
    """An integer high * base + low; 0 <= low < base."""

    FIELDS = ("high", -4, "low", 3)

    def __init__(self, base: int = MICRO) -> None:
        self.base: int = base
        self.high: int = 0
        self.low: int = 0

    def add(self, high: int, low: int) -> None:
        """Add high * base + low; 0 <= low < base."""
        low += self.low
        if low >= self.base:
            low -= self.base
            high += 1
        self.high += high
        self.low = low

    def subtract(self, high: int, low: int) -> None:
        """Subtract high * base + low; 0 <= low < base."""
        low = self.low - low
        if low < 0:
            low += self.base
            high += 1
        self.high -= high
        self.low = low

    def count(self, units: int) -> None:
        """Add any number of units >= 0 to the lower limb and carry what overflows."""
        units += self.low
        if units >= self.base:
            whole = units // self.base
            self.high += whole
            units -= whole * self.base
        self.low = units

    def copy(self, other: "Limbs") -> None:
        """Take the value of another amount of the same base."""
        self.high = other.high
        self.low = other.low

    def above(self, other: "Limbs") -> bool:
        """Say whether this is more than the other amount of the same base."""
        return self.high > other.high or (self.high == other.high and self.low > other.low)

    def positive(self) -> bool:
        """Say whether this is more than nothing."""
        return self.high > 0 or (self.high == 0 and self.low > 0)

    def set_value(self, value: int) -> None:
        """Take an integer of any size; outside the meter's loop, since it may allocate."""
        self.high = value // self.base
        self.low = value - self.high * self.base

    def value(self) -> int:
        """Return the amount as one integer; outside the meter's loop, since it may allocate."""
        return self.high * self.base + self.low
