# SPDX-License-Identifier: Apache-2.0
"""Whether a desk's clock can be right, who is asked, and the correction of a meter's clock with approval and refund."""

import sys
import time
from pathlib import Path
from typing import cast

import pytest
import typer

from groschencard import card as card_format
from groschencard import records
from groschencard.seal import Record
from groschenhost import hostclock
from groschenhost.cards import describe
from groschenhost.errors import InputError
from groschenhost.ledger.book import Ledger
from groschenhost.ledger.clock import APART_S, DAY_S, STALE_S, Correction
from groschenhost.ledger.errors import ConflictError
from groschenhost.ledger.models import Meter
from groschenhost.ledger.values import Account, Charges, EntryKind, MeterReading, OrderKind, PortReading
from groschenhost.money import EUR
from tests.host.station_bench import MASTER, SERIAL
from tests.host.test_card_command import Desk, desk

__all__ = ["desk"]


def at(ledger: Ledger, now_s: int, name: str = "desk 1") -> Ledger:
    """Give the same ledger as another computer sees it, whose clock stands still."""
    return Ledger(ledger.engine, name, lambda: now_s)


def proof(at_s: int, lost: bool = False) -> MeterReading:
    said = bytearray(64)
    said[51] = records.CLOCK_LOST if lost else 0
    return MeterReading(exchange=1, card_number=1, at_s=at_s, acknowledgement=bytes(said))


def test_a_new_ledger_is_as_good_as_the_day_it_was_made(ledger: Ledger) -> None:
    made = ledger.utility().made_s
    assert at(ledger, made + STALE_S).clock_doubt(()) is None
    doubt = at(ledger, made + STALE_S + 1).clock_doubt(())
    assert doubt is not None
    assert (doubt.trusted_s, doubt.is_behind) == (made, False)


def test_a_clock_before_the_newest_posting_is_doubted_whatever_else_is_known(ledger: Ledger, meter: Meter) -> None:
    ledger.topup(meter, EUR, "a")
    posted = ledger.entries()[0].at_s
    assert at(ledger, posted - APART_S).clock_doubt(()) is None  # two desks are never quite together
    doubt = at(ledger, posted - APART_S - 1).clock_doubt((posted - APART_S - 1,))
    assert doubt is not None
    assert doubt.is_behind
    assert doubt.trusted_s == posted


def test_nothing_that_is_trusted_within_four_days_is_a_doubt(ledger: Ledger, meter: Meter) -> None:
    ledger.topup(meter, EUR, "a")
    posted = ledger.entries()[0].at_s
    assert at(ledger, posted + STALE_S).clock_doubt(()) is None
    late = at(ledger, posted + 30 * DAY_S)
    assert late.clock_doubt(()) is not None
    assert late.clock_doubt((posted + 27 * DAY_S,)) is None  # NTP, or the meter at the port
    assert late.clock_doubt((posted + 40 * DAY_S,)) is not None  # of which this computer is not near either


@pytest.mark.parametrize("lost", [False, True])
def test_a_card_proves_the_time_where_its_meters_clock_is_not_lost(ledger: Ledger, meter: Meter, lost: bool) -> None:
    now = ledger.utility().made_s + 30 * DAY_S
    ledger.acknowledge(meter, proof(now - 2 * DAY_S, lost))
    assert (at(ledger, now).clock_doubt(()) is None) == (not lost)


def test_a_card_that_was_read_under_a_wrong_clock_is_no_witness_for_that_clock(ledger: Ledger, meter: Meter) -> None:
    ledger.topup(meter, 50 * EUR, "a")
    posted = ledger.entries()[0].at_s
    late = at(ledger, posted + 5 * 365 * DAY_S)
    late.acknowledge(meter, MeterReading(exchange=1, card_number=1, at_s=posted, charges=Charges(ht=EUR)))
    assert ledger.entries()[0].at_s == posted + 5 * 365 * DAY_S  # a reading is booked without a question
    doubt = late.clock_doubt(())
    assert doubt is not None
    assert (doubt.trusted_s, doubt.is_behind) == (posted, False)


def test_who_has_said_so_is_asked_again_the_next_day_and_others_at_once(ledger: Ledger) -> None:
    now = ledger.utility().made_s + 30 * DAY_S
    first = at(ledger, now)
    doubt = first.clock_doubt(())
    assert doubt is not None
    first.confirm_clock(doubt)
    assert at(ledger, now + DAY_S - 1).clock_doubt(()) is None
    assert at(ledger, now + DAY_S).clock_doubt(()) is not None
    assert at(ledger, now - 1).clock_doubt(()) is not None  # said at a time that is still to come
    assert at(ledger, now + 1, "desk 2").clock_doubt(()) is not None


def test_without_a_terminal_it_is_refused_and_an_option_says_it_is_right(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hostclock, "ntp_s", lambda: None)
    late = at(ledger, ledger.utility().made_s + 30 * DAY_S)
    with pytest.raises(hostclock.ClockDoubtError, match="--clock-checked"):
        hostclock.make_sure(late, checked=False)
    hostclock.make_sure(late, checked=True)
    hostclock.make_sure(late, checked=False)  # said today


@pytest.mark.parametrize("answer", [True, False])
def test_at_a_terminal_a_person_is_asked(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, answer: bool) -> None:
    monkeypatch.setattr(hostclock, "ntp_s", lambda: None)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(typer, "confirm", lambda text, err: answer)
    late = at(ledger, ledger.utility().made_s + 30 * DAY_S)
    if answer:
        hostclock.make_sure(late, checked=False)
        assert late.clock_doubt(()) is None
    else:
        with pytest.raises(hostclock.ClockDoubtError):
            hostclock.make_sure(late, checked=False)
        assert late.clock_doubt(()) is not None


def test_the_kernel_says_whether_ntp_keeps_its_time() -> None:
    told = hostclock.ntp_s()
    assert told is None or abs(told - time.time()) < 5


@pytest.mark.parametrize(
    "words",
    [
        ("topup", "--eur", "5"),
        ("issue", "--meter", SERIAL),
        ("replace", "--meter", SERIAL),
        ("issue", "--meter", SERIAL, "--kind", "service", "--clock", "2027-01-01T12:00:00+01:00"),
    ],
)
def test_a_computer_that_is_years_ahead_sells_and_sets_nothing_unasked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    desk("issue", "--meter", SERIAL)
    now = time.time()
    monkeypatch.setattr(hostclock, "ntp_s", lambda: None)
    monkeypatch.setattr(time, "time", lambda: now + 5 * 365 * DAY_S)
    assert "--clock-checked" in desk(*words, status=1).stderr
    monkeypatch.setattr(hostclock, "ntp_s", lambda: int(now) + 5 * 365 * DAY_S)
    monkeypatch.setattr(time, "time", lambda: now - DAY_S)
    assert "--clock-checked" in desk(*words, status=1).stderr  # before the newest posting


# -- corrections ------------------------------------------------------------------------------------------------


def test_a_correction_that_charges_from_now_posts_its_refund_in_the_same_step(ledger: Ledger, meter: Meter) -> None:
    wanted = Correction(1_800_000_000, 143_400_000, "Frau Leitung")
    order = ledger.correct_clock(meter, wanted, "a")
    assert (order.command, order.argument) == ("charge_from_now", 1_800_000_000)
    credit = ledger.orders(meter)[-1]
    assert (credit.kind, credit.amount_ueur, credit.number) == (OrderKind.CREDIT, 143_400_000, order.number + 1)
    entry = ledger.entries()[0]
    assert (entry.kind, entry.reference) == (EntryKind.CORRECTION, f"order:{credit.id}")
    assert ledger.account(Account.CORRECTION, meter) == 143_400_000
    assert ledger.account(Account.CASH) == 0
    assert ledger.correct_clock(meter, wanted, "a").number == order.number  # the same press of the button
    assert len(ledger.orders(meter)) == 2
    with pytest.raises(ConflictError):
        ledger.correct_clock(meter, Correction(1_800_000_000, 1, "Frau Leitung"), "a")
    assert ledger.findings() == []
    assert ledger.order_for_card(meter).command == "charge_from_now"
    with ledger.engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT kind, desk, approved_by FROM confirmations").one()
    assert tuple(row) == ("correction", "desk 1", "Frau Leitung")


def test_a_correction_without_a_refund_posts_nothing(ledger: Ledger, meter: Meter) -> None:
    order = ledger.correct_clock(meter, Correction(1_800_000_000, 0, "Frau Leitung"), "a")
    assert order.command == "correct_clock"
    assert ledger.entries() == []
    assert ledger.findings() == []
    with pytest.raises(InputError):
        ledger.correct_clock(meter, Correction(1_800_000_000, 10_001 * EUR, "Frau Leitung"), "b")


def test_what_operators_said_is_only_ever_appended(ledger: Ledger, meter: Meter) -> None:
    ledger.correct_clock(meter, Correction(1_800_000_000, 0, "Frau Leitung"), "a")
    for statement in ("UPDATE confirmations SET desk = 'x'", "DELETE FROM confirmations"):
        with pytest.raises(Exception, match="only ever appended"), ledger.engine.begin() as connection:
            connection.exec_driver_sql(statement)


def test_how_far_a_meters_clock_is_off_is_what_it_said_last(ledger: Ledger, meter: Meter) -> None:
    assert ledger.meter_ahead_s(meter) is None
    ledger.acknowledge(meter, proof(at_s=1_900_000_000))
    ahead = ledger.meter_ahead_s(meter)
    assert ahead is not None
    assert ahead > 4 * 365 * DAY_S
    said = PortReading(
        energy_wh=0,
        ht_wh=0,
        nt_wh=0,
        balance_ueur=0,
        debt_ueur=0,
        meter_time="2031-01-01 00:00:00",
        firmware="1",
        lines="[]",
    )
    row = ledger.book_port_reading(meter, said)
    assert ledger.meter_ahead_s(meter) == 1_924_992_000 - row.at_s


def order_on(path: Path) -> Record:
    """Give the newest order on a card's image."""
    space = describe.space_of(path.read_bytes(), "SLE 4428")
    found = card_format.decode(MASTER.meter_keys(1, 7, SERIAL), space).newest(records.ORDER)
    return cast("Record", found)


CORRECTION = ("issue", "--meter", SERIAL, "--kind", "service", "--correct-clock", "2026-12-01T10:00:00+01:00")


def test_a_service_card_for_a_correction_needs_approval_and_a_yes(desk: Desk) -> None:
    desk(*CORRECTION, status=2)
    desk(*CORRECTION, "--approved-by", "", "--yes", status=2)
    desk(*CORRECTION, "--approved-by", "Frau Leitung", "--clock", "2027-01-01T12:00:00+01:00", "--yes", status=2)
    desk("issue", "--meter", SERIAL, "--correct-clock", "2026-12-01T10:00:00+01:00", "--approved-by", "X", status=2)
    desk("issue", "--meter", SERIAL, "--kind", "service", "--refund", "5", status=2)
    assert "--yes" in desk(*CORRECTION, "--approved-by", "Frau Leitung", status=1).stderr
    said = desk(*CORRECTION, "--approved-by", "Frau Leitung", "--yes").stderr
    assert "2026-12-01 09:00:00 UTC" in said
    order = order_on(desk.card)
    assert (order.int("command"), order.int("quarter") * 900) == (records.CORRECT_CLOCK, 1_796_115_600)


def test_the_refund_of_a_correction_is_on_the_customers_next_card(desk: Desk, tmp_path: Path) -> None:
    desk("issue", "--meter", SERIAL)
    service = tmp_path / "service.bin"
    desk("blank", str(service))
    said = desk(*CORRECTION, "--approved-by", "Frau Leitung", "--yes", "--refund", "143,40", card=service).stderr
    assert "143,40 EUR" in said
    order = order_on(service)
    assert (order.int("command"), order.int("credit_total_ueur")) == (records.CHARGE_FROM_NOW, 0)
    desk("read")
    assert order_on(desk.card).int("credit_total_ueur") == 143_400_000
