# SPDX-License-Identifier: Apache-2.0
"""Card readers: `open_reader` gives the card in one of them, as a space of bytes.

connection.py   the connection of one method, and the tree of errors
chip.py         what the station sees: CardChip
sle4428.py, mifare.py   the two chips as card spaces, over the commands of a reader
acs.py, omnikey.py, mifare.py   the commands of readers, over a connection
dialects.py     which of them a reader and a card need
pcsc.py, watchdog.py   connections through pcscd
virtual.py      a reader in this process, over a file
"""

from collections.abc import Callable
from pathlib import Path

from groschenhost.readers.chip import CardChip
from groschenhost.readers.connection import PyscardMissing
from groschenhost.readers.virtual import PREFIX, open_virtual

WAIT_S = 30.0
"""How long a card is waited for."""


def open_reader(
    name: str | None = None, wait_s: float = WAIT_S, on_wait: Callable[[list[str]], None] | None = None
) -> CardChip:
    """Open the card in a reader.

    The name is `virtual:FILE`, part of the name of a reader behind PC/SC, or None for the first of these that holds a
    card. `on_wait` is told the readers' names once, when none of them holds a card yet. Raises ReaderError; who gets
    the card must close it.
    """
    if name and name.startswith(PREFIX):
        return open_virtual(Path(name.removeprefix(PREFIX)).expanduser())
    try:
        from groschenhost.readers.pcsc import open_card
    except ImportError as error:
        raise PyscardMissing(str(error)) from None
    return open_card(name, wait_s, on_wait=on_wait)


def readers() -> list[str]:
    """Name the readers behind PC/SC, with or without a card."""
    try:
        from groschenhost.readers.pcsc import list_readers
    except ImportError as error:
        raise PyscardMissing(str(error)) from None
    return list_readers()
