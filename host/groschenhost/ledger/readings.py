# SPDX-License-Identifier: Apache-2.0
"""What cards bring back: stored once for each exchange, and booked as the difference to the newest booked before.

The registers only rise in a life, so its newest exchange says all; one that comes late is kept and books nothing. In
every function the meter is locked.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from groschenhost.ledger import cards, lives, orders, tans
from groschenhost.ledger.errors import ReadingError
from groschenhost.ledger.journal import Desk, book
from groschenhost.ledger.models import Line, Meter, Reading
from groschenhost.ledger.values import (
    CHARGES,
    DEBT_CHARGES,
    Account,
    Acknowledged,
    Charges,
    EntryKind,
    MeterReading,
    Settlement,
)

_PLAIN = (
    "exchange",
    "life",
    "card_number",
    "order_number",
    "credits_ueur",
    "debts_ueur",
    "refunds_ueur",
    "balance_ueur",
    "debt_ueur",
    "supply_on",
    "mode",
    "at_s",
    "topups_ueur",
    "pulses",
    "pulses_ht",
    "pulses_nt",
    "tariff_version",
    "settings_number",
    "acknowledgement",
    "report",
)
_ACKNOWLEDGED = _PLAIN[:11]
"""What an acknowledgement alone says."""


def take(session: Session, desk: Desk, meter: Meter, reading: MeterReading) -> Acknowledged:
    """Takes a reading in: stores it, settles orders and TANs, books what its registers have risen by."""
    of_life = lives.of(Reading, meter, reading.life)
    row = session.scalar(select(Reading).where(of_life, Reading.exchange == reading.exchange))
    new = row is None
    if row is None:
        row = _row(desk, meter, reading)
        session.add(row)
    elif any(getattr(row, name) != getattr(reading, name) for name in _ACKNOWLEDGED):
        raise _contradiction(meter, reading.exchange)
    elif reading.charges is not None and not row.complete:
        _fill(row, reading)  # the card was read again, and this time to its end
    elif reading.charges is not None and _charges(row) != reading.charges:
        raise _contradiction(meter, reading.exchange)
    session.flush()
    _book_refund(session, desk, meter, row)
    booked = _book(session, desk, meter, row)
    settled = orders.acknowledge(session, desk, meter, reading.life, reading.order_number, reading.numbers)
    proof = tans.settle(session, desk, meter, reading.tans, reading.life) if reading.tans else Settlement()
    return Acknowledged(new, booked, settled, proof, cards.refund_due(session, meter))


def _contradiction(meter: Meter, exchange: int) -> ReadingError:
    return ReadingError(
        (
            f"Zähler {meter.serial}: Rückgabe {exchange} ist schon im Kontobuch, mit anderem Inhalt",
            f"Meter {meter.serial}: return {exchange} is in the ledger already, with another content",
        )
    )


def _row(desk: Desk, meter: Meter, reading: MeterReading) -> Reading:
    row = Reading(meter_id=meter.id, booked=False, received_s=desk.now_s)
    _fill(row, reading)
    return row


def _fill(row: Reading, reading: MeterReading) -> None:
    for name in _PLAIN:
        setattr(row, name, getattr(reading, name))
    row.complete = reading.charges is not None
    charges = reading.charges or Charges()
    for account in CHARGES:
        setattr(row, account.value, charges.of(account))
    row.tan_highest = reading.tans.highest if reading.tans else 0
    row.tan_used = reading.tans.used if reading.tans else 0
    row.tan_width = reading.tans.width if reading.tans else 0


def _charges(row: Reading) -> Charges:
    return Charges(**{account.value: getattr(row, account.value) for account in CHARGES})


def _book(session: Session, desk: Desk, meter: Meter, row: Reading) -> bool:
    """Books the rise of the registers since the newest booked reading; not for one that is older or incomplete."""
    before = newest(session, meter, row.life)
    if row.booked or not row.complete or (before is not None and before.exchange > row.exchange):
        return False
    was = _charges(before) if before else Charges()
    now = _charges(row)
    rise = {account: now.of(account) - was.of(account) for account in CHARGES}
    fallen = [account.value for account, ueur in rise.items() if ueur < 0]
    if fallen:
        raise _fallen(meter, fallen)
    book(session, desk, meter, EntryKind.READING, f"reading:{row.id}", _lines(rise))
    row.booked = True
    session.flush()
    return True


def _book_refund(session: Session, desk: Desk, meter: Meter, row: Reading) -> None:
    """Books the rise of the refunds; the acknowledgement alone proves them, and that in any order."""
    query = select(func.coalesce(func.sum(Line.amount_ueur), 0)).where(
        Line.meter_id == meter.id, Line.account == Account.REFUND.value, Line.amount_ueur < 0
    )
    others = select(func.max(Reading.refunds_ueur)).where(Reading.meter_id == meter.id, Reading.life != row.life)
    of_others = sum(session.scalars(others.group_by(Reading.life)))
    rise = row.refunds_ueur + of_others + int(session.scalar(query) or 0)
    newest_row = last(session, meter, row.life)
    if rise < 0 and newest_row is not None and newest_row.exchange == row.exchange:
        raise _fallen(meter, ["refunds"])
    if rise > 0:
        lines = {Account.PREPAYMENT: rise, Account.REFUND: -rise}
        book(session, desk, meter, EntryKind.READING, f"reading:{row.id}:refund", lines)


def _fallen(meter: Meter, registers: list[str]) -> ReadingError:
    names = ", ".join(registers)
    return ReadingError(
        (
            f"Zähler {meter.serial}: gefallene Register ({names}), nichts gebucht; ist es ein anderer Zähler?",
            f"Meter {meter.serial}: registers have fallen ({names}), nothing booked; is it another meter?",
        )
    )


def _lines(rise: dict[Account, int]) -> dict[Account, int]:
    """Gives the lines: the prepayment bears all; what pays a debt off goes over to the divisions' accounts."""
    paid_off = sum(rise[account] for account in DEBT_CHARGES)
    lines = {account: -ueur for account, ueur in rise.items()}
    lines[Account.PREPAYMENT] = sum(rise.values())
    lines[Account.DEBT] = -paid_off
    lines[Account.COLLECTION] = paid_off
    return lines


def newest(session: Session, meter: Meter, life: int | None = None) -> Reading | None:
    """Gives a life's newest reading that was booked, or None; of the present one where none is named."""
    query = select(Reading).where(lives.of(Reading, meter, life), Reading.booked)
    return session.scalar(query.order_by(Reading.exchange.desc()).limit(1))


def last(session: Session, meter: Meter, life: int | None = None) -> Reading | None:
    """Gives a life's reading of the highest exchange, booked or not, or None; of the present one where none is said."""
    query = select(Reading).where(lives.of(Reading, meter, life))
    return session.scalar(query.order_by(Reading.exchange.desc()).limit(1))


def readings(session: Session, meter: Meter, life: int | None = None) -> list[Reading]:
    """Lists a life's readings by exchange; of the present one where none is named."""
    return list(session.scalars(select(Reading).where(lives.of(Reading, meter, life)).order_by(Reading.exchange)))
