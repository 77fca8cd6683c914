# SPDX-License-Identifier: Apache-2.0
"""The contactless slot and its driver against the models of reader and card, all as they are; equal to the bit."""

import sys

from groschen.drivers.mfrc522 import Mfrc522 as Driver
from groschen.slots.contactless import ContactlessSlot
from groschencard.crc import crc16
from groschencard.mifare_format import mifare_trailer
from groschensim.models.mfrc522 import Mfrc522, SimSelect, SimSpi
from groschensim.models.mifare import ERASED, GARBAGE, MifareClassic1K, blank_image

if sys.implementation.name == "micropython":
    from micropython import heap_lock, heap_unlock
else:
    heap_lock = heap_unlock = int  # callables that do nothing

SECRET = b"\xb0\xb1\xb2\xb3\xb4\xb5"


def formatted():
    image = blank_image(b"\xc1\x23\x45\x67")
    for sector in range(16):
        image[sector * 64 + 48 : sector * 64 + 64] = mifare_trailer(SECRET)
    return image


def bench(card):
    """Return a slot with a card, and what counts its time."""
    chip = Mfrc522(card, spi_hz=200_000)
    select = SimSelect(chip)
    driver = Driver(SimSpi(chip), select)
    driver.reset()
    return ContactlessSlot(driver), chip, select


def pattern(length, factor):
    return bytearray([at * factor + at // 256 & 0xFF for at in range(length)])


def test_an_exchange_takes_the_same_time_everywhere():
    card = MifareClassic1K(formatted())
    slot, chip, select = bench(card)
    assert slot.open()
    assert slot.unlock(SECRET)
    data = pattern(slot.size, 7)
    slot.write(0, data)
    slot.write(100, pattern(112, 11))
    data[100:212] = pattern(112, 11)
    back = bytearray(slot.size)
    slot.read(0, back)
    assert back == data
    slot.close()
    print(chip.clocks, chip.air, select.transfers, card.bytes, card.frames, crc16(card.image, len(card.image)))


def test_a_wrong_secret_writes_nothing():
    card = MifareClassic1K(formatted())
    slot, _, _ = bench(card)
    assert slot.open()
    assert not slot.unlock(b"\xff" * 6)
    try:
        slot.write(0, bytearray(16))
        raise AssertionError
    except OSError as error:
        print(error.errno)
    assert card.image == formatted()


def test_a_card_that_leaves_and_comes_back():
    for tear in (ERASED, GARBAGE):
        for cut in range(150, 264, 7):
            card = MifareClassic1K(formatted(), cut, tear)
            slot, chip, _ = bench(card)
            try:
                assert slot.open()
                assert slot.unlock(SECRET)
                slot.write(0, pattern(64, 3))
                raise AssertionError
            except OSError as error:
                print(tear, cut, error.errno, chip.clocks, crc16(card.image, len(card.image)))
            card.cut = -1
            card.enter()
            assert slot.open()
            assert slot.unlock(SECRET)
            slot.write(0, pattern(64, 3))
            back = bytearray(64)
            slot.read(0, back)
            assert back == pattern(64, 3)


class Registers:
    """A reader of which each register reads as it was set up: the bus and the pin that selects it."""

    def __init__(self, registers):
        self.registers = registers
        self.asked = 0

    def value(self, level):
        pass

    def write(self, data):
        self.asked += data[0] == 0x09 << 1

    def write_readinto(self, data, into):
        for at in range(1, len(data)):
            into[at] = self.registers[data[at - 1] >> 1 & 0x3F]


def test_looking_for_a_card_allocates_nothing_whether_there_is_one_or_not():
    for answer in (False, True):
        registers = bytearray(64)
        registers[0x37] = 0x92
        registers[0x04] = 0x20 if answer else 0x01  # an answer is whole, or the time is over
        registers[0x0A] = 2
        bus = Registers(registers)
        driver = Driver(bus, bus)
        driver.reset()
        slot = ContactlessSlot(driver)
        heap_lock()
        try:
            there = slot.present()
        except MemoryError:
            there = None
        heap_unlock()
        assert there is answer
        assert bus.asked == 2 - answer
