# SPDX-License-Identifier: Apache-2.0
"""The trace of a run: a row for each quarter hour, written as CSV. Runs on CPython and MicroPython alike.

A row's energies are those of its quarter hour; its amounts and states are those in the second the quarter hour ends in,
all that time changed then included (midnight's rates too), before people's events of that second.
"""

from groschencard import const
from groschencard.recordwords import MODES
from groschensim import names
from groschensim.result import iso

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import TextIO

    from groschensim.board import Board

AMOUNTS = names.REGISTERS[2:]
COLUMNS = ("start", "ht_pulses", "nt_pulses", "supply_on", "protected", "emergency", "mode", "disconnections")
HEADER = ",".join(COLUMNS + tuple([name + "_ueur" for name in AMOUNTS]))


class Trace:
    """Writes a row when a quarter hour has ended."""

    def __init__(self, out: "TextIO") -> None:
        self._out = out
        self._ht = 0
        self._nt = 0
        out.write(HEADER + "\n")

    def quarter(self, board: "Board", start: int) -> None:
        """Write the row of the quarter hour that began at a second since 1970."""
        meter = board.meter
        ht = meter.energy_ht.value()
        nt = meter.energy_nt.value()
        supply = meter.supply
        row = [
            iso(start),
            str(ht - self._ht),
            str(nt - self._nt),
            "1" if supply.on else "0",
            "1" if meter.agenda.protected else "0",
            "1" if supply.emergency else "0",
            MODES[supply.mode],
            str(supply.disconnections),
        ]
        for register in meter.registers()[2:]:
            row.append(str(register.value()))
        self._out.write(",".join(row) + "\n")
        self._ht = ht
        self._nt = nt
