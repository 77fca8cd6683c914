# SPDX-License-Identifier: Apache-2.0
"""The panel's steady state allocates nothing: every page of the customer's, power, time, keys and card slots."""

import sys

import sample_meter as sample

from groschen.core import keypad
from groschen.core.canvas import Canvas
from groschen.core.panel import Panel
from groschen.core.session import EMPTY
from groschen.core.state import State
from groschen.core.supply import FREE, LOCKED, REFUND

MICROPYTHON = sys.implementation.name == "micropython"
if MICROPYTHON:
    from micropython import heap_lock, heap_unlock
else:
    heap_lock = heap_unlock = int  # callables that do nothing

SMALL = MICROPYTHON and sys.maxsize == 2**31 - 1
PAGES = 10


class Keeper:
    """Keeps nothing."""

    def __init__(self, meter):
        self.state = State(meter)
        self.meter = meter

    def sealed(self):
        return False

    def commit(self):
        """Say that the memory took it."""
        return True


class Entry:
    """An entry of numbers in which nobody types."""

    state = 0

    def press(self, key):
        """Take no key."""

    def pass_time(self, seconds):
        """Let time pass."""


class Readout:
    """What the panel asks of the service port's values."""

    serial = "1EBZ0100000042"
    left = 0

    def waits(self):
        """Return how long the supply waits."""
        return self.left


class Session:
    """A slot without a card."""

    state = EMPTY


def panel_of(meter):
    """Return the panel of a meter."""
    return made(Keeper(meter), Entry(), Readout())


def made(keeper, entry, readout):
    """Return a panel over what takes the place of its parts."""
    return Panel(keeper, entry, readout, b"1234")


def used():
    """Return a meter after some weeks of a household."""
    meter = sample.meter()
    sample.drive(meter, sample.household(96 * 40 + 70), sample.money(50_000_000))
    return meter


def clean(do, panel, other):
    """Do something with the heap locked; say whether it did without."""
    done = False
    heap_lock()
    try:
        do(panel, other)
        done = True
    except MemoryError:
        pass
    heap_unlock()
    return done


def turn(panel, canvas):
    """Draw all pages and come back to the first."""
    for _ in range(PAGES):
        panel.render(canvas)
        panel.press(keypad.DOWN)


def render(panel, canvas):
    """Draw what there is."""
    panel.render(canvas)


def lines(canvas):
    """Print the canvas, to be compared between interpreters."""
    for line in canvas.lines:
        print("".join([chr(char) for char in line]))


def test_no_page_allocates_in_either_language():
    meter = used()
    panel = panel_of(meter)
    canvas = Canvas()
    for language in (0, 1):
        panel._keeper.state.language = language
        assert clean(turn, panel, canvas)
        for _ in range(PAGES):
            panel.render(canvas)
            lines(canvas)
            panel.press(keypad.DOWN)


def test_the_first_page_allocates_nothing_while_the_supply_waits():
    readout = Readout()
    readout.left = 840
    panel = made(Keeper(used()), Entry(), readout)
    canvas = Canvas()
    assert clean(turn, panel, canvas)
    panel.render(canvas)
    assert bytes(canvas.lines[3]) == b"wartet noch 14 Min  "


def test_the_first_page_allocates_in_no_state():
    for mode in (REFUND, FREE, LOCKED):
        meter = used()
        meter.set_mode(mode)
        assert clean(turn, panel_of(meter), Canvas())
    for cents in (0, -2000, 10**10):
        for on in (False, True):
            meter = used()
            meter.account.balance.set_value(cents * 10_000)
            meter.supply.on = on
            assert clean(turn, panel_of(meter), Canvas())
            meter.press_emergency()
            assert clean(turn, panel_of(meter), Canvas())
            meter.supply.offered = not on
            assert clean(turn, panel_of(meter), Canvas())
            meter.note_error(1)
            assert clean(turn, panel_of(meter), Canvas())


def test_neither_does_the_question_nor_a_warning():
    meter = used()
    meter.account.balance.set_value(0)
    panel = panel_of(meter)
    canvas = Canvas()
    panel.press(keypad.LIGHT)
    assert clean(render, panel, canvas)
    lines(canvas)
    for kind in (1, 4):
        meter.warnings.note(meter.quarter, meter.second, kind, 0, meter.account.balance)
        panel.press(keypad.CORRECT)
        panel.pass_time(0)
        assert panel.beeps == 3
        assert clean(render, panel, canvas)
        lines(canvas)


def test_a_year_of_evenings_allocates_nothing():
    meter = used()
    panel = panel_of(meter)
    canvas = Canvas()
    day = meter.quarter // 96
    for ahead in range(0, 365, 5):
        meter.advance(day + ahead, 66_600)
        assert clean(turn, panel, canvas)


def idle(panel, session):
    """Let half an hour pass in which pulses fall: three kilowatt at a thousand pulses, steps of a tenth of a second."""
    for step in range(18_000):
        panel.note_pulses(step * 100, step // 12)
        panel.show_card(session)
        panel.pass_time(1 if step % 10 == 0 else 0)
        panel.press(keypad.NO_KEY)
        panel.changed()


def test_time_and_pulses_allocate_nothing():
    meter = used()
    panel = panel_of(meter)
    assert clean(idle, panel, Session())
    panel.press(keypad.DOWN)
    panel.press(keypad.DOWN)
    panel.press(keypad.DOWN)
    canvas = Canvas()
    panel.render(canvas)
    lines(canvas)


def test_the_lock_finds_an_amount_that_leaves_31_bits():
    meter = used()
    meter.account.balance.high = 2**31
    assert clean(render, panel_of(meter), Canvas()) != SMALL
