# SPDX-License-Identifier: Apache-2.0
"""A board at a serial port, in real time; and what a second board, wired to it, can do to it."""

import time
from collections.abc import Sequence

import serial

from tests.device.board import FILES, POWER, PULSES, REPL, Board

_TICK_S = 0.01
_BACK_S = 15.0  # a board is gone from USB for a while after a reset

# What the second board's pins are wired to: docs/device-tests.md.
FIXTURE = """
import time
from machine import Pin
s0 = Pin(2, Pin.OPEN_DRAIN, value=1)
power = Pin(3, Pin.OUT, value=1)
def pulse(count, on_ms, off_ms, bounces):
    for _ in range(count):
        for level, ms in ((0, on_ms), (1, off_ms)):
            begin = time.ticks_us()
            s0.value(level)
            for us in bounces:
                time.sleep_us(us)
                level = 1 - level
                s0.value(level)
            time.sleep_us(max(0, ms * 1000 - time.ticks_diff(time.ticks_us(), begin)))
"""


class Console:
    """The console of a board at a port, which is opened anew where a reset took it away."""

    def __init__(self, port: str) -> None:
        self._port = port
        self._held = b""
        self._serial = self._opened()

    def write(self, data: bytes) -> None:
        """Send bytes."""
        try:
            self._serial.write(data)
        except serial.SerialException:
            self._serial.close()
            self._serial = self._opened()
            self._serial.write(data)

    def wait(self, done: "int | bytes", timeout_ms: float) -> bytes:
        """Return what comes up to some bytes, or so many bytes, or what there was in that time."""
        end_s = time.monotonic() + timeout_ms / 1000
        while True:
            at = self._held.find(done) if isinstance(done, bytes) else len(self._held) - done
            if at >= 0 or time.monotonic() > end_s:
                break
            self._more()
        count = len(self._held) if at < 0 else at + len(done) if isinstance(done, bytes) else done
        data, self._held = self._held[:count], self._held[count:]
        return data

    def close(self) -> None:
        """Let the port go."""
        self._serial.close()

    def _more(self) -> None:
        try:
            self._held += self._serial.read(max(1, self._serial.in_waiting))
        except (serial.SerialException, OSError):
            self._serial.close()
            self._serial = self._opened()

    def _opened(self) -> serial.Serial:
        end_s = time.monotonic() + _BACK_S
        while True:
            try:
                return serial.Serial(self._port, 115_200, timeout=_TICK_S)
            except serial.SerialException:
                if time.monotonic() > end_s:
                    raise
                time.sleep(0.1)


class _Wired(Board):
    """A board whose console is a serial port."""

    def __init__(self, port: str) -> None:
        self._console = Console(port)

    def write(self, data: bytes) -> None:
        self._console.write(data)

    def read_until(self, end: bytes, timeout_ms: float) -> bytes:
        return self._console.wait(end, timeout_ms)

    def read_count(self, count: int, timeout_ms: float) -> bytes:
        return self._console.wait(count, timeout_ms)

    def advance(self, ms: float) -> None:
        time.sleep(ms / 1000)

    def close(self) -> None:
        self._console.close()


class FixtureBoard(_Wired):
    """The second board, which plays the mains and the measuring element."""

    name = "fixture"
    caps = frozenset({REPL})

    def __init__(self, port: str) -> None:
        super().__init__(port)
        self.enter()
        self.run(FIXTURE)


class TtyBoard(_Wired):
    """The board under test. Without a fixture it is its own console and no more; it has power all the time."""

    name = "tty"
    caps = frozenset({REPL, FILES})

    def __init__(self, port: str, fixture: str | None = None) -> None:
        super().__init__(port)
        self._fixture = FixtureBoard(fixture.partition(":")[2] or fixture) if fixture else None
        self._on = True
        if self._fixture:
            self.caps = self.caps | {PULSES, POWER}

    def power_on(self) -> None:
        self._power(True)

    def power_off(self, warning_ms: float = 0) -> None:
        if warning_ms:
            raise NotImplementedError("the fixture gives no warning: the supply does")
        self._power(False)

    @property
    def powered(self) -> bool:
        return self._on

    def pulse(self, count: int = 1, on_ms: float = 30, off_ms: float = 30, bounces: Sequence[int] = ()) -> None:
        self._other().begin(f"pulse({count}, {on_ms}, {off_ms}, {tuple(bounces)})")
        self._other().finish(count * (on_ms + off_ms) + 5000)

    def close(self) -> None:
        super().close()
        if self._fixture:
            self._fixture.close()

    def _power(self, on: bool) -> None:
        self._other().run(f"power.value({int(on)})")
        self._on = on

    def _other(self) -> FixtureBoard:
        if not self._fixture:
            raise NotImplementedError("there is no fixture")
        return self._fixture
