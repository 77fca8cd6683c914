# SPDX-License-Identifier: Apache-2.0
"""The virtual board itself: its time, its leaps, its prompt, its port, and the command that runs it."""

import os
import re
import runpy
import select
import signal
import subprocess
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import serial

from groschensim.virtual import pinout, protocol
from groschensim.virtual.board import DeviceError, VirtualBoard
from groschensim.virtual.interpreter import SHIMS
from groschensim.virtual.line import Line
from groschensim.virtual.schedule import Schedule

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent
Make = Callable[..., VirtualBoard]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """A function that makes a board with a main.py, and power."""
    boards: list[VirtualBoard] = []

    def made(main: str = "", **options: object) -> VirtualBoard:
        board = VirtualBoard(tmp_path / f"flash{len(boards)}", **options)  # type: ignore[arg-type]
        boards.append(board)
        if main:
            board.flash_files({"main.py": main})
        board.power_on()
        return board

    yield made
    for board in boards:
        board.close()


def printed(board: VirtualBoard) -> list[int]:
    return [int(word) for word in board.console.partition(b"MicroPython")[0].split()]


def test_the_tables_that_stand_twice_are_the_same() -> None:
    pins = runpy.run_path(str(ROOT / "boards" / "pico" / "pins.py"))
    ours = {name: value for name, value in vars(pinout).items() if name.isupper() and name not in ("DISPLAY", "KEYS")}
    assert {name: pins[name] for name in ours} == ours
    board = (ROOT / "boards" / "common" / "board.py").read_text()
    assert f"DISPLAY = 0x{pinout.DISPLAY:02x}" in board
    assert f"KEYS = 0x{pinout.KEYS:02x}" in board
    shim = dict(re.findall(r"^([A-Z_0-9]+) = (\d+)$", (SHIMS / "boardlink.py").read_text(), re.M))
    numbers = {name: value for name, value in vars(protocol).items() if isinstance(value, int)}
    for name in ("INTERRUPTED", "CHANGED"):
        assert f"_{name} = const({numbers.pop(name)})" in (SHIMS / "boardlink.py").read_text()
    assert {name: int(shim[name]) for name in numbers} == numbers


# ---- time

COUNT = """
import time
from machine import Pin
seen = []
pin = Pin(2, Pin.IN, Pin.PULL_UP)
pin.irq(lambda _: seen.append(time.ticks_us()), Pin.IRQ_FALLING, hard=True)
steps = 0
while True:
    steps += 1
    while seen:
        print(steps, time.ticks_us(), seen.pop(0))
    time.sleep_ms(5)
"""


def rows(board: VirtualBoard) -> list[tuple[int, int, int]]:
    found = printed(board)
    return list(zip(found[::3], found[1::3], found[2::3], strict=True))


def test_an_edge_is_handled_at_its_very_microsecond(make: Make) -> None:
    board = make(COUNT)
    board.advance(100)
    at_us = [123_457, 200_001, 1_999_999, 60_000_003]
    for instant in at_us:
        board.at(instant / 1000, board.pulse)
    board.advance(61_000)
    assert [instant - 2 for _, _, instant in rows(board)] == at_us  # a call of ticks_us takes two
    assert all(0 <= now - instant < 5_100 for _, now, instant in rows(board))


def test_a_leap_ends_where_something_happens_and_the_steps_after_it_are_exact(make: Make) -> None:
    board = make(COUNT, leap_ms=60_000, quiet_ms=2000)
    board.advance(3000)
    for instant in (600_000.25, 600_070, 3_000_000):
        board.at(instant, board.pulse)
    board.at(3_600_000, lambda: board.cover(True))
    board.advance(4 * 3_600_000)
    steps = [step for step, _, _ in rows(board)]
    assert [instant for _, _, instant in rows(board)] == [600_000_252, 600_070_002, 3_000_000_002 % (1 << 30)]
    assert all(now - instant < 100 for _, now, instant in rows(board))  # the pulse has ended the leap
    assert steps[0] < 700  # 3 s of steps and 10 minutes of leaps
    assert board.questions < 3000
    board.pulse()
    board.advance(100)
    assert 400 <= rows(board)[-1][0] - steps[-1] < 900  # the cover: two seconds of exact steps, then leaps again


def test_two_runs_are_the_same(make: Make) -> None:
    ends = []
    for slices in (1, 7):
        board = make(COUNT, leap_ms=10_000)
        board.at(5_000, lambda board=board: board.pulse(50))
        board.at(20_000, lambda board=board: board.press(5))
        for _ in range(slices):
            board.advance(70_000 / slices)
        ends.append((bytes(board.console), board.questions if slices == 1 else None, board.now_us))
    assert ends[0][0] == ends[1][0]
    assert ends[0][2] == ends[1][2] == 70_000_000


def test_a_thing_that_happens_at_an_instant_may_make_others(make: Make) -> None:
    board = make(COUNT)
    order: list[tuple[str, int]] = []
    board.at(50, lambda: order.append(("second", board.now_ms)))
    board.at(
        40, lambda: (order.append(("first", board.now_ms)), board.after(5, lambda: order.append(("new", board.now_ms))))
    )
    cancelled = board.at(45, lambda: order.append(("never", board.now_ms)))
    cancelled.cancel()
    board.advance(100)
    assert order == [("first", 40), ("new", 45), ("second", 50)]


def test_waiting_for_something_ends_at_its_instant(make: Make) -> None:
    board = make("import time\ntime.sleep_ms(1234)\nprint('now')\ntime.sleep_ms(5000)\n")
    assert board.run_until(lambda: b"now" in board.console, 10_000)
    assert board.now_ms == 1234
    assert not board.run_until(lambda: b"never" in board.console, 500)
    assert board.now_ms == 1734


def test_the_watchdog_is_no_matter_of_leaps(make: Make) -> None:
    main = (
        "import time\nfrom machine import WDT\nw = WDT(timeout=8000)\nwhile True:\n    w.feed()\n    time.sleep_ms(5)\n"
    )
    board = make(main, leap_ms=60_000)
    board.advance(3_600_000)
    assert board.starts == [1]


def test_a_timer_calls_while_the_program_runs_and_while_the_prompt_waits(make: Make) -> None:
    board = make(
        "import time\nfrom machine import Timer\nat = []\n"
        "timer = Timer(period=100, callback=lambda _: at.append(time.ticks_ms()))\n"
        "time.sleep_ms(1050)\nprint(*at)\nat.clear()\n"
    )
    board.advance(1060)
    assert board.console.split(b"\n")[0] == b" ".join(b"%d" % ms for ms in range(100, 1100, 100))
    board.advance(1000)
    board.send(b"print(*at)\r\n")
    board.advance(1)
    assert b" ".join(b"%d" % ms for ms in range(1100, 2100, 100)) in board.console
    assert b"boardlink" not in board.console  # the board's own word is nobody else's
    assert b"boardlink" not in board.take()


def test_a_device_that_does_not_start_is_said(make: Make, tmp_path: Path) -> None:
    board = VirtualBoard(tmp_path / "small", heap="2K")
    board.power_on()
    with pytest.raises(DeviceError, match="does not start"):
        board.advance(1000)
    board.close()


# ---- the port

PORT = """
import time
from machine import UART
print("not on the line")
line = UART(0, {baud}, bits=7, parity=0, stop=1)
print("nor this")
while True:
    got = line.read()
    if got:
        line.write(got.upper())
    time.sleep_ms(1)
"""


def test_what_the_firmware_prints_is_not_on_its_line(make: Make) -> None:
    board = make(PORT.format(baud=9600))
    board.advance(200)
    assert b"not on the line" in board.take()
    board.send(b"abc")
    assert board.read_until(b"C", 100) == b"ABC"
    assert b"nor this" in board.console


@pytest.mark.parametrize("baud", [300, 9600])
def test_a_peer_at_another_speed_is_not_understood(make: Make, baud: int) -> None:
    board = make(PORT.format(baud=baud))
    board.advance(200)
    board.take()
    board.lines[0].peer_baud = baud
    board.send(b"a")
    assert board.read_until(b"A", 200) == b"A"
    board.lines[0].peer_baud = 2400
    board.send(b"a")
    board.advance(300)
    assert b"A" not in board.take()


def test_a_line_that_is_too_fast_for_its_reader_loses_bytes() -> None:
    schedule = Schedule()
    now = 0
    line = Line(schedule, lambda: now, lambda _: None)
    line.open(9600, 8, 64, 64)
    end = line.feed(bytes(200))
    while entry := schedule.take(end):
        now = entry.at_us
        assert entry.do
        entry.do()
    assert (len(line.arrived), line.lost) == (96, 104)
    assert end == 200 * (10_000_000 // 9600)


def test_the_second_line_has_a_port_of_its_own(make: Make) -> None:
    board = make(PORT.format(baud=9600).replace("UART(0", "UART(1"), real=True)
    path = board.open_modem_port()
    with board.background(), serial.Serial(path, 9600, timeout=5) as modem:
        time.sleep(0.3)
        modem.write(b"abc")
        assert modem.read(3) == b"ABC"


def test_a_program_at_the_port_has_it_in_real_time(make: Make) -> None:
    board = make(PORT.format(baud=300), real=True)
    with board.background(), serial.Serial(board.port_path, 300, timeout=5) as port:
        time.sleep(0.3)
        port.reset_input_buffer()
        begin = time.monotonic()
        port.write(b"abcdefgh")
        assert port.read(8) == b"ABCDEFGH"
        # Nine characters' time; on a busy machine the board's clock may be late when the first one comes.
        assert time.monotonic() - begin > 5 * 10 / 300


def test_a_much_slower_peer_is_a_break() -> None:
    schedule = Schedule()
    line = Line(schedule, lambda: 0, lambda _: None)
    line.open(9600, 7, 64, 64)
    for baud in (300, 600, 2400):
        line.peer_baud = baud
        line.feed(b"/")
    while entry := schedule.take(1_000_000):
        assert entry.do
        entry.do()
    assert line.arrived == bytes([0, 0, ~ord("/") & 0x7F])


SWITCH = """
import time
from machine import UART
while True:
    line = UART(0, 300, bits=7, parity=0, stop=1)
    got = b""
    while len(got) < 6:
        got += line.read() or b""
        time.sleep_ms(1)
    line.init(9600, bits=7, parity=0, stop=1)
    time.sleep_ms(50)
    line.write(got)
    while not line.txdone():
        time.sleep_ms(1)
"""


def test_a_client_may_change_its_speed_as_soon_as_the_system_says_that_all_is_sent(make: Make) -> None:
    # As vzlogger does without a delay: the pseudo terminal says so at once, a real port after 200 ms.
    board = make(SWITCH, real=True)
    with board.background():
        time.sleep(0.3)
        file = os.open(board.port_path, os.O_RDWR | os.O_NOCTTY)
        try:
            tty.setraw(file)

            def speed(code: int) -> None:
                settings = termios.tcgetattr(file)
                settings[4] = settings[5] = code
                termios.tcsetattr(file, termios.TCSADRAIN, settings)

            for _ in range(10):
                speed(termios.B300)
                until = time.monotonic() + 5
                while {board._port._seen, board.lines[0].baud} != {300} and time.monotonic() < until:
                    time.sleep(0.005)
                os.write(file, b"\x06050\r\n")
                termios.tcdrain(file)
                speed(termios.B9600)
                got = b""
                while len(got) < 6 and select.select([file], [], [], 5)[0]:
                    got += os.read(file, 6)
                assert got == b"\x06050\r\n"
        finally:
            os.close(file)


def test_a_port_forgets_the_settings_of_whoever_hangs_up(make: Make) -> None:
    # Seven bits and parity are more than a pseudo terminal has: where nothing else differs, it says EINVAL.
    board = make(PORT.format(baud=300), real=True)
    with board.background():
        time.sleep(0.3)
        for _ in range(3):
            with serial.Serial(board.port_path, 300, serial.SEVENBITS, serial.PARITY_EVEN, timeout=5) as port:
                port.write(b"a")
                assert port.read(1) == b"A"
            time.sleep(0.1)
            assert board.lines[0].peer_baud == 0
        with serial.Serial(board.port_path, 300, serial.SEVENBITS, serial.PARITY_EVEN):
            time.sleep(0.1)  # without a word
        time.sleep(0.1)
        serial.Serial(board.port_path, 300, serial.SEVENBITS, serial.PARITY_EVEN).close()
        board.send(b"b")
        time.sleep(0.5)
        assert b"B" in board.take()


# ---- mpremote and the command


def mpremote(port: str, *arguments: str) -> str:
    done = subprocess.run(
        [TOOLS / "mpremote", "connect", port, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_mpremote_does_there_what_it_does_on_a_board(make: Make, tmp_path: Path) -> None:
    board = make("import time\nwhile True:\n    time.sleep_ms(5)\n", real=True)
    source = tmp_path / "source.bin"
    source.write_bytes(bytes(range(256)) * 40)
    with board.background():
        assert mpremote(board.port_path, "exec", "print(1 + 1)") == "2\n"
        mpremote(board.port_path, "fs", "cp", str(source), ":there.bin")
        assert (board.folder / "there.bin").read_bytes() == source.read_bytes()
        assert "there.bin" in mpremote(board.port_path, "resume", "fs", "ls", ":")
        mpremote(board.port_path, "fs", "cp", ":there.bin", str(tmp_path / "back.bin"))
        mpremote(board.port_path, "reset")
        time.sleep(0.5)
        assert board.running
    assert (tmp_path / "back.bin").read_bytes() == source.read_bytes()
    assert board.starts[-1] == 3


def test_the_command_runs_a_board_until_it_is_ended(tmp_path: Path) -> None:
    folder, port_file = tmp_path / "flash", tmp_path / "port"
    command = [TOOLS / "groschen", "sim", "board", str(folder), "--port-file", str(port_file)]
    for turn in range(2):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            port = process.stdout.readline().strip()
            assert port_file.read_text().strip() == port
            program = "from machine import I2C, Pin\nb = I2C(0, sda=Pin(8), scl=Pin(9))\n"
            if turn:
                said = mpremote(port, "exec", program + "print(b.readfrom_mem(0x50, 7, 3, addrsize=16))")
                assert said == "b'abc'\n"
            else:
                mpremote(port, "exec", program + "b.writeto_mem(0x50, 7, b'abc', addrsize=16)")
            process.terminate()
            assert process.wait(10) == 143
        assert not port_file.exists()
    assert (tmp_path / "flash.bin").read_bytes()[7:10] == b"abc"


def test_the_scan_of_a_bus_finds_what_is_on_it(make: Make) -> None:
    board = make("from machine import I2C\nprint(*I2C(0).scan())\nprint(*I2C(1).scan())\n")
    board.advance(100)
    assert printed(board)[:4] == [0x50, 0x20, 0x27, 0x68]


def test_a_chip_that_is_unplugged_is_missed_by_the_next_write(make: Make) -> None:
    board = make(
        "import time\nfrom machine import I2C\nbus = I2C(1, freq=100_000)\nwhile True:\n"
        "    try:\n        bus.writeto(0x27, b'\\0')\n        print(1)\n"
        "    except OSError:\n        print(0)\n    time.sleep_ms(100)\n"
    )
    board.advance(250)
    board.plug(0x27, False)
    board.advance(200)
    board.plug(0x27, True)
    board.advance(200)
    assert printed(board) == [1, 1, 1, 0, 0, 1, 1]


def test_a_board_that_somebody_runs_is_no_second_ones(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "groschenhost.command", "sim", "board", str(tmp_path / "flash")]
    environ = {**os.environ, "GROSCHEN_LANG": "en"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as first:
        assert first.stdout
        assert first.stdout.readline().startswith("/dev/")
        second = subprocess.run(command, check=False, capture_output=True, text=True, env=environ, timeout=60)
        assert second.returncode == 2
        assert "is inserted elsewhere or being worked with" in second.stderr
        first.send_signal(signal.SIGINT)
    assert (tmp_path / "flash.bin").stat().st_size == 32_768
