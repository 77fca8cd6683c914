# SPDX-License-Identifier: Apache-2.0
"""What only the side that issues TANs needs: which counter to skip, and what a settlement code proves."""

from groschencard.mac import same
from groschencard.tan import (
    COUNTER_MAX,
    HISTORY,
    MAC_DIGITS,
    SETTLE_TURN,
    STATE_DIGITS,
    Window,
    matching,
    number,
    settlement_mac,
)


def ambiguous(key: bytes, counter: int, eur: int, digits: int) -> bool:
    """Say whether a counter's number is also that of one that can be in the window with it: such a counter is skipped.

    A window spans h-2 to h+2, used ones among them, so the four on each side count. Nine HMACs, for the issuing side.
    """
    reach = Window.BEHIND + Window.AHEAD
    others = [
        other for other in range(counter - reach, counter + reach + 1) if 1 <= other <= COUNTER_MAX and other != counter
    ]
    return matching(key, others, eur, number(key, counter, eur, digits)) != 0


def read_settlement(key: bytes, code: str, low: int, high: int) -> "Window | None":
    """Return what a settlement code proves, where the highest counter used lies in low to high, or None if it is false.

    `low` is what an earlier proof has shown, `high` the last counter issued. Up to 39 counters there is one candidate,
    and a false code passes with a chance of 10**-6; beyond, one for each 39 begun. A code that fits two is refused.
    """
    if len(code) != STATE_DIGITS + MAC_DIGITS or not _is_digits(code):
        return None
    remainder, used = divmod(int(code[:STATE_DIGITS]), HISTORY)
    if remainder >= SETTLE_TURN:
        return None
    mac = code[STATE_DIGITS:].encode()
    first = low + (remainder - low) % SETTLE_TURN
    fitting = [h for h in range(first, high + 1, SETTLE_TURN) if same(settlement_mac(key, h, used).encode(), mac)]
    return Window(fitting[0], used) if len(fitting) == 1 else None


def _is_digits(text: str) -> bool:
    return all("0" <= digit <= "9" for digit in text)
