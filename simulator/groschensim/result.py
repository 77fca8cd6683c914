# SPDX-License-Identifier: Apache-2.0
"""The result of a run and the meter's registers, as JSON. Runs on CPython and MicroPython alike."""

import json
from collections import OrderedDict

from groschen.core import demand, events, registers
from groschen.core.calendar import QUARTER_S, Date
from groschencard import const
from groschencard.recordwords import MODES
from groschensim import eventnames, names

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

    from groschen.core.events import Log
    from groschen.core.meter import Meter
    from groschen.core.registers import Forecast
    from groschensim.board import Board

    Object = OrderedDict[str, Any]

MICRO = 1_000_000
CHARGES = names.REGISTERS[2:12]


def iso_day(number: int) -> str:
    """Return a day since 1970 as ISO 8601."""
    date = Date()
    date.set(number)
    return f"{date.year:04d}-{date.month:02d}-{date.day:02d}"


def iso(seconds: int) -> str:
    """Return an instant in seconds since 1970 as ISO 8601 in UTC."""
    second = seconds % 86400
    return f"{iso_day(seconds // 86400)}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"


def result(board: "Board") -> "Object":
    """Return what `groschen sim run --json` prints."""
    meter = board.meter
    account = meter.account
    supply = meter.supply
    ht = meter.energy_ht.value()
    nt = meter.energy_nt.value()
    return OrderedDict(
        (
            ("balance_ueur", account.balance.value()),
            ("debt_ueur", account.debt.owed.value()),
            ("topups_ueur", account.topups.value()),
            ("refunds_ueur", account.refunds.value()),
            ("pulses", OrderedDict((("total", ht + nt), ("ht", ht), ("nt", nt)))),
            ("charges_ueur", _charges(meter)),
            ("max_demand", _maxima(meter)),
            (
                "supply",
                OrderedDict(
                    (
                        ("on", board.relay),
                        ("off_seconds", supply.off_s),
                        ("disconnections", [_disconnection(at, cause) for at, cause in board.disconnections]),
                    )
                ),
            ),
            (
                "emergency",
                OrderedDict((("active", supply.emergency), ("activations", supply.activations))),
            ),
            ("mode", MODES[supply.mode]),
        )
    )


def _disconnection(at: int, cause: int) -> "Object":
    return OrderedDict((("at", iso(at)), ("cause", names.CAUSES[cause])))


def _charges(meter: "Meter") -> "Object":
    out: "Object" = OrderedDict()
    limbs = meter.registers()
    for index in range(len(names.REGISTERS)):
        if names.REGISTERS[index] in CHARGES:
            out[names.REGISTERS[index]] = limbs[index].value()
    return out


def _maxima(meter: "Meter") -> "list[Object]":
    out: "list[Object]" = []
    for row in meter.demand.maxima.kept():
        year, month = divmod(row[demand.PERIOD], 100)
        period = f"{year:04d}-{month:02d}" if month else f"{year:04d}"
        out.append(
            OrderedDict((("period", period), ("pulses", row[demand.PULSES]), ("at", iso(row[demand.END] * QUARTER_S))))
        )
    return out


def read_out(meter: "Meter") -> "Object":
    """Return what `groschen sim run --registers` prints."""
    return OrderedDict(
        (
            ("daily", [_day(row, meter.imp) for row in meter.daily.ring.kept()]),
            (
                "snapshots",
                OrderedDict(
                    (
                        ("months", [_snapshot(meter, row) for row in meter.snapshots.months.kept()]),
                        ("billing", [_snapshot(meter, row) for row in meter.snapshots.billings.kept()]),
                    )
                ),
            ),
            ("forecast", _forecast(meter)),
            ("events", [_event(row) for row in meter.log.ring.kept()]),
            ("warnings", _warnings(meter.warnings)),
            ("profile", _profile(meter)),
        )
    )


def _day(row: "list[int]", imp: int) -> "Object":
    return OrderedDict(
        (
            ("day", iso_day(row[registers.DAY])),
            ("ht_pulses", row[registers.HT_HIGH] * imp + row[registers.HT_LOW]),
            ("nt_pulses", row[registers.NT_HIGH] * imp + row[registers.NT_LOW]),
            ("cost_ueur", row[registers.COST_HIGH] * MICRO + row[registers.COST_LOW]),
            ("full", bool(row[registers.WHOLE])),
        )
    )


def _snapshot(meter: "Meter", row: "list[int]") -> "Object":
    out: "Object" = OrderedDict(
        (
            ("at", iso(row[registers.INSTANT] * QUARTER_S)),
            ("disconnections", row[registers.DISCONNECTIONS]),
            ("max_demand_pulses", row[registers.MAXIMUM]),
            ("max_demand_at", iso(row[registers.MAXIMUM_END] * QUARTER_S) if row[registers.MAXIMUM] else None),
        )
    )
    limbs = meter.registers()
    for index in range(len(limbs)):
        at = registers.FIRST + 2 * index
        unit = "_pulses" if index < 2 else "_ueur"
        out[names.REGISTERS[index] + unit] = row[at] * limbs[index].base + row[at + 1]
    return out


def _forecast(meter: "Meter") -> "Object":
    forecast = meter.forecast
    forecast.ask(meter.daily)
    days = _days_left(forecast, meter.account.balance.value())
    average = forecast.cost.value() // forecast.days if forecast.days else None
    return OrderedDict(
        (
            ("days", days),
            ("average_daily_cost_ueur", average),
            ("full_days", forecast.days),
        )
    )


def _days_left(forecast: "Forecast", balance: int) -> "int | None":
    """Return the whole days that a balance lasts, 0 when it is used up, None where no forecast is possible."""
    if forecast.days == 0 or not forecast.cost.positive():
        return None
    return max(0, balance * forecast.days // forecast.cost.value())


def _instant(row: "list[int]") -> str:
    return iso(row[events.QUARTER] * QUARTER_S + row[events.SECOND])


def _event(row: "list[int]") -> "Object":
    kind, details = eventnames.KINDS[row[events.KIND]]
    out: "Object" = OrderedDict((("at", _instant(row)), ("kind", kind), ("detail", details[row[events.DETAIL]])))
    if eventnames.has_instant(row):
        out["before"] = iso(row[events.HIGH] * QUARTER_S + row[events.LOW])
    else:
        out["amount_ueur"] = row[events.HIGH] * MICRO + row[events.LOW]
    return out


def _warnings(log: "Log") -> "list[Object]":
    out: "list[Object]" = []
    for row in log.ring.kept():
        kinds = [name for bit, name in sorted(eventnames.WARNING_NAMES.items()) if row[events.KIND] & bit]
        out.append(
            OrderedDict(
                (
                    ("at", _instant(row)),
                    ("because", kinds),
                    ("balance_ueur", row[events.HIGH] * MICRO + row[events.LOW]),
                )
            )
        )
    return out


def _profile(meter: "Meter") -> "Object":
    profile = meter.profile
    start = profile.start()
    return OrderedDict(
        (
            ("start", iso(start * QUARTER_S)),
            ("pulses", [_known(profile.pulses(quarter)) for quarter in range(start, profile.end)]),
        )
    )


def relay(board: "Board") -> "Object":
    """Return when the relay opened, and why, and when it closed, in seconds since 1970: what a report needs."""
    return OrderedDict(
        (
            ("opened", [[at, names.CAUSES[cause]] for at, cause in board.disconnections]),
            ("closed", list(board.connections)),
        )
    )


def _known(pulses: int) -> "int | None":
    return pulses if pulses >= 0 else None


def text(value: "Object") -> str:
    """Return JSON in one line, its keys in order."""
    return json.dumps(value)
