# SPDX-License-Identifier: Apache-2.0
"""Random and mutated lines into the service port, by a seed, in virtual time; the same on CPython and on MicroPython.

    python tools/port_mutator.py SEED LINES
    micropython tools/port_mutator.py SEED LINES

The lines are those of a client that knows everything, the password too, and makes every mistake: bits turned over,
characters lost, doubled, exchanged, lines cut and spliced, checks made right again around what was broken, lines sent
while the meter speaks, or at another speed. `Port` says what must hold after every one of them.
"""

import sys

from card_mutator import BrokenError, Chance, must

from groschen.core.amount import Limbs
from groschen.core.calendar import day_number
from groschen.core.keeper import Keeper
from groschen.core.meter import Meter
from groschen.core.programming import Programming
from groschen.core.readout import Readout
from groschen.core.service_port import WAITING, ServicePort
from groschen.core.state import State
from groschen.core.tariff import Tariff
from groschencard import const, obis
from groschencard.iec62056 import bcc
from groschencard.keys import MeterKeys

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

KEYS = MeterKeys(bytes(range(32)), 7, b"0012345678")
PASSWORD = "(" + KEYS.port + ")"
SIGN_ON = b"/?!\r\n"
ANSWER = b"/GRO5GROSCHEN-0.6.0\r\n"
_STEP_MS = const(50)
_READY_MS = const(2000)
_ANSWER_MS = const(400)  # the reaction time, and the answer itself
_SILENCE_MS = const(500)  # in which whoever has something to say has begun: the reaction time and some steps
_LONGEST_MS = const(60_000)  # of what is said at once
_FREE = const(3)  # wrong passwords that a port takes before it locks itself
_FIRST_SPEED = const(300)
_SIGNS = (("identified", b"/GRO"), ("refused", b"(ERR"), ("asked again", b"\x15"), ("profile", b"P.01"))
_CODES = [row.partition(" ")[0] for row in obis.TABLE.split("\n")]


class Wire:
    """A line that takes no time; what comes at another speed than its own is garbage."""

    def __init__(self) -> None:
        self.speed: int = 0
        self.coming = b""
        self.said = bytearray()

    def hear(self, data: bytes, speed: int) -> None:
        """Let a client send bytes at a speed."""
        if speed != self.speed:
            data = bytes([(byte * 37 + 1 & 0x7F) | 0x40 for byte in data])
        self.coming += data

    def read(self, into: bytearray) -> int:
        """Take what has come."""
        data = self.coming[: len(into)]
        self.coming = self.coming[len(data) :]
        for at in range(len(data)):
            into[at] = data[at]
        return len(data)

    def write(self, data: "bytearray | memoryview") -> int:
        """Take all."""
        self.said.extend(bytes(data))
        return len(data)

    def idle(self) -> bool:
        """Say yes."""
        return True

    def set_speed(self, baud: int) -> None:
        """Take another speed."""
        self.speed = baud


class Store:
    """A memory that takes everything."""

    def __init__(self) -> None:
        self.faults: int = 0
        self.failed: bool = False

    def commit(self, meter: Meter, hurried: bool = False) -> bool:  # noqa: ARG002
        """Say yes."""
        return True

    def quarter(self, quarter: int) -> int:
        """Return some pulses; now and then they are lost."""
        return quarter % 500 - 1


class Clock:
    """Notes that the clock was set."""

    def __init__(self, port: "Port") -> None:
        self._port = port

    def set(self, day: int, second: int, command: int = 0) -> None:  # noqa: ARG002
        """Note it."""
        self._port.written("clock")


class LoggingKeeper(Keeper):
    """Notes that the error register was cleared."""

    def __init__(self, state: State, store: "Any", port: "Port") -> None:
        super().__init__(state, store)
        self._port = port

    def clear_errors(self) -> bool:
        """Note it."""
        self._port.written("errors")
        return super().clear_errors()


def sample() -> Meter:
    """Return a meter with some history."""
    meter = Meter(1000)
    day = day_number(2026, 1, 1)
    tariff = Tariff()
    tariff.version = 1
    tariff.ht = tariff.nt = 300_000
    credit = Limbs()
    credit.high = 50
    meter.commission(day, 0, 0, tariff, credit, Limbs())
    for later in range(1, 70):
        meter.count(700 + later)
        meter.advance(day + later, 43_200)
    return meter


class Port:
    """A port that lines are put into, and what must hold of it."""

    def __init__(self) -> None:
        self.meter = sample()
        self.state = state = State(self.meter)
        store: Any = Store()
        clock: Any = Clock(self)
        keeper = LoggingKeeper(state, store, self)
        readout = Readout(state, KEYS, store, "0.6.0")
        self.wire = Wire()
        self.port = ServicePort(self.wire, readout, Programming(keeper, clock, KEYS, readout))
        self.now: int = 0
        self.writes: int = 0
        self.sent = b""  # since somebody signed on
        self.tally: dict[str, int] = {}
        self._before = self._money()

    def _money(self) -> "list[int]":
        return [register.value() for register in self.meter.registers()]

    def count(self, name: str) -> None:
        """Count something that came about."""
        self.tally[name] = self.tally.get(name, 0) + 1

    def written(self, what: str) -> None:
        """Check that who writes has said the password since the sign-on."""
        must(("P1\x02" + PASSWORD + "\x03").encode() in self.sent, what + " written without the password")
        self.count("written")

    def pass_time(self, milliseconds: int) -> bytes:
        """Let time pass; return what is said meanwhile."""
        self.wire.said = bytearray()
        until = self.now + milliseconds
        while self.now < until:
            self.now += _STEP_MS
            self.port.step(self.now & 0x3FFFFFFF)
        return bytes(self.wire.said)

    def put(self, line: bytes, speed: int, milliseconds: int) -> bytes:
        """Send a line, and let time pass."""
        self.sent = (self.sent + line)[-1000:]
        self.wire.hear(line, speed)
        said = self.pass_time(milliseconds)
        if ANSWER in said:
            self.sent = b""
        return said

    def speaks(self) -> bool:
        """Say whether the meter says something."""
        return bool(self.pass_time(_SILENCE_MS))

    def check_ready(self, from_afar: bool) -> None:
        """Check that a client is answered: at once at the port's own speed, after two seconds at the first one."""
        if from_afar:
            passed = 0
            while self.speaks():
                passed += _SILENCE_MS
                must(passed < _LONGEST_MS, "the meter speaks without an end")
            self.put(SIGN_ON, _FIRST_SPEED, _READY_MS)
            if self.wire.speed != _FIRST_SPEED:
                raise BrokenError("not back at the first speed")
            self.count("from afar")
        said = self.put(SIGN_ON, self.wire.speed, _ANSWER_MS + _STEP_MS)
        must(said.endswith(ANSWER), "a sign-on is not answered")

    def check_state(self) -> None:
        """Check that nothing has changed that only money, pulses and time change; and the budget of passwords."""
        must(self._money() == self._before, "the registers have changed")
        must(self.state.port.wrong <= _FREE, "more passwords than the budget has")


def command(head: str, body: str = "") -> bytes:
    """Return a command with its frame and check."""
    inner = (head + ("\x02" + body if body else "") + "\x03").encode()
    return b"\x01" + inner + bytes([bcc(inner)])


def instant(chance: Chance) -> str:
    """Return an instant, mostly one of the sample's load profile."""
    if chance.below(4) == 0:
        return ""
    text = "0" if chance.below(16) else "1"
    odd = chance.below(4) == 0
    for bound, first, more in ((1, 26, 74), (2, 2, 11), (28, 1, 5), (24, 0, 2), (60, 0, 2), (60, 0, 2)):
        text += str(100 + (first + chance.below(bound + more * odd)) % 100)[1:]
    return text if chance.below(8) else text[: chance.below(13)]


def _sign_on(chance: Chance) -> bytes:
    return (SIGN_ON, b"/?0012345678!\r\n", b"/?12345678!\r\n", b"/?4711!\r\n")[chance.below(4)]


def _option(chance: Chance) -> bytes:
    speed = chance.below(8) if chance.below(4) == 0 else 5
    return b"\x060" + bytes([48 + speed, 48 + chance.below(2)]) + b"\r\n"


def _password(chance: Chance) -> bytes:
    return command("P1", PASSWORD if chance.below(8) else "(" + str(chance.below(1000)) + ")")


def _read(chance: Chance) -> bytes:
    code = _CODES[chance.below(len(_CODES))]
    return command("R1", code + ("*0" + str(chance.below(4)) if chance.below(3) == 0 else "") + "()")


def _write(chance: Chance) -> bytes:
    return command("W1", "0.9.4(" + instant(chance) + ")" if chance.below(2) else "F.F(00000000)")


def _profile(chance: Chance) -> bytes:
    return command("R5", "P.01(" + instant(chance) + ";" + instant(chance) + ")")


def _short(chance: Chance) -> bytes:
    return (command("B0"), b"\x06", b"\x15", b"\x06\x06")[chance.below(4)]


_LINES = (_sign_on, _option, _option, _password, _password, _read, _read, _write, _write, _profile, _profile, _short)


def whole(chance: Chance) -> bytes:
    """Return a line that a client may send."""
    return _LINES[chance.below(len(_LINES))](chance)


def broken(chance: Chance, line: bytes) -> bytes:
    """Return a line with something wrong in it."""
    out = bytearray(line)
    for _ in range(1 + chance.below(3)):
        way = chance.below(7)
        at = chance.below(len(out) + 1)
        if way == 0 and at < len(out):
            out[at] ^= 1 << chance.below(7)
        elif way == 1:
            out = out[:at] + out[at + 1 :]
        elif way == 2:
            out = out[:at] + bytes([chance.below(128)]) + out[at:]
        elif way == 3:
            out = out[:at] + out[at // 2 :]
        elif way == 4:
            out = out[:at]
        elif way == 5:
            out = out[:at] + whole(chance) + out[at:]
        else:
            out = out[:at] + b"\x01\x02\x03\x06\x15/?!()\r\n\0"[chance.below(13) :][:1] + out[at:]
    if len(out) > 3 and out[0] == 1 and chance.below(2):
        if out[-2] != 3:
            out[-2] = 3
        out[-1] = bcc(bytes(out[1:-1]))
    return bytes(out)


def line_of(chance: Chance) -> bytes:
    """Return the next line: whole, broken, or chance."""
    way = chance.below(8)
    if way < 4:
        return whole(chance)
    if way < 7:
        return broken(chance, whole(chance))
    return bytes(chance.data(chance.below(60)))


def play(seed: int, lines: int) -> str:
    """Put lines into a port; return what came about. Raises BrokenError, or whatever the port raises."""
    chance = Chance(seed)
    port = Port()
    for number in range(lines):
        line = line_of(chance)
        speed = port.wire.speed if chance.below(16) else _FIRST_SPEED
        said = port.put(line, speed, (50, 350, 350, 350, 1000, 2500)[chance.below(6)])
        for name, sign in _SIGNS:
            if sign in said:
                port.count(name)
        if said == b"\x06":
            port.count("acknowledged")
        if chance.below(12) == 0:
            port.check_ready(chance.below(2) == 0)
            # Who has signed on goes on as a client does, so that the lines reach every state.
            port.put(b"\x06051\r\n", port.wire.speed, 350)
            if chance.below(4):
                port.put(command("P1", PASSWORD), port.wire.speed, 350)
        if number % 64 == 0:
            port.check_state()
            if chance.below(2):
                port.state.port.wrong = 0
    port.check_ready(True)
    port.check_state()
    port.pass_time(120_000)
    must(port.port.state == WAITING, "the port does not wait in the end")
    parts = [name + " " + str(port.tally[name]) for name in sorted(port.tally)]
    return str(lines) + " lines: " + ", ".join(parts)


if __name__ == "__main__":
    print(play(int(sys.argv[1]), int(sys.argv[2])))
