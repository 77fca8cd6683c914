# SPDX-License-Identifier: Apache-2.0
"""The customer's account: balance, what each component charges to it, debt, top-ups and refunds.

At every instant topups - refunds - charges == balance, to the micro-euro.
"""

from groschen.core.amount import Limbs
from groschen.core.component import Component, Divisions, Rate
from groschen.core.debt import Debt
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.tariff import Tariff

_PER_KW = const(4)  # a pulse a quarter hour is four times its energy in power


class Account:
    """All money of one meter."""

    PARTS = ("balance", "topups", "refunds", "ht", "nt", "power", "base", "debt")

    def __init__(self, imp_per_kwh: int) -> None:
        self.balance = Limbs()
        self.topups = Limbs()
        self.refunds = Limbs()
        self.ht = Component(imp_per_kwh)
        self.nt = Component(imp_per_kwh)
        self.power = Component(imp_per_kwh)
        self.base = Divisions()
        self.debt = Debt(imp_per_kwh)
        self._base_rate = Rate()
        self._charges = Limbs()

    def use(self, tariff: "Tariff") -> None:
        """Take the prices and rates of a tariff; carries stay. Allocates."""
        self.ht.set_price(tariff.ht)
        self.nt.set_price(tariff.nt)
        self.power.set_price(tariff.power * _PER_KW)
        self.debt.kwh.set_price(tariff.debt_kwh)
        self._base_rate.set(tariff.base, tariff.base_gas, tariff.base_water)
        self.debt.rate.set(tariff.debt_day, tariff.debt_gas, tariff.debt_water)

    def charge_pulses(self, high: bool, pulses: int) -> None:
        """Charge pulses at HT or NT, and what they pay off of a debt."""
        energy = self.ht if high else self.nt
        energy.charge(pulses)
        self.balance.subtract(energy.due_high, energy.due_low)
        debt = self.debt
        if debt.per_kwh():
            debt.charge_pulses(pulses)
            self.balance.subtract(debt.due.high, debt.due.low)

    def charge_demand(self, pulses: int) -> None:
        """Charge a demand of so many pulses a quarter hour at the price of power."""
        self.power.charge(pulses)
        self.balance.subtract(self.power.due_high, self.power.due_low)

    def charge_day(self) -> None:
        """Charge the daily rates: base, then debt, each electricity, gas, water."""
        base = self.base
        rate = self._base_rate
        self._charge_base(rate.electricity, base.electricity)
        self._charge_base(rate.gas, base.gas)
        self._charge_base(rate.water, base.water)
        debt = self.debt
        self._charge_debt(debt.rate.electricity, debt.charged.electricity)
        self._charge_debt(debt.rate.gas, debt.charged.gas)
        self._charge_debt(debt.rate.water, debt.charged.water)

    def book(self, amount: Limbs) -> None:
        """Book a top-up."""
        self.topups.add(amount.high, amount.low)
        self.balance.add(amount.high, amount.low)

    def refund(self) -> None:
        """Give the balance back, leaving zero."""
        balance = self.balance
        self.refunds.add(balance.high, balance.low)
        balance.high = 0
        balance.low = 0

    def charges(self) -> Limbs:
        """Return the sum of all charges since commissioning, by the law above."""
        charges = self._charges
        charges.copy(self.topups)
        charges.subtract(self.refunds.high, self.refunds.low)
        charges.subtract(self.balance.high, self.balance.low)
        return charges

    def _charge_base(self, part: Limbs, division: Limbs) -> None:
        division.add(part.high, part.low)
        self.balance.subtract(part.high, part.low)

    def _charge_debt(self, part: Limbs, division: Limbs) -> None:
        debt = self.debt
        debt.charge_part(part, division)
        self.balance.subtract(debt.due.high, debt.due.low)
