# SPDX-License-Identifier: Apache-2.0
"""From a scenario file to what can be played."""

from array import array
from dataclasses import dataclass
from decimal import Decimal
from os import PathLike
from pathlib import Path

from groschensim.scenario.cards import check_cards
from groschensim.scenario.events import read_events
from groschensim.scenario.findings import Findings
from groschensim.scenario.kinds import Table, as_list, as_table
from groschensim.scenario.lines import Lines
from groschensim.scenario.load import LoadSource, make_load, read_source
from groschensim.scenario.run import known_zone, read_run
from groschensim.scenario.source import parse_toml, read_text
from groschensim.scenario.tables import read_sections
from groschensim.scenario.tape import Tape, make_tape
from groschensim.scenario.texts import say


@dataclass(frozen=True)
class Scenario:
    """A scenario that can be played, and what a report says about it.

    load has the pulses of consecutive UTC quarter hours from tape["first_quarter"] on. holidays is a
    Bundesland's code, "" for none, or the dates as text. Of csv and (profile, kwh_per_year), one is there.
    """

    path: Path
    tape: Tape
    load: "array[int]"
    holidays: str
    csv: Path | None
    profile: str | None
    kwh_per_year: Decimal | None


def read_scenario(path: str | PathLike[str]) -> Scenario:
    """Return the scenario of a TOML file and its load; ScenarioError names all that is wrong with them."""
    file = Path(path)
    text = read_text(file)
    tables = parse_toml(file, text)
    lines = Lines(text)
    findings = Findings(file, lines, known_zone(tables))
    for place, key, literal in lines.fractions:
        findings.add(place, key, say("fraction", value=literal))
    sections = read_sections(tables, findings)
    run = read_run(tables, sections["meter"], findings)
    events = read_events(tables, run, findings)
    source = read_source(tables, sections["load"], file, findings)
    load = make_load(source, sections["meter"], sections["tariff"], run, findings)
    findings.raise_if_any()
    if run is None or source is None:
        raise AssertionError("a fault without a finding")
    tape = make_tape(sections, events, run)
    check_cards(tape, events, findings)
    findings.raise_if_any()
    return _scenario(file, tape, load, tables, source)


def _scenario(path: Path, tape: Tape, load: "array[int]", tables: Table, source: LoadSource) -> Scenario:
    return Scenario(path, tape, load, _holidays_text(tables), *source)


def _holidays_text(tables: Table) -> str:
    value = (as_table(tables.get("tariff")) or {}).get("holidays", "")
    return value if isinstance(value, str) else ", ".join(str(day) for day in as_list(value) or [])
