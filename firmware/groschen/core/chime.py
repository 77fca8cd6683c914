# SPDX-License-Identifier: Apache-2.0
"""What the buzzer plays: so many beeps, one after the other."""

from groschen.core.ticks import since
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.ports import Buzzer

_LONG_MS = const(200)  # a beep, and the pause behind it
_SHORT_MS = const(20)  # a key that was pressed


class Chime:
    """The beeps that are still to be heard."""

    def __init__(self, buzzer: "Buzzer") -> None:
        self._buzzer = buzzer
        self._halves: int = 0  # beeps and pauses to come, the running one included
        self._length: int = _LONG_MS
        self._began: int = 0
        buzzer.sound(False)  # it may have sounded when a fault ended what there was before

    def play(self, beeps: int, now: int) -> None:
        """Begin to play so many beeps; what was being played is cut short."""
        self._begin(2 * beeps, _LONG_MS, now)

    def click(self, now: int) -> None:
        """Sound for a key, unless something is being played."""
        if not self._halves:
            self._begin(2, _SHORT_MS, now)

    def step(self, now: int) -> None:
        """Go on, where something is being played."""
        if self._halves and since(now, self._began) >= self._length:
            self._halves -= 1
            self._began = now
            self._buzzer.sound(self._halves > 0 and self._halves % 2 == 0)

    def _begin(self, halves: int, length: int, now: int) -> None:
        self._halves = halves
        self._length = length
        self._began = now
        self._buzzer.sound(halves > 0)
