# SPDX-License-Identifier: Apache-2.0
"""What a card costs: at the desk through pcscd, on the bus, in the meter, in the decoder.

A benchmark and no test: it prints what it finds, and its exit status is 0. What is missing here, pcscd or MicroPython,
it says instead. Times are medians; both sides of a ratio are measured by turns, so that a busy machine weighs on both.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import bench_cards_device as device
from rich.console import Console
from rich.table import Table

from groschen.core.session import SHOW, CardSession
from groschencard import record_issue, records, seal
from groschencard.chips import SLE_SIZE
from groschenhost.readers.dialects import SLE_4428, open_chip
from groschenhost.readers.virtual import open_virtual
from groschensim.insert import contact_slot
from groschensim.models.sle4428 import Sle4428Chip
from groschensim.scenario import read_scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from groschencard.codec import Values
    from groschencard.keys import MeterKeys
    from groschenhost.readers.chip import CardChip
    from groschenhost.readers.connection import Answer, Connection

ROOT = Path(__file__).resolve().parents[1]
MICROPYTHON = Path(sys.executable).parent / "micropython"
YEAR = ROOT / "tools" / "bench_year.toml"
CLOCKS_PER_MS = 20  # 20 kHz, the most that the data sheet allows
ROUNDS = 3  # in which the interpreters take turns
DAYS = 10  # between two top-ups
WAIT_S = 10.0
READER = "ACR39U"
TRIPS = 20  # bare ones a visit

BARE = bytes([0xFF, 0x00, 0x00, 0x00, 0x00])
"""No command of the reader: it answers 6D 00, and the chip has no clock of it."""

READ, TOP_UP, ORDER, RETURNED = OPERATIONS = (
    f"card read, {SLE_SIZE} bytes",
    "top-up: PSC, order of 48 bytes, read back",
    "the order's read-back alone",
    "read-back: acknowledgement and report, proven",
)

STEPS = {"_identify": "identify and check", "_present": "PSC", "_acknowledge": "acknowledge", "_tell": "report"}
"""What the session's states are called here, from the one with that function in its table on."""


class Figure(NamedTuple):
    """What was measured: the figure itself, or a part of it."""

    group: str
    name: str
    part: str
    value: float
    unit: str


class MissingError(Exception):
    """Something is not installed here, or does not start."""


class Sample(NamedTuple):
    """One operation: seconds, commands, clocks of the chip where they are known."""

    seconds: float
    commands: int = 0
    clocks: int = 0


Samples = dict[str, list[Sample]]


def median(samples: Iterable[float]) -> float:
    """Return the median."""
    return statistics.median(samples)


# -- at the desk


class Counted:
    """A connection that counts its commands."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.sent = 0

    def transmit(self, apdu: bytes) -> Answer:
        """Send one command and return its answer."""
        self.sent += 1
        return self._connection.transmit(apdu)

    def close(self) -> None:
        """Let the card go."""
        self._connection.close()


def order(keys: MeterKeys, number: int) -> tuple[int, bytes]:
    """Return the place of an order, its two slots by turns, and its bytes; each order is another sum."""
    values: Values = {name: 0 for name, _ in records.RECORDS[records.ORDER][4]}
    values["credit_number"] = number
    values["credit_ueur"] = device.CREDIT
    values["credit_total_ueur"] = number * device.CREDIT
    slot = number % 2
    return records.place(records.ORDER, slot), record_issue.write(keys, records.ORDER, slot, number, values, SLE_SIZE)


def prove_returned(chip: CardChip, keys: MeterKeys) -> None:
    """Read what the meter wrote; CardError where it was not the meter."""
    for kind in (records.ACKNOWLEDGEMENT, records.REPORT):
        seal.read(keys, kind, 0, chip.read(records.place(kind, 0), records.room(kind, chip.size)))


def visit(chip: CardChip, keys: MeterKeys, number: int, now: Callable[[], tuple[int, int]]) -> Samples:
    """Serve a card once; `now` tells the commands and clocks so far."""
    at, data = order(keys, number)

    def top_up() -> None:
        chip.unlock(keys.card_secret(device.CARD))
        chip.write(at, data)

    work: tuple[Callable[[], object], ...] = (
        lambda: chip.read(0, chip.size),
        top_up,
        lambda: chip.read(at, len(data)),
        lambda: prove_returned(chip, keys),
    )
    out: Samples = {}
    for name, do in zip(OPERATIONS, work, strict=True):
        commands, clocks = now()
        begin = time.perf_counter()
        do()
        seconds = time.perf_counter() - begin
        commands_after, clocks_after = now()
        out[name] = [Sample(seconds, commands_after - commands, clocks_after - clocks)]
    return out


def visit_connection(connection: Connection, keys: MeterKeys, number: int, clocks: Callable[[], int]) -> Samples:
    """Serve a card over a connection, and let it go."""
    counted = Counted(connection)
    chip = open_chip(READER, SLE_4428, counted)
    try:
        return visit(chip, keys, number, lambda: (counted.sent, clocks()))
    finally:
        chip.close()


def emulation() -> Any:
    """Return the tests' readers: an ACR39U as its manual describes it, over the chip model."""
    return importlib.import_module("tests.host.pcsc.emulation")


def visit_model(chip: Sle4428Chip, keys: MeterKeys, number: int) -> Samples:
    """Serve a card in the same reader within this process."""
    readers = emulation()
    return visit_connection(readers.Local(readers.Acs(chip)), keys, number, lambda: chip.clocks)


def visit_file(path: Path, keys: MeterKeys, number: int) -> Samples:
    """Serve a card that is a file."""
    chip = open_virtual(path)
    try:
        return visit(chip, keys, number, lambda: (0, 0))
    finally:
        chip.close()


def trips(connection: Connection) -> list[float]:
    """Return the seconds of bare round trips."""
    out: list[float] = []
    for _ in range(TRIPS):
        begin = time.perf_counter()
        connection.transmit(BARE)
        out.append(time.perf_counter() - begin)
    return out


@contextmanager
def pcsc_reader(image: bytes) -> Generator[Callable[[], Connection]]:
    """Start a pcscd of our own with a card in its reader; give what connects to it. MissingError."""
    try:
        bench: Any = importlib.import_module("tests.host.pcsc.bench")
        pcsc: Any = importlib.import_module("groschenhost.readers.pcsc")
    except ImportError as error:
        raise MissingError(f"pyscard is missing: {error}") from error
    lacking = bench.missing()
    if lacking:
        raise MissingError(lacking)
    try:
        service = bench.Pcscd()
    except RuntimeError as error:
        raise MissingError(str(error)) from error
    try:
        # Before this process speaks to pcscd for the first time: the library asks once.
        os.environ["PCSCLITE_CSOCK_NAME"] = str(service.socket_path)
        card = bench.CardProcess(service.port_of("acs"), "acs")
        try:
            card("image", image.hex())
            card("insert")
            yield lambda: pcsc.Service().wait(READER, WAIT_S)
        finally:
            card.close()
    finally:
        service.close()


class Desk:
    """The same card at a desk in three ways, by turns: through pcscd, in this process on the chip model, as a file."""

    def __init__(self, image: bytes, keys: MeterKeys, folder: Path, connect: Callable[[], Connection] | None) -> None:
        self._keys = keys
        self._connect = connect
        self._model = Sle4428Chip(bytearray(image))
        self._file = folder / "card.bin"
        self._file.write_bytes(image)
        self._number = 1000
        self.trips: list[float] = []
        self.through: dict[str, Samples] = {way: defaultdict(list) for way in ("pcscd", "model", "file")}

    def serve(self) -> None:
        """Serve the card once in each way."""
        self._number += 1
        keys, number = self._keys, self._number
        if self._connect:
            self._note("pcscd", visit_connection(self._connect(), keys, number, lambda: 0))
            connection = self._connect()
            try:
                self.trips += trips(connection)
            finally:
                connection.close()
        self._note("model", visit_model(self._model, keys, number))
        self._note("file", visit_file(self._file, keys, number))

    def forget(self) -> None:
        """Leave out what was measured so far: the first visits fill slots that were blank."""
        self.trips.clear()
        for samples in self.through.values():
            samples.clear()

    def _note(self, way: str, samples: Samples) -> None:
        for name, one in samples.items():
            self.through[way][name] += one

    def seconds(self, way: str, name: str) -> float:
        """Return the median of an operation."""
        return median(sample.seconds for sample in self.through[way][name])

    def figures(self) -> list[Figure]:
        """Tell what was measured."""
        return [*(self._through_pcscd() if self.trips else []), *self._beside(), *self._on_the_bus()]

    def _through_pcscd(self) -> list[Figure]:
        group = "desk, through pcscd, ACS"
        trip = median(self.trips)
        out = [Figure(group, "bare round trip, no work in the chip", "", trip * 1000, "ms")]
        for name in OPERATIONS:
            seconds = self.seconds("pcscd", name)
            commands = self.through["pcscd"][name][0].commands
            beside = seconds - self.seconds("model", name)
            out += [
                Figure(group, name, "", seconds * 1000, "ms"),
                Figure(group, name, "/ round trip", seconds / trip, "times"),
                Figure(group, name, "commands", commands, ""),
                Figure(group, name, "a command without the chip / round trip", beside / commands / trip, "times"),
            ]
        return out

    def _beside(self) -> list[Figure]:
        titles = {"model": "desk, the chip model alone, in process", "file": "desk, virtual reader (a file, fsync)"}
        return [
            Figure(title, name, "", self.seconds(way, name) * 1000, "ms")
            for way, title in titles.items()
            for name in OPERATIONS
        ]

    def _on_the_bus(self) -> list[Figure]:
        group = "desk, on the bus at 20 kHz, from the clocks"
        return [
            figure
            for name in OPERATIONS
            for figure in on_the_bus(group, name, median(sample.clocks for sample in self.through["model"][name]))
        ]


def desk_figures(house: device.House, visits: int) -> tuple[list[Figure], str | None]:
    """Measure the desk; return also what is missing."""
    image, keys = bytes(house.card), house.keys
    with tempfile.TemporaryDirectory() as folder:
        try:
            with pcsc_reader(image) as connect:
                return served(Desk(image, keys, Path(folder), connect), visits), None
        except MissingError as error:
            figures = served(Desk(image, keys, Path(folder), None), visits)
            return figures, f"nothing measured through pcscd: {error}"


def served(desk: Desk, visits: int) -> list[Figure]:
    """Serve so many visits, after two that fill both slots of the order."""
    for _ in range(2):
        desk.serve()
    desk.forget()
    for _ in range(visits):
        desk.serve()
    return desk.figures()


# -- on the bus


def on_the_bus(group: str, name: str, clocks: float) -> list[Figure]:
    """Return clocks, and what they take."""
    return [Figure(group, name, "", clocks / CLOCKS_PER_MS, "ms"), Figure(group, name, "clocks", clocks, "")]


def clocks_of(house: device.House) -> dict[int, int]:
    """Top the card up and put it in, down to the pins; return the clocks by the session's states."""
    chip = Sle4428Chip(house.card)
    slot = contact_slot(chip)
    house.credit()
    session = house.session(slot)
    out: dict[int, int] = defaultdict(int)
    while session.state != SHOW:
        state, before = session.state, chip.clocks
        session.step()
        out[state] += chip.clocks - before
    device.booked(session)
    return out


def report_length(house: device.House) -> int:
    """Return the bytes of the report that stands on the card."""
    space = house.space()
    start = records.place(records.REPORT, 0) + records.HEAD
    payload = int.from_bytes(space[start : start + records.LENGTH], "little")
    return records.HEAD + records.LENGTH + payload + records.TAIL


def bus_figures(house: device.House) -> list[Figure]:
    """Compute how long an insertion keeps the contacts busy: the first one of a card, and one ten days later."""
    first = sum(clocks_of(house).values())
    house.pass_days(DAYS)
    clocks = clocks_of(house)
    group = "insertion, on the bus at 20 kHz, from the clocks"
    length = report_length(house)
    parts: dict[str, int] = defaultdict(int)
    name = ""
    for state, (do, _) in enumerate(CardSession.STEPS):
        name = STEPS.get(do.__name__, name)
        if name:
            parts[name] += clocks[state]
    out: list[Figure] = []
    for name, spent in parts.items():
        out += on_the_bus(group, f"{name}, {length} bytes" if name == "report" else name, spent)
    booking = sum(spent for name, spent in parts.items() if name not in ("acknowledge", "report"))
    out += on_the_bus(group, "until the credit is booked", booking)
    out += on_the_bus(group, f"whole, {DAYS} days after the last", sum(clocks.values()))
    return out + on_the_bus(group, "whole, a new card", first)


# -- in the meter


def on_micropython(folder: Path, runs: int) -> dict[str, list[float]]:
    """Return the samples of the MicroPython unix port."""
    roots = [ROOT / name for name in ("firmware", "cardformat", "simulator")]
    environment = {**os.environ, "MICROPYPATH": ":".join([*map(str, roots), ".frozen"])}
    script = ROOT / "tools" / "bench_cards_device.py"
    command = [str(MICROPYTHON), "-X", "heapsize=64M", str(script), str(folder), str(runs)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    samples: dict[str, list[float]] = json.loads(done.stdout)
    return samples


def meter_figures(house: device.House, folder: Path, runs: int) -> tuple[list[Figure], str | None]:
    """Measure insertion and decoder on both interpreters; return also what is missing."""
    ways: dict[str, Callable[[], dict[str, list[float]]]] = {"CPython": lambda: device.samples(house, runs)}
    missing = None
    if MICROPYTHON.exists():
        ways["MicroPython unix"] = lambda: on_micropython(folder, runs)
    else:
        missing = "nothing measured on MicroPython: its unix port is not in .venv"
    found: dict[str, dict[str, list[float]]] = {way: defaultdict(list) for way in ways}
    for _ in range(ROUNDS):
        for way, measure in ways.items():
            for name, samples in measure().items():
                found[way][name] += samples
    out: list[Figure] = []
    for way, taken in found.items():
        out += meter_rows(way, taken)
    if len(found) > 1:
        here, there = found.values()
        out += [
            Figure("MicroPython / CPython", title, "", median(there[name]) / median(here[name]), "times")
            for title, name in (("insertion", "insertion"), ("decoding a card", "image"))
        ]
    return out, missing


def meter_rows(way: str, samples: dict[str, list[float]]) -> list[Figure]:
    """Return the rows of one interpreter."""
    shares = [100 * hmac / whole for hmac, whole in zip(samples["hmac"], samples["watched"], strict=True)]
    group = f"meter, {way}"
    insertion = "an insertion with credit, byte by byte"
    return [
        Figure(group, insertion, "", median(samples["insertion"]) / 1000, "ms"),
        Figure(group, insertion, "of it HMAC", median(shares), "%"),
        Figure(group, insertion, "HMACs", median(samples["hmacs"]), ""),
        Figure(group, "whole cards decoded and proven", "", 1e6 / median(samples["image"]), "a second"),
    ]


# -- telling


def show(figures: list[Figure]) -> None:
    """Print a table."""
    table = Table("figure", title="cards", title_style="")
    table.add_column("measured", justify="right")
    table.add_column("unit")
    group = ""
    for figure in figures:
        if figure.group != group:
            group = figure.group
            table.add_section()
            table.add_row(group, "", "", style="bold")
        value = f"{figure.value:,.0f}" if abs(figure.value) >= 1000 or not figure.unit else f"{figure.value:.3g}"
        table.add_row(f"    {figure.part}" if figure.part else f"  {figure.name}", value, figure.unit)
    Console().print(table)


def write_year(folder: Path) -> None:
    """Write the year's tape and load, as the device's part takes them."""
    scenario = read_scenario(YEAR)
    (folder / "tape.json").write_text(json.dumps({**scenario.tape}), encoding="utf-8")
    (folder / "load.bin").write_bytes(scenario.load.tobytes())


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="what a card costs at the desk, on the bus and in the meter")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--visits", type=int, default=15, help="how often the desk serves a card in each way (15)")
    parser.add_argument("--runs", type=int, default=7, help="insertions on each interpreter in each round (7)")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))  # the readers and the pcscd of the tests
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_year(folder)
        house = device.read_house(name)
        bus = bus_figures(house)  # first: the card is new
        desk, no_pcscd = desk_figures(house, options.visits)
        meter, no_micropython = meter_figures(house, folder, options.runs)
    figures = [*desk, *bus, *meter]
    missing = [why for why in (no_pcscd, no_micropython) if why]
    if options.json:
        print(json.dumps({"figures": [each._asdict() for each in figures], "missing": missing}, indent=2))
    else:
        show(figures)
    for why in missing:
        print(f"bench_cards: {why}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
