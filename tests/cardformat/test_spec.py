# SPDX-License-Identifier: Apache-2.0
"""SPEC.md and groschen.ksy say what the table says, and other people's parser reads what we write."""

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import card_ksy
import card_samples
import card_spec
import card_vectors
import pytest
from interpreters import PORTABLE, absent, command

from groschen.core import events
from groschencard import record_issue
from groschencard.chips import MIFARE_SIZE, SLE_SIZE
from groschencard.records import RECORDS, REPORT, TARIFF
from tests.cardformat.values import VECTORS, vectors

HOUSES = [*card_samples.REALISTIC, card_samples.EXTREME]


def kaitai(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    if not (PORTABLE / "node_modules" / "kaitai-struct-compiler").is_dir():
        absent("the compiler of Kaitai Struct is not here; `make setup` brings it")
    script = [command("node"), PORTABLE / "kaitai.mjs", *arguments]
    return subprocess.run(script, check=False, capture_output=True, text=True, timeout=120)


def test_the_tables_are_those_of_the_code() -> None:
    text = card_spec.SPEC.read_text(encoding="utf-8")
    assert card_spec.filled(text) == text


def test_a_row_of_one_number_of_fixed_size_says_how_wide_that_is() -> None:
    text = card_spec.SPEC.read_text(encoding="utf-8")
    for name, make in (("workday", "u24"), ("saturday", "u24"), ("sunday", "u24"), ("credit_days", "u16")):
        assert f"| rows of {make} | {name} |" in text
    assert "| rows of u16 | billing_days |" in text


@pytest.mark.parametrize(("prefix", "table"), [("CARD_", card_spec.outcomes), ("ERROR_", card_spec.errors)])
def test_every_number_that_the_meter_says_is_in_the_specification(
    prefix: str, table: Callable[[], Iterator[str]]
) -> None:
    numbers = {number for name, number in vars(events).items() if name.startswith(prefix)}
    assert numbers
    assert numbers == {int(row.split("|")[1]) for row in list(table())[2:]} - {0}


def test_the_kaitai_file_is_that_of_the_code() -> None:
    assert card_ksy.KSY.read_text(encoding="utf-8") == card_ksy.text()


@pytest.mark.parametrize("name", sorted(card_vectors.FILES))
def test_the_vectors_are_those_of_the_specification(name: str) -> None:
    assert (VECTORS / f"{name}.json").read_text(encoding="utf-8") == card_vectors.text(card_vectors.FILES[name]())


def test_other_peoples_parser_reads_every_vector() -> None:
    done = kaitai()
    assert done.returncode == 0, done.stderr
    records, cards = len(vectors("card-records")), len(vectors("card-images"))
    assert done.stdout == f"{records} records and {cards} cards read\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("pos: 272", "pos: 288"),
        ("value: low + high * 65536", "value: low + high * 65535"),
        ("- 128", "- 127"),
        ("- id: start_second\n        type: u2", "- id: start_second\n        type: u1"),
    ],
)
def test_a_wrong_kaitai_file_is_seen(old: str, new: str, tmp_path: Path) -> None:
    text = card_ksy.text()
    assert text.count(old) == 1
    (tmp_path / "wrong.ksy").write_text(text.replace(old, new), encoding="utf-8")
    assert kaitai(tmp_path / "wrong.ksy").returncode == 1


def test_every_field_has_its_words_and_no_word_is_left_over() -> None:
    for kind, row in RECORDS.items():
        assert list(card_spec.WORDS[kind]) == [name for name, _ in row[4]]
    columns = {f"{name}.{column}" for name, make in RECORDS[REPORT][4] if isinstance(make, tuple) for column, _ in make}
    assert columns == set(card_spec.COLUMNS)


@pytest.mark.parametrize("land", sorted(card_spec.LAENDER))
def test_every_land_fits_with_twelve_spans_and_four_holidays_more(land: str) -> None:
    more = card_samples.tariff(land)
    holidays = more["holidays"]
    assert isinstance(holidays, list)
    more["holidays"] = holidays + [(0, 6, day, 2030, 2030) for day in (1, 2, 3, 4)]
    record_issue.padded(TARIFF, record_issue.pack(TARIFF, more), RECORDS[TARIFF][2] - 14)


def test_no_record_of_the_margin_is_too_long() -> None:
    free = [int(row.split("|")[-2]) for row in card_spec.margin() if re.search(r"\d \|$", row)]
    assert len(free) == 7
    assert min(free) >= 0


@pytest.mark.parametrize("house", HOUSES, ids=lambda house: f"{house.name}, {house.imp_per_kwh}")
def test_fourteen_days_fit_on_a_contact_card(house: card_samples.Household) -> None:
    assert card_spec.days_that_fit(house, SLE_SIZE) >= 14


@pytest.mark.parametrize("house", card_samples.REALISTIC, ids=lambda house: f"{house.name}, {house.imp_per_kwh}")
def test_fourteen_days_fit_on_a_mifare(house: card_samples.Household) -> None:
    assert card_spec.days_that_fit(house, MIFARE_SIZE) >= 14


def test_the_times_are_those_of_the_data_sheet() -> None:
    # The figures that the facts of the chip give: one byte, 256 bytes, 1 KiB; a byte written.
    assert [card_spec.read_clocks(size) for size in (1, 256, 1024)] == [32, 2072, 8216]
    assert card_spec.write_clocks(1, card_spec.ONE_WAY) / card_spec.CLOCKS_A_MS == 6.35
    assert card_spec.write_clocks(1, card_spec.BOTH) / card_spec.CLOCKS_A_MS == 11.35
