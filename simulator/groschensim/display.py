# SPDX-License-Identifier: Apache-2.0
"""What the meter's display shows, as text."""

from groschen.core import notices
from groschen.core.amount import Limbs
from groschen.core.canvas import WIDTH, Canvas


class WholeCanvas(Canvas):
    """A canvas that cuts nothing off: what is too long for its line is an error."""

    def put(self, char: int) -> None:
        """Go on with one character."""
        if self._at >= WIDTH:
            raise ValueError(f"longer than its line: {self._line.decode('iso8859-15')}")
        super().put(char)


def text(canvas: Canvas) -> list[str]:
    """Return the four lines, without the blanks at their ends."""
    return [line.decode("iso8859-15").rstrip() for line in canvas.lines]


def card_lines(outcome: int, booked: Limbs | None, balance: Limbs, language: int) -> tuple[str, str]:
    """Return the two lines for a card session's outcome."""
    canvas = Canvas()
    canvas.language = language
    notices.draw_card(canvas, outcome, booked, balance)
    first, second, *_ = text(canvas)
    return first, second
