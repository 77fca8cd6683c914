# SPDX-License-Identifier: Apache-2.0
"""Modes, credit, emergency credit and confirmation: one table says on or off, and why."""

from groschen.core.amount import Limbs
from groschencard import const

CUSTOMER = const(0)
REFUND = const(1)
FREE = const(2)
LOCKED = const(3)

_NO_CAUSE = const(0)
CREDIT = const(1)
LOCK = const(2)

# What a judgement may say.
_CONNECT = const(0)
_OPEN = const(1)  # no credit
_KEEP = const(2)  # no credit, but a window: what is on stays on, what is off stays off
_LOCK = const(3)

# The table: by mode, then without credit, without credit in a window, with credit.
_JUDGEMENT = const((
    (_OPEN, _KEEP, _CONNECT),  # CUSTOMER
    (_OPEN, _KEEP, _CONNECT),  # REFUND
    (_CONNECT, _CONNECT, _CONNECT),  # FREE
    (_LOCK, _LOCK, _LOCK),  # LOCKED
))  # fmt: skip

# What came of a judgement.
UNCHANGED = const(0)
SWITCHED = const(1)
OFFERED = const(2)


class Supply:
    """The relay's state as the rules want it, and what they know: mode and emergency credit."""

    FIELDS = (
        "on", 1,
        "offered", 1,
        "confirm", 1,
        "commissioning", 1,
        "mode", 1,
        "cause", 1,
        "disconnections", 3,
        "off_s", 4,
        "emergency", 1,
        "activations", 3,
    )  # fmt: skip
    PARTS = ("limit", "threshold")

    def __init__(self, balance: Limbs) -> None:
        self.balance = balance  # the account's, which keeps it
        self.on: bool = False
        self.offered: bool = False  # a reconnection that waits for the customer's key
        self.confirm: bool = False  # whether a reconnection has to be confirmed
        self.mode: int = CUSTOMER
        self.cause: int = _NO_CAUSE  # of the last disconnection
        self.disconnections: int = 0
        self.off_s: int = 0  # seconds disconnected while the meter had power
        self.emergency: bool = False
        self.activations: int = 0
        self.limit = Limbs()  # of the emergency credit
        self.threshold = Limbs()  # at or below which it may be switched on
        self.bound = Limbs()  # there is credit while the balance is above it
        self.commissioning: bool = False  # in the second of commissioning no confirmation is asked for

    def find_bound(self) -> None:
        """Find the bound anew after the emergency credit or its limit changed."""
        bound = self.bound
        bound.high = 0
        bound.low = 0
        if self.emergency:
            bound.subtract(self.limit.high, self.limit.low)

    def credit(self) -> bool:
        """Say whether there is credit."""
        return self.balance.above(self.bound)

    def judge(self, protected: bool) -> int:
        """Decide on the supply; return UNCHANGED, SWITCHED or OFFERED."""
        verdict = _JUDGEMENT[self.mode][2 if self.credit() else protected]
        if self.on:
            if verdict == _CONNECT or verdict == _KEEP:
                return UNCHANGED
            self.on = False
            self.cause = LOCK if verdict == _LOCK else CREDIT
            self.disconnections += 1
            return SWITCHED
        if verdict != _CONNECT:
            self.offered = False
            return UNCHANGED
        if self.confirm and not self.commissioning:
            news = UNCHANGED if self.offered else OFFERED
            self.offered = True
            return news
        return self._connect()

    def press_confirm(self) -> int:
        """Connect where that is offered; without effect elsewhere."""
        return self._connect() if self.offered else UNCHANGED

    def offers_emergency(self) -> bool:
        """Say whether the rules let the customer switch the emergency credit on now."""
        if self.emergency or self.mode > REFUND:
            return False
        return self.limit.positive() and not self.balance.above(self.threshold)

    def press_emergency(self) -> bool:
        """Switch the emergency credit on and return True, or return False where the rules refuse it."""
        if not self.offers_emergency():
            return False
        self.emergency = True
        self.activations += 1
        self.find_bound()
        return True

    def end_emergency(self) -> None:
        """End the emergency credit after a top-up that leaves the balance above zero."""
        if self.emergency and self.balance.positive():
            self.emergency = False
            self.find_bound()

    def _connect(self) -> int:
        self.on = True
        self.offered = False
        return SWITCHED
