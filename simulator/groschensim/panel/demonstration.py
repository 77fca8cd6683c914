# SPDX-License-Identifier: Apache-2.0
"""The meter that is shown where nobody names one: a household's, played through the firmware, with cards and a TAN."""

from pathlib import Path
from typing import Any, cast

from groschen.core.store import Store
from groschencard import records
from groschensim.board import simulated_keys
from groschensim.cards import Desk, blank_image
from groschensim.language import pick
from groschensim.nvm import SimNvm
from groschensim.play import Player
from groschensim.scenario import read_scenario

_SCENARIO = Path(__file__).with_name("demonstration.toml")
_EUR = 1_000_000
_CARD = 100  # a number that the scenario has not used
_CARD_EUR = 20
_USED_EUR = 5
TAN_EUR = 10


class Demonstration:
    """Its memory, who it is, when its story ends, and a TAN of ten euro."""

    def __init__(self) -> None:
        """Play the scenario."""
        scenario = read_scenario(_SCENARIO)
        tape = cast("dict[str, Any]", scenario.tape)
        self.nvm = SimNvm()
        board = Player(tape, scenario.load, nvm=self.nvm).play()
        self._speak(int(pick(("0", "1"))))
        self.keys = simulated_keys(tape["serial"])
        self.imp: int = board.meter.imp
        self.zone: int = board.meter.zone
        self.start_s: int = board.now
        self._desk = Desk(self.keys)
        digits = board.state.tan.digits
        self._desk.tan(1, _USED_EUR, digits)  # the scenario's
        self.tan: str = self._desk.tan(2, TAN_EUR, digits)

    def _speak(self, language: int) -> None:
        """Let the display speak a language, as its key would."""
        store = Store(self.nvm)
        state = store.load()
        if state:
            state.language = language
            store.commit(state)

    def write_cards(self, folder: Path) -> None:
        """Write the images of a customer's card with 20 EUR, and of one from the shop, into a folder."""
        card = self._desk.issue(records.CUSTOMER, _CARD)
        self._desk.credit(card, _CARD, _CARD_EUR * _EUR)
        name = pick(("Kundenkarte-20-EUR.bin", "customer-20-EUR.bin"))
        (folder / name).write_bytes(card)
        (folder / pick(("leere-Karte.bin", "blank-card.bin"))).write_bytes(blank_image())
