# SPDX-License-Identifier: Apache-2.0
"""Keeps a meter's state in a memory whose writes may stop after any byte. `docs/storage.md` has map and argument.

Rows of rings and records of tariffs and contracts are written into places that nothing refers to yet; then the hot
record, which refers to them, twice: the second copy only when the first one is whole. Each copy is marked invalid
before it is touched, and its mark is the last byte written.
"""

from groschen.core import fields, memory
from groschen.core.errors import StateError
from groschen.core.hotrecord import SPARE, VERSION, get, get_row, new_state, pack_state, put, put_row
from groschen.core.meter import Meter
from groschen.core.ring import Ring
from groschen.core.state import State
from groschen.core.tariff import Tariff
from groschencard import const
from groschencard.crc import crc16

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from groschen.core.ports import Nvm

    Place = tuple[int, int, int]

_ID = const(0x47)
_VALID = const(0xA5)  # the commit mark
_HEAD = const(8)  # id, layout, length (2), sequence (4)
_CHECK = const(2)
_CONFIG_HEAD = const(4)  # length, check
_BLANK = const(-2)  # in place of a copy's sequence: never written,
_TORN = const(-1)  # or not whole
_LOG = const(0)  # its place among the rings
_START = const(0)  # of a place of tariffs or contracts in `memory`: where it begins,
_SIZE = const(1)  # how large a copy is at most,
_SLOTS = const(2)  # and how many slots there are
_PROFILE_TOP = const(0xFFFFF)  # a quarter hour has 20 bits, and four of check


def _nibbles(value: int, lap: int) -> int:
    """Return the check of a quarter hour: all its nibbles and the ring's lap, so that an old one is none."""
    return (value ^ value >> 4 ^ value >> 8 ^ value >> 12 ^ value >> 16 ^ lap) & 15


class Store:
    """The records of one memory, and which of its places hold what."""

    def __init__(self, nvm: "Nvm", slim: bool = False) -> None:
        """Take the memory, and whether the meter that is loaded from it is to be a slim one."""
        self._nvm = nvm
        self._slim: bool = slim
        self._sequence: int = 0
        self._head = bytearray(_HEAD)
        self._payload = bytearray(0)  # of the hot record as it is being made,
        self._last = bytearray(0)  # and as it was committed last
        self._tail = bytearray(_CHECK)
        self._head_back = bytearray(_HEAD)
        self._tail_back = bytearray(_CHECK)
        self._back = bytearray(0)  # what a write is read back into
        self._byte = bytearray(1)
        self._quarter = bytearray(3)
        self._rings: "tuple[Ring, ...]" = ()  # in the order of `memory.RINGS`
        self._rows: "list[bytearray]" = []  # a row of each ring
        self._written: "list[int]" = []  # rows of each ring that stand in the memory
        self._profile_end: int = 0
        self._tariffs = [0] * memory.TARIFFS[_SLOTS]  # the version in each slot, 0 where there is none
        self._editions = [_BLANK] * memory.CONTRACTS[_SLOTS]
        self._in_force: int = 0  # what the hot record in the memory refers to
        self._waiting: int = 0
        self._edition: int = _BLANK
        self._older: int = 0  # the copy of the hot record to write first: it is not the only one that is new
        self._mirrored: bool = True  # both copies are the same
        self.faults: int = 0  # places found damaged: mended, or given up
        self.sealed: bool = False  # nothing is to be written: what is there could not be read, and is evidence
        self.failed: bool = False  # a write did not stick in either copy: nothing may be acknowledged any more

    # -- writing -------------------------------------------------------------------------------------------

    def commit(self, state: State, hurried: bool = False) -> bool:
        """Keep a state; return False where the memory does not take it. Writes nothing where none changed.

        Between two commits at most one day may pass, which is what the rings have spare rows for. In a hurry - the
        power is failing - the second copy and the reading back are left out.
        """
        if self.sealed:
            return False
        if not self._rows:
            self._prepare(state)
        meter = state.meter
        payload = self._payload
        pack_state(state, payload)
        if self._sequence and payload == self._last:
            if not hurried and not self._mirrored:
                self._finish_record()
                self._write_hot(False)
            return not self.failed
        self._write_rings()
        self._write_profile(meter)
        self._write_tariff(meter.tariff, meter.pending)
        self._write_tariff(meter.pending, meter.tariff)
        self._write_contract(meter)
        self._sequence += 1
        self._finish_record()
        self._write_hot(hurried)
        self._last[:] = payload
        self._in_force = meter.tariff.version
        self._waiting = meter.pending.version
        self._edition = meter.edition
        return not self.failed

    def _write_hot(self, hurried: bool) -> None:
        """Write the hot record over the older copy, and then, unless in a hurry, over the other one."""
        stuck = self._write_copy(memory.HOT + self._older * memory.HOT_SLOT, hurried)
        self._older ^= 1
        self._mirrored = False
        if not hurried:
            stuck = self._write_copy(memory.HOT + self._older * memory.HOT_SLOT, False) or stuck
            self._older ^= 1
            self._mirrored = True
        if not stuck:
            self.failed = True

    def _prepare(self, state: State) -> None:
        meter = state.meter
        length = pack_state(state, bytearray(memory.HOT_SLOT))
        if length > memory.HOT_SLOT - _HEAD - _CHECK - 1:
            raise StateError("the hot record does not fit")
        self._payload = bytearray(length)
        self._last = bytearray(length)
        self._back = bytearray(length)
        self._rings = (
            meter.log.ring,
            meter.warnings.ring,
            meter.daily.ring,
            meter.snapshots.months,
            meter.snapshots.billings,
            meter.demand.maxima,
            state.tan.tries,
        )
        self._rows = [bytearray(sum([abs(width) for width in ring.widths]) + _CHECK) for ring in self._rings]
        self._written = [0] * len(self._rows)
        self._profile_end = meter.profile.first

    def _finish_record(self) -> None:
        head = self._head
        head[0] = _ID
        head[1] = memory.LAYOUT
        put(head, 2, len(self._payload), 2)
        put(head, 4, self._sequence, 4)
        put(self._tail, 0, crc16(self._payload, len(self._payload), crc16(head, _HEAD)), _CHECK)

    def _write_copy(self, at: int, hurried: bool) -> bool:
        """Write one copy of the hot record; return whether it stands there as it should."""
        size = len(self._payload)
        mark = at + _HEAD + size + _CHECK
        self._write_byte(mark, 0)
        self._nvm.write(at, self._head)
        self._nvm.write(at + _HEAD, self._payload)
        self._nvm.write(at + _HEAD + size, self._tail)
        self._write_byte(mark, _VALID)
        if hurried:
            return True
        self._nvm.read(mark, self._byte)
        stuck = (
            self._byte[0] == _VALID
            and self._stands(at, self._head, self._head_back)
            and self._stands(at + _HEAD, self._payload, self._back)
            and self._stands(at + _HEAD + size, self._tail, self._tail_back)
        )
        if not stuck:
            self.faults += 1
        return stuck

    def _stands(self, at: int, wanted: bytearray, found: bytearray) -> bool:
        """Say whether the memory holds what was written, by reading it into a buffer of the same length."""
        self._nvm.read(at, found)
        return found == wanted

    def _write_byte(self, at: int, value: int) -> None:
        self._byte[0] = value
        self._nvm.write(at, self._byte)

    def _write_rings(self) -> None:
        for number in range(len(self._rings)):
            ring = self._rings[number]
            end = ring.closed()
            for index in range(max(self._written[number], end - memory.RINGS[number][1]), end):
                buffer = self._rows[number]
                at = put_row(ring, ring.at(index), buffer, 0)
                put(buffer, at, crc16(buffer, at, index & 0xFFFF), _CHECK)
                self._nvm.write(self._row_at(number, index), buffer)
            self._written[number] = end

    def _row_at(self, number: int, index: int) -> int:
        """Return where the row stands that was appended to a ring as number `index`."""
        start, rows = memory.RINGS[number]
        return start + index % rows * len(self._rows[number])

    def _write_profile(self, meter: Meter) -> None:
        profile = meter.profile
        cell = self._quarter
        for quarter in range(max(self._profile_end, profile.start()), profile.end):
            pulses = min(profile.pulses(quarter), _PROFILE_TOP)
            row = quarter % memory.PROFILE_ROWS
            check = _nibbles(max(pulses, 0), quarter // memory.PROFILE_ROWS)
            if pulses < 0:  # one that a correction of the clock has left out reads as lost
                pulses = 0
                check ^= 15
            put(cell, 0, pulses << 4 | check, 3)
            self._nvm.write(memory.PROFILE + 3 * row, cell)
        self._profile_end = profile.end

    def _write_tariff(self, tariff: Tariff, other: Tariff) -> None:
        """Write a tariff that no slot holds yet into one that neither the meter nor the memory needs any more."""
        versions = self._tariffs
        if tariff.version == 0 or tariff.version in versions:
            return
        slot = 0
        while versions[slot] and versions[slot] in (other.version, self._in_force, self._waiting):
            slot += 1
        versions[slot] = 0
        self._write_config(memory.TARIFFS, slot, _squeeze(fields.integers(tariff)))
        versions[slot] = tariff.version

    def _write_contract(self, meter: Meter) -> None:
        """Write windows and billing dates into the slot that the memory does not need."""
        editions = self._editions
        if meter.edition in editions:
            return
        slot = 1 if editions[0] == self._edition else 0
        integers = [meter.edition]
        integers.extend(fields.integers(meter.windows))
        integers.extend(meter.billing)
        self._write_config(memory.CONTRACTS, slot, _squeeze(integers))
        editions[slot] = meter.edition

    def _write_config(self, place: "Place", slot: int, data: bytearray) -> None:
        record = _config(data)
        if len(record) > place[_SIZE]:
            raise StateError("too many spans, holidays or dates for the memory")
        for copy in range(memory.COPIES):
            self._nvm.write(_copy_at(place, slot, copy), record)

    # -- reading -------------------------------------------------------------------------------------------

    def load(self, life: int = 0, owner: int = 0) -> "State | None":
        """Return the state that the memory keeps; None where it was never written, or is not of the life and the owner.

        A memory without an owner takes this one; 0 asks for neither.

        Mends a damaged copy from the other one, and gives up rows that are damaged; `faults` counts both. Raises
        StateError where what is kept of the money cannot be read.
        """
        copies = [self._read_copy(memory.HOT), self._read_copy(memory.HOT + memory.HOT_SLOT)]
        newest = copies[0] if copies[0][0] >= copies[1][0] else copies[1]
        if newest[0] < 0:
            if copies[1][0] == _BLANK:  # the second copy is first written when the first one is whole
                return None
            raise StateError("both copies of the state are damaged")
        self._sequence, payload = newest
        state = new_state(payload, self._slim)
        if (life and state.life != life) or (owner and state.owner and state.owner != owner):
            return None
        state.owner = owner or state.owner
        meter = state.meter
        self._prepare(state)
        self._last[:] = payload
        self._payload[:] = payload
        at = len(payload) - SPARE - 2 * VERSION
        self._in_force = get(payload, at, VERSION, False)
        self._waiting = get(payload, at + VERSION, VERSION, False)
        self._load_tariffs(meter)
        self._load_contracts(meter)
        self._load_rings(meter)
        self._profile_end = meter.profile.held = meter.profile.end
        meter.rebuild()
        self._mend(copies)
        return state

    def _read_copy(self, at: int) -> "tuple[int, bytearray]":
        """Return a copy's sequence and payload; _BLANK or _TORN and nothing where there is none."""
        slot = bytearray(memory.HOT_SLOT)
        self._nvm.read(at, slot)
        length = get(slot, 2, 2, False)
        end = _HEAD + length
        if slot[0] != _ID or end + _CHECK + 1 > memory.HOT_SLOT:
            return (_BLANK if _blank(slot) else _TORN), bytearray(0)
        marked = slot[end + _CHECK] == _VALID
        if not marked:
            return _TORN, bytearray(0)
        if crc16(slot, end) != get(slot, end, _CHECK, False):
            self.faults += 1  # marked as whole and yet not what was written: a bit has changed
            return _TORN, bytearray(0)
        if slot[1] != memory.LAYOUT:
            from groschen.core.migration import migrate  # loaded once in a memory's life, and not at each start

            slot = migrate(slot)
            end = _HEAD + get(slot, 2, 2, False)
        return get(slot, 4, 4, False), slot[_HEAD:end]

    def _mend(self, copies: "list[tuple[int, bytearray]]") -> None:
        """Write the newest state over a copy that is older or damaged."""
        self._finish_record()
        for number in range(2):
            if copies[number][0] != self._sequence:
                self._write_copy(memory.HOT + number * memory.HOT_SLOT, False)

    def _load_tariffs(self, meter: Meter) -> None:
        # A slot that the hot record does not refer to is free, whatever a cut has left in it.
        for slot in range(memory.TARIFFS[_SLOTS]):
            tariff = Tariff()
            data = self._read_config(memory.TARIFFS, slot)
            if not data:
                continue
            integers = _stretch(data)
            if fields.take(tariff, integers, 0) != len(integers):
                raise StateError("a tariff that is too long")
            if tariff.version == self._in_force:
                meter.tariff = tariff
            elif tariff.version == self._waiting:
                meter.pending = tariff
            else:
                continue
            self._tariffs[slot] = tariff.version
            self._mend_config(memory.TARIFFS, slot, data)
        if (meter.tariff.version, meter.pending.version) != (self._in_force, self._waiting):
            raise StateError("a tariff is damaged in both copies")

    def _load_contracts(self, meter: Meter) -> None:
        self._edition = meter.edition
        for slot in range(memory.CONTRACTS[_SLOTS]):
            data = self._read_config(memory.CONTRACTS, slot)
            integers = _stretch(data)
            if integers and integers[0] == meter.edition:
                self._editions[slot] = meter.edition
                self._mend_config(memory.CONTRACTS, slot, data)
                for at in range(fields.take(meter.windows, integers, 1), len(integers)):
                    meter.billing.append(integers[at])
        if meter.edition not in self._editions:
            raise StateError("windows and dates are damaged in both copies")

    def _read_config(self, place: "Place", slot: int) -> bytearray:
        """Return the data of a slot, by the first of its copies that is whole; nothing where none is."""
        record = bytearray(place[_SIZE])
        for copy in range(memory.COPIES):
            self._nvm.read(_copy_at(place, slot, copy), record)
            length = get(record, 0, 2, False)
            data = record[_CONFIG_HEAD : _CONFIG_HEAD + length]
            if 0 < length == len(data) and crc16(data, length) == get(record, 2, _CHECK, False):
                return data
        return bytearray(0)

    def _mend_config(self, place: "Place", slot: int, data: bytearray) -> None:
        """Write both copies of a slot where one of them is not what the other one is; the same bytes harm none."""
        record = _config(data)
        for copy in range(memory.COPIES):
            found = bytearray(len(record))
            self._nvm.read(_copy_at(place, slot, copy), found)
            if found != record:
                self.faults += 1
                self._write_config(place, slot, data)

    def _load_rings(self, meter: Meter) -> None:
        for number in range(len(self._rings)):
            ring = self._rings[number]
            end = ring.closed()
            log = meter.log if number == _LOG else None
            depth = log.depth if log else ring.rows
            for index in range(max(0, ring.appended - depth), end):
                self._read_row(ring, number, index)
                if log:
                    log.remember(ring.at(index))
            self._written[number] = end

    def event(self, index: int) -> "list[int]":
        """Return the entry of the log that was appended as number `index`; its first cell is -1 where it is lost."""
        one = Ring(1, self._rings[_LOG].widths)
        self._read_row(one, _LOG, index)
        return one.cells

    def _read_row(self, ring: Ring, number: int, index: int) -> None:
        buffer = self._rows[number]
        self._nvm.read(self._row_at(number, index), buffer)
        size = len(buffer) - _CHECK
        if crc16(buffer, size, index & 0xFFFF) == get(buffer, size, _CHECK, False):
            get_row(ring, ring.at(index), buffer, 0)
        else:
            self.faults += 1
            ring.lose(index)

    def quarter(self, quarter: int) -> int:
        """Return the pulses of one quarter hour that the memory keeps, -1 where they are damaged."""
        cell = self._quarter
        self._nvm.read(memory.PROFILE + quarter % memory.PROFILE_ROWS * 3, cell)
        value = get(cell, 0, 3, False)
        return value >> 4 if value & 15 == _nibbles(value >> 4, quarter // memory.PROFILE_ROWS) else -1


def _blank(slot: bytearray) -> bool:
    """Say whether a slot is as a new chip has it: all zeros, or all ones."""
    for byte in slot:
        if byte != slot[0]:
            return False
    return slot[0] in (0, 0xFF)


def _copy_at(place: "Place", slot: int, copy: int) -> int:
    """Return where a copy of a slot begins."""
    return place[_START] + (slot * memory.COPIES + copy) * place[_SIZE]


def _config(data: bytearray) -> bytearray:
    """Return the record of a tariff or contract: length, check, data."""
    record = bytearray(_CONFIG_HEAD)
    put(record, 0, len(data), 2)
    put(record, 2, crc16(data, len(data)), _CHECK)
    return record + data


def _squeeze(integers: "list[int]") -> bytearray:
    """Return integers as bytes of seven bits each, the small ones in one."""
    out = bytearray()
    for integer in integers:
        value = integer << 1 if integer >= 0 else ~integer << 1 | 1
        while value > 0x7F:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        out.append(value)
    return out


def _stretch(data: bytearray) -> "list[int]":
    """Return what `_squeeze` was given."""
    integers: "list[int]" = []
    value = 0
    shift = 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            integers.append(~(value >> 1) if value & 1 else value >> 1)
            value = 0
            shift = 0
    return integers
