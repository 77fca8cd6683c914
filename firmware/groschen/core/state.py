# SPDX-License-Identifier: Apache-2.0
"""All that a meter keeps: its rules' state, and beside it what cards, numbers typed in and the service port need."""

from groschen.core.exchange import Cards, Port, Tans
from groschen.core.setting import Setting
from groschen.core.starts import Starts
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.meter import Meter


class State:
    """A meter with what is remembered around it; the store packs it whole."""

    FIELDS = ("life", 2, "owner", 3, "language", 1)
    PARTS = ("meter", "cards", "tan", "port", "starts", "setting")

    def __init__(self, meter: "Meter") -> None:
        self.life: int = 1  # which of the meter's memories this is, from 1: see `MeterKeys.life`
        self.owner: int = 0  # whose memory it is, see `MeterKeys.memory`; 0 until a board first starts with it
        self.language: int = 0  # of the display, as `texts` numbers them
        self.meter = meter
        self.cards = Cards()
        self.tan = Tans()
        self.port = Port()
        self.starts = Starts()
        self.setting = Setting()

    def waits(self) -> int:
        """Return how many seconds a supply that is on still waits, since the power has failed too often."""
        return self.starts.left(self.tan.seconds())
