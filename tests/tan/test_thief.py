# SPDX-License-Identifier: Apache-2.0
"""The thief wins no more than the budget says, whatever the strategy; a meter that breaks a rule is found out.

`make soak` plays a million thief-years of each strategy (thief.py); here is a fixed share. Three things are shown:

- in no year more than twenty wrong guesses are compared with four numbers at a time: that alone is the bound;
- with three digits, where a thief wins often, the share of won years is the computed one;
- each mutant of the firmware lets a thief compare more.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from groschen.core import tan_budget
from groschen.core.tan_entry import TanEntry
from groschen.core.timekeeper import Timekeeper
from groschencard import mac, tan, tan_issue
from groschensim.clock import DAY_S
from tests.tan import harness, thief
from tests.tan.harness import LightBoard, LightKeeper, quick

YEARS = 800
REAL_YEARS = 3
FEW_DIGITS = 3
FEW_YEARS = 1500
SURE = 0.999_99


@pytest.mark.parametrize("name", thief.STRATEGIES)
def test_no_strategy_compares_more_than_twenty_a_year(name: str) -> None:
    result = thief.play(name, 5, 0, YEARS)
    assert result.most == thief.A_YEAR
    assert result.tally["wrong"] > 19 * YEARS
    assert thief.lower_bound(result.won, YEARS, SURE) < thief.computed(5)


@pytest.mark.parametrize("name", thief.STRATEGIES)
def test_the_same_with_the_store_and_cuts_at_any_byte(name: str) -> None:
    result = thief.play(name, 5, 0, REAL_YEARS, real=True)
    assert result.most == thief.A_YEAR
    assert name != "robot" or result.tally["cuts"] > 10 * REAL_YEARS


@pytest.mark.parametrize("name", thief.STRATEGIES)
def test_with_three_digits_a_thief_wins_as_often_as_computed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tan, "DIGITS_MIN", FEW_DIGITS)
    result = thief.play(name, FEW_DIGITS, 0, FEW_YEARS)
    computed = thief.computed(FEW_DIGITS)
    assert result.most <= thief.A_YEAR
    assert thief.lower_bound(result.won, FEW_YEARS, SURE) < computed
    # A customer who buys closes some of the four, and who moves on after a cut leaves right ones behind.
    fewer = name in ("weekly", "watcher")
    assert thief.upper_bound(result.won, FEW_YEARS, SURE) > (computed / 2 if fewer else computed)


def test_the_guesses_of_one_year_put_to_other_meters_win_as_often_as_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tan, "DIGITS_MIN", FEW_DIGITS)
    result = thief.play("patient", FEW_DIGITS, 1, 50, others=60)
    assert result.years > 2500
    computed = thief.computed(FEW_DIGITS)
    assert thief.lower_bound(result.won, result.years, SURE) < computed
    assert thief.upper_bound(result.won, result.years, SURE) > computed


def test_a_thief_who_knows_the_number_wins() -> None:
    chance = random.Random(1)
    year = thief.Year(LightBoard(bytes(32), 5), 5, chance)
    assert year.enter(tan.number(bytes(32), thief.HIGHEST + 1, thief.EUR, 5)) == thief.BOOKED
    assert year.wins == 1


def test_the_child_costs_the_customer_no_card_and_the_service_code_opens() -> None:
    result = thief.play("child", 5, 0, 50)
    assert result.tally["cards"] == 50 * 11  # one a week up to the 74th day
    hours = result.tally["hours until the entry needs an operator"] / 50
    assert 73 < hours / 24 < 75


# -- mutants: each must be found out by its strategy


def more_than_twenty(name: str, years: int = 3, real: bool = False) -> bool:
    return thief.play(name, 5, 1, years, real).most > thief.A_YEAR


def forget_to_store(self: Any, eur: int, number: str) -> bool:
    tan_budget.begin_try(self._keeper.state.tan, eur, int(number))
    return True


def store_after_comparing(self: Any, eur: int, number: str) -> bool:
    self._keeper.state.tan.judging = False
    return True


class TriesInRam(LightKeeper):
    """Keeps all but the tries."""

    def load(self) -> None:
        super().load()
        self.state.tan.tries.appended = 0


class WallClock(Timekeeper):
    """Lets the meter run by the clock on its wall."""

    def step(self) -> None:
        self._clock.read()
        self._keeper.state.tan.pass_time(max(0, self._ahead()))
        super().step()


def refill(tans: Any, wrong: bool) -> None:
    tans.judging = False
    if not wrong:
        tans.tries.withdraw()
        tans.forgiven = tans.tries.appended


def nothing_to_finish(self: TanEntry) -> None:
    tans = self._keeper.state.tan
    if tans.judging:  # "it was not judged, so it costs nothing"
        tan_budget.end_try(tans, False)
        self._keeper.commit()


@pytest.mark.parametrize("real", [False, True])
def test_a_meter_that_forgets_to_store_the_try_is_found_out(real: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TanEntry, "_try", forget_to_store)
    assert more_than_twenty("watcher", real=real)


@pytest.mark.parametrize("real", [False, True])
def test_a_meter_that_takes_an_interrupted_try_back_is_found_out(real: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TanEntry, "resume", nothing_to_finish)
    assert more_than_twenty("watcher", real=real)


def test_a_meter_that_never_counts_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TanEntry, "_try", store_after_comparing)
    monkeypatch.setattr(thief, "YEAR_S", 10)
    monkeypatch.setattr(LightBoard, "wait", lambda self: self.run(1) or 0)
    assert more_than_twenty("patient", 1) is False  # ten guesses a year are none too many
    monkeypatch.setattr(thief, "YEAR_S", 30)
    assert more_than_twenty("patient", 1)


def test_a_meter_that_keeps_its_tries_in_ram_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def board(key: bytes, digits: int) -> LightBoard:
        return LightBoard(key, digits, TriesInRam)

    monkeypatch.setattr(thief, "LightBoard", board)
    monkeypatch.setattr(thief, "isinstance", lambda *_: True, raising=False)
    monkeypatch.setattr(thief, "YEAR_S", 30 * DAY_S)
    assert more_than_twenty("robot", 1)


def test_a_meter_that_refills_on_success_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tan_budget, "end_try", refill)
    assert more_than_twenty("weekly")


def test_a_meter_that_runs_by_the_clock_on_the_wall_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LightBoard, "timekeeper", WallClock)
    assert more_than_twenty("clock")


def test_a_meter_without_the_limit_of_a_year_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tan_budget, "OPERATOR", 0)
    monkeypatch.setattr(thief, "YEAR_S", 100 * DAY_S)
    monkeypatch.setattr(LightBoard, "wait", lambda self: self.run(HALF_DAY_S) or 0)
    assert more_than_twenty("patient", 1)


HALF_DAY_S = DAY_S // 2


# -- the tools are right


def test_the_quick_hmac_and_the_remembered_numbers_are_the_firmwares() -> None:
    chance = random.Random(2)
    cases = []
    for _ in range(300):
        key = chance.randbytes(32)
        window = tan.Window(chance.randrange(2**20), chance.randrange(256))
        eur, digits = chance.randint(1, 999), chance.randint(5, 20)
        counter = chance.choice(range(max(1, window.highest - 3), window.highest + 4))
        cases.append((key, window, eur, tan.number(key, counter, eur, digits), digits, counter))
    plain = [
        (tan.verify(*case[:5]), tan.spent(*case[:5]), tan_issue.ambiguous(case[0], case[5], case[2], case[4]))
        for case in cases
    ]
    with quick():
        for _ in range(2):  # the second time from memory
            assert plain == [
                (tan.verify(*case[:5]), tan.spent(*case[:5]), tan_issue.ambiguous(case[0], case[5], case[2], case[4]))
                for case in cases
            ]
    assert vars(tan)["hmac_sha256"] is mac.hmac_sha256
    for size in (0, 1, 32, 63, 64, 65, 200):
        key, message = chance.randbytes(size), chance.randbytes(size)
        assert harness.fast_hmac(key, message) == mac.hmac_sha256(key, message)


@pytest.mark.parametrize(
    ("won", "years", "bound"),
    # No wins: 1 - 0.05 ** (1 / n); the others are quantiles of the beta distribution, from printed tables.
    [(0, 1, 0.95), (0, 10, 0.258866), (0, 1_000_000, 2.995728e-6), (1, 10, 0.394163), (5, 10, 0.777559), (10, 10, 1)],
)
def test_the_bound_of_clopper_and_pearson(won: int, years: int, bound: float) -> None:
    assert thief.upper_bound(won, years) == pytest.approx(bound, rel=1e-5)


def test_the_bound_covers_what_it_should() -> None:
    for won, years in ((3, 50), (80, 1000), (800, 1_000_000)):
        bound = thief.upper_bound(won, years)
        assert thief.at_most(won, years, bound) == pytest.approx(0.05, rel=1e-6)
        assert thief.lower_bound(won, years) < won / years < bound
