# SPDX-License-Identifier: Apache-2.0
"""What reading a meter at its port refuses.

HostError
+-- PortError             the base
    +-- LineError         no such port, not allowed, or in use by another program
    +-- SilentError       nobody answers, or no more
    +-- GarbledError      what arrives is damaged again and again, or is not of this protocol
    +-- RefusedError      the meter answers with an error of its own
    +-- OtherMeterError   it is not the meter that was named, or not one of this ledger
    +-- MemoryLostError   the meter's memory is blank, or of another meter or life: what it shows is no reading
"""

from typing import Final

from groschenhost.errors import HostError, Text


class PortError(HostError):
    """The base of what the port refuses."""


class LineError(PortError):
    """The port of the computer cannot be opened."""


class SilentError(PortError):
    """The meter does not answer."""


class GarbledError(PortError):
    """What the meter sends cannot be read."""


class RefusedError(PortError):
    """The meter refuses what it is told, by a number that the protocol's documentation explains."""

    def __init__(self, number: int, text: Text) -> None:
        """Keep the number."""
        super().__init__(text)
        self.number: Final = number


class OtherMeterError(PortError):
    """The meter at the port is another one."""


class MemoryLostError(PortError):
    """The meter's memory is lost: what it shows is no reading."""
