# SPDX-License-Identifier: Apache-2.0
"""A file that one process holds while it works with it: read once, and replaced as a whole or not at all.

Cards and meters are things: while one is in use it is nowhere else. A card's image that a reader of the cash desk holds
(`virtual:FILE`) is locked the same way.
"""

import fcntl
import os
import secrets
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from groschensim.errors import ImageError, RunError
from groschensim.language import pick


class HeldFile:
    """A file that is held until its context ends; `data` are its bytes."""

    def __init__(self, path: Path, most: int) -> None:
        """Lock and read a file of at most so many bytes; ImageError where it is not to be had."""
        self.path = path
        self._target = path.resolve()  # a link stays one
        try:
            self._fd = self._lock()
        except OSError as error:
            raise ImageError(f"{path}: {error.strerror}") from None
        try:
            self.data: bytes = os.read(self._fd, most + 1)
        except OSError as error:
            os.close(self._fd)
            raise ImageError(f"{path}: {error.strerror}") from None

    def _lock(self) -> int:
        folder = self._target.parent
        if folder.is_dir() and not os.access(folder, os.W_OK):
            raise ImageError(
                pick((f"in {folder} darf nicht geschrieben werden", f"there is no permission to write in {folder}"))
            )
        fd = os.open(self._target, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with suppress(BlockingIOError):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(fd), self._target.stat()):  # else its holder has just replaced it
                return fd
        os.close(fd)
        raise ImageError(
            pick(
                (
                    f"{self.path} ist gerade woanders eingesteckt oder in Arbeit; danach noch einmal versuchen",
                    f"{self.path} is inserted elsewhere or being worked with; try again afterwards",
                )
            )
        )

    def replace(self, data: bytes) -> None:
        """Replace the file, on the disk before this returns; RunError where that fails: the old one is there then.

        The new one is held as the old one was.
        """
        if data != self.data:
            mode = os.fstat(self._fd).st_mode & 0o777
            fresh = _put_held(self._target, data, mode)
            os.close(self._fd)
            self._fd = fresh
            self.data = data

    def close(self) -> None:
        """Hold it no longer."""
        os.close(self._fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def put(path: Path, data: bytes, mode: int) -> None:
    """Write a file as a whole or not at all; RunError."""
    os.close(_put_held(path, data, mode))


def _put_held(path: Path, data: bytes, mode: int) -> int:
    """Write a file like `put`; return its descriptor, which holds it from before it has its name."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with os.fdopen(fd, "wb", closefd=False) as file:
                file.write(data)
            os.fsync(fd)
            fresh.replace(path)
        except BaseException:
            os.close(fd)
            raise
    except OSError as error:
        reason = error.strerror
        raise RunError(
            pick((f"{path} ist nicht geschrieben ({reason})", f"{path} is not written ({reason})"))
        ) from None
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
    return fd
