# SPDX-License-Identifier: Apache-2.0
"""What the TAN desk promises: no counter twice, none that is ambiguous, only the dead replaced, once; settled by codes."""

from collections.abc import Callable

import pytest
from alembic import command
from sqlalchemy import text

from groschencard import openpaygo, openpaygo_issue, tan, tan_issue
from groschenhost.errors import InputError
from groschenhost.ledger import migrate
from groschenhost.ledger.book import Ledger, open_ledger
from groschenhost.ledger.engine import WRITER, make_engine
from groschenhost.ledger.errors import ConflictError, NotFoundError, StateError
from groschenhost.ledger.models import Meter
from groschenhost.ledger.values import Account, MeterReading, SettingsData, TanProof, TanState
from groschenhost.money import EUR
from groschenhost.tans.desk import TanDesk, open_tans, settle_read_out
from groschenhost.tans.errors import NewerThanLedgerError, SettlementError, TansOffError
from tests.host.tandesk import KEYS, MASTER, SERIAL
from tests.host.test_ledger_desks import DESKS, TURNS, at_once

SAME = "7"


@pytest.fixture
def desk(ledger: Ledger) -> TanDesk:
    return TanDesk(ledger, MASTER, lambda: 1_767_300_000)


# -- sold


def test_a_receipt_bears_the_number_that_the_format_says(desk: TanDesk, ledger: Ledger, meter: Meter) -> None:
    receipt = desk.issue(meter, 50, "a")
    assert (receipt.counter, receipt.eur) == (1, 50)
    assert receipt.number == tan.number(KEYS.tan, 1, 50, 5)
    assert tan.checks(50, receipt.typed)
    assert receipt.groups == f"{receipt.number} {receipt.check}"
    assert ledger.account(Account.CASH) == 50 * EUR
    assert ledger.account(Account.PREPAYMENT, meter) == -50 * EUR
    assert ledger.tan(meter, 1).desk == "desk 1"


def test_one_press_sells_one_tan_and_prints_it_again(desk: TanDesk, ledger: Ledger, meter: Meter) -> None:
    assert desk.issue(meter, 50, "a") == desk.issue(meter, 50, "a")
    with pytest.raises(ConflictError, match="anders"):
        desk.issue(meter, 60, "a")
    assert ledger.account(Account.CASH) == 50 * EUR


@pytest.mark.parametrize("eur", [0, -5, 1000])
def test_an_amount_is_one_to_999_whole_euro(desk: TanDesk, ledger: Ledger, meter: Meter, eur: int) -> None:
    with pytest.raises(InputError, match="1 bis 999"):
        desk.issue(meter, eur, "a")
    assert ledger.entries() == []


def test_the_digits_are_those_of_the_contract(desk: TanDesk, ledger: Ledger, meter: Meter) -> None:
    ledger.add_contract(meter, "K1", "Anna Beispiel", "4711", settings=SettingsData(tan_digits=8))
    assert desk.issue(meter, 20, "a").number == tan.number(KEYS.tan, 1, 20, 8)
    assert desk.issue(meter, 20, "b", 20).groups == " ".join(
        [
            (whole := tan.number(KEYS.tan, 2, 20, 20))[0:5],
            whole[5:10],
            whole[10:15],
            whole[15:],
            str(tan.check_digit(20, whole)),
        ]
    )


def test_a_change_of_the_digits_changes_what_is_printed_and_not_what_is_open(
    desk: TanDesk, ledger: Ledger, meter: Meter
) -> None:
    old = desk.issue(meter, 20, "a")
    number = ledger.settings_for(meter)[0]
    ledger.acknowledge(meter, MeterReading(exchange=1, card_number=1, settings_number=number))
    assert not desk.digits(meter).differ
    ledger.add_contract(meter, "K1", "Anna Beispiel", "4711", settings=SettingsData(tan_digits=8))
    assert (desk.digits(meter).contract, desk.digits(meter).returned, desk.digits(meter).differ) == (8, 5, True)
    again = desk.again(meter, 1)
    assert len(again.number) == 8
    assert again.number.endswith(old.number)
    assert desk.again(meter, 1, 5).typed == old.typed


def test_a_contract_without_tans_sells_none(desk: TanDesk, ledger: Ledger, meter: Meter) -> None:
    ledger.add_contract(meter, "K1", "Anna Beispiel", "4711", settings=SettingsData(tan_digits=0))
    with pytest.raises(TansOffError, match="hat keine TANs"):
        desk.issue(meter, 20, "a")
    assert ledger.tans(meter) == []


def _ambiguous() -> tuple[int, int]:
    """The first counter, and an amount, whose five digits are a neighbour's too."""
    for counter in range(1, 30):
        for eur in range(1, 1000):
            if tan_issue.ambiguous(KEYS.tan, counter, eur, 5):
                return counter, eur
    raise AssertionError("one in 12 500")


def test_a_counter_whose_digits_a_neighbour_has_is_never_sold(desk: TanDesk, ledger: Ledger, meter: Meter) -> None:
    counter, eur = _ambiguous()
    other = next(
        at for at in range(1, 1000) if not any(tan_issue.ambiguous(KEYS.tan, n, at, 5) for n in range(1, counter + 1))
    )
    for before in range(1, counter):
        assert desk.issue(meter, other, f"t{before}").counter == before
    sold = desk.issue(meter, eur, "ambiguous")
    assert sold.counter == counter + 1
    assert not tan_issue.ambiguous(KEYS.tan, sold.counter, eur, 5)
    assert ledger.account(Account.CASH) == (other * (counter - 1) + eur) * EUR


def test_two_that_would_be_skipped_in_a_row_ask_for_another_amount(ledger: Ledger, meter: Meter) -> None:
    def code(counter: int, eur: int) -> str:
        return SAME if eur == 20 else f"{counter}"

    ledger.take_tan_counter(meter, 10, "a", code=code)
    with pytest.raises(StateError, match="anderen Betrag"):
        ledger.take_tan_counter(meter, 20, "b", code=code)
    assert ledger.take_tan_counter(meter, 10, "b", code=code).counter == 2  # the meter's next, so nothing is lost
    assert ledger.account(Account.CASH) == 20 * EUR


def test_two_desks_never_sell_one_tan(ledger_url: str, ledger: Ledger, meter: Meter) -> None:
    ledger.key_generation(meter, MASTER.current)
    found = at_once(ledger_url, lambda held, turn: TanDesk(held, MASTER).issue(meter, 50, f"t{turn}"))
    assert sorted(receipt.counter for receipt in found) == list(range(1, DESKS * TURNS + 1))
    assert all(receipt.number == tan.number(KEYS.tan, receipt.counter, 50, 5) for receipt in found)
    assert ledger.account(Account.CASH) == 50 * EUR * DESKS * TURNS
    assert ledger.unbalanced() == []


def test_two_desks_replace_a_dead_one_once(ledger_url: str, ledger: Ledger, meter: Meter) -> None:
    desk = TanDesk(ledger, MASTER)
    for at in range(TURNS + 3):
        desk.issue(meter, 50, f"sold {at}")
    settle_read_out(ledger, meter, TURNS + 3, 0)  # only the last was used; 1 to TURNS are dead

    def replace(held: Ledger, turn: int) -> int | None:
        try:
            return TanDesk(held, MASTER).reissue(meter, turn % TURNS + 1, f"r{turn}").counter
        except StateError:
            return None

    given = [counter for counter in at_once(ledger_url, replace) if counter is not None]
    assert sorted(given) == list(range(TURNS + 4, 2 * TURNS + 4))
    assert ledger.account(Account.CASH) == 50 * EUR * (TURNS + 3)


def test_two_desks_never_take_one_service_code_or_token(ledger_url: str, ledger: Ledger, meter: Meter) -> None:
    ledger.key_generation(meter, MASTER.current)
    codes = at_once(ledger_url, lambda held, turn: TanDesk(held, MASTER).service_code(meter, f"s{turn}"))
    assert sorted(slip.counter for slip in codes) == list(range(1, DESKS * TURNS + 1))
    assert len({slip.code for slip in codes}) == DESKS * TURNS
    tokens = at_once(ledger_url, lambda held, turn: TanDesk(held, MASTER).token(meter, 20, f"p{turn}"))
    assert sorted(token.purchase for token in tokens) == list(range(1, DESKS * TURNS + 1))
    assert ledger.account(Account.CASH) == 20 * EUR * DESKS * TURNS


# -- printed again


def test_any_tan_is_printed_again_as_a_copy(desk: TanDesk, meter: Meter) -> None:
    sold = [desk.issue(meter, eur, str(eur)) for eur in (20, 30)]
    for receipt in sold:
        again = desk.again(meter, receipt.counter)
        assert (again.typed, again.issued_s, again.copied_s) == (receipt.typed, receipt.issued_s, 1_767_300_000)
    with pytest.raises(NotFoundError, match=r"keine TAN Nr\. 3"):
        desk.again(meter, 3)


# -- settled and replaced


def _sell(desk: TanDesk, meter: Meter, count: int) -> None:
    for at in range(1, count + 1):
        desk.issue(meter, 20, f"sold {at}")


def test_a_settlement_code_says_what_is_used_and_what_is_dead(desk: TanDesk, ledger: Ledger, meter: Meter) -> None:
    _sell(desk, meter, 7)
    window = tan.Window()
    for counter in (1, 3, 4, 6):
        window.accept(counter)
    code = tan.settlement_code(KEYS.tan, window)
    read, settled = desk.settle(meter, f"{code[:5]} {code[5:]}")
    assert (read.highest, read.used) == (6, window.used)
    assert (settled.used, settled.dead, settled.alarms) == ((1, 3, 4, 6), (2,), ())
    assert [row.counter for row in open_tans(ledger, meter)] == [5, 7]
    assert desk.settle(meter, code)[1].used == ()


def test_a_wrong_code_settles_nothing_and_says_why(desk: TanDesk, ledger: Ledger, meter: Meter) -> None:
    _sell(desk, meter, 3)
    window = tan.Window()
    window.accept(1)
    old = tan.settlement_code(KEYS.tan, window)
    window.accept(2)
    code = tan.settlement_code(KEYS.tan, window)
    for wrong in ("", "123", code + "0", code[:9] + "x", "１234567890"):
        with pytest.raises(SettlementError, match="zehn Ziffern"):
            desk.settle(meter, wrong)
    for at in range(10):
        mistyped = code[:at] + str((int(code[at]) + 1) % 10) + code[at + 1 :]
        with pytest.raises((SettlementError, NewerThanLedgerError)):
            desk.settle(meter, mistyped)
    others = tan.settlement_code(MASTER.meter_keys(1, 7, "1EBZ0100000002").tan, window)
    with pytest.raises(SettlementError, match="anderen Zähler"):
        desk.settle(meter, others)
    assert ledger.tans(meter, TanState.USED) == []
    assert desk.settle(meter, code)[1].used == (1, 2)
    with pytest.raises(SettlementError, match="älter"):
        desk.settle(meter, old)


def test_a_meter_that_knows_more_than_the_ledger_settles_nothing(desk: TanDesk, ledger: Ledger, meter: Meter) -> None:
    _sell(desk, meter, 2)
    with pytest.raises(NewerThanLedgerError, match="alte Sicherung"):
        desk.settle(meter, tan.settlement_code(KEYS.tan, tan.Window(9, 0)))
    with pytest.raises(NewerThanLedgerError, match=r"bis Nr\. 2"):
        settle_read_out(ledger, meter, 3, 0)
    assert len(ledger.tans(meter, TanState.OPEN)) == 2


@pytest.mark.parametrize(("highest", "used"), [(-1, 0), (1, -1), (1, 256)])
def test_a_read_out_out_of_range_is_refused(ledger: Ledger, meter: Meter, highest: int, used: int) -> None:
    with pytest.raises(SettlementError, match="Auslesen"):
        settle_read_out(ledger, meter, highest, used)


def test_a_read_out_that_is_older_than_a_card_is_refused(desk: TanDesk, ledger: Ledger, meter: Meter) -> None:
    _sell(desk, meter, 4)
    ledger.acknowledge(meter, MeterReading(exchange=1, card_number=1, tans=TanProof(highest=4, used=0b1001, width=9)))
    with pytest.raises(SettlementError, match="älter"):
        settle_read_out(ledger, meter, 3, 0)


def test_only_what_a_proof_shows_dead_is_replaced_and_that_once(desk: TanDesk, ledger: Ledger, meter: Meter) -> None:
    _sell(desk, meter, 6)
    with pytest.raises(StateError, match="offen"):
        desk.reissue(meter, 1, "r")
    settle_read_out(ledger, meter, 4, 0b011)  # 3 and 2 are used as well; 1 was not
    for counter, says in ((2, "eingelöst"), (4, "eingelöst"), (5, "offen")):
        with pytest.raises(StateError, match=says):
            desk.reissue(meter, counter, "r")
    before = ledger.accounts()
    new = desk.reissue(meter, 1, "r")
    assert (new.counter, new.eur, new.replaces) == (7, 20, 1)
    assert desk.reissue(meter, 1, "r") == new
    with pytest.raises(StateError, match="schon ersetzt durch 7"):
        desk.reissue(meter, 1, "another press")
    assert ledger.accounts() == before
    assert desk.again(meter, 1).replaced_by == 7
    assert desk.again(meter, 7).replaces == 1


def test_one_that_is_dead_but_without_proof_is_not_replaced(desk: TanDesk, ledger: Ledger, meter: Meter) -> None:
    _sell(desk, meter, 12)
    settle_read_out(ledger, meter, 12, 0)
    assert [row.counter for row in ledger.tans(meter, TanState.DEAD)] == list(range(4, 10))
    with pytest.raises(StateError, match="offen"):
        desk.reissue(meter, 3, "r")
    assert [row.counter for row in open_tans(ledger, meter)] == [10, 11]  # 1 to 3 are beyond the meter's reach


# -- service codes and tokens


def test_service_codes_rise_and_the_ledger_says_who_took_them(desk: TanDesk, ledger: Ledger, meter: Meter) -> None:
    first = desk.service_code(meter, "a")
    assert (first.counter, first.code, first.desk) == (1, tan.service_code(KEYS.tan, 1), "desk 1")
    assert desk.service_code(meter, "a") == first
    assert desk.service_code(meter, "b").counter == 2
    assert desk.service_code_again(meter, 1) == first
    with pytest.raises(NotFoundError, match=r"Servicecode Nr\. 3"):
        desk.service_code_again(meter, 3)
    assert [(row.counter, row.desk) for row in ledger.service_codes(meter)] == [(1, "desk 1"), (2, "desk 1")]
    assert ledger.entries() == []


def test_a_token_is_that_of_count_two_p(desk: TanDesk, ledger: Ledger, meter: Meter) -> None:
    key, start = KEYS.paygo, openpaygo.starting_code(KEYS.paygo)
    assert [desk.token(meter, eur, str(eur)).token for eur in (20, 995)] == [
        openpaygo_issue.encode(key, start, 2, 20),
        openpaygo_issue.encode(key, start, 4, 995),
    ]
    assert desk.token(meter, 20, "20").purchase == 1
    for eur in (0, 996):
        with pytest.raises(InputError, match="1 bis 995"):
            desk.token(meter, eur, "x")
    assert ledger.account(Account.CASH) == 1015 * EUR
    assert [entry.kind.value for entry in ledger.entries(meter)] == ["tan", "tan"]
    assert ledger.tans(meter) == []  # a counter of its own


def test_a_token_key_ends_with_its_counts(desk: TanDesk, meter: Meter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groschenhost.ledger.codes.MOST_PURCHASES", 1)
    desk.token(meter, 20, "a")
    with pytest.raises(StateError, match="Schlüssel"):
        desk.token(meter, 20, "b")


def test_the_key_is_asked_before_anything_is_booked(ledger: Ledger, meter: Meter) -> None:
    ledger.key_generation(meter, 9)  # flashed with a key that this file does not have
    desk = TanDesk(ledger, MASTER)
    for press in (desk.issue, desk.token):
        with pytest.raises(InputError, match="keine Generation 9"):
            press(meter, 20, "a")
    with pytest.raises(InputError, match="keine Generation 9"):
        desk.service_code(meter, "b")
    assert ledger.tans(meter) == []
    assert ledger.entries() == []
    assert ledger.service_codes(meter) == []


# -- a ledger of the version before


def test_a_ledger_that_sold_tans_before_this_desk_goes_on(make_url: Callable[[bool], str]) -> None:
    url = make_url(False)
    engine = make_engine(url)
    with engine.execution_options(**{WRITER: True}).begin() as connection:
        command.upgrade(migrate.configuration(connection), "0001")
        connection.execute(text("INSERT INTO utilities (number, name, made_s) VALUES (7, 'S', 1)"))
        connection.execute(
            text(f"INSERT INTO meters (utility_id, serial, imp_per_kwh, made_s) VALUES (1, '{SERIAL}', 1000, 1)")  # noqa: S608
        )
        connection.execute(
            text("INSERT INTO tans (meter_id, counter, eur, digits, state, issued_s) VALUES (1, 1, 50, 5, 'open', 1)")
        )
    assert migrate.upgrade(engine).current == "0001"
    engine.dispose()
    ledger = open_ledger(url)
    desk, meter = TanDesk(ledger, MASTER), ledger.meter(SERIAL)
    assert ledger.tan(meter, 1).desk is None
    assert desk.again(meter, 1).number == tan.number(KEYS.tan, 1, 50, 5)
    assert desk.issue(meter, 50, "a").counter == 2
    ledger.close()
