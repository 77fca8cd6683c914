# SPDX-License-Identifier: Apache-2.0
"""A meter to be tried by hand: local times as text, money in cent, pulses one by one."""

from __future__ import annotations

import datetime as dt
from array import array
from typing import Any
from zoneinfo import ZoneInfo

from groschen.core.amount import Limbs
from groschen.core.calendar import LEGAL, QUARTER_S, day_number
from groschen.core.meter import Meter
from groschen.core.tariff import Tariff
from groschen.core.windows import Windows
from groschensim import names, result

BERLIN = ZoneInfo("Europe/Berlin")
CT = 10_000
EUR = 1_000_000


def seconds(local: str, fold: int = 0) -> int:
    """Gives an instant of legal time, "2026-01-31 18:00", as seconds since 1970."""
    return int(dt.datetime.fromisoformat(local).replace(tzinfo=BERLIN, fold=fold).timestamp())


def day(date: str) -> int:
    """Gives a date's number."""
    year, month, of_month = (int(part) for part in date.split("-"))
    return day_number(year, month, of_month)


def money(ueur: int) -> Limbs:
    limbs = Limbs()
    limbs.set_value(ueur)
    return limbs


def spans(*minutes: int) -> array[int]:
    return array("i", minutes)


def tariff(version: int = 1, start: str | None = None, **fields: Any) -> Tariff:
    """Gives a tariff; prices in micro-euro, the rest as the core names it."""
    new = Tariff()
    new.version = version
    if start:
        new.start_quarter, new.start_second = divmod(seconds(start), QUARTER_S)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


class House:
    """A meter and what happens to it."""

    def __init__(
        self,
        start: str,
        terms: Tariff,
        credit: int = 0,
        debt: int = 0,
        mode: int = 0,
        confirm: bool = False,
        imp: int = 1000,
        zone: int = LEGAL,
    ) -> None:
        self.meter = Meter(imp, zone)
        self.meter.set_confirm(confirm)
        self.meter.commission(*divmod(seconds(start), 86400), mode, terms, money(credit), money(debt))

    def to(self, local: str, fold: int = 0) -> None:
        self.meter.advance(*divmod(seconds(local, fold), 86400))

    def use(self, pulses: int) -> int:
        """Lets pulses fall one by one while the supply is on; gives how many did."""
        for fallen in range(pulses):
            if not self.meter.supply.on:
                return fallen
            self.meter.count(1)
        return pulses

    def off(self) -> None:
        self.meter.power_off()

    def back(self, local: str) -> None:
        self.meter.power_on(*divmod(seconds(local), 86400))

    def credit_terms(self, windows: Windows | None = None, limit: int = 0, threshold: int = EUR) -> None:
        self.meter.set_credit(windows or Windows(), money(limit), money(threshold))

    @property
    def balance(self) -> int:
        return self.meter.account.balance.value()

    @property
    def debt(self) -> int:
        return self.meter.account.debt.owed.value()

    @property
    def on(self) -> bool:
        return self.meter.supply.on

    def charged(self, name: str) -> int:
        """Gives a register of money by the name it has in snapshots."""
        return self.meter.registers()[names.REGISTERS.index(name)].value()

    def shown(self, name: str) -> list[dict[str, object]]:
        """Gives a list of the read-out: daily, events, warnings."""
        return result.read_out(self.meter)[name]

    def warned(self) -> list[tuple[object, object]]:
        return [(row["at"], row["because"]) for row in self.shown("warnings")]
