# SPDX-License-Identifier: Apache-2.0
"""The dialect of HID's OMNIKEY contact readers for an SLE 4428 (developer guide PLT-03099, "synchronous cards").

There is no select command: the reader knows the card by its reset. The error counter is read where it stands.
"""

from typing import ClassVar, Final

from groschenhost.readers.connection import Answer, Locked, Refused, WrongPsc
from groschenhost.readers.sle4428 import COUNTER, PseudoApdus

VERIFY: Final = bytes([0xFF, 0x20, 0x00, 0x00])
MODIFY: Final = bytes([0xFF, 0x21, 0x00, 0x00])
BLOCKED: Final = 0x6983


class OmnikeySle(PseudoApdus):
    """OMNIKEY 3021, 3121, 3x21, 6121."""

    WRITE: ClassVar[int] = 0xD6

    def counter(self) -> int:
        """Return the error counter."""
        return self.read(COUNTER, 1)[0]

    def present(self, code: bytes) -> None:
        """Present the PSC."""
        self._verified("VERIFY", self._connection.transmit(VERIFY + bytes([len(code)]) + code))

    def change_code(self, old: bytes, new: bytes) -> None:
        """Write the PSC; the reader presents the old one itself."""
        apdu = MODIFY + bytes([len(old) + len(new)]) + old + new
        self._verified("MODIFY", self._connection.transmit(apdu))

    def _verified(self, what: str, answer: Answer) -> None:
        if answer.sw == BLOCKED:
            raise Locked
        if answer.sw & 0xFFF0 == 0x63C0:
            left = answer.sw & 0x0F
            raise WrongPsc(left) if left else Locked
        if answer.sw != 0x9000:
            raise Refused(what, answer)
