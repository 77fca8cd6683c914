# SPDX-License-Identifier: Apache-2.0
"""Each story scenario tells what its comment says; the figures were checked against the story, not against the code."""

import csv
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from groschensim.outcome import Job, play_here
from groschensim.report.history import Outage, dark_s, outages
from groschensim.report.localtime import LocalTime
from groschensim.scenario import Tape, read_scenario

ROOT = Path(__file__).resolve().parents[2]
STORIES = ROOT / "simulator" / "scenarios"
EUR = 1_000_000


class Told(NamedTuple):
    tape: Tape
    result: dict[str, Any]
    registers: dict[str, Any]
    outages: list[Outage]
    rows: list[dict[str, str]]

    def lights(self) -> list[tuple[str, str, str, str]]:
        """When the light was out by the wall clock, why, and what brought it back."""
        time = LocalTime(self.tape["zone"])
        return [
            (_clock(time, at.start_s), _clock(time, at.end_s) if at.end_s else "", at.cause, at.ended_by)
            for at in self.outages
        ]

    def row(self, start: str) -> dict[str, str]:
        return next(row for row in self.rows if row["start"] == start)

    def balance(self, start: str) -> int:
        return int(self.row(start)["balance_ueur"])

    def events(self, kind: str) -> list[tuple[str, str]]:
        return [(event["at"], event["detail"]) for event in self.registers["events"] if event["kind"] == kind]


def _clock(time: LocalTime, at_s: int) -> str:
    return f"{time.wall(at_s):%m-%d %H:%M:%S}"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stories")


@cache
def tell(name: str, folder: Path) -> Told:
    scenario = read_scenario(STORIES / f"{name}.toml")
    trace = folder / f"{name}.csv"
    outcome = play_here(Job(scenario.tape, scenario.load, trace))
    with trace.open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = outages(scenario.tape, outcome.read("relay"))
    return Told(scenario.tape, outcome.read("result"), outcome.read("registers"), found, rows)


@pytest.mark.parametrize("name", sorted(path.stem for path in STORIES.glob("*.toml")))
def test_the_times_in_the_dark_add_up(name: str, folder: Path) -> None:
    told = tell(name, folder)
    assert sum(dark_s(outage, told.tape) for outage in told.outages) == told.result["supply"]["off_seconds"]
    paid = told.result["topups_ueur"] - told.result["refunds_ueur"]
    assert paid - sum(told.result["charges_ueur"].values()) == told.result["balance_ueur"]


@pytest.mark.parametrize("path", sorted(STORIES.glob("*.toml")), ids=lambda path: path.stem)
def test_a_story_begins_with_a_comment_that_tells_it(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# SPDX-License-Identifier: Apache-2.0"
    assert sum(line.startswith("# ") for line in lines[1:10]) >= 4


def test_household(folder: Path) -> None:
    told = tell("household", folder)
    assert told.lights() == [("03-05 08:00:00", "03-06 18:05:00", "credit", "topup")]
    # the night before, the window alone keeps the light on
    night = told.row("2026-03-05T03:00:00Z")
    assert (int(night["balance_ueur"]) <= 0, night["supply_on"], night["protected"]) == (True, "1", "1")
    # Easter: without credit from Saturday on, on until the top-up of Tuesday at 08:00
    for start in ("2026-04-04T20:00:00Z", "2026-04-06T10:00:00Z", "2026-04-07T05:30:00Z"):
        assert told.balance(start) < 0
        assert told.row(start)["supply_on"] == "1"
    assert told.balance("2026-04-03T10:00:00Z") > 0
    assert told.balance("2026-04-07T06:00:00Z") > 100 * EUR
    # new prices in July: a day's energy costs more at once
    assert ("2026-07-01T14:40:00Z", "tariff") in told.events("card")
    assert told.result["supply"]["on"]
    assert told.result["charges_ueur"]["base_electricity"] == 364 * 236_700  # the first midnight is the second day's
    assert told.result["charges_ueur"]["base_gas"] == 364 * 118_350
    assert told.result["charges_ueur"]["base_water"] == 364 * 39_450
    assert len(told.result["max_demand"]) == 12


def test_snack_bar(folder: Path) -> None:
    told = tell("snack_bar", folder)
    assert told.lights() == [("07-01 17:15:00", "07-01 19:30:00", "credit", "tan")]
    # not the energy of that quarter hour but the increase of its demand takes the rest
    before, at = told.row("2026-07-01T14:45:00Z"), told.row("2026-07-01T15:00:00Z")
    increase = int(at["power_ueur"]) - int(before["power_ueur"])
    assert 0 < int(before["balance_ueur"]) < increase + EUR
    # continuous: what was charged of each month is its highest quarter hour, to the micro-euro and its carry
    pulses = [row["pulses"] for row in told.result["max_demand"]]
    assert [row["period"] for row in told.result["max_demand"]] == ["2026-05", "2026-06", "2026-07"]
    assert told.result["charges_ueur"]["power"] == sum(pulses) * 4 * 9_500_000 // 1000
    assert told.result["emergency"]["activations"] == 0


def test_debt(folder: Path) -> None:
    told = tell("debt", folder)
    assert told.lights() == []
    assert told.result["debt_ueur"] == 0
    charges = told.result["charges_ueur"]
    assert sum(charges[name] for name in charges if name.startswith("debt")) == 300 * EUR
    # in June the gas bill raises what had fallen
    june = [int(told.row(f"2026-06-15T{hour:02d}:00:00Z")["debt_ueur"]) for hour in (8, 9)]
    assert 79 * EUR < june[1] - june[0] < 80 * EUR
    # paid off on 20 November; from then on neither the kWh nor the day pays any debt
    owed = {row["start"]: int(row["debt_ueur"]) for row in told.rows}
    last = max(start for start, ueur in owed.items() if ueur > 0)
    assert last.startswith("2026-11-20T")
    after = [row for row in told.rows if row["start"] > last]
    assert {row["debt_kwh_ueur"] for row in after} == {str(charges["debt_kwh"])}
    assert {row["debt_electricity_ueur"] for row in after} == {str(charges["debt_electricity"])}
    # a plain kWh again: 1 000 pulses of HT cost 32.40 ct
    ht = sum(int(row["ht_pulses"]) for row in after[1:])
    assert int(after[-1]["ht_ueur"]) - int(after[0]["ht_ueur"]) == pytest.approx(ht * 324, abs=1)


def test_christmas(folder: Path) -> None:
    told = tell("christmas", folder)
    assert told.lights() == [
        ("12-27 00:00:00", "12-27 10:30:00", "credit", "tan"),
        ("01-02 00:00:00", "01-02 09:30:00", "credit", "topup"),
    ]
    assert told.result["emergency"] == {"active": False, "activations": 2}
    switched_on = [at for at, detail in told.events("supply") if detail == "emergency"]
    assert switched_on == ["2026-12-22T18:15:00Z", "2026-12-28T16:00:00Z"]
    # used up on Christmas Day, on because of the credit days alone
    assert told.balance("2026-12-24T22:45:00Z") > -10 * EUR > told.balance("2026-12-25T22:45:00Z")
    boxing_day = told.row("2026-12-26T12:00:00Z")
    assert (boxing_day["supply_on"], boxing_day["protected"], boxing_day["emergency"]) == ("1", "1", "1")
    assert told.row("2026-12-27T10:00:00Z")["emergency"] == "0"
    new_year = told.row("2027-01-01T22:30:00Z")
    assert (new_year["supply_on"], int(new_year["balance_ueur"]) < -10 * EUR) == ("1", True)


def test_holiday_flat(folder: Path) -> None:
    told = tell("holiday_flat", folder)
    assert told.lights() == [
        ("07-01 00:00:00", "07-04 15:10:00", "start", "topup"),
        ("07-11 09:40:00", "07-18 15:30:00", "credit", "topup"),
        ("08-01 09:15:00", "08-15 15:05:00", "credit", "topup"),
        ("08-21 19:30:47", "08-21 19:50:00", "credit", "tan"),
        ("08-22 09:50:00", "", "credit", ""),
    ]
    # by hand: 16 EUR buy 38 095.24 pulses at 0.042 ct, so the one numbered 38 096 of that stay is the last
    left = 38_096
    for row in told.rows:
        if row["start"] >= "2026-08-15T13:00":
            left -= int(row["nt_pulses"])
        if row["start"] == "2026-08-21T17:15:00Z":
            break
    load = 14 + 420 + (21 * 7 + 19) % 9  # as tools/holiday_flat.py says
    assert 900 * (left - 1) // load == 47
    refunds = [event["amount_ueur"] for event in told.registers["events"] if event["detail"] == "refund"]
    assert len(refunds) == 3
    assert sum(refunds) == told.result["refunds_ueur"]
    assert told.result["balance_ueur"] == 0
    assert told.result["mode"] == "REFUND"
    # what was not refunded was used, at 42 ct
    used = told.result["topups_ueur"] - told.result["refunds_ueur"]
    assert used == told.result["pulses"]["nt"] * 420
    empty = [row for row in told.rows if "2026-07-11T07:45" <= row["start"] < "2026-07-18T13:30"]
    assert not any(int(row["nt_pulses"]) for row in empty)


def test_the_holiday_flats_load_is_as_made() -> None:
    tool = ROOT / "tools" / "holiday_flat.py"
    subprocess.run([sys.executable, str(tool), "--check"], check=True, stdout=subprocess.DEVNULL)


def test_locked(folder: Path) -> None:
    told = tell("locked", folder)
    assert told.lights() == [
        ("03-02 10:30:00", "03-09 09:00:00", "start", "mode"),
        ("04-13 12:00:00", "04-20 08:30:00", "locked", "mode"),
    ]
    # locked within a window and with credit, while the daily rate goes on
    locked = told.row("2026-04-13T11:00:00Z")
    assert (locked["supply_on"], locked["protected"], locked["mode"]) == ("0", "1", "LOCKED")
    assert told.balance("2026-04-14T21:45:00Z") - told.balance("2026-04-15T21:45:00Z") == 350_000
    # free of charge in May, counted all the same
    may = [row for row in told.rows if "2026-05-04T09:15" <= row["start"] < "2026-06-01T08:30"]
    assert {row["mode"] for row in may} == {"FREE"}
    assert len({row["balance_ueur"] for row in may}) == 1
    assert sum(int(row["ht_pulses"]) + int(row["nt_pulses"]) for row in may) > 150_000
    assert told.events("mode") == [
        ("2026-03-09T08:00:00Z", "CUSTOMER"),
        ("2026-04-13T10:00:00Z", "LOCKED"),
        ("2026-04-20T06:30:00Z", "CUSTOMER"),
        ("2026-05-04T09:00:00Z", "FREE"),
        ("2026-06-01T08:45:00Z", "CUSTOMER"),
    ]
    assert told.result["mode"] == "CUSTOMER"


def test_storm(folder: Path) -> None:
    told = tell("storm", folder)
    assert told.lights() == [("02-19 04:55:21", "02-19 08:42:30", "credit", "confirm")]
    assert ("2026-02-19T07:10:00Z", "offered") in told.events("supply")
    # January is settled, and the day charged, once, though both fell into the cut: the row of its last quarter hour has both
    before, after = told.row("2026-01-31T22:30:00Z"), told.row("2026-01-31T22:45:00Z")
    january = told.result["max_demand"][0]
    assert january["period"] == "2026-01"
    assert int(before["power_ueur"]) == 0
    assert int(after["power_ueur"]) == january["pulses"] * 4 * 7_805_000 // 2000
    assert int(after["base_electricity_ueur"]) - int(before["base_electricity_ueur"]) == 550_000
    # 89 midnights from 13 January to 11 April, cuts or not
    assert told.result["charges_ueur"]["base_electricity"] == 89 * 550_000
    # nothing is used in a cut
    cut = [row for row in told.rows if "2026-02-17T18:30" <= row["start"] < "2026-02-19T03:45"]
    assert len(cut) == 133
    assert not any(int(row["ht_pulses"]) + int(row["nt_pulses"]) for row in cut)
    # the third begins at 01:20 and ends at 04:05, an hour and three quarters later
    assert told.events("power")[-2:] == [("2026-03-29T00:20:00Z", "off"), ("2026-03-29T02:05:00Z", "on")]
