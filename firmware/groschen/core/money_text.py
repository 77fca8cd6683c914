# SPDX-License-Identifier: Apache-2.0
"""Amounts of money for the display, to the cent; lines of twenty characters with a label before the amount.

The rule: an amount is rounded down, towards minus infinity, so that the display never shows more than there is: 0.999
EUR is 0.99, and a balance of -0.001 EUR is -0.01. Small integers only, whatever the amount.
"""

from groschencard.compat import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from groschen.core.amount import Limbs

WIDTH = const(20)
"""Characters of a line of the display."""

_CENT = const(10_000)  # micro-euro
_POINT = (",", ".")  # German, English
_UNIT = " EUR"


def euro(amount: "Limbs", language: int) -> str:
    """Return an amount in euro with two decimals and no unit, rounded down to the cent."""
    whole = amount.high
    cents = amount.low // _CENT
    sign = ""
    if whole < 0:  # the lower limb counts up from it: -0.25 is (-1, 750 000)
        sign = "-"
        whole = -whole
        if cents:
            whole -= 1
            cents = 100 - cents
    return sign + str(whole) + _POINT[language] + ("0" if cents < 10 else "") + str(cents)


def line(label: str, amount: "Limbs", language: int) -> str:
    """Return a label and an amount at the line's two ends; without the unit, or the label, where it gets too long."""
    money = euro(amount, language)
    for right in (money + _UNIT, money):
        gap = WIDTH - len(label) - len(right)
        if gap > 0:
            return label + " " * gap + right
    return money
