# SPDX-License-Identifier: Apache-2.0
"""What the display says of a card: for every outcome of a session two lines of twenty characters, German and English.

The first line says what happened, the second what to do now, or how much money there is. No two refusals have the same
first line, so that a customer on the telephone can read out which it is.
"""

from groschen.core import events
from groschen.core.money_text import line
from groschencard.compat import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from groschen.core.amount import Limbs

_BOOKED = ("Gebucht", "Booked")
_REFUNDED = ("Erstattet", "Refund")
_BALANCE = ("Guthaben", "Balance")

_TAKE = ("Karte entnehmen", "Take your card")
_CALL = ("Stadtwerk anrufen", "Call your utility")
_DESK = ("Bitte zur Kasse", "See the cash desk")
_AGAIN = ("Noch einmal stecken", "Insert it again")
_OWN = ("Eigene Karte nehmen", "Use your own card")

# By outcome: what happened, and what to do; both German, then English. Outcome 0 is a card that brought nothing new.
DONE = {
    0: (("Nichts Neues", "Nothing new"), _TAKE),
    events.CARD_CREDIT: (("Guthaben gebucht", "Credit booked"), _TAKE),
    events.CARD_DEBT: (("Schuld eingetragen", "Debt entered"), _TAKE),
    events.CARD_TARIFF: (("Neuer Tarif", "New tariff"), _TAKE),
    events.CARD_CONTRACT: (("Vertrag geändert", "Contract changed"), _TAKE),
    events.CARD_REFUND: (("Guthaben erstattet", "Balance refunded"), ("Mit Karte zur Kasse", "Take it to the desk")),
    events.CARD_NO_CREDIT: (("Kein neues Guthaben", "No new credit"), _TAKE),
    events.CARD_COMMAND: (("Auftrag ausgeführt", "Command carried out"), _TAKE),
    events.CARD_READ_OUT: (("Zähler ausgelesen", "Meter read out"), _TAKE),
}
"""The outcomes with which a session has gone through."""

REFUSED = {
    events.CARD_OLD_TARIFF: (("Tarif ist veraltet", "Tariff is too old"), _DESK),
    events.CARD_FOREIGN: (("Unbekannte Karte", "Unknown card"), ("Richtig herum?", "Right way round?")),
    events.CARD_BLANK: (("Karte ist leer", "Card is blank"), _DESK),
    events.CARD_DAMAGED: (("Karte nicht lesbar", "Card unreadable"), _AGAIN),
    events.CARD_OTHER_UTILITY: (("Anderes Stadtwerk", "Other utility's card"), _OWN),
    events.CARD_OTHER_METER: (("Anderer Zähler", "Other meter's card"), _OWN),
    events.CARD_FORGED: (("Karte ist ungültig", "Card is not valid"), _DESK),
    events.CARD_NEW_FORMAT: (("Karte ist zu neu", "Card is too new"), _CALL),
    events.CARD_REPLACED: (("Karte wurde ersetzt", "Card was replaced"), ("Neue Karte nehmen", "Use the new card")),
    events.CARD_PSC_LOCKED: (("Karte ist gesperrt", "Card is locked"), _DESK),
    events.CARD_PSC_WRONG: (("Karte passt nicht", "Card does not match"), _DESK),
    events.CARD_PSC_SPARED: (("Karte zu oft falsch", "Card failed before"), _DESK),
    events.CARD_WORN: (("Karte ist abgenutzt", "Card is worn out"), ("Neue Karte holen", "Get a new card")),
    events.CARD_PULLED: (("Karte zu früh heraus", "Card out too early"), _AGAIN),
    events.CARD_REPLAYED: (("Karte ist veraltet", "Card is out of date"), _DESK),
    events.CARD_REFUSED: (("Daten abgelehnt", "Data refused"), _CALL),
    events.CARD_MEMORY: (("Nichts gebucht", "Nothing booked"), _CALL),
}
"""The outcomes with which a card, or a part of what it brought, was refused, or a session broke off."""

_UNKNOWN = (("Kartenfehler", "Card error"), _CALL)


def refused(outcome: int) -> bool:
    """Say whether an outcome is a refusal: the customer has to do something."""
    return outcome not in DONE


def lines(outcome: int, booked: "Limbs | None", balance: "Limbs", language: int) -> "tuple[str, str]":
    """Return the two lines for a session's outcome, with what a credit or a refund came to, and the balance after it.

    A credit that came with a refusal of something else is said all the same.
    """
    if booked and outcome in (events.CARD_CREDIT, events.CARD_COMMAND):
        return line(_BOOKED[language], booked, language), line(_BALANCE[language], balance, language)
    what, then = DONE.get(outcome) or REFUSED.get(outcome) or _UNKNOWN
    first = what[language]
    second = then[language]
    if booked and outcome == events.CARD_REFUND:
        first = line(_REFUNDED[language], booked, language)
    elif booked and outcome in (events.CARD_REFUSED, events.CARD_FORGED):
        second = line(_BOOKED[language], booked, language)
    elif outcome == events.CARD_NO_CREDIT:
        second = line(_BALANCE[language], balance, language)
    return first, second
