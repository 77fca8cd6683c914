# SPDX-License-Identifier: Apache-2.0
"""Random and mutated cards into the decoder, by a seed; the same on CPython and on MicroPython.

    python tools/card_mutator.py SEED RUNS
    micropython tools/card_mutator.py SEED RUNS

Each run is one whole card: chance, or a card of the vectors with bits turned over, parts exchanged, torn or filled, or
a record sealed anew around a broken payload. `judge` says what must hold of every one of them.
"""

import json
import sys
from array import array
from binascii import unhexlify

from groschencard import card, codec, const, record_issue, records
from groschencard.chips import MIFARE_BLOCK, MIFARE_SIZE, SLE_BASE, SLE_SIZE, mifare_block
from groschencard.crc import crc16
from groschencard.errors import CardError, ForgedError, MalformedError
from groschencard.keys import MeterKeys
from groschencard.mac import hmac_sha256
from groschencard.records import CRC, FROM_METER, HEAD, LENGTH, MAC, RECORDS, REPORT, TAIL

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from groschencard.codec import Values

OUTCOMES = ("Record", "BlankError", "DamagedError", "ForgedError", "MalformedError")


class BrokenError(Exception):
    """The decoder let something pass that must not."""


def must(holds: bool, what: str) -> None:
    """Raise BrokenError where something does not hold."""
    if not holds:
        raise BrokenError(what)


class Chance:
    """Numbers that look like chance, the same on every interpreter: xorshift of 32 bits."""

    def __init__(self, seed: int) -> None:
        self._state = array("I", [seed * 2654435761 & 0xFFFFFFFF or 1])

    def below(self, bound: int) -> int:
        """Return an integer from 0 to the bound less one."""
        state = self._state
        value = state[0]
        value ^= value << 13 & 0xFFFFFFFF
        value ^= value >> 17
        value ^= value << 5 & 0xFFFFFFFF
        state[0] = value
        return (value >> 3) % bound

    def data(self, size: int) -> bytearray:
        """Return so many bytes."""
        out = bytearray(size)
        for at in range(size):
            out[at] = self.below(256)
        return out


def space_of(chip: str, image: bytes) -> bytes:
    """Return the card's space that an image of 1 024 bytes has in it."""
    if chip == "sle4428":
        return image[SLE_BASE : SLE_BASE + SLE_SIZE]
    out = bytearray()
    for index in range(MIFARE_SIZE // MIFARE_BLOCK):
        start = MIFARE_BLOCK * mifare_block(index)
        out.extend(image[start : start + MIFARE_BLOCK])
    return bytes(out)


def load(folder: str) -> "tuple[MeterKeys, list[bytes]]":
    """Return the keys and the spaces of the cards of the vectors."""
    with open(folder + "/card-images.json") as file:  # noqa: PTH123 -- MicroPython has no pathlib
        rows = json.load(file)
    first = rows[0]
    keys = MeterKeys(unhexlify(first["key"]), first["utility"], first["serial"].encode())
    return keys, [space_of(row["chip"], unhexlify(row["image"])) for row in rows]


def sealed(keys: MeterKeys, kind: int, slot: int, number: int, payload: bytes) -> bytes:
    """Return a record of any payload with a CRC and a MAC that hold."""
    head = number.to_bytes(HEAD, "little")
    if RECORDS[kind][2] == 0:
        head += len(payload).to_bytes(LENGTH, "little")
    body = head + payload
    key = keys.from_meter if RECORDS[kind][1] == FROM_METER else keys.to_meter
    place = bytes([RECORDS[kind][1], kind, slot])
    mac = hmac_sha256(key, b"groschen card 1" + place + keys.name + number.to_bytes(4, "little") + payload)[:MAC]
    body += mac
    return body + crc16(body, len(body)).to_bytes(CRC, "little")


def payload_of(kind: int, data: bytes) -> bytes:
    """Return the payload of a whole record."""
    if RECORDS[kind][2]:
        return data[HEAD : len(data) - TAIL]
    start = HEAD + LENGTH
    return data[start : start + int.from_bytes(data[HEAD:start], "little")]


class Cards:
    """The cards of the vectors, and how to break them."""

    def __init__(self, keys: MeterKeys, spaces: "list[bytes]", seed: int) -> None:
        self.keys = keys
        self.spaces = spaces
        self.chance = Chance(seed)
        # What was truly written, by place: nothing else may pass without the key.
        self.known: dict[tuple[int, int], list[bytes]] = {}
        for space in spaces:
            for kind, slot, said in card.decode(keys, space).places:
                if not isinstance(said, CardError):
                    known = self.known.setdefault((kind, slot), [])
                    known.append(whole(kind, slot, space))
        self.places = sorted(self.known)

    def next(self) -> "tuple[bytes, bool]":
        """Return a card, and whether a record of it was sealed anew."""
        chance = self.chance
        out = bytearray(self.spaces[chance.below(len(self.spaces))])
        way = chance.below(8)
        if way == 0:
            out = chance.data(len(out))
        elif way == 1:
            self._flip(out, 1 + chance.below(8))
        elif way == 2:
            self._exchange(out)
        elif way == 3:
            self._tear(out)
        elif way == 4:
            self._move(out)
        else:
            self._seal(out)
            return bytes(out), True
        return bytes(out), False

    def _flip(self, out: bytearray, bits: int) -> None:
        for _ in range(bits):
            out[self.chance.below(len(out))] ^= 1 << self.chance.below(8)

    def _exchange(self, out: bytearray) -> None:
        """Put a part of another card in its place."""
        other = self.spaces[self.chance.below(len(self.spaces))]
        start = self.chance.below(len(out))
        end = min(len(out), len(other), start + self.chance.below(300))
        for at in range(start, end):
            out[at] = other[at]

    def _tear(self, out: bytearray) -> None:
        """Fill a part with zeros or ones, as a chip that lost power within a write."""
        start = self.chance.below(len(out))
        fill = 0xFF if self.chance.below(2) else 0
        for at in range(start, min(len(out), start + 1 + self.chance.below(150))):
            out[at] = fill

    def _move(self, out: bytearray) -> None:
        """Put a whole record where it does not belong."""
        places = self.known[self.places[self.chance.below(len(self.places))]]
        data = places[self.chance.below(len(places))]
        kind, slot = self.places[self.chance.below(len(self.places))]
        start = records.place(kind, slot)
        end = min(len(out), start + len(data))
        out[start:end] = data[: end - start]

    def _seal(self, out: bytearray) -> None:
        """Break a payload, and seal it with the right key."""
        chance = self.chance
        kind, slot = self.places[chance.below(len(self.places))]
        known = self.known[kind, slot]
        payload = bytearray(payload_of(kind, known[chance.below(len(known))]))
        way = chance.below(4)
        if way == 0:
            payload = chance.data(len(payload))
        elif way == 1:
            start = chance.below(len(payload))
            for at in range(start, min(len(payload), start + 1 + chance.below(4))):
                payload[at] = (0, 0xFF, 0x80, 0x7F, chance.below(256))[chance.below(5)]
        elif way == 2 and RECORDS[kind][2] == 0:
            payload = payload[: chance.below(len(payload) + 1)]
        else:
            self._flip(payload, 1 + chance.below(3))
        number = chance.below(1 << 20) if chance.below(16) else 0xFFFFFFFF
        start = records.place(kind, slot)
        data = sealed(self.keys, kind, slot, number, bytes(payload))[: len(out) - start]
        out[start : start + len(data)] = data


def whole(kind: int, slot: int, space: bytes) -> bytes:
    """Return the bytes of a whole record that stands in its place, without those behind it."""
    start = records.place(kind, slot)
    data = space[start : start + records.room(kind, len(space))]
    if kind != REPORT:
        return data
    return data[: HEAD + LENGTH + len(payload_of(kind, data)) + TAIL]


def judge(cards: Cards, space: bytes, resealed: bool) -> "list[int]":
    """Decode a card and say what each place gave; raises BrokenError where something passed that must not."""
    out: list[int] = []
    for kind, slot, said in card.decode(cards.keys, space).places:
        if isinstance(said, CardError):
            must(type(said).__name__ in OUTCOMES, "an error that no reader may give")
            out.append(OUTCOMES.index(type(said).__name__))
            continue
        out.append(0)
        data = whole(kind, slot, space)
        if not resealed:
            must(data in cards.known.get((kind, slot), []), "a forged record passed")
        same_bytes(kind, said.values, payload_of(kind, data))
        record_issue.write(cards.keys, kind, slot, said.number, said.values, len(space))
    return out


def same_bytes(kind: int, values: "Values", payload: bytes) -> None:
    """Check that values pack to the payload that they were read from, but for zeros behind it."""
    packed = record_issue.pack(kind, values)
    must(packed + bytes(len(payload) - len(packed)) == payload, "values that pack to other bytes")


def unproven(space: bytes) -> None:
    """Decode a card whoever made it: a record or a named error, but never one that asks for the key."""
    for _, _, said in card.decode(None, space).places:
        must(not isinstance(said, ForgedError), "forged, but nobody asked")


def unpacked(kind: int, payload: bytes) -> bool:
    """Unpack any bytes as a payload: say whether they have values; they pack to the same bytes again."""
    try:
        values = codec.unpack(kind, payload)
    except MalformedError:
        return False
    same_bytes(kind, values, payload)
    return True


def play(folder: str, seed: int, runs: int) -> str:
    """Break and decode so many cards; return how often each outcome was, and a CRC over all of them."""
    keys, spaces = load(folder)
    cards = Cards(keys, spaces, seed)
    counts = [0] * len(OUTCOMES)
    check = 0xFFFF
    row = bytearray(16)
    for run in range(runs):
        space, resealed = cards.next()
        said = judge(cards, space, resealed)
        if run % 4 == 0:
            unproven(space)
        for at in range(len(said)):
            counts[said[at]] += 1
            row[at] = said[at]
        check = crc16(row, len(said), check)
    found = [OUTCOMES[at] + " " + str(counts[at]) for at in range(len(OUTCOMES))]
    return str(runs) + " cards: " + ", ".join(found) + "; check " + str(check)


def main(words: "list[str]") -> int:
    """Play from a seed; return the exit status."""
    place = words[0].rsplit("/", 1)
    folder = place[0] if len(place) == 2 else "."
    print(play(folder + "/../tests/vectors", int(words[1]), int(words[2])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
