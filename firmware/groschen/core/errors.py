# SPDX-License-Identifier: Apache-2.0
"""What the core refuses; a refusal changes nothing.

MeterError
+-- TariffError     prices, shares, spans or holidays that cannot be
+-- ContractError   windows, credit days or settings that cannot be
+-- StateError      saved bytes that are not a state of this meter
"""


class MeterError(Exception):
    """The base of all that the core refuses."""


class TariffError(MeterError):
    """A tariff that cannot be."""


class ContractError(MeterError):
    """Contract settings that cannot be."""


class StateError(MeterError):
    """Bytes that are no saved state of this meter."""
