# SPDX-License-Identifier: Apache-2.0
"""A pin that a driver takes for one of `machine.Pin`, and its other side.

Runs on CPython and MicroPython alike.
"""

from groschencard import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable


class SimPin:
    """One pin; as an output it tells its `watch` of each level, as an input it calls the driver's handler at edges."""

    IRQ_FALLING = 4
    IRQ_RISING = 8

    def __init__(self, level: int = 1, watch: "Callable[[int], object] | None" = None) -> None:
        """Take the level to begin with, and what is connected to the pin."""
        self.level: int = level
        self.hard: bool = False
        """Whether the driver has asked for a hard interrupt."""
        self._watch = watch
        self._handler: Callable[[SimPin], object] | None = None
        self._trigger: int = 0

    def value(self, level: "int | None" = None) -> "int | None":
        """Set the pin's level where one is given, else return it."""
        if level is None:
            return self.level
        self.level = 1 if level else 0
        if self._watch:
            self._watch(self.level)
        return None

    def irq(self, handler: "Callable[[SimPin], object]", trigger: int, hard: bool = False) -> None:
        """Take the handler of the edges that are in `trigger`."""
        self._handler = handler
        self._trigger = trigger
        self.hard = hard

    def drive(self, level: int) -> None:
        """Set the level from outside; an edge calls the handler at once."""
        if level != self.level:
            self.level = level
            if self._trigger & (self.IRQ_RISING if level else self.IRQ_FALLING):
                self.interrupt()

    def interrupt(self) -> None:
        """Call the handler, as an interrupt does that has waited; the pin's level may have changed since."""
        if self._handler:
            self._handler(self)
