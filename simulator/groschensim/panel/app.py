# SPDX-License-Identifier: Apache-2.0
"""The front panel as a Textual application: what is drawn, and which key does what."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from textual.app import App, ComposeResult
from textual.containers import Grid, Horizontal, Vertical
from textual.widgets import Footer

from groschen.core import keypad
from groschensim.errors import GroschensimError
from groschensim.language import pick
from groschensim.panel import story
from groschensim.panel.chooser import Chooser, images
from groschensim.panel.lapse import Lapse
from groschensim.panel.widgets import BLANK, KEYS, Key, Lamp, Shown, Slider
from groschensim.panel.wire import PortWire
from groschensim.panel.world import World

_TURN_S = 0.1
_KEEP_S = 5.0  # between two writings of the meter's file
_SIGNALLED = 128  # and the signal's number: an exit status
_NAME = 26  # characters of a card's name

_TYPED = {
    "up": keypad.UP,
    "down": keypad.DOWN,
    "enter": keypad.OK,
    "backspace": keypad.CORRECT,
    "delete": keypad.CORRECT,
    "c": keypad.CORRECT,
    "t": keypad.TAN,
    "l": keypad.LIGHT,
}


class Face:
    """The widgets of the panel."""

    def __init__(self, greeting: str) -> None:
        """Take what is said first."""
        self.head = Shown(id="head")
        self.display = Shown(BLANK, id="display")
        self.lamp = Lamp()
        self.slider = Slider()
        self.state = Shown(id="state")
        self.story = Shown(id="story")
        self.message = Shown(greeting, id="message")


class PanelApp(App[None]):
    """One meter's front panel."""

    CSS_PATH = "panel.tcss"
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        world: World,
        keep: Callable[[], None],
        folder: Path,
        greeting: str = "",
        wire: PortWire | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Take the world, what keeps the meter's memory, where cards lie, what is said first, and a real clock."""
        super().__init__()
        self.world = world
        self.lapse = Lapse(world, clock)
        self.title = "Groschen"
        self.keep_now = keep
        self._folder = folder
        self._wire = wire
        self._beeps = world.board.buzzer.beeps
        self._carried = 0
        self.face = Face(greeting)
        self._bind_keys()

    def _bind_keys(self) -> None:
        for digit in range(10):
            self.bind(str(digit), f"key({digit})", show=False)
        for name, number in _TYPED.items():
            self.bind(name, f"key({number})", show=False)
        self.bind("left", "load(-1)", show=False)
        self.bind("right", "load(1)", show=False)
        self.bind("f2", "card", description=pick(("Karte", "Card")), key_display="F2")
        self.bind("f3", "cover", description=pick(("Deckel", "Cover")), key_display="F3")
        self.bind("f4", "mains", description=pick(("Netz", "Mains")), key_display="F4")
        self.bind("f5", "speed", description=pick(("Zeitraffer", "Lapse")), key_display="F5")
        self.bind("f6", "quarter", description=pick(("¼ Stunde", "Quarter")), key_display="F6")
        self.bind("f7", "midnight", description=pick(("Mitternacht", "Midnight")), key_display="F7")
        self.bind("f10", "quit", description=pick(("Ende", "Quit")), key_display="F10")

    # -- what is drawn -------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Lay the panel out."""
        yield self.face.head
        with Horizontal(id="front"):
            with Vertical(id="left"):
                with Horizontal(id="top"):
                    yield self.face.display
                    yield self.face.lamp
                yield self.face.slider
                yield self.face.state
            with Grid(id="pad"):
                for number, label in KEYS:
                    yield Key(number, label)
        yield self.face.story
        yield self.face.message
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Begin to let time pass."""
        self.face.story.border_title = pick(("Ereignisse des Zählers", "The meter's events"))
        self.show()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._end, number)
        self.set_interval(_TURN_S, self.turn)
        self.set_interval(_KEEP_S, self.keep)

    def turn(self) -> None:
        """Let time pass and draw what has changed."""
        self.lapse.turn()
        beeps = self.world.board.buzzer.beeps
        if beeps != self._beeps:
            self._beeps = beeps
            self.bell()
        self.show()

    def show(self) -> None:
        """Draw what has changed."""
        world = self.world
        device = world.device
        self.face.display.say("\n".join(world.board.display.lines()) if device else BLANK)
        self.face.display.set_class(device is None, "dark")
        self.face.lamp.shine(world.load() > 0)
        self.face.head.say(self._instant())
        self.face.state.say(self._parts())
        if device:
            self.face.story.say(story.newest(device.meter))

    def _instant(self) -> str:
        """Return meter, balance to the micro-euro, wall clock and lapse."""
        world = self.world
        pace = f"{self.lapse.factor}×" if self.lapse.target is None else "▶▶"
        balance = f"{story.euro(world.balance(), 6)} EUR" if world.device else "–"
        serial = world.keys.serial.decode()
        return f"{serial:20.20} {balance:>18} {story.instant(world.wall()):>24} {pace:>6}"

    def _parts(self) -> str:
        """Return what is plugged, cut and heard."""
        world = self.world
        board = world.board
        card = world.cards.path
        name = card.name if card else pick(("keine", "none"))
        if len(name) > _NAME:
            name = name[: _NAME - 1] + "…"
        on, off = pick(("ein", "on")), pick(("aus", "off"))
        mains = pick(("an", "on")) if world.device else pick(("aus", "off"))
        relay = on if board.relay.closed() else off
        cover = pick(("zu", "shut")) if board.cover.shut else pick(("offen", "open"))
        sound = "♪♪♪" if board.buzzer.sounds else "–"
        return "\n".join(
            (
                f"{pick(('Karte', 'Card')):9}{name}",
                f"{pick(('Netz', 'Mains')):9}{mains:9}{pick(('Relais', 'Relay')):8}{relay}",
                f"{pick(('Deckel', 'Cover')):9}{cover:9}{pick(('Summer', 'Buzzer')):8}{sound}",
                f"{'Port':9}{self._port()}",
            )
        )

    def _port(self) -> str:
        wire = self._wire
        if wire is None:
            return pick(("nicht angeschlossen (--port)", "not connected (--port)"))
        busy = wire.carried != self._carried
        self._carried = wire.carried
        return f"{wire.path} {'↔' if busy else '·'}"

    def say(self, message: str) -> None:
        """Say something that is not the meter's."""
        self.face.message.say(message)

    def _end(self, number: int) -> None:
        """End because somebody has sent a signal, or taken the terminal away."""
        self.exit(return_code=_SIGNALLED + number)

    # -- what people do ------------------------------------------------------------------------------------

    def action_key(self, number: int) -> None:
        """Press a key of the meter; people act in real time."""
        self.lapse.slow_down()
        self.world.press(number)
        self._beeps = self.world.board.buzzer.beeps  # a key clicks, and needs no bell
        self.show()

    def on_key_pressed(self, message: Key.Pressed) -> None:
        """Press the key that was clicked."""
        self.action_key(message.number)

    def action_load(self, by: int) -> None:
        """Move the load's slider by so many stops."""
        self._place(self.face.slider.stop + by)

    def on_slider_moved(self, message: Slider.Moved) -> None:
        """Move it to where it was clicked."""
        self._place(message.place)

    def _place(self, stop: int) -> None:
        self.face.slider.place(stop)
        self.world.watts = self.face.slider.watts
        self.show()

    def images(self) -> list[Path]:
        """Return the cards that lie ready."""
        return images(self._folder)

    def action_card(self) -> None:
        """Pull the card that is in the meter, or ask for one."""
        self.lapse.slow_down()
        if self.world.cards.path:
            self._guarded(self._pull)
        else:
            _ = self.push_screen(Chooser(self.images()), self.insert)

    def insert(self, path: Path | None) -> None:
        """Put a card in, read anew from its file."""
        if path:
            self._guarded(lambda: self.world.cards.put(path))

    def _pull(self) -> None:
        """Take the card out; the meter is kept first, so that no card knows more than it."""
        self.keep_now()
        self.world.cards.pull()

    def action_cover(self) -> None:
        """Take the terminal cover off, or put it back."""
        self.world.lift_cover()
        self.show()

    def action_mains(self) -> None:
        """Cut the mains, or let them return."""
        self.lapse.slow_down()
        self.world.switch_mains()
        self.keep()
        self.show()

    def action_speed(self) -> None:
        """Take the next lapse."""
        self.lapse.next_speed()
        self.show()

    def action_quarter(self) -> None:
        """Go to the next quarter hour."""
        self.lapse.leap(self.world.next_quarter())
        self.show()

    def action_midnight(self) -> None:
        """Go to the next midnight."""
        self.lapse.leap(self.world.next_midnight())
        self.show()

    def keep(self) -> None:
        """Keep the meter's memory in its file."""
        self._guarded(self.keep_now)

    def _guarded(self, do: Callable[[], None]) -> None:
        """Do something, and say what went wrong with it."""
        try:
            do()
        except GroschensimError as error:
            self.say(str(error))
        self.show()
