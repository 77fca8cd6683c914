# SPDX-License-Identifier: Apache-2.0
"""How many examples Hypothesis tries: `ci` the same few in each run, `soak` many new ones; what tests/device runs on."""

import os

import pytest
from hypothesis import HealthCheck, settings


def pytest_addoption(parser: pytest.Parser) -> None:
    """What tests/device runs on; here, because pytest reads no deeper conftest.py before its options."""
    group = parser.getgroup("device", "tests/device")
    group.addoption(
        "--board",
        action="append",
        help="unix (default), rp2040py:UF2 (or METER_UF2 names the UF2), tty:/dev/ttyACM0; may be given several times",
    )
    group.addoption(
        "--fixture", help="tty:/dev/ttyACM1: a second board, wired to the first as docs/device-tests.md has it"
    )


settings.register_profile(
    "ci",
    max_examples=500,
    derandomize=True,
    database=None,
    deadline=None,  # a run's time is no property of the meter
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
settings.register_profile(
    "soak",
    parent=settings.get_profile("ci"),
    max_examples=int(os.environ.get("GROSCHEN_EXAMPLES", "5000")),
    derandomize=False,
    print_blob=True,
)
settings.load_profile("ci")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests said of their figures, from whichever process they ran in: `record_property("said", ...)`."""
    for report in terminalreporter.stats.get("passed", []):
        for name, text in report.user_properties:
            if name == "said":
                terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {text}")
