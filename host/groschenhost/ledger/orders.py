# SPDX-License-Identifier: Apache-2.0
"""Credits, debts and commands by card. In every function the meter is locked, so that numbers and totals rise in turn.

All are those of the meter's present life, unless another is named: there totals begin at zero, and numbers go on.
ISSUED --write begins--> UNKNOWN --read back--> WRITTEN --a reading says so--> ACKNOWLEDGED; that one at any time.
A card has room for one command: one that a later one overtakes on its way is SUPERSEDED once the meter did the later.
"""

from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from groschenhost.errors import InputError
from groschenhost.ledger import lives, requests
from groschenhost.ledger.errors import StateError
from groschenhost.ledger.journal import Desk, book
from groschenhost.ledger.models import Card, Meter, Order
from groschenhost.ledger.values import (
    PENDING,
    UNFINISHED,
    Account,
    CardKind,
    CardOrder,
    EntryKind,
    OrderKind,
    OrderNumbers,
    OrderState,
)
from groschenhost.money import EUR, MOST_EUR, format_eur

MOST_TOTAL_UEUR: Final = (1 << 63) - 1
"""What the card's totals can hold."""
CARRIED: Final[dict[CardKind, tuple[OrderKind, ...]]] = {
    CardKind.CUSTOMER: (OrderKind.CREDIT, OrderKind.DEBT),
    CardKind.SERVICE: (OrderKind.DEBT, OrderKind.COMMAND),
    CardKind.READOUT: (),
}
"""Which orders a card of each kind carries to the meter."""
_UNPROVEN: Final = (*PENDING, OrderState.SUPERSEDED)
"""What a reading may settle: also a command that is proven done, late, after it was believed overtaken."""


def issue(session: Session, desk: Desk, meter: Meter, kind: OrderKind, ueur: int, request: str) -> Order:
    """Issues a credit or a debt once for a request's key, and books it."""
    if not 0 < ueur <= MOST_EUR * EUR:
        raise InputError(
            (
                f"{format_eur(ueur)}: ein Betrag über 0 und bis {format_eur(MOST_EUR * EUR)} ist möglich",
                f"{format_eur(ueur)}: the amount must be above 0 and up to {format_eur(MOST_EUR * EUR)}",
            )
        )
    asked = f"{kind.value} {ueur}"
    known = requests.done(session, meter, request, asked)
    if known is not None:
        return known_order(session, meter, known)
    order = append(session, desk, meter, kind, ueur)
    if kind is OrderKind.CREDIT:
        lines = {Account.CASH: ueur, Account.PREPAYMENT: -ueur}
        book(session, desk, meter, EntryKind.TOPUP, f"order:{order.id}", lines)
    else:
        lines = {Account.DEBT: ueur, Account.COLLECTION: -ueur}
        book(session, desk, meter, EntryKind.DEBT, f"order:{order.id}", lines)
    requests.note(session, meter, request, asked, order.id)
    return order


def command(session: Session, desk: Desk, meter: Meter, word: str, argument: int, request: str) -> Order:
    """Issues a command once for a request's key."""
    asked = f"command {word} {argument}"
    known = requests.done(session, meter, request, asked)
    if known is not None:
        return known_order(session, meter, known)
    order = append(session, desk, meter, OrderKind.COMMAND, 0, word, argument)
    requests.note(session, meter, request, asked, order.id)
    return order


def known_order(session: Session, meter: Meter, number: int) -> Order:
    """Gives the order that came of a request, by its row; StateError where it is of an earlier life."""
    order = session.get_one(Order, number)
    lives.check(meter, order)
    return order


def append(
    session: Session, desk: Desk, meter: Meter, kind: OrderKind, ueur: int, word: str | None = None, argument: int = 0
) -> Order:
    """Appends an order of the next number, which nobody has booked yet."""
    last = newest(session, meter)
    highest = session.scalar(select(func.max(Order.number)).where(Order.meter_id == meter.id)) or 0
    order = Order(
        meter_id=meter.id,
        life=meter.life,
        number=highest + 1,
        kind=kind,
        amount_ueur=ueur,
        command=word,
        argument=argument,
        credit_total_ueur=(last.credit_total_ueur if last else 0) + (ueur if kind is OrderKind.CREDIT else 0),
        debt_total_ueur=(last.debt_total_ueur if last else 0) + (ueur if kind is OrderKind.DEBT else 0),
        state=OrderState.ISSUED,
        issued_s=desk.now_s,
    )
    session.add(order)
    session.flush()
    return order


def newest(session: Session, meter: Meter) -> Order | None:
    """Gives the order of the highest number, or None."""
    return session.scalar(select(Order).where(lives.of(Order, meter)).order_by(Order.number.desc()).limit(1))


def orders(session: Session, meter: Meter, life: int | None = None) -> list[Order]:
    """Lists a meter's orders by number."""
    return list(session.scalars(select(Order).where(lives.of(Order, meter, life)).order_by(Order.number)))


def undelivered(session: Session, meter: Meter) -> list[Order]:
    """Lists the credits and debts of earlier lives that no proof has settled: they went with them."""
    query = select(Order).where(
        Order.meter_id == meter.id,
        Order.life < select(Meter.life).where(Meter.id == meter.id).scalar_subquery(),
        Order.kind != OrderKind.COMMAND,
        Order.state.in_(PENDING),
    )
    return list(session.scalars(query.order_by(Order.number)))


def unfinished(session: Session, meter: Meter) -> Order | None:
    """Gives the newest order that is not known to be on a card: the next insertion at the station settles it."""
    query = select(Order).where(lives.of(Order, meter), Order.state.in_(UNFINISHED))
    return session.scalar(query.order_by(Order.number.desc()).limit(1))


def for_card(session: Session, meter: Meter) -> CardOrder:
    """Gives what the order record of the meter's cards must say now."""
    last = newest(session, meter)
    if last is None:
        return CardOrder(0, 0, 0)
    credit, debt = (_newest_of(session, meter, kind) for kind in (OrderKind.CREDIT, OrderKind.DEBT))
    pending = _newest_of(session, meter, OrderKind.COMMAND, pending=True)
    return CardOrder(
        last.number,
        last.credit_total_ueur,
        last.debt_total_ueur,
        pending.command if pending else None,
        pending.argument if pending else 0,
        pending.number if pending else 0,
        credit.number if credit else 0,
        credit.amount_ueur if credit else 0,
        debt.number if debt else 0,
    )


def _newest_of(session: Session, meter: Meter, kind: OrderKind, pending: bool = False) -> Order | None:
    query = select(Order).where(lives.of(Order, meter), Order.kind == kind)
    if pending:
        query = query.where(Order.state.in_(PENDING))
    return session.scalar(query.order_by(Order.number.desc()).limit(1))


def move(session: Session, meter: Meter, number: int, state: OrderState, card: Card | None) -> None:
    """Puts the orders up to a number into UNKNOWN or WRITTEN: a card has the totals, so all of the kinds it carries."""
    if session.scalar(select(Order.id).where(lives.of(Order, meter), Order.number == number)) is None:
        raise StateError(
            (f"Auftrag {number} gibt es am Zähler {meter.serial} nicht", f"Meter {meter.serial} has no order {number}")
        )
    # A write that began anew leaves alone what another card is known to hold.
    before = PENDING if state is OrderState.WRITTEN else UNFINISHED
    values: dict[str, object] = {"state": state}
    if card is not None:
        values["card_id"] = card.id
    session.execute(
        update(Order)
        .where(
            lives.of(Order, meter),
            Order.number <= number,
            Order.state.in_(before),
            Order.kind.in_(CARRIED[card.kind] if card is not None else tuple(OrderKind)),
        )
        .values(values)
        .execution_options(synchronize_session="fetch")
    )


def take_back(session: Session, meter: Meter, card: Card) -> None:
    """Puts the orders that only a given card holds back to ISSUED: that card is gone."""
    session.execute(
        update(Order)
        .where(Order.meter_id == meter.id, Order.card_id == card.id, Order.state.in_(PENDING))
        .values(state=OrderState.ISSUED, card_id=None)
        .execution_options(synchronize_session="fetch")
    )


def acknowledge(
    session: Session, desk: Desk, meter: Meter, life: int, number: int, numbers: OrderNumbers | None = None
) -> tuple[int, ...]:
    """Settles a life's orders up to the highest number that the meter has, by kind where that is known; gives theirs.

    Totals include what came before; a command does not: of those, the meter did the newest alone.
    """
    query = select(Order).where(lives.of(Order, meter, life), Order.state.in_(_UNPROVEN)).order_by(Order.number)
    found = [
        order for order in session.scalars(query) if order.number <= (numbers.of(order.kind) if numbers else number)
    ]
    done = numbers.command if numbers else _newest_command(session, meter, life, number)
    for order in found:
        overtaken = order.kind is OrderKind.COMMAND and order.number != done
        order.state = OrderState.SUPERSEDED if overtaken else OrderState.ACKNOWLEDGED
        order.settled_s = desk.now_s
    session.flush()
    return tuple(order.number for order in found if order.state is OrderState.ACKNOWLEDGED)


def _newest_command(session: Session, meter: Meter, life: int, number: int) -> int:
    query = select(func.max(Order.number)).where(lives.of(Order, meter, life), Order.kind == OrderKind.COMMAND)
    return session.scalar(query.where(Order.number <= number)) or 0
