# SPDX-License-Identifier: Apache-2.0
"""The byte map never changes under its number: an old image is read, and the map is what it was."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from groschen.core import memory, migration, wholemeter
from groschen.core.errors import StateError
from groschen.core.meter import Meter
from groschen.core.state import State
from groschen.core.store import Store
from groschencard.crc import crc16
from groschensim.nvm import SimNvm
from tools import nvm_image

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
IMAGE = gzip.decompress((VECTORS / "nvm-v4.bin.gz").read_bytes())
IMAGE_1 = gzip.decompress((VECTORS / "nvm-v1.bin.gz").read_bytes())
IMAGE_3 = gzip.decompress((VECTORS / "nvm-v3.bin.gz").read_bytes())
IMAGE_2 = gzip.decompress((VECTORS / "nvm-v2.bin.gz").read_bytes())

# Start, bytes of a row or slot, how many: layout 4 for ever.
MAP = {
    "HOT": (0, 512, 2),
    "TARIFFS": (1024, 288, 6),
    "CONTRACTS": (2752, 192, 4),
    "PROFILE": (3520, 3, 5952),
    "LOG": (21376, 17, 260),
    "WARNINGS": (25796, 17, 36),
    "DAILY": (26408, 27, 66),
    "MONTHS": (28190, 149, 14),
    "BILLINGS": (30276, 149, 12),
    "MAXIMA": (32064, 12, 14),
    "TRIES": (32232, 17, 22),
}


def read(image: bytes | bytearray) -> State:
    store = Store(SimNvm(image=bytearray(image)))
    state = store.load()
    assert state is not None
    assert store.faults == 0
    wholemeter.load_profile(state.meter, store)
    return state


def test_the_map_is_the_one_of_layout_4() -> None:
    assert (memory.LAYOUT, memory.SIZE, memory.FREE) == (4, 32768, 32606)
    assert (memory.HOT, memory.HOT_SLOT, memory.COPIES) == (0, 512, 2)
    assert (memory.TARIFFS, memory.CONTRACTS) == ((1024, 288, 3), (2752, 192, 2))
    assert (memory.PROFILE, memory.PROFILE_ROWS) == (3520, 5952)
    rings = ("LOG", "WARNINGS", "DAILY", "MONTHS", "BILLINGS", "MAXIMA", "TRIES")
    assert tuple((MAP[name][0], MAP[name][2]) for name in rings) == memory.RINGS


def test_nothing_overlaps_and_everything_fits() -> None:
    end = 0
    for start, size, rows in MAP.values():
        assert start == end
        end = start + size * rows
    assert end == memory.FREE <= memory.SIZE


def test_rows_are_as_wide_as_their_rings_and_some_are_spare() -> None:
    store = Store(SimNvm())
    store.commit(State(Meter(1000)))
    wide = {start: (size, rows) for start, size, rows in MAP.values()}
    for ring, (start, rows) in zip(store._rings, memory.RINGS, strict=True):
        assert wide[start] == (sum(map(abs, ring.widths)) + 2, rows)
        assert rows > ring.rows


def test_an_image_of_layout_4_is_read() -> None:
    wanted = json.loads((VECTORS / "nvm-v4.json").read_text(encoding="utf-8"))
    found = json.loads(json.dumps(nvm_image.values(read(IMAGE))))
    assert found == wanted
    assert IMAGE[:2] == b"\x47\x04"


OLD_NAMES = {"card_number": "cards.credit_number", "tan_number": "tan.highest", "debt_number": "cards.debt_number"}


def renamed(values: dict[str, Any]) -> dict[str, Any]:
    """Gives the values of an older layout by the names of today."""
    return {OLD_NAMES.get(name, name.replace("exchanges.", "cards.")): value for name, value in values.items()}


def fresh(known: dict[str, Any]) -> dict[str, Any]:
    """Gives what a new state keeps beside what an older layout knew; up to its time all midnights are settled."""
    values = json.loads(json.dumps(nvm_image.values(State(Meter(1000)))))
    values["settled"] = known["quarter"]
    return {name: value for name, value in values.items() if name not in known}


def test_an_image_of_layout_3_is_carried_over() -> None:
    wanted = renamed(json.loads((VECTORS / "nvm-v3.json").read_text(encoding="utf-8")))
    found = json.loads(json.dumps(nvm_image.values(read(IMAGE_3))))
    added = fresh(wanted)
    assert found == {**wanted, **added}
    assert added["life"] == 1
    assert IMAGE_3[:2] == b"\x47\x03"


def test_starts_go_on_from_the_events_of_the_power_that_layout_3_counted() -> None:
    image = bytearray(IMAGE_3)
    for at in (memory.HOT, memory.HOT + memory.HOT_SLOT):
        end = at + 8 + image[at + 2] + 256 * image[at + 3]
        counted = end - 8 - 8 - 32  # eight counters, the port and two versions, four bytes an integer
        image[counted] = 9
        image[end : end + 2] = crc16(image[at:end], end - at).to_bytes(2, "little")
    state = read(bytes(image))
    assert state.meter.counters.power == 9
    assert state.starts.count == 4


def test_an_image_of_layout_2_is_carried_over() -> None:
    wanted = renamed(json.loads((VECTORS / "nvm-v2.json").read_text(encoding="utf-8")))
    found = json.loads(json.dumps(nvm_image.values(read(IMAGE_2))))
    assert found == {**wanted, **fresh(wanted)}
    assert IMAGE_2[:2] == b"\x47\x02"
    assert wanted["warn_days"] == 3
    assert wanted["tan.digits"] == 5


def test_an_image_of_layout_1_is_carried_over() -> None:
    wanted = renamed(json.loads((VECTORS / "nvm-v1.json").read_text(encoding="utf-8")))
    found = json.loads(json.dumps(nvm_image.values(read(IMAGE_1))))
    assert found == {**wanted, **fresh(wanted)}
    # and some of them as literal numbers, so that nobody makes both anew
    assert IMAGE_1[:2] == b"\x47\x01"
    assert wanted["pending.version"] == 9
    assert wanted["pending.nt"] == 271_828
    assert wanted["billing"] == [20_619, 20_802]
    assert len(wanted["daily.ring.rows"]) == 50
    assert len(wanted["profile.pulses"]) == 50 * 96 + 46


def relabelled(image: bytes, layout: int) -> bytearray:
    """Gives an image whose hot records say another layout, with the check that belongs to it."""
    out = bytearray(image)
    for at in (memory.HOT, memory.HOT + memory.HOT_SLOT):
        end = at + 8 + out[at + 2] + 256 * out[at + 3]
        out[at + 1] = layout
        out[end : end + 2] = crc16(out[at:end], end - at).to_bytes(2, "little")
    return out


@pytest.mark.parametrize("layout", [0, 5, 255])
def test_an_unknown_layout_is_refused(layout: int) -> None:
    image = relabelled(IMAGE, layout)
    before = bytes(image)
    with pytest.raises(StateError, match=f"a memory of layout {layout}$"):
        Store(SimNvm(image=image)).load()
    assert image == before


def test_a_migration_leads_from_an_older_layout_to_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """An invented layout 0 has four bytes more in front of its payload."""
    image = bytearray(IMAGE)
    for at in (memory.HOT, memory.HOT + memory.HOT_SLOT):
        length = image[at + 2] + 256 * image[at + 3]
        record = bytearray(image[at : at + 8]) + b"more" + image[at + 8 : at + 8 + length]
        record[1] = 0
        record[2:4] = (length + 4).to_bytes(2, "little")
        record += crc16(record, len(record)).to_bytes(2, "little") + b"\xa5"
        image[at : at + len(record)] = record

    def step(slot: bytearray) -> bytearray:
        out = slot[:8] + slot[12:]
        out[1] = memory.LAYOUT
        out[2:4] = (slot[2] + 256 * slot[3] - 4).to_bytes(2, "little")
        return out

    monkeypatch.setitem(migration.MIGRATIONS, 0, step)
    state = read(image)
    assert nvm_image.values(state) == nvm_image.values(read(IMAGE))
    # From the next commit on the memory is of this layout.
    nvm = SimNvm(image=image)
    store = Store(nvm)
    kept = store.load()
    assert kept is not None
    kept.meter.press_confirm()
    kept.meter.set_warnings(4, kept.meter.warn_amount)
    assert store.commit(kept)
    monkeypatch.delitem(migration.MIGRATIONS, 0)
    assert read(image).meter.warn_days == 4
