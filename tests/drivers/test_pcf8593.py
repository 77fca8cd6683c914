# SPDX-License-Identifier: Apache-2.0
"""The counting chip's driver against a model of its registers."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.drivers.pcf8593 import Pcf8593 as Driver
from groschensim.models.i2c import SimI2C
from groschensim.models.pcf8593 import ADDRESS, Pcf8593
from groschensim.nvm import PowerCut

COUNTS = st.integers(0, 999_999)


class World:
    def __init__(self) -> None:
        self.ms = 0x3FFFFF00
        self.chip = Pcf8593()
        self.bus = SimI2C(self.chip)
        self.start()

    def start(self) -> None:
        """Let the board start anew: the chip goes on."""
        bus: Any = self.bus
        self.counter = Driver(bus, lambda: self.ms & 0x3FFFFFFF)

    def fall(self, pulses: int = 1) -> None:
        for _ in range(pulses):
            self.chip.osci(0)
            self.chip.osci(1)

    def count(self) -> int:
        self.ms += 50
        return self.counter.count()


@given(COUNTS, st.integers(0, 200))
def test_it_counts_decimal_digits_and_goes_on_at_zero_behind_a_million(count: int, more: int) -> None:
    world = World()
    world.chip.put(count)
    assert world.counter.begin(0) == 0
    assert world.count() == count
    world.fall(more)
    assert world.count() == (count + more) % 1_000_000


@given(st.integers(0, 0xFFFFFF))
def test_a_chip_that_has_lost_its_count_goes_on_from_what_is_charged(seen: int) -> None:
    world = World()
    world.fall(3)
    world.counter.begin(seen)
    assert world.chip.counting
    assert world.count() == seen % 1_000_000
    world.fall()
    assert world.count() == (seen + 1) % 1_000_000


@pytest.mark.parametrize("control", [0x00, 0x10, 0x30, 0xA0, 0x80])
def test_a_chip_that_counts_no_events_is_one_that_has_lost_its_count(control: int) -> None:
    world = World()
    world.chip.put(700)
    world.bus.writeto_mem(ADDRESS, 0, bytes([control]))
    world.counter.begin(1234)
    assert world.chip.counting
    assert world.count() == 1234


def test_what_falls_while_the_board_is_away_is_counted() -> None:
    world = World()
    world.counter.begin(999_990)
    world.fall(4)
    assert world.count() == 999_994
    world.fall(20)
    world.start()
    assert world.counter.begin(999_994) == 0
    assert world.count() == 14


def test_a_cut_while_the_count_is_being_set_leaves_one_that_is_set_again() -> None:
    for cut in range(1, 30):
        world = World()
        world.bus.cut = world.bus.bytes + cut
        try:
            world.counter.begin(123_456)
        except PowerCut:
            world.bus.cut = -1
            world.start()
            world.counter.begin(123_456)
        world.bus.cut = -1
        assert world.count() == 123_456
        world.fall()
        assert world.count() == 123_457


def test_registers_that_are_no_digits_are_a_count_all_the_same() -> None:
    world = World()
    world.chip.put(0)
    world.bus.writeto_mem(ADDRESS, 1, b"\xff\xff\xff")
    assert 0 <= world.count() < 1_000_000


def test_it_is_asked_twenty_times_a_second_at_most() -> None:
    world = World()
    world.counter.begin(5)
    world.count()
    before = world.bus.bytes
    for _ in range(1000):
        world.ms += 1
        world.counter.count()
    assert (world.bus.bytes - before) / 6 == 20
    world.fall()
    world.ms += 49
    assert world.counter.count() == 5
    world.ms += 1
    assert world.counter.count() == 6


def test_a_transfer_that_fails_is_repeated_and_a_chip_may_be_silent_for_a_minute() -> None:
    world = World()
    world.counter.begin(5)
    assert world.count() == 5
    world.chip.present = False
    world.fall(7)
    for _ in range(59):
        world.ms += 1000
        assert world.counter.count() == 5
    world.chip.present = True
    assert world.count() == 12
    world.chip.present = False
    world.ms += 60_000
    with pytest.raises(OSError, match="no chip"):
        world.counter.count()


def test_a_chip_that_never_answered_counts_nothing() -> None:
    world = World()
    world.chip.present = False
    with pytest.raises(OSError, match="no chip"):
        world.counter.begin(0)
    with pytest.raises(OSError, match="no chip"):
        world.counter.count()
