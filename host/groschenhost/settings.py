# SPDX-License-Identifier: Apache-2.0
"""Where the ledger and the key file lie, and the passphrase: options, then the environment, then this user's own place.

GROSCHEN_DB          ledger: a URL (sqlite:///FILE, postgresql+psycopg://...) or the path of a SQLite file
GROSCHEN_KEY         the file of the utility's master key
GROSCHEN_PASSPHRASE  what opens the key file; without it a terminal asks
"""

import getpass
import os
import socket
from pathlib import Path
from typing import Final

from groschenhost.errors import InputError

DB_VARIABLE: Final = "GROSCHEN_DB"
KEY_VARIABLE: Final = "GROSCHEN_KEY"
PASSPHRASE_VARIABLE: Final = "GROSCHEN_PASSPHRASE"  # noqa: S105 - the name of a variable
DESK_VARIABLE: Final = "GROSCHEN_DESK"

_DRIVERS: Final = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def data_folder() -> Path:
    """Gives the folder of this user's data."""
    from platformdirs import user_data_path

    return user_data_path("groschen", appauthor=False)


def db_url(given: str | None = None) -> str:
    """Gives the ledger's URL; a path is a SQLite file. InputError where no driver of ours serves it."""
    word = given or os.environ.get(DB_VARIABLE) or str(data_folder() / "ledger.sqlite")
    scheme, mark, rest = word.partition("://")
    if not mark:
        return f"sqlite:///{Path(word).expanduser().absolute()}"
    if scheme not in _DRIVERS:
        raise InputError(
            (
                f"{scheme}:// wird nicht unterstützt; richtig wären sqlite:///DATEI oder postgresql://BENUTZER@HOST/NAME",
                f"{scheme}:// is not supported; sqlite:///FILE or postgresql://USER@HOST/NAME would be right",
            )
        )
    return f"{_DRIVERS[scheme]}://{rest}"


def key_path(given: Path | None = None) -> Path:
    """Gives the path of the key file."""
    return given or Path(os.environ.get(KEY_VARIABLE) or data_folder() / "master.key").expanduser()


def passphrase() -> str | None:
    """Gives the passphrase that the environment holds, or None: then a terminal asks for it."""
    return os.environ.get(PASSPHRASE_VARIABLE) or None


def desk_name() -> str:
    """Gives who books: the desk's name, else user@machine, at most 60 characters."""
    given = os.environ.get(DESK_VARIABLE)
    if given:
        return given[:60]
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a user of whom the system knows only the number
        user = str(os.getuid()) if hasattr(os, "getuid") else "?"
    return f"{user}@{socket.gethostname()}"[:60]
