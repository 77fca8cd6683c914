# SPDX-License-Identifier: Apache-2.0
"""Long histories of one meter, its cards on their pins, and two desks with one ledger: nothing is lost or doubled.

Cards are pulled, copied, written back and replaced, desks are torn from their cards, and the meter's memory is cut off
in its writes. Host and meter are held together: what was issued, what is booked, and what was given back.
"""

from __future__ import annotations

import copy
import random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from groschen.core import events, outlook
from groschen.core.session import CardSession
from groschencard import records, seal
from groschencard.chips import SLE_BASE
from groschencard.errors import CardError
from groschensim import board as boards
from groschensim.cards import COUNTER, PSC, Desk
from groschensim.nvm import PowerCut, SimNvm
from tests.cards.bench import (
    KEYS,
    OPENING,
    TERMS,
    YEAR,
    Bench,
    Contact,
    Side,
    check_conserved,
    check_returned,
    new_meter,
    read,
)
from tests.power_fail.day import EUR, FREE, REFUND, TARIFF

EXAMPLES = settings.default.max_examples if settings.default else 100
CHANCE = st.integers(0, 2**32)
AMOUNT = st.integers(1, 50 * EUR)

UNTOUCHED = {
    events.CARD_PSC_WRONG,
    events.CARD_PSC_SPARED,
    events.CARD_PSC_LOCKED,
    events.CARD_REPLACED,
    events.CARD_DAMAGED,
    events.CARD_BLANK,
}
"""Outcomes of cards that say nothing to the meter."""


class Card:
    """A piece of plastic: its bytes, and its number where it is the utility's."""

    def __init__(self, image: bytearray, number: int, kind: int, own: bool) -> None:
        self.image = image
        self.number = number
        self.kind = kind
        self.own = own  # issued by the desk, and no copy


def ordered(image: bytearray) -> seal.Record | None:
    """Gives the newest order on a card that is the utility's."""
    places = [bytes(image[SLE_BASE + at : SLE_BASE + at + 48]) for at in records.RECORDS[records.ORDER][3]]
    return seal.newest(KEYS, records.ORDER, places)[0]


def returned(image: bytearray) -> bool:
    """Says whether acknowledgement and report on a card are whole, and of one exchange."""
    try:
        return read(image, records.ACKNOWLEDGEMENT).number == read(image, records.REPORT).number
    except CardError:
        return False


class Histories(RuleBasedStateMachine):
    """One meter, its utility and its customer."""

    cards = Bundle("cards")

    @initialize(target=cards, mode=st.sampled_from([0, 1, 2, 3]), seed=CHANCE)
    def begin(self, mode: int, seed: int) -> Card:
        self.chain = Contact()
        self.bench = Bench(self.chain, new_meter(mode))
        self.desks = [self.bench.desk, Desk(KEYS)]
        self.desks[1]._order = self.desks[0]._order  # one ledger
        self.number = 0
        self.issued = 0
        self.totals = {0}
        self.laid = 0
        self.tans = 0
        self.paid_back = 0  # what the utility has paid out by acknowledgements
        self.version = 1
        self.contract = 0
        self.newest = 1
        self.copies: list[tuple[bytes, Card]] = []
        self.open_credit = False  # a credit was booked, and the insertion that booked it did not go through
        self.booked = 0
        card = Card(self.bench.desk.issue(records.CUSTOMER, 1), 1, records.CUSTOMER, True)
        self.current = card
        return card

    @initialize(target=cards)
    def service(self) -> Card:
        return Card(Desk(KEYS).issue(records.SERVICE, 1_000_000), 1_000_000, records.SERVICE, True)

    # -- the desks

    @rule(card=cards, ueur=AMOUNT, desk=st.integers(0, 1), tear=st.none() | CHANCE)
    def sell(self, card: Card, ueur: int, desk: int, tear: int | None) -> None:
        """Sells a credit, which is written on the customer's card; the desk may be torn from it."""
        card = self.current
        before = bytes(card.image)
        self.number += 1
        self.desks[desk].credit(card.image, self.number, ueur)
        self.issued += ueur
        self.totals.add(self.issued)
        self._tear(card, before, tear)

    @rule(card=cards, ueur=AMOUNT, tear=st.none() | CHANCE)
    def lay_debt(self, card: Card, ueur: int, tear: int | None) -> None:
        if card.own:
            before = bytes(card.image)
            self.number += 1
            self.laid += ueur
            self.desks[0].debt(card.image, self.number, ueur)
            self._tear(card, before, tear)

    @rule(card=cards, price=st.integers(0, EUR), both=st.booleans())
    def settle(self, card: Card, price: int, both: bool) -> None:
        """Writes new settings, with the second copies where the report was."""
        if not card.own:
            return
        self.version += 1
        self.contract += 1
        self.desks[0].tariff(card.image, self.version, {**TARIFF, "nt_ueur_per_kwh": price}, YEAR)
        self.desks[0].contract(card.image, self.contract, TERMS, self.bench.state)
        if both:
            self.desks[0].write(card.image, records.TARIFF, 1, self.version, read(card.image, records.TARIFF).values)

    @rule(card=cards, mode=st.integers(0, 3))
    def command(self, card: Card, mode: int) -> None:
        if card.kind == records.SERVICE and card.own:
            self.number += 1
            self.desks[1].command(card.image, self.number, records.SET_MODE, mode)

    @rule(target=cards, desk=st.integers(0, 1))
    def replace(self, desk: int) -> Card:
        """Gives the customer a new card for the lost one; nothing says whether that one was in the meter."""
        self.newest += 1
        self.number += 1
        image = self.desks[desk].issue(records.CUSTOMER, self.newest)
        self.desks[desk].order(image, self.number)
        self.current = Card(image, self.newest, records.CUSTOMER, True)
        return self.current

    @rule(card=cards)
    def read_back(self, card: Card) -> None:
        """Lets the desk pay out what the acknowledgement says was given back since the last one."""
        try:
            said = read(card.image, records.ACKNOWLEDGEMENT).int("refunds_ueur")
        except CardError:
            return
        self.paid_back = max(self.paid_back, said)

    def _tear(self, card: Card, before: bytes, seed: int | None) -> None:
        if seed is not None:
            differ = [at for at in range(len(before)) if before[at] != card.image[at]]
            kept = random.Random(seed).randrange(len(differ) + 1)
            for at in differ[kept:]:
                card.image[at] = before[at]

    # -- whoever wants more than was bought

    @rule(target=cards, card=cards, psc=st.binary(min_size=2, max_size=2), same=st.booleans())
    def copy_card(self, card: Card, psc: bytes, same: bool) -> Card:
        image = bytearray(card.image)
        image[COUNTER] = 0xFF
        if not same:
            image[PSC:] = psc
        return Card(image, card.number, card.kind, False)

    @rule(card=cards)
    def keep_image(self, card: Card) -> None:
        self.copies.append((bytes(card.image), card))

    @precondition(lambda self: self.copies)
    @rule(seed=CHANCE)
    def write_image_back(self, seed: int) -> None:
        image, card = random.Random(seed).choice(self.copies)
        card.image[SLE_BASE:COUNTER] = image[SLE_BASE:COUNTER]

    # -- the meter

    @rule(pulses=st.integers(1, 9000), hours=st.integers(0, 30))
    def use(self, pulses: int, hours: int) -> None:
        meter = self.bench.meter
        quarter = meter.quarter + 4 * hours
        for day in range(meter.quarter // 96 + 1, quarter // 96 + 1):
            meter.advance(day, 0)
            assert self.bench.side.keeper.commit()
        meter.advance(quarter // 96, quarter % 96 * 900)
        meter.press_confirm()
        meter.count(outlook.lasts(meter, pulses))
        assert self.bench.side.keeper.commit()

    @rule(ueur=AMOUNT)
    def type_tan(self, ueur: int) -> None:
        meter = self.bench.meter
        meter.top_up(boards.amount(ueur), False)
        assert self.bench.side.keeper.commit()
        self.tans += ueur

    @rule()
    def lose_power(self) -> None:
        books = self.bench.side.books()
        self.bench.restart()
        assert self.bench.side.books() == books

    # -- insertions

    @rule(card=cards)
    def insert(self, card: Card) -> None:
        self._insert(card)

    @rule(card=cards, share=st.floats(0, 1), weak=st.none() | st.integers(0, 255))
    def insert_and_pull(self, card: Card, share: float, weak: int | None) -> None:
        chain, trial = copy.deepcopy((self.chain, self.bench))
        start = chain.chip.clocks
        trial.insert(bytearray(card.image))
        self._insert(card, int(share * (chain.chip.clocks - start)) + 1, weak)

    @rule(ueur=AMOUNT, share=st.floats(0.3, 1))
    def buy_in_haste(self, ueur: int, share: float) -> None:
        """Buys, inserts, pulls too early, and inserts again, as the display says."""
        self.sell(self.current, ueur, 0, None)
        self.insert_and_pull(self.current, share, None)
        self._insert(self.current)

    @rule(card=cards, byte=st.integers(0, 2500), again=st.integers(0, 900), stays=st.booleans())
    def insert_and_cut(self, card: Card, byte: int, again: int, stays: bool) -> None:
        """Cuts the memory's power in a byte of what the insertion writes, and once more while it starts."""
        nvm = self.bench.side.nvm
        nvm._cuts, nvm._next = [nvm.written + byte, nvm.written + byte + again], 0
        chain = self.chain
        chain.insert(card.image)
        booked, refunds = self.booked, self.bench.side.books()["refunds"]
        order = self._heard(card)
        try:
            self.bench.session.run()
        except PowerCut:
            chain.chip.power(0)
            self._restart(nvm)
            nvm._cuts, nvm._next = [], 0
            if stays:  # in the slot, until the meter has done with it
                meter = self.bench.meter
                refunds = meter.account.refunds.value()
                self.bench.session = CardSession(self.bench.side.keeper, chain.slot, KEYS, inserted=False)
                self.bench.session.run()
                assert meter.account.refunds.value() == refunds, "a meter's start is no insertion"
            else:
                self.bench.session.outcome = events.CARD_PULLED
        nvm = self.bench.side.nvm
        nvm._cuts, nvm._next = [], 0
        self._taken_out(card, booked, refunds, order)

    def _restart(self, nvm: SimNvm) -> None:
        """Starts the meter from its memory, however often that is cut off."""
        while True:
            try:
                self.bench.side = Side(nvm)
                break
            except PowerCut:
                continue
        self.bench.session = CardSession(self.bench.side.keeper, self.chain.slot, KEYS)

    def _insert(self, card: Card, clocks: int | None = None, weak: int | None = None) -> None:
        chain = self.chain
        booked, refunds, order = self.booked, self.bench.side.books()["refunds"], self._heard(card)
        counter = card.image[COUNTER]
        chain.insert(card.image)
        if clocks is not None:
            chain.chip.pull_after(clocks, -1 if weak is None else weak)
        self.bench.session.run()
        if weak is not None and self.bench.session.outcome == events.CARD_PULLED:
            card.image[COUNTER] |= counter & counter - 1  # a pulse that is torn burns the one bit that it was on
        self._taken_out(card, booked, refunds, order)

    def _heard(self, card: Card) -> tuple[int, int]:
        """Gives the number and the total of the credit that a card speaks of, before it is inserted."""
        self.whole = returned(card.image)
        order = ordered(card.image)
        return (order.int("credit_number"), order.int("credit_total_ueur")) if order else (0, 0)

    def _taken_out(self, card: Card, booked: int, refunds: int, order: tuple[int, int]) -> None:
        chain, session, side = self.chain, self.bench.session, self.bench.side
        chain.pull()
        for _ in range(2):  # looks at the slot
            session.step()
        books = side.books()
        outcome = session.outcome
        now = books["credit by card"]
        # What is booked is what it was, or what the card says; all of it where the exchange went through.
        assert now in (booked, max(booked, order[1]))
        through = outcome not in UNTOUCHED | {events.CARD_PULLED, events.CARD_WORN, events.CARD_FOREIGN}
        if outcome in UNTOUCHED:
            assert (now, books["refunds"]) == (booked, refunds)
        elif through:
            assert now == max(booked, order[1])
            assert card.image[COUNTER] == 0xFF
            check_returned(card.image, side.state, outcome)
        if now > booked:
            assert books["refunds"] == refunds
            assert books["mode"] != FREE or not through or self._set_mode_of(card) == FREE
            self.open_credit = not through
        elif books["refunds"] > refunds:
            assert card.kind == records.CUSTOMER
            assert books["mode"] == REFUND
            assert books["balance"] == 0
            assert self.whole or not self.open_credit, "a credit is not taken back by the insertion that finishes it"
            self.open_credit = False
        elif through:
            self.open_credit = False
        self.booked = now

    def _set_mode_of(self, card: Card) -> int:
        order = ordered(card.image)
        return order.int("mode") if order and order.int("command") == records.SET_MODE else -1

    # -- what always holds

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        if not hasattr(self, "bench"):
            return
        side = self.bench.side
        books = side.books()
        check_conserved(side.meter)
        assert books["credit by card"] == self.booked
        assert books["credit by card"] in self.totals, "what is booked was issued"
        assert books["topups"] == OPENING + self.booked + self.tans
        assert side.meter.account.debt.added.value() == side.state.cards.debt.value() <= self.laid
        assert self.paid_back <= books["refunds"], "nobody is paid what the meter did not give back"
        kept = Side(SimNvm(image=bytearray(side.nvm.image))).books()
        assert kept == books, "the memory knows all of it"

    def teardown(self) -> None:
        """Brings the customer's own card, whole, to its meter: all that was bought is there."""
        if not hasattr(self, "bench") or self.current.image[COUNTER].bit_count() < 7:
            return
        self.number += 1
        self.desks[0].order(self.current.image, self.number)
        self._insert(self.current)
        if self.bench.session.outcome not in UNTOUCHED:
            assert self.booked == self.issued
            assert self.bench.meter.account.debt.added.value() == self.laid
            said = read(self.current.image, records.ACKNOWLEDGEMENT)
            assert said["refunds_ueur"] == self.bench.side.books()["refunds"]
        else:
            assert (
                self.current.image[SLE_BASE : SLE_BASE + 48]
                != Desk(KEYS).issue(0, self.newest)[SLE_BASE : SLE_BASE + 48]
            )


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=max(1, EXAMPLES // 12), stateful_step_count=30)
