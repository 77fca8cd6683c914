# SPDX-License-Identifier: Apache-2.0
"""The service port: IEC 62056-21, mode C, over one wire. docs/service-port.md has it in full.

The rule: what comes leads where `NEXT` says, by state; what stands not there is ignored, or refused where somebody is
programming. A sign-on leads to IDENTIFIED from everywhere. Silence leads back to waiting at the first speed, from
IDENTIFIED with a readout; so does what is no message, before two seconds are over. Behind a readout the first speed
comes back at once, for whoever reads again without a pause. While the meter speaks it hears sign-ons alone, so that an
echo is none of its business.
"""

from groschen.core.ticks import since
from groschencard import const
from groschencard.iec62056 import bcc

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from groschen.core.ports import Wire
    from groschen.core.programming import Programming
    from groschen.core.readout import Readout

WAITING = const(0)
_IDENTIFIED = const(1)  # the option select is awaited
_READ_OUT = const(2)  # the readout was sent, and may be asked for again
_PROGRAMMING = const(3)  # the password is awaited
_OPEN = const(4)

_SOH = const(1)
_ETX = const(3)
_ACK = const(6)
_LF = const(10)
_NAK = const(21)
_SPACE = const(32)
_SLASH = const(47)
_ZERO = const(48)
_DELETE = const(127)

_FIRST_SPEED = const(300)
_FASTEST = const(5)  # 300 << 5 is 9600 Bd
_NAME = const("GROSCHEN-")
_NAME_MOST = const(16)
_FRAME = const(96)  # bytes of the longest message that is taken
_OPTION = const(6)  # of an option select
_CHUNK = const(32)  # handed to the wire at once: a second at 300 Bd
_REACTION_MS = const(250)  # but behind an option select, where the meter's own setting holds
_CHARACTER_MS = const(1500)  # between two characters of a message
_ECHO_MS = const(50)  # in which the rest of the meter's own echo may come
_BROKEN_MS = const(1900)  # after what is no message
_LIMITS_MS = const((0, 2000, 1500, 60_000, 60_000))  # by state: until it ends by itself
_NONE = const(-1)
_FAR = const(0x3FFFFFFF)

# What may come beside the commands, which are two characters each.
_READ = const("0")  # an option select's mode
_PROGRAM = const("1")
_YES = const("A")
_NO = const("N")

# The errors beside those of `programming`.
_NOT_UNDERSTOOD = const(1)
_NO_SUCH_CODE = const(2)
_NO_PASSWORD = const(4)


class ServicePort:
    """One wire of the service port: what was heard, what is being said, and where the dialogue is."""

    def __init__(self, wire: "Wire", readout: "Readout", rights: "Programming", fixed: int = 0) -> None:
        """Take a wire, what is read and who may write; a wire of a fixed speed keeps it, others begin at 300 Bd."""
        self._wire = wire
        self._readout = readout
        self._rights = rights
        self.state: int = WAITING
        self._fixed: int = fixed
        self._speed: int = fixed or _FIRST_SPEED  # of the wire,
        self._wanted: int = self._speed  # and of the next message
        wire.set_speed(self._speed)
        self._in = bytearray(_CHUNK)
        self._frame = bytearray(_FRAME)  # what is being heard
        self._size: int = 0
        self._heard: int = 0  # when the last character came,
        self._noise: int = _NONE  # and the first one that is of no message
        self._since: int = 0  # when the last message was said
        self._said: "Iterator[bytes | None] | None" = None  # what is being said, None at its end,
        self._out: "bytes | None" = b""  # of it the piece that is being handed over, none where all is,
        self._at: int = 0  # how much of that is,
        self._paused: bool = False  # and whether the reaction time has to pass before
        self._again: "tuple[str, str] | None" = None  # the last answer; none: a block of the load profile
        self._quarter: int = 0  # of the load profile: what was sent last,
        self._next: int = 0  # what comes next,
        self._end: int = 0  # and where it ends

    def step(self, now: int) -> None:
        """Hear what has come, and say some of what is to be said; never waits, and allocates nothing while waiting."""
        wire = self._wire
        heard = self._in
        if self._out is None and wire.idle():
            self._out = b""
            self._said = None
            self._since = now
            if self.state == _READ_OUT:
                self._wanted = self._fixed or _FIRST_SPEED
                self._change_speed()
        for at in range(wire.read(heard)):
            self._hear(heard[at] & 0x7F, now)
        if self._said:
            self._speak(now)
        elif self.state != WAITING:
            self._watch(now)
        elif self._speed != self._wanted and wire.idle():
            self._change_speed()

    # -- hearing -------------------------------------------------------------------------------------------

    def _hear(self, byte: int, now: int) -> None:
        """Take a character."""
        frame = self._frame
        size = self._size
        self._heard = now
        if size and frame[0] == _SOH and frame[size - 1] == _ETX:
            self._size = 0
            if byte == bcc(memoryview(frame)[1:size]):
                self._command(size)
                return
            self._noise = now
            self._say(iter((b"\x15", None)))  # NAK: once more
            size = 0
        listens = self._said is None and self.state != WAITING
        if byte == _SLASH or (listens and byte == (_ACK if self.state == _IDENTIFIED else _SOH)):
            frame[0] = byte
            self._size = 1
        elif size:
            self._go_on(byte, size, now)
        elif listens and byte == _ACK:
            self._event(_YES)
        elif listens and since(now, self._since) >= _ECHO_MS:
            if byte == _NAK:
                self._event(_NO)
            elif byte == 0 or _SPACE <= byte < _DELETE:  # a character of a much lower speed is a break, read as zero
                self._note_noise(now)

    def _go_on(self, byte: int, size: int, now: int) -> None:
        """Take a character of a message that has begun."""
        frame = self._frame
        if size == _FRAME:
            self._size = 0
            self._note_noise(now)
            return
        frame[size] = byte
        self._size = size + 1
        if byte == _LF and frame[0] != _SOH:
            self._size = 0
            if not self._line(str(memoryview(frame)[: size + 1], "ascii")):
                self._note_noise(now)

    def _note_noise(self, now: int) -> None:
        if self._said is None and self._noise == _NONE:
            self._noise = now

    def _line(self, text: str) -> bool:
        """Take a sign-on or an option select; return False where it is neither."""
        if text[0] == "/":
            end = text.find("!")
            if text[1] != "?" or end < 0:
                return False
            if text[2:end].lstrip("0") in ("", self._readout.serial.lstrip("0")):
                self._identify()
            else:
                self._rest("")  # another meter is meant
            return True
        if len(text) != _OPTION or text[1] != "0" or text[3] not in "01":
            return False
        speed = ord(text[2]) - _ZERO
        if not 0 <= speed <= _speed_code(self._fixed):
            return False
        if not self._fixed:
            self._wanted = _FIRST_SPEED << speed
        self._event(text[3])
        return True

    def _command(self, size: int) -> None:
        """Take a command whose check is right."""
        text = str(memoryview(self._frame)[1:size], "ascii")
        self._event(text[:2], text[3:-1])

    def _event(self, event: str, body: str = "") -> None:
        self._noise = _NONE
        do = self.NEXT.get((self.state, event))
        if do:
            do(self, body)
        elif self.state >= _PROGRAMMING and len(event) > 1 and event != "P0":  # that is the meter's own, echoed
            self._report(_NO_PASSWORD if (_OPEN, event) in self.NEXT else _NOT_UNDERSTOOD)

    def _watch(self, now: int) -> None:
        """End what nobody goes on with."""
        if self._size and since(now, self._heard) >= _CHARACTER_MS:
            self._size = 0
            self._note_noise(self._heard)
        if self._noise != _NONE and not self._size and since(now, self._noise) >= _BROKEN_MS:
            self._noise = _NONE
            if self._speed != (self._fixed or _FIRST_SPEED):
                self._rest("")
        elif since(now, self._since) >= _LIMITS_MS[self.state] and not (self._size and self._frame[0] == _SLASH):
            unasked = self.state == _IDENTIFIED
            self._rest("")
            if unasked:
                self._read_out("")

    # -- speaking ------------------------------------------------------------------------------------------

    def _speak(self, now: int) -> None:
        """Hand a little over to the wire."""
        wire = self._wire
        if self._paused:
            selected = _IDENTIFIED < self.state < _OPEN
            wait = self._rights.reaction() if selected else _REACTION_MS
            if since(now, self._heard) < wait or not wire.idle():
                return
            self._paused = False
            self._change_speed()
        out = self._out
        if out is not None:
            self._at += wire.write(memoryview(out)[self._at : self._at + _CHUNK])
            if self._at == len(out):
                assert self._said
                self._out = next(self._said)
                self._at = 0

    def _change_speed(self) -> None:
        if self._speed != self._wanted:
            self._speed = self._wanted
            self._wire.set_speed(self._wanted)

    def _say(self, said: "Iterator[bytes | None]") -> None:
        """Begin to say something after the reaction time."""
        self._said = said
        self._paused = True
        self._out = b""
        self._at = 0
        self._size = 0

    def _answer(self, text: str, begin: str = "\x02") -> None:
        """Say a text as it is, or as a message that begins so and ends with ETX and the check."""
        self._again = (text, begin)
        self._end = 0
        self._say(_framed(begin, (text,), "\x03") if begin else iter((text.encode(), None)))

    def _report(self, error: int) -> None:
        """Say why something was not done, or with 0 that it was."""
        if error:
            self._answer("(ERR0" + str(error) + ")")
        else:
            self._answer("\x06", "")

    # -- what messages do ----------------------------------------------------------------------------------

    def _rest(self, _body: str) -> None:
        """Wait for a sign-on at the first speed."""
        self.state = WAITING
        self._wanted = self._fixed or _FIRST_SPEED
        self._said = None
        self._out = b""
        self._size = 0

    def _identify(self) -> None:
        """Say who is here, and how fast the meter can speak."""
        self.state = _IDENTIFIED
        self._noise = _NONE
        self._wanted = self._speed
        name = _NAME + self._readout.version
        self._answer("/GRO" + str(_speed_code(self._fixed)) + name[:_NAME_MOST] + "\r\n", "")

    def _read_out(self, _body: str) -> None:
        """Say all there is."""
        self.state = _READ_OUT
        self._say(_framed("\x02", self._readout.lines(), "\x03"))

    def _program(self, _body: str) -> None:
        self.state = _PROGRAMMING
        self._answer("(" + self._readout.serial + ")", "\x01P0\x02")

    def _enter(self, body: str) -> None:
        before, password = _split(body)
        error = _NOT_UNDERSTOOD if before else self._rights.enter(password)
        if not error:
            self.state = _OPEN
        self._report(error)

    def _repeat(self, _body: str) -> None:
        if self._again:
            self._answer(*self._again)
        else:
            self._block()

    def _read(self, body: str) -> None:
        line = self._readout.line(_split(body)[0])
        if line:
            self._answer(line[:-2])
        else:
            self._report(_NO_SUCH_CODE)

    def _write(self, body: str) -> None:
        code, value = _split(body)
        self._report(self._rights.write(code, value))

    def _profile(self, body: str) -> None:
        """Begin with a part of the load profile: from an instant to another, each of which may be left out."""
        code, value = _split(body)
        start, _, end = value.partition(";")
        readout = self._readout
        first, second = readout.instant(start) if start else (0, 0)
        last = readout.instant(end)[0] if end else _FAR
        self._next, self._end = readout.span(first + (second > 0), last)
        if code != "P.01" or first < 0 or self._next >= self._end:
            self._report(_NO_SUCH_CODE)
        else:
            self._proceed("")

    def _proceed(self, _body: str) -> None:
        """Send the next block of the load profile, where there is one."""
        if self._next < self._end:
            self._quarter = self._next
            self._block()

    def _block(self) -> None:
        """Send a block of the load profile; all but the last end with EOT."""
        readout = self._readout
        self._again = None
        self._next = readout.block_end(self._quarter, self._end)
        end = "\x04" if self._next < self._end else "\x03"
        self._say(_framed("\x02", readout.block(self._quarter, self._next), end))

    NEXT = {
        (_IDENTIFIED, _READ): _read_out,
        (_IDENTIFIED, _PROGRAM): _program,
        (_READ_OUT, _YES): _rest,
        (_READ_OUT, _NO): _read_out,
        (_PROGRAMMING, "P1"): _enter,
        (_PROGRAMMING, "B0"): _rest,
        (_PROGRAMMING, _NO): _repeat,
        (_OPEN, "R1"): _read,
        (_OPEN, "R5"): _profile,
        (_OPEN, "R6"): _profile,
        (_OPEN, "W1"): _write,
        (_OPEN, "B0"): _rest,
        (_OPEN, _YES): _proceed,
        (_OPEN, _NO): _repeat,
    }
    """By state and what has come: what is done."""


def _speed_code(fixed: int) -> int:
    """Return the digit that says how fast the meter can speak."""
    code = 0
    while fixed and _FIRST_SPEED << code < fixed:
        code += 1
    return code if fixed else _FASTEST


def _split(body: str) -> "tuple[str, str]":
    """Return a command's code, and what stands in the brackets behind it; a question mark where they are not whole."""
    code, _, value = body.partition("(")
    return code, value[:-1] if value[-1:] == ")" else "?"


def _framed(begin: str, lines: "Iterable[str]", end: str) -> "Iterator[bytes | None]":
    """Give a message piece by piece, its check behind it, and None behind all."""
    piece = begin.encode()
    yield piece
    check = bcc(piece[1:])
    for line in lines:
        piece = line.encode()
        check = bcc(piece, check)
        yield piece
    piece = end.encode()
    yield piece + bytes([bcc(piece, check)])
    yield None
