# SPDX-License-Identifier: Apache-2.0
"""Whoever pulses the mains gains nothing: a day of it, on boards with a guard and with a counter, as fast as they start.

Each part of the matrix plays GROSCHEN_MAINS_HOURS, one by default; `make soak` plays a day of each.
"""

import os
import random

import pytest

from groschen.core import events
from tests.boards.mains import LOAD_W, Mains, Start

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
PLAYED_MS = int(os.environ.get("GROSCHEN_MAINS_HOURS", "1")) * HOUR_MS
GAIN_MOST = 0.001
STARTS = [
    pytest.param(Start(500, 4_400), id="slow"),  # an RP2040 that loads all of the program before its first step
    pytest.param(Start(140, 1_050), id="quick"),  # one that measures before it has loaded the rest
]
CYCLES = [
    (200, 200),
    (500, 60_000),
    (1_200, 500),
    (900, 500),
    (1_300, 500),
    (4_300, 1_000),
    (4_500, 300),
    (6_000, 1_000),
    (16_000, 1_000),
    (60_000, 200),
    (60_000, 60_000),
]
PULSES_MOST = 13
"""Of the relay in all, however long cycles of at most a minute go on: it is closed at first, opened and closed at five
starts and opened after the last of them; and closed once the mains stay on."""


def pulsed(
    cycles: list[tuple[int, int]], until_ms: int, start: Start, *, counter: bool = False, store: bool = True
) -> Mains:
    """Commission a meter, pulse its mains, and let them stay on then for longer than any wait."""
    world = Mains(start, counter=counter, store=store)
    world.switch(True)
    world.run(6_000)
    world.commission()
    world.run(2_000)
    assert world.relay_model.closed
    world.pulse(cycles, until_ms)
    return world


def stay_on(world: Mains) -> None:
    world.switch(True)
    world.run(20 * 60_000)
    assert world.relay_model.closed


def random_cycles(number: int) -> list[tuple[int, int]]:
    """Return cycles of 0.2 to 60 s, more short ones than long ones."""
    chance = random.Random(number)
    times = [round(200 + 59_800 * chance.random() ** 2) for _ in range(2 * number)]
    return list(zip(times[::2], times[1::2], strict=True))


@pytest.mark.parametrize(
    ("start", "counter"),
    [(Start(500, 4_400), False), (Start(140, 1_050), False), (Start(500, 4_400), True)],
    ids=["guard-slow", "guard-quick", "counter"],
)
def test_a_day_of_pulsed_mains_gains_less_than_a_thousandth(start: Start, counter: bool) -> None:
    world = pulsed(random_cycles(997), DAY_MS, start, counter=counter)
    assert world.on_ms > DAY_MS // 3
    stay_on(world)
    assert -GAIN_MOST < world.gained() < GAIN_MOST
    assert world.relay_model.pulses <= (1 if counter else PULSES_MOST)


@pytest.mark.parametrize(("on_ms", "off_ms"), CYCLES)
@pytest.mark.parametrize("start", STARTS)
def test_no_cycle_gains_more_than_a_thousandth_or_wears_the_relay(start: Start, on_ms: int, off_ms: int) -> None:
    world = pulsed([(on_ms, off_ms)], PLAYED_MS, start)
    stay_on(world)
    assert -GAIN_MOST < world.gained() < GAIN_MOST
    assert world.relay_model.pulses <= PULSES_MOST


@pytest.mark.parametrize(("on_ms", "off_ms"), [(1_200, 500), (6_000, 1_000), (16_000, 1_000)])
def test_a_counting_chip_misses_no_pulse(on_ms: int, off_ms: int) -> None:
    world = pulsed([(on_ms, off_ms)], PLAYED_MS, Start(500, 4_400), counter=True)
    stay_on(world)
    assert -1 < world.charged_wh() - world.drawn_wms / 3_600_000 <= 0
    assert world.relay_model.pulses == 1


def test_longer_cycles_cost_the_relay_twelve_closings_an_hour_at_most() -> None:
    for on_ms in (61_000, 200_000, 950_000):
        world = pulsed([(on_ms, 1_000)], 2 * HOUR_MS, Start(500, 4_400))
        assert world.relay_model.pulses <= 2 * 12 * 2
        stay_on(world)
        assert -GAIN_MOST < world.gained() < GAIN_MOST


def test_a_coil_without_its_store_gains_and_is_found_at_the_next_start() -> None:
    """The world of these tests sees what is gained; and so does the meter, once it runs."""
    world = pulsed([(1_200, 500)], HOUR_MS // 4, Start(500, 4_400), store=False)
    stay_on(world)
    assert world.gained() > 0.2
    assert world.device
    meter = world.device.meter
    assert meter.errors >> events.ERROR_UNOPENED & 1
    rows = [(row[events.KIND], row[events.DETAIL]) for row in meter.log.ring.kept()]
    assert rows.count((events.ERROR, events.ERROR_UNOPENED)) == 1


def test_brown_outs_that_the_program_survives_count_as_starts() -> None:
    world = pulsed([(10_000, 100)], HOUR_MS // 2, Start(500, 4_400))
    assert world.starts == 1
    assert world.drawn_wms < 6 * 10_000 * LOAD_W
    assert world.relay_model.pulses <= PULSES_MOST
    stay_on(world)
    assert abs(world.charged_wh() - world.drawn_wms / 3_600_000) < 6  # a pulse that is cut short, each time
