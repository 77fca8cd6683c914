# SPDX-License-Identifier: Apache-2.0
"""Scenarios that are right, and the tapes they become."""

import json
import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest

from groschencard.holidays import LAENDER
from groschensim.scenario import EVENTS, SCHEMA, TariffTape, read_scenario
from groschensim.scenario.schema import ABSENT, REQUIRED

Write = Callable[[str], Path]

LEAST = """\
[meter]
serial = "1"
start = 2026-06-01T00:00:00+02:00
end = 2026-06-01T01:00:00+02:00
[load]
csv = "load.csv"
"""


def seconds(year: int, month: int, day: int, hour: int, minute: int = 0, second: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp())


@pytest.fixture
def least(written: Write, tmp_path: Path) -> Callable[[str], Path]:
    """A function that writes the smallest scenario with more text behind it."""
    (tmp_path / "load.csv").write_text("start,pulses\n")
    return lambda more: written(LEAST + more)


def test_a_whole_scenario_becomes_its_tape(good: str, written: Write) -> None:
    scenario = read_scenario(written(good))
    tape = scenario.tape
    assert tape["serial"] == "1EBZ0100000001"
    assert tape["start_s"] == seconds(2025, 12, 31, 23)
    assert tape["end_s"] == seconds(2026, 1, 31, 23)
    assert tape["first_quarter"] * 900 == tape["start_s"]
    assert (tape["zone"], tape["mode"], tape["confirm_reconnect"]) == ("legal", 0, False)
    assert (tape["balance_ueur"], tape["debt_ueur"]) == (50_000_000, 12_500_000)
    assert tape["credit"] == {
        "emergency_limit_ueur": 10_000_000,
        "emergency_threshold_ueur": 1_000_000,
        "daily": [18 * 60, 8 * 60],
        "weekend": [12 * 60, 9 * 60],
        "days": [(date(2026, 12, 24) - date(1970, 1, 1)).days, (date(2026, 12, 31) - date(1970, 1, 1)).days],
        "span": [seconds(2026, 7, 31, 22), seconds(2026, 8, 14, 22)],
    }
    assert (scenario.holidays, scenario.profile, scenario.kwh_per_year) == ("BY", "H0", Decimal(3500))


def test_a_tariff_becomes_micro_euro_minutes_and_rules(good: str, written: Write) -> None:
    assert read_scenario(written(good)).tape["tariff"] == {
        "ht_ueur_per_kwh": 318_900,
        "nt_ueur_per_kwh": 251_200,
        "power_ueur_per_kw": 0,
        "power_continuous": 0,
        "power_yearly": 0,
        "base_ueur_per_day": 394_500,
        "base_share": [60, 30, 10],
        "debt_ueur_per_kwh": 0,
        "debt_ueur_per_day": 0,
        "debt_share": [100, 0, 0],
        "ht_workday": [[360, 1320]],
        "ht_saturday": [[360, 780], [1080, 1440]],
        "ht_sunday": [],
        "holidays": [list(rule) for rule in LAENDER["BY"]],
    }


def test_events_are_in_order_of_time_and_a_tariff_is_whole(good: str, written: Write) -> None:
    tape = read_scenario(written(good)).tape
    assert [event[:2] for event in tape["events"]] == [
        [seconds(2026, 1, 10, 9), "tariff"],
        [seconds(2026, 1, 15, 9), "power_off"],
        [seconds(2026, 1, 15, 10, 30, 1), "power_on"],
        [seconds(2026, 1, 20, 9), "topup"],
    ]
    assert tape["events"][0][2] == {**tape["tariff"], "ht_ueur_per_kwh": 350_000}
    assert [event[2] for event in tape["events"][1:]] == [None, None, 50_000_000]


def test_a_tape_passes_through_json(good: str, written: Write) -> None:
    tape = read_scenario(written(good)).tape
    assert json.loads(json.dumps(tape)) == tape


def test_defaults_are_those_of_the_contract(least: Write) -> None:
    tape = read_scenario(least("")).tape
    assert (tape["imp_per_kwh"], tape["zone"], tape["mode"]) == (1000, "legal", 0)
    assert (tape["balance_ueur"], tape["debt_ueur"], tape["confirm_reconnect"]) == (0, 0, False)
    tariff, credit = tape["tariff"], tape["credit"]
    assert not any(tariff[key] for key in ("ht_ueur_per_kwh", "nt_ueur_per_kwh", "power_ueur_per_kw"))
    assert not any(tariff[key] for key in ("base_ueur_per_day", "debt_ueur_per_kwh", "debt_ueur_per_day"))
    assert (tariff["power_continuous"], tariff["power_yearly"]) == (0, 0)
    assert tariff["base_share"] == tariff["debt_share"] == [100, 0, 0]
    assert tariff["ht_workday"] == tariff["ht_saturday"] == tariff["ht_sunday"] == tariff["holidays"] == []
    assert (credit["emergency_limit_ueur"], credit["emergency_threshold_ueur"]) == (0, 1_000_000)
    assert credit["daily"] == credit["weekend"] == credit["days"] == credit["span"] == []
    assert tape["events"] == []


def test_two_tapes_share_no_list(least: Write) -> None:
    path = least("")
    read_scenario(path).tape["tariff"]["ht_workday"].append([0, 1])
    assert read_scenario(path).tape["tariff"]["ht_workday"] == []


@pytest.mark.parametrize(
    ("zone", "quarters"),
    [("+01:00", 4), ("-12:00", -48), ("+14:00", 56), ("+05:45", 23), ("-03:30", -14), ("+00:00", 0)],
)
def test_fixed_offsets_are_quarter_hours(least: Write, zone: str, quarters: int) -> None:
    path = least("")
    path.write_text(path.read_text().replace("[load]", f'zone = "{zone}"\n[load]'))
    assert read_scenario(path).tape["zone"] == quarters


@pytest.mark.parametrize("nothing", ['""', "[]", "{}"])
@pytest.mark.parametrize("window", ["daily", "weekend", "days", "span"])
def test_an_event_removes_a_window(good: str, written: Write, window: str, nothing: str) -> None:
    event = f'[[event]]\nat = 2026-01-02T00:00:00Z\ndo = "credit"\n{window} = {nothing}\n'
    tape = read_scenario(written(good + event)).tape
    assert tape["events"][0][2] == {**tape["credit"], window: []}


def test_changes_add_up_in_order_of_time(least: Write) -> None:
    path = least(
        '[[event]]\nat = 2026-06-01T00:30:00+02:00\ndo = "tariff"\nnt_ct_per_kwh = 2.0001\n'
        '[[event]]\nat = 2026-06-01T00:10:00+02:00\ndo = "tariff"\nht_ct_per_kwh = 1\nholidays = [2026-06-02]\n'
    )
    tape = read_scenario(path).tape
    first, second = (cast("TariffTape", event[2]) for event in tape["events"])
    assert first == {**tape["tariff"], "ht_ueur_per_kwh": 10_000, "holidays": [[0, 6, 2, 2026, 2026]]}
    assert second == {**first, "nt_ueur_per_kwh": 20_001}


def test_events_of_one_second_stay_in_file_order(least: Write) -> None:
    at = "at = 2026-06-01T00:10:00+02:00\n"
    kinds = ["card", "confirm", "power_off", "power_on", "emergency", "power_off", "power_on"]
    path = least("".join(f'[[event]]\n{at}do = "{kind}"\n' for kind in kinds))
    assert [event[1] for event in read_scenario(path).tape["events"]] == kinds


@pytest.mark.parametrize("eur", ["50", "50.0", "50.00", "5e1"])
def test_a_tan_is_whole_however_written(least: Write, eur: str) -> None:
    path = least(f'[[event]]\nat = 2026-06-01T00:10:00+02:00\ndo = "tan"\neur = {eur}\n')
    assert read_scenario(path).tape["events"][0][1:] == ["tan", 50_000_000]


def test_a_mode_is_a_number(least: Write) -> None:
    path = least('[[event]]\nat = 2026-06-01T00:10:00+02:00\ndo = "mode"\nto = "LOCKED"\n')
    assert read_scenario(path).tape["events"][0][1:] == ["mode", 3]


def test_ht_spans_may_overlap_and_ten_credit_days_fall_in_each_year(least: Write) -> None:
    days = ", ".join(f"{year}-05-{day:02}" for year in (2026, 2027) for day in range(1, 11))
    path = least(f'[tariff]\nht_workday = ["06:00-12:00", "10:00-24:00"]\n[credit]\ndays = [{days}]\n')
    tape = read_scenario(path).tape
    assert tape["tariff"]["ht_workday"] == [[360, 720], [600, 1440]]
    assert len(tape["credit"]["days"]) == 20


def test_a_run_may_cover_all_years_of_the_device(written: Write) -> None:
    text = LEAST.replace("2026-06-01T00:00:00+02:00", "2020-01-01T00:00:00+01:00")
    text = text.replace("2026-06-01T01:00:00+02:00", "2100-01-01T00:00:00+01:00")
    scenario = read_scenario(written(text.replace('csv = "load.csv"', 'profile = "L0"\nkwh_per_year = 1')))
    assert len(scenario.load) == ((date(2100, 1, 1) - date(2020, 1, 1)).days) * 96


def test_a_byte_order_mark_and_windows_lines_do_no_harm(good: str, written: Write) -> None:
    plain = read_scenario(written(good)).tape
    assert read_scenario(written("\ufeff" + good.replace("\n", "\r\n"))).tape == plain


def test_the_schema_shows_an_example_of_each_key_that_reads_itself() -> None:
    keys = [key for table in (*SCHEMA.values(), *EVENTS.values()) for key in table]
    for key in keys:
        key.parse(tomllib.loads(f"x = {key.example}", parse_float=Decimal)["x"])
        assert all(key.text)
        assert key.default in (ABSENT, REQUIRED) or key.parse(key.default) is not None
