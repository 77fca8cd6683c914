# SPDX-License-Identifier: Apache-2.0
"""What the ledger refuses.

HostError
+-- LedgerError          the base of them
    +-- NotFoundError    no such meter, card, tariff; exit status 2
    +-- ConflictError    what is asked contradicts what is booked: a request's key with another amount, a version twice
    +-- StateError       a card that is blocked already, a TAN that is not dead
    +-- ReadingError     registers that have fallen, or one exchange with two contents
    +-- DatabaseError    the database cannot be reached, is busy, or has another version than this program
"""

from typing import ClassVar

from groschenhost.errors import WRONG, HostError


class LedgerError(HostError):
    """The base of what the ledger refuses."""


class NotFoundError(LedgerError):
    """Something that was named is not in the ledger."""

    status: ClassVar[int] = WRONG


class ConflictError(LedgerError):
    """What is asked contradicts what the ledger holds."""


class StateError(LedgerError):
    """What is asked is not possible any more, or not yet."""


class ReadingError(LedgerError):
    """What a meter returns cannot be true together with what it returned before."""


class DatabaseError(LedgerError):
    """The database does not answer, or is not as this program needs it."""
