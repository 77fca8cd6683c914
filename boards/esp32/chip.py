# SPDX-License-Identifier: Apache-2.0
"""An ESP32-S3 has nothing of its own to move a card's lines or to set a line's speed: MicroPython does both."""

from groschen.drivers.interpreted import CardLines, Speed

__all__ = ("CardLines", "Speed")
