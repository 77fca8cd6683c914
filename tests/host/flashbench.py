# SPDX-License-Identifier: Apache-2.0
"""A board that is flashed over a real serial port, with a firmware of a few lines, and what the ledger says of it."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from groschenhost.errors import Text, pick
from groschenhost.flash import work
from groschenhost.flash.flasher import Done, Wishes
from groschenhost.flash.rawrepl import RawRepl
from groschenhost.flash.release import Release, Sources, build
from groschenhost.flash.targets import TARGETS, Target
from groschenhost.keys.master import MasterKeys
from groschenhost.ledger.book import Ledger
from groschenhost.ledger.models import Flashing, Meter
from groschensim.virtual.board import VirtualBoard
from tests.host.tandesk import MASTER

COMMON = Path(__file__).resolve().parents[2] / "boards" / "common"
SERIAL = "1EBZ0100000001"

# The memory is a file, so that a test sees what becomes of it.
BOARD = """
class Nvm:
    def read(self, at, into):
        with open("memory.bin", "rb") as file:
            file.seek(at)
            file.readinto(into)
    def write(self, at, data):
        with open("memory.bin", "r+b") as file:
            file.seek(at)
            file.write(data)
class Clock:
    def set(self, day, second):
        with open("clock.txt", "w") as file:
            file.write(str(day))
class Board:
    def __init__(self, pulses=None):
        self.nvm = Nvm()
        self.clock = Clock()
"""
PROGRAM = """
from time import sleep_ms
from board import Board
def keep():
    with open("flushed.txt", "a") as file:
        file.write("x")
def start(board, load):
    pass
def run():
    while True:
        sleep_ms(5)
"""
SELF_TEST = """
import json
def run(move=False):
    print(json.dumps({"memory": "ok", "radio": "absent", "relay": "ok" if move else "absent"}))
"""
BEGIN = """
from board import Board
def begin(imp, zone, life):
    Board().nvm.write(0, bytes([0x47, 4, 0, 0, 1, 0, 0, 0, life & 255, life >> 8]))
    print(1)
def owner():
    data = bytearray(13)
    Board().nvm.read(0, data)
    print(data[10] | data[11] << 8 | data[12] << 16)
def life():
    data = bytearray(10)
    Board().nvm.read(0, data)
    print(data[8] | data[9] << 8 if data[0] == 0x47 else 0)
"""
FILES = {
    "firmware/groschen/__init__.py": 'VERSION = "1.0.0"\n',
    "firmware/groschen/core/__init__.py": "",
    "firmware/groschen/core/memory.py": "LAYOUT = const(3)\n",
    "firmware/groschen/core/ports.py": "this is shipped to nobody",
    "cardformat/groschencard/__init__.py": "",
    "boards/common/board.py": BOARD,
    "boards/common/pulses.py": "def attach():\n    return None\n",
    "boards/common/program.py": PROGRAM,
    "boards/common/selftest.py": SELF_TEST,
    "boards/common/begin.py": BEGIN,
    "boards/pico/pins.py": "",
}


def sources(folder: Path, changed: Mapping[str, str] | None = None) -> Sources:
    """Write a small firmware, some files changed, and say where it is; its launcher and loader are the real ones."""
    common = folder / "boards" / "common"
    common.mkdir(parents=True, exist_ok=True)
    for name in ("boot.py", "launch.py", "main.py"):
        shutil.copy(COMMON / name, common)
    for name, text in {**FILES, **(changed or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Sources((folder / "firmware", folder / "cardformat"), folder / "boards")


def second_release(folder: Path, layout: int = 3) -> Release:
    """A release of which two files are other ones."""
    changed = {
        "firmware/groschen/__init__.py": 'VERSION = "1.1.0"\n',
        "firmware/groschen/core/memory.py": f"LAYOUT = const({layout})\n",
    }
    return build(TARGETS["unix"], sources(folder, changed))


@dataclass
class FlashBench:
    """A board, a ledger with one meter, and a release."""

    board: VirtualBoard
    flash_folder: Path
    ledger: Ledger
    meter: Meter
    release: Release
    master: MasterKeys = MASTER
    target: Target = TARGETS["unix"]
    told: list[str] = field(default_factory=list)

    def flash(self, wishes: Wishes | None = None, release: Release | None = None, repl: RawRepl | None = None) -> Done:
        """Flash the board."""
        return self.booked(wishes, release, repl)[0]

    def booked(
        self, wishes: Wishes | None = None, release: Release | None = None, repl: RawRepl | None = None
    ) -> tuple[Done, Flashing]:
        """Flash the board, and give the record too."""
        line = repl or RawRepl(self.board.port_path, patience_s=5)
        try:
            return work.flash(
                self.ledger,
                self.meter,
                line,
                self.target,
                release or self.release,
                wishes or Wishes(),
                "legal",
                lambda: self.master,
                self._tell,
            )
        finally:
            line.close()

    def _tell(self, text: Text) -> None:
        self.told.append(pick(text))

    def as_pico(self) -> "FlashBench":
        """The same for a technician who takes the board for another one."""
        return replace(self, target=TARGETS["pico"])

    def text(self, name: str) -> str | None:
        """A file of the board."""
        path = self.flash_folder / name
        return path.read_text() if path.is_file() else None

    def holds(self, folder: str, release: Release) -> bool:
        """Whether a folder of the board holds a release and nothing else."""
        root = self.flash_folder / folder
        there = {
            path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in root.rglob("*")
            if path.is_file()
        }
        return there == {**release.sums, "release.json": release.digest}

    def in_force(self) -> str | None:
        """What the board says is in force."""
        found = self.text("active")
        return found and found.strip()

    def identity(self) -> dict[str, object]:
        """Who the board is."""
        text = self.text("meter.json")
        assert text is not None
        found: dict[str, object] = json.loads(text)
        return found

    @property
    def memory(self) -> bytes:
        """The board's memory."""
        return (self.flash_folder / "memory.bin").read_bytes()

    def live(self, life: int = 1) -> bytes:
        """Let a meter have run with the memory; gives what it holds then."""
        held = bytes([0x47, 4, 0, 0, 9, 0, 0, 0, life & 255, life >> 8, 0, 0, 0]).ljust(32_768, b"\x11")
        (self.flash_folder / "memory.bin").write_bytes(held)
        return held

    def restart(self) -> None:
        """Take the power away and give it back, as somebody does whose flashing was cut off."""
        self.board.power_off()
        self.board.power_on()


@contextmanager
def flash_bench(folder: Path, ledger: Ledger) -> Iterator[FlashBench]:
    """Give a board without anything on it, which has power."""
    flash_folder = folder / "flash"
    flash_folder.mkdir()
    (flash_folder / "memory.bin").write_bytes(bytes(32_768))
    release = build(TARGETS["unix"], sources(folder / "sources"))
    with VirtualBoard(flash_folder, real=True) as board:
        board.power_on()
        with board.background():
            yield FlashBench(board, flash_folder, ledger, ledger.meter(SERIAL), release)
