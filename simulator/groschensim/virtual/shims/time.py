# SPDX-License-Identifier: Apache-2.0
"""The module `time` of a Pico on the board's own time; takes the place of MicroPython's, which goes by the PC's."""

import utime
from boardlink import link
from micropython import const

_WRAP = const(0x3FFFFFFF)  # ticks have 30 bits
_HALF = const(0x20000000)
_CALL_US = const(2)


class Start:
    """When the device's own clocks began: the board tells it."""

    ticks_us: int = 0
    epoch_us: int = 0  # what the controller's clock said as the board was made, since 1970


def ticks_us() -> int:
    """Return microseconds since the reset, modulo 2**30."""
    link.spend(_CALL_US)
    link.look()
    return link.now - Start.ticks_us & _WRAP


def ticks_ms() -> int:
    """Return milliseconds since the reset, modulo 2**30."""
    link.spend(_CALL_US)
    link.look()
    return (link.now - Start.ticks_us) // 1000 & _WRAP


def ticks_cpu() -> int:
    """Return the finest ticks there are."""
    return ticks_us()


def ticks_add(ticks: int, delta: int) -> int:
    """Return the ticks that are so much later."""
    return ticks + delta & _WRAP


def ticks_diff(end: int, start: int) -> int:
    """Return by how much the first ticks are later than the second."""
    return (end - start + _HALF & _WRAP) - _HALF


def sleep_us(us: int) -> None:
    """Let microseconds pass."""
    if us > 0:
        link.sleep(us)


def sleep_ms(ms: int) -> None:
    """Let milliseconds pass."""
    if ms > 0:
        link.sleep(ms * 1000)


def sleep(seconds: float) -> None:
    """Let seconds pass."""
    if seconds > 0:
        link.sleep(int(seconds * 1_000_000))


def time_ns() -> int:
    """Return nanoseconds since 1970 by the controller's own clock."""
    link.spend(_CALL_US)
    link.look()
    return (Start.epoch_us + link.now) * 1000


def time() -> int:
    """Return seconds since 1970 by the controller's own clock."""
    return time_ns() // 1_000_000_000


def gmtime(seconds: "int | None" = None) -> "tuple[int, ...]":
    """Return year, month, day, hour, minute, second, weekday and day of the year."""
    return utime.gmtime(time() if seconds is None else seconds)[:8]


localtime = gmtime


def mktime(parts: "tuple[int, ...]") -> int:
    """Return the seconds since 1970 of a date as `gmtime` gives it."""
    days = _days(parts[0], parts[1]) + parts[2] - 1
    return ((days * 24 + parts[3]) * 60 + parts[4]) * 60 + parts[5]


def _days(year: int, month: int) -> int:
    # From 1970 to the first of a month; the year begins in March, so that February's end is its own.
    year -= month < 3
    month = (month + 9) % 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 - 719468
