# SPDX-License-Identifier: Apache-2.0
"""Which instant it is for the meter: the clock's where that can be trusted, else an estimate. See docs/clock.md.

The meter's time never goes back but by a correction, so that no midnight comes twice; and it passes every instant, so
that none is left out. Every way in which the clock is set leads through `set`.
"""

from groschencard import const, records

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.keeper import Keeper
    from groschen.core.ports import Clock

_QUARTERS_PER_DAY = const(96)
_QUARTER_S = const(900)
_DAY_S = const(86400)
_TOLERANCE_S = const(60)  # a clock that is off by no more is trimmed, and not wrong
_LONGEST_DAYS = const(400)  # without power, by a clock that says it never stopped; more is a wrong year
_LOST_BACK_S = const(3600)  # so far before the estimate a lost clock may be set
_FAR_S = const(0x1FFFFFFF)  # for differences of more than 17 years


def between(day: int, second: int, then: int, then_second: int) -> int:
    """Return by how many seconds a UTC day and second of it are after others, below zero: before; at most 17 years."""
    days = day - then
    if days > _FAR_S // _DAY_S:
        return _FAR_S
    if days < -(_FAR_S // _DAY_S):
        return -_FAR_S
    return days * _DAY_S + second - then_second


class Timekeeper:
    """Finds `day` and `second`, the UTC instant for the meter, from its clock and the time since the start."""

    def __init__(self, keeper: "Keeper", clock: "Clock") -> None:
        self._keeper = keeper
        self._meter = keeper.meter
        self._clock = clock
        self.day: int = 0
        self.second: int = 0
        self._behind: int = 0  # seconds that the clock was behind them when it was read last
        self._uptime: int = clock.uptime()  # when `day` and `second` were found
        self._keep()

    def start(self) -> None:
        """Find the instant after a restart: the clock's, unless it lost itself, is behind the meter, or years ahead.

        One that the meter waits for is behind; but not behind what it showed when that began.
        """
        meter = self._meter
        clock = self._clock
        clock.read()
        ahead = self._ahead()
        since = between(clock.day, clock.second, *self._trusted()) if meter.held else ahead
        if clock.lost or since < -_TOLERANCE_S or ahead > _LONGEST_DAYS * _DAY_S:
            waits = meter.held and meter.trusted_quarter  # a memory of layout 3 says not since when
            meter.lose_clock(-between(*self._trusted(), self.day, self.second) if waits else 0)
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
            if not clock.lost and -_TOLERANCE_S <= ahead + self._behind - passed <= _TOLERANCE_S:
                self._follow(ahead)
                return
            meter.lose_clock(self._behind)
        self._pass(passed)

    def set(self, day: int, second: int, number: int = 0, order: int = records.SET_CLOCK) -> bool:
        """Set the clock, by the command of that number on a service card, or with 0 at the port.

        Return whether that is refused: then nothing has changed. Raises OSError where the clock does not answer.
        """
        self.step()
        meter = self._meter
        clock = self._clock
        state = self._keeper.state
        setting = state.setting
        if order != records.SET_CLOCK or not meter.commissioned():
            self._correct(day, second, order == records.CHARGE_FROM_NOW)
        else:
            by = 0  # a lost one is bounded by what is known of the time, and not by what was set
            if meter.clock_lost:
                if between(day, second, self.day, self.second) < -_LOST_BACK_S:
                    return True
                if between(day, second, *self._trusted()) > _LONGEST_DAYS * _DAY_S:
                    return True
            else:
                by = between(day, second, clock.day, clock.second)
                if not setting.allows(state.tan.seconds(), by):
                    return True
            # Kept before it is done: who cuts the power between the two has used it up.
            setting.note(state.tan.seconds(), by)
            self._keeper.commit()
            clock.set(day, second)
            meter.pause()
            self._keeper.make_up(day)
            meter.set_clock(day, second)
            meter.trusted_quarter = day * _QUARTERS_PER_DAY + second // _QUARTER_S
            meter.trusted_second = second % _QUARTER_S
        if number:
            state.cards.command = number
            setting.begin_anew()
        self._keep()
        clock.read()
        self._follow(min(self._ahead(), 0))
        self._keeper.commit()
        return False

    def _correct(self, day: int, second: int, charge_from_now: bool) -> None:
        """Set clock and meter, however far, and charge nothing that lies between.

        The meter is never kept behind its clock: a cut then would be an outage, with days to be made up for. The other
        way round the clock is found lost, and the card, whose command is not done, sets it at its next insertion.
        """
        meter = self._meter
        ahead = between(day, second, self.day, self.second) > 0
        meter.advance(self.day, self.second)
        if ahead:
            meter.correct_clock(day, second, charge_from_now)
            self._keeper.commit()
        self._clock.set(day, second)
        if not ahead:
            meter.correct_clock(day, second, charge_from_now)

    def _trusted(self) -> "tuple[int, int]":
        """Return the last instant at which the clock was trusted, or that it is waited for since."""
        quarter = self._meter.trusted_quarter
        second = quarter % _QUARTERS_PER_DAY * _QUARTER_S + self._meter.trusted_second
        return quarter // _QUARTERS_PER_DAY, second

    def _ahead(self) -> int:
        """Return by how many seconds the clock is ahead of the meter's time."""
        return between(self._clock.day, self._clock.second, self.day, self.second)

    def _follow(self, ahead: int) -> None:
        """Take the clock's instant, or wait for it where the meter's time is ahead."""
        self._behind = max(-ahead, 0)
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
