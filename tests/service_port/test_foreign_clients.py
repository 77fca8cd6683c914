# SPDX-License-Identifier: Apache-2.0
"""Programs of other people read a meter that runs: `iec62056-21-dzg` of PyPI and `smartmeter-obis` of npm."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sample_meter as sample
from iec62056_21_dzg.client import Iec6205621Client
from iec62056_21_dzg.messages import AnswerDataMessage, CommandMessage, DataSet
from interpreters import absent, command

from groschencard.iec62056 import bcc, fixed
from groschenhost.port.line import open_line
from tests.service_port.bench import DAYS, IMP, PASSWORD, SERIAL, Bench

HERE = Path(__file__).parent
# It opens the port anew at each change of speed and forgets the old one; what came meanwhile is lost to it.
REACTION_MS = 600
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


class Client(Iec6205621Client):
    """The client, without its cipher for one maker's passwords."""

    @classmethod
    def dzg_pw_algorithm_encrypt(cls, operand: str) -> str:
        """Send a password as it is."""
        return operand


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench(REACTION_MS) as running:
        yield running


@pytest.fixture
def client(bench: Bench) -> Iterator[Client]:
    found = Client.with_serial_transport(bench.wire.name)
    found.connect()
    yield found
    found.disconnect()


def test_a_readout_with_dzg(bench: Bench, client: Client) -> None:
    found = {data.address: data for data in client.standard_readout().data if data.address}
    assert client.manufacturer_id == "GRO"
    for code, value in bench.expected().items():
        assert found[code].value == value, code
    assert found["1.8.0"].unit == "kWh"
    assert found["0-0:19.10.0*255"].unit == "EUR"
    assert found["0-0:96.3.10*255"].value == str(int(bench.meter.supply.on))
    assert (300, 300) in bench.wire.talked
    assert bench.wire.talked[-1] == (9600, 9600)
    assert bench.waits()


def log_in(client: Client, password: str) -> str:
    """Ask for the programming mode with a password; return the first byte of what is said to it."""
    request = client.access_programming_mode()
    assert isinstance(request, CommandMessage)
    assert request.data_set is not None
    assert request.data_set.value == SERIAL
    client.send_password(password)
    return client._recv_ack()


def test_the_programming_mode_with_dzg(bench: Bench, client: Client) -> None:
    assert log_in(client, PASSWORD) == "\x06"
    for code in ("1.8.1", "0-0:19.10.0*255", "1.8.2*01", "0-0:19.20.3*255"):
        assert client.read_single_value(code).value == bench.expected()[code]
    assert client.read_single_value("1.8.99").value == "ERR02"
    client.write_single_value("0.9.4", "0260312120000")
    assert bench.world.clock.error > 0
    assert client.read_single_value("0.9.4").value[:9] == "026031212"
    with pytest.raises(ValueError, match="invalid response"):
        client.write_single_value("0-0:19.10.0*255", "1000000.000000")
    assert client.transport.recv(9)[:8] == b"(ERR03)\x03"
    assert client.read_single_value("0-0:19.10.0*255").value == bench.expected()["0-0:19.10.0*255"]
    client.send_break()
    assert bench.waits()


def test_a_wrong_password_with_dzg(bench: Bench, client: Client) -> None:
    assert log_in(client, PASSWORD[::-1]) == "\x02"
    rest = client.transport.recv(8)
    assert rest == b"(ERR05)\x03"
    client.transport.recv(1)
    assert bench.state.port.wrong == 1
    assert client.read_single_value("1.8.0").value == "ERR04"
    with pytest.raises(ValueError, match="invalid response"):
        client.write_single_value("0.9.4", "1260401000000")
    assert client.transport.recv(9)[:8] == b"(ERR04)\x03"
    assert bench.world.clock.error == 0
    client.send_break()
    assert bench.waits()


def test_the_load_profile_with_dzg(bench: Bench, client: Client) -> None:
    assert log_in(client, PASSWORD) == "\x06"
    asked = CommandMessage("R", "5", DataSet(address="P.01", value="0260308001500;0260310000000"))
    client.transport.send(asked.to_bytes())
    answer = client.read_response()
    assert isinstance(answer, AnswerDataMessage)
    data_sets = answer.data or []
    heads = [data.value for data in data_sets if data.address == "P.01"]
    assert heads == ["0260308001500", "0260309001500"]
    found = [data.value for data in data_sets if data.address is None and re.fullmatch(r"\d+\.\d{3}", data.value)]
    load = sample.household(DAYS * 96)
    first = 66 * 96  # 8 March
    meter_day = [bench.port._readout.pulses(sample.START + first + at) for at in range(192)]
    assert found == [fixed(4 * pulses, IMP, 3) for pulses in meter_day]
    assert sum(pulses <= load[first + at] for at, pulses in enumerate(meter_day)) == 192
    client.send_break()


@pytest.mark.parametrize(("reaction", "whole"), [(300, False), (900, True)])
def test_a_client_that_drops_what_comes_half_a_second_behind_its_acknowledgement(reaction: int, whole: bool) -> None:
    # As a component for Home Assistant does; the meter's own setting is what helps.
    with Bench(reaction) as bench, closing(open_line(bench.wire.name, 300, timeout=3)) as line:
        port: Any = line
        port.write(b"/?!\r\n")
        assert port.read_until(b"\r\n")[:4] == b"/GRO"
        port.write(b"\x06050\r\n")
        time.sleep(0.5)
        port.baudrate = 9600
        port.reset_input_buffer()
        block = port.read_until(b"\x03") + port.read(1)
        assert (block[:1] == b"\x02" and bcc(block[1:-1]) == block[-1]) == whole


def test_a_readout_with_smartmeter_obis() -> None:
    if not (HERE / "node_modules").is_dir():
        absent("smartmeter-obis is not here; `make setup` brings it")
    with Bench() as bench:
        done = subprocess.run(
            [command("node"), HERE / "smartmeter.mjs", bench.wire.name],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout.strip().splitlines()[-1])
        for code, value in bench.expected().items():
            # It writes out what is abbreviated, and leaves a zero out.
            full = code if ":" in code else "1-0:" + code.replace("C.", "96.").replace("F.F", "97.97")
            full = full.replace("*0", "*")
            said = found[full]["values"][0]["value"]
            assert said == (float(value) if "." in value and code != "0.2.0" else value), code
        assert found["1-0:1.8.0"]["values"][0]["unit"] == "kWh"
        assert found["0-0:19.10.0*255"]["values"][0]["unit"] == "EUR"
        assert bench.wire.talked[-1] == (9600, 9600)
        assert bench.waits()
