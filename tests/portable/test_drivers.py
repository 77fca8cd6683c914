# SPDX-License-Identifier: Apache-2.0
"""The drivers of clock, display, keys, relay, pulses and single lines with the models of their chips, both as they are.

What a loop asks of them over and over allocates nothing, the models' side included.
"""

import sys

from groschen.drivers.ds3231 import Ds3231
from groschen.drivers.hd44780 import Hd44780
from groschen.drivers.keypad import Keypad
from groschen.drivers.lines import Buzzer, Contact, Guard, PowerFail
from groschen.drivers.pcf8593 import Pcf8593
from groschen.drivers.relay import LatchingRelay
from groschen.drivers.s0 import S0Input
from groschensim.models.buzzer import Buzzer as BuzzerModel
from groschensim.models.ds3231 import Ds3231 as ClockChip
from groschensim.models.hd44780 import Hd44780 as DisplayChip
from groschensim.models.i2c import SimI2C
from groschensim.models.keypad import KeyMatrix
from groschensim.models.pcf8574 import Pcf8574
from groschensim.models.pcf8593 import Pcf8593 as CounterChip
from groschensim.models.pin import SimPin
from groschensim.models.relay import LatchingRelay as RelayModel

MICROPYTHON = sys.implementation.name == "micropython"
if MICROPYTHON:
    from micropython import heap_lock, heap_unlock
else:
    heap_lock = heap_unlock = int  # callables that do nothing

SECOND = bytearray(b"Guthaben   12,34 \xa4  ")
THIRD = bytearray(b"F\xfcr \xd6l und \xc4rger: \xdc\xdf ")


class Desk:
    """A whole board of models, and the world's time."""

    def __init__(self):
        self.us = 1_000_000
        self.sent = 0
        self.bus = SimI2C()
        self.counter_chip = CounterChip()
        self.clock_chip = ClockChip(self.now_us)
        self.glass = DisplayChip(self.now_us)
        self.matrix = KeyMatrix()
        self.relay_model = RelayModel(self.now_us)
        self.buzzer_model = BuzzerModel()
        self.bus = SimI2C(self.clock_chip, self.counter_chip, Pcf8574(0x27, self.glass), Pcf8574(0x20, self.matrix))
        bus = self.bus
        self.line = SimPin(1)
        self.cover_line = SimPin(1)
        self.supply = SimPin(1)
        self.back = SimPin(1)
        self.clock = Ds3231(bus, self.now_ms)  # pyright: ignore[reportArgumentType] - the model of a bus
        self.display = Hd44780(bus)  # pyright: ignore[reportArgumentType] - the model of a bus
        self.keypad = Keypad(bus)  # pyright: ignore[reportArgumentType] - the model of a bus
        self.pulses = S0Input(self.line, self.now_ms, True)
        self.counter = Pcf8593(bus, self.now_ms)  # pyright: ignore[reportArgumentType] - the model of a bus
        self.counter.begin(999_900)
        self.relay = LatchingRelay(
            SimPin(0, self.relay_model.set_coil), SimPin(0, self.relay_model.reset_coil), self.back, self.now_ms
        )
        self.cover = Contact(self.cover_line)
        self.power = PowerFail(self.supply)
        self.guard = Guard(self.power, self.wait_us)
        self.buzzer = Buzzer(self.buzzer_model.drive)
        self.key = -1

    def now_us(self):
        """Return the microseconds: those of a bus of 100 kHz are part of them."""
        return self.us + self.bus.bits * 10

    def now_ms(self):
        return self.now_us() // 1000

    def wait_us(self, us):
        self.us += us

    def run(self, ms):
        """Go round the loop for a while, a millisecond and what the bus takes; a pulse each 62 ms."""
        end = self.now_us() + ms * 1000
        while self.now_us() < end:
            self.guard.value(1000)
            self.back.level = self.relay_model.back()
            now = self.now_ms()
            level = 0 if now % 62 < 31 else 1
            self.sent += level > self.line.level
            self.line.drive(level)
            self.counter_chip.osci(level)
            self.counter.count()
            self.clock.read()
            self.keypad.step(now)
            key = self.keypad.key()
            if key >= 0:
                self.key = key
            self.relay.step()
            self.cover.step(now)
            self.display.step(now)
            self.buzzer.sound(self.cover.closed())


def clean(desk, ms):
    """Run with the heap locked; say whether it did without."""
    done = False
    heap_lock()
    try:
        desk.run(ms)
        done = True
    except MemoryError:
        pass
    heap_unlock()
    return done


def test_a_loop_over_all_of_them_allocates_nothing():
    desk = Desk()
    desk.clock.set(20_500, 86_390)
    desk.run(500)
    desk.display.show(1, SECOND)
    desk.display.show(2, THIRD)
    desk.relay.switch(True)
    desk.matrix.press(7)
    desk.cover_line.drive(0)
    assert clean(desk, 12_400)
    print(desk.sent, desk.key, desk.relay_model.closed, desk.cover.closed(), desk.buzzer_model.times)
    print(desk.clock.day, desk.clock.second, desk.clock.lost, desk.glass.faults)
    print([[ord(character) for character in line] for line in desk.glass.text()])
    assert desk.pulses.count() == desk.sent > 200
    assert (desk.counter.count() + 100) % 1_000_000 in (desk.sent, desk.sent + 1)  # it counts as a pulse begins
    assert desk.glass.faults == []
    assert desk.glass.text()[1] == "Guthaben   12,34 \u20ac  "
    assert desk.key == 7


def test_a_minute_with_a_refresh_of_the_display_allocates_nothing():
    desk = Desk()
    desk.run(1000)
    sent = desk.glass.data
    assert clean(desk, 62_000)
    assert desk.glass.data == sent + 35 + 80


def test_showing_a_line_and_switching_allocate_nothing():
    desk = Desk()
    done = False
    heap_lock()
    try:
        for line in range(4):
            desk.display.show(line, THIRD)
        desk.relay.switch(True)
        desk.relay.switch(False)
        done = not desk.relay.sticks() and not desk.power.failing()
    except MemoryError:
        pass
    heap_unlock()
    assert done


def test_a_failing_supply_breaks_off():
    desk = Desk()
    desk.supply.drive(0)
    try:
        desk.run(1)
        raise AssertionError("there is no power")
    except OSError:
        assert desk.us == 1_000_000
