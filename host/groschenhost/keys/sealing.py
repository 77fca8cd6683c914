# SPDX-License-Identifier: Apache-2.0
"""The bytes of a key file, little endian; a backup is the same under a passphrase of its own.

     0   8  "GROSCHEN"
     8   2  version of this layout: 1
    10   1  scrypt: log2 N
    11   1  scrypt: r
    12   1  scrypt: p
    13   3  zero
    16  16  salt of scrypt (RFC 7914); it gives the key of 32 bytes
    32  12  nonce of AES-256-GCM
    44   4  length of what follows, without the check
    48   n  the generations, encrypted, and the tag of 16 bytes; the 48 bytes above are authenticated with them
  48+n  32  SHA-256 of all above: tells a damaged file from a wrong passphrase before scrypt is run; no protection

Decrypted: 44 bytes a generation, oldest first: number u32, instant u64 (seconds since 1970), key.
Salt and nonce are new each time that the file is written. The passphrase is UTF-8 in Unicode's form NFC, so that an
umlaut is the same from every keyboard.
"""

import hashlib
import secrets
import struct
import unicodedata
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from groschenhost.keys.errors import DamagedKeyFileError, UnknownKeyFileError, UnsealError, WrongPassphraseError
from groschenhost.keys.master import MOST_GENERATIONS, Generation, MasterKeys

MAGIC: Final = b"GROSCHEN"
VERSION: Final = 1

HEADER: Final = struct.Struct("<8sHBBB3x16s12sI")
ROW: Final = struct.Struct("<IQ32s")
TAG: Final = 16
CHECK: Final = 32
SMALLEST: Final = HEADER.size + ROW.size + TAG + CHECK
LARGEST: Final = HEADER.size + MOST_GENERATIONS * ROW.size + TAG + CHECK

_KEY: Final = 32


class Cost(NamedTuple):
    """What scrypt spends on one passphrase: 128 * r * 2**log_n bytes of memory, p times."""

    log_n: int
    r: int
    p: int

    @property
    def allowed(self) -> bool:
        """Says whether it is within the bounds: not cheap for a thief, nor above 1 GiB for the desk."""
        return LEAST.log_n <= self.log_n <= MOST.log_n and self.r == LEAST.r and LEAST.p <= self.p <= MOST.p


COST: Final = Cost(17, 8, 1)
"""128 MiB: about half a second on a PC, for each guess of a thief too."""
LEAST: Final = Cost(14, 8, 1)
MOST: Final = Cost(20, 8, 4)


def seal(master: MasterKeys, passphrase: str, cost: Cost = COST) -> bytes:
    """Gives the bytes of a key file; ValueError for a cost outside the bounds."""
    if not cost.allowed:
        raise ValueError("cost")
    salt = secrets.token_bytes(16)
    nonce = secrets.token_bytes(12)
    rows = b"".join(ROW.pack(*_values(generation)) for generation in master.generations)
    header = HEADER.pack(MAGIC, VERSION, *cost, salt, nonce, len(rows) + TAG)
    sealed = header + AESGCM(_stretched(passphrase, salt, cost)).encrypt(nonce, rows, header)
    return sealed + hashlib.sha256(sealed).digest()


def unseal(blob: bytes, passphrase: str) -> MasterKeys:
    """Gives the generations in a key file; KeyFileError (damaged, unknown, wrong passphrase), UnsealError."""
    cost = inspect(blob)
    _, _, _, _, _, salt, nonce, _ = HEADER.unpack_from(blob)
    header, body = blob[: HEADER.size], blob[HEADER.size : -CHECK]
    try:
        rows = AESGCM(_stretched(passphrase, salt, cost)).decrypt(nonce, body, header)
    except InvalidTag:
        raise WrongPassphraseError(
            (
                "die Passphrase ist falsch (oder jemand hat die Datei verändert); nichts wurde geändert",
                "the passphrase is wrong (or somebody altered the file); nothing was changed",
            )
        ) from None
    try:
        return MasterKeys([Generation(*ROW.unpack_from(rows, at)) for at in range(0, len(rows), ROW.size)])
    except ValueError:
        raise _damaged("Inhalt", "content") from None


def inspect(blob: bytes) -> Cost:
    """Checks all that needs no passphrase, and gives the cost; DamagedKeyFileError, UnknownKeyFileError."""
    if not blob.startswith(MAGIC):
        raise DamagedKeyFileError(("das ist keine Schlüsseldatei von Groschen", "this is no key file of Groschen"))
    if not SMALLEST <= len(blob) <= LARGEST:
        raise _damaged("Länge", "length")
    if hashlib.sha256(blob[:-CHECK]).digest() != blob[-CHECK:]:
        raise _damaged("Prüfsumme", "checksum")
    _, version, log_n, r, p, _, _, length = HEADER.unpack_from(blob)
    if version != VERSION:
        raise UnknownKeyFileError(
            (
                f"Fassung {version} der Schlüsseldatei kennt dieses Programm nicht; ein neueres installieren",
                f"this program does not know version {version} of the key file; install a newer one",
            )
        )
    cost = Cost(log_n, r, p)
    if not cost.allowed:
        raise UnknownKeyFileError(
            (
                (
                    f"scrypt mit log2 N = {log_n}, r = {r}, p = {p} liegt außerhalb der Grenzen dieses Programms "
                    f"(log2 N {LEAST.log_n} bis {MOST.log_n}, r {LEAST.r}, p {LEAST.p} bis {MOST.p})"
                ),
                (
                    f"scrypt with log2 N = {log_n}, r = {r}, p = {p} is outside the bounds of this program "
                    f"(log2 N {LEAST.log_n} to {MOST.log_n}, r {LEAST.r}, p {LEAST.p} to {MOST.p})"
                ),
            )
        )
    if length != len(blob) - HEADER.size - CHECK or (length - TAG) % ROW.size:
        raise _damaged("Länge", "length")
    return cost


def normal(passphrase: str) -> bytes:
    """Gives the bytes of a passphrase, the same however its umlauts were typed."""
    return unicodedata.normalize("NFC", passphrase).encode()


def _stretched(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    try:
        return Scrypt(salt=salt, length=_KEY, n=2**cost.log_n, r=cost.r, p=cost.p).derive(normal(passphrase))
    except MemoryError:
        need = (128 * cost.r << cost.log_n) >> 20
        raise UnsealError(
            (
                f"zu wenig Arbeitsspeicher: die Schlüsseldatei braucht {need} MiB zum Öffnen",
                f"too little memory: the key file needs {need} MiB to be opened",
            )
        ) from None


def _values(generation: Generation) -> tuple[int, int, bytes]:
    return generation.number, generation.created, generation.key


def _damaged(what: str, what_en: str) -> DamagedKeyFileError:
    return DamagedKeyFileError(
        (
            f"die Schlüsseldatei ist beschädigt ({what}); eine Sicherung einspielen: groschen key restore DATEI",
            f"the key file is damaged ({what_en}); restore a backup: groschen key restore FILE",
        )
    )
