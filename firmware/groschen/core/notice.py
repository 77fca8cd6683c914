# SPDX-License-Identifier: Apache-2.0
"""What the display says of an error of the meter itself, in two lines of twenty characters, German and English."""

from groschen.core import events
from groschencard.compat import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from groschen.core.meter import Meter

GERMAN = const(0)
ENGLISH = const(1)

NONE = (("", ""), ("", ""))
WORN = (("Speicher defekt", "Stadtwerk anrufen"), ("Memory failure", "Call your utility"))
DAMAGED = (("Speicher gestört", "Stadtwerk anrufen"), ("Memory damaged", "Call your utility"))
CLOCK = (("Uhrzeit unbekannt", "Stadtwerk anrufen"), ("Clock not set", "Call your utility"))


def notice(meter: "Meter", language: int) -> "tuple[str, str]":
    """Return the two lines for the gravest error there is, empty where there is none."""
    if meter.errors >> events.ERROR_WORN & 1:
        return WORN[language]
    if meter.errors >> events.ERROR_DAMAGED & 1:
        return DAMAGED[language]
    if meter.clock_lost:
        return CLOCK[language]
    return NONE[language]
