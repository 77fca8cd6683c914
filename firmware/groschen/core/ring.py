# SPDX-License-Identifier: Apache-2.0
"""A ring of rows of integers: the newest so many are kept."""

LOST = -1
"""What the first cell of a row that was given up holds; no instant, day or period is below zero."""


class Ring:
    """So many rows of so many integers; appending to a full ring gives up the oldest row.

    The cells are a list and no array: a small integer in it takes no more room, and a large one is still exact.
    """

    FIELDS = ("appended", 4)
    FIXED = ("cells",)

    def __init__(self, rows: int, widths: "tuple[int, ...]", open_row: bool = False) -> None:
        self.rows: int = rows
        self.widths = widths  # bytes of each cell in memory, negative where it has a sign
        self.width: int = len(widths)
        self.open_row: bool = open_row  # the newest row still changes
        self.appended: int = 0  # rows ever appended
        self.cells: "list[int]" = [0] * (rows * self.width)

    def append(self) -> int:
        """Make room for a row and return the index of its first cell."""
        at = self.appended % self.rows * self.width
        self.appended += 1
        return at

    def withdraw(self) -> None:
        """Take the newest row back; one that it pushed out does not return."""
        at = self.newest(0)
        for cell in range(at, at + self.width):
            self.cells[cell] = 0
        self.appended -= 1

    def __len__(self) -> int:
        """Return how many rows are kept."""
        return min(self.appended, self.rows)

    def closed(self) -> int:
        """Return how many of all rows ever appended do not change any more."""
        return self.appended - 1 if self.open_row and self.appended else self.appended

    def newest(self, back: int) -> int:
        """Return the index of the first cell of the row so many before the newest; back < len."""
        return (self.appended - 1 - back) % self.rows * self.width

    def at(self, index: int) -> int:
        """Return the index of the first cell of the row that was appended as number `index`, from 0."""
        return index % self.rows * self.width

    def lose(self, index: int) -> None:
        """Give up a row that the memory has lost: its first cell is LOST, the others are zero."""
        at = self.at(index)
        for cell in range(at, at + self.width):
            self.cells[cell] = 0
        self.cells[at] = LOST

    def drop(self, limit: int, cell: int = 0) -> None:
        """Give up closed rows that are not below a limit by one of their cells, nor below a newer row.

        What lies before a correction of the clock and yet to come is found so, also after a restart.
        """
        for back in range(len(self)):
            at = self.newest(back)
            if self.cells[at] == LOST:
                continue
            if self.cells[at + cell] < limit or (self.open_row and back == 0):
                limit = self.cells[at + cell]
            else:
                self.lose(self.appended - 1 - back)

    def kept(self) -> "list[list[int]]":
        """Return copies of the rows that are kept and not lost, the oldest first."""
        rows = [self.row(back) for back in range(len(self) - 1, -1, -1)]
        return [row for row in rows if row[0] != LOST]

    def row(self, back: int) -> "list[int]":
        """Return a copy of the row so many before the newest."""
        at = self.newest(back)
        return self.cells[at : at + self.width]
