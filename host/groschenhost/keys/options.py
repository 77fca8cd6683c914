# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# typer's Option and Argument name click's generic types without their parameters.
"""The option by which each command that needs the master key is told its passphrase."""

from pathlib import Path
from typing import Annotated

import typer

from groschenhost.errors import pick

FILE = pick(("DATEI", "FILE"))

PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar=FILE,
        show_default=False,
        help=pick(
            (
                "Datei mit der Passphrase; sonst GROSCHEN_PASSPHRASE, sonst fragt das Terminal.",
                "File with the passphrase; else GROSCHEN_PASSPHRASE, else the terminal asks.",
            )
        ),
    ),
]
