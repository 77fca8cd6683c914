# SPDX-License-Identifier: Apache-2.0
"""The payload of a hot record: a state's fields in the bytes that each class says beside their names."""

from groschen.core import fields, memory
from groschen.core.amount import Limbs
from groschen.core.errors import StateError
from groschen.core.meter import Meter
from groschen.core.ring import Ring
from groschen.core.state import State
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from typing import Any

_HIGH = const(4)  # bytes of an amount's two limbs
_LOW = const(3)
_LIMBS = const(7)
VERSION = const(4)
"""Bytes of each of the versions of the tariffs in force and waiting, which stand behind all parts."""
SPARE = const(32)
"""Zeros behind those, which are kept for the reserve (rulebook, section 8)."""
_IMP_AT = const(6)  # where the meter constant and the zone stand, behind what the state itself keeps
_IMP = const(3)
_ZONE = const(1)

CONFIGURED = const(("tariff", "pending", "windows"))
"""Parts that the hot record leaves out, since they have records of their own."""


def put(buffer: bytearray, at: int, value: int, size: int) -> None:
    """Write an integer of so many bytes, the lowest first."""
    for index in range(at, at + size):
        buffer[index] = value & 0xFF
        value >>= 8


def get(buffer: bytearray, at: int, size: int, signed: bool) -> int:
    """Return the integer of so many bytes that `put` wrote."""
    value = 0
    for index in range(at + size - 1, at - 1, -1):
        value = value << 8 | buffer[index]
    if signed and buffer[at + size - 1] & 0x80:
        value -= 1 << 8 * size
    return value


def put_row(ring: Ring, cell: int, buffer: bytearray, at: int) -> int:
    """Write a ring's row from its first cell on; return where the next byte goes."""
    for width in ring.widths:
        size = abs(width)
        put(buffer, at, ring.cells[cell], size)
        at += size
        cell += 1
    return at


def get_row(ring: Ring, cell: int, buffer: bytearray, at: int) -> int:
    """Take what `put_row` wrote; return where the next byte comes from."""
    for width in ring.widths:
        size = abs(width)
        ring.cells[cell] = get(buffer, at, size, width < 0)
        at += size
        cell += 1
    return at


def _pack(part: object, out: bytearray, at: int) -> int:
    """Write what a part and its parts keep in the hot record; return where the next byte goes."""
    if isinstance(part, Limbs):
        put(out, at, part.high, _HIGH)
        put(out, at + _HIGH, part.low, _LOW)
        return at + _LIMBS
    kept: "tuple[Any, ...]" = getattr(part, "FIELDS", ())
    for index in range(0, len(kept), 2):
        size = abs(kept[index + 1])
        put(out, at, getattr(part, kept[index]), size)
        at += size
    if isinstance(part, Ring):
        return put_row(part, part.newest(0), out, at) if part.open_row else at
    for name in getattr(part, "PARTS", ()):
        if name not in CONFIGURED:
            at = _pack(getattr(part, name), out, at)
    return at


def _unpack(part: object, data: bytearray, at: int) -> int:
    """Take what `_pack` wrote; return where the next byte comes from."""
    if isinstance(part, Limbs):
        part.high = get(data, at, _HIGH, True)
        part.low = get(data, at + _HIGH, _LOW, False)
        return at + _LIMBS
    kept: "tuple[Any, ...]" = getattr(part, "FIELDS", ())
    for index in range(0, len(kept), 2):
        width = kept[index + 1]
        size = abs(width)
        fields.set_field(part, kept[index], get(data, at, size, width < 0))
        at += size
    if isinstance(part, Ring):
        return get_row(part, part.newest(0), data, at) if part.open_row else at
    for name in getattr(part, "PARTS", ()):
        if name not in CONFIGURED:
            at = _unpack(getattr(part, name), data, at)
    return at


def pack_state(state: State, out: bytearray) -> int:
    """Write the payload of a state's hot record; return how long it is."""
    at = _pack(state, out, 0)
    put(out, at, state.meter.tariff.version, VERSION)
    put(out, at + VERSION, state.meter.pending.version, VERSION)
    return at + 2 * VERSION + SPARE


def new_state(payload: bytearray, slim: bool = False) -> State:
    """Return a state with what a hot record's payload says; raises StateError where it is of another length."""
    imp = get(payload, _IMP_AT, _IMP, False)
    state = State(Meter(imp, get(payload, _IMP_AT + _IMP, _ZONE, True), slim))
    if pack_state(state, bytearray(memory.HOT_SLOT)) != len(payload):
        raise StateError("the state of another layout")
    _unpack(state, payload, 0)
    return state
