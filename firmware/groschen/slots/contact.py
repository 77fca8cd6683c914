# SPDX-License-Identifier: Apache-2.0
"""The slot for contact cards: the card's space on an SLE 4428, from its address 32 on."""

from groschencard import const
from groschencard.chips import SLE_BASE, SLE_SIZE

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from collections.abc import Callable

    from groschen.drivers.sle4428 import Sle4428

_CHUNK = const(12)  # bytes that are erased and written in 139 ms, and read before and after in 12
_EIO = const(5)


class ContactSlot:
    """A slot with its own contact, which is asked after each access: a card that is gone reads as ones."""

    def __init__(self, chip: "Sle4428", presence: "Callable[[], object]") -> None:
        """Take the chip's driver, and what says whether a card is in the slot: a function or an input pin."""
        self.size: int = SLE_SIZE
        self.chunk: int = _CHUNK
        self._chip = chip
        self._presence = presence

    def present(self) -> bool:
        """Say whether a card is in the slot."""
        return bool(self._presence())

    def open(self) -> bool:
        """Power the card up; return whether it is one of this kind."""
        return self.present() and self._chip.reset() and self.present()

    def tries(self) -> int:
        """Return how often a secret may still be presented, 0 to 8."""
        left = self._chip.tries()
        self._stay()
        return left

    def read(self, at: int, into: bytearray) -> None:
        """Fill a buffer with the bytes of the card's space from `at` on."""
        self._within(at, len(into))
        self._chip.read(SLE_BASE + at, into)
        self._stay()

    def unlock(self, secret: bytes) -> bool:
        """Present the first two bytes of a secret as the card's code; return whether it was right."""
        right = self._chip.verify(secret)
        self._stay()
        return right

    def write(self, at: int, data: bytearray) -> None:
        """Write a buffer's bytes into the card's space, in order; reading back tells whether the card took them."""
        self._within(at, len(data))
        self._chip.write(SLE_BASE + at, data)
        self._stay()

    def close(self) -> None:
        """Take the supply from the card."""
        self._chip.power_off()

    def _within(self, at: int, length: int) -> None:
        if at < 0 or at + length > SLE_SIZE:
            raise ValueError("outside the card's space")

    def _stay(self) -> None:
        if not self._presence():
            raise OSError(_EIO, "the card is gone")
