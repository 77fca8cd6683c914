# SPDX-License-Identifier: Apache-2.0
"""The lives of a meter in the ledger: what each begins anew, what goes on, and that ledgers of before are in the first."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from alembic import command
from sqlalchemy import text

from groschenhost.ledger import migrate
from groschenhost.ledger.book import Ledger, open_ledger
from groschenhost.ledger.engine import WRITER, make_engine
from groschenhost.ledger.errors import NotFoundError, ReadingError, StateError
from groschenhost.ledger.models import Meter
from groschenhost.ledger.values import (
    Account,
    CardKind,
    Charges,
    MeterReading,
    OrderNumbers,
    OrderState,
    TanProof,
    TanState,
)
from groschenhost.money import EUR
from tests.host.conftest import Clock
from tests.host.test_ledger_schema import FLASHING, PORT_READING


def second(ledger: Ledger, meter: Meter) -> Meter:
    """Begin another life of a meter."""
    ledger.begin_life(meter, 2)
    return ledger.meter(meter.serial)


def code(_counter: int, _eur: int) -> str:
    return str(_counter)


def test_the_first_board_of_a_meter_is_its_first_life(ledger: Ledger, meter: Meter) -> None:
    ledger.key_generation(meter, 1)  # a card was made before the board
    begun = ledger.begin_life(meter, 2, is_new=True)
    assert (begun.number, begun.key_generation, begun.desk) == (1, 1, "desk 1")
    assert ledger.begin_life(meter, 2, is_same=True).number == 1  # broken off, on the same board


def test_a_life_that_was_abandoned_halfway_is_skipped(ledger: Ledger, meter: Meter) -> None:
    ledger.begin_life(meter, 1, is_new=True)
    assert ledger.begin_life(meter, 1, is_new=True).number == 2  # whether the first board got its key nobody knows
    assert ledger.begin_life(meter, 1, is_same=True).number == 3
    assert [row.number for row in ledger.lives(meter)] == [1, 2, 3]


@pytest.mark.parametrize(
    "live",
    [
        lambda ledger, meter: ledger.book_flashing(meter, FLASHING),
        lambda ledger, meter: ledger.acknowledge(meter, MeterReading(exchange=1, card_number=1)),
        lambda ledger, meter: ledger.book_port_reading(meter, PORT_READING),
        lambda ledger, meter: ledger.settle_tans(meter, TanProof(highest=0, used=0)),
    ],
)
def test_a_meter_that_has_lived_begins_another_life(
    ledger: Ledger, meter: Meter, live: Callable[[Ledger, Meter], object]
) -> None:
    assert not ledger.has_lived(meter)
    live(ledger, meter)
    assert ledger.has_lived(meter)
    assert ledger.begin_life(meter, 3, is_new=True).number == 2
    assert not ledger.has_lived(meter)


def test_a_board_that_is_the_meter_already_begins_another_life(ledger: Ledger, meter: Meter) -> None:
    assert ledger.begin_life(meter, 1).number == 2


def test_each_life_keeps_the_generation_of_its_key(ledger: Ledger, meter: Meter) -> None:
    assert ledger.life_key(meter, 1) == (1, 1)
    later = second(ledger, meter)
    assert (later.life, later.key_generation) == (2, 2)
    assert ledger.life_key(later, 5) == ledger.life_key(meter, 5) == (2, 2)
    assert ledger.life_key(later, 5, 1) == (1, 1)
    for never in (3, 65_535):
        with pytest.raises(NotFoundError, match=f"kein Leben {never}"):
            ledger.life_key(later, 5, never)


def test_a_meter_has_sixty_five_thousand_lives(ledger: Ledger, meter: Meter) -> None:
    with ledger.engine.execution_options(**{WRITER: True}).begin() as connection:
        connection.execute(text("UPDATE meters SET life = 65534"))
    assert ledger.begin_life(meter, 1).number == 65_535
    with pytest.raises(StateError, match="verbraucht"):
        ledger.begin_life(meter, 1)


def test_what_was_sold_for_one_life_is_in_no_order_of_another(ledger: Ledger, meter: Meter) -> None:
    ledger.topup(meter, 50 * EUR, "a")
    ledger.add_debt(meter, 30 * EUR, "b")
    ledger.command(meter, "set_mode", "c", 1)
    later = second(ledger, meter)
    assert ledger.order_for_card(later).number == 0
    assert ledger.open_order(later) is None
    order = ledger.topup(later, 20 * EUR, "d")
    assert (order.life, order.number, order.credit_total_ueur, order.debt_total_ueur) == (2, 4, 20 * EUR, 0)
    said = ledger.order_for_card(later)
    assert (said.number, said.credit_total_ueur, said.debt_total_ueur, said.command) == (4, 20 * EUR, 0, None)
    assert [row.number for row in ledger.orders(later)] == [4]
    assert [row.number for row in ledger.orders(later, 1)] == [1, 2, 3]
    assert [row.number for row in ledger.undelivered_orders(later)] == [1, 2]
    with pytest.raises(StateError, match="Auftrag 3 gibt es"):
        ledger.order_written(later, 3)
    assert ledger.account(Account.PREPAYMENT, later) == -70 * EUR  # the customer's all the same
    assert ledger.findings() == []


def test_counters_of_tans_codes_and_tokens_begin_anew(ledger: Ledger, meter: Meter) -> None:
    for at in range(3):
        ledger.take_tan_counter(meter, 20, f"tan {at}", code=code)
        ledger.next_service_code(meter, f"code {at}")
        ledger.sell_token(meter, 10, f"token {at}")
    ledger.settle_tans(meter, TanProof(highest=3, used=1, width=3))
    later = second(ledger, meter)
    assert ledger.tan_counters(later) == (0, 0)
    assert (ledger.tans(later), ledger.service_codes(later), ledger.tokens(later)) == ([], [], [])
    assert ledger.take_tan_counter(later, 20, "x", code=code).counter == 1
    assert ledger.next_service_code(later, "y").counter == 1
    assert ledger.sell_token(later, 10, "z").purchase == 1
    assert ledger.findings() == []


def test_tans_of_an_earlier_life_that_are_paid_and_not_used_stay_in_sight(ledger: Ledger, meter: Meter) -> None:
    for at in range(4):
        ledger.take_tan_counter(meter, 20, f"tan {at}", code=code)
    ledger.settle_tans(meter, TanProof(highest=4, used=1, width=4))
    assert [row.state for row in ledger.tans(meter)] == [TanState.DEAD, TanState.OPEN, TanState.OPEN, TanState.USED]
    assert ledger.undelivered_tans(meter) == []  # they are this life's still
    later = second(ledger, meter)
    ledger.take_tan_counter(later, 30, "later", code=code)
    assert [(row.life, row.counter) for row in ledger.undelivered_tans(later)] == [(1, 1), (1, 2), (1, 3)]


def test_a_dead_tan_is_replaced_in_its_own_life(ledger: Ledger, meter: Meter) -> None:
    for at in range(4):
        ledger.take_tan_counter(meter, 20, f"tan {at}", code=code)
    later = second(ledger, meter)
    for at in range(4):
        ledger.take_tan_counter(later, 30, f"later {at}", code=code)
    ledger.settle_tans(later, TanProof(highest=4, used=1, width=4))
    new = ledger.reissue_tan(later, 1, "again", code=code)
    assert (new.life, new.counter, new.eur) == (2, 5, 30)
    assert [row.state for row in ledger.tans(later)] == [
        TanState.REPLACED,
        *[TanState.OPEN] * 2,
        TanState.USED,
        TanState.OPEN,
    ]
    assert ledger.findings() == []


@pytest.mark.parametrize(
    "press",
    [
        lambda ledger, meter: ledger.topup(meter, EUR, "key"),
        lambda ledger, meter: ledger.command(meter, "set_mode", "key", 1),
        lambda ledger, meter: ledger.take_tan_counter(meter, 20, "key", code=code),
        lambda ledger, meter: ledger.next_service_code(meter, "key"),
        lambda ledger, meter: ledger.sell_token(meter, 10, "key"),
    ],
)
def test_a_button_of_an_earlier_life_is_not_taken_for_one_of_now(
    ledger: Ledger, meter: Meter, press: Callable[[Ledger, Meter], object]
) -> None:
    press(ledger, meter)
    later = second(ledger, meter)
    with pytest.raises(StateError, match="Leben 1"):
        press(ledger, later)


def test_what_each_life_charged_and_refunded_is_booked(ledger: Ledger, meter: Meter) -> None:
    ledger.topup(meter, 50 * EUR, "a")
    first = MeterReading(
        exchange=9, card_number=1, charges=Charges(ht=10 * EUR), refunds_ueur=3 * EUR, numbers=OrderNumbers(1, 0, 0)
    )
    ledger.acknowledge(meter, first)
    later = second(ledger, meter)
    ledger.topup(later, 20 * EUR, "b")
    assert ledger.last_reading(later) is None
    assert ledger.balances(later).acknowledged == 0
    new = MeterReading(exchange=1, life=2, card_number=1, charges=Charges(ht=EUR), refunds_ueur=EUR)
    assert ledger.acknowledge(later, replace(new, numbers=OrderNumbers(2, 0, 0))).orders == (2,)
    assert ledger.account(Account.HT, later) == -11 * EUR
    assert ledger.account(Account.REFUND, later) == -4 * EUR
    late = replace(first, exchange=10, charges=Charges(ht=12 * EUR), refunds_ueur=5 * EUR)
    assert ledger.acknowledge(later, late).booked  # what the board of before told after all
    assert ledger.account(Account.HT, later) == -13 * EUR
    assert ledger.account(Account.REFUND, later) == -6 * EUR
    assert [row.exchange for row in ledger.readings(later)] == [1]
    assert [row.exchange for row in ledger.readings(later, 1)] == [9, 10]
    assert ledger.findings() == []


def test_a_card_goes_over_with_its_number_and_its_deposit(ledger: Ledger, meter: Meter) -> None:
    card = ledger.issue_card(meter, CardKind.CUSTOMER, "sle4428", "a")
    ledger.finish_card(meter, card.number)
    later = second(ledger, meter)
    assert ledger.unfinished_card(later, CardKind.CUSTOMER) is None
    renewed = ledger.renew_card(later, card.number)
    assert (renewed.life, renewed.written_s, renewed.deposit_ueur) == (2, None, card.deposit_ueur)
    found = ledger.unfinished_card(later, CardKind.CUSTOMER)
    assert found is not None
    assert found.number == card.number  # broken off, the next card goes on with it
    ledger.finish_card(later, card.number)
    assert ledger.renew_card(later, card.number).written_s is not None
    assert ledger.findings() == []


def test_a_reading_at_the_port_of_another_life_is_refused(ledger: Ledger, meter: Meter) -> None:
    ledger.book_port_reading(meter, PORT_READING)
    later = second(ledger, meter)
    with pytest.raises(ReadingError, match="Leben 1"):
        ledger.book_port_reading(later, PORT_READING)
    assert ledger.last_port_reading(later) is None
    assert ledger.book_port_reading(later, replace(PORT_READING, life=2, energy_wh=0, ht_wh=0, nt_wh=0)).life == 2


_OLD = (
    "INSERT INTO utilities (id, number, name, made_s) VALUES (1, 7, 'Stadtwerk', 1)",
    "INSERT INTO meters (id, utility_id, serial, imp_per_kwh, key_generation, made_s) VALUES (5, 1, 'A1', 1000, 3, 1)",
    "INSERT INTO tans (id, meter_id, counter, eur, digits, state, issued_s) VALUES (2, 5, 2, 20, 5, 'open', 1)",
    "INSERT INTO tans VALUES (1, 5, 1, 20, 5, 'replaced', 2, 1, NULL, NULL)",
    "INSERT INTO service_codes (id, meter_id, counter, desk, issued_s) VALUES (1, 5, 4, 'd', 1)",
    "INSERT INTO tokens (id, meter_id, purchase, eur, desk, issued_s) VALUES (1, 5, 6, 10, 'd', 1)",
    "INSERT INTO orders VALUES (1, 5, 1, 'credit', 9, NULL, 0, 9, 0, 'written', NULL, 1, NULL)",
    "INSERT INTO entries VALUES (1, 1, 'topup', 1, 5, 'order:1', '')",
    "INSERT INTO lines VALUES (1, 1, 'cash', 5, 9), (2, 1, 'prepayment', 5, -9)",
    "INSERT INTO entries VALUES (2, 1, 'tan', 1, 5, 'tan:1', '')",
    "INSERT INTO lines VALUES (3, 2, 'cash', 5, 20000000), (4, 2, 'prepayment', 5, -20000000)",
    "INSERT INTO entries VALUES (3, 1, 'tan', 1, 5, 'token:1', '')",
    "INSERT INTO lines VALUES (5, 3, 'cash', 5, 10000000), (6, 3, 'prepayment', 5, -10000000)",
)


def test_every_meter_of_a_ledger_of_before_is_in_its_first_life(make_url: Callable[[bool], str]) -> None:
    url = make_url(False)
    engine = make_engine(url)
    with engine.execution_options(**{WRITER: True}).begin() as connection:
        command.upgrade(migrate.configuration(connection), "0003")
        for statement in _OLD:
            connection.execute(text(statement))
    migrate.upgrade(engine)
    engine.dispose()
    ledger = open_ledger(url, "desk 1", Clock())
    meter = ledger.meter("A1")
    assert (meter.life, meter.key_generation) == (1, 3)
    assert [(row.life, row.counter, row.replaced_by) for row in ledger.tans(meter)] == [(1, 1, 2), (1, 2, None)]
    assert [(row.life, row.counter) for row in ledger.service_codes(meter)] == [(1, 4)]
    assert [(row.life, row.purchase) for row in ledger.tokens(meter)] == [(1, 6)]
    assert [(row.life, row.state) for row in ledger.orders(meter)] == [(1, OrderState.WRITTEN)]
    assert ledger.findings() == []
    later = second(ledger, meter)
    assert ledger.life_key(later, 9, 1) == (1, 3)
    assert [(row.number, row.begun_s is None) for row in ledger.lives(later)] == [(1, True), (2, False)]
    assert ledger.findings() == []
    ledger.close()
