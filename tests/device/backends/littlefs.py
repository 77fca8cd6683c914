# SPDX-License-Identifier: Apache-2.0
"""Writes files into an image of the RP2040's file system, or reads one out of it, on MicroPython's unix port.

micropython littlefs.py IMAGE FOLDER: every file of a folder into the image, which is made where nothing is in it.
micropython littlefs.py IMAGE PATH OUT: a file of the image into another one, if it is there.
"""

import os
import sys

import vfs

_BLOCK = 4096
_PROGRAM = 256  # as `_boot.py` of the RP2040 mounts it
_COUNT, _SIZE, _ERASE = 4, 5, 6  # of what a block device is asked
_FOLDER = 0x4000
_MOUNT = "/image"


class Flash:
    """A block device over an image in memory."""

    def __init__(self, data: bytearray) -> None:
        self.data = data

    def readblocks(self, block: int, into: bytearray, offset: int = 0) -> None:
        """Read from a block on."""
        at = block * _BLOCK + offset
        into[:] = memoryview(self.data)[at : at + len(into)]

    def writeblocks(self, block: int, data: bytearray, offset: int = -1) -> None:
        """Write from a block on; without an offset it is erased before."""
        if offset < 0:
            self.ioctl(_ERASE, block)
            offset = 0
        at = block * _BLOCK + offset
        self.data[at : at + len(data)] = data

    def ioctl(self, request: int, block: int) -> int:
        """Say how many blocks there are, of which size; erase one."""
        if request == _COUNT:
            return len(self.data) // _BLOCK
        if request == _SIZE:
            return _BLOCK
        if request == _ERASE:
            self.data[block * _BLOCK : (block + 1) * _BLOCK] = b"\xff" * _BLOCK
        return 0


def mounted(path: str) -> Flash:
    """Mount an image, and make its file system where there is none."""
    with open(path, "rb") as file:  # noqa: PTH123 (no pathlib here)
        flash = Flash(bytearray(file.read()))
    try:
        system = vfs.VfsLfs2(flash, progsize=_PROGRAM)
    except OSError:
        vfs.VfsLfs2.mkfs(flash, progsize=_PROGRAM)
        system = vfs.VfsLfs2(flash, progsize=_PROGRAM)
    vfs.mount(system, _MOUNT)
    return flash


def copy(source: str, target: str) -> None:
    """Copy a file, and make nothing where there is none."""
    try:
        with open(source, "rb") as file:  # noqa: PTH123
            data = file.read()
    except OSError:
        return
    with open(target, "wb") as file:  # noqa: PTH123
        file.write(data)


def copy_all(source: str, target: str) -> None:
    """Copy what is in a folder into another one."""
    for entry in os.ilistdir(source):
        name = "/" + entry[0]
        if entry[1] == _FOLDER:
            try:  # noqa: SIM105 (no contextlib here)
                os.mkdir(target + name)  # noqa: PTH102
            except OSError:
                pass
            copy_all(source + name, target + name)
        else:
            copy(source + name, target + name)


def main(image: str, *paths: str) -> None:
    """Do what the command says."""
    flash = mounted(image)
    if len(paths) == 1:
        copy_all(paths[0], _MOUNT)
    else:
        copy(_MOUNT + "/" + paths[0], paths[1])
    vfs.umount(_MOUNT)
    with open(image, "wb") as file:  # noqa: PTH123
        file.write(flash.data)


main(*sys.argv[1:])
