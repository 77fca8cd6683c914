# SPDX-License-Identifier: Apache-2.0
"""Values and bytes stand for each other, one to one; what cannot be is refused by name; construct says the same."""

from typing import Any

import construct
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschencard import codec, record_issue
from groschencard.errors import MalformedError
from groschencard.records import CONTRACT, ORDER, RECORDS, TARIFF
from groschenhost.cards import schema
from tests.cardformat.values import FEWER, LEB128, plain, values, vectors

KINDS = sorted(RECORDS)


@pytest.mark.parametrize("kind", KINDS)
@FEWER
@given(st.data())
def test_all_values_come_back(kind: int, data: st.DataObject) -> None:
    said = data.draw(values(kind))
    packed = record_issue.pack(kind, said)
    assert codec.unpack(kind, packed) == said
    assert codec.unpack(kind, packed + bytes(7)) == said


@pytest.mark.parametrize("kind", KINDS)
@FEWER
@given(st.data())
def test_the_schema_of_construct_says_the_same(kind: int, data: st.DataObject) -> None:
    said = data.draw(values(kind))
    packed = record_issue.pack(kind, said)
    assert schema.build(kind, said) == packed
    assert schema.parse(kind, packed) == said


@pytest.mark.parametrize("row", vectors("card-records"), ids=lambda row: row["name"])
def test_the_schema_reads_and_writes_whole_records(row: dict) -> None:
    data = bytes.fromhex(row["record"])
    record = schema.record(row["kind"])
    read: Any = record.parse(data)
    assert (read["number"], read["mac"]) == (row["number"], data[-10:-2])
    assert {name: read["payload"][name] for name in row["values"]} == plain(row["values"])
    assert record.build(read) == data


@pytest.mark.parametrize("kind", KINDS)
@FEWER
@given(st.data())
def test_any_bytes_are_refused_by_name_or_have_one_meaning(kind: int, data: st.DataObject) -> None:
    payload = data.draw(st.binary(max_size=130))
    try:
        said = codec.unpack(kind, payload)
    except MalformedError:
        return
    packed = record_issue.pack(kind, said)
    assert packed == payload[: len(packed)]
    assert not any(payload[len(packed) :])
    assert schema.parse(kind, payload) == said


@pytest.mark.parametrize("kind", KINDS)
@FEWER
@given(st.data())
def test_broken_payloads_are_refused_by_name_or_have_one_meaning(kind: int, data: st.DataObject) -> None:
    payload = bytearray(record_issue.pack(kind, data.draw(values(kind))))
    for at in data.draw(st.lists(st.integers(0, len(payload) - 1), min_size=1, max_size=3)):
        payload[at] = data.draw(st.integers(0, 255))
    try:
        said = codec.unpack(kind, bytes(payload))
    except MalformedError:
        return
    packed = record_issue.pack(kind, said)
    assert packed == payload[: len(packed)]
    assert not any(payload[len(packed) :])


@pytest.mark.parametrize("kind", KINDS)
@FEWER
@given(st.data())
def test_a_payload_that_is_cut_is_refused(kind: int, data: st.DataObject) -> None:
    packed = record_issue.pack(kind, data.draw(values(kind)))
    with pytest.raises(MalformedError):
        codec.unpack(kind, packed[: data.draw(st.integers(0, len(packed) - 1))])


@given(LEB128)
def test_an_integer_in_groups_of_seven_bits_is_that_of_construct(value: int) -> None:
    data = codec.groups(value)
    assert data == construct.VarInt.build(value)
    reader = codec.Reader(data + b"\x55")
    assert (reader.groups(), reader.rest()) == (value, b"\x55")


@pytest.mark.parametrize("value", [-1, 1 << 56, 1 << 80])
def test_an_integer_that_has_no_groups_is_refused(value: int) -> None:
    with pytest.raises(MalformedError):
        codec.groups(value)
    with pytest.raises(construct.ConstructError):
        schema.integer(0).build(value)


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        (ORDER, {"command": 256}),
        (ORDER, {"command": -1}),
        (ORDER, {"credit_total_ueur": 1 << 40}),
        (TARIFF, {"workday": [(1 << 24,)]}),
        (TARIFF, {"holidays": [(1, 128, 0, 2000, 2099)]}),
        (TARIFF, {"holidays": [(1, 1, 1, 2000, 2099)]}),
        (TARIFF, {"holidays": [(0, 1, 1, 1999, 2099)]}),
        (TARIFF, {"holidays": [(0, 1, 1, 2000, 2256)]}),
        (TARIFF, {"holidays": [(3, 1, 1, 2000, 2000)]}),
        (CONTRACT, {"credit_days": [(1 << 16,)]}),
        (1, {"serial": b"x" * 21}),
        (1, {"serial": b"x\0y"}),
    ],
)
def test_what_cannot_be_written_is_refused(kind: int, changed: dict) -> None:
    good = next(plain(row["values"]) for row in vectors("card-records") if row["kind"] == kind)
    record_issue.pack(kind, good)
    with pytest.raises(MalformedError):
        record_issue.pack(kind, {**good, **changed})


@given(values(CONTRACT))
def test_an_eleventh_credit_day_is_the_meters_to_refuse(said: dict) -> None:
    said["credit_days"] = [(day,) for day in range(11)]
    assert len(codec.unpack(CONTRACT, record_issue.pack(CONTRACT, said))["credit_days"]) == 11  # type: ignore[arg-type]
