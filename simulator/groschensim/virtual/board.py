# SPDX-License-Identifier: Apache-2.0
"""The virtual board: the hands at it. `Engine` makes it go."""

import select
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from groschensim.virtual.console import INTERRUPT, DeviceError
from groschensim.virtual.engine import POWER_ON, Engine
from groschensim.virtual.schedule import Entry
from groschensim.virtual.serialport import Port

if TYPE_CHECKING:
    from groschensim.models.mifare import MifareClassic1K
    from groschensim.models.sle4428 import Sle4428Chip

__all__ = ["DeviceError", "VirtualBoard"]


class VirtualBoard(Engine):
    """A board with its flash in a folder. It begins without power.

    `heap` is the interpreter's heap, `real` says whether time is the wall's. Where the firmware has done nothing but
    sleep and look for `quiet_ms`, a sleep may last `leap_ms` in place of what was asked for: until something happens.
    `start_s` is what the clock with the battery is set to, `radio` whether the contactless reader is there.
    """

    def __init__(
        self,
        folder: Path,
        *,
        heap: str = "460K",
        real: bool = False,
        leap_ms: int = 0,
        quiet_ms: int = 2000,
        start_s: int | None = None,
        radio: bool = True,
    ) -> None:
        """Take the folder, which is made where it is missing."""
        super().__init__(folder, heap=heap, real=real, leap_ms=leap_ms, quiet_ms=quiet_ms, start_s=start_s, radio=radio)

    # ---- time

    @property
    def now_ms(self) -> int:
        """Milliseconds since the board was made."""
        return self._now_us // 1000

    @property
    def now_us(self) -> int:
        """Microseconds since the board was made."""
        return self._now_us

    def at(self, instant_ms: float, do: Callable[[], object]) -> Entry:
        """Let something happen at an instant, in milliseconds since the board was made, or at once if that is past."""
        with self._lock:
            return self._schedule.at(max(int(instant_ms * 1000), self._now_us), do)

    def after(self, ms: float, do: Callable[[], object]) -> Entry:
        """Let something happen in so many milliseconds."""
        return self.at(self._now_us / 1000 + ms, do)

    def advance(self, ms: float) -> None:
        """Let time pass; the device has then done all that it does until this instant."""
        self.run(None, ms)

    def run_until(self, done: Callable[[], object], timeout_ms: float) -> bool:
        """Let time pass until something is so, asked after each thing that happens; return whether it came to be.

        It is then the instant of that thing. The device itself may be ten milliseconds ahead, if it has asked for
        nothing since.
        """
        return self.run(done, timeout_ms)

    @contextmanager
    def background(self) -> Generator[None]:
        """Let time pass by itself, on a thread, while a block runs: for clients that are other programs."""
        stop = threading.Event()
        failure: list[BaseException] = []

        def serve() -> None:
            try:
                while not stop.is_set():
                    self.advance(5)
                    if not self.real:
                        time.sleep(0.0005)
            except BaseException as error:  # noqa: BLE001 (said by the other thread)
                failure.append(error)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
        if failure:
            raise failure[0]

    # ---- power

    @property
    def console(self) -> bytearray:
        """What the firmware has printed since the board was made."""
        return self._console.printed

    @property
    def powered(self) -> bool:
        """Whether the board has power."""
        return self.device is not None

    def power_on(self) -> None:
        """Switch the power on; the device boots as time passes."""
        with self._lock:
            if not self.device:
                self._controller.begin()
                self.parts.power(True)
                self._boot(POWER_ON, with_main=True)

    def power_off(self, warning_ms: float = 0) -> None:
        """Take the power away: the device ends where it stands; with a warning it had so long before that."""
        if warning_ms:
            self.parts.fail()
            self.advance(warning_ms)
        with self._lock:
            self.quench()

    def cut_at(self, count: int) -> None:
        """Let the power fail after so many bytes more on the memory's bus, addresses included."""
        with self._lock:
            self.parts.cut_after(count)

    def reset(self) -> None:
        """Press the reset button: the device starts anew, the chips keep their power."""
        with self._lock:
            if self.device:
                self._end()
                self._controller.reset()
                self._boot(POWER_ON, with_main=True)

    # ---- the port

    @property
    def port_path(self) -> str:
        """The path of the service port, a serial port for other programs: UART 0, and the REPL while nothing runs."""
        return self._port.path

    def open_modem_port(self) -> str:
        """Give UART 1 a serial port too; return its path."""
        port = self._ports[1]
        if port is None:
            port = self._ports[1] = Port()
            self._poll.register(port, select.POLLIN)
        return port.path

    def send(self, data: bytes, line: int = 0) -> None:
        """Send bytes to a port from within this program; they take their time on the line."""
        with self._lock:
            self._feed(line, data)

    def take(self, line: int = 0) -> bytes:
        """Return all that has come out of a port since the last time."""
        with self._lock:
            data = bytes(self._out[line])
            self._out[line].clear()
            return data

    def read_until(self, end: bytes, timeout_ms: float, line: int = 0) -> bytes:
        """Let time pass until a port has said something; return all up to its end, or what there was in that time."""
        out = self._out[line]
        self.run_until(lambda: end in out, timeout_ms)
        at = out.find(end)
        return self._cut(line, at + len(end) if at >= 0 else len(out))

    def read_count(self, count: int, timeout_ms: float, line: int = 0) -> bytes:
        """Let time pass until a port has said so many bytes; return them, or what there was in that time."""
        out = self._out[line]
        self.run_until(lambda: len(out) >= count, timeout_ms)
        return self._cut(line, count)

    def _cut(self, line: int, count: int) -> bytes:
        with self._lock:
            data = bytes(self._out[line][:count])
            del self._out[line][:count]
            return data

    def interrupt(self) -> None:
        """Break off what runs, as Ctrl-C does on a Pico's USB; then there is the REPL."""
        self.send(INTERRUPT)

    def close(self) -> None:
        """End the device and take the ports away."""
        with self._lock:
            if self.device:
                self._end()
            for number, port in enumerate(self._ports):
                if port:
                    self._poll.unregister(port)
                    port.close()
                    self._ports[number] = None

    def __enter__(self) -> "VirtualBoard":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- people and the mains; see `Parts`

    def flash_files(self, files: Mapping[str, str | bytes]) -> None:
        """Put files onto the flash, by their paths on the device."""
        for name, content in files.items():
            path = self.folder / name.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def pulse(self, count: int = 1, on_ms: float = 30, off_ms: float = 30, bounces: Sequence[int] = ()) -> int:
        """Let pulses fall one after the other; return the millisecond in which the last pause ends."""
        with self._lock:
            return -(-self.parts.pulse(count, on_ms, off_ms, bounces) // 1000)

    def press(self, *keys: int, hold_ms: float = 100, pause_ms: float = 100) -> int:
        """Press keys one after the other, by their numbers in groschen.core.keypad; return when that is done, in ms."""
        with self._lock:
            done_us = self._now_us
            for key in keys:
                done_us = self.parts.press(key, hold_ms, pause_ms)
            return -(-done_us // 1000)

    def insert(self, image: bytearray, chip: str = "sle4428") -> "Sle4428Chip | MifareClassic1K":
        """Put a card into the slot (`sle4428`) or the field (`mifare`); its bytes are changed in place."""
        with self._lock:
            return self.parts.insert(image) if chip == "sle4428" else self.parts.approach(image)

    def pull(self) -> None:
        """Take the card away."""
        with self._lock:
            self.parts.pull()

    def cover(self, opened: bool) -> None:
        """Open the terminal cover, or close it."""
        with self._lock:
            self.parts.cover(opened)

    def plug(self, address: int, present: bool) -> None:
        """Plug the display (0x27) or the keys (0x20) in, or unplug them."""
        with self._lock:
            self.parts.plug(address, present)
            self._plugged = True

    def display_text(self) -> list[str]:
        """Return the display's four lines as a person reads them."""
        return self.parts.display.text()

    @property
    def connected(self) -> bool:
        """Whether the relay's contact is closed."""
        return self.parts.relay.closed

    @property
    def sounding(self) -> bool:
        """Whether the buzzer sounds."""
        return self.parts.buzzer.sounding

    @property
    def memory(self) -> bytearray:
        """The bytes of the memory; changed in place."""
        return self.parts.memory
