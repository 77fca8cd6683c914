# SPDX-License-Identifier: Apache-2.0
"""Milliseconds since the start, modulo 2**30 as MicroPython's `ticks_ms` has them: for what takes less than a week.

They reach the core as an argument, `now`. Zero starts and ends anywhere, so two of them are never compared, only the
time between them is.
"""

from groschencard import const

PERIOD = const(0x3FFFFFFF)
"""The ticks are modulo this and one."""


def since(now: int, then: int) -> int:
    """Return the milliseconds from an instant to a later one, less than 2**30: small integers only."""
    return now - then & PERIOD
