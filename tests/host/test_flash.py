# SPDX-License-Identifier: Apache-2.0
"""`groschen meter flash` against MicroPython behind a serial port: what it writes, refuses, and leaves when it is cut."""

import json
import random
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from groschenhost.flash import device as device_module
from groschenhost.flash import flasher as flasher_module
from groschenhost.flash.device import RUNS
from groschenhost.flash.errors import (
    BoardError,
    IsMeterError,
    LayoutError,
    LostError,
    NoStartError,
    SelfTestError,
    VerifyError,
)
from groschenhost.flash.flasher import Wishes
from groschenhost.flash.rawrepl import RawRepl
from groschenhost.flash.release import Release, build
from groschenhost.flash.targets import TARGETS
from groschenhost.ledger.book import Ledger, open_ledger
from groschenhost.ledger.values import FlashKind
from groschenhost.port.errors import LineError
from tests.host.conftest import Clock
from tests.host.flashbench import COMMON, PROGRAM, SELF_TEST, SERIAL, FlashBench, flash_bench, second_release, sources
from tests.host.tandesk import MASTER

UPDATE = Wishes(update=True)


@pytest.fixture
def book(tmp_path: Path, sqlite_template: Path) -> Iterator[Ledger]:
    path = tmp_path / "ledger.sqlite"
    shutil.copy(sqlite_template, path)
    ledger = open_ledger(f"sqlite:///{path}", "desk 1", Clock())
    ledger.add_utility(7, "Stadtwerk Musterstadt")
    ledger.add_meter(SERIAL)
    yield ledger
    ledger.close()


@pytest.fixture
def bench(tmp_path: Path, book: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlashBench]:
    monkeypatch.setattr(device_module, "_QUIET_S", 0.4)
    monkeypatch.setattr(device_module, "_SHORT_S", 0.2)
    with flash_bench(tmp_path, book) as made:
        yield made


def test_a_blank_board_becomes_the_meter(bench: FlashBench) -> None:
    done, row = bench.booked()
    assert bench.in_force() == "a good"
    assert bench.holds("a", bench.release)
    assert "groschen/core/ports.mpy" not in bench.release.modules
    assert bench.identity() == {
        "serial": SERIAL,
        "utility": 7,
        "life": 1,
        "key": MASTER.meter_key(1, 7, SERIAL).hex(),
        "imp_per_kwh": 1000,
        "zone": "legal",
    }
    assert (bench.text("boot.py"), bench.text("main.py")) == tuple(
        bench.release.launchers[name].decode() for name in ("boot.py", "main.py")
    )
    assert done.self_test == {"memory": "ok", "radio": "absent", "relay": "ok"}
    assert bench.text("clock.txt") is not None  # a new board's clock is set before it is tested
    assert (row.kind, row.board, row.release, row.layout) == (FlashKind.FIRST, "unix", "1.0.0", 3)
    assert (row.digest, row.generation, row.answered, row.desk) == (bench.release.digest, 1, True, "desk 1")
    assert json.loads(row.self_test) == done.self_test
    assert bench.ledger.meter(SERIAL).key_generation == 1
    assert (row.life, [life.number for life in bench.ledger.lives(bench.meter)]) == (1, [1])
    assert bench.memory[:10] == bytes([0x47, 4, 0, 0, 1, 0, 0, 0, 1, 0])  # begun, and no meter has run with it
    assert bench.board.running


def test_a_board_that_is_a_meter_is_refused_and_goes_on(bench: FlashBench) -> None:
    bench.flash()
    before = bench.text("meter.json")
    with pytest.raises(IsMeterError, match="--update"):
        bench.flash(release=second_release(bench.flash_folder.parent / "second"))
    assert (bench.in_force(), bench.text("meter.json")) == ("a good", before)
    assert len(bench.ledger.flashings(bench.meter)) == 1
    bench.board.run_until(lambda: bench.board.running, 5_000)
    assert bench.text("flushed.txt")  # the meter kept everything before it was started anew


def test_an_update_goes_on_trial_and_keeps_number_key_and_memory(bench: FlashBench) -> None:
    bench.flash()
    (bench.flash_folder / "memory.bin").write_bytes(bytes(range(256)) * 128)
    before = bench.text("meter.json")
    second = second_release(bench.flash_folder.parent / "second")
    done, row = bench.booked(UPDATE, second)
    # The board counts the start in the file before it runs what is on trial.
    assert bench.in_force() in {"b trial a 0", "b trial a 1"}
    assert bench.holds("a", bench.release)
    assert bench.holds("b", second)
    assert bench.text("meter.json") == before
    assert (bench.flash_folder / "memory.bin").read_bytes() == bytes(range(256)) * 128
    assert (row.kind, row.release, row.generation) == (FlashKind.UPDATE, "1.1.0", None)
    assert (done.active.fallback, done.irrevocable, done.self_test["relay"]) == ("a", False, "absent")


def test_an_update_says_that_the_launcher_is_of_another_firmware(bench: FlashBench) -> None:
    bench.flash()
    second = second_release(bench.flash_folder.parent / "second")
    boot = bench.flash_folder / "boot.py"
    boot.write_text(boot.read_text() + "# older\n")
    bench.flash(UPDATE, second)
    assert "boot.py auf der Platine sind von einer anderen Firmware; --reinstall schreibt sie mit" in bench.told
    bench.told.clear()
    bench.flash(Wishes(update=True, reinstall=True), second)
    assert boot.read_text() == second.launchers["boot.py"].decode()
    bench.flash(UPDATE, second)
    assert not [text for text in bench.told if "--reinstall" in text]


def test_the_same_release_again_changes_nothing(bench: FlashBench) -> None:
    bench.flash()
    done = bench.flash(UPDATE)
    assert (done.is_new, done.copied, bench.in_force()) == (False, 0, "a good")
    assert [row.kind for row in bench.ledger.flashings(bench.meter)] == [FlashKind.FIRST, FlashKind.UPDATE]
    assert not (bench.flash_folder / "b").exists()


def test_the_third_release_takes_the_place_of_the_first(bench: FlashBench) -> None:
    bench.flash()
    folder = bench.flash_folder.parent
    second, third = second_release(folder / "second"), second_release(folder / "third", layout=4)
    bench.flash(UPDATE, second)
    (bench.flash_folder / "active").write_text("b good\n")  # as the firmware writes it once it has run well
    bench.restart()
    done = bench.flash(UPDATE, third)
    assert bench.in_force() in {"a trial b 0", "a trial b 1"}
    assert (bench.holds("a", third), bench.holds("b", second)) == (True, True)
    assert done.irrevocable
    assert done.copied == 1  # what third and first have in common was there already


def test_a_release_on_trial_is_given_up_for_the_next(bench: FlashBench) -> None:
    bench.flash()
    folder = bench.flash_folder.parent
    bench.flash(UPDATE, second_release(folder / "second"))
    third = build(TARGETS["unix"], sources(folder / "third", {"boards/pico/pins.py": "LED = 25\n"}))
    bench.flash(UPDATE, third)
    assert bench.in_force() in {"b trial a 0", "b trial a 1"}
    assert bench.holds("b", third)


def test_a_release_on_trial_that_converted_the_memory_is_waited_for(bench: FlashBench) -> None:
    bench.flash()
    folder = bench.flash_folder.parent
    bench.flash(UPDATE, second_release(folder / "second", layout=4))
    third = build(
        TARGETS["unix"],
        sources(folder / "third", {"firmware/groschen/core/memory.py": "LAYOUT = const(4)\n"}),
    )
    with pytest.raises(LayoutError, match="auf Probe"):
        bench.flash(UPDATE, third)


def test_a_release_older_than_the_memory_is_refused(bench: FlashBench) -> None:
    bench.flash()
    with pytest.raises(LayoutError, match="Anordnung 3"):
        bench.flash(UPDATE, second_release(bench.flash_folder.parent / "old", layout=2))
    assert bench.in_force() == "a good"


def test_another_meters_board_is_refused_and_replaced_only_when_told(bench: FlashBench) -> None:
    bench.flash()
    other = replace(bench, meter=bench.ledger.add_meter("A2"))
    for wishes in (Wishes(), UPDATE):
        with pytest.raises(IsMeterError, match=SERIAL):
            other.flash(wishes)
    bench.live()
    done, row = other.booked(Wishes(replace=True))
    assert (done.kind, row.kind, bench.identity()["serial"]) == (FlashKind.REPLACE, FlashKind.REPLACE, "A2")
    assert (row.life, bench.identity()["life"]) == (1, 1)  # the first of that meter
    assert bench.memory[10:] == bytes(32_758)
    assert bench.in_force() == "b good"


@pytest.mark.parametrize("wishes", [Wishes(replace=True), Wishes(keep_memory=True)])
def test_a_second_board_of_one_number_only_when_told(bench: FlashBench, wishes: Wishes) -> None:
    bench.flash()
    held = bench.live()
    if wishes.replace:
        (bench.flash_folder / "memory.bin").write_bytes(bytes(32_768))
    blank(bench)
    with pytest.raises(IsMeterError, match="Nummer prüfen"):
        bench.flash()
    assert (bench.in_force(), bench.text("meter.json")) == (None, None)
    bench.flash(wishes)
    rows = bench.ledger.flashings(bench.meter)
    life = 1 if wishes.keep_memory else 2
    assert [(row.kind, row.life) for row in rows] == [(FlashKind.FIRST, 1), (FlashKind.FIRST, life)]
    assert bench.identity()["key"] == MASTER.meter_key(1, 7, SERIAL, life).hex()
    assert (bench.memory == held) == wishes.keep_memory


def test_a_meter_that_is_replaced_begins_another_life_before_it_has_the_key(bench: FlashBench) -> None:
    bench.flash()
    bench.live()
    for life in (2, 3):
        done, row = bench.booked(Wishes(replace=True))
        assert (done.kind, row.kind, row.life) == (FlashKind.REPLACE, FlashKind.REPLACE, life)
        assert bench.identity()["key"] == MASTER.meter_key(1, 7, SERIAL, life).hex()
        assert bench.identity()["life"] == bench.ledger.meter(SERIAL).life == life
        assert bench.memory[8:10] == bytes([life, 0])
        assert bench.memory[10:] == bytes(32_758)
    assert bench.ledger.has_lived(bench.meter)


def test_an_update_goes_on_with_the_life_that_there_is(bench: FlashBench) -> None:
    bench.flash()
    bench.flash(Wishes(replace=True))
    _, row = bench.booked(UPDATE, second_release(bench.flash_folder.parent / "second"))
    assert (row.life, bench.identity()["life"], bench.ledger.meter(SERIAL).life) == (2, 2, 2)


def test_an_update_of_a_board_of_an_earlier_life_says_so(bench: FlashBench) -> None:
    bench.flash()
    bench.live()
    said = len(bench.told)
    bench.booked(UPDATE)
    assert not any("Leben" in text for text in bench.told[said:])
    bench.ledger.begin_life(bench.meter, 1)  # another board's, or one that was abandoned halfway here
    _, row = replace(bench, meter=bench.ledger.meter(SERIAL)).booked(UPDATE)
    assert row.life == 1
    assert any("in Leben 1" in text and "in Leben 2" in text for text in bench.told)


def test_a_board_of_before_lives_were_known_is_of_the_first(bench: FlashBench) -> None:
    bench.flash()
    identity = bench.identity()
    del identity["life"]
    (bench.flash_folder / "meter.json").write_text(json.dumps(identity))
    _, row = bench.booked(UPDATE, second_release(bench.flash_folder.parent / "second"))
    assert row.life == 1
    assert "life" not in bench.identity()


@pytest.mark.parametrize("state", ["blank", "of another life"])
def test_a_memory_that_holds_no_life_to_go_on_with_is_not_kept(bench: FlashBench, state: str) -> None:
    bench.flash()
    held = bench.live(life=2) if state != "blank" else bytes(32_768)
    (bench.flash_folder / "memory.bin").write_bytes(held)
    blank(bench)
    with pytest.raises(IsMeterError, match="--replace --yes"):
        bench.flash(Wishes(keep_memory=True))
    assert (bench.in_force(), bench.text("meter.json"), bench.memory) == (None, None, held)
    assert bench.ledger.meter(SERIAL).life == 1


def test_another_meters_memory_is_not_gone_on_with(bench: FlashBench) -> None:
    bench.flash()
    held = bytearray(bench.live())
    held[10:13] = b"\x01\x02\x03"
    (bench.flash_folder / "memory.bin").write_bytes(held)
    blank(bench)
    with pytest.raises(IsMeterError, match="einem anderen Zähler"):
        bench.flash(Wishes(keep_memory=True))
    assert (bench.in_force(), bench.text("meter.json"), bench.memory) == (None, None, bytes(held))


def test_a_clock_that_is_not_set_is_no_fault_where_the_meter_that_goes_on_is_to_set_it(bench: FlashBench) -> None:
    lost = SELF_TEST.replace('"memory": "ok"', '"clock": "fault: not set"')
    release = build(TARGETS["unix"], sources(bench.flash_folder.parent / "x", {"boards/common/selftest.py": lost}))
    bench.live()
    with pytest.raises(SelfTestError, match="clock"):
        bench.flash(Wishes(clear_memory=True), release)
    done, _ = bench.booked(Wishes(keep_memory=True), release)
    assert done.self_test["clock"] == "fault: not set"


def test_an_update_of_a_board_that_is_no_meter_is_refused(bench: FlashBench) -> None:
    with pytest.raises(IsMeterError, match="ohne --update"):
        bench.flash(UPDATE)


@pytest.mark.parametrize("copy", [0, 512])
def test_a_new_board_at_a_used_memory_asks_whose_it_is(bench: FlashBench, copy: int) -> None:
    held = bytearray(bench.live())
    held[512 - copy] = 0  # the other one of the two copies
    held[copy] = 0x47
    (bench.flash_folder / "memory.bin").write_bytes(held)
    with pytest.raises(IsMeterError, match="--keep-memory"):
        bench.flash()
    assert bench.text("meter.json") is None
    if copy:
        bench.flash(Wishes(clear_memory=True))
        assert bench.memory[10:] == bytes(32_758)
        assert bench.text("clock.txt") is not None
    else:
        bench.flash(Wishes(keep_memory=True))
        assert bench.memory == held
        assert bench.text("clock.txt") is None  # the meter that goes on in it has days to charge
    assert bench.ledger.meter(SERIAL).life == 1


def test_a_failed_self_test_keeps_the_board_from_becoming_a_meter(bench: FlashBench) -> None:
    broken = SELF_TEST.replace('"memory": "ok"', '"memory": "fault: no answer"')
    release = build(TARGETS["unix"], sources(bench.flash_folder.parent / "x", {"boards/common/selftest.py": broken}))
    with pytest.raises(SelfTestError, match="memory: fault: no answer"):
        bench.flash(release=release)
    assert (bench.in_force(), bench.text("meter.json")) == (None, None)
    done, row = bench.booked(Wishes(accept_faults=True), release)
    assert done.self_test["memory"] == "fault: no answer"
    assert "no answer" in row.self_test


def test_a_self_test_that_breaks_off_says_why(bench: FlashBench) -> None:
    text = "def run(move=False):\n    raise OSError(5)\n"
    release = build(TARGETS["unix"], sources(bench.flash_folder.parent / "x", {"boards/common/selftest.py": text}))
    with pytest.raises(SelfTestError, match="OSError"):
        bench.flash(release=release)


def test_a_meter_that_does_not_start_is_booked_as_such(bench: FlashBench) -> None:
    text = PROGRAM.replace("    while True:\n        sleep_ms(5)", '    print("no meter yet")')
    release = build(TARGETS["unix"], sources(bench.flash_folder.parent / "x", {"boards/common/program.py": text}))
    with pytest.raises(NoStartError):
        bench.flash(release=release)
    assert [row.answered for row in bench.ledger.flashings(bench.meter)] == [False]


HEARD = replace(TARGETS["unix"], console=True)


def telling(bench: FlashBench, tells: str) -> Release:
    """A release whose first step takes longer than any quiet, and that says something then."""
    step = f"    sleep_ms(1_500)\n    open('stepped', 'w').close()\n    print({tells!r})\n"
    text = PROGRAM.replace("    while True:\n", f"{step}    while True:\n")
    return build(TARGETS["unix"], sources(bench.flash_folder.parent / "x", {"boards/common/program.py": text}))


def test_a_meter_has_started_when_it_says_so_and_not_before(bench: FlashBench) -> None:
    bench = replace(bench, target=HEARD)
    bench.flash(release=telling(bench, "the meter runs"))
    assert bench.text("stepped") == ""
    assert [row.answered for row in bench.ledger.flashings(bench.meter)] == [True]


def test_a_meter_that_does_not_say_that_it_runs_has_not_started(
    bench: FlashBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flasher_module, "START_S", 3.0)
    bench = replace(bench, target=HEARD)
    with pytest.raises(NoStartError, match="in 3 s keinen ganzen Durchlauf gemeldet"):
        bench.flash(release=telling(bench, ""))
    assert [row.answered for row in bench.ledger.flashings(bench.meter)] == [False]


def test_the_firmware_says_what_is_waited_for() -> None:
    program = (COMMON / "program.py").read_text(encoding="utf-8")
    assert f'print("{RUNS.decode()}")' in program


def test_a_bad_update_is_said_and_rolls_back_by_itself(bench: FlashBench) -> None:
    bench.flash()
    bad = {"firmware/groschen/__init__.py": 'VERSION = "6.6.6"\n', "boards/common/program.py": "import nowhere\n"}
    release = build(TARGETS["unix"], sources(bench.flash_folder.parent / "bad", bad))
    with pytest.raises(NoStartError, match="nowhere"):
        bench.flash(UPDATE, release)
    assert [row.answered for row in bench.ledger.flashings(bench.meter)] == [True, False]
    bench.board.run_until(lambda: bench.in_force() == "a good", 30_000)
    assert (bench.in_force(), bench.text("rolledback")) == ("a good", "b\n")
    assert bench.holds("a", bench.release)
    bench.flash(UPDATE, second_release(bench.flash_folder.parent / "second"))
    assert (bench.in_force() or "").startswith("b trial a")


def test_the_wrong_board_is_named(bench: FlashBench) -> None:
    with pytest.raises(BoardError, match=r"kein pico, sondern linux .*; dazu gehört --board unix"):
        bench.as_pico().flash()
    assert bench.in_force() is None


def test_a_port_that_is_none_or_in_use_is_said(bench: FlashBench) -> None:
    with pytest.raises(LineError, match="gibt es nicht"):
        RawRepl("/dev/ttyNONE")
    held = RawRepl(bench.board.port_path)
    try:
        with pytest.raises(LineError, match="belegt"):
            RawRepl(bench.board.port_path)
    finally:
        held.close()


def test_a_board_without_power_does_not_answer(bench: FlashBench) -> None:
    bench.board.power_off()
    with pytest.raises(LostError, match="MicroPython"):
        bench.flash(repl=RawRepl(bench.board.port_path, patience_s=0.5))


class Garbling(RawRepl):
    """A line that alters what is written, so many times, as a bad cable or worn flash does."""

    def __init__(self, port: str, times: int) -> None:
        super().__init__(port, 5)
        self.times = times

    def run(self, code: str, patience_s: float | None = None) -> str:
        if code.startswith("_w(b'") and self.times > 0:
            self.times -= 1
            first = code[5]
            code = code[:5] + ("B" if first == "A" else "A") + code[6:]
        return super().run(code, patience_s)


def test_a_file_that_arrives_altered_is_sent_again(bench: FlashBench) -> None:
    bench.flash(repl=Garbling(bench.board.port_path, 3))
    assert bench.holds("a", bench.release)


def test_a_board_that_alters_everything_is_given_up_and_nothing_is_in_force(bench: FlashBench) -> None:
    with pytest.raises(VerifyError, match=r"main\.mpy"):
        bench.flash(repl=Garbling(bench.board.port_path, 10_000))
    assert (bench.in_force(), bench.text("meter.json")) == (None, None)
    bench.flash()
    assert bench.holds("a", bench.release)


class Cut(RawRepl):
    """A line that is gone after so many things were sent."""

    def __init__(self, port: str, after: int) -> None:
        self.left = after
        super().__init__(port, 5)

    def _send(self, data: bytes) -> None:
        self.left -= 1
        if self.left < 0:
            self.close()
        super()._send(data)


def sends(bench: FlashBench, wishes: Wishes, release: object = None) -> int:
    """How often something is sent when nothing is cut."""
    line = Cut(bench.board.port_path, 1_000_000)
    bench.flash(wishes, release, line)  # type: ignore[arg-type]
    return 1_000_000 - line.left


def blank(bench: FlashBench) -> None:
    for name in ("a", "b"):
        shutil.rmtree(bench.flash_folder / name, ignore_errors=True)
    for name in ("active", "meter.json", "boot.py", "main.py"):
        (bench.flash_folder / name).unlink(missing_ok=True)
    bench.restart()


@pytest.mark.slow
def test_a_cable_cut_anywhere_leaves_a_blank_board_that_can_be_flashed(bench: FlashBench) -> None:
    chance = random.Random(62056)
    blank(bench)
    count = sends(bench, Wishes())
    again = Wishes(replace=True)  # the ledger takes it for another board
    for at in sorted(chance.sample(range(count), 12)):
        blank(bench)
        with suppress(LostError, NoStartError):  # now and then it takes a dozen less, and is done before
            bench.flash(again, repl=Cut(bench.board.port_path, at))
        if chance.random() < 0.5:
            bench.restart()
        if bench.in_force() is None:
            bench.flash(again)
        assert bench.in_force() == "a good", at
        assert bench.holds("a", bench.release), at


@pytest.mark.slow
def test_a_cable_cut_anywhere_in_an_update_leaves_the_old_or_the_new_release(bench: FlashBench) -> None:
    chance = random.Random(4428)
    bench.flash()
    second = second_release(bench.flash_folder.parent / "second")
    shutil.copytree(bench.flash_folder, bench.flash_folder.parent / "kept")
    count = sends(bench, UPDATE, second)
    for at in sorted(chance.sample(range(count), 12)):
        bench.board.power_off()
        shutil.rmtree(bench.flash_folder / "b", ignore_errors=True)
        shutil.copytree(bench.flash_folder.parent / "kept", bench.flash_folder, dirs_exist_ok=True)
        bench.board.power_on()
        with pytest.raises((LostError, NoStartError)):
            bench.flash(UPDATE, second, Cut(bench.board.port_path, at))
        bench.restart()
        force = bench.in_force()
        assert force is not None
        if force == "a good":
            assert bench.holds("a", bench.release), at
        else:
            assert force.startswith("b trial a"), at
            assert bench.holds("b", second), at
        bench.flash(UPDATE, second)
        assert bench.holds("b", second), at
        assert (bench.in_force() or "").startswith("b trial a"), at
