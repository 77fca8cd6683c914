# SPDX-License-Identifier: Apache-2.0
"""What is counted: day by day, quarter hour by quarter hour, and as snapshots of all registers."""

from array import array

from groschen.core.amount import Limbs
from groschen.core.ring import LOST, Ring
from groschencard import const

DAYS = const(62)
PROFILE_DAYS = const(60)
MONTHS = const(12)
BILLINGS = const(10)

DAY = const(0)  # cells of a day's row: the local day, energies and cost in two limbs, and whether its midnight began it
HT_HIGH = const(1)
HT_LOW = const(2)
NT_HIGH = const(3)
NT_LOW = const(4)
COST_HIGH = const(5)
COST_LOW = const(6)
WHOLE = const(7)
_QUARTERS_PER_DAY = const(96)
_DAY_WIDTHS = (2, 4, 3, 4, 3, -5, 3, 1)

_FORECAST_DAYS = const(7)

INSTANT = const(0)  # cells of a snapshot before the registers' two limbs each: the quarter hour it was taken at,
DISCONNECTIONS = const(1)  # how often the supply was opened,
MAXIMUM = const(2)  # the highest quarter hour of the period that the day before belonged to, 0 where it had no pulses,
MAXIMUM_END = const(3)  # and when that ended
FIRST = const(4)
_SNAPSHOT_WIDTHS = (3, 3, 4, 3) + (4, 3) * 2 + (-5, 3) * 15


class Daily:
    """Consumption and cost of the last 62 local days, found from the registers at each midnight."""

    FIELDS = ("whole", 1)
    PARTS = ("ring", "ht", "nt", "charges")

    def __init__(self, imp_per_kwh: int) -> None:
        self.whole: bool = False  # a day is whole when the meter charged the midnight that began it
        self.ht = Limbs(imp_per_kwh)  # the registers as they were when the running day began
        self.nt = Limbs(imp_per_kwh)
        self.charges = Limbs()
        self.ring = Ring(DAYS, _DAY_WIDTHS)

    def close(self, day: int, ht: Limbs, nt: Limbs, charges: Limbs) -> None:
        """End a day; the registers are those of all time since commissioning."""
        ring = self.ring
        at = ring.append()
        cells = ring.cells
        cells[at + DAY] = day
        _since(ht, self.ht, ring, at + HT_HIGH)
        _since(nt, self.nt, ring, at + NT_HIGH)
        _since(charges, self.charges, ring, at + COST_HIGH)
        cells[at + WHOLE] = 1 if self.whole else 0
        self.whole = True

    def jump(self, day: int, to: int, ht: Limbs, nt: Limbs, charges: Limbs) -> None:
        """Go from one day to another one: the day that is left, or come to, is not whole."""
        self.whole = False
        if to > day:
            self.close(day, ht, nt, charges)
            self.whole = False
        self.ring.drop(to)


def _since(now: Limbs, before: Limbs, ring: Ring, at: int) -> None:
    """Write what a register rose by into two cells, and remember it as it is now."""
    high = before.high
    low = before.low
    before.copy(now)
    before.subtract(high, low)
    ring.cells[at] = before.high
    ring.cells[at + 1] = before.low
    before.copy(now)


class Forecast:
    """The balance over the average daily cost of the last seven full days."""

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


class Profile:
    """Pulses of the last days' quarter hours: of 60, with two more days while they are overwritten.

    Where a memory keeps them the meter itself holds two days: those that no commit has written yet, and some room.
    """

    FIELDS = ("first", 3, "end", 3)
    FIXED = ("cells",)

    def __init__(self, days: int = DAYS) -> None:
        self.first: int = 0  # the quarter hour of commissioning
        self.held: int = 0  # the first that the cells hold: those before are in the memory alone
        self.end: int = 0  # the quarter hour after the last closed one
        self.cells: "array[int]" = array("i", bytes(4 * days * _QUARTERS_PER_DAY))

    def begin(self, quarter: int) -> None:
        """Begin with a quarter hour."""
        self.first = quarter
        self.end = quarter

    def close_quarter(self, end: int, pulses: int) -> None:
        """Write the quarter hour before `end` down."""
        self.cells[(end - 1) % len(self.cells)] = pulses
        self.end = end

    def jump(self, to: int) -> None:
        """Go on at another quarter hour: those that are left out are lost, and those still to come are dropped."""
        size = len(self.cells)
        if to > self.end:
            for quarter in range(max(self.end, to - size), to):
                self.cells[quarter % size] = LOST
        else:
            # What a quarter hour of 62 days later was written over is gone; nothing is held that was not closed since.
            self.first = min(max(self.first, self.end - DAYS * _QUARTERS_PER_DAY), to)
            self.held = to
        self.end = to

    def start(self) -> int:
        """Return the oldest quarter hour that is kept."""
        return max(self.first, self.end - PROFILE_DAYS * _QUARTERS_PER_DAY)

    def pulses(self, quarter: int) -> int:
        """Return the pulses of a quarter hour from `start` to before `end`, LOST where the cells do not hold them."""
        size = len(self.cells)
        return self.cells[quarter % size] if quarter >= max(self.held, self.end - size) else LOST


class Snapshots:
    """All registers at the last twelve month starts and at up to ten billing dates."""

    PARTS = ("months", "billings")

    def __init__(self, registers: "list[Limbs]") -> None:
        self._registers = registers
        self.months = Ring(MONTHS, _SNAPSHOT_WIDTHS)
        self.billings = Ring(BILLINGS, _SNAPSHOT_WIDTHS)

    def take(self, ring: Ring, quarter: int, disconnections: int, maximum: int, maximum_end: int) -> None:
        """Write all registers into a row of `months` or `billings`."""
        at = ring.append()
        cells = ring.cells
        cells[at + INSTANT] = quarter
        cells[at + DISCONNECTIONS] = disconnections
        cells[at + MAXIMUM] = maximum
        cells[at + MAXIMUM_END] = maximum_end
        at += FIRST
        registers = self._registers
        for index in range(len(registers)):
            cells[at] = registers[index].high
            cells[at + 1] = registers[index].low
            at += 2
