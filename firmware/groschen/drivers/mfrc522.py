# SPDX-License-Identifier: Apache-2.0
"""The contactless reader MFRC522 on SPI and the MIFARE Classic 1K in its field (NXP MFRC522 rev. 3.9, MF1S50YYX_V1).

SPI mode 0, the highest bit first, at most 10 MHz (MFRC522, 8.1.2).
"""

from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    class Spi(Protocol):
        """What the driver needs of `machine.SPI`."""

        @property
        def write(self) -> "Callable[..., Any]":
            """Send a buffer's bytes."""
            ...

        @property
        def write_readinto(self) -> "Callable[..., Any]":
            """Send a buffer's bytes and fill another of the same length."""
            ...

    class Select(Protocol):
        """What it needs of `machine.Pin`: the call that sets a level."""

        @property
        def value(self) -> "Callable[..., Any]":
            """Set the pin's level."""
            ...


# Registers (MFRC522, 9.2).
_COMMAND = const(0x01)
_COM_IRQ = const(0x04)
_ERROR = const(0x06)
_STATUS_2 = const(0x08)
_FIFO_DATA = const(0x09)
_FIFO_LEVEL = const(0x0A)
_CONTROL = const(0x0C)
_BIT_FRAMING = const(0x0D)
_TX_CONTROL = const(0x14)
_TX_ASK = const(0x15)
_T_MODE = const(0x2A)
_T_PRESCALER = const(0x2B)
_T_RELOAD_HIGH = const(0x2C)
_T_RELOAD_LOW = const(0x2D)
_VERSION = const(0x37)

# Commands (10.3).
_IDLE = const(0x00)
_TRANSCEIVE = const(0x0C)
_MF_AUTHENT = const(0x0E)
_SOFT_RESET = const(0x0F)

# Bits of registers.
_POWER_DOWN = const(0x10)  # Command
_RX = const(0x20)  # ComIrq: an answer is whole,
_IDLE_IRQ = const(0x10)  # the command has ended,
_ERR = const(0x02)  # an error,
_TIMER = const(0x01)  # the time is over
_CLEAR_IRQ = const(0x7F)
_FAULTS = const(0x1B)  # Error: overflow, collision, parity, protocol; CRCs are checked here
_CRYPTO_ON = const(0x08)  # Status2
_FLUSH = const(0x80)  # FIFOLevel
_START_SEND = const(0x80)  # BitFraming
_LAST_BITS = const(0x07)  # Control
_ANTENNA_ON = const(0x83)  # TxControl: as after reset, and both drivers
_FORCE_100_ASK = const(0x40)  # TxASK

# The chip's timer starts with the end of each frame and stops with the first bits of the answer (8.5). It ticks each
# 2 * 339 + 1 clocks of 13.56 MHz, which is 50 us.
_T_AUTO = const(0x80)
_PRESCALER = const(339)
_SHORT = const(20)  # 1 ms: an answer to REQA is due after 91 us, and so would be one to HLTA
_LONG = const(240)  # 12 ms: a write takes at most 10
# A chip that does not come to an end is broken: so many polls of 16 bits take 12 ms at 4 MHz without a pause between
# them, and half a second on a Pico.
_POLLS = const(3000)

# Commands to the card (MF1S50YYX_V1, 9.1).
_WUPA = const(0x52)
_REQA = const(0x26)
_SHORT_FRAME = const(7)  # bits of these two
_SELECT = const(0x93)
_ANTICOLLISION = const(0x20)  # no bit of the UID is known,
_ALL_BITS = const(0x70)  # all are
_HALT = const(0x50)
_KEY_A = const(0x60)
_KEY_B = const(0x61)
_READ = const(0x30)
_WRITE = const(0xA0)
_ACK = const(0x0A)
_ACK_BITS = const(4)

_FEW = const(2)  # bytes that are taken one by one: an answer to REQA, so that looking for a card allocates nothing
_BLOCK = const(16)
_FRAME = const(19)  # the register's address, and the longest frame: a block and its CRC

_EIO = const(5)
_EACCES = const(13)
_ENODEV = const(19)
_ETIMEDOUT = const(110)


def crc_a(data: bytearray, start: int, end: int) -> int:
    """Return CRC_A of some bytes of a frame, the first byte sent in the lower half (ISO/IEC 14443-3, annex B)."""
    crc = 0x6363
    for at in range(start, end):
        byte = (data[at] ^ crc) & 0xFF
        byte = (byte ^ byte << 4) & 0xFF
        crc = crc >> 8 ^ byte << 8 ^ byte << 3 ^ byte >> 4
    return crc


class Mfrc522:
    """The reader, and one card with a UID of four bytes.

    After any OSError, and after a key that was refused, the card has fallen back: it wants `request`, `anticollision`
    and `select` again.
    """

    def __init__(self, bus: "Spi", chip_select: "Select") -> None:
        """Take the bus and the pin that selects the chip while it is low; the chip is reset before its first use."""
        self.uid = bytearray(4)  # of the card that was found last
        self._bus = bus
        self._select_pin = chip_select
        self._two = bytearray(2)
        self._two_in = bytearray(2)
        self._out = bytearray(_FRAME)
        self._in = bytearray(_FRAME)
        self._ask = bytearray([0x80 | _FIFO_DATA << 1] * _FRAME)
        self._ask_end = bytearray([0x80 | _ERROR << 1, 0x80 | _FIFO_LEVEL << 1, 0x80 | _CONTROL << 1, 0])
        self._end = bytearray(4)
        chip_select.value(1)

    def reset(self) -> None:
        """Reset the chip, set it up for 106 kbit/s and switch the field on; raises OSError where no chip answers."""
        self._set(_COMMAND, _SOFT_RESET)
        polls = _POLLS
        while self._get(_COMMAND) & _POWER_DOWN:
            polls -= 1
            if not polls:
                raise OSError(_ENODEV, "the reader does not start")
        # 91h and 92h are NXP's (9.3.4.8); clones have others, and work.
        if self._get(_VERSION) in (0x00, 0xFF):
            raise OSError(_ENODEV, "no reader answers")
        self._set(_T_MODE, _T_AUTO | _PRESCALER >> 8)
        self._set(_T_PRESCALER, _PRESCALER & 0xFF)
        self._set(_T_RELOAD_HIGH, 0)
        self._set(_T_RELOAD_LOW, _LONG)
        self._set(_TX_ASK, _FORCE_100_ASK)
        self._set(_TX_CONTROL, _ANTENNA_ON)

    def request(self, wake: bool = True) -> bool:
        """Ask whether a card is in the field, one that was halted only if it is to `wake`; ends the encryption.

        A card that was in use falls back and is silent once: ask twice.
        """
        self.stop_crypto()
        self._out[1] = _WUPA if wake else _REQA
        return self._exchange(1, _SHORT_FRAME, _SHORT) == 16

    def anticollision(self) -> bytearray:
        """Return the UID of the card that has answered a request, in `uid`; OSError if there is more than one."""
        self._out[1] = _SELECT
        self._out[2] = _ANTICOLLISION
        bits = self._exchange(2)
        found = self._in
        if bits != 40 or found[1] ^ found[2] ^ found[3] ^ found[4] ^ found[5]:
            raise self._fault(bits)
        for at in range(4):
            self.uid[at] = found[1 + at]
        return self.uid

    def select(self) -> int:
        """Select the card with the UID that was found; return its SAK, the kind of card: 08h for a Classic 1K."""
        self._out[1] = _SELECT
        self._out[2] = _ALL_BITS
        check = 0
        for at in range(4):
            byte = self.uid[at]
            self._out[3 + at] = byte
            check ^= byte
        self._out[7] = check
        bits = self._exchange(self._sealed(7))
        if bits != 24 or crc_a(self._in, 1, 4):
            raise self._fault(bits)
        return self._in[1]

    def auth(self, block: int, key_b: bool, key: "bytes | bytearray") -> bool:
        """Open a block's sector with one of its keys, six bytes; return False if the key is wrong or the card gone."""
        out = self._out
        out[1] = _KEY_B if key_b else _KEY_A
        out[2] = block
        for at in range(6):
            out[3 + at] = key[at]
        for at in range(4):
            out[9 + at] = self.uid[at]
        self._prepare(12)
        self._set(_COMMAND, _MF_AUTHENT)
        self._wait(_IDLE_IRQ)
        if self._get(_STATUS_2) & _CRYPTO_ON:
            return True
        self._set(_COMMAND, _IDLE)
        return False

    def read(self, block: int, into: bytearray) -> None:
        """Fill sixteen bytes from a block of the open sector; OSError if the card refuses, garbles or is gone."""
        self._out[1] = _READ
        self._out[2] = block
        bits = self._exchange(self._sealed(2))
        if bits != (_BLOCK + 2) * 8 or crc_a(self._in, 1, _FRAME):
            raise self._fault(bits)
        for at in range(_BLOCK):
            into[at] = self._in[1 + at]

    def write(self, block: int, data: bytearray) -> None:
        """Write sixteen bytes to a block of the open sector; OSError if the card refuses, garbles or is gone.

        After an error the block holds what it held, the new bytes, or anything.
        """
        self._out[1] = _WRITE
        self._out[2] = block
        self._acknowledged(self._exchange(self._sealed(2)))
        for at in range(_BLOCK):
            self._out[1 + at] = data[at]
        self._acknowledged(self._exchange(self._sealed(_BLOCK)))

    def halt(self) -> None:
        """Send the card to sleep until it is woken or leaves the field; its silence is its consent."""
        self._out[1] = _HALT
        self._out[2] = 0
        bits = self._exchange(self._sealed(2), 0, _SHORT)
        if bits:
            raise self._fault(bits)

    def stop_crypto(self) -> None:
        """Go on in plain text, as each card begins."""
        self._set(_STATUS_2, 0)

    def _exchange(self, length: int, last_bits: int = 0, ticks: int = _LONG) -> int:
        # Sends so many bytes, the last of it so many bits (0: all), and takes the answer; returns its bits, 0 for none.
        if ticks != _LONG:
            self._set(_T_RELOAD_LOW, ticks)
        self._prepare(length)
        self._set(_BIT_FRAMING, last_bits)
        self._set(_COMMAND, _TRANSCEIVE)
        self._set(_BIT_FRAMING, _START_SEND | last_bits)
        irq = self._wait(_RX)
        if ticks != _LONG:
            self._set(_T_RELOAD_LOW, _LONG)
        if not irq & (_RX | _ERR):
            return 0
        self._transfer(self._ask_end, self._end)
        count = self._end[2]
        if self._end[1] & _FAULTS or not count or count >= _FRAME:
            raise OSError(_EIO, "the card's answer is garbled")
        if count <= _FEW:
            for at in range(1, count + 1):
                self._in[at] = self._get(_FIFO_DATA)
        else:
            # The address as often as bytes are wanted, then a zero (8.1.2.1).
            self._ask[count] = 0
            self._transfer(memoryview(self._ask)[: count + 1], memoryview(self._in)[: count + 1])
            self._ask[count] = self._ask[0]
        odd = self._end[3] & _LAST_BITS
        return count * 8 - (8 - odd if odd else 0)

    def _prepare(self, length: int) -> None:
        self._set(_COMMAND, _IDLE)
        self._set(_COM_IRQ, _CLEAR_IRQ)
        self._set(_FIFO_LEVEL, _FLUSH)
        if length == 1:
            self._set(_FIFO_DATA, self._out[1])
        else:
            self._out[0] = _FIFO_DATA << 1
            self._send(memoryview(self._out)[: length + 1])

    def _wait(self, done: int) -> int:
        done |= _ERR | _TIMER
        for _ in range(_POLLS):
            irq = self._get(_COM_IRQ)
            if irq & done:
                return irq
        raise OSError(_ENODEV, "the reader does not come to an end")

    def _sealed(self, length: int) -> int:
        crc = crc_a(self._out, 1, 1 + length)
        self._out[1 + length] = crc & 0xFF
        self._out[2 + length] = crc >> 8
        return length + 2

    def _acknowledged(self, bits: int) -> None:
        if bits != _ACK_BITS or self._in[1] & 0xF != _ACK:
            raise self._fault(bits)

    def _fault(self, bits: int) -> OSError:
        if not bits:
            return OSError(_ETIMEDOUT, "the card does not answer")
        if bits == _ACK_BITS:
            return OSError(_EACCES, "the card refuses")
        return OSError(_EIO, "the card's answer is garbled")

    def _set(self, register: int, value: int) -> None:
        self._two[0] = register << 1
        self._two[1] = value
        self._send(self._two)

    def _get(self, register: int) -> int:
        self._two[0] = 0x80 | register << 1
        self._two[1] = 0
        self._transfer(self._two, self._two_in)
        return self._two_in[1]

    def _send(self, data: "bytearray | memoryview") -> None:
        self._select_pin.value(0)
        self._bus.write(data)
        self._select_pin.value(1)

    def _transfer(self, data: "bytearray | memoryview", into: "bytearray | memoryview") -> None:
        self._select_pin.value(0)
        self._bus.write_readinto(data, into)
        self._select_pin.value(1)
