# SPDX-License-Identifier: Apache-2.0
"""Numbers as people read them, from integers by integers: no float ever decides a cent."""

from groschensim.language import pick

MICRO = 1_000_000
QUARTERS_PER_HOUR = 4
DAY_S = 86_400

_GERMAN = str.maketrans(",.", ".,")


def rounded(numerator: int, denominator: int) -> int:
    """Return numerator / denominator to the nearest integer, halves to the even one; denominator > 0."""
    whole, rest = divmod(numerator, denominator)
    return whole + (2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1))


def number(numerator: int, denominator: int, decimals: int) -> str:
    """Return a quotient with so many decimals, grouped by thousands: 1.234,56 in German, 1,234.56 in English."""
    scaled = rounded(numerator * 10**decimals, denominator)
    whole, rest = divmod(abs(scaled), 10**decimals)
    text = f"{whole:,}" + (f".{rest:0{decimals}d}" if decimals else "")
    sign = "-" if scaled < 0 else ""
    return sign + (text if pick(("de", "en")) == "en" else text.translate(_GERMAN))


def eur(ueur: int) -> str:
    """Return an amount of micro-euro in euro, rounded to the cent."""
    return number(ueur, MICRO, 2) + " EUR"


def ct(ueur: int, decimals: int = 2) -> str:
    """Return an amount of micro-euro in cent, with four decimals where it has so many."""
    exact = 4 if ueur % 100 else decimals
    return number(ueur, MICRO // 100, exact) + " ct"


def kwh(pulses: int, imp_per_kwh: int) -> str:
    """Return an energy in kilowatt-hours."""
    return number(pulses, imp_per_kwh, 3) + " kWh"


def kw(pulses: int, imp_per_kwh: int) -> str:
    """Return the demand of a quarter hour with so many pulses."""
    return number(pulses * QUARTERS_PER_HOUR, imp_per_kwh, 3) + " kW"


def duration(seconds: int) -> str:
    """Return a length of time in days, hours and minutes; in seconds where it is below a minute."""
    if seconds < 60:
        return f"{seconds} s"
    days, rest = divmod(seconds, DAY_S)
    clock = f"{rest // 3600} h {rest // 60 % 60:02d} min"
    if not days:
        return clock
    unit = pick(("Tag", "day")) if days == 1 else pick(("Tage", "days"))
    return f"{days} {unit} {clock}"
