# SPDX-License-Identifier: Apache-2.0
"""What the ledger promises: issued once, totals that only rise, deposits, returns in any order, TANs settled."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from groschenhost.errors import InputError
from groschenhost.ledger.book import ATTEMPTS, Ledger
from groschenhost.ledger.errors import ConflictError, NotFoundError, ReadingError, StateError
from groschenhost.ledger.journal import Desk
from groschenhost.ledger.models import Meter
from groschenhost.ledger.values import (
    Account,
    CardKind,
    CardOrder,
    CardState,
    Charges,
    MeterReading,
    OrderNumbers,
    OrderState,
    Payout,
    SettingsData,
    TanProof,
    TanState,
    TariffData,
)
from groschenhost.money import EUR

TARIFF = TariffData(name="Haushalt", version=1, start_s=1_767_222_000, ht_ueur_per_kwh=318_900)
READING = MeterReading(
    exchange=5,
    card_number=1,
    order_number=1,
    credits_ueur=50 * EUR,
    topups_ueur=50 * EUR,
    refunds_ueur=0,
    balance_ueur=20 * EUR,
    charges=Charges(
        ht=10 * EUR, nt=5 * EUR, power=EUR, base_electricity=6 * EUR, base_gas=3 * EUR, base_water=EUR, debt_kwh=4 * EUR
    ),
)


# -- serial numbers


def test_the_next_number_continues_the_highest_of_the_pattern(ledger: Ledger) -> None:
    for serial in ("1EBZ0100000009", "1EBZ0100000007"):
        ledger.add_meter(serial)
    assert ledger.next_serial(take=False) == "1EBZ0100000010"
    assert ledger.next_serial() == "1EBZ0100000010"
    assert ledger.next_serial() == "1EBZ0100000011"
    assert ledger.add_meter().serial == "1EBZ0100000012"


def test_a_number_may_grow_by_a_digit_but_not_beyond_twenty(ledger: Ledger) -> None:
    assert ledger.next_serial(first="Z99") == "Z99"
    assert ledger.next_serial() == "Z100"
    ledger.add_meter("9" * 20)
    with pytest.raises(InputError, match="mehr als 20"):
        ledger.next_serial()


def test_a_serial_without_a_number_at_its_end_begins_no_pattern(ledger: Ledger) -> None:
    ledger.add_meter("Keller-links")
    with pytest.raises(NotFoundError, match="--first"):
        ledger.next_serial()
    with pytest.raises(InputError, match="endet nicht"):
        ledger.next_serial(first="Keller-rechts")
    ledger.add_meter("A1")
    ledger.add_meter("Dach")
    assert ledger.next_serial() == "A2"


def test_a_pattern_that_is_taken_up_again_continues(ledger: Ledger) -> None:
    ledger.add_meter("A5")
    ledger.add_meter("B1")
    assert ledger.next_serial() == "B2"
    assert ledger.next_serial(first="A1") == "A6"
    assert ledger.next_serial(first="A100") == "A100"


@pytest.mark.parametrize("serial", ["", "A" * 21, "Zähler", " A1", "A1 ", "a b", "A\n1"])
def test_a_serial_has_one_to_twenty_printable_ascii_characters(ledger: Ledger, serial: str) -> None:
    with pytest.raises(InputError, match="Zählernummer"):
        ledger.add_meter(serial)


def test_a_utilitys_number_is_what_a_card_can_hold(ledger: Ledger) -> None:
    for number in (1, 65_535):
        ledger.add_utility(number, f"Stadtwerk {number}")
        assert ledger.add_meter("U1", number).utility.number == number
    for number in (0, 65_536, -1):
        with pytest.raises(InputError, match="1 bis 65535"):
            ledger.add_utility(number, "Stadtwerk")


def test_a_number_is_given_once_in_a_utility_and_again_in_another(ledger: Ledger) -> None:
    first = ledger.add_meter("A1")
    with pytest.raises(ConflictError, match="gibt es schon"):
        ledger.add_meter("A1")
    ledger.add_utility(8, "Gemeindewerk")
    ledger.add_meter("A1", utility=8)
    with pytest.raises(NotFoundError, match="mehreren"):
        ledger.meter("A1")
    assert ledger.meter("A1", 7).id == first.id
    with pytest.raises(NotFoundError, match="--utility"):
        ledger.add_meter("A2")
    with pytest.raises(NotFoundError, match="nicht im Kontobuch"):
        ledger.meter("A2")


# -- credits


def test_a_credit_is_issued_once_however_often_the_button_is_pressed(ledger: Ledger, meter: Meter) -> None:
    first = ledger.topup(meter, 50 * EUR, "desk1-17")
    again = ledger.topup(meter, 50 * EUR, "desk1-17")
    assert (again.id, again.number) == (first.id, 1)
    assert ledger.account(Account.CASH) == 50 * EUR
    with pytest.raises(ConflictError, match="anders"):
        ledger.topup(meter, 60 * EUR, "desk1-17")
    with pytest.raises(ConflictError, match="anders"):
        ledger.add_debt(meter, 50 * EUR, "desk1-17")
    other = ledger.add_meter()
    with pytest.raises(ConflictError, match="anders"):
        ledger.topup(other, 50 * EUR, "desk1-17")
    assert len(ledger.orders(meter)) == 1


def test_numbers_and_totals_only_rise(ledger: Ledger, meter: Meter) -> None:
    assert ledger.order_for_card(meter) == CardOrder(0, 0, 0)
    ledger.topup(meter, 50 * EUR, "a")
    ledger.add_debt(meter, 120 * EUR, "b")
    ledger.command(meter, "mode", "c", 2)
    ledger.topup(meter, 1, "d")
    assert [order.number for order in ledger.orders(meter)] == [1, 2, 3, 4]
    assert ledger.order_for_card(meter) == CardOrder(4, 50 * EUR + 1, 120 * EUR, "mode", 2, 3, 4, 1, 2)
    assert ledger.acknowledge(meter, replace(READING, order_number=3)).orders == (1, 2, 3)
    assert ledger.order_for_card(meter) == CardOrder(4, 50 * EUR + 1, 120 * EUR, None, 0, 0, 4, 1, 2)


def test_a_command_is_issued_once_however_often_the_button_is_pressed(ledger: Ledger, meter: Meter) -> None:
    first = ledger.command(meter, "mode", "a", 2)
    again = ledger.command(meter, "mode", "a", 2)
    assert (again.number, again.command, again.argument) == (first.number, "mode", 2)
    assert len(ledger.orders(meter)) == 1
    with pytest.raises(ConflictError):
        ledger.command(meter, "mode", "a", 3)


def test_a_command_that_a_later_one_overtook_is_never_called_acknowledged(ledger: Ledger, meter: Meter) -> None:
    ledger.command(meter, "mode", "a", 2)
    ledger.command(meter, "set_clock", "b", 9)
    assert ledger.order_for_card(meter).command_number == 2  # a card has room for one
    done = replace(READING, order_number=2, numbers=OrderNumbers(0, 0, 2))
    assert ledger.acknowledge(meter, done).orders == (2,)
    states = [order.state for order in ledger.orders(meter)]
    assert states == [OrderState.SUPERSEDED, OrderState.ACKNOWLEDGED]
    assert ledger.order_for_card(meter).command is None
    # a return that comes late proves that it was done after all
    late = replace(READING, exchange=4, order_number=1, numbers=OrderNumbers(0, 0, 1))
    assert ledger.acknowledge(meter, late).orders == (1,)
    assert {order.state for order in ledger.orders(meter)} == {OrderState.ACKNOWLEDGED}


@pytest.mark.parametrize("ueur", [0, -1, 10_000 * EUR + 1])
def test_an_amount_is_above_zero_and_up_to_ten_thousand(ledger: Ledger, meter: Meter, ueur: int) -> None:
    for issue in (ledger.topup, ledger.add_debt):
        with pytest.raises(InputError, match="Betrag"):
            issue(meter, ueur, "a")
    assert ledger.entries() == []


def test_an_unknown_outcome_stays_open_until_the_next_insertion_settles_it(ledger: Ledger, meter: Meter) -> None:
    ledger.issue_card(meter, CardKind.CUSTOMER, "sle4428", "card")
    card = ledger.active_card(meter)
    ledger.topup(meter, 50 * EUR, "a")
    ledger.order_unknown(meter, 1, card)
    open_order = ledger.open_order(meter)
    assert open_order is not None
    assert open_order.state is OrderState.UNKNOWN
    ledger.order_written(meter, 1, card)
    assert ledger.open_order(meter) is None
    ledger.order_unknown(meter, 1, card)  # a second copy of what the card has: it is known to be there
    assert ledger.open_order(meter) is None
    assert ledger.acknowledge(meter, READING).orders == (1,)
    assert ledger.acknowledge(meter, READING).orders == ()
    with pytest.raises(StateError, match="Auftrag 9"):
        ledger.order_written(meter, 9)


def test_what_a_later_card_carries_settles_the_orders_before(ledger: Ledger, meter: Meter) -> None:
    for key in "abc":
        ledger.topup(meter, EUR, key)
    ledger.order_written(meter, 3)
    assert {order.state for order in ledger.orders(meter)} == {OrderState.WRITTEN}


# -- cards


def test_a_customer_card_takes_a_deposit_and_its_return_pays_it_out(ledger: Ledger, meter: Meter) -> None:
    card = ledger.issue_card(meter, CardKind.CUSTOMER, "sle4428", "a")
    assert ledger.issue_card(meter, CardKind.CUSTOMER, "sle4428", "a").id == card.id
    assert (card.number, card.deposit_ueur, ledger.account(Account.DEPOSIT)) == (1, 10 * EUR, -10 * EUR)
    assert ledger.return_card(meter, 1, "r") == Payout(10 * EUR, 0)
    assert ledger.return_card(meter, 1, "r") == Payout(10 * EUR, 0)
    assert ledger.account(Account.CASH) == ledger.account(Account.DEPOSIT) == 0
    with pytest.raises(StateError, match="schon zurück"):
        ledger.return_card(meter, 1, "another key")
    with pytest.raises(StateError, match="schon zurück"):
        ledger.block_card(meter, 1)


def test_service_and_readout_cards_have_no_deposit_and_their_own_numbers(ledger: Ledger, meter: Meter) -> None:
    kinds = (CardKind.SERVICE, CardKind.CUSTOMER, CardKind.READOUT, CardKind.SERVICE)
    cards = [ledger.issue_card(meter, kind, "mifare1k", str(at)) for at, kind in enumerate(kinds)]
    assert [card.number for card in cards] == [1, 2, 3, 4]
    assert ledger.account(Account.DEPOSIT) == -10 * EUR
    assert ledger.return_card(meter, 1, "r") == Payout(0, 0)


def test_a_meter_has_one_active_customer_card(ledger: Ledger, meter: Meter) -> None:
    ledger.issue_card(meter, CardKind.CUSTOMER, "sle4428", "a")
    with pytest.raises(StateError, match="groschen card replace"):
        ledger.issue_card(meter, CardKind.CUSTOMER, "sle4428", "b")


def test_a_lost_card_is_replaced_for_a_deposit_and_still_worth_its_own(ledger: Ledger, meter: Meter) -> None:
    first = ledger.issue_card(meter, CardKind.CUSTOMER, "sle4428", "a")
    ledger.topup(meter, 50 * EUR, "t")
    ledger.order_written(meter, 1, first)
    second = ledger.replace_card(meter, 1, "sle4428", "b", handed_in=False)
    assert ledger.replace_card(meter, 1, "sle4428", "b", handed_in=False).id == second.id
    assert (second.number, second.replaces_id, second.deposit_ueur) == (2, first.id, 10 * EUR)
    assert ledger.card(meter, 1).state is CardState.BLOCKED
    assert ledger.account(Account.DEPOSIT) == -20 * EUR
    # The credit is on no card that anybody has: the new one must carry it.
    assert ledger.open_order(meter) is not None
    assert ledger.order_for_card(meter) == CardOrder(1, 50 * EUR, 0, None, 0, 0, 1, 50 * EUR, 0)
    assert ledger.return_card(meter, 1, "found") == Payout(10 * EUR, 0)
    with pytest.raises(StateError, match="ersetzt oder zurück"):
        ledger.replace_card(meter, 1, "sle4428", "c", handed_in=False)


def test_a_broken_card_that_is_handed_in_leaves_its_deposit_to_the_next(ledger: Ledger, meter: Meter) -> None:
    ledger.issue_card(meter, CardKind.CUSTOMER, "sle4428", "a")
    ledger.replace_card(meter, 1, "sle4428", "b", handed_in=True)
    assert ledger.account(Account.DEPOSIT) == -10 * EUR
    assert ledger.card(meter, 1).state is CardState.RETURNED
    assert ledger.return_card(meter, 2, "r") == Payout(10 * EUR, 0)
    assert ledger.account(Account.CASH) == 0


def test_a_card_that_was_blocked_first_can_be_replaced_once(ledger: Ledger, meter: Meter) -> None:
    ledger.issue_card(meter, CardKind.CUSTOMER, "sle4428", "a")
    ledger.block_card(meter, 1)
    ledger.block_card(meter, 1)
    assert ledger.replace_card(meter, 1, "sle4428", "b", handed_in=False).number == 2
    with pytest.raises(StateError, match="ersetzt"):
        ledger.replace_card(meter, 1, "sle4428", "c", handed_in=False)
    with pytest.raises(NotFoundError, match="keine Karte 9"):
        ledger.block_card(meter, 9)


# -- readings


def test_a_reading_books_its_charges_by_component_and_division(ledger: Ledger, meter: Meter) -> None:
    ledger.topup(meter, 50 * EUR, "a")
    ledger.add_debt(meter, 4 * EUR, "b")
    outcome = ledger.acknowledge(meter, READING)
    assert (outcome.new, outcome.booked) == (True, True)
    booked = {account: ueur for account, ueur in ledger.accounts().items() if ueur}
    assert booked == {
        Account.CASH: 50 * EUR,
        Account.PREPAYMENT: -20 * EUR,
        Account.HT: -10 * EUR,
        Account.NT: -5 * EUR,
        Account.POWER: -EUR,
        Account.BASE_ELECTRICITY: -6 * EUR,
        Account.BASE_GAS: -3 * EUR,
        Account.BASE_WATER: -EUR,
        Account.DEBT_KWH: -4 * EUR,
    }
    assert ledger.balances(meter).prepayment == READING.balance_ueur


def test_a_reading_that_comes_twice_books_once(ledger: Ledger, meter: Meter) -> None:
    ledger.acknowledge(meter, READING)
    before = ledger.accounts()
    outcome = ledger.acknowledge(meter, READING)
    assert (outcome.new, outcome.booked) == (False, False)
    assert ledger.accounts() == before
    assert len(ledger.readings(meter)) == 1


def test_a_reading_that_comes_late_is_kept_and_books_nothing(ledger: Ledger, meter: Meter) -> None:
    charges = Charges(ht=EUR)
    ledger.acknowledge(meter, READING)
    before = ledger.accounts()
    late = replace(READING, exchange=4, charges=charges, balance_ueur=49 * EUR)
    outcome = ledger.acknowledge(meter, late)
    assert (outcome.new, outcome.booked) == (True, False)
    assert ledger.accounts() == before
    assert [(row.exchange, row.booked) for row in ledger.readings(meter)] == [(4, False), (5, True)]
    last = ledger.last_reading(meter)
    assert last is not None
    assert last.exchange == 5


def test_an_exchange_with_two_contents_is_refused(ledger: Ledger, meter: Meter) -> None:
    ledger.acknowledge(meter, READING)
    with pytest.raises(ReadingError, match="anderem Inhalt"):
        ledger.acknowledge(meter, replace(READING, balance_ueur=0))
    with pytest.raises(ReadingError, match="anderem Inhalt"):
        ledger.acknowledge(meter, replace(READING, charges=Charges(ht=1)))


def test_registers_that_fall_are_refused_and_nothing_is_kept(ledger: Ledger, meter: Meter) -> None:
    ledger.acknowledge(meter, replace(READING, refunds_ueur=EUR))
    with pytest.raises(ReadingError, match=r"gefallene Register \(nt\)"):
        ledger.acknowledge(meter, replace(READING, exchange=6, refunds_ueur=EUR, charges=replace(_charges(), nt=1)))
    with pytest.raises(ReadingError, match=r"gefallene Register \(refunds\)"):
        ledger.acknowledge(meter, replace(READING, exchange=6))
    assert len(ledger.readings(meter)) == 1


def test_an_acknowledgement_without_a_report_settles_orders_and_refunds_and_is_completed_later(
    ledger: Ledger, meter: Meter
) -> None:
    ledger.topup(meter, 50 * EUR, "a")
    part = replace(READING, refunds_ueur=2 * EUR, charges=None)
    outcome = ledger.acknowledge(meter, part)
    assert (outcome.booked, outcome.orders, outcome.refund_due_ueur) == (False, (1,), 2 * EUR)
    assert ledger.acknowledge(meter, part).new is False
    assert ledger.acknowledge(meter, replace(part, charges=_charges())).booked
    assert ledger.account(Account.HT) == -10 * EUR
    assert ledger.account(Account.REFUND) == -2 * EUR


def test_the_refund_is_paid_in_whole_cents_and_the_rest_waits(ledger: Ledger, meter: Meter) -> None:
    ledger.issue_card(meter, CardKind.CUSTOMER, "sle4428", "a")
    ledger.topup(meter, 50 * EUR, "t")
    ledger.acknowledge(meter, replace(READING, refunds_ueur=12_345_678, balance_ueur=0))
    assert ledger.refund_due(meter) == 12_340_000
    assert ledger.pay_refund(meter, "p") == Payout(0, 12_340_000)
    assert ledger.pay_refund(meter, "p") == Payout(0, 12_340_000)
    assert ledger.pay_refund(meter, "again") == Payout(0, 0)
    ledger.acknowledge(meter, replace(READING, exchange=6, refunds_ueur=12_350_000, balance_ueur=0))
    assert ledger.return_card(meter, 1, "r") == Payout(10 * EUR, 10_000)
    assert ledger.account(Account.REFUND) == 0
    assert ledger.unbalanced() == []


def test_each_refund_in_cash_is_paid(ledger: Ledger, meter: Meter) -> None:
    ledger.topup(meter, 50 * EUR, "t")
    for exchange, refunds in ((5, 12 * EUR), (6, 20 * EUR), (7, 21 * EUR)):
        before = ledger.account(Account.CASH)
        ledger.acknowledge(meter, replace(READING, exchange=exchange, refunds_ueur=refunds, balance_ueur=0))
        due = ledger.refund_due(meter)
        assert due > 0
        assert ledger.pay_refund(meter, f"p{exchange}") == Payout(0, due)
        assert ledger.account(Account.CASH) == before - due
    assert ledger.account(Account.REFUND) == 0


def test_a_write_that_the_ledger_refuses_is_given_up(ledger: Ledger, meter: Meter) -> None:
    tries = 0

    def refused(session: Session, desk: Desk) -> None:
        nonlocal tries
        tries += 1
        assert tries <= ATTEMPTS
        raise IntegrityError("INSERT", None, ValueError("there is one"))

    with pytest.raises(ConflictError, match="there is one"):
        ledger._write(refused)
    assert tries == ATTEMPTS


def _charges() -> Charges:
    assert READING.charges is not None
    return READING.charges


# -- TANs


def test_a_counter_is_taken_once_and_booked_once(ledger: Ledger, meter: Meter) -> None:
    first = ledger.take_tan_counter(meter, 50, "a")
    assert ledger.take_tan_counter(meter, 50, "a").counter == first.counter == 1
    assert ledger.take_tan_counter(meter, 50, "b").counter == 2
    assert ledger.account(Account.CASH) == 100 * EUR
    for eur, digits in ((0, 5), (1000, 5), (50, 4), (50, 21)):
        with pytest.raises(InputError, match="Eine TAN"):
            ledger.take_tan_counter(meter, eur, "c", digits=digits)


def test_a_counter_whose_digits_a_neighbour_has_is_skipped(ledger: Ledger, meter: Meter) -> None:
    alike = {3: "same", 6: "same", 20: "far", 15: "far"}

    def code(counter: int, eur: int) -> str:
        return alike.get(counter, f"{counter}") + str(eur)

    taken = [ledger.take_tan_counter(meter, 50, str(at), code=code).counter for at in range(20)]
    assert taken == [number for number in range(1, 23) if number not in (3, 6)]


def test_a_counter_that_the_meter_has_seen_used_is_not_given_out(ledger: Ledger, meter: Meter) -> None:
    ledger.acknowledge(meter, replace(READING, tans=TanProof(highest=40, used=1)))
    assert ledger.take_tan_counter(meter, 10, "a").counter == 41


def test_a_proof_shows_what_was_used_and_what_is_dead(ledger: Ledger, meter: Meter) -> None:
    for counter in range(1, 9):
        ledger.take_tan_counter(meter, counter, str(counter))
    # 6 is the highest; 4 and 1 of the six were used, too
    outcome = ledger.settle_tans(meter, TanProof(highest=6, used=0b100101, width=6))
    assert (outcome.used, outcome.dead, outcome.alarms) == ((1, 4, 6), (2, 3), ())
    assert [tan.counter for tan in ledger.tans(meter, TanState.OPEN)] == [5, 7, 8]
    assert ledger.settle_tans(meter, TanProof(highest=6, used=0b100101, width=6)).used == ()
    # an older proof, late, changes nothing
    assert ledger.settle_tans(meter, TanProof(highest=4, used=0b1001, width=4)).dead == ()
    # a narrow one says nothing of what lies below it
    assert ledger.settle_tans(meter, TanProof(highest=8, used=0b001)).used == (8,)
    assert [tan.counter for tan in ledger.tans(meter, TanState.OPEN)] == [5, 7]


def test_a_dead_tan_is_replaced_once_and_books_nothing(ledger: Ledger, meter: Meter) -> None:
    for counter in range(1, 6):
        ledger.take_tan_counter(meter, 20, str(counter), digits=8)
    with pytest.raises(StateError, match="offen"):
        ledger.reissue_tan(meter, 1, "r")
    ledger.settle_tans(meter, TanProof(highest=5, used=0b11101, width=5))  # 4 alone is unused, and may still come
    with pytest.raises(StateError, match="eingelöst"):
        ledger.reissue_tan(meter, 1, "r")
    ledger.settle_tans(meter, TanProof(highest=7, used=0b1110101, width=7))
    before = ledger.accounts()
    new = ledger.reissue_tan(meter, 4, "r")
    assert ledger.reissue_tan(meter, 4, "r").counter == new.counter
    assert (new.eur, new.digits, ledger.tan(meter, 4).replaced_by) == (20, 8, new.counter)
    with pytest.raises(StateError, match="schon ersetzt"):
        ledger.reissue_tan(meter, 4, "another key")
    assert ledger.accounts() == before
    assert ledger.findings() == []


def test_a_replaced_tan_that_was_used_after_all_is_an_alarm(ledger: Ledger, meter: Meter) -> None:
    ledger.take_tan_counter(meter, 20, "a")
    ledger.settle_tans(meter, TanProof(highest=4, used=0b0001, width=4))
    ledger.reissue_tan(meter, 1, "r")
    assert ledger.settle_tans(meter, TanProof(highest=4, used=0b1001, width=4)).alarms == (1,)


def test_a_reading_settles_tans_too(ledger: Ledger, meter: Meter) -> None:
    ledger.take_tan_counter(meter, 20, "a")
    outcome = ledger.acknowledge(meter, replace(READING, tans=TanProof(highest=1, used=1, width=1)))
    assert outcome.tans.used == (1,)


# -- contracts, tariffs, settings


def test_a_contract_ends_the_one_before(ledger: Ledger, meter: Meter) -> None:
    ledger.add_contract(meter, "K1", "Anna Beispiel", "4711")
    ledger.add_contract(meter, "K2", "Bert Muster", "4712", from_s=1_900_000_000)
    customer = ledger.customer(meter)
    assert customer is not None
    assert customer.name == "Anna Beispiel"
    with pytest.raises(ConflictError, match="späterer Vertrag"):
        ledger.add_contract(meter, "K3", "Carla", "4713")
    with pytest.raises(ConflictError, match="heißt"):
        ledger.add_contract(meter, "K1", "Anton Beispiel", "4714", from_s=1_950_000_000)
    assert [found.serial for found in ledger.meters(search="muster")] == [meter.serial]
    assert [found.serial for found in ledger.meters(search="4711")] == [meter.serial]
    assert ledger.meters(search="%") == []


def test_a_tariff_comes_back_as_it_went_in(ledger: Ledger) -> None:
    data = replace(
        TARIFF,
        power_continuous=True,
        base_share=(60, 30, 10),
        debt_share=(20, 40, 40),
        ht_workday=((360, 720), (800, 1440)),
        ht_sunday=((0, 60),),
        land="SN",
        holidays=((0, 1, 1, 2000, 2099), (1, -2, 0, 2000, 2099)),
    )
    settings = SettingsData(
        daily=(1080, 480),
        weekend=(720, 540),
        span_s=(1, 2),
        credit_days=(20_000, 20_001),
        billing_days=(20_100,),
        tan_digits=8,
    )
    row = ledger.add_tariff(data, settings)
    assert ledger.add_tariff(data, settings).id == row.id
    meter = ledger.add_meter("A1")
    assert ledger.tariff_for(meter) == data
    assert ledger.tariff_settings(ledger.tariff(1)) == settings
    assert ledger.settings_for(meter) == (1, settings)
    with pytest.raises(ConflictError, match="frei ist 2"):
        ledger.add_tariff(TARIFF)


def test_a_tariff_older_than_the_newest_of_its_name_is_refused(ledger: Ledger) -> None:
    ledger.add_tariff(replace(TARIFF, version=5))
    with pytest.raises(ConflictError, match="frei ist 6"):
        ledger.add_tariff(replace(TARIFF, version=4))
    ledger.add_tariff(replace(TARIFF, name="Gewerbe", version=4))
    assert [row.version for row in ledger.tariffs()] == [4, 5]


def test_a_meter_has_the_newest_tariff_of_its_contract(ledger: Ledger, meter: Meter) -> None:
    with pytest.raises(NotFoundError, match="groschen tariff add"):
        ledger.tariff_for(meter)
    ledger.add_tariff(TARIFF)
    ledger.add_tariff(replace(TARIFF, version=2))
    ledger.add_tariff(replace(TARIFF, name="Gewerbe", version=3))
    assert ledger.tariff_for(meter).version == 3
    ledger.add_contract(meter, "K1", "Anna Beispiel", "4711", tariff="Haushalt")
    assert ledger.tariff_for(meter).version == 2


def test_the_number_of_the_settings_rises_with_each_change(ledger: Ledger, meter: Meter) -> None:
    assert ledger.settings_for(meter) == (1, SettingsData())
    assert ledger.settings_for(meter) == (1, SettingsData())
    own = SettingsData(emergency_limit_ueur=5 * EUR)
    ledger.add_contract(meter, "K1", "Anna Beispiel", "4711", settings=own)
    assert ledger.settings_for(meter) == (2, own)
    ledger.add_contract(meter, "K1", "Anna Beispiel", "4711")
    assert ledger.settings_for(meter) == (3, SettingsData())
    assert ledger.settings_for(meter) == (3, SettingsData())
