# SPDX-License-Identifier: Apache-2.0
"""The ledger as a command uses it: opened where the options say, closed at the end, every refusal a message."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from groschenhost.console import guarded
from groschenhost.settings import db_url, desk_name

if TYPE_CHECKING:
    from groschenhost.ledger.book import Ledger


@contextmanager
def at_the_desk(db: str | None, create: bool = False) -> "Generator[Ledger]":
    """Opens the ledger for one command; db is the option `--db`. One that is not there is made only with create."""
    with guarded():
        from groschenhost.ledger.book import open_ledger

        ledger = open_ledger(db_url(db), desk_name(), create=create)
        try:
            yield ledger
        finally:
            ledger.close()
