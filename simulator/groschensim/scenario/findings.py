# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a scenario, gathered so that one reading names all of it."""

from collections.abc import Callable
from pathlib import Path

from groschensim.errors import ScenarioError
from groschensim.scenario.lines import Lines, Place
from groschensim.scenario.shown import shown_path
from groschensim.scenario.texts import say

MOST_SHOWN = 25


class Findings:
    """The problems of one scenario file, in the order of its lines."""

    def __init__(self, path: Path, lines: Lines, zone: str | int | None = None) -> None:
        """Begin with no problem; lines tells where keys stand, zone is the scenario's where it is known."""
        self.zone = zone
        self._file = shown_path(path)
        self._lines = lines
        self._found: list[tuple[int, str, str | Callable[[], str]]] = []

    def add(self, place: Place, key: str, message: str | Callable[[], str]) -> None:
        """Note a problem of a key, or of a whole table where key is empty; a costly text is made when it is shown."""
        line = self._lines.find(place, key)
        position = f"{self._file}:{line}" if line else self._file
        self._found.append((line or 0, f"{position}: {place.label(key)}: ", message))

    def add_all(self, problems: ScenarioError) -> None:
        """Note the problems of another file that this one names, after its own."""
        self._found.extend((1 << 30, "", problem) for problem in problems.problems)

    def raise_if_any(self) -> None:
        """Raise ScenarioError if a problem was noted."""
        found = sorted(self._found, key=lambda problem: problem[0])
        texts = [head + (text if isinstance(text, str) else text()) for _, head, text in found[:MOST_SHOWN]]
        if len(found) > MOST_SHOWN:
            texts.append(say("problems_left", count=len(found) - MOST_SHOWN))
        if texts:
            raise ScenarioError(texts)
