# SPDX-License-Identifier: Apache-2.0
"""The meter once more, slow and obvious: written from the rulebook alone, to judge the firmware by.

Every whole minute, every event, every pulse and every edge of the credit span is visited; what a component has charged
is the definition itself, evaluated anew from the pulses it has seen at each price.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

Table = dict[str, Any]

CUSTOMER, REFUND, FREE, LOCKED = range(4)
MODES = ("CUSTOMER", "REFUND", "FREE", "LOCKED")
DIVISIONS = ("electricity", "gas", "water")
BERLIN = ZoneInfo("Europe/Berlin")
EPOCH = dt.date(1970, 1, 1)
ONE_DAY = dt.timedelta(days=1)


def iso(second: int) -> str:
    return dt.datetime.fromtimestamp(second, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@cache
def easter_sunday(year: int) -> dt.date:
    """Gives Easter by the paschal full moon: golden number and epact, with the two exceptions of 1582."""
    century = year // 100 + 1
    epact = (14 + 11 * (year % 19) - 3 * century // 4 + (5 + 8 * century) // 25) % 30
    if epact == 0 or (epact == 1 and year % 19 > 10):
        epact += 1
    full_moon = dt.date(year, 4, 19) - dt.timedelta(days=epact)
    return full_moon + dt.timedelta(days=7 - (full_moon.weekday() + 1) % 7)


def is_holiday(date: dt.date, rules: Sequence[Sequence[int]]) -> bool:
    for kind, a, b, first_year, last_year in rules:
        if not first_year <= date.year <= last_year:
            continue
        if kind == 0 and (date.month, date.day) == (a, b):
            return True
        if kind == 1 and date == easter_sunday(date.year) + dt.timedelta(days=a):
            return True
        if kind == 2:
            before = dt.date(date.year, b // 100, b % 100)
            if date.weekday() == a and 0 < (before - date).days <= 7:
                return True
    return False


class Component:
    """One price component: which prices it has seen for how many units, and what it has charged."""

    def __init__(self, imp_per_kwh: int) -> None:
        self.imp_per_kwh = imp_per_kwh
        self.seen: Counter[int] = Counter()
        self.charged = 0

    def see(self, units: int, price: int) -> int:
        """Gives the charge that becomes due."""
        self.seen[price] += units
        due = sum(n * p for p, n in self.seen.items()) // self.imp_per_kwh
        charge = due - self.charged
        self.charged = due
        return charge

    def clear(self) -> None:
        self.seen.clear()
        self.charged = 0


class ReferenceMeter:
    """A meter that plays a tape and its load."""

    def __init__(self, tape: Table, load: Sequence[int]) -> None:
        self.tape = tape
        self.load = load
        self.tariff: Table = tape["tariff"]
        self.credit: Table = tape["credit"]
        self.imp: int = tape["imp_per_kwh"]
        self.balance = 0
        self.debt: int = tape["debt_ueur"]
        self.topups = 0
        self.refunds = 0
        self.mode: int = tape["mode"]
        self.emergency = False
        self.activations = 0
        self.on = False
        self.powered = True
        self.off_seconds = 0
        self.off_since: int | None = tape["start_s"]
        self.disconnections: list[tuple[int, str]] = []
        self.pulses = {"ht": 0, "nt": 0}
        self.components = {name: Component(self.imp) for name in ("ht", "nt", "power", "debt_kwh")}
        names = ["ht", "nt", "power", *(f"base_{d}" for d in DIVISIONS), "debt_kwh", *(f"debt_{d}" for d in DIVISIONS)]
        self.charges = dict.fromkeys(names, 0)
        self.quarter_pulses = 0
        self.charged_maximum = 0  # of the running period, in pulses
        self.maxima: list[tuple[str, int, int]] = []  # period, pulses, end of the quarter hour
        self.closing = ""  # the period that a tariff has ended within this quarter hour
        self.debt_added = self.debt
        self.days: list[Table] = []
        self.day_began_with = {"ht": 0, "nt": 0, "cost": 0}
        self.profile: list[int] = []
        self.month_starts: list[Table] = []
        self.closed_through: int = tape["start_s"]  # boundaries up to here are done

    # ---- time

    def local(self, second: int) -> dt.datetime:
        utc = dt.datetime.fromtimestamp(second, dt.UTC)
        if self.tape["zone"] == "legal":
            return utc.astimezone(BERLIN)
        return utc + dt.timedelta(minutes=15 * self.tape["zone"])

    def is_rest(self, date: dt.date) -> bool:
        return date.weekday() >= 5 or is_holiday(date, self.tariff["holidays"])

    def is_ht(self, second: int) -> bool:
        wall = self.local(second)
        date = wall.date()
        if date.weekday() == 6 or is_holiday(date, self.tariff["holidays"]):
            spans = self.tariff["ht_sunday"]
        else:
            spans = self.tariff["ht_saturday" if date.weekday() == 5 else "ht_workday"]
        return any(start <= wall.hour * 60 + wall.minute < end for start, end in spans)

    def is_protected(self, second: int) -> bool:
        wall = self.local(second)
        date, minute = wall.date(), wall.hour * 60 + wall.minute
        return (
            self._in_daily(minute)
            or self._in_weekend(date, minute)
            or (date - EPOCH).days in self.credit["days"]
            or bool(self.credit["span"] and self.credit["span"][0] <= second < self.credit["span"][1])
        )

    def _in_daily(self, minute: int) -> bool:
        if not self.credit["daily"]:
            return False
        start, end = self.credit["daily"]
        return start <= minute < end if start < end else (minute >= start or minute < end)

    def _in_weekend(self, date: dt.date, minute: int) -> bool:
        if not self.credit["weekend"]:
            return False
        start, end = self.credit["weekend"]
        if self.is_rest(date):
            return True
        return (minute >= start and self.is_rest(date + ONE_DAY)) or (minute < end and self.is_rest(date - ONE_DAY))

    # ---- supply

    def has_credit(self) -> bool:
        bound = -self.credit["emergency_limit_ueur"] if self.emergency else 0
        return self.balance > bound

    def may_supply(self) -> bool:
        return self.mode == FREE or (self.mode != LOCKED and self.has_credit())

    def judge(self, second: int) -> None:
        if not self.powered:
            return
        if self.on and self.mode == LOCKED:
            self._disconnect(second, "locked")
        elif self.on and not self.may_supply() and not self.is_protected(second):
            self._disconnect(second, "credit")
        elif not self.on and self.may_supply() and not self.needs_key(second):
            self._connect(second)

    def needs_key(self, second: int) -> bool:
        return self.tape["confirm_reconnect"] and second != self.tape["start_s"]

    def _disconnect(self, second: int, cause: str) -> None:
        self.on = False
        self.off_since = second
        self.disconnections.append((second, cause))

    def _connect(self, second: int) -> None:
        self.on = True
        self._count_off(second)

    def _count_off(self, second: int) -> None:
        if self.off_since is not None:
            self.off_seconds += second - self.off_since
        self.off_since = None

    # ---- money

    def charge(self, name: str, ueur: int) -> None:
        self.charges[name] += ueur
        self.balance -= ueur

    def charge_debt(self, name: str, ueur: int) -> None:
        paid = min(ueur, self.debt)
        self.charge(name, paid)
        self.debt -= paid
        if self.debt == 0:
            self.components["debt_kwh"].clear()

    def split(self, rate: int, share: Sequence[int]) -> list[int]:
        gas, water = rate * share[1] // 100, rate * share[2] // 100
        return [rate - gas - water, gas, water]

    # ---- what happens

    def pulse(self, second: int) -> None:
        if not (self.powered and self.on):
            return
        name = "ht" if self.is_ht(second) else "nt"
        self.pulses[name] += 1
        self.quarter_pulses += 1
        if self.mode != FREE:
            self.charge(name, self.components[name].see(1, self.tariff[f"{name}_ueur_per_kwh"]))
            if self.debt > 0:
                self.charge_debt("debt_kwh", self.components["debt_kwh"].see(1, self.tariff["debt_ueur_per_kwh"]))
        self.judge(second)

    def period(self, second: int) -> str:
        return self.local(second).strftime("%Y" if self.tariff["power_yearly"] else "%Y-%m")

    def end_quarter(self, end: int) -> None:
        n, self.quarter_pulses = self.quarter_pulses, 0
        self.profile.append(n)
        closing, self.closing = self.closing, ""
        period = closing or self.period(end - 900)
        if n > self.maximum(period)[0]:
            if self.maxima and self.maxima[-1][0] == period:
                self.maxima.pop()
            self.maxima.append((period, n, end))
        if self.mode != FREE and n > self.charged_maximum and not closing:
            if self.tariff["power_continuous"]:
                self.charge_power(n - self.charged_maximum)
            self.charged_maximum = n

    def maximum(self, period: str) -> tuple[int, int]:
        """Gives the newest period's maximum, and zero where it is another one."""
        return self.maxima[-1][1:] if self.maxima and self.maxima[-1][0] == period else (0, 0)

    def charge_power(self, pulses: int) -> None:
        self.charge("power", self.components["power"].see(4 * pulses, self.tariff["power_ueur_per_kw"]))

    def midnight(self, second: int) -> None:
        self.close_day(second)
        if self.period(second) != self.period(second - 1):
            if not self.tariff["power_continuous"] and self.mode != FREE:
                self.charge_power(self.charged_maximum)
            self.charged_maximum = 0
        if self.local(second).day == 1:
            self.month_starts.append(self.snapshot(second))
        if self.mode == FREE:
            return
        base = self.split(self.tariff["base_ueur_per_day"], self.tariff["base_share"])
        for division, part in zip(DIVISIONS, base, strict=True):
            self.charge(f"base_{division}", part)
        if self.debt > 0:
            debt = self.split(self.tariff["debt_ueur_per_day"], self.tariff["debt_share"])
            for division, part in zip(DIVISIONS, debt, strict=True):
                self.charge_debt(f"debt_{division}", part)

    def close_day(self, second: int) -> None:
        now = {**self.pulses, "cost": sum(self.charges.values())}
        day = {name: now[name] - self.day_began_with[name] for name in now}
        self.days.append(
            {
                "day": self.local(second - 1).date().isoformat(),
                "ht_pulses": day["ht"],
                "nt_pulses": day["nt"],
                "cost_ueur": day["cost"],
                "full": bool(self.days),  # no midnight began the first day
            }
        )
        self.day_began_with = now

    def snapshot(self, second: int) -> Table:
        # of the period that the day before belonged to
        pulses, end = self.maximum(self.period(second - 1))
        return {
            "at": iso(second),
            "disconnections": len(self.disconnections),
            "max_demand_pulses": pulses,
            "max_demand_at": iso(end) if pulses else None,
            "energy_ht_pulses": self.pulses["ht"],
            "energy_nt_pulses": self.pulses["nt"],
            **{f"{name}_ueur": ueur for name, ueur in self.charges.items()},
            "topups_ueur": self.topups,
            "refunds_ueur": self.refunds,
            "debt_added_ueur": self.debt_added,
            "debt_ueur": self.debt,
            "balance_ueur": self.balance,
        }

    def boundaries(self, until: int) -> None:
        """Processes every quarter hour's end after the last one processed, up to this second."""
        for end in range((self.closed_through // 900 + 1) * 900, until + 1, 900):
            self.end_quarter(end)
            if self.local(end).date() != self.local(end - 1).date():
                self.midnight(end)
            self.closed_through = end

    def top_up(self, ueur: int) -> None:
        self.balance += ueur
        self.topups += ueur
        if self.balance > 0:
            self.emergency = False

    def event(self, second: int, kind: str, payload: Any) -> None:
        getattr(self, f"do_{kind}")(second, payload)
        self.judge(second)

    def do_topup(self, second: int, ueur: int) -> None:
        self.top_up(ueur)
        if self.mode == FREE:
            self.mode = CUSTOMER

    def do_tan(self, second: int, ueur: int) -> None:
        self.top_up(ueur)

    def do_card(self, second: int, nothing: None) -> None:
        if self.mode == REFUND and self.balance > 0:
            self.refunds += self.balance
            self.balance = 0

    def do_debt(self, second: int, ueur: int) -> None:
        self.debt += ueur
        self.debt_added += ueur

    def do_tariff(self, second: int, table: Table) -> None:
        old = self.tariff
        if (old["power_continuous"], old["power_yearly"]) != (table["power_continuous"], table["power_yearly"]):
            if second % 900 and not self.closing:
                self.closing = self.period(second - second % 900)
            if not old["power_continuous"] and self.mode != FREE:
                self.charge_power(self.charged_maximum)
            self.charged_maximum = 0
        self.tariff = table

    def do_credit(self, second: int, table: Table) -> None:
        self.credit = table

    def do_mode(self, second: int, mode: int) -> None:
        self.mode = mode

    def do_emergency(self, second: int, nothing: None) -> None:
        allowed = self.mode in (CUSTOMER, REFUND) and self.credit["emergency_limit_ueur"] > 0 and not self.emergency
        if allowed and self.balance <= self.credit["emergency_threshold_ueur"]:
            self.emergency = True
            self.activations += 1

    def do_confirm(self, second: int, nothing: None) -> None:
        if not self.on and self.may_supply():
            self._connect(second)

    def do_power_off(self, second: int, nothing: None) -> None:
        self.powered = False
        self._count_off(second)

    def do_power_on(self, second: int, nothing: None) -> None:
        self.boundaries(second)  # nothing is judged meanwhile: there is no power yet
        self.powered = True
        if not self.on:
            self.off_since = second

    # ---- the run

    def play(self) -> ReferenceMeter:
        start, end = self.tape["start_s"], self.tape["end_s"]
        self.top_up(self.tape["balance_ueur"])
        events = list(self.tape["events"])
        falling = self.falling_pulses()
        for second in self.seconds(falling):
            if self.powered and second > start:
                self.boundaries(second)
            self.judge(second)
            while events and events[0][0] == second:
                self.event(*events.pop(0))
            for _ in range(falling[second]):
                self.pulse(second)
        self._count_off(end)
        return self

    def falling_pulses(self) -> Counter[int]:
        """Counts the pulses of each second."""
        falling: Counter[int] = Counter()
        for index, n in enumerate(self.load):
            t = (self.tape["first_quarter"] + index) * 900
            falling.update(t + (900 * k) // n for k in range(n))
        return falling

    def seconds(self, falling: Counter[int]) -> list[int]:
        """Gives every second in which something may happen, in order."""
        start, end = self.tape["start_s"], self.tape["end_s"]
        candidates = set(range(start, end, 60)) | set(falling)
        candidates.update(event[0] for event in self.tape["events"])
        for table in [self.credit, *(event[2] for event in self.tape["events"] if event[1] == "credit")]:
            candidates.update(table["span"])
        return sorted(second for second in candidates if start <= second < end)

    def result(self) -> Table:
        ht, nt = self.pulses["ht"], self.pulses["nt"]
        newest = self.maxima[-13:]
        return {
            "balance_ueur": self.balance,
            "debt_ueur": self.debt,
            "topups_ueur": self.topups,
            "refunds_ueur": self.refunds,
            "pulses": {"total": ht + nt, "ht": ht, "nt": nt},
            "charges_ueur": dict(self.charges),
            "max_demand": [{"period": p, "pulses": n, "at": iso(at)} for p, n, at in newest],
            "supply": {
                "on": self.on,
                "off_seconds": self.off_seconds,
                "disconnections": [{"at": iso(at), "cause": cause} for at, cause in self.disconnections],
            },
            "emergency": {"active": self.emergency, "activations": self.activations},
            "mode": MODES[self.mode],
        }

    def read_out(self) -> Table:
        """Gives those of the registers that `groschensim.result.read_out` gives and a short run can judge."""
        return {
            "daily": self.days[-62:],
            "months": self.month_starts[-12:],
            "profile": {"start": iso(self.tape["start_s"] // 900 * 900), "pulses": self.profile},
        }


def play(tape: Table, load: Sequence[int]) -> Table:
    """Gives a run's result."""
    return ReferenceMeter(tape, load).play().result()
