# SPDX-License-Identifier: Apache-2.0
"""The meter: time and pulses go in, money is charged, and the supply is judged, in the rulebook's order.

Only this module knows the order. Each part is asked "what now, and until when does that hold?"; the meter cuts
time where one of them changes. A stretch between two changes has one price and one supply, and is charged in one
step however many pulses it holds.

How a board uses it: `advance` to an instant, so that all that time changes has happened; then `count` the pulses
that fell. A board that knows the second of each pulse asks `outlook` how many will happen before the supply
opens, advances to the last one's second, and counts up to it.
"""

from array import array

from groschen.core import events
from groschen.core.account import Account
from groschen.core.agenda import Agenda
from groschen.core.amount import Limbs
from groschen.core.calendar import LEGAL
from groschen.core.demand import END, PULSES, Demand
from groschen.core.errors import ContractError, StateError
from groschen.core.events import Log
from groschen.core.exchange import Counters
from groschen.core.registers import DAYS, Daily, Forecast, Profile, Snapshots
from groschen.core.supply import CUSTOMER, FREE, LOCK, LOCKED, OFFERED, REFUND, UNCHANGED, Supply
from groschen.core.tariff import Tariff
from groschen.core.windows import Windows
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.ring import Ring

PULSE_COUNT = const(0xFFFFFF)
"""A board's pulse count and `Meter.seen` are modulo this and one, or a counting chip's own modulus."""

_QUARTERS_PER_DAY = const(96)
_QUARTER_S = const(900)
_BILLING_DATES = const(10)
_CLOCK_GRACE = const(672)  # quarter hours of a week: so long nobody is disconnected by a clock that is not known
_WARN_DAYS = const(3)  # what a meter warns below until its contract says otherwise: days of forecast, and euro
_WARN_EUR = const(5)
_SLIM_DAYS = const(2)  # of the profile, and entries of the log, that a meter holds itself where a memory has them all
_SLIM_EVENTS = const(16)


class Meter:
    """One meter: its state, and what time, pulses and people do to it."""

    FIELDS = (
        "imp", 3,
        "zone", -1,
        "quarter", 3,
        "second", 2,
        "powered", 1,
        "seen", 3,
        "edition", 3,
        "errors", 4,
        "clock_lost", 1,
        "clock_lost_quarters", 3,
        "held", 1,
        "settled", 3,
        "trusted_quarter", 3,
        "trusted_second", 2,
        "warn_days", 1,
    )  # fmt: skip
    ARRAYS = ("billing",)
    PARTS = (
        "tariff",
        "pending",
        "windows",
        "account",
        "supply",
        "demand",
        "energy_ht",
        "energy_nt",
        "daily",
        "profile",
        "snapshots",
        "log",
        "warnings",
        "warn_amount",
        "counters",
    )

    def __init__(self, imp_per_kwh: int, zone: int = LEGAL, slim: bool = False) -> None:
        """Begin with a meter constant and a zone; a slim meter leaves most of profile and log to its memory."""
        self.imp: int = imp_per_kwh
        self.zone: int = zone
        self.quarter: int = 0  # now: the UTC quarter hour since 1970, and the second in it
        self.second: int = 0
        self.powered: bool = False  # the meter's own power
        self.seen: int = 0  # the board's pulse count up to which pulses are charged,
        self.modulo: int = PULSE_COUNT + 1  # and what both are modulo
        self.edition: int = 0  # of windows and billing dates: rises with each change
        self.errors: int = 0  # the error register: a bit for each detail of an ERROR event that happened
        self.clock_lost: bool = False  # the time is an estimate, see docs/clock.md
        self.clock_lost_quarters: int = 0  # how long the meter has run on it
        self.held: bool = False  # the meter's time is ahead of the clock's and waits for it
        self.settled: int = 0  # up to this quarter hour no midnight is charged any more
        self.trusted_quarter: int = 0  # a lost clock: the last instant at which it was trusted;
        self.trusted_second: int = 0  # one that is waited for: what it showed when that began
        self.tariff = Tariff()
        self.pending = Tariff()  # waits for its start; version 0: none
        self.windows = Windows()
        self.account = Account(imp_per_kwh)
        self.supply = Supply(self.account.balance)
        self.demand = Demand()
        self.energy_ht = Limbs(imp_per_kwh)
        self.energy_nt = Limbs(imp_per_kwh)
        self.daily = Daily(imp_per_kwh)
        self.profile = Profile(_SLIM_DAYS if slim else DAYS)
        self.snapshots = Snapshots(self.registers())
        self.log = Log(_SLIM_EVENTS if slim else events.EVENTS, events.EVENTS)
        self.warnings = Log(events.WARNINGS)
        self.warn_days: int = _WARN_DAYS
        self.warn_amount = Limbs()
        self.warn_amount.high = _WARN_EUR
        self.counters = Counters()
        self.billing: "array[int]" = array("i")  # local days of the configured billing dates
        self.agenda = Agenda()
        self.forecast = Forecast()

    def registers(self) -> "list[Limbs]":
        """Return the registers that a snapshot keeps, in this order."""
        account = self.account
        base = account.base
        debt = account.debt
        return [
            self.energy_ht,
            self.energy_nt,
            account.ht.charged,
            account.nt.charged,
            account.power.charged,
            base.electricity,
            base.gas,
            base.water,
            debt.kwh.charged,
            debt.charged.electricity,
            debt.charged.gas,
            debt.charged.water,
            account.topups,
            account.refunds,
            debt.added,
            debt.owed,
            account.balance,
        ]

    # -- a meter's beginning -------------------------------------------------------------------------------

    def commission(self, day: int, second: int, mode: int, tariff: Tariff, credit: Limbs, owed: Limbs) -> None:
        """Begin at a UTC day and second of it with an opening credit and debt: disconnected, then judged.

        Within this second a connection needs no confirmation. Raises TariffError; nothing has changed then.
        """
        tariff.check()
        self.quarter = day * _QUARTERS_PER_DAY + second // _QUARTER_S
        self.second = second % _QUARTER_S
        self.settled = self.quarter
        self.powered = True
        self.tariff = tariff
        self.account.book(credit)
        self.account.debt.add(owed.high, owed.low)
        self.supply.mode = mode
        self.supply.commissioning = True
        self.profile.begin(self.quarter)
        self.note_event(events.POWER, events.POWER_ON)
        self._use_tariff()
        self._refresh()
        self.demand.begin_period(self.agenda.clock.date, tariff.yearly)
        self._judge()

    def rebuild(self) -> None:
        """Derive what is not kept, after the state was restored; raises StateError."""
        if self.imp != self.energy_ht.base:
            raise StateError("the state of a meter of another constant")
        self.supply.find_bound()
        self.settled = self.settled or self.quarter  # a memory of layout 3 says neither this,
        if self.clock_lost and not self.trusted_quarter:  # nor when the clock was trusted last: the estimate is near it
            self.trusted_quarter = self.quarter
        self._use_tariff()
        self._refresh()
        self.daily.ring.drop(self.agenda.clock.date.number)
        self._drop_rows()

    def commissioned(self) -> bool:
        """Say whether it was ever unlocked or had a tariff: before that no time costs anybody anything."""
        return self.supply.mode != LOCKED or self.tariff.version > 0 or self.pending.version > 0

    # -- time ----------------------------------------------------------------------------------------------

    def change(self) -> int:
        """Return the second in the running quarter hour, 1 to 900, at which something changes by itself next."""
        agenda = self.agenda
        return agenda.second if agenda.quarter == self.quarter else _QUARTER_S

    def advance(self, day: int, second: int) -> None:
        """Let time pass to a UTC day and second of it: all changes up to and including it happen.

        While the meter's own power is off they are made up for, and nothing is judged.
        """
        agenda = self.agenda
        quarter = day * _QUARTERS_PER_DAY + second // _QUARTER_S
        second %= _QUARTER_S
        while self.quarter < quarter:
            if agenda.quarter == self.quarter:
                self._pass(agenda.second)
                self._wake()
            else:
                self._pass(_QUARTER_S)
                self._close_quarter()
        while agenda.quarter == quarter and agenda.second <= second:
            self._pass(agenda.second)
            self._wake()
        if self.quarter == quarter and self.second < second:
            self._pass(second)

    def _pass(self, second: int) -> None:
        supply = self.supply
        supply.commissioning = False
        if self.powered and not supply.on:
            supply.off_s += second - self.second
        self.second = second

    def _close_quarter(self) -> None:
        demand = self.demand
        agenda = self.agenda
        self.quarter += 1
        self.second = 0
        self.profile.close_quarter(self.quarter, demand.pulses)
        if self.clock_lost and self.powered:
            self.clock_lost_quarters += 1
            if self.clock_lost_quarters == _CLOCK_GRACE:
                self._refresh()
        increase = demand.close_quarter(self.quarter, self.supply.mode == FREE or self.quarter <= self.settled)
        if increase and self.tariff.continuous:
            self.account.charge_demand(increase)
        if self.quarter == agenda.midnight:
            self._begin_day()
        if self.quarter == agenda.quarter and agenda.second == 0:
            self._wake()
        else:
            self._judge()

    def _begin_day(self) -> None:
        clock = self.agenda.clock
        period = self.demand.period  # of the day that ends
        self.daily.close(clock.date.number, self.energy_ht, self.energy_nt, self.account.charges())
        clock.set(self.quarter, 0)
        date = clock.date
        due = self.quarter > self.settled
        if date.day == 1 and (date.month == 1 or not self.tariff.yearly):
            if due:
                self._end_period(self.tariff)
            else:
                self.demand.begin_period(date, self.tariff.yearly)
        self._start_tariff()
        if date.day == 1:
            self._snapshot(self.snapshots.months, period)
        for at in range(len(self.billing)):
            if self.billing[at] == date.number:
                self._snapshot(self.snapshots.billings, period)
        if due:
            self.settled = self.quarter
            if self.supply.mode != FREE:
                self.account.charge_day()

    def _wake(self) -> None:
        """Do what is due at this instant: start a tariff, ask the parts anew, judge once, warn."""
        agenda = self.agenda
        was_ahead = agenda.protected_ahead
        self._start_tariff()
        self._refresh()
        self._judge()
        if self.powered:
            self._warn(was_ahead and not agenda.protected_ahead)

    def _refresh(self) -> None:
        agenda = self.agenda
        agenda.ask(self.quarter, self.second, self.windows)
        if self.clock_lost and self.clock_lost_quarters < _CLOCK_GRACE:
            agenda.protected = True  # nobody knows whether a window is open
        if self.pending.version:
            agenda.also_at(self.pending.start_quarter, self.pending.start_second)

    # -- pulses and money ----------------------------------------------------------------------------------

    def count_up_to(self, counted: int) -> None:
        """Charge what the board's pulse count, modulo 2**24, has risen by since it was charged last."""
        fallen = (counted - self.seen) % self.modulo
        if fallen:
            self.count(fallen)

    def count(self, pulses: int) -> None:
        """Count and charge pulses that fell since the last change, and judge the supply after them."""
        high = self.agenda.high
        self.seen = (self.seen + pulses) % self.modulo
        if not self.held:  # a quarter hour that waits for the clock is longer than one, and no demand
            self.demand.pulses += pulses
        if high:
            self.energy_ht.count(pulses)
        else:
            self.energy_nt.count(pulses)
        if self.supply.mode != FREE:
            self.account.charge_pulses(high, pulses)
            self._judge()

    def _end_period(self, tariff: Tariff) -> None:
        """Settle the billing period that runs by the tariff it ran under, and begin that of the clock's date."""
        demand = self.demand
        charged = demand.end_period()
        if charged and not tariff.continuous and self.supply.mode != FREE:
            self.account.charge_demand(charged)
        demand.begin_period(self.agenda.clock.date, self.tariff.yearly)

    def _snapshot(self, ring: "Ring", period: int) -> None:
        demand = self.demand
        at = demand.highest(period)
        maximum = demand.maxima.cells[at + PULSES] if at >= 0 else 0
        end = demand.maxima.cells[at + END] if at >= 0 else 0
        self.snapshots.take(ring, self.quarter, self.supply.disconnections, maximum, end)

    # -- supply, warnings, log -----------------------------------------------------------------------------

    def _judge(self) -> None:
        if self.powered:
            self._tell(self.supply.judge(self.agenda.protected))

    def _tell(self, news: int) -> None:
        if news == UNCHANGED:
            return
        if news == OFFERED:
            self.note_event(events.SUPPLY, events.SUPPLY_OFFERED)
        elif self.supply.on:
            self.note_event(events.SUPPLY, events.SUPPLY_ON)
        elif self.supply.cause == LOCK:
            self.note_event(events.SUPPLY, events.SUPPLY_OFF_LOCKED)
        else:
            self.note_event(events.SUPPLY, events.SUPPLY_OFF_CREDIT)

    def _warn(self, window_ends: bool) -> None:
        supply = self.supply
        if not supply.on or supply.mode > REFUND:
            return
        kind = events.WARN_WINDOW if window_ends and not supply.credit() else 0
        if self.agenda.hour_to_warn():
            if self.warn_amount.above(supply.balance):
                kind |= events.WARN_AMOUNT
            self.forecast.ask(self.daily)
            if self.forecast.below(supply.balance, self.warn_days):
                kind |= events.WARN_FORECAST
        if kind:
            self.warnings.note(self.quarter, self.second, kind, 0, supply.balance)

    def note_event(self, kind: int, detail: int, amount: "Limbs | None" = None) -> None:
        """Write an event of a kind and detail of `events` into the log, and count it."""
        self.counters.note(kind)
        self.log.note(self.quarter, self.second, kind, detail, amount)

    # -- what people do; the instant is now ----------------------------------------------------------------

    def top_up(self, amount: Limbs, by_card: bool) -> None:
        """Book a credit that came by card, which also ends FREE, or by TAN; whoever brings it sees that it is new."""
        self.account.book(amount)
        self.supply.end_emergency()
        if by_card:
            self.note_event(events.CARD, events.CARD_CREDIT, amount)
            if self.supply.mode == FREE:
                self._change_mode(CUSTOMER)
        else:
            self.note_event(events.TAN, events.TAN_CREDIT, amount)
        self._judge()

    def insert_card(self) -> None:
        """Meet the customer card with no new credit: in REFUND it takes the positive balance back."""
        balance = self.account.balance
        if self.supply.mode == REFUND and balance.positive():
            self.note_event(events.CARD, events.CARD_REFUND, balance)
            self.account.refund()
        else:
            self.note_event(events.CARD, events.CARD_NO_CREDIT)
        self._judge()

    def add_debt(self, amount: Limbs) -> None:
        """Add a new debt; whoever brings it sees that it is new."""
        self.account.debt.add(amount.high, amount.low)
        self.note_event(events.CARD, events.CARD_DEBT, amount)
        self._judge()

    def enter_service(self, mode: int, first: bool) -> None:
        """Begin in a mode; the `first` time a connection needs no confirmation within this second."""
        self.supply.commissioning = first
        self.set_mode(mode)

    def set_mode(self, mode: int) -> None:
        """Change the mode."""
        if mode != self.supply.mode:
            self._change_mode(mode)
        self._judge()

    def press_confirm(self) -> None:
        """Connect where a reconnection is offered; without effect elsewhere."""
        self._tell(self.supply.press_confirm())

    def press_emergency(self) -> bool:
        """Switch the emergency credit on where the rules allow it; return whether they do."""
        granted = self.supply.press_emergency()
        if granted:
            self.note_event(events.SUPPLY, events.SUPPLY_EMERGENCY, self.supply.balance)
            self._judge()
        return granted

    def power_off(self) -> None:
        """Lose the meter's own power: nothing is judged until it returns."""
        self.note_event(events.POWER, events.POWER_OFF)
        self.powered = False

    def power_on(self, day: int, second: int) -> None:
        """Have power again at a UTC day and second of it: catch up, then judge once."""
        self.advance(day, second)
        self.powered = True
        self.note_event(events.POWER, events.POWER_ON)
        self._start_tariff()
        self._refresh()
        self._judge()

    def lose_clock(self, behind: int = 0) -> None:
        """Go on with an estimate of the time, because the clock cannot be trusted; it was so many seconds behind."""
        if not self.clock_lost:
            second = self.second - behind
            self.trusted_quarter = self.quarter + second // _QUARTER_S
            self.trusted_second = second % _QUARTER_S
            self.held = False
            self.clock_lost = True
            self.clock_lost_quarters = 0
            self.note_event(events.CLOCK, events.CLOCK_LOST)
            self._refresh()
            self._judge()

    def pause(self) -> None:
        """Let time pass unjudged, as without power, until `set_clock` has made up for all of it."""
        self.powered = False

    def set_clock(self, day: int, second: int) -> None:
        """Take the right time, a UTC day and second of it: what the estimate missed is made up for, judged once.

        Where the meter's time is ahead, it waits: no midnight comes twice.
        """
        self.powered = False
        self.advance(day, second)
        self.powered = True
        self.clock_lost = False
        self.note_event(events.CLOCK, events.CLOCK_SET)
        self._start_tariff()
        self._refresh()
        self._judge()

    def correct_clock(self, day: int, second: int, charge_from_now: bool) -> None:
        """Go on from another instant, a UTC day and second of it, and charge nothing that lies between.

        Back, no daily rate falls due before the last midnight that was charged has passed, unless it is to be charged
        from now on. The highest demand that is charged goes on.
        """
        agenda = self.agenda
        was = Limbs()
        was.high = self.quarter
        was.low = self.second
        today = agenda.clock.date.number
        self.quarter = day * _QUARTERS_PER_DAY + second // _QUARTER_S
        self.second = second % _QUARTER_S
        if charge_from_now:
            self.settled = min(self.settled, self.quarter)
        self.clock_lost = False
        self.held = False
        if self.quarter != was.high:
            agenda.clock.set(self.quarter, self.second)
            date = agenda.clock.date
            if date.number != today:
                self.daily.jump(today, date.number, self.energy_ht, self.energy_nt, self.account.charges())
            self.profile.jump(self.quarter)
            self.demand.jump(self.quarter, date, self.tariff.yearly)
            self._drop_rows()
        self.note_event(events.CLOCK, events.CLOCK_CORRECTED, was)
        self._start_tariff()
        self._refresh()
        self._judge()

    def _drop_rows(self) -> None:
        """Give up snapshots and maxima of instants still to come."""
        self.snapshots.months.drop(self.quarter + 1)
        self.snapshots.billings.drop(self.quarter + 1)
        self.demand.maxima.drop(self.quarter + 1, END)

    def hold(self, held: bool) -> None:
        """Say whether the meter's time waits for the clock; pulses meanwhile are energy and no demand."""
        self.held = held

    def note_error(self, detail: int) -> None:
        """Enter an error of the meter itself in the error register, and in the log the first time."""
        if not self.errors >> detail & 1:
            self.errors |= 1 << detail
            self.note_event(events.ERROR, detail)

    def note_fault(self, detail: int) -> None:
        """Enter an error that somebody or something causes in the error register, and in the log each time."""
        self.errors |= 1 << detail
        self.note_event(events.ERROR, detail)

    def _change_mode(self, mode: int) -> None:
        self.supply.mode = mode
        self.note_event(events.MODE, mode)

    # -- what a card configures; the instant is now --------------------------------------------------------

    def set_tariff(self, tariff: Tariff) -> bool:
        """Take a tariff for its start instant, at once where that is past; return False for one that is known or older.

        Raises TariffError where it cannot be; nothing has changed then.
        """
        tariff.check()
        newest = max(self.tariff.version, self.pending.version)
        if tariff.version <= newest:
            if tariff.version < newest:
                self.note_event(events.CARD, events.CARD_OLD_TARIFF)
            return False
        self.pending = tariff
        self.note_event(events.CARD, events.CARD_TARIFF)
        self._start_tariff()
        self._refresh()
        self._judge()
        return True

    def set_credit(self, windows: Windows, limit: Limbs, threshold: Limbs) -> None:
        """Take windows, and the limit and threshold of the emergency credit; raises ContractError."""
        windows.check()
        self.windows = windows
        self.edition += 1
        self.supply.limit.copy(limit)
        self.supply.threshold.copy(threshold)
        self.supply.find_bound()
        self.note_event(events.CARD, events.CARD_CONTRACT)
        self._refresh()
        self._judge()

    def set_confirm(self, confirm: bool) -> None:
        """Say whether a reconnection has to be confirmed."""
        self.supply.confirm = confirm
        self._judge()

    def set_warnings(self, days: int, amount: Limbs) -> None:
        """Warn below so many days of forecast, and below an amount."""
        self.warn_days = days
        self.warn_amount.copy(amount)

    def set_billing(self, days: "array[int]") -> None:
        """Take up to ten billing dates as local days; raises ContractError."""
        if len(days) > _BILLING_DATES:
            raise ContractError("billing dates")
        self.billing = days
        self.edition += 1

    def _start_tariff(self) -> None:
        """Put the waiting tariff in force where its start has come; without power its start waits."""
        new = self.pending
        if not self.powered or new.version == 0:
            return
        if new.start_quarter > self.quarter or (new.start_quarter == self.quarter and new.start_second > self.second):
            return
        old = self.tariff
        self.tariff = new
        self.pending = Tariff()
        if new.continuous != old.continuous or new.yearly != old.yearly:
            if self.second and not self.demand.closing:  # it still belongs to the period it began in
                self.demand.closing = self.demand.period
            self._end_period(old)
        self._use_tariff()

    def _use_tariff(self) -> None:
        """Derive prices, rates and the agenda from the tariff in force."""
        self.account.use(self.tariff)
        self.agenda.use(self.zone, self.tariff)
