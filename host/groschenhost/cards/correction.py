# SPDX-License-Identifier: Apache-2.0
"""The question before a meter's clock is corrected by card: by how many days, and what becomes of the daily rates."""

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import typer

from groschenhost.console import say
from groschenhost.errors import HostError, InputError, Text, pick
from groschenhost.money import format_eur, parse_eur

if TYPE_CHECKING:
    from groschenhost.ledger.book import Ledger
    from groschenhost.ledger.clock import Correction
    from groschenhost.ledger.models import Meter

_DAY_S: Final = 86_400
_NAME: Final = 60


def wanted(at_s: int | None, refund: str | None, approved_by: str | None) -> "Correction | None":
    """Gives the correction that options ask for; InputError where one of them lacks another."""
    from groschenhost.ledger.clock import Correction

    if at_s is None:
        if refund is None and approved_by is None:
            return None
        raise InputError(
            (
                "--refund und --approved-by gehören zu --correct-clock",
                "--refund and --approved-by go with --correct-clock",
            )
        )
    if not approved_by or len(approved_by) > _NAME:
        raise InputError(
            (
                "--correct-clock braucht das Recht der Leitung: --approved-by NAME, bis 60 Zeichen",
                "--correct-clock needs the management's right: --approved-by NAME, up to 60 characters",
            )
        )
    return Correction(at_s, parse_eur(refund) if refund is not None else 0, approved_by)


def make_sure(ledger: "Ledger", meter: "Meter", correction: "Correction", yes: bool) -> None:
    """Says what a correction does, and asks; HostError where nobody says yes."""
    german, english = _what(correction, ledger.meter_ahead_s(meter), meter.serial)
    say(pick((german, english)))
    if yes:
        return
    if not sys.stdin.isatty():
        raise HostError(
            (
                "Eine Korrektur wird gefragt; ohne Terminal: --yes",
                "A correction is asked about; without a terminal: --yes",
            )
        )
    if not typer.confirm(pick(("Die Uhr so korrigieren?", "Correct the clock so?")), err=True):
        raise HostError(("Nichts ausgestellt", "Nothing issued"))


def _what(correction: "Correction", ahead_s: int | None, serial: str) -> Text:
    at = datetime.fromtimestamp(correction.at_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    german = f"Zähler {serial} wird auf {at} gestellt"
    english = f"Meter {serial} is set to {at}"
    if ahead_s is None:
        german += "; wie seine Uhr geht, hat er noch nicht gesagt"
        english += "; it has not said yet how its clock goes"
    else:
        days = (datetime.now(UTC).timestamp() + ahead_s - correction.at_s) / _DAY_S
        german += f", um {abs(days):.1f} Tage {'zurück' if days > 0 else 'vor'} gegen seine letzte Ablesung"
        english += f", by {abs(days):.1f} days {'back' if days > 0 else 'ahead'} from its last reading"
    if correction.refund_ueur:
        amount = format_eur(correction.refund_ueur)
        german += f". Tagesraten werden ab da wieder fällig, {amount} werden gutgeschrieben"
        english += f". Daily rates fall due again from there on, {amount} are credited"
    else:
        german += ". Zurück: keine Tagesrate bis zur letzten schon berechneten Mitternacht. Vor: die Tage bleiben frei"
        english += ". Back: no daily rate up to the last midnight already charged. Ahead: those days stay free"
    return german, english
