# SPDX-License-Identifier: Apache-2.0
"""What the meter writes back on a card: the acknowledgement, and as much of its registers as there is room for."""

from groschen.core import demand, registers
from groschencard import codec, const, records

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.meter import Meter
    from groschen.core.state import State
    from groschencard.codec import Row, Values

_QUARTERS_PER_DAY = const(96)
_MICRO = const(1_000_000)
_CENT = const(10_000)
_CHARGES_AT = const(2)  # in a snapshot's registers, behind the two energies
_LEAST_DAYS = const(14)
_HIGHEST = const(0xFFFFFFFFFF)


def acknowledgement(state: "State", outcome: int) -> "Values":
    """Return the values of an acknowledgement: what is booked, and how things stand."""
    meter = state.meter
    cards = state.cards
    account = meter.account
    supply = meter.supply
    told = supply.mode
    for flag, holds in (
        (records.SUPPLY_ON, supply.on),
        (records.OFFERED, supply.offered),
        (records.EMERGENCY, supply.emergency),
        (records.CLOCK_LOST, meter.clock_lost),
    ):
        if holds:
            told |= flag
    return {
        "outcome": outcome,
        "quarter": meter.quarter,
        "second": meter.second,
        "credit_number": cards.credit_number,
        "debt_number": cards.debt_number,
        "command_number": cards.command,
        "tariff": max(meter.tariff.version, meter.pending.version),
        "contract": cards.contract,
        "tan_number": state.tan.highest,
        "tan_used": state.tan.used,
        "refunds_ueur": min(account.refunds.value(), _HIGHEST),
        "balance_ueur": account.balance.value(),
        "debt_ueur": min(account.debt.owed.value(), _HIGHEST),
        "supply": told,
        "errors": meter.errors & 0xFFFF,
    }


def report(state: "State", room: int) -> "Values":
    """Return the values of a report whose record has so many bytes: all of it, and as many days as fit."""
    meter = state.meter
    room -= records.HEAD + records.LENGTH + records.TAIL
    values: "Values" = {"energy_ht": meter.energy_ht.value(), "energy_nt": meter.energy_nt.value()}
    now = meter.registers()
    for at in range(len(records.CHARGES)):
        values[records.CHARGES[at]] = now[_CHARGES_AT + at].value()
    values["topups"] = meter.account.topups.value()
    values["debt_added"] = meter.account.debt.added.value()
    values["disconnections"] = meter.supply.disconnections
    values["off_s"] = meter.supply.off_s
    for name in records.COUNTERS:
        values["count_" + name] = getattr(meter.counters, name)
    values["count_power"] = state.starts.count
    maxima = _maxima(meter)
    snapshots = _snapshots(meter, [limbs.value() for limbs in now])
    days: "list[Row]" = []
    values["maxima"] = maxima
    values["snapshots"] = snapshots
    values["newest_day"] = _newest_day(meter)
    values["days"] = days
    kept = _days(meter)
    least = sum([_size(row) for row in kept[:_LEAST_DAYS]])
    left = room - len(codec.pack(records.REPORT, values))
    while left < least and (snapshots or maxima):  # no meter of a house has so much; the newest are worth more
        (snapshots or maxima).pop()
        left = room - len(codec.pack(records.REPORT, values))
    for row in kept:
        left -= _size(row)
        if left < 0:
            break
        days.append(row)
    return values


def _size(row: "Row") -> int:
    return len(codec.groups(row[0])) + len(codec.groups(row[1]))


def _maxima(meter: "Meter") -> "list[Row]":
    rows: "list[Row]" = []
    above = meter.quarter
    for row in reversed(meter.demand.maxima.kept()):
        rows.append((above - row[demand.END], row[demand.PULSES] * 4000 // meter.imp))
        above = row[demand.END]
    return rows


def _snapshots(meter: "Meter", now: "list[int]") -> "list[Row]":
    rows: "list[Row]" = []
    above = _nearest_day(meter.quarter)
    later = now
    for row in reversed(meter.snapshots.months.kept()):
        values = _registers(meter, row)
        day = _nearest_day(row[registers.INSTANT])
        ht = later[0] * 10 // meter.imp - values[0] * 10 // meter.imp
        nt = later[1] * 10 // meter.imp - values[1] * 10 // meter.imp
        rows.append((above - day, ht, nt, _ct(later) - _ct(values)))
        above = day
        later = values
    return rows


def _nearest_day(quarter: int) -> int:
    """Return the local day that begins at a local midnight, without asking the calendar: it is the nearest of UTC."""
    return (quarter + _QUARTERS_PER_DAY // 2) // _QUARTERS_PER_DAY


def _registers(meter: "Meter", row: "list[int]") -> "list[int]":
    values: "list[int]" = []
    for cell in range(registers.FIRST, len(row), 2):
        base = meter.imp if cell < registers.FIRST + 2 * _CHARGES_AT else _MICRO
        values.append(row[cell] * base + row[cell + 1])
    return values


def _ct(values: "list[int]") -> int:
    """Return the sum of all charges in whole cents, rounded down."""
    return sum(values[_CHARGES_AT : _CHARGES_AT + len(records.CHARGES)]) // _CENT


def _newest_day(meter: "Meter") -> int:
    ring = meter.daily.ring
    return max(ring.cells[ring.newest(0) + registers.DAY], 0) if len(ring) else 0


def _days(meter: "Meter") -> "list[Row]":
    """Return the days, the newest first, up to the first that is lost."""
    rows: "list[Row]" = []
    day = _newest_day(meter)
    for row in reversed(meter.daily.ring.kept()):
        if row[registers.DAY] != day:
            break
        pulses = (row[registers.HT_HIGH] + row[registers.NT_HIGH]) * meter.imp
        pulses += row[registers.HT_LOW] + row[registers.NT_LOW]
        cost = row[registers.COST_HIGH] * _MICRO + row[registers.COST_LOW]
        rows.append((pulses * 100 // meter.imp, cost // _CENT))
        day -= 1
    return rows
