# SPDX-License-Identifier: Apache-2.0
"""The keys of one meter, one a purpose, all derived from its own 32 bytes: no secret is shared by two meters.

Where a meter's key comes from is the host's affair (`derivation`); see docs/security.md.
"""

from groschencard import const
from groschencard.mac import hkdf_expand, hmac_sha256

KEY = const(32)
SERIAL = const(20)
"""Bytes of a meter's serial number, ASCII, filled up with zeros."""
UTILITY = const(2)

_TO_METER = const(b"groschen to-meter 1")
_FROM_METER = const(b"groschen from-meter 1")
_TAN = const(b"groschen tan 1")
_PSC = const(b"groschen psc 1")
_PAYGO = const(b"groschen paygo 1")
PAYGO = const(16)
_PORT = const(b"groschen port 1")
_PORT_BYTES = const(8)
_PANEL = const(b"groschen panel 1")
_PANEL_BYTES = const(8)
_PANEL_CODES = const(1_000_000)

_TRANSPORT_PSC = const(b"\xff\xff")


def name(utility: int, serial: bytes) -> bytes:
    """Return the 22 bytes that name a meter wherever something is authenticated."""
    if len(serial) > SERIAL:
        raise ValueError("a serial number has at most 20 characters")
    return utility.to_bytes(UTILITY, "little") + serial + bytes(SERIAL - len(serial))


class MeterKeys:
    """What a meter authenticates with, and who it is."""

    def __init__(self, key: bytes, utility: int, serial: bytes) -> None:
        if len(key) != KEY:
            raise ValueError("a meter's key has 32 bytes")
        self.utility: int = utility
        self.serial = serial
        self.name = name(utility, serial)
        self.to_meter = hkdf_expand(key, _TO_METER, KEY)
        self.from_meter = hkdf_expand(key, _FROM_METER, KEY)
        self.tan = hkdf_expand(key, _TAN, KEY)
        self.paygo = hkdf_expand(key, _PAYGO, PAYGO)  # of the open tokens
        self.port = hkdf_expand(key, _PORT, _PORT_BYTES).hex().upper()
        """The service port's password, 16 hexadecimal digits."""
        panel = int.from_bytes(hkdf_expand(key, _PANEL, _PANEL_BYTES), "big") % _PANEL_CODES
        self.panel_code = str(_PANEL_CODES + panel)[1:]
        """The six digits before the technician's pages on the display."""
        self._psc = hkdf_expand(key, _PSC, KEY)

    def card_secret(self, card: int) -> bytes:
        """Return the six bytes that unlock a card of this number: a MIFARE's key B.

        The first two are a contact card's PSC, the one that is sent first in front; never that of a card from the shop.
        """
        secret = hmac_sha256(self._psc, card.to_bytes(4, "little"))
        at = 0
        while secret[at : at + 2] == _TRANSPORT_PSC:
            at += 1
        return secret[at : at + 6]
