# SPDX-License-Identifier: Apache-2.0
"""The front panel: what the keys do and what the display shows, as a table of states.

The rule: a key does what `KEYS` says, by state; a minute without a key leads home from everywhere, but for a number
that is being typed, whose own time-out does, and a card, which stays in sight until ten seconds after it is out. A card
takes the display from everything, a warning only from the pages; whatever else happens waits until the customer has
seen the first page.

The technician's code is not kept in the memory, and neither is how often it was typed wrong.
"""

from groschen.core import keypad, notices, tan_entry
from groschen.core.screens import EMERGENCY, NUMBER, Screens
from groschen.core.session import EMPTY, SHOW
from groschen.core.ticks import since
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.amount import Limbs
    from groschen.core.canvas import Canvas
    from groschen.core.keeper import Keeper
    from groschen.core.readout import Readout
    from groschen.core.session import CardSession
    from groschen.core.tan_entry import TanEntry

_TIMEOUT_S = const(60)
_CARD_S = const(10)
_TRIES = const(3)
_LOCK_S = const(600)  # while the meter has power: so long no code is taken after so many wrong ones

# States.
_HOME = const(0)
_PAGE = const(1)  # one between the first and the last
_NUMBER = const(2)  # the last
_ASKS = const(3)  # whether the emergency credit is to be switched on
_CODE = const(4)
_INSIDE = const(5)  # the technician
_ENTRY = const(6)  # of a number
_CARD = const(7)
_WARNING = const(8)

_CODE_MOST = const(18)  # digits
_SECTIONS = const(4)  # of the technician's pages
_SPACE = const(32)
_STAR = const(42)
_ZERO = const(48)
_CURSOR = const(95)
_LONG_MS = const(600_000)  # without a pulse: no power
_SHORT_MS = const(10_000)  # power is found over so long a time, or from one pulse to the next
_PULSES_MOST = const(290)  # in it: so many times the watt-seconds of a kilowatt-hour stay below 31 bits
_KWH_WS = const(3_600_000)
_COUNT = const(0xFFFFFF)
_BEEPS_DONE = const(1)
_BEEPS_REFUSED = const(2)
_BEEPS_WARNING = const(3)

_T_NONE = const(0)
_T_READING = const(47)  # Karte wird gelesen
_T_WAIT = const(48)  # Bitte warten
_T_CODE = const(11)  # Code:
_T_MISTYPED = const(105)  # Vertippt?
_T_FOR = const(109)  # noch
_T_MINUTES = const(112)  # # Min
_T_PRESS = const(12)  # Taste Licht drücken


class Panel:
    """Keys and display of one meter."""

    def __init__(self, keeper: "Keeper", entry: "TanEntry", readout: "Readout", code: bytes) -> None:
        """Take the meter, the entry of numbers, the values of the service port, and the technician's code.

        Without a code there are no technician's pages.
        """
        self._keeper = keeper
        self._meter = keeper.meter
        self._entry = entry
        self._code = code
        self._screens = Screens(keeper.meter, readout)
        self.beeps: int = 0  # that are still to be sounded
        self._state: int = _HOME
        self._page: int = 0
        self._section: int = 0  # of the technician's pages
        self._row: int = 0
        self._dirty: bool = True
        self._idle: int = 0  # seconds since the last key
        self._typed = b""
        self._wrong: int = 0
        self._locked: int = 0  # seconds
        self._shown: "CardSession | None" = None  # whose card has the display, or had it last
        self._session: int = EMPTY  # its state when it was looked at last
        self._outcome: int = 0
        self._booked: "Limbs | None" = None
        self._warnings: int = keeper.meter.warnings.ring.appended
        self._from: int = -1  # the pulse count from which the power is measured, and when it was reached; -1: not yet
        self._from_ms: int = 0
        self._last: int = -1  # the count when it rose last, and when that was
        self._last_ms: int = 0

    # -- what the device calls -----------------------------------------------------------------------------

    def press(self, key: int) -> None:
        """Take a key."""
        if key == keypad.NO_KEY:
            return
        self._idle = 0
        self._dirty = True
        self.KEYS[self._state][max(0, key - 9)](self, key)

    def pass_time(self, seconds: int) -> None:
        """Let time pass, mostly none: an open token's search goes on, what nobody goes on with ends, warnings come."""
        entry = self._entry
        if entry.state != tan_entry.IDLE:
            before = entry.state
            entry.pass_time(seconds)
            if entry.state != before:
                self._dirty = True
                if self._state == _ENTRY and entry.state == tan_entry.IDLE:
                    self._go_home()
        if seconds:
            self._dirty = True
            self._idle += seconds
            self._locked = max(0, self._locked - seconds)
            if self._state == _CARD:
                if self._session == EMPTY and self._idle >= _CARD_S:
                    self._go_home()
            elif self._state != _ENTRY and self._idle >= _TIMEOUT_S:
                self._go_home()
        warnings = self._meter.warnings.ring.appended
        if warnings != self._warnings:
            self._warnings = warnings
            self._dirty = True
            self.beeps = _BEEPS_WARNING
            if self._state <= _NUMBER:
                self._state = _WARNING
                self._idle = 0

    def show_card(self, session: "CardSession") -> None:
        """Look at the card session after a step of it."""
        state = session.state
        if session is not self._shown:
            if state == EMPTY or state == SHOW or self._busy():
                return
            self._shown = session
            self._session = EMPTY
        before = self._session
        if state == before:
            return
        self._session = state
        if state == SHOW:
            self._outcome = session.outcome
            self._booked = session.booked
            self.beeps = _BEEPS_REFUSED if notices.refused(session.outcome) else _BEEPS_DONE
        if state != EMPTY:
            self._state = _CARD
        if state == EMPTY or state == SHOW or before == EMPTY:  # not at each step of many
            self._idle = 0
            self._dirty = True

    def note_pulses(self, now: int, count: int) -> None:
        """Find the power from the board's pulse count, modulo 2**24; `now` in milliseconds, see `ticks`.

        It is that of ten seconds, or of the time between two pulses where that is longer. While the next pulse does not
        come it can only be less: that of one pulse in the time since the last.
        """
        screens = self._screens
        imp = self._meter.imp
        if count == self._last:
            passed = since(now, self._last_ms)
            if passed > _LONG_MS:
                screens.watts = 0
                self._from = -1
            elif passed > _SHORT_MS:
                screens.watts = min(screens.watts, _KWH_WS // imp * 100 // (passed // 10))
            return
        self._last = count
        self._last_ms = now
        if self._from >= 0:
            passed = since(now, self._from_ms)
            if passed < _SHORT_MS:
                return
            pulses = count - self._from & _COUNT
            if pulses <= _PULSES_MOST:
                screens.watts = pulses * _KWH_WS // imp * 100 // (passed // 10)
        self._from = count
        self._from_ms = now

    def changed(self) -> bool:
        """Say whether there is something new to render since the last time this was asked."""
        dirty = self._dirty
        self._dirty = False
        return dirty

    def render(self, canvas: "Canvas") -> None:
        """Draw all of the display."""
        meter = self._meter
        screens = self._screens
        state = self._state
        canvas.language = self._keeper.state.language
        canvas.clear()
        if state <= _NUMBER:
            screens.PAGES[self._page](screens, canvas)
        elif state == _ASKS:
            screens.draw_question(canvas)
        elif state == _CODE:
            self._draw_code(canvas)
        elif state == _INSIDE:
            screens.draw_section(canvas, self._section, self._row)
        elif state == _WARNING:
            screens.draw_warning(canvas)
        elif self._busy():
            canvas.text(0, _T_READING)
            canvas.text(1, _T_WAIT)
        else:
            if state == _CARD:
                notices.draw_card(canvas, self._outcome, self._booked, meter.account.balance)
            else:
                notices.draw_entry(canvas, self._entry, self._keeper.state.tan)
            if meter.supply.offered and (state == _CARD or self._entry.state == tan_entry.SHOW):
                canvas.text(3, _T_PRESS)

    def _draw_code(self, canvas: "Canvas") -> None:
        canvas.text(0, _T_CODE)
        canvas.text(1, _T_NONE)
        for _ in range(len(self._typed)):
            canvas.put(_STAR)
        canvas.put(_CURSOR)
        if self._locked:
            canvas.text(2, _T_FOR)
            canvas.put(_SPACE)
            canvas.more(_T_MINUTES, (self._locked + 59) // 60)
        elif self._wrong and not self._typed:
            canvas.text(2, _T_MISTYPED)

    def _busy(self) -> bool:
        """Say whether a card takes the display and is not done with yet."""
        return self._state == _CARD and self._session != EMPTY and self._session != SHOW

    # -- what the keys do ----------------------------------------------------------------------------------

    def _ignore(self, key: int) -> None:
        pass

    def _home(self, _key: int) -> None:
        if not self._busy():
            self._go_home()

    def _go_home(self) -> None:
        self._page = 0
        self._state = _HOME if self._entry.state == tan_entry.IDLE else _ENTRY

    def _turn(self, key: int) -> None:
        """Go to the page before or behind, around the ends."""
        self._page = (self._page + (1 if key == keypad.DOWN else NUMBER)) % (NUMBER + 1)
        if self._page == 0:
            self._state = _HOME
        else:
            self._state = _NUMBER if self._page == NUMBER else _PAGE

    def _switch_language(self, _key: int) -> None:
        self._keeper.state.language ^= 1
        self._keeper.commit()

    def _light(self, _key: int) -> None:
        """Connect where that is offered, else ask for the emergency credit; where there is none its page says why."""
        if self._busy():
            return
        if self._state == _ENTRY:
            if self._entry.state != tan_entry.SHOW:
                return
            self._entry.press(keypad.OK)  # what came of the number is read
        supply = self._meter.supply
        if supply.offered:
            self._meter.press_confirm()
            self._keeper.commit()
            self._go_home()
        elif supply.offers_emergency():
            self._state = _ASKS
        else:
            self._page = EMERGENCY
            self._state = _PAGE

    def _accept(self, _key: int) -> None:
        self._meter.press_emergency()
        self._keeper.commit()
        self._go_home()

    def _enter(self, key: int) -> None:
        """Give the key to the entry of numbers."""
        if not self._busy():
            self._entry.press(key)
            self._go_home()

    # -- the technician ------------------------------------------------------------------------------------

    def _ask_code(self, _key: int) -> None:
        if self._code:
            self._state = _CODE
            self._typed = b""

    def _type(self, key: int) -> None:
        if not self._locked and len(self._typed) < _CODE_MOST:
            self._typed += bytes((_ZERO + key,))

    def _correct(self, _key: int) -> None:
        if self._typed:
            self._typed = self._typed[:-1]
        else:
            self._go_home()

    def _judge(self, _key: int) -> None:
        typed = self._typed
        self._typed = b""
        if typed == self._code:
            self._wrong = 0
            self._state = _INSIDE
            self._choose(1)
        elif typed:
            self._wrong += 1
            if self._wrong == _TRIES:
                self._wrong = 0
                self._locked = _LOCK_S

    def _choose(self, key: int) -> None:
        """Go to the first page of a section, the first of them by any other key."""
        self._section = key if key <= _SECTIONS else 1
        self._row = 0

    def _scroll(self, key: int) -> None:
        rows = self._screens.rows(self._section)
        self._row = (self._row + (1 if key == keypad.DOWN else rows - 1)) % rows

    KEYS = (
        # digit, OK, C, TAN, UP, DOWN, LIGHT
        (_ignore, _switch_language, _ignore, _enter, _turn, _turn, _light),
        (_ignore, _home, _home, _enter, _turn, _turn, _light),
        (_ignore, _ask_code, _home, _enter, _turn, _turn, _light),
        (_ignore, _accept, _home, _enter, _home, _home, _ignore),
        (_type, _judge, _correct, _enter, _home, _home, _light),
        (_choose, _choose, _home, _enter, _scroll, _scroll, _light),
        (_enter, _enter, _enter, _enter, _enter, _enter, _light),
        (_home, _home, _home, _enter, _home, _home, _light),
        (_home, _home, _home, _enter, _home, _home, _light),
    )
    """By state: what each key does."""
