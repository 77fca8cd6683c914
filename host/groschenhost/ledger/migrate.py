# SPDX-License-Identifier: Apache-2.0
"""The ledger's versions: which one a database has, and the way up to ours."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from groschenhost.ledger.engine import WRITER, no_ledger
from groschenhost.ledger.errors import DatabaseError

MIGRATIONS: Final = Path(__file__).with_name("migrations")
_LOCK: Final = 0x67726F73
"""A number of our own for PostgreSQL's advisory lock: two desks that migrate at once do so one after the other."""


@dataclass(frozen=True)
class Version:
    """Where a database stands: its revision, None where it is empty, and the newest that this program knows."""

    current: str | None
    newest: str

    @property
    def up_to_date(self) -> bool:
        """Tells whether both are the same."""
        return self.current == self.newest


def configuration(connection: Connection | None = None) -> Config:
    """Gives alembic's configuration for the scripts in this package."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def version(engine: Engine) -> Version:
    """Gives the version of a database; DatabaseError where it holds tables of somebody else."""
    with engine.connect() as connection:
        return _version(connection)


def _version(connection: Connection) -> Version:
    newest = ScriptDirectory.from_config(configuration()).get_current_head()
    assert newest is not None, "the package holds no migration"  # noqa: S101 - a broken package, not an input
    current = MigrationContext.configure(connection).get_current_revision()
    if current is None and inspect(connection).get_table_names():
        raise DatabaseError(
            (
                "Diese Datenbank enthält schon anderes; das Kontobuch braucht eine eigene",
                "This database holds something else; the ledger needs its own",
            )
        )
    return Version(current, newest)


def upgrade(engine: Engine) -> Version:
    """Brings a database to the newest version, all or nothing, and gives the version it had."""
    with engine.execution_options(**{WRITER: True}).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        before = _version(connection)
        _refuse_newer(before)
        if not before.up_to_date:
            command.upgrade(configuration(connection), "head")
    return before


def make_ready(engine: Engine, create: bool = True) -> None:
    """Makes an empty database the ledger's, and a SQLite file the newest version; a shared one is for its keeper.

    Without create an empty one is refused, NotFoundError: it is a mistyped place.
    """
    found = version(engine)
    if found.current is None and not create:
        raise no_ledger(engine.url)
    _refuse_newer(found)
    if found.up_to_date:
        return
    if found.current is not None and engine.dialect.name != "sqlite":
        raise DatabaseError(
            (
                f"Das Kontobuch hat Stand {found.current}, nötig ist {found.newest}: groschen ledger upgrade",
                f"The ledger is at {found.current}, this program needs {found.newest}: groschen ledger upgrade",
            )
        )
    upgrade(engine)


def _refuse_newer(found: Version) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
    if found.current is not None and found.current not in known:
        raise DatabaseError(
            (
                f"Das Kontobuch hat Stand {found.current} und ist neuer als dieses Programm; bitte aktualisieren",
                f"The ledger is at {found.current}, newer than this program; please update the program",
            )
        )
