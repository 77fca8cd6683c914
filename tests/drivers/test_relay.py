# SPDX-License-Identifier: Apache-2.0
"""The relay's driver against a model of its coils and contacts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.drivers.relay import LatchingRelay as Driver
from groschensim.models.pin import SimPin
from groschensim.models.relay import LatchingRelay

PULSE_MS = 100


class BackPin:
    """The input that the auxiliary contact pulls low."""

    def __init__(self, relay: LatchingRelay) -> None:
        self.value = relay.back


class Desk:
    def __init__(self, closed: bool = False, now: int = 1000, step: int = 5) -> None:
        self.now = now
        self.step = step
        self.relay = LatchingRelay(lambda: self.now * 1000, closed)
        self.connect = SimPin(0, self.relay.set_coil)
        self.disconnect = SimPin(0, self.relay.reset_coil)
        self.restart()

    def restart(self) -> None:
        self.driver = Driver(
            self.connect,
            self.disconnect,
            BackPin(self.relay),  # type: ignore[arg-type]
            lambda: self.now & 0x3FFFFFFF,
        )

    def run(self, ms: int) -> None:
        for _ in range(0, ms, self.step):
            self.driver.step()
            assert not (self.connect.level and self.disconnect.level)
            self.now += self.step

    def coils(self) -> tuple[int, int]:
        return self.connect.level, self.disconnect.level


@pytest.mark.parametrize("closed", [False, True])
def test_a_coil_alone_must_be_driven_for_30_ms(closed: bool) -> None:
    now = [0]
    relay = LatchingRelay(lambda: now[0], closed)
    drive = relay.reset_coil if closed else relay.set_coil
    drive(1)
    now[0] += 29_999
    drive(0)
    now[0] += 100_000
    assert relay.closed is closed
    drive(1)
    now[0] += 30_000
    assert relay.closed is not closed
    drive(0)
    assert relay.back() == closed
    assert relay.pulses == 2
    assert relay.longest_us == 30_000


def test_both_coils_at_once_move_nothing() -> None:
    now = [0]
    relay = LatchingRelay(lambda: now[0])
    relay.reset_coil(1)
    relay.set_coil(1)
    now[0] += 100_000
    assert not relay.closed
    assert relay.both == 1


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("on", [False, True])
def test_it_is_where_it_was_at_the_start_and_pulsed_only_if_it_has_to_move(closed: bool, on: bool) -> None:
    desk = Desk(closed)
    desk.run(500)
    assert desk.relay.pulses == 0
    desk.driver.switch(on)
    desk.run(500)
    assert desk.relay.closed is on
    assert desk.relay.pulses == (closed != on)
    assert not desk.driver.sticks()
    desk.restart()
    desk.driver.switch(on)
    desk.run(500)
    assert desk.relay.pulses == (closed != on)


@pytest.mark.parametrize("step", [1, 5, 30, 90])
def test_switching_does_not_wait_and_the_pulse_ends_after_100_ms(step: int) -> None:
    desk = Desk(step=step)
    desk.driver.switch(True)
    desk.driver.switch(True)
    desk.run(step)
    assert desk.coils() == (1, 0)
    desk.run(5 * PULSE_MS)
    assert desk.coils() == (0, 0)
    assert desk.relay.closed
    assert PULSE_MS * 1000 <= desk.relay.longest_us <= (PULSE_MS + step) * 1000


def test_what_the_loop_did_before_it_shortens_no_pulse() -> None:
    desk = Desk()
    desk.run(20)
    desk.now += 47  # a commit, within the step that switches
    desk.driver.switch(True)
    for _ in range(3):
        desk.driver.step()
        desk.now += 47
    assert desk.coils() == (1, 0)
    desk.driver.step()
    assert desk.coils() == (0, 0)
    assert PULSE_MS * 1000 < desk.relay.longest_us <= (PULSE_MS + 47) * 1000


def test_the_pulse_ends_where_time_wraps() -> None:
    desk = Desk(now=2**30 - 40)
    desk.driver.switch(True)
    desk.run(500)
    assert PULSE_MS * 1000 < desk.relay.longest_us <= (PULSE_MS + 5) * 1000
    assert desk.relay.closed


@pytest.mark.parametrize("after", range(0, 200, 15))
def test_a_change_of_mind_at_any_moment_never_drives_both_coils(after: int) -> None:
    desk = Desk()
    desk.driver.switch(True)
    desk.run(after)
    desk.driver.switch(False)
    assert desk.coils() == (0, 0)
    desk.run(1000)
    assert not desk.relay.closed
    assert desk.relay.both == 0
    assert not desk.driver.sticks()


@pytest.mark.parametrize("fault", ["welded", "stuck"])
def test_a_contact_that_does_not_open_is_pulsed_three_times_then_once_a_minute(fault: str) -> None:
    desk = Desk(closed=True)
    setattr(desk.relay, fault, True)
    desk.driver.switch(False)
    desk.run(300)
    assert not desk.driver.sticks()
    desk.run(900)
    assert desk.driver.sticks()
    assert desk.relay.pulses == 3
    desk.run(5 * 60_000)
    assert desk.driver.sticks()
    assert desk.relay.pulses == 3 + 5
    setattr(desk.relay, fault, False)
    desk.run(60_000)
    assert not desk.relay.closed
    assert not desk.driver.sticks()
    assert desk.relay.pulses == 3 + 6


def test_it_sticks_all_the_time_that_it_does() -> None:
    desk = Desk(closed=True)
    desk.relay.welded = True
    desk.driver.switch(False)
    desk.run(1200)
    for _ in range(0, 130_000, 5):
        assert desk.driver.sticks()
        desk.run(5)


def test_an_auxiliary_contact_that_is_torn_off_is_a_relay_that_sticks() -> None:
    desk = Desk()
    desk.relay.torn = True
    desk.driver.switch(True)
    desk.run(1200)
    assert desk.driver.sticks()
    assert desk.relay.closed


@pytest.mark.parametrize("on", [False, True])
def test_a_contact_that_was_moved_by_hand_is_moved_back(on: bool) -> None:
    desk = Desk(closed=on)
    desk.driver.switch(on)
    desk.run(500)
    desk.relay.push(not on)
    desk.run(500)
    assert desk.relay.closed is on
    assert desk.relay.pulses == 1


def test_a_contact_that_flutters_does_not_heat_the_coil() -> None:
    desk = Desk()
    desk.driver.switch(True)
    for _ in range(600):
        desk.relay.push(False)
        desk.run(1000)
    assert desk.relay.pulses <= 3 + 10


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 60)), min_size=1, max_size=12), st.booleans())
def test_after_any_orders_it_is_where_the_last_one_sent_it(orders: list[tuple[bool, int]], closed: bool) -> None:
    desk = Desk(closed)
    for on, steps in orders:
        desk.driver.switch(on)
        desk.run(5 * steps)
    desk.run(1000)
    assert desk.relay.closed is orders[-1][0]
    assert desk.relay.both == 0
    assert desk.coils() == (0, 0)
    assert not desk.driver.sticks()
