# SPDX-License-Identifier: Apache-2.0
"""A board whose parts are as simple as their ports allow, for tests of the device on every interpreter.

`World` holds what is outside: time in milliseconds, and what outlives a power cut.
"""

from groschen.core.calendar import LEGAL
from groschen.core.keeper import commissioned
from groschen.core.keypad import NO_KEY
from groschen.core.store import Store
from groschencard.keys import MeterKeys
from groschensim.cards import SimSlot
from groschensim.nvm import SimNvm

DAY = 20_500
NOON = 43_200
SERIAL = b"1EBZ0100000001"
KEYS = MeterKeys(bytes(range(32)), 1, SERIAL)


class Pulses:
    """Counts, with or without what fell before the board's start."""

    def __init__(self, kept):
        self.kept = kept
        self.modulo = 0x1000000
        self.total = 0
        self.since_start = 0

    def fall(self, pulses=1):
        self.total += pulses
        self.since_start += pulses

    def begin(self, seen):
        return 0 if self.kept else seen

    def count(self):
        return (self.total if self.kept else self.since_start) & 0xFFFFFF


class Clock:
    """Shows the world's time, moved by an error; counts the seconds since the start."""

    def __init__(self, world):
        self.world = world
        self.day = 0
        self.second = 0
        self.lost = False
        self.error = 0
        self.began = world.now_s

    def read(self):
        shown = self.world.now_s + self.error
        self.day = shown // 86_400
        self.second = shown % 86_400

    def set(self, day, second):
        self.error = day * 86_400 + second - self.world.now_s
        self.lost = False

    def uptime(self):
        return self.world.now_s - self.began


class Relay:
    """Latches; what the memory holds must allow it to switch."""

    def __init__(self):
        self.on = False
        self.moves = 0
        self.allowed = lambda on: True  # what the memory says of it, where a test asks it
        self.stuck = False

    def switch(self, on):
        if on != self.on:
            self.on = on
            assert self.allowed(on)
            self.moves += 1

    def step(self):
        pass

    def closed(self):
        return self.on

    def sticks(self):
        return self.stuck


class PowerFail:
    """A power that fails when it is told to."""

    def __init__(self):
        self.fails = False
        self.returned = True

    def failing(self):
        return self.fails


class Contact:
    """A contact that is closed until it is told otherwise."""

    def __init__(self):
        self.shut = True

    def step(self, now):
        pass

    def closed(self):
        return self.shut


class Display:
    """Keeps what it is shown."""

    def __init__(self):
        self.rows = (bytearray(20), bytearray(20), bytearray(20), bytearray(20))

    def show(self, line, text):
        assert len(text) == 20
        row = self.rows[line]
        for at in range(20):
            row[at] = text[at]

    def step(self, now):
        pass

    def lines(self):
        return [bytes(row) for row in self.rows]


class Keypad:
    """Keys that were pressed and not yet asked for."""

    def __init__(self):
        self.pressed = []

    def step(self, now):
        pass

    def key(self):
        return self.pressed.pop(0) if self.pressed else NO_KEY


class Buzzer:
    """Counts its beeps."""

    def __init__(self):
        self.on = False
        self.beeps = 0

    def sound(self, on):
        if on and not self.on:
            self.beeps += 1
        self.on = on


class Wire:
    """A line whose bytes are handed over at once."""

    def __init__(self):
        self.to_meter = bytearray()
        self.from_meter = bytearray()
        self.speeds = []

    def read(self, into):
        count = min(len(into), len(self.to_meter))
        for at in range(count):
            into[at] = self.to_meter[at]
        if count:
            self.to_meter = self.to_meter[count:]
        return count

    def write(self, data):
        self.from_meter.extend(bytes(data))
        return len(data)

    def idle(self):
        return True

    def set_speed(self, baud):
        self.speeds.append(baud)


class World:
    """What is outside a board, and the board's own parts; `start` gives the board its power."""

    def __init__(self, kept=False, nvm=None):
        self.ms = 0
        self.start_s = DAY * 86_400 + NOON
        self.nvm = nvm or SimNvm()
        self.pulses = Pulses(kept)
        self.relay = Relay()
        self.clock = Clock(self)
        self.slots = (SimSlot(),)
        self.start()
        if nvm is None:
            self.flash(KEYS.life)

    @property
    def now_s(self):
        return self.start_s + self.ms // 1000

    @property
    def now(self):
        """The board's milliseconds."""
        return self.ms & 0x3FFFFFFF

    def flash(self, life):
        """Begin a life in the memory, as flashing does."""
        Store(self.nvm).commit(commissioned(self, 1000, LEGAL, life))

    def start(self):
        """Let the board begin anew: what is not kept is gone."""
        self.pulses.since_start = 0
        error = self.clock.error
        lost = self.clock.lost
        self.clock = Clock(self)
        self.clock.error = error
        self.clock.lost = lost
        self.power = PowerFail()
        self.cover = Contact()
        self.display = Display()
        self.keypad = Keypad()
        self.buzzer = Buzzer()
        self.wires = ((Wire(), 0), (Wire(), 9600))

    def pass_s(self, device, seconds, step_ms=250):
        """Let time pass, with a step of the device every so often."""
        until = self.ms + 1000 * seconds
        while self.ms < until:
            self.ms += step_ms
            device.step(self.now)
