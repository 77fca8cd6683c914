# SPDX-License-Identifier: Apache-2.0
"""The card's model, contact by contact: sequences of the data sheet SLE 4418/4428 (04.94), given without a driver."""

import pytest

from groschensim.models.sle4428 import Pins, Sle4428Chip, blank_image, blank_protect

HEAD = "01001001 11000100 00001000 10001001"
"""92 23 10 91 as they come: the lowest bit first."""
COUNTER, PSC = 1021, 1022
AT = 300
OLD, NEW, FREE = 0b1010_0101, 0b0101_1010, 0xFF


def pulse(chip: Sle4428Chip, times: int = 1) -> None:
    for _ in range(times):
        chip.set_clk(1)
        chip.set_clk(0)


def shown(chip: Sle4428Chip, bits: int) -> str:
    """Clock so many bits out; each is read after the falling edge."""
    levels = ""
    for _ in range(bits):
        pulse(chip)
        levels += str(chip.io())
    return levels


def atr(chip: Sle4428Chip) -> str:
    chip.set_rst(1)
    pulse(chip)
    chip.set_rst(0)
    return str(chip.io()) + shown(chip, 31)


def command(chip: Sle4428Chip, *three: int) -> None:
    chip.set_rst(1)
    for byte in three:
        for bit in f"{byte:08b}"[::-1]:
            chip.set_io(int(bit))
            pulse(chip)
    chip.set_io(1)
    chip.set_rst(0)


def ending(chip: Sle4428Chip) -> int:
    """Clock until I/O falls; return how many clocks that took."""
    for clocks in range(1, 300):
        pulse(chip)
        if not chip.io():
            return clocks
    return 0


def programmed(chip: Sle4428Chip, control: int, at: int, data: int) -> int:
    command(chip, control | (at >> 8) << 6, at & 0xFF, data)
    return ending(chip)


def read(chip: Sle4428Chip, at: int, count: int = 1) -> bytes:
    command(chip, 0x0E | (at >> 8) << 6, at & 0xFF, 0)
    return bytes(int(shown(chip, 8)[::-1], 2) for _ in range(count))


def powered(image: bytearray | None = None, protect: bytearray | None = None) -> Sle4428Chip:
    chip = Sle4428Chip(image, protect)
    chip.power(1)
    assert atr(chip) == HEAD.replace(" ", "")
    return chip


def presented(chip: Sle4428Chip, low: int = 0xFF, high: int = 0xFF) -> Sle4428Chip:
    """Present a PSC as the data sheet has it; the bytes of its commands are written out."""
    counter = read(chip, COUNTER)[0]
    command(chip, 0xF2, 0xFD, ~(counter & -counter) & 0xFF)
    assert ending(chip) == 103
    command(chip, 0xCD, 0xFE, low)
    assert ending(chip) == 2
    command(chip, 0xCD, 0xFF, high)
    assert ending(chip) == 2
    command(chip, 0xF3, 0xFD, 0xFF)
    assert ending(chip) == 103
    return chip


def holding(byte: int, at: int = AT) -> Sle4428Chip:
    """Return a card with a byte, its PSC presented."""
    image = blank_image()
    image[at] = byte
    return presented(powered(image))


# ---- reset and reading


def test_the_atr_begins_as_rst_falls_and_then_io_is_let_go() -> None:
    chip = Sle4428Chip()
    chip.power(1)
    assert chip.io() == 1
    assert atr(chip) == HEAD.replace(" ", "")
    assert shown(chip, 5) == "11111"
    assert chip.clocks == 1 + 31 + 5


def test_rst_ends_the_atr_at_any_bit() -> None:
    chip = powered()
    chip.set_rst(1)
    pulse(chip)
    chip.set_rst(0)
    assert chip.io() == 0  # bit 0 of 92
    chip.set_rst(1)
    assert chip.io() == 1
    pulse(chip)
    chip.set_rst(0)
    assert shown(chip, 7) == "1001001"


def test_eight_bits_a_byte_follow_the_falling_edge_the_lowest_first() -> None:
    image = blank_image()
    image[32:34] = b"\x2c\x80"
    chip = powered(image)
    command(chip, 0x0E, 0x20, 0x00)
    assert chip.io() == 1  # nothing before the first clock
    levels = ""
    for _ in range(16):
        before = chip.io()
        chip.set_clk(1)
        assert chip.io() == before  # the rising edge changes nothing
        chip.set_clk(0)
        levels += str(chip.io())
    assert levels == "00110100" + "00000001"


def test_the_card_samples_as_the_clock_rises() -> None:
    image = blank_image()
    image[0x0E] = 0x35
    chip = powered(image)
    chip.set_rst(1)
    for byte in (0x0E, 0x0E, 0x00):
        for bit in f"{byte:08b}"[::-1]:
            chip.set_io(int(bit))
            chip.set_clk(1)
            chip.set_io(1 - int(bit))  # too late
            chip.set_clk(0)
    chip.set_io(1)
    chip.set_rst(0)
    assert shown(chip, 8) == "10101100"


@pytest.mark.parametrize("at", [0, 31, 255, 256, 511, 512, 1020, 1021])
def test_an_address_has_ten_bits_and_two_of_them_stand_in_the_first_byte(at: int) -> None:
    image = bytearray((number * 37 + 11) & 0xFF for number in range(1024))
    image[:4] = b"\x92\x23\x10\x91"
    chip = powered(image)
    assert read(chip, at) == image[at : at + 1]


def test_the_address_counts_on_and_rolls_over() -> None:
    image = bytearray(range(256)) * 4
    image[:4] = b"\x92\x23\x10\x91"
    chip = powered(image)
    assert read(chip, 250, 20) == image[250:270]
    assert read(chip, 1018, 8) == bytes([0xFA, 0xFB, 0xFC, 0xFD, 0, 0, 0x92, 0x23])


def test_a_ninth_bit_is_the_protect_bit() -> None:
    chip = powered()
    command(chip, 0x0C, 0x06, 0x00)
    assert shown(chip, 27) == "10000001" + "0" + "10101000" + "0" + "11111111" + "1"  # 6, 7, 8
    command(chip, 0x0C, 0x14, 0x00)
    levels = shown(chip, 72)
    assert levels[8::9] == "10000001"  # 20, then 21..26, then 27


def test_as_delivered_all_else_is_free() -> None:
    chip = powered()
    command(chip, 0x0C, 0x00, 0x00)
    frozen = [at for at in range(1024) if shown(chip, 9)[8] == "0"]
    assert frozen == [*range(8), *range(21, 27)]
    assert blank_image()[27:] == b"\xff" * 997


def test_a_kilobyte_takes_8216_clocks() -> None:
    chip = powered()
    before = chip.clocks
    read(chip, 0, 1024)
    assert chip.clocks - before == 8216


@pytest.mark.parametrize("clocks", [0, 2, 23, 25, 48])
def test_an_entry_of_another_length_is_no_command(clocks: int) -> None:
    chip = presented(powered())
    image = bytes(chip.image)
    chip.set_rst(1)
    chip.set_io(0)
    pulse(chip, clocks)
    chip.set_io(1)
    chip.set_rst(0)
    assert "0" not in shown(chip, 250)
    assert chip.image == image
    assert read(chip, 0, 2) == b"\x92\x23"


@pytest.mark.parametrize("control", [0x00, 0x0F, 0x34, 0x3F])
def test_an_unknown_command_does_nothing(control: int) -> None:
    chip = presented(powered())
    image = bytes(chip.image)
    assert programmed(chip, control, AT, 0) == 0
    assert chip.image == image


def test_io_is_low_where_either_side_pulls() -> None:
    chip = powered()
    command(chip, 0x0E, 0x00, 0x00)
    pulse(chip, 2)
    assert chip.io() == 1
    chip.set_io(0)
    assert chip.io() == 0
    chip.set_io(1)
    assert chip.io() == 1
    pulse(chip)
    assert chip.line(1) == 0
    assert chip.line() == 0


# ---- programming


@pytest.mark.parametrize(
    ("old", "new", "clocks"),
    [
        (0x00, 0xFF, 103),  # erase alone
        (0xA5, 0xFF, 103),
        (0xFF, 0xFF, 103),
        (0xFF, 0x00, 103),  # write alone
        (0xFF, 0xA5, 103),
        (0xF0, 0x30, 103),
        (0xA5, 0xA5, 103),
        (0x00, 0x01, 203),  # both
        (0xA5, 0x5A, 203),
        (0x7F, 0x80, 203),
    ],
)
def test_the_card_erases_and_writes_where_it_has_to(old: int, new: int, clocks: int) -> None:
    chip = holding(old)
    command(chip, 0x33 | 0x40, AT & 0xFF, new)
    assert shown(chip, clocks - 1) == "1" * (clocks - 1)
    assert shown(chip, 4) == "0000"  # only RST lifts it
    assert chip.image[AT] == new
    chip.set_rst(1)
    assert chip.io() == 1
    chip.set_rst(0)
    assert read(chip, AT - 1, 3) == bytes([0xFF, new, 0xFF])


def after(clocks: int, old: int, new: int, weak: int = -1) -> int:
    """Say what a cell holds whose programming lost its power after so many clocks, as the data sheet's pulses lie."""
    last = new if new & ~old == 0 else 0xFF
    pulses = [(3, 100, old, last)] + ([(103, 200, last, new)] if last != new else [])
    byte = old
    for start, end, before, made in pulses:
        if start <= clocks < end:
            return before if weak < 0 else weak
        if clocks >= end:
            byte = made
    return byte


@pytest.mark.parametrize("weak", [-1, 0x00, 0xE7])
@pytest.mark.parametrize(("old", "new"), [(OLD, NEW), (OLD, FREE), (FREE, NEW), (OLD, OLD & 0x0F), (OLD, OLD)])
def test_a_cut_at_any_clock_of_a_write(old: int, new: int, weak: int) -> None:
    held = set()
    for clocks in range(230):
        chip = holding(old)
        image = bytes(chip.image)
        command(chip, 0x33 | 0x40, AT & 0xFF, new)
        chip.pull_after(clocks, weak)
        pulse(chip, 230)
        assert chip.io() == 1
        assert chip.image[AT] == after(clocks, old, new, weak)
        held.add(chip.image[AT])
        assert chip.image[:AT] + chip.image[AT + 1 :] == image[:AT] + image[AT + 1 :]
    # A byte that is erased and written is FF in between.
    assert held == {old, new} | ({FREE} if new & ~old else set()) | ({weak} if weak >= 0 else set())


def test_a_cut_while_a_command_is_entered_changes_nothing() -> None:
    for clocks in range(25):
        chip = holding(OLD)
        chip.pull_after(clocks)
        command(chip, 0x33 | 0x40, AT & 0xFF, NEW)
        assert chip.image[AT] == OLD
        assert (ending(chip) > 0) == (clocks == 0 and chip.inserted)


@pytest.mark.parametrize("weak", [-1, 0xE7])
def test_rst_breaks_a_programming_off_like_a_cut(weak: int) -> None:
    for clocks in range(204):
        chip = holding(OLD)
        chip.weak = weak
        command(chip, 0x33 | 0x40, AT & 0xFF, NEW)
        pulse(chip, clocks)
        chip.set_rst(1)
        chip.set_rst(0)
        assert chip.image[AT] == after(clocks, OLD, NEW, weak)


def test_a_card_without_power_is_not_there() -> None:
    image = blank_image()
    for chip in (Sle4428Chip(image), powered(image)):
        chip.pull()
        before = chip.clocks
        assert atr(chip) == "1" * 32
        for control in (0x33, 0x31, 0x30, 0x32, 0x0D):
            assert programmed(chip, control, COUNTER, 0) == 0
        assert read(chip, 0, 4) == b"\xff\xff\xff\xff"
        assert chip.clocks > before
        assert image == blank_image()
        assert chip.protect == blank_protect()


def test_a_cut_may_be_told_at_the_beginning() -> None:
    chip = Sle4428Chip(cut=10)
    chip.power(1)
    assert atr(chip) == HEAD.replace(" ", "")[:10] + "1" * 22
    chip.insert()
    assert atr(chip) == HEAD.replace(" ", "")


# ---- what is refused


def test_a_refused_write_ends_as_any_other() -> None:
    image = blank_image()
    image[AT] = OLD
    chip = powered(image)
    kept = bytes(image)
    assert programmed(chip, 0x33, AT, NEW) == 203
    assert programmed(chip, 0x33, AT, FREE) == 103
    assert programmed(chip, 0x31, AT, OLD & 0x0F) == 103
    assert programmed(chip, 0x30, AT, OLD) == 103
    assert programmed(chip, 0x33, PSC, 0x12) == 103
    assert (chip.image, chip.protect) == (kept, blank_protect())


def test_a_protected_byte_is_frozen() -> None:
    chip = presented(powered())
    kept = bytes(chip.image)
    for at in (0, 3, 7, 21, 26):
        assert programmed(chip, 0x33, at, 0x00) == 103
        assert programmed(chip, 0x33, at, 0xFF) == 103
    assert chip.image == kept
    programmed(chip, 0x33, 20, 0x55)
    programmed(chip, 0x33, 27, 0x55)
    assert read(chip, 20, 8) == b"\x55" + kept[21:27] + b"\x55"


def test_writing_with_the_protect_bit_is_for_ever() -> None:
    chip = holding(OLD)
    assert programmed(chip, 0x31, AT, NEW) == 203
    assert programmed(chip, 0x33, AT, 0x00) == 103
    command(chip, 0x0C | 0x40, AT & 0xFF, 0)
    assert shown(chip, 18) == f"{NEW:08b}"[::-1] + "0" + "11111111" + "1"
    assert [at for at in range(128) if chip.protect[at] != blank_protect()[at]] == [AT // 8]


def test_a_byte_is_protected_where_the_comparison_holds() -> None:
    chip = holding(OLD)
    assert programmed(chip, 0x30, AT, NEW) == 103
    assert chip.protect == blank_protect()
    assert programmed(chip, 0x30, AT, OLD) == 103
    assert chip.protect[AT // 8] == 0xFF & ~(1 << AT % 8)
    programmed(chip, 0x33, AT, NEW)
    assert chip.image[AT] == OLD


def test_a_cut_before_the_last_pulse_protects_nothing() -> None:
    for clocks in range(204):
        chip = holding(OLD)
        command(chip, 0x31 | 0x40, AT & 0xFF, NEW)
        chip.pull_after(clocks)
        pulse(chip, 203)
        assert (chip.protect != blank_protect()) == (chip.image[AT] == NEW) == (clocks >= 200)


def test_before_the_first_read_nothing_is_changed() -> None:
    chip = Sle4428Chip()
    chip.power(1)
    assert programmed(chip, 0x32, COUNTER, 0xFE) == 103
    assert chip.image == blank_image()
    assert read(chip, COUNTER) == b"\xff"  # a read
    assert programmed(chip, 0x32, COUNTER, 0xFE) == 103
    assert chip.image[COUNTER] == 0xFE
    chip.power(0)
    chip.power(1)
    atr(chip)  # and so is an ATR
    assert programmed(chip, 0x32, COUNTER, 0xFC) == 103
    assert chip.image[COUNTER] == 0xFC


# ---- the PSC


def secret() -> Sle4428Chip:
    image = blank_image()
    image[PSC:] = b"\x34\x12"
    return powered(image)


def test_the_psc_reads_as_zeros_until_it_was_presented() -> None:
    chip = secret()
    assert read(chip, COUNTER, 3) == b"\xff\x00\x00"
    presented(chip, 0x34, 0x12)
    assert read(chip, COUNTER, 3) == b"\xff\x34\x12"
    chip.power(0)
    chip.power(1)
    atr(chip)
    assert read(chip, COUNTER, 3) == b"\xff\x00\x00"
    programmed(chip, 0x33, AT, 0)
    assert chip.image[AT] == 0xFF


def test_a_presented_psc_can_be_changed() -> None:
    chip = presented(secret(), 0x34, 0x12)
    programmed(chip, 0x33, PSC, 0xCD)
    programmed(chip, 0x33, PSC + 1, 0xAB)
    chip.power(0)
    chip.power(1)
    atr(chip)
    presented(chip, 0x34, 0x12)
    assert read(chip, COUNTER) == b"\xfe"
    presented(chip, 0xCD, 0xAB)
    assert read(chip, COUNTER) == b"\xff"


def test_the_counter_can_be_written_and_not_erased_without_the_psc() -> None:
    chip = secret()
    programmed(chip, 0x32, COUNTER, 0b1101_1111)
    programmed(chip, 0x32, COUNTER, 0b1111_1011)
    assert chip.image[COUNTER] == 0b1101_1011
    assert programmed(chip, 0x33, COUNTER, 0xFF) == 103
    assert programmed(chip, 0x33, COUNTER, 0b1111_1110) == 203
    assert chip.image[COUNTER] == 0b1101_1010
    assert programmed(chip, 0x33, COUNTER, 0b1101_0000) == 103
    assert chip.image[COUNTER] == 0b1101_0000


def test_the_counters_command_writes_the_counter_alone() -> None:
    chip = presented(secret(), 0x34, 0x12)
    assert programmed(chip, 0x32, AT, 0) == 103
    assert programmed(chip, 0x32, PSC, 0) == 103
    assert chip.image[AT] == 0xFF
    assert chip.image[PSC] == 0x34


BURN, LOW, HIGH, ERASE = (0x32, COUNTER, 0x7F), (0x0D, PSC, 0x34), (0x0D, PSC + 1, 0x12), (0x33, COUNTER, 0xFF)


@pytest.mark.parametrize(
    ("steps", "accepted"),
    [
        ([BURN, LOW, HIGH, ERASE], True),
        ([LOW, HIGH, ERASE], False),
        ([BURN, HIGH, LOW, ERASE], False),
        ([BURN, LOW, LOW, ERASE], False),
        ([BURN, HIGH, HIGH, ERASE], False),
        ([BURN, LOW, ERASE], False),
        ([BURN, ERASE], False),
        ([LOW, BURN, HIGH, ERASE], False),
        ([BURN, LOW, ERASE, HIGH, ERASE], False),
        ([BURN, (0x0D, PSC, 0x35), HIGH, ERASE], False),
        ([BURN, LOW, (0x0D, PSC + 1, 0x13), ERASE], False),
        ([BURN, (0x0D, PSC, 0x35), LOW, HIGH, ERASE], False),
        ([BURN, LOW, (0x0D, PSC + 1, 0x13), HIGH, ERASE], False),
        ([BURN, (0x0D, AT, 0xFF), LOW, HIGH, ERASE], False),
        ([BURN, (0x33, COUNTER, 0x3F), LOW, HIGH, ERASE], False),
        ([(0x32, COUNTER, 0xFF), LOW, HIGH, ERASE], False),  # no bit was burnt
        ([BURN, BURN, LOW, HIGH, ERASE], False),  # nor by the second
        ([BURN, (0x32, COUNTER, 0xBF), LOW, HIGH, ERASE], True),
    ],
)
def test_the_psc_is_verified_in_this_order_alone(steps: list[tuple[int, int, int]], accepted: bool) -> None:
    chip = secret()
    for step in steps:
        assert programmed(chip, *step) > 0
    assert (chip.image[COUNTER] == 0xFF) == (accepted or BURN not in steps)
    assert chip.verified == accepted
    programmed(chip, 0x33, AT, 0)
    assert (chip.image[AT] == 0) == accepted


@pytest.mark.parametrize("steps", [1, 2])
def test_a_verification_does_not_go_on_over_a_loss_of_power(steps: int) -> None:
    chip = secret()
    for step in (BURN, LOW)[:steps]:
        programmed(chip, *step)
    chip.power(0)
    chip.power(1)
    atr(chip)
    for step in (BURN, LOW, HIGH, ERASE)[steps:]:
        programmed(chip, *step)
    assert chip.image[COUNTER] == 0x7F
    assert not chip.verified


def test_the_comparison_is_not_told_on_the_wire() -> None:
    for low in (0x34, 0x35):
        chip = secret()
        programmed(chip, *BURN)
        command(chip, 0xCD, 0xFE, low)
        assert shown(chip, 4) == "1000"


def test_eight_wrong_tries_lock_for_ever() -> None:
    chip = secret()
    for left in range(7, -1, -1):
        presented(chip, 0x34, 0x11)
        assert chip.image[COUNTER].bit_count() == left
    for _ in range(2):
        command(chip, 0xF2, 0xFD, 0x00)
        ending(chip)
        for step in (LOW, HIGH, ERASE):
            programmed(chip, *step)
        assert chip.image[COUNTER] == 0
        programmed(chip, 0x33, AT, 0)
        assert chip.image[AT] == 0xFF
        assert read(chip, 0, 2) == b"\x92\x23"
        chip.power(0)
        chip.power(1)
        atr(chip)


def test_the_eighth_try_may_be_right() -> None:
    chip = secret()
    for _ in range(7):
        presented(chip, 0, 0)
    presented(chip, 0x34, 0x12)
    assert chip.image[COUNTER] == 0xFF


def verification(chip: Sle4428Chip) -> None:
    for step in (BURN, LOW, HIGH, ERASE):
        command(chip, step[0] | 0xC0, step[1] & 0xFF, step[2])
        ending(chip)


def test_a_cut_at_any_clock_of_a_verification_costs_a_try_at_most() -> None:
    whole = 127 + 26 + 26 + 127
    lost = 0
    for clocks in range(whole + 1):
        chip = secret()
        chip.pull_after(clocks)
        verification(chip)
        burnt = 24 + 100 <= clocks < whole - 3
        assert chip.image[COUNTER] == (0x7F if burnt else 0xFF)
        lost += burnt
        chip.pull()
        chip.insert()
        assert atr(chip) == HEAD.replace(" ", "")
        assert not chip.verified
        programmed(chip, 0x33, AT, 0)
        assert chip.image[AT] == 0xFF
        presented(chip, 0x34, 0x12)
        assert chip.image[COUNTER] == 0xFF
    assert lost == whole - 127


# ---- the slot


def test_pins_are_the_contacts() -> None:
    pins = Pins(Sle4428Chip())
    pins.vcc.value(1)
    pins.rst.value(1)
    pins.clk.value(1)
    pins.clk.value(0)
    pins.rst.value(0)
    assert pins.io.value() == 0
    assert pins.io.value(1) == 0
    assert pins.present()
    pins.chip.pull()
    assert not pins.present()
    assert pins.io.value() == 1
    pins.io.value(0)
    assert pins.io.value() == 0


def test_a_card_put_into_a_powered_slot_begins_anew() -> None:
    chip = presented(powered())
    chip.pull()
    chip.insert()
    assert not chip.verified
    assert atr(chip) == HEAD.replace(" ", "")
    chip.insert()  # it is there already
    assert read(chip, 0) == b"\x92"


@pytest.mark.parametrize(("image", "protect"), [(1023, 128), (1024, 127)])
def test_an_image_of_another_size_is_refused(image: int, protect: int) -> None:
    with pytest.raises(ValueError, match="1024 bytes and 128 bytes"):
        Sle4428Chip(bytearray(image), bytearray(protect))
