# SPDX-License-Identifier: Apache-2.0
"""Passphrases: from a file that an option names, from the environment, or asked for on a terminal; never an argument.

What stands in the arguments of a process every user of the machine may read.
"""

import os
import stat
import sys
from getpass import getpass
from pathlib import Path
from typing import Final, NamedTuple

from groschenhost.errors import Text, pick
from groschenhost.keys.errors import PassphraseError
from groschenhost.settings import PASSPHRASE_VARIABLE

LEAST: Final = 12
"""Characters of a new passphrase."""
MOST: Final = 1024

NEW_VARIABLE: Final = "GROSCHEN_NEW_PASSPHRASE"
BACKUP_VARIABLE: Final = "GROSCHEN_BACKUP_PASSPHRASE"


class Source(NamedTuple):
    """Where one passphrase comes from: the option of its file, its variable, and what a terminal asks."""

    option: str
    variable: str
    prompt: Text


KEY: Final = Source(
    "--passphrase-file", PASSPHRASE_VARIABLE, ("Passphrase der Schlüsseldatei", "Passphrase of the key file")
)
NEW: Final = Source("--new-passphrase-file", NEW_VARIABLE, ("Neue Passphrase", "New passphrase"))
BACKUP: Final = Source(
    "--backup-passphrase-file", BACKUP_VARIABLE, ("Passphrase der Sicherung", "Passphrase of the backup")
)


def obtain(source: Source, file: Path | None, new: bool = False) -> str:
    """Gives a passphrase; a new one is asked for twice and has at least twelve characters; PassphraseError."""
    found = _from_file(file) if file else os.environ.get(source.variable) or _asked(source, new)
    if not found or len(found) > MOST:
        raise PassphraseError((f"eine Passphrase hat 1 bis {MOST} Zeichen", f"a passphrase has 1 to {MOST} characters"))
    if new and len(found) < LEAST:
        raise PassphraseError(
            (
                f"eine neue Passphrase hat mindestens {LEAST} Zeichen; vier bis sechs zufällige Wörter sind gut",
                f"a new passphrase has at least {LEAST} characters; four to six random words are good",
            )
        )
    _encodable(found)
    return found


def _encodable(found: str) -> None:
    try:
        found.encode()
    except UnicodeEncodeError:
        raise PassphraseError(("die Passphrase ist kein UTF-8", "the passphrase is not UTF-8")) from None


def _from_file(file: Path) -> str:
    """Gives the only line of a file that nobody else may read; a pipe may be one."""
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            content = opened.read(4 * MOST + 3)
    except OSError as error:
        raise PassphraseError(f"{file}: {error.strerror}") from None
    if stat.S_ISREG(mode) and mode & 0o077:
        raise PassphraseError(
            (
                f"{file} ist für andere Benutzer zugänglich; abhelfen: chmod 600 {file}",
                f"{file} is open to other users; mend it: chmod 600 {file}",
            )
        )
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise PassphraseError((f"{file} ist kein UTF-8", f"{file} is not UTF-8")) from None
    if len(lines) != 1:
        raise PassphraseError((f"{file} muss genau eine Zeile haben", f"{file} must have exactly one line"))
    return lines[0]


def _asked(source: Source, new: bool) -> str:
    if not sys.stdin.isatty():
        raise PassphraseError(
            (
                f"keine Passphrase: {source.option} DATEI angeben, {source.variable} setzen oder am Terminal aufrufen",
                f"no passphrase: give {source.option} FILE, set {source.variable}, or call it on a terminal",
            )
        )
    try:
        found = getpass(pick(source.prompt) + ": ")
        if new and getpass(pick(("Noch einmal", "Once more")) + ": ") != found:
            raise PassphraseError(("die beiden Eingaben unterscheiden sich", "the two entries differ"))
    except EOFError:
        raise PassphraseError(("keine Passphrase eingegeben", "no passphrase was entered")) from None
    return found
