# SPDX-License-Identifier: Apache-2.0
"""The model of the MIFARE Classic 1K against the tables of its data sheet, frame by frame."""

import pytest

from groschencard.mifare_format import mifare_trailer
from groschensim.models.mifare import (
    ACK,
    ERASED,
    GARBAGE,
    NAK_CRC,
    NAK_INVALID,
    NEW,
    OLD,
    SIZE,
    MifareClassic1K,
    blank_image,
    conditions,
    crc_a,
)

UID = b"\xc1\x23\x45\x67"
KEY_A = b"\xa0\xa1\xa2\xa3\xa4\xa5"
KEY_B = b"\xb0\xb1\xb2\xb3\xb4\xb5"
SECTOR = 3
FIRST, TRAILER = SECTOR * 4, SECTOR * 4 + 3
CONTENT = bytes(range(0x30, 0x40))
KEYS = {"A": (0x60, KEY_A), "B": (0x61, KEY_B)}

# NXP MF1S50YYX_V1, table 8, as printed: C1 C2 C3, read, write.
DATA_TABLE = """
000 AB AB
010 AB -
100 AB B
110 AB B
001 AB -
011 B  B
101 B  -
111 -  -
"""
# Table 7: C1 C2 C3, key A write, access read, access write, key B read, key B write; key A is never read.
TRAILER_TABLE = """
000 A A  - A A
010 - A  - A -
100 B AB - - B
110 - AB - - -
001 A A  A A A
011 B AB B - B
101 - AB B - -
111 - AB - - -
"""
DATA_ROWS = [line.split() for line in DATA_TABLE.split("\n") if line]
TRAILER_ROWS = [line.split() for line in TRAILER_TABLE.split("\n") if line]
READABLE_B = {"000", "010", "001"}
"""The settings of a trailer in which key B can be read, and opens nothing (table 8, note 1)."""


def access_bytes(settings: list[str]) -> bytes:
    """Return bytes 6 to 9 for the settings of blocks 0 to 3, as figure 10 of the data sheet draws them, bit by bit."""
    c1, c2, c3 = ([int(setting[at]) for setting in settings] for at in range(3))

    def nibble(bits: list[int], inverted: bool = False) -> int:
        return sum((bit ^ inverted) << place for place, bit in enumerate(bits))

    return bytes(
        [
            nibble(c2, True) << 4 | nibble(c1, True),
            nibble(c1) << 4 | nibble(c3, True),
            nibble(c3) << 4 | nibble(c2),
            0x69,
        ]
    )


def framed(data: bytes) -> bytes:
    return data + crc_a(data)


def card(data: str = "000", trailer: str = "001") -> MifareClassic1K:
    """Return a card in the field, one sector of which has its own keys and settings."""
    image = blank_image(UID)
    for block in range(3):
        image[(FIRST + block) * 16 : (FIRST + block + 1) * 16] = CONTENT
    image[TRAILER * 16 : TRAILER * 16 + 16] = KEY_A + access_bytes([data] * 3 + [trailer]) + KEY_B
    made = MifareClassic1K(image)
    made.field(True)
    return made


def select(made: MifareClassic1K) -> None:
    assert made.answer(b"\x52", 7, False) == (b"\x04\x00", 16)
    identity, bits = made.answer(b"\x93\x20", 16, False)
    assert bits == 40
    assert made.answer(framed(b"\x93\x70" + identity), 72, False) == (framed(b"\x08"), 24)


def opened(made: MifareClassic1K, which: str, block: int = FIRST, encrypted: bool = False) -> bool:
    command, key = KEYS[which]
    return made.authenticate(command, block, key, UID, encrypted)


def send(made: MifareClassic1K, data: bytes, encrypted: bool = True) -> tuple[bytes, int]:
    frame = framed(data)
    return made.answer(frame, len(frame) * 8, encrypted)


def read(made: MifareClassic1K, block: int) -> bytes | None:
    reply, bits = send(made, bytes([0x30, block]))
    if bits == 4:
        assert reply[0] == NAK_INVALID
        return None
    assert bits == 18 * 8
    assert crc_a(reply[:16]) == reply[16:]
    return reply[:16]


def write(made: MifareClassic1K, block: int, data: bytes) -> bool:
    reply, bits = send(made, bytes([0xA0, block]))
    if (reply, bits) == (bytes([NAK_INVALID]), 4):
        return False
    assert (reply, bits) == (bytes([ACK]), 4)
    assert send(made, data) == (bytes([ACK]), 4)
    return True


def test_crc_a_is_that_of_the_standard() -> None:
    # ISO/IEC 14443-3, annex B: the two examples.
    assert crc_a(b"\x00\x00") == b"\xa0\x1e"
    assert crc_a(b"\x12\x34") == b"\x26\xcf"


def test_a_blank_card_is_in_transport_configuration() -> None:
    image = blank_image(UID)
    assert len(image) == SIZE
    assert image[:5] == UID + bytes([0xC1 ^ 0x23 ^ 0x45 ^ 0x67])
    for sector in range(16):
        assert image[sector * 64 + 48 :][:16].hex() == "ffffffffffff" + "ff078069" + "ffffffffffff"
        assert [conditions(image, sector * 4 + block) for block in range(4)] == [0b000] * 3 + [0b001]


def test_a_trailer_of_ours_says_what_it_should_in_the_encoding_of_the_data_sheet() -> None:
    trailer = mifare_trailer(KEY_B)
    assert trailer == b"\xff" * 6 + access_bytes(["100"] * 3 + ["011"]) + KEY_B
    image = blank_image(UID)
    image[48:64] = trailer
    assert [conditions(image, block) for block in range(4)] == [0b100] * 3 + [0b011]
    with pytest.raises(ValueError, match="six"):
        mifare_trailer(b"short")


def test_every_setting_of_every_block_is_read_as_it_was_encoded() -> None:
    image = blank_image(UID)
    for value in range(8**4):
        settings = [value >> 3 * block & 7 for block in range(4)]
        image[54:58] = access_bytes([f"{setting:03b}" for setting in settings])
        assert [conditions(image, block) for block in range(4)] == settings


@pytest.mark.parametrize(("bits", "reads", "writes"), DATA_ROWS)
@pytest.mark.parametrize("trailer", [row[0] for row in TRAILER_ROWS])
@pytest.mark.parametrize("which", ["A", "B"])
def test_a_data_block_allows_what_the_table_says(bits: str, reads: str, writes: str, trailer: str, which: str) -> None:
    made = card(bits, trailer)
    useless = which == "B" and trailer in READABLE_B
    for block in range(FIRST, FIRST + 3):
        select(made)
        assert opened(made, which)
        assert (read(made, block) == CONTENT) == (which in reads and not useless)
        made.field(False)
        made.field(True)
        select(made)
        assert opened(made, which)
        new = bytes([block]) * 16
        allowed = which in writes and not useless
        assert write(made, block, new) == allowed
        assert made.image[block * 16 : block * 16 + 16] == (new if allowed else CONTENT)
        made.field(False)
        made.field(True)


@pytest.mark.parametrize(
    ("bits", "a_write", "access_read", "access_write", "b_read", "b_write"), TRAILER_ROWS, ids=lambda text: text
)
@pytest.mark.parametrize("which", ["A", "B"])
def test_a_trailer_allows_what_the_table_says(
    bits: str, a_write: str, access_read: str, access_write: str, b_read: str, b_write: str, which: str
) -> None:
    made = card("000", bits)
    useless = which == "B" and bits in READABLE_B
    was = bytes(made.image[TRAILER * 16 : TRAILER * 16 + 16])
    select(made)
    assert opened(made, which)
    seen = read(made, TRAILER)
    if useless or which not in access_read:
        assert seen is None
    else:
        assert seen == bytes(6) + was[6:10] + (KEY_B if which in b_read else bytes(6))
    made.field(False)
    made.field(True)
    select(made)
    assert opened(made, which)
    new = b"\x11" * 6 + access_bytes(["100"] * 3 + ["011"]) + b"\x22" * 6
    rights = [not useless and which in keys for keys in (a_write, access_write, b_write)]
    assert write(made, TRAILER, new) == any(rights)
    expected = b"".join(
        (new if right else was)[part]
        for right, part in zip(rights, (slice(6), slice(6, 10), slice(10, 16)), strict=True)
    )
    assert made.image[TRAILER * 16 : TRAILER * 16 + 16] == expected


def test_block_0_is_read_and_never_written() -> None:
    made = MifareClassic1K(blank_image(UID))
    made.field(True)
    select(made)
    assert made.authenticate(0x60, 0, b"\xff" * 6, UID, False)
    assert read(made, 0) == bytes(made.image[:16])
    assert not write(made, 0, bytes(16))
    assert made.image == blank_image(UID)


@pytest.mark.parametrize("flip", range(24))
def test_access_bits_that_disagree_with_their_inverses_block_the_sector_and_no_other(flip: int) -> None:
    made = card()
    made.image[TRAILER * 16 + 6 + flip // 8] ^= 1 << flip % 8
    select(made)
    assert not opened(made, "A")
    select(made)
    assert made.authenticate(0x60, FIRST + 4, b"\xff" * 6, UID, False)
    assert read(made, FIRST + 4) == bytes(16)


def test_a_sector_is_blocked_for_ever_by_writing_bad_access_bits_into_its_trailer() -> None:
    made = card("000", "001")
    select(made)
    assert opened(made, "A")
    assert write(made, TRAILER, KEY_A + bytes(4) + KEY_B)
    assert read(made, FIRST) is None
    select(made)
    assert not opened(made, "A")


@pytest.mark.parametrize(("command", "key"), [(0x60, KEY_B), (0x61, KEY_A), (0x62, KEY_A)])
def test_a_wrong_key_sends_the_card_back_to_the_start(command: int, key: bytes) -> None:
    made = card()
    select(made)
    assert not made.authenticate(command, FIRST, key, UID, False)
    assert send(made, bytes([0x30, FIRST]), False) == (b"", 0)
    select(made)
    assert opened(made, "A")


def test_an_authentication_needs_the_selected_cards_uid() -> None:
    made = card()
    select(made)
    assert not made.authenticate(0x60, FIRST, KEY_A, b"\0\0\0\0", False)
    assert not opened(made, "A")  # not selected any more


def test_an_open_sector_opens_no_other_and_another_is_opened_from_it() -> None:
    made = card()
    select(made)
    assert opened(made, "A")
    assert read(made, FIRST + 4) is None
    select(made)
    assert opened(made, "A")
    assert made.authenticate(0x60, 0, b"\xff" * 6, UID, True)
    assert read(made, 1) == bytes(16)
    assert opened(made, "A", encrypted=True)
    assert read(made, FIRST) == CONTENT


@pytest.mark.parametrize(("opens", "encrypted"), [(True, False), (False, True)])
def test_a_frame_that_is_encrypted_where_it_should_not_be_is_noise(opens: bool, encrypted: bool) -> None:
    made = card()
    select(made)
    if opens:
        assert opened(made, "A")
    assert send(made, bytes([0x30, FIRST]), encrypted) == (b"", 0)
    assert send(made, bytes([0x30, FIRST]), not encrypted) == (b"", 0)
    select(made)


@pytest.mark.parametrize(
    "data", [b"\x30\x40", b"\x30", b"\xc0\x0c", b"\xc1\x0c", b"\xc2\x0c", b"\xb0\x0c", b"\x1b\x00"]
)
def test_what_the_card_does_not_know_is_refused_and_ends_the_session(data: bytes) -> None:
    made = card()
    select(made)
    assert opened(made, "A")
    assert send(made, data) == (bytes([NAK_INVALID]), 4)
    assert send(made, bytes([0x30, FIRST])) == (b"", 0)


def test_nothing_is_read_before_a_sector_is_open() -> None:
    made = card()
    select(made)
    assert send(made, bytes([0x30, FIRST]), False) == (bytes([NAK_INVALID]), 4)


def test_a_wrong_crc_is_refused_at_each_step() -> None:
    made = card()
    select(made)
    assert opened(made, "A")
    assert made.answer(b"\x30\x0c\x00\x00", 32, True) == (bytes([NAK_CRC]), 4)
    select(made)
    assert opened(made, "A")
    assert send(made, bytes([0xA0, FIRST])) == (bytes([ACK]), 4)
    assert made.answer(bytes(18), 144, True) == (bytes([NAK_CRC]), 4)
    assert made.image[FIRST * 16 :][:16] == CONTENT


@pytest.mark.parametrize("length", [1, 15, 17])
def test_a_write_takes_sixteen_bytes(length: int) -> None:
    made = card()
    select(made)
    assert opened(made, "A")
    assert send(made, bytes([0xA0, FIRST])) == (bytes([ACK]), 4)
    assert send(made, bytes(length)) == (bytes([NAK_INVALID]), 4)
    assert made.image[FIRST * 16 :][:16] == CONTENT


def test_a_halted_card_answers_a_wake_up_alone_and_falls_back_to_sleep() -> None:
    made = card()
    select(made)
    assert send(made, b"\x50\x00", False) == (b"", 0)
    assert made.answer(b"\x26", 7, False) == (b"", 0)
    assert made.answer(b"\x52", 7, False) == (b"\x04\x00", 16)
    assert made.answer(b"\x93\x50", 16, False) == (b"", 0)  # no command: back to sleep
    assert made.answer(b"\x26", 7, False) == (b"", 0)
    select(made)
    made.field(False)
    made.field(True)
    assert made.answer(b"\x26", 7, False) == (b"\x04\x00", 16)  # power makes it forget


def test_a_card_without_a_field_or_out_of_it_is_silent() -> None:
    made = MifareClassic1K(blank_image(UID))
    assert made.answer(b"\x52", 7, False) == (b"", 0)
    made.field(True)
    select(made)
    made.leave()
    assert made.answer(b"\x52", 7, False) == (b"", 0)
    assert not made.authenticate(0x60, 0, b"\xff" * 6, UID, False)
    made.enter()
    assert send(made, b"\x30\x00", False) == (b"", 0)
    select(made)


@pytest.mark.parametrize("tear", [OLD, ERASED, GARBAGE, NEW])
@pytest.mark.parametrize("step", range(24))
def test_a_write_that_the_field_does_not_outlast_leaves_what_the_tear_says(tear: int, step: int) -> None:
    made = card()
    select(made)
    assert opened(made, "A")
    new = bytes(range(0x80, 0x90))
    made.tear = tear
    made.cut = made.bytes + step
    send(made, bytes([0xA0, FIRST]))
    reply = send(made, new)
    assert made.gone
    assert reply == (b"", 0)
    found = bytes(made.image[FIRST * 16 :][:16])
    # 4 bytes of command, 1 of acknowledgement, 18 of data: from the last of them on the block is being programmed.
    if step < 23:
        assert found == CONTENT
    else:
        assert (found == CONTENT) == (tear == OLD)
        assert (found == new) == (tear == NEW)
        assert (found == bytes(16)) == (tear == ERASED)
    made.image[FIRST * 16 : FIRST * 16 + 16] = CONTENT
    assert made.image == card().image


def test_an_acknowledged_write_stays() -> None:
    made = card()
    select(made)
    assert opened(made, "A")
    made.cut = made.bytes + 24
    assert write(made, FIRST, bytes(16))
    assert made.image[FIRST * 16 :][:16] == bytes(16)
    assert send(made, bytes([0x30, FIRST])) == (b"", 0)
    assert made.gone


def test_the_reader_hears_the_beginning_of_an_answer_that_is_cut() -> None:
    for step in range(1, 18):
        made = card()
        select(made)
        assert opened(made, "A")
        made.cut = made.bytes + 4 + step
        assert send(made, bytes([0x30, FIRST])) == ((CONTENT + crc_a(CONTENT))[:step], step * 8)
        assert made.gone


@pytest.mark.parametrize("step", range(20))
def test_an_authentication_takes_twenty_bytes(step: int) -> None:
    made = card()
    select(made)
    made.cut = made.bytes + step
    assert not opened(made, "A")
    assert made.gone
