# SPDX-License-Identifier: Apache-2.0
"""A card pulled at every byte that the station or the meter writes, and a ledger that fails at every transaction.

After each, the same call once more settles it: one card, one deposit, one credit, and both sides say the same of it.
"""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from groschenhost.cards.errors import CardRefused, Unfinished
from groschenhost.errors import HostError
from groschenhost.ledger.book import open_ledger
from groschenhost.ledger.errors import DatabaseError
from groschenhost.ledger.values import Account, CardKind, OrderState, SettingsData
from groschenhost.money import EUR
from groschenhost.readers.connection import CardRemoved
from groschenhost.readers.mifare import Mifare1K
from groschenhost.readers.sle4428 import Sle4428
from tests.host.station_bench import Bench, Pulled, blank, quick_ledger, tariff_data

CHIPS = [Sle4428.kind, Mifare1K.kind]
SOAK = settings().max_examples > 500
"""`make soak`: each single byte, also of what is written by the hundred."""
Act = Callable[[Bench, Pulled, "str | None"], object]


class World:
    """A bench, a card, and how both were before they were torn."""

    def __init__(self, template: Path, folder: Path, prepare: Callable[[Bench], bytearray]) -> None:
        self.bench = Bench(quick_ledger(template, folder))
        self.card = prepare(self.bench)
        self._image = bytes(self.card)
        self._state = copy.deepcopy(self.bench.state)
        self._file = Path(str(self.bench.ledger.engine.url.database))
        with self.bench.ledger.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self.bench.ledger.close()
        self._kept = self._file.with_suffix(".kept")
        shutil.copy(self._file, self._kept)

    def again(self) -> tuple[Bench, bytearray]:
        """Put everything back to how it was."""
        self.bench.ledger.close()
        for path in self._file.parent.glob(f"{self._file.name}-*"):
            path.unlink()
        shutil.copy(self._kept, self._file)
        self.card[:] = self._image
        self.bench.state = copy.deepcopy(self._state)
        return self.bench, self.card


def new_card(kind: str) -> Callable[[Bench], bytearray]:
    return lambda _bench: blank(kind)


def card_of_a_customer(kind: str = Sle4428.kind) -> Callable[[Bench], bytearray]:
    def prepare(bench: Bench) -> bytearray:
        made = blank(kind)
        bench.issue(made)
        bench.topup(made, 30)
        if kind == Sle4428.kind:
            bench.insert(made)
        return made

    return prepare


def card_with_old_settings(bench: Bench) -> bytearray:
    made = card_of_a_customer()(bench)
    bench.ledger.add_tariff(tariff_data(5), SettingsData(warn_days=9))
    return made


def lost_card(kind: str) -> Callable[[Bench], bytearray]:
    def prepare(bench: Bench) -> bytearray:
        card_of_a_customer()(bench)
        bench.ledger.topup(bench.meter, 20 * EUR, "torn on the lost card")
        return blank(kind)

    return prepare


def returned_card(kind: str) -> Callable[[Bench], bytearray]:
    def prepare(bench: Bench) -> bytearray:
        made = blank(kind)
        bench.issue(made)
        bench.station(made).give_back()
        return made

    return prepare


def issue(bench: Bench, file: Pulled, key: str | None) -> object:
    return bench.station_on(file).issue(bench.meter, CardKind.CUSTOMER, key)


def topup(bench: Bench, file: Pulled, key: str | None) -> object:
    return bench.station_on(file).topup(50 * EUR, key)


def read(bench: Bench, file: Pulled, _key: str | None) -> object:
    return bench.station_on(file).read()


def replace(bench: Bench, file: Pulled, key: str | None) -> object:
    return bench.station_on(file).replace(bench.meter, None, key)


ACTS: dict[str, tuple[Callable[[Bench], bytearray], Act, int, int]] = {
    "issue, contact": (new_card(Sle4428.kind), issue, 0, 10),
    "issue, contactless": (new_card(Mifare1K.kind), issue, 0, 10),
    "issue of a returned card": (returned_card(Sle4428.kind), issue, 0, 10),
    "issue of a returned card, contactless": (returned_card(Mifare1K.kind), issue, 0, 10),
    "top-up, contact": (card_of_a_customer(), topup, 80, 90),
    "top-up, contactless": (card_of_a_customer(Mifare1K.kind), topup, 80, 90),
    "settings": (card_with_old_settings, read, 30, 40),
    "top-up and settings": (card_with_old_settings, topup, 80, 90),
    "replacement": (lost_card(Sle4428.kind), replace, 50, 70),
    "replacement, contactless": (lost_card(Mifare1K.kind), replace, 50, 70),
}
"""What is done, to what, the credit issued in the end, and what is in the drawer; in euro."""


@pytest.fixture(params=ACTS)
def act(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path) -> Iterator[tuple[World, Act, int, int]]:
    prepare, do, credit, cash = ACTS[request.param]
    world = World(sqlite_template, tmp_path, prepare)
    yield world, do, credit, cash
    world.bench.ledger.close()


def check_end(bench: Bench, card: bytearray, credit: int, cash: int) -> None:
    assert bench.issued_ueur == credit * EUR
    assert bench.ledger.account(Account.CASH) == cash * EUR
    assert all(row.state in {OrderState.WRITTEN, OrderState.ACKNOWLEDGED} for row in bench.ledger.orders(bench.meter))
    assert all(row.written_s for row in bench.ledger.cards(bench.meter))
    bench.check()
    if len(card) and card[0] == 0x92:
        bench.check_settled(card)


@pytest.mark.slow
def test_a_card_pulled_at_any_byte_is_settled_by_the_same_call(act: tuple[World, Act, int, int]) -> None:
    world, do, credit, cash = act
    bench, card = world.again()
    whole = Pulled(card)
    do(bench, whole, None)
    check_end(bench, card, credit, cash)
    assert whole.written > 15
    step = 1 if whole.written < 60 or SOAK else 7  # a step that meets each byte of a record's kinds sooner or later
    for left in range(0, whole.written, step):
        bench, card = world.again()
        with pytest.raises((Unfinished, CardRemoved)):
            do(bench, Pulled(card, left, erased=left % 2 == 1), None)
        bench.check()
        do(bench, Pulled(card), None)
        check_end(bench, card, credit, cash)


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_ledger_that_fails_at_any_transaction_is_settled_by_the_same_call(
    act: tuple[World, Act, int, int], when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before: the transaction is lost; after: it is done, and nobody learns of it, as when the PC dies."""
    world, do, credit, cash = act
    bench, card = world.again()
    key = "k1" if when == "after" else None
    count = len(_failing(bench, None, when, monkeypatch, lambda: do(bench, Pulled(card), key)))
    assert count >= 2
    for number in range(count):
        bench, card = world.again()
        _failing(bench, number, when, monkeypatch, lambda bench=bench, card=card: do(bench, Pulled(card), key))  # type: ignore[misc]
        bench.check()
        do(bench, Pulled(card), key)
        check_end(bench, card, credit, cash)


def _failing(
    bench: Bench, number: int | None, when: str, monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]
) -> list[int]:
    """Do something while the transaction of a number fails; give those that were begun."""
    seen: list[int] = []
    write = bench.ledger._write

    def failing(work: Any) -> Any:
        seen.append(len(seen))
        if when == "before" and seen[-1] == number:
            raise DatabaseError("gone")
        found: Any = write(work)
        if seen[-1] == number:
            raise DatabaseError("gone")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(bench.ledger, "_write", failing)
        if number is None:
            do()
        else:
            with pytest.raises(HostError):
                do()
    return seen


@pytest.mark.slow
def test_a_card_pulled_from_the_meter_at_any_byte_is_read_and_topped_up(sqlite_template: Path, tmp_path: Path) -> None:
    world = World(sqlite_template, tmp_path, card_of_a_customer())
    for left in range(0, 330, 1 if SOAK else 9):
        bench, card = world.again()
        bench.topup(card)
        bench.insert(card, left)
        bench.topup(card, 20)
        bench.check()
        bench.check_settled(card)
        assert bench.booked_ueur == 100 * EUR
    world.bench.ledger.close()


def test_a_card_torn_and_then_lost_is_settled_by_its_replacement(sqlite_template: Path, tmp_path: Path) -> None:
    world = World(sqlite_template, tmp_path, card_of_a_customer())
    for left in (2, 3, 20, 40, 47):
        bench, card = world.again()
        with pytest.raises(Unfinished):
            bench.station(card, left).topup(50 * EUR)
        new = blank()
        bench.station(new).replace(bench.meter, None)
        with pytest.raises(CardRefused):
            bench.topup(card)
        bench.check_settled(new)
        assert bench.booked_ueur == 80 * EUR
    world.bench.ledger.close()


def test_what_is_left_open_is_said_with_what_to_do(sqlite_template: Path, tmp_path: Path) -> None:
    world = World(sqlite_template, tmp_path, card_of_a_customer())
    bench, card = world.again()
    with pytest.raises(Unfinished, match=r"Gutschrift 2 über 50,00 EUR ist gebucht.*--request k7") as caught:
        bench.station(card, 20).topup(50 * EUR, "k7")
    assert isinstance(caught.value.cause, CardRemoved)
    assert [row.state for row in bench.ledger.orders(bench.meter)][-1] is OrderState.UNKNOWN
    world.bench.ledger.close()
    assert open_ledger(str(bench.ledger.engine.url)).unbalanced() == []
