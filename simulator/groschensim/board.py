# SPDX-License-Identifier: Apache-2.0
"""The simulated board: builds a meter from a tape and does to it what the tape's events say.

A tape is a scenario in integers, as `groschensim.scenario` reads it. Runs on CPython and MicroPython alike.
"""

from array import array

from groschen.core.amount import Limbs
from groschen.core.calendar import LEGAL, QUARTER_S
from groschen.core.meter import Meter
from groschen.core.tariff import Tariff
from groschen.core.windows import Windows
from groschencard.compat import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any, Callable

    Tape = dict[str, Any]

DAY_S = const(86400)


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


class Board:
    """A meter, its relay, and the world's clock in seconds since 1970."""

    def __init__(self, tape: "Tape") -> None:
        zone = LEGAL if tape["zone"] == "legal" else tape["zone"]
        self.now: int = tape["start_s"]
        self.relay: bool = False
        self.disconnections: "list[tuple[int, int]]" = []  # when the relay opened, and why
        self.connections: "list[int]" = []  # when it closed
        self.versions: int = 1
        self.meter = Meter(tape["imp_per_kwh"], zone)
        self.meter.set_confirm(tape["confirm_reconnect"])
        opening = amount(tape["balance_ueur"]), amount(tape["debt_ueur"])
        self.meter.commission(*self.instant(), tape["mode"], tariff(tape["tariff"], self.versions), *opening)
        self.set_credit(tape["credit"])
        self.switch_relay()

    def instant(self) -> "tuple[int, int]":
        """Return the world's clock as the core takes it: UTC day, and second of it."""
        return self.now // DAY_S, self.now % DAY_S

    def advance(self, now: int) -> None:
        """Let the time of world and meter pass to a second since 1970."""
        self.now = now
        self.meter.advance(*self.instant())
        self.switch_relay()

    def count(self, pulses: int) -> None:
        """Let pulses fall now."""
        self.meter.count(pulses)
        self.switch_relay()

    def switch_relay(self) -> None:
        """Let the relay follow the supply."""
        supply = self.meter.supply
        if self.relay and not supply.on:
            self.disconnections.append((self.now, supply.cause))
        elif supply.on and not self.relay:
            self.connections.append(self.now)
        self.relay = supply.on

    def restart(self) -> None:
        """Build the meter anew from nothing but its saved state."""
        saved = self.meter.save()
        self.meter = Meter(self.meter.imp, self.meter.zone)
        self.meter.restore(saved)

    def do(self, kind: str, payload: "Any") -> None:
        """Do what an event says, now."""
        EVENTS[kind](self, payload)
        self.switch_relay()

    def set_credit(self, table: "Tape") -> None:
        """Bring windows and emergency credit to the meter."""
        limit = amount(table["emergency_limit_ueur"])
        threshold = amount(table["emergency_threshold_ueur"])
        self.meter.set_credit(windows(table), limit, threshold)

    def set_tariff(self, table: "Tape") -> None:
        """Bring a newer tariff to the meter, in force at once."""
        self.versions += 1
        self.meter.set_tariff(tariff(table, self.versions))


EVENTS: "dict[str, Callable[[Board, Any], object]]" = {
    "topup": lambda board, ueur: board.meter.top_up(amount(ueur), True),
    "tan": lambda board, ueur: board.meter.top_up(amount(ueur), False),
    "card": lambda board, _: board.meter.insert_card(),
    "debt": lambda board, ueur: board.meter.add_debt(amount(ueur)),
    "tariff": lambda board, table: board.set_tariff(table),
    "credit": lambda board, table: board.set_credit(table),
    "mode": lambda board, mode: board.meter.set_mode(mode),
    "emergency": lambda board, _: board.meter.press_emergency(),
    "confirm": lambda board, _: board.meter.press_confirm(),
    "power_off": lambda board, _: board.meter.power_off(),
    "power_on": lambda board, _: board.meter.power_on(*board.instant()),
}
"""What each event of a tape does to a board, with its payload."""
