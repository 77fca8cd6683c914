# SPDX-License-Identifier: Apache-2.0
"""What flashing refuses, and where it ends early. Up to the last step the board does what it did before.

HostError
+-- FlashError            the base
|   +-- LostError         the board does not answer, or no more: cable, supply, no MicroPython
|   +-- DeviceError       the board answers with an error of its own
|   +-- BoardError        another kind of board, or a MicroPython that does not take the release
|   +-- ReleaseError      the firmware cannot be found or does not compile
|   +-- IsMeterError      the board is a meter, or none yet, or another one
|   +-- LayoutError       the release does not know the memory that the board has
|   +-- VerifyError       what arrived on the board is not what was sent
|   +-- SelfTestError     a part of the board does not do what it must
|   +-- NoStartError      in force, but the meter does not answer
+-- LineError             of groschenhost.port: the port cannot be opened
"""

from groschenhost.errors import HostError


class FlashError(HostError):
    """The base of what flashing refuses."""


class LostError(FlashError):
    """The board does not answer."""


class DeviceError(FlashError):
    """The board answers with an error."""


class BoardError(FlashError):
    """It is not the board that was named, or its MicroPython is too old."""


class ReleaseError(FlashError):
    """There is no firmware to be flashed."""


class IsMeterError(FlashError):
    """The board already is a meter, or is not the one that was named."""


class LayoutError(FlashError):
    """The release is older than what the meter's memory holds."""


class VerifyError(FlashError):
    """A file on the board is not the one that was sent."""


class SelfTestError(FlashError):
    """The board failed its self-test."""


class NoStartError(FlashError):
    """The meter does not answer after its restart."""
