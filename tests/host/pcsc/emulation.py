# SPDX-License-Identifier: Apache-2.0
"""Readers as their manuals describe them: commands in, answers out, the meter's own driver on the simulator's chip below.

A reader does what it is told: it writes any address, over the answer to reset as well. That the station does not is for
the tests to find.
"""

from typing import Protocol

from groschen.drivers.interpreted import CardLines
from groschen.drivers.sle4428 import Sle4428 as Driver
from groschenhost.readers.connection import Answer, CardRemoved
from groschensim.models.mifare import ACK, MifareClassic1K, crc_a
from groschensim.models.sle4428 import COUNTER, PSC_LOW, WRITE, Pins, Sle4428Chip

SLE_ATR = bytes.fromhex("3B 04 92 23 10 91")
MIFARE_ATR = bytes.fromhex("3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 00 01 00 00 00 00 6A")

OK = b"\x90\x00"
NO_SUCH_INSTRUCTION = b"\x6d\x00"
FAILED = b"\x63\x00"


class Gone(Exception):  # noqa: N818
    """The card was pulled before the answer."""


class Reader(Protocol):
    """What the reader's side of a connection does."""

    atr: bytes
    silent: bool  # answer a write as if it had been done, and do nothing: what a protected or worn cell looks like
    image: bytearray

    def insert(self) -> None: ...

    def pull_after(self, count: int) -> None: ...

    def power(self, on: bool) -> None: ...

    def answer(self, apdu: bytes) -> bytes: ...


class SleReader:
    """What the readers of an SLE 4428 have in common."""

    atr: bytes = SLE_ATR

    def __init__(self, chip: Sle4428Chip) -> None:
        self.chip = chip
        self.image = chip.image
        self.silent = False
        pins = Pins(chip)
        lines = CardLines(pins.clk, pins.io, lambda _: None, lambda: False)
        self.driver = Driver(pins.rst, lines, lambda _: None, pins.vcc)

    def insert(self) -> None:
        self.chip.insert()
        self.pull_after(-1)
        self.power(on=False)

    def pull_after(self, count: int) -> None:
        """Pull the card after so many clocks."""
        self.chip.pull_after(count)

    def power(self, on: bool) -> None:
        self.driver.power_off()
        if on:
            self.driver.reset()

    def answer(self, apdu: bytes) -> bytes:
        try:
            answer = self.execute(apdu[1], apdu[2] << 8 | apdu[3], apdu[4], apdu[5:])
        except OSError:  # what the driver makes of a card that does not end its programming
            raise Gone from None
        if not self.chip.inserted:
            raise Gone
        return answer

    def execute(self, instruction: int, at: int, length: int, data: bytes) -> bytes:
        raise NotImplementedError

    def read(self, at: int, length: int) -> bytes:
        data = bytearray(length)
        self.driver.read(at, data)
        return bytes(data)

    def write(self, at: int, data: bytes) -> None:
        """Program every byte, as a reader does that is told to; the driver's own `write` refuses what the meter may not."""
        for offset, byte in enumerate(data):
            if not self.silent:
                self.driver._program(WRITE, at + offset, byte)


class Acs(SleReader):
    """ACR39U: select first; PRESENT CODE answers 90 and the counter."""

    def __init__(self, chip: Sle4428Chip) -> None:
        super().__init__(chip)
        self.selected = False

    def power(self, on: bool) -> None:
        super().power(on)
        self.selected = False

    def execute(self, instruction: int, at: int, length: int, data: bytes) -> bytes:
        if instruction == 0xA4:
            self.power(on=True)
            self.selected = data == b"\x05"
            return OK if self.selected else FAILED
        if not self.selected:
            return FAILED
        if instruction == 0xB0:
            return self.read(at, length) + OK
        if instruction == 0xB1:
            return self.read(COUNTER, 1) + b"\x00\x00" + OK
        if instruction == 0xD0:
            self.write(at, data)
            return OK
        if instruction == 0x20:
            self.driver.verify(data)
            return self.presented(self.read(COUNTER, 1), data)
        return NO_SUCH_INSTRUCTION

    def presented(self, counter: bytes, code: bytes) -> bytes:
        return b"\x90" + counter


class Acr38(Acs):
    """ACR38 of before: the counter and the code as data."""

    def presented(self, counter: bytes, code: bytes) -> bytes:
        return counter + code + OK


class Omnikey(SleReader):
    """OMNIKEY 3x21: no select; it knows whether the code was presented, and reads back what it writes."""

    def __init__(self, chip: Sle4428Chip) -> None:
        super().__init__(chip)
        self.verified = False

    def power(self, on: bool) -> None:
        super().power(on)
        self.verified = False

    def execute(self, instruction: int, at: int, length: int, data: bytes) -> bytes:
        if instruction == 0xB0:
            return self.read(at, length) + OK
        if instruction == 0xD6:
            return self.update(at, data)
        if instruction == 0x20:
            return self.verify(data)
        if instruction == 0x21:
            answer = self.verify(data[:2])
            return self.update(PSC_LOW, data[2:]) if answer == OK else answer
        return NO_SUCH_INSTRUCTION

    def update(self, at: int, data: bytes) -> bytes:
        if not self.verified:
            return b"\x69\x82"
        self.write(at, data)
        return OK if self.silent or self.read(at, len(data)) == data else b"\x65\x81"

    def verify(self, code: bytes) -> bytes:
        self.verified = self.driver.verify(code)
        if self.verified:
            return OK
        left = self.driver.tries()
        return bytes([0x63, 0xC0 | left]) if left else b"\x69\x83"


class Part3:
    """A contactless reader: PC/SC part 3 above, frames to the simulator's card below."""

    atr: bytes = MIFARE_ATR
    key_places: tuple[tuple[int, int], ...] = ((0, 0), (0, 1))

    def __init__(self, card: MifareClassic1K) -> None:
        self.card = card
        self.image = card.image
        self.silent = False
        self.key = b""
        self.encrypted = False

    def insert(self) -> None:
        self.card.enter()
        self.pull_after(-1)
        self.power(on=False)

    def pull_after(self, count: int) -> None:
        """Take the card out of the field after so many bytes in the air."""
        self.card.cut = self.card.bytes + count if count > 0 else -1
        if count == 0:
            self.card.leave()

    def power(self, on: bool) -> None:
        self.card.field(False)
        self.card.field(on)
        if on:
            self.select()

    def select(self) -> None:
        """Wake the card and choose it, which is due after all that it has refused."""
        self.encrypted = False
        self.card.answer(b"\x52", 7, False)
        identity, _ = self.card.answer(b"\x93\x20", 16, False)
        self.exchange(b"\x93\x70" + identity)

    def exchange(self, frame: bytes) -> bytes:
        return self.card.answer(frame + crc_a(frame), 8 * len(frame) + 16, self.encrypted)[0]

    def answer(self, apdu: bytes) -> bytes:
        answer = self.execute(apdu[1], apdu[2], apdu[3], apdu[5:])
        if self.card.gone:
            raise Gone
        if answer == FAILED:
            self.select()
        return answer

    def execute(self, instruction: int, p1: int, p2: int, data: bytes) -> bytes:
        if instruction == 0xCA:
            return bytes(self.image[:4]) + OK
        if instruction == 0x82:
            self.key = data
            return OK if (p1, p2) in self.key_places and len(data) == 6 else b"\x69\x86"
        if instruction == 0x86:
            identity = bytes(self.image[:4])
            self.encrypted = self.card.authenticate(data[3], data[2], self.key, identity, self.encrypted)
            return OK if self.encrypted else FAILED
        if instruction == 0xB0:
            read = self.exchange(bytes([0x30, p2]))
            return read[:16] + OK if len(read) == 18 else FAILED
        if instruction == 0xD6:
            return self.write(p2, data)
        return NO_SUCH_INSTRUCTION

    def write(self, block: int, data: bytes) -> bytes:
        if self.silent:
            return OK
        acknowledged = self.exchange(bytes([0xA0, block])) == bytes([ACK]) and self.exchange(data) == bytes([ACK])
        return OK if acknowledged else FAILED


class Local:
    """A connection within this process; keeps every command that was sent."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.sent: list[bytes] = []
        self.closed = False
        reader.power(on=True)

    def transmit(self, apdu: bytes) -> Answer:
        self.sent.append(apdu)
        try:
            answer = self.reader.answer(apdu)
        except Gone:
            raise CardRemoved("pulled") from None
        return Answer(answer[:-2], answer[-2], answer[-1])

    def close(self) -> None:
        self.reader.power(on=False)
        self.closed = True
