# SPDX-License-Identifier: Apache-2.0
"""A state as a value: each part names what it has to keep, and this saves and restores it.

FIELDS are integers and flags, FIXED sequences of a length that the part itself knows, ARRAYS arrays of any
length (their length is saved with them), PARTS other such objects. What can be derived is not saved.
"""

import struct
from array import array

from groschen.core.errors import StateError

_NOTHING = ()
_INTEGER = "<q"
_SIZE = 8


def _names(part: object, kind: str) -> "tuple[str, ...]":
    return getattr(part, kind, _NOTHING)


def save(part: object) -> bytes:
    """Return all that a part and its parts keep, as little-endian integers of 64 bits."""
    out = bytearray()
    _save(part, out)
    return bytes(out)


def _save(part: object, out: bytearray) -> None:
    for name in _names(part, "FIELDS"):
        out.extend(struct.pack(_INTEGER, getattr(part, name)))
    for name in _names(part, "ARRAYS"):
        values = getattr(part, name)
        out.extend(struct.pack(_INTEGER, len(values)))
        for value in values:
            out.extend(struct.pack(_INTEGER, value))
    for name in _names(part, "FIXED"):
        for value in getattr(part, name):
            out.extend(struct.pack(_INTEGER, value))
    for name in _names(part, "PARTS"):
        _save(getattr(part, name), out)


def restore(part: object, data: "bytes | bytearray") -> None:
    """Give a part of the same make what `save` returned; raise StateError where the length is not that of it."""
    if _restore(part, data, 0) != len(data):
        raise StateError("state too long")


def _integer(data: "bytes | bytearray", at: int) -> int:
    if at + _SIZE > len(data):
        raise StateError("state too short")
    return int(struct.unpack_from(_INTEGER, data, at)[0])


def _restore(part: object, data: "bytes | bytearray", at: int) -> int:
    for name in _names(part, "FIELDS"):
        value = _integer(data, at)
        setattr(part, name, value != 0 if isinstance(getattr(part, name), bool) else value)
        at += _SIZE
    for name in _names(part, "ARRAYS"):
        length = _integer(data, at)
        at += _SIZE
        values = array("i")
        for _ in range(length):
            values.append(_integer(data, at))
            at += _SIZE
        setattr(part, name, values)
    for name in _names(part, "FIXED"):
        values = getattr(part, name)
        for index in range(len(values)):
            values[index] = _integer(data, at)
            at += _SIZE
    for name in _names(part, "PARTS"):
        at = _restore(getattr(part, name), data, at)
    return at
