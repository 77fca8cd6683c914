# SPDX-License-Identifier: Apache-2.0
"""The device's end of the line to the process that holds the board: time, pins and buses.

Runs on MicroPython's unix port alone, below the shims `machine` and `time`. A message is a header of 13 bytes - what,
argument, length, number of the question, instant in microseconds - and its payload. What needs no answer is collected
and sent with the next question; each answer brings the instant, the levels of the pins, and the instant until which
nothing of that changes by itself. Until then the device lets time pass without asking.
"""

import os
import sys
from struct import pack_into, unpack_from

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# What is asked or told; groschensim.virtual.protocol has the same numbers, and a test compares them.
SYNC = 0
SLEEP = 1
PIN_MODE = 2
PIN_WRITE = 3
PIN_IRQ = 4
I2C_OPEN = 5
I2C_WRITE = 6
I2C_TELL = 7
I2C_READ = 8
I2C_READ_FROM = 9
SPI_WRITE = 10
SPI_EXCHANGE = 11
UART_OPEN = 12
UART_READ = 13
UART_WRITE = 14
UART_SENT = 15
PWM_SET = 16
WDT_START = 17
WDT_FEED = 18
STATE = 19
RESET = 20
CLOCK_SET = 21
HELLO = 22
TIMER_SET = 23

# Arguments of SLEEP, STATE and RESET.
REST = 0
COMPUTE = 1
BOOT = 0
MAIN = 1
REPL = 2
HARD = 0
SOFT = 1

_HEADER = const(13)
_ANSWER = const(53)
_SIZE = const(8192)
_INTERRUPTED = const(1)
_CHANGED = const(2)
_TIMER = const(0x80000000)
_PINS = const(30)
_SHORT_US = const(1000)  # a shorter sleep is a delay between edges, and is not asked for

FALLING = 4
RISING = 8


class Link:
    """The line, the device's own idea of the time, and what it knows of its pins."""

    def __init__(self, number: int) -> None:
        self._line = open(number, "r+b")  # noqa: SIM115 (for as long as the device has power)
        self._out = bytearray(_SIZE)
        self._used: int = 0
        self._told: bool = False  # something since the last question, so that events may come before the horizon
        self._head = bytearray(_ANSWER)
        self.now: int = 0  # microseconds since the board was made
        self.horizon: int = 0  # until when levels and counts hold
        self._ask_from: int = 0  # from when on a sleep may become longer than it was asked for
        self.levels: int = 0  # of the pins, a bit each
        self.waiting = [0, 0]  # bytes that each UART has received
        self.prompt: bool = False
        """Whether the program is a person's at the REPL: nobody knows when the next question comes."""
        self.live: int = 0  # pins that may answer at once to what the device drives
        self.plugged: int = 0  # how often a chip was plugged in or unplugged
        self.timers: "dict[int, Callable[[], object]]" = {}
        self.handlers: "list[tuple[Callable[[Any], object], int, Any] | None]" = [None] * _PINS
        self.masked: bool = False
        self._missed: "list[tuple[int, int, int]]" = []
        self._handling: bool = False
        self._number: int = 0

    def tell(self, what: int, argument: int, payload: "bytes | bytearray | memoryview" = b"") -> None:
        """Send what needs no answer, with what follows it."""
        if self.now >= self.horizon and not self._handling:
            self.ask(SYNC, 0)
        self._put(what, argument, payload)
        self._told = True
        if self.prompt:
            self._flush()

    def ask(
        self,
        what: int,
        argument: int,
        payload: "bytes | bytearray | memoryview" = b"",
        into: "bytearray | memoryview | None" = None,
    ) -> int:
        """Send a question, take the answer and its payload, and serve the interrupts that it brings.

        Return the length of the payload, which is left in `into`; raise OSError where the answer is an error.
        """
        self._number = self._number + 1 & 0xFF
        self._told = False
        self._put(what, argument, payload)
        self._flush()
        head = self._head
        while True:
            if self._line.readinto(head) != _ANSWER:
                sys.exit(1)  # the board is gone
            answer = unpack_from("<HBBIQQQQIIHHB", head)
            length: int = answer[0]
            if length and into is not None and length <= len(into):
                self._line.readinto(memoryview(into)[:length])
            elif length:
                self._line.read(length)
            if answer[12] == self._number:
                break  # else it answers a question that an interrupt has broken off
        self._learn(answer)
        if answer[2] & _INTERRUPTED:
            raise KeyboardInterrupt
        if answer[1]:
            raise OSError(answer[1])
        return length

    def _learn(self, answer: "tuple[int, ...]") -> None:
        """Take what an answer says of the board, and serve the interrupts that it brings."""
        self.levels = answer[3]
        self.now = answer[4]
        self.horizon = answer[5]
        self._ask_from = answer[6]
        self.waiting[0] = answer[10]
        self.waiting[1] = answer[11]
        if answer[2] & _CHANGED:
            self.plugged += 1
        if answer[8] == _TIMER:
            self._timer(answer[9])
        elif answer[8] or answer[9]:
            self._interrupt(answer[7], answer[8], answer[9])

    def look(self) -> None:
        """Ask for what is not known any more, as time has passed."""
        if self.now >= self.horizon and not self._handling:
            self.ask(SYNC, 0)

    def level(self, pin: int) -> int:
        """Return a pin's level."""
        if (self.now >= self.horizon or (self._told and self.live >> pin & 1)) and not self._handling:
            self.ask(SYNC, 0)
        return self.levels >> pin & 1

    def spend(self, time_us: int) -> None:
        """Let the time pass that a call takes."""
        self.now += time_us

    def sleep(self, time_us: int) -> None:
        """Let time pass, at least so long."""
        until = self.now + time_us
        if self._handling:
            self.now = until
            return
        if until <= self.horizon and (time_us < _SHORT_US or (not self._told and until <= self._ask_from)):
            self.now = until
            return
        payload = bytearray(8)
        pack_into("<Q", payload, 0, until)
        while self.now < until:
            self.ask(SLEEP, REST, payload)

    def compute(self, time_us: int) -> None:
        """Let the time of a piece of work pass: interrupts come, and nothing is leapt over."""
        until = self.now + time_us
        if self._handling or (until <= self.horizon and not self._told):
            self.now = until
            return
        payload = bytearray(8)
        pack_into("<Q", payload, 0, until)
        while self.now < until:
            self.ask(SLEEP, COMPUTE, payload)

    def mask(self, masked: bool) -> bool:
        """Hold interrupts back, or let them come; return how it was."""
        before = self.masked
        self.masked = masked
        while self._missed and not self.masked:
            at, fall, rise = self._missed.pop(0)
            self._interrupt(at, fall, rise)
        return before

    def _put(self, what: int, argument: int, payload: "bytes | bytearray | memoryview") -> None:
        length = len(payload)
        if self._used + _HEADER + length > _SIZE:
            self._flush()
        used = self._used
        pack_into("<BBHBQ", self._out, used, what, argument, length, self._number, self.now)
        used += _HEADER
        self._out[used : used + length] = payload
        self._used = used + length

    def _flush(self) -> None:
        self._line.write(memoryview(self._out)[: self._used])
        self._used = 0

    def _timer(self, number: int) -> None:
        # As on the Pico not at once but where the program lets it, and one after the other.
        call = self.timers.get(number)
        if call:
            call()

    def _interrupt(self, at: int, fall: int, rise: int) -> None:
        if self.masked:
            self._missed.append((at, fall, rise))
            return
        now, levels = self.now, self.levels
        self.now = min(at, now)  # a handler sees the instant of its edge, and the level that it led to
        self.levels = levels & ~fall | rise
        self._handling = True
        try:
            for pin in range(_PINS):
                entry = self.handlers[pin]
                if entry and ((fall >> pin & 1 and entry[1] & FALLING) or (rise >> pin & 1 and entry[1] & RISING)):
                    entry[0](entry[2])
        finally:
            self._handling = False
            self.now = max(now, self.now)
            self.levels = levels


def _number() -> int:
    return int(os.getenv("GROSCHEN_LINK") or "-1")


link = Link(_number())
