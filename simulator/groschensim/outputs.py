# SPDX-License-Identifier: Apache-2.0
"""Files that a run is to leave: refused before the run where they cannot be, and written whole or not at all."""

import os
import shutil
from pathlib import Path

from groschensim.errors import RunError
from groschensim.language import pick

PLOT_SUFFIXES = (".png", ".svg")
TRACE_SUFFIXES = (".parquet", ".csv")


def fault(path: Path, suffixes: tuple[str, ...]) -> str | None:
    """Return why a file of one of these kinds cannot be written there, or None where it can."""
    if path.suffix.lower() not in suffixes:
        names = pick((" oder ", " or ")).join(suffixes)
        return pick((f"{path} muss auf {names} enden", f"{path} must end in {names}"))
    if path.is_dir():
        return pick((f"{path} ist ein Verzeichnis", f"{path} is a directory"))
    if not path.parent.is_dir():
        return pick((f"das Verzeichnis {path.parent} gibt es nicht", f"there is no directory {path.parent}"))
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        return pick((f"{path} darf nicht geschrieben werden", f"there is no permission to write {path}"))
    return None


def deliver(made: Path, path: Path) -> None:
    """Put a finished file in its place; RunError where that fails after all."""
    try:
        shutil.copyfile(made, path)
    except OSError as error:
        reason = error.strerror
        raise RunError(
            pick((f"{path} ist nicht geschrieben ({reason})", f"{path} is not written ({reason})"))
        ) from None
