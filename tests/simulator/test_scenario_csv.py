# SPDX-License-Identifier: Apache-2.0
"""Measured loads: CSV files that are right and CSV files that are broken."""

from pathlib import Path

import pytest

from groschensim.errors import ScenarioError
from groschensim.scenario import read_scenario

SCENARIO = """\
[meter]
serial = "1"
start = 2026-06-01T00:07:00+02:00
end = 2026-06-01T01:00:01+02:00
[load]
csv = "load.csv"
"""
HEAD = "start,pulses\n"
FIRST = "2026-06-01T00:00:00+02:00"


def load_of(folder: Path, content: str | bytes) -> list[int]:
    scenario = folder / "scenario.toml"
    scenario.write_text(SCENARIO)
    (folder / "load.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_scenario(scenario).load)


@pytest.mark.parametrize(
    ("content", "load"),
    [
        (HEAD, [0, 0, 0, 0, 0]),
        (f"{HEAD}{FIRST},7\n", [7, 0, 0, 0, 0]),
        (f"{HEAD}2026-06-01T00:15:00+02:00,1\n2026-05-31T23:00:00Z,1000000000\n", [0, 1, 0, 0, 10**9]),
        (f"pulses,start\r\n3,{FIRST}\r\n\r\n", [3, 0, 0, 0, 0]),
        (f'\ufeffstart,pulses\n"{FIRST}", 3\n', [3, 0, 0, 0, 0]),
        (f"{HEAD}2026-06-01 00:00+02:00,0003", [3, 0, 0, 0, 0]),
    ],
)
def test_rows_fall_in_their_quarter_hours(tmp_path: Path, content: str, load: list[int]) -> None:
    assert load_of(tmp_path, content) == load


BROKEN: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "leer"),
    "blank header": ("\n", "leer"),
    "no header": (f"{FIRST},7\n", "load.csv:1: die erste Zeile muss start,pulses sein"),
    "semicolons": (f"start;pulses\n{FIRST};7\n", "start;pulses"),
    "a third column": (f"start,pulses,kWh\n{FIRST},7,0.007\n", 'überzählige Spalte "kWh"'),
    "a column twice": (f"start,pulses,start\n{FIRST},7,{FIRST}\n", "überzählige Spalte"),
    "no pulses": (f"start,kWh\n{FIRST},7\n", "es fehlt die Spalte pulses"),
    "one field": (f"{HEAD}{FIRST}\n", "load.csv:2: 1 Felder"),
    "three fields": (f"{HEAD}{FIRST},7,8\n", "load.csv:2: 3 Felder"),
    "no offset": (
        f"{HEAD}2026-06-01T00:00:00,7\n",
        "load.csv:2: start 2026-06-01T00:00:00 fehlt der Abstand zu UTC; richtig wäre 2026-06-01T00:00:00+02:00",
    ),
    "no date": (f"{HEAD}yesterday,7\n", '"yesterday"'),
    "no such date": (f"{HEAD}2026-06-31T00:00:00+02:00,7\n", "start muss"),
    "the first year of all": (f"{HEAD}0001-01-01T00:00:00+23:45,7\n", "vor der Viertelstunde"),
    "no quarter hour": (f"{HEAD}2026-06-01T00:10:00+02:00,7\n", "kein Beginn einer Viertelstunde"),
    "half a second": (f"{HEAD}2026-06-01T00:15:00.5+02:00,7\n", "Viertelstunde"),
    "a nanosecond": (f"{HEAD}2026-06-01T00:15:00.000000001+02:00,7\n", "kein Beginn einer Viertelstunde"),
    "too early": (f"{HEAD}2026-05-31T23:45:00+02:00,7\n", f"richtig wäre ab {FIRST} und vor 2026-06-01T01:00:01+02:00"),
    "too late": (f"{HEAD}2026-06-01T01:15:00+02:00,7\n", "nicht vor dem Ende des Szenarios; richtig wäre ab"),
    "twice": (
        f"{HEAD}{FIRST},7\n2026-05-31T22:00:00Z,7\n",
        "load.csv:3: start 2026-05-31T22:00:00Z kommt zweimal",
    ),
    "out of order": (f"{HEAD}2026-06-01T00:30:00+02:00,7\n{FIRST},7\n", "load.csv:3: start 2026"),
    "negative": (f"{HEAD}{FIRST},-1\n", "load.csv:2: pulses muss eine ganze Zahl"),
    "decimal": (f"{HEAD}{FIRST},1.5\n", '"1.5"'),
    "nothing": (f"{HEAD}{FIRST},\n", '""'),
    "too many": (f"{HEAD}{FIRST},1000000001\n", "1000000000"),
    "digits of another script": (f"{HEAD}{FIRST},\u0663\n", "pulses muss"),
    "nine thousand digits": (f"{HEAD}{FIRST},{'9' * 9000}\n", "pulses muss"),
    "a million digits": (f"{HEAD}{FIRST},{'9' * 10**6}\n", "load.csv:2: die Zeile ist länger"),
    "an endless quote": (f'{HEAD}"{FIRST},7\n' + "1\n" * 200_000, "kein gültiges CSV"),
    "a quote at the end": (f'{HEAD}{FIRST},"7\n', "kein gültiges CSV"),
    "a quote too many": (f'{HEAD}{FIRST},"7"7\n', "kein gültiges CSV"),
    "old Macintosh lines": (f"start,pulses\r{FIRST},7\r", "kein gültiges CSV"),
    "NUL bytes": (f"{HEAD}{FIRST},\0\0\n", "pulses muss"),
    "UTF-16": (f"{HEAD}{FIRST},7\n".encode("utf-16"), "load.csv:1: die Datei ist nicht in UTF-8"),
    "Latin 1": (f"{HEAD}{FIRST},7\n".encode() + b"\xe4,7\n", "load.csv:3: die Datei ist nicht in UTF-8"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_load_is_refused_with_its_line(tmp_path: Path, name: str) -> None:
    content, words = BROKEN[name]
    with pytest.raises(ScenarioError) as error:
        load_of(tmp_path, content)
    assert "load.csv:" in str(error.value)
    assert words in str(error.value)


def test_a_missing_load_and_a_directory_are_refused(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.toml"
    scenario.write_text(SCENARIO)
    with pytest.raises(
        ScenarioError, match=r"scenario\.toml:6: \[load\] csv: .*load\.csv: die Datei gibt es nicht; richtig wäre"
    ):
        read_scenario(scenario)
    (tmp_path / "load.csv").mkdir()
    with pytest.raises(ScenarioError, match=r"scenario\.toml:6: \[load\] csv: .*load\.csv: das ist ein Verzeichnis"):
        read_scenario(scenario)


def test_a_load_without_end_is_refused(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.toml"
    scenario.write_text(SCENARIO.replace("load.csv", "/dev/zero"))
    with pytest.raises(ScenarioError, match="die Zeile ist länger"):
        read_scenario(scenario)
