# SPDX-License-Identifier: Apache-2.0
"""IEC 62056-21: the check character of a message, and values as decimal text; for both ends of the line."""


def bcc(data: "bytes | memoryview", check: int = 0) -> int:
    """Return the check character over what stands behind STX or SOH, ETX or EOT included; goes on from another one."""
    for byte in data:
        check ^= byte
    return check & 0x7F


def fixed(value: int, base: int, decimals: int) -> str:
    """Return value / base with so many decimals, cut towards zero; integers of any size, never a float."""
    sign = "-" if value < 0 else ""
    scale: int = 10**decimals
    units = abs(value) * scale // base
    fraction = str(scale + units % scale)[1:]
    return sign + str(units // scale) + "." + fraction


def decimals(base: int) -> int:
    """Return how many decimals show each unit of a value that counts 1 / base, at least three."""
    count = 3
    while 10**count < base:
        count += 1
    return count
