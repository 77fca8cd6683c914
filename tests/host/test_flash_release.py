# SPDX-License-Identifier: Apache-2.0
"""What a release is made of: for each board all that its main program loads, and nothing else."""

import ast
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from groschenhost.flash.errors import ReleaseError
from groschenhost.flash.pack import PACK, in_order, unpacked
from groschenhost.flash.release import Sources, build, collect
from groschenhost.flash.targets import LAUNCHERS, NOT_SHIPPED, PACKAGES, TARGETS
from tests.host.flashbench import sources

HEAD = b"M\x06"  # .mpy, version 6


def imports(path: Path) -> Iterator[str]:
    """What a module imports when it runs, wherever in it, but not for type checkers alone."""
    todo: list[ast.AST] = [ast.parse(path.read_text())]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "_TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        todo.extend(ast.iter_child_nodes(node))


def top_level(path: Path) -> set[str]:
    """What a module imports while it is being loaded."""
    wanted: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            wanted |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            wanted |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return wanted


def loaded(modules: dict[str, Path]) -> set[str]:
    """The modules that the main program loads."""
    found: set[str] = set()
    todo = ["main"]
    while todo:
        name = todo.pop()
        if name in modules and name not in found:
            found.add(name)
            for wanted in imports(modules[name]):
                parts = wanted.split(".")
                todo += [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
    return found


def as_module(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@pytest.mark.parametrize("board", TARGETS)
def test_a_board_gets_what_it_loads_and_nothing_else(board: str) -> None:
    modules = {as_module(name): path for name, path in collect(TARGETS[board], Sources.installed()).items()}
    assert modules.keys() - loaded(modules) == set()


def test_what_no_board_gets_is_there_and_loaded_by_none() -> None:
    places = Sources.installed()
    kept = {name: root / name for root in places.roots for name in NOT_SHIPPED if (root / name).is_file()}
    assert kept.keys() == NOT_SHIPPED
    modules = {as_module(name): path for name, path in {**collect(TARGETS["pico"], places), **kept}.items()}
    assert loaded(modules) & {as_module(name) for name in kept} == set()


@pytest.mark.parametrize("board", TARGETS)
def test_every_file_is_compiled_and_listed_with_its_sum(board: str) -> None:
    release = build(TARGETS[board])
    manifest = json.loads(release.manifest)
    assert manifest["files"] == {name: hashlib.sha256(data).hexdigest() for name, data in release.files.items()}
    assert (manifest["version"], manifest["layout"]) == (release.version, release.layout)
    assert release.files.keys() == {"main.mpy", "pins.mpy", PACK}
    assert release.loader.startswith(HEAD)
    assert unpacked(release.files[PACK]) == release.modules
    assert all(data.startswith(HEAD) for data in release.modules.values())
    assert {"program.mpy", "board.mpy", "pins.mpy"} <= release.modules.keys()
    assert "selftest.mpy" not in release.modules
    assert "def run(" in release.self_test
    assert all(f"{package}/__init__.mpy" in release.modules for package in PACKAGES)
    assert sorted(release.launchers) == sorted(LAUNCHERS.values())
    assert hashlib.sha256(release.manifest).hexdigest() == release.digest
    assert build(TARGETS[board]).digest == release.digest


@pytest.mark.parametrize("board", TARGETS)
def test_each_module_comes_after_all_that_it_imports_and_what_counts_before_all_others(board: str) -> None:
    found = collect(TARGETS[board], Sources.installed())
    order = in_order({name: path for name, path in found.items() if name != "main.py"})
    modules = [as_module(name) for name in order]
    for at, name in enumerate(order):
        later = {module for module in top_level(found[name]) if module in modules} - set(modules[:at])
        assert later == set(), name
    first = modules.index("pulses")
    assert first == len({"pins", "groschen", "groschen.drivers", "groschencard", "groschen.drivers.s0"})
    assert "groschen.core.meter" in modules[first : modules.index("program")]


def test_modules_that_need_each_other_in_a_circle_are_refused(tmp_path: Path) -> None:
    for name, text in (("pulses.py", "import program"), ("program.py", "from pulses import attach")):
        (tmp_path / name).write_text(text)
    with pytest.raises(ReleaseError, match="pulses -> program -> pulses"):
        in_order({path.name: path for path in tmp_path.iterdir()})


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("firmware/groschen/core/memory.py", "LAYOUT = 3\n", "keine Version"),
        ("firmware/groschen/__init__.py", "VERSION = 1\n", "keine Version"),
        ("boards/common/main.py", "def main(:\n", "main.py lässt sich nicht übersetzen"),
        ("boards/common/board.py", "def board(:\n", "board.py lässt sich nicht übersetzen"),
    ],
)
def test_sources_that_are_none_are_refused(tmp_path: Path, name: str, text: str, says: str) -> None:
    places = sources(tmp_path, {name: text})
    with pytest.raises(ReleaseError, match=says):
        build(TARGETS["unix"], places)


@pytest.mark.parametrize(
    "name", ["boards/pico/pins.py", "boards/common/main.py", "boards/common/program.py", "boards/common/boot.py"]
)
def test_sources_that_lack_something_are_refused(tmp_path: Path, name: str) -> None:
    places = sources(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(ReleaseError, match="fehlt"):
        build(TARGETS["unix"], places)
