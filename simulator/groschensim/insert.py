# SPDX-License-Identifier: Apache-2.0
"""One card, put into one saved meter: the firmware's session over its drivers, and a model of the card's chip.

A contact card is modelled at its pins, clock by clock; a contactless one behind a reader at its SPI pins.
"""

from pathlib import Path
from typing import Any, NamedTuple, Protocol

from groschen.core import events, notices
from groschen.core.calendar import LEGAL
from groschen.core.session import EMPTY, CardSession
from groschen.core.state import State
from groschen.core.texts import ENGLISH, GERMAN
from groschen.core.timekeeper import Timekeeper
from groschen.drivers.interpreted import CardLines
from groschen.drivers.mfrc522 import Mfrc522
from groschen.drivers.sle4428 import Sle4428
from groschen.slots.contact import ContactSlot
from groschen.slots.contactless import ContactlessSlot
from groschencard.recordwords import MODES
from groschensim import eventnames, names, result
from groschensim.clock import SimClock
from groschensim.display import card_lines
from groschensim.errors import ImageError, RunError
from groschensim.heldfile import HeldFile
from groschensim.language import pick
from groschensim.models import mfrc522, mifare, sle4428
from groschensim.savedmeter import SavedMeter

SIZE = 1024
SLE_HEADER = b"\x92\x23\x10\x91"
_CLOCK_US = 50
_NEVER = -1


class Order(NamedTuple):
    """What a person asked for: a card's image, a saved meter, when to insert it, and when to pull it."""

    image: Path
    state: Path
    at_s: int | None = None
    pull: int | None = None  # clocks of a contact card, bytes on the air of a contactless one


class Insertion(NamedTuple):
    """What came of it; amounts in micro-euro. An outcome is the detail of an event, "" where nothing was new."""

    serial: str
    at_s: int
    zone: str | int  # as a tape names it
    chip: str
    outcome: str
    accepted: bool
    german: tuple[str, str]  # the display's lines
    english: tuple[str, str]
    credit: int
    debt: int
    refund: int
    balance_before: int
    balance: int
    owed: int
    mode: str
    supply_on: bool
    offered: bool
    cause: str
    events: list[dict[str, Any]]
    took: int  # clocks, or bytes on the air
    milliseconds: int


class Bench(Protocol):
    """A slot with a card in it, and what is counted there."""

    chip: str
    slot: ContactSlot | ContactlessSlot

    def image(self) -> bytes:
        """Return the card's bytes."""
        ...

    def took(self) -> tuple[int, int]:
        """Return clocks or bytes on the air, and milliseconds."""
        ...


def contact_slot(chip: sle4428.Sle4428Chip) -> ContactSlot:
    """Return the slot that a chip is in, with its driver: clocks are counted, not waited for."""
    pins = sle4428.Pins(chip)
    lines = CardLines(pins.clk, pins.io, _no_delay, _never)
    return ContactSlot(Sle4428(pins.rst, lines, _no_delay, pins.vcc), pins.present)


class ContactBench:
    """An SLE 4428 at the pins of a slot."""

    chip = "SLE 4428"

    def __init__(self, image: bytes, pull: int) -> None:
        """Take the card's bytes, and the clocks after which it is pulled."""
        self._chip = sle4428.Sle4428Chip(bytearray(image), cut=pull)
        self.slot: ContactSlot | ContactlessSlot = contact_slot(self._chip)

    def image(self) -> bytes:
        """Return the card's bytes."""
        return bytes(self._chip.image)

    def took(self) -> tuple[int, int]:
        """Return the clocks, and the time they take at 20 kHz."""
        return self._chip.clocks, self._chip.clocks * _CLOCK_US // 1000


class ContactlessBench:
    """A MIFARE Classic 1K before an MFRC522."""

    chip = "MIFARE Classic 1K"

    def __init__(self, image: bytes, pull: int) -> None:
        """Take the card's bytes, and the bytes on the air after which it leaves the field."""
        self._card = mifare.MifareClassic1K(bytearray(image), cut=pull)
        self._reader = mfrc522.Mfrc522(self._card)
        driver = Mfrc522(mfrc522.SimSpi(self._reader), mfrc522.SimSelect(self._reader))
        driver.reset()
        self.slot: ContactSlot | ContactlessSlot = ContactlessSlot(driver)

    def image(self) -> bytes:
        """Return the card's bytes."""
        return bytes(self._card.image)

    def took(self) -> tuple[int, int]:
        """Return the bytes on the air, and the time of air and bus."""
        return self._card.bytes, self._reader.clocks * 1000 // mfrc522.CLOCK_HZ


def insert(order: Order) -> Insertion:
    """Put a card into a meter and take it out again; ImageError where a file is wrong, RunError.

    Both files are replaced when the session has ended, the meter's first: whatever fails between leaves a card that was
    pulled too early, which the next insertion puts right.
    """
    with HeldFile(order.image, SIZE) as card, SavedMeter(order.state) as saved:
        bench = _bench(order.image, card.data, _NEVER if order.pull is None else order.pull)
        saved.run_until(saved.now_s if order.at_s is None else order.at_s)
        done = _session(saved, bench)
        saved.save()
        try:
            card.replace(bench.image())
        except RunError as error:
            raise _meter_alone(error) from None
        return done


def _never() -> bool:
    """Say that the supply does not fail."""
    return False


def _no_delay(_microseconds: int) -> None:
    """Wait for nothing: the model counts clocks."""


def _bench(path: Path, image: bytes, pull: int) -> Bench:
    if len(image) == SIZE:
        if image.startswith(SLE_HEADER):
            return ContactBench(image, pull)
        if is_mifare(image):
            return ContactlessBench(image, pull)
    raise no_card(path)


def is_mifare(image: bytes) -> bool:
    """Say whether 1024 bytes are those of a MIFARE Classic 1K: each sector's access bits agree."""
    return all(mifare.conditions(bytearray(image), block) >= 0 for block in range(0, mifare.BLOCKS, 4))


def no_card(path: Path) -> ImageError:
    """Return what is wrong with a file that is no card."""
    return ImageError(
        pick(
            (
                f"{path}: kein Abbild einer Karte: weder eine SLE 4428 noch eine MIFARE Classic 1K von {SIZE} Bytes",
                f"{path}: no image of a card: neither an SLE 4428 nor a MIFARE Classic 1K of {SIZE} bytes",
            )
        )
    )


def _session(saved: SavedMeter, bench: Bench) -> Insertion:
    meter = saved.meter
    at_s = saved.now_s
    before = _Totals(saved.state)
    noted = meter.log.ring.appended
    # Its time is its clock's: a card may set it, and it does not wait for one that was set back.
    clock = Timekeeper(saved.keeper, SimClock(at_s))
    session = CardSession(saved.keeper, bench.slot, saved.keys, clock)
    session.run()
    meter.hold(False)
    seen = session.state != EMPTY
    outcome = session.outcome if seen else events.CARD_PULLED
    balance = meter.account.balance
    german, english = (
        card_lines(outcome, session.booked, balance, language) if seen else ("", "") for language in (GERMAN, ENGLISH)
    )
    after = _Totals(saved.state)
    supply = meter.supply
    new = meter.log.ring.appended - noted
    took, milliseconds = bench.took()
    return Insertion(
        serial=saved.keys.serial.decode(),
        at_s=at_s,
        zone="legal" if meter.zone == LEGAL else meter.zone,
        chip=bench.chip,
        outcome=eventnames.KINDS[events.CARD][1].get(outcome, ""),
        accepted=not notices.refused(outcome),
        german=german,
        english=english,
        credit=after.credit - before.credit,
        debt=after.debt - before.debt,
        refund=after.refunds - before.refunds,
        balance_before=before.balance,
        balance=after.balance,
        owed=meter.account.debt.owed.value(),
        mode=MODES[supply.mode],
        supply_on=supply.on,
        offered=supply.offered,
        cause=names.CAUSES[supply.cause],
        events=result.read_out(meter)["events"][-new:] if new else [],
        took=took,
        milliseconds=milliseconds,
    )


class _Totals:
    """What a session may change of the money."""

    def __init__(self, state: State) -> None:
        meter = state.meter
        cards = state.cards
        self.credit = cards.credit.value()
        self.debt = cards.debt.value()
        self.refunds = meter.account.refunds.value()
        self.balance = meter.account.balance.value()


def _meter_alone(error: RunError) -> RunError:
    return RunError(
        pick(
            (
                f"{error}; der Zähler hat die Karte gelesen, sie weiß nichts davon: noch einmal einstecken",
                f"{error}; the meter has read the card, which does not know: insert it again",
            )
        )
    )
