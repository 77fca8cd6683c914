# SPDX-License-Identifier: Apache-2.0
"""The card's driver against the model of its chip, both as they are; reading and writing allocate nothing."""

import sys

from groschen.drivers.interpreted import CardLines
from groschen.drivers.sle4428 import Sle4428
from groschen.slots.contact import ContactSlot
from groschensim.models.sle4428 import Pins, Sle4428Chip, blank_image

MICROPYTHON = sys.implementation.name == "micropython"
if MICROPYTHON:
    from micropython import heap_lock, heap_unlock
else:
    heap_lock = heap_unlock = int  # callables that do nothing

SECRET = b"\x34\x12\x00\x00\x00\x00"


def nothing(_us):
    pass


def never():
    return False


def slot(chip):
    pins = Pins(chip)
    lines = CardLines(pins.clk, pins.io, nothing, never)
    return ContactSlot(Sle4428(pins.rst, lines, nothing, pins.vcc), pins.present)


def card():
    image = blank_image()
    image[1022:] = SECRET[:2]
    return Sle4428Chip(image)


def pattern(length, factor):
    return bytearray([at * factor & 0xFF for at in range(length)])


def test_an_exchange_takes_the_clocks_of_the_data_sheet():
    chip = card()
    port = slot(chip)
    assert port.open()
    print("reset", chip.clocks)
    assert port.tries() == 8
    assert port.unlock(SECRET)
    print("unlocked", chip.clocks)
    back = bytearray(port.size)
    port.read(0, back)
    print("read", chip.clocks)
    for factor in (5, 7):
        data = pattern(port.size, factor)
        port.write(0, data)
        print("written", chip.clocks)
        port.read(0, back)
        assert back == data
    port.close()
    assert port.open()
    port.write(0, pattern(64, 9))
    port.read(0, back)
    assert back == data


def test_wrong_secrets_lock_the_card():
    chip = card()
    port = slot(chip)
    assert port.open()
    left = []
    for _ in range(9):
        assert not port.unlock(b"\x00\x00")
        left.append(port.tries())
    assert left == [7, 6, 5, 4, 3, 2, 1, 0, 0]
    assert not port.unlock(SECRET)


def test_a_pulled_card_leaves_bytes_old_blank_or_new():
    seen = []
    for clocks in range(7, 494, 9):
        chip = card()
        chip.image[100:102] = b"\xa5\x5a"
        port = slot(chip)
        assert port.open()
        assert port.unlock(SECRET)
        chip.pull_after(clocks)
        try:
            port.write(68, bytearray(b"\x5a\xa5"))
            raise AssertionError("the card is gone")
        except OSError:
            pass
        held = bytes(chip.image[100:102])
        if held not in seen:
            seen.append(held)
        chip.insert()
        assert port.open()
        assert port.unlock(SECRET)
    assert seen == [b"\xa5\x5a", b"\xff\x5a", b"\x5a\x5a", b"\x5a\xff", b"\x5a\xa5"]


def test_nothing_is_allocated():
    chip = card()
    port = slot(chip)
    data = pattern(port.size, 11)
    back = bytearray(port.size)
    done = False
    heap_lock()
    try:
        done = port.open() and port.unlock(SECRET)
        port.write(0, data)
        port.read(0, back)
        done = done and port.tries() == 8
        port.close()
    except MemoryError:
        done = False
    heap_unlock()
    assert done
    assert back == data
