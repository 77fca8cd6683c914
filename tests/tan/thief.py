# SPDX-License-Identifier: Apache-2.0
"""The thief: a year at one meter's keys with each strategy, against the firmware's own code.

    python -m tests.tan.thief --years 1000000            # each strategy, five digits
    python -m tests.tan.thief --years 1000000 --digits 6 --strategy patient

Simulated: every key, the entry's table, the budget, the meter's run time and its clock, power cuts in each commit of a
judgement, restarts, and the verification. The keys of the meters are random, the guesses counted up from a random
number, which no strategy can better: a number that was not tried is as likely as any other. The HMAC is C's, and each
number of a meter is computed once (`harness.quick`); `test_thief` compares both with the firmware's own.

`--others` saves time: the course of an entry does not depend on the numbers until one is right, so the guesses of a year
that was played are put to other meters' numbers too, with no keys pressed there.

Not simulated: money, the card slot, and the bytes of the memory - but for the share that `--real` plays, where the
power fails after any byte.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from groschen.core.tan_entry import BOOKED, LOCKED, NEEDS_OPERATOR, NONE, OPENED, USED, WRONG
from groschencard import tan, tan_issue
from groschensim.clock import DAY_S
from groschensim.nvm import PowerCut
from tests.tan.harness import HOUR_S, YEAR_S, LightBoard, RealBoard, quick

EUR = 999  # what a thief would like to have
WEEK_S = 7 * DAY_S
CHUNK = 2000  # thief-years of one seed
REAL_CHUNK = 25
A_YEAR = 20  # wrong entries, of tan.md
LIMIT = 0.001  # a year and meter, of tan.md
ENOUGH = 1_000_000  # years, so that the bound comes below the limit where the chance is the computed one
OPEN = 4  # TANs at one time:
HIGHEST = 1000  # a meter's that has been used for long,
BOTH_OPEN = 0b11111100  # and of which the two below are open too


class Watch:
    """Counts the wrong guesses that the meter has compared, each once: after a cut the same one may be judged again.

    A guess that is the number of a used counter is told so and costs no try: one in 33 000, for an amount never sold.
    """

    def __init__(self) -> None:
        self.wrong: dict[str, list[int]] = {}  # with the counters that were open
        self._verify = tan.verify

    def verify(self, key: bytes, window: tan.Window, eur: int, typed: str, digits: int) -> int:
        found = self._verify(key, window, eur, typed, digits)
        if eur == EUR and not found and not tan.spent(key, window, eur, typed, digits):
            self.wrong.setdefault(typed, window.open())
        return found

    def wins_elsewhere(self, key: bytes, digits: int) -> bool:
        """Says whether the same guesses, in the same order, would have met a number of another meter."""
        numbers: dict[int, str] = {}
        for guess, counters in self.wrong.items():
            for counter in counters:
                if counter not in numbers:
                    numbers[counter] = tan.number(key, counter, EUR, digits)
                if numbers[counter] == guess:
                    return True
        return False


class Year:
    """One meter, one thief, one year."""

    def __init__(self, board: LightBoard | RealBoard, digits: int, chance: random.Random) -> None:
        self.board = board
        self.digits = digits
        self.chance = chance
        self.wins = 0
        self.tally: Counter[str] = Counter()
        self._number = chance.randrange(10**digits)
        self._end = board.clock.now + YEAR_S
        self._pocket: list[tuple[int, str]] = []  # the customer's TANs
        board.state.tan.highest = self._issued = HIGHEST
        board.state.tan.used = BOTH_OPEN
        board.keeper.commit()
        self._bought = board.clock.now

    def over(self) -> bool:
        return self.wins > 0 or self.board.clock.now >= self._end

    def next_guess(self) -> str:
        self._number = (self._number + 1) % 10**self.digits
        return str(self._number).zfill(self.digits)

    def enter(self, guess: str) -> int:
        """Types a guess; where the power fails the meter starts again, and the thief looks at the balance."""
        board = self.board
        before = board.booked()
        try:
            outcome = board.guess(EUR, guess)
        except PowerCut:
            self.tally["cuts"] += 1
            board.restart()
            outcome = NONE
        board.spare()
        self.wins += board.booked() > before
        self.tally["by chance as if used"] += outcome == USED
        return outcome

    def customer(self) -> None:
        """Buys a TAN for each week that has passed, and types what can be typed."""
        board = self.board
        while self._bought + WEEK_S <= board.clock.now:
            self._bought += WEEK_S
            self._issued += self.chance.randrange(1, 3)  # now and then one is lost, which leaves it open
            eur = self.chance.randrange(10, 101)
            while tan_issue.ambiguous(board.keys.tan, self._issued, eur, self.digits):
                eur = self.chance.randrange(10, 101)
            self._pocket.append((eur, tan.number(board.keys.tan, self._issued, eur, self.digits)))
        while self._pocket and board.wait() == 0:
            eur, number = self._pocket.pop(0)
            outcome = board.guess(eur, number)
            assert outcome == BOOKED, outcome
            self.tally["bought"] += 1


def patient(year: Year) -> None:
    """Waits each lock out."""
    board = year.board
    while not year.over():
        wait = board.wait()
        if wait < 0:
            return
        if wait:
            board.run(wait)
        year.enter(year.next_guess())


def robot(year: Year) -> None:
    """Cuts the power within the judgement, at random, to win tries; and again where the entry is locked.

    What a cut broke off and the meter did not count is entered again.
    """
    board = year.board
    chance = year.chance
    places = 3 if isinstance(board, LightBoard) else 2500  # of the commits of a judgement; or its bytes
    guess = year.next_guess()
    again = False
    while not year.over():
        if not again and chance.random() < 0.7:
            board.cut(chance.randrange(places), chance.random() < 0.5)
        counted = board.state.tan.tries.appended
        outcome = year.enter(guess)
        # It may still be right; who has the meter's report on a card can know that it was not counted.
        again = outcome == NONE and board.state.tan.tries.appended == counted
        if again:
            continue
        if outcome in (LOCKED, NEEDS_OPERATOR):
            year.tally["locked"] += 1
            board.restart(chance.randrange(0, 30))
            wait = board.wait()
            if wait < 0:
                if year.enter(guess) != NEEDS_OPERATOR:
                    raise AssertionError("open again by a restart")
                return
            # The power goes and comes meanwhile: what is dark does not count.
            board.run(wait // 2)
            board.restart(chance.randrange(HOUR_S))
            board.run(board.wait())
        else:
            guess = year.next_guess()


def watcher(year: Year) -> None:
    """Sees on the supply current that a guess was wrong, cuts the power before that is written, and tries another."""
    board = year.board
    chance = year.chance
    while not year.over():
        wait = board.wait()
        if wait < 0:
            return
        if wait:
            board.run(wait)
        board.cut(chance.randrange(2 if isinstance(board, LightBoard) else 2500), chance.random() < 0.5)
        year.enter(year.next_guess())


def clock_mover(year: Year) -> None:
    """Sets the clock on and back by up to two years, with and without a restart, and then has to wait all the same."""
    board = year.board
    while not year.over():
        if year.enter(year.next_guess()) in (WRONG, BOOKED):
            continue
        wait = board.wait()
        board.clock.error = year.chance.randrange(-2 * YEAR_S, 2 * YEAR_S)
        if year.chance.random() < 0.5:
            board.restart()
        board.run(1)
        year.enter(year.next_guess())
        if wait < 0:
            return
        board.run(board.wait())


def child(year: Year) -> None:
    """Types whenever it can, so that the customer is locked out; he has a card, and from the 20th wrong entry calls.

    What is typed after that is another budget, which the utility has granted.
    """
    board = year.board
    start = board.clock.now
    cards = 0
    while not year.over():
        wait = board.wait()
        if wait == 0:
            year.enter(year.next_guess())
            continue
        while cards * WEEK_S <= board.clock.now - start:  # a card a week, whatever the entry says
            cards += 1
            before = board.booked()
            board.card(10)
            assert board.booked() == before + 10
        if wait < 0:
            break
        board.run(wait)
    year.tally["cards"] += cards
    if not year.wins:
        year.tally["hours until the entry needs an operator"] += (board.clock.now - start) // HOUR_S
        assert year.enter(year.next_guess()) == NEEDS_OPERATOR
        assert board.service(tan.service_code(board.keys.tan, 1)) == OPENED
        assert board.wait() == 0


def weekly(year: Year) -> None:
    """The customer buys weekly, and types in between: neither does that refill the budget, nor shift it."""
    board = year.board
    while not year.over():
        year.customer()
        wait = board.wait()
        if wait < 0:
            return
        if wait:
            board.run(min(wait, WEEK_S))
        else:
            year.enter(year.next_guess())


STRATEGIES: dict[str, Callable[[Year], None]] = {
    "patient": patient,
    "robot": robot,
    "watcher": watcher,
    "clock": clock_mover,
    "child": child,
    "weekly": weekly,
}


class Result(NamedTuple):
    """So many years: won ones, the most wrong guesses that one meter has compared, and what else was counted."""

    years: int
    won: int
    most: int
    tally: Counter[str]


def play(name: str, digits: int, seed: int, years: int, real: bool = False, others: int = 0) -> Result:
    """Plays thief-years of a strategy; puts each one's guesses to so many other meters too."""
    chance = random.Random(f"{name} {digits} {seed} {real}")
    won = most = 0
    tally: Counter[str] = Counter()
    kind = RealBoard if real else LightBoard
    with quick():
        plain = tan.verify
        try:
            for _ in range(years):
                tan.verify = plain
                watch = Watch()
                tan.verify = watch.verify
                year = Year(kind(chance.randbytes(32), digits), digits, chance)
                STRATEGIES[name](year)
                won += year.wins > 0
                tally.update(year.tally)
                tally["wrong"] += len(watch.wrong)
                most = max(most, len(watch.wrong))
                if not year.wins:  # a thief who has won stops, which would leave the others fewer guesses
                    won += sum([watch.wins_elsewhere(chance.randbytes(32), digits) for _ in range(others)])
                    tally["at other meters"] += others
        finally:
            tan.verify = plain
    return Result(years + tally["at other meters"], won, most, tally)


def _job(job: tuple[str, int, int, int, bool, int]) -> Result:
    return play(*job)


def play_many(name: str, digits: int, years: int, workers: int, real: bool = False, others: int = 0) -> Result:
    """Plays thief-years on so many cores."""
    chunk = REAL_CHUNK if real else CHUNK
    jobs = [
        (name, digits, seed, min(chunk, years - seed * chunk), real, others) for seed in range(math.ceil(years / chunk))
    ]
    total = Result(0, 0, 0, Counter())
    with multiprocessing.Pool(workers) as pool:
        for one in pool.imap_unordered(_job, jobs):
            total = Result(
                total.years + one.years, total.won + one.won, max(total.most, one.most), total.tally + one.tally
            )
    return total


# -- figures


def computed(digits: int) -> float:
    """Returns the chance of one success a year and meter: 20 entries, each against four numbers."""
    return 1 - (1 - OPEN / 10**digits) ** A_YEAR


def upper_bound(won: int, years: int, confidence: float = 0.95) -> float:
    """Returns the upper bound of Clopper and Pearson (1934), one-sided: so high that fewer wins are no surprise."""
    if won >= years:
        return 1.0
    low, high = won / years, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        if at_most(won, years, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def lower_bound(won: int, years: int, confidence: float = 0.95) -> float:
    """Returns the lower one: so low that more wins are no surprise."""
    if won == 0:
        return 0.0
    low, high = 0.0, won / years
    for _ in range(100):
        middle = (low + high) / 2
        if 1 - at_most(won - 1, years, middle) > 1 - confidence:
            high = middle
        else:
            low = middle
    return low


def at_most(won: int, years: int, chance: float) -> float:
    """Returns the chance of so many wins at most, binomial."""
    if chance <= 0:
        return 1.0
    if chance >= 1:
        return float(won >= years)
    logs = [
        math.lgamma(years + 1) - math.lgamma(k + 1) - math.lgamma(years - k + 1)
        + k * math.log(chance) + (years - k) * math.log1p(-chance)
        for k in range(won + 1)
    ]  # fmt: skip
    return math.fsum(math.exp(log) for log in logs)


def main() -> int:
    parser = argparse.ArgumentParser(description="thief-years against the meter's TAN entry")
    parser.add_argument("--years", type=int, default=1_000_000)
    parser.add_argument("--digits", type=int, default=5)
    parser.add_argument("--strategy", action="append", choices=sorted(STRATEGIES))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--others", type=int, default=0, help="other meters that each year's guesses are put to as well"
    )
    parser.add_argument("--real", action="store_true", help="with the meter, the store and cuts at any byte")
    options = parser.parse_args()
    good = True
    for name in options.strategy or STRATEGIES:
        begin = time.monotonic()
        result = play_many(name, options.digits, options.years, options.workers, options.real, options.others)
        seconds = time.monotonic() - begin
        upper = upper_bound(result.won, result.years)
        fine = result.most <= A_YEAR and (upper < LIMIT or result.years < ENOUGH)
        good = good and fine
        print(
            f"{name}, {options.digits} digits: {result.years:,} thief-years, {result.won} won, "
            f"upper 95 % bound {100 * upper:.5f} %, computed {100 * computed(options.digits):.5f} %, "
            f"wrong ones compared {result.tally['wrong'] / options.years:.2f} a year, at most {result.most}; "
            f"{seconds:.0f} s{'' if fine else ' - NOT WITHIN THE BUDGET'}",
            {key: count for key, count in sorted(result.tally.items()) if key != "wrong"} or "",
            flush=True,
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
