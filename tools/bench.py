# SPDX-License-Identifier: Apache-2.0
"""The figures to reach, measured: pulses in one step, a year's CPU time, start-up, and where the time goes.

A benchmark and no test: it prints what it finds beside the target, and its exit status is 0. Ratios are taken in one
run, their two sides by turns, so that a busy machine weighs on both.
"""

import argparse
import cProfile
import importlib
import json
import os
import pstats
import random
import statistics
import subprocess
import sys
import tempfile
import time
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from groschen.core import outlook
from groschen.core.amount import Limbs
from groschen.core.meter import Meter
from groschen.core.tariff import Tariff
from groschensim import result
from groschensim.board import Board
from groschensim.nvm import SimNvm
from groschensim.play import Player
from groschensim.scenario import Scenario, read_scenario

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
YEAR = ROOT / "tools" / "bench_year.toml"
QUARTERS_PER_DAY = 96
QUARTERS_PER_YEAR = 35_040
RUNS = 5


class Figure(NamedTuple):
    """What was measured, and what it should be at most; None where there is no target."""

    name: str
    value: float
    unit: str
    target: float | None


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds of a call."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


# -- a quarter hour, however many pulses it holds


def steady_meter(balance: int, price: int) -> Meter:
    """Return a meter with one price and a debt, in a night hour with no change near."""
    tariff = Tariff()
    tariff.version = 1
    tariff.ht = tariff.nt = price
    tariff.debt_kwh = price // 10
    tariff.power = 1_000_000
    tariff.continuous = True
    credit, owed = Limbs(), Limbs()
    credit.set_value(balance)
    owed.set_value(10**15)
    meter = Meter(1000)
    meter.commission(20_600, 0, 0, tariff, credit, owed)
    return meter


def quarter_hours(pulses: int, rounds: int, top_up: int) -> float:
    """Return the CPU seconds of so many quarter hours; a top-up, if any, ends with the last pulse of each."""
    price = 300_000
    meter = steady_meter(top_up or 10**12, price)
    quarter = meter.quarter
    amount = Limbs()
    amount.set_value(top_up)
    begin = time.process_time()
    for _ in range(rounds):
        happen = outlook.lasts(meter, pulses)
        meter.count(happen)
        if top_up:
            meter.top_up(amount, False)
        quarter += 1
        meter.advance(quarter // QUARTERS_PER_DAY, quarter % QUARTERS_PER_DAY * 900)
    return time.process_time() - begin


def pulse_ratio(ends: bool) -> float:
    """Return time(30 000 pulses) / time(1 pulse), the smallest of several, where credit lasts or ends."""
    rounds = 4_000
    ratios: list[float] = []
    for _ in range(RUNS):
        # 330 micro-euro a pulse: the one pulse uses its top-up up, and 15 152 of the 30 000 theirs.
        many = quarter_hours(30_000, rounds, 5_000_000 if ends else 0)
        one = quarter_hours(1, rounds, 330 if ends else 0)
        ratios.append(many / one)
    return statistics.median(ratios)


def pulse_figures() -> list[Figure]:
    """Measure the quarter hour of 30 000 pulses against that of one."""
    return [
        Figure("30 000 pulses / 1 pulse, credit lasts", pulse_ratio(False), "times", 2),
        Figure("30 000 pulses / 1 pulse, credit ends within", pulse_ratio(True), "times", 2),
    ]


# -- a year


def play(scenario: Scenario) -> float:
    """Return the CPU seconds of a year inside the engine."""
    return cpu(Player(dict(scenario.tape), scenario.load).play)


def micropython_year(scenario: Scenario) -> float | None:
    """Return the seconds of the same year on the MicroPython unix port, or None where it is not here."""
    command = BIN / "micropython"
    if not command.exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "tape.json").write_text(json.dumps({**scenario.tape}), encoding="utf-8")
        (Path(folder) / "load.bin").write_bytes(scenario.load.tobytes())
        roots = [ROOT / name for name in ("firmware", "cardformat", "simulator")]
        environment = {**os.environ, "MICROPYPATH": ":".join([*map(str, roots), ".frozen"])}
        script = ROOT / "tools" / "bench_device.py"
        done = subprocess.run(
            [command, "-X", "heapsize=64M", script, folder, str(RUNS)],
            check=True,
            capture_output=True,
            text=True,
            env=environment,
        )
    return statistics.median(int(line) for line in done.stdout.split()[:RUNS]) / 1000


def rated_load(load: "array[int]") -> list[float]:
    """Return a year's mean kW of each quarter hour, as Utilityrate5 takes it."""
    return [pulses * 4 / 1000 for pulses in load[:35_040]]


def rate_engine(load_kw: list[float]) -> Any:
    """Return a Utilityrate5 with HT and NT, a monthly price of power, and a fixed charge."""
    model: Any = importlib.import_module("PySAM.Utilityrate5").new()
    day = [2] * 6 + [1] * 16 + [2] * 2  # period 1 is HT, 2 is NT
    model.SystemOutput.gen = [0.0] * len(load_kw)
    model.SystemOutput.degradation = [0.0]
    model.Load.load = load_kw
    model.Lifetime.analysis_period = 1
    model.Lifetime.inflation_rate = 0
    model.Lifetime.system_use_lifetime_output = 0
    settings: dict[str, Any] = {
        "en_electricity_rates": 1,
        "ur_metering_option": 0,
        "rate_escalation": [0.0],
        "ur_nm_yearend_sell_rate": 0,
        "ur_nm_credit_month": 0,
        "ur_nm_credit_rollover": 0,
        "ur_monthly_fixed_charge": 12.0,
        "ur_monthly_min_charge": 0,
        "ur_annual_min_charge": 0,
        "ur_en_ts_sell_rate": 0,
        "ur_en_ts_buy_rate": 0,
        "ur_sell_eq_buy": 0,
        "ur_ec_sched_weekday": [day] * 12,
        "ur_ec_sched_weekend": [[2] * 24] * 12,
        "ur_ec_tou_mat": [[1, 1, 1e38, 0, 0.3189, 0], [2, 1, 1e38, 0, 0.2512, 0]],
        "ur_dc_enable": 1,
        "ur_dc_sched_weekday": [[1] * 24] * 12,
        "ur_dc_sched_weekend": [[1] * 24] * 12,
        "ur_dc_tou_mat": [[1, 1, 1e38, 0.0]],
        "ur_dc_flat_mat": [[month, 1, 1e38, 2.0] for month in range(12)],
    }
    for name, value in settings.items():
        setattr(model.ElectricityRates, name, value)
    return model


def year_figures(scenario: Scenario) -> list[Figure]:
    """Measure a year of quarter hours with every rule on, beside Utilityrate5 and on MicroPython."""
    model = rate_engine(rated_load(scenario.load))
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(RUNS):
        ours.append(play(scenario))
        theirs.append(cpu(model.execute))
    year, rated = statistics.median(ours), statistics.median(theirs)
    figures = [
        Figure("a year of quarter hours, CPython", year, "s", 0.5),
        Figure("the same year, Utilityrate5", rated, "s", None),
        Figure("Groschen / Utilityrate5", year / rated, "times", None),
    ]
    micropython = micropython_year(scenario)
    if micropython is not None:
        figures.insert(1, Figure("the same year, MicroPython unix", micropython, "s", None))
    return figures


# -- the memory


class CountingNvm(SimNvm):
    """A memory that counts how often each stretch of it is written."""

    def __init__(self, cuts: Sequence[int] = ()) -> None:
        super().__init__(cuts)
        self.stretches: Counter[tuple[int, int]] = Counter()

    def write(self, at: int, data: bytearray) -> None:
        """Count, and write."""
        self.stretches[at, len(data)] += 1
        super().write(at, data)

    def most(self) -> int:
        """Return how often the cell was written that was written most."""
        cells = [0] * len(self.image)
        for (at, length), times in self.stretches.items():
            for cell in range(at, at + length):
                cells[cell] += times
        return max(cells)

    def commits(self) -> int:
        """Return how often the hot record was written."""
        return max(times for (at, length), times in self.stretches.items() if at == 0 and length > 1)


def long_run(scenario: Scenario, years: int) -> tuple[dict[str, Any], "array[int]"]:
    """Return the tape and load of a year's scenario, so many times one after the other."""
    year_s = QUARTERS_PER_YEAR * 900
    tape: dict[str, Any] = {**scenario.tape}
    tape["end_s"] = tape["start_s"] + years * year_s
    events: list[Any] = tape["events"]
    tape["events"] = [[at + year * year_s, kind, what] for year in range(years) for at, kind, what in events]
    return tape, scenario.load[:QUARTERS_PER_YEAR] * years


def money(board: Board) -> list[int]:
    """Return all amounts of a board's meter in micro-euro."""
    return [limbs.value() for limbs in board.meter.registers()[2:]]


def memory_figures(scenario: Scenario, years: int, cuts: int) -> list[Figure]:
    """Play years with the power failing within writes; measure what it costs, and how the memory is worn."""
    tape, load = long_run(scenario, years)
    whole = Player(tape, load).play()
    nvm = CountingNvm()
    Player(tape, load, nvm=nvm).play()
    chance = random.Random(years)  # noqa: S311 (chance with a seed)
    where = sorted(chance.sample(range(nvm.written), cuts))
    board = Player(tape, load, nvm=SimNvm(where)).play()
    lost = sum(abs(one - other) for one, other in zip(money(board), money(whole), strict=True))
    same = result.text(result.result(board)) == result.text(result.result(whole))
    days = years * 365
    return [
        Figure(f"{years} years, {board.restarts - 1} cuts: cents lost or doubled", lost / 10_000, "ct", 0),
        Figure("the same: results that are not the one without cuts", int(not same), "", 0),
        Figure("commits a day", nvm.commits() / days, "", 250),
        Figure("writes a day", nvm.writes / days, "", 3000),
        Figure("writes a commit", nvm.writes / nvm.commits(), "", None),
        Figure("bytes written a day", nvm.written / days, "", 200_000),
        Figure("until a cell is written 10^12 times", 1e6 / (nvm.most() / years), "million years", None),
    ]


# -- start-up


def started(command: list[str]) -> float:
    """Return the seconds that a command takes."""
    begin = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begin


def start_figures() -> list[Figure]:
    """Measure the help of the command and of its simulator against an interpreter that does nothing."""
    groschen = BIN / "groschen"
    figures: list[Figure] = []
    for arguments in (["--help"], ["sim", "--help"]):
        command = [str(groschen), *arguments]
        name = " ".join(["groschen", *arguments])
        try:
            started(command)
            pairs = [(started(command), started([sys.executable, "-c", "pass"])) for _ in range(9)]
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"bench: {name}: {error}", file=sys.stderr)
            continue
        helped, idle = (statistics.median(side) for side in zip(*pairs, strict=True))
        figures.append(Figure(f"{name} / python -c pass", helped / idle, "times", 15))
    return figures


# -- where the time goes


class Share(NamedTuple):
    """A function's part of the year: its share of the profile's own time, and its calls."""

    function: str
    percent: float
    calls: int


def shares(scenario: Scenario) -> tuple[list[Share], Figure]:
    """Profile the year; return the twelve functions with the most time of their own, and the firmware's part."""
    player = Player(dict(scenario.tape), scenario.load)
    profile = cProfile.Profile()
    profile.runcall(player.play)
    rows = pstats.Stats(profile).get_stats_profile().func_profiles
    total = sum(row.tottime for row in rows.values())
    core = sum(row.tottime for row in rows.values() if Path(row.file_name).parent.name == "core")
    top = sorted(rows.items(), key=lambda item: -item[1].tottime)[:12]
    found = [
        Share(
            f"{Path(row.file_name).stem}.{name}" if row.line_number else name,
            100 * row.tottime / total,
            int(row.ncalls.split("/")[0]),
        )
        for name, row in top
    ]
    return found, Figure("groschen.core's part of the year, under the profiler", 100 * core / total, "%", None)


# -- telling


def show(figures: list[Figure], profile: list[Share]) -> None:
    """Print both tables."""
    console = Console()
    table = Table("figure", title="figures to reach", title_style="")
    for column in ("measured", "at most", ""):
        table.add_column(column, justify="right")
    for figure in figures:
        target = "" if figure.target is None else f"{figure.target:g}"
        verdict = "" if figure.target is None else "ok" if figure.value <= figure.target else "missed"
        table.add_row(figure.name, f"{figure.value:.3g} {figure.unit}", target, verdict)
    console.print(table)
    if not profile:
        return
    table = Table("function", title="where a year's time goes (own time, under the profiler)", title_style="")
    for column in ("%", "calls"):
        table.add_column(column, justify="right")
    for share in profile:
        table.add_row(share.function, f"{share.percent:.1f}", f"{share.calls:,}")
    console.print(table)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="the figures to reach")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--years", type=int, default=10, help="years in which the power fails (10)")
    parser.add_argument("--cuts", type=int, default=10_000, help="how often it does (10000)")
    parser.add_argument("--memory", action="store_true", help="the figures of the memory alone")
    options = parser.parse_args()
    as_json: bool = options.json
    scenario = read_scenario(YEAR)
    memory = memory_figures(scenario, options.years, options.cuts)
    if options.memory:
        show(memory, [])
        return 0
    figures = [*pulse_figures(), *year_figures(scenario), *start_figures(), *memory]
    profile, part = shares(scenario)
    figures.append(part)
    if as_json:
        rows = {"figures": [each._asdict() for each in figures], "profile": [each._asdict() for each in profile]}
        print(json.dumps(rows, indent=2))
    else:
        show(figures, profile)
    return 0


if __name__ == "__main__":
    sys.exit(main())
