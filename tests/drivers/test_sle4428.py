# SPDX-License-Identifier: Apache-2.0
"""The card's driver and the slot over it, against a model of the chip that follows the data sheet clock by clock."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from groschen.drivers.interpreted import CardLines
from groschen.drivers.sle4428 import Sle4428 as Driver
from groschen.slots.contact import ContactSlot
from groschencard.chips import SLE_BASE, SLE_SIZE
from groschensim.models.sle4428 import COUNTER, PSC_LOW, ModelPin, Pins, Sle4428Chip, blank_image

CLOCK_MS = 1 / 20  # at 20 kHz
SECRET = b"\x34\x12"
WRONG = b"\x35\x12"
AT = 100
DATA = bytes(range(1, 49))


def nothing(_us: int) -> None:
    pass


def never() -> bool:
    return False


def wired(chip: Sle4428Chip, switched: bool = True) -> Driver:
    pins = Pins(chip)
    return Driver(pins.rst, CardLines(pins.clk, pins.io, nothing, never), nothing, pins.vcc if switched else None)


def issued(psc: bytes = SECRET) -> Sle4428Chip:
    """Return a card with a PSC of its own."""
    image = blank_image()
    image[PSC_LOW:] = psc
    return Sle4428Chip(image)


def ready(chip: Sle4428Chip, unlock: bool = True) -> Driver:
    driver = wired(chip)
    assert driver.reset()
    if unlock:
        assert driver.verify(SECRET)
    return driver


def slot(chip: Sle4428Chip) -> ContactSlot:
    return ContactSlot(wired(chip), Pins(chip).present)


def reinserted(chip: Sle4428Chip) -> Driver:
    chip.pull()
    chip.insert()
    return ready(chip, unlock=False)


# ---- reset and reading


def test_the_atr_is_recognised() -> None:
    chip = issued()
    driver = wired(chip)
    assert driver.reset()
    assert driver.reset()  # powered as it is


@pytest.mark.parametrize("at", range(4))
def test_another_atr_is_not(at: int) -> None:
    chip = issued()
    chip.image[at] ^= 0x40
    assert not wired(chip).reset()


def test_an_sle4442_and_an_empty_slot_are_not_this_chip() -> None:
    chip = issued()
    chip.image[:4] = b"\xa2\x13\x10\x91"
    assert not wired(chip).reset()
    chip.pull()
    assert not wired(chip).reset()


def test_any_bytes_of_other_makers_follow_the_atr() -> None:
    chip = issued()
    chip.image[4:8] = b"\x12\x34\x56\x78"
    assert wired(chip).reset()


@pytest.mark.parametrize(
    ("address", "length"), [(0, 1), (0, 1024), (31, 2), (255, 2), (500, 48), (1020, 1), (1021, 1), (100, 0)]
)
def test_all_but_the_psc_is_read_without_it(address: int, length: int) -> None:
    chip = issued()
    chip.image[32:1021] = random.Random(1).randbytes(989)
    into = bytearray(length)
    ready(chip, unlock=False).read(address, into)
    expected = bytes(chip.image[:PSC_LOW]) + b"\0\0"
    assert into == expected[address : address + length]


# ---- times at 20 kHz


def taken(chip: Sle4428Chip, action: Callable[..., Any], *arguments: Any) -> float:
    """Return the milliseconds that an action keeps the card's clock busy."""
    before = chip.clocks
    action(*arguments)
    return (chip.clocks - before) * CLOCK_MS


def test_the_times_of_reading() -> None:
    chip = issued()
    driver = wired(chip)
    assert taken(chip, driver.reset) == pytest.approx(1.65)
    assert taken(chip, driver.read, 500, bytearray(1)) == pytest.approx(1.6)
    assert taken(chip, driver.read, 100, bytearray(256)) == pytest.approx(103.6)
    before = chip.clocks
    driver.read(0, bytearray(1024))
    assert chip.clocks - before == 8216


def test_the_times_of_the_psc_and_of_writing() -> None:
    chip = issued()
    driver = ready(chip, unlock=False)
    assert taken(chip, driver.verify, SECRET) == pytest.approx(18.5)
    look = 1.6  # the byte is read before it is written
    assert taken(chip, driver.write, AT, b"\x0f") == pytest.approx(look + 6.35)  # from FF
    assert taken(chip, driver.write, AT, b"\x0e") == pytest.approx(look + 6.35)  # 1 -> 0 alone
    assert taken(chip, driver.write, AT, b"\x0e") == pytest.approx(look)  # it is there
    assert taken(chip, driver.write, AT, b"\xf0") == pytest.approx(look + 11.35)  # erased and written
    assert taken(chip, driver.write, AT, b"\xff") == pytest.approx(look + 6.35)  # erased
    driver.write(AT, b"\x55" * 256)
    reading = 4 * (24 + 64 * 8) * CLOCK_MS
    assert taken(chip, driver.write, AT, b"\xaa" * 256) == pytest.approx(reading + 256 * 11.35)


class Scope:
    """Watches the contacts, with the time that the driver lets pass, and holds each edge to the data sheet's table."""

    def __init__(self, chip: Sle4428Chip) -> None:
        self.chip = chip
        self.now = 0
        self.at = {"rst": 0, "clk": 0, "io": 0, "up": -1000, "down": -1000}
        self.levels = {"rst": 0, "clk": 0, "io": 1}
        self.fresh = False
        self.rises = 0
        pins = Pins(chip)
        lines = CardLines(self.pin("clk", pins.clk), self.pin("io", pins.io), self.wait, never)
        self.driver = Driver(self.pin("rst", pins.rst), lines, self.wait, pins.vcc)

    def wait(self, us: int) -> None:
        self.now += us

    def pin(self, name: str, pin: ModelPin) -> ModelPin:
        def value(*level: int) -> int | None:
            if not level:
                assert self.now - self.at["down"] >= 6, "td2: data are valid after CLK down"
                assert self.now - self.at["rst"] >= 4
            elif level[0] != self.levels[name]:
                self.levels[name] = level[0]
                getattr(self, name)(level[0])
                self.at[name] = self.now
            return pin.value(*level)

        return ModelPin(value)

    def since(self, name: str) -> int:
        return self.now - self.at[name]

    def rst(self, level: int) -> None:
        assert self.levels["clk"] == 0
        assert self.since("down") >= 4, "td3: CLK down to RST down"
        if not level and self.rises == 1:
            assert self.since("rst") >= 20, "td6: RST of an ATR"
        self.fresh = True
        self.rises = 0

    def clk(self, level: int) -> None:
        if not level:
            assert self.since("up") >= 10, "CLK high"
            self.at["down"] = self.now
            return
        assert self.since("down") >= 10, "CLK low"
        assert self.since("up") >= 50, "20 kHz"
        assert self.since("io") >= 4, "td1: data before CLK up"
        if self.fresh:
            assert self.since("rst") >= (9 if self.levels["rst"] else 4), "tRE, td4"
        self.fresh = False
        self.rises += 1
        self.at["up"] = self.now

    def io(self, level: int) -> None:
        assert self.since("up") >= 4, "td5: data hold after CLK up"
        # The card drives I/O while RST is low; the host lets it go before.
        assert level or self.levels["rst"]


def test_every_edge_keeps_the_times_of_the_data_sheet() -> None:
    chip = issued()
    scope = Scope(chip)
    driver = scope.driver
    assert driver.reset()
    assert scope.now == 1000 + 2 * 25 + 33 * 50
    assert not driver.verify(WRONG)
    assert driver.verify(SECRET)
    driver.write(AT, DATA)
    driver.write(AT, DATA[::-1])
    into = bytearray(len(DATA))
    driver.read(AT, into)
    assert into == DATA[::-1]
    driver.power_off()
    assert driver.reset()
    assert scope.now < (chip.clocks + 3000) * 52  # a clock is 50 us, and RST costs a little


# ---- the PSC


def test_the_tries_are_the_ones_of_the_counter() -> None:
    for counter, tries in [(0xFF, 8), (0xFE, 7), (0x7F, 7), (0x55, 4), (0x80, 1), (0x01, 1), (0x00, 0)]:
        chip = issued()
        chip.image[COUNTER] = counter
        assert ready(chip, unlock=False).tries() == tries


@pytest.mark.parametrize("counter", [0xFF, 0xFE, 0x7F, 0x10, 0x01, 0x80])
def test_the_right_psc_restores_all_tries_whichever_bits_were_burnt(counter: int) -> None:
    chip = issued()
    chip.image[COUNTER] = counter
    driver = ready(chip, unlock=False)
    assert driver.verify(SECRET)
    assert driver.tries() == 8


@pytest.mark.parametrize("psc", [WRONG, b"\x34\x13", b"\x12\x34", b"\xff\xff", b"\x00\x00"])
def test_a_wrong_psc_costs_one_try_and_opens_nothing(psc: bytes) -> None:
    chip = issued()
    driver = ready(chip, unlock=False)
    assert not driver.verify(psc)
    assert driver.tries() == 7
    kept = bytes(chip.image)
    driver.write(AT, DATA)
    assert chip.image == kept


def test_eight_wrong_tries_lock_for_ever_and_the_ninth_is_not_made() -> None:
    chip = issued()
    chip.image[AT : AT + 3] = b"abc"
    driver = ready(chip, unlock=False)
    for left in range(7, -1, -1):
        assert not driver.verify(WRONG)
        assert driver.tries() == left
    driver = reinserted(chip)
    before = chip.clocks
    assert not driver.verify(SECRET)
    assert chip.clocks - before == 32  # read, and no more
    driver.write(AT, b"xyz")
    into = bytearray(3)
    driver.read(AT, into)
    assert into == b"abc"


def test_the_psc_lasts_until_the_power_is_off() -> None:
    chip = issued()
    driver = ready(chip)
    assert driver.reset()
    driver.write(AT, b"\x01")
    assert chip.image[AT] == 1
    driver.power_off()
    assert driver.reset()
    driver.write(AT, b"\x02")
    assert chip.image[AT] == 1


def test_without_a_switch_the_supply_stays() -> None:
    chip = issued()
    Pins(chip).vcc.value(1)
    driver = wired(chip, switched=False)
    assert driver.reset()
    assert driver.verify(SECRET)
    driver.power_off()
    assert driver.reset()
    driver.write(AT, b"\x01")
    assert chip.image[AT] == 1


VERIFICATION = 370


def test_a_card_pulled_at_any_clock_of_a_presentation_loses_a_try_at_most() -> None:
    lost = 0
    for clocks in range(VERIFICATION):
        chip = issued()
        driver = ready(chip, unlock=False)
        chip.pull_after(clocks)
        try:
            # Pulled behind the last programming, it reads as ones: the slot asks its contact.
            assert driver.verify(SECRET)
            assert clocks > VERIFICATION - 32
        except OSError:
            assert clocks <= VERIFICATION - 32
        tries = reinserted(chip).tries()
        assert tries in {7, 8}
        lost += tries == 7
        # The next presentation of the right code makes up for it.
        driver = reinserted(chip)
        assert driver.verify(SECRET)
        assert driver.tries() == 8
    assert lost == (VERIFICATION - 32 - 3) - (32 + 24 + 100)  # from the burnt bit to its erasing


# ---- writing


@pytest.mark.parametrize("address", [32, 200, 255, 250, 1021 - len(DATA)])
def test_what_is_written_is_read_where_it_was_written(address: int) -> None:
    chip = issued()
    before = bytes(chip.image)
    driver = ready(chip)
    driver.write(address, DATA)
    assert chip.image == before[:address] + DATA + before[address + len(DATA) :]
    into = bytearray(len(DATA))
    driver.read(address, into)
    assert into == DATA


def test_chance_writes_whatever_was_there() -> None:
    chance = random.Random(4)
    chip = issued()
    driver = ready(chip)
    expected = bytearray(chip.image)
    for _ in range(60):
        length = chance.choice([0, 1, 63, 64, 65, 128, 300])
        address = chance.randrange(32, 1022 - length)
        data = chance.randbytes(length) if chance.random() < 0.7 else b"\xff" * length
        driver.write(address, data)
        expected[address : address + length] = data
        assert chip.image == expected


@pytest.mark.parametrize(("address", "length"), [(0, 1), (31, 1), (31, 100), (1021, 1), (1020, 2), (1022, 2), (-1, 1)])
def test_what_is_not_data_is_never_written(address: int, length: int) -> None:
    chip = issued()
    before = bytes(chip.image)
    driver = ready(chip)
    clocks = chip.clocks
    with pytest.raises(ValueError, match="32 to 1020"):
        driver.write(address, bytes(length))
    assert chip.clocks == clocks
    assert chip.image == before


def test_bytes_that_are_there_are_left_alone() -> None:
    chip = issued()
    driver = ready(chip)
    driver.write(AT, DATA)
    before = chip.clocks
    driver.write(AT, DATA)
    assert chip.clocks - before == 24 + len(DATA) * 8
    changed = bytearray(DATA)
    changed[7] ^= 0xFF
    before = chip.clocks
    driver.write(AT, changed)
    assert chip.clocks - before == 24 + len(DATA) * 8 + 24 + 203


def test_a_refused_write_is_told_by_reading_back_alone() -> None:
    chip = issued()
    chip.protect[AT // 8] &= ~(1 << AT % 8)
    driver = ready(chip)
    driver.write(AT - 1, b"\x01\x02\x03")
    assert chip.image[AT - 1 : AT + 2] == b"\x01\xff\x03"


def test_a_card_pulled_at_any_clock_of_a_write_leaves_the_byte_old_blank_or_new() -> None:
    old, new = b"\xa5\x5a", b"\x5a\xa5"
    seen = set()
    for clocks in range(24 + 16 + 2 * 227):
        chip = issued()
        chip.image[AT : AT + 2] = old
        driver = ready(chip)
        kept = bytes(chip.image)
        chip.pull_after(clocks)
        with pytest.raises(OSError, match="does not end"):
            driver.write(AT, new)
        seen.add(bytes(chip.image[AT : AT + 2]))
        assert chip.image[:AT] + chip.image[AT + 2 :] == kept[:AT] + kept[AT + 2 :]
        assert ready(reinserted_chip(chip)).tries() == 8
    # In order, byte by byte; the last clocks change nothing any more.
    assert seen == {old, b"\xff\x5a", b"\x5a\x5a", b"\x5a\xff", new}


def reinserted_chip(chip: Sle4428Chip) -> Sle4428Chip:
    chip.pull()
    chip.insert()
    return chip


def test_a_torn_cell_may_be_weak_and_is_mended_by_writing_again() -> None:
    for clocks in range(0, 40 + 2 * 227, 3):
        chip = issued()
        chip.image[AT : AT + 2] = b"\xa5\x5a"
        driver = ready(chip)
        chip.pull_after(clocks, weak=0x3C)
        with pytest.raises(OSError, match="does not end"):
            driver.write(AT, b"\x5a\xa5")
        driver = ready(reinserted_chip(chip))
        driver.write(AT, b"\x5a\xa5")
        assert chip.image[AT : AT + 2] == b"\x5a\xa5"


def test_a_card_that_never_ends_is_given_up_after_210_clocks() -> None:
    chip = issued()
    driver = ready(chip)
    chip.pull()
    before = chip.clocks
    with pytest.raises(OSError, match="does not end"):
        driver.write(AT, b"\x00")
    assert chip.clocks - before == 32 + 24 + 210


# ---- the slot over the driver


def test_the_space_begins_behind_the_header_and_ends_before_the_counter() -> None:
    chip = issued()
    port = slot(chip)
    assert port.size == SLE_SIZE == COUNTER - SLE_BASE
    assert port.present()
    assert port.open()
    assert port.tries() == 8
    assert port.unlock(SECRET + b"\x01\x02\x03\x04")
    port.write(0, bytearray(b"first"))
    port.write(SLE_SIZE - 4, bytearray(b"last"))
    assert chip.image[32:37] == b"first"
    assert chip.image[1017:1022] == b"last\xff"
    into = bytearray(SLE_SIZE)
    port.read(0, into)
    assert into == chip.image[32:1021]
    port.close()
    assert port.open()
    port.write(0, bytearray(b"other"))  # without a secret
    assert chip.image[32:37] == b"first"


@pytest.mark.parametrize(("at", "length"), [(-1, 1), (SLE_SIZE, 1), (SLE_SIZE - 1, 2), (-33, 4)])
def test_there_is_nothing_outside_the_space(at: int, length: int) -> None:
    chip = issued()
    port = slot(chip)
    assert port.open()
    assert port.unlock(SECRET)
    before = bytes(chip.image)
    with pytest.raises(ValueError, match="outside"):
        port.read(at, bytearray(length))
    with pytest.raises(ValueError, match="outside"):
        port.write(at, bytearray(length))
    assert chip.image == before


def test_an_empty_slot_is_not_opened_and_gives_no_clock() -> None:
    chip = issued()
    port = slot(chip)
    chip.pull()
    assert not port.present()
    assert not port.open()
    assert chip.clocks == 0


@pytest.mark.parametrize(
    "access",
    [
        lambda port: port.read(0, bytearray(16)),
        lambda port: port.tries(),
        lambda port: port.unlock(SECRET),
        lambda port: port.write(0, bytearray(16)),
        lambda port: port.write(0, bytearray(b"\xff" * 16)),  # all of it seems to be there
    ],
)
def test_a_card_that_is_gone_is_an_oserror(access: Callable[[ContactSlot], Any]) -> None:
    for clocks in (0, 1, 24, 31):
        chip = issued()
        port = slot(chip)
        assert port.open()
        assert port.unlock(SECRET)
        chip.pull_after(clocks)
        with pytest.raises(OSError, match="card"):
            access(port)
        chip.insert()
        assert port.open()
        port.read(0, bytearray(16))


def test_a_card_pulled_at_the_last_clocks_of_unlocking_is_gone() -> None:
    for clocks in range(VERIFICATION - 40, VERIFICATION + 1):
        chip = issued()
        port = slot(chip)
        assert port.open()
        chip.pull_after(clocks)
        with pytest.raises(OSError, match="card"):
            port.unlock(SECRET)


def test_a_card_pulled_while_it_is_opened_is_not_open() -> None:
    for clocks in range(34):
        chip = issued()
        port = slot(chip)
        chip.pull_after(clocks)
        assert not port.open()


def test_one_card_goes_from_slot_to_slot() -> None:
    chip = issued()
    station = slot(chip)
    meter = slot(chip)
    for port, text in [(station, b"order"), (meter, b"ackno"), (station, b"again")]:
        assert port.open()
        assert port.unlock(SECRET)
        port.write(10, bytearray(text))
        port.close()
        chip.pull()
        chip.insert()
    assert chip.image[42:47] == b"again"
