# SPDX-License-Identifier: Apache-2.0
"""What the customer takes home, as text of 48 columns and as JSON: the TAN in groups, and how to type it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from groschenhost.cards.receipts import WIDTH, instant
from groschenhost.errors import Text, pick
from groschenhost.ledger import shown
from groschenhost.ledger.values import TanState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschenhost.ledger.models import Meter
    from groschenhost.ledger.shown import Document

GROUP: Final = 5
TOKEN_GROUP: Final = 3

STATES: Final[dict[TanState, Text]] = {
    TanState.OPEN: ("offen", "open"),
    TanState.USED: ("eingelöst", "used"),
    TanState.DEAD: ("verfallen", "dead"),
    TanState.REPLACED: ("ersetzt", "replaced"),
}

_CREDIT: Final[Text] = ("Quittung: Stromguthaben zum Eintippen", "Receipt: credit to be typed in")
_SERVICE: Final[Text] = ("Servicecode", "Service code")
_KEY: Final[Text] = ("Taste TAN", "Key TAN")
_TAN_FOOT: Final[Text] = (
    (
        "Die letzte Ziffer prüft auf Tippfehler. TANs in der Reihenfolge ihrer Nummern eintippen; der Zähler zeigt, "
        "welche er als nächste erwartet. Fragt er nach einer älteren: erst diese eintippen. Gilt nur an diesem Zähler "
        "und nur einmal; Beleg bis dahin aufheben."
    ),
    (
        "The last digit finds typing errors. Type TANs in the order of their numbers; the meter shows which one it "
        "expects next. If it asks about an older one, type that first. For this meter only, and once; keep this "
        "receipt until then."
    ),
)
_TOKEN_FOOT: Final[Text] = (
    "Codes in der Reihenfolge des Kaufs eintippen. Gilt nur an diesem Zähler und nur einmal.",
    "Type tokens in the order in which they were bought. For this meter only, and once.",
)
_SERVICE_FOOT: Final[Text] = (
    "Gibt die TAN-Eingabe wieder frei. Gilt nur an diesem Zähler und nur einmal.",
    "Opens the TAN entry again. For this meter only, and once.",
)

Fields = list[tuple[Text, object]]


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """A TAN that was sold: `number` without its check digit, `copied_s` when a copy is made, in seconds since 1970.

    replaces is the number of the dead TAN for which this one was given.
    """

    meter: Meter
    counter: int
    eur: int
    number: str
    check: str
    state: TanState
    issued_s: int
    replaces: int | None = None
    replaced_by: int | None = None
    copied_s: int | None = None

    @property
    def typed(self) -> str:
        """What is typed after the amount."""
        return self.number + self.check

    @property
    def groups(self) -> str:
        """The same in groups of five, the check digit by itself."""
        return f"{grouped(self.number, GROUP)} {self.check}"


@dataclass(frozen=True, kw_only=True)
class TokenReceipt:
    """An OpenPAYGO token that was sold, nine digits."""

    meter: Meter
    purchase: int
    eur: int
    token: str
    issued_s: int


@dataclass(frozen=True, kw_only=True)
class ServiceSlip:
    """A service code, eleven digits; desk is who took it."""

    meter: Meter
    counter: int
    code: str
    desk: str
    issued_s: int


def grouped(digits: str, size: int) -> str:
    """Gives digits in groups."""
    return " ".join(digits[at : at + size] for at in range(0, len(digits), size))


# -- JSON --------------------------------------------------------------------------------------------------


def tan_document(receipt: Receipt) -> Document:
    """Gives a TAN: `typed` is what follows the amount at the meter."""
    return {
        **_head("tan", receipt.meter),
        "counter": receipt.counter,
        "eur": receipt.eur,
        "number": receipt.number,
        "check": receipt.check,
        "typed": receipt.typed,
        "state": receipt.state.value,
        "issued": shown.instant(receipt.issued_s),
        "copy": shown.instant(receipt.copied_s),
        "replaces": receipt.replaces,
        "replaced_by": receipt.replaced_by,
    }


def token_document(receipt: TokenReceipt) -> Document:
    """Gives an OpenPAYGO token."""
    return {
        **_head("token", receipt.meter),
        "purchase": receipt.purchase,
        "eur": receipt.eur,
        "typed": receipt.token,
        "issued": shown.instant(receipt.issued_s),
    }


def service_document(slip: ServiceSlip) -> Document:
    """Gives a service code."""
    return {
        **_head("service_code", slip.meter),
        "counter": slip.counter,
        "typed": slip.code,
        "desk": slip.desk,
        "issued": shown.instant(slip.issued_s),
    }


def _head(what: str, meter: Meter) -> Document:
    return {"receipt": what, "utility": meter.utility.number, "meter": meter.serial}


# -- text --------------------------------------------------------------------------------------------------


def tan_text(receipt: Receipt) -> str:
    """Gives a TAN's receipt; a copy says so, and what has become of the TAN."""
    fields: Fields = [
        *_begin(receipt.meter, receipt.issued_s),
        (("TAN Nr.", "TAN no."), receipt.counter),
        (("Betrag", "Amount"), f"{receipt.eur} EUR"),
    ]
    if receipt.replaces is not None:
        fields.append((("Ersatz für TAN Nr.", "Replaces TAN no."), receipt.replaces))
    title = pick(_CREDIT)
    if receipt.copied_s is not None:
        title += "\n" + pick((f"KOPIE vom {instant(receipt.copied_s)}", f"COPY of {instant(receipt.copied_s)}"))
        if receipt.state is not TanState.OPEN:
            fields.append((("Diese TAN ist", "This TAN is"), pick(STATES[receipt.state])))
        if receipt.replaced_by is not None:
            fields.append((("durch TAN Nr.", "by TAN no."), receipt.replaced_by))
    steps = (
        pick(_KEY),
        pick((f"Betrag   {receipt.eur}   dann OK", f"Amount   {receipt.eur}   then OK")),
        pick((f"Nummer   {receipt.groups}", f"Number   {receipt.groups}")),
    )
    return _slip(receipt.meter, title, fields, steps, _TAN_FOOT)


def token_text(receipt: TokenReceipt) -> str:
    """Gives an OpenPAYGO token's receipt."""
    fields: Fields = [
        *_begin(receipt.meter, receipt.issued_s),
        (("Kauf Nr.", "Purchase no."), receipt.purchase),
        (("Betrag", "Amount"), f"{receipt.eur} EUR"),
    ]
    code = grouped(receipt.token, TOKEN_GROUP)
    steps = pick(_KEY), pick((f"Code     {code}", f"Token    {code}"))
    return _slip(receipt.meter, pick(_CREDIT), fields, steps, _TOKEN_FOOT)


def service_text(slip: ServiceSlip) -> str:
    """Gives a service code's slip."""
    fields: Fields = [
        *_begin(slip.meter, slip.issued_s),
        (("Code Nr.", "Code no."), slip.counter),
        (("Ausgegeben von", "Given out by"), slip.desk),
    ]
    steps = (
        pick(_KEY),
        pick(("Betrag   0   dann OK", "Amount   0   then OK")),
        pick(("Code", "Code")) + "     " + grouped(slip.code, GROUP),
    )
    return _slip(slip.meter, pick(_SERVICE), fields, steps, _SERVICE_FOOT)


def _begin(meter: Meter, at_s: int) -> Fields:
    return [(("Zähler", "Meter"), meter.serial), (("Zeit", "Time"), instant(at_s))]


def _slip(meter: Meter, title: str, fields: Fields, steps: Sequence[str], foot: Text) -> str:
    rule = "-" * WIDTH
    return "\n".join(
        [
            meter.utility.name,
            title,
            rule,
            *(_line(label, value) for label, value in fields),
            rule,
            pick(("Am Zähler eintippen:", "To be typed at the meter:")),
            "",
            *(f"  {at}. {step}" for at, step in enumerate(steps, 1)),
            "",
            *textwrap.wrap(pick(foot), WIDTH),
        ]
    )


def _line(label: Text, value: object) -> str:
    name = pick(label) + ":"
    return name + f" {value}".rjust(WIDTH - len(name))
