# SPDX-License-Identifier: Apache-2.0
"""What the card format refuses. An error's text is the name of a record or a field: on a meter nobody reads it.

CardError
+-- BlankError        nothing was ever written here
+-- DamagedError      the check against bit errors does not hold: torn, worn, or no record at all
+-- ForgedError       whole, but not made with this meter's key for this place
+-- MalformedError    made with the right key, but its content cannot be
+-- TooLongError      what should be written does not fit; raised by who writes
"""


class CardError(Exception):
    """The base of all that the card format refuses."""


class BlankError(CardError):
    """Nothing was ever written here."""


class DamagedError(CardError):
    """The check against bit errors does not hold."""


class ForgedError(CardError):
    """Whole, but not made with this meter's key for this place."""


class MalformedError(CardError):
    """Made with the right key, but its content cannot be."""


class TooLongError(CardError):
    """What should be written does not fit."""
