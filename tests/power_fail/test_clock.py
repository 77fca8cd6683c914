# SPDX-License-Identifier: Apache-2.0
"""A clock that is lost, jumps or comes back wrong charges no day twice, and skips none once it is set again."""

from array import array
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groschen.core import events
from groschen.core.amount import Limbs
from groschen.core.keeper import Keeper
from groschen.core.meter import Meter
from groschen.core.state import State
from groschen.core.store import Store
from groschen.core.supply import CUSTOMER
from groschen.core.tariff import Tariff
from groschen.core.timekeeper import Timekeeper
from groschen.core.windows import Windows
from groschensim.board import amount
from groschensim.clock import DAY_S, SimClock
from groschensim.nvm import SimNvm

EUR = 1_000_000
START = (date(2026, 3, 2) - date(1970, 1, 1)).days * DAY_S + 12 * 3600  # a Monday, 12:00 UTC
HOUR = 3600


class House:
    """A meter on UTC that pays one euro a day and one a kilowatt-hour, kept in a memory, with a clock of its own."""

    def __init__(self, credit: int = 1000 * EUR, power: int = 0) -> None:
        self.nvm = SimNvm()
        self.clock = SimClock(START)
        tariff = Tariff()
        tariff.version = 1
        tariff.base = EUR
        tariff.nt = EUR
        tariff.power = power
        tariff.continuous = True
        self.meter = Meter(1000, 0)
        self.meter.commission(START // DAY_S, START % DAY_S, CUSTOMER, tariff, amount(credit), Limbs())
        self.keeper = Keeper(State(self.meter), Store(self.nvm))
        self.keeper.commit()
        self.pulses = 0
        self.time = Timekeeper(self.keeper, self.clock)

    def run(self, seconds: int, every: int = 600) -> None:
        end = self.clock.now + seconds
        while self.clock.now < end:
            self.clock.now = min(end, self.clock.now + every)
            self.time.step()
            self.meter.advance(self.time.day, self.time.second)
            self.keeper.count(self.pulses)
            self.keeper.commit()

    def restart(self, after: int = 0) -> None:
        """Cut the power, and start from the memory so many seconds later."""
        self.clock.now += after
        self.clock.restart()
        store = Store(self.nvm)
        state = store.load()
        assert state is not None
        self.meter = state.meter
        self.keeper = Keeper(state, store)
        self.time = Timekeeper(self.keeper, self.clock)
        self.time.start()
        self.keeper.resume(self.time.day, self.time.second, self.pulses)

    def set(self) -> None:
        """Set the clock to the world's time."""
        self.time.set(self.clock.now // DAY_S, self.clock.now % DAY_S)

    def days(self) -> int:
        """Return how many daily rates were charged."""
        return self.meter.account.base.electricity.value() // EUR

    def midnights(self) -> int:
        """Return how many there were."""
        return self.clock.now // DAY_S - START // DAY_S

    def held(self) -> bool:
        return self.meter.held

    def events(self) -> list[int]:
        return [row[events.DETAIL] for row in self.meter.log.ring.kept() if row[events.KIND] == events.CLOCK]


@pytest.mark.parametrize("error_s", [-HOUR, -40 * DAY_S, -20 * 365 * DAY_S, 401 * DAY_S, 30 * 365 * DAY_S])
def test_a_clock_that_comes_back_wrong_is_found_and_charges_nothing(error_s: int) -> None:
    house = House()
    house.run(3 * DAY_S)
    house.clock.error = error_s
    house.restart()
    assert house.meter.clock_lost
    assert house.events() == [events.CLOCK_LOST]
    assert house.days() == house.midnights() == 3
    house.run(2 * DAY_S)  # the estimate goes on by the board's own seconds
    assert house.days() == house.midnights() == 5
    house.set()
    assert house.events() == [events.CLOCK_LOST, events.CLOCK_SET]
    assert house.days() == house.midnights()


@pytest.mark.parametrize(("behind_s", "lost"), [(60, False), (61, True)])
def test_a_clock_that_is_behind_by_a_minute_at_the_start_is_right(behind_s: int, lost: bool) -> None:
    house = House()
    house.run(DAY_S)
    house.clock.error = -behind_s
    house.restart()
    assert house.meter.clock_lost == lost


def test_a_clock_that_lost_its_battery_is_not_believed_however_right_it_looks() -> None:
    house = House()
    house.clock.lost = True
    house.restart()
    assert house.meter.clock_lost


def test_days_missed_on_an_estimate_are_charged_once_when_the_clock_is_set() -> None:
    house = House()
    house.run(DAY_S)
    house.clock.lost = True
    house.restart(after=30 * DAY_S)  # nobody knows for how long the power was off
    assert house.days() == 1
    house.run(DAY_S)
    assert house.days() == 2
    house.set()
    assert house.days() == house.midnights() == 32
    house.run(DAY_S)
    assert house.days() == house.midnights()


def test_an_outage_by_a_clock_that_never_stopped_is_believed_up_to_400_days() -> None:
    house = House()
    house.restart(after=400 * DAY_S)
    assert not house.meter.clock_lost
    assert house.days() == house.midnights() == 400


@pytest.mark.parametrize("error_s", [2 * HOUR, -2 * HOUR, 3 * DAY_S, -3 * DAY_S])
def test_a_jump_while_running_is_an_event_and_charges_nothing(error_s: int) -> None:
    house = House()
    house.run(DAY_S)
    house.clock.error = error_s
    house.run(DAY_S)
    assert house.events() == [events.CLOCK_LOST]
    assert house.days() == house.midnights() == 2


def test_a_meter_ahead_of_the_clock_waits_and_charges_no_day_twice() -> None:
    house = House()
    house.clock.error = 10 * DAY_S
    house.restart(after=HOUR)  # believed: an outage of ten days is possible
    assert house.days() == 10
    house.set()  # the technician sees it and sets the clock back
    assert house.held()
    house.run(9 * DAY_S)
    assert house.days() == 10
    house.run(3 * DAY_S)
    assert not house.held()
    assert house.days() == house.midnights() == 12


def test_pulses_while_the_meter_waits_are_energy_and_no_demand() -> None:
    house = House(power=100 * EUR)
    house.clock.error = DAY_S
    house.restart(after=HOUR)
    house.set()
    before = house.meter.account.power.charged.value()
    house.pulses += 20_000  # a day's energy, all within one quarter hour of the meter's time
    house.run(12 * HOUR)
    assert house.meter.energy_nt.value() == 20_000
    house.run(2 * DAY_S)
    assert house.meter.account.power.charged.value() == before


def test_without_a_trusted_clock_nobody_is_disconnected_for_a_week() -> None:
    house = House(credit=EUR)
    house.clock.lost = True
    house.restart()
    house.pulses += 5_000
    house.run(6 * DAY_S + 20 * HOUR)
    assert house.meter.supply.on
    assert house.meter.account.balance.high < 0  # charges go on
    house.run(5 * HOUR)
    assert not house.meter.supply.on


def test_the_week_is_counted_through_restarts() -> None:
    house = House(credit=EUR)
    house.clock.lost = True
    house.restart()
    house.pulses += 5_000
    for _ in range(7):
        house.run(DAY_S)
        house.restart()
    house.run(HOUR)
    assert not house.meter.supply.on


def test_a_set_clock_judges_at_once() -> None:
    house = House(credit=EUR)
    house.clock.lost = True
    house.restart()
    house.pulses += 5_000
    house.run(HOUR)
    assert house.meter.supply.on
    house.set()
    assert not house.meter.supply.on


def test_a_window_holds_by_the_estimate_after_the_week() -> None:
    house = House(credit=EUR)
    windows = Windows()
    windows.days = array("i", [START // DAY_S + day for day in range(5, 12)])
    house.meter.set_credit(windows, Limbs(), Limbs())
    house.keeper.commit()
    house.clock.lost = True
    house.restart()
    house.pulses += 5_000
    house.run(9 * DAY_S)
    assert house.meter.supply.on


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["run", "off", "lost", "jump", "set"]),
        st.integers(0, 3 * DAY_S),
        st.integers(-500 * DAY_S, 500 * DAY_S),
    ),
    max_size=12,
)


@given(STEPS)
@settings(max_examples=60)
def test_every_midnight_is_charged_exactly_once_when_the_clock_is_right_again(
    steps: "list[tuple[str, int, int]]",
) -> None:
    house = House()
    charged = 0
    for what, seconds, error in steps:
        if what == "run":
            house.run(seconds, 3600)
        elif what == "off":
            house.restart(after=seconds)
        elif what == "lost":
            house.clock.lost = True
        elif what == "jump":
            house.clock.error = error
        else:
            house.set()
        assert house.days() >= charged  # time never goes back
        charged = house.days()
        assert house.meter.quarter // 96 == START // DAY_S + charged
    house.set()
    ahead = house.meter.quarter // 96 - house.clock.now // DAY_S
    house.run((max(ahead, 0) + 1) * DAY_S, 3600 * 6)
    assert house.days() == house.midnights()
