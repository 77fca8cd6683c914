# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# typer's Option and Argument name click's generic types without their parameters.
"""Scenarios: played, begun from a template, checked."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from groschensim.cli.app import EPILOG, WRONG, app
from groschensim.cli.arguments import checked, image_path
from groschensim.cli.guard import guarded, refusals_said, say
from groschensim.errors import RunError, ScenarioError
from groschensim.language import pick


class Interpreter(StrEnum):
    """What plays a run."""

    CPYTHON = "cpython"
    MICROPYTHON = "micropython"


def _plot_path(path: Path | None) -> Path | None:
    return checked(path, (".png", ".svg"))


def _trace_path(path: Path | None) -> Path | None:
    return checked(path, (".parquet", ".csv"))


@app.command(
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        (
            (
                "Spielt ein Szenario durch und gibt die Zusammenfassung aus: was bezahlt wurde, was es gekostet hat, "
                "wann das Licht aus war."
            ),
            "Plays a scenario and prints its summary: what was paid, what it cost, when the light was out.",
        )
    ),
)
def run(
    file: Annotated[Path, typer.Argument(metavar=pick(("DATEI", "FILE")), help=pick(("das Szenario", "the scenario")))],
    json: Annotated[
        bool,
        typer.Option("--json", help=pick(("Nur das Ergebnis als JSON ausgeben.", "Print the result alone, as JSON."))),
    ] = False,
    registers: Annotated[
        bool,
        typer.Option(
            "--registers",
            help=pick(
                ("Nur die Register des Zählers als JSON ausgeben.", "Print the meter's registers alone, as JSON.")
            ),
        ),
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option(
            callback=_plot_path,
            metavar=pick(("DATEI", "FILE")),
            help=pick(("Bild des Laufs schreiben (.png, .svg).", "Write a picture of the run (.png, .svg).")),
        ),
    ] = None,
    trace: Annotated[
        Path | None,
        typer.Option(
            callback=_trace_path,
            metavar=pick(("DATEI", "FILE")),
            help=pick(("Viertelstunden schreiben (.parquet, .csv).", "Write the quarter hours (.parquet, .csv).")),
        ),
    ] = None,
    on: Annotated[
        Interpreter,
        typer.Option(help=pick(("Womit der Zähler läuft.", "What the meter runs on."))),
    ] = Interpreter.CPYTHON,
    step: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="S",
            show_default=False,
            help=pick(
                (
                    "Den Lauf alle S Sekunden unterbrechen; am Ergebnis ändert das nichts.",
                    "Cut the run every S seconds; it changes nothing in the result.",
                )
            ),
        ),
    ] = 0,
    restart: Annotated[
        bool,
        typer.Option(
            "--restart",
            help=pick(
                (
                    "Den Zähler an jeder Unterbrechung aus seinem gesicherten Zustand neu aufbauen.",
                    "Build the meter anew from its saved state at each cut.",
                )
            ),
        ),
    ] = False,
    cuts: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help=pick(
                (
                    "Den Strom N-mal mitten im Schreiben ausfallen lassen; am Ergebnis ändert das nichts.",
                    "Let the power fail N times within a write; it changes nothing in the result.",
                )
            ),
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            metavar="S",
            help=pick(("Womit --cuts ausgelost wird.", "What --cuts is drawn with.")),
        ),
    ] = 0,
    image: Annotated[
        Path | None,
        typer.Option(
            callback=image_path,
            metavar=pick(("DATEI", "FILE")),
            help=pick(
                (
                    "Den Speicher des Zählers am Ende schreiben (.bin), für nvm dump und insert.",
                    "Write the meter's memory at the end (.bin), for nvm dump and insert.",
                )
            ),
        ),
    ] = None,
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help=pick(("Keine Meldungen, nur Fehler.", "No messages but errors."))),
    ] = False,
) -> None:
    """Plays a scenario and prints its summary."""
    if json and registers:
        raise typer.BadParameter(
            pick(("--json und --registers schließen einander aus", "--json and --registers exclude each other"))
        )
    if restart and not step:
        raise typer.BadParameter(pick(("--restart braucht --step", "--restart needs --step")))
    with guarded():
        from groschensim.session import Order, Session

        order = Order(file, json, registers, plot, trace, on.value, step, restart, quiet, cuts or 0, seed, image)
        with refusals_said():
            Session(order).run()


@app.command(
    epilog=EPILOG,
    help=pick(("Schreibt ein erläutertes Szenario als Anfang.", "Writes a commented scenario to start from.")),
)
def new(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar=pick(("[DATEI]", "[FILE]")),
            help=pick(("wohin; sonst auf die Standardausgabe", "where to; else standard output")),
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", "-f", help=pick(("Eine vorhandene Datei überschreiben.", "Overwrite a file."))),
    ] = False,
) -> None:
    """Writes a commented scenario to start from."""
    with guarded():
        from groschensim.template import template

        text = template()
        if file is None:
            typer.echo(text, nl=False)
        else:
            _write_new(file, text, force)


def _write_new(file: Path, text: str, force: bool) -> None:
    try:
        out = file.open("w" if force else "x", encoding="utf-8")
    except FileExistsError:
        say(pick((f"{file} gibt es schon; --force überschreibt sie", f"{file} exists; --force overwrites it")))
        raise typer.Exit(WRONG) from None
    except OSError as error:
        say(f"{file}: {error.strerror}")
        raise typer.Exit(WRONG) from None
    try:
        with out:
            out.write(text)
    except OSError as error:
        raise RunError(f"{file}: {error.strerror}") from None
    say(pick((f"{file} geschrieben", f"{file} written")))


@app.command(
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        (
            "Prüft Szenarien: jedes ist in Ordnung, oder es wird gesagt, was daran falsch ist.",
            "Validates scenarios: each is in order, or all that is wrong with it is said.",
        )
    ),
)
def check(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar=pick(("DATEI...", "FILE...")), help=pick(("die Szenarien", "the scenarios")), show_default=False
        ),
    ],
) -> None:
    """Validates scenarios: each is in order, or all that is wrong with it is said."""
    with guarded():
        wrong = [file for file in files if not _is_in_order(file)]
        if wrong:
            raise typer.Exit(WRONG)


def _is_in_order(file: Path) -> bool:
    from groschensim.scenario import read_scenario

    try:
        read_scenario(file)
    except ScenarioError as error:
        say(str(error))
        return False
    typer.echo(f"{file}: {pick(('in Ordnung', 'ok'))}")
    return True
