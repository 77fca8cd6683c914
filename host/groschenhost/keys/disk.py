# SPDX-License-Identifier: Apache-2.0
"""Files with secrets: whole or not there, never overwritten by mistake, and for nobody else.

A file is written beside its place with mode 0600, brought to the disk, read back, and then renamed: whatever fails on
the way leaves what was there. Who replaces a file says what it read there, so that two at once cannot lose a key.
"""

import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from groschenhost.errors import HostError
from groschenhost.keys.errors import (
    DamagedKeyFileError,
    KeyFileChangedError,
    KeyFileExistsError,
    NoKeyFileError,
    ReadableByOthersError,
    UnprotectedError,
)

OTHERS: Final = 0o077
"""The bits of a mode that let anybody but the owner in."""
PRIVATE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700

_MOST: Final = 1 << 20
_NO_LINKS: Final = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def read(path: Path, private: bool = True) -> bytes:
    """Gives a file of at most one mebibyte; NoKeyFileError, ReadableByOthersError, DamagedKeyFileError, OSError.

    What is checked is what is read: the file is opened once.
    """
    try:
        # A pipe in the file's place must not make the desk wait for ever.
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NoKeyFileError((f"{path} gibt es nicht", f"{path} does not exist")) from None
    try:
        _check(path, os.fstat(number).st_mode, private)
        with os.fdopen(number, "rb", closefd=False) as file:
            content = file.read(_MOST + 1)
    finally:
        os.close(number)
    if len(content) > _MOST:
        raise DamagedKeyFileError((f"{path} ist zu lang", f"{path} is too long"))
    return content


def _check(path: Path, mode: int, private: bool) -> None:
    if not stat.S_ISREG(mode):
        raise DamagedKeyFileError((f"{path} ist keine gewöhnliche Datei", f"{path} is no regular file"))
    if private and mode & OTHERS:
        shown = f"{stat.S_IMODE(mode):04o}"
        raise ReadableByOthersError(
            (
                f"{path} ist für andere Benutzer zugänglich (Modus {shown}); abhelfen: chmod 600 {path}",
                f"{path} is open to other users (mode {shown}); mend it: chmod 600 {path}",
            )
        )


def create(path: Path, content: bytes, private: bool = True) -> bool:
    """Writes a new file; KeyFileExistsError, UnprotectedError, OSError.

    Says whether it is kept from other users. A place without modes (a USB stick) is refused for what is `private`.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    with _locked(path.parent), _written(path, content) as fresh:
        kept = not fresh.stat().st_mode & OTHERS
        if private and not kept:
            raise UnprotectedError(
                (
                    f"{path.parent} kann eine Datei nicht vor anderen Benutzern schützen; einen anderen Ort nehmen",
                    f"{path.parent} cannot keep a file from other users; take another place",
                )
            )
        _place(fresh, path)
    return kept


def replace(path: Path, before: bytes, after: bytes) -> None:
    """Puts a file in the place of the one that was read there; KeyFileChangedError, NoKeyFileError, OSError."""
    target = path.resolve()  # a link stays a link
    with _locked(target.parent):
        if read(target) != before:
            raise _changed(path)
        with _written(target, after) as fresh:
            fresh.replace(target)


def _changed(path: Path) -> KeyFileChangedError:
    return KeyFileChangedError(
        (
            f"{path} wurde inzwischen von jemand anderem geändert; noch einmal versuchen",
            f"{path} was changed by somebody else meanwhile; try again",
        )
    )


@contextmanager
def _locked(folder: Path) -> Generator[None]:
    """Keeps others of this program out of a folder, and brings what was renamed in it to the disk."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # a network's folder may know no locks; the comparison still finds most
            fcntl.flock(number, fcntl.LOCK_EX)
        yield
        with suppress(OSError):  # some file systems cannot
            os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def _written(path: Path, content: bytes) -> Generator[Path]:
    """Writes beside a file, to the disk and read back; what is not renamed is gone at the end."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    number = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(number)
        if fresh.read_bytes() != content:
            raise HostError(
                (f"{path.parent}: es liest sich anders als geschrieben", f"{path.parent}: reads back wrong")
            )
        yield fresh
    finally:
        fresh.unlink(missing_ok=True)


def _place(fresh: Path, path: Path) -> None:
    """Gives a written file its name, unless something bears it."""
    try:
        path.hardlink_to(fresh)  # unlike a rename, it never replaces
    except FileExistsError:
        raise _exists(path) from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(path):
            raise _exists(path) from None
        fresh.rename(path)


def _exists(path: Path) -> KeyFileExistsError:
    return KeyFileExistsError(
        (
            f"{path} gibt es schon und wird nicht überschrieben; einen anderen Namen nehmen oder sie beiseitelegen",
            f"{path} exists and is not overwritten; take another name, or move it away",
        )
    )
