# SPDX-License-Identifier: Apache-2.0
"""The line between the virtual board and its device: what the messages are, and how they are framed.

A message of the device is a header - what, argument, length of the payload, number of the question, instant in
microseconds - and its payload. An answer is a header - length of the payload, error number, flags, levels of the pins,
instant, horizon, instant from which sleeps are to be asked for, instant of the edges, pins that fell, pins that rose,
bytes that wait in each UART, number of the question - and its payload.
"""

from struct import Struct

SYNC = 0
SLEEP = 1
PIN_MODE = 2
PIN_WRITE = 3
PIN_IRQ = 4
I2C_OPEN = 5
I2C_WRITE = 6
I2C_TELL = 7
I2C_READ = 8
I2C_READ_FROM = 9
SPI_WRITE = 10
SPI_EXCHANGE = 11
UART_OPEN = 12
UART_READ = 13
UART_WRITE = 14
UART_SENT = 15
PWM_SET = 16
WDT_START = 17
WDT_FEED = 18
STATE = 19
RESET = 20
CLOCK_SET = 21
HELLO = 22
TIMER_SET = 23

TOLD = frozenset(
    (PIN_MODE, PIN_WRITE, PIN_IRQ, I2C_TELL, SPI_WRITE, PWM_SET, WDT_START, WDT_FEED, CLOCK_SET, TIMER_SET)
)
"""What is told and not answered."""

REST = 0
COMPUTE = 1
"""Whether a sleep is one of a program that has nothing to do, and may last longer."""

BOOT = 0
MAIN = 1
REPL = 2

HARD = 0
SOFT = 1

MESSAGE = Struct("<BBHBQ")
ANSWER = Struct("<HBBIQQQQIIHHB")
INTERRUPTED = 1
"""The flag that lets the device raise KeyboardInterrupt."""
CHANGED = 2
"""The flag that lets it ask anew which chips take what they are told."""
