# SPDX-License-Identifier: Apache-2.0
"""The state-wide public holidays of the sixteen Laender, as rules; a meter has them by its tariff's card alone."""

from groschencard import const
from groschencard.holiday_rules import EASTER, FIXED, OPEN_FIRST, OPEN_LAST, WEEKDAY_BEFORE

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    Rule = tuple[int, int, int, int, int]


def fixed(month: int, day: int, first: int = OPEN_FIRST, last: int = OPEN_LAST) -> "Rule":
    """Return the rule of a fixed date in the years first to last."""
    return (FIXED, month, day, first, last)


def easter(days: int) -> "Rule":
    """Return the rule of the day that many days after Easter Sunday, every year."""
    return (EASTER, days, 0, OPEN_FIRST, OPEN_LAST)


def on_date(year: int, month: int, day: int) -> "Rule":
    """Return the rule of one single date."""
    return (FIXED, month, day, year, year)


NATIONAL = (
    fixed(1, 1),  # Neujahr
    easter(-2),  # Karfreitag
    easter(1),  # Ostermontag
    fixed(5, 1),  # Tag der Arbeit
    easter(39),  # Christi Himmelfahrt
    easter(50),  # Pfingstmontag
    fixed(10, 3),  # Tag der Deutschen Einheit
    fixed(12, 25),  # Erster Weihnachtstag
    fixed(12, 26),  # Zweiter Weihnachtstag
)

DREI_KOENIGE = fixed(1, 6)
OSTERSONNTAG = easter(0)
PFINGSTSONNTAG = easter(49)
FRONLEICHNAM = easter(60)
MARIAE_HIMMELFAHRT = fixed(8, 15)
REFORMATIONSTAG = fixed(10, 31)
ALLERHEILIGEN = fixed(11, 1)
BUSS_UND_BETTAG = (WEEKDAY_BEFORE, 2, 1123, OPEN_FIRST, OPEN_LAST)

# What a Land keeps beside the national days. Days that only some communes keep (Mariae Himmelfahrt in
# Bavaria, Fronleichnam in Saxony and Thuringia, the Augsburger Friedensfest) are not state-wide.
LAENDER = {
    "BB": NATIONAL + (OSTERSONNTAG, PFINGSTSONNTAG, REFORMATIONSTAG),
    "BE": NATIONAL
    + (
        fixed(3, 8, 2019),  # Internationaler Frauentag
        on_date(2020, 5, 8),  # 75. Jahrestag der Befreiung
        on_date(2025, 5, 8),  # 80. Jahrestag der Befreiung
        on_date(2028, 6, 17),  # 75. Jahrestag des Aufstandes vom 17. Juni 1953
    ),
    "BW": NATIONAL + (DREI_KOENIGE, FRONLEICHNAM, ALLERHEILIGEN),
    "BY": NATIONAL + (DREI_KOENIGE, FRONLEICHNAM, ALLERHEILIGEN),
    "HB": NATIONAL + (REFORMATIONSTAG,),
    "HE": NATIONAL + (FRONLEICHNAM,),
    "HH": NATIONAL + (REFORMATIONSTAG,),
    "MV": NATIONAL + (fixed(3, 8, 2023), REFORMATIONSTAG),  # Internationaler Frauentag
    "NI": NATIONAL + (REFORMATIONSTAG,),
    "NW": NATIONAL + (FRONLEICHNAM, ALLERHEILIGEN),
    "RP": NATIONAL + (FRONLEICHNAM, ALLERHEILIGEN),
    "SH": NATIONAL + (REFORMATIONSTAG,),
    "SL": NATIONAL + (FRONLEICHNAM, MARIAE_HIMMELFAHRT, ALLERHEILIGEN),
    "SN": NATIONAL + (REFORMATIONSTAG, BUSS_UND_BETTAG),
    "ST": NATIONAL + (DREI_KOENIGE, REFORMATIONSTAG),
    "TH": NATIONAL + (fixed(9, 20, 2019), REFORMATIONSTAG),  # Weltkindertag
}
