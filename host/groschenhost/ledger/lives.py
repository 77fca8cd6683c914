# SPDX-License-Identifier: Apache-2.0
"""The lives of a meter: one whose memory is lost or new begins another, and its numbers and totals begin anew with it.

What was issued for one life means nothing in another. A life is entered here before a board is given its key; a later
one that is abandoned halfway is skipped. In every function that books the meter is locked.
"""

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from groschencard.keys import LIVES_MOST
from groschenhost.ledger.errors import StateError
from groschenhost.ledger.journal import Desk
from groschenhost.ledger.models import (
    Flashing,
    Life,
    Meter,
    Order,
    PortReadingRow,
    Proof,
    Reading,
    ServiceCode,
    Tan,
    Token,
)

Row = Order | Tan | Proof | ServiceCode | Token | Reading | Flashing | PortReadingRow
"""What is of one life of its meter."""


def of(table: type[Row], meter: Meter, life: int | None = None) -> ColumnElement[bool]:
    """Gives the condition for the rows of a meter's life, of its present one where none is named."""
    number = select(Meter.life).where(Meter.id == meter.id).scalar_subquery() if life is None else life
    return and_(table.meter_id == meter.id, table.life == number)


def check(meter: Meter, row: Row) -> None:
    """Refuses what was issued by the same request's key for an earlier life; StateError."""
    if row.life != meter.life:
        raise StateError(
            (
                (
                    f"Dieser Vorgang gehört zu Leben {row.life} des Zählers {meter.serial}, der jetzt in Leben "
                    f"{meter.life} ist: dort gilt er nicht; einen neuen Vorgang beginnen"
                ),
                (
                    f"This request is of life {row.life} of meter {meter.serial}, which is in life {meter.life} now: "
                    "it means nothing there; begin a new request"
                ),
            )
        )


def has_lived(session: Session, meter: Meter) -> bool:
    """Tells whether the ledger knows of a board that has been this meter in its present life."""
    tables = (Flashing, Reading, PortReadingRow, Proof)
    return any(session.scalar(select(table.id).where(of(table, meter)).limit(1)) is not None for table in tables)


def begin(session: Session, desk: Desk, meter: Meter, generation: int, *, is_new: bool, is_same: bool) -> Life:
    """Enters the life that a board is about to be given the key of, and gives it.

    It is the first one where none was entered, the meter has never lived, and the board is_new to it; a first one that
    was entered goes on on the board that is_same. Every other is the next, whose key is of the generation given.
    """
    entered = session.get(Life, (meter.id, meter.life))
    if meter.life == 1 and not has_lived(session, meter):
        if entered is None and is_new:
            meter.key_generation = first = meter.key_generation or generation
            return _enter(session, meter, desk, first)
        if entered is not None and is_same:
            return entered
    if meter.life >= LIVES_MOST:
        raise StateError(
            (
                f"Zähler {meter.serial} hatte schon {LIVES_MOST} Leben: die Nummer ist verbraucht",
                f"Meter {meter.serial} had {LIVES_MOST} lives: its number is used up",
            )
        )
    if entered is None:  # flashed before lives were known, or by other tools
        session.add(Life(meter_id=meter.id, number=meter.life, key_generation=meter.key_generation, desk=""))
    meter.life += 1
    meter.key_generation = generation
    return _enter(session, meter, desk, generation)


def _enter(session: Session, meter: Meter, desk: Desk, generation: int) -> Life:
    row = Life(meter_id=meter.id, number=meter.life, key_generation=generation, desk=desk.name, begun_s=desk.now_s)
    session.add(row)
    session.flush()
    return row


def generation(session: Session, meter: Meter, life: int | None) -> tuple[int, int | None]:
    """Gives the number of a life, the present one where none is named, and the generation of its key, if noted."""
    held = session.get_one(Meter, meter.id)
    if life is None or life == held.life:
        return held.life, held.key_generation
    found = session.get(Life, (meter.id, life))
    return life, found.key_generation if found else None


def lives(session: Session, meter: Meter) -> list[Life]:
    """Lists the lives that were entered, oldest first."""
    return list(session.scalars(select(Life).where(Life.meter_id == meter.id).order_by(Life.number)))
