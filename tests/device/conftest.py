# SPDX-License-Identifier: Apache-2.0
"""The board of each test: what --board names, one after the other."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.device.board import Board

ROOT = Path(__file__).resolve().parents[2]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*capabilities): what a board of the device suite must be able to do")


def wanted(config: pytest.Config) -> list[str]:
    """Return the boards that --board names; the virtual one where it names none."""
    return config.getoption("--board") or ["unix"]


def opened(name: str, folder: Path, fixture: str | None) -> Board:
    """Return a board by its name; it has no power yet where that can be switched."""
    kind, _, rest = name.partition(":")
    if kind == "unix":
        from tests.device.backends.unix import UnixBoard

        return UnixBoard(folder / "flash")
    if kind == "rp2040py":
        from tests.device.backends.rp2040 import Rp2040Board

        image = rest or os.environ.get("METER_UF2", "")
        if not image:
            pytest.skip("--board rp2040py needs a UF2: rp2040py:PATH, or METER_UF2 (micropython.org, RPI_PICO)")
        return Rp2040Board(Path(image))
    if kind == "tty":
        from tests.device.backends.tty import TtyBoard

        return TtyBoard(rest, fixture)
    raise pytest.UsageError(f"--board {name}: unix, rp2040py:UF2 or tty:PORT")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where boards are named, leave out what is no board's test."""
    if not config.getoption("--board"):
        return
    others = [item for item in items if "dead_board" not in getattr(item, "fixturenames", ())]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "dead_board" in metafunc.fixturenames:
        metafunc.parametrize("board_name", wanted(metafunc.config))


@pytest.fixture
def dead_board(request: pytest.FixtureRequest, board_name: str, tmp_path: Path) -> Iterator[Board]:
    """A board without power, if that can be switched."""
    board = opened(board_name, tmp_path, request.config.getoption("--fixture"))
    try:
        for mark in request.node.iter_markers("needs"):
            missing = sorted(set(mark.args) - board.caps)
            if missing:
                pytest.skip(f"{board.name} cannot: {', '.join(missing)}")
        yield board
    finally:
        board.close()


@pytest.fixture
def board(dead_board: Board) -> Board:
    """A board with power, at its raw REPL."""
    if "power" in dead_board.caps:
        dead_board.power_on()
    dead_board.enter()
    return dead_board


@pytest.fixture
def sources() -> Callable[..., dict[str, bytes]]:
    """A function that returns files of the firmware, and those that they import, by their paths on the flash."""

    def read(*names: str) -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        wanted = list(names)
        while wanted:
            name = wanted.pop()
            if f"lib/{name}" in files:
                continue
            root = ROOT / ("cardformat" if name.startswith("groschencard") else "firmware")
            files[f"lib/{name}"] = source = (root / name).read_bytes()
            wanted.extend(f"{package}/__init__.py" for package in Path(name).parents[:-1])
            # What it imports when it is loaded; what only type checkers import stands further in.
            for module in re.findall(rb"^from (groschen[\w.]*) import", source, re.MULTILINE):
                path = module.decode().replace(".", "/")
                wanted.append(f"{path}.py" if (root / f"{path}.py").is_file() or "/" in path else f"{path}/__init__.py")
        return files

    return read
