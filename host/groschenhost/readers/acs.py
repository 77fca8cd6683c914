# SPDX-License-Identifier: Apache-2.0
"""The dialect of ACS's readers for an SLE 4428 (ACR39x reference manual 1.03; ACR38 reference manual 1.9)."""

from typing import ClassVar, Final

from groschenhost.readers.connection import Connection, Locked, Refused, WrongPsc
from groschenhost.readers.sle4428 import CODE, PseudoApdus

SELECT: Final = bytes([0xFF, 0xA4, 0x00, 0x00, 0x01, 0x05])
"""Card type 05: SLE 4418, 4428, 5518, 5528. Takes the power away and gives it back."""
READ_COUNTER: Final = bytes([0xFF, 0xB1, 0x00, 0x00, 0x03])
PRESENT: Final = bytes([0xFF, 0x20, 0x00, 0x00, 0x02])
ACCEPTED: Final = 0xFF


class AcsSle(PseudoApdus):
    """ACR39U and its relatives.

    PRESENT CODE answers 90 and the error counter: 90 FF means accepted, and 90 00, which is success everywhere else,
    means that the card is locked. An ACR38 of before answers the counter and two more bytes as data, and then 90 00.
    """

    WRITE: ClassVar[int] = 0xD0

    def __init__(self, connection: Connection) -> None:
        """Select the card type, which must come first after each connecting."""
        super().__init__(connection)
        self._send("SELECT CARD TYPE 05", SELECT)

    def counter(self) -> int:
        """Return the error counter: the first of three bytes."""
        answer = self._send("READ ERROR COUNTER", READ_COUNTER)
        if not answer.data:
            raise Refused("READ ERROR COUNTER", answer)
        return answer.data[0]

    def present(self, code: bytes) -> None:
        """Present the PSC."""
        answer = self._connection.transmit(PRESENT + code)
        if answer.sw1 != 0x90:
            raise Refused("PRESENT CODE", answer)
        left = answer.data[0] if answer.data else answer.sw2
        if left == 0:
            raise Locked
        if left != ACCEPTED:
            raise WrongPsc(left.bit_count())

    def change_code(self, old: bytes, new: bytes) -> None:  # noqa: ARG002 - the other dialect needs the old one
        """Write the PSC where it stands: there is no command of its own for this chip."""
        self._write(CODE, new)
