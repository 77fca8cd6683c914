# SPDX-License-Identifier: Apache-2.0
"""The TANs' figures: what issuing and verifying cost, however old the meter is, beside PyPI's openpaygo, in one run.

A benchmark and no test: it prints what it finds, and its exit status is 0.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import openpaygo as theirs
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
DEVICE = ROOT / "tools" / "bench_tan_device.py"
PATHS = [str(ROOT / name) for name in ("cardformat", "firmware", "simulator")]
KEY = bytes(range(16))
START = 123_456_789
EUR = 50
COUNTS = (2, 20, 200, 1998)  # tokens of the purchases that bench_tan_device has


class Row(NamedTuple):
    """What was done, where, and the microseconds that it took."""

    what: str
    where: str
    microseconds: float


def ours(where: str, command: list[str], variable: str, rounds: int) -> list[Row]:
    """Return what our code costs on an interpreter."""
    paths = os.pathsep.join([*PATHS, *([".frozen"] if variable == "MICROPYPATH" else [])])
    done = subprocess.run(
        [*command, str(DEVICE), str(rounds)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, variable: paths},
    )
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return [Row(what, where, float(figure)) for what, figure in rows]


def spent(work: Callable[[], object], rounds: int) -> float:
    """Return the microseconds of a call."""
    begin = time.perf_counter_ns()
    for _ in range(rounds):
        work()
    return (time.perf_counter_ns() - begin) / rounds / 1000


def openpaygo(rounds: int) -> list[Row]:
    """Return what PyPI's openpaygo costs: a token issued from the count before it, and decoded at that count."""
    library: Any = theirs
    rows: list[Row] = []
    for count in COUNTS:
        new_count, token = library.generate_token(
            secret_key=KEY.hex(), count=count - 1, value=EUR, token_type=library.TokenType.ADD_TIME, starting_code=START
        )

        def issue(count: int = count) -> object:
            return library.generate_token(
                secret_key=KEY.hex(),
                count=count - 1,
                value=EUR,
                token_type=library.TokenType.ADD_TIME,
                starting_code=START,
            )

        def verify(token: str = token, count: int = count) -> object:
            return library.decode_token(
                token=token, secret_key=KEY.hex(), count=count - 1, starting_code=START, used_counts=[]
            )

        if new_count != count or verify()[0] != EUR:  # type: ignore[index]
            raise SystemExit("bench_tan: openpaygo does not take its own token")
        times = max(1, rounds // (10 * count))
        rows.append(Row(f"open token verified at {count // 2}", "openpaygo, CPython", spent(verify, times)))
        rows.append(Row(f"open token issued at {count // 2}", "openpaygo, CPython", spent(issue, times)))
    return rows


def figures(rounds: int) -> list[Row]:
    """Return all rows; without the MicroPython unix port those are left out."""
    rows = ours("CPython", [sys.executable], "PYTHONPATH", rounds)
    micropython = BIN / "micropython"
    if micropython.exists():
        rows += ours("MicroPython unix", [str(micropython)], "MICROPYPATH", rounds)
    return rows + openpaygo(rounds)


def show(rows: list[Row]) -> None:
    """Print a table, and how much an old meter is slower than a new one."""
    places = list(dict.fromkeys(row.where for row in rows))
    table = Table("microseconds", *places, title="TANs: one after the other, five digits", title_style="")
    for what in dict.fromkeys(row.what for row in rows):
        cells = {row.where: f"{row.microseconds:,.1f}" for row in rows if row.what == what}
        table.add_row(what, *[cells.get(where, "") for where in places])
    console = Console()
    console.print(table)
    for where in places:
        took = {row.what: row.microseconds for row in rows if row.where == where}
        if "verify at 3" in took:
            age = took["verify at 100000"] / took["verify at 3"]
            console.print(
                f"{where}: verifying at counter 100 000 / at 3: {age:.2f} times; "
                f"{1e6 / took['verify at 3']:,.0f} verifications a second, {1e6 / took['issue']:,.0f} numbers"
            )


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="what TANs cost")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    rows = figures(options.rounds)
    if options.json:
        print(json.dumps([row._asdict() for row in rows], indent=2))
    else:
        show(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
