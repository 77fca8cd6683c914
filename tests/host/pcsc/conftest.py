# SPDX-License-Identifier: Apache-2.0
"""A pcscd for this run, or for this worker of it, and cards in its readers."""

import os
from collections.abc import Callable, Generator

import pytest

from tests.host.pcsc import bench

Inserter = Callable[..., bench.CardProcess]


def require(lacking: str | None) -> None:
    """Fail the test for want of a package where everything must be there, else skip it."""
    if lacking and (os.environ.get("CI") or os.environ.get("GROSCHEN_REQUIRE_ALL")):
        pytest.fail(lacking)
    if lacking:
        pytest.skip(lacking)


@pytest.fixture(scope="session")
def pcscd() -> Generator[bench.Pcscd]:
    require(bench.missing())
    service = bench.Pcscd()
    # Before this process speaks to any pcscd for the first time: the library asks once, and a process has one pcscd.
    os.environ["PCSCLITE_CSOCK_NAME"] = str(service.socket_path)
    yield service
    service.close()


@pytest.fixture
def card(pcscd: bench.Pcscd) -> Generator[Inserter]:
    """Gives a function that makes a card of a kind for a reader and inserts it."""
    cards: list[tuple[bench.CardProcess, str]] = []

    def make(reader: str = "acs", kind: str | None = None, image: bytes | None = None) -> bench.CardProcess:
        one = bench.CardProcess(pcscd.port_of(reader), kind or reader)
        cards.append((one, f"{bench.READERS[reader]} 00 00"))
        if image is not None:
            one("image", image.hex())
        one("insert")
        return one

    yield make
    for one, _ in cards:
        one.close()
    for _, name in cards:
        bench.wait_until(name, present=False)  # else the next test's card could come before this one was seen to go
