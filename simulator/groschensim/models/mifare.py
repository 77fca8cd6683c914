# SPDX-License-Identifier: Apache-2.0
"""The contactless card MIFARE Classic 1K as frames in the field (NXP MF1S50YYX_V1; ISO/IEC 14443-3 type A).

Keys, access conditions and states are the card's. The Crypto1 cipher is not here: a frame is marked as encrypted or
not, and an authentication compares the keys themselves where the card would compare what both made of a random
number. Value operations are refused as invalid, a card with a UID of seven bytes and personalisation are not here.
Where the data sheet is silent: a block that may not be written is refused at the first step, and writing a trailer
changes those of its three parts that may be written. Runs on CPython and MicroPython alike.
"""

from groschencard import const

SIZE = const(1024)
BLOCK = const(16)
BLOCKS = const(64)
ATQA = b"\x04\x00"
SAK = const(0x08)

A = const(1)
B = const(2)

# Access conditions: which keys may, by C1 << 2 | C2 << 1 | C3 (8.7.2, 8.7.3).
# A data block: read, write.
DATA = (
    (A | B, A | B),
    (A | B, 0),
    (A | B, 0),
    (B, B),
    (A | B, B),
    (B, 0),
    (A | B, B),
    (0, 0),
)
# A trailer: write key A; read and write the access bits; read and write key B. Key A is never read.
TRAILER = (
    (A, A, 0, A, A),
    (A, A, A, A, A),
    (0, A, 0, A, 0),
    (B, A | B, B, 0, B),
    (B, A | B, 0, 0, B),
    (0, A | B, B, 0, 0),
    (0, A | B, 0, 0, 0),
    (0, A | B, 0, 0, 0),
)

# What a block holds whose writing the field did not outlast.
OLD, ERASED, GARBAGE, NEW = range(4)

ACK = const(0xA)
NAK_INVALID = const(0x4)
NAK_CRC = const(0x5)

# How long the card takes to answer, in clocks of 13.56 MHz: n = 9 of ISO/IEC 14443-3, and what is left of the typical
# 5.5 ms of a write (8.2.4) behind the time of its frames.
DELAY = const(1236)
PROGRAMMING = const(45_700)

_IDLE = const(0)
_READY = const(1)
_ACTIVE = const(2)
_HALTED = const(3)

_REQA = const(0x26)
_WUPA = const(0x52)
_SELECT = const(0x93)
_ANTICOLLISION = const(0x20)
_ALL_BITS = const(0x70)
_HALT = const(0x50)
_READ = const(0x30)
_WRITE = const(0xA0)
_KEY_A = const(0x60)
_KEY_B = const(0x61)
_NOTHING = const(-1)


def crc_a(data: "bytes | bytearray") -> bytes:
    """Return the two bytes of CRC_A behind a frame, bit by bit as ISO/IEC 14443-3 has it."""
    crc = 0x6363
    for byte in data:
        for bit in range(8):
            odd = (crc ^ byte >> bit) & 1
            crc = crc >> 1 ^ (0x8408 if odd else 0)
    return bytes([crc & 0xFF, crc >> 8])


def blank_image(uid: bytes) -> bytearray:
    """Return the memory of a card as shops sell it: a UID of four bytes, all keys ones, everything allowed."""
    image = bytearray(SIZE)
    image[:4] = uid
    image[4] = uid[0] ^ uid[1] ^ uid[2] ^ uid[3]
    image[5:8] = bytes([SAK]) + ATQA
    for sector in range(16):
        image[sector * 64 + 48 : sector * 64 + 64] = b"\xff" * 6 + b"\xff\x07\x80\x69" + b"\xff" * 6
    return image


def conditions(image: bytearray, block: int) -> int:
    """Return C1 << 2 | C2 << 1 | C3 of a block, or -1 where the sector's bits and their inverses disagree."""
    at = block // 4 * 64 + 54
    c1, c2, c3 = image[at + 1] >> 4, image[at + 2] & 0xF, image[at + 2] >> 4
    if image[at] ^ 0xFF != c2 << 4 | c1 or image[at + 1] & 0xF != c3 ^ 0xF:
        return _NOTHING
    bit = block % 4
    return (c1 >> bit & 1) << 2 | (c2 >> bit & 1) << 1 | c3 >> bit & 1


class MifareClassic1K:
    """The card: its blocks, what state it is in, and when the field leaves it.

    `cut` is the number of bytes on the air, in both directions and with an acknowledgement as one, after which the
    card is out of the field; without one it stays. `tear` says what a block then holds that was being written as the
    last byte before the cut arrived. `noise` are the numbers of frames, from 0, that the card does not understand.
    """

    def __init__(self, image: bytearray, cut: int = -1, tear: int = OLD, noise: "tuple[int, ...]" = ()) -> None:
        """Take the bytes to begin with; the card is in the field."""
        self.image = image
        self.cut = cut
        self.tear = tear
        self.noise = noise
        self.gone = False
        self.bytes = 0
        self.frames = 0
        self.delay = 0
        """Clocks of 13.56 MHz from the end of the last frame to the answer."""
        self._powered = False
        self._state = _IDLE
        self._woken = False  # from the halted state, to which it falls back then
        self._sector = _NOTHING  # the one that is open,
        self._key = 0  # and with which key
        self._writing = _NOTHING  # the block whose bytes come next

    def field(self, on: bool) -> None:
        """See the field come or go."""
        if self._powered != on:
            self._powered = on
            self._woken = False
            self._fall()

    def leave(self) -> None:
        """Go out of the field."""
        self.gone = True
        self._woken = False
        self._fall()

    def enter(self) -> None:
        """Come into the field."""
        self.gone = False

    def answer(self, frame: bytes, bits: int, encrypted: bool) -> "tuple[bytes, int]":
        """Take a frame of so many bits; return the answer and its bits, none where the card is silent."""
        if not self._receives(len(frame)):
            return b"", 0
        self.delay = DELAY
        number, self.frames = self.frames, self.frames + 1
        if number in self.noise or encrypted != (self._sector >= 0):
            self._fall()
            return b"", 0
        reply, reply_bits = self._act(frame, bits)
        if len(reply) > self._left():
            # The reader hears the beginning.
            reply = reply[: self._left()]
            reply_bits = len(reply) * 8
            self.bytes += len(reply)
            self.leave()
            return reply, reply_bits
        self.bytes += len(reply)
        return reply, reply_bits

    def authenticate(self, command: int, block: int, key: bytes, uid: bytes, encrypted: bool) -> bool:
        """Take both steps of an authentication; return whether the reader has convinced the card."""
        if not self._receives(4):
            return False
        number, self.frames = self.frames, self.frames + 1
        fits = number not in self.noise and self._state == _ACTIVE and encrypted == (self._sector >= 0)
        fits = fits and command in (_KEY_A, _KEY_B) and block < BLOCKS and conditions(self.image, block) != _NOTHING
        if not fits:
            self._fall()
            return False
        # The card's random number; then the reader's, and the proof of its key.
        if not self._hears(4) or not self._receives(8):
            return False
        at = block // 4 * 64 + (48 if command == _KEY_A else 58)
        if bytes(self.image[at : at + 6]) != key or bytes(self.image[:4]) != uid:
            self._fall()
            return False
        if not self._hears(4):
            return False
        self._sector = block // 4
        self._key = A if command == _KEY_A else B
        return True

    def may(self, block: int, write: bool) -> bool:
        """Say whether the open sector's key allows this of a block."""
        bits = conditions(self.image, block)
        if bits == _NOTHING or block // 4 != self._sector:
            return False
        trailer = TRAILER[conditions(self.image, block | 3)]
        if self._key == B and trailer[3]:
            return False  # a key B that can be read opens nothing (8.7.3, note 1)
        if block % 4 == 3:
            return bool((trailer[0] | trailer[2] | trailer[4] if write else trailer[1]) & self._key)
        return bool(DATA[bits][write] & self._key) and not (write and block == 0)

    def _act(self, frame: bytes, bits: int) -> "tuple[bytes, int]":
        if bits == 7:
            return self._requested(frame[0])
        if self._state == _READY:
            return self._chosen(frame)
        if self._state != _ACTIVE or bits % 8:
            return self._silent()
        writing, self._writing = self._writing, _NOTHING
        if len(frame) < 3 or crc_a(frame[:-2]) != frame[-2:]:
            return self._refuse(NAK_CRC)
        if writing >= 0:
            return self._program(writing, frame[:-2])
        return self._obey(frame[:-2])

    def _requested(self, command: int) -> "tuple[bytes, int]":
        if self._state == _IDLE and command in (_REQA, _WUPA):
            self._woken = False
        elif self._state == _HALTED and command == _WUPA:
            self._woken = True
        else:
            return self._silent()
        self._state = _READY
        return ATQA, 16

    def _chosen(self, frame: bytes) -> "tuple[bytes, int]":
        identity = bytes(self.image[:5])
        if frame == bytes([_SELECT, _ANTICOLLISION]):
            return identity, 40
        if frame[:-2] == bytes([_SELECT, _ALL_BITS]) + identity and crc_a(frame[:-2]) == frame[-2:]:
            self._state = _ACTIVE
            return bytes([SAK]) + crc_a(bytes([SAK])), 24
        return self._silent()

    def _obey(self, command: bytes) -> "tuple[bytes, int]":
        if command == bytes([_HALT, 0]):
            self._woken = True
            return self._silent()
        if len(command) != 2 or command[1] >= BLOCKS or self._sector < 0:
            return self._refuse(NAK_INVALID)
        block = command[1]
        if command[0] == _READ and self.may(block, False):
            content = self._readable(block)
            return content + crc_a(content), 18 * 8
        if command[0] == _WRITE and self.may(block, True):
            self._writing = block
            return bytes([ACK]), 4
        return self._refuse(NAK_INVALID)

    def _readable(self, block: int) -> bytes:
        content = bytes(self.image[block * BLOCK : block * BLOCK + BLOCK])
        if block % 4 < 3:
            return content
        shows_b = TRAILER[conditions(self.image, block)][3] & self._key
        return bytes(6) + content[6:10] + (content[10:] if shows_b else bytes(6))

    def _program(self, block: int, content: bytes) -> "tuple[bytes, int]":
        if len(content) != BLOCK:
            return self._refuse(NAK_INVALID)
        self.delay = PROGRAMMING
        torn = self._left() == 0
        at = block * BLOCK
        for start, end in self._writable(block):
            self.image[at + start : at + end] = self._left_of(block, content, self.tear if torn else NEW)[start:end]
        return bytes([ACK]), 4

    def _writable(self, block: int) -> "list[tuple[int, int]]":
        if block % 4 < 3:
            return [(0, BLOCK)]
        row = TRAILER[conditions(self.image, block)]
        parts = ((row[0], 0, 6), (row[2], 6, 10), (row[4], 10, BLOCK))
        return [(start, end) for keys, start, end in parts if keys & self._key]

    def _left_of(self, block: int, content: bytes, tear: int) -> bytes:
        old = self.image[block * BLOCK : block * BLOCK + BLOCK]
        if tear == ERASED:
            return bytes(BLOCK)
        if tear == GARBAGE:
            # Neither the old nor the new, and the same at each run.
            return bytes([(old[at] * 3 + content[at] * 5 + 0x5A + at) & 0xFF for at in range(BLOCK)])
        return content if tear == NEW else bytes(old)

    def _refuse(self, code: int) -> "tuple[bytes, int]":
        self._fall()
        return bytes([code]), 4

    def _silent(self) -> "tuple[bytes, int]":
        self._fall()
        return b"", 0

    def _fall(self) -> None:
        self._state = _HALTED if self._woken else _IDLE
        self._sector = _NOTHING
        self._writing = _NOTHING

    def _left(self) -> int:
        return SIZE * SIZE if self.cut < 0 else self.cut - self.bytes

    def _receives(self, count: int) -> bool:
        # Whether the field outlasts a frame of the reader.
        if self.gone or not self._powered:
            return False
        if self._left() < count:
            self.bytes += self._left()
            self.leave()
            return False
        self.bytes += count
        return True

    def _hears(self, count: int) -> bool:
        # Whether it outlasts an answer of the card.
        if self._left() < count:
            self.bytes += self._left()
            self.leave()
            return False
        self.bytes += count
        return True
