# SPDX-License-Identifier: Apache-2.0
"""How much power a pulse output can tell of, by the meter constant."""

from typing import Final

S0_MS: Final = 60
"""A pulse of an S0 output and the pause behind it, 30 ms each (IEC 62053-31, class A)."""
DWELLING_KW: Final = 14.5
"""What the supply of a dwelling is laid out for (DIN 18015-1, no electric water heating)."""
_MS_PER_HOUR: Final = 3_600_000


def greatest_kw(imp_per_kwh: int, period_ms: float = S0_MS) -> float:
    """Return the power at which pulses of a period follow one another without a pause; more is not counted."""
    return _MS_PER_HOUR / period_ms / imp_per_kwh
