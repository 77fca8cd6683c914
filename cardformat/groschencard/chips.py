# SPDX-License-Identifier: Apache-2.0
"""The bytes that a card has room for: its space, 0 to its size less one, and where a chip's memory holds it."""

from groschencard import const

SLE_BASE = const(32)  # the first address: below it lie the ATR and what arrives write-protected
SLE_SIZE = const(989)  # to the error counter at 1021
MIFARE_SIZE = const(752)  # the 47 data blocks of a Classic 1K

MIFARE_BLOCK = const(16)
"""Bytes of a block, the least that a MIFARE Classic reads or writes."""


def mifare_block(index: int) -> int:
    """Return the number of the data block that holds the bytes from 16 * index on: neither block 0 nor a trailer."""
    return (index + 1) // 3 * 4 + (index + 1) % 3
