# SPDX-License-Identifier: Apache-2.0
"""The byte map never changes under its number: an old image is read, and the map is what it was."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from groschen.core import memory, wholemeter
from groschen.core import store as stores
from groschen.core.errors import StateError
from groschen.core.meter import Meter
from groschen.core.store import Store
from groschencard.crc import crc16
from groschensim.nvm import SimNvm
from tools import nvm_image

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
IMAGE = gzip.decompress((VECTORS / "nvm-v3.bin.gz").read_bytes())
IMAGE_1 = gzip.decompress((VECTORS / "nvm-v1.bin.gz").read_bytes())
IMAGE_2 = gzip.decompress((VECTORS / "nvm-v2.bin.gz").read_bytes())

# Start, bytes of a row or slot, how many: layout 3 for ever.
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


def read(image: bytes | bytearray) -> Meter:
    store = Store(SimNvm(image=bytearray(image)))
    meter = store.load()
    assert meter is not None
    assert store.faults == 0
    wholemeter.load_profile(meter, store)
    return meter


def test_the_map_is_the_one_of_layout_3() -> None:
    assert (memory.LAYOUT, memory.SIZE, memory.FREE) == (3, 32768, 32606)
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
    store.commit(Meter(1000))
    wide = {start: (size, rows) for start, size, rows in MAP.values()}
    for ring, (start, rows) in zip(store._rings, memory.RINGS, strict=True):
        assert wide[start] == (sum(map(abs, ring.widths)) + 2, rows)
        assert rows > ring.rows


def test_an_image_of_layout_3_is_read() -> None:
    wanted = json.loads((VECTORS / "nvm-v3.json").read_text(encoding="utf-8"))
    found = json.loads(json.dumps(nvm_image.values(read(IMAGE))))
    assert found == wanted
    assert IMAGE[:2] == b"\x47\x03"


def test_an_image_of_layout_2_is_carried_over() -> None:
    wanted = json.loads((VECTORS / "nvm-v2.json").read_text(encoding="utf-8"))
    found = json.loads(json.dumps(nvm_image.values(read(IMAGE_2))))
    assert found == {**wanted, "language": 0, "port.wrong": 0, "port.run": 0}
    assert IMAGE_2[:2] == b"\x47\x02"
    assert wanted["warn_days"] == 3
    assert wanted["tan.digits"] == 5


def test_an_image_of_layout_1_is_carried_over() -> None:
    wanted = json.loads((VECTORS / "nvm-v1.json").read_text(encoding="utf-8"))
    found = json.loads(json.dumps(nvm_image.values(read(IMAGE_1))))
    fresh = json.loads(json.dumps(nvm_image.values(Meter(1000))))
    added = {name: value for name, value in fresh.items() if name not in wanted}
    assert found == {**wanted, **added}
    assert {name.split(".")[0] for name in added} == {"exchanges", "tan", "counters", "language", "port"}
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


@pytest.mark.parametrize("layout", [0, 4, 255])
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

    monkeypatch.setitem(stores.MIGRATIONS, 0, step)
    meter = read(image)
    assert nvm_image.values(meter) == nvm_image.values(read(IMAGE))
    # From the next commit on the memory is of this layout.
    nvm = SimNvm(image=image)
    store = Store(nvm)
    kept = store.load()
    assert kept is not None
    kept.press_confirm()
    kept.set_warnings(4, kept.warn_amount)
    assert store.commit(kept)
    monkeypatch.delitem(stores.MIGRATIONS, 0)
    assert read(image).warn_days == 4
