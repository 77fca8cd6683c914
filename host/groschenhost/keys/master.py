# SPDX-License-Identifier: Apache-2.0
"""The generations of the master key, and the keys of the meters.

A meter's key is HKDF-SHA256 (RFC 5869) of one generation, without salt, over `derivation.meter_info`. A rotation
adds a generation; the older ones stay, since the meters that were flashed with a key of theirs go on using it.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from groschencard.derivation import meter_info
from groschencard.keys import KEY, SERIAL, MeterKeys
from groschenhost.keys.errors import MeterNameError, UnknownGenerationError

MOST_GENERATIONS: Final = 1000
MOST_UTILITY: Final = 65_535

_FINGERPRINT: Final = b"groschen fingerprint 1"
_FINGERPRINT_BYTES: Final = 8


def _derived(secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(secret)


@dataclass(frozen=True)
class Generation:
    """One master key: its number, from 1; when it was made, in seconds since 1970; its 32 bytes, never shown."""

    number: int
    created: int
    key: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits in groups of four, derived: they tell keys apart and nothing about them."""
        digits = _derived(self.key, _FINGERPRINT, _FINGERPRINT_BYTES).hex()
        return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


class MasterKeys:
    """All generations, oldest first; the last one is current. It never changes: a rotation gives another."""

    def __init__(self, generations: Sequence[Generation]) -> None:
        """Keep 1 to 1 000 generations with rising numbers from 1 to 2**32 - 1; ValueError otherwise."""
        numbers = [generation.number for generation in generations]
        if not 1 <= len(numbers) <= MOST_GENERATIONS or numbers != sorted(set(numbers)):
            raise ValueError("generations rise")
        if numbers[0] < 1 or numbers[-1] >= 2**32:
            raise ValueError("a generation's number is 1 to 2**32 - 1")
        if any(len(generation.key) != KEY or not 0 <= generation.created < 2**37 for generation in generations):
            raise ValueError("a generation is 32 bytes and an instant")
        self.generations: Final = tuple(generations)

    @classmethod
    def new(cls, now: int) -> Self:
        """Makes a first generation from the system's random numbers."""
        return cls([Generation(1, now, secrets.token_bytes(KEY))])

    def rotated(self, now: int) -> "MasterKeys":
        """Gives these generations and a new one, which is current."""
        new = Generation(self.current + 1, now, secrets.token_bytes(KEY))
        return MasterKeys([*self.generations, new])

    @property
    def current(self) -> int:
        """The number of the generation that new meters are given."""
        return self.generations[-1].number

    def generation(self, number: int) -> Generation:
        """Gives one generation; UnknownGenerationError where the file holds none of this number."""
        for generation in self.generations:
            if generation.number == number:
                return generation
        raise UnknownGenerationError(
            (
                (
                    f"die Schlüsseldatei hat keine Generation {number}, nur {self._numbers()}; "
                    "vielleicht ist sie älter als der Zähler: die neueste Sicherung einspielen"
                ),
                (
                    f"the key file has no generation {number}, only {self._numbers()}; "
                    "it may be older than the meter: restore the newest backup"
                ),
            )
        )

    def _numbers(self) -> str:
        return ", ".join(str(generation.number) for generation in self.generations)

    def meter_key(self, generation: int, utility: int, serial: str | bytes, life: int = 1) -> bytes:
        """Gives the 32 bytes that a meter is flashed with for a life; UnknownGenerationError, MeterNameError."""
        return _derived(self.generation(generation).key, meter_info(*_named(utility, serial), life), KEY)

    def meter_keys(self, generation: int, utility: int, serial: str | bytes, life: int = 1) -> MeterKeys:
        """Gives a meter's keys in a life, one a purpose, as it has them; UnknownGenerationError, MeterNameError."""
        return MeterKeys(self.meter_key(generation, utility, serial, life), *_named(utility, serial), life)

    def __repr__(self) -> str:
        return f"MasterKeys(generations {self._numbers()})"


def _named(utility: int, serial: str | bytes) -> tuple[int, bytes]:
    """Gives what names a meter as the meter has it.

    A serial number is 1 to 20 printable ASCII characters without a blank: it is filled up with zeros, so one that ended
    in zeros would have the key of another meter.
    """
    if not 1 <= utility <= MOST_UTILITY:
        raise MeterNameError(
            (
                f"{utility} ist keine Nummer eines Versorgers: 1 bis {MOST_UTILITY}",
                f"{utility} is no utility's number: 1 to {MOST_UTILITY}",
            )
        )
    name = serial.encode("utf-8", "surrogateescape") if isinstance(serial, str) else serial
    if not 1 <= len(name) <= SERIAL or not all(0x20 < byte < 0x7F for byte in name):
        raise MeterNameError(
            (
                f"{serial!r} ist keine Zählernummer: 1 bis {SERIAL} druckbare ASCII-Zeichen ohne Leerzeichen",
                f"{serial!r} is no serial number of a meter: 1 to {SERIAL} printable ASCII characters, no blanks",
            )
        )
    return utility, name
