# SPDX-License-Identifier: Apache-2.0
"""The device's process: MicroPython's unix port with the shims, its console and its line to the board."""

import fcntl
import os
import signal
import socket
import struct
import subprocess
import termios
from pathlib import Path

from groschensim.unixport import find_micropython

SHIMS = Path(__file__).with_name("shims")
_ROOM = 65_536
_TICKS = os.sysconf("SC_CLK_TCK")


class Interpreter:
    """One life of the device, from power to reset; the console carries what a board's USB would."""

    def __init__(self, flash: Path, heap: str, with_main: bool) -> None:
        """Start the process; `flash` becomes the root of its files."""
        self.link, link = socket.socketpair()
        self.console, self._theirs = socket.socketpair()
        end = self._theirs.fileno()
        environment = {
            "GROSCHEN_LINK": str(link.fileno()),
            "GROSCHEN_FLASH": str(flash.resolve()),
            "GROSCHEN_MAIN": "1" if with_main else "0",
            "MICROPYPATH": f"{SHIMS}:.frozen",
            "PATH": os.environ.get("PATH", ""),
        }
        command = [str(find_micropython()), "-X", f"heapsize={heap}", "-i", str(SHIMS / "start.py")]
        self.process = subprocess.Popen(  # noqa: S603 (our own program, with folders of our own)
            command,
            stdin=end,
            stdout=end,
            stderr=end,
            env=environment,
            cwd=flash,
            pass_fds=[link.fileno()],
            start_new_session=True,  # an interrupt from a terminal is not meant for it
        )
        link.close()
        self.link.setblocking(False)
        self.console.setblocking(False)
        self._theirs.setblocking(True)
        self.ended = os.pidfd_open(self.process.pid)
        self._stat = Path(f"/proc/{self.process.pid}/stat")

    def kill(self) -> None:
        """End the process at once, as a power cut does."""
        self.process.kill()
        self.process.wait()
        self.link.close()
        self.console.close()
        self._theirs.close()
        os.close(self.ended)

    def interrupt(self) -> None:
        """Break off what it computes, and drop what it has not read."""
        try:
            while self._theirs.recv(_ROOM, socket.MSG_DONTWAIT):
                pass
        except BlockingIOError:
            pass
        self.process.send_signal(signal.SIGINT)

    def unread(self) -> bool:
        """Say whether it has not read all of its console."""
        return _waiting(self.console)

    def waits(self) -> bool:
        """Say whether it sleeps in a system call with all that it was sent read, answers too.

        Where it has asked nothing either, it waits at its prompt for a person.
        """
        return not _waiting(self.link) and not _waiting(self.console) and self._status()[0] == "S"

    def computed_s(self) -> float:
        """Return how long it has computed since its start, in seconds of the processor."""
        status = self._status()
        return (int(status[11]) + int(status[12])) / _TICKS

    def _status(self) -> list[str]:
        # Behind the program's name in brackets: its state, and ten words later the times of user and system.
        return self._stat.read_text().rpartition(")")[2].split()

    def read_console(self) -> bytes:
        """Return what it has printed, or nothing."""
        try:
            return self.console.recv(_ROOM)
        except (BlockingIOError, ConnectionResetError):
            return b""


def _waiting(sent: socket.socket) -> bool:
    (count,) = struct.unpack("i", fcntl.ioctl(sent, termios.TIOCOUTQ, bytes(4)))
    return bool(count)
