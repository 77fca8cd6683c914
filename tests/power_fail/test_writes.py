# SPDX-License-Identifier: Apache-2.0
"""How much is written: nothing for a pulse, and no more than is stated here for a commit, a minute and a day."""

from __future__ import annotations

from array import array

from groschen.core import memory
from groschensim.board import Board
from groschensim.nvm import SimNvm
from groschensim.play import Player
from tests.power_fail.day import EUR, tape

COMMIT = 10  # writes: mark, head, payload, check and mark, of two copies
COMMIT_BYTES = 2 * memory.HOT_SLOT
MINUTE = COMMIT
DAY = 2_500
DAY_BYTES = 200_000


def board() -> tuple[Board, SimNvm]:
    nvm = SimNvm()
    return Board({**tape(), "balance_ueur": 900 * EUR, "events": []}, nvm), nvm


def test_a_pulse_writes_nothing() -> None:
    house, nvm = board()
    before = nvm.writes
    for _ in range(1000):
        house.count(1)
    assert nvm.writes == before
    house.restart()
    assert house.meter.energy_ht.value() == 1000


def test_a_commit_of_what_has_not_changed_writes_nothing() -> None:
    house, nvm = board()
    before = nvm.writes
    house.advance(house.now)
    assert nvm.writes == before


def test_a_minute_writes_one_commit_at_most() -> None:
    house, nvm = board()
    for _ in range(14):
        before, size = nvm.writes, nvm.written
        house.count(7)
        house.advance(house.now + 60)
        rows = 1 if house.now % 900 == 0 else 0  # of the profile
        assert nvm.writes - before <= MINUTE + 2 * rows
        assert nvm.written - size <= COMMIT_BYTES


def test_a_day_writes_its_quarter_hours() -> None:
    days = 3
    nvm = SimNvm()
    long = {**tape(), "balance_ueur": 900 * EUR, "events": []}
    long["end_s"] = long["start_s"] + days * 86_400
    load = array("i", [100]) * (days * 96 + 2)
    played = Player(long, load, nvm=nvm).play()
    assert played.meter.supply.disconnections == 0
    assert nvm.writes <= days * DAY
    assert nvm.written <= days * DAY_BYTES


def test_a_commit_takes_less_than_30_ms_of_the_bus() -> None:
    """At 400 kHz a byte takes 22.5 microseconds, and so do the three bytes that begin each write."""
    house, nvm = board()
    house.count(50)
    before, size = nvm.writes, nvm.written
    house.advance(house.now + 60)
    micros = (nvm.written - size + 3 * (nvm.writes - before)) * 45 // 2
    assert micros < 30_000
