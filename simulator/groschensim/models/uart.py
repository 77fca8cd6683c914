# SPDX-License-Identifier: Apache-2.0
"""A serial line at the methods of `machine.UART`, and the far end of it, in the world's time.

Runs on CPython and MicroPython alike.
"""

from groschencard import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

_BITS = const(10)  # of a byte: start, seven, parity, stop
_ROOM = const(256)  # of either buffer


class SimUart:
    """The controller's side; `send` and `received` are the far end's.

    A read of more than there is waits, and a write of more than there is room for: neither is allowed here.
    """

    def __init__(self, now_us: "Callable[[], int]") -> None:
        """Take the world's microseconds."""
        self.baud: int = 0
        self.format: tuple[int, int, int] = (0, 0, 0)
        """Data bits, parity (0 even, 1 odd), stop bits."""
        self.received = bytearray()
        """What the far end has got."""
        self._now = now_us
        self._in = bytearray()
        self._out = bytearray()
        self._then: int = 0  # when the last byte had gone

    def send(self, data: bytes) -> None:
        """Let bytes come in from the far end; those that the buffer has no room for are lost."""
        self._in += data[: _ROOM - len(self._in)]

    def init(self, baud: int, bits: int, parity: int, stop: int) -> None:
        """Set the line up; what was being sent is lost."""
        self.baud = baud
        self.format = (bits, parity, stop)
        self._out = bytearray()

    def any(self) -> int:
        """Return how many bytes have come."""
        return len(self._in)

    def readinto(self, into: bytearray, length: int) -> "int | None":
        """Fill a buffer with so many bytes."""
        if length > len(self._in):
            raise ValueError("a read that waits")
        for at in range(length):
            into[at] = self._in[at]
        self._in = self._in[length:]
        return length

    def write(self, data: "bytearray | memoryview", most: int) -> "int | None":
        """Send bytes, at most so many."""
        self._flow()
        length = min(len(data), most)
        if length > _ROOM - len(self._out):
            raise ValueError("a write that waits")
        if not self._out:
            self._then = self._now()
        self._out += bytes(data[:length])
        return length

    def txdone(self) -> bool:
        """Say whether all is sent."""
        self._flow()
        return not self._out

    def _flow(self) -> None:
        """Let the bytes arrive whose time has come."""
        byte_us = _BITS * 1_000_000 // self.baud
        while self._out and self._now() - self._then >= byte_us:
            self._then += byte_us
            self.received.append(self._out[0])
            self._out = self._out[1:]
