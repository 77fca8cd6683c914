# SPDX-License-Identifier: Apache-2.0
"""The table of records: places, sizes, names and limits."""

import pytest

from groschencard import records
from groschencard.chips import MIFARE_BLOCK, MIFARE_SIZE, SLE_SIZE, mifare_block
from groschencard.records import CONTRACT, MOST, RECORDS, REPORT, RULES, TARIFF

PLACES = [(kind, slot) for kind in RECORDS for slot in range(records.slots(kind))]
CHIPS = [SLE_SIZE, MIFARE_SIZE]


def extent(kind: int, slot: int, space: int) -> range:
    start = records.place(kind, slot)
    return range(start, start + records.room(kind, space))


def test_kinds_and_names_are_never_shared() -> None:
    assert sorted(RECORDS) == list(range(1, len(RECORDS) + 1))
    names = [records.name(kind) for kind in RECORDS]
    assert names == ["identity", "tariff", "contract", "order", "acknowledgement", "report"]
    assert [records.direction(kind) for kind in RECORDS] == [records.TO_METER] * 4 + [records.FROM_METER] * 2


@pytest.mark.parametrize("space", CHIPS)
def test_only_the_second_slots_of_settings_overlap_and_only_the_report(space: int) -> None:
    overlaps = {
        (one, other)
        for one in PLACES
        for other in PLACES
        if one < other and set(extent(*one, space)) & set(extent(*other, space))
    }
    assert overlaps == {((TARIFF, 1), (REPORT, 0)), ((CONTRACT, 1), (REPORT, 0))}


@pytest.mark.parametrize("space", CHIPS)
def test_every_record_lies_within_both_chips(space: int) -> None:
    for place in PLACES:
        assert extent(*place, space)[-1] < space
    assert extent(REPORT, 0, space)[-1] == space - 1


def test_no_block_of_a_mifare_holds_two_records() -> None:
    for kind, slot in PLACES:
        assert records.place(kind, slot) % MIFARE_BLOCK == 0
        assert RECORDS[kind][2] % MIFARE_BLOCK == 0
    assert MIFARE_SIZE % MIFARE_BLOCK == 0


def test_a_mifares_space_is_its_data_blocks_in_order() -> None:
    blocks = [mifare_block(index) for index in range(MIFARE_SIZE // MIFARE_BLOCK)]
    assert blocks == [block for block in range(1, 64) if block % 4 != 3]


def test_a_limit_means_the_same_in_every_record_that_has_it() -> None:
    # A report's charges have the names of a tariff's shares, so a limit by name must not meet two makes.
    for name in MOST:
        makes = {make for row in RECORDS.values() for field, make in row[4] if field == name}
        assert len(makes) == 1, name


def test_a_limit_is_one_that_the_field_has_room_for() -> None:
    for row in RECORDS.values():
        for name, make in row[4]:
            if name in MOST:
                assert isinstance(make, int)
                assert make != RULES
                assert MOST[name] < 1 << 8 * make


def test_fields_have_one_name_each() -> None:
    for row in RECORDS.values():
        names = [name for name, _ in row[4]]
        assert len(set(names)) == len(names)
