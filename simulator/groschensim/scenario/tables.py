# SPDX-License-Identifier: Apache-2.0
"""Tables of a scenario read by the schema: each key's value, and what is wrong with the rest."""

from collections.abc import Callable, Iterable
from functools import partial

from groschensim.errors import WrongValueError
from groschensim.scenario.findings import Findings
from groschensim.scenario.kinds import Table, as_table
from groschensim.scenario.lines import Place
from groschensim.scenario.schema import ABSENT, REQUIRED, SCHEMA, Key
from groschensim.scenario.shown import hint, printable, shown
from groschensim.scenario.texts import say
from groschensim.scenario.times import explained

Fields = dict[str, object]


def read_sections(tables: Table, findings: Findings) -> dict[str, Fields]:
    """Return the fields of each section; those that are wrong are missing and noted."""
    for name in tables:
        if name not in SCHEMA and name != "event":
            findings.add(Place(printable(name)), "", partial(_unknown, "unknown_table", name, [*SCHEMA, "event"]))
    return {name: _read_section(tables, name, keys, findings) for name, keys in SCHEMA.items()}


def _read_section(tables: Table, name: str, keys: tuple[Key, ...], findings: Findings) -> Fields:
    place = Place(name)
    table = as_table(tables.get(name, {}))
    if table is None:
        findings.add(place, "", say("not_a_table", value=shown(tables[name]), example=f"[{name}]"))
        return {}
    if name not in tables and name in ("meter", "load"):
        findings.add(place, "", say("missing_table"))
        return {}
    refuse_unknown(table, place, [key.name for key in keys], findings)
    return {**read_given(table, place, keys, findings), **read_missing(table, place, keys, findings)}


def refuse_unknown(table: Table, place: Place, known: Iterable[str], findings: Findings) -> None:
    """Note each key of a table that is not known there."""
    names = list(known)
    for name in table:
        if name not in names:
            findings.add(place, printable(name), unknown_key(name, names))


def unknown_key(name: str, known: list[str]) -> Callable[[], str]:
    """Return what makes the message about a key that is not known; to guess what was meant takes a while."""
    return partial(_unknown, "unknown_key", name, known)


def _unknown(text: str, name: str, known: list[str]) -> str:
    return say(text, hint=hint(name, known))


def read_given(table: Table, place: Place, keys: Iterable[Key], findings: Findings) -> Fields:
    """Return the fields of the keys that a table has; those that are wrong are missing and noted."""
    fields: Fields = {}
    for key in keys:
        if key.name not in table:
            continue
        try:
            fields[key.field] = key.parse(table[key.name])
        except WrongValueError as wrong:
            findings.add(place, key.name, partial(explained, wrong, findings.zone))
    return fields


def read_missing(table: Table, place: Place, keys: Iterable[Key], findings: Findings) -> Fields:
    """Return the defaults of the keys that a table has not; a required one is noted."""
    fields: Fields = {}
    for key in keys:
        if key.name in table or key.default is ABSENT:
            continue
        if key.default is REQUIRED:
            findings.add(place, key.name, say("missing_key", name=key.name, example=key.example))
        else:
            fields[key.field] = key.parse(key.default)
    return fields
