# SPDX-License-Identifier: Apache-2.0
"""The pulse input against a measuring element whose contacts bounce, and a controller whose interrupts wait.

Times are whole microseconds; the driver's clock has milliseconds, with an optical head microseconds.
"""

import dis
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.drivers.s0 import LED_US, S0Input
from groschensim.models.pin import SimPin
from groschensim.models.s0 import ON_US, S0Output

SIXTEENTH_US = 62_500
GLITCH_US = 9_900  # shorter than 10 ms
LATE_US = 1_000
BOUNCE_US = 15_000  # both ends of a pulse of 30 ms leave 15 ms in it that are steady


class Time:
    """The world's microseconds, and the driver's milliseconds."""

    def __init__(self, us: int = 77_777_777) -> None:
        self.us = us

    def ms(self) -> int:
        return self.us // 1000 & 0x3FFFFFFF

    def ticks_us(self) -> int:
        return self.us & 0x3FFFFFFF


@dataclass
class Bench:
    """An element, a line and an input, and the time that leads from edge to edge."""

    on_us: int = ON_US
    bounces: tuple[int, ...] = ()
    time: Time = field(default_factory=Time)

    def __post_init__(self) -> None:
        self.pin = SimPin(1)
        self.input = S0Input(self.pin, self.time.ms, hard=True)  # type: ignore[arg-type]
        self.source = S0Output(self.pin.drive, self.on_us, self.bounces)

    def run(self) -> None:
        while self.source.due() >= 0:
            self.time.us = self.source.due()
            self.source.step()

    def count(self) -> int:
        return self.input.count()


def train(gaps: list[int], on_us: int = ON_US, bounces: tuple[int, ...] = (), time: Time | None = None) -> Bench:
    bench = Bench(on_us, bounces, time or Time())
    at = bench.time.us + 1_000_000
    for gap in gaps:
        bench.source.pulse(at)
        at += on_us + gap
    bench.run()
    return bench


def test_both_edges_call_a_hard_interrupt_where_there_is_one() -> None:
    bench = Bench()
    assert bench.pin.hard

    class SoftPin(SimPin):
        def irq(self, handler, trigger, **more):  # type: ignore[no-untyped-def, override]
            assert not more  # the ESP32's takes nothing else
            super().irq(handler, trigger)

    pin = SoftPin(1)
    S0Input(pin, Time().ms, hard=False)  # type: ignore[arg-type]
    assert not pin.hard


def test_the_handler_has_no_branch() -> None:
    # Where it has one, MicroPython looks for a KeyboardInterrupt that waits; a hard handler that raises is dropped.
    jumps = {name for name in dis.opname if "JUMP" in name}
    assert not jumps & {step.opname for step in dis.get_instructions(S0Input._edge)}


def test_an_hour_of_sixteen_pulses_a_second_is_counted_to_the_last() -> None:
    bench = train([SIXTEENTH_US - ON_US] * (16 * 3600))
    assert bench.count() == 16 * 3600


@pytest.mark.parametrize("bounces", [(200, 300), (1000, 1000, 500, 700), (5000, 9000), (9900, 3000)])
def test_an_hour_of_them_with_bounces_at_both_ends_too(bounces: tuple[int, ...]) -> None:
    # The old way to debounce, by falling edges alone, counts the bounce at a long pulse's end.
    for on_us in (ON_US, 60_000):
        bench = train([SIXTEENTH_US - ON_US] * 3600, on_us, bounces)
        assert bench.count() == 3600


def test_a_pulse_counts_as_it_ends() -> None:
    bench = Bench(on_us=120_000)
    bench.source.pulse(bench.time.us + 1000)
    bench.time.us = bench.source.due()
    bench.source.step()
    bench.time.us += 119_000
    assert bench.count() == 0
    bench.run()
    assert bench.count() == 1


def test_a_pulse_that_is_there_at_the_start_counts() -> None:
    time = Time()
    pin = SimPin(0)
    meter = S0Input(pin, time.ms, hard=True)  # type: ignore[arg-type]
    time.us += 20_000
    pin.drive(1)
    assert meter.count() == 1


@pytest.mark.parametrize("start_ms", [0, 2**29, 2**30 - 1_020, 2**30 - 3_000])
@pytest.mark.parametrize("days", [0, 1, 6, 7, 12, 13, 30])
def test_a_pause_of_days_loses_no_pulse(days: int, start_ms: int) -> None:
    # The milliseconds wrap after 12.4 days.
    bench = train([days * 86_400_000_000 + ON_US, 40_000, 40_000], time=Time(start_ms * 1000))
    assert bench.count() == 3


def test_the_count_is_modulo_2_to_the_24th() -> None:
    bench = Bench()
    bench.input._pulses = 2**24 - 1
    bench.source.pulse(bench.time.us + 100_000)
    bench.run()
    assert bench.count() == 0


def test_pulses_as_fast_as_an_s0_output_may_send_are_counted() -> None:
    assert train([ON_US] * 3600).count() == 3600
    assert train([ON_US] * 3600, bounces=(200, 300, 1000, 500)).count() == 3600


def led_bench(phase: int = 0) -> tuple[Time, SimPin, S0Input]:
    """Return an input with an optical head before it, by a clock of microseconds."""
    time = Time(phase)
    pin = SimPin(1)
    return time, pin, S0Input(pin, time.ticks_us, hard=True, steady=LED_US)  # type: ignore[arg-type]


def test_an_optical_heads_pulses_of_two_milliseconds_are_counted() -> None:
    time, pin, meter = led_bench()
    for _ in range(250 * 60):
        time.us += 2_000
        pin.drive(0)
        time.us += 2_000
        pin.drive(1)
    assert meter.count() == 250 * 60
    # An S0 output's filter takes none of them.
    time = Time()
    pin = SimPin(1)
    meter = S0Input(pin, time.ms, hard=True)  # type: ignore[arg-type]
    for _ in range(250):
        time.us += 2_000
        pin.drive(0)
        time.us += 2_000
        pin.drive(1)
    assert meter.count() == 0


@given(st.lists(st.tuples(st.integers(2_000, 9_000), st.integers(2_000, 500_000), st.integers(0, 900)), max_size=40))
def test_interrupts_that_come_late_by_less_than_a_millisecond_lose_none_of_a_heads(
    pulses: list[tuple[int, int, int]],
) -> None:
    time = Time(5)
    pin = LatePin()
    meter = S0Input(pin, time.ticks_us, hard=True, steady=LED_US)  # type: ignore[arg-type]
    at = 10_000
    for on_us, off_us, late_us in pulses:
        for level, length in ((0, on_us), (1, off_us)):
            pin.drive(level)
            time.us = at + (late_us if level else 900 - late_us)
            pin.deliver()
            at += length
    assert meter.count() == len(pulses)


@given(st.lists(st.tuples(st.integers(1, 990), st.integers(20, 100_000)), max_size=40), st.integers(0, 2**30))
def test_light_of_less_than_a_millisecond_is_no_pulse(glitches: list[tuple[int, int]], phase: int) -> None:
    time, pin, meter = led_bench(phase)
    time.us += 100_000
    for length, pause in glitches:
        pin.drive(0)
        time.us += length
        pin.drive(1)
        time.us += pause
    assert meter.count() == 0


GAPS = st.integers(ON_US, 500_000)
LENGTHS = st.integers(ON_US, 200_000)


@st.composite
def noise(draw: st.DrawFn, most_us: int, glitch_us: int) -> list[int]:
    """Return the times between the extra edges of a bounce, even in number, together shorter than `most_us`."""
    parts = draw(st.lists(st.integers(20, glitch_us), max_size=12))
    while parts and (len(parts) % 2 or sum(parts) > most_us):
        parts.pop()
    return parts


@st.composite
def trains(draw: st.DrawFn, glitch_us: int = GLITCH_US) -> tuple[list[tuple[int, int]], int]:
    """Return the edges of some pulses, each with bounces of its own, glitches in longer pauses; and how many it were."""
    edges: list[tuple[int, int]] = []
    at = 1_000_000
    pulses = draw(st.integers(1, 8))
    for _ in range(pulses):
        for held, length in ((0, draw(LENGTHS)), (1, draw(GAPS))):
            end = at + length
            level = held
            edges.append((at, level))
            for part in draw(noise(BOUNCE_US, glitch_us)):
                at += part
                level = 1 - level
                edges.append((at, level))
            # Glitches of either kind, where they leave steady stretches of 15 ms between them.
            while end - at > 2 * BOUNCE_US + GLITCH_US and draw(st.booleans()):
                at += draw(st.integers(BOUNCE_US, end - at - BOUNCE_US - GLITCH_US))
                edges.append((at, 1 - level))
                at += draw(st.integers(20, glitch_us))
                edges.append((at, level))
            at = end
    return edges, pulses


@given(trains(), st.integers(0, 999))
def test_no_pulse_is_lost_and_no_bounce_counts(train: tuple[list[tuple[int, int]], int], phase: int) -> None:
    edges, pulses = train
    time = Time(phase)
    pin = SimPin(1)
    meter = S0Input(pin, time.ms, hard=True)  # type: ignore[arg-type]
    for at, level in edges:
        time.us = phase + at
        pin.drive(level)
    time.us += 1_000_000
    pin.drive(0)  # the next pulse, of which nothing counts yet
    assert meter.count() == pulses


class LatePin(SimPin):
    """A pin whose edges wait while interrupts do, and are then one call for all (RP2040: one flag for each kind)."""

    def __init__(self) -> None:
        super().__init__(1)
        self.pending = False

    def irq(self, handler, trigger, hard=False):  # type: ignore[no-untyped-def, override]
        super().irq(handler, 0, hard)

    def drive(self, level: int) -> None:
        self.pending = self.pending or level != self.level
        self.level = level

    def deliver(self) -> None:
        if self.pending:
            self.pending = False
            self.interrupt()


@given(trains(GLITCH_US - LATE_US), st.integers(100, 20_000), st.integers(0, LATE_US), st.integers(0, 999))
def test_interrupts_that_wait_for_up_to_a_millisecond_change_nothing(
    train: tuple[list[tuple[int, int]], int], free: int, blocked: int, phase: int
) -> None:
    # No handler runs in the second part of each stretch of `free` and `blocked` microseconds.
    edges, pulses = train
    time = Time(phase)
    pin = LatePin()
    meter = S0Input(pin, time.ms, hard=True)  # type: ignore[arg-type]
    due = -1
    for at, level in [*edges, (edges[-1][0] + 1_000_000, 0)]:
        if 0 <= due <= at:
            time.us = phase + due
            pin.deliver()
            due = -1
        pin.drive(level)
        if due < 0:
            into = at % (free + blocked)
            due = at if into < free else at + free + blocked - into
    assert meter.count() == pulses


@pytest.mark.parametrize("late_us", [0, 1_000, 3_000, 5_000])
def test_a_soft_interrupt_that_is_late_by_five_milliseconds_loses_none_of_the_standards_pulses(late_us: int) -> None:
    # The ESP32: each handler runs after the interpreter has ended what it is at, here an exchange with a chip.
    time = Time(0)
    pin = LatePin()
    meter = S0Input(pin, time.ms, hard=False)  # type: ignore[arg-type]
    at = 50_000
    for pulse in range(500):
        for level, length in ((0, ON_US), (1, SIXTEENTH_US - ON_US)):
            pin.drive(level)
            time.us = at + late_us * (pulse * 7 % 5) // 4
            pin.deliver()
            at += length
    assert meter.count() == 500


@given(st.lists(st.tuples(st.integers(20, GLITCH_US), st.integers(20, 200_000)), max_size=40), st.integers(0, 999))
def test_glitches_shorter_than_ten_milliseconds_never_count(glitches: list[tuple[int, int]], phase: int) -> None:
    bench = Bench(time=Time(phase))
    at = phase + 100_000
    for length, pause in glitches:
        bench.source.glitch(at, length)
        at += length + pause
    bench.run()
    assert bench.count() == 0
