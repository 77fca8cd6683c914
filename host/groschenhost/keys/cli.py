# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# typer's Option and Argument name click's generic types without their parameters.
"""The command `groschen key`: makes, shows, rotates, backs up and restores the master key, and exports a meter's.

No secret is an argument, none is printed. Nothing heavy is imported before it is needed.
"""

import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groschenhost import settings
from groschenhost.console import EPILOG, Db, Json, KeyFile, application, guarded, out_fields, out_json, out_table, say
from groschenhost.errors import HostError, InputError, pick
from groschenhost.keys import texts
from groschenhost.keys.options import FILE, PassphraseFile

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from groschenhost.keys.master import Generation, MasterKeys
    from groschenhost.ledger.book import Ledger
    from groschenhost.ledger.models import Meter

app = application(
    (
        "Der Hauptschlüssel des Versorgers: aus ihm folgen die Schlüssel aller Zähler und Karten.",
        "The utility's master key: the keys of all meters and cards come of it.",
    ),
    ("Hauptschlüssel anlegen, sichern, erneuern", "make, back up and rotate the master key"),
)

NewPassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--new-passphrase-file",
        metavar=FILE,
        show_default=False,
        help=pick(
            (
                "Datei mit der neuen Passphrase; sonst GROSCHEN_NEW_PASSPHRASE, sonst fragt das Terminal.",
                "File with the new passphrase; else GROSCHEN_NEW_PASSPHRASE, else the terminal asks.",
            )
        ),
    ),
]
BackupPassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--backup-passphrase-file",
        metavar=FILE,
        show_default=False,
        help=pick(
            (
                "Datei mit der Passphrase der Sicherung; sonst GROSCHEN_BACKUP_PASSPHRASE, sonst fragt das Terminal.",
                "File with the backup's passphrase; else GROSCHEN_BACKUP_PASSPHRASE, else the terminal asks.",
            )
        ),
    ),
]


def _now() -> int:
    return int(time.time())


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _row(generation: "Generation", current: int) -> dict[str, object]:
    return {
        "generation": generation.number,
        "fingerprint": generation.fingerprint,
        "created": _instant(generation.created),
        "current": generation.number == current,
    }


def _report(path: Path, master: "MasterKeys", json: bool) -> None:
    """Writes which file has which generations; no secret."""
    rows = [_row(generation, master.current) for generation in master.generations]
    if json:
        out_json({"file": str(path), "current": master.current, "generations": rows})
        return
    out_fields({pick(("Schlüsseldatei", "key file")): path})
    headings = pick(("Generation", "generation")), pick(("Kennung", "fingerprint")), pick(("angelegt", "created")), ""
    mark = pick(("gilt", "current"))
    out_table(
        headings,
        [(row["generation"], row["fingerprint"], row["created"], mark if row["current"] else "") for row in rows],
        right=(0,),
    )


@app.command(epilog=EPILOG, help=pick(("Legt einen Hauptschlüssel an.", "Makes a master key.")))
def new(key: KeyFile = None, passphrase_file: PassphraseFile = None, json: Json = False) -> None:
    """Makes a master key."""
    with guarded():
        from groschenhost.keys import keyfile, passphrase
        from groschenhost.keys.master import MasterKeys

        path = settings.key_path(key)
        keyfile.refuse_existing(path)
        word = passphrase.obtain(passphrase.KEY, passphrase_file, new=True)
        master = MasterKeys.new(_now())
        keyfile.create(path, master, word)
        _report(path, master, json)
        say(pick(texts.BACK_UP_NOW))


@app.command(
    epilog=EPILOG,
    help=pick(
        (
            "Zeigt Generationen und Kennungen, keine Geheimnisse; prüft dabei Datei und Passphrase.",
            "Shows generations and fingerprints, no secrets; that checks the file and the passphrase.",
        )
    ),
)
def show(key: KeyFile = None, passphrase_file: PassphraseFile = None, json: Json = False) -> None:
    """Shows generations and fingerprints."""
    with guarded():
        from groschenhost.keys import keyfile

        opened = keyfile.open_key_file(key, passphrase_file)
        _report(opened.path, opened.master, json)


@app.command(
    epilog=EPILOG,
    help=pick(
        (
            "Legt eine neue Generation an, die für neue Zähler gilt; die alten bleiben für die Zähler, die sie haben.",
            "Makes a new generation for new meters; the old ones stay for the meters that have them.",
        )
    ),
)
def rotate(key: KeyFile = None, passphrase_file: PassphraseFile = None, json: Json = False) -> None:
    """Makes a new generation."""
    with guarded():
        from groschenhost.keys import keyfile

        opened = keyfile.open_key_file(key, passphrase_file)
        master = opened.master.rotated(_now())
        opened.replace(master, opened.word)
        _report(opened.path, master, json)
        say(pick(texts.BACK_UP_NOW))


@app.command(
    "passphrase",
    epilog=EPILOG,
    help=pick(
        (
            "Ändert die Passphrase der Schlüsseldatei; Sicherungen behalten ihre.",
            "Changes the key file's passphrase; backups keep theirs.",
        )
    ),
)
def change_passphrase(
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    new_passphrase_file: NewPassphraseFile = None,
    json: Json = False,
) -> None:
    """Changes the key file's passphrase."""
    with guarded():
        from groschenhost.keys import keyfile, passphrase

        opened = keyfile.open_key_file(key, passphrase_file)
        opened.replace(opened.master, passphrase.obtain(passphrase.NEW, new_passphrase_file, new=True))
        _report(opened.path, opened.master, json)
        say(pick(texts.PASSPHRASE_CHANGED))


@app.command(
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        (
            "Schreibt eine verschlüsselte Kopie mit eigener Passphrase und liest sie zur Probe zurück.",
            "Writes an encrypted copy under a passphrase of its own, and reads it back as a proof.",
        )
    ),
)
def backup(
    file: Annotated[Path, typer.Argument(metavar=FILE, help=pick(("wohin", "where to")))],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    backup_passphrase_file: BackupPassphraseFile = None,
    json: Json = False,
) -> None:
    """Writes an encrypted copy under a passphrase of its own."""
    with guarded():
        from groschenhost.keys import keyfile, passphrase

        keyfile.refuse_existing(file)
        opened = keyfile.open_key_file(key, passphrase_file)
        own = passphrase.obtain(passphrase.BACKUP, backup_passphrase_file, new=True)
        kept = keyfile.back_up(opened, file, own)
        _report(file, opened.master, json)
        if not kept:
            say(pick(texts.READABLE).format(file=file))


@app.command(
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        (
            "Macht aus einer Sicherung wieder eine Schlüsseldatei; eine vorhandene bleibt unberührt.",
            "Makes a key file from a backup again; one that exists is left alone.",
        )
    ),
)
def restore(
    file: Annotated[Path, typer.Argument(metavar=FILE, help=pick(("die Sicherung", "the backup")))],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    backup_passphrase_file: BackupPassphraseFile = None,
    json: Json = False,
) -> None:
    """Makes a key file from a backup again."""
    with guarded():
        from groschenhost.keys import disk, keyfile, passphrase

        path = settings.key_path(key)
        keyfile.refuse_existing(path)
        # Of any mode: a stick with FAT has none, and a backup is made to leave the machine.
        opened = keyfile.KeyFile.open(
            file, lambda: passphrase.obtain(passphrase.BACKUP, backup_passphrase_file), private=False
        )
        if file.stat().st_mode & disk.OTHERS:
            say(pick(texts.READABLE).format(file=file))
        keyfile.create(path, opened.master, passphrase.obtain(passphrase.KEY, passphrase_file, new=True))
        _report(path, opened.master, json)


@app.command(
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        (
            "Schreibt den Schlüssel EINES Zählers, 32 Bytes unverschlüsselt, um ihn in den Zähler zu bringen.",
            "Writes the key of ONE meter, 32 bytes in the clear, to be brought into the meter.",
        )
    ),
)
def meter(
    serial: Annotated[
        str,
        typer.Argument(metavar=pick(("NUMMER", "SERIAL")), help=pick(("die Zählernummer", "the meter's number"))),
    ],
    out: Annotated[Path, typer.Option("--out", metavar=FILE, show_default=False, help=pick(("Wohin.", "Where to.")))],
    utility: Annotated[
        int | None,
        typer.Option(
            "--utility",
            min=1,
            max=65_535,
            metavar="N",
            show_default=False,
            help=pick(
                (
                    "Nummer des Versorgers; sonst die aus dem Kontobuch, sonst 1.",
                    "Number of the utility; else that of the ledger, else 1.",
                )
            ),
        ),
    ] = None,
    generation: Annotated[
        int | None,
        typer.Option(
            "--generation",
            min=1,
            metavar="N",
            show_default=False,
            help=pick(
                (
                    "Generation des Hauptschlüssels; sonst die im Kontobuch vermerkte, sonst die geltende.",
                    "Generation; else the one noted in the ledger, else the current one.",
                )
            ),
        ),
    ] = None,
    life: Annotated[
        int | None,
        typer.Option(
            "--life",
            min=1,
            max=65_535,
            metavar="N",
            show_default=False,
            help=pick(
                (
                    "Leben des Zählers, wo kein Kontobuch es führt; sonst 1.",
                    "Life of the meter, where no ledger keeps it; else 1.",
                )
            ),
        ),
    ] = None,
    renew: Annotated[
        bool,
        typer.Option(
            "--renew",
            help=pick(
                (
                    (
                        "Der Zähler wird neu geflasht und beginnt ein neues Leben: es gilt und wird vermerkt, was "
                        "--generation sagt, sonst die geltende. Seine Karten schreibt die Kasse dann neu."
                    ),
                    (
                        "The meter is flashed anew and begins another life: what --generation says, else the current "
                        "one, holds and is noted. Its cards are then written anew at the desk."
                    ),
                )
            ),
        ),
    ] = False,
    db: Db = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Writes the key of one meter."""
    with guarded():
        from groschenhost.keys import disk, keyfile

        keyfile.refuse_existing(out)
        if not out.parent.is_dir():
            raise InputError((f"Den Ordner {out.parent} gibt es nicht", f"There is no folder {out.parent}"))
        master = keyfile.open_key_file(key, passphrase_file).master
        with _noted(db, serial, utility) as note:
            number = master.current if generation is None else generation
            owner = (utility or 1) if note is None else note.utility
            if note is not None and note.generation is not None and not renew:
                _refuse_contradiction(serial, note.generation, generation)
                number = note.generation
            master.generation(number)  # one that the file lacks is said before anything is noted
            of = life or 1
            if note is not None:
                if life is not None:
                    raise _life_is_kept(serial)
                of, held = note.keep(number, renew)
                if held != number:
                    raise _changed_meanwhile(serial)
            disk.create(out, master.meter_key(number, owner, serial, of))
        if json:
            out_json(
                {
                    "file": str(out),
                    "serial": serial,
                    "utility": owner,
                    "generation": number,
                    "life": of,
                    "noted": note is not None,
                }
            )
        else:
            out_fields(
                {
                    pick(("Datei", "file")): out,
                    pick(("Zähler", "meter")): serial,
                    pick(("Versorger", "utility")): owner,
                    pick(("Generation", "generation")): number,
                    pick(("Zählerleben", "life")): of,
                }
            )
        if note is None:
            say(pick(texts.NOT_NOTED).format(serial=serial, generation=number))
        say(pick(texts.IN_THE_CLEAR).format(file=out))


@dataclass(frozen=True)
class _Note:
    """What the ledger says of a meter's key, and how to note a generation, anew where a life begins.

    That gives the life, and the generation that is noted then.
    """

    utility: int
    generation: int | None
    keep: "Callable[[int, bool], tuple[int, int]]"


@contextmanager
def _noted(db: str | None, serial: str, utility: int | None) -> "Generator[_Note | None]":
    """Looks a meter up in the ledger; None where there is no ledger, or not with this meter. Makes no ledger."""
    from groschenhost.ledger.book import open_ledger
    from groschenhost.ledger.errors import NotFoundError

    try:
        ledger = open_ledger(settings.db_url(db), settings.desk_name(), create=False)
    except NotFoundError:
        yield None
        return
    try:
        rows = [row for row in ledger.meters(utility, serial) if row.serial == serial]
        if not rows:
            yield None
            return
        row = ledger.meter(serial, utility)
        yield _Note(
            row.utility.number,
            row.key_generation,
            lambda number, anew: _keep(ledger, row, number, anew),
        )
    finally:
        ledger.close()


def _keep(ledger: "Ledger", row: "Meter", number: int, anew: bool) -> tuple[int, int]:
    if not anew:
        return ledger.life_key(row, number)
    begun = ledger.begin_life(row, number)
    return begun.number, number


def _refuse_contradiction(serial: str, noted: int, asked: int | None) -> None:
    if asked is not None and asked != noted:
        raise InputError(
            (
                (
                    f"Zähler {serial} hat laut Kontobuch einen Schlüssel der Generation {noted}, nicht {asked}; wird "
                    "er neu geflasht: --renew"
                ),
                (
                    f"Meter {serial} has a key of generation {noted} by the ledger, not {asked}; if it is flashed "
                    "anew: --renew"
                ),
            )
        )


def _life_is_kept(serial: str) -> InputError:
    return InputError(
        (
            f"Das Leben des Zählers {serial} führt das Kontobuch: ohne --life; ein neues beginnt --renew",
            f"The life of meter {serial} is kept in the ledger: leave --life out; --renew begins another",
        )
    )


def _changed_meanwhile(serial: str) -> HostError:
    return HostError(
        (
            f"Zähler {serial}: die Generation wurde eben an einem anderen Platz vermerkt; noch einmal versuchen",
            f"Meter {serial}: another desk has just noted its generation; try again",
        )
    )
