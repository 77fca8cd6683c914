# SPDX-License-Identifier: Apache-2.0
"""MicroPython's raw REPL over a serial line: code in, output and error back, nothing waits without an end.

The protocol is that of MicroPython's documentation, "The MicroPython Interactive Interpreter Mode", sections raw mode
and raw-paste mode; raw-paste has flow control, so that no board drops what it is sent.
"""

import struct
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import serial

from groschenhost.flash.errors import DeviceError, LostError
from groschenhost.port.line import LINE_ERRORS, open_line

BAUD: Final = 115_200
_TICK_S: Final = 0.05
_SETTLE_S: Final = 0.2  # until what was interrupted has said its last
_INTERRUPT: Final = b"\r\x03\x03"
_RAW: Final = b"\r\x01"
_FRIENDLY: Final = b"\r\x02"
_END: Final = b"\x04"
_PASTE: Final = b"\x05A\x01"
_BANNER: Final = b"raw REPL; CTRL-B to exit\r\n>"
_REBOOT: Final = b"soft reboot\r\n"


class RawRepl:
    """A board whose MicroPython is told what to do. LostError wherever it does not answer in time."""

    def __init__(self, port: str, patience_s: float = 10.0) -> None:
        """Open the port; patience_s is how long a board may take to answer."""
        self.port: Final = port
        self._patience_s = patience_s
        self._serial: serial.SerialBase | None = None
        self._held = b""
        self.open()

    def open(self) -> None:
        """Opens the port, again after a reset; LineError."""
        self._held = b""
        self._serial = open_line(self.port, BAUD, timeout=_TICK_S)

    def close(self) -> None:
        """Lets the port go, whatever became of the cable."""
        line, self._serial = self._serial, None
        if line is not None:
            try:
                line.close()
            except LINE_ERRORS:
                return

    # -- modes ---------------------------------------------------------------------------------------------

    def enter(self) -> None:
        """Interrupts what runs on the board, and enters the raw mode."""
        end = time.monotonic() + self._patience_s
        while True:
            self._send(_INTERRUPT)
            self._drop()
            self._send(_RAW)
            if self._until(_BANNER, min(2.0, self._patience_s)) is not None:
                self.listen(_SETTLE_S)
                return
            if time.monotonic() >= end:
                raise LostError(
                    (
                        (
                            f"An {self.port} antwortet kein MicroPython; ist es die richtige Schnittstelle, ist "
                            "MicroPython auf der Platine, sind Kabel und Versorgung in Ordnung?"
                        ),
                        (
                            f"No MicroPython answers at {self.port}; is it the right port, is MicroPython on the "
                            "board, are cable and supply in order?"
                        ),
                    )
                )

    def soft_reset(self) -> None:
        """Starts MicroPython anew with an empty heap; boot.py runs, main.py does not."""
        self._send(_END)
        self._await(_REBOOT)
        self._await(_BANNER)

    def leave(self) -> None:
        """Gives the board back to the friendly prompt."""
        self._send(_FRIENDLY)

    # -- code ----------------------------------------------------------------------------------------------

    def run(self, code: str, patience_s: float | None = None) -> str:
        """Runs code and gives what it prints; DeviceError where it raises."""
        self._paste(code.encode())
        said = self._await(_END, patience_s)
        error = self._await(_END)
        self._await(b">")
        if error:
            raise _device_error(error.decode(errors="replace"))
        return said.decode(errors="replace").replace("\r\n", "\n")

    def run_and_part(self, code: str) -> None:
        """Runs code that does not come back, such as a reset."""
        self._paste(code.encode())

    def _paste(self, code: bytes) -> None:
        """Sends code in windows, as many bytes as the board has said that it takes."""
        self._send(_PASTE)
        if self._take(2) != b"R\x01":
            raise self._lost()
        (window,) = struct.unpack("<H", self._take(2))
        room = window
        at = 0
        while at < len(code):
            while room == 0 or self._waiting():
                word = self._take(1)
                if word == b"\x01":
                    room += window
                    continue
                self._send(_END)  # it wants no more: a syntax error, which comes as the answer
                return
            self._send(code[at : at + room])
            at, room = min(at + room, len(code)), room - min(room, len(code) - at)
        self._send(_END)
        self._await(_END)

    # -- bytes ---------------------------------------------------------------------------------------------

    def listen(self, seconds: float) -> bytes:
        """Gives what the board says by itself within a time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._more()
        said, self._held = self._held, b""
        return said

    def say(self, data: bytes) -> None:
        """Sends bytes to whatever runs on the board."""
        self._send(data)

    def _await(self, ending: bytes, patience_s: float | None = None) -> bytes:
        found = self._until(ending, self._patience_s if patience_s is None else patience_s)
        if found is None:
            raise self._lost()
        return found

    def _until(self, ending: bytes, seconds: float) -> bytes | None:
        """Gives what comes before some bytes, taking them too; None where they do not come in time."""
        end = time.monotonic() + seconds
        while True:
            before, found, after = self._held.partition(ending)
            if found:
                self._held = after
                return before
            if time.monotonic() >= end:
                return None
            self._more()

    def _take(self, count: int) -> bytes:
        end = time.monotonic() + self._patience_s
        while len(self._held) < count:
            if time.monotonic() >= end:
                raise self._lost()
            self._more()
        taken, self._held = self._held[:count], self._held[count:]
        return taken

    def _waiting(self) -> bool:
        if not self._held:
            with self._cable() as line:
                if line.in_waiting:
                    self._held += line.read(line.in_waiting)
        return bool(self._held)

    def _more(self) -> None:
        with self._cable() as line:
            self._held += line.read(max(1, line.in_waiting))

    def _drop(self) -> None:
        """Forgets what has come so far."""
        end = time.monotonic() + 1.0  # a program that never stops talking is interrupted soon
        with self._cable() as line:
            while line.read(max(1, line.in_waiting)) and time.monotonic() < end:
                pass
        self._held = b""

    def _send(self, data: bytes) -> None:
        with self._cable() as line:
            line.write(data)

    @contextmanager
    def _cable(self) -> Generator[serial.SerialBase]:
        if self._serial is None:
            raise self._lost()
        try:
            yield self._serial
        except LINE_ERRORS:
            raise self._lost() from None

    def _lost(self) -> LostError:
        return LostError(
            (
                (
                    f"Die Platine an {self.port} antwortet nicht mehr; Kabel und Versorgung prüfen und den Befehl "
                    "wiederholen"
                ),
                f"The board at {self.port} does not answer any more; check cable and supply and give the command again",
            )
        )


def _device_error(trace: str) -> DeviceError:
    last = trace.strip().splitlines()[-1] if trace.strip() else "?"
    return DeviceError((f"Die Platine meldet: {last}", f"The board says: {last}"))
