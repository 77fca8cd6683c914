# SPDX-License-Identifier: Apache-2.0
"""Which instant it is for the meter: the clock's where that can be trusted, else an estimate. See docs/clock.md.

The meter's time never goes back, so that no midnight comes twice; and it passes every instant, so that none is left
out.
"""

from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.keeper import Keeper
    from groschen.core.ports import Clock

_QUARTERS_PER_DAY = const(96)
_QUARTER_S = const(900)
_DAY_S = const(86400)
_TOLERANCE_S = const(60)  # a clock that is off by no more is trimmed, and not wrong
_LONGEST_DAYS = const(400)  # without power, by a clock that says it never stopped; more is a wrong year
_FAR_S = const(0x3FFFFFFF)  # for differences of more than 34 years


class Timekeeper:
    """Finds `day` and `second`, the UTC instant for the meter, from its clock and the time since the start."""

    def __init__(self, keeper: "Keeper", clock: "Clock") -> None:
        self._keeper = keeper
        self._meter = keeper.meter
        self._clock = clock
        self.day: int = 0
        self.second: int = 0
        self._uptime: int = clock.uptime()  # when `day` and `second` were found
        self._keep()

    def start(self) -> None:
        """Find the instant after a restart: the clock's, unless it lost itself, is behind the meter, or years ahead."""
        meter = self._meter
        clock = self._clock
        clock.read()
        ahead = self._ahead()
        if clock.lost or ahead < -_TOLERANCE_S or ahead > _LONGEST_DAYS * _DAY_S:
            meter.lose_clock()
        if not meter.clock_lost:
            self._follow(ahead)

    def step(self) -> None:
        """Find the instant now; a clock that does not run as the board does has lost itself."""
        meter = self._meter
        clock = self._clock
        uptime = clock.uptime()
        passed = uptime - self._uptime
        self._uptime = uptime
        self._keeper.state.tan.pass_time(passed)
        if not meter.clock_lost:
            clock.read()
            ahead = self._ahead()
            waits = meter.held and ahead <= passed  # a clock that was set back may be behind for long
            if clock.lost or (not waits and not -_TOLERANCE_S <= ahead - passed <= _TOLERANCE_S):
                meter.hold(False)
                meter.lose_clock()
            else:
                self._follow(ahead)
                return
        self._pass(passed)

    def set(self, day: int, second: int, command: int = 0) -> None:
        """Set the clock, by the command of a service card or the service port."""
        clock = self._clock
        clock.set(day, second)
        clock.read()
        ahead = self._ahead()
        self._keeper.set_clock(day, second, command)
        self._keep()
        self._follow(min(ahead, 0))

    def _ahead(self) -> int:
        """Return by how many seconds the clock is ahead of the meter's time."""
        days = self._clock.day - self.day
        if days > _FAR_S // _DAY_S:
            return _FAR_S
        if days < -(_FAR_S // _DAY_S):
            return -_FAR_S
        return days * _DAY_S + self._clock.second - self.second

    def _follow(self, ahead: int) -> None:
        """Take the clock's instant, or wait for it where the meter's time is ahead."""
        self._meter.hold(ahead < -_TOLERANCE_S)
        if ahead > 0:
            self._pass(ahead)

    def _pass(self, seconds: int) -> None:
        self.second += seconds
        self.day += self.second // _DAY_S
        self.second %= _DAY_S

    def _keep(self) -> None:
        """Take the meter's own instant."""
        meter = self._meter
        self.day = meter.quarter // _QUARTERS_PER_DAY
        self.second = meter.quarter % _QUARTERS_PER_DAY * _QUARTER_S + meter.second
