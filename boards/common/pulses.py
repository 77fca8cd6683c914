# SPDX-License-Identifier: Apache-2.0
"""The pulse input. It is a module of its own because it counts while everything else is still being loaded."""

from time import ticks_ms, ticks_us

import pins
from machine import Pin

from groschen.drivers.s0 import LED_US, STEADY_MS, S0Input


def attach() -> S0Input:
    """Return the input, which counts from now on."""
    ticks, steady = (ticks_us, LED_US) if pins.LED_HEAD else (ticks_ms, STEADY_MS)
    return S0Input(Pin(pins.S0, Pin.IN, Pin.PULL_UP), ticks, pins.HARD_INTERRUPT, steady)
