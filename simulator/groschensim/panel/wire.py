# SPDX-License-Identifier: Apache-2.0
"""The service port as a pseudo terminal, which any reading program opens like a serial port."""

from groschensim.virtual.serialport import Port

_SEVEN_BITS = 0x7F


class PortWire:
    """A wire of the service port; a pseudo terminal knows no speed, so that each is right."""

    def __init__(self) -> None:
        """Open it."""
        self._port = Port()
        self._heard = bytearray()
        self.path = self._port.path
        self.baud = 0
        self.carried = 0
        """The bytes that passed, both ways."""

    def read(self, into: bytearray) -> int:
        """Take bytes that have come."""
        self._port.drain()
        self._heard += self._port.read()
        count = min(len(into), len(self._heard))
        into[:count] = bytes(byte & _SEVEN_BITS for byte in self._heard[:count])
        del self._heard[:count]
        self.carried += count
        return count

    def write(self, data: bytearray | memoryview) -> int:
        """Send bytes."""
        self._port.write(bytes(data))
        self.carried += len(data)
        return len(data)

    def idle(self) -> bool:
        """Say that all is sent: a pseudo terminal takes it at once."""
        return True

    def set_speed(self, baud: int) -> None:
        """Note the speed."""
        self.baud = baud

    def close(self) -> None:
        """Take the port away."""
        self._port.close()
