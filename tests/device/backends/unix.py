# SPDX-License-Identifier: Apache-2.0
"""The virtual board as a board of the suite: MicroPython's unix port in virtual time."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from groschensim.virtual.board import VirtualBoard
from groschensim.virtual.parts import Parts
from tests.device.board import CUT, FILES, FLASH, PARTS, PORT, POWER, PULSES, REPL, VIRTUAL, Board


class UnixBoard(Board):
    """Console and service port are one and the same serial port here: the port's while main.py has its UART open."""

    name = "unix"
    caps = frozenset({REPL, FILES, FLASH, PORT, PULSES, POWER, CUT, PARTS, VIRTUAL})

    def __init__(self, flash: Path, heap: str = "460K", start_s: int | None = None) -> None:
        self.virtual = VirtualBoard(flash, heap=heap, start_s=start_s)

    def write(self, data: bytes) -> None:
        self.virtual.send(data)

    def read_until(self, end: bytes, timeout_ms: float) -> bytes:
        return self.virtual.read_until(end, timeout_ms)

    def read_count(self, count: int, timeout_ms: float) -> bytes:
        return self.virtual.read_count(count, timeout_ms)

    @property
    def console(self) -> bytes:
        return bytes(self.virtual.console)

    def advance(self, ms: float) -> None:
        self.virtual.advance(ms)

    def power_on(self) -> None:
        self.virtual.power_on()

    def power_off(self, warning_ms: float = 0) -> None:
        self.virtual.power_off(warning_ms)

    def cut_at(self, count: int) -> None:
        self.virtual.cut_at(count)

    @property
    def powered(self) -> bool:
        return self.virtual.powered

    def pulse(self, count: int = 1, on_ms: float = 30, off_ms: float = 30, bounces: Sequence[int] = ()) -> None:
        self.virtual.pulse(count, on_ms, off_ms, bounces)

    def at(self, instant_ms: float, do: Callable[[], object]) -> None:
        self.virtual.at(instant_ms, do)

    @property
    def now_ms(self) -> float:
        return self.virtual.now_us / 1000

    @property
    def parts(self) -> Parts:
        return self.virtual.parts

    send = write
    receive_until = read_until

    def flash_files(self, files: Mapping[str, bytes]) -> None:
        self.virtual.flash_files(files)

    install = flash_files

    def close(self) -> None:
        self.virtual.close()
