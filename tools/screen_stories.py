# SPDX-License-Identifier: Apache-2.0
"""What the fixtures of the display are drawn from: a played household's meter, and what happened to it before each."""

from array import array
from collections.abc import Callable
from functools import cache
from pathlib import Path

from groschen.core import events, keypad, wholemeter
from groschen.core.amount import Limbs
from groschen.core.calendar import LEGAL, day_number
from groschen.core.canvas import Canvas
from groschen.core.meter import Meter
from groschen.core.panel import Panel
from groschen.core.readout import Readout
from groschen.core.session import SHOW, CardSession
from groschen.core.state import State
from groschen.core.supply import FREE, LOCKED, REFUND
from groschen.core.tan_entry import TanEntry
from groschen.core.windows import Windows
from groschencard import obis, records, tan
from groschensim.board import Unkept, simulated_keys
from groschensim.cards import Desk, SimSlot, blank_image
from groschensim.play import Player
from groschensim.scenario import read_scenario

SCENARIO = Path(__file__).resolve().parent / "screens.toml"
CODE = b"271828"
VERSION = "1.0.0"
HOUR_S = 3600
_CARD = 9
FRIDAY = day_number(2026, 11, 13)
MONDAY = FRIDAY + 3
KEYS = {"U": keypad.UP, "D": keypad.DOWN, "T": keypad.TAN, "O": keypad.OK, "C": keypad.CORRECT, "L": keypad.LIGHT}


class NoQuarters:
    """A memory that nobody asks for old quarter hours."""

    def quarter(self, quarter: int) -> int:
        """Return that it is not there."""
        del quarter
        return -1

    def event(self, index: int) -> list[int]:
        """Refuse: the log holds all of them."""
        raise AssertionError(index)


class Face:
    """A meter's front, with a desk that knows its keys."""

    def __init__(self, state: State, serial: str) -> None:
        self.state = state
        self.meter = state.meter
        self.keys = simulated_keys(serial)
        self.keeper = Unkept(state)
        self.entry = TanEntry(self.keeper, self.keys)
        self.panel = Panel(self.keeper, self.entry, Readout(state, self.keys, NoQuarters(), VERSION), CODE)
        self.slot = SimSlot()
        self.session = CardSession(self.keeper, self.slot, self.keys)
        self.desk = Desk(self.keys)
        # The desk has sold what the meter has booked.
        self.desk.credit(self.card(), state.cards.credit_number, state.cards.credit.value())

    def press(self, keys: str) -> "Face":
        """Press digits, and UP, DOWN, TAN, OK, CORRECT and LIGHT by their first letters."""
        for key in keys:
            self.panel.press(KEYS[key] if key in KEYS else int(key))
        return self

    def at(self, day: int, hour: int, minute: int = 0) -> "Face":
        """Let the time go on to one of Central European Time."""
        self.meter.advance(day, (hour - 1) * HOUR_S + minute * 60)
        self.panel.pass_time(0)
        return self

    def spend_to(self, cents: int) -> "Face":
        """Let pulses fall until the balance is at or below an amount."""
        bound = euro(cents)
        while self.meter.supply.on and self.meter.account.balance.above(bound):
            self.meter.count(1)
        return self

    def insert(self, image: bytearray, reading: bool = False) -> "Face":
        """Put a card in, and let the session begin to read it, or go on until there is something to show."""
        self.slot.card = image
        while True:
            self.session.step()
            self.panel.show_card(self.session)
            if reading or self.session.state == SHOW:
                return self

    def card(self) -> bytearray:
        """Return a customer's card that brings nothing."""
        return self.desk.issue(records.CUSTOMER, _CARD)

    def lines(self, language: int, canvas: Canvas | None = None) -> list[str]:
        """Return the four lines that the display shows."""
        canvas = canvas or Canvas()
        kept = self.state.language
        self.state.language = language
        self.panel.render(canvas)
        self.state.language = kept
        return [line.decode("iso8859-15") for line in canvas.lines]


def euro(cents: int) -> Limbs:
    """Return an amount of money."""
    limbs = Limbs()
    limbs.set_value(cents * 10_000)
    return limbs


@cache
def played() -> tuple[str, int, bytes]:
    """Play the household; return the meter's serial number, constant, and state."""
    scenario = read_scenario(SCENARIO)
    tape = dict(scenario.tape)
    board = Player(tape, scenario.load).play()
    return str(tape["serial"]), board.meter.imp, wholemeter.save(board.state)


def friday() -> Face:
    """Return the household's meter on Friday evening, with 3.80 EUR and a weekend before it."""
    serial, imp, saved = played()
    state = State(Meter(imp, LEGAL))
    wholemeter.restore(state, saved)
    return Face(state, serial)


def noon() -> Face:
    """Return it on Monday at noon, topped up on Friday."""
    face = friday()
    face.meter.top_up(euro(1000), by_card=False)
    return face.at(MONDAY, 12)


def short() -> Face:
    """Return it on Monday at noon, with less than a euro."""
    return noon().spend_to(70)


def dark() -> Face:
    """Return it on Monday at noon, with nothing left."""
    return noon().spend_to(0)


def borrowed() -> Face:
    """Return it on Monday at noon, with the emergency credit on."""
    return short().press("LO")


def offered() -> Face:
    """Return it dark and topped up."""
    face = dark()
    face.meter.top_up(euro(2500), by_card=True)
    return face


def mode(number: int, face: Callable[[], Face] = noon) -> Face:
    """Return it in another mode."""
    new = face()
    new.meter.set_mode(number)
    return new


def failed(detail: int, face: Callable[[], Face] = noon) -> Face:
    """Return it with an error."""
    new = face()
    new.meter.note_error(detail)
    return new


def lost(face: Callable[[], Face] = noon) -> Face:
    """Return it with the time lost."""
    new = face()
    new.meter.lose_clock()
    return new


def fresh() -> Face:
    """Return it as if it had been commissioned today: there is no forecast yet."""
    face = noon()
    face.meter.daily.ring.appended = 0
    face.meter.daily.ring.cells[:] = [0] * len(face.meter.daily.ring.cells)
    return face


def plain() -> Face:
    """Return it with a contract without windows and emergency credit."""
    face = noon()
    face.meter.set_credit(Windows(), euro(0), euro(0))
    return face


def long_window() -> Face:
    """Return it with a window of three weeks."""
    face = noon()
    windows = Windows()
    windows.days = array("i", range(MONDAY, MONDAY + 10))
    windows.weekend_start = windows.weekend_end = 0
    face.meter.set_credit(windows, euro(0), euro(0))
    return face


def powered() -> Face:
    """Return it with a load of 1.5 kW."""
    face = noon()
    for second in range(0, 60, 2):
        face.panel.note_pulses(second * 1000, second * 1500 * face.meter.imp // 3_600_000)
    return face


def warned(minute: int, keys: str = "", face: Callable[[], Face] = short) -> Face:
    """Return it as the time goes on to a minute of Monday afternoon, at whose full hours it warns."""
    return face().press(keys).at(MONDAY, minute // 60, minute % 60)


def window_ends() -> Face:
    """Return it on Monday at eight, an hour before the weekend's window ends, with nothing left."""
    face = friday()
    face.meter.count(20_000)
    return face.at(MONDAY, 8)


def wrong_codes(times: int) -> Face:
    """Return it after wrong codes of the technician's."""
    return friday().press("UO" + "1234O" * times)


def inside(keys: str) -> Face:
    """Return it with the technician's pages open."""
    return friday().press("UO" + CODE.decode() + "O" + keys)


def card_in() -> Face:
    """Return it while it reads a card."""
    face = friday()
    return face.insert(face.card(), reading=True)


def card_done(face: Callable[[], Face]) -> Face:
    """Return it after a customer card brought 25 EUR."""
    new = face()
    image = new.card()
    new.desk.credit(image, new.state.cards.credit_number + 1, 25_000_000)
    return new.insert(image)


def typed(keys: str, face: Callable[[], Face] = friday) -> Face:
    """Return it with a number begun."""
    return face().press("T" + keys)


def waiting() -> Face:
    """Return it at noon, two minutes after its power has failed for the ninth time."""
    face = noon()
    run = face.state.tan.seconds()
    for _ in range(9):
        face.state.starts.note(run, True)
    face.state.tan.pass_time(120)
    return face


def bought(face: Callable[[], Face]) -> Face:
    """Return it after a TAN of 20 EUR."""
    new = face()
    number = tan.number(new.keys.tan, new.state.tan.highest + 1, 20, new.state.tan.digits)
    return new.press("T20O" + number + str(tan.check_digit(20, number)))


STORIES: dict[str, Callable[[], Face]] = {
    "home": noon,
    "home-friday": friday,
    "home-window-no-credit": lambda: friday().spend_to(0).at(FRIDAY, 19).press("C"),
    "home-emergency-possible": short,
    "home-emergency-on": borrowed,
    "home-off": dark,
    "home-off-emergency-used": lambda: borrowed().spend_to(-1000),
    "home-offered": offered,
    "home-locked": lambda: mode(LOCKED),
    "home-waits": waiting,
    "home-free": lambda: mode(FREE),
    "home-refund": lambda: mode(REFUND),
    "home-new": fresh,
    "home-plain": plain,
    "home-long-window": long_window,
    "home-memory-worn": lambda: failed(events.ERROR_WORN),
    "home-memory-damaged": lambda: failed(events.ERROR_DAMAGED, dark),
    "home-memory-lost": lambda: failed(events.ERROR_LOST, dark),
    "home-relay": lambda: failed(events.ERROR_RELAY, offered),
    "home-clock-lost": lambda: lost(dark),
    "cost": lambda: friday().press("D"),
    "energy": lambda: friday().press("DD"),
    "power": lambda: powered().press("DDD"),
    "tariff": lambda: friday().press("DDDD"),
    "tariff-night": lambda: friday().at(FRIDAY, 23).press("CDDDD"),
    "debt": lambda: friday().press("DDDDD"),
    "windows": lambda: friday().press("UUUU"),
    "windows-later": lambda: noon().press("UUUU"),
    "windows-none": lambda: plain().press("UUUU"),
    "emergency": lambda: noon().press("UUU"),
    "emergency-on": lambda: borrowed().press("UUU"),
    "emergency-locked": lambda: mode(LOCKED).press("UUU"),
    "emergency-none": lambda: plain().press("L"),
    "emergency-question": lambda: short().press("L"),
    "topups": lambda: friday().press("UU"),
    "number": lambda: friday().press("U"),
    "number-clock-lost": lambda: lost().press("U"),
    "warning-low": lambda: warned(13 * 60),
    "warning-window": window_ends,
    "code": lambda: friday().press("UO123"),
    "code-wrong": lambda: wrong_codes(1),
    "code-locked": lambda: wrong_codes(3),
    "value": lambda: inside(""),
    "value-maximum": lambda: inside("1" + "D" * [row.split()[0] for row in obis.TABLE.split("\n")].index("1.6.0")),
    "month": lambda: inside("2D"),
    "event": lambda: inside("3D"),
    "count": lambda: inside("4DDD"),
    "card-reading": card_in,
    "card-credit": lambda: card_done(friday),
    "card-credit-dark": lambda: card_done(dark),
    "card-blank": lambda: friday().insert(blank_image()),
    "tan-amount": lambda: typed("20"),
    "tan-number": lambda: typed("20O123"),
    "tan-booked": lambda: bought(friday),
    "tan-booked-dark": lambda: bought(dark),
    "tan-mistyped": lambda: typed("20O123456"),
    "tan-settlement": lambda: typed("O"),
}
"""By name: how the screen comes about."""
