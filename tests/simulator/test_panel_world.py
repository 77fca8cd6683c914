# SPDX-License-Identifier: Apache-2.0
"""The world behind the front panel: every pulse is charged at its instant, at any lapse, and none behind an open relay."""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from groschen.core import events
from groschen.core.meter import Meter
from groschensim import cli
from groschensim.board import Board, simulated_keys
from groschensim.errors import ImageError
from groschensim.heldfile import HeldFile
from groschensim.nvm import SimNvm
from groschensim.panel.lapse import FACTORS, Lapse
from groschensim.panel.run import Order, panel
from groschensim.panel.world import SECOND_MS, TENTH_MS, World
from groschensim.play import Player
from groschensim.scenario import read_scenario

KWH = 3_600_000_000
EVENING = """\
[meter]
serial = "1EBZ0100000001"
imp_per_kwh = {imp}
start = 2026-01-20T21:30:00+01:00
end = 2026-01-21T06:20:00+01:00
balance_eur = {eur}
debt_eur = 12.5

[tariff]
ht_ct_per_kwh = 31.89
nt_ct_per_kwh = 25.12
power_ct_per_kw = 950
power_mode = "continuous"
base_ct_per_day = 39.45
base_share = {{ electricity = 60, gas = 30, water = 10 }}
debt_ct_per_kwh = 5.55
debt_ct_per_day = 20
ht_workday = ["06:00-22:00"]

[credit]
daily = "23:00-05:00"

[load]
csv = "load.csv"
"""


def evening(folder: Path, imp: int, pulses: int, eur: str) -> Path:
    """A scenario of an evening and a night, with the same pulses in each quarter hour."""
    path = folder / "evening.toml"
    path.write_text(EVENING.format(imp=imp, eur=eur))
    start = datetime(2026, 1, 20, 20, 30, tzinfo=UTC)
    rows = [f"{(start + timedelta(minutes=15 * number)).isoformat()},{pulses}" for number in range(36)]
    (folder / "load.csv").write_text("start,pulses\n" + "\n".join(rows) + "\n")
    return path


def world_of(path: Path) -> World:
    """The scenario's meter at its start, behind a panel."""
    tape = cast("dict[str, Any]", read_scenario(path).tape)
    nvm = SimNvm()
    board = Board(tape, nvm)
    return World(nvm, simulated_keys(tape["serial"]), board.meter.imp, board.meter.zone, tape["start_s"])


def meter_of(world: World) -> Meter:
    assert world.device
    return world.device.meter


def kept(meter: Meter) -> tuple[Any, ...]:
    """All that is charged and logged."""
    return (
        [limbs.value() for limbs in meter.registers()],
        meter.log.ring.kept(),
        meter.daily.ring.kept(),
        meter.demand.maxima.kept(),
        meter.supply.on,
        meter.supply.disconnections,
    )


@pytest.mark.parametrize(
    ("imp", "watts", "eur"),
    [
        (1000, 500, "50.00"),  # a pulse every 7.2 seconds
        (1000, 500, "0.20"),  # the credit ends before the window does, so that the light goes out as it closes
        (1000, 500, "0.10"),  # and before it opens, at a pulse
        (1000, 7000, "95.00"),  # two pulses a second, and a power tariff
        (10_000, 5000, "1.50"),  # fourteen a second
    ],
)
@pytest.mark.parametrize("stride", [TENTH_MS, 10 * SECOND_MS, 3_600 * SECOND_MS])
def test_a_night_costs_what_the_simulator_says_at_any_lapse(
    tmp_path: Path, imp: int, watts: int, eur: str, stride: int
) -> None:
    path = evening(tmp_path, imp, watts * imp // 4000, eur)
    scenario = read_scenario(path)
    played = Player(cast("dict[str, Any]", scenario.tape), scenario.load).play()
    world = world_of(path)
    world.watts = watts
    world.drawn = KWH  # the scenario's first pulse falls at its start
    world.run((scenario.tape["end_s"] - scenario.tape["start_s"]) * SECOND_MS - TENTH_MS, stride)
    assert kept(meter_of(world)) == kept(played.meter)
    assert world.board.relay.closed() is played.relay
    done = CliRunner().invoke(cli.app, ["run", str(path), "--json"])
    result = json.loads(done.stdout)
    assert world.balance() == result["balance_ueur"]
    assert world.fallen == result["pulses"]["total"]
    assert played.relay is (float(eur) >= 50)


def test_pulses_end_with_the_one_that_opens_the_relay(tmp_path: Path) -> None:
    world = world_of(evening(tmp_path, 100_000, 0, "0.01"))
    world.watts = 20_000  # 555 pulses a second
    world.run(20 * SECOND_MS)
    assert not world.board.relay.closed()
    meter = meter_of(world)
    assert world.fallen == meter.energy_ht.value()
    assert -4 < world.balance() <= 0  # a pulse costs 3.7 millionths of a euro


def test_a_power_cut_keeps_every_pulse_and_the_relay_waits_for_the_meter(tmp_path: Path) -> None:
    world = world_of(evening(tmp_path, 1000, 0, "50.00"))
    world.watts = 2000
    world.run(3_000 * SECOND_MS, SECOND_MS)
    before = world.balance()
    assert world.fallen == 1666
    world.switch_mains()
    assert world.device is None
    assert not world.board.relay.closed()  # nobody counts
    assert world.load() == 0
    world.run(2 * 3_600 * SECOND_MS, SECOND_MS)
    assert world.fallen == 1666
    world.switch_mains()
    meter = meter_of(world)
    assert meter.energy_ht.value() + meter.energy_nt.value() == 1666
    assert world.balance() == before
    details = [row[events.DETAIL] for row in meter.log.ring.kept() if row[events.KIND] == events.POWER]
    assert details[-2:] == [events.POWER_OFF, events.POWER_ON]
    assert world.load() == 2000
    world.run(3 * 3_600 * SECOND_MS, SECOND_MS)
    assert world.fallen == 1666 + 2000


def test_the_next_midnight_and_quarter_hour_are_those_of_the_wall_clock(tmp_path: Path) -> None:
    world = world_of(evening(tmp_path, 1000, 0, "50.00"))
    world.run(61 * SECOND_MS)
    assert world.next_quarter() == 900 * SECOND_MS
    assert world.next_midnight() == 9_000 * SECOND_MS
    world.run(world.next_midnight(), 60 * SECOND_MS)
    assert world.wall().minute == 0
    assert world.next_midnight() == (9_000 + 86_400) * SECOND_MS


@pytest.mark.parametrize("speed", range(len(FACTORS)))
def test_time_lapses_by_the_factor_that_is_shown(tmp_path: Path, speed: int) -> None:
    world = world_of(evening(tmp_path, 1000, 0, "50.00"))
    now = 5.0
    lapse = Lapse(world, lambda: now)
    for _ in range(speed):
        lapse.next_speed()
    now += 0.53125
    lapse.turn()
    assert lapse.factor == FACTORS[speed]
    assert world.ms == int(531.25 * FACTORS[speed]) // TENTH_MS * TENTH_MS
    now += 0.53125
    lapse.turn()
    assert world.ms == int(1062.5 * FACTORS[speed]) // TENTH_MS * TENTH_MS


def test_a_terminal_that_was_stopped_has_not_lived_through_it(tmp_path: Path) -> None:
    world = world_of(evening(tmp_path, 1000, 0, "50.00"))
    now = 0.0
    lapse = Lapse(world, lambda: now)
    now = 86_400.0
    lapse.turn()
    assert world.ms == SECOND_MS


# -- files -------------------------------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A meter that a run has left."""
    state = tmp_path / "state.bin"
    path = evening(tmp_path, 1000, 125, "50.00")
    done = CliRunner().invoke(cli.app, ["run", str(path), "--image", str(state), "--quiet"])
    assert done.exit_code == 0, done.output
    return state


def test_a_saved_meter_goes_on_and_is_kept(saved: Path) -> None:
    with panel(Order(saved)) as app:
        before = app.world.balance()
        start = app.world.second()
        app.world.watts = 1000
        app.world.run(3_600 * SECOND_MS, SECOND_MS)
        spent = app.world.balance()
    assert spent < before
    with panel(Order(saved)) as app:
        assert app.world.balance() == spent
        assert app.world.second() == start + 3_600
        assert app.world.lit_up()


def test_a_meter_on_the_panel_is_held_also_behind_a_writing(saved: Path) -> None:
    with panel(Order(saved)) as app:
        app.world.watts = 1000
        app.world.run(3_600 * SECOND_MS, SECOND_MS)
        before = saved.read_bytes()
        app.keep_now()
        assert saved.read_bytes() != before
        with pytest.raises(ImageError, match="gerade woanders"):
            HeldFile(saved, 40_000)
    HeldFile(saved, 40_000).close()


def test_a_later_instant_passes_without_consumption(saved: Path) -> None:
    with panel(Order(saved)) as app:
        start = app.world.second()
        energy = meter_of(app.world).energy_ht.value()
    with panel(Order(saved, start + 86_400)) as app:
        assert app.world.second() == start + 86_400
        assert meter_of(app.world).energy_ht.value() == energy


@pytest.mark.parametrize(
    ("make", "words", "says"),
    [
        (lambda state: state.unlink(), [], "No such file"),
        (lambda state: state.write_bytes(b"x" * 100), [], "kein gesicherter Zähler: 100 Bytes statt 32768"),
        (lambda state: state.write_bytes(bytes(32_768)), [], "der Speicher ist leer"),
        (lambda state: state.with_name("state.bin.meter").unlink(), [], "sie sagt, welcher Zähler"),
        (lambda state: None, ["--at", "2020-01-01T00:00:00Z"], "früher geht nicht"),
        (lambda state: None, ["--at", "gestern"], "gestern"),
    ],
)
def test_what_cannot_be_opened_ends_with_status_2(
    saved: Path, make: Callable[[Path], None], words: list[str], says: str
) -> None:
    make(saved)
    done = CliRunner().invoke(cli.app, ["panel", str(saved), *words])
    assert done.exit_code == 2, done.output
    assert says in done.output


def test_a_meter_that_is_in_use_ends_with_status_2(saved: Path) -> None:
    with HeldFile(saved, 40_000):
        done = CliRunner().invoke(cli.app, ["panel", str(saved)])
    assert done.exit_code == 2
    assert "gerade woanders eingesteckt" in done.output


def test_an_instant_without_a_meter_is_a_wrong_call() -> None:
    done = CliRunner().invoke(cli.app, ["panel", "--at", "2026-01-20T10:00:00+01:00"])
    assert done.exit_code == 2


# -- a real terminal ---------------------------------------------------------------------------------------


def test_without_a_terminal_it_is_a_wrong_call() -> None:
    done = CliRunner().invoke(cli.app, ["panel"])
    assert done.exit_code == 2
    assert "braucht ein Terminal" in done.output


class Terminal:
    """The command in a pseudo terminal of 80 by 24."""

    def __init__(self, *words: object) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        command = Path(sys.executable).with_name("groschen")
        environment = {**os.environ, "TERM": "xterm-256color", "GROSCHEN_LANG": "de"}
        words = (command, "sim", "panel", *words)
        self.process = subprocess.Popen(
            [str(word) for word in words], stdin=slave, stdout=slave, stderr=slave, env=environment
        )
        os.close(slave)
        self.text = ""

    def wait_for(self, text: str) -> None:
        end = time.monotonic() + 60
        while text not in self.text:
            assert time.monotonic() < end, self.text
            if select.select([self._master], [], [], 0.5)[0]:
                self.text += os.read(self._master, 65_536).decode(errors="replace")

    def type(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def end(self) -> int:
        """Wait for the command, reading what it still says, and return its status."""
        end = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < end:
            if select.select([self._master], [], [], 0.2)[0]:
                with suppress(OSError):
                    self.text += os.read(self._master, 65_536).decode(errors="replace")
        os.close(self._master)
        return self.process.wait(1)


@pytest.mark.parametrize("how", ["F10", "SIGTERM", "SIGHUP"])
def test_in_a_terminal_the_meter_is_kept_however_the_panel_ends(saved: Path, how: str) -> None:
    terminal = Terminal(saved)
    terminal.wait_for("Guthaben")
    terminal.type(b"\x1b[17~")  # F6: to the next quarter hour
    terminal.wait_for("06:30:0")
    if how == "F10":
        terminal.type(b"\x1b[21~")
    else:
        terminal.process.send_signal(getattr(signal, how))
    status = terminal.end()
    assert status == {"F10": 0, "SIGTERM": 143, "SIGHUP": 129}[how], terminal.text
    assert "Traceback" not in terminal.text
    assert terminal.text.rindex("\x1b[?1049l") > terminal.text.index("\x1b[?1049h")  # the screen of before
    with panel(Order(saved)) as app:
        clock = app.world.wall()
        assert (clock.minute, clock.date.day) == (390, 21)
