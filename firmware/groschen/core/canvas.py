# SPDX-License-Identifier: Apache-2.0
"""Four lines of twenty bytes that screens write on: texts, numbers, money, times; without allocating.

`text` begins a line, `more` and others go on with it, and one value may stand at its right end. Where both get too long
the value goes without its unit, and if need be without what is left of it, so that figures are never cut. An amount is
rounded down, towards minus infinity, so that the display never shows more than there is: 0.999 EUR is 0.99, and a
balance of -0.001 EUR is -0.01.
"""

from groschen.core import texts
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.amount import Limbs
    from groschen.core.calendar import WallClock

WIDTH = const(20)
"""Characters of a line, each a byte of ISO 8859-15."""

_LINES = const(4)
_SPACE = const(32)
_PLACE = const(35)  # "#": where a text has its number
_COMMA = const(44)
_MINUS = const(45)
_POINT = const(46)
_ZERO = const(48)
_COLON = const(58)
_CENT = const(10_000)  # micro-euro
_T_EUR = const(1)  # EUR
_T_KWH = const(2)  # kWh
_T_DAYS = const(5)  # MoDiMiDoFrSaSo


class Canvas:
    """What the display is to show."""

    def __init__(self) -> None:
        self.language: int = 0  # GERMAN or ENGLISH of `texts`
        self.lines = (bytearray(WIDTH), bytearray(WIDTH), bytearray(WIDTH), bytearray(WIDTH))
        self._line = self.lines[0]
        self._at: int = 0  # where the next character goes
        self._end: int = 0  # of the text that was found
        self.clear()

    def clear(self) -> None:
        """Leave all lines blank, and begin the first."""
        for row in range(_LINES - 1, -1, -1):
            self.text(row, 0)

    def text(self, row: int, number: int, value: int = 0) -> None:
        """Begin a line anew with a text of `texts`, and a number where it has a place for one."""
        line = self.lines[row]
        for at in range(WIDTH):
            line[at] = _SPACE
        self._line = line
        self._at = 0
        self.more(number, value)

    def more(self, number: int, value: int = 0) -> None:
        """Go on with a text."""
        blob = texts.BLOB
        start = self._find(number)  # MicroPython would reckon the end of a range before its beginning
        for at in range(start, self._end):
            char = blob[at]
            if char == _PLACE:
                self.number(value)
            elif char >= 0xC0:  # the first byte of a letter of two says which half of the code it is from
                self.put((char & 3) << 6 | blob[at + 1] & 63)
            elif char < 0x80:
                self.put(char)

    def _find(self, number: int) -> int:
        """Return where a text begins, and leave where it ends."""
        start = texts.STARTS[number]
        end = texts.STARTS[number + 1] - 1
        bar = texts.BLOB.find(b"|", start, end)
        if bar >= 0:
            if self.language:
                start = bar + 1
            else:
                end = bar
        self._end = end
        return start

    def put(self, char: int) -> None:
        """Go on with one character."""
        if self._at < WIDTH:
            self._line[self._at] = char
            self._at += 1

    def bytes(self, data: "bytes | bytearray") -> None:
        """Go on with characters."""
        for at in range(len(data)):
            self.put(data[at])

    def number(self, value: int, unit: int = 1, then: int = 0) -> None:
        """Go on with a number from zero up, from the digit of a unit on at least, and a character behind it."""
        while value // unit >= 10:
            unit *= 10
        while unit:
            self.put(_ZERO + value // unit % 10)
            unit //= 10
        if then:
            self.put(then)

    def date(self, clock: "WallClock", full: bool) -> None:
        """Go on with the date of a clock, with the year where it is to be full."""
        date = clock.date
        self.number(date.day, 10, _POINT)
        self.number(date.month, 10, _POINT)
        if full:
            self.number(date.year % 100, 10)

    def instant(self, clock: "WallClock", full: bool = False) -> None:
        """Go on with weekday, date and time of a clock, with year and second where it is to be full."""
        at = self._find(_T_DAYS) + (clock.date.number + 3) % 7 * 2
        self.put(texts.BLOB[at])
        self.put(texts.BLOB[at + 1])
        self.put(_SPACE)
        self.date(clock, full)
        self.put(_SPACE)
        self.number(clock.minute // 60, 10, _COLON)
        self.number(clock.minute % 60, 10)
        if full:
            self.put(_COLON)
            self.number(clock.second % 60, 10)

    # -- at the line's right end -------------------------------------------------------------------------------

    def money(self, high: int, low: int) -> None:
        """End the line with an amount of whole euro and micro-euro."""
        low //= _CENT
        negative = high < 0
        if negative:  # the lower limb counts up from it: -0.25 is (-1, 750 000)
            high = -high
            if low:
                high -= 1
                low = 100 - low
        self.value(high, low, 2, _T_EUR, negative)

    def amount(self, amount: "Limbs") -> None:
        """End the line with an amount of money."""
        self.money(amount.high, amount.low)

    def energy(self, register: "Limbs") -> None:
        """End the line with kilowatt-hours, rounded down to a tenth."""
        self.value(register.high, register.low * 10 // register.base, 1, _T_KWH)

    def value(self, whole: int, part: int, places: int, unit: int, negative: bool = False) -> None:
        """End the line with a number, so many decimals, and a unit of `texts`."""
        width = places + 2 + negative
        rest = whole
        while rest >= 10:
            rest //= 10
            width += 1
        line = self._line
        left = self._at
        start = self._find(unit) + WIDTH - self._end
        if start - width <= left and left:
            start = WIDTH
            while WIDTH - width <= self._at and left:
                left -= 1
                line[left] = _SPACE
        if start < WIDTH:
            self._at = start
            self.more(unit)
        for _ in range(places):
            start -= 1
            line[start] = _ZERO + part % 10
            part //= 10
        start -= 1
        line[start] = _POINT if self.language else _COMMA
        while width > places + 1 + negative:
            width -= 1
            start -= 1
            line[start] = _ZERO + whole % 10
            whole //= 10
        if negative:
            line[start - 1] = _MINUS
