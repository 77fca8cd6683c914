# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# The stubs of machine.I2C leave a type open.
"""FRAM MB85RC256V, 32 KiB on I2C: no pages, no waiting, 10^12 writes a byte (Fujitsu DS501-00017)."""

from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from machine import I2C

_ADDRESS = const(0x50)  # with its three address pins at ground; they add up to seven
_ADDRESS_BITS = const(16)  # on the bus; the chip ignores the first of them
_TRIES = const(3)  # of a transfer, which may be disturbed: the relay's coil and the mains are near


class _Part:
    """Gives a slice, which the interpreter would make anew each time."""

    def __getitem__(self, part: slice) -> slice:
        return part


_PART = _Part()


class Mb85rc256v:
    """The meter's memory: a byte stays written once the chip has acknowledged it.

    Each read and write is one transfer, of any length; beyond the last byte the chip goes on at its first. One that
    fails is repeated. Raises OSError where the chip does not answer.

    A write allocates its buffer the first time that its length is written, and nothing afterwards: `writeto_mem` puts
    address and data together on the heap each time, and may collect garbage for it within a flush.
    """

    def __init__(self, bus: "I2C", address: int = _ADDRESS) -> None:
        self._bus = bus
        self._address: int = address
        self._buffers: dict[int, tuple[bytearray, slice]] = {}  # by the length of the data, and where these stand

    def read(self, at: int, into: bytearray) -> None:
        """Fill a buffer with the bytes from an address on."""
        self._repeat(at, into, False)

    def write(self, at: int, data: bytearray) -> None:
        """Write a buffer's bytes from an address on, in order."""
        length = len(data)
        if length not in self._buffers:
            self._buffers[length] = (bytearray(2 + length), _PART[2 : 2 + length])
        buffer, part = self._buffers[length]
        buffer[0] = at >> 8
        buffer[1] = at & 0xFF
        buffer[part] = data
        self._repeat(at, buffer, True)

    def _repeat(self, at: int, data: bytearray, write: bool) -> None:
        bus = self._bus
        for attempt in range(_TRIES):
            try:
                if write:
                    bus.writeto(self._address, data)
                else:
                    bus.readfrom_mem_into(self._address, at, data, addrsize=_ADDRESS_BITS)
                return
            except OSError:
                if attempt == _TRIES - 1:
                    raise
