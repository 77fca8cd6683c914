# SPDX-License-Identifier: Apache-2.0
"""The pins of the Pico (RP2040), by their GPIO numbers. docs/hardware.md tells what is connected to each."""

PORT_TX = 0  # UART 0: infrared head of the service port
PORT_RX = 1
S0 = 2  # open collector of the measuring element, pulled up
RELAY_SET = 3  # driver of the coil that connects
RELAY_RESET = 4  # driver of the coil that disconnects
RELAY_BACK = 5  # auxiliary contact: low while connected
CARD_POWER = 6  # contact card: supply switch,
CARD_RESET = 7
MEMORY_SDA = 8  # I2C 0: the memory, alone on its bus
MEMORY_SCL = 9
CARD_CLOCK = 10
CARD_IO = 11  # open drain
CARD_PRESENT = 12  # switch of the slot: low while a card is in it
PANEL_SDA = 14  # I2C 1: clock, display, keys
PANEL_SCL = 15
RADIO_MISO = 16  # SPI 0: the reader of contactless cards
RADIO_SELECT = 17
RADIO_SCK = 18
RADIO_MOSI = 19
MODEM_TX = 20  # UART 1: a second service port
MODEM_RX = 21
RADIO_RESET = 22  # low holds the reader in reset
BUZZER = 26
POWER_GOOD = 27  # low while the supply fails: for some 240 ms before it is gone
COVER = 28  # terminal cover: low while closed

# Which of the chip's own parts are behind them.
PORT_UART = 0
MODEM_UART = 1
MEMORY_BUS = 0
PANEL_BUS = 1
RADIO_BUS = 0
MEMORY_HZ = 1_000_000  # the fastest that the memory takes: it is alone on its bus
PANEL_US = 5_000  # the panel's bus is given up after
TIMER = -1  # a timer of the interpreter
HARD_INTERRUPT = True  # a handler that runs at once, whatever the interpreter is busy with
# True where a phototransistor before the element's LED is at S0, in place of its S0 output: pulses of 2 ms and more.
LED_HEAD = False
COUNTER = False  # True where a counting chip, a PCF8593 on the panel's bus, has the pulses in place of S0
