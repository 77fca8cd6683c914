# SPDX-License-Identifier: Apache-2.0
"""Compile the German words of the option parser into the catalogue that gettext reads.

With --check, say whether the committed catalogue is up to date. GNU's msgfmt does the same, but is one more
package to install; the format is a header, two tables and the strings.
"""

import ast
import re
import struct
import sys
from pathlib import Path

LOCALE = Path(__file__).resolve().parents[1] / "host" / "groschenhost" / "locale"
SOURCE = LOCALE / "de.po"
CATALOGUE = LOCALE / "de" / "LC_MESSAGES" / "groschen.mo"

MAGIC = 0x950412DE
HEADER_SIZE = 28
ENTRY = re.compile(r'(msgid|msgid_plural|msgstr|msgstr\[\d\]) (".*")')


def parse(text: str) -> dict[str, str]:
    """Read the entries of a catalogue's source; plural forms are joined by NUL, as gettext wants them."""
    messages: dict[str, str] = {}
    key = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = ENTRY.fullmatch(line)
        if match is None:
            raise SystemExit(f"{SOURCE.name}:{number}: not an entry of one line: {line}")
        field, value = match[1], str(ast.literal_eval(match[2]))
        if field == "msgid":
            key = value
        elif field == "msgid_plural":
            key += "\0" + value
        else:
            messages[key] = messages[key] + "\0" + value if key in messages else value
    return messages


def compile_catalogue(messages: dict[str, str]) -> bytes:
    """Lay out a catalogue: header, table of keys, table of translations, the strings closed by NUL."""
    keys = sorted(messages)
    strings = [*keys, *(messages[key] for key in keys)]
    offset = HEADER_SIZE + 8 * len(strings)
    table, body = b"", b""
    for string in strings:
        data = string.encode()
        table += struct.pack("<II", len(data), offset + len(body))
        body += data + b"\0"
    header = struct.pack("<7I", MAGIC, 0, len(keys), HEADER_SIZE, HEADER_SIZE + 8 * len(keys), 0, 0)
    return header + table + body


def main() -> int:
    """Write the catalogue, or compare it with the source."""
    data = compile_catalogue(parse(SOURCE.read_text(encoding="utf-8")))
    if "--check" in sys.argv[1:]:
        if CATALOGUE.exists() and CATALOGUE.read_bytes() == data:
            return 0
        print("the compiled messages are out of date: make messages", file=sys.stderr)
        return 1
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
