# SPDX-License-Identifier: Apache-2.0
"""The station's readers on a real PC/SC stack: pcscd and its driver from Debian, the simulator's chip behind them.

About half a second goes by for each card that comes or goes: pcscd looks every 0.4 s.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from smartcard import scard

from groschenhost.readers import open_reader, pcsc, readers, virtual
from groschenhost.readers.chip import SHOP, CardChip
from groschenhost.readers.connection import (
    CardRemoved,
    ForbiddenAddress,
    Locked,
    NoCard,
    NoReader,
    OutcomeUnknown,
    ReaderHung,
    SharingViolation,
    UnknownCard,
    WriteNotStuck,
    WrongPsc,
)
from tests.host.pcsc import bench
from tests.host.pcsc.conftest import Inserter, require
from tests.host.pcsc.emulation import SLE_ATR

SECRET = bytes.fromhex("A1 B2 C3 D4 E5 F6")
OTHER = bytes.fromhex("01 02 03 04 05 06")
DATA = bytes(range(200, 256)) * 4
COUNTER = 1021

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROSCHEN_LANG", "en")


@contextmanager
def opened(name: str | None = "acr39u", wait_s: float = 5) -> Iterator[CardChip]:
    chip = open_reader(name, wait_s)
    try:
        yield chip
    finally:
        chip.close()


def ours(code: bytes = SECRET[:2], counter: int = 0xFF) -> bytes:
    image = bytearray(virtual.blank())
    image[COUNTER:] = bytes([counter]) + code
    return bytes(image)


def test_a_missing_package_fails_where_everything_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "DRIVER", Path("/nowhere/libifdvpcd.so"))
    lacking = bench.missing()
    assert lacking == "/nowhere/libifdvpcd.so is missing: apt install vsmartcard-vpcd"
    monkeypatch.setattr(bench, "DAEMONS", ())
    assert bench.missing() == "pcscd is missing: apt install pcscd"
    monkeypatch.setenv("CI", "1")
    with pytest.raises(pytest.fail.Exception):
        require(lacking)
    monkeypatch.delenv("CI")
    monkeypatch.delenv("GROSCHEN_REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception):
        require(lacking)


def test_readers_are_listed_with_and_without_cards(pcscd: bench.Pcscd) -> None:
    assert readers() == [f"{name} 00 0{slot}" for name in bench.READERS.values() for slot in (0, 1)]


def test_a_card_is_known_by_its_answer_to_reset(card: Inserter) -> None:
    card()
    service = pcsc.Service()
    try:
        connection = service.wait(None, 5)
        assert connection.reader == "ACS ACR39U ICC Reader 00 00"
        assert connection.atr.hex(" ").upper() == "3B 04 92 23 10 91"
    finally:
        service.close()


def test_without_a_card_the_wait_ends_in_time_and_names_the_readers(pcscd: bench.Pcscd) -> None:
    asked: list[list[str]] = []
    started = time.monotonic()
    with pytest.raises(NoCard, match=r"No card in ACS ACR39U ICC Reader 00 00, .*insert it and try again"):
        open_reader("acr39u", 0.3, on_wait=asked.append)
    assert 0.25 < time.monotonic() - started < 10
    assert asked == [["ACS ACR39U ICC Reader 00 00", "ACS ACR39U ICC Reader 00 01"]]


def test_a_reader_that_is_not_there_is_named_with_those_that_are(pcscd: bench.Pcscd) -> None:
    with pytest.raises(NoReader, match=r'No card reader "cherry"; connected: ACS ACR39U ICC Reader 00 00, ACS'):
        open_reader("cherry", 0)


def test_a_reader_whose_commands_are_unknown_gets_none(card: Inserter) -> None:
    card("other", "acs")
    with pytest.raises(UnknownCard, match=r"Gemalto PC Twin Reader 00 00. is not known; an ACS ACR39U or"):
        open_reader("gemalto", 5)


@pytest.mark.parametrize(("reader", "kind"), [("acs", "acs"), ("acs", "acr38"), ("omnikey", "omnikey")])
def test_a_card_from_the_shop_becomes_ours_and_is_read_whole(card: Inserter, reader: str, kind: str) -> None:
    process = card(reader, kind)
    with opened(bench.READERS[reader]) as chip:
        assert (chip.kind, chip.size, chip.tries()) == ("SLE 4428", 989, 8)
        assert chip.read(0, 989) == b"\xff" * 989
        assert chip.image() == virtual.blank()[:1022] + b"\0\0"  # the code is not shown before it is presented
        chip.format(SECRET)
        chip.write(0, DATA)
        chip.write(900, DATA[:89])
        assert chip.read(0, 989) == DATA + b"\xff" * 676 + DATA[:89]
        assert chip.tries() == 8
    image = process.image
    assert image[:32] == virtual.blank()[:32]
    assert image[32:1021] == DATA + b"\xff" * 676 + DATA[:89]
    assert image[1021:] == b"\xff" + SECRET[:2]


@pytest.mark.parametrize(("reader", "kind"), [("acs", "acs"), ("acs", "acr38"), ("omnikey", "omnikey")])
def test_wrong_codes_are_counted_until_the_card_is_locked(card: Inserter, reader: str, kind: str) -> None:
    process = card(reader, kind, ours(counter=0x07))
    with opened(bench.READERS[reader]) as chip:
        for left in (2, 1):
            with pytest.raises(WrongPsc, match=rf"does not fit this card; {left} tries left") as caught:
                chip.unlock(OTHER)
            assert not isinstance(caught.value, Locked)
            assert chip.tries() == caught.value.left == left
        # 90 00: everywhere else success, here the answer of an ACS reader to the last try.
        with pytest.raises(Locked, match="no try is left"):
            chip.unlock(OTHER)
        with pytest.raises(Locked):
            chip.unlock(SECRET)  # the right one is of no use any more
        assert chip.tries() == 0
    assert process.image[COUNTER] == 0


def test_the_right_code_gives_every_try_back(card: Inserter) -> None:
    process = card(image=ours(counter=0x01))
    with opened() as chip:
        assert chip.tries() == 1
        chip.unlock(SECRET)
        assert chip.tries() == 8
    assert process.image[COUNTER] == 0xFF


@pytest.mark.parametrize(("reader", "at"), [("acs", 0), ("omnikey", 0)])
def test_a_write_that_does_nothing_and_reports_success_is_found_out(card: Inserter, reader: str, at: int) -> None:
    # A reader's manual allows it, and a protected or worn cell looks like it.
    process = card(reader, image=ours())
    with opened(bench.READERS[reader]) as chip:
        chip.unlock(SECRET)
        chip.write(0, DATA)
        process("silent", 1)
        with pytest.raises(WriteNotStuck, match=r"Byte 20 of the card \(chip address 52\) did not take") as caught:
            chip.write(16, DATA[16:20] + b"not this")
        assert (caught.value.at, caught.value.chip) == (20, 52)


def test_a_write_without_the_code_is_found_out_by_reading_back(card: Inserter) -> None:
    process = card(image=ours())
    with opened() as chip, pytest.raises(WriteNotStuck):
        chip.write(0, DATA)
    assert process.image == ours()


def test_what_must_not_be_written_is_refused_before_anything_is_sent(card: Inserter) -> None:
    process = card(image=ours())
    with opened() as chip:
        chip.unlock(SECRET)
        for at, length in ((-1, 1), (-32, 32), (988, 2), (989, 1), (1000, 1)):
            with pytest.raises(ForbiddenAddress):
                chip.write(at, bytes(length))
    assert process.image == ours()


# One clock is 50 us on a real bus; a byte that is erased and written takes 24 + 203 of them, and each step is read back.
@pytest.mark.parametrize(("clocks", "whole"), [(1500, 6), (227 * 3 + 150, 3), (24, 0)])
def test_a_card_pulled_within_a_write_is_of_unknown_outcome_and_the_next_insertion_tells(
    card: Inserter, clocks: int, whole: int
) -> None:
    old = b"\x00" * 64
    image = bytearray(ours())
    image[32:96] = old
    process = card(image=bytes(image))
    with opened() as chip:
        chip.unlock(SECRET)
        process("tear", clocks)
        with pytest.raises(CardRemoved, match="next insertion tells whether anything was written") as caught:
            chip.write(0, DATA[:64])
        assert isinstance(caught.value, OutcomeUnknown)
        with pytest.raises(CardRemoved):
            chip.read(0, 1)  # it stays so until the card is opened anew
    bench.wait_until("ACS ACR39U ICC Reader 00 00", present=False)
    process("insert")
    with opened() as chip:
        found = chip.read(0, 64)
        assert found[: whole + 1] in (DATA[:whole] + b"\xff", DATA[: whole + 1], DATA[:whole] + b"\x00")
        assert set(found[whole + 1 :]) <= {0}
        assert chip.image()[1022:] == b"\0\0"  # the permission went with the supply
        with pytest.raises(WriteNotStuck):
            chip.write(0, DATA[:64])
        chip.unlock(SECRET)
        chip.write(0, DATA[:64])
        assert chip.read(0, 64) == DATA[:64]


def test_a_card_pulled_while_the_right_code_is_presented_loses_a_try_until_the_next_time(card: Inserter) -> None:
    process = card(image=ours())
    with opened() as chip:
        assert chip.tries() == 8
        # The station reads the counter (32 clocks), so does the reader, and burns a bit (127).
        process("tear", 32 + 32 + 127 + 10)
        with pytest.raises(CardRemoved):
            chip.unlock(SECRET)
    assert process.image[COUNTER].bit_count() == 7
    bench.wait_until("ACS ACR39U ICC Reader 00 00", present=False)
    process("insert")
    with opened() as chip:
        assert chip.tries() == 7
        chip.unlock(SECRET)
        assert chip.tries() == 8


def test_a_card_inserted_while_the_station_waits_is_taken_at_once(card: Inserter) -> None:
    process = card()
    bench.wait_until("ACS ACR39U ICC Reader 00 00", present=True)
    process("remove")
    bench.wait_until("ACS ACR39U ICC Reader 00 00", present=False)
    process("insert")
    with opened(None, wait_s=10) as chip:
        # Right after the insertion pcscd still says that there is no card; its event is waited for.
        assert chip.kind == "SLE 4428"


WAITING = """
from groschenhost.readers import open_reader
open_reader("acr39u", 60, on_wait=lambda names: print("waiting", flush=True))
"""


def test_waiting_for_a_card_can_be_interrupted(pcscd: bench.Pcscd) -> None:
    with client(pcscd, WAITING) as (process, line):
        assert line() == "waiting"
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
        assert said.endswith("KeyboardInterrupt\n")
        assert time.monotonic() - started < 4


def test_a_bank_card_in_another_reader_is_passed_over() -> None:
    ours = ("b", scard.SCARD_STATE_PRESENT, list(SLE_ATR))
    bank = ("a", scard.SCARD_STATE_PRESENT, [0x3B, 0x65, 0, 0, 0x20, 0x63, 0xCB, 0x68, 0])
    empty: tuple[str, int, list[int]] = ("c", 0x10, [])
    assert pcsc._best([empty, bank, ours]) == ours
    assert pcsc._best([empty, bank]) == bank
    assert pcsc._best([empty]) is None


def test_an_answer_does_not_wait_for_an_acknowledgement_on_the_wire(card: Inserter) -> None:
    # Of the bench, not of the station: without TCP_QUICKACK in the card's process each command would take 44 ms.
    card()
    with opened() as chip:
        times: list[float] = []
        for _ in range(50):
            started = time.perf_counter()
            chip.tries()
            times.append(time.perf_counter() - started)
    assert sorted(times)[25] < 0.02


def test_a_card_in_use_is_held_against_other_programs(card: Inserter) -> None:
    card(image=ours())
    with opened() as chip:
        chip.unlock(SECRET)
        with pytest.raises(SharingViolation, match="another program is using the card"):
            open_reader("acr39u", 5)
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        assert result == 0
        name = "ACS ACR39U ICC Reader 00 00"
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        result, _, _ = scard.SCardConnect(context, name, scard.SCARD_SHARE_SHARED, protocols)
        assert result == 0x8010000B
        scard.SCardReleaseContext(context)
        chip.write(0, DATA)  # neither has reset the card


def test_the_permission_ends_with_the_connection(card: Inserter) -> None:
    process = card(image=ours())
    with opened() as chip:
        chip.unlock(SECRET)
        chip.write(0, b"one")
    with opened() as chip, pytest.raises(WriteNotStuck):
        chip.write(0, b"two")
    assert process.image[32:35] == b"one"


def test_a_reader_that_is_slow_is_waited_for(card: Inserter) -> None:
    process = card(image=ours())
    with opened() as chip:
        process("delay", 0.1)
        chip.unlock(SECRET)
        chip.write(0, DATA[:64])


def test_a_reader_that_hangs_is_given_up_and_usable_when_it_is_back(card: Inserter) -> None:
    process = card(image=ours())
    chip = pcsc.open_card("acr39u", 5, limit_s=0.5)
    chip.unlock(SECRET)
    process("hang", 4)
    started = time.monotonic()
    # pcscd and pyscard would wait as long as the reader does.
    with pytest.raises(ReaderHung, match=r"not answered for 0\.5 s") as caught:
        chip.write(0, DATA[:64])
    assert isinstance(caught.value, OutcomeUnknown)
    with pytest.raises(ReaderHung):
        chip.read(0, 1)
    chip.close()
    assert len(readers()) == 8  # others are not held up
    assert time.monotonic() - started < 3
    with pytest.raises(SharingViolation):
        open_reader("acr39u", 0)  # the call that hangs still holds the card
    while time.monotonic() < started + 20:
        with suppress(SharingViolation), opened() as again:
            # The reader had done what it was told, after all: unknown is unknown.
            assert again.read(0, 64) == DATA[:64]
            return
        time.sleep(0.05)
    pytest.fail("the reader did not come back")


CLIENT = """
import sys, time
from groschenhost.readers.connection import ReaderError
from groschenhost.readers.pcsc import open_card
chip = open_card("acr39u", 5, limit_s=1)
print("open", flush=True)
sys.stdin.readline()
started = time.monotonic()
try:
    chip.read(0, 16)
except ReaderError as error:
    print(type(error).__name__, error, flush=True)
try:
    open_card("acr39u", 5, limit_s=1)
except ReaderError as error:
    print(type(error).__name__, error, flush=True)
chip.close()
print(time.monotonic() - started < 10, flush=True)
"""


@pytest.fixture
def other_pcscd(pcscd: bench.Pcscd) -> Generator[bench.Pcscd]:
    service = bench.Pcscd()
    yield service
    service.close()


@contextmanager
def client(service: bench.Pcscd, program: str = CLIENT) -> Iterator[tuple[subprocess.Popen[str], Callable[[], str]]]:
    """Start a client of its own: a process speaks to one pcscd in its life."""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env=service.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        yield process, lambda: process.stdout.readline().strip() if process.stdout else ""
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_pcscd_that_ends_is_said_and_what_to_do(other_pcscd: bench.Pcscd, number: int) -> None:
    with closing(bench.CardProcess(other_pcscd.port_of("acs"), "acs")) as process, client(other_pcscd) as (one, line):
        process("insert")
        assert line() == "open"
        os.kill(other_pcscd.process.pid, number)
        other_pcscd.process.wait(5)
        assert one.stdin
        assert one.stdout
        assert one.stderr
        one.stdin.write("\n")
        one.stdin.flush()
        assert line().startswith("ServiceGone The service for card readers (pcscd) ended (")
        # The socket still listens, for whoever started pcscd by it has not gone: connecting would wait for ever.
        assert line().startswith("NoService The service for card readers (pcscd) does not answer: 1 s; start it: ")
        assert line() == "True"
        assert one.wait(5) == 0  # the thread that hangs does not keep the process
        assert one.stderr.read() == ""


def test_no_pcscd_at_all_is_said_and_what_to_do(pcscd: bench.Pcscd, tmp_path: Path) -> None:
    program = "from groschenhost.readers import readers\nreaders()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**pcscd.environ, "PCSCLITE_CSOCK_NAME": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stderr.splitlines()[-1].startswith("groschenhost.readers.connection.NoService: The service for card")
    assert "systemctl start pcscd" in done.stderr


def test_without_pyscard_the_message_names_the_extra(pcscd: bench.Pcscd) -> None:
    program = "import sys\nsys.modules['smartcard'] = None\nfrom groschenhost.readers import open_reader\nopen_reader()"
    done = subprocess.run(
        [sys.executable, "-c", program], env=pcscd.environ, capture_output=True, text=True, timeout=30, check=False
    )
    last = done.stderr.splitlines()[-1]
    assert last.startswith("groschenhost.readers.connection.PyscardMissing: Card readers need pyscard (")
    assert "pip install 'groschen[pcsc]'" in last
    assert "--reader virtual:FILE" in last


def test_a_mifare_from_the_shop_becomes_ours(card: Inserter) -> None:
    blank = virtual.blank("MIFARE Classic 1K")
    process = card("mifare", image=blank)
    with opened(None) as chip:
        assert (chip.kind, chip.size, chip.tries()) == ("MIFARE Classic 1K", 752, 8)
        assert chip.read(0, 752) == bytes(752)
        chip.format(SECRET)
        chip.write(5, DATA)
        assert chip.read(0, 752) == bytes(5) + DATA + bytes(752 - 5 - len(DATA))
    trailer = bytes.fromhex("FF FF FF FF FF FF 78 77 88 69") + SECRET
    image = process.image
    assert image[:16] == blank[:16]
    assert [image[at : at + 16] for at in range(48, 1024, 64)] == [trailer] * 16
    with opened("acr1252") as chip:
        with pytest.raises(WrongPsc, match=r"The key does not fit this card$"):
            chip.unlock(OTHER)
        assert chip.read(5, len(DATA)) == DATA  # reading needs no secret
        chip.unlock(SECRET)
        chip.write(0, DATA[:5])
        process("silent", 1)
        with pytest.raises(WriteNotStuck, match=r"Byte 48 of the card \(chip address 80\)"):
            chip.write(48, b"\x01\x02")


def test_a_mifare_pulled_within_formatting_is_finished_at_the_next_insertion(card: Inserter) -> None:
    process = card("mifare", image=virtual.blank("MIFARE Classic 1K"))
    with opened("acr1252") as chip:
        process("tear", 1000)
        with pytest.raises(CardRemoved):
            chip.format(SECRET)
    assert 0 < process.image.count(SECRET) < 16
    bench.wait_until("ACS ACR1252 Dual Reader PICC 00 00", present=False)
    process("insert")
    with opened("acr1252") as chip:
        with pytest.raises(WrongPsc):
            chip.unlock(SECRET)  # not before it is finished
        chip.format(SECRET)
    assert process.image.count(SECRET) == 16


@pytest.mark.parametrize("reader", ["acs", "omnikey", "mifare"])
def test_a_card_goes_from_a_file_into_a_reader_and_back_and_no_byte_differs(
    card: Inserter, tmp_path: Path, reader: str
) -> None:
    file = tmp_path / "card.bin"
    virtual.new(file, "MIFARE Classic 1K" if reader == "mifare" else "SLE 4428")
    with opened(f"virtual:{file}") as chip:
        chip.format(SECRET)
        chip.write(100, DATA)
    process = card(reader, image=file.read_bytes())
    with opened(bench.READERS[reader]) as chip:
        chip.unlock(SECRET)
        assert chip.read(100, len(DATA)) == DATA
        chip.write(50, DATA)
        chip.change_secret(OTHER)
    file.write_bytes(process.image)
    with opened(f"virtual:{file}") as chip:
        chip.unlock(OTHER)
        assert chip.read(50, len(DATA)) == DATA
        chip.change_secret(SECRET)
        chip.format(SHOP, before=SECRET)  # a returned card
        hidden = chip.image()
    process("image", file.read_bytes().hex())
    with opened(bench.READERS[reader]) as chip:
        chip.format(SHOP)
        assert chip.image() == hidden
    assert process.image == file.read_bytes()


def test_a_card_that_says_nothing_does_not_hold_up_the_other_readers(pcscd: bench.Pcscd, card: Inserter) -> None:
    with socket.create_connection(("127.0.0.1", pcscd.port_of("omnikey") + 1)) as silent:
        silent.settimeout(5)
        with silent.makefile("rb") as asked:
            assert asked.read(3) == b"\x00\x01\x04"  # for its answer to reset
        assert len(readers()) == 8
        card()
        with opened() as chip:
            assert chip.tries() == 8
