# SPDX-License-Identifier: Apache-2.0
"""A button pressed twice is one request: its key leads to what was done the first time."""

from sqlalchemy.orm import Session

from groschenhost.ledger.errors import ConflictError
from groschenhost.ledger.models import Meter, Request


def done(session: Session, meter: Meter, key: str, asked: str) -> int | None:
    """Gives the row that came of a key, None where it is new; ConflictError where something else was asked with it."""
    found = session.get(Request, (meter.utility_id, key))
    if found is None:
        return None
    if found.asked != _full(meter, asked):
        raise ConflictError(
            (
                f"Der Vorgang {key!r} ist schon gebucht, aber anders: {found.asked} statt {_full(meter, asked)}",
                f"Request {key!r} is booked already, but otherwise: {found.asked}, not {_full(meter, asked)}",
            )
        )
    return found.result_id


def note(session: Session, meter: Meter, key: str, asked: str, result_id: int) -> None:
    """Notes what came of a key."""
    session.add(Request(utility_id=meter.utility_id, key=key, asked=_full(meter, asked), result_id=result_id))
    session.flush()


def _full(meter: Meter, asked: str) -> str:
    return f"{meter.serial}: {asked}"
