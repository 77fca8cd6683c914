# SPDX-License-Identifier: Apache-2.0
"""The store, its cuts and its flips; and a commit in the steady state allocates nothing."""

import sys
from array import array

import sample_meter as sample

from groschen.core import memory, outlook, wholemeter
from groschen.core.calendar import QUARTERS_PER_DAY
from groschen.core.state import State
from groschen.core.store import Store

MICROPYTHON = sys.implementation.name == "micropython"
if MICROPYTHON:
    from micropython import heap_lock, heap_unlock
else:
    heap_lock = heap_unlock = int  # callables that do nothing


class PowerCutError(Exception):
    """The power failed within a write."""


class Memory:
    """Bytes, and how many more of them can be written; allocates nothing of its own."""

    def __init__(self):
        self.image = bytearray(memory.SIZE)
        self.left = -1
        self.written = 0

    def read(self, at, into):
        image = self.image
        for offset in range(len(into)):
            into[offset] = image[at + offset]

    def write(self, at, data):
        image = self.image
        for offset in range(len(data)):
            if self.left == 0:
                raise PowerCutError
            self.left -= 1
            self.written += 1
            image[at + offset] = data[offset]


def to(meter, quarters):
    """Let quarter hours pass; allocates nothing."""
    quarter = meter.quarter + quarters
    meter.advance(quarter // QUARTERS_PER_DAY, quarter % QUARTERS_PER_DAY * 900)


def kept(state, store):
    """Return all that a state keeps, its profile read; a test of the store alone reads it twice."""
    wholemeter.load_profile(state.meter, store)
    return wholemeter.save(state)


def load(store):
    """Return the state that a store loads; there is one."""
    state = store.load()
    assert state is not None
    return state


def used():
    """Return a state with a past of some days, its store, and its memory."""
    nvm = Memory()
    store = Store(nvm)
    meter = sample.meter()
    state = State(meter)
    assert store.commit(state)
    for _ in range(4 * QUARTERS_PER_DAY):
        happen = outlook.lasts(meter, 77)
        if happen:
            meter.count(happen)
        to(meter, 1)
        assert store.commit(state)
    return state, store, nvm


def test_a_memory_that_was_never_written_holds_no_meter():
    assert Store(Memory()).load() is None


def test_what_is_committed_is_loaded():
    state, store, nvm = used()
    again = Store(nvm)
    loaded = load(again)
    assert again.faults == 0
    assert kept(loaded, again) == kept(state, store)
    written = nvm.written
    assert again.commit(loaded)
    assert nvm.written == written
    print(written, loaded.meter.account.balance.value())


def test_a_cut_leaves_the_old_or_the_new_state():
    state, store, nvm = used()
    before = bytes(nvm.image)
    old = kept(state, store)
    meter = state.meter
    meter.top_up(sample.money(25_000_000), True)
    meter.set_tariff(sample.tariff(2, nt=271_828))
    meter.set_credit(sample.windows(), sample.money(7), sample.money(9))
    begin = nvm.written
    assert store.commit(state)
    new = kept(state, store)
    olds = 0
    length = nvm.written - begin
    for left in range(0, length, 13):
        torn = Memory()
        torn.image[:] = before
        other = Store(torn)
        loaded = load(other)
        loaded.meter.top_up(sample.money(25_000_000), True)
        loaded.meter.set_tariff(sample.tariff(2, nt=271_828))
        loaded.meter.set_credit(sample.windows(), sample.money(7), sample.money(9))
        torn.left = left
        try:
            other.commit(loaded)
            raise AssertionError
        except PowerCutError:
            torn.left = -1
        again = Store(torn)
        loaded = load(again)
        found = kept(loaded, again)
        assert again.faults == 0
        assert found in (old, new)
        assert sample.conserved(loaded.meter)
        olds += found == old
    print(length, olds)


def test_a_flip_is_found_and_mended():
    state, store, nvm = used()
    wanted = kept(state, store)
    for at in (
        6,
        9,
        100,
        300,
        memory.HOT_SLOT + 5,
        memory.HOT_SLOT + 200,
        memory.TARIFFS[0] + 9,
        memory.CONTRACTS[0] + 588,
    ):
        nvm.image[at] ^= 0x10
        again = Store(nvm)
        loaded = load(again)
        assert again.faults == 1
        assert kept(loaded, again) == wanted
        again = Store(nvm)
        load(again)
        assert again.faults == 0


def test_a_flip_in_a_row_costs_that_row_alone():
    state, _, nvm = used()
    days = memory.RINGS[2][0]
    nvm.image[days + 27 + 3] ^= 1
    again = Store(nvm)
    loaded = load(again)
    assert again.faults == 1
    rows = state.meter.daily.ring.kept()
    assert loaded.meter.daily.ring.kept() == rows[:1] + rows[2:]
    assert loaded.meter.account.balance.value() == state.meter.account.balance.value()


def clean(state, store, quarters):
    """Let quarter hours pass and commit each with the heap locked; say whether it did without."""
    meter = state.meter
    done = False
    heap_lock()
    try:
        for _ in range(quarters):
            happen = outlook.lasts(meter, 40)
            if happen:
                meter.count(happen)
            to(meter, 1)
            store.commit(state)
        done = True
    except MemoryError:
        pass
    heap_unlock()
    return done


def test_a_commit_allocates_nothing():
    state, store, nvm = used()
    assert clean(state, store, 40 * QUARTERS_PER_DAY)  # over a month's start
    assert sample.conserved(state.meter)
    again = Store(nvm)
    loaded = load(again)
    assert kept(loaded, again) == kept(state, store)


def test_the_lock_finds_a_store_that_wastes():
    class Wasteful(Store):
        def _write_byte(self, at, value):
            self._nvm.write(at, bytearray([value]))

    state = State(sample.meter())
    store = Wasteful(Memory())
    assert store.commit(state)
    assert clean(state, store, 3) != MICROPYTHON


def test_a_hurried_commit_is_whole():
    state, store, nvm = used()
    state.meter.billing = array("i", [20_000])
    state.meter.edition += 1
    assert store.commit(state, True)
    again = Store(nvm)
    assert load(again).meter.billing == state.meter.billing
