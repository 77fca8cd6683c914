# SPDX-License-Identifier: Apache-2.0
"""When a meter is to be committed: at what is more than pulses, and before a power cut could cost too many of them."""

from groschen.core.meter import PULSE_COUNT
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.meter import Meter

_AT_RISK = const(100)  # of a kilowatt-hour, the part that a cut may cost where the board keeps no count: 10 Wh


class Pace:
    """Says whether it is time.

    A commit costs the memory two writes of each cell, so that the seconds that pass are none to commit for.
    """

    def __init__(self, meter: "Meter", kept: bool) -> None:
        self._meter = meter
        self._most: int = PULSE_COUNT if kept else max(1, meter.imp // _AT_RISK)
        self._quarter: int = 0
        self._change: int = 0
        self._events: int = 0
        self._warnings: int = 0
        self._edition: int = 0
        self._seen: int = 0
        self.note()

    def due(self) -> bool:
        """Say whether the meter has changed so much since it was committed last."""
        meter = self._meter
        return (
            meter.quarter != self._quarter
            or meter.change() != self._change  # a price or a window began or ended
            or meter.log.ring.appended != self._events
            or meter.warnings.ring.appended != self._warnings
            or meter.edition != self._edition
            or (meter.seen - self._seen & PULSE_COUNT) >= self._most
        )

    def note(self) -> None:
        """Take the meter as it is for the one that was committed last."""
        meter = self._meter
        self._quarter = meter.quarter
        self._change = meter.change()
        self._events = meter.log.ring.appended
        self._warnings = meter.warnings.ring.appended
        self._edition = meter.edition
        self._seen = meter.seen
