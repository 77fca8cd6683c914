# SPDX-License-Identifier: Apache-2.0
"""What is to happen at which instant, in order."""

import heapq
from collections.abc import Callable


class Entry:
    """One thing that is to happen, until it is cancelled."""

    __slots__ = ("at_us", "do", "number")

    def __init__(self, at_us: int, number: int, do: "Callable[[], object] | None") -> None:
        self.at_us = at_us
        self.number = number
        self.do = do

    def __lt__(self, other: "Entry") -> bool:
        return (self.at_us, self.number) < (other.at_us, other.number)

    def cancel(self) -> None:
        """Let it not happen."""
        self.do = None


class Schedule:
    """A queue of entries by instant; those of one instant happen in the order in which they were asked for."""

    def __init__(self) -> None:
        self._heap: list[Entry] = []
        self._number = 0

    def at(self, at_us: int, do: Callable[[], object]) -> Entry:
        """Let something happen at an instant."""
        self._number += 1
        entry = Entry(at_us, self._number, do)
        heapq.heappush(self._heap, entry)
        return entry

    def next_us(self) -> int | None:
        """Return the instant of what comes next, or None."""
        heap = self._heap
        while heap and heap[0].do is None:
            heapq.heappop(heap)
        return heap[0].at_us if heap else None

    def take(self, until_us: int) -> Entry | None:
        """Take out what comes next, if it is due by an instant."""
        at_us = self.next_us()
        return None if at_us is None or at_us > until_us else heapq.heappop(self._heap)
