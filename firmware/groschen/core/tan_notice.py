# SPDX-License-Identifier: Apache-2.0
"""What the display says while a number is typed: two lines of twenty characters, German and English."""

from groschen.core import tan_budget, tan_entry
from groschencard.compat import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from groschen.core.meter import Meter
    from groschen.core.tan_entry import TanEntry

_WIDTH = const(20)
_GROUP = const(5)

# By outcome: two lines in German, two in English. {} is the amount, or how long.
_OUTCOMES = {
    tan_entry.BOOKED: (("{} EUR gebucht", "TAN Nr. {}"), ("{} EUR booked", "TAN no. {}")),
    tan_entry.MISTYPED: (("Vertippt?", "Bitte neu eingeben"), ("Mistyped?", "Please enter again")),
    tan_entry.USED: (("TAN schon benutzt", "Nichts gebucht"), ("TAN used already", "Nothing booked")),
    tan_entry.WRONG: (("TAN ist falsch", "Betrag, Nr. prüfen"), ("TAN is wrong", "Check amount, no.")),
    tan_entry.LOCKED: (("TAN gesperrt", "noch {}"), ("TAN locked", "for {}")),
    tan_entry.NEEDS_OPERATOR: (("TAN gesperrt", "Stadtwerk anrufen"), ("TAN locked", "Call your utility")),
    tan_entry.OPENED: (("TAN wieder frei", ""), ("TAN open again", "")),
    tan_entry.CANCELLED: (("Nicht gebucht", "TAN bleibt gültig"), ("Not booked", "TAN stays valid")),
    tan_entry.BAD_AMOUNT: (("Betrag 1 bis 999 EUR", ""), ("Amount 1 to 999 EUR", "")),
    tan_entry.MEMORY: (("Nicht gebucht", "Speicher defekt"), ("Not booked", "Memory failure")),
    tan_entry.OTHER_TOKEN: (("Code nicht für", "diesen Zähler"), ("Code is not for", "this meter")),
    tan_entry.OFF: (("Keine TAN möglich", "Bitte Karte nutzen"), ("No TAN here", "Please use the card")),
}
_AMOUNT = (("Betrag in EUR", "{} OK"), ("Amount in EUR", "{} OK"))
_NUMBER = (("{} EUR, TAN:", "{}"), ("{} EUR, TAN:", "{}"))
_SERVICE = (("Servicecode:", "{}"), ("Service code:", "{}"))
_QUESTION = (("Ältere TAN verfällt", "OK ja, C nein"), ("Older TAN expires", "OK yes, C no"))
_SEARCH = (("Bitte warten", ""), ("Please wait", ""))
_SETTLEMENT = (("Abgleich {}", "Nächste TAN Nr. {}"), ("Settle {}", "Next TAN no. {}"))
_DAYS = (" Tage", " days")
_HOURS = (" Std", " h")
_MINUTES = (" Min", " min")


def lines(entry: "TanEntry", meter: "Meter", language: int) -> "tuple[str, str]":
    """Return the two lines for what is typed now, empty where nothing is."""
    state = entry.state
    if state == tan_entry.IDLE:
        return "", ""
    if state == tan_entry.AMOUNT:
        first, second = _AMOUNT[language]
        return first, second.format(entry.typed + "_")
    if state == tan_entry.NUMBER:
        return _NUMBER[language][0].format(entry.eur), _typed(entry)
    if state == tan_entry.SERVICE:
        return _SERVICE[language][0], _typed(entry)
    if state == tan_entry.QUESTION:
        return _QUESTION[language]
    if state == tan_entry.SEARCH:
        return _SEARCH[language]
    if state == tan_entry.SETTLEMENT:
        first, second = _SETTLEMENT[language]
        number = entry.window().next()
        second = second.format(number)
        return first.format(entry.settlement_code()), second if len(second) <= _WIDTH else str(number)
    return _outcome(entry, meter, language)


def _outcome(entry: "TanEntry", meter: "Meter", language: int) -> "tuple[str, str]":
    first, second = _OUTCOMES[entry.outcome][language]
    if entry.outcome == tan_entry.BOOKED:
        # An open token has no number that a customer knows.
        return first.format(entry.eur), second.format(entry.counter) if entry.counter else ""
    if entry.outcome == tan_entry.LOCKED:
        return first, second.format(_time(tan_budget.wait(meter.tan), language))
    return first, second


def _typed(entry: "TanEntry") -> str:
    """Return the digits so far in groups of five, as the receipt has them, and where the next one goes."""
    typed = entry.typed
    if entry.digits() > 3 * _GROUP:  # with its gaps such a number is wider than the display
        return typed if len(typed) >= _WIDTH else typed + "_"
    groups = [typed[at : at + _GROUP] for at in range(0, len(typed), _GROUP)]
    return (" ".join(groups) + "_")[:_WIDTH]


def _time(quarters: int, language: int) -> str:
    """Return a time in its two largest units, rounded up."""
    if quarters > 2 * 96:
        hours = (quarters + 3) // 4
        return _two(hours // 24, _DAYS[language], hours % 24, _HOURS[language])
    return _two(quarters // 4, _HOURS[language], quarters % 4 * 15, _MINUTES[language])


def _two(large: int, larges: str, small: int, smalls: str) -> str:
    """Return two figures and their units, without one that is zero."""
    words = [str(figure) + unit for figure, unit in ((large, larges), (small, smalls)) if figure]
    return " ".join(words)
