# SPDX-License-Identifier: Apache-2.0
"""How far and how often a running clock may be set: whoever knows the port's password gains nothing. docs/clock.md."""

from groschencard import const

_DAY_S = const(86_400)  # of the meter's own run between two settings
_AHEAD_S = const(90_000)  # in sum since the last service card that set it: 25 hours ahead,
_BACK_S = const(3_600)  # and one hour back


class Setting:
    """When it was set, by the meter's own run, and by how much in sum."""

    FIELDS = ("until", 4, "ahead", 3, "back", 2)

    def __init__(self) -> None:
        self.until: int = 0  # it is not set again before this second of `Tans.seconds`
        self.ahead: int = 0  # seconds since the last service card that set it
        self.back: int = 0

    def allows(self, now: int, by: int) -> bool:
        """Say whether a clock may be moved by so many seconds, below zero: back; `now` is the meter's own run."""
        if now < self.until:
            return False
        return self.ahead + max(by, 0) <= _AHEAD_S and self.back - min(by, 0) <= _BACK_S

    def note(self, now: int, by: int) -> None:
        """Take down that it is moved by so many seconds."""
        self.until = now + _DAY_S
        self.ahead += max(by, 0)
        self.back -= min(by, 0)

    def begin_anew(self) -> None:
        """Begin the sums anew, after a service card that set it."""
        self.ahead = 0
        self.back = 0
