# SPDX-License-Identifier: Apache-2.0
"""Tariff files: read exactly, refused with line, key and what would be right; `groschen tariff`."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from groschencard.holidays import LAENDER
from groschenhost.errors import InputError
from groschenhost.ledger.book import Ledger, open_ledger
from groschenhost.ledger.tariff_file import read_tariff_file
from groschenhost.ledger.toml_lines import key_lines
from groschenhost.ledger.values import SettingsData, TariffData
from groschenhost.tariff import app

HEAD = 'name = "Haushalt"\nversion = 3\nstart = 2027-01-01T00:00:00+01:00\n'
FULL = (
    HEAD
    + """
[tariff]                                 # prices in ct, at most four decimals
ht_ct_per_kwh = 31.89
nt_ct_per_kwh = 25.1234
power_ct_per_kw = 100000
power_mode = "continuous"
power_period = "year"
base_ct_per_day = 39.45
base_share = { electricity = 60, gas = 30, water = 10 }
debt_ct_per_kwh = 1
debt_ct_per_day = 30
debt_share = { electricity = 20, gas = 40, water = 40 }
ht_workday = ["06:00-12:00", "13:00-24:00"]
ht_saturday = ["06:00-13:00"]
ht_sunday = []
holidays = "BY"

[credit]
emergency_limit_eur = 5
emergency_threshold_eur = 1.50
daily = "18:00-08:00"
weekend = { start = "12:00", end = "09:00" }
days = [2027-12-24, 2027-12-31]
span = [2027-08-01T00:00:00+02:00, 2027-08-15T00:00:00+02:00]

[contract]
confirm_reconnect = true
warn_days = 5
warn_eur = 7.50
billing_dates = [2027-06-30]
tan_digits = 8
"""
)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def made(text: str) -> Path:
        path = tmp_path / "tariff.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return made


Write = Callable[[str], Path]


def test_a_full_file_is_read_to_the_micro_euro(write: Write) -> None:
    found = read_tariff_file(write(FULL))
    assert found.tariff == TariffData(
        name="Haushalt",
        version=3,
        start_s=1_798_758_000,
        ht_ueur_per_kwh=318_900,
        nt_ueur_per_kwh=251_234,
        power_ueur_per_kw=1_000_000_000,
        power_continuous=True,
        power_yearly=True,
        base_ueur_per_day=394_500,
        base_share=(60, 30, 10),
        debt_ueur_per_kwh=10_000,
        debt_ueur_per_day=300_000,
        debt_share=(20, 40, 40),
        ht_workday=((360, 720), (780, 1440)),
        ht_saturday=((360, 780),),
        land="BY",
        holidays=LAENDER["BY"],
    )
    assert found.settings == SettingsData(
        emergency_limit_ueur=5_000_000,
        emergency_threshold_ueur=1_500_000,
        confirm_reconnect=True,
        warn_days=5,
        warn_ueur=7_500_000,
        tan_digits=8,
        daily=(1080, 480),
        weekend=(720, 540),
        span_s=(1_817_071_200, 1_818_280_800),
        credit_days=(21_176, 21_183),
        billing_days=(20_999,),
    )


def test_missing_keys_mean_what_they_mean_in_a_scenario(write: Write) -> None:
    found = read_tariff_file(write(HEAD + "[tariff]\n"))
    assert found.tariff == TariffData(name="Haushalt", version=3, start_s=1_798_758_000)
    assert found.settings is None
    assert read_tariff_file(write(HEAD + "[tariff]\n[credit]\n")).settings == SettingsData()


def test_holidays_may_be_dates_or_none(write: Write) -> None:
    dates = read_tariff_file(write(HEAD + "[tariff]\nholidays = [2027-05-03, 2027-05-01]\n")).tariff
    assert dates.holidays == ((0, 5, 1, 2027, 2027), (0, 5, 3, 2027, 2027))
    assert read_tariff_file(write(HEAD + '[tariff]\nholidays = ""\n')).tariff.holidays == ()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("ht_ct_per_kwh = 1000.0001", ":5: [tariff] ht_ct_per_kwh: erwartet: eine Zahl von 0 bis 1000"),
        ("ht_ct_per_kwh = 31.89001", "höchstens 4 Stellen"),
        ("ht_ct_per_kwh = 31.890000", "höchstens 4 Stellen"),
        ("ht_ct_per_kwh = -1", "von 0 bis 1000; da steht: -1"),
        ("ht_ct_per_kwh = true", "da steht: true"),
        ("ht_ct_per_kwh = nan", "eine Zahl"),
        ("ht_ct_per_kwh = 1e999999999", "eine Zahl"),
        ("ht_ct_per_kwh = '31.89'", 'da steht: "31.89"'),
        ("ht_ct_per_kw = 1", "unbekannt; möglich sind"),
        ("power_mode = 'often'", "eines von: periodic, continuous"),
        ("base_share = { electricity = 60, gas = 30, water = 11 }", "zusammen 100"),
        ("base_share = { electricity = 60, gas = 40 }", "zusammen 100"),
        ("base_share = { electricity = 120, gas = -10, water = -10 }", "zusammen 100"),
        ("base_share.electricity = 100", "zusammen 100"),
        ("ht_workday = '06:00-22:00'", "bis zu vier Spannen"),
        ("ht_workday = ['22:00-06:00']", "eines Tages"),
        ("ht_workday = ['06:00-06:00']", "eines Tages"),
        ("ht_workday = ['6:00-7:00']", "eines Tages"),
        ("ht_workday = ['01:00-02:00', '03:00-04:00', '05:00-06:00', '07:00-08:00', '09:00-10:00']", "bis zu vier"),
        ("holidays = 'XX'", "ein Bundesland (BB, BE"),
        ("holidays = [2027-05-01, 2027-05-01]", "keiner doppelt"),
        ("holidays = [2101-05-01]", "2020 bis 2099"),
        ("holidays = [2027-05-01T00:00:00Z]", "eine Liste von Tagen"),
        ("[credit]\nemergency_limit_eur = 1.005", ":6: [credit] emergency_limit_eur"),
        ("[credit]\ndaily = '08:00'", "eine Zeitspanne"),
        ("[credit]\nweekend = { start = '12:00' }", "zwei Uhrzeiten"),
        (
            "[credit]\ndays = [2027-01-01,2027-01-02,2027-01-03,2027-01-04,2027-01-05,2027-01-06,2027-01-07,2027-01-08,2027-01-09,2027-01-10,2027-01-11]",
            "höchstens zehn",
        ),
        ("[credit]\nspan = [2027-08-15T00:00:00Z, 2027-08-01T00:00:00Z]", "der frühere zuerst"),
        ("[credit]\nspan = [2027-08-01T00:00:00, 2027-08-15T00:00:00]", "Abstand zu UTC"),
        ("[contract]\ntan_digits = 4", "von 5 bis 20"),
        ("[contract]\nconfirm_reconnect = 1", "true oder false"),
        ("[contract]\nwarn_days = 1.5", "eine ganze Zahl"),
        ("[load]\nx = 1", "load: unbekannt"),
        ("[tariff.more]\nx = 1", ":5: [tariff] more: unbekannt"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_what_would_be_right(write: Write, line: str, says: str) -> None:
    with pytest.raises(InputError) as refused:
        read_tariff_file(write(HEAD + "[tariff]\n" + line + "\n"))
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "name: fehlt; richtig wäre: name ="),
        (HEAD, "[tariff]: fehlt"),
        (HEAD + "tariff = 1\n", "muss eine Tabelle sein"),
        (HEAD.replace("version = 3", "version = 4294967296") + "[tariff]", ":2: version: erwartet: eine ganze Zahl"),
        (HEAD.replace("+01:00", "") + "[tariff]", ":3: start: erwartet: ein Zeitpunkt"),
        (HEAD.replace('"Haushalt"', '""') + "[tariff]", ":1: name: erwartet: ein Text"),
        (HEAD + "versoin = 1\n[tariff]", ":4: versoin: unbekannt"),
        ("a = ", "kein TOML"),
        ("a = " + "[" * 5_000, "Schachtelung"),
        ("a = 1" + "0" * 10_000, "ohne Maß"),
    ],
)
def test_a_file_that_is_no_tariff_says_so(write: Write, text: str, says: str) -> None:
    with pytest.raises(InputError) as refused:
        read_tariff_file(write(text))
    assert says in str(refused.value)


def test_all_that_is_wrong_is_said_at_once_in_the_order_of_lines(write: Write) -> None:
    with pytest.raises(InputError) as refused:
        read_tariff_file(write(HEAD + "[tariff]\nnt_ct_per_kwh = -1\nht_ct_per_kwh = -1\n[credit]\ndaily = 1\n"))
    assert [line.split(":")[1] for line in str(refused.value).splitlines()] == ["5", "6", "8"]


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for path, says in ((tmp_path / "none", "No such file"), (tmp_path / "binary", "UTF-8"), (tmp_path, "directory")):
        with pytest.raises(InputError, match=says):
            read_tariff_file(path)


def test_what_does_not_fit_on_a_card_is_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    from groschenhost.ledger import tariff_file

    monkeypatch.setattr(tariff_file, "fits_on_card", lambda tariff, settings: [f"{len(tariff.holidays)} rules"])
    with pytest.raises(InputError, match=r":5: \[tariff\]: 12 rules"):
        read_tariff_file(write(FULL))


@given(st.text())
def test_no_text_breaks_the_search_for_lines(text: str) -> None:
    assert all(line >= 1 for line in key_lines(text).values())


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.dates() | st.datetimes() | st.decimals(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_value_breaks_a_parser(value: object) -> None:
    from groschenhost.ledger.tariff_file import KEYS
    from groschenhost.ledger.tariff_values import WrongValueError

    for table in KEYS.values():
        for _, parse in table.values():
            with suppress(WrongValueError):
                parse(value)


def test_the_command_adds_lists_and_shows(ledger_url: str, ledger: Ledger, write: Write) -> None:
    path = write(FULL)

    def say(*words: str, status: int = 0) -> str:
        result = CliRunner().invoke(app, [*words, "--db", ledger_url])
        assert result.exit_code == status, result.output
        return result.stdout if status == 0 else result.stderr

    added = json.loads(say("add", str(path), "--json"))
    assert (added["version"], added["holidays"], added["settings"]["tan_digits"]) == (3, "BY", 8)
    say("add", str(path))
    path.write_text(FULL.replace("31.89", "32.89"))
    assert "frei ist 4" in say("add", str(path), status=1)
    path.write_text(FULL.replace("31.89", "-1"))
    assert ":6: [tariff] ht_ct_per_kwh" in say("add", str(path), status=2)
    assert json.loads(say("show", "3", "--json"))["settings"] == added["settings"]
    assert "31,89 ct" in say("show", "3")
    assert "31,89 ct" in say("list")
    assert [row["version"] for row in json.loads(say("list", "--json"))] == [3]
    assert "groschen tariff list" in say("show", "9", status=2)
    opened = open_ledger(ledger_url)
    assert opened.tariff_for(opened.add_meter("A1")) == read_tariff_file(write(FULL)).tariff
    opened.close()


def test_check_needs_no_ledger(write: Write, tmp_path: Path) -> None:
    nowhere = tmp_path / "none.sqlite"
    result = CliRunner().invoke(app, ["add", "--check", str(write(FULL)), "--db", str(nowhere)])
    assert (result.exit_code, nowhere.exists()) == (0, False)
    assert "in Ordnung" in result.stdout
    assert CliRunner().invoke(app, ["add", "--check", str(write(HEAD))]).exit_code == 2
