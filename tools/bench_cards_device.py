# SPDX-License-Identifier: Apache-2.0
"""A house's meter after a year, its customer's card, and how long the meter takes with it; on both interpreters.

    micropython bench_cards_device.py FOLDER RUNS

FOLDER has the year's tape and load. Prints one JSON document of the samples, in microseconds.
"""

import json
import sys
import time
from array import array

from groschen.core import events, outlook
from groschen.core.keeper import Keeper
from groschen.core.session import SHOW, CardSession
from groschen.core.store import Store
from groschencard import card, const, keys, mac, records, seal
from groschencard.chips import SLE_BASE, SLE_SIZE
from groschencard.errors import CardError
from groschensim.cards import Desk, SimSlot
from groschensim.nvm import SimNvm
from groschensim.play import Player

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

    from groschen.core.ports import CardSlot
    from groschencard.keys import MeterKeys

CARD = const(1)
CREDIT = const(20_000_000)
IMAGES = const(20)  # decoded in one sample
PULSES = const(9_600)  # a day
_HMAC = "hmac_sha256"


class House:
    """A meter with its memory, a card of 1 024 bytes, and the desk that writes it."""

    def __init__(self, tape: "dict[str, Any]", load: "array[int]") -> None:
        """Let a year pass, and issue a card that brings what the meter has booked so far."""
        board = Player(tape, load).play()
        self.state = state = board.state
        self.meter = board.meter
        self.keys: MeterKeys = board.keys
        self.keeper = Keeper(state, Store(SimNvm()))
        self.keeper.commit()
        self.slot = SimSlot()
        self._desk = Desk(self.keys)
        self.card = self._desk.issue(records.CUSTOMER, CARD)
        self._desk.tariff(self.card, 1, tape["tariff"], self.meter.agenda.clock.date.year)
        self._desk.contract(self.card, 1, tape["credit"], state)
        self._desk.credit(self.card, state.cards.credit_number, state.cards.credit.value())

    def credit(self) -> None:
        """Let the desk write a new credit."""
        self._desk.credit(self.card, self.state.cards.credit_number + 1, CREDIT)

    def pass_days(self, days: int) -> None:
        """Let so many days pass."""
        meter = self.meter
        day = meter.quarter // 96
        for at in range(day + 1, day + 1 + days):
            meter.advance(at, 12 * 3600)
            meter.count(outlook.lasts(meter, PULSES + at % 77 * 10))

    def session(self, slot: "CardSlot") -> CardSession:
        """Return a session with a slot."""
        return CardSession(self.keeper, slot, self.keys)

    def insert(self) -> int:
        """Put the card in; return the nanoseconds until there is something to show."""
        session = self.session(self.slot)
        self.slot.card = self.card
        begin = time.time_ns()
        while session.state != SHOW:
            session.step()
        spent = time.time_ns() - begin
        self.slot.card = None
        booked(session)
        return spent

    def space(self) -> bytes:
        """Return the card's space."""
        return bytes(self.card[SLE_BASE : SLE_BASE + SLE_SIZE])


def booked(session: CardSession) -> None:
    """Check that a session has booked a credit and come to its end."""
    if session.outcome != events.CARD_CREDIT:
        raise RuntimeError("the credit was not booked: outcome " + str(session.outcome))


class Watch:
    """What HMACs take, while it stands in their place."""

    def __init__(self) -> None:
        self.spent: int = 0  # nanoseconds
        self.calls: int = 0
        self._hmac = mac.hmac_sha256

    def __call__(self, key: bytes, message: bytes) -> bytes:
        """Return the HMAC."""
        begin = time.time_ns()
        out = self._hmac(key, message)
        self.spent += time.time_ns() - begin
        self.calls += 1
        return out

    def start(self) -> None:
        """Take the place of the function wherever a card session calls it."""
        for module in (seal, keys):
            setattr(module, _HMAC, self)

    def stop(self) -> None:
        """Give it back."""
        for module in (seal, keys):
            setattr(module, _HMAC, self._hmac)


def watched(house: House) -> "tuple[int, int, int]":
    """Return the nanoseconds of an insertion, those of its HMACs, and how many these are; the watch's own in both."""
    watch = Watch()
    watch.start()
    try:
        spent = house.insert()
    finally:
        watch.stop()
    return spent, watch.spent, watch.calls


def decoded(house: House) -> int:
    """Return the nanoseconds in which a whole card is decoded and proven, so many times."""
    space = house.space()
    said = card.decode(house.keys, space)
    for kind in sorted(records.RECORDS):
        if isinstance(said.at(kind), CardError):
            raise TypeError("a record is refused: " + records.name(kind))
    begin = time.time_ns()
    for _ in range(IMAGES):
        card.decode(house.keys, space)
    return time.time_ns() - begin


def samples(house: House, runs: int) -> "dict[str, list[float]]":
    """Return what is measured, by turns: microseconds, and a count."""
    out: dict[str, list[float]] = {"insertion": [], "watched": [], "hmac": [], "hmacs": [], "image": []}
    house.credit()
    house.insert()
    for _ in range(runs):
        house.credit()
        out["insertion"].append(house.insert() / 1000)
        house.credit()
        spent, hmac, hmacs = watched(house)
        out["watched"].append(spent / 1000)
        out["hmac"].append(hmac / 1000)
        out["hmacs"].append(hmacs)
        out["image"].append(decoded(house) / 1000 / IMAGES)
    return out


def read_house(folder: str) -> House:
    """Return the house of a folder's tape."""
    with open(folder + "/tape.json") as file:  # noqa: PTH123 (no pathlib here)
        tape = json.load(file)
    with open(folder + "/load.bin", "rb") as file:  # noqa: PTH123
        load = array("i", file.read())
    return House(tape, load)


if __name__ == "__main__":
    print(json.dumps(samples(read_house(sys.argv[1]), int(sys.argv[2]))))
