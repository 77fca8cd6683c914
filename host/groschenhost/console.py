# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# typer's Option and Argument name click's generic types without their parameters.
"""What the host's commands share: how an application is made, its common options, its output and its end.

Data goes to standard output, messages to standard error. Exit status: 0 done, 1 failed, 2 a wrong call or bad input,
130 interrupted, 143 terminated.
"""

import json
import os
import signal
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from groschenhost.errors import FAILED, INTERRUPTED, TERMINATED, HostError, Text, pick
from groschenhost.settings import DB_VARIABLE, KEY_VARIABLE

EPILOG = pick(
    (
        (
            "Status beim Ende: 0 getan, 1 gescheitert, 2 falscher Aufruf oder fehlerhafte Eingabe, 130 abgebrochen "
            "(Strg-C), 143 beendet (SIGTERM). Daten stehen auf der Standardausgabe, Meldungen auf der "
            "Standardfehlerausgabe."
        ),
        (
            "Exit status: 0 done, 1 failed, 2 a wrong call or bad input, 130 interrupted (Ctrl-C), 143 terminated "
            "(SIGTERM). Data goes to standard output, messages to standard error."
        ),
    )
)

HELP_NAMES = {"help_option_names": ["--help", "-h"]}

Json = Annotated[bool, typer.Option("--json", help=pick(("Ein JSON-Dokument ausgeben.", "Print one JSON document.")))]
Db = Annotated[
    str | None,
    typer.Option(
        "--db",
        envvar=DB_VARIABLE,
        metavar="URL",
        show_default=False,
        help=pick(
            (
                "Das Kontobuch: eine SQLite-Datei oder postgresql://...; sonst das dieses Benutzers.",
                "The ledger: a SQLite file or postgresql://...; else this user's own.",
            )
        ),
    ),
]
UtilityNumber = Annotated[
    int | None,
    typer.Option(
        "--utility",
        min=1,
        max=65_535,
        metavar="N",
        show_default=False,
        help=pick(
            (
                "Nummer des Versorgers; nötig, wenn das Kontobuch mehrere führt.",
                "Number of the utility; needed where the ledger keeps several.",
            )
        ),
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key",
        envvar=KEY_VARIABLE,
        metavar=pick(("DATEI", "FILE")),
        show_default=False,
        help=pick(("Die Datei des Hauptschlüssels.", "The file of the master key.")),
    ),
]


def application(text: Text, short: Text) -> typer.Typer:
    """Makes a typer application in the manner of this command: help in the language set, no completion of its own."""
    return typer.Typer(
        help=pick(text),
        short_help=pick(short),
        epilog=EPILOG,
        rich_markup_mode=None,  # plain help needs no rich, which is half of the start-up time
        pretty_exceptions_enable=False,
        add_completion=False,  # the root command has it
        no_args_is_help=True,
        context_settings=HELP_NAMES,
    )


@contextmanager
def guarded() -> Generator[None]:
    """Turns what a person may have got wrong, or ended, into a message and an exit status."""
    try:
        with _ending_cleanly():
            yield
        sys.stdout.flush()  # what cannot be written shows here, and not after the exit status is decided
    except HostError as error:
        say(pick((f"Fehler: {error}", f"Error: {error}")))
        raise typer.Exit(error.status) from None
    except BrokenPipeError:
        raise  # the root command ends quietly when nobody reads on
    except OSError as error:
        say(pick((f"Fehler: {error}", f"Error: {error}")))
        _drop_output()
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def _ending_cleanly() -> Generator[None]:
    """Lets SIGTERM unwind what runs, so that a transaction is rolled back and a card is let go."""

    def end(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_IGN)  # a second one must not break off the tidying up
        sys.exit(TERMINATED)

    try:
        before = signal.signal(signal.SIGTERM, end)
    except ValueError:  # not the main thread: somebody else's process, who ends it as they like
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _drop_output() -> None:
    """Lets what standard output still holds go nowhere, so that the interpreter does not fail on it once more."""
    with suppress(OSError, ValueError), Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def say(message: str) -> None:
    """Writes a message to standard error."""
    typer.echo(message, file=sys.stderr)


def out(text: str) -> None:
    """Writes a line of data to standard output."""
    typer.echo(text)


def out_json(document: object) -> None:
    """Writes one JSON document to standard output; keys keep their order."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def out_table(headings: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[int] = ()) -> None:
    """Writes a table of columns, those named by their index in `right` flush right; no colours, no lines to wrap."""
    cells = [list(headings), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    for row in cells:
        padded = (
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        typer.echo("  ".join(padded).rstrip())


def out_fields(fields: Mapping[str, object]) -> None:
    """Writes names and values, one pair a line, the values below each other."""
    width = max(map(len, fields), default=0) + 1
    for name, value in fields.items():
        typer.echo(f"{name + ':':<{width}} {_cell(value)}".rstrip())


def _cell(value: object) -> str:
    return "" if value is None else str(value)
