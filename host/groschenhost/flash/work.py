# SPDX-License-Identifier: Apache-2.0
"""A board flashed for a meter of the ledger: its key from the master key, the record into the ledger."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from groschenhost.errors import HostError
from groschenhost.flash.device import Device
from groschenhost.flash.errors import IsMeterError, LostError, NoStartError
from groschenhost.flash.flasher import Done, Flasher, Identity, Wishes
from groschenhost.ledger.shown import instant
from groschenhost.ledger.values import FlashingData, FlashKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from groschenhost.errors import Text
    from groschenhost.flash.rawrepl import RawRepl
    from groschenhost.flash.release import Release
    from groschenhost.flash.targets import Target
    from groschenhost.keys.master import MasterKeys
    from groschenhost.ledger.book import Ledger
    from groschenhost.ledger.models import Flashing, Meter


def flash(
    ledger: Ledger,
    meter: Meter,
    repl: RawRepl,
    target: Target,
    release: Release,
    wishes: Wishes,
    zone: str | int,
    master: Callable[[], MasterKeys],
    tell: Callable[[Text], None],
) -> tuple[Done, Flashing]:
    """Flashes a board and books it; master opens the key file, and is called only where a key is to be written.

    Raises what `flash.errors` lists; NoStartError only after the booking, since the release is in force then.
    """
    device = Device(repl)
    flasher = Flasher(device, target, release, tell)
    found = flasher.look()
    generation, identity = None, None
    try:
        kind = flasher.kind(found, meter.serial, meter.utility.number, wishes)
        if kind is FlashKind.FIRST and found.serial != meter.serial and not (wishes.replace or wishes.keep_memory):
            _check_number(ledger, meter)
        if kind is not FlashKind.UPDATE:
            generation, identity = _identity(ledger, meter, zone, master(), kind)
        done = flasher.flash(found, kind, identity, wishes)
    except BaseException as error:
        if not isinstance(error, LostError):
            flasher.give_back(found)
        raise
    silent = _wait(flasher)
    row = ledger.book_flashing(meter, _data(done, target, generation, silent is None))
    if silent is not None:
        raise silent
    return done, row


def _check_number(ledger: Ledger, meter: Meter) -> None:
    """Refuses to make a second board of one number: it would share the key with the first."""
    flashings = ledger.flashings(meter)
    if not flashings:
        return
    last = instant(flashings[-1].at_s)
    raise IsMeterError(
        (
            (
                f"Zähler {meter.serial} ist schon auf einer Platine (zuletzt geflasht {last}), und diese ist neu. "
                "Nummer prüfen. Tritt sie an die Stelle der alten: mit deren Speicher (FRAM) --keep-memory, ohne ihn "
                "--replace --yes; die alte darf dann nicht mehr in Betrieb gehen"
            ),
            (
                f"Meter {meter.serial} is on a board already (last flashed {last}), and this is a new one. Check the "
                "number. If it takes the old one's place: with its memory (FRAM) --keep-memory, without it "
                "--replace --yes; the old one must not go into service any more"
            ),
        )
    )


def _identity(
    ledger: Ledger, meter: Meter, zone: str | int, master: MasterKeys, kind: FlashKind
) -> tuple[int, Identity]:
    """Gives who the meter is to be; its key's generation is noted in the ledger before any board has it."""
    generation = ledger.key_generation(meter, master.current, anew=kind is FlashKind.REPLACE)
    utility = meter.utility.number
    key = master.meter_key(generation, utility, meter.serial)
    return generation, Identity(meter.serial, utility, key, meter.imp_per_kwh, zone)


def _wait(flasher: Flasher) -> NoStartError | None:
    try:
        flasher.wait()
    except NoStartError as error:
        return error
    except HostError as error:
        return NoStartError(error.text)
    return None


def _data(done: Done, target: Target, generation: int | None, answered: bool) -> FlashingData:
    return FlashingData(
        kind=done.kind,
        board=target.name,
        machine=done.found.machine[:80],
        micropython=done.found.micropython,
        release=done.release.version,
        digest=done.release.digest,
        layout=done.release.layout,
        generation=generation,
        self_test=json.dumps(done.self_test, ensure_ascii=False),
        answered=answered,
    )
