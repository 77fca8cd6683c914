# SPDX-License-Identifier: Apache-2.0
"""How a meter's key comes from the utility's master key, which never leaves the host: HKDF (RFC 5869)."""

from groschencard.keys import name, of_life
from groschencard.mac import hmac_sha256

_METER = b"groschen meter 1"
_HASH = 32


def hkdf_extract(salt: bytes, secret: bytes) -> bytes:
    """Return the pseudo-random key of RFC 5869, 32 bytes; an empty salt is one of 32 zeros."""
    return hmac_sha256(salt or bytes(_HASH), secret)


def meter_info(utility: int, serial: bytes, life: int = 1) -> bytes:
    """Return what names a life of a meter when its key is derived from the master key: HKDF's `info`."""
    return of_life(_METER + name(utility, serial), life)
