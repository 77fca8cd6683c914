# SPDX-License-Identifier: Apache-2.0
"""Draws the README's picture of the front panel, docs/panel.svg.

    python tools/panel_picture.py [--check]

The demonstration's meter at its instant: a load is drawn, and the customer's card has just brought twenty euro.
`--check` says whether the panel of today looks the same.
"""

import argparse
import asyncio
import os
import re
import sys
from pathlib import Path

from groschensim.language import VARIABLE
from groschensim.panel.run import Order, panel

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "panel.svg"
LICENCE = "<!-- SPDX-License-Identifier: Apache-2.0 -->\n"
_STOP = 9  # of the load's slider
_READ_MS = 10_000  # that the card is in
_FONTS = re.compile(r",\s*url\([^)]*\) format\(\"woff2?\"\)")
_CHAR = 12.2  # the width of one
_BLANK = "&#160;"
_TEXT = re.compile(r'x="([\d.]+)" (y="[\d.]+") textLength="([\d.]+)"( [^>]*>)((?:&#160;)+)')
_SPACE = re.compile(r"[ \t]+$", re.MULTILINE)


async def draw() -> str:
    """Return the picture; the fonts are those of the reader's machine."""
    with panel(Order()) as app:
        app.lapse.stop()
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            app.action_load(_STOP)
            app.insert(next(path for path in app.images() if "20" in path.name))
            app.world.run(app.world.ms + _READ_MS)
            app.show()
            await pilot.pause()
            drawn = app.export_screenshot(title="groschen sim panel")
    return LICENCE + _SPACE.sub("", _TEXT.sub(_indent, _FONTS.sub("", drawn))).rstrip() + "\n"


def _indent(text: re.Match[str]) -> str:
    """Return a text's beginning without the blanks that some viewers swallow there, moved by them instead."""
    moved = _CHAR * (len(text[5]) // len(_BLANK))
    at, length = float(text[1]) + moved, float(text[3]) - moved
    return f'x="{at:.1f}" {text[2]} textLength="{length:.1f}"{text[4]}'


def main() -> int:
    """Write or check; return the exit status."""
    parser = argparse.ArgumentParser(description="the README's picture of the front panel")
    parser.add_argument("--check", action="store_true", help="say whether the file is up to date")
    check: bool = parser.parse_args().check
    os.environ[VARIABLE] = "de"
    for name in (
        "NO_COLOR",
        "COLORTERM",
        "TEXTUAL_THEME",
        "TEXTUAL_COLOR_SYSTEM",
        "TEXTUAL_ANIMATIONS",
        "TEXTUAL_FILTERS",
    ):
        os.environ.pop(name, None)
    drawn = asyncio.run(draw())
    if not check:
        PICTURE.write_text(drawn, encoding="utf-8")
        return 0
    same = PICTURE.is_file() and PICTURE.read_text(encoding="utf-8") == drawn
    print(f"{PICTURE.relative_to(ROOT)}: {'up to date' if same else 'differs from what the panel draws'}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
