# SPDX-License-Identifier: Apache-2.0
"""The contactless reader MFRC522 at its SPI pins, by its registers (NXP MFRC522 rev. 3.9), and the air before it.

It has a time: a byte on SPI takes its clocks, a frame its bits at 106 kbit/s, the card its delay. Modelled are the
commands Idle, CalcCRC, Transceive, MFAuthent and SoftReset, with FIFO, interrupt bits, errors, collisions and timer;
all other registers keep what is written to them. A command or a mode that is not modelled raises
NotImplementedError: hardware CRC in frames, other speeds, bits received at an offset, the timer's other modes. The
cipher is the card model's matter. Runs on CPython and MicroPython alike.
"""

from groschencard import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from groschensim.models.mifare import MifareClassic1K

CLOCK_HZ = 13_560_000
ETU = const(128)
"""Clocks of a bit at 106 kbit/s."""

COMMAND = const(0x01)
COM_IRQ = const(0x04)
DIV_IRQ = const(0x05)
ERROR = const(0x06)
STATUS_1 = const(0x07)
STATUS_2 = const(0x08)
FIFO_DATA = const(0x09)
FIFO_LEVEL = const(0x0A)
WATER_LEVEL = const(0x0B)
CONTROL = const(0x0C)
BIT_FRAMING = const(0x0D)
COLL = const(0x0E)
MODE = const(0x11)
TX_MODE = const(0x12)
RX_MODE = const(0x13)
TX_CONTROL = const(0x14)
TX_ASK = const(0x15)
CRC_HIGH = const(0x21)
CRC_LOW = const(0x22)
T_MODE = const(0x2A)
T_PRESCALER = const(0x2B)
T_RELOAD_HIGH = const(0x2C)
T_RELOAD_LOW = const(0x2D)
VERSION = const(0x37)

IDLE = const(0x0)
CALC_CRC = const(0x3)
NO_CHANGE = const(0x7)
TRANSCEIVE = const(0xC)
MF_AUTHENT = const(0xE)
SOFT_RESET = const(0xF)

# Interrupt bits.
TX_IRQ = const(0x40)
RX_IRQ = const(0x20)
IDLE_IRQ = const(0x10)
HIGH_IRQ = const(0x08)
LOW_IRQ = const(0x04)
ERROR_IRQ = const(0x02)
TIMER_IRQ = const(0x01)
CRC_IRQ = const(0x04)  # of DivIrq

# Error bits.
WRITE_ERROR = const(0x80)
OVERFLOW = const(0x10)
COLLISION = const(0x08)
PROTOCOL_ERROR = const(0x01)

CRYPTO_ON = const(0x08)
FIFO_SIZE = const(64)

# What is not zero after a reset (9.2).
_AFTER_RESET = {
    0x02: 0x80,
    WATER_LEVEL: 0x08,
    CONTROL: 0x10,
    COLL: 0xA0,
    MODE: 0x3F,
    TX_CONTROL: 0x80,
    0x16: 0x10,
    0x17: 0x84,
    0x18: 0x84,
    0x19: 0x4D,
    0x1C: 0x62,
    0x1F: 0xEB,
    0x24: 0x26,
    0x26: 0x48,
    0x27: 0x88,
    0x28: 0x20,
    0x29: 0x20,
}
_CRC_PRESETS = (0x0000, 0x6363, 0xA671, 0xFFFF)
_START_UP = const(1024)  # clocks of the oscillator (8.8.2)
_FRAME_DELAY = const(1236)  # clocks between the frames of an authentication
_AUTH_FRAMES = (39, 38, 75, 38)  # their bits: 4, 4, 8 and 4 bytes


def sent_etus(count: int, last_bits: int) -> int:
    """Return the bits of a frame from the reader: start, data with parity, end; a short frame has no parity."""
    return 1 + 7 + 2 if count == 1 and last_bits == 7 else 9 * count + 3


def answer_etus(bits: int) -> int:
    """Return the bits of a frame from a card: start, data with parity, end; an acknowledgement has no parity."""
    return bits + 2 if bits < 8 else bits // 8 * 9 + 2


class Mfrc522:
    """The chip, with the cards in its field."""

    def __init__(self, *cards: "MifareClassic1K", version: int = 0x92, spi_hz: int = 1_000_000) -> None:
        """Take the cards, the chip's version and the speed of its bus, which its time goes by."""
        self.cards = list(cards)
        self.clocks = 0
        """Time since the beginning, at 13.56 MHz."""
        self.air = 0
        """Clocks of it in which frames were on the air or a card was about to answer."""
        self._version = version
        self._byte_clocks = 8 * CLOCK_HZ // spi_hz
        self._selected = False
        self._address = -1  # of the transfer: none yet
        self._writers = {
            COMMAND: self._write_command,
            COM_IRQ: self._write_com_irq,
            DIV_IRQ: self._write_div_irq,
            STATUS_2: self._write_status_2,
            FIFO_DATA: self._fill,
            FIFO_LEVEL: self._flush,
            CONTROL: self._write_timer,
            BIT_FRAMING: self._write_bit_framing,
            TX_MODE: self._write_mode,
            RX_MODE: self._write_mode,
            TX_CONTROL: self._write_tx_control,
            T_MODE: self._write_t_mode,
        }
        self._reset()

    def place(self, *cards: "MifareClassic1K") -> None:
        """Put cards into the field in place of those that are there."""
        for card in self.cards:
            if card not in cards:
                card.field(False)
        self.cards = list(cards)
        self._field()

    def select(self, active: bool) -> None:
        """See the chip select line begin or end a transfer."""
        self._selected = active
        self._address = -1

    def exchange(self, byte: int) -> int:
        """Take a byte from SPI and give one: what the byte before asked for (8.1.2)."""
        self.clocks += self._byte_clocks
        self._happen()
        if not self._selected:
            return 0xFF
        if self._address < 0:
            self._address = byte
            return 0
        register = self._address >> 1 & 0x3F
        if self._address & 0x80:
            self._address = byte | 0x80
            return self._read(register)
        self._write(register, byte)
        return 0

    def _reset(self) -> None:
        self._registers = bytearray(64)
        for register, value in _AFTER_RESET.items():
            self._registers[register] = value
        self._fifo = bytearray()
        self._irq = IDLE_IRQ | LOW_IRQ
        self._div_irq = 0
        self._crc = 0xFFFF
        self._crypto = False
        self._rx_bits = 0
        self._command = IDLE
        self._events: list[tuple[int, int, bytes, int, int]] = []  # instant, interrupts, answer, its bits, errors
        self._starts = self.clocks + _START_UP
        self._field()

    def _read(self, register: int) -> int:
        if register == FIFO_DATA:
            if not self._fifo:
                return 0
            byte = self._fifo[0]
            self._fifo = self._fifo[1:]
            self._levels()
            return byte
        if register == COMMAND:
            return self._command | (0x10 if self.clocks < self._starts else 0) | self._registers[COMMAND] & 0x20
        if register == STATUS_1:
            return self._status_1()
        if register == CONTROL:
            return self._registers[CONTROL] & 0x10 | self._rx_bits
        simple = {
            COM_IRQ: self._irq,
            DIV_IRQ: self._div_irq,
            FIFO_LEVEL: len(self._fifo),
            STATUS_2: self._registers[STATUS_2] & 0xC0 | (CRYPTO_ON if self._crypto else 0),
            CRC_HIGH: self._crc >> 8,
            CRC_LOW: self._crc & 0xFF,
            VERSION: self._version,
        }
        return simple.get(register, self._registers[register])

    def _status_1(self) -> int:
        water = self._registers[WATER_LEVEL]
        level = len(self._fifo)
        running = any(irq & TIMER_IRQ for _, irq, _, _, _ in self._events)
        return (
            (0x40 if not self._crc else 0)
            | (0x20 if self._command != CALC_CRC or not self._fifo else 0)
            | (0x08 if running else 0)
            | (0x02 if FIFO_SIZE - level <= water else 0)
            | (0x01 if level <= water else 0)
        )

    def _write(self, register: int, value: int) -> None:
        writer = self._writers.get(register)
        if writer:
            writer(value)
        elif register not in (ERROR, STATUS_1, CRC_HIGH, CRC_LOW, VERSION):
            self._registers[register] = value

    def _write_command(self, value: int) -> None:
        self._registers[COMMAND] = value & 0x20
        self._start(value & 0xF)

    def _write_com_irq(self, value: int) -> None:
        self._irq = self._irq | value & 0x7F if value & 0x80 else self._irq & ~value & 0x7F

    def _write_div_irq(self, value: int) -> None:
        self._div_irq = self._div_irq | value & 0x14 if value & 0x80 else self._div_irq & ~value & 0x14

    def _write_status_2(self, value: int) -> None:
        self._registers[STATUS_2] = value & 0xC0
        self._crypto = self._crypto and bool(value & CRYPTO_ON)  # can only be cleared

    def _flush(self, value: int) -> None:
        if value & 0x80:
            self._fifo = bytearray()
            self._registers[ERROR] &= ~OVERFLOW & 0xFF
            self._levels()

    def _write_timer(self, value: int) -> None:
        if value & 0xC0:
            raise NotImplementedError("of the timer, only the automatic start is modelled")

    def _write_t_mode(self, value: int) -> None:
        if value & 0x70:
            raise NotImplementedError("of the timer, only the automatic start is modelled")
        self._registers[T_MODE] = value

    def _write_mode(self, value: int) -> None:
        if value:
            raise NotImplementedError("CRC by the chip, other speeds and multiple frames are not modelled")

    def _write_bit_framing(self, value: int) -> None:
        if value & 0x70:
            raise NotImplementedError("bits at an offset are not modelled")
        self._registers[BIT_FRAMING] = value
        self._begin_frame()

    def _write_tx_control(self, value: int) -> None:
        self._registers[TX_CONTROL] = value
        self._field()

    def _fill(self, value: int) -> None:
        if self._command == MF_AUTHENT and self._events:
            self._fail(WRITE_ERROR)
        elif len(self._fifo) == FIFO_SIZE:
            self._fail(OVERFLOW)
        else:
            self._fifo.append(value)
            self._levels()
            if self._command == MF_AUTHENT:
                self._authenticate()
            elif self._command == CALC_CRC:
                self._calculate()

    def _start(self, command: int) -> None:
        if command == NO_CHANGE:
            return
        if command == SOFT_RESET:
            self._reset()
            return
        if command not in (IDLE, CALC_CRC, TRANSCEIVE, MF_AUTHENT):
            raise NotImplementedError("this command is not modelled")
        self._command = command
        self._events = []
        if command == IDLE:
            return
        self._registers[ERROR] = 0
        if command == CALC_CRC:
            self._crc = _CRC_PRESETS[self._registers[MODE] & 3]
            self._calculate()
        elif command == MF_AUTHENT:
            self._authenticate()
        else:
            self._begin_frame()

    def _calculate(self) -> None:
        # Goes on with what the FIFO is given until another command ends it.
        for byte in self._fifo:
            for bit in range(8):
                odd = (self._crc ^ byte >> bit) & 1
                self._crc = self._crc >> 1 ^ (0x8408 if odd else 0)
        self._fifo = bytearray()
        self._div_irq |= CRC_IRQ
        self._levels()

    def _begin_frame(self) -> None:
        framing = self._registers[BIT_FRAMING]
        if self._command != TRANSCEIVE or not framing & 0x80 or not self._fifo:
            return
        frame, self._fifo = bytes(self._fifo), bytearray()
        self._levels()
        last_bits = framing & 7
        bits = len(frame) * 8 - (8 - last_bits if last_bits else 0)
        sent = self.clocks + sent_etus(len(frame), last_bits) * ETU
        answers: list[tuple[bytes, int, int]] = []
        for card in self._reached():
            answer, answer_bits = card.answer(frame, bits, self._crypto)
            if answer:
                answers.append((answer, answer_bits, card.delay))
        self._events.append((sent, TX_IRQ, b"", 0, 0))
        self.air += sent - self.clocks
        if not answers:
            self._time_out(sent)
            return
        answer, bits, delay = answers[0]
        heard = sent + delay + answer_etus(bits) * ETU
        self.air += heard - sent
        if delay + 5 * ETU >= self._time():
            self._time_out(sent)
        error = self._overlaid([other for other, _, _ in answers])
        self._events.append((heard, RX_IRQ, answer, bits, error))

    def _overlaid(self, answers: "list[bytes]") -> int:
        # Cards answer in step: where one sends a one and another a zero, there is a collision.
        first = answers[0]
        for other in answers[1:]:
            for at in range(len(first)):
                differ = first[at] ^ other[at]
                if differ:
                    bit = 0
                    while not differ >> bit & 1:
                        bit += 1
                    position = at * 8 + bit + 1
                    self._registers[COLL] = self._registers[COLL] & 0x80 | (position & 0x1F if position <= 32 else 0x20)
                    return COLLISION
        return 0

    def _authenticate(self) -> None:
        if len(self._fifo) < 12:
            return
        data, self._fifo = bytes(self._fifo[:12]), bytearray(self._fifo[12:])
        encrypted, self._crypto = self._crypto, False
        self._levels()
        right = False
        for card in self._reached():
            right = card.authenticate(data[0], data[1], data[2:8], data[8:12], encrypted) or right
        sent = self.clocks + _AUTH_FRAMES[0] * ETU
        if not right:
            # A card with another key falls silent later; the frames until then are left out.
            self._time_out(sent)
            self.air += sent - self.clocks
            return
        done = self.clocks + sum(_AUTH_FRAMES) * ETU + len(_AUTH_FRAMES[1:]) * _FRAME_DELAY
        self.air += done - self.clocks
        self._events.append((done, IDLE_IRQ, b"", 0, 0))

    def _happen(self) -> None:
        due = [event for event in self._events if event[0] <= self.clocks]
        if not due:
            return
        self._events = [event for event in self._events if event[0] > self.clocks]
        for _, irq, answer, bits, error in due:
            self._irq |= irq
            if irq & RX_IRQ:
                self._fifo.extend(answer[: FIFO_SIZE - len(self._fifo)])
                self._rx_bits = bits % 8
                self._levels()
            if irq & IDLE_IRQ:
                self._crypto = True
                self._command = IDLE
            if error:
                self._fail(error)

    def _reached(self) -> "list[MifareClassic1K]":
        # Type A takes nothing but full modulation.
        return self.cards if self._registers[TX_CONTROL] & 3 and self._registers[TX_ASK] & 0x40 else []

    def _field(self) -> None:
        for card in self.cards:
            card.field(bool(self._registers[TX_CONTROL] & 3))

    def _time(self) -> int:
        registers = self._registers
        prescaler = (registers[T_MODE] & 0xF) << 8 | registers[T_PRESCALER]
        return (2 * prescaler + 1) * ((registers[T_RELOAD_HIGH] << 8 | registers[T_RELOAD_LOW]) + 1)

    def _time_out(self, sent: int) -> None:
        if self._registers[T_MODE] & 0x80:
            self._events.append((sent + self._time(), TIMER_IRQ, b"", 0, 0))

    def _levels(self) -> None:
        water = self._registers[WATER_LEVEL]
        if len(self._fifo) <= water:
            self._irq |= LOW_IRQ
        if FIFO_SIZE - len(self._fifo) <= water:
            self._irq |= HIGH_IRQ

    def _fail(self, error: int) -> None:
        self._registers[ERROR] |= error
        self._irq |= ERROR_IRQ


class SimSpi:
    """A bus with the methods of `machine.SPI` that drivers use, and one chip on it."""

    def __init__(self, chip: Mfrc522) -> None:
        """Take the chip."""
        self._chip = chip
        self.bytes = 0

    def write(self, data: "bytes | bytearray | memoryview") -> None:
        """Send bytes."""
        for byte in data:
            self._chip.exchange(byte)
        self.bytes += len(data)

    def readinto(self, into: "bytearray | memoryview", write: int = 0) -> None:
        """Fill a buffer, sending the same byte again and again."""
        for at in range(len(into)):
            into[at] = self._chip.exchange(write)
        self.bytes += len(into)

    def write_readinto(self, data: "bytes | bytearray | memoryview", into: "bytearray | memoryview") -> None:
        """Send bytes and fill a buffer of the same length."""
        for at in range(len(data)):
            into[at] = self._chip.exchange(data[at])
        self.bytes += len(data)


class SimSelect:
    """The chip select pin, selecting while it is low; `transfers` counts how often it was."""

    def __init__(self, chip: Mfrc522) -> None:
        """Take the chip."""
        self._chip = chip
        self._level = 1
        self.transfers = 0

    def value(self, level: int) -> None:
        """Set the level."""
        if level != self._level:
            self._level = level
            self.transfers += not level
            self._chip.select(not level)
