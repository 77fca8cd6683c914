# SPDX-License-Identifier: Apache-2.0
"""A full exchange torn at every clock: pulled, without power, both; with cells that are weak; then inserted again.

Every pair of card and memory that a tear can leave is inserted again in each run, with a power cut of the meter in
between and without. That the pairs are all is shown by pulling the card at clocks themselves: all clocks in `make
soak`, one of so many else. `pytest -rP` shows how many there were.
"""

from __future__ import annotations

import copy
import functools
from collections import Counter

import pytest
from hypothesis import settings

from groschen.core import events
from groschen.core.session import SHOW, CardSession
from groschencard import records, seal
from groschencard.chips import MIFARE_SIZE, SLE_BASE, SLE_SIZE
from groschencard.errors import CardError
from groschensim.cards import COUNTER, SimSlot
from groschensim.models import mifare
from groschensim.models.sle4428 import blank_image
from tests.cards.bench import (
    KEYS,
    OPENING,
    UID,
    Bench,
    Contact,
    Contactless,
    Side,
    card_with_everything,
    check_conserved,
    check_returned,
    new_meter,
)
from tests.cards.tearing import Session, Tear, WatchedChip, image_of, restarted, session_on
from tests.power_fail.day import CUSTOMER, EUR, REFUND

THOROUGH = settings.default is not None and settings.default.max_examples > 500
DIRECT = 1 if THOROUGH else 71  # every so manieth clock is torn itself,
AGAIN = 7 if THOROUGH else 1009  # and every so manieth card of those inserted again on the chip's pins
BYTES = 1 if THOROUGH else 41  # of the memory's own writes
WEAK = tuple(range(1, 256, 8)) if THOROUGH else (0x3D, 0xC2)
REMAINS = new_meter().account.balance.value()
CREDIT = 20 * EUR
DEBT = 3 * EUR


class Case:
    """An exchange, and what it comes to however often it is torn."""

    def __init__(self, mode: int, fresh: bool, used: bool) -> None:
        self.mode = mode
        self.fresh = fresh  # the card brings something
        self.used = used  # it was in the meter before, so that cells are erased, too

    def bench(self) -> tuple[Bench, bytearray]:
        bench = Bench(Contact(WatchedChip(blank_image())), new_meter(CUSTOMER if self.used else self.mode))
        card = card_with_everything(bench.desk, bench.state) if self.fresh and not self.used else None
        if card is None:
            card = bench.desk.issue(records.CUSTOMER, 1)
            bench.desk.order(card, 1)
        if self.used:
            bench.insert(card)
            bench.meter.set_mode(self.mode)
            assert bench.side.keeper.commit()
            if self.fresh:
                brought = card_with_everything(bench.desk, bench.state)
                card[SLE_BASE : SLE_BASE + 368] = brought[SLE_BASE : SLE_BASE + 368]
        return bench, card


CASES = {
    "everything": Case(CUSTOMER, True, False),
    "everything in REFUND": Case(REFUND, True, False),
    "everything on a used card": Case(CUSTOMER, True, True),
    "everything on a used card in REFUND": Case(REFUND, True, True),
    "nothing new": Case(CUSTOMER, False, True),
    "refund": Case(REFUND, False, False),
    "refund on a used card": Case(REFUND, False, True),
}


@functools.cache
def session(name: str) -> Session:
    bench, card = CASES[name].bench()
    return Session(bench, card)


def whole(card: bytes | bytearray, number: int, size: int = SLE_SIZE) -> bool:
    """Says whether an exchange had reached its last byte, so that the next insertion is another one."""
    found: list[int] = []
    for kind in (records.ACKNOWLEDGEMENT, records.REPORT):
        at = SLE_BASE + records.place(kind, 0)
        try:
            found.append(seal.read(KEYS, kind, 0, bytes(card[at : at + records.room(kind, size)])).number)
        except CardError:
            return False
    return found == [number, number]


def check(case: Case, side: Side, card: bytes | bytearray, outcome: int, refundable: bool) -> None:
    """Holds a meter and a card after an insertion to what the exchange comes to."""
    books = side.books()
    credit = CREDIT if case.fresh else 0
    refunds = 0
    if case.mode == REFUND and not case.fresh:
        refunds = REMAINS
    elif case.mode == REFUND and refundable:  # the card was whole, and comes a second time
        refunds = REMAINS + CREDIT
    assert books["topups"] == OPENING + credit
    assert books["credit by card"] == credit
    assert books["refunds"] == refunds
    assert books["balance"] == REMAINS + credit - refunds
    assert books["debt"] == (DEBT if case.fresh else 0)
    assert (books["tariff"], books["contract"]) == ((2, 1) if case.fresh else (1, 0))
    assert books["mode"] == case.mode
    check_conserved(side.meter)
    assert card[COUNTER] == 0xFF
    check_returned(card, side.state, outcome)


def insert_again(case: Case, played: Session, tear: Tear) -> None:
    """Inserts what a tear has left, byte by byte, and holds both to the truth."""
    side = copy.deepcopy(tear.live) if tear.live else restarted(tear.memory)
    check_conserved(side.meter)
    slot = SimSlot()
    slot.card = bytearray(tear.card)
    run = session_on(side, slot)
    run.run()
    assert run.state == SHOW
    check(case, side, slot.card, run.outcome, whole(tear.card, played.number))


@pytest.mark.parametrize("name", CASES)
def test_whatever_a_tear_leaves_the_next_insertion_puts_right(name: str) -> None:
    case, played = CASES[name], session(name)
    tally: Counter[str] = Counter()
    for tear in [*played.tears(WEAK), *played.torn_commits(BYTES), *played.torn_notes(BYTES * 20)]:
        try:
            insert_again(case, played, tear)
        except AssertionError as error:
            raise AssertionError(f"{tear.why} after {tear.clock} of {played.clocks} clocks") from error
        tally[" ".join(word for word in tear.why.split() if word.isalpha() and len(word) > 2)] += 1
    print(name, played.clocks, "clocks", dict(tally))
    assert sum(tally.values()) > 200


@pytest.mark.parametrize("name", CASES)
def test_a_pull_at_any_clock_leaves_one_of_the_recorded_pairs(name: str) -> None:
    case, played = CASES[name], session(name)
    changes = {clock + offset for clock, *_ in played.changes for offset in (-1, 0, 1)}
    edges = {step.last + offset for step in played.steps for offset in (-1, 0, 1)} | {1, 2}
    some = sorted(
        edges | {clock for clock in changes if clock % (DIRECT // 8 + 1) == 0} | set(range(1, played.clocks, DIRECT))
    )
    again = 0
    for clock in some:
        if not 1 <= clock <= played.clocks:
            continue
        bench, step = played.direct(clock)
        assert bench.session.outcome == events.CARD_PULLED
        assert image_of(bench) == played.image_after(clock)
        assert bench.side.nvm.image == step.after_pull
        if clock % AGAIN == 0 or clock in edges:
            again += 1
            card = image_of(bench)
            refundable = whole(card, played.number)
            check(case, bench.side, card, bench.insert(card), refundable)
    print(f"{name}: {len(some)} of {played.clocks} clocks, {again} inserted again on the pins")


@pytest.mark.parametrize("tear", [mifare.OLD, mifare.ERASED, mifare.GARBAGE, mifare.NEW])
@pytest.mark.parametrize("mode", [CUSTOMER, REFUND])
def test_a_contactless_card_that_leaves_at_any_byte_in_the_air_is_put_right(mode: int, tear: int) -> None:
    """The block that is being written is then old, erased, neither, or new."""
    quiet = Contactless()
    bench = Bench(quiet, new_meter(mode))
    start = quiet.card.bytes
    bench.insert(card_with_everything(bench.desk, bench.state))
    length = quiet.card.bytes - start
    for cut in range(1 + tear, length, 1 if THOROUGH else 97):
        chain = Contactless(mifare.MifareClassic1K(mifare.blank_image(UID), tear=tear))
        bench = Bench(chain, new_meter(mode))
        card = card_with_everything(bench.desk, bench.state)
        chain.pull_after(cut)
        first = bench.insert(card)
        chain.card.cut = -1
        refunds = REMAINS + CREDIT if mode == REFUND and whole(card, 1, MIFARE_SIZE) else 0
        if cut % 2:
            bench.restart()
        outcome = bench.insert(card)
        books = bench.side.books()
        assert (books["topups"], books["refunds"], books["debt"]) == (OPENING + CREDIT, refunds, DEBT), (cut, first)
        check_conserved(bench.meter)
        check_returned(card, bench.state, outcome, MIFARE_SIZE)


def test_only_a_pull_within_the_last_reading_back_looks_like_an_exchange_that_went_through() -> None:
    """Says how long a card must not be pulled that is whole already, since in REFUND its next insertion is a new one."""
    played = session("everything on a used card in REFUND")
    whole_from = min(since for since, _, image in played.images() if whole(image, played.number))
    left = played.clocks - whole_from
    print(f"{left} of {played.clocks} clocks, {left / 20:.1f} ms at 20 kHz")
    assert left < 24 + 8 * 48 + 8


def test_a_meter_that_starts_with_the_card_in_its_slot_finishes_and_takes_nothing_back() -> None:
    """The power fails with the card in the slot and returns: no insertion, and yet the exchange is finished."""
    name = "everything in REFUND"
    for tear in session(name).tears():
        if tear.why == "cut":
            side = restarted(tear.memory)
            slot = SimSlot()
            slot.card = bytearray(tear.card)
            run = CardSession(side.keeper, slot, KEYS, inserted=False)
            run.run()
            check(CASES[name], side, slot.card, run.outcome, False)
