# SPDX-License-Identifier: Apache-2.0
"""What the device suite asks of a board, whichever it is."""

import textwrap
from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

REPL = "repl"  # a raw REPL answers
FILES = "files"  # there is a file system
FLASH = "flash"  # files can be put there while the board has no power
PORT = "port"  # the UART of the service port is in reach
PULSES = "pulses"  # pulses can be sent
POWER = "power"  # power can be switched
CUT = "cut"  # ... and cut after a byte of the memory's bus
PARTS = "parts"  # the chips are models that can be looked at: cards, keys, display, relay
VIRTUAL = "virtual-time"  # time passes only where it is let pass, and exactly

_RAW = b"raw REPL; CTRL-B to exit\r\n>"
_PATIENCE_MS = 20_000
_CHUNK = 384


class ProgramError(AssertionError):
    """What a program on the device raised."""


def needs(*caps: str) -> pytest.MarkDecorator:
    """Mark a test that needs capabilities; without them it is skipped, and says which."""
    return pytest.mark.needs(*caps)


class Board(ABC):
    """A board with MicroPython; times are the device's milliseconds."""

    name: str
    caps: frozenset[str]

    # ---- the console

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Send bytes to the console, which is the REPL's while nothing runs."""

    @abstractmethod
    def read_until(self, end: bytes, timeout_ms: float) -> bytes:
        """Return what the console says up to and with `end`, or all that it said in that time."""

    @property
    def console(self) -> bytes:
        """All that the console has said and nobody has read."""
        raise NotImplementedError

    # ---- time and power

    @abstractmethod
    def advance(self, ms: float) -> None:
        """Let time pass."""

    def power_on(self) -> None:
        """Switch the power on; the device boots as time passes."""
        raise NotImplementedError

    def power_off(self, warning_ms: float = 0) -> None:
        """Take the power away, with a warning before it or without."""
        raise NotImplementedError

    def flash_files(self, files: Mapping[str, bytes]) -> None:
        """Put files onto the flash of a board without power."""
        raise NotImplementedError

    def cut_at(self, count: int) -> None:
        """Let the power fail after so many bytes more on the memory's bus."""
        raise NotImplementedError

    @property
    def powered(self) -> bool:
        """Whether the board has power."""
        return True

    # ---- what people and the mains do

    def pulse(self, count: int = 1, on_ms: float = 30, off_ms: float = 30, bounces: Sequence[int] = ()) -> None:
        """Send pulses, one after the other as time passes."""
        raise NotImplementedError

    def at(self, instant_ms: float, do: Callable[[], object]) -> None:
        """Let something happen at an instant of the board's time."""
        raise NotImplementedError

    @property
    def now_ms(self) -> float:
        """The board's time."""
        raise NotImplementedError

    @property
    def parts(self) -> Any:
        """The models of the chips: `groschensim.virtual.parts.Parts`."""
        raise NotImplementedError

    def send(self, data: bytes) -> None:
        """Send bytes to the service port's UART."""
        raise NotImplementedError

    def receive_until(self, end: bytes, timeout_ms: float) -> bytes:
        """Return what the service port's UART says up to and with `end`."""
        raise NotImplementedError

    @abstractmethod
    def close(self) -> None:
        """Let go of it."""

    # ---- the raw REPL; MicroPython's documentation, "The MicroPython Interactive Interpreter Mode"

    def enter(self) -> None:
        """Interrupt what runs, and be at the raw REPL."""
        for _ in range(3):
            self.write(b"\r\x03\r\x01")
            if self.read_until(_RAW, 2000).endswith(_RAW):
                return
        raise AssertionError("no raw REPL")

    def run(self, program: str, timeout_ms: float = _PATIENCE_MS) -> str:
        """Run a program at the raw REPL, and return what it prints; ProgramError where it raises."""
        self.begin(program)
        return self.finish(timeout_ms)

    def begin(self, program: str) -> None:
        """Start a program at the raw REPL."""
        self.write(b"\x05A\x01")
        answer = self.read_until(b"\x01", 2000)
        assert answer.endswith(b"R\x01"), answer
        window = int.from_bytes(self._take(2), "little")
        code = textwrap.dedent(program).encode()
        room = window
        for at in range(0, len(code), window):
            while not room:
                assert self._take(1) == b"\x01"
                room += window
            self.write(code[at : at + window])
            room = 0
        self.write(b"\x04")
        self.read_until(b"\x04", 2000)  # it is taken

    def finish(self, timeout_ms: float = _PATIENCE_MS) -> str:
        """Return what the program has printed; ProgramError where it raised or does not end."""
        said = self.read_until(b"\x04", timeout_ms)
        if not said.endswith(b"\x04"):
            raise ProgramError(f"the program goes on: {said[-200:]!r}")
        error = self.read_until(b"\x04", 2000)[:-1]
        self.read_until(b">", 2000)
        if error:
            raise ProgramError(error.decode(errors="replace"))
        return said[:-1].decode(errors="replace").replace("\r\n", "\n")

    def _take(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.read_count(count - len(data), 2000)
            assert more, "the device says nothing"
            data += more
        return data

    @abstractmethod
    def read_count(self, count: int, timeout_ms: float) -> bytes:
        """Return so many bytes of the console, or what there was in that time."""

    def soft_reset(self) -> None:
        """Start MicroPython anew, with boot.py and without main.py, and be at the raw REPL."""
        self.write(b"\x04")
        assert self.read_until(b"soft reboot\r\n", _PATIENCE_MS).endswith(b"soft reboot\r\n")
        assert self.read_until(_RAW, _PATIENCE_MS).endswith(_RAW)

    def hard_reset(self) -> None:
        """Reset the board by its program; main.py runs then."""
        self.begin("import machine\nmachine.reset()")
        self.advance(1000)

    def install(self, files: Mapping[str, bytes]) -> None:
        """Put files onto the flash, by their paths; the board is at the raw REPL."""
        self.run(
            """
            import os
            from binascii import a2b_base64
            def put(path, data, mode):
                at = path.find("/")
                while at > 0:
                    try:
                        os.mkdir(path[:at])
                    except OSError:
                        pass
                    at = path.find("/", at + 1)
                with open(path, mode) as file:
                    file.write(a2b_base64(data))
            """
        )
        for path, data in files.items():
            for at in range(0, len(data) or 1, _CHUNK):
                text = b64encode(data[at : at + _CHUNK])
                self.run(f"put({path!r}, {text!r}, {'ab' if at else 'wb'!r})")
