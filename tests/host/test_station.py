# SPDX-License-Identifier: Apache-2.0
"""The cash desk's station: what each command does to card and ledger, and what is refused and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from groschencard import card as card_format
from groschencard import record_issue, records
from groschencard.errors import CardError
from groschenhost.cards.errors import (
    BlankCard,
    CardRefused,
    ClosedCard,
    CreditOnCard,
    DamagedCard,
    ForgedCard,
    NewerFormat,
    NewerThanLedger,
    NothingDue,
    OpenCredit,
    OtherMeter,
    OtherUtility,
    RefundFirst,
    SparedCard,
    Unfinished,
    UnknownMeter,
    UsedCard,
    WrongKind,
)
from groschenhost.cards.station import Service, give_back_unread
from groschenhost.errors import InputError
from groschenhost.ledger.errors import ConflictError, ReadingError, StateError
from groschenhost.ledger.values import Account, CardKind, OrderState, SettingsData
from groschenhost.money import EUR
from groschenhost.readers.connection import Locked, WrongPsc
from groschenhost.readers.mifare import Mifare1K
from groschenhost.readers.sle4428 import COUNTER, Sle4428
from groschensim.cards import Desk
from tests.core.house import money
from tests.host.station_bench import (
    MASTER,
    NOW_S,
    SERIAL,
    UTILITY,
    Bench,
    Pulled,
    blank,
    forge_identity,
    put,
    quick_ledger,
    space,
    tariff_data,
)

if TYPE_CHECKING:
    from groschenhost.ledger.book import Ledger

Meddle = Callable[[Bench, bytearray], object]


@pytest.fixture
def bench(sqlite_template: Path, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(quick_ledger(sqlite_template, tmp_path))
    yield made
    made.ledger.close()


@pytest.fixture
def card(bench: Bench) -> bytearray:
    made = blank()
    bench.issue(made)
    return made


def decoded(bench: Bench, made: bytearray) -> card_format.Card:
    return card_format.decode(bench.keys, space(made))


# -- each command


@pytest.mark.parametrize("kind", [Sle4428.kind, Mifare1K.kind])
def test_a_card_that_is_issued_says_all_that_the_ledger_has(bench: Bench, kind: str) -> None:
    made = blank(kind)
    done = bench.issue(made)
    assert (done.card.number, done.card.kind, done.card.deposit_ueur, done.repeated) == (1, "customer", 10 * EUR, False)
    assert done.card.written_s is not None
    assert bench.ledger.account(Account.CASH) == 10 * EUR
    stands = decoded(bench, made)
    for record, number in ((records.IDENTITY, 1), (records.TARIFF, 1), (records.CONTRACT, 1)):
        place = stands.at(record)
        assert not isinstance(place, CardError)
        assert place.number == number
    assert stands.newest(records.ORDER) is None


def test_a_top_up_is_on_the_card_in_the_meter_and_back_in_the_ledger(bench: Bench, card: bytearray) -> None:
    done = bench.topup(card)
    assert (done.order.number, done.order.state, done.repeated) == (1, OrderState.WRITTEN, False)
    assert bench.insert(card)
    assert bench.booked_ueur == 50 * EUR
    visit = bench.station(card).read()
    assert visit.reading is not None
    assert visit.taken is not None
    assert (visit.reading.balance_ueur, visit.taken.orders) == (50 * EUR, (1,))
    bench.check_settled(card)


def test_each_top_up_goes_into_the_older_slot_with_the_total(bench: Bench, card: bytearray) -> None:
    for number in range(1, 5):
        bench.topup(card, number)
        newest = decoded(bench, card).newest(records.ORDER)
        assert newest is not None
        assert (newest.number, newest.slot) == (number, 1 - number % 2)
        assert newest.int("credit_total_ueur") == sum(range(number + 1)) * EUR


def test_the_same_press_of_the_button_issues_once(bench: Bench, card: bytearray) -> None:
    assert bench.topup(card).order.number == bench.topup(card).order.number == 1
    assert bench.topup(card, again=True).order.number == 2
    bench.clock.now_s += 700
    assert bench.topup(card).order.number == 3
    assert bench.topup(card, 20).order.number == 4
    assert bench.issued_ueur == 170 * EUR


def test_a_request_issues_once_whenever_it_comes(bench: Bench, card: bytearray) -> None:
    assert not bench.topup(card, request="a").repeated
    bench.insert(card)
    bench.clock.now_s += 10_000
    again = bench.topup(card, request="a")
    assert (again.order.number, again.order.state, again.repeated) == (1, OrderState.ACKNOWLEDGED, True)
    with pytest.raises(ConflictError):
        bench.topup(card, 60, request="a")
    assert bench.topup(card, request="b").order.number == 2


def test_a_customer_back_from_the_meter_may_buy_the_same_again(bench: Bench, card: bytearray) -> None:
    bench.topup(card)
    bench.insert(card)
    assert bench.topup(card).order.number == 2


def test_newer_settings_are_written_in_both_places_and_the_meter_takes_them(bench: Bench, card: bytearray) -> None:
    bench.topup(card)
    bench.insert(card)
    assert decoded(bench, card).newest(records.REPORT)
    bench.ledger.add_tariff(tariff_data(5), SettingsData(warn_days=9))
    visit = bench.station(card).read()
    assert visit.written == ("tariff", "contract")
    stands = decoded(bench, card)
    for slot in (0, 1):
        for kind, number in ((records.TARIFF, 5), (records.CONTRACT, 2)):
            place = stands.at(kind, slot)
            assert not isinstance(place, CardError)
            assert place.number == number
    assert bench.station(card).read().written == ()  # the report is gone, what it said is not
    bench.insert(card)
    assert (bench.state.meter.tariff.version, bench.state.cards.contract) == (5, 2)
    assert bench.station(card).read().written == ()
    bench.check_settled(card)


def test_a_young_meters_short_report_counts_beside_the_settings_of_a_second_place(
    bench: Bench, card: bytearray
) -> None:
    """It ends before the contract's second place, which stays as the station wrote it."""
    bench.topup(card)
    bench.insert(card)
    bench.ledger.add_tariff(tariff_data(5), SettingsData(warn_days=9))
    bench.station(card).read()
    bench.insert(card)
    bench.state.meter.press_confirm()
    bench.state.meter.count(3000)
    bench.insert(card)
    assert not isinstance(decoded(bench, card).at(records.CONTRACT, 1), CardError)
    reading = bench.station(card).read().reading
    assert reading is not None
    assert reading.charges is not None
    bench.check_settled(card)


def test_the_credit_days_to_come_are_on_the_card_at_every_visit(bench: Bench, card: bytearray) -> None:
    today = NOW_S // 86_400 + 1  # past midnight in UTC an hour later
    bench.clock.now_s = today * 86_400
    days = (today - 30, today - 1, today, today + 20, today + 357)
    bench.ledger.add_tariff(tariff_data(5), SettingsData(credit_days=days))
    bench.topup(card)
    contract = decoded(bench, card).newest(records.CONTRACT)
    assert contract is not None
    assert contract.rows("credit_days") == [(today,), (today + 20,), (today + 357,)]
    bench.insert(card)
    assert list(bench.state.meter.windows.days) == [today, today + 20, today + 357]


def test_the_shares_of_base_and_debt_rate_are_those_of_the_tariff(bench: Bench, card: bytearray) -> None:
    bench.ledger.add_tariff(tariff_data(5, base_share=(50, 30, 20), debt_share=(25, 60, 15)), SettingsData())
    bench.topup(card)
    record = decoded(bench, card).newest(records.TARIFF)
    assert record is not None
    shares = [record.int(name) for name in ("base_gas", "base_water", "debt_gas", "debt_water")]
    assert shares == [30, 20, 60, 15]


def test_a_return_pays_deposit_and_refund_once(bench: Bench, card: bytearray) -> None:
    bench.topup(card)
    bench.insert(card)
    service = blank()
    bench.station(service).issue(bench.meter, CardKind.SERVICE, None, Service("set_mode", 1))
    bench.insert(service)
    bench.station(card).read()
    bench.insert(card)  # takes the balance back
    before = bench.ledger.account(Account.CASH)
    done = bench.station(card).give_back()
    assert (done.payout.deposit_ueur, done.payout.refund_ueur, done.repeated) == (10 * EUR, 50 * EUR, False)
    again = bench.station(card).give_back()
    assert (again.payout, again.repeated) == (done.payout, True)
    assert before - bench.ledger.account(Account.CASH) == 60 * EUR
    assert bench.ledger.account(Account.CASH) == 0
    bench.check()


def test_a_card_whose_credit_the_meter_has_not_is_not_taken_back(bench: Bench, card: bytearray) -> None:
    bench.topup(card)
    before = bench.dump()
    with pytest.raises(CreditOnCard, match="50,00"):
        bench.station(card).give_back()
    assert bench.dump() == before


@pytest.mark.parametrize("handed_in", [False, True])
def test_a_replacement_has_the_same_totals(bench: Bench, card: bytearray, handed_in: bool) -> None:
    bench.topup(card)
    new = blank(Mifare1K.kind)
    done = bench.station(new).replace(bench.meter, None, None, handed_in)
    assert (done.card.number, done.card.deposit_ueur) == (2, 10 * EUR)
    order = decoded(bench, new).newest(records.ORDER)
    assert order is not None
    assert order.int("credit_total_ueur") == 50 * EUR
    assert bench.ledger.account(Account.CASH) == (60 if handed_in else 70) * EUR
    assert [row.state for row in bench.ledger.orders(bench.meter)] == [OrderState.WRITTEN]
    with pytest.raises(ClosedCard):
        bench.topup(card)


def test_a_lost_card_that_turns_up_brings_its_deposit_and_its_reading(bench: Bench, card: bytearray) -> None:
    bench.topup(card)
    bench.insert(card)
    new = blank()
    bench.station(new).replace(bench.meter, None)
    done = bench.station(card).give_back()
    assert done.payout.deposit_ueur == 10 * EUR
    assert bench.ledger.last_reading(bench.meter) is not None
    bench.check_settled(new)


def test_a_card_that_is_back_can_be_issued_again(bench: Bench, card: bytearray) -> None:
    bench.station(card).give_back()
    other = bench.ledger.add_meter("1EBZ0100000002")
    done = bench.station(card).issue(other, CardKind.CUSTOMER)
    assert (done.card.number, done.meter.serial) == (1, "1EBZ0100000002")
    visit = bench.station(card).read("1EBZ0100000002")
    assert visit.reading is None
    assert isinstance(
        card_format.decode(MASTER.meter_keys(1, UTILITY, "1EBZ0100000002"), space(card)).newest(0) or 0, int
    )


def test_a_service_card_brings_one_command_and_a_debt_and_no_credit(bench: Bench, card: bytearray) -> None:
    bench.topup(card)
    service = blank()
    bench.station(service).issue(bench.meter, CardKind.SERVICE, None, Service("set_mode", 3, 80 * EUR))
    order = decoded(bench, service).newest(records.ORDER)
    assert order is not None
    assert (order.int("credit_number"), order.int("command"), order.int("mode")) == (0, 1, 3)
    bench.insert(service)
    meter = bench.state.meter
    assert (meter.supply.mode, meter.account.debt.owed.value(), bench.booked_ueur) == (3, 80 * EUR, 0)
    bench.station(service).read()
    states = {row.kind.value: row.state for row in bench.ledger.orders(bench.meter)}
    assert states == {"credit": "written", "debt": "acknowledged", "command": "acknowledged"}
    bench.check_settled(card)


def test_a_clock_card_set_aside_does_not_come_back_on_the_customers(bench: Bench, card: bytearray) -> None:
    bench.station(blank()).issue(bench.meter, CardKind.SERVICE, None, Service("set_clock", 1_700_000_000))
    bench.topup(card)
    order = decoded(bench, card).newest(records.ORDER)
    assert order is not None
    assert order.int("command_number") == 0
    bench.insert(card)
    bench.station(card).read()
    command = bench.ledger.orders(bench.meter)[0]
    assert command.state is not OrderState.ACKNOWLEDGED


def test_a_readout_card_has_an_identity_alone_and_brings_the_report(bench: Bench, card: bytearray) -> None:
    bench.topup(card)
    bench.insert(card)
    readout = blank()
    bench.station(readout).issue(bench.meter, CardKind.READOUT)
    bench.insert(readout)
    visit = bench.station(readout).read()
    assert visit.reading is not None
    assert visit.reading.balance_ueur == 50 * EUR
    assert bench.ledger.orders(bench.meter)[0].state is OrderState.ACKNOWLEDGED


def test_a_card_copied_or_written_back_books_nothing_twice(bench: Bench, card: bytearray) -> None:
    bench.topup(card)
    old = bytearray(card)
    bench.insert(card)
    bench.insert(old)
    bench.station(card).read()
    bench.station(old).read()
    bench.topup(old, 20)
    bench.insert(old)
    bench.insert(card)
    bench.station(old).read()
    assert bench.booked_ueur == bench.issued_ueur == 70 * EUR
    bench.check_settled(old)


def test_two_desks_with_one_card_settle_it(bench: Bench, card: bytearray) -> None:
    order = bench.ledger.topup(bench.meter, 30 * EUR, "desk 2")  # booked there, the card never came
    assert bench.topup(card, 20, request="desk 1").order.number == order.number + 1
    states = [row.state for row in bench.ledger.orders(bench.meter)]
    assert states == [OrderState.WRITTEN, OrderState.WRITTEN]
    bench.check_settled(card)


def test_a_report_that_the_meter_has_not_proven_is_named_and_not_booked(bench: Bench, card: bytearray) -> None:
    bench.topup(card)
    _forged(records.REPORT)(bench, card)
    visit = bench.station(card).read()
    assert visit.doubtful == (records.name(records.REPORT),)
    assert visit.reading is not None
    row = bench.ledger.last_reading(bench.meter)
    assert row is None or not row.booked
    bench.check_settled(card)


# -- refusals


def _service(bench: Bench, card: bytearray) -> None:
    card[:] = blank()
    bench.station(card).issue(bench.meter, CardKind.SERVICE, None, Service("open_tan"))


def _identity(**changed: object) -> Meddle:
    """Write another identity, made with the keys of whom it names."""

    def meddle(bench: Bench, card: bytearray) -> None:
        values = {
            "format": 1,
            "card": 0,
            "utility": UTILITY,
            "serial": SERIAL.encode(),
            "issued_day": 0,
            "life": 0,
            **changed,
        }
        keys = MASTER.meter_keys(1, values["utility"], values["serial"])  # type: ignore[arg-type]
        number = 9 if changed.get("issued_day") == 1 else 1
        put(card, 0, record_issue.write(keys, records.IDENTITY, 0, number, values, 989))  # type: ignore[arg-type]

    return meddle


def _forged_order(bench: Bench, card: bytearray) -> None:
    keys = MASTER.meter_keys(1, UTILITY, "another")
    stands = decoded(bench, card).newest(records.ORDER)
    assert stands is not None
    values = {**stands.values, "credit_total_ueur": 999 * EUR}
    put(card, records.place(records.ORDER, 1), record_issue.write(keys, records.ORDER, 1, 2, values, 989))


def _order_from_the_future(bench: Bench, card: bytearray) -> None:
    stands = decoded(bench, card).newest(records.ORDER)
    assert stands is not None
    put(card, records.place(records.ORDER, 1), record_issue.write(bench.keys, records.ORDER, 1, 7, stands.values, 989))


def _other_total(bench: Bench, card: bytearray) -> None:
    stands = decoded(bench, card).newest(records.ORDER)
    assert stands is not None
    values = {**stands.values, "credit_total_ueur": 51 * EUR}
    put(card, records.place(records.ORDER, 0), record_issue.write(bench.keys, records.ORDER, 0, 1, values, 989))


def _acknowledged_more(what: str) -> Meddle:
    def meddle(bench: Bench, card: bytearray) -> None:
        bench.insert(card)
        said = decoded(bench, card).newest(records.ACKNOWLEDGEMENT)
        assert said is not None
        values = {**said.values, what: 9}
        data = record_issue.write(bench.keys, records.ACKNOWLEDGEMENT, 0, said.number, values, 989)
        put(card, records.place(records.ACKNOWLEDGEMENT, 0), data)

    return meddle


def _forged(kind: int) -> Meddle:
    def meddle(bench: Bench, card: bytearray) -> None:
        bench.insert(card)
        said = decoded(bench, card).newest(kind)
        assert said is not None
        keys = MASTER.meter_keys(1, UTILITY, "another")
        put(card, records.place(kind, 0), record_issue.write(keys, kind, 0, said.number, said.values, 989))

    return meddle


def _another_exchange(bench: Bench, card: bytearray) -> None:
    """The acknowledgement of the newest exchange, with another balance: it would need the meter's key."""
    bench.insert(card)
    bench.station(card).read()
    said = decoded(bench, card).newest(records.ACKNOWLEDGEMENT)
    assert said is not None
    values = {**said.values, "balance_ueur": 1}
    data = record_issue.write(bench.keys, records.ACKNOWLEDGEMENT, 0, said.number, values, 989)
    put(card, records.place(records.ACKNOWLEDGEMENT, 0), data)


REFUSALS: dict[str, tuple[Meddle, type[Exception]]] = {
    "blank": (lambda _bench, card: card.__setitem__(slice(None), blank()), BlankCard),
    "damaged identity": (lambda _bench, card: put(card, 8, b"\x00"), DamagedCard),
    "foreign content": (lambda _bench, card: put(card, 0, bytes(range(200))), DamagedCard),
    "newer format": (_identity(format=2), NewerFormat),
    "another utility": (_identity(utility=8), OtherUtility),
    "a meter that is not in the ledger": (_identity(serial=b"1EBZ0999999999"), UnknownMeter),
    "forged identity": (lambda _bench, card: forge_identity(card), ForgedCard),
    "forged order": (_forged_order, ForgedCard),
    "forged tariff": (_forged(records.TARIFF), ForgedCard),
    "forged acknowledgement": (_forged(records.ACKNOWLEDGEMENT), ForgedCard),
    "a card that the ledger has forgotten": (_identity(issued_day=1), NewerThanLedger),
    "another kind than the ledger says": (_identity(card=1), NewerThanLedger),
    "an order that the ledger has forgotten": (_order_from_the_future, NewerThanLedger),
    "a total that the ledger has otherwise": (_other_total, NewerThanLedger),
    "a credit booked that the ledger has forgotten": (_acknowledged_more("credit_number"), NewerThanLedger),
    "a command done that the ledger has forgotten": (_acknowledged_more("command_number"), NewerThanLedger),
    "settings taken that the ledger has forgotten": (_acknowledged_more("contract"), NewerThanLedger),
    "a return with two contents": (_another_exchange, ReadingError),
    "blocked": (lambda bench, _card: bench.ledger.block_card(bench.meter, 1), ClosedCard),
    "returned": (lambda bench, _card: bench.ledger.return_card(bench.meter, 1, "r"), ClosedCard),
    "service card": (_service, WrongKind),
    "locked": (lambda _bench, card: card.__setitem__(COUNTER, 0), Locked),
    "spared": (lambda _bench, card: card.__setitem__(COUNTER, 0b1), SparedCard),
    "another secret": (lambda _bench, card: card.__setitem__(slice(1022, 1024), b"\x12\x34"), WrongPsc),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_named_and_changes_nothing(bench: Bench, card: bytearray, name: str) -> None:
    bench.topup(card)
    meddle, error = REFUSALS[name]
    meddle(bench, card)
    before, image = bench.dump(), bytes(card)
    with pytest.raises(error) as caught:
        bench.topup(card, 20)
    assert str(caught.value)
    assert bench.dump() == before
    tried = bytearray(card)
    tried[COUNTER] = image[COUNTER]  # a try may be spent
    assert bytes(tried) == image


def test_a_named_meter_takes_no_other_meters_card(bench: Bench, card: bytearray) -> None:
    with pytest.raises(OtherMeter):
        bench.topup(card, serial="1EBZ0100000002")
    assert bench.topup(card, serial=SERIAL).order.number == 1


def test_an_open_credit_is_finished_before_another_amount_is_sold(bench: Bench, card: bytearray) -> None:
    bench.ledger.topup(bench.meter, 30 * EUR, "torn")
    with pytest.raises(OpenCredit, match="30,00"):
        bench.topup(card, 20)
    bench.station(card).read()
    assert bench.topup(card, 20).order.number == 2


def test_only_a_blank_card_is_made_one_of_ours(bench: Bench, card: bytearray) -> None:
    other = bench.ledger.add_meter()
    before = bytes(card)
    with pytest.raises(UsedCard):
        bench.station(card).issue(other, CardKind.CUSTOMER)
    foreign = blank()
    put(foreign, 0, bytes(range(100)))
    with pytest.raises(DamagedCard):
        bench.station(foreign).issue(other, CardKind.CUSTOMER)
    assert bytes(card) == before
    assert bench.ledger.cards(other) == []
    with pytest.raises(StateError, match="replace"):
        bench.issue(blank())


def test_a_card_that_is_no_card_from_the_shop_keeps_its_number_for_the_next(bench: Bench) -> None:
    strange = blank()
    strange[1022:1024] = b"\x11\x22"
    with pytest.raises(Unfinished, match="Karte 1") as caught:
        bench.issue(strange)
    assert isinstance(caught.value.cause, WrongPsc)
    assert strange[COUNTER].bit_count() == 7
    assert bench.issue(blank()).card.number == 1
    assert bench.ledger.account(Account.CASH) == 10 * EUR


def test_a_second_top_up_that_was_torn_is_finished_before_another_is_booked(bench: Bench, card: bytearray) -> None:
    bench.topup(card)
    for left in (2, 3, 2):
        with pytest.raises(Unfinished, match="ohne --again"):
            bench.station(card, left).topup(50 * EUR, again=True)
    done = bench.topup(card, again=True)
    assert (done.order.number, done.order.state, done.repeated) == (2, OrderState.WRITTEN, False)
    assert bench.issued_ueur == 100 * EUR
    bench.ledger.topup(bench.meter, 30 * EUR, "torn")
    with pytest.raises(OpenCredit):
        bench.topup(card, 20, again=True)


def test_a_second_top_up_torn_behind_its_order_is_not_booked_anew_as_the_message_says(
    bench: Bench, card: bytearray
) -> None:
    bench.topup(card)
    bench.ledger.add_tariff(tariff_data(5), SettingsData(warn_days=9))
    with pytest.raises(Unfinished):
        bench.station(card, 80).topup(50 * EUR, again=True)
    assert [row.state for row in bench.ledger.orders(bench.meter)] == [OrderState.WRITTEN] * 2
    assert bench.topup(card).order.number == 2
    bench.check_settled(card)


def _used_more(what: int, changed: dict[str, int]) -> Meddle:
    def meddle(bench: Bench, card: bytearray) -> None:
        bench.insert(card)
        said = decoded(bench, card).newest(what)
        assert said is not None
        data = record_issue.write(bench.keys, what, 0, said.number, {**said.values, **changed}, 989)
        put(card, records.place(what, 0), data)

    return meddle


@pytest.mark.parametrize(
    "meddle",
    [
        _used_more(records.REPORT, {"topups": 60 * EUR + 1}),
        _used_more(records.ACKNOWLEDGEMENT, {"balance_ueur": 60 * EUR, "refunds_ueur": 1}),
    ],
)
def test_a_meter_that_has_had_more_than_the_ledger_ever_issued_is_newer(
    bench: Bench, card: bytearray, meddle: Meddle
) -> None:
    bench.topup(card)
    bench.ledger.take_tan_counter(bench.meter, 7, "tan")
    bench.ledger.sell_token(bench.meter, 3, "token")
    meddle(bench, card)
    before, image = bench.dump(), bytes(card)
    for act in (bench.station(card).read, lambda: bench.topup(card), bench.station(card).give_back):
        with pytest.raises(NewerThanLedger, match="60,00"):
            act()
    assert (bench.dump(), bytes(card)) == (before, image)


def test_a_meter_may_have_had_all_that_was_issued_by_card_tan_and_token(bench: Bench, card: bytearray) -> None:
    bench.topup(card)
    bench.ledger.take_tan_counter(bench.meter, 7, "tan")
    bench.ledger.sell_token(bench.meter, 3, "token")
    _used_more(records.REPORT, {"topups": 60 * EUR})(bench, card)
    assert bench.station(card).read().taken


def _take_the_balance_back(bench: Bench, card: bytearray) -> None:
    bench.topup(card)
    bench.insert(card)
    service = blank()
    bench.station(service).issue(bench.meter, CardKind.SERVICE, None, Service("set_mode", 1))
    bench.insert(service)
    bench.station(card).read()
    bench.insert(card)


def test_a_refund_is_paid_once_with_the_customers_card_in_use(bench: Bench, card: bytearray) -> None:
    _take_the_balance_back(bench, card)
    done = bench.station(card).refund("r1")
    assert (done.payout.refund_ueur, done.payout.deposit_ueur, done.repeated) == (50 * EUR, 0, False)
    again = bench.station(card).refund("r1")
    assert (again.payout, again.repeated) == (done.payout, True)
    with pytest.raises(NothingDue):
        bench.station(card).refund()
    assert bench.ledger.account(Account.CASH) == 10 * EUR
    bench.check()


def test_a_blocked_card_brings_its_deposit_and_never_the_refund(bench: Bench, card: bytearray) -> None:
    _take_the_balance_back(bench, card)
    new = blank()
    bench.station(new).replace(bench.meter, None)
    with pytest.raises(ClosedCard):
        bench.station(card).refund()
    for give_back in (bench.station(card).give_back, lambda: give_back_unread(bench.ledger, bench.meter, 1)):
        with pytest.raises(RefundFirst, match="50,00"):
            give_back()
    assert bench.ledger.account(Account.CASH) == 70 * EUR
    assert bench.station(new).refund().payout.refund_ueur == 50 * EUR
    done = bench.station(card).give_back()
    assert (done.payout.deposit_ueur, done.payout.refund_ueur) == (10 * EUR, 0)
    assert bench.ledger.account(Account.CASH) == 10 * EUR
    bench.check()


def test_a_refund_that_comes_after_the_return_is_named(bench: Bench, card: bytearray) -> None:
    _take_the_balance_back(bench, card)
    late = bytearray(card)
    old = blank()
    bench.station(old).replace(bench.meter, None)  # the refund is on the first card alone, not read yet
    bench.ledger.return_card(bench.meter, 1, f"{SERIAL}:return 1")
    done = bench.station(late).give_back()
    assert (done.repeated, done.payout.refund_ueur, done.refund_due_ueur) == (True, 0, 50 * EUR)
    with pytest.raises(ClosedCard, match=r"50,00 EUR auszuzahlen.*groschen card refund"):
        bench.station(late).give_back("another request")
    assert bench.station(old).refund().payout.refund_ueur == 50 * EUR


def test_a_damaged_card_is_taken_back_by_its_number_for_its_deposit(bench: Bench, card: bytearray) -> None:
    bench.topup(card)
    done = give_back_unread(bench.ledger, bench.meter, 1)
    assert (done.payout.deposit_ueur, done.payout.refund_ueur, done.repeated) == (10 * EUR, 0, False)
    assert give_back_unread(bench.ledger, bench.meter, 1).repeated
    new = blank()
    bench.issue(new)
    bench.check_settled(new)


@pytest.mark.parametrize("left", [0b11, 0b111])
def test_tries_that_pulls_have_burned_come_back_with_the_right_secret(bench: Bench, card: bytearray, left: int) -> None:
    card[COUNTER] = left
    bench.topup(card)
    assert card[COUNTER] == 0xFF
    bench.insert(card)
    bench.station(card).read()
    bench.station(card).give_back()
    card[COUNTER] = left
    bench.issue(card)
    assert card[COUNTER] == 0xFF


@pytest.mark.parametrize("missing", [1, 10, 40])
def test_a_card_torn_in_its_identity_is_gone_on_with_though_tries_have_fallen(bench: Bench, missing: int) -> None:
    whole = Pulled(blank())
    bench.station_on(whole).issue(bench.ledger.add_meter(), CardKind.CUSTOMER)
    made = blank()
    with pytest.raises(Unfinished):
        bench.station(made, whole.written - missing).issue(bench.meter, CardKind.CUSTOMER)
    made[COUNTER] = 0b11
    bench.issue(made)
    assert made[COUNTER] == 0xFF
    assert bench.ledger.account(Account.CASH) == 20 * EUR


def test_a_foreign_card_in_an_unfinished_issue_is_guessed_at_once_at_most(bench: Bench) -> None:
    bench.ledger.issue_card(bench.meter, CardKind.CUSTOMER, "sle4428", "begun")
    foreign = blank()
    put(foreign, 0, bytes(range(100)))
    foreign[1022:1024] = b"\x11\x22"
    for _ in range(3):
        with pytest.raises((DamagedCard, Unfinished)):
            bench.issue(foreign)
    assert foreign[COUNTER].bit_count() == 7


def test_a_total_that_no_card_holds_is_refused_before_it_is_booked(bench: Bench, card: bytearray) -> None:
    for number in range(109):
        bench.ledger.topup(bench.meter, 10_000 * EUR, f"k{number}")
    before = bench.dump()
    with pytest.raises(InputError, match="höchstens"):
        bench.topup(card, 9_512, request="x")
    assert bench.dump() == before
    assert bench.topup(card, 9_511, request="y").order.credit_total_ueur < 1 << 40


def test_no_tariff_in_the_ledger_is_none_on_the_card(sqlite_template: Path, tmp_path: Path) -> None:
    bare = Bench(quick_ledger(sqlite_template, tmp_path), with_tariff=False)
    made = blank()
    bare.issue(made)
    assert decoded(bare, made).newest(records.TARIFF) is None
    assert decoded(bare, made).newest(records.CONTRACT)


def test_the_simulators_desk_and_the_station_write_the_same_order(bench: Bench, card: bytearray) -> None:
    bench.topup(card)
    desk = Desk(bench.keys)
    theirs = bytearray(card)
    desk.credit(theirs, 1, 50 * EUR)
    at = 32 + records.place(records.ORDER, 1)
    stands = decoded(bench, theirs).at(records.ORDER, 1)
    ours = decoded(bench, card).at(records.ORDER, 0)
    assert not isinstance(stands, CardError)
    assert not isinstance(ours, CardError)
    assert stands.values == ours.values
    assert theirs[at : at + 4] == card[32 + records.place(records.ORDER, 0) :][:4]


def test_every_refusal_of_the_desk_is_one_family() -> None:
    assert all(issubclass(error, CardRefused) for error in (BlankCard, ForgedCard, NewerThanLedger, OpenCredit))
    assert money(1).value() == 1


def test_a_full_visit_on_every_database(ledger: Ledger) -> None:
    bench = Bench(ledger)  # whose utility it has already
    made = blank()
    bench.issue(made)
    bench.topup(made)
    bench.insert(made)
    bench.station(made).read()
    bench.check_settled(made)
    new = blank(Mifare1K.kind)
    bench.station(new).replace(bench.meter, None)
    bench.station(made).give_back()
    bench.check()
