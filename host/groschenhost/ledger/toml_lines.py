# SPDX-License-Identifier: Apache-2.0
"""On which line a key of a TOML file stands; tomllib does not tell."""

import re

_HEADER = re.compile(r"\s*\[\s*([A-Za-z0-9_-]+)\s*(?:\.\s*([A-Za-z0-9_-]+)\s*)?\]")
_KEY = re.compile(r"""\s*(["']?)([A-Za-z0-9_-]+)\1\s*(?:\.\s*([A-Za-z0-9_-]+)\s*)?=""")


def key_lines(text: str) -> dict[tuple[str, str], int]:
    """Gives the line, from 1, of each (table, key), of each table as (table, ""), of each key before them as ("", key).

    A sub-table counts as a key of its table. Where a text spreads over lines, what looks like a key in it may be listed
    too; the first of a name stands.
    """
    lines: dict[tuple[str, str], int] = {}
    table, below = "", ""
    for number, line in enumerate(text.splitlines(), start=1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            table, below = header[1], header[2] or ""
            lines.setdefault((table, ""), number)
            if below:
                lines.setdefault((table, below), number)
        elif key and not below:
            place = (key[2], key[3]) if key[3] and not table else (table, key[2])
            lines.setdefault(place, number)
    return lines
