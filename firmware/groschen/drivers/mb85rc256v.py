# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# The stubs of machine.I2C leave a type open.
"""FRAM MB85RC256V, 32 KiB on I2C: no pages, no waiting, 10^12 writes a byte (Fujitsu DS501-00017)."""

from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from collections.abc import Callable

    from machine import I2C

_ADDRESS = const(0x50)  # with its three address pins at ground; they add up to seven
_ADDRESS_BITS = const(16)  # on the bus; the chip ignores the first of them
_TRIES = const(3)  # of a transfer, which may be disturbed: the relay's coil and the mains are near


class Mb85rc256v:
    """The meter's memory: a byte stays written once the chip has acknowledged it.

    Each read and write is one transfer, of any length; beyond the last byte the chip goes on at its first. One that
    fails is repeated. Raises OSError where the chip does not answer.
    """

    def __init__(self, bus: "I2C", address: int = _ADDRESS) -> None:
        self._read: Callable[..., object] = bus.readfrom_mem_into
        self._write: Callable[..., object] = bus.writeto_mem
        self._address: int = address

    def read(self, at: int, into: bytearray) -> None:
        """Fill a buffer with the bytes from an address on."""
        self._repeat(self._read, at, into)

    def write(self, at: int, data: bytearray) -> None:
        """Write a buffer's bytes from an address on, in order."""
        self._repeat(self._write, at, data)

    def _repeat(self, transfer: "Callable[..., object]", at: int, data: bytearray) -> None:
        for attempt in range(_TRIES):
            try:
                transfer(self._address, at, data, addrsize=_ADDRESS_BITS)
                return
            except OSError:
                if attempt == _TRIES - 1:
                    raise
