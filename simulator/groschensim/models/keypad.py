# SPDX-License-Identifier: Apache-2.0
"""A matrix of 4x4 keys on an expander: rows on P0 to P3, columns on P4 to P7; a key connects one with the other.

Runs on CPython and MicroPython alike.
"""

from groschencard import const

FACE = (
    (1, 2, 3, 13),
    (4, 5, 6, 14),
    (7, 8, 9, 12),
    (11, 0, 10, 15),
)
"""The keys' numbers, row by row."""

_ALL = const(-1)


class KeyMatrix:
    """The keys that are down; several of them connect rows and columns as their wires do."""

    def __init__(self) -> None:
        self._down: list[tuple[int, int]] = []

    def press(self, key: int) -> None:
        """Hold a key down, 0 to 15, besides those that are."""
        self._down.append(self._wires(key))

    def release(self, key: int = _ALL) -> None:
        """Let a key go, or all."""
        if key == _ALL:
            self._down = []
        else:
            self._down.remove(self._wires(key))

    def written(self, pins: int) -> None:
        """See the pins change; keys do not mind."""

    def levels(self, pins: int) -> int:
        """Return the pins' levels: a low one pulls down what the keys connect it with."""
        before = -1
        while pins != before:
            before = pins
            for row, column in self._down:
                if not pins & row or not pins & column:
                    pins &= ~(row | column)
        return pins

    def _wires(self, key: int) -> tuple[int, int]:
        for row, keys in enumerate(FACE):
            if key in keys:
                return 1 << row, 0x10 << keys.index(key)
        raise ValueError("no such key")
