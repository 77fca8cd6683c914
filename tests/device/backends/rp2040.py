# SPDX-License-Identifier: Apache-2.0
"""The real firmware of the RP2040 on an emulated one (rp2040py), with the shared models of the chips at its pins.

The console is its USB. Time is that of the emulated clock. What rp2040py 0.3.6 leaves to be done, measured before:
an idle USB host that asks every 10 us keeps the controller busy, so it asks every 2 ms; the UART sends in no time, so
`EmulatedUart` takes it; the core is slow, so `fast_core` has its place; private names are used, so the version is
pinned. Erasing and writing the flash takes no time here, and there is no second core.
"""

import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rp2040py import RP2040, RPI2C, USBCDC, GPIOPinState, Simulator
from rp2040py.clock.simulation_clock import SimulationClock
from rp2040py.device.bootrom import BOOTROM_B1
from rp2040py.device.load_flash import load_uf2
from rp2040py.utils.logging import ConsoleLogger, LogLevel

from groschensim.models.i2c import READ, SimI2C
from groschensim.unixport import find_micropython
from groschensim.virtual import pinout
from groschensim.virtual.parts import Parts
from groschensim.virtual.schedule import Entry, Schedule
from tests.device.backends import fast_core
from tests.device.board import CUT, FILES, FLASH, PARTS, PORT, POWER, PULSES, REPL, Board

CODE_AT = 0x10000000
CLOCK_NS = 8  # of the bus, at 125 MHz
_USB_US = 2000
_SLICE_US = 2000
_SLEEP_US = 100  # how often the controller is looked at for sleep, before a leap
_SLEEP_TRIES = 500
_STEP_US = 50_000  # what it does between two leaps
FLASH_AT, FLASH_BLOCKS = 0xA0000, 352
"""Where the file system lies in the flash of the board RPI_PICO, and its blocks of 4 KB."""
_LITTLEFS = Path(__file__).with_name("littlefs.py")
_UART_DATA, _UART_FLAGS, _UART_FIFO_LEVELS = 0x0, 0x18, 0x34
_UART_SENT = 1 << 5  # of the interrupts
_UART_BUSY, _UART_FULL, _UART_EMPTY = 1 << 3, 1 << 5, 1 << 7  # of the flags
_UART_DEPTH = 32
_UART_LEVELS = (4, 8, 16, 24, 28)
_UART_HALF = 2  # of these, after a reset
_SYSTEM_HZ, _USB_HZ = 125_000_000, 48_000_000
_AUX_SOURCE, _PLL_USB = 5, 2  # of the peripherals' clock (RP2040, 2.15.7)
_UART_BITS = 10  # of a character on this project's lines: start, seven, parity, stop
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


class EmulatedUart:
    """The sending half of a UART: its FIFO, and a line on which each character takes its time (RP2040, 4.2)."""

    def __init__(self, uart: Any, clock: SimulationClock, sent: Callable[[int], None]) -> None:
        """Take the emulator's UART, whose characters are handed over at their end."""
        self._uart = uart
        self._sent = sent
        self._fifo: deque[int] = deque()
        self._on_line: int | None = None
        self._levels = _UART_HALF | _UART_HALF << 3
        self._alarm = clock.create_alarm(self._end)
        self._read, self._write = uart.read_uint32, uart.write_uint32
        uart.read_uint32, uart.write_uint32, uart.check_interrupts = self._load, self._store, self._check

    def _check(self) -> None:
        self._uart.rp2040.set_interrupt(self._uart.irq, bool(self._uart._interrupt_status & self._uart._interrupt_mask))

    def _load(self, offset: int) -> int:
        if offset == _UART_FIFO_LEVELS:
            return self._levels
        value = int(self._read(offset))
        if offset != _UART_FLAGS:
            return value
        value &= ~(_UART_BUSY | _UART_FULL | _UART_EMPTY)
        value |= _UART_BUSY if self._on_line is not None else 0
        value |= _UART_FULL if len(self._fifo) >= self._depth() else 0
        return value | (0 if self._fifo else _UART_EMPTY)

    def _store(self, offset: int, value: int) -> None:
        if offset == _UART_FIFO_LEVELS:
            self._levels = value
        elif offset != _UART_DATA:
            self._write(offset, value)
        elif len(self._fifo) < self._depth():
            self._fifo.append(value & 0xFF)
            if len(self._fifo) > self._trigger():
                self._uart._interrupt_status &= ~_UART_SENT
                self._check()
            self._begin()

    def _depth(self) -> int:
        return _UART_DEPTH if self._uart.fifos_enabled else 1

    def _trigger(self) -> int:
        return _UART_LEVELS[self._levels & 7] if self._uart.fifos_enabled else 0

    def _begin(self) -> None:
        if self._on_line is None and self._fifo:
            self._on_line = self._fifo.popleft()
            self._alarm.schedule(_character_ns(self._uart))
            if len(self._fifo) == self._trigger():  # it says so as it comes to that level
                self._uart._interrupt_status |= _UART_SENT
                self._check()

    def _end(self) -> None:
        byte, self._on_line = self._on_line, None
        assert byte is not None
        self._sent(byte)
        self._begin()


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
    caps = frozenset({REPL, FILES, FLASH, PORT, PULSES, POWER, CUT, PARTS})

    def __init__(
        self,
        image: Path | None,
        code: bytes = b"",
        *,
        start_s: int | None = None,
        leap_ms: int = 0,
        quiet_ms: int = 300,
    ) -> None:
        """Take a UF2; what the clock with the battery is set to; how far time may leap where all is quiet so long."""
        self._image = image
        self.leap_ms = leap_ms
        self.quiet_ms = quiet_ms
        self.miss_cycles = 0
        """What the flash costs beyond its cache: 0 where nothing of that is modelled."""
        self.starts: list[int] = []
        """When the controller has begun, in milliseconds."""
        self._stirred_us = 0
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
        self._parts = Parts(self.pins, self._schedule, self._now_us, self.stir, start_s=start_s)  # type: ignore[arg-type]

    # ---- power

    def power_on(self) -> None:
        if self._simulator:
            return
        self._parts.power(True)
        mcu = RP2040()
        mcu.logger = ConsoleLogger(LogLevel.ERROR, throw_on_error=False)
        mcu.load_bootrom(BOOTROM_B1)
        mcu.flash[:] = self._contents()
        mcu.usb_ctrl.read_delay_microseconds = _USB_US
        self._base_us = self._now_us()
        self._simulator = Simulator(rp2040=mcu)
        fast_core.install(self._simulator, self.miss_cycles)
        self._stop_alarm = mcu.clock.create_alarm(self._simulator.stop)
        self._lost_power = False
        self._wire(mcu)
        self.starts.append(int(self.now_ms))
        self.stir()
        mcu.leave_reset()

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

    def _contents(self) -> bytearray:
        """Return the flash as it is without power."""
        if self._flash is None:
            mcu = RP2040()
            if self._image:
                load_uf2(self._image, mcu)
            mcu.flash[: len(self._code)] = self._code
            self._flash = bytearray(mcu.flash)
        return self._flash

    def flash_files(self, files: Mapping[str, bytes]) -> None:
        assert not self._simulator
        flash = self._contents()
        end = FLASH_AT + FLASH_BLOCKS * 4096
        with tempfile.TemporaryDirectory(prefix="littlefs-") as name:
            folder = Path(name)
            (folder / "image").write_bytes(flash[FLASH_AT:end])
            for path, data in files.items():
                (folder / "files" / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / "files" / path).write_bytes(data)
            line = (find_micropython(), "-X", "heapsize=16M", _LITTLEFS, folder / "image", folder / "files")
            subprocess.run(list(map(str, line)), check=True)
            flash[FLASH_AT:end] = (folder / "image").read_bytes()

    def flash_file(self, path: str) -> bytes | None:
        """Return a file of the flash as it is now, None where there is none."""
        flash = self._simulator.rp2040.flash if self._simulator else self._contents()
        with tempfile.TemporaryDirectory(prefix="littlefs-") as name:
            folder = Path(name)
            (folder / "image").write_bytes(flash[FLASH_AT : FLASH_AT + FLASH_BLOCKS * 4096])
            line = (find_micropython(), "-X", "heapsize=16M", _LITTLEFS, folder / "image", path, folder / "out")
            subprocess.run(list(map(str, line)), check=True)
            return (folder / "out").read_bytes() if (folder / "out").exists() else None

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

    def after(self, ms: float, do: Callable[[], object]) -> None:
        """Let something happen in so many milliseconds."""
        self.at(self.now_ms + ms, do)

    def stir(self) -> None:
        """Note that something happens after which time is not to leap for a while."""
        self._stirred_us = self._now_us()

    def _now_us(self) -> int:
        return self._base_us + (int(self._simulator.clock.micros) if self._simulator else 0)

    def _advance_to(self, until_us: int) -> None:
        while True:
            at_us = self._schedule.next_us()
            next_us = until_us if at_us is None else min(at_us, until_us)
            if self.leap_ms and self._simulator:
                quiet_us = self._stirred_us + self.quiet_ms * 1000
                if quiet_us < next_us:
                    self._run_to(max(quiet_us, self._now_us()))
                    self._leap(next_us)
            self._run_to(next_us)
            while entry := self._schedule.take(self._now_us()):
                if entry.do:
                    entry.do()
            if self._now_us() >= until_us:
                return

    def _leap(self, until_us: int) -> None:
        """Let the time until an instant, or what a leap is at most, pass while the controller sleeps."""
        while self._simulator and self._stirred_us + self.quiet_ms * 1000 <= self._now_us() < until_us:
            mcu: Any = self.mcu
            for _ in range(_SLEEP_TRIES):
                if mcu.core.waiting:
                    break
                self._run_to(self._now_us() + _SLEEP_US)
            else:
                return
            leap_us = min(until_us - self._now_us(), self.leap_ms * 1000)
            watched = mcu.watchdog.timer.enable, mcu.watchdog.alarm.enable
            mcu.watchdog.timer.enable = mcu.watchdog.alarm.enable = False  # a leap is not held against the program
            mcu.clock.tick(leap_us * 1000)
            mcu.watchdog.timer.enable, mcu.watchdog.alarm.enable = watched
            self._run_to(min(until_us, self._now_us() + _STEP_US))

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
        for number, uart in enumerate(mcu.uart):
            EmulatedUart(uart, mcu.clock, self._said if number == pinout.PORT_UART else self._unheard)
        self._cdc = USBCDC(mcu.usb_ctrl)
        self._cdc.on_serial_data = self._console.extend

    def _said(self, byte: int) -> None:
        self.stir()
        self._line.append(byte)

    def _unheard(self, _byte: int) -> None:
        pass

    # ---- console and port

    @property
    def console(self) -> bytes:
        return bytes(self._console)

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
        byte_us = int(_character_ns(uart)) // 1000
        self._fed_us = max(self._fed_us, self._now_us())
        self.stir()
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


def _character_ns(uart: Any) -> float:
    """Return how long a character is on a UART's line; rp2040py takes each for one of the system's clock."""
    is_usb = uart.rp2040.clocks.peri_ctrl >> _AUX_SOURCE & 7 == _PLL_USB
    return _UART_BITS * 16 * uart.baud_divider * 1e9 / (_USB_HZ if is_usb else _SYSTEM_HZ)


def _cut_off(source: bytearray, count: int) -> bytes:
    data = bytes(source[:count])
    del source[:count]
    return data
