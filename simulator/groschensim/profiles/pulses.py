# SPDX-License-Identifier: Apache-2.0
"""Profiles as pulses: a year's energy divided over its quarter hours, no pulse lost and none invented."""

from array import array
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from groschensim.profiles.localdays import local_year, year_start
from groschensim.profiles.weights import year_weights

if TYPE_CHECKING:
    from groschencard.holidays import Rule


def diffuse(weights: Sequence[int], numerator: int, denominator: int) -> "array[int]":
    """Return integers whose running sums are floor(numerator/denominator * running weight / whole weight)."""
    whole = sum(weights) * denominator
    carry = 0
    pulses = array("i")
    for weight in weights:
        count, carry = divmod(carry + weight * numerator, whole)
        pulses.append(count)
    return pulses


def year_pulses(
    profile: str, kwh_per_year: Decimal, imp_per_kwh: int, year: int, zone: str | int, rules: "Sequence[Rule]"
) -> "array[int]":
    """Return the pulses of each UTC quarter hour of one local calendar year."""
    kwh, parts = kwh_per_year.as_integer_ratio()
    return diffuse(year_weights(profile, year, zone, rules), kwh * imp_per_kwh, parts)


def profile_load(
    profile: str,
    kwh_per_year: Decimal,
    imp_per_kwh: int,
    first_quarter: int,
    end_quarter: int,
    zone: str | int,
    rules: "Sequence[Rule]",
) -> "array[int]":
    """Return the pulses of the UTC quarter hours first_quarter <= q < end_quarter (since 1970).

    A run takes its part of each year's sequence, which always begins on 1 January 00:00 local time.
    """
    load = array("i")
    for year in range(local_year(first_quarter, zone), local_year(end_quarter - 1, zone) + 1):
        start = year_start(year, zone)
        pulses = year_pulses(profile, kwh_per_year, imp_per_kwh, year, zone, rules)
        load.extend(pulses[max(first_quarter - start, 0) : max(end_quarter - start, 0)])
    return load
