# SPDX-License-Identifier: Apache-2.0
"""Broken scenarios: each is refused, and the message names the line, the key and what would be right."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from groschensim.errors import ScenarioError
from groschensim.scenario import read_scenario

Write = Callable[[str | bytes], Path]

# name: (what stands in the good scenario, what stands there instead, words of the message)
CHANGED: dict[str, tuple[str, str, str]] = {
    # tables and keys
    "unknown section": ("[credit]", "[kredit]", ":28: [kredit]: diesen Abschnitt gibt es nicht; gemeint ist vielleicht credit"),
    "unknown key": ("imp_per_kwh = 1000", "imp_per_kw = 1000", ":3: [meter] imp_per_kw: diesen Schlüssel gibt es hier nicht; gemeint ist vielleicht imp_per_kwh"),
    "unknown key, no guess": ('serial = "1E', 'xyzzy = 1\nserial = "1E', "[meter] xyzzy: diesen Schlüssel gibt es hier nicht; möglich sind: serial, imp_per_kwh"),
    "key of another section": ("kwh_per_year = 3500", "kwh_per_year = 3500\nserial = 1", "[load] serial: diesen Schlüssel"),
    "escapes in a key": ('serial = "1E', '"\\u001b[2J" = 1\nserial = "1E', "[meter] ?[2J"),
    "no serial": ('serial = "1EBZ0100000001"\n', "", ":1: [meter] serial: fehlt; ein Beispiel"),
    "no start": ("start = 2026-01-01T00:00:00+01:00\n", "", ":1: [meter] start: fehlt"),
    "no end": ("end = 2026-02-01T00:00:00+01:00\n", "", ":1: [meter] end: fehlt"),
    "no load": ('[load]\nprofile = "H0"\nkwh_per_year = 3500\n', "", "[load]: der Abschnitt fehlt"),
    "an empty load": ('profile = "H0"\nkwh_per_year = 3500\n', "", ":36: [load]: hier fehlt csv"),
    "half a profile": ("kwh_per_year = 3500\n", "", ":37: [load] profile: ein Profil braucht beides"),
    "both loads": ('profile = "H0"', 'profile = "H0"\ncsv = "a.csv"', "[load] profile: csv und profile schließen einander aus"),
    "meter is a number": ("[meter]", "meter = 3\n[meters]", "[meter]: muss ein Abschnitt sein, nicht 3"),
    "meters": ("[meter]", "[[meter]]", "[meter]: muss ein Abschnitt sein, nicht eine Liste"),
    "one event table": ("[[event]]\n" + 'at = 2026-01-20T10:00:00+01:00\ndo = "topup"\neur = 50.00\n', "event = 3\n[foo]\n", "[foo]"),
    "a table for a value": ("imp_per_kwh = 1000", "imp_per_kwh.a.b = 1000", ":3: [meter] imp_per_kwh: muss eine ganze Zahl von 100 bis 100000 sein, nicht eine Tabelle"),
    # meter
    "serial empty": ("1EBZ0100000001", "", ":2: [meter] serial: muss 1 bis 20 druckbare"),
    "serial too long": ("1EBZ0100000001", "1" * 21, "[meter] serial"),
    "serial with an umlaut": ("1EBZ0100000001", "Zähler", "[meter] serial"),
    "serial with a tabulator": ("1EBZ0100000001", "a\\tb", "[meter] serial"),
    "serial a number": ('"1EBZ0100000001"', "1", "[meter] serial: muss ein Text in Anführungszeichen sein, nicht 1"),
    "imp true": ("= 1000", "= true", ":3: [meter] imp_per_kwh: muss eine ganze Zahl von 100 bis 100000 sein, nicht true"),
    "imp a decimal": ("= 1000", "= 1000.0", "nicht 1000.0"),
    "imp too small": ("= 1000", "= 99", "nicht 99"),
    "imp too large": ("= 1000", "= 100001", "nicht 100001"),
    "imp four thousand digits": ("= 1000", "= " + "9" * 4000, "nicht eine riesige Zahl"),
    "imp a million digits": ("= 1000", "= " + "9" * 10**6, ":3: eine Zahl hat mehr Ziffern"),
    "imp a million digits, hexadecimal": ("= 1000", "= 0x" + "f" * 10**6, ":3:"),
    "start without offset": ("start = 2026-01-01T00:00:00+01:00", "start = 2026-01-01T00:00:00", ":4: [meter] start: 2026-01-01T00:00:00 fehlt der Abstand zu UTC"),
    "start a date": ("start = 2026-01-01T00:00:00+01:00", "start = 2026-01-01", "[meter] start: muss ein Zeitpunkt"),
    "start a text": ("start = 2026-01-01T00:00:00+01:00", 'start = "2026-01-01T00:00:00+01:00"', "[meter] start: muss ein Zeitpunkt"),
    "start in a fraction": ("start = 2026-01-01T00:00:00+01:00", "start = 2026-01-01T00:00:00.25+01:00", "ist keine ganze Sekunde"),
    "start no whole minute": ("start = 2026-01-01T00:00:00+01:00", "start = 2026-01-01T00:00:30+01:00", ":4: [meter] start: 2026-01-01T00:00:30+01:00 ist keine volle Minute"),
    "start before 2020": ("start = 2026-01-01T00:00:00+01:00", "start = 2019-12-31T23:59:00+01:00", "außerhalb der Jahre 2020 bis 2099"),
    "start in the year 1": ("start = 2026-01-01T00:00:00+01:00", "start = 0001-01-01T00:00:00+23:59", "außerhalb der Jahre"),
    "end after 2099": ("end = 2026-02-01T00:00:00+01:00", "end = 2100-01-01T00:01:00+01:00", ":5: [meter] end: 2100-01-01T00:01:00+01:00 liegt außerhalb"),
    "end in the year 9999": ("end = 2026-02-01T00:00:00+01:00", "end = 9999-12-31T23:59:59-23:59", "außerhalb der Jahre"),
    "end at start": ("end = 2026-02-01T00:00:00+01:00", "end = 2025-12-31T23:00:00Z", ":5: [meter] end: 2025-12-31T23:00:00Z liegt nicht nach dem Beginn"),
    "no such day": ("end = 2026-02-01", "end = 2026-02-30", ":5: kein gültiges TOML"),
    "zone of Vienna": ("Europe/Berlin", "Europe/Vienna", ":6: [meter] zone: muss"),
    "zone in minutes": ("Europe/Berlin", "+01:10", "[meter] zone"),
    "zone too far": ("Europe/Berlin", "+14:15", "[meter] zone"),
    "zone too far west": ("Europe/Berlin", "-12:15", "[meter] zone"),
    "zone without sign": ("Europe/Berlin", "01:00", "[meter] zone"),
    "balance with three decimals": ("balance_eur = 50.00", "balance_eur = 50.001", ":7: [meter] balance_eur: 50.001 hat zu viele Nachkommastellen; höchstens 2"),
    "balance negative": ("balance_eur = 50.00", "balance_eur = -0.01", "[meter] balance_eur: muss eine Zahl von 0 bis 10000 sein, nicht -0.01"),
    "balance too high": ("balance_eur = 50.00", "balance_eur = 10000.01", "[meter] balance_eur"),
    "balance enormous": ("balance_eur = 50.00", "balance_eur = 1e999999999", "[meter] balance_eur"),
    "balance beyond decimals": ("balance_eur = 50.00", "balance_eur = 1e9999999999999999999999", "[meter] balance_eur"),
    "balance minute": ("balance_eur = 50.00", "balance_eur = 1e-999999999", "zu viele Nachkommastellen"),
    "balance zero, but how": ("balance_eur = 50.00", "balance_eur = 0e999999999", "[meter] balance_eur"),
    "balance nan": ("balance_eur = 50.00", "balance_eur = nan", "[meter] balance_eur: muss eine Zahl von 0 bis 10000 sein, nicht NaN"),
    "balance inf": ("balance_eur = 50.00", "balance_eur = -inf", "[meter] balance_eur"),
    "balance false": ("balance_eur = 50.00", "balance_eur = false", "nicht false"),
    "balance a text": ("balance_eur = 50.00", 'balance_eur = "50,00"', 'nicht "50,00"'),
    "debt too high": ("debt_eur = 12.5", "debt_eur = 20000", ":8: [meter] debt_eur"),
    "mode misspelt": ('mode = "CUSTOMER"', 'mode = "COSTUMER"', ':9: [meter] mode: "COSTUMER" gibt es nicht; möglich sind: CUSTOMER, REFUND, FREE, LOCKED; gemeint ist vielleicht CUSTOMER'),
    "confirm a number": ("confirm_reconnect = false", "confirm_reconnect = 0", ":10: [meter] confirm_reconnect: muss true oder false sein, nicht 0"),
    # tariff
    "price with five decimals": ("31.89", "31.89001", ":13: [tariff] ht_ct_per_kwh: 31.89001 hat zu viele Nachkommastellen; höchstens 4"),
    "price too high": ("25.12", "1000.0001", ":14: [tariff] nt_ct_per_kwh: muss eine Zahl von 0 bis 1000 sein"),
    "price negative": ("25.12", "-1", "[tariff] nt_ct_per_kwh"),
    "power too high": ("power_ct_per_kw = 0", "power_ct_per_kw = 100001", "[tariff] power_ct_per_kw"),
    "power mode": ('"periodic"', '"sometimes"', ":16: [tariff] power_mode"),
    "power period": ('"month"', '"week"', ":17: [tariff] power_period"),
    "shares of 99": ("water = 10", "water = 9", ":19: [tariff] base_share: die Anteile ergeben zusammen 99; richtig wäre 100"),
    "a share missing": (", water = 10", "", "[tariff] base_share: es fehlt water"),
    "a share too many": ("water = 10", "water = 10, heat = 0", "heat ist keine Sparte"),
    "a share negative": ("gas = 30, water = 10", "gas = 50, water = -10", "water muss eine ganze Zahl von 0 bis 100"),
    "a share in halves": ("gas = 30, water = 10", "gas = 30.5, water = 9.5", "gas muss eine ganze Zahl"),
    "a share true": ("electricity = 100, gas = 0, water = 0", "electricity = true, gas = 0, water = 99", ":22: [tariff] debt_share"),
    "shares a list": ("{ electricity = 60, gas = 30, water = 10 }", "[60, 30, 10]", "[tariff] base_share: muss"),
    "five spans": ('["06:00-22:00"]', '["00:00-01:00", "02:00-03:00", "04:00-05:00", "06:00-07:00", "08:00-09:00"]', ":23: [tariff] ht_workday: 5 Zeitspannen"),
    "span wraps": ('["06:00-22:00"]', '["22:00-06:00"]', ":23: [tariff] ht_workday"),
    "span of no length": ('["06:00-22:00"]', '["06:00-06:00"]', '"06:00-06:00" hat keine Länge'),
    "span from 24:00": ("18:00-24:00", "24:00-24:00", ":24: [tariff] ht_saturday"),
    "span to 24:01": ("18:00-24:00", "18:00-24:01", "[tariff] ht_saturday"),
    "span to 00:00": ("18:00-24:00", "18:00-00:00", "geht über Mitternacht; richtig sind zwei Zeitspannen"),
    "span in a hurry": ("18:00-24:00", "6-22", "ist keine Zeitspanne"),
    "span in other digits": ("18:00-24:00", "٠٦:00-22:00", "[tariff] ht_saturday"),
    "span no list": ('["06:00-22:00"]', '"06:00-22:00"', "[tariff] ht_workday: muss eine Liste"),
    "span a number": ("ht_sunday = []", "ht_sunday = [6]", ":25: [tariff] ht_sunday"),
    "a Land that is none": ('holidays = "BY"', 'holidays = "BX"', ':26: [tariff] holidays: muss das Kürzel'),
    "a Land in small letters": ('holidays = "BY"', 'holidays = "by"', "gemeint ist vielleicht BY"),
    "holidays with a time": ('holidays = "BY"', "holidays = [2026-12-24T00:00:00Z]", "[tariff] holidays: muss ein Datum"),
    "holidays a number": ('holidays = "BY"', "holidays = 5", "[tariff] holidays"),
    # credit
    "limit negative": ("emergency_limit_eur = 10", "emergency_limit_eur = -10", ":29: [credit] emergency_limit_eur"),
    "daily of no length": ("18:00-08:00", "18:00-18:00", "[credit] daily: \"18:00-18:00\" hat keine Länge"),
    "daily a list": ('"18:00-08:00"', '["18:00-08:00"]', "[credit] daily"),
    "weekend without end": (', end = "09:00"', "", "[credit] weekend: es fehlt end; richtig wäre {"),
    "weekend from 24:00": ('start = "12:00"', 'start = "24:00"', "[credit] weekend: start muss eine Uhrzeit"),
    "weekend in numbers": ('start = "12:00"', "start = 12", "[credit] weekend: start muss"),
    "weekend with more": ('end = "09:00"', 'end = "09:00", mitte = "1"', "[credit] weekend: mitte gehört nicht hierher"),
    "an eleventh credit day": ("[2026-12-24, 2026-12-31]", str([f"2026-12-{d}" for d in range(10, 21)]).replace("'", ""), "[credit] days: im Jahr 2026 sind es 11 Kredittage; höchstens zehn"),
    "a credit day twice": ("[2026-12-24, 2026-12-31]", "[2026-12-24, 2026-12-24]", "[credit] days: 2026-12-24 steht zweimal"),
    "a credit day as text": ("[2026-12-24, 2026-12-31]", '["2026-12-24"]', "[credit] days: muss ein Datum"),
    "one credit day": ("[2026-12-24, 2026-12-31]", "2026-12-24", "[credit] days: muss eine Liste"),
    "credit day in 2100": ("[2026-12-24, 2026-12-31]", "[2100-01-01]", "außerhalb der Jahre"),
    "span backwards": ("2026-08-15T00:00:00+02:00]", "2026-07-31T22:00:00Z]", "[credit] span: 2026-07-31T22:00:00Z liegt nicht nach"),
    "span of one": (", 2026-08-15T00:00:00+02:00]", "]", "[credit] span: muss aus zwei Zeitpunkten"),
    "span of dates": ("[2026-08-01T00:00:00+02:00, 2026-08-15T00:00:00+02:00]", "[2026-08-01, 2026-08-15]", "[credit] span: muss ein Zeitpunkt"),
    # load
    "unknown profile": ('"H0"', '"H25"', ":37: [load] profile"),
    "no consumption": ("kwh_per_year = 3500", "kwh_per_year = 0", "[load] kwh_per_year: muss eine Zahl über 0 bis 1000000 sein"),
    "consumption in four decimals": ("kwh_per_year = 3500", "kwh_per_year = 0.0001", ":38: [load] kwh_per_year"),
    "file without a name": ('profile = "H0"\nkwh_per_year = 3500', 'csv = ""', "[load] csv: muss der Name einer Datei sein"),
    "file with NUL": ('profile = "H0"\nkwh_per_year = 3500', 'csv = "a\\u0000b"', "[load] csv"),
    "file that is none": ('profile = "H0"\nkwh_per_year = 3500', 'csv = "keine.csv"', "keine.csv: die Datei gibt es nicht"),
    "file with a long name": ('profile = "H0"\nkwh_per_year = 3500', f'csv = "{"a" * 5000}"', "der Name der Datei ist zu lang"),
    # events
    "unknown event": ('do = "topup"', 'do = "top_up"', ':42: [[event]] 1: do: "top_up" gibt es nicht'),
    "event without do": ('do = "power_on"\n', "", ":54: [[event]] 4: do: fehlt"),
    "event without at": ("at = 2026-01-20T10:00:00+01:00\n", "", ":40: [[event]] 1: at: fehlt"),
    "event at the end": ("at = 2026-01-20T10:00:00+01:00", "at = 2026-02-01T00:00:00+01:00", ":41: [[event]] 1: at: 2026-02-01T00:00:00+01:00 liegt außerhalb des Laufs; richtig wäre ab 2026-01-01T00:00:00+01:00 und vor 2026-02-01T00:00:00+01:00"),
    "event before the start": ("at = 2026-01-20T10:00:00+01:00", "at = 2025-12-31T22:59:59Z", "[[event]] 1: at"),
    "event in a fraction": ("at = 2026-01-20T10:00:00+01:00", "at = 2026-01-20T10:00:00.5+01:00", "[[event]] 1: at"),
    "top-up of nothing": ("\neur = 50.00", "\neur = 0.00", ":43: [[event]] 1: eur: muss eine Zahl über 0 bis 10000"),
    "top-up in thirds": ("\neur = 50.00", "\neur = 33.333", ":43: [[event]] 1: eur"),
    "top-up without amount": ("\neur = 50.00\n", "\n", "[[event]] 1: eur: fehlt"),
    "amount misspelt": ("\neur = 50.00", "\neuro = 50.00", "[[event]] 1: euro: diesen Schlüssel gibt es hier nicht; gemeint ist vielleicht eur"),
    "card with an amount": ('do = "topup"', 'do = "card"', "[[event]] 1: eur: diesen Schlüssel"),
    "TAN with cents": ('do = "topup"\neur = 50.00', 'do = "tan"\neur = 50.50', "[[event]] 1: eur: muss eine ganze Zahl von 1 bis 999 sein, nicht 50.50"),
    "TAN of a thousand": ('do = "topup"\neur = 50.00', 'do = "tan"\neur = 1000', "nicht 1000"),
    "TAN of nothing": ('do = "topup"\neur = 50.00', 'do = "tan"\neur = 0', "[[event]] 1: eur"),
    "TAN nan": ('do = "topup"\neur = 50.00', 'do = "tan"\neur = nan', "[[event]] 1: eur"),
    "TAN enormous": ('do = "topup"\neur = 50.00', 'do = "tan"\neur = 1e999999999', "[[event]] 1: eur"),
    "mode to nowhere": ('do = "topup"\neur = 50.00', 'do = "mode"', "[[event]] 1: to: fehlt"),
    "mode misdirected": ('do = "topup"\neur = 50.00', 'do = "mode"\nto = "OFF"', "[[event]] 1: to:"),
    "tariff without change": ("ht_ct_per_kwh = 35", "", ":45: [[event]] 2: ändert nichts"),
    "tariff with a credit key": ("ht_ct_per_kwh = 35", 'daily = ""', "[[event]] 2: daily: diesen Schlüssel"),
    "tariff with five decimals": ("ht_ct_per_kwh = 35", "ht_ct_per_kwh = 0.00001", ":48: [[event]] 2: ht_ct_per_kwh"),
    "tariff in its table": ("ht_ct_per_kwh = 35", "tariff = { ht_ct_per_kwh = 35 }", "[[event]] 2: tariff: diesen Schlüssel"),
    "credit with eleven days": ('do = "tariff"\nht_ct_per_kwh = 35', f'do = "credit"\ndays = [{", ".join(f"2026-03-{d}" for d in range(10, 21))}]', "[[event]] 2: days: im Jahr 2026 sind es 11"),
    "on before off": ("at = 2026-01-15T10:00:00+01:00", "at = 2026-01-16T10:00:00+01:00", "[[event]] 4: do: power_on ohne power_off davor"),
    "off twice": ('do = "power_on"', 'do = "power_off"', "[[event]] 4: do: power_off, während"),
    "top-up in the dark": ("at = 2026-01-20T10:00:00+01:00", "at = 2026-01-15T11:00:00+01:00", ":42: [[event]] 1: do: topup geschieht, während der Zähler ohne Strom ist"),
    "top-up in the second of the return": ("at = 2026-01-20T10:00:00+01:00", "at = 2026-01-15T11:30:01+01:00", "[[event]] 1: do: topup geschieht"),
    "tariff in the second of the cut": ('[[event]]\nat = 2026-01-15T11:30:01+01:00\ndo = "power_on"\n', '[[event]]\nat = 2026-01-15T09:00:00Z\ndo = "card"\n', "[[event]] 4: do: card geschieht"),
    # syntax
    "a comma for a point": ("31.89", "31,89", ":13: kein gültiges TOML in Zeile 13; richtig wäre [abschnitt] oder schlüssel = wert"),
    "a key twice": ("nt_ct_per_kwh", "ht_ct_per_kwh", ":14: kein gültiges TOML in Zeile 14; [tariff] ht_ct_per_kwh steht schon in Zeile 13, eine der beiden muss weg (tomllib: Cannot overwrite a value)"),
    "a section twice": ("[credit]", "[tariff]", ":28: kein gültiges TOML in Zeile 28; jeder Abschnitt darf nur einmal vorkommen"),
    "a quote missing": ('holidays = "BY"', 'holidays = "BY', ":26: kein gültiges TOML"),
    "NUL in the text": ("1EBZ", "1\0EBZ", ":2: kein gültiges TOML"),
    "brackets without end": ("ht_sunday = []", "ht_sunday = " + "[" * 100_000, ":25: Klammern sind zu tief geschachtelt"),
    "brackets that do close": ("ht_sunday = []", "ht_sunday = " + "[" * 200 + "]" * 200, ":25: [tariff] ht_sunday"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGED)
def test_a_changed_scenario_is_refused(good: str, written: Write, name: str) -> None:
    there, instead, words = CHANGED[name]
    assert there in good
    with pytest.raises(ScenarioError) as error:
        read_scenario(written(good.replace(there, instead, 1)))
    assert words in str(error.value)


FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "die Datei ist leer"),
    "blank": (b" \n\t\n", "die Datei ist leer"),
    "a mark alone": (b"\xef\xbb\xbf", "die Datei ist leer"),
    "a comment alone": (b"# nothing\n", "[meter]: der Abschnitt fehlt"),
    "Latin 1": (b"[meter]\nserial = '\xe4'\n", "scenario.toml:2: die Datei ist nicht in UTF-8 gespeichert"),
    "UTF-16": ("[meter]".encode("utf-16"), "nicht in UTF-8"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "nicht in UTF-8"),
    "NUL bytes": (b"\0" * 100, "scenario.toml:1: kein gültiges TOML"),
    "event a number": (b"event = 3\n", "scenario.toml:1: [event]: muss ein Abschnitt sein, nicht 3"),
    "events are numbers": (
        b"event = [3]\n",
        "scenario.toml:1: [[event]] 1: muss ein Abschnitt sein, nicht 3",
    ),
    "an event in single brackets": (b"[event]\ndo = 'card'\n", "[event]: muss ein Abschnitt sein"),
    "a key far down": (b"a" + b".a" * 20_000 + b" = 1\n", "[a]: diesen Abschnitt gibt es nicht"),
    "a key a mile long": (b"a" * 10**6 + b" = 1\n", "aaa...]: diesen Abschnitt"),
    "too large": (b"#" * (17 << 20), "die Datei ist größer als 16 MiB"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_scenario_is_refused(written: Write, name: str) -> None:
    content, words = FILES[name]
    with pytest.raises(ScenarioError) as error:
        read_scenario(written(content))
    assert words in str(error.value)


def test_a_missing_file_and_a_directory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"none\.toml: die Datei gibt es nicht"):
        read_scenario(tmp_path / "none.toml")
    with pytest.raises(ScenarioError, match="das ist ein Verzeichnis"):
        read_scenario(tmp_path)
    with pytest.raises(ScenarioError, match="nicht lesbar"):
        read_scenario("a\0b")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(good: str, written: Write) -> None:
    path = written(good)
    path.chmod(0)
    with pytest.raises(ScenarioError, match="darf nicht gelesen werden"):
        read_scenario(path)


def test_a_read_that_fails_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(ScenarioError, match="darf nicht gelesen werden"):
        read_scenario("scenario.toml")


def test_all_faults_are_told_at_once_in_order_of_their_lines(good: str, written: Write) -> None:
    text = good.replace("= 1000", "= 1").replace("31.89", "nan").replace("\neur = 50.00", "\neur = 0")
    text = text.replace('profile = "H0"', 'csv = "none.csv"').replace("kwh_per_year = 3500\n", "")
    with pytest.raises(ScenarioError) as error:
        read_scenario(written(text))
    keys = ["[meter] imp_per_kwh", "[tariff] ht_ct_per_kwh", "[load] csv: ", "[[event]] 1: eur"]
    assert all(key in problem for key, problem in zip(keys, error.value.problems, strict=True))


def test_many_faults_are_counted(good: str, written: Write) -> None:
    event = '[[event]]\ndo = "nothing"\n'
    with pytest.raises(ScenarioError) as error:
        read_scenario(written(good + event * 100))
    assert len(error.value.problems) == 26
    assert error.value.problems[-1] == "... und 175 weitere Fehler"


def test_the_line_is_found_however_the_key_is_written(written: Write) -> None:
    text = (
        'meter.serial = 5\ntariff = { holidays = "XX" }\n\n[load]\nnote = """\n[tariff]\nserial = 1\n"""\n"csv" = 3\n'
    )
    with pytest.raises(ScenarioError) as error:
        read_scenario(written(text))
    problems = "\n".join(error.value.problems)
    assert "scenario.toml:1: [meter] serial" in problems
    assert "scenario.toml:2: [tariff] holidays" in problems
    assert "scenario.toml:9: [load] csv" in problems


def test_a_share_in_a_table_of_its_own_is_found(good: str, written: Write) -> None:
    text = good.replace(
        'do = "topup"\neur = 50.00\n',
        'do = "tariff"\n[event.base_share]\nelectricity = 99\ngas = 0\nwater = 0\n',
    )
    with pytest.raises(ScenarioError, match=r"scenario\.toml:43: \[\[event\]\] 1: base_share: die Anteile ergeben"):
        read_scenario(written(text))


def test_messages_are_english_where_that_is_asked_for(
    good: str, written: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROSCHEN_LANG", "en")
    with pytest.raises(ScenarioError) as error:
        read_scenario(written(good.replace("31.89", "31.89001")))
    assert "[tariff] ht_ct_per_kwh: 31.89001 has too many decimals; at most 4 are allowed" in str(error.value)
