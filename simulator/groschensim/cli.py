# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# typer's Option and Argument name click's generic types without their parameters.
"""The command `groschen sim`: plays scenarios, checks them, shows a meter's memory, and puts cards into saved meters.

Exit status: 0 done, 1 an error (the run or the writing of a file failed), 2 a wrong call (also a file that cannot be
where it is to go) or a bad scenario, 130 interrupted, 143 terminated (SIGTERM). Data goes to standard output, messages
to standard error. Nothing heavy is imported before it is needed.
"""

import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from groschensim.errors import GroschensimError, ImageError, RunError, ScenarioError
from groschensim.language import pick

FAILED = 1
WRONG = 2
INTERRUPTED = 130
TERMINATED = 143

EPILOG = pick(
    (
        (
            "Status beim Ende: 0 getan, 1 gescheitert (Lauf oder Schreiben einer Datei), 2 falscher Aufruf (auch: "
            "eine Datei kann dort nicht angelegt werden) oder fehlerhaftes Szenario, 130 abgebrochen (Strg-C), 143 "
            "beendet (SIGTERM). Daten stehen auf der Standardausgabe, Meldungen auf der Standardfehlerausgabe."
        ),
        (
            "Exit status: 0 done, 1 failed (the run, or writing a file), 2 a wrong call (also: a file cannot be made "
            "there) or a bad scenario, 130 interrupted (Ctrl-C), 143 terminated (SIGTERM). Data goes to standard "
            "output, messages to standard error."
        ),
    )
)

app = typer.Typer(
    help=pick(
        (
            "Der Simulator: spielt Szenarien durch die Module der Firmware.",
            "The simulator: plays scenarios through the firmware's own modules.",
        )
    ),
    epilog=EPILOG,
    short_help=pick(("Szenarien durchspielen und prüfen", "play and check scenarios")),
    rich_markup_mode=None,  # plain help needs no rich, which is half of the start-up time
    pretty_exceptions_enable=False,
    add_completion=False,  # the root command has it
    no_args_is_help=True,
    context_settings={"help_option_names": ["--help", "-h"]},
)


class Interpreter(StrEnum):
    """What plays a run."""

    CPYTHON = "cpython"
    MICROPYTHON = "micropython"


class Ring(StrEnum):
    """The rings of the memory; a test holds them to those of `groschensim.image`."""

    LOG = "log"
    WARNINGS = "warnings"
    DAILY = "daily"
    MONTHS = "months"
    BILLINGS = "billings"
    MAXIMA = "maxima"
    TRIES = "tries"


def _checked(path: Path | None, suffixes: tuple[str, ...]) -> Path | None:
    from groschensim import outputs

    problem = outputs.fault(path, suffixes) if path else None
    if problem:
        raise typer.BadParameter(problem)
    return path


def _plot_path(path: Path | None) -> Path | None:
    return _checked(path, (".png", ".svg"))


def _trace_path(path: Path | None) -> Path | None:
    return _checked(path, (".parquet", ".csv"))


def _image_path(path: Path | None) -> Path | None:
    return _checked(path, (".bin",))


def _instant(text: str | None) -> int | None:
    if text is None:
        return None
    from datetime import datetime

    from groschensim.errors import WrongValueError
    from groschensim.scenario import times

    written: object = text
    with suppress(ValueError):
        written = datetime.fromisoformat(text)
    try:
        return times.instant(written)
    except WrongValueError as error:
        raise typer.BadParameter(str(error)) from None


def _serial(text: str) -> str:
    from groschensim.errors import WrongValueError
    from groschensim.scenario import values

    try:
        return values.serial(text)
    except WrongValueError as error:
        raise typer.BadParameter(str(error)) from None


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
            callback=_image_path,
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
    with _guarded():
        from groschensim.session import Order, Session

        order = Order(file, json, registers, plot, trace, on.value, step, restart, quiet, cuts or 0, seed, image)
        with _refusals_said():
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
    with _guarded():
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
        _say(pick((f"{file} gibt es schon; --force überschreibt sie", f"{file} exists; --force overwrites it")))
        raise typer.Exit(WRONG) from None
    except OSError as error:
        _say(f"{file}: {error.strerror}")
        raise typer.Exit(WRONG) from None
    try:
        with out:
            out.write(text)
    except OSError as error:
        raise RunError(f"{file}: {error.strerror}") from None
    _say(pick((f"{file} geschrieben", f"{file} written")))


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
    with _guarded():
        wrong = [file for file in files if not _is_in_order(file)]
        if wrong:
            raise typer.Exit(WRONG)


def _is_in_order(file: Path) -> bool:
    from groschensim.scenario import read_scenario

    try:
        read_scenario(file)
    except ScenarioError as error:
        _say(str(error))
        return False
    typer.echo(f"{file}: {pick(('in Ordnung', 'ok'))}")
    return True


@app.command(
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        (
            (
                "Steckt eine Karte in einen gesicherten Zähler und zieht sie wieder, zeigt das Display und was gebucht "
                "wurde; Karte und Zähler stehen danach in ihren Dateien. Status 1, wenn die Karte abgewiesen wurde."
            ),
            (
                "Puts a card into a saved meter and takes it out again, shows the display and what was booked; card "
                "and meter are in their files afterwards. Status 1 where the card was refused."
            ),
        )
    ),
)
def insert(
    image: Annotated[
        Path,
        typer.Argument(
            metavar=pick(("KARTE", "IMAGE")), help=pick(("Abbild der Karte, 1024 Bytes", "the card, 1024 bytes"))
        ),
    ],
    meter: Annotated[
        Path,
        typer.Option(
            "--meter",
            metavar=pick(("ZÄHLER", "STATE")),
            show_default=False,
            help=pick(
                (
                    "Der Zähler: sein Speicher, mit der Datei .meter daneben (von run --image oder sim meter).",
                    "The meter: its memory, with the file .meter beside it (by run --image or sim meter).",
                )
            ),
        ),
    ],
    at: Annotated[
        str | None,
        typer.Option(
            metavar=pick(("ZEITPUNKT", "INSTANT")),
            show_default=False,
            help=pick(
                (
                    "Wann, wie 2026-01-20T10:00:00+01:00; bis dahin ohne Verbrauch. Sonst, als gesichert wurde.",
                    "When, like 2026-01-20T10:00:00+01:00; nothing is consumed until then. Else when it was saved.",
                )
            ),
        ),
    ] = None,
    pull: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help=pick(
                (
                    "Die Karte nach N Takten ziehen; eine kontaktlose nach N Bytes in der Luft.",
                    "Pull the card after N clocks; a contactless one after N bytes on the air.",
                )
            ),
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help=pick(("Alles als JSON ausgeben.", "Print all as JSON.")))
    ] = False,
) -> None:
    """Puts a card into a saved meter."""
    at_s = _instant(at)
    with _guarded():
        from groschensim import insert as inserting
        from groschensim.report import insertion

        done = inserting.insert(inserting.Order(image, meter, at_s, pull))
        typer.echo(insertion.as_json(done) if json else insertion.as_text(done))
        if not done.accepted:
            _say(insertion.advice(done))
            raise typer.Exit(FAILED)


@app.command(
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        (
            (
                "Legt einen neuen Zähler an, wie er aus der Fabrik kommt: gesperrt und ohne Tarif. Eine Servicekarte "
                "nimmt ihn in Betrieb (insert)."
            ),
            (
                "Makes a new meter as it leaves the factory: locked and without a tariff. A service card commissions "
                "it (insert)."
            ),
        )
    ),
)
def meter(
    state: Annotated[
        Path,
        typer.Argument(
            callback=_image_path,
            metavar=pick(("ZÄHLER", "STATE")),
            help=pick(
                ("wohin (.bin); daneben kommt die Datei .meter", "where to (.bin); the file .meter goes beside it")
            ),
        ),
    ],
    serial: Annotated[
        str,
        typer.Option(
            callback=_serial,
            metavar=pick(("NUMMER", "SERIAL")),
            show_default=False,
            help=pick(("Die Zählernummer.", "The meter's number.")),
        ),
    ],
    key: Annotated[
        Path,
        typer.Option(
            metavar=pick(("DATEI", "FILE")),
            show_default=False,
            help=pick(
                (
                    "Der Schlüssel des Zählers, 32 Bytes (von groschen key meter).",
                    "The meter's key, 32 bytes (by groschen key meter).",
                )
            ),
        ),
    ],
    utility: Annotated[
        int,
        typer.Option(min=0, max=65_535, metavar="N", help=pick(("Nummer des Versorgers.", "Number of the utility."))),
    ] = 1,
    imp_per_kwh: Annotated[
        int,
        typer.Option(
            min=100, max=100_000, metavar="N", help=pick(("Impulse je Kilowattstunde.", "Pulses per kilowatt-hour."))
        ),
    ] = 1000,
    at: Annotated[
        str | None,
        typer.Option(
            metavar=pick(("ZEITPUNKT", "INSTANT")),
            show_default=False,
            help=pick(
                (
                    "Seit wann er läuft, wie 2026-01-20T10:00:00+01:00; sonst seit jetzt.",
                    "Since when it runs, like 2026-01-20T10:00:00+01:00; else since now.",
                )
            ),
        ),
    ] = None,
) -> None:
    """Makes a new meter, not yet commissioned."""
    at_s = _instant(at)
    with _guarded():
        from time import time

        from groschensim import savedmeter

        begin_s = int(time()) if at_s is None else at_s
        savedmeter.create(state, serial, utility, savedmeter.read_key(key), imp_per_kwh, begin_s)
        beside = savedmeter.identity_path(state)
        _say(pick((f"{state} und {beside} geschrieben", f"{state} and {beside} written")))


@app.command(
    "board",
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        (
            (
                "Betreibt ein virtuelles Board, dessen Flash ein Ordner ist, in Echtzeit bis Strg-C, und nennt seinen "
                "seriellen Port: dorthin gehen meter flash, meter read und mpremote."
            ),
            (
                "Runs a virtual board whose flash is a folder, in real time until Ctrl-C, and names its serial port: "
                "meter flash, meter read and mpremote go there."
            ),
        )
    ),
)
def run_board(
    folder: Annotated[
        Path,
        typer.Argument(
            file_okay=False,
            metavar=pick(("ORDNER", "FOLDER")),
            help=pick(("sein Flash; wird angelegt", "its flash; made where it is missing")),
        ),
    ],
    port_file: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False,
            metavar=pick(("DATEI", "FILE")),
            show_default=False,
            help=pick(
                ("Den Pfad des Ports auch in diese Datei schreiben.", "Write the port's path into this file too.")
            ),
        ),
    ] = None,
    memory: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False,
            metavar=pick(("DATEI", "FILE")),
            show_default=False,
            help=pick(
                (
                    "Der Speicher des Zählers: gelesen, wenn es die Datei gibt, am Ende geschrieben; sonst ORDNER.bin.",
                    "The meter's memory: read where there is such a file, written at the end; else FOLDER.bin.",
                )
            ),
        ),
    ] = None,
) -> None:
    """Runs a virtual board in real time."""
    with _guarded():
        from groschensim.virtual import serve

        serve.run(folder, port_file, memory, typer.echo)


@app.command(
    epilog=EPILOG,
    help=pick(
        (
            (
                "Zeigt die Front des Zählers im Terminal, mit der Firmware dahinter: Display, Tasten, Karten, Licht, "
                "Last, Zeitraffer. Ohne Datei ein Zähler zum Ausprobieren, der nicht gesichert wird."
            ),
            (
                "Shows the meter's front in the terminal, with the firmware behind it: display, keys, cards, lamp, "
                "load, time lapse. Without a file a meter to try out, which is not kept."
            ),
        )
    ),
)
def panel(
    state: Annotated[
        Path | None,
        typer.Argument(
            metavar=pick(("[ZÄHLER]", "[STATE]")),
            show_default=False,
            help=pick(
                (
                    "Der Zähler: sein Speicher, mit der Datei .meter daneben (von run --image oder sim meter).",
                    "The meter: its memory, with the file .meter beside it (by run --image or sim meter).",
                )
            ),
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar=pick(("ZEITPUNKT", "INSTANT")),
            show_default=False,
            help=pick(
                (
                    "Ab wann, wie 2026-01-20T10:00:00+01:00; bis dahin ohne Verbrauch. Sonst, als gesichert wurde.",
                    "From when on, like 2026-01-20T10:00:00+01:00; nothing is consumed until then. Else when saved.",
                )
            ),
        ),
    ] = None,
    cards: Annotated[
        Path | None,
        typer.Option(
            file_okay=False,
            metavar=pick(("ORDNER", "FOLDER")),
            show_default=False,
            help=pick(("Wo Karten liegen; sonst beim Zähler.", "Where cards lie; else beside the meter.")),
        ),
    ] = None,
    port: Annotated[
        bool,
        typer.Option(
            "--port",
            help=pick(
                (
                    "Die Serviceschnittstelle als Pseudoterminal öffnen; sein Pfad steht dann da.",
                    "Open the service port as a pseudo terminal, whose path is shown then.",
                )
            ),
        ),
    ] = False,
) -> None:
    """Shows the meter's front panel."""
    at_s = _instant(at)
    if state is None and at_s is not None:
        raise typer.BadParameter(pick(("--at braucht einen gesicherten Zähler", "--at needs a saved meter")))
    with _guarded():
        from groschensim.panel.run import Order, run

        run(Order(state, at_s, cards, port))


nvm = typer.Typer(
    help=pick(("Der Speicher des Zählers als Abbild.", "Images of the meter's memory.")),
    short_help=pick(("Abbilder des Speichers zeigen", "show images of the memory")),
    epilog=EPILOG,
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"help_option_names": ["--help", "-h"]},
)
app.add_typer(nvm, name="nvm")


@nvm.callback()
def _nvm() -> None:  # without one, typer takes a sole command for the whole
    """Images of the meter's memory."""


@nvm.command(
    epilog=EPILOG,
    no_args_is_help=True,
    help=pick(
        (
            (
                "Zeigt ein Abbild Feld für Feld, beide Kopien, und sagt, was beschädigt ist. Status 1, wenn kein "
                "Zähler mehr damit anlaufen kann; 2, wenn die Datei kein Abbild ist."
            ),
            (
                "Shows an image field by field, both copies, and says what is damaged. Status 1 where no meter can "
                "start from it any more; 2 where the file is no image."
            ),
        )
    ),
)
def dump(
    file: Annotated[
        Path,
        typer.Argument(
            metavar=pick(("DATEI", "FILE")), help=pick(("das Abbild, 32768 Bytes", "the image, 32768 bytes"))
        ),
    ],
    json: Annotated[
        bool, typer.Option("--json", help=pick(("Alles als JSON ausgeben.", "Print all as JSON.")))
    ] = False,
    ring: Annotated[
        Ring | None,
        typer.Option(help=pick(("Die Zeilen dieses Rings zeigen.", "Show the rows of this ring."))),
    ] = None,
) -> None:
    """Shows an image field by field."""
    with _guarded():
        from groschensim.image import load_image, read_image

        image = read_image(load_image(file))
        from groschensim.report.dump import Dump

        shown = Dump(image, ring.value if ring else None)
        if json:
            typer.echo(shown.json())
        else:
            shown.print(sys.stdout)
        if not (image.readable or image.blank):
            raise typer.Exit(FAILED)


@contextmanager
def _refusals_said() -> Generator[None]:
    """Turn what the meter itself refuses - its memory has room for fewer dates than a scenario - into a RunError."""
    from groschen.core.errors import MeterError

    try:
        yield
    except MeterError as error:
        raise RunError(
            pick(
                (
                    f"der Zähler nimmt das nicht ({error}); weniger Feiertage, HT-Zeiten oder Kredittage wären richtig",
                    f"the meter does not take this ({error}); fewer holidays, HT spans or credit days would be right",
                )
            )
        ) from None


@contextmanager
def _guarded() -> Generator[None]:
    """Turn what a person may have got wrong, or ended, into a message and an exit status."""
    try:
        with _ending_cleanly():
            yield
        sys.stdout.flush()  # what cannot be written shows here, and not after the exit status is decided
    except (ScenarioError, ImageError) as error:
        _say(str(error))
        raise typer.Exit(WRONG) from None
    except GroschensimError as error:
        _say(pick((f"Fehler: {error}", f"Error: {error}")))
        raise typer.Exit(FAILED) from None
    except BrokenPipeError:
        raise  # the root command ends quietly when nobody reads on
    except OSError as error:
        _say(pick((f"Fehler: {error}", f"Error: {error}")))
        _drop_output()
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def _ending_cleanly() -> Generator[None]:
    """Let SIGTERM unwind what runs, so that temporary folders are removed and a child is ended."""

    def end(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_IGN)  # a second one must not break off the tidying up
        sys.exit(TERMINATED)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _drop_output() -> None:
    """Let what standard output still holds go nowhere, so that the interpreter does not fail on it once more."""
    with suppress(OSError, ValueError), Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _say(message: str) -> None:
    typer.echo(message, file=sys.stderr)
