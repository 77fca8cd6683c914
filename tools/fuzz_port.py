# SPDX-License-Identifier: Apache-2.0
"""Puts random and mutated lines into the service port: never a crash, never a write without the password.

    python tools/fuzz_port.py --lines 1000000
    python tools/fuzz_port.py --lines 100000 --on micropython

And after every one a client is answered again within two seconds. What is found is printed with its seed, which finds
it again.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import port_mutator

ROOT = Path(__file__).resolve().parents[1]
SHARE = 20_000  # lines of one seed


def on_micropython(seed: int, lines: int) -> str:
    """Play on the MicroPython unix port."""
    roots = [ROOT / "tools", ROOT / "firmware", ROOT / "cardformat"]
    environment = {**os.environ, "MICROPYPATH": ":".join([*map(str, roots), ".frozen"])}
    command = [ROOT / ".venv" / "bin" / "micropython", "-X", "heapsize=64M", ROOT / "tools" / "port_mutator.py"]
    done = subprocess.run(
        [*map(str, command), str(seed), str(lines)], check=False, capture_output=True, text=True, env=environment
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout.strip()


def main() -> int:
    """Fuzz; return the exit status."""
    parser = argparse.ArgumentParser(description="put broken lines into the service port")
    parser.add_argument("--lines", type=int, default=1_000_000, help="how many lines")
    parser.add_argument("--seed", type=int, default=1, help="where chance begins")
    parser.add_argument("--on", choices=("cpython", "micropython"), default="cpython", help="the interpreter")
    wanted = parser.parse_args()
    play = on_micropython if wanted.on == "micropython" else port_mutator.play
    sums: dict[str, int] = {}
    seed: int = wanted.seed
    for first in range(0, wanted.lines, SHARE):
        try:
            told = play(seed, min(SHARE, wanted.lines - first))
        except Exception:
            print(f"fuzz_port: seed {seed}", file=sys.stderr)
            raise
        for part in told.partition(": ")[2].split(", "):
            name, _, count = part.rpartition(" ")
            sums[name] = sums.get(name, 0) + int(count)
        seed += 1
    print(f"{wanted.lines} lines: " + ", ".join(f"{name} {count}" for name, count in sorted(sums.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
