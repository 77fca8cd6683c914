# SPDX-License-Identifier: Apache-2.0
"""A reader in this process, `virtual:FILE`: the card is a file of 1024 bytes.

What the chips do with bytes, and nothing below: tests hold it equal to the simulator's chip, which knows every clock.
A file that begins with an SLE 4428's answer to reset is one; every other is a MIFARE Classic 1K, which begins with its
serial number. The file is replaced as a whole after each change, so it is never half a card.
"""

import fcntl
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from groschencard.mifare_format import mifare_trailer
from groschenhost.readers import mifare, sle4428
from groschenhost.readers.chip import IMAGE, CardChip, within
from groschenhost.readers.connection import (
    Answer,
    BadImage,
    ForbiddenAddress,
    Locked,
    Refused,
    SharingViolation,
    WrongPsc,
)
from groschenhost.readers.mifare import BLOCK, KEY_A, KEY_B, SECTOR_BLOCKS, Mifare1K
from groschenhost.readers.sle4428 import CODE, COUNTER, Sle4428, writable

PREFIX: Final = "virtual:"

_SLE_HEAD: Final = sle4428.HEADER + bytes.fromhex("FF FF 81 15") + b"\xff" * 13 + bytes.fromhex("D2 76 00 00 04 00")
"""The maker's bytes, and the application id of sample cards."""
_MIFARE_TAIL: Final = bytes.fromhex("08 04 00 62 63 64 65 66 67 68 69")
"""SAK, ATQA and the maker's bytes, behind serial number and check byte."""
_SHOP_ACCESS: Final = bytes.fromhex("FF 07 80 69")
_SHOP_TRAILER: Final = b"\xff" * 6 + _SHOP_ACCESS + b"\xff" * 6
_NOT_ALLOWED: Final = Answer(b"", 0x63, 0x00)


def blank(kind: str = Sle4428.kind, serial: bytes | None = None) -> bytes:
    """Return the image of a card from the shop; a MIFARE's serial number of 4 bytes is drawn where none is given."""
    if kind == Sle4428.kind:
        return _SLE_HEAD + b"\xff" * (IMAGE - len(_SLE_HEAD))
    if kind != Mifare1K.kind:
        raise ValueError(f"no chip of ours: {kind}")
    uid = serial or secrets.token_bytes(4)
    while uid == sle4428.HEADER:
        uid = secrets.token_bytes(4)
    check = uid[0] ^ uid[1] ^ uid[2] ^ uid[3]
    image = bytearray(IMAGE)
    image[:BLOCK] = uid + bytes([check]) + _MIFARE_TAIL
    for end in range(SECTOR_BLOCKS * BLOCK, IMAGE + 1, SECTOR_BLOCKS * BLOCK):
        image[end - BLOCK : end] = _SHOP_TRAILER
    return bytes(image)


def new(path: Path, kind: str = Sle4428.kind, serial: bytes | None = None) -> None:
    """Make the image file of a card from the shop; BadImage where the file is there already."""
    try:
        with path.open("xb") as out:
            out.write(blank(kind, serial))
    except FileExistsError:
        raise BadImage((f"{path} gibt es schon", f"{path} exists already")) from None
    except OSError as error:
        raise BadImage(f"{path}: {error.strerror}") from None


def kind_of(image: bytes) -> str:
    """Tell the chip from an image; BadImage where it is none of ours."""
    if len(image) == IMAGE and image.startswith(sle4428.HEADER):
        return Sle4428.kind
    if len(image) == IMAGE and all(mifare.is_consistent(image[at + 6 : at + 10]) for at in range(48, IMAGE, 64)):
        return Mifare1K.kind
    raise BadImage(
        (
            "kein Kartenabbild: weder eine SLE 4428 noch eine MIFARE Classic 1K von 1024 Bytes",
            "not a card image: neither an SLE 4428 nor a MIFARE Classic 1K of 1024 bytes",
        )
    )


def open_virtual(path: Path) -> CardChip:
    """Open the card that a file is; BadImage, SharingViolation."""
    file = ImageFile(path)
    try:
        kind = kind_of(bytes(file.data))
    except BadImage as error:
        file.close()
        raise BadImage(f"{path}: {error}") from None
    return Sle4428(VirtualSle(file)) if kind == Sle4428.kind else Mifare1K(VirtualMifare(file))


class ImageFile:
    """A card image, held exclusively as a card in a reader is."""

    def __init__(self, path: Path) -> None:
        """Read and lock the file."""
        self._path = path.resolve()  # a link stays one
        self._fd = self._lock()
        try:
            self.data = bytearray(os.read(self._fd, IMAGE + 1))
        except OSError as error:
            self.close()
            raise BadImage(f"{path}: {error.strerror}") from None

    def save(self) -> None:
        """Replace the file by what the card now is, on the disk before this returns."""
        place = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        fd = os.open(place, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.fchmod(fd, os.fstat(self._fd).st_mode & 0o777)
            fcntl.flock(fd, fcntl.LOCK_EX)
            os.write(fd, self.data)
            os.fsync(fd)
            place.replace(self._path)
        except BaseException:
            os.close(fd)
            with suppress(OSError):
                place.unlink()
            raise
        os.close(self._fd)
        self._fd = fd
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def close(self) -> None:
        """Let the file go."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1

    def _lock(self) -> int:
        try:
            fd = os.open(self._path, os.O_RDONLY)
        except FileNotFoundError:
            raise BadImage(
                (f"{self._path} gibt es nicht; erst eine leere Karte anlegen", f"{self._path}: make a blank card first")
            ) from None
        except OSError as error:
            raise BadImage(f"{self._path}: {error.strerror}") from None
        with suppress(BlockingIOError):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(fd), self._path.stat()):  # else its holder has just replaced it
                return fd
        os.close(fd)
        raise SharingViolation(str(self._path))


class VirtualSle:
    """What an SLE 4428 does with bytes, as a reader without a fault shows it."""

    def __init__(self, file: ImageFile) -> None:
        self._file = file
        self._verified = False

    def read(self, address: int, length: int) -> bytes:
        """Return bytes; the code reads 00 00 before it was presented."""
        within(address, length, IMAGE)
        shown = self._file.data if self._verified else self._file.data[:CODE] + bytes(IMAGE - CODE)
        return bytes(shown[address : address + length])

    def write(self, address: int, data: bytes) -> None:
        """Write bytes; without the code nothing happens, and nothing tells."""
        writable(address, len(data))
        self._write(address, data)

    def counter(self) -> int:
        """Return the error counter."""
        return self._file.data[COUNTER]

    def present(self, code: bytes) -> None:
        """Burn the lowest bit that is left, compare, and give all bits back if the code is right."""
        memory = self._file.data
        if not memory[COUNTER]:
            raise Locked
        memory[COUNTER] &= memory[COUNTER] - 1
        self._verified = self._verified or code == bytes(memory[CODE:])
        if self._verified:
            memory[COUNTER] = 0xFF
        self._file.save()
        if not self._verified:
            raise WrongPsc(memory[COUNTER].bit_count()) if memory[COUNTER] else Locked

    def change_code(self, old: bytes, new: bytes) -> None:  # noqa: ARG002 - a real reader may need the old one
        """Write the code."""
        self._write(CODE, new)

    def close(self) -> None:
        """Let the card go."""
        self._file.close()

    def _write(self, address: int, data: bytes) -> None:
        if self._verified:
            self._file.data[address : address + len(data)] = data
            self._file.save()


class VirtualMifare:
    """What a MIFARE Classic 1K does with bytes: the two settings of its access bits that ours ever have."""

    def __init__(self, file: ImageFile) -> None:
        self._file = file
        self._login: tuple[int, int] | None = None

    def login(self, block: int, kind: int, key: bytes) -> bool:
        """Compare a key; the shop's setting lets key B be read, and so be no key that opens anything."""
        last = self._trailer(block // SECTOR_BLOCKS)
        is_right = key == (last[:6] if kind == KEY_A else last[10:])
        self._login = (block // SECTOR_BLOCKS, kind) if is_right else None
        return is_right

    def read(self, block: int) -> bytes:
        """Return a block, keys as zeros."""
        sector = block // SECTOR_BLOCKS
        self._need(sector, KEY_A, KEY_B)
        data = bytes(self._file.data[block * BLOCK : (block + 1) * BLOCK])
        if block % SECTOR_BLOCKS != SECTOR_BLOCKS - 1:
            return data
        return bytes(6) + data[6:10] + (data[10:] if self._is_from_shop(sector) else bytes(6))

    def write(self, block: int, data: bytes) -> None:
        """Write a data block."""
        if not mifare.is_data(block) or len(data) != BLOCK:
            raise ForbiddenAddress(block * BLOCK, len(data))
        self._write(block, data)

    def write_trailer(self, sector: int, key_b: bytes) -> None:
        """Write a trailer."""
        self._write(sector * SECTOR_BLOCKS + SECTOR_BLOCKS - 1, mifare_trailer(key_b))

    def close(self) -> None:
        """Let the card go."""
        self._file.close()

    def _trailer(self, sector: int) -> bytes:
        end = (sector + 1) * SECTOR_BLOCKS * BLOCK
        return bytes(self._file.data[end - BLOCK : end])

    def _is_from_shop(self, sector: int) -> bool:
        return self._trailer(sector)[6:9] == _SHOP_ACCESS[:3]

    def _need(self, sector: int, *kinds: int) -> None:
        if self._login not in [(sector, kind) for kind in kinds] or (
            self._login == (sector, KEY_B) and self._is_from_shop(sector)
        ):
            self._login = None
            raise Refused(f"SECTOR {sector}", _NOT_ALLOWED)

    def _write(self, block: int, data: bytes) -> None:
        sector = block // SECTOR_BLOCKS
        self._need(sector, KEY_A if self._is_from_shop(sector) else KEY_B)
        self._file.data[block * BLOCK : (block + 1) * BLOCK] = data
        self._file.save()
