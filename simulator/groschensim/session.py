# SPDX-License-Identifier: Apache-2.0
"""One call of `groschen sim run`: reads, plays, and hands out what was asked for."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from typer import BadParameter

from groschensim import outputs, savedmeter
from groschensim.language import pick
from groschensim.outcome import Job, Outcome, play_here, random_cuts
from groschensim.scenario import Scenario, Tape, read_scenario

LONG_S = 400 * 86_400
"""A run that covers more time than this shows its progress."""
SHOWN_EVERY_S = 7 * 86_400


class Order(NamedTuple):
    """What a person asked for."""

    file: Path
    json: bool = False
    registers: bool = False
    plot: Path | None = None
    trace: Path | None = None
    on: str = "cpython"
    step: int = 0
    restart: bool = False
    quiet: bool = False
    cuts: int = 0
    seed: int = 0
    image: Path | None = None


class Session:
    """One run and what it leaves."""

    def __init__(self, order: Order) -> None:
        """Read the scenario; ScenarioError where it cannot be, BadParameter where a file would replace it."""
        self._order = order
        self._scenario = read_scenario(order.file)
        for option, target in (("--trace", order.trace), ("--plot", order.plot), ("--image", order.image)):
            if target and target.exists():
                self._spare_inputs(option, target)

    def _spare_inputs(self, option: str, target: Path) -> None:
        scenario, load = self._order.file, self._scenario.csv
        if target.samefile(scenario):
            names = (f"das Szenario {scenario}", f"the scenario {scenario}")
        elif load and target.samefile(load):
            names = (f"die Last {load}", f"the load {load}")
        else:
            return
        raise BadParameter(pick((f"{option} würde {names[0]} überschreiben", f"{option} would overwrite {names[1]}")))

    def run(self) -> None:
        """Play, write the files, and print what was asked for."""
        order = self._order
        with TemporaryDirectory(prefix="groschen-") as name:
            quarters = Path(name) / "quarters.csv" if order.plot or order.trace else None
            outcome = self._play(quarters)
            if order.cuts:
                self._say_restarts(outcome.restarts)
            if quarters:
                self._write_files(outcome, quarters)
            if order.image:
                made = Path(name) / "image.bin"
                made.write_bytes(outcome.image)
                self._deliver(made, order.image)
                savedmeter.write_simulated(order.image, self._scenario.tape["serial"])
        if order.json:
            _print_line(outcome.result)
        elif order.registers:
            _print_line(outcome.registers)
        else:
            from groschensim.report.summary import Summary

            Summary(self._scenario, outcome).print(sys.stdout)

    def _play(self, quarters: Path | None) -> Outcome:
        scenario, order = self._scenario, self._order
        memory = bool(order.cuts or order.image)
        job = Job(scenario.tape, scenario.load, quarters, order.step, order.restart, memory)
        if order.cuts:
            job = replace(job, cuts=random_cuts(job, order.cuts, order.seed))
        shown = not order.quiet and sys.stderr.isatty() and scenario.tape["end_s"] - scenario.tape["start_s"] > LONG_S
        if order.on == "micropython":
            from groschensim.unixport import play_on_micropython

            with _waiting(shown):
                return play_on_micropython(job, self._pass_on)
        with _progress(scenario.tape if shown else None) as progress:
            return play_here(job, progress)

    def _say_restarts(self, restarts: int) -> None:
        if not self._order.quiet:
            times = pick((f"{restarts} Stromausfälle beim Schreiben, ", f"{restarts} power cuts while writing, "))
            after = pick(("nach jedem ein Neustart aus dem Speicher", "each followed by a restart from the memory"))
            print(times + after, file=sys.stderr)  # noqa: T201

    def _pass_on(self, text: str) -> None:
        if not self._order.quiet:
            sys.stderr.write(text)

    def _write_files(self, outcome: Outcome, quarters: Path) -> None:
        plot, trace = self._order.plot, self._order.trace
        if trace:
            self._deliver(_trace_file(quarters, trace), trace)
        if plot:
            self._deliver(_picture(self._scenario, outcome, quarters, plot), plot)

    def _deliver(self, made: Path, path: Path) -> None:
        outputs.deliver(made, path)
        if not self._order.quiet:
            print(pick((f"{path} geschrieben", f"{path} written")), file=sys.stderr)  # noqa: T201


def _trace_file(quarters: Path, path: Path) -> Path:
    if path.suffix.lower() == ".csv":
        return quarters
    from groschensim.report.parquet import write_parquet

    made = quarters.with_name("trace.parquet")
    write_parquet(quarters, made)
    return made


def _picture(scenario: Scenario, outcome: Outcome, quarters: Path, path: Path) -> Path:
    from groschensim.report.plot import draw

    made = quarters.with_name("plot" + path.suffix.lower())
    draw(scenario, outcome, quarters, made)
    return made


def _print_line(line: bytes) -> None:
    sys.stdout.write(line.decode("ascii") + "\n")


@contextmanager
def _progress(tape: Tape | None) -> Generator[Callable[[int], None] | None]:
    """Show how far a run has come, where there is a tape to show it of."""
    if tape is None:
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        start_s = tape["start_s"]
        task = bar.add_task(pick(("Zähler läuft", "Meter runs")), total=tape["end_s"] - start_s)

        def show(now_s: int) -> None:
            if (now_s - start_s) % SHOWN_EVERY_S == 0:
                bar.update(task, completed=now_s - start_s)

        yield show


@contextmanager
def _waiting(shown: bool) -> Generator[None]:
    if not shown:
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(pick(("Zähler läuft auf MicroPython", "Meter runs on MicroPython"))):
        yield
