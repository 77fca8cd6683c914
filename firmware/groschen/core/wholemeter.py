# SPDX-License-Identifier: Apache-2.0
"""A whole meter at once: its state as bytes, and the load profile of all days; for the simulator, which has the room.

Runs on CPython and MicroPython.
"""

import struct

from groschen.core import fields
from groschen.core.errors import StateError
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.meter import Meter
    from groschen.core.state import State
    from groschen.core.store import Store

_SIZE = const(8)


def save(part: object) -> bytes:
    """Return all that a part and its parts keep, as little-endian integers of 64 bits."""
    out = bytearray()
    for value in _gathered(part):
        out.extend(struct.pack("<q", value))
    return bytes(out)


def restore(state: "State", saved: bytes) -> None:
    """Become the state that was saved, in a fresh one of the same meter constant; raises StateError."""
    if len(saved) % _SIZE:
        raise StateError("state of broken integers")
    integers = [int(struct.unpack_from("<q", saved, at)[0]) for at in range(0, len(saved), _SIZE)]
    if _take(state, integers, 0) != len(integers):
        raise StateError("state too long")
    meter = state.meter
    log = meter.log
    for back in range(len(log.ring) - 1, -1, -1):
        log.remember(log.ring.newest(back))
    meter.rebuild()


def load_profile(meter: "Meter", store: "Store") -> None:
    """Read the quarter hours of the last 60 days into the profile of a meter that has room for them."""
    profile = meter.profile
    for quarter in range(profile.start(), profile.end):
        profile.cells[quarter % len(profile.cells)] = store.quarter(quarter)
    profile.held = 0


def _gathered(part: object) -> "list[int]":
    out = fields.integers(part)
    for name in getattr(part, "FIXED", ()):
        out.extend(getattr(part, name))
    for name in getattr(part, "PARTS", ()):
        out.extend(_gathered(getattr(part, name)))
    return out


def _take(part: object, integers: "list[int]", at: int) -> int:
    at = fields.take(part, integers, at)
    for name in getattr(part, "FIXED", ()):
        values = getattr(part, name)
        if at + len(values) > len(integers):
            raise StateError("state too short")
        for index in range(len(values)):
            values[index] = integers[at + index]
        at += len(values)
    for name in getattr(part, "PARTS", ()):
        at = _take(getattr(part, name), integers, at)
    return at
