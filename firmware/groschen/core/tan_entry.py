# SPDX-License-Identifier: Apache-2.0
"""The entry of numbers at the keypad: TANs, service codes, and the open tokens where the contract has them.

The rule: a key leads where `KEYS` says, by state; the time-out leads to IDLE from everywhere. A whole number is judged
at once. Its try is committed as a wrong one before it is compared, and taken off the budget again when it was right, or
known to be used already: neither is a guess. A judgement that a power cut interrupts is finished at the return. What is
booked is committed before the display says so.

The way of a customer: amount, OK, number with its check digit. Amount 0 leads to the service code. OK without an amount
shows the settlement code and the number that is expected next.
"""

from groschen.core import events, tan_budget
from groschen.core.amount import Limbs
from groschen.core.keypad import CORRECT, NO_KEY, OK, TAN
from groschencard import const, openpaygo, tan

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.exchange import Tans
    from groschen.core.keeper import Keeper
    from groschencard.keys import MeterKeys

IDLE = const(0)
AMOUNT = const(1)
NUMBER = const(2)
SERVICE = const(3)
QUESTION = const(4)  # a right TAN that would put an older one out of reach
SEARCH = const(5)  # for the count of an open token
SHOW = const(6)  # what came of it
SETTLEMENT = const(7)

# What came of an entry.
NONE = const(0)
BOOKED = const(1)
MISTYPED = const(2)  # the check digit does not fit: costs no try
USED = const(3)
WRONG = const(4)
LOCKED = const(5)  # for a time
NEEDS_OPERATOR = const(6)
OPENED = const(7)  # by a service code
CANCELLED = const(8)
BAD_AMOUNT = const(9)  # more than 999 EUR
MEMORY = const(10)  # the meter's memory takes nothing, so nothing is booked
OTHER_TOKEN = const(11)  # a token of the open family that is no top-up
OFF = const(12)  # no TANs at this meter

TIMEOUT_S = const(60)

_EVENTS = {USED: events.TAN_USED, WRONG: events.TAN_WRONG, OTHER_TOKEN: events.TAN_OTHER}
_OPEN_TOKEN = const(0xFFFF)  # kept in place of an amount
_AMOUNT_DIGITS = const(3)
_SEARCH_HASHES = const(16)  # a step: each is a few milliseconds on a Pico


class TanEntry:
    """What was typed so far, and what came of it."""

    def __init__(self, keeper: "Keeper", keys: "MeterKeys") -> None:
        self._keeper = keeper
        self._keys = keys
        self.state: int = IDLE
        self.outcome: int = NONE
        self.typed: str = ""
        self.eur: int = 0
        self.counter: int = 0  # of the TAN that was booked or is asked about
        self.token: int = 0  # what kind of open token it was, of `openpaygo`
        self._since: int = 0  # seconds since the last key
        self._search: "openpaygo.Search | None" = None

    # -- what the board calls ------------------------------------------------------------------------------

    def press(self, key: int) -> None:
        """Take a key."""
        if key == NO_KEY:
            return
        self._since = 0
        if key < 10:
            do = self.DIGIT[self.state]
            if do:
                do(self, str(key))
        else:
            do_key = self.KEYS.get((self.state, key))
            if do_key:
                do_key(self)

    def pass_time(self, seconds: int) -> None:
        """Let time pass, and a search go on; an entry that nobody goes on with is given up."""
        if self.state == SEARCH:
            self._go_on()
        elif self.state != IDLE:
            self._since += seconds
            if self._since >= TIMEOUT_S:
                self._leave()

    def digits(self) -> int:
        """Return how many digits the number has that is typed now, its check digit included."""
        if self.state == SERVICE:
            return tan.SERVICE_DIGITS + 1
        return self._keeper.state.tan.digits + 1

    def window(self) -> "tan.Window":
        """Return which TANs the meter has used and accepts."""
        tans = self._keeper.state.tan
        return tan.Window(tans.highest, tans.used)

    def settlement_code(self) -> str:
        """Return the ten digits that tell the utility which TANs were used."""
        return tan.settlement_code(self._keys.tan, self.window())

    # -- keys ----------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._leave()
        if self._keeper.sealed():
            self._show(MEMORY)
        elif self._keeper.state.tan.digits == 0:
            self._show(OFF)
        else:
            self.state = AMOUNT

    def _leave(self) -> None:
        self.state = IDLE
        self.outcome = NONE
        self.typed = ""
        self.eur = 0
        self._search = None

    def _cancel(self) -> None:
        self._show(CANCELLED)

    def _correct(self) -> None:
        """Take the last digit back; without one, the step before."""
        if self.typed:
            self.typed = self.typed[:-1]
        elif self.state == AMOUNT:
            self._leave()
        else:
            self.typed = str(self.eur) if self.eur else ""
            self.eur = 0
            self.state = AMOUNT

    def _type_amount(self, digit: str) -> None:
        most = openpaygo.DIGITS if self._paygo() else _AMOUNT_DIGITS
        if len(self.typed) < most:
            self.typed += digit
        if len(self.typed) == openpaygo.DIGITS:
            self._judge_token()

    def _end_amount(self) -> None:
        if not self.typed:
            self.state = SETTLEMENT
            return
        self.eur = int(self.typed)
        self.typed = ""
        if self.eur == 0:
            self.state = SERVICE
        elif self.eur > tan.EUR_MAX:
            self._show(BAD_AMOUNT)
        elif not self._locked():
            self.state = NUMBER

    def _type_number(self, digit: str) -> None:
        self.typed += digit
        if len(self.typed) >= self.digits():
            if self.state == SERVICE:
                self._judge_service()
            else:
                self._judge()

    # -- judging -------------------------------------------------------------------------------------------

    def _locked(self) -> bool:
        """Say whether the entry is locked, and show it where it is."""
        wait = tan_budget.wait(self._keeper.state.tan)
        if wait == tan_budget.OPEN:
            return False
        self._show(NEEDS_OPERATOR if wait == tan_budget.OPERATOR else LOCKED)
        return True

    def _show(self, outcome: int) -> None:
        self.outcome = outcome
        self.state = SHOW

    def _try(self, eur: int, number: str) -> bool:
        """Commit an entry as a wrong one; nothing is compared where the memory does not take it."""
        tan_budget.begin_try(self._keeper.state.tan, eur, int(number))
        if self._keeper.commit():
            return True
        tan_budget.end_try(self._keeper.state.tan, False)
        self._show(MEMORY)
        return False

    def _judge(self) -> None:
        # A card may have brought another number of digits since the first was typed.
        if self._keeper.state.tan.digits == 0:
            self._show(OFF)
        elif len(self.typed) != self.digits() or not tan.checks(self.eur, self.typed):
            self._show(MISTYPED)
        # A lock may have come since the amount was typed.
        elif not self._locked() and self._try(self.eur, self.typed[:-1]):
            self._compare(self.typed[:-1])

    def _compare(self, number: str) -> None:
        tans = self._keeper.state.tan
        window = self.window()
        counter = tan.verify(self._keys.tan, window, self.eur, number, tans.digits)
        if counter:
            tan_budget.end_try(tans, False)
            self.counter = counter
            if window.lost(counter):
                self._keeper.commit()
                self.state = QUESTION
            else:
                self._book()
        elif tan.spent(self._keys.tan, window, self.eur, number, tans.digits):
            self._refuse(USED)
        else:
            self._refuse(WRONG)

    def resume(self) -> None:
        """Finish the judgement within which the power was lost; the customer reads it in the log, or types again."""
        tans = self._keeper.state.tan
        if tans.judging:
            self._finish(tans)
        tan_budget.mend(tans)

    def _finish(self, tans: "Tans") -> None:
        eur, number = tan_budget.pending(tans)
        if eur == _OPEN_TOKEN:
            self._begin_search(_padded(number, openpaygo.DIGITS))
            while self.state == SEARCH:
                self._go_on()
        elif eur > 0:
            self.eur = eur
            self._compare(_padded(number, tans.digits))
        else:
            self._refuse(WRONG)
        self._leave()

    def _refuse(self, outcome: int) -> None:
        """End a judgement that books nothing: one that was wrong stays on the budget."""
        tans = self._keeper.state.tan
        if tans.judging:
            tan_budget.end_try(tans, outcome == WRONG)
        self._keeper.meter.note_event(events.TAN, _EVENTS[outcome])
        self._keeper.commit()
        self._show(outcome)

    def _book(self) -> None:
        """Book the TAN that was found right; the number in the meter rises in the same commit as the money."""
        tans = self._keeper.state.tan
        window = self.window()
        if not window.is_open(self.counter):  # a card session or a service port may have come between
            self._show(USED)
            return
        window.accept(self.counter)
        tans.highest = window.highest
        tans.used = window.used
        self._top_up()

    def _top_up(self) -> None:
        amount = Limbs()
        amount.high = self.eur
        self._keeper.meter.top_up(amount, False)
        self._show(BOOKED if self._keeper.commit() else MEMORY)

    def _judge_service(self) -> None:
        tans = self._keeper.state.tan
        if not tan.checks(0, self.typed):
            self._show(MISTYPED)
            return
        counter = tan.verify_service(self._keys.tan, tans.service, self.typed)
        if not counter:
            self._refuse(WRONG)
            return
        tans.service = counter
        tan_budget.forgive(tans)
        self._keeper.meter.note_event(events.TAN, events.TAN_OPENED)
        self._show(OPENED if self._keeper.commit() else MEMORY)

    # -- the open family -----------------------------------------------------------------------------------

    def _paygo(self) -> bool:
        return self._keeper.state.tan.open_family

    def _judge_token(self) -> None:
        if not self._locked() and self._try(_OPEN_TOKEN, self.typed):
            self._begin_search(self.typed)

    def _begin_search(self, token: str) -> None:
        tans = self._keeper.state.tan
        taken = openpaygo.Purchases(tans.paygo, tans.paygo_used)
        key = self._keys.paygo
        self._search = openpaygo.Search(key, openpaygo.starting_code(key), taken, token)
        self.state = SEARCH

    def _go_on(self) -> None:
        search = self._search
        assert search
        if not search.step(_SEARCH_HASHES):
            return
        tans = self._keeper.state.tan
        self.token = search.outcome
        if search.outcome == openpaygo.ADD_TIME:
            tan_budget.end_try(tans, False)
            taken = openpaygo.Purchases(tans.paygo, tans.paygo_used)
            taken.accept(search.purchase)
            tans.paygo = taken.highest
            tans.paygo_used = taken.used
            self.counter = 0
            self.eur = search.eur
            self._top_up()
        elif search.outcome == openpaygo.WRONG:
            self._refuse(WRONG)
        elif search.outcome in (openpaygo.USED, openpaygo.OUT_OF_REACH):
            self._refuse(USED)
        else:
            # One of the utility's that this meter does not take was no guess; a chance find is as rare as a right one.
            self._refuse(OTHER_TOKEN)

    DIGIT = (None, _type_amount, _type_number, _type_number, None, None, None, None)
    """By state: what a digit does."""

    KEYS = {
        (IDLE, TAN): _begin,
        (AMOUNT, TAN): _begin,
        (AMOUNT, OK): _end_amount,
        (AMOUNT, CORRECT): _correct,
        (NUMBER, TAN): _begin,
        (NUMBER, CORRECT): _correct,
        (SERVICE, TAN): _begin,
        (SERVICE, CORRECT): _correct,
        (QUESTION, OK): _book,
        (QUESTION, CORRECT): _cancel,
        (SHOW, TAN): _begin,
        (SHOW, OK): _leave,
        (SHOW, CORRECT): _leave,
        (SETTLEMENT, TAN): _begin,
        (SETTLEMENT, OK): _leave,
        (SETTLEMENT, CORRECT): _leave,
    }
    """By state and key: what the key does; all others do nothing."""


def _padded(number: int, digits: int) -> str:
    """Return a number as it was typed, with its leading zeros."""
    text = str(number)
    return "0" * (digits - len(text)) + text
