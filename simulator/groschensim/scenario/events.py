# SPDX-License-Identifier: Apache-2.0
"""What people do in a scenario: read one by one, put in order of time, and seen to fit together."""

from typing import NamedTuple

from groschensim.scenario.findings import Findings
from groschensim.scenario.kinds import Table, as_list, as_table
from groschensim.scenario.lines import Place
from groschensim.scenario.run import Run
from groschensim.scenario.schema import AT, DO, EVENTS, Key
from groschensim.scenario.shown import printable, shown
from groschensim.scenario.tables import Fields, read_given, read_missing, refuse_unknown, unknown_key
from groschensim.scenario.texts import say

EVENT = "event"
TABLE_KINDS = ("tariff", "credit")


class Event(NamedTuple):
    """One event: when (seconds since 1970 UTC), its number in the file from 1, its kind, and its fields."""

    at_s: int
    number: int
    do: str
    fields: Fields

    @property
    def place(self) -> Place:
        """Where it stands in the file."""
        return Place(EVENT, self.number)


def read_events(tables: Table, run: Run | None, findings: Findings) -> list[Event]:
    """Return the events in order of time, those of one second as they stand in the file."""
    items = as_list(tables.get(EVENT, []))
    if items is None:
        findings.add(Place(EVENT), "", say("not_a_table", value=shown(tables[EVENT]), example="[[event]]"))
        return []
    found = [_read_event(item, number, run, findings) for number, item in enumerate(items, start=1)]
    events = sorted(event for event in found if event is not None)
    if len(events) == len(found):  # without one of them, the others would look wrong
        _check_power(events, findings)
    return events


def _read_event(value: object, number: int, run: Run | None, findings: Findings) -> Event | None:
    place = Place(EVENT, number)
    table = as_table(value)
    if table is None:
        findings.add(place, "", say("not_a_table", value=shown(value), example="[[event]]"))
        return None
    head = {**read_given(table, place, (AT, DO), findings), **read_missing(table, place, (AT, DO), findings)}
    at_s, do = head.get(AT.field), head.get(DO.field)
    _check_instant(place, at_s, table.get(AT.name), run, findings)
    if not isinstance(do, str):
        return None
    fields = _read_own_keys(table, do, place, findings)
    return Event(at_s, number, do, fields) if isinstance(at_s, int) else None


def _check_instant(place: Place, at_s: object, written: object, run: Run | None, findings: Findings) -> None:
    if run and isinstance(at_s, int) and not run.start_s <= at_s < run.end_s:
        findings.add(place, AT.name, say("outside_run", value=shown(written), start=run.start, end=run.end))


def _read_own_keys(table: Table, do: str, place: Place, findings: Findings) -> Fields:
    keys = EVENTS[do]
    if do in TABLE_KINDS:
        return _read_changes(table, keys, place, findings)
    refuse_unknown(table, place, [AT.name, DO.name, *(key.name for key in keys)], findings)
    return {**read_given(table, place, keys, findings), **read_missing(table, place, keys, findings)}


def _read_changes(table: Table, keys: tuple[Key, ...], place: Place, findings: Findings) -> Fields:
    names = [key.name for key in keys]
    for name in table.keys() - {AT.name, DO.name, *names}:
        findings.add(place, printable(name), unknown_key(name, names))
    if not table.keys() - {AT.name, DO.name}:
        findings.add(place, "", say("no_change", names=", ".join(names)))
    return read_given(table, place, keys, findings)


def _check_power(events: list[Event], findings: Findings) -> None:
    """Note events at odds with the meter's own power: off and on alternate, with nothing between them."""
    off = False
    for event in events:
        if event.do == "power_on":
            problem = "" if off else say("power_first")
            off = False
        elif event.do == "power_off":
            problem = say("power_twice") if off else ""
            off = True
        else:
            problem = say("while_off", value=event.do) if off else ""
        if problem:
            findings.add(event.place, DO.name, problem)
