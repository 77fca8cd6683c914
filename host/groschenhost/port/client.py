# SPDX-License-Identifier: Apache-2.0
"""IEC 62056-21 mode C, from the reader's side: sign-on, change of speed, data readout, programming mode.

Nothing waits without an end. A head that echoes what is sent is borne with.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import serial

from groschencard.iec62056 import bcc
from groschenhost.errors import Text
from groschenhost.port.errors import GarbledError, RefusedError, SilentError
from groschenhost.port.line import LINE_ERRORS

SIGN_ON_BAUD: Final = 300
SPEEDS: Final = {"0": 300, "1": 600, "2": 1200, "3": 2400, "4": 4800, "5": 9600, "6": 19200}

_SOH: Final = b"\x01"
_STX: Final = b"\x02"
_ETX: Final = b"\x03"
_EOT: Final = b"\x04"
_ACK: Final = b"\x06"
_NAK: Final = b"\x15"
_READOUT: Final = "0"
_PROGRAMMING: Final = "1"

_ANSWER_S: Final = 2.2  # the standard lets a meter think for a second and a half
_GAP_S: Final = 1.6  # and rest as long between two characters
_REACTION_S: Final = 0.2  # nobody speaks sooner after the other's last character
TICK_S: Final = 0.05
"""How long a line that is given to a client waits for a character."""
_BITS: Final = 10  # of a character: start, seven, parity, stop
_SIGN_ONS: Final = 3
_REPEATS: Final = 3
_MOST: Final = 100_000  # characters of an answer: no meter says more

_IDENTIFICATION = re.compile(rb"/([A-Za-z]{3})([0-9A-Z])([^\r\n/!]{0,16})\r\n")
_LINE = re.compile(r"([^()]*)((?:\([^()]*\))+)")
_VALUE = re.compile(r"\(([^()]*)\)")
_ERROR = re.compile(r"\(ERR(\d+)\)")

_NO_SUCH_CODE: Final = 2
_REFUSALS: Final[dict[int, Text]] = {
    1: ("nicht verstanden", "not understood"),
    _NO_SUCH_CODE: ("diese Kennzahl gibt es nicht", "there is no such code"),
    3: ("nicht schreibbar, oder der Wert wird abgelehnt", "not writable, or the value is refused"),
    4: ("erst das Passwort", "the password first"),
    5: (
        "falsches Passwort; stimmen Schlüsseldatei und Schlüsselgeneration des Zählers?",
        "wrong password; are key file and the meter's key generation right?",
    ),
    6: (
        "nach falschen Passwörtern gesperrt; warten, oder mit der Servicekarte öffnen",
        "locked after wrong passwords; wait, or open it with the service card",
    ),
    7: (
        "der Speicher nimmt nichts an, oder die Uhr antwortet nicht",
        "the memory takes nothing, or the clock does not answer",
    ),
    8: (
        (
            "die Uhr wird so weit nicht gestellt, oder nicht so bald wieder; eine Korrektur kommt mit Servicekarte: "
            "groschen card issue --kind service --correct-clock"
        ),
        (
            "the clock is not set so far, or not so soon again; a correction comes by service card: "
            "groschen card issue --kind service --correct-clock"
        ),
    ),
}


@dataclass(frozen=True)
class Identification:
    """What a meter answers to the sign-on."""

    maker: str
    speed: str
    device: str

    @property
    def text(self) -> str:
        """Maker, speed and device as they were sent."""
        return f"/{self.maker}{self.speed}{self.device}"


@dataclass(frozen=True)
class Line:
    """A line of the readout: its code, its value and unit, and what stands in further brackets."""

    code: str
    value: str
    unit: str = ""
    more: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """A block of the load profile: the stamp of its first value, its status, its unit, its values."""

    stamp: str
    status: str
    unit: str
    values: tuple[str, ...]


class Client:
    """A reader at a line that is open, 7E1."""

    def __init__(self, line: serial.SerialBase, baud: int = SIGN_ON_BAUD) -> None:
        """Take the line; a baud other than 300 is a line of one speed, such as a modem's, which is never changed."""
        self._line = line
        self._baud: Final = baud
        self._echo = b""
        self._heard = 0.0
        self._address = ""

    # -- the way in ----------------------------------------------------------------------------------------

    def sign_on(self, address: str = "", attempts: int = _SIGN_ONS) -> Identification:
        """Signs on, at one meter or at whichever is there; SilentError, GarbledError."""
        heard = b""
        self._address = address
        for _ in range(attempts):
            self._speed(self._baud)
            self._send(f"/?{address}!\r\n".encode())
            heard = self._listen_for_line()
            found = _IDENTIFICATION.search(heard)
            if found:
                maker, speed, device = (part.decode("ascii", "replace") for part in found.groups())
                return Identification(maker, speed, device)
            time.sleep(_GAP_S)  # whatever was being said comes to its end
        if heard:
            raise GarbledError(
                (
                    (
                        "Am Zähler kommt nur Unlesbares an; sitzt der Lesekopf richtig, ist es 7E1 mit 300 Baud, "
                        f"oder nennt --speed eine andere Geschwindigkeit? ({heard[:20]!r})"
                    ),
                    (
                        "What the meter sends is not readable; is the head in place, is it 7E1 at 300 baud, or should "
                        f"--speed name another one? ({heard[:20]!r})"
                    ),
                )
            )
        raise _silent()

    def readout(self, who: Identification) -> list[Line]:
        """Gives the lines of the data readout, after a sign-on; GarbledError where it arrives damaged each time."""
        self._select(who, _READOUT)
        body, is_whole = self._body(b"")
        for _ in range(_REPEATS):
            if is_whole:
                break
            who = self.sign_on(self._address)  # the meter is back at the first speed, where it hears no NAK at this one
            self._select(who, _READOUT)
            body, is_whole = self._body(b"")
        if body[:1] != _STX or not is_whole:
            raise _garbled(body)
        text = body[1:-1].decode("ascii", "replace")
        return [parse_line(line) for line in text.split("\r\n") if line and line != "!"]

    def program(self, who: Identification) -> str:
        """Enters the programming mode, after a sign-on, and gives what the meter says of itself there."""
        self._select(who, _PROGRAMMING)
        body = self._message()
        found = re.fullmatch(rb"\x01P0\x02\(([^()]*)\)\x03", body)
        if not found:
            raise _garbled(body)
        return found[1].decode("ascii", "replace")

    # -- programming mode ----------------------------------------------------------------------------------

    def password(self, password: str) -> None:
        """Presents the password; RefusedError."""
        self._command("P1", f"({password})")

    def read(self, code: str) -> Line:
        """Reads one value; RefusedError."""
        return parse_line(self._answer(self._command("R1", f"{code}()")))

    def write(self, code: str, value: str) -> None:
        """Writes one value; RefusedError."""
        self._command("W1", f"{code}({value})")

    def profile(self, first: str, last: str) -> Iterator[Block]:
        """Gives the load profile's blocks between two stamps, sYYMMDDhhmm, both included; RefusedError."""
        try:
            body = self._command("R5", f"P.01({first};{last})")
        except RefusedError as error:
            if error.number == _NO_SUCH_CODE:
                return  # it has nothing of that time
            raise
        while True:
            text = self._answer(body)
            if text:
                yield _block(text)
            if body[-1:] == _ETX:
                return
            self._send(_ACK)
            body = self._message()
            _refuse(body)

    def leave(self) -> None:
        """Ends the session; the meter waits for the next sign-on."""
        self._send(_framed(b"B0", b""))

    # -- messages ------------------------------------------------------------------------------------------

    def _select(self, who: Identification, mode: str) -> None:
        """Acknowledges, choosing the speed that the meter offers and a mode, and changes to that speed."""
        changes = self._baud == SIGN_ON_BAUD and who.speed in SPEEDS
        message = _ACK + f"0{who.speed if changes else '0'}{mode}\r\n".encode()
        began = self._send(message)
        if changes:
            # Some adapters say that all is sent while it is not: the line takes as long as it takes.
            time.sleep(max(0.0, began + len(message) * _BITS / self._baud - time.monotonic()) + TICK_S / 5)
            self._speed(SPEEDS[who.speed])

    def _command(self, head: str, data: str) -> bytes:
        """Sends a command and gives its answer: a message, or an acknowledgement; RefusedError, GarbledError."""
        for _ in range(_REPEATS):
            self._send(_framed(head.encode(), data.encode()))
            first = self._take(_ANSWER_S)
            if first == _ACK:
                return _ACK
            if first == _NAK:
                continue
            body = self._message(first)
            _refuse(body)
            return body
        raise GarbledError(
            (
                "Der Zähler versteht die Befehle nicht; den Lesekopf prüfen",
                "The meter does not understand the commands; check the head",
            )
        )

    def _answer(self, body: bytes) -> str:
        if body[:1] != _STX:
            raise _garbled(body)
        return body[1:-1].decode("ascii", "replace")

    def _message(self, first: bytes = b"") -> bytes:
        """Gives a message from its first to its last control character, asking for it again where it is damaged."""
        body, is_whole = self._body(first)
        for _ in range(_REPEATS):
            if is_whole:
                return body
            self._send(_NAK)
            body, is_whole = self._body(b"")
        raise _garbled(body)

    def _body(self, first: bytes) -> tuple[bytes, bool]:
        """Takes a message, and tells whether its check character is right."""
        body = first
        while body[:1] not in {_SOH, _STX} or not body:
            body = self._take(_ANSWER_S)
        while body[-1:] not in {_ETX, _EOT} and len(body) < _MOST:
            more = self._take(_GAP_S, whole=False)
            if not more:
                return body, False
            body += more
        check = self._take(_GAP_S, whole=False)
        return body, check == bytes((bcc(body[1:]),))

    # -- characters ----------------------------------------------------------------------------------------

    def _send(self, data: bytes) -> float:
        """Sends once the reaction time is over, and gives the instant at which it began to."""
        time.sleep(max(0.0, self._heard + _REACTION_S - time.monotonic()))
        began = time.monotonic()
        try:
            self._line.reset_input_buffer()
            self._line.write(data)
            self._line.flush()
        except LINE_ERRORS:
            raise _silent() from None
        self._echo = data if len(data) > 1 else b""
        return began

    def _take(self, seconds: float, whole: bool = True) -> bytes:
        """Gives the next character, parity taken off; after some seconds none, or SilentError where one must come."""
        end = time.monotonic() + seconds
        while True:
            found = self._get()
            if found:
                if self._echo and found == self._echo[:1]:
                    self._echo = self._echo[1:]  # our own words, thrown back by the head
                    end = time.monotonic() + seconds
                    continue
                self._echo = b""
                return found
            if time.monotonic() >= end:
                if whole:
                    raise _silent()
                return b""

    def _get(self) -> bytes:
        try:
            found = self._line.read(1)
        except LINE_ERRORS:
            raise _silent() from None
        if not found:
            return b""
        self._heard = time.monotonic()
        return bytes((found[0] & 0x7F,))

    def _listen_for_line(self) -> bytes:
        """Gives what comes until an end of line, or until nothing more does."""
        heard = b""
        end = time.monotonic() + _ANSWER_S
        while time.monotonic() < end and len(heard) < _MOST:
            found = self._get()
            if found:
                heard += found
                end = time.monotonic() + _GAP_S
                if _IDENTIFICATION.search(heard):
                    break
        return heard

    def _speed(self, baud: int) -> None:
        try:
            self._line.baudrate = baud
        except LINE_ERRORS:
            raise _silent() from None


def parse_line(text: str) -> Line:
    """Reads `CODE(value*unit)(more)`; GarbledError where it is none."""
    found = _LINE.fullmatch(text)
    if not found:
        raise _garbled(text.encode())
    first, *more = _VALUE.findall(found[2])
    value, _, unit = first.partition("*")
    return Line(found[1], value, unit, tuple(more))


def _block(text: str) -> Block:
    head, *rows = text.rstrip("\r\n").split("\r\n")
    line = parse_line(head)
    if line.code != "P.01" or len(line.more) < 5:
        raise _garbled(text.encode())
    values = [parse_line(row) for row in rows]
    return Block(line.value, line.more[0], line.more[4], tuple(value.value for value in values))


def _framed(head: bytes, data: bytes) -> bytes:
    body = head + (_STX + data if data else b"") + _ETX
    return _SOH + body + bytes((bcc(body),))


def _refuse(body: bytes) -> None:
    found = _ERROR.search(body.decode("ascii", "replace"))
    if not found:
        return
    number = int(found[1])
    german, english = _REFUSALS.get(number, ("unbekannter Fehler", "unknown error"))
    raise RefusedError(
        number, (f"Der Zähler lehnt ab: {german} ({number})", f"The meter refuses: {english} ({number})")
    )


def _garbled(body: bytes) -> GarbledError:
    return GarbledError(
        (
            f"Was der Zähler sendet, ist beschädigt; den Lesekopf prüfen und noch einmal lesen ({body[:20]!r})",
            f"What the meter sends is damaged; check the head and read again ({body[:20]!r})",
        )
    )


def _silent() -> SilentError:
    return SilentError(
        (
            "Der Zähler antwortet nicht; sitzt der Lesekopf auf dem Zähler, ist es die richtige Schnittstelle?",
            "The meter does not answer; is the head on the meter, is it the right port?",
        )
    )
