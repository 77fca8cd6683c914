# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# typer's Option and Argument name click's generic types without their parameters.
"""Saved meters: made, a card put into one, its front in the terminal; and a virtual board."""

from pathlib import Path
from typing import Annotated

import typer

from groschensim.cli.app import EPILOG, FAILED, app
from groschensim.cli.arguments import image_path, instant, serial
from groschensim.cli.guard import guarded, say
from groschensim.language import pick


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
    at_s = instant(at)
    with guarded():
        from groschensim import insert as inserting
        from groschensim.report import insertion

        done = inserting.insert(inserting.Order(image, meter, at_s, pull))
        typer.echo(insertion.as_json(done) if json else insertion.as_text(done))
        if not done.accepted:
            say(insertion.advice(done))
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
            callback=image_path,
            metavar=pick(("ZÄHLER", "STATE")),
            help=pick(
                ("wohin (.bin); daneben kommt die Datei .meter", "where to (.bin); the file .meter goes beside it")
            ),
        ),
    ],
    serial: Annotated[
        str,
        typer.Option(
            callback=serial,
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
    life: Annotated[
        int,
        typer.Option(
            min=1,
            max=65_535,
            metavar="N",
            help=pick(("Leben des Zählers, wie der Schlüssel eines ist.", "Life of the meter, as the key is of one.")),
        ),
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
    at_s = instant(at)
    with guarded():
        from time import time

        from groschencard.keys import MeterKeys
        from groschensim import savedmeter

        begin_s = int(time()) if at_s is None else at_s
        secret = savedmeter.read_key(key)
        keys = MeterKeys(secret, utility, serial.encode(), life)
        savedmeter.create(state, keys, secret, imp_per_kwh, begin_s)
        beside = savedmeter.identity_path(state)
        say(pick((f"{state} und {beside} geschrieben", f"{state} and {beside} written")))


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
    with guarded():
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
    at_s = instant(at)
    if state is None and at_s is not None:
        raise typer.BadParameter(pick(("--at braucht einen gesicherten Zähler", "--at needs a saved meter")))
    with guarded():
        from groschensim.panel.run import Order, run

        run(Order(state, at_s, cards, port))
