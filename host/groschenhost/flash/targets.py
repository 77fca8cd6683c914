# SPDX-License-Identifier: Apache-2.0
"""The boards that can be flashed, and which of the sources a meter gets."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Target:
    """A board: what its MicroPython calls itself, and what its code is compiled for."""

    name: str
    platform: str
    arch: str
    small_int_bits: int
    folders: tuple[str, ...]
    """Its own folders below boards/, the later over the earlier."""
    console: bool = True
    """Whether what the program prints is heard while it runs."""
    left_out: frozenset[str] = frozenset()
    """Modules that its `chip.py` takes the place of."""

    @property
    def flags(self) -> tuple[str, ...]:
        """The compiler's arguments; -O3 drops asserts, which the tests have proven, and line numbers.

        An error on a meter still names file and function; with their lines the firmware would not fit.
        """
        return f"-march={self.arch}", f"-msmall-int-bits={self.small_int_bits}", "-O3"


TARGETS: Final = {
    target.name: target
    for target in (
        Target("pico", "rp2", "armv6m", 31, ("pico",), left_out=frozenset({"groschen/drivers/interpreted.py"})),
        Target("esp32", "esp32", "xtensawin", 31, ("esp32",)),
        Target("unix", "linux", "x64", 63, ("pico", "unix"), console=False),  # its one port is the meter's own then
    )
}

LEAST_VERSION: Final = (1, 24)
"""The oldest MicroPython that a meter runs on."""
MPY_VERSION: Final = 6
"""The bytecode that mpy-cross writes."""

PACKAGES: Final = ("groschen", "groschencard")
NOT_SHIPPED: Final = frozenset(
    {
        "groschen/core/outlook.py",
        "groschen/core/ports.py",
        "groschen/core/wholemeter.py",
        "groschencard/card.py",
        "groschencard/derivation.py",
        "groschencard/holidays.py",
        "groschencard/mifare_format.py",
        "groschencard/obis.py",
        "groschencard/openpaygo_issue.py",
        "groschencard/record_issue.py",
        "groschencard/recordwords.py",
        "groschencard/tan_issue.py",
    }
)
"""Modules of these packages that no board gets: the ports are for type checkers, the others for simulator and host."""
LAUNCHERS: Final = {"boot.py": "boot.py", "launch.py": "main.py"}
"""Files of boards/common that are copied as they are, and their names on the board: they choose the release."""
SELF_TEST: Final = "selftest.py"
BEGIN: Final = "begin.py"
PASSING: Final = (SELF_TEST, BEGIN)
"""Files of boards/common that are run on the board and stay on none."""
