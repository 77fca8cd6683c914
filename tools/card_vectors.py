# SPDX-License-Identifier: Apache-2.0
"""Writes tests/vectors/card-*.json: keys, records, whole images of cards, and records that must be refused.

    python tools/card_vectors.py [--check]

Computed from cardformat/SPEC.md with the construct schema, the standard library's hmac and its CRC: of groschencard
only the table of records is used. `--check` says whether the files are up to date.
"""

from __future__ import annotations

import argparse
import binascii
import hashlib
import hmac
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from card_samples import EXTREME, REALISTIC, contract, empty, largest, report, spans, tariff, windows

from groschencard import holiday_rules, holidays
from groschencard.records import (
    ACKNOWLEDGEMENT,
    CONTRACT,
    FROM_METER,
    IDENTITY,
    NO_MINUTE,
    ORDER,
    RECORDS,
    REPORT,
    TARIFF,
    TO_METER,
)
from groschenhost.cards import schema

if TYPE_CHECKING:
    from groschencard.codec import Row as Rule
    from groschencard.codec import Value, Values

ROOT = Path(__file__).resolve().parents[1]
VECTORS = ROOT / "tests" / "vectors"

SLE = 989
MIFARE = 752
SPACES = {"sle4428": SLE, "mifare1k": MIFARE}
SLE_AT = 32
PURPOSES = {TO_METER: b"groschen to-meter 1", FROM_METER: b"groschen from-meter 1"}

Row = dict[str, Any]


class Meter(NamedTuple):
    """Whose a record is."""

    key: bytes
    utility: int
    serial: str
    life: int = 1


class Place(NamedTuple):
    """What a record's MAC binds it to, beside the meter."""

    kind: int
    slot: int = 0
    direction: int | None = None  # the kind's own


HOUSE = Meter(bytes(range(32)), 1, "GR-000123")
LONG = Meter(hashlib.sha256(b"groschen").digest(), 65_535, "M0123456789012345678")
OTHER = Meter(bytes(range(32)), 1, "GR-000124")
ELSEWHERE = Meter(bytes(range(32)), 2, "GR-000123")
STRANGER = Meter(bytes(32), 1, "GR-000123")
SECOND = HOUSE._replace(life=2)
LAST = LONG._replace(life=65_535)


# -- by the specification -------------------------------------------------------------------------------


def named(meter: Meter) -> bytes:
    """Return the 22 bytes that name a meter."""
    return meter.utility.to_bytes(2, "little") + meter.serial.encode().ljust(20, b"\0")


def of_life(info: bytes, life: int) -> bytes:
    """Return what a derivation says: in the first life what it always said."""
    return info if life == 1 else info + life.to_bytes(2, "little")


def expanded(key: bytes, info: bytes, life: int) -> bytes:
    """Return the first block of HKDF-Expand."""
    return hmac.new(key, of_life(info, life) + b"\1", hashlib.sha256).digest()


def purpose_key(meter: Meter, direction: int) -> bytes:
    """Return the key of a direction."""
    return expanded(meter.key, PURPOSES[direction], meter.life)


def mac(meter: Meter, place: Place, number: int, payload: bytes) -> bytes:
    """Return a record's MAC."""
    direction = RECORDS[place.kind][1] if place.direction is None else place.direction
    head = bytes([direction, place.kind, place.slot]) + named(meter) + number.to_bytes(4, "little")
    message = b"groschen card 1" + head + payload
    return hmac.new(purpose_key(meter, direction), message, hashlib.sha256).digest()[:8]


def seal(meter: Meter, place: Place, number: int, payload: bytes) -> bytes:
    """Return a whole record of a payload, whatever that says."""
    size = RECORDS[place.kind][2]
    head = number.to_bytes(4, "little")
    if size:
        payload = payload.ljust(size - 14, b"\0")
    else:
        head += len(payload).to_bytes(2, "little")
    return checked(head + payload + mac(meter, place, number, payload) + bytes(2))


def write(meter: Meter, place: Place, number: int, values: Values) -> bytes:
    """Return a whole record of values."""
    return seal(meter, place, number, schema.build(place.kind, values))


# -- what records say -------------------------------------------------------------------------------------


def identity(meter: Meter, card: int, issued_day: int) -> Values:
    """Return the values of a card's identity."""
    return {
        "format": 1,
        "card": card,
        "utility": meter.utility,
        "serial": meter.serial.encode(),
        "issued_day": issued_day,
        "life": meter.life if meter.life > 1 else 0,
    }


def order(**values: Value) -> Values:
    """Return an order's values, zero where not said."""
    return {**empty(ORDER), **values}


def acknowledgement(**values: Value) -> Values:
    """Return an acknowledgement's values, zero where not said."""
    return {**empty(ACKNOWLEDGEMENT), **values}


CREDIT = order(credit_number=7, credit_total_ueur=350_000_000, credit_ueur=50_000_000, debt_number=1)
BOOKED = acknowledgement(
    quarter=1_990_123,
    second=17,
    credit_number=7,
    debt_number=1,
    tariff=3,
    contract=2,
    balance_ueur=51_234_567,
    supply=4,
)
EVERY_RULE: list[Rule] = [
    *holidays.LAENDER["SN"],
    (holiday_rules.FIXED, 2, 29, 2000, 2255),
    (holiday_rules.FIXED, 12, 31, 2024, 2099),
    (holiday_rules.FIXED, 1, 31, 2000, 2000),
    (holiday_rules.EASTER, -128, 0, 2030, 2030),
    (holiday_rules.EASTER, 127, 0, 2000, 2098),
    (holiday_rules.WEEKDAY_BEFORE, 6, 1231, 2001, 2099),
    (holiday_rules.WEEKDAY_BEFORE, 0, 101, 2000, 2099),
]


def sold() -> Iterator[tuple[str, Meter, Place, int, Values]]:
    """Yield what a station writes: a name, whose, where, the record's number and values."""
    for card, name in enumerate(("customer", "service", "read-out")):
        yield f"identity of a {name} card", HOUSE, Place(IDENTITY), 41 + card, identity(HOUSE, card, 20_454)
    yield "identity with all it can hold", LONG, Place(IDENTITY), 0x7FFFFFFF, identity(LONG, 0, 65_535)
    for slot in (0, 1):
        yield "tariff of zeros", HOUSE, Place(TARIFF, slot), 0, empty(TARIFF)
        yield "tariff of Berlin with twelve spans", HOUSE, Place(TARIFF, slot), 3, tariff("BE")
        yield "contract with nothing set", HOUSE, Place(CONTRACT, slot), 1, contract()
        yield "contract with all set", LONG, Place(CONTRACT, slot), 2, windows()
        yield "order of nothing", HOUSE, Place(ORDER, slot), 1, order()
        yield "order of a credit", HOUSE, Place(ORDER, slot), 12, CREDIT
    rules = {**tariff("SN", times=((0, 1440),)), "holidays": EVERY_RULE, "saturday": [], "sunday": [], "flags": 3}
    yield "tariff with every kind of rule", LONG, Place(TARIFF), 0x7FFFFFFF, rules
    prices = {"ht_ueur_per_kwh": 10_000_000, "nt_ueur_per_kwh": 10_000_000, "debt_ueur_per_kwh": 10_000_000}
    rates = {"power_ueur_per_kw": 10**9, "base_ueur_per_day": 10**9, "debt_ueur_per_day": 10**9}
    dear = {**empty(TARIFF), **prices, **rates, "start_quarter": 0xFFFFFF, "start_second": 899}
    yield "tariff of the highest prices", HOUSE, Place(TARIFF), 4, {**dear, "base_gas": 100, "debt_water": 100}
    most = {"credit_total_ueur": 2**40 - 1, "credit_ueur": 2**40 - 1, "debt_total_ueur": 2**40 - 1}
    numbers = {"credit_number": 2**31 - 1, "debt_number": 2**31 - 1, "command_number": 2**31 - 1}
    yield "order of all it can hold", LONG, Place(ORDER, 1), 0x7FFFFFFF, order(**most, **numbers)
    yield "order of a debt", HOUSE, Place(ORDER), 2, order(debt_number=2, debt_total_ueur=123_456_789)
    for mode in range(4):
        yield "order of a mode", HOUSE, Place(ORDER), 3, order(command_number=9, command=1, mode=mode)
    clock = order(command_number=10, command=2, quarter=1_990_123, second=899)
    yield "order to set the clock", HOUSE, Place(ORDER), 4, clock
    yield "order to commission", HOUSE, Place(ORDER), 5, order(command_number=1, command=3)
    yield "order to open the TAN entry", HOUSE, Place(ORDER), 6, order(command_number=11, command=4)
    for command in (5, 6):
        clock = order(command_number=12, command=command, quarter=1_990_123, second=0)
        yield "order to correct the clock", HOUSE, Place(ORDER), 7, clock
    yield "identity of the second life", SECOND, Place(IDENTITY), 41, identity(SECOND, 0, 20_454)
    yield "identity of the last life", LAST, Place(IDENTITY), 1, identity(LAST, 1, 20_454)
    yield "order of the second life", SECOND, Place(ORDER), 13, CREDIT


def returned() -> Iterator[tuple[str, Meter, Place, int, Values]]:
    """Yield what a meter writes."""
    place = Place(ACKNOWLEDGEMENT)
    yield "acknowledgement of zeros", HOUSE, place, 0, empty(ACKNOWLEDGEMENT)
    yield "acknowledgement of a credit", HOUSE, place, 8, BOOKED
    yield (
        "acknowledgement below zero",
        LONG,
        place,
        0x7FFFFFFF,
        {
            **BOOKED,
            "outcome": 255,
            "balance_ueur": -(2**47),
            "debt_ueur": 2**40 - 1,
            "refunds_ueur": 2**40 - 1,
            "tan_number": 0xFFFFFFFF,
            "tan_used": 255,
            "supply": 0x3F,
            "errors": 0xFFFF,
        },
    )
    yield "acknowledgement of one micro-euro too few", HOUSE, place, 9, {**BOOKED, "balance_ueur": -1}
    yield "acknowledgement of the second life", SECOND, place, 1, BOOKED
    place = Place(REPORT)
    yield "report of a new meter", HOUSE, place, 1, empty(REPORT)
    yield "report of the highest numbers", LONG, place, 0x7FFFFFFF, largest(REPORT)
    for house in (*REALISTIC, EXTREME):
        yield (
            f"report of {house.name}, {house.imp_per_kwh} imp/kWh",
            HOUSE,
            place,
            8,
            fitting(REPORT, report(house), SLE),
        )


def records() -> Iterator[Row]:
    """Yield records that are whole."""
    for name, meter, place, number, values in [*sold(), *returned()]:
        data = write(meter, place, number, values)
        yield {
            "name": name,
            **owner(meter),
            "kind": place.kind,
            "slot": place.slot,
            "number": number,
            "values": neutral(values),
            "record": data.hex(),
        }


def owner(meter: Meter) -> Row:
    """Return whose a record is, as the vectors say it."""
    life = {"life": meter.life} if meter.life > 1 else {}
    return {"key": meter.key.hex(), "utility": meter.utility, "serial": meter.serial, **life}


def neutral(values: Values) -> Row:
    """Return values as JSON has them: text as text."""
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in values.items()}


# -- what is refused ----------------------------------------------------------------------------------------


def refused() -> Iterator[Row]:
    """Yield bytes of a place, and the error that refuses them."""
    for meter, place, error, name, data in [*blank(), *damaged(), *forged(), *malformed()]:
        row = {"name": name, **owner(meter), "kind": place.kind, "slot": place.slot}
        yield {**row, "error": error, "record": data.hex()}


Refused = tuple[Meter, Place, str, str, bytes]
TYPICAL = report(REALISTIC[0], 14)


def blank() -> Iterator[Refused]:
    """Yield places of new chips."""
    for kind in RECORDS:
        size = RECORDS[kind][2] or 320
        for byte in (0, 0xFF):
            yield HOUSE, Place(kind), "BlankError", f"all bytes {byte}", bytes([byte]) * size


def damaged() -> Iterator[Refused]:
    """Yield bit errors, torn writes and lengths that cannot be."""
    place = Place(ORDER)
    good = write(HOUSE, place, 12, CREDIT)
    for at in (0, 3, 4, 37, 38, 39):
        yield HOUSE, place, "DamagedError", f"a bit of byte {at}", flipped(good, at)
    for at in (1, 4, 24, 38, 39):
        yield HOUSE, place, "DamagedError", f"torn after {at} bytes", good[:at] + b"\xff" * (48 - at)
    place = Place(REPORT)
    good = write(HOUSE, place, 12, TYPICAL).ljust(320, b"\xff")
    for length in (0, 1, 304, 305, 0xFFFF):
        data = good[:4] + length.to_bytes(2, "little") + good[6:]
        yield HOUSE, place, "DamagedError", f"a report's length of {length}", data


def flipped(data: bytes, at: int) -> bytes:
    """Return bytes with one bit of one of them turned over."""
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


def forged() -> Iterator[Refused]:
    """Yield records that are whole, but made for another place, or by nobody who has the key."""
    place = Place(ORDER)
    back = Place(ACKNOWLEDGEMENT)
    good = write(HOUSE, place, 12, CREDIT)
    richer = schema.build(ORDER, {**CREDIT, "credit_total_ueur": 2**40 - 1})
    cases = [
        (place, "another meter's", write(OTHER, place, 12, CREDIT)),
        (place, "another utility's", write(ELSEWHERE, place, 12, CREDIT)),
        (place, "another key's", write(STRANGER, place, 12, CREDIT)),
        (place, "another life's under the same key", write(SECOND, place, 12, CREDIT)),
        (place, "the other slot's", write(HOUSE, Place(ORDER, 1), 12, CREDIT)),
        (place, "the other direction's", write(HOUSE, Place(ORDER, 0, FROM_METER), 12, CREDIT)),
        (place, "another kind's of the same size", write(HOUSE, Place(IDENTITY), 12, identity(HOUSE, 0, 1))),
        (place, "another number", checked((13).to_bytes(4, "little") + good[4:])),
        (place, "a number that cannot be", checked(b"\xff" * 4 + good[4:])),
        (place, "more credit", checked(good[:4] + richer + good[38:])),
        (place, "a bit of the MAC's first byte", checked(flipped(good, 38))),
        (place, "a bit of the MAC's last byte", checked(flipped(good, 45))),
        (place, "no MAC", checked(good[:38] + bytes(10))),
        (back, "the other direction's", write(HOUSE, Place(ACKNOWLEDGEMENT, 0, TO_METER), 8, BOOKED)),
        (back, "another meter's", write(OTHER, back, 8, BOOKED)),
        (Place(REPORT), "another meter's", write(OTHER, Place(REPORT), 8, TYPICAL)),
    ]
    for at, name, data in cases:
        yield HOUSE, at, "ForgedError", name, data


def checked(data: bytes) -> bytes:
    """Return a record of which the CRC holds again, as everybody can make it."""
    return data[:-2] + binascii.crc_hqx(data[:-2], 0xFFFF).to_bytes(2, "little")


def malformed() -> Iterator[Refused]:
    """Yield records made with the right key that say what cannot be."""
    for kind, name, payload in [*impossible(), *unreadable()]:
        place = Place(kind)
        yield HOUSE, place, "MalformedError", name, seal(HOUSE, place, 1, payload)
    for number in (2**31, 2**32 - 1):
        yield HOUSE, Place(ORDER), "MalformedError", f"the number {number}", write(HOUSE, Place(ORDER), number, CREDIT)


def impossible() -> Iterator[tuple[int, str, bytes]]:
    """Yield payloads with a value that cannot be."""
    cases: list[tuple[int, Values, str, Value]] = [
        (IDENTITY, identity(HOUSE, 0, 1), "card", 3),
        (TARIFF, tariff("BE"), "start_second", 900),
        (TARIFF, tariff("BE"), "ht_ueur_per_kwh", 10_000_001),
        (TARIFF, tariff("BE"), "nt_ueur_per_kwh", 10_000_001),
        (TARIFF, tariff("BE"), "debt_ueur_per_kwh", 10_000_001),
        (TARIFF, tariff("BE"), "power_ueur_per_kw", 1_000_000_001),
        (TARIFF, tariff("BE"), "base_ueur_per_day", 1_000_000_001),
        (TARIFF, tariff("BE"), "debt_ueur_per_day", 1_000_000_001),
        (TARIFF, tariff("BE"), "base_gas", 71),
        (TARIFF, tariff("BE"), "debt_water", 61),
        (TARIFF, tariff("BE"), "flags", 4),
        (TARIFF, tariff("HE", times=()), "workday", spans(((0, 1), (2, 3), (4, 5), (6, 7), (8, 9)))),
        (TARIFF, tariff("BE"), "saturday", spans(((60, 60),))),
        (TARIFF, tariff("BE"), "sunday", spans(((60, 1441),))),
        (TARIFF, tariff("BE"), "holidays", [(holiday_rules.FIXED, 13, 1, 2000, 2099)]),
        (TARIFF, tariff("BE"), "holidays", [(holiday_rules.FIXED, 1, 0, 2000, 2099)]),
        (TARIFF, tariff("BE"), "holidays", [(holiday_rules.EASTER, 1, 0, 2030, 2029)]),
        (TARIFF, tariff("BE"), "holidays", [(holiday_rules.WEEKDAY_BEFORE, 7, 1123, 2000, 2099)]),
        (TARIFF, tariff("BE", times=()), "holidays", [(holiday_rules.EASTER, day, 0, 2000, 2099) for day in range(25)]),
        (CONTRACT, contract(), "span_second", 900),
        (CONTRACT, contract(), "span_end_second", 900),
        (CONTRACT, contract(), "span_quarter", 1),
        (CONTRACT, contract(), "daily_start", 1),
        (CONTRACT, windows(), "daily_start", 1440),
        (CONTRACT, windows(), "daily_end", 1441),
        (CONTRACT, windows(), "weekend_start", 1440),
        (CONTRACT, windows(), "weekend_end", NO_MINUTE),
        (CONTRACT, contract(), "flags", 4),
        (CONTRACT, contract(), "tan_digits", 21),
        (CONTRACT, contract(), "billing_days", [(day,) for day in range(11)]),
        (ORDER, order(), "credit_number", 2**31),
        (ORDER, order(), "debt_number", 2**31),
        (ORDER, order(), "command_number", 2**31),
        (ORDER, order(), "command", 7),
        (ORDER, order(), "mode", 4),
        (ORDER, order(), "second", 900),
        (ACKNOWLEDGEMENT, BOOKED, "second", 900),
    ]
    for kind, values, name, value in cases:
        said = value if isinstance(value, int) else "as it cannot be"
        yield kind, f"{name} {said}", schema.build(kind, {**values, name: value})


def unreadable() -> Iterator[tuple[int, str, bytes]]:
    """Yield payloads that end too early or go on too long, or say the same in another way than the one."""
    named = schema.build(IDENTITY, identity(HOUSE, 0, 1))
    yield IDENTITY, "a zero within the serial number", named[:5] + b"\0" + named[6:]
    yield IDENTITY, "something behind the last field", named + b"\0\1"
    none = schema.build(TARIFF, empty(TARIFF))[:-1]
    for name, rules in (
        ("more rules than there is room for", bytes([100])),
        ("a bit between month and years", bytes([1, 0x21, 0x02])),
        ("a bit before the days of Easter", bytes([1, 0, 0x41])),
        ("a bit before a weekday", bytes([1, 0x21, 0x90])),
        ("years for a single date", bytes([1, 0x21, 0xE0, 30])),
        ("years that say what is so without", bytes([1, 0x21, 0x20, 0, 99])),
        ("a fixed date in one year, not as a single date", bytes([1, 0x21, 0x20, 30, 30])),
    ):
        yield TARIFF, name, none + rules
    few = schema.build(REPORT, empty(REPORT))
    yield REPORT, "no payload", b""
    yield REPORT, "a report that ends too early", few[:-1]
    yield REPORT, "an integer that ends too early", few[:-1] + b"\x80"
    yield REPORT, "an integer longer than need be", b"\x80\0" + few[1:]
    yield REPORT, "an integer of 57 bits", b"\xff" * 8 + b"\1" + few[1:]
    yield REPORT, "more days than there is room for", few[:-1] + b"\x02\0\0"
    yield REPORT, "something behind the last day", few + b"\1"


# -- whole images -------------------------------------------------------------------------------------------


def space(chip: str, parts: list[tuple[Meter, Place, int, Values]], fill: int = 0xFF) -> bytearray:
    """Return a card's space with records in their places, in that order."""
    out = bytearray([fill]) * SPACES[chip]
    for meter, place, number, values in parts:
        data = write(meter, place, number, fitting(place.kind, values, SPACES[chip]))
        start = RECORDS[place.kind][3][place.slot]
        out[start : start + len(data)] = data
    return out


def fitting(kind: int, values: Values, size: int) -> Values:
    """Return a report without the days that do not fit, any other record as it is."""
    days = values.get("days")
    while kind == REPORT and isinstance(days, list) and len(schema.build(kind, values)) > size - 432 - 16:
        days = days[:-1]
        values = {**values, "days": days}
    return values


def image(chip: str, data: bytes) -> bytes:
    """Return a card's whole memory around its space."""
    if chip == "sle4428":
        header = bytes.fromhex("92231091ffff8115") + b"\xff" * 13 + bytes.fromhex("d27600000400") + b"\xff" * 5
        return header + data + b"\xff" + bytes(2)  # the error counter; the PSC, which reads as zeros
    blocks = [bytes.fromhex("04a1b2c3d4880400c000000000000000")]
    blocks += [data[at : at + 16] for at in range(0, len(data), 16)]
    trailer = b"\xff" * 6 + bytes.fromhex("ff078069") + b"\xff" * 6
    return b"".join(b"".join(blocks[at : at + 3]) + trailer for at in range(0, 48, 3))


def images() -> Iterator[Row]:
    """Yield whole cards, and what stands in each place of them."""
    sale = [
        (HOUSE, Place(IDENTITY), 41, identity(HOUSE, 0, 20_454)),
        (HOUSE, Place(TARIFF), 3, tariff("BE")),
        (HOUSE, Place(CONTRACT), 2, windows()),
        (HOUSE, Place(ORDER), 12, CREDIT),
    ]
    back = [(HOUSE, Place(ACKNOWLEDGEMENT), 8, BOOKED), (HOUSE, Place(REPORT), 8, report(REALISTIC[1]))]
    again = [(HOUSE, Place(ORDER, 1), 13, {**CREDIT, "credit_number": 8, "credit_total_ueur": 400_000_000})]
    settings = [(HOUSE, Place(TARIFF, 1), 4, tariff("BB")), (HOUSE, Place(CONTRACT, 1), 3, contract())]
    foreign = [(OTHER, Place(IDENTITY), 41, identity(OTHER, 0, 20_454))]
    foreign += [(OTHER, place, number, values) for _, place, number, values in sale[1:]]
    for chip, size in SPACES.items():
        yield card("a new card", chip, space(chip, []))
        yield card("a card as it was sold", chip, space(chip, sale))
        yield card("a card as it came back", chip, space(chip, sale + back))
        yield card("a card that was topped up again", chip, space(chip, sale + back + again))
        yield card("a card with new settings in the second slots", chip, space(chip, sale + back + settings, 0))
        yield card("a card of another meter", chip, space(chip, foreign))
        torn = space(chip, sale + back)
        torn[400:] = b"\xff" * (size - 400)
        yield card("a card pulled within the acknowledgement", chip, torn)


def card(name: str, chip: str, data: bytearray) -> Row:
    """Return a card and what stands in each of its places: a number or an error."""
    places = [(kind, slot) for kind in RECORDS for slot in range(len(RECORDS[kind][3]))]
    said = [[kind, slot, stands(Place(kind, slot), bytes(data))] for kind, slot in places]
    return {"name": name, "chip": chip, **owner(HOUSE), "places": said, "image": image(chip, bytes(data)).hex()}


def stands(place: Place, data: bytes) -> int | str:
    """Return the number of the record in a place, or the error."""
    start = RECORDS[place.kind][3][place.slot]
    size = RECORDS[place.kind][2]
    data = data[start : start + size] if size else data[start:]
    if data in (b"\xff" * len(data), bytes(len(data))):
        return "BlankError"
    head = 4 if size else 6
    end = len(data) - 10 if size else 6 + int.from_bytes(data[4:6], "little")
    check = int.from_bytes(data[end + 8 : end + 10], "little")
    if end + 10 > len(data) or binascii.crc_hqx(data[: end + 8], 0xFFFF) != check:
        return "DamagedError"
    number = int.from_bytes(data[:4], "little")
    made = mac(HOUSE, place, number, data[head:end])
    return number if made == data[end : end + 8] else "ForgedError"


# -- keys ---------------------------------------------------------------------------------------------------


def derived() -> Iterator[Row]:
    """Yield the keys of lives of meters, from the master key on, and the secrets of some of their cards."""
    lives = [HOUSE, SECOND, HOUSE._replace(life=3), HOUSE._replace(life=256), ELSEWHERE._replace(life=2), LONG, LAST]
    for master in (bytes(range(32)), b"\xff" * 32):
        extracted = hmac.new(bytes(32), master, hashlib.sha256).digest()
        for meter in lives:
            life = meter.life
            key = expanded(extracted, b"groschen meter 1" + named(meter), life)
            panel = int.from_bytes(expanded(key, b"groschen panel 1", life)[:8], "big") % 10**6
            psc = expanded(key, b"groschen psc 1", life)
            yield {
                "master": master.hex(),
                **owner(meter._replace(key=key)),
                "life": life,
                "to_meter": expanded(key, b"groschen to-meter 1", life).hex(),
                "from_meter": expanded(key, b"groschen from-meter 1", life).hex(),
                "tan": expanded(key, b"groschen tan 1", life).hex(),
                "paygo": expanded(key, b"groschen paygo 1", life)[:16].hex(),
                "port": expanded(key, b"groschen port 1", life)[:8].hex().upper(),
                "panel": f"{panel:06}",
                "secrets": [[card, secret(psc, card)] for card in (1, 2, 41, 65_535)],
            }


def secret(psc: bytes, card: int) -> str:
    """Return a card's secret: no transport PSC in front."""
    data = hmac.new(psc, card.to_bytes(4, "little"), hashlib.sha256).digest()
    while data.startswith(b"\xff\xff"):
        data = data[1:]
    return data[:6].hex()


# -- files --------------------------------------------------------------------------------------------------

FILES = {"card-keys": derived, "card-records": records, "card-refused": refused, "card-images": images}


def text(rows: Iterator[Row]) -> str:
    """Return rows as JSON, one a line."""
    return "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n"


def main() -> int:
    """Write or check; return the exit status."""
    parser = argparse.ArgumentParser(description="the vectors of cards")
    parser.add_argument("--check", action="store_true", help="say whether the files are up to date")
    check: bool = parser.parse_args().check
    status = 0
    for name, make in FILES.items():
        path = VECTORS / f"{name}.json"
        table = text(make())
        if not check:
            path.write_text(table, encoding="utf-8")
            continue
        same = path.exists() and path.read_text(encoding="utf-8") == table
        print(f"{path.relative_to(ROOT)}: {'up to date' if same else 'differs; make card-vectors'}")
        status |= not same
    return status


if __name__ == "__main__":
    sys.exit(main())
