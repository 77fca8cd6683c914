# SPDX-License-Identifier: Apache-2.0
"""What a rule for holidays is: what a tariff carries, and the meter's calendar knows days by.

A rule is (kind, a, b, first_year, last_year), both years included:

    FIXED           a = month 1..12, b = day of the month
    EASTER          a = days after Easter Sunday, negative before it, b = 0
    WEEKDAY_BEFORE  a = weekday, Monday 0 .. Sunday 6, b = month*100 + day: the last one before that date
"""

from groschencard import const

FIXED = const(0)
EASTER = const(1)
WEEKDAY_BEFORE = const(2)

OPEN_FIRST = const(2000)  # "since always" for a meter that knows 2020 to 2099
OPEN_LAST = const(2099)  # "until a law changes it"
