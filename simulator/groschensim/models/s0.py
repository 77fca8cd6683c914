# SPDX-License-Identifier: Apache-2.0
"""The pulse output of a measuring element (IEC 62053-31), whose transistor bounces as relays do.

Runs on CPython and MicroPython alike.
"""

from groschencard import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ON_US = const(30_000)
"""The shortest pulse of class A, and the shortest pause."""


class S0Output:
    """Drives a line with pull-up, low for each pulse: edges wait until the world's time has come.

    The world asks for `due`, sets its clock to it, and calls `step`: so each edge arrives at its own instant.
    """

    def __init__(self, drive: "Callable[[int], object]", on_us: int = ON_US, bounces: "Sequence[int]" = ()) -> None:
        """Take the line, a pulse's length, and after how many microseconds each the level flips and flips back."""
        self._drive = drive
        self._on_us = on_us
        self._bounces = bounces
        self._edges: list[tuple[int, int]] = []  # times and levels, in order
        self.pulses: int = 0

    def pulse(self, at_us: int) -> None:
        """Send a pulse at an instant, not before those that were sent already are over."""
        if self._edges and self._edges[-1][0] > at_us:
            raise ValueError("the pulse before is not over")
        self.pulses += 1
        self._edge(at_us, 0)
        self._edge(at_us + self._on_us, 1)

    def glitch(self, at_us: int, length_us: int) -> None:
        """Let the line be low for a moment, which is no pulse."""
        self._edges += [(at_us, 0), (at_us + length_us, 1)]
        self._edges.sort()

    def due(self) -> int:
        """Return the instant of the next edge, -1 where none waits."""
        return self._edges[0][0] if self._edges else -1

    def step(self) -> None:
        """Drive the line with the next edge."""
        self._drive(self._edges.pop(0)[1])

    def _edge(self, at_us: int, level: int) -> None:
        self._edges.append((at_us, level))
        for pause in self._bounces:
            at_us += pause
            level = 1 - level
            self._edges.append((at_us, level))
