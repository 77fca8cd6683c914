# SPDX-License-Identifier: Apache-2.0
"""A scenario file as text and as TOML tables, and the line on which a key stands."""

import re
import tomllib
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from groschensim.errors import ScenarioError
from groschensim.scenario.shown import shown_path
from groschensim.scenario.texts import say

LARGEST_MIB = 16

_POSITION = re.compile(r" \(at (?:line ([0-9]+), column [0-9]+|end of document)\)$")
_LONG_NUMBER = re.compile(r"[0-9A-Fa-f_]{3000}")
_HEADER = re.compile(r"\s*(\[\[?)([^\[\]=#,]+)\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_.\-\"' \t]+?)\s*=")


class Place(NamedTuple):
    """A table of the file: its name, and its number from 1 if it is one of several."""

    section: str
    number: int = 0

    def label(self, key: str) -> str:
        """Return how messages name a key of this table, or the table itself where key is empty."""
        table = f"[[{self.section}]] {self.number}:" if self.number else f"[{self.section}]"
        return f"{table} {key}" if key else table.rstrip(":")


def refuse(path: Path, message: str, line: int | None = None) -> ScenarioError:
    """Return the error of a file with a single problem."""
    position = f":{line}" if line else ""
    return ScenarioError([f"{shown_path(path)}{position}: {message}"])


def unreadable(path: Path, error: OSError | ValueError) -> ScenarioError:
    """Return the error of a file that cannot be opened or read."""
    if isinstance(error, FileNotFoundError):
        return refuse(path, say("missing_file"))
    if isinstance(error, IsADirectoryError):
        return refuse(path, say("directory"))
    if isinstance(error, PermissionError):
        return refuse(path, say("no_permission"))
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return refuse(path, say("unreadable", reason=reason))


def read_text(path: Path) -> str:
    """Return the text of a file without its byte order mark; ScenarioError where it is none."""
    limit = LARGEST_MIB << 20
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    if len(content) > limit:
        raise refuse(path, say("too_long", limit=LARGEST_MIB))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise refuse(path, say("not_utf8"), line) from None
    if not text.strip():
        raise refuse(path, say("empty_file"))
    return text


def _decimal(literal: str) -> Decimal:
    """Return a TOML float as a decimal; infinity where even a decimal cannot hold its exponent."""
    try:
        return Decimal(literal)
    except InvalidOperation:
        return Decimal("Infinity")


def parse_toml(path: Path, text: str) -> dict[str, object]:
    """Return the tables of a scenario's text; ScenarioError where it is not TOML."""
    try:
        return tomllib.loads(text, parse_float=_decimal)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(path, text, str(error)) from None
    except ValueError:  # Python refuses to read an integer of so many digits
        line = next((n for n, row in enumerate(text.split("\n"), 1) if _LONG_NUMBER.search(row)), None)
        raise refuse(path, say("too_many_digits"), line) from None
    except RecursionError:
        raise refuse(path, say("too_deep")) from None


def _syntax_error(path: Path, text: str, reason: str) -> ScenarioError:
    found = _POSITION.search(reason)
    line = int(found[1]) if found and found[1] else len(text.rstrip().split("\n"))
    return refuse(path, say("syntax", reason=reason[: found.start()] if found else reason), line)


class Lines:
    """Where the tables and keys of a TOML text stand; tomllib does not tell."""

    def __init__(self, text: str) -> None:
        """Scan the text once, line by line."""
        self._lines: dict[tuple[str, int, str], int] = {}
        self._place = Place("")
        self._inside_key = False  # below a header like [tariff.base_share]
        for number, line in enumerate(_outside_strings(text), start=1):
            self._scan(number, line)

    def find(self, place: Place, key: str) -> int | None:
        """Return the line of a key, or of its table, or None."""
        section, number = place
        for known in ((section, number, key), (section, number, ""), (section, 0, "")):
            if known in self._lines:
                return self._lines[known]
        return None

    def _scan(self, number: int, line: str) -> None:
        header = _HEADER.match(line)
        if header:
            self._enter(number, header[1] == "[[", _parts(header[2]))
            return
        key = _KEY.match(line)
        if key and not self._inside_key:
            self._note(number, _parts(key[1]))

    def _enter(self, number: int, repeated: bool, parts: list[str]) -> None:
        section = parts[0]
        last = self._place.number if self._place.section == section else self._count(section)
        self._place = Place(section, last + 1 if repeated and len(parts) == 1 else last)
        self._inside_key = len(parts) > 1
        self._remember(parts[1] if self._inside_key else "", number)

    def _remember(self, key: str, line: int) -> None:
        self._lines.setdefault((self._place.section, self._place.number, key), line)

    def _count(self, section: str) -> int:
        return max((number for name, number, _ in self._lines if name == section), default=0)

    def _note(self, number: int, parts: list[str]) -> None:
        if self._place.section:
            self._remember(parts[0], number)
            return
        self._lines.setdefault((parts[0], 0, ""), number)
        if len(parts) > 1:
            self._lines.setdefault((parts[0], 0, parts[1]), number)


def _parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]


def _outside_strings(text: str) -> list[str]:
    """Return the lines of a text, those within a multi-line string emptied."""
    lines: list[str] = []
    quote = ""
    for line in text.split("\n"):
        lines.append("" if quote else line)
        for mark in re.findall(r'"""|\'\'\'', line):
            quote = "" if quote == mark else quote or mark
    return lines
