# SPDX-License-Identifier: Apache-2.0
"""The byte map of the meter's memory: FRAM of 32 KiB. `docs/storage.md` tells why it is so.

Starts and sizes of a layout never change; what a new one moves, its migration carries over. Layout 2 has the TAN
tries behind what layout 1 had, and more in the hot record; layout 3 has still more there. A ring has
a few rows more than the meter shows, so that a row which is being written is none of those that count.
"""

from groschencard import const

LAYOUT = const(3)
SIZE = const(32768)

HOT = const(0)  # two copies of the hot record
HOT_SLOT = const(512)
COPIES = const(2)  # of each slot of a tariff or contract, one behind the other
TARIFFS = const(1024)  # in force, waiting, and one to write the next into
TARIFF_SLOT = const(288)
TARIFF_SLOTS = const(3)
CONTRACTS = const(2752)  # windows and billing dates: in force, and one to write the next into
CONTRACT_SLOT = const(192)
CONTRACT_SLOTS = const(2)
PROFILE = const(3520)  # three bytes a quarter hour
PROFILE_ROWS = const(5952)
LOG = const(21376)
LOG_ROWS = const(260)
WARNINGS = const(25796)
WARNINGS_ROWS = const(36)
DAILY = const(26408)
DAILY_ROWS = const(66)
MONTHS = const(28190)
MONTHS_ROWS = const(14)
BILLINGS = const(30276)
BILLINGS_ROWS = const(12)
MAXIMA = const(32064)
MAXIMA_ROWS = const(14)
TRIES = const(32232)
TRIES_ROWS = const(22)
FREE = const(32606)  # up to SIZE, for what comes later
