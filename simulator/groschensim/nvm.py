# SPDX-License-Identifier: Apache-2.0
"""The simulated memory: bytes that outlive the meter, and power that may fail after any byte of any write.

Runs on CPython and MicroPython alike.
"""

from groschen.core.memory import SIZE
from groschencard import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence


class PowerCut(Exception):
    """The power failed within a write."""


class SimNvm:
    """A FRAM of 32 KiB; `cuts` are the byte counts, rising, after which a write stops."""

    def __init__(self, cuts: "Sequence[int]" = (), image: "bytearray | None" = None) -> None:
        self.image = bytearray(SIZE) if image is None else image
        self.written: int = 0  # bytes since the beginning
        self.writes: int = 0
        self._cuts = cuts
        self._next: int = 0  # of the cuts

    def read(self, at: int, into: bytearray) -> None:
        """Fill a buffer with the bytes from an address on."""
        into[:] = self.image[at : at + len(into)]

    def write(self, at: int, data: bytearray) -> None:
        """Write a buffer's bytes, or as many as the power lasts for."""
        length = len(data)
        self.writes += 1
        if self._next < len(self._cuts) and self._cuts[self._next] < self.written + length:
            length = max(0, self._cuts[self._next] - self.written)
            self._next += 1
            self._put(at, data[:length])
            raise PowerCut
        self._put(at, data)

    def _put(self, at: int, data: "bytearray | bytes") -> None:
        self.image[at : at + len(data)] = data
        self.written += len(data)
