# SPDX-License-Identifier: Apache-2.0
"""A tariff as a card carries it: prices, shares, the switching table, holidays, its version and its start."""

from array import array

from groschen.core.errors import TariffError
from groschencard import const

_MINUTES_PER_DAY = const(1440)
_SPANS = const(4)  # HT spans a day type
_RULE = const(5)  # integers a holiday rule
_MOST = const(0x7FFFFFFF)  # micro-euro: a state is saved in integers of 32 bits


class Tariff:
    """Prices in micro-euro per kWh, kW or day; the electricity share is what gas and water leave of 100."""

    FIELDS = (
        "version", 4,
        "start_quarter", 3,
        "start_second", 2,
        "ht", 4,
        "nt", 4,
        "power", 4,
        "continuous", 1,
        "yearly", 1,
        "base", 4,
        "base_gas", 1,
        "base_water", 1,
        "debt_kwh", 4,
        "debt_day", 4,
        "debt_gas", 1,
        "debt_water", 1,
    )  # fmt: skip
    ARRAYS = ("workday", "saturday", "sunday", "holidays")

    def __init__(self) -> None:
        self.version: int = 0
        self.start_quarter: int = 0  # the instant from which it is in force
        self.start_second: int = 0
        self.ht: int = 0
        self.nt: int = 0
        self.power: int = 0
        self.continuous: bool = False
        self.yearly: bool = False
        self.base: int = 0
        self.base_gas: int = 0
        self.base_water: int = 0
        self.debt_kwh: int = 0
        self.debt_day: int = 0
        self.debt_gas: int = 0
        self.debt_water: int = 0
        self.workday: "array[int]" = array("i")  # start and end of each HT span, in minutes
        self.saturday: "array[int]" = array("i")
        self.sunday: "array[int]" = array("i")
        self.holidays: "array[int]" = array("i")  # five integers a rule, see groschencard.holidays

    def check(self) -> None:
        """Raise TariffError where something cannot be."""
        for price in (self.ht, self.nt, self.power, self.base, self.debt_kwh, self.debt_day):
            if not 0 <= price <= _MOST:
                raise TariffError("price")
        for gas, water in ((self.base_gas, self.base_water), (self.debt_gas, self.debt_water)):
            if gas < 0 or water < 0 or gas + water > 100:
                raise TariffError("shares")
        for spans in (self.workday, self.saturday, self.sunday):
            _check_spans(spans)
        if len(self.holidays) % _RULE:
            raise TariffError("holidays")


def _check_spans(spans: "array[int]") -> None:
    if len(spans) > 2 * _SPANS or len(spans) % 2:
        raise TariffError("spans")
    for at in range(0, len(spans), 2):
        if not 0 <= spans[at] < spans[at + 1] <= _MINUTES_PER_DAY:
            raise TariffError("spans")
