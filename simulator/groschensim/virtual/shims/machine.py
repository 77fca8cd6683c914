# SPDX-License-Identifier: Apache-2.0
"""The module `machine` of a Pico, as far as the boards use it, on the pins of the virtual board."""

import time
from struct import pack, unpack

from boardlink import (
    CLOCK_SET,
    FALLING,
    HARD,
    HELLO,
    I2C_OPEN,
    I2C_READ,
    I2C_READ_FROM,
    I2C_TELL,
    I2C_WRITE,
    PIN_IRQ,
    PIN_MODE,
    PIN_WRITE,
    PWM_SET,
    RESET,
    RISING,
    SOFT,
    SPI_EXCHANGE,
    SPI_WRITE,
    TIMER_SET,
    UART_OPEN,
    UART_READ,
    UART_SENT,
    UART_WRITE,
    WDT_FEED,
    WDT_START,
    link,
)
from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

PWRON_RESET = 1
WDT_RESET = 3

# What a call takes on a Pico, roughly; a bus adds the time of its bits.
_PIN_US = const(3)
_I2C_US = const(60)
_SPI_US = const(80)  # with what a driver does around it
_PINS = const(30)
_EIO = const(5)
_CHUNK = const(4096)  # of what a line's message carries

mem32 = None  # there are no registers


class Pin:
    """A pin; what is on its other end is the board's."""

    IN = 0
    OUT = 1
    OPEN_DRAIN = 2
    ALT = 3
    PULL_UP = 1
    PULL_DOWN = 2
    IRQ_FALLING = FALLING
    IRQ_RISING = RISING

    def __init__(self, id: "int | Pin", mode: int = -1, pull: "int | None" = -1, *, value: "int | None" = None) -> None:
        number = id._number if isinstance(id, Pin) else id
        if not 0 <= number < _PINS:
            raise ValueError("there is no such pin")
        self._number: int = number
        if mode >= 0:
            self.init(mode, pull, value=value)

    def init(self, mode: int = -1, pull: "int | None" = -1, *, value: "int | None" = None) -> None:
        """Take a direction and a pull-up or pull-down."""
        link.spend(_PIN_US)
        link.tell(
            PIN_MODE, self._number, bytes((mode & 0xFF, (pull or 0) & 0xFF, 0xFF if value is None else bool(value)))
        )

    def value(self, level: "int | None" = None) -> "int | None":
        """Drive the pin where a level is given; else return its level."""
        link.spend(_PIN_US)
        if level is None:
            return link.level(self._number)
        link.tell(PIN_WRITE, self._number | 0x80 if level else self._number)
        return None

    __call__ = value

    def on(self) -> None:
        """Drive it high."""
        self.value(1)

    def off(self) -> None:
        """Drive it low."""
        self.value(0)

    high = on
    low = off

    def toggle(self) -> None:
        """Drive it the other way."""
        self.value(not self.value())

    def irq(
        self,
        handler: "Callable[[Pin], object] | None" = None,
        trigger: int = FALLING | RISING,
        hard: bool = False,
    ) -> "Pin":
        """Call a handler at the pin's edges, at the instant of the edge."""
        link.handlers[self._number] = (handler, trigger, self) if handler else None
        link.tell(PIN_IRQ, self._number, bytes((trigger if handler else 0,)))
        return self

    def __repr__(self) -> str:
        return f"Pin(GPIO{self._number})"


class Signal:
    """A pin by its meaning: active low where it is inverted."""

    def __init__(self, pin: Pin, invert: bool = False) -> None:
        self._pin = pin
        self._invert = invert

    def value(self, level: "int | None" = None) -> "int | None":
        """Set or return whether it is active."""
        if level is None:
            return bool(self._pin.value()) != self._invert
        self._pin.value(bool(level) != self._invert)
        return None

    __call__ = value


class I2C:
    """A bus; raises OSError where no chip answers."""

    def __init__(
        self,
        id: int = 0,
        *,
        scl: "Pin | None" = None,
        sda: "Pin | None" = None,
        freq: int = 400_000,
        timeout: int = 50_000,
    ) -> None:
        self._id: int = id
        self._bit_ns: int = 1_000_000_000 // freq
        self._freq: int = freq
        self._told = b""
        self._open()

    def _open(self) -> None:
        told = bytearray(128)
        self._plugged: int = link.plugged
        count = link.ask(I2C_OPEN, self._id, pack("<I", self._freq), told)
        self._told = bytes(told[:count])  # the addresses of the chips that take whatever they are told

    def scan(self) -> "list[int]":
        """Return the addresses that answer."""
        found: list[int] = []
        for address in range(8, 0x78):
            try:
                self.writeto(address, b"")
            except OSError:
                continue
            found.append(address)
        return found

    def writeto(self, address: int, data: "bytes | bytearray | memoryview", stop: bool = True) -> int:
        """Write bytes."""
        self._spend(len(data) + 1)
        payload = bytes((address,)) + data
        if self._plugged != link.plugged:
            self._open()
        if stop and address in self._told:
            link.tell(I2C_TELL, self._id, payload)
        else:
            link.ask(I2C_WRITE, self._id | (0 if stop else 0x80), payload)
        return len(data)

    def writevto(self, address: int, parts: "list[bytes]", stop: bool = True) -> int:
        """Write the bytes of several buffers in one transfer."""
        return self.writeto(address, b"".join(parts), stop)

    def readfrom_into(self, address: int, into: "bytearray | memoryview", stop: bool = True) -> None:
        """Fill a buffer."""
        self._spend(len(into) + 1)
        link.ask(I2C_READ, self._id, pack("<BH", address, len(into)), into)

    def readfrom(self, address: int, count: int, stop: bool = True) -> bytes:
        """Return bytes."""
        into = bytearray(count)
        self.readfrom_into(address, into)
        return bytes(into)

    def readfrom_mem_into(self, address: int, at: int, into: "bytearray | memoryview", *, addrsize: int = 8) -> None:
        """Address a chip's memory and fill a buffer from there."""
        self._spend(len(into) + 2 + addrsize // 8)
        link.ask(I2C_READ_FROM, self._id, pack("<BHBI", address, len(into), addrsize, at), into)

    def readfrom_mem(self, address: int, at: int, count: int, *, addrsize: int = 8) -> bytes:
        """Address a chip's memory and return bytes from there."""
        into = bytearray(count)
        self.readfrom_mem_into(address, at, into, addrsize=addrsize)
        return bytes(into)

    def writeto_mem(self, address: int, at: int, data: "bytes | bytearray | memoryview", *, addrsize: int = 8) -> None:
        """Address a chip's memory and write bytes there."""
        self.writeto(address, at.to_bytes(addrsize // 8, "big") + data)

    def _spend(self, count: int) -> None:
        link.spend(_I2C_US + (count * 9 + 2) * self._bit_ns // 1000)


SoftI2C = I2C


class SPI:
    """A bus; which chip listens is a pin's matter."""

    MSB = 1
    LSB = 0

    def __init__(
        self,
        id: int,
        baudrate: int = 1_000_000,
        *,
        polarity: int = 0,
        phase: int = 0,
        bits: int = 8,
        firstbit: int = 1,
        sck: "Pin | None" = None,
        mosi: "Pin | None" = None,
        miso: "Pin | None" = None,
    ) -> None:
        self._id: int = id
        self.init(baudrate)

    def init(self, baudrate: int = 1_000_000, **_: object) -> None:
        """Take a speed."""
        self._byte_ns: int = 8_000_000_000 // baudrate

    def deinit(self) -> None:
        """End it."""

    def write(self, data: "bytes | bytearray | memoryview") -> None:
        """Send bytes."""
        self._spend(len(data))
        link.tell(SPI_WRITE, self._id, data)

    def write_readinto(self, data: "bytes | bytearray | memoryview", into: "bytearray | memoryview") -> None:
        """Send bytes and fill a buffer of the same length."""
        self._spend(len(data))
        link.ask(SPI_EXCHANGE, self._id, data, into)

    def readinto(self, into: "bytearray | memoryview", write: int = 0) -> None:
        """Fill a buffer, sending the same byte again and again."""
        self.write_readinto(bytes((write,)) * len(into), into)

    def read(self, count: int, write: int = 0) -> bytes:
        """Return bytes, sending the same byte again and again."""
        into = bytearray(count)
        self.readinto(into, write)
        return bytes(into)

    def _spend(self, count: int) -> None:
        link.spend(_SPI_US + count * self._byte_ns // 1000)


class UART:
    """A serial line with its buffers; never waits for bytes that have not come."""

    INV_TX = 1
    INV_RX = 2

    def __init__(self, id: int, baudrate: int = 115_200, *arguments: int, **named: object) -> None:
        self._id: int = id
        self._format = [8, None, 1]
        self._room: int = 256
        self.init(baudrate, *arguments, **named)

    def init(
        self,
        baudrate: int = 115_200,
        bits: int = 8,
        parity: "int | None" = None,
        stop: int = 1,
        *,
        txbuf: int = 256,
        rxbuf: int = 256,
        **_: object,
    ) -> None:
        """Take speed, bits and buffers; what was received is dropped."""
        link.spend(_PIN_US)
        parity_code = 0 if parity is None else 1 + (parity & 1)
        link.ask(UART_OPEN, self._id, pack("<IBBBHH", baudrate, bits, parity_code, stop, txbuf, rxbuf))

    def deinit(self) -> None:
        """End it."""
        link.ask(UART_OPEN, self._id, b"")

    def any(self) -> int:
        """Return how many bytes have come."""
        link.spend(_PIN_US)
        link.look()
        return link.waiting[self._id]

    def readinto(self, into: "bytearray | memoryview", count: int = -1) -> "int | None":
        """Fill a buffer as far as bytes have come; return how many, or None."""
        room = len(into) if count < 0 else min(count, len(into))
        if not self.any() or not room:
            return None
        return link.ask(UART_READ, self._id, pack("<H", min(room, _CHUNK)), into) or None

    def read(self, count: int = -1) -> "bytes | None":
        """Return what has come, at most so many bytes, or None."""
        into = bytearray(self.any() if count < 0 else count)
        got = self.readinto(into)
        return bytes(into[:got]) if got else None

    def readline(self) -> "bytes | None":
        """Return what has come, to the end of a line at most, or None."""
        line = b""
        while not line.endswith(b"\n"):
            byte = self.read(1)
            if not byte:
                break
            line += byte
        return line or None

    def write(self, data: "bytes | bytearray | memoryview", count: int = _CHUNK) -> "int | None":
        """Hand bytes over to be sent, at most so many; return how many there was room for, or None."""
        link.spend(_PIN_US)
        taken = bytearray(2)
        link.ask(UART_WRITE, self._id, memoryview(data)[: min(count, _CHUNK)], taken)
        return unpack("<H", taken)[0] or None

    def txdone(self) -> bool:
        """Say whether all is sent."""
        link.spend(_PIN_US)
        sent = bytearray(1)
        link.ask(UART_SENT, self._id, b"", sent)
        return bool(sent[0])

    def flush(self) -> None:
        """Wait until all is sent."""
        while not self.txdone():
            link.sleep(1000)


class PWM:
    """A pin that swings."""

    def __init__(self, pin: Pin, freq: int = 0, duty_u16: int = 0) -> None:
        self._pin = pin
        self._freq: int = freq
        self._duty: int = duty_u16
        self._tell()

    def init(self, freq: int = 0, duty_u16: int = 0) -> None:
        """Take frequency and duty."""
        self._freq = freq
        self._duty = duty_u16
        self._tell()

    def freq(self, hertz: "int | None" = None) -> "int | None":
        """Set or return the frequency."""
        if hertz is None:
            return self._freq
        self._freq = hertz
        self._tell()
        return None

    def duty_u16(self, duty: "int | None" = None) -> "int | None":
        """Set or return the share of the time in which the pin is high, of 65535."""
        if duty is None:
            return self._duty
        self._duty = duty
        self._tell()
        return None

    def deinit(self) -> None:
        """End it; the pin is low."""
        self._duty = 0
        self._tell()

    def _tell(self) -> None:
        link.spend(_PIN_US)
        link.tell(PWM_SET, self._pin._number, pack("<IH", self._freq, self._duty))


class WDT:
    """The watchdog, which resets the board where it is not fed; it cannot be stopped."""

    def __init__(self, id: int = 0, timeout: int = 5000) -> None:
        if not 1 <= timeout <= 8388:
            raise ValueError("timeout exceeds 8388")
        link.tell(WDT_START, 0, pack("<I", timeout))

    def feed(self) -> None:
        """Begin its time anew."""
        link.spend(_PIN_US)
        link.tell(WDT_FEED, 0)


class Timer:
    """Calls something after a time, once or again and again: between two steps of the program, as soft timers do.

    While the prompt waits for a person, it waits too.
    """

    ONE_SHOT = 0
    PERIODIC = 1
    _count = 0

    def __init__(self, id: int = -1, **named: object) -> None:
        Timer._count += 1
        self._number: int = Timer._count
        if named:
            self.init(**named)

    def init(
        self,
        *,
        mode: int = 1,
        freq: float = -1,
        period: int = -1,
        callback: "Callable[[Timer], object] | None" = None,
        hard: bool = False,
    ) -> None:
        """Begin: `period` is in milliseconds."""
        period_us = int(1_000_000 / freq) if freq > 0 else period * 1000
        link.timers[self._number] = lambda: callback and callback(self)
        link.tell(TIMER_SET, self._number, pack("<IB", period_us, mode))

    def deinit(self) -> None:
        """End."""
        link.timers.pop(self._number, None)
        link.tell(TIMER_SET, self._number, pack("<IB", 0, 0))


class RTC:
    """The controller's own clock, which begins anew with its power."""

    def datetime(self, parts: "tuple[int, ...] | None" = None) -> "tuple[int, ...] | None":
        """Set it, or return year, month, day, weekday, hour, minute, second and 0."""
        if parts is None:
            now = time.gmtime()
            return (now[0], now[1], now[2], now[6], now[3], now[4], now[5], 0)
        seconds = time.mktime((parts[0], parts[1], parts[2], parts[4], parts[5], parts[6]))
        time.Start.epoch_us = seconds * 1_000_000 - link.now
        link.tell(CLOCK_SET, 0, pack("<q", time.Start.epoch_us))
        return None


def reset() -> None:
    """Reset the board, as the watchdog does."""
    _reset(HARD)


def soft_reset() -> None:
    """Begin anew with boot.py; chips and pins stay as they are."""
    _reset(SOFT)


def bootloader(_timeout: int = 0) -> None:
    """Wait for another firmware; here there is none, and the board resets."""
    _reset(HARD)


def reset_cause() -> int:
    """Return why the board has started: its power, or a reset."""
    return _hello.cause


def unique_id() -> bytes:
    """Return the eight bytes that no other board has."""
    return _hello.unique


def freq(_hertz: int = 0) -> int:
    """Return the processor's clock."""
    return 125_000_000


def idle() -> None:
    """Wait for whatever comes first."""
    link.sleep(1000)


def lightsleep(ms: int = 1000) -> None:
    """Sleep."""
    link.sleep(ms * 1000)


def disable_irq() -> bool:
    """Hold interrupts back; return what `enable_irq` takes."""
    return link.mask(True)


def enable_irq(state: bool) -> None:
    """Let interrupts come as before."""
    link.mask(state)


def _reset(how: int) -> None:
    while True:
        link.ask(RESET, how)  # never answered: the device is gone


class _Hello:
    """What the board says of a device that starts."""

    def __init__(self) -> None:
        said = bytearray(29)
        link.ask(HELLO, 0, b"", said)
        told = unpack("<QqB8sI", said)
        link.live = told[4]
        time.Start.ticks_us = told[0]
        time.Start.epoch_us = told[1]
        self.cause: int = told[2]
        self.unique: bytes = told[3]


_hello = _Hello()
