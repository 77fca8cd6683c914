# SPDX-License-Identifier: Apache-2.0
"""The controller of the virtual board: what the device's messages do to its pins, buses, lines, timers and watchdog."""

import struct
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from groschensim.virtual import protocol
from groschensim.virtual.line import Line
from groschensim.virtual.pins import FALLING, Pins

if TYPE_CHECKING:
    from groschensim.virtual.parts import Parts
    from groschensim.virtual.schedule import Entry, Schedule

EPOCH_S = 1_609_459_200
"""What the controller's own clock says when it gets power: 2021-01-01, as on the Pico."""

TIMER = 1 << 31
"""Stands among the pins that fell for a timer, whose number is in place of the pins that rose."""

_EDGES = 100_000  # that wait for a device that does not ask


class Controller:
    """The parts that are inside the RP2040, as far as the firmware uses them.

    A handler returns the payload of the answer, or None where nothing is to be answered; OSError becomes its error.
    """

    def __init__(
        self,
        schedule: "Schedule",
        now_us: Callable[[], int],
        stir: Callable[[], None],
        bite: Callable[[], None],
        deliver: Callable[[int, bytes], None],
    ) -> None:
        """Take the board's time, what the watchdog does, and what takes the bytes that leave a line."""
        self._schedule = schedule
        self._now = now_us
        self._stir = stir
        self._bite = bite
        self.pins = Pins(self._edge)
        self.lines = tuple(Line(schedule, now_us, _leaving(number, deliver)) for number in range(2))
        self.edges: deque[tuple[int, int, int]] = deque(maxlen=_EDGES)
        """What is to interrupt the device: the instant, the pins that fell, the pins that rose."""
        self.epoch_us = 0
        self.parts: Parts
        self._watchdog: Entry | None = None
        self._watchdog_us = 0
        self._timers: dict[int, Entry] = {}
        self.handlers: dict[int, Callable[[int, bytes], bytes | None]] = {
            protocol.SYNC: lambda _argument, _payload: b"",
            protocol.PIN_MODE: self._pin_mode,
            protocol.PIN_WRITE: self._pin_write,
            protocol.PIN_IRQ: self._pin_irq,
            protocol.I2C_OPEN: self._i2c_open,
            protocol.I2C_WRITE: self._i2c_write,
            protocol.I2C_TELL: self._i2c_tell,
            protocol.I2C_READ: self._i2c_read,
            protocol.I2C_READ_FROM: self._i2c_read_from,
            protocol.SPI_WRITE: self._spi_write,
            protocol.SPI_EXCHANGE: self._spi_exchange,
            protocol.UART_OPEN: self._uart_open,
            protocol.UART_READ: self._uart_read,
            protocol.UART_WRITE: self._uart_write,
            protocol.UART_SENT: self._uart_sent,
            protocol.PWM_SET: self._pwm,
            protocol.WDT_START: self._watchdog_start,
            protocol.WDT_FEED: self._watchdog_feed,
            protocol.CLOCK_SET: self._clock_set,
            protocol.TIMER_SET: self._timer_set,
        }

    # ---- its life

    def begin(self) -> None:
        """Get power: the controller's own clock begins anew."""
        self.epoch_us = EPOCH_S * 1_000_000 - self._now()

    def forget(self) -> None:
        """Lose the program: its interrupts, timers and lines, but not what the pins drive, nor the watchdog."""
        self.edges.clear()
        self.pins.forget_interrupts()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for line in self.lines:
            line.reset()

    def reset(self) -> None:
        """Be as after a reset: pins let go, no watchdog."""
        self.forget()
        self.pins.reset()
        self.parts.let_go()
        if self._watchdog:
            self._watchdog.cancel()
        self._watchdog = None

    def spare(self, asked_us: int) -> Callable[[], None]:
        """Let the watchdog wait for a sleep that becomes longer than was asked for; return what ends that."""
        entry = self._watchdog
        if not entry:
            return lambda: None
        left_us = entry.at_us - asked_us
        entry.cancel()
        self._watchdog = None

        def go_on() -> None:
            self._watchdog = self._schedule.at(max(self._now() + left_us, self._now()), self._bitten)

        return go_on

    # ---- pins

    def _edge(self, pin: int, kind: int) -> None:
        bit = 1 << pin
        self.edges.append((self._now(), bit, 0) if kind == FALLING else (self._now(), 0, bit))

    def _pin_mode(self, pin: int, payload: bytes) -> None:
        self.pins.configure(pin, payload[0], payload[1], payload[2])

    def _pin_write(self, argument: int, _payload: bytes) -> None:
        self.pins.write(argument & 0x7F, argument >> 7)

    def _pin_irq(self, pin: int, payload: bytes) -> None:
        self.pins.interrupt_on(pin, payload[0])

    def _pwm(self, pin: int, payload: bytes) -> None:
        _, duty = struct.unpack("<IH", payload)
        self.parts.pwm(pin, duty)

    # ---- buses

    def _i2c_open(self, bus: int, payload: bytes) -> bytes:
        self.parts.speed(bus, int.from_bytes(payload, "little"))
        return self.parts.told(bus)

    def _i2c_write(self, bus: int, payload: bytes) -> bytes:
        self.parts.write(bus & 0x7F, payload[0], payload[1:])
        return b""

    def _i2c_tell(self, bus: int, payload: bytes) -> None:
        try:
            self.parts.write(bus, payload[0], payload[1:])
        except OSError:
            return  # it was unplugged just now; the next write hears of it

    def _i2c_read(self, bus: int, payload: bytes) -> bytes:
        address, count = struct.unpack("<BH", payload)
        return self.parts.read(bus, address, count)

    def _i2c_read_from(self, bus: int, payload: bytes) -> bytes:
        address, count, bits, at = struct.unpack("<BHBI", payload)
        return self.parts.read_from(bus, address, bits, at, count)

    def _spi_write(self, _bus: int, payload: bytes) -> None:
        self.parts.exchange(payload)

    def _spi_exchange(self, _bus: int, payload: bytes) -> bytes:
        return self.parts.exchange(payload)

    # ---- lines

    def _uart_open(self, number: int, payload: bytes) -> bytes:
        line = self.lines[number]
        if payload:
            baud, bits, _, _, send_room, receive_room = struct.unpack("<IBBBHH", payload)
            line.open(baud, bits, send_room, receive_room)
        else:
            line.reset()
        return b""

    def _uart_read(self, number: int, payload: bytes) -> bytes:
        return self.lines[number].read(int.from_bytes(payload, "little"))

    def _uart_write(self, number: int, payload: bytes) -> bytes:
        self._stir()
        return self.lines[number].send(payload).to_bytes(2, "little")

    def _uart_sent(self, number: int, _payload: bytes) -> bytes:
        return bytes((self.lines[number].sent(),))

    # ---- times

    def _watchdog_start(self, _argument: int, payload: bytes) -> None:
        self._watchdog_us = int.from_bytes(payload, "little") * 1000
        self._watchdog_feed(0, b"")

    def _watchdog_feed(self, _argument: int, _payload: bytes) -> None:
        if self._watchdog:
            self._watchdog.cancel()
        if self._watchdog_us:
            self._watchdog = self._schedule.at(self._now() + self._watchdog_us, self._bitten)

    def _bitten(self) -> None:
        self._watchdog = None
        self._bite()

    def _clock_set(self, _argument: int, payload: bytes) -> None:
        self.epoch_us = int.from_bytes(payload, "little", signed=True)

    def _timer_set(self, number: int, payload: bytes) -> None:
        period_us, again = struct.unpack("<IB", payload)
        before = self._timers.pop(number, None)
        if before:
            before.cancel()
        if not period_us:
            return

        def due() -> None:
            if not any(fell == TIMER and rose == number for _, fell, rose in self.edges):
                self.edges.append((self._now(), TIMER, number))
            if again:
                self._timers[number] = self._schedule.at(self._now() + period_us, due)

        self._timers[number] = self._schedule.at(self._now() + period_us, due)


def _leaving(number: int, deliver: Callable[[int, bytes], None]) -> Callable[[bytes], None]:
    return lambda data: deliver(number, data)
