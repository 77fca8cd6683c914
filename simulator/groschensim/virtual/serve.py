# SPDX-License-Identifier: Apache-2.0
"""A virtual board for other programs: in real time, until somebody ends it."""

import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

from groschen.core.memory import SIZE
from groschensim.heldfile import HeldFile
from groschensim.image import load_image
from groschensim.virtual.board import VirtualBoard

_TURN_MS = 1000.0
_KEPT_EVERY = 5  # turns, after which the memory is in the file whatever ends the process


def run(folder: Path, port_file: Path | None, memory: Path | None, say: Callable[[str], object]) -> None:
    """Serve a board until an interrupt; its memory is held in a file, beside the folder where none is named."""
    kept = memory or folder.absolute().with_suffix(".bin")
    if not kept.exists():
        kept.write_bytes(bytes(SIZE))
    load_image(kept)  # says what is wrong with a file that is no memory
    with HeldFile(kept, SIZE) as held, VirtualBoard(folder, real=True, start_s=int(time.time())) as board:
        board.memory[:] = held.data
        try:
            board.power_on()
            if port_file:
                port_file.write_text(board.port_path + "\n", encoding="utf-8")
            say(board.port_path)
            with suppress(KeyboardInterrupt):
                for turn in count(1):
                    board.advance(_TURN_MS)
                    if turn % _KEPT_EVERY == 0:
                        held.replace(bytes(board.memory))
        finally:
            board.power_off()
            held.replace(bytes(board.memory))
            if port_file:
                port_file.unlink(missing_ok=True)
