# SPDX-License-Identifier: Apache-2.0
"""The quarter hours of a trace, as the picture needs them."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from groschensim.report.localtime import LocalTime, iso_seconds

QUARTER_S = 900

Span = tuple[int, int]
"""An instant and one after it, in seconds since 1970."""


@dataclass
class Quarters:
    """Columns: the instant at which each quarter hour ends, its pulses, and the balance and states then."""

    ends: list[int] = field(default_factory=list[int])
    ht: list[int] = field(default_factory=list[int])
    nt: list[int] = field(default_factory=list[int])
    balance: list[int] = field(default_factory=list[int])
    debt: list[int] = field(default_factory=list[int])
    protected: list[bool] = field(default_factory=list[bool])
    kept: list[bool] = field(default_factory=list[bool])  # on without credit, by a window alone


def read_quarters(trace: Path, limit_ueur: int) -> Quarters:
    """Return the quarter hours of a trace in CSV; the limit is that of the emergency credit."""
    found = Quarters()
    with trace.open(encoding="ascii", newline="") as file:
        for row in csv.DictReader(file):
            balance = int(row["balance_ueur"])
            protected = row["protected"] == "1"
            bound = -limit_ueur if row["emergency"] == "1" else 0
            charging = row["mode"] in ("CUSTOMER", "REFUND")
            found.ends.append(iso_seconds(row["start"]) + QUARTER_S)
            found.ht.append(int(row["ht_pulses"]))
            found.nt.append(int(row["nt_pulses"]))
            found.balance.append(balance)
            found.debt.append(int(row["debt_ueur"]))
            found.protected.append(protected)
            found.kept.append(protected and charging and row["supply_on"] == "1" and balance <= bound)
    return found


def spans(ends: Iterable[int], flags: Iterable[bool]) -> Iterator[Span]:
    """Yield each time for which a state lasted that was seen at the ends of quarter hours."""
    start = last = None
    for end, flag in zip(ends, flags, strict=True):
        if flag and start is None:
            start = end
        if not flag and start is not None:
            yield start, end
            start = None
        last = end
    if start is not None and last is not None and last > start:
        yield start, last


def daily(quarters: Quarters, time: LocalTime) -> tuple[list[int], list[int], list[int]]:
    """Return the begin of each local day and the end of the last, and the pulses of each at HT and NT."""
    days = list(time.days(quarters.ends[0] - QUARTER_S, quarters.ends[-1]))
    ht, nt = [0] * len(days), [0] * len(days)
    place = 0
    for end, high, low in zip(quarters.ends, quarters.ht, quarters.nt, strict=True):
        while end > days[place][2]:
            place += 1
        ht[place] += high
        nt[place] += low
    return [begin for _, begin, _ in days] + [days[-1][2]], ht, nt
