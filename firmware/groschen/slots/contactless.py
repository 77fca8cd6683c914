# SPDX-License-Identifier: Apache-2.0
"""The slot for contactless cards: the card's space on the data blocks of a MIFARE Classic 1K."""

from groschencard import const
from groschencard.chips import MIFARE_BLOCK, MIFARE_SIZE, mifare_block

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.drivers.mfrc522 import Mfrc522

_PUBLIC = const(b"\xff\xff\xff\xff\xff\xff")  # key A of every sector: reads, and writes nothing
_SAK = const(0x08)  # a Classic 1K; some makers set the highest bit too
_SAK_BITS = const(0x7F)
_SECTOR = const(4)  # blocks
_CHUNK = const(48)  # bytes, three blocks
_NONE = const(-1)
_ATTEMPTS = const(2)  # a frame lost to noise is sent again
_TRIES = const(8)  # this chip does not count; the meter asks for any number above zero
_EIO = const(5)
_EACCES = const(13)


class ContactlessSlot:
    """A field before the meter with one card in it; each sector is opened as the first of its blocks is needed."""

    def __init__(self, reader: "Mfrc522") -> None:
        """Take the reader's driver, reset before."""
        self.size: int = MIFARE_SIZE
        self.chunk: int = _CHUNK
        self._reader = reader
        self._uid = bytearray(4)
        self._secret: bytes | None = None
        self._selected: bool = False
        self._sector: int = _NONE  # the one that is open
        self._block = bytearray(MIFARE_BLOCK)

    def present(self) -> bool:
        """Say whether a card is in the field; the next access selects it again."""
        self._lose()
        try:
            # A card that was in use is silent at first.
            return self._reader.request() or self._reader.request()
        except OSError:
            return False

    def open(self) -> bool:
        """Select the card; return whether it is a Classic 1K that everybody may read."""
        self._secret = None
        if not self.present():
            return False
        try:
            found = self._reader.anticollision()
            if self._reader.select() & _SAK_BITS != _SAK:
                return False
            for at in range(4):
                self._uid[at] = found[at]
            self._selected = True
            self._enter(0)
        except OSError:
            return False
        return True

    def tries(self) -> int:
        """Return eight: this chip counts no wrong keys."""
        return _TRIES

    def read(self, at: int, into: bytearray) -> None:
        """Fill a buffer with the bytes of the card's space from `at` on."""
        self._within(at, len(into))
        done = 0
        while done < len(into):
            start = (at + done) % MIFARE_BLOCK
            length = min(MIFARE_BLOCK - start, len(into) - done)
            self._repeat(mifare_block((at + done) // MIFARE_BLOCK), False)
            for offset in range(length):
                into[done + offset] = self._block[start + offset]
            done += length

    def unlock(self, secret: bytes) -> bool:
        """Present six bytes as key B; return whether the first sector opens, as all the others then do."""
        self._secret = bytes(secret[:6])
        self._sector = _NONE
        for _ in range(_ATTEMPTS):
            if not self._selected:
                self._select()
            if self._opened(0):
                return True
            self._lose()
        self._secret = None
        self._select()  # a card that is gone has refused nothing
        return False

    def write(self, at: int, data: bytearray) -> None:
        """Write a buffer's bytes into the card's space, block by block in order; those that hold theirs stay alone."""
        self._within(at, len(data))
        if self._secret is None:
            raise OSError(_EACCES, "the card is not unlocked")
        done = 0
        while done < len(data):
            block = mifare_block((at + done) // MIFARE_BLOCK)
            start = (at + done) % MIFARE_BLOCK
            length = min(MIFARE_BLOCK - start, len(data) - done)
            self._repeat(block, False)
            changed = False
            for offset in range(length):
                changed = changed or self._block[start + offset] != data[done + offset]
                self._block[start + offset] = data[done + offset]
            if changed:
                self._repeat(block, True)
            done += length

    def close(self) -> None:
        """Forget the secret and send the card to sleep."""
        self._secret = None
        try:
            self._reader.halt()
            self._reader.stop_crypto()
        except OSError:
            pass
        self._lose()

    def _repeat(self, block: int, write: bool) -> None:
        # A block is read or written whole, so that doing it twice does no harm.
        for attempt in range(_ATTEMPTS):
            try:
                self._enter(block)
                if write:
                    self._reader.write(block, self._block)
                else:
                    self._reader.read(block, self._block)
                return
            except OSError:
                self._lose()
                if attempt == _ATTEMPTS - 1:
                    raise

    def _enter(self, block: int) -> None:
        if not self._selected:
            self._select()
        if block // _SECTOR != self._sector and not self._opened(block):
            raise OSError(_EACCES, "the card does not open the sector")

    def _opened(self, block: int) -> bool:
        secret = self._secret
        opened = self._reader.auth(block, secret is not None, _PUBLIC if secret is None else secret)
        self._sector = block // _SECTOR if opened else _NONE
        return opened

    def _select(self) -> None:
        # Selects the card of `open` again; another one is not it.
        if not self.present():
            raise OSError(_EIO, "the card is gone")
        if self._reader.anticollision() != self._uid:
            raise OSError(_EIO, "the card is another one")
        self._reader.select()
        self._selected = True

    def _lose(self) -> None:
        self._selected = False
        self._sector = _NONE

    def _within(self, at: int, length: int) -> None:
        if at < 0 or at + length > MIFARE_SIZE:
            raise ValueError("outside the card's space")
