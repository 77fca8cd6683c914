# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# The stubs of machine.I2C leave a type open.
"""The display HD44780U with ROM A00, 20x4, four bits wide (Hitachi ADE-207-272(Z)) behind an expander PCF8574 on I2C.

The expander (NXP PCF8574 rev. 5) sets its pins to each byte it takes: RS P0, R/W P1, E P2, backlight P3, D4 to D7 P4 to
P7. At 100 kHz, the most it takes, a byte lasts 90 us: longer than any of the display's times but those of its
initialisation, so that its busy flag is never asked.
"""

from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from machine import I2C

_ADDRESS = const(0x27)  # its three address pins open; a PCF8574A has 3Fh
_RS = const(0x01)
_E = const(0x04)
_LIGHT = const(0x08)

_PERIOD = const(0x3FFFFFFF)  # of the milliseconds, and one
_RISE_MS = const(50)  # from the first answer until the supply has stood for 40 ms
_PAUSE_MS = const(5)  # between two transfers; initialisation wants 4.1 ms after the first
_ABSENT_MS = const(1000)  # until a display that does not answer is tried again
_REFRESH_MS = const(60_000)  # until all is sent anew, to a display that was replaced or disturbed

# Figure 24, after a first nibble without E that only finds the expander: the interface to four bits, whatever it was;
# two lines of 5x8 dots. Then home, entry to the right, on. It is neither switched off nor cleared: all is written
# anyway, and nobody shall see it done again.
_START = const(b"\x03\x03\x03\x03\x02\x02\x08\x00\x02\x00\x06\x00\x0c")
_DOTS_AT = const(13)  # steps of the initialisation: its nibbles, and then the blocks of _DOTS
_TEXT_AT = const(20)
_CGRAM = const(0x40)
_DDRAM = const(0x80)
_LINES = const(b"\x00\x40\x14\x54")
# The characters 0 to 3: capital A, O and U with dots, the euro sign; and three rows more, to make blocks of five.
_DOTS = const(
    b"\x0a\x00\x0e\x11\x1f\x11\x11\x00\x0a\x00\x0e\x11\x11\x11\x0e\x00"
    b"\x0a\x00\x11\x11\x11\x11\x0e\x00\x06\x09\x1c\x08\x1c\x09\x06\x00\x00\x00\x00"
)
# What ISO 8859-15 has elsewhere than ROM A00, which has little above 7Dh: each with its place.
_FOREIGN = const(b"\xc4\x00\xd6\x01\xdc\x02\xa4\x03\xe4\xe1\xf6\xef\xfc\xf5\xdf\xe2\xb0\xdf\xb5\xe4")
_BLOCK = const(5)  # characters sent at once: 31 bytes on the bus, 2.8 ms
_ALL = const(0xFFFF)  # a bit for each block of the four lines


class Hd44780:
    """Sends what differs, five characters at a time, and all of it once a minute; the display may come and go."""

    def __init__(self, bus: "I2C", address: int = _ADDRESS) -> None:
        """Take the bus, and the expander's address."""
        self._bus = bus
        self._address = address
        self._text = bytearray(b" " * 80)
        self._nibble = bytearray(3)
        self._buffer = bytearray(5 + 5 * _BLOCK)
        self._stale: int = 0
        self._at: int = 0
        self._then: int = 0
        self._pause: int = 0
        self._begun: int = 0

    def show(self, line: int, text: bytearray) -> None:
        """Let a line, from 0, show twenty characters of ISO 8859-15."""
        at = 20 * line
        for index in range(20):
            if self._text[at] != text[index]:
                self._text[at] = text[index]
                self._stale |= 1 << at // _BLOCK
            at += 1

    def step(self, now: int) -> None:
        """Send a nibble or five characters, where there is something to send: at most 2.8 ms."""
        if now - self._then & _PERIOD < self._pause:
            return
        self._then = now
        self._pause = _PAUSE_MS
        try:
            self._send(now)
        except OSError:
            self._at = 0
            self._pause = _ABSENT_MS

    def _send(self, now: int) -> None:
        at = self._at
        if at >= _TEXT_AT and now - self._begun & _PERIOD >= _REFRESH_MS:
            at = 0
        if at < _DOTS_AT:
            nibble = self._nibble
            nibble[0] = nibble[1] = nibble[2] = _START[at] << 4 | _LIGHT
            if at:
                nibble[1] |= _E
            self._bus.writeto(self._address, nibble)
            if not at:
                self._begun = now
                self._pause = _RISE_MS
                self._stale = _ALL
        elif at < _TEXT_AT:
            at -= _DOTS_AT
            self._send_block(_CGRAM + at * _BLOCK, _DOTS, at)
            at += _DOTS_AT
        else:
            if self._stale:
                block = 0
                while not self._stale >> block & 1:
                    block += 1
                self._send_block(_DDRAM + _LINES[block >> 2] + (block & 3) * _BLOCK, self._text, block)
                self._stale ^= 1 << block
            return
        self._at = at + 1

    def _send_block(self, byte: int, source: "bytes | bytearray", block: int) -> None:
        """Send a command, and the five bytes of a block as data; RS changes a byte before E rises (tAS)."""
        buffer = self._buffer
        control = _LIGHT
        at = 0
        block *= _BLOCK
        while True:
            high = byte & 0xF0 | control
            low = byte << 4 & 0xF0 | control
            buffer[at] = control
            buffer[at + 1] = high | _E
            buffer[at + 2] = high
            buffer[at + 3] = low | _E
            buffer[at + 4] = low
            at += 5
            if at == 5 + 5 * _BLOCK:
                break
            control = _LIGHT | _RS
            byte = source[block]
            block += 1
            if byte > 0x7D:
                foreign = byte
                byte = 0x3F
                for index in range(0, 20, 2):
                    if _FOREIGN[index] == foreign:
                        byte = _FOREIGN[index + 1]
        self._bus.writeto(self._address, buffer)
