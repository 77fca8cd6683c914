# SPDX-License-Identifier: Apache-2.0
"""Whole records: number, payload, MAC and CRC; put into a card's bytes and taken out of them.

The CRC is over the MAC too and comes last: a record that was torn anywhere is damaged, and none that is forged is torn.
"""

from groschencard import codec, const, records
from groschencard.crc import crc16
from groschencard.errors import BlankError, CardError, DamagedError, ForgedError, MalformedError, TooLongError
from groschencard.mac import hmac_sha256, same

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschencard.codec import Row, Value, Values
    from groschencard.keys import MeterKeys

_DOMAIN = const(b"groschen card 1")


class Record:
    """What a record says, and where it stood."""

    def __init__(self, kind: int, slot: int, number: int, values: "Values") -> None:
        self.kind: int = kind
        self.slot: int = slot
        self.number: int = number
        self.values = values

    def int(self, name: str) -> int:
        """Return a field that is an integer."""
        value = self.values[name]
        assert isinstance(value, int)
        return value

    def text(self, name: str) -> bytes:
        """Return a field that is text."""
        value = self.values[name]
        assert isinstance(value, bytes)
        return value

    def rows(self, name: str) -> "list[Row]":
        """Return a field that is rows."""
        value = self.values[name]
        assert isinstance(value, list)
        return value

    def __getitem__(self, name: str) -> "Value":
        return self.values[name]


def wrap(keys: "MeterKeys", kind: int, slot: int, number: int, payload: bytes, space: int) -> bytes:
    """Return a payload's whole record for its place in a space of that size; raises MalformedError or TooLongError."""
    _check_number(kind, number)
    head = number.to_bytes(records.HEAD, "little")
    spare = records.room(kind, space) - records.HEAD - len(payload) - records.TAIL
    if records.RECORDS[kind][2]:
        payload += bytes(max(spare, 0))
    else:  # its length varies
        head += len(payload).to_bytes(records.LENGTH, "little")
        spare -= records.LENGTH
    if spare < 0:
        raise TooLongError(records.name(kind))
    body = head + payload + _mac(keys, kind, slot, number, payload)
    return body + crc16(body, len(body)).to_bytes(records.CRC, "little")


def read(keys: "MeterKeys", kind: int, slot: int, data: bytes) -> Record:
    """Return the record that stands in the bytes of its place; raises Blank-, Damaged-, Forged- or MalformedError."""
    number, payload, mac = _open(kind, data)
    if not same(mac, _mac(keys, kind, slot, number, payload)):
        raise ForgedError(records.name(kind))
    _check_number(kind, number)
    return Record(kind, slot, number, codec.unpack(kind, payload))


def read_unproven(kind: int, slot: int, data: bytes) -> Record:
    """Return the record without asking who made it: to say whose card it is. Raises as `read`, but no ForgedError."""
    number, payload, _ = _open(kind, data)
    _check_number(kind, number)
    return Record(kind, slot, number, codec.unpack(kind, payload))


def newest(keys: "MeterKeys", kind: int, slots: "list[bytes]") -> "tuple[Record | None, CardError | None]":
    """Return the newest record of a kind from the bytes of its places, and why one of them was refused.

    Places that are blank or torn are none; nor is a second place that lies within the report a forgery.
    """
    found: "Record | None" = None
    refused: "CardError | None" = None
    for slot in range(len(slots)):
        try:
            record = read(keys, kind, slot, slots[slot])
        except (BlankError, DamagedError):
            continue
        except MalformedError as error:
            refused = error
            continue
        except ForgedError as error:
            if records.place(kind, slot) < records.place(records.REPORT, 0):
                refused = error
            continue
        if found is None or record.number > found.number:
            found = record
    return found, refused


def _open(kind: int, data: bytes) -> "tuple[int, bytes, bytes]":
    """Return number, payload and MAC of a record whose CRC holds."""
    if blank(data):
        raise BlankError(records.name(kind))
    start = records.HEAD
    end = len(data) - records.TAIL
    if records.RECORDS[kind][2] == 0:
        start += records.LENGTH
        end = start + int.from_bytes(data[records.HEAD : start], "little")
    if end + records.TAIL > len(data) or end < start:
        raise DamagedError(records.name(kind))
    check = end + records.MAC
    if crc16(data, check) != int.from_bytes(data[check : end + records.TAIL], "little"):
        raise DamagedError(records.name(kind))
    number = int.from_bytes(data[: records.HEAD], "little")
    return number, bytes(data[start:end]), bytes(data[end:check])


def _check_number(kind: int, number: int) -> None:
    if not 0 <= number <= records.NUMBER_MOST:
        raise MalformedError(records.name(kind))


def blank(data: bytes) -> bool:
    """Say whether bytes are as a new chip has them: all ones, or all zeros."""
    first = data[0]
    return first in (0, 0xFF) and data == bytes([first]) * len(data)


def _mac(keys: "MeterKeys", kind: int, slot: int, number: int, payload: bytes) -> bytes:
    direction = records.direction(kind)
    key = keys.from_meter if direction == records.FROM_METER else keys.to_meter
    place = bytes([direction, kind, slot])
    return hmac_sha256(key, _DOMAIN + place + keys.name + number.to_bytes(4, "little") + payload)[: records.MAC]
