# SPDX-License-Identifier: Apache-2.0
"""A buzzer: one with its own oscillator on a pin, or a piezo on a PWM."""

from groschencard.compat import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable


class Buzzer:
    """Sounds or is silent."""

    def __init__(self, drive: "Callable[[int], object]", loud: int = 1) -> None:
        """Take what drives it and sounds: the `value` of a pin and 1, `duty_u16` of a PWM and half its range."""
        self._drive = drive
        self._loud = loud
        drive(0)

    def sound(self, on: bool) -> None:
        """Sound, or be silent."""
        self._drive(self._loud if on else 0)
