# SPDX-License-Identifier: Apache-2.0
"""Rulebook 2 and 4: midnight, catching up, registers, forecast and logs; each case worked by hand."""

from __future__ import annotations

from array import array
from typing import Any

import pytest

from groschen.core.errors import ContractError
from groschensim import result
from tests.core.house import CT, EUR, House, day, money, tariff


def read_out(house: House) -> dict[str, Any]:
    return result.read_out(house.meter)


def test_midnight_closes_settles_takes_the_snapshot_and_then_charges_the_rates() -> None:
    # 100 pulses at 10 EUR/kW are 4 EUR; base 1 EUR, debt rate 1 EUR of 3 owed
    house = House("2026-01-31 23:45", tariff(power=10 * EUR, base=EUR, debt_day=EUR), credit=10 * EUR, debt=3 * EUR)
    house.use(100)
    house.to("2026-02-01 00:00")
    month = read_out(house)["snapshots"]["months"][0]
    assert (month["at"], month["balance_ueur"], month["power_ueur"]) == ("2026-01-31T23:00:00Z", 6 * EUR, 4 * EUR)
    assert (month["max_demand_pulses"], month["debt_ueur"], month["base_electricity_ueur"]) == (100, 3 * EUR, 0)
    # the day was closed before the period was settled, so its cost is the next day's
    assert [row["cost_ueur"] for row in read_out(house)["daily"]] == [0]
    assert (house.balance, house.debt) == (4 * EUR, 2 * EUR)
    house.to("2026-02-02 00:00")
    assert [row["cost_ueur"] for row in read_out(house)["daily"]] == [0, 6 * EUR]


def test_missed_midnights_are_made_up_for_in_order_and_supply_is_judged_once() -> None:
    # away from 31 January to 2 April: midnights 28 + 31 + 2 = 61, month starts of February, March and April
    house = House("2026-01-31 12:00", tariff(power=10 * EUR, base=10 * CT), credit=5 * EUR)
    house.use(100)
    house.off()
    house.back("2026-04-02 12:00")
    assert house.balance == 5 * EUR - 4 * EUR - 61 * 10 * CT
    months = read_out(house)["snapshots"]["months"]
    assert [row["balance_ueur"] for row in months] == [
        EUR,  # January settled
        EUR - 28 * 10 * CT,
        EUR - 59 * 10 * CT,
    ]
    # the money ended in February, but the supply opens at the return, once
    assert (house.on, house.meter.supply.disconnections) == (False, 1)
    opened = [row for row in house.shown("events") if row["detail"] == "off_credit"]
    assert [row["at"] for row in opened] == ["2026-04-02T10:00:00Z"]
    assert house.meter.supply.off_s == 0  # without power is not disconnected


def test_time_without_power_is_not_disconnected() -> None:
    # off from 10:00 on, without power from 10:20 to 14:40: 20 minutes before and 5 after
    house = House("2026-01-05 10:00", tariff())
    house.to("2026-01-05 10:20")
    house.off()
    house.back("2026-01-05 14:40")
    house.to("2026-01-05 14:45")
    assert house.meter.supply.off_s == 25 * 60


def test_a_quarter_hour_with_a_power_cut_in_it_is_one_quarter_hour() -> None:
    house = House("2026-01-05 10:00", tariff(power=10 * EUR, continuous=True), credit=100 * EUR)
    house.use(60)
    house.to("2026-01-05 10:05")
    house.off()
    house.back("2026-01-05 10:10")
    house.use(40)
    house.to("2026-01-05 10:15")
    assert house.charged("power") == 4 * EUR  # 100 pulses, 0.4 kW


def test_twelve_month_starts_are_kept() -> None:
    house = House("2026-01-05 10:00", tariff())
    house.to("2027-03-01 00:00")
    months = read_out(house)["snapshots"]["months"]
    assert len(months) == 12
    assert (months[0]["at"], months[-1]["at"]) == ("2026-03-31T22:00:00Z", "2027-02-28T23:00:00Z")


def test_billing_dates_take_a_snapshot_before_the_rates() -> None:
    house = House("2026-01-05 10:00", tariff(base=CT), credit=EUR)
    house.meter.set_billing(array("i", [day("2026-01-10"), day("2026-01-07")]))
    house.to("2026-01-20 10:00")
    billing = read_out(house)["snapshots"]["billing"]
    assert [(row["at"], row["balance_ueur"]) for row in billing] == [
        ("2026-01-06T23:00:00Z", 99 * CT),  # the rate of the 6th alone
        ("2026-01-09T23:00:00Z", 96 * CT),
    ]


def test_an_eleventh_billing_date_is_refused() -> None:
    house = House("2026-01-05 10:00", tariff())
    with pytest.raises(ContractError):
        house.meter.set_billing(array("i", range(day("2026-02-01"), day("2026-02-12"))))
    house.meter.set_billing(array("i", range(day("2026-02-01"), day("2026-02-11"))))


def test_the_first_of_equal_maxima_is_kept_with_the_end_of_its_quarter_hour() -> None:
    house = House("2026-01-05 10:00", tariff(), credit=EUR)
    for minute, pulses in ((15, 3), (30, 7), (45, 7), (59, 2)):
        house.use(pulses)
        house.to(f"2026-01-05 10:{minute}")
    rows = house.meter.demand.maxima
    assert rows.row(0) == [202601, 7, (day("2026-01-05") * 86400 + 9 * 3600 + 1800) // 900]


def test_the_maxima_of_thirteen_periods_are_kept() -> None:
    house = House("2026-01-05 10:00", tariff(), credit=EUR)
    for month in range(14):
        year, of_year = 2026 + month // 12, month % 12 + 1
        house.to(f"{year}-{of_year:02}-05 10:00")
        house.use(month + 1)
        house.to(f"{year}-{of_year:02}-05 10:15")
    maxima = house.meter.demand.maxima
    assert len(maxima) == 13
    assert (maxima.row(12)[:2], maxima.row(0)[:2]) == ([202602, 2], [202702, 14])


def test_daily_values_of_62_days_are_kept() -> None:
    house = House("2026-01-05 10:00", tariff(nt=EUR, base=CT), credit=100 * EUR)
    house.use(3)
    house.to("2026-01-06 10:00")
    house.use(5)
    house.to("2026-01-07 00:00")
    assert read_out(house)["daily"] == [
        {"day": "2026-01-05", "ht_pulses": 0, "nt_pulses": 3, "cost_ueur": 3000, "full": False},
        {"day": "2026-01-06", "ht_pulses": 0, "nt_pulses": 5, "cost_ueur": CT + 5000, "full": True},
    ]
    house.to("2026-04-01 00:00")
    daily = read_out(house)["daily"]
    assert (len(daily), daily[0]["day"], daily[-1]["day"]) == (62, "2026-01-29", "2026-03-31")


def test_the_forecast_is_the_balance_over_the_average_of_seven_full_days() -> None:
    # base 10 ct: the 5th is no full day; at midnight of the 13th the days 6 to 12 cost 70 ct, 8 rates were charged
    house = House("2026-01-05 10:00", tariff(base=10 * CT), credit=10 * EUR)
    assert read_out(house)["forecast"] == {"days": None, "average_daily_cost_ueur": None, "full_days": 0}
    house.to("2026-01-13 00:00")
    assert read_out(house)["forecast"] == {"days": 92, "average_daily_cost_ueur": 10 * CT, "full_days": 7}
    # from then on only the last seven count: 8 more days at 20 ct leave 9.20 - 1.60 = 7.60 EUR, 38 days
    house.meter.set_tariff(tariff(2, base=20 * CT))
    house.to("2026-01-21 00:00")
    assert read_out(house)["forecast"] == {"days": 38, "average_daily_cost_ueur": 20 * CT, "full_days": 7}


def test_the_profile_keeps_sixty_days_at_least() -> None:
    house = House("2026-01-05 10:05", tariff(), credit=EUR)
    house.use(4)
    house.to("2026-01-05 10:15")
    house.use(6)
    house.to("2026-01-05 10:45")
    assert read_out(house)["profile"] == {"start": "2026-01-05T09:00:00Z", "pulses": [4, 6, 0]}
    house.to("2026-06-05 10:15")
    house.use(9)
    house.to("2026-06-05 10:30")
    pulses = read_out(house)["profile"]["pulses"]
    assert len(pulses) >= 60 * 96
    assert pulses[-1] == 9
    assert sum(pulses) == 9  # those of January have made room


def test_the_event_log_tells_what_happened_and_when() -> None:
    house = House("2026-01-05 10:00", tariff(nt=10 * EUR), credit=CT, mode=0)
    house.use(1)
    house.to("2026-01-05 10:00:30")
    house.meter.top_up(money(2 * EUR), by_card=True)
    house.meter.top_up(money(EUR), by_card=False)
    house.meter.set_mode(3)
    house.off()
    house.back("2026-01-05 12:00")
    assert [
        (row["at"][11:19], row["kind"], row["detail"], row["amount_ueur"]) for row in read_out(house)["events"]
    ] == [
        ("09:00:00", "power", "on", 0),
        ("09:00:00", "supply", "on", 0),
        ("09:00:00", "supply", "off_credit", 0),
        ("09:00:30", "card", "credit", 2 * EUR),
        ("09:00:30", "supply", "on", 0),
        ("09:00:30", "tan", "credit", EUR),
        ("09:00:30", "mode", "LOCKED", 0),
        ("09:00:30", "supply", "off_locked", 0),
        ("09:00:30", "power", "off", 0),
        ("11:00:00", "power", "on", 0),
    ]


def test_the_event_log_keeps_the_newest_256() -> None:
    house = House("2026-01-05 10:00", tariff(), credit=EUR)
    for ueur in range(1, 301):
        house.meter.top_up(money(ueur), by_card=False)
    amounts = [row["amount_ueur"] for row in read_out(house)["events"]]
    assert amounts == list(range(45, 301))


def test_a_month_without_pulses_does_not_show_an_older_maximum() -> None:
    # 500 pulses in January, none in February: the snapshot of 1 March shows what February had, nothing.
    house = House("2026-01-01 00:00", tariff(), credit=10 * EUR)
    house.to("2026-01-10 00:00")
    house.use(500)
    house.to("2026-03-10 00:00")
    months = read_out(house)["snapshots"]["months"]
    assert [month["max_demand_pulses"] for month in months] == [500, 0]
    assert [month["max_demand_at"] for month in months] == ["2026-01-09T23:15:00Z", None]


def test_a_billing_date_within_a_month_shows_the_running_maximum() -> None:
    house = House("2026-01-01 00:00", tariff(), credit=10 * EUR)
    house.meter.set_billing(array("i", [day("2026-02-01"), day("2026-02-15")]))
    house.use(500)
    house.to("2026-02-02 00:00")
    house.use(20)
    house.to("2026-02-16 00:00")
    billing = read_out(house)["snapshots"]["billing"]
    assert [snapshot["max_demand_pulses"] for snapshot in billing] == [500, 20]
