# SPDX-License-Identifier: Apache-2.0
"""Random histories of TANs: bought, lost, typed in any order, again, wrongly; power, clock, service, cards in between.

    python -m tests.tan.histories --histories 1000000 --real 10000

What the meter says and books is predicted by `Model`, which is sets and lists of plain Python written from the
specification's text alone, with the standard library's HMAC. A power cut leaves all of an entry or nothing of it.
So many `--real` ones have the meter, its store and a memory that is cut off at any byte; the others keep their state
whole or not at all, as tests/power_fail shows of the store.
"""

from __future__ import annotations

import argparse
import hmac
import math
import multiprocessing
import random
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable

from groschen.core import tan_budget
from groschen.core.tan_entry import QUESTION, TIMEOUT_S
from groschencard import tan, tan_issue
from groschensim.clock import DAY_S
from groschensim.nvm import PowerCut
from tests.tan.harness import HOUR_S, OUTCOMES, YEAR_S, Board, LightBoard, RealBoard, quick

CHUNK = 1000
REAL_CHUNK = 50
BYTES = 2600  # more than an entry writes
FREE = 3
A_YEAR = 20
LONGEST_S = 7 * DAY_S
SLACK_S = 900  # the meter counts quarter hours, and lets nobody in too early

SAID = {
    "booked": "BOOKED",
    "used": "USED",
    "mistyped": "MISTYPED",
    "locked": "LOCKED",
    "operator": "NEEDS_OPERATOR",
    "wrong": "WRONG",
    "dead": "WRONG",  # never used, and out of reach
    "old": "WRONG",  # used so long ago that the meter does not say so any more
    "ahead": "WRONG",  # not yet in reach
    "declined": "CANCELLED",
}
"""By what the model calls it: what the meter says."""
TRIES = ("wrong", "dead", "old", "ahead")


class Model:
    """What a meter has to do, by the specification."""

    def __init__(self, key: bytes, digits: int, used: Iterable[int]) -> None:
        self.key = key
        self.digits = digits
        self.used = set(used)
        self.wrong: list[int] = []  # when, in seconds that the meter has run
        self.run = 0
        self.euro = 0
        self.service = 0
        self._numbers: dict[tuple[int, int], str] = {}

    def number(self, counter: int, eur: int) -> str:
        found = self._numbers.get((counter, eur))
        if found is None:
            message = b"TAN 1 number\0" + struct.pack("<IH", counter, eur)
            value = int.from_bytes(hmac.digest(self.key, message, "sha256"), "big")
            found = self._numbers[counter, eur] = str(value % 10**self.digits).zfill(self.digits)
        return found

    def highest(self) -> int:
        return max(self.used, default=0)

    def open(self) -> list[int]:
        h = self.highest()
        return [c for c in (h - 2, h - 1, h + 1, h + 2) if c >= 1 and c not in self.used]

    def lock(self) -> str:
        """Returns "", "locked", "operator", or "either" in the quarter hour behind a lock."""
        count = len(self.wrong)
        if count >= A_YEAR:
            return "operator"
        if count < FREE:
            return ""
        until = self.wrong[-1] + min(HOUR_S * 2 ** (count - FREE), LONGEST_S)
        if self.run < until:
            return "locked"
        return "" if self.run >= until + SLACK_S else "either"

    def judge(self, eur: int, text: str, confirm: bool) -> tuple[str, int]:
        """Returns what becomes of a number without slips at an open entry, and its counter."""
        fitting = [c for c in self.open() if self.number(c, eur) == text]
        h = self.highest()
        if fitting:
            counter = min(fitting)
            loses = [c for c in self.open() if c < counter - 2]
            return ("declined" if loses and not confirm else "booked"), counter
        if any(c in self.used and c >= 1 and self.number(c, eur) == text for c in (h - 2, h - 1, h)):
            return "used", 0
        return "wrong", 0

    def why(self, counter: int) -> str:
        """Returns why an issued TAN is refused as wrong."""
        if counter > self.highest():
            return "ahead"
        return "old" if counter in self.used else "dead"


class History:
    """One meter's, of ten to twenty actions."""

    def __init__(self, board: LightBoard | RealBoard, chance: random.Random, highest: int, tally: Counter[str]) -> None:
        self.board: Board = board
        self.kept = board
        self.chance = chance
        self.tally = tally
        digits = board.state.tan.digits
        self.key = board.keys.tan
        self.model = Model(self.key, digits, range(max(1, highest - 12), highest + 1))
        self.issued = highest
        self.pocket: list[tuple[int, int, str]] = []
        self.typed: list[tuple[int, int, str]] = []
        self.did: list[str] = []
        self.real = isinstance(board, RealBoard)

    # -- the desk

    def issue(self) -> None:
        eur = self.chance.randint(1, 999)
        self.issued += 1
        while tan_issue.ambiguous(self.key, self.issued, eur, self.model.digits):
            self.issued += 1
            self.tally["ambiguous, not issued"] += 1
        self.pocket.append((self.issued, eur, tan.number(self.key, self.issued, eur, self.model.digits)))
        self.tally["issued"] += 1

    def lose(self) -> None:
        if self.pocket:
            self.pocket.pop(self.chance.randrange(len(self.pocket)))
            self.tally["lost"] += 1

    # -- the customer

    def type_bought(self) -> None:
        if self.pocket:
            at = self.chance.choice((0, 0, -1, self.chance.randrange(len(self.pocket))))
            one = self.pocket[at]
            done = self.enter(one[1], one[2], one[0])
            # A customer who reads that it was not booked keeps the receipt.
            if done not in ("locked", "operator", "mistyped", "declined", "cut", "ahead"):
                self.pocket.pop(at)
                self.typed.append(one)

    def type_again(self) -> None:
        if self.typed:
            counter, eur, text = self.chance.choice(self.typed)
            self.enter(eur, text, counter)

    def mistype(self) -> None:
        """One wrong digit, or two neighbours in the wrong order, in amount, number or check digit."""
        if not self.pocket:
            return
        _, eur, text = self.chance.choice(self.pocket)
        amount = str(eur)
        whole = list(amount + text + str(tan.check_digit(eur, text)))
        at = self.chance.randrange(len(whole))
        if self.chance.random() < 0.5:
            whole[at] = str((int(whole[at]) + self.chance.randrange(1, 10)) % 10)
        elif at + 1 < len(whole) and whole[at] != whole[at + 1]:
            whole[at], whole[at + 1] = whole[at + 1], whole[at]
        else:
            return
        slip = "".join(whole)
        if int(slip[: len(amount)]) > 0:
            self._enter(slip[: len(amount)], slip[len(amount) :], "mistyped", 0, 0, True)

    def guess(self) -> None:
        eur = self.chance.randint(1, 999)
        self.enter(eur, str(self.chance.randrange(10**self.model.digits)).zfill(self.model.digits), 0)

    def persist(self) -> None:
        """Guesses, and waits each lock out, for some time."""
        for _ in range(self.chance.randrange(3, 22)):
            if self.model.lock() == "locked" and self.model.run < YEAR_S - 100 * DAY_S:
                self.pass_time(self.model.wrong[-1] + LONGEST_S - self.model.run + SLACK_S)
            self.guess()

    def enter(self, eur: int, text: str, counter: int) -> str:
        confirm = self.chance.random() < 0.7
        reason, found = self.model.judge(eur, text, confirm)
        if reason == "wrong" and counter:
            reason = self.model.why(counter)
        return self._enter(str(eur), text + str(tan.check_digit(eur, text)), reason, found, eur, confirm)

    def _enter(self, amount: str, digits: str, reason: str, counter: int, eur: int, confirm: bool) -> str:
        lock = self.model.lock()
        if lock in ("locked", "operator"):
            reason = lock
        if self.chance.random() < 0.2:
            self._arm()
        self.did.append(f"type {amount} {digits}: {reason}")
        try:
            outcome = OUTCOMES[self._keys(amount, digits, confirm)]
        except PowerCut:
            return self._after_cut(reason, counter, eur)
        self.board.spare()
        if lock == "either" and outcome == "LOCKED":
            reason = "locked"
        assert outcome == SAID[reason], (outcome, reason)
        self._apply(reason, counter, eur)
        return reason

    def _keys(self, amount: str, digits: str, confirm: bool) -> int:
        if confirm or self.chance.random() < 0.5:
            return self.kept.type(amount, digits, confirm)
        # Walks away from the question instead: the same as no.
        entry = self.board.entry
        for key in (12, *map(int, amount), 10, *map(int, digits)):
            entry.press(key)
        if entry.state == QUESTION:
            entry.pass_time(TIMEOUT_S)
            return next(code for code, name in OUTCOMES.items() if name == "CANCELLED")
        return entry.outcome

    def _arm(self) -> None:
        self.board.cut(self.chance.randrange(BYTES if self.real else 3), self.chance.random() < 0.5)

    def _apply(self, reason: str, counter: int, eur: int) -> None:
        self.tally[reason] += 1
        if reason == "booked":
            assert counter not in self.model.used
            self.model.used.add(counter)
            self.model.euro += eur
        elif reason in TRIES:
            self.model.wrong.append(self.model.run)

    def _after_cut(self, reason: str, counter: int, eur: int) -> str:
        """Starts the meter again: it has done all of it, or nothing."""
        self.board.restart(self.chance.randrange(0, 120))
        self.tally["cut in an entry"] += 1
        tans = self.board.state.tan
        # A question is not answered any more, so what was asked about may not be booked: the customer types it again.
        done = {
            "booked": self.board.booked() == self.model.euro + eur and reason == "booked",
            **{each: tans.tries.appended - tans.forgiven == len(self.model.wrong) + 1 for each in TRIES},
        }.get(reason, False)
        if done:
            self._apply(reason, counter, eur)
            return reason
        return "cut"

    # -- the world

    def pass_time(self, seconds: int) -> None:
        if self.model.run + seconds < YEAR_S:
            self.board.run(seconds)
            self.model.run += seconds

    def wait(self) -> None:
        self.pass_time(int(10 ** self.chance.uniform(1, 6)))

    def restart(self) -> None:
        self.board.restart(int(10 ** self.chance.uniform(0, 6)))

    def move_clock(self) -> None:
        reach = 3 * DAY_S if self.real else 2 * YEAR_S  # a real meter makes up for each day
        self.board.clock.error = self.chance.randrange(-reach, reach)

    def service_code(self) -> None:
        """The next code or one of two behind it, one that was used, or a false one."""
        counter = self.model.service + self.chance.randrange(-1, 5)
        if counter < 1:
            return
        code = tan.service_code(self.key, counter)
        right = self.model.service < counter <= self.model.service + 3
        if self.chance.random() < 0.2:
            code = code[0] + str((int(code[1]) + 1) % 10) + code[2:]
            expected = "MISTYPED"
        else:
            expected = "OPENED" if right else "WRONG"
        if self.chance.random() < 0.2:
            self._arm()
        self.did.append(f"service {counter}: {expected}")
        try:
            outcome = OUTCOMES[self.kept.service(code)]
        except PowerCut:
            self.board.restart()
            if expected != "OPENED" or self.board.state.tan.service != counter:
                return
            outcome = expected
        self.board.spare()
        assert outcome == expected, (outcome, expected)
        self.tally["service code " + expected] += 1
        if expected == "OPENED":
            self.model.service = counter
            self.model.wrong = []

    def service_card(self) -> None:
        tan_budget.forgive(self.board.state.tan)
        self.kept.keeper.commit()
        self.model.wrong = []
        self.tally["service card"] += 1

    def card(self) -> None:
        eur = self.chance.randint(1, 100)
        if self.chance.random() < 0.2:
            self._arm()
        try:
            self.board.card(eur)
        except PowerCut:
            self.board.restart()
            if self.board.booked() == self.model.euro:
                return
        self.board.spare()
        self.model.euro += eur
        self.tally["card"] += 1

    # -- all of it

    def play(self) -> None:
        for _ in range(self.chance.randint(1, 4)):
            self.issue()
        for act in self.chance.choices(ACTIONS, WEIGHTS, k=self.chance.randint(10, 20)):
            self.did.append(act.__name__)
            act(self)
            self.check()
        self.settle()

    def check(self) -> None:
        tans = self.board.state.tan
        assert self.board.booked() == self.model.euro, (self.board.booked(), self.model.euro)
        assert tans.highest == self.model.highest()
        count = min(tans.tries.appended - tans.forgiven, A_YEAR)
        assert count == min(len(self.model.wrong), A_YEAR), (count, self.model.wrong)
        assert not tans.judging

    def settle(self) -> None:
        """What the settlement code proves is what was used."""
        code = self.board.entry.settlement_code()
        h = self.model.highest()
        proof = tan_issue.read_settlement(self.key, code, max(0, h - 20), h + 18)
        assert proof is not None
        assert proof.highest == h
        assert [c for c in range(max(1, h - 8), h + 1) if proof.is_used(c)] == sorted(
            c for c in self.model.used if c >= h - 8
        )


MIX: dict[Callable[[History], None], int] = {
    History.issue: 26,
    History.type_bought: 34,
    History.type_again: 10,
    History.mistype: 6,
    History.guess: 6,
    History.persist: 1,
    History.lose: 3,
    History.wait: 7,
    History.restart: 3,
    History.move_clock: 3,
    History.service_code: 3,
    History.service_card: 1,
    History.card: 4,
}
ACTIONS, WEIGHTS = list(MIX), list(MIX.values())


class HistoryError(AssertionError):
    """A history in which the meter did what it should not."""


def one(seed: int, real: bool, tally: Counter[str]) -> None:
    """Plays the history of a seed; raises HistoryError with what happened in it."""
    chance = random.Random(f"{seed} {real}")
    digits = chance.choice((5, 5, 5, 5, 6, 10, 20))
    highest = chance.choice((0, 0, 1, 7, 100_000))
    board = (RealBoard if real else LightBoard)(chance.randbytes(32), digits)
    board.state.tan.highest = highest
    board.state.tan.used = (1 << min(max(highest - 1, 0), 8)) - 1
    board.keeper.commit()
    history = History(board, chance, highest, tally)
    try:
        history.play()
    except Exception as error:
        raise HistoryError(f"seed {seed}, real {real}: {history.did}: {error!r}") from error
    tally["histories"] += 1
    tally["histories with the real memory"] += real
    tally["actions"] += len(history.did)


def play(first: int, count: int, real: bool) -> Counter[str]:
    tally: Counter[str] = Counter()
    with quick():
        for seed in range(first, first + count):
            one(seed, real, tally)
    return tally


def _job(job: tuple[int, int, bool]) -> Counter[str]:
    return play(*job)


def play_many(histories: int, real: int, workers: int, first: int = 0) -> Counter[str]:
    """Plays so many histories, among them so many with the real memory, on so many cores."""
    jobs = [(first + at, min(REAL_CHUNK, real - at), True) for at in range(0, real, REAL_CHUNK)]
    light = histories - real
    jobs += [(first + at, min(CHUNK, light - at), False) for at in range(0, light, CHUNK)]
    total: Counter[str] = Counter()
    with multiprocessing.Pool(workers) as pool:
        for tally in pool.imap_unordered(_job, jobs):
            total.update(tally)
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description="random histories of TANs against a model of the specification")
    parser.add_argument("--histories", type=int, default=1_000_000)
    parser.add_argument("--real", type=int, default=10_000, help="how many of them with the real store and memory")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    begin = time.monotonic()
    tally = play_many(options.histories, options.real, options.workers, options.first)
    seconds = time.monotonic() - begin
    print(f"{tally['histories']:,} histories in {seconds:.0f} s, {math.floor(tally['histories'] / seconds)} a second:")
    for name, count in tally.most_common():
        print(f"  {count:>12,} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
