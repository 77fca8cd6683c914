# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# typer's Option and Argument name click's generic types without their parameters.
"""The options that the commands of cards share, and the words that they take."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from groschenhost.errors import InputError, pick

SERIAL = pick(("NUMMER", "SERIAL"))


class Chip(StrEnum):
    """The chips of cards."""

    SLE4428 = "sle4428"
    MIFARE = "mifare"


class Kind(StrEnum):
    """The kinds of cards, as in the ledger, which is not imported for a command's help."""

    CUSTOMER = "customer"
    SERVICE = "service"
    READOUT = "readout"


Reader = Annotated[
    str | None,
    typer.Option(
        "--reader",
        envvar="GROSCHEN_READER",
        metavar=pick(("NAME|virtual:DATEI", "NAME|virtual:FILE")),
        show_default=False,
        help=pick(
            (
                "Der Kartenleser, ein Teil seines Namens genügt; virtual:DATEI nimmt ein Kartenabbild.",
                "The card reader, part of its name will do; virtual:FILE takes a card image.",
            )
        ),
    ),
]
OfMeter = Annotated[
    str | None,
    typer.Option(
        "--meter",
        metavar=SERIAL,
        show_default=False,
        help=pick(
            (
                "Nur eine Karte dieses Zählers annehmen; sonst sagt es die Karte.",
                "Take a card of this meter only; else the card tells.",
            )
        ),
    ),
]
TheMeter = Annotated[
    str, typer.Option("--meter", metavar=SERIAL, help=pick(("Nummer des Zählers.", "Number of the meter.")))
]
Request = Annotated[
    str | None,
    typer.Option(
        "--request",
        metavar=pick(("SCHLÜSSEL", "KEY")),
        show_default=False,
        help=pick(
            (
                "Schlüssel dieses Vorgangs, bis 60 Zeichen: mit demselben wird nur einmal gebucht.",
                "Key of this request, up to 60 characters: with the same one it is booked once only.",
            )
        ),
    ),
]


def checked(request: str | None) -> str | None:
    """Give back a request's key; InputError where it is empty, too long or would be one of the station's own."""
    if request is None or (1 <= len(request) <= 60 and ":" not in request):
        return request
    raise InputError(
        (
            f"--request {request!r}: 1 bis 60 Zeichen ohne Doppelpunkt",
            f"--request {request!r}: 1 to 60 characters without a colon",
        )
    )


def instant(word: str) -> int:
    """Give an instant, with its offset from UTC, in seconds since 1970; InputError otherwise."""
    try:
        found = datetime.fromisoformat(word)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 2020 <= found.astimezone(UTC).year <= 2099:
        raise InputError(
            (
                f"{word!r} ist kein Zeitpunkt mit Abstand zu UTC; richtig wäre 2027-01-01T12:00:00+01:00",
                f"{word!r} is no instant with its offset from UTC; 2027-01-01T12:00:00+01:00 would be one",
            )
        )
    return int(found.timestamp())
