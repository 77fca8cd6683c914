# SPDX-License-Identifier: Apache-2.0
"""TANs: numbers that carry a top-up by hand, the check digit over them, and which of them a meter still takes.

TAN.md has the specification; host and meter both use this.
"""

from groschencard import const
from groschencard.mac import hmac_sha256, same

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from collections.abc import Sequence

DIGITS_MIN = const(5)
DIGITS_MAX = const(20)
EUR_MIN = const(1)
EUR_MAX = const(999)
COUNTER_MAX = const(0x3FFF_FFFF)  # the largest that needs no heap where integers are small up to 31 bits

SERVICE_DIGITS = const(10)
SERVICE_AHEAD = const(3)

# One tag for each purpose, no one the beginning of another: no code of one kind is ever one of another kind.
_NUMBER = const(b"TAN 1 number\0")
_SETTLE = const(b"TAN 1 settle\0")
_SERVICE = const(b"TAN 1 service\0")

# The settlement code: four digits of state, of which 39 * 256 = 9 984 values are in use, and six of MAC.
HISTORY = const(256)
SETTLE_TURN = const(39)
"""Counters after which a settlement code's state repeats."""
STATE_DIGITS = const(4)
MAC_DIGITS = const(6)

# A totally anti-symmetric quasigroup of order 10 (H. M. Damm, 2004): row is the interim digit, column the next one.
_DAMM = const(
    b"\x00\x03\x01\x07\x05\x09\x08\x06\x04\x02"
    b"\x07\x00\x09\x02\x01\x05\x04\x08\x06\x03"
    b"\x04\x02\x00\x06\x08\x07\x01\x03\x05\x09"
    b"\x01\x07\x05\x00\x09\x08\x03\x04\x02\x06"
    b"\x06\x01\x02\x03\x00\x04\x05\x09\x07\x08"
    b"\x03\x06\x07\x04\x02\x00\x09\x05\x08\x01"
    b"\x05\x08\x06\x09\x07\x02\x00\x01\x03\x04"
    b"\x08\x09\x04\x05\x03\x06\x02\x00\x01\x07"
    b"\x09\x04\x03\x08\x06\x01\x07\x02\x00\x05"
    b"\x02\x05\x08\x01\x04\x03\x06\x07\x09\x00"
)


# ---- digits


def _text(value: int, digits: int) -> str:
    """Return a value's last digits, with leading zeros; the whole HMAC as value leaves a bias below 10**-57."""
    text = str(value % 10**digits)
    return "0" * (digits - len(text)) + text


def _mac(key: bytes, tag: bytes, message: bytes) -> int:
    """Return an HMAC over a purpose and a message as an integer of 256 bits, its first byte the highest."""
    return int.from_bytes(hmac_sha256(key, tag + message), "big")


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _damm(interim: int, digits: str) -> int:
    for digit in digits:
        value = ord(digit) - 48
        if not 0 <= value <= 9:
            raise ValueError("digits alone")
        interim = _DAMM[10 * interim + value]
    return interim


# ---- the number


def number(key: bytes, counter: int, eur: int, digits: int) -> str:
    """Return the TAN of a counter, 1 to COUNTER_MAX, and a whole amount in euro, 1 to 999: 5 to 20 digits.

    The integer of 256 bits is taken modulo 10**digits. 2**256 is no multiple of that, so some numbers are likelier
    than others, by one part in 2**256 / 10**digits: below 10**-57 even at 20 digits.
    """
    if not 1 <= counter <= COUNTER_MAX:
        raise ValueError("counter")
    if not EUR_MIN <= eur <= EUR_MAX:
        raise ValueError("amount")
    if not DIGITS_MIN <= digits <= DIGITS_MAX:
        raise ValueError("digits")
    return _text(_mac(key, _NUMBER, _u32(counter) + eur.to_bytes(2, "little")), digits)


def check_digit(eur: int, number_text: str) -> int:
    """Return the public check digit (Damm) over the amount's digits and those that follow; amount 0 for codes.

    It catches each single wrong digit and each swap of two neighbours, over the seam between amount and number too.
    Leading zeros change nothing, so that 050 is 50.
    """
    return _damm(_damm(0, str(eur)), number_text)


def checks(eur: int, typed: str) -> bool:
    """Say whether what was typed, a number and its check digit behind it, belongs together with an amount."""
    return _damm(_damm(0, str(eur)), typed) == 0


def matching(key: bytes, counters: "Sequence[int]", eur: int, typed: str) -> int:
    """Return the lowest of some counters whose TAN for an amount is the number typed, or 0; one HMAC for each.

    The time does not depend on which one it is, nor on how far a number agrees.
    """
    digits = len(typed)
    if not DIGITS_MIN <= digits <= DIGITS_MAX or not EUR_MIN <= eur <= EUR_MAX:
        return 0
    entry = typed.encode()
    found = 0
    for counter in counters:
        hit = same(number(key, counter, eur, digits).encode(), entry)
        found = counter if hit and (not found or counter < found) else found
    return found


def verify(key: bytes, window: "Window", eur: int, typed: str, digits: int) -> int:
    """Return the open counter whose TAN, without check digit, was typed for an amount, or 0; 4 HMACs at most."""
    if len(typed) != digits:
        return 0
    return matching(key, window.open(), eur, typed)


def spent(key: bytes, window: "Window", eur: int, typed: str, digits: int) -> int:
    """Return the counter of a TAN that was used already, to tell so a customer whom `verify` refused, or 0.

    It looks at the window's counters that are not open, so that both together make 5 HMACs at most.
    """
    if len(typed) != digits:
        return 0
    return matching(key, window.closed(), eur, typed)


# ---- which are open


class Window:
    """Which counters were used: the highest, and a bit for each of the eight below it; the meter's and the ledger's.

    Bit i of `used` tells of counter highest - 1 - i. Only BEHIND of them can still be used; the others are kept as
    proof that one which is out of reach was never used. Nothing above the highest is used.
    """

    AHEAD = 2
    BEHIND = 2
    KEPT = 8

    FIELDS = ("highest", "used")

    def __init__(self, highest: int = 0, used: int = 0) -> None:
        """Take a state; a new meter's is 0, 0."""
        self.highest = highest
        self.used = used

    def is_used(self, counter: int) -> bool:
        """Say whether a counter was used; raise ValueError where that is no longer known."""
        if counter >= self.highest:
            return counter == self.highest
        place = self.highest - 1 - counter
        if place >= self.KEPT:
            raise ValueError("too long ago")
        return self.used >> place & 1 == 1

    def is_open(self, counter: int) -> bool:
        """Say whether the TAN of a counter would be taken now."""
        return self._lowest() <= counter <= self._last() and not self.is_used(counter)

    def open(self) -> "list[int]":
        """Return the counters whose TANs would be taken now, rising: never more than BEHIND + AHEAD."""
        return [counter for counter in range(self._lowest(), self._last() + 1) if not self.is_used(counter)]

    def closed(self) -> "list[int]":
        """Return the counters in reach that were used, rising: never more than BEHIND + 1."""
        return [counter for counter in range(self._lowest(), self.highest + 1) if self.is_used(counter)]

    def lost(self, counter: int) -> "list[int]":
        """Return the open counters that taking this one would put out of reach for good, rising."""
        return [other for other in self.open() if other < counter - self.BEHIND]

    def next(self) -> int:
        """Return the counter of the TAN that is expected next, for the display."""
        return self.highest + 1

    def accept(self, counter: int) -> None:
        """Note that a counter's TAN was booked; raise ValueError where it is not open."""
        if not self.is_open(counter):
            raise ValueError("not open")
        if counter < self.highest:
            self.used |= 1 << (self.highest - 1 - counter)
            return
        rise = counter - self.highest
        self.used = (self.used << rise | 1 << (rise - 1)) & ((1 << self.KEPT) - 1)
        self.highest = counter

    def _lowest(self) -> int:
        return max(self.highest - self.BEHIND, 1)

    def _last(self) -> int:
        return min(self.highest + self.AHEAD, COUNTER_MAX)


# ---- the settlement code


def settlement_code(key: bytes, window: Window) -> str:
    """Return the ten digits that prove which TANs a meter has taken, for the display: four of state, six of MAC.

    The state is (highest % 39) * 256 + used; the MAC is over the whole highest counter and the eight bits. Who makes
    one up is believed with a chance of 10**-6 for each counter that who reads it has to consider. An old code
    says nothing false: what was used stays so, and what was out of reach stays unused.
    """
    state = window.highest % SETTLE_TURN * HISTORY + window.used
    return _text(state, STATE_DIGITS) + settlement_mac(key, window.highest, window.used)


def settlement_mac(key: bytes, highest: int, used: int) -> str:
    """Return the digits that prove a settlement code's state."""
    return _text(_mac(key, _SETTLE, _u32(highest) + bytes([used])), MAC_DIGITS)


# ---- the service code


def service_code(key: bytes, counter: int) -> str:
    """Return the operator's code that opens TAN entry again: ten digits and their check digit.

    Its counter, from 1, is one of its own.
    """
    if not 1 <= counter <= COUNTER_MAX:
        raise ValueError("counter")
    text = _text(_mac(key, _SERVICE, _u32(counter)), SERVICE_DIGITS)
    return text + str(check_digit(0, text))


def verify_service(key: bytes, highest: int, typed: str) -> int:
    """Return the counter of a service code above the highest one used so far, or 0; 3 HMACs.

    The meter keeps it as the highest: each code once, rising. Three counters are open, so that two codes may get lost.
    A guess hits with 3 * 10**-10: one a second all year open the entry with less than one percent, and then there are
    20 tries for a TAN.
    """
    entry = typed.encode()
    found = 0
    for counter in range(min(highest + SERVICE_AHEAD, COUNTER_MAX), highest, -1):
        found = counter if same(service_code(key, counter).encode(), entry) else found
    return found
