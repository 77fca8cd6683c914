# SPDX-License-Identifier: Apache-2.0
"""What a card brings, as the meter's own objects."""

from array import array

from groschen.core.amount import Limbs
from groschen.core.tariff import Tariff
from groschen.core.windows import NONE, Windows
from groschencard import const, records

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschencard.codec import Row
    from groschencard.seal import Record

# The tariff's own names for the fields of its record.
_PRICES = (
    ("start_quarter", "start_quarter"),
    ("start_second", "start_second"),
    ("ht", "ht_ueur_per_kwh"),
    ("nt", "nt_ueur_per_kwh"),
    ("power", "power_ueur_per_kw"),
    ("base", "base_ueur_per_day"),
    ("base_gas", "base_gas"),
    ("base_water", "base_water"),
    ("debt_kwh", "debt_ueur_per_kwh"),
    ("debt_day", "debt_ueur_per_day"),
    ("debt_gas", "debt_gas"),
    ("debt_water", "debt_water"),
)


def tariff_of(record: "Record") -> Tariff:
    """Return the tariff of a record."""
    tariff = Tariff()
    tariff.version = record.number
    for name, field in _PRICES:
        setattr(tariff, name, record.int(field))
    flags = record.int("flags")
    tariff.continuous = bool(flags & records.CONTINUOUS)
    tariff.yearly = bool(flags & records.YEARLY)
    tariff.workday = _spans(record.rows("workday"))
    tariff.saturday = _spans(record.rows("saturday"))
    tariff.sunday = _spans(record.rows("sunday"))
    for rule in record.rows("holidays"):
        tariff.holidays.extend(array("i", rule))
    return tariff


def _spans(rows: "list[Row]") -> "array[int]":
    spans = array("i")
    for row in rows:
        spans.append(row[0] & records.SPAN_MASK)
        spans.append(row[0] >> records.SPAN_BITS)
    return spans


def windows_of(record: "Record") -> Windows:
    """Return the windows of a contract's record."""
    windows = Windows()
    if record.int("daily_start") != records.NO_MINUTE:
        windows.daily_start = record.int("daily_start")
        windows.daily_end = record.int("daily_end")
    if record.int("weekend_start") != records.NO_MINUTE:
        windows.weekend_start = record.int("weekend_start")
        windows.weekend_end = record.int("weekend_end")
    if record.int("span_quarter") != records.NO_QUARTER:
        windows.span_quarter = record.int("span_quarter")
        windows.span_second = record.int("span_second")
        windows.span_end_quarter = record.int("span_end_quarter")
        windows.span_end_second = record.int("span_end_second")
    assert windows.daily_end != NONE or windows.daily_start == NONE
    windows.days = days_of(record.rows("credit_days"))
    return windows


def days_of(rows: "list[Row]") -> "array[int]":
    """Return local days from rows of one."""
    return array("i", [row[0] for row in rows])


def difference(now: Limbs, high: int, low: int) -> Limbs:
    """Return by how much an amount is above what it was."""
    more = Limbs()
    more.copy(now)
    more.subtract(high, low)
    return more


def amount_of(record: "Record", field: str) -> Limbs:
    """Return a field of micro-euro as an amount."""
    amount = Limbs()
    amount.set_value(record.int(field))
    return amount
