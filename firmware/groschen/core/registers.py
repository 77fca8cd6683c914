# SPDX-License-Identifier: Apache-2.0
"""What is counted: day by day, quarter hour by quarter hour, and as snapshots of all registers."""

from array import array

from groschen.core.amount import Limbs
from groschen.core.calendar import QUARTERS_PER_DAY
from groschen.core.ring import Ring
from groschencard.compat import const

DAYS = const(62)
MONTHS = const(12)
BILLINGS = const(10)

DAY = const(0)  # cells of a day's row: the local day, pulses, cost, and whether its midnight began it
DAY_HT = const(1)
DAY_NT = const(2)
COST_HIGH = const(3)
COST_LOW = const(4)
WHOLE = const(5)
_DAY_WIDTH = const(6)

_FORECAST_DAYS = const(7)

NAMES = (
    "energy_ht",
    "energy_nt",
    "ht",
    "nt",
    "power",
    "base_electricity",
    "base_gas",
    "base_water",
    "debt_kwh",
    "debt_electricity",
    "debt_gas",
    "debt_water",
    "topups",
    "refunds",
    "debt_added",
    "debt",
    "balance",
)
"""The registers of a snapshot, two energies in pulses and amounts in micro-euro, in this order."""

INSTANT = const(0)  # cells of a snapshot before the registers' two limbs each: the quarter hour it was taken at,
DISCONNECTIONS = const(1)  # how often the supply was opened,
MAXIMUM = const(2)  # and the highest quarter hour of the period that had closed one with pulses last
FIRST = const(3)


class Daily:
    """Consumption and cost of the last 62 local days, and of the day that runs."""

    FIELDS = ("ht", "nt", "whole")
    PARTS = ("ring", "before")
    __slots__ = FIELDS + PARTS + ("_cost",)

    def __init__(self) -> None:
        self.ht: int = 0  # pulses of the day that runs
        self.nt: int = 0
        self.whole: bool = False  # a day is whole when the meter charged the midnight that began it
        self.before = Limbs()  # all charges up to the day's first second
        self.ring = Ring(DAYS, _DAY_WIDTH)
        self._cost = Limbs()

    def close(self, day: int, charges: Limbs) -> None:
        """End a day; `charges` are all since commissioning."""
        cost = self._cost
        cost.copy(charges)
        cost.subtract(self.before.high, self.before.low)
        ring = self.ring
        at = ring.append()
        cells = ring.cells
        cells[at + DAY] = day
        cells[at + DAY_HT] = self.ht
        cells[at + DAY_NT] = self.nt
        cells[at + COST_HIGH] = cost.high
        cells[at + COST_LOW] = cost.low
        cells[at + WHOLE] = 1 if self.whole else 0
        self.before.copy(charges)
        self.ht = 0
        self.nt = 0
        self.whole = True


class Forecast:
    """The balance over the average daily cost of the last seven full days."""

    __slots__ = ("_left", "_need", "cost", "days")

    def __init__(self) -> None:
        self.days: int = 0  # full days that `cost` is the sum of, 0 to 7
        self.cost = Limbs()
        self._left = Limbs()
        self._need = Limbs()

    def ask(self, daily: Daily) -> None:
        """Sum up the last full days."""
        ring = daily.ring
        cells = ring.cells
        cost = self.cost
        cost.high = 0
        cost.low = 0
        days = 0
        while days < _FORECAST_DAYS and days < len(ring):
            at = ring.newest(days)
            if cells[at + WHOLE] == 0:
                break
            cost.add(cells[at + COST_HIGH], cells[at + COST_LOW])
            days += 1
        self.days = days

    def below(self, balance: Limbs, limit: int) -> bool:
        """Say whether the balance lasts less than so many days; never where nothing is known yet."""
        left = self._left
        left.high = balance.high * self.days
        left.low = 0
        left.count(balance.low * self.days)
        need = self._need
        need.high = self.cost.high * limit
        need.low = 0
        need.count(self.cost.low * limit)
        return self.days > 0 and need.above(left)

    def days_left(self, balance: Limbs) -> int:
        """Return the whole days that the balance lasts, 0 when it is used up, -1 where no forecast is possible."""
        if self.days == 0 or not self.cost.positive():
            return -1
        return max(0, balance.value() * self.days // self.cost.value())


class Profile:
    """Pulses of each of the last 62 days' quarter hours."""

    FIELDS = ("first", "end")
    FIXED = ("cells",)
    __slots__ = ("cells", "end", "first")

    def __init__(self) -> None:
        self.first: int = 0  # the quarter hour of commissioning
        self.end: int = 0  # the quarter hour after the last closed one
        self.cells: "array[int]" = array("i", bytes(4 * DAYS * QUARTERS_PER_DAY))

    def begin(self, quarter: int) -> None:
        """Begin with a quarter hour."""
        self.first = quarter
        self.end = quarter

    def close_quarter(self, end: int, pulses: int) -> None:
        """Write the quarter hour before `end` down."""
        self.cells[(end - 1) % (DAYS * QUARTERS_PER_DAY)] = pulses
        self.end = end

    def start(self) -> int:
        """Return the oldest quarter hour that is kept."""
        return max(self.first, self.end - DAYS * QUARTERS_PER_DAY)

    def pulses(self, quarter: int) -> int:
        """Return the pulses of a quarter hour from `start` to before `end`."""
        return self.cells[quarter % (DAYS * QUARTERS_PER_DAY)]


class Snapshots:
    """All registers at the last twelve month starts and at up to ten billing dates."""

    PARTS = ("months", "billings")
    __slots__ = ("_registers", "billings", "months")

    def __init__(self, registers: "list[Limbs]") -> None:
        self._registers = registers
        width = FIRST + 2 * len(registers)
        self.months = Ring(MONTHS, width)
        self.billings = Ring(BILLINGS, width)

    def take(self, ring: Ring, quarter: int, disconnections: int, maximum: int) -> None:
        """Write all registers into a row of `months` or `billings`."""
        at = ring.append()
        cells = ring.cells
        cells[at + INSTANT] = quarter
        cells[at + DISCONNECTIONS] = disconnections
        cells[at + MAXIMUM] = maximum
        at += FIRST
        registers = self._registers
        for index in range(len(registers)):
            cells[at] = registers[index].high
            cells[at + 1] = registers[index].low
            at += 2
