# SPDX-License-Identifier: Apache-2.0
"""What `--registers` prints, computed a second time from `--trace` with pandas.

A trace's row has the energies of its quarter hour, and amounts and states in the second in which that quarter hour
ends, all that time changed then included: the row before a midnight has the day's energy and the next day's rates.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

from groschensim.scenario import read_scenario

ROOT = Path(__file__).resolve().parents[2]
STORIES = ROOT / "simulator" / "scenarios"
GROSCHEN = str(Path(sys.executable).with_name("groschen"))
BERLIN = "Europe/Berlin"
EUR = 1_000_000

RATES = [f"{kind}_{division}_ueur" for kind in ("base", "debt") for division in ("electricity", "gas", "water")]
CHARGES = ["ht_ueur", "nt_ueur", "power_ueur", "debt_kwh_ueur", *RATES]


class Run(NamedTuple):
    tape: Any
    registers: dict[str, Any]
    rows: pd.DataFrame


@pytest.fixture(scope="module", params=["household", "debt", "christmas"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A scenario's registers, and its quarter hours by their end, in local time."""
    scenario = STORIES / f"{request.param}.toml"
    trace = tmp_path_factory.mktemp("trace") / "trace.csv"
    done = subprocess.run(
        [GROSCHEN, "sim", "run", str(scenario), "--registers", "--trace", str(trace), "-q"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ},
    )
    rows = pd.read_csv(trace, parse_dates=["start"])
    rows["end"] = (rows["start"] + pd.Timedelta(minutes=15)).dt.tz_convert(BERLIN)
    rows["start"] = rows["start"].dt.tz_convert(BERLIN)
    rows["day"] = rows["start"].dt.date
    rows["charges"] = rows[CHARGES].sum(axis=1)
    return Run(read_scenario(scenario).tape, json.loads(done.stdout), rows)


def days(run: Run) -> pd.DataFrame:
    """Energy and cost of each local day.

    A day's cost are the charges from its first second, that second's rates included, to before the next one's.
    """
    rows = run.rows
    rates = rows[RATES].sum(axis=1)
    at_midnight = rows["end"].dt.normalize() == rows["end"]
    # What the row before a midnight has that belongs to the day that begins. Power is continuous or absent here.
    following = (rates - rates.shift(fill_value=0)).where(at_midnight, 0)
    before = rows["charges"] - following
    grouped = rows.groupby("day")
    closing = before.groupby(rows["day"]).last()
    opening = closing.shift(fill_value=0)
    return pd.DataFrame({"ht": grouped["ht_pulses"].sum(), "nt": grouped["nt_pulses"].sum(), "cost": closing - opening})


def test_daily_values(run: Run) -> None:
    expected = days(run)
    # the last day is still running: the run ends before its midnight
    expected = expected.iloc[:-1].tail(62)
    found = run.registers["daily"]
    assert len(found) == min(62, len(days(run)) - 1)
    for row, (day, wanted) in zip(found, expected.iterrows(), strict=True):
        assert row["day"] == str(day)
        assert (row["ht_pulses"], row["nt_pulses"], row["cost_ueur"]) == (wanted["ht"], wanted["nt"], wanted["cost"])


def test_a_day_is_full_when_its_midnight_was_charged(run: Run) -> None:
    first = str(run.rows["day"].iloc[0])
    assert all(row["full"] == (row["day"] != first) for row in run.registers["daily"])


def test_forecast(run: Run) -> None:
    last = days(run).iloc[:-1].tail(7)
    balance = int(run.rows["balance_ueur"].iloc[-1])
    cost = int(last["cost"].sum())
    assert run.registers["forecast"] == {
        "days": max(0, balance * 7 // cost),
        "average_daily_cost_ueur": cost // 7,
        "full_days": 7,
    }


def test_profile(run: Run) -> None:
    closed = run.rows.iloc[:-1].tail(60 * 96)  # the last quarter hour does not close before the run ends
    profile = run.registers["profile"]
    assert profile["pulses"] == (closed["ht_pulses"] + closed["nt_pulses"]).tolist()
    assert pd.Timestamp(profile["start"]) == closed["start"].iloc[0]


def test_snapshots_of_months(run: Run) -> None:
    rows = run.rows
    firsts = rows[(rows["end"].dt.normalize() == rows["end"]) & (rows["end"].dt.day == 1)]
    firsts = firsts[firsts["end"] < pd.Timestamp(run.tape["end_s"], unit="s", tz="UTC")].tail(12)
    found = run.registers["snapshots"]["months"]
    assert len(found) == len(firsts) > 0
    assert run.registers["snapshots"]["billing"] == []
    for snapshot, (place, row) in zip(found, firsts.iterrows(), strict=True):
        assert pd.Timestamp(snapshot["at"]) == row["end"]
        so_far = rows.loc[:place]
        assert snapshot["energy_ht_pulses"] == so_far["ht_pulses"].sum()
        assert snapshot["energy_nt_pulses"] == so_far["nt_pulses"].sum()
        assert snapshot["disconnections"] == so_far["disconnections"].iloc[-2]  # before the second's judgement
        month = so_far[so_far["start"].dt.strftime("%Y-%m") == f"{row['start']:%Y-%m}"]
        assert snapshot["max_demand_pulses"] == (month["ht_pulses"] + month["nt_pulses"]).max()
        # a snapshot is taken before the rates of the day that begins
        charged = rows.loc[place - 1]
        for name in ("ht", "nt", "power", "debt_kwh", "topups", "refunds", "debt_added"):
            assert snapshot[f"{name}_ueur"] == row[f"{name}_ueur"], name
        for name in RATES:
            assert snapshot[name] == charged[name], name
        rates = row[RATES].sum() - charged[RATES].sum()
        assert snapshot["balance_ueur"] == row["balance_ueur"] + rates
        assert snapshot["debt_ueur"] == row["debt_ueur"] + row[RATES[3:]].sum() - charged[RATES[3:]].sum()


def quarter_of(at: str) -> pd.Timestamp:
    return pd.Timestamp(at).tz_convert(BERLIN).floor("15min")


def test_top_ups_and_debts_of_the_event_log(run: Run) -> None:
    logged: dict[tuple[str, pd.Timestamp], int] = {}
    for event in run.registers["events"]:
        if event["detail"] in ("credit", "debt"):
            key = ("debt" if event["detail"] == "debt" else "topups", quarter_of(event["at"]))
            logged[key] = logged.get(key, 0) + event["amount_ueur"]
    found: dict[tuple[str, pd.Timestamp], int] = {}
    for name, column in (("topups", "topups_ueur"), ("debt", "debt_added_ueur")):
        rises = run.rows[column].diff()
        for start, rise in zip(run.rows["start"], rises, strict=True):
            if rise > 0:
                found[name, start] = int(rise)
    assert logged == found


def test_disconnections_of_the_event_log(run: Run) -> None:
    rises = run.rows["disconnections"].diff().fillna(run.rows["disconnections"])
    # a row counts what happened after its start and up to its end
    found = run.rows["start"][rises > 0].tolist()
    logged = [
        (pd.Timestamp(event["at"]) - pd.Timedelta(seconds=1)).tz_convert(BERLIN).floor("15min")
        for event in run.registers["events"]
        if event["kind"] == "supply" and event["detail"].startswith("off_")
    ]
    assert logged == found


def warnings(run: Run) -> list[dict[str, Any]]:
    """What the meter says at full hours from 08:00 to 20:00: below 5 EUR, or below three days of forecast."""
    rows, by_day = run.rows, days(run)
    full = by_day["cost"].iloc[1:]  # the day of commissioning is no full one
    said: list[dict[str, Any]] = []
    hours = rows[(rows["end"].dt.minute == 0) & rows["end"].dt.hour.between(8, 19) & (rows["supply_on"] == 1)]
    hours = hours[hours["mode"].isin(["CUSTOMER", "REFUND"]) & (hours["end"] < rows["end"].iloc[-1])]
    for _, row in hours.iterrows():
        balance = int(row["balance_ueur"])
        last = full[full.index < row["end"].date()].tail(7)
        because = ["amount"] if balance < 5 * EUR else []
        if len(last) and balance * len(last) < 3 * int(last.sum()):
            because.append("forecast")
        if because:
            said.append(
                {
                    "at": f"{row['end'].tz_convert('UTC'):%Y-%m-%dT%H:%M:%SZ}",
                    "because": because,
                    "balance_ueur": balance,
                }
            )
    return said


def test_hourly_warnings(run: Run) -> None:
    found = [
        {**warning, "because": [kind for kind in warning["because"] if kind != "window_end"]}
        for warning in run.registers["warnings"]
    ]
    found = [warning for warning in found if warning["because"]]
    expected = warnings(run)
    assert len(run.registers["warnings"]) <= 32
    assert found == (expected[-len(found) :] if len(run.registers["warnings"]) == 32 else expected)


def test_warnings_before_a_window_ends(run: Run) -> None:
    rows = run.rows.set_index("end")
    said = [warning["at"] for warning in run.registers["warnings"] if "window_end" in warning["because"]]
    kept = run.registers["warnings"]  # a ring of 32
    first = pd.Timestamp(kept[0]["at"]) if len(kept) == 32 else run.rows["start"].iloc[0]
    expected: list[str] = []
    for end, row in rows.iterrows():
        assert isinstance(end, pd.Timestamp)
        ahead, before_that = end + pd.Timedelta(hours=1), end + pd.Timedelta(minutes=45)
        if ahead not in rows.index or before_that not in rows.index:
            continue
        bound = -10 * EUR if row["emergency"] == 1 else 0
        closing = rows.loc[before_that, "protected"] == 1 and rows.loc[ahead, "protected"] == 0
        if closing and row["supply_on"] == 1 and row["balance_ueur"] <= bound and end >= first:
            expected.append(f"{end.tz_convert('UTC'):%Y-%m-%dT%H:%M:%SZ}")
    assert said == expected


def test_the_two_that_run_low_are_warned(run: Run) -> None:
    low = run.rows["balance_ueur"].min() < 0
    assert low == (len(run.registers["warnings"]) > 20)
