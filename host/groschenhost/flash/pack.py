# SPDX-License-Identifier: Apache-2.0
"""The one file in which all modules of a release stand, in the order in which a board loads them.

A line with the length of the index; the index, in which each line has a path and where it begins; the modules.
`boards/common/main.py` reads it, `docs/memory-and-start.md` tells why it is so.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from groschenhost.flash.errors import ReleaseError

PACK: Final = "modules"
STAGES: Final = ("pulses", "program", "groschen.core.interfaces")
"""What is loaded first, so that the board counts; then, so that it measures; then, so that it deals with people.

What none of them needs when it is loaded stands behind them, and is loaded where something asks for it.
"""
_PLACE: Final = 6  # digits of where a module begins


def in_order(found: Mapping[str, Path]) -> list[str]:
    """Gives the sources, by their names on the board, each after all that it imports when it is loaded."""
    names = {_module(name): name for name in found}
    ordered: list[str] = []

    def visit(module: str, above: tuple[str, ...] = ()) -> None:
        if module in above:
            circle = " -> ".join((*above, module))
            raise ReleaseError(
                (
                    f"Die Module brauchen einander im Kreis: {circle}",
                    f"The modules need each other in a circle: {circle}",
                )
            )
        if names[module] not in ordered:
            for wanted in _imported(module, found[names[module]]):
                if wanted in names:
                    visit(wanted, (*above, module))
            ordered.append(names[module])

    for module in (*STAGES, *sorted(names)):
        if module in names:
            visit(module)
    return ordered


def packed(modules: Mapping[str, bytes]) -> bytes:
    """Gives the file of these compiled modules, which are in order."""
    size = sum(len(name) + _PLACE + 2 for name in modules)
    at = size + len(b"%d\n" % size)
    index = b""
    for name, data in modules.items():
        index += b"\n%s %0*d" % (name.encode(), _PLACE, at)
        at += len(data)
    return b"%d\n" % size + index + b"".join(modules.values())


def unpacked(pack: bytes) -> dict[str, bytes]:
    """Gives the modules of such a file."""
    size, _, rest = pack.partition(b"\n")
    lines = [line.rpartition(b" ") for line in rest[: int(size)].split(b"\n")[1:]]
    places = [int(place) for _, _, place in lines]
    return {
        name.decode(): pack[begin:end]
        for (name, _, _), begin, end in zip(lines, places, [*places[1:], len(pack)], strict=True)
    }


def _module(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imported(module: str, path: Path) -> Iterator[str]:
    """Gives the modules that one imports when it is loaded, its packages before them."""
    parts = module.split(".")
    yield from (".".join(parts[:count]) for count in range(1, len(parts)))
    try:
        tree = ast.parse(path.read_bytes())
    except SyntaxError:
        return  # which the compiler tells better
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
