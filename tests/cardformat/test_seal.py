# SPDX-License-Identifier: Apache-2.0
"""CRC and MAC: no bit turns over unseen, and no record passes for another meter, utility, kind, place or direction."""

import binascii
import hashlib
import hmac
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschencard import card, record_issue, records, seal
from groschencard.chips import MIFARE_SIZE, SLE_SIZE
from groschencard.crc import crc16
from groschencard.errors import BlankError, CardError, DamagedError, ForgedError, MalformedError, TooLongError
from groschencard.keys import MeterKeys
from groschencard.records import FROM_METER, HEAD, LENGTH, RECORDS, REPORT, TAIL
from tests.cardformat.values import FEWER, KEY, KEYS, OTHERS, plain, values, vectors

WHOLE = vectors("card-records")
PLACES = [(kind, slot) for kind in RECORDS for slot in range(records.slots(kind))]
SPACE = SLE_SIZE


def keys_of(row: dict[str, Any]) -> MeterKeys:
    return MeterKeys(bytes.fromhex(row["key"]), row["utility"], row["serial"].encode(), row.get("life", 1))


def sample(kind: int) -> dict[str, Any]:
    """Return the values of a vector of a kind, of middling size."""
    return plain([row["values"] for row in WHOLE if row["kind"] == kind][1])


def written(kind: int, slot: int, keys: MeterKeys = KEYS, number: int = 7) -> bytes:
    return record_issue.write(keys, kind, slot, number, sample(kind), SPACE)


@pytest.mark.parametrize("row", WHOLE, ids=lambda row: row["name"])
def test_every_bit_that_turns_over_is_damage(row: dict[str, Any]) -> None:
    data = bytearray.fromhex(row["record"])
    fixed = RECORDS[row["kind"]][2] > 0
    keys = keys_of(row)
    for at, bit in product(range(len(data)), range(8)):
        data[at] ^= 1 << bit
        with pytest.raises(DamagedError):
            seal.read(keys, row["kind"], row["slot"], bytes(data))
        data[at] ^= 1 << bit
    assert fixed or row["kind"] == REPORT
    seal.read(keys, row["kind"], row["slot"], bytes(data))


@pytest.mark.parametrize("whose", sorted(OTHERS))
@pytest.mark.parametrize(("kind", "slot"), PLACES)
def test_a_record_of_another_meter_utility_or_key_is_forged(kind: int, slot: int, whose: str) -> None:
    data = written(kind, slot, OTHERS[whose])
    with pytest.raises(ForgedError):
        seal.read(KEYS, kind, slot, data)
    assert seal.read_unproven(kind, slot, data).values == seal.read(OTHERS[whose], kind, slot, data).values


# What a place says of a record that belongs to another: (from, to), where it is not DamagedError.
SWAPPED = {
    **{((kind, 0), (kind, 1)): ForgedError for kind in RECORDS if records.slots(kind) == 2},
    **{((kind, 1), (kind, 0)): ForgedError for kind in RECORDS if records.slots(kind) == 2},
    # Identity and order have the same size.
    **{((records.IDENTITY, 0), (records.ORDER, slot)): ForgedError for slot in (0, 1)},
    **{((records.ORDER, slot), (records.IDENTITY, 0)): ForgedError for slot in (0, 1)},
}


@pytest.mark.parametrize("behind", [0x00, 0xFF])
@pytest.mark.parametrize(("one", "other"), [pair for pair in product(PLACES, PLACES) if pair[0] != pair[1]])
def test_a_record_in_another_place_is_refused(one: tuple[int, int], other: tuple[int, int], behind: int) -> None:
    room = records.room(other[0], SPACE)
    data = written(*one)[:room].ljust(room, bytes([behind]))
    with pytest.raises(SWAPPED.get((one, other), DamagedError)):
        seal.read(KEYS, *other, data)


def with_crc(body: bytes) -> bytes:
    """Gives a record of which the CRC holds, as everybody can make it."""
    return body + binascii.crc_hqx(body, 0xFFFF).to_bytes(2, "little")


@pytest.mark.parametrize(("kind", "slot"), PLACES)
def test_a_record_of_the_other_direction_is_forged(kind: int, slot: int) -> None:
    good = written(kind, slot)
    body = good[:-TAIL]
    payload = body[HEAD + (0 if RECORDS[kind][2] else LENGTH) :]
    own = records.direction(kind)
    derived = {records.TO_METER: KEYS.to_meter, FROM_METER: KEYS.from_meter}
    for direction, key in product((0, 1), (0, 1)):
        message = b"groschen card 1" + bytes([direction, kind, slot]) + KEYS.name + body[:HEAD] + payload
        data = with_crc(body + hmac.digest(derived[key], message, "sha256")[:8])
        if (direction, key) == (own, own):
            assert data == good
            continue
        with pytest.raises(ForgedError):
            seal.read(KEYS, kind, slot, data)


@pytest.mark.parametrize(("kind", "slot"), PLACES)
def test_a_record_cannot_be_given_another_number_or_kind_by_who_has_no_key(kind: int, slot: int) -> None:
    good = written(kind, slot)
    for number in (0, 6, 8, 0x7FFFFFFF, 0xFFFFFFFF):
        data = with_crc(number.to_bytes(HEAD, "little") + good[HEAD:-2])
        with pytest.raises(ForgedError):
            seal.read(KEYS, kind, slot, data)


@pytest.mark.parametrize("kind", sorted(RECORDS))
@FEWER
@given(st.data())
def test_all_values_that_fit_come_back_from_a_card(kind: int, data: st.DataObject) -> None:
    said = data.draw(values(kind))
    slot = data.draw(st.integers(0, records.slots(kind) - 1))
    number = data.draw(st.integers(0, records.NUMBER_MOST))
    space = data.draw(st.sampled_from([SLE_SIZE, MIFARE_SIZE]))
    try:
        record = record_issue.write(KEYS, kind, slot, number, said, space)
    except TooLongError:
        return
    room = records.room(kind, space)
    assert len(record) == room or kind == REPORT
    read = seal.read(KEYS, kind, slot, record.ljust(room, b"\xff"))
    assert (read.kind, read.slot, read.number, read.values) == (kind, slot, number, said)
    found = card.decode(KEYS, bytes(records.place(kind, slot)) + record.ljust(space - records.place(kind, slot), b"\0"))
    stands = found.at(kind, slot)
    assert isinstance(stands, seal.Record)
    assert stands.values == said


@pytest.mark.parametrize("number", [-1, 1 << 31, 1 << 32])
def test_a_number_of_more_than_31_bits_is_not_written(number: int) -> None:
    with pytest.raises(MalformedError):
        written(records.ORDER, 0, number=number)


@pytest.mark.parametrize("byte", [0x00, 0xFF])
@pytest.mark.parametrize("kind", sorted(RECORDS))
def test_a_new_chip_is_blank_and_one_byte_is_enough_to_be_none(kind: int, byte: int) -> None:
    room = records.room(kind, SPACE)
    data = bytearray([byte]) * room
    with pytest.raises(BlankError):
        seal.read(KEYS, kind, 0, bytes(data))
    for at in (0, room // 2, room - 1):
        data[at] ^= 1
        with pytest.raises((DamagedError, ForgedError)):
            seal.read(KEYS, kind, 0, bytes(data))
        data[at] ^= 1


def test_the_newest_whole_record_of_two_slots_counts() -> None:
    kind = records.TARIFF
    one, two = written(kind, 0, number=7), written(kind, 1, number=8)
    torn = two[:60] + b"\xff" * 68
    forged = written(kind, 1, OTHERS["meter"], number=9)
    for slots, number in (([one, two], 8), ([one, torn], 7), ([torn, two], 8), ([one, forged], 7)):
        found, refused = seal.newest(KEYS, kind, slots)
        assert found is not None
        assert found.number == number
        assert refused is None
    assert seal.newest(KEYS, kind, [torn, torn]) == (None, None)


@pytest.mark.parametrize("kind", [records.TARIFF, records.CONTRACT, records.ORDER])
def test_a_forgery_is_told_except_where_the_report_may_stand(kind: int) -> None:
    good = [written(kind, slot) for slot in (0, 1)]
    bad = [written(kind, slot, OTHERS["meter"]) for slot in (0, 1)]
    found, refused = seal.newest(KEYS, kind, [bad[0], good[1]])
    assert found is not None
    assert isinstance(refused, ForgedError)
    found, refused = seal.newest(KEYS, kind, [good[0], bad[1]])
    assert found is not None
    assert isinstance(refused, ForgedError) == (kind == records.ORDER)


# -- oracles that are not ours ---------------------------------------------------------------------------------


@given(st.binary(max_size=600), st.integers(0, 0xFFFF))
def test_the_crc_is_that_of_the_standard_library(data: bytes, start: int) -> None:
    assert crc16(data, len(data)) == binascii.crc_hqx(data, 0xFFFF)
    assert crc16(data, len(data), start) == binascii.crc_hqx(data, start)
    assert crc16(b"123456789", 9) == 0x29B1


@pytest.mark.parametrize("row", WHOLE, ids=lambda row: row["name"])
def test_crc_and_mac_are_those_of_the_standard_library(row: dict[str, Any]) -> None:
    data = bytes.fromhex(row["record"])
    kind = row["kind"]
    direction = RECORDS[kind][1]
    purpose = (b"groschen to-meter 1", b"groschen from-meter 1")[direction]
    life = row["life"].to_bytes(2, "little") if "life" in row else b""
    key = hmac.digest(bytes.fromhex(row["key"]), purpose + life + b"\1", hashlib.sha256)
    payload = data[4 if RECORDS[kind][2] else 6 : -10]
    name = row["utility"].to_bytes(2, "little") + row["serial"].encode().ljust(20, b"\0")
    message = b"groschen card 1" + bytes([direction, kind, row["slot"]]) + name + data[:4] + payload
    assert data[-2:] == binascii.crc_hqx(data[:-2], 0xFFFF).to_bytes(2, "little")
    assert data[-10:-2] == hmac.digest(key, message, hashlib.sha256)[:8]
    assert MeterKeys(KEY, 1, b"").to_meter == hmac.digest(KEY, b"groschen to-meter 1\1", hashlib.sha256)


# -- whole cards -----------------------------------------------------------------------------------------------


def test_a_card_says_of_each_place_what_seal_says() -> None:
    space = bytearray(b"\xff" * SPACE)
    for kind, slot in PLACES[:-1]:
        start = records.place(kind, slot)
        space[start : start + RECORDS[kind][2]] = written(kind, slot, number=slot + 1)
    found = card.decode(KEYS, bytes(space))
    assert [(kind, slot) for kind, slot, _ in found.places] == PLACES
    for kind, slot, said in found.places:
        start = records.place(kind, slot)
        try:
            wanted: object = seal.read(KEYS, kind, slot, bytes(space[start : start + records.room(kind, SPACE)])).values
        except CardError as error:
            wanted = type(error)
        assert wanted == (said.values if isinstance(said, seal.Record) else type(said))
    newest = [found.newest(kind) for kind in RECORDS]
    assert [record and record.number for record in newest] == [1, 2, 2, 2, 1, None]
