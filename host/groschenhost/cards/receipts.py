# SPDX-License-Identifier: Apache-2.0
"""What a clerk hands out, as text of 48 columns and as JSON; and how a payment is expected to split."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from groschenhost.errors import Text, pick
from groschenhost.ledger import shown
from groschenhost.ledger.values import DEBT_CHARGES, Account, Balances
from groschenhost.money import CENT, format_eur, whole_cents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschenhost.cards.station import Issued, Refunded, Returned, ToppedUp, Visit
    from groschenhost.ledger.book import Ledger
    from groschenhost.ledger.models import Meter, Reading
    from groschenhost.ledger.shown import Document

WIDTH: Final = 48

Split = dict[str, int]
"""Micro-euro for `electricity`, `gas`, `water` and `debt`."""
_DIVISIONS: Final[dict[str, tuple[Account, ...]]] = {
    "electricity": (Account.HT, Account.NT, Account.POWER, Account.BASE_ELECTRICITY),
    "gas": (Account.BASE_GAS,),
    "water": (Account.BASE_WATER,),
    "debt": DEBT_CHARGES,
}
_DIVISION_NAMES: Final[dict[str, Text]] = {
    "electricity": ("Strom", "electricity"),
    "gas": ("Gas", "gas"),
    "water": ("Wasser", "water"),
    "debt": ("Rückstand", "debt"),
}
_TITLES: Final[dict[str, Text]] = {
    "topup": ("Quittung: Aufladung", "Receipt: top-up"),
    "issue": ("Quittung: Karte", "Receipt: card"),
    "return": ("Quittung: Kartenrückgabe", "Receipt: card returned"),
    "refund": ("Quittung: Auszahlung", "Receipt: refund"),
    "read": ("Kartenauszug", "Card statement"),
}
_REPEATED: Final[Text] = ("ZWEITSCHRIFT, nichts neu gebucht", "DUPLICATE, nothing booked anew")


def split(ueur: int, readings: Sequence[Reading], debt_ueur: int) -> Split | None:
    """Give how a payment will go to the divisions, by what the meter charged between its last two returns.

    The debt takes no more than is left of it. None where the meter has charged nothing that is known.
    """
    whole = [row for row in readings if row.complete]
    if not whole:
        return None
    weights = _weights(whole[-1], whole[-2] if len(whole) > 1 else None)
    if not sum(weights.values()):
        weights = _weights(whole[-1], None)
    total = sum(weights.values())
    if not total:
        return None
    found = dict.fromkeys(_DIVISIONS, 0)
    found["debt"] = min(whole_cents(ueur * weights.pop("debt") // total), whole_cents(max(debt_ueur, 0)))
    rest, total = ueur - found["debt"], sum(weights.values())
    for name in ("gas", "water"):
        found[name] = rest * weights[name] // total // CENT * CENT if total else 0
    found["electricity"] = rest - found["gas"] - found["water"]
    return found


def _weights(now: Reading, before: Reading | None) -> Split:
    return {
        name: sum(getattr(now, account) - (getattr(before, account) if before else 0) for account in accounts)
        for name, accounts in _DIVISIONS.items()
    }


# -- JSON --------------------------------------------------------------------------------------------------


def topup_document(ledger: Ledger, done: ToppedUp) -> Document:
    """Give a top-up."""
    meter = done.visit.meter
    return {
        **_head("topup", meter, done.visit.card.number, done.repeated),
        "order": shown.order(done.order),
        "amount_ueur": done.order.amount_ueur,
        "total_ueur": done.order.credit_total_ueur,
        "split_ueur": _split(ledger, meter, done.order.amount_ueur),
        "written": list(done.visit.written),
        "reading": _reading(ledger, done.visit),
    }


def issue_document(done: Issued) -> Document:
    """Give a card that was issued or that replaces another."""
    return {**_head("issue", done.meter, done.card.number, done.repeated), "card": shown.card(done.card)}


def return_document(ledger: Ledger, done: Returned) -> Document:
    """Give a card's return."""
    visit, payout = done.visit, done.payout
    return {
        **_head("return", visit.meter, visit.card.number, done.repeated),
        "card": shown.card(visit.card),
        "deposit_ueur": payout.deposit_ueur,
        "refund_ueur": payout.refund_ueur,
        "total_ueur": payout.total_ueur,
        "refund_due_ueur": done.refund_due_ueur,
        "reading": _reading(ledger, visit),
    }


def refund_document(ledger: Ledger, done: Refunded) -> Document:
    """Give a refund that was paid out."""
    visit = done.visit
    return {
        **_head("refund", visit.meter, visit.card.number, done.repeated),
        "refund_ueur": done.payout.refund_ueur,
        "reading": _reading(ledger, visit),
    }


def read_document(ledger: Ledger, visit: Visit) -> Document:
    """Give what a card brought."""
    taken = visit.taken
    return {
        **_head("read", visit.meter, visit.card.number, False),
        "card": shown.card(visit.card),
        "new": bool(taken and taken.new),
        "acknowledged": list(taken.orders) if taken else [],
        "refund_due_ueur": ledger.refund_due(visit.meter),
        "doubtful": list(visit.doubtful),
        "written": list(visit.written),
        "from_life": visit.from_life,
        "reading": _reading(ledger, visit),
    }


def _head(what: str, meter: Meter, card: int, repeated: bool) -> Document:
    return {
        "receipt": what,
        "utility": meter.utility.number,
        "meter": meter.serial,
        "card_number": card,
        "repeated": repeated,
    }


def _reading(ledger: Ledger, visit: Visit) -> Document | None:
    if visit.reading is None:
        return None
    rows = ledger.readings(visit.meter, visit.reading.life)
    found = (row for row in rows if row.exchange == visit.reading.exchange)
    return shown.reading(next(found, None))


def _split(ledger: Ledger, meter: Meter, ueur: int) -> Split | None:
    return split(ueur, ledger.readings(meter), ledger.balances(meter).debt)


# -- text --------------------------------------------------------------------------------------------------

Line = tuple[Text, object]


def topup_text(ledger: Ledger, done: ToppedUp) -> str:
    """Give the receipt of a top-up."""
    order, meter = done.order, done.visit.meter
    lines: list[Line] = [
        (("Betrag", "Amount"), format_eur(order.amount_ueur)),
        (("Auftrag", "Order"), order.number),
        (("Bisher mit Karte", "By card so far"), format_eur(order.credit_total_ueur)),
        *_balance_lines(done.visit),
        *_life_lines(done.visit),
    ]
    parts = _split(ledger, meter, order.amount_ueur)
    if parts:
        lines.append((("Voraussichtlich davon", "Of this, as expected"), ""))
        lines += [
            ((f"  {_DIVISION_NAMES[name][0]}", f"  {_DIVISION_NAMES[name][1]}"), format_eur(ueur))
            for name, ueur in parts.items()
            if ueur
        ]
    foot = pick(
        ("Karte in den Zähler stecken, bis er das Ende anzeigt.", "Put the card into the meter until it is done.")
    )
    return _text(ledger, "topup", meter, done.visit.card.number, done.repeated, order.issued_s, lines, foot)


def issue_text(ledger: Ledger, done: Issued) -> str:
    """Give the receipt of a new card."""
    card = done.card
    kind = {
        "customer": ("Kundenkarte", "customer card"),
        "service": ("Servicekarte", "service card"),
        "readout": ("Auslesekarte", "read-out card"),
    }[card.kind.value]
    lines: list[Line] = [
        (("Art", "Kind"), pick(kind)),
        (("Chip", "Chip"), card.chip),
        (("Pfand", "Deposit"), format_eur(card.deposit_ueur)),
    ]
    return _text(ledger, "issue", done.meter, card.number, done.repeated, card.issued_s, lines)


def return_text(ledger: Ledger, done: Returned) -> str:
    """Give the receipt of a card's return."""
    payout, visit = done.payout, done.visit
    lines: list[Line] = [
        (("Pfand", "Deposit"), format_eur(payout.deposit_ueur)),
        (("Rückbuchung", "Refund"), format_eur(payout.refund_ueur)),
        (("Ausgezahlt", "Paid out"), format_eur(payout.total_ueur)),
        *_balance_lines(visit),
    ]
    if done.refund_due_ueur:
        lines.append((("Noch auszuzahlen", "Still to be paid out"), format_eur(done.refund_due_ueur)))
    foot = pick(
        (
            "Auszahlung mit der gültigen Kundenkarte:\ngroschen card refund (keine da: groschen card issue)",
            "It is paid out with the customer card in use:\ngroschen card refund (none: groschen card issue)",
        )
    )
    at_s = visit.card.closed_s or visit.card.issued_s
    is_due = bool(done.refund_due_ueur)
    return _text(ledger, "return", visit.meter, visit.card.number, done.repeated, at_s, lines, foot if is_due else "")


def refund_text(ledger: Ledger, done: Refunded) -> str:
    """Give the receipt of a refund."""
    visit = done.visit
    lines: list[Line] = [
        (("Ausgezahlt", "Paid out"), format_eur(done.payout.refund_ueur)),
        *_balance_lines(visit),
    ]
    return _text(ledger, "refund", visit.meter, visit.card.number, done.repeated, done.at_s, lines)


def read_text(ledger: Ledger, visit: Visit) -> str:
    """Give what a card brought, and what it has now."""
    card, reading, held = visit.card, visit.reading, ledger.balances(visit.meter)
    lines: list[Line] = [(("Karte ist", "Card is"), pick(_STATES[card.state.value]))]
    lines += _balance_lines(visit)
    if reading is not None:
        lines += [
            (("Betriebsart", "Mode"), reading.mode),
            (("Versorgung", "Supply"), pick(("ein", "on")) if reading.supply_on else pick(("aus", "off"))),
            (("Stand vom", "As of"), instant(reading.at_s)),
            (("Rückgabe Nr.", "Return no."), reading.exchange),
        ]
        if reading.charges is not None:
            lines.append((("Verbraucht, in Geld", "Charged in all"), format_eur(reading.charges.total)))
    if visit.doubtful:
        doubt = pick(("im Zähler gezogen oder gefälscht, nichts gebucht", "pulled in the meter or forged, not booked"))
        lines.append((("Unbewiesen", "Not proven"), f"{', '.join(visit.doubtful)}: {doubt}"))
    lines += _open_lines(held, ledger.refund_due(visit.meter))
    lines += _life_lines(visit)
    if visit.written:
        written = ", ".join(pick(_RECORDS[name]) for name in visit.written)
        lines.append((("Auf die Karte geschrieben", "Written on the card"), written))
    return _text(ledger, "read", visit.meter, card.number, False, None, lines)


_RECORDS: Final[dict[str, Text]] = {
    "order": ("Auftrag", "order"),
    "tariff": ("Tarif", "tariff"),
    "contract": ("Vertragseinstellungen", "contract settings"),
}

_STATES: Final[dict[str, Text]] = {
    "active": ("in Gebrauch", "in use"),
    "blocked": ("gesperrt", "blocked"),
    "returned": ("zurückgegeben", "returned"),
}


def _balance_lines(visit: Visit) -> list[Line]:
    reading = visit.reading
    if reading is None:
        none = pick(("keiner: war noch in keinem Zähler, oder dort gezogen", "none: in no meter yet, or pulled there"))
        return [(("Stand des Zählers", "State of the meter"), none)]
    where, life = ("im Zähler", "in the meter"), visit.from_life or visit.card.life
    if life < visit.meter.life:  # written anew, or handed in or blocked as it was
        where = (f"zuletzt in Leben {life}", f"last in life {life}")
    lines: list[Line] = [((f"Guthaben {where[0]}", f"Balance {where[1]}"), format_eur(reading.balance_ueur))]
    if reading.debt_ueur:
        lines.append(((f"Rückstand {where[0]}", f"Debt {where[1]}"), format_eur(reading.debt_ueur)))
    return lines


def _life_lines(visit: Visit) -> list[Line]:
    if visit.from_life is None:
        return []
    lives = pick(
        (
            f"war von Leben {visit.from_life}, jetzt für Leben {visit.meter.life} neu geschrieben",
            f"was of life {visit.from_life}, now written anew for life {visit.meter.life}",
        )
    )
    return [(("Zählerleben", "Life of the meter"), lives)]


def _open_lines(held: Balances, refund_ueur: int) -> list[Line]:
    lines: list[Line] = []
    if held.issued > held.acknowledged:
        lines.append((("Noch nicht im Zähler", "Not in the meter yet"), format_eur(held.issued - held.acknowledged)))
    if refund_ueur:
        lines.append((("Auszuzahlen", "To be paid out"), format_eur(refund_ueur)))
    return lines


def _text(
    ledger: Ledger,
    what: str,
    meter: Meter,
    card: int,
    repeated: bool,
    at_s: int | None,
    lines: Sequence[Line],
    foot: str = "",
) -> str:
    contract = ledger.contract(meter)
    head: list[Line] = [(("Zähler", "Meter"), meter.serial), (("Karte", "Card"), card)]
    if contract is not None:
        head.append((("Kunde", "Customer"), contract.customer.name))
        head.append((("Vertragskonto", "Contract account"), contract.account))
    if at_s is not None:
        head.append((("Zeit", "Time"), instant(at_s)))
    out = [meter.utility.name, pick(_TITLES[what]), *([pick(_REPEATED)] if repeated else []), "-" * WIDTH]
    out += [_line(*line) for line in [*head, *lines]]
    out.append("-" * WIDTH)
    if foot:
        out.append(foot)
    return "\n".join(out)


def _line(label: Text, value: object) -> str:
    name = pick(label) + ":"
    return (
        f"{name}{str(value).rjust(WIDTH - len(name)) if len(name) + len(str(value)) < WIDTH else f' {value}'}".rstrip()
    )


def instant(at_s: int) -> str:
    """Give an instant in the legal time of Germany; in UTC, and saying so, on a machine without time zones."""
    zone: tzinfo
    try:
        zone, name = ZoneInfo("Europe/Berlin"), ""
    except ZoneInfoNotFoundError:
        zone, name = UTC, " UTC"
    return datetime.fromtimestamp(at_s, zone).strftime(pick(("%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M"))) + name
