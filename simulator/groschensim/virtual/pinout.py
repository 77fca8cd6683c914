# SPDX-License-Identifier: Apache-2.0
"""Which part is at which pin: the table of boards/pico/pins.py, which no package has. A test compares them."""

S0 = 2
RELAY_SET = 3
RELAY_RESET = 4
RELAY_BACK = 5
CARD_POWER = 6
CARD_RESET = 7
MEMORY_SDA = 8
MEMORY_SCL = 9
CARD_CLOCK = 10
CARD_IO = 11
CARD_PRESENT = 12
PANEL_SDA = 14
PANEL_SCL = 15
RADIO_SELECT = 17
RADIO_RESET = 22
BUZZER = 26
POWER_GOOD = 27
COVER = 28

PORT_UART = 0
MODEM_UART = 1
MEMORY_BUS = 0
PANEL_BUS = 1
RADIO_BUS = 0

DISPLAY = 0x27
KEYS = 0x20
"""Addresses of the two expanders, as in boards/common/board.py."""
