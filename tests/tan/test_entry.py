# SPDX-License-Identifier: Apache-2.0
"""Numbers at the keypad: where each key leads, what the display says, what is booked, and why something is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from groschen.core import events, keypad, notices, tan_budget, texts
from groschen.core.canvas import Canvas
from groschen.core.session import CardSession
from groschen.core.tan_entry import (
    AMOUNT,
    BAD_AMOUNT,
    BOOKED,
    CANCELLED,
    IDLE,
    LOCKED,
    MEMORY,
    MISTYPED,
    NEEDS_OPERATOR,
    NONE,
    NUMBER,
    OFF,
    OPENED,
    OTHER_TOKEN,
    QUESTION,
    SEARCH,
    SERVICE,
    SETTLEMENT,
    SHOW,
    TIMEOUT_S,
    USED,
    WRONG,
)
from groschencard import openpaygo, openpaygo_issue, records, tan, tan_issue
from groschencard.keys import MeterKeys
from groschensim import display
from groschensim.cards import Desk, SimSlot
from groschensim.nvm import PowerCut
from tests.tan.harness import HOUR_S, LightBoard, RealBoard, typed

KEY = bytes(range(32))
GERMAN, ENGLISH = 0, 1
WIDTH = 20


def board(highest: int = 0, used: int = 0, digits: int = 5) -> LightBoard:
    new = LightBoard(KEY, digits)
    new.state.tan.highest = highest
    new.state.tan.used = used
    new.keeper.keep()
    return new


def number(counter: int, eur: int, digits: int = 5) -> str:
    return tan.number(KEY, counter, eur, digits)


def press(of: LightBoard | RealBoard, keys: str) -> None:
    """Presses keys: digits, T for TAN, O for OK, C for correct."""
    for key in keys:
        of.entry.press({"T": keypad.TAN, "O": keypad.OK, "C": keypad.CORRECT}.get(key, ord(key) - 48))


def pay(of: LightBoard | RealBoard, counter: int, eur: int) -> int:
    return of.guess(eur, tan.number(of.keys.tan, counter, eur, of.state.tan.digits))


def wrong(of: LightBoard | RealBoard, times: int = 1) -> int:
    """Types numbers that are not right, waiting as long as it takes in between."""
    outcome = NONE
    for at in range(times):
        if at and of.wait() > 0:
            of.run(of.wait())
        outcome = of.guess(998, not_right(of, at))
    return outcome


def not_right(of: LightBoard | RealBoard, at: int = 0) -> str:
    digits = of.state.tan.digits
    right = {tan.number(of.keys.tan, c, 998, digits) for c in range(1, 40)}
    return next(text for text in (str(n).zfill(digits) for n in range(at, at + 60)) if text not in right)


# -- the table of states and keys


def at_question() -> LightBoard:
    """A meter with 17 used and 15 not: 18 would put 15 out of reach."""
    new = board(17, 0b11111101)
    press(new, "T50O" + typed(50, number(18, 50)))
    return new


def in_search() -> LightBoard:
    new = board(5)
    new.state.tan.open_family = True
    new.state.tan.paygo = 5
    press(new, "T123456789")
    return new


def typing(keys: str) -> Callable[[], LightBoard]:
    def ready() -> LightBoard:
        new = board()
        press(new, keys)
        return new

    return ready


def after_slip() -> LightBoard:
    new = board()
    text = typed(50, number(1, 50))
    press(new, "T50O" + text[:-1] + str((int(text[-1]) + 1) % 10))
    return new


READY: dict[str, tuple[Callable[[], LightBoard], int, str]] = {
    "idle": (typing(""), IDLE, ""),
    "amount, nothing typed": (typing("T"), AMOUNT, ""),
    "amount": (typing("T5"), AMOUNT, "5"),
    "amount, full": (typing("T999"), AMOUNT, "999"),
    "amount, zero": (typing("T0"), AMOUNT, "0"),
    "number, nothing typed": (typing("T50O"), NUMBER, ""),
    "number": (typing("T50O12"), NUMBER, "12"),
    "service, nothing typed": (typing("T0O"), SERVICE, ""),
    "service": (typing("T0O12"), SERVICE, "12"),
    "question": (at_question, QUESTION, typed(50, number(18, 50))),
    "search": (in_search, SEARCH, "123456789"),
    "show": (after_slip, SHOW, ""),
    "settlement": (typing("TO"), SETTLEMENT, ""),
}

# By situation: where a digit, OK, correct and TAN lead, and what is typed then; None: what was.
TABLE: dict[str, tuple[tuple[int, str | None], ...]] = {
    "idle": ((IDLE, ""), (IDLE, ""), (IDLE, ""), (AMOUNT, "")),
    "amount, nothing typed": ((AMOUNT, "7"), (SETTLEMENT, ""), (IDLE, ""), (AMOUNT, "")),
    "amount": ((AMOUNT, "57"), (NUMBER, ""), (AMOUNT, ""), (AMOUNT, "")),
    "amount, full": ((AMOUNT, "999"), (NUMBER, ""), (AMOUNT, "99"), (AMOUNT, "")),
    "amount, zero": ((AMOUNT, "07"), (SERVICE, ""), (AMOUNT, ""), (AMOUNT, "")),
    "number, nothing typed": ((NUMBER, "7"), (NUMBER, ""), (AMOUNT, "50"), (AMOUNT, "")),
    "number": ((NUMBER, "127"), (NUMBER, "12"), (NUMBER, "1"), (AMOUNT, "")),
    "service, nothing typed": ((SERVICE, "7"), (SERVICE, ""), (AMOUNT, ""), (AMOUNT, "")),
    "service": ((SERVICE, "127"), (SERVICE, "12"), (SERVICE, "1"), (AMOUNT, "")),
    "question": ((QUESTION, None), (SHOW, None), (SHOW, None), (QUESTION, None)),
    "search": ((SEARCH, None), (SEARCH, None), (SEARCH, None), (SEARCH, None)),
    "show": ((SHOW, None), (IDLE, ""), (IDLE, ""), (AMOUNT, "")),
    "settlement": ((SETTLEMENT, ""), (IDLE, ""), (IDLE, ""), (AMOUNT, "")),
}


def test_the_table_has_every_state() -> None:
    assert {state for _, state, _ in READY.values()} == set(range(8))
    assert set(TABLE) == set(READY)


@pytest.mark.parametrize("key", [7, keypad.OK, keypad.CORRECT, keypad.TAN, keypad.NO_KEY])
@pytest.mark.parametrize("situation", READY)
def test_each_key_leads_where_the_table_says(situation: str, key: int) -> None:
    make, state, text = READY[situation]
    here = make()
    entry = here.entry
    assert entry.state == state
    if situation != "show":
        assert entry.typed == text
    before = entry.typed
    entry.press(key)
    columns = {7: 0, keypad.OK: 1, keypad.CORRECT: 2, keypad.TAN: 3}
    expected = TABLE[situation][columns[key]] if key in columns else (state, before)
    assert (entry.state, entry.typed) == (expected[0], before if expected[1] is None else expected[1])


@pytest.mark.parametrize("digit", range(10))
def test_every_digit_is_typed_as_it_is(digit: int) -> None:
    here = typing("T50O")()
    here.entry.press(digit)
    assert here.entry.typed == str(digit)


@pytest.mark.parametrize("situation", [name for name in READY if name not in ("idle", "search")])
def test_a_minute_without_a_key_ends_the_entry(situation: str) -> None:
    here = READY[situation][0]()
    entry = here.entry
    entry.pass_time(TIMEOUT_S - 1)
    assert entry.state == READY[situation][1]
    entry.press(keypad.NO_KEY)  # no key is none
    entry.pass_time(1)
    assert (entry.state, entry.typed, entry.outcome) == (IDLE, "", NONE)
    assert here.booked() == 0


def test_a_key_begins_the_minute_anew() -> None:
    here = typing("T50O1")()
    for _ in range(4):
        here.entry.pass_time(TIMEOUT_S - 1)
        here.entry.press(2)
    assert here.entry.typed == "12222"


def test_a_search_is_not_given_up_before_it_has_ended() -> None:
    here = in_search()
    here.entry.pass_time(TIMEOUT_S * 10)
    assert here.entry.state == SEARCH
    while here.entry.state == SEARCH:
        here.entry.pass_time(0)
    assert (here.entry.state, here.entry.outcome) == (SHOW, WRONG)


def test_the_amount_can_be_corrected_from_the_number() -> None:
    here = board()
    press(here, "T49O12CCCC" + "50" + "O" + typed(450, number(1, 450)))
    assert (here.entry.outcome, here.booked()) == (BOOKED, 450)


# -- what is booked, and why not


@pytest.mark.parametrize("digits", [5, 6, 8, 10, 20])
def test_a_tan_books_its_amount_once(digits: int) -> None:
    here = board(digits=digits)
    assert pay(here, 1, 50) == BOOKED
    assert here.booked() == 50
    assert pay(here, 1, 50) == USED
    here.restart()
    assert pay(here, 1, 50) == USED
    assert here.booked() == 50
    assert here.wait() == 0
    assert here.state.tan.tries.appended == 0


@pytest.mark.parametrize("eur", [1, 999])
def test_the_smallest_and_the_largest_amount(eur: int) -> None:
    here = board()
    assert pay(here, 1, eur) == BOOKED
    assert here.booked() == eur


def test_a_number_is_right_for_its_amount_alone() -> None:
    here = board()
    assert here.guess(51, number(1, 50)) == WRONG
    assert here.booked() == 0


def test_four_are_open_in_any_order() -> None:
    for order in ((3, 4, 6, 7), (4, 3, 6, 7), (3, 6, 4, 7), (4, 3, 7, 6), (7, 6)):
        here = board(5, 0b11111100)
        for counter in order:
            assert pay(here, counter, 10) == BOOKED, order
        assert here.booked() == 10 * len(order)


@pytest.mark.parametrize("counter", [2, 8])
def test_one_beyond_reach_is_wrong(counter: int) -> None:
    here = board(5, 0b11111000)
    assert pay(here, counter, 10) == WRONG
    assert here.state.tan.tries.appended == 1


def test_every_slip_of_one_digit_or_two_neighbours_costs_no_try() -> None:
    text = "50" + typed(50, number(1, 50))
    slips = {text[:at] + str(digit) + text[at + 1 :] for at in range(len(text)) for digit in range(10)}
    slips |= {text[:at] + text[at + 1] + text[at] + text[at + 2 :] for at in range(len(text) - 1)}
    slips -= {text}
    here = board()
    for slip in slips:
        if int(slip[:2]) == 0:
            continue  # the way to the service code
        assert here.type(slip[:2], slip[2:]) == MISTYPED, slip
    assert len(slips) > 70
    assert here.state.tan.tries.appended == 0
    assert pay(here, 1, 50) == BOOKED


def test_a_wrong_one_costs_a_try_and_the_third_locks() -> None:
    here = board()
    assert wrong(here, 2) == WRONG
    assert here.wait() == 0
    assert wrong(here) == WRONG
    assert HOUR_S <= here.wait() <= HOUR_S + 900
    press(here, "T50O")
    assert (here.entry.state, here.entry.outcome) == (SHOW, LOCKED)
    here.run(here.wait())
    assert pay(here, 1, 50) == BOOKED


def test_the_twentieth_needs_an_operator() -> None:
    here = board()
    assert wrong(here, 20) == WRONG
    assert here.wait() == -1
    assert pay(here, 1, 50) == NEEDS_OPERATOR
    here.run(400 * 86400)
    assert pay(here, 1, 50) == NEEDS_OPERATOR


def test_a_lock_that_comes_while_the_number_is_typed_is_said() -> None:
    here = board()
    wrong(here, 2)
    press(here, "T50O" + typed(50, number(1, 50))[:-1])
    here.state.tan.tries.cells[here.state.tan.tries.append()] = here.state.tan.run
    press(here, typed(50, number(1, 50))[-1])
    assert here.entry.outcome == LOCKED
    assert here.booked() == 0


def test_more_than_999_euro_cannot_be_typed() -> None:
    here = board()
    press(here, "T1000O")
    assert (here.entry.state, here.entry.eur) == (
        NUMBER,
        100,
    )  # the fourth digit is not taken, and the display shows it
    here.state.tan.open_family = True
    press(here, "T1000O")
    assert here.entry.outcome == BAD_AMOUNT


def test_no_tans_at_a_meter_without_digits() -> None:
    here = board()
    here.state.tan.digits = 0
    press(here, "T")
    assert (here.entry.state, here.entry.outcome) == (SHOW, OFF)
    press(here, "1")
    assert here.entry.state == SHOW


@pytest.mark.parametrize("typed_before", range(6))
@pytest.mark.parametrize(("digits", "outcome"), [(0, OFF), (5, MISTYPED), (20, MISTYPED)])
def test_a_card_that_changes_the_digits_while_somebody_types_breaks_nothing(
    typed_before: int, digits: int, outcome: int
) -> None:
    here = board(digits=10)
    press(here, "T50O" + "1" * typed_before)
    here.state.tan.digits = digits
    for _ in range(22):
        press(here, "1")
    assert (here.entry.state, here.entry.outcome) in ((SHOW, outcome), (SHOW, WRONG))
    assert here.booked() == 0


def test_a_decrease_below_what_is_typed_ends_the_entry_at_the_next_digit() -> None:
    here = board(digits=20)
    press(here, "T50O" + "1" * 12)
    here.state.tan.digits = 5
    press(here, "1")
    assert (here.entry.state, here.entry.outcome) == (SHOW, MISTYPED)


# -- the question


def test_before_an_older_one_goes_out_of_reach_the_meter_asks() -> None:
    here = at_question()
    assert here.entry.state == QUESTION
    assert here.booked() == 0
    press(here, "O")
    assert (here.entry.outcome, here.booked()) == (BOOKED, 50)
    assert pay(here, 15, 50) == WRONG


def test_no_keeps_both() -> None:
    here = at_question()
    press(here, "C")
    assert (here.entry.outcome, here.booked()) == (CANCELLED, 0)
    assert here.state.tan.tries.appended == 0
    assert pay(here, 15, 30) == BOOKED
    assert pay(here, 18, 50) == BOOKED
    assert here.booked() == 80


@pytest.mark.parametrize("late", [False, True])
def test_a_power_cut_at_the_question_keeps_both(late: bool) -> None:
    here = board(17, 0b11111101)
    here.cut(1, late)
    with pytest.raises(PowerCut):
        pay(here, 18, 50)
    here.restart()
    assert (here.booked(), here.entry.state, here.state.tan.judging) == (0, IDLE, False)
    assert pay(here, 15, 30) == BOOKED


def test_a_card_session_at_the_question_books_nothing_twice() -> None:
    here = at_question()
    window = tan.Window(here.state.tan.highest, here.state.tan.used)
    window.accept(18)  # as the service port might
    here.state.tan.highest, here.state.tan.used = window.highest, window.used
    press(here, "O")
    assert (here.entry.outcome, here.booked()) == (USED, 0)


# -- service


def test_a_service_code_opens_each_once() -> None:
    here = board()
    wrong(here, 20)
    code = tan.service_code(KEY, 1)
    assert here.service(code) == OPENED
    assert here.wait() == 0
    wrong(here, 3)
    assert here.wait() > 0
    assert here.service(code) == WRONG
    assert here.wait() > 0
    assert here.service(tan.service_code(KEY, 3)) == OPENED
    assert here.service(tan.service_code(KEY, 2)) == WRONG
    assert here.state.tan.tries.appended == 23  # wrong service codes are none


def test_a_slip_in_a_service_code_is_said() -> None:
    here = board()
    code = tan.service_code(KEY, 1)
    assert here.service(code[:-1] + str((int(code[-1]) + 1) % 10)) == MISTYPED


@pytest.mark.parametrize("late", [False, True])
def test_a_cut_in_a_service_code_leaves_all_or_nothing(late: bool) -> None:
    here = board()
    wrong(here, 3)
    here.cut(0, late)
    with pytest.raises(PowerCut):
        here.service(tan.service_code(KEY, 1))
    here.restart()
    assert (here.wait() == 0) is late
    assert here.service(tan.service_code(KEY, 1)) == (WRONG if late else OPENED)


def insert(of: RealBoard, image: bytearray) -> int:
    slot = SimSlot()
    session = CardSession(of.keeper, slot, of.keys)
    slot.card = image
    session.run()
    return session.outcome


def real_board() -> RealBoard:
    keys = MeterKeys(KEY, 1, b"GR1")
    return RealBoard(keys.tan, 5, keys)


def test_a_service_card_opens_and_cards_work_while_the_entry_is_locked() -> None:
    here = real_board()
    desk = Desk(here.keys)
    customer, service = desk.issue(records.CUSTOMER, 1), desk.issue(records.SERVICE, 2)
    for at in range(1, 21):
        wrong(here)
        desk.credit(customer, at, 1_000_000)
        assert insert(here, customer) == events.CARD_CREDIT
        assert here.booked() == at
        if here.wait() > 0:
            here.run(here.wait())
    assert pay(here, 1, 50) == NEEDS_OPERATOR
    desk.command(service, 1, records.OPEN_TAN)
    assert insert(here, service) == events.CARD_COMMAND
    assert pay(here, 1, 50) == BOOKED
    assert here.booked() == 70
    wrong(here, 3)
    insert(here, service)  # the same command again is none
    assert here.wait() > 0


def test_an_operator_who_opens_while_a_token_is_searched_for_gives_no_more_than_the_budget() -> None:
    here = board()
    here.state.tan.open_family = True
    start = openpaygo.starting_code(here.keys.paygo)
    token = openpaygo_issue.encode(here.keys.paygo, start, 2, 20)
    press(here, "T" + token)
    assert here.entry.state == SEARCH
    tan_budget.forgive(here.state.tan)
    while here.entry.state == SEARCH:
        here.entry.pass_time(1)
    assert here.booked() == 20
    assert here.state.tan.forgiven == here.state.tan.tries.appended
    wrong(here, 3)
    assert here.wait() > 0


# -- settlement


def test_the_settlement_code_says_what_was_used() -> None:
    here = board()
    for counter in (1, 3, 2, 5):
        assert pay(here, counter, 10) == BOOKED
    press(here, "TO")
    assert here.entry.state == SETTLEMENT
    proof = tan_issue.read_settlement(KEY, here.entry.settlement_code(), 0, 6)
    assert proof
    assert [counter for counter in range(1, 7) if proof.is_used(counter)] == [1, 2, 3, 5]
    assert here.entry.window().next() == 6


def test_it_can_be_read_while_the_entry_is_locked() -> None:
    here = board()
    wrong(here, 3)
    press(here, "TO")
    assert here.entry.state == SETTLEMENT


# -- a memory that takes nothing


def test_nothing_is_booked_nor_compared_where_the_memory_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    here = board()
    here.keeper.works = False
    monkeypatch.setattr(tan, "matching", None)
    for eur, text in ((50, number(1, 50)), (50, "00000")):
        assert here.guess(eur, text) == MEMORY
    here.state.tan.open_family = True
    assert here.token("123456789") == MEMORY
    assert (here.booked(), here.state.tan.highest, here.state.tan.tries.appended) == (0, 0, 0)


def test_a_service_code_opens_nothing_lastingly_where_the_memory_takes_nothing() -> None:
    here = board()
    wrong(here, 3)
    here.keeper.works = False
    assert here.service(tan.service_code(KEY, 1)) == MEMORY
    here.restart()
    assert here.wait() > 0


def test_a_memory_that_fails_between_the_try_and_the_booking_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    here = board()
    verify = tan.verify

    def fail_meanwhile(*arguments: Any) -> int:
        here.keeper.works = False
        return verify(*arguments)

    monkeypatch.setattr(tan, "verify", fail_meanwhile)
    assert pay(here, 1, 50) == MEMORY
    monkeypatch.undo()
    here.keeper.works = True
    here.restart()  # what is kept is the try, and it is judged now
    assert here.booked() == 50
    assert pay(here, 1, 50) == USED


# -- the open family


def open_board() -> LightBoard:
    new = board()
    new.state.tan.open_family = True
    new.keeper.keep()
    return new


def token(count: int, value: int) -> str:
    key = KEY[:16]
    return openpaygo_issue.encode(key, openpaygo.starting_code(key), count, value)


def test_a_token_that_adds_books_whole_euro_and_once() -> None:
    here = open_board()
    assert here.token(token(2, 20)) == BOOKED
    assert here.booked() == 20
    assert here.token(token(2, 20)) == USED
    here.restart()
    assert here.token(token(2, 20)) == USED
    assert here.token(token(6, 995)) == BOOKED
    assert here.token(token(4, 30)) == BOOKED
    assert here.booked() == 20 + 995 + 30
    assert here.state.tan.tries.appended == 0


@pytest.mark.parametrize(
    ("count", "value", "kind"),
    [
        (1, 30, openpaygo.SET_TIME),
        (3, 998, openpaygo.DISABLE_PAYG),
        (3, 999, openpaygo.COUNTER_SYNC),
        (2, 0, openpaygo.NO_VALUE),
        (2, 998, openpaygo.RESERVED),
        (1, 996, openpaygo.RESERVED),
    ],
)
def test_the_others_are_refused_by_name(count: int, value: int, kind: int) -> None:
    here = open_board()
    assert here.token(token(count, value)) == OTHER_TOKEN
    assert here.entry.token == kind
    assert openpaygo_issue.NAMES[kind]
    assert (here.booked(), here.state.tan.tries.appended) == (0, 0)
    assert here.token(token(2, 20)) == BOOKED


def wrong_token(at: int) -> str:
    return str(100_000_000 + 1_000 * at)


def test_wrong_tokens_and_wrong_tans_draw_on_one_budget() -> None:
    here = open_board()
    assert here.token(wrong_token(1)) == WRONG
    assert wrong(here) == WRONG
    assert here.token(wrong_token(2)) == WRONG
    assert here.token(token(2, 20)) == LOCKED
    assert pay(here, 1, 50) == LOCKED
    for _ in range(17):
        here.run(here.wait())
        here.token(wrong_token(3))
    assert here.token(token(2, 20)) == NEEDS_OPERATOR
    assert here.service(tan.service_code(KEY, 1)) == OPENED
    assert here.token(token(2, 20)) == BOOKED


@pytest.mark.parametrize("late", [False, True])
def test_a_token_that_a_cut_interrupts_is_booked_once(late: bool) -> None:
    for where in (0, 1):
        here = open_board()
        here.cut(where, late)
        with pytest.raises(PowerCut):
            here.token(token(2, 20))
        here.restart()
        kept = where > 0 or late
        assert here.booked() == (20 if kept else 0)
        assert here.token(token(2, 20)) == (USED if kept else BOOKED)


def test_a_meter_without_the_family_takes_no_token() -> None:
    here = board()
    press(here, "T" + token(2, 20))
    assert (here.entry.state, here.entry.typed) == (AMOUNT, token(2, 20)[:3])


# -- the judgement at a cut


@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("where", [0, 1])
def test_a_cut_leaves_all_of_an_entry_or_nothing(where: int, late: bool, right: bool) -> None:
    here = board()
    here.cut(where, late)
    with pytest.raises(PowerCut):
        here.guess(998, number(1, 998) if right else not_right(here))
    here.restart()
    kept = where > 0 or late
    assert not here.state.tan.judging
    assert here.booked() == (998 if right and kept else 0)
    assert here.state.tan.tries.appended == (1 if not right and kept else 0)


def test_an_entry_of_twenty_digits_is_judged_whole_after_a_cut() -> None:
    here = board(digits=20)
    here.cut(0, True)
    with pytest.raises(PowerCut):
        pay(here, 2, 999)
    here.restart()
    assert here.booked() == 999


def test_an_entry_whose_row_is_lost_counts_as_wrong() -> None:
    here = board()
    here.cut(0, True)
    with pytest.raises(PowerCut):
        pay(here, 1, 50)
    here.keeper.kept[2][0] = -1  # the first cell of the tries
    here.restart()
    assert here.booked() == 0
    assert not here.state.tan.judging
    assert here.state.tan.tries.appended == 1


# -- what the display says


def show(of: LightBoard, language: int, cut: bool = False) -> tuple[str, str]:
    canvas = Canvas() if cut else display.WholeCanvas()
    canvas.language = language
    notices.draw_entry(canvas, of.entry, of.state.tan)
    first, second, *_ = display.text(canvas)
    return first, second


def after(keys: str, **how: int) -> LightBoard:
    new = board(**how)
    press(new, keys)
    return new


def booked() -> LightBoard:
    new = board(16, 0xFF)
    pay(new, 17, 50)
    return new


def used() -> LightBoard:
    new = booked()
    pay(new, 17, 50)
    return new


def wrongs(times: int) -> Callable[[], LightBoard]:
    def make() -> LightBoard:
        new = board()
        wrong(new, times)
        if times > 1:
            press(new, "T50O")
        return new

    return make


def opened() -> LightBoard:
    new = board()
    new.service(tan.service_code(KEY, 1))
    return new


def off() -> LightBoard:
    new = board(digits=5)
    new.state.tan.digits = 0
    press(new, "T")
    return new


def broken_memory() -> LightBoard:
    new = board()
    new.keeper.works = False
    pay(new, 1, 50)
    return new


def cancelled() -> LightBoard:
    new = at_question()
    press(new, "C")
    return new


def too_much() -> LightBoard:
    new = open_board()
    press(new, "T1000O")
    return new


def other_token() -> LightBoard:
    new = open_board()
    new.token(token(1, 30))
    return new


def paygo_booked() -> LightBoard:
    new = open_board()
    new.token(token(2, 20))
    return new


SAYS: dict[str, tuple[Callable[[], LightBoard], tuple[str, str], tuple[str, str]]] = {
    "idle": (lambda: after(""), ("", ""), ("", "")),
    "amount": (lambda: after("T"), ("Betrag in EUR", "_ OK"), ("Amount in EUR", "_ OK")),
    "amount typed": (lambda: after("T50"), ("Betrag in EUR", "50_ OK"), ("Amount in EUR", "50_ OK")),
    "number": (lambda: after("T50O"), ("50 EUR, TAN:", "_"), ("50 EUR, TAN:", "_")),
    "number typed": (lambda: after("T50O1234"), ("50 EUR, TAN:", "1234_"), ("50 EUR, TAN:", "1234_")),
    "in groups": (
        lambda: after("T50O1234567", digits=10),
        ("50 EUR, TAN:", "12345 67_"),
        ("50 EUR, TAN:", "12345 67_"),
    ),
    "service": (lambda: after("T0O123456"), ("Servicecode:", "12345 6_"), ("Service code:", "12345 6_")),
    "settlement": (
        lambda: after("TO", highest=17, used=253),
        ("Abgleich 4605750254", "Nächste TAN Nr. 18"),
        ("Settle 4605750254", "Next TAN no. 18"),
    ),
    "question": (at_question, ("Ältere TAN verfällt", "OK ja, C nein"), ("Older TAN expires", "OK yes, C no")),
    "search": (in_search, ("Bitte warten", ""), ("Please wait", "")),
    "booked": (booked, ("50 EUR gebucht", "TAN Nr. 17"), ("50 EUR booked", "TAN no. 17")),
    "token booked": (paygo_booked, ("20 EUR gebucht", ""), ("20 EUR booked", "")),
    "mistyped": (after_slip, ("Vertippt?", "Bitte neu eingeben"), ("Mistyped?", "Please enter again")),
    "used": (used, ("TAN schon benutzt", "Nichts gebucht"), ("TAN used already", "Nothing booked")),
    "wrong": (wrongs(1), ("TAN ist falsch", "Betrag, Nr. prüfen"), ("TAN is wrong", "Check amount, no.")),
    "locked": (wrongs(3), ("TAN gesperrt", "noch 1 Std 15 Min"), ("TAN locked", "for 1 h 15 min")),
    "locked long": (wrongs(19), ("TAN gesperrt", "noch 7 Tage 1 Std"), ("TAN locked", "for 7 days 1 h")),
    "operator": (wrongs(20), ("TAN gesperrt", "Stadtwerk anrufen"), ("TAN locked", "Call your utility")),
    "opened": (opened, ("TAN wieder frei", ""), ("TAN open again", "")),
    "cancelled": (cancelled, ("Nicht gebucht", "TAN bleibt gültig"), ("Not booked", "TAN stays valid")),
    "too much": (too_much, ("Betrag 1 bis 999 EUR", ""), ("Amount 1 to 999 EUR", "")),
    "memory": (broken_memory, ("Nicht gebucht", "Speicher defekt"), ("Not booked", "Memory failure")),
    "other token": (other_token, ("Code nicht für", "diesen Zähler"), ("Code is not for", "this meter")),
    "off": (off, ("Keine TAN möglich", "Bitte Karte nutzen"), ("No TAN here", "Please use the card")),
}


@pytest.mark.parametrize("case", SAYS)
def test_the_display_says(case: str) -> None:
    make, german, english = SAYS[case]
    here = make()
    assert show(here, GERMAN) == german
    assert show(here, ENGLISH) == english


def test_each_state_and_each_outcome_is_among_them() -> None:
    entries = [make().entry for make, _, _ in SAYS.values()]
    assert {entry.state for entry in entries} == set(range(8))
    assert {entry.outcome for entry in entries if entry.state == SHOW} == set(range(1, 13))


@pytest.mark.parametrize("case", SAYS)
def test_two_lines_of_twenty(case: str) -> None:
    here = SAYS[case][0]()
    for language in (GERMAN, ENGLISH):
        assert all(len(line) <= WIDTH for line in show(here, language))


@pytest.mark.parametrize("digits", range(5, 21))
def test_a_number_of_any_length_fits_while_it_is_typed(digits: int) -> None:
    here = board(digits=digits)
    press(here, "T999O")
    for at in range(digits + 1):
        for language in (GERMAN, ENGLISH):
            first, second = show(here, language, cut=at == 20)  # only the cursor is
            assert len(first) <= WIDTH
            assert len(second) <= WIDTH
            assert second.replace(" ", "").rstrip("_") == "1" * at
        press(here, "1")
    assert here.entry.state == SHOW


@pytest.mark.parametrize("counter", [1, 9_998, 9_999, 100_000, tan.COUNTER_MAX - 1])
def test_any_counter_fits(counter: int) -> None:
    here = board(counter, 0xFF)
    press(here, "TO")
    for language in (GERMAN, ENGLISH):
        first, second = show(here, language)
        assert max(len(first), len(second)) <= WIDTH
        assert second.endswith(str(counter + 1))
    pay(here, counter + 1, 999)
    for language in (GERMAN, ENGLISH):
        assert max(map(len, show(here, language))) <= WIDTH


def test_every_wait_fits_and_is_none_too_short() -> None:
    for quarters in range(1, 674):
        for language, day in ((GERMAN, "Tage"), (ENGLISH, "days")):
            canvas = display.WholeCanvas()
            canvas.language = language
            canvas.text(0, texts.BLOB.decode().splitlines().index("noch|for"))
            notices._draw_time(canvas, quarters)
            words = display.text(canvas)[0].split()[1:]
            minutes = 0
            for figure, unit in zip(words[::2], words[1::2], strict=True):
                minutes += int(figure) * {day: 1440, "Std": 60, "h": 60, "Min": 1, "min": 1}[unit]
            assert quarters * 15 <= minutes < quarters * 15 + 60
