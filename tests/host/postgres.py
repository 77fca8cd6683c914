# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL of the tests' own: Debian's programs, a cluster in a temporary folder, reached by a Unix socket alone."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

PORT = 5432  # names the socket's file in the folder; nothing listens on the network
# A database that forgets its data with the machine's power is fast, and the tests need it for minutes.
SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "shared_buffers=16MB")


def programs() -> Path | None:
    """The folder of initdb and postgres, those of the newest version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).resolve().parent if elsewhere else None


def needed(reason: str) -> None:
    """Fail where every tool must be there, skip elsewhere."""
    if os.environ.get("CI") or os.environ.get("GROSCHEN_REQUIRE_ALL"):
        pytest.fail(reason)
    pytest.skip(reason)


def _user() -> list[str]:
    """What runs a program as somebody who is not root, whom PostgreSQL refuses, and ends it when these tests end."""
    found = shutil.which("setpriv")
    if found is None:
        needed("setpriv is missing: apt-get install util-linux")
    base = [str(found), "--pdeathsig", "INT"]
    if os.geteuid() != 0:
        return base
    nobody = pwd.getpwnam("nobody")
    return [*base, f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]


class Server:
    """A running server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self._folder}&port={PORT}"

    def make(self) -> str:
        """Make an empty database and return its name."""
        self._count += 1
        name = f"test_{self._count}"
        self._say(f"CREATE DATABASE {name} TEMPLATE template0")
        return name

    def drop(self, name: str) -> None:
        self._say(f"DROP DATABASE {name} WITH (FORCE)")

    def _say(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(
            host=str(self._folder), port=PORT, user="postgres", dbname=database, autocommit=True
        ) as connection:
            connection.execute(statement.encode())

    def empty(self, name: str, tables: Sequence[str]) -> None:
        """Empty the tables of a database: far faster than to make another. A replica heeds no trigger and no key."""
        deletions = "; ".join(f"DELETE FROM {table}" for table in tables)  # noqa: S608 - names of our own
        self._say(f"SET session_replication_role = replica; {deletions}", name)

    def wait(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        for _ in range(600):
            try:
                self._say("SELECT 1")
            except psycopg.OperationalError:
                if process.poll() is not None:
                    break
                time.sleep(0.05)
            else:
                return
        pytest.fail(f"PostgreSQL did not start: {log.read_text()}")


@contextmanager
def serving() -> Iterator[Server]:
    """Start a server on a cluster of its own; end it and remove the cluster."""
    programs_folder = programs()
    if programs_folder is None:
        needed("PostgreSQL is missing: apt-get install postgresql")
        return
    # Not pytest's folder: a socket's path has at most 107 bytes, and nobody must be able to enter.
    folder = Path(tempfile.mkdtemp(prefix="groschen-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    data, log = folder / "data", folder / "log"
    try:
        # The caller's folder may be closed to nobody, hence cwd.
        subprocess.run(
            [
                *_user(),
                programs_folder / "initdb",
                "-D",
                data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )
        settings = [word for setting in SPEED for word in ("-c", setting)]
        with log.open("wb") as out:
            process = subprocess.Popen(
                [
                    *_user(),
                    programs_folder / "postgres",
                    "-D",
                    data,
                    "-k",
                    folder,
                    "-p",
                    str(PORT),
                    "-h",
                    "",
                    *settings,
                ],
                cwd=folder,
                stdout=out,
                stderr=out,
            )
        try:
            server = Server(folder)
            server.wait(process, log)
            yield server
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
