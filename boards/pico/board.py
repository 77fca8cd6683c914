# SPDX-License-Identifier: Apache-2.0
"""The meter on an RP2040 (Raspberry Pi Pico): which pin is what."""

from clock import RtcClock
from machine import I2C, WDT, Pin

from groschen.drivers.mb85rc256v import Mb85rc256v
from groschen.drivers.relay import LatchingRelay
from groschen.drivers.s0 import S0Input

S0_PIN = 2  # open collector of the measuring element, pulled up
CONNECT_PIN = 3  # driver of the relay's set coil
DISCONNECT_PIN = 4  # driver of the relay's reset coil
I2C_BUS = 0  # the memory's; both lines have their own pull-ups
SDA_PIN = 8
SCL_PIN = 9
I2C_HZ = 1_000_000  # the fastest that the memory takes: it is alone on this bus
WATCHDOG_MS = 8000


class Board:
    """All that the main program uses, composed of pins and drivers."""

    def __init__(self) -> None:
        self.pulses = S0Input(Pin(S0_PIN, Pin.IN, Pin.PULL_UP))
        self.relay = LatchingRelay(Pin(CONNECT_PIN, Pin.OUT), Pin(DISCONNECT_PIN, Pin.OUT))
        self.clock = RtcClock()
        self.nvm = Mb85rc256v(I2C(I2C_BUS, sda=Pin(SDA_PIN), scl=Pin(SCL_PIN), freq=I2C_HZ))
        self.watchdog = WDT(timeout=WATCHDOG_MS)
