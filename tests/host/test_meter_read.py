# SPDX-License-Identifier: Apache-2.0
"""`groschen meter read` at the port of a meter that has lived for ten weeks: what it says, books, refuses, and bears."""

import json
import os
import pty
import random
import shutil
import time
import tty
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sample_meter as sample
import serial
from click.testing import Result
from sqlalchemy import text as sql
from typer.testing import CliRunner

from groschencard import obis
from groschencard.iec62056 import bcc, fixed
from groschenhost import hostclock
from groschenhost.errors import InputError
from groschenhost.keys import keyfile
from groschenhost.ledger.book import Ledger, open_ledger
from groschenhost.ledger.engine import WRITER
from groschenhost.ledger.errors import ReadingError
from groschenhost.ledger.values import PortReading
from groschenhost.meter import app
from groschenhost.port import client as client_module
from groschenhost.port import names, reading
from groschenhost.port.client import TICK_S, Client
from groschenhost.port.errors import GarbledError, RefusedError, SilentError
from groschenhost.port.line import open_line
from tests.host.conftest import Clock
from tests.host.tandesk import MASTER
from tests.service_port import bench as port_bench
from tests.service_port.bench import IMP, SERIAL, Bench

KEYS = MASTER.meter_keys(1, 7, SERIAL)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(port_bench, "KEYS", KEYS)
    with Bench(reaction=300) as running:
        yield running


@pytest.fixture
def book(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    path = tmp_path / "ledger.sqlite"
    shutil.copy(sqlite_template, path)
    ledger = open_ledger(f"sqlite:///{path}", "desk 1", Clock())
    ledger.add_utility(7, "Stadtwerk Musterstadt")
    ledger.add_meter(SERIAL, imp_per_kwh=IMP)
    monkeypatch.setenv("GROSCHEN_DB", str(path))
    monkeypatch.setattr(keyfile, "open_master", lambda *_: MASTER)
    yield ledger
    ledger.close()


def read(bench: Bench, *words: str, status: int = 0) -> Result:
    result = CliRunner().invoke(app, ["read", "--port", bench.wire.name, *words])
    assert result.exit_code == status, result.output
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def data(bench: Bench, *words: str) -> Any:
    return json.loads(read(bench, *words, "--json").stdout)


def at_the_meter(bench: Bench) -> Client:
    return Client(open_line(bench.wire.name, 300, timeout=TICK_S, seven_bits=True))


def test_a_meter_is_read_and_booked(bench: Bench, book: Ledger) -> None:
    result = read(bench)
    table = {line.split()[0]: line for line in result.stdout.splitlines()}
    for code, value in bench.expected().items():
        assert value in table[code].split(), code
    assert "Energie gesamt" in table["1.8.0"]
    assert "Guthaben, Abschluss" in table[next(code for code in table if code.startswith("0-0:19.10.0*0"))]
    assert "im Kontobuch" in result.stderr
    row = book.last_port_reading(book.meter(SERIAL))
    assert row is not None
    meter = bench.meter
    assert row.energy_wh == (meter.energy_ht.value() + meter.energy_nt.value()) * 1000 // IMP
    assert (row.balance_ueur, row.debt_ueur) == (meter.account.balance.value(), meter.account.debt.owed.value())
    assert ["1.8.0", bench.expected()["1.8.0"], "kWh"] in json.loads(row.lines)
    assert bench.wire.talked[-1] == (9600, 9600)  # it changed to the meter's speed
    assert bench.waits()


def test_the_document_has_every_line_and_what_was_booked(bench: Bench, book: Ledger) -> None:
    said = data(bench, "--meter", SERIAL)
    assert {line["code"]: line["value"] for line in said["lines"]}.items() >= bench.expected().items()
    assert (said["meter"], said["utility"], said["identification"][:5]) == (SERIAL, 7, "/GRO5")
    assert said["booked"]["firmware"] == port_bench.VERSION
    maximum = next(line for line in said["lines"] if line["code"] == "1.6.0")
    assert (maximum["unit"], len(maximum["more"][0])) == ("kW", 10)


def test_without_booking_no_ledger_is_needed(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROSCHEN_DB", str(tmp_path / "none.sqlite"))
    assert data(bench, "--no-book")["booked"] is None
    assert "groschen ledger init" in read(bench, status=2).stderr


def test_another_meter_than_the_one_named_is_said_and_not_booked(bench: Bench, book: Ledger) -> None:
    book.add_meter("A2")
    assert f"ist {SERIAL} (Versorger 7), nicht A2" in read(bench, "--meter", "A2", status=1).stderr
    for serial_number in ("A2", SERIAL):
        assert book.last_port_reading(book.meter(serial_number)) is None


def test_a_meter_of_another_utility_or_of_no_ledger_is_said(bench: Bench, tmp_path: Path, book: Ledger) -> None:
    assert "Versorger" in read(bench, "--utility", "8", status=1).stderr
    empty = f"sqlite:///{tmp_path / 'empty.sqlite'}"
    open_ledger(empty).close()
    assert "groschen meter add" in read(bench, "--db", empty, status=2).stderr


def test_registers_that_have_fallen_are_refused(bench: Bench, book: Ledger) -> None:
    said = PortReading(
        energy_wh=10**9, ht_wh=0, nt_wh=0, balance_ueur=0, debt_ueur=0, meter_time="", firmware="", lines="[]"
    )
    book.book_port_reading(book.meter(SERIAL), said)
    assert "gefallene Register (energy)" in read(bench, status=1).stderr
    with pytest.raises(ReadingError):
        book.book_port_reading(book.meter(SERIAL), PortReading(**{**said.__dict__, "energy_wh": 5}))


def test_the_load_profile_comes_as_csv(bench: Bench, book: Ledger, tmp_path: Path) -> None:
    result = read(bench, "--profile", "2026-03-08..2026-03-09")
    rows = [line.split(",") for line in result.stdout.splitlines()]
    first = 66 * 96
    readout = bench.port._readout
    wanted = [fixed(4 * readout.pulses(sample.START + first + at), IMP, 3) for at in range(192)]
    assert rows[0] == ["end_utc", "kW"]
    assert [value for _, value in rows[1:]] == wanted
    assert (rows[1][0], rows[-1][0]) == ("2026-03-07T23:15:00Z", "2026-03-09T23:00:00Z")
    target = tmp_path / "profile.csv"
    span = "2026-03-08T00:00+01:00..2026-03-08T01:00+01:00"
    assert "1.8.0" in read(bench, "--profile", span, "--out", str(target)).stdout
    assert target.read_text().splitlines() == ["end_utc,kW", *(",".join(row) for row in rows[1:5])]
    assert [quarter["value"] for quarter in data(bench, "--profile", span)["profile"]] == wanted[:4]
    assert data(bench, "--profile", "2020-01-01..2020-01-02")["profile"] == []


@pytest.mark.parametrize("word", ["2026-03-08", "2026-03-09..2026-03-08", "gestern..heute", "2026-03-08T00:00..2026"])
def test_what_is_no_period_is_refused_before_the_meter_is_asked(bench: Bench, book: Ledger, word: str) -> None:
    assert "--profile" in read(bench, "--profile", word, status=2).stderr
    assert bench.wire.talked == []


def computer(bench: Bench, monkeypatch: pytest.MonkeyPatch, ahead_s: int) -> None:
    """Let this computer's clock be so many seconds ahead of the meter's."""
    start, began = bench.world.start_s + ahead_s, time.monotonic()
    monkeypatch.setattr(time, "time", lambda: start + time.monotonic() - began)
    monkeypatch.setattr(hostclock, "ntp_s", lambda: None)


def test_what_a_meter_shows_without_its_memory_is_no_reading(monkeypatch: pytest.MonkeyPatch, book: Ledger) -> None:
    monkeypatch.setattr(port_bench, "KEYS", KEYS)
    with Bench(reaction=300, kept=bytes(32_768)) as lost:
        assert "den Speicher verloren" in " ".join(read(lost, status=1).stderr.split())
        assert "F.F" in read(lost, "--no-book").stdout
    assert book.last_port_reading(book.meter(SERIAL)) is None


def test_the_clock_is_set_and_said_to_have_been_wrong(
    bench: Bench, book: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    computer(bench, monkeypatch, 3 * 3600)
    assert "--set-clock" in read(bench).stderr
    assert "Uhr gestellt" in read(bench, "--set-clock").stderr
    assert abs(data(bench)["clock_ahead_s"]) < 30
    refused = read(bench, "--set-clock", status=1).stderr  # within 24 hours of the meter's own run
    assert "--correct-clock" in refused


@pytest.mark.parametrize("words", [(), ("--clock-checked",)])
def test_a_computer_of_2031_sets_no_clock_and_takes_no_daily_rate(
    bench: Bench, book: Ledger, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    computer(bench, monkeypatch, 1800 * 86_400)
    before = bench.expected()
    said = read(bench, "--set-clock", *words, status=1).stderr
    assert ("--correct-clock" if words else "--clock-checked") in said
    assert bench.expected() == before
    assert not bench.meter.held


def test_who_has_said_today_that_the_clock_is_right_is_not_asked_again(
    bench: Bench, book: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    computer(bench, monkeypatch, 9 * 86_400)
    read(bench, "--set-clock", "--clock-checked", status=1)
    assert "--correct-clock" in read(bench, "--set-clock", status=1).stderr  # asked no more; the meter refuses
    monkeypatch.setenv("GROSCHEN_DESK", "another")
    assert "--clock-checked" in read(bench, "--set-clock", status=1).stderr


def test_a_meter_that_makes_up_for_days_is_asked_again_and_not_said_to_be_silent(
    bench: Bench, book: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    computer(bench, monkeypatch, 3600)
    write = client_module.Client.write

    def slow(self: Client, code: str, value: str) -> None:
        write(self, code, value)
        raise SilentError(("", ""))

    monkeypatch.setattr(client_module.Client, "write", slow)
    assert "Uhr gestellt" in read(bench, "--set-clock").stderr


def test_a_wrong_password_is_said_and_counted(bench: Bench, book: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    computer(bench, monkeypatch, 0)
    monkeypatch.setattr(keyfile, "open_master", lambda *_: MASTER.rotated(1))
    with book.engine.execution_options(**{WRITER: True}).begin() as connection:
        connection.execute(sql("UPDATE meters SET key_generation = 2"))
    assert "falsches Passwort" in read(bench, "--set-clock", status=1).stderr
    assert bench.state.port.wrong == 1
    assert book.last_port_reading(book.meter(SERIAL)) is not None  # read it was


def test_the_password_is_for_other_peoples_programs(bench: Bench, book: Ledger) -> None:
    result = CliRunner().invoke(app, ["password", SERIAL])
    assert result.stdout.strip() == KEYS.port
    client = at_the_meter(bench)
    assert client.program(client.sign_on()) == SERIAL
    client.password(result.stdout.strip())
    assert client.read("1.8.0").value == bench.expected()["1.8.0"]
    with pytest.raises(RefusedError, match="Kennzahl"):
        client.read("1.8.99")
    client.leave()
    assert bench.waits()


def test_every_code_has_a_name_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = [line.split()[0] for line in obis.TABLE.splitlines()]
    codes += [f"{code}*07" for code in obis.HISTORY.split()]
    for language in ("de", "en"):
        monkeypatch.setenv("GROSCHEN_LANG", language)
        assert [code for code in codes if not names.name(code)] == []
    assert names.name("9.9.9") == ""


class Disturbed(serial.SerialBase):  # type: ignore[misc]
    """A line whose characters are altered, lost or echoed on their way in."""

    def __init__(self, inner: serial.SerialBase, disturb: Callable[[bytes], bytes], echo: bool = False) -> None:
        self._inner = inner
        self._disturb = disturb
        self._echo = echo
        self._own = b""

    def read(self, size: int = 1) -> bytes:
        if self._own:
            first, self._own = self._own[:1], self._own[1:]
            return first
        return self._disturb(self._inner.read(size))

    def write(self, data: bytes) -> int | None:  # type: ignore[override]
        self._own = bytes(data) if self._echo else b""
        return self._inner.write(data)

    def flush(self) -> None:
        self._inner.flush()

    def reset_input_buffer(self) -> None:
        self._inner.reset_input_buffer()

    @property
    def baudrate(self) -> int:
        return self._inner.baudrate

    @baudrate.setter
    def baudrate(self, baud: int) -> None:
        self._inner.baudrate = baud


def disturbed(bench: Bench, disturb: Callable[[bytes], bytes], echo: bool = False) -> Client:
    return Client(Disturbed(open_line(bench.wire.name, 300, timeout=TICK_S, seven_bits=True), disturb, echo))


def flip(times: int) -> Callable[[bytes], bytes]:
    """Alter one digit of the readout, so many times."""
    left = [times]

    def disturb(data: bytes) -> bytes:
        if data == b"W" and left[0] > 0:
            left[0] -= 1
            return b"V"
        return data

    return disturb


def test_a_damaged_readout_is_asked_for_again(bench: Bench) -> None:
    client = disturbed(bench, flip(1))
    found = reading.values(client.readout(client.sign_on()))
    assert found.items() >= bench.expected().items()


def test_a_line_that_damages_everything_is_given_up(bench: Bench) -> None:
    client = disturbed(bench, flip(10**6))
    with pytest.raises(GarbledError):
        client.readout(client.sign_on())


def test_parity_bits_and_an_echoing_head_are_borne_with(bench: Bench) -> None:
    client = disturbed(bench, lambda some: bytes(byte | 0x80 for byte in some), echo=True)
    found = reading.values(client.readout(client.sign_on(SERIAL)))
    assert found.items() >= bench.expected().items()
    assert client.program(client.sign_on()) == SERIAL
    client.password(KEYS.port)
    assert client.read("1.8.0").value == found["1.8.0"]
    first, last = (reading.stamp(datetime(2026, 3, 8, hour, tzinfo=UTC), None) for hour in (1, 3))
    blocks = list(client.profile(first, last))
    assert sum(len(block.values) for block in blocks) == 9


class Puppet:
    """A pseudo terminal at which somebody speaks who is no Groschen meter, or nobody."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.client = Client(open_line(os.ttyname(self.slave), 300, timeout=TICK_S, seven_bits=True))

    def say(self, data: bytes) -> None:
        os.write(self.master, data)


@pytest.fixture
def puppet(monkeypatch: pytest.MonkeyPatch) -> Puppet:
    for name in ("_ANSWER_S", "_GAP_S"):
        monkeypatch.setattr(client_module, name, 0.2)
    monkeypatch.setattr(serial.Serial, "reset_input_buffer", lambda _: None)  # it speaks before it is asked
    return Puppet()


def test_nobody_at_the_port_is_said(puppet: Puppet) -> None:
    with pytest.raises(SilentError, match="Lesekopf"):
        puppet.client.sign_on()


def test_noise_at_the_port_is_said(puppet: Puppet) -> None:
    puppet.say(bytes(random.Random(1).randrange(0x80, 0x100) for _ in range(60)))
    with pytest.raises(GarbledError, match="7E1"):
        puppet.client.sign_on(attempts=1)


def test_a_message_that_never_ends_or_breaks_off_is_given_up(puppet: Puppet) -> None:
    puppet.say(b"/ABC5X\r\n\x021.8.0(1")
    who = puppet.client.sign_on()
    with pytest.raises(SilentError):
        puppet.client.readout(who)


def test_what_is_no_line_or_no_block_is_refused(puppet: Puppet) -> None:
    body = b"P.01(1)\x03"
    puppet.say(b"\x02" + body + bytes((bcc(body),)))
    with pytest.raises(GarbledError):
        list(puppet.client.profile("", ""))
    for text in ("", "1.8.0", "1.8.0(", "1.8.0)(", "(1)(", "1.8.0(1)x"):
        with pytest.raises(GarbledError):
            client_module.parse_line(text)
    assert client_module.parse_line("1.6.0(1.234*kW)(2602141815)").more == ("2602141815",)


def test_stamps_are_legal_time_as_the_tz_database_knows_it() -> None:
    chance = random.Random(1996)
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    edges = [datetime(year, month, day, hour, tzinfo=UTC) for year in range(2020, 2037) for month in (3, 10)
             for day in range(24, 32) for hour in (0, 1)]  # fmt: skip
    some = [begin + timedelta(minutes=15 * chance.randrange(35_040 * 16)) for _ in range(2_000)]
    for at in edges + some:
        local = at.astimezone(BERLIN)
        summer = local.utcoffset() == timedelta(hours=2)
        assert reading.stamp(at, None) == f"{summer:d}{local:%y%m%d%H%M%S}"
        assert reading.instant(reading.stamp(at, None), None) == at
        assert reading.instant(reading.stamp(at, -210), -210) == at
    for day in ("2026-03-29", "2026-10-25", "2026-07-01", "2026-12-24"):
        first, last = reading.period(f"{day}..{day}", None)
        midnight = datetime.fromisoformat(day).replace(tzinfo=BERLIN)
        assert first - timedelta(minutes=15) == midnight
        assert last == (midnight + timedelta(days=1)).astimezone(UTC)


def test_a_time_zone_is_legal_or_quarter_hours() -> None:
    from groschenhost.port.options import zone_minutes

    assert (zone_minutes("legal"), zone_minutes("-210"), zone_minutes("+60")) == (None, -210, 60)
    for word in ("61", "Berlin", "", "900"):
        with pytest.raises(InputError, match="--zone"):
            zone_minutes(word)
