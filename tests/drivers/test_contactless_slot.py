# SPDX-License-Identifier: Apache-2.0
"""The contactless slot over the reader's driver, the models of both chips, and a plain array of bytes beside them."""

import errno

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groschen.drivers.mfrc522 import Mfrc522 as Driver
from groschen.slots.contactless import ContactlessSlot
from groschencard.chips import MIFARE_SIZE, mifare_block
from groschencard.mifare_format import mifare_trailer
from groschensim.models.mfrc522 import CLOCK_HZ, ETU, Mfrc522, SimSelect, SimSpi, answer_etus, sent_etus
from groschensim.models.mifare import DELAY, ERASED, GARBAGE, NEW, OLD, PROGRAMMING, MifareClassic1K, blank_image

UID = b"\xc1\x23\x45\x67"
SECRET = b"\xb0\xb1\xb2\xb3\xb4\xb5"
WRONG = b"\xb0\xb1\xb2\xb3\xb4\xb4"
BLOCKS = [block for block in range(64) if block and block % 4 != 3]


def formatted(secret: bytes = SECRET, uid: bytes = UID) -> bytearray:
    """Return a card's memory as the station formats it."""
    image = blank_image(uid)
    for sector in range(16):
        image[sector * 64 + 48 : sector * 64 + 64] = mifare_trailer(secret)
    return image


def space(image: bytearray) -> bytes:
    return b"".join(image[block * 16 : block * 16 + 16] for block in BLOCKS)


def fill(image: bytearray, content: bytes) -> None:
    for index, block in enumerate(BLOCKS):
        image[block * 16 : block * 16 + 16] = content[index * 16 :][:16]


PATTERN = bytes(at * 7 + at // 256 & 0xFF for at in range(MIFARE_SIZE))


class Bench:
    """A slot, and what it is made of."""

    def __init__(self, *cards: MifareClassic1K, spi_hz: int = 200_000) -> None:
        self.chip = Mfrc522(*cards, spi_hz=spi_hz)
        self.select = SimSelect(self.chip)
        driver = Driver(SimSpi(self.chip), self.select)
        driver.reset()
        self.slot = ContactlessSlot(driver)


def opened(card: MifareClassic1K, unlock: bool = True) -> ContactlessSlot:
    slot = Bench(card).slot
    assert slot.open()
    if unlock:
        assert slot.unlock(SECRET)
    return slot


def all_of(slot: ContactlessSlot) -> bytes:
    into = bytearray(slot.size)
    slot.read(0, into)
    return bytes(into)


def test_the_space_is_the_data_blocks_in_order() -> None:
    assert [mifare_block(index) for index in range(47)] == BLOCKS
    assert len(BLOCKS) * 16 == MIFARE_SIZE == ContactlessSlot(Bench().slot._reader).size
    image = formatted()
    fill(image, PATTERN)
    slot = opened(MifareClassic1K(image), unlock=False)
    assert all_of(slot) == PATTERN


@pytest.mark.parametrize(("at", "length"), [(0, 0), (0, 1), (15, 2), (31, 1), (16, 16), (40, 100), (751, 1), (700, 52)])
def test_any_range_is_read_and_written(at: int, length: int) -> None:
    image = formatted()
    fill(image, PATTERN)
    card = MifareClassic1K(image)
    slot = opened(card)
    into = bytearray(length)
    slot.read(at, into)
    assert into == PATTERN[at : at + length]
    slot.write(at, bytearray(b"\xee" * length))
    expected = PATTERN[:at] + b"\xee" * length + PATTERN[at + length :]
    assert space(card.image) == expected
    again = formatted()
    fill(again, expected)
    assert card.image == again  # no other byte of the card


@pytest.mark.parametrize(("at", "length"), [(-1, 1), (752, 1), (750, 3)])
def test_beyond_the_space_is_refused(at: int, length: int) -> None:
    card = MifareClassic1K(formatted())
    slot = opened(card)
    with pytest.raises(ValueError, match="space"):
        slot.read(at, bytearray(length))
    with pytest.raises(ValueError, match="space"):
        slot.write(at, bytearray(length))
    assert card.image == formatted()


WRITES = st.integers(0, MIFARE_SIZE).flatmap(
    lambda at: st.tuples(st.just(at), st.binary(max_size=min(130, MIFARE_SIZE - at)))
)


@given(writes=st.lists(WRITES, max_size=6), asks=st.lists(st.booleans(), min_size=6, max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_after_any_writes_the_card_holds_what_an_array_of_bytes_holds(
    writes: list[tuple[int, bytes]], asks: list[bool]
) -> None:
    model = bytearray(MIFARE_SIZE)
    card = MifareClassic1K(formatted())
    slot = opened(card)
    for (at, data), ask in zip(writes, asks, strict=False):
        slot.write(at, bytearray(data))
        model[at : at + len(data)] = data
        if ask:  # presence may be asked at any time
            assert slot.present()
        back = bytearray(len(data))
        slot.read(at, back)
        assert back == data
    assert space(card.image) == model
    slot.close()
    assert slot.open()
    assert all_of(slot) == model


def test_blocks_that_hold_their_bytes_are_not_written() -> None:
    class Counting(MifareClassic1K):
        written: tuple[int, ...] = ()

        def answer(self, frame: bytes, bits: int, encrypted: bool) -> tuple[bytes, int]:
            if frame[0] == 0xA0 and len(frame) == 4:
                self.written = (*self.written, frame[1])
            return super().answer(frame, bits, encrypted)

    image = formatted()
    fill(image, PATTERN)
    card = Counting(image)
    slot = opened(card)
    data = bytearray(PATTERN[20:120])
    slot.write(20, data)
    assert not card.written
    data[50] ^= 1
    data[99] ^= 1
    slot.write(20, data)
    assert sorted(card.written) == [BLOCKS[70 // 16], BLOCKS[119 // 16]]
    assert space(card.image)[20:120] == data


def test_a_wrong_secret_unlocks_nothing_and_costs_nothing() -> None:
    card = MifareClassic1K(formatted())
    slot = opened(card, unlock=False)
    for _ in range(20):
        assert not slot.unlock(WRONG)
        assert slot.tries() == 8
    assert all_of(slot) == bytes(MIFARE_SIZE)  # reads go on with key A
    with pytest.raises(OSError, match="not unlocked") as caught:
        slot.write(0, bytearray(16))
    assert caught.value.errno == errno.EACCES
    assert slot.unlock(SECRET)
    slot.write(0, bytearray(b"\x01" * 16))
    assert card.image[16:32] == b"\x01" * 16
    assert not slot.unlock(WRONG)
    with pytest.raises(OSError, match="not unlocked"):
        slot.write(0, bytearray(16))


def test_key_a_reads_and_does_not_write() -> None:
    card = MifareClassic1K(formatted())
    bench = Bench(card)
    assert bench.slot.open()
    assert all_of(bench.slot) == bytes(MIFARE_SIZE)
    with pytest.raises(OSError, match="refuses"):
        bench.slot._reader.write(62, bytearray(b"\x01" * 16))
    assert card.image == formatted()


def test_closing_forgets_the_secret() -> None:
    slot = opened(MifareClassic1K(formatted()))
    slot.close()
    assert slot.open()
    with pytest.raises(OSError, match="not unlocked"):
        slot.write(0, bytearray(1))


def test_a_field_without_a_card_is_empty() -> None:
    slot = Bench().slot
    assert not slot.present()
    assert not slot.open()
    slot.close()
    with pytest.raises(OSError, match="gone"):
        slot.read(0, bytearray(1))
    with pytest.raises(OSError, match="gone"):
        slot.unlock(SECRET)


def test_a_card_that_stays_is_present_and_one_that_left_is_not() -> None:
    card = MifareClassic1K(formatted())
    slot = opened(card)
    assert [slot.present() for _ in range(3)] == [True] * 3
    slot.close()
    assert slot.present()
    card.leave()
    assert not slot.present()
    card.enter()
    assert slot.present()


def test_a_dead_reader_is_an_empty_slot() -> None:
    class Dead(SimSpi):
        def write_readinto(self, data: object, into: bytearray | memoryview) -> None:
            for at in range(len(into)):
                into[at] = 0

    chip = Mfrc522()
    slot = ContactlessSlot(Driver(Dead(chip), SimSelect(chip)))
    assert not slot.present()
    assert not slot.open()


@pytest.mark.parametrize("sak", [0x00, 0x18, 0x20, 0x04, 0x09])
def test_another_kind_of_card_is_not_opened(sak: int) -> None:
    class Other(MifareClassic1K):
        def answer(self, frame: bytes, bits: int, encrypted: bool) -> tuple[bytes, int]:
            reply = super().answer(frame, bits, encrypted)
            return (framed_sak(sak), 24) if frame[:2] == b"\x93\x70" else reply

    assert not Bench(Other(formatted())).slot.open()


def framed_sak(sak: int) -> bytes:
    from groschensim.models.mifare import crc_a

    return bytes([sak]) + crc_a(bytes([sak]))


def test_a_card_that_not_everybody_may_read_is_not_opened() -> None:
    image = formatted()
    image[48:54] = b"\xa0\xa1\xa2\xa3\xa4\xa5"
    assert not Bench(MifareClassic1K(image)).slot.open()


def test_two_cards_in_the_field_are_none() -> None:
    slot = Bench(MifareClassic1K(formatted()), MifareClassic1K(formatted(uid=b"\x01\x02\x03\x04"))).slot
    assert slot.present()
    assert not slot.open()


def test_a_card_that_takes_anothers_place_is_not_written() -> None:
    first, second = MifareClassic1K(formatted()), MifareClassic1K(formatted(uid=b"\x01\x02\x03\x04"))
    second.leave()
    slot = Bench(first, second).slot
    assert slot.open()
    assert slot.unlock(SECRET)
    slot.write(0, bytearray(b"\x01" * 40))
    first.leave()
    second.enter()
    with pytest.raises(OSError, match="another"):
        slot.write(0, bytearray(b"\x02" * 40))
    with pytest.raises(OSError, match="another"):
        slot.read(0, bytearray(1))
    assert second.image == formatted(uid=b"\x01\x02\x03\x04")
    assert slot.open()  # a new session is another matter
    slot.read(0, bytearray(1))


def test_a_card_that_comes_back_is_gone_on_with() -> None:
    card = MifareClassic1K(formatted())
    slot = opened(card)
    slot.write(0, bytearray(b"\x01" * 40))
    card.leave()
    with pytest.raises(OSError, match="gone"):
        slot.write(0, bytearray(b"\x02" * 40))
    card.enter()
    slot.write(0, bytearray(b"\x02" * 40))
    assert space(card.image)[:40] == b"\x02" * 40


def test_one_frame_lost_to_noise_is_made_good_wherever_it_is() -> None:
    quiet = MifareClassic1K(formatted())
    slot = opened(quiet)
    begin = quiet.frames
    slot.write(40, bytearray(range(1, 101)))
    all_of(slot)
    frames = range(begin, quiet.frames)
    assert len(frames) > 80
    for frame in frames:
        card = MifareClassic1K(formatted(), noise=(frame,))
        slot = opened(card)
        slot.write(40, bytearray(range(1, 101)))
        assert all_of(slot) == space(quiet.image)
        assert card.image == quiet.image


def test_noise_does_not_make_a_right_secret_wrong() -> None:
    quiet = MifareClassic1K(formatted())
    opened(quiet, unlock=False)
    card = MifareClassic1K(formatted(), noise=(quiet.frames,))
    assert opened(card, unlock=False).unlock(SECRET)


@pytest.mark.parametrize("tear", [OLD, ERASED, GARBAGE, NEW])
def test_a_write_is_torn_in_one_block_at_most_at_whichever_byte_the_card_leaves(tear: int) -> None:
    old = bytes([0x11]) * MIFARE_SIZE
    at, data = 48, bytearray(range(0x80, 0x80 + 64))
    new = old[:at] + data + old[at + len(data) :]
    image = formatted()
    fill(image, old)
    quiet = MifareClassic1K(bytearray(image))
    slot = opened(quiet)
    begin = quiet.bytes
    slot.write(at, data)
    assert space(quiet.image) == new
    torn = set()
    for cut in range(begin, quiet.bytes):
        card = MifareClassic1K(bytearray(image), cut, tear)
        slot = opened(card)
        with pytest.raises(OSError, match=r"gone|answer"):
            slot.write(at, data)
        found = space(card.image)
        # Blocks are written in order: new ones, at most one of neither, old ones.
        same = 0
        while same < len(data) and found[: at + same + 16] == new[: at + same + 16]:
            same += 16
        if found[at + same : at + same + 16] != old[at + same : at + same + 16]:
            torn.add(found[at + same : at + same + 16])
            same += 16
        assert found[at + same :] == old[at + same :]
        # It comes back, and the same write makes it whole.
        card.cut = -1
        card.enter()
        slot.write(at, data)
        assert card.image == quiet.image
    assert len(torn) == {OLD: 0, ERASED: 1, GARBAGE: 4, NEW: 0}[tear]


def test_a_torn_block_takes_the_bytes_beside_the_range_with_it() -> None:
    # Why all records begin at multiples of sixteen.
    image = formatted()
    fill(image, PATTERN)
    quiet = MifareClassic1K(bytearray(image))
    opened(quiet).write(20, bytearray(b"\xee"))
    card = MifareClassic1K(bytearray(image), quiet.bytes - 1, ERASED)
    slot = opened(card)
    with pytest.raises(OSError, match="gone"):
        slot.write(20, bytearray(b"\xee"))
    assert space(card.image) == PATTERN[:16] + bytes(16) + PATTERN[32:]


def test_a_sector_with_another_key_is_an_oserror() -> None:
    image = formatted()
    image[5 * 64 + 48 : 5 * 64 + 64] = mifare_trailer(WRONG)
    card = MifareClassic1K(image)
    slot = opened(card)
    index = BLOCKS.index(20) * 16
    slot.write(index - 16, bytearray(b"\x01" * 16))
    with pytest.raises(OSError, match="does not open"):
        slot.write(index, bytearray(16))


# ---- how long it takes: the figures of SPEC.md


def us(etus: int, delays: int, programmings: int = 0) -> float:
    return (etus * ETU + delays * DELAY + programmings * PROGRAMMING) * 1e6 / CLOCK_HZ


SELECTION = us(
    sent_etus(1, 7) + answer_etus(16) + sent_etus(2, 0) + answer_etus(40) + sent_etus(9, 0) + answer_etus(24), 3
)
AUTHENTICATION = us(39 + 38 + 75 + 38, 3)
READ = us(sent_etus(4, 0) + answer_etus(144), 1)
WRITE = us(sent_etus(4, 0) + answer_etus(4) + sent_etus(18, 0) + answer_etus(4), 1, 1)


def test_reading_the_whole_card_takes_the_air_that_the_formula_says() -> None:
    bench = Bench(MifareClassic1K(formatted()), spi_hz=4_000_000)
    start, transfers, clocks = bench.chip.air, bench.select.transfers, bench.chip.clocks
    assert bench.slot.open()
    all_of(bench.slot)
    air = (bench.chip.air - start) * 1e6 / CLOCK_HZ
    assert air == pytest.approx(SELECTION + 16 * AUTHENTICATION + 47 * READ, abs=1)
    print(
        f"{air / 1000:.1f} ms of air, {bench.select.transfers - transfers} transfers, {clocks_ms(bench, clocks):.1f} ms"
    )
    assert 125_000 < air < 135_000


def test_rewriting_112_bytes_takes_the_air_that_the_formula_says() -> None:
    bench = Bench(MifareClassic1K(formatted()), spi_hz=4_000_000)
    assert bench.slot.open()
    assert bench.slot.unlock(SECRET)
    start, transfers, clocks = bench.chip.air, bench.select.transfers, bench.chip.clocks
    bench.slot.write(368, bytearray(range(1, 113)))  # the acknowledgement and 48 bytes of the report
    air = (bench.chip.air - start) * 1e6 / CLOCK_HZ
    # Seven blocks, 23 to 29 of the space, in three sectors.
    assert air == pytest.approx(3 * AUTHENTICATION + 7 * (READ + WRITE), abs=1)
    print(
        f"{air / 1000:.1f} ms of air, {bench.select.transfers - transfers} transfers, {clocks_ms(bench, clocks):.1f} ms"
    )
    assert 55_000 < air < 65_000


def clocks_ms(bench: Bench, since: int) -> float:
    return (bench.chip.clocks - since) * 1000 / CLOCK_HZ
