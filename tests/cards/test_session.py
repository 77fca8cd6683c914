# SPDX-License-Identifier: Apache-2.0
"""Every outcome of a card session on the real chain: session, slot, driver, and the chip's pins or the frames in the air.

Each refusal has its event in the log and changes nothing; what a card brings is taken, acknowledged, and taken once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from groschen.core import events
from groschen.core.calendar import QUARTER_S
from groschen.core.session import _ACKNOWLEDGE, _CHECK, _PRESENT, _WRITE_BACK, CardSession
from groschencard import records, seal
from groschencard.chips import SLE_BASE, SLE_SIZE
from groschencard.crc import crc16
from groschencard.keys import MeterKeys
from groschensim.cards import COUNTER, PSC, Desk, blank_image
from groschensim.models import mifare, sle4428
from groschensim.nvm import PowerCut, SimNvm
from tests.cards.bench import (
    KEYS,
    OPENING,
    SERIAL,
    TERMS,
    UTILITY,
    YEAR,
    Bench,
    Chain,
    Contact,
    Contactless,
    card_with_everything,
    check_conserved,
    check_returned,
    new_meter,
    read,
    secret_of,
)
from tests.core.house import seconds
from tests.power_fail.day import CUSTOMER, EUR, FREE, LOCKED, REFUND, TARIFF

if TYPE_CHECKING:
    from groschencard.codec import Values

WRONG = b"\x12\x34\x56\x78\x9a\xbc"
CHAINS: list[Callable[[], Chain]] = [Contact, Contactless]


def kept(bench: Bench) -> dict[str, int]:
    """Gives what the memory alone would bring back."""
    bench.restart()
    return bench.side.books()


# -- what is refused: nothing is booked, nothing written, and the log says why


def blank(_bench: Bench) -> bytearray:
    return blank_image()


def damaged(bench: Bench) -> bytearray:
    card = card_with_everything(bench.desk, bench.state)
    card[SLE_BASE + 11] ^= 4
    return card


def other_utility(bench: Bench) -> bytearray:
    keys = MeterKeys(bytes(32), UTILITY + 1, SERIAL)
    return card_with_everything(Desk(keys), bench.state)


def other_meter(bench: Bench) -> bytearray:
    keys = MeterKeys(bytes(32), UTILITY, SERIAL[:-1] + b"5")
    return card_with_everything(Desk(keys), bench.state)


def forged(bench: Bench) -> bytearray:
    return card_with_everything(Desk(MeterKeys(bytes(32), UTILITY, SERIAL)), bench.state)


def newer_format(bench: Bench) -> bytearray:
    card = card_with_everything(bench.desk, bench.state)
    identity: Values = {"format": 2, "card": 0, "utility": UTILITY, "serial": SERIAL, "issued_day": 0, "life": 0}
    bench.desk.write(card, records.IDENTITY, 0, 1, identity)
    return card


def newer_kinds(bench: Bench) -> bytearray:
    """Gives a card of a kind that only a newer format knows."""
    card = newer_format(bench)
    at = SLE_BASE + records.HEAD + 1
    card[at] = 77
    body = card[SLE_BASE : SLE_BASE + 46]
    card[SLE_BASE + 46 : SLE_BASE + 48] = crc16(body, len(body)).to_bytes(2, "little")
    return card


def replaced(bench: Bench) -> bytearray:
    assert bench.insert(bench.desk.issue(records.CUSTOMER, 2)) == events.CARD_NO_CREDIT
    return card_with_everything(bench.desk, bench.state)


REFUSALS: list[tuple[Callable[[Bench], bytearray], int]] = [
    (blank, events.CARD_BLANK),
    (damaged, events.CARD_DAMAGED),
    (other_utility, events.CARD_OTHER_UTILITY),
    (other_meter, events.CARD_OTHER_METER),
    (forged, events.CARD_FORGED),
    (newer_format, events.CARD_NEW_FORMAT),
    (newer_kinds, events.CARD_NEW_FORMAT),
    (replaced, events.CARD_REPLACED),
]


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize(("make", "outcome"), REFUSALS, ids=lambda case: getattr(case, "__name__", ""))
def test_a_card_that_is_refused_books_nothing_and_is_not_written(
    chain: Callable[[], Chain], make: Callable[[Bench], bytearray], outcome: int
) -> None:
    bench = Bench(chain())
    card = make(bench)
    bench.side.news()
    books, image = bench.side.books(), bytes(card)
    assert bench.insert(card) == outcome
    assert bench.side.news() == [outcome]
    assert bench.side.books() == books == kept(bench)
    assert card == image
    assert bench.state.cards.wrong_pscs == 0  # nothing was presented


def test_the_holidays_of_a_card_reach_the_meter_rule_by_rule() -> None:
    bench = Bench()
    rules = [[0, 12, 24, 2026, 2026], [1, 49, 0, 2000, 2099], [2, 2, 1123, 2000, 2099]]
    card = bench.desk.issue(records.CUSTOMER, 1)
    bench.desk.tariff(card, 2, {**TARIFF, "holidays": rules}, YEAR)
    assert bench.insert(card) == events.CARD_TARIFF
    assert list(bench.meter.tariff.holidays) == [value for rule in rules for value in rule]


def test_an_order_of_a_number_that_is_known_books_nothing_whatever_its_totals_say() -> None:
    bench = Bench()
    card = bench.desk.issue(records.CUSTOMER, 1)
    bench.desk.credit(card, 3, 20 * EUR)
    assert bench.insert(card) == events.CARD_CREDIT
    booked = bench.side.books()
    bench.desk.credit(card, 3, 90 * EUR)
    assert bench.insert(card) == events.CARD_NO_CREDIT
    assert bench.side.books() == booked


def test_a_chip_that_is_not_known_is_foreign() -> None:
    bench = Bench()
    card = card_with_everything(bench.desk, bench.state)
    card[:4] = b"\xa2\x13\x10\x91"
    assert bench.insert(card) == events.CARD_FOREIGN
    assert bench.side.news() == [events.CARD_FOREIGN]
    assert bench.side.books() == Bench().side.books()


def test_a_contactless_card_with_another_key_a_is_foreign() -> None:
    chain = Contactless()
    bench = Bench(chain)
    chain.insert(card_with_everything(bench.desk, bench.state))
    chain.card.image[48:54] = WRONG
    assert bench.finish() == events.CARD_FOREIGN
    assert bench.side.news() == [events.CARD_FOREIGN]


def test_a_card_that_leaves_while_it_is_identified_was_pulled_and_is_not_foreign() -> None:
    for clocks in range(1, 33):
        bench = Bench()
        bench.chain.insert(card_with_everything(bench.desk, bench.state))
        bench.chain.pull_after(clocks)
        assert bench.finish() == events.CARD_PULLED
        assert bench.side.news() == [events.CARD_PULLED]


def test_a_card_that_reads_otherwise_a_moment_later_is_damaged() -> None:
    """A contact that chatters, or another card in the same instant."""
    bench = Bench()
    card = card_with_everything(bench.desk, bench.state)
    books = bench.side.books()
    bench.chain.insert(card)
    while bench.session.state != _CHECK:
        bench.session.step()
    card[SLE_BASE + 9] ^= 1
    assert bench.finish() == events.CARD_DAMAGED
    assert bench.side.news() == [events.CARD_DAMAGED]
    assert bench.side.books() == books


# -- the secret


def clone(bench: Bench) -> bytearray:
    """Gives a copy of a card on another one, which keeps its own code."""
    card = card_with_everything(bench.desk, bench.state)
    card[PSC:] = b"\x77\x66"
    return card


def test_a_copy_on_another_card_is_asked_twice_and_then_spared() -> None:
    bench = Bench()
    card = clone(bench)
    books = bench.side.books()
    seen = [bench.insert(card) for _ in range(6)]
    assert seen == [events.CARD_PSC_WRONG] * 2 + [events.CARD_PSC_SPARED] * 4
    assert bench.side.news() == seen
    assert card[COUNTER].bit_count() == 6
    assert bench.side.books() == books == kept(bench)
    assert bench.state.cards.wrong_pscs == 2  # is kept, too
    assert bench.insert(card) == events.CARD_PSC_SPARED
    # Another copy has its own two; the right card is taken at once, even with a try lost.
    other = clone(bench)
    assert [bench.insert(other) for _ in range(3)] == [events.CARD_PSC_WRONG] * 2 + [events.CARD_PSC_SPARED]
    own = card_with_everything(bench.desk, bench.state)
    own[COUNTER] = 0xFE
    assert bench.insert(own) == events.CARD_CREDIT
    assert own[COUNTER] == 0xFF


def test_whoever_inserts_what_and_how_often_no_foreign_card_is_destroyed() -> None:
    """A copy and the right card in turn: two wrong answers before the meter knows the card, and two after that."""
    bench = Bench()
    copy, own = clone(bench), card_with_everything(bench.desk, bench.state)
    for _ in range(20):
        bench.insert(copy)
        bench.insert(copy)
        bench.insert(own)
    assert copy[COUNTER].bit_count() == 4
    assert own[COUNTER].bit_count() == 8


def test_a_newer_number_with_no_more_credit_is_no_credit_and_with_less_a_replay() -> None:
    bench = Bench()
    card = card_with_everything(bench.desk, bench.state)
    assert bench.insert(card) == events.CARD_CREDIT
    number = bench.state.cards.credit_number
    seats = card[SLE_BASE + 272 : SLE_BASE + 320], card[SLE_BASE + 320 : SLE_BASE + 368]
    order, _ = seal.newest(KEYS, records.ORDER, [bytes(seat) for seat in seats])
    assert order is not None
    for more, outcome in ((0, events.CARD_NO_CREDIT), (-EUR, events.CARD_REPLAYED)):
        number += 1
        total = order.int("credit_total_ueur") + more
        values: Any = {**order.values, "credit_number": number, "credit_total_ueur": total}
        bench.desk.write(card, records.ORDER, 0, 1000 + number, values)
        bench.desk.write(card, records.ORDER, 1, 1000 + number, values)
        assert bench.insert(card) == outcome
        check_conserved(bench.meter)
    assert bench.state.cards.credit_number == number - 1


@pytest.mark.parametrize(("tries", "asked"), [(0, False), (1, False), (2, False), (3, True), (6, True), (7, True)])
def test_a_card_with_few_tries_left_is_not_asked(tries: int, asked: bool) -> None:
    bench = Bench()
    for card, outcome in ((clone(bench), events.CARD_PSC_WRONG), (card_with_everything(bench.desk, bench.state), 1)):
        bench.state.cards.wrong_pscs = 0
        card[COUNTER] = (1 << tries) - 1
        image = bytes(card)
        found = bench.insert(card)
        assert found == (outcome if asked else events.CARD_PSC_SPARED if tries else events.CARD_PSC_LOCKED)
        assert bench.side.news()[-1] == found
        assert asked or card == image


def test_a_contactless_card_with_another_key_b_is_a_copy() -> None:
    chain = Contactless()
    bench = Bench(chain)
    card = card_with_everything(bench.desk, bench.state)
    books, image = bench.side.books(), bytes(card)
    for _ in range(4):  # this chip counts nothing, so there is nothing to spare
        assert bench.insert(card, WRONG) == events.CARD_PSC_WRONG
    assert bench.side.news() == [events.CARD_PSC_WRONG] * 4
    assert bench.side.books() == books == kept(bench)
    assert card == image
    assert bench.insert(card) == events.CARD_CREDIT


# -- what breaks


def test_a_card_that_does_not_keep_its_bytes_is_worn_and_the_meter_keeps_the_truth() -> None:
    for at in (SLE_BASE + 368, SLE_BASE + 431, SLE_BASE + 432, SLE_BASE + 500):
        bench = Bench()
        card = card_with_everything(bench.desk, bench.state)
        protect = sle4428.blank_protect()
        protect[at // 8] &= ~(1 << at % 8)
        card[at] ^= 0x81  # so that it has to be written
        assert bench.insert(card, protect) == events.CARD_WORN
        assert bench.side.news()[-2:] == [events.CARD_CREDIT, events.CARD_WORN]
        assert bench.side.books()["topups"] == OPENING + 20 * EUR == kept(bench)["topups"]
        assert bench.insert(card, protect) == events.CARD_WORN
        assert bench.side.books()["topups"] == OPENING + 20 * EUR


def test_a_contactless_card_that_does_not_keep_its_bytes_is_worn() -> None:
    class Worn(mifare.MifareClassic1K):
        def _program(self, block: int, content: bytes) -> tuple[bytes, int]:
            return super()._program(block, bytes(self.image[block * 16 : block * 16 + 16]))

    bench = Bench(Contactless(Worn(mifare.blank_image(b"\1\2\3\4"))))
    assert bench.insert(card_with_everything(bench.desk, bench.state)) == events.CARD_WORN
    assert bench.side.news()[-2:] == [events.CARD_CREDIT, events.CARD_WORN]


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("state", [_CHECK, _PRESENT, _ACKNOWLEDGE, _WRITE_BACK])
def test_a_card_that_is_pulled_between_two_steps_is_put_right_by_the_next_insertion(
    chain: Callable[[], Chain], state: int
) -> None:
    bench = Bench(chain())
    card = card_with_everything(bench.desk, bench.state)
    bench.chain.insert(card)
    while bench.session.state != state:
        bench.session.step()
    bench.chain.pull()
    bench.session.run()
    assert bench.session.outcome == events.CARD_PULLED
    assert bench.side.news()[-1] == events.CARD_PULLED
    bench.session.step()
    booked = state > _PRESENT
    assert bench.side.books()["topups"] == OPENING + booked * 20 * EUR
    assert bench.insert(card) == (events.CARD_NO_CREDIT if booked else events.CARD_CREDIT)
    assert kept(bench)["topups"] == OPENING + 20 * EUR
    check_returned(card, bench.state, events.CARD_NO_CREDIT if booked else events.CARD_CREDIT, bench.chain.size)


class Deaf(SimNvm):
    """A memory that takes nothing from some moment on."""

    deaf = False

    def write(self, at: int, data: bytearray) -> None:
        if not self.deaf:
            super().write(at, data)


@pytest.mark.parametrize("chain", CHAINS)
def test_where_the_memory_takes_nothing_nothing_is_acknowledged(chain: Callable[[], Chain]) -> None:
    nvm = Deaf()
    bench = Bench(chain(), nvm=nvm)
    card = card_with_everything(bench.desk, bench.state)
    nvm.deaf = True
    for _ in range(2):
        assert bench.insert(card) == events.CARD_MEMORY
        assert events.CARD_MEMORY not in bench.side.news()
        assert card[SLE_BASE + 368 : SLE_BASE + bench.chain.size] == b"\xff" * (bench.chain.size - 368)
    nvm.deaf = False
    nvm_image = nvm.image
    bench = Bench(chain(), nvm=SimNvm())
    bench.side.nvm.image = nvm_image
    assert kept(bench)["topups"] == OPENING
    assert bench.insert(card) == events.CARD_CREDIT
    assert kept(bench)["topups"] == OPENING + 20 * EUR


# -- what is taken


class Take(NamedTuple):
    """A card that brings something, in which mode: what is logged, what changes and by how much."""

    name: str
    mode: int
    write: Callable[[Bench, bytearray], None]
    logged: list[int]
    changes: dict[str, int]
    outcome: int
    kind: int = records.CUSTOMER


def credit(bench: Bench, card: bytearray) -> None:
    bench.desk.credit(card, 1, 20 * EUR)


def debt(bench: Bench, card: bytearray) -> None:
    bench.desk.debt(card, 1, 3 * EUR)


def tariff(bench: Bench, card: bytearray) -> None:
    bench.desk.tariff(card, 5, {**TARIFF, "ht_ueur_per_kwh": 1}, YEAR)


def contract(bench: Bench, card: bytearray) -> None:
    bench.desk.contract(card, 3, TERMS, bench.state)


def everything(bench: Bench, card: bytearray) -> None:
    tariff(bench, card)
    contract(bench, card)
    debt(bench, card)
    bench.desk.credit(card, 2, 20 * EUR)


def command(command: int, mode: int = 0) -> Callable[[Bench, bytearray], None]:
    return lambda bench, card: bench.desk.command(card, 4, command, mode)


def nothing(_bench: Bench, _card: bytearray) -> None:
    pass


REMAINS = new_meter().account.balance.value()
CREDIT = {"topups": 20 * EUR, "balance": 20 * EUR, "credit by card": 20 * EUR, "numbers": 1000}
DEBT = {"debt": 3 * EUR, "numbers": 1}
ALL = {**CREDIT, **DEBT, "numbers": 2001, "tariff": 4, "contract": 3}
BACK = {"refunds": REMAINS, "balance": -REMAINS}

TAKES = [
    Take("credit", CUSTOMER, credit, [events.CARD_CREDIT], CREDIT, events.CARD_CREDIT),
    Take("credit in REFUND", REFUND, credit, [events.CARD_CREDIT], CREDIT, events.CARD_CREDIT),
    Take("credit while LOCKED", LOCKED, credit, [events.CARD_CREDIT], CREDIT, events.CARD_CREDIT),
    Take("FREE ends", FREE, credit, [events.CARD_CREDIT], {**CREDIT, "mode": CUSTOMER - FREE}, events.CARD_CREDIT),
    Take("FREE stays", FREE, nothing, [events.CARD_NO_CREDIT], {}, events.CARD_NO_CREDIT),
    Take("debt", CUSTOMER, debt, [events.CARD_DEBT], DEBT, events.CARD_DEBT, records.SERVICE),
    Take("tariff", CUSTOMER, tariff, [events.CARD_TARIFF], {"tariff": 4}, events.CARD_TARIFF, records.SERVICE),
    Take(
        "contract", CUSTOMER, contract, [events.CARD_CONTRACT], {"contract": 3}, events.CARD_CONTRACT, records.SERVICE
    ),
    Take("everything", CUSTOMER, everything, [3, 4, 2, 1], ALL, events.CARD_CREDIT),
    Take("refund", REFUND, nothing, [events.CARD_REFUND], BACK, events.CARD_REFUND),
    Take("no refund by a service card", REFUND, nothing, [], {}, 0, records.SERVICE),
    Take(
        "no refund by a read-out card",
        REFUND,
        nothing,
        [events.CARD_READ_OUT],
        {},
        events.CARD_READ_OUT,
        records.READOUT,
    ),
    Take("a read-out card brings nothing", CUSTOMER, everything, [24], {}, events.CARD_READ_OUT, records.READOUT),
    Take("refund with settings", REFUND, tariff, [3, 5], {**BACK, "tariff": 4}, events.CARD_REFUND),
    Take(
        "set mode",
        CUSTOMER,
        command(1, LOCKED),
        [],
        {"mode": LOCKED, "command": 4},
        events.CARD_COMMAND,
        records.SERVICE,
    ),
    Take("commission", LOCKED, command(3, REFUND), [], {"mode": REFUND - LOCKED, "command": 4}, 23, records.SERVICE),
    Take("open the TAN entry", CUSTOMER, command(4), [], {"command": 4}, events.CARD_COMMAND, records.SERVICE),
    Take("no command", CUSTOMER, command(0), [], {"command": 4}, events.CARD_COMMAND, records.SERVICE),
]


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("case", TAKES, ids=lambda case: case.name)
def test_what_a_card_brings_is_taken_once_and_acknowledged(chain: Callable[[], Chain], case: Take) -> None:
    bench = Bench(chain(), new_meter(case.mode))
    before = bench.side.books()
    card = bench.desk.issue(case.kind, 9)
    case.write(bench, card)
    assert bench.insert(card) == case.outcome
    assert bench.side.news() == case.logged
    after = {name: value + case.changes.get(name, 0) for name, value in before.items()}
    assert bench.side.books() == after
    assert bench.state.cards.number == 1
    check_conserved(bench.meter)
    check_returned(card, bench.state, case.outcome, bench.chain.size)
    assert card[COUNTER] == 0xFF
    assert kept(bench) == after
    if case.mode != REFUND:  # the same again
        outcome = bench.insert(card)
        assert kept(bench) == after
        check_returned(card, bench.state, outcome, bench.chain.size)


def test_totals_bring_what_never_arrived_and_nothing_a_second_time() -> None:
    bench = Bench()
    lost = bench.desk.issue(records.CUSTOMER, 1)
    bench.desk.credit(lost, 1, 20 * EUR)
    bench.desk.debt(lost, 2, 3 * EUR)
    card = bench.desk.issue(records.CUSTOMER, 2)  # in its place, before that one was in the meter
    bench.desk.credit(card, 3, 5 * EUR)
    assert bench.insert(card) == events.CARD_CREDIT
    assert bench.session.booked is not None
    assert bench.session.booked.value() == 25 * EUR
    bench.desk.credit(card, 4, 7 * EUR)
    bench.desk.debt(card, 5, EUR)
    bench.insert(card)
    assert bench.session.booked.value() == 7 * EUR
    assert bench.insert(lost) == events.CARD_REPLACED
    books = kept(bench)
    assert (books["topups"], books["debt"]) == (OPENING + 32 * EUR, 4 * EUR)


def test_a_service_card_may_bring_the_credit_and_the_customers_card_then_brings_none() -> None:
    bench = Bench(meter=new_meter(REFUND))
    own, service = bench.desk.issue(records.CUSTOMER, 1), bench.desk.issue(records.SERVICE, 9)
    bench.desk.credit(own, 1, 20 * EUR)
    bench.desk.debt(service, 2, 3 * EUR)  # orders say all that was ever issued
    bench.insert(service)
    assert bench.side.books()["topups"] == OPENING + 20 * EUR
    assert bench.insert(own) == events.CARD_NO_CREDIT
    assert kept(bench)["topups"] == OPENING + 20 * EUR


def test_a_refund_leaves_zero_and_the_acknowledgement_says_the_total() -> None:
    bench = Bench(meter=new_meter(REFUND))
    card = bench.desk.issue(records.CUSTOMER, 1)
    assert bench.insert(card) == events.CARD_REFUND
    assert bench.session.booked is not None
    assert bench.session.booked.value() == REMAINS
    assert read(card, records.ACKNOWLEDGEMENT)["refunds_ueur"] == REMAINS
    assert bench.insert(card) == events.CARD_NO_CREDIT
    bench.desk.credit(card, 1, 7 * EUR)
    assert bench.insert(card) == events.CARD_CREDIT
    assert read(card, records.ACKNOWLEDGEMENT)["balance_ueur"] == 7 * EUR
    assert bench.insert(card) == events.CARD_REFUND
    assert read(card, records.ACKNOWLEDGEMENT)["refunds_ueur"] == REMAINS + 7 * EUR
    assert read(card, records.ACKNOWLEDGEMENT)["balance_ueur"] == 0


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("cut", [False, True])
def test_a_credit_whose_card_was_pulled_before_the_report_was_whole_is_not_taken_back(
    chain: Callable[[], Chain], cut: bool
) -> None:
    """Found by the tear at every clock: the display says "insert it again", and in REFUND that took the credit back."""
    bench = Bench(chain(), new_meter(REFUND))
    card = bench.desk.issue(records.CUSTOMER, 1)
    bench.desk.credit(card, 1, 20 * EUR)
    bench.chain.insert(card)
    while bench.session.state != _WRITE_BACK:
        bench.session.step()
    bench.session.step()
    bench.chain.pull()
    bench.session.run()
    bench.session.step()
    assert bench.session.outcome == events.CARD_PULLED
    assert read(card, records.ACKNOWLEDGEMENT, bench.chain.size)["credit_number"] == 1
    books = kept(bench) if cut else bench.side.books()
    bench.side.news()
    assert bench.insert(card) == events.CARD_NO_CREDIT
    assert bench.side.news() == [events.CARD_NO_CREDIT]
    assert bench.side.books() == books
    # Now that it is finished, the rulebook's word holds.
    assert bench.insert(card) == events.CARD_REFUND


def test_settings_that_stand_where_the_report_was_delay_no_refund() -> None:
    """The station writes a tariff's second copy over the report that it has read."""
    bench = Bench(meter=new_meter(REFUND))
    card = bench.desk.issue(records.CUSTOMER, 1)
    bench.desk.credit(card, 1, 20 * EUR)
    bench.insert(card)
    tariff(bench, card)
    bench.desk.write(card, records.TARIFF, 1, 5, read(card, records.TARIFF).values)
    bench.side.news()
    assert bench.insert(card) == events.CARD_REFUND
    assert bench.side.news() == [events.CARD_TARIFF, events.CARD_REFUND]
    check_returned(card, bench.state, events.CARD_REFUND)


def test_a_new_card_in_place_of_another_takes_the_balance_back_at_its_second_insertion() -> None:
    """Nothing on it says that the last exchange went through; so the meter waits for one that does."""
    bench = Bench(meter=new_meter(REFUND))
    card = bench.desk.issue(records.CUSTOMER, 1)
    bench.desk.credit(card, 1, 20 * EUR)
    bench.insert(card)
    card = bench.desk.issue(records.CUSTOMER, 2)
    bench.desk.order(card, 2)
    assert [bench.insert(card) for _ in range(3)] == [7, events.CARD_REFUND, 7]


def test_a_card_that_is_in_the_slot_when_the_meter_starts_takes_nothing_back() -> None:
    """A power cut is no insertion; what the cut broke off is finished all the same."""
    bench = Bench(meter=new_meter(REFUND))
    card = bench.desk.issue(records.CUSTOMER, 1)
    bench.desk.credit(card, 1, 20 * EUR)
    bench.chain.insert(card)
    bench.session.run()
    books = bench.side.books()
    bench.restart()
    bench.session = CardSession(bench.side.keeper, bench.chain.slot, KEYS, inserted=False)
    assert bench.finish() == events.CARD_NO_CREDIT
    assert bench.side.books() == books
    check_returned(card, bench.state, events.CARD_NO_CREDIT)
    assert bench.insert(card) == events.CARD_REFUND


def test_a_card_that_was_out_of_sight_for_one_look_takes_nothing_back() -> None:
    """A frame that is lost to noise, while a card lies at the reader, is no insertion."""
    bench = Bench(Contactless(), new_meter(REFUND))
    card = bench.desk.issue(records.CUSTOMER, 1)
    bench.desk.credit(card, 1, 20 * EUR)
    bench.chain.insert(card)
    bench.session.run()
    books = bench.side.books()
    bench.chain.pull()
    bench.session.step()
    bench.chain.insert(card)
    assert bench.finish() == events.CARD_NO_CREDIT
    assert bench.side.books() == books
    assert bench.insert(card) == events.CARD_REFUND


def test_a_debt_balance_is_not_given_back() -> None:
    bench = Bench(meter=new_meter(REFUND, EUR // 2))
    assert bench.side.books()["balance"] <= 0
    books = bench.side.books()
    assert bench.insert(bench.desk.issue(records.CUSTOMER, 1)) == events.CARD_NO_CREDIT
    assert bench.side.books() == books


def test_an_older_tariff_and_an_older_contract_are_not_taken() -> None:
    bench = Bench()
    card = bench.desk.issue(records.SERVICE, 1)
    tariff(bench, card)
    contract(bench, card)
    assert bench.insert(card) == events.CARD_CONTRACT
    bench.side.news()
    bench.desk.tariff(card, 4, {**TARIFF, "ht_ueur_per_kwh": 2}, YEAR)
    bench.desk.contract(card, 2, {**TERMS, "emergency_limit_ueur": 1}, bench.state)
    books = bench.side.books()
    bench.insert(card)
    assert bench.side.news() == [events.CARD_OLD_TARIFF]
    assert bench.side.books() == books
    assert bench.meter.tariff.ht == 1
    assert bench.meter.supply.limit.value() == 7 * EUR


def test_a_tariff_for_later_waits() -> None:
    bench = Bench()
    card = bench.desk.issue(records.SERVICE, 1)
    tariff(bench, card)
    record = read(card, records.TARIFF)
    bench.desk.write(card, records.TARIFF, 0, 5, {**record.values, "start_quarter": bench.meter.quarter + 96})
    assert bench.insert(card) == events.CARD_TARIFF
    assert (bench.meter.tariff.version, bench.meter.pending.version) == (1, 5)
    assert read(card, records.ACKNOWLEDGEMENT)["tariff"] == 5


def test_a_lost_clock_is_set_by_a_card() -> None:
    now = seconds("2026-03-07 12:30:17")
    bench = Bench()
    bench.meter.lose_clock()
    card = bench.desk.issue(records.SERVICE, 1)
    bench.desk.command(card, 1, records.SET_CLOCK, 0, now)
    bench.side.news()
    assert bench.insert(card) == events.CARD_COMMAND
    assert bench.side.news(events.CLOCK)[-1] == events.CLOCK_SET
    assert bench.meter.quarter * QUARTER_S + bench.meter.second == now
    assert not bench.meter.clock_lost
    assert len(bench.meter.daily.ring) == 5  # the midnights between were made up for
    check_returned(card, bench.state, events.CARD_COMMAND)
    assert bench.clock.day * 86400 + bench.clock.second == now


def test_a_clock_that_may_not_be_set_so_far_is_refused_by_name_and_nothing_has_changed() -> None:
    bench = Bench()
    card = bench.desk.issue(records.SERVICE, 1)
    before = bench.meter.quarter * QUARTER_S + bench.meter.second
    bench.desk.command(card, 1, records.SET_CLOCK, 0, before + 25 * 3600 + 1)
    assert bench.insert(card) == events.CARD_CLOCK_REFUSED
    assert read(card, records.ACKNOWLEDGEMENT)["outcome"] == events.CARD_CLOCK_REFUSED
    assert bench.state.cards.command == 0
    assert bench.side.news(events.CLOCK) == []
    assert bench.meter.quarter * QUARTER_S + bench.meter.second == before
    assert (bench.clock.error, bench.state.setting.ahead, bench.state.setting.until) == (0, 0, 0)


def test_a_clock_that_does_not_answer_is_no_card_that_was_pulled(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(day: int, second: int) -> None:
        raise OSError(5)

    bench = Bench()
    monkeypatch.setattr(bench.clock, "set", silent)
    card = bench.desk.issue(records.SERVICE, 1)
    bench.desk.command(card, 1, records.SET_CLOCK, 0, bench.clock.now + 60)
    assert bench.insert(card) == events.CARD_CLOCK_REFUSED
    assert bench.state.cards.command == 0


@pytest.mark.parametrize("order", [records.CORRECT_CLOCK, records.CHARGE_FROM_NOW])
def test_a_card_made_for_it_corrects_the_clock_however_far(order: int) -> None:
    bench = Bench()
    card = bench.desk.issue(records.SERVICE, 1)
    now = bench.meter.quarter * QUARTER_S - 300 * 86400
    bench.desk.command(card, 1, order, 0, now)
    bench.side.news()
    balance = bench.meter.account.balance.value()
    assert bench.insert(card) == events.CARD_COMMAND
    assert bench.side.news(events.CLOCK) == [events.CLOCK_CORRECTED]
    assert bench.meter.quarter * QUARTER_S == now
    assert bench.meter.account.balance.value() == balance
    check_returned(card, bench.state, events.CARD_COMMAND)
    assert bench.state.cards.command == 1  # done once
    bench.insert(card)
    assert bench.side.news(events.CLOCK) == []


def test_a_power_cut_while_the_clock_is_being_set_loses_no_command() -> None:
    now = seconds("2026-03-08 12:30:17")  # three midnights later
    for cut in range(0, 9000, 211):
        bench = Bench()
        bench.meter.lose_clock()
        bench.side.keeper.commit()
        card = bench.desk.issue(records.SERVICE, 1)
        bench.desk.command(card, 1, records.SET_CLOCK, 0, now)
        nvm = bench.side.nvm
        nvm._cuts = [nvm.written + cut]
        try:
            bench.insert(card)
        except PowerCut:
            bench.chain.pull()
            bench.restart()
            bench.insert(card)
        assert not bench.meter.clock_lost, cut
        assert bench.meter.quarter * QUARTER_S + bench.meter.second == now


def test_the_first_commissioning_connects_without_a_confirmation_and_no_other() -> None:
    meter = new_meter(LOCKED)
    meter.set_confirm(True)
    bench = Bench(meter=meter)
    card = bench.desk.issue(records.SERVICE, 1)
    found = []
    for number, mode in enumerate((CUSTOMER, LOCKED, CUSTOMER), 1):
        bench.desk.command(card, number, records.COMMISSION, mode)
        bench.insert(card)
        found.append((meter.supply.on, meter.supply.offered))
    assert found == [(True, False), (False, False), (False, True)]


# -- what is on the right card and cannot be taken


def test_an_old_image_written_back_is_replayed_and_books_nothing() -> None:
    bench = Bench()
    card = bench.desk.issue(records.CUSTOMER, 1)
    credit(bench, card)
    old = bytes(card)
    bench.insert(card)
    bench.desk.credit(card, 2, 5 * EUR)
    bench.insert(card)
    books = bench.side.books()
    bench.side.news()
    card[:] = old
    assert bench.insert(card) == events.CARD_REPLAYED
    assert bench.side.news() == [events.CARD_REPLAYED]
    assert bench.side.books() == books == kept(bench)
    check_returned(card, bench.state, events.CARD_REPLAYED)


def test_an_old_image_takes_no_balance_back() -> None:
    bench = Bench(meter=new_meter(REFUND))
    card = bench.desk.issue(records.CUSTOMER, 1)
    old = bytes(card)
    credit(bench, card)
    bench.insert(card)
    books = bench.side.books()
    card[:] = old
    assert bench.insert(card) == events.CARD_REPLAYED
    assert bench.side.books() == books


@pytest.mark.parametrize("kind", [records.TARIFF, records.CONTRACT, records.ORDER])
def test_a_forged_record_is_refused_and_the_others_are_taken(kind: int) -> None:
    bench = Bench()
    card = bench.desk.issue(records.CUSTOMER, 1)
    everything(bench, card)
    forger = Desk(MeterKeys(bytes(32), UTILITY, SERIAL))
    slot = int(kind == records.ORDER)  # the genuine one stands in the other place
    if kind == records.ORDER:
        forger.write(card, kind, slot, 99, {name: 99 if name.endswith("number") else 0 for name in ORDER})
    else:
        record = read(card, kind)
        forger.write(card, kind, slot, 99, record.values)
    before = bench.side.books()
    assert bench.insert(card) == events.CARD_FORGED
    assert bench.side.news()[-1] == events.CARD_FORGED
    books = bench.side.books()
    assert books["tariff"] == before["tariff"] + 4 * (kind != records.TARIFF)
    assert books["contract"] == 3 * (kind != records.CONTRACT)
    assert books["topups"] == OPENING + 20 * EUR * (kind != records.ORDER)
    assert books["debt"] == 3 * EUR  # the older order says that
    assert books == kept(bench)


ORDER = [name for name, _ in records.RECORDS[records.ORDER][4]]


def test_a_contract_that_cannot_be_is_refused_and_the_credit_is_taken() -> None:
    bench = Bench()
    card = bench.desk.issue(records.CUSTOMER, 1)
    everything(bench, card)
    record = read(card, records.CONTRACT)
    days: list[tuple[int, ...]] = [(20_700 + number,) for number in range(11)]  # one more than the rulebook allows
    bench.desk.write(card, records.CONTRACT, 0, 3, {**record.values, "credit_days": days})
    assert bench.insert(card) == events.CARD_REFUSED
    assert bench.side.news()[-2:] == [events.CARD_CREDIT, events.CARD_REFUSED]
    books = bench.side.books()
    assert (books["contract"], books["topups"], books["tariff"]) == (0, OPENING + 20 * EUR, 5)
    assert bench.meter.supply.limit.value() == 0
    check_returned(card, bench.state, events.CARD_REFUSED)


def test_every_outcome_of_the_log_is_met_here() -> None:
    """Holds this file and that of lives to the table of details: a new one needs its case."""
    source = {name for name in dir(events) if name.startswith("CARD_")}
    here = __import__("pathlib").Path(__file__)
    text = "".join(path.read_text(encoding="utf-8") for path in (here, here.with_name("test_lives.py")))
    assert {name for name in source if f"events.{name}" not in text} == set()
    assert secret_of(Desk(KEYS).issue(0, 3)) == KEYS.card_secret(3)
    assert Contact().size == SLE_SIZE
