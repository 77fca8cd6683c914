# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies for short, nasty tapes: where days, months, windows and money end."""

from __future__ import annotations

import datetime as dt
import random
from array import array
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from groschencard.holidays import LAENDER

Table = dict[str, Any]
Draw = st.DrawFn

BERLIN = ZoneInfo("Europe/Berlin")
EPOCH = dt.date(1970, 1, 1)

# Days near which something happens; a tape starts up to three days before one of them.
ANCHORS = [
    *(dt.date(2026, month, 1) for month in range(2, 13)),
    *(dt.date(2026, 3, 29), dt.date(2026, 10, 25), dt.date(2024, 3, 31), dt.date(2027, 10, 31), dt.date(2099, 10, 25)),
    *(dt.date(2026, 4, 3), dt.date(2026, 4, 6), dt.date(2038, 4, 25), dt.date(2026, 5, 14), dt.date(2026, 11, 18)),
    *(dt.date(2026, 12, 25), dt.date(2027, 1, 1), dt.date(2028, 1, 1), dt.date(2027, 1, 6), dt.date(2024, 2, 29)),
    *(dt.date(2028, 2, 29), dt.date(2038, 1, 19), dt.date(2026, 6, 6), dt.date(2099, 12, 28), dt.date(2020, 1, 5)),
]

SMALL = st.integers(0, 50)
UEUR = st.one_of(
    st.just(0), SMALL, st.integers(0, 10_000), st.integers(0, 400_000), st.integers(0, 5_000_000), st.integers(0, 10**9)
)


def prices(most: int) -> st.SearchStrategy[int]:
    """Gives prices of which many are nothing, odd or just about what a household pays."""
    return st.one_of(
        st.just(0),
        st.integers(0, 7),
        st.integers(0, min(most, 1_000_003)),
        st.integers(0, min(most, 400_000)),
        st.just(most),
    )


@st.composite
def shares(draw: Draw) -> list[int]:
    gas = draw(st.sampled_from([0, 0, 1, 30, 33, 40, 99, 100]))
    water = draw(st.sampled_from([w for w in (0, 0, 1, 10, 33, 40, 100) if gas + w <= 100]))
    return [100 - gas - water, gas, water]


@st.composite
def minute_span(draw: Draw, ends_at_24: bool = False, wraps: bool = True) -> list[int]:
    """Gives a span of wall-clock minutes, mostly where the clock is put forward and back."""
    minute = st.one_of(
        st.sampled_from([0, 60, 119, 120, 121, 150, 179, 180, 181, 360, 720, 1320, 1439]), st.integers(0, 1439)
    )
    start, end = draw(minute), draw(minute)
    if start == end:
        end = 1440 if ends_at_24 else (end + 1) % 1440
    if start > end and not wraps:
        start, end = end, start
    return [start, end]


@st.composite
def spans(draw: Draw) -> list[list[int]]:
    """Gives up to four spans, in order, that do not touch."""
    if draw(st.booleans()):
        return draw(st.sampled_from([[], [[0, 1440]], [[360, 1320]], [[0, 120], [150, 180], [181, 182], [720, 1440]]]))
    edges = sorted(draw(st.sets(st.integers(0, 1440), min_size=2, max_size=8)))
    return [[start, end] for start, end in zip(edges[::2], edges[1::2], strict=False)]


@st.composite
def tariffs(draw: Draw, continuous: int, yearly: int) -> Table:
    daily = st.one_of(st.just(0), st.integers(0, 30), st.integers(0, 400_000), st.just(300_000), st.just(10**9))
    holidays = draw(st.sampled_from(["", "", "BY", "SN", "BE", "TH", "dates"]))
    if holidays == "dates":
        near = draw(st.sampled_from(ANCHORS)) + dt.timedelta(days=draw(st.integers(-2, 4)))
        rules = [[0, near.month, near.day, near.year, near.year]]
    else:
        rules = [list(rule) for rule in LAENDER[holidays]] if holidays else []
    return {
        "ht_ueur_per_kwh": draw(prices(10_000_000)),
        "nt_ueur_per_kwh": draw(prices(10_000_000)),
        "power_ueur_per_kw": draw(prices(1_000_000_000)),
        "base_ueur_per_day": draw(daily),
        "debt_ueur_per_kwh": draw(prices(10_000_000)),
        "debt_ueur_per_day": draw(daily),
        "power_continuous": continuous,
        "power_yearly": yearly,
        "base_share": draw(shares()),
        "debt_share": draw(shares()),
        "ht_workday": draw(spans()),
        "ht_saturday": draw(spans()),
        "ht_sunday": draw(spans()),
        "holidays": rules,
    }


@st.composite
def credit_terms(draw: Draw, start: int, end: int) -> Table:
    first_day = start // 86400
    table: Table = {
        "emergency_limit_ueur": draw(UEUR),
        "emergency_threshold_ueur": draw(st.one_of(st.just(1_000_000), UEUR, st.just(10**9))),
        "daily": [],
        "weekend": [],
        "days": [],
        "span": [],
    }
    for window in draw(st.sets(st.sampled_from(["daily", "weekend", "days", "span"]), max_size=2)):
        if window == "days":
            days = draw(st.sets(st.integers(0, (end - start) // 86400 + 1), min_size=1, max_size=4))
            year = (EPOCH + dt.timedelta(days=first_day)).year
            table[window] = [
                first_day + day for day in sorted(days) if (EPOCH + dt.timedelta(days=first_day + day)).year == year
            ]
        elif window == "span":
            a, b = sorted(draw(st.tuples(instants(start, end), instants(start, end))))
            table[window] = [a, b + 1 if a == b else b]
        else:
            table[window] = draw(minute_span())
    return table


@st.composite
def instants(draw: Draw, start: int, end: int) -> int:
    """Gives a second of the run: at a quarter hour, at a local midnight, on an odd second, or at the start."""
    at = draw(st.integers(start, end - 1))
    kind = draw(st.integers(0, 5))
    if kind == 0:
        at -= at % 60
    elif kind in (1, 2):
        at -= at % 900
    elif kind == 3:
        local = dt.datetime.fromtimestamp(at, BERLIN)
        at = int(local.replace(hour=0, minute=0, second=0, fold=0).timestamp())
    elif kind == 4 and draw(st.booleans()):
        at = start
    return min(max(at, start), end - 1)


@st.composite
def events(
    draw: Draw, start: int, end: int, continuous: int, yearly: int, money: st.SearchStrategy[int]
) -> list[list[Any]]:
    kinds = ["topup", "topup", "topup", "tan", "debt", "card", "emergency", "emergency", "confirm", "confirm"]
    kinds += ["mode", "mode", "tariff", "credit", "power"]
    times: list[int] = []
    for _ in range(draw(st.integers(0, 14))):
        again = bool(times) and draw(st.integers(0, 3)) == 0
        times.append(draw(st.sampled_from(times)) if again else draw(instants(start, end)))
    out: list[list[Any]] = []
    powered = True
    for at in sorted(times):
        if not powered:
            out.append([at, "power_on", None])
            powered = True
            continue
        kind = draw(st.sampled_from(kinds))
        payload: Any = None
        if kind in ("topup", "debt"):
            payload = 10_000 * max(1, draw(money) // 10_000)
        elif kind == "tan":
            payload = 1_000_000 * draw(st.integers(1, 20))
        elif kind == "mode":
            payload = draw(st.integers(0, 3))
        elif kind == "tariff":
            form = (draw(st.integers(0, 1)), draw(st.integers(0, 1))) if draw(st.booleans()) else (continuous, yearly)
            payload = draw(tariffs(*form))
        elif kind == "credit":
            payload = draw(credit_terms(start, end))
        elif kind == "power":
            kind, powered = "power_off", False
        out.append([at, kind, payload])
    return out


def loads(quarters: int, kind: str, level: int, seed: int) -> array[int]:
    """Gives the pulses of that many quarter hours."""
    rng = random.Random(seed)
    if kind == "steady":
        return array("i", [level] * quarters)
    if kind == "rare":
        return array("i", [rng.randrange(level % 50 + 1) if rng.random() < 0.003 else 0 for _ in range(quarters)])
    if kind == "sparse":
        return array("i", [rng.randrange(level + 1) if rng.random() < 0.1 else 0 for _ in range(quarters)])
    if kind == "peaks":
        return array(
            "i",
            [rng.choice([0, 1, level // 7, level // 7, 3000 if rng.random() < 0.01 else 2]) for _ in range(quarters)],
        )
    return array("i", [rng.randrange(level + 1) for _ in range(quarters)])


@st.composite
def runs(draw: Draw, most_days: int = 6, rarely: bool = False) -> tuple[Table, array[int]]:
    """Gives a tape and its load; a long one had better use electricity rarely."""
    anchor = draw(st.sampled_from(ANCHORS)) - dt.timedelta(days=draw(st.integers(0, 3)))
    minute = draw(st.one_of(st.just(0), st.integers(0, 1439)))
    start = int(dt.datetime.combine(anchor, dt.time(minute // 60, minute % 60), BERLIN).timestamp())
    length = draw(st.integers(1, most_days)) * 86400 + draw(st.sampled_from([0, 0, 1, 60, 899, 900, 5000, 43217]))
    end = min(start + length, 4_102_441_200)  # the rulebook's calendar ends with 2099
    continuous, yearly = draw(st.integers(0, 1)), draw(st.integers(0, 1))
    first = start // 900
    quarters = (end - 1) // 900 - first + 1
    kind = "rare" if rarely else draw(st.sampled_from(["steady", "sparse", "peaks", "any"]))
    level = draw(st.sampled_from([0, 1, 2, 7, 15, 60]) if kind in ("steady", "any") else st.integers(0, 3000))
    level = min(level, 400) if kind == "sparse" else level
    load = loads(quarters, kind, level, draw(st.integers(0, 2**16)))
    imp = draw(st.sampled_from([100, 101, 800, 1000, 1000, 4096, 10_000, 99_991, 100_000]))
    tariff = draw(tariffs(continuous, yearly))
    # what the whole load would cost, so that the money ends somewhere within the run
    whole = sum(load) * max(tariff["ht_ueur_per_kwh"], tariff["nt_ueur_per_kwh"]) // imp
    part = st.sampled_from([1, 2, 3, 5, 8, 13, 21, 50, 90]).map(lambda percent: whole * percent // 100)
    money = st.one_of(part, part, st.integers(1, 1_000).map(lambda cents: 10_000 * cents), UEUR).map(
        lambda m: min(m, 10**10)
    )
    tape = {
        "serial": "1EBZ0100000001",
        "imp_per_kwh": imp,
        "start_s": start,
        "end_s": end,
        "zone": draw(st.sampled_from(["legal", "legal", "legal", "legal", 4, 8, 0, -48, 56, 23])),
        "balance_ueur": draw(money),
        "debt_ueur": draw(st.one_of(st.just(0), money)),
        "mode": draw(st.sampled_from([0, 0, 0, 0, 1, 2, 3])),
        "confirm_reconnect": draw(st.booleans()),
        "tariff": tariff,
        "credit": draw(credit_terms(start, end)),
        "events": draw(events(start, end, continuous, yearly, money)),
        "first_quarter": first,
    }
    return tape, load
