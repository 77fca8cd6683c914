# SPDX-License-Identifier: Apache-2.0
"""The SLE 4428 and its successor SLE 5528 behind a reader: the card space is the chip's bytes 32 to 1020.

The chip does not tell whether it wrote: a refused write looks like any other, and a reader's manual promises no error
for it either. So every write is read back.

Bytes 0 to 31 are never written: over its first four an unprotected clone never answers a reset again. Protect bits are
never written: they cannot be taken back.
"""

from typing import ClassVar, Final, Protocol

from groschencard import chips
from groschenhost.readers.chip import IMAGE, SHOP, secret_of_six, within
from groschenhost.readers.connection import (
    Answer,
    Connection,
    ForbiddenAddress,
    Locked,
    Refused,
    UnknownCard,
    WriteNotStuck,
    WrongPsc,
)

HEADER: Final = bytes([0x92, 0x23, 0x10, 0x91])
"""Its first four bytes, which are also its answer to reset."""
FIRST: Final = chips.SLE_BASE
COUNTER: Final = chips.SLE_BASE + chips.SLE_SIZE
CODE: Final = COUNTER + 1
CODE_BYTES: Final = 2

READ_STEP: Final = 128
WRITE_STEP: Final = 64
"""0.7 s on the bus: what a hung reader is waited for needs to be no longer than that, with room."""
RESERVE: Final = 3
"""Tries that looking for the code of a torn card must leave."""


class SleCommands(Protocol):
    """What a reader's dialect offers; addresses are the chip's own."""

    def read(self, address: int, length: int) -> bytes:
        """Return up to 128 bytes."""
        ...

    def write(self, address: int, data: bytes) -> None:
        """Write up to 64 bytes between 32 and 1020; what the chip refuses may go unnoticed."""
        ...

    def counter(self) -> int:
        """Return the error counter, a try left for each bit that is 1."""
        ...

    def present(self, code: bytes) -> None:
        """Present the two bytes of the PSC; WrongPsc or Locked."""
        ...

    def change_code(self, old: bytes, new: bytes) -> None:
        """Write the PSC; what the chip refuses may go unnoticed."""
        ...

    def close(self) -> None:
        """Let the card go; never raises."""
        ...


def writable(address: int, length: int) -> None:
    """Check that a stretch of the chip may be written; ForbiddenAddress. Every dialect asks before it sends."""
    if address < FIRST or address + length > COUNTER:
        raise ForbiddenAddress(address, length)


class Sle4428:
    """The chip as a card space, over a reader's dialect."""

    kind: ClassVar[str] = "SLE 4428"
    size: ClassVar[int] = chips.SLE_SIZE

    def __init__(self, commands: SleCommands) -> None:
        """Look whether it is such a chip; UnknownCard."""
        self._commands = commands
        self._code: bytes | None = None  # what was presented and accepted
        header = commands.read(0, len(HEADER))
        if header != HEADER:
            raise UnknownCard(
                (
                    f"Keine SLE 4428: die Karte beginnt mit {header.hex(' ').upper()}; eine andere einstecken",
                    f"Not an SLE 4428: the card begins with {header.hex(' ').upper()}; insert another one",
                )
            )

    def read(self, at: int, length: int) -> bytes:
        """Return bytes of the space."""
        within(at, length, self.size)
        return self._read(FIRST + at, length)

    def tries(self) -> int:
        """Return the number of bits that are 1 in the error counter; a reader may burn them in any order."""
        return self._commands.counter().bit_count()

    def unlock(self, secret: bytes) -> None:
        """Present the PSC, the first two bytes of the secret; a try is spent only where one is left."""
        self._present(secret_of_six(secret)[:CODE_BYTES])

    def write(self, at: int, data: bytes) -> None:
        """Write bytes and read them back in steps of at most 64."""
        within(at, len(data), self.size)
        for start in range(0, len(data), WRITE_STEP):
            step = data[start : start + WRITE_STEP]
            address = FIRST + at + start
            self._commands.write(address, step)
            self._compare(address, step)

    def format(self, secret: bytes, before: bytes = SHOP) -> None:
        """Present the PSC of before and write the card's own.

        A byte is erased and then written, so a tear leaves one of five codes: they are tried as long as more than three
        tries are left. With fewer, `unlock` with a code that is known comes first.
        """
        code, old = (secret_of_six(whole)[:CODE_BYTES] for whole in (secret, before))
        erased = b"\xff"
        torn = (code, code[:1] + old[1:], erased + old[1:], code[:1] + erased) if old != code else ()
        self._present_one_of(old, *torn)
        self._change(code)

    def change_secret(self, secret: bytes) -> None:
        """Write another PSC and read it back."""
        if self._code is None:
            raise ValueError("the card is to be unlocked first")
        self._change(secret_of_six(secret)[:CODE_BYTES])

    def image(self) -> bytes:
        """Return the whole memory; the PSC reads 00 00 unless the card is unlocked."""
        return self._read(0, IMAGE)

    def close(self) -> None:
        """Let the card go."""
        self._commands.close()

    def _read(self, address: int, length: int) -> bytes:
        steps = range(address, address + length, READ_STEP)
        return b"".join(self._commands.read(step, min(READ_STEP, address + length - step)) for step in steps)

    def _compare(self, address: int, expected: bytes) -> None:
        found = self._read(address, len(expected))
        for offset, (is_there, should_be) in enumerate(zip(found, expected, strict=True)):
            if is_there != should_be:
                raise WriteNotStuck(address + offset - FIRST, address + offset)

    def _present(self, code: bytes) -> None:
        """Present a code, once for each insertion: a card that is unlocked would accept a wrong one, too."""
        left = self.tries()
        if not left:
            raise Locked
        if self._code is None:
            self._commands.present(code)
            self._code = code
        elif self._code != code:
            raise WrongPsc(left)

    def _present_one_of(self, *codes: bytes) -> None:
        wrong = WrongPsc(None)
        for code in dict.fromkeys(codes):
            left = self.tries()
            if 0 < left <= RESERVE:
                raise WrongPsc(left)
            try:
                return self._present(code)
            except Locked:
                raise
            except WrongPsc as error:
                wrong = error
        raise wrong

    def _change(self, code: bytes) -> None:
        if self._code is not None and self._code != code:
            self._commands.change_code(self._code, code)
        self._compare(CODE, code)  # an unlocked card shows it
        self._code = code


class PseudoApdus:
    """What the dialects for this chip have in common: FF, an instruction, the address, the length."""

    WRITE: ClassVar[int]

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, address: int, length: int) -> bytes:
        """Return bytes, with INS B0 in every dialect."""
        within(address, length, IMAGE)
        answer = self._send(f"READ {address}", bytes([0xFF, 0xB0, address >> 8, address & 0xFF, length]))
        if len(answer.data) != length:
            raise Refused(f"READ {address}: {len(answer.data)}/{length}", answer)
        return answer.data

    def write(self, address: int, data: bytes) -> None:
        """Write bytes of the card space."""
        writable(address, len(data))
        self._write(address, data)

    def close(self) -> None:
        """Let the card go."""
        self._connection.close()

    def _write(self, address: int, data: bytes) -> None:
        head = bytes([0xFF, self.WRITE, address >> 8, address & 0xFF, len(data)])
        self._send(f"WRITE {address}", head + data)

    def _send(self, what: str, apdu: bytes) -> Answer:
        """Send a command that 90 00 answers when it went well; Refused."""
        answer = self._connection.transmit(apdu)
        if answer.sw != 0x9000:
            raise Refused(what, answer)
        return answer
