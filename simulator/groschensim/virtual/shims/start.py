# SPDX-License-Identifier: Apache-2.0
"""What the interpreter runs as the board gets power: its files, boot.py, main.py, and then there is the REPL."""

import os
import sys

import costs  # noqa: F401 (from here on the work of what is imported takes its time)
import machine
import vfs
from boardlink import BOOT, MAIN, REPL, STATE, link


def _flash() -> None:
    folder = os.getenv("GROSCHEN_FLASH")
    vfs.umount("/")
    vfs.mount(vfs.VfsPosix(folder), "/")
    os.chdir("/")
    sys.path[:] = ["", ".frozen", "/lib"]


def _play(state: int, name: str) -> None:
    try:
        os.stat(name)
    except OSError:
        return
    try:
        link.ask(STATE, state)
        execfile(name)  # noqa: F821 (a builtin of MicroPython)
    except SystemExit:
        machine.soft_reset()
    except BaseException as error:  # noqa: BLE001 (as the interpreter itself: whatever it is, it is said)
        link.ask(STATE, REPL)  # no more of what comes is for the program
        sys.print_exception(error)


_flash()
_play(BOOT, "boot.py")
if os.getenv("GROSCHEN_MAIN") == "1":
    _play(MAIN, "main.py")
link.ask(STATE, REPL)
link.prompt = True
