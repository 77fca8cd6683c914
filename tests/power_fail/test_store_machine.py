# SPDX-License-Identifier: Apache-2.0
"""The store and a plain dict in lockstep: what was committed is what is found, after cuts, restarts and bit flips.

A flip is one bit between two commits, anywhere in what the meter needs; it is found, and mended or one row is given up.
"""

from __future__ import annotations

import random
from array import array
from typing import Any

import sample_meter
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from groschen.core import memory, outlook
from groschen.core.calendar import QUARTERS_PER_DAY
from groschen.core.ring import LOST, Ring
from groschen.core.state import State
from groschen.core.store import Store
from groschensim import board as boards
from groschensim import image
from groschensim.nvm import PowerCut, SimNvm
from tests.power_fail.cutting import difference
from tests.power_fail.day import ALL_WINDOWS, CREDIT, EUR, TARIFF, Kept, kept, loaded

EXAMPLES = settings.default.max_examples if settings.default else 100

RINGS = {place.path: (place.start, place.rows) for place in image.RINGS if place.name != "tries"}
EURO = st.integers(1, 200 * EUR)
CHANCE = st.integers(0, 2**32)


class StoreMachine(RuleBasedStateMachine):
    """A meter to which things happen, its store, and `model`: name to value, as committed last."""

    @initialize(seed=CHANCE)
    def commission(self, seed: int) -> None:
        chance = random.Random(seed)
        # Brand-new chips hold all zeros or all ones.
        self.nvm = SimNvm(image=bytearray([chance.choice([0, 0xFF])]) * memory.SIZE)
        self.store = Store(self.nvm)
        self.all = State(sample_meter.meter(chance.choice([100, 1000, 10_000]), quarter=sample_meter.START - 5))
        self.meter = self.all.meter
        self.pulses: dict[int, int] = {}
        self.version = 1
        self.number = 0
        self.lost: dict[str, set[int]] = {name: set() for name in RINGS}
        assert self.store.commit(self.all)
        self.model = self.state()

    # -- what happens to the meter

    @rule(ueur=EURO, by_card=st.booleans())
    def top_up(self, ueur: int, by_card: bool) -> None:
        self.number += 1
        self.meter.top_up(boards.amount(ueur), by_card)
        self.commit()

    @rule(ueur=EURO)
    def add_debt(self, ueur: int) -> None:
        self.number += 1
        self.meter.add_debt(boards.amount(ueur))
        self.commit()

    @rule(pulses=st.integers(1, 3000))
    def use(self, pulses: int) -> None:
        happen = outlook.lasts(self.meter, pulses)
        if happen:
            self.meter.count(happen)

    @rule(quarters=st.integers(1, QUARTERS_PER_DAY - 1))
    def wait(self, quarters: int) -> None:
        quarter = self.meter.quarter + quarters
        self.meter.advance(quarter // QUARTERS_PER_DAY, quarter % QUARTERS_PER_DAY * 900)
        self.commit()

    @rule(days=st.integers(1, 70))
    def wait_for_days(self, days: int) -> None:
        for _ in range(days):
            self.meter.advance(self.meter.quarter // QUARTERS_PER_DAY + 1, 0)
            self.commit()

    @rule(price=st.integers(0, EUR), wait=st.sampled_from([0, 0, 5, 400]))
    def new_tariff(self, price: int, wait: int) -> None:
        self.version += 1
        tariff = boards.tariff({**TARIFF, "nt_ueur_per_kwh": price}, self.version)
        tariff.start_quarter = self.meter.quarter + wait
        assert self.meter.set_tariff(tariff)

    @rule(limit=EURO, every=st.booleans())
    def new_contract(self, limit: int, every: bool) -> None:
        windows = boards.windows(ALL_WINDOWS if every else CREDIT)
        self.meter.set_credit(windows, boards.amount(limit), boards.amount(limit // 3))

    @rule(days=st.lists(st.integers(1, 9), max_size=10))
    def new_billing(self, days: list[int]) -> None:
        today = self.meter.quarter // QUARTERS_PER_DAY
        self.meter.set_billing(array("i", [today + day for day in days]))

    @rule(mode=st.integers(0, 3))
    def set_mode(self, mode: int) -> None:
        self.meter.set_mode(mode)

    @rule()
    def press(self) -> None:
        self.meter.press_emergency()
        self.meter.press_confirm()

    @rule()
    def refund(self) -> None:
        self.meter.insert_card()

    # -- what happens to the memory

    @rule()
    def commit(self) -> None:
        new = self.state()
        assert self.store.commit(self.all)
        self.model = new

    @rule()
    def restart(self) -> None:
        self.load([self.model])
        assert self.store.faults == 0 or any(self.lost.values())

    @rule(share=st.floats(0, 1, exclude_max=True), again=st.lists(st.integers(0, 900), max_size=2))
    def commit_and_cut(self, share: float, again: list[int]) -> None:
        """Cuts a commit at a share of its bytes, and then the restarts after it."""
        new = self.state()
        trial = SimNvm(image=bytearray(self.nvm.image))
        length = self.bytes_of_commit(trial)
        self.nvm.written = 0
        self.nvm._cuts, self.nvm._next = [int(share * length)], 0
        try:
            self.store.commit(self.all)
        except PowerCut:
            cuts = [sum(again[: number + 1]) for number in range(len(again))]
            self.nvm.written = 0
            self.nvm._cuts, self.nvm._next = cuts, 0
            self.load([self.model, new])
        else:
            self.model = new
        self.nvm._cuts, self.nvm._next = [], 0

    def bytes_of_commit(self, trial: SimNvm) -> int:
        real, self.store._nvm = self.store._nvm, trial
        before = dict(self.store.__dict__)
        copies = {name: _copied(value) for name, value in before.items()}
        self.store.commit(self.all)
        self.store.__dict__.update(copies)
        self.store._nvm = real
        return trial.written

    @rule(bit=st.integers(0, 7), share=st.floats(0, 1, exclude_max=True), copy=st.integers(0, 1))
    def flip_in_the_hot_record(self, bit: int, share: float, copy: int) -> None:
        size = 8 + len(self.store._last) + 3
        offset = int(share * size)
        self.nvm.image[copy * memory.HOT_SLOT + offset] ^= 1 << bit
        self.load([self.model])
        # A copy that has lost its id, length or mark looks like one that was cut off, and is mended as one.
        assert self.store.faults > 0 or offset in (0, 2, 3, size - 1)
        self.load([self.model])
        first, second = (bytes(self.nvm.image[at : at + size]) for at in (0, memory.HOT_SLOT))
        assert first == second

    @rule(bit=st.integers(0, 7), share=st.floats(0, 1, exclude_max=True), copy=st.integers(0, 1), tariff=st.booleans())
    def flip_in_a_tariff_or_contract(self, bit: int, share: float, copy: int, tariff: bool) -> None:
        start, size, _ = memory.TARIFFS if tariff else memory.CONTRACTS
        slot = (
            self.store._tariffs.index(self.store._in_force)
            if tariff
            else self.store._editions.index(self.store._edition)
        )
        at = start + (2 * slot + copy) * size
        length = 4 + self.nvm.image[at] + 256 * self.nvm.image[at + 1]
        self.nvm.image[at + int(share * length)] ^= 1 << bit
        self.load([self.model])
        assert self.store.faults > 0
        other = start + (2 * slot + 1 - copy) * size
        assert self.nvm.image[at : at + length] == self.nvm.image[other : other + length]

    @rule(bit=st.integers(0, 7), seed=CHANCE, name=st.sampled_from(sorted(RINGS)))
    def flip_in_a_ring(self, bit: int, seed: int, name: str) -> None:
        chance = random.Random(seed)
        ring = self.ring(name)
        appended = self.model[f"{name.removeprefix('meter.')}.appended"]
        end = appended - 1 if ring.open_row else appended
        rows = [row for row in range(max(0, appended - ring.rows), end) if row not in self.lost[name]]
        if not rows:
            return
        index = chance.choice(rows)
        start, held = RINGS[name]
        size = sum(map(abs, ring.widths)) + 2
        self.nvm.image[start + index % held * size + chance.randrange(size)] ^= 1 << bit
        self.lost[name].add(index)
        cells = list(self.model[f"{name.removeprefix('meter.')}.cells"])
        at = ring.at(index)
        cells[at : at + ring.width] = [LOST] + [0] * (ring.width - 1)
        self.model[f"{name.removeprefix('meter.')}.cells"] = tuple(cells)
        self.load([self.model])
        assert self.store.faults > 0

    @precondition(lambda self: self.model["profile"])
    @rule(bit=st.integers(0, 23), seed=CHANCE)
    def flip_in_the_profile(self, bit: int, seed: int) -> None:
        chance = random.Random(seed)
        end, first = self.model["profile.end"], self.model["profile.end"] - len(self.model["profile"])
        quarter = chance.randrange(first, end)
        if self.pulses[quarter] < 0:
            return
        self.nvm.image[memory.PROFILE + 3 * (quarter % memory.PROFILE_ROWS) + bit // 8] ^= 1 << bit % 8
        self.pulses[quarter] = -1
        self.model["profile"] = tuple(self.pulses[quarter] for quarter in range(first, end))
        self.load([self.model])

    @invariant()
    def money_is_conserved(self) -> None:
        assert sample_meter.conserved(self.meter)

    # -- the model

    def ring(self, name: str) -> Ring:
        part: Any = self.all
        for step in name.split("."):
            part = getattr(part, step)
        return part

    def state(self) -> Kept:
        """Gives what the meter keeps, with the quarter hours that only the memory has."""
        state = kept(self.all)
        profile = self.meter.profile
        for quarter in range(max(profile.start(), self.store._profile_end), profile.end):
            self.pulses[quarter] = profile.pulses(quarter)
        state["profile"] = tuple(self.pulses[quarter] for quarter in range(profile.start(), profile.end))
        return state

    def load(self, allowed: list[Kept]) -> None:
        """Builds the meter anew from the memory alone, however often that is cut off."""
        while True:
            self.store = Store(self.nvm)
            try:
                found_state = self.store.load()
                break
            except PowerCut:
                continue
        assert found_state is not None
        self.all = found_state
        self.meter = found_state.meter
        found = loaded(found_state, self.store)
        for state in allowed:
            if found == state:
                self.model = state
                return
        raise AssertionError([difference(found, state) for state in allowed])


def _copied(value: object) -> object:
    if isinstance(value, bytearray):
        return bytearray(value)
    if isinstance(value, list):
        return [_copied(each) for each in value]
    return value


TestStore = StoreMachine.TestCase
TestStore.settings = settings(max_examples=max(1, EXAMPLES // 12), stateful_step_count=30)
