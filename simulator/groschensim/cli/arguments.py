# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# typer's Option and Argument name click's generic types without their parameters.
"""What commands take in common, checked: paths, instants, numbers of meters."""

from contextlib import suppress
from pathlib import Path

import typer


def checked(path: Path | None, suffixes: tuple[str, ...]) -> Path | None:
    """Return a path that a file of one of these kinds can be written to; BadParameter where it cannot."""
    from groschensim import outputs

    problem = outputs.fault(path, suffixes) if path else None
    if problem:
        raise typer.BadParameter(problem)
    return path


def image_path(path: Path | None) -> Path | None:
    """Return the path of a memory's image that is to be written."""
    return checked(path, (".bin",))


def instant(text: str | None) -> int | None:
    """Return an instant in seconds since 1970; BadParameter where it is none."""
    if text is None:
        return None
    from datetime import datetime

    from groschensim.errors import WrongValueError
    from groschensim.scenario import times

    written: object = text
    with suppress(ValueError):
        written = datetime.fromisoformat(text)
    try:
        return times.instant(written)
    except WrongValueError as error:
        raise typer.BadParameter(str(error)) from None


def serial(text: str) -> str:
    """Return a meter's number; BadParameter where it cannot be one."""
    from groschensim.errors import WrongValueError
    from groschensim.scenario import values

    try:
        return values.serial(text)
    except WrongValueError as error:
        raise typer.BadParameter(str(error)) from None
