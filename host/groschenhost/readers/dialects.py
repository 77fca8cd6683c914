# SPDX-License-Identifier: Apache-2.0
"""Which commands a card in a reader is spoken to with: by its answer to reset, then by the reader's name."""

from collections.abc import Callable
from typing import Final

from groschenhost.readers.acs import AcsSle
from groschenhost.readers.chip import CardChip
from groschenhost.readers.connection import Connection, UnknownCard
from groschenhost.readers.mifare import Mifare1K, Part3Mifare
from groschenhost.readers.omnikey import OmnikeySle
from groschenhost.readers.sle4428 import Sle4428, SleCommands

SLE_4428: Final = bytes.fromhex("3B 04 92 23 10 91")
MIFARE_1K: Final = bytes.fromhex("3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 00 01 00 00 00 00 6A")

# What PC/SC shows for cards that people also have in their pockets.
STRANGERS: Final = {
    bytes.fromhex("3B 04 A2 13 10 91"): "SLE 4442",
    bytes.fromhex("3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 00 02 00 00 00 00 69"): "MIFARE Classic 4K",
    bytes.fromhex("3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 00 03 00 00 00 00 68"): "MIFARE Ultralight",
}

# Part of the reader's name, in lower case: what it speaks to an SLE 4428.
READERS: Final[tuple[tuple[str, Callable[[Connection], SleCommands]], ...]] = (
    ("acs", AcsSle),
    ("acr", AcsSle),
    ("omnikey", OmnikeySle),
    ("hid global", OmnikeySle),
    ("cardman", OmnikeySle),
)


def open_chip(reader: str, atr: bytes, connection: Connection) -> CardChip:
    """Speak to a card in the dialect of its reader; UnknownCard where there is none."""
    if atr == MIFARE_1K:
        return Mifare1K(Part3Mifare(connection))
    if atr != SLE_4428:
        what = STRANGERS.get(atr, atr.hex(" ").upper())
        raise UnknownCard(
            (
                f"{reader}: keine Karte von uns ({what}); gebraucht wird SLE 4428, SLE 5528 oder MIFARE Classic 1K",
                f"{reader}: not a card of ours ({what}); SLE 4428, SLE 5528 or MIFARE Classic 1K is needed",
            )
        )
    for part, commands in READERS:
        if part in reader.lower():
            return Sle4428(commands(connection))
    raise UnknownCard(
        (
            f"Der Leser „{reader}“ ist nicht bekannt; gebraucht wird ein ACS ACR39U oder ein HID OMNIKEY 3121",
            f'The reader "{reader}" is not known; an ACS ACR39U or a HID OMNIKEY 3121 is needed',
        )
    )
