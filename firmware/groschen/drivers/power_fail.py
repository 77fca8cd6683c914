# SPDX-License-Identifier: Apache-2.0
"""The supply's signal that it fails, low some ten milliseconds before it is gone; and what breaks off because of it."""

from groschencard.compat import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from machine import Pin

_EIO = const(5)


class PowerFail:
    """The input, with its pull-up."""

    def __init__(self, pin: "Pin") -> None:
        self._pin = pin

    def failing(self) -> bool:
        """Say whether the supply fails."""
        return not self._pin.value()


class Guard:
    """Lets a driver's calls through to a delay or a pin while there is power, and then breaks its work off."""

    def __init__(self, power: PowerFail, call: "Callable[[int], object]") -> None:
        """Take the signal, and what is guarded: `sleep_us`, or the `value` of a pin."""
        self._failing = power.failing
        self._call = call

    def value(self, argument: int) -> None:
        """Make the call; raises OSError where the supply fails, as a card does that is pulled."""
        if self._failing():
            raise OSError(_EIO)
        self._call(argument)
