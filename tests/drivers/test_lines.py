# SPDX-License-Identifier: Apache-2.0
"""The drivers of single pins and of the serial line: cover, supply signal and what it breaks off, buzzer, UART."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.drivers.interpreted import CardLines, Speed
from groschen.drivers.lines import Buzzer as BuzzerDriver
from groschen.drivers.lines import Contact, Guard, PowerFail
from groschen.drivers.mfrc522 import Mfrc522 as Reader
from groschen.drivers.sle4428 import Sle4428
from groschen.drivers.uart import Uart
from groschen.slots.contact import ContactSlot
from groschen.slots.contactless import ContactlessSlot
from groschensim.models.buzzer import Buzzer
from groschensim.models.mfrc522 import Mfrc522, SimSelect, SimSpi
from groschensim.models.mifare import MifareClassic1K
from groschensim.models.mifare import blank_image as mifare_image
from groschensim.models.pin import SimPin
from groschensim.models.sle4428 import PSC_LOW, Pins, Sle4428Chip, blank_image
from groschensim.models.uart import SimUart

SECRET = b"\x34\x12\x00\x00\x00\x00"


def pin(level: int = 1) -> Any:
    return SimPin(level)


# ---- the cover's contact


class Cover:
    def __init__(self, level: int = 1, now: int = 0) -> None:
        self.now = now
        self.pin = pin(level)
        self.contact = Contact(self.pin)

    def run(self, ms: int, step: int = 5) -> None:
        for _ in range(0, ms, step):
            self.contact.step(self.now & 0x3FFFFFFF)
            self.now += step


@pytest.mark.parametrize("level", [0, 1])
def test_a_contact_is_as_it_is_found(level: int) -> None:
    assert Cover(level).contact.closed() is (level == 0)


@pytest.mark.parametrize("now", [0, 12_345, 2**30 - 30])
def test_a_contact_has_changed_after_fifty_milliseconds(now: int) -> None:
    cover = Cover(1, now)
    cover.run(100)
    cover.pin.drive(0)
    cover.run(50)
    assert not cover.contact.closed()
    cover.run(5)
    assert cover.contact.closed()
    cover.pin.drive(1)
    cover.run(55)
    assert not cover.contact.closed()


@given(st.lists(st.integers(5, 45), max_size=20))
def test_a_contact_that_bounces_has_not_changed(lengths: list[int]) -> None:
    cover = Cover()
    for at, length in enumerate(lengths):
        cover.pin.drive(at & 1)
        cover.run(length)
        assert not cover.contact.closed()


# ---- the supply's signal


def test_the_supply_fails_while_its_signal_is_low() -> None:
    line = pin(1)
    power = PowerFail(line)
    assert not power.failing()
    line.drive(0)
    assert power.failing()


def test_a_board_that_has_waited_for_its_supply_starts_since_that_has_returned() -> None:
    levels = [0, 0, 0, 1]

    class Rising:
        def value(self) -> int:
            return levels.pop(0)

    rising: Any = Rising()
    assert PowerFail(rising, False).returned
    assert not levels
    assert not PowerFail(pin(1), False).returned
    assert PowerFail(pin(1), True).returned


class Failing:
    """A supply that fails after so many delays, and what was waited for since."""

    def __init__(self, after: int) -> None:
        self.pin = pin(1)
        self.left = after
        self.us_after = 0

    def sleep_us(self, us: int) -> None:
        if self.pin.level == 0:
            self.us_after += us
        self.left -= 1
        if self.left == 0:
            self.pin.drive(0)


def use(slot: ContactSlot) -> None:
    assert slot.open()
    assert slot.unlock(SECRET)
    slot.write(0, bytearray(range(64)))
    slot.read(0, bytearray(64))


def contact_slot(supply: Failing) -> ContactSlot:
    image = blank_image()
    image[PSC_LOW:] = SECRET[:2]
    pins = Pins(Sle4428Chip(image))
    lines = CardLines(pins.clk, pins.io, supply.sleep_us, PowerFail(supply.pin).failing)
    return ContactSlot(Sle4428(pins.rst, lines, supply.sleep_us, pins.vcc), pins.present)


@pytest.mark.parametrize("after", [1, 2, 50, 300, 500, 1000, 5000, 15_000, 19_000])
def test_a_card_session_breaks_off_within_eight_clocks(after: int) -> None:
    supply = Failing(after)
    slot = contact_slot(supply)
    with pytest.raises(OSError, match=r"^5$"):
        use(slot)
    assert supply.us_after <= 9 * 50
    slot.close()  # needs no delay, and so no supply


def test_a_guard_lets_everything_through_while_there_is_power() -> None:
    supply = Failing(-1)
    use(contact_slot(supply))
    assert supply.left < -19_000


def test_a_radio_session_breaks_off_with_the_next_access() -> None:
    supply = pin(1)
    chip = Mfrc522(MifareClassic1K(mifare_image(b"\xc1\x23\x45\x67")), spi_hz=4_000_000)
    select = SimSelect(chip)
    accesses = 0

    def drive(level: int) -> None:
        nonlocal accesses
        accesses += 1
        select.value(level)

    reader = Reader(SimSpi(chip), Guard(PowerFail(supply), drive))
    reader.reset()
    slot = ContactlessSlot(reader)
    assert slot.open()
    supply.drive(0)
    before = accesses
    with pytest.raises(OSError, match="5"):
        slot.read(0, bytearray(16))
    assert accesses == before
    supply.drive(1)
    reader.reset()
    assert slot.open()


# ---- the buzzer


@pytest.mark.parametrize("loud", [1, 32_768])
def test_a_buzzer_sounds_and_is_silent(loud: int) -> None:
    model = Buzzer()
    levels: list[int] = []

    def drive(level: int) -> None:
        levels.append(level)
        model.drive(level)

    buzzer = BuzzerDriver(drive, loud)
    sounding = [model.sounding]
    for on in (True, True, False):
        buzzer.sound(on)
        sounding.append(model.sounding)
    assert sounding == [False, True, True, False]
    assert levels == [0, loud, loud, 0]
    assert model.times == 1


# ---- the serial line


class Line:
    def __init__(self) -> None:
        self.us = 1_000_000
        self.far = SimUart(lambda: self.us)
        self.wire = Uart(self.far, Speed(self.far, 0, 0).set)


def test_a_line_begins_at_300_baud_with_seven_bits_and_even_parity() -> None:
    line = Line()
    assert (line.far.baud, line.far.format) == (300, (7, 0, 1))
    line.wire.set_speed(9600)
    assert (line.far.baud, line.far.format) == (9600, (7, 0, 1))


def test_a_read_takes_what_there_is_and_never_waits() -> None:
    line = Line()
    into = bytearray(8)
    assert line.wire.read(into) == 0
    line.far.send(b"/?!\r\n")
    assert line.wire.read(into) == 5
    assert into[:5] == b"/?!\r\n"
    line.far.send(bytes(range(1, 12)))
    assert line.wire.read(into) == 8
    assert into == bytes(range(1, 9))
    assert line.wire.read(into) == 3
    assert into[:3] == bytes([9, 10, 11])
    assert line.wire.read(into) == 0


@pytest.mark.parametrize("baud", [300, 600, 1200, 2400, 4800, 9600])
def test_a_write_takes_a_chunk_and_the_next_one_once_that_is_sent(baud: int) -> None:
    line = Line()
    line.wire.set_speed(baud)
    text = bytes(range(200))
    rest = memoryview(text)
    begin = line.us
    while rest:
        taken = line.wire.write(rest)
        assert taken in (0, min(64, len(rest)))
        if taken:
            assert line.wire.write(rest) == 0
        rest = rest[taken:]
        line.us += 1000
    while not line.wire.idle():
        line.us += 1000
    assert line.far.received == text
    least = 200 * 10 * 1_000_000 / baud
    assert least <= line.us - begin < least + 10_000


def test_speed_is_changed_when_all_is_sent() -> None:
    line = Line()
    assert line.wire.write(bytearray(b"\x06050\r\n")) == 6
    assert not line.wire.idle()
    line.us += 6 * 33_334
    assert line.wire.idle()
    line.wire.set_speed(9600)
    assert line.far.received == b"\x06050\r\n"
