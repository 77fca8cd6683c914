# SPDX-License-Identifier: Apache-2.0
"""What the front panel is drawn with: the display, a key, the lamp, the slider of the load."""

from textual import events
from textual.message import Message
from textual.widgets import Static

from groschen.core import keypad
from groschensim.language import pick

BLANK = "\n".join(" " * 20 for _ in range(4))

STOPS_W = (0, 5, 10, 20, 50, 100, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000, 7500, 10_000, 15_000, 20_000)
"""What the slider stands at."""

_LABEL = 9  # characters before the slider

_LAMP = "   .---.\n  /     \\\n  \\     /\n   '. .'\n    |=|\n    '-'"

KEYS = (
    (1, "1"),
    (2, "2"),
    (3, "3"),
    (keypad.UP, "▲"),
    (4, "4"),
    (5, "5"),
    (6, "6"),
    (keypad.DOWN, "▼"),
    (7, "7"),
    (8, "8"),
    (9, "9"),
    (keypad.TAN, "TAN"),
    (keypad.CORRECT, "C"),
    (0, "0"),
    (keypad.OK, "OK"),
    (keypad.LIGHT, ""),
)
"""The keys as they stand on the pad, with what is printed on them; the light's is a word of the language."""


class Shown(Static):
    """A text that is drawn anew only where it changes."""

    def __init__(self, content: str = "", *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        """Take the text."""
        super().__init__(content, id=id, classes=classes, markup=False)
        self.said = content

    def say(self, content: str) -> None:
        """Show a text."""
        if content != self.said:
            self.said = content
            self.update(content)


class Key(Shown):
    """A key of the meter's pad."""

    class Pressed(Message):
        """Somebody pressed it."""

        def __init__(self, number: int) -> None:
            """Take the key's number."""
            super().__init__()
            self.number = number

    def __init__(self, number: int, label: str) -> None:
        """Take the key's number and what is printed on it."""
        super().__init__(label or pick(("Licht", "Light")), id=f"key-{number}", classes="key")
        self._number = number

    def on_click(self) -> None:
        """Press it with the mouse."""
        self.post_message(self.Pressed(self._number))


class Lamp(Shown):
    """The lamp of the house."""

    def __init__(self) -> None:
        """Begin dark."""
        super().__init__(_LAMP, id="lamp")

    @property
    def lit(self) -> bool:
        """Whether it shines."""
        return self.has_class("lit")

    def shine(self, lit: bool) -> None:
        """Shine, or be dark."""
        self.set_class(lit, "lit")


class Slider(Shown):
    """The load of the house: a stop of `STOPS_W`, by click or by key."""

    class Moved(Message):
        """Somebody moved it; `place` is the stop that it is to go to."""

        def __init__(self, place: int) -> None:
            """Take the stop's number."""
            super().__init__()
            self.place = place

    def __init__(self) -> None:
        """Begin at nothing."""
        super().__init__(id="slider")
        self.stop = 0
        self.place(0)

    def place(self, stop: int) -> None:
        """Stand at a stop; beyond the last one it stays there."""
        self.stop = max(0, min(stop, len(STOPS_W) - 1))
        gone = "━" * self.stop
        left = "─" * (len(STOPS_W) - 1 - self.stop)
        self.say(f"{pick(('Last', 'Load')):{_LABEL}}◀ {gone}█{left} ▶ {self.watts:6d} W")

    @property
    def watts(self) -> int:
        """The load in watts."""
        return STOPS_W[self.stop]

    def on_click(self, event: events.Click) -> None:
        """Go to where the mouse is, or one on where it is on an arrow."""
        at = event.x - _LABEL - 2
        if at < 0:
            at = self.stop - 1
        elif at > len(STOPS_W):
            at = self.stop + 1
        self.post_message(self.Moved(at))
