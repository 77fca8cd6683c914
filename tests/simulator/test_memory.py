# SPDX-License-Identifier: Apache-2.0
"""`groschen sim run --cuts` and `--image`, and what `groschen sim nvm dump` makes of an image."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from groschen.core import memory
from groschen.core.amount import Limbs
from groschen.core.meter import Meter
from groschen.core.state import State
from groschen.core.store import Store
from groschensim import cli
from groschensim.errors import RunError
from groschensim.image import HEAD, RING_NAMES, SPARE, Field, hot_fields, read_image
from groschensim.nvm import SimNvm
from groschensim.unixport import find_micropython

STORIES = Path(__file__).resolve().parents[2] / "simulator" / "scenarios"
CHRISTMAS = STORIES / "christmas.toml"

try:
    find_micropython()
    MICROPYTHON = ""
except RunError as error:
    MICROPYTHON = str(error)


@pytest.fixture(autouse=True)
def _german(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROSCHEN_LANG", "de")


def sim(*words: str | Path) -> Result:
    return CliRunner().invoke(cli.app, [str(word) for word in words])


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("image") / "meter.bin"
    assert sim("run", CHRISTMAS, "--json", "-q", "--image", path).exit_code == 0
    return path.read_bytes()


def dumped(image: bytes, tmp_path: Path) -> tuple[int, Any]:
    path = tmp_path / "dumped.bin"
    path.write_bytes(image)
    tables = sim("nvm", "dump", path)
    done = sim("nvm", "dump", path, "--json")
    assert done.exit_code == tables.exit_code
    return done.exit_code, json.loads(done.stdout)


def changed(image: bytes, *places: int) -> bytes:
    new = bytearray(image)
    for at in places:
        new[at] ^= 0x10
    return bytes(new)


# -- cuts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("story", ["christmas", "storm"])
def test_cuts_change_nothing(story: str) -> None:
    path = STORIES / f"{story}.toml"
    for words in (["--json"], ["--registers"]):
        done = sim("run", path, *words, "--cuts", "25", "--seed", "7")
        assert done.exit_code == 0
        assert done.stdout == sim("run", path, *words).stdout
        assert done.stderr == "25 Stromausfälle beim Schreiben, nach jedem ein Neustart aus dem Speicher\n"


def test_cuts_leave_trace_and_image_as_they_are(tmp_path: Path, image: bytes) -> None:
    assert sim("run", CHRISTMAS, "--json", "--trace", tmp_path / "a.csv").exit_code == 0
    for seed in ("0", "1"):
        words = ["--cuts", "40", "--seed", seed, "--trace", tmp_path / "b.csv", "--image", tmp_path / "b.bin"]
        done = sim("run", CHRISTMAS, "-q", *words)
        assert done.exit_code == 0
        assert done.stderr == ""
        assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
        whole = [read_image((tmp_path / "b.bin").read_bytes()), read_image(image)]
        assert all(not found.damage for found in whole)
        assert whole[0].copies[0].payload == whole[1].copies[0].payload


@pytest.mark.skipif(bool(MICROPYTHON), reason=MICROPYTHON)
def test_micropython_survives_the_same_cuts(tmp_path: Path) -> None:
    found = []
    for on in ("cpython", "micropython"):
        path = tmp_path / f"{on}.bin"
        done = sim("run", CHRISTMAS, "--registers", "--cuts", "30", "--on", on, "--image", path)
        assert done.exit_code == 0, done.stderr
        assert "30 Stromausfälle" in done.stderr
        found.append((done.stdout, path.read_bytes()))
    assert found[0] == found[1]


def test_wrong_cuts_are_refused(tmp_path: Path) -> None:
    assert sim("run", CHRISTMAS, "--cuts", "0").exit_code == 2
    assert sim("run", CHRISTMAS, "--image", tmp_path / "a.txt").exit_code == 2
    assert sim("run", CHRISTMAS, "--image", tmp_path / "none" / "a.bin").exit_code == 2
    many = sim("run", CHRISTMAS, "--cuts", "1000000000")
    assert many.exit_code == 1
    assert "mehr, als der Lauf Bytes schreibt" in many.stderr


# -- images ------------------------------------------------------------------------------------------------


def test_the_dump_names_every_field_of_the_hot_record_where_the_store_put_it() -> None:
    meter = Meter(1000)
    state = State(meter)
    fields = list(hot_fields(state))
    assert len({item.name for item in fields}) == len(fields)
    expected: dict[str, object] = {}
    for number, item in enumerate(fields, 2):
        value = _set(state, item, number)
        expected[item.name] = value
    meter.edition = expected["edition"] = 1
    nvm = SimNvm()
    Store(nvm).commit(state)
    payload = read_image(bytes(nvm.image)).copies[0].payload
    assert len(payload) == fields[-1].at + fields[-1].size + 8 + SPARE
    plain = [item._replace(unit="") for item in fields]
    assert {item.name: item.read(payload) for item in plain} == expected


def _set(state: State, item: Field, number: int) -> int:
    """Give a field a value that no other one has; return it."""
    *path, name = item.name.split(".")
    part: Any = state if hasattr(state, (path or [name])[0]) else state.meter
    for step in path:
        if step == "open":
            break
        part = getattr(part, step)
    if "open" in path:
        cell = part.newest(0) + ("period", "pulses", "end").index(name)
        part.cells[cell] = number
        return number
    if item.base:
        getattr(part, name).set_value(-number)
        return -number
    if item.unit == "flag":
        setattr(part, name, number % 2 == 1)
        return number % 2
    if name in ("imp", "appended", "zone"):  # what these say decides where other things are
        return int(getattr(part, name))
    setattr(part, name, number)
    return number


def test_the_dump_shows_what_the_run_says(image: bytes, tmp_path: Path) -> None:
    code, found = dumped(image, tmp_path)
    assert code == 0
    assert found["damage"] == []
    result = json.loads(sim("run", CHRISTMAS, "--json").stdout)
    registers = json.loads(sim("run", CHRISTMAS, "--registers").stdout)
    values = {item["name"]: item["values"] for item in found["fields"]}
    assert values["account.balance"] == [result["balance_ueur"]] * 2
    assert values["supply.mode"] == ["CUSTOMER"] * 2
    assert values["energy_ht"] == [result["pulses"]["ht"]] * 2
    rings = {name: [row["values"] for row in rows] for name, rows in found["rings"].items()}
    assert [(row["at"], row["kind"], row["detail"], row["amount"]) for row in rings["log"]] == [
        (row["at"], row["kind"], row["detail"], row["amount_ueur"]) for row in registers["events"]
    ]
    assert [(row["day"], row["ht"], row["cost"]) for row in rings["daily"]] == [
        (row["day"], row["ht_pulses"], row["cost_ueur"]) for row in registers["daily"]
    ]
    assert [row["balance"] for row in rings["months"]] == [
        row["balance_ueur"] for row in registers["snapshots"]["months"]
    ]
    assert [row["balance"] for row in rings["warnings"]] == [row["balance_ueur"] for row in registers["warnings"]]
    assert found["profile"] == registers["profile"]
    assert found["tariffs"][0]["values"]["ht"] == 331_000
    assert found["contracts"][1]["values"]["days"]


def test_the_dump_speaks_both_languages(image: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(image)
    german = sim("nvm", "dump", path).stdout
    assert re.search(r"account\.balance +0x0030 +0x0230 +17,347518 EUR +=", german)
    assert "Nichts ist beschädigt." in german
    monkeypatch.setenv("GROSCHEN_LANG", "en")
    english = sim("nvm", "dump", path).stdout
    assert re.search(r"account\.balance +0x0030 +0x0230 +17\.347518 EUR +=", english)
    assert "Nothing is damaged." in english
    for name in RING_NAMES:
        assert name in sim("nvm", "dump", path, "--ring", name).stdout
    assert "balance" in sim("nvm", "dump", path, "--ring", "months").stdout
    assert sim("nvm", "dump", path, "--ring", "none").exit_code == 2


def test_the_commands_rings_are_the_memorys() -> None:
    assert tuple(ring.value for ring in cli.memory.Ring) == RING_NAMES


def test_what_is_damaged_is_said(image: bytes, tmp_path: Path) -> None:
    balance = 0x44
    tariffs, size, _ = memory.TARIFFS
    log, days = memory.RINGS[0][0], memory.RINGS[2][0]
    for places, code, damage in (
        ([balance], 0, [("damaged", 0)]),
        ([balance + memory.HOT_SLOT], 0, [("damaged", 512)]),
        ([balance, balance + memory.HOT_SLOT], 1, [("damaged", 0), ("damaged", 512)]),
        ([tariffs + 9], 0, [("tariff", tariffs)]),
        ([tariffs + 9, tariffs + size + 9], 1, [("no tariff", tariffs)]),
        ([log + 3], 0, [("row log", log)]),
        ([days + 30], 0, [("row daily", days + 27)]),
    ):
        found = dumped(changed(image, *places), tmp_path)
        assert (found[0], [(row["what"], row["at"]) for row in found[1]["damage"]]) == (code, damage)
        assert found[1]["fields"]  # what can be shown is shown
        assert found[1]["readable"] is (code == 0)
    code, found = dumped(changed(image, memory.PROFILE + 3 * (3 + 20_800 * 96 % memory.PROFILE_ROWS)), tmp_path)
    assert [row["what"] for row in found["damage"]] == ["profile 1"]
    assert found["profile"]["pulses"].count(None) == 1


def test_an_image_that_a_store_refuses_is_exit_status_1_and_the_other_way_round(image: bytes, tmp_path: Path) -> None:
    for places in ([0], [0, 512], [2, 3], [3, 515], [memory.CONTRACTS[0] + 384 + 7, memory.CONTRACTS[0] + 576 + 7]):
        broken = changed(image, *places)
        try:
            Store(SimNvm(image=bytearray(broken))).load()
            refused = 0
        except Exception:  # noqa: BLE001 (whatever a store says, it is no meter)
            refused = 1
        assert dumped(broken, tmp_path)[0] == refused


def test_a_blank_memory_is_in_order_and_another_file_is_none(tmp_path: Path) -> None:
    path = tmp_path / "blank.bin"
    for fill in (0, 0xFF):
        path.write_bytes(bytes([fill]) * memory.SIZE)
        done = sim("nvm", "dump", path)
        assert done.exit_code == 0
        assert "nie beschrieben" in done.stdout
        assert json.loads(sim("nvm", "dump", path, "--json").stdout)["blank"]
    path.write_bytes(bytes(100))
    done = sim("nvm", "dump", path)
    assert done.exit_code == 2
    assert "100 Bytes statt 32768" in done.stderr
    assert sim("nvm", "dump", tmp_path).exit_code == 2
    assert sim("nvm", "dump", tmp_path / "none.bin").exit_code == 2


def test_noise_is_shown_without_a_traceback(image: bytes, tmp_path: Path) -> None:
    import random

    chance = random.Random(4)
    for _ in range(30):
        noise = bytearray(image)
        for _ in range(chance.choice([1, 30, 3000])):
            noise[chance.randrange(chance.choice([600, len(noise)]))] = chance.randrange(256)
        path = tmp_path / "noise.bin"
        path.write_bytes(noise)
        done = sim("nvm", "dump", path)
        assert done.exit_code in (0, 1), done.exception
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception


def test_amounts_are_limbs_of_four_and_three_bytes() -> None:
    limbs = Limbs()
    limbs.set_value(-1)
    nvm = SimNvm()
    meter = Meter(1000)
    meter.account.balance.copy(limbs)
    state = State(meter)
    Store(nvm).commit(state)
    at = HEAD + next(item.at for item in hot_fields(state) if item.name == "account.balance")
    assert bytes(nvm.image[at : at + 7]) == b"\xff\xff\xff\xff\x3f\x42\x0f"
