# SPDX-License-Identifier: Apache-2.0
"""Writes tests/vectors/tan.json: TANs, check digits, windows, settlement and service codes, OpenPAYGO tokens.

    python tools/tan_vectors.py [--check]

Computed from cardformat/TAN.md with the standard library's hmac, a window that remembers every counter, and the
OpenPAYGO tokens of its authors' package; nothing here comes from groschencard. `--check` says whether the file is up
to date.
"""

import argparse
import hashlib
import hmac
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
VECTORS = ROOT / "tests" / "vectors" / "tan.json"

KEYS = [bytes(range(32)), bytes(32), b"\xff" * 32, hashlib.sha256(b"groschen").digest()]
DIGITS = [5, 6, 8, 10, 20]
COUNTERS = [1, 2, 3, 10, 255, 256, 65_535, 65_536, 65_537, 99_999, 100_000, 100_001, 16_777_216, 0x3FFF_FFFF]
AMOUNTS = [1, 5, 9, 10, 19, 50, 99, 100, 500, 998, 999]
# The table as it is published: row by the interim digit, column by the next.
DAMM = [
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
]

Row = dict[str, Any]


def mac(key: bytes, tag: str, *fields: tuple[int, int]) -> int:
    """Return the HMAC of a purpose and of integers, each given with its bytes, as one integer."""
    message = tag.encode() + b"\0" + b"".join(value.to_bytes(size, "little") for value, size in fields)
    return int(hmac.new(key, message, hashlib.sha256).hexdigest(), 16)


def number(key: bytes, counter: int, eur: int, digits: int) -> str:
    """Return a TAN."""
    return str(mac(key, "TAN 1 number", (counter, 4), (eur, 2)))[-digits:].zfill(digits)


def check_digit(text: str) -> str:
    """Return the digit of Damm's scheme."""
    interim = "0"
    for digit in text:
        interim = DAMM[int(interim)][int(digit)]
    return interim


def settlement(key: bytes, highest: int, used: int) -> str:
    """Return a settlement code."""
    return f"{highest % 39 * 256 + used:04d}{mac(key, 'TAN 1 settle', (highest, 4), (used, 1)) % 10**6:06d}"


def service(key: bytes, counter: int) -> str:
    """Return a service code."""
    code = f"{mac(key, 'TAN 1 service', (counter, 4)) % 10**10:010d}"
    return code + check_digit(code)


def numbers() -> Iterator[Row]:
    """Yield TANs of each length."""
    place = 0
    for digits in DIGITS:
        for counter in COUNTERS:
            for eur in (AMOUNTS[place % 11], 1 + place * 37 % 999):
                key = place % len(KEYS)
                tan = number(KEYS[key], counter, eur, digits)
                check = check_digit(f"{eur}{tan}")
                yield {"key": key, "counter": counter, "eur": eur, "digits": digits, "number": tan, "check": int(check)}
                place += 1


def ambiguous() -> Iterator[Row]:
    """Yield the first counters whose five digits for 50 euro are also those of one at most four away, and others."""
    key = 3
    tans = [""] + [number(KEYS[key], counter, 50, 5) for counter in range(1, 40_000)]
    for counter in range(1, len(tans) - 4):
        near = tans[max(counter - 4, 1) : counter] + tans[counter + 1 : counter + 5]
        if tans[counter] in near or counter in {1, 2, 1000}:
            yield {"key": key, "counter": counter, "eur": 50, "digits": 5, "ambiguous": tans[counter] in near}


def state(used: set[int]) -> tuple[int, int]:
    """Return the highest counter of a set and the bits of the eight below it; 0 is in it from the start."""
    highest = max(used)
    return highest, sum(1 << bit for bit in range(8) if highest - 1 - bit in used)


def windows() -> Iterator[Row]:
    """Yield states, what is open in them, and what taking each of that leads to."""
    histories = [[], [1], [2], [2, 1], [1, 2, 3], [1, 3, 5], [2, 4, 6, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]
    histories += [[counter + first for counter in (0, 1, 3, 2, 5)] for first in (65_534, 99_998)]
    for history in histories:
        used = {0, *history}
        highest, bits = state(used)
        opened = [c for c in range(highest - 2, highest + 3) if c > 0 and c not in used]
        takes: list[Row] = []
        for counter in opened:
            after = state(used | {counter})
            lost = [c for c in opened if c < after[0] - 2]
            takes.append({"counter": counter, "highest": after[0], "used": after[1], "lost": lost})
        yield {"highest": highest, "used": bits, "open": opened, "accept": takes}


def settlements() -> Iterator[Row]:
    """Yield settlement codes."""
    states = [(0, 0), (1, 1), (2, 0b10), (38, 255), (39, 0b1010_1010), (40, 0), (300, 3), (65_536, 200), (100_000, 77)]
    for place, (highest, used) in enumerate(states):
        key = place % len(KEYS)
        yield {"key": key, "highest": highest, "used": used, "code": settlement(KEYS[key], highest, used)}


def services() -> Iterator[Row]:
    """Yield service codes."""
    for place, counter in enumerate([1, 2, 3, 4, 100, 65_536, 100_000]):
        key = place % len(KEYS)
        yield {"key": key, "counter": counter, "code": service(KEYS[key], counter)}


def openpaygo() -> Iterator[Row]:
    """Yield OpenPAYGO tokens as their authors' package makes them."""
    package = importlib.import_module("openpaygo")
    kinds = package.TokenType
    types = {"ADD_TIME": kinds.ADD_TIME, "SET_TIME": kinds.SET_TIME}
    types |= {"DISABLE_PAYG": kinds.DISABLE_PAYG, "COUNTER_SYNC": kinds.COUNTER_SYNC}
    values: dict[str, list[int | None]] = {
        "ADD_TIME": [1, 20, 995],
        "SET_TIME": [7],
        "DISABLE_PAYG": [None],
        "COUNTER_SYNC": [None],
    }
    shared = importlib.import_module("openpaygo.token_shared").OpenPAYGOTokenShared
    own = bytes(range(16))
    devices = [(own.hex(), shared.generate_starting_code(own)), ("bc41ec9530f6dac86b1a29ab82edc5fb", 516_959_010)]
    for key, begin in devices:
        for before in (0, 7, 40):
            for name, kind in types.items():
                for value in values[name]:
                    count, token = package.generate_token(
                        secret_key=key, count=before, value=value, token_type=kind, starting_code=begin
                    )
                    yield {"key": key, "start": begin, "type": name, "value": value, "count": count, "token": token}


def text() -> str:
    """Return the file's text, a row a line."""
    tables: dict[str, list[Any]] = {
        "keys": [key.hex() for key in KEYS],
        "numbers": list(numbers()),
        "ambiguous": list(ambiguous()),
        "windows": list(windows()),
        "settlement": list(settlements()),
        "service": list(services()),
        "openpaygo": list(openpaygo()),
    }
    parts = [f"{json.dumps(name)}: [\n" + ",\n".join(map(json.dumps, rows)) + "\n]" for name, rows in tables.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> int:
    """Write or check; return the exit status."""
    parser = argparse.ArgumentParser(description="test vectors of the TANs")
    parser.add_argument("--check", action="store_true", help="say whether the file is up to date")
    check: bool = parser.parse_args().check
    if not check:
        VECTORS.write_text(text(), encoding="utf-8")
        return 0
    same = VECTORS.read_text(encoding="utf-8") == text()
    print(f"{VECTORS.relative_to(ROOT)}: {'up to date' if same else 'differs from what its tool writes'}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
