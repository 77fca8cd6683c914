# SPDX-License-Identifier: Apache-2.0
"""The time that a scenario covers."""

from typing import NamedTuple

from groschensim.errors import WrongValueError
from groschensim.profiles.localdays import local_year
from groschensim.scenario import values
from groschensim.scenario.findings import Findings
from groschensim.scenario.kinds import Table, as_table
from groschensim.scenario.lines import Place
from groschensim.scenario.shown import shown
from groschensim.scenario.tables import Fields
from groschensim.scenario.texts import say
from groschensim.scenario.times import FIRST_YEAR, LAST_YEAR

QUARTER_S = 900
METER = Place("meter")


class Run(NamedTuple):
    """From start to before end, in seconds since 1970 UTC; zone is "legal" or quarter hours ahead of UTC.

    start and end are the same as the scenario writes them.
    """

    start_s: int
    end_s: int
    zone: str | int
    start: str
    end: str

    @property
    def first_quarter(self) -> int:
        """The UTC quarter hour since 1970 that contains the start."""
        return self.start_s // QUARTER_S

    @property
    def end_quarter(self) -> int:
        """The first UTC quarter hour since 1970 that starts at or after the end."""
        return -(-self.end_s // QUARTER_S)


def read_run(tables: Table, meter: Fields, findings: Findings) -> Run | None:
    """Return the time that [meter] names, or None where it cannot be."""
    start_s, end_s, zone = meter.get("start_s"), meter.get("end_s"), meter.get("zone")
    if not (isinstance(start_s, int) and isinstance(end_s, int) and isinstance(zone, (int, str))):
        return None
    table = as_table(tables.get(METER.section)) or {}
    start, end = shown(table.get("start")), shown(table.get("end"))
    problems: list[tuple[str, str]] = []
    if start_s % 60:
        problems.append(("start", say("whole_minute", value=start)))
    if local_year(start_s // QUARTER_S, zone) < FIRST_YEAR:
        problems.append(("start", say("years", value=start)))
    if local_year((end_s - 1) // QUARTER_S, zone) > LAST_YEAR:
        problems.append(("end", say("years", value=end)))
    if end_s <= start_s:
        problems.append(("end", say("end_before_start", start=start, end=end)))
    for key, message in problems:
        findings.add(METER, key, message)
    return None if problems else Run(start_s, end_s, zone, start, end)


def known_zone(tables: Table) -> str | int | None:
    """Return the zone of [meter] before anything else of it is read, or None where it is wrong."""
    meter = as_table(tables.get(METER.section)) or {}
    try:
        return values.zone(meter.get("zone", "Europe/Berlin"))
    except WrongValueError:
        return None
