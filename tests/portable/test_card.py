# SPDX-License-Identifier: Apache-2.0
"""The neutral vectors of cards, both ways: their values make their bytes, their bytes their values, and no others."""

import json
from binascii import unhexlify

from groschencard import card, errors, record_issue, records, seal
from groschencard.derivation import hkdf_extract, meter_info
from groschencard.keys import MeterKeys
from groschencard.mac import hkdf_expand
from groschencard.records import ACKNOWLEDGEMENT, IDENTITY, ORDER, RECORDS, REPORT


def vectors(name):
    """Return a table of tests/vectors."""
    folder = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
    with open(folder + "/../vectors/" + name + ".json") as file:
        return json.load(file)


WHOLE = vectors("card-records")
REFUSED = vectors("card-refused")
IMAGES = vectors("card-images")
KEYS: dict = {}


def keys(row):
    """Return the keys of a row's meter; they are derived once."""
    name = row["key"], row["utility"], row["serial"], row.get("life", 1)
    if name not in KEYS:
        KEYS[name] = MeterKeys(unhexlify(row["key"]), row["utility"], row["serial"].encode(), row.get("life", 1))
    return KEYS[name]


def values(row):
    """Return a row's values as the codec has them: text as bytes, rows as tuples."""
    out = {}
    for name, value in row["values"].items():
        if isinstance(value, str):
            out[name] = value.encode()
        elif isinstance(value, list):
            out[name] = [tuple(cells) for cells in value]
        else:
            out[name] = value
    return out


def room(row, data):
    """Return the size of the smallest space that a row's record fits in."""
    return records.place(row["kind"], row["slot"]) + len(data)


def space(row):
    """Return the card's space in an image: what lies behind the header, or in the data blocks."""
    image = unhexlify(row["image"])
    if row["chip"] == "sle4428":
        return image[32:1021]
    out = bytearray()
    for block in range(1, 64):
        if block % 4 != 3:
            out.extend(image[16 * block : 16 * block + 16])
    return bytes(out)


def test_each_life_of_a_meter_has_the_keys_of_the_vectors():
    rows = vectors("card-keys")
    for row in rows:
        info = meter_info(row["utility"], row["serial"].encode(), row["life"])
        assert hkdf_expand(hkdf_extract(b"", unhexlify(row["master"])), info, 32) == unhexlify(row["key"])
        found = keys(row)
        assert found.life == row["life"]
        for name in ("to_meter", "from_meter", "tan", "paygo"):
            assert getattr(found, name) == unhexlify(row[name]), (row["life"], name)
        assert (found.port, found.panel_code) == (row["port"], row["panel"])
        for number, secret in row["secrets"]:
            assert found.card_secret(number) == unhexlify(secret)
    assert len({row["life"] for row in rows}) > 3


def test_a_card_of_the_first_life_is_as_before_lives_were_known():
    for row in WHOLE:
        if row["kind"] == IDENTITY and "life" not in row:
            assert unhexlify(row["record"])[34:38] == bytes(4), row["name"]


def test_values_make_the_bytes():
    for row in WHOLE:
        want = unhexlify(row["record"])
        made = record_issue.write(keys(row), row["kind"], row["slot"], row["number"], values(row), room(row, want))
        assert made == want, row["name"]


def test_bytes_make_the_values():
    for row in WHOLE:
        record = seal.read(keys(row), row["kind"], row["slot"], unhexlify(row["record"]))
        assert record.values == values(row), row["name"]
        assert (record.kind, record.slot, record.number) == (row["kind"], row["slot"], row["number"])
        assert seal.read_unproven(row["kind"], row["slot"], unhexlify(row["record"])).values == record.values


def test_every_kind_and_slot_has_vectors():
    seen = sorted({(row["kind"], row["slot"]) for row in WHOLE})
    assert seen == sorted([(kind, slot) for kind in RECORDS for slot in range(records.slots(kind))])


def refusal(row):
    """Return the name of the error that refuses a row's record."""
    try:
        seal.read(keys(row), row["kind"], row["slot"], unhexlify(row["record"]))
    except errors.CardError as error:
        return type(error).__name__
    return ""


def test_what_is_refused_is_refused_by_name():
    for row in REFUSED:
        assert refusal(row) == row["error"], row["name"]


def test_every_error_of_a_reader_has_vectors():
    names = sorted({row["error"] for row in REFUSED})
    assert names == ["BlankError", "DamagedError", "ForgedError", "MalformedError"]


def test_a_card_is_read_place_by_place():
    for row in IMAGES:
        found = card.decode(keys(row), space(row))
        assert len(found.places) == len(row["places"])
        for kind, slot, said in row["places"]:
            stands = found.at(kind, slot)
            if isinstance(stands, errors.CardError):
                assert type(stands).__name__ == said, (row["name"], kind, slot)
            else:
                assert stands.number == said, (row["name"], kind, slot)


def test_without_keys_it_is_said_whose_a_card_is():
    for row in IMAGES:
        if row["name"] == "a card of another meter":
            assert card.decode(keys(row), space(row)).newest(IDENTITY) is None
            identity = card.decode(None, space(row)).newest(IDENTITY)
            assert identity is not None
            assert identity["serial"] == b"GR-000124"


def test_the_newest_of_two_slots_counts():
    for row in IMAGES:
        data = space(row)
        found = card.decode(keys(row), data)
        for kind in RECORDS:
            slots = [data[at : at + records.room(kind, len(data))] for at in RECORDS[kind][3]]
            newest, refused = seal.newest(keys(row), kind, slots)
            other = found.newest(kind)
            assert (newest and newest.number) == (other and other.number), (row["name"], kind)
            foreign = isinstance(found.at(kind), errors.ForgedError)
            assert isinstance(refused, errors.ForgedError) == (foreign and kind != REPORT), (row["name"], kind)


def test_a_card_of_any_size_is_read():
    row = IMAGES[2]
    data = space(row)
    for size in (0, 1, 47, 48, 431, 432, 437, 438, 447, 448, 751, len(data)):
        found = card.decode(keys(row), data[:size])
        assert isinstance(found.at(IDENTITY), seal.Record) == (size >= 48)
        assert isinstance(found.at(ACKNOWLEDGEMENT), seal.Record) == (size >= 432)
        assert isinstance(found.at(REPORT), seal.Record) == (size == len(data))
        if size < 448:
            assert isinstance(found.at(REPORT), errors.DamagedError)
    try:
        found.at(ORDER, 2)
    except ValueError:
        return
    raise AssertionError


def test_what_does_not_fit_is_not_written():
    for row in WHOLE:
        if row["kind"] == REPORT:
            size = room(row, unhexlify(row["record"]))
            try:
                record_issue.write(keys(row), REPORT, 0, 1, values(row), size - 1)
            except errors.TooLongError:
                continue
            raise AssertionError
    try:
        record_issue.padded(ORDER, bytes(35), 34)
    except errors.TooLongError:
        return
    raise AssertionError


def test_a_record_gives_its_fields_by_what_they_are():
    for row in WHOLE:
        record = seal.read(keys(row), row["kind"], row["slot"], unhexlify(row["record"]))
        for name, value in record.values.items():
            read = record.text if isinstance(value, bytes) else record.int if isinstance(value, int) else record.rows
            assert read(name) == record[name] == value
