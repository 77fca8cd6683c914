# SPDX-License-Identifier: Apache-2.0
"""The budget of wrong entries: three free, an hour that doubles to a week, twenty in 365 days, then an operator."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core import tan_budget
from groschen.core.exchange import Tans
from groschen.core.tan_entry import BOOKED, LOCKED, NEEDS_OPERATOR, OPENED, WRONG
from groschencard import records, tan
from groschensim.clock import DAY_S
from groschensim.nvm import PowerCut
from tests.tan import thief
from tests.tan.harness import HOUR_S, YEAR_S, LightBoard, RealBoard

KEY = bytes(range(32))
QUARTER_S = 900
BOARDS = [LightBoard, RealBoard]
# After so many wrong ones, so many hours; after twenty none helps.
HOURS = {0: 0, 1: 0, 2: 0, 3: 1, 4: 2, 5: 4, 6: 8, 7: 16, 8: 32, 9: 64, 10: 128} | dict.fromkeys(range(11, 20), 168)

Either = LightBoard | RealBoard


def wrong(of: Either) -> int:
    return of.guess(998, "00000" if tan.number(KEY, 1, 998, 5) != "00000" else "00001")


def spend(of: Either, times: int) -> None:
    """Enters so many wrong ones, each as soon as that is possible."""
    for _ in range(times):
        if of.wait() > 0:
            of.run(of.wait())
        assert wrong(of) == WRONG


def right(of: Either) -> int:
    counter = of.state.tan.highest + 1
    return of.guess(10, tan.number(KEY, counter, 10, 5))


@pytest.mark.parametrize("board", BOARDS)
def test_the_ladder(board: type[Either]) -> None:
    here = board(KEY, 5)
    for count, hours in HOURS.items():
        wait = here.wait()
        assert (wait == 0) if hours == 0 else (hours * HOUR_S <= wait <= hours * HOUR_S + QUARTER_S), count
        if wait:
            assert right(here) == LOCKED
            here.run(wait)
        assert wrong(here) == WRONG
    assert here.wait() == tan_budget.OPERATOR
    assert right(here) == NEEDS_OPERATOR


@pytest.mark.parametrize("second", [0, 1, 899])
@pytest.mark.parametrize("count", [3, 7, 12])
def test_no_wait_is_shorter_than_it_says_nor_a_quarter_hour_longer(count: int, second: int) -> None:
    here = LightBoard(KEY, 5)
    here.run(QUARTER_S + second)
    spend(here, count)
    hours = HOURS[count]
    here.run(hours * HOUR_S - 1)
    assert wrong(here) == LOCKED
    here.run(QUARTER_S + 1)
    assert wrong(here) == WRONG


def test_twenty_in_a_year_are_all() -> None:
    here = LightBoard(KEY, 5)
    spend(here, 20)
    for _ in range(5):
        here.run(YEAR_S)
        assert wrong(here) == NEEDS_OPERATOR


def test_a_year_later_the_old_ones_count_no_more() -> None:
    here = LightBoard(KEY, 5)
    spend(here, 15)
    here.run(YEAR_S + QUARTER_S)
    assert wrong(here) == WRONG
    assert here.wait() == 0
    spend(here, 18)
    assert here.wait() > 0
    spend(here, 1)
    assert here.wait() == tan_budget.OPERATOR


def test_one_a_month_for_ten_years_locks_no_customer_out_for_long() -> None:
    here = LightBoard(KEY, 5)
    for _ in range(120):
        assert wrong(here) == WRONG
        here.run(31 * DAY_S)
        assert here.wait() == 0


@pytest.mark.parametrize("board", BOARDS)
def test_a_success_refills_nothing(board: type[Either]) -> None:
    here = board(KEY, 5)
    for count in range(20):
        assert here.state.tan.tries.appended == count
        if here.wait():
            here.run(here.wait())
        assert right(here) == BOOKED
        wait = here.wait()
        assert wrong(here) == WRONG
        assert here.wait() >= wait or here.wait() < 0
    assert right(here) == NEEDS_OPERATOR


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("dark_s", [0, 60, 40 * DAY_S])
def test_a_power_cut_or_a_restart_refills_nothing_and_time_without_power_does_not_count(
    board: type[Either], dark_s: int
) -> None:
    here = board(KEY, 5)
    spend(here, 9)
    for _ in range(4):
        wait = here.wait()
        here.restart(dark_s)
        assert here.wait() == wait
        assert wrong(here) == LOCKED


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("error", [61, 3 * DAY_S, 390 * DAY_S, 20 * YEAR_S, -61, -3 * DAY_S, -20 * YEAR_S])
@pytest.mark.parametrize("restart", [False, True])
def test_a_clock_that_is_moved_changes_nothing(board: type[Either], error: int, restart: bool) -> None:
    here = board(KEY, 5)
    spend(here, 5)
    wait = here.wait()
    here.clock.error = error
    if restart:
        here.restart()
    here.run(60)
    assert wait - QUARTER_S <= here.wait() <= wait
    assert wrong(here) == LOCKED
    here.run(wait)
    here.clock.error = -error
    here.run(1)
    assert wrong(here) == WRONG
    assert here.state.tan.tries.appended == 6


@pytest.mark.parametrize("board", BOARDS)
def test_a_clock_that_an_operator_sets_changes_nothing(board: type[Either]) -> None:
    here = board(KEY, 5)
    spend(here, 5)
    wait = here.wait()
    assert not here.time.set((here.clock.now + 30 * DAY_S) // DAY_S, 0, 0, records.CORRECT_CLOCK)
    here.run(1)
    assert here.wait() == wait


@pytest.mark.parametrize("at", range(3))
def test_a_lost_row_opens_nothing_and_the_wait_ends_some_day(at: int) -> None:
    here = LightBoard(KEY, 5)
    spend(here, 3)
    here.run(HOUR_S * 2)
    assert here.wait() == 0
    here.state.tan.tries.lose(at)
    here.keeper.commit()
    assert (here.wait() > 0) is (at == 2)  # the newest: as if it had been now
    here.restart()
    assert (here.wait() > 0) is (at == 2)
    here.run(HOUR_S + QUARTER_S)
    assert here.wait() == 0
    assert wrong(here) == WRONG
    assert here.wait() >= 2 * HOUR_S


def test_all_rows_lost_are_twenty_of_now() -> None:
    here = LightBoard(KEY, 5)
    spend(here, 20)
    for at in range(20):
        here.state.tan.tries.lose(at)
    assert here.wait() == tan_budget.OPERATOR
    here.keeper.commit()
    here.restart()
    here.run(2 * YEAR_S)
    assert wrong(here) == NEEDS_OPERATOR
    assert here.service(tan.service_code(KEY, 1)) == OPENED
    assert wrong(here) == WRONG


def test_a_row_that_the_memory_lost_opens_nothing() -> None:
    here = RealBoard(KEY, 5)
    spend(here, 8)
    wait = here.wait()
    image = here.nvm.image
    row = 17  # 4 + 2 + 1 + 4 + 4 bytes and their check
    for at in range(8):
        image[32_232 + row * at] ^= 1
    here.restart()
    assert here.wait() >= wait
    assert wrong(here) == LOCKED
    here.run(here.wait())
    assert wrong(here) == WRONG


@pytest.mark.parametrize("board", BOARDS)
def test_an_operator_gives_the_whole_budget_and_no_more(board: type[Either]) -> None:
    here = board(KEY, 5)
    for counter in (1, 2):
        spend(here, 20)
        assert right(here) == NEEDS_OPERATOR
        assert here.service(tan.service_code(KEY, counter)) == OPENED
        assert here.wait() == 0
    spend(here, 20)
    assert right(here) == NEEDS_OPERATOR


@pytest.mark.parametrize("where", range(0, 2400, 40))
def test_a_cut_at_a_byte_of_the_judgement_leaves_a_try_counted_or_not_made(where: int) -> None:
    here = RealBoard(KEY, 5)
    spend(here, 2)
    here.cut(where, False)
    try:
        wrong(here)
    except PowerCut:
        here.restart()
    here.spare()
    count = here.state.tan.tries.appended
    assert count in (2, 3)
    assert (here.wait() > 0) is (count == 3)


# -- the bound


@pytest.mark.parametrize(
    ("open_at_once", "tries", "percent"),
    [(1, 1107, "1.10"), (4, 1107, "4.3"), (1, 177, "0.18"), (4, 177, "0.71"), (1, 20, "0.02"), (4, 20, "0.08")],
)
def test_the_table_of_the_specification(open_at_once: int, tries: int, percent: str) -> None:
    places = len(percent) - 2
    assert f"{100 * (1 - (1 - open_at_once / 100_000) ** tries):.{places}f}" == percent


def test_the_computed_bound_is_under_a_thousandth_and_it_is_the_figure_of_the_specification() -> None:
    assert thief.computed(5) < 0.001
    assert f"{100 * thief.computed(5):.2f}" == "0.08"
    assert tan_budget.A_YEAR == thief.A_YEAR
    assert tan.Window.AHEAD + tan.Window.BEHIND == thief.OPEN


# -- whatever happens


ACTIONS = st.one_of(
    st.tuples(st.just("wrong"), st.just(0)),
    st.tuples(st.just("wait out"), st.just(0)),
    st.tuples(st.just("right"), st.just(0)),
    st.tuples(st.just("cut"), st.integers(0, 3)),
    st.tuples(st.just("run"), st.sampled_from([1, 899, 900, HOUR_S, DAY_S, 7 * DAY_S, 100 * DAY_S, YEAR_S])),
    st.tuples(st.just("restart"), st.sampled_from([0, 1, DAY_S, YEAR_S])),
    st.tuples(st.just("clock"), st.integers(-2 * YEAR_S, 2 * YEAR_S)),
    st.tuples(st.just("operator"), st.just(0)),
)


class Judge:
    """What the entry did, in seconds that the meter ran: never too many, never too soon."""

    def __init__(self) -> None:
        self.here = LightBoard(KEY, 5)
        self.ran = 0
        self.tries: list[int] = []
        self.codes = 0

    def must_be_locked(self) -> bool:
        if not self.tries:
            return False
        recent = [at for at in self.tries if self.tries[-1] - at < YEAR_S]
        if len(recent) >= 20 or sum(self.ran - at < YEAR_S for at in self.tries) >= 20:
            return True
        hours = 0 if len(recent) < 3 else min(2 ** (len(recent) - 3), 168)
        return self.ran < self.tries[-1] + hours * HOUR_S

    def may_be_locked(self) -> bool:
        """Says so for a lock that is at most a quarter hour longer, and a year that is a quarter hour longer."""
        recent = [at for at in self.tries if self.tries[-1] - at <= YEAR_S + 2 * QUARTER_S]
        hours = 0 if len(recent) < 3 else min(2 ** (len(recent) - 3), 168)
        return len(recent) >= 20 or (hours > 0 and self.ran < self.tries[-1] + hours * HOUR_S + QUARTER_S)

    def act(self, what: str, how: int) -> None:
        here = self.here
        if what in ("wrong", "wait out", "cut"):
            if what == "wait out" and here.wait() > 0:
                self.run(here.wait())
            self.enter(how if what == "cut" else -1)
        elif what == "right":
            locked = self.must_be_locked()
            outcome = right(here)
            assert (outcome == BOOKED) if not self.may_be_locked() else not (locked and outcome == BOOKED)
        elif what == "run":
            self.run(how)
        elif what == "restart":
            here.restart(how)
        elif what == "clock":
            here.clock.error = how
        else:
            self.codes += 1
            assert here.service(tan.service_code(KEY, self.codes)) == OPENED
            self.tries = []

    def run(self, seconds: int) -> None:
        self.here.run(seconds)
        self.ran += seconds

    def enter(self, where: int) -> None:
        here = self.here
        tries = here.state.tan.tries.appended
        if where >= 0:
            here.cut(where // 2, where % 2 == 1)
        try:
            outcome = wrong(here)
        except PowerCut:
            here.restart()
            outcome = WRONG if here.state.tan.tries.appended > tries else 0
        here.spare()
        if outcome == WRONG:
            assert not self.must_be_locked()
            self.tries.append(self.ran)
        elif outcome:
            assert self.may_be_locked()
        for at in self.tries:
            assert sum(at <= other < at + YEAR_S for other in self.tries) <= 20


@given(st.lists(ACTIONS, max_size=80))
def test_whatever_happens_never_more_than_twenty_in_365_days(actions: list[tuple[str, int]]) -> None:
    judge = Judge()
    for what, how in actions:
        judge.act(what, how)


@given(st.lists(st.integers(0, 40 * 96), min_size=1, max_size=60), st.integers(0, 3), st.data())
def test_rows_that_are_lost_never_shorten_the_wait(gaps: list[int], forgiven: int, data: Any) -> None:
    tans = Tans()
    for gap in gaps:
        tans.run += gap
        tan_budget.begin_try(tans, 50, 12_345)
        tan_budget.end_try(tans, True)
    tans.forgiven = min(forgiven, tans.tries.appended)
    before = tan_budget.wait(tans)
    first = max(0, tans.tries.appended - tans.tries.rows)
    for index in data.draw(st.sets(st.integers(first, tans.tries.appended - 1))):
        tans.tries.lose(index)
    for _ in range(2):
        after = tan_budget.wait(tans)
        assert after == tan_budget.OPERATOR or (before != tan_budget.OPERATOR and after >= before)
        tan_budget.mend(tans)


@given(st.integers(1, 999), st.integers(5, 20).flatmap(lambda digits: st.integers(0, 10**digits - 1)))
def test_what_is_kept_of_an_entry_is_the_entry(eur: int, number: int) -> None:
    tans = Tans()
    tan_budget.begin_try(tans, eur, number)
    assert tan_budget.pending(tans) == (eur, number)
    for cell, width in zip(tans.tries.row(0), tans.tries.widths, strict=True):
        assert 0 <= cell < 256**width
    tan_budget.end_try(tans, False)
    assert tan_budget.wait(tans) == tan_budget.OPEN
    assert not tans.judging
