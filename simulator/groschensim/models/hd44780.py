# SPDX-License-Identifier: Apache-2.0
"""The display controller HD44780U with ROM A00 and twenty characters in four lines (Hitachi ADE-207-272(Z)).

At its pins as an expander drives them: RS P0, R/W P1, E P2, backlight P3, D4 to D7 P4 to P7, its lower four data pins
open. It takes what stands there as E falls, and nothing while it is busy: what comes then is among its `faults`, as is
RS or R/W that changes with E. Reading is not modelled. Runs on CPython and MicroPython alike.
"""

from groschencard import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS = const(20)
LINES = (0x00, 0x40, 0x14, 0x54)
"""Where in the controller's memory each line begins."""

RS = const(0x01)
RW = const(0x02)
E = const(0x04)
LIGHT = const(0x08)
_OPEN_PINS = const(0x0F)  # D0 to D3 are pulled up inside

# Times of the chips with the slowest oscillator, in microseconds.
_RISE_US = const(40_000)  # from the supply on
_FIRST_US = const(4_100)  # after the first function set,
_SECOND_US = const(100)  # and after the second
_LONG_US = const(2_160)  # clear, home
_SHORT_US = const(53)

_HALF = const(40)  # characters of a line of the chip's, two of the display's

# ROM A00 where it is not ASCII, and what no other code has.
_ROM = {
    0x5C: "¥",
    0x7E: "→",
    0x7F: "←",
    0xDF: "°",
    0xE0: "α",
    0xE1: "ä",
    0xE2: "ß",
    0xE4: "µ",
    0xEE: "ñ",
    0xEF: "ö",
    0xF4: "Ω",
    0xF5: "ü",
    0xF6: "Σ",
    0xF7: "π",
    0xFD: "÷",
    0xFF: "█",
}
UNKNOWN = "?"
"""What a person cannot read."""

# Characters that a program draws, as a person recognises them: seven rows of five dots.
GLYPHS = {
    b"\x0a\x00\x0e\x11\x1f\x11\x11": "Ä",
    b"\x0a\x00\x0e\x11\x11\x11\x0e": "Ö",
    b"\x0a\x00\x11\x11\x11\x11\x0e": "Ü",
    b"\x06\x09\x1c\x08\x1c\x09\x06": "€",
}


class Hd44780:
    """The controller and its glass; it begins with its supply switched on just now."""

    def __init__(self, now_us: "Callable[[], int]") -> None:
        """Take the world's microseconds."""
        self.faults: list[str] = []
        self.blinks: int = 0
        """How often a display that was on was cleared, shifted or switched off."""
        self.commands: int = 0
        self.data: int = 0
        self._now = now_us
        self._ddram = bytearray(2 * _HALF)
        self._cgram = bytearray(64)
        self._power: bool = False
        self._pins: int = 0
        self.power(True)

    def power(self, on: bool) -> None:
        """Switch the supply; at its return the chip resets itself to eight bits, one line, cleared and off."""
        self._power = on
        self._ddram[:] = b" " * len(self._ddram)
        self._cgram[:] = b"\x15\x0a" * 32
        self._eight: bool = True
        self._sets: int = 0  # function sets since then
        self._two_lines: bool = False
        self._on: bool = False
        self._right: bool = True
        self._shifts: bool = False
        self._shift: int = 0
        self._upper: int = -1  # of a byte whose lower nibble is to come
        self._in_cgram: bool = False
        self._address: int = 0
        self._ready: int = self._now() + _RISE_US

    @property
    def light(self) -> bool:
        """Whether the backlight is on."""
        return self._power and self._pins & LIGHT != 0

    def text(self) -> list[str]:
        """Return the four lines as a person reads them."""
        return ["".join([self._seen(line, column) for column in range(COLUMNS)]) for line in range(4)]

    def _seen(self, line: int, column: int) -> str:
        if not (self._power and self._on) or (line & 1 and not self._two_lines):
            return " "
        start = LINES[line]
        upper = start & 0x40
        at = ((start & 0x3F) + column + self._shift) % _HALF
        code = self._ddram[at + (_HALF if upper else 0)]
        if code < 16:
            return GLYPHS.get(bytes(self._cgram[(code & 7) * 8 : (code & 7) * 8 + 7]), UNKNOWN)
        if code in _ROM:
            return _ROM[code]
        return chr(code) if 0x20 <= code < 0x7E else UNKNOWN

    # ---- the pins

    def levels(self, pins: int) -> int:
        """Return the pins' levels: the controller never drives them here."""
        return pins

    def written(self, pins: int) -> None:
        """See the pins change."""
        before = self._pins
        self._pins = pins
        if not self._power:
            return
        if (before ^ pins) & E and (before ^ pins) & (RS | RW):
            self._fault("RS or R/W changes with E")
        if before & E and not pins & E and not before & RW:
            self._latch(before & RS, before >> 4)

    def _latch(self, rs: int, nibble: int) -> None:
        if self._eight:
            self._byte(rs, nibble << 4 | _OPEN_PINS)
        elif self._upper < 0:
            self._upper = nibble
        else:
            byte = self._upper << 4 | nibble
            self._upper = -1
            self._byte(rs, byte)

    def _byte(self, rs: int, byte: int) -> None:
        now = self._now()
        if now < self._ready:
            self._fault("busy")
            return
        self._ready = now + _SHORT_US
        if rs:
            self.data += 1
            self._write(byte)
        else:
            self.commands += 1
            self._command(byte)

    def _fault(self, what: str) -> None:
        self.faults.append(what)

    # ---- what it does

    def _write(self, byte: int) -> None:
        if self._in_cgram:
            self._cgram[self._address] = byte & 0x1F
            self._address = self._address + (1 if self._right else -1) & 0x3F
            return
        self._ddram[self._place()] = byte
        self._move(self._right)
        if self._shifts:
            self._shift = (self._shift + (1 if self._right else -1)) % _HALF
            self.blinks += self._on

    def _place(self) -> int:
        """Return where in the memory the address counter points; what lies behind a line's end is at its end."""
        return min(self._address & 0x3F, _HALF - 1) + (_HALF if self._address & 0x40 else 0)

    def _move(self, right: bool) -> None:
        place = (self._place() + (1 if right else -1)) % (2 * _HALF)
        self._address = place % _HALF | (0x40 if place >= _HALF else 0)

    def _command(self, byte: int) -> None:
        if byte & 0x80:
            self._address = byte & 0x7F
            self._in_cgram = False
        elif byte & 0x40:
            self._address = byte & 0x3F
            self._in_cgram = True
        elif byte & 0x20:
            self._function(byte)
        elif byte & 0x10:
            if byte & 0x08:
                self._shift = (self._shift - (1 if byte & 0x04 else -1)) % _HALF
                self.blinks += self._on
            else:
                self._move(byte & 0x04 != 0)
        elif byte & 0x08:
            on = byte & 0x04 != 0
            self.blinks += self._on and not on
            self._on = on
        elif byte & 0x04:
            self._right = byte & 0x02 != 0
            self._shifts = byte & 0x01 != 0
        elif byte:
            self._home(byte == 1)

    def _home(self, clear: bool) -> None:
        self._ready = self._now() + _LONG_US
        self._address = 0
        self._in_cgram = False
        self.blinks += self._on and (clear or self._shift != 0)
        self._shift = 0
        if clear:
            self._ddram[:] = b" " * len(self._ddram)
            self._right = True

    def _function(self, byte: int) -> None:
        self._sets += 1
        if self._sets == 1:
            self._ready = self._now() + _FIRST_US
        elif self._sets == 2:
            self._ready = self._now() + _SECOND_US
        self._eight = byte & 0x10 != 0
        self._two_lines = byte & 0x08 != 0
        self._upper = -1
