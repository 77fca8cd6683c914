# SPDX-License-Identifier: Apache-2.0
"""The display's lines of cards and money, which fit twenty characters whatever the outcome and the amount."""

from groschen.core import notices
from groschen.core.amount import Limbs
from groschen.core.canvas import WIDTH, Canvas

OUTCOMES = 27  # and one that nobody knows yet


class Whole(Canvas):
    """A canvas that cuts nothing off."""

    def put(self, char):
        """Go on with one character."""
        assert self._at < WIDTH
        super().put(char)


def limbs(high, low):
    """Return an amount of whole euro and micro-euro."""
    amount = Limbs()
    amount.high = high
    amount.low = low
    return amount


def shown(canvas, row):
    """Return a line as text."""
    return "".join([chr(char) for char in canvas.lines[row]])


def euro(high, low):
    """Return the line of an amount."""
    canvas = Canvas()
    canvas.money(high, low)
    return shown(canvas, 0).strip()


def test_amounts_are_rounded_down_to_the_cent():
    for high, low, text in (
        (0, 0, "0,00 EUR"),
        (0, 9_999, "0,00 EUR"),
        (0, 10_000, "0,01 EUR"),
        (12, 345_678, "12,34 EUR"),
        (-1, 999_999, "-0,01 EUR"),
        (-1, 990_000, "-0,01 EUR"),
        (-1, 989_999, "-0,02 EUR"),
        (-1, 750_000, "-0,25 EUR"),
        (-5, 0, "-5,00 EUR"),
        (-5, 1, "-5,00 EUR"),
    ):
        assert euro(high, low) == text, (high, low)


def test_beyond_a_machines_integers_amounts_are_whole_too():
    assert euro(2**39 - 1, 999_999) == "549755813887,99 EUR"


def test_every_outcome_fits_in_both_languages():
    for outcome in range(OUTCOMES + 1):
        for booked in (None, limbs(10_000, 0)):
            for language in (0, 1):
                canvas = Whole()
                canvas.language = language
                notices.draw_card(canvas, outcome, booked, limbs(-100_000, 0))
                for row in (0, 1):
                    assert shown(canvas, row).strip()
