# SPDX-License-Identifier: Apache-2.0
"""The real firmware of the RP2040 on an emulated one (rp2040py), with the shared models of the chips at its pins.

The console is its USB. Time is that of the emulated clock. What rp2040py 0.3.6 leaves to be done, measured before:
an idle USB host that asks every 10 us keeps the controller busy, so it asks every 2 ms; the UART says that it can send
before it has sent, for ever, so it says so after each byte; `_execute_batch` is private, so the version is pinned.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rp2040py import RP2040, RPI2C, USBCDC, GPIOPinState, Simulator
from rp2040py.clock.simulation_clock import SimulationClock
from rp2040py.device.bootrom import BOOTROM_B1
from rp2040py.device.load_flash import load_uf2

from groschensim.models.i2c import READ, SimI2C
from groschensim.virtual import pinout
from groschensim.virtual.parts import Parts
from groschensim.virtual.schedule import Entry, Schedule
from tests.device.board import CUT, FILES, PARTS, PORT, POWER, PULSES, REPL, Board

CODE_AT = 0x10000000
CLOCK_NS = 8  # of the bus, at 125 MHz
_USB_US = 2000
_SLICE_US = 2000
_BOOT_MS = 3000
_UART_DATA = 0x0
_UART_SENT = 1 << 5
_LEVELS = {GPIOPinState.LOW: 0, GPIOPinState.HIGH: 1}


class EmulatedPins:
    """The pins of whichever controller has power now, as `Parts` asks for them; what the world does to them stays."""

    def __init__(self) -> None:
        self._gpio: Sequence[Any] = ()
        self._world: dict[int, int | None] = {}
        self._listeners: list[tuple[int, Callable[[int | None], None]]] = []

    def attach(self, mcu: RP2040) -> None:
        """Wire a new controller."""
        self._gpio = mcu.gpio
        for pin, level in self._world.items():
            self._drive(pin, level)
        for pin, listener in self._listeners:
            self._connect(pin, listener)

    def detach(self) -> None:
        """See the controller lose its power: all that it drove is let go."""
        self._gpio = ()
        for _, listener in self._listeners:
            listener(None)

    def set(self, pin: int, level: int | None) -> None:
        """Let the world pull a pin low or high, or leave it."""
        if self._world.get(pin, -1) != level:
            self._world[pin] = level
            self._drive(pin, level)

    def listen(self, pin: int, listener: Callable[[int | None], None]) -> None:
        """Let something hear what the firmware drives a pin to: 0, 1, or None where it lets go."""
        self._listeners.append((pin, listener))
        self._connect(pin, listener)

    def driven(self, pin: int) -> int | None:
        """Return what the firmware drives a pin to, None where it lets go."""
        return _LEVELS.get(self._gpio[pin].value) if self._gpio else None

    def _drive(self, pin: int, level: int | None) -> None:
        if not self._gpio:
            return
        if level is None:
            self._gpio[pin].release_input()
        else:
            self._gpio[pin].set_input_value(bool(level))

    def _connect(self, pin: int, listener: Callable[[int | None], None]) -> None:
        if self._gpio:
            self._gpio[pin].add_listener(lambda new, _old: listener(_LEVELS.get(new)))


class EmulatedBus:
    """An I2C bus of the controller with the chips of one of the models' buses; each byte takes its nine clocks."""

    def __init__(
        self, controller: RPI2C, clock: SimulationClock, line: SimI2C, chips: Sequence[Any], cut: Callable[[], None]
    ) -> None:
        self._controller = controller
        self._line = line
        self._chips = chips
        self._cut = cut
        self._chip: Any = None
        self._alarm = clock.create_alarm(self._later)
        self._then: Callable[[], None] = self._nothing
        controller.on_connect = self._connect
        controller.on_write_byte = self._write
        controller.on_read_byte = self._read
        controller.on_stop = self._stop

    def _connect(self, address: int, mode: int) -> None:
        def done() -> None:
            meant = [chip for chip in self._chips if chip.start(address << 1 | (READ if mode else 0))]
            self._chip = meant[0] if meant else None
            self._controller.complete_connect(bool(meant))

        self._after_byte(done)

    def _write(self, byte: int) -> None:
        self._after_byte(lambda: self._controller.complete_write(self._chip.take(byte)))

    def _read(self, _ack: bool) -> None:
        self._after_byte(lambda: self._controller.complete_read(self._chip.give()))

    def _stop(self) -> None:
        for chip in self._chips:
            chip.stop()
        self._controller.complete_stop()

    def _after_byte(self, then: Callable[[], None]) -> None:
        if self._line.bytes == self._line.cut:
            self._cut()  # nothing answers any more
            return
        self._line.bytes += 1
        self._then = then
        controller = self._controller
        self._alarm.schedule(9 * (controller.scl_high_period + controller.scl_low_period) * CLOCK_NS)

    def _later(self) -> None:
        self._then()

    def _nothing(self) -> None:
        pass


class EmulatedSchedule(Schedule):
    """What happens at which instant, also where that is asked for while the controller runs towards a later one."""

    def __init__(self, sooner: Callable[[int], None]) -> None:
        super().__init__()
        self._sooner = sooner

    def at(self, at_us: int, do: Callable[[], object]) -> Entry:
        """Let something happen at an instant."""
        entry = super().at(at_us, do)
        self._sooner(at_us)
        return entry


class Rp2040Board(Board):
    """An emulated RP2040 with the firmware of a UF2, or for tests of the wiring alone with a few bytes of code."""

    name = "rp2040py"
    caps = frozenset({REPL, FILES, PORT, PULSES, POWER, CUT, PARTS})

    def __init__(self, image: Path | None, code: bytes = b"") -> None:
        self._image = image
        self._code = code
        self._flash: bytearray | None = None
        self._base_us = 0
        self._simulator: Simulator | None = None
        self._stop_us = 0
        self._stop_alarm: Any = None
        self._lost_power = False
        self._console = bytearray()
        self._typed = bytearray()
        self._line = bytearray()
        self._fed_us = 0
        self.pins = EmulatedPins()
        self._schedule = EmulatedSchedule(self._stop_sooner)
        self._parts = Parts(self.pins, self._schedule, self._now_us, lambda: None)  # type: ignore[arg-type]

    # ---- power

    def power_on(self) -> None:
        if self._simulator:
            return
        self._parts.power(True)
        mcu = RP2040()
        mcu.load_bootrom(BOOTROM_B1)
        if self._flash is not None:
            mcu.flash[:] = self._flash
        elif self._image:
            load_uf2(self._image, mcu)
        mcu.flash[: len(self._code)] = self._code
        mcu.usb_ctrl.read_delay_microseconds = _USB_US
        self._base_us = self._now_us()
        self._simulator = Simulator(rp2040=mcu)
        self._stop_alarm = mcu.clock.create_alarm(self._simulator.stop)
        self._lost_power = False
        self._wire(mcu)
        mcu.leave_reset()
        if self._image:
            self.advance(_BOOT_MS)

    def power_off(self, warning_ms: float = 0) -> None:
        if not self._simulator:
            return
        if warning_ms:
            self._parts.fail()
            self.advance(warning_ms)
        self._base_us = self._now_us()
        self._flash = bytearray(self._simulator.rp2040.flash)
        self._simulator = None
        self.pins.detach()
        self._parts.power(False)
        self._typed.clear()

    def cut_at(self, count: int) -> None:
        self._parts.cut_after(count)

    @property
    def powered(self) -> bool:
        return self._simulator is not None

    @property
    def mcu(self) -> RP2040:
        """The controller that has power now."""
        assert self._simulator
        return self._simulator.rp2040

    def close(self) -> None:
        self._simulator = None

    # ---- time

    @property
    def now_ms(self) -> float:
        return self._now_us() / 1000

    def advance(self, ms: float) -> None:
        self._advance_to(self._now_us() + int(ms * 1000))

    def at(self, instant_ms: float, do: Callable[[], object]) -> None:
        self._schedule.at(int(instant_ms * 1000), do)

    def _now_us(self) -> int:
        return self._base_us + (int(self._simulator.clock.micros) if self._simulator else 0)

    def _advance_to(self, until_us: int) -> None:
        while True:
            at_us = self._schedule.next_us()
            self._run_to(until_us if at_us is None else min(at_us, until_us))
            while entry := self._schedule.take(self._now_us()):
                if entry.do:
                    entry.do()
            if self._now_us() >= until_us:
                return

    def _run_to(self, stop_us: int) -> None:
        simulator = self._simulator
        if not simulator:
            self._base_us = max(self._base_us, stop_us)
            return
        self._type()
        self._stop_us = stop_us
        self._stop_alarm.schedule(max(0, (stop_us - self._base_us) * 1000 - simulator.clock.nanos))
        simulator.stopped = False
        while not simulator.stopped:
            simulator._execute_batch()
        self._stop_alarm.cancel()
        self._stop_us = 0
        if self._lost_power:
            self.power_off()

    def _stop_sooner(self, at_us: int) -> None:
        if self._simulator and self._stop_us > at_us:
            self._stop_us = at_us
            self._stop_alarm.schedule(max(0, (at_us - self._base_us) * 1000 - self._simulator.clock.nanos))

    def _cut(self) -> None:
        self._lost_power = True
        if self._simulator:
            self._simulator.stop()

    # ---- wiring

    def _wire(self, mcu: RP2040) -> None:
        self.pins.attach(mcu)
        for number, line in self._parts.buses.items():
            EmulatedBus(mcu.i2c[number], mcu.clock, line, self._parts.chips(number), self._cut)
        radio = mcu.spi[pinout.RADIO_BUS]
        radio.on_transmit = lambda byte: radio.complete_transmit(self._parts.exchange(bytes((byte,)))[0])
        for uart in mcu.uart:
            _mend(uart)
        mcu.uart[pinout.PORT_UART].on_byte = self._line.append
        self._cdc = USBCDC(mcu.usb_ctrl)
        self._cdc.on_serial_data = self._console.extend

    # ---- console and port

    def write(self, data: bytes) -> None:
        self._typed += data

    def _type(self) -> None:
        room = self._cdc.tx_fifo.size - self._cdc.tx_fifo.item_count
        for byte in self._typed[:room]:
            self._cdc.send_serial_byte(byte)
        del self._typed[:room]

    def read_until(self, end: bytes, timeout_ms: float) -> bytes:
        return self._taken(self._console, end, timeout_ms)

    def read_count(self, count: int, timeout_ms: float) -> bytes:
        end_us = self._now_us() + int(timeout_ms * 1000)
        while len(self._console) < count and self._now_us() < end_us:
            self._advance_to(min(end_us, self._now_us() + _SLICE_US))
        return _cut_off(self._console, count)

    def send(self, data: bytes) -> None:
        uart = self.mcu.uart[pinout.PORT_UART]
        byte_us = 10_000_000 // max(uart.baud_rate, 1)
        self._fed_us = max(self._fed_us, self._now_us())
        for byte in data:
            self._fed_us += byte_us
            self._schedule.at(self._fed_us, lambda byte=byte: uart.feed_byte(byte))

    def receive_until(self, end: bytes, timeout_ms: float) -> bytes:
        return self._taken(self._line, end, timeout_ms)

    def _taken(self, source: bytearray, end: bytes, timeout_ms: float) -> bytes:
        end_us = self._now_us() + int(timeout_ms * 1000)
        while end not in source and self._now_us() < end_us:
            self._advance_to(min(end_us, self._now_us() + _SLICE_US))
        at = source.find(end)
        return _cut_off(source, at + len(end) if at >= 0 else len(source))

    # ---- people and the mains

    def pulse(self, count: int = 1, on_ms: float = 30, off_ms: float = 30, bounces: Sequence[int] = ()) -> None:
        self._parts.pulse(count, on_ms, off_ms, bounces)

    @property
    def parts(self) -> Parts:
        return self._parts


def _cut_off(source: bytearray, count: int) -> bytes:
    data = bytes(source[:count])
    del source[:count]
    return data


def _mend(uart: Any) -> None:
    """Let a UART say that it can send once after each byte; rp2040py says so always, and MicroPython waits for ever."""
    write = uart.write_uint32

    def check() -> None:
        uart.rp2040.set_interrupt(uart.irq, bool(uart._interrupt_status & uart._interrupt_mask))

    def write_and_tell(offset: int, value: int) -> None:
        write(offset, value)
        if offset == _UART_DATA:
            uart._interrupt_status |= _UART_SENT
            check()

    uart.check_interrupts = check
    uart.write_uint32 = write_and_tell
