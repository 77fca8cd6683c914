# SPDX-License-Identifier: Apache-2.0
"""The chip card SLE 4428 / SLE 5528 at its contacts VCC, RST, CLK and I/O (Siemens data sheet SLE 4418/4428, 04.94).

The card takes a bit at the rising edge of the clock while RST is high, and changes I/O after the falling edge while
RST is low. It knows no time: its clocks are counted, and a host that keeps to 20 kHz takes 50 us for each. Runs on
CPython and MicroPython alike.
"""

from groschencard import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = const(1024)
COUNTER = const(1021)
"""The error counter: each of its 1 bits is a try left."""
PSC_LOW = const(1022)
PSC_HIGH = const(1023)

READ = const(0x0E)
READ_PROTECT = const(0x0C)
WRITE = const(0x33)
WRITE_AND_PROTECT = const(0x31)
PROTECT = const(0x30)
WRITE_COUNTER = const(0x32)
VERIFY = const(0x0D)

# What the chip is at: without power, waiting for RST, taking a command, giving bits, programming, waiting with I/O low.
_OFF = const(0)
_IDLE = const(1)
_ENTRY = const(2)
_GIVING = const(3)
_WORKING = const(4)
_DONE = const(5)

# Clocks of a programming: a pulse works in the clocks 2 to 99 (102 to 199), and then the cell holds what it made.
_FIRST_FROM = const(3)
_FIRST_DONE = const(100)
_ONE_PULSE = const(103)
_SECOND_DONE = const(200)
_TWO_PULSES = const(203)
_COMPARED = const(2)

_SENTINEL = const(0x100)  # stands above the bits that are left to give
_NOTHING = const(-1)

# How the verification stands; any other command begins it anew.
_BURNT = const(1)
_LOW_RIGHT = const(2)
_BOTH_RIGHT = const(3)


def blank_image() -> bytearray:
    """Return the memory of a card as shops sell it: transport PSC FF FF, eight tries, no byte written."""
    image = bytearray(b"\xff" * SIZE)
    image[:8] = b"\x92\x23\x10\x91\xff\xff\x81\x15"
    image[21:27] = b"\xd2\x76\x00\x00\x04\x00"  # the application id of sample cards
    return image


def blank_protect() -> bytearray:
    """Return the protect bits as delivered, one for each byte, the first lowest: 0 at 0..7 and 21..26."""
    protect = bytearray(b"\xff" * (SIZE // 8))
    protect[0] = 0
    protect[2] = 0x1F
    protect[3] = 0xF8
    return protect


class Sle4428Chip:
    """The chip: its memory, its protect bits, and what it makes of each edge.

    `image` and `protect` are changed in place. It begins in the slot and without power. `clocks` counts all clocks that
    a host gave, with a card or without.
    """

    def __init__(self, image: "bytearray | None" = None, protect: "bytearray | None" = None, cut: int = -1) -> None:
        """Take 1024 bytes and 128 of protect bits, both blank by default, and the clocks until it is pulled."""
        self.image: bytearray = blank_image() if image is None else image
        self.protect: bytearray = blank_protect() if protect is None else protect
        if len(self.image) != SIZE or len(self.protect) != SIZE // 8:
            raise ValueError("the chip has 1024 bytes and 128 bytes of protect bits")
        self.clocks: int = 0
        self.inserted: bool = True
        self.verified: bool = False
        self.weak: int = _NOTHING
        """What a cell holds whose pulse was torn, 0 to 255; below zero it keeps what it held before the pulse."""
        self._cut: int = cut
        # The contacts, as the host drives them; and I/O as the card does.
        self._vcc: int = 0
        self._rst: int = 0
        self._clk: int = 0
        self._host: int = 1
        self._out: int = 1
        self._mode: int = _OFF
        # A command's entry.
        self._count: int = 0
        self._shift: int = 0
        # Bits to give: what is left of this byte, the next byte, the byte before which I/O is let go.
        self._bits: int = 0
        self._at: int = 0
        self._end: int = _NOTHING
        self._with_protect: bool = False
        # A programming: clocks so far, clock of the next event, I/O low, what each pulse leaves.
        self._clock: int = 0
        self._event: int = 0
        self._low: int = 0
        self._first: int = _NOTHING
        self._second: int = _NOTHING
        self._protects: bool = False
        self._burns: bool = False
        self._verifying: int = 0
        self._was_read: bool = False

    # ---- the contacts

    def power(self, on: int) -> None:
        """Switch VCC; all that is volatile begins anew."""
        self._vcc = 1 if on else 0
        self._supply()

    def set_rst(self, level: int) -> None:
        """Drive RST: high begins a command and stops whatever goes on, low executes what was entered."""
        level = 1 if level else 0
        if level == self._rst:
            return
        self._rst = level
        if self._mode == _OFF:
            return
        if not level:
            self._execute()
            return
        self._tear()
        self._mode = _ENTRY
        self._count = self._shift = 0
        self._out = 1

    def set_clk(self, level: int) -> None:
        """Drive CLK: the card samples I/O as it rises, and changes I/O as it falls."""
        if level == self._clk:
            return
        mode = self._mode
        if level:
            self._clk = 1
            if mode == _ENTRY:
                self._shift = self._shift >> 1 | self._host << 23
                self._count += 1
            return
        self._clk = 0
        if mode == _WORKING:
            self._clock += 1
            if self._clock == self._event:
                self._programmed()
        elif mode == _GIVING:
            bits = self._bits >> 1
            if bits == 1:
                bits = self._next()
            self._bits = bits
            self._out = bits & 1
        self.clocks += 1
        if self.clocks == self._cut:
            self.pull()

    def set_io(self, level: int) -> None:
        """Drive I/O low, or release it."""
        self._host = 1 if level else 0

    def io(self) -> int:
        """Return the level of I/O: low where the host or the card pulls."""
        return self._host & self._out

    def line(self, level: int = -1) -> int:
        """Drive I/O where a level is given; return its level: the call of an open-drain pin."""
        if level >= 0:
            self._host = 1 if level else 0
        return self._host & self._out

    # ---- the slot

    def pull(self) -> None:
        """Take the card out of the slot, whatever it is at."""
        self.inserted = False
        self._cut = -1
        self._supply()

    def insert(self) -> None:
        """Put the card into the slot, whose contacts stand as its host left them."""
        self.inserted = True
        self._supply()

    def pull_after(self, clocks: int, weak: int = -1) -> None:
        """Pull the card after so many clocks more; below zero it stays. For `weak` see there."""
        self.weak = weak
        if clocks == 0:
            self.pull()
        self._cut = self.clocks + clocks if clocks > 0 else -1

    def _supply(self) -> None:
        on = self._vcc and self.inserted
        if on and self._mode != _OFF:
            return
        self._tear()
        self._mode = _IDLE if on else _OFF
        self._out = 1
        self._count = 0
        self._verifying = 0
        self.verified = self._was_read = False

    # ---- commands

    def _execute(self) -> None:
        if self._count == 24:
            self._command(self._shift & 0x3F, (self._shift & 0xC0) << 2 | self._shift >> 8 & 0xFF, self._shift >> 16)
        elif self._count == 1:
            self._give(0, 4, False)
            self._out = self._bits & 1
        else:
            self._mode = _IDLE

    def _command(self, control: int, at: int, data: int) -> None:
        self._at = at
        verifying = self._verifying
        self._verifying = 0
        if control in (READ, READ_PROTECT):
            self._give(at, _NOTHING, control == READ_PROTECT)
            self._bits <<= 1  # the first clock shows the first bit
        elif control in (WRITE, WRITE_AND_PROTECT):
            self._write(data, control == WRITE_AND_PROTECT)
        elif control == PROTECT:
            self._work(_ONE_PULSE)
            self._protects = self._may_write() and self.verified and self.image[at] == data
        elif control == WRITE_COUNTER:
            self._work(_ONE_PULSE)
            if at == COUNTER and self._may_write():
                self._first = self.image[at] & data
                self._burns = self._first != self.image[at]
        elif control == VERIFY:
            self._work(_COMPARED)
            self._verify(verifying, data)
        else:
            self._mode = _IDLE

    def _give(self, at: int, end: int, with_protect: bool) -> None:
        self._mode = _GIVING
        self._was_read = True
        self._at = at
        self._end = end
        self._with_protect = with_protect
        self._bits = self._next()

    def _next(self) -> int:
        """Return the bits of the next byte, the first lowest, below a sentinel."""
        at = self._at
        if at == self._end:
            self._mode = _IDLE
            return 1  # released
        self._at = (at + 1) % SIZE
        byte = self.image[at] if self.verified or at < PSC_LOW else 0
        if self._with_protect:
            return byte | self._protect_bit(at) << 8 | _SENTINEL << 1
        return byte | _SENTINEL

    def _protect_bit(self, at: int) -> int:
        return self.protect[at >> 3] >> (at & 7) & 1

    def _may_write(self) -> bool:
        return self._was_read and self._protect_bit(self._at) == 1

    def _work(self, clocks: int) -> None:
        """Begin a programming or a comparison of so many clocks; what it leaves is told afterwards."""
        self._mode = _WORKING
        self._clock = 0
        self._low = clocks
        self._event = min(clocks, _FIRST_DONE)
        self._first = self._second = _NOTHING
        self._protects = self._burns = False

    def _write(self, data: int, protects: bool) -> None:
        old = self.image[self._at]
        clears = data & ~old == 0
        self._work(_ONE_PULSE if clears or data == 0xFF else _TWO_PULSES)
        if not self._may_write():
            return
        if self.verified:
            self._first = data if clears else 0xFF
            self._second = data
            self._protects = protects
        elif self._at == COUNTER:
            self._first = self._second = old & data  # writing needs no PSC, erasing does

    def _verify(self, verifying: int, data: int) -> None:
        if verifying == _BURNT and self._at == PSC_LOW and data == self.image[PSC_LOW]:
            self._verifying = _LOW_RIGHT
        elif verifying == _LOW_RIGHT and self._at == PSC_HIGH and data == self.image[PSC_HIGH]:
            self._verifying = _BOTH_RIGHT

    # ---- programming

    def _programmed(self) -> None:
        """Take what happens at this clock: the end of a pulse, or of all."""
        clock = self._clock
        if clock == _FIRST_DONE:
            self._put(self._first)
            self._event = self._low if self._low == _ONE_PULSE else _SECOND_DONE
        elif clock == _SECOND_DONE:
            self._put(self._second)
            self._event = self._low
        if clock == self._low:
            self._mode = _DONE
            self._out = 0
            if self._verifying == _BOTH_RIGHT:
                self.verified = True
                self._verifying = 0

    def _put(self, byte: int) -> None:
        """Let the cell hold what a pulse has made; the last pulse takes the protect bit with it."""
        if byte >= 0:
            self.image[self._at] = byte
        if self._burns:
            self._verifying = _BURNT
        if self._protects and (self._low == _ONE_PULSE or self._clock == _SECOND_DONE):
            self.protect[self._at >> 3] &= ~(1 << (self._at & 7)) & 0xFF

    def _tear(self) -> None:
        """Leave a cell weak whose pulse is broken off."""
        if self._mode != _WORKING or self.weak < 0 or self._low == _COMPARED:
            return
        first = self._first >= 0 and _FIRST_FROM <= self._clock < _FIRST_DONE
        second = self._second >= 0 and self._low == _TWO_PULSES and _ONE_PULSE <= self._clock < _SECOND_DONE
        if first or second:
            self.image[self._at] = self.weak


class ModelPin:
    """A pin that a driver takes for one of `machine.Pin`."""

    def __init__(self, value: "Callable[..., int | None]") -> None:
        self.value = value


class Pins:
    """The pins of a slot in which the chip is, or is not; `present` is the slot's own contact."""

    def __init__(self, chip: Sle4428Chip) -> None:
        self.chip = chip
        self.vcc = ModelPin(chip.power)
        self.rst = ModelPin(chip.set_rst)
        self.clk = ModelPin(chip.set_clk)
        self.io = ModelPin(chip.line)

    def present(self) -> bool:
        """Say whether a card is in the slot."""
        return self.chip.inserted
