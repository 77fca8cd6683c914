# SPDX-License-Identifier: Apache-2.0
"""How often the power has returned, and how long the supply waits for that, all by the meter's own run.

A board that counts by its program alone opens its relay at each failing of the power, and closes it when it counts
again: at once, but from the sixth start within an hour of run on only after a wait of one minute, two, four, up to
fifteen. Whoever pulses the mains draws nothing while nobody counts, and wears no relay out.
"""

from groschencard import const

_HOUR_S = const(3600)
_MINUTE_S = const(60)
_FREE = const(5)  # starts within an hour that do without a wait
_LONGEST = const(15)


class Starts:
    """The starts so far. Instants are seconds that the meter has run, which neither its clock nor a cut moves."""

    FIELDS = (
        ("count", 4, "last", 4, "gap_1", 2, "gap_2", 2, "gap_3", 2, "gap_4", 2, "gap_5", 2)
        + ("wait", 1, "waited", 4, "told", 3, "guarded", 1)
    )  # fmt: skip

    def __init__(self) -> None:
        self.count: int = 0
        self.last: int = 0  # when the last one was,
        self.gap_1: int = 0  # how long behind the one before it, an hour and a second at most,
        self.gap_2: int = 0  # and how long that one was behind its own
        self.gap_3: int = 0
        self.gap_4: int = 0
        self.gap_5: int = 0
        self.wait: int = 0  # minutes, of the last start that had to wait,
        self.waited: int = 0  # and when that was
        self.told: int = 0  # the hour in which the last event was, counted from one
        self.guarded: bool = False  # the relay is opened when the power fails

    def note(self, run: int, guarded: bool) -> bool:
        """Count a start; return whether it is an event: at the sixth within an hour and later, once in each."""
        self.count += 1
        self.gap_5 = self.gap_4
        self.gap_4 = self.gap_3
        self.gap_3 = self.gap_2
        self.gap_2 = self.gap_1
        self.gap_1 = min(run - self.last, _HOUR_S + 1)
        self.last = run
        self.guarded = guarded
        if self.count <= _FREE or self.gap_1 + self.gap_2 + self.gap_3 + self.gap_4 + self.gap_5 > _HOUR_S:
            return False
        if guarded:
            again = self.wait and run - self.waited <= _HOUR_S
            self.wait = min(2 * self.wait, _LONGEST) if again else 1
            self.waited = run
        hour = run // _HOUR_S + 1
        news = hour != self.told
        self.told = hour
        return news

    def left(self, run: int) -> int:
        """Return how many seconds the supply still waits."""
        if self.waited != self.last:
            return 0
        return max(0, self.wait * _MINUTE_S - (run - self.last))
