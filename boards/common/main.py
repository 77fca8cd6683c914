# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# The stubs of open() and os leave types open.
"""The first file of a release: lets the board count, loads all that the meter consists of, and lets it run.

The modules stand in one file, `modules`, in the order in which they need each other (`docs/memory-and-start.md`). That
is for time and for room: a file system looks for a module in a dozen places, and takes a buffer of a kilobyte for each
file, between which the code comes to lie. So they are loaded one by one, and what that leaves is cleared away in
between: the code lies together, and the heap behind it is free in one piece.
"""

import gc
import sys
from io import IOBase
from os import stat

from micropython import const
from vfs import mount, umount

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from collections.abc import Callable

_MODULES = "/modules"
_MOUNT = "/modules"
_METER = "meter.json"
_ROOM = const(8192)  # so many bytes are loaded between two collections of garbage
_BUFFER_SIZE = const(11)  # what the interpreter asks a stream before it reads it,
_MOST = const(255)  # and the most that it takes
_FILE = (0x8000, 0, 0, 0, 0, 0, 0, 0, 0, 0)  # what `stat` says of a file,
_FOLDER = (0x4000, 0, 0, 0, 0, 0, 0, 0, 0, 0)  # and of a folder
_ENOENT = const(2)
_DIGITS = const(6)  # of where a module begins,
_LINE = const(7)  # and the space before them


class Stream(IOBase):
    """The module that is open. The stream goes on beyond its end, which the interpreter sees by itself."""

    def __init__(self, readinto: "Callable[[bytearray], int]") -> None:
        self.readinto = readinto

    def ioctl(self, request: int, _argument: int) -> int:
        """Say how much is best read at once, and close nothing."""
        return _MOST if request == _BUFFER_SIZE else 0


class Modules:
    """The file of modules as a file system, of which one module is open at a time.

    The file begins with a line that tells how long its index is. Each line of the index has a path and where it begins.
    """

    def __init__(self, path: str) -> None:
        self._file = file = open(path, "rb")  # noqa: SIM115 - until `umount`
        self._index = file.read(int(file.readline()))
        self._stream = Stream(file.readinto)
        self._at: int = 0  # in the index, where the line of the module begins that is to be loaded next
        self._cleared: int = 0  # what was loaded when garbage was collected last
        self._path: str = ""  # of the module that is being loaded

    def mount(self, _readonly: bool, _mkfs: bool) -> None:
        """Become part of the tree of files."""

    def umount(self) -> None:
        """Let the file go."""
        self._file.close()

    def stat(self, path: str) -> "tuple[int, ...]":
        """Say whether a path is a module or a folder; raises OSError where it is neither.

        While modules are loaded in their order there is the one alone: a look into the index takes a millisecond.
        """
        loaded = self._path
        if path == loaded or (not loaded and self._find(path + " ") >= 0):
            return _FILE
        folder = path + "/"
        if loaded.startswith(folder) or (not loaded and self._find(folder) >= 0):
            return _FOLDER
        raise OSError(_ENOENT)

    def open(self, path: str, _mode: str) -> Stream:
        """Return the stream at a module's begin."""
        self._file.seek(self._place(self._find(path + " ") + len(path) + 1))
        return self._stream

    def load(self, last: str, between: "Callable[[], object] | None" = None) -> None:
        """Load the modules from where that was left off up to one of them, and do something in between."""
        while self._path != last:
            space = self._index.find(b" ", self._at)
            self._path = path = "/" + self._index[self._at + 1 : space].decode()
            place = self._place(space + 1)
            if place - self._cleared >= _ROOM:
                gc.collect()
                self._cleared = place
            self._at = space + _LINE
            __import__(path[1 : path.find("/__init__") if "/__init__" in path else -4].replace("/", "."))
            if between:
                self._path = ""
                between()
                self._path = path
        self._path = ""

    def _find(self, what: str) -> int:
        """Return where a line of the index begins with a path, which begins with a slash; -1 where none does."""
        at: int = self._index.find(("\n" + what[1:]).encode())
        return at

    def _place(self, at: int) -> int:
        """Return the number that stands at a place of the index."""
        return int(self._index[at : at + _DIGITS])


def begin(folder: str) -> Modules:
    """Let modules be imported from a release's file of them, and from nowhere else but the interpreter itself."""
    modules = Modules(folder + _MODULES)
    mount(modules, _MOUNT)
    sys.path[:] = [_MOUNT, ".frozen"]
    return modules


def keep() -> None:
    """Keep everything up to the last pulse; for whoever has interrupted the meter."""
    program = sys.modules.get("program")
    if program:
        program.keep()


def leave() -> None:
    """Keep everything and start the board anew; for whoever has interrupted the meter and is done."""
    import machine

    keep()
    machine.reset()


def main() -> None:
    """Run the meter; come back where the board is none yet."""
    try:
        stat(_METER)
    except OSError:
        print("no meter yet: meter.json is missing")
        return
    path = sys.path[:]
    modules = begin(path[0])
    try:
        _start(modules)
    finally:
        umount(_MOUNT)
        sys.path[:] = path
    del modules
    from program import run

    run()


def _start(modules: Modules) -> None:
    modules.load("/pulses.mpy")
    from pulses import attach

    pulses = attach()  # from now on they are counted,
    modules.load("/program.mpy")
    from board import Board
    from program import start

    # and measured, while the rest is still being loaded.
    start(Board(pulses), lambda between: modules.load("/groschen/core/interfaces.mpy", between))
