# SPDX-License-Identifier: Apache-2.0
"""Double entry: bookings whose lines sum to zero, and what the accounts hold."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from groschenhost.ledger.models import Entry, Line, Meter
from groschenhost.ledger.values import Account, EntryKind


class Desk:
    """What every booking says beside its lines: the instant, and who made it."""

    __slots__ = ("name", "now_s")

    def __init__(self, name: str, now_s: int) -> None:
        """Keep the desk's name and the instant in seconds."""
        self.name: Final = name
        self.now_s: Final = now_s


def book(
    session: Session, desk: Desk, meter: Meter, kind: EntryKind, reference: str, lines: Mapping[Account, int]
) -> Entry | None:
    """Appends a booking of micro-euro by account, debits positive; nothing, and None, where all lines are zero."""
    amounts = {account: ueur for account, ueur in lines.items() if ueur}
    if sum(amounts.values()):
        raise AssertionError(f"{reference} does not sum to zero: {amounts}")
    if not amounts:
        return None
    entry = Entry(
        at_s=desk.now_s,
        kind=kind,
        utility_id=meter.utility_id,
        meter_id=meter.id,
        reference=reference,
        desk=desk.name,
        lines=[Line(account=account.value, meter_id=meter.id, amount_ueur=ueur) for account, ueur in amounts.items()],
    )
    session.add(entry)
    session.flush()
    return entry


def balance(session: Session, account: Account, meter: Meter | None = None) -> int:
    """Gives the sum of an account's lines in micro-euro, of one meter or of all: debits less credits."""
    query = select(func.coalesce(func.sum(Line.amount_ueur), 0)).where(Line.account == account.value)
    if meter is not None:
        query = query.where(Line.meter_id == meter.id)
    return int(session.scalar(query) or 0)  # PostgreSQL sums 64 bits to a numeric


def balances(session: Session) -> dict[Account, int]:
    """Gives every account's sum in micro-euro: debits less credits."""
    found = session.execute(select(Line.account, func.sum(Line.amount_ueur)).group_by(Line.account))
    sums = {Account(code): int(ueur) for code, ueur in found}
    return {account: sums.get(account, 0) for account in Account}


def unbalanced(session: Session) -> list[int]:
    """Gives the numbers of the bookings whose lines do not sum to zero, or that have none: in order, an empty list."""
    query = (
        select(Entry.id)
        .outerjoin(Line, Line.entry_id == Entry.id)
        .group_by(Entry.id)
        .having((func.count(Line.id) < 2) | (func.sum(Line.amount_ueur) != 0))
        .order_by(Entry.id)
    )
    return list(session.scalars(query))


def entries(session: Session, meter: Meter | None, limit: int) -> list[Entry]:
    """Gives the newest bookings, of one meter or of all, the newest first."""
    query = select(Entry).order_by(Entry.id.desc()).limit(limit)
    if meter is not None:
        query = query.where(Entry.meter_id == meter.id)
    return list(session.scalars(query))
