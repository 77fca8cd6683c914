# SPDX-License-Identifier: Apache-2.0
"""The device's console: between its prompt, or the program that runs, and whoever is at the port."""

import time
from typing import TYPE_CHECKING

from groschensim.errors import RunError
from groschensim.virtual.prompt import Prompt

if TYPE_CHECKING:
    from groschensim.virtual.engine import Engine

INTERRUPT = b"\r\x03"
"""What breaks off a program that runs, as Ctrl-C does on a Pico's USB; IEC 62056-21 never has it."""

_CTRL_A = b"\x01"
_CTRL_C = b"\x03"
_PATIENCE_S = 60.0
_LEAST_S = 0.0005
_INTERRUPT_S = 1.0  # after which a program that computes is interrupted by a signal,
_TYPED_S = 0.1  # and a command at the prompt
_KEPT = 1 << 20  # of what was printed


class DeviceError(RunError):
    """A device that does not start, or neither asks nor ends."""


class Console:
    """One for all the lives of a device."""

    def __init__(self, engine: "Engine") -> None:
        """Take the board's engine, which has the device and its line."""
        self._engine = engine
        self.printed = bytearray()
        """What was printed since the board was made, at most the last MiB."""
        self.prompt = Prompt()
        self.interrupt = False
        """Whether the next answer is to interrupt the device."""
        self._holding = False  # what is typed, until the prompt is there
        self._held = bytearray()
        self._due_s = 0.0  # when, on the wall, an interrupt is to be done by a signal
        self._last = b""
        self._enter_raw = False

    @property
    def interrupting(self) -> bool:
        """Whether an interrupt is on its way that the device has not heard of."""
        return bool(self._due_s)

    def begin(self, raw: bool) -> None:
        """See a device start; `raw` where its prompt is to be the raw one."""
        self.prompt = Prompt()
        self._enter_raw = raw

    def end(self) -> None:
        """See it end."""
        self._held.clear()
        self._holding = self.interrupt = False
        self._due_s = 0.0

    def ready(self) -> None:
        """See it come to its prompt: what was typed before is for that."""
        self._holding = self.interrupt = False
        self._due_s = 0.0
        held = bytes(self._held)
        self._held.clear()
        if self._enter_raw:
            self._enter_raw = False
            held = _CTRL_A + held
        if held:
            self._type(held)

    def show(self, data: bytes) -> bool:
        """Take what the device prints: to the port, unless a program has UART 0 on it; return whether it was any."""
        if not data:
            return False
        engine = self._engine
        poking = self.prompt.poking
        shown = self.prompt.printed(data)
        self.printed += shown
        del self.printed[:-_KEPT]
        if not (engine.running and engine.lines[0].baud):  # at the prompt a UART may be open
            engine.emit(0, shown)
        if poking and not self.prompt.poking and self._held:
            held = bytes(self._held)
            self._held.clear()
            self._type(held)
        return True

    def arrive(self, data: bytes) -> None:
        """Take bytes at the port: for the prompt, or for what runs, and then the interrupt is not its."""
        engine = self._engine
        if not data or not engine.device:
            return
        engine.stir()
        if self._holding:
            self._held += data
            return
        if not engine.running:
            self._type(data)
            return
        before = self._last
        self._last = data[-1:]
        at = (before + data).find(INTERRUPT) - len(before)
        if at < -len(before):
            self._hand_over(data)
            return
        self._hand_over(data[: max(at, 0)])
        self._held += data[at + len(INTERRUPT) :]
        self._holding = self.interrupt = True
        self._due_s = time.monotonic() + _INTERRUPT_S

    def poke(self) -> None:
        """Let a device that waits at its prompt ask."""
        self._send(self.prompt.poke())

    def break_off(self) -> None:
        """Interrupt a device that neither reads nor asks, once that is due."""
        if not self._due_s:
            return
        engine = self._engine
        device = engine.device
        if not self._holding and device and not device.unread():
            self._due_s = 0.0  # the prompt has read it
            return
        if time.monotonic() < self._due_s:
            return
        self._due_s = time.monotonic() + _INTERRUPT_S if self._holding else 0.0
        if not device or engine.starting:
            return
        if engine.sleeping:
            self.interrupt = True
        else:
            device.interrupt()
            engine.note_heard()

    def tail(self) -> str:
        """Return the end of what was printed, for a message."""
        return self.printed[-300:].decode(errors="replace").strip()

    def _hand_over(self, data: bytes) -> None:
        line = self._engine.lines[0]
        if line.baud:
            line.feed(data)
        elif data:
            self._send(data)

    def _type(self, data: bytes) -> None:
        """Send bytes to the prompt, and see to it that Ctrl-C ends what it executes."""
        if self.prompt.poking:
            self._held += data
            return
        if self.prompt.fresh and self._engine.stale:
            self._held += data
            self.poke()
            return
        self.prompt.typed(data)
        self._send(data)
        if _CTRL_C in data:
            self.interrupt = self._engine.sleeping
            self._due_s = time.monotonic() + _TYPED_S

    def _send(self, data: bytes) -> None:
        engine = self._engine
        device = engine.device
        view = memoryview(data)
        deadline = time.monotonic() + _PATIENCE_S
        while device and device is engine.device and view:
            try:
                view = view[device.console.send(view) :]
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise DeviceError("the device takes no input") from None
                engine.listen(_LEAST_S)
            except (BrokenPipeError, ConnectionResetError):
                return
