# SPDX-License-Identifier: Apache-2.0
"""A TAN desk with a key that is always the same, and a home: the real firmware's entry, keyed by what a receipt says."""

import re

from groschen.core import keypad
from groschen.core.keeper import Keeper
from groschen.core.session import CardSession
from groschen.core.state import State
from groschen.core.store import Store
from groschen.core.tan_entry import QUESTION, SEARCH, TanEntry
from groschencard import card, records
from groschencard.chips import SLE_BASE, SLE_SIZE
from groschencard.keys import MeterKeys
from groschencard.seal import Record
from groschenhost.cards import content
from groschenhost.keys.master import Generation, MasterKeys
from groschenhost.ledger.values import MeterReading
from groschensim.cards import Desk, SimSlot
from groschensim.nvm import SimNvm
from tests.core.house import EUR, House, tariff

MASTER = MasterKeys([Generation(1, 0, bytes(range(32)))])
UTILITY = 7
SERIAL = "1EBZ0100000001"
KEYS = MASTER.meter_keys(1, UTILITY, SERIAL)


class Home:
    """A meter with its memory, its keypad, and a card in the drawer."""

    def __init__(self, keys: MeterKeys = KEYS) -> None:
        self.keys = keys
        self.nvm = SimNvm()
        self.meter = House("2026-03-02 09:00", tariff(ht=318_900)).meter
        self.state = State(self.meter)
        self.keeper = Keeper(self.state, Store(self.nvm))
        assert self.keeper.commit()
        self.entry = TanEntry(self.keeper, keys)
        self.slot = SimSlot()
        self.card = Desk(keys).issue(records.CUSTOMER, 1)

    @property
    def booked(self) -> int:
        """What the meter has booked, in micro-euro."""
        return self.meter.account.topups.value()

    def follow(self, receipt: str, answer: bool = True) -> int:
        """Let a person do what a receipt says, step by step, and answer a question; gives what came of it."""
        for step in re.findall(r"^  [0-9]\. (.*)$", receipt, re.MULTILINE):
            self._do(step)
        while self.entry.state == SEARCH:
            self.entry.pass_time(1)
        if self.entry.state == QUESTION:
            if not answer:
                return -1
            self.entry.press(keypad.OK)
        return self.entry.outcome

    def _do(self, step: str) -> None:
        if step in {"Taste TAN", "Key TAN"}:
            self.entry.press(keypad.TAN)
            return
        found = re.fullmatch(r"(?:Betrag|Amount|Nummer|Number|Code|Token) +([0-9 ]+?)(?: +(?:dann|then) (OK))?", step)
        assert found, step
        for digit in found[1].replace(" ", ""):
            self.entry.press(int(digit))
        if found[2]:
            self.entry.press(keypad.OK)

    def restart(self) -> None:
        """Let the meter begin anew from its memory alone."""
        found = Store(self.nvm).load()
        assert found is not None
        self.state = found
        self.meter = found.meter
        self.keeper = Keeper(found, Store(self.nvm))
        self.entry = TanEntry(self.keeper, self.keys)

    def settlement(self) -> str:
        """The ten digits that the display shows after key TAN and OK."""
        self.entry.press(keypad.TAN)
        self.entry.press(keypad.OK)
        return self.entry.settlement_code()

    def insert(self) -> MeterReading:
        """Put the card in; gives what the desk reads from it."""
        self.slot.card = self.card
        CardSession(self.keeper, self.slot, self.keys).run()
        self.slot.card = None
        stands = card.decode(self.keys, bytes(self.card[SLE_BASE : SLE_BASE + SLE_SIZE]))
        said = stands.at(records.ACKNOWLEDGEMENT)
        assert isinstance(said, Record), said
        return content.reading(1, said, None, [], (b"", b""))


__all__ = ["EUR", "KEYS", "MASTER", "SERIAL", "UTILITY", "Home"]
