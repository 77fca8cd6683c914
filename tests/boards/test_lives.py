# SPDX-License-Identifier: Apache-2.0
"""A board flashed as another life of the same number, and one whose memory is lost: what of the life before is refused."""

import pytest
from fake_board import KEYS, SERIAL, World

from groschen.core import events, keypad, tan_entry
from groschen.core.calendar import LEGAL
from groschen.core.device import Device
from groschen.core.interfaces import Interfaces
from groschen.core.store import Store
from groschencard import openpaygo, openpaygo_issue, records, tan
from groschencard.keys import MeterKeys
from groschensim.cards import Desk
from groschensim.nvm import SimNvm

SECOND = MeterKeys(bytes(range(32)), KEYS.utility, SERIAL, 2)
ERR_MEMORY, ERR_PASSWORD = 7, 5


class Board:
    """A device in a life, on a board whose memory is as flashing leaves it, or as somebody made it."""

    def __init__(self, keys: MeterKeys, nvm: SimNvm | None = None) -> None:
        self.world = World(nvm=nvm or SimNvm())
        if nvm is None:
            self.world.flash(keys.life)
        self.keys = keys
        self.start()

    def start(self) -> None:
        self.world.start()
        self.device = Device(self.world, self.keys, 1000, LEGAL, "1.2.3")
        self.world.pass_s(self.device, 3)

    @property
    def parts(self) -> Interfaces:
        """Cards, keys, display and port."""
        assert self.device._interfaces
        return self.device._interfaces

    @property
    def entry(self) -> tan_entry.TanEntry:
        return self.parts._panel._entry

    def press(self, *keys: int) -> None:
        for key in keys:
            self.parts._panel.press(key)
        while self.entry.state == tan_entry.SEARCH:
            self.parts._panel.pass_time(0)

    def type(self, eur: int, number: str) -> int:
        """Type an amount and a number; give what came of it."""
        self.press(keypad.TAN, *map(int, str(eur)), keypad.OK, *map(int, number))
        return self.entry.outcome

    def insert(self, card: bytearray) -> int:
        self.world.slots[0].card = card
        self.world.pass_s(self.device, 10)
        outcome = self.parts._sessions[0].outcome
        self.world.slots[0].card = None
        self.world.pass_s(self.device, 15)
        return outcome

    def password(self, word: str) -> int:
        return self.parts.ports[0]._rights.enter(word)

    def text(self) -> str:
        self.world.pass_s(self.device, 1)
        return "\n".join(line.decode("iso8859-15") for line in self.world.display.lines())

    @property
    def topups(self) -> int:
        return int(self.device.meter.account.topups.value())


def tan_of(keys: MeterKeys, counter: int = 1, eur: int = 50) -> str:
    number = tan.number(keys.tan, counter, eur, 5)
    return number + str(tan.check_digit(eur, number))


def token_of(keys: MeterKeys) -> str:
    return openpaygo_issue.encode(keys.paygo, openpaygo.starting_code(keys.paygo), 2, 20)


def customer(keys: MeterKeys) -> bytearray:
    desk = Desk(keys)
    card = desk.issue(records.CUSTOMER, 1)
    desk.credit(card, 1, 50_000_000)
    return card


def test_what_was_made_for_the_life_that_there_is_is_taken() -> None:
    for keys in (KEYS, SECOND):
        board = Board(keys)
        assert board.insert(customer(keys)) == events.CARD_CREDIT
        assert board.type(50, tan_of(keys)) == tan_entry.BOOKED
        board.device.keeper.state.tan.open_family = True
        board.press(keypad.TAN, *map(int, token_of(keys)))
        assert board.entry.outcome == tan_entry.BOOKED
        board.press(keypad.TAN, 0, keypad.OK, *map(int, tan.service_code(keys.tan, 1)))
        assert board.entry.outcome == tan_entry.OPENED
        assert board.password(keys.port) == 0
        assert board.parts._panel._code == keys.panel_code.encode()
        assert board.topups == 120_000_000
        assert board.parts.ports[0]._readout.line("C.1.1") == f"C.1.1({keys.life})\r\n"


def test_an_order_of_the_first_life_books_nothing_in_the_second_and_is_told_so() -> None:
    board = Board(SECOND)
    card = customer(KEYS)
    before = bytes(card)
    assert board.insert(card) == events.CARD_EARLIER_LIFE
    assert bytes(card) == before
    board.world.slots[0].card = card
    assert "Aus früherem Leben" in board.text() + board.text()
    assert "Bitte zur Kasse" in board.text()
    assert board.topups == 0


def test_a_tan_of_the_first_life_is_wrong_in_the_second() -> None:
    board = Board(SECOND)
    assert board.type(50, tan_of(KEYS)) == tan_entry.WRONG
    assert board.topups == 0


def test_an_open_token_of_the_first_life_is_wrong_in_the_second() -> None:
    board = Board(SECOND)
    board.device.keeper.state.tan.open_family = True
    board.press(keypad.TAN, *map(int, token_of(KEYS)))
    assert (board.entry.outcome, board.topups) == (tan_entry.WRONG, 0)


def test_a_service_code_of_the_first_life_opens_nothing_in_the_second() -> None:
    board = Board(SECOND)
    for counter in (1, 2, 3):
        board.press(keypad.TAN, 0, keypad.OK, *map(int, tan.service_code(KEYS.tan, counter)))
        assert board.entry.outcome == tan_entry.WRONG
    assert board.device.keeper.state.tan.service == 0


def test_a_settlement_code_is_that_of_its_life() -> None:
    first, second = Board(KEYS).entry.settlement_code(), Board(SECOND).entry.settlement_code()
    assert first[:4] == second[:4] == "0000"
    assert first != second


def test_the_password_and_the_technicians_code_are_those_of_their_life() -> None:
    board = Board(SECOND)
    assert board.password(KEYS.port) == ERR_PASSWORD
    assert board.password(SECOND.port) == 0
    assert board.parts._panel._code != KEYS.panel_code.encode()


# -- a memory that is lost


def blank() -> SimNvm:
    return SimNvm()


def ones() -> SimNvm:
    return SimNvm(image=bytearray(b"\xff" * 32_768))


def of_life(life: int) -> SimNvm:
    world = World(nvm=SimNvm())
    world.flash(life)
    return world.nvm


LOST = {"blank": blank, "of ones": ones, "of an earlier life": lambda: of_life(1), "of a later": lambda: of_life(3)}


@pytest.mark.parametrize("name", LOST)
def test_a_board_without_its_memory_takes_nothing_writes_nothing_and_says_so(name: str) -> None:
    nvm = LOST[name]()
    before = bytes(nvm.image)
    board = Board(SECOND, nvm)
    assert not board.world.relay.on
    assert "Speicher verloren" in board.text()
    card = customer(SECOND)
    image = bytes(card)
    assert board.insert(card) == events.CARD_MEMORY
    assert bytes(card) == image  # no PSC was presented, and no byte written
    board.press(keypad.TAN)
    assert (board.entry.state, board.entry.outcome) == (tan_entry.SHOW, tan_entry.MEMORY)
    for number in ("50", "", "0"):  # a TAN, a settlement code, a service code
        board.press(keypad.TAN, *map(int, number), keypad.OK)
        assert board.entry.state == tan_entry.IDLE
    assert board.password(SECOND.port) == ERR_MEMORY
    board.world.pulses.fall(5)
    board.world.pass_s(board.device, 2_000)
    board.world.power.fails = True
    board.device.step(board.world.now)
    assert board.topups == 0
    assert bytes(nvm.image) == before
    board.start()
    assert "Speicher verloren" in board.text()  # it never begins by itself
    assert bytes(nvm.image) == before


def test_flashing_alone_begins_a_life_and_it_goes_on_from_there() -> None:
    board = Board(SECOND, blank())
    board.world.flash(2)
    board.start()
    assert "Speicher verloren" not in board.text()
    assert board.insert(customer(SECOND)) == events.CARD_CREDIT
    board.start()
    kept = Store(board.world.nvm).load(2)
    assert kept is not None
    assert (kept.life, kept.meter.account.topups.value()) == (2, 50_000_000)
    assert Store(board.world.nvm).load(1) is None


def test_a_memory_that_is_lost_later_books_no_credit_again() -> None:
    """What the order of before says is all credit ever issued: a meter that began anew by itself would book it."""
    board = Board(KEYS)
    card = customer(KEYS)
    assert board.insert(card) == events.CARD_CREDIT
    board.world.nvm = SimNvm()
    board.start()
    assert board.insert(card) == events.CARD_MEMORY
    assert board.topups == 0
