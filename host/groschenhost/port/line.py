# SPDX-License-Identifier: Apache-2.0
"""A serial port of the computer, opened for one program alone; or the reason why not, in words."""

import os
import time
from pathlib import Path
from typing import Final

import serial
from serial.tools import list_ports

from groschenhost.errors import Text
from groschenhost.port.errors import LineError

WRITE_TIMEOUT_S: Final = 5.0
BUSY_S: Final = 1.0
"""How long a port in use is waited for: a program that has just ended may not have let go of it yet."""


def _errors() -> tuple[type[Exception], ...]:
    try:
        import termios
    except ImportError:  # Windows
        return OSError, ValueError
    return OSError, ValueError, termios.error


LINE_ERRORS: Final = _errors()
"""What pyserial raises where a port cannot be used, or not any more."""


def open_line(
    port: str, baud: int, *, timeout: float, seven_bits: bool = False, exclusive: bool = True
) -> serial.SerialBase:
    """Opens a port, a device's path or one of pyserial's URLs; seven_bits is 7E1, else it is 8N1. LineError.

    A pseudo terminal, behind which there is no wire, has eight bits and no parity whatever it is told.
    """
    seven_bits = seven_bits and not Path(port).resolve().is_relative_to("/dev/pts")
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            return serial.serial_for_url(
                port,
                baudrate=baud,
                bytesize=7 if seven_bits else 8,
                parity="E" if seven_bits else "N",
                timeout=timeout,
                write_timeout=WRITE_TIMEOUT_S,
                exclusive=exclusive,
            )
        except LINE_ERRORS as error:
            if not _busy(error) or time.monotonic() >= deadline:
                raise LineError(_reason(port, error)) from None
        time.sleep(0.05)


def _busy(error: Exception) -> bool:
    return "lock" in str(error) or "busy" in str(error).lower()


def _reason(port: str, error: Exception) -> Text:
    if port.startswith("/"):
        if not Path(port).exists():
            german, english = _others()
            return f"Die Schnittstelle {port} gibt es nicht; {german}", f"There is no port {port}; {english}"
        if not os.access(port, os.R_OK | os.W_OK):
            return (
                f"{port}: keine Berechtigung; der Benutzer muss in die Gruppe dialout (sudo usermod -aG dialout $USER)",
                f"{port}: not allowed; the user must be in the group dialout (sudo usermod -aG dialout $USER)",
            )
        if _busy(error):
            return (
                f"{port} ist von einem anderen Programm belegt; dieses beenden und noch einmal versuchen",
                f"{port} is in use by another program; end that and try again",
            )
    return f"{port} lässt sich nicht öffnen: {error}", f"{port} cannot be opened: {error}"


def _others() -> Text:
    names = ", ".join(sorted(found.device for found in list_ports.comports()))
    if names:
        return f"es gibt {names}", f"there are {names}"
    return "keine ist angeschlossen", "none is connected"
