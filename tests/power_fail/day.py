# SPDX-License-Identifier: Apache-2.0
"""A scripted night around a month's start in which every kind of write happens, and a board to play it on."""

from __future__ import annotations

import copy
from array import array
from typing import TYPE_CHECKING, Any

from groschen.core import fields, wholemeter
from groschen.core.calendar import QUARTER_S
from groschen.core.meter import Meter
from groschen.core.state import State
from groschensim import board as boards
from groschensim.play import Player
from tests.core.house import day, seconds

if TYPE_CHECKING:
    from groschensim.nvm import SimNvm

Table = dict[str, Any]
Kept = dict[str, Any]

EUR = 1_000_000
CUSTOMER, REFUND, FREE, LOCKED = range(4)

TARIFF: Table = {
    "ht_ueur_per_kwh": 318_900,
    "nt_ueur_per_kwh": 251_237,
    "power_ueur_per_kw": 2_505_000,
    "base_ueur_per_day": 394_500,
    "debt_ueur_per_kwh": 45_003,
    "debt_ueur_per_day": 300_000,
    "power_continuous": 0,
    "power_yearly": 0,
    "base_share": [60, 30, 10],
    "debt_share": [20, 40, 40],
    "ht_workday": [[360, 720], [790, 1320]],
    "ht_saturday": [[360, 1320]],
    "ht_sunday": [],
    "holidays": [[0, 12, 25, 2020, 2030], [0, 1, 1, 2020, 2030]],
}
CREDIT: Table = {
    "emergency_limit_ueur": 1_400_000,
    "emergency_threshold_ueur": EUR + 1,
    "daily": [],
    "weekend": [],
    "days": [],
    "span": [],
}

ALL_WINDOWS: Table = {
    **CREDIT,
    "daily": [1080, 480],
    "weekend": [720, 540],
    "days": [day("2026-12-24"), day("2026-12-31")],
    "span": [seconds("2026-08-04 10:00:07"), seconds("2026-08-06 10:01:01")],
}

# At a local time: what happens, and with what.
STORY: list[tuple[str, str, Any]] = [
    ("2026-01-31 21:55:10", "debt", 15 * EUR),
    ("2026-01-31 21:57", "tan", EUR),
    # 22:00 is the end of HT.
    ("2026-01-31 22:03:03", "later", ({**TARIFF, "nt_ueur_per_kwh": 400_001}, "2026-01-31 23:20:30")),
    ("2026-01-31 22:04:04", "later", ({**TARIFF, "nt_ueur_per_kwh": 400_003}, "2026-01-31 23:20:30")),
    ("2026-01-31 22:05", "billing", ["2026-02-01", "2026-06-15"]),
    ("2026-01-31 22:06", "warn", (5, 7 * EUR + 1)),
    ("2026-01-31 22:10:07", "credit", {**CREDIT, "daily": [1370, 20], "days": [day("2026-12-24")]}),
    # The credit ends at a pulse.
    ("2026-01-31 22:41", "emergency", None),
    ("2026-01-31 22:42", "confirm", None),
    # From 22:50 to 00:20 is a window, with a warning that it ends an hour before; the other tariff starts at 23:20:30.
    ("2026-01-31 22:47", "tan", 2 * EUR),
    ("2026-01-31 22:48", "confirm", None),
    ("2026-01-31 23:31", "topup", 20 * EUR),
    ("2026-01-31 23:31", "confirm", None),
    ("2026-01-31 23:40", "mode", REFUND),
    ("2026-01-31 23:41", "card", None),
    ("2026-01-31 23:43", "topup", 60 * EUR),
    ("2026-01-31 23:43", "confirm", None),
    ("2026-01-31 23:44", "mode", LOCKED),
    ("2026-01-31 23:46", "mode", FREE),
    ("2026-01-31 23:47", "tariff", {**TARIFF, "nt_ueur_per_kwh": 300_007}),
    ("2026-01-31 23:50", "topup", 7 * EUR + 10_000),
    ("2026-01-31 23:50", "confirm", None),
    # Midnight: a day, a month with its settlement and snapshot, and a billing date.
    ("2026-02-01 00:03", "credit", ALL_WINDOWS),
    ("2026-02-01 00:10:11", "power_off", None),
    ("2026-02-01 00:32", "power_on", None),
    ("2026-02-01 00:32", "confirm", None),
    ("2026-02-01 00:36", "later", ({**TARIFF, "nt_ueur_per_kwh": 350_009}, "2026-02-01 06:00")),
]
START = seconds("2026-01-31 21:52")
END = seconds("2026-02-01 00:50")
PULSES = (700, 900, 1500, 1800, 4000, 4000, 1501, 901, 700, 801, 350, 999, 1001)


def tape() -> Table:
    return {
        "serial": "1TST0000000003",
        "imp_per_kwh": 1000,
        "start_s": START,
        "end_s": END,
        "zone": "legal",
        "balance_ueur": EUR // 10,
        "debt_ueur": 0,
        "mode": CUSTOMER,
        "confirm_reconnect": True,
        "tariff": TARIFF,
        "credit": CREDIT,
        "events": [[seconds(at), kind, payload] for at, kind, payload in STORY],
        "first_quarter": START // QUARTER_S,
    }


def load() -> array[int]:
    return array("i", PULSES)


class NightBoard(boards.Board):
    """A board on which billing dates, warnings and tariffs that start later can be set, too."""

    def do(self, kind: str, payload: Any, number: int) -> None:
        if kind == "billing":
            self._survive(lambda: self.meter.set_billing(array("i", [day(date) for date in payload])), True)
        elif kind == "warn":
            self._survive(lambda: self.meter.set_warnings(payload[0], boards.amount(payload[1])), True)
        elif kind == "later":
            self._survive(lambda: self._set_later(payload, number), True)
        else:
            super().do(kind, payload, number)

    def _set_later(self, payload: tuple[Table, str], number: int) -> None:
        new = boards.tariff(payload[0], number)
        new.start_quarter, new.start_second = divmod(seconds(payload[1]), QUARTER_S)
        self.meter.set_tariff(new)


def play(board: boards.Board) -> boards.Board:
    """Plays the night on a board of its own tape."""
    player = Player(tape(), load())
    player.board = board
    return player.play()


# -- what a meter keeps, by name

TABLES: dict[type, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {}
"""The names that each class keeps, as they are before any test takes one away."""


def _table(part: object) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    kind = type(part)
    if kind not in TABLES:
        rows = getattr(kind, "ARRAYS", ()) + getattr(kind, "FIXED", ())
        TABLES[kind] = tuple(fields.names(kind)), rows, getattr(kind, "PARTS", ())
    return TABLES[kind]


def kept(part: object, path: str = "", out: Kept | None = None) -> Kept:
    """Gives all that a state keeps as values by name; of the profile, only the quarter hours that there are."""
    out = {} if out is None else out
    names, rows, parts = _table(part)
    for name in names:
        out[path + name] = getattr(part, name)
    for name in rows:
        out[path + name] = tuple(getattr(part, name))
    for name in parts:
        kept(getattr(part, name), f"{path}{name}." if name != "meter" else "", out)
    if isinstance(part, Meter):
        del out["profile.cells"]
        profile = part.profile
        out["profile"] = tuple(profile.pulses(quarter) for quarter in range(profile.start(), profile.end))
    return out


kept(State(Meter(1000)))


def loaded(state: State, store: Any) -> Kept:
    """Gives what a state keeps that was just loaded, its profile included, and leaves it without that."""
    profile = state.meter.profile
    cells = profile.cells
    profile.cells = copy.copy(cells)
    wholemeter.load_profile(state.meter, store)
    values = kept(state)
    profile.cells = cells
    return values


def night_board(nvm: SimNvm | None = None) -> NightBoard:
    return NightBoard(tape(), nvm)
