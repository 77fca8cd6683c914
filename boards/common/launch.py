# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# The stubs of open() and os leave types open.
"""Starts the release that `boot.py` has chosen: `/main.py`, written once and never updated."""

import sys
from time import sleep_ms

import machine
from boot import FAILED, write

_PAUSE_MS = 3000
_MOST = 5
_COIL_MS = 100


def launch() -> None:
    """Run the meter; where it cannot begin or not go on, start the board anew.

    That counts against a release on trial. A board that cannot run any must not supply what nobody counts: after five
    failures in a row the relay is opened.
    """
    try:
        from main import main

        main()
    except Exception as error:
        sys.print_exception(error)
        if _failures() >= _MOST:
            _disconnect()
        sleep_ms(_PAUSE_MS)  # time for somebody at the console to interrupt
        machine.reset()


def _failures() -> int:
    """Return how many failures in a row there were, this one included."""
    try:
        with open(FAILED) as file:
            count = int(file.read())
    except (OSError, ValueError):
        count = 0
    write(FAILED, str(count + 1))
    return count + 1


def _disconnect() -> None:
    import pins

    coil = machine.Pin(pins.RELAY_RESET, machine.Pin.OUT, value=1)
    sleep_ms(_COIL_MS)
    coil.value(0)


if sys.path[0] in ("a", "b"):
    launch()
