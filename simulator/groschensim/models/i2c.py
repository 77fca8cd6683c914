# SPDX-License-Identifier: Apache-2.0
"""An I2C bus with the methods of `machine.I2C` that drivers use; its power may fail after any byte.

Runs on CPython and MicroPython alike.
"""

import errno

from groschencard import const
from groschensim.nvm import PowerCut

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Protocol

    class Chip(Protocol):
        """A chip on the bus; each byte it takes is answered by an acknowledgement or none."""

        def start(self, byte: int) -> bool:
            """Take the byte after a start condition, address and direction; return whether the chip is meant."""
            ...

        def take(self, byte: int) -> bool:
            """Take a byte from the controller; return whether it is acknowledged."""
            ...

        def give(self) -> int:
            """Send the next byte."""
            ...

        def stop(self) -> None:
            """See a stop condition."""
            ...


READ = const(1)
"""The bit that a start's byte carries below the chip's address where the chip is to send."""


class SimI2C:
    """One controller and its chips; `cut` is the number of bytes on the bus after which the power fails."""

    def __init__(self, *chips: "Chip", cut: int = -1) -> None:
        """Take the chips; without a cut the power stays."""
        self._chips = chips
        self.cut: int = cut
        self.bytes: int = 0
        self.bits: int = 0
        """Clocks so far: nine a byte, and about one for each start and each stop."""

    def readfrom_mem_into(self, address: int, at: int, buffer: bytearray, *, addrsize: int = 8) -> None:
        """Address a chip's memory, start again for reading, and fill the buffer."""
        chip = self._address(address, at, addrsize)
        chip = self._start(address << 1 | READ)
        for index in range(len(buffer)):
            self._clock()
            buffer[index] = chip.give()
        self._stop()

    def writeto_mem(self, address: int, at: int, data: "bytes | bytearray", *, addrsize: int = 8) -> None:
        """Address a chip's memory and write the bytes."""
        chip = self._address(address, at, addrsize)
        for byte in data:
            self._send(chip, byte)
        self._stop()

    def readfrom_into(self, address: int, buffer: bytearray) -> None:
        """Fill the buffer from wherever the chip stands."""
        chip = self._start(address << 1 | READ)
        for index in range(len(buffer)):
            self._clock()
            buffer[index] = chip.give()
        self._stop()

    def writeto(self, address: int, data: "bytes | bytearray") -> int:
        """Write the bytes to a chip; return how many it has acknowledged, the address not counted."""
        chip = self._start(address << 1)
        for byte in data:
            self._send(chip, byte)
        self._stop()
        return len(data)

    def _address(self, address: int, at: int, addrsize: int) -> "Chip":
        chip = self._start(address << 1)
        for shift in range(addrsize - 8, -1, -8):
            self._send(chip, at >> shift & 0xFF)
        return chip

    def _start(self, byte: int) -> "Chip":
        self.bits += 1
        self._clock()
        # Every chip sees every start: one that is not meant lets go.
        meant = None
        for chip in self._chips:
            if chip.start(byte) and meant is None:
                meant = chip
        if meant is None:
            self._stop()
            raise OSError(errno.EIO, "no chip answers")
        return meant

    def _send(self, chip: "Chip", byte: int) -> None:
        self._clock()
        if not chip.take(byte):
            self._stop()
            raise OSError(errno.EIO, "a byte was refused")

    def _stop(self) -> None:
        self.bits += 1
        for chip in self._chips:
            chip.stop()

    def _clock(self) -> None:
        if self.bytes == self.cut:
            raise PowerCut
        self.bytes += 1
        self.bits += 9
