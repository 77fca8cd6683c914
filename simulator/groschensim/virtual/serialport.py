# SPDX-License-Identifier: Apache-2.0
"""A serial port that other programs open: a pseudo terminal."""

import os
import pty
import select
import termios
import tty
from typing import Any

_MOST = 65_536
_SPEEDS = {
    getattr(termios, f"B{baud}"): baud for baud in (300, 600, 1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200)
}
_CLOSED = -1


class Port:
    """The board's end; the others open `path`. What nobody takes is dropped when there is no room for more.

    The board has the other end open too as long as nobody has used it: so what it says waits for whoever opens it. Then
    it lets go, since only so it learns that they hang up; and takes it again with the settings of the beginning, as a
    real port has no memory of who was there before.
    """

    def __init__(self) -> None:
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        self._left = bytearray()
        self._fresh = self._settings()
        self._seen = self.speed()
        self.sent_at = 0
        """The speed of the bytes that were read last.

        A pseudo terminal hands bytes over at once, and does not say when its speed was changed: a client that sends at
        one speed and goes on to another has gone on before they are read. Of the speeds since the look before, theirs
        is the lowest: a client of IEC 62056-21 acknowledges before it becomes faster, and signs on after it has become
        slower. One that does not wait until all is sent passes for one that does.
        """
        self.used = False
        """Whether somebody has sent something: from then on its speed is that of the line's other end."""

    def fileno(self) -> int:
        """Return what to wait on for bytes."""
        return self._master

    def read(self) -> bytes:
        """Return what was sent to the board, or nothing."""
        before, between = self._seen, self.speed()
        try:
            data = os.read(self._master, _MOST)
        except BlockingIOError:
            return b""
        except OSError:
            self._hung_up()
            return b""
        self._seen = self.speed()
        self.sent_at = min(before, between, self._seen)
        self.used = True
        self._let_go()
        return data

    def write(self, data: bytes) -> None:
        """Send bytes to whoever has it open."""
        self._left += data
        try:
            sent = os.write(self._master, self._left)
        except OSError:
            sent = 0
        del self._left[:sent]
        if len(self._left) > _MOST:
            self._left.clear()

    def drain(self) -> None:
        """Send what there was no room for, and see how somebody has set the port up."""
        if self._left:
            self.write(b"")
        seen = self.speed()
        if not select.select([self._master], [], [], 0)[0]:
            self._seen = seen  # what waits to be read may have been sent before
        if self._slave != _CLOSED and self._settings() != self._fresh:
            self._let_go()

    def speed(self) -> int:
        """Return the speed that the other end has set, in baud, or 0."""
        return _SPEEDS.get(termios.tcgetattr(self._master)[5], 0)

    def close(self) -> None:
        """Take the port away."""
        os.close(self._master)
        self._let_go()

    def _settings(self) -> list[Any]:
        return termios.tcgetattr(self._master)

    def _let_go(self) -> None:
        if self._slave != _CLOSED:
            os.close(self._slave)
            self._slave = _CLOSED

    def _hung_up(self) -> None:
        """Take the other end again, and give it back the settings that it began with."""
        self.used = False
        self._left.clear()
        if self._slave == _CLOSED:
            self._slave = os.open(self.path, os.O_RDWR | os.O_NOCTTY)
            termios.tcsetattr(self._slave, termios.TCSANOW, self._fresh)
            self._seen = self.speed()
