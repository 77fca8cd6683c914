# SPDX-License-Identifier: Apache-2.0
"""The keypad's driver against a matrix of wires behind its expander."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core import keypad as keys
from groschen.drivers.keypad import Keypad
from groschensim.models.i2c import SimI2C
from groschensim.models.keypad import FACE, KeyMatrix
from groschensim.models.pcf8574 import Pcf8574


class Desk:
    def __init__(self, now: int = 1000) -> None:
        self.now = now
        self.matrix = KeyMatrix()
        self.chip = Pcf8574(0x20, self.matrix)
        self.bus = SimI2C(self.chip)
        bus: Any = self.bus
        self.pad = Keypad(bus)
        self.got: list[int] = []

    def run(self, ms: int, step: int = 1) -> None:
        for _ in range(0, ms, step):
            self.pad.step(self.now)
            key = self.pad.key()
            if key != keys.NO_KEY:
                self.got.append(key)
            self.now = self.now + step & 0x3FFFFFFF


def test_the_face_is_that_of_the_rules() -> None:
    assert FACE == (
        (1, 2, 3, keys.UP),
        (4, 5, 6, keys.DOWN),
        (7, 8, 9, keys.TAN),
        (keys.CORRECT, 0, keys.OK, keys.LIGHT),
    )


@pytest.mark.parametrize("key", range(16))
@pytest.mark.parametrize("step", [1, 7, 10, 25])
def test_each_press_is_given_once_however_long_it_lasts(key: int, step: int) -> None:
    desk = Desk()
    desk.run(100, step)
    for held in (100, 3000):
        desk.matrix.press(key)
        desk.run(held, step)
        desk.matrix.release(key)
        desk.run(100, step)
    assert desk.got == [key, key]


def test_one_transfer_tells_that_no_key_is_pressed() -> None:
    desk = Desk()
    desk.run(100)
    before = desk.bus.bytes
    desk.run(1000)
    assert desk.bus.bytes - before == 100 * 2  # an address and a byte, each ten milliseconds


def test_a_scan_takes_less_than_a_millisecond_of_the_bus() -> None:
    desk = Desk()
    desk.run(100)
    desk.matrix.press(5)
    most = 0
    for _ in range(100):
        before = desk.bus.bits
        desk.run(1)
        most = max(most, desk.bus.bits - before)
    assert 0 < most * 10 < 1000  # microseconds at 100 kHz


@given(st.lists(st.tuples(st.integers(0, 15), st.lists(st.integers(1, 4), max_size=4)), min_size=1, max_size=6))
def test_bouncing_keys_are_one_press_each(presses: list[tuple[int, list[int]]]) -> None:
    # For less than 20 ms, as keys do.
    desk = Desk()
    desk.run(50)
    for key, bounces in presses:
        for part in (True, False):
            down = part
            for length in [*bounces, *([1] if len(bounces) % 2 else []), 60]:
                if down:
                    desk.matrix.press(key)
                else:
                    desk.matrix.release()
                desk.run(length)
                down = not down
            desk.matrix.release()
            if part:
                desk.matrix.press(key)
    desk.run(60)
    assert desk.got == [key for key, _ in presses]


def test_a_contact_of_a_few_milliseconds_is_no_press() -> None:
    desk = Desk()
    desk.run(50)
    for _ in range(20):
        desk.matrix.press(8)
        desk.run(15)
        desk.matrix.release()
        desk.run(30)
    assert desk.got == []


def test_two_keys_at_once_are_none_and_the_one_that_stays_is_given() -> None:
    desk = Desk()
    desk.run(50)
    for other in (2, 4, 5):
        desk.got = []
        desk.matrix.press(1)
        desk.matrix.press(other)
        desk.run(200)
        assert desk.got == []
        desk.matrix.release(1)
        desk.run(100)
        assert desk.got == [other]
        desk.matrix.release()
        desk.run(100)


def test_the_ghost_of_three_keys_is_not_given() -> None:
    # 1, 2 and 4 connect the row and the column of 5.
    desk = Desk()
    desk.run(50)
    for key in (1, 2, 4):
        desk.matrix.press(key)
    assert desk.matrix.levels(0xF0 | 0x0D) == 0xCC
    desk.run(300)
    assert desk.got == []


def test_a_key_that_nobody_asked_for_stays_until_asked() -> None:
    desk = Desk()
    for level in (True, False):
        if level:
            desk.matrix.press(9)
        else:
            desk.matrix.release()
        for _ in range(100):
            desk.pad.step(desk.now)
            desk.now += 1
    assert desk.pad.key() == 9
    assert desk.pad.key() == keys.NO_KEY


def test_a_pad_that_is_not_there_is_tried_each_second_and_works_when_it_is_back() -> None:
    desk = Desk()
    desk.run(50)
    desk.matrix.press(3)
    desk.run(100)
    desk.chip.plug(False)
    before = desk.bus.bytes
    desk.run(5000)
    assert 4 <= desk.bus.bytes - before <= 7
    desk.matrix.release()
    desk.chip.plug(True)  # all its pins are high
    desk.run(1200)
    desk.matrix.press(7)
    desk.run(100)
    assert desk.got == [3, 7]


def test_an_expander_that_was_reset_unseen_is_set_up_again() -> None:
    desk = Desk()
    desk.run(50)
    desk.chip.plug(True)
    desk.run(50)
    desk.matrix.press(keys.OK)
    desk.run(50)
    assert desk.got == [keys.OK]


def test_time_that_wraps_is_no_pause() -> None:
    desk = Desk(2**30 - 30)
    desk.run(100)
    desk.matrix.press(6)
    desk.run(100)
    assert desk.got == [6]
