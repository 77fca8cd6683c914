# SPDX-License-Identifier: Apache-2.0
"""The byte map of the meter's memory: FRAM of 32 KiB. `docs/storage.md` tells why it is so.

Starts and sizes of a layout never change; what a new one moves, its migration carries over. Layout 2 has the TAN
tries behind what layout 1 had, and more in the hot record; layout 3 has still more there; layout 4 gives each
of its fields the bytes it needs. A ring has a few rows more than the meter shows, so that a row which is being written
is none of those that count.
"""

from groschencard import const

LAYOUT = const(4)
SIZE = const(32768)

HOT = const(0)  # two copies of the hot record
HOT_SLOT = const(512)
COPIES = const(2)  # of each slot of a tariff or contract, one behind the other
TARIFFS = (1024, 288, 3)  # start, most bytes of a copy, slots: in force, waiting, and one to write the next into
CONTRACTS = (2752, 192, 2)  # windows and billing dates: in force, and one to write the next into
PROFILE = const(3520)  # three bytes a quarter hour
PROFILE_ROWS = const(5952)
RINGS = (  # start and rows
    (21376, 260),  # log
    (25796, 36),  # warnings
    (26408, 66),  # days
    (28190, 14),  # month starts
    (30276, 12),  # billing dates
    (32064, 14),  # maxima
    (32232, 22),  # tries of TANs
)
FREE = const(32606)  # up to SIZE, for what comes later
