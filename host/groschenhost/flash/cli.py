# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# typer's Option and Argument name click's generic types without their parameters.
"""The command `groschen meter flash`."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from groschenhost.cards.options import TheMeter
from groschenhost.console import Db, Json, KeyFile, UtilityNumber, out_fields, out_json, say
from groschenhost.errors import InputError, Text, pick
from groschenhost.hostclock import CheckedClock, make_sure
from groschenhost.keys.options import PassphraseFile
from groschenhost.ledger.desk import at_the_desk
from groschenhost.port.options import Port, Zone, zone_minutes

if TYPE_CHECKING:
    from groschenhost.flash.flasher import Done, Wishes
    from groschenhost.keys.master import MasterKeys
    from groschenhost.ledger.models import Flashing, Meter

HELP = pick(
    (
        (
            "Flasht eine Platine mit MicroPython: übersetzt die Firmware, überträgt und prüft sie, schreibt Nummer und "
            "Schlüssel, macht den Selbsttest, setzt sie in Kraft und bucht das Protokoll. Mit --update bekommt ein "
            "Zähler im Betrieb neue Firmware und behält seinen Speicher. Siehe docs/flashing.md."
        ),
        (
            "Flashes a board that has MicroPython: compiles the firmware, sends and verifies it, writes number and "
            "key, runs the self-test, puts it in force and books the record. With --update a meter in service gets new "
            "firmware and keeps its memory. See docs/flashing.md."
        ),
    )
)


class Board(StrEnum):
    """The boards, as in `flash.targets`."""

    PICO = "pico"
    ESP32 = "esp32"
    UNIX = "unix"


def flash(
    board: Annotated[Board, typer.Option("--board", help=pick(("Art der Platine.", "Kind of board.")))],
    port: Port,
    meter: TheMeter,
    update: Annotated[
        bool,
        typer.Option(
            "--update",
            help=pick(
                (
                    "Neue Firmware auf einen Zähler im Betrieb, auf Probe; Nummer, Schlüssel und Speicher bleiben.",
                    "New firmware for a meter in service, on trial; number, key and memory stay.",
                )
            ),
        ),
    ] = False,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help=pick(
                (
                    (
                        "Die Platine ist schon ein Zähler und wird ein neuer, oder tritt an die Stelle einer "
                        "verlorenen: ihr Speicher wird geleert, ein neues Leben beginnt. Nur mit --yes."
                    ),
                    (
                        "The board is a meter already and becomes a new one, or takes the place of a lost one: its "
                        "memory is cleared, another life begins. Only with --yes."
                    ),
                )
            ),
        ),
    ] = False,
    reinstall: Annotated[
        bool,
        typer.Option(
            "--reinstall",
            help=pick(
                (
                    "Bei --update auch boot.py und main.py neu schreiben.",
                    "With --update, write boot.py and main.py anew too.",
                )
            ),
        ),
    ] = False,
    accept_faults: Annotated[
        bool,
        typer.Option(
            "--accept-faults",
            help=pick(
                (
                    "Die Platine auch mit Fehlern im Selbsttest nehmen; sie stehen im Protokoll.",
                    "Take the board with faults in its self-test; they stand in the record.",
                )
            ),
        ),
    ] = False,
    keep_memory: Annotated[
        bool,
        typer.Option(
            "--keep-memory",
            help=pick(
                (
                    "Eine neue Platine an den Speicher dieses Zählers setzen: sein Leben geht weiter.",
                    "Put a new board to this meter's memory: its life goes on.",
                )
            ),
        ),
    ] = False,
    clear_memory: Annotated[
        bool,
        typer.Option(
            "--clear-memory",
            help=pick(
                (
                    "Den gebrauchten Speicher einer neuen Platine leeren.",
                    "Clear the used memory of a new board.",
                )
            ),
        ),
    ] = False,
    clock_checked: CheckedClock = False,
    zone: Zone = "legal",
    yes: Annotated[
        bool,
        typer.Option("--yes", help=pick(("Ja, der alte Zähler darf vergehen.", "Yes, the old meter may be gone."))),
    ] = False,
    utility: UtilityNumber = None,
    db: Db = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Flashes a board."""
    with at_the_desk(db) as ledger:
        from groschenhost.flash import work
        from groschenhost.flash.flasher import Wishes
        from groschenhost.flash.rawrepl import RawRepl
        from groschenhost.flash.release import build
        from groschenhost.flash.targets import TARGETS
        from groschenhost.keys.keyfile import open_master
        from groschenhost.ledger import shown

        offset = zone_minutes(zone)
        wishes = Wishes(update, replace, reinstall, accept_faults, keep_memory, clear_memory)
        _check(wishes, yes)
        row = ledger.meter(meter, utility)
        # Before the board is touched: whatever a person types or may have forgotten, and what takes long.
        master = None if update else open_master(key, passphrase_file)
        if not update:
            make_sure(ledger, clock_checked)
        target = TARGETS[board.value]
        _tell(("Firmware wird übersetzt ...", "Firmware is compiled ..."))
        release = build(target)
        repl = RawRepl(port)
        try:
            done, booked = work.flash(
                ledger,
                row,
                repl,
                target,
                release,
                wishes,
                "legal" if offset is None else offset,
                lambda: _given(master),
                _tell,
            )
        finally:
            repl.close()
        if json:
            out_json({"meter": row.serial, "utility": row.utility.number, **shown.flashing(booked), **_more(done)})
        else:
            _print(row, done, booked)
        _remark(done)


def _given(master: "MasterKeys | None") -> "MasterKeys":
    assert master is not None  # noqa: S101 - asked for only where no update is meant
    return master


def _check(wishes: "Wishes", yes: bool) -> None:
    if wishes.update and (wishes.replace or wishes.keep_memory or wishes.clear_memory):
        raise InputError(
            (
                "--update geht nicht mit --replace, --keep-memory oder --clear-memory zusammen",
                "--update does not go with --replace, --keep-memory or --clear-memory",
            )
        )
    if wishes.keep_memory and (wishes.clear_memory or wishes.replace):
        raise InputError(
            (
                "--keep-memory geht nicht mit --clear-memory oder --replace zusammen",
                "--keep-memory does not go with --clear-memory or --replace",
            )
        )
    if wishes.replace and not yes:
        raise InputError(
            (
                "--replace löscht den Speicher eines Zählers: nur zusammen mit --yes",
                "--replace clears a meter's memory: only together with --yes",
            )
        )


def _tell(text: Text) -> None:
    say(pick(text))


def _more(done: "Done") -> dict[str, object]:
    return {
        "folder": done.folder,
        "on_trial": done.active.fallback is not None,
        "can_roll_back": done.active.fallback is not None and not done.irrevocable,
        "files": len(done.release.files),
        "sent": done.copied,
        "bytes": done.release.size,
    }


_KINDS = {
    "first": ("erste Inbetriebnahme der Platine", "the board's first"),
    "update": ("neue Firmware", "new firmware"),
    "replace": ("neuer Zähler auf alter Platine", "a new meter on an old board"),
}


def _print(meter: "Meter", done: "Done", row: "Flashing") -> None:
    from groschenhost.ledger.shown import instant

    out_fields(
        {
            pick(("Flash-Protokoll", "Flashing record")): row.id,
            pick(("Zähler", "Meter")): f"{meter.serial} ({meter.utility.name})",
            pick(("Zeit", "Time")): instant(row.at_s),
            pick(("Platz", "Desk")): row.desk,
            pick(("Art", "Kind")): pick(_KINDS[row.kind.value]),
            pick(("Platine", "Board")): f"{row.board}: {row.machine}",
            "MicroPython": row.micropython,
            "Firmware": pick(
                (f"{row.release}, Anordnung {row.layout}", f"{row.release}, layout {row.layout}"),
            ),
            pick(("Prüfsumme", "Digest")): row.digest,
            pick(("Zählerleben", "Life")): row.life,
            pick(("Schlüsselgeneration", "Key generation")): row.generation
            if row.generation is not None
            else pick(("unverändert", "unchanged")),
            pick(("Selbsttest", "Self-test")): ", ".join(f"{part} {said}" for part, said in done.self_test.items()),
            pick(("In Kraft", "In force")): pick(
                (f"/{done.folder}, auf Probe", f"/{done.folder}, on trial")
                if done.active.fallback
                else (f"/{done.folder}", f"/{done.folder}")
            ),
        }
    )


def _remark(done: "Done") -> None:
    if not done.is_new:
        _tell(("Diese Firmware war schon in Kraft.", "This firmware was in force already."))
    elif done.active.fallback and done.irrevocable:
        _tell(
            (
                "Achtung: diese Firmware stellt den Speicher um; zurück zur vorigen geht es danach nicht.",
                "Mind: this firmware converts the memory; after that there is no way back to the one before.",
            )
        )
    elif done.active.fallback:
        _tell(
            (
                "Auf Probe: läuft sie eine Minute gut, bestätigt der Zähler sie; sonst nimmt er die vorige wieder.",
                "On trial: when it has run well for a minute the meter confirms it; else it takes the one before.",
            )
        )
