# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# matplotlib's types are too loose for strict checking; figures and axes are Any here.
"""The picture of a run: the balance with top-ups, windows and disconnections; below it each day's consumption.

Floats are fine here: nothing is decided by what they show. The same run draws the same bytes of SVG.
"""

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from groschensim.language import pick
from groschensim.outcome import Outcome
from groschensim.report.history import NEVER_ON, outages, power_cuts, top_ups
from groschensim.report.localtime import LocalTime
from groschensim.report.numbers import MICRO, number
from groschensim.report.quarters import Quarters, Span, daily, read_quarters, spans
from groschensim.report.ticks import choose_ticks
from groschensim.scenario import Scenario

INCHES = (15.0, 9.0)
DPI = 120
STYLE: Any = {
    "svg.hashsalt": "groschen",
    "svg.fonttype": "none",  # texts stay texts: they can be searched, and the file is smaller
    "font.family": "DejaVu Sans",
    "font.size": 11.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "path.simplify_threshold": 0.3,
}

BALANCE = "#1b4965"
TOP_UP = "#2a9d5c"
OFF = "#d1495b"
KEPT = "#f2b134"
WINDOW = "#9ccbe6"
CUT = "#8d99ae"
DEBT = "#7b4f9d"
HT = "#e07a3f"
NT = "#3d6fa5"

MOST_LABELS = 26
SHORT_S = 45 * 86_400  # up to here windows are wide enough to be shaded
LEAST_PART = 0.0012  # of the width: what is narrower is not seen


def draw(scenario: Scenario, outcome: Outcome, trace: Path, path: Path) -> None:
    """Draw a run to a PNG or SVG file from its trace in CSV."""
    with mpl.rc_context(STYLE):
        figure = Picture(scenario, outcome, trace).draw()
        kind = path.suffix[1:].lower()
        metadata = {"Date": None} if kind == "svg" else None
        figure.savefig(path, format=kind, dpi=DPI, metadata=metadata)


class Picture:
    """The picture of one run."""

    def __init__(self, scenario: Scenario, outcome: Outcome, trace: Path) -> None:
        """Take what was played, what came of it, and its quarter hours."""
        tape = scenario.tape
        self._tape = tape
        self._start, self._end = tape["start_s"], tape["end_s"]
        self._time = LocalTime(tape["zone"])
        self._limit = max([tape["credit"]["emergency_limit_ueur"], *_later_limits(scenario)])
        self._quarters: Quarters = read_quarters(trace, self._limit)
        self._outages = outages(tape, outcome.read("relay"))

    def draw(self) -> Any:
        """Return the figure."""
        figure: Any = Figure(figsize=INCHES, layout="constrained")
        FigureCanvasAgg(figure)
        grid = figure.add_gridspec(3, 1, height_ratios=[6, 0.42, 3.4])
        above = figure.add_subplot(grid[0])
        strip = figure.add_subplot(grid[1], sharex=above)
        below = figure.add_subplot(grid[2], sharex=above)
        self._draw_balance(above)
        self._draw_strip(strip)
        self._draw_days(below)
        self._set_ticks(above, strip, below)
        figure.suptitle(self._title(), x=0.008, ha="left", fontsize=15, fontweight="bold")
        return figure

    def _title(self) -> str:
        until = pick((" bis ", " to "))
        time = self._time.text(self._start) + until + self._time.text(self._end)
        return f"{pick(('Zähler', 'Meter'))} {self._tape['serial']}   {time}"

    # -- the balance -----------------------------------------------------------------------------------------

    def _draw_balance(self, axes: Any) -> None:
        quarters = self._quarters
        if self._end - self._start <= SHORT_S:
            self._shade(axes, spans(quarters.ends, quarters.protected), WINDOW, 0.30)
        self._shade(axes, spans(quarters.ends, quarters.kept), KEPT, 0.55)
        self._shade(axes, self._dark(), OFF, 0.40)
        self._shade(axes, power_cuts(self._tape), CUT, 0.45)
        axes.axhline(0, color="#444444", linewidth=0.9)
        if self._limit:
            axes.axhline(-self._limit / MICRO, color=OFF, linewidth=1.1, linestyle=(0, (5, 3)))
        axes.plot(quarters.ends, [ueur / MICRO for ueur in quarters.balance], color=BALANCE, linewidth=1.6)
        if any(quarters.debt):
            axes.plot(quarters.ends, [ueur / MICRO for ueur in quarters.debt], color=DEBT, linewidth=1.4, linestyle=":")
        self._mark_top_ups(axes)
        self._mark_disconnections(axes)
        axes.set_title(pick(("Guthaben", "Balance")))
        axes.set_ylabel("EUR")
        axes.yaxis.set_major_formatter(FuncFormatter(_axis_number))
        axes.grid(axis="y", color="#dddddd", linewidth=0.8)
        axes.margins(y=0.12)
        axes.legend(
            handles=self._balance_legend(),
            loc="lower right",
            bbox_to_anchor=(1.0, 1.0),
            ncols=8,
            frameon=False,
            borderaxespad=0.2,
            columnspacing=1.3,
            handlelength=1.4,
        )

    def _shade(self, axes: Any, times: Any, color: str, alpha: float) -> None:
        widest = (self._end - self._start) * LEAST_PART
        bars = [(start, max(end - start, widest)) for start, end in times]
        if bars:
            axes.broken_barh(
                bars, (0, 1), transform=axes.get_xaxis_transform(), color=color, alpha=alpha, linewidth=0, zorder=0.5
            )

    def _dark(self) -> list[Span]:
        return [(outage.start_s, self._end if outage.end_s is None else outage.end_s) for outage in self._outages]

    def _mark_top_ups(self, axes: Any) -> None:
        payments = top_ups(self._tape)
        heights = [self._balance_after(payment.at_s) / MICRO for payment in payments]
        axes.plot(
            [payment.at_s for payment in payments],
            heights,
            linestyle="none",
            marker="^",
            markersize=8,
            color=TOP_UP,
            markeredgecolor="white",
            markeredgewidth=0.7,
            zorder=4,
        )
        if len(payments) > MOST_LABELS:
            return
        for payment, height in zip(payments, heights, strict=True):
            whole = payment.ueur % MICRO == 0
            axes.annotate(
                "+" + number(payment.ueur, MICRO, 0 if whole else 2),
                (payment.at_s, height),
                xytext=(0, 7),
                textcoords="offset points",
                ha="center",
                color=TOP_UP,
                fontsize=9.5,
            )

    def _balance_after(self, at_s: int) -> int:
        """Return the balance at the end of the quarter hour that contains an instant."""
        place = (at_s // 900 + 1) - self._quarters.ends[0] // 900
        return self._quarters.balance[min(max(place, 0), len(self._quarters.balance) - 1)]

    def _mark_disconnections(self, axes: Any) -> None:
        starts = [outage.start_s for outage in self._outages if outage.cause != NEVER_ON]
        axes.plot(
            starts,
            [0.985] * len(starts),
            linestyle="none",
            marker="X",
            markersize=8,
            color=OFF,
            markeredgecolor="white",
            markeredgewidth=0.6,
            transform=axes.get_xaxis_transform(),
            zorder=5,
        )

    def _balance_legend(self) -> list[Any]:
        found = [
            Line2D([], [], color=BALANCE, linewidth=2, label=pick(("Guthaben", "balance"))),
            _marker("^", TOP_UP, pick(("Aufladung (EUR)", "top-up (EUR)"))),
        ]
        if any(self._quarters.debt):
            found.append(Line2D([], [], color=DEBT, linestyle=":", linewidth=2, label=pick(("Restschuld", "debt"))))
        if self._outages:
            found.append(_marker("X", OFF, pick(("Abschaltung", "disconnection"))))
            found.append(Patch(color=OFF, alpha=0.40, label=pick(("Licht aus", "light out"))))
        if any(self._quarters.kept):
            found.append(Patch(color=KEPT, alpha=0.55, label=pick(("nur durch Kreditzeit an", "on by a window only"))))
        if any(self._quarters.protected):
            found.append(Patch(color=WINDOW, label=pick(("Kreditzeit", "window"))))
        if self._limit:
            dashed = Line2D([], [], color=OFF, linestyle=(0, (4, 2)), label=pick(("Kreditrahmen", "emergency credit")))
            found.append(dashed)
        if power_cuts(self._tape):
            found.append(Patch(color=CUT, alpha=0.45, label=pick(("Stromausfall", "power cut"))))
        return found

    # -- windows and days ------------------------------------------------------------------------------------

    def _draw_strip(self, axes: Any) -> None:
        windows = [(start, end - start) for start, end in spans(self._quarters.ends, self._quarters.protected)]
        axes.broken_barh(windows, (0, 1), color=WINDOW, linewidth=0)
        axes.set_ylim(0, 1)
        axes.set_yticks([])
        axes.set_ylabel(pick(("Kredit-\nzeiten", "win-\ndows")), rotation=0, ha="right", va="center", fontsize=9.5)
        axes.spines["left"].set_visible(False)

    def _draw_days(self, axes: Any) -> None:
        edges, ht, nt = daily(self._quarters, self._time)
        imp = self._tape["imp_per_kwh"]
        high = [pulses / imp for pulses in ht]
        both = [one + other / imp for one, other in zip(high, nt, strict=True)]
        axes.stairs(high, edges, fill=True, color=HT, label="HT")
        axes.stairs(both, edges, baseline=high, fill=True, color=NT, label="NT")
        axes.set_title(pick(("Verbrauch am Tag", "Consumption a day")))
        axes.set_ylabel("kWh")
        axes.yaxis.set_major_formatter(FuncFormatter(_axis_number))
        axes.grid(axis="y", color="#dddddd", linewidth=0.8)
        axes.set_ylim(bottom=0)
        axes.legend(
            loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, borderaxespad=0.2, handlelength=1.4
        )

    def _set_ticks(self, *all_axes: Any) -> None:
        ticks = choose_ticks(self._time, self._start, self._end)
        for axes in all_axes:
            axes.set_xlim(self._start, self._end)
            axes.set_xticks([at for at, _ in ticks])
            axes.tick_params(axis="x", labelbottom=axes is all_axes[-1])
        all_axes[-1].set_xticklabels([label for _, label in ticks])


def _later_limits(scenario: Scenario) -> list[int]:
    changes: list[Any] = [payload for _, kind, payload in scenario.tape["events"] if kind == "credit"]
    return [table["emergency_limit_ueur"] for table in changes]


def _marker(marker: str, color: str, label: str) -> Any:
    return Line2D([], [], linestyle="none", marker=marker, color=color, markersize=8, label=label)


def _axis_number(value: float, _: object) -> str:
    tenths = round(value * 10)
    return number(tenths, 10, 0 if tenths % 10 == 0 else 1)
