# SPDX-License-Identifier: Apache-2.0
"""Long histories of one meter and its desk: what was paid is where it belongs, whatever is lost, repeated or late.

A small meter keeps its own books. After each step every booking sums to zero and the cash drawer has what people paid
less what they got; with the newest return taken in, what the ledger holds for the customer is the meter's balance and
what is on its way, and every account has what the meter charged.
"""

import itertools
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import event

from groschenhost.ledger.book import Ledger, open_ledger
from groschenhost.ledger.errors import StateError
from groschenhost.ledger.values import (
    CHARGES,
    DEBT_CHARGES,
    Account,
    CardKind,
    Charges,
    MeterReading,
    TanProof,
    TanState,
)
from groschenhost.money import EUR

TEMPLATE: list[Path] = []
FILES = itertools.count()
AMOUNTS = st.integers(min_value=1, max_value=200).map(lambda eur: eur * EUR)


class House(RuleBasedStateMachine):
    """A desk, a meter and the cards between them."""

    def __init__(self) -> None:
        super().__init__()
        self.path = TEMPLATE[0].with_name(f"history{next(FILES)}.sqlite")
        shutil.copy(TEMPLATE[0], self.path)
        self.ledger: Ledger = open_ledger(f"sqlite:///{self.path}", "desk", itertools.count(1_800_000_000).__next__)
        self._hurry()
        self.ledger.add_utility(1, "Stadtwerk")
        self.meter = self.ledger.add_meter("A1")
        self.drawer = 0  # cash
        self.keys = itertools.count()
        self.replaced: list[int] = []
        # the meter
        self.booked_credit = self.booked_debt = self.order = self.exchange = self.refunds = self.tan_topups = 0
        self.debt_left = 0
        self.charges: dict[Account, int] = dict.fromkeys(CHARGES, 0)
        self.used: set[int] = set()
        # paper and plastic
        self.card_number = 0
        self.on_card = (0, 0, 0)  # order number, total credit, total debt
        self.papers: list[tuple[int, int]] = []  # TANs that a customer holds: counter, eur
        self.returns: list[MeterReading] = []

    def _hurry(self) -> None:
        """Leave out waiting for the disk, which these histories do thousands of times."""
        self.ledger.engine.dispose()
        event.listen(self.ledger.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))

    def teardown(self) -> None:
        self.ledger.close()
        for path in self.path.parent.glob(self.path.name + "*"):
            path.unlink()

    def key(self) -> str:
        return f"k{next(self.keys)}"

    @initialize()
    def first_card(self) -> None:
        self.card_number = self.ledger.issue_card(self.meter, CardKind.CUSTOMER, "sle4428", self.key()).number
        self.drawer += 10 * EUR

    # -- at the desk

    @rule(ueur=AMOUNTS, debt=st.booleans(), times=st.integers(min_value=1, max_value=2))
    def buy(self, ueur: int, debt: bool, times: int) -> None:
        key = self.key()
        for _ in range(times):
            (self.ledger.add_debt if debt else self.ledger.topup)(self.meter, ueur, key)
        self.drawer += 0 if debt else ueur

    @rule(torn=st.booleans())
    def write_card(self, torn: bool) -> None:
        order = self.ledger.order_for_card(self.meter)
        card = self.ledger.active_card(self.meter)
        if order.number == 0 or card is None:
            return
        self.ledger.order_unknown(self.meter, order.number, card)
        if not torn:
            self.on_card = (order.number, order.credit_total_ueur, order.debt_total_ueur)
            self.ledger.order_written(self.meter, order.number, card)

    @rule(handed_in=st.booleans())
    def replace_card(self, handed_in: bool) -> None:
        number = self.ledger.replace_card(
            self.meter, self.card_number, "mifare1k", self.key(), handed_in=handed_in
        ).number
        assert number == self.card_number + 1
        self.card_number, self.on_card = number, (0, 0, 0)
        self.drawer += 0 if handed_in else 10 * EUR

    @rule(number=st.integers(min_value=1, max_value=5))
    def bring_an_old_card_back(self, number: int) -> None:
        if number >= self.card_number:
            return
        try:
            self.drawer -= self.ledger.return_card(self.meter, number, self.key()).total_ueur
        except StateError:
            assert self.ledger.card(self.meter, number).state == "returned"

    @rule()
    def pay_refund(self) -> None:
        key = self.key()
        paid = self.ledger.pay_refund(self.meter, key)
        assert self.ledger.pay_refund(self.meter, key) == paid
        self.drawer -= paid.total_ueur

    @rule(amounts=st.lists(st.integers(min_value=1, max_value=100), min_size=1, max_size=6))
    def sell_tans(self, amounts: list[int]) -> None:
        for eur in amounts:
            self.papers.append((self.ledger.take_tan_counter(self.meter, eur, self.key()).counter, eur))
            self.drawer += eur * EUR

    @rule(times=st.integers(min_value=1, max_value=2))
    def reissue_tans(self, times: int) -> None:
        for tan in self.ledger.tans(self.meter):
            for _ in range(times):
                try:
                    new = self.ledger.reissue_tan(self.meter, tan.counter, self.key())
                except StateError:
                    continue
                self.papers.append((new.counter, tan.eur))
                self.replaced.append(tan.counter)

    # -- at the meter

    @rule(data=st.data())
    def type_tans(self, data: st.DataObject) -> None:
        """Type some of the newest papers, in the order of their numbers."""
        newest = self.papers[-8:]
        for counter, eur in [paper for paper in newest if data.draw(st.booleans())]:
            highest = max(self.used, default=0)
            if counter not in self.used and highest - 2 <= counter <= highest + 2:
                self.used.add(counter)
                self.tan_topups += eur * EUR

    @rule(
        costs=st.lists(st.tuples(st.sampled_from(CHARGES), st.integers(min_value=1, max_value=30 * EUR))),
        refund=st.booleans(),
    )
    def live_and_insert(self, costs: list[tuple[Account, int]], refund: bool) -> None:
        """Insert the card, use energy, and insert it again: the meter books what is new on it and returns its registers."""
        number, credit, debt = self.on_card
        if number > self.order:
            self.debt_left += debt - self.booked_debt
            self.order, self.booked_credit, self.booked_debt = number, credit, debt
        elif refund:
            self.refunds += max(self.balance, 0)
        for account, ueur in costs:
            charged = min(ueur, self.debt_left) if account in DEBT_CHARGES else ueur
            self.debt_left -= charged if account in DEBT_CHARGES else 0
            self.charges[account] += charged
        self.exchange += 1
        self.returns.append(self.reading())

    @rule(data=st.data(), part=st.booleans())
    def take_in(self, data: st.DataObject, part: bool) -> None:
        """Any return that ever was, late or again, whole or without its report."""
        if self.returns:
            reading = data.draw(st.sampled_from(self.returns))
            self.ledger.acknowledge(self.meter, reading if not part else _part(reading))

    @property
    def balance(self) -> int:
        return self.booked_credit + self.tan_topups - self.refunds - sum(self.charges.values())

    def reading(self) -> MeterReading:
        highest = max(self.used, default=0)
        width = 16
        used = sum(1 << bit for bit in range(width) if highest - bit in self.used)
        return MeterReading(
            exchange=self.exchange,
            card_number=self.card_number,
            order_number=self.order,
            credits_ueur=self.booked_credit,
            debts_ueur=self.booked_debt,
            topups_ueur=self.booked_credit + self.tan_topups,
            refunds_ueur=self.refunds,
            balance_ueur=self.balance,
            debt_ueur=self.debt_left,
            charges=Charges(**{account.value: ueur for account, ueur in self.charges.items()}),
            tans=TanProof(highest=highest, used=used, width=width) if highest else None,
        )

    # -- always

    @invariant()
    def every_booking_sums_to_zero(self) -> None:
        assert self.ledger.unbalanced() == []
        assert sum(self.ledger.accounts().values()) == 0

    @invariant()
    def the_drawer_has_what_was_paid_in_less_what_was_paid_out(self) -> None:
        assert self.ledger.account(Account.CASH) == self.drawer

    @invariant()
    def no_counter_is_given_out_twice(self) -> None:
        counters = [counter for counter, _ in self.papers]
        assert len(set(counters)) == len(counters)

    @precondition(lambda self: self.returns)
    @rule()
    def both_sides_agree_once_the_newest_return_is_taken_in(self) -> None:
        reading = self.returns[-1]
        self.ledger.acknowledge(self.meter, reading)
        held = self.ledger.balances(self.meter)
        tans = self.ledger.tans(self.meter)
        replaced = {tan.counter for tan in tans if tan.state is TanState.REPLACED}
        sold = sum(tan.eur * EUR for tan in tans if tan.counter not in replaced)
        tans_on_the_way = sold - (reading.topups_ueur - reading.credits_ueur)
        assert held.prepayment == reading.balance_ueur + held.issued - reading.credits_ueur + tans_on_the_way
        debts = self.ledger.order_for_card(self.meter).debt_total_ueur
        assert held.debt == reading.debt_ueur + debts - reading.debts_ueur
        assert self.ledger.account(Account.COLLECTION) == -held.debt
        assert reading.charges is not None
        for account in CHARGES:
            assert self.ledger.account(account) == -reading.charges.of(account)
        assert self.ledger.findings() == []

    @invariant()
    def no_tan_is_replaced_twice(self) -> None:
        assert len(set(self.replaced)) == len(self.replaced)

    @invariant()
    def each_deposit_is_held_for_a_card(self) -> None:
        held = sum(card.deposit_ueur for card in self.ledger.cards(self.meter))
        assert held == -self.ledger.account(Account.DEPOSIT)

    @invariant()
    def no_tan_is_believed_used_or_dead_that_is_not(self) -> None:
        highest = max(self.used, default=0)
        for tan in self.ledger.tans(self.meter):
            if tan.state is TanState.USED:
                assert tan.counter in self.used
            elif tan.state is not TanState.OPEN:
                assert tan.counter not in self.used
                assert tan.counter < highest - 2


def _part(reading: MeterReading) -> MeterReading:
    return replace(reading, charges=None)


@pytest.mark.slow
def test_conservation_over_long_histories(sqlite_template: Path, tmp_path: Path) -> None:
    TEMPLATE[:] = [tmp_path / "template.sqlite"]
    shutil.copy(sqlite_template, TEMPLATE[0])
    run_state_machine_as_test(
        House, settings=settings(settings(), max_examples=max(settings().max_examples // 12, 1), stateful_step_count=30)
    )


@given(st.permutations([1, 2, 3, 4, 5]), st.lists(st.integers(min_value=1, max_value=5), max_size=4))
@settings(max_examples=40)
def test_returns_in_any_order_book_the_newest_once(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, order: list[int], again: list[int]
) -> None:
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("order") / "ledger.sqlite")
    ledger = open_ledger(f"sqlite:///{path}")
    ledger.add_utility(1, "Stadtwerk")
    meter = ledger.add_meter("A1")
    for exchange in order + again:
        reading = MeterReading(exchange=exchange, card_number=1, refunds_ueur=exchange, charges=Charges(ht=exchange**2))
        ledger.acknowledge(meter, reading)
    assert ledger.account(Account.HT) == -25
    assert ledger.account(Account.REFUND) == -5
    assert ledger.account(Account.PREPAYMENT) == 30
    ledger.close()
