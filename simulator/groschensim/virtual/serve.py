# SPDX-License-Identifier: Apache-2.0
"""A virtual board for other programs: in real time, until somebody ends it."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from groschensim.image import load_image
from groschensim.virtual.board import VirtualBoard

_TURN_MS = 1000.0


def run(folder: Path, port_file: Path | None, memory: Path | None, say: Callable[[str], object]) -> None:
    """Serve a board until an interrupt; its memory is kept in a file, beside the folder where none is named."""
    with VirtualBoard(folder, real=True, start_s=int(time.time())) as board:
        kept = memory or folder.absolute().with_suffix(".bin")
        if kept.exists():
            board.memory[:] = load_image(kept)
        try:
            board.power_on()
            if port_file:
                port_file.write_text(board.port_path + "\n", encoding="utf-8")
            say(board.port_path)
            with suppress(KeyboardInterrupt):
                while True:
                    board.advance(_TURN_MS)
        finally:
            board.power_off()
            kept.write_bytes(board.memory)
            if port_file:
                port_file.unlink(missing_ok=True)
