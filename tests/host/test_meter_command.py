# SPDX-License-Identifier: Apache-2.0
"""`groschen meter` and `groschen ledger`: what they print, and how they end."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result
from typer import Typer
from typer.testing import CliRunner

from groschenhost.cards.cli import app as card_app
from groschenhost.ledger import cli as ledger_command
from groschenhost.ledger.book import open_ledger
from groschenhost.ledger.values import CardKind, Charges, MeterReading, TariffData
from groschenhost.meter import app as meter_app
from groschenhost.money import EUR
from groschenhost.tariff import app as tariff_app

Run = Callable[..., Result]


def run(app: Typer, url: str, *words: str, status: int = 0) -> Result:
    result = CliRunner().invoke(app, list(words), env={"GROSCHEN_DB": url, "GROSCHEN_DESK": "Kasse 1"})
    assert result.exit_code == status, result.output
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def data(app: Typer, url: str, *words: str) -> Any:
    return json.loads(run(app, url, *words, "--json").stdout)


@pytest.fixture
def desk(make_url: Callable[[bool], str]) -> str:
    url = make_url(False)
    run(ledger_command.app, url, "init", "--utility", "7", "--name", "Stadtwerk")
    return url


def meter(url: str, *words: str, status: int = 0) -> Result:
    return run(meter_app, url, *words, status=status)


def test_init_makes_the_ledger_and_once_more_changes_nothing(make_url: Callable[[bool], str]) -> None:
    url = make_url(False)
    if url.startswith("sqlite"):
        assert "groschen ledger init" in run(ledger_command.app, url, "status", status=2).stderr
    else:
        status = data(ledger_command.app, url, "status")
        assert (status["current"], status["up_to_date"]) == (None, False)
    for _ in range(2):
        made = data(ledger_command.app, url, "init", "--utility", "7", "--name", "Stadtwerk")
        assert (made["utility"], made["name"]) == (7, "Stadtwerk")
    assert data(ledger_command.app, url, "status")["up_to_date"]
    assert "nichts zu tun" in run(ledger_command.app, url, "upgrade").stderr
    assert "heißt schon" in run(ledger_command.app, url, "init", "--utility", "7", "--name", "X", status=1).stderr


def test_only_init_and_upgrade_make_a_ledger(make_url: Callable[[bool], str], tmp_path: Path) -> None:
    url = make_url(False)
    for app, words in (
        (ledger_command.app, ("check",)),
        (ledger_command.app, ("journal",)),
        (meter_app, ("list",)),
        (meter_app, ("show", "A1")),
        (meter_app, ("add", "A1")),
        (tariff_app, ("list",)),
        (tariff_app, ("show", "1")),
        (card_app, ("list", "--meter", "A1")),
        (card_app, ("block", "--meter", "A1")),
    ):
        result = run(app, url, *words, status=2)
        assert result.stdout == ""
        assert "groschen ledger init" in result.stderr
    nowhere = tmp_path / "mistyped" / "ledger.sqlite"
    assert "groschen ledger init" in run(meter_app, str(nowhere), "list", status=2).stderr
    assert not nowhere.parent.exists()
    assert list(tmp_path.glob("*.sqlite*")) == []


def test_upgrade_makes_an_empty_database_the_ledgers(make_url: Callable[[bool], str]) -> None:
    url = make_url(False)
    assert data(ledger_command.app, url, "upgrade") == {"before": None, "now": "0005"}


def test_add_prints_the_number_alone_on_standard_output(desk: str) -> None:
    result = meter(desk, "add", "1EBZ0100000001")
    assert result.stdout == "1EBZ0100000001\n"
    assert "aufgenommen" in result.stderr
    assert meter(desk, "add").stdout == "1EBZ0100000002\n"
    assert "gibt es schon" in meter(desk, "add", "1EBZ0100000001", status=1).stderr
    assert "Zählernummer" in meter(desk, "add", "zwölf", status=2).stderr
    assert "ohne Leerzeichen" in meter(desk, "add", "a b", status=2).stderr
    meter(desk, "add", "X1", "--imp-per-kwh", "99", status=2)


def test_a_constant_beyond_an_s0_output_is_asked_about(desk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = meter(desk, "add", "X1", "--imp-per-kwh", "5000", status=2).stderr
    assert "bis 12,0 kW" in refused
    assert "--yes" in refused
    assert meter(desk, "list").stdout.count("X1") == 0
    assert meter(desk, "add", "X1", "--imp-per-kwh", "4000").stdout == "X1\n"
    assert meter(desk, "add", "X2", "--imp-per-kwh", "100000", "--yes").stdout == "X2\n"
    assert meter(desk, "add", "X3", "--imp-per-kwh", "5000", "--max-kw", "11").stdout == "X3\n"
    meter(desk, "add", "X4", "--imp-per-kwh", "2000", "--max-kw", "43.5", status=2)
    monkeypatch.setattr("groschenhost.meter.sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))
    for answer, status in (("n", 1), ("y", 0)):
        done = CliRunner().invoke(
            meter_app, ["add", "X5", "--imp-per-kwh", "5000", "--db", desk], input=answer, catch_exceptions=False
        )
        assert done.exit_code == status
        assert "Trotzdem aufnehmen?" in done.stderr
    assert "X5" in meter(desk, "list").stdout


def test_next_takes_and_look_does_not(desk: str) -> None:
    assert "--first" in meter(desk, "next", status=2).stderr
    assert meter(desk, "next", "--first", "A001").stdout == "A001\n"
    assert meter(desk, "next", "--look").stdout == "A002\n"
    assert data(meter_app, desk, "next") == {"serial": "A002", "taken": True}
    assert meter(desk, "next").stdout == "A003\n"


def test_a_contract_comes_with_the_meter_and_finds_it(desk: str) -> None:
    add_tariff(desk)
    meter(desk, "add", "A1", "--customer", "K1", "--name", "Anna Beispiel", "--account", "4711", "--tariff", "Haushalt")
    meter(desk, "add", "A2")
    assert "--account" in meter(desk, "add", "A3", "--customer", "K1", status=2).stderr
    found = data(meter_app, desk, "list", "anna")
    assert [row["serial"] for row in found] == ["A1"]
    assert found[0]["contract"]["tariff"] == "Haushalt"
    listed = meter(desk, "list").stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["Zähler", "A1", "A2"]
    assert listed[1].endswith("Anna Beispiel")


def add_tariff(url: str) -> None:
    ledger = open_ledger(url)
    ledger.add_tariff(TariffData(name="Haushalt", version=1, start_s=0))
    ledger.close()


def test_a_meter_whose_contract_is_refused_is_not_added(desk: str) -> None:
    add_tariff(desk)
    person = ("--customer", "K1", "--account", "4711")
    meter(desk, "add", "A1", *person, "--name", "Anna Beispiel", "--tariff", "Haushalt")
    for words in (("--name", "Anna Beispiel", "--tariff", "Haushalz"), ("--name", "Anton Beispiel")):
        assert meter(desk, "add", "A2", *person, *words, status=2 if "--tariff" in words else 1).stdout == ""
    assert [row["serial"] for row in data(meter_app, desk, "list")] == ["A1"]
    assert meter(desk, "next", "--look").stdout == "A2\n"


def test_a_meter_is_added_with_the_generation_of_its_key(desk: str) -> None:
    meter(desk, "add", "A1", "--key-generation", "3")
    meter(desk, "add", "A2")
    assert [data(meter_app, desk, "show", serial)["key_generation"] for serial in ("A1", "A2")] == [3, None]
    assert "Schlüsselgeneration" in meter(desk, "show", "A1").stdout


def test_the_check_ends_with_one_where_something_contradicts_itself(desk: str) -> None:
    meter(desk, "add", "A1")
    ledger = open_ledger(desk)
    ledger.issue_card(ledger.meter("A1"), CardKind.CUSTOMER, "sle4428", "a")
    assert data(ledger_command.app, desk, "check")["findings"] == []
    with ledger.engine.execution_options(groschen_writer=True).begin() as connection:
        connection.exec_driver_sql("UPDATE cards SET deposit_ueur = 0")
    ledger.close()
    assert "Pfand der Karte 1" in run(ledger_command.app, desk, "check", status=1).stderr


def test_show_says_what_is_held_and_open(desk: str) -> None:
    meter(desk, "add", "A1")
    ledger = open_ledger(desk, "Kasse 1")
    row = ledger.meter("A1")
    ledger.issue_card(row, CardKind.CUSTOMER, "sle4428", "a")
    ledger.topup(row, 50 * EUR, "b")
    ledger.take_tan_counter(row, 20, "c")
    ledger.acknowledge(
        row, MeterReading(exchange=1, card_number=1, balance_ueur=3 * EUR, charges=Charges(ht=12_345_678))
    )
    ledger.close()
    shown = data(meter_app, desk, "show", "A1")
    assert shown["accounts"]["prepayment_ueur"] == 70 * EUR - 12_345_678
    assert shown["accounts"]["deposit_ueur"] == 10 * EUR
    assert [order["state"] for order in shown["orders"]] == ["issued"]
    assert [tan["counter"] for tan in shown["tans"]] == [1]
    assert shown["reading"]["charges_ueur"]["ht"] == 12_345_678
    text = meter(desk, "show", "A1").stdout
    assert "57,65 EUR" in text
    assert "1 50,00 EUR issued" in text
    assert "nicht im Kontobuch" in meter(desk, "show", "A9", status=2).stderr
    entries = data(ledger_command.app, desk, "journal", "--meter", "A1")
    assert [entry["kind"] for entry in entries] == ["reading", "tan", "topup", "deposit"]
    assert {entry["desk"] for entry in entries} == {"Kasse 1"}
    lines = run(ledger_command.app, desk, "journal", "--meter", "A1", "--limit", "1").stdout.splitlines()
    assert lines[0].split() == ["Nr", "Zeit", "Art", "Konto", "Betrag", "Platz"]
    number, instant, kind, account, amount = (lines[0].index(word) for word in ("Nr", "Zeit", "Art", "Konto", "Betrag"))
    for line in lines[1:]:  # numbers and amounts are flush right, words are not
        assert line[number : instant - 2].strip().isdigit()
        assert line[kind:].startswith("reading ")
        assert line[account].isalpha()
        end = amount + len("Betrag")
        assert line[:end].endswith(" EUR")
        assert line[end:] == "  Kasse 1"
    checked = data(ledger_command.app, desk, "check")
    assert (checked["unbalanced"], checked["total_ueur"]) == ([], 0)
    assert "80,00 EUR" in run(ledger_command.app, desk, "check").stdout


def test_a_ledger_that_is_none_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_bytes(b"this is no database, but long enough to look at" * 40)
    for place in (str(tmp_path / "x.sqlite"), "mysql://x/y", "postgresql://x@/y?host=/nonexistent"):
        result = CliRunner().invoke(meter_app, ["list", "--db", place])
        assert result.exit_code in (1, 2)
        assert result.stdout == ""
        assert result.stderr.startswith("Fehler: ")
        assert "Traceback" not in result.stderr


def test_the_texts_are_german_unless_english_is_asked_for(desk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROSCHEN_LANG", "en")
    assert "is not in the ledger" in meter(desk, "show", "A9", status=2).stderr


def test_a_password_is_not_shown(capsys: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "secret" not in ledger_command._place("postgresql://desk:secret@host/db")
