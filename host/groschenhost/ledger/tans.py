# SPDX-License-Identifier: Apache-2.0
"""TAN counters: each given out once, settled by what meters prove. In every function the meter is locked.

With h the highest counter used, the meter accepts h-2, h-1, h+1 and h+2. A counter below that window is dead for ever,
so that proofs may come in any order. All are those of the meter's present life, unless another is named.
"""

from collections.abc import Callable, Iterator
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from groschencard.tan import DIGITS_MAX, DIGITS_MIN, EUR_MAX, EUR_MIN, Window
from groschenhost.errors import InputError
from groschenhost.ledger import lives, requests
from groschenhost.ledger.errors import NotFoundError, StateError
from groschenhost.ledger.journal import Desk, book
from groschenhost.ledger.models import Meter, MeterSettings, Proof, Reading, Settings, Tan, Utility
from groschenhost.ledger.values import Account, EntryKind, Settlement, TanProof, TanState
from groschenhost.money import EUR

_APART: Final = Window.BEHIND + Window.AHEAD
"""How far apart two counters may be that the meter accepts at one time."""

Code = Callable[[int, int], str]
"""What gives the digits of a counter and an amount in euro."""


def take(session: Session, desk: Desk, meter: Meter, eur: int, digits: int, request: str, code: Code | None) -> Tan:
    """Sells a TAN once for a request's key: takes the next counter and books the top-up.

    code lets counters be skipped whose digits a neighbour has for the same amount: the meter could not tell them apart.
    """
    _check(eur, digits)
    asked = f"tan {eur} {digits}"
    known = requests.done(session, meter, request, asked)
    if known is not None:
        return _known(session, meter, known)
    tan = _append(session, desk, meter, eur, digits, code)
    lines = {Account.CASH: eur * EUR, Account.PREPAYMENT: -eur * EUR}
    book(session, desk, meter, EntryKind.TAN, f"tan:{tan.id}", lines)
    requests.note(session, meter, request, asked, tan.id)
    return tan


def reissue(
    session: Session,
    desk: Desk,
    meter: Meter,
    dead: Tan,
    request: str,
    code: Code | None,
    digits: int | None = None,
) -> Tan:
    """Gives another TAN for a dead one, once; nothing is booked, it was paid. StateError where it is not dead.

    Without digits it has as many as the dead one.
    """
    asked = f"reissue {dead.counter}"
    known = requests.done(session, meter, request, asked)
    if known is not None:
        return _known(session, meter, known)
    if dead.state is not TanState.DEAD:
        raise _not_dead(dead)
    _check(dead.eur, digits or dead.digits)
    tan = _append(session, desk, meter, dead.eur, digits or dead.digits, code)
    dead.state = TanState.REPLACED
    dead.replaced_by = tan.counter
    requests.note(session, meter, request, asked, tan.id)
    return tan


def _known(session: Session, meter: Meter, number: int) -> Tan:
    tan = session.get_one(Tan, number)
    lives.check(meter, tan)
    return tan


def _not_dead(tan: Tan) -> StateError:
    why = {
        TanState.OPEN: ("ist offen und kann noch gelten", "is open and may still be accepted"),
        TanState.USED: ("ist eingelöst", "has been used"),
        TanState.REPLACED: (f"ist schon ersetzt durch {tan.replaced_by}", f"is replaced by {tan.replaced_by} already"),
        TanState.DEAD: ("ist verfallen", "is dead"),
    }[tan.state]
    return StateError(
        (
            f"TAN Nr. {tan.counter} {why[0]}; ersetzt wird nur eine verfallene",
            f"TAN no. {tan.counter} {why[1]}; only a dead one is replaced",
        )
    )


def _check(eur: int, digits: int) -> None:
    if not EUR_MIN <= eur <= EUR_MAX:
        raise InputError(("Eine TAN gilt für 1 bis 999 Euro, ohne Cent", "A TAN is for 1 to 999 euro, without cents"))
    if not DIGITS_MIN <= digits <= DIGITS_MAX:
        raise InputError(("Eine TAN hat 5 bis 20 Ziffern", "A TAN has 5 to 20 digits"))


def _append(session: Session, desk: Desk, meter: Meter, eur: int, digits: int, code: Code | None) -> Tan:
    counter = _next(highest(session, meter) + 1, eur, code)
    tan = Tan(
        meter_id=meter.id,
        life=meter.life,
        counter=counter,
        eur=eur,
        digits=digits,
        state=TanState.OPEN,
        desk=desk.name,
        issued_s=desk.now_s,
    )
    session.add(tan)
    session.flush()
    return tan


def _next(first: int, eur: int, code: Code | None) -> int:
    """Gives the first counter that is not ambiguous; StateError where that would be beyond the meter's window."""
    for counter in range(first, first + Window.AHEAD):
        if code is None or not _ambiguous(counter, eur, code):
            return counter
    raise StateError(
        (
            f"Für {eur} EUR gibt es an diesem Zähler gerade keine eindeutige TAN; einen anderen Betrag verkaufen",
            f"For {eur} EUR there is no unambiguous TAN at this meter now; sell another amount",
        )
    )


def _ambiguous(counter: int, eur: int, code: Code) -> bool:
    """Tells whether a neighbour, sold or not, has the same digits for this amount."""
    own = code(counter, eur)
    return any(code(other, eur) == own for other in _neighbours(counter))


def _neighbours(counter: int) -> Iterator[int]:
    for other in range(max(counter - _APART, 1), counter + _APART + 1):
        if other != counter:
            yield other


def highest(session: Session, meter: Meter) -> int:
    """Gives the highest counter that was given out, or that the meter has seen used; 0 where there is none."""
    sold = session.scalar(select(func.max(Tan.counter)).where(lives.of(Tan, meter))) or 0
    seen = session.scalar(select(func.max(Reading.tan_highest)).where(lives.of(Reading, meter))) or 0
    return max(sold, seen)


def tan(session: Session, meter: Meter, counter: int) -> Tan:
    """Gives a TAN by its counter."""
    found = session.scalar(select(Tan).where(lives.of(Tan, meter), Tan.counter == counter))
    if found is None:
        raise NotFoundError(
            (
                f"Zähler {meter.serial} hat keine TAN Nr. {counter}; er hat: groschen tan list",
                f"Meter {meter.serial} has no TAN no. {counter}; it has: groschen tan list",
            )
        )
    return found


def tans(session: Session, meter: Meter, state: TanState | None = None, life: int | None = None) -> list[Tan]:
    """Lists a meter's TANs by counter, all or those in one state."""
    query = select(Tan).where(lives.of(Tan, meter, life)).order_by(Tan.counter)
    if state is not None:
        query = query.where(Tan.state == state)
    return list(session.scalars(query))


def undelivered(session: Session, meter: Meter) -> list[Tan]:
    """Lists the TANs of earlier lives that no proof has shown to be used, and that none has replaced."""
    query = select(Tan).where(
        Tan.meter_id == meter.id,
        Tan.life < select(Meter.life).where(Meter.id == meter.id).scalar_subquery(),
        Tan.state.in_((TanState.OPEN, TanState.DEAD)),
    )
    return list(session.scalars(query.order_by(Tan.life, Tan.counter)))


def sold(session: Session, utility: Utility, state: TanState | None) -> list[tuple[str, Tan]]:
    """Lists the TANs of all meters of a utility with their serial numbers, by number and counter."""
    query = select(Meter.serial, Tan).join(Tan, Tan.meter_id == Meter.id).where(Meter.utility_id == utility.id)
    if state is not None:
        query = query.where(Tan.state == state)
    return [(serial, found) for serial, found in session.execute(query.order_by(Meter.serial, Tan.counter))]


def proven(session: Session, meter: Meter) -> int:
    """Gives the highest counter that the meter has shown to be used, by a card or otherwise; 0 where there is none."""
    by_card = session.scalar(select(func.max(Reading.tan_highest)).where(lives.of(Reading, meter))) or 0
    otherwise = session.scalar(select(func.max(Proof.highest)).where(lives.of(Proof, meter))) or 0
    return max(by_card, otherwise)


def digits_returned(session: Session, meter: Meter) -> int | None:
    """Gives how many digits the meter's TANs had when its newest card was read, None where that is not known."""
    newest = session.scalar(
        select(Reading.settings_number).where(lives.of(Reading, meter)).order_by(Reading.exchange.desc()).limit(1)
    )
    query = select(Settings.tan_digits).join(MeterSettings, MeterSettings.settings_id == Settings.id)
    return session.scalar(query.where(MeterSettings.meter_id == meter.id, MeterSettings.number == (newest or 0)))


def note_proof(session: Session, desk: Desk, meter: Meter, proof: TanProof, source: str) -> None:
    """Keeps a proof that came by no card, and who brought it."""
    session.add(
        Proof(
            meter_id=meter.id,
            life=meter.life,
            source=source,
            highest=proof.highest,
            used=proof.used,
            width=proof.width,
            desk=desk.name,
            at_s=desk.now_s,
        )
    )


def settle(session: Session, desk: Desk, meter: Meter, proof: TanProof, life: int | None = None) -> Settlement:
    """Settles what a proof shows: used, or unused and below the window, hence dead. The rest stays as it is.

    A TAN that was replaced, or believed dead, and is now proven used, is named as an alarm: somebody has it twice.
    """
    used: list[int] = []
    dead: list[int] = []
    alarms: list[int] = []
    for counter in range(max(proof.highest - proof.width + 1, 1), proof.highest + 1):
        found = session.scalar(select(Tan).where(lives.of(Tan, meter, life), Tan.counter == counter))
        if found is None:
            continue
        is_used = bool(proof.used >> (proof.highest - counter) & 1)
        if is_used and found.state is not TanState.USED:
            (used if found.state is TanState.OPEN else alarms).append(counter)
            found.state, found.settled_s = TanState.USED, desk.now_s
        elif not is_used and found.state is TanState.OPEN and counter < proof.highest - Window.BEHIND:
            dead.append(counter)
            found.state, found.settled_s = TanState.DEAD, desk.now_s
    session.flush()
    return Settlement(tuple(used), tuple(dead), tuple(alarms))
