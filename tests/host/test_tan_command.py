# SPDX-License-Identifier: Apache-2.0
"""`groschen tan`: the receipts word for word in both languages, the other commands, and how each of them ends."""

import importlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from groschencard import tan
from groschenhost.keys import disk, sealing
from groschenhost.ledger.book import Ledger, open_ledger
from groschenhost.ledger.values import SettingsData, TanState
from groschenhost.tans import cli
from tests.host.conftest import START_S, Clock
from tests.host.tandesk import KEYS, MASTER, SERIAL, Home

WORD = "Käse und vier Wörter"
NUMBERS = ["", *(tan.number(KEYS.tan, counter, 50, 5) for counter in range(1, 4))]
CHECKS = [tan.check_digit(50, number) for number in NUMBERS]

GERMAN = f"""\
Stadtwerk Musterstadt
Quittung: Stromguthaben zum Eintippen
------------------------------------------------
Zähler:                           1EBZ0100000001
Zeit:                           01.01.2026 00:00
TAN Nr.:                                       1
Betrag:                                   50 EUR
------------------------------------------------
Am Zähler eintippen:

  1. Taste TAN
  2. Betrag   50   dann OK
  3. Nummer   {NUMBERS[1]} {CHECKS[1]}

Die letzte Ziffer prüft auf Tippfehler. TANs in
der Reihenfolge ihrer Nummern eintippen; der
Zähler zeigt, welche er als nächste erwartet.
Fragt er nach einer älteren: erst diese
eintippen. Gilt nur an diesem Zähler und nur
einmal; Beleg bis dahin aufheben.
"""
ENGLISH = f"""\
Stadtwerk Musterstadt
Receipt: credit to be typed in
------------------------------------------------
Meter:                            1EBZ0100000001
Time:                           2026-01-01 00:00
TAN no.:                                       1
Amount:                                   50 EUR
------------------------------------------------
To be typed at the meter:

  1. Key TAN
  2. Amount   50   then OK
  3. Number   {NUMBERS[1]} {CHECKS[1]}

The last digit finds typing errors. Type TANs in
the order of their numbers; the meter shows
which one it expects next. If it asks about an
older one, type that first. For this meter only,
and once; keep this receipt until then.
"""
GERMAN_SERVICE = f"""\
Stadtwerk Musterstadt
Servicecode
------------------------------------------------
Zähler:                           1EBZ0100000001
Zeit:                           01.01.2026 00:00
Code Nr.:                                      1
Ausgegeben von:                          Kasse 1
------------------------------------------------
Am Zähler eintippen:

  1. Taste TAN
  2. Betrag   0   dann OK
  3. Code     {tan.service_code(KEYS.tan, 1)[:5]} {tan.service_code(KEYS.tan, 1)[5:10]} {tan.service_code(KEYS.tan, 1)[10]}

Gibt die TAN-Eingabe wieder frei. Gilt nur an
diesem Zähler und nur einmal.
"""
ENGLISH_PAYGO = """\
Stadtwerk Musterstadt
Receipt: credit to be typed in
------------------------------------------------
Meter:                            1EBZ0100000001
Time:                           2026-01-01 00:00
Purchase no.:                                  1
Amount:                                   20 EUR
------------------------------------------------
To be typed at the meter:

  1. Key TAN
  2. Token    {token}

Type tokens in the order in which they were
bought. For this meter only, and once.
"""


class Cash:
    """A desk: a ledger, a key file, and the command."""

    def __init__(self, url: str, key: Path) -> None:
        self.env = {
            "GROSCHEN_DB": url,
            "GROSCHEN_KEY": str(key),
            "GROSCHEN_PASSPHRASE": WORD,
            "GROSCHEN_DESK": "Kasse 1",
            "GROSCHEN_LANG": "de",
        }
        self._opened: list[Ledger] = []

    def run(self, *words: str, status: int = 0, **more: str) -> Result:
        result = CliRunner().invoke(cli.app, list(words), env={**self.env, **more})
        assert result.exit_code == status, result.output
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def at(self, *words: str, status: int = 0, **more: str) -> Result:
        return self.run(*words, "--meter", SERIAL, status=status, **more)

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json").stdout)

    def refused(self, *words: str, says: str, status: int) -> None:
        result = self.at(*words, status=status)
        assert result.stdout == ""
        assert says in result.stderr

    @property
    def ledger(self) -> Ledger:
        self._opened.append(open_ledger(self.env["GROSCHEN_DB"]))
        return self._opened[-1]

    def close(self) -> None:
        for ledger in self._opened:
            ledger.close()


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def cash(ledger_url: str, tmp_path: Path, berlin: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cash]:
    opened = open_ledger(ledger_url, "Kasse 1", Clock())
    opened.add_utility(7, "Stadtwerk Musterstadt")
    opened.add_meter(SERIAL)
    opened.close()
    monkeypatch.setattr("groschenhost.ledger.book.time.time", lambda: START_S)
    key = tmp_path / "master.key"
    disk.create(key, sealing.seal(MASTER, WORD, sealing.LEAST))
    made = Cash(ledger_url, key)
    yield made
    made.close()


# -- issue


def test_the_receipt_word_for_word(cash: Cash) -> None:
    sold = cash.at("issue", "--eur", "50", "--request", "a")
    assert (sold.stdout, sold.stderr) == (GERMAN, "")
    again = cash.at("issue", "--eur", "50", "--request", "a")
    assert again.stdout == GERMAN
    assert max(map(len, GERMAN.splitlines())) <= 48


def _in_english(*words: str, cash: Cash) -> str:
    """What a process prints whose texts are English from the start."""
    main = "from groschenhost.tans.cli import app; app(prog_name='groschen tan')"
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import groschenhost.ledger.book as b; b.time.time = lambda: {START_S}; {main}",
            *words,
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **cash.env, "GROSCHEN_LANG": "en"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_receipt_in_english_word_for_word(cash: Cash) -> None:
    assert _in_english("issue", "--meter", SERIAL, "--eur", "50", cash=cash) == ENGLISH


def test_without_a_request_each_call_sells_another(cash: Cash) -> None:
    for counter in (1, 2):
        assert cash.json("issue", "--meter", SERIAL, "--eur", "50")["counter"] == counter


def test_issue_as_json_has_what_is_typed(cash: Cash) -> None:
    assert cash.json("issue", "--meter", SERIAL, "--eur", "50") == {
        "receipt": "tan",
        "utility": 7,
        "meter": SERIAL,
        "counter": 1,
        "eur": 50,
        "number": NUMBERS[1],
        "check": str(CHECKS[1]),
        "typed": f"{NUMBERS[1]}{CHECKS[1]}",
        "state": "open",
        "issued": "2025-12-31T23:00:00Z",
        "copy": None,
        "replaces": None,
        "replaced_by": None,
    }


@pytest.mark.parametrize("eur", ["0", "1000", "12,50", "12.50", "-1", "fünfzig"])
def test_an_amount_that_is_none_is_a_wrong_call(cash: Cash, eur: str) -> None:
    cash.at("issue", f"--eur={eur}", status=2)
    assert cash.ledger.entries() == []


def test_a_request_that_comes_with_another_amount_is_refused(cash: Cash) -> None:
    cash.at("issue", "--eur", "50", "--request", "a")
    cash.refused("issue", "--eur", "60", "--request", "a", says="anders", status=1)
    cash.refused("issue", "--eur", "60", "--request", "a:b", says="Doppelpunkt", status=2)


def test_more_than_two_open_ones_are_a_warning_and_no_obstacle(cash: Cash) -> None:
    for _ in range(2):
        assert cash.at("issue", "--eur", "50").stderr == ""
    third = cash.at("issue", "--eur", "50")
    assert "3 TANs offen: Nr. 1, 2, 3." in third.stderr
    assert f"groschen tan print 1 --meter {SERIAL}" in third.stderr
    assert f"  3. Nummer   {NUMBERS[3]} {CHECKS[3]}\n" in third.stdout
    cash.at("settle", "--highest", "3", "--used", "3")
    assert cash.at("issue", "--eur", "50").stderr == ""


def test_a_meter_that_may_have_other_digits_is_a_warning(cash: Cash) -> None:
    from groschenhost.ledger.values import MeterReading

    ledger = cash.ledger
    meter = ledger.meter(SERIAL)
    number = ledger.settings_for(meter)[0]
    ledger.acknowledge(meter, MeterReading(exchange=1, card_number=1, settings_number=number))
    assert cash.at("issue", "--eur", "50").stderr == ""
    ledger.add_contract(meter, "K1", "Anna", "4711", settings=SettingsData(tan_digits=8))
    sold = cash.at("issue", "--eur", "50")
    assert "--digits 5" in sold.stderr
    assert "nach dem Vertrag sind es 8" in sold.stderr
    assert cash.at("print", "2", "--digits", "5").stderr == ""
    assert f"{NUMBERS[2]} {CHECKS[2]}" in cash.at("print", "2", "--digits", "5").stdout
    ledger.add_contract(meter, "K2", "Bert", "4712", settings=SettingsData(tan_digits=0), from_s=START_S + 10)


def test_a_token_is_sold_by_the_same_command(cash: Cash) -> None:
    done = cash.json("issue", "--paygo", "--meter", SERIAL, "--eur", "20", "--request", "a")
    assert (done["receipt"], done["purchase"], len(done["typed"])) == ("token", 1, 9)
    code = done["typed"]
    text = _in_english("issue", "--paygo", "--meter", SERIAL, "--eur", "20", "--request", "a", cash=cash)
    assert text == ENGLISH_PAYGO.format(token=f"{code[:3]} {code[3:6]} {code[6:]}")
    cash.refused("issue", "--paygo", "--eur", "996", says="1 bis 995", status=2)


# -- list and print


def test_list_shows_no_digits_and_all_meters(cash: Cash) -> None:
    cash.ledger.add_meter("A2")
    cash.at("issue", "--eur", "50")
    cash.run("issue", "--meter", "A2", "--eur", "7")
    assert cash.run("list").stdout.splitlines() == [
        "Zähler          Nr.  EUR  Stand  Ersatz  Verkauft          Kasse",
        "1EBZ0100000001    1   50  offen          01.01.2026 00:00  Kasse 1",
        "A2                1    7  offen          01.01.2026 00:00  Kasse 1",
    ]
    rows = cash.json("list", "--meter", "A2")
    assert [(row["meter"], row["counter"], row["eur"], row["desk"]) for row in rows] == [("A2", 1, 7, "Kasse 1")]
    assert cash.json("list", "--state", "used") == []
    assert NUMBERS[1] not in cash.run("list", "--json").stdout
    cash.run("list", "--meter", "A9", status=2)
    cash.run("list", GROSCHEN_KEY="/nowhere")  # needs no key


def test_print_gives_the_same_number_marked_as_a_copy(cash: Cash) -> None:
    cash.at("issue", "--eur", "50")
    copy = cash.at("print", "1").stdout
    assert re.sub(r"KOPIE vom [0-9. :]+\n", "", copy) == GERMAN
    assert "KOPIE" in copy
    cash.at("settle", "--highest", "1", "--used", "0")
    assert re.search(r"Diese TAN ist: +eingelöst\n", cash.at("print", "1").stdout)
    assert cash.json("print", "1", "--meter", SERIAL)["copy"]
    cash.refused("print", "2", says="keine TAN Nr. 2", status=2)


# -- settle and reissue


def test_settle_by_the_code_of_the_display(cash: Cash) -> None:
    home = Home()
    for _ in range(2):
        home.follow(cash.at("issue", "--eur", "50").stdout)
    done = cash.at("settle", "--code", home.settlement())
    assert done.stdout.splitlines() == [
        "Neu im Kontobuch  TAN Nr.",
        "eingelöst         1, 2",
        "verfallen         -",
        "noch offen        -",
    ]
    home.follow(cash.at("issue", "--eur", "50").stdout)
    assert cash.json("settle", "--meter", SERIAL, "--code", home.settlement()) == {
        "meter": SERIAL,
        "highest": 3,
        "used": [3],
        "dead": [],
        "alarms": [],
        "open": [],
    }


def test_a_wrong_code_is_a_clear_message(cash: Cash) -> None:
    cash.at("issue", "--eur", "50")
    cash.refused("settle", "--code", "1234567890", says="passt nicht zu Zähler", status=2)
    cash.refused("settle", "--code", "12345", says="zehn Ziffern", status=2)
    cash.refused("settle", "--highest", "2", "--used", "0", says="alte Sicherung", status=1)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--highest", "1"),
        ("--used", "1"),
        ("--code", "1234567890", "--used", "1"),
        ("--code", "1234567890", "--highest", "1", "--used", "1"),
        ("--highest", "1", "--used", "256"),
        ("--highest", "1", "--used", "0x1"),
        ("--highest", "1", "--used", "00000012"),
        ("--highest", "1", "--used", ""),
    ],
)
def test_settle_takes_a_code_or_a_read_out(cash: Cash, words: tuple[str, ...]) -> None:
    result = cash.at("settle", *words, status=2)
    assert result.stdout == ""
    assert "--used" in result.stderr


@pytest.mark.parametrize("bits", ["5", "00000101"])
def test_a_read_out_is_eight_bits_or_their_number(cash: Cash, bits: str) -> None:
    for _ in range(5):
        cash.at("issue", "--eur", "50")
    done = cash.at("settle", "--highest", "5", "--used", bits, GROSCHEN_KEY="/nowhere")
    assert done.stdout.splitlines()[1:] == ["eingelöst         2, 4, 5", "verfallen         1", "noch offen        3"]
    assert f"groschen tan reissue 1 --meter {SERIAL}" in done.stderr


def test_reissue_prints_what_it_replaces(cash: Cash) -> None:
    for _ in range(4):
        cash.at("issue", "--eur", "50")
    cash.refused("reissue", "1", says="offen", status=1)
    cash.at("settle", "--highest", "4", "--used", "00000011")
    new = cash.at("reissue", "1").stdout
    assert re.search(r"\nTAN Nr\.: +5\n", new)
    assert re.search(r"\nErsatz für TAN Nr\.: +1\n", new)
    cash.refused("reissue", "1", says="schon ersetzt durch 5", status=1)
    old = cash.at("print", "1").stdout
    assert re.search(r"\nDiese TAN ist: +ersetzt\ndurch TAN Nr\.: +5\n", old)
    alarm = cash.at("settle", "--highest", "4", "--used", "00000111")
    assert "ALARM" in alarm.stderr
    ledger = cash.ledger
    assert ledger.tan(ledger.meter(SERIAL), 1).state is TanState.USED


# -- service codes


def test_the_service_codes_slip_word_for_word(cash: Cash) -> None:
    first = cash.at("service-code")
    assert (first.stdout, first.stderr) == (GERMAN_SERVICE, "")
    second = cash.at("service-code", "--json")
    assert json.loads(second.stdout)["counter"] == 2
    assert "1: 01.01.2026 00:00, Kasse 1" in second.stderr
    assert cash.at("service-code", "--again", "1").stdout == GERMAN_SERVICE
    cash.refused("service-code", "--again", "3", says="keinen Servicecode Nr. 3", status=2)


# -- the command


def test_two_processes_never_sell_one_tan(cash: Cash) -> None:
    command = [sys.executable, "-c", "from groschenhost.tans.cli import app; app()"]
    desks = [
        subprocess.Popen(
            [*command, "issue", "--meter", SERIAL, "--eur", "50", "--json", "--clock-checked"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **cash.env},
        )
        for _ in range(3)
    ]
    said = [desk.communicate(timeout=120) for desk in desks]
    assert sorted(json.loads(out)["counter"] for out, _ in said) == [1, 2, 3], said


def test_no_key_sells_nothing(cash: Cash) -> None:
    assert "groschen key new" in cash.at("issue", "--eur", "50", status=2, GROSCHEN_KEY="/nowhere/key").stderr
    cash.at("issue", "--eur", "50", status=2, GROSCHEN_PASSPHRASE=WORD[::-1])
    assert cash.ledger.entries() == []


def test_the_help_is_all_english_where_that_is_asked_for() -> None:
    helps = "from typer.testing import CliRunner as R; from groschenhost.tans.cli import app"
    words = '"issue", "list", "print", "settle", "reissue", "service-code"'
    main = f'{helps}; print(*(R().invoke(app, [w, "--help"]).stdout for w in ({words})))'
    env = {**os.environ, "GROSCHEN_LANG": "en"}
    text = subprocess.run([sys.executable, "-c", main], capture_output=True, text=True, check=True, env=env).stdout
    assert text.count("Exit status") == 6
    assert not re.search(r"[äöüß]|\b(der|und|das)\b", text), text


def test_the_command_is_an_entry_point_that_loads_nothing_heavy() -> None:
    found = entry_points(group="groschen.commands", name="tan")
    assert [entry.value for entry in found] == ["groschenhost.tans.cli:app"]
    heavy = "import sys, groschenhost.tans.cli as c; print(sorted({'sqlalchemy', 'cryptography'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_every_text_has_its_values_in_both_languages() -> None:
    texts = importlib.import_module("groschenhost.tans.texts")
    pairs = [value for name, value in vars(texts).items() if name.isupper() and isinstance(value, tuple)]
    assert len(pairs) > 10
    for german, english in pairs:
        fields = [set(re.findall(r"\{(\w+)", text)) for text in (german, english)]
        assert fields[0] == fields[1]
