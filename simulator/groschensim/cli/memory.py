# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# typer's Option and Argument name click's generic types without their parameters.
"""A meter's memory, shown: `groschen sim nvm`."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from groschensim.cli.app import EPILOG, FAILED, app
from groschensim.cli.guard import guarded
from groschensim.language import pick


class Ring(StrEnum):
    """The rings of the memory; a test holds them to those of `groschensim.image`."""

    LOG = "log"
    WARNINGS = "warnings"
    DAILY = "daily"
    MONTHS = "months"
    BILLINGS = "billings"
    MAXIMA = "maxima"
    TRIES = "tries"


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
    with guarded():
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
