# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# typer's Option and Argument name click's generic types without their parameters.
"""The options by which commands are told the computer's serial port and the meter's time zone."""

from typing import Annotated

import typer

from groschenhost.errors import InputError, pick

Port = Annotated[
    str,
    typer.Option(
        "--port",
        envvar="GROSCHEN_PORT",
        metavar=pick(("SCHNITTSTELLE", "PORT")),
        help=pick(
            (
                "Serielle Schnittstelle des Rechners, wie /dev/ttyACM0.",
                "The computer's serial port, such as /dev/ttyACM0.",
            )
        ),
    ),
]
Zone = Annotated[
    str,
    typer.Option(
        "--zone",
        metavar=pick(("legal|MINUTEN", "legal|MINUTES")),
        help=pick(
            (
                "Zeit des Zählers: gesetzliche, oder ein fester Abstand zu UTC, ein Vielfaches von 15 Minuten.",
                "The meter's time: legal, or a fixed offset from UTC, a multiple of 15 minutes.",
            )
        ),
    ),
]


def zone_minutes(word: str) -> int | None:
    """Gives the minutes of a fixed offset, None for legal time; InputError."""
    if word == "legal":
        return None
    if word.lstrip("+-").isdecimal() and int(word) % 15 == 0 and -720 <= int(word) <= 840:
        return int(word)
    raise InputError(
        (
            f"--zone {word}: legal, oder Minuten, ein Vielfaches von 15 zwischen -720 und 840",
            f"--zone {word}: legal, or minutes, a multiple of 15 between -720 and 840",
        )
    )
