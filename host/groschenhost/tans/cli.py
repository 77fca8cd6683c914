# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# typer's Option and Argument name click's generic types without their parameters.
"""The command `groschen tan`: TANs sold, listed, printed again, settled and replaced; service codes; OpenPAYGO."""

from collections.abc import Generator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groschenhost.cards.options import SERIAL, Request, TheMeter, checked
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
from groschenhost.errors import InputError, pick
from groschenhost.hostclock import CheckedClock, make_sure
from groschenhost.keys.options import PassphraseFile
from groschenhost.ledger.desk import at_the_desk
from groschenhost.tans import texts

if TYPE_CHECKING:
    from groschenhost.ledger.book import Ledger
    from groschenhost.ledger.models import Meter, Tan
    from groschenhost.ledger.values import Settlement
    from groschenhost.tans.desk import TanDesk

app = application(
    (
        "TANs am Kassenplatz: verkaufen, auflisten, noch einmal drucken, abrechnen, ersetzen; Servicecodes.",
        "TANs at the cash desk: sell, list, print again, settle, replace; service codes.",
    ),
    ("TANs verkaufen, drucken und abrechnen", "sell, print and settle TANs"),
)


class State(StrEnum):
    """The states of TANs, as in the ledger, which is not imported for a command's help."""

    OPEN = "open"
    USED = "used"
    DEAD = "dead"
    REPLACED = "replaced"


Counter = Annotated[
    int,
    typer.Argument(min=1, metavar="NR", help=pick(("Nummer der TAN auf dem Beleg", "the TAN's number on the receipt"))),
]
Count = Annotated[
    int | None,
    typer.Option(
        "--digits",
        min=5,
        max=20,
        metavar="N",
        show_default=False,
        help=pick(
            ("Ziffern ohne Prüfziffer; sonst die des Vertrags.", "Digits without the check digit; else the contract's.")
        ),
    ),
]


@contextmanager
def _desk(db: str | None, key: Path | None, passphrase: Path | None) -> "Generator[tuple[Ledger, TanDesk]]":
    with at_the_desk(db) as ledger:
        from groschenhost.keys.keyfile import open_master
        from groschenhost.tans.desk import TanDesk

        yield ledger, TanDesk(ledger, open_master(key, passphrase))


def _request(given: str | None) -> str:
    """Gives the key of this request; without one, each call is a request of its own."""
    from uuid import uuid4

    return checked(given) or f"tan:{uuid4().hex}"


@app.command(
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        (
            "Verkauft eine TAN: bucht die Zahlung und druckt den Beleg mit der Nummer und wie sie einzutippen ist.",
            "Sells a TAN: books the payment and prints the receipt with the number and how to type it.",
        )
    ),
)
def issue(
    meter: TheMeter,
    eur: Annotated[
        int, typer.Option(min=1, max=999, metavar="EUR", help=pick(("Ganze Euro, 1 bis 999.", "Whole euro, 1 to 999.")))
    ],
    request: Request = None,
    digits: Count = None,
    paygo: Annotated[
        bool,
        typer.Option(
            "--paygo",
            help=pick(("Einen OpenPAYGO-Code statt einer TAN, bis 995 EUR.", "An OpenPAYGO token, up to 995 EUR.")),
        ),
    ] = False,
    clock_checked: CheckedClock = False,
    utility: UtilityNumber = None,
    db: Db = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Sells a TAN."""
    with guarded():
        wanted = _request(request)
    with _desk(db, key, passphrase_file) as (ledger, desk):
        from groschenhost.tans import receipts

        make_sure(ledger, clock_checked)
        row = ledger.meter(meter, utility)
        if paygo:
            token = desk.token(row, eur, wanted)
            _print(receipts.token_document(token), receipts.token_text(token), json)
            if not ledger.settings_for(row)[1].open_tokens:
                say(pick(texts.CLOSED))
            return
        receipt = desk.issue(row, eur, wanted, digits)
        _print(receipts.tan_document(receipt), receipts.tan_text(receipt), json)
        _warn_of_open(ledger, row)
        if digits is None:
            _warn_of_digits(desk, row)


def _print(document: dict[str, object], text: str, json: bool) -> None:
    if json:
        out_json(document)
    else:
        out(text)


def _warn_of_open(ledger: "Ledger", meter: "Meter") -> None:
    """Says what to do where the meter might refuse the newest one because older ones were not typed in."""
    from groschenhost.tans.desk import MOST_OPEN, open_tans

    numbers = [row.counter for row in open_tans(ledger, meter)]
    if len(numbers) <= MOST_OPEN:
        return
    fields = {"count": len(numbers), "numbers": _listed(numbers), "first": numbers[0], "meter": meter.serial}
    say(pick(texts.OPEN).format(**fields))


def _warn_of_digits(desk: "TanDesk", meter: "Meter") -> None:
    found = desk.digits(meter)
    if found.differ and found.returned:
        fields = {"returned": found.returned, "contract": found.contract, "meter": meter.serial}
        say(pick(texts.DIGITS).format(**fields))


@app.command(
    "list",
    epilog=EPILOG,
    help=pick(
        (
            "Listet TANs ohne ihre Ziffern, alle oder die eines Zählers.",
            "Lists TANs without their digits, all or those of a meter.",
        )
    ),
)
def list_tans(
    meter: Annotated[
        str | None,
        typer.Option(
            "--meter",
            metavar=SERIAL,
            show_default=False,
            help=pick(("Nur die dieses Zählers.", "Those of this meter only.")),
        ),
    ] = None,
    state: Annotated[
        State | None,
        typer.Option(show_default=False, help=pick(("Nur die in diesem Stand.", "Those in this state only."))),
    ] = None,
    utility: UtilityNumber = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Lists TANs."""
    with at_the_desk(db) as ledger:
        from groschenhost.cards.receipts import instant
        from groschenhost.ledger import shown
        from groschenhost.ledger.values import TanState
        from groschenhost.tans.receipts import STATES

        wanted = TanState(state.value) if state else None
        if meter is None:
            found = ledger.sold_tans(utility, wanted)
        else:
            found = [(meter, row) for row in ledger.tans(ledger.meter(meter, utility), wanted)]
        if json:
            out_json([{"meter": serial, **shown.tan(row), "desk": row.desk} for serial, row in found])
            return
        headings = pick(
            (
                "Zähler|Nr.|EUR|Stand|Ersatz|Verkauft|Kasse",
                "Meter|No.|EUR|State|Replaced by|Sold|Desk",
            )
        ).split("|")
        rows = [
            (serial, row.counter, row.eur, pick(STATES[row.state]), row.replaced_by, instant(row.issued_s), row.desk)
            for serial, row in found
        ]
        out_table(headings, rows, right=(1, 2, 4))


@app.command(
    "print",
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        ("Druckt eine verkaufte TAN noch einmal, als Kopie.", "Prints a TAN that was sold once more, marked as a copy.")
    ),
)
def print_again(
    counter: Counter,
    meter: TheMeter,
    digits: Count = None,
    utility: UtilityNumber = None,
    db: Db = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Prints a TAN that was sold once more."""
    with _desk(db, key, passphrase_file) as (ledger, desk):
        from groschenhost.tans import receipts

        row = ledger.meter(meter, utility)
        receipt = desk.again(row, counter, digits)
        _print(receipts.tan_document(receipt), receipts.tan_text(receipt), json)
        if digits is None:
            _warn_of_digits(desk, row)


@app.command(
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        (
            (
                "Rechnet ab, welche TANs eingelöst und welche verfallen sind: mit den zehn Ziffern, die der Zähler "
                "nach Taste TAN und OK zeigt, oder mit dem, was ein Auslesen ergab. Karten rechnen beim Lesen ab."
            ),
            (
                "Settles which TANs are used and which are dead: by the ten digits that the meter shows after key TAN "
                "and OK, or by what a read-out says. A card settles when it is read."
            ),
        )
    ),
)
def settle(
    meter: TheMeter,
    code: Annotated[
        str | None,
        typer.Option(
            metavar=pick(("ZIFFERN", "DIGITS")),
            show_default=False,
            help=pick(("Der Abrechnungscode der Anzeige, zehn Ziffern.", "The display's settlement code, ten digits.")),
        ),
    ] = None,
    highest: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="NR",
            show_default=False,
            help=pick(("Auslesen: höchste eingelöste Nummer.", "Read-out: the highest number used.")),
        ),
    ] = None,
    used: Annotated[
        str | None,
        typer.Option(
            metavar="BITS",
            show_default=False,
            help=pick(
                (
                    "Auslesen: die acht Nummern davor, 0 bis 255, oder acht Zeichen 0/1, die älteste zuerst.",
                    "Read-out: the eight numbers before it, 0 to 255, or eight characters 0/1, the oldest first.",
                )
            ),
        ),
    ] = None,
    utility: UtilityNumber = None,
    db: Db = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Settles which TANs are used and which are dead."""
    with at_the_desk(db) as ledger:
        bits = _bits(code, highest, used)
        from groschenhost.tans.desk import TanDesk, open_tans, settle_read_out

        row = ledger.meter(meter, utility)
        if bits is None:
            from groschenhost.keys.keyfile import open_master

            window, settled = TanDesk(ledger, open_master(key, passphrase_file)).settle(row, code or "")
            top = window.highest
        else:
            top, settled = bits[0], settle_read_out(ledger, row, *bits)
        _report(row, top, settled, open_tans(ledger, row), json)


def _bits(code: str | None, highest: int | None, used: str | None) -> tuple[int, int] | None:
    """Gives a read-out's number and bits, None where a code is given; InputError where both are, or neither."""
    whole = highest is not None and used is not None
    if (code is not None) == whole or (code is not None and (highest is not None or used is not None)):
        raise InputError(texts.EITHER)
    if highest is None or used is None:
        return None
    if len(used) == 8 and set(used) <= {"0", "1"}:
        return highest, int(used, 2)
    if len(used) <= 3 and used.isascii() and used.isdigit() and int(used) <= 255:
        return highest, int(used)
    raise InputError(texts.filled(texts.BITS, used=used))


def _report(meter: "Meter", highest: int, settled: "Settlement", still: "list[Tan]", json: bool) -> None:
    numbers = [row.counter for row in still]
    if json:
        out_json(
            {
                "meter": meter.serial,
                "highest": highest,
                "used": list(settled.used),
                "dead": list(settled.dead),
                "alarms": list(settled.alarms),
                "open": numbers,
            }
        )
    else:
        out_table(
            pick(("Neu im Kontobuch|TAN Nr.", "New in the ledger|TAN no.")).split("|"),
            [
                (pick(("eingelöst", "used")), _listed(settled.used)),
                (pick(("verfallen", "dead")), _listed(settled.dead)),
                (pick(("noch offen", "still open")), _listed(numbers)),
            ],
        )
    for counter in settled.dead:
        say(pick(texts.DEAD).format(counter=counter, meter=meter.serial))
    if settled.alarms:
        say(pick(texts.ALARM).format(numbers=_listed(settled.alarms)))


def _listed(numbers: "tuple[int, ...] | list[int]") -> str:
    return ", ".join(map(str, numbers)) or "-"


@app.command(
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        (
            "Ersetzt eine TAN, die nachweislich verfallen ist, einmal und ohne neue Buchung.",
            "Replaces a TAN that is proven dead, once, and books nothing.",
        )
    ),
)
def reissue(
    counter: Counter,
    meter: TheMeter,
    request: Request = None,
    digits: Count = None,
    utility: UtilityNumber = None,
    db: Db = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Replaces a TAN that is proven dead."""
    with guarded():
        wanted = _request(request)
    with _desk(db, key, passphrase_file) as (ledger, desk):
        from groschenhost.tans import receipts

        row = ledger.meter(meter, utility)
        receipt = desk.reissue(row, counter, wanted, digits)
        _print(receipts.tan_document(receipt), receipts.tan_text(receipt), json)
        _warn_of_open(ledger, row)
        if digits is None:
            _warn_of_digits(desk, row)


@app.command(
    "service-code",
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        (
            (
                "Gibt den nächsten Code aus, der eine gesperrte TAN-Eingabe freigibt, und hält fest, wer ihn genommen "
                "hat. Der Zähler nimmt die drei nach dem zuletzt eingegebenen: einen ungenutzten zuerst, mit --again."
            ),
            (
                "Gives the next code that opens a locked TAN entry, and notes who took it. The meter takes the three "
                "after the last one entered: use up one that was not, by --again."
            ),
        )
    ),
)
def service_code(
    meter: TheMeter,
    again: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="NR",
            show_default=False,
            help=pick(("Diesen früheren Code noch einmal.", "This earlier code once more.")),
        ),
    ] = None,
    request: Request = None,
    utility: UtilityNumber = None,
    db: Db = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Gives the next code that opens the TAN entry again."""
    with guarded():
        wanted = _request(request)
    with _desk(db, key, passphrase_file) as (ledger, desk):
        from groschenhost.tans import receipts

        row = ledger.meter(meter, utility)
        slip = desk.service_code(row, wanted) if again is None else desk.service_code_again(row, again)
        _print(receipts.service_document(slip), receipts.service_text(slip), json)
        if again is None and slip.counter > 1:
            _name_earlier(ledger, row, slip.counter)


def _name_earlier(ledger: "Ledger", meter: "Meter", newest: int) -> None:
    from groschencard.tan import SERVICE_AHEAD
    from groschenhost.cards.receipts import instant

    earlier = [row for row in ledger.service_codes(meter) if newest - SERVICE_AHEAD <= row.counter < newest]
    named = "; ".join(f"{row.counter}: {instant(row.issued_s)}, {row.desk}" for row in earlier)
    say(pick(texts.EARLIER).format(named=named))
