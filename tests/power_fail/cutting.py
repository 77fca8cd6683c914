# SPDX-License-Identifier: Apache-2.0
"""A board whose memory is cut off after every byte of everything it does.

What a memory holds after a cut is the bytes before it, and so many of those that were being written. Two cuts that
leave the same bytes are one, since a restart sees nothing else: every position is covered, and those that differ are
played.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import sample_meter

from groschen.core import store as stores
from groschen.core import wholemeter
from groschen.core.events import CARD, POWER, TAN
from groschen.core.memory import SIZE
from groschen.core.meter import Meter
from groschen.core.state import State
from groschensim.nvm import SimNvm
from tests.power_fail.day import Kept, NightBoard, kept, loaded, tape


class Ledger:
    """The state that was committed last, and the one that is being committed: a cut leaves one of them."""

    def __init__(self, old: Kept | None = None, new: Kept | None = None) -> None:
        self.old = old
        self.new = new

    def accept(self, found: Kept | None) -> None:
        """Takes what a restart has found."""
        if found not in (self.old, self.new):
            raise LostError(difference(found, self.old), difference(found, self.new))
        self.old = self.new = found


class LostError(AssertionError):
    """A restart found neither the old nor the new state."""


def difference(found: Kept | None, wanted: Kept | None) -> dict[str, object]:
    if found is None or wanted is None:
        return {"found": found is not None, "wanted": wanted is not None}
    return {name: _short(found[name], wanted[name]) for name in wanted if found[name] != wanted[name]}


def _short(found: Any, wanted: Any) -> object:
    if not isinstance(found, tuple) or len(found) != len(wanted):
        return found, wanted
    return [(at, *pair) for at, pair in enumerate(zip(found, wanted, strict=True)) if pair[0] != pair[1]]


class Write(NamedTuple):
    at: int
    data: bytes
    old: Kept | None
    new: Kept | None


class RecordingNvm(SimNvm):
    """A memory that remembers its writes, and what the ledger said at each."""

    def __init__(self, image: bytearray, ledger: Ledger) -> None:
        super().__init__(image=image)
        self.ledger = ledger
        self.begin()

    def begin(self) -> None:
        """Forgets the writes so far."""
        self.before = bytes(self.image)
        self.log: list[Write] = []

    def write(self, at: int, data: bytearray) -> None:
        self.log.append(Write(at, bytes(data), self.ledger.old, self.ledger.new))
        super().write(at, data)

    def positions(self) -> int:
        return sum(len(write.data) for write in self.log)


def torn(before: bytes, log: list[Write]) -> Iterator[tuple[bytearray, Write]]:
    """Gives each different memory that a cut may leave, from before the first byte to before the last."""
    image = bytearray(before)
    fresh = True
    for write in log:
        fresh = True  # the ledger may say something else
        for offset, byte in enumerate(write.data):
            if fresh:
                yield bytearray(image), write
            fresh = image[write.at + offset] != byte
            image[write.at + offset] = byte


class WatchedStore(stores.Store):
    """A store that tells the ledger what it commits, and asks it about what it has loaded."""

    ledger = Ledger()
    known: tuple[int, dict[int, int]] = 0, {}  # quarter hours before this one are in the memory alone

    def commit(self, state: State, hurried: bool = False) -> bool:
        self.ledger.new = self._kept(state)
        done = super().commit(state, hurried)
        self.ledger.old = self.ledger.new
        return done

    def load(self, life: int = 0, owner: int = 0) -> State | None:
        state = super().load(life, owner)
        if state is None:
            self.ledger.accept(None)
            return None
        found = loaded(state, self)
        profile = state.meter.profile
        self.known = profile.end, dict(zip(range(profile.start(), profile.end), found["profile"], strict=True))
        self.ledger.accept(found)
        assert self.faults == 0, "a cut is no fault of the memory"
        assert sample_meter.conserved(state.meter)
        return state

    def _kept(self, state: State) -> Kept:
        values = kept(state)
        profile = state.meter.profile
        end, known = self.known
        values["profile"] = tuple(
            known[quarter] if quarter < end else profile.pulses(quarter)
            for quarter in range(profile.start(), profile.end)
        )
        return values


class Tally:
    """What was tried."""

    def __init__(self) -> None:
        self.positions = 0
        self.cuts = 0
        self.second_positions = 0
        self.second_cuts = 0

    def __str__(self) -> str:
        return (
            f"{self.positions} byte positions, {self.cuts} different cuts; within {self.second_positions} byte "
            f"positions of their recoveries, {self.second_cuts} different second cuts"
        )


class CutBoard(NightBoard):
    """A board that does everything it does once whole, and once for every cut within it and within the recovery."""

    def __init__(
        self, takes: Callable[[int], bool], second: Callable[[int], bool], image: bytearray | None = None
    ) -> None:
        self.takes = takes  # which of the different cuts
        self.second = second  # and after which of those a second one
        self.tally = Tally()
        self.ledger = Ledger()
        self.quiet = False
        nvm = self._record(bytearray(SIZE) if image is None else image, None, None)
        self.returning = False
        self.quiet = True
        super().__init__(tape(), nvm)
        self.quiet = False
        self._cut_commissioning(nvm)

    def _cut_commissioning(self, nvm: RecordingNvm) -> None:
        """Cuts what a meter that begins writes down first."""
        self.tally.positions += nvm.positions()
        for image, write in torn(nvm.before, nvm.log):
            self.tally.cuts += 1
            if self.takes(self.tally.cuts):
                board = NightBoard(tape(), self._record(image, write.old, write.new))
                assert not (wrong := unequal(kept(board.state), kept(self.state))), wrong
                assert board.relay == self.relay
        self.ledger = WatchedStore.ledger = nvm.ledger

    def _record(self, image: bytearray, old: Kept | None, new: Kept | None) -> RecordingNvm:
        self.ledger = WatchedStore.ledger = Ledger(old, new)
        return RecordingNvm(image, self.ledger)

    def pass_quarter(self, quarter: int) -> None:
        """Makes up for a quarter hour; a meter that is cut off then makes up for all of them when it starts."""
        self.returning = True
        super().pass_quarter(quarter)
        self.returning = False

    def _return(self) -> None:
        self.meter.power_on(*self.instant())

    def _after_return(self) -> list[Any]:
        """Gives what the board will be like with power again, without letting it be so."""
        world = self._world()
        state = State(Meter(self.meter.imp, self.meter.zone))
        wholemeter.restore(state, wholemeter.save(self.state))
        self.state = state
        self._nvm = self._keeper = None
        super()._survive(self._return, False)
        outcome = self._outcome()
        self._set_world(world)
        return outcome

    def _survive(self, action: Callable[[], object], commit: bool) -> None:
        if self.quiet or not self._nvm:
            super()._survive(action, commit)
            return
        before = self._world()
        nvm = self._nvm
        assert isinstance(nvm, RecordingNvm)
        nvm.begin()
        super()._survive(action, commit)
        after = self._world()
        whole = self._outcome()
        if self.returning:
            action, whole = self._return, self._after_return()
        self.tally.positions += nvm.positions()
        for image, write in torn(nvm.before, nvm.log):
            self.tally.cuts += 1
            if self.takes(self.tally.cuts):
                again = self._cut(before, image, write, action, commit, whole)
                if self.second(self.tally.cuts):
                    self._cut_again(before, again, action, commit, whole)
        self._set_world(after)
        self.ledger = WatchedStore.ledger = nvm.ledger

    def _cut_again(
        self, before: Kept, again: RecordingNvm, action: Callable[[], object], commit: bool, whole: list[Any]
    ) -> None:
        self.tally.second_positions += again.positions()
        for image, write in torn(again.before, again.log):
            self.tally.second_cuts += 1
            self._cut(before, image, write, action, commit, whole)

    def _cut(
        self,
        before: Kept,
        image: bytearray,
        write: Write,
        action: Callable[[], object],
        commit: bool,
        whole: list[Any],
    ) -> RecordingNvm:
        """Restarts from the bytes that a cut has left, repeats what was not finished, and compares."""
        self._set_world(before)
        nvm = self._nvm = self._record(image, write.old, write.new)
        self.quiet = True
        self._start()
        super()._survive(action, commit)
        self.quiet = False
        outcome = self._outcome()
        assert outcome[1:] == whole[1:]
        assert not (wrong := unequal(outcome[0], whole[0], self.returning)), wrong
        assert sample_meter.conserved(self.meter)
        return nvm

    def _world(self) -> Kept:
        """Gives all that a cut does not take from the board."""
        world = dict(self.__dict__)
        for name in ("disconnections", "connections"):
            world[name] = list(world[name])
        world["_cards"] = tuple(map(bytearray, self._cards))
        for name in ("takes", "second", "tally", "ledger", "quiet", "returning"):
            del world[name]
        return world

    def _set_world(self, world: Kept) -> None:
        self.__dict__.update(world)
        self._cards = tuple(map(bytearray, world["_cards"]))
        self.disconnections = list(world["disconnections"])
        self.connections = list(world["connections"])

    def _outcome(self) -> list[Any]:
        assert self.ledger.old is not None
        state = {**kept(self.meter), "profile": self.ledger.old["profile"]}
        return [state, self.relay, self.pulses, list(self.disconnections), list(self.connections)]


def unequal(found: Kept, whole: Kept, returned: bool = False) -> dict[str, object]:
    """Gives what a cut has changed, but for what a card or number that came again leaves in the log, and its edition.

    Of a meter that has just `returned` the quarter hours are compared later, when all are made up for.
    """
    again: tuple[str, ...] = (
        "log.ring.appended",
        "log.ring.cells",
        "edition",
        "counters.card",
        "counters.power",
        "exchanges.number",
    )
    # A number whose judgement was cut off has cost its try: it was kept before the comparison, so that nobody guesses.
    again += ("tan.tries.appended", "tan.tries.cells", "counters.tan")
    free = again + (("profile",) if returned else ())
    wrong: dict[str, object] = {
        name: (found[name], whole[name]) for name in whole if name not in free and found[name] != whole[name]
    }
    more = found["log.ring.appended"] - whole["log.ring.appended"]
    cells, wanted = found["log.ring.cells"], whole["log.ring.cells"]
    rows = [cells[at : at + 6] for at in range(0, 6 * found["log.ring.appended"], 6)]
    for at in range(0, 6 * whole["log.ring.appended"], 6):
        row = wanted[at : at + 6]
        if row not in rows:
            wrong[f"log {at // 6}"] = row
        else:
            rows.remove(row)
    if len(rows) != more or any(row[2] not in (CARD, POWER, TAN) or row[4:] != (0, 0) for row in rows):
        wrong["log"] = rows
    return wrong
