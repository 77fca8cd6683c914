# SPDX-License-Identifier: Apache-2.0
"""A buzzer, and how often it has sounded.

Runs on CPython and MicroPython alike.
"""


class Buzzer:
    """Sounds while it is driven with anything but zero: a level, or the duty of a PWM."""

    def __init__(self) -> None:
        self.sounding: bool = False
        self.times: int = 0

    def drive(self, strength: int) -> None:
        """Drive it."""
        sounding = strength != 0
        if sounding and not self.sounding:
            self.times += 1
        self.sounding = sounding
