# SPDX-License-Identifier: Apache-2.0
"""Starts by the rule: the sixth within an hour of run, and the waits, against a model that keeps all of them."""

from hypothesis import given
from hypothesis import strategies as st

from groschen.core.starts import Starts

HOUR_S = 3600
GAPS = st.lists(st.one_of(st.integers(0, 20), st.integers(0, 1_300), st.integers(3_500, 3_700)), max_size=40)


class Rule:
    """The rule as it is written, with every start so far."""

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.waits: list[tuple[int, int]] = []  # instant, minutes
        self.hours: set[int] = set()

    def note(self, run: int) -> tuple[bool, int]:
        self.starts.append(run)
        if sum(run - start <= HOUR_S for start in self.starts) < 6:
            return False, 0
        wait = 1
        if self.waits and run - self.waits[-1][0] <= HOUR_S:
            wait = min(2 * self.waits[-1][1], 15)
        self.waits.append((run, wait))
        news = run // HOUR_S not in self.hours
        self.hours.add(run // HOUR_S)
        return news, 60 * wait


@given(GAPS, st.integers(0, 2**29))
def test_the_sixth_start_within_an_hour_of_run_waits_and_each_further_one_twice_as_long(
    gaps: list[int], begin: int
) -> None:
    starts, rule = Starts(), Rule()
    run = begin
    for number, gap in enumerate(gaps, 1):
        run += gap
        news, wait = rule.note(run)
        assert starts.note(run, True) is news
        assert starts.count == number
        assert starts.left(run) == wait
        assert starts.left(run + max(0, wait - 1)) == (1 if wait else 0)
        assert starts.left(run + wait) == 0
        assert starts.left(run + 100_000) == 0


def test_the_waits_are_1_2_4_8_15_and_15_minutes() -> None:
    starts = Starts()
    waits = []
    for _ in range(12):
        starts.note(1000, True)
        waits.append(starts.left(1000))
    assert waits == [0] * 5 + [60, 120, 240, 480, 900, 900, 900]


def test_the_hour_is_exact_to_the_second() -> None:
    for last, wait in ((3_600, 60), (3_601, 0)):
        starts = Starts()
        for run in (0, 1, 2, 3, 4, last):
            starts.note(run, True)
        assert starts.left(last) == wait


def test_a_wait_more_than_an_hour_back_is_forgotten() -> None:
    for pause, waits in ((3_600, [120, 240, 480, 900, 900, 900]), (3_601, [0, 0, 0, 0, 0, 60])):
        starts = Starts()
        for _ in range(6):
            starts.note(0, True)
        assert starts.left(0) == 60
        later = []
        for _ in range(6):
            starts.note(pause, True)
            later.append(starts.left(pause))
        assert later == waits


@given(GAPS)
def test_a_board_with_a_counter_waits_for_nothing_and_says_the_same(gaps: list[int]) -> None:
    with_guard, without = Starts(), Starts()
    run = 0
    for gap in gaps:
        run += gap
        assert with_guard.note(run, True) is without.note(run, False)
        assert without.left(run) == 0
    assert without.count == len(gaps)


def test_every_field_fits_its_width_for_as_long_as_a_meter_lives() -> None:
    starts = Starts()
    for run in (0, 10, 20, 30, 40, 50, 60, 2**30 - 1):
        for _ in range(7):
            starts.note(run, True)
    for name, width in zip(Starts.FIELDS[::2], Starts.FIELDS[1::2], strict=True):
        assert 0 <= getattr(starts, str(name)) < 1 << 8 * int(width)
