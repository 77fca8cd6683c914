# SPDX-License-Identifier: Apache-2.0
"""Single values of a tariff file: from what TOML holds to what the ledger holds, or WrongValueError.

Nothing is converted before its kind, its decimals and its magnitude are known: `true` is an integer to Python, and a
decimal may have an exponent of nine digits. Prices and amounts never pass through a float.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final, cast

from groschencard.holidays import LAENDER, on_date
from groschenhost.errors import Text, pick
from groschenhost.ledger.values import HolidayRule, Span

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_YEAR: Final = 2020
LAST_YEAR: Final = 2099
MOST_SPANS: Final = 4
CREDIT_DAYS_A_YEAR: Final = 10
BILLING_DATES: Final = 10
DIVISIONS: Final = ("electricity", "gas", "water")
MOST_DIGITS: Final = 15  # more than any value here has before its decimal point

EXAMPLES: Final = {"name": 'name = "Haushalt"', "version": "version = 1", "start": "start = 2027-01-01T00:00:00+01:00"}

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_SHARES = "{ electricity = 60, gas = 30, water = 10 }"
_WEEKEND = '{ start = "12:00", end = "09:00" }'

_TEXTS: Final[dict[str, Text]] = {
    "missing": ("fehlt; richtig wäre: {example}", "is missing; this would be right: {example}"),
    "unknown": ("unbekannt; möglich sind: {names}", "unknown; possible are: {names}"),
    "not_a_table": ("muss eine Tabelle sein: {example}", "must be a table: {example}"),
    "name": ("ein Text von 1 bis 40 Zeichen in Anführungszeichen", "a text of 1 to 40 characters in quotes"),
    "flag": ("true oder false", "true or false"),
    "whole": ("eine ganze Zahl von {low} bis {high}", "a whole number from {low} to {high}"),
    "number": ("eine Zahl von 0 bis {high}", "a number from 0 to {high}"),
    "decimals": ("höchstens {limit} Stellen nach dem Komma", "at most {limit} decimals"),
    "choice": ("eines von: {names}", "one of: {names}"),
    "instant": (
        "ein Zeitpunkt mit Abstand zu UTC, auf die Sekunde: 2027-01-01T00:00:00+01:00",
        "an instant with its offset from UTC, to the second: 2027-01-01T00:00:00+01:00",
    ),
    "years": ("ein Jahr von 2020 bis 2099", "a year from 2020 to 2099"),
    "shares": (
        "ganze Prozente, zusammen 100: {example}",
        "whole percentages that sum to 100: {example}",
    ),
    "spans": (
        'bis zu vier Spannen eines Tages: ["06:00-13:00", "17:00-24:00"]',
        'up to four spans of one day: ["06:00-13:00", "17:00-24:00"]',
    ),
    "span": ('eine Zeitspanne wie "18:00-08:00"', 'a span such as "18:00-08:00"'),
    "weekend": ("zwei Uhrzeiten: {example}", "two times of day: {example}"),
    "holidays": (
        'ein Bundesland ({names}), eine Liste von Tagen wie [2027-05-01] oder ""',
        'a Bundesland ({names}), a list of dates such as [2027-05-01], or ""',
    ),
    "dates": (
        "eine Liste von Tagen wie [2027-12-24], keiner doppelt",
        "a list of dates such as [2027-12-24], none twice",
    ),
    "ten_a_year": ("höchstens zehn Tage im Kalenderjahr", "at most ten days in a calendar year"),
    "ten": ("höchstens zehn Abrechnungstermine", "at most ten billing dates"),
    "credit_span": (
        "zwei Zeitpunkte, der frühere zuerst: [2027-08-01T00:00:00+02:00, 2027-08-15T00:00:00+02:00]",
        "two instants, the earlier first: [2027-08-01T00:00:00+02:00, 2027-08-15T00:00:00+02:00]",
    ),
}


def say(key: str, **fields: object) -> str:
    """Gives a message in the language that is set."""
    return pick(_TEXTS[key]).format(**fields)


class WrongValueError(Exception):
    """A value that its key does not take; the text says what would be right and what there is."""

    def __init__(self, key: str, value: object, **fields: object) -> None:
        """Keep the text, of what is wanted and the value as far as a line shows it."""
        wanted = say(key, **fields)
        super().__init__(
            pick((f"erwartet: {wanted}; da steht: {_shown(value)}", f"wanted: {wanted}; got: {_shown(value)}"))
        )


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) > 10**30:
        return pick(("eine riesige Zahl", "a huge number"))
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    text = f'"{value}"' if isinstance(value, str) else str(value)
    cut = text if len(text) <= 60 else text[:57] + "..."
    return "".join(character if character.isprintable() else "?" for character in cut)


def as_table(value: object) -> dict[str, object] | None:
    """Gives a table, or None where the value is none."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def _as_list(value: object) -> list[object] | None:
    return cast("list[object]", value) if isinstance(value, list) else None


def name(value: object) -> str:
    """Gives a name."""
    if not isinstance(value, str) or not 1 <= len(value) <= 40 or not value.isprintable() or value != value.strip():
        raise WrongValueError("name", value)
    return value


def flag(value: object) -> bool:
    """Gives true or false."""
    if not isinstance(value, bool):
        raise WrongValueError("flag", value)
    return value


def whole(low: int, high: int) -> Callable[[object], int]:
    """Gives the parser of a whole number."""

    def parse(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise WrongValueError("whole", value, low=low, high=high)
        return value

    return parse


def _decimal(value: object, decimals: int, high: int) -> Decimal:
    wrong = WrongValueError("number", value, high=high)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise wrong
    if isinstance(value, Decimal):
        if not value.is_finite() or value.adjusted() > MOST_DIGITS:
            raise wrong
        if -cast("int", value.as_tuple().exponent) > decimals:
            raise WrongValueError("decimals", value, limit=decimals)
    if not 0 <= value <= high:
        raise wrong
    return Decimal(value)


def cent(high: int) -> Callable[[object], int]:
    """Gives the parser of a price in cent with at most four decimals, to micro-euro."""
    return lambda value: int(_decimal(value, 4, high).scaleb(4))


def euro(high: int) -> Callable[[object], int]:
    """Gives the parser of an amount in euro with at most two decimals, to micro-euro."""
    return lambda value: int(_decimal(value, 2, high).scaleb(6))


def choice(words: Mapping[str, bool]) -> Callable[[object], bool]:
    """Gives the parser of one of some words."""

    def parse(value: object) -> bool:
        if not isinstance(value, str) or value not in words:
            raise WrongValueError("choice", value, names=", ".join(words))
        return words[value]

    return parse


def shares(value: object) -> tuple[int, int, int]:
    """Gives the percentages of electricity, gas and water."""
    table = as_table(value)
    parts = [table.get(division) for division in DIVISIONS] if table and set(table) == set(DIVISIONS) else []
    numbers = [part for part in parts if isinstance(part, int) and not isinstance(part, bool) and 0 <= part <= 100]
    if len(numbers) != 3 or sum(numbers) != 100:
        raise WrongValueError("shares", value, example=_SHARES)
    return numbers[0], numbers[1], numbers[2]


def instant(value: object) -> int:
    """Gives an instant in seconds since 1970 UTC."""
    if not isinstance(value, datetime) or value.tzinfo is None or value.microsecond:
        raise WrongValueError("instant", value)
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise WrongValueError("years", value)
    return (value - EPOCH) // timedelta(seconds=1)


def _minute(word: object, end: bool) -> int | None:
    if end and word == "24:00":
        return 24 * 60
    found = _CLOCK.fullmatch(word) if isinstance(word, str) else None
    return int(found[1]) * 60 + int(found[2]) if found else None


def _clocks(value: object) -> Span | None:
    start, mark, end = value.partition("-") if isinstance(value, str) else ("", "", "")
    minutes = _minute(start, False), _minute(end, True)
    if not mark or minutes[0] is None or minutes[1] is None or minutes[0] == minutes[1]:
        return None
    return minutes[0], minutes[1]


def ht_spans(value: object) -> tuple[Span, ...]:
    """Gives up to four spans of a day, none of which passes midnight; they may overlap."""
    items = _as_list(value)
    if items is None or len(items) > MOST_SPANS:
        raise WrongValueError("spans", value)
    spans = [_clocks(item) for item in items]
    found = tuple(span for span in spans if span is not None and span[0] < span[1])
    if len(found) != len(items):
        raise WrongValueError("spans", value)
    return found


def daily(value: object) -> Span | None:
    """Gives the daily window, which may pass midnight; None where it is empty."""
    if _is_empty(value):
        return None
    found = _clocks(value)
    if found is None:
        raise WrongValueError("span", value)
    return found


def weekend(value: object) -> Span | None:
    """Gives the window over rest days; None where it is empty."""
    if _is_empty(value):
        return None
    table = as_table(value)
    start, end = (_minute(table.get("start"), False), _minute(table.get("end"), True)) if table else (None, None)
    if table is None or set(table) != {"start", "end"} or start is None or end is None:
        raise WrongValueError("weekend", value, example=_WEEKEND)
    return start, end


def _is_empty(value: object) -> bool:
    return value in ("", [], {})


def _days(value: object) -> list[date]:
    items = _as_list(value)
    found = [item for item in items or [] if isinstance(item, date) and not isinstance(item, datetime)]
    if items is None or len(found) != len(items) or len(set(found)) != len(found):
        raise WrongValueError("dates", value)
    for item in found:
        if not FIRST_YEAR <= item.year <= LAST_YEAR:
            raise WrongValueError("years", item)
    return sorted(found)


def _numbers(days: list[date]) -> tuple[int, ...]:
    return tuple((day - EPOCH.date()).days for day in days)


def credit_days(value: object) -> tuple[int, ...]:
    """Gives up to ten days of each calendar year, in days since 1970-01-01."""
    if _is_empty(value):
        return ()
    found = _days(value)
    if any(count > CREDIT_DAYS_A_YEAR for count in Counter(day.year for day in found).values()):
        raise WrongValueError("ten_a_year", f"{len(found)}")
    return _numbers(found)


def billing_dates(value: object) -> tuple[int, ...]:
    """Gives up to ten billing dates, in days since 1970-01-01."""
    found = _days(value)
    if len(found) > BILLING_DATES:
        raise WrongValueError("ten", f"{len(found)}")
    return _numbers(found)


def span(value: object) -> tuple[int, int] | None:
    """Gives the credit span in seconds since 1970 UTC; None where it is empty."""
    if _is_empty(value):
        return None
    items = _as_list(value)
    if items is None or len(items) != 2:
        raise WrongValueError("credit_span", value)
    start, end = instant(items[0]), instant(items[1])
    if start >= end:
        raise WrongValueError("credit_span", value)
    return start, end


def holidays(value: object) -> tuple[HolidayRule, ...]:
    """Gives the rules of a Bundesland, or of a list of dates; none where it is empty."""
    if _as_list(value) is not None:
        return tuple(on_date(day.year, day.month, day.day) for day in _days(value))
    if not isinstance(value, str) or (value and value not in LAENDER):
        raise WrongValueError("holidays", value, names=", ".join(sorted(LAENDER)))
    return tuple(LAENDER[value]) if value else ()
