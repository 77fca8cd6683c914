# SPDX-License-Identifier: Apache-2.0
"""The proof can fail: a store that forgets one field, or breaks one of its own rules, is noticed."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import pytest

from groschen.core import hotrecord
from groschen.core import store as stores
from groschen.core.errors import MeterError
from groschen.core.meter import Meter
from groschen.core.ring import Ring
from groschen.core.state import State
from groschensim import board as boards
from groschensim.nvm import SimNvm
from tests.power_fail.cutting import CutBoard, WatchedStore, difference
from tests.power_fail.day import ALL_WINDOWS, EUR, TABLES, TARIFF, kept, loaded, play

RARELY = 41

OF_ITS_OWN = ("tariff", "pending", "windows", "billing")
"""What of a meter has records of its own, and is not found by name."""


def names() -> Iterator[tuple[type, str, str]]:
    """Gives all that the meter's classes keep, a name at a time."""
    for kind in TABLES:
        for table in ("FIELDS", "ARRAYS", "PARTS"):
            for name in getattr(kind, table, ()):
                if isinstance(name, str) and (kind is not Meter or name not in OF_ITS_OWN):
                    yield kind, table, name


def strange_state() -> State:
    """Gives a meter in which everything is on that is off in the night."""
    meter = Meter(1024, 4)
    state = State(meter)
    terms = {
        **TARIFF,
        "power_continuous": 1,
        "power_yearly": 1,
        "ht_sunday": [[60, 120]],
        "holidays": [[0, 5, 1, 0, 0]],
    }
    later = boards.tariff(terms, 3)
    later.start_quarter, later.start_second = 2_000_000, 7
    meter.commission(20_000, 61, 0, boards.tariff(terms, 2), boards.amount(EUR + 7), boards.amount(3 * EUR))
    meter.set_tariff(later)
    meter.set_credit(boards.windows(ALL_WINDOWS), boards.amount(3), boards.amount(7 * EUR + 1))
    meter.demand.closing = meter.demand.period
    meter.errors = 6
    meter.clock_lost = meter.held = meter.supply.offered = meter.supply.emergency = True
    meter.clock_lost_quarters = 77
    meter.trusted_quarter, meter.trusted_second = 1_900_000, 78
    state.language = 1
    state.life = 77
    for part in (state.cards, state.tan, meter.counters, state.port, state.starts, state.setting):
        for at, name in enumerate(TABLES[type(part)][0]):  # as they are before one is taken away
            setattr(part, name, isinstance(getattr(part, name), bool) or 100 + at)
    state.cards.credit.set_value(5 * EUR + 1)
    state.cards.debt.set_value(6 * EUR + 2)
    state.tan.tries.cells[state.tan.tries.append()] = 70_000
    return state


def play_strange() -> None:
    """Writes and reads the strange meter; raises AssertionError where something is lost."""
    nvm = SimNvm()
    state = strange_state()
    assert stores.Store(nvm).commit(state)
    store = stores.Store(nvm)
    read = store.load()
    assert read is not None
    assert not difference(loaded(read, store), kept(state))


def noticed() -> bool:
    """Says whether cuts here and there in the night find something wrong."""
    try:
        play_strange()
        play(CutBoard(lambda number: number % RARELY == 0, lambda number: number % (RARELY * 10) == 0))
    except (AssertionError, MeterError, ArithmeticError, LookupError, ValueError, struct.error):
        return True
    return False


@pytest.mark.usefixtures("watched")
def test_nothing_is_wrong_with_the_store_as_it_is() -> None:
    assert not noticed()


def without(table: tuple[Any, ...], name: str) -> tuple[Any, ...]:
    """Gives a table without a name, and the width behind it where there is one."""
    at = table.index(name)
    wide = at + 1 < len(table) and isinstance(table[at + 1], int)
    return table[:at] + table[at + (2 if wide else 1) :]


@pytest.mark.usefixtures("watched")
def test_a_store_that_forgets_a_field_or_a_part_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    missed: set[str] = set()
    for kind, table, name in names():
        with monkeypatch.context() as patch:
            patch.setattr(kind, table, without(getattr(kind, table), name))
            if not noticed():
                missed.add(f"{kind.__name__}.{name}")
    assert missed == set()


class OneCopy(WatchedStore):
    def _write_copy(self, at: int, hurried: bool) -> bool:
        return super()._write_copy(at, hurried) if at == 0 else True


class TrustedCopies(WatchedStore):
    """Neither takes the mark away before it writes, nor looks at the check."""

    def _write_copy(self, at: int, hurried: bool) -> bool:
        record = bytearray(self._head) + self._payload + self._tail + b"\xa5"
        self._nvm.write(at, record)
        return True


class MarkFirst(WatchedStore):
    """Marks a copy as whole before it is."""

    def _write_copy(self, at: int, hurried: bool) -> bool:
        self._write_byte(at + 8 + len(self._payload) + 2, 0xA5)
        for offset, part in ((0, self._head), (8, self._payload), (8 + len(self._payload), self._tail)):
            self._nvm.write(at + offset, part)
        return True


class RowsLast(WatchedStore):
    """Refers to rows that are not yet written."""

    late = False

    def _write_rings(self) -> None:
        if self.late:
            super()._write_rings()

    def commit(self, state: State, hurried: bool = False) -> bool:
        self.late = False
        done = super().commit(state, hurried)
        self.late = True
        self._write_rings()
        return done


class OneSlot(WatchedStore):
    """Writes each tariff over the one in force."""

    def _write_config(self, place: tuple[int, int, int], slot: int, data: bytearray) -> None:
        super()._write_config(place, 0, data)


class NoProfile(WatchedStore):
    def _write_profile(self, meter: Meter) -> None:
        pass


class NoContract(WatchedStore):
    def _write_contract(self, meter: Meter) -> None:
        self._editions[0] = meter.edition


def every_crc_is_right(data: Any, length: int, crc: int = 0) -> int:
    return 0


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize("store", [OneCopy, MarkFirst, RowsLast, OneSlot, NoProfile, NoContract])
def test_a_store_that_breaks_a_rule_is_noticed(store: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "Store", store)
    assert noticed()


@pytest.mark.usefixtures("watched")
def test_a_store_without_mark_and_check_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "Store", TrustedCopies)
    monkeypatch.setattr(stores, "crc16", every_crc_is_right)
    assert noticed()


@pytest.mark.usefixtures("watched")
def test_a_store_that_keeps_no_row_which_still_changes_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = {name: getattr(hotrecord, name) for name in ("_pack", "_unpack")}

    def pack(part: object, out: bytearray, at: int) -> Any:
        if isinstance(part, Ring) and part.open_row:
            hotrecord.put(out, at, part.appended, 4)
            return at + 4
        return honest["_pack"](part, out, at)

    def unpack(part: object, data: bytearray, at: int) -> Any:
        if isinstance(part, Ring) and part.open_row:
            part.appended = hotrecord.get(data, at, 4, False)
            return at + 4
        return honest["_unpack"](part, data, at)

    monkeypatch.setattr(hotrecord, "_pack", pack)
    monkeypatch.setattr(hotrecord, "_unpack", unpack)
    assert noticed()
