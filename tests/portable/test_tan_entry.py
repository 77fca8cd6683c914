# SPDX-License-Identifier: Apache-2.0
"""The keypad's entry and its budget over a keeper without a memory: the same on every interpreter."""

from groschen.core import keypad, notices, tan_budget
from groschen.core.canvas import Canvas
from groschen.core.exchange import Tans
from groschen.core.tan_entry import (
    AMOUNT,
    BOOKED,
    IDLE,
    LOCKED,
    MEMORY,
    MISTYPED,
    NEEDS_OPERATOR,
    NUMBER,
    OPENED,
    QUESTION,
    SEARCH,
    SERVICE,
    SETTLEMENT,
    TIMEOUT_S,
    USED,
    WRONG,
    TanEntry,
)
from groschencard import const, openpaygo, openpaygo_issue, tan

KEY = bytes(range(32))
START = const(1_073_000)  # quarter hours that the meter has run, near the largest small integer of 31 bits in seconds


class Keys:
    """The two keys that the entry uses."""

    tan = KEY
    paygo = KEY[:16]


class StubMeter:
    """What the entry needs of a meter."""

    def __init__(self):
        self.booked = 0

    def top_up(self, amount, by_card):
        """Book euro."""
        self.booked += amount.high

    def note_event(self, kind, detail, amount=None):
        """Note nothing."""


class StubState:
    """What the entry needs of a state."""

    def __init__(self):
        self.meter = StubMeter()
        self.tan = Tans()
        self.tan.run = START


class StubKeeper:
    """Keeps nothing, and says whether it would."""

    def __init__(self):
        self.state = StubState()
        self.meter = self.state.meter
        self.works = True
        self.commits = 0

    def sealed(self):
        return False

    def commit(self):
        """Count, and say whether the memory took it."""
        self.commits += 1
        return self.works


STUBS: dict = {"keys": Keys()}


def entry_of(keeper):
    """Return an entry over a keeper."""
    return TanEntry(keeper, STUBS["keys"])


def lines(entry, keeper, language):
    """Return what the display says."""
    canvas = Canvas()
    canvas.language = language
    notices.draw_entry(canvas, entry, keeper.state.tan)
    return tuple([said(line) for line in canvas.lines[:2]])


def said(line):
    """Return a line as text, without the blanks at its end."""
    return "".join([chr(char) for char in line]).rstrip()


def begun(highest=0, used=0, digits=5):
    """Return an entry and its keeper."""
    keeper = StubKeeper()
    keeper.state.tan.highest = highest
    keeper.state.tan.used = used
    keeper.state.tan.digits = digits
    return entry_of(keeper), keeper


def press(entry, keys):
    """Press digits, T for TAN, O for OK, C for correct."""
    for key in keys:
        entry.press({"T": keypad.TAN, "O": keypad.OK, "C": keypad.CORRECT}.get(key, ord(key) - 48))
    return entry.outcome


def enter(entry, eur, text):
    """Type an amount, a number, and its check digit."""
    return press(entry, "T" + str(eur) + "O" + text + str(tan.check_digit(eur, text)))


def wrong(entry):
    """Type a number that is none."""
    right = [tan.number(KEY, counter, 998, 5) for counter in range(1, 20)]
    text = [text for text in ("00000", "00001", "00002") if text not in right][0]  # noqa: RUF015 (one is)
    return enter(entry, 998, text)


def wait_out(keeper):
    """Let the meter run until the entry opens; return how many quarter hours that took."""
    quarters = tan_budget.wait(keeper.state.tan)
    keeper.state.tan.pass_time(quarters * 900)
    return quarters


def test_a_tan_of_any_length_books_once():
    for digits in (5, 8, 10, 20):
        entry, keeper = begun(digits=digits)
        assert enter(entry, 999, tan.number(KEY, 1, 999, digits)) == BOOKED
        assert enter(entry, 999, tan.number(KEY, 1, 999, digits)) == USED
        assert enter(entry, 3, tan.number(KEY, 2, 3, digits)) == BOOKED
        assert keeper.meter.booked == 1002
        assert keeper.state.tan.tries.appended == 0


def test_keys_lead_through_the_states():
    entry, _ = begun()
    for keys, state in (
        ("", IDLE),
        ("T", AMOUNT),
        ("5O", NUMBER),
        ("12CC", NUMBER),
        ("C", AMOUNT),
        ("CC", IDLE),
        ("T0O", SERVICE),
        ("TO", SETTLEMENT),
        ("O", IDLE),
    ):
        press(entry, keys)
        assert entry.state == state, keys
    press(entry, "T5O1")
    entry.pass_time(TIMEOUT_S)
    assert entry.state == IDLE


def test_the_ladder_of_the_budget():
    entry, keeper = begun()
    waits = []
    for _ in range(20):
        waits.append(wait_out(keeper))
        assert wrong(entry) == WRONG
    assert waits == [0, 0, 0] + [1 + 4 * (1 << step) for step in range(8)] + [673] * 9
    assert press(entry, "T5O") == NEEDS_OPERATOR
    assert press(entry, "T0O" + tan.service_code(KEY, 1)) == OPENED
    assert wrong(entry) == WRONG


def test_a_slip_costs_nothing_and_a_lock_is_said():
    entry, keeper = begun()
    text = tan.number(KEY, 1, 50, 5)
    check = tan.check_digit(50, text)
    assert press(entry, "T50O" + text + str((check + 1) % 10)) == MISTYPED
    assert keeper.state.tan.tries.appended == 0
    for _ in range(3):
        wrong(entry)
    assert press(entry, "T50O") == LOCKED
    assert lines(entry, keeper, 0) == ("TAN gesperrt", "noch 1 Std 15 Min")
    assert lines(entry, keeper, 1) == ("TAN locked", "for 1 h 15 min")


def test_the_question_and_the_settlement_code():
    entry, keeper = begun(17, 253)
    text = tan.number(KEY, 18, 50, 5)
    enter(entry, 50, text)
    assert entry.state == QUESTION
    press(entry, "C")
    assert keeper.meter.booked == 0
    press(entry, "TO")
    assert lines(entry, keeper, 0)[0] == "Abgleich " + tan.settlement_code(KEY, tan.Window(17, 253))
    enter(entry, 50, text)
    assert press(entry, "O") == BOOKED


def test_a_judgement_that_was_interrupted_is_finished():
    for digits, right in ((5, True), (5, False), (20, True), (20, False)):
        _entry, keeper = begun(digits=digits)
        text = tan.number(KEY, 2, 999, digits)
        if not right:
            text = text[:-1] + str((int(text[-1]) + 1) % 10)
        tan_budget.begin_try(keeper.state.tan, 999, int(text))
        entry_of(keeper).resume()
        assert keeper.meter.booked == (999 if right else 0)
        assert keeper.state.tan.tries.appended == (0 if right else 1)
        assert not keeper.state.tan.judging


def test_a_memory_that_takes_nothing_books_nothing():
    entry, keeper = begun()
    keeper.works = False
    assert enter(entry, 50, tan.number(KEY, 1, 50, 5)) == MEMORY
    assert keeper.meter.booked == 0
    assert keeper.state.tan.tries.appended == 0


def test_an_open_token_books_once_and_wrong_ones_cost_tries():
    entry, keeper = begun()
    keeper.state.tan.open_family = True
    start = openpaygo.starting_code(Keys.paygo)
    for token, outcome in (
        (openpaygo_issue.encode(Keys.paygo, start, 2, 20), BOOKED),
        (openpaygo_issue.encode(Keys.paygo, start, 2, 20), USED),
        ("100001000", WRONG),
    ):
        press(entry, "T" + token)
        while entry.state == SEARCH:
            entry.pass_time(1)
        assert entry.outcome == outcome, token
    assert keeper.meter.booked == 20
    assert keeper.state.tan.tries.appended == 1


def test_rows_that_the_memory_lost_open_nothing():
    entry, keeper = begun()
    for _ in range(6):
        wait_out(keeper)
        wrong(entry)
    tans = keeper.state.tan
    before = tan_budget.wait(tans)
    for index in (1, 5):
        tans.tries.lose(index)
        assert tan_budget.wait(tans) >= before
    tan_budget.mend(tans)
    assert wait_out(keeper) >= before
    assert tan_budget.wait(tans) == 0
