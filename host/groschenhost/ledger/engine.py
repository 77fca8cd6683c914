# SPDX-License-Identifier: Apache-2.0
"""The connection to the database: SQLite as strict as PostgreSQL, and writers that wait for each other on both."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from groschenhost.errors import InputError
from groschenhost.ledger.errors import DatabaseError, NotFoundError

WRITER: Final = "groschen_writer"
"""The execution option of a connection that will write: SQLite then takes its lock at the beginning."""
BUSY_MS: Final = 20_000
"""How long a desk waits for another one's transaction, in milliseconds."""


def make_engine(url: str, create: bool = True) -> Engine:
    """Gives an engine for a URL of `settings.db_url`; raises InputError or DatabaseError where it cannot serve.

    Without create a SQLite file must be there, NotFoundError: SQLite would make an empty one.
    """
    try:
        place = make_url(url)
        engine = create_engine(place)
    except (ArgumentError, NoSuchModuleError) as error:
        raise InputError(
            (f"{url!r} ist keine Adresse einer Datenbank: {error}", f"{url!r} is no database address: {error}")
        ) from None
    except ModuleNotFoundError as error:
        raise DatabaseError(
            (
                f"Für PostgreSQL fehlt {error.name}; es kommt mit: pip install 'groschen[postgresql]'",
                f"PostgreSQL needs {error.name}; get it by: pip install 'groschen[postgresql]'",
            )
        ) from None
    if engine.dialect.name == "sqlite":
        if not place.database or place.database == ":memory:":
            raise InputError(("Das Kontobuch braucht eine Datei", "The ledger needs a file"))
        if not create and not Path(place.database).exists():
            raise no_ledger(place)
        Path(place.database).parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def no_ledger(place: URL) -> NotFoundError:
    """Gives the error of a place where no ledger is."""
    where = place.database if place.get_backend_name() == "sqlite" else place.render_as_string(hide_password=True)
    return NotFoundError(
        (
            f"Dort ist kein Kontobuch: {where}; anlegen: groschen ledger init --utility N --name NAME",
            f"No ledger there: {where}; make it by: groschen ledger init --utility N --name NAME",
        )
    )


@contextmanager
def connected(url: str, create: bool = True) -> Generator[Engine]:
    """Gives an engine and lets its connections go; DatabaseError where the database does not answer."""
    engine = make_engine(url, create)
    try:
        yield engine
    except DBAPIError as error:
        raise unreachable(error) from None
    finally:
        engine.dispose()


def unreachable(error: DBAPIError) -> DatabaseError:
    """Gives the error of a database that does not answer, is busy, or fails."""
    reason = str(error.orig).strip()
    return DatabaseError((f"Das Kontobuch antwortet nicht: {reason}", f"The ledger does not answer: {reason}"))


def _set_up_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN comes too late, with the first statement that writes; ours takes its place.
    connection.isolation_level = None
    cursor = connection.cursor()
    for setting in (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITER, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
