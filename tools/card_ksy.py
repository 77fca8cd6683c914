# SPDX-License-Identifier: Apache-2.0
"""Writes cardformat/groschen.ksy, the card in Kaitai Struct, from the table of records.

python tools/card_ksy.py [--check]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from card_spec import COLUMNS, WORDS

from groschencard.chips import SLE_BASE, SLE_SIZE
from groschencard.records import HEAD, LENGTH, RECORDS, REPORT, RULES, TAIL, TEXT

if TYPE_CHECKING:
    from groschencard.records import Fields

ROOT = Path(__file__).resolve().parents[1]
KSY = ROOT / "cardformat" / "groschen.ksy"

_GROUPS = 8  # of a LEB128 at most

HEADER = f"""\
# SPDX-License-Identifier: Apache-2.0
# Written by tools/card_ksy.py from the table of records; cardformat/SPEC.md is normative.
meta:
  id: groschen
  title: Chip card of a Groschen prepayment meter
  file-extension: img
  license: Apache-2.0
  ks-version: '0.10'
  endian: le
  bit-endian: le
doc: |
  The whole memory of an SLE 4428 or 5528, 1 024 bytes. For a MIFARE Classic 1K, or for a card's space by itself, begin
  at the type `space`: for the MIFARE that is its data blocks in order, without block 0 and without the trailers.

  Records are read when they are asked for: one that is blank or damaged may fail, and does not hinder the others.
  CRC and MAC are not checked here. Integers of more than 53 bits are exact only where the language has them.
seq:
  - id: header
    size: {SLE_BASE}
  - id: space
    type: space
    size: {SLE_SIZE}
  - id: error_counter
    type: u1
    doc: one bit for each try that is left
  - id: psc
    size: 2
    doc: zeros as long as it was not presented
types:
"""

FIXED_TYPES = f"""\
  u3:
    seq:
      - id: low
        type: u2
      - id: high
        type: u1
    instances:
      value:
        value: low + high * 65536
  u5:
    seq:
      - id: low
        type: u4
      - id: high
        type: u1
    instances:
      value:
        value: low + high * 4294967296
  s6:
    seq:
      - id: low
        type: u4
      - id: high
        type: s2
    instances:
      value:
        value: low + high * 4294967296
  leb128_group:
    seq:
      - id: bits
        type: b7
      - id: more
        type: b1
  leb128:
    doc: groups of seven bits, the lowest first
    seq:
      - id: groups
        type: leb128_group
        repeat: until
        repeat-until: not _.more or groups.size == {_GROUPS}
    instances:
      value:
        value: >-
          groups[0].bits
{"".join(f"          + (groups.size > {at} ? groups[{at}].bits * {128**at} : 0){chr(10)}" for at in range(1, _GROUPS))}\
  holiday:
    doc: the five integers of groschencard/holidays.py
    seq:
      - id: day
        type: b5
      - id: month
        type: b4
      - id: weekday
        type: b3
      - id: spare
        type: b1
      - id: bounded
        type: b1
      - id: form
        type: b2
        enum: holiday_form
      - id: first
        type: u1
        if: bounded or form == holiday_form::date
      - id: last
        type: u1
        if: bounded and form != holiday_form::date
    instances:
      kind:
        value: 'form == holiday_form::date ? 0 : form.to_i'
      a:
        value: >-
          form == holiday_form::easter ? day + (month & 7) * 32 - 128
          : (form == holiday_form::weekday_before ? weekday : month)
      b:
        value: >-
          form == holiday_form::easter ? 0
          : (form == holiday_form::weekday_before ? month * 100 + day : day)
      first_year:
        value: 'form == holiday_form::date or bounded ? 2000 + first : 2000'
      last_year:
        value: 'form == holiday_form::date ? 2000 + first : (bounded ? 2000 + last : 2099)'
    enums:
      holiday_form:
        0: fixed
        1: easter
        2: weekday_before
        3: date
  holidays:
    seq:
      - id: count
        type: leb128
      - id: rows
        type: holiday
        repeat: expr
        repeat-expr: count.value
"""

_SIZES = {1: "u1", 2: "u2", 3: "u3", 4: "u4", 5: "u5", -6: "s6", 0: "leb128", RULES: "holidays"}


def space() -> Iterator[str]:
    """Yield the type of a card's space."""
    yield "  space:"
    yield "    instances:"
    for name, _, size, places, _ in RECORDS.values():
        for slot, at in enumerate(places):
            yield f"      {name}{'' if len(places) == 1 else f'_{slot}'}:"
            yield f"        pos: {at}"
            yield f"        size: {size or f'_io.size - {at}'}"
            yield f"        type: {name}_record"


def record(kind: int) -> Iterator[str]:
    """Yield the types of a record and of its payload."""
    name, _, size, _, fields = RECORDS[kind]
    yield f"  {name}_record:"
    yield "    seq:"
    yield "      - id: number"
    yield f"        type: u{HEAD}"
    if not size:
        yield "      - id: len_payload"
        yield f"        type: u{LENGTH}"
    yield "      - id: payload"
    yield f"        type: {name}"
    yield f"        size: {size - HEAD - TAIL if size else 'len_payload'}"
    yield "      - id: mac"
    yield "        size: 8"
    yield "      - id: crc"
    yield "        type: u2"
    yield f"  {name}:"
    yield "    seq:"
    for field, make in fields:
        yield from entry(field, make, f"{name}_{field}", ": ".join(filter(None, WORDS[kind][field])))
    for field, make in fields:
        if isinstance(make, tuple):
            yield from rows(f"{name}_{field}", field if kind == REPORT else "", make)


def entry(field: str, make: int | Fields, rows_type: str, words: str) -> Iterator[str]:
    """Yield a field of a type."""
    yield f"      - id: {field}"
    if isinstance(make, tuple):
        yield f"        type: {rows_type}"
    elif make >= TEXT and make != RULES:
        yield from ("        type: str", f"        size: {make}", "        pad-right: 0", "        encoding: ASCII")
    else:
        yield f"        type: {_SIZES[make]}"
    yield f"        doc: {json.dumps(words, ensure_ascii=False)}"


def rows(name: str, table: str, columns: Fields) -> Iterator[str]:
    """Yield the types of counted rows and of one of them."""
    yield f"  {name}:"
    yield "    seq:"
    yield "      - id: count"
    yield "        type: leb128"
    yield "      - id: rows"
    yield f"        type: {name}_row"
    yield "        repeat: expr"
    yield "        repeat-expr: count.value"
    yield f"  {name}_row:"
    yield "    seq:"
    for column, make in columns:
        yield from entry(column, make, "", COLUMNS.get(f"{table}.{column}", column))


def text() -> str:
    """Return the whole file."""
    lines = [*space()]
    for kind in RECORDS:
        lines += record(kind)
    return HEADER + "\n".join(lines) + "\n" + FIXED_TYPES


def main() -> int:
    """Write or check; return the exit status."""
    parser = argparse.ArgumentParser(description="the card in Kaitai Struct")
    parser.add_argument("--check", action="store_true", help="say whether the file is up to date")
    check: bool = parser.parse_args().check
    new = text()
    if not check:
        KSY.write_text(new, encoding="utf-8")
        return 0
    same = KSY.exists() and KSY.read_text(encoding="utf-8") == new
    print(f"{KSY.relative_to(ROOT)}: {'up to date' if same else 'differs; make spec'}")
    return int(not same)


if __name__ == "__main__":
    sys.exit(main())
