# SPDX-License-Identifier: Apache-2.0
"""What only the side that issues OpenPAYGO tokens needs, and who tries them: tokens made, read at once, and named."""

from groschencard.openpaygo import (
    ADD_TIME,
    COUNTER_SYNC,
    DISABLE_PAYG,
    EXHAUSTED,
    EXTENDED,
    LAST_COUNT,
    MALFORMED,
    NO_VALUE,
    OUT_OF_REACH,
    RESERVED,
    RESTRICTED,
    SET_TIME,
    USED,
    VALUES,
    WRONG,
    Purchases,
    Search,
    follow,
)

NAMES = {
    ADD_TIME: "top-up",
    USED: "used already",
    OUT_OF_REACH: "used already or out of reach",
    SET_TIME: "sets a time",
    DISABLE_PAYG: "ends the prepayment",
    COUNTER_SYNC: "sets the counter",
    RESERVED: "a value that is reserved",
    NO_VALUE: "an amount of zero",
    EXTENDED: "an extended token of twelve digits",
    RESTRICTED: "a token of the digits 1 to 4",
    MALFORMED: "no nine digits",
    EXHAUSTED: "the key's counts are used up",
    WRONG: "wrong",
}
"""What a token turned out to be, in words."""


def encode(key: bytes, start: int, count: int, value: int) -> str:
    """Return the token of a count and a value, 0 to 999: nine digits; even counts add, odd ones command."""
    base = (start + value) % VALUES
    code = start // VALUES * VALUES + base
    for _ in range(count):
        code = follow(key, code)
    return f"{code // VALUES * VALUES + base:09d}"


def purchases(count: int) -> Purchases:
    """Return the state of a meter that begins behind a count, in which nothing up to it is open."""
    return Purchases(count // 2, (1 << Purchases.KEPT) - 1)


def decode(key: bytes, start: int, taken: Purchases, token: str) -> Search:
    """Return a search that has come to its end."""
    search = Search(key, start, taken, token)
    while not search.step(LAST_COUNT):
        pass
    return search
