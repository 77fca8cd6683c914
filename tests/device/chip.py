# SPDX-License-Identifier: Apache-2.0
"""The whole firmware, as it is flashed, on an emulated RP2040 with an image that the user names."""

import gzip
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from groschen.core.memory import LAYOUT
from groschen.core.store import Store
from groschenhost.flash.release import Release, build
from groschenhost.flash.targets import TARGETS
from groschensim.board import simulated_keys
from groschensim.nvm import SimNvm
from tests.device.backends.rp2040 import Rp2040Board
from tests.device.week import meter_json

SERIAL: Final = "1EBZ0100000001"
VECTORS: Final = Path(__file__).resolve().parents[1] / "vectors"
KEPT_UNTIL_S: Final = 1_778_363_100
"""When the images of the memory in tests/vectors were written last."""
RUNS: Final = b"the meter runs"
_HEAP = re.compile(rb"GC: total: (\d+), used: (\d+), free: (\d+).*?max free sz: (\d+)", re.DOTALL)
_BLOCK: Final = 16


def kept(layout: int) -> bytes:
    """Return a memory of a layout, as a meter with every rule has left it; from layout 4 on it says whose it is."""
    image = gzip.decompress((VECTORS / f"nvm-v{layout}.bin.gz").read_bytes())
    if layout < LAYOUT:
        return image
    nvm = SimNvm(image=bytearray(image))
    store = Store(nvm)
    state = store.load()
    assert state is not None
    state.owner = simulated_keys(SERIAL).memory
    assert store.commit(state)
    return bytes(nvm.image)


def flashed(release: Release, serial: str = SERIAL) -> dict[str, bytes]:
    """Return all files of a board that was flashed, by their paths."""
    files = {f"a/{name}": data for name, data in release.files.items()}
    return {**files, **release.launchers, "active": b"a good\n", "meter.json": meter_json(serial).encode()}


def meter_on(image: Path, memory: bytes | None = None, start_s: int = KEPT_UNTIL_S + 30) -> Rp2040Board:
    """Return a board without power that was flashed, with a memory and an instant at its clock."""
    board = Rp2040Board(image, start_s=start_s)
    board.flash_files(flashed(build(TARGETS["pico"])))
    if memory is not None:
        board.parts.memory[:] = memory
    return board


@dataclass(frozen=True)
class Heap:
    """The interpreter's account of its heap, in bytes."""

    total: int
    used: int
    free: int
    largest: int

    @classmethod
    def read(cls, said: bytes) -> "Heap":
        """Take what `micropython.mem_info()` prints."""
        found = _HEAP.search(said)
        assert found, said
        total, used, free, blocks = map(int, found.groups())
        return cls(total, used, free, blocks * _BLOCK)

    def __str__(self) -> str:
        return f"{self.used:,} of {self.total:,} bytes used, {self.free:,} free, {self.largest:,} in one piece"


def interrupt(board: Rp2040Board) -> None:
    """Come to the prompt; the meter goes on measuring by its timer."""
    board.write(b"\x03")
    said = board.read_until(b"main.leave() ends it\r\n", 8_000)
    assert said.endswith(b"ends it\r\n"), said[-500:]
    board.enter()


def heap(board: Rp2040Board) -> Heap:
    """Return the heap of a board at its prompt, garbage collected."""
    return Heap.read(board.run("import gc, micropython\ngc.collect()\nmicropython.mem_info()").encode())
