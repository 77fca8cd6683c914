# SPDX-License-Identifier: Apache-2.0
"""A ring of rows of integers: the newest so many are kept."""


class Ring:
    """So many rows of so many integers; appending to a full ring gives up the oldest row.

    The cells are a list and no array: a small integer in it takes no more room, and a large one is still exact.
    """

    FIELDS = ("appended",)
    FIXED = ("cells",)
    __slots__ = ("appended", "cells", "rows", "width")

    def __init__(self, rows: int, width: int) -> None:
        self.rows: int = rows
        self.width: int = width
        self.appended: int = 0  # rows ever appended
        self.cells: "list[int]" = [0] * (rows * width)

    def append(self) -> int:
        """Make room for a row and return the index of its first cell."""
        at = self.appended % self.rows * self.width
        self.appended += 1
        return at

    def __len__(self) -> int:
        """Return how many rows are kept."""
        return min(self.appended, self.rows)

    def newest(self, back: int) -> int:
        """Return the index of the first cell of the row so many before the newest; back < len."""
        return (self.appended - 1 - back) % self.rows * self.width

    def row(self, back: int) -> "list[int]":
        """Return a copy of the row so many before the newest."""
        at = self.newest(back)
        return self.cells[at : at + self.width]
