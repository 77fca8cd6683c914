# SPDX-License-Identifier: Apache-2.0
"""A cut after every byte of every write of a night, and a second one after every byte of the recovery.

All first cuts are tried in each run. After one of so many of them, all second cuts are tried too, and the whole night
is played to its end; after all of them in `make soak`. `pytest -rP` shows how many there were.
"""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import settings

from groschen.core import memory
from groschen.core.supply import CREDIT, LOCK
from groschensim import board as boards
from groschensim import result
from groschensim.image import RINGS
from groschensim.nvm import SimNvm
from tests.power_fail.cutting import CutBoard, RecordingNvm, WatchedStore
from tests.power_fail.day import STORY, night_board, play

THOROUGH = settings.default is not None and settings.default.max_examples > 500
PARTS = 4
SECOND = 1 if THOROUGH else 17  # after each so manieth of the first cuts, a second one
TO_THE_END = 1 if THOROUGH else 101
RANDOM_NIGHTS = 2000 if THOROUGH else 60

REGIONS = {
    "hot": (memory.HOT, memory.HOT_SLOT),
    "hot, second copy": (memory.HOT + memory.HOT_SLOT, memory.HOT_SLOT),
    **{
        f"{name} {slot}": (start + slot * memory.COPIES * size, 1)
        for name, (start, size, slots) in (("tariff", memory.TARIFFS), ("contract", memory.CONTRACTS))
        for slot in range(slots)
    },
    "profile": (memory.PROFILE, 3 * memory.PROFILE_ROWS),
    **{ring.name: (ring.start, after.start - ring.start) for ring, after in pairwise(RINGS)},
}


def outcome(board: boards.Board) -> tuple[str, str]:
    """Gives the result's JSON and the registers', but for the log, which tells of cards that were put in again."""
    board.read_profile()
    shown = result.read_out(board.meter)
    del shown["events"]
    return result.text(result.result(board)), result.text(shown)


@pytest.mark.usefixtures("watched")
def test_the_night_writes_everywhere_and_everything_happens_in_it() -> None:
    nvm = RecordingNvm(bytearray(memory.SIZE), WatchedStore.ledger)
    board = play(night_board(nvm))
    written = {name for write in nvm.log for name, (at, size) in REGIONS.items() if at <= write.at < at + size}
    assert written == set(REGIONS)
    assert set(boards.EVENTS) <= {kind for _, kind, _ in STORY}
    supply = board.meter.supply
    assert {cause for _, cause in board.disconnections} == {CREDIT, LOCK}
    assert supply.activations == 1
    assert any(at % 60 for at, _ in board.disconnections)  # at a pulse
    assert outcome(board) == outcome(play(night_board()))


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize("part", range(PARTS))
def test_a_cut_after_every_byte_leaves_the_old_or_the_new_state_and_changes_nothing(part: int) -> None:
    """Every cut restarts into one of two states, goes on, and is then as if it had not been."""
    board = CutBoard(
        lambda number: number % PARTS == part, lambda number: number % PARTS == part and number // PARTS % SECOND == 0
    )
    play(board)
    print(board.tally)
    assert board.tally.positions > 60_000
    assert board.tally.cuts > 3_000
    assert board.tally.second_cuts > 1_000


@pytest.mark.parametrize("part", range(PARTS))
def test_a_night_that_was_cut_ends_as_one_that_was_not(part: int) -> None:
    whole = outcome(play(night_board()))
    nvm = SimNvm()
    assert outcome(play(night_board(nvm))) == whole
    tried = range(part, nvm.written, PARTS * TO_THE_END)
    for cut in tried:
        torn = SimNvm((cut,))
        board = play(night_board(torn))
        assert board.restarts == 2, cut
        assert outcome(board) == whole, cut
    print(f"{len(tried)} of {nvm.written} byte positions, the night played to its end")


def test_a_night_that_was_cut_many_times_ends_as_one_that_was_not() -> None:
    whole = outcome(play(night_board()))
    chance = random.Random(3)
    for _ in range(RANDOM_NIGHTS):
        often = chance.choice([2, 10, 100])
        cuts = sorted(chance.sample(range(100_000), often))
        # Some cuts come within the recovery from the one before.
        cuts = sorted({*cuts, *(cut + chance.randrange(1, 900) for cut in cuts if chance.random() < 0.5)})
        assert outcome(play(night_board(SimNvm(cuts)))) == whole, cuts
