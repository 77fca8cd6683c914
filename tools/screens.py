# SPDX-License-Identifier: Apache-2.0
"""Draws every screen of the display from a played meter: as text into tests/screens, all of them into docs/screens.svg.

python tools/screens.py [--check]
"""

import argparse
import sys
from pathlib import Path

from screen_stories import STORIES

from groschen.core.texts import ENGLISH, GERMAN

ROOT = Path(__file__).resolve().parents[1]
FIXTURES = ROOT / "tests" / "screens"
PICTURE = ROOT / "docs" / "screens.svg"

_WIDTH = 20
_COLUMN = 348  # of the picture: two displays, German and English
_ROW = 104
_COLUMNS = 3
_CELL = 7.5
_LINE = 17
_STYLE = """\
text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#12240c}
.n{font:12px system-ui,sans-serif;fill:#555}
.l{fill:#a8c64e}
.b{fill:#2b2f2a}
"""

Screen = tuple[list[str], list[str]]  # German, English


def drawn() -> dict[str, Screen]:
    """Draw all screens in both languages."""
    screens: dict[str, Screen] = {}
    for name, story in STORIES.items():
        face = story()
        screens[name] = (face.lines(GERMAN), face.lines(ENGLISH))
    return screens


def fixture(screen: Screen) -> str:
    """Return a screen as text: German on the left, English on the right."""
    edge = "+" + "-" * _WIDTH + "+"
    rows = [f"|{german}|  |{english}|" for german, english in zip(*screen, strict=True)]
    return "\n".join([f"{edge}  {edge}", *rows, f"{edge}  {edge}"]) + "\n"


def escaped(text: str) -> str:
    """Return text as it stands in XML, each blank kept."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace(" ", "\u00a0")


def display(lines: list[str], x: int, y: int) -> list[str]:
    """Return the picture of one display."""
    parts = [
        f'<rect class="b" x="{x}" y="{y}" width="164" height="78" rx="4"/>',
        f'<rect class="l" x="{x + 4}" y="{y + 4}" width="156" height="70" rx="2"/>',
    ]
    for row, line in enumerate(lines):
        text = line.rstrip()
        if text:
            length = round(len(text) * _CELL, 1)
            at = f'x="{x + 7}" y="{y + 17 + row * _LINE}" textLength="{length}"'
            parts.append(f"<text {at}>{escaped(text)}</text>")
    return parts


def picture(screens: dict[str, Screen]) -> str:
    """Return the sheet of all screens."""
    rows = -(-len(screens) // _COLUMNS)
    width = _COLUMNS * _COLUMN + 16
    height = rows * _ROW + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f"<title>The display</title><style>\n{_STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#f4f4f0"/>',
    ]
    for number, (name, (german, english)) in enumerate(screens.items()):
        x = 12 + number % _COLUMNS * _COLUMN
        y = 12 + number // _COLUMNS * _ROW
        parts.append(f'<text class="n" x="{x}" y="{y + 10}">{name}</text>')
        parts += display(german, x, y + 14) + display(english, x + 168, y + 14)
    return "\n".join([*parts, "</svg>"]) + "\n"


def wanted() -> dict[Path, str]:
    """Return all files and what is to stand in them."""
    screens = drawn()
    files = {FIXTURES / f"{name}.txt": fixture(screen) for name, screen in screens.items()}
    files[PICTURE] = picture(screens)
    return files


def main() -> int:
    """Write or check; return the exit status."""
    parser = argparse.ArgumentParser(description="the screens of the display, as text and as a picture")
    parser.add_argument("--check", action="store_true", help="say whether the files are up to date")
    check: bool = parser.parse_args().check
    files = wanted()
    stale = [path for path in FIXTURES.glob("*.txt") if path not in files]
    wrong = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    if check:
        for path in [*wrong, *stale]:
            print(
                f"screens: {path.relative_to(ROOT)} is not what the firmware draws; run `make screens`", file=sys.stderr
            )
        if not wrong and not stale:
            print(f"screens: {len(files) - 1} screens up to date")
        return 1 if wrong or stale else 0
    for path in stale:
        path.unlink()
    for path in wrong:
        path.write_text(files[path])
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
