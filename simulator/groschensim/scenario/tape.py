# SPDX-License-Identifier: Apache-2.0
"""The tape: a scenario as plain integers, texts and lists, for the player on CPython and on MicroPython."""

from typing import TypedDict, cast

from groschensim.scenario.events import TABLE_KINDS, Event
from groschensim.scenario.run import Run
from groschensim.scenario.tables import Fields

PAYLOAD = {"topup": "eur", "tan": "eur", "debt": "eur", "mode": "to"}
"""The one field that is the payload of an event of these kinds: micro-euro, or the number of a mode."""


class TariffTape(TypedDict):
    """A whole tariff: prices in micro-euro, spans in minutes of the day, holidays as rules."""

    ht_ueur_per_kwh: int
    nt_ueur_per_kwh: int
    power_ueur_per_kw: int
    power_continuous: int
    power_yearly: int
    base_ueur_per_day: int
    base_share: list[int]
    debt_ueur_per_kwh: int
    debt_ueur_per_day: int
    debt_share: list[int]
    ht_workday: list[list[int]]
    ht_saturday: list[list[int]]
    ht_sunday: list[list[int]]
    holidays: list[list[int]]


class CreditTape(TypedDict):
    """Emergency credit in micro-euro and the four windows, empty where there is none."""

    emergency_limit_ueur: int
    emergency_threshold_ueur: int
    daily: list[int]
    weekend: list[int]
    days: list[int]
    span: list[int]


Payload = int | TariffTape | CreditTape | None


class Tape(TypedDict):
    """A whole scenario but for its load; events are [second, kind, payload] in order."""

    serial: str
    imp_per_kwh: int
    start_s: int
    end_s: int
    zone: str | int
    balance_ueur: int
    debt_ueur: int
    mode: int
    confirm_reconnect: bool
    tariff: TariffTape
    credit: CreditTape
    events: list[list[int | str | Payload]]
    first_quarter: int


def make_tape(sections: dict[str, Fields], events: list[Event], run: Run) -> Tape:
    """Return the tape of sections and events that have no fault left."""
    tape = {
        **sections["meter"],
        "tariff": sections["tariff"],
        "credit": sections["credit"],
        "events": _make_events(sections, events),
        "first_quarter": run.first_quarter,
    }
    return cast(Tape, cast(object, tape))


def _make_events(sections: dict[str, Fields], events: list[Event]) -> list[list[object]]:
    """Return the events, a changed table whole: what was in force before with the changes over it."""
    in_force = {kind: sections[kind] for kind in TABLE_KINDS}
    made: list[list[object]] = []
    for event in events:
        if event.do in in_force:
            in_force[event.do] = {**in_force[event.do], **event.fields}
            made.append([event.at_s, event.do, in_force[event.do]])
        else:
            made.append([event.at_s, event.do, event.fields.get(PAYLOAD.get(event.do, ""))])
    return made
