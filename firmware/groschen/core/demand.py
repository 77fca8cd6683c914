# SPDX-License-Identifier: Apache-2.0
"""Quarter-hour demand, its maxima, and the power tariff on them.

A quarter hour with n pulses has the demand n * 4 / imp_per_kwh kW. Two maxima are kept of each billing
period: the charged one (the highest quarter hour that did not end in FREE), and that of the register.
"""

from groschen.core.ring import Ring
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.calendar import Date

PERIODS = const(13)
"""Billing periods whose maximum is kept: this one and the last twelve."""

PERIOD = const(0)  # cells of a row: year * 100 + month, or year * 100 where the period is the year
PULSES = const(1)
END = const(2)  # the quarter hour at whose start the highest one ended
_WIDTHS = (3, 4, 3)


class Demand:
    """The running quarter hour and the billing period it belongs to."""

    FIELDS = ("pulses", 4, "charged", 4, "period", 3, "closing", 3)
    PARTS = ("maxima",)

    def __init__(self) -> None:
        self.maxima = Ring(PERIODS, _WIDTHS, open_row=True)
        self.pulses: int = 0  # in the quarter hour that runs
        self.charged: int = 0  # the highest quarter hour of the period that is or will be charged
        self.period: int = 0
        self.closing: int = 0  # the period that a tariff ended within this quarter hour, else 0

    def close_quarter(self, end: int, free: bool) -> int:
        """End a quarter hour; return by how many pulses it raised the charged maximum."""
        pulses = self.pulses
        closing = self.closing
        if pulses == 0 and closing == 0:
            return 0
        self.pulses = 0
        self.closing = 0
        if pulses:
            self._register(closing or self.period, pulses, end)
        if free or closing or pulses <= self.charged:
            return 0
        increase = pulses - self.charged
        self.charged = pulses
        return increase

    def end_period(self) -> int:
        """End the billing period; return its charged maximum."""
        charged = self.charged
        self.charged = 0
        return charged

    def begin_period(self, date: "Date", yearly: bool) -> None:
        """Begin the billing period of a date."""
        self.period = date.year * 100 + (0 if yearly else date.month)

    def jump(self, quarter: int, date: "Date", yearly: bool) -> None:
        """Go on at another quarter hour, of a local date: its maxima are those of before, none is of a time to come."""
        self.pulses = 0
        self.closing = 0
        self.begin_period(date, yearly)
        maxima = self.maxima
        cells = maxima.cells
        at = maxima.newest(0)
        if maxima.appended and cells[at + END] > quarter:
            cells[at + PERIOD] = self.period
            cells[at + PULSES] = 0
            cells[at + END] = quarter
            for back in range(1, len(maxima)):
                row = maxima.newest(back)
                if cells[row + PERIOD] == self.period and cells[row + END] <= quarter:
                    cells[at + PULSES] = cells[row + PULSES]
                    cells[at + END] = cells[row + END]
        maxima.drop(quarter + 1, END)

    def highest(self, period: int) -> int:
        """Return the index of the first cell of a period's row in `maxima`, -1 where the newest row is not its."""
        maxima = self.maxima
        at = maxima.newest(0)
        return at if maxima.appended and maxima.cells[at + PERIOD] == period else -1

    def _register(self, period: int, pulses: int, end: int) -> None:
        maxima = self.maxima
        cells = maxima.cells
        at = maxima.newest(0)
        if maxima.appended == 0 or cells[at + PERIOD] != period:
            at = maxima.append()
            cells[at + PERIOD] = period
            cells[at + PULSES] = 0
        if pulses > cells[at + PULSES]:
            cells[at + PULSES] = pulses
            cells[at + END] = end
