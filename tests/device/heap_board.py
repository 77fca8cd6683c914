# SPDX-License-Identifier: Apache-2.0
"""A board for a heap that is measured: all that is outside the meter lies in JavaScript, behind the module `outside`.

Runs on the 32-bit MicroPython alone, called by heap32.mjs.
"""

from binascii import unhexlify

import outside

from groschen.core.device import Device
from groschen.core.keypad import NO_KEY
from groschen.drivers.mfrc522 import Mfrc522
from groschen.slots.contactless import ContactlessSlot
from groschencard.keys import MeterKeys

_SIZE = 989


class Nvm:
    def __init__(self):
        self._get = outside.fram_get
        self._put = outside.fram_put

    def read(self, at, into):
        get = self._get
        for index in range(len(into)):
            into[index] = get(at + index)

    def write(self, at, data):
        put = self._put
        for index in range(len(data)):
            put(at + index, data[index])


class Slot:
    """A contact card's bytes, and the two that unlock it."""

    size = _SIZE
    chunk = 12

    def __init__(self):
        self._get = outside.card_get
        self._put = outside.card_put
        self.there = False
        self.right = False

    def present(self):
        return self.there

    def open(self):
        self.right = False
        return self.there

    def tries(self):
        return 8

    def read(self, at, into):
        if not self.there:
            raise OSError(5)
        for index in range(len(into)):
            into[index] = self._get(32 + at + index)

    def unlock(self, secret):
        self.right = secret[0] == self._get(1022) and secret[1] == self._get(1023)
        return self.right

    def write(self, at, data):
        if self.right:
            for index in range(len(data)):
                self._put(32 + at + index, data[index])

    def close(self):
        self.right = False


class Silence:
    """A contactless reader's bus, and the pin that selects it: its time is over, whenever it is asked."""

    def value(self, level):
        pass

    def write(self, data):
        pass

    def write_readinto(self, data, into):
        into[1] = 1


class Board:
    """All ports in one object, where that does."""

    kept = True
    modulo = 0x1000000
    returned = True

    def __init__(self):
        self.nvm = Nvm()
        self.slot = Slot()
        silence = Silence()
        self.slots = (self.slot, ContactlessSlot(Mfrc522(silence, silence)))
        self.wires = ((self, 0),)
        self.pulses = self.clock = self.relay = self.power = self.cover = self.display = self
        self.keypad = self.buzzer = self
        self.day = self.second = self.fallen = 0
        # The world's seconds in small integers: a day, its seconds, and seconds since the meter had power.
        self.world_day = self.world_second = self.up = 0
        self.lost = False
        self.on = False
        self.pressed = NO_KEY
        self.shown = tuple([bytearray(20) for _ in range(4)])
        self.sent = 0
        self.asked = 0

    def begin(self, seen):
        return 0

    def count(self):
        return self.fallen

    def uptime(self):
        return self.up

    def switch(self, on):
        self.on = on

    def step(self, now=0):
        pass

    def sticks(self):
        return False

    def failing(self):
        return False

    def closed(self):
        return True

    def show(self, line, text):
        row = self.shown[line]
        for at in range(20):
            row[at] = text[at]

    def key(self):
        key = self.pressed
        self.pressed = NO_KEY
        return key

    def sound(self, on):
        pass

    def set_speed(self, baud):
        pass

    def idle(self):
        return True

    def write(self, data):
        self.sent += len(data)
        return len(data)

    # `read` is the clock's without a buffer, and the wire's with one.
    def read(self, into=None):
        if into is None:
            self.day = self.world_day
            self.second = self.world_second
            return 0
        count = 0
        while count < len(into) and self.asked < len(_SIGN_ON):
            into[count] = _SIGN_ON[self.asked]
            self.asked += 1
            count += 1
        return count


_SIGN_ON = b"/?!\r\n\x06050\r\n"
board = Board()
board.asked = len(_SIGN_ON)
device = None


def tell(day, second, up):
    """Tell the board which time it is."""
    board.world_day = day
    board.world_second = second
    board.up = up


def boot(key, utility, serial):
    """Let a meter begin, from what the memory has."""
    global device  # noqa: PLW0603 - JavaScript calls functions, and there is one meter
    keys = MeterKeys(unhexlify(key), utility, serial.encode())
    device = Device(board, keys, 1000, 127, "0.0.0")


def cut():
    """Let the power go: the meter is gone, but for its memory."""
    global device  # noqa: PLW0603 - JavaScript calls functions, and there is one meter
    device.flush()
    device = None


def fall():
    board.fallen += 1


def press(key):
    board.pressed = key


def card(there):
    board.slot.there = bool(there)


def sign_on():
    board.asked = 0
    board.sent = 0


def sent():
    return board.sent


def step(ms):
    """Go one step on; return whether the relay is closed."""
    device.step(ms)
    return board.on


def steady(ms):
    """Go one step on with the heap locked; raises MemoryError where it allocates."""
    import micropython

    micropython.heap_lock()
    try:
        device.step(ms)
    finally:
        micropython.heap_unlock()
