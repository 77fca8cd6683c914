# SPDX-License-Identifier: Apache-2.0
"""Service codes and OpenPAYGO tokens: counters of their own in each life, each given out once. The meter is locked."""

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from groschencard.openpaygo import EUR_MAX, LAST_COUNT
from groschenhost.errors import InputError
from groschenhost.ledger import lives, requests
from groschenhost.ledger.errors import NotFoundError, StateError
from groschenhost.ledger.journal import Desk, book
from groschenhost.ledger.models import Meter, ServiceCode, Token
from groschenhost.ledger.values import Account, EntryKind
from groschenhost.money import EUR

MOST_PURCHASES: Final = LAST_COUNT // 2
"""The meter takes no token of a higher count, and purchase p has count 2p."""


def next_service_code(session: Session, desk: Desk, meter: Meter, request: str) -> ServiceCode:
    """Takes the next service code of a meter, once for a request's key."""
    known = requests.done(session, meter, request, "service code")
    if known is not None:
        code = session.get_one(ServiceCode, known)
        lives.check(meter, code)
        return code
    last = session.scalar(select(func.max(ServiceCode.counter)).where(lives.of(ServiceCode, meter))) or 0
    code = ServiceCode(meter_id=meter.id, life=meter.life, counter=last + 1, desk=desk.name, issued_s=desk.now_s)
    session.add(code)
    session.flush()
    requests.note(session, meter, request, "service code", code.id)
    return code


def service_code(session: Session, meter: Meter, counter: int) -> ServiceCode:
    """Gives a service code that was taken, by its counter."""
    query = select(ServiceCode).where(lives.of(ServiceCode, meter), ServiceCode.counter == counter)
    found = session.scalar(query)
    if found is None:
        raise NotFoundError(
            (
                f"Zähler {meter.serial} hat keinen Servicecode Nr. {counter}; ein neuer: groschen tan service-code",
                f"Meter {meter.serial} has no service code no. {counter}; a new one: groschen tan service-code",
            )
        )
    return found


def service_codes(session: Session, meter: Meter) -> list[ServiceCode]:
    """Lists a meter's service codes by counter."""
    return list(session.scalars(select(ServiceCode).where(lives.of(ServiceCode, meter)).order_by(ServiceCode.counter)))


def sell_token(session: Session, desk: Desk, meter: Meter, eur: int, request: str) -> Token:
    """Sells an OpenPAYGO token once for a request's key: takes the next purchase and books the top-up."""
    if not 1 <= eur <= EUR_MAX:
        raise InputError(
            (
                f"Ein OpenPAYGO-Code gilt für 1 bis {EUR_MAX} Euro, ohne Cent",
                f"An OpenPAYGO token is for 1 to {EUR_MAX} euro, without cents",
            )
        )
    asked = f"token {eur}"
    known = requests.done(session, meter, request, asked)
    if known is not None:
        token = session.get_one(Token, known)
        lives.check(meter, token)
        return token
    last = session.scalar(select(func.max(Token.purchase)).where(lives.of(Token, meter))) or 0
    if last >= MOST_PURCHASES:
        raise StateError(
            (
                f"Zähler {meter.serial} hatte {last} OpenPAYGO-Codes, mehr gibt sein Schlüssel nicht her; ihn erneuern",
                f"Meter {meter.serial} had {last} OpenPAYGO tokens, its key has no more; renew the key",
            )
        )
    token = Token(meter_id=meter.id, life=meter.life, purchase=last + 1, eur=eur, desk=desk.name, issued_s=desk.now_s)
    session.add(token)
    session.flush()
    lines = {Account.CASH: eur * EUR, Account.PREPAYMENT: -eur * EUR}
    book(session, desk, meter, EntryKind.TAN, f"token:{token.id}", lines)
    requests.note(session, meter, request, asked, token.id)
    return token


def tokens(session: Session, meter: Meter, life: int | None = None) -> list[Token]:
    """Lists a meter's OpenPAYGO tokens by purchase."""
    return list(session.scalars(select(Token).where(lives.of(Token, meter, life)).order_by(Token.purchase)))
