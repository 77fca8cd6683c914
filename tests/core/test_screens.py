# SPDX-License-Identifier: Apache-2.0
"""The screens: as the fixtures have them; every text and every value fits its line; what they say is true."""

import re
from array import array
from xml.parsers import expat

import pytest
import screen_stories as stories
import screens
import texts as text_numbers
from hypothesis import given, settings
from hypothesis import strategies as st

from groschen.core import demand, events, keypad, registers, texts
from groschen.core.calendar import QUARTERS_PER_DAY, WallClock, day_number
from groschen.core.canvas import WIDTH, Canvas
from groschen.core.screens import NUMBER, Screens
from groschen.core.tariff import Tariff
from groschen.core.windows import Windows
from groschencard.holiday_rules import FIXED
from groschensim.display import WholeCanvas, text

LANGUAGES = (texts.GERMAN, texts.ENGLISH)
CENT = 10_000


# -- the fixtures


@pytest.mark.parametrize("name", stories.STORIES)
def test_a_screen_is_what_its_fixture_says(name: str) -> None:
    face = stories.STORIES[name]()
    screen = (face.lines(texts.GERMAN, WholeCanvas()), face.lines(texts.ENGLISH, WholeCanvas()))
    assert (screens.FIXTURES / f"{name}.txt").read_text() == screens.fixture(screen)


def test_there_is_no_fixture_that_nobody_draws_and_the_picture_shows_all() -> None:
    assert {path.stem for path in screens.FIXTURES.glob("*.txt")} == set(stories.STORIES)
    parser = expat.ParserCreate()
    tags: list[str] = []
    parser.StartElementHandler = lambda tag, _attributes: tags.append(tag)
    picture = screens.PICTURE.read_text()
    parser.Parse(picture, True)
    assert tags.count("rect") == 1 + 4 * len(stories.STORIES)
    assert picture == screens.picture(screens.drawn())


def test_every_page_state_and_section_is_among_them() -> None:
    faces = [story().panel for story in stories.STORIES.values()]
    assert {face._state for face in faces} == set(range(len(faces[0].KEYS)))
    assert {face._page for face in faces} == set(range(NUMBER + 1))
    assert {face._section for face in faces} == set(range(5))


# -- the texts


def test_every_text_fits_in_both_languages_and_the_display_has_its_letters() -> None:
    for line in texts.BLOB.decode().splitlines():
        for words in line.split("|"):
            assert len(words.replace("#", "1")) <= WIDTH, words
            assert words.encode("iso8859-15") == words.encode("latin-1"), words
        assert line.count("|") <= 1


def test_each_text_is_found_in_each_language() -> None:
    for number, line in enumerate(texts.BLOB.decode().splitlines()):
        for language, words in zip(LANGUAGES, (line.split("|") * 2)[:2], strict=True):
            canvas = WholeCanvas()
            canvas.language = language
            canvas.text(0, number, 7)
            assert text(canvas)[0] == words.replace("#", "7").rstrip()


def test_each_text_is_used_and_its_number_is_right() -> None:
    known = text_numbers.numbers()
    used: set[int] = set()
    for path in text_numbers.CORE.glob("*.py"):
        source = path.read_text()
        assert text_numbers.numbered(source, known, path.name) == source
        used |= {int(number) for _, number, _ in text_numbers.CONSTANT.findall(source)}
    # Sections whose texts follow a first one: a card's outcomes, the units of a time.
    for first, count in (("Nichts Neues", 29), ("# Tage", 3)):
        used |= set(range(known[first], known[first] + count))
    assert used == set(range(len(known)))


def test_a_wrong_number_would_be_seen() -> None:
    known = text_numbers.numbers()
    assert text_numbers.numbered("_T_OFF = const(0)  # Strom aus", known, "x") != "_T_OFF = const(0)  # Strom aus"
    with pytest.raises(SystemExit):
        text_numbers.numbered("_T_OFF = const(0)  # Strom weg", known, "x")


# -- every value fits

SMALL = st.integers(-(2**30), 2**30 - 1)
LIMBS = st.tuples(SMALL, st.integers(0, 999_999))
INSTANTS = st.tuples(
    st.integers(day_number(2020, 1, 1) * QUARTERS_PER_DAY, day_number(2099, 12, 31) * QUARTERS_PER_DAY),
    st.integers(0, 899),
)


def put(limbs: object, value: tuple[int, int]) -> None:
    limbs.high, limbs.low = value  # type: ignore[attr-defined]


@settings(max_examples=150)
@given(
    st.tuples(*[LIMBS] * 9), INSTANTS, st.integers(0, 2**31 - 1), st.integers(0, 9_000_000),
    st.integers(0, 3), st.booleans(), st.booleans(), st.booleans(), st.integers(0, 7), st.sampled_from(LANGUAGES),
)  # fmt: skip
def test_every_page_shows_any_state_whole(
    money: tuple[tuple[int, int], ...], instant: tuple[int, int], price: int, pulses: int,
    mode: int, on: bool, offered: bool, emergency: bool, errors: int, language: int,
) -> None:  # fmt: skip
    face = stories.noon()
    meter = face.meter
    account = meter.account
    supply = meter.supply
    for limbs, value in zip(
        (
            account.balance,
            account.topups,
            account.refunds,
            account.debt.owed,
            account.debt.added,
            supply.limit,
            supply.threshold,
            meter.warn_amount,
            meter.daily.charges,
        ),
        money,
        strict=True,
    ):
        put(limbs, value)
    supply.find_bound()
    for energy, value in ((meter.energy_ht, money[0]), (meter.energy_nt, money[1])):
        put(energy, (abs(value[0]) // 2, value[1] % meter.imp))
    for name in ("ht", "nt", "power", "base", "debt_day", "debt_kwh"):
        setattr(meter.tariff, name, price)
    supply.mode, supply.on, supply.offered, supply.emergency = mode, on, offered, emergency
    meter.errors = errors & 6
    meter.clock_lost = bool(errors & 1)
    meter.quarter, meter.second = instant
    meter.agenda.ask(*instant, meter.windows)
    maxima = meter.demand.maxima
    maxima.cells[maxima.newest(0) + demand.PULSES] = pulses
    maxima.cells[maxima.newest(0) + demand.PERIOD] = meter.demand.period
    face.panel._screens.watts = pulses
    for log in (meter.log.ring, meter.warnings.ring):
        at = log.append()
        log.cells[at : at + 6] = [*instant, events.CARD, events.CARD_CREDIT, *money[0]]
    canvas = WholeCanvas()
    canvas.language = language
    for page in range(NUMBER + 1):
        canvas.clear()
        face.panel._screens.PAGES[page](face.panel._screens, canvas)
        assert re.search("[0-9A-Za-z]", " ".join(text(canvas)))
    canvas.clear()
    face.panel._screens.draw_question(canvas)
    face.panel._screens.draw_warning(canvas)


@given(SMALL.map(abs), st.integers(0, 99_999), st.sampled_from(LANGUAGES))
def test_energies_are_rounded_down_and_never_cut(whole: int, pulses: int, language: int) -> None:
    canvas = WholeCanvas()
    canvas.language = language
    register = stories.friday().meter.energy_ht
    register.base, register.high, register.low = 100_000, whole, pulses
    canvas.text(0, 0)
    canvas.bytes(b"gesamt")
    canvas.energy(register)
    value = f"{whole}{',.'[language]}{pulses // 10_000}"
    assert text(canvas)[0].split()[:2] == ["gesamt", value]
    assert text(canvas)[0].endswith(" kWh") == (len(f"gesamt {value} kWh") <= WIDTH)


# -- what they say is true


def shown(face: stories.Face, page: int = 0, language: int = texts.GERMAN) -> list[str]:
    canvas = WholeCanvas()
    canvas.language = language
    face.panel._screens.PAGES[page](face.panel._screens, canvas)
    return text(canvas)


@given(st.integers(1, 100_000_000), st.lists(st.integers(1, 50_000_000), min_size=1, max_size=7))
def test_the_forecast_is_the_registers(balance: int, costs: list[int]) -> None:
    face = stories.fresh()
    daily = face.meter.daily
    for cost in costs:
        at = daily.ring.append()
        daily.ring.cells[at + registers.COST_HIGH], daily.ring.cells[at + registers.COST_LOW] = divmod(cost, 1_000_000)
        daily.ring.cells[at + registers.WHOLE] = 1
    face.meter.account.balance.set_value(balance)
    days = balance * len(costs) // sum(costs)
    words = {0: "reicht keinen Tag", 1: "reicht etwa 1 Tag"}.get(days, f"reicht etwa {days} Tage")
    assert shown(face)[1] == (words if days < 999 else "reicht etwa 999 Tage")


def test_costs_are_what_the_balance_lost() -> None:
    face = stories.friday()
    before = [line.split() for line in shown(face, 1)]
    spent = -face.meter.account.balance.value()
    face.meter.count(500)
    spent += face.meter.account.balance.value()
    after = [line.split() for line in shown(face, 1)]
    assert before[2] == after[2]  # yesterday
    for row in (1, 3):
        more = float(after[row][-2].replace(",", ".")) - float(before[row][-2].replace(",", "."))
        assert more == pytest.approx(-spent / 1e6, abs=0.011)


def test_the_months_cost_is_that_since_its_first_instant() -> None:
    face = stories.friday()
    meter = face.meter
    row = meter.snapshots.months.row(0)
    values = [row[registers.FIRST + 2 * at] * 1_000_000 + row[registers.FIRST + 2 * at + 1] for at in range(17)]
    then = sum(values[2:12])
    now = sum(limbs.value() for limbs in meter.registers()[2:12])
    assert shown(face, 1)[3].split()[-2] == f"{(now - then) // CENT / 100:.2f}".replace(".", ",")


def test_a_month_start_that_the_memory_has_lost_is_not_guessed() -> None:
    face = stories.friday()
    months = face.meter.snapshots.months
    months.lose(months.appended - 1)
    assert shown(face, 1)[3] == "im Monat"


@settings(max_examples=60)
@given(
    st.integers(day_number(2026, 1, 1) * QUARTERS_PER_DAY, day_number(2026, 12, 31) * QUARTERS_PER_DAY),
    st.integers(0, 899), st.integers(0, 1439), st.integers(0, 1439), st.integers(-1, 1439), st.integers(0, 1439),
    st.integers(0, 700), st.integers(0, 300), st.booleans(),
)  # fmt: skip
def test_what_comes_next_is_what_the_agenda_does(
    quarter: int, second: int, start: int, end: int, weekend: int, weekend_end: int, ahead: int, length: int, span: bool
) -> None:
    face = stories.noon()
    meter = face.meter
    windows = Windows()
    if start != end:
        windows.daily_start, windows.daily_end = start, end
    if weekend >= 0:
        windows.weekend_start, windows.weekend_end = weekend, weekend_end
    windows.days = array("i", [quarter // QUARTERS_PER_DAY + 3])
    if span:
        windows.span_quarter, windows.span_second = quarter + ahead, 17
        windows.span_end_quarter, windows.span_end_second = quarter + ahead + length, 18
    meter.windows = windows
    meter.quarter, meter.second = quarter, second
    agenda = meter.agenda
    pages: Screens = face.panel._screens
    for window in (True, False):
        agenda.use(meter.zone, meter.tariff)
        agenda.ask(quarter, second, windows)
        found = pages._seek(window)
        here = (pages._clock.quarter, pages._clock.second)
        before = agenda.protected if window else agenda.high
        while agenda.quarter < quarter + 9 * QUARTERS_PER_DAY:
            agenda.ask(agenda.quarter, agenda.second, windows)
            if (agenda.protected if window else agenda.high) != before:
                break
        then = (agenda.clock.quarter, agenda.clock.second)
        if found:
            assert here == then
        else:
            assert then[0] >= quarter + 8 * QUARTERS_PER_DAY - 1


def test_it_is_looked_for_no_longer_than_it_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    face = stories.plain()
    asked: list[int] = []
    until = Windows.until

    def counted(windows: Windows, clock: WallClock) -> int:
        asked.append(clock.quarter)
        return until(windows, clock)

    monkeypatch.setattr(Windows, "until", counted)
    shown(face)
    assert 8 <= len(asked) <= 9  # once a day


def test_a_holiday_that_a_tariff_brings_is_known_at_once() -> None:
    face = stories.noon()
    assert shown(face, 4)[1] == "bis Mo 16.11. 22:00"
    new = Tariff()
    new.version = 9
    new.workday = array("i", [360, 1320])
    new.holidays = array("i", [FIXED, 11, 17, 2020, 2099])
    face.meter.set_tariff(new)
    assert shown(face, 4)[1] == "bis Mo 16.11. 22:00"
    face.at(stories.MONDAY, 23)
    assert shown(face, 4)[1] == "bis Mi 18.11. 06:00"  # Tuesday is a holiday now


def test_the_last_three_topups_are_shown_and_a_refund_is_none() -> None:
    face = stories.friday()
    for cents in (100, 200, 300, 400):
        face.meter.top_up(stories.euro(cents), by_card=bool(cents % 200))
        face.meter.note_event(events.SUPPLY, 1)
    assert [line.split()[-2] for line in shown(face, 8)[1:]] == ["4,00", "3,00", "2,00"]


def test_every_language_and_page_is_reached_by_down_alone() -> None:
    face = stories.noon()
    seen = []
    for _ in range(NUMBER + 1):
        seen.append(face.panel._page)
        face.panel.press(keypad.DOWN)
    assert seen == list(range(NUMBER + 1))
    assert face.panel._page == 0


def test_a_plain_canvas_cuts_what_a_whole_one_refuses() -> None:
    with pytest.raises(ValueError, match="longer"):
        WholeCanvas().bytes(b"x" * 21)
    canvas = Canvas()
    canvas.bytes(b"x" * 21)
    assert text(canvas)[0] == "x" * 20 or text(canvas)[3] == "x" * 20
