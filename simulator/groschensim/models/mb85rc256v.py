# SPDX-License-Identifier: Apache-2.0
"""The FRAM MB85RC256V as an I2C chip (Fujitsu DS501-00017): a byte is kept from its acknowledgement on."""

from groschensim.models.i2c import READ

SIZE = 32_768
TYPE = 0b1010_000
"""The upper four of its seven address bits; the lower three are those of its pins."""

IDLE, HIGH, LOW, DATA, GIVING = range(5)
"""What the next byte is: none of the chip's, the address in two parts, one to write, one to send."""


class Mb85rc256v:
    """The chip: its bytes, its address counter, and what it makes of the next byte.

    The counter outlives a transfer (current address read) and rolls over behind the last byte. After power-up it is
    undefined; here it is at zero.
    """

    def __init__(self, image: bytearray | None = None, pins: int = 0) -> None:
        """Take the bytes to begin with and the level of the address pins, 0 to 7."""
        self.image = bytearray(SIZE) if image is None else image
        self._address = TYPE | pins
        self._at = 0
        self._state = IDLE

    def start(self, byte: int) -> bool:
        """Take the byte after a start condition; return whether this chip is meant."""
        if byte >> 1 != self._address:
            self._state = IDLE
            return False
        self._state = GIVING if byte & READ else HIGH
        return True

    def take(self, byte: int) -> bool:
        """Take half of an address, or write a byte where the counter stands."""
        if self._state == HIGH:
            self._at = (byte << 8 | self._at & 0xFF) % SIZE
            self._state = LOW
        elif self._state == LOW:
            self._at = self._at & 0xFF00 | byte
            self._state = DATA
        elif self._state == DATA:
            self.image[self._at] = byte
            self._step()
        return self._state in (LOW, DATA)

    def give(self) -> int:
        """Send the byte where the counter stands; a chip that is not meant leaves the line high."""
        if self._state != GIVING:
            return 0xFF
        byte = self.image[self._at]
        self._step()
        return byte

    def stop(self) -> None:
        """End the transfer."""
        self._state = IDLE

    def _step(self) -> None:
        self._at = (self._at + 1) % SIZE
