# SPDX-License-Identifier: Apache-2.0
"""What the ledger keeps of the meters' boards: what was flashed, and what they said at their service port.

In every function that books the meter is locked.
"""

from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from groschenhost.ledger import lives, readings
from groschenhost.ledger.errors import ReadingError
from groschenhost.ledger.journal import Desk
from groschenhost.ledger.models import Flashing, Meter, PortReadingRow
from groschenhost.ledger.values import FlashingData, PortReading

_WH_PER_KWH = 1_000


def book_flashing(session: Session, desk: Desk, meter: Meter, data: FlashingData) -> Flashing:
    """Books what was flashed."""
    row = Flashing(meter_id=meter.id, at_s=desk.now_s, desk=desk.name, **asdict(data))
    session.add(row)
    session.flush()
    return row


def flashings(session: Session, meter: Meter) -> list[Flashing]:
    """Lists what was flashed onto a meter's board, oldest first."""
    return list(session.scalars(select(Flashing).where(Flashing.meter_id == meter.id).order_by(Flashing.id)))


def book_port_reading(session: Session, desk: Desk, meter: Meter, data: PortReading) -> PortReadingRow:
    """Books what a meter said at its port; ReadingError where its registers have fallen since it was last heard of.

    So too where it says that it is in another life than the ledger.
    """
    if data.life != meter.life:
        raise ReadingError(
            (
                (
                    f"Zähler {meter.serial} sagt, er sei in Leben {data.life}, im Kontobuch ist er in Leben "
                    f"{meter.life}; nichts gebucht. Ist es eine alte Platine?"
                ),
                (
                    f"Meter {meter.serial} says that it is in life {data.life}, in the ledger it is in life "
                    f"{meter.life}; nothing booked. Is it an old board?"
                ),
            )
        )
    before = last_port_reading(session, meter)
    card = readings.last(session, meter)
    # A card tells pulses; at the port they are watt-hours, rounded down.
    carried = card.pulses * _WH_PER_KWH // meter.imp_per_kwh if card is not None else 0
    known = {
        "energy": (data.energy_wh, max(before.energy_wh if before else 0, carried)),
        "ht": (data.ht_wh, before.ht_wh if before else 0),
        "nt": (data.nt_wh, before.nt_wh if before else 0),
    }
    fallen = ", ".join(name for name, (now, was) in known.items() if now < was)
    if fallen:
        raise ReadingError(
            (
                (
                    f"Zähler {meter.serial}: gefallene Register ({fallen}) gegen die letzte Ablesung, nichts gebucht; "
                    "ist es ein anderer Zähler, oder hat er seinen Speicher verloren?"
                ),
                (
                    f"Meter {meter.serial}: registers have fallen ({fallen}) against the last reading, nothing booked; "
                    "is it another meter, or has it lost its memory?"
                ),
            )
        )
    row = PortReadingRow(meter_id=meter.id, at_s=desk.now_s, desk=desk.name, **asdict(data))
    session.add(row)
    session.flush()
    return row


def last_port_reading(session: Session, meter: Meter) -> PortReadingRow | None:
    """Gives what a meter said last at its port in its present life, or None."""
    query = select(PortReadingRow).where(lives.of(PortReadingRow, meter))
    return session.scalar(query.order_by(PortReadingRow.id.desc()).limit(1))
