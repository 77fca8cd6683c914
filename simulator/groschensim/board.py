# SPDX-License-Identifier: Apache-2.0
"""The simulated board: builds a meter from a tape and does to it what the tape's events say.

A tape is a scenario in integers, as `groschensim.scenario` reads it. Runs on CPython and MicroPython alike.
"""

from array import array

from groschen.core import keypad, wholemeter
from groschen.core.amount import MICRO, Limbs
from groschen.core.calendar import LEGAL, QUARTER_S, QUARTERS_PER_DAY
from groschen.core.keeper import Keeper
from groschen.core.meter import PULSE_COUNT, Meter
from groschen.core.session import CardSession
from groschen.core.state import State
from groschen.core.store import Store
from groschen.core.tan_entry import QUESTION, TanEntry
from groschen.core.tariff import Tariff
from groschen.core.windows import Windows
from groschencard import const, records
from groschencard.keys import MeterKeys, of_life
from groschencard.mac import hmac_sha256
from groschensim.cards import Desk, SimSlot
from groschensim.nvm import PowerCut

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any, Callable

    from groschensim.nvm import SimNvm

    Tape = dict[str, Any]

DAY_S = const(86400)

# The numbers of the two cards that a scenario has. Credit comes on the customer's; debt, tariff, windows and modes on
# the technician's, since a customer card without new credit takes the balance back in REFUND.
_CUSTOMER_CARD = const(1)
_SERVICE_CARD = const(2)


def amount(ueur: int) -> Limbs:
    """Return an amount of micro-euro."""
    limbs = Limbs()
    limbs.set_value(ueur)
    return limbs


def flat(rows: "list[list[int]]") -> "array[int]":
    """Return the integers of all rows, one after the other."""
    out = array("i")
    for row in rows:
        out.extend(array("i", row))
    return out


def tariff(table: "Tape", version: int) -> Tariff:
    """Return the tariff of a tape's table."""
    new = Tariff()
    new.version = version
    new.ht = table["ht_ueur_per_kwh"]
    new.nt = table["nt_ueur_per_kwh"]
    new.power = table["power_ueur_per_kw"]
    new.continuous = bool(table["power_continuous"])
    new.yearly = bool(table["power_yearly"])
    new.base = table["base_ueur_per_day"]
    new.base_gas, new.base_water = table["base_share"][1:]
    new.debt_kwh = table["debt_ueur_per_kwh"]
    new.debt_day = table["debt_ueur_per_day"]
    new.debt_gas, new.debt_water = table["debt_share"][1:]
    new.workday = flat(table["ht_workday"])
    new.saturday = flat(table["ht_saturday"])
    new.sunday = flat(table["ht_sunday"])
    new.holidays = flat(table["holidays"])
    return new


def windows(table: "Tape") -> Windows:
    """Return the windows of a tape's table."""
    new = Windows()
    if table["daily"]:
        new.daily_start, new.daily_end = table["daily"]
    if table["weekend"]:
        new.weekend_start, new.weekend_end = table["weekend"]
    new.days = array("i", table["days"])
    if table["span"]:
        start, end = table["span"]
        new.span_quarter, new.span_second = start // QUARTER_S, start % QUARTER_S
        new.span_end_quarter, new.span_end_second = end // QUARTER_S, end % QUARTER_S
    return new


class Unkept(Keeper):
    """A keeper where no memory is simulated: whatever is to be kept is."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.meter = state.meter

    def sealed(self) -> bool:
        """Say whether nothing is kept: all is."""
        return False

    def commit(self) -> bool:
        """Keep the state."""
        return True


SIMULATED_UTILITY = const(0)
"""The number of the utility of a meter that only a simulator knows; no utility has it."""


def simulated_key(serial: str, life: int = 1) -> bytes:
    """Return the key of a meter that only a simulator knows."""
    return hmac_sha256(of_life(b"groschen simulator", life), serial.encode())


def simulated_keys(serial: str, life: int = 1) -> MeterKeys:
    """Return the keys that follow from it."""
    return MeterKeys(simulated_key(serial, life), SIMULATED_UTILITY, serial.encode(), life)


class Board:
    """A meter, its relay, and the world's clock in seconds since 1970.

    With a memory the meter is kept in it, and whenever the memory is cut off in a write, the meter is built anew from
    the memory's bytes alone. The board's pulse count outlives that, the relay latches, and people repeat what was not
    finished.
    """

    def __init__(self, tape: "Tape", nvm: "SimNvm | None" = None) -> None:
        self._tape = tape
        self._nvm = nvm
        self.keys = simulated_keys(tape["serial"])
        self._desk = Desk(self.keys)
        self._cards: "tuple[bytearray, ...]" = (
            self._desk.issue(records.CUSTOMER, _CUSTOMER_CARD),
            self._desk.issue(records.SERVICE, _SERVICE_CARD),
        )
        self.slot = SimSlot()
        self.outcome: int = 0  # of the last card session or number typed in
        self._keeper: "Keeper | None" = None
        self.now: int = tape["start_s"]
        self.pulses: int = 0
        self.relay: bool = False
        self._dark: bool = False  # the world's power is off, so that a restart does not mean its return
        self.restarts: int = 0
        self.disconnections: "list[tuple[int, int]]" = []  # when the relay opened, and why
        self.connections: "list[int]" = []  # when it closed
        self.state = self._commissioned()
        if nvm:
            self._start()
        self.switch_relay()

    @property
    def meter(self) -> Meter:
        """The meter's rules."""
        return self.state.meter

    def instant(self) -> "tuple[int, int]":
        """Return the world's clock as the core takes it: UTC day, and second of it."""
        return self.now // DAY_S, self.now % DAY_S

    def advance(self, now: int) -> None:
        """Let the time of world and meter pass to a second since 1970."""
        self.now = now
        self._survive(self._advance, True)

    def pass_quarter(self, quarter: int) -> None:
        """Let a meter without power of its own make up for the time up to a UTC quarter hour since 1970."""
        day = quarter // QUARTERS_PER_DAY
        self._survive(lambda: self.meter.advance(day, quarter % QUARTERS_PER_DAY * QUARTER_S), True)

    def count(self, pulses: int) -> None:
        """Let pulses fall now."""
        self.pulses = self.pulses + pulses & PULSE_COUNT
        # The board keeps its count, so that pulses need no commit of their own unless one of them opened the supply.
        self._survive(self._count, False)

    def do(self, kind: str, payload: "Any", number: int) -> None:
        """Do what an event says, now; its number tells it from all others."""
        self._survive(lambda: EVENTS[kind](self, payload, number), True)
        if kind == "power_on":
            self._dark = False

    def by_card(self, card: int, write: "Callable[[Desk, bytearray], None]") -> None:
        """Let the desk write one of the two cards, and a person put it into the meter and take it out again."""
        write(self._desk, self._cards[card])
        self.insert(self._cards[card])

    def type_tan(self, number: int, eur: int) -> None:
        """Let a person type a TAN that was bought, key by key, and confirm what the meter asks."""
        typed = self._desk.tan(number, eur, self.state.tan.digits)
        entry = TanEntry(self._keeper or Unkept(self.state), self.keys)
        entry.press(keypad.TAN)
        for digit in str(eur):
            entry.press(int(digit))
        entry.press(keypad.OK)
        for digit in typed:
            entry.press(int(digit))
        if entry.state == QUESTION:
            entry.press(keypad.OK)
        self.outcome = entry.outcome

    def insert(self, image: bytearray) -> None:
        """Let a card be put into the meter and stay there until there is something to show."""
        keeper = self._keeper or Unkept(self.state)
        session = CardSession(keeper, self.slot, self.keys)
        self.slot.card = image
        try:
            session.run()
            self.outcome = session.outcome
        finally:
            self.slot.card = None

    def restart(self) -> None:
        """Build the meter anew from nothing but what is kept of it."""
        if self._nvm:
            self._start()
            return
        saved = wholemeter.save(self.state)
        self.state = State(Meter(self.meter.imp, self.meter.zone))
        wholemeter.restore(self.state, saved)

    def set_credit(self, table: "Tape") -> None:
        """Bring windows and emergency credit to the meter."""
        limit = amount(table["emergency_limit_ueur"])
        threshold = amount(table["emergency_threshold_ueur"])
        self.meter.set_credit(windows(table), limit, threshold)

    def read_profile(self) -> None:
        """Read the quarter hours that only the memory has."""
        if self._nvm:
            wholemeter.load_profile(self.meter, Store(self._nvm))

    def lose_power(self) -> None:
        """Let the meter lose its own power, unless that is kept already."""
        self._dark = True
        if self.meter.powered:
            self.meter.power_off()

    def regain_power(self) -> None:
        """Let the meter have power again, unless that is kept already."""
        if not self.meter.powered:
            self.meter.power_on(*self.instant())

    def _advance(self) -> None:
        self.meter.advance(*self.instant())

    def _count(self) -> None:
        self.meter.count_up_to(self.pulses)

    def _commissioned(self) -> State:
        tape = self._tape
        meter = Meter(tape["imp_per_kwh"], LEGAL if tape["zone"] == "legal" else tape["zone"])
        meter.set_confirm(tape["confirm_reconnect"])
        opening = amount(tape["balance_ueur"]), amount(tape["debt_ueur"])
        meter.commission(*self.instant(), tape["mode"], tariff(tape["tariff"], 1), *opening)
        self.state = State(meter)
        self.state.owner = self.keys.memory
        self.set_credit(tape["credit"])
        return self.state

    def _survive(self, action: "Callable[[], object]", commit: bool) -> None:
        """Do something and keep it, however often the memory is cut off meanwhile; then let the relay follow."""
        while True:
            try:
                action()
                if self._keeper and (commit or self.meter.supply.on != self.relay):
                    self._keeper.commit()
                break
            except PowerCut:
                self._start()
        self.switch_relay()

    def _start(self) -> None:
        """Start from the memory; a meter that it does not hold yet is commissioned again."""
        nvm = self._nvm
        while nvm:
            try:
                self.restarts += 1
                store = Store(nvm)
                kept = store.load()
                self.state = kept or self._commissioned()
                self._keeper = Keeper(self.state, store)
                if self.meter.powered or not self._dark:
                    self._keeper.resume(*self.instant(), self.pulses)
                    TanEntry(self._keeper, self.keys).resume()
                break
            except PowerCut:
                continue

    def switch_relay(self) -> None:
        """Let the relay follow the supply."""
        supply = self.meter.supply
        if self.relay and not supply.on:
            self.disconnections.append((self.now, supply.cause))
        elif supply.on and not self.relay:
            self.connections.append(self.now)
        self.relay = supply.on


EVENTS: "dict[str, Callable[[Board, Any, int], object]]" = {
    "topup": lambda board, ueur, number: board.by_card(
        records.CUSTOMER, lambda desk, card: desk.credit(card, number, ueur)
    ),
    "tan": lambda board, ueur, number: board.type_tan(number, ueur // MICRO),
    "card": lambda board, _, _number: board.by_card(records.CUSTOMER, lambda _desk, _card: None),
    "debt": lambda board, ueur, number: board.by_card(
        records.SERVICE, lambda desk, card: desk.debt(card, number, ueur)
    ),
    "tariff": lambda board, table, number: board.by_card(
        records.SERVICE, lambda desk, card: desk.tariff(card, number, table, board.meter.agenda.clock.date.year)
    ),
    "credit": lambda board, table, number: board.by_card(
        records.SERVICE,
        lambda desk, card: desk.contract(card, number, table, board.state),
    ),
    "mode": lambda board, mode, number: board.by_card(
        records.SERVICE, lambda desk, card: desk.command(card, number, records.SET_MODE, mode)
    ),
    "emergency": lambda board, _, _number: board.meter.press_emergency(),
    "confirm": lambda board, _, _number: board.meter.press_confirm(),
    "power_off": lambda board, _, _number: board.lose_power(),
    "power_on": lambda board, _, _number: board.regain_power(),
}
"""What each event of a tape does to a board, with its payload and its number: a tariff's version, a credit's number."""
