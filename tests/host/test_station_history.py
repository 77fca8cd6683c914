# SPDX-License-Identifier: Apache-2.0
"""Long histories of a desk, a meter and the cards between them: pulled, copied, written back, replaced, returned.

The station and the meter are the real ones. Whatever happens, the meter never books what was not issued; and after it and
the desk have seen the newest card once more, it has booked all of it, and both say the same of every euro.
"""

from __future__ import annotations

import contextlib
import itertools
import shutil
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from groschenhost.cards.errors import CardRefused, Unfinished
from groschenhost.cards.station import Service
from groschenhost.ledger.errors import StateError
from groschenhost.ledger.values import Account, CardKind, CardState, SettingsData
from groschenhost.money import EUR
from groschenhost.readers.connection import OutcomeUnknown, ReaderError
from tests.host.station_bench import Bench, Pulled, blank, quick_ledger, tariff_data

TEMPLATE: list[Path] = []
LEFT = st.one_of(st.none(), st.none(), st.integers(min_value=0, max_value=420))
EURO = st.integers(min_value=1, max_value=90)


class House(RuleBasedStateMachine):
    """One customer, careless with cards."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench(quick_ledger(TEMPLATE[0], TEMPLATE[0].parent))
        self.cards: list[bytearray] = []  # the newest last
        self.images: list[tuple[bytearray, bytes]] = []  # of a card, as it once was
        self.service: list[bytearray] = []
        self.drawer = 0
        self.keys = itertools.count()
        self.version = 1

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            path = Path(str(self.bench.ledger.engine.url.database))
            self.bench.ledger.close()
            for left in path.parent.glob(path.name + "*"):
                left.unlink()

    @initialize()
    def first_card(self) -> None:
        self.cards.append(blank())
        self.bench.issue(self.cards[-1])
        self.drawer += 10 * EUR

    # -- at the desk

    @rule(eur=EURO, left=LEFT, erased=st.booleans(), presses=st.integers(min_value=1, max_value=2), which=st.integers())
    def top_up(self, eur: int, left: int | None, erased: bool, presses: int, which: int) -> None:
        card = self.cards[which % len(self.cards)] if which % 4 == 0 else self.cards[-1]
        before, key = self.bench.issued_ueur, f"k{next(self.keys)}"
        for press in range(presses):
            try:
                self.bench.station_on(Pulled(card, None if press else left, erased)).topup(eur * EUR, key)
            except (CardRefused, Unfinished, ReaderError):
                continue
        assert self.bench.issued_ueur in {before, before + eur * EUR}
        self.drawer += self.bench.issued_ueur - before

    @rule(left=LEFT, erased=st.booleans(), which=st.integers())
    def read(self, left: int | None, erased: bool, which: int) -> None:
        with contextlib.suppress(CardRefused, Unfinished, OutcomeUnknown):
            self.bench.station_on(Pulled(self.cards[which % len(self.cards)], left, erased)).read()

    @rule(left=LEFT)
    def replace(self, left: int | None) -> None:
        new = blank()
        held = self.bench.ledger.active_card(self.bench.meter)
        if held is None:
            return
        try:
            self.bench.station_on(Pulled(new, left)).replace(self.bench.meter, None)
        except Unfinished:
            new = blank() if left is not None and left % 2 else new
            self.bench.station(new).replace(self.bench.meter, None)
        self.cards.append(new)
        self.drawer += 10 * EUR

    @rule(which=st.integers())
    def return_an_old_card(self, which: int) -> None:
        if len(self.cards) < 2:
            return
        card = self.cards[which % (len(self.cards) - 1)]
        try:
            done = self.bench.station(card).give_back()
        except CardRefused:
            return
        if not done.repeated:
            self.drawer -= done.payout.total_ueur

    @rule(mode=st.integers(min_value=0, max_value=2), debt=st.integers(min_value=0, max_value=40), left=LEFT)
    def send_a_technician(self, mode: int, debt: int, left: int | None) -> None:
        card = blank()
        service = Service("set_mode", mode, debt * EUR)
        try:
            self.bench.station_on(Pulled(card, left)).issue(self.bench.meter, CardKind.SERVICE, None, service)
        except Unfinished:
            self.bench.station(card).issue(self.bench.meter, CardKind.SERVICE, None, service)
        self.bench.insert(card)
        if debt % 2:
            self.bench.station(card).read()

    @rule()
    def change_the_tariff(self) -> None:
        self.version += 1
        self.bench.ledger.add_tariff(
            tariff_data(self.version, nt_ueur_per_kwh=200_000 + self.version), SettingsData(warn_days=self.version % 90)
        )

    # -- at home

    @rule(pulses=st.integers(min_value=1, max_value=60_000))
    def use(self, pulses: int) -> None:
        meter = self.bench.state.meter
        if meter.supply.on:
            meter.count(pulses)

    @rule(left=LEFT, which=st.integers())
    def insert(self, left: int | None, which: int) -> None:
        self.bench.insert(self.cards[which % len(self.cards)] if which % 3 == 0 else self.cards[-1], left)

    @rule(which=st.integers())
    def copy_a_card(self, which: int) -> None:
        card = self.cards[which % len(self.cards)]
        self.images.append((card, bytes(card)))

    @precondition(lambda self: self.images)
    @rule(which=st.integers())
    def write_an_old_image_back(self, which: int) -> None:
        card, image = self.images[which % len(self.images)]
        card[:] = image

    # -- always

    @invariant()
    def nothing_is_booked_that_was_not_issued(self) -> None:
        if self.cards:
            self.bench.check()
            assert self.bench.ledger.account(Account.CASH) == self.drawer

    def settle(self) -> None:
        """Let desk, meter and desk see the newest card."""
        if not self.cards:
            return
        bench, card = self.bench, self.cards[-1]
        try:
            visit = bench.station(card).read()
        except CardRefused:  # an image of it from before it was a card of the meter
            new = blank()
            bench.station(new).replace(bench.meter, None)
            card = new
            visit = bench.station(card).read()
        assert visit.card.state is CardState.ACTIVE
        bench.insert(card)
        visit = bench.station(card).read()
        bench.check()
        account = bench.state.meter.account
        assert bench.booked_ueur == bench.issued_ueur == account.topups.value()
        assert bench.state.cards.debt.value() == bench.ledger.order_for_card(bench.meter).debt_total_ueur
        held = bench.ledger.balances(bench.meter)
        assert held.prepayment == account.balance.value()
        assert held.debt == account.debt.owed.value()
        assert visit.reading is not None
        assert visit.reading.refunds_ueur == account.refunds.value()
        with pytest.raises(StateError):  # it has its card
            bench.ledger.issue_card(bench.meter, CardKind.CUSTOMER, "sle4428", "another")


@pytest.mark.slow
def test_conservation_over_desk_and_meter(sqlite_template: Path, tmp_path: Path) -> None:
    TEMPLATE[:] = [tmp_path / "template.sqlite"]
    shutil.copy(sqlite_template, TEMPLATE[0])
    run_state_machine_as_test(
        House, settings=settings(settings(), max_examples=max(settings().max_examples // 25, 1), stateful_step_count=20)
    )
