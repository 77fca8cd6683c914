# SPDX-License-Identifier: Apache-2.0
"""A serial port that other programs open: a pseudo terminal."""

import os
import pty
import termios
import tty

_MOST = 65_536
_SPEEDS = {
    getattr(termios, f"B{baud}"): baud for baud in (300, 600, 1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200)
}


class Port:
    """The board's end; the others open `path`. What nobody takes is dropped when there is no room for more."""

    def __init__(self) -> None:
        self._master, self._slave = pty.openpty()  # with the other end open, its settings last
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        self._left = bytearray()
        self.used = False
        """Whether somebody has sent something: from then on its speed is that of the line's other end."""

    def fileno(self) -> int:
        """Return what to wait on for bytes."""
        return self._master

    def read(self) -> bytes:
        """Return what was sent to the board, or nothing."""
        try:
            data = os.read(self._master, _MOST)
        except (BlockingIOError, OSError):
            return b""
        self.used = True
        return data

    def write(self, data: bytes) -> None:
        """Send bytes to whoever has it open."""
        self._left += data
        try:
            sent = os.write(self._master, self._left)
        except BlockingIOError:
            sent = 0
        del self._left[:sent]
        if len(self._left) > _MOST:
            self._left.clear()

    def drain(self) -> None:
        """Send what there was no room for."""
        if self._left:
            self.write(b"")

    def speed(self) -> int:
        """Return the speed that the other end has set, in baud, or 0."""
        return _SPEEDS.get(termios.tcgetattr(self._master)[5], 0)

    def close(self) -> None:
        """Take the port away."""
        os.close(self._master)
        os.close(self._slave)
