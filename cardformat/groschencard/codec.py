# SPDX-License-Identifier: Apache-2.0
"""Payloads to values, by the table of `records`, and back as far as a meter writes: integers and rows.

Values are integers, text as bytes, and rows as lists of tuples, in a dict by the fields' names. A payload that was
unpacked packs to the same bytes again (`record_issue`); what cannot be is not unpacked, and MalformedError names it.
"""

from groschencard import const, holiday_rules
from groschencard.errors import MalformedError
from groschencard.records import (
    CONTRACT,
    HOLIDAYS_MOST,
    MOST,
    NO_MINUTE,
    NO_QUARTER,
    RECORDS,
    RULES,
    SPAN_BITS,
    SPAN_MASK,
    TARIFF,
    TEXT,
)

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschencard.records import Fields

    Row = tuple[int, ...]
    Value = int | bytes | list[Row]
    Values = dict[str, Value]

_GROUPS = const(8)  # bytes of a LEB128 at most
_MINUTES = const(1440)
_SPANS = const(4)
_CREDIT_DAYS = const(10)

# A holiday rule is two bytes: what kind, whether years follow, and the day; then a year, or a first and a last one.
_DATE = const(3)  # a kind of its own on the card: a fixed date in one single year
_KIND_AT = const(14)
_BOUNDED = const(1 << 13)
_EASTER_ZERO = const(128)
_CENTURY = const(2000)


class Reader:
    """Takes values from the front of a payload."""

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self.at: int = 0

    def take(self, size: int) -> bytes:
        """Return the next so many bytes."""
        end = self.at + size
        if end > len(self._payload):
            raise MalformedError("too short")
        taken = self._payload[self.at : end]
        self.at = end
        return taken

    def integer(self, make: int) -> int:
        """Return the next integer of a make of `records`."""
        if make == 0:
            return self.groups()
        value = int.from_bytes(self.take(abs(make)), "little")
        if make < 0 and value >> 8 * -make - 1:
            value -= 1 << 8 * -make
        return value

    def groups(self) -> int:
        """Return the next integer in groups of seven bits."""
        value = 0
        shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if byte == 0 and shift:
                    raise MalformedError("integer")
                return value
            shift += 7
            if shift == 7 * _GROUPS:
                raise MalformedError("integer")

    def rest(self) -> bytes:
        """Return what is left."""
        return self._payload[self.at :]


def groups(value: int) -> bytes:
    """Return an integer in groups of seven bits, the lowest first."""
    if not 0 <= value < 1 << 7 * _GROUPS:
        raise MalformedError("integer")
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def unpack(kind: int, payload: bytes) -> "Values":
    """Return the values of a payload; raises MalformedError."""
    reader = Reader(payload)
    values: "Values" = {}
    for name, make in RECORDS[kind][4]:
        values[name] = _take(reader, make)
    for byte in reader.rest():
        if byte:
            raise MalformedError("too long")
    check(kind, values)
    return values


def pack(kind: int, values: "Values") -> bytes:
    """Return the payload of what a meter writes, without the zeros behind it; raises MalformedError."""
    check(kind, values)
    out = bytearray()
    for name, make in RECORDS[kind][4]:
        put(out, name, make, values[name])
    return bytes(out)


def _take(reader: Reader, make: "int | Fields") -> "Value":
    if isinstance(make, int):
        if make == RULES:
            return [_take_rule(reader) for _ in range(_count(reader))]
        if make >= TEXT:
            return _text(reader.take(make))
        return reader.integer(make)
    columns = [column for _, column in make]
    return [tuple([_integer(reader, column) for column in columns]) for _ in range(_count(reader))]


def _count(reader: Reader) -> int:
    count = reader.groups()
    if count > len(reader.rest()):  # a row has one byte at least
        raise MalformedError("rows")
    return count


def _integer(reader: Reader, make: "int | Fields") -> int:
    assert isinstance(make, int)
    return reader.integer(make)


def _text(data: bytes) -> bytes:
    end = data.find(b"\x00")
    if end < 0:
        return data
    if data[end:] != bytes(len(data) - end):
        raise MalformedError("text")
    return data[:end]


def put(out: bytearray, name: str, make: "int | Fields", value: "Value") -> None:
    """Add a field that is an integer or rows to a payload; raises MalformedError."""
    if isinstance(make, int):
        assert isinstance(value, int)
        _put_integer(out, name, make, value)
        return
    assert isinstance(value, list)
    out.extend(groups(len(value)))
    for row in value:
        for at in range(len(make)):
            column = make[at][1]
            assert isinstance(column, int)
            _put_integer(out, name, column, row[at])


def _put_integer(out: bytearray, name: str, make: int, value: int) -> None:
    if make == 0:
        out.extend(groups(value))
        return
    size = abs(make)
    low = -(1 << 8 * size - 1) if make < 0 else 0
    if not low <= value < low + (1 << 8 * size):
        raise MalformedError(name)
    out.extend((value & (1 << 8 * size) - 1).to_bytes(size, "little"))


def _rows(value: "Value") -> "list[Row]":
    assert isinstance(value, list)
    return value


# -- holiday rules ----------------------------------------------------------------------------------------


def _take_rule(reader: Reader) -> "Row":
    word = reader.integer(2)
    kind = word >> _KIND_AT
    day = word & 31
    month = word >> 5 & 15
    if kind == _DATE:
        year = reader.integer(1) + _CENTURY
        rule = (holiday_rules.FIXED, month, day, year, year)
        spare = word & 0x3E00
    else:
        first = holiday_rules.OPEN_FIRST
        last = holiday_rules.OPEN_LAST
        if word & _BOUNDED:
            first = reader.integer(1) + _CENTURY
            last = reader.integer(1) + _CENTURY
            if (first, last) == (holiday_rules.OPEN_FIRST, holiday_rules.OPEN_LAST) or (
                kind == holiday_rules.FIXED and first == last
            ):
                raise MalformedError("holidays")
        if kind == holiday_rules.EASTER:
            rule = (kind, (word & 0xFF) - _EASTER_ZERO, 0, first, last)
            spare = word & 0x1F00
        elif kind == holiday_rules.FIXED:
            rule = (kind, month, day, first, last)
            spare = word & 0x1E00
        else:
            rule = (kind, word >> 9 & 7, month * 100 + day, first, last)
            spare = word & 0x1000
    if spare:
        raise MalformedError("holidays")
    check_rule(*rule)
    return rule


def check_rule(kind: int, a: int, b: int, first: int, last: int) -> None:
    """Raise MalformedError where a rule cannot be."""
    if kind == holiday_rules.EASTER:
        right = -_EASTER_ZERO <= a < _EASTER_ZERO and b == 0
    elif kind == holiday_rules.FIXED:
        right = 1 <= a <= 12 and 1 <= b <= 31
    else:
        right = kind == holiday_rules.WEEKDAY_BEFORE and 0 <= a <= 6 and 1 <= b // 100 <= 12 and 1 <= b % 100 <= 31
    if not right or not _CENTURY <= first <= last <= _CENTURY + 255:
        raise MalformedError("holidays")


# -- what cannot be ----------------------------------------------------------------------------------------


def check(kind: int, values: "Values") -> None:
    """Raise MalformedError where a value cannot be."""
    for name, _ in RECORDS[kind][4]:
        value = values[name]
        if isinstance(value, int) and value > MOST.get(name, value):
            raise MalformedError(name)
    if kind == TARIFF:
        _check_tariff(values)
    elif kind == CONTRACT:
        _check_contract(values)


def _number(values: "Values", name: str) -> int:
    value = values[name]
    assert isinstance(value, int)
    return value


def _check_tariff(values: "Values") -> None:
    for shares in (("base_gas", "base_water"), ("debt_gas", "debt_water")):
        if _number(values, shares[0]) + _number(values, shares[1]) > 100:
            raise MalformedError(shares[0])
    if _number(values, "flags") > 3:
        raise MalformedError("flags")
    if len(_rows(values["holidays"])) > HOLIDAYS_MOST:
        raise MalformedError("holidays")
    for name in ("workday", "saturday", "sunday"):
        spans = _rows(values[name])
        if len(spans) > _SPANS:
            raise MalformedError(name)
        for row in spans:
            start = row[0] & SPAN_MASK
            if not start < row[0] >> SPAN_BITS <= _MINUTES:
                raise MalformedError(name)


def _check_contract(values: "Values") -> None:
    if _number(values, "flags") > 3:
        raise MalformedError("flags")
    for window in ("daily", "weekend"):
        start = _number(values, window + "_start")
        end = _number(values, window + "_end")
        none = start == NO_MINUTE
        if none != (end == NO_MINUTE) or not (none or (start < _MINUTES and end <= _MINUTES)):
            raise MalformedError(window)
    if (_number(values, "span_quarter") == NO_QUARTER) != (_number(values, "span_end_quarter") == NO_QUARTER):
        raise MalformedError("span_quarter")
    if len(_rows(values["billing_days"])) > _CREDIT_DAYS:
        raise MalformedError("billing_days")
