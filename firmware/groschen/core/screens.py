# SPDX-License-Identifier: Apache-2.0
"""The pages of the display, each drawn from state alone.

The customer's allocate nothing. What comes next is looked for anew at each drawing: at most the switching points of
eight days. The forecast is found by ten comparisons and no division. The technician's pages are the values of the
service port by their codes, and the event log; they allocate.
"""

from groschen.core import demand, events, notices, registers
from groschen.core.amount import Limbs
from groschen.core.calendar import WallClock
from groschen.core.readout import codes
from groschen.core.readout_table import HISTORY
from groschen.core.supply import FREE, LOCKED, REFUND
from groschen.core.switching import Switching
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.canvas import Canvas
    from groschen.core.meter import Meter
    from groschen.core.readout import Readout

EMERGENCY = const(7)
NUMBER = const(9)
"""Two of the pages, by their places in `PAGES`; NUMBER is the last."""

_AHEAD = const(768)  # quarter hours: how far it is looked for what comes next
_DAY = const(96)
_QUARTER_S = const(900)
_DAYS_MOST = const(999)  # of the forecast
_TOPUPS = const(24)  # cells of a snapshot behind its first register
_REFUNDS = const(26)
_BALANCE = const(32)
_CT = const(10_000)  # micro-euro
_MICRO = const(1_000_000)
_SPACE = const(32)
_WIDTH = const(20)

_VALUES = const(1)  # sections of the technician's pages
_MONTHS = const(2)
_EVENTS = const(3)

_T_NONE = const(0)
_T_BALANCE = const(6)  # Guthaben
_T_NO_CREDIT = const(56)  # Kein Guthaben
_T_TOP_UP = const(7)  # Bitte aufladen
_T_LASTS = const(8)  # reicht etwa # Tage
_T_LASTS_ONE = const(9)  # reicht etwa 1 Tag
_T_LASTS_NONE = const(10)  # reicht keinen Tag
_T_PRESS = const(12)  # Taste Licht drücken
_T_OR_LIGHT = const(13)  # Licht = Notkredit
_T_OFF = const(14)  # Strom aus
_T_OFTEN = const(126)  # Netz war oft weg
_T_WAITS = const(127)  # wartet noch # Min
_T_ON = const(55)  # Strom an
_T_BARRED = const(57)  # Strom gesperrt
_T_CALL = const(93)  # Stadtwerk anrufen
_T_NO_CUT = const(15)  # Keine Abschaltung
_T_UNTIL = const(16)  # bis
_T_FROM = const(17)  # ab
_T_REFUND = const(53)  # Rückbuchend
_T_FREE = const(54)  # Freischaltung
_T_COST = const(18)  # Kosten
_T_TODAY = const(19)  # heute
_T_YESTERDAY = const(20)  # gestern
_T_MONTH = const(21)  # im Monat
_T_ENERGY = const(22)  # Verbrauch
_T_HT = const(23)  # HT
_T_NT = const(24)  # NT
_T_TOTAL = const(25)  # gesamt
_T_POWER = const(26)  # Leistung
_T_NOW = const(27)  # jetzt
_T_HIGHEST = const(28)  # Höchste
_T_AT = const(29)  # am
_T_KW = const(3)  # kW
_T_CT = const(4)  # ct/kWh
_T_PER_DAY = const(30)  # je Tag
_T_DEBT = const(31)  # Restschuld
_T_PAID = const(32)  # bezahlt
_T_WINDOWS = const(33)  # Nichtabschaltzeit
_T_NO_WINDOW = const(34)  # keine in 8 Tagen
_T_LONGER = const(35)  # über 8 Tage
_T_EMERGENCY = const(58)  # Notkredit
_T_IS_ON = const(36)  # ist an
_T_IS_OFF = const(37)  # ist aus
_T_NOT_AGREED = const(38)  # nicht vereinbart
_T_LIMIT = const(39)  # Höhe
_T_LEFT = const(40)  # verfügbar
_T_UP_TO = const(41)  # möglich bis
_T_SWITCH = const(42)  # einschalten?
_T_OK_OR_C = const(43)  # OK ja, C nein
_T_TOPUPS = const(44)  # Aufladungen
_T_CUT_AHEAD = const(45)  # Abschaltung droht
_T_LOW = const(46)  # Guthaben wird knapp
_T_CLOCK = const(49)  # Uhrzeit unbekannt


class Screens:
    """The pages of one meter."""

    def __init__(self, meter: "Meter", readout: "Readout") -> None:
        self._meter = meter
        self._readout = readout
        self._serial = readout.serial.encode()
        self.watts: int = 0  # the power now
        self._clock = WallClock(meter.agenda.clock.types)  # shows the instants that are drawn
        self._clock.use(meter.zone)
        self._switching = Switching()
        self._switching.spans = meter.agenda.switching.spans
        self._money = Limbs()
        self._energy = Limbs(meter.imp)

    # -- the first page ------------------------------------------------------------------------------------

    def _home(self, canvas: "Canvas") -> None:
        meter = self._meter
        supply = meter.supply
        self._draw_balance(canvas)
        waits = self._readout.waits() if supply.on else 0
        if waits:
            canvas.text(1, _T_OFF)
            canvas.text(2, _T_OFTEN)
            canvas.text(3, _T_WAITS, (waits + 59) // 60)
        elif supply.on:
            self._draw_on(canvas)
        elif supply.offered:
            canvas.text(1, _T_OFF)
            canvas.text(2, _T_PRESS)
        elif supply.mode == LOCKED:
            canvas.text(1, _T_BARRED)
            canvas.text(2, _T_CALL)
        elif supply.credit():
            canvas.text(1, _T_OFF)
        else:
            canvas.text(1, _T_NO_CREDIT)
            canvas.text(2, _T_TOP_UP)
            if supply.offers_emergency():
                canvas.text(3, _T_OR_LIGHT)
        if notices.draw_error(canvas, meter) and supply.offered:
            canvas.text(1, _T_PRESS)

    def _draw_balance(self, canvas: "Canvas") -> None:
        """Draw the balance, and how long it lasts."""
        meter = self._meter
        supply = meter.supply
        balance = supply.balance
        canvas.text(0, _T_BALANCE)
        canvas.amount(balance)
        if supply.mode == FREE:
            canvas.text(1, _T_FREE)
            return
        if not balance.positive():
            canvas.text(1, _T_NO_CREDIT)
            return
        forecast = meter.forecast
        forecast.ask(meter.daily)
        if forecast.days == 0 or not forecast.cost.positive():
            return
        days = 0
        more = _DAYS_MOST + 1
        while more - days > 1:
            middle = (days + more) // 2
            if forecast.below(balance, middle):
                more = middle
            else:
                days = middle
        text = _T_LASTS
        if days < 2:
            text = _T_LASTS_ONE if days else _T_LASTS_NONE
        canvas.text(1, text, days)

    def _draw_on(self, canvas: "Canvas") -> None:
        """Draw why the supply is on, and what may become of that."""
        meter = self._meter
        supply = meter.supply
        if meter.agenda.protected and supply.mode != FREE:
            canvas.text(2, _T_NO_CUT)
            self._draw_end(canvas, 3)
        elif supply.emergency:
            canvas.text(2, _T_EMERGENCY)
            self._draw_left(canvas)
        elif supply.offers_emergency():
            canvas.text(2, _T_OR_LIGHT)
        elif supply.mode:
            canvas.text(2, _T_ON if supply.mode == FREE else _T_REFUND)
        elif self._seek(True):
            canvas.text(2, _T_NO_CUT)
            self._draw_instant(canvas, 3, _T_FROM)
        else:
            canvas.text(2, _T_ON)

    # -- what comes next -----------------------------------------------------------------------------------

    def _holds(self, window: bool) -> bool:
        """Say whether there is a window, or else HT, at the clock's instant."""
        self._switching.ask(self._clock)
        return self._meter.windows.cover(self._clock) if window else self._switching.high

    def _seek(self, window: bool, again: bool = False) -> bool:
        """Let the clock go on to where a window begins or ends, or else HT; return False where that is not soon.

        From now on, or again from where it is.
        """
        clock = self._clock
        windows = self._meter.windows
        if not again:
            clock.forget()  # a tariff may have brought other holidays
            clock.set(self._meter.quarter, self._meter.second)
        before = self._holds(window)
        last = clock.quarter + _AHEAD
        while clock.quarter < last:
            first = clock.first
            now = (clock.quarter - first) * _QUARTER_S + clock.second
            minute = windows.until(clock) if window else self._switching.until
            then = min(minute * 60, min(clock.offset_until - first, _DAY) * _QUARTER_S)
            if window and windows.span_quarter >= 0:
                edge = (windows.span_quarter - first) * _QUARTER_S + windows.span_second
                if now < edge < then:
                    then = edge
                edge = (windows.span_end_quarter - first) * _QUARTER_S + windows.span_end_second
                if now < edge < then:
                    then = edge
            clock.set(first + then // _QUARTER_S, then % _QUARTER_S)
            if self._holds(window) != before:
                return True
        return False

    def _draw_end(self, canvas: "Canvas", row: int) -> None:
        """Draw until when there is a window; nobody knows where the time is lost."""
        if self._meter.clock_lost:
            canvas.text(row, _T_CLOCK)
        elif self._seek(True):
            self._draw_instant(canvas, row, _T_UNTIL)
        else:
            canvas.text(row, _T_LONGER)

    def _draw_instant(self, canvas: "Canvas", row: int, text: int) -> None:
        canvas.text(row, text)
        canvas.put(_SPACE)
        canvas.instant(self._clock)

    # -- the others ----------------------------------------------------------------------------------------

    def _cost(self, canvas: "Canvas") -> None:
        meter = self._meter
        money = self._money
        charges = meter.account.charges()
        canvas.text(0, _T_COST)
        canvas.text(1, _T_TODAY)
        money.copy(charges)
        money.subtract(meter.daily.charges.high, meter.daily.charges.low)
        canvas.amount(money)
        canvas.text(2, _T_YESTERDAY)
        ring = meter.daily.ring
        cells = ring.cells
        at = ring.newest(0)
        if cells[at] == meter.agenda.clock.date.number - 1:
            canvas.money(cells[at + registers.COST_HIGH], cells[at + registers.COST_LOW])
        canvas.text(3, _T_MONTH)
        money.copy(charges)
        ring = meter.snapshots.months
        cells = ring.cells
        at = ring.newest(0)
        if cells[at] < 0:  # the memory has lost it
            return
        at += registers.FIRST  # all is zero where there was no month start yet
        money.subtract(cells[at + _TOPUPS], cells[at + _TOPUPS + 1])
        money.add(cells[at + _REFUNDS], cells[at + _REFUNDS + 1])
        money.add(cells[at + _BALANCE], cells[at + _BALANCE + 1])
        canvas.amount(money)

    def _energies(self, canvas: "Canvas") -> None:
        high = self._meter.energy_ht
        low = self._meter.energy_nt
        total = self._energy
        total.copy(high)
        total.add(low.high, low.low)
        canvas.text(0, _T_ENERGY)
        canvas.text(1, _T_HT)
        canvas.energy(high)
        canvas.text(2, _T_NT)
        canvas.energy(low)
        canvas.text(3, _T_TOTAL)
        canvas.energy(total)

    def _powers(self, canvas: "Canvas") -> None:
        meter = self._meter
        imp = meter.imp
        canvas.text(0, _T_POWER)
        canvas.text(1, _T_NOW)
        canvas.value(self.watts // 1000, self.watts % 1000, 3, _T_KW)
        canvas.text(2, _T_HIGHEST)
        at = meter.demand.highest(meter.demand.period)
        if at >= 0:
            cells = meter.demand.maxima.cells
            pulses = cells[at + demand.PULSES] * 4
            canvas.value(pulses // imp, pulses % imp * 1000 // imp, 3, _T_KW)
            self._clock.set(cells[at + demand.END], 0)
            self._draw_instant(canvas, 3, _T_AT)

    def _tariff(self, canvas: "Canvas") -> None:
        tariff = self._meter.tariff
        canvas.text(0, _T_NOW)
        canvas.put(_SPACE)
        canvas.more(_T_HT if self._meter.agenda.high else _T_NT)
        if self._seek(False):
            self._draw_instant(canvas, 1, _T_UNTIL)
        self._draw_price(canvas, 2, _T_HT, tariff.ht)
        self._draw_price(canvas, 3, _T_NT, tariff.nt)

    def _draw_price(self, canvas: "Canvas", row: int, text: int, price: int) -> None:
        canvas.text(row, text)
        canvas.value(price // _CT, price // 100 % 100, 2, _T_CT)

    def _debt(self, canvas: "Canvas") -> None:
        tariff = self._meter.tariff
        debt = self._meter.account.debt
        canvas.text(0, _T_DEBT)
        canvas.amount(debt.owed)
        canvas.text(1, _T_PER_DAY)
        canvas.money(tariff.debt_day // _MICRO, tariff.debt_day % _MICRO)
        self._draw_price(canvas, 2, _T_NONE, tariff.debt_kwh)
        canvas.text(3, _T_PAID)
        money = self._money
        money.copy(debt.added)
        money.subtract(debt.owed.high, debt.owed.low)
        canvas.amount(money)

    def _windows(self, canvas: "Canvas") -> None:
        canvas.text(0, _T_WINDOWS)
        if self._meter.agenda.protected:
            canvas.text(1, _T_NOW)
            self._draw_end(canvas, 2)
        elif self._seek(True):
            self._draw_instant(canvas, 1, _T_FROM)
            if self._seek(True, True):
                self._draw_instant(canvas, 2, _T_UNTIL)
        else:
            canvas.text(1, _T_NO_WINDOW)

    def _emergency(self, canvas: "Canvas") -> None:
        supply = self._meter.supply
        canvas.text(0, _T_EMERGENCY)
        if not supply.limit.positive():
            canvas.text(1, _T_NOT_AGREED)
            return
        text = _T_IS_ON if supply.emergency else _T_IS_OFF
        if supply.mode > REFUND:
            text = _T_FREE if supply.mode == FREE else _T_BARRED
        canvas.text(1, text)
        canvas.text(2, _T_LIMIT)
        canvas.amount(supply.limit)
        if supply.emergency:
            self._draw_left(canvas)
        else:
            canvas.text(3, _T_UP_TO)
            canvas.amount(supply.threshold)

    def _draw_left(self, canvas: "Canvas") -> None:
        """Draw how much of balance and emergency credit is left."""
        supply = self._meter.supply
        money = self._money
        money.copy(supply.balance)
        money.subtract(supply.bound.high, supply.bound.low)
        canvas.text(3, _T_LEFT)
        canvas.amount(money)

    def _topups(self, canvas: "Canvas") -> None:
        ring = self._meter.log.credits
        cells = ring.cells
        canvas.text(0, _T_TOPUPS)
        for back in range(len(ring)):
            at = ring.newest(back)
            self._clock.set(cells[at], 0)
            canvas.text(back + 1, _T_NONE)
            canvas.date(self._clock, True)
            canvas.money(cells[at + events.HIGH], cells[at + events.LOW])

    def _number(self, canvas: "Canvas") -> None:
        meter = self._meter
        canvas.bytes(self._serial)
        self._clock.set(meter.quarter, meter.second)
        canvas.text(1, _T_NONE)
        canvas.instant(self._clock, True)
        if meter.clock_lost:
            canvas.text(2, _T_CLOCK)

    PAGES = (_home, _cost, _energies, _powers, _tariff, _debt, _windows, _emergency, _topups, _number)
    """The pages in the order in which the keys go through them."""

    # -- what is said and asked beside them ----------------------------------------------------------------

    def draw_question(self, canvas: "Canvas") -> None:
        """Ask whether the emergency credit is to be switched on."""
        self._emergency(canvas)
        canvas.text(1, _T_SWITCH)
        canvas.text(3, _T_OK_OR_C)

    def draw_warning(self, canvas: "Canvas") -> None:
        """Draw the newest warning: the supply ends with the window, or the credit soon."""
        ring = self._meter.warnings.ring
        self._draw_balance(canvas)
        if ring.cells[ring.newest(0) + events.KIND] & events.WARN_WINDOW:
            canvas.text(2, _T_CUT_AHEAD)
            if self._seek(True):
                self._draw_instant(canvas, 3, _T_FROM)
        else:
            canvas.text(2, _T_LOW)
            canvas.text(3, _T_TOP_UP)

    # -- the technician's ----------------------------------------------------------------------------------

    def rows(self, section: int) -> int:
        """Return how many pages a section of the technician's has, at least one; allocates."""
        if section == _EVENTS:
            return max(1, min(self._meter.log.ring.appended, self._meter.log.depth))
        return len(self._codes(section))

    def _codes(self, section: int) -> "tuple[str, ...] | list[str]":
        """Return the codes of a section, at least one."""
        if section == _VALUES:
            return codes()
        if section != _MONTHS:
            return self._meter.counters.KINDS
        past: "list[str]" = []
        months = self._meter.snapshots.months
        for back in range(len(months)):
            for code in HISTORY.split(" "):
                past.append(code + "*%02d" % ((months.appended - back) % 100))
        return past or [""]

    def draw_section(self, canvas: "Canvas", section: int, row: int) -> None:
        """Draw a page of a section; allocates."""
        if section == _EVENTS:
            self._draw_event(canvas, row)
            return
        code = self._codes(section)[row]
        if section <= _MONTHS:
            value = self._readout.line(code)[len(code) + 1 : -3].replace(")(", " ")
        else:
            value = str(getattr(self._meter.counters, code))
        row = 0
        for line in (code, value[:_WIDTH], value[_WIDTH:]):
            canvas.text(row, _T_NONE)
            canvas.bytes(line.encode())
            row += 1

    def _draw_event(self, canvas: "Canvas", row: int) -> None:
        """Draw an event: its number, instant, kind with the number of its detail, and amount."""
        meter = self._meter
        cells = self._readout.event(row)
        canvas.number(meter.log.ring.appended - row)
        kind = cells[events.KIND]
        if kind:
            self._clock.set(cells[events.QUARTER], cells[events.SECOND])
            canvas.text(1, _T_NONE)
            canvas.instant(self._clock, True)
            canvas.text(2, _T_NONE)
            canvas.bytes((meter.counters.KINDS[kind - 1] + " ").encode())
            canvas.number(cells[events.DETAIL])
            canvas.text(3, _T_NONE)
            if kind == events.CLOCK and cells[events.DETAIL] == events.CLOCK_CORRECTED:
                self._clock.set(cells[events.HIGH], cells[events.LOW])
                canvas.instant(self._clock, True)
            elif cells[events.HIGH] or cells[events.LOW]:
                canvas.money(cells[events.HIGH], cells[events.LOW])
