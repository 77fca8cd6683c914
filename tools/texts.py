# SPDX-License-Identifier: Apache-2.0
"""Sets the numbers of the display's texts in the modules that use them, by the German words beside each.

    python tools/texts.py [--check]

A constant `_T_...` has the words of its text as a comment; its number is the line of these words in `texts.py`.
"""

import argparse
import re
import sys
from pathlib import Path

from groschen.core import texts

CORE = Path(__file__).resolve().parents[1] / "firmware" / "groschen" / "core"
CONSTANT = re.compile(r"^(_T_\w+) = const\((\d+)\)(?:  # (.*))?$", re.MULTILINE)


def numbers() -> dict[str, int]:
    """Return each text's number by its German words, without the blanks around them; none has two."""
    lines = texts.BLOB.decode().splitlines()
    words = [line.split("|")[0].strip() for line in lines]
    twice = {word for word in words if words.count(word) > 1}
    if twice:
        raise SystemExit(f"texts: two texts of the same German words: {', '.join(sorted(twice))}")
    return {word: number for number, word in enumerate(words)}


def numbered(source: str, known: dict[str, int], name: str) -> str:
    """Return a module's source with the right numbers."""

    def line(found: re.Match[str]) -> str:
        constant, _, words = found.groups()
        if (words or "") not in known:
            raise SystemExit(f"texts: {name}: no text {words!r} for {constant}")
        return f"{constant} = const({known[words or '']})" + (f"  # {words}" if words else "")

    return CONSTANT.sub(line, source)


def main() -> int:
    """Write or check; return the exit status."""
    parser = argparse.ArgumentParser(description="the numbers of the display's texts")
    parser.add_argument("--check", action="store_true", help="say whether they are right")
    check: bool = parser.parse_args().check
    known = numbers()
    wrong: list[str] = []
    for path in sorted(CORE.glob("*.py")):
        source = path.read_text()
        right = numbered(source, known, path.name)
        if right != source:
            wrong.append(path.name)
            if not check:
                path.write_text(right)
    if check and wrong:
        print(f"texts: wrong numbers in {', '.join(wrong)}; run `make screens`", file=sys.stderr)
        return 1
    print(f"texts: {len(known)} texts, {len(texts.BLOB)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
