# SPDX-License-Identifier: Apache-2.0
"""TANs: the laws of check digit, window, settlement and service code."""

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groschencard import openpaygo_issue, tan, tan_issue
from groschencard.mac import hmac_sha256

KEY = hashlib.sha256(b"a meter").digest()

keys = st.binary(min_size=32, max_size=32)
counters = st.one_of(st.integers(1, 300), st.integers(1, tan.COUNTER_MAX))
amounts = st.integers(1, 999)
lengths = st.integers(5, 20)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The messages of all HMACs made."""
    made: list[bytes] = []
    real = hmac_sha256

    def counted(key: bytes, message: bytes) -> bytes:
        made.append(message)
        return real(key, message)

    monkeypatch.setattr(tan, "hmac_sha256", counted)
    return made


# ---- the number


@given(keys, counters, amounts, lengths)
def test_a_number_is_the_hmac_of_purpose_counter_and_amount(key: bytes, counter: int, eur: int, digits: int) -> None:
    message = b"TAN 1 number\0" + counter.to_bytes(4, "little") + eur.to_bytes(2, "little")
    whole = int.from_bytes(hmac.digest(key, message, "sha256"), "big")
    text = tan.number(key, counter, eur, digits)
    assert len(text) == digits
    assert int(text) == whole % 10**digits


@pytest.mark.parametrize(
    ("counter", "eur", "digits"),
    [(0, 50, 5), (-1, 50, 5), (tan.COUNTER_MAX + 1, 50, 5), (1, 0, 5), (1, 1000, 5), (1, 50, 4), (1, 50, 21)],
)
def test_no_number_outside_the_limits(counter: int, eur: int, digits: int) -> None:
    with pytest.raises(ValueError, match=r"counter|amount|digits"):
        tan.number(KEY, counter, eur, digits)


def test_the_truncation_favours_no_number_by_more_than_stated() -> None:
    assert 10**20 * 10**57 < 2**256


def test_five_digits_are_spread_evenly() -> None:
    # 20 000 numbers over 100 classes: chi-square with 99 degrees of freedom, 0.1 % above 149.
    classes = [0] * 100
    for counter in range(1, 20_001):
        classes[int(tan.number(KEY, counter, 50, 5)) // 1000] += 1
    assert sum((count - 200) ** 2 / 200 for count in classes) < 149


def test_verification_costs_four_hmacs_at_any_age(work: list[bytes]) -> None:
    costs = []
    for highest in (4, 100_000, tan.COUNTER_MAX - 2):
        for used in (0, 0b01, 0b11, 0xFF):
            window = tan.Window(highest, used)
            for typed in [tan.number(KEY, counter, 50, 5) for counter in window.open()] + ["00000"]:
                work.clear()
                tan.verify(KEY, window, 50, typed, 5)
                costs.append((used, len(work)))
                assert len(work) == len(window.open()) <= 4
                tan.spent(KEY, window, 50, typed, 5)
                assert len(work) == 5
    assert set(costs) == {(0, 4), (0b01, 3), (0b11, 2), (0xFF, 2)}


def test_the_issuing_side_costs_nine_hmacs(work: list[bytes]) -> None:
    assert not tan_issue.ambiguous(KEY, 100_000, 50, 5)
    assert len(work) == 9


@given(keys, st.integers(0, 2**20), st.integers(0, 255), amounts, lengths)
def test_exactly_the_open_numbers_are_found(key: bytes, highest: int, used: int, eur: int, digits: int) -> None:
    window = tan.Window(highest, used)
    opened = window.open()
    for counter in range(max(highest - 8, 1), highest + 8):
        text = tan.number(key, counter, eur, digits)
        expected = [other for other in opened if tan.number(key, other, eur, digits) == text]
        assert tan.verify(key, window, eur, text, digits) == (expected[0] if expected else 0)


@given(keys, st.integers(1, 2**20), st.integers(0, 255), amounts)
def test_a_number_used_already_is_told_from_a_wrong_one(key: bytes, highest: int, used: int, eur: int) -> None:
    window = tan.Window(highest, used)
    for counter in window.closed():
        if not tan_issue.ambiguous(key, counter, eur, 5):
            text = tan.number(key, counter, eur, 5)
            assert (tan.verify(key, window, eur, text, 5), tan.spent(key, window, eur, text, 5)) == (0, counter)


def test_a_counter_that_is_issued_has_no_number_of_another_in_its_window() -> None:
    key = hashlib.sha256(b"groschen").digest()  # whose counters 78 and 81 have the same five digits for 50 euro
    texts = {counter: tan.number(key, counter, 50, 5) for counter in range(1, 505)}
    skipped = [counter for counter in range(1, 501) if tan_issue.ambiguous(key, counter, 50, 5)]
    assert skipped == [78, 81]
    assert texts[78] == texts[81]
    for counter in set(range(1, 501)) - set(skipped):
        assert all(texts[counter] != texts.get(counter + step) for step in (-4, -3, -2, -1, 1, 2, 3, 4))


def test_of_two_that_fit_the_lowest_is_meant() -> None:
    key = hashlib.sha256(b"groschen").digest()
    window = tan.Window(79, 0)
    text = tan.number(key, 81, 50, 5)
    for counter in (78, 81):
        assert tan.verify(key, window, 50, text, 5) == counter
        assert tan.matching(key, [81, 78, 80], 50, text) == 78
        window.accept(counter)


# ---- the check digit


def slips(text: str) -> Iterator[str]:
    """Each single wrong digit, and each swap of two neighbours that are not the same."""
    for at, right in enumerate(text):
        for wrong in "0123456789":
            if wrong != right:
                yield text[:at] + wrong + text[at + 1 :]
    for at in range(len(text) - 1):
        if text[at] != text[at + 1]:
            yield text[:at] + text[at + 1] + text[at] + text[at + 2 :]


@given(amounts, st.integers(0, 10**20 - 1), lengths)
def test_each_slip_over_amount_number_and_check_digit_is_caught(eur: int, value: int, digits: int) -> None:
    text = str(value % 10**digits).zfill(digits)
    amount = len(str(eur))
    typed = f"{eur}{text}{tan.check_digit(eur, text)}"
    assert tan.checks(int(typed[:amount]), typed[amount:])
    for slip in slips(typed):
        assert not tan.checks(int(slip[:amount]), slip[amount:])


@given(st.integers(0, 10**5 - 1))
def test_thirteen_for_thirty_and_so_on_is_caught_in_the_amount(value: int) -> None:
    text = f"{value:05d}"
    for ones in range(3, 10):
        assert tan.check_digit(10 + ones, text) != tan.check_digit(10 * ones, text)
        for hundreds in range(100, 1000, 100):
            assert tan.check_digit(hundreds + 10 + ones, text) != tan.check_digit(hundreds + 10 * ones, text)


@given(amounts, st.text("0123456789", min_size=5, max_size=20))
def test_a_leading_zero_of_the_amount_changes_nothing(eur: int, text: str) -> None:
    assert tan.check_digit(0, f"{eur}{text}") == tan.check_digit(eur, text)
    assert tan.check_digit(0, f"0{eur}{text}") == tan.check_digit(eur, text)


@pytest.mark.parametrize("typed", ["4821x3", "４８２１３", "-48213", " 48213"])
def test_anything_but_digits_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="digits"):
        tan.check_digit(50, typed)
    assert tan.verify(KEY, tan.Window(), 50, typed, len(typed)) == 0
    assert tan_issue.read_settlement(KEY, typed.rjust(10, "0"), 0, 10) is None
    assert tan.verify_service(KEY, 0, typed) == 0


# ---- the window


@given(st.lists(st.integers(-3, 4), max_size=20), st.integers(0, 2**20))
@settings(max_examples=200)
def test_each_counter_is_taken_once_and_none_is_open_that_should_not_be(steps: list[int], start: int) -> None:
    window = tan.Window(start, 0xFF)
    booked = set(range(start + 1))
    for step in steps:
        counter = window.highest + step
        highest = max(booked)
        reach = [c for c in range(highest - 2, highest + 3) if c > 0 and c not in booked]
        assert window.open() == reach
        assert len(reach) <= 4
        assert window.next() == highest + 1
        assert window.is_open(counter) == (counter in reach)
        if counter not in reach:
            before = (window.highest, window.used)
            with pytest.raises(ValueError, match="not open"):
                window.accept(counter)
            assert (window.highest, window.used) == before
            continue
        lost = window.lost(counter)
        window.accept(counter)
        booked.add(counter)
        assert lost == [c for c in reach if c != counter and c not in window.open()]
        assert window.highest == max(booked)
        for kept in range(max(window.highest - 8, 1), window.highest + 3):
            assert window.is_used(kept) == (kept in booked)


@given(st.integers(0, 2**20), st.integers(0, 255))
def test_two_typed_in_the_wrong_order_are_both_taken(highest: int, used: int) -> None:
    window = tan.Window(highest, used)
    for counter in (highest + 2, highest + 1):
        window.accept(counter)
        assert not window.is_open(counter)
    assert window.highest == highest + 2


@given(st.permutations([1, 2, 3]))
def test_none_of_three_is_lost_in_an_order_that_can_be_typed(order: list[int]) -> None:
    # Of three that are open at the issuing side, one that is two too early is refused, not lost.
    window = tan.Window()
    todo = list(order)
    for _ in range(9):
        for counter in list(todo):
            if window.is_open(counter) and not window.lost(counter):
                window.accept(counter)
                todo.remove(counter)
    assert todo == []


def test_what_is_below_the_bits_is_unknown() -> None:
    window = tan.Window(20, 0)
    assert not window.is_used(12)
    with pytest.raises(ValueError, match="too long ago"):
        window.is_used(11)


def test_the_window_ends_at_the_last_counter() -> None:
    assert tan.Window(tan.COUNTER_MAX, 3).open() == []
    assert tan.Window(tan.COUNTER_MAX - 1, 3).open() == [tan.COUNTER_MAX]


# ---- the settlement code


@given(keys, st.integers(0, 2**20), st.integers(0, 255), st.integers(0, 38), st.integers(0, 300))
def test_a_settlement_code_says_what_it_was_made_of(
    key: bytes, highest: int, used: int, below: int, above: int
) -> None:
    code = tan.settlement_code(key, tan.Window(highest, used))
    assert len(code) == 10
    proof = tan_issue.read_settlement(key, code, max(highest - below, 0), highest + above)
    assert proof is not None
    assert (proof.highest, proof.used) == (highest, used)


@given(st.integers(0, 2**20), st.integers(0, 255))
def test_a_slip_in_a_settlement_code_is_seen(highest: int, used: int) -> None:
    for slip in slips(tan.settlement_code(KEY, tan.Window(highest, used))):
        assert tan_issue.read_settlement(KEY, slip, highest, highest + 5) is None


def test_a_made_up_settlement_code_meets_one_mac_for_each_39_counters(work: list[bytes]) -> None:
    for high, count in ((1000, 1), (1038, 1), (1039, 2), (1077, 2)):
        work.clear()
        tan_issue.read_settlement(KEY, f"{1000 % 39 * 256:04d}123456", 1000, high)
        assert len(work) == count
    for nonsense in ("9984000000", "9999999999", "", "123456789", "12345678901"):
        assert tan_issue.read_settlement(KEY, nonsense, 0, 10**6) is None
    assert len(work) == 2


def test_a_settlement_code_that_fits_two_counters_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (tan, tan_issue):
        monkeypatch.setattr(module, "settlement_mac", lambda key, highest, used: "123456")
    code = tan.settlement_code(KEY, tan.Window(50, 3))
    proof = tan_issue.read_settlement(KEY, code, 20, 58)
    assert proof is not None
    assert proof.highest == 50
    assert tan_issue.read_settlement(KEY, code, 20, 89) is None


@given(st.lists(st.integers(1, 4), max_size=40))
def test_an_old_settlement_code_says_nothing_that_became_false(steps: list[int]) -> None:
    window = tan.Window()
    booked: set[int] = set()
    proofs = [tan.Window()]
    for step in steps:
        opened = window.open()
        counter = opened[step % len(opened)]
        window.accept(counter)
        booked.add(counter)
        proofs.append(tan.Window(window.highest, window.used))
    for proof in proofs:
        for counter in range(max(proof.highest - 8, 1), proof.highest + 1):
            if proof.is_used(counter):
                assert counter in booked
            elif counter < proof.highest - 2:  # out of reach: what may be replaced
                assert counter not in booked


# ---- the service code


@given(keys, counters)
def test_a_service_code_opens_once_and_none_before_it_does(key: bytes, counter: int) -> None:
    code = tan.service_code(key, counter)
    assert len(code) == 11
    assert tan.checks(0, code)
    for highest in range(max(counter - 6, 0), min(counter + 4, tan.COUNTER_MAX + 1)):
        assert tan.verify_service(key, highest, code) == (counter if highest < counter <= highest + 3 else 0)


def test_no_code_of_one_kind_is_one_of_another() -> None:
    # The tags end in a zero byte and have none before it: no message of one purpose is one of another.
    tags = [b"TAN 1 number\0", b"TAN 1 settle\0", b"TAN 1 service\0"]
    assert all(tag.index(0) == len(tag) - 1 for tag in tags)
    assert len(set(tags)) == 3


# ---- the specification


def test_the_example_of_the_specification_is_what_is_made() -> None:
    text = (Path(tan.__file__).parents[1] / "TAN.md").read_text(encoding="utf-8")
    example = text[text.index("## Example") :]
    key = bytes(range(32))
    number = tan.number(key, 17, 50, 5)
    window = tan.Window(17, 253)
    assert f"typed     50, {number}, {tan.check_digit(50, number)}" in example
    assert f"(20 digits: {tan.number(key, 17, 50, 20)})" in example
    assert (window.open(), window.lost(18), window.lost(19)) == ([15, 18, 19], [15], [15])
    assert f": {tan.settlement_code(key, window)}\n" in example
    assert f"service 1    {tan.service_code(key, 1)}\n" in example
    token = openpaygo_issue.encode(bytes.fromhex("bc41ec9530f6dac86b1a29ab82edc5fb"), 516_959_010, 2, 20)
    assert f"token is {token}." in example
