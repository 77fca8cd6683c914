# SPDX-License-Identifier: Apache-2.0
"""A virtual board has no registers: MicroPython moves a card's lines and sets a line's speed."""

from groschen.drivers.interpreted import CardLines, Speed

__all__ = ("CardLines", "Speed")
