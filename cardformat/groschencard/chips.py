# SPDX-License-Identifier: Apache-2.0
"""The bytes that a card has room for: its space, 0 to its size less one, and where a chip's memory holds it."""

from groschencard import const

SLE_BASE = const(32)  # the first address: below it lie the ATR and what arrives write-protected
SLE_SIZE = const(989)  # to the error counter at 1021
MIFARE_SIZE = const(752)  # the 47 data blocks of a Classic 1K

MIFARE_BLOCK = const(16)
"""Bytes of a block, the least that a MIFARE Classic reads or writes."""

# What a Groschen card allows, for each block of a sector: bits C1 of blocks 0 to 3 from the lowest on, then C2 and C3.
# Data blocks 100: read with either key, write with key B. Trailer 011: key B alone writes keys and conditions.
_C1 = const(0b0111)
_C2 = const(0b1000)
_C3 = const(0b1000)
_USER_BYTE = const(0x69)  # of the trailer, as cards are delivered


def mifare_block(index: int) -> int:
    """Return the number of the data block that holds the bytes from 16 * index on: neither block 0 nor a trailer."""
    return (index + 1) // 3 * 4 + (index + 1) % 3


def mifare_trailer(key_b: bytes) -> bytes:
    """Return a sector's last block: key A all ones, for everybody; the access conditions; and key B, six bytes."""
    if len(key_b) != 6:
        raise ValueError("key B has six bytes")
    # Each bit is stored plain and inverted (NXP MF1S50YYX_V1, 8.7.1).
    access = bytes([(_C2 << 4 | _C1) ^ 0xFF, _C1 << 4 | _C3 ^ 0xF, _C3 << 4 | _C2, _USER_BYTE])
    return b"\xff" * 6 + access + bytes(key_b)
