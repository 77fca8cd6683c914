# SPDX-License-Identifier: Apache-2.0
"""What is a single line to the board: a contact, the supply's signal, a buzzer."""

from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from collections.abc import Callable

    from machine import Pin

_PERIOD = const(0x3FFFFFFF)  # of the milliseconds, and one
_STEADY_MS = const(50)
_EIO = const(5)


class Contact:
    """A contact to ground on an input with pull-up; it has changed once it was so for 50 ms, at each look."""

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
            self._level ^= 1
            self._since = -1

    def closed(self) -> bool:
        """Say whether it is closed."""
        return not self._level


class PowerFail:
    """The supply's signal that it fails: low for some time before it is gone."""

    def __init__(self, pin: "Pin", returned: bool = True) -> None:
        """Take the input, and whether the board starts since the power has returned; wait where it fails again."""
        self._pin = pin
        self.returned: bool = returned
        while self.failing():
            self.returned = True

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


class Buzzer:
    """A buzzer with its own oscillator on a pin, or a piezo on a PWM."""

    def __init__(self, drive: "Callable[[int], object]", loud: int = 1) -> None:
        """Take what drives it and sounds: the `value` of a pin and 1, `duty_u16` of a PWM and half its range."""
        self._call = drive
        self._loud = loud
        drive(0)

    def sound(self, on: bool) -> None:
        """Sound, or be silent."""
        self._call(self._loud if on else 0)
