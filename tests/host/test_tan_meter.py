# SPDX-License-Identifier: Apache-2.0
"""From the desk to the real meter and back: what a receipt says is keyed into the firmware, and what it proves settled.

Conservation: what the meter has booked is the sum of the TANs that the ledger knows to be used.
"""

import random

import pytest

from groschen.core import keypad, tan_budget, tan_entry
from groschencard import tan
from groschenhost.ledger.book import Ledger
from groschenhost.ledger.models import Meter
from groschenhost.ledger.values import Account, SettingsData, TanState
from groschenhost.tans.desk import TanDesk, settle_read_out
from groschenhost.tans.receipts import service_text, tan_text, token_text
from tests.host.tandesk import EUR, MASTER, Home


@pytest.fixture
def desk(ledger: Ledger) -> TanDesk:
    return TanDesk(ledger, MASTER)


@pytest.fixture
def home() -> Home:
    return Home()


def used(ledger: Ledger, meter: Meter) -> int:
    """What the ledger knows to be used, in micro-euro."""
    return sum(row.eur for row in ledger.tans(meter, TanState.USED)) * EUR


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("digits", [5, 8, 20])
def test_who_follows_the_receipt_has_the_credit(
    desk: TanDesk, ledger: Ledger, meter: Meter, home: Home, language: str, digits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROSCHEN_LANG", language)
    ledger.add_contract(meter, "K1", "Anna Beispiel", "4711", settings=SettingsData(tan_digits=digits))
    home.state.tan.digits = digits
    for eur in (1, 50, 999):
        receipt = tan_text(desk.issue(meter, eur, str(eur)))
        assert home.follow(receipt) == tan_entry.BOOKED
        assert home.follow(receipt) == tan_entry.USED
    assert home.booked == 1050 * EUR
    home.restart()
    assert home.booked == 1050 * EUR


def test_the_displays_code_settles_what_was_typed(desk: TanDesk, ledger: Ledger, meter: Meter, home: Home) -> None:
    assert desk.settle(meter, home.settlement())[0].highest == 0  # a new meter's, before anything was sold
    for eur in (20, 30):
        assert home.follow(tan_text(desk.issue(meter, eur, str(eur)))) == tan_entry.BOOKED
    desk.issue(meter, 40, "in the drawer")
    assert desk.settle(meter, home.settlement())[1].used == (1, 2)
    assert home.booked == used(ledger, meter) == 50 * EUR


def test_a_cards_acknowledgement_settles_what_was_typed(
    desk: TanDesk, ledger: Ledger, meter: Meter, home: Home
) -> None:
    for eur in (20, 30):
        home.follow(tan_text(desk.issue(meter, eur, str(eur))))
    assert ledger.acknowledge(meter, home.insert()).tans.used == (1, 2)
    home.follow(tan_text(desk.issue(meter, 7, "c")))
    assert ledger.acknowledge(meter, home.insert()).tans.used == (3,)
    assert home.booked == used(ledger, meter) == 57 * EUR


def test_a_read_out_settles_what_was_typed(desk: TanDesk, ledger: Ledger, meter: Meter, home: Home) -> None:
    for eur in (20, 30, 40):
        home.follow(tan_text(desk.issue(meter, eur, str(eur))))
    window = home.entry.window()
    assert settle_read_out(ledger, meter, window.highest, window.used).used == (1, 2, 3)


def test_two_in_the_wrong_order_are_both_booked(desk: TanDesk, ledger: Ledger, meter: Meter, home: Home) -> None:
    first, second = (tan_text(desk.issue(meter, eur, str(eur))) for eur in (20, 30))
    assert home.follow(second) == home.follow(first) == tan_entry.BOOKED
    assert desk.settle(meter, home.settlement())[1].used == (1, 2)
    assert home.booked == used(ledger, meter) == 50 * EUR


def test_a_lost_receipt_is_printed_again_and_typed(desk: TanDesk, ledger: Ledger, meter: Meter, home: Home) -> None:
    desk.issue(meter, 20, "lost")
    desk.issue(meter, 30, "lost as well")
    third = tan_text(desk.issue(meter, 40, "third"))
    assert home.follow(third) == tan_entry.WRONG  # beyond the window: the desk has warned, and prints the first again
    assert home.follow(tan_text(desk.again(meter, 1))) == tan_entry.BOOKED
    assert home.follow(third) == tan_entry.BOOKED
    assert desk.settle(meter, home.settlement())[1].used == (1, 3)
    assert home.follow(tan_text(desk.again(meter, 2))) == tan_entry.BOOKED
    assert desk.settle(meter, home.settlement())[1].used == (2,)
    assert home.booked == used(ledger, meter) == 90 * EUR


def test_a_dead_one_is_replaced_and_the_money_is_all_there(
    desk: TanDesk, ledger: Ledger, meter: Meter, home: Home
) -> None:
    papers = [tan_text(desk.issue(meter, 10 * at, str(at))) for at in range(1, 6)]
    assert home.follow(papers[1]) == tan_entry.BOOKED
    assert home.follow(papers[3], answer=False) == -1  # the meter asks: 1 would be out of reach
    assert home.entry.counter == 4
    home.entry.press(keypad.OK)
    assert home.entry.outcome == tan_entry.BOOKED
    assert home.follow(papers[0]) == tan_entry.WRONG
    settled = desk.settle(meter, home.settlement())[1]
    assert (settled.used, settled.dead) == ((2, 4), (1,))
    new = desk.reissue(meter, 1, "r")
    assert (new.counter, new.eur) == (6, 10)
    for paper in (papers[4], tan_text(new), papers[2]):
        if paper == papers[2]:  # 3 is below the window by now, proven unused
            assert home.follow(paper) == tan_entry.WRONG
        else:
            assert home.follow(paper) == tan_entry.BOOKED
    settled = desk.settle(meter, home.settlement())[1]
    assert (settled.used, settled.dead) == ((5, 6), (3,))
    assert home.follow(tan_text(desk.reissue(meter, 3, "r2"))) == tan_entry.BOOKED
    assert desk.settle(meter, home.settlement())[1].alarms == ()
    assert home.booked == used(ledger, meter) == 150 * EUR == ledger.account(Account.CASH)


def test_a_service_code_opens_the_entry_again(desk: TanDesk, meter: Meter, home: Home) -> None:
    paper = tan_text(desk.issue(meter, 50, "a"))
    for wrong in ("000000", "111112", "222224"):
        text = wrong[:5]
        guess = f"  1. Taste TAN\n  2. Betrag   50   dann OK\n  3. Nummer   {text} {tan.check_digit(50, text)}"
        assert home.follow(guess) == tan_entry.WRONG
    assert home.follow(paper) == tan_entry.LOCKED
    slip = service_text(desk.service_code(meter, "s"))
    assert home.follow(slip) == tan_entry.OPENED
    assert tan_budget.wait(home.state.tan) == tan_budget.OPEN
    assert home.follow(paper) == tan_entry.BOOKED
    assert home.follow(slip) == tan_entry.WRONG
    assert home.follow(service_text(desk.service_code(meter, "s2"))) == tan_entry.OPENED


def test_tokens_of_the_open_family_are_booked_in_whole_euro(desk: TanDesk, meter: Meter, home: Home) -> None:
    home.state.tan.open_family = True
    papers = [token_text(desk.token(meter, eur, str(eur))) for eur in (20, 1, 995)]
    assert [home.follow(papers[at]) for at in (1, 0, 2)] == [tan_entry.BOOKED] * 3
    assert home.follow(papers[0]) == tan_entry.USED
    assert home.booked == 1016 * EUR
    assert home.follow(tan_text(desk.issue(meter, 50, "a TAN beside them"))) == tan_entry.BOOKED


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_whatever_is_lost_late_or_replaced_the_meters_sum_is_the_ledgers(
    desk: TanDesk, ledger: Ledger, meter: Meter, home: Home, seed: int
) -> None:
    chance = random.Random(seed)
    seen: set[int] = set()  # what came of the entries
    drawer: list[int] = []  # numbers of TANs that the customer has not typed yet, or has lost
    for turn in range(60):
        sold = range(chance.randint(0, 3 - min(len(drawer), 3)))
        drawer += [desk.issue(meter, chance.randint(1, 999), f"t{turn}.{press}").counter for press in sold]
        for counter in chance.sample(drawer, min(len(drawer), 1)):
            outcome = home.follow(tan_text(desk.again(meter, counter)), answer=chance.random() < 0.7)
            seen.add(outcome)
            if outcome == tan_entry.BOOKED:
                drawer.remove(counter)
            elif outcome in {tan_entry.LOCKED, tan_entry.NEEDS_OPERATOR}:
                assert home.follow(service_text(desk.service_code(meter, f"s{turn}"))) == tan_entry.OPENED
            home.entry.press(keypad.CORRECT)
        if chance.random() < 0.3:
            home.restart()
        if chance.random() < 0.5:
            desk.settle(meter, home.settlement())
        else:
            ledger.acknowledge(meter, home.insert())
        assert home.booked == used(ledger, meter)
        for dead in ledger.tans(meter, TanState.DEAD):
            drawer.remove(dead.counter)
            drawer.append(desk.reissue(meter, dead.counter, f"r{dead.counter}").counter)
    assert {tan_entry.BOOKED, tan_entry.WRONG, tan_entry.LOCKED, -1} <= seen
    assert len(ledger.tans(meter, TanState.REPLACED)) > 1
    paid = sum(row.eur for row in ledger.tans(meter) if row.state is not TanState.REPLACED) * EUR
    assert ledger.account(Account.CASH) == paid
    still = sum(row.eur for row in ledger.tans(meter, TanState.OPEN)) * EUR
    assert paid == home.booked + still
    assert home.booked > 0
    assert ledger.unbalanced() == []
