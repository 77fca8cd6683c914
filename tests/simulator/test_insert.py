# SPDX-License-Identifier: Apache-2.0
"""`groschen sim insert` and `groschen sim meter`: one card, one saved meter, and the files of both."""

import fcntl
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from groschen.core import memory
from groschencard import chips, records
from groschencard.card import decode
from groschencard.keys import MeterKeys
from groschencard.mifare_format import mifare_trailer
from groschensim import cli
from groschensim.board import simulated_keys
from groschensim.cards import COUNTER, PSC, Desk, blank_image
from groschensim.models import mifare
from groschensim.scenario import read_scenario

STORIES = Path(__file__).resolve().parents[2] / "simulator" / "scenarios"
CHRISTMAS = STORIES / "christmas.toml"
SERIAL = "1EBZ0100000001"
UTILITY = 7
KEY = bytes(range(32))
BEGIN = "2026-01-01T00:00:00+01:00"
EUR = 1_000_000


@pytest.fixture(autouse=True)
def _german(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROSCHEN_LANG", "de")


def sim(*words: object) -> Result:
    done = CliRunner().invoke(cli.app, [str(word) for word in words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


class Household:
    """A meter in a file, and the desk that writes its cards."""

    def __init__(self, folder: Path, keys: MeterKeys, state: Path) -> None:
        self.folder = folder
        self.keys = keys
        self.desk = Desk(keys)
        self.state = state
        self.numbers = 0

    def next(self) -> int:
        self.numbers += 1
        return self.numbers

    def put(self, name: str, image: bytes | bytearray) -> Path:
        path = self.folder / name
        path.write_bytes(image)
        return path

    def card(self, kind: int = records.CUSTOMER, name: str = "card.bin", credit: int = 0) -> Path:
        image = self.desk.issue(kind, self.next())
        if credit:
            self.desk.credit(image, self.next(), credit)
        return self.put(name, image)

    def top_up(self, card: Path, ueur: int) -> None:
        image = bytearray(card.read_bytes())
        self.desk.credit(image, self.next(), ueur)
        card.write_bytes(image)

    def insert(self, card: Path, *words: object, code: int = 0) -> dict[str, Any]:
        done = sim("insert", card, "--meter", self.state, "--json", *words)
        assert done.exit_code == code, done.output
        found: dict[str, Any] = json.loads(done.stdout)
        assert found["accepted"] is (code == 0)
        assert bool(done.stderr) is (code != 0)
        return found

    def commission(self) -> None:
        tape: Any = read_scenario(CHRISTMAS).tape
        image = self.desk.issue(records.SERVICE, self.next())
        self.desk.tariff(image, self.next(), tape["tariff"], 2026)
        self.desk.command(image, self.next(), records.COMMISSION, 0)
        assert self.insert(self.put("service.bin", image))["outcome"] == "command"


@pytest.fixture
def factory(tmp_path: Path) -> Household:
    """A meter as it leaves the factory."""
    key = tmp_path / "key"
    key.write_bytes(KEY)
    state = tmp_path / "meter.bin"
    done = sim("meter", state, "--serial", SERIAL, "--utility", UTILITY, "--key", key, "--at", BEGIN)
    assert done.exit_code == 0, done.output
    return Household(tmp_path, MeterKeys(KEY, UTILITY, SERIAL.encode()), state)


@pytest.fixture
def home(factory: Household) -> Household:
    """A meter in use, without credit."""
    factory.commission()
    return factory


# -- a meter's life ----------------------------------------------------------------------------------------


def test_a_new_meter_is_locked_and_its_key_is_for_its_owner_alone(factory: Household) -> None:
    beside = factory.folder / "meter.bin.meter"
    assert stat.S_IMODE(beside.stat().st_mode) == 0o600
    assert json.loads(beside.read_text()) == {"serial": SERIAL, "utility": UTILITY, "life": 1, "key": KEY.hex()}
    found = factory.insert(factory.card(credit=20 * EUR))
    assert (found["mode"], found["supply"]["on"]) == ("LOCKED", False)
    assert found["balance_ueur"] == {"before": 0, "after": 20 * EUR}
    assert found["at"] == "2025-12-31T23:00:00Z"


def test_commissioning_credit_and_supply_by_cards_alone(factory: Household) -> None:
    factory.commission()
    card = factory.card(credit=50 * EUR)
    found = factory.insert(card)
    assert found["meter"] == SERIAL
    assert found["outcome"] == "credit"
    assert found["display"] == {
        "de": ["Gebucht    50,00 EUR", "Guthaben   50,00 EUR"],
        "en": ["Booked     50.00 EUR", "Balance    50.00 EUR"],
    }
    assert found["booked_ueur"] == {"credit": 50 * EUR, "debt": 0, "refund": 0}
    assert found["balance_ueur"] == {"before": 0, "after": 50 * EUR}
    assert found["supply"] == {"on": True, "offered": False, "cause": "none"}
    assert [(event["kind"], event["detail"]) for event in found["events"]] == [("card", "credit"), ("supply", "on")]
    again = factory.insert(card)
    assert again["outcome"] == "no_credit"
    assert again["balance_ueur"] == {"before": 50 * EUR, "after": 50 * EUR}


def test_the_station_reads_from_the_image_what_the_meter_acknowledged(home: Household) -> None:
    card = home.card(credit=50 * EUR)
    home.insert(card)
    image = card.read_bytes()
    written = decode(home.keys, image[chips.SLE_BASE : chips.SLE_BASE + chips.SLE_SIZE])
    acknowledged = written.newest(records.ACKNOWLEDGEMENT)
    assert acknowledged is not None
    assert acknowledged.int("balance_ueur") == 50 * EUR
    assert written.newest(records.REPORT) is not None
    assert image[COUNTER] == 0xFF
    assert image[PSC:] == home.keys.card_secret(acknowledged.int("credit_number") - 1)[:2]


def test_time_passes_without_consumption(home: Household) -> None:
    card = home.card(credit=50 * EUR)
    home.insert(card)
    found = home.insert(card, "--at", "2026-01-03T12:00:00+01:00")
    tape: Any = read_scenario(CHRISTMAS).tape
    assert found["at"] == "2026-01-03T11:00:00Z"
    assert found["balance_ueur"]["before"] == 50 * EUR - 2 * tape["tariff"]["base_ueur_per_day"]
    early = sim("insert", card, "--meter", home.state, "--at", BEGIN)
    assert early.exit_code == 2
    assert "früher geht nicht" in early.stderr
    assert home.insert(card)["at"] == "2026-01-03T11:00:00Z"


def test_a_refund_is_shown_and_booked_once(home: Household) -> None:
    card = home.card(credit=50 * EUR)
    home.insert(card)
    image = home.desk.issue(records.SERVICE, home.next())
    home.desk.command(image, home.next(), records.SET_MODE, 1)
    assert home.insert(home.put("mode.bin", image))["mode"] == "REFUND"
    found = home.insert(card)
    assert found["outcome"] == "refund"
    assert found["booked_ueur"]["refund"] == 50 * EUR
    assert found["display"]["de"] == ["Erstattet  50,00 EUR", "Mit Karte zur Kasse"]
    assert home.insert(card)["booked_ueur"]["refund"] == 0


def test_a_new_debt_is_shown(home: Household) -> None:
    image = home.desk.issue(records.SERVICE, home.next())
    home.desk.debt(image, home.next(), 12 * EUR)
    found = home.insert(home.put("debt.bin", image))
    assert (found["outcome"], found["booked_ueur"]["debt"], found["debt_ueur"]) == ("debt", 12 * EUR, 12 * EUR)


def test_a_readout_card_changes_nothing_but_itself(home: Household) -> None:
    card = home.card(records.READOUT)
    before = card.read_bytes()
    found = home.insert(card)
    assert found["outcome"] == "read_out"
    assert card.read_bytes() != before


def test_people_read_it_in_their_language(home: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    card = home.card(credit=50 * EUR)
    german = sim("insert", card, "--meter", home.state).stdout
    assert "│ Gebucht    50,00 EUR │" in german
    assert "Guthaben        0,00 EUR -> 50,00 EUR" in german
    assert f"{SERIAL}, 01.01.2026 00:00" in german
    monkeypatch.setenv("GROSCHEN_LANG", "en")
    done = sim("insert", card, "--meter", home.state)
    assert done.exit_code == 0
    assert "│ No new credit        │" in done.stdout
    assert "50.00 EUR -> 50.00 EUR" in done.stdout


# -- both chips --------------------------------------------------------------------------------------------


def contactless(home: Household, image: bytes, card: int) -> bytes:
    """Return a MIFARE card with the records of a contact card."""
    new = mifare.blank_image(b"\xc1\x23\x45\x67")
    for index in range(chips.MIFARE_SIZE // 16):
        at = chips.mifare_block(index) * 16
        new[at : at + 16] = image[chips.SLE_BASE + index * 16 :][:16]
    for sector in range(16):
        new[sector * 64 + 48 : sector * 64 + 64] = mifare_trailer(home.keys.card_secret(card))
    return bytes(new)


def test_a_contactless_card_does_the_same(home: Household) -> None:
    contact = home.card(credit=30 * EUR)
    card = home.put("mifare.bin", contactless(home, contact.read_bytes(), home.numbers - 1))
    torn = home.insert(card, "--pull", 1500, code=1)
    assert (torn["chip"], torn["outcome"]) == ("MIFARE Classic 1K", "pulled")
    found = home.insert(card)
    assert torn["booked_ueur"]["credit"] + found["booked_ueur"]["credit"] == 30 * EUR
    assert found["balance_ueur"]["after"] == 30 * EUR
    assert home.insert(card)["outcome"] == "no_credit"
    assert home.insert(contact)["booked_ueur"]["credit"] == 0  # the same credit on another card
    unseen = home.insert(card, "--pull", 1, code=1)
    assert unseen["events"] == []
    assert unseen["display"]["de"] == ["", ""]


# -- pulled cards ------------------------------------------------------------------------------------------


def test_a_card_pulled_at_any_moment_and_inserted_again_is_booked_once(home: Household) -> None:
    card = home.card()
    home.insert(card)
    total = 0
    for clocks in (100, 500, 3000, 7000, 9000, 11_000, 13_000, 14_000):
        home.top_up(card, 10 * EUR)
        total += 10 * EUR
        torn = home.insert(card, "--pull", clocks, code=1)
        assert torn["outcome"] == "pulled"
        assert torn["display"]["de"] == ["Karte zu früh heraus", "Noch einmal stecken"]
        whole = home.insert(card)
        assert torn["booked_ueur"]["credit"] + whole["booked_ueur"]["credit"] == 10 * EUR
        assert whole["balance_ueur"]["after"] == total
        assert card.read_bytes()[COUNTER] == 0xFF


def test_the_meter_is_saved_before_the_card(home: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    card = home.card(credit=50 * EUR)
    before = card.read_bytes()
    whole = os.fsync
    calls: list[int] = []

    def fail_at_the_second(fd: int) -> None:
        calls.append(fd)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        whole(fd)

    monkeypatch.setattr(os, "fsync", fail_at_the_second)
    done = sim("insert", card, "--meter", home.state)
    assert done.exit_code == 1
    assert "noch einmal einstecken" in done.stderr
    assert card.read_bytes() == before
    monkeypatch.undo()
    monkeypatch.setenv("GROSCHEN_LANG", "de")
    found = home.insert(card)
    assert found["balance_ueur"] == {"before": 50 * EUR, "after": 50 * EUR}
    assert not [path for path in home.folder.iterdir() if path.suffix == ".tmp"]


def test_a_card_pulled_within_its_reset_is_refused_and_loses_nothing(home: Household) -> None:
    card = home.card(credit=5 * EUR)
    for clocks in (1, 20):
        assert home.insert(card, "--pull", clocks, code=1)["booked_ueur"]["credit"] == 0
    assert home.insert(card)["booked_ueur"]["credit"] == 5 * EUR


# -- refused cards -----------------------------------------------------------------------------------------


def _blank(home: Household) -> bytes:
    return bytes(blank_image())


def _damaged(home: Household) -> bytes:
    image = bytearray(home.card().read_bytes())
    image[chips.SLE_BASE + 9] ^= 1
    return bytes(image)


def _other(utility: int, serial: bytes) -> Callable[[Household], bytes]:
    return lambda home: bytes(Desk(MeterKeys(KEY, utility, serial)).issue(records.CUSTOMER, 1))


def _forged(home: Household) -> bytes:
    keys = MeterKeys(bytes(32), UTILITY, SERIAL.encode())
    return bytes(Desk(keys).issue(records.CUSTOMER, 1))


def _copied(home: Household) -> bytes:
    """Return the bytes of a card on another card, whose code is its own."""
    image = bytearray(home.card(credit=5 * EUR).read_bytes())
    image[PSC : PSC + 2] = b"\x12\x34"
    return bytes(image)


def _locked(home: Household) -> bytes:
    image = bytearray(home.card().read_bytes())
    image[COUNTER] = 0
    return bytes(image)


def _spared(home: Household) -> bytes:
    image = bytearray(home.card().read_bytes())
    image[COUNTER] = 0x80
    return bytes(image)


def _replaced(home: Household) -> bytes:
    old = home.card().read_bytes()
    home.insert(home.card(name="newer.bin"))
    return old


def _replayed(home: Household) -> bytes:
    card = home.card(name="used.bin", credit=5 * EUR)
    old = card.read_bytes()
    home.top_up(card, 5 * EUR)
    home.insert(card)
    return old


REFUSED: dict[str, Callable[[Household], bytes]] = {
    "blank": _blank,
    "damaged": _damaged,
    "other_utility": _other(UTILITY + 1, SERIAL.encode()),
    "other_meter": _other(UTILITY, b"1EBZ0100000002"),
    "forged": _forged,
    "psc_wrong": _copied,
    "psc_locked": _locked,
    "psc_spared": _spared,
    "replaced": _replaced,
    "replayed": _replayed,
}


@pytest.mark.parametrize("outcome", REFUSED)
def test_a_refused_card_is_named_and_books_nothing(outcome: str, home: Household) -> None:
    card = home.put("refused.bin", REFUSED[outcome](home))
    done = sim("insert", card, "--meter", home.state)
    assert done.exit_code == 1
    assert outcome + ":" in done.stdout
    assert done.stderr.strip()  # what to do
    found = home.insert(card, code=1)
    assert found["outcome"] in (outcome, "psc_spared")  # nobody asks a copy for its code for ever
    assert found["booked_ueur"] == {"credit": 0, "debt": 0, "refund": 0}
    assert found["balance_ueur"]["before"] == found["balance_ueur"]["after"]
    assert ("card", outcome) in [(event["kind"], event["detail"]) for event in found["events"]] or found[
        "outcome"
    ] != outcome


# -- the meter of a run ------------------------------------------------------------------------------------


def test_a_run_leaves_a_meter_that_takes_cards(tmp_path: Path) -> None:
    state = tmp_path / "run.bin"
    done = sim("run", CHRISTMAS, "--json", "-q", "--image", state)
    assert done.exit_code == 0
    result = json.loads(done.stdout)
    serial = read_scenario(CHRISTMAS).tape["serial"]
    home = Household(tmp_path, simulated_keys(serial), state)
    assert stat.S_IMODE((tmp_path / "run.bin.meter").stat().st_mode) == 0o600
    home.numbers = 1000  # behind those of the run
    image = home.desk.issue(records.CUSTOMER, home.next())
    # A total above what the run has booked by card; the meter books the difference.
    home.desk.credit(image, home.next(), 1000 * EUR)
    found = home.insert(home.put("card.bin", image))
    assert found["balance_ueur"]["before"] == result["balance_ueur"]
    assert 0 < found["booked_ueur"]["credit"] < 1000 * EUR
    assert found["balance_ueur"]["after"] - found["balance_ueur"]["before"] == found["booked_ueur"]["credit"]
    assert found["meter"] == serial


# -- wrong files -------------------------------------------------------------------------------------------


def test_a_card_file_that_is_none_is_exit_status_2(home: Household) -> None:
    before = home.state.read_bytes()
    for content in (b"", bytes(1024), bytes(blank_image())[:-1], bytes(blank_image()) + b"\xff", bytes(memory.SIZE)):
        done = sim("insert", home.put("card.bin", content), "--meter", home.state)
        assert done.exit_code == 2
        assert "kein Abbild einer Karte" in done.stderr
    for path in (home.folder / "none.bin", home.folder):
        assert sim("insert", path, "--meter", home.state).exit_code == 2
    assert home.state.read_bytes() == before


def test_a_damaged_meter_is_exit_status_2_and_the_card_stays_as_it_is(home: Household) -> None:
    card = home.card(credit=5 * EUR)
    before = card.read_bytes()
    whole = home.state.read_bytes()
    broken = bytearray(whole)
    broken[0x44] ^= 1
    broken[0x44 + memory.HOT_SLOT] ^= 1
    for content, text in (
        (bytes(broken), "nvm dump"),
        (bytes(memory.SIZE), "sim meter"),
        (whole[:-1], "32767 Bytes"),
        (whole + b"\0", "mehr als 32768"),
        (before, "1024 Bytes"),
    ):
        home.state.write_bytes(content)
        done = sim("insert", card, "--meter", home.state)
        assert done.exit_code == 2
        assert text in done.stderr
        assert home.state.read_bytes() == content
    assert card.read_bytes() == before
    one = bytearray(whole)
    one[0x44] ^= 1  # the other copy is whole
    home.state.write_bytes(one)
    assert home.insert(card)["balance_ueur"]["after"] == 5 * EUR


def test_noise_in_a_meters_file_is_a_meter_or_an_error(home: Household) -> None:
    import random

    chance = random.Random(4)
    card = home.card(credit=5 * EUR)
    whole = home.state.read_bytes()
    for _ in range(40):
        noise = bytearray(whole)
        for _ in range(chance.choice([1, 30, 3000])):
            noise[chance.randrange(chance.choice([600, 3000, len(noise)]))] = chance.randrange(256)
        home.state.write_bytes(noise)
        assert sim("insert", card, "--meter", home.state).exit_code in (0, 2)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[",
        "[]",
        "1",
        "{}",
        '{"serial": "A", "utility": 1}',
        '{"serial": "A", "utility": "1", "key": "' + "00" * 32 + '"}',
        '{"serial": "A", "utility": 70000, "key": "' + "00" * 32 + '"}',
        '{"serial": "A", "utility": 1, "life": 0, "key": "' + "00" * 32 + '"}',
        '{"serial": "A", "utility": 1, "life": "2", "key": "' + "00" * 32 + '"}',
        '{"serial": "", "utility": 1, "key": "' + "00" * 32 + '"}',
        '{"serial": 5, "utility": 1, "key": "' + "00" * 32 + '"}',
        '{"serial": "A", "utility": 1, "key": "' + "00" * 31 + '"}',
        '{"serial": "A", "utility": 1, "key": "zz"}',
        '{"serial": "A", "utility": 1, "key": 5}',
    ],
)
def test_who_a_meter_is_must_be_right(content: str, home: Household) -> None:
    card = home.card()
    beside = home.folder / "meter.bin.meter"
    beside.write_text(content)
    done = sim("insert", card, "--meter", home.state)
    assert done.exit_code == 2
    assert "richtig wäre" in done.stderr
    beside.unlink()
    done = sim("insert", card, "--meter", home.state)
    assert done.exit_code == 2
    assert "sim run --image" in done.stderr


def test_a_meter_is_not_overwritten_and_its_key_has_32_bytes(factory: Household) -> None:
    before = factory.state.read_bytes()
    words = ("--serial", SERIAL, "--key", factory.folder / "key")
    done = sim("meter", factory.state, *words)
    assert done.exit_code == 2
    assert "nicht überschrieben" in done.stderr
    assert factory.state.read_bytes() == before
    short = factory.put("short", KEY[:-1])
    for key in (short, factory.folder / "none"):
        new = factory.folder / "new.bin"
        assert sim("meter", new, "--serial", SERIAL, "--key", key).exit_code == 2
        assert not new.exists()
    for wrong in (("--serial", "ä"), ("--at", "2026-01-01T00:00:00"), ("--at", "soon"), ("--imp-per-kwh", "1")):
        assert sim("meter", factory.folder / "new.bin", *words, *wrong).exit_code == 2
    assert sim("meter", factory.folder / "new.txt", *words).exit_code == 2
    assert sim("meter", factory.folder / "new.bin", *words).exit_code == 0  # since now


def test_a_card_or_meter_in_use_elsewhere_is_not_touched(home: Household) -> None:
    card = home.card()
    for path in (card, home.state):
        fd = os.open(path, os.O_RDONLY)
        fcntl.flock(fd, fcntl.LOCK_EX)
        done = sim("insert", card, "--meter", home.state)
        os.close(fd)
        assert done.exit_code == 2
        assert "gerade woanders" in done.stderr
    home.insert(card)


def test_a_link_stays_a_link_and_a_mode_stays(home: Household) -> None:
    card = home.card(credit=5 * EUR)
    card.chmod(0o640)
    link = home.folder / "link.bin"
    link.symlink_to(card)
    home.insert(link)
    assert link.is_symlink()
    assert stat.S_IMODE(card.stat().st_mode) == 0o640
    assert home.insert(card)["outcome"] == "no_credit"
