# SPDX-License-Identifier: Apache-2.0
"""The contactless reader's driver against a model of the chip by its registers, and a card in its field."""

import errno

import pytest

from groschen.drivers.mfrc522 import Mfrc522 as Driver
from groschen.drivers.mfrc522 import crc_a
from groschencard.mifare_format import mifare_trailer
from groschensim.models import mfrc522 as chip_model
from groschensim.models.mfrc522 import CLOCK_HZ, Mfrc522, SimSelect, SimSpi, answer_etus, sent_etus
from groschensim.models.mifare import ERASED, MifareClassic1K, blank_image
from groschensim.models.mifare import crc_a as standard_crc

UID = b"\xc1\x23\x45\x67"
TRANSPORT = b"\xff" * 6
KEY_B = b"\xb0\xb1\xb2\xb3\xb4\xb5"
DATA = bytearray(range(0x30, 0x40))


def blank(uid: bytes = UID) -> MifareClassic1K:
    return MifareClassic1K(blank_image(uid))


class Bench:
    """A driver, its bus, its chip, and what lies in the field."""

    def __init__(self, *cards: MifareClassic1K, spi_hz: int = 1_000_000, version: int = 0x92) -> None:
        self.chip = Mfrc522(*cards, spi_hz=spi_hz, version=version)
        self.bus = SimSpi(self.chip)
        self.select = SimSelect(self.chip)
        self.driver = Driver(self.bus, self.select)

    def transfer(self, *data: int) -> bytes:
        """Make one transfer past the driver; return what came back."""
        into = bytearray(len(data))
        self.select.value(0)
        self.bus.write_readinto(bytes(data), into)
        self.select.value(1)
        return bytes(into)

    def get(self, register: int) -> int:
        return self.transfer(0x80 | register << 1, 0)[1]

    def set(self, register: int, *values: int) -> None:
        self.transfer(register << 1, *values)


def started(*cards: MifareClassic1K, **options: int) -> Bench:
    bench = Bench(*cards, **options)
    bench.driver.reset()
    return bench


def found(*cards: MifareClassic1K, **options: int) -> Bench:
    bench = started(*cards, **options)
    assert bench.driver.request()
    assert bench.driver.anticollision() == cards[0].image[:4]
    assert bench.driver.select() == 0x08
    return bench


# ---- the chip's side of SPI and its registers


def test_a_write_goes_to_one_register_and_a_read_goes_from_one_to_the_next() -> None:
    bench = Bench()
    bench.set(chip_model.FIFO_DATA, 1, 2, 3)
    assert bench.get(chip_model.FIFO_LEVEL) == 3
    ask = 0x80 | chip_model.FIFO_DATA << 1
    assert bench.transfer(ask, ask, 0x80 | chip_model.FIFO_LEVEL << 1, ask, 0)[1:] == bytes([1, 2, 1, 3])


def test_bytes_without_chip_select_are_not_the_chips() -> None:
    bench = Bench()
    bench.bus.write(bytes([chip_model.FIFO_DATA << 1, 1]))
    into = bytearray(2)
    bench.bus.readinto(into, 0x80 | chip_model.VERSION << 1)
    assert into == b"\xff\xff"
    assert bench.get(chip_model.FIFO_LEVEL) == 0
    bench.select.value(0)
    bench.bus.readinto(into, 0x80 | chip_model.VERSION << 1)
    assert into == b"\x00\x92"


def test_registers_have_their_values_after_a_reset() -> None:
    bench = Bench()
    bench.set(0x24, 0x55)
    bench.set(chip_model.COMMAND, chip_model.SOFT_RESET)
    assert bench.get(chip_model.COMMAND) & 0x10  # still starting
    expected = {
        0x02: 0x80,
        0x04: 0x14,
        0x07: 0x21,
        0x0B: 0x08,
        0x0C: 0x10,
        0x11: 0x3F,
        0x14: 0x80,
        0x24: 0x26,
        0x26: 0x48,
    }
    assert {register: bench.get(register) for register in expected} == expected
    while bench.get(chip_model.COMMAND) & 0x10:
        pass


def test_the_fifo_holds_sixty_four_bytes_and_says_when_one_is_too_many() -> None:
    bench = Bench()
    bench.set(chip_model.COM_IRQ, 0x7F)
    bench.set(chip_model.FIFO_DATA, *range(64))
    assert bench.get(chip_model.ERROR) == 0
    assert bench.get(chip_model.COM_IRQ) == chip_model.HIGH_IRQ | chip_model.LOW_IRQ
    assert bench.get(chip_model.STATUS_1) & 3 == 2
    bench.set(chip_model.FIFO_DATA, 64)
    assert bench.get(chip_model.ERROR) == chip_model.OVERFLOW
    assert bench.get(chip_model.COM_IRQ) & chip_model.ERROR_IRQ
    assert [bench.get(chip_model.FIFO_DATA) for _ in range(65)] == [*range(64), 0]
    bench.set(chip_model.FIFO_LEVEL, 0x80)
    assert bench.get(chip_model.ERROR) == 0


def test_interrupt_bits_are_set_and_cleared_by_their_highest_bit() -> None:
    bench = Bench()
    for register, bits in ((chip_model.COM_IRQ, 0x7F), (chip_model.DIV_IRQ, 0x14)):
        bench.set(register, 0x80 | bits)
        assert bench.get(register) == bits
        bench.set(register, 0x10)
        assert bench.get(register) == bits & ~0x10


@pytest.mark.parametrize("data", [b"", b"\x00\x00", b"\x12\x34", bytes(DATA), b"\x93\x70" + UID + b"\xc0"])
def test_the_drivers_crc_is_the_chips_and_the_standards(data: bytes) -> None:
    bench = Bench()
    bench.set(chip_model.MODE, 0x3D)  # start at 6363h
    bench.set(chip_model.DIV_IRQ, 0x14)
    bench.set(chip_model.COMMAND, chip_model.CALC_CRC)
    for byte in data:
        bench.set(chip_model.FIFO_DATA, byte)
    assert bench.get(chip_model.DIV_IRQ) & chip_model.CRC_IRQ
    bench.set(chip_model.COMMAND, chip_model.IDLE)
    by_chip = bench.get(chip_model.CRC_HIGH) << 8 | bench.get(chip_model.CRC_LOW)
    by_standard = int.from_bytes(standard_crc(data), "little")
    assert crc_a(bytearray(b"?" + data + b"?"), 1, 1 + len(data)) == by_chip == by_standard


@pytest.mark.parametrize(
    ("register", "value"),
    [
        (chip_model.COMMAND, 0x04),
        (chip_model.COMMAND, 0x02),
        (chip_model.TX_MODE, 0x80),
        (chip_model.RX_MODE, 0x80),
        (chip_model.BIT_FRAMING, 0x10),
        (chip_model.T_MODE, 0x20),
        (chip_model.CONTROL, 0x40),
    ],
)
def test_what_is_not_modelled_says_so(register: int, value: int) -> None:
    with pytest.raises(NotImplementedError):
        Bench().set(register, value)


def test_the_encryption_cannot_be_switched_on_by_hand() -> None:
    bench = Bench()
    bench.set(chip_model.STATUS_2, 0x08)
    assert bench.get(chip_model.STATUS_2) == 0


def test_writing_the_fifo_within_an_authentication_is_an_error() -> None:
    bench = found(blank())
    bench.set(chip_model.FIFO_LEVEL, 0x80)
    bench.set(chip_model.FIFO_DATA, 0x60, 4, *TRANSPORT, *UID)
    bench.set(chip_model.COMMAND, chip_model.MF_AUTHENT)
    bench.set(chip_model.FIFO_DATA, 0)
    assert bench.get(chip_model.ERROR) == chip_model.WRITE_ERROR


def test_a_card_needs_the_antenna_and_full_modulation() -> None:
    bench = started(blank())
    bench.set(chip_model.TX_ASK, 0)
    assert not bench.driver.request()
    bench.set(chip_model.TX_ASK, 0x40)
    assert bench.driver.request()
    bench.set(chip_model.TX_CONTROL, 0x80)
    assert not bench.driver.request()


# ---- the driver


def test_reset_starts_the_chip_and_switches_the_field_on() -> None:
    bench = Bench()
    bench.driver.reset()
    assert not bench.get(chip_model.COMMAND) & 0x10
    assert bench.get(chip_model.TX_CONTROL) == 0x83
    assert bench.get(chip_model.TX_ASK) == 0x40


@pytest.mark.parametrize("version", [0x88, 0x91, 0x92, 0xB2])
def test_clones_are_readers_too(version: int) -> None:
    assert not started(version=version).driver.request()


@pytest.mark.parametrize("version", [0x00, 0xFF])
def test_a_line_at_rest_is_no_reader(version: int) -> None:
    with pytest.raises(OSError, match="no reader answers") as caught:
        Bench(version=version).driver.reset()
    assert caught.value.errno == errno.ENODEV


class StuckSpi(SimSpi):
    """A bus whose chip has lost its supply: the line stays where it is."""

    level = 0

    def write_readinto(self, data: object, into: bytearray | memoryview) -> None:
        for at in range(len(into)):
            into[at] = self.level


@pytest.mark.parametrize(("level", "message"), [(0x00, "no reader answers"), (0xFF, "does not start")])
def test_a_chip_without_supply_is_an_error_and_no_endless_loop(level: int, message: str) -> None:
    chip = Mfrc522()
    bus = StuckSpi(chip)
    bus.level = level
    driver = Driver(bus, SimSelect(chip))
    with pytest.raises(OSError, match=message):
        driver.reset()
    bus.level = 0
    with pytest.raises(OSError, match="does not come to an end"):
        driver.request()


@pytest.mark.parametrize("spi_hz", [100_000, 1_000_000, 10_000_000])
def test_no_card_is_known_after_about_a_millisecond(spi_hz: int) -> None:
    bench = started(spi_hz=spi_hz)
    start = bench.chip.clocks
    assert not bench.driver.request()
    spi_ms = 60 * 8 / spi_hz * 1000  # of the set-up
    assert 1.0 < (bench.chip.clocks - start) / CLOCK_HZ * 1000 < 1.25 + spi_ms


@pytest.mark.parametrize("spi_hz", [100_000, 1_000_000, 4_000_000])
def test_a_card_is_found_selected_opened_written_read_and_halted(spi_hz: int) -> None:
    card = blank()
    bench = found(card, spi_hz=spi_hz)
    driver = bench.driver
    assert driver.auth(4, False, TRANSPORT)
    driver.write(5, DATA)
    assert card.image[80:96] == DATA
    assert sum(card.image) == sum(blank().image) + sum(DATA)
    into = bytearray(16)
    driver.read(5, into)
    assert into == DATA
    driver.halt()
    driver.stop_crypto()
    assert not driver.request(wake=False)
    assert driver.request()


def test_another_sector_is_opened_from_an_open_one() -> None:
    card = blank()
    driver = found(card).driver
    into = bytearray(16)
    for sector in range(16):
        card.image[sector * 64 + 20] = sector
        assert driver.auth(sector * 4, False, TRANSPORT)
        driver.read(sector * 4 + 1, into)
        assert into == bytes([0, 0, 0, 0, sector]) + bytes(11)


def test_a_wrong_key_is_false_and_wants_a_new_selection() -> None:
    card = blank()
    card.image[112:128] = mifare_trailer(KEY_B)
    driver = found(card).driver
    assert not driver.auth(4, True, TRANSPORT)
    assert not driver.auth(4, True, KEY_B)
    assert driver.request()
    driver.anticollision()
    driver.select()
    assert driver.auth(4, True, KEY_B)
    driver.write(4, DATA)
    assert driver.auth(4, False, TRANSPORT)
    with pytest.raises(OSError, match="refuses") as caught:
        driver.write(4, DATA)
    assert caught.value.errno == errno.EACCES
    assert card.image[64:80] == DATA


def test_a_card_in_use_is_silent_once_and_answers_the_second_request() -> None:
    driver = found(blank()).driver
    assert driver.auth(4, False, TRANSPORT)
    assert not driver.request()
    assert driver.request()


@pytest.mark.parametrize("other", [b"\xc0\x23\x45\x67", b"\xc1\x23\x45\xe7", b"\x00\x00\x00\x00"])
def test_two_cards_at_once_are_an_error(other: bytes) -> None:
    bench = started(blank(), blank(other))
    assert bench.driver.request()
    with pytest.raises(OSError, match="garbled"):
        bench.driver.anticollision()
    differing = int.from_bytes(UID, "little") ^ int.from_bytes(other, "little")
    first = (differing & -differing).bit_length()
    assert bench.get(chip_model.COLL) & 0x3F == first % 32


def test_a_card_that_leaves_is_an_oserror_at_whichever_byte() -> None:
    # From the first byte of the request to the last acknowledgement of a write.
    reached: list[int] = []
    codes = set()
    cut = 0
    whole = False
    while not whole:
        card = blank()
        card.cut, card.tear = cut, ERASED
        driver = started(card).driver
        into = bytearray(16)
        steps = 0
        try:
            whole = driver.request()
            if whole:
                steps = 1
                driver.anticollision()
                driver.select()
                steps = 2
                whole = driver.auth(4, False, TRANSPORT)
            if whole:
                steps = 3
                driver.read(4, into)
                steps = 4
                driver.write(4, DATA)
        except OSError as error:
            whole = False
            codes.add(error.errno)
        assert card.gone or whole
        assert whole == (card.image[64:80] == DATA)
        reached.append(steps)
        cut += 1
    assert codes == {errno.EIO, errno.ETIMEDOUT}
    assert reached == sorted(reached)
    # Request; anticollision and selection; authentication; read; write.
    assert [reached.count(step) for step in range(5)] == [3, 7 + 12, 20, 22, 24 + 1]


@pytest.mark.parametrize("frame", range(7))
def test_a_frame_that_the_card_does_not_understand_is_an_error_once(frame: int) -> None:
    card = blank()
    card.noise = (frame,)
    driver = started(card).driver

    def session() -> bool:
        if not driver.request() and not driver.request():
            return False
        driver.anticollision()
        driver.select()
        if not driver.auth(4, False, TRANSPORT):
            return False
        driver.read(4, bytearray(16))
        driver.write(4, DATA)
        return True

    if frame in (0, 3):  # the second request succeeds; an authentication's failure is no error
        assert session() == (frame == 0)
    else:
        with pytest.raises(OSError, match="does not answer"):
            session()
    assert session()
    assert card.image[64:80] == DATA


def test_an_answer_with_a_flipped_bit_is_garbled() -> None:
    # The UID's check byte, the CRC behind the SAK, and the CRC behind a block.
    def go_on(driver: Driver) -> None:
        driver.anticollision()
        driver.select()
        assert driver.auth(4, False, TRANSPORT)
        driver.read(4, bytearray(16))

    class Flipped(MifareClassic1K):
        at = -1
        bit = 0

        def answer(self, frame: bytes, bits: int, encrypted: bool) -> tuple[bytes, int]:
            reply, reply_bits = super().answer(frame, bits, encrypted)
            if frame.startswith(self.command):
                reply = bytes([byte ^ (at == self.at) << self.bit for at, byte in enumerate(reply)])
            return reply, reply_bits

        command = b"never"

    for command, length in ((b"\x93\x20", 5), (b"\x93\x70", 3), (b"\x30", 18)):
        for at in range(length):
            for bit in range(8):
                card = Flipped(blank_image(UID))
                driver = started(card).driver
                assert driver.request()
                card.command, card.at, card.bit = command, at, bit
                with pytest.raises(OSError, match="garbled"):
                    go_on(driver)


@pytest.mark.parametrize("code", range(16))
def test_only_ah_is_an_acknowledgement(code: int) -> None:
    class Answering(MifareClassic1K):
        def answer(self, frame: bytes, bits: int, encrypted: bool) -> tuple[bytes, int]:
            reply = super().answer(frame, bits, encrypted)
            return (bytes([code]), 4) if frame[0] == 0xA0 else reply

    card = Answering(blank_image(UID))
    driver = found(card).driver
    assert driver.auth(4, False, TRANSPORT)
    if code == 0xA:
        driver.write(4, DATA)
    else:
        with pytest.raises(OSError, match="refuses"):
            driver.write(4, DATA)
    assert (card.image[64:80] == DATA) == (code == 0xA)


def test_a_card_that_refuses_to_halt_is_an_error() -> None:
    class Answering(MifareClassic1K):
        def answer(self, frame: bytes, bits: int, encrypted: bool) -> tuple[bytes, int]:
            return (b"\x04", 4) if frame[0] == 0x50 else super().answer(frame, bits, encrypted)

    driver = found(Answering(blank_image(UID))).driver
    with pytest.raises(OSError, match="refuses"):
        driver.halt()


def test_frames_take_the_times_of_the_data_sheet() -> None:
    # NXP MF1S50YYX_V1, figures 17 to 19: 4 bytes 368 us, 18 bytes 1558 us, an answer of 18 bytes 1548 us.
    etu_us = chip_model.ETU / 13.56
    assert sent_etus(4, 0) * etu_us == pytest.approx(368, abs=0.5)
    assert sent_etus(18, 0) * etu_us == pytest.approx(1558, abs=0.5)
    assert answer_etus(18 * 8) * etu_us == pytest.approx(1548, abs=0.5)
    assert answer_etus(4) * etu_us == pytest.approx(59, abs=3)


def test_steps_take_the_typical_times_of_the_data_sheet() -> None:
    # Figure 4: identification and selection 2.5 ms, authentication 2, read 2.5, write 5.5; the air's part of them.
    card = blank()
    bench = started(card)
    driver = bench.driver
    times: list[float] = []

    def lap() -> None:
        times.append(bench.chip.air / 13_560 - sum(times))

    driver.request()
    driver.anticollision()
    driver.select()
    lap()
    driver.auth(4, False, TRANSPORT)
    lap()
    driver.read(4, bytearray(16))
    lap()
    driver.write(4, DATA)
    lap()
    assert times == pytest.approx([2.3, 2.07, 2.0, 5.5], abs=0.06)
