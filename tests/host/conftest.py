# SPDX-License-Identifier: Apache-2.0
"""A ledger on SQLite and on a real PostgreSQL, each empty but for one utility."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from groschenhost.ledger import migrate
from groschenhost.ledger.book import Ledger, open_ledger
from groschenhost.ledger.engine import make_engine
from groschenhost.ledger.models import Base, Meter
from tests.host.postgres import Server, serving

START_S = 1_767_222_000
"""2026-01-01 00:00 in Berlin."""

DATABASES = ("sqlite", "postgresql")
TABLES = [table for table in Base.metadata.tables if table != "accounts"]


class Clock:
    """A second later whenever it is asked."""

    def __init__(self) -> None:
        self.now_s = START_S

    def __call__(self) -> int:
        self.now_s += 1
        return self.now_s


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_ready(postgres: Server) -> str:
    """The name of a database with the ledger's tables, for one test after the other."""
    name = postgres.make()
    engine = make_engine(postgres.url(name))
    migrate.upgrade(engine)
    engine.dispose()
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "template.sqlite"
    engine = make_engine(f"sqlite:///{path}")
    migrate.upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(params=DATABASES)
def make_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[bool], str]]:
    """Make a database, with the ledger's tables or empty, and give its URL; it goes with the test."""
    made: list[str] = []
    count = 0

    def make(ready: bool = True) -> str:
        nonlocal count
        count += 1
        if request.param == "sqlite":
            path = tmp_path / f"ledger{count}.sqlite"
            if ready:
                shutil.copy(request.getfixturevalue("sqlite_template"), path)
            return f"sqlite:///{path}"
        server: Server = request.getfixturevalue("postgres")
        if ready:
            name: str = request.getfixturevalue("postgres_ready")
            server.empty(name, TABLES)
            return server.url(name)
        made.append(server.make())
        return server.url(made[-1])

    yield make
    for name in made:
        request.getfixturevalue("postgres").drop(name)


@pytest.fixture
def ledger_url(make_url: Callable[[bool], str]) -> str:
    return make_url(True)


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """A ledger of one utility, on each of the databases."""
    opened = open_ledger(ledger_url, "desk 1", Clock())
    opened.add_utility(7, "Stadtwerk Musterstadt")
    yield opened
    opened.close()


@pytest.fixture
def meter(ledger: Ledger) -> Meter:
    return ledger.add_meter("1EBZ0100000001")
