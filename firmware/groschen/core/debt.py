# SPDX-License-Identifier: Apache-2.0
"""What is owed, and how it falls: per kilowatt-hour and per day, never below zero."""

from groschen.core.amount import Limbs
from groschen.core.component import Component, Divisions, Rate


class Debt:
    """The debt register, its component per kWh and its daily rate; each charge lowers the balance too."""

    PARTS = ("owed", "added", "kwh", "charged")

    def __init__(self, imp_per_kwh: int) -> None:
        self.owed = Limbs()
        self.added = Limbs()  # all debt that was ever brought in
        self.kwh = Component(imp_per_kwh)
        self.rate = Rate()
        self.charged = Divisions()
        self.due = Limbs()  # what the last charge came to

    def add(self, high: int, low: int) -> None:
        """Add a new debt."""
        self.owed.add(high, low)
        self.added.add(high, low)

    def per_kwh(self) -> bool:
        """Say whether pulses cost debt now."""
        return self.kwh.price > 0 and self.owed.positive()

    def ends_within(self, pulses: int) -> bool:
        """Say whether so many pulses pay off all that is owed."""
        kwh = self.kwh
        kwh.ask(pulses)
        owed = self.owed
        return kwh.due_high > owed.high or (kwh.due_high == owed.high and kwh.due_low >= owed.low)

    def charge_pulses(self, pulses: int) -> None:
        """Charge so many pulses, at most what is owed; `due` says what it was."""
        kwh = self.kwh
        if self.ends_within(pulses):
            self._take(kwh.charged, self.owed)
        else:
            kwh.carry = kwh.due_carry
            self.due.high = kwh.due_high
            self.due.low = kwh.due_low
            kwh.charged.add(kwh.due_high, kwh.due_low)
            self.owed.subtract(kwh.due_high, kwh.due_low)

    def charge_part(self, part: Limbs, account: Limbs) -> None:
        """Charge one division's part of the daily rate, cut to what is owed; `due` says what it was."""
        self._take(account, self.owed if part.above(self.owed) else part)

    def _take(self, account: Limbs, amount: Limbs) -> None:
        due = self.due
        due.copy(amount)
        account.add(due.high, due.low)
        self.owed.subtract(due.high, due.low)
        if not self.owed.positive():
            self.kwh.carry = 0
