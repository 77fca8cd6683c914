# SPDX-License-Identifier: Apache-2.0
"""A whole meter that runs in real time in a thread, its service port behind a pseudo terminal for other programs."""

from __future__ import annotations

import os
import pty
import select
import termios
import threading
import time
import tty
from functools import cache
from typing import TYPE_CHECKING, Any

import sample_meter as sample
from fake_board import KEYS, World

from groschen.core.calendar import LEGAL, QUARTER_S, QUARTERS_PER_DAY
from groschen.core.device import Device
from groschen.core.meter import Meter
from groschen.core.ports import Wire
from groschen.core.state import State
from groschen.core.store import Store
from groschencard.iec62056 import decimals, fixed
from groschensim.nvm import SimNvm

if TYPE_CHECKING:
    from groschen.core.service_port import ServicePort

DAYS = 70
IMP = 1000
VERSION = "0.6.0"
PASSWORD = KEYS.port
SERIAL = KEYS.serial.decode()
_SPEEDS = {getattr(termios, f"B{speed}"): speed for speed in (300, 600, 1200, 2400, 4800, 9600, 19200)}


class PtyWire(Wire):
    """One end of a pseudo terminal, which always has eight bits; it sees what speed the other end has taken."""

    def __init__(self) -> None:
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.name = os.ttyname(self._slave)
        self._speed = 0
        self.talked: list[tuple[int, int]] = []
        """At which speeds the meter spoke, and which the client had then, each pair once in a row."""

    def client_speed(self) -> int:
        """Return the speed that the client has set."""
        return _SPEEDS[termios.tcgetattr(self._master)[5]]

    def read(self, into: bytearray) -> int:
        """Take what has come."""
        if not select.select([self._master], [], [], 0)[0]:
            return 0
        data = os.read(self._master, len(into))
        into[: len(data)] = data
        return len(data)

    def write(self, data: bytearray | memoryview) -> int:
        """Hand over what the terminal takes."""
        pair = (self._speed, self.client_speed())
        if self.talked[-1:] != [pair]:
            self.talked.append(pair)
        try:
            return os.write(self._master, data)
        except BlockingIOError:
            return 0

    def idle(self) -> bool:
        """Say yes: the terminal sends at once."""
        return True

    def set_speed(self, baud: int) -> None:
        """Take another speed."""
        self._speed = baud

    def close(self) -> None:
        """Give the terminal up."""
        os.close(self._master)
        os.close(self._slave)


@cache
def lived() -> bytes:
    """Return the memory of a meter that has lived for ten weeks, committed every day."""
    nvm = SimNvm()
    store = Store(nvm)
    meter = Meter(IMP, LEGAL)
    state = State(meter)
    day, quarter = divmod(sample.START, QUARTERS_PER_DAY)
    meter.commission(day, quarter * QUARTER_S, 0, sample.tariff(), sample.money(50_000_000), sample.money(20_000_000))
    load = sample.household(DAYS * QUARTERS_PER_DAY)
    for first in range(0, len(load), QUARTERS_PER_DAY):
        sample.drive(meter, load[first : first + QUARTERS_PER_DAY], sample.money(50_000_000))
        assert store.commit(state)
    return bytes(nvm.image)


class Bench:
    """The meter, as long as the `with` lasts."""

    def __init__(self, reaction: int = 300, kept: bytes | None = None) -> None:
        nvm = SimNvm()
        nvm.image[:] = kept or lived()
        self.wire = PtyWire()
        self.world = World(nvm=nvm)
        self.world.start_s = (sample.START + DAYS * QUARTERS_PER_DAY) * QUARTER_S + 60
        self.world.clock.read()
        wires: Any = ((self.wire, 0),)
        self.world.wires = wires
        board: Any = self.world
        self.device = Device(board, KEYS, IMP, LEGAL, VERSION)
        self.device.keeper.state.port.reaction = reaction
        self.error: Exception | None = None
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @property
    def port(self) -> ServicePort:
        """Its port."""
        interfaces = self.device._interfaces
        assert interfaces
        return interfaces.ports[0]

    @property
    def meter(self) -> Meter:
        """The meter, to be asked while nothing happens to it."""
        return self.device.meter

    @property
    def state(self) -> State:
        """What it keeps, likewise."""
        return self.device.keeper.state

    def _run(self) -> None:
        began = time.monotonic()
        try:
            while not self._ends.is_set():
                self.world.ms = int(1000 * (time.monotonic() - began))
                self.device.step(self.world.now)
                time.sleep(0.001)
        except Exception as error:  # noqa: BLE001 (told to the test)
            self.error = error

    def __enter__(self) -> Bench:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()
        self.wire.close()
        if self.error:
            raise self.error

    def waits(self) -> bool:
        """Wait until the port waits again, at most five seconds; say whether it does."""
        until = time.monotonic() + 5
        while self.port.state and time.monotonic() < until:
            time.sleep(0.01)
        return self.port.state == 0

    def expected(self) -> dict[str, str]:
        """Return the values of the readout that the meter's registers have, found in another way than by the readout."""
        meter = self.meter
        euro = {f"0-0:19.20.{at}*255": register.value() for at, register in enumerate(meter.registers()[2:12])}
        euro |= {
            "0-0:19.10.0*255": meter.account.balance.value(),
            "0-0:19.20.10*255": meter.account.debt.owed.value(),
            "C.51.0": meter.account.topups.value(),
        }
        pulses = {"1.8.1": meter.energy_ht.value(), "1.8.2": meter.energy_nt.value()}
        pulses["1.8.0"] = sum(pulses.values())
        months = meter.snapshots.months
        for back in range(len(months)):
            row = months.row(back)
            number = months.appended - back
            pulses[f"1.8.1*{number:02}"] = row[4] * IMP + row[5]
            pulses[f"1.8.2*{number:02}"] = row[6] * IMP + row[7]
            euro[f"0-0:19.10.0*{number:02}"] = row[36] * 10**6 + row[37]
        expected = {code: fixed(value, IMP, decimals(IMP)) for code, value in pulses.items()}
        expected |= {code: fixed(value, 10**6, 6) for code, value in euro.items()}
        expected |= {"C.1.0": SERIAL, "0.2.0": VERSION, "F.F": f"{meter.errors:08X}"}
        return expected
