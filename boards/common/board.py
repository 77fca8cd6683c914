# SPDX-License-Identifier: Apache-2.0
"""The board: which driver is at which pin. The pins of each controller are in its own `pins.py`."""

from time import sleep_us, ticks_ms

import pins
from chip import CardLines, Speed
from machine import I2C, PWM, PWRON_RESET, SPI, UART, WDT, Pin, reset_cause
from pulses import attach

from groschen.drivers.ds3231 import Ds3231
from groschen.drivers.hd44780 import Hd44780
from groschen.drivers.keypad import Keypad
from groschen.drivers.lines import Buzzer, Contact, Guard, PowerFail
from groschen.drivers.mb85rc256v import Mb85rc256v
from groschen.drivers.mfrc522 import Mfrc522
from groschen.drivers.relay import LatchingRelay
from groschen.drivers.sle4428 import Sle4428
from groschen.drivers.uart import Uart
from groschen.slots.contact import ContactSlot
from groschen.slots.contactless import ContactlessSlot
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.drivers.pcf8593 import Pcf8593
    from groschen.drivers.s0 import S0Input

_PANEL_HZ = const(100_000)  # what the expanders take
_MEMORY_US = const(50_000)  # a bus that hangs is given up after
_RADIO_HZ = const(4_000_000)
_TONE_HZ = const(2_700)  # where a piezo buzzer is loudest
_HALF = const(32_768)
_WATCHDOG_MS = const(8_000)
DISPLAY = 0x27  # addresses of the two expanders
KEYS = 0x20
_MODEM_BAUD = const(9_600)
_FASTEST_BAUD = const(115_200)  # a line begins with it, as that takes the least time


class Board:
    """All that the main program uses, composed of pins and drivers."""

    def __init__(self, pulses: "S0Input | None" = None) -> None:
        """Compose it; `pulses` is the input where that counts already."""
        self.pulses: "S0Input | Pcf8593" = pulses or attach()
        self.power = PowerFail(_input(pins.POWER_GOOD), reset_cause() == PWRON_RESET)
        self.relay = LatchingRelay(
            _output(pins.RELAY_SET), _output(pins.RELAY_RESET), _input(pins.RELAY_BACK), ticks_ms
        )
        self.cover = Contact(_input(pins.COVER))
        self.nvm = Mb85rc256v(_bus(pins.MEMORY_BUS, pins.MEMORY_SDA, pins.MEMORY_SCL, pins.MEMORY_HZ, _MEMORY_US))
        self.panel = panel = _bus(pins.PANEL_BUS, pins.PANEL_SDA, pins.PANEL_SCL, _PANEL_HZ, pins.PANEL_US)
        self.clock = Ds3231(panel, ticks_ms)
        if pins.COUNTER:
            self.pulses = _counter(panel)
        self.display = Hd44780(panel, DISPLAY)
        self.keypad = Keypad(panel, KEYS)
        self.buzzer = Buzzer(PWM(Pin(pins.BUZZER), freq=_TONE_HZ, duty_u16=0).duty_u16, _HALF)
        contact = self._contact()
        contactless = self._contactless()
        self.radio = contactless is not None
        self.slots = (contact, contactless) if contactless else (contact,)
        self.wires = (
            (_wire(pins.PORT_UART, pins.PORT_TX, pins.PORT_RX), 0),
            (_wire(pins.MODEM_UART, pins.MODEM_TX, pins.MODEM_RX), _MODEM_BAUD),
        )

    def _contact(self) -> ContactSlot:
        present = _input(pins.CARD_PRESENT)
        chip = Sle4428(
            _output(pins.CARD_RESET),
            CardLines(
                _output(pins.CARD_CLOCK), Pin(pins.CARD_IO, Pin.OPEN_DRAIN, value=1), sleep_us, self.power.failing
            ),
            sleep_us,
            _output(pins.CARD_POWER),
        )
        return ContactSlot(chip, lambda: not present.value())

    def _contactless(self) -> "ContactlessSlot | None":
        """Return the slot of the reader; None for a meter that has none."""
        _output(pins.RADIO_RESET, 1)
        bus = SPI(
            pins.RADIO_BUS,
            baudrate=_RADIO_HZ,
            sck=Pin(pins.RADIO_SCK),
            mosi=Pin(pins.RADIO_MOSI),
            miso=Pin(pins.RADIO_MISO),
        )
        reader = Mfrc522(bus, Guard(self.power, _output(pins.RADIO_SELECT, 1).value))
        try:
            reader.reset()
        except OSError:
            return None
        return ContactlessSlot(reader)

    def watchdog(self) -> WDT:
        """Return the watchdog, which runs from its first use on and cannot be stopped."""
        return WDT(timeout=_WATCHDOG_MS)


def _input(pin: int) -> Pin:
    return Pin(pin, Pin.IN, Pin.PULL_UP)


def _output(pin: int, level: int = 0) -> Pin:
    return Pin(pin, Pin.OUT, value=level)


def _bus(number: int, sda: int, scl: int, hertz: int, timeout_us: int) -> I2C:
    """Return a bus; a chip that a reset of the controller has left within a byte is clocked until it lets go of SDA."""
    data = _input(sda)
    clock = Pin(scl, Pin.OPEN_DRAIN, value=1)
    for _ in range(9):
        if data.value():
            break
        clock.value(0)
        clock.value(1)
    return I2C(number, sda=data, scl=clock, freq=hertz, timeout=timeout_us)


def _counter(bus: I2C) -> "Pcf8593":
    from groschen.drivers.pcf8593 import Pcf8593  # only a board that has the chip has room for its driver

    return Pcf8593(bus, ticks_ms)


def _wire(number: int, tx: int, rx: int) -> Uart:
    line = UART(
        number, baudrate=_FASTEST_BAUD, bits=7, parity=0, stop=1, tx=Pin(tx), rx=_input(rx), txbuf=256, rxbuf=256
    )
    return Uart(line, Speed(line, number, _FASTEST_BAUD).set)
