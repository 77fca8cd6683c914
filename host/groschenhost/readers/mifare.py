# SPDX-License-Identifier: Apache-2.0
"""A MIFARE Classic 1K behind a contactless reader, by the commands of PC/SC part 3.

16 sectors of four blocks of 16 bytes; the card space is the data blocks 1, 2, 4, 5, 6, 8 ... 62, 47 of them. Block 0 is
the maker's and never written. The last block of a sector, its trailer, holds two keys and who may do what; one that
contradicts itself closes the sector for ever, so only one kind is ever written.

Key A stays that of the shop and may read: nothing on the card is secret. Key B is the card's secret and may write.
"""

from typing import ClassVar, Final, Protocol

from groschencard import chips
from groschencard.mifare_format import mifare_trailer
from groschenhost.readers.chip import SHOP, secret_of_six, within
from groschenhost.readers.connection import Answer, Connection, ForbiddenAddress, Refused, WriteNotStuck, WrongPsc

BLOCK: Final = chips.MIFARE_BLOCK
BLOCKS: Final = 64
SECTOR_BLOCKS: Final = 4
SECTORS: Final = BLOCKS // SECTOR_BLOCKS
DATA_BLOCKS: Final = tuple(chips.mifare_block(index) for index in range(chips.MIFARE_SIZE // BLOCK))
"""The blocks of the card space in order."""

KEY_A: Final = 0x60
KEY_B: Final = 0x61
READ_KEY: Final = SHOP
"""Key A, before formatting and after."""
_ACCESS: Final = slice(6, 10)
"""Where a trailer holds who may do what, between the keys."""
UNCOUNTED: Final = 8


class MifareCommands(Protocol):
    """What a contactless reader offers."""

    def login(self, block: int, kind: int, key: bytes) -> bool:
        """Authenticate for a block's sector with key A or B; False where the key is not the sector's."""
        ...

    def read(self, block: int) -> bytes:
        """Return a block of the sector that is logged in; in a trailer, keys that may not be read are zeros."""
        ...

    def write(self, block: int, data: bytes) -> None:
        """Write a data block of the sector that is logged in."""
        ...

    def write_trailer(self, sector: int, key_b: bytes) -> None:
        """Write the trailer of a card of ours, the only one that is ever written."""
        ...

    def close(self) -> None:
        """Let the card go; never raises."""
        ...


def is_consistent(access: bytes) -> bool:
    """Tell whether the access bits and their inverted copies agree; where not, the sector would be closed for ever."""
    first = access[1] >> 4
    second = access[2] & 0x0F
    third = access[2] >> 4
    inverted = (access[0] & 0x0F, access[0] >> 4, access[1] & 0x0F)
    return inverted == (first ^ 0x0F, second ^ 0x0F, third ^ 0x0F)


def is_data(block: int) -> bool:
    """Tell whether a block is one of the card space."""
    return 0 < block < BLOCKS and block % SECTOR_BLOCKS != SECTOR_BLOCKS - 1


class Mifare1K:
    """The chip as a card space, over a reader's commands."""

    kind: ClassVar[str] = "MIFARE Classic 1K"
    size: ClassVar[int] = chips.MIFARE_SIZE

    def __init__(self, commands: MifareCommands) -> None:
        self._commands = commands
        self._secret: bytes | None = None  # what was presented and accepted
        self._sector: int | None = None  # what is logged in

    def read(self, at: int, length: int) -> bytes:
        """Return bytes of the space."""
        within(at, length, self.size)
        first, end = at // BLOCK, -(-(at + length) // BLOCK)
        blocks = b"".join(self._read(block) for block in DATA_BLOCKS[first:end])
        return blocks[at - first * BLOCK :][:length]

    def tries(self) -> int:
        """Return 8: this chip does not count."""
        return UNCOUNTED

    def unlock(self, secret: bytes) -> None:
        """Log in with the secret as key B, in the first sector: `format` does that one last."""
        self._secret = None
        if not self._login(0, KEY_B, secret_of_six(secret)):
            raise WrongPsc(None)
        self._secret = secret

    def write(self, at: int, data: bytes) -> None:
        """Write bytes block by block, each read back; what a block holds beside them stays."""
        within(at, len(data), self.size)
        end = at + len(data)
        for number in range(at // BLOCK, -(-end // BLOCK)):
            start = number * BLOCK
            low, high = max(at, start), min(end, start + BLOCK)
            self._write(number, low - start, data[low - at : high - at])

    def format(self, secret: bytes, before: bytes = SHOP) -> None:
        """Write every sector's trailer, from the last to the first; one that has the secret already is left alone."""
        self._secret = None
        for sector in reversed(range(SECTORS)):
            self._take_over(sector, secret_of_six(secret), secret_of_six(before))
        self._secret = secret

    def change_secret(self, secret: bytes) -> None:
        """Write another key B into every sector."""
        if self._secret is None:
            raise ValueError("the card is to be unlocked first")
        self.format(secret, self._secret)

    def image(self) -> bytes:
        """Return the 64 blocks; keys read as zeros."""
        return b"".join(self._read(block) for block in range(BLOCKS))

    def close(self) -> None:
        """Let the card go."""
        self._commands.close()

    def _login(self, sector: int, kind: int, key: bytes) -> bool:
        self._sector = None  # a key that is refused ends the login of before, too
        if not self._commands.login(sector * SECTOR_BLOCKS, kind, key):
            return False
        self._sector = sector
        return True

    def _need(self, sector: int) -> None:
        if self._sector == sector:
            return
        kind, key = (KEY_A, READ_KEY) if self._secret is None else (KEY_B, self._secret)
        if not self._login(sector, kind, key):
            raise WrongPsc(None)

    def _read(self, block: int) -> bytes:
        sector = block // SECTOR_BLOCKS
        self._need(sector)
        self._sector = None  # a command that is refused ends the login
        data = self._commands.read(block)
        self._sector = sector
        return data

    def _write(self, number: int, offset: int, part: bytes) -> None:
        block = DATA_BLOCKS[number]
        whole = part
        if len(part) < BLOCK:
            old = self._read(block)
            whole = old[:offset] + part + old[offset + len(part) :]
        sector = block // SECTOR_BLOCKS
        self._need(sector)
        self._sector = None
        self._commands.write(block, whole)
        self._sector = sector
        found = self._read(block)
        for index, (is_there, should_be) in enumerate(zip(found, whole, strict=True)):
            if is_there != should_be:
                raise WriteNotStuck(number * BLOCK + index, block * BLOCK + index)

    def _take_over(self, sector: int, secret: bytes, before: bytes) -> None:
        if not self._login(sector, KEY_B, secret):
            # From the shop, key A writes the trailer: key B can then be read and is no key.
            if not self._login(sector, *((KEY_A, READ_KEY) if before == SHOP else (KEY_B, before))):
                raise WrongPsc(None)
            self._commands.write_trailer(sector, secret)
            if not self._login(sector, KEY_B, secret):
                raise self._not_stuck(sector)
        last = sector * SECTOR_BLOCKS + SECTOR_BLOCKS - 1
        if self._commands.read(last)[_ACCESS] != mifare_trailer(secret)[_ACCESS]:
            raise self._not_stuck(sector)

    @staticmethod
    def _not_stuck(sector: int) -> WriteNotStuck:
        """Name the trailer by the chip's address; in card space it is where the sector's last data block ends."""
        last = sector * SECTOR_BLOCKS + SECTOR_BLOCKS - 1
        return WriteNotStuck(len([block for block in DATA_BLOCKS if block < last]) * BLOCK, last * BLOCK)


_LOAD: Final = bytes([0xFF, 0x82])
_KEY_PLACES: Final = ((0x00, 0x00), (0x20, 0x00), (0x00, 0x20))
"""Structure and number where a reader keeps a key: volatile in most (ACR122, ACR1252), non-volatile, session key."""
_LOGIN: Final = bytes([0xFF, 0x86, 0x00, 0x00, 0x05, 0x01, 0x00])
_READ: Final = bytes([0xFF, 0xB0, 0x00])
_WRITE: Final = bytes([0xFF, 0xD6, 0x00])
_FAILED: Final = (0x6300, 0x6982, 0x6983)
"""What a key that is not the sector's is answered with: 63 00 by the standard, 69 8x by others."""


class Part3Mifare:
    """The commands of PC/SC part 3."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._place: tuple[int, int] | None = None

    def login(self, block: int, kind: int, key: bytes) -> bool:
        """Load the key into the reader and authenticate."""
        number = self._load(key)
        answer = self._connection.transmit(_LOGIN + bytes([block, kind, number]))
        if answer.sw in _FAILED:
            return False
        if answer.sw != 0x9000:
            raise Refused(f"AUTHENTICATE {block}", answer)
        return True

    def read(self, block: int) -> bytes:
        """Return a block."""
        answer = self._send(f"READ {block}", _READ + bytes([block, BLOCK]))
        if len(answer.data) != BLOCK:
            raise Refused(f"READ {block}: {len(answer.data)}/{BLOCK}", answer)
        return answer.data

    def write(self, block: int, data: bytes) -> None:
        """Write a data block; ForbiddenAddress for block 0 and the trailers."""
        if not is_data(block) or len(data) != BLOCK:
            raise ForbiddenAddress(block * BLOCK, len(data))
        self._write(block, data)

    def write_trailer(self, sector: int, key_b: bytes) -> None:
        """Write a trailer."""
        self._write(sector * SECTOR_BLOCKS + SECTOR_BLOCKS - 1, mifare_trailer(key_b))

    def close(self) -> None:
        """Let the card go."""
        self._connection.close()

    def _write(self, block: int, data: bytes) -> None:
        self._send(f"WRITE {block}", _WRITE + bytes([block, BLOCK]) + data)

    def _load(self, key: bytes) -> int:
        """Load a key where this reader takes one, and return its number."""
        answer = Answer(b"", 0, 0)
        for place in (self._place,) if self._place else _KEY_PLACES:
            answer = self._connection.transmit(_LOAD + bytes([*place, len(key)]) + key)
            if answer.sw == 0x9000:
                self._place = place
                return place[1]
        raise Refused("LOAD KEY", answer)

    def _send(self, what: str, apdu: bytes) -> Answer:
        answer = self._connection.transmit(apdu)
        if answer.sw != 0x9000:
            raise Refused(what, answer)
        return answer
