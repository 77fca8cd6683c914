# SPDX-License-Identifier: Apache-2.0
"""A cash desk and a meter in one room: a ledger, the real station, the real meter, and cards that can be pulled."""

from __future__ import annotations

import itertools
import shutil
from binascii import crc_hqx
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from groschen.core.session import SHOW, CardSession
from groschen.core.state import State
from groschencard.chips import MIFARE_SIZE, SLE_BASE, SLE_SIZE
from groschenhost.cards import describe
from groschenhost.cards.station import Issued, Station, ToppedUp
from groschenhost.keys.master import Generation, MasterKeys
from groschenhost.ledger.book import Ledger, open_ledger
from groschenhost.ledger.values import Account, CardKind, Charges, SettingsData, TariffData
from groschenhost.money import EUR
from groschenhost.readers import virtual
from groschenhost.readers.connection import CardRemoved
from groschenhost.readers.mifare import Mifare1K
from groschenhost.readers.sle4428 import CODE, Sle4428
from groschenhost.readers.virtual import ImageFile, VirtualMifare, VirtualSle
from groschensim.board import Unkept
from groschensim.cards import SimSlot
from tests.core.house import House, tariff

if TYPE_CHECKING:
    from groschenhost.ledger.models import Meter
    from groschenhost.readers.chip import CardChip

UTILITY = 7
SERIAL = "1EBZ0100000001"
MASTER = MasterKeys([Generation(1, 0, bytes(range(32)))])
NOW_S = 1_767_222_000
"""2026-01-01 00:00 in Berlin."""
_FILES = itertools.count()


class Clock:
    """A second later whenever it is asked."""

    def __init__(self, now_s: int = NOW_S) -> None:
        self.now_s = now_s

    def __call__(self) -> int:
        self.now_s += 1
        return self.now_s


class Pulled(ImageFile):
    """A card in memory, pulled after so many bytes that were written; `erased` is what the last one is left as."""

    def __init__(self, data: bytearray, left: int | None = None, erased: bool = False) -> None:
        self.data = data
        self._was = bytes(data)
        self._left = left
        self._erased = erased
        self.written = 0

    def save(self) -> None:
        """Let the bytes that differ become what they are, one by one, as long as the card is there."""
        want, was = bytes(self.data), self._was
        self.data[:] = was
        changed = [at for at in range(len(want)) if want[at] != was[at]]
        contactless = not was.startswith(b"\x92")
        if contactless and changed and changed[0] % 64 >= 48:
            changed = changed[:1]  # a trailer is written whole or not: torn, its sector would be closed for ever
        for at in changed:
            if self._left is not None and self.written >= self._left:
                if self._erased and at < CODE - 1 and at % 64 < 48:
                    self.data[at] = 0xFF
                self._was = bytes(self.data)
                raise CardRemoved("pulled")
            self.data[at] = want[at]
            self.written += 1
        self.data[:] = want
        self._was = bytes(self.data)

    def close(self) -> None:
        pass


def chip_of(file: Pulled) -> CardChip:
    kind = virtual.kind_of(bytes(file.data))
    return Sle4428(VirtualSle(file)) if kind == Sle4428.kind else Mifare1K(VirtualMifare(file))


def blank(kind: str = Sle4428.kind) -> bytearray:
    return bytearray(virtual.blank(kind, b"\xc1\x23\x45\x67"))


class PulledSlot(SimSlot):
    """The meter's slot, from which the card is pulled after so many bytes."""

    def __init__(self, left: int | None = None) -> None:
        super().__init__()
        self._left = left

    def write(self, at: int, data: bytearray) -> None:
        if self._left is not None and len(data) > self._left:
            super().write(at, data[: self._left])
            self.card = None
            raise OSError("pulled")
        if self._left is not None:
            self._left -= len(data)
        super().write(at, data)


def tariff_data(version: int = 1, **fields: Any) -> TariffData:
    return TariffData(name="Haushalt", version=version, start_s=NOW_S - 86_400, ht_ueur_per_kwh=300_000, **fields)


class Bench:
    """One utility, one meter, its desk; cards are bytearrays of 1024 bytes."""

    def __init__(self, ledger: Ledger, with_tariff: bool = True) -> None:
        self.ledger = ledger
        self.clock = Clock()
        ledger._now = self.clock  # one clock in the room
        self.ledger.add_utility(UTILITY, "Stadtwerk Musterstadt")
        if with_tariff:
            ledger.add_tariff(tariff_data(), SettingsData())
        self.meter: Meter = ledger.add_meter(SERIAL)
        self.state = State(House("2026-01-01 00:00", tariff(version=0, ht=300_000, nt=300_000)).meter)
        self.keys = MASTER.meter_keys(1, UTILITY, SERIAL)

    def new_life(self) -> None:
        """Let the meter lose its memory: its board is flashed as another life of the same number."""
        begun = self.ledger.begin_life(self.meter, MASTER.current)
        self.meter = self.ledger.meter(SERIAL)
        self.keys = MASTER.meter_keys(MASTER.current, UTILITY, SERIAL, begun.number)
        self.state = State(House("2026-01-01 00:00", tariff(version=0, ht=300_000, nt=300_000)).meter)

    def station(self, card: bytearray, left: int | None = None, erased: bool = False) -> Station:
        return self.station_on(Pulled(card, left, erased))

    def station_on(self, file: Pulled) -> Station:
        return Station(self.ledger, MASTER, chip_of(file), self.clock)

    def issue(self, card: bytearray, **more: Any) -> Issued:
        return self.station(card).issue(self.meter, CardKind.CUSTOMER, **more)

    def topup(self, card: bytearray, eur: int = 50, **more: Any) -> ToppedUp:
        return self.station(card).topup(eur * EUR, **more)

    def insert(self, card: bytearray, left: int | None = None) -> int:
        """Put a card into the meter until it shows something; return the session's outcome."""
        slot = PulledSlot(left)
        session = CardSession(Unkept(self.state), slot, self.keys)
        slot.card = card
        session.run()
        assert session.state == SHOW
        return session.outcome

    @property
    def booked_ueur(self) -> int:
        return self.state.cards.credit.value()

    @property
    def issued_ueur(self) -> int:
        return self.ledger.order_for_card(self.meter).credit_total_ueur

    def check(self) -> None:
        """The ledger sums to zero, the drawer has what it must, and the meter has booked nothing that was not issued."""
        ledger = self.ledger
        assert ledger.unbalanced() == []
        assert sum(ledger.accounts().values()) == 0
        held = sum(row.deposit_ueur for row in ledger.cards(self.meter))
        assert held == -ledger.account(Account.DEPOSIT)
        assert self.booked_ueur <= self.issued_ueur

    def check_settled(self, card: bytearray) -> None:
        """After meter and desk have seen the card once more, both say the same of every euro."""
        self.insert(card)
        self.station(card).read()
        self.check()
        account = self.state.meter.account
        assert self.booked_ueur == self.issued_ueur == account.topups.value()
        held = self.ledger.balances(self.meter)
        assert held.prepayment == account.balance.value()
        assert held.issued == held.acknowledged == self.issued_ueur
        reading = self.ledger.last_reading(self.meter)
        assert reading is not None
        assert reading.balance_ueur == account.balance.value()

    def dump(self) -> object:
        """All of the ledger that a refusal must leave as it is."""
        ledger, meter = self.ledger, self.meter
        return (
            [(row.number, row.state, row.card_id) for row in ledger.orders(meter)],
            [(row.number, row.state, row.deposit_ueur, row.written_s) for row in ledger.cards(meter)],
            [(row.exchange, row.complete) for row in ledger.readings(meter)],
            ledger.accounts(),
        )


def space(card: bytearray) -> bytes:
    kind = virtual.kind_of(bytes(card))
    found = describe.space_of(bytes(card), kind)
    assert len(found) in (SLE_SIZE, MIFARE_SIZE)
    return found


def put(card: bytearray, at: int, data: bytes) -> None:
    """Write bytes into a contact card's space, whoever may."""
    card[SLE_BASE + at : SLE_BASE + at + len(data)] = data


def forge_identity(card: bytearray) -> None:
    """Give a contact card's identity a MAC of zeros, and the CRC that everybody can make."""
    body = bytes(card[SLE_BASE : SLE_BASE + 38]) + bytes(8)
    put(card, 38, bytes(8) + crc_hqx(body, 0xFFFF).to_bytes(2, "little"))


def quick_ledger(template: Path, folder: Path) -> Ledger:
    """A ledger in a copy of the template, which does not wait for the disk."""
    path = folder / f"station{next(_FILES)}.sqlite"
    shutil.copy(template, path)
    ledger = open_ledger(f"sqlite:///{path}", "desk", Clock())
    ledger.engine.dispose()
    event.listen(ledger.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return ledger


Make = Callable[[], Bench]

__all__ = ["Bench", "Charges", "Make", "Pulled", "blank", "put", "quick_ledger", "space"]
