# SPDX-License-Identifier: Apache-2.0
"""Values and names as a message may show them: short, printable, and never costly to make."""

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path

from groschensim.scenario.texts import say

LONGEST = 60
HUGE = 10**30  # beyond it, writing an integer out may be refused or take long


def printable(text: str) -> str:
    """Return a text cut to what a line holds, unprintable characters as question marks."""
    cut = text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
    return "".join(character if character.isprintable() else "?" for character in cut)


def shown(value: object) -> str:
    """Return a TOML value as it stood in the file, or what kind it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < HUGE else say("a_huge_number")
    if isinstance(value, Decimal):
        return printable(str(value))
    if isinstance(value, (datetime, date, time)):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, str):
        return f'"{printable(value)}"'
    return say("a_table") if isinstance(value, dict) else say("a_list")


def shown_path(path: Path) -> str:
    """Return a path as it was given, with nothing that a terminal cannot print."""
    return "".join(character if character.isprintable() else "?" for character in str(path))


def guess(word: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that says which of the known words was probably meant, or nothing."""
    folded = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), folded, n=1) if len(word) <= LONGEST else []
    return say("hint", guess=folded[close[0]]) if close else ""


def hint(word: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that guesses which of the known words was meant, or lists them."""
    names = list(known)
    return guess(word, names) or say("known", names=", ".join(names))
