# SPDX-License-Identifier: Apache-2.0
"""A memory that is worn, dead, damaged in both copies or strange: it is found, and never becomes money."""

from __future__ import annotations

import pytest
import sample_meter

from groschen.core import memory
from groschen.core.errors import StateError
from groschen.core.keeper import Keeper
from groschen.core.state import State
from groschen.core.store import Store
from groschensim.nvm import SimNvm
from tests.power_fail.day import kept, night_board, play

SECOND = memory.HOT_SLOT


class StuckNvm(SimNvm):
    """A memory in which a bit of some cells no longer changes."""

    def __init__(self, image: bytearray, stuck: dict[int, int]) -> None:
        super().__init__(image=image)
        self.stuck = stuck

    def _put(self, at: int, data: bytearray | bytes) -> None:
        super()._put(at, data)
        for cell, value in self.stuck.items():
            self.image[cell] = value


class DeadNvm(SimNvm):
    """A memory that takes nothing any more."""

    def _put(self, at: int, data: bytearray | bytes) -> None:
        self.written += len(data)


def image() -> bytearray:
    nvm = SimNvm()
    play(night_board(nvm))
    return nvm.image


def stuck(cell: int, image: bytearray) -> dict[int, int]:
    return {cell: image[cell] ^ 0x40}


@pytest.mark.parametrize("offset", [0, 1, 2, 7, 12, 100, 300, -1, -2])
@pytest.mark.parametrize("copy", [0, SECOND])
def test_one_copy_that_does_not_stick_is_a_fault_and_the_other_one_is_the_state(offset: int, copy: int) -> None:
    """Wherever the cell is: in the head, the payload or, counted from the mark, in the check."""
    memory_image = image()
    if offset < 0:
        offset += 8 + memory_image[2] + 256 * memory_image[3] + 2
    store = Store(nvm := StuckNvm(memory_image, stuck(copy + offset, memory_image)))
    state = store.load()
    assert state is not None
    meter = state.meter
    meter.top_up(sample_meter.money(5_000_000), True)
    assert store.commit(state)
    assert store.faults > 0
    assert not store.failed
    again = Store(nvm)
    read = again.load()
    assert read is not None
    assert again.faults > 0
    assert {**kept(read), "profile": 0} == {**kept(state), "profile": 0}


def test_both_copies_that_do_not_stick_are_a_failure_for_good() -> None:
    memory_image = image()
    store = Store(SimNvm(image=memory_image))
    state = store.load()
    assert state is not None
    meter = state.meter
    store._nvm = StuckNvm(memory_image, stuck(12, memory_image) | stuck(SECOND + 300, memory_image))
    keeper = Keeper(state, store)
    meter.top_up(sample_meter.money(5_000_000), True)
    assert not keeper.commit()
    assert store.failed
    assert not keeper.commit()
    with pytest.raises(StateError, match="damaged"):
        Store(store._nvm).load()


def test_a_dead_memory_acknowledges_nothing_and_keeps_the_old_state() -> None:
    memory_image = image()
    store = Store(DeadNvm(image=memory_image))
    state = store.load()
    assert state is not None
    meter = state.meter
    old = kept(state)
    meter.top_up(sample_meter.money(5_000_000), True)
    assert not store.commit(state)
    assert store.failed
    read = Store(SimNvm(image=memory_image)).load()
    assert read is not None
    assert kept(read) == old


def test_a_memory_that_is_dead_from_the_beginning_holds_no_meter() -> None:
    store = Store(nvm := DeadNvm())
    assert not store.commit(State(sample_meter.meter()))
    assert Store(nvm).load() is None


def both(start: int, size: int) -> tuple[int, int]:
    return start, start + size


@pytest.mark.parametrize("offset", [8, 14, 40, 200])
@pytest.mark.parametrize("mask", [1, 0x80, 0xFF])
def test_both_copies_damaged_is_refused(offset: int, mask: int) -> None:
    """The hot record, the tariff in force or the contract: no balance is better than a wrong one."""
    memory_image = image()
    store = Store(SimNvm(image=bytearray(memory_image)))
    state = store.load()
    assert state is not None
    meter = state.meter
    places = [(memory.HOT, memory.HOT_SLOT, offset)]
    for (start, size, _), slot in (
        (memory.TARIFFS, store._tariffs.index(meter.tariff.version)),
        (memory.CONTRACTS, store._editions.index(meter.edition)),
    ):
        places.append((start + 2 * size * slot, size, 14))
    for start, size, at in places:
        damaged = bytearray(memory_image)
        for copy in both(start, size):
            damaged[copy + at] ^= mask
        with pytest.raises(StateError, match=r"damaged in both copies|both copies of the state are damaged"):
            Store(SimNvm(image=damaged)).load()


def test_a_memory_of_other_people_is_refused() -> None:
    strange = bytearray(range(256)) * (memory.SIZE // 256)
    with pytest.raises(StateError):
        Store(SimNvm(image=strange)).load()
    assert Store(SimNvm()).load() is None
    assert Store(SimNvm(image=bytearray(b"\xff" * memory.SIZE))).load() is None


def test_a_contract_that_was_cut_off_is_not_taken_for_the_next_one() -> None:
    """The slot of an edition that was never committed is free, and written again."""
    memory_image = image()
    store = Store(SimNvm(image=memory_image))
    state = store.load()
    assert state is not None
    meter = state.meter
    meter.set_credit(sample_meter.windows(), sample_meter.money(1), sample_meter.money(2))
    store._write_contract(meter)  # and no further
    store = Store(SimNvm(image=memory_image))
    state = store.load()
    assert state is not None
    meter = state.meter
    other = sample_meter.windows()
    other.daily_start = 7
    meter.set_credit(other, sample_meter.money(1), sample_meter.money(2))
    assert store.commit(state)
    read = Store(SimNvm(image=memory_image)).load()
    assert read is not None
    assert read.meter.windows.daily_start == 7
