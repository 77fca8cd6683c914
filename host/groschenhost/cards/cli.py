# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# typer's Option and Argument name click's generic types without their parameters.
"""The command `groschen card`: cards are issued, topped up, read, returned, blocked, replaced and shown."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groschenhost.cards.options import Chip, Kind, OfMeter, Reader, Request, TheMeter, checked, instant
from groschenhost.console import (
    EPILOG,
    Db,
    Json,
    KeyFile,
    UtilityNumber,
    application,
    guarded,
    out,
    out_json,
    out_table,
    say,
)
from groschenhost.errors import HostError, InputError, pick
from groschenhost.hostclock import CheckedClock, make_sure
from groschenhost.keys.options import FILE, PassphraseFile
from groschenhost.ledger.desk import at_the_desk

if TYPE_CHECKING:
    from groschencard.keys import MeterKeys
    from groschenhost.cards.station import Service, Station
    from groschenhost.ledger.book import Ledger
    from groschenhost.ledger.clock import Correction
    from groschenhost.readers.chip import CardChip

app = application(
    (
        "Karten am Kassenplatz: ausgeben, aufladen, lesen, auszahlen, zurücknehmen, sperren, ersetzen, zeigen.",
        "Cards at the cash desk: issue, top up, read, refund, return, block, replace, show.",
    ),
    ("Karten ausgeben, aufladen und lesen", "issue, top up and read cards"),
)


@contextmanager
def _station(
    db: str | None, key: Path | None, passphrase: Path | None, reader: str | None, clock_checked: bool | None = None
) -> "Generator[tuple[Ledger, Station]]":
    """Opens ledger, key and card, in this order: a card is asked for when all else is ready.

    Before something is sold or set this computer's clock is made sure of; clock_checked says that somebody has.
    """
    with at_the_desk(db) as ledger:
        from groschenhost.cards.station import Station
        from groschenhost.keys.keyfile import open_master

        if clock_checked is not None:
            make_sure(ledger, clock_checked)
        master = open_master(key, passphrase)
        with _card(reader) as chip:
            yield ledger, Station(ledger, master, chip)


@contextmanager
def _card(reader: str | None) -> "Generator[CardChip]":
    from groschenhost.readers import open_reader

    chip = open_reader(reader, on_wait=_ask)
    try:
        yield chip
    except OSError as error:
        from groschenhost.cards.errors import unwritable

        if error.filename is None:  # standard output, not the image
            raise
        raise unwritable(error) from None
    finally:
        chip.close()


def _ask(readers: list[str]) -> None:
    names = ", ".join(readers)
    say(pick((f"Karte einstecken ({names})", f"Insert the card ({names})")))


@app.command(
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        (
            (
                "Macht aus einer leeren Karte eine des Zählers. Eine Kundenkarte kostet 10 EUR Pfand, ein Zähler hat "
                "eine. Wird die Karte vorher gezogen, setzt derselbe Aufruf fort."
            ),
            (
                "Makes a blank card one of the meter's. A customer card takes a deposit of 10 EUR, a meter has one. If "
                "it is pulled too early, the same call goes on."
            ),
        )
    ),
)
def issue(
    meter: TheMeter,
    kind: Annotated[
        Kind, typer.Option(help=pick(("Kunden-, Service- oder Auslesekarte.", "What the card is for.")))
    ] = Kind.CUSTOMER,
    chip: Annotated[
        Chip | None,
        typer.Option(show_default=False, help=pick(("Nur diesen Chip annehmen.", "Take this chip only."))),
    ] = None,
    mode: Annotated[
        str | None,
        typer.Option(
            metavar=pick(("BETRIEBSART", "MODE")),
            show_default=False,
            help=pick(
                (
                    "Servicekarte: Betriebsart setzen, CUSTOMER, REFUND, FREE oder LOCKED.",
                    "Service card: set the mode, CUSTOMER, REFUND, FREE or LOCKED.",
                )
            ),
        ),
    ] = None,
    clock: Annotated[
        str | None,
        typer.Option(
            metavar=pick(("ZEITPUNKT", "INSTANT")),
            show_default=False,
            help=pick(
                (
                    "Servicekarte: Uhr auf diesen Zeitpunkt stellen, in dem die Karte gesteckt wird.",
                    "Service card: set the clock to this instant, at which the card is inserted.",
                )
            ),
        ),
    ] = None,
    correct_clock: Annotated[
        str | None,
        typer.Option(
            "--correct-clock",
            metavar=pick(("ZEITPUNKT", "INSTANT")),
            show_default=False,
            help=pick(
                (
                    "Servicekarte: Uhr auf diesen Zeitpunkt korrigieren, wie weit auch immer; mit --approved-by.",
                    "Service card: correct the clock to this instant, however far; with --approved-by.",
                )
            ),
        ),
    ] = None,
    refund: Annotated[
        str | None,
        typer.Option(
            "--refund",
            metavar="EUR",
            show_default=False,
            help=pick(
                (
                    "Zur Korrektur zurück: ab da wieder berechnen, und diesen Betrag gutschreiben.",
                    "With a correction back: charge again from there on, and credit this amount.",
                )
            ),
        ),
    ] = None,
    approved_by: Annotated[
        str | None,
        typer.Option(
            "--approved-by",
            metavar="NAME",
            show_default=False,
            help=pick(("Wer von der Leitung die Korrektur erlaubt.", "Who of the management allows the correction.")),
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help=pick(("Korrektur ohne Rückfrage.", "A correction without a question.")))
    ] = False,
    commission: Annotated[
        str | None,
        typer.Option(
            metavar=pick(("BETRIEBSART", "MODE")),
            show_default=False,
            help=pick(
                ("Servicekarte: in dieser Betriebsart in Betrieb nehmen.", "Service card: commission in this mode.")
            ),
        ),
    ] = None,
    debt: Annotated[
        str | None,
        typer.Option(
            metavar="EUR",
            show_default=False,
            help=pick(("Servicekarte: neuer Rückstand.", "Service card: a new debt.")),
        ),
    ] = None,
    open_tan: Annotated[
        bool,
        typer.Option(
            "--open-tan", help=pick(("Servicekarte: TAN-Eingabe öffnen.", "Service card: open the TAN entry."))
        ),
    ] = False,
    request: Request = None,
    utility: UtilityNumber = None,
    clock_checked: CheckedClock = False,
    reader: Reader = None,
    db: Db = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Makes a blank card one of a meter's."""
    with guarded():
        from groschenhost.cards import correction

        fix = correction.wanted(None if correct_clock is None else instant(correct_clock), refund, approved_by)
        service = _service(kind, mode, clock, commission, debt, open_tan, fix)
        checked(request)
    with _station(db, key, passphrase_file, reader, clock_checked) as (ledger, station):
        from groschenhost.cards import receipts
        from groschenhost.ledger.values import CardKind

        _need_chip(station, chip)
        row = ledger.meter(meter, utility)
        if fix is not None:
            correction.make_sure(ledger, row, fix, yes)
        done = station.issue(row, CardKind(kind.value), request, service)
        if json:
            out_json(receipts.issue_document(done))
        else:
            out(receipts.issue_text(ledger, done))


def _need_chip(station: "Station", chip: Chip | None) -> None:
    if chip is not None and station.chip != chip.value:
        raise HostError(
            (
                f"Im Leser steckt eine Karte mit {station.chip}, nicht {chip.value}",
                f"The card in the reader has {station.chip}, not {chip.value}",
            )
        )


def _service(
    kind: Kind,
    mode: str | None,
    clock: str | None,
    commission: str | None,
    debt: str | None,
    open_tan: bool,
    fix: "Correction | None",
) -> "Service | None":
    """Gives what a service card is to do; InputError where another kind is to, or two commands are."""
    from groschenhost.cards.content import mode_number
    from groschenhost.cards.station import Service
    from groschenhost.money import parse_eur

    commands: list[tuple[str, int]] = []
    if mode is not None:
        commands.append(("set_mode", mode_number(mode)))
    if clock is not None:
        commands.append(("set_clock", instant(clock)))
    if commission is not None:
        commands.append(("commission", mode_number(commission)))
    if open_tan:
        commands.append(("open_tan", 0))
    if not commands and debt is None and fix is None:
        return None
    if kind is not Kind.SERVICE:
        raise InputError(
            ("Befehle und Rückstand trägt nur --kind service", "Commands and debts are for --kind service alone")
        )
    if len(commands) + (fix is not None) > 1:
        raise InputError(
            (
                (
                    "Eine Servicekarte trägt einen Befehl: eines von --mode, --clock, --correct-clock, --commission, "
                    "--open-tan"
                ),
                "A service card has one command: one of --mode, --clock, --correct-clock, --commission, --open-tan",
            )
        )
    command, argument = commands[0] if commands else (None, 0)
    return Service(command, argument, parse_eur(debt) if debt is not None else 0, fix)


@app.command(
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        (
            (
                "Lädt die Kundenkarte auf: bucht erst, was sie mitbringt, dann die Gutschrift, und schreibt sie. Wird "
                "die Karte gezogen, schließt derselbe Aufruf dieselbe Gutschrift ab. Derselbe Betrag binnen zehn "
                "Minuten ist dieselbe Gutschrift, außer mit --again."
            ),
            (
                "Tops up the customer card: books what it brings, then the credit, and writes it. If the card is "
                "pulled, the same call finishes the same credit. The same amount within ten minutes is the same "
                "credit, unless --again says otherwise."
            ),
        )
    ),
)
def topup(
    eur: Annotated[
        str, typer.Option("--eur", metavar="EUR", help=pick(("Der Betrag, 0,01 bis 10000.", "The amount.")))
    ],
    meter: OfMeter = None,
    request: Request = None,
    again: Annotated[
        bool,
        typer.Option("--again", help=pick(("Noch eine Gutschrift gleichen Betrags.", "Another of the same amount."))),
    ] = False,
    clock_checked: CheckedClock = False,
    reader: Reader = None,
    db: Db = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Tops up a customer card."""
    from groschenhost.money import parse_eur

    with guarded():
        ueur = parse_eur(eur)
        checked(request)
    with _station(db, key, passphrase_file, reader, clock_checked) as (ledger, station):
        from groschenhost.cards import receipts

        done = station.topup(ueur, request, meter, again)
        if json:
            out_json(receipts.topup_document(ledger, done))
        else:
            out(receipts.topup_text(ledger, done))
        if done.repeated:
            number = done.order.number
            say(
                pick(
                    (
                        f"Gutschrift {number} steht schon auf der Karte, nichts neu gebucht; eine weitere: --again",
                        f"Credit {number} is on the card already, nothing booked anew; for another: --again",
                    )
                )
            )


@app.command(
    epilog=EPILOG,
    help=pick(
        (
            "Liest eine Karte: bucht, was sie mitbringt, schreibt, was das Kontobuch für sie hat, und zeigt beides.",
            "Reads a card: books what it brings, writes what the ledger still has for it, and shows both.",
        )
    ),
)
def read(
    meter: OfMeter = None,
    reader: Reader = None,
    db: Db = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Reads a card."""
    with _station(db, key, passphrase_file, reader) as (ledger, station):
        from groschenhost.cards import receipts

        visit = station.read(meter)
        if json:
            out_json(receipts.read_document(ledger, visit))
        else:
            out(receipts.read_text(ledger, visit))


@app.command(
    epilog=EPILOG,
    help=pick(
        (
            "Zahlt aus, was der Zähler zurückgebucht hat, nach dem Lesen; die Karte bleibt beim Kunden.",
            "Pays out what the meter has refunded, after reading; the customer keeps the card.",
        )
    ),
)
def refund(
    meter: OfMeter = None,
    request: Request = None,
    reader: Reader = None,
    db: Db = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Pays out a refund."""
    with guarded():
        checked(request)
    with _station(db, key, passphrase_file, reader) as (ledger, station):
        from groschenhost.cards import receipts

        done = station.refund(request, meter)
        if json:
            out_json(receipts.refund_document(ledger, done))
        else:
            out(receipts.refund_text(ledger, done))


@app.command(
    "return",
    epilog=EPILOG,
    help=pick(
        (
            (
                "Nimmt eine Karte zurück: bucht, was sie mitbringt, und zahlt Pfand und Rückbuchung aus. Für eine "
                "gesperrte, oder mit --card eine unlesbare, gibt es nur das Pfand."
            ),
            (
                "Takes a card back: books what it brings, and pays out the deposit and the refund. One that is "
                "blocked, or, with --card, cannot be read, is worth its deposit alone."
            ),
        )
    ),
)
def give_back(
    meter: OfMeter = None,
    card: Annotated[
        int | None,
        typer.Option(
            "--card",
            min=1,
            metavar="N",
            show_default=False,
            help=pick(
                (
                    "Nummer einer beschädigten Karte: wird nicht gelesen; mit --meter.",
                    "Number of a damaged card: it is not read; with --meter.",
                )
            ),
        ),
    ] = None,
    request: Request = None,
    utility: UtilityNumber = None,
    reader: Reader = None,
    db: Db = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Takes a card back."""
    with guarded():
        checked(request)
    if card is not None:
        _return_unread(meter, card, request, utility, db, json)
        return
    with _station(db, key, passphrase_file, reader) as (ledger, station):
        from groschenhost.cards import receipts

        done = station.give_back(request, meter)
        if json:
            out_json(receipts.return_document(ledger, done))
        else:
            out(receipts.return_text(ledger, done))


def _return_unread(
    meter: str | None, card: int, request: str | None, utility: int | None, db: str | None, json: bool
) -> None:
    """Takes back a card that cannot be read: neither reader nor key is needed."""
    with at_the_desk(db) as ledger:
        from groschenhost.cards import receipts
        from groschenhost.cards.station import give_back_unread

        if meter is None:
            raise InputError(("--card braucht auch --meter NUMMER", "--card needs --meter SERIAL, too"))
        done = give_back_unread(ledger, ledger.meter(meter, utility), card, request)
        if json:
            out_json(receipts.return_document(ledger, done))
        else:
            out(receipts.return_text(ledger, done))


CardNumber = Annotated[
    int | None,
    typer.Option(
        "--card",
        min=1,
        metavar="N",
        show_default=False,
        help=pick(("Nummer der Karte; sonst die Kundenkarte des Zählers.", "Number of the card; else the customer's.")),
    ),
]


@app.command(
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        (
            "Sperrt eine verlorene Karte, ohne sie; ihr Pfand bleibt, bis sie wieder da ist.",
            "Blocks a lost card, without it; its deposit is kept until it is back.",
        )
    ),
)
def block(
    meter: TheMeter,
    card: CardNumber = None,
    utility: UtilityNumber = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Blocks a lost card."""
    with at_the_desk(db) as ledger:
        from groschenhost.ledger import shown

        row = ledger.meter(meter, utility)
        held = ledger.card(row, card) if card is not None else ledger.active_card(row)
        if held is None:
            raise HostError(
                (f"Zähler {meter} hat keine Kundenkarte", f"Meter {meter} has no customer card to be blocked")
            )
        blocked = ledger.block_card(row, held.number)
        if json:
            out_json(shown.card(blocked))
        else:
            say(pick((f"Karte {blocked.number} gesperrt", f"Card {blocked.number} blocked")))


@app.command(
    "replace",
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        (
            (
                "Macht aus einer leeren Karte den Ersatz: neue Nummer, dieselben Summen. Die alte wird gesperrt und "
                "ein neues Pfand genommen, oder, mit --handed-in, zurückgenommen und ihr Pfand übertragen."
            ),
            (
                "Makes a blank card the replacement: new number, same totals. The old one is blocked and a new deposit "
                "taken, or, with --handed-in, taken back and its deposit carried over."
            ),
        )
    ),
)
def replace_card(
    meter: TheMeter,
    card: CardNumber = None,
    handed_in: Annotated[
        bool,
        typer.Option("--handed-in", help=pick(("Die alte Karte ist wieder da.", "The old card has been handed in."))),
    ] = False,
    request: Request = None,
    utility: UtilityNumber = None,
    clock_checked: CheckedClock = False,
    reader: Reader = None,
    db: Db = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Replaces a card."""
    with guarded():
        checked(request)
    with _station(db, key, passphrase_file, reader, clock_checked) as (ledger, station):
        from groschenhost.cards import receipts

        done = station.replace(ledger.meter(meter, utility), card, request, handed_in)
        if json:
            out_json(receipts.issue_document(done))
        else:
            out(receipts.issue_text(ledger, done))


@app.command(
    "list",
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(("Listet die Karten eines Zählers.", "Lists a meter's cards.")),
)
def list_cards(meter: TheMeter, utility: UtilityNumber = None, db: Db = None, json: Json = False) -> None:
    """Lists a meter's cards."""
    with at_the_desk(db) as ledger:
        from groschenhost.cards import receipts
        from groschenhost.ledger import shown
        from groschenhost.money import format_eur

        found = ledger.cards(ledger.meter(meter, utility))
        if json:
            out_json([shown.card(row) for row in found])
            return
        headings = pick(("Karte|Art|Chip|Stand|Pfand|ausgegeben", "Card|Kind|Chip|State|Deposit|issued")).split("|")
        rows = [
            (row.number, row.kind, row.chip, row.state, format_eur(row.deposit_ueur), receipts.instant(row.issued_s))
            for row in found
        ]
        out_table(headings, rows, right=(0, 4))


@app.command(
    epilog=EPILOG,
    help=pick(
        (
            (
                "Zeigt, was auf einer Karte oder in einem Kartenabbild steht. Dazu braucht es keinen Schlüssel; mit "
                "--key wird auch geprüft, ob es echt ist. Nichts wird gebucht oder geschrieben."
            ),
            (
                "Shows what stands on a card or in a card image. No key is needed for that; with --key it is also "
                "checked whether it is genuine. Nothing is booked or written."
            ),
        )
    ),
)
def show(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar=f"[{FILE}]", show_default=False, help=pick(("ein Kartenabbild", "a card image of 1024 bytes"))
        ),
    ] = None,
    reader: Reader = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Shows what stands on a card or in an image."""
    with guarded():
        from groschenhost.cards import describe

        if file is not None:
            space, chip, tries = _from_image(file)
        else:
            with _card(reader) as held:
                space, chip, tries = held.read(0, held.size), held.kind, held.tries()
        keys = _keys(space, key, passphrase_file)
        if json:
            out_json(describe.document(space, chip, keys, tries))
        else:
            out(describe.text(space, chip, keys, tries))


def _from_image(file: Path) -> tuple[bytes, str, int | None]:
    from groschenhost.cards import describe
    from groschenhost.readers.connection import BadImage
    from groschenhost.readers.virtual import kind_of

    try:
        image = file.read_bytes()
        chip = kind_of(image)
    except OSError as error:
        raise BadImage(f"{file}: {error.strerror}") from None
    except BadImage as error:
        raise BadImage(f"{file}: {error}") from None
    return describe.space_of(image, chip), chip, describe.tries_of(image, chip)


def _keys(space: bytes, key: Path | None, passphrase: Path | None) -> "MeterKeys | None":
    """Gives the keys of whom the card names, where a key file was named; else None."""
    from groschenhost.cards import describe
    from groschenhost.keys.keyfile import open_master

    return describe.keys_for(open_master(key, passphrase), space) if key is not None else None


@app.command(
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        (
            "Legt das Abbild einer leeren Karte an, für --reader virtual:DATEI.",
            "Makes the image of a blank card, for --reader virtual:FILE.",
        )
    ),
)
def blank(
    file: Annotated[Path, typer.Argument(metavar=FILE, help=pick(("das Abbild", "the image")))],
    chip: Annotated[Chip, typer.Option(help=pick(("Chip der Karte.", "The card's chip.")))] = Chip.SLE4428,
    json: Json = False,
) -> None:
    """Makes the image of a blank card."""
    with guarded():
        from groschenhost.cards.station import CHIPS
        from groschenhost.readers import virtual

        virtual.new(file, next(kind for kind, word in CHIPS.items() if word == chip.value))
        if json:
            out_json({"file": str(file), "chip": chip.value})
        else:
            say(pick((f"Leere Karte in {file}", f"Blank card in {file}")))
