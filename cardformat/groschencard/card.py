# SPDX-License-Identifier: Apache-2.0
"""A whole card's space, record by record: what each place says, or why it says nothing."""

from groschencard import const, records, seal
from groschencard.errors import CardError, DamagedError

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschencard.keys import MeterKeys
    from groschencard.seal import Record


class Card:
    """The places of a card, in the order of their kinds: kind, slot, and a record or the error that refuses it."""

    def __init__(self, places: "list[tuple[int, int, Record | CardError]]") -> None:
        self.places = places

    def at(self, kind: int, slot: int = 0) -> "Record | CardError":
        """Return what stands in a place."""
        for place in self.places:
            if place[0] == kind and place[1] == slot:
                return place[2]
        raise ValueError("no such place")

    def newest(self, kind: int) -> "Record | None":
        """Return the record of a kind with the highest number, None where no place has one."""
        found: "Record | None" = None
        for place in self.places:
            record = place[2]
            if place[0] != kind or isinstance(record, CardError):
                continue
            if found is None or record.number > found.number:
                found = record
        return found


def decode(keys: "MeterKeys | None", space: bytes) -> Card:
    """Return what stands in a card's space of any size; without keys, whoever may have made it. Raises nothing."""
    places: "list[tuple[int, int, Record | CardError]]" = []
    for kind in sorted(records.RECORDS):
        for slot in range(records.slots(kind)):
            places.append((kind, slot, _place(keys, kind, slot, space)))
    return Card(places)


def _place(keys: "MeterKeys | None", kind: int, slot: int, space: bytes) -> "Record | CardError":
    start = records.place(kind, slot)
    room = records.room(kind, len(space))
    data = space[start : start + room] if room > 0 else b""
    try:
        if len(data) < max(room, records.HEAD + records.LENGTH + records.TAIL):
            raise DamagedError(records.name(kind) + ": the card ends before it")
        if keys is None:
            return seal.read_unproven(kind, slot, data)
        return seal.read(keys, kind, slot, data)
    except CardError as error:
        return error
