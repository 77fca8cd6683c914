# SPDX-License-Identifier: Apache-2.0
"""A hurried commit, of which the power then stays after all, is as safe as any other."""

from contextlib import suppress

import pytest

from groschen.core.amount import Limbs
from groschen.core.meter import Meter
from groschen.core.state import State
from groschen.core.store import Store
from groschen.core.supply import CUSTOMER
from groschen.core.tariff import Tariff
from groschensim.board import amount
from groschensim.nvm import PowerCut, SimNvm

EUR = 1_000_000


def meter() -> Meter:
    new = Meter(1000)
    tariff = Tariff()
    tariff.version = 1
    new.commission(20_454, 0, CUSTOMER, tariff, amount(10 * EUR), Limbs())
    return new


def topups_after_a_cut(cut: int | None) -> tuple[int, int]:
    """Return the top-ups that a restart finds, and how many bytes the commit after the hurried one has."""
    nvm = SimNvm()
    store = Store(nvm)
    kept = State(meter())
    one = kept.meter
    store.commit(kept)
    one.top_up(amount(5 * EUR), True)
    assert store.commit(kept, hurried=True)  # acknowledged
    torn = SimNvm([] if cut is None else [cut], nvm.image)
    store._nvm = torn
    one.advance(20_454, 900)
    with suppress(PowerCut):
        store.commit(kept)
    found = Store(SimNvm(image=nvm.image)).load()
    assert found is not None
    return found.meter.account.topups.value(), torn.written


def test_a_cut_in_the_commit_after_a_hurried_one_loses_nothing() -> None:
    topups, size = topups_after_a_cut(None)
    assert topups == 15 * EUR
    for cut in range(size):
        assert topups_after_a_cut(cut)[0] == 15 * EUR, cut


@pytest.mark.parametrize("again", [False, True])
def test_the_second_copy_follows_when_the_power_stayed(again: bool) -> None:
    nvm = SimNvm()
    store = Store(nvm)
    kept = State(meter())
    one = kept.meter
    store.commit(kept)
    one.top_up(amount(5 * EUR), True)
    store.commit(kept, hurried=True)
    before = nvm.written
    store.commit(kept, hurried=again)
    assert (nvm.written > before) is not again


def test_a_hurried_commit_reads_nothing_back() -> None:
    """The hold-up is for writing: reading both copies back would take it twice."""

    class CountedNvm(SimNvm):
        reads = 0

        def read(self, at: int, into: bytearray) -> None:
            self.reads += 1
            super().read(at, into)

    nvm = CountedNvm()
    store = Store(nvm)
    kept = State(meter())
    store.commit(kept)
    kept.meter.top_up(amount(5 * EUR), True)
    before = nvm.reads
    assert store.commit(kept, hurried=True)
    assert nvm.reads == before
    kept.meter.top_up(amount(5 * EUR), True)
    assert store.commit(kept)
    assert nvm.reads > before
