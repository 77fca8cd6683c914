# SPDX-License-Identifier: Apache-2.0
"""What TOML holds, by its kind: tables and lists with the types that the reader works with."""

from typing import cast

Table = dict[str, object]


def as_table(value: object) -> Table | None:
    """Return a table, or None where the value is none."""
    return cast(Table, value) if isinstance(value, dict) else None


def as_list(value: object) -> list[object] | None:
    """Return a list, or None where the value is none."""
    return cast(list[object], value) if isinstance(value, list) else None
