# SPDX-License-Identifier: Apache-2.0
"""On which line the tables and keys of a scenario stand, and the instants as they are written; tomllib tells neither.

A text is cut into tokens and these into statements, in time linear in its length. Broken TOML is cut as far as it goes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from groschensim.scenario.shown import printable

# No alternative can fail far behind its start, so that none is tried again from the next character.
_TOKEN = re.compile(
    r"""
    (?P<blank> [^\S\n]+ | \#[^\n]* )
    | (?P<end> \n )
    | (?P<text>
        \"{3} (?: [^"\\]+ | \\. | "{1,2}(?!") )* (?: "{3,5} )?
        | '{3} (?: [^']+ | '{1,2}(?!') )* (?: '{3,5} )?
        | " (?: [^"\\\n]+ | \\[^\n] )* "?
        | ' [^'\n]* '?
    )
    | (?P<instant>
        [0-9]{4}-[0-9]{2}-[0-9]{2} [Tt\ ] [0-9]{2}:[0-9]{2}:[0-9]{2} \.[0-9]+ (?: [Zz] | [+-][0-9]{2}:[0-9]{2} )?
    )
    | (?P<word> [A-Za-z0-9_-]+ )
    | (?P<mark> [\[\]{}=] )
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
_BELOW_MICROSECOND = re.compile(r"\.0{6}0*[1-9]")
_DEEP = 100
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}


class Place(NamedTuple):
    """A table of the file: its name, and its number from 1 if it is one of several."""

    section: str
    number: int = 0

    def label(self, key: str) -> str:
        """Return how messages name a key of this table, or the table itself where key is empty."""
        table = f"[[{self.section}]] {self.number}:" if self.number else f"[{self.section}]"
        return f"{table} {key}" if key else table.rstrip(":")


class Fraction(NamedTuple):
    """An instant with a fraction that tomllib drops: where it stands, and how it is written."""

    place: Place
    key: str
    literal: str


@dataclass
class Statement:
    """A header, whose opening is "[" or "[[", or a key with its value: the line of its start, and its name in parts."""

    line: int
    opening: str = ""
    parts: list[str] = field(default_factory=list[str])
    instants: list[str] = field(default_factory=list[str])
    depth: int = 0
    valued: bool = False

    def take(self, kind: str | None, word: str) -> None:
        """Take the next token."""
        if kind == "mark":
            self._take_mark(word)
        elif self.valued:
            if kind == "instant":
                self.instants.append(word)
        elif kind in ("word", "text"):
            self.parts.append(printable(word.strip("\"'") if kind == "text" else word))

    def _take_mark(self, mark: str) -> None:
        if self.valued:
            self.depth += _STEP.get(mark, 0)
        elif mark == "=":
            self.valued = True
        elif mark == "[":
            self.opening += mark


def _tokens(text: str) -> Iterator[tuple[str | None, str, int]]:
    """Yield kind, text and line of each token that is not blank."""
    line = 1
    for found in _TOKEN.finditer(text):
        kind, word = found.lastgroup, found[0]
        if kind != "blank":
            yield kind, word, line
        if kind in ("end", "text"):
            line += word.count("\n")


def statements(text: str) -> Iterator[Statement]:
    """Yield the statements of a TOML text."""
    statement = Statement(1)
    for kind, word, line in _tokens(text):
        if kind != "end":
            statement.take(kind, word)
        elif statement.depth <= 0:
            if statement.parts:
                yield statement
            statement = Statement(line + 1)
    if statement.parts:
        yield statement


def too_deep_line(text: str) -> int | None:
    """Return the line on which brackets are nested more deeply than in any scenario, or None."""
    depth = 0
    for kind, word, line in _tokens(text):
        if kind == "mark":
            depth += _STEP.get(word, 0)
            if depth == _DEEP:
                return line
    return None


def repeated_key(text: str, line: int) -> tuple[str, int | None]:
    """Return the name of the last key or header that begins at or before a line, and the line of its like before it."""
    header, name = "", ""
    seen: dict[str, int] = {}
    before: int | None = None
    for statement in statements(text):
        if statement.line > line:
            break
        name = ".".join(statement.parts)
        if statement.opening:
            header, before = f"[{name}] ", None
            name = ""
            seen.clear()
        else:
            before = seen.setdefault(name, statement.line)
            before = before if before != statement.line else None
    return (header + name).rstrip(), before


class Lines:
    """Where the tables and keys of a TOML text stand, and the fractions of a second that tomllib drops."""

    def __init__(self, text: str) -> None:
        """Scan the text once."""
        self.fractions: list[Fraction] = []
        self._lines: dict[tuple[str, int, str], int] = {}
        self._numbers: dict[str, int] = {}  # how many tables of a name there were
        self._place = Place("")
        self._key = ""  # below a header like [tariff.base_share]: base_share
        for statement in statements(text):
            if statement.opening:
                self._enter(statement)
            else:
                self._note(statement)

    def find(self, place: Place, key: str) -> int | None:
        """Return the line of a key, or of its table, or None."""
        section, number = place
        for known in ((section, number, key), (section, number, ""), (section, 0, "")):
            if known in self._lines:
                return self._lines[known]
        return None

    def _enter(self, statement: Statement) -> None:
        section, *rest = statement.parts
        number = self._numbers.get(section, 0) + (statement.opening == "[[" and not rest)
        self._numbers[section] = number
        self._place = Place(section, number)
        self._key = rest[0] if rest else ""
        self._remember(self._place, self._key, statement.line)
        self._remember(Place(section), "", statement.line)

    def _note(self, statement: Statement) -> None:
        section, *rest = statement.parts
        place, key = self._place, self._key or section
        if not place.section:
            place, key = Place(section), rest[0] if rest else ""
            self._remember(place, "", statement.line)
        self._remember(place, key, statement.line)
        for literal in statement.instants:
            if _BELOW_MICROSECOND.search(literal):
                self.fractions.append(Fraction(place, key, printable(literal)))

    def _remember(self, place: Place, key: str, line: int) -> None:
        self._lines.setdefault((place.section, place.number, key), line)
