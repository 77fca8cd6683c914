# SPDX-License-Identifier: Apache-2.0
"""Records as the host writes them: every field that there is, where a meter writes integers and rows alone.

Runs on CPython and MicroPython.
"""

from groschencard import codec, const, holiday_rules, records, seal
from groschencard.errors import MalformedError, TooLongError

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschencard.codec import Row, Values
    from groschencard.keys import MeterKeys

# A holiday rule, as `codec` reads it.
_DATE = const(3)
_KIND_AT = const(14)
_BOUNDED = const(1 << 13)
_EASTER_ZERO = const(128)
_CENTURY = const(2000)


def pack(kind: int, values: "Values") -> bytes:
    """Return the payload of values, without the zeros behind it; raises MalformedError."""
    codec.check(kind, values)
    out = bytearray()
    for name, make in records.RECORDS[kind][4]:
        value = values[name]
        if make == records.RULES:
            assert isinstance(value, list)
            _put_rules(out, value)
        elif isinstance(make, int) and make >= records.TEXT:
            assert isinstance(value, bytes)
            if len(value) > make or 0 in value:
                raise MalformedError(name + ": a text that is too long")
            out.extend(value)
            out.extend(bytes(make - len(value)))
        else:
            codec.put(out, name, make, value)
    return bytes(out)


def padded(kind: int, payload: bytes, room: int) -> bytes:
    """Return a payload with the zeros that fill its record up; raises TooLongError."""
    if len(payload) > room:
        raise TooLongError(records.name(kind) + ": " + str(len(payload) - room) + " bytes too many")
    return payload + bytes(room - len(payload))


def write(keys: "MeterKeys", kind: int, slot: int, number: int, values: "Values", space: int) -> bytes:
    """Return a whole record for its place in a space of that size; raises MalformedError or TooLongError."""
    payload = pack(kind, values)
    size = records.RECORDS[kind][2]
    if size:
        payload = padded(kind, payload, size - records.HEAD - records.TAIL)
    return seal.wrap(keys, kind, slot, number, payload, space)


def _put_rules(out: bytearray, rules: "list[Row]") -> None:
    out.extend(codec.groups(len(rules)))
    for kind, a, b, first, last in rules:
        codec.check_rule(kind, a, b, first, last)
        bounded = (first, last) != (holiday_rules.OPEN_FIRST, holiday_rules.OPEN_LAST)
        if kind == holiday_rules.EASTER:
            bits = a + _EASTER_ZERO
        elif kind == holiday_rules.FIXED:
            bits = a << 5 | b
        else:
            bits = a << 9 | (b // 100) << 5 | b % 100
        if kind == holiday_rules.FIXED and first == last:
            out.extend((_DATE << _KIND_AT | bits).to_bytes(2, "little"))
            out.append(first - _CENTURY)
            continue
        out.extend((kind << _KIND_AT | (_BOUNDED if bounded else 0) | bits).to_bytes(2, "little"))
        if bounded:
            out.append(first - _CENTURY)
            out.append(last - _CENTURY)
