# SPDX-License-Identifier: Apache-2.0
"""Looks for a card that the decoder does not refuse by name, nor reads as what was written.

    python tools/fuzz_card.py --runs 1000000                     atheris: mutations that look for new branches
    python tools/fuzz_card.py --runs 1000000 --plain             by a seed, without it
    python tools/fuzz_card.py --runs 100000 --on micropython     the same on the MicroPython unix port

What atheris finds stands in build/. Nothing of the card format is imported before atheris can instrument it.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def with_atheris(runs: int, seconds: int) -> None:
    """Fuzz in this process until so many runs or seconds are over; ends the process."""
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["groschencard"]):
        target = importlib.import_module("fuzz_card_target").Target()
    with tempfile.TemporaryDirectory() as folder:
        for index, seed in enumerate(target.seeds()):
            Path(folder, str(index)).write_bytes(seed)
        options = [f"-runs={runs}", f"-max_total_time={seconds}", "-max_len=1024", f"-artifact_prefix={ROOT}/build/"]
        atheris.Setup([sys.argv[0], *options, folder], target.one)
        atheris.Fuzz()


def plain(seed: int, runs: int) -> int:
    """Play on this interpreter; return the exit status."""
    mutator = importlib.import_module("card_mutator")
    print(mutator.play(str(ROOT / "tests" / "vectors"), seed, runs))
    return 0


def on_micropython(seed: int, runs: int) -> int:
    """Play on the MicroPython unix port; return its exit status."""
    environment = {**os.environ, "MICROPYPATH": f"{ROOT / 'cardformat'}:.frozen"}
    command = [ROOT / ".venv" / "bin" / "micropython", "-X", "heapsize=64M", ROOT / "tools" / "card_mutator.py"]
    return subprocess.run([*map(str, command), str(seed), str(runs)], check=False, env=environment).returncode


def main() -> int:
    """Fuzz; return the exit status."""
    parser = argparse.ArgumentParser(description="break cards and decode them")
    parser.add_argument("--runs", type=int, default=1_000_000, help="how many cards")
    parser.add_argument("--seconds", type=int, default=0, help="with atheris: stop after so many (0: never)")
    parser.add_argument("--seed", type=int, default=1, help="without atheris: where chance begins")
    parser.add_argument("--plain", action="store_true", help="by a seed, without atheris")
    parser.add_argument("--on", choices=("cpython", "micropython"), default="cpython", help="the interpreter")
    wanted = parser.parse_args()
    (ROOT / "build").mkdir(exist_ok=True)
    if wanted.on == "micropython":
        return on_micropython(wanted.seed, wanted.runs)
    if wanted.plain:
        return plain(wanted.seed, wanted.runs)
    with_atheris(wanted.runs, wanted.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
