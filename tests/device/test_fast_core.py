# SPDX-License-Identifier: Apache-2.0
"""The fast core of the emulated RP2040 against rp2040py's own: the same registers, flags, memory and cycles."""

import random
import struct
from typing import Any

import pytest
from rp2040py import RP2040, Simulator
from rp2040py.device.bootrom import BOOTROM_B1
from rp2040py.utils.logging import ConsoleLogger, LogLevel

from tests.device.backends import fast_core

SRAM, FLASH = 0x20000000, 0x10000000
CODE = SRAM + 0x8000
DATA, DATA_SIZE = SRAM + 0x4000, 0x2000
SHIFTS = (0x4080, 0x40C0, 0x4100, 0x41C0)  # LSLS, LSRS, ASRS, RORS by a register
EACH = 300
"""How many instructions of each group are tried, by chance."""


def machine() -> tuple[Simulator, Any]:
    mcu = RP2040()
    mcu.load_bootrom(BOOTROM_B1)
    mcu.logger = ConsoleLogger(LogLevel.ERROR, throw_on_error=False)
    simulator = Simulator(rp2040=mcu)
    mcu.core.pc = CODE
    return simulator, mcu


@pytest.fixture
def pair() -> tuple[fast_core.FastCore, Any, Any]:
    """Two controllers, the first with the fast core."""
    first, second = machine(), machine()
    fast = fast_core.install(first[0])
    if fast is None:
        pytest.skip("no C compiler: the emulator runs with its own core")
    return fast, first[1], second[1]


def prepare(mcu: Any, chance: random.Random, words: tuple[int, int]) -> None:
    """Give a controller chance registers, of which many point into memory, and an instruction of two half words."""
    for number in range(13):
        kind = chance.randrange(4)
        near = DATA + chance.randrange(64, DATA_SIZE - 2048) // 4 * 4
        mcu.core.registers[number] = (
            near,
            near + chance.randrange(4),
            chance.randrange(1 << 32),
            chance.randrange(64),
        )[kind]
    mcu.core.registers[13] = DATA + chance.randrange(64, DATA_SIZE - 2048) // 4 * 4
    mcu.core.registers[14] = CODE + 0x101
    mcu.core.registers[15] = CODE
    mcu.core.n, mcu.core.z, mcu.core.c, mcu.core.v = (bool(chance.randrange(2)) for _ in range(4))
    mcu.core.cycles = 0
    at = CODE - SRAM
    mcu.sram[at : at + 4] = struct.pack("<HH", *words)


def state(mcu: Any) -> tuple[list[int], list[bool], bytes]:
    core = mcu.core
    flags = [bool(flag) for flag in (core.n, core.z, core.c, core.v, core.pm)]
    return list(core.registers), flags, bytes(mcu.sram[DATA - SRAM : DATA - SRAM + DATA_SIZE])


@pytest.mark.parametrize("group", range(32))  # A5.2 of the manual: by the five highest bits
def test_each_instruction_does_and_takes_what_the_emulators_own_core_does(
    pair: tuple[fast_core.FastCore, Any, Any], group: int
) -> None:
    fast, first, second = pair
    chance = random.Random(group)
    for _ in range(EACH):
        first_word = group << 11 | chance.randrange(1 << 11)
        if first_word >> 8 == 0xBE or first_word == 0x47F0:
            continue  # a breakpoint stops the emulator; BLX LR goes to where its own core has already laid the return
        words = first_word, chance.choice((0xF800, 0xD000, 0x8F50, 0x8810)) | chance.randrange(0x700)
        seed = chance.randrange(1 << 30)
        for mcu in (first, second):
            prepare(mcu, random.Random(seed), words)
        if first_word & 0xFFC0 in SHIFTS and not 0 < first.core.registers[first_word >> 3 & 7] & 0xFF <= 32:
            continue  # the emulator's own core takes another carry than the manual where it is out of the word (A6.7)
        if fast.execute(1):
            assert state(first) == state_before(seed, words, first), f"{words[0]:04x} was left, and yet did something"
            continue
        cycles = second.core.execute_instruction()
        assert (state(first), fast.machine.cycles) == (state(second), cycles), f"{words[0]:04x} {words[1]:04x}"


def state_before(seed: int, words: tuple[int, int], mcu: Any) -> tuple[list[int], list[bool], bytes]:
    """What an instruction that is not executed leaves as it was; memory is compared by itself."""
    _, _, memory = state(mcu)
    prepare(mcu, random.Random(seed), words)
    registers, flags, _ = state(mcu)
    return registers, flags, memory


LOOP = struct.pack(
    "<11H",
    0x2064,  # movs r0, #100
    0x2100,  # loop: movs r1, #0
    0x1C4A,  # inner: adds r2, r1, #1
    0x0011,  # movs r1, r2
    0xB403,  # push {r0, r1}
    0xBC03,  # pop {r0, r1}
    0x29C8,  # cmp r1, #200
    0xD1F9,  # bne inner
    0x3801,  # subs r0, #1
    0xD1F6,  # bne loop
    0xE7FE,  # end: b .
)


def test_a_loop_takes_the_same_time_to_the_cycle_on_both() -> None:
    nanos = []
    for own in (True, False):
        simulator, mcu = machine()
        if not own and fast_core.install(simulator) is None:
            pytest.skip("no C compiler: the emulator runs with its own core")
        mcu.sram[CODE - SRAM : CODE - SRAM + len(LOOP)] = LOOP
        mcu.core.registers[13] = DATA + 256
        alarm = mcu.clock.create_alarm(simulator.stop)
        alarm.schedule(3_000_000)
        simulator.stopped = False
        while not simulator.stopped:
            simulator._execute_batch()
        nanos.append((mcu.clock.nanos, mcu.core.registers[0], mcu.core.registers[1], mcu.core.cycles))
    assert nanos[0] == pytest.approx(nanos[1], abs=200)
