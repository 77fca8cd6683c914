# SPDX-License-Identifier: Apache-2.0
"""A scenario file as text and as TOML tables."""

import errno
import re
import tomllib
from decimal import Decimal, InvalidOperation
from pathlib import Path

from groschensim.errors import ScenarioError
from groschensim.scenario.lines import repeated_key, too_deep_line
from groschensim.scenario.shown import shown_path
from groschensim.scenario.texts import say

LARGEST_MIB = 16

_POSITION = re.compile(r" \(at (?:line ([0-9]+), column [0-9]+|end of document)\)$")
_LONG_NUMBER = re.compile(r"(?<![0-9A-Fa-f_])[0-9A-Fa-f_]{3000}")  # begins where a run does: linear
_REASONS = {
    errno.ENOENT: "missing_file",
    errno.EISDIR: "directory",
    errno.EACCES: "no_permission",
    errno.EPERM: "no_permission",
    errno.ENOTDIR: "not_a_directory",
    errno.ENAMETOOLONG: "long_name",
    errno.ELOOP: "link_loop",
    errno.EIO: "read_failed",
}
"""The texts of what an operating system commonly says of a file."""


def refuse(path: Path, message: str, line: int | None = None) -> ScenarioError:
    """Return the error of a file with a single problem."""
    position = f":{line}" if line else ""
    return ScenarioError([f"{shown_path(path)}{position}: {message}"])


def why_unreadable(error: OSError | ValueError) -> str:
    """Return why a file cannot be opened or read."""
    if not isinstance(error, OSError):
        return say("unreadable", reason=error)
    if error.errno in _REASONS:
        return say(_REASONS[error.errno])
    return say("unreadable", reason=error.strerror or type(error).__name__)


def read_text(path: Path) -> str:
    """Return the text of a file without its byte order mark; ScenarioError where it is none."""
    limit = LARGEST_MIB << 20
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise refuse(path, why_unreadable(error)) from None
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
        raise refuse(path, say("too_deep"), too_deep_line(text)) from None


def _syntax_error(path: Path, text: str, reason: str) -> ScenarioError:
    found = _POSITION.search(reason)
    line = int(found[1]) if found and found[1] else len(text.rstrip().split("\n"))
    words = reason[: found.start()] if found else reason
    return refuse(path, say("syntax", line=line, advice=_advice(text, words, line), reason=words), line)


def _advice(text: str, words: str, line: int) -> str:
    """Return what to do about an error of tomllib's."""
    if words.startswith("Cannot overwrite a value"):
        name, before = repeated_key(text, line)
        return say("syntax_twice_at", name=name, before=before) if before else say("syntax_twice", name=name)
    if words.startswith("Cannot declare"):
        return say("syntax_section")
    return say("syntax_form")
