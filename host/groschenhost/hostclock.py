# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# typer's Option names click's generic types without their parameters.
"""Whether this computer's clock may be trusted: what the kernel says of NTP, and what a person says who is asked."""

import ctypes
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar, Final

import typer

from groschenhost.console import say
from groschenhost.errors import HostError, Text, pick

if TYPE_CHECKING:
    from groschenhost.ledger.book import Ledger
    from groschenhost.ledger.clock import Doubt

_TIME_ERROR: Final = 5
"""What adjtimex(2) returns where nothing keeps the clock synchronised."""


class ClockDoubtError(HostError):
    """This computer's clock may be wrong, and nobody has said that it is right."""


class _Timex(ctypes.Structure):
    """The head of the kernel's struct timex (adjtimex(2)), and more room than the rest of it takes."""

    _fields_: ClassVar = [
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("precision", ctypes.c_long),
        ("tolerance", ctypes.c_long),
        ("seconds", ctypes.c_long),
        ("microseconds", ctypes.c_long),
        ("rest", ctypes.c_long * 32),
    ]


CheckedClock = Annotated[
    bool,
    typer.Option(
        "--clock-checked",
        help=pick(
            (
                "Ja, Datum und Uhrzeit dieses Rechners stimmen; sonst wird im Zweifel gefragt.",
                "Yes, date and time of this computer are right; else a question is asked where that is in doubt.",
            )
        ),
    ),
]


def ntp_s() -> int | None:
    """Gives the kernel's time in seconds since 1970 where NTP keeps it, else None; nothing is asked of the network."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    told = _Timex()
    state = adjtimex(ctypes.byref(told))
    return int(told.seconds) if 0 <= state < _TIME_ERROR else None


def make_sure(ledger: "Ledger", checked: bool, *known_s: int) -> None:
    """Asks a person once a day and operator where this computer's clock is in doubt; ClockDoubtError.

    known_s are times that are trusted beside those of the ledger and of NTP.
    """
    ntp = ntp_s()
    doubt = ledger.clock_doubt(known_s if ntp is None else (*known_s, ntp))
    if doubt is None:
        return
    german, english = _why(doubt)
    if not checked:
        if not sys.stdin.isatty():
            raise ClockDoubtError(
                (
                    f"{german}. Die Uhr dieses Rechners prüfen und stellen; stimmt sie: --clock-checked",
                    f"{english}. Check and set this computer's clock; if it is right: --clock-checked",
                )
            )
        say(pick((f"{german}.", f"{english}.")))
        if not typer.confirm(pick(("Stimmen Datum und Uhrzeit?", "Are date and time right?")), err=True):
            raise ClockDoubtError(
                (
                    "Die Uhr dieses Rechners stellen und den Befehl wiederholen; nichts ist geschehen",
                    "Set this computer's clock and give the command again; nothing was done",
                )
            )
    ledger.confirm_clock(doubt)


def _why(doubt: "Doubt") -> Text:
    now, last = _local(doubt.now_s), _local(doubt.trusted_s)
    if doubt.is_behind:
        return (
            f"Dieser Rechner hat {now}, die neueste Buchung ist vom {last}",
            f"This computer has {now}, the newest posting is of {last}",
        )
    return (
        f"Dieser Rechner hat {now}; die letzte Zeit, die feststeht, ist {last}",
        f"This computer has {now}; the last time that is known for sure is {last}",
    )


def _local(at_s: int) -> str:
    return datetime.fromtimestamp(at_s).astimezone().strftime("%Y-%m-%d %H:%M")
