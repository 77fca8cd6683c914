# SPDX-License-Identifier: Apache-2.0
"""The words for what a record holds as numbers, for who shows a card or writes one: the meter knows the numbers alone.

Runs on CPython and MicroPython.
"""

from groschencard import const
from groschencard.records import RECORDS, TARIFF

COMMANDS = ("none", "set_mode", "set_clock", "commission", "open_tan", "correct_clock", "charge_from_now")
"""The commands of an order by their numbers; 0 is none."""

CLOCKS = ("set_clock", "correct_clock", "charge_from_now")
"""Those that bring an instant."""

MODES = ("CUSTOMER", "REFUND", "FREE", "LOCKED")
"""The modes of a meter by their numbers, as in an order, an acknowledgement and the meter itself."""

MODE_BITS = const(3)
"""The bits of an acknowledgement's supply byte that are the mode."""

PRICES = tuple([name for name, _ in RECORDS[TARIFF][4] if "_ueur_per_" in name])
"""The prices of a tariff, in micro-euro for each kWh, kW or day."""
