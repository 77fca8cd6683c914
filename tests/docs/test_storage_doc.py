# SPDX-License-Identifier: Apache-2.0
"""The numbers in docs/storage.md are those of the code."""

import re
from pathlib import Path
from typing import Any, cast

from groschen.core import memory
from groschen.core.meter import Meter
from groschen.core.state import State
from groschen.core.store import Store
from groschen.drivers.mb85rc256v import Mb85rc256v as Driver
from groschensim.image import RINGS, SPARE, hot_fields, read_image
from groschensim.models.i2c import SimI2C
from groschensim.models.mb85rc256v import Mb85rc256v

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "storage.md").read_text(encoding="utf-8")
STARTS = {
    "HOT": memory.HOT,
    "TARIFFS": memory.TARIFFS[0],
    "CONTRACTS": memory.CONTRACTS[0],
    "PROFILE": memory.PROFILE,
    **{ring.name.upper(): ring.start for ring in RINGS},
    "FREE": memory.FREE,
}


def test_the_map_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| ([A-Z]+) \| (\d+) \| (\d+) \| (.*) \|$", TEXT, re.MULTILINE)
    assert {row[0]: int(row[1]) for row in rows} == STARTS
    starts = [int(row[1]) for row in rows]
    ends = [*starts[1:], memory.SIZE]
    assert [int(row[2]) for row in rows] == [end - start for start, end in zip(starts, ends, strict=True)]
    texts = {row[0]: row[3] for row in rows}
    assert f"{memory.COPIES} copies of up to {memory.HOT_SLOT} bytes" in texts["HOT"]
    for name, (start, size, slots) in (("TARIFFS", memory.TARIFFS), ("CONTRACTS", memory.CONTRACTS)):
        assert f"{slots} slots of {memory.COPIES} copies of up to {size} bytes" in texts[name]
        assert slots * memory.COPIES * size == ends[starts.index(start)] - start
    assert texts["PROFILE"].startswith(f"{memory.PROFILE_ROWS} quarter hours of 3 bytes")


def test_the_rings_rows_are_those_of_the_code() -> None:
    state: Any = State(Meter(1000))
    for place in RINGS:
        ring = state
        for step in place.path.split("."):
            ring = getattr(ring, step)
        size = sum(abs(width) for width in ring.widths) + 2
        found = re.search(
            rf"^\| {place.name.upper()} \| \d+ \| (\d+) \| (\d+) [a-z]+ of (\d+) bytes", TEXT, re.MULTILINE
        )
        assert found, place.name
        assert [int(number) for number in found.groups()] == [size * place.rows, place.rows, size]


def test_the_flush_takes_as_long_as_is_said() -> None:
    chip = Mb85rc256v()
    bus = SimI2C(chip)
    store = Store(Driver(cast("Any", bus)))
    state = State(Meter(1000))
    store.commit(state)
    fields = list(hot_fields(state))
    payload = len(read_image(bytes(chip.image)).copies[0].payload)
    assert payload == fields[-1].at + fields[-1].size + 8 + SPARE
    assert f"The payload ({payload} bytes now)" in TEXT
    start = bus.bits
    state.meter.seen = 1
    store.commit(state, hurried=True)
    clocks = bus.bits - start
    said = re.search(r"With (\d+) bytes of payload these are (\d+) clocks, ([\d.]+) ms at 1 MHz", TEXT)
    assert said
    assert [int(said[1]), int(said[2]), float(said[3])] == [payload, clocks, round(clocks / 1000, 1)]
    # With a row of the log and a quarter hour still to be written, each a transfer of its own.
    more = 9 * (3 + 17 + 3 + 3) + 4
    assert more / 1000 < 0.3
    assert (clocks + more) / 1000 < 5
