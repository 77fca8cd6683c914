# SPDX-License-Identifier: Apache-2.0
"""OpenPAYGO tokens against the package of their authors: what it encodes we decode and the other way, but no replay."""

import hashlib
import random
from dataclasses import dataclass, field
from typing import Any

import openpaygo as theirs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groschencard import openpaygo as ours
from groschencard import openpaygo_issue as issue

Type = theirs.TokenType
KEY = bytes.fromhex("bc41ec9530f6dac86b1a29ab82edc5fb")
START = 516_959_010

keys = st.binary(min_size=16, max_size=16)
starts = st.integers(1, 999_999_999)  # the package takes 0 for "none given"
values = st.integers(1, 995)
counts = st.integers(0, 120)


def token(
    count: int, value: int | None, kind: int = Type.ADD_TIME, key: bytes = KEY, start: int = START
) -> tuple[int, str]:
    """Return the count and the digits of the token that follows a count."""
    made: tuple[int, str] = theirs.generate_token(
        secret_key=key.hex(), count=count, value=value, token_type=kind, starting_code=start
    )
    return made


def top_up(number: int, value: int) -> str:
    """Return the token of a purchase, from 1."""
    count, digits = token(2 * number - 2, value)
    assert count == 2 * number
    return digits


# ---- both ways


@given(keys, starts, counts, values)
@settings(max_examples=200)
def test_what_they_encode_we_book(key: bytes, start: int, count: int, value: int) -> None:
    after, digits = token(count, value, key=key, start=start)
    taken = issue.purchases(count)
    search = issue.decode(key, start, taken, digits)
    assert (search.outcome, search.eur, search.purchase) == (ours.ADD_TIME, value, after // 2)
    taken.accept(search.purchase)
    assert issue.decode(key, start, taken, digits).outcome != ours.ADD_TIME


@given(keys, starts, st.integers(1, 60), values)
@settings(max_examples=200)
def test_what_we_encode_they_decode(key: bytes, start: int, number: int, value: int) -> None:
    digits = issue.encode(key, start, 2 * number, value)
    found = theirs.decode_token(
        token=digits, secret_key=key.hex(), count=2 * number - 2, used_counts=[0], starting_code=start
    )
    assert found[:3] == (value, Type.ADD_TIME, 2 * number)


@given(keys)
def test_the_starting_code_of_a_key_is_theirs(key: bytes) -> None:
    from openpaygo.token_shared import OpenPAYGOTokenShared

    assert ours.starting_code(key) == OpenPAYGOTokenShared.generate_starting_code(key)


@given(keys, st.binary(max_size=40))
def test_siphash_is_theirs(key: bytes, message: bytes) -> None:
    import siphash

    assert ours.siphash24(key, message) == siphash.SipHash_2_4(key, message).hash()


# ---- refused, and why


@pytest.mark.parametrize(
    ("kind", "value", "outcome"),
    [
        (Type.SET_TIME, 1, ours.SET_TIME),
        (Type.SET_TIME, 0, ours.SET_TIME),
        (Type.DISABLE_PAYG, None, ours.DISABLE_PAYG),
        (Type.COUNTER_SYNC, None, ours.COUNTER_SYNC),
        (Type.ADD_TIME, 0, ours.NO_VALUE),
    ],
)
def test_the_other_types_are_recognised_and_refused(kind: int, value: int | None, outcome: int) -> None:
    for before in (0, 5, 30):
        count, digits = token(before, value, kind)
        for taken in (issue.purchases(before), issue.purchases(count)):
            assert issue.decode(KEY, START, taken, digits).outcome == outcome


@pytest.mark.parametrize(("count", "value"), [(4, 996), (4, 997), (4, 998), (4, 999), (5, 996), (5, 997)])
def test_reserved_values_are_refused(count: int, value: int) -> None:
    assert issue.decode(KEY, START, ours.Purchases(), issue.encode(KEY, START, count, value)).outcome == ours.RESERVED


@pytest.mark.parametrize(
    ("extended", "restricted", "outcome"),
    [(True, False, ours.EXTENDED), (False, True, ours.RESTRICTED), (True, True, ours.RESTRICTED)],
)
def test_longer_tokens_are_named_and_refused(extended: bool, restricted: bool, outcome: int) -> None:
    _, digits = theirs.generate_token(
        secret_key=KEY.hex(),
        count=0,
        value=7,
        starting_code=START,
        extended_token=extended,
        restricted_digit_set=restricted,
    )
    assert issue.decode(KEY, START, ours.Purchases(), digits).outcome == outcome


@pytest.mark.parametrize("digits", ["", "1", "12345678", "1234567890", "12345678x", "１２３４５６７８９", "-12345678"])
def test_what_is_no_token_is_malformed(digits: str) -> None:
    assert issue.decode(KEY, START, ours.Purchases(), digits).outcome == ours.MALFORMED


def test_the_starting_code_itself_opens_nothing() -> None:
    assert issue.decode(KEY, START, ours.Purchases(), issue.encode(KEY, START, 0, 50)).outcome == ours.WRONG


def test_a_token_of_another_key_is_wrong() -> None:
    _, digits = token(0, 50, key=bytes(16))
    assert issue.decode(KEY, START, ours.Purchases(), digits).outcome == ours.WRONG


def test_every_outcome_has_a_name() -> None:
    assert sorted(issue.NAMES) == list(range(ours.ADD_TIME, ours.WRONG + 1))
    assert len(set(issue.NAMES.values())) == len(issue.NAMES)


# ---- bounded


@pytest.mark.parametrize("highest", [0, 8, 100])
def test_sixteen_ahead_and_four_behind_are_open(highest: int) -> None:
    for number in range(1, highest + 20):
        taken = ours.Purchases(highest, 0)
        outcome = issue.decode(KEY, START, taken, top_up(number, 20)).outcome
        if highest - 4 <= number <= highest + 16 and number != highest:
            assert outcome == ours.ADD_TIME
        elif number == highest:
            assert outcome == ours.USED
        else:
            assert outcome == (ours.OUT_OF_REACH if number < highest else ours.WRONG)
    assert len(ours.Purchases(highest, 0).open()) <= 20


@pytest.mark.parametrize("count", [0, 1, 2, 7, 100])
def test_behind_a_count_nothing_up_to_it_is_open(count: int) -> None:
    assert issue.purchases(count).open() == [number for number in range(1, count // 2 + 17) if 2 * number > count]


def test_what_fits_a_count_that_is_gone_is_a_replay_whatever_else_it_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours, "follow", lambda key, code: 123_456_000)  # a chain that stands still
    digits = str(123_456_000 + (START + 20) % 1000)
    taken = ours.Purchases()
    search = issue.decode(KEY, START, taken, digits)
    assert (search.outcome, search.purchase) == (ours.ADD_TIME, 1)  # of several open ones the lowest
    taken.accept(1)
    for _ in range(3):
        assert issue.decode(KEY, START, taken, digits).outcome == ours.USED
    taken.accept(10)  # 1 is too old to be known as used
    assert issue.decode(KEY, START, taken, digits).outcome in (ours.USED, ours.OUT_OF_REACH)


def test_a_used_token_that_shares_its_digits_with_one_to_come_books_once() -> None:
    """Purchases 3 and 29 of this key have the same digits at 50 EUR: the old one typed again after 13 books nothing."""
    key = hashlib.sha256(b"key2297").digest()[:16]
    start = ours.starting_code(key)
    assert issue.encode(key, start, 6, 50) == issue.encode(key, start, 58, 50)
    taken = ours.Purchases()
    for number in range(1, 20):
        search = issue.decode(key, start, taken, issue.encode(key, start, 2 * number, 50))
        assert (search.outcome, search.purchase) == (ours.ADD_TIME, number)
        taken.accept(number)
        if number >= 3:
            assert issue.decode(key, start, taken, issue.encode(key, start, 6, 50)).outcome != ours.ADD_TIME


def test_the_chance_of_a_guess_is_not_above_that_of_a_tan() -> None:
    # 2**30 hashes on 10**9 codes: the upper ones have two. A thief tries those.
    likeliest = 2 * 1000 / 2**30
    assert (ours.Purchases.AHEAD + ours.Purchases.BEHIND) * likeliest < 4 / 100_000
    assert ours._code(0xFFFF_FFFC) == 2**30 - 1 - 73_741_825 == 999_999_998
    assert ours._code(4 * 999_999_999) == 999_999_999
    assert ours._code(4 * 1_000_000_000) == 1_000_000_000 - 73_741_825


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each hash made."""
    made: list[int] = []
    real = ours.follow

    def counted(key: bytes, code: int) -> int:
        made.append(code)
        return real(key, code)

    monkeypatch.setattr(ours, "follow", counted)
    return made


def test_a_search_takes_steps_of_bounded_work_and_always_as_many(hashes: list[int]) -> None:
    tokens = [top_up(41, 20), top_up(55, 20), top_up(3, 20), "123456789"]
    for digits in tokens:
        hashes.clear()
        search = ours.Search(KEY, START, issue.purchases(80), digits)
        steps = 1
        while not search.step(8):
            assert len(hashes) == 8 * steps
            steps += 1
        assert len(hashes) == 2 * (40 + 16) + 1
        assert search.step(8)
        assert len(hashes) == 2 * (40 + 16) + 1


def test_the_counts_of_a_key_end(hashes: list[int]) -> None:
    last = ours.LAST_COUNT
    digits = issue.encode(KEY, START, last, 20)
    hashes.clear()
    taken = issue.purchases(last - 2)
    search = issue.decode(KEY, START, taken, digits)
    assert (search.outcome, search.purchase) == (ours.ADD_TIME, last // 2)
    assert len(hashes) == last + 1
    taken.accept(search.purchase)
    hashes.clear()
    assert issue.decode(KEY, START, taken, digits).outcome == ours.EXHAUSTED
    assert hashes == []


# ---- replay


@dataclass
class Theirs:
    """A device that keeps what the package's decoder returns, as its description says."""

    count: int = 0
    used: list[int] | None = field(default_factory=lambda: [0])
    highest_only: bool = False
    booked: list[int] = field(default_factory=list)

    def enter(self, digits: str) -> None:
        """Type a token."""
        found: tuple[Any, ...] = theirs.decode_token(
            token=digits, secret_key=KEY.hex(), count=self.count, used_counts=self.used, starting_code=START
        )
        value, kind, count, used = found
        if kind in (Type.INVALID, Type.ALREADY_USED):
            return
        self.count = max(count, self.count) if self.highest_only else count
        self.used = used if self.used else self.used
        if kind == Type.ADD_TIME:
            self.booked.append(int(value))


@dataclass
class Ours:
    """A meter that takes the same tokens."""

    taken: ours.Purchases = field(default_factory=ours.Purchases)
    booked: list[int] = field(default_factory=list)

    def enter(self, digits: str) -> None:
        """Type a token."""
        search = issue.decode(KEY, START, self.taken, digits)
        if search.outcome == ours.ADD_TIME:
            self.taken.accept(search.purchase)
            self.booked.append(search.eur)


FOUR = [top_up(number, 10 * number) for number in (1, 2, 3, 4)]  # 10, 20, 30, 40
SYNC = token(1, None, Type.COUNTER_SYNC)[1]
MARK = token(0, None, Type.COUNTER_SYNC)[1]


@pytest.mark.parametrize(
    ("history", "device", "twice"),
    [
        # An older one moves the decoder's count back, and all above it are new again.
        pytest.param([FOUR[1], FOUR[0], FOUR[1]], Theirs(), [20, 10, 20], id="one typed late"),
        pytest.param(
            [FOUR[3], FOUR[0], FOUR[3], FOUR[1], FOUR[3]], Theirs(), [40, 10, 40, 20, 40], id="again and again"
        ),
        # An empty list of used counts is never filled.
        pytest.param(
            [FOUR[0], FOUR[0], FOUR[0]], Theirs(used=[], highest_only=True), [10, 10, 10], id="the list stays empty"
        ),
        # The token that sets the counter is taken any number of times, and sets it back.
        pytest.param([MARK, *FOUR[:3], MARK, *FOUR[:3]], Theirs(), [10, 20, 30] * 2, id="the counter set back"),
    ],
)
def test_histories_on_which_theirs_books_twice_and_ours_does_not(
    history: list[str], device: Theirs, twice: list[int]
) -> None:
    meter = Ours()
    for digits in history:
        device.enter(digits)
        meter.enter(digits)
    assert device.booked == twice
    assert len(twice) > len(set(twice))
    assert sorted(meter.booked) == sorted(set(twice))


@given(st.lists(st.integers(1, 24), max_size=40), st.integers(0, 2**32))
@settings(max_examples=150)
def test_no_token_books_twice_in_any_order(order: list[int], seed: int) -> None:
    # Each of 24 tokens has a value of its own, so the amounts tell which were booked.
    meter = Ours()
    shuffled = [*order, *order]
    random.Random(seed).shuffle(shuffled)
    for number in shuffled:
        meter.enter(TOKENS[number])
    assert len(meter.booked) == len(set(meter.booked))
    assert set(meter.booked) <= {100 + number for number in order}


TOKENS = {number: top_up(number, 100 + number) for number in range(1, 25)}


def test_theirs_credits_more_than_was_paid_and_ours_exactly_that() -> None:
    """Twelve top-ups, typed in random order and repeated, by devices that keep what the decoder returns."""
    chance = random.Random(5)
    paid = sum(100 + number for number in range(1, 13))
    most = 0
    for _ in range(20):
        entries = list(range(1, 13)) * 4
        for at in range(0, len(entries), 3):  # out of order by a few places, as people do
            part = entries[at : at + 3]
            chance.shuffle(part)
            entries[at : at + 3] = part
        device = Theirs()
        meter = Ours()
        for number in entries:
            device.enter(TOKENS[number])
            meter.enter(TOKENS[number])
        most = max(most, sum(device.booked))
        assert sum(meter.booked) == paid
    assert most > paid
