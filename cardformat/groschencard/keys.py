# SPDX-License-Identifier: Apache-2.0
"""The keys of one life of a meter, one a purpose, all derived from its own 32 bytes: no two meters or lives share any.

Where a meter's key comes from is the host's affair (`derivation`); see docs/security.md.
"""

from groschencard import const
from groschencard.mac import hkdf_expand, hmac_sha256

KEY = const(32)
SERIAL = const(20)
"""Bytes of a meter's serial number, ASCII, filled up with zeros."""
UTILITY = const(2)
LIVES_MOST = const(65535)
"""The number of a meter's last life, which has 16 bits in every derivation."""

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
_MEMORY = const(b"groschen memory 1")
_MEMORY_BYTES = const(3)

_TRANSPORT_PSC = const(b"\xff\xff")


def name(utility: int, serial: bytes) -> bytes:
    """Return the 22 bytes that name a meter wherever something is authenticated."""
    if len(serial) > SERIAL:
        raise ValueError("a serial number has at most 20 characters")
    return utility.to_bytes(UTILITY, "little") + serial + bytes(SERIAL - len(serial))


def of_life(info: bytes, life: int) -> bytes:
    """Return what a derivation says in a meter's life: from the second on its number behind it, in the first nothing.

    So the first derives as it did before lives were known.
    """
    if not 1 <= life <= LIVES_MOST:
        raise ValueError("a life is 1 to 65535")
    return info + life.to_bytes(2, "little") if life > 1 else info


class MeterKeys:
    """What a meter authenticates with, and who it is."""

    def __init__(self, key: bytes, utility: int, serial: bytes, life: int = 1) -> None:
        if len(key) != KEY:
            raise ValueError("a meter's key has 32 bytes")
        self.utility: int = utility
        self.serial = serial
        self.life: int = life
        """The meter's life, from 1: one whose memory is lost or new begins another."""
        self.name = name(utility, serial)
        self.to_meter = hkdf_expand(key, of_life(_TO_METER, life), KEY)
        self.from_meter = hkdf_expand(key, of_life(_FROM_METER, life), KEY)
        self.tan = hkdf_expand(key, of_life(_TAN, life), KEY)
        self.paygo = hkdf_expand(key, of_life(_PAYGO, life), PAYGO)  # of the open tokens
        self.port = hkdf_expand(key, of_life(_PORT, life), _PORT_BYTES).hex().upper()
        """The service port's password, 16 hexadecimal digits."""
        panel = int.from_bytes(hkdf_expand(key, of_life(_PANEL, life), _PANEL_BYTES), "big") % _PANEL_CODES
        self.panel_code = str(_PANEL_CODES + panel)[1:]
        """The six digits before the technician's pages on the display."""
        self.memory: int = int.from_bytes(hkdf_expand(key, of_life(_MEMORY, life), _MEMORY_BYTES), "big") or 1
        """What the meter's memory says whose it is, 1 to 2**24 - 1: one of another meter is none of this one's."""
        self._psc = hkdf_expand(key, of_life(_PSC, life), KEY)

    def card_secret(self, card: int) -> bytes:
        """Return the six bytes that unlock a card of this number: a MIFARE's key B.

        The first two are a contact card's PSC, the one that is sent first in front; never that of a card from the shop.
        """
        secret = hmac_sha256(self._psc, card.to_bytes(4, "little"))
        at = 0
        while secret[at : at + 2] == _TRANSPORT_PSC:
            at += 1
        return secret[at : at + 6]
