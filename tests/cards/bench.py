# SPDX-License-Identifier: Apache-2.0
"""A meter with a memory, a desk, and both kinds of slots down to the chips' pins: the real chain of a card session."""

from __future__ import annotations

from typing import Any

import sample_meter

from groschen.core import events, outlook, report
from groschen.core.calendar import QUARTER_S
from groschen.core.keeper import Keeper
from groschen.core.meter import Meter
from groschen.core.session import CardSession
from groschen.core.state import State
from groschen.core.store import Store
from groschen.core.timekeeper import Timekeeper
from groschen.drivers.mfrc522 import Mfrc522 as ReaderDriver
from groschen.slots.contactless import ContactlessSlot
from groschencard import records, seal
from groschencard.chips import MIFARE_BLOCK, MIFARE_SIZE, SLE_BASE, SLE_SIZE, mifare_block
from groschencard.keys import MeterKeys
from groschencard.mifare_format import mifare_trailer
from groschensim import board as boards
from groschensim.cards import Desk
from groschensim.clock import SimClock
from groschensim.insert import contact_slot
from groschensim.models import mifare, sle4428
from groschensim.models.mfrc522 import Mfrc522, SimSelect, SimSpi
from groschensim.nvm import SimNvm
from tests.core.house import day, seconds
from tests.power_fail.day import CREDIT, CUSTOMER, EUR, TARIFF

UTILITY = 7
SERIAL = b"1TST0000000004"
KEYS = MeterKeys(bytes(range(32)), UTILITY, SERIAL)
OPENING = 5 * EUR
START = "2026-03-02 09:00"
NOW = "2026-03-05 10:20:30"
YEAR = 2026
TERMS = {**CREDIT, "emergency_limit_ueur": 7 * EUR, "daily": [1200, 360], "days": [day("2026-12-24")]}
"""A contract that differs from the one that a new meter has."""
UID = b"\xc1\x23\x45\x67"


def new_meter(mode: int = CUSTOMER, opening: int = OPENING) -> Meter:
    """Gives a meter that has run for three days."""
    meter = Meter(1000)
    tariff = boards.tariff(TARIFF, 1)
    meter.commission(*divmod(seconds(START), 86400), mode, tariff, boards.amount(opening), boards.amount(0))
    for at in ("2026-03-02 18:00", "2026-03-03 11:00", "2026-03-04 23:00", NOW):
        meter.advance(*divmod(seconds(at), 86400))
        meter.count(outlook.lasts(meter, 321))
    return meter


class Side:
    """The meter's side but for the slot: a meter and what keeps it."""

    def __init__(self, nvm: SimNvm, meter: Meter | None = None) -> None:
        self.nvm = nvm
        self.store = Store(nvm)
        found = State(meter) if meter else self.store.load()
        assert found is not None
        self.state = found
        self.meter = found.meter
        self.keeper = Keeper(found, self.store)
        if meter:
            assert self.keeper.commit()
        else:
            second = self.meter.quarter % 96 * 900 + self.meter.second
            self.keeper.resume(self.meter.quarter // 96, second, self.meter.seen)
        self.seen = self.meter.log.ring.appended

    def news(self, kind: int = events.CARD) -> list[int]:
        """Gives the details of a kind of events since this was asked last."""
        ring = self.meter.log.ring
        rows = [ring.row(back) for back in range(ring.appended - self.seen - 1, -1, -1)]
        self.seen = ring.appended
        return [row[events.DETAIL] for row in rows if row[events.KIND] == kind]

    def books(self) -> dict[str, int]:
        """Gives all that a card may change."""
        meter = self.meter
        cards = self.state.cards
        account = meter.account
        return {
            "topups": account.topups.value(),
            "refunds": account.refunds.value(),
            "balance": account.balance.value(),
            "debt": account.debt.owed.value(),
            "credit by card": cards.credit.value(),
            "tariff": max(meter.tariff.version, meter.pending.version),
            "contract": cards.contract,
            "command": cards.command,
            "mode": meter.supply.mode,
            "numbers": cards.credit_number * 1000 + cards.debt_number,
        }


class Contact:
    """The slot for contact cards, down to the pins of the chip that is in it."""

    name = "contact"
    size = SLE_SIZE

    def __init__(self, chip: sle4428.Sle4428Chip | None = None) -> None:
        self.chip = chip or sle4428.Sle4428Chip()
        self.chip.pull()
        self.slot = contact_slot(self.chip)

    def insert(self, card: bytearray, protect: bytearray | None = None) -> None:
        """Lets somebody put a card in: the very bytes of a card of the desk."""
        self.chip.image = card
        self.chip.protect = protect or sle4428.blank_protect()
        self.chip.insert()

    def pull(self) -> None:
        self.chip.pull()

    def pull_after(self, some: int) -> None:
        """Lets the card be pulled after so many clocks."""
        self.chip.pull_after(some)


class Contactless:
    """The field, down to the registers of the reader and the frames in the air; with the desk's bytes in the blocks."""

    name = "contactless"
    size = MIFARE_SIZE

    def __init__(self, card: mifare.MifareClassic1K | None = None) -> None:
        self.card = card or mifare.MifareClassic1K(mifare.blank_image(UID))
        self.card.leave()
        self.desk_card = bytearray()
        chip = Mfrc522(self.card, spi_hz=200_000)
        driver = ReaderDriver(SimSpi(chip), SimSelect(chip))
        driver.reset()
        self.slot = ContactlessSlot(driver)

    def insert(self, card: bytearray, secret: bytes | None = None) -> None:
        """Lets somebody hold a card before the meter."""
        self.desk_card = card
        image = mifare.blank_image(UID)
        key = secret or secret_of(card)
        for sector in range(16):
            image[sector * 64 + 48 : sector * 64 + 64] = mifare_trailer(key)
        for index in range(MIFARE_SIZE // MIFARE_BLOCK):
            at, start = mifare_block(index) * MIFARE_BLOCK, SLE_BASE + index * MIFARE_BLOCK
            image[at : at + MIFARE_BLOCK] = card[start : start + MIFARE_BLOCK]
        self.card.image = image
        self.card.enter()

    def pull(self) -> None:
        """Lets the card leave, and the desk have its bytes."""
        self.card.leave()
        for index in range(MIFARE_SIZE // MIFARE_BLOCK):
            at, start = mifare_block(index) * MIFARE_BLOCK, SLE_BASE + index * MIFARE_BLOCK
            self.desk_card[start : start + MIFARE_BLOCK] = self.card.image[at : at + MIFARE_BLOCK]

    def pull_after(self, some: int) -> None:
        """Lets the card leave the field after so many bytes in the air."""
        self.card.cut = self.card.bytes + some


Chain = Contact | Contactless


def secret_of(card: bytearray) -> bytes:
    """Gives the secret of the card that the number on it names, whoever wrote that."""
    return KEYS.card_secret(int.from_bytes(card[SLE_BASE : SLE_BASE + 4], "little"))


class Bench:
    """One meter with a slot, and a desk."""

    def __init__(self, chain: Chain | None = None, meter: Meter | None = None, nvm: SimNvm | None = None) -> None:
        self.chain = chain or Contact()
        self.side = Side(nvm or SimNvm(), meter or new_meter())
        self.clock = SimClock(self.meter.quarter * QUARTER_S + self.meter.second)
        self.session = self._session()
        self.desk = Desk(KEYS)

    @property
    def meter(self) -> Meter:
        return self.side.meter

    @property
    def state(self) -> State:
        return self.side.state

    def insert(self, card: bytearray, *how: Any) -> int:
        """Lets a card be put in and taken out when there is something to show; gives the outcome."""
        self.chain.insert(card, *how)
        return self.finish()

    def finish(self) -> int:
        self.session.run()
        self.chain.pull()
        for _ in range(2):  # looks at the slot
            self.session.step()
        return self.session.outcome

    def restart(self) -> None:
        """Cuts the meter's power and lets it return."""
        self.side = Side(SimNvm(image=self.side.nvm.image))
        self.session = self._session()

    def _session(self) -> CardSession:
        return CardSession(self.side.keeper, self.chain.slot, KEYS, Timekeeper(self.side.keeper, self.clock))


def card_with_everything(desk: Desk, state: State, credit: int = 20 * EUR, debt: int = 3 * EUR) -> bytearray:
    """Gives a customer card with new credit, debt, tariff and contract."""
    card = desk.issue(records.CUSTOMER, 1)
    desk.tariff(card, 2, {**TARIFF, "nt_ueur_per_kwh": 200_000}, YEAR)
    desk.contract(card, 1, TERMS, state)
    desk.debt(card, 1, debt)
    desk.credit(card, 2, credit)
    return card


def read(card: bytes | bytearray, kind: int, size: int = SLE_SIZE) -> seal.Record:
    """Gives what stands in a record's first place, as whoever has the meter's keys reads it."""
    at = SLE_BASE + records.place(kind, 0)
    return seal.read(KEYS, kind, 0, bytes(card[at : at + records.room(kind, size)]))


def check_returned(card: bytes | bytearray, state: State, outcome: int, size: int = SLE_SIZE) -> None:
    """Checks that acknowledgement and report on a card are what the meter says."""
    said = read(card, records.ACKNOWLEDGEMENT, size)
    assert said.number == state.cards.number
    assert said.values == report.acknowledgement(state, outcome)
    told = read(card, records.REPORT, size)
    assert told.number == said.number
    assert told.values == report.report(state, records.room(records.REPORT, size))


def check_conserved(meter: Meter) -> None:
    """Checks that no micro-euro is lost or doubled."""
    assert sample_meter.conserved(meter)
    assert meter.account.balance.value() <= meter.account.topups.value()
