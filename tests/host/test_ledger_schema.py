# SPDX-License-Identifier: Apache-2.0
"""The database: made by migrations, as the models say, bookings only ever appended, on SQLite and PostgreSQL."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

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
from groschenhost.ledger.errors import DatabaseError, ReadingError
from groschenhost.ledger.models import AccountRow, Base, Meter
from groschenhost.ledger.values import (
    CHARGES,
    CHART,
    CardKind,
    Charges,
    FlashingData,
    FlashKind,
    MeterReading,
    PortReading,
    TanProof,
)

EmptyUrl = Callable[[bool], str]

FLASHING = FlashingData(
    kind=FlashKind.FIRST,
    board="pico",
    machine="Raspberry Pi Pico with RP2040",
    micropython="1.29.0",
    release="0.1.0",
    digest="ab" * 32,
    layout=3,
    generation=1,
    self_test="{}",
    answered=True,
)
PORT_READING = PortReading(
    energy_wh=3_000,
    ht_wh=2_000,
    nt_wh=1_000,
    balance_ueur=5,
    debt_ueur=0,
    meter_time="2026-01-01 00:00:00",
    firmware="0.1.0",
    lines="[]",
)


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


@pytest.mark.parametrize("table", ["entries", "lines", "orders", "tans", "flashings", "port_readings", "lives"])
@pytest.mark.parametrize("statement", ["UPDATE {0} SET id = id + 1000", "DELETE FROM {0}"])
def test_bookings_are_only_ever_appended(ledger: Ledger, meter: Meter, table: str, statement: str) -> None:
    ledger.topup(meter, 50_000_000, "a")
    ledger.take_tan_counter(meter, 20, "b")
    ledger.book_flashing(meter, FLASHING)
    ledger.book_port_reading(meter, PORT_READING)
    ledger.begin_life(meter, 1)
    before = ledger.accounts()
    with pytest.raises(SqlError, match="only ever appended"):
        _run(ledger.engine, statement.format(table).replace("id", "number" if table == "lives" else "id"))
    assert ledger.accounts() == before


@pytest.mark.parametrize(
    ("table", "other"),
    [
        ("entries", "id = id"),
        ("entries", "id = id + 9"),
        ("lines", "amount_ueur = 1"),
        ("orders", "id = id + 9"),
        ("flashings", "release = 'x'"),
        ("port_readings", "energy_wh = 9"),
    ],
)
def test_no_row_is_replaced_by_an_insert(ledger: Ledger, meter: Meter, table: str, other: str) -> None:
    """REPLACE takes a row away by its key or by another column that is unique, and fires no trigger of DELETE."""
    ledger.topup(meter, 50_000_000, "a")
    ledger.book_flashing(meter, FLASHING)
    ledger.book_port_reading(meter, PORT_READING)
    before = [row.id for row in ledger.entries()], [row.id for row in ledger.orders(meter)]
    with ledger.engine.connect() as connection:
        rows = connection.execute(text(f"SELECT * FROM {table} LIMIT 1"))  # noqa: S608 - a name of our own
        columns = list(rows.keys())
    name, _, value = other.partition(" = ")
    chosen = ", ".join(value if column == name else column for column in columns)
    verb = "INSERT OR REPLACE" if ledger.engine.dialect.name == "sqlite" else "INSERT"
    with pytest.raises(SqlError, match=r"only ever appended|duplicate key"):
        _run(ledger.engine, f"{verb} INTO {table} SELECT {chosen} FROM {table} LIMIT 1")  # noqa: S608
    assert ([row.id for row in ledger.entries()], [row.id for row in ledger.orders(meter)]) == before


@pytest.mark.parametrize("column", ["amount_ueur", "credit_total_ueur", "debt_total_ueur", "number"])
def test_an_order_keeps_its_money_and_changes_its_state_alone(ledger: Ledger, meter: Meter, column: str) -> None:
    ledger.topup(meter, 50_000_000, "a")
    ledger.order_written(meter, 1)
    with pytest.raises(SqlError, match="only ever appended"):
        _run(ledger.engine, f"UPDATE orders SET {column} = 7")  # noqa: S608 - a name of our own
    assert ledger.orders(meter)[0].amount_ueur == 50_000_000


def test_a_reading_at_the_port_whose_registers_have_fallen_is_refused(ledger: Ledger, meter: Meter) -> None:
    first = ledger.book_port_reading(meter, PORT_READING)
    assert ledger.book_port_reading(meter, PORT_READING).id > first.id
    for name in ("energy_wh", "ht_wh", "nt_wh"):
        fallen = replace(PORT_READING, **{name: getattr(PORT_READING, name) - 1})
        with pytest.raises(ReadingError, match=name.removesuffix("_wh")):
            ledger.book_port_reading(meter, fallen)
    ledger.acknowledge(meter, MeterReading(exchange=1, card_number=1, pulses=3_001))
    with pytest.raises(ReadingError, match="energy"):
        ledger.book_port_reading(meter, PORT_READING)
    last = ledger.last_port_reading(meter)
    assert last is not None
    assert (last.id, last.desk, last.energy_wh) == (first.id + 1, "desk 1", 3_000)


def test_each_flashing_is_kept(ledger: Ledger, meter: Meter) -> None:
    ledger.book_flashing(meter, FLASHING)
    ledger.book_flashing(meter, replace(FLASHING, kind=FlashKind.UPDATE, generation=None, answered=False))
    kept = [(row.kind, row.generation, row.answered) for row in ledger.flashings(meter)]
    assert kept == [(FlashKind.FIRST, 1, True), (FlashKind.UPDATE, None, False)]


_DROPPED = [f"DROP TRIGGER {table}_no_{verb}" for table in ("orders", "lines", "tans") for verb in ("update", "delete")]


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE orders SET amount_ueur = 9 WHERE number = 1", "Auftrag 1: die Summe"),
        ("UPDATE orders SET amount_ueur = 9, credit_total_ueur = 9 WHERE number = 1", "order:1 ist nicht gebucht"),
        ("UPDATE orders SET credit_total_ueur = 9 WHERE number = 2", "Auftrag 2: die Summe"),
        ("DELETE FROM orders WHERE number = 1", "vor Auftrag 2 fehlt einer"),
        ("DELETE FROM orders WHERE number = 3", "order:3 ist gebucht, aber nicht verkauft"),
        ("UPDATE tans SET eur = 90", "tan:1 ist nicht gebucht"),
        ("UPDATE tans SET eur = 90 WHERE counter = 3", "TAN Nr. 2: der Ersatz passt nicht"),
        ("UPDATE tans SET replaced_by = NULL", "TAN Nr. 2: der Ersatz passt nicht"),
        ("DELETE FROM tans", "tan:1 ist gebucht, aber nicht verkauft"),
        ("DELETE FROM lines WHERE entry_id = 1", "order:1 ist nicht gebucht"),
        ("UPDATE lines SET amount_ueur = 2 * amount_ueur WHERE account IN ('prepayment', 'ht')", "order:1 ist nicht"),
        ("UPDATE cards SET deposit_ueur = 0 WHERE number = 2", "Pfand der Karte 2"),
        ("UPDATE readings SET ht = 9", "anderes als zurückgegeben: ht"),
        ("UPDATE readings SET refunds_ueur = 9", "anderes als zurückgegeben: refund"),
        (
            "INSERT INTO service_codes (id, meter_id, life, counter, desk, issued_s) VALUES (1, 99, 1, 1, '', 1)",
            "service_codes, Zeile 1: meters dazu fehlt",
        ),
    ],
)
@pytest.mark.parametrize("make_url", ["sqlite"], indirect=True)
def test_the_check_finds_what_was_altered_past_the_program(
    ledger: Ledger, meter: Meter, statement: str, says: str
) -> None:
    ledger.topup(meter, 50_000_000, "a")
    ledger.topup(meter, 20_000_000, "b")
    ledger.add_debt(meter, 20_000_000, "c")
    ledger.take_tan_counter(meter, 20, "d")
    ledger.issue_card(meter, CardKind.CUSTOMER, "sle4428", "e")
    ledger.replace_card(meter, 1, "sle4428", "f", handed_in=True)
    ledger.take_tan_counter(meter, 20, "g")
    ledger.settle_tans(meter, TanProof(highest=6, used=0b100001, width=6))
    ledger.reissue_tan(meter, 2, "h")
    ledger.acknowledge(meter, MeterReading(exchange=1, card_number=1, refunds_ueur=5, charges=Charges(ht=1_000)))
    assert ledger.findings() == []
    place = ledger.engine.url.database
    assert place is not None
    ledger.close()
    with closing(sqlite3.connect(place)) as shell, shell:
        for dropped in _DROPPED:
            shell.execute(dropped)
        shell.execute(statement)
    found = [german for german, _ in ledger.findings()]
    assert any(says in text for text in found), found
    assert "Trigger orders_no_update fehlt" in found


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
