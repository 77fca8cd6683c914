# SPDX-License-Identifier: Apache-2.0
"""The station's readers without PC/SC: dialects, card spaces, the virtual reader; thousands of cases in this process.

The readers' own side is that of tests/host/pcsc: manuals' commands over the meter's driver and the simulator's chips.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groschencard import chips
from groschencard.mifare_format import mifare_trailer
from groschenhost.readers import dialects, open_reader, virtual
from groschenhost.readers.acs import AcsSle
from groschenhost.readers.chip import SHOP, CardChip
from groschenhost.readers.connection import (
    Answer,
    BadImage,
    CardRemoved,
    Connection,
    ForbiddenAddress,
    Locked,
    NoCard,
    NoReader,
    NoService,
    NotAllowed,
    OutcomeUnknown,
    PyscardMissing,
    ReaderError,
    ReaderHung,
    Refused,
    ServiceGone,
    SharingViolation,
    UnknownCard,
    WriteNotStuck,
    WrongPsc,
)
from groschenhost.readers.mifare import DATA_BLOCKS, Mifare1K, Part3Mifare
from groschenhost.readers.omnikey import OmnikeySle
from groschenhost.readers.sle4428 import Sle4428, SleCommands
from groschenhost.readers.virtual import ImageFile, VirtualMifare, VirtualSle
from groschenhost.readers.watchdog import Watchdog
from groschensim.models import mifare as mifare_model
from groschensim.models import sle4428 as sle_model
from groschensim.models.mifare import MifareClassic1K
from groschensim.models.sle4428 import Sle4428Chip
from tests.host.pcsc.emulation import Acr38, Acs, Local, Omnikey, Part3, Reader, SleReader

SECRET = bytes.fromhex("A1 B2 C3 D4 E5 F6")
OTHER = bytes.fromhex("01 FF 03 04 05 06")
SECRETS = (SHOP, SECRET, OTHER)
COUNTER = 1021
UID = b"\xc1\x23\x45\x67"

SLE: dict[str, tuple[type[SleReader], Callable[[Connection], SleCommands]]] = {
    "acs": (Acs, AcsSle),
    "acr38": (Acr38, AcsSle),
    "omnikey": (Omnikey, OmnikeySle),
}


class Memory(ImageFile):
    """An image that is no file."""

    def __init__(self, data: bytes | bytearray) -> None:
        self.data = bytearray(data)

    def save(self) -> None:
        pass

    def close(self) -> None:
        pass


class Slot:
    """A card that can be taken out and put in again, and what opens it."""

    def __init__(self, open_it: Callable[[], CardChip], image: bytearray) -> None:
        self.open_it = open_it
        self.image = image
        self.chip = open_it()

    def reinsert(self) -> None:
        self.chip.close()
        self.chip = self.open_it()


def sle_slot(kind: str, image: bytes) -> tuple[Slot, list[bytes]]:
    emulation, commands = SLE[kind]
    reader = emulation(Sle4428Chip(bytearray(image)))
    connection = Local(reader)

    def open_it() -> CardChip:
        reader.power(on=True)
        return Sle4428(commands(connection))

    return Slot(open_it, reader.image), connection.sent


def mifare_slot(image: bytes | bytearray) -> tuple[Slot, list[bytes]]:
    reader = Part3(MifareClassic1K(bytearray(image)))
    connection = Local(reader)

    def open_it() -> CardChip:
        reader.power(on=True)
        return Mifare1K(Part3Mifare(connection))

    return Slot(open_it, reader.image), connection.sent


def virtual_slot(image: bytes | bytearray) -> Slot:
    memory = Memory(image)
    if image.startswith(b"\x92\x23"):
        return Slot(lambda: Sle4428(VirtualSle(memory)), memory.data)
    return Slot(lambda: Mifare1K(VirtualMifare(memory)), memory.data)


# What the station can do to a card: a name, and arguments that fit any space.
OPERATIONS = st.one_of(
    st.tuples(st.just("read"), st.integers(-3, 1030), st.integers(-1, 40)),
    st.tuples(st.just("write"), st.integers(-33, 1000), st.binary(max_size=20)),
    st.tuples(st.just("write"), st.sampled_from([0, 16, 700, 740, 980]), st.binary(min_size=1, max_size=12)),
    st.tuples(st.just("unlock"), st.sampled_from(SECRETS)),
    st.tuples(st.just("format"), st.sampled_from(SECRETS), st.sampled_from(SECRETS)),
    st.tuples(st.just("change_secret"), st.sampled_from(SECRETS)),
    st.tuples(st.just("tries")),
    st.tuples(st.just("reinsert")),
)


def outcome(slot: Slot, operation: tuple[Any, ...]) -> tuple[Any, ...]:
    """Do it, and tell what came of it in a way that two readers can be compared by."""
    name, *arguments = operation
    try:
        result = getattr(slot if name == "reinsert" else slot.chip, name)(*arguments)
    except WrongPsc as error:
        return type(error), error.left
    except WriteNotStuck as error:
        return WriteNotStuck, error.at, error.chip
    except (ReaderError, ValueError) as error:
        return (type(error),)
    return (result,)


@pytest.mark.parametrize("kind", ["acs", "acr38"])
@settings(max_examples=150)
@given(st.lists(OPERATIONS, max_size=14), st.sampled_from(SECRETS), st.sampled_from([0xFF, 0x07, 0x80, 0x01, 0x00]))
def test_the_virtual_reader_equals_the_chip_at_its_pins(
    kind: str, operations: list[tuple[Any, ...]], code: bytes, counter: int
) -> None:
    image = virtual.blank()[:COUNTER] + bytes([counter]) + code[:2]
    real, _ = sle_slot(kind, image)
    ours = virtual_slot(image)
    for operation in operations:
        assert outcome(ours, operation) == outcome(real, operation)
        assert ours.image == real.image
    assert ours.chip.image() == real.chip.image()


@settings(max_examples=100)
@given(st.lists(OPERATIONS, max_size=14), st.sampled_from(SECRETS), st.sampled_from([0xFF, 0x07, 0x80, 0x01, 0x00]))
def test_the_virtual_reader_equals_the_chip_behind_an_omnikey(
    operations: list[tuple[Any, ...]], code: bytes, counter: int
) -> None:
    image = virtual.blank()[:COUNTER] + bytes([counter]) + code[:2]
    real, _ = sle_slot("omnikey", image)
    ours = virtual_slot(image)
    for operation in operations:
        expected, found = outcome(ours, operation), outcome(real, operation)
        # This reader says what others keep to themselves: 69 82, there is no permission to write.
        assert found == expected or (operation[0] == "write" and found == (Refused,))
        assert ours.image == real.image


@settings(max_examples=200)
@given(st.lists(OPERATIONS, max_size=10), st.sampled_from(SECRETS))
def test_the_virtual_reader_equals_the_contactless_card(operations: list[tuple[Any, ...]], key_b: bytes) -> None:
    image = bytearray(virtual.blank("MIFARE Classic 1K", UID))
    if key_b != SHOP:
        for at in range(48, 1024, 64):
            image[at : at + 16] = mifare_trailer(key_b)
    real, _ = mifare_slot(image)
    ours = virtual_slot(image)
    for operation in operations:
        assert outcome(ours, operation) == outcome(real, operation)
        assert ours.image == real.image
    assert outcome(ours, ("image",)) == outcome(real, ("image",))


def is_harmless_sle(apdu: bytes) -> bool:
    """Tell whether a command of ours leaves bytes 0 to 31 and every protect bit alone."""
    at, length = apdu[2] << 8 | apdu[3], apdu[4]
    if apdu[1] in (0xD0, 0xD6):
        return (at >= 32 and at + length <= COUNTER) or (at == 1022 and length == 2)
    return apdu[1] in (0xA4, 0xB0, 0xB1, 0x20, 0x21)


def is_harmless_mifare(apdu: bytes) -> bool:
    if apdu[1] == 0xD6 and apdu[3] % 4 == 3:
        return apdu[5:] in [mifare_trailer(secret) for secret in SECRETS]
    return apdu[1] in (0x82, 0x86, 0xB0) or (apdu[1] == 0xD6 and apdu[3] in DATA_BLOCKS)


@pytest.mark.parametrize("kind", [*SLE, "mifare"])
@settings(max_examples=100)
@given(operations=st.lists(OPERATIONS, max_size=10))
def test_no_command_ever_writes_the_header_a_protect_bit_or_the_makers_block(
    kind: str, operations: list[tuple[Any, ...]]
) -> None:
    blank = virtual.blank("MIFARE Classic 1K", UID) if kind == "mifare" else virtual.blank()
    slot, sent = mifare_slot(blank) if kind == "mifare" else sle_slot(kind, blank)
    for operation in (("unlock", SHOP), *operations):
        outcome(slot, operation)
    assert all(map(is_harmless_mifare if kind == "mifare" else is_harmless_sle, sent))
    first = 16 if kind == "mifare" else 32
    assert slot.image[:first] == blank[:first]


@pytest.mark.parametrize("commands", [AcsSle, OmnikeySle])
@pytest.mark.parametrize(("address", "length"), [(0, 1), (31, 1), (31, 2), (1021, 1), (1020, 2), (1022, 2), (-1, 1)])
def test_a_dialect_itself_refuses_what_is_never_written(commands: Any, address: int, length: int) -> None:
    connection = Local(Acs(Sle4428Chip()))
    dialect = commands(connection)
    connection.sent.clear()
    with pytest.raises(ForbiddenAddress):
        dialect.write(address, bytes(length))
    assert connection.sent == []


@pytest.mark.parametrize("block", [0, 3, 63, 64, -1, 255])
def test_the_contactless_commands_themselves_refuse_what_is_never_written(block: int) -> None:
    connection = Local(Part3(MifareClassic1K(bytearray(1024))))
    with pytest.raises(ForbiddenAddress):
        Part3Mifare(connection).write(block, bytes(16))
    assert connection.sent == []


def test_the_geometry_is_that_of_the_card_format() -> None:
    assert (Sle4428.size, Mifare1K.size) == (chips.SLE_SIZE, chips.MIFARE_SIZE) == (989, 752)
    assert DATA_BLOCKS[:4] == (1, 2, 4, 5)
    assert DATA_BLOCKS[-1] == 62
    assert len(DATA_BLOCKS) == 47


def test_blank_images_are_those_of_the_models() -> None:
    assert virtual.blank() == sle_model.blank_image()
    ours, theirs = virtual.blank("MIFARE Classic 1K", UID), mifare_model.blank_image(UID)
    assert ours[:8] == theirs[:8]
    assert ours[16:] == theirs[16:]
    assert virtual.blank("MIFARE Classic 1K")[:4] != virtual.blank("MIFARE Classic 1K")[:4]


# ---- tears


def exchange(chip: CardChip, before: bytes) -> None:
    if before != SHOP:
        chip.unlock(before)
        chip.change_secret(SECRET)
    else:
        chip.format(SECRET)
    chip.write(0, b"data")


@pytest.mark.parametrize("before", [SHOP, OTHER])
def test_a_new_code_torn_at_any_clock_is_finished_at_the_next_insertion(before: bytes) -> None:
    image = virtual.blank()[:1022] + before[:2]

    def begin() -> tuple[Acs, Callable[[], CardChip]]:
        reader = Acs(Sle4428Chip(bytearray(image)))
        connection = Local(reader)
        return reader, lambda: Sle4428(AcsSle(connection))

    reader, opened = begin()
    start = reader.chip.clocks
    exchange(opened(), before)
    total = reader.chip.clocks - start
    codes: set[bytes] = set()
    for clocks in range(1, total):
        reader, opened = begin()
        reader.pull_after(clocks)
        with pytest.raises(CardRemoved):
            exchange(opened(), before)
        codes.add(bytes(reader.image[1022:]))
        assert reader.image[COUNTER].bit_count() >= 7
        reader.insert()
        reader.power(on=True)
        chip = opened()
        chip.format(SECRET, before)
        chip.write(0, b"data")
        assert reader.image[1022:] == SECRET[:2]
        assert reader.image[COUNTER] == 0xFF
    # All that a tear can leave: a byte is erased before it is written, unless it only loses bits.
    assert before[:2] in codes
    assert SECRET[:2] in codes
    assert len(codes) == (3 if before == SHOP else 4)


def test_looking_for_the_code_of_a_torn_card_leaves_three_tries() -> None:
    strange = virtual.blank()[:1022] + b"\x12\x34"
    slot, _ = sle_slot("acs", strange)
    for _ in range(9):
        with pytest.raises(WrongPsc, match=r"(noch )?\d (Versuche|tries left)"):
            slot.chip.format(SECRET, OTHER)
        slot.reinsert()
    assert slot.chip.tries() == 3
    slot.chip.unlock(b"\x12\x34" + SECRET[2:])
    slot.chip.change_secret(SECRET)
    assert slot.image[COUNTER:] == b"\xff" + SECRET[:2]


@pytest.mark.parametrize("before", [SHOP, OTHER])
def test_a_contactless_card_torn_at_any_byte_of_formatting_is_finished_at_the_next_insertion(before: bytes) -> None:
    image = bytearray(virtual.blank("MIFARE Classic 1K", UID))
    if before != SHOP:
        for at in range(48, 1024, 64):
            image[at : at + 16] = mifare_trailer(before)

    def begin() -> tuple[Part3, Local]:
        reader = Part3(MifareClassic1K(bytearray(image)))
        return reader, Local(reader)

    whole, connection = begin()
    start = whole.card.bytes
    Mifare1K(Part3Mifare(connection)).format(SECRET, before)
    done = bytes(whole.image)
    for count in range(1, whole.card.bytes - start, 7):
        reader, connection = begin()
        reader.pull_after(count)
        with pytest.raises(CardRemoved):
            Mifare1K(Part3Mifare(connection)).format(SECRET, before)
        reader.insert()
        reader.power(on=True)
        chip = Mifare1K(Part3Mifare(connection))
        chip.format(SECRET, before)
        assert reader.image == done


@settings(max_examples=300)
@given(
    at=st.integers(0, 900),
    old=st.binary(min_size=80, max_size=80),
    new=st.binary(min_size=1, max_size=80),
    clocks=st.integers(1, 20_000),
)
def test_a_torn_write_leaves_new_bytes_then_one_in_between_then_old_ones(
    at: int, old: bytes, new: bytes, clocks: int
) -> None:
    image = bytearray(virtual.blank())
    image[32 + at : 32 + at + 80] = old
    image[1022:] = SECRET[:2]
    reader = Acs(Sle4428Chip(image))
    chip = Sle4428(AcsSle(Local(reader)))
    chip.unlock(SECRET)
    reader.pull_after(clocks)
    with contextlib.suppress(CardRemoved):
        chip.write(at, new)
        assert chip.read(at, len(new)) == new
        return
    found = bytes(image[32 + at : 32 + at + 80])
    done = next((index for index in range(80) if found[index] != (new + old[len(new) :])[index]), 80)
    assert found[done + 1 :] == old[done + 1 :] or found[:done] == new[:done]
    assert done == 80 or found[done] in (0xFF, old[done])


# ---- answers


class Scripted:
    """A connection that gives the answers it was told to."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)

    def transmit(self, apdu: bytes) -> Answer:
        answer = self.answers.pop(0) if self.answers else b"\x6f\x00"
        return Answer(answer[:-2], answer[-2], answer[-1])

    def close(self) -> None:
        pass


HEADER = b"\x92\x23\x10\x91\x90\x00"
OK = b"\x90\x00"
EIGHT = b"\xff\x00\x00\x90\x00"


@pytest.mark.parametrize(
    ("answer", "error", "left"),
    [
        ("90 FF", None, None),
        ("90 00", Locked, 0),  # success everywhere else
        ("90 7F", WrongPsc, 7),
        ("90 01", WrongPsc, 1),
        ("90 80", WrongPsc, 1),  # whichever bits a reader burns, they are counted
        ("FF 12 34 90 00", None, None),  # an ACR38 of before
        ("FE 12 34 90 00", WrongPsc, 7),
        ("00 12 34 90 00", Locked, 0),
        ("63 00", Refused, None),
        ("6F 00", Refused, None),
    ],
)
def test_an_acs_answer_to_the_code_is_read_by_its_counter(answer: str, error: type | None, left: int | None) -> None:
    chip = Sle4428(AcsSle(Scripted(OK, HEADER, EIGHT, bytes.fromhex(answer))))
    if error is None:
        chip.unlock(SECRET)
        return
    with pytest.raises(error) as caught:
        chip.unlock(SECRET)
    assert type(caught.value) is error
    assert getattr(caught.value, "left", None) == left


@pytest.mark.parametrize(
    ("answer", "error", "left"),
    [
        ("90 00", None, None),
        ("63 C7", WrongPsc, 7),
        ("63 C1", WrongPsc, 1),
        ("63 C0", Locked, 0),
        ("69 83", Locked, 0),
        ("69 82", Refused, None),
        ("90 FF", Refused, None),  # the other dialect's success is none here
    ],
)
def test_an_omnikey_answer_to_the_code_is_read_by_its_status(answer: str, error: type | None, left: int | None) -> None:
    chip = Sle4428(OmnikeySle(Scripted(HEADER, b"\xff\x90\x00", bytes.fromhex(answer))))
    if error is None:
        chip.unlock(SECRET)
        return
    with pytest.raises(error) as caught:
        chip.unlock(SECRET)
    assert type(caught.value) is error
    assert getattr(caught.value, "left", None) == left


def test_no_code_is_presented_to_a_card_without_a_try_nor_twice_to_one_that_is_open() -> None:
    slot, sent = sle_slot("acs", virtual.blank()[:COUNTER] + b"\x00" + SECRET[:2])
    with pytest.raises(Locked):
        slot.chip.unlock(SECRET)
    assert not [apdu for apdu in sent if apdu[1] == 0x20]
    slot, sent = sle_slot("acs", virtual.blank()[:COUNTER] + b"\xff" + SECRET[:2])
    slot.chip.unlock(SECRET)
    slot.chip.unlock(SECRET)
    with pytest.raises(WrongPsc):
        slot.chip.unlock(OTHER)  # the chip would take it, for it is open
    assert len([apdu for apdu in sent if apdu[1] == 0x20]) == 1


ANSWERS = st.lists(st.binary(min_size=2, max_size=20) | st.sampled_from([OK, HEADER, EIGHT]), max_size=8)


@pytest.mark.parametrize("commands", [AcsSle, OmnikeySle])
@given(answers=ANSWERS, operations=st.lists(OPERATIONS, max_size=5))
def test_whatever_a_reader_answers_ends_in_an_error_of_ours(
    commands: Any, answers: list[bytes], operations: list[tuple[Any, ...]]
) -> None:
    try:
        chip = Sle4428(commands(Scripted(*answers)))
    except ReaderError:
        return
    slot = Slot(lambda: chip, bytearray())
    for operation in operations:
        outcome(slot, operation)


@given(answers=ANSWERS, operations=st.lists(OPERATIONS, max_size=5))
def test_whatever_a_contactless_reader_answers_ends_in_an_error_of_ours(
    answers: list[bytes], operations: list[tuple[Any, ...]]
) -> None:
    chip = Mifare1K(Part3Mifare(Scripted(*answers)))
    slot = Slot(lambda: chip, bytearray())
    for operation in operations:
        outcome(slot, operation)


@pytest.mark.parametrize("places", [((0x00, 0x00), (0x00, 0x01)), ((0x20, 0x00),), ((0x00, 0x20),)])
def test_a_key_is_loaded_where_the_reader_takes_one(places: tuple[tuple[int, int], ...]) -> None:
    reader = Part3(MifareClassic1K(bytearray(virtual.blank("MIFARE Classic 1K", UID))))
    reader.key_places = places
    chip = Mifare1K(Part3Mifare(Local(reader)))
    chip.format(SECRET)
    chip.write(0, b"data")
    assert chip.read(0, 4) == b"data"


def test_a_contactless_card_that_refuses_once_can_be_used_on() -> None:
    slot, _ = mifare_slot(bytes(virtual.blank("MIFARE Classic 1K", UID)))
    slot.chip.format(SECRET)
    slot.reinsert()
    with pytest.raises(Refused, match=r"answer 6300|Antwort 6300"):
        slot.chip.write(0, b"data")  # without the key
    assert slot.chip.read(0, 4) == bytes(4)
    slot.chip.unlock(SECRET)
    slot.chip.write(0, b"data")


# ---- which dialect


@pytest.mark.parametrize(
    ("name", "commands"),
    [
        ("ACS ACR39U ICC Reader 00 00", AcsSle),
        ("ACS ACR 38U-CCID 00 00", AcsSle),
        ("ACS ACR38U-CCID", AcsSle),
        ("HID Global OMNIKEY 3x21 Smart Card Reader [OMNIKEY 3x21 Smart Card Reader] 00 00", OmnikeySle),
        ("OMNIKEY AG CardMan 3121 01 00", OmnikeySle),
        ("OMNIKEY CardMan 3x21 0", OmnikeySle),
    ],
)
def test_the_dialect_is_chosen_by_the_readers_name(name: str, commands: type) -> None:
    reader: Reader = (Acs if commands is AcsSle else Omnikey)(Sle4428Chip())
    chip = dialects.open_chip(name, dialects.SLE_4428, Local(reader))
    assert isinstance(chip, Sle4428)
    assert isinstance(chip._commands, commands)


def test_a_contactless_card_needs_no_name() -> None:
    connection = Local(Part3(MifareClassic1K(bytearray(1024))))
    assert isinstance(dialects.open_chip("whatever", dialects.MIFARE_1K, connection), Mifare1K)


@pytest.mark.parametrize("atr", [*dialects.STRANGERS, b"", b"\x3b\x00"])
def test_a_card_that_is_none_of_ours_gets_no_command(atr: bytes) -> None:
    connection = Local(Acs(Sle4428Chip()))
    with pytest.raises(UnknownCard):
        dialects.open_chip("ACS ACR39U ICC Reader 00 00", atr, connection)
    assert connection.sent == []


def test_a_chip_with_another_header_is_refused() -> None:
    with pytest.raises(UnknownCard, match="A2 13 10 91"):
        Sle4428(AcsSle(Scripted(OK, bytes.fromhex("A2 13 10 91 90 00"))))


# ---- the file


@pytest.fixture
def card(tmp_path: Path) -> Path:
    path = tmp_path / "card.bin"
    virtual.new(path)
    return path


@pytest.mark.parametrize("kind", ["SLE 4428", "MIFARE Classic 1K"])
def test_a_card_file_is_made_blank_and_keeps_what_is_written(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "card.bin"
    virtual.new(path, kind)
    assert path.stat().st_size == 1024
    chip = open_reader(f"virtual:{path}")
    assert chip.kind == kind
    chip.format(SECRET)
    chip.write(7, b"kept")
    chip.close()
    chip = open_reader(f"virtual:{path}")
    assert chip.read(7, 4) == b"kept"
    chip.close()
    with pytest.raises(BadImage, match=r"card\.bin (gibt es schon|exists already)"):
        virtual.new(path, kind)


def test_each_change_is_in_the_file_before_the_call_returns(card: Path) -> None:
    chip = open_reader(f"virtual:{card}")
    with pytest.raises(WrongPsc):
        chip.unlock(SECRET)
    assert card.read_bytes()[COUNTER] == 0xFE  # the lowest bit is burnt first, as the meter's driver does
    chip.format(SECRET)
    assert card.read_bytes()[COUNTER:] == b"\xff" + SECRET[:2]
    chip.write(0, b"now")
    assert card.read_bytes()[32:35] == b"now"
    chip.close()
    assert [item.name for item in card.parent.iterdir()] == ["card.bin"]


def test_a_file_that_cannot_be_replaced_stays_as_it_was(card: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chip = open_reader(f"virtual:{card}")
    chip.format(SECRET)
    before = card.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        chip.write(0, b"lost")
    monkeypatch.undo()
    assert card.read_bytes() == before
    assert [item.name for item in card.parent.iterdir()] == ["card.bin"]
    chip.close()


def test_a_card_file_in_use_is_held_against_others(card: Path) -> None:
    chip = open_reader(f"virtual:{card}")
    with pytest.raises(SharingViolation):
        open_reader(f"virtual:{card}")
    chip.format(SECRET)  # the file is another one now
    with pytest.raises(SharingViolation):
        open_reader(f"virtual:{card}")
    chip.close()
    open_reader(f"virtual:{card}").close()


def test_a_link_to_a_card_file_stays_one_and_its_mode_too(card: Path, tmp_path: Path) -> None:
    card.chmod(0o640)
    link = tmp_path / "link"
    link.symlink_to(card)
    chip = open_reader(f"virtual:{link}")
    chip.format(SECRET)
    chip.close()
    assert link.is_symlink()
    assert card.read_bytes()[1022:] == SECRET[:2]
    assert card.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "content", [b"", b"\x92\x23\x10\x91", bytes(1024), bytes(1025), b"\xff" * 1024, b"\x92\x23\x10\x91" + bytes(1021)]
)
def test_a_file_that_is_no_card_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "no.bin"
    path.write_bytes(content)
    with pytest.raises(BadImage, match=r"no\.bin: ") as caught:
        open_reader(f"virtual:{path}")
    assert caught.value.status == 2
    path.unlink()
    with pytest.raises(BadImage, match=r"no\.bin"):
        open_reader(f"virtual:{path}")
    with pytest.raises(BadImage):
        open_reader(f"virtual:{tmp_path}")


# ---- messages, watchdog

ERRORS: tuple[ReaderError, ...] = (
    PyscardMissing("no module"),
    NoService("not running"),
    NotAllowed("polkit"),
    NoReader(None, []),
    NoReader("acr", ["other"]),
    NoCard(["one", "two"]),
    SharingViolation("one"),
    Refused("READ 0", Answer(b"", 0x69, 0x82)),
    WrongPsc(3),
    WrongPsc(None),
    Locked(),
    WriteNotStuck(20, 52),
    CardRemoved("why"),
    ReaderHung(5),
    ServiceGone("why"),
    ForbiddenAddress(0, 4),
)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_every_error_speaks_both_languages(error: ReaderError, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROSCHEN_LANG", raising=False)
    german = str(error)
    monkeypatch.setenv("GROSCHEN_LANG", "en")
    assert german != str(error) != ""


def test_what_is_of_unknown_outcome_is_one_family() -> None:
    unknown = {type(error) for error in ERRORS if isinstance(error, OutcomeUnknown)}
    assert unknown == {CardRemoved, ReaderHung, ServiceGone}
    assert issubclass(ForbiddenAddress, ValueError)


def test_a_call_that_takes_too_long_is_given_up_and_the_last_one_made_when_it_returns() -> None:
    watchdog = Watchdog()
    assert watchdog.call(5, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        watchdog.call(5, lambda: 1 // 0)
    blocked, done = threading.Event(), threading.Event()
    started = time.monotonic()
    with pytest.raises(ReaderHung):
        watchdog.call(0.05, blocked.wait)
    with pytest.raises(ReaderHung):
        watchdog.call(5, lambda: 7)  # at once
    watchdog.end(done.set, 5)
    assert time.monotonic() - started < 2
    assert not done.is_set()
    blocked.set()
    assert done.wait(5)


def test_an_interruption_right_after_a_call_was_handed_over_is_not_waited_for_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watchdog = Watchdog()
    blocked = threading.Event()
    put = watchdog._jobs.put

    class Interrupted:
        def put(self, job: Any) -> None:
            put(job)
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(watchdog, "_jobs", Interrupted())
        with pytest.raises(KeyboardInterrupt):
            watchdog.call(5, blocked.wait)
    started = time.monotonic()
    watchdog.end(lambda: None, 5)
    assert time.monotonic() - started < 2
    blocked.set()
