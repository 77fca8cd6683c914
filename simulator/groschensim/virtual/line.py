# SPDX-License-Identifier: Apache-2.0
"""A serial line between one of the device's UARTs and the world, byte by byte at its speed."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from groschensim.virtual.schedule import Schedule

_BITS = 10  # of a byte on the line: start, seven and parity or eight, stop
_FIFO = 32  # of the RP2040's UART, behind its buffer
_OTHER_SPEED = 1.04  # from which difference on a byte is not understood
_KEPT = 1 << 20


class Line:
    """The line of one UART. `pace` says whether bytes take their time on it."""

    def __init__(self, schedule: "Schedule", now: Callable[[], int], deliver: Callable[[bytes], None]) -> None:
        """Take the board's time, and what gets each byte that the device has sent."""
        self._schedule = schedule
        self._now = now
        self._deliver = deliver
        self.pace = True
        self.baud = 0
        """The speed of the device's UART; zero while it is closed."""
        self.peer_baud = 0
        """The speed of the other side; zero where it is always the device's."""
        self.arrived = bytearray()
        """What the UART has received, and the firmware not read."""
        self.lost = 0
        """Bytes that came when there was no room."""
        self._mask = 0xFF
        self._send_room = 0
        self._receive_room = 0
        self._sending = 0
        self._free_out_us = 0
        self._free_in_us = 0
        self._life = 0

    def open(self, baud: int, bits: int, send_room: int, receive_room: int) -> None:
        """Set the UART up; what had arrived is dropped, what was being sent is lost."""
        self.reset()
        self.baud = baud
        self._mask = (1 << bits) - 1
        self._send_room = send_room
        self._receive_room = receive_room + _FIFO

    def reset(self) -> None:
        """Close the UART, as a reset does."""
        self._life += 1
        self.baud = 0
        self.arrived.clear()
        self._sending = 0
        self._free_out_us = self._now()

    def byte_us(self, baud: int) -> int:
        """Return how long a byte is on the line."""
        return _BITS * 1_000_000 // baud if self.pace and baud else 0

    def send(self, data: "bytes | memoryview") -> int:
        """Take bytes from the firmware as far as there is room; return how many."""
        count = min(len(data), self._send_room + _FIFO - self._sending)
        at_us = max(self._now(), self._free_out_us)
        for byte in data[:count]:
            at_us += self.byte_us(self.baud)
            self._schedule.at(at_us, self._departure(byte & self._mask, self._life))
        self._free_out_us = at_us
        self._sending += count
        return count

    def sent(self) -> bool:
        """Say whether all is sent."""
        return not self._sending

    def feed(self, data: bytes) -> int:
        """Send bytes to the device, behind those that are on their way; return when the last will be there."""
        baud = self.peer_baud or self.baud
        at_us = max(self._now(), self._free_in_us)
        for byte in data:
            at_us += self.byte_us(baud)
            self._schedule.at(at_us, self._arrival(byte, baud))
        self._free_in_us = at_us
        return at_us

    def read(self, count: int) -> bytes:
        """Return what has arrived, at most so many bytes."""
        data = bytes(self.arrived[:count])
        del self.arrived[:count]
        return data

    def _departure(self, byte: int, life: int) -> Callable[[], None]:
        def depart() -> None:
            if life == self._life:
                self._sending -= 1
                self._deliver(bytes((_garbled(byte, self.baud, self.peer_baud),)))

        return depart

    def _arrival(self, byte: int, baud: int) -> Callable[[], None]:
        def arrive() -> None:
            if not self.baud:
                return
            if len(self.arrived) < self._receive_room:
                self.arrived.append(_garbled(byte, baud, self.baud) & self._mask)
            else:
                self.lost += 1

        return arrive


def _garbled(byte: int, sent: int, sampled: int) -> int:
    """Return a byte as the one makes it out that samples it at another speed: a much slower one is a break, a zero."""
    if not sent or not sampled or max(sent, sampled) / min(sent, sampled) <= _OTHER_SPEED:
        return byte
    return ~byte & 0xFF if sampled < _BITS * sent else 0
