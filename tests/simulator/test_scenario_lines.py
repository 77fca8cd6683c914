# SPDX-License-Identifier: Apache-2.0
"""Lines, literals and advice of the messages about a scenario, and texts that are large or made to be slow."""

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from groschensim.errors import ScenarioError
from groschensim.scenario import read_scenario

Write = Callable[[str | bytes], Path]
AT = "2026-01-20T10:00:00"


def refusal(path: Path) -> str:
    with pytest.raises(ScenarioError) as error:
        read_scenario(path)
    return str(error.value)


SLOW: dict[str, tuple[str, str]] = {
    "a line of blanks": ("a = 1\n" + " " * (2 << 20), "[a]: diesen"),
    "a line of tabulators before a key": ("\t" * (2 << 20) + "a = 1", "scenario.toml:1: [a]: diesen"),
    "a value far to the right": ("[tariff]\nht_sunday = [\n" + " " * 4000 + '"6"\n]\n', ":2: [tariff] ht_sunday"),
    "headers by turns": ("[[a]]\n[[b]]\n" * 20_000, ":1: [a]: diesen Abschnitt"),
    "unknown keys": ("[meter]\n" + "".join(f"key{n} = 1\n" for n in range(100_000)), "weitere Fehler"),
    "unknown sections": ("".join(f"key{n} = 1\n" for n in range(100_000)), "weitere Fehler"),
    "unknown events": (f'[[event]]\nat = {AT}Z\ndo = "tariffs"\n' * 20_000, "weitere Fehler"),
    "quotes": ("a = " + '"""' + '""\\"' * 100_000 + '"""', "[a]: diesen"),
    "digits that just fit": ("a = [" + ("f" * 2999 + " ") * 300 + "]\nb = " + "9" * 5000, "kein gültiges TOML"),
    "numbers that just fit": ("a = [" + ("1" * 2999 + ", ") * 500 + "]\nb = " + "9" * 5000, ":2: eine Zahl hat mehr"),
}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", SLOW)
def test_a_large_text_takes_no_longer_than_its_length(written: Write, name: str) -> None:
    text, words = SLOW[name]
    assert words in refusal(written(text))


LINES: dict[str, tuple[str, str, str]] = {
    "a comment with three quotes": ("[tariff]", '# """ and \'\'\'\n[tariff]', ":14: [tariff] ht_ct_per_kwh"),
    "a comment behind a value": ("imp_per_kwh = 1000", 'imp_per_kwh = 1000  # """', ":13: [tariff] ht_ct_per_kwh"),
    "a string with a hash": ("1EBZ0100000001", "#", ":13: [tariff] ht_ct_per_kwh"),
    "a nested list": ('["06:00-22:00"]', '[\n["06:00-22:00"]\n]', ":13: [tariff] ht_ct_per_kwh"),
    "a nested list before it": ("[tariff]", '[tariff]\nht_sundays = [\n["06:00-22:00"],\n]', ":16: [tariff] ht_ct_per_kwh"),
    "keys within a string": ("1EBZ0100000001", '""\n[load]\nht_ct_per_kwh = 1\n""', ":16: [tariff] ht_ct_per_kwh"),
}  # fmt: skip


@pytest.mark.parametrize("name", LINES)
def test_the_line_is_right_behind(good: str, written: Write, name: str) -> None:
    there, instead, words = LINES[name]
    assert words in refusal(written(good.replace(there, instead, 1).replace("31.89", "nan")))


@pytest.mark.parametrize(
    ("there", "instead", "words"),
    [
        (f"{AT}+01:00", f"{AT}.0000009+01:00", f":41: [[event]] 1: at: {AT}.0000009+01:00 ist keine ganze Sekunde"),
        (f"{AT}+01:00", f"{AT.replace('T', ' ')}.00000000001Z", ":41: [[event]] 1: at: 2026-01-20 10:00:00.00000000001Z"),
        ("00:00:00+01:00", "00:00:00.0000001+01:00", ":4: [meter] start: 2026-01-01T00:00:00.0000001+01:00 ist keine"),
        ("[2026-08-01T00:00:00+02:00", "[\n2026-08-01T00:00:00.0000001+02:00", ":34: [credit] span: 2026-08-01T00:00:00.0000001"),
    ],
)  # fmt: skip
def test_a_fraction_that_tomllib_drops_is_refused(
    good: str, written: Write, there: str, instead: str, words: str
) -> None:
    assert words in refusal(written(good.replace(there, instead, 1)))


def test_a_fraction_of_zeros_in_a_comment_or_in_a_text_is_none(good: str, written: Write) -> None:
    text = good.replace(f"{AT}+01:00", f"{AT}.000000000+01:00  # {AT}.0000009Z")
    assert read_scenario(written(text)).tape == read_scenario(written(good)).tape
    assert "ganze Sekunde" not in refusal(written(good.replace('"BY"', f'"{AT}.0000009Z"')))


@pytest.mark.parametrize(
    ("zone", "at", "right"),
    [
        ("Europe/Berlin", AT, f"richtig wäre {AT}+01:00"),
        ("Europe/Berlin", "2026-07-20T10:00:00", "richtig wäre 2026-07-20T10:00:00+02:00"),
        ("Europe/Berlin", "2026-03-29T01:59:59", "richtig wäre 2026-03-29T01:59:59+01:00"),
        ("Europe/Berlin", "2026-03-29T03:00:00", "richtig wäre 2026-03-29T03:00:00+02:00"),
        ("Europe/Berlin", "2026-03-29T02:30:00", "ein Abstand wie +01:00 (MEZ) oder +02:00 (MESZ)"),
        (
            "Europe/Berlin",
            "2026-10-25T02:30:00",
            "richtig wäre 2026-10-25T02:30:00+02:00 oder 2026-10-25T02:30:00+01:00",
        ),
        ("Europe/Berlin", "0001-01-01T00:00:00", "ein Abstand wie"),
        ("-03:30", "2026-07-20T10:00:00", "richtig wäre 2026-07-20T10:00:00-03:30"),
        ("+00:00", "2026-07-20T10:00:00", "richtig wäre 2026-07-20T10:00:00Z"),
        ("Europe/Vienna", "2026-07-20T10:00:00", "ein Abstand wie +01:00 (MEZ) oder +02:00 (MESZ)"),
    ],
)
def test_the_advice_about_an_offset_fits_zone_and_date(
    good: str, written: Write, zone: str, at: str, right: str
) -> None:
    text = good.replace(f"{AT}+01:00", at).replace("Europe/Berlin", zone)
    assert f":41: [[event]] 1: at: {at} fehlt der Abstand zu UTC; " in refusal(written(text))
    assert right in refusal(written(text))


def test_a_key_over_a_table_is_named(written: Write) -> None:
    assert "; meter.serial hat schon einen Wert" in refusal(written("meter = 1\nmeter.serial = 2\n"))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOTDIR, "ein Teil des Pfads ist eine Datei"),
        (errno.EPERM, "darf nicht gelesen werden"),
        (errno.ELOOP, "im Kreis"),
        (errno.EBUSY, "nicht lesbar (busy)"),
    ],
)
def test_what_the_operating_system_says_is_translated(monkeypatch: pytest.MonkeyPatch, number: int, words: str) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, "busy")

    monkeypatch.setattr(Path, "open", fail)
    assert words in refusal(Path("scenario.toml"))
