# SPDX-License-Identifier: Apache-2.0
"""Amounts: read from what people write, and written as people read them; integer micro-euro in between."""

import re
from decimal import Decimal
from typing import Final

from groschenhost.errors import InputError, pick

EUR: Final = 1_000_000
"""Micro-euro in a euro."""
CENT: Final = 10_000
"""Micro-euro in a cent."""

MOST_EUR: Final = 10_000
"""The highest amount of one top-up or debt (rulebook, scenario files)."""
DEPOSIT_UEUR: Final = 10 * EUR
"""The deposit on a customer card."""

_AMOUNT = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]+))?")


def parse_eur(word: str, low_ueur: int = CENT, high_ueur: int = MOST_EUR * EUR) -> int:
    """Gives an amount written as 50, 50.5, 50,50 or 50.00 in micro-euro, from low to high; InputError otherwise."""
    found = _AMOUNT.fullmatch(word.strip())
    if not found:
        raise InputError(
            (
                f"{word!r} ist kein Betrag in Euro; richtig wäre zum Beispiel 50 oder 12,50",
                f"{word!r} is no amount in euro; 50 or 12.50 would be one",
            )
        )
    if len(found[2] or "") > 2:
        raise InputError(
            (f"{word!r}: höchstens zwei Stellen nach dem Komma", f"{word!r}: at most two decimals, please")
        )
    ueur = int(Decimal(f"{found[1]}.{found[2] or 0}") * EUR)
    if not low_ueur <= ueur <= high_ueur:
        low, high = format_eur(low_ueur), format_eur(high_ueur)
        raise InputError(
            (f"{word!r}: der Betrag muss von {low} bis {high} gehen", f"{word!r}: the amount must be {low} to {high}")
        )
    return ueur


def format_eur(ueur: int) -> str:
    """Gives an amount to the cent, half a cent rounded away from zero: 12,50 EUR, in English 12.50 EUR."""
    cents = (abs(ueur) + CENT // 2) // CENT
    sign = "-" if ueur < 0 and cents else ""
    return f"{sign}{cents // 100}{pick((',', '.'))}{cents % 100:02} EUR"


def format_ct(ueur: int) -> str:
    """Gives a price to the last of its decimals, at least two: 31,89 ct, 0,1234 ct."""
    whole, rest = divmod(abs(ueur), CENT)
    decimals = f"{rest:04}".rstrip("0").ljust(2, "0")
    return f"{'-' if ueur < 0 else ''}{whole}{pick((',', '.'))}{decimals} ct"


def whole_cents(ueur: int) -> int:
    """Gives what of an amount of zero or more can be paid in cash: rounded down to the cent."""
    return ueur // CENT * CENT
