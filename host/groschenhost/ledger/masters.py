# SPDX-License-Identifier: Apache-2.0
"""Utilities, meters and their numbers, customers and contracts."""

import re
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from groschenhost.errors import InputError
from groschenhost.ledger.errors import ConflictError, NotFoundError
from groschenhost.ledger.journal import Desk
from groschenhost.ledger.models import Contract, Customer, Meter, Pattern, Utility

SERIAL_LENGTH: Final = 20
LEAST_IMP: Final = 100
MOST_IMP: Final = 100_000
MOST_U16: Final = 65_535

_TRAILING = re.compile(r"(.*?)([0-9]+)", re.DOTALL)


def check_serial(serial: str) -> str:
    """Gives back a serial number of 1 to 20 printable ASCII characters without a blank; InputError otherwise."""
    if 1 <= len(serial) <= SERIAL_LENGTH and all("!" <= letter <= "~" for letter in serial):
        return serial
    raise InputError(
        (
            f"{serial!r} ist keine Zählernummer: 1 bis 20 druckbare ASCII-Zeichen ohne Leerzeichen, wie 1EBZ0100000001",
            f"{serial!r} is no serial number: 1 to 20 printable ASCII characters, no blanks, such as 1EBZ0100000001",
        )
    )


def add_utility(session: Session, desk: Desk, number: int, name: str) -> Utility:
    """Adds a utility; the same again is no error."""
    if not 1 <= number <= MOST_U16:
        raise InputError(("Die Nummer des Versorgers geht von 1 bis 65535", "The utility's number must be 1 to 65535"))
    if not 1 <= len(name.strip()) <= 40:
        raise InputError(("Der Name hat 1 bis 40 Zeichen", "The name must have 1 to 40 characters"))
    found = session.scalar(select(Utility).where(Utility.number == number))
    if found is None:
        found = Utility(number=number, name=name.strip(), made_s=desk.now_s)
        session.add(found)
        session.flush()
    elif found.name != name.strip():
        raise ConflictError(
            (f"Versorger {number} heißt schon {found.name}", f"Utility {number} is {found.name} already")
        )
    return found


def utility(session: Session, number: int | None = None, lock: bool = False) -> Utility:
    """Gives a utility by its number, or the only one; locked until the transaction ends where asked for."""
    query = select(Utility).order_by(Utility.number)
    if number is not None:
        query = query.where(Utility.number == number)
    found = list(session.scalars(query.limit(2)))
    if not found:
        raise NotFoundError(
            (
                "Das Kontobuch führt diesen Versorger nicht; anlegen: groschen ledger init --utility N --name NAME",
                "The ledger has no such utility; make it by: groschen ledger init --utility N --name NAME",
            )
        )
    if len(found) > 1:
        raise NotFoundError(
            ("Das Kontobuch führt mehrere Versorger: --utility N", "The ledger keeps several utilities: --utility N")
        )
    if lock:
        session.refresh(found[0], with_for_update={"key_share": True})
    return found[0]


def add_meter(
    session: Session, desk: Desk, owner: Utility, serial: str, imp_per_kwh: int, key_generation: int | None = None
) -> Meter:
    """Adds a meter of a utility; ConflictError where the number is taken."""
    check_serial(serial)
    if not LEAST_IMP <= imp_per_kwh <= MOST_IMP:
        raise InputError(
            (
                f"Die Zählerkonstante geht von {LEAST_IMP} bis {MOST_IMP} Impulsen je kWh",
                f"The meter constant must be {LEAST_IMP} to {MOST_IMP} pulses per kWh",
            )
        )
    if find_meter(session, owner, serial) is not None:
        raise ConflictError(
            (
                f"Zähler {serial} gibt es schon; die nächste freie Nummer: groschen meter next",
                f"Meter {serial} exists; the next free number: groschen meter next",
            )
        )
    added = Meter(
        utility=owner,
        serial=serial,
        imp_per_kwh=imp_per_kwh,
        life=1,
        key_generation=key_generation,
        made_s=desk.now_s,
    )
    session.add(added)
    _take_number(session, owner, serial)
    session.flush()
    return added


def set_generation(held: Meter, generation: int) -> int:
    """Notes of which generation the key of a meter's life is, once; gives the one that is noted."""
    if held.key_generation is None:
        held.key_generation = generation
    return held.key_generation


def find_meter(session: Session, owner: Utility, serial: str) -> Meter | None:
    """Gives a meter, or None."""
    return session.scalar(select(Meter).where(Meter.utility_id == owner.id, Meter.serial == serial))


def meter(session: Session, serial: str, number: int | None = None) -> Meter:
    """Gives a meter by its serial number; the utility is needed only where two have that number."""
    query = select(Meter).where(Meter.serial == serial)
    if number is not None:
        query = query.join(Meter.utility).where(Utility.number == number)
    found = list(session.scalars(query.limit(2)))
    if not found:
        raise NotFoundError(
            (
                f"Zähler {serial!r} ist nicht im Kontobuch; anlegen: groschen meter add {serial}",
                f"Meter {serial!r} is not in the ledger; add it by: groschen meter add {serial}",
            )
        )
    if len(found) > 1:
        raise NotFoundError(
            (
                f"Zähler {serial!r} gibt es bei mehreren Versorgern: --utility N",
                f"Several utilities have a meter {serial!r}: --utility N",
            )
        )
    return found[0]


def meters(session: Session, number: int | None = None, search: str = "") -> list[Meter]:
    """Lists the meters, of one utility or of all, whose number, customer or account contains a text."""
    query = select(Meter).join(Meter.utility).order_by(Utility.number, Meter.serial)
    if number is not None:
        query = query.where(Utility.number == number)
    if search:
        known = (
            select(Contract.meter_id)
            .join(Contract.customer)
            .where(
                or_(
                    Contract.account.icontains(search, autoescape=True),
                    Customer.number.icontains(search, autoescape=True),
                    Customer.name.icontains(search, autoescape=True),
                )
            )
        )
        query = query.where(or_(Meter.serial.icontains(search, autoescape=True), Meter.id.in_(known)))
    return list(session.scalars(query))


def lock(session: Session, held: Meter) -> Meter:
    """Gives the row of a meter, locked until the transaction ends: what two desks do to one meter, they do in turn."""
    found = session.get(Meter, held.id, with_for_update={"of": Meter, "key_share": True}, populate_existing=True)
    if found is None:
        raise NotFoundError((f"Zähler {held.serial} fehlt", f"Meter {held.serial} is missing"))
    return found


def next_serial(session: Session, owner: Utility, first: str | None = None, take: bool = True) -> str:
    """Gives the next free number after a pattern, and takes it unless told not to; owner must be locked.

    The pattern is that of the utility's newest number, or of `first`, a serial number with a trailing number.
    """
    if first is not None:
        check_serial(first)
    prefix, digits = _split(first) if first is not None else _pattern(session, owner)
    known = session.get(Pattern, (owner.id, prefix))
    if known is not None and (len(known.last), known.last) >= (len(digits), digits):
        digits = _after(known.last)
    elif first is None:
        digits = _after(digits)
    while find_meter(session, owner, prefix + digits) is not None:
        digits = _after(digits)
    serial = prefix + digits
    if len(serial) > SERIAL_LENGTH:
        raise InputError(
            (
                f"{serial} hat mehr als 20 Zeichen; --first NUMMER",
                f"{serial} is longer than 20 characters; --first NUMBER",
            )
        )
    if take:
        _take_number(session, owner, serial)
        session.flush()
    return serial


def _pattern(session: Session, owner: Utility) -> tuple[str, str]:
    if owner.prefix is None:
        raise NotFoundError(
            (
                "Noch kein Zähler mit einer Nummer am Ende; die erste nennen: groschen meter next --first NUMMER",
                "No meter with a trailing number yet; name the first: groschen meter next --first NUMBER",
            )
        )
    known = session.get(Pattern, (owner.id, owner.prefix))
    return owner.prefix, known.last if known else "0"


def _split(serial: str) -> tuple[str, str]:
    found = _TRAILING.fullmatch(serial)
    if not found:
        raise InputError((f"{serial!r} endet nicht mit einer Zahl", f"{serial!r} does not end in a number"))
    return found[1], found[2]


def _after(digits: str) -> str:
    return str(int(digits) + 1).zfill(len(digits))


def _take_number(session: Session, owner: Utility, serial: str) -> None:
    """Notes the highest number of a pattern; owner must be locked."""
    if not _TRAILING.fullmatch(serial):
        return
    prefix, digits = _split(serial)
    owner.prefix = prefix
    known = session.get(Pattern, (owner.id, prefix))
    if known is None:
        session.add(Pattern(utility_id=owner.id, prefix=prefix, last=digits))
    elif (len(known.last), known.last) < (len(digits), digits):
        known.last = digits


def add_customer(session: Session, desk: Desk, owner: Utility, number: str, name: str, address: str) -> Customer:
    """Adds a customer, or gives the known one of that number; ConflictError where the name is another."""
    found = session.scalar(select(Customer).where(Customer.utility_id == owner.id, Customer.number == number))
    if found is None:
        found = Customer(utility_id=owner.id, number=number, name=name, address=address, made_s=desk.now_s)
        session.add(found)
        session.flush()
    elif found.name != name:
        raise ConflictError(
            (f"Kunde {number} heißt {found.name}, nicht {name}", f"Customer {number} is {found.name}, not {name}")
        )
    return found


def add_contract(
    session: Session,
    held: Meter,
    customer: Customer,
    account: str,
    tariff: str | None,
    from_s: int,
    settings_id: int | None,
) -> Contract:
    """Begins a contract at a meter, which ends the one that runs there; ConflictError where a later one exists."""
    running = newest_contract(session, held)
    if running is not None and running.from_s >= from_s:
        raise ConflictError(
            (
                f"Am Zähler {held.serial} beginnt schon ein späterer Vertrag, Konto {running.account}",
                f"At meter {held.serial} a later contract begins already, account {running.account}",
            )
        )
    if running is not None and (running.until_s is None or running.until_s > from_s):
        running.until_s = from_s
    added = Contract(
        meter_id=held.id,
        customer=customer,
        account=account,
        tariff=tariff,
        settings_id=settings_id,
        from_s=from_s,
        until_s=None,
    )
    session.add(added)
    session.flush()
    return added


def newest_contract(session: Session, held: Meter) -> Contract | None:
    """Gives a meter's newest contract, also one that is still to begin."""
    query = select(Contract).where(Contract.meter_id == held.id).order_by(Contract.from_s.desc()).limit(1)
    return session.scalar(query)


def contract_at(session: Session, held: Meter, at_s: int) -> Contract | None:
    """Gives the contract in force at an instant, or None."""
    query = (
        select(Contract)
        .where(Contract.meter_id == held.id, Contract.from_s <= at_s)
        .where(or_(Contract.until_s.is_(None), Contract.until_s > at_s))
        .order_by(Contract.from_s.desc())
        .limit(1)
    )
    return session.scalar(query)
