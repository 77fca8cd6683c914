# SPDX-License-Identifier: Apache-2.0
"""A serial line in virtual time, a meter's service port at one end of it, and a client's hands at the other."""

import sample_meter as sample

from groschen.core.keeper import Keeper
from groschen.core.programming import Programming
from groschen.core.readout import Readout
from groschen.core.service_port import ServicePort
from groschen.core.state import State
from groschencard.iec62056 import bcc
from groschencard.keys import MeterKeys

SERIAL = b"0012345678"
KEYS = MeterKeys(bytes(range(32)), 7, SERIAL)
VERSION = "0.6.0"
STEP_MS = 10
ACK = b"\x06"
NAK = b"\x15"
SIGN_ON = b"/?!\r\n"
IDENTIFICATION = b"/GRO5GROSCHEN-0.6.0\r\n"


def message(head, body="", start=b"\x01"):
    """Return a message with its frame and check: a command, or with STX as its start an answer."""
    inner = head.encode() + (b"\x02" + body.encode() if body else b"") + b"\x03"
    return start + inner + bytes([bcc(inner)])


def answer(text, end=b"\x03"):
    """Return an answer of the meter as it stands on the line."""
    inner = text.encode() + end
    return b"\x02" + inner + bytes([bcc(inner)])


class FakeWire:
    """A line that takes as long as a real one; what comes at another speed than its own is garbage, much slower zeros."""

    def __init__(self, most=1000):
        self.now = 0
        self.speed = 0
        self.speeds = []
        self.coming = []  # instants, bytes, and the speed of each
        self.said = bytearray()
        self.most = most  # bytes taken at once
        self._busy = 0  # until when it sends

    def hear(self, data, speed=None):
        """Let a client send bytes at a speed, else at the line's; return when the last one is there."""
        speed = speed or self.speed
        due = max(self.now, self.coming[-1][0] if self.coming else 0) * 1000
        for byte in data:
            due += 10_000_000 // speed
            self.coming.append((due // 1000, byte, speed))
        return due // 1000

    def read(self, into):
        """Take what has come by now."""
        count = 0
        while self.coming and self.coming[0][0] <= self.now and count < len(into):
            _, byte, speed = self.coming.pop(0)
            if speed != self.speed:
                byte = 0 if speed * 10 <= self.speed else (byte * 37 + 1 & 0x7F) | 0x40
            into[count] = byte
            count += 1
        return count

    def write(self, data):
        """Send bytes where none are being sent."""
        if not self.idle():
            return 0
        taken = min(len(data), self.most)
        self.said.extend(bytes(data[:taken]))
        self._busy = self.now + -(-taken * 10_000 // self.speed)
        return taken

    def idle(self):
        """Say whether all is sent."""
        return self.now >= self._busy

    def set_speed(self, baud):
        """Change the speed, which the port may only do while nothing is being sent."""
        assert self.idle()
        self.speed = baud
        self.speeds.append(baud)


class StubStore:
    """Keeps nothing, says whether it would, and has some quarter hours."""

    def __init__(self):
        self.faults = 0
        self.failed = False
        self.works = True
        self.commits = 0
        self.quarters = {}

    def commit(self, state, hurried=False):
        """Count, and say whether the memory took it."""
        self.commits += 1
        return self.works

    def quarter(self, quarter):
        """Return what is kept."""
        return self.quarters.get(quarter, -1)


class StubTime:
    """Remembers how the clock was set."""

    def __init__(self):
        self.set_to = []

    def set(self, day, second, command=0):
        """Remember."""
        self.set_to.append((day, second))


class Bench:
    """A meter with one port, and the time."""

    def __init__(self, meter=None, fixed=0, other=None, step=STEP_MS, most=1000):
        if other:
            self.store, self.time, self.keeper = other.store, other.time, other.keeper
            self.state = other.state
            self.meter = other.meter
        else:
            self.store = StubStore()
            self.time = StubTime()
            self.meter = meter or sample.meter()
            stubs: dict = {"store": self.store, "time": self.time}
            self.state = State(self.meter)
            self.keeper = Keeper(self.state, stubs["store"])
        parts: dict = {"store": self.store, "time": self.time}
        self.readout = Readout(self.state, KEYS, parts["store"], VERSION)
        rights = Programming(self.keeper, parts["time"], KEYS, self.readout)
        self.wire = FakeWire(most)
        self.port = ServicePort(self.wire, self.readout, rights, fixed)
        self.now = 0
        self._step = step
        self.run(20)

    def run(self, milliseconds):
        """Let time pass; return what was said meanwhile."""
        self.wire.said = bytearray()
        end = self.now + milliseconds
        while self.now < end:
            self.wire.now = self.now
            self.port.step(self.now & 0x3FFFFFFF)
            self.now += self._step
        return bytes(self.wire.said)

    def say(self, data, milliseconds=1000, speed=None):
        """Send bytes, then let time pass from the last one; return what the meter said."""
        self.wire.now = self.now
        end = self.wire.hear(data, speed)
        return self.run(end - self.now + milliseconds)

    def program(self, password=None):
        """Enter the programming mode with a password; return what it was answered with."""
        assert self.say(SIGN_ON, 1500, 300) == IDENTIFICATION
        assert self.say(b"\x06051\r\n") == b"\x01P0\x02(0012345678)\x03h"
        return self.say(message("P1", "(" + (password or KEYS.port) + ")"))
