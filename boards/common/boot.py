# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# The stubs of open() and os leave types open.
"""Chooses which of the two releases on the board runs: `/boot.py`, written once and never updated.

`/active` names it: `a good`, or `b trial a 0` for a release on trial, the one to go back to, and how often it has been
started. A release that has run well says so itself (`main.py`). One that has not done so after three starts is given
up for the other one, and `/rolledback` tells. All paths are relative: a board's working folder is its root.
"""

import sys
from os import rename

ACTIVE = "active"
ROLLED_BACK = "rolledback"
FAILED = "failed"
"""How often in a row the meter could not begin, or not go on; it goes away once one has run well."""
_STARTS = 3


def choose() -> "str | None":
    """Return the folder of the release to run, None where there is none; counts the start of one on trial."""
    try:
        with open(ACTIVE) as file:
            words: "list[str]" = file.read().split()
    except OSError:
        return None
    name, state = words[0], words[1]
    if state == "trial":
        other, starts = words[2], int(words[3])
        if starts >= _STARTS:
            write(ROLLED_BACK, name)
            write(ACTIVE, other + " good")
            return other
        write(ACTIVE, "{} trial {} {}".format(name, other, starts + 1))
    return name


def write(path: str, line: str) -> None:
    """Put a line into a file whole, or not at all."""
    with open(path + ".new", "w") as file:
        file.write(line + "\n")
    rename(path + ".new", path)


if __name__ == "__main__":  # and not where the release asks for the names of these files
    release = choose()
    if release:
        sys.path.insert(0, release)
