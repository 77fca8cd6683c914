# SPDX-License-Identifier: Apache-2.0
"""Every value that a record can have, as a Hypothesis strategy made from the table; and the vectors."""

import json
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from groschencard import holiday_rules, records
from groschencard.codec import _GROUPS
from groschencard.keys import MeterKeys
from groschencard.records import CONTRACT, MOST, NO_MINUTE, NO_QUARTER, RECORDS, RULES, SPAN_BITS, TARIFF, TEXT

EXAMPLES = settings().max_examples
FEWER = settings(max_examples=EXAMPLES // 5)  # each of six kinds
VECTORS = Path(__file__).resolve().parents[1] / "vectors"
KEY = bytes(range(32))
KEYS = MeterKeys(KEY, 1, b"GR-000123")
OTHERS = {
    "meter": MeterKeys(KEY, 1, b"GR-000124"),
    "utility": MeterKeys(KEY, 2, b"GR-000123"),
    "key": MeterKeys(bytes(32), 1, b"GR-000123"),
}
LEB128 = st.one_of(
    st.integers(0, 300), st.integers(0, (1 << 7 * _GROUPS) - 1), st.sampled_from([2 ** (7 * n) - 1 for n in range(9)])
)


def vectors(name: str) -> list[dict[str, Any]]:
    """Return a file of vectors."""
    rows: list[dict[str, Any]] = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return rows


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a vector as the codec has them."""
    made = {name: value.encode() if isinstance(value, str) else value for name, value in values.items()}
    return {name: [tuple(row) for row in value] if isinstance(value, list) else value for name, value in made.items()}


def integers(name: str, make: int) -> st.SearchStrategy[int]:
    if make == 0:
        return LEB128
    size = 8 * abs(make)
    low = -(1 << size - 1) if make < 0 else 0
    return st.integers(low, min(low + (1 << size) - 1, MOST.get(name, 1 << size)))


YEARS = st.tuples(st.integers(2000, 2255), st.integers(2000, 2255)).map(sorted)
RULE = st.one_of(
    st.tuples(st.just(holiday_rules.FIXED), st.integers(1, 12), st.integers(1, 31), YEARS),
    st.tuples(st.just(holiday_rules.EASTER), st.integers(-128, 127), st.just(0), YEARS),
    st.tuples(
        st.just(holiday_rules.WEEKDAY_BEFORE),
        st.integers(0, 6),
        st.builds(lambda month, day: 100 * month + day, st.integers(1, 12), st.integers(1, 31)),
        YEARS,
    ),
).map(lambda rule: (*rule[:3], *rule[3]))
OPEN = RULE.map(lambda rule: (*rule[:3], holiday_rules.OPEN_FIRST, holiday_rules.OPEN_LAST))
ONE_YEAR = RULE.map(lambda rule: (*rule[:4], rule[3]))
SPANS = st.tuples(st.integers(0, 1440), st.integers(0, 1440)).filter(lambda span: span[0] != span[1]).map(sorted)


def field(name: str, make: Any) -> st.SearchStrategy[Any]:
    if isinstance(make, tuple):
        cells = st.tuples(*[integers(f"{name}.{column}", width) for column, width in make])
        return st.lists(cells, max_size=10)
    if make == RULES:
        return st.lists(st.one_of(RULE, OPEN, ONE_YEAR), max_size=records.HOLIDAYS_MOST)
    if make >= TEXT:
        return st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=make).map(str.encode)
    return integers(name, make)


def _tariff(values: dict[str, Any], spans: list[Any], shares: list[int], flags: int) -> dict[str, Any]:
    for at, name in enumerate(("workday", "saturday", "sunday")):
        values[name] = [(end << SPAN_BITS | start,) for start, end in spans[at]]
    for at, name in enumerate(("base", "debt")):
        values[f"{name}_gas"] = shares[at] * shares[at + 2] // 100
        values[f"{name}_water"] = shares[at] - values[f"{name}_gas"]
    return {**values, "flags": flags}


def _contract(values: dict[str, Any], minutes: list[int], windows: list[bool], flags: int) -> dict[str, Any]:
    for at, name in enumerate(("daily", "weekend")):
        values[f"{name}_start"] = minutes[2 * at] if windows[at] else NO_MINUTE
        values[f"{name}_end"] = minutes[2 * at + 1] if windows[at] else NO_MINUTE
    for name in ("span_quarter", "span_end_quarter"):
        values[name] = values[name] % NO_QUARTER if windows[2] else NO_QUARTER
    return {**values, "flags": flags}


def values(kind: int) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy of all values that a record of a kind can have."""
    free = st.fixed_dictionaries({name: field(name, make) for name, make in RECORDS[kind][4]})
    if kind == TARIFF:
        spans = st.lists(st.lists(SPANS, max_size=4), min_size=3, max_size=3)
        shares = st.lists(st.integers(0, 100), min_size=4, max_size=4)
        return st.builds(_tariff, free, spans, shares, st.integers(0, 3))
    if kind == CONTRACT:
        minutes = st.lists(st.integers(0, 1439), min_size=4, max_size=4)
        return st.builds(_contract, free, minutes, st.lists(st.booleans(), min_size=3, max_size=3), st.integers(0, 3))
    return free
