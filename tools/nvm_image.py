# SPDX-License-Identifier: Apache-2.0
"""Writes the memory's image of layout 4, and the values that must be read from it, into tests/vectors.

    python tools/nvm_image.py [--check]

A spring with every rule, billing dates, and a tariff that waits. `--check` says whether the firmware of today would
write the same image. When a new layout comes, this image stays as it is and a second one is made.
"""

import argparse
import gzip
import json
import sys
from array import array
from pathlib import Path
from typing import Any, cast

from groschen.core import fields, wholemeter
from groschen.core.calendar import day_number
from groschen.core.meter import Meter
from groschen.core.ring import Ring
from groschen.core.state import State
from groschen.core.store import Store
from groschensim import board as boards
from groschensim.nvm import SimNvm
from groschensim.play import Player
from groschensim.scenario import read_scenario

ROOT = Path(__file__).resolve().parents[1]
SCENARIO = ROOT / "tests" / "interpreters" / "scenarios" / "all_rules.toml"
IMAGE = ROOT / "tests" / "vectors" / "nvm-v4.bin.gz"
VALUES = ROOT / "tests" / "vectors" / "nvm-v4.json"


def make() -> tuple[bytearray, State]:
    """Return the image, and the state that was written, its whole profile included."""
    scenario = read_scenario(SCENARIO)
    tape = cast("dict[str, Any]", scenario.tape)
    nvm = SimNvm()
    Player(tape, scenario.load, nvm=nvm).play()
    store = Store(nvm)
    state = store.load()
    if state is None:
        raise SystemExit("nvm_image: the memory is empty")
    meter = state.meter
    later = boards.tariff({**tape["tariff"], "nt_ueur_per_kwh": 271_828}, 9)
    later.start_quarter = meter.quarter + 40_000
    later.start_second = 77
    meter.set_tariff(later)
    meter.set_billing(array("i", [day_number(2026, 6, 15), day_number(2026, 12, 15)]))
    store.commit(state)
    wholemeter.load_profile(meter, store)
    return nvm.image, state


def values(part: object, path: str = "") -> dict[str, Any]:
    """Return what a state keeps by name: integers, arrays, the rows of rings that are kept, the profile."""
    if isinstance(part, Ring):
        return {path + "appended": part.appended, path + "rows": part.kept()}
    out: dict[str, Any] = {path + name: getattr(part, name) for name in fields.names(part)}
    for name in getattr(part, "ARRAYS", ()):
        out[path + name] = list(getattr(part, name))
    for name in getattr(part, "PARTS", ()):
        out.update(values(getattr(part, name), f"{path}{name}." if name != "meter" else ""))
    if isinstance(part, Meter):
        profile = part.profile
        out["profile.pulses"] = [profile.pulses(quarter) for quarter in range(profile.start(), profile.end)]
    return out


def text(table: dict[str, Any]) -> str:
    """Return the values as JSON, one a line."""
    rows = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in table.items()]
    return "{\n" + ",\n".join(rows) + "\n}\n"


def main() -> int:
    """Write or check; return the exit status."""
    parser = argparse.ArgumentParser(description="the memory's image of layout 4")
    parser.add_argument("--check", action="store_true", help="say whether the files are up to date")
    check: bool = parser.parse_args().check
    image, state = make()
    table = text(values(state))
    if not check:
        IMAGE.parent.mkdir(exist_ok=True)
        IMAGE.write_bytes(gzip.compress(bytes(image), mtime=0))
        VALUES.write_text(table, encoding="utf-8")
        return 0
    same = gzip.decompress(IMAGE.read_bytes()) == bytes(image) and VALUES.read_text(encoding="utf-8") == table
    print(f"{IMAGE.relative_to(ROOT)}: {'up to date' if same else 'differs from what the firmware writes'}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
