# SPDX-License-Identifier: Apache-2.0
"""Cards and their deposit: issued, blocked, replaced, returned. In every function the meter is locked.

A deposit stays with its card until that card is back at the desk: a lost one that turns up is still worth it.
"""

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from groschenhost.errors import InputError
from groschenhost.ledger import orders, requests
from groschenhost.ledger.errors import NotFoundError, StateError
from groschenhost.ledger.journal import Desk, balance, book
from groschenhost.ledger.models import Card, Entry, Line, Meter, Request
from groschenhost.ledger.values import Account, CardKind, CardState, EntryKind, Payout
from groschenhost.money import DEPOSIT_UEUR, whole_cents

MOST_CARDS: Final = 65_535


def issue(session: Session, desk: Desk, meter: Meter, kind: CardKind, chip: str, request: str) -> Card:
    """Issues a card once for a request's key; a customer's takes the deposit. One active customer card a meter."""
    asked = f"card {kind.value} {chip}"
    known = requests.done(session, meter, request, asked)
    if known is not None:
        return session.get_one(Card, known)
    if kind is CardKind.CUSTOMER:
        held = active(session, meter)
        if held is not None:
            raise StateError(
                (
                    f"Zähler {meter.serial} hat schon Kundenkarte {held.number}; eine andere: groschen card replace",
                    f"Meter {meter.serial} has customer card {held.number}; another comes by: groschen card replace",
                )
            )
    card = _add(session, desk, meter, kind, chip)
    if kind is CardKind.CUSTOMER:
        _take_deposit(session, desk, meter, card)
    requests.note(session, meter, request, asked, card.id)
    return card


def _add(session: Session, desk: Desk, meter: Meter, kind: CardKind, chip: str, replaces: Card | None = None) -> Card:
    highest = session.scalar(select(func.max(Card.number)).where(Card.meter_id == meter.id)) or 0
    if highest >= MOST_CARDS:
        raise StateError((f"Zähler {meter.serial} hatte schon 65535 Karten", f"Meter {meter.serial} had 65535 cards"))
    if not 1 <= len(chip) <= 16:
        raise InputError((f"{chip!r} ist kein Chip", f"{chip!r} is no chip"))
    card = Card(
        meter_id=meter.id,
        life=meter.life,
        number=highest + 1,
        kind=kind,
        chip=chip,
        state=CardState.ACTIVE,
        deposit_ueur=0,
        replaces_id=replaces.id if replaces else None,
        issued_s=desk.now_s,
    )
    session.add(card)
    session.flush()
    return card


def _take_deposit(session: Session, desk: Desk, meter: Meter, card: Card) -> None:
    card.deposit_ueur = DEPOSIT_UEUR
    lines = {Account.CASH: DEPOSIT_UEUR, Account.DEPOSIT: -DEPOSIT_UEUR}
    book(session, desk, meter, EntryKind.DEPOSIT, f"card:{card.id}:deposit", lines)


def active(session: Session, meter: Meter) -> Card | None:
    """Gives the meter's active customer card, or None."""
    query = select(Card).where(
        Card.meter_id == meter.id, Card.kind == CardKind.CUSTOMER, Card.state == CardState.ACTIVE
    )
    return session.scalar(query.order_by(Card.number.desc()).limit(1))


def card(session: Session, meter: Meter, number: int) -> Card:
    """Gives a card by its number."""
    found = session.scalar(select(Card).where(Card.meter_id == meter.id, Card.number == number))
    if found is None:
        raise NotFoundError(
            (
                f"Zähler {meter.serial} hat keine Karte {number}; er hat: groschen meter show {meter.serial}",
                f"Meter {meter.serial} has no card {number}; it has: groschen meter show {meter.serial}",
            )
        )
    return found


def unfinished(session: Session, meter: Meter, kind: CardKind) -> Card | None:
    """Gives the newest active card of a kind that was never wholly written, or None: its number is to be used up."""
    query = select(Card).where(
        Card.meter_id == meter.id, Card.kind == kind, Card.state == CardState.ACTIVE, Card.written_s.is_(None)
    )
    return session.scalar(query.order_by(Card.number.desc()).limit(1))


def of_request(session: Session, meter: Meter, request: str) -> Card | None:
    """Gives the card that came of a request's key to issue or replace one, or None."""
    found = session.get(Request, (meter.utility_id, request))
    if found is None or not found.asked.startswith((f"{meter.serial}: card ", f"{meter.serial}: replace ")):
        return None
    return session.get_one(Card, found.result_id)


def renew(session: Session, meter: Meter, held: Card) -> Card:
    """Notes, before the first byte is written, that a card is written anew for the meter's present life."""
    if held.life != meter.life:
        held.life = meter.life
        held.written_s = None
        session.flush()
    return held


def finish(session: Session, desk: Desk, held: Card) -> Card:
    """Notes that a card was written wholly and read back."""
    held.written_s = held.written_s or desk.now_s
    session.flush()
    return held


def cards(session: Session, meter: Meter) -> list[Card]:
    """Lists a meter's cards by number."""
    return list(session.scalars(select(Card).where(Card.meter_id == meter.id).order_by(Card.number)))


def block(session: Session, desk: Desk, meter: Meter, held: Card) -> Card:
    """Blocks a card, and takes back what only it holds; one that is blocked stays so."""
    if held.state is CardState.RETURNED:
        raise _is_back(held)
    if held.state is CardState.ACTIVE:
        held.state = CardState.BLOCKED
        held.closed_s = desk.now_s
        orders.take_back(session, meter, held)
    session.flush()
    return held


def replace(session: Session, desk: Desk, meter: Meter, old: Card, chip: str, request: str, handed_in: bool) -> Card:
    """Gives another card for one that is lost (blocked, a new deposit taken) or handed in (its deposit goes over)."""
    asked = f"replace {old.number} {chip} {handed_in}"
    known = requests.done(session, meter, request, asked)
    if known is not None:
        return session.get_one(Card, known)
    held = active(session, meter) if old.kind is CardKind.CUSTOMER else None
    if old.state is CardState.RETURNED or (held is not None and held.id != old.id):
        raise StateError(
            (f"Karte {old.number} ist schon ersetzt oder zurück", f"Card {old.number} is replaced or returned already")
        )
    block(session, desk, meter, old)
    new = _add(session, desk, meter, old.kind, chip, old)
    if handed_in:
        new.deposit_ueur, old.deposit_ueur = old.deposit_ueur, 0
        old.state = CardState.RETURNED
    elif old.kind is CardKind.CUSTOMER:
        _take_deposit(session, desk, meter, new)
    requests.note(session, meter, request, asked, new.id)
    return new


def give_back(session: Session, desk: Desk, meter: Meter, held: Card, request: str) -> Payout:
    """Takes a card back and pays out its deposit and what the meter has refunded; once for a request's key."""
    asked = f"return {held.number}"
    known = requests.done(session, meter, request, asked)
    if known is not None:
        return _paid(session, known)
    if held.state is CardState.RETURNED:
        raise _is_back(held)
    block(session, desk, meter, held)
    deposit, held.deposit_ueur = held.deposit_ueur, 0
    held.state = CardState.RETURNED
    refund = refund_due(session, meter) if held.kind is CardKind.CUSTOMER else 0
    entry = _pay(session, desk, meter, f"card:{held.id}:return", deposit, refund)
    requests.note(session, meter, request, asked, entry.id if entry else 0)
    return Payout(deposit, refund)


def pay_refund(session: Session, desk: Desk, meter: Meter, request: str) -> Payout:
    """Pays out what the meter has refunded, the card staying with the customer; once for a request's key."""
    known = requests.done(session, meter, request, "refund")
    if known is not None:
        return _paid(session, known)
    refund = refund_due(session, meter)
    number = session.scalar(select(func.count()).select_from(Entry).where(Entry.meter_id == meter.id))
    entry = _pay(session, desk, meter, f"refund:{meter.id}:{number}", 0, refund)
    requests.note(session, meter, request, "refund", entry.id if entry else 0)
    return Payout(0, refund)


def refund_due(session: Session, meter: Meter) -> int:
    """Gives what the meter has refunded and nobody has paid out, in whole cents; the rest of a cent waits."""
    return whole_cents(-balance(session, Account.REFUND, meter))


def _pay(session: Session, desk: Desk, meter: Meter, reference: str, deposit: int, refund: int) -> Entry | None:
    lines = {Account.DEPOSIT: deposit, Account.REFUND: refund, Account.CASH: -(deposit + refund)}
    return book(session, desk, meter, EntryKind.PAYOUT, reference, lines)


def _paid(session: Session, entry_id: int) -> Payout:
    query = select(Line.account, Line.amount_ueur).where(Line.entry_id == entry_id)
    paid = {row.account: row.amount_ueur for row in session.execute(query)}
    return Payout(paid.get(Account.DEPOSIT, 0), paid.get(Account.REFUND, 0))


def _is_back(held: Card) -> StateError:
    return StateError((f"Karte {held.number} ist schon zurück", f"Card {held.number} has been returned already"))
