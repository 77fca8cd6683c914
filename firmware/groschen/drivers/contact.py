# SPDX-License-Identifier: Apache-2.0
"""A contact to ground on an input with pull-up, such as the terminal cover's (IEC 62052-31, 6.9: covers)."""

from groschencard.compat import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from machine import Pin

_PERIOD = const(0x3FFFFFFF)  # of the milliseconds, and one
_STEADY_MS = const(50)


class Contact:
    """Closed while the input is low; it has changed once it was so for 50 ms, at each look."""

    def __init__(self, pin: "Pin") -> None:
        self._pin = pin
        self._level: int = pin.value()
        self._since: int = -1

    def step(self, now: int) -> None:
        """Look at it."""
        if self._pin.value() == self._level:
            self._since = -1
        elif self._since < 0:
            self._since = now
        elif now - self._since & _PERIOD >= _STEADY_MS:
            self._level = 1 - self._level
            self._since = -1

    def closed(self) -> bool:
        """Say whether it is closed."""
        return not self._level
