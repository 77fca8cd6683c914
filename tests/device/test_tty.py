# SPDX-License-Identifier: Apache-2.0
"""The suite over a serial port, with the virtual board on its other end, in real time."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from groschensim.virtual.board import VirtualBoard
from tests.device.backends.tty import TtyBoard
from tests.device.test_parts import S0

ROOT = Path(__file__).resolve().parents[2]


def suite(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)


def wait_until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not done():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[str]:
    with VirtualBoard(tmp_path / "flash", real=True) as board:
        board.power_on()
        with board.background():
            yield board.port_path


def test_the_suite_runs_over_a_serial_port(port: str) -> None:
    done = suite("tests/device/test_console.py", "tests/device/test_time.py", "--board", f"tty:{port}")
    assert done.returncode == 0, done.stdout
    assert "tty cannot: power" in done.stdout
    passed = int(done.stdout.split(" passed")[0].split()[-1])
    assert passed >= 14


def test_without_a_fixture_it_says_what_it_cannot(port: str) -> None:
    done = suite("tests/device/test_parts.py", "--board", f"tty:{port}", "-k", "glitch or memory or power_cut")
    assert done.returncode == 0, done.stdout
    for reason in ("tty cannot: pulses", "tty cannot: parts", "tty cannot: parts, power"):
        assert reason in done.stdout


def test_a_second_board_sends_pulses_and_switches_the_power(
    tmp_path: Path, sources: Callable[..., dict[str, bytes]]
) -> None:
    """The wires between the two are this test's; what is between them on a bench is in docs/device-tests.md."""
    with (
        VirtualBoard(tmp_path / "meter", real=True) as meter,
        VirtualBoard(tmp_path / "fixture", real=True) as fixture,
    ):
        meter.power_on()
        fixture.power_on()

        def power(level: int | None) -> None:
            if level == 0:
                meter.power_off()
            elif not meter.powered:
                meter.power_on()

        fixture.pins.listen(2, lambda level: meter.at(0, lambda: meter.pins.set(2, 0 if level == 0 else 1)))
        fixture.pins.listen(3, power)
        with meter.background(), fixture.background():
            board = TtyBoard(meter.port_path, f"tty:{fixture.port_path}")
            assert {"pulses", "power"} <= board.caps
            board.enter()
            board.install(sources("groschen/drivers/s0.py"))
            board.run(S0)
            board.pulse(5, 300, 300)  # so long that no other program's turn spoils them
            assert board.run("print(pulses.count())") == "5\n"
            board.power_off()
            wait_until(lambda: not meter.powered)
            board.power_on()
            wait_until(lambda: meter.powered)
            board.enter()
            assert board.run("print('pulses' in dir())") == "False\n"
            board.close()
        assert meter.starts == [1, 1]
