# SPDX-License-Identifier: Apache-2.0
"""The keys of the pad by their numbers: 0 to 9 are the digits.

1    2    3    up
4    5    6    down
7    8    9    TAN
C    0    OK   light
"""

from groschencard import const

OK = const(10)
CORRECT = const(11)
TAN = const(12)
UP = const(13)
DOWN = const(14)
LIGHT = const(15)
"""Connect where that is offered, else the emergency credit."""
NO_KEY = const(-1)
