# SPDX-License-Identifier: Apache-2.0
"""Starts the release that `boot.py` has chosen: `/main.py`, written once and never updated."""

import sys
from time import sleep_ms

import machine

_PAUSE_MS = 3000


def launch() -> None:
    """Run the meter; where it cannot even be loaded, start the board anew, which counts against a release on trial."""
    try:
        from main import main
    except Exception as error:
        sys.print_exception(error)
        sleep_ms(_PAUSE_MS)  # time for somebody at the console to interrupt
        machine.reset()
    else:
        main()


if sys.path[0] in ("a", "b"):
    launch()
