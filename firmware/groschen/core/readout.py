# SPDX-License-Identifier: Apache-2.0
"""What the service port says of the meter: the value of each code of `obis`, as text; the load profile in blocks.

Built line by line while it is sent. Integers alone: a value is exact, and shows every pulse and every micro-euro.
"""

from groschen.core import demand, registers
from groschen.core.amount import Limbs
from groschen.core.calendar import LEGAL, day_number
from groschen.core.readout_table import HISTORY, PAST, TABLE
from groschencard import const
from groschencard.iec62056 import decimals, fixed

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    from groschen.core.state import State
    from groschencard.keys import MeterKeys

    class Quarters(Protocol):
        """Where the whole load profile is kept."""

        def quarter(self, quarter: int) -> int:
            """Return the pulses of a quarter hour, -1 where they are damaged."""
            ...

        def event(self, index: int) -> "list[int]":
            """Return the entry of the log of that number."""
            ...


_MICRO = const(1_000_000)
_QUARTERS_PER_DAY = const(96)
_NOW = const(-1)
_LOST = const(-2)
_BLOCK = const(96)  # quarter hours of the load profile that are sent at once, at most
_CET = const(4)
_CEST = const(8)
_NO_STAMP = const("0000000000")


def codes() -> "list[str]":
    """Return the codes of a readout in its order."""
    return [row.partition(" ")[0] for row in TABLE[1:-1].split("\n")]


def own(name: str) -> str:
    """Return a code as the table spells it, from any spelling without what stands behind `*`; empty where it has none.

    A full one begins with 1-0: (electricity) or 0-0: (the device), and has 96 for C, 97 for F, and a last .0.
    """
    if " " in name:
        return ""
    medium, _, rest = name.rpartition(":")
    digits = rest.replace("C.", "96.").replace("F.F", "97.97")
    letters = digits.replace("96.", "C.").replace("97.97", "F.F")
    forms = [name]
    if medium in ("", "1-0"):
        forms.append(rest)
    if medium in ("", "0-0"):
        forms.append("0-0:" + digits)
        if letters[:1] in ("C", "F"):
            forms.append(letters)
            if letters[-2:] == ".0":
                forms.append(letters[:-2])
    for form in forms:
        if _find(form) >= 0:
            return form
    return ""


def _find(name: str) -> int:
    return max(TABLE.find("\n" + name + " "), TABLE.find("\n" + name + "*"))


class Readout:
    """The meter's values as the lines of a data readout."""

    def __init__(self, state: "State", keys: "MeterKeys", store: "Quarters", version: str) -> None:
        """Take a state and whose it is, what keeps the quarter hours it does not hold, and the program's version."""
        self._state = state
        self._meter = meter = state.meter
        self._store = store
        self.serial: str = keys.serial.decode()
        self.utility: str = str(keys.utility)
        self.version = version
        self._digits: int = decimals(meter.imp)
        self._row: int = _NOW  # the first cell of the snapshot that is asked about
        self._clock = meter.agenda.ahead  # borrowed: the agenda sets it anew whenever it looks at it

    def lines(self) -> "Iterator[str]":
        """Give the readout, line by line: the values now, then those of the last month starts."""
        for code in codes():
            yield self.line(code)
        months = self._meter.snapshots.months
        for back in range(len(months)):
            number = "*%02d" % ((months.appended - back) % 100)
            for code in HISTORY.split(" "):
                yield self.line(code + number)
        yield "!\r\n"

    def line(self, code: str) -> str:
        """Return the line of a code, which may have the number of a reset behind it; empty where there is none."""
        name, _, number = code.partition("*")
        name = own(name)
        if not name:
            return ""
        at = _find(name)
        source, _, unit = TABLE[TABLE.find(" ", at) + 1 : TABLE.find("\n", at + 1)].partition(" ")
        self._row = self._snapshot(number)
        if self._row == _LOST or (self._row != _NOW and source not in PAST and not source.isdigit()):
            return ""
        return code + "(" + self._text(source, unit) + ")\r\n"

    def _snapshot(self, number: str) -> int:
        """Return the first cell of the snapshot with the two digits of a reset; _NOW where none is meant, or _LOST."""
        if not number or number == "255":
            return _NOW
        months = self._meter.snapshots.months
        for back in range(len(months)):
            at = months.newest(back)
            if number == "%02d" % ((months.appended - back) % 100) and months.cells[at] >= 0:
                return at
        return _LOST

    def _text(self, source: str, unit: str) -> str:
        """Return what stands between the brackets."""
        value = self._value(source)
        if isinstance(value, str):
            return value
        if isinstance(value, Limbs):
            text = fixed(value.value(), value.base, decimals(value.base))
        elif unit[:3] == "EUR":
            text = fixed(value, _MICRO, 6)
        elif unit == "kW":
            text = self._kw(value)
        else:
            text = str(int(value))
        return text + "*" + unit if unit else text

    def _value(self, source: str) -> "str | int | Limbs":
        if source.isdigit():
            return self._register(int(source))
        value: "object" = self._state
        for name in source.split("."):
            value = getattr(value, name) if name else self
        if callable(value):
            value = value()
        assert isinstance(value, (str, int, bool, Limbs))
        return value

    def _register(self, index: int) -> Limbs:
        """Return a register, or what it was at the snapshot that is asked about."""
        if self._row == _NOW:
            return self._meter.registers()[index]
        cells = self._meter.snapshots.months.cells
        at = self._row + registers.FIRST + 2 * index
        value = Limbs(_MICRO if index > 1 else self._meter.imp)
        value.high = cells[at]
        value.low = cells[at + 1]
        return value

    # -- time ----------------------------------------------------------------------------------------------

    def stamp(self, quarter: int, second: int = 0) -> str:
        """Return an instant as sYYMMDDhhmmss in local time; s is 1 in summer."""
        clock = self._clock
        clock.set(quarter, second)
        date = clock.date
        summer = self._meter.zone == LEGAL and clock.offset == _CEST
        time = (summer, date.year % 100, date.month, date.day, clock.minute // 60, clock.minute % 60, second % 60)
        return "%d%02d%02d%02d%02d%02d%02d" % time

    def now(self) -> str:
        """Return the instant now."""
        return self.stamp(self._meter.quarter, self._meter.second)

    def time(self) -> str:
        """Return the local time now."""
        return self.now()[7:]

    def date(self) -> str:
        """Return the local date now."""
        return self.now()[1:7]

    def reset(self) -> str:
        """Return when the registers were kept, or were kept last."""
        months = self._meter.snapshots.months
        at = self._row
        if at != _NOW:
            return self.stamp(months.cells[at])[1:11]
        kept = months.kept()
        return self.stamp(kept[-1][0])[1:11] if kept else _NO_STAMP

    def instant(self, text: str) -> "tuple[int, int]":
        """Return the quarter hour and second of sYYMMDDhhmm or sYYMMDDhhmmss, -1 where there is no such local time."""
        if len(text) == 11:
            text += "00"
        if len(text) != 13 or not text.isdigit():
            return _NOW, 0
        year, month, day, hour, minute, second = [int(text[at : at + 2]) for at in range(1, 13, 2)]
        zone = self._meter.zone
        if zone == LEGAL:
            zone = _CEST if text[0] == "1" else _CET
        quarter = day_number(2000 + year, month, day) * _QUARTERS_PER_DAY + hour * 4 + minute // 15 - zone
        second += minute % 15 * 60
        return (quarter, second) if self.stamp(quarter, second) == text else (_NOW, 0)

    # -- power and the load profile ------------------------------------------------------------------------

    def _kw(self, pulses: int) -> str:
        return fixed(4 * pulses, self._meter.imp, self._digits)

    def last(self) -> int:
        """Return the pulses of the last quarter hour."""
        return max(self.pulses(self._meter.profile.end - 1), 0)

    def maximum(self) -> str:
        """Return the highest quarter hour of the period, and when it ended."""
        meter = self._meter
        if self._row == _NOW:
            at = meter.demand.highest(meter.demand.period) + demand.PULSES
            cells = meter.demand.maxima.cells
        else:
            at = self._row + registers.MAXIMUM
            cells = meter.snapshots.months.cells
        pulses = cells[at] if at else 0
        text = self._kw(pulses) + "*kW"
        return text + ")(" + self.stamp(cells[at + 1])[1:11] if pulses else text

    def event(self, back: int) -> "list[int]":
        """Return the entry of the log so many before the newest."""
        ring = self._meter.log.ring
        return ring.row(back) if back < ring.rows else self._store.event(ring.appended - 1 - back)

    def pulses(self, quarter: int) -> int:
        """Return the pulses of a quarter hour of the load profile, below zero where they are lost."""
        pulses = self._meter.profile.pulses(quarter)
        if pulses >= 0:
            return pulses
        try:
            return self._store.quarter(quarter)
        except OSError:
            return -1

    def span(self, first: int, last: int) -> "tuple[int, int]":
        """Return what of two instants, both included, the load profile has: a quarter hour, and that behind the last.

        A quarter hour counts for the instant at which it ends.
        """
        profile = self._meter.profile
        return max(first - 1, profile.start()), min(last, profile.end)

    def block_end(self, quarter: int, end: int) -> int:
        """Return up to which quarter hour one head of the load profile holds."""
        lost = self.pulses(quarter) < 0
        season = self.stamp(quarter + 1)[0]
        until = quarter + 1
        end = min(end, quarter + _BLOCK)
        while until < end and (self.pulses(until) < 0) == lost and self.stamp(until + 1)[0] == season:
            until += 1
        return until

    def block(self, quarter: int, until: int) -> "Iterator[str]":
        """Give the lines of the load profile from a quarter hour to before another: a head, then the values."""
        status = "04" if self.pulses(quarter) < 0 else "00"
        yield "P.01(" + self.stamp(quarter + 1) + ")(" + status + ")(15)(1)(1.5.0)(kW)\r\n"
        while quarter < until:
            yield "(" + self._kw(max(self.pulses(quarter), 0)) + ")\r\n"
            quarter += 1

    # -- the rest ------------------------------------------------------------------------------------------

    def faults(self) -> str:
        """Return the error register."""
        return "%08X" % self._meter.errors

    def connected(self) -> bool:
        """Say whether the supply is on, and does not wait."""
        return self._meter.supply.on and not self.waits()

    def waits(self) -> int:
        """Return how many seconds a supply that is on still waits."""
        return self._state.waits()

    def tariff(self) -> int:
        """Return 1 for HT, 2 for NT."""
        return 1 if self._meter.agenda.high else 2

    def energy(self) -> Limbs:
        """Return the energy of both tariffs."""
        total = Limbs(self._meter.imp)
        for index in (0, 1):
            part = self._register(index)
            total.add(part.high, part.low)
        return total

    def emergency(self) -> Limbs:
        """Return what is left of the emergency credit: all of it until it is used."""
        supply = self._meter.supply
        left = Limbs()
        left.copy(supply.limit)
        if supply.emergency and supply.balance.high < 0:
            left.add(supply.balance.high, supply.balance.low)
        return left
