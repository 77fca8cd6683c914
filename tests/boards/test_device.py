# SPDX-License-Identifier: Apache-2.0
"""The meter as a device, on CPython: what a power cut costs where the pulse count is kept, and where it is not."""

from typing import Any

import pytest
from fake_board import KEYS, World

from groschen.core import events, report
from groschen.core.amount import Limbs
from groschen.core.calendar import LEGAL
from groschen.core.device import Device
from groschen.core.keypad import LIGHT
from groschen.core.readout import Readout
from groschen.core.state import State
from groschen.core.store import Store
from groschen.core.supply import CUSTOMER, LOCKED
from groschen.core.tariff import Tariff
from groschen.drivers.pcf8593 import Pcf8593 as Counter
from groschencard import records
from groschencard.keys import MeterKeys
from groschensim.cards import Desk, SimSlot
from groschensim.models.i2c import SimI2C
from groschensim.models.pcf8593 import Pcf8593
from groschensim.nvm import PowerCut, SimNvm


class Meter:
    """A device in its world, and what the world knows better."""

    def __init__(self, kept: bool = False, nvm: SimNvm | None = None) -> None:
        self.world = World(kept, nvm)
        self.begin()

    def begin(self) -> None:
        self.device = Device(self.world, KEYS, 1000, LEGAL, "1.2.3")

    def start(self, returned: bool = True) -> None:
        """Let the power return, or the watchdog start the board: all there is is the memory."""
        self.world.start()
        self.world.power.returned = returned
        self.begin()

    def cut(self) -> None:
        """Let the power fail, with the signal before it, and return."""
        self.world.power.fails = True
        self.device.step(self.world.now)
        self.start()

    def state(self) -> State:
        return self.device.keeper.state

    def step(self, seconds: int = 0) -> None:
        self.world.pass_s(self.device, seconds)
        self.world.ms += 250
        self.device.step(self.world.now)

    def sell(self) -> None:
        """Give the meter a tariff and credit, as a card does."""
        meter = self.device.meter
        tariff = Tariff()
        tariff.version = 1
        tariff.ht = tariff.nt = 300_000
        meter.set_tariff(tariff)
        credit = Limbs()
        credit.high = 50
        meter.top_up(credit, True)
        meter.set_mode(CUSTOMER)
        self.step()
        meter.press_confirm()
        self.step()
        assert self.world.relay.on
        relay: Any = self.world.relay
        relay.allowed = self.allowed

    def allowed(self, on: bool) -> bool:
        """Say whether the supply that is kept is such, or the guard opens and all pulses are kept."""
        state = Store(SimNvm(image=bytearray(self.world.nvm.image))).load()
        assert state is not None
        if self.world.power.fails:
            assert state.meter.seen == self.device.counted()
            return not on
        return state.meter.supply.on is on or (not on and state.waits() > 0)

    def nothing_kept(self) -> None:
        """Let the relay ask the memory no more: it is about to be torn, or takes nothing."""
        self.world.relay.allowed = lambda on: True

    def energy(self) -> int:
        return int(self.device.meter.energy_ht.value() + self.device.meter.energy_nt.value())

    def conserved(self) -> bool:
        account = self.device.meter.account
        return bool(account.topups.value() - account.charges().value() == account.balance.value())

    def text(self) -> str:
        return "\n".join(line.decode("iso8859-15") for line in self.world.display.lines())

    def logged(self) -> list[tuple[int, int]]:
        ring = self.device.meter.log.ring
        rows = [ring.at(index) for index in range(max(0, ring.appended - ring.rows), ring.appended)]
        return [(ring.cells[at + events.KIND], ring.cells[at + events.DETAIL]) for at in rows]


def running(kept: bool) -> Meter:
    meter = Meter(kept)
    meter.sell()
    return meter


def test_a_new_board_is_locked_and_kept_at_once() -> None:
    meter = Meter()
    assert not meter.world.relay.on
    kept = Store(meter.world.nvm).load()
    assert kept is not None
    assert (kept.meter.quarter, kept.meter.second) == (meter.device.meter.quarter, meter.device.meter.second)


def test_a_memory_of_another_meter_is_locked_and_left_as_it_is() -> None:
    """All meters begin in life 1: what its memory held must credit nobody else."""
    theirs = Meter()
    theirs.sell()
    world = World(False, SimNvm(image=bytearray(theirs.world.nvm.image)))
    before = bytes(world.nvm.image)
    mine = Device(world, MeterKeys(bytes(range(1, 33)), 7, b"1EBZ0100000099"), 1000, LEGAL, "1.2.3")
    assert mine.meter.errors >> events.ERROR_LOST & 1
    assert not mine.meter.supply.on
    assert not mine.meter.account.balance.value()
    mine.flush()
    assert bytes(world.nvm.image) == before
    again = Device(World(False, SimNvm(image=bytearray(before))), KEYS, 1000, LEGAL, "1.2.3")
    assert again.meter.supply.on


@pytest.mark.parametrize("kept", [True, False])
def test_a_cut_after_any_pulse_costs_at_most_ten_watt_hours_and_nothing_where_the_count_is_kept(kept: bool) -> None:
    meter = running(kept)
    lost = worst = 0
    for number in range(1, 61):
        for _ in range(number):  # so that cuts come after each number of pulses since a commit
            meter.world.pulses.fall()
            meter.step(1)
        assert meter.energy() + lost == meter.world.pulses.total
        meter.start(returned=False)  # as by the watchdog: so many power cuts would let the supply wait
        now_lost = meter.world.pulses.total - meter.energy()
        worst = max(worst, now_lost - lost)
        assert 0 <= now_lost - lost <= (0 if kept else 10)
        lost = now_lost
        assert meter.conserved()
        assert meter.world.relay.on
    assert worst == (0 if kept else 9)


@pytest.mark.parametrize("kept", [True, False])
def test_a_cut_at_any_byte_of_a_commit_costs_no_more(kept: bool) -> None:
    for cut in range(0, 900, 7):
        meter = running(kept)
        image, total = bytearray(meter.world.nvm.image), meter.world.pulses.total
        meter.nothing_kept()
        meter.world.nvm = SimNvm([cut], image)
        before = meter.energy()
        try:
            meter.start()
            for _ in range(25):
                meter.world.pulses.fall()
                meter.step()
            meter.world.ms += 900_000
            meter.step()
        except PowerCut:
            meter.world.nvm = SimNvm(image=image)
            meter.start()
        else:
            assert cut > 700
        fallen = meter.world.pulses.total - total
        assert 0 <= fallen - (meter.energy() - before) <= (0 if kept else 10)
        assert meter.conserved()


def test_pulses_that_fall_before_the_memory_is_read_count() -> None:
    meter = running(False)
    meter.step()
    before = meter.energy()
    meter.world.pulses.since_start = 0
    meter.world.pulses.fall(3)
    meter.begin()
    assert meter.energy() == before + 3


def test_a_device_that_begins_anew_on_a_board_that_ran_on_charges_every_pulse_once() -> None:
    meter = running(False)
    meter.world.pulses.fall(7)
    meter.step()
    meter.world.pulses.fall(4)  # never seen by the device that met a fault
    meter.device = Device(meter.world, KEYS, 1000, LEGAL, "1.2.3", meter.device.origin)
    assert meter.energy() == 11
    meter.world.pulses.fall(2)
    meter.step()
    assert meter.energy() == 13
    assert meter.conserved()


def test_a_count_that_a_chip_brought_along_is_not_charged() -> None:
    meter = Meter(True)
    meter.world.pulses.fall(0xFFFFF0)
    meter.world.nvm = SimNvm()
    meter.world.flash(1)
    meter.start()
    meter.sell()
    meter.world.pulses.fall(40)  # over the end of its 24 bits
    meter.step()
    assert meter.energy() == 40


def test_the_seconds_that_pass_are_not_written() -> None:
    meter = running(False)
    meter.step()
    writes = meter.world.nvm.writes
    meter.step(600)
    assert meter.world.nvm.writes == writes
    meter.step(3600)
    assert 4 * 10 <= meter.world.nvm.writes - writes <= 4 * 16  # one commit each quarter hour


def test_the_supply_opens_in_memory_before_it_opens() -> None:
    meter = running(True)
    for _ in range(200):
        meter.world.pulses.fall(1000)
        meter.step(1)  # the relay compares with the memory
        if not meter.world.relay.on:
            break
    assert not meter.world.relay.on
    meter.start()
    assert not meter.world.relay.on


def test_a_memory_that_takes_nothing_connects_nobody() -> None:
    meter = Meter()
    meter.world.nvm.write = lambda at, data: None  # type: ignore[method-assign]
    core = meter.device.meter
    credit = Limbs()
    credit.high = 50
    core.set_confirm(False)
    core.top_up(credit, True)
    core.set_mode(CUSTOMER)
    meter.step()
    assert core.supply.on
    assert not meter.world.relay.on


def test_a_memory_that_ceases_to_answer_connects_nobody_and_is_no_fault_of_the_program() -> None:
    meter = running(False)
    meter.nothing_kept()
    meter.device.meter.supply.confirm = False

    def gone(_at: int, _data: bytearray) -> None:
        raise OSError(5)

    meter.world.nvm.write = gone  # type: ignore[method-assign]
    meter.step(1800)
    assert "Speicher defekt" in meter.text()


def test_a_power_fail_signal_keeps_every_pulse_of_a_board_that_counts_by_itself() -> None:
    meter = running(False)
    before = meter.energy()
    for _ in range(7):
        meter.world.pulses.fall()
        meter.step()
    meter.world.power.fails = True
    meter.world.pulses.fall()
    assert not meter.device.step(meter.world.now)
    meter.start()
    assert meter.energy() == before + 8
    assert meter.conserved()


def test_a_memory_that_cannot_be_read_locks_says_so_and_is_left_as_it_is() -> None:
    meter = running(True)
    for copy in (20, 532):
        meter.world.nvm.image[copy] ^= 1
    image = bytes(meter.world.nvm.image)
    meter.nothing_kept()
    meter.start()
    meter.world.pulses.fall(50)
    meter.step(2)
    assert not meter.world.relay.on
    assert "Speicher gestört" in meter.text()
    assert bytes(meter.world.nvm.image) == image
    assert meter.device.meter.account.balance.value() == 0


def test_a_start_after_a_long_outage_says_for_each_day_that_it_goes_on() -> None:
    meter = running(False)
    meter.cut()
    today = meter.device.meter.quarter // 96
    meter.world.clock.set(today + 200, 0)
    meter.world.start()
    days: list[int] = []
    Device(meter.world, KEYS, 1000, LEGAL, "1.2.3", alive=lambda: days.append(1))
    assert len(days) == 200


def test_a_clock_that_an_older_memory_waited_for_and_that_is_lost_was_trusted_until_now() -> None:
    meter = running(False)
    meter.device.meter.held = True  # as a memory of layout 3 says it: without the instant at which that began
    meter.device.meter.trusted_quarter = 0
    meter.device.flush()
    meter.world.clock.lost = True
    meter.start()
    assert meter.device.meter.clock_lost
    assert meter.device.meter.trusted_quarter == meter.device.meter.quarter


def test_a_lost_clock_is_on_the_display() -> None:
    meter = running(True)
    meter.world.clock.lost = True
    meter.start()
    meter.step(2)
    assert "Uhrzeit unbekannt" in meter.text()


def test_a_worn_memory_is_on_the_display() -> None:
    meter = running(True)
    meter.nothing_kept()
    meter.world.nvm.write = lambda at, data: None  # type: ignore[method-assign]
    meter.step(1800)
    assert "Speicher defekt" in meter.text()


def test_the_cover_is_an_event_when_it_is_opened_and_when_it_is_closed() -> None:
    meter = running(False)
    assert not [kind for kind, _ in meter.logged() if kind == events.COVER]
    meter.world.cover.shut = False
    meter.step()
    meter.world.cover.shut = True
    meter.step()
    assert meter.logged()[-2:] == [(events.COVER, events.COVER_OPEN), (events.COVER, events.COVER_CLOSED)]
    kept = Store(SimNvm(image=bytearray(meter.world.nvm.image))).load()
    assert kept is not None
    assert kept.meter.counters.cover == 2


def test_a_relay_that_sticks_is_an_error_once() -> None:
    meter = running(False)
    meter.world.relay.stuck = True
    meter.step(3)
    assert meter.logged().count((events.ERROR, events.ERROR_RELAY)) == 1
    assert meter.device.meter.errors >> events.ERROR_RELAY & 1


def test_the_watchdog_is_fed_only_while_every_part_makes_progress() -> None:
    meter = running(False)
    fed = 0
    for _ in range(40):
        meter.world.ms += 250
        fed += meter.device.step(meter.world.now)
    assert 9 <= fed <= 11  # once a second, as its time is one of the parts
    stands = meter.world.clock.uptime()
    meter.world.clock.uptime = lambda: stands  # type: ignore[method-assign]
    meter.device.step(meter.world.now)
    for _ in range(40):
        meter.world.ms += 250
        assert not meter.device.step(meter.world.now)


def test_a_card_in_the_slot_is_booked_shown_and_answered() -> None:
    meter = running(False)
    desk = Desk(KEYS)
    image = desk.issue(records.CUSTOMER, 1)
    desk.credit(image, 5, 20_000_000)
    before: Any = meter.device.meter.account.balance.value()
    meter.world.slots[0].card = image
    meter.step(8)
    # The card carries all that was ever sold: 20 EUR, and what the meter got without one is its own.
    assert meter.device.meter.account.balance.value() == before + 20_000_000
    assert "gebucht" in meter.text().lower()
    meter.world.slots[0].card = None
    meter.step(30)
    assert "gebucht" not in meter.text().lower()


def test_a_reconnection_waits_for_the_light_key() -> None:
    meter = running(False)
    core = meter.device.meter
    core.set_confirm(True)
    meter.step(2)  # the second of the commissioning needs no confirmation
    meter.world.pulses.fall(170_000)
    meter.step()
    assert not meter.world.relay.on
    credit = Limbs()
    credit.high = 20
    core.top_up(credit, False)
    meter.step(1)
    assert not meter.world.relay.on
    meter.world.keypad.pressed.append(LIGHT)
    meter.step()  # the key
    meter.step()  # and what follows from it
    assert meter.world.relay.on


def test_a_buzzer_that_a_fault_has_left_sounding_is_silent() -> None:
    meter = running(True)
    meter.world.buzzer.sound(True)
    meter.begin()
    assert not meter.world.buzzer.on


def test_a_warning_is_heard() -> None:
    meter = running(False)
    meter.world.pulses.fall(155_000)  # 46.50 EUR of 50
    meter.step(3700)
    assert meter.device.meter.warnings.ring.appended == 1
    assert meter.world.buzzer.beeps >= 1
    assert not meter.world.buzzer.on


def test_a_meter_is_busy_with_a_card_until_that_may_be_taken_out_and_with_a_port_until_it_is_left() -> None:
    meter = Meter()
    meter.sell()
    assert not meter.device.busy()
    card = Desk(KEYS).issue(records.CUSTOMER, 1)
    meter.world.slots[0].card = card
    seen: list[bool] = []
    while seen[-2:] != [True, False]:
        meter.step()
        seen.append(meter.device.busy())
    assert meter.world.slots[0].card is card
    meter.world.wires[0][0].to_meter += b"/?!\r\n"
    meter.step()
    assert meter.device.busy()
    meter.step(60)
    assert not meter.device.busy()


# ---- starts and the guard


def test_every_start_is_counted_and_stands_in_readout_and_report() -> None:
    meter = running(False)
    before = meter.state().starts.count
    for number in range(1, 4):
        meter.cut()
        assert meter.state().starts.count == before + number
        kept = Store(SimNvm(image=bytearray(meter.world.nvm.image))).load()
        assert kept is not None
        assert kept.starts.count == before + number  # before the first step
    readout = Readout(meter.state(), KEYS, Store(meter.world.nvm), "1.2.3")
    assert readout.line("C.7.0") == f"C.7.0({before + 3})\r\n"
    assert report.report(meter.state(), 592)["count_power"] == before + 3
    assert not [detail for kind, detail in meter.logged() if (kind, detail) == (events.POWER, events.POWER_OFF)]


@pytest.mark.parametrize("origin", [-1, 0])
def test_a_restart_without_a_power_cut_is_no_start_and_moves_no_relay(origin: int) -> None:
    meter = running(False)
    before, moves = meter.state().starts.count, meter.world.relay.moves
    for _ in range(8):
        if origin < 0:
            meter.start(returned=False)
        else:
            meter.device = Device(meter.world, KEYS, 1000, LEGAL, "1.2.3", meter.device.origin)
        meter.step(1)
    assert meter.state().starts.count == before
    assert meter.world.relay.on
    assert meter.world.relay.moves == moves
    assert not meter.device.meter.errors


def test_the_relay_opens_when_the_power_fails_and_all_is_kept_and_closes_at_the_first_step() -> None:
    meter = running(False)
    meter.world.pulses.fall(3)
    meter.world.power.fails = True
    meter.device.step(meter.world.now)  # the relay asks whether the pulses are kept
    assert not meter.world.relay.on
    meter.world.pulses.fall()  # while it opens
    meter.device.step(meter.world.now)
    meter.start()
    assert not meter.world.relay.on
    meter.step()
    assert meter.world.relay.on
    assert meter.energy() == 4
    supply = meter.device.meter.supply
    assert supply.on
    assert (supply.disconnections, supply.off_s) == (0, 0)
    assert not meter.device.meter.errors


def test_a_board_with_a_counter_leaves_the_relay_alone() -> None:
    meter = running(True)
    moves = meter.world.relay.moves
    for _ in range(8):
        meter.cut()
        meter.step(1)
    assert meter.world.relay.moves == moves
    assert meter.logged().count((events.POWER, events.POWER_OFTEN)) == 1


def test_from_the_sixth_start_in_an_hour_of_run_the_supply_waits_and_the_display_says_why() -> None:
    meter = running(False)
    for wait in (0, 0, 0, 0, 60, 120):  # the first was the commissioning
        meter.cut()
        meter.step(1)
        assert meter.world.relay.on is not wait
        assert wait - 2 <= meter.state().waits() <= wait
    assert "Netz war oft weg" in meter.text()
    assert "wartet noch 2 Min" in meter.text()
    readout = Readout(meter.state(), KEYS, Store(meter.world.nvm), "1.2.3")
    assert readout.line("0-0:96.3.10*255").endswith("(0)\r\n")
    assert readout.line("C.7.1") == f"C.7.1({meter.state().waits()}*s)\r\n"
    meter.step(116)
    assert not meter.world.relay.on
    meter.step(3)
    assert meter.world.relay.on
    assert "Netz" not in meter.text()
    assert meter.device.meter.supply.disconnections == 0
    assert meter.logged().count((events.POWER, events.POWER_OFTEN)) == 1


def test_a_wait_goes_on_after_a_restart_without_a_power_cut() -> None:
    meter = running(False)
    for _ in range(6):
        meter.cut()
        meter.step(1)
    assert meter.state().waits() > 100
    meter.start(returned=False)
    meter.step(110)
    assert not meter.world.relay.on
    meter.step(20)
    assert meter.world.relay.on


def test_time_without_power_shortens_no_wait() -> None:
    meter = running(False)
    for _ in range(5):
        meter.cut()
        meter.step(1)
    meter.world.power.fails = True
    meter.device.step(meter.world.now)
    meter.world.ms += 7_200_000
    meter.start()
    meter.step(100)
    assert 15 < meter.state().waits() <= 20


def test_power_that_is_back_before_it_was_gone_opens_the_relay_for_a_second_and_is_a_start() -> None:
    meter = running(False)
    before, moves = meter.state().starts.count, meter.world.relay.moves
    meter.world.power.fails = True
    meter.step()
    meter.world.pulses.fall(2)
    for fails in (False, True, False, True, False):  # it flutters
        meter.world.power.fails = fails
        meter.step()
        assert not meter.world.relay.on
    meter.nothing_kept()
    meter.step()
    assert not meter.world.relay.on
    assert meter.state().starts.count == before
    meter.step(1)
    assert meter.world.relay.on
    assert meter.state().starts.count == before + 1
    assert meter.world.relay.moves == moves + 2
    assert meter.energy() == 2
    kept = Store(SimNvm(image=bytearray(meter.world.nvm.image))).load()
    assert kept is not None
    assert kept.starts.count == before + 1


def test_a_relay_that_was_not_opened_is_an_event_at_the_start_once_and_goes_on() -> None:
    meter = running(False)
    meter.start()  # without a signal: nobody opened it
    meter.step()
    meter.start()
    meter.step()
    assert meter.logged().count((events.ERROR, events.ERROR_UNOPENED)) == 1
    assert meter.device.meter.errors >> events.ERROR_UNOPENED & 1
    assert meter.world.relay.on
    assert "Relais" not in meter.text()


def test_a_relay_that_a_program_without_a_guard_has_left_closed_is_no_event() -> None:
    meter = running(False)
    meter.state().starts.guarded = False
    meter.device.note_fault(events.ERROR_CRASH)  # which is kept
    meter.start()
    assert meter.world.relay.on
    assert not meter.device.meter.errors >> events.ERROR_UNOPENED


def test_a_memory_of_a_board_that_counts_by_itself_goes_on_with_a_counting_chip() -> None:
    meter = running(False)
    meter.device.meter.seen = 5_123_456
    meter.device.origin = 5_123_456
    meter.device.note_fault(events.ERROR_CRASH)  # which is kept
    chip = Pcf8593()
    bus: Any = SimI2C(chip)
    world: Any = meter.world
    world.pulses = Counter(bus, lambda: meter.world.ms)
    for pulses in (0, 7):
        for _ in range(pulses):
            chip.osci(0)
            chip.osci(1)
        meter.world.start_s += 60
        meter.begin()
        meter.step(1)
        assert meter.energy() == pulses
    assert meter.device.meter.seen == 123_463


def test_a_relay_that_somebody_left_closed_before_the_first_start_is_no_event() -> None:
    meter = Meter()
    meter.world.relay.on = True
    meter.step()
    assert not meter.world.relay.on
    assert not meter.device.meter.errors


@pytest.mark.parametrize("mode", [LOCKED, CUSTOMER])
def test_what_is_off_for_another_reason_stays_off(mode: int) -> None:
    meter = running(False)
    if mode == CUSTOMER:
        meter.world.pulses.fall(170_000)
    meter.device.meter.set_mode(mode)
    meter.step()
    assert not meter.world.relay.on
    for _ in range(7):
        meter.cut()
        meter.step(1)
    meter.step(1000)
    assert not meter.world.relay.on
    assert "Netz" not in meter.text()


def test_a_second_slot_is_not_looked_at_while_a_card_is_being_exchanged_with() -> None:
    meter = Meter()
    meter.sell()
    looks: list[bool] = []

    class Field(SimSlot):
        def present(self) -> bool:
            looks.append(meter.device.exchanging())
            return False

    world: Any = meter.world
    world.slots = (*meter.world.slots, Field())
    meter.begin()
    meter.world.slots[0].card = Desk(KEYS).issue(records.CUSTOMER, 1)
    meter.step(10)
    assert not meter.device.exchanging()
    assert looks
    assert not any(looks)
