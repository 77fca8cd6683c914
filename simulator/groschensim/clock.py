# SPDX-License-Identifier: Apache-2.0
"""The simulated clock: a real-time clock that may be lost, set wrong or jump, and an uptime that never is."""

DAY_S = 86400


class SimClock:
    """Shows the world's time, in seconds since 1970, moved by an error."""

    def __init__(self, now: int) -> None:
        self.now: int = now
        self.error: int = 0  # seconds that the clock is ahead of the world
        self.lost: bool = False
        self.day: int = 0
        self.second: int = 0
        self._started: int = now

    def restart(self) -> None:
        """Begin the board's uptime anew."""
        self._started = self.now

    def read(self) -> None:
        """Take the instant that the clock shows."""
        shown = self.now + self.error
        self.day = shown // DAY_S
        self.second = shown % DAY_S

    def set(self, day: int, second: int) -> None:
        """Set the clock."""
        self.error = day * DAY_S + second - self.now
        self.lost = False

    def uptime(self) -> int:
        """Return the seconds since the board started."""
        return self.now - self._started
