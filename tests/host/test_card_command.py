# SPDX-License-Identifier: Apache-2.0
"""`groschen card`: what it prints in both languages, its JSON, and how it ends."""

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from groschenhost.cards import receipts
from groschenhost.cards.cli import app
from groschenhost.keys import keyfile
from groschenhost.ledger.book import open_ledger
from groschenhost.ledger.values import SettingsData
from groschenhost.money import EUR
from groschenhost.readers import virtual
from groschenhost.readers.sle4428 import Sle4428
from tests.host.station_bench import MASTER, NOW_S, SERIAL, forge_identity, tariff_data

PASSPHRASE = "correct horse battery"  # noqa: S105


class Desk:
    """The command, a ledger, a key file and a card in a virtual reader."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.key = folder / "master.key"
        self.card = folder / "card.bin"
        keyfile.create(self.key, MASTER, PASSPHRASE)
        ledger = open_ledger(url)
        ledger.add_utility(7, "Stadtwerk Musterstadt")
        ledger.add_tariff(tariff_data(base_ueur_per_day=250_000, base_share=(60, 30, 10)), SettingsData())
        meter = ledger.add_meter(SERIAL)
        ledger.add_contract(meter, "12", "Eva Muster", "4711")
        ledger.close()
        virtual.new(self.card, Sle4428.kind, None)

    def __call__(self, *words: str, status: int = 0, card: Path | None = None, lang: str = "de") -> Result:
        env = {
            "GROSCHEN_DB": self.url,
            "GROSCHEN_KEY": str(self.key),
            "GROSCHEN_PASSPHRASE": PASSPHRASE,
            "GROSCHEN_READER": f"virtual:{card or self.card}",
            "GROSCHEN_LANG": lang,
            "GROSCHEN_DESK": "Kasse 1",
        }
        result = CliRunner().invoke(app, list(words), env=env)
        assert result.exit_code == status, result.output
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def data(self, *words: str, **more: Any) -> Any:
        return json.loads(self(*words, "--json", **more).stdout)


@pytest.fixture
def desk(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(keyfile, "open_master", lambda key, passphrase_file: MASTER)  # scrypt takes its time
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(sqlite_template.read_bytes())
    return Desk(f"sqlite:///{path}", tmp_path)


def test_a_cards_life_in_json(desk: Desk, tmp_path: Path) -> None:
    issued = desk.data("issue", "--meter", SERIAL)
    assert (issued["card_number"], issued["card"]["deposit_ueur"], issued["repeated"]) == (1, 10 * EUR, False)
    topped = desk.data("topup", "--eur", "12,50", "--request", "till-7")
    assert (topped["amount_ueur"], topped["total_ueur"], topped["order"]["state"]) == (
        12_500_000,
        12_500_000,
        "written",
    )
    assert topped["split_ueur"] is None
    assert desk.data("topup", "--eur", "12.50", "--request", "till-7")["repeated"]
    assert desk.data("read", "--meter", SERIAL)["reading"] is None
    new = tmp_path / "new.bin"
    assert desk.data("blank", str(new), "--chip", "mifare") == {"file": str(new), "chip": "mifare"}
    replaced = desk.data("replace", "--meter", SERIAL, card=new)
    assert (replaced["card_number"], replaced["card"]["chip"]) == (2, "mifare")
    assert [row["state"] for row in desk.data("list", "--meter", SERIAL)] == ["blocked", "active"]
    returned = desk.data("return")
    assert (returned["deposit_ueur"], returned["refund_ueur"], returned["card"]["state"]) == (10 * EUR, 0, "returned")
    assert desk.data("block", "--meter", SERIAL)["number"] == 2


def test_receipts_say_amount_number_meter_card_and_total(desk: Desk) -> None:
    german = desk("issue", "--meter", SERIAL).stdout
    assert "Quittung: Karte" in german
    assert "Eva Muster" in german
    german = desk("topup", "--eur", "50").stdout
    for word in ("Stadtwerk Musterstadt", SERIAL, "4711", "50,00 EUR", "Bisher mit Karte", "Auftrag"):
        assert word in german
    again = desk("topup", "--eur", "50", lang="en")
    assert "DUPLICATE" in again.stdout
    assert "--again" in again.stderr
    assert "50.00 EUR" in again.stdout
    assert "Noch nicht im Zähler" in desk("read").stdout
    assert max(map(len, german.splitlines())) <= 72


def test_what_was_written_on_a_card_is_named_in_the_language_of_the_receipt(desk: Desk) -> None:
    desk("issue", "--meter", SERIAL)
    blank = desk.card.read_bytes()
    for lang, said in (("de", "Auftrag"), ("en", "order")):
        desk("topup", "--eur", "50", "--again")
        desk.card.write_bytes(blank)  # as it was before, so that reading it writes the order again
        line = next(
            line for line in desk("read", lang=lang).stdout.splitlines() if "card:" in line or "Karte gesch" in line
        )
        assert line.split()[-1] == said


def test_show_needs_no_key_and_with_one_says_what_is_genuine(desk: Desk) -> None:
    desk("issue", "--meter", SERIAL)
    desk("topup", "--eur", "50")
    shown = desk.data("show", str(desk.card))
    assert {place["state"] for place in shown["places"] if place["record"] == "identity"} == {"proven"}
    image = bytearray(desk.card.read_bytes())
    forge_identity(image)
    desk.card.write_bytes(image)
    assert "GEFÄLSCHT" in desk("show").stdout
    assert "FORGED" in desk("show", str(desk.card), lang="en").stdout
    bare = CliRunner().invoke(app, ["show", str(desk.card)], env={"GROSCHEN_KEY": None, "GROSCHEN_LANG": "de"})
    assert bare.exit_code == 0
    assert "nicht geprüft" in bare.stdout
    assert SERIAL in bare.stdout
    assert "GEFÄLSCHT" not in bare.stdout
    assert desk("show", str(desk.key), status=2).stderr


def test_service_cards_carry_one_command(desk: Desk, tmp_path: Path) -> None:
    for number, words in enumerate(
        (
            ("--mode", "free"),
            ("--clock", "2027-01-01T12:00:00+01:00", "--debt", "80"),
            ("--commission", "CUSTOMER"),
            ("--open-tan",),
        )
    ):
        card = tmp_path / f"service{number}.bin"
        virtual.new(card)
        assert (
            desk.data("issue", "--meter", SERIAL, "--kind", "service", *words, card=card)["card_number"] == number + 1
        )
    for words in (
        ("--kind", "service", "--mode", "FREE", "--open-tan"),
        ("--kind", "customer", "--mode", "FREE"),
        ("--kind", "service", "--mode", "sleepy"),
        ("--kind", "service", "--clock", "2027-01-01"),
        ("--request", "a:b"),
    ):
        assert desk("issue", "--meter", SERIAL, *words, status=2).stderr.startswith("Fehler:")


def test_wrong_calls_and_refusals_end_as_the_house_says(desk: Desk) -> None:
    assert "leer" in desk("topup", "--eur", "50", status=1).stderr
    assert "blank" in desk("read", status=1, lang="en").stderr
    assert "Betrag" in desk("topup", "--eur", "0", status=2).stderr
    assert "nicht im Kontobuch" in desk("issue", "--meter", "X1", status=2).stderr
    assert "mifare" in desk("issue", "--meter", SERIAL, "--chip", "mifare", status=1).stderr
    assert desk("block", "--meter", SERIAL, status=1).stderr
    assert desk("replace", "--meter", SERIAL, status=1).stderr
    desk("topup", status=2)


def test_a_payment_is_split_as_the_meter_charged_and_adds_up() -> None:
    names = ["ht", "nt", "power", "base_electricity", "base_gas", "base_water"]
    names += ["debt_kwh", "debt_electricity", "debt_gas", "debt_water"]
    reading: Any = SimpleNamespace(complete=True, **dict.fromkeys(names, 0))
    reading.ht, reading.base_gas, reading.base_water, reading.debt_kwh = 60 * EUR, 20 * EUR, 10 * EUR, 10 * EUR
    found = receipts.split(50 * EUR, [reading], 100 * EUR)
    assert found == {"electricity": 30 * EUR, "gas": 10 * EUR, "water": 5 * EUR, "debt": 5 * EUR}
    owes_less = receipts.split(50 * EUR, [reading], 2 * EUR)
    assert owes_less is not None
    assert owes_less["debt"] == 2 * EUR
    assert sum(owes_less.values()) == 50 * EUR


def test_times_on_receipts_are_legal_time_wherever_the_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    try:
        assert receipts.instant(NOW_S).endswith("2026 00:00")
        assert receipts.instant(NOW_S + 181 * 86_400 - 3_600).endswith("2026 00:00")  # summer time
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_damaged_card_is_taken_back_without_a_reader(desk: Desk) -> None:
    desk("issue", "--meter", SERIAL)
    assert "--meter" in desk("return", "--card", "1", status=2).stderr
    done = desk.data("return", "--meter", SERIAL, "--card", "1", card=Path("/nowhere"))
    assert (done["deposit_ueur"], done["refund_ueur"], done["refund_due_ueur"]) == (10 * EUR, 0, 0)
    assert "nichts auszuzahlen" in _refund_of_nothing(desk)


def _refund_of_nothing(desk: Desk) -> str:
    virtual.new(desk.card.with_name("next.bin"))
    desk("issue", "--meter", SERIAL, card=desk.card.with_name("next.bin"))
    return desk("refund", card=desk.card.with_name("next.bin"), status=1).stderr


@pytest.mark.parametrize("name", [None, "card.bin"])
def test_an_image_that_cannot_be_written_is_said_in_both_languages(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str | None
) -> None:
    desk("issue", "--meter", SERIAL)

    def save(_file: object) -> None:
        raise OSError(13, "Permission denied", *([name] if name else []))

    def write(_card: object, *_what: object) -> None:
        save(None)

    monkeypatch.setattr(
        virtual.ImageFile if name else virtual.VirtualSle, "save" if name else "write", save if name else write
    )
    for lang, words in (("de", "lässt sich nicht schreiben"), ("en", "cannot be written")):
        said = desk("topup", "--eur", "50", status=1, lang=lang).stderr
        assert words in said
        assert "Errno" not in said


def test_the_key_file_is_opened_with_its_passphrase(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert desk.data("issue", "--meter", SERIAL)["card_number"] == 1
    desk.key.unlink()
    assert "groschen key new" in desk("read", status=2).stderr


def test_every_command_has_help_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("issue", "topup", "read", "refund", "return", "block", "replace", "list", "show", "blank"):
        result = CliRunner().invoke(app, [name, "--help"])
        assert result.exit_code == 0
        assert "--json" in result.stdout
