# SPDX-License-Identifier: Apache-2.0
"""The controller's pins: what the device drives, what the world does, and which edges interrupt."""

from collections.abc import Callable

COUNT = 30
OUT = 1
OPEN_DRAIN = 2
PULL_UP = 1
PULL_DOWN = 2
UNCHANGED = 0xFF

FALLING = 4
RISING = 8


class Pins:
    """Levels by pin; `levels` has a bit for each, as the device reads it."""

    def __init__(self, edge: Callable[[int, int], None]) -> None:
        """Take what is told of an edge that is to interrupt: the pin, and FALLING or RISING."""
        self._edge = edge
        self.levels = 0
        self._world: list[int | None] = [None] * COUNT
        self._listeners: list[list[Callable[[int | None], None]]] = [[] for _ in range(COUNT)]
        self._mode = [0] * COUNT
        self._out = [0] * COUNT
        self._pull = [0] * COUNT
        self._triggers = [0] * COUNT

    def reset(self) -> None:
        """Make all pins inputs without a pull, as a reset does."""
        for pin in range(COUNT):
            self._triggers[pin] = self._pull[pin] = self._out[pin] = 0
            if self._mode[pin]:
                self._mode[pin] = 0
                self._tell(pin)
            self._settle(pin)

    def forget_interrupts(self) -> None:
        """Let no edge interrupt."""
        self._triggers = [0] * COUNT

    def listen(self, pin: int, listener: Callable[[int | None], None]) -> None:
        """Let something hear what the device drives a pin to: 0, 1, or None where it lets go."""
        self._listeners[pin].append(listener)

    def set(self, pin: int, level: int | None) -> None:
        """Let the world pull a pin low or high, or leave it."""
        if self._world[pin] != level:
            self._world[pin] = level
            self._settle(pin)

    def driven(self, pin: int) -> int | None:
        """Return what the device drives a pin to, None where it lets go."""
        mode, out = self._mode[pin], self._out[pin]
        if mode == OUT:
            return out
        return 0 if mode == OPEN_DRAIN and not out else None

    def configure(self, pin: int, mode: int, pull: int, value: int) -> None:
        """Take the device's settings of a pin."""
        if value != UNCHANGED:
            self._out[pin] = value
        if mode != UNCHANGED:
            self._mode[pin] = mode
        if pull != UNCHANGED:
            self._pull[pin] = pull
        self._tell(pin)
        self._settle(pin)

    def write(self, pin: int, level: int) -> None:
        """Take what the device drives a pin to."""
        if self._out[pin] != level:
            self._out[pin] = level
            if self._mode[pin]:
                self._tell(pin)
                self._settle(pin)

    def interrupt_on(self, pin: int, triggers: int) -> None:
        """Take which edges of a pin interrupt the device."""
        self._triggers[pin] = triggers

    def level(self, pin: int) -> int:
        """Return a pin's level."""
        return self.levels >> pin & 1

    def _tell(self, pin: int) -> None:
        level = self.driven(pin)
        for listener in self._listeners[pin]:
            listener(level)

    def _settle(self, pin: int) -> None:
        level = self.driven(pin)
        if level is None:
            level = self._world[pin]
        if level is None:
            level = 1 if self._pull[pin] == PULL_UP else 0
        before = self.levels >> pin & 1
        if level == before:
            return
        self.levels ^= 1 << pin
        if self._triggers[pin] & (RISING if level else FALLING):
            self._edge(pin, RISING if level else FALLING)
