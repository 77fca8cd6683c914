# SPDX-License-Identifier: Apache-2.0
"""A virtual board for other programs: in real time, until somebody ends it."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from groschensim.virtual.board import VirtualBoard

_TURN_MS = 1000.0


def run(folder: Path, port_file: Path | None, memory: Path | None, say: Callable[[str], object]) -> None:
    """Serve a board until an interrupt; its memory is kept in a file where one is named."""
    with VirtualBoard(folder, real=True) as board:
        try:
            board.power_on()
            if port_file:
                port_file.write_text(board.port_path + "\n", encoding="utf-8")
            say(board.port_path)
            with suppress(KeyboardInterrupt):
                while True:
                    board.advance(_TURN_MS)
        finally:
            if port_file:
                port_file.unlink(missing_ok=True)
