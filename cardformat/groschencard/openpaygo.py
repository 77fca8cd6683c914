# SPDX-License-Identifier: Apache-2.0
"""OpenPAYGO tokens of nine digits: a chain of SipHash-2-4, the value of "add time" taken as whole euro.

The scheme is EnAccess's; TAN.md tells it in our words, and what is stricter here. A token is searched for in steps, so
that a meter goes on with its work meanwhile: unlike a TAN it can only be found by walking its chain from the start.
"""

from groschencard import const
from groschencard.tan import Window

DIGITS = const(9)
_DIGITS_EXTENDED = const(12)
_DIGITS_RESTRICTED = const(15)
_DIGITS_RESTRICTED_EXTENDED = const(20)

EUR_MAX = const(995)
_DISABLE = const(998)
_COUNTER_SYNC = const(999)

VALUES = const(1000)  # the last three digits of a token are the value, shifted by those of the starting code
_CODES = const(1_000_000_000)

LAST_COUNT = const(2_000)
"""No token beyond is taken, which bounds the work: with one a week the key has to be replaced after 19 years."""

# What a token turned out to be. The first is a top-up; the others are refused.
ADD_TIME = const(1)
USED = const(2)
OUT_OF_REACH = const(3)
SET_TIME = const(4)
DISABLE_PAYG = const(5)
COUNTER_SYNC = const(6)
RESERVED = const(7)
NO_VALUE = const(8)
EXTENDED = const(9)
RESTRICTED = const(10)
MALFORMED = const(11)
EXHAUSTED = const(12)
WRONG = const(13)

_BY_LENGTH = {
    _DIGITS_EXTENDED: EXTENDED,
    _DIGITS_RESTRICTED: RESTRICTED,
    _DIGITS_RESTRICTED_EXTENDED: RESTRICTED,
}


# ---- the chain


_MASK = const(0xFFFF_FFFF_FFFF_FFFF)


def siphash24(key: bytes, message: bytes) -> int:
    """Return SipHash-2-4 (Aumasson, Bernstein 2012) of a message under a key of 16 bytes, 64 bits."""
    k0 = int.from_bytes(key[:8], "little")
    k1 = int.from_bytes(key[8:], "little")
    state = [
        k0 ^ 0x736F_6D65_7073_6575,
        k1 ^ 0x646F_7261_6E64_6F6D,
        k0 ^ 0x6C79_6765_6E65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ]
    whole = len(message) // 8 * 8
    last = message[whole:] + bytes(7 - len(message) + whole) + bytes([len(message) & 0xFF])
    for at in range(0, whole + 8, 8):
        word = int.from_bytes(message[at : at + 8] if at < whole else last, "little")
        state[3] ^= word
        _rounds(state, 2)
        state[0] ^= word
    state[2] ^= 0xFF
    _rounds(state, 4)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _rounds(state: "list[int]", count: int) -> None:
    a, b, c, d = state
    for _ in range(count):
        a = (a + b) & _MASK
        c = (c + d) & _MASK
        b = ((b << 13 | b >> 51) & _MASK) ^ a
        d = ((d << 16 | d >> 48) & _MASK) ^ c
        a = (a << 32 | a >> 32) & _MASK
        c = (c + b) & _MASK
        a = (a + d) & _MASK
        b = ((b << 17 | b >> 47) & _MASK) ^ c
        d = ((d << 21 | d >> 43) & _MASK) ^ a
        c = (c << 32 | c >> 32) & _MASK
    state[:] = [a, b, c, d]


def _code(value: int) -> int:
    """Return a hash as nine digits: both halves over each other, the upper 30 bits of that, folded once."""
    code = ((value >> 32 ^ value) & 0xFFFF_FFFF) >> 2
    return code - 73_741_825 if code >= _CODES else code


def follow(key: bytes, code: int) -> int:
    """Return the code behind another one in a key's chain."""
    half = code.to_bytes(4, "big")
    return _code(siphash24(key, half + half))


def starting_code(key: bytes) -> int:
    """Return the starting code that belongs to a key of 16 bytes where the maker has set no other."""
    return _code(siphash24(key, key))


# ---- what a meter takes


class Purchases(Window):
    """Which top-ups were taken: number n is the token of count 2 n. Twenty are open at most: 16 ahead, 4 behind.

    The fold makes some codes twice as likely as others, 1.87 in a million. Twenty of them leave a thief who knows that
    less chance for each entry than the four TANs of five digits do, 4 in 100 000.
    """

    AHEAD = 16
    BEHIND = 4


class Search:
    """The search for a token's count, a few hashes at a time.

    When `step` returns True, `outcome` tells what the token is; for ADD_TIME `eur` is its amount in whole euro, and
    `purchase` what the caller gives to `Purchases.accept` when it books. A token whose digits fit a count that is gone
    already is a replay, even where they fit an open one too; one that fits several open ones is taken for the lowest.
    All counts are walked in any case, so the time tells nothing.
    """

    def __init__(self, key: bytes, start: int, taken: Purchases, token: str) -> None:
        """Take a key of 16 bytes, the starting code, what was taken so far, and the digits as typed."""
        self.outcome = _form(token)
        self.eur = 0
        self.purchase = 0
        self._key = key
        self._taken = taken
        self._count = 0
        self._last = min(2 * (taken.highest + taken.AHEAD), LAST_COUNT)
        if self.outcome == WRONG and 2 * taken.highest >= LAST_COUNT:
            self.outcome = EXHAUSTED
        if self.outcome != WRONG:
            self._last = -1
            self._token = self._value = self._code = 0
            return
        self._token = int(token)
        base = self._token % VALUES
        self._value = (base - start) % VALUES
        self._code = start // VALUES * VALUES + base

    def step(self, hashes: int) -> bool:
        """Walk so many counts on; return True at the end."""
        while hashes > 0 and self._count <= self._last:
            # Count 0 is the starting code itself, which is no secret.
            if self._code // VALUES == self._token // VALUES and self._count > 0:
                self._found(self._count)
            self._code = follow(self._key, self._code)
            self._count += 1
            hashes -= 1
        return self._count > self._last

    def _found(self, count: int) -> None:
        outcome = self._kind(count)
        if _rank(outcome) < _rank(self.outcome):
            self.outcome = outcome
            if outcome == ADD_TIME:
                self.eur = self._value
                self.purchase = count // 2

    def _kind(self, count: int) -> int:
        value = self._value
        if count % 2:
            if value > EUR_MAX:
                return DISABLE_PAYG if value == _DISABLE else COUNTER_SYNC if value == _COUNTER_SYNC else RESERVED
            return SET_TIME
        if value > EUR_MAX:
            return RESERVED
        if value == 0:
            return NO_VALUE
        purchase = count // 2
        taken = self._taken
        if taken.is_open(purchase):
            return ADD_TIME
        return USED if purchase >= taken.highest - taken.BEHIND else OUT_OF_REACH


def _rank(outcome: int) -> int:
    """Return what outdoes what: a count that is gone all others, then an open top-up, then what is no top-up."""
    return 0 if outcome in (USED, OUT_OF_REACH) else outcome


def _form(token: str) -> int:
    """Return WRONG, from which a search begins, for nine digits, and else why they are none."""
    for digit in token:
        if not "0" <= digit <= "9":
            return MALFORMED
    if len(token) == DIGITS:
        return WRONG
    return _BY_LENGTH.get(len(token), MALFORMED)
