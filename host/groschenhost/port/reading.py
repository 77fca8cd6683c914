# SPDX-License-Identifier: Apache-2.0
"""A readout as the ledger keeps it, and the load profile as instants and values."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from groschenhost.errors import InputError
from groschenhost.ledger.values import PortReading
from groschenhost.port.client import Block, Line
from groschenhost.port.errors import GarbledError

SERIAL: Final = "C.1.0"
UTILITY: Final = "0.0.0"
NOW: Final = "0.9.4"
LIFE: Final = "C.1.1"
CLOCK_LOST: Final = "C.50.7"
ERRORS: Final = "F.F"
_FIRMWARE: Final = "0.2.0"
_ENERGY: Final = ("1.8.0", "1.8.1", "1.8.2")
_BALANCE: Final = "0-0:19.10.0*255"
_DEBT: Final = "0-0:19.20.10*255"
_MILLI: Final = 1_000
_MICRO: Final = 1_000_000
_QUARTER: Final = timedelta(minutes=15)
_WINTER: Final = 60
_SUMMER: Final = 120
_STAMP = re.compile(r"([01])(\d{10})(\d\d)?")


@dataclass(frozen=True)
class Quarter:
    """A quarter hour of the load profile, by its end; value is None where the meter has lost it."""

    end: datetime
    value: str | None
    unit: str


def values(lines: Iterable[Line]) -> dict[str, str]:
    """Gives the values of a readout by their codes."""
    return {line.code: line.value for line in lines}


def port_reading(lines: Sequence[Line]) -> PortReading:
    """Gives what the ledger keeps of a readout; GarbledError where it lacks something."""
    known = values(lines)
    try:
        energy, ht, nt = (_scaled(known[code], _MILLI) for code in _ENERGY)
        return PortReading(
            life=int(known.get(LIFE, "1")),  # a firmware of before lives were known is in the first
            energy_wh=energy,
            ht_wh=ht,
            nt_wh=nt,
            balance_ueur=_scaled(known[_BALANCE], _MICRO),
            debt_ueur=_scaled(known[_DEBT], _MICRO),
            meter_time=written(known[NOW]),
            firmware=known[_FIRMWARE][:40],
            lines=json.dumps([as_list(line) for line in lines], ensure_ascii=False),
        )
    except (KeyError, InvalidOperation, ValueError) as error:
        raise GarbledError(
            (
                f"Die Auslesung ist unvollständig oder von keinem Groschen-Zähler ({error})",
                f"The readout is incomplete, or of no Groschen meter ({error})",
            )
        ) from None


def as_list(line: Line) -> list[str]:
    """Gives a line as code, value, unit and what else it has."""
    return [line.code, line.value, line.unit, *line.more]


def _scaled(text: str, scale: int) -> int:
    """Gives a decimal as an integer, rounded down: a register never seems to be above itself."""
    return int((Decimal(text) * scale).to_integral_value("ROUND_FLOOR"))


# -- time ------------------------------------------------------------------------------------------------------


def written(word: str) -> str:
    """Gives a stamp, sYYMMDDhhmmss, as people write it, the meter's own time."""
    at = _plain(word)
    return at.strftime("%Y-%m-%d %H:%M:%S")


def _plain(word: str) -> datetime:
    found = _STAMP.fullmatch(word)
    if not found:
        raise ValueError(word)
    return datetime.strptime(f"20{found[2]}{found[3] or '00'}", "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def instant(word: str, zone: int | None) -> datetime:
    """Gives the instant of a stamp; zone is a fixed offset in minutes, None for legal time."""
    offset = zone if zone is not None else _SUMMER if word[:1] == "1" else _WINTER
    return _plain(word) - timedelta(minutes=offset)


def stamp(at: datetime, zone: int | None) -> str:
    """Gives an instant as the meter takes it, sYYMMDDhhmmss in its local time."""
    offset = _legal_offset(at) if zone is None else zone
    local = at.astimezone(UTC) + timedelta(minutes=offset)
    is_summer = zone is None and offset == _SUMMER
    return f"{is_summer:d}{local:%y%m%d%H%M%S}"


def _legal_offset(at: datetime) -> int:
    """Gives the minutes of legal time ahead of UTC: summer time from the last Sunday in March to that in October."""
    utc = at.astimezone(UTC)
    begin, end = (_last_sunday(utc.year, month).replace(hour=1) for month in (3, 10))
    return _SUMMER if begin <= utc < end else _WINTER


def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def period(word: str, zone: int | None) -> tuple[datetime, datetime]:
    """Gives the ends of the first and last quarter hour of FROM..TO: days, both whole, or instants; InputError."""
    first, _, last = word.partition("..")
    try:
        begin, end = _edge(first, zone, 0), _edge(last, zone, 1)
    except ValueError:
        raise _no_period(word) from None
    if begin >= end:
        raise _no_period(word)
    return begin + _QUARTER, end


def _no_period(word: str) -> InputError:
    return InputError(
        (
            (
                f"--profile {word}: zwei Tage wie 2026-01-01..2026-01-31 oder zwei Zeitpunkte wie "
                "2026-01-01T00:00+01:00..2026-01-01T12:00+01:00, der spätere hinten"
            ),
            (
                f"--profile {word}: two days such as 2026-01-01..2026-01-31, or two instants such as "
                "2026-01-01T00:00+01:00..2026-01-01T12:00+01:00, the later one last"
            ),
        )
    )


def _edge(word: str, zone: int | None, days: int) -> datetime:
    """Gives an instant, or the midnight that begins a day so many days later."""
    if "T" in word:
        at = datetime.fromisoformat(word)
        if at.tzinfo is None:
            raise ValueError(word)
        return at.astimezone(UTC)
    day = date.fromisoformat(word) + timedelta(days=days)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    # Legal time never changes at midnight, and never within an hour of it.
    offset = _legal_offset(midnight - timedelta(minutes=_WINTER)) if zone is None else zone
    return midnight - timedelta(minutes=offset)


def quarters(blocks: Iterable[Block], zone: int | None) -> Iterator[Quarter]:
    """Gives the quarter hours of the load profile one by one."""
    for block in blocks:
        try:
            at = instant(block.stamp, zone)
        except ValueError:
            raise GarbledError((f"Kein Zeitstempel: {block.stamp}", f"Not a time stamp: {block.stamp}")) from None
        is_lost = block.status != "00"
        for value in block.values:
            yield Quarter(at, None if is_lost else value, block.unit)
            at += _QUARTER
