# SPDX-License-Identifier: Apache-2.0
"""The boards' main program on CPython: what a power cut costs where the pulse count is kept, and where it is not."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from groschen.core.amount import Limbs
from groschen.core.store import Store
from groschen.core.supply import CUSTOMER
from groschen.core.tariff import Tariff
from groschensim.nvm import PowerCut, SimNvm

COMMON = Path(__file__).resolve().parents[2] / "boards" / "common"
DAY = 20_500
NOON = 43_200


class Pulses:
    def __init__(self, kept: bool) -> None:
        self.kept = kept
        self.total = 0
        self.since_start = 0

    def fall(self, pulses: int = 1) -> None:
        self.total += pulses
        self.since_start += pulses

    def count(self) -> int:
        return (self.total if self.kept else self.since_start) & 0xFFFFFF


class Clock:
    def __init__(self) -> None:
        self.day = 0
        self.second = 0
        self.lost = False
        self.now = DAY * 86_400 + NOON

    def read(self) -> None:
        self.day, self.second = divmod(self.now, 86_400)

    def set(self, day: int, second: int) -> None:
        self.now = day * 86_400 + second

    def uptime(self) -> int:
        return self.now


class Relay:
    """Latches; remembers what the memory held when it switched."""

    def __init__(self, kept: "Callable[[], bool] | None" = None) -> None:
        self.on = False
        self._kept = kept

    def switch(self, on: bool) -> None:
        if on != self.on and self._kept:
            assert self._kept() is on
        self.on = on


class World:
    """A board's parts, of which those outlive a cut that do on a real board."""

    def __init__(self, main: Any, kept: bool) -> None:
        self._main = main
        self.pulses = Pulses(kept)
        self.clock = Clock()
        self.nvm = SimNvm()
        self.relay = Relay(self.kept_supply)
        self.loop: Any = None

    def start(self) -> None:
        self.pulses.since_start = 0
        self.loop = self._main.Loop(self.pulses, self.clock, self.relay, self.nvm)

    def kept_supply(self) -> bool:
        meter = Store(SimNvm(image=bytearray(self.nvm.image))).load()
        assert meter is not None
        return meter.supply.on

    def sell(self) -> None:
        """Give the meter a tariff and credit, as a card will."""
        meter = self.loop.meter
        tariff = Tariff()
        tariff.version = 1
        tariff.ht = tariff.nt = 300_000
        meter.set_tariff(tariff)
        credit = Limbs()
        credit.high = 50
        meter.top_up(credit, True, 1)
        meter.set_mode(CUSTOMER)
        self.loop.step()
        self.loop.meter.press_confirm()
        self.loop.step()
        assert self.relay.on

    def energy(self) -> int:
        return int(self.loop.meter.energy_ht.value() + self.loop.meter.energy_nt.value())

    def conserved(self) -> bool:
        account = self.loop.meter.account
        return bool(account.topups.value() - account.charges().value() == account.balance.value())


@pytest.fixture(scope="module")
def main() -> Iterator[Any]:
    board = ModuleType("board")
    board.Board = object  # type: ignore[attr-defined]
    known: dict[str, ModuleType] = {n: sys.modules.pop(n) for n in ("main", "board") if n in sys.modules}
    sys.modules["board"] = board
    sys.path.insert(0, str(COMMON))
    try:
        yield importlib.import_module("main")
    finally:
        sys.path.remove(str(COMMON))
        for name in ("main", "board"):
            sys.modules.pop(name, None)
        sys.modules.update(known)


def running(main: Any, kept: bool) -> World:
    world = World(main, kept)
    world.start()
    world.sell()
    return world


def test_a_new_board_is_locked_and_kept_at_once(main: Any) -> None:
    world = World(main, kept=False)
    world.start()
    assert not world.relay.on
    meter = Store(world.nvm).load()
    assert meter is not None
    assert (meter.quarter, meter.second) == (world.loop.meter.quarter, world.loop.meter.second)


@pytest.mark.parametrize("kept", [True, False])
def test_a_cut_after_any_pulse_costs_at_most_ten_watt_hours_and_nothing_where_the_count_is_kept(
    main: Any, kept: bool
) -> None:
    world = running(main, kept)
    lost = worst = 0
    for number in range(1, 61):
        for _ in range(number):  # so that cuts come after each number of pulses since a commit
            world.pulses.fall()
            world.clock.now += 1
            world.loop.step()
        assert world.energy() + lost == world.pulses.total
        world.start()
        now_lost = world.pulses.total - world.energy()
        worst = max(worst, now_lost - lost)
        assert 0 <= now_lost - lost <= (0 if kept else 10)
        lost = now_lost
        assert world.conserved()
        assert world.relay.on
    assert worst == (0 if kept else 9)


@pytest.mark.parametrize("kept", [True, False])
def test_a_cut_at_any_byte_of_a_commit_costs_no_more(main: Any, kept: bool) -> None:
    for cut in range(0, 900, 7):
        world = running(main, kept)
        image, total = bytearray(world.nvm.image), world.pulses.total
        world.nvm = SimNvm([cut], image)
        world.start()
        before = world.energy()
        try:
            for _ in range(25):
                world.pulses.fall()
                world.loop.step()
            world.clock.now += 900
            world.loop.step()
        except PowerCut:
            world.nvm = SimNvm(image=image)
            world.start()
        else:
            assert cut > 700
        fallen = world.pulses.total - total
        assert 0 <= fallen - (world.energy() - before) <= (0 if kept else 10)
        assert world.conserved()


def test_pulses_that_fall_before_the_memory_is_read_count(main: Any) -> None:
    world = running(main, kept=False)
    world.loop.step()
    before = world.energy()
    world.pulses.since_start = 0
    world.pulses.fall(3)
    world.loop = main.Loop(world.pulses, world.clock, world.relay, world.nvm)
    assert world.energy() == before + 3


def test_a_count_that_a_chip_brought_along_is_not_charged(main: Any) -> None:
    world = World(main, kept=True)
    world.pulses.fall(0xFFFFF0)
    world.start()
    world.sell()
    world.pulses.fall(40)  # over the end of its 24 bits
    world.loop.step()
    assert world.energy() == 40


def test_the_seconds_that_pass_are_not_written(main: Any) -> None:
    world = running(main, kept=False)
    world.loop.step()
    writes = world.nvm.writes
    for _ in range(600):
        world.clock.now += 1
        world.loop.step()
    assert world.nvm.writes == writes
    for _ in range(3600):
        world.clock.now += 1
        world.loop.step()
    assert 4 * 10 <= world.nvm.writes - writes <= 4 * 16  # one commit each quarter hour


def test_the_supply_opens_in_memory_before_it_opens(main: Any) -> None:
    world = running(main, kept=True)
    for _ in range(200):
        world.pulses.fall(1000)
        world.clock.now += 1
        world.loop.step()  # the relay compares with the memory
        if not world.relay.on:
            break
    assert not world.relay.on
    world.start()
    assert not world.relay.on


def test_a_memory_that_takes_nothing_connects_nobody(main: Any) -> None:
    world = World(main, kept=False)
    world.start()
    world.relay = Relay()
    world.start()
    world.nvm.write = lambda at, data: None  # type: ignore[method-assign]
    meter = world.loop.meter
    credit = Limbs()
    credit.high = 50
    meter.set_confirm(False)
    meter.top_up(credit, True, 1)
    meter.set_mode(CUSTOMER)
    world.loop.step()
    assert meter.supply.on
    assert not world.relay.on


class Power:
    def __init__(self) -> None:
        self.fails = False

    def failing(self) -> bool:
        return self.fails


class Display:
    def __init__(self) -> None:
        self.lines = [""] * 4

    def show(self, line: int, text: str) -> None:
        assert len(text) <= 20
        self.lines[line] = text


def test_a_power_fail_signal_keeps_every_pulse_of_a_board_that_counts_by_itself(main: Any) -> None:
    world = running(main, False)
    power = Power()
    world.loop = main.Loop(world.pulses, world.clock, world.relay, world.nvm, power)
    before = world.energy()
    for _ in range(7):
        world.pulses.fall()
        world.loop.step()
    power.fails = True
    world.pulses.fall()
    world.loop.step()
    world.start()  # the power is gone: all there is is the memory
    assert world.energy() == before + 8
    assert world.conserved()


def test_a_memory_that_cannot_be_read_locks_says_so_and_is_left_as_it_is(main: Any) -> None:
    world = running(main, True)
    for copy in (20, 532):
        world.nvm.image[copy] ^= 1
    image = bytes(world.nvm.image)
    display = Display()
    world.relay._kept = None
    world.loop = main.Loop(world.pulses, world.clock, world.relay, world.nvm, None, display)
    world.pulses.fall(50)
    world.loop.step()
    assert not world.relay.on
    assert display.lines[2:] == ["Speicher gestört", "Stadtwerk anrufen"]
    assert bytes(world.nvm.image) == image
    assert world.loop.meter.account.balance.value() == 0


def test_a_lost_clock_is_on_the_display(main: Any) -> None:
    world = running(main, True)
    world.clock.lost = True
    display = Display()
    world.loop = main.Loop(world.pulses, world.clock, world.relay, world.nvm, None, display)
    world.loop.step()
    assert display.lines[2] == "Uhrzeit unbekannt"


def test_a_worn_memory_is_on_the_display(main: Any) -> None:
    world = running(main, True)
    display = Display()
    world.loop = main.Loop(world.pulses, world.clock, world.relay, world.nvm, None, display)
    world.nvm.write = lambda at, data: None  # type: ignore[method-assign]
    for _ in range(2):
        world.clock.now += 900
        world.loop.step()
    assert display.lines[2:] == ["Speicher defekt", "Stadtwerk anrufen"]
