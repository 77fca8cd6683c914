# SPDX-License-Identifier: Apache-2.0
"""Chip card SLE 4428 / SLE 5528: 1 KiB behind a 16-bit code, three wires (Siemens data sheet SLE 4418/4428, 04.94).

RST high: the card takes a bit as CLK rises. RST low: it changes I/O after CLK falls. Bits go lowest first.
"""

from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from groschen.drivers.interpreted import Line

    class Lines(Protocol):
        """Clock and I/O, at 20 kHz at most; `groschen.drivers.interpreted` says what each call does."""

        def release(self) -> None:
            """Let go of I/O, the clock low."""
            ...

        def send(self, bits: int) -> None:
            """Send 24 bits."""
            ...

        def take(self) -> int:
            """Return eight bits."""
            ...

        def run(self, most: int) -> bool:
            """Give clocks until I/O is low."""
            ...


_STEADY_US = const(25)  # between an edge of RST and one of the clock
_RISE_US = const(1000)  # until the supply stands and the chip has reset itself

_READ = const(0x0E)
_WRITE = const(0x33)  # erases where it has to
_WRITE_COUNTER = const(0x32)  # writes the 0 bits
_VERIFY = const(0x0D)

_DATA = const(32)  # below it lie the ATR and what arrives write-protected
_COUNTER = const(1021)  # each 1 bit is a try left
_PSC = const(1022)  # two bytes, the lower first

_ATR = bytearray(b"\x92\x23\x10\x91")  # three wires, 1024 bytes
_LIMIT = const(210)  # clocks of the longest programming: 203, and some for clones
_CHUNK = const(64)  # bytes compared at a time before they are written
_EIO = const(5)


class Sle4428:
    """A card at its contacts; addresses are those of the data sheet.

    Reading needs no code. A card that is gone reads as ones, and raises OSError where it should have programmed. A
    write that the card refuses ends like any other: only reading back tells.
    """

    def __init__(
        self, rst: "Line", lines: "Lines", delay_us: "Callable[[int], Any]", vcc: "Line | None" = None
    ) -> None:
        """Take the output for RST, the two other lines, a delay, and the switch of the supply, if any."""
        # Bound once: a method that is looked up anew is allocated anew.
        self._rst = rst.value
        self._lines = lines
        self._take = lines.take
        self._vcc = vcc.value if vcc else None
        self._delay = delay_us
        self._one = bytearray(1)
        self._four = bytearray(4)
        self._old = bytearray(_CHUNK)
        self.power_off()

    def power_off(self) -> None:
        """Take the supply from the card, and with it the code's permission; without a switch it stays."""
        self._lines.release()
        self._rst(0)
        if self._vcc:
            self._vcc(0)

    def reset(self) -> bool:
        """Power the card up and read its ATR; return whether it is that of this chip."""
        self._lines.release()
        if self._vcc:
            self._vcc(1)
            self._delay(_RISE_US)
        self._set_reset(1)
        self._lines.run(1)
        self._set_reset(0)
        atr = self._four
        bit = 0 if self._lines.run(0) else 1  # the first one stands before any clock
        for index in range(4):
            bits = self._take() << 1 | bit
            atr[index] = bits & 0xFF
            bit = bits >> 8
        return atr == _ATR

    def read(self, address: int, into: bytearray) -> None:
        """Fill a buffer with the bytes from an address on."""
        self._fill(address, into, len(into))

    def tries(self) -> int:
        """Return how often a code may still be presented, 0 to 8; at 0 the card can only be read, for ever."""
        self.read(_COUNTER, self._one)
        left = self._one[0]
        count = 0
        while left:
            left &= left - 1
            count += 1
        return count

    def verify(self, psc: "bytes | bytearray") -> bool:
        """Present the code, two bytes, the lower first; return whether the card accepts it.

        A wrong code costs a try, and so does a card pulled in between. Without a try left nothing is presented.
        """
        one = self._one
        self.read(_COUNTER, one)
        left = one[0]
        if not left:
            return False
        self._program(_WRITE_COUNTER, _COUNTER, ~(left & -left) & 0xFF)
        self._program(_VERIFY, _PSC, psc[0])
        self._program(_VERIFY, _PSC + 1, psc[1])
        self._program(_WRITE, _COUNTER, 0xFF)  # of effect only if the code was right
        self.read(_COUNTER, one)
        return one[0] == 0xFF

    def write(self, address: int, data: "bytes | bytearray") -> None:
        """Write bytes from an address on, 32 to 1020, in order; those that the card holds already are left alone."""
        length = len(data)
        if address < _DATA or address + length > _COUNTER:
            raise ValueError("the card's data are at 32 to 1020")
        old = self._old
        for start in range(0, length, _CHUNK):
            size = min(_CHUNK, length - start)
            self._fill(address + start, old, size)
            for index in range(size):
                if data[start + index] != old[index]:
                    self._program(_WRITE, address + start + index, data[start + index])

    def _fill(self, address: int, into: bytearray, length: int) -> None:
        take = self._take
        self._command(_READ, address, 0)
        for index in range(length):
            into[index] = take()

    def _program(self, control: int, address: int, data: int) -> None:
        """Send a command and give clocks until the card pulls I/O low."""
        self._command(control, address, data)
        if not self._lines.run(_LIMIT):
            raise OSError(_EIO, "the card does not end its programming")

    def _command(self, control: int, address: int, data: int) -> None:
        self._set_reset(1)
        self._lines.send(control | address >> 8 << 6 | (address & 0xFF) << 8 | data << 16)
        self._set_reset(0)

    def _set_reset(self, level: int) -> None:
        self._rst(level)
        self._delay(_STEADY_US)
