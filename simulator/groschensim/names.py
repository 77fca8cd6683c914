# SPDX-License-Identifier: Apache-2.0
"""The names of what the meter knows by numbers, for read-outs. Runs on CPython and MicroPython."""

REGISTERS = (
    "energy_ht",
    "energy_nt",
    "ht",
    "nt",
    "power",
    "base_electricity",
    "base_gas",
    "base_water",
    "debt_kwh",
    "debt_electricity",
    "debt_gas",
    "debt_water",
    "topups",
    "refunds",
    "debt_added",
    "debt",
    "balance",
)
"""The registers of a snapshot, two energies in pulses and amounts in micro-euro, in this order."""

CAUSES = ("none", "credit", "locked")
"""The causes of a disconnection, as `supply` numbers them."""
