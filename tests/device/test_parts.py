# SPDX-License-Identifier: Apache-2.0
"""The drivers on the board's own pins: memory, relay, card slots, keys, display, clock, pulses."""

from collections.abc import Callable
from pathlib import Path

import pytest

from groschensim.models import mifare, sle4428
from tests.device.board import CUT, FILES, PARTS, PORT, POWER, PULSES, Board, needs

Sources = Callable[..., dict[str, bytes]]
PINS = """
import sys
from time import sleep_ms, sleep_us, ticks_diff, ticks_ms, ticks_us
from machine import I2C, PWM, SPI, UART, Pin
"""
MEMORY = (
    PINS
    + """
from groschen.drivers.mb85rc256v import Mb85rc256v
memory = Mb85rc256v(I2C(0, sda=Pin(8), scl=Pin(9), freq=1_000_000))
"""
)
PANEL = PINS + "panel = I2C(1, sda=Pin(14), scl=Pin(15), freq=100_000, timeout=5_000)\n"


BOARDS = Path(__file__).resolve().parents[2] / "boards"


def chip_files(board: Board) -> dict[str, bytes]:
    """Return what the board's controller moves by itself, and what that needs."""
    own = BOARDS / ("unix" if board.name == "unix" else "pico") / "chip.py"
    return {"lib/chip.py": own.read_bytes(), "lib/pins.py": (BOARDS / "pico" / "pins.py").read_bytes()}


def numbers(said: str) -> list[int]:
    return [int(word) for word in said.split()]


# ---- pulses

S0 = (
    PINS
    + """
from groschen.drivers.s0 import S0Input
pulses = S0Input(Pin(2, Pin.IN, Pin.PULL_UP), ticks_ms, sys.platform == "rp2")
"""
)


@needs(PULSES)
@pytest.mark.parametrize("bounces", [(), (200, 300, 400, 100)], ids=["clean", "bouncing"])
def test_pulses_are_counted_while_the_program_sleeps(board: Board, sources: Sources, bounces: tuple[int, ...]) -> None:
    board.install(sources("groschen/drivers/s0.py"))
    board.run(S0)
    board.begin("sleep_ms(11_000)\nprint(pulses.count())")
    board.advance(50)
    board.pulse(160, bounces=bounces)  # 16 a second, as IEC 62053-31 has it
    assert numbers(board.finish(30_000)) == [160]


@needs(PULSES)
def test_pulses_are_counted_while_the_prompt_waits(board: Board, sources: Sources) -> None:
    board.install(sources("groschen/drivers/s0.py"))
    board.run(S0)
    board.pulse(20)
    board.advance(2000)
    assert numbers(board.run("print(pulses.count())")) == [20]


@needs(PULSES)
def test_a_glitch_is_no_pulse(board: Board, sources: Sources) -> None:
    board.install(sources("groschen/drivers/s0.py"))
    board.run(S0)
    board.begin("sleep_ms(2_000)\nprint(pulses.count())")
    board.advance(50)
    board.pulse(10, on_ms=5, off_ms=55)
    board.pulse(3)
    assert numbers(board.finish()) == [3]


@needs(PULSES)
def test_an_optical_heads_pulses_are_counted(board: Board, sources: Sources) -> None:
    board.install(sources("groschen/drivers/s0.py"))
    board.run(S0.replace("ticks_ms, sys.platform", "ticks_us, sys.platform").replace('"rp2")', '"rp2", 1_000)'))
    board.begin("sleep_ms(4_000)\nprint(pulses.count())")
    board.advance(50)
    board.pulse(500, on_ms=2, off_ms=2)
    assert numbers(board.finish(30_000)) == [500]


# ---- memory


@needs(PARTS)
def test_the_memory_keeps_what_is_written(board: Board, sources: Sources) -> None:
    board.install(sources("groschen/drivers/mb85rc256v.py"))
    said = board.run(
        MEMORY
        + """
memory.write(1000, bytearray(range(200)))
into = bytearray(202)
memory.read(999, into)
print(*into)
"""
    )
    assert numbers(said) == [0, *range(200), 0]
    assert board.parts.memory[1000:1200] == bytes(range(200))


@needs(PARTS, CUT, POWER)
@pytest.mark.parametrize("cut", [0, 2, 3, 4, 7, 10, 11])
def test_a_write_is_torn_at_the_very_byte(board: Board, sources: Sources, cut: int) -> None:
    """On the bus a write is the chip's address, two bytes of the memory's, and the data."""
    board.install(sources("groschen/drivers/mb85rc256v.py"))
    board.run(MEMORY + "memory.write(500, bytearray(b'12345678'))")
    board.cut_at(cut)
    board.begin("memory.write(500, bytearray(b'abcdefgh'))")
    board.advance(100)
    written = max(0, cut - 3)
    assert board.powered == (cut >= 11)
    assert board.parts.memory[500:508] == b"abcdefgh"[:written] + b"12345678"[written:]
    board.power_off()
    board.power_on()
    board.enter()
    said = board.run(MEMORY + "into = bytearray(8)\nmemory.read(500, into)\nprint(*into)")
    assert bytes(numbers(said)) == board.parts.memory[500:508]


# ---- a counting chip

COUNTER = (
    PANEL
    + """
from groschen.drivers.pcf8593 import Pcf8593
counter = Pcf8593(panel, ticks_ms)
"""
)


@needs(PARTS, POWER, PULSES)
def test_a_counting_chip_goes_on_while_the_program_is_away(board: Board, sources: Sources) -> None:
    board.install(sources("groschen/drivers/pcf8593.py"))
    board.parts.counter.present = True
    assert numbers(board.run(COUNTER + "print(counter.begin(999_990), counter.count())")) == [0, 999_990]
    board.pulse(16, bounces=(200, 300, 400, 100))
    board.advance(1_100)
    board.power_off()
    board.power_on()
    board.enter()
    assert numbers(board.run(COUNTER + "counter.begin(5)\nprint(counter.count())")) == [6]


# ---- relay

RELAY = (
    PINS
    + """
from groschen.drivers.relay import LatchingRelay
relay = LatchingRelay(Pin(3, Pin.OUT, value=0), Pin(4, Pin.OUT, value=0), Pin(5, Pin.IN, Pin.PULL_UP), ticks_ms)
def switch(on, ms=400):
    relay.switch(on)
    end = ticks_ms()
    while ticks_diff(ticks_ms(), end) < ms:
        relay.step()
        sleep_ms(5)
    print(int(relay.sticks()))
"""
)


@needs(PARTS, POWER)
def test_the_relay_switches_and_latches(board: Board, sources: Sources) -> None:
    board.install(sources("groschen/drivers/relay.py"))
    relay = board.parts.relay
    assert numbers(board.run(RELAY + "switch(True)")) == [0]
    assert relay.closed
    assert relay.pulses == 1
    assert 100_000 <= relay.longest_us <= 110_000
    board.power_off()
    board.advance(1000)
    assert relay.closed
    board.power_on()
    board.enter()
    assert numbers(board.run(RELAY + "switch(False)")) == [0]
    assert not relay.closed
    assert relay.both == 0


@needs(PARTS)
def test_a_relay_that_is_stuck_is_noticed(board: Board, sources: Sources) -> None:
    board.install(sources("groschen/drivers/relay.py"))
    board.parts.relay.stuck = True
    assert numbers(board.run(RELAY + "switch(True, 1000)")) == [1]


@needs(PARTS, POWER)
def test_a_power_cut_within_a_coils_pulse_leaves_the_contact_where_it_was(board: Board, sources: Sources) -> None:
    board.install(sources("groschen/drivers/relay.py"))
    board.run(RELAY)
    board.begin("switch(True)")
    board.advance(20)
    board.power_off()
    board.advance(500)
    assert board.parts.relay.pulses == 1
    assert not board.parts.relay.closed


# ---- cards

SLOT = (
    PINS
    + """
from chip import CardLines
from groschen.drivers.lines import PowerFail
from groschen.drivers.sle4428 import Sle4428
from groschen.slots.contact import ContactSlot
present = Pin(12, Pin.IN, Pin.PULL_UP)
failing = PowerFail(Pin(27, Pin.IN, Pin.PULL_UP)).failing
lines = CardLines(Pin(10, Pin.OUT, value=0), Pin(11, Pin.OPEN_DRAIN, value=1), sleep_us, failing)
chip = Sle4428(Pin(7, Pin.OUT, value=0), lines, sleep_us, Pin(6, Pin.OUT, value=0))
slot = ContactSlot(chip, lambda: not present.value())
"""
)
SLOT_FILES = (
    "groschencard/chips.py",
    "groschen/drivers/interpreted.py",
    "groschen/drivers/lines.py",
    "groschen/drivers/sle4428.py",
    "groschen/drivers/uart.py",
    "groschen/slots/contact.py",
)


@needs(PARTS, FILES)
def test_a_card_in_the_slot_is_read_unlocked_and_written(board: Board, sources: Sources) -> None:
    board.install({**sources(*SLOT_FILES), **chip_files(board)})
    image = sle4428.blank_image()
    image[32:48] = bytes(range(16))
    image[1022:1024] = b"\x34\x12"
    assert numbers(board.run(SLOT + "print(int(slot.present()))")) == [0]
    board.parts.insert(image)
    said = board.run(
        """
print(int(slot.present()), int(slot.open()), slot.tries())
into = bytearray(16)
slot.read(0, into)
print(*into)
print(int(slot.unlock(b"\\x34\\x12\\0\\0\\0\\0")))
slot.write(0, bytearray(b"hello"))
"""
    )
    assert numbers(said) == [1, 1, 8, *range(16), 1]
    assert image[32:40] == b"hello\x05\x06\x07"
    board.parts.pull()
    assert numbers(board.run("print(int(slot.present()))")) == [0]


@needs(PARTS, FILES)
@pytest.mark.parametrize("clocks", [1, 500, 2000])
def test_a_card_that_is_pulled_at_a_clock_is_noticed(board: Board, sources: Sources, clocks: int) -> None:
    board.install({**sources(*SLOT_FILES), **chip_files(board)})
    board.run(SLOT)
    chip = board.parts.insert(sle4428.blank_image())
    chip.pull_after(clocks)
    said = board.run(
        """
try:
    if slot.open():
        slot.read(0, bytearray(500))
    print(0)
except OSError:
    print(1)
print(int(slot.present()))
"""
    )
    assert numbers(said) == [int(clocks > 33), 0]
    assert chip.clocks >= clocks


@needs(PARTS, FILES)
def test_a_clock_takes_at_least_50_us_and_with_machine_code_hardly_more(board: Board, sources: Sources) -> None:
    board.install({**sources(*SLOT_FILES), **chip_files(board)})
    board.run(SLOT)
    image = sle4428.blank_image()
    image[1022:1024] = b"\x34\x12"
    chip = board.parts.insert(image)
    took = """
before = ticks_us()
slot.read(0, bytearray(500))
print(ticks_diff(ticks_us(), before))
before = ticks_us()
slot.write(0, bytearray(20))
print(ticks_diff(ticks_us(), before))
"""
    board.run("slot.open()\nslot.tries()\nslot.unlock(b'\\x34\\x12\\0\\0\\0\\0')")
    clocks = chip.clocks
    reading, writing = numbers(board.run(took))
    assert image[32:52] == bytes(20)
    clocks = chip.clocks - clocks
    assert 50 <= (reading + writing) / clocks < (60 if board.name == "unix" else 56)


@needs(PARTS, FILES)
def test_a_card_is_let_go_of_within_a_millisecond_of_a_failing_supply(board: Board, sources: Sources) -> None:
    board.install({**sources(*SLOT_FILES), **chip_files(board)})
    board.run(SLOT)
    board.parts.insert(sle4428.blank_image())
    board.run(
        """
fell = 0
def fail(pin):
    global fell
    fell = ticks_us()
Pin(27).irq(fail, Pin.IRQ_FALLING)
"""
    )
    board.at(board.now_ms + 200, board.parts.fail)
    said = board.run(
        """
slot.open()
try:
    slot.read(0, bytearray(900))
    print(0)
except OSError:
    print(1, ticks_diff(ticks_us(), fell))
"""
    )
    broken, after_us = numbers(said)
    assert broken
    assert 0 < after_us < 1500


RADIO = (
    PINS
    + """
from groschen.drivers.mfrc522 import Mfrc522
from groschen.slots.contactless import ContactlessSlot
Pin(22, Pin.OUT, value=1)
bus = SPI(0, baudrate=4_000_000, sck=Pin(18), mosi=Pin(19), miso=Pin(16))
reader = Mfrc522(bus, Pin(17, Pin.OUT, value=1))
reader.reset()
slot = ContactlessSlot(reader)
"""
)


@needs(PARTS, FILES)
def test_a_card_in_the_field_is_read_and_written(board: Board, sources: Sources) -> None:
    board.install(sources("groschencard/chips.py", "groschen/drivers/mfrc522.py", "groschen/slots/contactless.py"))
    assert numbers(board.run(RADIO + "print(int(slot.present()))")) == [0]
    image = mifare.blank_image(b"\x01\x02\x03\x04")
    for trailer in range(48, 1024, 64):
        image[trailer + 6 : trailer + 9] = b"\x78\x77\x88"  # both keys read, key B writes
    board.parts.approach(image)
    said = board.run(
        """
print(int(slot.present()), int(slot.open()))
into = bytearray(20)
slot.read(0, into)
print(int(slot.unlock(b"\\xff\\xff\\xff\\xff\\xff\\xff")))
slot.write(0, bytearray(b"contactless"))
slot.read(0, into)
print(*into)
"""
    )
    assert numbers(said) == [1, 1, 1, *b"contactless", *bytes(9)]
    assert b"contactless" in image
    board.parts.pull()
    assert numbers(board.run("print(int(slot.present()))")) == [0]


# ---- keys, display, clock


@needs(PARTS)
def test_each_key_is_seen_once(board: Board, sources: Sources) -> None:
    board.install(sources("groschen/drivers/keypad.py"))
    board.run(
        PANEL
        + """
from groschen.drivers.keypad import Keypad
keys = Keypad(panel)
def listen(ms):
    end = ticks_ms()
    while ticks_diff(ticks_ms(), end) < ms:
        keys.step(ticks_ms())
        key = keys.key()
        if key >= 0:
            print(key)
        sleep_ms(5)
"""
    )
    board.begin("listen(4000)")
    board.advance(200)
    for key in (1, 2, 0, 11, 10, 12, 13, 14, 15):
        board.parts.press(key)
    assert numbers(board.finish()) == [1, 2, 0, 11, 10, 12, 13, 14, 15]


@needs(PARTS)
def test_the_display_shows_what_it_is_given(board: Board, sources: Sources) -> None:
    board.install(sources("groschen/drivers/hd44780.py"))
    board.run(
        PANEL
        + """
from groschen.drivers.hd44780 import Hd44780
display = Hd44780(panel)
display.show(0, bytearray(b"Guthaben   12,34 \\xa4  "))
display.show(3, bytearray(b"gr\\xfc\\xdfe aus dem Z\\xe4hler"))
for _ in range(200):
    display.step(ticks_ms())
    sleep_ms(5)
"""
    )
    text = board.parts.display.text()
    assert text[0].startswith("Guthaben   12,34 €")
    assert text[3] == "grüße aus dem Zähler"
    assert board.parts.display.faults == []


@needs(PARTS)
def test_a_display_that_is_not_there_stops_nobody(board: Board, sources: Sources) -> None:
    board.install(sources("groschen/drivers/hd44780.py"))
    board.parts.plug(0x27, False)
    board.run(
        PANEL
        + """
from groschen.drivers.hd44780 import Hd44780
display = Hd44780(panel)
display.show(0, bytearray(b"Guthaben            "))
for _ in range(100):
    display.step(ticks_ms())
    sleep_ms(5)
"""
    )


CLOCK = (
    PANEL
    + """
from groschen.drivers.ds3231 import Ds3231
clock = Ds3231(panel, ticks_ms)
clock.read()
"""
)


@needs(PARTS, POWER)
def test_the_clock_runs_on_through_a_power_cut(board: Board, sources: Sources) -> None:
    board.install(sources("groschen/drivers/ds3231.py"))
    assert numbers(board.run(CLOCK + "print(int(clock.lost))\nclock.set(20_500, 43_200)")) == [1]
    board.power_off()
    board.advance(3_600_000)
    board.power_on()
    board.enter()
    day, second, lost = numbers(board.run(CLOCK + "print(clock.day, clock.second, int(clock.lost))"))
    assert (day, lost) == (20_500, 0)
    assert 43_200 + 3600 <= second < 43_200 + 3610


@needs(PARTS)
def test_supply_signal_cover_and_buzzer(board: Board, sources: Sources) -> None:
    board.install(sources("groschen/drivers/lines.py"))
    board.run(
        PINS
        + """
from groschen.drivers.lines import Buzzer, Contact, PowerFail
power = PowerFail(Pin(27, Pin.IN, Pin.PULL_UP))
cover = Contact(Pin(28, Pin.IN, Pin.PULL_UP))
buzzer = Buzzer(PWM(Pin(26), freq=2_700, duty_u16=0).duty_u16, 32_768)
def look():
    for _ in range(20):
        cover.step(ticks_ms())
        sleep_ms(5)
    print(int(power.failing()), int(cover.closed()))
"""
    )
    assert numbers(board.run("look()")) == [0, 1]
    board.parts.cover(True)
    board.parts.fail()
    assert numbers(board.run("buzzer.sound(True)\nlook()")) == [1, 0]
    assert sounds(board)
    board.run("buzzer.sound(False)")
    assert not sounds(board)


def sounds(board: Board) -> bool:
    """Whether the buzzer sounds within two of its periods: where its level alone is seen, it is low for half of each."""
    heard = []
    for _ in range(15):
        board.advance(0.05)
        heard.append(board.parts.buzzer.sounding)
    return any(heard)


# ---- the service port

ECHO = b"""
import time
from machine import UART, Pin
from chip import Speed
from groschen.drivers.uart import Uart
line = UART(0, baudrate=115200, bits=7, parity=0, stop=1, tx=Pin(0), rx=Pin(1), txbuf=256, rxbuf=256)
before = time.ticks_us()
wire = Uart(line, Speed(line, 0, 115200).set)
took = time.ticks_diff(time.ticks_us(), before)
into = bytearray(16)
held = bytearray()
while True:
    got = wire.read(into)
    held += into[:got]
    if held and wire.idle():
        sent = wire.write(held)
        held = held[sent:]
    time.sleep_ms(5)
"""


@needs(PORT, FILES)
def test_bytes_take_their_time_on_the_line(board: Board, sources: Sources) -> None:
    files = sources("groschen/drivers/uart.py", "groschen/drivers/interpreted.py")
    board.install({**files, **chip_files(board), "main.py": ECHO})
    board.hard_reset()
    board.advance(2000)
    begin = board.now_ms
    board.send(b"/?!\r\n")
    assert board.receive_until(b"!\r\n", 2000).endswith(b"/?!\r\n")
    # Five bytes there and five back, of ten bits each at 300 Bd: the first may come back as the second goes out.
    assert 6 * 10_000 / 300 <= board.now_ms - begin <= 10 * 10_000 / 300 + 50


SPEED = """
import time
from machine import UART, Pin
from chip import Speed
line = UART(0, baudrate=115200, bits=7, parity=0, stop=1, tx=Pin(0), rx=Pin(1), txbuf=256, rxbuf=256)
speed = Speed(line, 0, 115200)
for baud in (300, 9600, 300):
    before = time.ticks_us()
    speed.set(baud)
    print(time.ticks_diff(time.ticks_us(), before))
"""


@needs(PORT, FILES)
def test_another_speed_is_taken_at_once(board: Board, sources: Sources) -> None:
    files = sources("groschen/drivers/uart.py", "groschen/drivers/interpreted.py")
    board.install({**files, **chip_files(board)})
    assert max(numbers(board.run(SPEED))) < 1_000
