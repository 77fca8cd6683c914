# SPDX-License-Identifier: Apache-2.0
"""The steps of flashing, in the order in which a cut at any point leaves a board that can be flashed again.

A board has two folders for releases, /a and /b, and a file /active that names the one in force. Everything is written
into the other folder and proven there; the rename of /active is the one step that changes anything.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from groschencard.keys import MeterKeys
from groschenhost.errors import HostError, Text
from groschenhost.flash.device import ATTEMPTS, Active, Device, Found, unlike
from groschenhost.flash.errors import BoardError, IsMeterError, LayoutError, SelfTestError
from groschenhost.flash.release import Release
from groschenhost.flash.targets import LEAST_VERSION, MPY_VERSION, TARGETS, Target
from groschenhost.ledger.values import FlashKind

MANIFEST: Final = "release.json"
IDENTITY: Final = "meter.json"
ACTIVE: Final = "active"
ABSENT: Final = "absent"
FINE: Final = ("ok", ABSENT)
CLOCK_NOT_SET: Final = ("clock", "fault: not set")
START_S: Final = 30.0


@dataclass(frozen=True)
class Identity:
    """Who a meter is: what stands in /meter.json, and of which generation its key is.

    zone is `legal` or minutes from UTC.
    """

    serial: str
    utility: int
    life: int
    key: bytes
    generation: int
    imp_per_kwh: int
    zone: str | int = "legal"

    @property
    def content(self) -> bytes:
        """The file."""
        document = {
            "serial": self.serial,
            "utility": self.utility,
            "life": self.life,
            "key": self.key.hex(),
            "imp_per_kwh": self.imp_per_kwh,
            "zone": self.zone,
        }
        return json.dumps(document).encode() + b"\n"

    @property
    def owner(self) -> int:
        """What its memory says whose it is."""
        return MeterKeys(self.key, self.utility, self.serial.encode(), self.life).memory

    def __repr__(self) -> str:
        return f"Identity({self.serial!r}, utility {self.utility}, life {self.life})"


Identify = Callable[[int], Identity]
"""Gives who a board is to be, in the life that its memory keeps, or for 0 in one that it enters in the ledger."""


@dataclass(frozen=True)
class Wishes:
    """What the technician has said: an update, another meter in place of the one there is, and so on."""

    update: bool = False
    replace: bool = False
    reinstall: bool = False
    accept_faults: bool = False
    keep_memory: bool = False
    clear_memory: bool = False


@dataclass(frozen=True)
class Done:
    """What was flashed: the record."""

    kind: FlashKind
    found: Found
    release: Release
    folder: str
    active: Active
    self_test: dict[str, str]
    copied: int
    """Files that were not there yet."""
    is_new: bool
    """False where the very release was in force already."""
    identity: Identity | None
    """Who the board has become; None at an update, which keeps it."""

    @property
    def irrevocable(self) -> bool:
        """Tells whether the meter cannot go back to the release before: the memory's layout is a newer one."""
        before = self.found.layouts.get(self.active.fallback or "")
        return before is not None and before < self.release.layout


class Flasher:
    """One board, one release."""

    def __init__(self, device: Device, target: Target, release: Release, tell: Callable[[Text], None]) -> None:
        """Keep them; tell is told each step."""
        self._device = device
        self._target = target
        self._release = release
        self._tell = tell

    def look(self) -> Found:
        """Says what is at the port; BoardError where it is not the board that was named."""
        self._device.begin()
        found = self._device.look()
        self._check_board(found)
        return found

    def kind(self, found: Found, serial: str, utility: int, wishes: Wishes) -> FlashKind:
        """Says what is to be done; IsMeterError where the technician has not said that, LayoutError."""
        is_same = found.is_of(serial, utility)
        if wishes.update:
            if not found.is_meter or found.active is None:
                raise _no_meter(self._device.port)
            if not is_same:
                raise _other(found, serial)
            self._check_layout(found)
            return FlashKind.UPDATE
        if found.is_meter and not (is_same and found.active is None):
            if wishes.replace:
                return FlashKind.REPLACE
            raise _is_meter(found, serial) if is_same else _other(found, serial)
        return FlashKind.FIRST

    def flash(self, found: Found, kind: FlashKind, identify: Identify, wishes: Wishes) -> Done:
        """Does it; identify is asked late, and at an update, which keeps who the board is, not at all."""
        good = self._good(found, kind)
        folder = good.other if good else "a"
        is_new = not (kind is FlashKind.UPDATE and self._in_force(found))
        if not is_new:
            assert found.active is not None  # noqa: S101 - an update has one
            folder = found.active.folder
        elif good is not None and found.active != good:
            self._device.put(ACTIVE, good.line)  # a release on trial is given up for the new one
        self._look_at_launcher(kind, wishes)
        copied = self._copy(folder)
        self_test = self._self_test(folder, kind, wishes)
        if kind is not FlashKind.UPDATE or wishes.reinstall:
            for name, data in self._release.launchers.items():
                self._device.put(name, data)
        identity: Identity | None = None
        active = found.active
        if kind is not FlashKind.UPDATE:
            identity = self._identify(folder, found, kind, identify, wishes)
            active = Active(folder)
        elif is_new:
            active = Active(folder, good.folder if good else None)
        assert active is not None  # noqa: S101 - one that is not new is in force
        if is_new:
            self._device.put(ACTIVE, active.line)
        self._tell(("Der Zähler startet ...", "The meter starts ..."))
        self._device.restart()
        return Done(kind, found, self._release, folder, active, self_test, copied, is_new, identity)

    def _look_at_launcher(self, kind: FlashKind, wishes: Wishes) -> None:
        """Says where an update would leave a launcher that is not this release's."""
        if kind is not FlashKind.UPDATE or wishes.reinstall:
            return
        others = [name for name, data in self._release.launchers.items() if not self._device.holds(name, data)]
        if others:
            names = ", ".join(others)
            self._tell(
                (
                    f"{names} auf der Platine sind von einer anderen Firmware; --reinstall schreibt sie mit",
                    f"{names} on the board are of another firmware; --reinstall writes them too",
                )
            )

    def wait(self) -> None:
        """Waits until the meter runs; NoStartError."""
        self._device.wait(START_S, self._target.console)

    def give_back(self, found: Found) -> None:
        """Lets a meter in service go on with what it was doing, where nothing came of flashing it."""
        if found.active is None:
            return
        try:
            self._device.begin()
            self._device.restart()
        except HostError:
            return  # the cable is cut: its watchdog starts it, at the latest after a quarter of an hour

    # -- what may be done ----------------------------------------------------------------------------------

    def _check_board(self, found: Found) -> None:
        target = self._target
        if found.platform != target.platform:
            right = next((other.name for other in TARGETS.values() if other.platform == found.platform), "")
            seen = f"{found.platform} ({found.machine})"
            advice = ("; dazu gehört --board " + right, "; for that it is --board " + right) if right else ("", "")
            raise BoardError(
                (
                    f"An {self._device.port} ist kein {target.name}, sondern {seen}{advice[0]}",
                    f"At {self._device.port} there is no {target.name} but {seen}{advice[1]}",
                )
            )
        if found.version < LEAST_VERSION or found.mpy != MPY_VERSION:
            least = ".".join(map(str, LEAST_VERSION))
            raise BoardError(
                (
                    (
                        f"Auf der Platine ist MicroPython {found.micropython} (Bytecode {found.mpy}); nötig: {least} "
                        f"oder neuer mit Bytecode {MPY_VERSION}"
                    ),
                    (
                        f"The board has MicroPython {found.micropython} (bytecode {found.mpy}); needed is {least} or "
                        f"newer with bytecode {MPY_VERSION}"
                    ),
                )
            )

    def _check_layout(self, found: Found) -> None:
        """Refuses a release older than the memory, which has the layout of the newest release that ran."""
        active = found.active
        ran = (active.folder, active.fallback) if active else ()
        most = max((found.layouts.get(folder or "", 0) for folder in ran), default=0)
        if self._release.layout < most:
            raise LayoutError(
                (
                    (
                        f"Der Speicher hat Anordnung {most}, diese Firmware kennt {self._release.layout}; "
                        "eine neuere nehmen"
                    ),
                    (
                        f"The meter's memory has layout {most}, this firmware knows {self._release.layout} only; "
                        "take a newer one"
                    ),
                )
            )
        fallback = active.fallback if active else None
        if active and fallback and found.layouts.get(fallback, 0) < most and not self._in_force(found):
            raise LayoutError(
                (
                    (
                        "Auf dem Zähler ist eine Firmware auf Probe, die seinen Speicher umgestellt hat; erst warten, "
                        "bis er sie bestätigt hat"
                    ),
                    "A release on trial has converted the meter's memory; wait until the meter has confirmed it",
                )
            )

    def _in_force(self, found: Found) -> bool:
        """Tells whether the very release is in force, or on trial."""
        active = found.active
        if active is None or active.folder not in found.layouts:
            return False
        return self._device.sums(active.folder).get(MANIFEST) == self._release.digest

    def _good(self, found: Found, kind: FlashKind) -> Active | None:
        """Gives the good release that the board has, None where there is none to be spared."""
        active = found.active
        if active is None or kind is FlashKind.FIRST:
            return None
        return Active(active.fallback) if active.fallback else active

    # -- steps ---------------------------------------------------------------------------------------------

    def _copy(self, folder: str) -> int:
        """Makes a folder hold the release and nothing else; what is there already stays."""
        device, release = self._device, self._release
        wanted = release.sums
        there = device.sums(folder)
        is_whole = there.pop(MANIFEST, None) == release.digest
        if not is_whole:
            device.remove(f"{folder}/{MANIFEST}")  # from here on the folder is no release
        for name in there.keys() - wanted.keys():
            device.remove(f"{folder}/{name}")
        missing = _unlike(there, wanted)
        copied = len(missing)
        size = sum(len(release.files[name]) for name in missing)
        self._tell(
            (
                f"{len(wanted)} Dateien, davon {copied} zu übertragen ({size} Bytes) ...",
                f"{len(wanted)} files, {copied} of them to be sent ({size} bytes) ...",
            )
        )
        for _ in range(ATTEMPTS):
            for name in missing:
                device.write(f"{folder}/{name}", release.files[name])
            there = device.sums(folder)
            missing = _unlike(there, wanted)
            if not missing:
                break
        else:
            raise unlike(missing)
        if not is_whole or copied:
            device.put(f"{folder}/{MANIFEST}", release.manifest)
        return copied

    def _self_test(self, folder: str, kind: FlashKind, wishes: Wishes) -> dict[str, str]:
        self._tell(("Selbsttest ...", "Self-test ..."))
        self._device.begin_anew()
        is_first = kind is FlashKind.FIRST
        # A memory that goes on has days to charge: its clock is set at the meter, within the meter's bounds.
        clears = wishes.clear_memory or wishes.replace
        goes_on = is_first and not clears and self._device.memory_is_held(folder)
        if goes_on:
            self._device.begin_anew()
        results = self._device.self_test(folder, self._release.self_test, is_first, is_first and not goes_on)
        faults = [
            f"{part}: {result}"
            for part, result in results.items()
            if result not in FINE and not (goes_on and (part, result) == CLOCK_NOT_SET)
        ]
        if faults and not wishes.accept_faults:
            listed = "; ".join(faults)
            raise SelfTestError(
                (
                    (
                        f"Selbsttest nicht bestanden: {listed}. Verdrahtung nach docs/hardware.md prüfen und den "
                        "Befehl wiederholen; --accept-faults nimmt die Platine, wie sie ist"
                    ),
                    (
                        f"Self-test failed: {listed}. Check the wiring by docs/hardware.md and give the command again; "
                        "--accept-faults takes the board as it is"
                    ),
                )
            )
        self._device.begin_anew()  # the heap is full of what was tested
        return results

    def _identify(self, folder: str, found: Found, kind: FlashKind, identify: Identify, wishes: Wishes) -> Identity:
        """Makes the board who it is to be, with a memory of that life: the one it keeps, or one that is begun.

        A cut at any step leaves a board that is no meter, since it is in force last of all.
        """
        device, release = self._device, self._release
        if kind is FlashKind.REPLACE:
            device.remove(ACTIVE)  # from here on the board is no meter
        kept = self._kept(folder) if wishes.keep_memory else 0
        # One that began to be replaced and was cut off is no meter any more, but to be cleared all the same.
        may_clear = wishes.clear_memory or kind is FlashKind.REPLACE or (wishes.replace and found.is_meter)
        if not kept and not may_clear and device.memory_is_held(folder):
            raise _memory_is_held()
        identity = identify(kept)
        if kept and device.memory_owner(folder, release.begin) not in {0, identity.owner}:
            raise _other_memory(identity.serial)
        if not kept:
            self._tell(("Der Speicher wird geleert ...", "The memory is cleared ..."))
            device.clear_memory(folder)
            device.begin_memory(folder, release.begin, identity.imp_per_kwh, identity.zone, identity.life)
        device.put(IDENTITY, identity.content)
        return identity

    def _kept(self, folder: str) -> int:
        """Gives the life that the memory is of; IsMeterError where there is none to be kept."""
        life = self._device.memory_life(folder, self._release.begin)
        if life > 0:
            return life
        raise IsMeterError(
            (
                (
                    "Im Speicher der Platine (FRAM) steht kein Zähler, der weiterlaufen könnte: er ist "
                    f"{'leer' if life == 0 else 'nicht lesbar'}. Ein neues Leben beginnt mit --replace --yes"
                ),
                (
                    "The board's memory (FRAM) holds no meter that could go on: it "
                    f"{'is blank' if life == 0 else 'cannot be read'}. Another life begins with --replace --yes"
                ),
            )
        )


def _other_memory(serial: str) -> IsMeterError:
    return IsMeterError(
        (
            (
                f"Der Speicher der Platine (FRAM) gehört einem anderen Zähler als {serial}; weiterlaufen kann er nur "
                "auf dessen Platine. Ein neues Leben beginnt mit --replace --yes"
            ),
            (
                f"The board's memory (FRAM) is of another meter than {serial}; it can go on on that one's board alone. "
                "Another life begins with --replace --yes"
            ),
        )
    )


def _unlike(there: dict[str, str], wanted: dict[str, str]) -> list[str]:
    return [name for name, digest in wanted.items() if there.get(name) != digest]


def _named(found: Found) -> str:
    return f"{found.serial or '?'} ({found.utility or '?'})"


def _is_meter(found: Found, serial: str) -> IsMeterError:
    return IsMeterError(
        (
            (
                f"Die Platine ist schon Zähler {_named(found)}. Neue Firmware: --update. Ganz von vorn, mit leerem "
                f"Speicher: --replace --yes; Zähler {serial} verliert dann Guthaben und Zählerstände, die nicht "
                "abgelesen sind"
            ),
            (
                f"The board is meter {_named(found)} already. New firmware: --update. All over again, with an empty "
                f"memory: --replace --yes; meter {serial} then loses credit and registers that were not read out"
            ),
        )
    )


def _other(found: Found, serial: str) -> IsMeterError:
    return IsMeterError(
        (
            (
                f"Die Platine ist Zähler {_named(found)}, nicht {serial}. Soll sie Zähler {serial} werden und der alte "
                "mit seinem Speicher vergehen: --replace --yes"
            ),
            (
                f"The board is meter {_named(found)}, not {serial}. If it is to become meter {serial}, and the old one "
                "with its memory to be gone: --replace --yes"
            ),
        )
    )


def _no_meter(port: str) -> IsMeterError:
    return IsMeterError(
        (
            f"Die Platine an {port} ist noch kein Zähler: ohne --update flashen",
            f"The board at {port} is no meter yet: flash it without --update",
        )
    )


def _memory_is_held() -> IsMeterError:
    return IsMeterError(
        (
            (
                "Der Speicher der Platine (FRAM) enthält Guthaben und Zählerstände eines Zählers. Gehört er zu diesem "
                "Zähler, etwa nach dem Tausch des Controllers: --keep-memory; sonst leeren: --clear-memory"
            ),
            (
                "The board's memory (FRAM) holds a meter's credit and registers. If it is this meter's, as after a "
                "change of the controller: --keep-memory; else clear it: --clear-memory"
            ),
        )
    )
