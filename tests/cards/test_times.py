# SPDX-License-Identifier: Apache-2.0
"""How long an insertion keeps the contacts busy at 20 kHz, step by step; `pytest -rP` prints it. 50 us a clock."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from groschen.core import events
from groschen.core.session import _CHECK, _CONTRACT, _IDENTIFY, _ORDER, _PRESENT, _RETURN, _SIGN, _TARIFF, _WRITE_BACK
from groschencard import records
from groschensim.models.sle4428 import blank_image
from tests.cards.bench import Bench, Contact, card_with_everything, new_meter
from tests.cards.tearing import Session, WatchedChip
from tests.core.house import seconds
from tests.power_fail.day import CUSTOMER, EUR, REFUND

MS = 1 / 20
NAMES = {
    _IDENTIFY: "identify", _CHECK: "check", _TARIFF: "check", _CONTRACT: "check", _ORDER: "check", _RETURN: "check", _PRESENT: "PSC",
    _SIGN: "acknowledge", _WRITE_BACK: "report",
}  # fmt: skip
STEP_MOST_MS = {CUSTOMER: 160, REFUND: 260}
"""What one step of the session may take: display and keys wait meanwhile. In REFUND it reads the last report whole."""


def old_meter(mode: int) -> Bench:
    """Gives a meter after fourteen months, whose report fills the card."""
    meter = new_meter(mode)
    for at in range(seconds("2026-03-06 01:00") // 86400, seconds("2027-05-08 01:00") // 86400):
        meter.advance(at, 3600)
        meter.count(7000 + at % 900)
        meter.advance(at, 14 * 3600)
        meter.count(2600 + at % 77)
    return Bench(Contact(WatchedChip(blank_image())), meter)


def new(mode: int) -> Bench:
    return Bench(Contact(WatchedChip(blank_image())), new_meter(mode))


CASES = [
    ("a new card with everything", new, CUSTOMER, False, 1400),
    ("a used card with new credit", new, CUSTOMER, True, 1200),
    ("a used card with new credit, a full report", old_meter, CUSTOMER, True, 6000),
    ("a used card in REFUND, a full report", old_meter, REFUND, True, 6000),
]


@pytest.mark.parametrize(("name", "make", "mode", "used", "most_ms"), CASES, ids=[case[0] for case in CASES])
def test_the_time_of_an_insertion_and_that_no_step_keeps_display_and_keys_waiting(
    name: str, make: Callable[[int], Bench], mode: int, used: bool, most_ms: int
) -> None:
    bench = make(mode)
    if used:
        card = bench.desk.issue(records.CUSTOMER, 1)
        bench.desk.order(card, 1)
        bench.insert(card)
        bench.meter.count(3)
        if mode == CUSTOMER:
            bench.desk.credit(card, 2, 20 * EUR)
    else:
        card = card_with_everything(bench.desk, bench.state)
    bench.meter.advance(bench.meter.quarter // 96 + 1, 12 * 3600)
    played = Session(bench, card)
    assert bench.session.outcome in (events.CARD_CREDIT, events.CARD_NO_CREDIT, events.CARD_REFUND)
    times: dict[str, float] = {}
    longest = 0.0
    for step in played.steps:
        took = (step.last - step.first) * MS
        longest = max(longest, took)
        if step.state in NAMES:
            times[NAMES[step.state]] = times.get(NAMES[step.state], 0) + took
    total = played.clocks * MS
    booked = times["identify"] + times["check"] + times["PSC"]
    shares = ", ".join(f"{part} {ms:.0f}" for part, ms in times.items())
    length = records.HEAD + records.LENGTH + records.TAIL + length_of(played.whole)
    print(
        f"{name}: {shares}; booked after {booked:.0f}, whole after {total:.0f}, longest step {longest:.0f} ms; report of {length} bytes"
    )
    assert sum(times.values()) == pytest.approx(total)
    assert booked < 600
    assert longest < STEP_MOST_MS[mode]
    assert total < most_ms


def length_of(card: bytes) -> int:
    at = 32 + records.place(records.REPORT, 0) + records.HEAD
    return int.from_bytes(card[at : at + records.LENGTH], "little")
