# SPDX-License-Identifier: Apache-2.0
"""Check what no other tool checks: licence lines, addresses of registries, and paths of one machine."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

LICENCE = "SPDX-License-Identifier: Apache-2.0"
SOURCES = {
    ".py",
    ".pyi",
    ".pyx",
    ".pxd",
    ".sh",
    ".toml",
    ".yml",
    ".yaml",
    ".ini",
    ".js",
    ".mjs",
    ".c",
    ".h",
    ".po",
}
SOURCE_NAMES = {"Makefile", "run", ".gitignore", ".editorconfig"}
# Below tests, settings files are test data: some are broken on purpose.
TEST_SOURCES = {".py", ".pyi", ".js", ".mjs", ".sh"}

# Each machine is set up to fetch from somewhere; that is its own business.
ADDRESS = re.compile(
    r"https?://[^\s\"'>)]*(?:pypi|npmjs|pythonhosted|debian|registry|simple/)"
    r"|\b(?:pypi|npmjs|pythonhosted)\.(?:org|com)\b"
    r"|--(?:extra-)?index-url|\"resolved\": *\"http"
)
PLACE = re.compile(r"(?<![\w.~$}*-])/(?:home|root|Users|builds|work|workspace|opt)/\w")


def files() -> list[Path]:
    """List what git tracks or would track, so that made files do not count."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in sorted(set(listed.split("\0"))) if name and (ROOT / name).is_file()]


def needs_licence(path: Path) -> bool:
    """Tell whether a file is a source of ours."""
    if path.relative_to(ROOT).parts[0] == "tests":
        return path.suffix in TEST_SOURCES
    return path.suffix in SOURCES or path.name in SOURCE_NAMES


def faults(path: Path) -> Iterator[str]:
    """Name each fault of one file."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return  # a picture, or a test's broken file
    name = path.relative_to(ROOT)
    if text and needs_licence(path) and not any(LICENCE in line for line in text.split("\n", 2)[:2]):
        yield f"{name}:1: the first line lacks '{LICENCE}'"
    for number, line in enumerate(text.splitlines(), 1):
        if ADDRESS.search(line):
            yield f"{name}:{number}: a registry's address"
        if PLACE.search(line) or str(ROOT) in line:
            yield f"{name}:{number}: a path of one machine"


def main() -> int:
    """Print every fault; 1 if there is one."""
    found = [fault for path in files() for fault in faults(path)]
    print("\n".join(found) if found else "house: in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
