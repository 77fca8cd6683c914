# SPDX-License-Identifier: Apache-2.0
"""What people and programs meet of a meter: cards, keys, display, buzzer and ports, each of which has its turn."""

from groschen.core.canvas import Canvas
from groschen.core.chime import Chime
from groschen.core.keypad import NO_KEY
from groschen.core.panel import Panel
from groschen.core.programming import Programming
from groschen.core.readout import Readout
from groschen.core.service_port import WAITING, ServicePort
from groschen.core.session import EMPTY, SHOW, CardSession
from groschen.core.tan_entry import TanEntry
from groschen.core.ticks import since
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.keeper import Keeper
    from groschen.core.ports import Board
    from groschen.core.state import State
    from groschen.core.store import Store
    from groschen.core.timekeeper import Timekeeper
    from groschencard.keys import MeterKeys

_SLOT_MS = const(200)  # how often an empty slot is looked at, and one whose card is still to be taken out
_DISPLAY_MS = const(250)  # how often what is seen may change

# Parts whose progress the watchdog is fed for.
_TIME = const(1)
_CARDS = const(2)
_FACE = const(4)  # keys, display, buzzer
_PORT = const(8)
_ALL = const(15)

_WAITING = (EMPTY, SHOW)


class Interfaces:
    """They all, on one board."""

    def __init__(
        self,
        board: "Board",
        keeper: "Keeper",
        state: "State",
        store: "Store",
        timekeeper: "Timekeeper",
        keys: "MeterKeys",
        version: str,
    ) -> None:
        self._board = board
        self._meter = state.meter
        entry = TanEntry(keeper, keys)
        entry.resume()
        self._sessions = tuple([CardSession(keeper, slot, keys, timekeeper, False) for slot in board.slots])
        readout = Readout(state, keys, store, version)
        self._panel = Panel(keeper, entry, readout, keys.panel_code.encode())
        programming = Programming(keeper, timekeeper, keys, readout)
        self.ports = tuple([ServicePort(wire, readout, programming, speed) for wire, speed in board.wires])
        self._chime = Chime(board.buzzer)
        self._canvas = Canvas()
        self.exchanging: bool = False
        """Whether an exchange with a card goes on."""
        self._looked: int = -_SLOT_MS
        self._drawn: int = 0
        self._uptime: int = board.clock.uptime()
        self._progress: int = 0

    def step(self, now: int) -> bool:
        """Give each its turn; return whether every part has made progress since that was last so."""
        self._cards(now)
        self._face(now)
        for port in self.ports:
            port.step(now)
        self._progress |= _PORT
        if self._progress != _ALL:
            return False
        self._progress = 0
        return True

    def busy(self) -> bool:
        """Say whether a card is being exchanged with or somebody is at a port: both leave garbage."""
        for port in self.ports:
            if port.state != WAITING:
                return True
        return self.exchanging

    def _cards(self, now: int) -> None:
        # One card at a time: to look for another one would lengthen the exchange.
        look = not self.exchanging and since(now, self._looked) >= _SLOT_MS
        if look:
            self._looked = now
        exchanging = False
        for session in self._sessions:
            if look or session.state not in _WAITING:
                session.step()
                exchanging = exchanging or session.state not in _WAITING
            self._panel.show_card(session)
        self.exchanging = exchanging
        self._progress |= _CARDS

    def _face(self, now: int) -> None:
        board = self._board
        panel = self._panel
        uptime = board.clock.uptime()
        seconds = uptime - self._uptime
        if seconds:
            self._uptime = uptime
            self._progress |= _TIME
        panel.note_pulses(now, self._meter.seen)
        board.keypad.step(now)
        key = board.keypad.key()
        if key != NO_KEY:
            self._chime.click(now)
            panel.press(key)
        panel.pass_time(seconds)
        if panel.beeps:
            self._chime.play(panel.beeps, now)
            panel.beeps = 0
        self._chime.step(now)
        if since(now, self._drawn) >= _DISPLAY_MS and panel.changed():
            self._drawn = now
            panel.render(self._canvas)
            for line in range(len(self._canvas.lines)):
                board.display.show(line, self._canvas.lines[line])
        board.display.step(now)
        self._progress |= _FACE
