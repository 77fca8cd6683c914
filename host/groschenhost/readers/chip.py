# SPDX-License-Identifier: Apache-2.0
"""A card as the station uses it: a space of bytes, whatever chip and reader are below."""

from typing import ClassVar, Protocol

from groschenhost.readers.connection import ForbiddenAddress

IMAGE = 1024
"""Bytes of a card image: an SLE 4428's whole memory, or the 64 blocks of a MIFARE Classic 1K."""
SECRET = 6
"""Bytes of a card's secret: MIFARE's key B; an SLE 4428 takes the first two for its PSC."""
SHOP = b"\xff" * SECRET
"""The secret of a card from the shop."""


class CardChip(Protocol):
    """A card in a reader. Addresses are those of the card space, 0 to `size` - 1.

    Every method may raise CardRemoved, ReaderHung or ServiceGone, after which the card is to be opened anew, and
    Refused.
    """

    kind: ClassVar[str]
    """The chip's name: `SLE 4428` or `MIFARE Classic 1K`."""
    size: ClassVar[int]
    """How many bytes the space has."""

    def read(self, at: int, length: int) -> bytes:
        """Return bytes of the space; needs no secret."""
        ...

    def tries(self) -> int:
        """Return how many wrong secrets the card still bears, 0 to 8; 8 where the chip counts none."""
        ...

    def unlock(self, secret: bytes) -> None:
        """Present the secret; WrongPsc or Locked. In force until the card is let go."""
        ...

    def write(self, at: int, data: bytes) -> None:
        """Write bytes and read them back, step by step in rising order; WriteNotStuck, ForbiddenAddress."""
        ...

    def format(self, secret: bytes, before: bytes = SHOP) -> None:
        """Give a card from the shop, or one whose secret is known, a new secret, and check that it has taken it.

        The space stays as it is. Called again after a tear, it goes on where it was torn. WrongPsc: the card has a
        third secret.
        """
        ...

    def change_secret(self, secret: bytes) -> None:
        """Give an unlocked card another secret, and check that it has taken it."""
        ...

    def image(self) -> bytes:
        """Return the 1024 bytes of the whole chip, as far as it lets them be read."""
        ...

    def close(self) -> None:
        """Let the card go, without power; never raises."""
        ...


def within(at: int, length: int, size: int) -> None:
    """Check that a stretch lies in a space; ForbiddenAddress."""
    if at < 0 or length < 0 or at + length > size:
        raise ForbiddenAddress(at, length)


def secret_of_six(secret: bytes) -> bytes:
    """Check a secret's length; ValueError, for a wrong one is a mistake of ours."""
    if len(secret) != SECRET:
        raise ValueError(f"a card's secret has {SECRET} bytes")
    return secret
