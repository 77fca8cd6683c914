# SPDX-License-Identifier: Apache-2.0
"""The tables in docs/hardware.md are those of boards, drivers and models."""

import ast
import math
import re
from collections import Counter
from pathlib import Path

import pytest

from groschen.core import keypad as keys
from groschenhost.pulse_output import DWELLING_KW, S0_MS, greatest_kw
from groschensim.models.keypad import FACE
from groschensim.models.s0 import ON_US
from tests.boards.mains import FLUSH_MS, HOLD_UP_MS, STEP_MS

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "hardware.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `([A-Z0-9_]+)` \| GP(\d+) \| (\d+) \| GPIO(\d+) \| (.+?) \| (.*) \|$", TEXT, re.MULTILINE)

# Where the GP numbers are on the Pico's edge (its data sheet, figure 2).
EDGE = (1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17, 19, 20, 21, 22, 24, 25, 26, 27, 29)
EDGE_PINS = dict(enumerate(EDGE)) | {26: 31, 27: 32, 28: 34}

# The ESP32-S3's data sheet: strapping; flash and PSRAM; USB; console; and what is no pin.
TAKEN = {0, 3, 45, 46} | set(range(26, 38)) | {19, 20} | {43, 44} | {22, 23, 24, 25}

NO_PINS = {
    "PORT_UART",
    "MODEM_UART",
    "MEMORY_BUS",
    "PANEL_BUS",
    "RADIO_BUS",
    "HARD_INTERRUPT",
    "LED_HEAD",
    "MEMORY_HZ",
    "PANEL_US",
    "TIMER",
    "COUNTER",
}


def constants(board: str) -> dict[str, int]:
    tree = ast.parse((ROOT / "boards" / board / "pins.py").read_text(encoding="utf-8"))
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            (target,) = node.targets
            assert isinstance(target, ast.Name)
            value = ast.literal_eval(node.value)
            assert isinstance(value, int)
            found[target.id] = value
    return found


def pins(board: str) -> dict[str, int]:
    return {name: value for name, value in constants(board).items() if name not in NO_PINS}


def test_the_pin_tables_are_those_of_the_boards() -> None:
    assert {row[0]: int(row[1]) for row in ROWS} == pins("pico")
    assert {row[0]: int(row[3]) for row in ROWS} == pins("esp32")


def test_the_picos_pins_are_where_its_edge_has_them() -> None:
    for name, number, edge, *_ in ROWS:
        assert EDGE_PINS[int(number)] == int(edge), name


def test_both_boards_have_the_same_names() -> None:
    assert constants("pico").keys() == constants("esp32").keys()


@pytest.mark.parametrize("board", ["pico", "esp32"])
def test_no_pin_is_used_twice(board: str) -> None:
    assert [number for number, times in Counter(pins(board).values()).items() if times > 1] == []


def test_the_esp32_uses_no_pin_that_is_taken() -> None:
    used = set(pins("esp32").values())
    assert used & TAKEN == set()
    assert used == set(range(49)) - TAKEN
    assert "are all the others" in (ROOT / "boards" / "esp32" / "pins.py").read_text(encoding="utf-8")


def test_the_picos_buses_are_at_pins_that_they_can_use() -> None:
    # RP2040 data sheet, 1.4.3: UARTs, I2C and SPI repeat along the pins.
    found = constants("pico")
    for bus, sda, scl in (("MEMORY_BUS", "MEMORY_SDA", "MEMORY_SCL"), ("PANEL_BUS", "PANEL_SDA", "PANEL_SCL")):
        assert (found[sda] % 2, found[scl] % 2) == (0, 1)
        assert found[sda] // 2 % 2 == found[scl] // 2 % 2 == found[bus]
    for uart, tx, rx in (("PORT_UART", "PORT_TX", "PORT_RX"), ("MODEM_UART", "MODEM_TX", "MODEM_RX")):
        assert (found[tx] % 4, found[rx] % 4) == (0, 1)
        assert (found[tx] + 4) // 8 % 2 == (found[rx] + 4) // 8 % 2 == found[uart]
    lines = ("RADIO_MISO", "RADIO_SELECT", "RADIO_SCK", "RADIO_MOSI")
    assert [found[line] % 4 for line in lines] == [0, 1, 2, 3]
    assert {found[line] // 8 % 2 for line in lines} == {found["RADIO_BUS"]}


def test_each_part_has_its_driver() -> None:
    # What is interpreted where a board has it in machine code is of no part of its own.
    none = {"__init__.py", "interpreted.py"}
    drivers = {path.name for path in (ROOT / "firmware/groschen/drivers").glob("*.py")} - none
    table = TEXT.split("## Bill of materials")[1].split("##")[0]
    assert set(re.findall(r"`(\w+\.py)`", table)) == drivers


def test_the_coils_store_and_the_hold_up_are_as_large_as_their_formulas_say() -> None:
    row = re.compile(r"^\| ([\d.]+) W \| (\d+) Ω \| ([\d ]+) µF \| ([\d ]+) µF \|$", re.MULTILINE)
    found = [(float(watt), int(ohm), *(int(uf.replace(" ", "")) for uf in uf)) for watt, ohm, *uf in row.findall(TEXT)]
    assert len(found) == 3
    for watt, ohm, least, bought in found:
        assert round(12**2 / watt) == ohm
        assert round(0.1 / (ohm * math.log(11.0 / 8.4)) * 10_000) * 100 == least < bought
        assert 5 * 22 * bought < 1_700_000  # microseconds until it is full
    hold_up_ms = 4.7e-3 / 2 * (10.5**2 - 7**2) / 0.6 * 1000
    assert round(hold_up_ms, -1) == 240 == HOLD_UP_MS
    assert "about 240 ms at 0.6 W" in TEXT
    assert 0.8 * hold_up_ms > 190 > STEP_MS + FLUSH_MS + 30
    said = " ".join(TEXT.split())
    kept_ms = STEP_MS + FLUSH_MS
    assert f"a step ({STEP_MS} ms), the flush ({FLUSH_MS} ms) and the pulse (100 ms): {kept_ms + 100} ms" in said
    assert f"the contact has moved after {kept_ms + 30}" in said


def test_a_schmitt_trigger_passes_what_an_s0_output_sends_and_no_bounce() -> None:
    rise, fall = (1000 + 47_000) * 100e-9 * -math.log(1 - 0.6), 47_000 * 100e-9 * -math.log(0.35)
    said = " ".join(TEXT.split())
    assert f"these are {rise * 1000:.1f} ms as the line rises and {fall * 1000:.1f} ms as it falls" in said
    assert 6 * max(rise, fall) < 0.03


def test_the_keys_are_where_they_are_said_to_be() -> None:
    names = {keys.UP: "up", keys.DOWN: "down", keys.TAN: "TAN", keys.CORRECT: "C", keys.OK: "OK", keys.LIGHT: "light"}
    for row, numbers in enumerate(FACE):
        cells = " | ".join(names.get(number, str(number)) for number in numbers)
        assert f"| P{row} | {cells} |\n" in TEXT


def test_the_table_of_the_greatest_power_is_that_of_the_pulses() -> None:
    rows = re.findall(r"^\| ([\d ]+) \| ([\d .]+) kW \| ([\d .]+) kW \|$", TEXT, re.MULTILINE)
    found = [[float(cell.replace(" ", "")) for cell in row] for row in rows]
    assert [row[0] for row in found] == sorted({100, 250, 500, 1000, 2000, 4000, 5000, 10_000, 20_000, 50_000, 100_000})
    for imp, s0, led in found:
        assert s0 == round(greatest_kw(int(imp)), 1)
        assert led == round(greatest_kw(int(imp), 4), 1)
    assert 2 * ON_US == S0_MS * 1000  # of the model that the driver counts, see tests/drivers/test_s0.py
    assert f"the {DWELLING_KW} kW" in TEXT
    assert greatest_kw(4_100) > DWELLING_KW > greatest_kw(4_200)


def test_the_times_are_those_of_the_drivers() -> None:
    source = (ROOT / "firmware/groschen/drivers/relay.py").read_text(encoding="utf-8")
    assert "_PULSE_MS = const(100)" in source
    assert "_QUICK = const(3)" in source
    assert "for 100 ms" in TEXT
    assert "three pulses, then one a minute" in TEXT
    flush = re.search(r"the flush \| ([\d.]+) ms at 1 MHz", TEXT)
    storage = re.search(r"clocks, ([\d.]+) ms at 1 MHz", (ROOT / "docs" / "storage.md").read_text(encoding="utf-8"))
    assert flush
    assert storage
    assert flush[1] == storage[1]
    clocks = re.search(r"these are (\d+) clocks", (ROOT / "docs" / "storage.md").read_text(encoding="utf-8"))
    assert clocks
    # Longer than the longest transfer, and on the ESP32 whole ticks of 10 ms, of which the first may be over at once.
    assert constants("pico")["PANEL_US"] > 3_000
    assert constants("esp32")["PANEL_US"] >= 20_000
    assert constants("pico")["MEMORY_HZ"] == 1_000_000
    assert f"{int(clocks[1]) / constants('esp32')['MEMORY_HZ'] * 1000:.1f} ms on the ESP32-S3" in TEXT
