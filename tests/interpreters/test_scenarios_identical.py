# SPDX-License-Identifier: Apache-2.0
"""A scenario gives the same bytes on CPython and on a real MicroPython, and a difference would be seen."""

import io
import json
from pathlib import Path

import pytest
from interpreters import ROOT, broken, micropython

from groschensim import result
from groschensim.play import Player
from groschensim.scenario import Scenario, read_scenario
from groschensim.trace import Trace

HERE = Path(__file__).parent / "scenarios"
DEVICE = ROOT / "simulator" / "groschensim" / "device.py"
FILES = sorted([*(ROOT / "simulator" / "scenarios").glob("*.toml"), *HERE.glob("*.toml")])


def lay_out(scenario: Scenario, folder: Path) -> None:
    """Leave a job for the device in a folder."""
    job = {"tape": scenario.tape, "trace": True, "step": 0, "restart": False, "memory": False, "cuts": []}
    (folder / "tape.json").write_text(json.dumps(job))
    (folder / "load.bin").write_bytes(scenario.load.tobytes())


def here(scenario: Scenario) -> tuple[str, str, str]:
    """Return result, registers and trace of this interpreter."""
    rows = io.StringIO()
    board = Player(dict(scenario.tape), scenario.load, Trace(rows)).play()
    return result.text(result.result(board)), result.text(result.read_out(board.meter)), rows.getvalue()


def there(folder: Path) -> tuple[str, str, str]:
    """Return result, registers and trace that the device left."""
    outcome, registers, rows = ((folder / name).read_text() for name in ("result.json", "registers.json", "trace.csv"))
    return outcome, registers, rows


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_same_bytes(file: Path, tmp_path: Path) -> None:
    scenario = read_scenario(file)
    lay_out(scenario, tmp_path)
    done = micropython(DEVICE, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "name='micropython'" in done.stderr
    assert there(tmp_path) == here(scenario)


def test_the_scenarios_here_meet_the_rules() -> None:
    # What they are for: a comparison of years in which nothing happens proves nothing.
    ends = [json.loads(here(read_scenario(file))[0]) for file in sorted(HERE.glob("*.toml"))]
    for charge in ("ht", "nt", "power", "base_gas", "debt_kwh", "debt_water"):
        assert any(end["charges_ueur"][charge] for end in ends), charge
    causes = {cut["cause"] for end in ends for cut in end["supply"]["disconnections"]}
    assert causes == {"credit", "locked"}
    assert any(end["refunds_ueur"] for end in ends)
    assert any(end["emergency"]["activations"] for end in ends)


def test_a_module_that_fails_on_micropython_alone_fails_the_run(tmp_path: Path) -> None:
    lay_out(read_scenario(HERE / "all_rules.toml"), tmp_path)
    crash = "def charge(self, pulses: int) -> None:\n        import sys\n        sys.implementation.cache_tag\n"
    firmware = broken(tmp_path, "component.py", "def charge(self, pulses: int) -> None:\n", crash)
    done = micropython(DEVICE, tmp_path, firmware=firmware)
    assert done.returncode != 0
    assert "AttributeError" in done.stdout + done.stderr
    assert not (tmp_path / "result.json").exists()


def test_a_module_that_counts_otherwise_on_micropython_is_seen(tmp_path: Path) -> None:
    scenario = read_scenario(HERE / "all_rules.toml")
    lay_out(scenario, tmp_path)
    firmware = broken(tmp_path, "component.py", "self.carry = self.due_carry", "self.carry = 0")
    done = micropython(DEVICE, tmp_path, firmware=firmware)
    assert done.returncode == 0, done.stderr
    assert there(tmp_path) != here(scenario)
