# SPDX-License-Identifier: Apache-2.0
"""The display's lines of cards and money, which fit twenty characters whatever the outcome and the amount."""

from groschen.core import card_notice, events, money_text
from groschen.core.amount import Limbs
from groschensim import eventnames


def limbs(high, low):
    """Return an amount of whole euro and micro-euro."""
    amount = Limbs()
    amount.high = high
    amount.low = low
    return amount


def test_amounts_are_rounded_down_to_the_cent():
    for high, low, text in (
        (0, 0, "0,00"),
        (0, 9_999, "0,00"),
        (0, 10_000, "0,01"),
        (12, 345_678, "12,34"),
        (-1, 999_999, "-0,01"),
        (-1, 990_000, "-0,01"),
        (-1, 989_999, "-0,02"),
        (-1, 750_000, "-0,25"),
        (-5, 0, "-5,00"),
        (-5, 1, "-5,00"),
    ):
        assert money_text.euro(limbs(high, low), 0) == text, (high, low)


def test_beyond_a_machines_integers_amounts_are_whole_too():
    assert money_text.euro(limbs(2**39 - 1, 999_999), 0) == "549755813887,99"


def test_every_outcome_fits_in_both_languages():
    for outcome in [0] + sorted(eventnames.KINDS[events.CARD][1]):
        for booked in (None, limbs(10_000, 0)):
            for language in (0, 1):
                lines = card_notice.lines(outcome, booked, limbs(-100_000, 0), language)
                assert len(lines) == 2
                for line in lines:
                    assert 0 < len(line) <= money_text.WIDTH, line
