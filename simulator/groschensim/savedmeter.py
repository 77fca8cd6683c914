# SPDX-License-Identifier: Apache-2.0
"""A saved meter: the bytes of its memory in a file STATE, and beside it STATE.meter, which says who the meter is.

STATE.meter is JSON, for its owner alone (mode 0600): serial, utility, life, and the meter's key of 32 bytes in hex. The
memory holds the life alone of these: on a meter they are in the processor's flash.
"""

import json
import struct
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from groschen.core import memory, wholemeter
from groschen.core.amount import Limbs
from groschen.core.calendar import LEGAL, QUARTER_S, QUARTERS_PER_DAY
from groschen.core.errors import StateError
from groschen.core.keeper import Keeper
from groschen.core.meter import Meter
from groschen.core.state import State
from groschen.core.store import Store
from groschen.core.supply import LOCKED
from groschen.core.tariff import Tariff
from groschencard.keys import KEY, MeterKeys
from groschensim.board import simulated_key, simulated_keys
from groschensim.errors import ImageError, WrongValueError
from groschensim.heldfile import HeldFile, put
from groschensim.language import pick
from groschensim.nvm import SimNvm
from groschensim.result import iso
from groschensim.scenario import values

DAY_S = 86_400
PRIVATE = 0o600
_MOST = 4_096  # bytes of STATE.meter
_UTILITIES = 65_535

_BROKEN = (StateError, ValueError, LookupError, ArithmeticError, struct.error)
"""What a store may say of bytes that no meter has written."""


def identity_path(state: Path) -> Path:
    """Return the file that says who a saved meter is."""
    return state.with_name(state.name + ".meter")


def write_identity(state: Path, keys: MeterKeys, key: bytes) -> None:
    """Write who a saved meter is, by what follows from its key, and that; RunError."""
    who = {"serial": keys.serial.decode(), "utility": keys.utility, "life": keys.life}
    text = json.dumps({**who, "key": key.hex()}, indent=2)
    put(identity_path(state), text.encode() + b"\n", PRIVATE)


def write_simulated(state: Path, serial: str) -> None:
    """Write who the meter of a run was; RunError."""
    write_identity(state, simulated_keys(serial), simulated_key(serial))


def read_key(path: Path) -> bytes:
    """Return the key of a meter, as `groschen key meter` exports it; ImageError."""
    try:
        key = path.read_bytes()
    except OSError as error:
        raise ImageError(f"{path}: {error.strerror}") from None
    if len(key) != KEY:
        raise ImageError(
            pick(
                (
                    f"{path}: kein Zählerschlüssel: {len(key)} Bytes statt {KEY}; groschen key meter schreibt einen",
                    f"{path}: no key of a meter: {len(key)} bytes instead of {KEY}; groschen key meter writes one",
                )
            )
        )
    return key


def begun(at_s: int, life: int = 1, imp_per_kwh: int = 1_000, zone: int = LEGAL) -> bytes:
    """Return a memory in which a life of a meter begins: locked, without a tariff, and nothing has run with it."""
    meter = Meter(imp_per_kwh, zone)
    meter.commission(at_s // DAY_S, at_s % DAY_S, LOCKED, Tariff(), Limbs(), Limbs())
    state = State(meter)
    state.life = life
    nvm = SimNvm()
    Store(nvm).commit(state)
    return bytes(nvm.image)


def create(state: Path, keys: MeterKeys, key: bytes, imp_per_kwh: int, at_s: int) -> None:
    """Make a meter as it leaves the factory, in a life of it; ImageError where there is one, RunError.

    A service card commissions it.
    """
    for path in (state, identity_path(state)):
        if path.exists():
            raise ImageError(
                pick(
                    (
                        f"{path} gibt es schon und wird nicht überschrieben; einen anderen Namen nehmen",
                        f"{path} exists and is not overwritten; take another name",
                    )
                )
            )
    write_identity(state, keys, key)
    put(state, begun(at_s, keys.life, imp_per_kwh), 0o666)


class SavedMeter:
    """A saved meter that runs again, held until its context ends."""

    def __init__(self, state: Path) -> None:
        """Load it; ImageError where it cannot be."""
        self._file = HeldFile(state, memory.SIZE)
        try:
            self.keys = read_identity(state)
            self.nvm = SimNvm(image=bytearray(self._file.data))
            self._store = Store(self.nvm)
            self.state = self._load()
            self.meter = self.state.meter
        except BaseException:
            self._file.__exit__(None, None, None)
            raise
        self.keeper = Keeper(self.state, self._store)

    @property
    def now_s(self) -> int:
        """The meter's time in seconds since 1970."""
        return self.meter.quarter * QUARTER_S + self.meter.second

    def run_until(self, at_s: int) -> None:
        """Let time pass to an instant in which nothing is consumed; ImageError where that is past.

        A meter that was saved without power has it again at that instant.
        """
        if at_s < self.now_s:
            raise ImageError(
                pick(
                    (
                        f"{self._file.path}: der Zähler ist schon bei {iso(self.now_s)}; früher geht nicht",
                        f"{self._file.path}: the meter is at {iso(self.now_s)} already; not earlier",
                    )
                )
            )
        meter = self.meter
        while meter.powered and meter.quarter // QUARTERS_PER_DAY < at_s // DAY_S:
            # The rings have room for one day between two commits.
            meter.advance(meter.quarter // QUARTERS_PER_DAY + 1, 0)
            self.keeper.commit()
        if meter.powered:
            meter.advance(at_s // DAY_S, at_s % DAY_S)
        self.keeper.resume(at_s // DAY_S, at_s % DAY_S, meter.seen)

    def save(self) -> None:
        """Write the memory back; RunError where that fails: the meter of before is there then."""
        self._file.replace(bytes(self.nvm.image))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.__exit__(kind, error, trace)

    def _load(self) -> State:
        path = self._file.path
        size = len(self._file.data)
        if size != memory.SIZE:
            much = pick(("mehr als ", "more than ")) if size > memory.SIZE else ""
            found = f"{much}{min(size, memory.SIZE)}"
            raise ImageError(
                pick(
                    (
                        f"{path}: kein gesicherter Zähler: {found} Bytes statt {memory.SIZE}",
                        f"{path}: no saved meter: {found} bytes instead of {memory.SIZE}",
                    )
                )
            )
        try:
            state = self._store.load(self.keys.life, self.keys.memory)
        except _BROKEN:
            raise ImageError(
                pick(
                    (
                        f"{path} ist beschädigt, kein Zähler kann damit anlaufen; groschen sim nvm dump zeigt, wo",
                        f"{path} is damaged, no meter can start from it; groschen sim nvm dump shows where",
                    )
                )
            ) from None
        if state is None:
            raise ImageError(
                pick(
                    (
                        (
                            f"{path}: der Speicher ist leer oder nicht von Leben {self.keys.life} des Zählers, in dem "
                            "er laut Schlüsseldatei ist; groschen sim meter legt einen neuen Zähler an"
                        ),
                        (
                            f"{path}: the memory is blank, or not of life {self.keys.life} of the meter, which it is "
                            "in by the file with its key; groschen sim meter makes a new meter"
                        ),
                    )
                )
            )
        wholemeter.load_profile(state.meter, self._store)
        return state


def read_identity(state: Path) -> MeterKeys:
    """Return the keys of a saved meter, who it is included; ImageError."""
    path = identity_path(state)
    try:
        with path.open("rb") as file:
            text = file.read(_MOST)
    except OSError as error:
        raise ImageError(
            pick(
                (
                    f"{path}: {error.strerror}; sie sagt, welcher Zähler {state} ist (von sim run --image, sim meter)",
                    f"{path}: {error.strerror}; it says which meter {state} is (by sim run --image, sim meter)",
                )
            )
        ) from None
    try:
        return _keys(json.loads(text))
    except (ValueError, TypeError, KeyError, RecursionError, WrongValueError):
        raise ImageError(
            pick(
                (
                    f'{path}: richtig wäre {{"serial": "...", "utility": 1, "key": "64 Hexadezimalziffern"}}',
                    f'{path}: {{"serial": "...", "utility": 1, "key": "64 hexadecimal digits"}} would be right',
                )
            )
        ) from None


def _keys(found: object) -> MeterKeys:
    table = cast("dict[str, Any]", found)
    utility: object = table["utility"]
    key: object = table["key"]
    if type(utility) is not int or not 0 <= utility <= _UTILITIES or not isinstance(key, str):
        raise ValueError
    return MeterKeys(bytes.fromhex(key), utility, values.serial(table["serial"]).encode(), table.get("life", 1))
