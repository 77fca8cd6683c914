# SPDX-License-Identifier: Apache-2.0
"""The load of a scenario: a measured one from CSV, or a standard load profile."""

from array import array
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from groschensim.errors import ScenarioError, WrongValueError
from groschensim.profiles import profile_load
from groschensim.scenario.findings import Findings
from groschensim.scenario.kinds import Table, as_table
from groschensim.scenario.lines import Place
from groschensim.scenario.loadcsv import read_load
from groschensim.scenario.run import Run
from groschensim.scenario.shown import shown_path
from groschensim.scenario.tables import Fields
from groschensim.scenario.texts import say

if TYPE_CHECKING:
    from groschencard.holidays import Rule

LOAD = Place("load")


class LoadSource(NamedTuple):
    """Where the pulses come from: a CSV file, or a profile and its kWh a year."""

    csv: Path | None
    profile: str | None
    kwh_per_year: Decimal | None


def read_source(tables: Table, fields: Fields, scenario: Path, findings: Findings) -> LoadSource | None:
    """Return the load's source, or None where [load] does not name exactly one."""
    given = as_table(tables.get("load"))
    if given is None:
        return None  # already noted
    profile_keys = [name for name in ("profile", "kwh_per_year") if name in given]
    if "csv" in given:
        for name in profile_keys:
            findings.add(LOAD, name, say("load_both", name=name))
    elif len(profile_keys) == 1:
        findings.add(LOAD, profile_keys[0], say("load_half"))
    elif not profile_keys:
        findings.add(LOAD, "", say("load_missing"))
    csv = fields.get("csv")
    return LoadSource(
        scenario.parent / csv if isinstance(csv, str) else None,
        cast("str | None", fields.get("profile")),
        cast("Decimal | None", fields.get("kwh_per_year")),
    )


def make_load(
    source: LoadSource | None, meter: Fields, tariff: Fields, run: Run | None, findings: Findings
) -> "array[int]":
    """Return the pulses of each quarter hour of the run; empty where something was wrong before."""
    if not (source and run):
        return array("i")
    if source.csv:
        try:
            return read_load(source.csv, run)
        except ScenarioError as error:
            findings.add_all(error)
        except WrongValueError as wrong:
            findings.add(LOAD, "csv", say("csv_unreadable", file=shown_path(source.csv), reason=wrong))
        return array("i")
    imp, rules = meter.get("imp_per_kwh"), tariff.get("holidays")
    if not (source.profile and source.kwh_per_year and isinstance(imp, int) and isinstance(rules, list)):
        return array("i")
    days = [cast("Rule", tuple(rule)) for rule in cast(list[list[int]], rules)]
    return profile_load(source.profile, source.kwh_per_year, imp, run.first_quarter, run.end_quarter, run.zone, days)
