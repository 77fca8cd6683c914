# SPDX-License-Identifier: Apache-2.0
"""Mains that somebody pulses: a meter with its start, its hold-up and its relay, and a load that draws what it can.

The device, the store, and the drivers of pulses and relay are the firmware's own, on the models of their chips. What a
controller takes to start and to keep its state is given, in milliseconds; the energy is that of the world, which knows
what flows while nobody counts.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from fake_board import DAY, KEYS, NOON, Buzzer, Clock, Contact, Display, Keypad, Wire

from groschen.core.amount import Limbs
from groschen.core.calendar import LEGAL
from groschen.core.device import Device
from groschen.core.supply import CUSTOMER
from groschen.core.tariff import Tariff
from groschen.drivers.pcf8593 import Pcf8593
from groschen.drivers.relay import LatchingRelay
from groschen.drivers.s0 import S0Input
from groschensim.cards import SimSlot
from groschensim.models.i2c import SimI2C
from groschensim.models.pcf8593 import Pcf8593 as CounterChip
from groschensim.models.pin import SimPin
from groschensim.models.relay import LatchingRelay as RelayModel
from groschensim.nvm import SimNvm
from groschensim.savedmeter import begun

IMP = 1_000
LOAD_W = 14_500
"""What a dwelling's connection has (DIN 18015-1)."""

HOLD_UP_MS = 240
"""From the supervisor's signal until the controller has no power: docs/hardware.md."""
STEP_MS = 53
"""The longest step, which ends before the signal is looked at,"""
FLUSH_MS = 49
"""and how long keeping the state takes then."""

_PULSE_WMS = 3_600_000_000 // IMP
_ON_MS = 30
_LOOP_MS = 5
_IDLE_MS = 2_000  # between two steps in which nothing happens
_BUSY_MS = 400  # after whatever may move the relay
_NEVER = 1 << 62


class Start(NamedTuple):
    """When a controller does what, in milliseconds from the power's return."""

    counts: int
    """Its interrupt is attached."""
    begins: int
    """The device reads its memory, and goes its first step."""


class _Nvm(SimNvm):
    """A memory that takes its time while the power fails."""

    def __init__(self, world: "Mains") -> None:
        super().__init__(image=bytearray(begun(world.start_s, imp_per_kwh=IMP)))
        self._world = world

    def write(self, at: int, data: bytearray) -> None:
        super().write(at, data)
        if not self._world.on:
            self._world.ms += FLUSH_MS // 5


class _Power:
    def __init__(self, world: "Mains") -> None:
        self._world = world
        self.returned = True

    def failing(self) -> bool:
        return not self._world.on


class Mains:
    """A board at mains that go on and off, and the load behind its relay."""

    def __init__(self, start: Start, *, counter: bool = False, store: bool = True) -> None:
        """Take the controller's times, whether a chip has the pulses, and whether the opening coil has its store."""
        self.start = start
        self.ms = 0
        self.start_s = DAY * 86_400 + NOON
        self.on = False
        self.drawn_wms = 0
        """What the load has drawn, in watt-milliseconds,"""
        self.on_ms = 0
        """and how long it could have."""
        self.starts = 0
        """How often a device began."""
        self.device: Device | None = None
        self.relay_model = RelayModel(lambda: self.ms * 1000)
        self._store = store
        self._chip = CounterChip() if counter else None
        self._line = SimPin(1)
        self._partial_wms = 0  # of the pulse to come
        self._low_until = _NEVER  # the end of the one that is being sent
        self._off_ms = 0  # when the power went or came last
        self._begun_ms = 0  # when the controller got its power
        self._alive = False
        self._attached = False
        self._step_ms = _NEVER
        self._busy_ms = 0
        self.nvm = _Nvm(self)
        self.clock = Clock(cast("Any", self))
        self.cover, self.display, self.keypad, self.buzzer = Contact(), Display(), Keypad(), Buzzer()
        self.slots = (SimSlot(),)
        self.wires = ((Wire(), 0), (Wire(), 9600))
        self.power = _Power(self)
        self.pulses: Any = None
        self.relay: Any = None

    @property
    def now_s(self) -> int:
        return self.start_s + self.ms // 1000

    def commission(self) -> None:
        """Give the meter a tariff and credit for years, without a confirmation."""
        assert self.device
        meter = self.device.meter
        tariff = Tariff()
        tariff.version = 1
        tariff.ht = tariff.nt = 300_000
        meter.set_tariff(tariff)
        credit = Limbs()
        credit.high = 1_000_000
        meter.top_up(credit, True)
        meter.set_mode(CUSTOMER)

    def pulse(self, cycles: "Sequence[tuple[int, int]]", until_ms: int) -> None:
        """Switch the mains on and off for so many milliseconds each, over and over."""
        while self.ms < until_ms:
            for on_ms, off_ms in cycles:
                self.switch(True)
                self.run(on_ms)
                self.switch(False)
                self.run(off_ms)

    def switch(self, on: bool) -> None:
        """Switch the mains."""
        self._off_ms = self.ms
        self.on = on
        if on and not self._alive:
            self._alive = True
            self._begun_ms = self.ms
        if not on and self._low_until != _NEVER:
            self._end_pulse()  # the element's transistor opens
        self._busy_ms = self.ms + _BUSY_MS
        if self.device:
            self._step_ms = self.ms + (_LOOP_MS if on else STEP_MS)

    def run(self, ms: int) -> None:
        """Let time pass."""
        end = self.ms + ms
        while True:
            flows = self.on and self.relay_model.closed
            at = min(end, self._low_until, self._step_ms, self._power_ms(), self._next_pulse_ms(flows))
            self._flow(max(0, at - self.ms), flows)
            self.ms = max(self.ms, at)
            if self.ms >= self._power_ms():
                self._change_power()
            if self.ms >= self._low_until:
                self._end_pulse()
            if self.ms >= self._step_ms and self.device:
                self._step()
            if self.ms >= end:
                return

    def charged_wh(self) -> int:
        """Return the energy that the meter has counted, up to this instant."""
        assert self.device
        self._step()
        meter = self.device.meter
        return int(meter.energy_ht.value() + meter.energy_nt.value()) * 1000 // IMP

    def gained(self) -> float:
        """Return what was drawn and not counted, as a part of what the load takes in the time of current."""
        return (self.drawn_wms / 3_600_000 - self.charged_wh()) / (LOAD_W * self.on_ms / 3_600_000)

    # -- the load and its measuring element ----------------------------------------------------------------

    def _flow(self, ms: int, flows: bool) -> None:
        if self.on:
            self.on_ms += ms
        if not flows:
            return
        self.drawn_wms += LOAD_W * ms
        self._partial_wms += LOAD_W * ms
        if self._partial_wms >= _PULSE_WMS and self._low_until == _NEVER:
            self._partial_wms -= _PULSE_WMS
            self._low_until = self.ms + ms + _ON_MS
            self._drive(0, self.ms + ms)

    def _next_pulse_ms(self, flows: bool) -> int:
        if not flows or self._low_until != _NEVER:
            return _NEVER
        return self.ms + max(1, -(-(_PULSE_WMS - self._partial_wms) // LOAD_W))

    def _end_pulse(self) -> None:
        self._low_until = _NEVER
        self._drive(1, self.ms)

    def _drive(self, level: int, at_ms: int) -> None:
        if self._chip:
            self._chip.osci(level)
        if self._attached:
            self.ms, now = at_ms, self.ms
            self._line.drive(level)
            self.ms = now
        else:
            self._line.level = level

    # -- the controller ------------------------------------------------------------------------------------

    def _power_ms(self) -> int:
        """Return when the controller's power changes what it does next."""
        if not self._alive:
            return _NEVER
        if not self.on:
            return self._off_ms + HOLD_UP_MS
        if not self._attached:
            return self._begun_ms + self.start.counts
        return _NEVER if self.device else self._begun_ms + self.start.begins

    def _change_power(self) -> None:
        if not self.on:
            self._alive = self._attached = False
            self.device = None
            self._step_ms = _NEVER
            self._line = SimPin(self._line.level)
            for coil in (self.relay_model.set_coil, self.relay_model.reset_coil):
                coil(0)
        elif not self._attached:
            self._attached = True
            self._compose()
        else:
            self.starts += 1
            self.clock = Clock(cast("Any", self))
            self.clock.began = self.start_s + self._begun_ms // 1000
            self.device = Device(cast("Any", self), KEYS, IMP, LEGAL, "1.2.3")
            self._busy_ms = self.ms + _BUSY_MS
            self._step_ms = self.ms

    def _compose(self) -> None:
        if self._chip:
            bus: Any = SimI2C(self._chip)
            self.pulses = Pcf8593(bus, lambda: self.ms)
        else:
            line: Any = self._line
            self.pulses = S0Input(line, lambda: self.ms, hard=True)
        back: Any = _Back(self.relay_model)
        self._coils = SimPin(0, self.relay_model.set_coil), SimPin(0, self._open)
        connect, disconnect = cast("tuple[Any, Any]", self._coils)
        self.relay = LatchingRelay(connect, disconnect, back, lambda: self.ms & 0x3FFFFFFF)

    def _open(self, level: int) -> None:
        """Drive the opening coil, which needs its store where there are no mains."""
        self.relay_model.reset_coil(level if self.on or self._store else 0)

    def _step(self) -> None:
        assert self.device
        self.device.step(self.ms & 0x3FFFFFFF)
        busy = self.ms < self._busy_ms or self._coils[0].level or self._coils[1].level
        self._step_ms = self.ms + (_LOOP_MS if busy else _IDLE_MS)


class _Back:
    """The input of the auxiliary contact."""

    def __init__(self, relay: RelayModel) -> None:
        self.value = relay.back
