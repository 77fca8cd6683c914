# SPDX-License-Identifier: Apache-2.0
"""One call of `groschen sim panel`: opens a saved meter or the demonstration, shows it, and keeps it at the end."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from groschensim.errors import ImageError
from groschensim.language import pick
from groschensim.panel.app import PanelApp
from groschensim.panel.demonstration import TAN_EUR, Demonstration
from groschensim.panel.wire import PortWire
from groschensim.panel.world import World
from groschensim.savedmeter import SavedMeter


class Order(NamedTuple):
    """What a person asked for: a saved meter, from when on, where cards lie, and whether the service port is opened."""

    state: Path | None = None
    at_s: int | None = None
    cards: Path | None = None
    port: bool = False


def run(order: Order) -> None:
    """Show the panel until a person ends it; ImageError where meter or terminal are not to be had, RunError.

    Where a signal has ended it, SystemExit says so, with all that was to be kept in its files.
    """
    with panel(order) as app:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise ImageError(pick(("panel braucht ein Terminal", "panel needs a terminal")))
        app.run()
    if app.return_code:
        sys.exit(app.return_code)


@contextmanager
def panel(order: Order) -> Generator[PanelApp]:
    """Give the application that was asked for; keep the meter and the card in it at the end."""
    with _port(order.port) as wire, _opened(order, wire) as app:
        try:
            yield app
        finally:
            _end(app)


@contextmanager
def _port(wanted: bool) -> Generator[PortWire | None]:
    wire = PortWire() if wanted else None
    try:
        yield wire
    finally:
        if wire:
            wire.close()


@contextmanager
def _opened(order: Order, wire: PortWire | None) -> Generator[PanelApp]:
    wires = ((wire, 0),) if wire else ()
    if order.state is None:
        shown = Demonstration()
        with TemporaryDirectory(prefix="groschen-") as name:
            shown.write_cards(Path(name))
            world = World(shown.nvm, shown.keys, shown.imp, shown.zone, shown.start_s, wires)
            yield PanelApp(world, _nothing, order.cards or Path(name), _greeting(shown), wire)
        return
    with SavedMeter(order.state) as saved:
        if order.at_s is not None:
            saved.run_until(order.at_s)
        world = World(saved.nvm, saved.keys, saved.meter.imp, saved.meter.zone, saved.now_s, wires)
        yield PanelApp(world, saved.save, order.cards or order.state.parent, "", wire)


def _greeting(shown: Demonstration) -> str:
    return pick(
        (
            f"Ein Zähler zum Ausprobieren. TAN über {TAN_EUR} EUR: {shown.tan}; Karten liegen bei F2 bereit; Last: ← →",
            f"A meter to try out. TAN of {TAN_EUR} EUR: {shown.tan}; there are cards at F2; load: ← →",
        )
    )


def _nothing() -> None:
    """Keep nothing: the demonstration's memory is not kept."""


def _end(app: PanelApp) -> None:
    """Let the meter keep what it knows, as at a power cut; then the card, which has to know no more than the meter."""
    if app.world.device:
        app.world.switch_mains()
    app.keep_now()
    app.world.cards.pull()
