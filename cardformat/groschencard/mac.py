# SPDX-License-Identifier: Apache-2.0
"""HMAC-SHA256 (RFC 2104) and HKDF (RFC 5869) over the built-in sha256: MicroPython has neither."""

from hashlib import sha256

from groschencard import const

_BLOCK = const(64)


def _padded(key: bytes, pad: int) -> bytes:
    out = bytearray(_BLOCK)
    for at in range(_BLOCK):
        out[at] = (key[at] if at < len(key) else 0) ^ pad
    return bytes(out)


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """Return the 32 bytes of the HMAC-SHA256 of a message under a key of any length."""
    if len(key) > _BLOCK:
        key = sha256(key).digest()
    inner = sha256(_padded(key, 0x36))
    inner.update(message)
    outer = sha256(_padded(key, 0x5C))
    outer.update(inner.digest())
    return outer.digest()


def hkdf_expand(key: bytes, info: bytes, length: int) -> bytes:
    """Return so many bytes, at most 255 * 32, that only who has the key can tell, for a purpose named by `info`."""
    out = b""
    block = b""
    counter = 0
    while len(out) < length:
        counter += 1
        block = hmac_sha256(key, block + info + bytes([counter]))
        out += block
    return out[:length]


def same(one: bytes, other: bytes) -> bool:
    """Say whether two secrets are the same, in a time that does not depend on where they differ."""
    if len(one) != len(other):
        return False
    difference = 0
    for at in range(len(one)):
        difference |= one[at] ^ other[at]
    return difference == 0
