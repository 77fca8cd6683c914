# SPDX-License-Identifier: Apache-2.0
"""The command as it is installed from a wheel: it flashes the real firmware, is killed at it, updates, and reads."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from groschensim.virtual.board import VirtualBoard

ROOT = Path(__file__).resolve().parents[2]
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "-q")
COMMAND = "from groschenhost.command import main; main()"
SERIAL = "1EBZ0100000001"

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel installs; the packages that it needs are this environment's."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [*PIP, "wheel", "--no-build-isolation", "--no-deps", "-w", str(folder), str(ROOT)]
    subprocess.run(build, check=True, timeout=240)
    (wheel,) = folder.glob("groschen-*.whl")
    target = folder / "installed"
    subprocess.run([*PIP, "install", "--no-deps", "--target", str(target), str(wheel)], check=True, timeout=240)
    return target


@pytest.fixture
def environment(installed: Path, tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(installed),
        "GROSCHEN_DB": str(tmp_path / "ledger.sqlite"),
        "GROSCHEN_KEY": str(tmp_path / "master.key"),
        "GROSCHEN_PASSPHRASE": "Käse und vier Wörter",
        "GROSCHEN_LANG": "en",
    }


@pytest.fixture
def run(environment: dict[str, str], tmp_path: Path) -> Run:
    def do(*words: str, status: int = 0) -> Any:
        command = [sys.executable, "-c", COMMAND, *words]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == status, done.stdout + done.stderr
        return json.loads(done.stdout) if "--json" in words and status == 0 else done.stdout + done.stderr

    return do


@pytest.fixture
def board(tmp_path: Path) -> Iterator[VirtualBoard]:
    with VirtualBoard(tmp_path / "flash", real=True) as made:
        made.power_on()
        with made.background():
            yield made


@pytest.mark.slow
def test_the_installed_command_flashes_survives_being_killed_updates_and_reads(
    installed: Path, environment: dict[str, str], run: Run, board: VirtualBoard, tmp_path: Path
) -> None:
    where = "import groschenhost, groschenhost.flash.release as r; print(groschenhost.__file__, r.Sources.installed())"
    said = subprocess.run(
        [sys.executable, "-c", where], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert str(ROOT) not in said
    assert str(installed / "groschenhost" / "boards") in said

    run("key", "new")
    run("ledger", "init", "--utility", "7", "--name", "Stadtwerk")
    run("meter", "add", SERIAL)
    flash = ("meter", "flash", "--board", "unix", "--port", board.port_path, "--meter", SERIAL)

    chance = random.Random(2040)
    active = tmp_path / "flash" / "active"
    for _ in range(3):
        killed = subprocess.Popen(
            [sys.executable, "-c", COMMAND, *flash],
            env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(chance.uniform(1.5, 4.5))
        killed.kill()
        killed.wait()
    if not active.exists():  # it may have been as good as done
        record = run(*flash, "--json")
        assert (record["kind"], record["answered"], record["on_trial"]) == ("first", True, False)
        assert set(record["self_test"].values()) <= {"ok", "absent"}
    assert active.read_text() == "a good\n"
    assert "is meter" in run(*flash, status=1)

    read = run("meter", "read", "--port", board.port_path, "--json")
    lines = {line["code"]: line["value"] for line in read["lines"]}
    assert (lines["C.1.0"], read["meter"], read["booked"]["energy_wh"]) == (SERIAL, SERIAL, 0)

    # A second release, for a meter that is in service.
    root = installed / "groschen" / "__init__.py"
    version = lines["0.2.0"]
    root.write_text(root.read_text().replace(f'VERSION = "{version}"', 'VERSION = "9.9.9"'))
    identity = (tmp_path / "flash" / "meter.json").read_bytes()
    record = run(*flash, "--update", "--json")
    assert (record["kind"], record["release"], record["on_trial"]) == ("update", "9.9.9", True)
    assert (tmp_path / "flash" / "meter.json").read_bytes() == identity
    after = run("meter", "read", "--port", board.port_path, "--meter", SERIAL, "--set-clock", "--json")
    again = {line["code"]: line["value"] for line in after["lines"]}
    assert again["0.2.0"] == "9.9.9"
    assert abs(after["clock_ahead_s"]) < 60
    # The supply was off all the time, and the memory has counted on.
    assert int(again["C.50.5"]) > int(lines["C.50.5"])
    assert [flashing["kind"] for flashing in run("meter", "show", SERIAL, "--json")["flashings"]][-1] == "update"
