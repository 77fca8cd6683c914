# SPDX-License-Identifier: Apache-2.0
"""What came of a card's insertion, for people and as JSON; and what to do where the card was refused."""

import json

from groschen.core.canvas import WIDTH
from groschensim.insert import Insertion
from groschensim.language import Text, pick
from groschensim.report.localtime import LocalTime
from groschensim.report.numbers import eur
from groschensim.result import iso

OUTCOMES: dict[str, Text] = {
    "": ("die Karte brachte nichts Neues", "the card brought nothing new"),
    "credit": ("Guthaben gebucht", "credit booked"),
    "debt": ("Schuld eingetragen", "debt entered"),
    "tariff": ("neuer Tarif", "new tariff"),
    "contract": ("neue Vertragsdaten", "new contract settings"),
    "refund": ("Guthaben erstattet; ausgezahlt wird es an der Kasse", "balance refunded; the cash desk pays it out"),
    "no_credit": ("kein neues Guthaben auf der Karte", "no new credit on the card"),
    "command": ("Auftrag ausgeführt", "command carried out"),
    "read_out": ("Zähler ausgelesen", "meter read out"),
    "old_tariff": (
        "der Tarif auf der Karte ist älter als der des Zählers; an der Kasse den geltenden aufladen lassen",
        "the card's tariff is older than the meter's; have the current one written at the cash desk",
    ),
    "foreign": (
        "der Zähler kennt diesen Chip nicht; eine Karte des Versorgers einstecken",
        "the meter does not know this chip; insert a card of the utility",
    ),
    "blank": (
        "die Karte ist unbeschrieben; an der Kasse ausstellen lassen",
        "nothing is written on the card; have it issued at the cash desk",
    ),
    "damaged": (
        "die Karte ist nicht lesbar; noch einmal einstecken, und hilft das nicht, an der Kasse ersetzen lassen",
        "the card cannot be read; insert it again, and where that does not help have it replaced at the cash desk",
    ),
    "other_utility": (
        "die Karte gehört zu einem anderen Versorger; die eigene nehmen",
        "the card is another utility's; use the right one",
    ),
    "other_meter": (
        "die Karte gehört zu einem anderen Zähler; die eigene nehmen",
        "the card is another meter's; use the right one",
    ),
    "forged": (
        "nicht alles auf der Karte ist mit dem Schlüssel dieses Zählers gemacht; an der Kasse prüfen lassen",
        "not all on the card was made with this meter's key; have it checked at the cash desk",
    ),
    "new_format": (
        "die Karte hat ein neueres Format, als der Zähler kennt; der Zähler braucht eine neue Firmware",
        "the card has a newer format than the meter knows; the meter needs a new firmware",
    ),
    "replaced": (
        "eine neuere Kundenkarte war schon im Zähler; die neuere nehmen",
        "a newer customer card was in the meter already; use that one",
    ),
    "psc_locked": (
        "die Karte hat keinen Versuch für ihren Code mehr; an der Kasse ersetzen lassen",
        "the card has no try for its code left; have it replaced at the cash desk",
    ),
    "psc_wrong": (
        "die Karte nimmt ihren Code nicht an, sie kann eine Kopie sein; an der Kasse prüfen lassen",
        "the card does not accept its code, it may be a copy; have it checked at the cash desk",
    ),
    "psc_spared": (
        "der Code wird nicht noch einmal probiert, damit die Karte nicht gesperrt wird; an der Kasse prüfen lassen",
        "the code is not tried again, so that the card is not locked; have it checked at the cash desk",
    ),
    "worn": (
        "die Karte behält nicht, was geschrieben wird; was sie brachte, gilt; an der Kasse ersetzen lassen",
        "the card does not keep what is written; what it brought holds; have it replaced at the cash desk",
    ),
    "pulled": (
        "die Karte wurde zu früh gezogen; noch einmal einstecken, nichts geht verloren und nichts wird doppelt gebucht",
        "the card was pulled too early; insert it again, nothing is lost and nothing is booked twice",
    ),
    "replayed": (
        "auf der Karte steht ein alter Stand, der schon gebucht ist; an der Kasse prüfen lassen",
        "the card holds an old state that is booked already; have it checked at the cash desk",
    ),
    "refused": (
        "der Zähler kann nicht, was auf der Karte steht; sie an der Kasse neu schreiben lassen",
        "the meter cannot do what the card says; have it written anew at the cash desk",
    ),
    "earlier_life": (
        "die Karte ist von einem früheren Leben des Zählers, dessen Speicher neu ist; die Kasse schreibt sie neu",
        "the card is of an earlier life of the meter, whose memory is new; the cash desk writes it anew",
    ),
    "memory": (
        "der Speicher des Zählers nimmt nichts an, nichts ist gebucht; den Zähler tauschen",
        "the meter's memory takes nothing, nothing is booked; replace the meter",
    ),
    "clock_refused": (
        (
            "die Uhr ist nicht gestellt: zu weit, zu bald nach dem letzten Mal, oder sie antwortet nicht; an der Kasse "
            "eine Korrektur ausstellen lassen"
        ),
        (
            "the clock is not set: too far, too soon after the last time, or it does not answer; have a correction "
            "issued at the cash desk"
        ),
    ),
}
"""What an outcome means, and after a refusal what to do; a test holds it to the firmware's outcomes."""

_CAUSES: dict[str, Text] = {
    "none": ("", ""),
    "credit": (" (kein Guthaben)", " (no credit)"),
    "locked": (" (gesperrt)", " (locked)"),
}


def as_json(done: Insertion) -> str:
    """Return all of it as JSON in one line; amounts in micro-euro."""
    return json.dumps(
        {
            "meter": done.serial,
            "at": iso(done.at_s),
            "chip": done.chip,
            "outcome": done.outcome or None,
            "accepted": done.accepted,
            "display": {"de": done.german, "en": done.english},
            "booked_ueur": {"credit": done.credit, "debt": done.debt, "refund": done.refund},
            "balance_ueur": {"before": done.balance_before, "after": done.balance},
            "debt_ueur": done.owed,
            "mode": done.mode,
            "supply": {"on": done.supply_on, "offered": done.offered, "cause": done.cause},
            "events": done.events,
            "took": done.took,
            "milliseconds": done.milliseconds,
        },
        ensure_ascii=False,
    )


def as_text(done: Insertion) -> str:
    """Return the display as the customer sees it, and below what happened."""
    shown = pick(("de", "en")) == "en"
    edge = "─" * (WIDTH + 2)
    lines = [f"│ {text:{WIDTH}} │" for text in (done.english if shown else done.german)]
    fields = [(label, value) for label, value in _fields(done) if value]
    width = max(len(label) for label, _ in fields)
    return "\n".join([f"┌{edge}┐", *lines, f"└{edge}┘", *(f"{label:{width}}  {value}" for label, value in fields)])


def advice(done: Insertion) -> str:
    """Return why a card was refused, and what to do."""
    return pick(OUTCOMES[done.outcome])


def _fields(done: Insertion) -> list[tuple[str, str]]:
    took = f"{done.took} " + (pick(("Takte", "clocks")) if done.chip == "SLE 4428" else pick(("Bytes", "bytes")))
    return [
        (pick(("Zähler", "Meter")), f"{done.serial}, {LocalTime(done.zone).text(done.at_s)}"),
        (pick(("Karte", "Card")), f"{done.chip}, {took}, {done.milliseconds} ms"),
        (pick(("Ergebnis", "Outcome")), (f"{done.outcome}: " if done.outcome else "") + _meaning(done)),
        (pick(("Gutgeschrieben", "Credited")), _amount(done.credit)),
        (pick(("Erstattet", "Refunded")), _amount(done.refund)),
        (pick(("Neue Schuld", "New debt")), _amount(done.debt)),
        (pick(("Guthaben", "Balance")), f"{eur(done.balance_before)} -> {eur(done.balance)}"),
        (pick(("Schulden", "Debt")), _amount(done.owed)),
        (pick(("Versorgung", "Supply")), f"{_supply(done)}, {done.mode}"),
    ]


def _meaning(done: Insertion) -> str:
    text = pick(OUTCOMES[done.outcome])
    return text if done.accepted else text.split(";")[0]  # what to do is said where errors are


def _amount(ueur: int) -> str:
    return eur(ueur) if ueur else ""


def _supply(done: Insertion) -> str:
    if done.supply_on:
        return pick(("ein", "on"))
    if done.offered:
        return pick(("aus, wartet auf die Taste", "off, waits for the key"))
    return pick(("aus", "off")) + pick(_CAUSES[done.cause])
