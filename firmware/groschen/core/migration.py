# SPDX-License-Identifier: Apache-2.0
"""Makes a hot record of layouts 1 to 3 one of the present layout; loaded where a memory has such a one.

Up to layout 3 every integer had four bytes, an amount eight, and what is a `State` now stood within the meter. A meter
that was kept so is in its first life.
"""

from groschen.core import memory
from groschen.core.amount import Limbs
from groschen.core.errors import StateError
from groschen.core.fields import names, set_field
from groschen.core.hotrecord import CONFIGURED, get, get_row, pack_state, put
from groschen.core.meter import Meter
from groschen.core.ring import Ring
from groschen.core.state import State
from groschencard import const

_TYPE_CHECKING = const(False)
if _TYPE_CHECKING:
    from typing import Callable

_HEAD = const(8)
_INT = const(4)
_HIGH = const(5)
_LOW = const(3)
_LIMBS = const(8)
_ADDED_BY_2 = const(112)  # bytes that layout 2 added to the hot record,
_DIGITS_AT = const(40)  # among them, where the digits of a TAN stand,
_DIGITS = const(5)  # and how many those were until somebody set them
_ADDED_BY_3 = const(8)  # bytes that layout 3 added there,
_LANGUAGE_AT = const(60)  # and where it put four more

# The fields and parts of layout 3 in their order, by their paths in a `State`.
_FIELDS_3 = const(
    "meter.imp meter.zone meter.quarter meter.second meter.powered meter.seen meter.edition "
    "cards.credit_number tan.highest cards.debt_number "
    "meter.errors meter.clock_lost meter.clock_lost_quarters meter.held meter.warn_days .language"
)
_PARTS_3 = const("account supply demand energy_ht energy_nt daily profile snapshots log warnings warn_amount")
_CARDS_3 = const("cards.number cards.contract cards.command cards.card cards.wrong_pscs")
_TAN_3 = const(
    "tan.used tan.digits tan.run tan.run_s tan.forgiven tan.judging tan.service tan.open_family "
    "tan.paygo tan.paygo_used"
)
_PORT_3 = const("port.wrong port.run")


def migrate(slot: bytearray) -> bytearray:
    """Return a hot record of this layout, from one of an older; raises StateError where none leads here."""
    while slot[1] != memory.LAYOUT:
        step = MIGRATIONS.get(slot[1])
        if step is None:
            raise StateError("a memory of layout " + str(slot[1]))
        slot = step(slot)
    return slot


def _from_layout_1(slot: bytearray) -> bytearray:
    """Return a hot record of layout 2: what the meter remembers of cards and TANs comes before the two versions."""
    added = bytearray(_ADDED_BY_2)
    put(added, _DIGITS_AT, _DIGITS, _INT)
    return _behind_all(slot, added)


def _from_layout_2(slot: bytearray) -> bytearray:
    """Return a hot record of layout 3: a language among the meter's fields, and the port before the two versions."""
    at = _HEAD + _LANGUAGE_AT
    return _behind_all(slot[:at] + bytearray(_INT) + slot[at:], bytearray(_ADDED_BY_3), _INT)


def _behind_all(slot: bytearray, added: bytearray, grown: int = 0) -> bytearray:
    """Return a hot record of the next layout, with bytes added before the two versions at its end.

    It has `grown` by some already, of which its length does not know yet.
    """
    end = _HEAD + get(slot, 2, 2, False) + grown
    versions = end - 2 * _INT
    new = slot[:versions] + added + slot[versions:end]
    new[1] += 1
    put(new, 2, len(new) - _HEAD, 2)
    return new


def _from_layout_3(slot: bytearray) -> bytearray:
    """Return a hot record of layout 4: each field in the bytes it needs, and the parts of a `State`."""
    state = State(Meter(get(slot, _HEAD, _INT, False), get(slot, _HEAD + _INT, _INT, True), True))
    meter = state.meter
    at = _take(state, _FIELDS_3, slot, _HEAD)
    for name in _PARTS_3.split(" "):
        at = _take_part(getattr(meter, name), slot, at)
    at = _take(state, _CARDS_3, slot, at)
    at = _take_part(state.cards.credit, slot, at)
    at = _take_part(state.cards.debt, slot, at)
    at = _take(state, _TAN_3, slot, at)
    for part in (state.tan.tries, meter.counters):
        at = _take_part(part, slot, at)
    at = _take(state, _PORT_3, slot, at)
    if at + 2 * _INT != _HEAD + get(slot, 2, 2, False):
        raise StateError("the state of another layout")
    state.starts.count = meter.counters.power // 2  # an event when the power went, and one when it returned
    meter.tariff.version = get(slot, at, _INT, False)
    meter.pending.version = get(slot, at + _INT, _INT, False)
    new = bytearray(memory.HOT_SLOT)
    new[:_HEAD] = slot[:_HEAD]
    new[1] = 4
    payload = bytearray(memory.HOT_SLOT)
    length = pack_state(state, payload)
    put(new, 2, length, 2)
    new[_HEAD : _HEAD + length] = payload[:length]
    return new[: _HEAD + length]


def _take(state: State, paths: str, data: bytearray, at: int) -> int:
    """Take fields by their paths, four bytes each; return where the next byte comes from."""
    for path in paths.split(" "):
        part, _, name = path.partition(".")
        set_field(getattr(state, part) if part else state, name, get(data, at, _INT, True))
        at += _INT
    return at


def _take_part(part: object, data: bytearray, at: int) -> int:
    """Take what a part and its parts kept in layout 3; return where the next byte comes from."""
    if isinstance(part, Limbs):
        part.high = get(data, at, _HIGH, True)
        part.low = get(data, at + _HIGH, _LOW, False)
        return at + _LIMBS
    for name in names(part):
        set_field(part, name, get(data, at, _INT, True))
        at += _INT
    if isinstance(part, Ring):
        return get_row(part, part.newest(0), data, at) if part.open_row else at
    for name in getattr(part, "PARTS", ()):
        if name not in CONFIGURED:
            at = _take_part(getattr(part, name), data, at)
    return at


MIGRATIONS: "dict[int, Callable[[bytearray], bytearray]]" = {1: _from_layout_1, 2: _from_layout_2, 3: _from_layout_3}
"""From each older layout, what makes its hot record one of the next."""
