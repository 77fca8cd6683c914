# SPDX-License-Identifier: Apache-2.0
"""The emulated RP2040 of the suite without any firmware: are the models at its pins, buses and lines?

The registers are driven as the firmware would (RP2040 data sheet); the code in its flash is one jump to itself.
"""

import os
from collections.abc import Iterator

import pytest

from groschensim.models import mifare, sle4428
from tests.device.backends.rp2040 import Rp2040Board
from tests.device.conftest import opened

FOR_EVER = b"\xfe\xe7"  # b .

SIO_OUT_SET, SIO_OUT_CLEAR, SIO_ENABLE_SET = 0xD0000014, 0xD0000018, 0xD0000024
IO_BANK, SIO_FUNCTION = 0x40014000, 5
I2C = (0x40044000, 0x40048000)
IC_CON, IC_TAR, IC_DATA, IC_ENABLE, IC_ABORT, IC_RX_LEVEL = 0x00, 0x04, 0x10, 0x6C, 0x80, 0x78
STANDARD, FAST = 0x63, 0x65  # master, restart, no slave
READ, STOP, RESTART = 1 << 8, 1 << 9, 1 << 10
SPI, SPI_CONTROL_0, SPI_CONTROL_1, SPI_DATA = 0x4003C000, 0x0, 0x4, 0x8
UART, UART_DIVISOR, UART_MASK, UART_CONTROL, UART_CLEAR, UART_STATUS = 0x40034000, 0x24, 0x38, 0x30, 0x44, 0x3C


@pytest.fixture
def board() -> Iterator[Rp2040Board]:
    board = Rp2040Board(None, FOR_EVER)
    board.power_on()
    yield board
    board.close()


def output(board: Rp2040Board, pin: int, level: int) -> None:
    mcu = board.mcu
    mcu.write_uint32(IO_BANK + 8 * pin + 4, SIO_FUNCTION)
    mcu.write_uint32(SIO_OUT_SET if level else SIO_OUT_CLEAR, 1 << pin)
    mcu.write_uint32(SIO_ENABLE_SET, 1 << pin)


def transfer(board: Rp2040Board, bus: int, address: int, commands: list[int], control: int = FAST) -> list[int]:
    """Give commands to an I2C controller, and return the bytes that it has read."""
    base, mcu = I2C[bus], board.mcu
    mcu.write_uint32(base + IC_ENABLE, 0)
    mcu.write_uint32(base + IC_CON, control)
    mcu.write_uint32(base + IC_TAR, address)
    mcu.write_uint32(base + IC_ENABLE, 1)
    read = []
    for command in commands:
        mcu.write_uint32(base + IC_DATA, command)
        board.advance(2)
        if board.powered and mcu.read_uint32(base + IC_RX_LEVEL):
            read.append(mcu.read_uint32(base + IC_DATA) & 0xFF)
    return read


def memory_write(board: Rp2040Board, at: int, data: bytes) -> None:
    transfer(board, 0, 0x50, [at >> 8, at & 0xFF, *data[:-1], data[-1] | STOP])


def test_time_is_the_emulated_clocks(board: Rp2040Board) -> None:
    seen = []
    for ms in (5, 1, 3):
        board.at(ms, lambda: seen.append(board.now_ms))
    board.advance(10)
    assert seen == pytest.approx([1, 3, 5], abs=0.002)
    assert board.now_ms == pytest.approx(10, abs=0.002)


def test_two_runs_are_the_same() -> None:
    ends = []
    for _ in range(2):
        board = Rp2040Board(None, FOR_EVER)
        board.power_on()
        board.pulse(3)
        board.advance(50)
        ends.append((board.mcu.clock.nanos, board.mcu.core.pc))
        board.close()
    assert ends[0] == ends[1]


def test_pulses_arrive_at_their_instants(board: Rp2040Board) -> None:
    edges: list[tuple[float, bool]] = []
    board.mcu.gpio[2].pad_value |= 0x40  # input enabled
    last = board.mcu.gpio[2].input_value
    assert last
    board.pulse(2)
    for _ in range(1300):
        board.advance(0.1)
        level = board.mcu.gpio[2].input_value
        if level != last:
            edges.append((round(board.now_ms), level))
            last = level
    assert [at for at, level in edges if not level] == pytest.approx([0, 60], abs=1)
    assert [at for at, level in edges if level][-1] == pytest.approx(90, abs=1)


def test_the_memory_is_on_its_bus(board: Rp2040Board) -> None:
    memory_write(board, 0x1234, b"abc")
    assert board.parts.memory[0x1234:0x1237] == b"abc"
    assert transfer(board, 0, 0x50, [0x12, 0x34, READ | RESTART, READ, READ | STOP]) == list(b"abc")


def test_an_address_that_nobody_has_is_refused(board: Rp2040Board) -> None:
    transfer(board, 0, 0x33, [0 | STOP])
    assert board.mcu.read_uint32(I2C[0] + IC_ABORT) & 1


@pytest.mark.parametrize("cut", [0, 1, 3, 4, 5, 6])
def test_the_power_fails_at_the_very_byte(board: Rp2040Board, cut: int) -> None:
    board.cut_at(cut)
    memory_write(board, 100, b"abc")
    board.advance(10)
    assert board.powered == (cut >= 6)
    kept = b"abc"[: max(0, cut - 3)]
    assert board.parts.memory[100:103] == kept + bytes(3 - len(kept))
    board.power_off()
    board.power_on()
    assert transfer(board, 0, 0x50, [0, 100, READ | RESTART, READ, READ | STOP]) == list(kept + bytes(3 - len(kept)))


def test_the_clock_and_the_keys_are_on_the_panels_bus(board: Rp2040Board) -> None:
    board.parts.clock.put(20_500, 3_661)  # 2026-02-16 01:01:01
    assert transfer(board, 1, 0x68, [0, READ | RESTART, READ, READ | STOP], STANDARD) == [0x01, 0x01, 0x01]
    transfer(board, 1, 0x20, [0xF0 | STOP], STANDARD)
    assert transfer(board, 1, 0x20, [READ | STOP], STANDARD) == [0xF0]
    board.parts.press(5)
    board.advance(20)
    assert transfer(board, 1, 0x20, [READ | STOP], STANDARD) == [0xD0]


def test_a_byte_on_the_bus_takes_nine_clocks(board: Rp2040Board) -> None:
    base, mcu = I2C[0], board.mcu
    mcu.write_uint32(base + IC_ENABLE, 0)
    mcu.write_uint32(base + IC_TAR, 0x50)
    mcu.write_uint32(base + IC_ENABLE, 1)
    clocks = 9 * (mcu.i2c[0].scl_high_period + mcu.i2c[0].scl_low_period)
    assert 5 < 4 * clocks * 8 / 1000 < 6  # microseconds of the chip's address and three bytes
    for command in (0, 50, 0xAA | STOP):
        mcu.write_uint32(base + IC_DATA, command)
    board.advance(0.005)
    assert board.parts.memory[50] == 0
    board.advance(0.002)
    assert board.parts.memory[50] == 0xAA


def test_the_relay_is_at_its_coils(board: Rp2040Board) -> None:
    board.mcu.gpio[5].pad_value |= 0x40
    for pin in (3, 4):
        output(board, pin, 0)
    assert board.mcu.gpio[5].input_value
    output(board, 3, 1)
    board.advance(100)
    output(board, 3, 0)
    assert board.parts.relay.closed
    assert not board.mcu.gpio[5].input_value
    board.power_off()
    assert board.parts.relay.closed


def test_a_card_is_at_the_slots_contacts(board: Rp2040Board) -> None:
    board.mcu.gpio[11].pad_value |= 0x40
    board.mcu.gpio[12].pad_value |= 0x40
    for pin in (7, 10):
        output(board, pin, 0)
    assert board.mcu.gpio[12].input_value
    board.parts.insert(sle4428.blank_image())
    assert not board.mcu.gpio[12].input_value
    output(board, 6, 1)
    output(board, 7, 1)
    output(board, 10, 1)
    output(board, 10, 0)
    output(board, 7, 0)
    bits = []
    for _ in range(32):  # the ATR
        bits.append(int(board.mcu.gpio[11].input_value))
        output(board, 10, 1)
        output(board, 10, 0)
    assert sum(bit << at for at, bit in enumerate(bits)).to_bytes(4, "little") == b"\x92\x23\x10\x91"


def test_the_reader_is_on_its_bus(board: Rp2040Board) -> None:
    mcu = board.mcu
    board.parts.approach(mifare.blank_image(b"\1\2\3\4"))
    output(board, 22, 1)
    output(board, 17, 1)
    mcu.write_uint32(SPI + SPI_CONTROL_0, 7)
    mcu.write_uint32(SPI + SPI_CONTROL_1, 2)
    output(board, 17, 0)
    answers = []
    for byte in (0x80 | 0x37 << 1, 0):
        mcu.write_uint32(SPI + SPI_DATA, byte)
        board.advance(0.1)
        answers.append(mcu.read_uint32(SPI + SPI_DATA))
    assert answers[1] == 0x92


def test_the_uart_says_once_that_it_has_sent(board: Rp2040Board) -> None:
    mcu = board.mcu
    mcu.write_uint32(UART + UART_DIVISOR, 67)
    mcu.write_uint32(UART + UART_CONTROL, 0x301)
    mcu.write_uint32(UART + UART_MASK, 1 << 5)
    mcu.write_uint32(UART + 0, ord("x"))
    assert board.receive_until(b"x", 10) == b"x"
    assert mcu.read_uint32(UART + UART_STATUS) & 1 << 5
    mcu.write_uint32(UART + UART_CLEAR, 1 << 5)
    assert not mcu.read_uint32(UART + UART_STATUS) & 1 << 5
    board.send(b"\x2f")
    board.advance(100)
    assert mcu.read_uint32(UART + 0) == 0x2F


def test_without_a_uf2_it_says_why_it_is_skipped(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("METER_UF2", raising=False)
    assert "METER_UF2" not in os.environ
    with pytest.raises(pytest.skip.Exception, match="METER_UF2"):
        opened("rp2040py", tmp_path, None)  # type: ignore[arg-type]
