# SPDX-License-Identifier: Apache-2.0
"""The interpreters of this machine; where one must not be missing, its absence is a failure."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".venv" / "bin"
PORTABLE = ROOT / "tests" / "portable"
ALL_REQUIRED = bool(os.environ.get("CI") or os.environ.get("GROSCHEN_REQUIRE_ALL"))

Done = subprocess.CompletedProcess[str]


def absent(reason: str) -> NoReturn:
    """Skip with a reason, or fail with it where everything has to run."""
    if ALL_REQUIRED:
        pytest.fail(reason)
    pytest.skip(reason)


def command(name: str) -> str:
    """Return an interpreter of the environment, or else of the machine."""
    found = shutil.which(name, path=f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}")
    return found or absent(f"{name} is not here; `make setup` brings it")


def start(command: Sequence[str | Path], roots: Sequence[Path], variable: str = "PYTHONPATH") -> Done:
    """Run a command with its source roots in the variable that its interpreter reads."""
    paths = ":".join([*map(str, roots), *([".frozen"] if variable == "MICROPYPATH" else [])])
    environment = {**os.environ, variable: paths}
    return subprocess.run(
        list(map(str, command)), check=False, capture_output=True, text=True, env=environment, timeout=280
    )


def micropython(script: Path, *arguments: str | Path, firmware: Path | None = None) -> Done:
    """Run a script on the MicroPython unix port, over the firmware or a broken copy of it."""
    firmware = firmware or ROOT / "firmware"
    roots = [firmware, ROOT / "cardformat", ROOT / "simulator", PORTABLE]
    return start([command("micropython"), "-X", "heapsize=64M", script, *arguments], roots, variable="MICROPYPATH")


def broken(folder: Path, module: str, old: str, new: str) -> Path:
    """Copy the firmware with one line of a core module replaced; return the copy's source root."""
    shutil.copytree(ROOT / "firmware" / "groschen", folder / "broken" / "groschen")
    path = folder / "broken" / "groschen" / "core" / module
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    return folder / "broken"
