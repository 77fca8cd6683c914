# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# The stubs of open() and os leave types open.
"""The meter's main program: one loop of steps over what the board offers, watched by the watchdog.

A fault of the program never switches the supply: the relay latches, the fault goes into the log, and the meter begins
anew with what its memory keeps and with the pulses that the interrupt has counted meanwhile. Faults that come again
and again start the whole board anew; a release on trial has no second chance before that.
"""

import gc
import sys
from os import remove
from time import sleep_ms, ticks_ms

import machine
import pins
from board import Board
from boot import ACTIVE, FAILED, ROLLED_BACK, write
from identity import read_identity
from micropython import kbd_intr

from groschen import VERSION
from groschen.core import events
from groschen.core.device import Device
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from identity import Identity

_PAUSE_MS = const(5)  # between two steps
_GOOD_S = const(60)  # a release that has run so long has run well
_LOOK_S = const(60)  # how often the free memory is looked at, which takes 8 ms
_FREE = const(32_768)  # bytes: a card's exchange leaves as much garbage
_TELL_S = const(10)  # so long it tells the console, once a second: a USB line may be heard late
_FAULTS = const(3)  # in a row, each within that time
_SERVICE_S = const(900)  # how long somebody at the console may keep the loop from running
_SERVICE_STEP_MS = const(100)
_CTRL_C = const(3)


_now: "Callable[[], Any]" = ticks_ms  # the stubs' ticks are no integers


class Program:
    """The meter's program from one start of the board to the next."""

    def __init__(self, board: Board, identity: "Identity") -> None:
        self._board = board
        self._identity = identity
        self._state: str = _active()[1]
        self._faults: int = 0
        self._settled: bool = False
        self.watchdog = board.watchdog()
        self.device = self._begin(-1, False)
        if self._state == "trial" and not self.device.sticks:
            raise OSError("a memory that this release cannot read")  # the one before may; nothing was moved or written
        if machine.reset_cause() == machine.WDT_RESET:
            self.device.meter.note_event(events.POWER, events.POWER_RESTART)
        if _remove(ROLLED_BACK):
            self.device.note_fault(events.ERROR_ROLLBACK)

    def measure(self) -> None:
        """Measure once, while the meter is not whole yet."""
        self.device.measure(_now())

    def run(self) -> None:
        """Run for ever."""
        while True:
            try:
                self._loop()
            except Exception as error:
                self._recover(error)

    def _loop(self) -> None:
        device = self.device
        watchdog = self.watchdog
        uptime = self._board.clock.uptime
        since = looked = uptime()
        busy = False
        while True:
            if device.step(_now()):
                watchdog.feed()
                if uptime() - looked >= _LOOK_S:
                    looked = uptime()
                    if gc.mem_free() < _FREE:
                        _collect()
                if not self._settled:
                    passed = uptime() - since
                    if passed < _TELL_S:
                        print("the meter runs")
                    elif passed >= _GOOD_S:
                        self._settle()
            if busy and not device.busy():
                _collect()
            busy = device.busy()
            if not device.exchanging():
                sleep_ms(_PAUSE_MS)

    def _begin(self, origin: int, whole: bool) -> Device:
        identity = self._identity
        return Device(
            self._board,
            identity.keys,
            identity.imp,
            identity.zone,
            VERSION,
            origin,
            whole,
            self.watchdog.feed,
        )

    def _settle(self) -> None:
        """Say that the release runs well."""
        self._settled = True
        self._faults = 0
        _remove(FAILED)
        if self._state != "good":
            self._state = "good"
            write(ACTIVE, _active()[0] + " good")

    def _recover(self, error: Exception) -> None:
        """Begin anew with what the memory keeps, the relay being left as it is."""
        self._faults += 1
        self._settled = False
        _tell(error)
        if self._state == "trial" or self._faults > _FAULTS:
            machine.reset()
        self.begin_anew()
        self.device.note_fault(events.ERROR_CRASH)

    def begin_anew(self) -> None:
        """Go on with what the memory keeps and every pulse since, as what was broken off may have been half done."""
        origin = self.device.origin
        del self.device
        gc.collect()
        self.device = self._begin(origin, True)
        _collect()


def _collect() -> None:
    """Collect garbage while the loop is at rest, so that none has to be collected within a step.

    MicroPython takes the frame of a larger function from the heap, and looks for room from where it found some for the
    last object of 16 bytes. A collection sends it back to the heap's begin, all the way through the code at each such
    call, until there is another such object.
    """
    gc.collect()
    _place.clear()
    _place.append((_place,))


_place: "list[object]" = []


def _active() -> "list[str]":
    with open(ACTIVE) as file:
        words: "list[str]" = file.read().split()
        return words


def _remove(path: str) -> bool:
    try:
        remove(path)
    except OSError:
        return False
    return True


def _tell(error: Exception) -> None:
    """Leave what happened for the technician: on the console, and in `/crash.txt` until the next fault."""
    sys.print_exception(error)
    with open("crash.txt", "w") as file:
        sys.print_exception(error, file)


def serve(program: Program) -> None:
    """Go on measuring, by a timer, while somebody at the console has interrupted the loop: a quarter of an hour."""
    global timer
    left = _SERVICE_S * 1000 // _SERVICE_STEP_MS

    def step(_timer: "machine.Timer") -> None:
        nonlocal left
        left -= 1
        program.device.measure(_now())
        if left > 0:
            program.watchdog.feed()

    timer = machine.Timer(pins.TIMER, period=_SERVICE_STEP_MS, mode=machine.Timer.PERIODIC, callback=step)


program: "Program | None" = None
timer: "machine.Timer | None" = None  # one that nobody holds ends with the next collection of garbage, on a Pico


def keep() -> None:
    """End the measuring, which must not come in between, and keep everything up to the last pulse."""
    if timer:
        timer.deinit()
    if program:
        program.device.flush()


def start(board: Board, load: "Callable[[Callable[[], object]], None]") -> None:
    """Let the meter measure, watched from the first moment on; load the rest of it, and let it be whole."""
    global program
    identity = read_identity()
    gc.collect()
    program = Program(board, identity)
    load(program.measure)
    program.device.open()
    _collect()


def run() -> None:
    """Run the meter that was started."""
    assert program
    try:
        program.run()
    except KeyboardInterrupt:
        kbd_intr(-1)  # one at a time
        program.begin_anew()
        serve(program)
        kbd_intr(_CTRL_C)
        print("interrupted; measuring goes on for a quarter of an hour; main.leave() ends it")
