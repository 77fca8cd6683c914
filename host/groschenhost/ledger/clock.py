# SPDX-License-Identifier: Apache-2.0
"""What the ledger knows of the time: whether a desk's clock can be right, what people said of it, and corrections.

Trusted are the newest posting (of a new ledger: when it was made), what meters with a trusted clock have proven by
their cards, and the time that NTP keeps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from groschencard import records
from groschenhost.errors import InputError
from groschenhost.ledger import orders, requests
from groschenhost.ledger.journal import Desk, book
from groschenhost.ledger.models import Confirmation, Entry, Meter, Order, PortReadingRow, Reading, Utility
from groschenhost.ledger.values import Account, EntryKind, OrderKind
from groschenhost.money import EUR, MOST_EUR, format_eur

STALE_S: Final = 4 * 86_400
"""A trusted time that is older than this says nothing of today."""
DAY_S: Final = 86_400
APART_S: Final = 60
"""Two desks' clocks may be so far apart."""
_NEWEST: Final = 50  # readings that are looked through for a proof
_SUPPLY: Final = 51  # the byte of an acknowledgement that says whether the clock is lost
CHARGE_FROM_NOW: Final = "charge_from_now"
"""The word of a correction's command that is issued together with a refund."""
_UNASKED: Final = (EntryKind.READING, EntryKind.PAYOUT)
"""Postings before which nobody is asked: they are no witness for the clock that they were made by."""
_CLOCK: Final = "clock"
_CORRECTION: Final = "correction"


@dataclass(frozen=True)
class Doubt:
    """Why a desk's clock may be wrong: it lies before the newest posting, or nothing that is trusted is near it."""

    now_s: int
    trusted_s: int
    is_behind: bool


@dataclass(frozen=True)
class Correction:
    """A correction of a meter's clock: the instant, what is refunded because days are charged again, who approved it.

    refund_ueur 0: no day is charged again.
    """

    at_s: int
    refund_ueur: int
    approved_by: str

    @property
    def command(self) -> str:
        """The word of the card's command."""
        return CHARGE_FROM_NOW if self.refund_ueur else "correct_clock"


def doubt(session: Session, desk: Desk, known_s: Sequence[int]) -> Doubt | None:
    """Says why a desk's clock may be wrong; None where it is in order, or this operator has said so within a day.

    known_s are trusted times that the ledger does not have: NTP's, that of a meter at the port.
    """
    made = session.scalar(select(func.max(Utility.made_s))) or 0
    posting = session.scalar(select(func.max(Entry.at_s))) or made
    asked = session.scalar(select(func.max(Entry.at_s)).where(Entry.kind.not_in(_UNASKED))) or made
    trusted = [asked, *_proofs(session), *known_s]
    is_behind = desk.now_s + APART_S < posting
    if not is_behind and any(abs(desk.now_s - at_s) <= STALE_S for at_s in trusted):
        return None
    said = select(func.max(Confirmation.at_s)).where(
        Confirmation.kind == _CLOCK, Confirmation.desk == desk.name, Confirmation.at_s <= desk.now_s
    )
    if desk.now_s - (session.scalar(said) or 0) < DAY_S:
        return None
    before = [at_s for at_s in trusted if at_s <= desk.now_s]
    return Doubt(desk.now_s, posting if is_behind else max(before, default=asked), is_behind)


def _proofs(session: Session) -> list[int]:
    """Gives the instants that meters with a trusted clock have proven, of the newest readings."""
    found = session.scalars(select(Reading).order_by(Reading.id.desc()).limit(_NEWEST))
    return [
        row.at_s
        for row in found
        if len(row.acknowledgement) > _SUPPLY and not row.acknowledgement[_SUPPLY] & records.CLOCK_LOST
    ]


def confirm(session: Session, desk: Desk, doubted: Doubt) -> None:
    """Notes that an operator has said that the desk's clock is right, though it was doubted."""
    detail = f"now {doubted.now_s} trusted {doubted.trusted_s}"
    session.add(Confirmation(at_s=desk.now_s, desk=desk.name, kind=_CLOCK, approved_by="", detail=detail))


def ahead_s(session: Session, meter: Meter) -> int | None:
    """Gives by how many seconds a meter's clock is ahead of the desk's by what it said last, None: it said nothing.

    At its port it said so then and there; a card that came later tells of one that is ahead alone.
    """
    told = select(PortReadingRow).where(PortReadingRow.meter_id == meter.id).order_by(PortReadingRow.id.desc()).limit(1)
    row = session.scalar(told)
    if row is not None:
        return _instant(row.meter_time) - row.at_s
    card = session.scalar(select(Reading).where(Reading.meter_id == meter.id).order_by(Reading.id.desc()).limit(1))
    return max(card.at_s - card.received_s, 0) if card is not None else None


def _instant(written: str) -> int:
    """Gives the seconds of the meter's own time as it is written; some hours do not matter where days are asked for."""
    return int(datetime.strptime(written, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp())


def correct(session: Session, desk: Desk, meter: Meter, wanted: Correction, request: str) -> Order:
    """Issues a correction once for a request's key, posts its refund as a credit by card, and notes who approved it."""
    if not 0 <= wanted.refund_ueur <= MOST_EUR * EUR:
        raise InputError(
            (
                f"{format_eur(wanted.refund_ueur)}: erstattet werden kann ein Betrag bis {format_eur(MOST_EUR * EUR)}",
                f"{format_eur(wanted.refund_ueur)}: an amount up to {format_eur(MOST_EUR * EUR)} can be refunded",
            )
        )
    asked = f"command {wanted.command} {wanted.at_s} {wanted.refund_ueur}"
    known = requests.done(session, meter, request, asked)
    if known is not None:
        return orders.known_order(session, meter, known)
    order = orders.append(session, desk, meter, OrderKind.COMMAND, 0, wanted.command, wanted.at_s)
    if wanted.refund_ueur:
        credit = orders.append(session, desk, meter, OrderKind.CREDIT, wanted.refund_ueur)
        lines = {Account.CORRECTION: wanted.refund_ueur, Account.PREPAYMENT: -wanted.refund_ueur}
        book(session, desk, meter, EntryKind.CORRECTION, f"order:{credit.id}", lines)
    detail = f"{wanted.command} {wanted.at_s} order {order.number} refund {wanted.refund_ueur}"
    session.add(
        Confirmation(
            at_s=desk.now_s,
            desk=desk.name,
            kind=_CORRECTION,
            meter_id=meter.id,
            approved_by=wanted.approved_by,
            detail=detail,
        )
    )
    requests.note(session, meter, request, asked, order.id)
    return order
