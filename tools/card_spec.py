# SPDX-License-Identifier: Apache-2.0
"""Writes what cardformat/SPEC.md has between its markers: the byte tables, margins and times.

    python tools/card_spec.py [--check]

The bytes come from groschencard.records, the one place where they are written; here stand the words beside them.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from card_samples import EXTREME, REALISTIC, Household, contract, empty, report, tariff, windows

from groschen.core import events
from groschencard import record_issue, records, recordwords
from groschencard.chips import MIFARE_SIZE, SLE_SIZE
from groschencard.holidays import LAENDER
from groschencard.records import (
    ACKNOWLEDGEMENT,
    CONTRACT,
    CRC,
    FROM_METER,
    HEAD,
    IDENTITY,
    LENGTH,
    MOST,
    ORDER,
    RECORDS,
    REPORT,
    RULES,
    TAIL,
    TARIFF,
    TEXT,
)
from groschensim.eventnames import KINDS
from groschensim.report.insertion import OUTCOMES

if TYPE_CHECKING:
    from groschencard.codec import Values
    from groschencard.records import Fields

ROOT = Path(__file__).resolve().parents[1]
SPEC = ROOT / "cardformat" / "SPEC.md"
CHIPS = (("SLE 4428", SLE_SIZE), ("MIFARE 1K", MIFARE_SIZE))


def numbered(words: tuple[str, ...]) -> str:
    """Return words behind their numbers."""
    return ", ".join(f"{number} {word.replace('_', ' ')}" for number, word in enumerate(words))


# -- the words: unit and meaning of each field -----------------------------------------------------------------

_DATE = "days since 1970-01-01"
_QUARTER = "quarter hours"
_SECOND = "s"
_UEUR = "µEUR"
_PERCENT = "%"
_TOTAL = "since commissioning"

WORDS: dict[int, dict[str, tuple[str, str]]] = {
    IDENTITY: {
        "format": ("", "version of this format, 1"),
        "card": ("", "0 customer, 1 service, 2 read-out"),
        "utility": ("", "number of the utility"),
        "serial": ("ASCII", "serial number of the meter, zeros behind it"),
        "issued_day": (_DATE, "local day on which the card was made"),
        "life": ("", "of the meter; 0 in its first, section 3"),
    },
    TARIFF: {
        "start_quarter": (_QUARTER, "since 1970 UTC: from when it is in force"),
        "start_second": (_SECOND, "within that quarter hour"),
        "ht_ueur_per_kwh": (_UEUR, "price of a kWh in HT"),
        "nt_ueur_per_kwh": (_UEUR, "price of a kWh in NT"),
        "power_ueur_per_kw": (_UEUR, "price of a kW and billing period"),
        "base_ueur_per_day": (_UEUR, "base rate"),
        "base_gas": (_PERCENT, "share of gas in the base rate"),
        "base_water": (_PERCENT, "share of water; electricity has the rest, the two at most 100"),
        "debt_ueur_per_kwh": (_UEUR, "debt per kWh"),
        "debt_ueur_per_day": (_UEUR, "debt rate"),
        "debt_gas": (_PERCENT, "share of gas in the debt rate"),
        "debt_water": (_PERCENT, "share of water; electricity has the rest, the two at most 100"),
        "flags": ("bits", "1 continuous power tariff (else periodic), 2 yearly billing period (else monthly)"),
        "workday": ("spans", "HT spans of workdays, at most 4, see below"),
        "saturday": ("spans", "of Saturdays"),
        "sunday": ("spans", "of Sundays and holidays"),
        "holidays": ("rules", f"at most {records.HOLIDAYS_MOST}, see below"),
    },
    CONTRACT: {
        "daily_start": ("min", "0 to 1439 of the wall clock: daily window; 65535 in both: none"),
        "daily_end": ("min", "0 to 1440"),
        "weekend_start": ("min", "0 to 1439: window of weekends and holidays; 65535 in both: none"),
        "weekend_end": ("min", "0 to 1440"),
        "span_quarter": (_QUARTER, "since 1970 UTC: credit span; 16777215 in both: none"),
        "span_second": (_SECOND, "within that quarter hour"),
        "span_end_quarter": (_QUARTER, "since 1970 UTC: the instant after its last second"),
        "span_end_second": (_SECOND, "within that quarter hour"),
        "limit_ueur": (_UEUR, "of the emergency credit, 0: none"),
        "threshold_ueur": (_UEUR, "balance from which on it may be switched on"),
        "warn_days": ("days", "of forecast below which is warned, 0: never"),
        "warn_ueur": (_UEUR, "balance below which is warned"),
        "flags": ("bits", "1: a reconnection is confirmed with a key; 2: open tokens may be typed in too"),
        "tan_digits": ("", "digits of a TAN, at most 20"),
        "credit_days": (_DATE, "local days of a calendar year; the meter refuses an eleventh"),
        "billing_days": (_DATE, "local days at whose midnight registers are kept; at most 10"),
    },
    ORDER: {
        "credit_number": ("", "rises with each credit by card"),
        "credit_total_ueur": (_UEUR, "all credit ever issued by card for this meter"),
        "credit_ueur": (_UEUR, "the last of it, for display alone"),
        "debt_number": ("", "rises with each debt by card"),
        "debt_total_ueur": (_UEUR, "all debt ever laid on this meter by card"),
        "command_number": ("", "rises with each command"),
        "command": ("", numbered(recordwords.COMMANDS)),
        "mode": ("", f"{numbered(recordwords.MODES)}: for commands 1 and 3"),
        "quarter": (_QUARTER, "since 1970 UTC: for commands 2, 5 and 6"),
        "second": (_SECOND, "within that quarter hour"),
    },
    ACKNOWLEDGEMENT: {
        "outcome": ("", "what became of this exchange, see below"),
        "quarter": (_QUARTER, "since 1970 UTC: when"),
        "second": (_SECOND, "within that quarter hour"),
        "credit_number": ("", "newest credit that is booked"),
        "debt_number": ("", "newest debt that is booked"),
        "command_number": ("", "newest command that is done"),
        "tariff": ("", "newest tariff that was taken"),
        "contract": ("", "newest contract that was taken"),
        "tan_number": ("", "highest counter of a TAN that was used"),
        "tan_used": ("bits", "bit i: the counter that lies i + 1 below it was used"),
        "refunds_ueur": (_UEUR, "all that was ever given back by card"),
        "balance_ueur": (_UEUR, "the balance, signed"),
        "debt_ueur": (_UEUR, "the debt that remains"),
        "supply": ("bits", "1, 2 the mode; 4 on; 8 offered; 16 emergency credit active; 32 clock lost"),
        "errors": ("bits", "the meter's error register, see below"),
    },
    REPORT: {
        "energy_ht": ("pulses", f"HT energy {_TOTAL}"),
        "energy_nt": ("pulses", f"NT energy {_TOTAL}"),
        **{name: (_UEUR, f"charged {_TOTAL}: {name.replace('_', ', ')}") for name in records.CHARGES},
        "topups": (_UEUR, f"top-ups {_TOTAL}"),
        "debt_added": (_UEUR, f"debt laid on the meter {_TOTAL}"),
        "disconnections": ("", "how often the supply was opened"),
        "off_s": (_SECOND, "time disconnected while the meter had power"),
        "maxima": ("rows", "periods' highest quarter hours, newest first"),
        "snapshots": ("rows", "registers at month starts, newest first"),
        **{"count_" + name: ("", f"events of the kind {name}") for name in records.COUNTERS},
        "count_power": ("", "starts: how often the power has returned, C.7.0 at the service port"),
        "newest_day": (_DATE, "local day of the first row below"),
        "days": ("rows", "consumption and cost, newest first, each the day before"),
    },
}

COLUMNS = {
    "maxima.back": "quarter hours from its end to that of the row above, the first to the acknowledgement's",
    "maxima.watt": "its demand, rounded down",
    "snapshots.back_days": "days from it to the row above, the first to (acknowledgement's quarter hour + 48) // 96",
    "snapshots.ht_100wh": "HT in 100 Wh, rounded down, less that of this snapshot; the first: of the present register",
    "snapshots.nt_100wh": "the same in NT",
    "snapshots.charged_ct": "cents charged from this snapshot to the one above, each register rounded down first",
    "days.energy_10wh": "energy of the day in 10 Wh, rounded down",
    "days.cost_ct": "cents charged on it, rounded down",
}


# -- tables ----------------------------------------------------------------------------------------------------


def make_name(make: int | Fields) -> str:
    """Return how a table calls a field's make."""
    if isinstance(make, tuple):
        width = make[0][1]
        return f"rows of {make_name(width)}" if len(make) == 1 and width else "rows"
    if make in (0, RULES):
        return "LEB128" if make == 0 else "rules"
    if make >= TEXT:
        return f"text {make}"
    return f"{'i' if make < 0 else 'u'}{8 * abs(make)}"


def size_of(make: int | Fields) -> int:
    """Return a field's bytes, 0 where they vary."""
    if isinstance(make, tuple) or make in (0, RULES):
        return 0
    return abs(make)


def places() -> Iterator[str]:
    """Yield the card space."""
    yield "| kind | record | at | size | slots | direction |"
    yield "|---|---|---|---|---|---|"
    for kind, (name, direction, size, starts, _) in RECORDS.items():
        at = " and ".join(map(str, starts))
        way = "from meter" if direction == FROM_METER else "to meter"
        yield f"| {kind} | {name} | {at} | {size or 'to the end'} | {len(starts)} | {way} |"


def record(kind: int) -> Iterator[str]:
    """Yield a record's bytes."""
    words = WORDS[kind]
    size = RECORDS[kind][2]
    yield "| offset | size | make | name | unit | meaning |"
    yield "|---|---|---|---|---|---|"
    yield f"| 0 | {HEAD} | u32 | number | | |"
    at = HEAD
    if not size:
        yield f"| {HEAD} | {LENGTH} | u16 | length | bytes | of the payload |"
        at += LENGTH
    fixed = True
    for name, make in RECORDS[kind][4]:
        unit, meaning = words[name]
        wide = size_of(make)
        most = f"; at most {MOST[name]}" if name in MOST and str(MOST[name]) not in meaning else ""
        offset = str(at) if fixed else ""
        yield f"| {offset} | {wide or ''} | {make_name(make)} | {name} | {unit} | {meaning}{most} |"
        for column, inner in make if isinstance(make, tuple) and kind == REPORT else ():
            yield f"| | | {make_name(inner)} | {name}.{column} | | {COLUMNS[f'{name}.{column}']} |"
        fixed = fixed and wide > 0
        at += wide
    end = str(size - TAIL) if size else ""
    if size and not (fixed and at == size - TAIL):
        yield f"| | | | | | zeros up to {size - TAIL} |"
    yield f"| {end} | 8 | | mac | | |"
    yield f"| {size - CRC if size else ''} | 2 | u16 | crc | | |"


def margin() -> Iterator[str]:
    """Yield the bytes that are free."""
    berlin = max(LAENDER, key=lambda land: len(record_issue.pack(TARIFF, tariff(land))))
    cases: list[tuple[int, str, Values]] = [
        (IDENTITY, "20 characters of serial number", {**empty(IDENTITY), "serial": b"x" * 20}),
        (TARIFF, f"twelve HT spans, the holidays of {berlin}, the longest", tariff(berlin)),
        (TARIFF, "one HT span each on workdays and Saturdays, the holidays of NW", small_tariff()),
        (CONTRACT, "all windows, 10 credit days, 10 billing dates", windows()),
        (CONTRACT, "no window", contract()),
        (ORDER, "any", empty(ORDER)),
        (ACKNOWLEDGEMENT, "any", empty(ACKNOWLEDGEMENT)),
    ]
    yield "| record | with | payload | room | free |"
    yield "|---|---|---|---|---|"
    for kind, name, values in cases:
        used = len(record_issue.pack(kind, values))
        room = records.room(kind, SLE_SIZE) - HEAD - TAIL
        yield f"| {records.name(kind)} | {name} | {used} | {room} | {room - used} |"


def small_tariff() -> Values:
    """Return a common tariff."""
    return {**tariff("NW", times=((360, 1320),)), "sunday": []}


def report_room(space: int) -> int:
    """Return the bytes of a report's payload on a chip."""
    return records.room(REPORT, space) - HEAD - LENGTH - TAIL


def days_that_fit(house: Household, space: int) -> int:
    """Return how many days of a meter's report fit on a chip, -1 where it does not fit without any."""
    whole = report(house)
    rows = whole["days"]
    days = len(rows) if isinstance(rows, list) else 0
    while days >= 0 and len(record_issue.pack(REPORT, report(house, days))) > report_room(space):
        days -= 1
    return days


def report_size() -> Iterator[str]:
    """Yield what reports take, and how many days fit."""
    chips = " | ".join(f"days on {name}" for name, _ in CHIPS)
    yield f"| meter | imp/kWh | without days | 14 days | 62 days | {chips} |"
    yield "|---|---|---|---|---|---|---|"
    for house in (*REALISTIC, EXTREME):
        sizes = [len(record_issue.pack(REPORT, report(house, days))) for days in (0, 14, 62)]
        fit = [days_that_fit(house, space) for _, space in CHIPS]
        said = [str(days) if days >= 14 else "14, fewer snapshots" for days in fit]
        row = [house.name, house.imp_per_kwh, *sizes, *said]
        yield f"| {' | '.join(map(str, row))} |"
    rooms = " and ".join(f"{report_room(space)} on {name}" for name, space in CHIPS)
    yield ""
    yield f"Bytes of payload; the room is {rooms}."


# -- what the meter says ---------------------------------------------------------------------------------------


def outcomes() -> Iterator[str]:
    """Yield what an exchange may come to."""
    names = {0: "", **KINDS[events.CARD][1]}
    yield "| number | name | what |"
    yield "|---|---|---|"
    for number, name in sorted(names.items()):
        yield f"| {number} | {name} | {OUTCOMES[name][1]} |"


def errors() -> Iterator[str]:
    """Yield the bits of the error register; what they say are the comments beside their numbers in `events`."""
    source = Path(events.__file__).read_text(encoding="utf-8")
    said = {int(number): words for number, words in re.findall(r"^ERROR_\w+ = const\((\d+)\)  # (.+)$", source, re.M)}
    yield "| bit | name | what |"
    yield "|---|---|---|"
    for bit, name in sorted(KINDS[events.ERROR][1].items()):
        yield f"| {bit} | {name} | {said[bit]} |"


# -- time ------------------------------------------------------------------------------------------------------

CLOCKS_A_MS = 20
COMMAND = 24
ONE_WAY = 103  # only erased, or only written
BOTH = 203  # erased and written


def read_clocks(size: int) -> int:
    """Return the clocks of reading so many bytes in one command."""
    return COMMAND + 8 * size


def write_clocks(size: int, each: int) -> int:
    """Return the clocks of writing so many bytes, each with a command of its own."""
    return size * (COMMAND + each)


def times() -> Iterator[str]:
    """Yield the times of an exchange at 20 kHz."""
    head = records.place(REPORT, 0)
    acknowledgement = RECORDS[ACKNOWLEDGEMENT][2]
    typical = HEAD + LENGTH + len(record_issue.pack(REPORT, report(REALISTIC[1]))) + TAIL
    fortnight = HEAD + LENGTH + len(record_issue.pack(REPORT, report(REALISTIC[1], 14))) + TAIL
    largest = records.room(REPORT, SLE_SIZE)
    rows = [
        ("read identity to acknowledgement", head, read_clocks(head), ""),
        *writing("acknowledgement", acknowledgement),
        *writing("report, a house, 14 days", fortnight),
        *writing("report, a house, 62 days", typical),
        *writing("report, as long as can be", largest),
        ("read the whole space", SLE_SIZE, read_clocks(SLE_SIZE), ""),
    ]
    yield "| what | bytes | clocks at most | ms | of blank bytes, ms |"
    yield "|---|---|---|---|---|"
    for name, size, clocks, fresh in rows:
        yield f"| {name} | {size} | {clocks} | {clocks / CLOCKS_A_MS:.0f} | {fresh} |"


def writing(name: str, size: int) -> Iterator[tuple[str, int, int, str]]:
    """Yield the rows of writing a record and reading it back."""
    fresh = f"{write_clocks(size, ONE_WAY) / CLOCKS_A_MS:.0f}"
    yield f"write the {name}", size, write_clocks(size, BOTH), fresh
    yield "read it back", size, read_clocks(size), ""


# -- the file --------------------------------------------------------------------------------------------------

PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "places": places,
    **{RECORDS[kind][0]: partial(record, kind) for kind in RECORDS},
    "outcomes": outcomes,
    "errors": errors,
    "margin": margin,
    "report size": report_size,
    "times": times,
}


def filled(text: str) -> str:
    """Return a text with what stands between each pair of markers made anew."""
    for name, make in PARTS.items():
        begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise SystemExit(f"card_spec: {SPEC.name} needs one pair of markers of '{name}'")
        before, rest = text.split(begin)
        _, after = rest.split(end)
        text = "".join((before, begin, *[f"{line}\n" for line in make()], end, after))
    return text


def main() -> int:
    """Write or check; return the exit status."""
    parser = argparse.ArgumentParser(description="the tables of cardformat/SPEC.md")
    parser.add_argument("--check", action="store_true", help="say whether the file is up to date")
    check: bool = parser.parse_args().check
    old = SPEC.read_text(encoding="utf-8")
    new = filled(old)
    if not check:
        SPEC.write_text(new, encoding="utf-8")
        return 0
    print(f"{SPEC.relative_to(ROOT)}: {'up to date' if old == new else 'differs; make spec'}")
    return int(old != new)


if __name__ == "__main__":
    sys.exit(main())
