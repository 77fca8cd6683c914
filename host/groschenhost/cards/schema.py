# SPDX-License-Identifier: Apache-2.0
"""The card's records as a `construct` schema, built from the table that the meter's codec reads.

For other tools: what it parses and builds is what `groschencard.codec` unpacks and packs. It knows the layout alone;
which values cannot be is said by `codec.check`, who may have written them by `seal`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import construct as c

from groschencard import holiday_rules, records
from groschencard.records import RECORDS, RULES, TEXT

if TYPE_CHECKING:
    from groschencard.codec import Row, Value, Values
    from groschencard.records import Fields

_LEB128_END = 1 << 56
_DATE = 3
_KIND_AT = 14
_BOUNDED = 1 << 13
_EASTER_ZERO = 128
_CENTURY = 2000

# What a rule's lower bits say, by its kind: the two integers in them, and back.
_SPLIT: dict[int, Callable[[int], tuple[int, int]]] = {
    holiday_rules.FIXED: lambda word: (word >> 5 & 15, word & 31),
    holiday_rules.EASTER: lambda word: ((word & 0xFF) - _EASTER_ZERO, 0),
    holiday_rules.WEEKDAY_BEFORE: lambda word: (word >> 9 & 7, (word >> 5 & 15) * 100 + (word & 31)),
    _DATE: lambda word: (word >> 5 & 15, word & 31),
}
_JOIN: dict[int, Callable[[int, int], int]] = {
    holiday_rules.FIXED: lambda month, day: month << 5 | day,
    holiday_rules.EASTER: lambda days, _: days + _EASTER_ZERO,
    holiday_rules.WEEKDAY_BEFORE: lambda weekday, date: weekday << 9 | date // 100 << 5 | date % 100,
    _DATE: lambda month, day: month << 5 | day,
}


def integer(make: int) -> c.Construct:
    """Return the schema of an integer of a make of the table."""
    if make == 0:
        return c.ExprValidator(c.VarInt, lambda value, _: 0 <= cast("int", value) < _LEB128_END)
    return c.BytesInteger(abs(make), signed=make < 0, swapped=True)


def text(size: int) -> c.Construct:
    """Return the schema of text that zeros fill up."""
    return c.ExprAdapter(
        c.Bytes(size),
        lambda data, _: cast("bytes", data).rstrip(b"\0"),
        lambda data, _: cast("bytes", data).ljust(size, b"\0"),
    )


def rows(columns: Fields) -> c.Construct:
    """Return the schema of counted rows, each a tuple."""
    row = c.Sequence(*[name / _field(make) for name, make in columns])
    return c.PrefixedArray(c.VarInt, c.ExprAdapter(row, lambda cells, _: tuple(_integers(cells)), _same))


def rules() -> c.Construct:
    """Return the schema of counted holiday rules, each five integers as in `groschencard.holidays`."""
    packed = c.Struct(
        "word" / c.Int16ul,
        "years" / c.Array(lambda this: _years(cast("int", this["word"])), c.Int8ul),
    )
    return c.PrefixedArray(c.VarInt, c.ExprAdapter(packed, _rule, _packed))


def _same(value: object, _: object) -> object:
    return value


def _integers(cells: object) -> list[int]:
    return [cell for cell in cast("list[object]", cells) if isinstance(cell, int)]


def _years(word: int) -> int:
    if word >> _KIND_AT == _DATE:
        return 1
    return 2 if word & _BOUNDED else 0


def _rule(packed: object, _: object) -> Row:
    fields = cast("dict[str, object]", packed)
    word = cast("int", fields["word"])
    years = [year + _CENTURY for year in _integers(fields["years"])]
    kind = word >> _KIND_AT
    first, last = (years[0], years[-1]) if years else (holiday_rules.OPEN_FIRST, holiday_rules.OPEN_LAST)
    return (holiday_rules.FIXED if kind == _DATE else kind, *_SPLIT[kind](word), first, last)


def _packed(rule: object, _: object) -> dict[str, object]:
    kind, a, b, first, last = cast("Row", rule)
    if kind == holiday_rules.FIXED and first == last:
        kind, years = _DATE, [first]
    elif (first, last) == (holiday_rules.OPEN_FIRST, holiday_rules.OPEN_LAST):
        years = []
    else:
        years = [first, last]
    word = kind << _KIND_AT | (_BOUNDED if len(years) == 2 else 0) | _JOIN[kind](a, b)
    return {"word": word, "years": [year - _CENTURY for year in years]}


def _field(make: int | Fields) -> c.Construct:
    if not isinstance(make, int):
        return rows(make)
    if make == RULES:
        return rules()
    return text(make) if make >= TEXT else integer(make)


def payload(kind: int) -> c.Construct:
    """Return the schema of a record's payload."""
    return c.Struct(*[name / _field(make) for name, make in RECORDS[kind][4]])


def record(kind: int) -> c.Construct:
    """Return the schema of a whole record: number, payload, MAC and CRC, neither of them checked."""
    size = RECORDS[kind][2]
    if size:
        body = c.FixedSized(size - records.HEAD - records.TAIL, payload(kind))
    else:
        body = c.Prefixed(c.Int16ul, payload(kind))
    return c.Struct("number" / c.Int32ul, "payload" / body, "mac" / c.Bytes(records.MAC), "crc" / c.Int16ul)


def parse(kind: int, data: bytes) -> Values:
    """Return the values of a payload, as `codec.unpack` does; raises construct.ConstructError."""
    fields = cast("dict[str, Value]", payload(kind).parse(data))
    return {name: _plain(fields[name]) for name, _ in RECORDS[kind][4]}


def _plain(value: Value) -> Value:
    return list(value) if isinstance(value, list) else value


def build(kind: int, values: Values) -> bytes:
    """Return the payload of values, as `codec.pack` does; raises construct.ConstructError."""
    return payload(kind).build(values)
