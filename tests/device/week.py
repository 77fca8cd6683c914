# SPDX-License-Identifier: Apache-2.0
"""A scenario played on a board: the same events as the simulator's, done by hands on pins, cards and keys.

What the simulator's people do to a meter happens here to the board: pulses at the measuring element, cards in the slot,
keys at the pad, the mains. Each event that the contract has "in the second `at`" is so timed that what counts - a key, a
pulse - falls within that second.
"""

import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from groschen.core import keypad
from groschen.core.meter import Meter
from groschen.core.state import State
from groschen.core.store import Store
from groschencard import records
from groschensim.board import Board, simulated_key, simulated_keys
from groschensim.cards import Desk
from groschensim.nvm import SimNvm
from groschensim.scenario import read_scenario
from tests.boards.mains import HOLD_UP_MS

if TYPE_CHECKING:
    from groschencard.keys import MeterKeys
    from groschensim.virtual.board import VirtualBoard
    from tests.device.backends.rp2040 import Rp2040Board

QUARTER_S = 900
_CUSTOMER, _SERVICE = 1, 2
_INTO_MS = 500  # where in its second a pulse falls
_EARLY_MS = 200  # and a key is pressed
_EXCHANGE_MS = 8_000  # a card's time in the slot
_BOOT_MS = 3_000


class Week:
    """A tape on a board."""

    def __init__(self, scenario: Path, board: "VirtualBoard | Rp2040Board", start_s: int, cuts: random.Random) -> None:
        """Take a board whose clock began at `start_s` when it was made, and chance for the bytes that are cut at."""
        read = read_scenario(scenario)
        self.tape = cast("dict[str, Any]", read.tape)
        self.load = read.load
        self.board = board
        self.keys: MeterKeys = simulated_keys(self.tape["serial"])
        self.desk = Desk(self.keys)
        self.cards = {
            _CUSTOMER: self.desk.issue(records.CUSTOMER, _CUSTOMER),
            _SERVICE: self.desk.issue(records.SERVICE, _SERVICE),
        }
        self.cut: list[str] = []
        """What was cut off within, and at which byte."""
        self._cuts = cuts
        self._start_s = start_s
        self._reference = Board(self.tape).meter  # what the contract says at the beginning
        self._extra: list[tuple[int, Callable[[], None]]] = []

    def also(self, at_s: int, do: Callable[[], None]) -> None:
        """Let something else happen at an instant, such as an update."""
        self._extra.append((at_s, do))

    def play(self) -> None:
        """Commission the meter at the tape's start, and go on to its end."""
        tape = self.tape
        steps: list[tuple[int, int, Callable[[], None]]] = [(tape["start_s"], 0, self._commission)]
        for number, (at, kind, payload) in enumerate(tape["events"], 2):
            steps.append((at, number, lambda k=kind, p=payload, n=number: self._do(k, p, n)))
        steps += [(at, 1_000 + index, do) for index, (at, do) in enumerate(self._extra)]
        now = tape["start_s"]
        for at, _, do in sorted(steps, key=lambda step: step[:2]):
            self._pulses(now, at)
            now = at
            do()
        self._pulses(now, tape["end_s"])
        self._until(tape["end_s"] * 1000 - _EARLY_MS)

    def kept(self) -> Meter:
        """Return the meter that the board's memory keeps."""
        state = Store(SimNvm(image=bytearray(self.board.parts.memory))).load()
        assert state is not None
        return state.meter

    # -- time and the mains --------------------------------------------------------------------------------

    def _until(self, at_ms: int) -> None:
        self.board.advance(at_ms - self._start_s * 1000 - self.board.now_ms)

    def _pulses(self, start: int, end: int) -> None:
        """Let the pulses of the load fall from one second to before another, where the installation has current."""
        first: int = self.tape["first_quarter"]
        for quarter in range(start // QUARTER_S, -(-end // QUARTER_S)):
            count = self.load[quarter - first]
            for k in range(count):
                at = quarter * QUARTER_S + QUARTER_S * k // count
                if start <= at < end:
                    if k == 0:
                        self._wake(at * 1000)
                    self._until(at * 1000 + _INTO_MS)
                    if self.board.powered and self.board.parts.relay.closed:
                        self.board.parts.pulse()
                        self.board.advance(80)

    def _wake(self, at_ms: int) -> None:
        """Let no leap of time pass over an instant at which the meter may change by itself."""
        self._until(at_ms)
        self.board.after(1, self.board.stir)

    def _commission(self) -> None:
        tape, desk, card = self.tape, self.desk, self.cards[_SERVICE]
        desk.tariff(card, 1, tape["tariff"], 2026)
        desk.contract(card, 1, tape["credit"], State(self._reference))
        desk.command(card, 1, records.COMMISSION, tape["mode"])
        self._insert(card)

    def awake(self, ms: int) -> None:
        """Let time pass without leaps, as where a board starts anew and its first minute counts."""
        for _ in range(0, ms, 200):
            self.board.after(1, self.board.stir)
            self.board.advance(200)

    # -- events --------------------------------------------------------------------------------------------

    def _do(self, kind: str, payload: Any, number: int) -> None:
        at = self.tape["events"][number - 2][0]
        self._until(at * 1000 + _EARLY_MS)
        EVENTS[kind](self, payload, number)

    def _by_card(self, card: int, write: Callable[[Desk, bytearray], None]) -> None:
        write(self.desk, self.cards[card])
        self._insert(self.cards[card], torn=True)

    def _insert(self, image: bytearray, torn: bool = False) -> None:
        """Put a card in; where the power is cut within that, let it return, and put the card in once more."""
        if torn:
            self._arm("card")
        self.board.after(1, lambda: self.board.parts.insert(image))
        self.board.advance(_EXCHANGE_MS)
        cut = self._return()
        self.board.after(1, self.board.parts.pull)
        self.board.advance(2_000)
        if cut:
            self._insert(image)

    def _arm(self, what: str) -> None:
        byte = self._cuts.randrange(4_000)
        self.board.cut_at(byte)
        self.cut.append(f"{what} at byte {byte}")

    def _return(self) -> bool:
        """Let the power return where it was cut."""
        if self.board.powered:
            self.board.parts.cut_after(1 << 60)
            return False
        self.board.power_on()
        self.board.advance(_BOOT_MS)
        return True

    def _keys(self, *keys: int) -> None:
        for key in keys:
            self.board.parts.press(key)
        self.board.advance(200 * len(keys) + 100)

    def _type_tan(self, number: int, eur: int) -> None:
        before = self.kept().account.topups.value()
        typed = self.desk.tan(number, eur, 5)
        keys = [keypad.TAN, *map(int, str(eur)), keypad.OK, *map(int, typed)]
        self._arm("TAN")
        self._keys(*keys)
        self.board.advance(2_000)
        if self._return() and self.kept().account.topups.value() == before:
            self._keys(*keys)
            self.board.advance(2_000)

    def _lose_power(self) -> None:
        self.board.power_off(warning_ms=HOLD_UP_MS)

    def _regain_power(self) -> None:
        self.board.power_on()
        self.board.advance(_BOOT_MS)


EVENTS: dict[str, Callable[[Week, Any, int], None]] = {
    "topup": lambda week, ueur, number: week._by_card(_CUSTOMER, lambda desk, card: desk.credit(card, number, ueur)),
    "debt": lambda week, ueur, number: week._by_card(_SERVICE, lambda desk, card: desk.debt(card, number, ueur)),
    "tariff": lambda week, table, number: week._by_card(
        _SERVICE, lambda desk, card: desk.tariff(card, number, table, 2026)
    ),
    "tan": lambda week, ueur, number: week._type_tan(number, ueur // 1_000_000),
    "confirm": lambda week, _, _number: week._keys(keypad.LIGHT),
    "emergency": lambda week, _, _number: week._keys(keypad.LIGHT, keypad.OK),
    "power_off": lambda week, _, _number: week._lose_power(),
    "power_on": lambda week, _, _number: week._regain_power(),
}


def flash(folder: Path, files: dict[str, bytes], release: str) -> None:
    """Put a release into a board's flash, as the flashing command leaves it."""
    for name, data in files.items():
        path = folder / release / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def meter_json(serial: str) -> str:
    """Return the file that makes a board that meter, with the key that a simulator gives it."""
    import json

    key = simulated_key(serial).hex()
    return json.dumps({"serial": serial, "utility": 0, "key": key, "imp_per_kwh": 1000, "zone": "legal"})
