# SPDX-License-Identifier: Apache-2.0
"""What makes the virtual board go: its time, its device from power to reset, and what passes between the two.

The board is the master of time. The device asks for it in each sleep; between two questions its own clock runs up to
the horizon that the last answer gave it. In virtual time nothing else makes time pass: two runs with the same stimuli
are the same to the microsecond. In real time the board follows the clock on the wall.
"""

import select
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

from groschensim.nvm import PowerCut
from groschensim.virtual import protocol
from groschensim.virtual.console import Console, DeviceError
from groschensim.virtual.controller import Controller
from groschensim.virtual.interpreter import Interpreter
from groschensim.virtual.parts import LIVE, Parts
from groschensim.virtual.schedule import Schedule
from groschensim.virtual.serialport import Port

POWER_ON = 1
WATCHDOG = 3
"""Why a device starts, as machine.reset_cause() has it on the RP2040; a reset by the firmware is the watchdog's."""

_NEVER = (1 << 62) - 1
_AHEAD_US = 5000  # by how much the device may be ahead of the clock on the wall
_STALE_US = 2000  # how old its levels may be there
_SLICE_US = 10_000  # by how much it may be ahead of virtual time while somebody waits for what it does
_PATIENCE_S = 60.0  # for a device that computes and asks nothing
_START_S = 3.0
_RESTARTS = 5  # in a row, of an interpreter that does not even start
_LEAST_S = 0.0005
_SILENCE_S = 0.05  # after which a device that runs a program may be asked whether it waits for input
_SPIN_S = 1.0  # of computing without asking, after which time passes for a device that does not come to an end
_KEPT = 1 << 20  # of what nobody has taken from a port
_HEAD = protocol.MESSAGE.size


class Engine:
    """The board without the hands at it; `VirtualBoard` has those."""

    def __init__(
        self, folder: Path, *, heap: str, real: bool, leap_ms: int, quiet_ms: int, start_s: int | None, radio: bool
    ) -> None:
        """Take what `VirtualBoard` takes."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.heap = heap
        self.real = real
        self.leap_ms = leap_ms
        self.quiet_ms = quiet_ms
        self.unique = b"\xe6groschn"
        self.starts: list[int] = []
        """The cause of each start so far; 0 for a soft one."""
        self.questions = 0
        """Messages of the device that were answered."""
        self.device: Interpreter | None = None
        self.starting = False
        """Whether the interpreter has started and not yet come to boot.py, main.py or the prompt."""
        self._now_us = 0
        self._schedule = Schedule()
        self._controller = controller = Controller(self._schedule, self._time, self.stir, self._bite, self.emit)
        self.pins = controller.pins
        self.lines = controller.lines
        self.parts = controller.parts = Parts(
            controller.pins, self._schedule, self._time, self.stir, start_s=start_s, radio=radio
        )
        self._console = Console(self)
        self._port = Port()
        self._ports: list[Port | None] = [self._port, None]
        self._out = [bytearray(), bytearray()]
        self._inbox = bytearray()
        self._sleep: tuple[int, int] | None = None  # of a question that waits: until when at least, at most
        self._question = 0
        self._state = protocol.REPL
        self._failed_starts = 0
        self._answered = (-1, 0)  # instant and levels that the device was told last
        self._stirred_us = 0
        self._leapt: Callable[[], None] | None = None  # ends a leap
        self._plugged = False
        self._cause, self._ticks_us = POWER_ON, 0  # why the device has started, and when its ticks began
        self._limit_us = 0
        self._ahead_us = 0  # by how much the device may be ahead
        self._said_s = 0.0  # when the device has asked last, on the wall,
        self._computed_s = -1.0  # and what it had computed about then
        self._wall_ns = time.monotonic_ns()
        self._lock = threading.RLock()
        self._poll = select.poll()
        self._poll.register(self._port, select.POLLIN)

    # ---- what the console asks

    @property
    def running(self) -> bool:
        """Whether boot.py or main.py runs."""
        return self.device is not None and (self.starting or self._state != protocol.REPL)

    @property
    def sleeping(self) -> bool:
        """Whether the device waits for a sleep to end."""
        return self._sleep is not None

    @property
    def stale(self) -> bool:
        """Whether the device does not know the present instant or its pins' levels."""
        return self._answered != (self._now_us, self.pins.levels)

    def stir(self) -> None:
        """Note that something happens after which time is not to leap for a while."""
        self._stirred_us = self._now_us

    def note_heard(self) -> None:
        """Give a device that was silent time to come back."""
        self._said_s = time.monotonic()

    def emit(self, line: int, data: bytes) -> None:
        """Let bytes come out of a port."""
        self._out[line] += data
        del self._out[line][:-_KEPT]
        port = self._ports[line]
        if port:
            port.write(data)

    # ---- how time passes

    def run(self, done: Callable[[], object] | None, timeout_ms: float) -> bool:
        """Let time pass until it is over or something is so; return whether it is."""
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
                if self.listen(self._patience(end_us)):
                    heard = self._heard()
                elif not self.real and time.monotonic() > heard:
                    raise DeviceError(f"the device is stuck: {self._console.tail()}")

    def _time(self) -> int:
        return self._now_us

    def _elapsed_us(self) -> int:
        return (time.monotonic_ns() - self._wall_ns) // 1000

    def _grant(self, end_us: int) -> None:
        """Say up to when things may happen."""
        if not self.real:
            self._limit_us = end_us
            return
        elapsed = self._elapsed_us()
        if elapsed < self._now_us - 1_000_000:  # time was virtual before
            self._wall_ns -= (self._now_us - elapsed) * 1000
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
        while self.device:
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
        device = self.device
        self._pass(at_us)
        if self.device is not device:
            return False
        if self.real:
            self._now_us = max(self._now_us, self._limit_us)
        payload = bytes(inbox[_HEAD : _HEAD + length])
        del inbox[: _HEAD + length]
        self._question = number
        try:
            self._act(what, argument, payload)
        except PowerCut:
            self.quench()
        return True

    def _catch_up(self) -> None:
        """Take what the device has told without asking, at the prompt, before it said what was waited for."""
        if self._state == protocol.REPL:
            self.listen(0)
            while self._inbox and self._inbox[0] in protocol.TOLD and self._serve():
                pass

    def _slept(self, least_us: int, most_us: int) -> bool:
        """Let the device's sleep go on; return whether it has ended."""
        device = self.device
        while True:
            stop_us = min(most_us, self._limit_us)
            at_us = self._schedule.next_us()
            if self._controller.edges or (self._console.interrupt and not self.starting):
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
            if self.device is not device:
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
        device = self.device
        if not device or self._sleep or self._due_us() > end_us:
            self._pass(self._limit_us)
        elif self._inbox or not self._rests(device):
            if self.real:
                self._pass(self._limit_us)
            return False
        elif not self._pass_resting(self._limit_us):
            return False
        return over and self.device is device

    def _pass_resting(self, until_us: int) -> bool:
        """Let time pass at the prompt, and stop where the device is to be interrupted."""
        device = self.device
        while True:
            if self._controller.edges and self._console.prompt.fresh:
                self._console.poke()
                return False
            at_us = self._schedule.next_us()
            if at_us is None or at_us > until_us:
                self._now_us = max(self._now_us, until_us)
                return True
            self._pass(at_us)
            if self.device is not device:
                return False

    def _due_us(self) -> int:
        """Return the instant of the device's next message, if it has sent one, else 0."""
        if len(self._inbox) < _HEAD:
            return 0
        return int(protocol.MESSAGE.unpack_from(self._inbox)[4])

    def _rests(self, device: Interpreter) -> bool:
        """Say whether time may pass without the device's asking: it waits for input, or computes without an end."""
        silence_s = time.monotonic() - self._said_s
        if self.starting and silence_s > _START_S and device.waits():
            raise DeviceError(f"the interpreter does not start: {self._console.tail()}")
        if self.starting or self._console.prompt.poking:
            return False
        if silence_s < _SILENCE_S:
            self._computed_s = -1.0
            if self._state != protocol.REPL:
                return False
        elif self._computed_s < 0:
            self._computed_s = device.computed_s()
        if silence_s > _SPIN_S and not self._console.interrupting and device.computed_s() > self._computed_s + _SPIN_S:
            return not self.listen(0)
        return device.waits() and not self.listen(0)  # in this order: what it asked before is heard now

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

    def listen(self, timeout_s: float) -> bool:
        """Wait for the device and the ports, take what they say; return whether there was any."""
        some = False
        # The console last in the poll and first here: what the device printed it did before it asked.
        for number, _ in reversed(self._poll.poll(timeout_s * 1000)):
            some = self._take_from(number) or some
        self._console.break_off()
        for line, port in zip(self.lines, self._ports, strict=True):
            if port:
                port.drain()
                if port.used:
                    line.peer_baud = port.speed()  # a client changes it while it only listens
        return some

    def _take_from(self, number: int) -> bool:
        device = self.device
        if device and number == device.link.fileno():
            try:
                data = device.link.recv(1 << 16)
            except (BlockingIOError, ConnectionResetError):
                data = b""
            if not data:
                self._poll.unregister(number)  # its end follows
            self.note_heard()
            self._inbox += data
            return bool(data)
        if device and number == device.console.fileno():
            return self._console.show(device.read_console())
        if device and number == device.ended:
            self._ended(device)
            return True
        for at, port in enumerate(self._ports):
            if port and number == port.fileno():
                data = port.read()
                line = self.lines[at]
                line.peer_baud = port.sent_at if port.used else 0
                self._feed(at, data)
                return bool(data)
        return False

    def _feed(self, line: int, data: bytes) -> None:
        """Take bytes at a port."""
        if line == 0:
            self._console.arrive(data)
        else:
            self.stir()
            self.lines[line].feed(data)

    # ---- the device's life

    def quench(self) -> None:
        """Take the power away at once."""
        if self.device:
            self._end()
            self._controller.reset()
            self.parts.power(False)

    def _boot(self, cause: int, with_main: bool, raw: bool = False) -> None:
        device = self.device = Interpreter(self.folder, self.heap, with_main)
        for number in (device.ended, device.link.fileno(), device.console.fileno()):
            self._poll.register(number, select.POLLIN)
        if cause:
            self._cause = cause
            self._ticks_us = self._now_us
        self.starts.append(cause)
        self.starting = True
        self._state = protocol.BOOT
        self._console.begin(raw)
        self.note_heard()
        self.stir()

    def _end(self) -> None:
        device = self.device
        if not device:
            return
        for number in (device.link.fileno(), device.console.fileno(), device.ended):
            try:
                self._poll.unregister(number)
            except KeyError:
                continue
        self._console.show(device.read_console())
        device.kill()
        self.device = None
        self._console.end()
        self._inbox.clear()
        self._sleep = None
        self._leapt = None
        self._controller.forget()

    def _ended(self, device: Interpreter) -> None:
        """Start anew after the interpreter has ended by itself: what was typed was Ctrl-D, or the firmware left."""
        while self._console.show(device.read_console()):
            pass
        self._failed_starts = self._failed_starts + 1 if self.starting else 0
        if self._failed_starts >= _RESTARTS:
            self._end()
            raise DeviceError(f"the interpreter does not start: {self._console.tail()}")
        self._restart()

    def _restart(self) -> None:
        """Start anew softly: at the raw prompt without main.py, where it was that."""
        raw = self._console.prompt.raw
        self._end()
        self.emit(0, b"MPY: soft reboot\r\n")
        self._boot(0, with_main=not raw, raw=raw)

    def _bite(self) -> None:
        """Reset the device, as the watchdog does."""
        if self.device:
            self._end()
            self._controller.reset()
            self._boot(WATCHDOG, with_main=True)

    # ---- answers

    def _answer(self, payload: bytes = b"", error: int = 0) -> None:
        device = self.device
        if not device:
            return
        now_us = self._now_us
        flags = 0
        edge = (0, 0, 0)
        if self._plugged:
            flags |= protocol.CHANGED
            self._plugged = False
        if self._console.interrupt and not self.starting:
            flags |= protocol.INTERRUPTED
            self._console.interrupt = False
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
            self._begin_sleep(int.from_bytes(payload, "little"), argument == protocol.REST)
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

    def _begin_sleep(self, least_us: int, rests: bool) -> None:
        most_us = least_us
        if rests and self.leap_ms and self._now_us >= self._stirred_us + self.quiet_ms * 1000:
            most_us = max(least_us, self._now_us + self.leap_ms * 1000)
        if most_us > least_us:
            self._leapt = self._controller.spare(least_us)
        self._sleep = (least_us, most_us)

    def _take_state(self, state: int) -> None:
        """Hear that boot.py or main.py begins, or that there is the REPL now."""
        self._state = state
        self.starting = False
        if state != protocol.REPL:
            self._answer()
            return
        self._failed_starts = 0
        for line in self.lines:
            line.reset()
        self._console.interrupt = False
        self._answer()
        self._console.ready()
