# SPDX-License-Identifier: Apache-2.0
"""The firmware against the reference meter, and the laws of the rulebook, over random runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from groschen.core import wholemeter
from groschen.core.supply import FREE
from groschensim import names, result
from groschensim.board import Board
from groschensim.play import Player
from tests.reference.meter import ReferenceMeter
from tests.reference.tapes import runs

if TYPE_CHECKING:
    from array import array

Table = dict[str, Any]
EXAMPLES = settings.default.max_examples if settings.default else 100
CHARGES = names.REGISTERS[2:12]
DEBT_CHARGES = names.REGISTERS[8:12]
NEVER_FALL = names.REGISTERS[:15]


class Watched(Board):
    """A board that holds the laws each time anything has happened."""

    known: Table | None = None

    def switch_relay(self) -> None:
        meter = self.meter
        supply = meter.supply
        if supply.on and not self.relay:  # no window ever connects
            assert supply.mode == FREE or supply.balance.value() > supply.bound.value()
        values: Table = {name: limbs.value() for name, limbs in zip(names.REGISTERS, meter.registers(), strict=True)}
        charges = sum(values[name] for name in CHARGES)
        assert values["topups"] - values["refunds"] - charges == values["balance"]
        assert values["debt_added"] - sum(values[name] for name in DEBT_CHARGES) == values["debt"]
        assert values["debt"] >= 0
        values["disconnections"] = supply.disconnections
        values["off_s"] = supply.off_s
        if self.known:
            for name in (*NEVER_FALL, "disconnections", "off_s"):
                assert values[name] >= self.known[name], name
        self.known = values
        super().switch_relay()


def watched(tape: Table, load: array[int], step: int = 0, restart: bool = False) -> Board:
    player = Player(tape, load, step=step, restart=restart)
    player.board = Watched(tape)
    return player.play()


@given(runs())
def test_a_run_gives_what_the_reference_meter_gives(run: tuple[Table, array[int]]) -> None:
    compare(*run)


@settings(max_examples=max(1, EXAMPLES // 60))
@given(runs(most_days=450, rarely=True))
def test_a_year_and_more_gives_what_the_reference_meter_gives(run: tuple[Table, array[int]]) -> None:
    compare(*run)


def compare(tape: Table, load: array[int]) -> None:
    reference = ReferenceMeter(tape, load).play()
    board = Player(tape, load).play()
    assert json.loads(result.text(result.result(board))) == reference.result()
    assert result.text(result.result(board)) == json.dumps(reference.result())
    shown = result.read_out(board.meter)
    assert json.loads(result.text(shown["daily"])) == reference.read_out()["daily"]
    assert json.loads(result.text(shown["snapshots"]["months"])) == reference.read_out()["months"]
    profile = reference.read_out()["profile"]["pulses"]
    assert shown["profile"]["pulses"] == profile[-len(shown["profile"]["pulses"]) :]
    assert len(shown["profile"]["pulses"]) == min(len(profile), 60 * 96)


@given(runs())
def test_the_laws_hold_at_every_instant(run: tuple[Table, array[int]]) -> None:
    watched(*run)


@settings(max_examples=max(1, EXAMPLES // 6))
@given(runs(most_days=3), st.one_of(st.sampled_from([61, 300, 899, 900, 3600, 86400]), st.integers(41, 5000)))
def test_steps_and_restarts_change_nothing(run: tuple[Table, array[int]], step: int) -> None:
    tape, load = run
    whole = watched(tape, load)
    expected = (
        result.text(result.result(whole)),
        result.text(result.read_out(whole.meter)),
        wholemeter.save(whole.meter),
    )
    rarely = max(step, (tape["end_s"] - tape["start_s"]) // 25)  # a saved state is large
    for cut, restart in ((step, False), (rarely, True)):
        board = watched(tape, load, cut, restart)
        split = (
            result.text(result.result(board)),
            result.text(result.read_out(board.meter)),
            wholemeter.save(board.meter),
        )
        assert split == expected, f"restart={restart}"
