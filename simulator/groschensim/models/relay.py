# SPDX-License-Identifier: Apache-2.0
"""A latching relay with two coils and an auxiliary contact, and what may be wrong with it.

Runs on CPython and MicroPython alike.
"""

from groschencard import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

PULL_US = const(30_000)
"""So long a coil must be driven, alone, until the contact moves."""

_OPEN = const(0)
_CLOSED = const(1)


class LatchingRelay:
    """The contact, moved by a coil that was driven for long enough; the auxiliary contact moves with it.

    `welded` keeps a contact closed that is closed, `stuck` keeps it where it is, `torn` keeps the auxiliary one open.
    """

    def __init__(self, now_us: "Callable[[], int]", closed: bool = False) -> None:
        """Take the world's microseconds, and where the contact is."""
        self.welded: bool = False
        self.stuck: bool = False
        self.torn: bool = False
        self.pulses: int = 0
        """How often a coil was driven."""
        self.both: int = 0
        """How often one was while the other was, too."""
        self.longest_us: int = 0
        """The longest of the pulses that have ended."""
        self._now = now_us
        self._closed: bool = closed
        self._coils = [0, 0]
        self._since: int = 0

    @property
    def closed(self) -> bool:
        """Whether the contact is closed now."""
        self._settle()
        return self._closed

    def set_coil(self, level: int) -> None:
        """Drive the coil that connects, or let it go."""
        self._drive(_CLOSED, level)

    def reset_coil(self, level: int) -> None:
        """Drive the coil that disconnects, or let it go."""
        self._drive(_OPEN, level)

    def back(self) -> int:
        """Return the level of the auxiliary contact's pin: low while it is closed."""
        return 0 if self.closed and not self.torn else 1

    def push(self, closed: bool) -> None:
        """Move the contact by hand, or by a blow."""
        self._settle()
        self._closed = closed

    def _drive(self, coil: int, level: int) -> None:
        level = 1 if level else 0
        if level == self._coils[coil]:
            return
        self._settle()
        now = self._now()
        if level:
            self.pulses += 1
            self.both += self._coils[1 - coil]
        else:
            self.longest_us = max(self.longest_us, now - self._since)
        self._coils[coil] = level
        self._since = now

    def _settle(self) -> None:
        """Let the contact move that had the time to."""
        closing, opening = self._coils[_CLOSED], self._coils[_OPEN]
        if closing == opening or self._now() - self._since < PULL_US or self.stuck:
            return
        if closing or not self.welded:
            self._closed = bool(closing)
