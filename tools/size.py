# SPDX-License-Identifier: Apache-2.0
"""Compile all that runs on a Pico as it is shipped, and print its bytes; the rules and the whole have a limit.

What is shipped, and how it is compiled, is what `groschen meter flash` ships.
"""

import argparse
import json
import sys

from rich.console import Console
from rich.table import Table

from groschenhost.flash.release import LOADER, build
from groschenhost.flash.targets import TARGETS

# The rules of the meter: what it charges, when it supplies, what it counts.
RULES = tuple(
    f"groschen/core/{name}.mpy"
    for name in (
        "account", "agenda", "amount", "calendar", "component", "debt", "demand", "errors", "events", "exchange",
        "fields", "meter", "registers", "ring", "supply", "switching", "tariff", "windows",
    )
)  # fmt: skip
RULES_LIMIT = 40 * 1024
LIMIT = 128 * 1024  # of all: docs/memory-and-start.md tells what a stock Pico has room for
BOARD = "pico"


def sizes() -> dict[str, int]:
    """Give the bytes of every module of a release."""
    release = build(TARGETS[BOARD])
    return {name: len(data) for name, data in sorted({**release.modules, LOADER: release.loader}.items())}


def show(found: dict[str, int], rules: int) -> None:
    """Print the modules and the sums as a table."""
    title = f"mpy-cross {' '.join(TARGETS[BOARD].flags)}"
    table = Table("module", title=title, title_style="", show_footer=True)
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
        flags = TARGETS[BOARD].flags
        print(json.dumps({"flags": flags, "rules": rules, "all": total, "limits": limits, "modules": found}, indent=2))
    else:
        show(found, rules)
    over = [name for name, size, limit in (("the rules", rules, RULES_LIMIT), ("all", total, LIMIT)) if size > limit]
    if over:
        print(f"size: over the limit: {', '.join(over)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
