# SPDX-License-Identifier: Apache-2.0
"""The clock's driver against a model of its registers, in the world's time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.drivers.ds3231 import Ds3231 as Driver
from groschensim.models.ds3231 import CONTROL, STATUS, Ds3231
from groschensim.models.i2c import SimI2C
from groschensim.nvm import PowerCut

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = datetime(2000, 1, 1, tzinfo=UTC)
LAST = datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)
DAY_S = 86_400


class World:
    def __init__(self) -> None:
        self.us = 12_345_678
        self.chip = Ds3231(lambda: self.us)
        self.bus = SimI2C(self.chip)
        self.start()

    def start(self) -> None:
        bus: Any = self.bus
        self.clock = Driver(bus, lambda: self.us // 1000 & 0x3FFFFFFF)

    def wait(self, seconds: float) -> None:
        self.us += round(seconds * 1_000_000)

    def read(self) -> datetime:
        self.clock.read()
        return EPOCH + timedelta(days=self.clock.day, seconds=self.clock.second)


def parts(moment: datetime) -> tuple[int, int]:
    passed = moment - EPOCH
    return passed.days, passed.seconds


def registers(world: World) -> bytes:
    """Return the seven registers of the time, read as anybody reads them."""
    seven = bytearray(7)
    world.bus.readfrom_mem_into(0x68, 0, seven)
    return bytes(seven)


def bcd(number: int) -> int:
    return int(str(number), 16)


MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31, 23, 59, 59)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)


@given(MOMENTS)
def test_the_registers_hold_the_calendar_in_bcd(moment: datetime) -> None:
    world = World()
    world.clock.set(*parts(moment))
    seven = registers(world)
    fields = (moment.second, moment.minute, moment.hour, 1, moment.day, moment.month, moment.year % 100)
    assert list(seven) == [bcd(field) for field in fields]
    assert world.read() == moment
    assert not world.clock.lost


@given(MOMENTS, st.integers(0, 1_000 * DAY_S))
def test_the_chip_counts_days_months_and_leap_years(moment: datetime, seconds: int) -> None:
    world = World()
    world.chip.put(*parts(moment))
    later = moment + timedelta(seconds=seconds)
    if later > LAST:
        return
    world.wait(seconds)
    assert world.read() == later


def test_every_day_of_the_century() -> None:
    world = World()
    moment = FIRST
    while moment <= LAST:
        world.chip.put(*parts(moment))
        world.wait(1.5)
        assert world.read() == moment + timedelta(seconds=1)
        moment += timedelta(days=1)


def test_a_clock_without_a_history_is_lost_until_it_is_set() -> None:
    world = World()
    assert world.read() == FIRST
    assert world.clock.lost
    world.wait(5)
    world.read()
    assert world.clock.lost
    world.clock.set(20_500, 3_600)
    world.wait(2)
    assert world.read() == EPOCH + timedelta(days=20_500, seconds=3_602)
    assert not world.clock.lost


def test_setting_begins_the_second_anew_and_switches_the_oscillator_on_for_the_battery() -> None:
    world = World()
    world.bus.writeto_mem(0x68, CONTROL, b"\x80")
    world.wait(0.9)
    world.clock.set(20_500, 0)
    world.wait(0.95)
    assert world.chip.second() == 0
    world.wait(0.1)
    assert world.chip.second() == 1
    two = bytearray(2)
    world.bus.readfrom_mem_into(0x68, CONTROL, two)
    assert two[0] & 0x80 == 0
    world.chip.restart(60_000_000)
    assert not world.chip.stopped


def test_a_power_cut_changes_nothing_and_an_empty_battery_loses_the_clock() -> None:
    world = World()
    world.clock.set(20_500, 100)
    world.wait(1_000_000)
    world.start()
    assert world.read() == EPOCH + timedelta(days=20_500, seconds=1_000_100)
    assert not world.clock.lost
    world.chip.lose()
    world.start()
    world.read()
    assert world.clock.lost


def test_an_oscillator_that_stopped_is_a_lost_clock_though_it_runs_again() -> None:
    world = World()
    world.clock.set(20_500, 100)
    world.chip.halt()
    world.wait(10)
    world.chip.halt(False)
    world.wait(10)
    world.read()
    assert world.clock.lost
    assert world.chip.second() == 110


def test_the_flag_is_only_cleared_by_what_is_written() -> None:
    world = World()
    world.chip.put(20_500, 0)
    world.bus.writeto_mem(0x68, STATUS, b"\xff")
    assert not world.chip.stopped


def test_the_time_is_copied_as_the_pointer_rolls_over() -> None:
    # From the status on, over the last register: the time that follows is of one moment.
    world = World()
    world.clock.set(20_500, DAY_S - 1)
    eleven = bytearray(11)
    world.wait(0.5)
    world.bus.readfrom_mem_into(0x68, STATUS, eleven)
    assert eleven[4:7] == bytes([0x59, 0x59, 0x23])


def test_a_drift_is_seen() -> None:
    world = World()
    world.clock.set(20_500, 0)
    world.chip.drift_ppm = 100
    world.wait(10_000)
    assert world.read() == EPOCH + timedelta(days=20_500, seconds=10_001)


def test_the_chip_is_asked_each_time_for_less_than_two_milliseconds() -> None:
    world = World()
    world.clock.set(20_500, 0)
    world.read()
    before = world.bus.bits
    for _ in range(1000):
        world.wait(0.01)
        world.read()
    assert (world.bus.bits - before) / 1000 * 0.01 < 2  # milliseconds at 100 kHz
    assert world.read() == EPOCH + timedelta(days=20_500, seconds=10)


def test_the_time_is_the_chips_and_never_goes_back() -> None:
    world = World()
    world.wait(0.77)
    world.clock.set(20_500, 0)
    before = world.read()
    for step in range(1, 1000):
        world.wait(0.033)
        now = world.read()
        chips = EPOCH + timedelta(days=20_500, seconds=world.chip.second())
        assert chips == now, step
        assert now >= before
        before = now


# ---- a chip that does not answer


def test_a_transfer_that_fails_is_repeated() -> None:
    world = World()
    world.clock.set(20_500, 0)
    answers = [False, False, True]
    start = world.chip.start
    world.chip.start = lambda byte: start(byte) and (not byte & 1 or not answers or answers.pop(0))  # type: ignore[method-assign]
    world.start()
    assert world.read() == EPOCH + timedelta(days=20_500)
    assert not world.clock.lost
    assert answers == []


def test_for_a_minute_the_time_since_the_start_does_for_a_chip_that_is_silent_and_then_the_clock_is_lost() -> None:
    world = World()
    world.clock.set(20_500, DAY_S - 30)
    world.wait(1)
    world.read()
    world.chip.present = False
    for second in range(1, 60):
        world.wait(1)
        assert world.read() == EPOCH + timedelta(days=20_500, seconds=DAY_S - 29 + second)
        assert not world.clock.lost
    world.wait(1)
    world.read()
    assert world.clock.lost
    world.chip.present = True
    world.wait(1)
    assert world.read() == EPOCH + timedelta(days=20_501, seconds=32)
    assert not world.clock.lost


def test_a_silent_chip_at_the_start_is_a_lost_clock() -> None:
    world = World()
    world.chip.put(20_500, 0)
    world.chip.present = False
    world.start()
    world.read()
    assert world.clock.lost


def test_setting_a_silent_chip_is_an_error() -> None:
    world = World()
    world.chip.present = False
    with pytest.raises(OSError, match="no chip answers"):
        world.clock.set(20_500, 0)


def test_a_power_cut_while_the_clock_is_set_leaves_it_lost_or_set() -> None:
    # The stop flag is cleared by the last byte.
    cut = 0
    lost = 0
    while True:
        world = World()
        world.bus.cut = cut
        try:
            world.clock.set(20_500, 40_000)
        except PowerCut:
            world.bus.cut = -1
            world.start()
            world.read()
            assert world.clock.lost
            lost += 1
            cut += 1
            continue
        break
    assert lost == 18


# ---- the time since the start


def test_uptime_counts_through_the_wrap_of_the_milliseconds() -> None:
    world = World()
    begin = world.us
    for _ in range(60):
        world.wait(86_399.9)
        assert world.clock.uptime() == (world.us // 1000 - begin // 1000) // 1000


def test_uptime_loses_nothing_however_often_it_is_asked() -> None:
    world = World()
    begin = world.us
    for _ in range(5000):
        world.wait(0.0417)
        assert world.clock.uptime() == (world.us // 1000 - begin // 1000) // 1000
