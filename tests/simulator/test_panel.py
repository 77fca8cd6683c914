# SPDX-License-Identifier: Apache-2.0
"""The front panel in the terminal, driven without one: keys, cards, TANs, the lamp, power cuts and the cover."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Footer, Input, OptionList

from groschen.core import events
from groschen.core.meter import Meter
from groschencard import records, tan
from groschencard.keys import MeterKeys
from groschensim.cards import Desk
from groschensim.errors import RunError
from groschensim.heldfile import HeldFile
from groschensim.models import mifare
from groschensim.panel.app import PanelApp
from groschensim.panel.chooser import Chooser
from groschensim.panel.run import Order, panel
from groschensim.panel.widgets import STOPS_W, Lamp, Shown, Slider

EUR = 1_000_000
SIZE = (80, 24)


@pytest.fixture(autouse=True)
def _german(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROSCHEN_LANG", "de")


class Front:
    """The application in a terminal that is none, and a real clock that stands until it is told to go on."""

    def __init__(self, app: PanelApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.now = 0.0
        self.world = app.world
        app.lapse._clock = lambda: self.now
        app.lapse._last = 0.0

    @property
    def meter(self) -> Meter:
        assert self.world.device
        return self.world.device.meter

    def live(self, seconds: float = 0.5) -> None:
        """Let real time pass, a tenth of a second a turn."""
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            self.app.turn()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        self.live()

    async def leap(self, key: str) -> None:
        await self.pilot.press(key)
        while self.app.lapse.target is not None:
            self.app.turn()

    def shown(self, widget: str = "display") -> str:
        return self.app.query_one(f"#{widget}", Shown).said

    def powered(self) -> bool:
        return self.world.device is not None

    def lit(self) -> bool:
        return self.app.query_one(Lamp).lit

    async def put(self, path: Path) -> None:
        """Choose a card by its path, and wait until the meter has read it."""
        await self.pilot.press("f2")
        await self.pilot.pause()
        chooser = self.app.screen
        assert isinstance(chooser, Chooser)
        _ = chooser.dismiss(path)
        await self.pilot.pause()
        self.live(10)


Test = Callable[[Front], Coroutine[Any, Any, None]]


def play(test: Test, order: Order | None = None, size: tuple[int, int] = SIZE) -> None:
    """Play a test with the demonstration's meter, or another one."""

    async def run() -> None:
        with panel(order or Order()) as app:
            async with app.run_test(size=size) as pilot:
                await pilot.pause()
                front = Front(app, pilot)
                front.live()
                await test(front)

    asyncio.run(run())


def sold(keys: MeterKeys, number: int, eur: int) -> str:
    """What the utility prints for a number of TANs sold so far: the TAN and its check digit."""
    digits = 5
    text = tan.number(keys.tan, number, eur, digits)
    return text + str(tan.check_digit(eur, text))


# -- keys and display --------------------------------------------------------------------------------------


def test_the_display_shows_what_the_firmware_says_page_by_page() -> None:
    async def test(front: Front) -> None:
        assert front.shown().startswith("Guthaben    ")
        assert "ab Di 20.01. 20:00" in front.shown()
        await front.press("down")
        assert front.shown().splitlines()[0].rstrip() == "Kosten"
        await front.press("up", "up")
        assert "1EBZ0100000001" in front.shown()
        assert "20.01.26 09:30:0" in front.shown()
        await front.press("backspace")
        assert front.shown().startswith("Guthaben")
        front.live(61)
        await front.press("up")
        assert "09:31:0" in front.shown()

    play(test)


def test_the_keys_can_be_clicked() -> None:
    async def test(front: Front) -> None:
        await front.pilot.click("#key-14")
        front.live()
        assert front.shown().startswith("Kosten")
        await front.pilot.click("#key-12")
        front.live()
        assert front.shown().startswith("Betrag in EUR")
        for digit in "50":
            await front.pilot.click(f"#key-{digit}")
        front.live()
        assert "50" in front.shown().splitlines()[1]

    play(test)


def test_each_key_is_on_the_pad_and_in_sight() -> None:
    async def test(front: Front) -> None:
        pressed: list[int] = []
        front.world.press = pressed.append  # type: ignore[method-assign, assignment]
        for number in range(16):
            await front.pilot.click(f"#key-{number}")
        await front.pilot.pause()
        assert pressed == list(range(16))

    play(test)


def test_ok_switches_the_language_of_the_display_and_the_memory_keeps_it() -> None:
    async def test(front: Front) -> None:
        await front.press("enter")
        assert front.shown().startswith("Balance")
        await front.press("f4")
        await front.press("f4")
        assert front.shown().startswith("Balance")

    play(test)


def test_everything_fits_a_small_terminal_and_speaks_two_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(front: Front) -> None:
        for widget in front.app.screen.walk_children(Widget):
            assert widget.region.right <= SIZE[0], widget
            assert widget.region.bottom <= SIZE[1], widget
        widest = max(child.region.right for child in front.app.query_one(Footer).children)
        assert widest <= SIZE[0]
        texts = front.shown("state") + front.shown("message") + front.shown()
        assert ("Karte" in texts) is (texts.count("Card") == 0) is german
        assert ("Guthaben" in texts) is german

    for german in (True, False):
        monkeypatch.setenv("GROSCHEN_LANG", "de" if german else "en")
        play(test)


# -- credit ------------------------------------------------------------------------------------------------


def test_a_tan_that_is_typed_is_booked(tmp_path: Path) -> None:
    async def test(front: Front) -> None:
        before = front.world.balance()
        number = sold(front.world.keys, 2, 25)
        await front.press("t", "2", "5", "enter", *number)
        assert front.shown().startswith("25 EUR gebucht")
        assert front.world.balance() == before + 25 * EUR
        assert "TAN: Guthaben  25,000000 EUR" in front.shown("story")
        await front.press("enter")
        await front.press("t", "2", "5", "enter", *number)
        assert front.shown().startswith("TAN schon benutzt")
        assert front.world.balance() == before + 25 * EUR

    play(test)


def test_the_tan_of_the_greeting_is_worth_ten_euro() -> None:
    async def test(front: Front) -> None:
        before = front.world.balance()
        number = front.shown("message").split(": ")[1].split(";")[0]
        await front.press("t", "1", "0", "enter", *number)
        assert front.world.balance() == before + 10 * EUR

    play(test)


def test_a_card_of_the_list_tops_up_once_and_its_file_knows(tmp_path: Path) -> None:
    async def test(front: Front) -> None:
        before = front.world.balance()
        await front.pilot.press("f2")
        await front.pilot.pause()
        assert isinstance(front.app.screen, Chooser)
        listed = front.app.screen.query_one(OptionList)
        assert [str(option.prompt) for option in listed.options] == ["Kundenkarte-20-EUR.bin", "leere-Karte.bin"]
        await front.pilot.press("enter")
        await front.pilot.pause()
        path = front.world.cards.path
        assert path
        assert path.name == "Kundenkarte-20-EUR.bin"
        assert path.name in front.shown("state")
        seen = ""
        while "Bitte warten" not in seen and len(seen) < 1000:  # the slot is looked at five times a second
            front.live(0.1)
            seen += front.shown()
        assert "Bitte warten" in seen
        front.live(10)
        assert front.shown().startswith("Gebucht    20,00 EUR")
        assert front.world.balance() == before + 20 * EUR
        image = path.read_bytes()
        await front.press("f2")
        assert path.read_bytes() != image  # acknowledged, and with the meter's report
        assert front.world.cards.path is None
        assert "Karte    keine" in front.shown("state")
        await front.put(path)
        assert front.shown().startswith("Kein neues Guthaben")
        assert front.world.balance() == before + 20 * EUR

    play(test)


def card_for(keys: MeterKeys, folder: Path) -> tuple[Desk, bytearray, Path]:
    desk = Desk(keys)
    path = folder / "card.bin"
    return desk, desk.issue(records.CUSTOMER, 7), path


def test_the_desk_may_write_a_card_between_two_insertions(tmp_path: Path) -> None:
    async def test(front: Front) -> None:
        before = front.world.balance()
        desk, image, path = card_for(front.world.keys, tmp_path)
        desk.credit(image, 8, 5 * EUR)
        path.write_bytes(image)
        await front.put(path)
        assert front.world.balance() == before + 5 * EUR
        await front.press("f2")
        image = bytearray(path.read_bytes())
        desk.credit(image, 9, 7 * EUR)
        path.write_bytes(image)
        await front.put(path)
        assert front.world.balance() == before + 12 * EUR

    play(test)


def test_a_card_is_held_while_it_is_inserted_and_written_back_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "card.bin"
    images: list[bytes] = []

    async def test(front: Front) -> None:
        desk, image, _ = card_for(front.world.keys, tmp_path)
        desk.credit(image, 8, 5 * EUR)
        path.write_bytes(image)
        images.append(bytes(image))
        await front.put(path)
        with pytest.raises(Exception, match="gerade woanders eingesteckt"):
            HeldFile(path, 1024)

    play(test)
    assert path.read_bytes() != images[0]
    HeldFile(path, 1024).close()


def test_a_card_pulled_too_early_is_right_at_the_next_insertion(tmp_path: Path) -> None:
    async def test(front: Front) -> None:
        before = front.world.balance()
        desk, image, path = card_for(front.world.keys, tmp_path)
        desk.credit(image, 8, 5 * EUR)
        path.write_bytes(image)
        front.app.insert(path)
        front.live(0.3)
        await front.press("f2")
        assert "Karte zu früh heraus" in front.shown()
        await front.put(path)
        assert front.world.balance() == before + 5 * EUR

    play(test)


def test_a_contactless_card_is_told_by_its_bytes(tmp_path: Path) -> None:
    async def test(front: Front) -> None:
        path = tmp_path / "mifare.bin"
        path.write_bytes(mifare.blank_image(b"\x12\x34\x56\x78"))
        await front.put(path)
        assert front.shown().startswith("Karte ist leer")
        await front.press("f2")
        assert front.world.cards.path is None
        assert path.read_bytes() == mifare.blank_image(b"\x12\x34\x56\x78")

    play(test)


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "kein Abbild einer Karte"), (b"\0" * 1024, "kein Abbild"), (None, "No such file")]
)
def test_a_file_that_is_no_card_is_refused_and_nothing_ends(tmp_path: Path, content: bytes | None, says: str) -> None:
    async def test(front: Front) -> None:
        path = tmp_path / "x.bin"
        if content is not None:
            path.write_bytes(content)
        await front.put(path)
        assert says in front.shown("message")
        assert front.world.cards.path is None
        await front.press("down")
        assert front.shown().startswith("Kosten")

    play(test)


def test_a_card_stays_where_the_meter_cannot_be_kept(tmp_path: Path) -> None:
    async def test(front: Front) -> None:
        desk, image, path = card_for(front.world.keys, tmp_path)
        desk.credit(image, 8, 5 * EUR)
        path.write_bytes(image)
        await front.put(path)
        kept = front.app.keep_now

        def fail() -> None:
            raise RunError("state.bin ist nicht geschrieben")

        front.app.keep_now = fail  # type: ignore[assignment]
        await front.press("f2")
        assert "nicht geschrieben" in front.shown("message")
        assert front.world.cards.path == path
        assert path.read_bytes() == image
        front.app.keep_now = kept  # type: ignore[assignment]
        await front.press("f2")
        assert "Karte    keine" in front.shown("state")
        assert path.read_bytes() != image

    play(test)


def test_a_card_by_its_path_and_none_by_escape(tmp_path: Path) -> None:
    async def test(front: Front) -> None:
        await front.pilot.press("f2", "escape")
        await front.pilot.pause()
        assert front.world.cards.path is None
        desk, image, path = card_for(front.world.keys, tmp_path)
        desk.credit(image, 8, 5 * EUR)
        path.write_bytes(image)
        before = front.world.balance()
        await front.pilot.press("f2")
        await front.pilot.pause()
        front.app.screen.query_one(Input).value = str(path)
        await front.pilot.press("tab", "enter")
        await front.pilot.pause()
        front.live(10)
        assert front.world.balance() == before + 5 * EUR

    play(test)


# -- the light ---------------------------------------------------------------------------------------------


def test_the_lamp_shines_while_something_is_drawn_through_the_closed_relay() -> None:
    async def test(front: Front) -> None:
        assert front.world.board.relay.closed()
        assert not front.lit()
        await front.press("right")
        assert front.lit()
        assert front.world.watts == STOPS_W[1]
        await front.press("left", "left")
        assert not front.lit()
        await front.pilot.click(Slider, offset=(21, 0))
        front.live()
        assert front.world.watts == STOPS_W[10] == 1000
        assert front.lit()

    play(test)


async def use_up(front: Front) -> None:
    """Draw 3 kW until the light goes out."""
    front.app.query_one(Slider).place(STOPS_W.index(3000))
    front.world.watts = 3000
    for _ in range(40):
        await front.leap("f6")
        if not front.lit():
            return
    raise AssertionError("the light is still on")


def test_the_light_goes_out_at_the_end_of_the_credit_and_comes_by_emergency_credit_and_key() -> None:
    async def test(front: Front) -> None:
        await use_up(front)
        assert -1000 < front.world.balance() <= 0
        assert "Kein Guthaben" in front.shown()
        assert "Strom aus: Guthaben verbraucht" in front.shown("story")
        assert not front.world.board.relay.closed()
        balance = front.world.balance()
        await front.leap("f6")
        assert front.world.balance() == balance
        await front.press("l")
        assert "einschalten?" in front.shown()
        await front.press("enter")
        front.live()
        assert "Taste Licht" in front.shown()
        assert not front.lit()
        await front.press("l")
        assert front.lit()
        assert front.meter.supply.emergency

    play(test)


def test_after_a_topup_the_light_key_connects() -> None:
    async def test(front: Front) -> None:
        await use_up(front)
        await front.press("t", "1", "0", "enter", *sold(front.world.keys, 2, 10))
        assert not front.lit()
        assert "Taste Licht drücken" in front.shown()
        await front.press("l")
        assert front.lit()
        assert "Strom kann eingeschaltet werden" in front.shown("story")
        assert front.shown("story").splitlines()[-1].endswith("Strom an")

    play(test)


# -- time, power, cover ------------------------------------------------------------------------------------


def test_time_lapses_and_a_key_makes_it_real_again() -> None:
    async def test(front: Front) -> None:
        assert " 1×" in front.shown("head")
        start = front.world.ms
        await front.pilot.press("f5")
        front.live(1)
        assert front.world.ms == start + 60_000
        assert "60×" in front.shown("head")
        await front.pilot.press("f5")
        front.live(1)
        assert front.world.ms == start + 660_000
        await front.press("down")
        assert " 1×" in front.shown("head")
        assert front.world.ms == start + 660_500
        assert front.shown().startswith("Kosten")

    play(test)


def test_midnight_charges_the_day_once() -> None:
    async def test(front: Front) -> None:
        before = front.world.balance()
        await front.leap("f7")
        assert "Mi 21.01.2026 00:00:00" in front.shown("head")
        assert front.world.balance() == before - 394_500 - 200_000
        assert f"{(before - 594_500) // EUR},{(before - 594_500) % EUR:06d} EUR" in front.shown("head")
        await front.leap("f7")
        assert front.world.balance() == before - 2 * 594_500

    play(test)


def test_a_power_cut_darkens_display_and_lamp_and_the_meter_begins_anew_from_its_memory() -> None:
    async def test(front: Front) -> None:
        await front.press("right", "right", "right", "right", "right")
        assert front.lit()
        before = front.world.balance()
        device = front.world.device
        await front.press("f4")
        assert not front.powered()
        assert not front.lit()
        assert front.shown().strip() == ""
        assert "aus" in front.shown("state")
        await front.press("down", "l", "f6")
        await front.leap("f6")
        await front.press("f4")
        assert front.powered()
        assert front.world.device is not device
        assert front.world.balance() == before
        assert front.shown().startswith("Guthaben")
        assert front.lit()
        assert front.shown("story").splitlines()[-1].endswith("Netz ein")

    play(test)


def test_the_card_in_the_slot_outlasts_a_power_cut(tmp_path: Path) -> None:
    async def test(front: Front) -> None:
        before = front.world.balance()
        desk, image, path = card_for(front.world.keys, tmp_path)
        desk.credit(image, 8, 5 * EUR)
        path.write_bytes(image)
        front.app.insert(path)
        front.live(0.3)
        await front.press("f4")
        await front.press("f4")
        front.live(10)
        assert front.world.balance() == before + 5 * EUR

    play(test)


def test_a_cover_that_is_lifted_is_an_event() -> None:
    async def test(front: Front) -> None:
        assert "Deckel   zu" in front.shown("state")
        await front.press("f3")
        assert "Deckel   offen" in front.shown("state")
        await front.press("f3")
        found = [row[events.DETAIL] for row in front.meter.log.ring.kept() if row[events.KIND] == events.COVER]
        assert found == [events.COVER_OPEN, events.COVER_CLOSED]
        assert front.shown("story").splitlines()[-2].endswith("Deckel offen")

    play(test)


def test_keys_click_and_a_card_beeps_as_often_as_it_means() -> None:
    async def test(front: Front) -> None:
        buzzer = front.world.board.buzzer
        before = buzzer.beeps
        await front.press("down")
        assert buzzer.beeps == before + 1
        bells: list[int] = []
        front.app.bell = lambda: bells.append(1)  # type: ignore[method-assign, assignment]
        path = front.app._folder / "leere-Karte.bin"
        before = buzzer.beeps
        await front.put(path)
        assert buzzer.beeps == before + 2  # refused
        assert len(bells) == 2
        front.live(10)
        assert buzzer.beeps == before + 2

    play(test)


# -- the service port --------------------------------------------------------------------------------------


def test_the_service_port_answers_at_its_path() -> None:
    async def test(front: Front) -> None:
        path = front.shown("state").splitlines()[-1].split()[1]
        fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            os.write(fd, b"/?!\r\n")
            front.live(2)
            assert os.read(fd, 100).startswith(b"/")
            os.write(fd, b"\x06000\r\n")
            heard = b""
            while b"!\r\n\x03" not in heard:
                assert front.now < 60, heard
                front.live(1)
                with suppress(BlockingIOError):
                    heard += os.read(fd, 4096)
            assert b"(1EBZ0100000001)" in heard
        finally:
            os.close(fd)

    play(test, Order(port=True))
