# SPDX-License-Identifier: Apache-2.0
"""Two limbs are one integer, whatever its sign and size."""

from groschen.core.amount import Limbs

VALUES = (0, 1, 999_999, 1_000_000, 1_000_001, 123_456_789_012, -1, -999_999, -1_000_000, -1_000_001)
HUGE = (10**30, -(10**30) - 1, 2**63, 1_999_999)


def limbs(value, base=1_000_000):
    new = Limbs(base)
    new.set_value(value)
    return new


def test_any_integer_is_two_limbs():
    are_two_limbs(VALUES)


def test_beyond_all_limits_any_integer_is_two_limbs():
    are_two_limbs(HUGE)


def are_two_limbs(values):
    for value in values:
        one = limbs(value)
        assert 0 <= one.low < 1_000_000
        assert one.value() == value


def test_a_quarter_of_a_euro_below_zero():
    one = limbs(-250_000)
    assert (one.high, one.low) == (-1, 750_000)


def test_sums_differences_and_comparisons_are_those_of_integers():
    are_those_of_integers(VALUES)


def test_beyond_all_limits_sums_differences_and_comparisons_are_those_of_integers():
    are_those_of_integers(HUGE)


def are_those_of_integers(values):
    for a in values:
        for b in values:
            other = limbs(b)
            one = limbs(a)
            one.add(other.high, other.low)
            assert one.value() == a + b
            one = limbs(a)
            one.subtract(other.high, other.low)
            assert one.value() == a - b
            assert limbs(a).above(other) == (a > b)
        assert limbs(a).positive() == (a > 0)


def test_counting_carries_any_number_of_units():
    for base in (100, 1000, 100_000):
        one = Limbs(base)
        total = 0
        for units in (0, 1, base - 1, base, base + 1, 30_000, 2_500_000, 2**40):
            one.count(units)
            total += units
            assert 0 <= one.low < base
            assert one.value() == total
