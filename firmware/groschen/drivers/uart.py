# SPDX-License-Identifier: Apache-2.0
"""A serial line of seven bits with even parity over machine.UART (IEC 62056-21, 5.1)."""

from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_CHUNK = const(64)  # fits every port's buffer, so that no write waits
_FIRST_BAUD = const(300)


class Uart:
    """The line; it never waits, and takes bytes to be sent only when the earlier ones are."""

    def __init__(self, uart: "Any", set_speed: "Callable[[int], None]") -> None:
        """Take the UART, whose time-outs are zero and whose buffers hold 64 bytes, and what sets its speed: 300 Bd."""
        self._uart = uart
        self._set_speed = set_speed
        set_speed(_FIRST_BAUD)

    def read(self, into: bytearray) -> int:
        """Take bytes that have come, at most a buffer full; return how many."""
        # Never more than there are: the port would wait for them.
        return self._uart.readinto(into, min(self._uart.any(), len(into))) or 0

    def write(self, data: "bytearray | memoryview") -> int:
        """Hand over up to 64 bytes to be sent; return how many were taken, 0 while earlier ones are being sent."""
        return (self._uart.write(data, _CHUNK) or 0) if self.idle() else 0

    def idle(self) -> bool:
        """Say whether all that was handed over is sent."""
        done: bool = self._uart.txdone()
        return done

    def set_speed(self, baud: int) -> None:
        """Take another speed; only while `idle`."""
        self._set_speed(baud)
