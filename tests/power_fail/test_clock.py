# SPDX-License-Identifier: Apache-2.0
"""Clocks that are lost, jump, come back wrong, are set and corrected: no day is charged twice, none is skipped.

But by a correction, and whoever may only set a clock moves nothing that is worth anything.
"""

from array import array
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groschen.core import events
from groschen.core.amount import Limbs
from groschen.core.demand import END, PERIOD
from groschen.core.keeper import Keeper
from groschen.core.meter import Meter
from groschen.core.registers import DAY
from groschen.core.report import report
from groschen.core.state import State
from groschen.core.store import Store
from groschen.core.supply import CUSTOMER, LOCKED
from groschen.core.tariff import Tariff
from groschen.core.timekeeper import Timekeeper
from groschen.core.windows import Windows
from groschencard.records import CHARGE_FROM_NOW, CORRECT_CLOCK, SET_CLOCK
from groschensim.board import amount
from groschensim.clock import DAY_S, SimClock
from groschensim.image import read_image
from groschensim.nvm import PowerCut, SimNvm

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

    def set(self, by: int = 0, number: int = 0, order: int = SET_CLOCK) -> bool:
        """Set the clock to the world's time and so many seconds more: at the port, or with a number by a card."""
        day, second = divmod(self.clock.now + by, DAY_S)
        return not self.time.set(day, second, number, order)

    def move(self, by: int, number: int = 0, order: int = SET_CLOCK) -> bool:
        """Set the clock by so many seconds from where it is."""
        return self.set(self.clock.error + by, number, order)

    def now(self) -> int:
        """Return the meter's time."""
        return self.meter.quarter * 900 + self.meter.second

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


def test_days_of_an_outage_that_was_none_are_not_charged_again_after_the_correction() -> None:
    house = House()
    house.clock.error = 10 * DAY_S
    house.restart(after=HOUR)  # believed: an outage of ten days is possible
    assert house.days() == 10
    assert not house.set()  # that far back is no setting
    assert house.set(0, 1, CORRECT_CLOCK)
    assert not house.held()
    house.run(9 * DAY_S)
    assert house.days() == 10
    house.run(3 * DAY_S)
    assert house.days() == house.midnights() == 12


def test_a_meter_ahead_of_the_clock_waits_and_charges_no_day_twice() -> None:
    house = House()
    house.run(12 * HOUR + 900)  # a quarter past midnight
    assert house.days() == 1
    assert house.move(-HOUR)  # and now it is a quarter past eleven again
    assert house.held()
    house.run(50 * 60)
    assert house.held()
    assert house.days() == 1
    house.run(DAY_S)
    assert not house.held()
    house.run(HOUR)
    assert house.days() == 2


def test_pulses_while_the_meter_waits_are_energy_and_no_demand() -> None:
    house = House(power=100 * EUR)
    house.run(DAY_S)
    assert house.move(-HOUR)
    before = house.meter.account.power.charged.value()
    house.pulses += 20_000  # a day's energy, all within one quarter hour of the meter's time
    house.run(HOUR // 2)
    assert house.meter.energy_nt.value() == 20_000
    house.run(2 * DAY_S)
    assert house.meter.account.power.charged.value() == before


def test_a_clock_that_is_waited_for_is_behind_and_not_lost_at_a_restart() -> None:
    house = House()
    house.run(2 * DAY_S)
    assert house.move(-50 * 60)
    house.restart(after=60)
    assert not house.meter.clock_lost
    assert house.held()
    house.run(2 * HOUR)
    assert not house.held()
    assert house.days() == 2


@pytest.mark.parametrize("error_s", [-3 * HOUR, 401 * DAY_S])
def test_a_clock_that_jumps_while_it_is_waited_for_is_lost(error_s: int) -> None:
    for off in (False, True):
        house = House()
        house.run(2 * DAY_S)
        assert house.move(-50 * 60)
        house.run(300, 60)
        assert house.held()
        house.clock.error += error_s
        if off:
            house.restart()
        else:
            house.run(60, 60)
        assert house.meter.clock_lost
        assert not house.held()


# -- how far, and how often -------------------------------------------------------------------------------------


def running(days: int = 3) -> House:
    """Give a house that has run for some days, and whose clock was never set."""
    house = House()
    house.run(days * DAY_S, HOUR)
    return house


def state_of(house: House) -> tuple[object, ...]:
    setting = house.keeper.state.setting
    meter = house.meter
    return (
        house.now(),
        house.days(),
        house.clock.error,
        (setting.until, setting.ahead, setting.back),
        (meter.clock_lost, meter.held, meter.settled, meter.log.ring.appended, house.keeper.state.cards.command),
    )


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize(
    ("by", "may"),
    [
        (25 * HOUR, True),
        (25 * HOUR + 1, False),
        (-HOUR, True),
        (-HOUR - 1, False),
        (1600 * DAY_S, False),
        (-300 * DAY_S, False),
        (40 * 365 * DAY_S, False),
        (-20 * 365 * DAY_S, False),
    ],
)
def test_a_running_clock_is_set_by_25_hours_ahead_and_one_back_at_most(by: int, may: bool, number: int) -> None:
    house = running()
    before = state_of(house)
    assert house.move(by, number) == may
    if not may:
        assert state_of(house) == before


def test_a_computer_whose_clock_is_years_ahead_takes_no_daily_rates() -> None:
    house = running()
    assert not house.set(by=5 * 365 * DAY_S)
    house.run(2 * DAY_S)
    assert house.days() == house.midnights()
    assert not house.held()


def test_a_window_is_not_made_longer_than_an_hour() -> None:
    house = House(credit=EUR)
    windows = Windows()
    windows.daily_start, windows.daily_end = 13 * 60, 14 * 60
    house.meter.set_credit(windows, Limbs(), Limbs())
    house.run(90 * 60)  # 13:30
    house.pulses += 5_000
    house.run(60)
    assert house.meter.supply.on
    assert house.meter.account.balance.high < 0
    assert not house.move(-300 * DAY_S)
    assert house.move(-HOUR)
    assert not house.move(-HOUR)
    house.run(90 * 60, 60)
    assert not house.meter.supply.on


def test_once_in_24_hours_of_its_own_run() -> None:
    house = running()
    assert house.move(30)
    house.run(12 * HOUR)
    house.restart(after=40 * DAY_S)  # the time without power is none of its run
    assert not house.move(30)
    house.run(12 * HOUR - 600)
    assert not house.move(30)
    house.run(600)
    assert house.move(30)
    assert not house.move(30, 1)  # by a card neither


def test_in_sum_since_the_last_service_card_that_set_it() -> None:
    house = running()
    for by, may in ((24 * HOUR, True), (-40 * 60, True), (2 * HOUR, False), (HOUR, True), (-30 * 60, False)):
        house.run(DAY_S)
        assert house.move(by) == may, by
    house.run(DAY_S)
    assert house.move(-20 * 60, 1)  # a card
    house.run(DAY_S)
    assert house.move(-HOUR)
    house.run(DAY_S)
    assert house.move(25 * HOUR)
    assert house.days() == house.now() // DAY_S - START // DAY_S  # none twice, none skipped


def test_who_cuts_the_power_while_the_clock_is_set_has_set_it_once() -> None:
    house = running()
    image = bytes(house.nvm.image)
    assert house.move(20 * HOUR)
    for cut in range(0, 3000, 97):
        other = running()
        other.nvm.image[:] = image
        other.restart()
        other.nvm._cuts = [other.nvm.written + cut]
        with suppress(PowerCut):
            other.move(20 * HOUR)
        moved = other.clock.error != 0
        other.nvm = SimNvm(image=other.nvm.image)
        other.restart()
        assert not moved or not other.move(20 * HOUR), cut


def test_the_bound_is_that_of_the_moment_at_which_the_order_is_taken() -> None:
    house = running()
    house.clock.now += 300  # nobody has looked at the clock since
    assert house.move(25 * HOUR)
    house = running()
    house.clock.now += 300
    assert not house.move(-HOUR - 1)


def test_a_lost_clock_is_set_from_an_hour_before_the_estimate_to_400_days_after_it_was_trusted() -> None:
    for by, may in ((-HOUR, True), (-HOUR - 1, False)):
        house = running()
        house.clock.lost = True
        house.run(DAY_S)
        assert house.set(by) == may
    for by, may in ((400 * DAY_S, True), (400 * DAY_S + 1, False), (1600 * DAY_S, False)):
        house = running()
        house.run(777)
        trusted = house.clock.now
        house.clock.lost = True
        house.restart(after=10 * DAY_S)
        house.run(5 * DAY_S)
        before = state_of(house)
        assert house.set(trusted + by - house.clock.now) == may
        if may:
            assert house.days() == (trusted + by) // DAY_S - START // DAY_S  # the days between are made up for
        else:
            assert state_of(house) == before


def test_a_lost_clock_is_set_however_often_and_costs_the_running_one_nothing() -> None:
    house = running()
    for _ in range(3):
        house.clock.lost = True
        house.run(600)
        assert house.meter.clock_lost
        assert house.set()
        assert not house.meter.clock_lost
    assert (house.keeper.state.setting.ahead, house.keeper.state.setting.back) == (0, 0)


def test_before_commissioning_the_clock_is_set_freely() -> None:
    house = House()
    house.meter.supply.mode = LOCKED
    house.meter.tariff = Tariff()
    for years in (-20, 6, -1):
        assert house.set(years * 365 * DAY_S)
        assert house.now() == house.clock.now + house.clock.error
    assert house.days() == 0
    house.meter.set_mode(CUSTOMER)
    assert not house.set()


# -- corrections ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [2, 40, 61, 200, 992, 2000])
def test_a_correction_ahead_charges_none_of_the_midnights_that_it_jumps(days: int) -> None:
    house = running()
    assert house.set(days * DAY_S, 1, CORRECT_CLOCK)
    assert house.days() == 3
    house.run(2 * DAY_S)
    assert house.days() == 5
    house.restart()
    house.run(DAY_S)
    assert house.days() == 6


@pytest.mark.parametrize("days", [2, 40, 200, 992, 2000])
def test_after_a_correction_back_no_rate_falls_due_before_the_last_midnight_that_was_charged(days: int) -> None:
    house = House()
    house.clock.error = days * DAY_S
    house.meter.correct_clock(START // DAY_S + days, START % DAY_S, True)  # as if it had been commissioned so
    house.time = Timekeeper(house.keeper, house.clock)
    house.run(3 * DAY_S)
    assert house.set(0, 1, CORRECT_CLOCK)
    assert house.now() == house.clock.now
    house.run(min(days, 60) * DAY_S - HOUR, HOUR)
    assert house.days() == 3
    for left in range(days - 60, 0, -390):
        house.restart(after=min(left, 390) * DAY_S)
    house.run(13 * HOUR)
    assert house.days() == 4


def test_an_order_that_charges_from_now_does_so_at_the_next_midnight() -> None:
    house = House()
    house.clock.error = 30 * DAY_S
    house.restart(after=DAY_S)
    assert house.days() == 31
    assert house.set(0, 1, CHARGE_FROM_NOW)
    house.run(2 * DAY_S)
    assert house.days() == 33


def test_what_was_skipped_by_mistake_is_charged_after_all_when_it_is_corrected_back() -> None:
    house = running()
    assert house.set(30 * DAY_S, 1, CORRECT_CLOCK)
    assert house.set(0, 2, CORRECT_CLOCK)
    house.run(5 * DAY_S)
    assert house.days() == house.midnights() == 8


def test_a_clock_that_an_older_memory_says_is_lost_is_set_as_any_lost_one() -> None:
    house = running()
    house.clock.lost = True
    house.run(600)
    assert house.meter.clock_lost
    house.meter.trusted_quarter = house.meter.trusted_second = 0  # as a memory of layout 3 has it
    house.keeper.commit()
    house.restart()
    assert house.set()
    assert not house.meter.clock_lost


def test_a_meter_that_waits_for_2031_is_led_back() -> None:
    house = running()
    house.time.set(*divmod(house.clock.now + 1700 * DAY_S, DAY_S), 1, CORRECT_CLOCK)
    house.run(DAY_S)  # the harm is done: it is 2030, and a clock of today is behind
    days = house.days()
    house.clock.error = 0
    house.meter.held = True
    house.meter.trusted_quarter = 0  # as a memory of layout 3 has it
    house.keeper.commit()
    house.restart()
    assert house.held()
    assert not house.meter.clock_lost
    house.run(DAY_S)
    assert house.days() == days
    assert house.set()
    assert house.held()
    assert house.set(0, 2, CHARGE_FROM_NOW)
    assert not house.held()
    assert house.now() == house.clock.now
    house.run(2 * DAY_S)
    assert house.days() == days + 2
    house.restart()
    assert not house.meter.clock_lost


def test_a_correction_is_an_event_with_both_instants() -> None:
    house = running()
    before = house.now()
    assert house.set(-100 * DAY_S - 7, 1, CORRECT_CLOCK)
    row = house.meter.log.ring.row(0)
    assert (row[events.KIND], row[events.DETAIL]) == (events.CLOCK, events.CLOCK_CORRECTED)
    assert row[events.HIGH] * 900 + row[events.LOW] == before
    assert row[events.QUARTER] * 900 + row[events.SECOND] == house.clock.now - 100 * DAY_S - 7


@pytest.mark.parametrize("restart", [False, True])
def test_rows_of_instants_still_to_come_are_dropped(restart: bool) -> None:
    house = House(power=EUR)
    for day in range(100):
        house.pulses += 10 + day
        house.run(DAY_S, 3 * HOUR)
    meter = house.meter
    rows = {row[DAY] for row in meter.daily.ring.kept()}
    months = len(meter.snapshots.months.kept())
    today = house.now() // DAY_S
    assert house.set(-40 * DAY_S, 1, CORRECT_CLOCK)
    if restart:
        house.restart()
        meter = house.meter
    assert {row[DAY] for row in meter.daily.ring.kept()} == {day for day in rows if day < today - 40}
    assert len(meter.snapshots.months.kept()) < months
    assert all(row[0] <= meter.quarter for row in meter.snapshots.months.kept())
    assert all(row[END] <= meter.quarter for row in meter.demand.maxima.kept())
    periods = [row[PERIOD] for row in meter.demand.maxima.kept()]
    assert len(periods) == len(set(periods))
    assert meter.profile.end == meter.quarter
    house.run(3 * DAY_S)
    house.restart()
    days = [row[DAY] for row in house.meter.daily.ring.kept()]
    assert days == sorted(set(days))
    assert days[-1] == house.now() // DAY_S - 1
    assert not house.keeper._store.faults
    report(house.keeper.state, 600)  # can be told on a card


def test_the_load_profile_has_what_was_and_what_is_left_out_is_lost() -> None:
    for days in (1, 3, 20, 59, 100):
        house = running(5)
        house.pulses += 77
        house.run(DAY_S)
        end = house.meter.profile.end
        assert house.set(days * DAY_S, 1, CORRECT_CLOCK)
        house.pulses += 5
        house.run(1800)
        store = Store(house.nvm, True)
        state = store.load()
        assert state is not None
        start, now = state.meter.profile.start(), state.meter.profile.end
        told = [store.quarter(quarter) for quarter in range(start, now)]
        assert sum(pulses for pulses in told if pulses > 0) == (82 if days < 58 else 5)
        assert told[max(end - start, 0) : -2].count(-1) == min(days * 96, 60 * 96 - 2)
        assert read_image(bytes(house.nvm.image)).damage == []  # they are no damage


def test_the_quarter_hours_before_a_correction_back_are_kept() -> None:
    house = House()
    for hour in range(200):
        house.pulses += hour
        house.run(HOUR)
    store = house.keeper._store
    start = house.meter.profile.start()
    told = [store.quarter(quarter) for quarter in range(start, start + 400)]
    assert house.set(-100 * HOUR, 1, CORRECT_CLOCK)
    assert house.meter.profile.end == start + 400
    assert [store.quarter(quarter) for quarter in range(start, start + 400)] == told
    house.pulses += 5
    house.run(1800)
    assert store.quarter(start + 400) + store.quarter(start + 401) == 5


def test_power_is_not_charged_twice_after_a_correction_back() -> None:
    house = House(power=100 * EUR)
    for _ in range(60):
        house.pulses += 1000
        house.run(DAY_S, 6 * HOUR)
    before = house.meter.account.power.charged.value()
    assert house.set(-50 * DAY_S, 1, CORRECT_CLOCK)
    for _ in range(49):
        house.pulses += 900
        house.run(DAY_S, 6 * HOUR)
    assert house.meter.account.power.charged.value() == before


def test_a_correction_that_is_cut_off_anywhere_charges_nothing_and_is_done_by_the_same_card() -> None:
    for by in (-300 * DAY_S, 300 * DAY_S):
        for cut in range(0, 5000, 41):
            house = running()
            house.nvm._cuts = [house.nvm.written + cut]
            try:
                house.set(by, 1, CORRECT_CLOCK)
            except PowerCut:
                house.nvm = SimNvm(image=house.nvm.image)
                house.restart()
                assert house.days() == 3, (by, cut)
                if not house.keeper.state.cards.command:
                    assert house.set(by, 1, CORRECT_CLOCK)
            assert (house.days(), house.now()) == (3, house.clock.now + by), (by, cut)
            assert not house.meter.clock_lost


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
        st.sampled_from(["run", "off", "lost", "jump", "set", "move", "card"]),
        st.integers(0, 3 * DAY_S),
        st.one_of(st.integers(-500 * DAY_S, 500 * DAY_S), st.integers(-2 * HOUR, 26 * HOUR)),
    ),
    max_size=12,
)


@given(STEPS)
@settings(max_examples=60)
def test_without_a_correction_no_midnight_is_charged_twice_and_none_is_skipped(
    steps: "list[tuple[str, int, int]]",
) -> None:
    house = House()
    charged = 0
    for number, (what, seconds, error) in enumerate(steps, 1):
        before = state_of(house)
        done = True
        if what == "run":
            house.run(seconds, 3600)
        elif what == "off":
            house.restart(after=seconds)
        elif what == "lost":
            house.clock.lost = True
        elif what == "jump":
            house.clock.error = error
        elif what == "set":
            done = house.set(error)
        elif what == "move":
            done = house.move(error)
        else:
            done = house.move(error, number)
        assert done or state_of(house)[:4] == before[:4] or house.meter.clock_lost
        assert house.days() >= charged  # time never goes back
        charged = house.days()
        assert house.meter.quarter // 96 == START // DAY_S + charged
    assert house.set(0, 100, CORRECT_CLOCK)
    assert house.days() == charged
    ahead = START // DAY_S + charged - house.clock.now // DAY_S
    house.run((max(ahead, 0) + 1) * DAY_S, 3600 * 6)
    assert house.days() == charged + 1


CORRECTIONS = st.lists(
    st.tuples(st.integers(-100 * DAY_S, 100 * DAY_S), st.integers(0, 5 * DAY_S), st.booleans()), max_size=6
)


@given(CORRECTIONS)
@settings(max_examples=60)
def test_a_midnight_is_charged_where_it_is_after_all_that_were_however_the_clock_is_corrected(
    steps: "list[tuple[int, int, bool]]",
) -> None:
    house = House()
    highest = START // DAY_S  # the last day whose midnight was charged, or that of commissioning
    for number, (by, seconds, off) in enumerate(steps, 1):
        assert house.move(by, number, CORRECT_CLOCK)
        end = house.clock.now + seconds
        while house.clock.now < end:
            before, day = house.days(), house.now() // DAY_S
            house.run(min(DAY_S // 2, end - house.clock.now), 6 * HOUR)
            if off:
                house.restart()
            passed = house.now() // DAY_S
            assert house.days() - before == (passed > day and passed > highest)
            highest = max(highest, passed) if house.days() > before else highest
