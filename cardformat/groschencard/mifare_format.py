# SPDX-License-Identifier: Apache-2.0
"""How a MIFARE Classic becomes a Groschen card: what the host writes into each sector's last block."""

from groschencard import const

# What a Groschen card allows, for each block of a sector: bits C1 of blocks 0 to 3 from the lowest on, then C2 and C3.
# Data blocks 100: read with either key, write with key B. Trailer 011: key B alone writes keys and conditions.
_C1 = const(0b0111)
_C2 = const(0b1000)
_C3 = const(0b1000)
_USER_BYTE = const(0x69)  # of the trailer, as cards are delivered


def mifare_trailer(key_b: bytes) -> bytes:
    """Return a sector's last block: key A all ones, for everybody; the access conditions; and key B, six bytes."""
    if len(key_b) != 6:
        raise ValueError("key B has six bytes")
    # Each bit is stored plain and inverted (NXP MF1S50YYX_V1, 8.7.1).
    access = bytes([(_C2 << 4 | _C1) ^ 0xFF, _C1 << 4 | _C3 ^ 0xF, _C3 << 4 | _C2, _USER_BYTE])
    return b"\xff" * 6 + access + bytes(key_b)
