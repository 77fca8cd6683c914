# SPDX-License-Identifier: Apache-2.0
"""How fast the world's time goes: real, lapsed, or straight to an instant; a turn is as long as a screen bears."""

from collections.abc import Callable
from time import perf_counter

from groschensim.panel.world import SECOND_MS, TENTH_MS, World

FACTORS = (1, 60, 600, 3600)
_STRIDES_MS = (TENTH_MS, SECOND_MS, SECOND_MS, 10 * SECOND_MS)
"""By factor: how long the device sleeps where no pulse falls."""
_TURN_S = 0.06
_LONGEST_S = 1.0  # a terminal that was stopped for longer has not lived through it


class Lapse:
    """Drives a world by a real clock."""

    def __init__(self, world: World, clock: Callable[[], float]) -> None:
        """Take the world and a real clock in seconds."""
        self._world = world
        self._clock = clock
        self._last = clock()
        self._owed = 0.0  # milliseconds of the world
        self.speed = 0
        """Which of the factors it is."""
        self.target: int | None = None
        """Where the world's time goes to at once, in its milliseconds."""

    @property
    def factor(self) -> int:
        """How much faster than real it is."""
        return FACTORS[self.speed]

    def stop(self) -> None:
        """Let no time pass but what `World.run` is told."""
        self._clock = lambda: self._last

    def next_speed(self) -> None:
        """Take the next factor; a leap ends."""
        self.speed = 0 if self.target is not None else (self.speed + 1) % len(FACTORS)
        self._rest()

    def slow_down(self) -> None:
        """Let time be real, for people to do something."""
        self.speed = 0
        self._rest()

    def leap(self, target: int) -> None:
        """Go to an instant at once, in the world's milliseconds, then on in real time."""
        self.slow_down()
        self.target = target

    def turn(self) -> None:
        """Let as much time pass as is due since the last turn; what does not fit into this one is not made up for."""
        now = self._clock()
        passed, self._last = min(now - self._last, _LONGEST_S), now
        world = self._world
        if self.target is None:
            self._owed += passed * SECOND_MS * self.factor
            due = int(self._owed) // TENTH_MS * TENTH_MS
            self._owed -= due
            self._go(world.ms + due, _STRIDES_MS[self.speed])
        else:
            self._go(self.target, _STRIDES_MS[-1])
            if world.ms >= self.target:
                self.target = None

    def _go(self, until: int, stride: int) -> None:
        world = self._world
        end = perf_counter() + _TURN_S
        while world.ms < until and perf_counter() < end:
            world.go_on(until, stride)

    def _rest(self) -> None:
        self.target = None
        self._owed = 0.0
