# SPDX-License-Identifier: Apache-2.0
"""The door to the ledger: every method is one transaction, and what two desks do to one meter, they do in turn.

What a method gives are detached rows: to be read, not to be changed. A method that takes a `request` does its work
once for each key, however often it is called, and gives the same again; ConflictError where the key came with
something else.
"""

import time
from collections.abc import Callable, Sequence
from typing import Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from groschenhost.errors import Text
from groschenhost.ledger import (
    audit,
    cards,
    clock,
    codes,
    device,
    journal,
    lives,
    masters,
    migrate,
    orders,
    readings,
    tans,
    tariffs,
)
from groschenhost.ledger.engine import WRITER, make_engine, unreachable
from groschenhost.ledger.errors import ConflictError, NotFoundError
from groschenhost.ledger.models import (
    Card,
    Contract,
    Customer,
    Entry,
    Flashing,
    Life,
    Meter,
    Order,
    PortReadingRow,
    Reading,
    ServiceCode,
    Tan,
    Tariff,
    Token,
    Utility,
)
from groschenhost.ledger.tans import Code
from groschenhost.ledger.values import (
    Account,
    Acknowledged,
    Balances,
    CardKind,
    CardOrder,
    FlashingData,
    MeterReading,
    OrderKind,
    OrderState,
    Payout,
    PortReading,
    SettingsData,
    Settlement,
    TanProof,
    TanState,
    TariffData,
)

T = TypeVar("T")
P = ParamSpec("P")

ATTEMPTS: Final = 3
"""How often a transaction is tried that another desk's crossed."""
_CROSSED: Final = ("40001", "40P01")
"""PostgreSQL's states of a transaction that may succeed when tried again: serialization, deadlock."""


def open_ledger(url: str, desk: str = "", now: Callable[[], int] | None = None, *, create: bool = True) -> "Ledger":
    """Opens the ledger at a URL of `settings.db_url`, making its tables where there are none, if create says so.

    desk is who books; now gives the instant in seconds. DatabaseError where it cannot be reached or has another
    version; NotFoundError where there is none.
    """
    engine = make_engine(url, create)
    try:
        migrate.make_ready(engine, create)
    except DBAPIError as error:
        engine.dispose()
        raise unreachable(error) from None
    except BaseException:
        engine.dispose()
        raise
    return Ledger(engine, desk, now)


class Ledger:
    """The ledger of one or several utilities."""

    def __init__(self, engine: Engine, desk: str = "", now: Callable[[], int] | None = None) -> None:
        """Keep the engine, whose tables are there; desk is who books, now gives the instant in seconds."""
        self.engine: Final = engine
        self._desk = desk
        self._now = now or (lambda: int(time.time()))
        self._writer = engine.execution_options(**{WRITER: True})

    def close(self) -> None:
        """Lets the connections go."""
        self.engine.dispose()

    # -- transactions --------------------------------------------------------------------------------------

    def _read(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            with Session(self.engine, expire_on_commit=False) as session:
                return work(session, *args, **kwargs)
        except DBAPIError as error:
            raise unreachable(error) from None

    def _write(self, work: Callable[[Session, journal.Desk], T]) -> T:
        """Does work in a transaction of its own; again where another desk's crossed it."""
        attempt = 1
        while True:
            try:
                with Session(self._writer, expire_on_commit=False) as session, session.begin():
                    return work(session, journal.Desk(self._desk, self._now()))
            except IntegrityError as error:
                if attempt == ATTEMPTS:
                    raise ConflictError(
                        (f"Das Kontobuch lehnt es ab: {error.orig}", f"The ledger refuses it: {error.orig}")
                    ) from None
            except DBAPIError as error:
                if attempt == ATTEMPTS or getattr(error.orig, "sqlstate", None) not in _CROSSED:
                    raise unreachable(error) from None
            attempt += 1

    def _at(self, meter: Meter, work: Callable[[Session, journal.Desk, Meter], T]) -> T:
        """Does work on one meter, which is locked meanwhile."""
        return self._write(lambda session, desk: work(session, desk, masters.lock(session, meter)))

    # -- utilities, meters, customers ----------------------------------------------------------------------

    def add_utility(self, number: int, name: str) -> Utility:
        """Adds a utility, number 1 to 65535; the same again is no error."""
        return self._write(lambda session, desk: masters.add_utility(session, desk, number, name))

    def utility(self, number: int | None = None) -> Utility:
        """Gives a utility by its number, or the only one; NotFoundError otherwise."""
        return self._read(masters.utility, number)

    def add_meter(
        self,
        serial: str | None = None,
        utility: int | None = None,
        imp_per_kwh: int = 1_000,
        key_generation: int | None = None,
    ) -> Meter:
        """Adds a meter, of the next free number where none is given; ConflictError where the number is taken."""

        def work(session: Session, desk: journal.Desk) -> Meter:
            owner = masters.utility(session, utility, lock=True)
            number = serial if serial is not None else masters.next_serial(session, owner)
            return masters.add_meter(session, desk, owner, number, imp_per_kwh, key_generation)

        return self._write(work)

    def register(
        self,
        serial: str | None = None,
        utility: int | None = None,
        imp_per_kwh: int = 1_000,
        key_generation: int | None = None,
        *,
        person: tuple[str, str, str] | None = None,
        tariff: str | None = None,
    ) -> tuple[Meter, Contract | None]:
        """Adds a meter together with its contract, both or neither; person is customer number, name and account.

        NotFoundError where the utility has no tariff of that name.
        """

        def work(session: Session, desk: journal.Desk) -> tuple[Meter, Contract | None]:
            owner = masters.utility(session, utility, lock=True)
            number = serial if serial is not None else masters.next_serial(session, owner)
            added = masters.add_meter(session, desk, owner, number, imp_per_kwh, key_generation)
            if person is None:
                return added, None
            if tariff is not None:
                tariffs.check_name(session, owner, tariff)
            customer, name, account = person
            known = masters.add_customer(session, desk, owner, customer, name, "")
            return added, masters.add_contract(session, added, known, account, tariff, desk.now_s, None)

        return self._write(work)

    def next_serial(self, utility: int | None = None, first: str | None = None, take: bool = True) -> str:
        """Gives the next free serial number; it is taken with that, so that no other desk gets it.

        first begins a pattern; take=False only looks.
        """

        def work(session: Session, _desk: journal.Desk) -> str:
            owner = masters.utility(session, utility, lock=True)
            return masters.next_serial(session, owner, first, take)

        return self._write(work)

    def meter(self, serial: str, utility: int | None = None) -> Meter:
        """Gives a meter by its serial number; NotFoundError where there is none, or where the utility must be named."""
        return self._read(masters.meter, serial, utility)

    def key_generation(self, meter: Meter, current: int) -> int:
        """Gives the generation of the key of a meter's life; where none is noted, the current one from now on."""
        return self.life_key(meter, current)[1]

    def life_key(self, meter: Meter, current: int, life: int | None = None) -> tuple[int, int]:
        """Gives the number of a life and the generation of its key; of the present life where none is named.

        There the current generation is noted where none was. NotFoundError where the meter had no such life.
        """
        number, known = self._read(lambda session: lives.generation(session, meter, life))
        if known is not None:
            return number, known
        if number != self._read(lambda session: session.get_one(Meter, meter.id).life):
            raise NotFoundError(
                (f"Zähler {meter.serial} hatte kein Leben {life}", f"Meter {meter.serial} had no life {life}")
            )
        return number, self._at(meter, lambda _session, _desk, held: masters.set_generation(held, current))

    def begin_life(self, meter: Meter, current: int, *, is_new: bool = False, is_same: bool = False) -> Life:
        """Enters the life that a board is about to be given the key of: see `lives.begin`."""
        return self._at(
            meter,
            lambda session, desk, held: lives.begin(session, desk, held, current, is_new=is_new, is_same=is_same),
        )

    def has_lived(self, meter: Meter) -> bool:
        """Tells whether a board is known to have been this meter in its present life."""
        return self._read(lives.has_lived, meter)

    def lives(self, meter: Meter) -> list[Life]:
        """Lists the lives of a meter that were entered, oldest first."""
        return self._read(lives.lives, meter)

    def meters(self, utility: int | None = None, search: str = "") -> list[Meter]:
        """Lists meters whose number, customer or contract account contains a text."""
        return self._read(masters.meters, utility, search)

    def add_contract(
        self,
        meter: Meter,
        customer: str,
        name: str,
        account: str,
        *,
        address: str = "",
        tariff: str | None = None,
        settings: SettingsData | None = None,
        from_s: int | None = None,
    ) -> Contract:
        """Begins a contract: customer number and name, contract account, the tariff's name; ends the one before."""

        def work(session: Session, desk: journal.Desk, held: Meter) -> Contract:
            person = masters.add_customer(session, desk, held.utility, customer, name, address)
            own = tariffs.add_settings(session, held.utility, settings).id if settings else None
            begins = desk.now_s if from_s is None else from_s
            return masters.add_contract(session, held, person, account, tariff, begins, own)

        return self._at(meter, work)

    def contract(self, meter: Meter) -> Contract | None:
        """Gives the contract in force now, or None; `.customer` is loaded."""
        return self._read(masters.contract_at, meter, self._now())

    def customer(self, meter: Meter) -> Customer | None:
        """Gives who has the meter now, or None."""
        found = self.contract(meter)
        return found.customer if found else None

    # -- tariffs and settings ------------------------------------------------------------------------------

    def add_tariff(self, data: TariffData, settings: SettingsData | None = None, utility: int | None = None) -> Tariff:
        """Adds a tariff, with the settings of its contracts; ConflictError where its version is taken or too old."""

        def work(session: Session, desk: journal.Desk) -> Tariff:
            owner = masters.utility(session, utility, lock=True)
            return tariffs.add_tariff(session, desk, owner, data, settings)

        return self._write(work)

    def tariff(self, version: int, utility: int | None = None) -> Tariff:
        """Gives a tariff by its version; NotFoundError otherwise."""
        return self._read(lambda session: tariffs.tariff(session, masters.utility(session, utility), version))

    def tariffs(self, utility: int | None = None) -> list[Tariff]:
        """Lists the tariffs by version."""
        return self._read(lambda session: tariffs.tariffs(session, masters.utility(session, utility)))

    def tariff_settings(self, tariff: Tariff) -> SettingsData | None:
        """Gives the settings that a tariff brings, or None."""
        return self._read(tariffs.tariff_settings, tariff)

    def tariff_for(self, meter: Meter) -> TariffData:
        """Gives the newest tariff for a meter, also one that starts later: what its card must carry."""
        return self._read(lambda session: tariffs.tariff_data(tariffs.newest_for(session, meter, self._now())))

    def settings_for(self, meter: Meter) -> tuple[int, SettingsData]:
        """Gives the settings that a meter's card must carry, and their number, which rises with each change."""
        return self._at(meter, lambda session, desk, held: tariffs.settings_for(session, held, desk.now_s))

    # -- credits, debts, commands --------------------------------------------------------------------------

    def topup(self, meter: Meter, ueur: int, request: str) -> Order:
        """Issues a credit by card, above 0 and up to 10 000 EUR, and books it: cash to prepayment."""
        return self._at(
            meter,
            lambda session, desk, held: orders.issue(session, desk, held, OrderKind.CREDIT, ueur, request),
        )

    def add_debt(self, meter: Meter, ueur: int, request: str) -> Order:
        """Issues a debt by card, above 0 and up to 10 000 EUR, and books it."""
        return self._at(
            meter,
            lambda session, desk, held: orders.issue(session, desk, held, OrderKind.DEBT, ueur, request),
        )

    def command(self, meter: Meter, word: str, request: str, argument: int = 0) -> Order:
        """Issues a mode or service command by card."""
        return self._at(meter, lambda session, desk, held: orders.command(session, desk, held, word, argument, request))

    def correct_clock(self, meter: Meter, wanted: clock.Correction, request: str) -> Order:
        """Issues a correction of a meter's clock by card, posts its refund, and notes who approved it."""
        return self._at(meter, lambda session, desk, held: clock.correct(session, desk, held, wanted, request))

    def meter_ahead_s(self, meter: Meter) -> int | None:
        """Gives by how many seconds a meter's clock is ahead of this desk's, by what it said last; None: nothing."""
        return self._read(clock.ahead_s, meter)

    def clock_doubt(self, known_s: Sequence[int]) -> clock.Doubt | None:
        """Says why this desk's clock may be wrong; None where it is in order, or said to be within a day."""
        desk = journal.Desk(self._desk, self._now())
        return self._read(clock.doubt, desk, known_s)

    def confirm_clock(self, doubted: clock.Doubt) -> None:
        """Notes that this operator has said that the desk's clock is right."""
        self._write(lambda session, desk: clock.confirm(session, desk, doubted))

    def order_for_card(self, meter: Meter) -> CardOrder:
        """Gives what the order record of the meter's cards must say now."""
        return self._read(orders.for_card, meter)

    def orders(self, meter: Meter, life: int | None = None) -> list[Order]:
        """Lists the orders of a life of a meter by number; of its present one where none is named."""
        return self._read(orders.orders, meter, life)

    def undelivered_orders(self, meter: Meter) -> list[Order]:
        """Lists the credits and debts of a meter's earlier lives that no proof has settled."""
        return self._read(orders.undelivered, meter)

    def open_order(self, meter: Meter) -> Order | None:
        """Gives the newest order that is not known to be on a card, or None; the next insertion settles it."""
        return self._read(orders.unfinished, meter)

    def order_unknown(self, meter: Meter, number: int, card: Card | None = None) -> None:
        """Notes, before the first byte is written, that the orders up to a number may be on a card from now on."""
        self._at(meter, lambda session, _desk, held: orders.move(session, held, number, OrderState.UNKNOWN, card))

    def order_written(self, meter: Meter, number: int, card: Card | None = None) -> None:
        """Notes, after the read-back, that the orders up to a number are on a card."""
        self._at(meter, lambda session, _desk, held: orders.move(session, held, number, OrderState.WRITTEN, card))

    # -- cards ---------------------------------------------------------------------------------------------

    def issue_card(self, meter: Meter, kind: CardKind, chip: str, request: str) -> Card:
        """Issues a card of the next number; a customer's takes 10 EUR deposit, and only one is active at a time."""
        return self._at(meter, lambda session, desk, held: cards.issue(session, desk, held, kind, chip, request))

    def card(self, meter: Meter, number: int) -> Card:
        """Gives a card by its number; NotFoundError otherwise."""
        return self._read(cards.card, meter, number)

    def cards(self, meter: Meter) -> list[Card]:
        """Lists a meter's cards by number."""
        return self._read(cards.cards, meter)

    def active_card(self, meter: Meter) -> Card | None:
        """Gives the meter's customer card, or None."""
        return self._read(cards.active, meter)

    def unfinished_card(self, meter: Meter, kind: CardKind) -> Card | None:
        """Gives the card of a kind that was issued and never wholly written, or None; it is to be finished first."""
        return self._read(cards.unfinished, meter, kind)

    def card_of_request(self, meter: Meter, request: str) -> Card | None:
        """Gives the card that came of a request's key, or None."""
        return self._read(cards.of_request, meter, request)

    def finish_card(self, meter: Meter, number: int) -> Card:
        """Notes, after the read-back, that a new card is whole."""
        return self._at(
            meter, lambda session, desk, held: cards.finish(session, desk, cards.card(session, held, number))
        )

    def renew_card(self, meter: Meter, number: int) -> Card:
        """Notes, before the first byte is written, that a card is written anew for the meter's present life."""
        return self._at(
            meter, lambda session, _desk, held: cards.renew(session, held, cards.card(session, held, number))
        )

    def block_card(self, meter: Meter, number: int) -> Card:
        """Blocks a lost card; its deposit stays held, orders that only it holds go to the next card."""
        return self._at(
            meter, lambda session, desk, held: cards.block(session, desk, held, cards.card(session, held, number))
        )

    def replace_card(self, meter: Meter, number: int, chip: str, request: str, *, handed_in: bool) -> Card:
        """Gives a new card for an old one: handed in, its deposit goes over; else it is blocked and a new one taken."""
        return self._at(
            meter,
            lambda session, desk, held: cards.replace(
                session, desk, held, cards.card(session, held, number), chip, request, handed_in
            ),
        )

    def return_card(self, meter: Meter, number: int, request: str) -> Payout:
        """Takes a card back and pays out its deposit and the refund due; take its reading in first."""
        return self._at(
            meter,
            lambda session, desk, held: cards.give_back(
                session, desk, held, cards.card(session, held, number), request
            ),
        )

    def pay_refund(self, meter: Meter, request: str) -> Payout:
        """Pays out the refund due, the card staying with the customer."""
        return self._at(meter, lambda session, desk, held: cards.pay_refund(session, desk, held, request))

    def refund_due(self, meter: Meter) -> int:
        """Gives the refund to be paid out in micro-euro, whole cents."""
        return self._read(cards.refund_due, meter)

    # -- readings ------------------------------------------------------------------------------------------

    def acknowledge(self, meter: Meter, reading: MeterReading) -> Acknowledged:
        """Takes in what a card brought back; twice or late it books nothing. ReadingError where it cannot be true."""
        return self._at(meter, lambda session, desk, held: readings.take(session, desk, held, reading))

    def last_reading(self, meter: Meter) -> Reading | None:
        """Gives the reading of the highest exchange, or None."""
        return self._read(readings.last, meter)

    def readings(self, meter: Meter, life: int | None = None) -> list[Reading]:
        """Lists the readings of a life of a meter by exchange; of its present one where none is named."""
        return self._read(readings.readings, meter, life)

    # -- boards and service ports --------------------------------------------------------------------------

    def book_flashing(self, meter: Meter, data: FlashingData) -> Flashing:
        """Books what was flashed onto a meter's board."""
        return self._at(meter, lambda session, desk, held: device.book_flashing(session, desk, held, data))

    def flashings(self, meter: Meter) -> list[Flashing]:
        """Lists what was flashed onto a meter's board, oldest first."""
        return self._read(device.flashings, meter)

    def book_port_reading(self, meter: Meter, data: PortReading) -> PortReadingRow:
        """Books what a meter said at its service port; ReadingError where its registers have fallen."""
        return self._at(meter, lambda session, desk, held: device.book_port_reading(session, desk, held, data))

    def last_port_reading(self, meter: Meter) -> PortReadingRow | None:
        """Gives what a meter said last at its service port, or None."""
        return self._read(device.last_port_reading, meter)

    # -- TANs ----------------------------------------------------------------------------------------------

    def take_tan_counter(
        self, meter: Meter, eur: int, request: str, *, digits: int = 5, code: Code | None = None
    ) -> Tan:
        """Sells a TAN of 1 to 999 EUR: takes the next counter, but none that is ambiguous by code(counter, eur)."""
        return self._at(meter, lambda session, desk, held: tans.take(session, desk, held, eur, digits, request, code))

    def tan(self, meter: Meter, counter: int) -> Tan:
        """Gives a TAN by its counter; NotFoundError otherwise."""
        return self._read(tans.tan, meter, counter)

    def tans(self, meter: Meter, state: TanState | None = None, life: int | None = None) -> list[Tan]:
        """Lists a life's TANs by counter, all or those in one state; warn above two that are open.

        Of the meter's present life where none is named.
        """
        return self._read(tans.tans, meter, state, life)

    def undelivered_tans(self, meter: Meter) -> list[Tan]:
        """Lists the TANs of a meter's earlier lives that are paid for, neither used nor replaced."""
        return self._read(tans.undelivered, meter)

    def sold_tans(self, utility: int | None = None, state: TanState | None = None) -> list[tuple[str, Tan]]:
        """Lists a utility's TANs with the serial numbers of their meters, all or those in one state."""
        return self._read(lambda session: tans.sold(session, masters.utility(session, utility), state))

    def tan_counters(self, meter: Meter) -> tuple[int, int]:
        """Gives the highest counter that is proven used, and the highest that was given out or seen; 0 where none."""
        return self._read(lambda session: (tans.proven(session, meter), tans.highest(session, meter)))

    def tan_digits_returned(self, meter: Meter) -> int | None:
        """Gives how many digits the meter's TANs had when its newest card was read, or None."""
        return self._read(tans.digits_returned, meter)

    def settle_tans(self, meter: Meter, proof: TanProof, *, source: str = "desk") -> Settlement:
        """Settles what a meter proves of its TANs, in any order and however often, and keeps the proof."""

        def work(session: Session, desk: journal.Desk, held: Meter) -> Settlement:
            tans.note_proof(session, desk, held, proof, source)
            return tans.settle(session, desk, held, proof)

        return self._at(meter, work)

    def reissue_tan(
        self, meter: Meter, counter: int, request: str, *, code: Code | None = None, digits: int | None = None
    ) -> Tan:
        """Gives another TAN for a dead one, once; StateError where it is not dead. Nothing is booked."""
        return self._at(
            meter,
            lambda session, desk, held: tans.reissue(
                session, desk, held, tans.tan(session, held, counter), request, code, digits
            ),
        )

    def next_service_code(self, meter: Meter, request: str) -> ServiceCode:
        """Takes the next of the codes that open the meter's TAN entry again, and notes who took it."""
        return self._at(meter, lambda session, desk, held: codes.next_service_code(session, desk, held, request))

    def service_code(self, meter: Meter, counter: int) -> ServiceCode:
        """Gives a service code that was taken; NotFoundError otherwise."""
        return self._read(codes.service_code, meter, counter)

    def service_codes(self, meter: Meter) -> list[ServiceCode]:
        """Lists a meter's service codes by counter."""
        return self._read(codes.service_codes, meter)

    def sell_token(self, meter: Meter, eur: int, request: str) -> Token:
        """Sells an OpenPAYGO token of 1 to 995 EUR: takes the next purchase, and books it."""
        return self._at(meter, lambda session, desk, held: codes.sell_token(session, desk, held, eur, request))

    def tokens(self, meter: Meter, life: int | None = None) -> list[Token]:
        """Lists the OpenPAYGO tokens of a life by purchase; of the meter's present one where none is named."""
        return self._read(codes.tokens, meter, life)

    # -- accounts ------------------------------------------------------------------------------------------

    def account(self, account: Account, meter: Meter | None = None) -> int:
        """Gives an account's sum in micro-euro, of one meter or of all: debits less credits."""
        return self._read(journal.balance, account, meter)

    def accounts(self) -> dict[Account, int]:
        """Gives every account's sum in micro-euro: debits less credits."""
        return self._read(journal.balances)

    def balances(self, meter: Meter) -> Balances:
        """Gives what is held for a meter's customer, and the credits issued and acknowledged by card."""

        def work(session: Session) -> Balances:
            newest, reading = orders.newest(session, meter), readings.last(session, meter)
            return Balances(
                prepayment=-journal.balance(session, Account.PREPAYMENT, meter),
                deposit=-journal.balance(session, Account.DEPOSIT, meter),
                refund=-journal.balance(session, Account.REFUND, meter),
                debt=journal.balance(session, Account.DEBT, meter),
                issued=newest.credit_total_ueur if newest else 0,
                acknowledged=reading.credits_ueur if reading else 0,
            )

        return self._read(work)

    def entries(self, meter: Meter | None = None, limit: int = 100) -> list[Entry]:
        """Gives the newest bookings with their lines, the newest first."""
        return self._read(journal.entries, meter, limit)

    def unbalanced(self) -> list[int]:
        """Gives the numbers of bookings that do not sum to zero: in order, none."""
        return self._read(journal.unbalanced)

    def findings(self) -> list[Text]:
        """Says what contradicts itself: orders, TANs, cards and readings against the bookings; in order, nothing."""
        # All of it at one instant: a sale at another desk between two queries would look like a forgery.
        is_shared = self.engine.dialect.name == "postgresql"
        still = self.engine.execution_options(isolation_level="REPEATABLE READ") if is_shared else self.engine
        try:
            with Session(still) as session:
                return audit.findings(session)
        except DBAPIError as error:
            raise unreachable(error) from None
