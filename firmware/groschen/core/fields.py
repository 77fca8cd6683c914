# SPDX-License-Identifier: Apache-2.0
"""What a part keeps, as integers: each part names what is its own, and this gathers it and gives it back.

FIELDS are integers and flags, flat: a name, the bytes it takes in the hot record (negative with a sign), the next name.
ARRAYS are arrays of any length (their length goes before them), FIXED sequences of a length that the part itself knows,
PARTS other such objects. What can be derived is not kept.
"""

from array import array

from groschen.core.errors import StateError


def names(part: object) -> "list[str]":
    """Return the names of a part's fields."""
    fields: "tuple[str | int, ...]" = getattr(part, "FIELDS", ())
    return [str(fields[at]) for at in range(0, len(fields), 2)]


def integers(part: object) -> "list[int]":
    """Return the fields and arrays of a part."""
    out: "list[int]" = []
    for name in names(part):
        out.append(int(getattr(part, name)))
    for name in getattr(part, "ARRAYS", ()):
        values = getattr(part, name)
        out.append(len(values))
        out.extend(values)
    return out


def take(part: object, kept: "list[int]", at: int) -> int:
    """Give a part of the same make its integers from `at` on; return where others begin; raises StateError."""
    try:
        for name in names(part):
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
