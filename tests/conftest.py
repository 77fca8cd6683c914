# SPDX-License-Identifier: Apache-2.0
"""How many examples Hypothesis tries: `ci` the same few in each run, `soak` many new ones."""

import os

from hypothesis import HealthCheck, settings

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
