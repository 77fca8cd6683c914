# SPDX-License-Identifier: Apache-2.0
"""The database: made by migrations, as the models say, bookings only ever appended, on SQLite and PostgreSQL."""

import threading
from collections.abc import Callable

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DatabaseError as SqlError
from sqlalchemy.orm import Session

from groschenhost.errors import InputError
from groschenhost.ledger import migrate
from groschenhost.ledger.book import Ledger, open_ledger
from groschenhost.ledger.engine import WRITER, make_engine
from groschenhost.ledger.errors import DatabaseError
from groschenhost.ledger.models import AccountRow, Base, Meter
from groschenhost.ledger.values import CHARGES, CHART, Charges

EmptyUrl = Callable[[bool], str]


def test_the_migrations_make_what_the_models_say(make_url: EmptyUrl) -> None:
    engine = make_engine(make_url(False))
    migrate.upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_an_empty_database_is_made_the_ledgers_and_a_second_time_nothing_happens(make_url: EmptyUrl) -> None:
    url = make_url(False)
    engine = make_engine(url)
    assert migrate.version(engine).current is None
    open_ledger(url).close()
    found = migrate.version(engine)
    assert found.up_to_date
    assert migrate.upgrade(engine) == found
    engine.dispose()


def test_desks_that_begin_at_once_make_the_tables_once(make_url: EmptyUrl) -> None:
    url = make_url(False)
    failures: list[BaseException] = []

    def begin() -> None:
        try:
            open_ledger(url).close()
        except BaseException as error:  # noqa: BLE001 - the test asks whether any came
            failures.append(error)

    desks = [threading.Thread(target=begin) for _ in range(4)]
    for desk in desks:
        desk.start()
    for desk in desks:
        desk.join()
    assert failures == []


def test_a_migration_that_fails_leaves_nothing(make_url: EmptyUrl, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = make_engine(make_url(False))
    done = command.upgrade

    def torn(*args: object) -> None:
        done(*args)  # type: ignore[arg-type]
        raise RuntimeError("power cut")

    monkeypatch.setattr(command, "upgrade", torn)
    with pytest.raises(RuntimeError, match="power cut"):
        migrate.upgrade(engine)
    assert migrate.version(engine).current is None
    engine.dispose()


def test_a_database_of_somebody_else_is_refused(make_url: EmptyUrl) -> None:
    url = make_url(False)
    engine = make_engine(url)
    _run(engine, "CREATE TABLE recipes (name TEXT)")
    with pytest.raises(DatabaseError, match="schon anderes"):
        open_ledger(url)
    engine.dispose()


def test_a_ledger_newer_than_the_program_is_refused(make_url: EmptyUrl) -> None:
    ledger_url = make_url(False)
    engine = make_engine(ledger_url)
    migrate.upgrade(engine)
    _run(engine, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseError, match="neuer als dieses Programm"):
        open_ledger(ledger_url)
    with pytest.raises(DatabaseError, match="neuer als dieses Programm"):
        migrate.upgrade(engine)
    engine.dispose()


def test_a_place_that_is_none_is_refused_with_what_would_be_right() -> None:
    with pytest.raises(InputError, match="Datei"):
        make_engine("sqlite://")
    with pytest.raises(InputError, match="Adresse"):
        make_engine("nowhere")
    with pytest.raises(DatabaseError, match="antwortet nicht"):
        open_ledger("postgresql+psycopg://nobody@/none?host=/nonexistent")


def test_the_chart_of_accounts_is_that_of_the_program(ledger: Ledger) -> None:
    with Session(ledger.engine) as session:
        rows = {row.code: (row.kind, row.name_de, row.name_en) for row in session.scalars(select(AccountRow))}
    assert rows == {account.value: words for account, words in CHART.items()}
    assert [account.value for account in CHARGES] == list(Charges.__dataclass_fields__)


@pytest.mark.parametrize("table", ["entries", "lines"])
@pytest.mark.parametrize("statement", ["UPDATE {0} SET id = id + 1000", "DELETE FROM {0}"])
def test_bookings_are_only_ever_appended(ledger: Ledger, meter: Meter, table: str, statement: str) -> None:
    ledger.topup(meter, 50_000_000, "a")
    before = ledger.accounts()
    with pytest.raises(SqlError, match="only ever appended"):
        _run(ledger.engine, statement.format(table))
    assert ledger.accounts() == before


def test_postgresql_refuses_to_empty_the_bookings_at_once(ledger: Ledger, meter: Meter) -> None:
    if ledger.engine.dialect.name == "sqlite":
        with pytest.raises(SqlError, match="syntax"):
            _run(ledger.engine, "TRUNCATE lines")
        return
    ledger.topup(meter, 50_000_000, "a")
    with pytest.raises(SqlError, match="only ever appended"):
        _run(ledger.engine, "TRUNCATE lines CASCADE")


def test_a_booking_that_does_not_sum_to_zero_is_refused_or_found(ledger: Ledger, meter: Meter) -> None:
    head = f"INSERT INTO entries VALUES (99, 1, 'topup', {meter.utility_id}, {meter.id}, 'forged', '')"  # noqa: S608
    line = f"INSERT INTO lines VALUES (99, 99, 'cash', {meter.id}, 1)"  # noqa: S608 - a number of our own
    if ledger.engine.dialect.name == "postgresql":
        with pytest.raises(SqlError, match="does not sum to zero"):
            _run(ledger.engine, head, line)
        assert ledger.unbalanced() == []
    else:  # SQLite has no check at the end of a transaction
        _run(ledger.engine, head, line)
        assert ledger.unbalanced() == [99]


def test_sqlite_is_as_strict_as_postgresql(ledger: Ledger) -> None:
    with pytest.raises(SqlError, match=r"(?i)foreign key"):
        _run(ledger.engine, "INSERT INTO serial_patterns VALUES (99, 'A', '1')")
    if ledger.engine.dialect.name == "sqlite":
        with ledger.engine.connect() as connection:
            assert connection.scalar(text("PRAGMA journal_mode")) == "wal"


def _run(engine: Engine, *statements: str) -> None:
    with engine.execution_options(**{WRITER: True}).begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
