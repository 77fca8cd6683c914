# SPDX-License-Identifier: Apache-2.0
"""NREL's Utilityrate5 as a judge of a year's energy and demand charges.

It knows one year of 365 days that begins on a Monday, weekdays and weekends, neither daylight time nor holidays. So a
year is split into loads that add up to the real one: each sample stands at its wall-clock place in the load of
its half of the year (the double hour of October is then in both) and of its kind of day. Energy charges add up; the
peak of a month is the higher one of the halves'.
"""

from collections.abc import Sequence
from typing import Any

from PySAM import Utilityrate5

STEPS = 35_040
_NO_LIMIT = 1e38

Hours = Sequence[int]
"""For each hour of the day 1 (HT) or 2 (NT)."""


def bill(
    load_kw: list[float], weekday: Hours, weekend: Hours, ht: float, nt: float, power: float
) -> tuple[list[float], list[float]]:
    """Return each month's energy and demand charge in EUR, at prices in EUR/kWh and EUR/kW and month."""
    model: Any = Utilityrate5.new()
    model.SystemOutput.gen = [0.0] * len(load_kw)
    model.SystemOutput.degradation = [0.0]
    model.Load.load = load_kw
    model.Lifetime.analysis_period = 1
    model.Lifetime.inflation_rate = 0
    model.Lifetime.system_use_lifetime_output = 0
    rates = model.ElectricityRates
    rates.en_electricity_rates = 1
    rates.ur_metering_option = 0
    rates.rate_escalation = [0.0]
    rates.ur_nm_yearend_sell_rate = 0
    rates.ur_nm_credit_month = 0
    rates.ur_nm_credit_rollover = 0
    rates.ur_monthly_fixed_charge = 0
    rates.ur_monthly_min_charge = 0
    rates.ur_annual_min_charge = 0
    rates.ur_en_ts_sell_rate = 0
    rates.ur_en_ts_buy_rate = 0
    rates.ur_sell_eq_buy = 0
    rates.ur_ec_sched_weekday = [list(weekday)] * 12
    rates.ur_ec_sched_weekend = [list(weekend)] * 12
    rates.ur_ec_tou_mat = [[1, 1, _NO_LIMIT, 0, ht, 0], [2, 1, _NO_LIMIT, 0, nt, 0]]
    rates.ur_dc_enable = 1
    rates.ur_dc_sched_weekday = rates.ur_dc_sched_weekend = [[1] * 24] * 12
    rates.ur_dc_tou_mat = [[1, 1, _NO_LIMIT, 0.0]]
    rates.ur_dc_flat_mat = [[month, 1, _NO_LIMIT, power] for month in range(12)]
    model.execute()
    outputs = model.Outputs  # dies with the model, so its figures are copied out here
    energy = list(outputs.year1_monthly_ec_charge_without_system)
    return energy, list(outputs.year1_monthly_dc_fixed_without_system)
