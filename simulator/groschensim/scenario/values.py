# SPDX-License-Identifier: Apache-2.0
"""Single values of a scenario: from what TOML holds to what the tape holds, or WrongValueError.

Nothing is converted before its kind, its decimals and its magnitude are known: `true` is an integer to
Python, and a decimal may have an exponent of nine digits.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import cast

from groschensim.errors import WrongValueError
from groschensim.scenario.kinds import as_table
from groschensim.scenario.shown import guess, printable, shown
from groschensim.scenario.texts import say

Parser = Callable[[object], object]

UEUR_DECIMALS_EUR = 6
UEUR_DECIMALS_CT = 4
MOST_DIGITS = 15  # more than any value here has before its decimal point

DIVISIONS = ("electricity", "gas", "water")
SHARES_EXAMPLE = "{ electricity = 60, gas = 30, water = 10 }"

_ZONE = re.compile(r"([+-])([01][0-9]):(00|15|30|45)")


class NoChoiceError(WrongValueError):
    """A word that is none of some; to guess which was meant takes a while, and only a text that is shown needs it."""

    def __init__(self, word: str, choices: Iterable[str]) -> None:
        """Keep the word and those that may be."""
        super().__init__(word)
        self._word = word
        self._choices = list(choices)

    def __str__(self) -> str:
        """Return the message."""
        names = ", ".join(self._choices)
        return say("not_a_choice", value=shown(self._word), names=names, hint=guess(self._word, self._choices))


def text(value: object) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise WrongValueError(say("not_text", value=shown(value)))
    return value


def flag(value: object) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise WrongValueError(say("not_bool", value=shown(value)))
    return value


def serial(value: object) -> str:
    """Return a serial number: 1 to 20 printable ASCII characters, not all blank."""
    name = text(value)
    if not (1 <= len(name) <= 20 and name.isascii() and name.isprintable() and name.strip()):
        raise WrongValueError(say("serial", value=shown(value)))
    return name


def path_text(value: object) -> str:
    """Return the name of a file."""
    name = text(value)
    if not name.strip() or "\0" in name:
        raise WrongValueError(say("not_a_path", value=shown(value)))
    return name


def whole(low: int, high: int) -> Parser:
    """Return the parser of a whole number from low to high."""

    def parse(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise WrongValueError(say("not_whole", low=low, high=high, value=shown(value)))
        return value

    return parse


def choice(values: Mapping[str, object]) -> Parser:
    """Return the parser of one of some words, each standing for a value of the tape."""

    def parse(value: object) -> object:
        word = text(value)
        if word not in values:
            raise NoChoiceError(word, values)
        return values[word]

    return parse


def decimal(value: object, decimals: int, low: int, high: int, above: bool = False) -> Decimal:
    """Return a number with at most so many written decimals, from low (or above it) to high."""
    wrong = WrongValueError(
        say("not_number", above=say("above" if above else "from"), low=low, high=high, value=shown(value))
    )
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise wrong
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise wrong
        if -cast(int, value.as_tuple().exponent) > decimals:
            raise WrongValueError(say("decimals", value=shown(value), limit=decimals))
        if value.adjusted() > MOST_DIGITS:
            raise wrong
    if not low <= value <= high or (above and value == low):
        raise wrong
    return Decimal(value)


def euro(low: int, high: int, above: bool = False) -> Parser:
    """Return the parser of an amount in euro with two decimals, to micro-euro."""
    return lambda value: int(decimal(value, 2, low, high, above).scaleb(UEUR_DECIMALS_EUR))


def cent(high: int) -> Parser:
    """Return the parser of a price in cent with four decimals, from 0 to high, to micro-euro."""
    return lambda value: int(decimal(value, 4, 0, high).scaleb(UEUR_DECIMALS_CT))


def whole_euro(low: int, high: int) -> Parser:
    """Return the parser of a whole amount in euro, also written 50.00, to micro-euro."""

    def parse(value: object) -> int:
        amount = decimal(value, 2, low, high)
        if amount != amount.to_integral_value():
            raise WrongValueError(say("not_whole", low=low, high=high, value=shown(value)))
        return int(amount) * 1_000_000

    return parse


def kwh(value: object) -> Decimal:
    """Return a yearly consumption in kWh with three decimals, above 0 and up to 1 000 000."""
    return decimal(value, 3, 0, 1_000_000, above=True)


def zone(value: object) -> str | int:
    """Return "legal", or the fixed offset from UTC in quarter hours."""
    name = text(value)
    if name == "Europe/Berlin":
        return "legal"
    found = _ZONE.fullmatch(name)
    quarters = int(found[2]) * 4 + int(found[3]) // 15 if found else 99
    signed = -quarters if name.startswith("-") else quarters
    if not -48 <= signed <= 56:
        raise WrongValueError(say("zone", value=shown(value)))
    return signed


def shares(value: object) -> list[int]:
    """Return the whole percentages of electricity, gas and water, which sum to 100."""
    table = as_table(value)
    if table is None:
        raise WrongValueError(say("shares_table", example=SHARES_EXAMPLE, value=shown(value)))
    for name in table:
        if name not in DIVISIONS:
            raise WrongValueError(say("share_unknown", name=printable(name), example=SHARES_EXAMPLE))
    for name in DIVISIONS:
        if name not in table:
            raise WrongValueError(say("share_missing", name=name, example=SHARES_EXAMPLE))
    parts = [_share(name, table[name]) for name in DIVISIONS]
    if sum(parts) != 100:
        raise WrongValueError(say("share_sum", total=sum(parts)))
    return parts


def _share(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
        raise WrongValueError(say("share_value", name=name, value=shown(value)))
    return value
