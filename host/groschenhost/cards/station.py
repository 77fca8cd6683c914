# SPDX-License-Identifier: Apache-2.0
"""The cash desk's station: one card in one reader, one ledger, and the order in which they change.

The rule: what a card says is taken into the ledger before a byte of it is written; what is to be written is in the
ledger before the first byte, and is called unknown there until it was read back. Everything on a card is a total or has
a number that only rises, so that it may be written again at any time.

| step | ledger | card | broken off here, the next insertion |
|---|---|---|---|
| 1 | | whole space read, proven | begins anew |
| 2 | reading booked, orders acknowledged | | books nothing twice: a reading has the number of its exchange |
| 3 | | secret presented | begins anew; a try that was lost comes back with the right secret |
| 4 | credit issued and booked: ISSUED | | finds it, and writes it: the same `topup` issues no other |
| 5 | UNKNOWN | | the same |
| 6 | | order, into the older slot; read back | finds it there, or writes it again; the other slot is whole |
| 7 | WRITTEN | | finds it on the card, and notes it |
| 8 | | tariff, contract: slot 1, read back, slot 0, read back | one of the two is whole; writes the other |

A new card: its number and deposit first (the card is unfinished), then 4 to 6 of its orders, its secret, its records,
and the identity last; then WRITTEN, and finished. Broken off anywhere, an unfinished card is what the next `issue` or
`replace` goes on with, on the same card or on another blank one, under the same number: no number and no deposit is
taken twice.

A card of an earlier life of its meter is proven by that life's keys, and what it brings is taken in as of that life.
Then it is written anew for the present one, as a new card is, with its number and its deposit: it is unfinished from
before the first byte until it was read back.

A return or a refund is one transaction in the ledger, after the reading: nothing is written on the card.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from groschencard import card as card_format
from groschencard import record_issue, records, seal
from groschencard.errors import CardError
from groschenhost.cards import content, found
from groschenhost.cards.errors import (
    BlankCard,
    CardRefused,
    ClosedCard,
    CreditOnCard,
    DamagedCard,
    NothingDue,
    OpenCredit,
    RefundFirst,
    SparedCard,
    Unfinished,
    UsedCard,
    WrongKind,
    unwritable,
)
from groschenhost.errors import HostError, InputError, Text
from groschenhost.ledger.errors import StateError
from groschenhost.ledger.values import (
    PENDING,
    UNFINISHED,
    Acknowledged,
    CardKind,
    CardState,
    OrderKind,
    OrderState,
    Payout,
)
from groschenhost.money import format_eur
from groschenhost.readers.chip import SHOP
from groschenhost.readers.connection import Locked, WrongPsc
from groschenhost.readers.mifare import Mifare1K
from groschenhost.readers.sle4428 import Sle4428

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from groschencard.codec import Values
    from groschencard.keys import MeterKeys
    from groschencard.seal import Record
    from groschenhost.cards.found import Found
    from groschenhost.keys.master import MasterKeys
    from groschenhost.ledger.book import Ledger
    from groschenhost.ledger.clock import Correction
    from groschenhost.ledger.models import Card, Meter, Order
    from groschenhost.ledger.values import CardOrder, MeterReading
    from groschenhost.readers.chip import CardChip

CHIPS: Final = {Sle4428.kind: "sle4428", Mifare1K.kind: "mifare"}
"""The chips as the ledger and the options call them."""
REPEAT_S: Final = 600
"""The same amount for the same meter within this is the same press of the button, unless somebody says otherwise."""
TRIES_LEFT: Final = 3
"""With no more tries than these, no secret is presented to a card that has not proven whose it is."""
LAST_TRY: Final = 1
"""With no more than this, none is presented to a card of ours: what pulls have burned, the right secret gives back."""
DAY_S: Final = 86_400
_MOST_TOTAL: Final = (1 << 40) - 1
_ERASED: Final = b"\xff"
_ALL_TRIES: Final = 8


@dataclass(frozen=True)
class Service:
    """What a service card is to do: at most one command, with its argument, or a correction; a debt in micro-euro."""

    command: str | None = None
    argument: int = 0
    debt_ueur: int = 0
    correction: Correction | None = None


@dataclass(frozen=True)
class Visit:
    """A card that was read: what it brought, what that changed in the ledger, and what was written on it."""

    meter: Meter
    card: Card
    reading: MeterReading | None
    taken: Acknowledged | None
    written: tuple[str, ...]
    doubtful: tuple[str, ...] = ()
    """Records from the meter that nobody has proven: pulled within their last bytes, or forged."""
    from_life: int | None = None
    """The earlier life of the meter that the card was of, and was written anew; None where it was of the present."""


@dataclass(frozen=True)
class ToppedUp:
    """A credit that is on a card; repeated: it was there before, the button was pressed again."""

    visit: Visit
    order: Order
    repeated: bool


@dataclass(frozen=True)
class Issued:
    """A card that is whole; repeated: it was before, the button was pressed again."""

    meter: Meter
    card: Card
    repeated: bool


@dataclass(frozen=True)
class Returned:
    """A card that is back, and what was handed out for it; repeated: that was before."""

    visit: Visit
    payout: Payout
    repeated: bool
    refund_due_ueur: int = 0
    """What the meter has refunded and nobody has paid out: only with the customer card in use."""


@dataclass(frozen=True)
class Refunded:
    """A refund that was handed out, the card staying with the customer; repeated: that was before."""

    visit: Visit
    payout: Payout
    repeated: bool
    at_s: int


class Station:
    """A ledger, the master key and the card in the reader; each method is one thing that a clerk does."""

    def __init__(
        self, ledger: Ledger, master: MasterKeys, chip: CardChip, now: Callable[[], float] = time.time
    ) -> None:
        """Keep them; the card must be held exclusively until the station is done with it."""
        self._ledger = ledger
        self._master = master
        self._chip = chip
        self._now = now

    @property
    def chip(self) -> str:
        """The chip of the card in the reader, as the ledger calls it."""
        return CHIPS[self._chip.kind]

    # -- what a clerk does ---------------------------------------------------------------------------------

    def read(self, serial: str | None = None) -> Visit:
        """Take in what the card brought, and write on it what the ledger has for it; CardRefused, Unfinished."""
        here, taken = self._take_in(serial, CardState.ACTIVE, CardState.BLOCKED)
        if here.card.state is CardState.BLOCKED:
            return Visit(here.meter, here.card, here.reading, taken, (), _names(here.doubtful))
        now = self._renewed(here)
        return self._told(self._visit(now, taken), here)

    def topup(self, ueur: int, request: str | None = None, serial: str | None = None, again: bool = False) -> ToppedUp:
        """Issue a credit, once for a request, and bring it onto the card; CardRefused, Unfinished.

        Without a request the same amount is the same press while it is unfinished, also with `again`, and for ten
        minutes unless `again`.
        """
        here, taken = self._take_in(serial, CardState.ACTIVE)
        _need_customer(here)
        before, here = here, self._renewed(here)
        self._unlock(here)
        _check_total(here.orders, OrderKind.CREDIT, ueur)
        known = None if request else self._pressed_before(here, ueur, again)
        order = known or self._ledger.topup(here.meter, ueur, request or uuid.uuid4().hex)
        with _telling(_credit_unfinished(order, request, again)):
            now = replace(here, orders=self._ledger.orders(here.meter))
            visit = self._told(self._visit(now, taken, is_open=True), before)
        whole = next(row for row in self._ledger.orders(here.meter) if row.number == order.number)
        return ToppedUp(visit, whole, order.state not in UNFINISHED)

    def issue(self, meter: Meter, kind: CardKind, request: str | None = None, service: Service | None = None) -> Issued:
        """Make a blank card one of a meter's; goes on with one that was never finished. CardRefused, Unfinished."""
        chip, key = CHIPS[self._chip.kind], request or uuid.uuid4().hex
        return self._make(meter, kind, request, lambda: self._ledger.issue_card(meter, kind, chip, key), service)

    def replace(self, meter: Meter, number: int | None, request: str | None = None, handed_in: bool = False) -> Issued:
        """Make a blank card the one that stands in for another; CardRefused, Unfinished.

        Without a number that is the meter's customer card; one that was never finished is gone on with.
        """
        chip, key = CHIPS[self._chip.kind], request or uuid.uuid4().hex
        old = self._ledger.card(meter, number) if number is not None else self._ledger.active_card(meter)
        if old is None:
            raise WrongKind(
                (
                    f"Zähler {meter.serial} hat keine Kundenkarte; ausgeben mit: groschen card issue",
                    f"Meter {meter.serial} has no customer card; issue one: groschen card issue",
                )
            )
        return self._make(
            meter,
            old.kind,
            request,
            lambda: self._ledger.replace_card(meter, old.number, chip, key, handed_in=handed_in),
            None,
        )

    def give_back(self, request: str | None = None, serial: str | None = None) -> Returned:
        """Take a card back: its reading first, then deposit and refund are paid out; CardRefused."""
        here, taken = self._take_in(serial, *CardState)
        meter, number = here.meter, here.card.number
        repeated = here.card.state is CardState.RETURNED
        if here.card.state is CardState.ACTIVE and here.card.kind is CardKind.CUSTOMER:
            _refuse_pending(self._ledger.orders(here.meter))
        elif not repeated:
            _refuse_refund(self._ledger, here.meter, here.card)
        try:
            payout = self._ledger.return_card(meter, number, request or _return_key(meter, number))
        except StateError:  # it came back by another request
            due = self._ledger.refund_due(meter)
            if not due:
                raise
            raise _still_due(here.card, due) from None
        held = self._ledger.card(meter, number)
        visit = Visit(meter, held, here.reading, taken, (), _names(here.doubtful))
        return Returned(visit, payout, repeated, self._ledger.refund_due(meter))

    def refund(self, request: str | None = None, serial: str | None = None) -> Refunded:
        """Pay out what the meter has refunded, with the customer card in use: its reading first; CardRefused."""
        here, taken = self._take_in(serial, CardState.ACTIVE)
        _need_customer(here)
        meter, due = here.meter, self._ledger.refund_due(here.meter)
        if not due and not request:
            raise _nothing_due(meter)
        payout = self._ledger.pay_refund(meter, request or uuid.uuid4().hex)
        if not payout.refund_ueur:
            raise _nothing_due(meter)
        repeated = self._ledger.refund_due(meter) == due
        visit = Visit(meter, here.card, here.reading, taken, (), _names(here.doubtful))
        return Refunded(visit, payout, repeated, int(self._now()))

    # -- the steps -----------------------------------------------------------------------------------------

    def _take_in(self, serial: str | None, *states: CardState) -> tuple[Found, Acknowledged | None]:
        """Read the card and book what it brought: steps 1 and 2."""
        here = found.look(self._chip.read(0, self._chip.size), self._ledger, self._master, serial)
        if here.card.state not in states:
            raise _closed(here.card)
        if here.reading is None:
            return here, None
        taken = self._ledger.acknowledge(here.meter, here.reading)
        return replace(here, orders=self._ledger.orders(here.meter)), taken

    def _renewed(self, here: Found) -> Found:
        """Write a card of an earlier life anew for the meter's present one, and return what it says then."""
        if here.is_of_now:
            return here
        self._spare(LAST_TRY)
        meter, before = here.meter, here.keys.card_secret(here.card.number)
        held = self._ledger.renew_card(meter, here.card.number)
        with _telling(_card_renewed(held)):
            self._fill(meter, held, found.meter_keys(self._ledger, self._master, meter), before)
        self._ledger.finish_card(meter, held.number)
        return found.look(self._chip.read(0, self._chip.size), self._ledger, self._master)

    @staticmethod
    def _told(visit: Visit, before: Found) -> Visit:
        """Say of a visit what the card was before it was written anew."""
        if before.is_of_now:
            return visit
        return replace(visit, reading=before.reading, doubtful=_names(before.doubtful), from_life=before.keys.life)

    def _unlock(self, here: Found) -> None:
        """Present the card's secret: step 3. Locked, SparedCard, WrongPsc."""
        self._spare(LAST_TRY)
        self._chip.unlock(here.keys.card_secret(here.card.number))

    def _spare(self, least: int) -> None:
        left = self._chip.tries()
        if not left:
            raise Locked
        if left <= least:
            raise SparedCard(
                (
                    f"Die Karte hat nur noch Versuche: {left}, und wird geschont; ersetzen mit: groschen card replace",
                    f"The card has few tries left: {left}, and is spared; replace it: groschen card replace",
                )
            )

    def _pressed_before(self, here: Found, ueur: int, again: bool) -> Order | None:
        """Return the credit that this press of the button is about, None where it is a new one; OpenCredit."""
        issued = [row for row in here.orders if row.kind is OrderKind.CREDIT]
        waiting = [row for row in issued if row.state in UNFINISHED]
        for row in waiting:
            if row.amount_ueur == ueur:
                return row
        if waiting:
            raise _open_credit(waiting[-1])
        if again or not issued:
            return None
        last = issued[-1]
        is_same = last.amount_ueur == ueur and last.state is OrderState.WRITTEN
        return last if is_same and abs(self._now() - last.issued_s) < REPEAT_S else None

    def _visit(self, here: Found, taken: Acknowledged | None, is_open: bool = False) -> Visit:
        """Bring the card up to date: steps 3 and 5 to 8, where there is anything to write."""
        writer = _Writer(self._ledger, self._chip, here, lambda: None if is_open else self._unlock(here))
        with _telling(_CARD_UNFINISHED, CardRefused, WrongPsc):
            written = writer.order() + writer.settings(self._wanted(here.meter, here.card.kind))
            if here.card.written_s is None:
                self._ledger.finish_card(here.meter, here.card.number)
        held = self._ledger.card(here.meter, here.card.number)
        return Visit(here.meter, held, here.reading, taken, tuple(written), _names(here.doubtful))

    def _wanted(self, meter: Meter, kind: CardKind) -> list[tuple[int, int, Values]]:
        """Return kind, number and values of the settings that a card is to carry."""
        if kind is CardKind.READOUT:
            return []
        number, settings = self._ledger.settings_for(meter)
        wanted = [(records.CONTRACT, number, content.contract(settings, int(self._now()) // DAY_S))]
        if self._ledger.tariffs(meter.utility.number):
            tariff = self._ledger.tariff_for(meter)
            wanted.insert(0, (records.TARIFF, tariff.version, content.tariff(tariff)))
        return wanted

    # -- a new card ----------------------------------------------------------------------------------------

    def _make(
        self,
        meter: Meter,
        kind: CardKind,
        request: str | None,
        begin: Callable[[], Card],
        service: Service | None,
    ) -> Issued:
        known = self._ledger.card_of_request(meter, request) if request else None
        if known is not None and known.written_s is not None:
            return Issued(meter, known, repeated=True)
        keys = found.meter_keys(self._ledger, self._master, meter)
        begun = known or self._ledger.unfinished_card(meter, kind)
        before, least = self._usable(keys, begun)
        self._spare(least)
        # A meter has one customer card: whoever asks for another while one is unfinished means that one.
        held = begun if begun and (known or request is None or kind is CardKind.CUSTOMER) else begin()
        with _telling(_card_begun(held)):
            self._ledger.renew_card(meter, held.number)
            self._order_service(meter, held, service)
            if self._chip.kind == Sle4428.kind and (held is not begun or self._chip.tries() <= TRIES_LEFT):
                self._chip.unlock(before)  # never begun, hence never torn; or no try is left to look for another
            self._fill(meter, held, keys, before)
        return Issued(meter, self._ledger.finish_card(meter, held.number), repeated=False)

    def _usable(self, keys: MeterKeys, begun: Card | None) -> tuple[bytes, int]:
        """Return the secret that a card to be made one of ours may have now, and the tries it must keep; UsedCard.

        A card that was begun has its own secret from before its identity is touched: no other is guessed at.
        """
        space = self._chip.read(0, self._chip.size)
        is_known = _has_proven(keys, space)
        least = LAST_TRY if is_known else TRIES_LEFT
        try:
            named = found.whose(space)
        except BlankCard:
            return SHOP, TRIES_LEFT
        except DamagedCard:
            if begun is None or not (is_known or self._chip.tries() == _ALL_TRIES):
                raise
            return keys.card_secret(begun.number), least  # torn when its identity was written
        if begun is not None and (named.text("serial"), named.number) == (keys.serial, begun.number):
            return self._secret_of(named, keys, begun), least
        try:
            stands = found.look(space, self._ledger, self._master)
        except CardRefused as error:
            raise _used(error.text) from None
        if stands.card.state is not CardState.RETURNED:
            name, number = stands.meter.serial, stands.card.number
            raise _used((f"Karte {number} des Zählers {name}", f"card {number} of meter {name}"))
        return stands.keys.card_secret(stands.card.number), LAST_TRY

    def _secret_of(self, named: Record, keys: MeterKeys, begun: Card) -> bytes:
        """Return the secret of a card that was begun, and whose identity still says what it was before."""
        if found.life_of(named) != keys.life:
            meter = found.find_meter(self._ledger, named, None)
            keys = found.keys_of(self._ledger, self._master, meter, named)
        return keys.card_secret(begun.number)

    def _order_service(self, meter: Meter, held: Card, service: Service | None) -> None:
        """Issue what a service card is to bring, once for each card."""
        if service is None:
            return
        key = f"{meter.serial}:card {held.number}"
        if service.debt_ueur:
            _check_total(self._ledger.orders(meter), OrderKind.DEBT, service.debt_ueur)
            self._ledger.add_debt(meter, service.debt_ueur, f"{key} debt")
        if service.correction is not None:
            self._ledger.correct_clock(meter, service.correction, f"{key} command")
        if service.command:
            self._ledger.command(meter, service.command, f"{key} command", service.argument)

    def _fill(self, meter: Meter, held: Card, keys: MeterKeys, before: bytes) -> None:
        """Write a whole card, the identity last."""
        order = self._ledger.order_for_card(meter)
        number = _carried(order, held.kind)
        if number:
            self._ledger.order_unknown(meter, number, held)
        self._chip.format(keys.card_secret(held.number), before)
        self._wipe()
        wanted = self._wanted(meter, held.kind)
        if number:
            wanted.append((records.ORDER, number, content.order(order, held.kind)))
        day = int(self._now()) // DAY_S
        identity = content.identity(keys, held.kind, day)
        for kind, version, values in [*wanted, (records.IDENTITY, held.number, identity)]:
            write(self._chip, keys, kind, 0, version, values)
        if number:
            self._ledger.order_written(meter, number, held)

    def _wipe(self) -> None:
        """Make blank what is not, the identity first: a card that was begun before, or came back."""
        for kind in sorted(records.RECORDS):
            for slot in range(records.slots(kind)):
                at = records.place(kind, slot)
                data = self._chip.read(at, records.room(kind, self._chip.size))
                if not seal.blank(data):
                    self._chip.write(at, _ERASED * len(data))


class _Writer:
    """Brings a card of ours up to date, and the ledger with it."""

    def __init__(self, ledger: Ledger, chip: CardChip, here: Found, unlock: Callable[[], None]) -> None:
        self._ledger = ledger
        self._chip = chip
        self._here = here
        self._unlock: Callable[[], None] | None = unlock

    def order(self) -> list[str]:
        """Write the orders that the card does not have; note those that it turns out to have: steps 5 to 7."""
        here = self._here
        order = self._ledger.order_for_card(here.meter)
        number = _carried(order, here.card.kind)
        newest = here.newest(records.ORDER)
        on_card = newest.number if newest else 0
        if number > on_card:
            self._open()
            self._ledger.order_unknown(here.meter, number, here.card)
            slot = 1 - newest.slot if newest else 0
            write(self._chip, here.keys, records.ORDER, slot, number, content.order(order, here.card.kind))
            self._ledger.order_written(here.meter, number, here.card)
            return ["order"]
        if any(row.number <= on_card and row.state in UNFINISHED for row in here.orders):
            self._ledger.order_written(here.meter, on_card, here.card)
        return []

    def settings(self, wanted: list[tuple[int, int, Values]]) -> list[str]:
        """Write tariff and contract where the card has older ones, or a newer one in the second place alone: step 8."""
        written: list[str] = []
        for kind, ours, ours_values in wanted:
            newest = self._here.newest(kind)
            number, values = ours, ours_values
            if newest is not None and newest.number >= number:
                number, values = newest.number, newest.values
            slots = [slot for slot in (1, 0) if not _has(self._here, kind, slot, number)]
            if slots in ([], [1]):  # the second place is the report's, once the first has it
                continue
            self._open()
            for slot in slots:
                write(self._chip, self._here.keys, kind, slot, number, values)
            written.append(records.name(kind))
        return written

    def _open(self) -> None:
        if self._unlock is not None:
            self._unlock()
            self._unlock = None


def write(chip: CardChip, keys: MeterKeys, kind: int, slot: int, number: int, values: Values) -> None:
    """Write a record into its place, which the chip reads back; InputError where it does not fit."""
    try:
        data = record_issue.write(keys, kind, slot, number, values, chip.size)
    except CardError as error:
        raise InputError((f"Passt nicht auf die Karte: {error}", f"Does not fit on the card: {error}")) from None
    chip.write(records.place(kind, slot), data)


def give_back_unread(ledger: Ledger, meter: Meter, number: int, request: str | None = None) -> Returned:
    """Take back a card that cannot be read, by its number: its deposit alone is paid out; RefundFirst."""
    held = ledger.card(meter, number)
    repeated = held.state is CardState.RETURNED
    if not repeated:
        _refuse_refund(ledger, meter, held)
    payout = ledger.return_card(meter, number, request or _return_key(meter, number))
    visit = Visit(meter, ledger.card(meter, number), None, None, ())
    return Returned(visit, payout, repeated, ledger.refund_due(meter))


def _return_key(meter: Meter, number: int) -> str:
    return f"{meter.serial}:return {number}"


def _has_proven(keys: MeterKeys, space: bytes) -> bool:
    """Tell whether anything on a card was made with a meter's keys."""
    stands = card_format.decode(keys, space)
    places = (stands.at(kind, slot) for kind in records.RECORDS for slot in range(records.slots(kind)))
    return any(not isinstance(place, CardError) for place in places)


def _names(kinds: Sequence[int]) -> tuple[str, ...]:
    return tuple(records.name(kind) for kind in kinds)


def _has(here: Found, kind: int, slot: int, number: int) -> bool:
    record = here.at(kind, slot)
    return record is not None and record.number == number


def _carried(order: CardOrder, kind: CardKind) -> int:
    """Return the number of the newest order that a card of a kind carries, 0 where there is none."""
    if kind is CardKind.CUSTOMER:
        return max(order.credit_number, order.debt_number)
    return max(order.debt_number, order.command_number) if kind is CardKind.SERVICE else 0


def _check_total(orders: Sequence[Order], kind: OrderKind, ueur: int) -> None:
    """Raise InputError where a total would become more than a card holds: 1 099 511 EUR."""
    total = sum(row.amount_ueur for row in orders if row.kind is kind)
    if total + ueur > _MOST_TOTAL:
        most = format_eur(_MOST_TOTAL)
        raise InputError(
            (
                f"Über Karten gehen je Zähler höchstens {most}; der Zähler ist zu tauschen",
                f"Cards carry at most {most} for each meter; the meter is to be exchanged",
            )
        )


# -- refusals ----------------------------------------------------------------------------------------------


def _closed(held: Card) -> ClosedCard:
    words = {
        CardState.BLOCKED: ("gesperrt; Pfand auszahlen mit groschen card return", "blocked; groschen card return pays"),
        CardState.RETURNED: ("zurückgegeben; neu ausgeben mit groschen card issue", "returned; groschen card issue"),
    }
    german, english = words[held.state]
    return ClosedCard((f"Karte {held.number} ist {german}", f"Card {held.number} is {english}"))


def _need_customer(here: Found) -> None:
    if here.card.kind is not CardKind.CUSTOMER:
        raise WrongKind(
            (
                f"Karte {here.card.number} ist keine Kundenkarte; die Kundenkarte einstecken",
                f"Card {here.card.number} is no customer card; insert the customer card",
            )
        )


def _open_credit(order: Order) -> OpenCredit:
    amount = format_eur(order.amount_ueur)
    return OpenCredit(
        (
            (
                f"Gutschrift {order.number} über {amount} ist gebucht und noch nicht auf einer Karte; erst diese "
                f"abschließen: groschen card read, dann weiter aufladen"
            ),
            (
                f"Credit {order.number} of {amount} is booked and not on a card yet; finish that one first: "
                f"groschen card read, then go on"
            ),
        )
    )


def _refuse_pending(orders: Sequence[Order]) -> None:
    """Raise CreditOnCard where the meter in its present life has not had a credit; one of an earlier never will."""
    waiting = [row for row in orders if row.kind is OrderKind.CREDIT and row.state in PENDING]
    if waiting:
        amount = format_eur(sum(row.amount_ueur for row in waiting))
        raise CreditOnCard(
            (
                (
                    f"Der Zähler hat {amount} noch nicht bekommen: Karte erst in den Zähler stecken, dann zurückgeben; "
                    "was noch nicht auf ihr steht, schreibt groschen card read"
                ),
                (
                    f"The meter has not had {amount} yet: put the card into the meter first, then return it; what is "
                    "not on it yet, groschen card read writes"
                ),
            )
        )


def _refuse_refund(ledger: Ledger, meter: Meter, held: Card) -> None:
    """Raise RefundFirst where a return would pay out a refund with a card that is not the customer's in use."""
    due = ledger.refund_due(meter) if held.kind is CardKind.CUSTOMER else 0
    if due:
        amount = format_eur(due)
        raise RefundFirst(
            (
                (
                    f"Für Karte {held.number} gibt es nur das Pfand; für den Zähler sind noch {amount} auszuzahlen, an "
                    "den, der die gültige Kundenkarte bringt. Erst mit dieser: groschen card refund (hat der Kunde "
                    "keine: groschen card issue oder replace), dann zurücknehmen"
                ),
                (
                    f"Card {held.number} is worth its deposit alone, and {amount} are still to be paid out for the "
                    "meter, to whoever brings the customer card in use. With that one first: groschen card refund (if "
                    "the customer has none: groschen card issue or replace), then return this one"
                ),
            )
        )


def _still_due(held: Card, due: int) -> ClosedCard:
    amount = format_eur(due)
    return ClosedCard(
        (
            (
                f"Karte {held.number} ist zurück; für den Zähler sind noch {amount} auszuzahlen: mit der gültigen "
                "Kundenkarte, groschen card refund (hat der Kunde keine: erst groschen card issue)"
            ),
            (
                f"Card {held.number} has been returned already; {amount} are still to be paid out for the meter: with "
                "the customer card in use, groschen card refund (if there is none: groschen card issue first)"
            ),
        )
    )


def _nothing_due(meter: Meter) -> NothingDue:
    return NothingDue(
        (
            f"Für Zähler {meter.serial} ist nichts auszuzahlen; nichts gebucht",
            f"Nothing is to be paid out for meter {meter.serial}; nothing booked",
        )
    )


def _used(what: Text | str) -> UsedCard:
    german, english = (what, what) if isinstance(what, str) else what
    return UsedCard(
        (
            f"Gebraucht wird eine leere Karte; diese ist es nicht: {german}",
            f"A blank card is needed; this one is not: {english}",
        )
    )


# -- what is broken off ------------------------------------------------------------------------------------

_CARD_UNFINISHED: Final = (
    "{cause}\nDie Karte neu einstecken und groschen card read aufrufen; was gebucht ist, geht nicht verloren",
    "{cause}\nInsert the card again and call groschen card read; nothing that is booked gets lost",
)


def _credit_unfinished(order: Order, request: str | None, again: bool) -> Text:
    amount = format_eur(order.amount_ueur)
    key = (f" --request {request}",) * 2 if request else (" ohne --again", " without --again") if again else ("", "")
    return (
        (
            f"{{cause}}\nGutschrift {order.number} über {amount} ist gebucht; ob sie auf der Karte steht, ist offen. "
            f"Dieselbe Karte oder ihre Ersatzkarte einstecken und dieselbe Aufladung{key[0]} noch einmal aufrufen: "
            "gebucht wird sie nur einmal"
        ),
        (
            f"{{cause}}\nCredit {order.number} of {amount} is booked; whether it is on the card is not known. Insert "
            f"the same card or its replacement and call the same top-up{key[1]} again: it is booked once only"
        ),
    )


def _card_begun(held: Card) -> Text:
    return (
        (
            f"{{cause}}\nKarte {held.number} ist angelegt und noch nicht fertig. Diese oder eine andere leere Karte "
            "einstecken und denselben Befehl noch einmal aufrufen: Nummer und Pfand werden nicht noch einmal genommen"
        ),
        (
            f"{{cause}}\nCard {held.number} is begun and not finished. Insert this or another blank card and call the "
            "same command again: number and deposit are not taken again"
        ),
    )


def _card_renewed(held: Card) -> Text:
    return (
        (
            f"{{cause}}\nKarte {held.number} wird für Leben {held.life} des Zählers neu geschrieben und ist noch nicht "
            "fertig. Dieselbe Karte einstecken und denselben Befehl noch einmal aufrufen; ist sie nun leer oder "
            "beschädigt, schreibt groschen card issue sie fertig: Nummer und Pfand bleiben"
        ),
        (
            f"{{cause}}\nCard {held.number} is being written anew for life {held.life} of the meter and is not "
            "finished. Insert the same card and call the same command again; if it is blank or damaged now, groschen "
            "card issue finishes it: number and deposit stay"
        ),
    )


@contextmanager
def _telling(text: Text, *passing: type[HostError]) -> Generator[None]:
    """Say of whatever ends a write what it leaves, and what to do; the inner of two such texts gives way."""
    try:
        yield
    except passing:
        raise
    except Unfinished as error:
        raise _unfinished(text, error.cause) from error
    except HostError as error:
        raise _unfinished(text, error) from error
    except OSError as error:
        raise _unfinished(text, unwritable(error)) from error


def _unfinished(text: Text, cause: HostError) -> Unfinished:
    german, english = cause.text if isinstance(cause.text, tuple) else (cause.text, cause.text)
    return Unfinished((text[0].format(cause=german), text[1].format(cause=english)), cause)
