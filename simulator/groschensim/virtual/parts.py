# SPDX-License-Identifier: Apache-2.0
"""What is on the virtual board besides the controller: the shared models of its chips, on the pins of the Pico's table.

What outlives a power cut is kept here: the memory's bytes, the clock on its battery, the relay's contact, the cards.
"""

import errno
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from groschensim.models.buzzer import Buzzer
from groschensim.models.ds3231 import Ds3231
from groschensim.models.hd44780 import Hd44780
from groschensim.models.i2c import SimI2C
from groschensim.models.keypad import KeyMatrix
from groschensim.models.mb85rc256v import Mb85rc256v
from groschensim.models.mfrc522 import CLOCK_HZ, Mfrc522
from groschensim.models.mifare import MifareClassic1K
from groschensim.models.pcf8574 import Pcf8574
from groschensim.models.pcf8593 import Pcf8593
from groschensim.models.relay import PULL_US, LatchingRelay
from groschensim.models.sle4428 import Sle4428Chip
from groschensim.virtual import pinout

if TYPE_CHECKING:
    from groschensim.models.i2c import Chip
    from groschensim.virtual.pins import Pins
    from groschensim.virtual.schedule import Schedule

DAY_S = 86_400
_LINES = {
    pinout.MEMORY_BUS: (pinout.MEMORY_SDA, pinout.MEMORY_SCL),
    pinout.PANEL_BUS: (pinout.PANEL_SDA, pinout.PANEL_SCL),
}
LIVE = 1 << pinout.CARD_IO | 1 << pinout.RELAY_BACK | 1 << pinout.MEMORY_SDA | 1 << pinout.PANEL_SDA
"""Pins whose level may answer at once to what the firmware drives."""

_RADIO_HZ = 4_000_000
_SCHMITT_US = 5_000  # how long a level lasts until a Schmitt trigger behind its filter passes it on
_SECOND_NS = 1_000_000_000


class Parts:
    """The chips, and what people do to them."""

    def __init__(
        self,
        pins: "Pins",
        schedule: "Schedule",
        now_us: Callable[[], int],
        stir: Callable[[], None],
        *,
        start_s: int | None = None,
        radio: bool = True,
    ) -> None:
        """Take the controller's pins and the board's time; `start_s` is what the clock is set to, in UTC since 1970."""
        self._pins = pins
        self._schedule = schedule
        self._now = now_us
        self._stir = stir
        # Within a transfer: the bus, its clocks and the instant at the beginning, and the time of a clock.
        self._clocked: tuple[SimI2C, int, int, int] | None = None
        self._off_us = 0
        self.memory = bytearray(Mb85rc256v().image)
        """The bytes of the FRAM."""
        self.clock = Ds3231(self._chip_us)
        if start_s is not None:
            self.clock.put(*divmod(start_s, DAY_S))
        self.counter = Pcf8593()
        """A counting chip, which most boards have not; what falls at S0 falls there too, through a Schmitt trigger."""
        self.counter.present = False
        self.display = Hd44780(self._chip_us)
        self.display.power(False)
        self.keys = KeyMatrix()
        self.relay = LatchingRelay(now_us)
        self.buzzer = Buzzer()
        self.radio = radio
        self.contact: Sle4428Chip | None = None
        """The card in the slot."""
        self.contactless: MifareClassic1K | None = None
        """The card in the field."""
        self.expanders = {
            pinout.DISPLAY: Pcf8574(pinout.DISPLAY, self.display),
            pinout.KEYS: Pcf8574(pinout.KEYS, self.keys),
        }
        self._fram = Mb85rc256v(self.memory)
        self.buses = {
            pinout.MEMORY_BUS: SimI2C(self._fram),
            pinout.PANEL_BUS: SimI2C(self.clock, self.counter, *self.expanders.values()),
        }
        self._bit_ns = dict.fromkeys(self.buses, 2500)
        self._held = dict.fromkeys(self.buses, 0)  # clocks until a chip lets go of the data line
        self._reader = Mfrc522(spi_hz=_RADIO_HZ)
        self._s0_us = 0  # until when pulses are on their way
        self._key_us = 0
        self._wire()

    # ---- power

    def power(self, on: bool) -> None:
        """Switch the chips' supply."""
        if not on:
            self._off_us = self._now()
            self._pins.set(pinout.POWER_GOOD, 0)
            self.display.power(False)
            self.buzzer.drive(0)
            for bus in self.buses.values():
                bus.cut = -1
            return
        self._pins.set(pinout.POWER_GOOD, 1)
        self._fram = Mb85rc256v(self.memory)
        self.buses[pinout.MEMORY_BUS] = SimI2C(self._fram)
        self.clock.restart(self._now() - self._off_us)
        for expander in self.expanders.values():
            expander.plug(expander.present)
        self.display.power(True)
        self._renew_reader()

    def let_go(self) -> None:
        """See the controller reset: what it drove by itself ends."""
        self.buzzer.drive(0)

    def cut_after(self, count: int) -> None:
        """Let the power fail after so many bytes more on the memory's bus."""
        bus = self.buses[pinout.MEMORY_BUS]
        bus.cut = bus.bytes + count

    def fail(self, failing: bool = True) -> None:
        """Let the supply say that it fails."""
        self._stir()
        self._pins.set(pinout.POWER_GOOD, 0 if failing else 1)

    # ---- people and the mains

    def pulse(self, count: int = 1, on_ms: float = 30, off_ms: float = 30, bounces: Sequence[int] = ()) -> int:
        """Let pulses fall one after the other, behind those that are on their way; return when the last pause ends.

        `bounces` are the microseconds after which the level flips back and forth again at each edge.
        """
        on_us, off_us = int(on_ms * 1000), int(off_ms * 1000)
        at_us = max(self._now(), self._s0_us)
        self._s0_us = at_us + count * (on_us + off_us)

        def fall(left: int, at_us: int) -> None:
            self._s0_edge(at_us, 0, bounces)
            self._s0_edge(at_us + on_us, 1, bounces)
            if left > 1:
                next_us = at_us + on_us + off_us
                self._schedule.at(next_us, lambda: fall(left - 1, next_us))

        if count > 0:
            self._schedule.at(at_us, lambda: fall(count, at_us))
        return self._s0_us

    def press(self, key: int, hold_ms: float = 100, pause_ms: float = 100) -> int:
        """Press a key and let it go, after those that are being pressed; return when that is done.

        `key` is a number of groschen.core.keypad, 0 to 15.
        """
        at_us = max(self._now(), self._key_us)
        up_us = at_us + int(hold_ms * 1000)
        self._key_us = up_us + int(pause_ms * 1000)
        self._schedule.at(at_us, lambda: self._do(lambda: self.keys.press(key)))
        self._schedule.at(up_us, lambda: self._do(lambda: self.keys.release(key)))
        return self._key_us

    def insert(self, image: bytearray) -> Sle4428Chip:
        """Put a contact card into the slot; its bytes, 1024, are changed in place. Return the chip."""
        self._stir()
        self.contact = chip = Sle4428Chip(image)
        self._hold()
        self._pins.set(pinout.CARD_PRESENT, 0)
        return chip

    def approach(self, image: bytearray) -> MifareClassic1K:
        """Put a contactless card into the field; its bytes, 1024, are changed in place. Return the card."""
        self._stir()
        self.contactless = card = MifareClassic1K(image)
        self._reader.place(card)
        return card

    def pull(self) -> None:
        """Take the card out of the slot, or out of the field."""
        self._stir()
        if self.contact:
            self.contact.pull()
            self.contact = None
        if self.contactless:
            self.contactless.leave()
            self.contactless = None
        self._reader.place()
        self._refresh_card()

    def cover(self, opened: bool) -> None:
        """Open the terminal cover, or close it."""
        self._stir()
        self._pins.set(pinout.COVER, 1 if opened else 0)

    def push_relay(self, closed: bool) -> None:
        """Move the relay's contact by hand."""
        self._stir()
        self.relay.push(closed)
        self._refresh_relay()

    def plug(self, address: int, present: bool) -> None:
        """Plug the display or the keys in, or unplug them, by the address of their expander."""
        self._stir()
        self.expanders[address].plug(present)

    def hold(self, bus: int, clocks: int) -> None:
        """Let a chip hold an I2C bus's data line, as one does that was left within a byte, for so many clocks."""
        self._stir()
        self._held[bus] = clocks
        self._pins.set(_LINES[bus][0], 0 if clocks else None)

    # ---- the controller's buses

    def speed(self, bus: int, hertz: int) -> None:
        """Take an I2C bus's speed."""
        self._bit_ns[bus] = _SECOND_NS // hertz

    def chips(self, bus: int) -> "tuple[Chip, ...]":
        """Return the chips on an I2C bus, for a controller that drives it byte by byte."""
        if bus == pinout.MEMORY_BUS:
            return (self._fram,)
        return (self.clock, self.counter, *self.expanders.values())

    def told(self, bus: int) -> bytes:
        """Return the addresses on an I2C bus whose chips take whatever they are told."""
        if bus != pinout.PANEL_BUS:
            return b""
        return bytes(address for address, chip in self.expanders.items() if chip.present)

    def write(self, bus: int, address: int, data: bytes) -> None:
        """Write bytes on an I2C bus; OSError where they are not acknowledged, PowerCut where the power fails."""
        with self._transfer(bus, len(data) + 1) as line:
            line.writeto(address, data)

    def read(self, bus: int, address: int, count: int) -> bytes:
        """Read bytes on an I2C bus."""
        into = bytearray(count)
        with self._transfer(bus, count + 1) as line:
            line.readfrom_into(address, into)
        return bytes(into)

    def read_from(self, bus: int, address: int, bits: int, at: int, count: int) -> bytes:
        """Address a chip's memory and read bytes from there."""
        into = bytearray(count)
        with self._transfer(bus, count + 2 + bits // 8) as line:
            line.readfrom_mem_into(address, at, into, addrsize=bits)
        return bytes(into)

    def exchange(self, data: bytes) -> bytes:
        """Send bytes on the reader's bus, and return those that come back."""
        reader = self._reader
        if not self.radio or self._pins.driven(pinout.RADIO_RESET) == 0:
            return bytes(len(data))  # the pins of the RP2040 begin with a pull-down
        reader.clocks = max(reader.clocks, self._now() * CLOCK_HZ // 1_000_000)
        return bytes([reader.exchange(byte) for byte in data])

    def pwm(self, pin: int, duty: int) -> None:
        """See a PWM."""
        if pin == pinout.BUZZER:
            if bool(duty) != self.buzzer.sounding:
                self._stir()
            self.buzzer.drive(duty)

    # ---- wiring

    def _wire(self) -> None:
        pins = self._pins
        for pin, level in (
            (pinout.S0, 1),
            (pinout.CARD_PRESENT, 1),
            (pinout.CARD_IO, 1),
            (pinout.POWER_GOOD, 0),
            (pinout.COVER, 0),
            (pinout.RELAY_BACK, self.relay.back()),
        ):
            pins.set(pin, level)
        pins.listen(pinout.RELAY_SET, lambda level: self._coil(self.relay.set_coil, level))
        pins.listen(pinout.RELAY_RESET, lambda level: self._coil(self.relay.reset_coil, level))
        pins.listen(pinout.CARD_POWER, self._card_power)
        pins.listen(pinout.CARD_RESET, self._card_reset)
        pins.listen(pinout.CARD_CLOCK, self._card_clock)
        pins.listen(pinout.CARD_IO, self._card_io)
        pins.listen(pinout.RADIO_SELECT, lambda level: self._reader.select(level == 0))
        pins.listen(pinout.RADIO_RESET, lambda level: None if level else self._renew_reader())
        for bus, (_, clock) in _LINES.items():
            pins.listen(clock, partial(self._clock_bus, bus))
        pins.listen(pinout.BUZZER, lambda level: self.pwm(pinout.BUZZER, level or 0))

    @contextmanager
    def _transfer(self, bus: int, count: int) -> Generator[SimI2C]:
        """Let the chips see the time of each bit of a transfer that ends now."""
        line = self.buses[bus]
        if self._held[bus]:
            raise OSError(errno.ETIMEDOUT, "the data line is held")
        self._clocked = (line, line.bits, self._now() - (count * 9 + 2) * self._bit_ns[bus] // 1000, self._bit_ns[bus])
        try:
            yield line
        finally:
            self._clocked = None

    def _chip_us(self) -> int:
        if self._clocked is None:
            return self._now()
        line, bits, begin_us, bit_ns = self._clocked
        return begin_us + (line.bits - bits) * bit_ns // 1000

    def _do(self, action: Callable[[], None]) -> None:
        self._stir()
        action()

    def _s0_edge(self, at_us: int, level: int, bounces: Sequence[int]) -> None:
        steady = level
        for pause in (0, *bounces):
            at_us += pause
            self._schedule.at(at_us, self._s0_level(level))
            level = 1 - level
        self._schedule.at(at_us + _SCHMITT_US, lambda: self.counter.osci(steady))

    def _s0_level(self, level: int) -> Callable[[], None]:
        return lambda: self._pins.set(pinout.S0, level)

    def _coil(self, drive: Callable[[int], None], level: int | None) -> None:
        self._stir()
        drive(level or 0)
        self._refresh_relay()
        if level:
            self._schedule.at(self._now() + PULL_US, self._refresh_relay)

    def _refresh_relay(self) -> None:
        self._pins.set(pinout.RELAY_BACK, self.relay.back())

    def _clock_bus(self, bus: int, level: int | None) -> None:
        if level == 0 and self._held[bus]:
            self.hold(bus, self._held[bus] - 1)

    def _card_power(self, level: int | None) -> None:
        if self.contact:
            self.contact.power(level or 0)
            self._refresh_card()

    def _card_reset(self, level: int | None) -> None:
        if self.contact:
            self.contact.set_rst(level or 0)
            self._refresh_card()

    def _card_clock(self, level: int | None) -> None:
        if self.contact:
            self._stir()
            self.contact.set_clk(level or 0)
            self._refresh_card()

    def _card_io(self, level: int | None) -> None:
        if self.contact:
            self.contact.set_io(1 if level is None else level)
            self._refresh_card()

    def _hold(self) -> None:
        """Let the card's contacts meet the slot's, which stand as the firmware left them."""
        self._card_io(self._pins.driven(pinout.CARD_IO))
        self._card_reset(self._pins.driven(pinout.CARD_RESET))
        self._card_clock(self._pins.driven(pinout.CARD_CLOCK))
        self._card_power(self._pins.driven(pinout.CARD_POWER))

    def _refresh_card(self) -> None:
        chip = self.contact
        if chip and not chip.inserted:  # it was pulled in the midst of its clocks
            self.contact = chip = None
        self._pins.set(pinout.CARD_IO, chip.io() if chip else 1)
        if not chip:
            self._pins.set(pinout.CARD_PRESENT, 1)

    def _renew_reader(self) -> None:
        cards, clocks = self._reader.cards, self._reader.clocks
        self._reader.place()
        self._reader = Mfrc522(spi_hz=_RADIO_HZ)
        self._reader.clocks = clocks
        self._reader.select(self._pins.driven(pinout.RADIO_SELECT) == 0)
        self._reader.place(*cards)
