# SPDX-License-Identifier: Apache-2.0
"""The panel: where each key leads from each state, what it does to the meter, and what shows by itself."""

from collections.abc import Callable

import pytest
import screen_stories as stories
from hypothesis import given, settings
from hypothesis import strategies as st

from groschen.core import keypad, tan_entry, wholemeter
from groschen.core.canvas import Canvas
from groschen.core.meter import Meter
from groschen.core.screens import EMERGENCY, NUMBER
from groschen.core.session import EMPTY, SHOW, CardSession
from groschen.core.state import State
from groschen.core.supply import FREE, LOCKED
from groschensim.cards import SimSlot
from groschensim.display import text

HOME, PAGE, LAST, ASKS, CODE, INSIDE, ENTRY, CARD, WARNING = range(9)
STATES: dict[int, Callable[[], stories.Face]] = {
    HOME: stories.short,
    PAGE: lambda: stories.short().press("D"),
    LAST: lambda: stories.short().press("U"),
    ASKS: lambda: stories.short().press("L"),
    CODE: lambda: stories.short().press("UO"),
    INSIDE: lambda: stories.short().press("UO" + stories.CODE.decode() + "O"),
    ENTRY: lambda: stories.short().press("T"),
    CARD: lambda: stories.card_done(stories.dark),
    WARNING: lambda: stories.warned(13 * 60),
}
ALL = "5OCTUDL"
# By state: where each of ALL leads.
LEADS = {
    HOME: (HOME, HOME, HOME, ENTRY, LAST, PAGE, ASKS),
    PAGE: (PAGE, HOME, HOME, ENTRY, HOME, PAGE, ASKS),
    LAST: (LAST, CODE, HOME, ENTRY, PAGE, HOME, ASKS),
    ASKS: (ASKS, HOME, HOME, ENTRY, HOME, HOME, ASKS),
    CODE: (CODE, CODE, HOME, ENTRY, HOME, HOME, ASKS),
    INSIDE: (INSIDE, INSIDE, HOME, ENTRY, INSIDE, INSIDE, ASKS),
    ENTRY: (ENTRY, ENTRY, HOME, ENTRY, ENTRY, ENTRY, ENTRY),
    CARD: (HOME, HOME, HOME, ENTRY, HOME, HOME, HOME),
    WARNING: (HOME, HOME, HOME, ENTRY, HOME, HOME, ASKS),
}


def shown(face: stories.Face) -> list[str]:
    canvas = Canvas()
    face.panel.render(canvas)
    return text(canvas)


def wait(face: stories.Face, seconds: int) -> None:
    for _ in range(seconds):
        face.panel.pass_time(1)


@pytest.mark.parametrize("state", LEADS)
@pytest.mark.parametrize("key", range(len(ALL)), ids=ALL)
def test_each_key_leads_from_each_state_where_the_table_says(state: int, key: int) -> None:
    face = STATES[state]()
    assert face.panel._state == state
    face.press(ALL[key])
    assert face.panel._state == LEADS[state][key]
    assert any(shown(face))


def test_each_state_has_all_keys() -> None:
    keys = stories.noon().panel.KEYS
    assert [len(row) for row in keys] == [len(ALL)] * len(LEADS)


@settings(max_examples=150)
@given(st.lists(st.sampled_from("0123456789OCTUDLwWis"), max_size=60))
def test_whatever_is_pressed_it_goes_on_and_money_stays(keys: list[str]) -> None:
    face = stories.dark()
    card = face.card()
    for key in keys:
        if key in "wW":
            face.panel.pass_time(61 if key == "W" else 1)
        elif key in "is":
            face.slot.card = card if key == "i" else None
            for _ in range(4):
                face.session.step()
                face.panel.show_card(face.session)
        else:
            face.press(key)
        shown(face)
    topups = face.meter.account.topups.value()
    assert (
        topups - face.meter.account.refunds.value() - face.meter.account.charges().value()
        == face.meter.account.balance.value()
    )


def test_no_key_is_none() -> None:
    face = stories.short().press("L")
    assert face.panel.changed()
    face.panel.press(keypad.NO_KEY)
    assert face.panel._state == ASKS
    assert not face.panel.changed()


# -- what the keys do to the meter


class Counting:
    """A keeper that counts its commits."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.meter = state.meter
        self.commits = 0

    def sealed(self) -> bool:
        return False

    def commit(self) -> bool:
        self.commits += 1
        return True


def counting(face: stories.Face) -> Counting:
    keeper = Counting(face.state)
    face.panel._keeper = keeper  # type: ignore[assignment]
    return keeper


def test_light_connects_where_that_is_offered_and_keeps_it() -> None:
    face = stories.offered()
    keeper = counting(face)
    before = face.meter.supply.on
    face.press("L")
    assert (before, face.meter.supply.on) == (False, True)
    assert keeper.commits == 1
    assert face.panel._state == HOME


def test_light_asks_before_it_lends_and_c_lends_nothing() -> None:
    for keys, lent in (("LO", True), ("LC", False), ("LT", False), ("LU", False), ("L5C", False)):
        face = stories.short()
        keeper = counting(face)
        face.press(keys)
        assert face.meter.supply.emergency == lent, keys
        assert keeper.commits == lent


def test_a_question_that_nobody_answers_is_taken_back() -> None:
    face = stories.short().press("L")
    wait(face, 59)
    assert face.panel._state == ASKS
    wait(face, 1)
    assert face.panel._state == HOME
    face.press("O")
    assert not face.meter.supply.emergency


def test_an_emergency_credit_does_not_connect_by_itself() -> None:
    face = stories.dark().press("LO")
    assert face.meter.supply.emergency
    before = face.meter.supply.on
    assert shown(face)[1:3] == ["Strom aus", "Taste Licht drücken"]
    face.press("L")
    assert (before, face.meter.supply.on) == (False, True)


@pytest.mark.parametrize(
    ("face", "says"),
    [
        (stories.noon, "möglich bis 1,00 EUR"),
        (stories.plain, "nicht vereinbart"),
        (stories.borrowed, "ist an"),
        (lambda: stories.mode(LOCKED), "Strom gesperrt"),
        (lambda: stories.mode(FREE), "Freischaltung"),
    ],
)
def test_where_light_can_do_nothing_the_page_says_why(face: Callable[[], stories.Face], says: str) -> None:
    here = face().press("L")
    assert (here.panel._state, here.panel._page) == (PAGE, EMERGENCY)
    assert says in shown(here)


def test_ok_on_the_first_page_switches_the_language_and_keeps_it() -> None:
    face = stories.noon()
    keeper = counting(face)
    assert shown(face)[0].startswith("Guthaben")
    face.press("O")
    assert shown(face)[0].startswith("Balance")
    assert keeper.commits == 1
    kept = State(Meter(face.meter.imp, face.meter.zone))
    wholemeter.restore(kept, wholemeter.save(face.state))
    assert shown(stories.Face(kept, "1"))[0].startswith("Balance")
    assert shown(face.press("O"))[0].startswith("Guthaben")


# -- pages and time


@given(st.lists(st.sampled_from("UD"), max_size=40))
def test_up_and_down_go_around(keys: list[str]) -> None:
    face = stories.noon()
    page = 0
    for key in keys:
        page = (page + (1 if key == "D" else -1)) % (NUMBER + 1)
        face.press(key)
        assert face.panel._page == page
        assert face.panel._state == (HOME if page == 0 else LAST if page == NUMBER else PAGE)


@pytest.mark.parametrize("state", [PAGE, LAST, ASKS, CODE, INSIDE, WARNING])
def test_a_minute_without_a_key_leads_home(state: int) -> None:
    face = STATES[state]()
    face.panel._idle = 0
    wait(face, 59)
    assert face.panel._state == state
    wait(face, 1)
    assert (face.panel._state, face.panel._page) == (HOME, 0)


def test_a_key_begins_the_minute_anew() -> None:
    face = stories.noon().press("D")
    for _ in range(5):
        wait(face, 59)
        face.press("5")
    assert face.panel._state == PAGE


def test_there_is_something_new_once_a_second_and_after_each_key() -> None:
    face = stories.noon()
    assert face.panel.changed()
    assert not face.panel.changed()
    face.panel.pass_time(0)
    assert not face.panel.changed()
    face.panel.pass_time(1)
    assert face.panel.changed()
    face.press("5")
    assert face.panel.changed()
    assert not face.panel.changed()


# -- a number


def test_a_number_has_the_keys_until_it_is_done() -> None:
    face = stories.bought(stories.friday)
    assert face.entry.state == tan_entry.SHOW
    assert shown(face)[0] == "20 EUR gebucht"
    face.press("O")
    assert (face.panel._state, face.entry.state) == (HOME, tan_entry.IDLE)


def test_a_number_that_nobody_goes_on_with_is_given_up() -> None:
    face = stories.friday().press("T20")
    wait(face, 59)
    assert face.panel._state == ENTRY
    wait(face, 1)
    assert (face.panel._state, face.entry.state) == (HOME, tan_entry.IDLE)


def test_light_after_a_number_connects() -> None:
    face = stories.bought(stories.dark)
    assert shown(face)[3] == "Taste Licht drücken"
    face.press("L")
    assert face.meter.supply.on
    assert face.panel._state == HOME


def test_light_while_a_card_shows_leaves_a_number_as_it_is() -> None:
    face = stories.friday().press("T20O12").insert(stories.blank_image()).press("LC")
    assert face.entry.typed == "12"


def test_light_within_a_number_does_nothing() -> None:
    face = stories.offered().press("T20OL")
    assert not face.meter.supply.on
    assert face.entry.state == tan_entry.NUMBER


def test_a_search_goes_on_while_no_second_passes() -> None:
    face = stories.friday()
    face.state.tan.open_family = True
    face.press("T123456789")
    assert face.entry.state == tan_entry.SEARCH
    face.panel.changed()
    for _ in range(100_000):
        face.panel.pass_time(0)
        if face.entry.state != tan_entry.SEARCH:
            break
    assert face.entry.state == tan_entry.SHOW
    assert face.panel.changed()


# -- cards


def test_a_card_takes_the_display_and_stays_until_ten_seconds_after_it() -> None:
    face = stories.friday().press("DD")
    image = face.card()
    face.desk.credit(image, face.state.cards.credit_number + 1, 10_000_000)
    face.slot.card = image
    seen = []
    while face.session.state != SHOW:
        face.session.step()
        face.panel.show_card(face.session)
        seen.append(shown(face)[0])
        face.press("C")  # nobody can send it away
    assert set(seen[:-1]) == {"Karte wird gelesen"}
    assert seen[-1] == "Gebucht    10,00 EUR"
    face.insert(image)
    assert face.panel._state == HOME  # the last C did


def test_its_outcome_stays_while_the_card_does() -> None:
    face = stories.card_done(stories.friday)
    wait(face, 300)
    assert shown(face)[0] == "Gebucht    25,00 EUR"
    face.slot.card = None
    face.session.step()
    face.panel.show_card(face.session)
    assert face.session.state == EMPTY
    wait(face, 9)
    assert face.panel._state == CARD
    wait(face, 1)
    assert face.panel._state == HOME


def test_light_connects_while_the_outcome_is_shown() -> None:
    face = stories.card_done(stories.dark)
    assert shown(face)[3] == "Taste Licht drücken"
    face.press("L")
    assert face.meter.supply.on


def test_beeps_tell_done_from_refused() -> None:
    face = stories.card_done(stories.friday)
    assert face.panel.beeps == 1
    face = stories.friday().insert(stories.blank_image())
    assert face.panel.beeps == 2


def test_a_second_slot_without_a_card_changes_nothing() -> None:
    face = stories.card_done(stories.friday)
    other = CardSession(face.keeper, SimSlot(), face.keys)
    for _ in range(3):
        for session in (face.session, other):
            session.step()
            face.panel.show_card(session)
    assert shown(face)[0] == "Gebucht    25,00 EUR"
    other_slot = SimSlot()
    other_slot.card = stories.blank_image()
    other = CardSession(face.keeper, other_slot, face.keys)
    other.step()
    face.panel.show_card(other)
    assert shown(face)[0] == "Karte wird gelesen"
    other.step()
    face.panel.show_card(face.session)
    face.panel.show_card(other)
    assert shown(face)[0] == "Karte ist leer"


def test_a_number_that_a_card_interrupts_is_still_there() -> None:
    face = stories.friday().press("T20O12")
    face.insert(stories.blank_image())
    assert shown(face)[0] == "Karte ist leer"
    face.press("C")
    assert shown(face)[:2] == ["20 EUR, TAN:", "12_"]


# -- warnings


def test_a_warning_shows_and_beeps_once() -> None:
    face = stories.warned(13 * 60)
    assert face.panel.beeps == 3
    assert shown(face)[2] == "Guthaben wird knapp"
    face.panel.beeps = 0
    face.press("C")
    face.panel.pass_time(1)
    assert (face.panel.beeps, face.panel._state) == (0, HOME)


def test_a_warning_of_before_a_restart_is_no_news() -> None:
    face = stories.warned(13 * 60)
    again = stories.Face(face.state, "1")
    again.panel.pass_time(1)
    assert (again.panel.beeps, again.panel._state) == (0, HOME)


@pytest.mark.parametrize(("keys", "state"), [("T2", ENTRY), ("L", ASKS), ("UO1", CODE)])
def test_a_warning_interrupts_nobody_who_types_but_is_heard(keys: str, state: int) -> None:
    face = stories.warned(13 * 60, keys)
    assert face.panel._state == state
    assert face.panel.beeps == 3


# -- the technician


def test_the_code_opens_the_pages() -> None:
    face = stories.friday().press("UO" + stories.CODE.decode())
    assert shown(face)[1] == "******_"
    assert shown(face.press("O"))[:2] == ["F.F", "00000000"]


def test_a_digit_can_be_taken_back() -> None:
    assert stories.friday().press("UO27182" + "99CC" + "8O").panel._state == INSIDE
    assert stories.friday().press("UO1C").panel._state == CODE
    assert stories.friday().press("UO1CC").panel._state == HOME


@settings(max_examples=100)
@given(st.text("0123456789", max_size=25))
def test_no_other_code_does(code: str) -> None:
    opened = stories.friday().press("UO" + code + "O").panel._state == INSIDE
    assert opened == (code == stories.CODE.decode())


def test_after_three_wrong_codes_none_is_taken_for_ten_minutes() -> None:
    face = stories.wrong_codes(3)
    right = stories.CODE.decode() + "O"
    assert face.press(right).panel._state == CODE
    wait(face, 300)
    face.press("CUO")
    assert shown(face)[2] == "noch 5 Min"
    wait(face, 299)
    assert face.press("CUO" + right).panel._state == CODE
    wait(face, 1)
    assert face.press(right).panel._state == INSIDE


def test_the_right_code_forgives_the_wrong_ones() -> None:
    right = stories.CODE.decode() + "O"
    face = stories.wrong_codes(2)
    for _ in range(3):
        assert face.press(right + "CUO" + "9O9O").panel._state == CODE
    assert face.press(right).panel._state == INSIDE


def test_nobody_types_ahead_of_the_lock() -> None:
    face = stories.wrong_codes(3)
    wait(face, 10)
    face.press(stories.CODE.decode())
    assert shown(face)[1] == "_"


def test_without_a_code_there_are_no_such_pages() -> None:
    face = stories.friday()
    face.panel._code = b""
    assert face.press("UO").panel._state == LAST


@pytest.mark.parametrize("section", range(1, 5))
def test_every_row_of_every_section_is_drawn(section: int) -> None:
    face = stories.inside(str(section))
    screens = face.panel._screens
    rows = screens.rows(section)
    seen = []
    for _ in range(rows):
        seen.append("\n".join(shown(face)))
        face.press("D")
    assert len(set(seen)) == rows
    assert "\n".join(shown(face)) == seen[0]
    assert "\n".join(shown(face.press("U"))) == seen[-1]


def test_a_section_without_rows_is_drawn_too() -> None:
    face = stories.friday()
    face.meter.snapshots.months.appended = 0
    face.meter.log.ring.appended = 0
    face.press("UO" + stories.CODE.decode() + "O")
    for section in "234":
        assert shown(face.press(section + "DU")) is not None


def test_an_event_that_the_memory_has_lost_is_left_out() -> None:
    face = stories.inside("3")
    face.meter.log.ring.lose(face.meter.log.ring.appended - 1)
    assert shown(face)[1:] == ["", "", ""]


# -- power


def measured(imp: int, watts: int, seconds: int, step_ms: int = 100) -> int:
    """Lets a load run with the loop's steps, and returns the power that is shown."""
    face = stories.friday()
    face.meter.imp = imp
    for now in range(0, seconds * 1000, step_ms):
        face.panel.note_pulses(
            now + 2**30 - 5000 & 2**30 - 1, now * watts * imp // 3_600_000_000 + 2**24 - 2 & 2**24 - 1
        )
    return face.panel._screens.watts


@settings(max_examples=60)
@given(st.sampled_from([100, 1000, 5000, 100_000]), st.integers(100, 15_000))
def test_the_power_is_that_of_the_pulses(imp: int, watts: int) -> None:
    pulse_s = 3_600_000 / imp / watts
    if pulse_s > 500 or 1 / pulse_s > 16:
        return
    shown = measured(imp, watts, int(3 * pulse_s) + 25)
    assert shown == pytest.approx(watts, rel=0.03)


def test_no_load_is_no_power() -> None:
    face = stories.powered()
    assert face.panel._screens.watts == pytest.approx(1500, rel=0.1)
    last = face.panel._last
    sinking = []
    for now in range(60_000, 800_000, 1000):
        face.panel.note_pulses(now, last)
        sinking.append(face.panel._screens.watts)
    assert sinking == sorted(sinking, reverse=True)
    assert sinking[-1] == 0
    face.panel.note_pulses(800_000, last + 1)  # the first of a new load says nothing yet
    assert face.panel._screens.watts == 0
    face.panel.note_pulses(836_000, last + 2)
    assert face.panel._screens.watts == pytest.approx(100, rel=0.1)
