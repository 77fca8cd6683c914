# SPDX-License-Identifier: Apache-2.0
"""A meter that lost its memory, at the cash desk: its cards are written anew, and what was sold before counts no more."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from groschen.core import events
from groschencard import card as card_format
from groschencard import record_issue, records
from groschencard.chips import SLE_SIZE
from groschenhost.cards import content, receipts
from groschenhost.cards.errors import BlankCard, CardRefused, DamagedCard, ForgedCard, NewerThanLedger, Unfinished
from groschenhost.cards.station import Service
from groschenhost.errors import HostError
from groschenhost.ledger.values import Account, CardKind, CardState, OrderState
from groschenhost.money import EUR
from groschenhost.readers.mifare import Mifare1K
from groschenhost.readers.sle4428 import Sle4428
from tests.host.station_bench import MASTER, SERIAL, UTILITY, Bench, Pulled, blank, put, quick_ledger, space
from tests.host.test_station_torn import SOAK, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from groschencard.seal import Record

CHIPS = [Sle4428.kind, Mifare1K.kind]


@pytest.fixture
def bench(sqlite_template: Path, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(quick_ledger(sqlite_template, tmp_path))
    yield made
    made.ledger.close()


def lived(kind: str) -> Callable[[Bench], bytearray]:
    """A customer card of a meter that has lost its memory: 30 EUR were sold on it, and booked if it is a contact card."""

    def prepare(bench: Bench) -> bytearray:
        made = blank(kind)
        bench.issue(made)
        bench.topup(made, 30)
        if kind == Sle4428.kind:
            bench.insert(made)
        bench.new_life()
        return made

    return prepare


def identity(card: bytearray, life: int) -> Record | None:
    """The identity of a card, if it was made with the keys of a life."""
    return card_format.decode(MASTER.meter_keys(1, UTILITY, SERIAL, life), space(card)).newest(records.IDENTITY)


@pytest.mark.parametrize("kind", CHIPS)
def test_a_card_of_an_earlier_life_is_written_anew_and_goes_on(bench: Bench, kind: str) -> None:
    card = lived(kind)(bench)
    assert identity(card, 1) is not None
    visit = bench.station(card).read()
    assert (visit.from_life, visit.card.number, visit.card.life) == (1, 1, 2)
    found = identity(card, 2)
    assert found is not None
    assert (found.number, found.int("life")) == (1, 2)
    assert card_format.decode(bench.keys, space(card)).newest(records.ORDER) is None  # nothing of before
    assert bench.station(card).read().from_life is None
    assert bench.ledger.account(Account.DEPOSIT) == -10 * EUR
    done = bench.topup(card, 50)
    assert done.order.credit_total_ueur == 50 * EUR
    if kind == Sle4428.kind:
        bench.insert(card)
        assert bench.booked_ueur == 50 * EUR
        assert bench.station(card).read().reading is not None
        held = bench.ledger.balances(bench.meter)
        assert held.prepayment == 30 * EUR + bench.state.meter.account.balance.value()  # what was paid is not lost
    bench.check()
    assert bench.ledger.findings() == []


@pytest.mark.parametrize("kind", CHIPS)
def test_a_top_up_on_a_card_of_an_earlier_life_is_the_first_of_the_new_one(bench: Bench, kind: str) -> None:
    card = lived(kind)(bench)
    done = bench.topup(card, 20)
    assert (done.visit.from_life, done.order.life, done.order.credit_total_ueur) == (1, 2, 20 * EUR)
    text = receipts.topup_text(bench.ledger, done)
    assert "war von Leben 1, jetzt für Leben 2 neu geschrieben" in text
    assert ("Guthaben zuletzt in Leben 1" in text) == (kind == Sle4428.kind)


def test_what_an_earlier_life_proves_late_is_booked_as_its_own(bench: Bench) -> None:
    card = blank()
    bench.issue(card)
    bench.topup(card, 30)
    bench.insert(card)
    bench.state.meter.count(1_000)
    bench.insert(card)
    bench.new_life()
    visit = bench.station(card).read()
    assert visit.reading is not None
    assert (visit.reading.life, visit.reading.charges is not None) == (1, True)
    assert bench.ledger.last_reading(bench.meter) is None
    assert len(bench.ledger.readings(bench.meter, 1)) == 1
    assert bench.ledger.balances(bench.meter).acknowledged == 0
    assert visit.taken is not None
    assert visit.taken.booked
    assert bench.ledger.findings() == []


@pytest.mark.parametrize("kind", [CardKind.SERVICE, CardKind.READOUT])
def test_a_service_or_read_out_card_is_written_anew_without_its_old_command(bench: Bench, kind: CardKind) -> None:
    card = blank()
    service = Service("set_mode", 1, 5 * EUR) if kind is CardKind.SERVICE else None
    bench.station(card).issue(bench.meter, kind, service=service)
    bench.new_life()
    assert bench.station(card).read().from_life == 1
    found = identity(card, 2)
    assert found is not None
    assert found.int("card") == content.KINDS[kind]
    assert card_format.decode(bench.keys, space(card)).newest(records.ORDER) is None
    bench.insert(card)
    assert bench.state.meter.account.debt.owed.value() == 0


def test_a_card_of_an_earlier_life_is_taken_back_for_its_deposit(bench: Bench) -> None:
    card = lived(Sle4428.kind)(bench)
    bench.ledger.topup(bench.meter, EUR, "of the second life")
    with pytest.raises(CardRefused, match="noch nicht bekommen"):
        bench.station(card).give_back()  # the customer's new credit has no other card to go to
    bench.new_life()
    assert bench.station(card).give_back().payout.deposit_ueur == 10 * EUR
    assert identity(card, 1) is not None  # nothing was written
    assert bench.issue(blank()).card.number == 2


@pytest.mark.parametrize("kind", CHIPS)
def test_a_returned_card_of_an_earlier_life_is_issued_again(bench: Bench, kind: str) -> None:
    card = lived(kind)(bench)
    if kind == Mifare1K.kind:
        bench.new_life()  # its credit went with the life before
    bench.station(card).give_back()
    assert bench.issue(card).card.number == 2
    found = identity(card, bench.meter.life)
    assert found is not None
    assert found.number == 2


def test_a_blocked_card_of_an_earlier_life_is_not_written(bench: Bench) -> None:
    card = lived(Sle4428.kind)(bench)
    new = blank()
    assert bench.station(new).replace(bench.meter, None).card.life == 2
    before = bytes(card)
    visit = bench.station(card).read()
    assert (visit.card.state, visit.from_life, bytes(card)) == (CardState.BLOCKED, None, before)
    assert "Guthaben zuletzt in Leben 1:" in receipts.read_text(bench.ledger, visit)


def test_the_receipt_of_a_card_handed_in_says_that_its_balance_is_of_an_earlier_life(bench: Bench) -> None:
    text = receipts.return_text(bench.ledger, bench.station(lived(Sle4428.kind)(bench)).give_back())
    assert "Guthaben zuletzt in Leben 1:" in text
    assert "Guthaben im Zähler" not in text


def test_an_unfinished_card_is_finished_for_the_life_of_now(bench: Bench) -> None:
    card = blank()
    with pytest.raises(HostError):
        bench.station(card, 20).issue(bench.meter, CardKind.CUSTOMER)
    bench.new_life()
    with pytest.raises(Unfinished, match="andere leere Karte"):
        bench.issue(card)  # it has the secret of the life before
    another = blank()
    done = bench.issue(another)
    assert (done.card.number, done.card.life) == (1, 2)
    assert identity(another, 2) is not None
    assert bench.ledger.account(Account.DEPOSIT) == -10 * EUR


def _said(card: bytearray, life: int, keys_of: int) -> None:
    """Let a contact card's identity say a life, made with the keys of another."""
    keys = MASTER.meter_keys(1, UTILITY, SERIAL, keys_of)
    values = content.identity(MASTER.meter_keys(1, UTILITY, SERIAL, life), CardKind.CUSTOMER, 0)
    put(card, 0, record_issue.write(keys, records.IDENTITY, 0, 1, values, SLE_SIZE))


@pytest.mark.parametrize(
    ("life", "keys_of", "error"),
    [(1, 2, ForgedCard), (2, 1, ForgedCard), (3, 3, NewerThanLedger), (65_535, 1, NewerThanLedger)],
)
def test_a_life_that_somebody_made_up_is_refused_and_nothing_is_written(
    bench: Bench, life: int, keys_of: int, error: type[CardRefused]
) -> None:
    card = lived(Sle4428.kind)(bench)
    _said(card, life, keys_of)
    image, before = bytes(card), bench.dump()
    with pytest.raises(error):
        bench.station(card).read()
    assert (bytes(card), bench.dump()) == (image, before)


def test_an_old_image_on_a_card_that_was_written_anew_is_written_anew_again(bench: Bench) -> None:
    card = lived(Sle4428.kind)(bench)
    old = bytes(card)
    bench.topup(card, 20)
    card[32:1021] = old[32:1021]  # its PSC is that of the new life
    done = bench.topup(card, 20, again=True)
    assert (done.visit.from_life, done.order.credit_total_ueur) == (1, 40 * EUR)
    bench.insert(card)
    assert bench.booked_ueur == 40 * EUR
    bench.check()


@pytest.mark.slow
@pytest.mark.parametrize("kind", CHIPS)
def test_a_card_pulled_at_any_byte_while_it_is_written_anew_is_finished(
    sqlite_template: Path, tmp_path: Path, kind: str
) -> None:
    world = World(sqlite_template, tmp_path, lived(kind))
    bench, card = world.again()
    whole = Pulled(card)
    bench.station_on(whole).topup(50 * EUR)
    for left in range(0, whole.written, 1 if SOAK else 11):
        bench, card = world.again()
        with pytest.raises(HostError):
            bench.station_on(Pulled(card, left, erased=left % 2 == 1)).topup(50 * EUR)
        bench.check()
        try:
            bench.station(card).topup(50 * EUR)
        except (BlankCard, DamagedCard):
            bench.issue(card)  # as the message of the pulled card says
            bench.station(card).topup(50 * EUR)
        assert bench.issued_ueur == 50 * EUR, left
        assert bench.ledger.account(Account.CASH) == 90 * EUR, left  # a deposit, 30 EUR and 50 EUR
        rows = bench.ledger.cards(bench.meter)
        assert [(row.number, row.life, row.written_s is not None) for row in rows] == [(1, 2, True)], left
        assert all(row.state is OrderState.WRITTEN for row in bench.ledger.orders(bench.meter)), left
        if kind == Sle4428.kind:
            assert bench.insert(card) == events.CARD_CREDIT, left
            assert bench.booked_ueur == 50 * EUR, left
    world.bench.ledger.close()
