# SPDX-License-Identifier: Apache-2.0
"""A board flashed for a meter of the ledger: its key from the master key, the record into the ledger."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from groschenhost.errors import HostError
from groschenhost.flash.device import Device, Found
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
    try:
        kind = flasher.kind(found, meter.serial, meter.utility.number, wishes)
        if kind is FlashKind.FIRST and found.serial != meter.serial and not (wishes.replace or wishes.keep_memory):
            _check_number(ledger, meter)
        if kind is FlashKind.UPDATE and found.life != meter.life:
            tell(_old_board(meter, found.life))
        done = flasher.flash(found, kind, lambda kept: _identity(ledger, meter, zone, master(), found, kept), wishes)
    except BaseException as error:
        if not isinstance(error, LostError):
            flasher.give_back(found)
        raise
    silent = _wait(flasher)
    row = ledger.book_flashing(meter, _data(done, target, silent is None))
    if silent is not None:
        raise silent
    return done, row


def _check_number(ledger: Ledger, meter: Meter) -> None:
    """Refuses to make a second board of one number: it would share the key with the first."""
    if not ledger.has_lived(meter):
        return
    flashings = ledger.flashings(meter)
    last = f" ({instant(flashings[-1].at_s)})" if flashings else ""
    raise IsMeterError(
        (
            (
                f"Zähler {meter.serial} ist schon auf einer Platine{last}, und diese ist neu. Nummer prüfen. Tritt sie "
                "an die Stelle der alten: mit deren Speicher (FRAM) --keep-memory, ohne ihn --replace --yes, was ein "
                "neues Leben beginnt; die alte darf dann nicht mehr in Betrieb gehen"
            ),
            (
                f"Meter {meter.serial} is on a board already{last}, and this is a new one. Check the number. If it "
                "takes the old one's place: with its memory (FRAM) --keep-memory, without it --replace --yes, which "
                "begins another life; the old one must not go into service any more"
            ),
        )
    )


def _old_board(meter: Meter, life: int) -> Text:
    """Says that a board is of another life than the ledger: nothing that is issued now is for it."""
    return (
        (
            f"WARNUNG: Diese Platine ist in Leben {life} des Zählers {meter.serial}, im Kontobuch ist er in Leben "
            f"{meter.life}. Eine alte Platine darf nicht mehr in Betrieb gehen; wurde --replace hier abgebrochen, "
            "es noch einmal aufrufen"
        ),
        (
            f"WARNING: This board is in life {life} of meter {meter.serial}, which is in life {meter.life} in the "
            "ledger. An old board must not go into service any more; if --replace was broken off here, give it again"
        ),
    )


def _identity(ledger: Ledger, meter: Meter, zone: str | int, master: MasterKeys, found: Found, kept: int) -> Identity:
    """Gives who the board is to be: in the life that its memory keeps, or for 0 in one that is entered in the ledger.

    That is before any board has its key; IsMeterError where the memory is not of the ledger's life.
    """
    utility = meter.utility.number
    is_named = found.is_of(meter.serial, utility)
    if kept:
        life, generation = ledger.life_key(meter, master.current)
        if life != kept:
            raise _other_life(meter, kept, life)
    else:
        begun = ledger.begin_life(
            meter,
            master.current,
            is_new=not is_named,
            is_same=is_named and found.active is None and found.life == meter.life,
        )
        life, generation = begun.number, begun.key_generation or master.current
    key = master.meter_key(generation, utility, meter.serial, life)
    return Identity(meter.serial, utility, life, key, generation, meter.imp_per_kwh, zone)


def _other_life(meter: Meter, kept: int, life: int) -> IsMeterError:
    return IsMeterError(
        (
            (
                f"Der Speicher ist von Leben {kept} des Zählers {meter.serial}, im Kontobuch ist er in Leben {life}; "
                "weiterlaufen kann er so nicht. Ein neues Leben beginnt mit --replace --yes"
            ),
            (
                f"The memory is of life {kept} of meter {meter.serial}, which is in life {life} in the ledger; it "
                "cannot go on so. Another life begins with --replace --yes"
            ),
        )
    )


def _wait(flasher: Flasher) -> NoStartError | None:
    try:
        flasher.wait()
    except NoStartError as error:
        return error
    except HostError as error:
        return NoStartError(error.text)
    return None


def _data(done: Done, target: Target, answered: bool) -> FlashingData:
    identity = done.identity
    return FlashingData(
        kind=done.kind,
        life=identity.life if identity else done.found.life,
        board=target.name,
        machine=done.found.machine[:80],
        micropython=done.found.micropython,
        release=done.release.version,
        digest=done.release.digest,
        layout=done.release.layout,
        generation=identity.generation if identity else None,
        self_test=json.dumps(done.self_test, ensure_ascii=False),
        answered=answered,
    )
