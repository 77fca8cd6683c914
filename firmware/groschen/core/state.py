# SPDX-License-Identifier: Apache-2.0
"""A state as integers: each part names what it has to keep, and this gathers and gives back what is its own.

FIELDS are integers and flags, ARRAYS arrays of any length (their length goes before them), FIXED sequences of a length
that the part itself knows, PARTS other such objects. What can be derived is not kept.
"""

from array import array

from groschen.core.errors import StateError


def integers(part: object) -> "list[int]":
    """Return the fields and arrays of a part."""
    out: "list[int]" = []
    for name in getattr(part, "FIELDS", ()):
        out.append(int(getattr(part, name)))
    for name in getattr(part, "ARRAYS", ()):
        values = getattr(part, name)
        out.append(len(values))
        out.extend(values)
    return out


def take(part: object, kept: "list[int]", at: int) -> int:
    """Give a part of the same make its integers from `at` on; return where others begin; raises StateError."""
    try:
        for name in getattr(part, "FIELDS", ()):
            set_field(part, name, kept[at])
            at += 1
        for name in getattr(part, "ARRAYS", ()):
            values = array("i")
            for _ in range(kept[at]):
                at += 1
                values.append(kept[at])
            at += 1
            setattr(part, name, values)
    except IndexError:
        raise StateError("state too short")
    return at


def set_field(part: object, name: str, value: int) -> None:
    """Give a part a field, which may be a flag."""
    setattr(part, name, value != 0 if isinstance(getattr(part, name), bool) else value)
