# SPDX-License-Identifier: Apache-2.0
"""CRC-16/CCITT-FALSE (polynomial 0x1021, start 0xFFFF) by table: finds every error of up to 16 bits in a row."""

from array import array

START = 0xFFFF


def _table() -> "array[int]":
    # What two bits come to together is what each comes to alone, one laid over the other.
    table = array("H", [0])
    crc = 0x1021
    for _ in range(8):
        for at in range(len(table)):
            table.append(table[at] ^ crc)
        crc = crc << 1 ^ (0x11021 if crc & 0x8000 else 0)
    return table


_TABLE = _table()


def crc16(data: "bytearray | bytes", length: int, crc: int = START) -> int:
    """Return the CRC of the first bytes, going on from another one; allocates nothing."""
    table = _TABLE
    for at in range(length):
        crc = (crc << 8 & 0xFFFF) ^ table[crc >> 8 ^ data[at]]
    return crc
