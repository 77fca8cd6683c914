# SPDX-License-Identifier: Apache-2.0
"""Reads a memory's image field by field, by the tables of the firmware's parts and nothing of its store.

A reader of its own shows what a store would refuse, and proves the format of `docs/storage.md` a second time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from groschen.core import demand, events, exchange, fields, memory, registers
from groschen.core.amount import MICRO, Limbs
from groschen.core.calendar import LEGAL, QUARTER_S
from groschen.core.errors import StateError
from groschen.core.meter import Meter
from groschen.core.migration import MIGRATIONS, migrate
from groschen.core.ring import Ring
from groschen.core.state import State
from groschen.core.tariff import Tariff
from groschen.core.windows import Windows
from groschencard.crc import crc16
from groschencard.recordwords import MODES
from groschensim import eventnames, names
from groschensim.errors import ImageError
from groschensim.language import pick
from groschensim.result import iso, iso_day

ID = 0x47
VALID = 0xA5
HEAD = 8  # id, layout, length (2), sequence (4)
CHECK = 2
CONFIG_HEAD = 4
LEFT_OUT = (0, 15)  # a quarter hour that a correction of the clock has left out: no pulses, and all of its check wrong
HIGH = 4  # bytes of an amount's two limbs
LOW = 3
SPARE = 32  # zeros behind all
RULES = "meter"  # the part whose fields are named without it
ELSEWHERE = ("tariff", "pending", "windows")
"""What the hot record leaves out, since it has records of its own."""

IMP = range(100, 100_001)
QUARTERS = ("quarter", "settled", "trusted_quarter", "profile.first", "profile.end", "demand.maxima.open.end")
PERIODS = ("demand.period", "demand.closing", "demand.maxima.open.period")

NAMES: dict[str, dict[int, str]] = {
    "mode": dict(enumerate(MODES)),
    "cause": dict(enumerate(names.CAUSES)),
    "zone": {LEGAL: "legal"},
    "kind": {kind: name for kind, (name, _) in eventnames.KINDS.items()},
}

Value = int | bool | str | None


class Field(NamedTuple):
    """A field of the hot record: where in the payload, how many bytes, and what they are."""

    name: str
    at: int
    size: int
    unit: str  # ueur, pulses, instant, period, flag, mode, cause, zone or nothing
    base: int = 0  # of an amount in two limbs
    signed: bool = True

    def read(self, payload: bytes) -> Value:
        """Return the field's value: an integer, or what it stands for."""
        data = payload[self.at : self.at + self.size]
        if self.base:
            high = int.from_bytes(data[:HIGH], "little", signed=True)
            return high * self.base + int.from_bytes(data[HIGH:], "little")
        return meaning(int.from_bytes(data, "little", signed=self.signed), self.unit)


class Column(NamedTuple):
    """What a ring's row shows, from which of its cells on, and how."""

    name: str
    cell: int
    unit: str


def _columns(*columns: tuple[str, int, str]) -> tuple[Column, ...]:
    return tuple(Column(*column) for column in columns)


_EVENT = (("at", events.QUARTER, "instant+"),)
_SNAPSHOT = _columns(
    ("at", registers.INSTANT, "instant"),
    ("disconnections", registers.DISCONNECTIONS, ""),
    ("max_demand_pulses", registers.MAXIMUM, ""),
    ("max_demand_at", registers.MAXIMUM_END, "instant"),
    *((name, registers.FIRST + 2 * at, "pulses" if at < 2 else "ueur") for at, name in enumerate(names.REGISTERS)),
)


class RingPlace(NamedTuple):
    """A ring of the meter and where its rows are."""

    name: str
    start: int
    rows: int
    path: str  # from the state to the ring
    columns: tuple[Column, ...]


RINGS = (
    RingPlace(
        "log",
        *memory.RINGS[0],
        "meter.log.ring",
        _columns(
            *_EVENT, ("kind", events.KIND, "kind"), ("detail", events.KIND, "detail"), ("amount", events.HIGH, "ueur")
        ),
    ),
    RingPlace(
        "warnings",
        *memory.RINGS[1],
        "meter.warnings.ring",
        _columns(*_EVENT, ("because", events.KIND, "because"), ("balance", events.HIGH, "ueur")),
    ),
    RingPlace(
        "daily",
        *memory.RINGS[2],
        "meter.daily.ring",
        _columns(
            ("day", registers.DAY, "day"),
            ("ht", registers.HT_HIGH, "pulses"),
            ("nt", registers.NT_HIGH, "pulses"),
            ("cost", registers.COST_HIGH, "ueur"),
            ("full", registers.WHOLE, "flag"),
        ),
    ),
    RingPlace("months", *memory.RINGS[3], "meter.snapshots.months", _SNAPSHOT),
    RingPlace("billings", *memory.RINGS[4], "meter.snapshots.billings", _SNAPSHOT),
    RingPlace(
        "maxima",
        *memory.RINGS[5],
        "meter.demand.maxima",
        _columns(("period", demand.PERIOD, "period"), ("pulses", demand.PULSES, ""), ("end", demand.END, "instant")),
    ),
    RingPlace(
        "tries",
        *memory.RINGS[6],
        "tan.tries",
        _columns(("run", exchange.STAMP, ""), ("eur", exchange.EUR, "")),
    ),
)
RING_NAMES = tuple(ring.name for ring in RINGS)


@dataclass
class Copy:
    """A copy of the hot record.

    Whole, torn (its mark is missing), damaged (marked, and yet changed), alien (of another layout), or blank.
    """

    at: int
    state: str
    layout: int = 0
    sequence: int = 0
    payload: bytes = b""


@dataclass
class Slot:
    """A slot of tariffs or contracts: which of its copies are whole, and what they hold."""

    name: str
    at: int
    role: str
    copies: tuple[str, ...]
    values: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass
class Row:
    """A row of a ring: its number, address, and values; none where it is damaged."""

    index: int
    at: int
    values: dict[str, Value] | None


@dataclass
class Profile:
    """The quarter hours of the last 60 days."""

    start: int
    pulses: list[int | None]
    left_out: int = 0  # by a correction of the clock: those are lost too, and no damage


@dataclass
class Image:
    """All that an image holds. `damage` names places; `readable` says whether a meter can start from it."""

    copies: list[Copy]
    fields: list[Field] = field(default_factory=list[Field])
    imp: int = 0
    best: int = -1  # the copy that counts; -1 where none is whole
    tariffs: list[Slot] = field(default_factory=list[Slot])
    contracts: list[Slot] = field(default_factory=list[Slot])
    rings: dict[str, list[Row]] = field(default_factory=dict[str, list[Row]])
    profile: Profile | None = None
    damage: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    readable: bool = True

    @property
    def blank(self) -> bool:
        """Whether the memory was never written."""
        return all(copy.state == "blank" for copy in self.copies)


def load_image(path: Path) -> bytes:
    """Return the bytes of an image; ImageError where there is none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImageError(f"{path}: {error.strerror}") from None
    if len(data) != memory.SIZE:
        raise ImageError(
            pick(
                (
                    f"{path}: kein Abbild eines Speichers: {len(data)} Bytes statt {memory.SIZE}",
                    f"{path}: no image of a memory: {len(data)} bytes instead of {memory.SIZE}",
                )
            )
        )
    return data


def read_image(data: bytes) -> Image:
    """Read what an image holds, as far as it can be read."""
    image = Image([_copy(data, memory.HOT + number * memory.HOT_SLOT) for number in range(2)])
    if image.blank:
        return image
    whole = [number for number in range(2) if image.copies[number].state == "whole"]
    image.best = max(whole, key=lambda number: image.copies[number].sequence, default=-1)
    image.damage += [(copy.state, copy.at) for copy in image.copies if copy.state not in ("whole", "blank")]
    image.readable = image.best >= 0
    shown = image.best if whole else next((n for n in range(2) if image.copies[n].payload), -1)
    if shown >= 0:
        _read_state(image, data, image.copies[shown].payload)
    return image


def hot_fields(part: object, name: str = "", at: int = 0) -> Iterator[Field]:
    """Name the fields that a part has in the hot record, in the order in which they stand there."""
    if isinstance(part, Limbs):
        yield Field(name, at, HIGH + LOW, "ueur" if part.base == MICRO else "pulses", part.base)
        return
    prefix = name + "." if name else ""
    kept: tuple[Any, ...] = getattr(part, "FIELDS", ())
    for key, width in zip(kept[::2], kept[1::2], strict=True):
        yield Field(prefix + key, at, abs(width), _unit(prefix + key, getattr(part, key)), signed=width < 0)
        at += abs(width)
    if isinstance(part, Ring):
        if part.open_row:
            yield from _open_row(part, prefix + "open.", at)
        return
    for key in getattr(part, "PARTS", ()):
        if key not in ELSEWHERE:
            for found in hot_fields(getattr(part, key), "" if key == RULES else prefix + key, at):
                yield found
                at = found.at + found.size


def _open_row(ring: Ring, prefix: str, at: int) -> Iterator[Field]:
    for key, width in zip(("period", "pulses", "end"), ring.widths, strict=True):
        yield Field(prefix + key, at, abs(width), _unit(prefix + key, 0), signed=width < 0)
        at += abs(width)


def _unit(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "flag"
    if name in QUARTERS:
        return "instant"
    if name in PERIODS:
        return "period"
    return {"supply.mode": "mode", "supply.cause": "cause", "zone": "zone"}.get(name, "")


def meaning(value: int, unit: str) -> Value:
    """Return what an integer stands for; the integer where it stands for nothing."""
    if unit == "flag":
        return bool(value)
    if value > 0 and unit == "instant":
        return iso(value * QUARTER_S)
    if value > 0 and unit == "period":
        return f"{value // 100:04d}-{value % 100:02d}" if value % 100 else f"{value // 100:04d}"
    return NAMES.get(unit, {}).get(value, value)


def _number(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _copy(data: bytes, at: int) -> Copy:
    slot = data[at : at + memory.HOT_SLOT]
    if slot in (bytes(memory.HOT_SLOT), b"\xff" * memory.HOT_SLOT):
        return Copy(at, "blank")
    end = HEAD + _number(slot, 2, 2)
    if slot[0] != ID or end + CHECK + 1 > memory.HOT_SLOT:
        return Copy(at, "torn")
    copy = Copy(at, "whole", slot[1], _number(slot, 4, 4), slot[HEAD:end])
    if slot[end + CHECK] != VALID:
        copy.state = "torn"
    elif crc16(slot, end) != _number(slot, end, CHECK):
        copy.state = "damaged"
    elif copy.layout in MIGRATIONS:
        carried = bytes(migrate(bytearray(slot)))
        copy.payload = carried[HEAD : HEAD + _number(carried, 2, 2)]
    elif copy.layout != memory.LAYOUT:
        copy.state = "alien"
    return copy


def _read_state(image: Image, data: bytes, payload: bytes) -> None:
    found = list(hot_fields(State(Meter(1000))))
    at = next(item.at for item in found if item.name == "imp")
    imp = _number(payload, at, 3)
    meter = Meter(imp if imp in IMP else 1000)
    state = State(meter)
    found = list(hot_fields(state))
    end = found[-1].at + found[-1].size
    found += [Field("tariff.version", end, 4, ""), Field("pending.version", end + 4, 4, "")]
    if end + 8 + SPARE != len(payload):
        image.damage.append(("alien", image.copies[max(image.best, 0)].at))
        image.readable = False
        return
    image.fields, image.imp = found, meter.imp
    values = {item.name: int.from_bytes(payload[item.at : item.at + item.size], "little") for item in found}
    _read_tariffs(image, data, values)
    _read_contracts(image, data, values)
    for place in RINGS:
        appended = values[place.path.removeprefix(RULES + ".") + ".appended"]
        image.rings[place.name] = list(_rows(place, data, state, appended))
        image.damage += [("row " + place.name, row.at) for row in image.rings[place.name] if row.values is None]
    image.profile = _profile(data, values["profile.first"], values["profile.end"])
    lost = image.profile.pulses.count(None) - image.profile.left_out
    if lost:
        image.damage.append((f"profile {lost}", memory.PROFILE))


def _read_tariffs(image: Image, data: bytes, values: dict[str, int]) -> None:
    needed = {values["tariff.version"]: "in force", values["pending.version"]: "waiting"}
    needed.pop(0, None)
    found: set[int] = set()
    start, size, slots = memory.TARIFFS
    for number in range(slots):
        at = start + number * memory.COPIES * size
        copies, integers = _config(data, at, size)
        slot = Slot("tariff", at, "", copies)
        tariff = Tariff()
        if _restored(tariff, integers):
            slot.values = _values(tariff)
            slot.role = needed.get(tariff.version, "")
            found.add(tariff.version)
        _note_slot(image, slot, size)
        image.tariffs.append(slot)
    if needed.keys() - found:
        image.damage.append(("no tariff", start))
        image.readable = False


def _read_contracts(image: Image, data: bytes, values: dict[str, int]) -> None:
    found: set[int] = set()
    count = len(fields.names(Windows))
    start, size, slots = memory.CONTRACTS
    for number in range(slots):
        at = start + number * memory.COPIES * size
        copies, integers = _config(data, at, size)
        slot = Slot("contract", at, "", copies)
        windows = Windows()
        end = 2 + count + integers[1 + count] if len(integers) > 1 + count else 0
        if end and _restored(windows, integers[1:end]):
            slot.values = {"edition": integers[0], **_values(windows), "billing": integers[end:]}
            slot.role = "in force" if integers[0] == values["edition"] else ""
            found.add(integers[0])
        _note_slot(image, slot, size)
        image.contracts.append(slot)
    if values["edition"] not in found:
        image.damage.append(("no contract", start))
        image.readable = False


def _note_slot(image: Image, slot: Slot, size: int) -> None:
    for number, kind in enumerate(slot.copies):
        # A copy that was being written when the power failed belongs to a slot that nothing refers to yet.
        if kind == "damaged" and slot.role:
            image.damage.append((slot.name, slot.at + number * size))


def _config(data: bytes, at: int, size: int) -> tuple[tuple[str, ...], list[int]]:
    """Return the states of a slot's copies, and the integers of the first whole one."""
    kinds: list[str] = []
    integers: list[int] = []
    for start in range(at, at + memory.COPIES * size, size):
        record = data[start : start + size]
        length = _number(record, 0, 2)
        packed = record[CONFIG_HEAD : CONFIG_HEAD + length]
        if not any(record) or record == b"\xff" * size:
            kinds.append("blank")
        elif 0 < length == len(packed) and crc16(packed, length) == _number(record, 2, CHECK):
            kinds.append("whole")
            integers = integers or list(_integers(packed))
        else:
            kinds.append("damaged")
    return tuple(kinds), integers


def _integers(packed: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in packed:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield ~(value >> 1) if value & 1 else value >> 1
            value = shift = 0


def _restored(part: object, integers: list[int]) -> bool:
    try:
        return fields.take(part, integers, 0) == len(integers)
    except (StateError, OverflowError):
        return False


def _values(part: object) -> dict[str, Any]:
    kept = [*fields.names(part), *getattr(part, "ARRAYS", ())]
    values = {name: getattr(part, name) for name in kept}
    return {name: value if isinstance(value, int) else list(value) for name, value in values.items()}


def _rows(place: RingPlace, data: bytes, state: State, appended: int) -> Iterator[Row]:
    ring: Ring = attrgetter(place.path)(state)
    size = sum(abs(width) for width in ring.widths) + CHECK
    end = appended - 1 if ring.open_row and appended else appended
    for index in range(max(0, appended - ring.rows), end):
        at = place.start + index % place.rows * size
        row = data[at : at + size]
        whole = crc16(row, size - CHECK, index & 0xFFFF) == _number(row, size - CHECK, CHECK)
        yield Row(index, at, _row_values(place, ring, state.meter.imp, row) if whole else None)


def _row_values(place: RingPlace, ring: Ring, imp: int, row: bytes) -> dict[str, Value]:
    cells: list[int] = []
    at = 0
    for width in ring.widths:
        cells.append(int.from_bytes(row[at : at + abs(width)], "little", signed=width < 0))
        at += abs(width)
    return {column.name: _cell(cells, column, imp) for column in place.columns}


def _cell(cells: list[int], column: Column, imp: int) -> Value:
    value, *more = cells[column.cell :]
    bases = {"instant+": QUARTER_S, "ueur": MICRO, "pulses": imp}  # what stands in two cells, and the upper one's worth
    if column.unit in bases:
        both = value * bases[column.unit] + more[0]
        return iso(both) if column.unit == "instant+" else both
    if column.unit == "day":
        return iso_day(value)
    if column.unit == "detail":
        return eventnames.KINDS[value][1].get(more[0], more[0]) if value in eventnames.KINDS else more[0]
    if column.unit == "because":
        return " ".join(name for bit, name in sorted(eventnames.WARNING_NAMES.items()) if value & bit)
    return meaning(value, column.unit)


def _profile(data: bytes, first: int, end: int) -> Profile:
    start = max(first, end - registers.PROFILE_DAYS * 96)
    found = [_quarter(data, quarter) for quarter in range(start, end)]
    return Profile(start, [None if wrong else pulses for pulses, wrong in found], found.count(LEFT_OUT))


def _quarter(data: bytes, quarter: int) -> tuple[int, int]:
    """Return a quarter hour's pulses, and by which bits its check is wrong."""
    lap, row = divmod(quarter, memory.PROFILE_ROWS)
    value = _number(data, memory.PROFILE + 3 * row, 3)
    check = lap
    for shift in range(4, 24, 4):
        check ^= value >> shift
    return value >> 4, (check ^ value) & 15
