# SPDX-License-Identifier: Apache-2.0
"""The expander PCF8574 as an I2C chip (NXP PCF8574 rev. 5): eight pins, and no register.

Each byte that it takes is on its pins with its acknowledgement; each byte that it sends is their levels then. A pin
that was set is held up weakly, so that whatever is connected may pull it low. Runs on CPython and MicroPython alike.
"""

from groschencard import const
from groschensim.models.i2c import READ

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Protocol

    class Port(Protocol):
        """What is connected to the eight pins."""

        def written(self, pins: int) -> None:
            """See what the expander puts on its pins."""
            ...

        def levels(self, pins: int) -> int:
            """Return the pins' levels, where the expander lets them be the levels in `pins`."""
            ...


_POWER_UP = const(0xFF)


class Pcf8574:
    """The chip; `present` says whether it is plugged in, and it is as after power-up whenever it comes back."""

    def __init__(self, address: int, port: "Port") -> None:
        """Take the address, 20h to 27h, and what is connected to the pins."""
        self._address = address
        self._port = port
        self._pins: int = _POWER_UP
        self._meant: bool = False
        self.present: bool = True

    def plug(self, present: bool) -> None:
        """Plug the chip in, or unplug it."""
        self.present = present
        self._pins = _POWER_UP
        self._meant = False

    def start(self, byte: int) -> bool:
        """Take the byte after a start condition; return whether this chip is meant."""
        self._meant = self.present and byte & ~READ == self._address << 1
        return self._meant

    def take(self, byte: int) -> bool:
        """Put a byte on the pins."""
        if self._meant:
            self._pins = byte
            self._port.written(byte)
        return self._meant

    def give(self) -> int:
        """Send the pins' levels; a chip that is not meant leaves the line high."""
        return self._pins & self._port.levels(self._pins) if self._meant else 0xFF

    def stop(self) -> None:
        """End the transfer."""
        self._meant = False
