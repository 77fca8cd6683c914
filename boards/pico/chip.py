# SPDX-License-Identifier: Apache-2.0
"""What an RP2040 moves by its registers: a card's clock in machine code, and a line's speed without a wait.

RP2040 data sheet: 2.3.1.7 (pins), 4.2.8 (UART), 4.6.5 (timer).
"""

import micropython
import pins

from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from machine import UART

    def ptr32(address: int) -> "dict[int, int]":
        """Return the words from an address on: a word of the compiler of machine code."""
        return {address: 0}


_SEND = const(0)
_TAKE = const(1)
_RUN = const(2)
_LET_GO = const(0x1000000)  # above the bits of a command
_EIO = const(5)
_CLOCK = 1 << pins.CARD_CLOCK
_IO = 1 << pins.CARD_IO
_POWER = 1 << pins.POWER_GOOD


class CardLines:
    """A contact card's clock and I/O, as `groschen.drivers.interpreted` has them; breaks off at the next clock."""

    def __init__(self, clock: object, io: object, delay_us: object, failing: object) -> None:
        """Take the pins as they are set up; which they are says `pins`."""

    def release(self) -> None:
        """Let go of I/O, the clock low."""
        _clocks(_SEND, 1, 0)

    def send(self, bits: int) -> None:
        """Send a command's 24 bits, the lowest first; then I/O is the card's."""
        _whole(_clocks(_SEND, bits | _LET_GO, 24))

    def take(self) -> int:
        """Return the eight bits that the card gives, each after its clock."""
        return _whole(_clocks(_TAKE, 0, 8))

    def run(self, most: int) -> bool:
        """Give clocks until I/O is low; return whether it is after so many at most."""
        return bool(_whole(_clocks(_RUN, 0, most)))


def _whole(done: int) -> int:
    if done < 0:
        raise OSError(_EIO)
    return done


@micropython.viper
def _clocks(what: int, bits: int, count: int) -> int:  # noqa: C901 - a call would take its time out of a clock
    """Give clocks of 51 us, high for 26; return the bits taken, 1 where it ran until I/O is low, -1 without power.

    I/O is low while its pin is an output.
    """
    sio = ptr32(0xD0000000)
    timer = ptr32(0x40054028)
    clock = int(_CLOCK)
    io = int(_IO)
    power = int(_POWER)
    got = 0
    at = 0
    sio[6] = clock | io
    then = timer[0]
    if what == _SEND:
        sio[9 + (bits & 1)] = io
        while timer[0] - then < 26:
            pass
    while True:
        if what == _RUN and not sio[1] & io:
            return 1
        if at == count:
            return got
        if not sio[1] & power:
            return -1
        sio[5] = clock
        then = timer[0]
        while timer[0] - then < 26:
            pass
        sio[6] = clock
        if what == _SEND:
            bits >>= 1
            sio[9 + (bits & 1)] = io
        while timer[0] - then < 51:
            pass
        if what == _TAKE and sio[1] & io:
            got |= 1 << at
        at += 1


class Speed:
    """The speed of a line. `UART.init` takes three steps, each with a wait of 15 bits: 150 ms at 300 Bd."""

    def __init__(self, line: "UART", number: int, baud: int) -> None:  # noqa: ARG002 - other chips need the line
        """Take a line, its number, and the speed that it began with, whose divisor tells the chip's clock."""
        self._number = number
        self._clock = baud * _divide(number, 0)

    def set(self, baud: int) -> None:
        """Take another one, while nothing is sent."""
        _divide(self._number, self._clock // baud)


@micropython.viper
def _divide(number: int, divisor: int) -> int:
    """Give a UART a divisor, in 64ths; return what it has."""
    uart = ptr32(0x40034000)
    at = number << 12  # words from the first to its own
    if divisor:
        control = uart[at + 12]
        uart[at + 12] = 0
        uart[at + 9] = divisor >> 6
        uart[at + 10] = divisor & 63
        uart[at + 11] = uart[at + 11]  # takes the two
        uart[at + 12] = control
    return uart[at + 9] << 6 | uart[at + 10]
