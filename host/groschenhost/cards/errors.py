# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: N818
# A refusal is named for what the card is, as the tree below shows.
"""What the cash desk refuses of a card, each before anything is written or booked; and the one end that leaves work.

HostError
+-- CardRefused          the base; nothing was changed
|   +-- BlankCard        from the shop, or never finished
|   +-- DamagedCard      its identity is torn, worn or bent
|   +-- NewerFormat      made by a newer program
|   +-- OtherUtility     of a utility that this ledger does not keep
|   +-- UnknownMeter     of a meter that this ledger does not have
|   +-- OtherMeter       of another meter than the one that was named
|   +-- ForgedCard       a record that nobody with this meter's key has made
|   +-- ClosedCard       blocked, replaced or returned
|   +-- WrongKind        a service card where a customer's is needed, and the like
|   +-- NewerThanLedger  it knows of numbers that the ledger does not: the ledger was set back
|   +-- UsedCard         not blank where a blank one is needed
|   +-- SparedCard       too few tries are left to present a secret once more
|   +-- OpenCredit       another credit waits to be finished first
|   +-- CreditOnCard     a credit that the meter does not have yet
|   +-- RefundFirst      a refund is due, which only the customer card in use brings
|   +-- NothingDue       no refund is to be paid out
+-- Unfinished           broken off: what is booked may be on the card or not; the next insertion settles it
"""

from pathlib import Path

from groschenhost.errors import HostError, Text


class CardRefused(HostError):
    """The base of what the desk refuses of a card."""


class BlankCard(CardRefused):
    """Nothing that says whose it is."""


class DamagedCard(CardRefused):
    """Its identity cannot be read."""


class NewerFormat(CardRefused):
    """Made by a newer program than this."""


class OtherUtility(CardRefused):
    """Of a utility that is not in the ledger."""


class UnknownMeter(CardRefused):
    """Of a meter that is not in the ledger."""


class OtherMeter(CardRefused):
    """Of another meter than the one that was named."""


class ForgedCard(CardRefused):
    """A record that was not made with this meter's key."""


class ClosedCard(CardRefused):
    """Blocked, replaced or returned."""


class WrongKind(CardRefused):
    """Of a kind that is not for this."""


class NewerThanLedger(CardRefused):
    """It knows more than the ledger."""


class UsedCard(CardRefused):
    """No blank card."""


class SparedCard(CardRefused):
    """No secret is presented to it any more, so that it is not locked for ever."""


class OpenCredit(CardRefused):
    """Another credit is to be finished first."""


class CreditOnCard(CardRefused):
    """The meter does not have all that is on the card."""


class RefundFirst(CardRefused):
    """A refund is to be paid out first, with the customer card in use."""


class NothingDue(CardRefused):
    """No refund is to be paid out."""


class Unfinished(HostError):
    """Broken off; the ledger knows, and the next insertion settles it. `cause` is what ended it."""

    def __init__(self, text: Text, cause: HostError) -> None:
        """Keep what happened, and say before it what that means."""
        super().__init__(text)
        self.cause = cause


def unwritable(error: OSError) -> HostError:
    """Say that a card image could not be written: its folder must let a new file in."""
    where = f" in {Path(error.filename).parent}" if error.filename else ""
    return HostError(
        (
            f"Das Kartenabbild{where} lässt sich nicht schreiben; Rechte am Ordner und freien Platz prüfen",
            f"The card image{where} cannot be written; check the folder's permissions and the free space",
        )
    )
