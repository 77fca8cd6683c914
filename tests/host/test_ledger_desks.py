# SPDX-License-Identifier: Apache-2.0
"""Two desks at once: no number, no counter, no credit is given out twice, on SQLite and on PostgreSQL."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

from groschenhost.ledger.book import Ledger, open_ledger
from groschenhost.ledger.errors import ConflictError
from groschenhost.ledger.models import Meter
from groschenhost.ledger.values import Account, CardKind, Charges, MeterReading
from groschenhost.money import EUR

T = TypeVar("T")

DESKS = 4
TURNS = 6


def at_once(url: str, work: Callable[[Ledger, int], T]) -> list[T]:
    """Let desks do a piece of work at the same time, each on connections of its own; what they got, in any order."""
    begin = threading.Barrier(DESKS)
    found: list[T] = []
    failures: list[BaseException] = []

    def desk(number: int) -> None:
        ledger = open_ledger(url, f"desk {number}")
        try:
            for turn in range(TURNS):
                begin.wait(60)
                found.append(work(ledger, number * TURNS + turn))
        except BaseException as error:  # noqa: BLE001 - the test asks whether any came
            failures.append(error)
            begin.abort()
        finally:
            ledger.close()

    threads = [threading.Thread(target=desk, args=(number,)) for number in range(DESKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [error for error in failures if not isinstance(error, threading.BrokenBarrierError)] == []
    return found


def test_two_desks_never_get_one_serial_number(ledger_url: str, ledger: Ledger) -> None:
    ledger.add_meter("A0")
    found = at_once(ledger_url, lambda desk, _: desk.next_serial())
    assert sorted(found, key=lambda serial: int(serial[1:])) == [f"A{at}" for at in range(1, DESKS * TURNS + 1)]


def test_two_desks_never_add_one_meter(ledger_url: str, ledger: Ledger) -> None:
    ledger.add_meter("A0")
    found = at_once(ledger_url, lambda desk, _: desk.add_meter().serial)
    assert len(set(found)) == DESKS * TURNS == len(ledger.meters()) - 1


def test_two_desks_never_take_one_tan_counter(ledger_url: str, ledger: Ledger, meter: Meter) -> None:
    found = at_once(ledger_url, lambda desk, turn: desk.take_tan_counter(meter, 50, f"t{turn}").counter)
    assert sorted(found) == list(range(1, DESKS * TURNS + 1))
    assert ledger.account(Account.CASH) == 50 * EUR * DESKS * TURNS


def test_two_desks_sharing_one_request_sell_one_tan(ledger_url: str, ledger: Ledger, meter: Meter) -> None:
    found = at_once(ledger_url, lambda desk, turn: desk.take_tan_counter(meter, 50, f"t{turn % TURNS}").counter)
    assert sorted(set(found)) == list(range(1, TURNS + 1))
    assert ledger.account(Account.CASH) == 50 * EUR * TURNS


def test_credits_of_two_desks_have_numbers_and_totals_that_rise_in_turn(
    ledger_url: str, ledger: Ledger, meter: Meter
) -> None:
    at_once(ledger_url, lambda desk, turn: desk.topup(meter, (turn + 1) * EUR, f"t{turn}").number)
    orders = ledger.orders(meter)
    assert [order.number for order in orders] == list(range(1, DESKS * TURNS + 1))
    total = 0
    for order in orders:
        total += order.amount_ueur
        assert order.credit_total_ueur == total
    assert ledger.account(Account.CASH) == total
    assert ledger.unbalanced() == []


def test_a_button_pressed_at_two_desks_issues_one_credit(ledger_url: str, ledger: Ledger, meter: Meter) -> None:
    found = at_once(ledger_url, lambda desk, turn: desk.topup(meter, 50 * EUR, f"t{turn % TURNS}").number)
    assert sorted(set(found)) == list(range(1, TURNS + 1))
    assert ledger.account(Account.CASH) == 50 * EUR * TURNS


def test_one_key_for_two_meters_at_once_is_one_credit_and_a_conflict(ledger_url: str, ledger: Ledger) -> None:
    meters = [ledger.add_meter(f"B{number}") for number in range(DESKS)]

    def press(desk: Ledger, turn: int) -> bool:
        try:
            desk.topup(meters[turn // TURNS], EUR, f"key {turn % TURNS}")
        except ConflictError:
            return False
        return True

    assert sum(at_once(ledger_url, press)) == TURNS
    assert ledger.account(Account.CASH) == EUR * TURNS


def test_one_meter_gets_one_customer_card(ledger_url: str, ledger: Ledger, meter: Meter) -> None:
    found = at_once(ledger_url, lambda desk, _: desk.issue_card(meter, CardKind.CUSTOMER, "sle4428", "one").number)
    assert set(found) == {1}
    assert ledger.account(Account.DEPOSIT) == -10 * EUR


def test_a_reading_taken_in_at_two_desks_is_booked_once(ledger_url: str, ledger: Ledger, meter: Meter) -> None:
    def take(desk: Ledger, turn: int) -> bool:
        exchange = turn % TURNS + 1
        reading = MeterReading(
            exchange=exchange, card_number=1, charges=Charges(ht=exchange * EUR), refunds_ueur=exchange
        )
        return desk.acknowledge(meter, reading).booked

    assert sum(at_once(ledger_url, take)) == TURNS
    assert ledger.account(Account.HT) == -TURNS * EUR
    assert ledger.account(Account.REFUND) == -TURNS
    assert ledger.account(Account.PREPAYMENT) == TURNS * EUR + TURNS


NEXT = "from groschenhost.meter import app; app()"


def test_desks_that_are_processes_get_a_number_each(ledger_url: str, ledger: Ledger) -> None:
    ledger.add_meter("P0")
    env = {**os.environ, "GROSCHEN_DB": ledger_url}
    command = [sys.executable, "-c", NEXT, "next"]
    desks = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) for _ in range(3)
    ]
    said = [desk.communicate(timeout=120) for desk in desks]
    assert sorted(out for out, _ in said) == ["P1\n", "P2\n", "P3\n"], said


def test_a_desk_that_dies_within_a_sale_has_sold_nothing(ledger_url: str, ledger: Ledger, meter: Meter) -> None:
    script = (
        "import os, sys\n"
        "from groschenhost.ledger import requests\n"
        "from groschenhost.ledger.book import open_ledger\n"
        "requests.note = lambda *_: os._exit(9)\n"  # the last step of the transaction
        "ledger = open_ledger(sys.argv[1])\n"
        "ledger.topup(ledger.meter(sys.argv[2]), 1_000_000, 'a')\n"
    )
    died = subprocess.run([sys.executable, "-c", script, ledger_url, meter.serial], check=False, timeout=120)
    assert died.returncode == 9
    assert ledger.entries() == []
    assert ledger.topup(meter, EUR, "a").number == 1
