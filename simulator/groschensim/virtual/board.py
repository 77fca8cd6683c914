# SPDX-License-Identifier: Apache-2.0
"""The virtual board: a device that is a process, the board around it, and a time of its own.

The board is the master of time. The device asks for it in each sleep; between two questions its own clock runs up to
the horizon that the last answer gave it. In virtual time nothing else makes time pass: two runs with the same stimuli
are the same to the microsecond. In real time the board follows the clock on the wall.
"""

import select
import struct
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from groschensim.errors import RunError
from groschensim.nvm import PowerCut
from groschensim.virtual import protocol
from groschensim.virtual.controller import Controller
from groschensim.virtual.interpreter import Interpreter
from groschensim.virtual.parts import LIVE, Parts
from groschensim.virtual.prompt import Prompt
from groschensim.virtual.schedule import Entry, Schedule
from groschensim.virtual.serialport import Port

if TYPE_CHECKING:
    from groschensim.models.mifare import MifareClassic1K
    from groschensim.models.sle4428 import Sle4428Chip

POWER_ON = 1
WATCHDOG = 3
"""Why a device starts, as machine.reset_cause() has it on the RP2040; a reset by the firmware is the watchdog's."""

_NEVER = (1 << 62) - 1
_AHEAD_US = 5000  # by how much the device may be ahead of the clock on the wall
_SLICE_US = 10_000  # by how much it may be ahead of virtual time while somebody waits for what it does
_STALE_US = 2000  # how old its levels may be there
_INTERRUPT = b"\r\x03"
_PATIENCE_S = 60.0  # for a device that computes and asks nothing
_START_S = 3.0
_RESTARTS = 5  # in a row, of an interpreter that does not even start
_LEAST_S = 0.0005
_INTERRUPT_S = 1.0
_SILENCE_S = 0.05  # after which a device that runs a program may be asked whether it waits for input
_SPIN_S = 1.0  # of computing without asking, after which time passes for a device that does not come to an end
_KEPT = 1 << 20  # of what was printed and nobody has taken
_HEAD = protocol.MESSAGE.size
_TOLD = frozenset(
    (
        protocol.PIN_MODE,
        protocol.PIN_WRITE,
        protocol.PIN_IRQ,
        protocol.I2C_TELL,
        protocol.SPI_WRITE,
        protocol.PWM_SET,
        protocol.WDT_START,
        protocol.WDT_FEED,
        protocol.CLOCK_SET,
        protocol.TIMER_SET,
    )
)
_WARNING_MS = 10


class DeviceError(RunError):
    """A device that does not start, or neither asks nor ends."""


class VirtualBoard:
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
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.heap = heap
        self.real = real
        self.leap_ms = leap_ms
        self.quiet_ms = quiet_ms
        self.console = bytearray()
        """What the firmware has printed since the board was made."""
        self.unique = b"\xe6groschn"
        self.starts: list[int] = []
        """The cause of each start so far; 0 for a soft one."""
        self.questions = 0
        """Messages of the device that were answered."""
        self._now_us = 0
        self._schedule = Schedule()
        self._controller = controller = Controller(self._schedule, self._time, self.stir, self._bite, self._emit)
        self.pins = controller.pins
        self.lines = controller.lines
        self.parts = controller.parts = Parts(
            controller.pins, self._schedule, self._time, self.stir, start_s=start_s, radio=radio
        )
        self._port = Port()
        self._ports: list[Port | None] = [self._port, None]
        self._out = [bytearray(), bytearray()]
        self._device: Interpreter | None = None
        self._inbox = bytearray()
        self._sleep: tuple[int, int] | None = None  # of a question that waits: until when at least, at most
        self._question = 0
        self._state = protocol.REPL
        self._starting = False
        self._failed_starts = 0
        self._prompt = Prompt()
        self._enter_raw = False
        self._answered = (-1, 0)  # instant and levels that the device was told last
        self._holding = False  # input, until the REPL is there
        self._held = bytearray()
        self._interrupt = False  # with the next answer
        self._interrupt_due = 0.0  # the instant on the wall at which it is to be done otherwise
        self._last = b""
        self._stirred_us = 0
        self._leapt: Callable[[], None] | None = None  # ends a leap
        self._plugged = False
        self._cause, self._ticks_us = POWER_ON, 0  # why the device has started, and when its ticks began
        self._limit_us = 0
        self._ahead_us = 0  # by how much the device may be ahead
        self._said = 0.0  # when the device has asked last, on the wall,
        self._computed_s = -1.0  # and what it had computed about then
        self._wall = time.monotonic_ns()
        self._lock = threading.RLock()
        self._poll = select.poll()
        self._poll.register(self._port, select.POLLIN)

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
        self._run(None, ms)

    def run_until(self, done: Callable[[], object], timeout_ms: float) -> bool:
        """Let time pass until something is so, asked after each thing that happens; return whether it came to be.

        It is then the instant of that thing. The device itself may be ten milliseconds ahead, if it has asked for
        nothing since.
        """
        return self._run(done, timeout_ms)

    def _run(self, done: Callable[[], object] | None, timeout_ms: float) -> bool:
        with self._lock:
            end_us = self._now_us + int(timeout_ms * 1000)
            self._ahead_us = _NEVER if done is None else _SLICE_US
            heard = self._heard()
            while True:
                if done and done():
                    self._catch_up()
                    return True
                self._grant(end_us)
                self._work(done)
                if done and done():
                    self._catch_up()
                    return True
                if self._settled(end_us):
                    return bool(done and done())
                if self._listen(self._patience(end_us)):
                    heard = self._heard()
                elif not self.real and time.monotonic() > heard:
                    raise DeviceError(f"the device is stuck: {self._tail()}")

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
    def powered(self) -> bool:
        """Whether the board has power."""
        return self._device is not None

    def power_on(self) -> None:
        """Switch the power on; the device boots as time passes."""
        with self._lock:
            if not self._device:
                self._controller.begin()
                self.parts.power(True)
                self._boot(POWER_ON, with_main=True)

    def power_off(self, warning_ms: float = 0) -> None:
        """Take the power away: the device ends where it stands; with a warning it had so long before that."""
        if warning_ms:
            self.parts.fail()
            self.advance(warning_ms)
        with self._lock:
            if self._device:
                self._end()
                self._controller.reset()
                self.parts.power(False)

    def cut_at(self, count: int) -> None:
        """Let the power fail after so many bytes more on the memory's bus, addresses included."""
        with self._lock:
            self.parts.cut_after(count)

    def reset(self) -> None:
        """Press the reset button: the device starts anew, the chips keep their power."""
        with self._lock:
            if self._device:
                self._end()
                self._controller.reset()
                self._boot(POWER_ON, with_main=True)

    def stir(self) -> None:
        """Note that something happens after which time is not to leap for a while."""
        self._stirred_us = self._now_us

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
            self._arrive(data) if line == 0 else self._feed(1, data)

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
        self.send(_INTERRUPT)

    @property
    def running(self) -> bool:
        """Whether boot.py or main.py runs."""
        return self._device is not None and (self._starting or self._state != protocol.REPL)

    def close(self) -> None:
        """End the device and take the ports away."""
        with self._lock:
            if self._device:
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

    # ---- how time passes

    def _time(self) -> int:
        return self._now_us

    def _elapsed_us(self) -> int:
        return (time.monotonic_ns() - self._wall) // 1000

    def _grant(self, end_us: int) -> None:
        """Say up to when things may happen."""
        if not self.real:
            self._limit_us = end_us
            return
        elapsed = self._elapsed_us()
        if elapsed < self._now_us - 1_000_000:  # time was virtual before
            self._wall -= (self._now_us - elapsed) * 1000
            elapsed = self._now_us
        self._limit_us = min(elapsed, end_us)

    def _reach_us(self) -> int:
        return self._limit_us + (_AHEAD_US if self.real else 0)

    def _pass(self, until_us: int) -> None:
        """Let all happen that is due by an instant, and be there."""
        while entry := self._schedule.take(until_us):
            self._now_us = max(self._now_us, entry.at_us)
            if entry.do:
                entry.do()
        self._now_us = max(self._now_us, until_us)

    def _work(self, done: Callable[[], object] | None) -> None:
        """Serve the device as far as time is granted."""
        while self._device:
            if self._sleep and self._inbox:
                self._sleep = None  # it was broken off
            if self._sleep:
                if not self._slept(*self._sleep):
                    return
            elif not self._serve():
                return
            if done and done():
                return

    def _serve(self) -> bool:
        """Take the device's next message; return False where there is none that is due."""
        inbox = self._inbox
        if len(inbox) < _HEAD:
            return False
        what, argument, length, number, at_us = protocol.MESSAGE.unpack_from(inbox)
        if at_us > self._reach_us() or len(inbox) < _HEAD + length:
            return False
        device = self._device
        self._pass(at_us)
        if self._device is not device:
            return False
        if self.real:
            self._now_us = max(self._now_us, self._limit_us)
        payload = bytes(inbox[_HEAD : _HEAD + length])
        del inbox[: _HEAD + length]
        self._question = number
        try:
            self._act(what, argument, payload)
        except PowerCut:
            self.power_off()
        return True

    def _catch_up(self) -> None:
        """Take what the device has told without asking, at the prompt, before it said what was waited for."""
        if self._state == protocol.REPL:
            self._listen(0)
            while self._inbox and self._inbox[0] in _TOLD and self._serve():
                pass

    def _slept(self, least_us: int, most_us: int) -> bool:
        """Let the device's sleep go on; return whether it has ended."""
        device = self._device
        while True:
            stop_us = min(most_us, self._limit_us)
            at_us = self._schedule.next_us()
            if self._controller.edges or (self._interrupt and not self._starting):
                break
            if at_us is None or at_us > stop_us:
                self._now_us = max(self._now_us, stop_us)
                if stop_us < most_us:
                    return False
                break
            stirred_us = self._stirred_us
            entry = self._schedule.take(stop_us)
            self._now_us = max(self._now_us, at_us)
            if entry and entry.do:
                entry.do()
            if self._device is not device:
                return False
            if self._stirred_us != stirred_us or self._stirred_us == self._now_us:
                most_us = max(least_us, self._now_us)
                self._sleep = (least_us, most_us)
        self._sleep = None
        if self._leapt:
            self._leapt()
            self._leapt = None
        self._answer()
        return True

    def _settled(self, end_us: int) -> bool:
        """Say whether all has happened up to an instant; then it is that instant."""
        over = not self.real or self._elapsed_us() >= end_us
        device = self._device
        if not device or self._sleep or self._due_us() > end_us:
            self._pass(self._limit_us)
        elif self._inbox or not self._rests(device):
            if self.real:
                self._pass(self._limit_us)
            return False
        elif not self._pass_resting(self._limit_us):
            return False
        return over and self._device is device

    def _pass_resting(self, until_us: int) -> bool:
        """Let time pass at the prompt, and stop where the device is to be interrupted."""
        device = self._device
        while True:
            if self._controller.edges and self._prompt.fresh:
                self._poke()
                return False
            at_us = self._schedule.next_us()
            if at_us is None or at_us > until_us:
                self._now_us = max(self._now_us, until_us)
                return True
            self._pass(at_us)
            if self._device is not device:
                return False

    def _due_us(self) -> int:
        """Return the instant of the device's next message, if it has sent one, else 0."""
        if len(self._inbox) < _HEAD:
            return 0
        return int(protocol.MESSAGE.unpack_from(self._inbox)[4])

    def _rests(self, device: Interpreter) -> bool:
        """Say whether time may pass without the device's asking: it waits for input, or computes without an end."""
        silence_s = time.monotonic() - self._said
        if self._starting and silence_s > _START_S and device.waits():
            raise DeviceError(f"the interpreter does not start: {self._tail()}")
        if self._starting or self._prompt.poking:
            return False
        if silence_s < _SILENCE_S:
            self._computed_s = -1.0
            if self._state != protocol.REPL:
                return False
        elif self._computed_s < 0:
            self._computed_s = device.computed_s()
        if silence_s > _SPIN_S and not self._interrupt_due and device.computed_s() > self._computed_s + _SPIN_S:
            return not self._listen(0)
        return device.waits() and not self._listen(0) and device.waits()

    def _patience(self, end_us: int) -> float:
        """Return how long to wait for the device, in seconds."""
        if not self.real:
            return _LEAST_S
        soonest = end_us
        if self._sleep:
            soonest = min(soonest, self._sleep[1])
        at_us = self._schedule.next_us()
        if at_us is not None:
            soonest = min(soonest, at_us)
        if self._due_us():
            soonest = min(soonest, self._due_us() - _AHEAD_US)
        return min(max((soonest - self._elapsed_us()) / 1_000_000, 0.0), 0.01)

    def _heard(self) -> float:
        return time.monotonic() + _PATIENCE_S

    # ---- what comes in

    def _listen(self, timeout_s: float) -> bool:
        """Wait for the device and the ports, take what they say; return whether there was any."""
        some = False
        # The console last in the poll and first here: what the device printed it did before it asked.
        for number, _ in reversed(self._poll.poll(timeout_s * 1000)):
            some = self._take_from(number) or some
        self._break_off()
        for line, port in zip(self.lines, self._ports, strict=True):
            if port:
                port.drain()
                if port.used:
                    line.peer_baud = port.speed()  # a client changes it while it only listens
        return some

    def _take_from(self, number: int) -> bool:
        device = self._device
        if device and number == device.link.fileno():
            try:
                data = device.link.recv(1 << 16)
            except (BlockingIOError, ConnectionResetError):
                data = b""
            if not data:
                self._poll.unregister(number)  # its end follows
            self._said = time.monotonic()
            self._inbox += data
            return bool(data)
        if device and number == device.console.fileno():
            return self._print(device.read_console())
        if device and number == device.ended:
            self._ended(device)
            return True
        for line, port in enumerate(self._ports):
            if port and number == port.fileno():
                data = port.read()
                if self.lines[line].baud:
                    self.lines[line].peer_baud = port.speed()
                self._arrive(data) if line == 0 else self._feed(1, data)
                return bool(data)
        return False

    def _print(self, data: bytes) -> bool:
        """Take what the device prints: to the port, unless the firmware has UART 0 on it."""
        if not data:
            return False
        poking = self._prompt.poking
        shown = self._prompt.printed(data)
        self.console += shown
        del self.console[:-_KEPT]
        if not (self.running and self.lines[0].baud):  # at the REPL a UART may be open: what is typed is answered
            self._emit(0, shown)
        if poking and not self._prompt.poking and self._held:
            held = bytes(self._held)
            self._held.clear()
            self._type(held)
        return True

    def _emit(self, line: int, data: bytes) -> None:
        self._out[line] += data
        del self._out[line][:-_KEPT]
        port = self._ports[line]
        if port:
            port.write(data)

    def _feed(self, line: int, data: bytes) -> None:
        self.lines[line].feed(data)
        self.stir()

    def _arrive(self, data: bytes) -> None:
        """Take bytes at the port: for the REPL, or for what runs, and then the interrupt is not its."""
        if not data or not self._device:
            return
        self.stir()
        if self._holding:
            self._held += data
            return
        if not self.running:
            self._type(data)
            return
        before = self._last
        self._last = data[-1:]
        at = (before + data).find(_INTERRUPT) - len(before)
        if at < -len(before):
            self._hand_over(data)
            return
        self._hand_over(data[: max(at, 0)])
        self._held += data[at + len(_INTERRUPT) :]
        self._holding = self._interrupt = True
        self._interrupt_due = time.monotonic() + _INTERRUPT_S

    def _hand_over(self, data: bytes) -> None:
        if self.lines[0].baud:
            self.lines[0].feed(data)
        elif data:
            self._to_console(data)

    def _type(self, data: bytes) -> None:
        """Send bytes to the REPL, and see to it that Ctrl-C ends what it executes."""
        if self._prompt.poking:
            self._held += data
            return
        if self._prompt.fresh and self._answered != (self._now_us, self.pins.levels):
            self._held += data
            self._poke()
            return
        self._prompt.typed(data)
        self._to_console(data)
        if b"\x03" in data:
            self._interrupt = self._sleep is not None
            self._interrupt_due = time.monotonic() + _INTERRUPT_S / 10

    def _poke(self) -> None:
        """Let the device ask."""
        self._to_console(self._prompt.poke())

    def _to_console(self, data: bytes) -> None:
        device = self._device
        view = memoryview(data)
        deadline = time.monotonic() + _PATIENCE_S
        while device and device is self._device and view:
            try:
                view = view[device.console.send(view) :]
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise DeviceError("the device takes no input") from None
                self._listen(_LEAST_S)
            except (BrokenPipeError, ConnectionResetError):
                return

    def _break_off(self) -> None:
        """Interrupt a device that neither reads nor asks."""
        if not self._interrupt_due or time.monotonic() < self._interrupt_due:
            return
        device = self._device
        self._interrupt_due = time.monotonic() + _INTERRUPT_S if self._holding else 0.0
        if not device or self._starting or not (self._holding or device.unread()):
            return
        if self._sleep:
            self._interrupt = True
        else:
            device.interrupt()
            self._said = time.monotonic()

    # ---- the device's life

    def _boot(self, cause: int, with_main: bool) -> None:
        device = self._device = Interpreter(self.folder, self.heap, with_main)
        for number in (device.ended, device.link.fileno(), device.console.fileno()):
            self._poll.register(number, select.POLLIN)
        if cause:
            self._cause = cause
            self._ticks_us = self._now_us
        self.starts.append(cause)
        self._starting = True
        self._said = time.monotonic()
        self._state = protocol.BOOT
        self._prompt = Prompt()
        self.stir()

    def _end(self) -> None:
        device = self._device
        if not device:
            return
        for number in (device.link.fileno(), device.console.fileno(), device.ended):
            try:
                self._poll.unregister(number)
            except KeyError:
                continue
        self._print(device.read_console())
        device.kill()
        self._device = None
        self._inbox.clear()
        self._held.clear()
        self._sleep = None
        self._holding = self._interrupt = False
        self._interrupt_due = 0.0
        self._leapt = None
        self._controller.forget()

    def _ended(self, device: Interpreter) -> None:
        """Start anew after the interpreter has ended by itself: what was typed was Ctrl-D, or the firmware left."""
        while self._print(device.read_console()):
            pass
        self._failed_starts = self._failed_starts + 1 if self._starting else 0
        if self._failed_starts >= _RESTARTS:
            self._end()
            raise DeviceError(f"the interpreter does not start: {self._tail()}")
        self._restart()

    def _restart(self) -> None:
        raw = self._prompt.raw
        self._end()
        self._emit(0, b"MPY: soft reboot\r\n")
        self._boot(0, with_main=not raw)
        self._enter_raw = raw

    def _bite(self) -> None:
        if self._device:
            self._end()
            self._controller.reset()
            self._boot(WATCHDOG, with_main=True)

    def _tail(self) -> str:
        return self.console[-300:].decode(errors="replace").strip()

    # ---- answers

    def _answer(self, payload: bytes = b"", error: int = 0) -> None:
        device = self._device
        if not device:
            return
        now_us = self._now_us
        flags = 0
        edge = (0, 0, 0)
        if self._plugged:
            flags |= protocol.CHANGED
            self._plugged = False
        if self._interrupt and not self._starting:
            flags |= protocol.INTERRUPTED
            self._interrupt = False
        elif self._controller.edges:
            edge = self._controller.edges.popleft()
        at_us = self._schedule.next_us()
        horizon_us = now_us + _STALE_US if self.real else min(self._limit_us, now_us + self._ahead_us)
        if at_us is not None:
            horizon_us = min(horizon_us, at_us)
        if self._controller.edges:
            horizon_us = now_us
        ask_us = _NEVER
        if self.leap_ms:
            ask_us = max(now_us, self._stirred_us + self.quiet_ms * 1000)
        self.questions += 1
        self._answered = (now_us, self.pins.levels)
        head = protocol.ANSWER.pack(
            len(payload),
            error,
            flags,
            self.pins.levels,
            now_us,
            horizon_us,
            ask_us,
            edge[0],
            edge[1],
            edge[2],
            min(len(self.lines[0].arrived), 0xFFFF),
            min(len(self.lines[1].arrived), 0xFFFF),
            self._question,
        )
        try:
            device.link.send(head + payload)
        except (BrokenPipeError, ConnectionResetError):
            return  # it has just ended

    def _act(self, what: int, argument: int, payload: bytes) -> None:
        """Do what a message says."""
        if what == protocol.SLEEP:
            self._begin_sleep(int.from_bytes(payload, "little"))
        elif what == protocol.STATE:
            self._take_state(argument)
        elif what == protocol.RESET:
            self._restart() if argument == protocol.SOFT else self._bite()
        elif what == protocol.HELLO:
            self._answer(
                struct.pack("<QqB8sI", self._ticks_us, self._controller.epoch_us, self._cause, self.unique, LIVE)
            )
        else:
            try:
                answer = self._controller.handlers[what](argument, payload)
            except OSError as error:
                self._answer(error=error.errno or 0)
            else:
                if answer is not None:
                    self._answer(answer)

    def _begin_sleep(self, least_us: int) -> None:
        most_us = least_us
        if self.leap_ms and self._now_us >= self._stirred_us + self.quiet_ms * 1000:
            most_us = max(least_us, self._now_us + self.leap_ms * 1000)
        if most_us > least_us:
            self._leapt = self._controller.spare(least_us)
        self._sleep = (least_us, most_us)

    def _take_state(self, state: int) -> None:
        """Hear that boot.py or main.py begins, or that there is the REPL now."""
        self._state = state
        self._starting = False
        if state != protocol.REPL:
            self._answer()
            return
        self._holding = self._interrupt = False
        self._interrupt_due = 0.0
        self._failed_starts = 0
        held = bytes(self._held)
        self._held.clear()
        for line in self.lines:
            line.reset()
        self._answer()
        if self._enter_raw:
            self._enter_raw = False
            held = b"\x01" + held
        if held:
            self._type(held)

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
