# SPDX-License-Identifier: Apache-2.0
"""Random histories: a TAN typed right, in the window, while entry is open, books, and once; all others say why not.

`make soak` plays a million of them (histories.py); here is a fixed share, and mutants that each must be found out.
That the try is kept before it is compared makes no history another; `test_thief` finds that out.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from groschen.core import keypad, tan_budget
from groschen.core.tan_entry import QUESTION, TanEntry
from groschencard import tan
from tests.tan import histories
from tests.tan.harness import LightKeeper

LIGHT = 5_000
REAL = 200
WHY = [*histories.SAID, "cut in an entry", "lost", "service code OPENED", "service code WRONG", "service card", "card"]


@pytest.fixture(scope="module")
def tally() -> Counter[str]:
    return histories.play(0, LIGHT, False) + histories.play(0, REAL, True)


def test_every_history_is_as_the_specification_has_it(tally: Counter[str]) -> None:
    assert tally["histories"] == LIGHT + REAL
    assert tally["histories with the real memory"] == REAL


@pytest.mark.parametrize("reason", WHY)
def test_each_reason_is_met(reason: str, tally: Counter[str]) -> None:
    assert tally[reason] > 20


def test_what_was_typed_is_counted_with_its_reason(tally: Counter[str]) -> None:
    print({reason: tally[reason] for reason in WHY})
    assert tally["booked"] < tally["issued"]
    assert sum(tally[reason] for reason in histories.SAID) > LIGHT


def test_a_history_is_the_same_each_time() -> None:
    assert histories.play(3, 20, False) == histories.play(3, 20, False)
    assert histories.play(3, 2, True) == histories.play(3, 2, True)


def found_out(count: int = 1500, real: int = 0) -> bool:
    try:
        histories.play(0, count, False)
        histories.play(0, real, True)
    except histories.HistoryError:
        return True
    return False


def test_nothing_is_found_out_of_the_meter_as_it_is() -> None:
    assert not found_out(200, 5)


def mutate(name: str, patch: pytest.MonkeyPatch) -> None:
    window = tan.Window
    if name == "a used one is open again":
        patch.setattr(window, "is_used", lambda self, counter: counter == self.highest)
    elif name == "one more ahead":
        patch.setattr(window, "AHEAD", 3)
    elif name == "one fewer behind":
        patch.setattr(window, "BEHIND", 1)
    elif name == "an older one moves the highest back":
        accept = window.accept

        def back(self: Any, counter: int) -> None:
            accept(self, counter)
            self.highest = counter

        patch.setattr(window, "accept", back)
    elif name == "no question":
        patch.setattr(window, "lost", lambda self, counter: [])
    elif name == "a success refills":
        end = tan_budget.end_try

        def refill(tans: Any, wrong: bool) -> None:
            end(tans, wrong)
            if not wrong:
                tan_budget.forgive(tans)

        patch.setattr(tan_budget, "end_try", refill)
    elif name == "a used one costs a try":
        patch.setattr(tan, "spent", lambda *_: 0)
    elif name == "a slip costs a try":
        patch.setattr(tan, "checks", lambda *_: True)
    elif name == "two free":
        patch.setattr(tan_budget, "_FREE", 2)
    elif name == "a lock of half an hour":
        patch.setattr(tan_budget, "_HOUR", 2)
    elif name == "nothing is finished after a cut":
        patch.setattr(TanEntry, "resume", lambda self: None)
    elif name == "money and number in two commits":
        top_up = TanEntry._top_up

        def twice(self: Any) -> None:
            self._keeper.commit()
            top_up(self)

        patch.setattr(TanEntry, "_top_up", twice)
    elif name == "the used bits are not kept":
        keep = LightKeeper.load

        def load(self: Any) -> None:
            keep(self)
            self.state.tan.used = 0

        patch.setattr(LightKeeper, "load", load)
    elif name == "a service code twice":
        patch.setattr(tan, "verify_service", lambda key, highest, typed: VERIFY(key, max(0, highest - 1), typed))
    elif name == "booked at no":
        patch.setitem(TanEntry.KEYS, (QUESTION, 11), TanEntry.KEYS[QUESTION, keypad.OK])
    else:
        raise ValueError(name)


VERIFY = tan.verify_service

MUTANTS = [
    "a used one is open again",
    "one more ahead",
    "one fewer behind",
    "an older one moves the highest back",
    "no question",
    "a success refills",
    "a used one costs a try",
    "a slip costs a try",
    "two free",
    "a lock of half an hour",
    "nothing is finished after a cut",
    "money and number in two commits",
    "the used bits are not kept",
    "a service code twice",
    "booked at no",
]


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutate(name, monkeypatch)
    assert found_out()
