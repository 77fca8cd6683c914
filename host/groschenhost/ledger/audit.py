# SPDX-License-Identifier: Apache-2.0
"""What contradicts itself in a ledger that somebody altered past the program: sales and bookings, totals, deposits.

Triggers refuse changes; who owns the file can take them away. What is altered then must agree in several tables.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from groschenhost.errors import Text
from groschenhost.ledger.clock import CHARGE_FROM_NOW
from groschenhost.ledger.models import Card, Entry, Line, Meter, Order, Reading, Tan, Token
from groschenhost.ledger.values import CHARGES, Account, EntryKind, OrderKind, TanState
from groschenhost.money import EUR

_GUARDED: Final = ("entries", "lines", "orders", "tans", "lives", "flashings", "port_readings", "confirmations")
_GUARDS: Final = frozenset(f"{table}_no_{name}" for table in _GUARDED for name in ("update", "delete", "replace"))
_SALES: Final = (EntryKind.TOPUP, EntryKind.DEBT, EntryKind.TAN, EntryKind.CORRECTION)

Sale = tuple[int, EntryKind, dict[str, int]]
"""The meter, the kind and the lines that a booking must have."""


def findings(session: Session) -> list[Text]:
    """Says each contradiction; in order, an empty list."""
    serials = {row.id: row.serial for row in session.execute(select(Meter.id, Meter.serial))}
    checks = (_file(session), _orders(session, serials), _replaced(session, serials), _sales(session, serials))
    more = (_deposits(session, serials), _readings(session, serials))
    return [found for check in (*checks, *more) for found in check]


def _at(serials: dict[int, str], meter: int, german: str, english: str) -> Text:
    serial = serials.get(meter, f"#{meter}")
    return f"Zähler {serial}: {german}", f"Meter {serial}: {english}"


def _file(session: Session) -> Iterator[Text]:
    """Checks SQLite's file, and that the triggers are there."""
    if session.get_bind().dialect.name != "sqlite":
        return
    for row in session.execute(text("PRAGMA integrity_check")):
        if row[0] != "ok":
            yield f"Datei beschädigt: {row[0]}", f"file damaged: {row[0]}"
    for row in session.execute(text("PRAGMA foreign_key_check")):
        yield f"{row[0]}, Zeile {row[1]}: {row[2]} dazu fehlt", f"{row[0]}, row {row[1]}: its {row[2]} is missing"
    there = set(session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")))
    for name in sorted(_GUARDS - there):
        yield f"Trigger {name} fehlt", f"trigger {name} is missing"


def _orders(session: Session, serials: dict[int, str]) -> Iterator[Text]:
    """Checks that orders are numbered without a gap, and that each total is its life's before and the amount."""
    meter, life, number, credit, debt = 0, 0, 0, 0, 0
    for order in session.scalars(select(Order).order_by(Order.meter_id, Order.number)):
        if order.meter_id != meter:
            meter, life, number = order.meter_id, 0, 0
        if order.life < life:
            yield _at(
                serials,
                meter,
                f"Auftrag {order.number} ist von einem früheren Leben als der davor",
                f"order {order.number} is of an earlier life than the one before",
            )
        if order.life != life:
            life, credit, debt = order.life, 0, 0
        credit += order.amount_ueur if order.kind is OrderKind.CREDIT else 0
        debt += order.amount_ueur if order.kind is OrderKind.DEBT else 0
        if order.number != number + 1:
            yield _at(
                serials, meter, f"vor Auftrag {order.number} fehlt einer", f"before order {order.number} one is missing"
            )
        if (order.credit_total_ueur, order.debt_total_ueur) != (credit, debt):
            yield _at(
                serials,
                meter,
                f"Auftrag {order.number}: die Summe ist nicht die vorige und der Betrag",
                f"order {order.number}: its total is not the one before and the amount",
            )
        number, credit, debt = order.number, order.credit_total_ueur, order.debt_total_ueur


def _replaced(session: Session, serials: dict[int, str]) -> Iterator[Text]:
    """Checks that each TAN given for a dead one, which nobody paid, is of the same amount."""
    tans = {(tan.meter_id, tan.life, tan.counter): tan for tan in session.scalars(select(Tan))}
    for (meter, life, counter), tan in tans.items():
        new = tans.get((meter, life, tan.replaced_by)) if tan.replaced_by is not None else None
        # One that was used after all is an alarm of its own, and keeps what replaced it.
        if (tan.state is TanState.REPLACED and new is None) or (new is not None and new.eur != tan.eur):
            yield _at(
                serials, meter, f"TAN Nr. {counter}: der Ersatz passt nicht", f"TAN no. {counter}: replacement is wrong"
            )


def _sold(session: Session) -> dict[str, Sale]:
    """Gives what must be booked of orders, TANs and tokens, by reference."""
    found: dict[str, Sale] = {}
    # A correction that charges from now on is followed by the credit that refunds what was charged too early.
    anew = select(Order).where(Order.kind == OrderKind.COMMAND, Order.command == CHARGE_FROM_NOW)
    refunds = {(order.meter_id, order.number + 1) for order in session.scalars(anew)}
    for order in session.scalars(select(Order).where(Order.kind != OrderKind.COMMAND)):
        sale, debit, credit = EntryKind.DEBT, Account.DEBT, Account.COLLECTION
        if order.kind is OrderKind.CREDIT:
            sale, debit, credit = EntryKind.TOPUP, Account.CASH, Account.PREPAYMENT
            if (order.meter_id, order.number) in refunds:
                sale, debit = EntryKind.CORRECTION, Account.CORRECTION
        lines = {debit.value: order.amount_ueur, credit.value: -order.amount_ueur}
        found[f"order:{order.id}"] = order.meter_id, sale, lines
    all_tans = list(session.scalars(select(Tan)))
    given = {(tan.meter_id, tan.life, tan.replaced_by) for tan in all_tans if tan.replaced_by is not None}
    tans = [tan for tan in all_tans if (tan.meter_id, tan.life, tan.counter) not in given]
    paid = [(f"tan:{tan.id}", tan.meter_id, tan.eur) for tan in tans]
    paid += [(f"token:{token.id}", token.meter_id, token.eur) for token in session.scalars(select(Token))]
    for reference, meter, eur in paid:
        lines = {Account.CASH.value: eur * EUR, Account.PREPAYMENT.value: -eur * EUR}
        found[reference] = meter, EntryKind.TAN, lines
    return found


def _sales(session: Session, serials: dict[int, str]) -> Iterator[Text]:
    """Checks that each sale is booked as it is, and that nothing is booked as sold that was not."""
    booked: dict[str, dict[str, int]] = defaultdict(dict)
    heads: dict[str, tuple[int | None, EntryKind]] = {}
    for entry in session.scalars(select(Entry).where(Entry.kind.in_(_SALES)).order_by(Entry.id)):
        heads[entry.reference] = entry.meter_id, entry.kind
        sums = booked[entry.reference]
        for line in entry.lines:
            if line.meter_id == entry.meter_id:
                sums[line.account] = sums.get(line.account, 0) + line.amount_ueur
    sold = _sold(session)
    for reference, (meter, kind, lines) in sold.items():
        if heads.get(reference) != (meter, kind) or booked[reference] != lines:
            yield _at(
                serials, meter, f"{reference} ist nicht gebucht wie verkauft", f"{reference} is not booked as sold"
            )
    for reference in heads.keys() - sold.keys():
        meter = heads[reference][0] or 0
        yield _at(
            serials, meter, f"{reference} ist gebucht, aber nicht verkauft", f"{reference} is booked, but not sold"
        )


def _deposits(session: Session, serials: dict[int, str]) -> Iterator[Text]:
    """Checks that what is held for a card, and those it replaced, is what was taken for them less what was paid out."""
    first: dict[int, int] = {}
    held: dict[int, int] = defaultdict(int)
    meters: dict[int, int] = {}
    numbers: dict[int, int] = {}
    for card in session.scalars(select(Card).order_by(Card.id)):
        # A card is made after the one it replaces, which hands its deposit on.
        root = first[card.id] = first.get(card.replaces_id or card.id, card.id)
        held[root] += card.deposit_ueur
        meters[root], numbers[root] = card.meter_id, card.number
    query = select(Entry.reference, Line.meter_id, Line.amount_ueur).join(Line, Line.entry_id == Entry.id)
    lost: dict[int, int] = defaultdict(int)
    for reference, meter, ueur in session.execute(query.where(Line.account == Account.DEPOSIT.value)):
        word, _, rest = reference.partition(":")
        number = rest.partition(":")[0]
        root = first.get(int(number), 0) if word == "card" and number.isdecimal() else 0
        if root and meters[root] == meter:
            held[root] += ueur
        else:
            lost[meter] += ueur
    for root, left in held.items():
        if left:
            last = numbers[root]
            yield _at(serials, meters[root], f"Pfand der Karte {last} stimmt nicht", f"deposit of card {last} is wrong")
    for meter in lost:
        yield _at(serials, meter, "Pfand ist für keine Karte gebucht", "deposit is booked for no card")


def _readings(session: Session, serials: dict[int, str]) -> Iterator[Text]:
    """Checks that the accounts hold what the newest booked return of each life says, and its highest refund."""
    charged: dict[tuple[int, str], int] = defaultdict(int)
    sums = select(Line.meter_id, Line.account, func.sum(Line.amount_ueur)).group_by(Line.meter_id, Line.account)
    for meter, account, ueur in session.execute(sums):
        charged[meter, account] = -int(ueur)
    refunded: dict[int, int] = defaultdict(int)
    rises = select(Line.meter_id, func.sum(Line.amount_ueur)).where(Line.account == Account.REFUND.value)
    for meter, ueur in session.execute(rises.where(Line.amount_ueur < 0).group_by(Line.meter_id)):
        refunded[meter] = -int(ueur)
    said: dict[tuple[int, str], int] = defaultdict(int)
    newest: dict[tuple[int, int], Reading] = {}
    for row in session.scalars(select(Reading).where(Reading.booked).order_by(Reading.exchange)):
        newest[row.meter_id, row.life] = row
    for (meter, _), row in newest.items():
        for word in CHARGES:
            said[meter, word.value] += getattr(row, word.value)
    most: dict[int, int] = defaultdict(int)
    refunds = select(Reading.meter_id, func.max(Reading.refunds_ueur)).group_by(Reading.meter_id, Reading.life)
    for meter, ueur in session.execute(refunds):
        most[meter] += ueur
    for meter in serials:
        wrong = [word.value for word in CHARGES if charged[meter, word.value] != said[meter, word.value]]
        if refunded[meter] != most[meter]:
            wrong.append(Account.REFUND.value)
        if wrong:
            names = ", ".join(wrong)
            yield _at(
                serials, meter, f"gebucht ist anderes als zurückgegeben: {names}", f"not booked as returned: {names}"
            )
