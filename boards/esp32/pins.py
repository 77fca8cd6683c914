# SPDX-License-Identifier: Apache-2.0
"""The pins of an ESP32-S3, by their GPIO numbers. docs/hardware.md tells what is connected to each.

None of them has a say in how the chip starts (0, 3, 45, 46), serves flash or PSRAM (26 to 37), USB (19, 20) or the
console (43, 44). These are all the others: the first ESP32 has too few.
"""

CARD_POWER = 1  # contact card: supply switch
CARD_PRESENT = 2  # switch of the slot: low while a card is in it
S0 = 4  # open collector of the measuring element, pulled up
RELAY_SET = 5  # driver of the coil that connects
RELAY_RESET = 6  # driver of the coil that disconnects
RELAY_BACK = 7  # auxiliary contact: low while connected
MEMORY_SDA = 8  # the memory, alone on its bus
MEMORY_SCL = 9
RADIO_SELECT = 10  # the reader of contactless cards, at the pins that SPI 2 reaches without the switch matrix
RADIO_MOSI = 11
RADIO_SCK = 12
RADIO_MISO = 13
RADIO_RESET = 14  # low holds the reader in reset
MODEM_TX = 15  # a second service port
MODEM_RX = 16
PORT_TX = 17  # infrared head of the service port
PORT_RX = 18
POWER_GOOD = 21  # low while the supply fails: for some 240 ms before it is gone
CARD_RESET = 38
CARD_CLOCK = 39
CARD_IO = 40  # open drain
PANEL_SDA = 41  # clock, display, keys
PANEL_SCL = 42
COVER = 47  # terminal cover: low while closed
BUZZER = 48

# Which of the chip's own parts are behind them.
PORT_UART = 1
MODEM_UART = 2
MEMORY_BUS = 0
PANEL_BUS = 1
RADIO_BUS = 1
MEMORY_HZ = 800_000  # the fastest that the chip's I2C is made for
PANEL_US = 20_000  # the panel's bus is given up after: two ticks of its system, which counts less than one as none
TIMER = 0
HARD_INTERRUPT = False  # its handlers run between two instructions of the interpreter
LED_HEAD = False  # whose pulses of 2 ms are over before such a handler runs
COUNTER = False  # a counting chip on the panel's bus, in place of S0
