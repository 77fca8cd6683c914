# SPDX-License-Identifier: Apache-2.0
"""What the display says in two lines: of an error of the meter itself, of a card, and while a number is typed.

Of a card the first line says what happened, the second what to do now, or how much money there is. No two refusals have
the same first line, so that a customer on the telephone can read out which it is.
"""

from groschen.core import events, tan_budget, tan_entry
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.amount import Limbs
    from groschen.core.canvas import Canvas
    from groschen.core.exchange import Tans
    from groschen.core.meter import Meter
    from groschen.core.tan_entry import TanEntry

_GROUP = const(5)
_SPACE = const(32)
_CURSOR = const(95)  # "_": where the next digit goes
_NUMBER_MOST = const(9_999)  # that fits behind its words
_UNKNOWN = const(28)  # an outcome of a card that comes later

_T_NONE = const(0)
_T_BALANCE = const(6)  # Guthaben
_T_CALL = const(93)  # Stadtwerk anrufen
_T_WORN = const(60)  # Speicher defekt
_T_DAMAGED = const(59)  # Speicher gestört
_T_LOST = const(61)  # Speicher verloren
_T_RELAY = const(62)  # Relais gestört
_T_CLOCK = const(49)  # Uhrzeit unbekannt

_T_CARDS = const(63)  # Nichts Neues
_T_TAKE = const(92)  # Karte entnehmen
_T_DESK = const(94)  # Bitte zur Kasse
_T_REINSERT = const(95)  # Noch einmal stecken
_T_OWN = const(96)  # Eigene Karte nehmen
_T_TO_DESK = const(97)  # Mit Karte zur Kasse
_T_TURN = const(98)  # Richtig herum?
_T_NEW = const(99)  # Neue Karte nehmen
_T_GET_NEW = const(100)  # Neue Karte holen
_T_BOOKED = const(101)  # Gebucht
_T_REFUNDED = const(102)  # Erstattet

_T_WAIT = const(48)  # Bitte warten
_T_OK_OR_C = const(43)  # OK ja, C nein
_T_TAN_BOOKED = const(103)  # # EUR gebucht
_T_NUMBER = const(104)  # TAN Nr. #
_T_MISTYPED = const(105)  # Vertippt?
_T_AGAIN = const(106)  # Bitte neu eingeben
_T_USED = const(52)  # TAN schon benutzt
_T_NOTHING = const(88)  # Nichts gebucht
_T_WRONG = const(51)  # TAN ist falsch
_T_CHECK = const(107)  # Betrag, Nr. prüfen
_T_LOCKED = const(108)  # TAN gesperrt
_T_FOR = const(109)  # noch
_T_DAYS = const(110)  # # Tage
_T_HOURS = const(111)  # # Std
_T_MINUTES = const(112)  # # Min
_T_OPENED = const(50)  # TAN wieder frei
_T_NOT_BOOKED = const(113)  # Nicht gebucht
_T_STAYS = const(114)  # TAN bleibt gültig
_T_BAD_AMOUNT = const(115)  # Betrag 1 bis 999 EUR
_T_OTHER = const(116)  # Code nicht für
_T_THIS_METER = const(117)  # diesen Zähler
_T_NO_TAN = const(118)  # Keine TAN möglich
_T_USE_CARD = const(119)  # Bitte Karte nutzen
_T_AMOUNT = const(120)  # Betrag in EUR
_T_EUR_TAN = const(121)  # # EUR, TAN:
_T_SERVICE = const(122)  # Servicecode:
_T_EXPIRES = const(123)  # Ältere TAN verfällt
_T_SETTLE = const(124)  # Abgleich
_T_NEXT = const(125)  # Nächste TAN Nr. #

# What to do after a card's outcome, in the order of the details of `events.CARD`; what happened is the text as many
# behind _T_CARDS. Outcome 0 is a card that brought nothing new.
_THEN = bytes((
    _T_TAKE,
    _T_TAKE,  # CARD_CREDIT
    _T_TAKE,  # CARD_DEBT
    _T_TAKE,  # CARD_TARIFF
    _T_TAKE,  # CARD_CONTRACT
    _T_TO_DESK,  # CARD_REFUND
    _T_DESK,  # CARD_OLD_TARIFF
    _T_TAKE,  # CARD_NO_CREDIT
    _T_TURN,  # CARD_FOREIGN
    _T_DESK,  # CARD_BLANK
    _T_REINSERT,  # CARD_DAMAGED
    _T_OWN,  # CARD_OTHER_UTILITY
    _T_OWN,  # CARD_OTHER_METER
    _T_DESK,  # CARD_FORGED
    _T_CALL,  # CARD_NEW_FORMAT
    _T_NEW,  # CARD_REPLACED
    _T_DESK,  # CARD_PSC_LOCKED
    _T_DESK,  # CARD_PSC_WRONG
    _T_DESK,  # CARD_PSC_SPARED
    _T_GET_NEW,  # CARD_WORN
    _T_REINSERT,  # CARD_PULLED
    _T_DESK,  # CARD_REPLAYED
    _T_CALL,  # CARD_REFUSED
    _T_TAKE,  # CARD_COMMAND
    _T_TAKE,  # CARD_READ_OUT
    _T_CALL,  # CARD_MEMORY
    _T_CALL,  # CARD_CLOCK_REFUSED
    _T_DESK,  # CARD_EARLIER_LIFE
    _T_CALL,  # whatever comes later
))  # fmt: skip

# The entry's two lines: by state, then by outcome from BOOKED on.
_STATES = bytes((
    _T_NONE, _T_NONE,
    _T_AMOUNT, _T_NONE,
    _T_EUR_TAN, _T_NONE,
    _T_SERVICE, _T_NONE,
    _T_EXPIRES, _T_OK_OR_C,  # QUESTION
    _T_WAIT, _T_NONE,  # SEARCH
    _T_NONE, _T_NONE,
    _T_SETTLE, _T_NONE,
    _T_TAN_BOOKED, _T_NUMBER,
    _T_MISTYPED, _T_AGAIN,
    _T_USED, _T_NOTHING,
    _T_WRONG, _T_CHECK,
    _T_LOCKED, _T_FOR,
    _T_LOCKED, _T_CALL,  # NEEDS_OPERATOR
    _T_OPENED, _T_NONE,
    _T_NOT_BOOKED, _T_STAYS,  # CANCELLED
    _T_BAD_AMOUNT, _T_NONE,
    _T_NOT_BOOKED, _T_WORN,  # MEMORY
    _T_OTHER, _T_THIS_METER,
    _T_NO_TAN, _T_USE_CARD,  # OFF
))  # fmt: skip
_OUTCOMES = const(7)  # states in front of the outcomes


def draw_error(canvas: "Canvas", meter: "Meter") -> bool:
    """Draw the gravest error of the meter itself into the lower lines; return whether there is one."""
    errors = meter.errors
    if errors >> events.ERROR_LOST & 1:
        text = _T_LOST
    elif errors >> events.ERROR_WORN & 1:
        text = _T_WORN
    elif errors >> events.ERROR_DAMAGED & 1:
        text = _T_DAMAGED
    elif errors >> events.ERROR_RELAY & 1:
        text = _T_RELAY
    elif meter.clock_lost:
        text = _T_CLOCK
    else:
        return False
    canvas.text(2, text)
    canvas.text(3, _T_CALL)
    return True


def refused(outcome: int) -> bool:
    """Say whether a card's outcome is a refusal: the customer has to do something."""
    return _THEN[min(outcome, _UNKNOWN)] != _T_TAKE and outcome != events.CARD_REFUND


def draw_card(canvas: "Canvas", outcome: int, booked: "Limbs | None", balance: "Limbs") -> None:
    """Draw the lines for a session's outcome, with what a credit or a refund came to, and the balance after it.

    A credit that came with a refusal of something else is said all the same.
    """
    outcome = min(outcome, _UNKNOWN)
    credit = booked and (outcome == events.CARD_CREDIT or outcome == events.CARD_COMMAND)
    if booked and (credit or outcome == events.CARD_REFUND):
        canvas.text(0, _T_BOOKED if credit else _T_REFUNDED)
        canvas.amount(booked)
    else:
        canvas.text(0, _T_CARDS + outcome)
    if credit or outcome == events.CARD_NO_CREDIT:
        canvas.text(1, _T_BALANCE)
        canvas.amount(balance)
    elif booked and (outcome == events.CARD_REFUSED or outcome == events.CARD_FORGED):
        canvas.text(1, _T_BOOKED)
        canvas.amount(booked)
    else:
        canvas.text(1, _THEN[outcome])


def draw_entry(canvas: "Canvas", entry: "TanEntry", tans: "Tans") -> None:
    """Draw the lines for what is typed now, none where nothing is. Allocates."""
    state = entry.state
    shows = state == tan_entry.SHOW
    at = 2 * (_OUTCOMES + entry.outcome if shows else state)
    canvas.text(0, _STATES[at], entry.eur)
    # An open token has no number that a customer knows.
    if not shows or entry.outcome != tan_entry.BOOKED or entry.counter:
        canvas.text(1, _STATES[at + 1], entry.counter)
    if state == tan_entry.AMOUNT:
        canvas.bytes((entry.typed + "_ OK").encode())
    elif state == tan_entry.NUMBER or state == tan_entry.SERVICE:
        _draw_typed(canvas, entry)
    elif state == tan_entry.SETTLEMENT:
        canvas.text(0, _T_SETTLE)
        canvas.put(_SPACE)
        canvas.bytes(entry.settlement_code().encode())
        number = entry.window().next()
        canvas.text(1, _T_NEXT if number <= _NUMBER_MOST else _T_NUMBER, number)
    elif shows and entry.outcome == tan_entry.LOCKED:
        _draw_time(canvas, tan_budget.wait(tans))


def _draw_typed(canvas: "Canvas", entry: "TanEntry") -> None:
    """Draw the digits so far in groups of five, as the receipt has them, and where the next one goes."""
    grouped = entry.digits() <= 3 * _GROUP  # with its gaps a longer number is wider than the display
    typed = entry.typed.encode()
    for at in range(len(typed)):
        if grouped and at and at % _GROUP == 0:
            canvas.put(_SPACE)
        canvas.put(typed[at])
    canvas.put(_CURSOR)


def _draw_time(canvas: "Canvas", quarters: int) -> None:
    """Go on with a time in its two largest units, rounded up, without one that is zero."""
    text = _T_HOURS
    small = quarters % 4 * 15
    quarters //= 4
    if quarters >= 48:
        text = _T_DAYS
        quarters += 1 if small else 0
        small = quarters % 24
        quarters //= 24
    for figure in (quarters, small):
        if figure:
            canvas.put(_SPACE)
            canvas.more(text, figure)
        text += 1
