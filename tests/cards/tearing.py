# SPDX-License-Identifier: Apache-2.0
"""What a pull of the card, a power cut of the meter, or both leave behind, at every clock of a card session.

A session is played once, step by step. Between two clocks the card's memory changes only where a pulse ends, and the
meter meets a pull in the same way wherever within a step it comes: so each step gives one meter, and each change of the
card one image. That these are all is not taken for granted: `direct` pulls the card at a clock and compares.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from groschen.core.session import _COMMIT, EMPTY, SHOW, CardSession
from groschensim.models import sle4428
from groschensim.models.sle4428 import COUNTER, Sle4428Chip
from groschensim.nvm import PowerCut, SimNvm
from tests.cards.bench import KEYS, Bench, Contact, Side

if TYPE_CHECKING:
    from groschensim.cards import SimSlot


class WatchedChip(Sle4428Chip):
    """A chip that writes down after how many clocks its memory changed, and which cells a pulse was on."""

    changes: list[tuple[int, int, int, int]]  # from how many clocks on: cell, old, new
    pulses: list[tuple[int, int]]  # after how many clocks a programming began, and its cell

    def watch(self) -> None:
        self.changes, self.pulses = [], []
        self.begun = self.clocks

    def _put(self, byte: int) -> None:
        if byte >= 0 and self.image[self._at] != byte and hasattr(self, "changes"):
            self.changes.append((self.clocks + 1 - self.begun, self._at, self.image[self._at], byte))
        super()._put(byte)

    def _command(self, control: int, at: int, data: int) -> None:
        super()._command(control, at, data)
        if self._mode == sle4428._WORKING and max(self._first, self._second) >= 0 and hasattr(self, "pulses"):
            self.pulses.append((self.clocks - self.begun, at))


class Step(NamedTuple):
    """One step of a session: its clocks, and the meter after a pull within it and at a power cut within it."""

    state: int
    first: int  # clocks before it, and after it
    last: int
    before: Bench  # to go on from there
    pulled: Side
    after_pull: bytes  # the meter's memory
    at_cut: bytes


class Tear(NamedTuple):
    """What is left: a card, the meter's memory, and the meter where it did not lose its power."""

    clock: int
    card: bytes
    memory: bytes
    live: Side | None
    why: str


class Session:
    """A session that was played once, whole."""

    def __init__(self, bench: Bench, card: bytearray) -> None:
        chip = bench.chain.chip if isinstance(bench.chain, Contact) else None
        assert isinstance(chip, WatchedChip)
        self.card = bytes(card)
        bench.chain.insert(bytearray(card))
        chip.watch()
        self.steps: list[Step] = []
        while True:
            before = copy.deepcopy(bench)
            first, state, memory = chip.clocks - chip.begun, bench.session.state, bytes(bench.side.nvm.image)
            bench.session.step()
            last = chip.clocks - chip.begun
            pulled, after = before.side, memory
            if last > first:
                pulled, after = self._pull(before)
            self.steps.append(Step(state, first, last, before, pulled, after, memory))
            if bench.session.state in (SHOW, EMPTY):
                break
        self.clocks = chip.clocks - chip.begun
        self.changes, self.pulses = chip.changes, chip.pulses
        self.whole = bytes(chip.image)
        self.number = bench.state.cards.number

    def _pull(self, before: Bench) -> tuple[Side, bytes]:
        world = copy.deepcopy(before)
        world.chain.pull_after(1)
        world.session.run()
        return world.side, bytes(world.side.nvm.image)

    def images(self) -> Iterator[tuple[int, int, bytes]]:
        """Gives each image that the card has, from which clock on, and to which."""
        image = bytearray(self.card)
        since = 0
        for clock, at, old, new in self.changes:
            assert image[at] == old
            if clock > since:
                yield since, clock - 1, bytes(image)
            image[at] = new
            since = clock
        assert image == self.whole
        yield since, self.clocks, bytes(image)

    def image_after(self, clock: int) -> bytes:
        image = bytearray(self.card)
        for since, at, _, new in self.changes:
            if since <= clock:
                image[at] = new
        return bytes(image)

    def step_of(self, clock: int) -> Step:
        return next(step for step in self.steps if step.first < clock <= step.last)

    def tears(self, weak: tuple[int, ...] = ()) -> Iterator[Tear]:
        """Gives every different pair that a pull, or a power cut, leaves; with weak cells, one for each cell and value."""
        cards: dict[bytes, bytes] = {}
        seen: set[tuple[int, int]] = set()
        for since, until, found in self.images():
            image = cards.setdefault(found, found)
            for step in self.steps:
                if max(since, step.first) <= min(until, step.last):
                    for memory, live, why in (
                        (step.after_pull, step.pulled, "pulled"),
                        (step.after_pull, None, "pulled, then cut"),
                        (step.at_cut, None, "cut"),
                    ):
                        key = hash((image, memory)), live is None
                        if key not in seen:
                            seen.add(key)
                            yield Tear(max(since, step.first), image, memory, live, why)
        for number, (clock, at) in enumerate(self.pulses):
            step = self.step_of(clock + 1)
            for value in weak:
                card = bytearray(self.image_after(clock))
                # Of the counter's bits only the one that is being burnt, or those that are being erased, can be weak.
                new = value * (number + 3) % 256
                card[at] = card[at] | new if at == COUNTER and card[at] != 0xFF else new
                if at == COUNTER and self.card[COUNTER] == 0xFF and card[at].bit_count() < 7:
                    card[at] = 0xFE if new & 1 else 0xFF
                live = step.pulled if number % 2 else None
                yield Tear(clock, bytes(card), step.after_pull, live, f"weak {new:02x} at {at}")

    def torn_commits(self, every: int) -> Iterator[Tear]:
        """Gives what is left where the power fails within the commit, after every so manieth byte of it."""
        step = next(step for step in self.steps if step.state == _COMMIT)
        world = copy.deepcopy(step.before)
        start = world.side.nvm.written
        world.session.step()
        length = world.side.nvm.written - start
        for cut in range(0, length, every):
            world = copy.deepcopy(step.before)
            nvm = world.side.nvm
            nvm._cuts, nvm._next = [nvm.written + cut], 0
            until_cut(world.session.step)
            yield Tear(
                step.last, self.image_after(step.last), bytes(nvm.image), None, f"cut in byte {cut} of the commit"
            )

    def torn_notes(self, every: int) -> Iterator[Tear]:
        """Gives what is left where the card is pulled and the power fails while the meter writes that down."""
        for step in self.steps:
            if step.last == step.first or step.state == EMPTY:
                continue
            length = step.pulled.nvm.written - step.before.side.nvm.written
            for cut in range(step.first % every, length, every):
                world = copy.deepcopy(step.before)
                world.side.nvm._cuts, world.side.nvm._next = [world.side.nvm.written + cut], 0
                clock = min(step.first + 1 + cut * 7, step.last)
                world.chain.pull_after(clock - step.first)
                until_cut(world.session.run)
                yield Tear(
                    clock, self.image_after(clock), bytes(world.side.nvm.image), None, f"pulled, cut in byte {cut}"
                )

    def direct(self, clock: int) -> tuple[Bench, Step]:
        """Gives the bench after the card was pulled at a clock, on pins and chip themselves."""
        step = self.step_of(clock)
        world = copy.deepcopy(step.before)
        world.chain.pull_after(clock - step.first)
        world.session.run()
        for _ in range(2):  # looks at the slot
            world.session.step()
        assert world.session.state == EMPTY
        return world, step


def until_cut(action: Callable[[], None]) -> None:
    """Does something until the power fails."""
    with contextlib.suppress(PowerCut):
        action()


def image_of(bench: Bench) -> bytearray:
    assert isinstance(bench.chain, Contact)
    return bench.chain.chip.image


def restarted(memory: bytes) -> Side:
    """Gives a meter that starts from the bytes of its memory alone."""
    return Side(SimNvm(image=bytearray(memory)))


def session_on(side: Side, slot: SimSlot) -> CardSession:
    return CardSession(side.keeper, slot, KEYS)
