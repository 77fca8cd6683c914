# SPDX-License-Identifier: Apache-2.0
"""A whole scenario to start from, and a way to write one down."""

from collections.abc import Callable
from pathlib import Path

import pytest

GOOD = """\
[meter]
serial = "1EBZ0100000001"
imp_per_kwh = 1000
start = 2026-01-01T00:00:00+01:00
end = 2026-02-01T00:00:00+01:00
zone = "Europe/Berlin"
balance_eur = 50.00
debt_eur = 12.5
mode = "CUSTOMER"
confirm_reconnect = false

[tariff]
ht_ct_per_kwh = 31.89
nt_ct_per_kwh = 25.12
power_ct_per_kw = 0
power_mode = "periodic"
power_period = "month"
base_ct_per_day = 39.45
base_share = { electricity = 60, gas = 30, water = 10 }
debt_ct_per_kwh = 0
debt_ct_per_day = 0
debt_share = { electricity = 100, gas = 0, water = 0 }
ht_workday = ["06:00-22:00"]
ht_saturday = ["06:00-13:00", "18:00-24:00"]
ht_sunday = []
holidays = "BY"

[credit]
emergency_limit_eur = 10
emergency_threshold_eur = 1.00
daily = "18:00-08:00"
weekend = { start = "12:00", end = "09:00" }
days = [2026-12-24, 2026-12-31]
span = [2026-08-01T00:00:00+02:00, 2026-08-15T00:00:00+02:00]

[load]
profile = "H0"
kwh_per_year = 3500

[[event]]
at = 2026-01-20T10:00:00+01:00
do = "topup"
eur = 50.00

[[event]]
at = 2026-01-10T10:00:00+01:00
do = "tariff"
ht_ct_per_kwh = 35

[[event]]
at = 2026-01-15T10:00:00+01:00
do = "power_off"

[[event]]
at = 2026-01-15T11:30:01+01:00
do = "power_on"
"""


@pytest.fixture
def good() -> str:
    """The text of a scenario that uses nearly every key."""
    return GOOD


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """A function that writes a scenario and returns its path."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "scenario.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
