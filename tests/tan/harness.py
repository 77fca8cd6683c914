# SPDX-License-Identifier: Apache-2.0
"""A meter's TAN entry with nothing around it but what its budget rests on: time, power, memory.

The code under test is the firmware's: TanEntry, tan_budget, Timekeeper, groschencard.tan. Two boards carry it:

- LightBoard keeps the state in one step, whole or not at all. That a commit is just that, at whatever byte the power
  fails, tests/power_fail shows of the real store. It has no money but a sum.
- RealBoard has the meter, the store, and a memory whose writes stop after any byte.
"""

from __future__ import annotations

import contextlib
import functools
import hmac
import operator
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol
from unittest import mock

from groschen.core import fields, keypad, tan_budget, tan_entry
from groschen.core.amount import Limbs
from groschen.core.calendar import QUARTER_S, QUARTERS_PER_DAY
from groschen.core.exchange import Tans
from groschen.core.keeper import Keeper
from groschen.core.meter import Meter
from groschen.core.setting import Setting
from groschen.core.state import State
from groschen.core.store import Store
from groschen.core.supply import CUSTOMER
from groschen.core.tan_entry import QUESTION, SEARCH, TanEntry
from groschen.core.tariff import Tariff
from groschen.core.timekeeper import Timekeeper
from groschencard import tan
from groschensim.clock import DAY_S, SimClock
from groschensim.nvm import PowerCut, SimNvm

if TYPE_CHECKING:
    from groschencard.keys import MeterKeys

START = 20_454 * DAY_S  # 2026-01-01
YEAR_S = 365 * DAY_S
HOUR_S = 3600
CREDIT = 100  # euro that a real meter begins with
MICRO = 1_000_000


class Keys:
    """The two keys that the entry uses."""

    def __init__(self, key: bytes) -> None:
        self.tan = key
        self.paygo = key[:16]


# -- a faster HMAC, and each number computed once: the same results


def fast_hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


@contextlib.contextmanager
def quick() -> Iterator[None]:
    """Lets the TAN code take its HMAC from C, and remember the numbers it has computed."""
    number = functools.lru_cache(maxsize=4096)(tan.number)
    with mock.patch.object(tan, "hmac_sha256", fast_hmac), mock.patch.object(tan, "number", number):
        yield


def typed(eur: int, number: str) -> str:
    """Returns a number as it is typed: with its check digit."""
    return number + str(tan.check_digit(eur, number))


# -- the boards


class LightMeter:
    """What TanEntry and Timekeeper need of a meter."""

    FIELDS = ("booked", "quarter", "second", "clock_lost", "held")

    def __init__(self) -> None:
        self.booked = 0  # euro
        self.quarter = START // QUARTER_S
        self.second = 0
        self.clock_lost = False
        self.held = False
        self.trusted_quarter = 0

    def top_up(self, amount: Limbs, by_card: bool) -> None:
        self.booked += amount.high

    def note_event(self, kind: int, detail: int, amount: object = None) -> None:
        pass

    def hold(self, held: bool) -> None:
        self.held = held

    def lose_clock(self, behind: int = 0) -> None:
        self.clock_lost = True

    def advance(self, day: int, second: int) -> None:
        self.quarter = day * QUARTERS_PER_DAY + second // QUARTER_S
        self.second = second % QUARTER_S

    def correct_clock(self, day: int, second: int, charge_from_now: bool) -> None:
        self.advance(day, second)
        self.clock_lost = self.held = False


_tans = operator.attrgetter(*fields.names(Tans))
_rest = operator.attrgetter(*LightMeter.FIELDS)


class LightState:
    """What TanEntry and Timekeeper need of a state."""

    def __init__(self) -> None:
        self.meter = LightMeter()
        self.tan = Tans()
        self.setting = Setting()


class LightKeeper:
    """Keeps a light meter's state, whole or not at all; `cut_in` so many commits the power fails."""

    def __init__(self) -> None:
        self.state = LightState()
        self.meter: Any = self.state.meter
        self.cut_in = -1
        self.cut_late = False  # only when the state is kept already
        self.works = True
        self.keep()

    def sealed(self) -> bool:
        return False

    def commit(self) -> bool:
        if self.cut_in < 0:
            if self.works:
                self.keep()
            return self.works
        self.cut_in -= 1
        if self.cut_in >= 0:
            self.keep()
            return True
        if self.cut_late:
            self.keep()
        raise PowerCut

    def keep(self) -> None:
        meter = self.meter
        tans = self.state.tan
        self.kept = (
            _tans(tans),
            tans.tries.appended,
            tans.tries.cells[:],
            _rest(meter),
        )

    def load(self) -> None:
        values, appended, cells, rest = self.kept
        self.state = LightState()
        meter = self.meter = self.state.meter
        tans = self.state.tan
        for name, value in zip(fields.names(Tans), values, strict=True):
            setattr(tans, name, value)
        tans.tries.appended = appended
        tans.tries.cells = cells[:]
        for name, value in zip(LightMeter.FIELDS, rest, strict=True):
            setattr(meter, name, value)


class Board(Protocol):
    """What both boards have."""

    meter: Any
    entry: TanEntry
    clock: SimClock

    @property
    def state(self) -> Any: ...

    def run(self, seconds: int) -> None: ...
    def restart(self, dark_s: int = 0) -> None: ...
    def cut(self, where: int, late: bool) -> None: ...
    def spare(self) -> bool: ...
    def booked(self) -> int: ...
    def card(self, eur: int) -> None: ...


class Typing:
    """What people do at the keys."""

    entry: TanEntry
    meter: Any
    keeper: Any

    @property
    def state(self) -> Any:
        return self.keeper.state

    def type(self, eur: str, digits: str, confirm: bool = True) -> int:
        """Types amount and number; returns what the display says of it, or NONE where the number is not judged."""
        entry = self.entry
        press = entry.press
        press(keypad.TAN)
        for digit in eur:
            press(ord(digit) - 48)
        press(keypad.OK)
        for digit in digits:
            press(ord(digit) - 48)
        if entry.state == QUESTION:
            press(keypad.OK if confirm else keypad.CORRECT)
        return entry.outcome

    def guess(self, eur: int, number: str) -> int:
        return self.type(str(eur), typed(eur, number))

    def service(self, code: str) -> int:
        return self.type("0", code)

    def token(self, digits: str) -> int:
        """Types a token of the open family, and waits for its search."""
        entry = self.entry
        entry.press(keypad.TAN)
        for digit in digits:
            entry.press(ord(digit) - 48)
        while entry.state == SEARCH:
            entry.pass_time(1)
        return entry.outcome

    def wait(self) -> int:
        """Returns the seconds until the entry opens, 0, or -1 for an operator."""
        quarters = tan_budget.wait(self.state.tan)
        return quarters * QUARTER_S if quarters > 0 else quarters


class LightBoard(Typing):
    """The entry over a keeper that keeps all or nothing."""

    timekeeper: type[Timekeeper] = Timekeeper

    def __init__(self, key: bytes, digits: int, keeper: type[LightKeeper] = LightKeeper) -> None:
        self.keys: Any = Keys(key)
        self.keeper: Any = keeper()
        self.meter = self.keeper.meter
        self.state.tan.digits = digits
        self.keeper.keep()
        self.clock = SimClock(START)
        self._build()

    def _build(self) -> None:
        self.time = self.timekeeper(self.keeper, self.clock)
        self.time.start()
        self.entry = TanEntry(self.keeper, self.keys)

    def run(self, seconds: int) -> None:
        """Lets the meter run, under power; each quarter hour is kept, so all but the last of them."""
        self.clock.now += seconds
        self.time.step()
        day, second = self.time.day, self.time.second
        self.meter.quarter = max(self.meter.quarter, day * QUARTERS_PER_DAY + second // QUARTER_S)
        self.meter.second = second % QUARTER_S
        self.keeper.commit()

    def restart(self, dark_s: int = 0) -> None:
        """Cuts the power for so long; a restart that is cut off begins anew."""
        self.clock.now += dark_s
        while True:
            try:
                self.keeper.load()
                self.meter = self.keeper.meter
                self.clock.restart()
                self._build()
                self.entry.resume()
                break
            except PowerCut:
                continue
        self.keeper.cut_in = -1

    def cut(self, where: int, late: bool) -> None:
        """Lets the power fail in one of the next commits, before or after the state is kept."""
        self.keeper.cut_in = where
        self.keeper.cut_late = late

    def spare(self) -> bool:
        """Takes a cut back that did not come; says whether there was one."""
        waiting: bool = self.keeper.cut_in >= 0
        self.keeper.cut_in = -1
        return waiting

    def booked(self) -> int:
        return int(self.meter.booked)

    def card(self, eur: int) -> None:
        self.meter.booked += eur
        self.keeper.commit()


class CutNvm(SimNvm):
    """A memory whose next cut is set while it is used."""

    def cut_after(self, written: int) -> None:
        self._cuts = [self.written + written]
        self._next = 0

    def spare(self) -> bool:
        waiting = self._next < len(self._cuts)
        self._cuts = []
        return waiting


class RealBoard(Typing):
    """The entry, a meter and its store over a memory that is cut off at a byte."""

    def __init__(self, key: bytes, digits: int, keys: MeterKeys | None = None) -> None:
        self.keys: Any = keys or Keys(key)
        self.nvm = CutNvm()
        self.clock = SimClock(START)
        tariff = Tariff()
        tariff.version = 1
        credit = Limbs()
        credit.high = CREDIT
        self.meter = Meter(1000, 0)
        self.meter.commission(START // DAY_S, START % DAY_S, CUSTOMER, tariff, credit, Limbs())
        self.keeper = Keeper(State(self.meter), Store(self.nvm))
        self.state.tan.digits = digits
        self.keeper.commit()
        self._build()

    def _build(self) -> None:
        self.time = Timekeeper(self.keeper, self.clock)
        self.time.start()
        self.entry = TanEntry(self.keeper, self.keys)

    def run(self, seconds: int) -> None:
        """Lets the meter run, a day at a time at most."""
        end = self.clock.now + seconds
        while self.clock.now < end:
            self.clock.now = min(end, self.clock.now + DAY_S)
            self.time.step()
            self.meter.advance(self.time.day, self.time.second)
            self.keeper.commit()

    def restart(self, dark_s: int = 0) -> None:
        self.clock.now += dark_s
        while True:
            try:
                self.clock.restart()
                store = Store(self.nvm)
                state = store.load()
                assert state
                self.meter = state.meter
                self.keeper = Keeper(state, store)
                self._build()
                self.keeper.resume(self.time.day, self.time.second, self.meter.seen)
                self.entry.resume()
                break
            except PowerCut:
                continue
        self.nvm.spare()

    def cut(self, where: int, late: bool) -> None:
        """Lets the power fail after so many bytes."""
        self.nvm.cut_after(where)

    def spare(self) -> bool:
        return self.nvm.spare()

    def booked(self) -> int:
        """Returns the whole euro of the balance beyond those it began with; the tariff costs nothing."""
        return self.meter.account.balance.value() // MICRO - CREDIT

    def card(self, eur: int) -> None:
        amount = Limbs()
        amount.high = eur
        self.meter.top_up(amount, True)
        self.keeper.commit()


OUTCOMES = {getattr(tan_entry, name): name for name in (
    "NONE", "BOOKED", "MISTYPED", "USED", "WRONG", "LOCKED", "NEEDS_OPERATOR", "OPENED", "CANCELLED", "BAD_AMOUNT",
    "MEMORY", "OTHER_TOKEN", "OFF",
)}  # fmt: skip
