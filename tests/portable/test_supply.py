# SPDX-License-Identifier: Apache-2.0
"""On or off, and why: the table of modes, emergency credit, confirmation."""

import sample_meter as sample

from groschen.core.supply import (
    CREDIT,
    CUSTOMER,
    FREE,
    LOCK,
    LOCKED,
    OFFERED,
    REFUND,
    SWITCHED,
    UNCHANGED,
    Supply,
)


def supply(balance, mode=CUSTOMER, on=True):
    new = Supply(sample.money(balance))
    new.mode = mode
    new.on = on
    return new


def test_the_table():
    # mode, balance, in a window, on before: on after
    cases = (
        (CUSTOMER, 1, False, True, True),
        (CUSTOMER, 0, False, True, False),
        (CUSTOMER, -1, False, True, False),
        (CUSTOMER, 0, True, True, True),
        (CUSTOMER, 0, True, False, False),
        (CUSTOMER, 1, False, False, True),
        (REFUND, 0, False, True, False),
        (REFUND, 0, True, True, True),
        (FREE, -1, False, True, True),
        (FREE, -1, False, False, True),
        (LOCKED, 1, False, True, False),
        (LOCKED, 1, True, True, False),
        (LOCKED, 1, True, False, False),
    )
    for mode, balance, protected, before, after in cases:
        one = supply(balance, mode, before)
        news = one.judge(protected)
        assert one.on == after, (mode, balance, protected, before)
        assert news == (SWITCHED if before != after else UNCHANGED)
        assert one.disconnections == (1 if before and not after else 0)


def test_the_cause_is_told():
    one = supply(0)
    one.judge(False)
    assert one.cause == CREDIT
    one = supply(1, LOCKED)
    one.judge(False)
    assert one.cause == LOCK


def test_a_reconnection_waits_for_the_key():
    one = supply(1, CUSTOMER, False)
    one.confirm = True
    assert one.press_confirm() == UNCHANGED
    assert one.judge(False) == OFFERED
    assert one.judge(False) == UNCHANGED
    assert not one.on
    assert one.press_confirm() == SWITCHED
    assert one.on
    assert one.press_confirm() == UNCHANGED


def test_what_is_offered_ends_with_the_credit():
    one = supply(1, CUSTOMER, False)
    one.confirm = True
    one.judge(False)
    one.balance.set_value(0)
    one.judge(True)
    assert one.press_confirm() == UNCHANGED


def test_in_the_second_of_commissioning_no_key_is_needed():
    one = supply(1, CUSTOMER, False)
    one.confirm = True
    one.commissioning = True
    assert one.judge(False) == SWITCHED


def test_the_emergency_credit():
    one = supply(1_000_001)
    assert not one.press_emergency()  # no limit
    one.limit.set_value(5_000_000)
    one.threshold.set_value(1_000_000)
    assert not one.press_emergency()  # above the threshold
    one.balance.set_value(1_000_000)
    for mode in (FREE, LOCKED):
        one.mode = mode
        assert not one.press_emergency()
    one.mode = REFUND
    assert one.press_emergency()
    assert not one.press_emergency()  # active
    one.balance.set_value(-4_999_999)
    assert one.credit()
    one.balance.set_value(-5_000_000)
    assert not one.credit()
    one.end_emergency()
    assert one.emergency
    one.balance.set_value(1)
    one.end_emergency()
    assert not one.emergency
    assert one.activations == 1
