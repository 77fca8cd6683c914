# SPDX-License-Identifier: Apache-2.0
"""A card that lies in the reader, as the ledger knows it; or the refusal that says why not. Nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeGuard

from groschencard import card as card_format
from groschencard import records, seal
from groschencard.errors import BlankError, CardError, DamagedError, MalformedError
from groschenhost.cards import content
from groschenhost.cards.errors import (
    BlankCard,
    DamagedCard,
    ForgedCard,
    NewerFormat,
    NewerThanLedger,
    OtherMeter,
    OtherUtility,
    UnknownMeter,
)
from groschenhost.ledger.errors import NotFoundError
from groschenhost.ledger.values import MeterReading, OrderKind
from groschenhost.money import EUR, format_eur

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschencard.card import Card as Content
    from groschencard.keys import MeterKeys
    from groschencard.seal import Record
    from groschenhost.keys.master import MasterKeys
    from groschenhost.ledger.book import Ledger
    from groschenhost.ledger.models import Card, Meter, Order

_PROVEN: Final = (
    (records.TARIFF, 0),
    (records.CONTRACT, 0),
    (records.ORDER, 0),
    (records.ORDER, 1),
    (records.ACKNOWLEDGEMENT, 0),
)
"""Places in which a whole record that is not proven is a forgery: a torn one is damaged."""
_SECOND: Final = ((records.TARIFF, 1), (records.CONTRACT, 1))
"""Places that lie in the report's: with one of them whole, there is no report."""


@dataclass(frozen=True)
class Found:
    """A card of this ledger: what stands on it, and what the ledger says of it.

    keys and orders are those of the meter's life that the card was made for.
    """

    content: Content
    meter: Meter
    card: Card
    keys: MeterKeys
    orders: Sequence[Order]
    reading: MeterReading | None
    """What it brings back, None where it was in no meter yet or was pulled there."""
    doubtful: tuple[int, ...]
    """The report where nobody has proven it: forged, or by chance what torn settings left. Nothing is booked of it."""

    @property
    def is_of_now(self) -> bool:
        """Tell whether the card is of its meter's present life."""
        return self.keys.life == self.meter.life

    def newest(self, kind: int) -> Record | None:
        """Return the record of a kind with the highest number."""
        return self.content.newest(kind)

    def at(self, kind: int, slot: int) -> Record | None:
        """Return what stands whole in a place."""
        return _record(self.content, kind, slot)


def _record(stands: Content, kind: int, slot: int = 0) -> Record | None:
    place = stands.at(kind, slot)
    return None if isinstance(place, CardError) else place


def whose(space: bytes) -> Record:
    """Return the identity, whoever may have written it; BlankCard, DamagedCard, NewerFormat."""
    data = space[: records.room(records.IDENTITY, len(space))]
    try:
        found = seal.read_unproven(records.IDENTITY, 0, data)
    except BlankError:
        raise BlankCard(
            (
                "Die Karte ist leer; ausgeben mit: groschen card issue",
                "The card is blank; issue it: groschen card issue",
            )
        ) from None
    except MalformedError as error:
        if data[records.HEAD] > records.FORMAT:
            raise _newer_format(data[records.HEAD]) from None
        raise _damaged(error) from None
    except CardError as error:
        raise _damaged(error) from None
    if found.int("format") != records.FORMAT:
        raise _newer_format(found.int("format"))
    return found


def _newer_format(number: int) -> NewerFormat:
    return NewerFormat(
        (
            f"Die Karte hat Format {number}, dieses Programm kennt {records.FORMAT}; ein neueres Programm nehmen",
            f"The card has format {number}, this program knows {records.FORMAT}; use a newer program",
        )
    )


def _damaged(error: CardError) -> DamagedCard:
    return DamagedCard(
        (
            f"Die Karte sagt nicht, wem sie gehört: fremd oder beschädigt ({error}); ersetzen: groschen card replace",
            f"The card does not say whose it is: foreign or damaged ({error}); replace it: groschen card replace",
        )
    )


def find_meter(ledger: Ledger, identity: Record, serial: str | None) -> Meter:
    """Return the meter that an identity names; OtherUtility, UnknownMeter, OtherMeter."""
    number, name = identity.int("utility"), identity.text("serial").decode("ascii", "backslashreplace")
    try:
        ledger.utility(number)
    except NotFoundError:
        raise OtherUtility(
            (
                f"Die Karte gehört zum Versorger {number}, den dieses Kontobuch nicht führt",
                f"The card is of utility {number}, which this ledger does not keep",
            )
        ) from None
    try:
        meter = ledger.meter(name, number)
    except NotFoundError:
        raise UnknownMeter(
            (
                f"Die Karte gehört zum Zähler {name!r}, der nicht im Kontobuch ist; ist es das richtige Kontobuch?",
                f"The card is of meter {name!r}, which is not in the ledger; is it the right ledger?",
            )
        ) from None
    if serial is not None and serial != name:
        raise OtherMeter(
            (
                f"Die Karte gehört zum Zähler {name}, nicht zu {serial}; die richtige einstecken",
                f"The card is of meter {name}, not of {serial}; insert the right one",
            )
        )
    return meter


def look(space: bytes, ledger: Ledger, master: MasterKeys, serial: str | None = None) -> Found:
    """Return what a card's space says, proven; CardRefused. A serial number says which meter it must be of."""
    named = whose(space)
    meter = find_meter(ledger, named, serial)
    keys = keys_of(ledger, master, meter, named)
    stands = card_format.decode(keys, space)
    identity = stands.at(records.IDENTITY)
    if isinstance(identity, CardError):
        raise _forged(identity)
    orders = ledger.orders(meter, keys.life)
    for kind, slot in _PROVEN:
        place = stands.at(kind, slot)
        if _is_unproven(place):
            raise _forged(place)
    held = _card(ledger, meter, identity)
    said, report, doubtful = _brought_back(stands)
    _check_known(stands, said, orders)
    if said is not None and said.int("contract") and said.int("contract") > ledger.settings_for(meter)[0]:
        raise _newer(f"{said.int('contract')}", ("Vertragseinstellung", "contract settings"))
    reading = None
    if said is not None:
        raw = tuple(_bytes(space, kind) for kind in (records.ACKNOWLEDGEMENT, records.REPORT))
        reading = replace(content.reading(held.number, said, report, orders, (raw[0], raw[1])), life=keys.life)
        _check_issued(ledger, meter, orders, reading)
    return Found(stands, meter, held, keys, orders, reading, doubtful)


def meter_keys(ledger: Ledger, master: MasterKeys, meter: Meter) -> MeterKeys:
    """Return a meter's keys in its present life.

    They are of the generation that the ledger notes or, from now on, of the current one.
    """
    life, generation = ledger.life_key(meter, master.current)
    return master.meter_keys(generation, meter.utility.number, meter.serial, life)


def keys_of(ledger: Ledger, master: MasterKeys, meter: Meter, identity: Record) -> MeterKeys:
    """Return a meter's keys in the life that an identity says, which nobody has proven yet; NewerThanLedger."""
    wanted = life_of(identity)
    try:
        life, generation = ledger.life_key(meter, master.current, wanted)
    except NotFoundError:
        raise _newer(f"{wanted}", ("Zählerleben", "life of the meter")) from None
    return master.meter_keys(generation, meter.utility.number, meter.serial, life)


def life_of(identity: Record) -> int:
    """Return in which life of its meter a card was made."""
    return identity.int("life") or 1


def _bytes(space: bytes, kind: int) -> bytes:
    start = records.place(kind, 0)
    return space[start : start + records.room(kind, len(space))]


def _card(ledger: Ledger, meter: Meter, identity: Record) -> Card:
    try:
        held = ledger.card(meter, identity.number)
    except NotFoundError:
        raise _newer(f"{identity.number}", ("Karte", "card")) from None
    if content.KINDS[held.kind] != identity.int("card"):
        raise _newer(f"{identity.number}", ("Art der Karte", "kind of card"))
    return held


def _brought_back(stands: Content) -> tuple[Record | None, Record | None, tuple[int, ...]]:
    """Return the acknowledgement, the report where it is of the same exchange, and whether nobody has proven that."""
    said = _record(stands, records.ACKNOWLEDGEMENT)
    report = _record(stands, records.REPORT)
    if said and report and said.number == report.number:  # a short one leaves settings in second places as they are
        return said, report, ()
    written_over = any(_record(stands, kind, slot) for kind, slot in _SECOND)
    doubtful = not written_over and _is_unproven(stands.at(records.REPORT))
    return said, None, (records.REPORT,) if doubtful else ()


def _is_unproven(place: Record | CardError) -> TypeGuard[CardError]:
    return isinstance(place, CardError) and not isinstance(place, (BlankError, DamagedError))


def _forged(error: CardError) -> ForgedCard:
    return ForgedCard(
        (
            f"Die Karte ist gefälscht oder mit einem anderen Schlüssel gemacht ({error}); einziehen und prüfen",
            f"The card is forged, or made with another key ({error}); keep it and look into it",
        )
    )


def _check_known(stands: Content, said: Record | None, orders: Sequence[Order]) -> None:
    """Raise NewerThanLedger where the card or its meter knows of something that the ledger does not."""
    by_number = {row.number: row for row in orders}
    for slot in range(records.slots(records.ORDER)):
        record = _record(stands, records.ORDER, slot)
        if record is not None:
            _check_order(record, by_number)
    if said is None:
        return
    for kind in OrderKind:
        number = said.int(f"{kind}_number")
        row = by_number.get(number)
        if number and (row is None or row.kind is not kind):
            raise _newer(f"{number}", ("Auftrag, vom Zähler bestätigt", "order, acknowledged by the meter"))


def _check_order(record: Record, by_number: dict[int, Order]) -> None:
    row = by_number.get(record.number)
    if row is None:
        raise _newer(f"{record.number}", ("Auftrag", "order"))
    for what, total in (("credit", row.credit_total_ueur), ("debt", row.debt_total_ueur)):
        if record.int(f"{what}_number") and record.int(f"{what}_total_ueur") != total:
            raise _newer(f"{record.number}", ("Summe im Auftrag", "total of order"))


def _check_issued(ledger: Ledger, meter: Meter, orders: Sequence[Order], reading: MeterReading) -> None:
    """Raise NewerThanLedger where the meter has had more than the ledger ever issued for it, by any way.

    Top-ups come from the report; without one, what is left of them or was refunded is no more than they were. A TAN
    that was replaced counts too: the meter may have taken it.
    """
    by_card = sum(row.amount_ueur for row in orders if row.kind is OrderKind.CREDIT)
    tans, tokens = ledger.tans(meter, life=reading.life), ledger.tokens(meter, reading.life)
    by_code = sum(row.eur for row in tans) + sum(row.eur for row in tokens)
    had = max(reading.topups_ueur, reading.balance_ueur + reading.refunds_ueur)
    if had > by_card + by_code * EUR:
        raise _newer(format_eur(had), ("Gutschriften, vom Zähler bestätigt, von zusammen", "credits, in all,"))


def _newer(number: str, what: tuple[str, str]) -> NewerThanLedger:
    return NewerThanLedger(
        (
            (
                f"{what[0]} {number} kennt das Kontobuch nicht oder anders: wohl wurde eine alte Sicherung geladen. "
                "Nichts geändert; die neueste Sicherung einspielen, bis dahin für diesen Zähler nichts ausgeben"
            ),
            (
                f"The ledger does not know {what[1]} {number}, or otherwise: an old backup was probably restored. "
                "Nothing was changed; restore the newest backup, and issue nothing for this meter until then"
            ),
        )
    )
